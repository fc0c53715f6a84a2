//! The enterprise file: reads it completely, with every error at once, and writes the commented one that a new enterprise begins with.

use engine::failure::{self, Failure};
use engine::release::Release;
use objects::Complaint;
use objects::names::Rule;
use objects::sheet::{self, Part, Word};
use std::collections::BTreeSet;

#[derive(Clone, Debug)]
pub struct EnterpriseFile {
    pub tools_release: Release,
    pub database: String,
    pub bus: String,
    pub compile_seconds: u32,
    pub path_codes: Vec<FilePathCode>,
    pub machines: Vec<FileMachine>,
}

#[derive(Clone, Debug)]
pub struct FilePathCode {
    pub name: String,
    pub data_source: String,
    pub bits: u32,
    pub release: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MachineKind {
    Deployment,
    Enterprise,
    Web,
}

impl Word for MachineKind {
    const WORDS: &'static [(&'static str, MachineKind)] =
        &[("enterprise", MachineKind::Enterprise), ("deployment", MachineKind::Deployment), ("web", MachineKind::Web)];
}

#[derive(Clone, Debug)]
pub struct FileMachine {
    pub name: String,
    pub kind: MachineKind,
    pub platform: String,
    pub toolchain: String,
    pub port: u32,
    pub primary: bool,
    pub queues: Vec<(String, u32)>,
}

const NAME: Rule = Rule { about: "1 to 10 of A–Z, 0–9 and _, first a letter", holds: is_name };
const SERVER: Rule = Rule { about: "a machine's name, 1 to 15 of A–Z, 0–9, - and _", holds: is_server };
const LINE: Rule = Rule {
    about: "1 to 60 characters on one line",
    holds: |text| (1..=60).contains(&text.chars().count()) && !text.chars().any(char::is_control),
};
const RELEASE: Rule = Rule { about: "a tools release, as 9.2.8.0", holds: |text| text.parse::<Release>().is_ok() };
const DATABASE: Rule = Rule {
    about: "sqlite: and a folder, or postgres:// and the rest of a URL without a password, which belongs into packwright.secrets",
    holds: |text| text.starts_with("sqlite:") || text.starts_with("postgres://") && !has_password(text),
};
const BUS: Rule = Rule {
    about: "memory:, or nats:// or tls:// and a host and port",
    holds: |text| text == "memory:" || (text.starts_with("nats://") || text.starts_with("tls://")) && !text.contains('@'),
};
const PLATFORM: Rule = Rule {
    about: "a platform, as linux-x86_64",
    holds: |text| {
        (1..=30).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b))
    },
};
const COMMAND: Rule = Rule {
    about: "the command of a C compiler, as gcc",
    holds: |text| (1..=200).contains(&text.len()) && !text.starts_with('-') && !text.chars().any(char::is_control),
};

fn has_password(url: &str) -> bool {
    url.strip_prefix("postgres://").and_then(|rest| rest.split_once('@')).is_some_and(|(user, _)| user.contains(':'))
}

pub fn is_name(text: &str) -> bool {
    (1..=10).contains(&text.len())
        && text.as_bytes()[0].is_ascii_uppercase()
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

fn is_server(text: &str) -> bool {
    (1..=15).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_' || b == b'-')
        && !text.starts_with('-')
}

/// Reads a file; its name stands in the complaints.
pub fn read(name: &str, bytes: &[u8]) -> Result<EnterpriseFile, Vec<Complaint>> {
    sheet::read(name, bytes, |root| {
        root.allow(&["enterprise", "build", "path_code", "machine"]);
        let enterprise = root.part("enterprise", &["tools_release", "database", "bus"]);
        let text = |key: &str, rule: &Rule| enterprise.as_ref().map(|part| part.text(key, rule)).unwrap_or_default();
        let file = EnterpriseFile {
            tools_release: text("tools_release", &RELEASE).parse().unwrap_or(Release([9, 2, 8, 0])),
            database: text("database", &DATABASE),
            bus: text("bus", &BUS),
            compile_seconds: root.part("build", &["compile_seconds"]).map_or(120, |part| part.number("compile_seconds", 1..=3_600)),
            path_codes: root.parts("path_code", &["name", "data_source", "bits", "release"]).iter().map(read_path_code).collect(),
            machines: root
                .parts("machine", &["name", "kind", "platform", "toolchain", "port", "primary", "queue"])
                .iter()
                .map(read_machine)
                .collect(),
        };
        check_whole(root, &file);
        file
    })
}

/// All errors of a file as one failure.
pub fn refused(name: &str, complaints: Vec<Complaint>) -> Failure {
    crate::complaints::refused(&failure::ENTERPRISE_REFUSED, &format!("{name} has"), complaints)
}

fn read_path_code(part: &Part<'_>) -> FilePathCode {
    let bits = part.number("bits", 32..=64);
    if bits != 0 && bits != 32 && bits != 64 {
        part.complain(part.line_of("bits"), format!("bits must be 32 or 64, and is {bits}"), None);
    }
    FilePathCode {
        name: part.text("name", &NAME),
        data_source: part.text("data_source", &LINE),
        bits,
        release: part.text("release", &NAME),
    }
}

fn read_machine(part: &Part<'_>) -> FileMachine {
    let kind: MachineKind = part.word("kind");
    let enterprise = kind == MachineKind::Enterprise;
    if !enterprise {
        for key in ["platform", "toolchain", "primary", "queue"].into_iter().filter(|key| part.has(key)) {
            part.complain(
                part.line_of(key),
                format!("{key} belongs to enterprise servers only"),
                Some(format!("leave {key} out, or make the machine's kind enterprise")),
            );
        }
    }
    FileMachine {
        name: part.text("name", &SERVER),
        kind,
        platform: if enterprise { part.text("platform", &PLATFORM) } else { String::new() },
        toolchain: if enterprise { part.text("toolchain", &COMMAND) } else { String::new() },
        port: part.number("port", 1..=65_535),
        primary: part.flag("primary"),
        queues: part
            .parts("queue", &["name", "slots"])
            .iter()
            .map(|queue| (queue.text("name", &NAME), queue.number("slots", 1..=100)))
            .collect(),
    }
}

/// What no line alone can tell: names that stand twice, and servers that must be there once.
fn check_whole(root: &Part<'_>, file: &EnterpriseFile) {
    let mut seen = BTreeSet::new();
    let path_codes = root.parts("path_code", &["name", "data_source", "bits", "release"]);
    let machines = root.parts("machine", &["name", "kind", "platform", "toolchain", "port", "primary", "queue"]);
    let names = file.path_codes.iter().map(|p| &p.name).zip(&path_codes).chain(file.machines.iter().map(|m| &m.name).zip(&machines));
    for (name, part) in names {
        if !name.is_empty() && !seen.insert(name.to_lowercase()) {
            part.complain(
                part.line_of("name"),
                format!("the name {name} stands twice"),
                Some("give each path code and machine a name of its own".into()),
            );
        }
    }
    if file.path_codes.is_empty() {
        root.complain(1, "there is no path code", Some("add a table [[path_code]]".into()));
    }
    let count = |wanted: &dyn Fn(&FileMachine) -> bool| file.machines.iter().filter(|machine| wanted(machine)).count();
    let deployment = count(&|machine| machine.kind == MachineKind::Deployment);
    if deployment != 1 {
        root.complain(
            1,
            format!("there must be one deployment server, and there are {deployment}"),
            Some("give one machine the kind \"deployment\"".into()),
        );
    }
    let primary = count(&|machine| machine.kind == MachineKind::Enterprise && machine.primary);
    if primary != 1 {
        root.complain(
            1,
            format!("one enterprise server must be the primary, and {primary} are"),
            Some("set primary = true for one of them".into()),
        );
    }
}

/// What a new enterprise begins with: two enterprise servers, a deployment server and a web server on this machine.
pub const NEW: &str = r#"# The enterprise: its path codes, its machines, and where Packwright keeps its tables.
# `packwright apply packwright.toml` brings the tables to what stands here and prints the difference; from then on the tables
# are the truth. A server that holds a live package is not removed by taking it out of this file.

[enterprise]
tools_release = "9.2.8.0"        # decides which steps a build and a deployment have
database = "sqlite:database"     # a folder below this file's, or postgres://user@host/name
bus = "memory:"                  # everything in one process; tls://host:4222 is a NATS server for many machines

[build]
compile_seconds = 120            # a source that takes longer is given up

# A path code is a set of objects: one central objects data source and one tree of folders.
[[path_code]]
name = "DV920"
data_source = "Central Objects - DV920"
bits = 64                        # 32 or 64
release = "E920"

[[path_code]]
name = "PY920"
data_source = "Central Objects - PY920"
bits = 64
release = "E920"

[[path_code]]
name = "PD920"
data_source = "Central Objects - PD920"
bits = 64
release = "E920"

# The deployment server gathers libraries and logs.
[[machine]]
name = "DEP1"
kind = "deployment"              # deployment, enterprise or web
port = 6017

# The primary enterprise server lists, checks out and distributes the objects of a package, and builds its specs.
[[machine]]
name = "ENT1"
kind = "enterprise"
primary = true
platform = "linux-x86_64"        # servers of one platform share what they compile
toolchain = "gcc"                # command of the C compiler on that server
port = 6017

[[machine.queue]]
name = "QBATCH"
slots = 2                        # batch jobs that run at once

[[machine]]
name = "ENT2"
kind = "enterprise"
platform = "linux-x86_64"
toolchain = "gcc"
port = 6018

[[machine.queue]]
name = "QBATCH"
slots = 2

[[machine]]
name = "WEB1"
kind = "web"
port = 8080
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_new_file_has_no_errors() {
        let file = read("packwright.toml", NEW.as_bytes()).unwrap();
        assert_eq!(file.machines.len(), 4);
        assert_eq!(file.machines[1].queues, [("QBATCH".to_string(), 2)]);
    }

    #[test]
    fn more_machines_than_an_enterprise_may_have_are_refused_and_none_is_left_out() {
        let machine = |number: usize| format!("[[machine]]\nname = \"W{number}\"\nkind = \"web\"\nport = 80\n");
        let many = |count: usize| NEW.to_string() + &(0..count).map(machine).collect::<String>();
        assert_eq!(read("packwright.toml", many(9_996).as_bytes()).unwrap().machines.len(), 10_000);
        // One that was left out would be taken for one that is to be removed.
        let complaints = read("packwright.toml", many(9_997).as_bytes()).unwrap_err();
        assert!(complaints[0].to_string().contains("has 10001 tables [[machine]]"), "{complaints:?}");
    }

    #[test]
    fn every_error_is_told_at_once_with_line_and_hint() {
        let wrong = "[enterprise]\ntools_release = \"nine\"\ndatabase = \"mysql:\"\nbus = \"memory:\"\ncolour = \"red\"\n[build]\ncompile_seconds = 0\n[[path_code]]\nname = \"dv920\"\ndata_source = \"x\"\nbits = 48\nrelease = \"E920\"\n[[machine]]\nname = \"ENT1\"\nkind = \"enterprize\"\nplatform = \"linux-x86_64\"\ntoolchain = \"gcc\"\nport = 99999\n";
        let complaints: Vec<String> = read("packwright.toml", wrong.as_bytes()).unwrap_err().iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(complaints.join("\n"));
    }
}
