//! Makes ready what a change needs before it begins: new content under `staging/`, former content under `undo/`, all of it on disk. No file of the home
//! is touched here.

use super::looking::{Former, Looked, Place, Stamp, digest_of, open, owner, real};
use super::operations::Operations;
use super::record::{Move, kept, ours, staged};
use super::{Content, JournalError, Mismatch, Progress, Stage};
use crate::container;
use crate::disk::{DiskError, failed};
use crate::names::{Digest, RelPath};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

/// Beyond so many files, waiting for all that the disk has to write takes less time than waiting for each.
const FILES_SYNCED_MAX: usize = 200;
/// All that a file's permissions are: what lets a program run as its owner is one of them.
const MODE_BITS: u32 = 0o7777;

/// Makes everything ready, and says what is to move.
pub(super) fn stage(
    operations: &Operations,
    root: &Path,
    looked: &Looked,
    progress: &mut dyn FnMut(Progress),
) -> Result<Vec<Move>, JournalError> {
    for folder in ["staging", "undo"] {
        let folder = ours(root).join(folder);
        operations.make_folder(&folder, 0o700)?;
        // What the administrator leaves half done, the home's owner can finish.
        operations.set_owner(&folder, owner(root)?)?;
    }
    let mut moves = Vec::with_capacity(looked.places.len());
    for (number, place) in looked.places.iter().enumerate() {
        progress(Progress { stage: Stage::Staging, done: number, of: looked.places.len() });
        let has = write(operations, root, number, place)?;
        if let Some(former) = &place.former {
            keep(operations, root, number, place, former)?;
        }
        moves.push(Move { path: place.path.clone(), had: place.former.as_ref().map(|former| former.digest), has });
    }
    put_on_disk(operations, root, &moves)?;
    Ok(moves)
}

/// Written first and put on disk afterwards, files go there together.
fn put_on_disk(operations: &Operations, root: &Path, moves: &[Move]) -> Result<(), DiskError> {
    let written = moves.iter().enumerate().filter(|(_, one)| one.has.is_some());
    if written.clone().count() > FILES_SYNCED_MAX {
        return operations.sync_disk(&ours(root));
    }
    for (number, _) in written {
        operations.sync(&staged(root, number))?;
    }
    for folder in ["staging", "undo"] {
        operations.sync(&ours(root).join(folder))?;
    }
    Ok(())
}

/// Writes a file's new content; the digest of what was written.
fn write(operations: &Operations, root: &Path, number: usize, place: &Place) -> Result<Option<Digest>, JournalError> {
    let path = staged(root, number);
    let (digest, mode) = match &place.content {
        Content::Removed => return Ok(None),
        Content::Bytes(bytes) => {
            let mut file = operations.create(&path)?;
            operations.fill(&path, || file.write_all(bytes).map_err(failed("write", &path)))?;
            (Digest::of(bytes), mode_of(place))
        }
        Content::Member { container, member, digest, bytes } => {
            let mut file = operations.create(&path)?;
            operations.fill(&path, || container::unpack(container, member, *digest, *bytes, &mut file).map_err(JournalError::from))?;
            (*digest, mode_of(place))
        }
        Content::CopyOf { path: source, digest, mode: wanted } => {
            let mut file = operations.create(&path)?;
            let mut mode = 0;
            operations.fill(&path, || copy(root, source, *digest, &mut file).map(|found| mode = found))?;
            (*digest, wanted.map_or(mode, |wanted| wanted & MODE_BITS))
        }
    };
    operations.set_owner(&path, place.former.as_ref().map_or(place.folder_owner, |former| former.owner))?;
    operations.set_mode(&path, mode)?;
    Ok(Some(digest))
}

fn mode_of(place: &Place) -> u32 {
    match &place.former {
        Some(former) => former.mode,
        None if is_library(place.path.file_name()) => 0o755,
        None => 0o644,
    }
}

/// `libx.so`, `libx.so.1`
fn is_library(name: &str) -> bool {
    name.split('.').skip(1).any(|part| part == "so")
}

/// Copies a file of the home, and says what permissions it has.
fn copy(root: &Path, source: &RelPath, digest: Digest, into: &mut File) -> Result<u32, JournalError> {
    let mismatch = |found: &'static str| JournalError::Changed(vec![Mismatch { path: source.clone(), found }]);
    let path = real(root, source)?.below(root);
    match fs::symlink_metadata(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(mismatch("it is not there")),
        Ok(found) if !found.is_file() => return Err(mismatch("it is no file")),
        _ => {}
    }
    let mut file = open(&path).map_err(failed("read", &path))?;
    let mode = file.metadata().map_err(failed("read", &path))?.permissions().mode() & MODE_BITS;
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 128 << 10];
    loop {
        let count = file.read(&mut buffer).map_err(failed("read", &path))?;
        if count == 0 {
            break;
        }
        hasher.update(&buffer[..count]);
        into.write_all(&buffer[..count]).map_err(failed("copy", &path))?;
    }
    if Digest::from(hasher.finalize()) == digest { Ok(mode) } else { Err(mismatch("its content is another")) }
}

/// Keeps a file's former content, which costs no room where the file system has hard links.
fn keep(operations: &Operations, root: &Path, number: usize, place: &Place, former: &Former) -> Result<(), JournalError> {
    let (from, to) = (place.path.below(root), kept(root, number));
    match operations.link(&from, &to) {
        Err(error) if is_refused(&error.cause) => {
            operations.copy(&from, &to)?;
            operations.set_owner(&to, former.owner)?;
            operations.set_mode(&to, former.mode)?;
            operations.sync(&to)?;
            // A copy could have been made of something else than what was looked at.
            if digest_of(&to)?.0 != former.digest {
                return Err(changed_meanwhile(place));
            }
        }
        linked => linked?,
    }
    let found = fs::symlink_metadata(&to).map_err(failed("read", &to))?;
    let same = found.is_file() && Stamp::of(&found) == former.stamp && (found.uid(), found.gid()) == former.owner;
    if same { Ok(()) } else { Err(changed_meanwhile(place)) }
}

fn changed_meanwhile(place: &Place) -> JournalError {
    JournalError::Changed(vec![Mismatch { path: place.path.clone(), found: "it was changed at this very moment" }])
}

/// File systems without hard links, files with too many, and kernels that let nobody link another user's file.
fn is_refused(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let refusals = [Errno::PERM, Errno::ACCESS, Errno::MLINK, Errno::OPNOTSUPP, Errno::NOSYS, Errno::XDEV];
    Errno::from_io_error(error).is_some_and(|found| refusals.contains(&found))
}

/// Removes what was made ready.
pub(super) fn clear(operations: &Operations, root: &Path) -> Result<(), DiskError> {
    operations.remove_tree(&ours(root).join("staging"))?;
    operations.remove_tree(&ours(root).join("undo"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_told_by_their_names() {
        assert!(["libx.so", "libx.so.1.2"].iter().all(|name| is_library(name)));
        assert!(!["libso.jar", "so", "x.sox"].iter().any(|name| is_library(name)));
    }
}
