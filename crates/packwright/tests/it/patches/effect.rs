//! Which servers get which classes: by domain, by kind of server, by name, and whatever the caller's environment holds.

use super::java::{HCE9, INSTALLED, J7K2};
use super::world::{DOMAINS, World, greeting};

/// A home in which the profile Orders holds HCE9.
fn with_orders() -> World {
    let world = World::new();
    world.import(&[greeting("HCE9", HCE9), greeting("J7K2", J7K2)]);
    world.profile("Orders", &["HCE9"]);
    world
}

fn answers(world: &World, domain: &str, server: Option<&str>) -> String {
    let told = world.server(domain, server);
    assert_eq!(told.name(), server.unwrap_or("AdminServer"));
    told.greeting().to_string()
}

#[test]
fn a_domain_gets_the_class_of_its_profile_until_the_patch_goes_and_when_it_comes_back() {
    let world = with_orders();
    assert_eq!(answers(&world, "orders", None), INSTALLED, "nobody points at the profile");
    world.point("orders", "Orders", "").succeeded();
    for server in [None, Some("east1")] {
        assert_eq!(answers(&world, "orders", server), HCE9);
        assert_eq!(answers(&world, "billing", server), INSTALLED);
    }
    world.patch("remove HCE9 --profile Orders").succeeded();
    assert_eq!(answers(&world, "orders", None), INSTALLED);
    world.patch("rollback").succeeded();
    assert_eq!(answers(&world, "orders", None), HCE9);
    world.patch("verify").succeeded();
    world.patch(&format!("unpoint {}", world.domain("orders").display())).succeeded();
    assert_eq!(answers(&world, "orders", None), INSTALLED);
}

#[test]
fn two_domains_with_a_profile_each_get_what_each_holds() {
    let world = with_orders();
    world.profile("Billing", &["J7K2"]);
    world.point("orders", "Orders", "").succeeded();
    world.point("billing", "Billing", "").succeeded();
    assert_eq!([answers(&world, "orders", None), answers(&world, "billing", None)], [HCE9, J7K2]);
    // Another profile for a domain is a new pointer in the old one's place.
    world.point("billing", "Orders", "").succeeded();
    assert_eq!(answers(&world, "billing", Some("east2")), HCE9);
    world.patch("verify").succeeded();
}

#[test]
fn the_default_profile_is_for_all_domains_but_those_that_point_elsewhere() {
    let world = World::new();
    world.import(&[greeting("HCE9", HCE9)]);
    world.patch("apply HCE9").succeeded();
    assert_eq!(DOMAINS.map(|domain| answers(&world, domain, None)), [HCE9, HCE9]);
    world.profile("Plain", &[]);
    world.point("billing", "Plain", "").succeeded();
    assert_eq!(DOMAINS.map(|domain| answers(&world, domain, None)), [HCE9, INSTALLED]);
    assert_eq!(answers(&world, "billing", Some("east1")), INSTALLED);
    world.patch("remove HCE9").succeeded();
    assert_eq!(answers(&world, "orders", Some("east1")), INSTALLED);
}

#[test]
fn managed_servers_only() {
    let world = with_orders();
    world.point("orders", "Orders", "--managed").succeeded();
    assert_eq!(answers(&world, "orders", Some("east1")), HCE9);
    assert_eq!(answers(&world, "orders", Some("east2")), HCE9);
    assert_eq!(answers(&world, "orders", None), INSTALLED);
}

#[test]
fn one_server_only() {
    let world = with_orders();
    world.point("orders", "Orders", "--server east2").succeeded();
    assert_eq!(answers(&world, "orders", Some("east1")), INSTALLED);
    assert_eq!(answers(&world, "orders", Some("east2")), HCE9);
    assert_eq!(answers(&world, "orders", None), INSTALLED);
}

#[test]
fn one_cluster_only() {
    let world = with_orders();
    world.point("orders", "Orders", "--cluster east").succeeded();
    assert_eq!(answers(&world, "orders", Some("east1")), HCE9);
    assert_eq!(answers(&world, "orders", Some("east2")), HCE9);
    assert_eq!(answers(&world, "orders", None), INSTALLED);
}

#[test]
fn what_the_caller_exported_for_another_home_counts_for_nothing() {
    let world = with_orders();
    let other = World::new();
    other.import(&[greeting("J7K2", J7K2)]);
    other.patch("apply J7K2").succeeded();
    let jar = other.below("patch_wls1036/profiles/default/sys_manifest_classpath/weblogic_patch.jar");
    let (jar, folder) = (jar.to_str().unwrap(), other.home().display().to_string());
    let leaked = [("PATCH_CLASSPATH", jar), ("PATCH_LIBPATH", &folder), ("PATCH_PATH", &folder), ("WEBLOGIC_EXTENSION_DIRS", &folder)];
    let get = |server| world.server_called_with("orders", server, &leaked);
    assert_eq!(get(None).greeting(), J7K2, "an unedited script takes whatever was exported");
    for whom in ["", "--managed", "--server east1"] {
        world.point("orders", "Orders", whom).succeeded();
        let told = get(Some("east1"));
        assert_eq!(told.greeting(), HCE9, "{whom}");
        for path in [told.class_path(), told.library_path(), told.extension_folders()] {
            assert!(!path.contains(&folder), "{whom}: {path}");
        }
        world.patch(&format!("unpoint {}", world.domain("orders").display())).succeeded();
    }
}

#[test]
fn what_effective_foretells_is_what_the_server_gets() {
    let world = with_orders();
    world.point("orders", "Orders", "--managed").succeeded();
    for (server, patched) in [("AdminServer", false), ("east1", true)] {
        let line = format!("effective {} {server} --class orders.Greeting", world.domain("orders").display());
        let told = world.patch(&line).succeeded().stdout;
        assert_eq!(told.contains("HCE9"), patched, "{told}");
        assert_eq!(told.contains("weblogic.jar"), !patched, "{told}");
    }
    assert_eq!(answers(&world, "orders", Some("east1")), HCE9);
}
