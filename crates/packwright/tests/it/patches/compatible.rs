//! `packwright bsu`: the lines that administrators and their scripts look for, with exit codes that can be trusted.

use super::java::{HCE9, INSTALLED, J7K2};
use super::make::Make;
use super::world::{World, greeting};

fn bsu(world: &World, line: &str) -> crate::enterprise::Ended {
    world.packwright(&format!("bsu {line} -prod_dir={}", world.below("wlserver_10.3").display()))
}

fn lines(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.trim().is_empty()).collect()
}

#[test]
fn the_familiar_lines_of_installing_and_removing() {
    let world = World::new();
    world.import(&[greeting("HCE9", HCE9)]);
    let installed = bsu(&world, "-install -patchlist=HCE9").succeeded().stdout;
    assert_eq!(
        lines(&installed),
        ["Checking for conflicts..", "No conflict(s) detected", "Installing Patch ID: HCE9..", "Result: Success"]
    );
    assert_eq!(world.server("billing", None).greeting(), HCE9);
    let again = bsu(&world, "-install -patchlist=HCE9").stdout;
    assert!(again.contains("Patch already installed: HCE9 in profile: Default"), "{again}");
    let removed = bsu(&world, "-remove -patchlist=HCE9").succeeded().stdout;
    assert!(removed.contains("Removing Patch ID: HCE9..") && removed.contains("Result: Success"), "{removed}");
    assert_eq!(world.server("billing", None).greeting(), INSTALLED);
}

#[test]
fn a_profile_is_named_and_only_its_domain_gets_the_patch() {
    let world = World::new();
    world.import(&[greeting("HCE9", HCE9)]);
    world.profile("Orders", &[]);
    world.point("orders", "Orders", "").succeeded();
    bsu(&world, "-install -patchlist=HCE9 -profile=Orders").succeeded();
    assert_eq!(world.server("orders", None).greeting(), HCE9);
    assert_eq!(world.server("billing", None).greeting(), INSTALLED);
}

#[test]
fn a_conflict_is_told_in_the_familiar_sentence_and_by_the_exit_code() {
    let world = World::new();
    world.import(&[greeting("HCE9", HCE9), Make::new().id("X3CL").excludes("HCE9").jar("x.jar", &[("orders/X.class", b"x")])]);
    bsu(&world, "-install -patchlist=HCE9").succeeded();
    let refused = bsu(&world, "-install -patchlist=X3CL").failed(3);
    let all = format!("{}{}", refused.stdout, refused.stderr);
    for line in [
        "Checking for conflicts..",
        "Conflict(s) detected - resolve conflict condition and execute patch installation again",
        "Conflict condition details follow:",
        "Patch X3CL is mutually exclusive and cannot coexist with patch(es): HCE9",
        "Result: Failure",
    ] {
        assert!(all.contains(line), "no \"{line}\" in\n{all}");
    }
    assert!(!all.contains("Result: Success"));
    bsu(&world, "-install -patchlist=NONE").failed(3);
    bsu(&world, "-install").failed(2);
}

#[test]
fn what_is_applied_and_downloaded_is_viewed_and_reported() {
    let world = World::new();
    world.import(&[greeting("HCE9", HCE9).bugs(&["9322540"]), greeting("J7K2", J7K2)]);
    bsu(&world, "-install -patchlist=HCE9").succeeded();
    let applied = bsu(&world, "-view -status=applied").succeeded().stdout;
    assert!(applied.lines().any(|line| line.starts_with("Patch ID:") && line.ends_with("HCE9 (9322540)")), "{applied}");
    assert!(!applied.contains("J7K2") && applied.contains("Default"), "{applied}");
    let downloaded = bsu(&world, "-view -status=downloaded").succeeded().stdout;
    assert!(downloaded.contains("HCE9") && downloaded.contains("J7K2"), "{downloaded}");
    let report = world.packwright(&format!("bsu -report -bea_home={} -output_format=xml", world.home().display())).succeeded().stdout;
    assert!(report.contains("<patchDesc ") && report.contains("<patchId>HCE9</patchId>"), "{report}");
}
