//! Which files two jars of different patches both hold with different bytes. One sort of what has to be compared, whatever the number of jars.

use super::Indexed;
use super::index::Member;
use crate::validation::{CLASH_NAMES_MAX, Clash, Clashing};
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};

/// What a comparison of jars says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// One for each two jars that hold a class with different bytes.
    pub clashes: Vec<Clash>,
    /// Other files of which different patches hold different ones; at most [`CLASH_NAMES_MAX`]. No conflict: a class loader gives all of them to whoever
    /// asks for all, as for lists of services, and texts of one name seldom matter.
    pub resources: Vec<String>,
    pub resources_count: usize,
}

/// Compares every new jar with every other one, new or present; those that are present are not compared with each other. All against all is
/// `clashes(all, &[])`. In a clash, `one` stands before `other` in the list of the present and then the new ones.
pub fn clashes(new: &[Indexed], present: &[Indexed]) -> Compared {
    let jars: Vec<&Indexed> = present.iter().chain(new).collect();
    let mut compared = Compared::default();
    let mut pairs: BTreeMap<(usize, usize), Names> = BTreeMap::new();
    for group in holders(new, present).chunk_by(|one, other| one.member.path == other.member.path) {
        // Whole libraries are in many patches unchanged.
        if group.iter().all(|holder| holder.same_bytes(&group[0])) {
            continue;
        }
        let differing = group.iter().enumerate().flat_map(|(place, one)| group[place + 1..].iter().map(move |other| (one, other)));
        let mut differing = differing
            .filter(|(one, other)| {
                !one.same_bytes(other) && other.jar >= present.len() && jars[one.jar].jar.patch != jars[other.jar].jar.patch
            })
            .peekable();
        match class_name(&group[0].member.path) {
            Some(class) => differing.for_each(|(one, other)| pairs.entry((one.jar, other.jar)).or_default().add(&class)),
            None if differing.peek().is_some() => {
                compared.resources_count += 1;
                if compared.resources.len() < CLASH_NAMES_MAX {
                    compared.resources.push(group[0].member.path.to_string());
                }
            }
            None => {}
        }
    }
    compared.clashes = pairs.into_iter().map(|((one, other), names)| names.clash(jars[one], jars[other])).collect();
    compared
}

/// One jar's file of some path.
struct Holder<'a> {
    member: &'a Member,
    jar: usize,
}

impl Holder<'_> {
    fn same_bytes(&self, other: &Holder) -> bool {
        (self.member.content, self.member.bytes) == (other.member.content, other.member.bytes)
    }
}

/// Whatever a new jar holds, and whoever else does, by path and then in the order of the jars.
fn holders<'a>(new: &'a [Indexed], present: &'a [Indexed]) -> Vec<Holder<'a>> {
    let members = |indexed: &'a Indexed| indexed.index.members().iter();
    let mut holders = Vec::new();
    if !present.is_empty() {
        let asked: HashSet<&str> = new.iter().flat_map(members).map(|member| &*member.path).collect();
        for (jar, indexed) in present.iter().enumerate() {
            let shared = members(indexed).filter(|member| asked.contains(&*member.path));
            holders.extend(shared.map(|member| Holder { member, jar }));
        }
    }
    for (place, indexed) in new.iter().enumerate() {
        holders.extend(members(indexed).map(|member| Holder { member, jar: present.len() + place }));
    }
    holders.sort_unstable_by(|one, other| (&one.member.path, one.jar).cmp(&(&other.member.path, other.jar)));
    holders
}

/// `com.example.Order` of `com/example/Order.class`; nothing for a file that is no class, or one that no class path asks for.
fn class_name(path: &str) -> Option<String> {
    let plain = path.strip_suffix(".class")?;
    if plain.rsplit('/').next() == Some("module-info") {
        return None;
    }
    let versioned = plain.strip_prefix("META-INF/versions/").and_then(|rest| rest.split_once('/'));
    Some(match versioned {
        Some((version, class)) => format!("{} (for Java {version})", class.replace('/', ".")),
        None => plain.replace('/', "."),
    })
}

/// Names of the classes that two jars clash in.
#[derive(Default)]
struct Names {
    first: Vec<String>,
    count: usize,
}

impl Names {
    fn add(&mut self, name: &str) {
        self.count += 1;
        if self.first.len() < CLASH_NAMES_MAX {
            self.first.push(name.to_string());
        }
    }

    fn clash(self, one: &Indexed, other: &Indexed) -> Clash {
        Clash {
            one: one.jar.patch.clone(),
            other: other.jar.patch.clone(),
            what: Clashing::Class,
            names: self.first,
            count: self.count,
            files: (one.jar.file.clone(), other.jar.file.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Index, Jar, Limits, index};
    use super::*;
    use crate::names::{Digest, PatchId};
    use proptest::prelude::*;
    use std::io::Cursor;
    use std::sync::Arc;

    /// A jar `<patch>.jar` that holds these files: path and text.
    fn indexed(patch: &str, files: &[(&str, &str)]) -> Indexed {
        let files: Vec<(&str, &[u8])> = files.iter().map(|(path, text)| (*path, text.as_bytes())).collect();
        let bytes = index::tests::jar(&files);
        let index = Arc::new(Index::of(Cursor::new(&bytes), &Limits::default()).unwrap());
        Indexed { jar: Jar { patch: PatchId::new(patch).unwrap(), file: format!("{patch}.jar"), digest: Digest::of(&bytes) }, index }
    }

    fn told(compared: &Compared) -> Vec<String> {
        let lines = compared.clashes.iter();
        lines.map(|clash| format!("{} {} {} {}", clash.files.0, clash.files.1, clash.count, clash.names.join(","))).collect()
    }

    #[test]
    fn a_class_with_other_bytes_is_a_clash_and_one_with_the_same_is_not() {
        let aaaa =
            indexed("AAAA", &[("com/x/Order.class", "1"), ("com/x/Order$Line.class", "1"), ("com/x/Same.class", "1"), ("x.xml", "1")]);
        let bbbb =
            indexed("BBBB", &[("com/x/Order.class", "2"), ("com/x/Order$Line.class", "22"), ("com/x/Same.class", "1"), ("x.xml", "2")]);
        let compared = clashes(std::slice::from_ref(&bbbb), std::slice::from_ref(&aaaa));
        assert_eq!(told(&compared), ["AAAA.jar BBBB.jar 2 com.x.Order$Line,com.x.Order"]);
        assert_eq!((&compared.resources[..], compared.resources_count), (&["x.xml".to_string()][..], 1));
        let clash = &compared.clashes[0];
        assert_eq!((clash.one.as_str(), clash.other.as_str(), clash.what), ("AAAA", "BBBB", Clashing::Class));
        assert_eq!(clashes(&[aaaa, bbbb], &[]), compared);
    }

    #[test]
    fn jars_of_one_patch_and_those_that_were_there_before_are_not_held_against_each_other() {
        let one = indexed("AAAA", &[("A.class", "1")]);
        let two = indexed("AAAA", &[("A.class", "2")]);
        let three = indexed("BBBB", &[("A.class", "3")]);
        assert!(clashes(&[one.clone(), two.clone()], &[]).clashes.is_empty());
        assert_eq!(clashes(&[], &[one.clone(), three.clone()]), Compared::default());
        let new = indexed("CCCC", &[("A.class", "1"), ("B.class", "1")]);
        assert_eq!(told(&clashes(&[new], &[one, two, three])), ["AAAA.jar CCCC.jar 1 A", "BBBB.jar CCCC.jar 1 A"]);
    }

    #[test]
    fn names_are_those_that_a_person_knows_and_not_too_many() {
        let paths: Vec<String> = (0..30).map(|number| format!("p/C{number:02}.class")).collect();
        let all =
            |text| indexed(if text == "1" { "AAAA" } else { "BBBB" }, &paths.iter().map(|path| (path.as_str(), text)).collect::<Vec<_>>());
        let compared = clashes(&[all("1"), all("2")], &[]);
        assert_eq!((compared.clashes[0].names.len(), compared.clashes[0].count), (CLASH_NAMES_MAX, 30));
        assert_eq!(class_name("META-INF/versions/11/com/x/A.class").unwrap(), "com.x.A (for Java 11)");
        assert_eq!(class_name("A.class").unwrap(), "A");
        assert!(["module-info.class", "META-INF/versions/9/module-info.class", "a/A.java"].iter().all(|path| class_name(path).is_none()));
    }

    proptest! {
        /// Jar by jar and class by class, as slowly as one likes.
        #[test]
        fn it_says_what_comparing_each_two_jars_says(
            jars in proptest::collection::vec((0..4usize, proptest::collection::btree_map(0..6u8, 0..3u8, 0..6)), 0..8), new in 0..8usize
        ) {
            let jars: Vec<Indexed> = jars.iter().map(|(patch, files)| {
                let files: Vec<(String, String)> = files.iter().map(|(path, text)| (format!("C{path}.class"), text.to_string())).collect();
                let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
                indexed(["AAAA", "BBBB", "CCCC", "DDDD"][*patch], &files)
            }).collect();
            let present = jars.len() - new.min(jars.len());
            let mut expected = Vec::new();
            for (place, one) in jars.iter().enumerate() {
                for other in jars[place + 1..].iter().skip(present.saturating_sub(place + 1)).filter(|other| other.jar.patch != one.jar.patch) {
                    let differs = |member: &&Member| other.index.get(&member.path).is_some_and(|its| its.content != member.content);
                    let names: Vec<_> = one.index.members().iter().filter(differs).map(|member| member.path.replace(".class", "")).collect();
                    if !names.is_empty() {
                        expected.push(format!("{} {} {} {}", one.jar.file, other.jar.file, names.len(), names.join(",")));
                    }
                }
            }
            prop_assert_eq!(told(&clashes(&jars[present..], &jars[..present])), expected);
        }
    }
}
