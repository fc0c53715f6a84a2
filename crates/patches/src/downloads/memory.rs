//! What was read of the containers of a download folder, kept in a file of that folder: to read hundreds of large containers for every command would take
//! minutes. It is a memory, not a truth: an entry counts only for the very file it was made of, and bytes are compared again when they are unpacked.

use crate::container::Checked;
use crate::disk;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

const FILE: &str = "packwright-checked.json";
/// Raised when what is checked of a container changes: then all are read again.
const FORMAT: u32 = 1;
const BYTES_MAX: u64 = 64 << 20;

#[derive(Serialize, Deserialize)]
pub(super) struct Memory {
    format: u32,
    containers: BTreeMap<String, Entry>,
    #[serde(skip)]
    is_changed: bool,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    stamp: Stamp,
    checked: Checked,
}

/// Which file it was, and in which state: nobody can set the time of a file's last change of status.
#[derive(PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    bytes: u64,
    file: u64,
    seconds: i64,
    nanoseconds: i64,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Stamp {
        Stamp { bytes: metadata.len(), file: metadata.ino(), seconds: metadata.ctime(), nanoseconds: metadata.ctime_nsec() }
    }
}

impl Memory {
    /// A file that is missing or cannot be read is nothing remembered.
    pub fn load(folder: &Path) -> Memory {
        let bytes = disk::read(&folder.join(FILE), BYTES_MAX).unwrap_or_default();
        let memory = serde_json::from_slice(&bytes).ok().filter(|memory: &Memory| memory.format == FORMAT);
        memory.unwrap_or(Memory { format: FORMAT, containers: BTreeMap::new(), is_changed: false })
    }

    pub fn recall(&self, file: &str, metadata: &Metadata) -> Option<Checked> {
        let entry = self.containers.get(file).filter(|entry| entry.stamp == Stamp::of(metadata))?;
        Some(entry.checked.clone())
    }

    pub fn remember(&mut self, file: &str, metadata: &Metadata, checked: &Checked) {
        self.containers.insert(file.to_string(), Entry { stamp: Stamp::of(metadata), checked: checked.clone() });
        self.is_changed = true;
    }

    pub fn keep_only(&mut self, files: &[String]) {
        let before = self.containers.len();
        self.containers.retain(|file, _| files.binary_search(file).is_ok());
        self.is_changed |= self.containers.len() != before;
    }

    /// A folder that cannot be written keeps no memory, and everything works without.
    pub fn save(&self, folder: &Path) {
        if self.is_changed
            && let Ok(bytes) = serde_json::to_vec(self)
        {
            let _ = disk::write(&folder.join(FILE), &bytes);
        }
    }
}
