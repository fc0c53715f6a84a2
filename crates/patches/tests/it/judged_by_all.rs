//! What a change is judged by: catalogues as they are today, archives as installed files, and the home as the change itself would find it.

use crate::changing::{DEFAULT, Ground, ORDERS_XML, ids, name, native, system, wide};
use crate::make::{Make, zip_of};
use patches::change::{Options, Report, Start, apply, create, rollback};
use patches::journal::{Change, Content, Expected};
use patches::lock::Lock;
use patches::names::RelPath;
use patches::progress::{Told, listen};
use std::fs;
use std::sync::Mutex;

const PLAN: Options = Options { plan_only: true, even_withdrawn: false, overwrite_changed: false };

fn catalogue(ground: &Ground, text: &str) {
    fs::write(ground.home.download_folder().join("patch-catalog.xml"), text).unwrap();
}

fn planned(ground: &Ground, profile: &str, patch: &str) -> Report {
    apply(&ground.home, ground.product(), &name(profile), &ids(&[patch]), &PLAN).unwrap()
}

#[test]
fn what_the_catalogue_learned_since_counts_for_applied_patches_too() {
    let ground = Ground::new(&[system("AAAA"), system("BBBB")]);
    ground.apply(DEFAULT, &["AAAA"]);
    catalogue(
        &ground,
        r#"<patchCatalog schema="1"><patch id="AAAA" product="wls" release="10.3.6"><excludes>BBBB</excludes></patch></patchCatalog>"#,
    );
    let refused = apply(&ground.home, ground.product(), &name(DEFAULT), &ids(&["BBBB"]), &Options::default()).unwrap_err();
    assert_eq!(refused.code, "patch-conflict");
    assert!(refused.evidence[0].message.contains("mutually exclusive"), "{refused:?}");
}

#[test]
fn a_catalogue_that_cannot_be_read_is_told() {
    let ground = Ground::new(&[system("AAAA")]);
    catalogue(&ground, "<patchCatalog>");
    let report = ground.apply(DEFAULT, &["AAAA"]);
    assert!(report.warnings.iter().any(|warning| warning.contains("patch-catalog.xml")), "{:?}", report.warnings);
}

#[test]
fn an_archive_of_the_default_profile_clashes_with_whatever_is_installed_there() {
    let file = "$WLS_INSTALL_DIR$/common/deployable-libraries/forms.war";
    let other = Make::new().id("BBBB").file(file, &zip_of(&[("index.html", b"other forms")]));
    let ground = Ground::new(&[Make::new().id("AAAA").archive("forms", "1.0", &[("index.html", b"forms")]), other]);
    ground.create("Orders", Start::Empty);
    ground.apply("Orders", &["AAAA"]);
    // A custom profile has the archive in its own folder.
    assert!(planned(&ground, "Orders", "BBBB").verdict.is_clear());
    ground.apply("Orders", &["BBBB"]);
    let clash = planned(&ground, DEFAULT, "AAAA");
    assert!(clash.verdict.text().contains("forms.war") && !clash.verdict.is_clear(), "{}", clash.verdict.text());
}

#[test]
fn a_plan_tells_what_the_change_would_find() {
    let ground = Ground::new(&[wide("AAAA", ORDERS_XML)]);
    let lib = ground.home.root.join("wlserver_10.3/server/lib");
    let outside = ground.home.root.parent().unwrap().join("outside");
    fs::rename(&lib, &outside).unwrap();
    std::os::unix::fs::symlink(&outside, &lib).unwrap();
    let refused = apply(&ground.home, ground.product(), &name(DEFAULT), &ids(&["AAAA"]), &Options::default()).unwrap_err();
    fs::remove_dir_all(ground.home.root.join("packwright")).unwrap();
    let plan = planned(&ground, DEFAULT, "AAAA");
    assert_eq!(plan.refused.map(|refused| refused.code), Some(refused.code));
    assert!(!ground.home.root.join("packwright").exists());
}

#[test]
fn a_plan_of_going_back_names_the_profiles_that_go() {
    let ground = Ground::new(&[native("AAAA")]);
    ground.create("Orders", Start::Empty);
    let plan = rollback(&ground.home, ground.product(), None, None, &PLAN).unwrap();
    assert_eq!((plan.verdict.deleted.clone(), plan.carried_out), (vec![name("Orders")], false));
    let told = serde_json::to_value(&plan).unwrap();
    assert_eq!(told["verdict"]["deleted"], serde_json::json!(["Orders"]));
    assert!(plan.verdict.text().contains("profile Orders goes"));
}

static TOLD: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[test]
fn a_recovery_is_told_although_the_change_itself_is_refused() {
    let ground = Ground::new(&[]);
    let path = RelPath::new("wlserver_10.3/server/lib/more.xml").unwrap();
    let left = |action: &'static str, path: &std::path::Path| match action {
        "replace" if path.ends_with("more.xml") => panic!("the process ends here"),
        _ => Ok(()),
    };
    let lock = Lock::take_watched(&ground.home, "a change", Box::new(left)).unwrap();
    let changes = vec![Change { path, expected: Expected::Nothing, content: Content::Bytes(b"more".into()) }];
    let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| lock.carry_out("a made up change", changes, &mut |_| {})));
    assert!(ended.is_err());
    drop(lock);
    listen(|told| {
        if let Told::Recovered { what } = told {
            TOLD.lock().unwrap().push(what.into());
        }
    });
    create(&ground.home, ground.product(), &name("default"), &Start::Empty, &[], &Options::default()).unwrap_err();
    assert!(TOLD.lock().unwrap().iter().any(|what| what.contains("a made up change")));
}
