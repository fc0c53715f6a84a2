//! A change that was interrupted: what is told of it, and how it is finished or undone. Everything is looked at first, so that a recovery that cannot
//! succeed touches nothing.

use super::looking::{digest_of, real};
use super::moving::{back, forward, is_there, sweep};
use super::operations::Operations;
use super::record::{self, Move, Record, State, kept, staged};
use super::{JournalError, Mismatch};
use crate::home::Home;
use crate::lock::Lock;
use crate::names::Digest;
use engine::failure::Failure;
use serde::Serialize;
use std::path::Path;

/// A change that is under way, or was when its process ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Interrupted {
    pub what: String,
    /// When it began, in milliseconds since 1970 UTC.
    pub since: i64,
    pub pid: u32,
    pub user: String,
    /// So many files were moved before it ended; they may be on their way back.
    pub moved: usize,
    pub of: usize,
    /// Its files are going back to what they were.
    pub undoing: bool,
    /// A process is at it now: nothing is interrupted.
    pub busy: bool,
}

/// Which way a recovery goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Finish,
    Undo,
    /// Finish, and undo where that is not possible.
    Either,
}

/// What a recovery did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recovered {
    /// No change was interrupted.
    Nothing,
    Finished {
        what: String,
        files: usize,
    },
    Undone {
        what: String,
        files: usize,
    },
}

/// The change of a home that is not over. Nothing is written.
pub fn interrupted(home: &Home) -> Result<Option<Interrupted>, Failure> {
    let busy = Lock::holder(home)?.is_some();
    let (state, record) = match record::find(&home.root)? {
        Some((state @ (State::Moving | State::Undoing), record)) => (state, record),
        _ => return Ok(None),
    };
    // While a process is at it, files move under our eyes: what it has moved is seen by what is left for it to move.
    let moved = record.moves.iter().enumerate().filter(|(number, one)| is_moved(&home.root, *number, one)).count();
    let Record { what, at, pid, user, .. } = record;
    let undoing = state == State::Undoing;
    Ok(Some(Interrupted { what, since: at, pid, user, moved, of: record.moves.len(), undoing, busy }))
}

fn is_moved(root: &Path, number: usize, one: &Move) -> bool {
    match one.has {
        Some(_) => !is_there(&staged(root, number)),
        None => !is_there(&one.path.below(root)),
    }
}

/// Finishes or undoes the change that was interrupted. A change whose undoing has begun can only be undone.
pub fn recover(lock: &Lock, direction: Direction) -> Result<Recovered, Failure> {
    Ok(recover_at(&lock.operations, &lock.root, direction)?)
}

fn recover_at(operations: &Operations, root: &Path, direction: Direction) -> Result<Recovered, JournalError> {
    let found = record::find(root)?;
    let Some((state @ (State::Moving | State::Undoing), record)) = found else {
        sweep(operations, root)?;
        return Ok(Recovered::Nothing);
    };
    let (what, files) = (record.what.clone(), record.moves.len());
    // Finishing is judged first: where it is possible, what is in its place already is right.
    let finish = match (state, direction) {
        (State::Undoing, Direction::Finish) => {
            return Err(JournalError::OnlyUndo { what });
        }
        (State::Moving, Direction::Finish) => can_finish(root, &record).map(|()| true)?,
        (State::Moving, Direction::Either) => can_finish(root, &record).is_ok(),
        _ => false,
    };
    if finish {
        forward(operations, root, &record, &mut |_| {})?;
    } else {
        can_undo(root, &record)?;
        back(operations, root, state, &record)?;
    }
    sweep(operations, root)?;
    Ok(if finish { Recovered::Finished { what, files } } else { Recovered::Undone { what, files } })
}

fn can_finish(root: &Path, record: &Record) -> Result<(), JournalError> {
    judge(root, record, |number, one, lies| match one.has {
        None => Ok(()),
        Some(_) if lies == one.has && !is_there(&staged(root, number)) => Ok(()),
        Some(has) => holds(&staged(root, number), has, "its new content"),
    })
}

fn can_undo(root: &Path, record: &Record) -> Result<(), JournalError> {
    judge(root, record, |number, one, lies| match one.had {
        None => Ok(()),
        Some(_) if lies == one.had && !is_there(&kept(root, number)) => Ok(()),
        Some(had) => holds(&kept(root, number), had, "its former content"),
    })
}

/// Looks at every file: it has its former content, its new one, or is gone. Anything else is somebody's work since, which is not overwritten.
fn judge(
    root: &Path,
    record: &Record,
    whether: impl Fn(usize, &Move, Option<Digest>) -> Result<(), JournalError>,
) -> Result<(), JournalError> {
    let mut mismatches = Vec::new();
    for folder in &record.made {
        real(root, folder)?;
    }
    for (number, one) in record.moves.iter().enumerate() {
        let path = one.path.below(root);
        // Links that came since would lead the change elsewhere.
        if real(root, &one.path)? != one.path || path.symlink_metadata().is_ok_and(|found| !found.is_file()) {
            mismatches.push(Mismatch { path: one.path.clone(), found: "something else lies there since the change was interrupted" });
            continue;
        }
        let lies = if is_there(&path) { Some(digest_of(&path)?.0) } else { None };
        if lies.is_some() && lies != one.had && lies != one.has {
            mismatches.push(Mismatch { path: one.path.clone(), found: "somebody changed it since the change was interrupted" });
            continue;
        }
        whether(number, one, lies)?;
    }
    if mismatches.is_empty() { Ok(()) } else { Err(JournalError::Changed(mismatches)) }
}

fn holds(path: &Path, digest: Digest, what: &'static str) -> Result<(), JournalError> {
    let damaged = |reason: String| JournalError::Damaged { path: path.into(), reason };
    match path.symlink_metadata() {
        Ok(found) if found.is_file() => {}
        _ => return Err(damaged(format!("the journal needs it for a file ({what}), and it is not there"))),
    }
    match digest_of(path)?.0 == digest {
        true => Ok(()),
        false => Err(damaged(format!("the journal needs it for a file ({what}), and it holds something else"))),
    }
}
