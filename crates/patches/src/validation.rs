//! Judges which patches go together in one profile, and says why not and what would help. Pure: it reads no file; what only the jars tell comes in as
//! [`Clash`]es.
//!
//! Two phases: [`plan`] makes of a wish the lists that the profiles would have, by what the patches say of each other; whoever can read jars computes
//! what clashes in those lists; [`Plan::judge`] puts both together into a [`Verdict`]. A verdict with conflicts is not carried out, and is still whole:
//! it shows what would have changed.
//!
//! What the vendor's documents leave open is settled like this:
//! - A profile lists every patch that changes installed files, an "empty" new one too: such a file stays replaced whatever a profile says, so a profile
//!   without the patch would tell something untrue.
//! - A requirement is met by the patch itself or by one that replaces it, over as many steps as the chain has. A replacement that came later counts:
//!   what it holds was there in the former's shape. Exclusions and `after` speak of the very patch; whether its replacement differs shows in the classes.
//! - Removing a patch brings nothing back that it had replaced.
//! - What was wrong in a profile before the wish is told, and not held against the wish: one must be able to get out of a bad state step by step. Going
//!   back to a former generation was accepted once, so it is refused only where it cannot be carried out.
//! - A patch that names itself says nothing by it.

use crate::generation::Generation;
use crate::home::Product;
use crate::names::{PatchId, ProfileName};
use crate::patch::Patch;
use engine::failure::{self, Evidence, Failure};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt::Write;

mod clashes;
mod conflict;
mod knowledge;
mod planning;
mod refusal;
mod rules;
mod warning;

pub use conflict::{Conflict, Side};
pub use planning::{Plan, plan};
pub use refusal::{Refusal, kept};
pub use warning::{Change, Warning};

/// Two patches that hold the same thing with different bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Clash {
    pub one: PatchId,
    pub other: PatchId,
    pub what: Clashing,
    /// Names, at most [`CLASH_NAMES_MAX`] of them: `com.example.Order`, `libx.so`, `wlserver_10.3/server/lib/x.xml`.
    pub names: Vec<String>,
    /// How many there are.
    pub count: usize,
    /// The two files that hold them: `jars/bug1.jar` and `jars/bug2.jar`.
    pub files: (String, String),
}

pub const CLASH_NAMES_MAX: usize = 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Clashing {
    Class,
    Native,
    InstalledFile,
    Archive,
    /// Two different jars of one name: all profiles share one folder of jars.
    JarName,
}

impl Clashing {
    /// Whether patches clash in it that are in different profiles, or of different products: there is one such thing in a home.
    pub fn is_shared(self) -> bool {
        matches!(self, Clashing::InstalledFile | Clashing::JarName)
    }

    pub(crate) fn words(self, count: usize) -> &'static str {
        match (self, count) {
            (Clashing::Class, 1) => "class",
            (Clashing::Class, _) => "classes",
            (Clashing::Native, 1) => "native library",
            (Clashing::Native, _) => "native libraries",
            (Clashing::InstalledFile, 1) => "installed file",
            (Clashing::InstalledFile, _) => "installed files",
            (Clashing::Archive, 1) => "shared archive",
            (Clashing::Archive, _) => "shared archives",
            (Clashing::JarName, 1) => "jar's name",
            (Clashing::JarName, _) => "jars' names",
        }
    }
}

/// What a wish is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Profiles<'a> {
    pub product: &'a Product,
    /// The profiles as they are.
    pub generation: &'a Generation,
    /// Every patch of which anything is known: downloaded (these have a container), applied, or named by the catalogue only.
    pub known: &'a BTreeMap<PatchId, Patch>,
}

/// What somebody wants of the profiles.
#[derive(Clone, Debug)]
pub enum Wish<'a> {
    Apply {
        profile: ProfileName,
        patches: Vec<PatchId>,
        even_withdrawn: bool,
    },
    Remove {
        profile: ProfileName,
        patches: Vec<PatchId>,
    },
    /// One profile, or all of the product, as they were.
    Restore {
        profile: Option<ProfileName>,
        generation: &'a Generation,
    },
    /// A new profile with these patches to start with, beside those that change installed files. A clone names all that the other one holds.
    Create {
        name: ProfileName,
        patches: Vec<PatchId>,
        even_withdrawn: bool,
    },
    Delete {
        name: ProfileName,
    },
}

/// What would become of the profiles, and what speaks against it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The whole list of every profile that changes or is new.
    pub profiles: BTreeMap<ProfileName, Vec<PatchId>>,
    /// Profiles that go.
    pub deleted: Vec<ProfileName>,
    /// What comes into any profile, in the order of coming.
    pub applied: Vec<PatchId>,
    /// What leaves any profile.
    pub removed: Vec<PatchId>,
    #[serde(serialize_with = "warnings_with_sentences")]
    pub warnings: Vec<Warning>,
    #[serde(serialize_with = "conflicts_with_sentences")]
    pub conflicts: Vec<Conflict>,
    /// What the conflicts keep from what, for the one sentence about them all: `HCE9 from profile Orders`.
    #[serde(skip)]
    pub(crate) aim: String,
}

impl Verdict {
    /// Nothing speaks against it.
    pub fn is_clear(&self) -> bool {
        self.conflicts.is_empty()
    }

    /// All is as it is wished already.
    pub fn is_nothing_to_do(&self) -> bool {
        self.is_clear() && self.profiles.is_empty() && self.deleted.is_empty()
    }

    /// The verdict itself where it may be carried out.
    pub fn cleared(self) -> Result<Verdict, Failure> {
        if self.is_clear() { Ok(self) } else { Err(self.into()) }
    }

    /// The whole report for a person.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (profile, patches) in &self.profiles {
            let _ = writeln!(text, "profile {profile}: {}", listed(patches));
        }
        for (word, names) in [("applied", &self.applied), ("removed", &self.removed)] {
            if !names.is_empty() {
                let _ = writeln!(text, "{word}: {}", joined(names));
            }
        }
        for name in &self.deleted {
            let _ = writeln!(text, "profile {name} goes");
        }
        if self.is_nothing_to_do() {
            text.push_str("nothing to do\n");
        }
        for warning in &self.warnings {
            told(&mut text, "warning", warning.sentence(), warning.resolution());
        }
        for conflict in &self.conflicts {
            told(&mut text, "conflict", conflict.sentence(), conflict.resolution());
        }
        text
    }
}

impl From<Verdict> for Failure {
    fn from(verdict: Verdict) -> Failure {
        let count = verdict.conflicts.len();
        let begin = if count == 1 { "1 conflict keeps".to_string() } else { format!("{count} conflicts keep") };
        let evidence = verdict.conflicts.iter().map(|conflict| Evidence {
            object: conflict.patch().map(PatchId::to_string).unwrap_or_default(),
            file: conflict.file().unwrap_or_default(),
            message: conflict.sentence(),
            ..Evidence::default()
        });
        Failure::new(&failure::PATCH_CONFLICT, format!("{begin} {}", verdict.aim))
            .hint(verdict.conflicts.iter().find_map(Conflict::resolution).unwrap_or_default())
            .evidence(evidence.collect())
    }
}

/// Existing custom profiles that hold just what a new one would: few profiles are better than many.
pub fn would_do(generation: &Generation, wanted: &[PatchId]) -> Vec<ProfileName> {
    let sorted = |patches: &[PatchId]| {
        let mut patches = patches.to_vec();
        patches.sort_unstable();
        patches.dedup();
        patches
    };
    let wanted = sorted(wanted);
    let custom = generation.profiles.iter().filter(|(name, _)| !name.is_default());
    custom.filter(|(_, patches)| sorted(patches) == wanted).map(|(name, _)| name.clone()).collect()
}

fn told(text: &mut String, what: &str, sentence: String, resolution: Option<String>) {
    let _ = writeln!(text, "{what}: {sentence}");
    if let Some(resolution) = resolution {
        let _ = writeln!(text, "  help: {resolution}");
    }
}

/// What a program reads is what a person reads, and the values in it.
#[derive(Serialize)]
struct Told<'a, T> {
    #[serde(flatten)]
    what: &'a T,
    sentence: String,
    resolution: Option<String>,
}

fn warnings_with_sentences<S: Serializer>(warnings: &[Warning], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(warnings.iter().map(|what| Told { what, sentence: what.sentence(), resolution: what.resolution() }))
}

fn conflicts_with_sentences<S: Serializer>(conflicts: &[Conflict], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(conflicts.iter().map(|what| Told { what, sentence: what.sentence(), resolution: what.resolution() }))
}

/// Names with commas between them.
pub(crate) fn joined<T: std::fmt::Display>(names: &[T]) -> String {
    names.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
}

fn listed(patches: &[PatchId]) -> String {
    if patches.is_empty() { "no patches".into() } else { joined(patches) }
}

/// A text of a container or a catalogue as it may stand in a sentence: one line, harmless to a terminal, not longer than a glance.
pub(crate) fn shown(text: &str) -> String {
    const SHOWN_CHARACTERS_MAX: usize = 200;
    let mut short: String = text.trim().chars().take(SHOWN_CHARACTERS_MAX).flat_map(harmless).collect();
    if text.trim().chars().nth(SHOWN_CHARACTERS_MAX).is_some() {
        short.push('…');
    }
    short
}

fn harmless(character: char) -> impl Iterator<Item = char> {
    // Quotes may stay as they are; what moves the cursor or turns the direction of writing may not.
    let plain = matches!(character, '"' | '\'' | '\\');
    let escaped = character.escape_debug().filter(move |_| !plain);
    plain.then_some(character).into_iter().chain(escaped)
}
