//! Wishes that make no sense for the profiles as they are: there is nothing to plan. What patches say of each other is not looked at here.

use super::{joined, shown};
use crate::generation::Generation;
use crate::names::ProfileName;
use engine::failure::{self, Failure};
use std::collections::BTreeMap;

/// Why no plan can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("there is no profile {name}")]
    UnknownProfile { name: ProfileName, known: Vec<ProfileName> },
    #[error("cannot delete the default profile: every domain uses it whose scripts name no other")]
    DefaultDeleted,
    #[error("cannot create a profile {name}: the default profile is always there")]
    DefaultCreated { name: ProfileName },
    #[error("cannot create the profile {name}: there is the profile {existing}")]
    NameTaken { name: ProfileName, existing: ProfileName },
    #[error("there is no generation {number}")]
    UnknownGeneration { number: u32, known: Vec<u32> },
    #[error("generation {number} has no profile {name}")]
    NotInGeneration { name: ProfileName, number: u32, known: Vec<ProfileName> },
    #[error("no patch is named")]
    NoPatch,
}

impl Refusal {
    fn hint(&self) -> String {
        match self {
            Refusal::UnknownProfile { known, .. } => format!("the profiles are {}", joined(known)),
            Refusal::NotInGeneration { known, .. } => format!("its profiles are {}", joined(known)),
            Refusal::DefaultDeleted => "remove its patches instead: packwright patch remove … --profile default".into(),
            Refusal::DefaultCreated { .. } => "choose another name".into(),
            Refusal::NameTaken { .. } => {
                "choose a name that differs by more than its capitals: it is a folder's name, on systems too that take both for one".into()
            }
            Refusal::UnknownGeneration { known, .. } if known.is_empty() => "no generation is kept".into(),
            Refusal::UnknownGeneration { known, .. } => shown(&format!("kept are the generations {}", joined(known))),
            Refusal::NoPatch => "name one or more patches, as HCE9".into(),
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Failure {
        let code = match refusal {
            Refusal::UnknownProfile { .. } | Refusal::UnknownGeneration { .. } | Refusal::NotInGeneration { .. } => &failure::UNKNOWN_NAME,
            _ => &failure::BAD_REQUEST,
        };
        Failure::new(code, refusal.to_string()).hint(refusal.hint())
    }
}

/// The profile as the generation spells it; `Default` is the default one, as the vendor's tool prints it.
pub(super) fn existing(generation: &Generation, name: &ProfileName) -> Result<ProfileName, Refusal> {
    let name = if name.is_default() { ProfileName::default_profile() } else { name.clone() };
    let known = || generation.profiles.keys().cloned().collect();
    if generation.profiles.contains_key(&name) { Ok(name) } else { Err(Refusal::UnknownProfile { known: known(), name }) }
}

pub(super) fn may_be_created(generation: &Generation, name: &ProfileName) -> Result<(), Refusal> {
    if name.is_default() {
        return Err(Refusal::DefaultCreated { name: name.clone() });
    }
    match generation.profiles.keys().find(|existing| existing.as_str().eq_ignore_ascii_case(name.as_str())) {
        Some(existing) => Err(Refusal::NameTaken { name: name.clone(), existing: existing.clone() }),
        None => Ok(()),
    }
}

/// The kept generation of that number.
pub fn kept(generations: &BTreeMap<u32, Generation>, number: u32) -> Result<&Generation, Refusal> {
    generations.get(&number).ok_or_else(|| Refusal::UnknownGeneration { number, known: generations.keys().copied().collect() })
}
