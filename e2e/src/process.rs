//! Processes: those that go on, with their logs, and commands that end, with what they said. It does not know what they are.

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::Value;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Nothing that a test waits for takes this long, however busy the machine is.
pub const PATIENCE: Duration = Duration::from_secs(120);
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// A look may be a program that is started.
const ASK_EVERY: Duration = Duration::from_millis(25);

/// Looks again and again at what nothing can be waited for; what it shows at last is answered.
#[track_caller]
pub fn until_some<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited too long until {what}");
        thread::park_timeout(ASK_EVERY);
    }
}

#[track_caller]
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    until_some(what, || holds().then_some(()));
}

/// A process with a log, killed when it is dropped.
pub struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts it; what it says is added to the log.
    pub fn start(mut command: Command, log: &Path) -> Process {
        let open =
            || File::options().create(true).append(true).open(log).unwrap_or_else(|error| panic!("cannot open {}: {error}", log.display()));
        command.stdin(Stdio::null()).stdout(open()).stderr(open());
        let child = command.spawn().unwrap_or_else(|error| panic!("cannot start {:?}: {error}", command.get_program()));
        Process { child, log: log.to_path_buf() }
    }

    pub fn number(&self) -> u32 {
        self.child.id()
    }

    /// Everything that it, and those before it with this log, said.
    pub fn said(&self) -> String {
        fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    /// How it ended; nothing while it runs.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a child can be looked at")
    }

    /// kill -9, of it and of the processes that it started which cannot do without it.
    pub fn kill(mut self, with_children: bool) {
        let children = if with_children { children(self.number()) } else { Vec::new() };
        self.end();
        for child in children {
            let _ = kill_process(child, Signal::KILL);
            until("a killed process is gone", || test_kill_process(child).is_err());
        }
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("it runs, or waits to be looked at");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

fn children(process: u32) -> Vec<Pid> {
    let listed = fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap_or_default();
    listed.split_whitespace().filter_map(|number| Pid::from_raw(number.parse().ok()?)).collect()
}

/// A command that runs.
pub struct Running {
    process: Process,
    folder: tempfile::TempDir,
    line: String,
}

impl Running {
    pub fn start(mut command: Command) -> Running {
        let folder = tempfile::TempDir::with_prefix("e2e-command-").expect("a temporary folder");
        let open = |name: &str| File::create(folder.path().join(name)).expect("a new file in an own folder");
        command.stdin(Stdio::null()).stdout(open("stdout")).stderr(open("stderr"));
        let line = format!("{:?}", command.get_args().collect::<Vec<_>>());
        let child = command.spawn().unwrap_or_else(|error| panic!("cannot start {:?}: {error}", command.get_program()));
        Running { process: Process { child, log: folder.path().join("stderr") }, folder, line }
    }

    /// Everything it said on stderr so far.
    pub fn said(&self) -> String {
        self.process.said()
    }

    /// Waits for its end.
    #[track_caller]
    pub fn end(mut self) -> Ended {
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.process.ended() {
                break status;
            }
            assert!(Instant::now() < deadline, "{} does not end; it said\n{}", self.line, self.said());
            thread::park_timeout(LOOK_EVERY);
        };
        let stdout =
            fs::read(self.folder.path().join("stdout")).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        Ended { exit: status.code(), stdout, stderr: self.said(), line: self.line }
    }
}

/// A command that ended.
#[derive(Debug)]
pub struct Ended {
    pub exit: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    line: String,
}

impl Ended {
    #[track_caller]
    pub fn succeeded(self) -> Ended {
        self.failed(0)
    }

    #[track_caller]
    pub fn failed(self, exit: i32) -> Ended {
        assert_eq!(self.exit, Some(exit), "{}\n{}\n{}", self.line, self.stdout, self.stderr);
        self
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{} gave no JSON ({error}):\n{}\n{}", self.line, self.stdout, self.stderr))
    }
}
