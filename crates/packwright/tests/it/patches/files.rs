//! What is not a class in front of the class path: libraries, extension classes, and installed files that a patch replaces.

use super::java::{HCE9, JAVA};
use super::make::Make;
use super::world::{DOMAINS, World, assert_same, greeting};

const INSTALLED_FILE: &str = "wlserver_10.3/server/lib/orders.xml";

#[test]
fn a_library_of_a_profile_is_loaded_by_its_domain_only() {
    let world = World::new();
    world.import(&[Make::new().id("NA7V").native("liborders.so", "", &JAVA.library())]);
    world.profile("Orders", &["NA7V"]);
    world.point("orders", "Orders", "").succeeded();
    let native = world.below("patch_wls1036/profiles/Orders/native");
    let told = world.server("orders", Some("east1"));
    assert_eq!(told.library(), native.join("liborders.so").display().to_string());
    assert_eq!(told.library_path().split(':').next(), native.to_str());
    assert_eq!(world.server("billing", Some("east1")).library(), "none");
    world.patch("remove NA7V --profile Orders").succeeded();
    assert_eq!(world.server("orders", None).library(), "none");
}

#[test]
fn extension_classes_of_a_profile_are_found_in_its_folder() {
    let world = World::new();
    let class = JAVA.extension();
    world.import(&[Make::new().id("EXT1").extension_jar("extension.jar", &[("orders/Extension.class", &class)])]);
    world.profile("Orders", &["EXT1"]);
    world.point("orders", "Orders", "").succeeded();
    let told = world.server("orders", None);
    let folder = world.below("patch_wls1036/profiles/Orders/sysext_manifest_classpath");
    assert_eq!(told.extension_folders().split(':').next(), folder.to_str());
    assert_eq!(told.extension(), "of the extension");
    assert_eq!(world.server("billing", None).extension(), "none");
    world.patch("apply EXT1").succeeded();
    assert_eq!(world.server("billing", None).extension(), "of the extension");
}

/// A change that start scripts do not suffice for says so, and so does verify; repair puts it right.
fn scripts_are_written_anew(world: &World, change: &str) {
    let told = world.patch(change).succeeded().stdout;
    assert!(told.contains("packwright patch repair"), "{told}");
    let found = world.patch("verify").failed(1).stdout;
    assert!(found.contains("setDomainEnv.sh"), "{found}");
    world.patch("repair").succeeded();
    world.patch("verify").succeeded();
}

/// Scripts name what the profile needed when they were edited; what it holds later must not stay without effect unsaid.
#[test]
fn a_profile_that_gets_its_first_library_after_a_domain_pointed_at_it() {
    let world = World::new();
    let class = JAVA.extension();
    world.import(&[
        Make::new().id("NA7V").native("liborders.so", "", &JAVA.library()),
        Make::new().id("EXT1").extension_jar("extension.jar", &[("orders/Extension.class", &class)]),
    ]);
    world.profile("Orders", &[]);
    world.point("orders", "Orders", "").succeeded();
    scripts_are_written_anew(&world, "apply NA7V EXT1 --profile Orders");
    let told = world.server("orders", Some("east1"));
    assert_eq!(told.library(), world.below("patch_wls1036/profiles/Orders/native/liborders.so").display().to_string());
    assert_eq!(told.extension(), "of the extension");
}

#[test]
fn libraries_of_the_default_profile_do_not_come_into_a_domain_that_points_elsewhere() {
    let world = World::new();
    let class = JAVA.extension();
    world.import(&[
        Make::new().id("NA7V").native("liborders.so", "", &JAVA.library()),
        Make::new().id("EXT1").extension_jar("extension.jar", &[("orders/Extension.class", &class)]),
    ]);
    world.profile("Orders", &[]);
    world.point("orders", "Orders", "").succeeded();
    scripts_are_written_anew(&world, "apply NA7V EXT1");
    let told = world.server("orders", None);
    assert_eq!([told.library(), told.extension()], ["none", "none"]);
    assert_eq!(world.server("billing", None).extension(), "of the extension");
}

#[test]
fn a_replaced_file_is_everybodys_and_comes_back_byte_for_byte() {
    let world = World::new();
    let before = world.tree();
    let patch = greeting("HCE9", HCE9)
        .file("$WLS_INSTALL_DIR$/server/lib/orders.xml", b"<orders patched=\"yes\"/>\r\n")
        .file("$WLS_INSTALL_DIR$/server/lib/new.xml", b"<new/>")
        .module("com.example.orders_1.0.jar", &[("a", b"b")]);
    world.import(&[patch]);
    world.profile("Orders", &["HCE9"]);
    for domain in DOMAINS {
        assert_eq!(world.server(domain, None).installed_file(), "<orders patched=\"yes\"/>");
    }
    assert_ne!(world.tree()["modules/com.example.orders_1.0.jar"], before["modules/com.example.orders_1.0.jar"]);
    // Such a patch is in every profile, so it leaves every one.
    world.patch("remove HCE9 --yes").succeeded();
    assert_eq!(world.server("billing", None).installed_file(), "<orders/>");
    world.patch("profile delete Orders --yes").succeeded();
    world.patch("gc --keep 0").succeeded();
    let mut after = world.tree();
    assert!(after.contains_key("utils/bsu/cache_dir/HCE9.jar"), "a container stays downloaded");
    after.retain(|path, _| !path.starts_with("utils/bsu/cache_dir/"));
    // Manifest jars that list nothing are what a product is delivered with.
    after.retain(|path, _| !path.contains("/sys_manifest_classpath/") || before.contains_key(path));
    assert_same(&after, &before);
}

#[test]
fn a_file_that_somebody_changed_is_not_replaced_unasked() {
    let world = World::new();
    world.import(&[Make::new().id("FIL1").file("$WLS_INSTALL_DIR$/server/lib/orders.xml", b"<patched/>")]);
    world.patch("apply FIL1").succeeded();
    let file = world.below(INSTALLED_FILE);
    std::fs::write(&file, "<by hand/>").unwrap();
    let refused = world.patch("remove FIL1 --json").failed(3).json();
    assert_eq!(refused["code"], "file-changed", "{refused}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "<by hand/>");
    world.patch("remove FIL1 --overwrite-changed").succeeded();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "<orders/>\n");
    let kept = crate::enterprise::files(&world.below("packwright/changed"));
    assert!(kept.values().any(|bytes| bytes == b"<by hand/>"), "{:?}", kept.keys());
}
