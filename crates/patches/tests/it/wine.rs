//! Windows' command processor for tests, in a Windows of a temporary folder. What it runs is not known here.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

const PROGRAMS: &str = "/usr/lib/wine";
const RUN_SECONDS_MAX: &str = "60";

/// A Windows with a drive C and nothing else on it. What was started in it ends with it.
pub struct Wine {
    folder: TempDir,
}

impl Wine {
    /// Takes the system's files where they are installed: to copy them, as `wineboot` does, takes half a minute and 700 MB.
    pub fn new() -> Wine {
        let library = system_files()
            .expect("the Debian package wine64 is needed to run scripts of Windows, and is not installed: apt-get install wine64");
        let folder = tempfile::tempdir().unwrap();
        let drive = folder.path().join("drive_c");
        std::fs::create_dir_all(drive.join("windows/temp")).unwrap();
        std::os::unix::fs::symlink(library, drive.join("windows/system32")).unwrap();
        std::fs::create_dir(folder.path().join("dosdevices")).unwrap();
        std::os::unix::fs::symlink("../drive_c", folder.path().join("dosdevices/c:")).unwrap();
        // So wine does not fill the folder at its first start.
        std::fs::write(folder.path().join(".update-timestamp"), "disable").unwrap();
        Wine { folder }
    }

    /// `C:\a b\c` as a path of this system.
    pub fn path(&self, windows: &str) -> PathBuf {
        let below = windows.strip_prefix("C:\\").expect("a path on drive C");
        self.folder.path().join("drive_c").join(below.replace('\\', "/"))
    }

    pub fn write(&self, windows: &str, text: impl AsRef<[u8]>) {
        let path = self.path(windows);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Runs a script and answers what it writes, its errors among it, with plain line ends.
    pub fn run(&self, script: &str) -> String {
        let mut command = self.program("wine64");
        let run = command.args(["cmd", "/c", script]).stdin(Stdio::null()).output().unwrap();
        let both = [run.stdout, run.stderr].concat();
        String::from_utf8_lossy(&both).replace("\r\n", "\n")
    }

    fn program(&self, name: &str) -> Command {
        let mut command = Command::new("timeout");
        command.args(["--kill-after=5", RUN_SECONDS_MAX]).arg(Path::new(PROGRAMS).join(name));
        command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", self.folder.path()).current_dir(self.path("C:\\"));
        command.env("WINEPREFIX", self.folder.path()).env("WINEDEBUG", "-all").env("WINEPATH", "C:\\windows\\system32");
        // Its sockets, which it leaves behind.
        command.env("TMPDIR", self.folder.path());
        command.env("WINEDLLOVERRIDES", "mscoree,mshtml,winemenubuilder.exe=");
        command
    }
}

impl Drop for Wine {
    fn drop(&mut self) {
        // Ends whatever runs in this Windows alone; it fails where nothing was started.
        let _ = self.program("wineserver64").arg("-k").status();
        let _ = self.program("wineserver64").arg("-w").status();
    }
}

fn system_files() -> Option<PathBuf> {
    let machines = std::fs::read_dir("/usr/lib").ok()?.filter_map(Result::ok);
    let found = machines.map(|machine| machine.path().join("wine/x86_64-windows")).find(|folder| folder.join("cmd.exe").exists());
    found.filter(|_| Path::new(PROGRAMS).join("wine64").exists() && Path::new(PROGRAMS).join("wineserver64").exists())
}
