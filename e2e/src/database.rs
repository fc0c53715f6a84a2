//! The world's PostgreSQL: a new cluster from Debian's binaries, with an account and an empty database for the program, and a way for tests to look into it
//! that does not go over the network. It knows nothing of tables.

use crate::guard::MARK;
use crate::keys::Keys;
use crate::network::Network;
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where Debian puts the server's programs, one folder per major version.
const VERSIONS: &str = "/usr/lib/postgresql";
/// The account that runs the server when the tests run as root, which PostgreSQL refuses; Debian's package makes it.
const ACCOUNT: &str = "postgres";
/// Columns of an answer stand apart by what no value holds.
const BETWEEN: &str = "\u{1f}";
/// What the program logs in as, and its database.
pub const NAME: &str = "packwright";
pub const PASSWORD: &str = "correct horse battery staple";

pub struct Database {
    programs: PathBuf,
    folder: PathBuf,
    machine: String,
    pub service: SocketAddr,
}

impl Database {
    /// Makes a cluster in a folder. With keys it speaks TLS alone and asks for passwords.
    pub fn make(folder: &Path, network: &Network, machine: &str, keys: Option<&Keys>) -> Database {
        let service = SocketAddr::from((network.address(machine), network.free_port(machine, 5432)));
        let database = Database { programs: programs(), folder: folder.into(), machine: machine.into(), service };
        fs::create_dir(folder).unwrap_or_else(|error| panic!("cannot make {}: {error}", folder.display()));
        database.own(folder);
        let made = database.as_account(Command::new("setpriv"), &database.programs.join("initdb"));
        run({ made }.arg("--pgdata").arg(database.data()).args([
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        ]));
        database.configure(keys);
        database
    }

    fn configure(&self, keys: Option<&Keys>) {
        // A killed server loses what it told was kept if a commit does not reach the kernel; what a killed kernel would lose does not matter here.
        let mut settings = format!(
            "listen_addresses = '{}'\nport = {}\nunix_socket_directories = '{}'\nfsync = off\nfull_page_writes = off\nwal_level = minimal\nmax_wal_senders = 0\nshared_buffers = 32MB\n",
            self.service.ip(),
            self.service.port(),
            self.folder.display()
        );
        let mut access = String::from("local all all trust\n");
        match keys {
            None => access += "host all all 0.0.0.0/0 trust\n",
            Some(keys) => {
                access += "hostssl all all 0.0.0.0/0 scram-sha-256\n";
                for (file, name) in [(&keys.certificate, "service.pem"), (&keys.key, "service.key")] {
                    let copy = self.folder.join(name);
                    fs::copy(file, &copy)
                        .and_then(|_| fs::set_permissions(&copy, fs::Permissions::from_mode(0o600)))
                        .expect("keys can be copied");
                    self.own(&copy);
                }
                let folder = self.folder.display();
                settings += &format!("ssl = on\nssl_cert_file = '{folder}/service.pem'\nssl_key_file = '{folder}/service.key'\n");
            }
        }
        fs::write(self.data().join("postgresql.auto.conf"), settings).expect("an own folder can be written");
        fs::write(self.data().join("pg_hba.conf"), access).expect("an own folder can be written");
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn own(&self, path: &Path) {
        if is_root() {
            run(Command::new("chown").arg(ACCOUNT).arg(path));
        }
    }

    /// The server in the foreground.
    pub fn command(&self, network: &Network) -> Command {
        let mut command = self.as_account(network.command(&self.machine, Path::new("setpriv")), &self.programs.join("postgres"));
        command.arg("-D").arg(self.data());
        // A server that was killed leaves it, and its number may be another process's by now.
        let _ = fs::remove_file(self.data().join("postmaster.pid"));
        command
    }

    /// A program under the server's account; the command ends with `setpriv`.
    fn as_account(&self, mut setpriv: Command, program: &Path) -> Command {
        if is_root() {
            setpriv.arg(format!("--reuid={ACCOUNT}")).arg(format!("--regid={ACCOUNT}")).arg("--init-groups");
        }
        // The account may not read the folder in which the tests run; every path given is absolute.
        setpriv.arg("--").arg(program).current_dir("/");
        setpriv
    }

    /// Makes the program's account and its database, when the server runs.
    pub fn prepare(&self) {
        let answered = |sql: &str, database: &str| self.ask(database, sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        answered(&format!("CREATE ROLE {NAME} LOGIN CREATEROLE PASSWORD '{PASSWORD}'"), "postgres");
        answered(&format!("CREATE DATABASE {NAME} OWNER {NAME}"), "postgres");
    }

    /// Whether it answers.
    pub fn is_up(&self) -> bool {
        self.ask("postgres", "SELECT 1").is_ok()
    }

    /// Rows of the program's database; an error while the server is away.
    pub fn rows(&self, sql: &str) -> Result<Vec<Vec<String>>, String> {
        self.ask(NAME, sql)
    }

    fn ask(&self, database: &str, sql: &str) -> Result<Vec<Vec<String>>, String> {
        let mut command = Command::new(self.programs.join("psql"));
        command.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", "--username=postgres"]);
        command
            .arg(format!("--field-separator={BETWEEN}"))
            .arg("--host")
            .arg(&self.folder)
            .arg("--port")
            .arg(self.service.port().to_string());
        command.args(["--dbname", database, "--command", sql]).stdin(Stdio::null()).env_remove(MARK);
        let output = command.output().map_err(|error| format!("cannot start psql: {error}"))?;
        match output.status.success() {
            true => {
                Ok(String::from_utf8_lossy(&output.stdout).lines().map(|line| line.split(BETWEEN).map(String::from).collect()).collect())
            }
            false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        }
    }
}

/// The programs of the newest version that is installed with its server.
fn programs() -> PathBuf {
    let versions = fs::read_dir(VERSIONS).into_iter().flatten().flatten();
    let found = versions.filter_map(|entry| Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path().join("bin"))));
    let newest = found.filter(|(_, programs)| programs.join("initdb").exists()).max();
    let missing = || panic!("PostgreSQL's server is not installed: no initdb below {VERSIONS}\nhint: apt-get install postgresql");
    newest.unwrap_or_else(missing).1
}

fn is_root() -> bool {
    // The owner of a process's own entry is its effective user.
    fs::metadata("/proc/self").is_ok_and(|entry| entry.uid() == 0)
}

fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("cannot start {:?}: {error}", command.get_program()));
    assert!(output.status.success(), "{command:?} ended with {}:\n{}", output.status, String::from_utf8_lossy(&output.stderr));
}
