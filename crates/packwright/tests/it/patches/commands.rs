//! Commands beside the main way: other targets of a pointer, Node Manager, adoption, finding homes, comparing, the download folder.

use super::java::{HCE9, INSTALLED};
use super::make::{Make, zip_of};
use super::world::{World, greeting};
use std::fs;

fn with_orders() -> World {
    let world = World::new();
    world.import(&[greeting("HCE9", HCE9), Make::new().id("N4TV").native("libx.so", "linux-x86_64", b"\x7fELF")]);
    world.profile("Orders", &["HCE9"]);
    world
}

#[test]
fn servers_that_are_not_managed_servers_alone_get_the_profile() {
    let world = with_orders();
    world.point("orders", "Orders", "--others").succeeded();
    assert_eq!(world.server("orders", None).greeting(), HCE9);
    assert_eq!(world.server("orders", Some("east1")).greeting(), INSTALLED);
    world.patch("verify").succeeded();
}

#[test]
fn a_script_of_ones_own_that_never_comes_to_comm_env_gets_the_profile_and_comes_back() {
    let world = with_orders();
    let script = world.domain("orders").join("bin/own.sh");
    let text = format!(
        "#!/bin/sh\nWEBLOGIC_CLASSPATH={}\nexec java -cp \"${{WEBLOGIC_CLASSPATH}}\" weblogic.Server\n",
        world.below("wlserver_10.3/server/lib/weblogic.jar").display()
    );
    fs::write(&script, &text).unwrap();
    let run = || {
        let told = std::process::Command::new("sh").arg(&script).env_clear().env("PATH", "/usr/bin:/bin").output().unwrap();
        String::from_utf8_lossy(&told.stdout).into_owned()
    };
    assert!(run().contains(INSTALLED), "{}", run());
    let whom = format!("--script {}", script.display());
    world.point("orders", "Orders", &whom).succeeded();
    assert!(run().contains(HCE9), "{}", run());
    world.patch(&format!("unpoint {} {whom}", world.domain("orders").display())).succeeded();
    assert_eq!(fs::read_to_string(&script).unwrap(), text);
}

#[test]
fn an_event_server_gets_its_option_on_every_line_and_loses_it_again() {
    let world = with_orders();
    let script = world.domain("orders").join("startwlevs.sh");
    let text = "if [ \"$1\" = -dgc ]; then\n  java -Dx=y -jar wlevs.jar \"$@\"\nelse\n  java -jar wlevs.jar \"$@\"\nfi\n";
    fs::write(&script, text).unwrap();
    world.point("orders", "Orders", "--event-server").succeeded();
    assert_eq!(fs::read_to_string(&script).unwrap().matches("-DBEAPatchProfile=Orders").count(), 2);
    world.patch(&format!("unpoint {} --event-server", world.domain("orders").display())).succeeded();
    assert_eq!(fs::read_to_string(&script).unwrap(), text);
}

#[test]
fn a_snippet_for_scripts_edited_by_hand_is_printed_and_nothing_else() {
    let world = with_orders();
    let before = world.tree();
    let snippet = world.point("orders", "Orders", "--print").succeeded().stdout;
    assert!(snippet.contains("PATCH_CLASSPATH='") && snippet.contains("/profiles/Orders/"), "{snippet}");
    assert!(snippet.contains("unset WEBLOGIC_EXTENSION_DIRS PATCH_LIBPATH"), "what the caller has set must not count: {snippet}");
    assert_eq!(world.tree(), before);
}

#[test]
fn node_managers_are_told_what_they_need_and_their_files_keep_the_rest() {
    let world = with_orders();
    let command = format!("node-manager {} --profile Orders", world.domain("orders").display());
    let classes_only = world.patch(&command).succeeded().stdout;
    assert!(classes_only.contains("Classpath field") && classes_only.contains("east2"), "{classes_only}");
    world.patch("apply N4TV --profile Orders").succeeded();
    let properties = world.below("wlserver_10.3/common/nodemanager/nodemanager.properties");
    fs::create_dir_all(properties.parent().unwrap()).unwrap();
    let text = "#written by the first start\nListenPort=5556\r\nNodeManagerHome=C\\:\\\\nm\nStartScriptEnabled=false\nLogLevel=INFO";
    fs::write(&properties, text).unwrap();
    let shown = world.patch(&command).succeeded().stdout;
    assert!(shown.contains("StartScriptEnabled=true") && shown.contains("PATCH_LIBPATH"), "{shown}");
    assert_eq!(fs::read_to_string(&properties).unwrap(), text, "it was only shown");
    world.patch(&format!("{command} --apply")).succeeded();
    let after = fs::read_to_string(&properties).unwrap();
    assert!(after.contains("StartScriptEnabled=true") && after.contains("StartScriptName=startWebLogic.sh"), "{after}");
    assert!(after.starts_with("#written by the first start\nListenPort=5556\r\nNodeManagerHome=C\\:\\\\nm\n"), "{after}");
}

#[test]
fn a_home_that_the_vendors_tool_patched_is_read_first_and_then_taken_over() {
    let world = World::new();
    let jar = zip_of(&[("orders/Greeting.class", b"of the vendor's tool")]);
    for (path, bytes) in [
        ("patch_wls1036/patch_jars/old.jar", jar.as_slice()),
        (
            "patch_wls1036/registry/patch-registry.xml",
            br#"<patch-registry><patchInstallEntry profile="Default"><patch id="OLD1"/><jar>old.jar</jar></patchInstallEntry></patch-registry>"#,
        ),
        (
            "patch_wls1036/profiles/default/sys_manifest_classpath/weblogic_patch.jar",
            &zip_of(&[("META-INF/MANIFEST.MF", b"Manifest-Version: 1.0\r\nClass-Path: ../../../patch_jars/old.jar\r\n\r\n")]),
        ),
    ] {
        fs::create_dir_all(world.below(path).parent().unwrap()).unwrap();
        fs::write(world.below(path), bytes).unwrap();
    }
    world.import(&[greeting("HCE9", HCE9)]);
    let before = world.tree();
    assert!(world.packwright(&format!("patch homes {}", world.home().display())).succeeded().stdout.contains("patch adopt"));
    assert!(world.patch("apply HCE9").failed(3).stderr.contains("packwright patch adopt"));
    assert!(world.patch("adopt --plan").succeeded().stdout.contains("OLD1"));
    assert_eq!(world.tree(), before);
    world.patch("adopt").succeeded();
    assert_eq!(world.tree(), before, "only records are written");
    assert!(world.patch("profile list").succeeded().stdout.contains("OLD1"));
}

#[test]
fn homes_of_the_users_list_are_found_and_what_is_none_is_told() {
    let world = World::new();
    fs::create_dir_all(world.beside("bea")).unwrap();
    fs::write(world.beside("bea/beahomelist"), format!("{};/nowhere/at/all", world.home().display())).unwrap();
    let found = world.packwright("patch homes").succeeded().stdout;
    assert!(found.contains("wls1036") && found.contains("/nowhere/at/all"), "{found}");
    // Somewhere in a home is in the home.
    assert!(
        world
            .packwright(&format!("patch --home {} status", world.below("wlserver_10.3/..").display()))
            .succeeded()
            .stdout
            .contains("wls1036")
    );
}

#[test]
fn profiles_and_generations_are_compared_and_one_is_suggested() {
    let world = with_orders();
    world.patch("profile create Billing --clone Orders").succeeded();
    world.patch("apply N4TV --profile Billing").succeeded();
    let differs = world.patch("diff Orders Billing").succeeded().stdout;
    assert!(differs.contains("+ N4TV") && differs.contains("native/libx.so"), "{differs}");
    assert!(world.patch("diff Orders@1 Orders").succeeded().stdout.contains("+ HCE9"));
    let suggested = world.patch(&format!("profile suggest {}", world.domain("orders").display())).succeeded().stdout;
    assert!(suggested.contains("Orders of wls1036") && suggested.contains("uses wls1036"), "{suggested}");
    let shown = world.patch("show HCE9").succeeded().stdout;
    assert!(shown.contains("system classpath") && shown.contains("Billing, Orders"), "{shown}");
}

#[test]
fn another_download_folder_is_used_from_then_on() {
    let world = with_orders();
    fs::create_dir_all(world.beside("elsewhere")).unwrap();
    greeting("J7K2", HCE9).write(&world.beside("elsewhere"));
    world.patch(&format!("downloads {}", world.beside("elsewhere").display())).succeeded();
    assert!(world.patch("list --downloaded").succeeded().stdout.contains("J7K2.jar"));
    assert!(world.patch("downloads --usual").succeeded().stdout.contains("utils/bsu/cache_dir"));
    assert!(!world.patch("list --downloaded").succeeded().stdout.contains("J7K2.jar"));
}

#[test]
fn a_change_is_told_even_where_scripts_cannot_be_looked_at() {
    let world = with_orders();
    world.point("orders", "Orders", "").succeeded();
    fs::write(world.below("packwright/pointers.json"), "{").unwrap();
    let told = world.patch("apply N4TV --profile Orders").succeeded().stdout;
    assert!(told.contains("applied: N4TV") && told.contains("the start scripts were not looked at"), "{told}");
}
