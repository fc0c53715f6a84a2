//! Applied is not loaded: servers that run with what was before are named until they are started anew.

use super::java::{HCE9, INSTALLED};
use super::world::{World, greeting};

/// Whether `status` says that a server runs, and that it must be restarted.
fn named(world: &World, name: &str) -> Option<bool> {
    let status = world.json("status");
    let domains = status["effect"]["domains"].as_array().expect("domains are listed");
    let mut servers = domains.iter().flat_map(|domain| domain["servers"].as_array().expect("servers are listed"));
    let server = servers.find(|server| server["server"] == name)?;
    Some(!server["restart"].as_array().expect("reasons are listed").is_empty())
}

#[test]
fn a_server_that_was_started_before_the_change_needs_a_restart() {
    let world = World::new();
    world.import(&[greeting("HCE9", HCE9)]);
    world.profile("Orders", &[]);
    world.point("orders", "Orders", "").succeeded();
    let (east, other) = (world.start_server("orders", Some("east1")), world.start_server("billing", Some("east2")));
    assert_eq!(east.told.greeting(), INSTALLED);
    assert_eq!([named(&world, "east1"), named(&world, "east2")], [Some(false); 2]);
    world.patch("apply HCE9 --profile Orders").succeeded();
    assert_eq!([named(&world, "east1"), named(&world, "east2")], [Some(true), Some(false)]);
    let page = world.patch("status").succeeded().stdout;
    assert!(page.contains("restart it: it was started before its profile was changed"), "{page}");
    east.stop();
    let east = world.start_server("orders", Some("east1"));
    assert_eq!(east.told.greeting(), HCE9);
    assert_eq!(named(&world, "east1"), Some(false));
    // What a running server has loaded stays loaded, whatever the profile holds now.
    world.patch("remove HCE9 --profile Orders").succeeded();
    assert_eq!(named(&world, "east1"), Some(true));
    east.stop();
    other.stop();
    assert_eq!(named(&world, "east1"), None);
}

#[test]
fn gc_keeps_a_jar_that_a_running_server_has_open() {
    let world = World::new();
    world.import(&[greeting("HCE9", HCE9)]);
    world.patch("apply HCE9").succeeded();
    let server = world.start_server("orders", None);
    world.patch("remove HCE9").succeeded();
    let jar = world.below("patch_wls1036/patch_jars/bug_HCE9.jar");
    let told = world.patch("gc --keep 0").succeeded().stdout;
    assert!(jar.is_file() && told.contains("has it open"), "{told}");
    server.stop();
    world.patch("gc --keep 0").succeeded();
    assert!(!jar.exists());
}
