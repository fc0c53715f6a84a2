//! The judge of patch profiles: a report for every rule, and laws over random patches against rules written down a second time.

use patches::generation::Generation;
use patches::home::Product;
use patches::names::{Digest, PatchId, ProfileName, RelPath};
use patches::patch::{Container, Part, PartKind, Patch};
use patches::validation::{Clash, Clashing, Conflict, Profiles, Verdict, Warning, Wish, plan};
use std::collections::BTreeMap;

fn id(text: &str) -> PatchId {
    PatchId::new(text).unwrap()
}

fn ids(text: &str) -> Vec<PatchId> {
    text.split_whitespace().map(id).collect()
}

fn name(text: &str) -> ProfileName {
    ProfileName::new(text).unwrap()
}

fn product() -> Product {
    let patch_folder = RelPath::new("patch_wls1036").unwrap();
    Product { name: "wls".into(), version: "1036".into(), patch_folder, release: "10.3.6".into(), home: None }
}

fn part(kind: PartKind) -> Part {
    Part { member: RelPath::new("jars/a").unwrap(), digest: Digest::of(b"a"), bytes: 1, kind }
}

/// `HCE9 requires=2LZX,FMJJ excludes= replaces= after= bugs=7001 wide archive=lib withdrawn=why product= release= catalogue`
fn patch(line: &str) -> Patch {
    let mut words = line.split_whitespace();
    let id = id(words.next().unwrap());
    let container = Container { file: format!("{id}.jar"), digest: Digest::of(b"x"), bytes: 1 };
    let mut patch = Patch {
        id,
        product: "wls".into(),
        release: "10.3.6".into(),
        bugs: Vec::new(),
        description: String::new(),
        requires: Vec::new(),
        excludes: Vec::new(),
        replaces: Vec::new(),
        after: Vec::new(),
        withdrawn: None,
        parts: vec![part(PartKind::System)],
        container: Some(container),
    };
    for word in words {
        let (key, value) = word.split_once('=').unwrap_or((word, ""));
        let list = || value.split(',').map(|text| PatchId::new(text).unwrap()).collect();
        match key {
            "requires" => patch.requires = list(),
            "excludes" => patch.excludes = list(),
            "replaces" => patch.replaces = list(),
            "after" => patch.after = list(),
            "bugs" => patch.bugs = value.split(',').map(String::from).collect(),
            "wide" => patch.parts.push(part(PartKind::File { to: "$BEAHOME$/a".into() })),
            "archive" => patch.parts.push(part(PartKind::Archive { name: value.into(), version: "1.2".into(), to: String::new() })),
            "withdrawn" => patch.withdrawn = Some(value.replace('_', " ")),
            "product" => patch.product = value.into(),
            "release" => patch.release = value.into(),
            "catalogue" => (patch.container, patch.parts) = (None, Vec::new()),
            other => panic!("no such word: {other}"),
        }
    }
    patch
}

/// A home in a few lines: patches, then `profile: its patches`.
struct Scene {
    known: BTreeMap<PatchId, Patch>,
    generation: Generation,
}

fn generation(number: u32, profiles: &str) -> Generation {
    let mut generation = Generation { number, ..Generation::first(0) };
    for line in profiles.split(';').filter(|line| !line.trim().is_empty()) {
        let (profile, patches) = line.split_once(':').unwrap();
        generation.profiles.insert(name(profile.trim()), ids(patches));
    }
    generation
}

fn scene(patches: &str, profiles: &str) -> Scene {
    let known = patches.lines().map(str::trim).filter(|line| !line.is_empty()).map(patch).map(|patch| (patch.id.clone(), patch)).collect();
    Scene { known, generation: generation(4, profiles) }
}

impl Scene {
    fn judge_with(&self, wish: &Wish, clashes: &[Clash]) -> Result<Verdict, engine::failure::Failure> {
        let profiles = Profiles { product: &product(), generation: &self.generation, known: &self.known };
        Ok(plan(profiles, wish)?.judge(clashes))
    }

    fn judge(&self, wish: &Wish) -> Verdict {
        self.judge_with(wish, &[]).unwrap()
    }

    fn refused(&self, wish: &Wish) -> String {
        let failure = self.judge_with(wish, &[]).unwrap_err();
        format!("{failure} ({})", failure.hint)
    }
}

/// `apply HCE9 2LZX to Orders`, `remove HCE9 from Orders`, `create Orders with HCE9`, `delete Orders`
fn wish(text: &str) -> Wish<'static> {
    let (verb, rest) = text.split_once(' ').unwrap();
    let even_withdrawn = rest.ends_with(" even withdrawn");
    let rest = rest.trim_end_matches(" even withdrawn");
    let parts = |word: &str| {
        let (one, other) = rest.split_once(word).unwrap_or((rest, ""));
        (one.trim().to_string(), other.trim().to_string())
    };
    match verb {
        "apply" => {
            let (patches, profile) = parts(" to ");
            Wish::Apply { profile: name(&profile), patches: ids(&patches), even_withdrawn }
        }
        "remove" => {
            let (patches, profile) = parts(" from ");
            Wish::Remove { profile: name(&profile), patches: ids(&patches) }
        }
        "create" => {
            let (profile, patches) = parts(" with ");
            Wish::Create { name: name(&profile), patches: ids(&patches), even_withdrawn }
        }
        "delete" => Wish::Delete { name: name(rest) },
        other => panic!("no such wish: {other}"),
    }
}

/// One rule: what is known, what the profiles hold, and wishes.
type Rule = (&'static str, &'static str, &'static str, &'static [&'static str]);

const RULES: &[Rule] = &[
    (
        "who_may_come_in",
        "AAAA bugs=7001
         BBBB product=ocp
         CCCC release=10.3.3 bugs=7003
         DDDD catalogue bugs=7004
         EEEE release=10.3.6.0",
        "default: AAAA; Orders:",
        &[
            "apply AAAB to Orders",
            "apply ZZZZ to Orders",
            "apply BBBB CCCC DDDD to Orders",
            "apply AAAA to default",
            "apply AAAA to DEFAULT",
            "apply EEEE EEEE to Orders",
        ],
    ),
    (
        "what_leaves_must_be_there",
        "AAAA
         BBBB",
        "default: AAAA; Orders:",
        &["remove AAAA from Orders", "remove BBBB from Orders", "remove AAAA from default", "remove ZZZZ from default"],
    ),
    (
        "prerequisites",
        "AAAA
         BBBB requires=AAAA
         CCCC requires=BBBB
         DDDD requires=NONE
         EEEE catalogue
         FFFF requires=EEEE
         GGGG requires=AAAA,EEEE
         HHHH replaces=EEEE",
        "default:; Orders: AAAA",
        &[
            "apply CCCC to default",
            "apply CCCC to Orders",
            "apply CCCC BBBB AAAA to default",
            "apply DDDD to Orders",
            "apply FFFF to Orders",
            "apply GGGG HHHH to default",
            "create New with CCCC",
        ],
    ),
    (
        "several_in_one_go_are_put_in_order",
        "AAAA after=BBBB
         BBBB
         CCCC after=DDDD
         DDDD after=EEEE
         EEEE after=CCCC
         FFFF requires=FFFF",
        "default:",
        &["apply FFFF AAAA BBBB to default", "apply CCCC FFFF DDDD EEEE to default", "apply EEEE CCCC to default"],
    ),
    (
        "exclusion_counts_in_both_directions",
        "AAAA excludes=BBBB
         BBBB
         CCCC excludes=AAAA
         DDDD requires=BBBB",
        "default: BBBB DDDD; Orders:",
        &["apply AAAA to default", "apply CCCC AAAA BBBB to Orders", "apply AAAA to Orders"],
    ),
    (
        "sequence",
        "AAAA after=BBBB
         BBBB
         CCCC requires=AAAA
         DDDD after=EEEE
         EEEE after=DDDD",
        "default: AAAA CCCC; Orders: DDDD",
        &["apply BBBB to default", "apply EEEE to Orders", "apply BBBB to Orders"],
    ),
    (
        "replacing",
        "AAAA
         BBBB replaces=AAAA
         CCCC replaces=BBBB
         DDDD requires=AAAA
         EEEE excludes=AAAA replaces=AAAA
         FFFF replaces=GGGG
         GGGG replaces=FFFF",
        "default: AAAA DDDD; Orders: CCCC DDDD",
        &[
            "apply BBBB to default",
            "apply CCCC to default",
            "apply AAAA BBBB CCCC to default",
            "apply AAAA to Orders",
            "apply EEEE to default",
            "remove CCCC DDDD from Orders",
            "remove CCCC from Orders",
            "apply FFFF GGGG to default",
        ],
    ),
    (
        "superseded_and_withdrawn",
        "AAAA
         BBBB replaces=AAAA
         CCCC replaces=BBBB
         DDDD replaces=CCCC withdrawn=it_loses_messages
         EEEE withdrawn=it_was_built_wrong",
        "default:; Orders:",
        &["apply AAAA to default", "apply DDDD to default", "apply EEEE to default", "apply DDDD to default even withdrawn"],
    ),
    (
        "what_another_needs_stays",
        "AAAA
         BBBB requires=AAAA
         CCCC requires=BBBB",
        "default: AAAA BBBB CCCC; Orders: AAAA",
        &["remove AAAA from default", "remove AAAA BBBB CCCC from default", "remove AAAA from Orders"],
    ),
    (
        "installed_files_are_in_every_profile",
        "AAAA wide
         BBBB
         CCCC wide requires=BBBB
         DDDD wide excludes=EEEE
         EEEE
         FFFF wide replaces=AAAA
         GGGG replaces=AAAA
         HHHH requires=AAAA",
        "default: AAAA BBBB; Orders: AAAA EEEE; Web: AAAA HHHH",
        &[
            "apply CCCC to default",
            "apply DDDD to default",
            "apply FFFF to Orders",
            "apply GGGG to default",
            "remove AAAA from Orders",
            "create Empty",
            "create Clone with BBBB AAAA",
            "create Wide with FFFF",
            "delete Web",
        ],
    ),
    (
        "shared_archives_wait_in_custom_profiles",
        "AAAA archive=orders",
        "default:; Orders:",
        &["apply AAAA to default", "apply AAAA to Orders"],
    ),
    (
        "bugs_that_two_mend",
        "AAAA bugs=7001,7002
         BBBB bugs=7001
         CCCC bugs=7001,7002,7003
         DDDD",
        "default: AAAA; Orders:",
        &["apply BBBB to default", "apply CCCC to default", "apply DDDD to default", "apply AAAA BBBB to Orders"],
    ),
    (
        "a_profile_that_would_do",
        "AAAA
         BBBB",
        "default: AAAA BBBB; Orders: BBBB AAAA",
        &["create New with AAAA BBBB", "create New with AAAA"],
    ),
    (
        "what_was_wrong_before_does_not_hold_up",
        "AAAA excludes=BBBB
         BBBB requires=NONE
         CCCC",
        "default: AAAA BBBB",
        &["apply CCCC to default", "remove AAAA from default"],
    ),
];

#[test]
fn every_rule_has_its_report() {
    for (rule, patches, profiles, wishes) in RULES {
        let scene = scene(patches, profiles);
        let mut report = String::new();
        for line in patches.lines() {
            report += &format!("  {}\n", line.trim());
        }
        report += &format!("  {profiles}\n");
        for text in *wishes {
            report += &format!("\n> {text}\n{}", scene.judge(&wish(text)).text());
        }
        insta::assert_snapshot!(*rule, report);
    }
}

#[test]
fn names_of_profiles_are_refused_with_what_there_is() {
    let scene = scene("AAAA", "default:; Orders:");
    let wishes = ["apply AAAA to Sales", "delete Default", "delete Sales", "create DEFAULT", "create oRDERS", "apply  to Orders"];
    let mut told: Vec<String> = wishes.iter().map(|text| scene.refused(&wish(text))).collect();
    let former = generation(2, "Web:");
    told.push(scene.refused(&Wish::Restore { profile: Some(name("Orders")), generation: &former }));
    let kept = BTreeMap::from([(2, former)]);
    told.push(patches::validation::kept(&kept, 9).map(|_| String::new()).unwrap_err().to_string());
    insta::assert_snapshot!("refusals", told.join("\n"));
}

#[test]
fn going_back_is_refused_only_where_it_cannot_be_carried_out() {
    let patches = "AAAA wide\nBBBB withdrawn=bad\nCCCC excludes=BBBB\nDDDD catalogue\nEEEE";
    let now = scene(patches, "default: AAAA; Orders: AAAA EEEE; Web: AAAA");
    let cases = [
        (Some("Orders"), "default: AAAA; Orders: AAAA BBBB CCCC"),
        (Some("Orders"), "default: ; Orders: BBBB"),
        (Some("Orders"), "default: AAAA; Orders: AAAA DDDD ZZZZ"),
        (Some("Gone"), "default: AAAA; Gone: AAAA BBBB"),
        (None, "default: ; Orders: BBBB"),
        (None, "default: AAAA; Orders: AAAA EEEE; Web: AAAA"),
    ];
    let mut report = String::new();
    for (profile, lists) in cases {
        let to = generation(2, lists);
        let verdict = now.judge(&Wish::Restore { profile: profile.map(name), generation: &to });
        report += &format!("> {} to {lists}\n{}\n", profile.unwrap_or("all"), verdict.text());
    }
    insta::assert_snapshot!("going_back", report);
}

fn clash(one: &str, other: &str, what: Clashing, count: usize) -> Clash {
    let names = (0..count.min(20)).map(|number| format!("com.example.Order{number}")).collect();
    let files = (format!("jars/{}.jar", one.to_lowercase()), format!("jars/{}.jar", other.to_lowercase()));
    Clash { one: id(one), other: id(other), what, names, count, files }
}

#[test]
fn clashes_are_told_with_what_would_help() {
    let patches = "AAAA bugs=7001
         BBBB bugs=7002
         CCCC requires=BBBB
         DDDD requires=CCCC
         EEEE bugs=7005
         FFFF replaces=AAAA,EEEE catalogue
         GGGG wide
         HHHH wide";
    let scene = scene(patches, "default: GGGG AAAA; Orders: GGGG BBBB CCCC");
    let cases = [
        ("apply BBBB to default", clash("AAAA", "BBBB", Clashing::Class, 23)),
        ("apply EEEE to default", clash("EEEE", "AAAA", Clashing::Native, 1)),
        // DDDD requires CCCC, which requires BBBB.
        ("apply DDDD to Orders", clash("BBBB", "DDDD", Clashing::Class, 2)),
        ("apply AAAA EEEE to Orders", clash("AAAA", "EEEE", Clashing::Archive, 1)),
        ("apply HHHH to Orders", clash("GGGG", "HHHH", Clashing::InstalledFile, 1)),
        // Another product's, of which nothing is known here.
        ("apply HHHH to Orders", clash("HHHH", "OCP1", Clashing::InstalledFile, 1)),
        // One of the name is in the other profile.
        ("apply AAAA to Orders", clash("AAAA", "CCCC", Clashing::JarName, 1)),
        ("apply DDDD to Orders", clash("DDDD", "CCCC", Clashing::JarName, 1)),
        // Not in one profile, so no clash.
        ("apply EEEE to Orders", clash("AAAA", "EEEE", Clashing::Class, 1)),
        // They were there before.
        ("apply EEEE to Orders", clash("BBBB", "CCCC", Clashing::Class, 1)),
        ("apply EEEE to Orders", clash("BBBB", "GGGG", Clashing::Class, 1)),
        ("create Both with AAAA EEEE", clash("AAAA", "EEEE", Clashing::Class, 1)),
    ];
    let mut report = String::new();
    for (text, clash) in cases {
        let verdict = scene.judge_with(&wish(text), std::slice::from_ref(&clash)).unwrap();
        report += &format!("> {text}, where {} and {} differ in {:?}\n{}\n", clash.one, clash.other, clash.what, verdict.text());
    }
    insta::assert_snapshot!("clashes", report);
}

#[test]
fn a_refused_verdict_is_a_failure_with_a_line_for_each_conflict() {
    let scene = scene("AAAA excludes=BBBB\nBBBB\nCCCC requires=DDDD", "default:; Orders: BBBB");
    let clashes = [clash("AAAA", "BBBB", Clashing::Class, 1)];
    let verdict = scene.judge_with(&wish("apply AAAA CCCC to Orders"), &clashes).unwrap();
    insta::assert_snapshot!("verdict_as_json", serde_json::to_string_pretty(&verdict).unwrap());
    let failure = verdict.cleared().unwrap_err();
    assert_eq!(failure.code, "patch-conflict");
    assert_eq!(failure.message, "3 conflicts keep AAAA, CCCC from profile Orders");
    assert!(failure.evidence.iter().any(|line| line.message == "Patch AAAA is mutually exclusive and cannot coexist with patch(es): BBBB"));
    assert!(failure.evidence.iter().any(|line| line.object == "AAAA" && line.file == "jars/aaaa.jar"));
    assert_eq!(failure.evidence.len(), 3);
    assert!(!failure.hint.is_empty());
}

#[test]
fn foreign_text_stays_on_its_line() {
    let mut scene = scene("AAAA", "default:");
    let reason = format!("bad\n\u{1b}[2Jx\u{202e}{}", "y".repeat(1000));
    scene.known.get_mut(&id("AAAA")).unwrap().withdrawn = Some(reason);
    let sentence = scene.judge(&wish("apply AAAA to default")).conflicts[0].sentence();
    assert!(sentence.len() < 300 && !sentence.contains(['\n', '\u{1b}', '\u{202e}']), "{sentence:?}");
}

#[test]
fn what_would_resolve_a_conflict_does() {
    let scene = scene("AAAA\nBBBB requires=AAAA\nCCCC requires=BBBB\nDDDD after=CCCC\nEEEE requires=DDDD", "default: DDDD EEEE");
    let verdict = scene.judge(&wish("apply CCCC to default"));
    let apply = verdict.conflicts.iter().find_map(|conflict| match conflict {
        Conflict::PrerequisiteMissing { apply, .. } => Some(apply.clone()),
        _ => None,
    });
    let again = scene.judge(&Wish::Apply { profile: name("default"), patches: apply.unwrap(), even_withdrawn: false });
    let Some(Conflict::OutOfSequence { remove, apply, .. }) = again.conflicts.first().cloned() else { panic!("{}", again.text()) };
    assert_eq!(again.conflicts.len(), 1, "{}", again.text());
    let removed = scene.judge(&Wish::Remove { profile: name("default"), patches: remove });
    assert!(removed.is_clear(), "{}", removed.text());
    let scene = Scene { generation: Generation { profiles: removed.profiles, ..scene.generation }, known: scene.known };
    let applied = scene.judge(&Wish::Apply { profile: name("default"), patches: apply, even_withdrawn: false });
    assert!(applied.is_clear(), "{}", applied.text());
    assert_eq!(applied.profiles[&name("default")], ids("AAAA BBBB CCCC DDDD EEEE"));
}

/// Chains as long as a home of many years has: no stack is used up, and a person does not wait.
#[test]
fn long_chains_are_walked_in_steps() {
    let at = |number: usize| format!("{number:04}");
    for relation in ["requires", "replaces", "after", "excludes"] {
        let line = |number: usize| if number == 0 { at(0) } else { format!("{} {relation}={}", at(number), at(number - 1)) };
        let patches: String = (0..500).map(|number| line(number) + "\n").collect();
        let all: Vec<String> = (0..500).rev().map(at).collect();
        let scene = scene(&patches, "default:");
        let verdict = scene.judge(&wish(&format!("apply {} to default", all.join(" "))));
        let left_over = if relation == "replaces" { 1 } else { 500 };
        assert_eq!(verdict.profiles[&name("default")].len(), left_over);
        assert_eq!(verdict.is_clear(), relation != "excludes");
        let present = Generation { profiles: BTreeMap::from([(name("default"), ids(&all.join(" ")))]), ..scene.generation };
        let scene = Scene { generation: present, known: scene.known };
        let removed = scene.judge(&wish("remove 0000 from default"));
        assert!(removed.warnings.len() + removed.conflicts.len() <= 1_000);
    }
}

mod laws;
