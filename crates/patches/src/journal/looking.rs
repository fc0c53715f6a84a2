//! The look at a home before it is changed: whether every file is what the change takes it for, and whether the change can be carried out there at all.
//! Nothing is written here.

use super::operations::Owner;
use super::record::{is_own, ours};
use super::{Change, Content, Expected, JournalError, Mismatch, Progress, Stage};
use crate::disk::{DiskError, failed};
use crate::names::{Digest, RelPath};
use rustix::fs::OFlags;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

pub(super) const CHANGES_MAX: usize = 200_000;
/// Room that stays for the journal itself.
const SPARE_BYTES: u64 = 1 << 20;

/// What was found, for a change that may go on.
pub(super) struct Looked {
    pub places: Vec<Place>,
    /// Folders to make, each after the one that it lies in.
    pub made: Vec<RelPath>,
}

/// The place of one file that changes.
pub(super) struct Place {
    pub path: RelPath,
    pub content: Content,
    pub former: Option<Former>,
    /// Owner of the folder that it comes to lie in.
    pub folder_owner: Owner,
}

/// What lies in a place.
pub(super) struct Former {
    pub digest: Digest,
    pub stamp: Stamp,
    pub mode: u32,
    pub owner: Owner,
}

/// Tells that a file is the very one that was looked at, without reading it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    bytes: u64,
    modified: (i64, i64),
}

impl Stamp {
    pub fn of(found: &Metadata) -> Stamp {
        Stamp { bytes: found.len(), modified: (found.mtime(), found.mtime_nsec()) }
    }
}

/// A folder that a file lies in, or will.
#[derive(Clone)]
pub(super) struct Folder {
    /// Below the home, links followed; empty for the home itself.
    path: String,
    /// The part of it that is not there, outermost first.
    missing: Vec<String>,
    device: u64,
    owner: Owner,
}

pub(super) fn look(root: &Path, changes: Vec<Change>, progress: &mut dyn FnMut(Progress)) -> Result<Looked, JournalError> {
    if changes.len() > CHANGES_MAX {
        return Err(JournalError::Refused { reason: format!("a change of {} files is too large: {CHANGES_MAX} at most", changes.len()) });
    }
    // Before the first change our folder is not there: it will lie on the disk of the home.
    let device = fs::metadata(ours(root)).or_else(|_| fs::metadata(root)).map_err(failed("read", root))?.dev();
    let mut folders = HashMap::new();
    let (mut places, mut made, mut mismatches) = (Vec::new(), BTreeSet::new(), Vec::new());
    let mut taken = HashSet::new();
    let of = changes.len();
    for (done, change) in changes.into_iter().enumerate() {
        progress(Progress { stage: Stage::Looking, done, of });
        let folder = folder_of(root, &change.path, &mut folders)?;
        let path = inside(&folder.path, change.path.file_name())?;
        if !taken.insert(path.as_str().to_lowercase()) {
            return Err(JournalError::Refused { reason: format!("two files would become {path}, or names that differ in case only") });
        }
        if is_own(path.as_str()) {
            return Err(JournalError::Refused { reason: format!("{path} is the journal's own") });
        }
        if folder.device != device {
            return Err(JournalError::OtherDisk { path });
        }
        let former = match former(root, &path, change.expected) {
            Ok(former) => former,
            Err(JournalError::Changed(found)) => {
                mismatches.extend(found);
                continue;
            }
            Err(error) => return Err(error),
        };
        match change.content {
            Content::Removed if former.is_none() => continue,
            Content::Removed => {}
            _ => made.extend(folder.missing.iter().cloned()),
        }
        places.push(Place { path, content: change.content, former, folder_owner: folder.owner });
    }
    if !mismatches.is_empty() {
        return Err(JournalError::Changed(mismatches));
    }
    no_file_within_a_file(&places, &taken)?;
    room(root, &places)?;
    // In order, a folder comes after the one that it lies in.
    let made = made.into_iter().map(|path| RelPath::new(path).expect("part of a path below a home")).collect();
    Ok(Looked { places, made })
}

fn no_file_within_a_file(places: &[Place], taken: &HashSet<String>) -> Result<(), JournalError> {
    for place in places {
        let path = place.path.as_str().to_lowercase();
        if let Some((end, _)) = path.match_indices('/').find(|(end, _)| taken.contains(&path[..*end])) {
            let reason = format!("{} would be both a file and the folder of {}", &path[..end], place.path);
            return Err(JournalError::Refused { reason });
        }
    }
    Ok(())
}

fn room(root: &Path, places: &[Place]) -> Result<(), JournalError> {
    let mut needed = SPARE_BYTES;
    for place in places {
        needed = needed.saturating_add(match &place.content {
            Content::Bytes(bytes) => bytes.len() as u64,
            Content::Member { bytes, .. } => *bytes,
            Content::CopyOf { path, .. } => fs::metadata(path.below(root)).map_or(0, |found| found.len()),
            Content::Removed => 0,
        });
    }
    let disk = rustix::fs::statvfs(root).map_err(|error| failed("measure the disk of", root)(error.into()))?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    if needed > free { Err(JournalError::NoRoom { root: root.into(), needed, free }) } else { Ok(()) }
}

fn former(root: &Path, path: &RelPath, expected: Expected) -> Result<Option<Former>, JournalError> {
    let place = path.below(root);
    let mismatch = |found: &'static str| JournalError::Changed(vec![Mismatch { path: path.clone(), found }]);
    match (fs::symlink_metadata(&place), expected) {
        (Err(error), expected) if error.kind() == io::ErrorKind::NotFound => match expected {
            Expected::File(_) => Err(mismatch("it is not there")),
            _ => Ok(None),
        },
        (Err(error), _) => Err(failed("read", &place)(error).into()),
        (Ok(found), _) if found.is_symlink() => Err(mismatch("it is a link")),
        (Ok(found), _) if !found.is_file() => Err(mismatch("it is no file")),
        (Ok(_), Expected::Nothing) => Err(mismatch("there is such a file already")),
        (Ok(_), expected) => {
            let (digest, found) = digest_of(&place)?;
            if matches!(expected, Expected::File(wanted) if wanted != digest) {
                return Err(mismatch("its content is another"));
            }
            Ok(Some(Former { digest, stamp: Stamp::of(&found), mode: found.mode() & 0o7777, owner: (found.uid(), found.gid()) }))
        }
    }
}

/// Digest of a file, never through a link, and what the file was while it was read.
pub(super) fn digest_of(path: &Path) -> Result<(Digest, Metadata), DiskError> {
    let read = || -> io::Result<(Digest, Metadata)> {
        let file = open(path)?;
        let found = file.metadata()?;
        let digest = blake3::Hasher::new().update_reader(&file)?.finalize().into();
        Ok((digest, found))
    };
    read().map_err(failed("read", path))
}

/// Opens a file for reading: no link, and nothing that would wait for somebody.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::other("it is no file")),
    }
}

/// Where a file really lies: links to folders are followed as long as they stay in the home.
pub(super) fn real(root: &Path, path: &RelPath) -> Result<RelPath, JournalError> {
    inside(&folder_of(root, path, &mut HashMap::new())?.path, path.file_name())
}

fn inside(folder: &str, name: &str) -> Result<RelPath, JournalError> {
    let path = if folder.is_empty() { name.to_string() } else { format!("{folder}/{name}") };
    RelPath::new(path).map_err(|error| JournalError::Refused { reason: error.to_string() })
}

fn folder_of(root: &Path, path: &RelPath, known: &mut HashMap<String, Folder>) -> Result<Folder, JournalError> {
    let parent = path.as_str().rsplit_once('/').map_or("", |(parent, _)| parent);
    if let Some(folder) = known.get(parent) {
        return Ok(folder.clone());
    }
    let (mut there, mut missing) = (root.to_owned(), Vec::new());
    for part in parent.split('/').filter(|part| !part.is_empty()) {
        let next = there.join(part);
        // Below a folder that is not there nothing is.
        if missing.is_empty() && is_folder(&next, path)? {
            there = next;
        } else {
            missing.push(part.to_string());
        }
    }
    let folder = described(root, path, &there, missing)?;
    known.insert(parent.to_string(), folder.clone());
    Ok(folder)
}

/// Whether a folder is there. Something else in its place is an error.
fn is_folder(next: &Path, path: &RelPath) -> Result<bool, JournalError> {
    let mismatch = |found: &'static str| JournalError::Changed(vec![Mismatch { path: path.clone(), found }]);
    match fs::metadata(next) {
        Ok(found) if found.is_dir() => Ok(true),
        Ok(_) => Err(mismatch("a folder in its path is no folder")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => match fs::symlink_metadata(next) {
            Ok(_) => Err(mismatch("a folder in its path is a link to nothing")),
            Err(_) => Ok(false),
        },
        Err(error) => Err(failed("read", next)(error).into()),
    }
}

fn described(root: &Path, path: &RelPath, there: &Path, missing: Vec<String>) -> Result<Folder, JournalError> {
    let whole = there.canonicalize().map_err(failed("read", there))?;
    let Ok(below) = whole.strip_prefix(root) else { return Err(JournalError::Leaves { path: path.clone(), leads_to: whole }) };
    let below = below.to_str().ok_or_else(|| JournalError::Refused { reason: format!("{} is not a plain text", below.display()) })?;
    let found = fs::metadata(&whole).map_err(failed("read", &whole))?;
    let mut whole = below.to_string();
    let missing: Vec<String> = missing
        .iter()
        .map(|part| {
            whole = if whole.is_empty() { part.clone() } else { format!("{whole}/{part}") };
            whole.clone()
        })
        .collect();
    Ok(Folder { path: whole, missing, device: found.dev(), owner: (found.uid(), found.gid()) })
}

/// Owner of a file or folder that is there.
pub(super) fn owner(path: &Path) -> Result<Owner, DiskError> {
    fs::metadata(path).map(|found| (found.uid(), found.gid())).map_err(failed("read", path))
}

/// Folders in which files lie, each once.
pub(super) fn folders_of<'a>(root: &Path, paths: impl Iterator<Item = &'a RelPath>) -> BTreeSet<PathBuf> {
    paths.filter_map(|path| path.below(root).parent().map(Path::to_owned)).collect()
}
