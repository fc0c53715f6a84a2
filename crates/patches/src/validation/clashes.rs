//! What clashes in the planned lists by the bytes of the jars: which of it is settled by an order that the patches themselves tell, and which keeps the
//! wish from being carried out.

use super::conflict::{Conflict, Side};
use super::planning::Plan;
use super::rules::with_dependents;
use super::warning::Warning;
use super::{CLASH_NAMES_MAX, Clash, Clashing};
use crate::names::{PatchId, ProfileName};
use std::collections::BTreeSet;

impl Plan<'_> {
    pub(super) fn judge_clash(&mut self, clash: &Clash) {
        let profiles = self.meeting(clash);
        let Some(profile) = profiles.first() else { return };
        let list = self.all.get(profile).map_or(&[][..], Vec::as_slice);
        let place = |id: &PatchId| list.iter().position(|other| other == id);
        // Told of the one that comes in: where both do, of the later one.
        let rank = |id: &PatchId| (self.comes_in(id), place(id));
        let turned = rank(&clash.one) < rank(&clash.other);
        let (patch, other) = if turned { (&clash.other, &clash.one) } else { (&clash.one, &clash.other) };
        let files = if turned { (&clash.files.1, &clash.files.0) } else { (&clash.files.0, &clash.files.1) };
        let stood = self.met_before(clash);
        let over = self.knowledge.comes_over(patch, other);
        let under = self.knowledge.comes_over(other, patch);
        // One folder holds one jar of a name, whatever comes over what.
        if (over || under) && clash.what != Clashing::JarName {
            if !stood {
                let (patch, other) = if over && (!under || place(patch) > place(other)) { (patch, other) } else { (other, patch) };
                let (patch, other, names) = (patch.clone(), other.clone(), names(clash));
                self.warnings.push(Warning::Overrides { profiles, patch, other, what: clash.what, names, count: clash.count });
            }
            return;
        }
        let side = |id: &PatchId, file: &String| Side { id: id.clone(), bugs: self.knowledge.bugs(id).to_vec(), file: file.clone() };
        let merged = self.knowledge.merged(patch, other).filter(|id| !self.comes_in(id));
        let conflict = Conflict::Clash {
            patch: side(patch, files.0),
            other: side(other, files.1),
            what: clash.what,
            names: names(clash),
            count: clash.count,
            merged_is_downloaded: merged.and_then(|id| self.knowledge.get(id)).is_some_and(|patch| patch.container.is_some()),
            merged_by: merged.cloned(),
            // What requires the other would not go without it.
            remove: if over || under { Vec::new() } else { self.leaving_first(profile, other) },
            profile_is_new: !self.before.contains_key(profile),
            profiles,
        };
        // A list of a former generation was accepted with it.
        let was_accepted = self.generation.is_some() && !clash.what.is_shared();
        if stood || was_accepted {
            self.warnings.push(Warning::Standing { conflict: Box::new(conflict) });
        } else {
            self.conflicts.push(conflict);
        }
    }

    /// The profiles in which it takes effect; empty where it takes none. What there is once in a home clashes from one profile to another, and with
    /// patches of other products, of which nothing is known here.
    fn meeting(&self, clash: &Clash) -> Vec<ProfileName> {
        let (one, other) = (&clash.one, &clash.other);
        let all = self.all.iter();
        let both = |list: &Vec<PatchId>| list.contains(one) && list.contains(other);
        if !clash.what.is_shared() {
            let changed = all.filter(|(name, _)| self.changed.contains_key(*name));
            return changed.filter(|(_, list)| one != other && both(list)).map(|(name, _)| name.clone()).collect();
        }
        let somewhere = |id: &PatchId| self.all.values().any(|list| list.contains(id));
        let takes_part = |id: &PatchId| somewhere(id) || self.knowledge.get(id).is_none();
        if !takes_part(one) || !takes_part(other) || !(somewhere(one) || somewhere(other)) {
            return Vec::new();
        }
        let holding: Vec<ProfileName> =
            all.filter(|(_, list)| list.contains(one) || list.contains(other)).map(|(name, _)| name.clone()).collect();
        // Where both are in one profile, that is the one to speak of first.
        let (mut first, rest): (Vec<_>, Vec<_>) = holding.into_iter().partition(|name| self.all.get(name).is_some_and(both));
        first.extend(rest);
        first
    }

    fn met_before(&self, clash: &Clash) -> bool {
        // One that is not in every profile has an installed file by an archive, which is installed for the default profile alone.
        let is_archive = |id: &PatchId| clash.what == Clashing::InstalledFile && !self.knowledge.is_wide(id);
        let holds = |name: &ProfileName, list: &[PatchId], id: &PatchId| list.contains(id) && (name.is_default() || !is_archive(id));
        let there = |id: &PatchId| self.before.iter().any(|(name, list)| holds(name, list, id)) || self.knowledge.get(id).is_none();
        if clash.what.is_shared() {
            return there(&clash.one) && there(&clash.other);
        }
        let both = |list: &Vec<PatchId>| list.contains(&clash.one) && list.contains(&clash.other);
        // A profile in which they meet now and did not before makes it new.
        self.meeting(clash).iter().all(|name| self.before.get(name).is_some_and(both))
    }

    /// What would have to leave so that a patch does; nothing where it is not in the profile yet.
    fn leaving_first(&self, profile: &ProfileName, other: &PatchId) -> Vec<PatchId> {
        match self.before.get(profile) {
            Some(list) if list.contains(other) => with_dependents(&self.knowledge, list, std::slice::from_ref(other)),
            _ => Vec::new(),
        }
    }

    /// Whether it comes into any profile.
    fn comes_in(&self, id: &PatchId) -> bool {
        let lacked = |name: &ProfileName| !self.before.get(name).is_some_and(|list| list.contains(id));
        self.changed.iter().any(|(name, list)| list.contains(id) && lacked(name))
    }
}

fn names(clash: &Clash) -> Vec<String> {
    let mut once = BTreeSet::new();
    clash.names.iter().filter(|name| once.insert(*name)).take(CLASH_NAMES_MAX).cloned().collect()
}
