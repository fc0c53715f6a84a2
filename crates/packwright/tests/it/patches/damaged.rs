//! Scripts and homes that change behind packwright's back: the vendor's wizard, a home that moves, files that are lost.

use super::java::{HCE9, INSTALLED};
use super::world::{DOMAINS, World, assert_same, greeting};

fn pointed() -> World {
    let world = World::new();
    world.import(&[greeting("HCE9", HCE9)]);
    world.profile("Orders", &["HCE9"]);
    world.point("orders", "Orders", "").succeeded();
    world
}

#[test]
fn what_the_wizard_rewrote_is_found_and_put_back() {
    let world = pointed();
    world.patch("verify").succeeded();
    world.lay_out_domain("orders");
    assert_eq!(world.server("orders", None).greeting(), INSTALLED);
    let found = world.patch("verify").failed(1).stdout;
    assert!(found.contains("setDomainEnv.sh"), "{found}");
    let script = world.domain("orders").join("bin/setDomainEnv.sh");
    let bare = std::fs::read(&script).unwrap();
    world.patch("repair --plan").succeeded();
    assert_eq!(std::fs::read(&script).unwrap(), bare, "a plan touches nothing");
    world.patch("repair").succeeded();
    assert_eq!(world.server("orders", None).greeting(), HCE9);
    world.patch("verify").succeeded();
    world.patch(&format!("unpoint {}", world.domain("orders").display())).succeeded();
    assert_eq!(std::fs::read(&script).unwrap(), bare, "byte for byte as the wizard wrote it");
}

#[test]
fn a_home_that_moved_works_on() {
    let mut world = pointed();
    let former = world.home();
    world.rename("moved");
    let applied = world.patch("list --profile Orders").succeeded().stdout;
    assert!(applied.contains("HCE9"), "{applied}");
    world.patch("verify").failed(1);
    world.lay_out();
    world.patch("repair").succeeded();
    world.patch("verify").succeeded();
    assert_eq!(world.server("orders", None).greeting(), HCE9);
    world.patch("remove HCE9 --profile Orders").succeeded();
    assert_eq!(world.server("orders", None).greeting(), INSTALLED);
    assert!(!former.exists(), "nothing was written to the old place");
}

#[test]
fn scripts_that_run_from_another_home_are_told_with_its_name() {
    let mut world = pointed();
    let former = world.home();
    world.rename("moved");
    let found = world.patch("verify").failed(1).stdout;
    for domain in DOMAINS {
        let script = world.domain(domain).join("bin/setDomainEnv.sh").display().to_string();
        let line = found.lines().find(|line| line.contains(&script)).unwrap_or_else(|| panic!("{script} is not told:\n{found}"));
        assert!(line.contains(former.to_str().unwrap()), "the other home is not named: {line}");
    }
}

#[test]
fn lost_and_changed_files_of_a_profile_are_found_and_made_anew() {
    let world = pointed();
    let before = world.tree();
    std::fs::remove_file(world.below("patch_wls1036/patch_jars/bug_HCE9.jar")).unwrap();
    std::fs::write(world.below("patch_wls1036/profiles/Orders/sys_manifest_classpath/weblogic_patch.jar"), "damaged").unwrap();
    let found = world.patch("verify").failed(1).stdout;
    assert!(found.contains("bug_HCE9.jar") && found.contains("weblogic_patch.jar"), "{found}");
    world.patch("repair").succeeded();
    assert_same(&world.tree(), &before);
    assert_eq!(world.server("orders", None).greeting(), HCE9);
}

#[test]
fn a_profile_that_goes_names_the_scripts_that_point_at_it() {
    let world = pointed();
    let refused = world.patch("profile delete Orders").failed(3).stderr;
    assert!(refused.contains("setDomainEnv.sh"), "{refused}");
    assert_eq!(world.server("orders", None).greeting(), HCE9, "nobody said yes");
    world.patch("profile delete Orders --yes").succeeded();
    let found = world.patch("verify").failed(1).stdout;
    assert!(found.contains("setDomainEnv.sh") && found.contains("Orders"), "{found}");
}
