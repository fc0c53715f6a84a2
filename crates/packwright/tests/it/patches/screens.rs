//! What a person reads, as it stands on the screen. Paths, times, process numbers and sizes are taken out first.

use super::java::{HCE9, J7K2};
use super::make::Make;
use super::world::{World, assert_same, greeting};
use crate::enterprise::{Ended, files};

fn assert_screen(name: &str, world: &World, ended: &Ended) {
    let text = format!("{}{}exit code {}\n", ended.stdout, ended.stderr, ended.exit.expect("it ended by itself"));
    let text = text.replace(world.home().to_str().unwrap(), "[home]").replace(super::java::JAVA.home.to_str().unwrap(), "[java]");
    insta::with_settings!({
        omit_expression => true,
        prepend_module_to_snapshot => false,
        snapshot_path => "../snapshots/patches",
        filters => vec![
            (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?Z?", "[time]"),
            (r"\b\d\d:\d\d:\d\d\b", "[time]"),
            (r"\b(process|pid) \d+", "$1 [number]"),
            (r"\b[0-9a-f]{12,64}\b", "[hash]"),
            (r"\d+(\.\d)? (B|kB|MB|GB)\b", "[size]"),
        ]
    }, { insta::assert_snapshot!(name, text) });
}

#[test]
fn the_screens_of_a_patched_home() {
    let world = World::new();
    let wide =
        Make::new().id("W1DE").bugs(&["7000001"]).description("Replaces a file").file("$WLS_INSTALL_DIR$/server/lib/orders.xml", b"<new/>");
    world.import(&[greeting("HCE9", HCE9), greeting("J7K2", J7K2), wide]);
    let show = |name: &str, line: &str| assert_screen(name, &world, &world.patch(line));
    show("profile_create", "profile create Orders");
    let all = || files(&world.home());
    let before = all();
    show("apply_plan", "apply HCE9 W1DE --profile Orders --plan");
    let plan = format!("point {} --profile Orders --managed --plan", world.domain("orders").display());
    show("point_plan", &plan);
    assert_same(&all(), &before);
    show("apply", "apply HCE9 W1DE --profile Orders");
    assert_screen("point", &world, &world.point("orders", "Orders", ""));
    show("class_clash", "apply J7K2 --profile Orders");
    show("profile_list", "profile list");
    show("profile_show", "profile show Orders");
    show("list", "list");
    show("generations", "generations");
    show("status", "status");
    show("effective", &format!("effective {} east1", world.domain("orders").display()));
    show("profile_delete", "profile delete Orders");
    show("remove_wide", "remove W1DE --profile Orders --plan");
    std::fs::remove_file(world.below("patch_wls1036/patch_jars/bug_HCE9.jar")).unwrap();
    world.lay_out_domain("orders");
    show("verify_damaged", "verify");
    show("repair", "repair");
    show("verify_repaired", "verify");
}
