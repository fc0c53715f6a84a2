//! The journal on disk: which change is under way, and how far it is. How far is said by the file's name alone, so that going on to the next state is
//! one rename, which needs no room on a full disk; what is in it is never changed.
//!
//! ```text
//!            write                       all in place               swept
//! (nothing) -------> journal.json ----------------> journal-done.json -------> (nothing)
//!                        | undo                                                    ^
//!                        v                       all back                  swept   |
//!                    journal-undoing.json --------> journal-undone.json -----------+
//! ```
//!
//! Before `journal.json` is there, no file of the home was touched, and all that comes and all that was lies on disk. From `journal-undoing.json` there
//! is no way forward again: new content that was in its place already is gone.

use super::JournalError;
use super::operations::Operations;
use crate::disk;
use crate::home::OURS;
use crate::names::{Digest, RelPath};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::{Path, PathBuf};

const VERSION: u32 = 1;
const BYTES_MAX: u64 = 256 << 20;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    version: u32,
    pub what: String,
    /// In milliseconds since 1970 UTC.
    pub at: i64,
    pub pid: u32,
    pub user: String,
    /// Folders that the change makes, each after the one that it lies in.
    pub made: Vec<RelPath>,
    /// The n-th one's new content is `staging/<n>` until it is in its place, its former content `undo/<n>`.
    pub moves: Vec<Move>,
}

/// One file. With neither content there would be nothing to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Move {
    /// Links followed, so that it is the same place wherever the home is moved.
    pub path: RelPath,
    pub had: Option<Digest>,
    pub has: Option<Digest>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Moving,
    Undoing,
    Done,
    Undone,
}

impl State {
    const ALL: [State; 4] = [State::Moving, State::Undoing, State::Done, State::Undone];

    pub fn file(self, root: &Path) -> PathBuf {
        ours(root).join(match self {
            State::Moving => "journal.json",
            State::Undoing => "journal-undoing.json",
            State::Done => "journal-done.json",
            State::Undone => "journal-undone.json",
        })
    }
}

pub(super) fn ours(root: &Path) -> PathBuf {
    root.join(OURS)
}

pub(super) fn staged(root: &Path, number: usize) -> PathBuf {
    ours(root).join(format!("staging/{number}"))
}

pub(super) fn kept(root: &Path, number: usize) -> PathBuf {
    ours(root).join(format!("undo/{number}"))
}

/// Whether a path is the journal's own business, whatever case a file system cares for.
pub(super) fn is_own(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    let mut parts = path.split('/');
    let own = |part: &str| matches!(part, "lock" | "staging" | "undo") || part.starts_with("journal") || part.starts_with("history");
    parts.next() == Some(OURS) && parts.next().is_none_or(own)
}

impl Record {
    pub fn new(holder: &crate::lock::Holder, what: &str, made: Vec<RelPath>, moves: Vec<Move>) -> Record {
        let at = jiff::Timestamp::now().as_millisecond();
        Record { version: VERSION, what: what.into(), at, pid: holder.pid, user: holder.user.clone(), made, moves }
    }

    /// Writes `journal.json`: with its rename the change has begun.
    pub fn write(&self, operations: &Operations, root: &Path) -> Result<(), JournalError> {
        let text = serde_json::to_vec_pretty(self).expect("a journal is plain values");
        let beside = ours(root).join("staging/journal");
        let mut file = operations.create(&beside)?;
        operations.fill(&beside, || file.write_all(&text).map_err(disk::failed("write", &beside)))?;
        operations.set_mode(&beside, 0o644)?;
        operations.sync(&beside)?;
        operations.rename(&beside, &State::Moving.file(root))?;
        Ok(operations.sync(&ours(root))?)
    }
}

/// The change of a home that is not over, and how far it is.
pub(super) fn find(root: &Path) -> Result<Option<(State, Record)>, JournalError> {
    let mut found = None;
    for state in State::ALL {
        let path = state.file(root);
        let Some(text) = read(&path)? else { continue };
        // Whoever only looks may see a change go on: then the former file is gone by now.
        if found.as_ref().is_some_and(|(former, _): &(State, Record)| former.file(root).exists()) {
            return Err(JournalError::Damaged { path, reason: "there is another journal beside it".into() });
        }
        found = Some((state, parse(&path, &text)?));
    }
    Ok(found)
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, JournalError> {
    match path.symlink_metadata() {
        Ok(found) if found.is_file() => Ok(disk::read_if_there(path, BYTES_MAX)?),
        Ok(_) => Err(JournalError::Damaged { path: path.into(), reason: "it is no file".into() }),
        Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(disk::failed("read", path)(error).into()),
    }
}

fn parse(path: &Path, text: &[u8]) -> Result<Record, JournalError> {
    #[derive(Deserialize)]
    struct Versioned {
        version: u32,
    }
    let damaged = |reason: String| JournalError::Damaged { path: path.into(), reason };
    let Versioned { version } = serde_json::from_slice(text).map_err(|error| damaged(error.to_string()))?;
    if version > VERSION {
        return Err(JournalError::TooNew { path: path.into(), version });
    }
    let record: Record = serde_json::from_slice(text).map_err(|error| damaged(error.to_string()))?;
    let mut paths = record.made.iter().chain(record.moves.iter().map(|one| &one.path));
    match paths.find(|path| is_own(path.as_str())) {
        Some(own) => Err(damaged(format!("it would move {own}"))),
        None => Ok(record),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_journals_own_files_are_known_in_any_case() {
        let own = [
            "packwright",
            "packwright/lock",
            "PACKWRIGHT/Staging/0",
            "packwright/undo",
            "packwright/journal.json",
            "packwright/history.jsonl",
        ];
        assert!(own.iter().all(|path| is_own(path)));
        assert!(!["packwright/patch_wls1036/profiles.json", "modules/lock", "a"].iter().any(|path| is_own(path)));
    }

    #[test]
    fn journals_that_reach_out_or_come_from_later_are_refused() {
        let journal = |version: u32, path: &str| {
            let digest = Digest::of(b"");
            let text = format!(
                r#"{{"version":{version},"what":"x","at":1,"pid":1,"user":"u","made":[],"moves":[{{"path":"{path}","had":null,"has":"{digest}"}}]}}"#
            );
            parse(Path::new("j"), text.as_bytes())
        };
        assert!(journal(1, "modules/a.jar").is_ok());
        assert!(matches!(journal(2, "modules/a.jar"), Err(JournalError::TooNew { version: 2, .. })));
        let hostile = ["../a", "/etc/passwd", "packwright/lock", "a//b", ""];
        assert!(hostile.iter().all(|path| matches!(journal(1, path), Err(JournalError::Damaged { .. }))));
    }

    proptest! {
        #[test]
        fn whatever_lies_there_is_read_without_a_panic(text in prop::collection::vec(any::<u8>(), 0..400)) {
            prop_assert!(parse(Path::new("j"), &text).is_err());
        }
    }
}
