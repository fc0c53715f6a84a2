//! Compares what a home's records say with what lies there, file by file and by digest, and puts back what can be put back. Scripts that point at
//! profiles are not known here.

use crate::change::{self, carry_out, locked};
use crate::disk;
use crate::home::{Home, OURS, Product};
use crate::journal;
use crate::layout::difference::{self, FileChange, World};
use crate::layout::lying::{Lying, lies};
use crate::layout::{self, Layout, Place};
use crate::names::{Digest, PatchId, ProfileName, RelPath};
use crate::records::{self, Original, Records, State};
use engine::failure::Failure;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const ENTRIES_MAX: usize = 100_000;
/// Folders in a profile's folder that are looked into, one in another.
const DEPTH_MAX: usize = 16;

/// Something that is not as the records say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub what: What,
    /// Below the home; of a container, its name in the download folder.
    pub path: String,
    /// One sentence.
    pub message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// A change was interrupted, or is under way: nothing else was looked at.
    Interrupted,
    /// Our own records cannot be read: nothing else was looked at.
    RecordsUnreadable,
    /// The vendor's tool has applied patches, and they were not taken over.
    NotAdopted,
    Missing,
    Changed,
    /// In a profile's folder, and of no patch.
    Foreign,
    /// The folder of a profile that no record names.
    ForeignProfile,
    /// Bytes that would have to come back when a patch goes.
    OriginalMissing,
    /// It is not in the download folder any more.
    ContainerGone,
    /// No generation needs it.
    OrphanedJar,
}

impl What {
    /// Whether servers of this home do not get what the records say.
    pub fn is_wrong(self) -> bool {
        !matches!(self, What::Foreign | What::ForeignProfile | What::ContainerGone | What::OrphanedJar)
    }
}

pub fn verify(home: &Home) -> Result<Vec<Finding>, Failure> {
    if let Some(interrupted) = journal::interrupted(home)? {
        let message = match interrupted.busy {
            true => format!("process {} is at it: {}", interrupted.pid, interrupted.what),
            false => format!("a change was interrupted: {}; packwright patch recover brings it to its end", interrupted.what),
        };
        return Ok(vec![Finding { what: What::Interrupted, path: OURS.into(), message }]);
    }
    let records = match Records::read(home) {
        Ok(records) => records,
        Err(failure) if failure.is_host() => return Err(failure),
        Err(failure) => return Ok(vec![Finding { what: What::RecordsUnreadable, path: OURS.into(), message: failure.message }]),
    };
    let mut inspection = Inspection { home, records: &records, findings: Vec::new() };
    let layout = layout::of_home(&home.products, &records, None)?;
    inspection.files(&layout)?;
    inspection.originals()?;
    for product in &home.products {
        inspection.product(product, &layout)?;
    }
    inspection.jars()?;
    inspection.findings.sort_by(|one, other| (one.what, &one.path).cmp(&(other.what, &other.path)));
    Ok(inspection.findings)
}

struct Inspection<'a> {
    home: &'a Home,
    records: &'a Records,
    findings: Vec<Finding>,
}

impl Inspection<'_> {
    fn find(&mut self, what: What, path: impl Into<String>, message: impl Into<String>) {
        self.findings.push(Finding { what, path: path.into(), message: message.into() });
    }

    fn files(&mut self, layout: &Layout) -> Result<(), Failure> {
        for (path, placed) in &layout.files {
            let found = self.records.ledger.found.get(path);
            match lies(&self.home.root, path)? {
                Lying::File { digest, .. } if digest == placed.digest || Some(&digest) == found => {}
                Lying::File { .. } => self.find(What::Changed, path.as_str(), "it is not as it was left"),
                Lying::Other => self.find(What::Changed, path.as_str(), "it is no plain file any more"),
                Lying::Nothing => self.find(What::Missing, path.as_str(), "it is gone"),
            }
        }
        Ok(())
    }

    fn originals(&mut self) -> Result<(), Failure> {
        for (path, original) in &self.records.ledger.originals {
            let Original::File { digest, .. } = original else { continue };
            let kept = records::original_path(*digest);
            if !matches!(lies(&self.home.root, &kept)?, Lying::File { digest: other, .. } if other == *digest) {
                self.find(What::OriginalMissing, kept.as_str(), format!("the bytes that are to come back to {path} are gone or damaged"));
            }
        }
        Ok(())
    }

    fn product(&mut self, product: &Product, layout: &Layout) -> Result<(), Failure> {
        let state = self.records.state(product);
        let not_adopted = change::refuse_unadopted(self.home, product, state).err();
        if let Some(failure) = not_adopted {
            // Whatever lies in its profiles is the vendor's tool's.
            self.find(What::NotAdopted, product.patch_folder.as_str(), failure.message);
            return Ok(());
        }
        let profiles = product.patch_folder.join("profiles").expect("a plain name");
        for name in disk::list(&profiles.below(&self.home.root), ENTRIES_MAX)? {
            let Ok(folder) = profiles.join(&name) else { continue };
            match ProfileName::new(name.as_str()) {
                Ok(profile) if state.now().profiles.contains_key(&profile) => self.profile(product, &profile, &folder, layout)?,
                _ => self.find(What::ForeignProfile, folder.as_str(), "no record names a profile of this name"),
            }
        }
        self.loose(state, layout)?;
        self.containers(product)
    }

    /// Jars of class paths that belong to no patch, as they were when they were taken over.
    fn loose(&mut self, state: &State, layout: &Layout) -> Result<(), Failure> {
        let files: BTreeMap<&RelPath, &Digest> = state.now().loose.values().flat_map(|loose| &loose.files).collect();
        for (path, expected) in files.into_iter().filter(|(path, _)| !layout.files.contains_key(*path)) {
            match lies(&self.home.root, path)? {
                Lying::File { digest, .. } if digest == *expected => {}
                Lying::Nothing => self.find(What::Missing, path.as_str(), "it is gone: a jar of the class path that belongs to no patch"),
                _ => self.find(
                    What::Changed,
                    path.as_str(),
                    "it is not as it was taken over: a jar of the class path that belongs to no patch",
                ),
            }
        }
        Ok(())
    }

    fn profile(&mut self, product: &Product, profile: &ProfileName, folder: &RelPath, layout: &Layout) -> Result<(), Failure> {
        // What a product is delivered with: a manifest jar that lists nothing.
        let delivered = [layout::system_manifest(product, profile), layout::extension_manifest(product, profile)];
        let mut files = Vec::new();
        files_below(&self.home.root, folder, DEPTH_MAX, &mut files)?;
        for path in files {
            let is_known = RelPath::new(path.as_str()).is_ok_and(|path| layout.files.contains_key(&path) || delivered.contains(&path));
            if !is_known {
                self.find(What::Foreign, path, "no patch of the profile has put it there");
            }
        }
        Ok(())
    }

    fn containers(&mut self, product: &Product) -> Result<(), Failure> {
        let state = self.records.state(product);
        let downloads = self.records.downloads(self.home);
        let applied: BTreeSet<&PatchId> = state.now().profiles.values().flatten().collect();
        for container in applied.iter().filter_map(|id| state.patches.get(id)?.container.as_ref()) {
            if change::container_path(&downloads, container).is_none() {
                let message = format!("this container is not in {}: what comes from it cannot be repaired", downloads.display());
                self.find(What::ContainerGone, container.file.as_str(), message);
            }
        }
        Ok(())
    }

    fn jars(&mut self) -> Result<(), Failure> {
        let mut needed = BTreeSet::new();
        for product in &self.home.products {
            let state = self.records.state(product);
            for generation in state.generations.values() {
                let layout = layout::layout(product, generation, &state.patches, state.adopted.as_ref(), &self.records.platforms())?;
                needed.extend(layout.files.into_iter().filter(|(_, placed)| placed.place == Place::Jar).map(|(path, _)| path));
            }
        }
        for path in self.records.ledger.jars.keys().filter(|path| !needed.contains(path)) {
            self.find(What::OrphanedJar, path.as_str(), "no generation needs it: packwright patch gc clears it away");
        }
        Ok(())
    }
}

/// Plain files and links below a folder, as paths below the root. Names that are not UTF-8 are left out.
fn files_below(root: &Path, folder: &RelPath, depth: usize, found: &mut Vec<String>) -> Result<(), Failure> {
    for name in disk::list(&folder.below(root), ENTRIES_MAX)? {
        let path = format!("{folder}/{name}");
        let is_folder = std::fs::symlink_metadata(root.join(&path)).is_ok_and(|about| about.is_dir());
        match RelPath::new(path.as_str()) {
            Ok(below) if is_folder && depth > 0 => files_below(root, &below, depth - 1, found)?,
            _ if found.len() >= ENTRIES_MAX => return Ok(()),
            _ => found.push(path),
        }
    }
    Ok(())
}

/// What was, or would be, put back.
#[derive(Clone, Debug, Serialize)]
pub struct Repaired {
    pub files: Vec<FileChange>,
    /// Files that cannot be put back: their container is gone, or something else than a file lies there.
    pub left: Vec<RelPath>,
    pub carried_out: bool,
}

/// Writes every file again that is not as the records say; of one that somebody changed, a copy is kept below `packwright/changed`.
pub fn repair(home: &Home, plan_only: bool) -> Result<Repaired, Failure> {
    let what = "repair what is missing or changed";
    let lock = locked(home, what, plan_only)?;
    let records = Records::read(home)?;
    let layout = layout::of_home(&home.products, &records, None)?;
    let downloads = records.downloads(home);
    let copies = change::copies_folder();
    let world = World {
        lies: &|path| lies(&home.root, path),
        container: &|container| change::container_path(&downloads, container),
        copies: Some(&copies),
    };
    let plan = difference::repair(&layout, &records.ledger, &world)?;
    let mut left: Vec<RelPath> = plan.gone.keys().cloned().collect();
    left.extend(plan.obstructed.iter().cloned());
    let files: Vec<FileChange> = plan.files.into_iter().filter(|file| !left.contains(&file.path)).collect();
    let mut repaired = Repaired { files, left, carried_out: false };
    if repaired.files.is_empty() {
        return Ok(repaired);
    }
    let mut changes = plan.changes;
    // A copy of a file that stays as it is would say nothing.
    changes.retain(|change| !copied_in_vain(change, &repaired.left));
    if plan.ledger != records.ledger {
        changes.push(records::write_ledger(&plan.ledger));
    }
    match &lock {
        Some(lock) => {
            carry_out(&lock.lock, what, changes)?;
            repaired.carried_out = true;
        }
        None => journal::look(home, changes)?,
    }
    Ok(repaired)
}

fn copied_in_vain(change: &journal::Change, left: &[RelPath]) -> bool {
    matches!(&change.content, journal::Content::CopyOf { path, .. } if left.contains(path))
}
