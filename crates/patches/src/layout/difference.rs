//! What has to be done to a home so that what lies there is one layout instead of another, and every file that leaves gives its place back to what was
//! there before the first patch. It looks at what lies there through a function of the caller, and writes nothing.

use super::lying::Lying;
use super::{Layout, Place, Placed, Source};
use crate::disk::DiskError;
use crate::journal::{Change, Content, Expected};
use crate::names::{Digest, PatchId, RelPath};
use crate::patch::Container;
use crate::records::{self, Ledger, Original};
use engine::failure::{self, Evidence, Failure};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// What the computation must know of the world.
pub struct World<'a> {
    pub lies: &'a dyn Fn(&RelPath) -> Result<Lying, DiskError>,
    /// Where a container is, if it is still in the download folder.
    pub container: &'a dyn Fn(&Container) -> Option<PathBuf>,
    /// Folder of ours for copies of locally changed files; without one they are not overwritten.
    pub copies: Option<&'a RelPath>,
}

/// Why a file changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    New,
    Replaced,
    /// What lay there before the first patch comes back.
    Restored,
    Removed,
}

/// One file that changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileChange {
    pub path: RelPath,
    pub why: Why,
    pub place: Place,
    /// The patch that it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patch: Option<PatchId>,
}

/// What is to be done.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    pub changes: Vec<Change>,
    pub files: Vec<FileChange>,
    /// As it is afterwards.
    pub ledger: Ledger,
    /// Files that are not as they were left.
    pub local: Vec<RelPath>,
    /// Places that something takes up that is no plain file, a link or a folder: it is nobody's to replace.
    pub obstructed: Vec<RelPath>,
    /// Files whose original only the vendor's tool knows, and which would have to get it back.
    pub unknown: Vec<RelPath>,
    /// Files that are to come from containers that are gone, with their patches.
    pub gone: BTreeMap<RelPath, PatchId>,
}

impl Plan {
    /// Whether this can be carried out as it stands.
    pub fn refused(&self, overwrite: bool) -> Option<Failure> {
        let named = |paths: &[RelPath], message: &str| -> Vec<Evidence> {
            let evidence = |path: &RelPath| Evidence { file: path.to_string(), message: message.to_string(), ..Evidence::default() };
            paths.iter().map(evidence).collect()
        };
        if let [first, ..] = self.unknown.as_slice() {
            let message = format!("{first} was replaced by the vendor's tool, and what lay there before is known to that alone");
            return Some(
                Failure::new(&failure::BAD_REQUEST, message)
                    .hint("undo what packwright has changed since (packwright patch rollback), remove the patch with the vendor's tool, which keeps the originals in backup/backup.jar, and say packwright patch adopt again")
                    .evidence(named(&self.unknown, "its original is not known")),
            );
        }
        if let [first, ..] = self.obstructed.as_slice() {
            let message = format!("{first} is no plain file, and cannot be replaced by one");
            return Some(
                Failure::new(&failure::FILE_CHANGED, message)
                    .hint("put the file itself there instead of a link or a folder")
                    .evidence(named(&self.obstructed, "a link, a folder, or something stranger")),
            );
        }
        if let (false, [first, rest @ ..]) = (overwrite, self.local.as_slice()) {
            let more = if rest.is_empty() { String::new() } else { format!(", and so are {} others", rest.len()) };
            return Some(
                Failure::new(&failure::FILE_CHANGED, format!("{first} is not as it was left{more}"))
                    .hint("say --overwrite-changed to replace it; a copy of it is kept below packwright/changed")
                    .evidence(named(&self.local, "changed by somebody else")),
            );
        }
        if let Some((path, patch)) = self.gone.first_key_value() {
            let message = format!("the container of {patch} is no more in the download folder, and {path} is to come from it");
            let evidence = |(path, patch): (&RelPath, &PatchId)| Evidence {
                object: patch.to_string(),
                file: path.to_string(),
                message: "its container is gone".into(),
                ..Evidence::default()
            };
            return Some(
                Failure::new(&failure::UNKNOWN_NAME, message)
                    .hint("download it again, then say packwright patch import")
                    .evidence(self.gone.iter().map(evidence).collect()),
            );
        }
        None
    }
}

/// From what lies there by `old` to `new`.
pub fn difference(old: &Layout, new: &Layout, ledger: &Ledger, world: &World) -> Result<Plan, DiskError> {
    let plan = Plan { ledger: ledger.clone(), ..Plan::default() };
    let mut work = Work { world, plan, by_digest: by_digest(old), kept: BTreeSet::new() };
    let paths: BTreeSet<&RelPath> = old.files.keys().chain(new.files.keys()).collect();
    for path in paths {
        match (old.files.get(path), new.files.get(path)) {
            (Some(was), Some(is)) if was.digest == is.digest => {}
            (Some(was), Some(is)) => work.replace(path, was, is)?,
            (None, Some(is)) => work.enter(path, is)?,
            (Some(was), None) => work.leave(path, was)?,
            (None, None) => {}
        }
    }
    Ok(work.plan)
}

/// Every file of the layout that does not lie there as it should is to be written again.
pub fn repair(layout: &Layout, ledger: &Ledger, world: &World) -> Result<Plan, DiskError> {
    let plan = Plan { ledger: ledger.clone(), ..Plan::default() };
    let mut work = Work { world, plan, by_digest: by_digest(layout), kept: BTreeSet::new() };
    for (path, placed) in &layout.files {
        match (world.lies)(path)? {
            Lying::File { digest, .. } if work.is_as_left(path, placed, digest) => {}
            Lying::Nothing => work.put(path, placed, Expected::Nothing, Why::New),
            lying => {
                if let Some(expected) = work.give_way(path, lying) {
                    work.put(path, placed, expected, Why::Replaced);
                }
            }
        }
    }
    Ok(work.plan)
}

/// Files of the home by their content: what one place has, another can be copied from.
fn by_digest(layout: &Layout) -> BTreeMap<Digest, Vec<RelPath>> {
    let mut found: BTreeMap<Digest, Vec<RelPath>> = BTreeMap::new();
    for (path, placed) in &layout.files {
        found.entry(placed.digest).or_default().push(path.clone());
    }
    found
}

struct Work<'a> {
    world: &'a World<'a>,
    plan: Plan,
    by_digest: BTreeMap<Digest, Vec<RelPath>>,
    /// Originals whose bytes this plan keeps already.
    kept: BTreeSet<Digest>,
}

impl Work<'_> {
    fn replace(&mut self, path: &RelPath, was: &Placed, is: &Placed) -> Result<(), DiskError> {
        match (self.world.lies)(path)? {
            Lying::File { digest, .. } if digest == is.digest => {}
            Lying::File { digest, .. } if self.is_as_left(path, was, digest) => self.put(path, is, Expected::File(digest), Why::Replaced),
            lying => {
                if let Some(expected) = self.give_way(path, lying) {
                    self.put(path, is, expected, Why::Replaced);
                }
            }
        }
        if is.place == Place::Jar && self.plan.ledger.jars.contains_key(path) {
            self.plan.ledger.jars.insert(path.clone(), is.digest);
        }
        self.plan.ledger.found.remove(path);
        Ok(())
    }

    fn enter(&mut self, path: &RelPath, is: &Placed) -> Result<(), DiskError> {
        let lying = (self.world.lies)(path)?;
        if is.place == Place::Jar {
            self.enter_jar(path, is, lying);
            return Ok(());
        }
        match lying {
            Lying::Nothing => {
                self.plan.ledger.originals.insert(path.clone(), Original::Nothing);
                self.put(path, is, Expected::Nothing, Why::New);
            }
            Lying::File { digest, mode } => {
                self.plan.ledger.originals.insert(path.clone(), Original::File { digest, mode });
                self.keep(path, digest, records::original_path(digest));
                if digest != is.digest {
                    self.put(path, is, Expected::File(digest), Why::Replaced);
                }
            }
            Lying::Other => self.plan.obstructed.push(path.clone()),
        }
        Ok(())
    }

    fn enter_jar(&mut self, path: &RelPath, is: &Placed, lying: Lying) {
        let ours = self.plan.ledger.jars.get(path).copied();
        match lying {
            // Somebody else's jar of the same bytes serves as well, and stays his.
            Lying::File { digest, .. } if digest == is.digest => return,
            Lying::Nothing => self.put(path, is, Expected::Nothing, Why::New),
            // Left from a former generation, by a patch with another jar of that name.
            Lying::File { digest, .. } if Some(digest) == ours => self.put(path, is, Expected::File(digest), Why::Replaced),
            lying => match self.give_way(path, lying) {
                Some(expected) => self.put(path, is, expected, Why::Replaced),
                None => return,
            },
        }
        self.plan.ledger.jars.insert(path.clone(), is.digest);
    }

    fn leave(&mut self, path: &RelPath, was: &Placed) -> Result<(), DiskError> {
        if was.place == Place::Jar {
            return Ok(());
        }
        let original = self.plan.ledger.originals.remove(path);
        if original.is_none() && was.place == Place::Installed {
            self.plan.unknown.push(path.clone());
            return Ok(());
        }
        let lying = (self.world.lies)(path)?;
        let back = match original {
            Some(Original::File { digest, mode }) => Some((digest, mode)),
            Some(Original::Nothing) | None => None,
        };
        let expected = match lying {
            Lying::Nothing if back.is_none() => return Ok(()),
            Lying::File { digest, .. } if back.is_some_and(|(back, _)| back == digest) => return Ok(()),
            Lying::File { digest, .. } if self.is_as_left(path, was, digest) => Expected::File(digest),
            lying => match self.give_way(path, lying) {
                Some(expected) => expected,
                None => return Ok(()),
            },
        };
        self.plan.ledger.found.remove(path);
        let (content, why) = match back {
            // Originals of the same bytes are kept once, whatever their permissions were.
            Some((digest, mode)) => (Content::CopyOf { path: records::original_path(digest), digest, mode: Some(mode) }, Why::Restored),
            None => (Content::Removed, Why::Removed),
        };
        self.plan.changes.push(Change { path: path.clone(), expected, content });
        self.plan.files.push(FileChange { path: path.clone(), why, place: was.place, patch: patch_of(was) });
        Ok(())
    }

    /// A manifest jar of the vendor's tool is as it was left until ours takes its place.
    fn is_as_left(&self, path: &RelPath, was: &Placed, digest: Digest) -> bool {
        digest == was.digest || self.plan.ledger.found.get(path) == Some(&digest)
    }

    /// A file that is not as it was left makes room where that is asked for, with a copy kept: what is then expected to lie there.
    fn give_way(&mut self, path: &RelPath, lying: Lying) -> Option<Expected> {
        if lying == Lying::Other {
            self.plan.obstructed.push(path.clone());
            return None;
        }
        self.plan.local.push(path.clone());
        let Lying::File { digest, .. } = lying else { return self.world.copies.map(|_| Expected::Nothing) };
        match self.world.copies?.join(path.as_str()) {
            Ok(copy) => {
                self.keep(path, digest, copy);
                Some(Expected::File(digest))
            }
            // Too long a path for a copy, and without one nothing is overwritten.
            Err(_) => {
                self.plan.obstructed.push(path.clone());
                None
            }
        }
    }

    fn keep(&mut self, path: &RelPath, digest: Digest, copy: RelPath) {
        let is_original = copy == records::original_path(digest);
        if is_original && !self.kept.insert(digest) {
            return;
        }
        self.plan.changes.push(Change {
            path: copy,
            expected: Expected::Whatever,
            content: Content::CopyOf { path: path.clone(), digest, mode: None },
        });
    }

    fn put(&mut self, path: &RelPath, is: &Placed, expected: Expected, why: Why) {
        self.plan.files.push(FileChange { path: path.clone(), why, place: is.place, patch: patch_of(is) });
        if let Some(content) = self.content(path, is) {
            self.plan.changes.push(Change { path: path.clone(), expected, content });
        }
    }

    fn content(&mut self, path: &RelPath, is: &Placed) -> Option<Content> {
        let (patch, container, member) = match &is.source {
            Source::Bytes(bytes) => return Some(Content::Bytes(bytes.clone())),
            Source::Member { patch, container, member } => (patch, container, member),
        };
        if let Some(container) = container.as_ref().and_then(self.world.container) {
            return Some(Content::Member { container, member: member.clone(), digest: is.digest, bytes: is.bytes });
        }
        // A library that another profile has need not come from the container.
        let others = self.by_digest.get(&is.digest).into_iter().flatten();
        match others.into_iter().find(|other| *other != path && self.lies_there(other, is.digest)) {
            Some(other) => Some(Content::CopyOf { path: other.clone(), digest: is.digest, mode: None }),
            None => {
                self.plan.gone.insert(path.clone(), patch.clone());
                None
            }
        }
    }

    fn lies_there(&self, path: &RelPath, digest: Digest) -> bool {
        matches!((self.world.lies)(path), Ok(Lying::File { digest: other, .. }) if other == digest)
    }
}

fn patch_of(placed: &Placed) -> Option<PatchId> {
    match &placed.source {
        Source::Member { patch, .. } => Some(patch.clone()),
        Source::Bytes(_) => None,
    }
}
