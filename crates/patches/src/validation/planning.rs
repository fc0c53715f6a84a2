//! From a wish to the lists that the profiles would have, by what the patches say of each other. What their jars hold is not known here.

use super::conflict::Conflict;
use super::knowledge::Knowledge;
use super::refusal::{Refusal, existing, may_be_created};
use super::rules::{Telling, Violation, violations};
use super::warning::{Change, Warning};
use super::{Clash, Profiles, Verdict, Wish, joined, would_do};
use crate::generation::Generation;
use crate::names::{PatchId, ProfileName};
use crate::patch::PartKind;
use engine::failure::Failure;
use std::collections::{BTreeMap, BTreeSet};

type Lists = BTreeMap<ProfileName, Vec<PatchId>>;

/// The lists that a wish would make, before anything is known of clashes in them.
pub struct Plan<'a> {
    pub(super) knowledge: Knowledge<'a>,
    pub(super) before: &'a Lists,
    /// Every profile as it would be.
    pub(super) all: Lists,
    /// Those of them that are new or have another list.
    pub(super) changed: Lists,
    pub(super) warnings: Vec<Warning>,
    pub(super) conflicts: Vec<Conflict>,
    /// The generation to go back to.
    pub(super) generation: Option<&'a Generation>,
    /// Whom the wish is about; none where it is about all.
    profile: Option<ProfileName>,
    aim: String,
}

/// Makes the plan of a wish. Refused is only what makes no sense for the profiles as they are; all else is for the verdict to tell.
pub fn plan<'a>(profiles: Profiles<'a>, wish: &Wish<'a>) -> Result<Plan<'a>, Failure> {
    Ok(planned(profiles, wish)?)
}

fn planned<'a>(profiles: Profiles<'a>, wish: &Wish<'a>) -> Result<Plan<'a>, Refusal> {
    let mut plan = Plan {
        knowledge: Knowledge::new(profiles.product, profiles.known),
        before: &profiles.generation.profiles,
        all: profiles.generation.profiles.clone(),
        changed: Lists::new(),
        warnings: Vec::new(),
        conflicts: Vec::new(),
        generation: None,
        profile: None,
        aim: String::new(),
    };
    match wish {
        Wish::Apply { profile, patches, even_withdrawn } => {
            let profile = existing(profiles.generation, profile)?;
            let named = plan.named(patches)?;
            plan.aim = format!("{} from profile {profile}", joined(patches));
            plan.apply(&profile, &named, *even_withdrawn);
            plan.profile = Some(profile);
        }
        Wish::Remove { profile, patches } => {
            let profile = existing(profiles.generation, profile)?;
            let named = plan.named(patches)?;
            plan.aim = format!("{} in profile {profile}", joined(patches));
            plan.remove(&profile, &named);
            plan.profile = Some(profile);
        }
        Wish::Restore { profile, generation } => plan.restore(profiles.generation, profile.as_ref(), generation)?,
        Wish::Create { name, patches, even_withdrawn } => {
            may_be_created(profiles.generation, name)?;
            plan.aim = format!("profile {name} from being created");
            let named = if patches.is_empty() { Vec::new() } else { plan.named(patches)? };
            plan.create(profiles.generation, name, &named, *even_withdrawn);
            plan.profile = Some(name.clone());
        }
        Wish::Delete { name } => {
            let name = existing(profiles.generation, name)?;
            if name.is_default() {
                return Err(Refusal::DefaultDeleted);
            }
            plan.aim = format!("profile {name} from being deleted");
            plan.all.remove(&name);
        }
    }
    plan.finish();
    Ok(plan)
}

impl<'a> Plan<'a> {
    /// The whole list of every profile that changes or is new: what clashes in these is to be judged.
    pub fn changed(&self) -> &BTreeMap<ProfileName, Vec<PatchId>> {
        &self.changed
    }

    /// Every profile as it would be: installed files and jars' names clash across all of them.
    pub fn all(&self) -> &BTreeMap<ProfileName, Vec<PatchId>> {
        &self.all
    }

    /// The verdict, with what clashes in the lists. Clashes that are none there are not told.
    pub fn judge(mut self, clashes: &[Clash]) -> Verdict {
        clashes.iter().for_each(|clash| self.judge_clash(clash));
        let first = self.profile.clone();
        // The profile that the wish is about says the order; what only others get follows.
        let order = |lists: &Lists| {
            let mut names: Vec<ProfileName> = lists.keys().cloned().collect();
            names.sort_by_key(|name| Some(name) != first.as_ref());
            names
        };
        let lacks = |list: Option<&Vec<PatchId>>, id: &PatchId| !list.is_some_and(|list| list.contains(id));
        let (mut applied, mut removed) = (Once::default(), Once::default());
        for name in order(&self.changed) {
            let (before, after) = (self.before.get(&name), self.changed.get(&name));
            after.into_iter().flatten().filter(|id| lacks(before, id)).for_each(|id| applied.push(id));
            before.into_iter().flatten().filter(|id| lacks(after, id)).for_each(|id| removed.push(id));
        }
        Verdict {
            deleted: self.before.keys().filter(|name| !self.all.contains_key(*name)).cloned().collect(),
            profiles: self.changed,
            applied: applied.ids,
            removed: removed.ids,
            warnings: self.warnings,
            conflicts: self.conflicts,
            aim: self.aim,
        }
    }

    /// What the wish names, each once; those of which nothing is known are conflicts and stay out of the lists.
    fn named(&mut self, patches: &[PatchId]) -> Result<Vec<PatchId>, Refusal> {
        let mut once = Once::default();
        patches.iter().for_each(|id| once.push(id));
        if once.ids.is_empty() {
            return Err(Refusal::NoPatch);
        }
        // An applied one of which the records tell nothing can leave all the same.
        let (known, unknown): (Vec<_>, Vec<_>) =
            once.ids.into_iter().partition(|id| self.knowledge.get(id).is_some() || self.before.values().any(|list| list.contains(id)));
        unknown.into_iter().for_each(|patch| self.unknown(patch));
        Ok(known)
    }

    fn unknown(&mut self, patch: PatchId) {
        let nearest = self.knowledge.nearest(&patch);
        self.conflicts.push(Conflict::UnknownPatch { patch, product: self.knowledge.product.label(), nearest });
    }

    fn apply(&mut self, profile: &ProfileName, named: &[PatchId], even_withdrawn: bool) {
        for id in named {
            let wide = self.knowledge.is_wide(id);
            let there = self.all.iter().filter(|(name, _)| wide || *name == profile).all(|(_, list)| list.contains(id));
            if there {
                self.warnings.push(Warning::Already { profile: profile.clone(), patch: id.clone() });
            }
        }
        let fresh: Vec<PatchId> = named.iter().filter(|id| !self.all[profile].contains(id)).cloned().collect();
        self.bring_in(profile, named);
        self.check_validity(profile, &fresh, even_withdrawn);
    }

    fn create(&mut self, generation: &'a Generation, name: &ProfileName, named: &[PatchId], even_withdrawn: bool) {
        let mut start = Once::default();
        let mut lists: Vec<(&ProfileName, &Vec<PatchId>)> = generation.profiles.iter().collect();
        lists.sort_by_key(|(name, _)| !name.is_default());
        lists
            .iter()
            .flat_map(|(_, list)| *list)
            .filter(|id| self.knowledge.is_wide(id) && !named.contains(id))
            .for_each(|id| start.push(id));
        named.iter().for_each(|id| start.push(id));
        self.all.insert(name.clone(), Vec::new());
        self.bring_in(name, &start.ids);
        self.check_validity(name, named, even_withdrawn);
        let profiles = would_do(generation, &self.all[name]);
        if !profiles.is_empty() {
            self.warnings.push(Warning::WouldDo { name: name.clone(), profiles });
        }
    }

    /// Puts patches into a profile, those that change installed files into all; what they replace leaves.
    fn bring_in(&mut self, profile: &ProfileName, named: &[PatchId]) {
        // Two that replace each other stay both, and are a conflict.
        let replaces = |one: &PatchId, other: &PatchId| self.knowledge.contains(one, other) && !self.knowledge.contains(other, one);
        let mut replaced: BTreeMap<ProfileName, BTreeMap<PatchId, Vec<PatchId>>> = BTreeMap::new();
        let mut everywhere: BTreeSet<PatchId> = BTreeSet::new();
        let mut coming: Lists = Lists::new();
        for (name, list) in &self.all {
            let wanted = |id: &&PatchId| (name == profile || self.knowledge.is_wide(id)) && !list.contains(id);
            let here: Vec<&PatchId> = named.iter().filter(wanted).collect();
            let stays: Vec<&PatchId> = here.iter().copied().filter(|id| !here.iter().any(|by| replaces(by, id))).collect();
            for out in list.iter().chain(here.iter().copied()) {
                let Some(by) = stays.iter().find(|id| replaces(id, out)) else { continue };
                let was_somewhere = self.before.values().any(|list| list.contains(out));
                if list.contains(out) || (was_somewhere && self.knowledge.is_wide(out)) {
                    replaced.entry(name.clone()).or_default().entry((*by).clone()).or_default().push(out.clone());
                } else {
                    self.warnings.push(Warning::LeftOut { profile: name.clone(), patch: out.clone(), by: (*by).clone() });
                }
                if self.knowledge.is_wide(out) {
                    everywhere.insert(out.clone());
                }
            }
            coming.insert(name.clone(), stays.into_iter().cloned().collect());
        }
        for (name, list) in &mut self.all {
            let sorted = self.knowledge.sorted(&coming[name]);
            if let Some(patches) = sorted.circle {
                self.conflicts.push(Conflict::Circle { profile: name.clone(), patches });
            }
            let out: BTreeSet<&PatchId> = replaced.get(name).into_iter().flat_map(BTreeMap::values).flatten().chain(&everywhere).collect();
            list.retain(|id| !out.contains(id));
            list.extend(sorted.order.into_iter().filter(|id| !everywhere.contains(id)));
        }
        // A new profile never had them.
        for (profile, by_patch) in replaced.into_iter().filter(|(profile, _)| self.before.contains_key(profile)) {
            let told = by_patch.into_iter().map(|(patch, replaced)| Warning::Replaced { profile: profile.clone(), patch, replaced });
            self.warnings.extend(told);
        }
    }

    fn remove(&mut self, profile: &ProfileName, named: &[PatchId]) {
        for id in named {
            let holding: Vec<ProfileName> = self.all.iter().filter(|(_, list)| list.contains(id)).map(|(name, _)| name.clone()).collect();
            let wide = self.knowledge.is_wide(id);
            if holding.is_empty() || !(wide || holding.contains(profile)) {
                self.warnings.push(Warning::NotThere { profile: profile.clone(), patch: id.clone(), elsewhere: holding });
                continue;
            }
            let leaving = self.all.iter_mut().filter(|(name, _)| wide || *name == profile);
            leaving.for_each(|(_, list)| list.retain(|other| other != id));
            let known =
                |replaced: &&PatchId| *replaced != id && self.knowledge.get(replaced).is_some_and(|patch| patch.container.is_some());
            let replaced: Vec<PatchId> =
                self.knowledge.get(id).into_iter().flat_map(|patch| &patch.replaces).filter(known).cloned().collect();
            if !replaced.is_empty() {
                self.warnings.push(Warning::StaysAway { patch: id.clone(), replaced });
            }
        }
    }

    fn restore(&mut self, now: &Generation, profile: Option<&ProfileName>, to: &'a Generation) -> Result<(), Refusal> {
        self.generation = Some(to);
        let Some(profile) = profile else {
            self.aim = format!("the profiles from generation {}", to.number);
            self.all = to.profiles.clone();
            let gone = self.before.keys().filter(|name| !to.profiles.contains_key(*name));
            self.warnings.extend(gone.map(|name| Warning::ProfileGoes { profile: name.clone(), generation: to.number }));
            return Ok(());
        };
        let name = existing(to, profile).map_err(|_| Refusal::NotInGeneration {
            name: profile.clone(),
            number: to.number,
            known: to.profiles.keys().cloned().collect(),
        })?;
        if !now.profiles.contains_key(&name) {
            may_be_created(now, &name)?;
        }
        self.aim = format!("profile {name} from generation {}", to.number);
        let wide = |list: &[PatchId]| list.iter().filter(|id| self.knowledge.is_wide(id)).cloned().collect::<BTreeSet<_>>();
        let then = wide(to.patches(&name));
        let others: BTreeSet<PatchId> = now.profiles.iter().filter(|(other, _)| **other != name).flat_map(|(_, list)| wide(list)).collect();
        let alone = now.profiles.keys().all(|other| *other == name);
        if !alone && then != others {
            self.conflicts.push(Conflict::InstallationWideDiffers {
                profile: name.clone(),
                generation: to.number,
                without: others.difference(&then).cloned().collect(),
                with: then.difference(&others).cloned().collect(),
            });
        }
        self.all.insert(name.clone(), to.patches(&name).to_vec());
        self.profile = Some(name);
        Ok(())
    }

    /// Withdrawn and superseded, told of what the wish itself names: what a profile starts with by itself nobody chose.
    fn check_validity(&mut self, profile: &ProfileName, named: &[PatchId], even_withdrawn: bool) {
        let list = &self.all[profile];
        let listed: Vec<&PatchId> = named.iter().filter(|id| list.contains(id)).collect();
        // That what replaces it is there as well is a conflict of its own.
        let is_contained = |id: &PatchId| list.iter().any(|other| self.knowledge.contains(other, id));
        let contained: BTreeSet<&PatchId> = listed.iter().copied().filter(|id| is_contained(id)).collect();
        for id in listed {
            let withdrawn = self.knowledge.get(id).and_then(|patch| patch.withdrawn.as_ref());
            let instead = self.knowledge.replacements(id);
            match withdrawn {
                Some(_) if even_withdrawn => self.tell_withdrawn(id),
                Some(reason) => self.conflicts.push(Conflict::Withdrawn { patch: id.clone(), reason: reason.clone(), instead }),
                None if instead.is_empty() || contained.contains(id) => {}
                None => self.warnings.push(Warning::Superseded { patch: id.clone(), by: instead }),
            }
        }
    }

    fn tell_withdrawn(&mut self, id: &PatchId) {
        if let Some(reason) = self.knowledge.get(id).and_then(|patch| patch.withdrawn.as_ref()) {
            let instead = self.knowledge.replacements(id);
            self.warnings.push(Warning::EvenWithdrawn { patch: id.clone(), reason: reason.clone(), instead });
        }
    }

    /// What every wish is checked for, once its lists stand.
    fn finish(&mut self) {
        let differs = |(name, list): &(&ProfileName, &Vec<PatchId>)| self.before.get(*name) != Some(*list);
        self.changed = self.all.iter().filter(differs).map(|(name, list)| (name.clone(), list.clone())).collect();
        let mut coming = Once::default();
        for (name, list) in &self.changed {
            let before = self.before.get(name);
            list.iter().filter(|id| !before.is_some_and(|before| before.contains(id))).for_each(|id| coming.push(id));
        }
        coming.ids.iter().for_each(|id| self.check_incoming(id));
        if self.generation.is_some() {
            coming.ids.iter().for_each(|id| self.tell_withdrawn(id));
        }
        let changed: Vec<ProfileName> = self.changed.keys().cloned().collect();
        changed.iter().for_each(|name| self.check_rules(name));
        changed.iter().for_each(|name| self.remark(name));
        self.tell_wide_changes(&coming.ids);
    }

    /// Whether a patch can come into any profile of this product at all.
    fn check_incoming(&mut self, id: &PatchId) {
        let Some(patch) = self.knowledge.get(id) else {
            return self.unknown(id.clone());
        };
        let product = self.knowledge.product;
        if !self.knowledge.is_of_product(patch) {
            let (made_for, product) = (patch.product.clone(), product.name.clone());
            self.conflicts.push(Conflict::WrongProduct { patch: id.clone(), made_for, product });
        } else if !self.knowledge.is_of_release(patch) {
            self.conflicts.push(Conflict::WrongRelease {
                patch: id.clone(),
                bugs: patch.bugs.clone(),
                made_for: patch.release.clone(),
                product: product.name.clone(),
                release: product.release.clone(),
            });
        } else if patch.container.is_none() && patch.parts.is_empty() && !self.before.values().any(|list| list.contains(id)) {
            // One that the vendor's tool applied has no container: whether its files are there is seen when they are looked for.
            self.conflicts.push(Conflict::NotDownloaded { patch: id.clone(), bugs: patch.bugs.clone() });
        }
    }

    fn check_rules(&mut self, name: &ProfileName) {
        let before = self.before.get(name).map_or(&[][..], Vec::as_slice);
        let stood = violations(&self.knowledge, before);
        let mut found = violations(&self.knowledge, &self.all[name]);
        for conflict in &self.conflicts {
            // That there is no order says already that this one is wrong.
            if let Conflict::Circle { profile, patches } = conflict
                && profile == name
            {
                found.retain(
                    |violation| !matches!(violation, Violation::Late(one, other) if patches.contains(one) && patches.contains(other)),
                );
            }
        }
        let telling = Telling {
            knowledge: &self.knowledge,
            profile: name,
            before,
            after: &self.all[name],
            profile_is_new: !self.before.contains_key(name),
            is_wished: self.profile.as_ref() == Some(name),
        };
        let (standing, new): (BTreeSet<_>, BTreeSet<_>) =
            found.into_iter().partition(|violation| self.generation.is_some() || stood.contains(violation));
        let standing = telling.tell(&standing).into_iter().map(|conflict| Warning::Standing { conflict: Box::new(conflict) });
        let (standing, new): (Vec<_>, Vec<_>) = (standing.collect(), telling.tell(&new));
        self.warnings.extend(standing);
        self.conflicts.extend(new);
    }

    /// Shared archives, and bugs that two patches mend.
    fn remark(&mut self, name: &ProfileName) {
        let before = self.before.get(name).map_or(&[][..], Vec::as_slice);
        let list = &self.all[name];
        let mut warnings = Vec::new();
        for id in list.iter().filter(|id| !before.contains(id)) {
            let Some(patch) = self.knowledge.get(id) else { continue };
            let archives: Vec<String> = patch.parts.iter().filter_map(|part| archive(&part.kind)).collect();
            if !archives.is_empty() && !name.is_default() {
                warnings.push(Warning::SharedArchive { profile: name.clone(), patch: id.clone(), archives });
            }
            warnings.extend(list.iter().filter_map(|other| self.bugs_contained(name, id, other, before.contains(other))));
        }
        self.warnings.extend(warnings);
    }

    fn bugs_contained(&self, profile: &ProfileName, id: &PatchId, other: &PatchId, other_was_there: bool) -> Option<Warning> {
        let (mine, its) = (self.knowledge.bugs(id), self.knowledge.bugs(other));
        let within = |inner: &[String], outer: &[String]| !inner.is_empty() && inner.iter().all(|bug| outer.contains(bug));
        // Of two that come in together each is looked at in its turn.
        let (patch, by) = match (within(its, mine), within(mine, its)) {
            (true, _) if other_was_there || its.len() < mine.len() || id > other => (other, id),
            (false, true) if other_was_there => (id, other),
            _ => return None,
        };
        let said = id == other || self.knowledge.contains(id, other) || self.knowledge.contains(other, id);
        (!said).then(|| Warning::BugsContained { profile: profile.clone(), patch: patch.clone(), by: by.clone() })
    }

    /// With more than one profile somebody may not expect that others change as well.
    fn tell_wide_changes(&mut self, coming: &[PatchId]) {
        if self.before.len() < 2 || self.generation.is_some() {
            return;
        }
        let profiles = |holds: &dyn Fn(&ProfileName) -> bool| -> Vec<ProfileName> {
            self.changed.keys().filter(|name| self.before.contains_key(*name) && holds(name)).cloned().collect()
        };
        let was = |name: &ProfileName, id: &PatchId| self.before.get(name).is_some_and(|list| list.contains(id));
        let mut leaving = Once::default();
        self.before.values().flatten().filter(|id| !self.all.values().any(|list| list.contains(id))).for_each(|id| leaving.push(id));
        let changes = [(coming, Change::Applied), (&leaving.ids[..], Change::Removed)];
        let mut warnings = Vec::new();
        for (ids, change) in changes {
            for id in ids.iter().filter(|id| self.knowledge.is_wide(id)) {
                let applied = change == Change::Applied;
                let profiles = profiles(&|name| was(name, id) != applied && self.all[name].contains(id) == applied);
                if !profiles.is_empty() {
                    warnings.push(Warning::EveryProfile { patch: id.clone(), change, profiles });
                }
            }
        }
        self.warnings.extend(warnings);
    }
}

fn archive(kind: &PartKind) -> Option<String> {
    match kind {
        PartKind::Archive { name, version, .. } if version.is_empty() => Some(name.clone()),
        PartKind::Archive { name, version, .. } => Some(format!("{name} {version}")),
        _ => None,
    }
}

/// A list in which nothing stands twice.
#[derive(Default)]
struct Once {
    ids: Vec<PatchId>,
    seen: BTreeSet<PatchId>,
}

impl Once {
    fn push(&mut self, id: &PatchId) {
        if self.seen.insert(id.clone()) {
            self.ids.push(id.clone());
        }
    }
}
