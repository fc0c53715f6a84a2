//! The files that the program reads: the enterprise's, control's secrets, and a server's credential. It does not start anything.

use crate::database;
use std::fmt::Write;
use std::fs;
use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

pub const PRIMARY: &str = "ENT1";
pub const DEPLOYMENT: &str = "DEP1";
pub const ENTERPRISE_SERVERS: [&str; 3] = ["ENT1", "ENT2", "ENT3"];
pub const SERVERS: [&str; 5] = ["DEP1", "ENT1", "ENT2", "ENT3", "WEB1"];
pub const PATH_CODE: &str = "DV920";

/// How a process reaches the services.
pub struct Ways {
    pub bus: String,
    pub database: String,
}

impl Ways {
    pub fn new(scheme: &str, bus: SocketAddr, database: SocketAddr, secure: bool) -> Ways {
        let tls = if secure { "?sslmode=require" } else { "" };
        let name = database::NAME;
        Ways { bus: format!("{scheme}://{bus}"), database: format!("postgres://{name}@{database}/{name}{tls}") }
    }
}

/// The enterprise file.
pub fn write_file(root: &Path, ways: &Ways) {
    let Ways { bus, database } = ways;
    let mut text = format!(
        "[enterprise]\ntools_release = \"9.2.8.0\"\ndatabase = \"{database}\"\nbus = \"{bus}\"\n\n[build]\ncompile_seconds = 120\n\n\
         [[path_code]]\nname = \"{PATH_CODE}\"\ndata_source = \"Central Objects - {PATH_CODE}\"\nbits = 64\nrelease = \"E920\"\n"
    );
    for (position, server) in SERVERS.iter().enumerate() {
        let port = 6017 + position;
        let kind = match &server[..3] {
            "DEP" => "kind = \"deployment\"",
            "WEB" => "kind = \"web\"",
            _ => "kind = \"enterprise\"\nplatform = \"linux-x86_64\"\ntoolchain = \"gcc\"",
        };
        write!(text, "\n[[machine]]\nname = \"{server}\"\nport = {port}\n{kind}\n").expect("a text takes all");
        if *server == PRIMARY {
            text += "primary = true\n";
        }
        if kind.contains("gcc") {
            text += "[[machine.queue]]\nname = \"QBATCH\"\nslots = 2\n";
        }
    }
    fs::write(root.join("packwright.toml"), text).expect("an own folder can be written");
}

/// The credential of a server in a world that asks nobody who it is.
pub fn write_credential(root: &Path, server: &str, ways: &Ways) {
    let mut text = format!("server = \"{server}\"\nbus = \"{}\"\n", ways.bus);
    if [PRIMARY, DEPLOYMENT].contains(&server) {
        writeln!(text, "database = \"{}\"", ways.database).expect("a text takes all");
    }
    write_secret(&root.join("packwright.credential"), &text);
}

/// A file that only its owner may read.
pub fn write_secret(path: &Path, text: &str) {
    let _ = fs::remove_file(path);
    let opened = fs::File::options().write(true).create_new(true).mode(0o600).open(path);
    opened.and_then(|mut file| file.write_all(text.as_bytes())).unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
}
