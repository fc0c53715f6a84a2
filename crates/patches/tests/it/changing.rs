//! Changes of profiles over real homes and containers on disk.

use crate::make::{Make, home};
use patches::change::{Options, Report, Start, apply, create, delete, remove, rollback, use_downloads};
use patches::home::{Home, Product};
use patches::inspect::{What, repair, verify};
use patches::journal::{Change, Content, Expected};
use patches::layout::difference::Why;
use patches::lock::Lock;
use patches::manifest;
use patches::names::{Digest, PatchId, ProfileName, RelPath};
use patches::profiles::{Keep, Side, diff, gc, generations, list, show};
use patches::records::{Records, State};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

pub struct Ground {
    /// Removed at the end.
    _folder: tempfile::TempDir,
    pub home: Home,
}

pub const DEFAULT: &str = "default";
pub const ORDERS_XML: &str = "$WLS_INSTALL_DIR$/server/lib/orders.xml";

impl Ground {
    /// A home with these patches downloaded.
    pub fn new(patches: &[Make]) -> Ground {
        let folder = tempfile::tempdir().unwrap();
        let home = home(&folder.path().join("mw"));
        for patch in patches {
            patch.write(&home.download_folder());
        }
        Ground { _folder: folder, home }
    }

    pub fn product(&self) -> &Product {
        self.home.product(Some("wls")).unwrap()
    }

    pub fn apply(&self, profile: &str, patches: &[&str]) -> Report {
        apply(&self.home, self.product(), &name(profile), &ids(patches), &Options::default()).unwrap()
    }

    pub fn remove(&self, profile: &str, patches: &[&str]) -> Report {
        remove(&self.home, self.product(), &name(profile), &ids(patches), &Options::default()).unwrap()
    }

    pub fn create(&self, profile: &str, start: Start) -> Report {
        create(&self.home, self.product(), &name(profile), &start, &[], &Options::default()).unwrap()
    }

    pub fn delete(&self, profile: &str) -> Report {
        delete(&self.home, self.product(), &name(profile), &Options::default()).unwrap()
    }

    pub fn rollback(&self, profile: Option<&str>, to: Option<u32>) -> Report {
        rollback(&self.home, self.product(), profile.map(name).as_ref(), to, &Options::default()).unwrap()
    }

    pub fn text(&self, path: &str) -> Option<String> {
        Some(String::from_utf8_lossy(&fs::read(self.home.root.join(path)).ok()?).into_owned())
    }

    /// Names of the jars in the class path of a profile.
    pub fn class_path(&self, profile: &str) -> Vec<String> {
        let path = format!("patch_wls1036/profiles/{profile}/sys_manifest_classpath/weblogic_patch.jar");
        let entries = manifest::class_path(&fs::read(self.home.root.join(path)).unwrap()).unwrap();
        let folder = self.home.root.join(format!("patch_wls1036/profiles/{profile}/sys_manifest_classpath"));
        let there = |entry: &String| assert!(folder.join(entry).is_file(), "{entry} is not there");
        entries.iter().inspect(|entry| there(entry)).map(|entry| entry.rsplit('/').next().unwrap().to_string()).collect()
    }

    pub fn applied(&self, profile: &str) -> Vec<String> {
        let shown = show(&self.home, self.product(), &name(profile)).unwrap();
        shown.patches.iter().map(|patch| patch.id.to_string()).collect()
    }

    /// Everything but our records and what was downloaded: path, permissions and bytes.
    pub fn snapshot(&self) -> BTreeMap<String, (u32, Vec<u8>)> {
        let mut found = BTreeMap::new();
        look(&self.home.root, "", &mut found);
        found
    }

    pub fn is_clean(&self) -> Result<(), String> {
        match verify(&self.home).unwrap() {
            findings if findings.is_empty() => Ok(()),
            findings => Err(format!("{findings:#?}")),
        }
    }
}

fn look(root: &Path, below: &str, found: &mut BTreeMap<String, (u32, Vec<u8>)>) {
    for entry in fs::read_dir(root.join(below)).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{below}{}", entry.file_name().into_string().unwrap());
        if path == "packwright" || path == "utils/bsu/cache_dir" {
            continue;
        }
        let about = entry.metadata().unwrap();
        if about.is_dir() {
            look(root, &format!("{path}/"), found);
        } else {
            found.insert(path, (about.permissions().mode(), fs::read(entry.path()).unwrap()));
        }
    }
}

pub fn name(name: &str) -> ProfileName {
    ProfileName::new(name).unwrap()
}

pub fn ids(ids: &[&str]) -> Vec<PatchId> {
    ids.iter().map(|id| PatchId::new(*id).unwrap()).collect()
}

pub fn system(id: &str) -> Make {
    let class = format!("com/example/{id}.class");
    Make::new().id(id).bugs(&["10001"]).jar(&format!("bug{id}.jar"), &[(&class, id.as_bytes())])
}

pub fn native(id: &str) -> Make {
    Make::new().id(id).bugs(&["20001"]).native(&format!("lib{id}.so"), "", id.as_bytes())
}

pub fn wide(id: &str, to: &str) -> Make {
    Make::new().id(id).bugs(&["30001"]).file(to, id.as_bytes())
}

#[test]
fn apply_and_remove_give_back_every_byte_and_permission() {
    let patch = system("AAAA")
        .extension_jar("ext.jar", &[("com/example/Extension.class", b"x")])
        .native("libx.so", "", b"library")
        .file(ORDERS_XML, b"<orders mended='yes'/>")
        .file("$WLS_INSTALL_DIR$/server/lib/new.xml", b"<new/>")
        .module("com.example.orders_1.0.jar", &[("com/example/Module.class", b"m")])
        .archive("forms", "1.0@1.0.1", &[("index.html", b"forms")]);
    let ground = Ground::new(&[patch]);
    let orders = ground.home.root.join("wlserver_10.3/server/lib/orders.xml");
    fs::set_permissions(&orders, fs::Permissions::from_mode(0o640)).unwrap();
    let before = ground.snapshot();
    let report = ground.apply(DEFAULT, &["AAAA"]);
    assert!(report.carried_out);
    assert_eq!((report.generation_before, report.generation_after), (0, 1));
    assert_eq!(report.restart, [name(DEFAULT)]);
    assert_eq!(ground.text("wlserver_10.3/server/lib/orders.xml").unwrap(), "<orders mended='yes'/>");
    assert_eq!(ground.text("patch_wls1036/profiles/default/native/libx.so").unwrap(), "library");
    assert!(ground.text("wlserver_10.3/common/deployable-libraries/forms.war").unwrap().starts_with("PK"));
    assert_eq!(ground.class_path(DEFAULT), ["bugAAAA.jar"]);
    ground.is_clean().unwrap();
    let why = |path: &str| report.files.iter().find(|file| file.path.as_str().ends_with(path)).map(|file| file.why);
    assert_eq!([why("orders.xml"), why("new.xml"), why("libx.so")], [Some(Why::Replaced), Some(Why::New), Some(Why::New)]);

    let report = ground.remove(DEFAULT, &["AAAA"]);
    let why = |path: &str| report.files.iter().find(|file| file.path.as_str().ends_with(path)).map(|file| file.why);
    assert_eq!([why("orders.xml"), why("new.xml")], [Some(Why::Restored), Some(Why::Removed)]);
    ground.is_clean().unwrap();
    let cleared = gc(&ground.home, Keep::default(), false).unwrap();
    // Two of the three files that were replaced held the same bytes.
    assert_eq!((cleared.jars.len(), cleared.originals), (2, 2));
    assert_eq!(ground.snapshot(), before);
    ground.is_clean().unwrap();
}

#[test]
fn profiles_share_jars_and_have_their_own_libraries() {
    let ground = Ground::new(&[system("AAAA"), native("BBBB")]);
    ground.apply(DEFAULT, &["AAAA", "BBBB"]);
    let report = ground.create("Orders", Start::Clone(name(DEFAULT)));
    assert_eq!(report.restart, []);
    assert_eq!(ground.class_path("Orders"), ground.class_path(DEFAULT));
    assert_eq!(fs::read_dir(ground.home.root.join("patch_wls1036/patch_jars")).unwrap().count(), 1);
    assert_eq!(ground.text("patch_wls1036/profiles/Orders/native/libBBBB.so").unwrap(), "BBBB");
    let report = ground.remove(DEFAULT, &["AAAA"]);
    assert_eq!(report.restart, [name(DEFAULT)]);
    assert_eq!((ground.class_path("Orders"), ground.applied("Orders")), (vec!["bugAAAA.jar".into()], vec!["AAAA".into(), "BBBB".into()]));
    ground.delete("Orders");
    assert!(!ground.home.root.join("patch_wls1036/profiles/Orders").exists());
    assert!(ground.home.download_folder().join("AAAA.jar").is_file());
    ground.is_clean().unwrap();
}

#[test]
fn what_was_applied_later_overrides_and_gives_way_again() {
    let class: &[(&str, &[u8])] = &[("com/example/Order.class", b"one")];
    let first = Make::new().id("AAAA").jar("one.jar", class).native("libx.so", "", b"one");
    let second = Make::new().id("BBBB").after("AAAA").jar("two.jar", &[("com/example/Order.class", b"two")]).native("libx.so", "", b"two");
    let ground = Ground::new(&[first, second]);
    ground.apply(DEFAULT, &["AAAA"]);
    let report = ground.apply(DEFAULT, &["BBBB"]);
    assert!(report.verdict.warnings.iter().any(|warning| warning.sentence().contains("BBBB")), "{}", report.verdict.text());
    assert_eq!(ground.class_path(DEFAULT), ["two.jar", "one.jar"]);
    assert_eq!(ground.text("patch_wls1036/profiles/default/native/libx.so").unwrap(), "two");
    ground.remove(DEFAULT, &["BBBB"]);
    assert_eq!(ground.class_path(DEFAULT), ["one.jar"]);
    assert_eq!(ground.text("patch_wls1036/profiles/default/native/libx.so").unwrap(), "one");
}

#[test]
fn a_clash_of_classes_refuses_and_shows_what_clashes() {
    let one = Make::new().id("AAAA").jar("one.jar", &[("com/example/Order.class", b"one")]);
    let two = Make::new().id("BBBB").jar("two.jar", &[("com/example/Order.class", b"two")]);
    let ground = Ground::new(&[one, two]);
    ground.apply(DEFAULT, &["AAAA"]);
    let before = ground.snapshot();
    let refused = apply(&ground.home, ground.product(), &name(DEFAULT), &ids(&["BBBB"]), &Options::default()).unwrap_err();
    assert_eq!(refused.code, "patch-conflict");
    assert!(refused.evidence[0].message.contains("com.example.Order"), "{refused:?}");
    let options = Options { plan_only: true, ..Options::default() };
    let report = apply(&ground.home, ground.product(), &name(DEFAULT), &ids(&["BBBB"]), &options).unwrap();
    assert_eq!((report.verdict.conflicts.len(), report.carried_out), (1, false));
    assert_eq!(ground.snapshot(), before);
}

#[test]
fn patches_of_installed_files_are_in_every_profile() {
    let ground = Ground::new(&[wide("AAAA", ORDERS_XML), wide("BBBB", "$BEAHOME$/modules/made-up.txt"), system("CCCC")]);
    ground.apply(DEFAULT, &["BBBB"]);
    ground.create("Orders", Start::Empty);
    assert_eq!(ground.applied("Orders"), ["BBBB"]);
    let report = ground.apply("Orders", &["AAAA", "CCCC"]);
    assert_eq!(report.restart, [name("Orders"), name(DEFAULT)]);
    assert_eq!((ground.applied(DEFAULT), ground.applied("Orders").len()), (vec!["BBBB".into(), "AAAA".into()], 3));
    ground.is_clean().unwrap();
    ground.remove(DEFAULT, &["AAAA", "BBBB"]);
    assert_eq!(ground.applied("Orders"), ["CCCC"]);
    assert_eq!(ground.text("wlserver_10.3/server/lib/orders.xml").unwrap(), "<orders/>\n");
    assert!(ground.text("modules/made-up.txt").is_none());
    ground.is_clean().unwrap();
}

#[test]
fn a_plan_touches_nothing() {
    let ground = Ground::new(&[system("AAAA"), wide("BBBB", ORDERS_XML)]);
    let before = ground.snapshot();
    let options = Options { plan_only: true, ..Options::default() };
    let report = apply(&ground.home, ground.product(), &name(DEFAULT), &ids(&["AAAA", "BBBB"]), &options).unwrap();
    assert_eq!((report.files.len(), report.generation_after, report.carried_out), (3, 1, false));
    let told = serde_json::to_value(&report).unwrap();
    assert_eq!(told["files"][0]["why"], "new");
    assert_eq!(told["verdict"]["profiles"]["default"], serde_json::json!(["AAAA", "BBBB"]));
    assert_eq!(ground.snapshot(), before);
    assert!(!ground.home.root.join("packwright").exists());
}

#[test]
fn nothing_to_do_makes_no_generation() {
    let ground = Ground::new(&[system("AAAA")]);
    ground.apply(DEFAULT, &["AAAA"]);
    let report = ground.apply(DEFAULT, &["AAAA"]);
    assert!(report.verdict.is_nothing_to_do() && !report.carried_out);
    assert_eq!(generations(&ground.home, ground.product()).unwrap().len(), 2);
}

#[test]
fn a_file_that_somebody_changed_is_refused_or_kept_aside() {
    let ground = Ground::new(&[wide("AAAA", ORDERS_XML), native("BBBB")]);
    ground.apply(DEFAULT, &["AAAA", "BBBB"]);
    let orders = ground.home.root.join("wlserver_10.3/server/lib/orders.xml");
    fs::write(&orders, "<orders mine='yes'/>").unwrap();
    let before = ground.snapshot();
    let refused = remove(&ground.home, ground.product(), &name(DEFAULT), &ids(&["AAAA"]), &Options::default()).unwrap_err();
    assert_eq!((refused.code.as_str(), refused.evidence[0].file.as_str()), ("file-changed", "wlserver_10.3/server/lib/orders.xml"));
    assert_eq!(ground.snapshot(), before);
    // A change that does not concern it goes through.
    ground.remove(DEFAULT, &["BBBB"]);
    let options = Options { overwrite_changed: true, ..Options::default() };
    let report = remove(&ground.home, ground.product(), &name(DEFAULT), &ids(&["AAAA"]), &options).unwrap();
    assert_eq!(report.changed_by_others.len(), 1);
    assert_eq!(fs::read_to_string(&orders).unwrap(), "<orders/>\n");
    let changed = fs::read_dir(ground.home.root.join("packwright/changed")).unwrap().next().unwrap().unwrap().path();
    assert_eq!(fs::read_to_string(changed.join("wlserver_10.3/server/lib/orders.xml")).unwrap(), "<orders mine='yes'/>");
}

#[test]
fn a_link_in_the_place_of_a_file_is_never_replaced() {
    let ground = Ground::new(&[wide("AAAA", ORDERS_XML)]);
    let orders = ground.home.root.join("wlserver_10.3/server/lib/orders.xml");
    fs::rename(&orders, ground.home.root.join("true.xml")).unwrap();
    std::os::unix::fs::symlink("../../../true.xml", &orders).unwrap();
    let before = ground.snapshot();
    for overwrite_changed in [false, true] {
        let options = Options { overwrite_changed, ..Options::default() };
        let refused = apply(&ground.home, ground.product(), &name(DEFAULT), &ids(&["AAAA"]), &options).unwrap_err();
        assert_eq!((refused.code.as_str(), refused.evidence.len()), ("file-changed", 1));
    }
    assert_eq!(ground.snapshot(), before);
    fs::remove_file(&orders).unwrap();
    fs::rename(ground.home.root.join("true.xml"), &orders).unwrap();
    ground.apply(DEFAULT, &["AAAA"]);
    fs::remove_file(&orders).unwrap();
    fs::create_dir(&orders).unwrap();
    let repaired = repair(&ground.home, false).unwrap();
    assert_eq!((repaired.left.len(), repaired.carried_out), (1, false));
}

#[test]
fn rolling_back_moves_the_pointer_or_one_profile() {
    let ground = Ground::new(&[system("AAAA"), system("BBBB"), wide("CCCC", ORDERS_XML)]);
    let found = ground.snapshot();
    ground.apply(DEFAULT, &["AAAA"]);
    let one = ground.snapshot();
    ground.create("Orders", Start::Clone(name(DEFAULT)));
    ground.apply("Orders", &["BBBB"]);
    ground.apply(DEFAULT, &["CCCC"]);
    let all = ground.snapshot();
    let report = ground.rollback(None, Some(1));
    assert_eq!((report.generation_before, report.generation_after), (4, 1));
    let without_jars = |mut files: BTreeMap<String, (u32, Vec<u8>)>| {
        files.retain(|path, _| !path.contains("patch_jars"));
        files
    };
    assert_eq!(without_jars(ground.snapshot()), without_jars(one));
    ground.is_clean().unwrap();
    ground.rollback(None, Some(4));
    assert_eq!(ground.snapshot(), all);
    // The profile alone; the installed file's patch stays in it.
    ground.remove(DEFAULT, &["CCCC"]);
    let report = ground.rollback(Some("Orders"), Some(2));
    assert_eq!((ground.applied("Orders"), report.generation_after, ground.applied(DEFAULT)), (vec!["AAAA".into()], 6, vec!["AAAA".into()]));
    ground.rollback(None, Some(0));
    gc(&ground.home, Keep::default(), false).unwrap();
    assert_eq!(ground.snapshot(), found);
    assert_eq!(rollback(&ground.home, ground.product(), None, None, &Options::default()).unwrap_err().code, "unknown-name");
}

#[test]
fn clearing_keeps_what_generations_and_running_servers_need() {
    let ground = Ground::new(&[system("AAAA"), system("BBBB")]);
    ground.apply(DEFAULT, &["AAAA"]);
    ground.apply(DEFAULT, &["BBBB"]);
    ground.remove(DEFAULT, &["AAAA", "BBBB"]);
    let jars = ground.home.root.join("patch_wls1036/patch_jars");
    fs::write(jars.join("foreign.jar"), "not ours").unwrap();
    let kept = gc(&ground.home, Keep { count: 10, made_since: None }, false).unwrap();
    assert_eq!((kept.jars.len(), kept.carried_out), (0, false));
    let held = fs::File::open(jars.join("bugAAAA.jar")).unwrap();
    let plan = gc(&ground.home, Keep::default(), true).unwrap();
    assert_eq!((plan.generations.len(), plan.jars.len(), plan.in_use.len(), plan.carried_out), (2, 1, 1, false));
    let cleared = gc(&ground.home, Keep::default(), false).unwrap();
    assert!(cleared.in_use[0].processes.contains(&std::process::id()) && cleared.bytes > 0);
    assert!(jars.join("bugAAAA.jar").exists() && !jars.join("bugBBBB.jar").exists());
    drop(held);
    gc(&ground.home, Keep::default(), false).unwrap();
    assert!(!jars.join("bugAAAA.jar").exists() && jars.join("foreign.jar").exists());
    ground.is_clean().unwrap();
}

#[test]
fn a_home_that_moved_goes_on() {
    let mut ground = Ground::new(&[system("AAAA"), native("BBBB"), wide("CCCC", ORDERS_XML)]);
    let before = ground.snapshot();
    ground.apply(DEFAULT, &["AAAA", "BBBB", "CCCC"]);
    let elsewhere = ground.home.root.parent().unwrap().join("moved here");
    fs::rename(&ground.home.root, &elsewhere).unwrap();
    ground.home = Home::open(&elsewhere).unwrap();
    ground.is_clean().unwrap();
    ground.create("Orders", Start::Clone(name(DEFAULT)));
    ground.delete("Orders");
    ground.remove(DEFAULT, &["AAAA", "BBBB", "CCCC"]);
    gc(&ground.home, Keep::default(), false).unwrap();
    assert_eq!(ground.snapshot(), before);
}

#[test]
fn a_container_that_is_gone_is_told_and_needed_only_for_what_is_nowhere() {
    let ground = Ground::new(&[native("AAAA"), system("BBBB")]);
    ground.apply(DEFAULT, &["AAAA", "BBBB"]);
    for container in ["AAAA.jar", "BBBB.jar"] {
        fs::remove_file(ground.home.download_folder().join(container)).unwrap();
    }
    let report = ground.create("Orders", Start::Clone(name(DEFAULT)));
    assert!(report.warnings.iter().any(|warning| warning.contains("AAAA, BBBB")), "{:?}", report.warnings);
    assert_eq!(ground.text("patch_wls1036/profiles/Orders/native/libAAAA.so").unwrap(), "AAAA");
    let gone: Vec<What> = verify(&ground.home).unwrap().iter().map(|finding| finding.what).collect();
    assert_eq!(gone, [What::ContainerGone, What::ContainerGone]);
    ground.delete("Orders");
    ground.remove(DEFAULT, &["AAAA"]);
    let refused = rollback(&ground.home, ground.product(), None, None, &Options::default()).unwrap_err();
    assert_eq!((refused.code.as_str(), refused.evidence[0].object.as_str()), ("unknown-name", "AAAA"));
}

#[test]
fn what_is_missing_or_changed_is_found_and_repaired() {
    let ground = Ground::new(&[system("AAAA"), native("BBBB"), wide("CCCC", ORDERS_XML)]);
    ground.apply(DEFAULT, &["AAAA", "BBBB", "CCCC"]);
    let before = ground.snapshot();
    let root = &ground.home.root;
    fs::remove_file(root.join("patch_wls1036/patch_jars/bugAAAA.jar")).unwrap();
    fs::write(root.join("wlserver_10.3/server/lib/orders.xml"), "mine").unwrap();
    fs::write(root.join("patch_wls1036/profiles/default/native/foreign.so"), "foreign").unwrap();
    fs::create_dir(root.join("patch_wls1036/profiles/Strange")).unwrap();
    fs::write(root.join("patch_wls1036/profiles/default/sys_manifest_classpath/weblogic_patch.jar"), "").unwrap();
    let found: Vec<What> = verify(&ground.home).unwrap().iter().map(|finding| finding.what).collect();
    assert_eq!(found, [What::Missing, What::Changed, What::Changed, What::Foreign, What::ForeignProfile]);
    assert_eq!(repair(&ground.home, true).unwrap().files.len(), 3);
    let repaired = repair(&ground.home, false).unwrap();
    assert_eq!((repaired.files.len(), repaired.left.len(), repaired.carried_out), (3, 0, true));
    fs::remove_file(root.join("patch_wls1036/profiles/default/native/foreign.so")).unwrap();
    fs::remove_dir(root.join("patch_wls1036/profiles/Strange")).unwrap();
    assert_eq!(ground.snapshot(), before);
    ground.is_clean().unwrap();
    fs::write(root.join("packwright/patch_wls1036/current"), "99").unwrap();
    assert_eq!(verify(&ground.home).unwrap()[0].what, What::RecordsUnreadable);
}

#[test]
fn profiles_and_generations_are_listed_and_compared() {
    let ground = Ground::new(&[system("AAAA"), native("BBBB")]);
    ground.apply(DEFAULT, &["AAAA"]);
    ground.create("Orders", Start::Empty);
    ground.apply("Orders", &["BBBB"]);
    let listed = list(&ground.home, ground.product()).unwrap();
    let row = |at: usize| {
        let ids =
            |summaries: &[patches::profiles::Summary]| summaries.iter().map(|patch| patch.id.to_string()).collect::<Vec<_>>().join(" ");
        (listed[at].profile.to_string(), ids(&listed[at].applied), ids(&listed[at].available))
    };
    assert_eq!(row(0), ("Orders".into(), "BBBB".into(), "AAAA".into()));
    assert_eq!(row(1), ("default".into(), "AAAA".into(), "BBBB".into()));
    let side = |profile: &str, generation| Side { profile: name(profile), generation };
    let difference = diff(&ground.home, ground.product(), &side(DEFAULT, None), &side("Orders", None)).unwrap();
    assert_eq!((difference.only_one, difference.only_other), (ids(&["AAAA"]), ids(&["BBBB"])));
    let files: Vec<&str> = difference.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(files, ["native/libBBBB.so", "patch_wls1036/patch_jars/bugAAAA.jar"]);
    let difference = diff(&ground.home, ground.product(), &side("Orders", Some(2)), &side("Orders", None)).unwrap();
    assert_eq!((difference.only_one.len(), difference.only_other), (0, ids(&["BBBB"])));
    let current: Vec<(u32, bool)> =
        generations(&ground.home, ground.product()).unwrap().iter().map(|listed| (listed.generation.number, listed.current)).collect();
    assert_eq!(current, [(0, false), (1, false), (2, false), (3, true)]);
    assert_eq!(show(&ground.home, ground.product(), &name("Nobody")).unwrap_err().code, "unknown-name");
}

#[test]
fn two_products_may_share_a_file_of_the_same_bytes() {
    let other = Make::new().id("OCP1").product("ocp").release("3.7.1").file("$BEAHOME$/modules/shared.txt", b"shared");
    let ours = Make::new().id("AAAA").file("$BEAHOME$/modules/shared.txt", b"shared");
    let differing = Make::new().id("BBBB").file("$BEAHOME$/modules/shared.txt", b"other");
    let ground = Ground::new(&[other, ours, differing]);
    let before = ground.snapshot();
    let ocp = ground.home.product(Some("ocp")).unwrap();
    apply(&ground.home, ocp, &name(DEFAULT), &ids(&["OCP1"]), &Options::default()).unwrap();
    let refused = apply(&ground.home, ground.product(), &name(DEFAULT), &ids(&["BBBB"]), &Options::default()).unwrap_err();
    assert_eq!(refused.code, "patch-conflict");
    ground.apply(DEFAULT, &["AAAA"]);
    remove(&ground.home, ocp, &name(DEFAULT), &ids(&["OCP1"]), &Options::default()).unwrap();
    assert_eq!(ground.text("modules/shared.txt").unwrap(), "shared");
    ground.remove(DEFAULT, &["AAAA"]);
    assert_eq!(ground.snapshot(), before);
}

#[test]
fn an_interrupted_change_is_brought_to_its_end_first() {
    let ground = Ground::new(&[system("AAAA"), wide("BBBB", ORDERS_XML)]);
    ground.apply(DEFAULT, &["AAAA"]);
    let before = ground.snapshot();
    let path = RelPath::new("wlserver_10.3/server/lib/orders.xml").unwrap();
    let changes = ["one", "two"].map(|name| Change {
        path: RelPath::new(format!("wlserver_10.3/server/lib/{name}.xml")).unwrap(),
        expected: Expected::Nothing,
        content: Content::CopyOf { path: path.clone(), digest: Digest::of(b"<orders/>\n"), mode: None },
    });
    let interrupted = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let dies = |_: &'static str, path: &Path| if path.ends_with("lib/two.xml") { panic!("ends here") } else { Ok(()) };
        Lock::take_watched(&ground.home, "a change that ends", Box::new(dies)).unwrap().carry_out("end", changes.to_vec(), &mut |_| {})
    }));
    assert!(interrupted.is_err());
    assert_eq!(verify(&ground.home).unwrap()[0].what, What::Interrupted);
    let plan = Options { plan_only: true, ..Options::default() };
    let refused = apply(&ground.home, ground.product(), &name(DEFAULT), &ids(&["BBBB"]), &plan).unwrap_err();
    assert_eq!(refused.code, "home-interrupted");
    let report = ground.apply(DEFAULT, &["BBBB"]);
    assert!(report.recovered.is_some_and(|recovered| recovered.contains("end")));
    ground.is_clean().unwrap();
    ground.remove(DEFAULT, &["BBBB"]);
    let mut after = ground.snapshot();
    let more = ["one", "two"].map(|name| after.remove(&format!("wlserver_10.3/server/lib/{name}.xml")).is_some());
    assert!(more == [true, true] || more == [false, false]);
    assert_eq!(after, before);
}

#[test]
fn the_download_folder_may_be_another_and_moves_with_the_home() {
    let mut ground = Ground::new(&[]);
    let inside = ground.home.root.join("downloads");
    system("AAAA").write(&inside);
    use_downloads(&ground.home, Some(&inside)).unwrap();
    let elsewhere = ground.home.root.parent().unwrap().join("moved");
    fs::rename(&ground.home.root, &elsewhere).unwrap();
    ground.home = Home::open(&elsewhere).unwrap();
    ground.apply(DEFAULT, &["AAAA"]);
    assert_eq!(Records::read(&ground.home).unwrap().downloads(&ground.home), elsewhere.join("downloads"));
    use_downloads(&ground.home, None).unwrap();
    assert_eq!(verify(&ground.home).unwrap()[0].what, What::ContainerGone);
}

#[test]
fn a_container_that_was_exchanged_changes_nothing() {
    let ground = Ground::new(&[native("AAAA")]);
    ground.apply(DEFAULT, &["AAAA"]);
    ground.remove(DEFAULT, &["AAAA"]);
    let before = ground.snapshot();
    // Same length, other library.
    Make::new().id("AAAA").bugs(&["20001"]).native("libAAAA.so", "", b"BBBB").write(&ground.home.download_folder());
    let applied = apply(&ground.home, ground.product(), &name(DEFAULT), &ids(&["AAAA"]), &Options::default());
    assert_eq!(applied.unwrap_err().code, "container-refused");
    assert_eq!(rollback(&ground.home, ground.product(), None, Some(1), &Options::default()).unwrap_err().code, "container-refused");
    assert_eq!(ground.snapshot(), before);
    rollback(&ground.home, ground.product(), None, Some(0), &Options::default()).unwrap();
    gc(&ground.home, Keep::default(), false).unwrap();
    ground.apply(DEFAULT, &["AAAA"]);
    assert_eq!(ground.text("patch_wls1036/profiles/default/native/libAAAA.so").unwrap(), "BBBB");
}

#[test]
fn it_is_told_since_when_a_profile_is_as_it_is() {
    let ground = Ground::new(&[system("AAAA"), wide("BBBB", ORDERS_XML)]);
    let changed = |profile: &str| State::read(&ground.home, ground.product()).unwrap().changed_at.get(&name(profile)).copied();
    assert_eq!(changed(DEFAULT), None);
    ground.apply(DEFAULT, &["AAAA"]);
    let first = changed(DEFAULT).unwrap();
    ground.create("Orders", Start::Empty);
    assert_eq!(changed(DEFAULT), Some(first));
    assert!(changed("Orders").is_some());
    while jiff::Timestamp::now().as_millisecond() <= first {}
    // An installed file is every server's.
    ground.apply("Orders", &["BBBB"]);
    assert!(changed(DEFAULT).unwrap() > first);
    ground.rollback(None, Some(1));
    assert_eq!(changed("Orders"), None);
    assert!(changed(DEFAULT).unwrap() > first);
}
