//! What a person should know before a wish is carried out, though nothing in it keeps it from being carried out.

use super::conflict::names_and_more;
use super::{Clashing, Conflict, joined, shown};
use crate::names::{PatchId, ProfileName};
use serde::Serialize;

/// Something to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Warning {
    /// It is in the profile as it is.
    Already { profile: ProfileName, patch: PatchId },
    /// It is to be removed and is not in the profile.
    NotThere { profile: ProfileName, patch: PatchId, elsewhere: Vec<ProfileName> },
    /// They leave the profile because it holds all that they hold.
    Replaced { profile: ProfileName, patch: PatchId, replaced: Vec<PatchId> },
    /// Of two wished for in one go one replaces the other.
    LeftOut { profile: ProfileName, patch: PatchId, by: PatchId },
    /// There is a newer one that holds all that it holds.
    Superseded { patch: PatchId, by: Vec<PatchId> },
    /// Taken all the same, as the wish says.
    EvenWithdrawn { patch: PatchId, reason: String, instead: Vec<PatchId> },
    /// It changes installed files, so it comes into these profiles, or leaves them, and not the one alone.
    EveryProfile { patch: PatchId, change: Change, profiles: Vec<ProfileName> },
    /// What a removed patch had replaced stays away.
    StaysAway { patch: PatchId, replaced: Vec<PatchId> },
    /// A shared archive waits to be deployed in a custom profile.
    SharedArchive { profile: ProfileName, patch: PatchId, archives: Vec<String> },
    /// All bugs of one are mended by the other as well, though nothing says that it replaces it.
    BugsContained { profile: ProfileName, patch: PatchId, by: PatchId },
    /// By what the patches say, one comes into effect over the other.
    Overrides { profiles: Vec<ProfileName>, patch: PatchId, other: PatchId, what: Clashing, names: Vec<String>, count: usize },
    /// These profiles hold just what the new one is to hold.
    WouldDo { name: ProfileName, profiles: Vec<ProfileName> },
    /// The generation to go back to did not have it.
    ProfileGoes { profile: ProfileName, generation: u32 },
    /// It was so before, and the wish does not change it.
    Standing { conflict: Box<Conflict> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    Applied,
    Removed,
}

impl Warning {
    pub fn sentence(&self) -> String {
        match self {
            Warning::Already { profile, patch } => format!("{patch} is already in profile {profile}"),
            Warning::NotThere { profile, patch, elsewhere } if elsewhere.is_empty() => {
                format!("{patch} is not in profile {profile}, nor in any other")
            }
            Warning::NotThere { profile, patch, elsewhere } => format!("{patch} is not in profile {profile}, but in {}", joined(elsewhere)),
            Warning::Replaced { profile, patch, replaced } => {
                format!(
                    "{patch} replaces {}, which {} profile {profile}",
                    joined(replaced),
                    if replaced.len() == 1 { "leaves" } else { "leave" }
                )
            }
            Warning::LeftOut { profile, patch, by } => format!("{patch} is left out of profile {profile}: {by} holds all of it"),
            Warning::Superseded { patch, by } => format!("{patch} is superseded by {}", joined(by)),
            Warning::EvenWithdrawn { patch, reason, .. } => {
                format!("{patch} was withdrawn by its maker, and is taken all the same: {}", shown(reason))
            }
            Warning::EveryProfile { patch, change: Change::Applied, profiles } => {
                format!("{patch} changes installed files: it comes into every profile that lacks it: {}", joined(profiles))
            }
            Warning::EveryProfile { patch, change: Change::Removed, profiles } => {
                format!("{patch} changes installed files: it leaves every profile: {}", joined(profiles))
            }
            Warning::StaysAway { patch, replaced } => {
                let does = if replaced.len() == 1 { "does not come back by itself" } else { "do not come back by themselves" };
                format!("{}, which {patch} replaces, {does}", joined(replaced))
            }
            Warning::SharedArchive { profile, patch, archives } => {
                let archives = names_and_more(archives, archives.len());
                format!(
                    "{patch} holds the shared archive {archives}: from profile {profile} it takes effect only for an application that references it, and once it is deployed"
                )
            }
            Warning::BugsContained { profile, patch, by } => {
                format!("{by} mends all bugs that {patch} mends in profile {profile}, though nothing says that it replaces it")
            }
            Warning::Overrides { patch, other, what, names, count, .. } => {
                let names = names_and_more(names, *count);
                format!("{patch} overrides {count} {} of {other}: {names}", what.words(*count))
            }
            Warning::WouldDo { name, profiles } => {
                format!("profile {name} would hold just what {} already holds, and few profiles are better than many", joined(profiles))
            }
            Warning::ProfileGoes { profile, generation } => format!("profile {profile} goes: generation {generation} did not have it"),
            Warning::Standing { conflict } => format!("this was so before: {}", conflict.sentence()),
        }
    }

    /// What somebody could do about it, where there is something.
    pub fn resolution(&self) -> Option<String> {
        match self {
            Warning::Superseded { by, .. } => Some(format!("consider {} instead", joined(by))),
            Warning::EvenWithdrawn { instead, .. } if !instead.is_empty() => Some(format!("consider {} instead", joined(instead))),
            Warning::SharedArchive { .. } => Some("deploy it and reference it from the application's descriptor".into()),
            Warning::WouldDo { profiles, .. } => Some(format!("point the domain at {}", joined(&profiles[..profiles.len().min(1)]))),
            Warning::Standing { conflict } => conflict.resolution(),
            _ => None,
        }
    }
}
