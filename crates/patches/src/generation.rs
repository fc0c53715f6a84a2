//! Which patches every profile of a product holds. A generation is never changed: each change of a profile makes the next one, and going back is
//! moving the pointer to what a former one said.

use crate::names::{Digest, PatchId, ProfileName, RelPath};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The profiles of one product at one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generation {
    pub number: u32,
    /// When it was made, in milliseconds since 1970 UTC.
    pub at: i64,
    /// What was asked for, as `apply HCE9 to Orders`.
    pub made_by: String,
    /// Patches in the order in which they were applied. The default profile is always there. A patch that changes installed files is in all of them.
    pub profiles: BTreeMap<ProfileName, Vec<PatchId>>,
    /// The generation that was in effect when it was made; those of former versions, and the first one, do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u32>,
    /// Profiles that were brought back by it, and the generations that they were brought back from: what was before is what was before those.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub restored: BTreeMap<ProfileName, u32>,
    /// Jars that the vendor's tool had in class paths and that belong to no known patch.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub loose: BTreeMap<ProfileName, Loose>,
}

/// Entries as a manifest jar has them, relative to its folder, without URL escapes. They stay at the end of the profile's class path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loose {
    #[serde(default)]
    pub system: Vec<String>,
    #[serde(default)]
    pub extension: Vec<String>,
    /// What lay there when they were taken over, of those below the home.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<RelPath, Digest>,
}

impl Generation {
    /// That of a home into which nothing was applied.
    pub fn first(at: i64) -> Generation {
        let profiles = BTreeMap::from([(ProfileName::default_profile(), Vec::new())]);
        let made_by = "the home as it was found".into();
        Generation { number: 0, at, made_by, profiles, from: None, restored: BTreeMap::new(), loose: BTreeMap::new() }
    }

    /// The patches of a profile; none where there is no such profile.
    pub fn patches(&self, profile: &ProfileName) -> &[PatchId] {
        self.profiles.get(profile).map_or(&[], Vec::as_slice)
    }
}
