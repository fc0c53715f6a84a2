//! Clears away what no generation needs any more: former generations that are not to be kept, jars that we put into the folder of shared jars, and
//! originals that nothing took the place of. A jar that a running server has open stays.

use super::open_files::open_files;
use crate::change::{carry_out, locked};
use crate::classes::{Classes, INDEX_FOLDER, Jar};
use crate::disk;
use crate::home::{Home, OURS, Product};
use crate::journal::{self, Change, Content, Expected};
use crate::layout;
use crate::layout::lying::{Lying, lies};
use crate::names::{Digest, PatchId, RelPath};
use crate::records::{self, Ledger, Original, Records, State};
use engine::failure::Failure;
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::PathBuf;

const ORIGINALS_MAX: usize = 1_000_000;

/// Which generations stay beside the one in effect: a generation that any of these says stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    /// The last so many; what the one in effect was made from counts as the last of them.
    pub count: usize,
    /// Made at or after this time, in milliseconds since 1970 UTC.
    pub made_since: Option<i64>,
}

/// What was, or would be, cleared away.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Cleared {
    /// With the products' patch folders.
    pub generations: Vec<(RelPath, u32)>,
    pub jars: Vec<RelPath>,
    pub originals: usize,
    /// Of jars and originals.
    pub bytes: u64,
    pub in_use: Vec<InUse>,
    /// Jars that are not as they were left: they stay.
    pub changed: Vec<RelPath>,
    /// Processes of other users, which may have jars open without this user being told.
    pub processes_unseen: usize,
    pub carried_out: bool,
}

/// A jar that nobody needs by the records, and that running processes have open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InUse {
    pub path: RelPath,
    pub processes: Vec<u32>,
}

pub fn gc(home: &Home, keep: Keep, plan_only: bool) -> Result<Cleared, Failure> {
    let what = "clear away what no generation needs";
    let lock = locked(home, what, plan_only)?;
    let records = Records::read(home)?;
    let mut clearing =
        Clearing { home, cleared: Cleared::default(), changes: Vec::new(), ledger: records.ledger.clone(), digests: BTreeSet::new() };
    let mut needed = BTreeSet::new();
    for product in &home.products {
        clearing.generations(product, &records, keep, &mut needed)?;
    }
    clearing.jars(&needed)?;
    clearing.originals()?;
    let Clearing { mut cleared, mut changes, ledger, digests, .. } = clearing;
    if ledger != records.ledger {
        changes.push(records::write_ledger(&ledger));
    }
    match &lock {
        Some(lock) if !changes.is_empty() => {
            carry_out(&lock.lock, what, changes)?;
            cleared.carried_out = true;
            Classes::open(home.root.join(INDEX_FOLDER)).forget_all_but(&digests)?;
        }
        Some(_) => {}
        None => journal::look(home, changes)?,
    }
    Ok(cleared)
}

struct Clearing<'a> {
    home: &'a Home,
    cleared: Cleared,
    changes: Vec<Change>,
    ledger: Ledger,
    /// Of the jars of all patches that are still remembered.
    digests: BTreeSet<Digest>,
}

impl Clearing<'_> {
    /// Drops generations, and records of patches that only those named; tells which jars the others need.
    fn generations(&mut self, product: &Product, records: &Records, keep: Keep, needed: &mut BTreeSet<RelPath>) -> Result<(), Failure> {
        let state = records.state(product);
        let kept = kept(state, keep);
        for number in state.generations.keys().filter(|number| !kept.contains(number)) {
            // The home as it was found has no file of its own.
            if *number != 0 {
                self.remove(records::generation_path(product, *number));
                self.cleared.generations.push((product.patch_folder.clone(), *number));
            }
        }
        let mut patches: BTreeSet<&PatchId> = BTreeSet::new();
        for number in &kept {
            let generation = &state.generations[number];
            let layout = layout::layout(product, generation, &state.patches, state.adopted.as_ref(), &records.platforms())?;
            needed.extend(layout.files.into_keys());
            patches.extend(generation.profiles.values().flatten());
        }
        for id in state.patches.keys().filter(|id| !patches.contains(id)) {
            self.remove(records::patch_path(product, id));
        }
        let remembered = patches.into_iter().filter_map(|id| state.patches.get(id));
        self.digests.extend(remembered.flat_map(Jar::of).map(|jar| jar.digest));
        Ok(())
    }

    fn remove(&mut self, path: RelPath) {
        self.changes.push(Change { path, expected: Expected::Whatever, content: Content::Removed });
    }

    fn jars(&mut self, needed: &BTreeSet<RelPath>) -> Result<(), Failure> {
        let unneeded: Vec<(RelPath, Digest)> =
            self.ledger.jars.iter().filter(|(path, _)| !needed.contains(path)).map(|(path, digest)| (path.clone(), *digest)).collect();
        let paths: Vec<PathBuf> = unneeded.iter().map(|(path, _)| path.below(&self.home.root)).collect();
        let open = if paths.is_empty() { Default::default() } else { open_files(&paths) };
        self.cleared.processes_unseen = open.unseen;
        for (index, (path, digest)) in unneeded.into_iter().enumerate() {
            if let Some(processes) = open.by.get(&index) {
                self.cleared.in_use.push(InUse { path, processes: processes.iter().copied().collect() });
                continue;
            }
            match lies(&self.home.root, &path)? {
                Lying::Nothing => {}
                Lying::File { digest: other, .. } if other == digest => {
                    self.cleared.bytes += std::fs::metadata(&paths[index]).map_or(0, |about| about.len());
                    self.cleared.jars.push(path.clone());
                    let change = Change { path: path.clone(), expected: Expected::File(digest), content: Content::Removed };
                    self.changes.push(change);
                }
                Lying::File { .. } | Lying::Other => {
                    self.cleared.changed.push(path);
                    continue;
                }
            }
            self.ledger.jars.remove(&path);
        }
        Ok(())
    }

    fn originals(&mut self) -> Result<(), Failure> {
        let needed: BTreeSet<Digest> = self.ledger.originals.values().filter_map(kept_bytes).collect();
        let folder = self.home.root.join(OURS).join("originals");
        for name in disk::list(&folder, ORIGINALS_MAX)? {
            // Whatever else lies there is not ours.
            let Ok(digest) = Digest::try_from(name.clone()) else { continue };
            if !needed.contains(&digest) {
                self.cleared.originals += 1;
                self.cleared.bytes += std::fs::metadata(folder.join(&name)).map_or(0, |about| about.len());
                self.remove(records::original_path(digest));
            }
        }
        Ok(())
    }
}

fn kept_bytes(original: &Original) -> Option<Digest> {
    match original {
        Original::File { digest, .. } => Some(*digest),
        Original::Nothing => None,
    }
}

/// Numbers of the generations that stay. What a rollback would go to comes first.
fn kept(state: &State, keep: Keep) -> BTreeSet<u32> {
    let before = state.before(state.now(), None).filter(|number| state.generations.contains_key(number));
    let last = state.generations.keys().rev().copied().filter(|number| *number != state.current && Some(*number) != before);
    let last = before.into_iter().chain(last).take(keep.count);
    let young = state.generations.values().filter(|generation| keep.made_since.is_some_and(|since| generation.at >= since));
    last.chain(young.map(|generation| generation.number)).chain([state.current]).collect()
}
