//! Moves files into their places and back, each by one rename, so that a path never has nothing or half a file. What is moved already is left alone:
//! every function here may be stopped anywhere and called again.

use super::folders::Folders;
use super::history::{self, Entry, Outcome};
use super::looking::{folders_of, owner};
use super::operations::Operations;
use super::record::{self, Record, State, kept, staged};
use super::{JournalError, Progress, Stage, staging};
use crate::names::RelPath;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// From `journal.json` to `journal-done.json`.
pub(super) fn forward(
    operations: &Operations,
    root: &Path,
    record: &Record,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), JournalError> {
    for folder in &record.made {
        let path = folder.below(root);
        operations.make_folder(&path, 0o755)?;
        operations.set_mode(&path, 0o755)?;
        operations.set_owner(&path, owner(path.parent().unwrap_or(root))?)?;
    }
    for (number, one) in record.moves.iter().enumerate() {
        progress(Progress { stage: Stage::Moving, done: number, of: record.moves.len() });
        let (new, place) = (staged(root, number), one.path.below(root));
        match one.has {
            Some(_) if is_there(&new) => operations.rename(&new, &place)?,
            Some(_) => {}
            None => operations.remove(&place)?,
        }
    }
    sync_folders(operations, root, record)?;
    end(operations, root, State::Moving, State::Done)
}

/// From `journal.json`, or from `journal-undoing.json`, to `journal-undone.json`.
pub(super) fn back(operations: &Operations, root: &Path, state: State, record: &Record) -> Result<(), JournalError> {
    if state == State::Moving {
        begin_undoing(operations, root)?;
    }
    for (number, one) in record.moves.iter().enumerate() {
        let (former, place) = (kept(root, number), one.path.below(root));
        match one.had {
            // What was never moved is left alone.
            Some(_) if !is_there(&former) || is_same(&former, &place) => {}
            Some(_) => operations.rename(&former, &place)?,
            None if is_there(&place) => operations.remove(&place)?,
            None => {}
        }
    }
    sync_folders(operations, root, record)?;
    end(operations, root, State::Undoing, State::Undone)
}

/// From here on there is no way forward, and that must be known after a power failure too.
fn begin_undoing(operations: &Operations, root: &Path) -> Result<(), JournalError> {
    operations.rename(&State::Moving.file(root), &State::Undoing.file(root))?;
    Ok(operations.sync(&record::ours(root))?)
}

/// Says that all files are where they belong. Should a power failure take this word back, every one of them is found in its place.
fn end(operations: &Operations, root: &Path, from: State, to: State) -> Result<(), JournalError> {
    operations.rename(&from.file(root), &to.file(root))?;
    let _ = operations.sync(&record::ours(root));
    Ok(())
}

fn sync_folders(operations: &Operations, root: &Path, record: &Record) -> Result<(), JournalError> {
    let changed = record.moves.iter().map(|one| &one.path).chain(&record.made);
    for folder in folders_of(root, changed) {
        // A folder that was to be made need not be there when everything went back.
        if is_there(&folder) {
            operations.sync(&folder)?;
        }
    }
    Ok(())
}

pub(super) fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// Whether two paths are names of one file.
fn is_same(one: &Path, other: &Path) -> bool {
    let file = |path: &Path| fs::symlink_metadata(path).map(|found| (found.dev(), found.ino())).ok();
    file(one).is_some_and(|found| file(other) == Some(found))
}

/// Ends a change whose files are all where they belong, or clears away what one left that never began. Refused while a change is half done.
pub(super) fn sweep(operations: &Operations, root: &Path) -> Result<(), JournalError> {
    let (state, record) = match record::find(root)? {
        None => return Ok(staging::clear(operations, root)?),
        Some((State::Moving | State::Undoing, record)) => return Err(JournalError::interrupted(root, &record)),
        Some(ended) => ended,
    };
    let outcome = if state == State::Done { Outcome::Done } else { Outcome::Undone };
    let Record { at, user, pid, what, .. } = record.clone();
    history::append(operations, root, &Entry { at, user, pid, what, outcome, files: record.moves.len() })?;
    match outcome {
        Outcome::Done => prune(operations, root, &record)?,
        Outcome::Undone => {
            for folder in record.made.iter().rev() {
                operations.remove_if_empty(&folder.below(root))?;
            }
        }
    }
    staging::clear(operations, root)?;
    operations.remove(&state.file(root))?;
    Ok(operations.sync(&record::ours(root))?)
}

/// Removes folders that are empty now, of those that a change of ours made: what was empty before the first patch stays.
fn prune(operations: &Operations, root: &Path, record: &Record) -> Result<(), JournalError> {
    let mut folders = Folders::read(root)?;
    folders.made.extend(record.made.iter().cloned());
    for one in record.moves.iter().filter(|one| one.has.is_none()) {
        let ancestors = one.path.as_str().rmatch_indices('/').filter_map(|(end, _)| RelPath::new(&one.path.as_str()[..end]).ok());
        for folder in ancestors.take_while(|folder| folders.may_go(folder)) {
            if !operations.remove_if_empty(&folder.below(root))? {
                break;
            }
        }
    }
    // Whoever makes one of these that is gone anew owns it.
    folders.made.retain(|folder| is_there(&folder.below(root)));
    Ok(folders.write(operations, root)?)
}
