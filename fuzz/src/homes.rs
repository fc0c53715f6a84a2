//! The laws of what makes a home: its products' files, the vendor's records and our own. Whatever lies there, looking writes nothing.

use crate::ground::{Ground, picture};
use patches::adopt;
use patches::change::{self, Options};
use patches::home::{OURS, listed_homes, properties};
use patches::inspect;
use patches::names::ProfileName;
use patches::profiles;
use patches::profiles::{Keep, gc};
use patches::records::Records;

pub fn product_properties(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    assert!(properties(&text).keys().all(|key| key.trim() == key), "a key with blanks around it");
    assert!(listed_homes(&text).iter().all(|path| !path.as_os_str().is_empty()));
    let ground = Ground::new(&[("wlserver_10.3/.product.properties", bytes)]);
    let home = ground.home();
    for product in &home.products {
        assert!(product.patch_folder.as_str().starts_with("patch_") && !product.patch_folder.as_str().contains('/'));
        assert_eq!(home.product(Some(product.patch_folder.as_str())).ok(), Some(product), "a product is not found by its folder");
        for destination in ["$WLS_INSTALL_DIR$/server/lib/a.xml", "$BEAHOME$/packwright/x", "$MW_HOME$/patch_wls1036/x", "$MW_HOME$/../x"] {
            let place = product.resolve(destination);
            assert!(place.is_none_or(|place| place.as_str().ends_with("server/lib/a.xml")), "{destination} has a place");
        }
    }
    Records::read(&home).expect("a home without records");
}

pub fn patch_registry(bytes: &[u8]) {
    let ground = Ground::new(&[("patch_wls1036/registry/patch-registry.xml", bytes)]);
    let home = ground.home();
    let before = picture(ground.folder(), |_| false);
    let (looked, planned) = (adopt::look(&home), adopt::adopt(&home, true));
    assert_eq!(picture(ground.folder(), |_| false), before, "looking wrote something");
    assert_eq!(looked.is_ok(), planned.is_ok());
    let Ok(looked) = looked else { return };
    if looked.is_empty() {
        return;
    }
    let taken = adopt::adopt(&home, false).expect("what can be planned can be done");
    assert!(taken.carried_out);
    let is_ours = |path: &str| path.starts_with(&format!("home/{OURS}"));
    assert_eq!(picture(ground.folder(), is_ours), before, "the vendor's files are not ours to write");
    let records = Records::read(&home).expect("what was just written");
    assert!(records.state(&home.products[1]).adopted.is_some());
    assert!(adopt::look(&home).expect("as before").is_empty(), "taken over, and there to take over again");
}

/// The bytes lie in the place of each of our records in turn.
pub fn records(bytes: &[u8]) {
    let number = serde_json::from_slice::<serde_json::Value>(bytes).ok().and_then(|value| value.get("number")?.as_u64()).unwrap_or(1);
    let generation = format!("generations/{number}.json");
    for product_file in ["current", "adopted.json", generation.as_str(), "patches/HCE9.json"] {
        looks(&format!("{OURS}/patch_wls1036/{product_file}"), bytes);
    }
    for file in ["home.json", "originals.json"] {
        looks(&format!("{OURS}/{file}"), bytes);
    }
}

fn looks(path: &str, bytes: &[u8]) {
    let ground = Ground::new(&[(path, bytes)]);
    let home = ground.home();
    let product = &home.products[1];
    let before = picture(ground.folder(), |_| false);
    let read = Records::read(&home);
    let plan_only = Options { plan_only: true, ..Options::default() };
    let _ = profiles::list(&home, product);
    let _ = profiles::show(&home, product, &ProfileName::default_profile());
    let _ = profiles::generations(&home, product);
    let _ = inspect::verify(&home);
    let _ = inspect::repair(&home, true);
    let _ = change::rollback(&home, product, None, Some(0), &plan_only);
    let _ = change::rollback(&home, product, None, None, &plan_only);
    let _ = change::create(&home, product, &ProfileName::new("Orders").expect("a plain name"), &change::Start::Empty, &[], &plan_only);
    let _ = gc(&home, Keep { count: 1, made_since: None }, true);
    assert_eq!(picture(ground.folder(), |_| false), before, "looking at {path} wrote something");
    if let Ok(records) = read {
        let state = records.state(product);
        assert_eq!(state.now().number, state.current);
        assert!(!state.generations.contains_key(&state.next_number()), "the next generation would be one that is there");
    }
}
