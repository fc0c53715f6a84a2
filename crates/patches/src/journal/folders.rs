//! Folders of a home that changes of ours made: they go again when nothing is in them any more. A folder that somebody else made stays, also an empty one.

use super::JournalError;
use super::operations::Operations;
use super::record::ours;
use crate::disk::{self, DiskError, failed};
use crate::names::RelPath;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

const BYTES_MAX: u64 = 64 << 20;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Folders {
    pub made: BTreeSet<RelPath>,
    #[serde(skip)]
    as_read: BTreeSet<RelPath>,
}

fn file(root: &Path) -> PathBuf {
    ours(root).join("journal-folders.json")
}

impl Folders {
    pub fn read(root: &Path) -> Result<Folders, JournalError> {
        let path = file(root);
        let Some(text) = disk::read_if_there(&path, BYTES_MAX)? else { return Ok(Folders::default()) };
        let folders: Folders = serde_json::from_slice(&text).map_err(|error| JournalError::Damaged { path, reason: error.to_string() })?;
        Ok(Folders { as_read: folders.made.clone(), ..folders })
    }

    pub fn may_go(&self, folder: &RelPath) -> bool {
        !is_patch_folder(folder) && (self.made.contains(folder) || is_in_custom_profile(folder))
    }

    /// Written beside and renamed, as everything is.
    pub fn write(&self, operations: &Operations, root: &Path) -> Result<(), DiskError> {
        if self.made == self.as_read {
            return Ok(());
        }
        let beside = ours(root).join("staging/folders");
        operations.make_folder(&ours(root).join("staging"), 0o700)?;
        operations.remove(&beside)?;
        let text = serde_json::to_vec_pretty(self).expect("paths are plain text");
        let mut new = operations.create(&beside)?;
        operations.fill(&beside, || new.write_all(&text).map_err(failed("write", &beside)))?;
        operations.set_owner(&beside, super::looking::owner(root)?)?;
        operations.set_mode(&beside, 0o644)?;
        operations.sync(&beside)?;
        operations.rename(&beside, &file(root))
    }
}

/// `patch_wls1036`: by it a product is known.
fn is_patch_folder(folder: &RelPath) -> bool {
    folder.as_str().starts_with("patch_") && !folder.as_str().contains('/')
}

/// A custom profile is its folder, which goes with it, whoever made it.
fn is_in_custom_profile(folder: &RelPath) -> bool {
    match folder.as_str().split('/').collect::<Vec<_>>().as_slice() {
        [product, "profiles", profile, ..] => product.starts_with("patch_") && !profile.eq_ignore_ascii_case("default"),
        _ => false,
    }
}
