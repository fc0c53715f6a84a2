//! What patches say of each other, followed over as many steps as there are. Every walk has a list of what it has seen: metadata may go in circles, and
//! may be hundreds of steps long. It knows no profile.

use crate::home::Product;
use crate::names::PatchId;
use crate::patch::Patch;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

const NEAREST_MAX: usize = 3;

pub(super) struct Knowledge<'a> {
    pub product: &'a Product,
    known: &'a BTreeMap<PatchId, Patch>,
    /// Who says that it replaces a patch.
    replacers: BTreeMap<&'a PatchId, Vec<&'a PatchId>>,
    /// What was found of [`Knowledge::contained`]: every rule asks for it again.
    contained: RefCell<BTreeMap<PatchId, Rc<BTreeSet<&'a PatchId>>>>,
}

/// Patches in an order that all of them agree with.
pub(super) struct Sorted {
    pub order: Vec<PatchId>,
    /// Where there is none: patches of which each must come after the next, and the last after the first.
    pub circle: Option<Vec<PatchId>>,
}

impl<'a> Knowledge<'a> {
    pub fn new(product: &'a Product, known: &'a BTreeMap<PatchId, Patch>) -> Knowledge<'a> {
        let mut replacers: BTreeMap<&PatchId, Vec<&PatchId>> = BTreeMap::new();
        for (id, patch) in known {
            patch.replaces.iter().filter(|replaced| *replaced != id).for_each(|replaced| replacers.entry(replaced).or_default().push(id));
        }
        Knowledge { product, known, replacers, contained: RefCell::default() }
    }

    pub fn get(&self, id: &PatchId) -> Option<&'a Patch> {
        self.known.get(id)
    }

    pub fn bugs(&self, id: &PatchId) -> &'a [String] {
        self.get(id).map_or(&[], |patch| &patch.bugs)
    }

    pub fn is_wide(&self, id: &PatchId) -> bool {
        self.get(id).is_some_and(Patch::is_installation_wide)
    }

    pub fn is_of_product(&self, patch: &Patch) -> bool {
        patch.product == self.product.name
    }

    /// `10.3.6.0` is release 10.3.6.
    pub fn is_of_release(&self, patch: &Patch) -> bool {
        fn plain(release: &str) -> &str {
            release.trim().trim_end_matches(".0")
        }
        plain(&patch.release) == plain(&self.product.release)
    }

    /// It may be offered to somebody.
    fn is_valid(&self, patch: &Patch) -> bool {
        patch.withdrawn.is_none() && self.is_of_product(patch) && self.is_of_release(patch)
    }

    fn is_at_hand(&self, id: &PatchId) -> bool {
        self.get(id).is_some_and(|patch| patch.container.is_some() && self.is_valid(patch))
    }

    /// What a patch replaces, over all steps; not itself.
    pub fn contained(&self, id: &PatchId) -> Rc<BTreeSet<&'a PatchId>> {
        if let Some(found) = self.contained.borrow().get(id) {
            return Rc::clone(found);
        }
        let mut found = reached(self.replaced(id), |id| self.replaced(id));
        found.remove(id);
        let found = Rc::new(found);
        self.contained.borrow_mut().insert(id.clone(), Rc::clone(&found));
        found
    }

    fn replaced(&self, id: &PatchId) -> Vec<&'a PatchId> {
        self.get(id).map_or(Vec::new(), |patch| patch.replaces.iter().filter(|other| *other != id).collect())
    }

    pub fn contains(&self, one: &PatchId, other: &PatchId) -> bool {
        one != other && self.contained(one).contains(other)
    }

    /// Who replaces a patch, over all steps; not itself.
    fn replacing(&self, id: &PatchId) -> BTreeSet<&'a PatchId> {
        let replacers = |id: &PatchId| self.replacers.get(id).cloned().unwrap_or_default();
        let mut found = reached(replacers(id), replacers);
        found.remove(id);
        found
    }

    /// The last valid ones of those that replace a patch: none of them is itself withdrawn, or replaced by another valid one. Some that replace each
    /// other are told only where there is nothing better.
    pub fn replacements(&self, id: &PatchId) -> Vec<PatchId> {
        let mut valid = self.replacing(id);
        valid.retain(|id| self.get(id).is_some_and(|patch| self.is_valid(patch)));
        let outdated = reached(valid.iter().flat_map(|id| self.replaced(id)).collect(), |id| self.replaced(id));
        let mut last: Vec<PatchId> = valid.iter().filter(|id| !outdated.contains(*id)).map(|id| (*id).clone()).collect();
        if last.is_empty() {
            last.extend(valid.into_iter().cloned());
        }
        last
    }

    /// A valid patch that holds both, one that is at hand before others.
    pub fn merged(&self, one: &PatchId, other: &PatchId) -> Option<&'a PatchId> {
        let both = self.replacing(one).intersection(&self.replacing(other)).copied().collect::<Vec<_>>();
        let valid = both.into_iter().filter(|id| *id != one && *id != other && self.get(id).is_some_and(|patch| self.is_valid(patch)));
        valid.min_by_key(|id| (!self.is_at_hand(id), *id))
    }

    /// Whether one comes into effect over the other by what it says, or by what those say that it requires. That a requirement is met by a
    /// replacement does not count: whoever made the patch never saw that one.
    pub fn comes_over(&self, one: &PatchId, other: &PatchId) -> bool {
        let requires = |id: &PatchId| self.get(id).map_or(Vec::new(), |patch| patch.requires.iter().collect());
        let required = reached(requires(one), requires);
        let said = |id: &PatchId| self.get(id).is_some_and(|patch| patch.comes_after(other));
        one != other && (said(one) || required.into_iter().any(said))
    }

    /// What has to come in with these, which are missing, so that a list has them: patches at hand, in an order, and ids that must be obtained first.
    pub fn completing(&self, missing: &[PatchId], list: &[PatchId], with: &[PatchId]) -> (Vec<PatchId>, Vec<PatchId>) {
        let mut there: BTreeSet<&PatchId> = list.iter().collect();
        list.iter().for_each(|id| there.extend(self.contained(id).iter()));
        let (mut apply, mut obtain, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
        let mut open: Vec<&PatchId> = missing.iter().rev().collect();
        while let Some(id) = open.pop() {
            if there.contains(id) || !seen.insert(id) {
                continue;
            }
            let instead = || self.replacements(id).into_iter().find(|id| self.is_at_hand(id));
            let chosen = if self.is_at_hand(id) { Some(id.clone()) } else { instead() };
            match chosen.and_then(|id| self.known.get_key_value(&id)) {
                Some((chosen, patch)) => {
                    apply.push(chosen.clone());
                    open.extend(patch.requires.iter().rev());
                }
                None => obtain.push(id.clone()),
            }
        }
        apply.extend(with.iter().cloned());
        let mut once = BTreeSet::new();
        apply.retain(|id| once.insert(id.clone()));
        (self.sorted(&apply).order, obtain)
    }

    /// In the order given, but for what must come after another. No list says where a patch stands that is not in it.
    pub fn sorted(&self, ids: &[PatchId]) -> Sorted {
        let before = self.predecessors(ids);
        let mut followers: Vec<Vec<usize>> = vec![Vec::new(); ids.len()];
        let mut open: Vec<usize> = before.iter().map(BTreeSet::len).collect();
        before.iter().enumerate().for_each(|(at, before)| before.iter().for_each(|first| followers[*first].push(at)));
        let mut ready: BTreeSet<usize> = (0..ids.len()).filter(|at| open[*at] == 0).collect();
        let mut order: Vec<PatchId> = Vec::with_capacity(ids.len());
        while let Some(at) = ready.pop_first() {
            order.push(ids[at].clone());
            for follower in &followers[at] {
                open[*follower] -= 1;
                if open[*follower] == 0 {
                    ready.insert(*follower);
                }
            }
        }
        let left: Vec<usize> = (0..ids.len()).filter(|at| open[*at] > 0).collect();
        let circle = left.first().map(|first| circle(*first, &before, &open).into_iter().map(|at| ids[at].clone()).collect());
        order.extend(left.into_iter().map(|at| ids[at].clone()));
        Sorted { order, circle }
    }

    /// For each patch the places of those in the list that must come before it.
    fn predecessors(&self, ids: &[PatchId]) -> Vec<BTreeSet<usize>> {
        let places: BTreeMap<&PatchId, usize> = ids.iter().enumerate().map(|(at, id)| (id, at)).collect();
        let required = ids.iter().filter_map(|id| self.get(id)).flat_map(|patch| &patch.requires);
        // Required, and there in the shape of a replacement only.
        let absent: BTreeSet<&PatchId> = required.filter(|id| !places.contains_key(id)).collect();
        let mut stand_ins: BTreeMap<&PatchId, Vec<usize>> = BTreeMap::new();
        if !absent.is_empty() {
            for (at, id) in ids.iter().enumerate() {
                self.contained(id).iter().filter(|id| absent.contains(*id)).for_each(|id| stand_ins.entry(id).or_default().push(at));
            }
        }
        let of_one = |(at, id): (usize, &PatchId)| {
            let Some(patch) = self.get(id) else { return BTreeSet::new() };
            let named = patch.requires.iter().chain(&patch.after).filter_map(|id| places.get(id).copied());
            let replaced = patch.requires.iter().filter_map(|id| stand_ins.get(id)).flatten().copied();
            named.chain(replaced).filter(|first| *first != at).collect()
        };
        ids.iter().enumerate().map(of_one).collect()
    }

    /// Known patches of this product whose ids a slip of the fingers makes of this one.
    pub fn nearest(&self, id: &PatchId) -> Vec<PatchId> {
        let of_product = self.known.values().filter(|patch| self.is_of_product(patch));
        of_product.map(|patch| &patch.id).filter(|known| is_slip(id.as_str(), known.as_str())).take(NEAREST_MAX).cloned().collect()
    }
}

/// Some patches, and all that steps lead to from them.
fn reached<'a>(from: Vec<&'a PatchId>, steps: impl Fn(&PatchId) -> Vec<&'a PatchId>) -> BTreeSet<&'a PatchId> {
    let mut found = BTreeSet::new();
    let mut open = from;
    while let Some(id) = open.pop() {
        if found.insert(id) {
            open.extend(steps(id));
        }
    }
    found
}

/// From a place that was never ready, back along places that were not either, until one comes again.
fn circle(first: usize, before: &[BTreeSet<usize>], open: &[usize]) -> Vec<usize> {
    let mut path = vec![first];
    let mut places = BTreeMap::from([(first, 0)]);
    loop {
        let at = path[path.len() - 1];
        let next = *before[at].iter().find(|at| open[**at] > 0).expect("what is never ready waits for something that is never ready");
        if let Some(begin) = places.get(&next) {
            return path.split_off(*begin);
        }
        places.insert(next, path.len());
        path.push(next);
    }
}

/// One character differs, or the same ones stand in another order.
fn is_slip(one: &str, other: &str) -> bool {
    let differing = one.bytes().zip(other.bytes()).filter(|(one, other)| one != other).count();
    let sorted = |text: &str| {
        let mut bytes = text.as_bytes().to_vec();
        bytes.sort_unstable();
        bytes
    };
    differing == 1 || (differing > 0 && sorted(one) == sorted(other))
}
