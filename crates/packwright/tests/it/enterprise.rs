//! An enterprise of a test's own in a temporary folder, and the program run on it as a user runs it. It does not know what the tests look for.

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};
use store::Store;
use tempfile::TempDir;

/// No command of these tests takes this long, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(120);

pub const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples/orders");

pub struct Enterprise {
    folder: TempDir,
    /// Address of its tables.
    database: String,
}

impl Enterprise {
    /// As `packwright init` makes it: ENT1 (primary), ENT2, DEP1 and WEB1; path codes DV920, PY920 and PD920.
    pub fn new() -> Enterprise {
        let folder = TempDir::with_prefix("packwright-").expect("a temporary folder");
        let database = format!("sqlite:{}", folder.path().join("enterprise/database").display());
        let enterprise = Enterprise { folder, database };
        enterprise.run("init").succeeded();
        enterprise
    }

    /// One whose tables lie at this address.
    pub fn at(database: &str) -> Enterprise {
        let mut enterprise = Enterprise::new();
        enterprise.change_file("sqlite:database", database);
        enterprise.database = database.to_string();
        enterprise
    }

    /// Another of the same content.
    pub fn copy(&self) -> Enterprise {
        let folder = TempDir::with_prefix("packwright-").expect("a temporary folder");
        let copied = Command::new("cp").arg("-a").arg(self.root()).arg(folder.path()).status().expect("cp runs");
        assert!(copied.success());
        let database = format!("sqlite:{}", folder.path().join("enterprise/database").display());
        Enterprise { folder, database }
    }

    /// Replaces a text of the enterprise file, which must be in it, and applies the file.
    pub fn change_file(&self, from: &str, to: &str) {
        let path = self.root().join("packwright.toml");
        let text = fs::read_to_string(&path).expect("init wrote the file");
        assert!(text.contains(from), "the enterprise file has no {from}");
        fs::write(&path, text.replace(from, to)).expect("the file can be written");
        self.run(&format!("apply {}", path.display())).succeeded();
    }

    pub fn root(&self) -> PathBuf {
        self.folder.path().join("enterprise")
    }

    /// A path beside the enterprise, for what a test makes itself.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A path below the folder of a server.
    pub fn server(&self, server: &str, path: &str) -> PathBuf {
        self.root().join("servers").join(server).join(path)
    }

    pub fn command<S: AsRef<str>>(&self, words: &[S]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_packwright"));
        command.args(words.iter().map(AsRef::as_ref)).arg("--root").arg(self.root());
        command.env("USER", "TESTER").env("TZ", "UTC").env("COLUMNS", "120").env_remove("PACKWRIGHT_ROOT").stdin(Stdio::null());
        command
    }

    /// Runs a command line to its end; its words are split at blanks.
    pub fn run(&self, line: &str) -> Ended {
        self.run_words(&line.split_whitespace().collect::<Vec<_>>())
    }

    pub fn run_words<S: AsRef<str>>(&self, words: &[S]) -> Ended {
        Running::of(self.command(words)).end()
    }

    /// Starts a command line and goes on.
    pub fn start(&self, line: &str) -> Running {
        Running::of(self.command(&line.split_whitespace().collect::<Vec<_>>()))
    }

    /// What a command that goes through prints with --json.
    pub fn json(&self, line: &str) -> Value {
        self.run(&format!("{line} --json")).succeeded().json()
    }

    /// The problem that a refused command prints with --json; the exit code must be this one.
    pub fn refused(&self, line: &str, exit: i32) -> Value {
        self.run(&format!("{line} --json")).failed(exit).json()
    }

    /// Checks in what lies in a folder.
    pub fn check_in(&self, folder: &Path) -> Ended {
        self.run(&format!("checkin {} --path-code DV920", folder.display()))
    }

    /// Assembles a full package and defines its build.
    pub fn define(&self, package: &str, servers: &str) {
        self.run(&format!("package assemble {package} --path-code DV920 --full")).succeeded();
        self.run(&format!("package define {package} --servers {servers}")).succeeded();
    }

    pub fn build(&self, package: &str, servers: &str) {
        self.define(package, servers);
        self.run(&format!("package build {package}")).succeeded();
    }

    /// Calls a function with values `member=value` and answers what it left.
    pub fn call(&self, function: &str, server: &str, values: &[&str]) -> Value {
        let mut words = vec!["call", function, "--server", server, "--path-code", "DV920", "--json"];
        values.iter().for_each(|value| words.extend(["--set", value]));
        self.run_words(&words).succeeded().json()
    }

    /// Rows of the control tables.
    pub fn rows(&self, sql: &str) -> Vec<Vec<String>> {
        self.with_store(async |store| {
            let rows = store.control().query(sql, &[]).await.expect("the statement runs");
            rows.iter().map(|row| row.iter().map(plain).collect()).collect()
        })
    }

    pub fn with_store<T>(&self, work: impl AsyncFnOnce(Store) -> T) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async { work(Store::open(&self.database).await.expect("the store opens")).await })
    }
}

fn plain(value: &engine::value::Value) -> String {
    match value {
        engine::value::Value::Text(text) => text.clone(),
        engine::value::Value::Integer(number) => number.to_string(),
        engine::value::Value::Null | engine::value::Value::Blob(_) => String::new(),
    }
}

/// A command that ended.
#[derive(Debug)]
pub struct Ended {
    pub exit: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    #[track_caller]
    pub fn succeeded(self) -> Ended {
        self.failed(0)
    }

    #[track_caller]
    pub fn failed(self, exit: i32) -> Ended {
        assert_eq!(self.exit, Some(exit), "\n{}\n{}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("no JSON ({error}):\n{}\n{}", self.stdout, self.stderr))
    }
}

/// A command that runs, and is killed when its patience ends or the test drops it.
pub struct Running {
    child: Child,
    errors: BufReader<ChildStderr>,
    stderr: String,
    _watch: Sender<()>,
}

impl Running {
    pub fn of(mut command: Command) -> Running {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let errors = BufReader::new(child.stderr.take().expect("its errors are piped"));
        let pid = pid(&child);
        let (watch, ended) = mpsc::channel::<()>();
        thread::spawn(move || {
            if ended.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                let _ = kill_process(pid, Signal::KILL);
            }
        });
        Running { child, errors, stderr: String::new(), _watch: watch }
    }

    /// The next line that it says on stderr; `None` when it has ended.
    pub fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let count = self.errors.read_line(&mut line).expect("it writes text");
        self.stderr.push_str(&line);
        (count > 0).then(|| line.trim_end().to_string())
    }

    /// Reads on until a line holds this text.
    pub fn wait_for(&mut self, text: &str) {
        while let Some(line) = self.line() {
            if line.contains(text) {
                return;
            }
        }
        panic!("it ended and never said \"{text}\":\n{}", self.stderr);
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        self.child.try_wait().expect("a child can be looked at").is_none()
    }

    /// kill -9
    pub fn kill(mut self) -> ExitStatus {
        let _ = kill_process(pid(&self.child), Signal::KILL);
        self.child.wait().expect("a child can be waited for")
    }

    pub fn terminate(self) -> Ended {
        let _ = kill_process(pid(&self.child), Signal::TERM);
        self.end()
    }

    pub fn end(mut self) -> Ended {
        let mut output = self.child.stdout.take().expect("its output is piped");
        let reader = thread::spawn(move || {
            let mut bytes = Vec::new();
            output.read_to_end(&mut bytes).map(|_| bytes)
        });
        while self.line().is_some() {}
        let stdout = reader.join().expect("reading does not panic").expect("its output can be read");
        let status = self.child.wait().expect("a child can be waited for");
        Ended { exit: status.code(), stdout: String::from_utf8(stdout).expect("it writes text"), stderr: std::mem::take(&mut self.stderr) }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn pid(child: &Child) -> Pid {
    Pid::from_child(child)
}

/// Looks again and again at what nothing can be waited for.
#[track_caller]
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "waited too long until {what}");
        thread::park_timeout(Duration::from_millis(2));
    }
}

/// All files below a folder with their bytes, by their paths.
pub fn files(root: &Path) -> std::collections::BTreeMap<String, Vec<u8>> {
    let mut found = std::collections::BTreeMap::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("cannot list {}: {error}", folder.display())).map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                open.push(entry.path());
            } else {
                let path = entry.path().strip_prefix(root).unwrap().to_str().unwrap().to_string();
                found.insert(path, fs::read(entry.path()).unwrap());
            }
        }
    }
    found
}
