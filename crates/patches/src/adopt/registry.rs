//! Reads the vendor's own record of what it applied, `registry/patch-registry.xml`, as far as it is known: one `patchInstallEntry` for each applied
//! patch. Where in an entry its words stand is not known for sure, so every attribute and text of it is looked at.

use crate::disk;
use crate::home::{Home, Product};
use crate::names::{PatchId, ProfileName};
use crate::xml::{self, Limits, XmlError};
use engine::failure::{self, Failure};
use roxmltree::Node;
use std::collections::BTreeSet;

const LIMITS: Limits = Limits::CATALOGUE;

/// One patch in one profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub id: PatchId,
    pub profile: ProfileName,
    /// Names of jars that stand in it.
    pub jars: Vec<String>,
    pub bugs: Vec<String>,
}

/// The entries in their order, with what a person should know of those that were not understood.
pub fn read(home: &Home, product: &Product) -> Result<(Vec<Entry>, Vec<String>), Failure> {
    let path = product.patch_folder.join("registry/patch-registry.xml").expect("plain names").below(&home.root);
    let Some(bytes) = disk::read_if_there(&path, LIMITS.bytes_max as u64)? else { return Ok((Vec::new(), Vec::new())) };
    let refused = |reason: String| {
        Failure::new(&failure::HOME_DAMAGED, format!("cannot read the vendor's record {}: {reason}", path.display()))
            .hint("see with the vendor's tool whether it still reads it; packwright never writes it")
    };
    entries(&bytes).map_err(|error| refused(error.to_string()))
}

fn entries(bytes: &[u8]) -> Result<(Vec<Entry>, Vec<String>), XmlError> {
    let text = xml::text(bytes, &LIMITS)?;
    let document = xml::parse(&text, &LIMITS)?;
    let (mut found, mut remarks) = (Vec::new(), Vec::new());
    for node in document.descendants().filter(|node| is_named(node, "patchinstallentry")) {
        let words = words(&node);
        let Some(id) = patch_id(&words) else {
            remarks.push("an entry of the vendor's record names no patch, and is left out".to_string());
            continue;
        };
        found.push(Entry { id, profile: profile(&words), jars: jars(&words), bugs: bugs(&words) });
    }
    Ok((found, remarks))
}

/// A word of an entry: what it is called by, and the word.
struct Word<'a> {
    name: String,
    value: &'a str,
}

fn words<'a>(entry: &Node<'a, '_>) -> Vec<Word<'a>> {
    let mut found = Vec::new();
    for node in entry.descendants() {
        if let Some(text) = node.text().map(str::trim).filter(|text| !text.is_empty() && node.is_element()) {
            found.push(Word { name: plain(node.tag_name().name()), value: text });
        }
        for attribute in node.attributes() {
            // `<profile name="Orders"/>` names a profile, not a name.
            let own = plain(attribute.name());
            let name = if ["name", "id", "value"].contains(&own.as_str()) { plain(node.tag_name().name()) + &own } else { own };
            found.push(Word { name, value: attribute.value().trim() });
        }
    }
    found
}

fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

fn is_named(node: &Node, name: &str) -> bool {
    node.is_element() && plain(node.tag_name().name()) == name
}

fn patch_id(words: &[Word]) -> Option<PatchId> {
    let called = |word: &&Word| word.name.contains("patch") && word.name.contains("id") || word.name == "id";
    let or_any_id = words.iter().filter(|word| word.name.ends_with("id"));
    words.iter().filter(called).chain(or_any_id).find_map(|word| PatchId::new(word.value).ok())
}

fn profile(words: &[Word]) -> ProfileName {
    let called = words.iter().filter(|word| word.name.contains("profile"));
    // The last part, should it be the profile's folder.
    let named = called.filter_map(|word| ProfileName::new(word.value.rsplit(['/', '\\']).next()?).ok()).next();
    named.filter(|profile| !profile.is_default()).unwrap_or_else(ProfileName::default_profile)
}

fn jars(words: &[Word]) -> Vec<String> {
    let paths = words.iter().flat_map(|word| word.value.split([' ', ',', ';', '\n', '\t']));
    let names: BTreeSet<&str> = paths.filter_map(|path| path.rsplit(['/', '\\']).next()).filter(|name| name.ends_with(".jar")).collect();
    // A patch's own container is called by its id, and no manifest jar is one of its jars.
    let is_payload = |name: &&str| PatchId::new(name.trim_end_matches(".jar")).is_err() && !name.starts_with("weblogic_");
    names.into_iter().filter(is_payload).map(String::from).collect()
}

fn bugs(words: &[Word]) -> Vec<String> {
    let called = words.iter().filter(|word| ["cr", "crs", "bug", "bugs", "bugnumber"].iter().any(|name| word.name.starts_with(name)));
    let numbers = called.flat_map(|word| word.value.split([' ', ',', ';'])).map(|number| number.trim_start_matches("CR"));
    numbers
        .filter(|number| (4..=12).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit()))
        .map(String::from)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn entries_are_read_wherever_their_words_stand() {
        let by_attributes = r#"<registry><patchInstallEntry patchId="HCE9" profile="Default" crs="CR12345, 67890">
            <file path="patch_wls1036\patch_jars\bug1.jar"/><container>HCE9.jar</container></patchInstallEntry></registry>"#;
        let by_children = r#"<r:x xmlns:r="made-up"><r:patchInstallEntry><r:patch id="HCE9"/><r:profile name="default"/><r:bug>12345</r:bug>
            <r:bug>67890</r:bug><r:jars>/mw/patch_jars/bug1.jar</r:jars></r:patchInstallEntry></r:x>"#;
        let expected = Entry {
            id: PatchId::new("HCE9").unwrap(),
            profile: ProfileName::default_profile(),
            jars: vec!["bug1.jar".into()],
            bugs: vec!["12345".into(), "67890".into()],
        };
        for text in [by_attributes, by_children] {
            assert_eq!(entries(text.as_bytes()).unwrap(), (vec![expected.clone()], Vec::new()));
        }
    }

    #[test]
    fn an_entry_without_a_patch_is_told_and_one_of_a_custom_profile_is_its() {
        let text =
            "<r><patchInstallEntry/><patchInstallEntry><patchID>AB12</patchID><patchProfile>Orders</patchProfile></patchInstallEntry></r>";
        let (found, remarks) = entries(text.as_bytes()).unwrap();
        assert_eq!((found.len(), found[0].profile.as_str(), remarks.len()), (1, "Orders", 1));
    }

    #[test]
    fn entities_are_refused() {
        assert!(entries("<!DOCTYPE r [<!ENTITY a \"b\">]><r>&a;</r>".as_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn no_text_is_too_much(text in "\\PC{0,200}") {
            let _ = entries(text.as_bytes());
            let plain = text.replace(['<', '&', '"'], "");
            let _ = entries(format!("<r><patchInstallEntry id=\"{plain}\"/></r>").as_bytes());
        }
    }
}
