//! A world: the network, the services and the processes of one enterprise, and what a test can do to them. It does not know what is right.

use crate::database::{self, Database};
use crate::enterprise::{self, ENTERPRISE_SERVERS, PATH_CODE, SERVERS, Ways};
use crate::guard::{Guard, MARK};
use crate::keys::{AUTHORITY, Keys};
use crate::messages::Messages;
use crate::network::Network;
use crate::process::{Ended, Process, Running, until, until_some};
use crate::{application, packwright};
use rustix::process::Signal;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

pub const DATABASE: &str = "PG";
pub const BUS: &str = "NATS";
/// The machine on which a test gives its orders.
const DESK: &str = "DESK";
/// Of what a process said, in a test that failed.
const LINES_SHOWN: usize = 20;

#[derive(Clone, Copy)]
pub struct Options {
    /// Controls, of which one leads: C1, C2 …
    pub controls: usize,
    /// With TLS, passwords and a credential for each server; else everyone is let in.
    pub secure: bool,
    pub servers: &'static [&'static str],
    /// So that lines can be made slow.
    pub relayed: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options { controls: 1, secure: false, servers: &SERVERS, relayed: false }
    }
}

pub struct World {
    options: Options,
    network: Network,
    database: Database,
    messages: Messages,
    /// By which way each machine reaches the services: the bus, then the database.
    routes: BTreeMap<String, (SocketAddr, SocketAddr)>,
    processes: BTreeMap<String, Process>,
    folder: PathBuf,
    // Last, for it clears up when all else is gone.
    _guard: Guard,
}

impl World {
    /// Starts all of it, and waits until a control leads and every server asks for work.
    pub fn start(options: Options) -> World {
        let mut world = World::with_services(options);
        world.found();
        if options.secure {
            world.enrol();
        }
        let controls = (1..=options.controls).map(|number| format!("C{number}"));
        for name in controls.chain(options.servers.iter().map(|server| server.to_string())) {
            world.settle(&name);
            world.restart(&name);
        }
        until("a control leads, and has heard of every server", || {
            world.leader().is_some()
                && world.rows("SELECT server FROM packwright.pw_presence WHERE away = 0").len() == options.servers.len()
        });
        world
    }

    /// The network, with PostgreSQL and NATS running.
    fn with_services(options: Options) -> World {
        static WORLDS: AtomicU32 = AtomicU32::new(0);
        let name = format!("e2e{}-{}", std::process::id(), WORLDS.fetch_add(1, Ordering::Relaxed));
        let folder = tempfile::TempDir::with_prefix("e2e-").expect("a temporary folder").keep();
        let guard = Guard::start(&name, &folder);
        // The account of the database's server must find its folder.
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).expect("an own folder can be changed");
        let controls = (1..=options.controls).map(|number| format!("C{number}"));
        let fixed = [DATABASE, BUS, DESK].into_iter().chain(options.servers.iter().copied());
        let machines: Vec<String> = fixed.map(String::from).chain(controls).collect();
        let network = Network::make(&name, &machines);
        let keys = options.secure.then(|| {
            let addresses = [network.address(DATABASE), network.address(BUS), network.relay_address()];
            Keys::make(&folder, &addresses)
        });
        let database = Database::make(&folder.join(DATABASE), &network, DATABASE, keys.as_ref());
        let messages = Messages::make(&folder.join(BUS), &network, BUS, keys.as_ref());
        let route = |machine: &String| {
            let reach = |service: SocketAddr| network.route(machine, service, options.relayed);
            (machine.clone(), (reach(messages.service), reach(database.service)))
        };
        let routes = machines.iter().skip(2).map(route).collect();
        let mut world = World { options, network, database, messages, routes, processes: BTreeMap::new(), folder, _guard: guard };
        world.restart(DATABASE);
        world.restart(BUS);
        world.database.prepare();
        world
    }

    /// Makes the enterprise's tables.
    fn found(&self) {
        let root = self.root(DESK);
        fs::create_dir(&root).expect("an own folder can be made");
        enterprise::write_file(&root, &self.ways(DESK));
        if self.options.secure {
            fs::copy(self.folder.join(AUTHORITY), root.join(AUTHORITY)).expect("keys can be copied");
            let text = format!("database_password = \"{}\"\nbus_ca = \"{AUTHORITY}\"\n", database::PASSWORD);
            enterprise::write_secret(&root.join("packwright.secrets"), &text);
        }
        self.run(&["apply", &root.join("packwright.toml").display().to_string()]).succeeded();
    }

    /// Issues every server's credential, after which the bus lets nobody else in.
    fn enrol(&mut self) {
        for server in self.options.servers {
            self.run(&["enrol", server]).succeeded();
        }
        self.read_users_again();
    }

    /// Lets the bus read again whom it may let in.
    pub fn read_users_again(&self) {
        let users = fs::read_to_string(self.root(DESK).join("nats-users.conf")).expect("enrolling wrote the list of users");
        self.messages.let_in(&users);
        let read = |said: &str| said.matches("Reloaded").count();
        let before = read(&self.said(BUS));
        self.processes[BUS].signal(Signal::HUP);
        until("the bus has read its list of users again", || read(&self.said(BUS)) > before);
    }

    /// Makes the folder of a control or a server.
    fn settle(&self, name: &str) {
        let (root, desk) = (self.root(name), self.root(DESK));
        fs::create_dir(&root).expect("an own folder can be made");
        let copy = |file: &str, to: &str| {
            if desk.join(file).exists() {
                fs::copy(desk.join(file), root.join(to)).unwrap_or_else(|error| panic!("cannot copy {file}: {error}"));
            }
        };
        if !self.options.servers.contains(&name) {
            enterprise::write_file(&root, &self.ways(name));
            copy("packwright.secrets", "packwright.secrets");
            copy(AUTHORITY, AUTHORITY);
        } else if self.options.secure {
            copy(&format!("{name}.bus-ca.pem"), &format!("{name}.bus-ca.pem"));
            self.bring_credential(name);
        } else {
            enterprise::write_credential(&root, name, &self.ways(name));
        }
    }

    /// Brings the credential that a server was issued at the desk to its machine. It names the desk's ways to the services, and a server has its own.
    pub fn bring_credential(&self, server: &str) {
        let issued = fs::read_to_string(self.root(DESK).join(format!("{server}.credential"))).expect("enrolling wrote a credential");
        let (from, to) = (self.routes[DESK], self.routes[server]);
        let text = issued.replace(&from.0.to_string(), &to.0.to_string()).replace(&from.1.to_string(), &to.1.to_string());
        enterprise::write_secret(&self.root(server).join("packwright.credential"), &text);
    }

    /// Every password and seed of the world.
    pub fn secrets(&self) -> Vec<String> {
        let files = fs::read_dir(self.root(DESK)).expect("the desk has a folder").flatten().map(|entry| entry.path());
        let secret = files.filter(|path| path.extension().is_some_and(|extension| extension == "credential" || extension == "secrets"));
        let texts = secret.map(|path| fs::read_to_string(path).expect("an own file can be read"));
        let value = |line: &str| {
            line.split_once(" = ")
                .filter(|(key, _)| key.ends_with("_seed") || key.ends_with("_password"))
                .map(|(_, value)| value.trim_matches('"').to_string())
        };
        texts.flat_map(|text| text.lines().filter_map(value).collect::<Vec<_>>()).collect()
    }

    fn ways(&self, machine: &str) -> Ways {
        let (bus, database) = self.routes[machine];
        Ways::new(self.messages.scheme, bus, database, self.options.secure)
    }

    /// The folder of a machine.
    pub fn root(&self, machine: &str) -> PathBuf {
        self.folder.join(machine)
    }

    /// A path below a server's own folder.
    pub fn server(&self, server: &str, path: &str) -> PathBuf {
        self.root(server).join("servers").join(server).join(path)
    }

    /// A path beside the machines, for what a test makes itself.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The program on a machine.
    pub fn command(&self, machine: &str, root: &Path, words: &[&str]) -> Command {
        let mut command = self.network.command(machine, &packwright());
        command.arg("--root").arg(root).args(words);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PACKWRIGHT_") || name.starts_with("PG")) {
            command.env_remove(name);
        }
        command.env("USER", "TESTER").env("TZ", "UTC").env("COLUMNS", "120");
        self.marked(command)
    }

    fn marked(&self, mut command: Command) -> Command {
        command.env(MARK, self.network.world());
        command
    }

    /// Runs a command at the desk to its end.
    #[track_caller]
    pub fn run(&self, words: &[&str]) -> Ended {
        self.begin(words).end()
    }

    /// Starts a command at the desk and goes on.
    pub fn begin(&self, words: &[&str]) -> Running {
        Running::start(self.command(DESK, &self.root(DESK), words))
    }

    /// What a command that goes through prints with --json.
    #[track_caller]
    pub fn json(&self, words: &[&str]) -> Value {
        self.run(&[&["--json"], words].concat()).succeeded().json()
    }

    /// Checks an edition of the application in, and defines a package of it on all enterprise servers.
    pub fn define(&self, package: &str, edition: u32) {
        let objects = application::write(&self.beside(&format!("edition-{edition}")), edition);
        self.run(&["checkin", &objects.display().to_string(), "--path-code", PATH_CODE]).succeeded();
        self.run(&["package", "assemble", package, "--path-code", PATH_CODE, "--full"]).succeeded();
        self.run(&["package", "define", package, "--compress", "--servers", &ENTERPRISE_SERVERS.join(",")]).succeeded();
    }

    /// Starts a process: a service, a control or a server; one that runs goes on.
    pub fn restart(&mut self, name: &str) {
        if self.is_running(name) {
            return;
        }
        let command = match name {
            DATABASE => self.database.command(&self.network),
            BUS => self.messages.command(&self.network),
            server if self.options.servers.contains(&server) => self.command(server, &self.root(server), &["serve", "--server", server]),
            control => self.command(control, &self.root(control), &["serve", "--role", "control"]),
        };
        if name == BUS {
            // What is waited for is not what a former server said.
            let _ = fs::remove_file(self.log(BUS));
        }
        let mut process = Process::start(self.marked(command), &self.log(name));
        until(&format!("{name} is ready"), || {
            assert!(process.ended().is_none(), "{name} does not start:\n{}", process.said());
            match name {
                DATABASE => self.database.is_up(),
                BUS => process.said().contains("Server is ready"),
                _ => true,
            }
        });
        self.processes.insert(name.into(), process);
    }

    fn log(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.log"))
    }

    /// What a process said since the world began.
    pub fn said(&self, name: &str) -> String {
        fs::read(self.log(name)).map(|said| String::from_utf8_lossy(&said).into_owned()).unwrap_or_default()
    }

    pub fn is_running(&mut self, name: &str) -> bool {
        self.processes.get_mut(name).is_some_and(|process| process.ended().is_none())
    }

    /// Fails where a process has ended that nobody killed.
    #[track_caller]
    pub fn all_run(&mut self) {
        for (name, process) in &mut self.processes {
            let ended = process.ended();
            assert!(ended.is_none(), "{name} ended by itself: {ended:?}");
        }
    }

    /// kill -9
    pub fn kill(&mut self, name: &str) {
        // PostgreSQL is many processes, and does not start while one of a killed server is left.
        self.processes.remove(name).unwrap_or_else(|| panic!("{name} does not run")).kill(name == DATABASE);
    }

    pub fn cut(&self, machine: &str) {
        self.network.cut(machine, true);
    }

    pub fn heal(&self, machine: &str) {
        self.network.cut(machine, false);
    }

    /// Keeps all that goes between a machine and the services on its way for a time, in a world of relays.
    pub fn slow(&self, machine: &str, delay: Duration) {
        assert!(self.options.relayed, "lines can be made slow in a world with relays");
        self.network.slow(machine, delay);
    }

    /// Rows of the tables; the database must be up.
    #[track_caller]
    pub fn rows(&self, sql: &str) -> Vec<Vec<String>> {
        self.database.rows(sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// Rows of the tables; none while the database is away.
    pub fn rows_if_up(&self, sql: &str) -> Vec<Vec<String>> {
        self.database.rows(sql).unwrap_or_default()
    }

    /// Which control leads.
    pub fn leader(&self) -> Option<String> {
        let sql = "SELECT owner FROM packwright.pw_lease WHERE name = 'control' AND until > extract(epoch FROM clock_timestamp()) * 1000";
        let owner = self.rows_if_up(sql).pop()?.pop()?;
        let number: u32 = owner.split('.').next()?.parse().ok()?;
        self.processes.iter().find(|(_, process)| process.number() == number).map(|(name, _)| name.clone())
    }

    /// Waits until a job has ended, and answers how.
    pub fn job_ended(&self, job: i64) -> String {
        let sql = format!("SELECT state FROM packwright.pw_job WHERE job = {job} AND state <> 'running'");
        until_some(&format!("job {job} has ended"), || self.rows_if_up(&sql).pop()?.pop())
    }

    /// The number that the next job gets.
    pub fn next_job(&self) -> i64 {
        self.rows("SELECT COALESCE(MAX(job), 0) + 1 FROM packwright.pw_job")[0][0].parse().expect("a number")
    }
}

impl Drop for World {
    /// A test that failed shows what everyone said last.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        for (name, process) in self.processes.iter_mut().filter(|(name, _)| *name != DATABASE && *name != BUS) {
            let (said, ended) = (process.said(), process.ended());
            let lines: Vec<&str> = said.lines().collect();
            eprintln!("---- {name} ({}) said last:", ended.map_or("runs".into(), |status| status.to_string()));
            lines[lines.len().saturating_sub(LINES_SHOWN)..].iter().for_each(|line| eprintln!("{line}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Stdio;

    const NOBODY: Options = Options { controls: 0, secure: false, servers: &["ENT1", "ENT2"], relayed: true };

    /// Whether a machine reaches the bus, which greets whoever comes.
    fn is_greeted(world: &World, machine: &str) -> bool {
        let (bus, _) = world.routes[machine];
        let mut command = world.network.command(machine, Path::new("bash"));
        command.args(["-c", &format!("read -t 0.3 -n 4 said </dev/tcp/{}/{} && [ $said = INFO ]", bus.ip(), bus.port())]);
        world.marked(command).stderr(Stdio::null()).status().expect("bash starts").success()
    }

    #[test]
    fn a_machine_that_is_cut_off_reaches_nothing_until_it_is_healed() {
        let world = World::with_services(NOBODY);
        assert!(is_greeted(&world, "ENT1"));
        world.cut("ENT1");
        assert!(!is_greeted(&world, "ENT1"));
        assert!(is_greeted(&world, "ENT2"), "the others are not");
        world.heal("ENT1");
        until("it is greeted again", || is_greeted(&world, "ENT1"));
        world.slow("ENT1", Duration::from_millis(400));
        assert!(!is_greeted(&world, "ENT1"), "the greeting comes too late");
    }

    #[test]
    fn a_killed_database_has_what_it_told_was_kept_when_it_starts_again() {
        let mut world = World::with_services(NOBODY);
        world.rows("CREATE TABLE kept AS SELECT 7 AS number");
        world.kill(DATABASE);
        assert!(world.rows_if_up("SELECT number FROM kept").is_empty());
        world.kill(BUS);
        world.restart(DATABASE);
        world.restart(BUS);
        assert_eq!(world.rows("SELECT number FROM kept"), [["7"]]);
        assert!(is_greeted(&world, "ENT1"));
    }

    #[test]
    fn a_dropped_world_leaves_nothing() {
        let world = World::with_services(NOBODY);
        let (name, folder) = (world.network.world().to_string(), world.folder.clone());
        // Nobody holds it: the guard alone can find it.
        let mut lone = world.marked(world.network.command("ENT1", Path::new("sh")));
        let lone = lone.args(["-c", "sleep 1000 >/dev/null 2>&1 & echo $!"]).output().expect("sh starts");
        let number = String::from_utf8(lone.stdout).expect("a number").trim().to_string();
        let lives = || fs::read_to_string(format!("/proc/{number}/stat")).is_ok_and(|stat| !stat.contains(") Z "));
        assert!(lives());
        drop(world);
        assert!(!folder.exists(), "{} is still there", folder.display());
        until("the process is gone", || !lives());
        let names = fs::read_dir("/run/netns").into_iter().flatten().flatten().map(|entry| entry.file_name());
        assert_eq!(names.filter(|other| other.to_string_lossy().starts_with(&format!("{name}-"))).count(), 0);
    }
}
