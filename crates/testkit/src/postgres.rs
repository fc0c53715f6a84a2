//! A PostgreSQL of a test's own: a new cluster in a temporary folder, made from Debian's binaries, reached over a Unix socket
//! only, and gone when the test process is gone, however that ended. It knows nothing of Packwright's tables.

use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;

/// Where Debian puts the server's programs, one folder per major version.
const VERSIONS: &str = "/usr/lib/postgresql";

/// The account that runs the server when the tests run as root, which PostgreSQL refuses; Debian's package makes it.
const ACCOUNT: &str = "postgres";

/// Durability is worth nothing in a folder that is removed minutes later, and costs most of the time of a test.
const SETTINGS: &str = "\
listen_addresses = ''
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
shared_buffers = 64MB
max_connections = 200
";

/// A running cluster. Dropping it stops the server and removes its folder.
pub struct Postgres {
    programs: PathBuf,
    /// The guard removes it after the server has stopped.
    folder: PathBuf,
    guard: Child,
    databases: AtomicU32,
}

impl Postgres {
    /// Starts a cluster of its own.
    ///
    /// # Panics
    /// When PostgreSQL is not installed or does not start, with what to do about it: a test must fail then, not pass.
    pub fn start() -> Postgres {
        let programs = programs();
        let folder = folder();
        let mut guard = guard(&programs, &folder);
        let mut told = String::new();
        let heard = guard.stdout.take().map(|mut output| output.read_to_string(&mut told));
        let postgres = Postgres { programs, folder, guard, databases: AtomicU32::new(0) };
        assert!(told == "ready\n", "PostgreSQL does not start in {}: {heard:?}\n{told}", postgres.folder.display());
        postgres
    }

    /// The one cluster that all tests of this process share. Statics are never dropped; the guard ends it.
    pub fn shared() -> &'static Postgres {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(Postgres::start)
    }

    /// The address of one database of the cluster, as sqlx and libpq read it.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@localhost/{database}?host={}", self.folder.display())
    }

    /// Makes a new, empty database and returns its address.
    pub fn fresh_database(&self) -> String {
        let database = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        run(Command::new(self.programs.join("createdb"))
            .arg("--host")
            .arg(&self.folder)
            .args(["--username=postgres", "--no-password"])
            .arg(&database));
        self.url(&database)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // The guard waits for the end of its input; closing it is the order to stop the server.
        drop(self.guard.stdin.take());
        // Nothing can be done in a drop about a guard that cannot be waited for.
        let _ = self.guard.wait();
    }
}

/// The programs of the newest version that is installed with its server.
fn programs() -> PathBuf {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir(VERSIONS)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, programs)| programs.join("initdb").exists())
        .collect();
    found.sort();
    match found.pop() {
        Some((_, programs)) => programs,
        None => panic!(
            "PostgreSQL's server is not installed: no initdb below {VERSIONS}\nhint: scripts/test installs what the tests need (apt-get install postgresql)"
        ),
    }
}

/// A new folder that the server's account owns.
fn folder() -> PathBuf {
    let folder = TempDir::with_prefix("pg-").unwrap_or_else(|e| panic!("cannot make a temporary folder for PostgreSQL: {e}")).keep();
    if is_root() {
        run(Command::new("chown").arg(ACCOUNT).arg(&folder));
    }
    folder
}

/// Makes the cluster, says `ready` or why not, waits until its input ends, and clears up, in this order whatever happens to whom.
/// Arguments: the programs, the folder, the settings.
const GUARD: &str = r#"
trap '' PIPE
data="$2/data"
start() {
    "$1/initdb" --pgdata "$data" --username=postgres --auth=trust --encoding=UTF8 --locale=C --no-sync &&
    printf '%s' "$3" >"$data/postgresql.auto.conf" &&
    "$1/pg_ctl" --pgdata "$data" --log "$2/server" --wait --silent start </dev/null
}
if start "$@" >"$2/log" 2>&1; then echo ready; else cat "$2/log" "$2/server"; fi
exec >/dev/null
cat
[ ! -e "$data/postmaster.pid" ] || "$1/pg_ctl" --pgdata "$data" --mode immediate stop
rm -rf "$2"
"#;

/// Starts the guard, a shell whose input ends when this process drops it or dies in whatever way. It is a process group of its
/// own, so that what ends the test's group spares it, and it holds none of the test's outputs, or the test runner would wait for it.
fn guard(programs: &Path, folder: &Path) -> Child {
    let settings = format!("{SETTINGS}unix_socket_directories = '{}'\n", folder.display());
    as_account(Path::new("sh"))
        .args(["-c", GUARD, "guard"])
        .args([programs, folder])
        .arg(settings)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .unwrap_or_else(|e| panic!("cannot start the guard of the test's PostgreSQL: {e}"))
}

/// A command that runs under the server's account.
fn as_account(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.arg(format!("--reuid={ACCOUNT}")).arg(format!("--regid={ACCOUNT}")).arg("--init-groups").arg("--").arg(program);
    // The account may not read the folder in which the tests run; every path given is absolute.
    command.current_dir("/");
    command
}

fn is_root() -> bool {
    // The owner of a process's own entry is its effective user.
    fs::metadata("/proc/self").is_ok_and(|entry| entry.uid() == 0)
}

fn run(command: &mut Command) {
    let program = command.get_program().to_owned();
    let arguments: Vec<_> = command.get_args().map(OsStr::to_owned).collect();
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|e| panic!("cannot start {program:?}: {e}"));
    assert!(
        output.status.success(),
        "{program:?} {arguments:?} ended with {}:\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[test]
    fn a_dropped_cluster_leaves_nothing() {
        let postgres = Postgres::start();
        let folder = postgres.folder.clone();
        let first = postgres.fresh_database();
        assert_ne!(first, postgres.fresh_database());
        let pid = fs::read_to_string(folder.join("data/postmaster.pid")).expect("a running server has a pid file");
        let process = Path::new("/proc").join(pid.lines().next().expect("its first line is the process")).join("stat");
        assert!(runs(&process));
        drop(postgres);
        assert!(!folder.exists(), "{} is still there", folder.display());
        // The server removes its pid file, which the guard waits for, a moment before it ends.
        let deadline = Instant::now() + Duration::from_secs(10);
        while runs(&process) {
            assert!(Instant::now() < deadline, "the server still runs");
            std::thread::yield_now();
        }
    }

    /// Whether the process lives; one that has ended and that nobody has waited for (Z) does not.
    fn runs(stat: &Path) -> bool {
        fs::read_to_string(stat).is_ok_and(|stat| !stat.contains(") Z "))
    }
}
