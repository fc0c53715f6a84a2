//! Homes that the vendor's tool patched before. Its registry is made up here after what is publicly known of it.

use crate::changing::{Ground, ids, name};
use crate::make::{Make, zip_of};
use patches::adopt::{adopt, look};
use patches::change::{Options, Start, apply, create, delete, remove, rollback};
use patches::inspect::{What, repair, verify};
use patches::manifest;
use patches::profiles::{Keep, gc, show};
use std::fs;

const REGISTRY: &str = "patch_wls1036/registry/patch-registry.xml";
const MANIFEST: &str = "sys_manifest_classpath/weblogic_patch.jar";

fn write(ground: &Ground, path: &str, bytes: &[u8]) {
    let path = ground.home.root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// Two patches in the default profile: of OLD2, the later one, the container is there; of OLD1 nothing but its jar. One jar belongs to nobody.
fn patched() -> Ground {
    let jar: &[(&str, &[u8])] = &[("com/example/Second.class", b"2")];
    let second =
        Make::new().id("OLD2").bugs(&["40002"]).jar("old2.jar", jar).file("$WLS_INSTALL_DIR$/server/lib/orders.xml", b"<orders two=''/>");
    let new = Make::new().id("NEW1").bugs(&["40003"]).jar("new1.jar", &[("com/example/New.class", b"3")]);
    let ground = Ground::new(&[second, new]);
    let entries = r#"<patch-registry>
        <patchInstallEntry profile="Default"><patch id="OLD1"/><cr>40001</cr><jar>old1.jar</jar></patchInstallEntry>
        <patchInstallEntry profile="Default"><patch id="OLD2"/><jar>old2.jar</jar></patchInstallEntry>
    </patch-registry>"#;
    write(&ground, REGISTRY, entries.as_bytes());
    let folder = "patch_wls1036/patch_jars";
    write(&ground, &format!("{folder}/old1.jar"), &zip_of(&[("com/example/First.class", b"1")]));
    write(&ground, &format!("{folder}/old2.jar"), &zip_of(jar));
    write(&ground, &format!("{folder}/nobodys.jar"), &zip_of(&[("com/example/Nobodys.class", b"0")]));
    write(&ground, "wlserver_10.3/server/lib/orders.xml", b"<orders two=''/>");
    let absolute = format!("file:{}/{folder}/old1.jar", ground.home.root.display());
    let class_path = ["../../../patch_jars/old2.jar".to_string(), "../../../patch_jars/nobodys.jar".to_string(), absolute];
    write(&ground, &format!("patch_wls1036/profiles/default/{MANIFEST}"), &vendors_manifest(&class_path));
    ground
}

/// Other bytes than ours have, though they say the same.
fn vendors_manifest(class_path: &[String]) -> Vec<u8> {
    let text = format!("Manifest-Version: 1.0\r\nCreated-By: somebody\r\nClass-Path: {}\r\n\r\n", class_path.join(" "));
    let folded = text.lines().map(|line| {
        let pieces: Vec<&str> = line.as_bytes().chunks(70).map(|piece| std::str::from_utf8(piece).unwrap()).collect();
        pieces.join("\r\n ") + "\r\n"
    });
    zip_of(&[("META-INF/MANIFEST.MF", folded.collect::<String>().as_bytes())])
}

#[test]
fn nothing_is_changed_before_the_home_is_adopted() {
    let ground = patched();
    let before = ground.snapshot();
    let refused = apply(&ground.home, ground.product(), &name("default"), &ids(&["NEW1"]), &Options::default()).unwrap_err();
    assert_eq!(refused.code, "home-refused");
    assert!(refused.hint.contains("packwright patch adopt"));
    let seen = look(&ground.home).unwrap();
    assert_eq!(seen.len(), 1);
    let patches: Vec<(String, bool)> = seen[0].patches.iter().map(|patch| (patch.id.to_string(), patch.known)).collect();
    assert_eq!(patches, [("OLD1".into(), false), ("OLD2".into(), true)]);
    assert!(seen[0].remarks.iter().any(|remark| remark.contains("OLD1")), "{:?}", seen[0].remarks);
    assert_eq!(verify(&ground.home).unwrap()[0].what, What::NotAdopted);
    let planned = adopt(&ground.home, true).unwrap();
    assert_eq!((planned.products.len(), planned.carried_out), (1, false));
    assert_eq!(ground.snapshot(), before);
}

#[test]
fn adopting_writes_records_and_nothing_else() {
    let ground = patched();
    let before = ground.snapshot();
    assert!(adopt(&ground.home, false).unwrap().carried_out);
    assert_eq!(ground.snapshot(), before);
    ground.is_clean().unwrap();
    assert_eq!(ground.applied("default"), ["OLD1", "OLD2"]);
    assert!(look(&ground.home).unwrap().is_empty());
    assert!(!adopt(&ground.home, false).unwrap().carried_out);
    // A change of another profile leaves the vendor's manifest jar alone.
    create(&ground.home, ground.product(), &name("Orders"), &Start::Empty, &[], &Options::default()).unwrap();
    assert_eq!(ground.applied("Orders"), ["OLD2"]);
    delete(&ground.home, ground.product(), &name("Orders"), &Options::default()).unwrap();
    assert_eq!(ground.snapshot(), before);
    ground.is_clean().unwrap();
}

#[test]
fn what_was_adopted_stays_in_the_class_path_in_its_order() {
    let ground = patched();
    adopt(&ground.home, false).unwrap();
    let registry = ground.text(REGISTRY);
    ground.apply("default", &["NEW1"]);
    assert_eq!(ground.class_path("default"), ["new1.jar", "old2.jar", "old1.jar", "nobodys.jar"]);
    ground.is_clean().unwrap();
    ground.remove("default", &["NEW1"]);
    assert_eq!(ground.class_path("default"), ["old2.jar", "old1.jar", "nobodys.jar"]);
    rollback(&ground.home, ground.product(), None, Some(1), &Options::default()).unwrap();
    let cleared = gc(&ground.home, Keep::default(), false).unwrap();
    assert_eq!(cleared.jars.len(), 1);
    assert_eq!(fs::read_dir(ground.home.root.join("patch_wls1036/patch_jars")).unwrap().count(), 3);
    assert_eq!(ground.text(REGISTRY), registry);
    ground.is_clean().unwrap();
}

#[test]
fn what_replaced_files_goes_only_by_the_tool_that_has_the_originals() {
    let ground = patched();
    adopt(&ground.home, false).unwrap();
    let before = ground.snapshot();
    let removed = |id: &str| remove(&ground.home, ground.product(), &name("default"), &ids(&[id]), &Options::default());
    let refused = removed("OLD2").unwrap_err();
    assert_eq!(refused.code, "bad-request");
    assert!(refused.message.contains("orders.xml") && refused.hint.contains("backup.jar"), "{refused:?}");
    // As long as there is a backup, what is not known may have replaced something.
    write(&ground, "patch_wls1036/backup/backup.jar", b"originals");
    assert!(removed("OLD1").unwrap_err().hint.contains("patch_wls1036/backup/backup.jar"));
    fs::remove_file(ground.home.root.join("patch_wls1036/backup/backup.jar")).unwrap();
    assert_eq!(ground.snapshot(), before);
    assert!(removed("OLD1").unwrap().carried_out);
    assert_eq!(ground.class_path("default"), ["old2.jar", "nobodys.jar"]);
    assert!(ground.home.root.join("patch_wls1036/patch_jars/old1.jar").is_file());
    ground.is_clean().unwrap();
}

#[test]
fn what_the_vendors_tool_did_since_is_taken_over_anew() {
    let ground = patched();
    adopt(&ground.home, false).unwrap();
    ground.apply("default", &["NEW1"]);
    let registry = ground.text(REGISTRY).unwrap();
    let entry = r#"<patchInstallEntry profile="Default"><patch id="OLD2"/><jar>old2.jar</jar></patchInstallEntry>"#;
    let by_vendor = || {
        write(&ground, REGISTRY, registry.replace(entry, "").as_bytes());
        write(&ground, "wlserver_10.3/server/lib/orders.xml", b"<orders/>\n");
        let class_path = ["../../../patch_jars/nobodys.jar".to_string(), "../../../patch_jars/old1.jar".to_string()];
        write(&ground, &format!("patch_wls1036/profiles/default/{MANIFEST}"), &vendors_manifest(&class_path));
    };
    // With something of ours in effect, the vendor's registry is not all there is.
    assert!(look(&ground.home).unwrap().is_empty());
    rollback(&ground.home, ground.product(), None, None, &Options::default()).unwrap();
    assert!(look(&ground.home).unwrap().is_empty());
    by_vendor();
    assert_eq!(verify(&ground.home).unwrap().len(), 2);
    assert!(adopt(&ground.home, false).unwrap().carried_out);
    let left: Vec<What> = verify(&ground.home).unwrap().iter().map(|finding| finding.what).collect();
    assert_eq!(left, [What::OrphanedJar]);
    gc(&ground.home, Keep::default(), false).unwrap();
    ground.is_clean().unwrap();
    assert_eq!(ground.applied("default"), ["OLD1"]);
    ground.apply("default", &["OLD2"]);
    ground.remove("default", &["OLD2"]);
    assert_eq!(ground.text("wlserver_10.3/server/lib/orders.xml").unwrap(), "<orders/>\n");
    assert_eq!(ground.class_path("default"), ["old1.jar", "nobodys.jar"]);
}

#[test]
fn custom_profiles_are_taken_over_with_what_they_hold() {
    let ground = patched();
    let class_path = ["../../../patch_jars/old1.jar".to_string()];
    write(&ground, &format!("patch_wls1036/profiles/Orders/{MANIFEST}"), &vendors_manifest(&class_path));
    let registry = ground.text(REGISTRY).unwrap();
    let entry = r#"<patchInstallEntry profile="Orders"><patch id="OLD1"/><jar>old1.jar</jar></patchInstallEntry></patch-registry>"#;
    write(&ground, REGISTRY, registry.replace("</patch-registry>", entry).as_bytes());
    write(&ground, "patch_wls1036/profiles/Not a profile/x", b"");
    let taken = adopt(&ground.home, false).unwrap();
    assert!(taken.products[0].remarks.iter().any(|remark| remark.contains("Not a profile")));
    // What changes installed files is in every profile.
    assert_eq!(ground.applied("Orders"), ["OLD2", "OLD1"]);
    let findings: Vec<What> = verify(&ground.home).unwrap().iter().map(|finding| finding.what).collect();
    assert_eq!(findings, [What::ForeignProfile]);
    ground.apply("Orders", &["NEW1"]);
    assert_eq!(ground.class_path("Orders"), ["new1.jar", "old1.jar", "old2.jar"]);
    let bytes = fs::read(ground.home.root.join(format!("patch_wls1036/profiles/default/{MANIFEST}"))).unwrap();
    assert!(manifest::class_path(&bytes).unwrap().last().unwrap().starts_with("file:"), "the default profile's is the vendor's still");
    delete(&ground.home, ground.product(), &name("Orders"), &Options::default()).unwrap();
    assert!(!ground.home.root.join(format!("patch_wls1036/profiles/Orders/{MANIFEST}")).exists());
}

#[test]
fn a_vendors_manifest_that_is_lost_is_written_by_us() {
    let ground = patched();
    adopt(&ground.home, false).unwrap();
    let manifest = ground.home.root.join(format!("patch_wls1036/profiles/default/{MANIFEST}"));
    fs::remove_file(&manifest).unwrap();
    assert!(repair(&ground.home, false).unwrap().carried_out);
    assert_eq!(ground.class_path("default"), ["old2.jar", "old1.jar", "nobodys.jar"]);
    ground.is_clean().unwrap();
    ground.apply("default", &["NEW1"]);
    fs::remove_file(ground.home.root.join("patch_wls1036/patch_jars/old1.jar")).unwrap();
    let left = repair(&ground.home, false).unwrap().left;
    assert_eq!(left.iter().map(|path| path.file_name()).collect::<Vec<_>>(), ["old1.jar"]);
}

#[test]
fn a_registry_that_cannot_be_read_refuses_everything() {
    let ground = Ground::new(&[Make::new().id("NEW1")]);
    for text in ["<registry>", "<!DOCTYPE r [<!ENTITY a 'b'>]><r>&a;</r>", "\u{0}"] {
        write(&ground, REGISTRY, text.as_bytes());
        assert_eq!(look(&ground.home).unwrap_err().code, "home-damaged", "{text:?}");
        assert_eq!(adopt(&ground.home, false).unwrap_err().code, "home-damaged");
        let refused = apply(&ground.home, ground.product(), &name("default"), &ids(&["NEW1"]), &Options::default()).unwrap_err();
        assert_eq!(refused.code, "home-damaged");
    }
}

#[test]
fn what_has_no_container_is_cloned_and_comes_back_as_long_as_its_jar_lies_there() {
    let ground = patched();
    adopt(&ground.home, false).unwrap();
    create(&ground.home, ground.product(), &name("Orders"), &Start::Clone(name("default")), &[], &Options::default()).unwrap();
    assert_eq!(ground.applied("Orders"), ["OLD1", "OLD2"]);
    let removed = remove(&ground.home, ground.product(), &name("Orders"), &ids(&["OLD1"]), &Options::default()).unwrap();
    assert!(removed.warnings.iter().any(|warning| warning.contains("OLD1") && warning.contains("patch_jars")), "{:?}", removed.warnings);
    rollback(&ground.home, ground.product(), Some(&name("Orders")), None, &Options::default()).unwrap();
    assert_eq!(ground.applied("Orders"), ["OLD1", "OLD2"]);
    remove(&ground.home, ground.product(), &name("Orders"), &ids(&["OLD1"]), &Options::default()).unwrap();
    remove(&ground.home, ground.product(), &name("default"), &ids(&["OLD1"]), &Options::default()).unwrap();
    fs::remove_file(ground.home.root.join("patch_wls1036/patch_jars/old1.jar")).unwrap();
    let refused = apply(&ground.home, ground.product(), &name("default"), &ids(&["OLD1"]), &Options::default()).unwrap_err();
    assert!(refused.code == "unknown-name" && refused.message.contains("old1.jar"), "{refused:?}");
}

#[test]
fn jars_of_no_patch_are_looked_after() {
    let ground = patched();
    let clashing = Make::new().id("NEW2").bugs(&["40004"]).jar("new2.jar", &[("com/example/Nobodys.class", b"another")]);
    clashing.write(&ground.home.download_folder());
    adopt(&ground.home, false).unwrap();
    let class_path = |profile: &str| {
        let shown = show(&ground.home, ground.product(), &name(profile)).unwrap();
        shown.class_path.iter().map(|jar| jar.file_name().to_string()).collect::<Vec<_>>()
    };
    assert_eq!(class_path("default"), ["old2.jar", "old1.jar", "nobodys.jar"]);
    create(&ground.home, ground.product(), &name("Orders"), &Start::Clone(name("default")), &[], &Options::default()).unwrap();
    assert_eq!((class_path("Orders"), ground.class_path("Orders")), (class_path("default"), class_path("default")));
    let report = ground.apply("Orders", &["NEW2"]);
    let warned = |warning: &String| ["NEW2", "nobodys.jar", "com.example.Nobodys"].iter().all(|word| warning.contains(word));
    assert!(report.warnings.iter().any(warned), "{:?}", report.warnings);
    assert_eq!(class_path("Orders").last().unwrap(), "nobodys.jar");
    // A profile that is made anew is not the clone of that name.
    delete(&ground.home, ground.product(), &name("Orders"), &Options::default()).unwrap();
    create(&ground.home, ground.product(), &name("Orders"), &Start::Empty, &[], &Options::default()).unwrap();
    assert_eq!(class_path("Orders"), ["old2.jar"]);
    ground.is_clean().unwrap();
    let nobodys = ground.home.root.join("patch_wls1036/patch_jars/nobodys.jar");
    for what in [What::Changed, What::Missing] {
        if what == What::Changed {
            fs::write(&nobodys, "another").unwrap()
        } else {
            fs::remove_file(&nobodys).unwrap()
        }
        assert_eq!(verify(&ground.home).unwrap().iter().map(|finding| finding.what).collect::<Vec<_>>(), [what]);
    }
}
