//! One change of a home, all or nothing: new content is made ready and put on disk beside, a journal says what is to move where, each file moves by
//! rename, and only then the journal goes. It moves files and knows nothing of patches.

mod folders;
mod history;
mod looking;
mod moving;
pub(crate) mod operations;
mod record;
mod recovery;
mod staging;

pub use history::{Entry, HISTORY_BYTES_MAX, Outcome};
pub use operations::Watch;
pub use recovery::{Direction, Interrupted, Recovered, interrupted, recover};

use crate::container::ContainerError;
use crate::disk::DiskError;
use crate::home::Home;
use crate::lock::{Lock, moment};
use crate::names::{Digest, RelPath};
use engine::failure::{self, Evidence, Failure};
use record::Record;
use std::path::{Path, PathBuf};

/// Files that a failure names one by one.
const NAMED_MAX: usize = 50;

/// What becomes of one file of the home.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub path: RelPath,
    /// What lies there now. Anything else refuses the whole change before a file is touched.
    pub expected: Expected,
    pub content: Content,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    Nothing,
    File(Digest),
    /// Nothing, or whatever file.
    Whatever,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    Bytes(Vec<u8>),
    /// A member of a container, wherever that lies; its digest is looked at again when it is unpacked.
    Member {
        container: PathBuf,
        member: RelPath,
        digest: Digest,
        bytes: u64,
    },
    /// Another file of the home as it was before this change, with these permissions, or its own.
    CopyOf {
        path: RelPath,
        digest: Digest,
        mode: Option<u32>,
    },
    /// The file goes.
    Removed,
}

/// How far a change is: `done` of `of` files in a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub stage: Stage,
    pub done: usize,
    pub of: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Every file is compared with what it should be.
    Looking,
    /// New content is made ready.
    Staging,
    /// Files move into their places.
    Moving,
}

/// A file that is not what a change takes it for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    pub path: RelPath,
    pub found: &'static str,
}

#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("{}", told(.0))]
    Changed(Vec<Mismatch>),
    #[error("{path} leads out of the home, to {}", leads_to.display())]
    Leaves { path: RelPath, leads_to: PathBuf },
    #[error("{path} lies on another disk than the home's folder packwright")]
    OtherDisk { path: RelPath },
    #[error("the change cannot be made: {reason}")]
    Refused { reason: String },
    #[error("the change needs {needed} bytes on the disk of {}, which has {free}", root.display())]
    NoRoom { root: PathBuf, needed: u64, free: u64 },
    #[error("a change of {} was interrupted: {what}, begun {} by process {pid}", root.display(), moment(*at))]
    Interrupted { root: PathBuf, what: String, at: i64, pid: u32 },
    #[error("{cause}, and undoing the change failed too: {undoing}")]
    Stuck { cause: Box<JournalError>, undoing: Box<JournalError> },
    #[error("{cause}; the change was undone")]
    Undone { cause: Box<JournalError> },
    #[error("the interrupted change cannot be finished, its undoing has begun: {what}")]
    OnlyUndo { what: String },
    #[error("cannot use {}: {reason}", path.display())]
    Damaged { path: PathBuf, reason: String },
    #[error("{} was written by a newer packwright (format {version})", path.display())]
    TooNew { path: PathBuf, version: u32 },
    #[error(transparent)]
    Member(#[from] ContainerError),
    #[error(transparent)]
    Disk(#[from] DiskError),
}

fn told(mismatches: &[Mismatch]) -> String {
    match mismatches {
        [] => "a file is not as it was left".into(),
        [one] => format!("{} is not as it was left: {}", one.path, one.found),
        [one, rest @ ..] => format!("{} files are not as they were left, {} among them: {}", rest.len() + 1, one.path, one.found),
    }
}

const RECOVER_HINT: &str = "packwright patch recover finishes it, or undoes it with --undo";

impl JournalError {
    fn interrupted(root: &Path, record: &Record) -> JournalError {
        JournalError::Interrupted { root: root.into(), what: record.what.clone(), at: record.at, pid: record.pid }
    }
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Failure {
        let message = error.to_string();
        match error {
            JournalError::Changed(mismatches) => {
                let evidence = mismatches.into_iter().take(NAMED_MAX).map(|Mismatch { path, found }| Evidence {
                    file: path.to_string(),
                    message: found.into(),
                    ..Evidence::default()
                });
                Failure::new(&failure::FILE_CHANGED, message)
                    .hint("put back what was there, or put the file aside; nothing was changed")
                    .evidence(evidence.collect())
            }
            JournalError::Leaves { .. } => Failure::new(&failure::HOME_REFUSED, message)
                .hint("put the folder itself in the place of the link, or name the home that it leads to"),
            JournalError::OtherDisk { .. } => Failure::new(&failure::HOME_REFUSED, message)
                .hint("files move by rename, which needs one file system: mount the whole home from one"),
            JournalError::Refused { .. } => Failure::new(&failure::BAD_REQUEST, message),
            JournalError::NoRoom { .. } => Failure::new(&failure::DISK_FULL, message)
                .hint("free some space on that disk, then give the command again; nothing was changed"),
            JournalError::Interrupted { .. } => Failure::new(&failure::HOME_INTERRUPTED, message).hint(RECOVER_HINT),
            JournalError::Stuck { .. } => {
                Failure::new(&failure::HOME_INTERRUPTED, message).hint(format!("mend the cause; then {RECOVER_HINT}"))
            }
            JournalError::Undone { cause } => Failure { message, ..Failure::from(*cause) },
            JournalError::OnlyUndo { .. } => {
                Failure::new(&failure::BAD_REQUEST, message).hint("packwright patch recover --undo goes on undoing it")
            }
            JournalError::Damaged { .. } => Failure::new(&failure::HOME_DAMAGED, message).hint(
                "nothing was touched: former files are in packwright/undo, new ones in packwright/staging, named by the journal's order; \
                 put the home back from a backup, or set these right by hand and put packwright/journal*.json aside",
            ),
            JournalError::TooNew { .. } => Failure::new(&failure::FORMAT_TOO_NEW, message)
                .hint("recover the home with that version of packwright; nothing was touched"),
            JournalError::Member(error) => error.into(),
            JournalError::Disk(error) => error.into(),
        }
    }
}

/// What would keep a change from being carried out, as the change itself would find it. Nothing is written.
pub fn look(home: &Home, changes: Vec<Change>) -> Result<(), Failure> {
    Ok(looking::look(&home.root, changes, &mut |_| {}).map(drop)?)
}

/// The latest changes of a home, the last one first.
pub fn history(home: &Home, entries_max: usize) -> Result<Vec<Entry>, Failure> {
    Ok(history::read(&home.root, entries_max)?)
}

impl Lock {
    /// Carries out a change: all of it, or nothing where this is an error, with the one exception `HOME_INTERRUPTED`. An interrupted change must be
    /// recovered first, because what is expected now was judged by its half.
    pub fn carry_out(&self, what: &str, changes: Vec<Change>, progress: &mut dyn FnMut(Progress)) -> Result<(), Failure> {
        Ok(self.change(what, changes, progress)?)
    }

    fn change(&self, what: &str, changes: Vec<Change>, progress: &mut dyn FnMut(Progress)) -> Result<(), JournalError> {
        let (operations, root) = (&self.operations, self.root.as_path());
        moving::sweep(operations, root)?;
        let looked = looking::look(root, changes, progress)?;
        if looked.places.is_empty() {
            return Ok(());
        }
        let prepared = staging::stage(operations, root, &looked, progress).and_then(|moves| {
            let record = Record::new(&self.holder, what, looked.made, moves);
            record.write(operations, root).map(|()| record)
        });
        let moved = match prepared {
            Ok(record) => moving::forward(operations, root, &record, progress),
            Err(error) => Err(error),
        };
        if let Err(cause) = moved {
            return Err(self.undo(cause));
        }
        // All files are in their places, and that is said on disk. What may be left is swept by the next command.
        let _ = moving::sweep(operations, root);
        Ok(())
    }

    /// After an error: undoes what was begun, and says what the home is like now.
    fn undo(&self, cause: JournalError) -> JournalError {
        let (operations, root) = (&self.operations, self.root.as_path());
        match record::find(root) {
            Ok(Some((state, record))) => match moving::back(operations, root, state, &record) {
                Ok(()) => {
                    let _ = moving::sweep(operations, root);
                    JournalError::Undone { cause: Box::new(cause) }
                }
                Err(undoing) => JournalError::Stuck { cause: Box::new(cause), undoing: Box::new(undoing) },
            },
            Ok(None) => {
                let _ = staging::clear(operations, root);
                cause
            }
            Err(undoing) => JournalError::Stuck { cause: Box::new(cause), undoing: Box::new(undoing) },
        }
    }
}
