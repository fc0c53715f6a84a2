//! Who changed a home, when, and how it ended: one line for each change, kept up to a limit. The line is written when a change is over, whichever way.

use super::JournalError;
use super::operations::Operations;
use super::record::ours;
use crate::disk::{self, failed};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Then it becomes `history.1.jsonl`, and what was that before is gone.
pub const HISTORY_BYTES_MAX: u64 = 10 << 20;
const TAIL_BYTES_MAX: u64 = 16 << 10;

/// One change of a home.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When it began, in milliseconds since 1970 UTC.
    pub at: i64,
    pub user: String,
    pub pid: u32,
    pub what: String,
    pub outcome: Outcome,
    /// How many files it was about.
    pub files: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    Done,
    Undone,
}

/// Adds a line, unless it is the last one already: whoever was to do so may have been stopped just after.
pub(super) fn append(operations: &Operations, root: &Path, entry: &Entry) -> Result<(), JournalError> {
    let path = ours(root).join("history.jsonl");
    let is_there = path.symlink_metadata();
    if is_there.as_ref().is_ok_and(|found| !found.is_file()) {
        return Err(JournalError::Damaged { path, reason: "it is no file".into() });
    }
    let mut line = serde_json::to_vec(entry).expect("an entry is plain values");
    line.push(b'\n');
    if let Ok(found) = is_there {
        let tail = tail(&path).map_err(failed("read", &path))?;
        if tail.ends_with(&line) {
            return Ok(());
        }
        if !tail.is_empty() && !tail.ends_with(b"\n") {
            line.insert(0, b'\n');
        }
        if found.len() + line.len() as u64 > HISTORY_BYTES_MAX {
            operations.rename(&path, &ours(root).join("history.1.jsonl"))?;
        }
    }
    let owner = super::looking::owner(root)?;
    operations.append(&path, || {
        let mut file = OpenOptions::new().append(true).create(true).mode(0o644).open(&path)?;
        file.write_all(&line)?;
        file.sync_all()
    })?;
    Ok(operations.set_owner(&path, owner)?)
}

fn tail(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES_MAX)))?;
    let mut tail = Vec::new();
    file.take(TAIL_BYTES_MAX).read_to_end(&mut tail)?;
    Ok(tail)
}

/// The latest changes, the last one first. Lines that are damaged are left out.
pub(super) fn read(root: &Path, entries_max: usize) -> Result<Vec<Entry>, JournalError> {
    let mut entries = Vec::new();
    for name in ["history.jsonl", "history.1.jsonl"] {
        let path = ours(root).join(name);
        let text = disk::read_if_there(&path, HISTORY_BYTES_MAX + TAIL_BYTES_MAX)?.unwrap_or_default();
        let lines = text.rsplit(|byte| *byte == b'\n');
        let left = entries_max - entries.len();
        entries.extend(lines.filter_map(|line| serde_json::from_slice::<Entry>(line).ok()).take(left));
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn lines_are_added_once_and_a_torn_one_harms_no_other() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("packwright")).unwrap();
        let path = folder.path().join("packwright/history.jsonl");
        let operations = Operations::default();
        let entry = |at| Entry { at, user: "u".into(), pid: 7, what: "apply HCE9".into(), outcome: Outcome::Done, files: 2 };
        append(&operations, folder.path(), &entry(1)).unwrap();
        append(&operations, folder.path(), &entry(1)).unwrap();
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"at\":9").unwrap();
        append(&operations, folder.path(), &entry(2)).unwrap();
        assert_eq!(read(folder.path(), 10).unwrap(), [entry(2), entry(1)]);
        assert_eq!(read(folder.path(), 1).unwrap(), [entry(2)]);
    }

    #[test]
    fn it_grows_no_further_than_its_limit() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("packwright")).unwrap();
        let path = folder.path().join("packwright/history.jsonl");
        File::create(&path).unwrap().set_len(HISTORY_BYTES_MAX).unwrap();
        let entry = Entry { at: 1, user: "u".into(), pid: 7, what: "x".into(), outcome: Outcome::Undone, files: 1 };
        append(&Operations::default(), folder.path(), &entry).unwrap();
        assert!(fs::metadata(&path).unwrap().len() < 1000);
        assert_eq!(fs::metadata(path.with_file_name("history.1.jsonl")).unwrap().len(), HISTORY_BYTES_MAX);
        assert_eq!(read(folder.path(), 10).unwrap(), [entry]);
    }
}
