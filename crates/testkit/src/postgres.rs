//! A PostgreSQL of a test's own: a new cluster in a temporary folder, made from Debian's binaries, reached over a Unix socket, where
//! wanted also over TCP with TLS alone, and gone when the test process is gone, however that ended. The superuser needs no password;
//! every other role does. It knows nothing of Packwright's tables.

use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;

/// PostgreSQL's own; clusters of different folders share it.
const DEFAULT_PORT: u16 = 5432;

/// Where Debian puts the server's programs, one folder per major version.
const VERSIONS: &str = "/usr/lib/postgresql";

/// The account that runs the server when the tests run as root, which PostgreSQL refuses; Debian's package makes it.
const ACCOUNT: &str = "postgres";

/// Durability is worth nothing in a folder that is removed minutes later, and costs most of the time of a test.
const SETTINGS: &str = "\
listen_addresses = ''
fsync = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
shared_buffers = 64MB
max_connections = 200
";

/// What `openssl req` makes the certificate of a cluster with TLS by; it is its own authority.
const CERTIFICATE: [&str; 14] = [
    "req",
    "-x509",
    "-nodes",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-subj",
    "/CN=localhost",
    "-addext",
    "subjectAltName=DNS:localhost,IP:127.0.0.1",
    "-addext",
    "basicConstraints=critical,CA:FALSE",
    "-batch",
];

/// A running cluster. Dropping it stops the server and removes its folder.
pub struct Postgres {
    programs: PathBuf,
    /// The guard removes it after the server has stopped.
    folder: PathBuf,
    guard: Child,
    /// In the name of the socket too.
    port: u16,
    databases: AtomicU32,
}

impl Postgres {
    /// Starts a cluster of its own.
    ///
    /// # Panics
    /// When PostgreSQL is not installed or does not start, with what to do about it: a test must fail then, not pass.
    pub fn start() -> Postgres {
        Postgres::start_on(DEFAULT_PORT, "", &folder())
    }

    /// As `start`, with a TCP port on this machine that speaks TLS alone.
    pub fn start_with_tls() -> Postgres {
        let folder = folder();
        let mut openssl = as_account(Path::new("openssl"));
        openssl.args(CERTIFICATE).arg("-keyout").arg(folder.join("server.key")).arg("-out").arg(folder.join("server.pem"));
        run(&mut openssl);
        let free = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
        let port = free.unwrap_or_else(|e| panic!("cannot find a free port for PostgreSQL: {e}")).port();
        let at = folder.display();
        let settings = format!(
            "listen_addresses = '127.0.0.1'\nport = {port}\nssl = on\nssl_cert_file = '{at}/server.pem'\nssl_key_file = '{at}/server.key'\n"
        );
        Postgres::start_on(port, &settings, &folder)
    }

    fn start_on(port: u16, settings: &str, folder: &Path) -> Postgres {
        let programs = programs();
        let mut guard = guard(&programs, folder, settings);
        let mut told = String::new();
        let heard = guard.stdout.take().map(|mut output| output.read_to_string(&mut told));
        let postgres = Postgres { programs, folder: folder.to_path_buf(), guard, port, databases: AtomicU32::new(0) };
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
        format!("postgres://postgres@localhost:{}/{database}?host={}", self.port, self.folder.display())
    }

    /// The same address over TCP for another role, of a cluster with TLS; how TLS is used is left to add.
    pub fn tcp_url_as(&self, url: &str, role: &str, password: &str) -> String {
        let (place, _) = url.split_once('?').unwrap_or((url, ""));
        self.url_as(place, role, password)
    }

    /// The certificate of a cluster with TLS, which is its own authority.
    pub fn certificate(&self) -> PathBuf {
        self.folder.join("server.pem")
    }

    /// The same address for another role, with its password.
    pub fn url_as(&self, url: &str, role: &str, password: &str) -> String {
        url.replacen("postgres://postgres@", &format!("postgres://{role}:{password}@"), 1)
    }

    /// Runs statements as the superuser in the database of that address.
    pub fn run_sql(&self, url: &str, sql: &str) {
        run(Command::new(self.programs.join("psql")).args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--command", sql, url]));
    }

    /// Stops the server, ending whatever runs, and starts it again; returns when it answers.
    pub fn restart(&self) {
        self.restart_by("fast");
    }

    /// As `restart`, but the server ends as if it were killed, and recovers.
    pub fn crash(&self) {
        self.restart_by("immediate");
    }

    fn restart_by(&self, mode: &str) {
        let mut command = as_account(&self.programs.join("pg_ctl"));
        // Without a log of its own the server would hold the test's outputs.
        command.args(["restart", "--wait", "--silent", "--mode", mode, "--pgdata"]).arg(self.folder.join("data"));
        run(command.arg("--log").arg(self.folder.join("server")));
    }

    /// Makes a new, empty database and returns its address.
    pub fn fresh_database(&self) -> String {
        let database = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        run(Command::new(self.programs.join("createdb"))
            .arg("--host")
            .arg(&self.folder)
            .args(["--username=postgres", "--no-password", "--port", &self.port.to_string()])
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
    printf 'local all postgres trust\nlocal all all scram-sha-256\nhostssl all all 127.0.0.1/32 scram-sha-256\n' >"$data/pg_hba.conf" &&
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
fn guard(programs: &Path, folder: &Path, settings: &str) -> Child {
    let settings = format!("{SETTINGS}{settings}unix_socket_directories = '{}'\n", folder.display());
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
