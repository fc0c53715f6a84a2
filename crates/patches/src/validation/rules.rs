//! The rules of one profile's list by what its patches say of each other, and how what breaks them is told. Which wish made the list is not known here.

use super::conflict::Conflict;
use super::knowledge::Knowledge;
use crate::names::{PatchId, ProfileName};
use std::collections::{BTreeMap, BTreeSet};

/// One rule broken by one or two patches of a list. Atoms, so that what stood before and what is new can be told apart by value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Violation {
    /// The first requires the second, which is not there, nor a replacement of it.
    Missing(PatchId, PatchId),
    /// The second had to come before the first.
    Late(PatchId, PatchId),
    /// The one that comes later, and the other.
    Exclusive(PatchId, PatchId),
    /// The first is contained in the second.
    Contained(PatchId, PatchId),
}

/// All that breaks a rule in a list. Patches of which nothing is known break none.
pub(super) fn violations(knowledge: &Knowledge, list: &[PatchId]) -> BTreeSet<Violation> {
    let places: BTreeMap<&PatchId, usize> = list.iter().enumerate().map(|(at, id)| (id, at)).collect();
    let mut found = BTreeSet::new();
    let mut contained = BTreeSet::new();
    for id in list {
        for inner in knowledge.contained(id).iter().copied() {
            contained.insert(inner);
            if places.contains_key(inner) {
                found.insert(Violation::Contained(inner.clone(), id.clone()));
            }
        }
    }
    for (at, id) in list.iter().enumerate() {
        let Some(patch) = knowledge.get(id) else { continue };
        for required in patch.requires.iter().filter(|required| *required != id) {
            if !places.contains_key(required) && !contained.contains(required) {
                found.insert(Violation::Missing(id.clone(), required.clone()));
            }
        }
        // What is there twice is wrong wherever it stands.
        let late =
            |first: &&PatchId| places.get(first).is_some_and(|place| *place > at) && !contained.contains(*first) && !contained.contains(id);
        let first = patch.requires.iter().chain(&patch.after).filter(|first| *first != id);
        found.extend(first.filter(late).map(|first| Violation::Late(id.clone(), first.clone())));
        for other in patch.excludes.iter().filter(|other| *other != id) {
            if let Some(place) = places.get(other) {
                let (later, earlier) = if *place > at { (other, id) } else { (id, other) };
                found.insert(Violation::Exclusive(later.clone(), earlier.clone()));
            }
        }
    }
    found
}

/// What must leave a list with some patches of it, so that nothing is left that needs what is gone: the last first.
pub(super) fn with_dependents(knowledge: &Knowledge, list: &[PatchId], leaving: &[PatchId]) -> Vec<PatchId> {
    let mut requirers: BTreeMap<&PatchId, Vec<&PatchId>> = BTreeMap::new();
    for patch in list.iter().filter_map(|id| knowledge.get(id)) {
        patch
            .requires
            .iter()
            .filter(|required| **required != patch.id)
            .for_each(|required| requirers.entry(required).or_default().push(&patch.id));
    }
    // By how many of the list a requirement is met, and which ones each of them meets.
    let mut met: BTreeMap<&PatchId, usize> = BTreeMap::new();
    let mut meets: BTreeMap<&PatchId, Vec<&PatchId>> = BTreeMap::new();
    for id in list {
        let inner = knowledge.contained(id);
        for (required, _) in inner.iter().copied().chain([id]).filter_map(|required| requirers.get_key_value(required)) {
            *met.entry(required).or_default() += 1;
            meets.entry(id).or_default().push(required);
        }
    }
    let mut gone: BTreeSet<&PatchId> = BTreeSet::new();
    let mut open: Vec<&PatchId> = leaving.iter().collect();
    while let Some(id) = open.pop() {
        if !gone.insert(id) {
            continue;
        }
        for required in meets.get(id).into_iter().flatten() {
            let left = met.get_mut(required).expect("counted with what it meets");
            *left -= 1;
            if *left == 0 {
                open.extend(&requirers[required]);
            }
        }
    }
    list.iter().rev().filter(|id| gone.contains(id)).cloned().collect()
}

/// Tells the violations of one profile as conflicts.
pub(super) struct Telling<'a, 'b> {
    pub knowledge: &'b Knowledge<'a>,
    pub profile: &'b ProfileName,
    pub before: &'b [PatchId],
    pub after: &'b [PatchId],
    pub profile_is_new: bool,
    /// Whether a command about the profile would name all that comes in now; where they come in by another profile's they do not.
    pub is_wished: bool,
}

impl Telling<'_, '_> {
    pub fn tell(&self, violations: &BTreeSet<Violation>) -> Vec<Conflict> {
        let mut missing: BTreeMap<&PatchId, Vec<PatchId>> = BTreeMap::new();
        let mut needed: BTreeMap<PatchId, Vec<PatchId>> = BTreeMap::new();
        let mut exclusive: BTreeMap<&PatchId, Vec<PatchId>> = BTreeMap::new();
        let mut contained: BTreeMap<&PatchId, Vec<&PatchId>> = BTreeMap::new();
        let mut conflicts = Vec::new();
        for violation in violations {
            match violation {
                Violation::Missing(id, required) => match self.left(id, required) {
                    Some(left) => needed.entry(left).or_default().push(id.clone()),
                    None => missing.entry(id).or_default().push(required.clone()),
                },
                Violation::Exclusive(id, other) => exclusive.entry(id).or_default().push(other.clone()),
                Violation::Late(then, first) => conflicts.push(self.out_of_sequence(first, then)),
                Violation::Contained(id, by) => contained.entry(id).or_default().push(by),
            }
        }
        let place = |id: &PatchId| self.after.iter().position(|other| other == id);
        conflicts.extend(contained.into_iter().map(|(id, by)| {
            // Of a whole chain the last says enough.
            let by = by.into_iter().max_by_key(|by| place(by)).unwrap_or(id);
            Conflict::AlreadyContained { profile: self.profile.clone(), patch: id.clone(), by: by.clone() }
        }));
        conflicts.extend(missing.into_iter().map(|(id, missing)| self.prerequisite_missing(id, missing)));
        conflicts.extend(exclusive.into_iter().map(|(id, with)| self.exclusive(id, with)));
        conflicts.extend(needed.into_iter().map(|(id, mut by)| {
            by.dedup();
            let remove = with_dependents(self.knowledge, self.before, std::slice::from_ref(&id));
            Conflict::Needed { profile: self.profile.clone(), patch: id, by, remove }
        }));
        conflicts
    }

    /// The patch that leaves, and by which the requirement of one that stays was met.
    fn left(&self, id: &PatchId, required: &PatchId) -> Option<PatchId> {
        if !self.before.contains(id) {
            return None;
        }
        let met = |other: &&PatchId| *other == required || self.knowledge.contains(other, required);
        self.before.iter().filter(|other| !self.after.contains(other)).find(met).cloned()
    }

    fn incoming(&self) -> Vec<PatchId> {
        self.after.iter().filter(|id| !self.before.contains(id)).cloned().collect()
    }

    fn prerequisite_missing(&self, id: &PatchId, missing: Vec<PatchId>) -> Conflict {
        let with = match (self.is_wished, self.profile_is_new) {
            (_, true) => self.after.to_vec(),
            (true, false) => self.incoming(),
            (false, false) => Vec::new(),
        };
        let there: Vec<PatchId> = self.after.iter().filter(|id| !with.contains(id)).cloned().collect();
        let (apply, obtain) = self.knowledge.completing(&missing, &there, &with);
        Conflict::PrerequisiteMissing {
            profile: self.profile.clone(),
            profile_is_new: self.profile_is_new,
            patch: id.clone(),
            missing,
            apply,
            obtain,
        }
    }

    fn exclusive(&self, id: &PatchId, with: Vec<PatchId>) -> Conflict {
        let present: Vec<PatchId> = with.iter().filter(|other| self.before.contains(other)).cloned().collect();
        let remove = if present.len() == with.len() { with_dependents(self.knowledge, self.before, &present) } else { Vec::new() };
        Conflict::MutuallyExclusive { profile: self.profile.clone(), patch: id.clone(), with, remove }
    }

    fn out_of_sequence(&self, first: &PatchId, then: &PatchId) -> Conflict {
        let remove = with_dependents(self.knowledge, self.before, std::slice::from_ref(then));
        let mut back = self.incoming();
        back.extend(remove.iter().rev().cloned());
        let sorted = self.knowledge.sorted(&back);
        let apply = if sorted.circle.is_some() { Vec::new() } else { sorted.order };
        Conflict::OutOfSequence { profile: self.profile.clone(), first: first.clone(), then: then.clone(), remove, apply }
    }
}
