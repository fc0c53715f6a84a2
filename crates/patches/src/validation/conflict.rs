//! What keeps a wish from being carried out: a value for programs, one sentence for a person, and what would resolve it. How a conflict is found is
//! not known here.

use super::{Clashing, joined, shown};
use crate::names::{PatchId, ProfileName};
use serde::Serialize;

/// Two patches do not go together, or one does not go into a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Conflict {
    /// Neither a container nor the catalogue tells of it.
    UnknownPatch {
        patch: PatchId,
        product: String,
        nearest: Vec<PatchId>,
    },
    WrongProduct {
        patch: PatchId,
        made_for: String,
        product: String,
    },
    WrongRelease {
        patch: PatchId,
        bugs: Vec<String>,
        made_for: String,
        product: String,
        release: String,
    },
    /// Only the catalogue knows it.
    NotDownloaded {
        patch: PatchId,
        bugs: Vec<String>,
    },
    Withdrawn {
        patch: PatchId,
        reason: String,
        instead: Vec<PatchId>,
    },
    /// `apply` is the whole list that would do, in its order, for what is at hand; `obtain` is what is not.
    PrerequisiteMissing {
        profile: ProfileName,
        profile_is_new: bool,
        patch: PatchId,
        missing: Vec<PatchId>,
        apply: Vec<PatchId>,
        obtain: Vec<PatchId>,
    },
    /// Each of them must come after the next, and the last after the first.
    Circle {
        profile: ProfileName,
        patches: Vec<PatchId>,
    },
    /// `remove` is what would have to leave first, in its order; nothing where all of them are only coming in.
    MutuallyExclusive {
        profile: ProfileName,
        patch: PatchId,
        with: Vec<PatchId>,
        remove: Vec<PatchId>,
    },
    /// `first` comes in now, and had to be there before `then`. To resolve it, remove and apply those, in their order.
    OutOfSequence {
        profile: ProfileName,
        first: PatchId,
        then: PatchId,
        remove: Vec<PatchId>,
        apply: Vec<PatchId>,
    },
    /// All that it holds is in the profile by another that replaces it.
    AlreadyContained {
        profile: ProfileName,
        patch: PatchId,
        by: PatchId,
    },
    /// It leaves, and others that stay need it. `remove` is all that would have to leave, in its order.
    Needed {
        profile: ProfileName,
        patch: PatchId,
        by: Vec<PatchId>,
        remove: Vec<PatchId>,
    },
    /// The profile alone cannot go back: the patches that changed installed files were others.
    InstallationWideDiffers {
        profile: ProfileName,
        generation: u32,
        without: Vec<PatchId>,
        with: Vec<PatchId>,
    },
    /// Both hold the same thing with different bytes, and nothing says which of the two comes over the other.
    Clash {
        profiles: Vec<ProfileName>,
        profile_is_new: bool,
        patch: Side,
        other: Side,
        what: Clashing,
        names: Vec<String>,
        count: usize,
        /// A patch that holds both, and whether it is downloaded.
        merged_by: Option<PatchId>,
        merged_is_downloaded: bool,
        /// What would have to leave first, in its order; nothing where both are only coming in.
        remove: Vec<PatchId>,
    },
}

/// One of two that clash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Side {
    pub id: PatchId,
    pub bugs: Vec<String>,
    /// The file of the container that holds what clashes.
    pub file: String,
}

impl Conflict {
    /// The patch that it is about.
    pub fn patch(&self) -> Option<&PatchId> {
        match self {
            Conflict::UnknownPatch { patch, .. }
            | Conflict::WrongProduct { patch, .. }
            | Conflict::WrongRelease { patch, .. }
            | Conflict::NotDownloaded { patch, .. }
            | Conflict::Withdrawn { patch, .. }
            | Conflict::PrerequisiteMissing { patch, .. }
            | Conflict::MutuallyExclusive { patch, .. }
            | Conflict::OutOfSequence { first: patch, .. }
            | Conflict::AlreadyContained { patch, .. }
            | Conflict::Needed { patch, .. }
            | Conflict::Clash { patch: Side { id: patch, .. }, .. } => Some(patch),
            Conflict::Circle { patches, .. } => patches.first(),
            Conflict::InstallationWideDiffers { .. } => None,
        }
    }

    /// The file of its container that it is about.
    pub fn file(&self) -> Option<String> {
        match self {
            Conflict::Clash { patch, .. } => Some(shown(&patch.file)),
            _ => None,
        }
    }

    pub fn sentence(&self) -> String {
        match self {
            Conflict::UnknownPatch { patch, product, .. } => format!("no patch {patch} is known for {product}"),
            Conflict::WrongProduct { patch, made_for, product } => format!("{patch} is a patch for {}, not for {product}", shown(made_for)),
            Conflict::WrongRelease { patch, made_for, product, release, .. } => {
                format!("{patch} is made for release {} and {product} is release {release}", shown(made_for))
            }
            Conflict::NotDownloaded { patch, .. } => format!("{patch} is not downloaded: only the catalogue knows it"),
            Conflict::Withdrawn { patch, reason, .. } => format!("{patch} was withdrawn by its maker: {}", shown(reason)),
            Conflict::PrerequisiteMissing { profile, patch, missing, .. } => {
                format!("{patch} requires {}, missing in profile {profile}", joined(missing))
            }
            Conflict::Circle { patches, .. } => match patches.as_slice() {
                [one, other] => format!("{one} must come after {other}, and {other} after {one}"),
                _ => format!("there is no order for {}: each must come after the next, and the last after the first", joined(patches)),
            },
            // Scripts look for just this sentence.
            Conflict::MutuallyExclusive { patch, with, .. } => {
                format!("Patch {patch} is mutually exclusive and cannot coexist with patch(es): {}", joined(with))
            }
            Conflict::OutOfSequence { profile, first, then, .. } => {
                format!("{first} is out of sequence: {then} must come after it, and is in profile {profile} before it")
            }
            Conflict::AlreadyContained { profile, patch, by } => {
                format!("{patch} is already contained in {by}, which replaces it and is in profile {profile}")
            }
            Conflict::Needed { profile, patch, by, .. } => format!("{patch} is needed in profile {profile} by {}", joined(by)),
            Conflict::InstallationWideDiffers { profile, generation, without, with } => {
                let lists = [("without", without), ("with", with)];
                let told = lists.iter().filter(|(_, list)| !list.is_empty()).map(|(word, list)| format!("{word} {}", joined(list)));
                let told = told.collect::<Vec<_>>().join(" and ");
                format!("profile {profile} of generation {generation} is {told}: patches of installed files are in all profiles or in none")
            }
            Conflict::Clash { patch, other, what: Clashing::JarName, names, count, .. } => {
                format!("{} and {} are different jars of one name: {}", patch.named(), other.named(), names_and_more(names, *count))
            }
            Conflict::Clash { patch, other, what, names, count, .. } => {
                let verb = if *count == 1 { "differs" } else { "differ" };
                let (one, other) = (patch.named(), other.named());
                format!("{count} {} of {one} {verb} from {other}: {}", what.words(*count), names_and_more(names, *count))
            }
        }
    }

    /// What somebody could do about it.
    pub fn resolution(&self) -> Option<String> {
        Some(match self {
            Conflict::UnknownPatch { nearest, .. } if !nearest.is_empty() => format!("did you mean {}?", joined(nearest)),
            Conflict::UnknownPatch { .. } => "import its container: packwright patch import FILE".into(),
            Conflict::WrongProduct { made_for, .. } => format!("name the product that it is for: --product {}", shown(made_for)),
            Conflict::WrongRelease { bugs, product, release, .. } => {
                format!("get the patch{} that is made for {product} {release}", for_bugs(bugs))
            }
            Conflict::NotDownloaded { patch, bugs } => {
                format!("download {patch}{}, then: packwright patch import FILE", in_brackets(bugs))
            }
            Conflict::Withdrawn { instead, .. } if !instead.is_empty() => {
                format!("apply {} instead, or say --even-withdrawn", joined(instead))
            }
            Conflict::Withdrawn { .. } => "say --even-withdrawn if you need it all the same".into(),
            Conflict::PrerequisiteMissing { .. } => return self.prerequisites(),
            Conflict::Circle { .. } => "apply only some of them, or ask their maker which comes first".into(),
            Conflict::MutuallyExclusive { profile, patch, with, remove } => match remove.as_slice() {
                [] => format!("apply only one of {patch}, {}", joined(with)),
                remove => format!("leave {patch} out, or first: {}", command("remove", remove, profile)),
            },
            Conflict::OutOfSequence { remove, apply, .. } if remove.is_empty() || apply.is_empty() => {
                "ask their maker which comes first: no order satisfies all of them".into()
            }
            Conflict::OutOfSequence { profile, remove, apply, .. } => {
                format!("{}, then: {}", command("remove", remove, profile), command("apply", apply, profile))
            }
            Conflict::AlreadyContained { patch, .. } => format!("leave {patch} out: there is nothing in it that the profile lacks"),
            Conflict::Needed { profile, remove, .. } => format!("remove all of them: {}", command("remove", remove, profile)),
            Conflict::InstallationWideDiffers { generation, .. } => {
                format!("take the whole product back, which is all of its profiles: packwright patch rollback --to {generation}")
            }
            Conflict::Clash { .. } => return self.clash_resolution(),
        })
    }

    fn prerequisites(&self) -> Option<String> {
        let Conflict::PrerequisiteMissing { profile, profile_is_new, patch, apply, obtain, .. } = self else { return None };
        Some(match (apply.as_slice(), obtain.as_slice()) {
            (apply, []) if *profile_is_new => format!("name all that it needs: {}", joined(apply)),
            (apply, []) if apply.contains(patch) => format!("apply them in one go: {}", command("apply", apply, profile)),
            (apply, []) => format!("first: {}", command("apply", apply, profile)),
            (_, obtain) => format!("obtain {}, then: packwright patch import FILE", joined(obtain)),
        })
    }

    fn clash_resolution(&self) -> Option<String> {
        let Conflict::Clash { profiles, profile_is_new, patch, other, merged_by, merged_is_downloaded, remove, .. } = self else {
            return None;
        };
        let default = ProfileName::default_profile();
        let profile = profiles.first().unwrap_or(&default);
        Some(match (merged_by, remove.as_slice()) {
            (Some(merged), _) => {
                let first = if *merged_is_downloaded { String::new() } else { format!("download {merged}, then: ") };
                let apply = command("apply", std::slice::from_ref(merged), profile);
                let then = if *profile_is_new { format!("name {merged} instead") } else { apply };
                format!("{merged} replaces both: {first}{then}")
            }
            (None, []) => format!("leave one of them out, or ask their maker for a merge patch{}", for_bugs(&both_bugs(patch, other))),
            (None, remove) => {
                let command = command("remove", remove, profile);
                format!("first: {command}; or ask their maker for a merge patch{}", for_bugs(&both_bugs(patch, other)))
            }
        })
    }
}

impl Side {
    fn named(&self) -> String {
        format!("{}{} in {}", self.id, in_brackets(&self.bugs), shown(&self.file))
    }
}

/// `packwright patch apply 2LZX HCE9 --profile Orders`
pub(super) fn command(verb: &str, patches: &[PatchId], profile: &ProfileName) -> String {
    let ids: Vec<&str> = patches.iter().map(PatchId::as_str).collect();
    format!("packwright patch {verb} {} --profile {profile}", ids.join(" "))
}

fn both_bugs(one: &Side, other: &Side) -> Vec<String> {
    let mut bugs = one.bugs.clone();
    bugs.extend(other.bugs.iter().filter(|bug| !one.bugs.contains(bug)).cloned());
    bugs
}

/// ` (bug 7001)`
fn in_brackets(bugs: &[String]) -> String {
    if bugs.is_empty() { String::new() } else { format!(" ({})", bug_list(bugs)) }
}

/// ` for bugs 7001, 7002`
fn for_bugs(bugs: &[String]) -> String {
    if bugs.is_empty() { String::new() } else { format!(" for {}", bug_list(bugs)) }
}

fn bug_list(bugs: &[String]) -> String {
    let word = if bugs.len() == 1 { "bug" } else { "bugs" };
    format!("{word} {}", names_and_more(bugs, bugs.len()))
}

/// Foreign names, not more of them than a person reads.
pub(super) fn names_and_more(names: &[String], count: usize) -> String {
    let told: Vec<String> = names.iter().take(super::CLASH_NAMES_MAX).map(|name| shown(name)).collect();
    match count.saturating_sub(told.len()) {
        0 => told.join(", "),
        more => format!("{} and {more} more", told.join(", ")),
    }
}
