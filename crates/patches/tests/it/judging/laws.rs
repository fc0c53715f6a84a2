//! Laws over random patches and random wishes. The rules are written down a second time here, in the plainest way, over tables of a few patches.

use super::*;
use proptest::prelude::*;

const COUNT: usize = 7;

fn nth(number: usize) -> PatchId {
    id(&format!("PAT{number}"))
}

fn number(id: &PatchId) -> usize {
    id.as_str()[3..].parse().unwrap()
}

/// What patch `[i]` says of `[j]`.
#[derive(Clone, Debug)]
struct Universe {
    requires: [[bool; COUNT]; COUNT],
    excludes: [[bool; COUNT]; COUNT],
    after: [[bool; COUNT]; COUNT],
    replaces: [[bool; COUNT]; COUNT],
    wide: [bool; COUNT],
    withdrawn: [bool; COUNT],
}

impl Universe {
    fn known(&self) -> BTreeMap<PatchId, Patch> {
        let said = |row: &[bool; COUNT]| (0..COUNT).filter(|other| row[*other]).map(nth).collect::<Vec<_>>();
        let one = |at: usize| {
            let mut patch = patch(&format!("PAT{at}{}", if self.wide[at] { " wide" } else { "" }));
            patch.requires = said(&self.requires[at]);
            patch.excludes = said(&self.excludes[at]);
            patch.after = said(&self.after[at]);
            patch.replaces = said(&self.replaces[at]);
            patch.withdrawn = self.withdrawn[at].then(|| "bad".to_string());
            (patch.id.clone(), patch)
        };
        (0..COUNT).map(one).collect()
    }

    /// `[i][j]`: i replaces j, over all steps, by trying all middles.
    fn contained(&self) -> [[bool; COUNT]; COUNT] {
        let mut all = self.replaces;
        for middle in 0..COUNT {
            for i in 0..COUNT {
                for j in 0..COUNT {
                    all[i][j] |= all[i][middle] && all[middle][j];
                }
            }
        }
        all
    }

    fn meets(&self, list: &[usize], required: usize) -> bool {
        let contained = self.contained();
        list.iter().any(|at| *at == required || contained[*at][required])
    }

    /// Every rule that a list breaks, in words.
    fn broken(&self, list: &[usize]) -> Vec<String> {
        let contained = self.contained();
        let mut broken = Vec::new();
        for (place, one) in list.iter().enumerate() {
            for required in (0..COUNT).filter(|other| self.requires[*one][*other] && other != one) {
                if !self.meets(list, required) {
                    broken.push(format!("{one} lacks {required}"));
                }
            }
            for (other_place, other) in list.iter().enumerate().filter(|(_, other)| *other != one) {
                let says_after = self.after[*one][*other] || self.requires[*one][*other];
                if says_after && other_place > place {
                    broken.push(format!("{other} is after {one}"));
                }
                if self.excludes[*one][*other] {
                    broken.push(format!("{one} with {other}"));
                }
                if contained[*one][*other] {
                    broken.push(format!("{other} is in {one}"));
                }
            }
        }
        broken
    }

    fn wide_of(&self, list: &[usize]) -> Vec<usize> {
        let mut wide: Vec<usize> = list.iter().copied().filter(|at| self.wide[*at]).collect();
        wide.sort_unstable();
        wide
    }
}

fn numbers(list: &[PatchId]) -> Vec<usize> {
    list.iter().map(number).collect()
}

/// A table in which about one in `one_in` is said, never of itself but for rare nonsense.
fn table(one_in: u32) -> impl Strategy<Value = [[bool; COUNT]; COUNT]> {
    let cell = (0..one_in).prop_map(|draw| draw == 0);
    proptest::collection::vec(cell, COUNT * COUNT).prop_map(|cells| std::array::from_fn(|i| std::array::from_fn(|j| cells[i * COUNT + j])))
}

fn flags(one_in: u32) -> impl Strategy<Value = [bool; COUNT]> {
    proptest::collection::vec((0..one_in).prop_map(|draw| draw == 0), COUNT).prop_map(|cells| std::array::from_fn(|i| cells[i]))
}

fn universe() -> impl Strategy<Value = Universe> {
    (table(12), table(20), table(14), table(18), flags(4), flags(12)).prop_map(|(requires, excludes, after, replaces, wide, withdrawn)| {
        Universe { requires, excludes, after, replaces, wide, withdrawn }
    })
}

#[derive(Clone, Debug)]
enum Act {
    Apply(usize, Vec<usize>, bool),
    Remove(usize, Vec<usize>),
    Create(usize, Vec<usize>),
    Delete(usize),
    Restore(Option<usize>, usize),
}

const PROFILES: [&str; 3] = ["default", "Orders", "Web"];

fn act() -> impl Strategy<Value = Act> {
    let patches = || proptest::collection::vec(0..COUNT, 1..4);
    let profile = || 0..PROFILES.len();
    prop_oneof![
        6 => (profile(), patches(), any::<bool>()).prop_map(|(profile, patches, even)| Act::Apply(profile, patches, even)),
        3 => (profile(), patches()).prop_map(|(profile, patches)| Act::Remove(profile, patches)),
        2 => (profile(), patches()).prop_map(|(profile, patches)| Act::Create(profile, patches)),
        1 => profile().prop_map(Act::Delete),
        1 => (proptest::option::of(profile()), any::<usize>()).prop_map(|(profile, number)| Act::Restore(profile, number)),
    ]
}

fn wished<'a>(act: &Act, former: &'a [Generation]) -> Wish<'a> {
    let profile = |at: &usize| name(PROFILES[*at]);
    let patches = |list: &[usize]| list.iter().map(|at| nth(*at)).collect();
    match act {
        Act::Apply(at, list, even_withdrawn) => {
            Wish::Apply { profile: profile(at), patches: patches(list), even_withdrawn: *even_withdrawn }
        }
        Act::Remove(at, list) => Wish::Remove { profile: profile(at), patches: patches(list) },
        Act::Create(at, list) => Wish::Create { name: profile(at), patches: patches(list), even_withdrawn: false },
        Act::Delete(at) => Wish::Delete { name: profile(at) },
        Act::Restore(at, number) => Wish::Restore { profile: at.as_ref().map(profile), generation: &former[number % former.len()] },
    }
}

/// The generation that carrying out a verdict makes.
fn carried_out(generation: &Generation, verdict: &Verdict) -> Generation {
    let mut next = Generation { number: generation.number + 1, ..generation.clone() };
    next.profiles.retain(|name, _| !verdict.deleted.contains(name));
    next.profiles.extend(verdict.profiles.clone());
    next
}

/// Each conflict names what is really so in the lists that would be.
fn is_so(universe: &Universe, before: &Generation, after: &Generation, conflict: &Conflict) -> bool {
    let list = |profile: &ProfileName| numbers(after.patches(profile));
    let place = |profile: &ProfileName, id: &PatchId| list(profile).iter().position(|at| *at == number(id));
    let contained = universe.contained();
    match conflict {
        Conflict::PrerequisiteMissing { profile, patch, missing, .. } => {
            place(profile, patch).is_some()
                && missing.iter().all(|id| universe.requires[number(patch)][number(id)] && !universe.meets(&list(profile), number(id)))
        }
        Conflict::MutuallyExclusive { profile, patch, with, .. } => with.iter().all(|other| {
            let (one, other_number) = (number(patch), number(other));
            place(profile, patch).is_some()
                && place(profile, other).is_some()
                && (universe.excludes[one][other_number] || universe.excludes[other_number][one])
        }),
        Conflict::OutOfSequence { profile, first, then, .. } => {
            let said = universe.after[number(then)][number(first)] || universe.requires[number(then)][number(first)];
            said && place(profile, first) > place(profile, then) && place(profile, then).is_some()
        }
        Conflict::AlreadyContained { profile, patch, by } => {
            contained[number(by)][number(patch)] && place(profile, patch).is_some() && place(profile, by).is_some()
        }
        Conflict::Needed { profile, patch, by, remove } => {
            let lacks = |id: &PatchId| (0..COUNT).any(|at| universe.requires[number(id)][at] && !universe.meets(&list(profile), at));
            let all_gone: Vec<usize> = numbers(before.patches(profile)).into_iter().filter(|at| !remove.contains(&nth(*at))).collect();
            before.patches(profile).contains(patch)
                && place(profile, patch).is_none()
                && by.iter().all(|id| place(profile, id).is_some() && lacks(id))
                && universe.broken(&all_gone).is_empty()
        }
        Conflict::Circle { patches, .. } => (0..patches.len()).all(|at| {
            let (one, next) = (number(&patches[at]), number(&patches[(at + 1) % patches.len()]));
            let stands_in = (0..COUNT).any(|required| universe.requires[one][required] && contained[next][required]);
            patches.len() > 1 && (universe.after[one][next] || universe.requires[one][next] || stands_in)
        }),
        Conflict::InstallationWideDiffers { profile, .. } => {
            let mine = universe.wide_of(&list(profile));
            after.profiles.keys().filter(|other| *other != profile).any(|other| universe.wide_of(&list(other)) != mine)
        }
        Conflict::Withdrawn { patch, .. } => universe.withdrawn[number(patch)],
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_clear_verdict_keeps_every_rule_and_a_conflict_is_really_one(universe in universe(), acts in proptest::collection::vec(act(), 1..14)) {
        let known = universe.known();
        let product = product();
        let mut former = vec![Generation::first(0)];
        for act in &acts {
            let now = former.last().unwrap().clone();
            let profiles = Profiles { product: &product, generation: &now, known: &known };
            let Ok(planned) = plan(profiles, &wished(act, &former)) else { continue };
            let verdict = planned.judge(&[]);
            let next = carried_out(&now, &verdict);
            for conflict in &verdict.conflicts {
                prop_assert!(is_so(&universe, &now, &next, conflict), "{act:?}: {conflict:?}\nfrom {:?}", now.profiles);
            }
            prop_assert!(!verdict.warnings.iter().any(|warning| matches!(warning, Warning::Standing { .. })), "{}", verdict.text());
            if !verdict.is_clear() {
                continue;
            }
            let mut wide: Vec<Vec<usize>> = next.profiles.values().map(|list| universe.wide_of(&numbers(list))).collect();
            wide.dedup();
            prop_assert_eq!(wide.len(), 1, "{:?}: {:?}", act, next.profiles);
            for list in next.profiles.values() {
                let broken = universe.broken(&numbers(list));
                prop_assert!(broken.is_empty(), "{act:?}: {broken:?} in {list:?}");
            }
            prop_assert_eq!(verdict.is_nothing_to_do(), next.profiles == now.profiles);
            former.push(next);
        }
    }

    #[test]
    fn one_more_patch_is_taken_just_where_the_rules_allow_it(universe in universe(), present in proptest::collection::vec(0..COUNT, 0..5), one in 0..COUNT) {
        let known = universe.known();
        let product = product();
        let mut now = Generation::first(0);
        for at in present {
            let profiles = Profiles { product: &product, generation: &now, known: &known };
            let wish = Wish::Apply { profile: name("default"), patches: vec![nth(at)], even_withdrawn: true };
            let verdict = plan(profiles, &wish).unwrap().judge(&[]);
            if verdict.is_clear() {
                now = carried_out(&now, &verdict);
            }
        }
        let list = numbers(now.patches(&name("default")));
        if list.contains(&one) {
            return Ok(());
        }
        let contained = universe.contained();
        let mut wanted: Vec<usize> = list.into_iter().filter(|at| !contained[one][*at] || contained[*at][one]).collect();
        wanted.push(one);
        let profiles = Profiles { product: &product, generation: &now, known: &known };
        let wish = Wish::Apply { profile: name("default"), patches: vec![nth(one)], even_withdrawn: true };
        let verdict = plan(profiles, &wish).unwrap().judge(&[]);
        prop_assert_eq!(verdict.is_clear(), universe.broken(&wanted).is_empty(), "{} in {:?}", verdict.text(), now.profiles);
        prop_assert_eq!(numbers(&verdict.profiles[&name("default")]), wanted);
    }

    #[test]
    fn what_comes_in_leaves_again_without_a_trace(universe in universe(), acts in proptest::collection::vec(act(), 1..10)) {
        let known = universe.known();
        let product = product();
        let mut former = vec![Generation::first(0)];
        for act in &acts {
            let now = former.last().unwrap().clone();
            let profiles = Profiles { product: &product, generation: &now, known: &known };
            let Ok(planned) = plan(profiles, &wished(act, &former)) else { continue };
            let verdict = planned.judge(&[]);
            if !verdict.is_clear() {
                continue;
            }
            let next = carried_out(&now, &verdict);
            if let Act::Apply(at, _, _) = act
                && verdict.removed.is_empty()
                && !verdict.applied.is_empty()
            {
                let profiles = Profiles { product: &product, generation: &next, known: &known };
                let again = Wish::Apply { profile: name(PROFILES[*at]), patches: verdict.applied.clone(), even_withdrawn: false };
                prop_assert!(plan(profiles, &again).unwrap().judge(&[]).is_nothing_to_do());
                let back = Wish::Remove { profile: name(PROFILES[*at]), patches: verdict.applied.clone() };
                let back = plan(profiles, &back).unwrap().judge(&[]);
                prop_assert!(back.is_clear(), "{}", back.text());
                prop_assert_eq!(&carried_out(&next, &back).profiles, &now.profiles);
            }
            former.push(next);
        }
    }

    #[test]
    fn any_clashes_leave_a_verdict(universe in universe(), act in act(), clashes in proptest::collection::vec((0..COUNT + 1, 0..COUNT + 1, 0..5usize, 0..40usize), 0..6)) {
        let known = universe.known();
        let product = product();
        let now = generation(1, "Orders:");
        let former = [now.clone()];
        let kinds = [Clashing::Class, Clashing::Native, Clashing::InstalledFile, Clashing::Archive, Clashing::JarName];
        let clashes: Vec<Clash> = clashes
            .iter()
            .map(|(one, other, kind, count)| super::clash(nth(*one).as_str(), nth(*other).as_str(), kinds[*kind], *count))
            .collect();
        let Ok(planned) = plan(Profiles { product: &product, generation: &now, known: &known }, &wished(&act, &former)) else { return Ok(()) };
        let all = planned.all().clone();
        let verdict = planned.judge(&clashes);
        for conflict in &verdict.conflicts {
            let Conflict::Clash { profiles, patch, what, .. } = conflict else { continue };
            prop_assert!(profiles.iter().all(|profile| all.contains_key(profile)));
            prop_assert!(what.is_shared() || profiles.iter().all(|profile| all[profile].contains(&patch.id)));
        }
        prop_assert!(!verdict.text().is_empty());
    }
}
