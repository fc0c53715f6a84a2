//! The two files by which the primary's steps hand on what a package holds: `work/objects.txt` (object, kind, hash of its par) and
//! `checkin/objects.json` (what the checked-out objects say of themselves).

use crate::paths::Paths;
use engine::failure::{self, Evidence, Failure};
use engine::host::Host;
use engine::outcome::ListedObject;
use serde::{Deserialize, Serialize};

/// What the steps after the check-out need to know of an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckedOut {
    pub object: String,
    /// As F9860.SIFUNO.
    pub kind: String,
    /// Paths of its files below `checkin`, derived headers too.
    pub files: Vec<String>,
    /// Parent library of a business function; empty for other kinds.
    #[serde(default)]
    pub library: String,
    /// Runs on enterprise servers.
    #[serde(default)]
    pub server: bool,
    /// Function and data structure.
    #[serde(default)]
    pub functions: Vec<(String, String)>,
}

impl CheckedOut {
    /// File name of its C source, where it has one.
    pub fn source(&self) -> Option<&str> {
        self.file_ending(".c")
    }

    pub fn header(&self) -> Option<&str> {
        self.file_ending(".h")
    }

    fn file_ending(&self, ending: &str) -> Option<&str> {
        self.files.iter().find(|file| file.ends_with(ending)).map(|file| file.rsplit('/').next().unwrap_or(file))
    }
}

pub fn evidence(object: &str, message: &str) -> Evidence {
    Evidence { object: object.to_string(), message: message.to_string(), ..Evidence::default() }
}

pub fn write_list(host: &dyn Host, paths: &Paths<'_>, objects: &[ListedObject]) -> Result<(), Failure> {
    let text: String = objects.iter().map(|o| format!("{}\t{}\t{}\n", o.object, o.kind, o.par_hash)).collect();
    host.create_folder(&paths.work())?;
    Ok(host.write(&paths.object_list(), text.as_bytes())?)
}

pub fn read_list(host: &dyn Host, paths: &Paths<'_>) -> Result<Vec<ListedObject>, Failure> {
    let text = String::from_utf8(host.read(&paths.object_list())?).map_err(|_| damaged("objects.txt"))?;
    text.lines()
        .map(|line| {
            let mut fields = line.split('\t').map(str::to_string);
            match (fields.next(), fields.next(), fields.next()) {
                (Some(object), Some(kind), Some(par_hash)) => Ok(ListedObject { object, kind, par_hash }),
                _ => Err(damaged("objects.txt")),
            }
        })
        .collect()
}

pub fn write_index(objects: &[CheckedOut]) -> Vec<u8> {
    let mut text = Vec::new();
    for object in objects {
        serde_json::to_writer(&mut text, object).expect("plain data becomes JSON");
        text.push(b'\n');
    }
    text
}

pub fn read_index(host: &dyn Host, paths: &Paths<'_>) -> Result<Vec<CheckedOut>, Failure> {
    host.read(&paths.checkin_index())?
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).map_err(|_| damaged("objects.json")))
        .collect()
}

fn damaged(file: &str) -> Failure {
    Failure::new(&failure::HOST_FAILED, format!("{file} of the package is damaged"))
        .hint("order a new build with `packwright package rebuild`")
}
