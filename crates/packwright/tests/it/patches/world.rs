//! A middleware home of a test's own with two domains, and the programs run on it as an administrator runs them. It does not know what tests look for.

use super::java::{INSTALLED, JAVA, Told};
use super::make::{self, Make, zip_of};
use crate::enterprise::{Ended, Running, files};
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use tempfile::TempDir;

/// Start scripts of a release, as the tests of the crate have them.
const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../patches/tests/scripts/sh/10.3.6");

pub const DOMAINS: [&str; 2] = ["orders", "billing"];

pub struct World {
    folder: TempDir,
    /// Name of the home in it.
    name: String,
}

impl World {
    /// A home of release 10.3.6, and in it the domains orders and billing: AdminServer, and east1 and east2 of the cluster east.
    pub fn new() -> World {
        let world = World { folder: TempDir::with_prefix("packwright-").expect("a temporary folder"), name: "mw".into() };
        make::home(&world.home());
        let installed = [("weblogic/Server.class", JAVA.server()), ("orders/Greeting.class", JAVA.greeting(INSTALLED))];
        let members: Vec<(&str, &[u8])> = installed.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
        fs::write(world.below("wlserver_10.3/server/lib/weblogic.jar"), zip_of(&members)).unwrap();
        for domain in DOMAINS {
            world.configure(domain);
        }
        world.lay_out();
        world
    }

    /// Folder of the home, without links in its path, as the program tells it.
    pub fn home(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(&self.name)
    }

    pub fn below(&self, path: &str) -> PathBuf {
        self.home().join(path)
    }

    /// A path beside the home, for what a test makes itself.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn domain(&self, name: &str) -> PathBuf {
        self.below("user_projects/domains").join(name)
    }

    fn configure(&self, name: &str) {
        let servers: String = ["east1", "east2"]
            .map(|server| format!("<server><name>{server}</name><machine>node1</machine><cluster>east</cluster></server>\n"))
            .concat();
        let text = format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<domain xmlns="http://xmlns.oracle.com/weblogic/domain">
<name>{name}</name>
<domain-version>10.3.6.0</domain-version>
<server><name>AdminServer</name></server>
{servers}<cluster><name>east</name></cluster>
<machine><name>node1</name><node-manager><name>node1</name><listen-address>localhost</listen-address></node-manager></machine>
<admin-server-name>AdminServer</admin-server-name>
</domain>
"#
        );
        let folder = self.domain(name).join("config");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("config.xml"), text).unwrap();
    }

    /// Writes all start scripts anew, those of the home and of both domains, as the vendor's wizard does.
    pub fn lay_out(&self) {
        copy(&Path::new(SCRIPTS).join("home"), &self.home(), &self.places("orders"));
        DOMAINS.iter().for_each(|domain| self.lay_out_domain(domain));
    }

    pub fn lay_out_domain(&self, name: &str) {
        copy(&Path::new(SCRIPTS).join("domain"), &self.domain(name), &self.places(name));
    }

    fn places(&self, domain: &str) -> [(&'static str, PathBuf); 3] {
        [("@MW_HOME@", self.home()), ("@DOMAIN_HOME@", self.domain(domain)), ("@JAVA_HOME@", JAVA.home.clone())]
    }

    /// Moves the whole home to another folder.
    pub fn rename(&mut self, name: &str) {
        fs::rename(self.home(), self.folder.path().join(name)).unwrap();
        self.name = name.into();
    }

    /// Imports patches.
    pub fn import(&self, patches: &[Make]) {
        let folder = self.beside("downloaded");
        let paths: Vec<String> = patches.iter().map(|patch| patch.write(&folder).display().to_string()).collect();
        self.patch(&format!("import {}", paths.join(" "))).succeeded();
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_packwright"));
        command.args(words).env_clear().env("PATH", "/usr/bin:/bin").env("HOME", self.folder.path()).env("TZ", "UTC").env("COLUMNS", "120");
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    /// Runs `packwright` with these words, split at blanks.
    pub fn packwright(&self, line: &str) -> Ended {
        Running::of(self.command(&line.split_whitespace().collect::<Vec<_>>())).end()
    }

    fn patch_words(&self, line: &str) -> Command {
        let mut command = self.command(&["patch"]);
        command.args(line.split_whitespace()).env("MW_HOME", self.home());
        command
    }

    /// Runs `packwright patch` with these words on the home.
    pub fn patch(&self, line: &str) -> Ended {
        Running::of(self.patch_words(line)).end()
    }

    /// The same in a folder, with variables of its own.
    pub fn patch_with(&self, line: &str, variables: &[(&str, &str)], folder: &Path) -> Ended {
        let mut command = self.patch_words(line);
        command.envs(variables.iter().copied()).current_dir(folder);
        Running::of(command).end()
    }

    /// Starts it and goes on.
    pub fn start_patch(&self, line: &str) -> Running {
        Running::of(self.patch_words(line))
    }

    /// What a command that goes through prints with --json.
    pub fn json(&self, line: &str) -> Value {
        self.patch(&format!("{line} --json")).succeeded().json()
    }

    /// Lets servers of a domain use a profile; `whom` is nothing for all of them.
    pub fn point(&self, domain: &str, profile: &str, whom: &str) -> Ended {
        self.patch(&format!("point {} --profile {profile} {whom}", self.domain(domain).display()))
    }

    /// Makes a profile that holds these patches, which are there.
    pub fn profile(&self, name: &str, patches: &[&str]) {
        self.patch(&format!("profile create {name}")).succeeded();
        if !patches.is_empty() {
            self.patch(&format!("apply {} --profile {name}", patches.join(" "))).succeeded();
        }
    }

    fn shell(&self, domain: &str, server: Option<&str>, options: &str) -> Command {
        let script = if server.is_some() { "bin/startManagedWebLogic.sh" } else { "startWebLogic.sh" };
        let mut command = Command::new("sh");
        command.arg(self.domain(domain).join(script)).args(server).current_dir(self.domain(domain));
        command.env_clear().env("PATH", "/usr/bin:/bin").env("JAVA_OPTIONS", options);
        // A server that only says a few lines starts twice as fast without the compiler for long runs.
        command.env("JAVA_VM", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData").stdin(Stdio::null());
        command
    }

    /// Starts a server by its script, the one that administers the domain where none is named, and reads what it says until it ends.
    #[track_caller]
    pub fn server(&self, domain: &str, server: Option<&str>) -> Told {
        self.server_called_with(domain, server, &[])
    }

    /// The same, with variables that whoever starts it has exported.
    #[track_caller]
    pub fn server_called_with(&self, domain: &str, server: Option<&str>, variables: &[(&str, &str)]) -> Told {
        let mut command = self.shell(domain, server, "");
        command.envs(variables.iter().copied());
        let ended = Running::of(command).end().succeeded();
        Told::read(&ended.stdout)
    }

    /// Starts a server that stays until it is stopped.
    pub fn start_server(&self, domain: &str, server: Option<&str>) -> Server {
        Server::of(self.shell(domain, server, "-Dstay=true"))
    }

    /// All files of the home that are not packwright's own, with their bytes.
    pub fn tree(&self) -> BTreeMap<String, Vec<u8>> {
        let mut found = files(&self.home());
        found.retain(|path, _| !path.starts_with("packwright/"));
        found
    }
}

/// Two trees are the same, byte for byte.
#[track_caller]
pub fn assert_same(one: &BTreeMap<String, Vec<u8>>, other: &BTreeMap<String, Vec<u8>>) {
    let differs = |path: &&String| one.get(*path) != other.get(*path);
    let different: Vec<&String> = one.keys().chain(other.keys()).filter(differs).collect();
    assert!(different.is_empty(), "{different:?} differ");
}

/// Copies a folder, with marks in its files replaced by places.
fn copy(from: &Path, to: &Path, places: &[(&str, PathBuf)]) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (source, place) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy(&source, &place, places);
            continue;
        }
        let text = fs::read_to_string(&source).unwrap();
        let text = places.iter().fold(text, |text, (mark, path)| text.replace(mark, path.to_str().unwrap()));
        fs::write(&place, text).unwrap();
        fs::set_permissions(&place, fs::metadata(&source).unwrap().permissions()).unwrap();
    }
}

/// A server that runs, with the shells that started it. Whatever becomes of the test, it ends.
pub struct Server {
    child: Child,
    input: Option<ChildStdin>,
    pub told: Told,
}

impl Server {
    /// Goes on when the server has said all it has to say.
    fn of(mut command: Command) -> Server {
        let mut child = command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("sh starts");
        let input = child.stdin.take();
        let mut lines = BufReader::new(child.stdout.take().expect("its output is piped")).lines();
        let mut server = Server { child, input, told: Told::read("") };
        let mut text = String::new();
        while !text.contains("server says installed file") {
            let line = lines.next().unwrap_or_else(|| panic!("it ended and said only:\n{text}")).expect("it writes text");
            text = text + &line + "\n";
        }
        server.told = Told::read(&text);
        server
    }

    /// Ends it by the end of its input, as an administrator would in its window.
    pub fn stop(mut self) {
        drop(self.input.take());
        assert!(self.child.wait().expect("a child can be waited for").success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The number of one that has ended may be another's by now.
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
            let _ = self.child.wait();
        }
    }
}

/// A patch with a version of the class that every server asks.
pub fn greeting(id: &str, version: &str) -> Make {
    let class = JAVA.greeting(version);
    Make::new().id(id).description("Says who answers").jar(&format!("bug_{id}.jar"), &[("orders/Greeting.class", class.as_slice())])
}
