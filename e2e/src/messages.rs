//! The world's NATS server with JetStream, from Debian's binary. It knows nothing of subjects.

use crate::keys::Keys;
use crate::network::Network;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

pub struct Messages {
    folder: PathBuf,
    machine: String,
    pub service: SocketAddr,
    pub scheme: &'static str,
}

impl Messages {
    /// Makes its folder and its file. With keys it speaks TLS alone; without a list of users it lets everyone in.
    pub fn make(folder: &Path, network: &Network, machine: &str, keys: Option<&Keys>) -> Messages {
        let service = SocketAddr::from((network.address(machine), network.free_port(machine, 4222)));
        let scheme = if keys.is_some() { "tls" } else { "nats" };
        fs::create_dir(folder).unwrap_or_else(|error| panic!("cannot make {}: {error}", folder.display()));
        let messages = Messages { folder: folder.into(), machine: machine.into(), service, scheme };
        let tls = keys.map_or(String::new(), |keys| {
            format!("tls {{ cert_file: \"{}\", key_file: \"{}\" }}\n", keys.certificate.display(), keys.key.display())
        });
        let text = format!(
            "listen: \"{service}\"\njetstream {{ store_dir: \"{}\" }}\n{tls}include \"users.conf\"\n",
            folder.join("jetstream").display()
        );
        fs::write(messages.file(), text).expect("an own folder can be written");
        messages.let_in("");
        messages
    }

    fn file(&self) -> PathBuf {
        self.folder.join("nats-server.conf")
    }

    /// Sets the list of users, which counts when the server starts or reads it again.
    pub fn let_in(&self, users: &str) {
        fs::write(self.folder.join("users.conf"), users).expect("an own folder can be written");
    }

    pub fn command(&self, network: &Network) -> Command {
        let mut command = network.command(&self.machine, Path::new("nats-server"));
        command.arg("--config").arg(self.file());
        command
    }
}
