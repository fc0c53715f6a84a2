//! The laws of what is read of domains, and of the one file of theirs that is edited beside scripts, `nodemanager.properties`.

use crate::ground::{Ground, picture};
use patches::domain::configuration::{self, Configuration};
use patches::domain::{Domain, Family, domains_of, unread_registry};
use patches::node_manager::{properties, with_start_script};

pub fn configuration(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let read = Configuration::read(&text).ok();
    let ground = Ground::new(&[("user_projects/domains/orders/config/config.xml", bytes)]);
    let domain = Domain::open(&ground.root().join("user_projects/domains/orders"));
    assert_eq!(domain.is_ok(), read.is_some(), "a domain is one exactly where its configuration reads");
    let (Ok(domain), Some(read)) = (domain, read) else { return };
    assert_eq!(domain.configuration, read);
    assert_eq!(domain.family, Family::of(&read.version));
    let before = picture(ground.folder(), |_| false);
    let _ = domain.products_used(&ground.home());
    let _ = domain.library_references();
    let _ = domain.all_scripts().expect("folders that are there");
    for server in &read.servers {
        assert!(read.server(&server.name).is_some());
    }
    assert_eq!(picture(ground.folder(), |_| false), before, "reading a domain wrote something");
}

pub fn registry(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let listed = configuration::registered(&text).ok();
    let ground = Ground::new(&[("domain-registry.xml", bytes)]);
    assert_eq!(listed.is_none(), unread_registry(&ground.home()).is_some(), "a list that cannot be read is told, and no other");
    let domains = domains_of(&ground.home()).expect("a list that cannot be read keeps nobody from his domains");
    assert!(domains.len() <= listed.map_or(0, |listed| listed.len()), "more domains than the registry lists");
    assert!(domains.iter().enumerate().all(|(place, one)| domains[..place].iter().all(|other| other.path != one.path)));
}

pub fn node_manager_properties(bytes: &[u8]) {
    let entries = properties::entries(bytes);
    for entry in &entries {
        assert!(entry.bytes.start < entry.bytes.end && entry.bytes.end <= bytes.len(), "{entry:?} lies outside of the text");
        assert!(
            entry.bytes.start <= entry.value_at.start && entry.value_at.end <= entry.bytes.end,
            "the value of {entry:?} lies outside of it"
        );
    }
    assert!(
        entries.windows(2).all(|pair| pair[0].bytes.end <= pair[1].bytes.start && pair[0].line <= pair[1].line),
        "entries out of order"
    );
    for key in ["StartScriptName", "a=b: #\u{e9}\n"].into_iter().chain(entries.iter().map(|entry| entry.key.as_str()).take(3)) {
        for value in ["", " startWebLogic.sh", "C:\\a b\\\u{e9}\u{20ac}=#!\t"] {
            changes_one_key(bytes, key, value);
        }
    }
    for family in [Family::ElevenG, Family::TwelveTwo] {
        let (after, keys, _) = with_start_script(bytes, "startWebLogic.sh", family);
        assert_eq!(keys.is_empty(), after == bytes, "keys are changed exactly where the text is");
        let wanted = |key: &str| keys.iter().any(|(changed, _)| changed == key);
        assert_eq!(others(bytes, wanted), others(&after, wanted), "an entry that nobody asked for was changed");
        let (again, none, _) = with_start_script(&after, "startWebLogic.sh", family);
        assert!(again == after && none.is_empty(), "a second time changes something");
    }
}

fn changes_one_key(text: &[u8], key: &str, value: &str) {
    let after = properties::with(text, key, value);
    let entries = properties::entries(&after);
    assert_eq!(properties::value(&entries, key), Some(value), "{key:?} does not say what was written");
    assert_eq!(others(text, |other| other == key), others(&after, |other| other == key), "another entry was changed with {key:?}");
    assert!(properties::with(&after, key, value) == after, "a second time changes something");
}

/// Keys and values in their order, without those that are to change.
fn others(text: &[u8], is_wanted: impl Fn(&str) -> bool) -> Vec<(String, String)> {
    let entries = properties::entries(text).into_iter().filter(|entry| !is_wanted(&entry.key));
    entries.map(|entry| (entry.key, entry.value)).collect()
}
