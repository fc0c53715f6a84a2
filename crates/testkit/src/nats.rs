//! A NATS server of a test's own: Debian's nats-server on a free port of one address, with JetStream in a temporary folder, and gone
//! when the test process is gone, however that ended. It knows nothing of what Packwright says on it.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long the server may take for anything that is asked of it.
const SOON: Duration = Duration::from_secs(30);

const HINT: &str = "hint: scripts/test installs what the tests need (apt-get install nats-server openssl)";

/// What differs from a plain server.
#[derive(Clone, Debug)]
pub struct NatsOptions {
    /// With a certificate of an authority of its own.
    pub tls: bool,
    /// A file with the `authorization` block; it is read at the start and at every `reload`.
    pub users_file: Option<PathBuf>,
    /// A free one where none is given.
    pub port: Option<u16>,
    pub host: IpAddr,
    pub jetstream: bool,
    /// The room of JetStream on the disk.
    pub file_bytes_max: Option<u64>,
    /// Bytes of a message.
    pub payload_bytes_max: Option<u64>,
}

impl Default for NatsOptions {
    fn default() -> NatsOptions {
        NatsOptions {
            tls: false,
            users_file: None,
            port: None,
            host: Ipv4Addr::LOCALHOST.into(),
            jetstream: true,
            file_bytes_max: None,
            payload_bytes_max: None,
        }
    }
}

/// A running server. Dropping it ends the server and removes its folder.
pub struct Nats {
    options: NatsOptions,
    port: u16,
    /// The guard removes it after the server has ended.
    folder: PathBuf,
    guard: Child,
    log: Arc<Log>,
}

/// What the server and its guard said, line by line.
#[derive(Default)]
struct Log {
    lines: Mutex<Vec<String>>,
    more: Condvar,
}

impl Nats {
    /// Starts a plain server.
    ///
    /// # Panics
    /// When nats-server is not installed or does not start, with what to do about it: a test must fail then, not pass.
    pub fn start() -> Nats {
        Nats::start_with(NatsOptions::default())
    }

    pub fn start_with(options: NatsOptions) -> Nats {
        let folder = TempDir::with_prefix("nats-").unwrap_or_else(|e| panic!("cannot make a temporary folder for NATS: {e}")).keep();
        let mut guard = guard(&folder);
        let log = Arc::new(Log::default());
        log.follow(guard.stdout.take().expect("its output is a pipe"));
        if options.tls {
            make_certificates(&folder, options.host);
        }
        if let Some(users) = &options.users_file {
            // The server reads an included file beside its own only.
            let linked = std::os::unix::fs::symlink(users, folder.join("users.conf"));
            linked.unwrap_or_else(|e| panic!("cannot link {}: {e}", users.display()));
        }
        let mut nats = Nats { port: options.port.unwrap_or(0), options, folder, guard, log };
        nats.restart();
        nats
    }

    /// The address for clients.
    pub fn url(&self) -> String {
        let scheme = if self.options.tls { "tls" } else { "nats" };
        format!("{scheme}://{}:{}", self.options.host, self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The certificate of the authority that signed the server's, where it has one.
    pub fn ca(&self) -> Option<PathBuf> {
        self.options.tls.then(|| self.folder.join("ca.pem"))
    }

    /// Ends the server as an operator would.
    pub fn stop(&mut self) {
        let before = self.log.length();
        self.order("stop");
        self.log.find(before, &["guard: stopped"]);
    }

    /// Ends the server as a power cut would.
    pub fn kill(&mut self) {
        let before = self.log.length();
        self.order("kill");
        self.log.find(before, &["guard: stopped"]);
    }

    /// Starts it again where it was, with what JetStream keeps; it is stopped before where it runs.
    pub fn restart(&mut self) {
        self.stop();
        fs::write(self.folder.join("server.conf"), self.configuration())
            .unwrap_or_else(|e| panic!("cannot write to {}: {e}", self.folder.display()));
        let before = self.log.length();
        self.order("start");
        let ready = self.log.find(before, &["Server is ready", "nats-server: ", "[FTL]"]);
        assert!(ready.contains("ready"), "nats-server does not start\n{HINT}\n{}", self.log.since(before));
        let listening = self.log.find(before, &["Listening for client connections on"]);
        self.port = listening.rsplit(':').next().and_then(|port| port.trim().parse().ok()).expect("the line ends with the port");
    }

    /// Makes it read its users again.
    pub fn reload(&mut self) {
        let before = self.log.length();
        self.order("reload");
        let reloaded = self.log.find(before, &["Reloaded server configuration", "Failed to reload"]);
        assert!(reloaded.contains("Reloaded"), "{}", self.log.since(before));
    }

    fn order(&mut self, order: &str) {
        let input = self.guard.stdin.as_mut().expect("its input is a pipe");
        writeln!(input, "{order}").unwrap_or_else(|e| panic!("the guard of nats-server is gone: {e}"));
    }

    fn configuration(&self) -> String {
        let (folder, options) = (self.folder.display(), &self.options);
        // -1 is any free port.
        let port = if self.port == 0 { "-1".to_string() } else { self.port.to_string() };
        let mut text = format!("server_name: test\nhost: \"{}\"\nport: {port}\n", options.host);
        if options.jetstream {
            let room = options.file_bytes_max.map(|bytes| format!(", max_file_store: {bytes}")).unwrap_or_default();
            text += &format!("jetstream {{ store_dir: \"{folder}/streams\"{room} }}\n");
        }
        if options.tls {
            text += &format!("tls {{ cert_file: \"{folder}/server.pem\", key_file: \"{folder}/server.key\", timeout: 10 }}\n");
        }
        if let Some(bytes) = options.payload_bytes_max {
            text += &format!("max_payload: {bytes}\n");
        }
        if options.users_file.is_some() {
            text += "include ./users.conf\n";
        }
        text
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        // The guard ends the server at the end of its input.
        drop(self.guard.stdin.take());
        // Nothing can be done in a drop about a guard that cannot be waited for.
        let _ = self.guard.wait();
    }
}

impl Log {
    fn follow(self: &Arc<Log>, output: ChildStdout) {
        let log = self.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                log.lines.lock().expect("no holder panics").push(line);
                log.more.notify_all();
            }
        });
    }

    fn length(&self) -> usize {
        self.lines.lock().expect("no holder panics").len()
    }

    fn since(&self, before: usize) -> String {
        self.lines.lock().expect("no holder panics")[before..].join("\n")
    }

    /// The first line that holds one of the texts, said after so many lines.
    fn find(&self, before: usize, texts: &[&str]) -> String {
        let deadline = Instant::now() + SOON;
        let mut lines = self.lines.lock().expect("no holder panics");
        loop {
            if let Some(line) = lines[before..].iter().find(|line| texts.iter().any(|text| line.contains(text))) {
                return line.clone();
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "nats-server did not say {texts:?}\n{}", lines[before..].join("\n"));
            lines = self.more.wait_timeout(lines, left).expect("no holder panics").0;
        }
    }
}

/// Carries out orders, one a line, until its input ends; then it ends the server and removes the folder, its argument.
const GUARD: &str = r#"
trap '' PIPE
server=
end() {
    [ -z "$server" ] || { kill "-$1" "$server"; wait "$server"; }
    server=
}
while read -r order; do
    case $order in
    start)
        (exec nats-server --config "$1/server.conf" </dev/null 2>&1) &
        server=$!
        ;;
    stop) end TERM; echo "guard: stopped" ;;
    kill) end KILL; echo "guard: stopped" ;;
    reload) kill -HUP "$server" ;;
    esac
done
exec >/dev/null 2>&1
end KILL
rm -rf "$1"
"#;

/// Starts the guard, a shell whose input ends when this process drops it or dies in whatever way. It is a process group of its own, so
/// that what ends the test's group spares it, and it holds none of the test's outputs, or the test runner would wait for it.
fn guard(folder: &Path) -> Child {
    Command::new("sh")
        .args(["-c", GUARD, "guard"])
        .arg(folder)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .unwrap_or_else(|e| panic!("cannot start the guard of the test's NATS: {e}"))
}

/// An authority and a certificate of the server's, signed by it.
fn make_certificates(folder: &Path, host: IpAddr) {
    let names = format!("subjectAltName=DNS:localhost,IP:{host}");
    let request = ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    let authority = ["-x509", "-days", "2", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Authority of a test"];
    let server = ["-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost", "-addext", &names];
    openssl(folder, &[&request[..], &authority].concat());
    openssl(folder, &[&request[..], &server].concat());
    let sign = ["x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2"];
    openssl(folder, &[&sign[..], &["-copy_extensions", "copy", "-out", "server.pem"]].concat());
}

fn openssl(folder: &Path, arguments: &[&str]) {
    let output = Command::new("openssl").args(arguments).current_dir(folder).stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|e| panic!("cannot start openssl: {e}\n{HINT}"));
    assert!(output.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpStream;

    #[test]
    fn a_server_keeps_its_port_and_leaves_nothing() {
        let mut nats = Nats::start_with(NatsOptions { tls: true, ..NatsOptions::default() });
        let (folder, port) = (nats.folder.clone(), nats.port());
        assert!(nats.ca().is_some_and(|ca| ca.exists()) && nats.url().starts_with("tls://127.0.0.1:"));
        nats.kill();
        assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
        nats.restart();
        nats.reload();
        assert_eq!(nats.port(), port);
        drop(nats);
        assert!(!folder.exists() && TcpStream::connect(("127.0.0.1", port)).is_err());
    }
}
