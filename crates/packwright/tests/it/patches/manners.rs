//! How the program behaves towards who calls it: it asks before it takes something away, prints one JSON value, ends with the code it documents, and says
//! what is so.

use super::java::{HCE9, J7K2};
use super::make::Make;
use super::world::{World, greeting};
use crate::enterprise::files;
use std::fs;

fn wide(id: &str) -> Make {
    Make::new().id(id).file("$WLS_INSTALL_DIR$/server/lib/orders.xml", id.as_bytes())
}

/// Orders holds HCE9, and the scripts of the domain orders name it.
fn pointed() -> World {
    let world = World::new();
    world.import(&[greeting("HCE9", HCE9)]);
    world.profile("Orders", &["HCE9"]);
    world.point("orders", "Orders", "").succeeded();
    world
}

#[test]
fn a_rollback_that_deletes_a_profile_names_the_scripts_and_asks_first() {
    let world = pointed();
    let before = world.tree();
    let plan = world.json("rollback --to 0 --plan");
    assert!(plan["pointing"][0]["pointers"][0]["script"].as_str().unwrap().ends_with("setDomainEnv.sh"), "{plan}");
    let page = world.patch("rollback --to 0 --plan").succeeded().stdout;
    assert!(page.contains("still points at Orders") && page.contains("setDomainEnv.sh"), "{page}");
    let refused = world.patch("rollback --to 0 --json").failed(3).json();
    assert_eq!(refused["code"], "bad-request");
    assert!(refused["evidence"][0]["file"].as_str().unwrap().ends_with("setDomainEnv.sh"), "{refused}");
    assert_eq!(world.tree(), before);
    let done = world.patch("rollback --to 0 --yes").succeeded().stdout;
    assert!(done.contains("still points at Orders"), "{done}");
    let status = world.patch("status").succeeded().stdout;
    assert!(status.contains("profile Orders is named by its scripts and is no more"), "{status}");
    // Nothing can put that right but a person.
    let repaired = world.patch("repair").failed(1).stdout;
    assert!(repaired.contains("left") && repaired.contains("setDomainEnv.sh"), "{repaired}");
    world.patch("verify").failed(1);
}

#[test]
fn deleting_a_profile_tells_first_what_forbids_it() {
    let world = pointed();
    let plan = world.json("profile delete Orders --plan");
    assert!(plan["pointing"][0]["pointers"][0]["line"].as_u64().unwrap() > 0, "{plan}");
    assert!(world.patch("profile delete default").failed(3).stderr.contains("cannot delete the default profile"));
    assert_eq!(world.patch("profile delete Nights --json").failed(3).json()["code"], "unknown-name");
}

#[test]
fn a_patch_that_leaves_every_profile_is_asked_about() {
    let world = World::new();
    world.import(&[wide("W1DE"), wide("W2DE").replaces("W1DE"), greeting("HCE9", HCE9)]);
    world.patch("apply W1DE").succeeded();
    world.patch("remove W1DE").succeeded();
    world.patch("apply W1DE").succeeded();
    world.profile("Orders", &["HCE9"]);
    for change in ["remove W1DE --profile Orders", "apply W2DE --profile Orders"] {
        let refused = world.patch(change).failed(3).stderr;
        assert!(refused.contains("take W1DE out of all 2 profiles") && refused.contains("--yes"), "{refused}");
    }
    assert_eq!(fs::read(world.below("wlserver_10.3/server/lib/orders.xml")).unwrap(), b"W1DE");
    world.patch("remove HCE9 --profile Orders").succeeded();
    world.patch("apply W2DE --profile Orders --yes").succeeded();
    world.patch("remove W2DE --yes").succeeded();
    assert_eq!(fs::read(world.below("wlserver_10.3/server/lib/orders.xml")).unwrap(), b"<orders/>\n");
}

#[test]
fn the_vendors_lines_tell_what_leaves_everywhere_and_what_failed() {
    let world = World::new();
    world.import(&[wide("W1DE"), greeting("OLD1", HCE9).withdrawn("it counts twice")]);
    world.profile("Orders", &["W1DE"]);
    let bsu = |line: &str| world.packwright(&format!("bsu {line} -prod_dir={}", world.below("wlserver_10.3").display()));
    let removed = bsu("-remove -patchlist=W1DE").succeeded().stdout;
    assert!(removed.contains("it leaves every profile"), "{removed}");
    let again = bsu("-remove -patchlist=W1DE").succeeded().stdout;
    assert!(again.contains("Patch not installed: W1DE in profile: Default"), "{again}");
    let nowhere = format!("bsu -install -patchlist=W1DE -prod_dir={}", world.below("wlserver_9").display());
    let failed = [
        bsu("-install -patchlist=toolong"),
        bsu("-remove -patchlist=W1DE -profile=a/b"),
        bsu("-remove -patchlist=W1DE -profile=Nights"),
        bsu("-install -patchlist=W1DE -patch_download_dir=/nowhere"),
        bsu("-remove -patchlist=W1DE -log=/nowhere/log"),
        world.packwright(&nowhere),
    ];
    for ended in failed {
        let ended = ended.failed(3);
        assert!(ended.stdout.contains("Result: Failure\nFailure condition follows:"), "{ended:?}");
    }
    let withdrawn = bsu("-install -patchlist=OLD1").failed(3);
    assert!(withdrawn.stderr.contains("-even_withdrawn") && !withdrawn.stderr.contains("--even-withdrawn"), "{withdrawn:?}");
    bsu("-install -patchlist=OLD1 -even_withdrawn").succeeded();
    assert!(world.patch("profile create Nights --patches OLD1").failed(3).stderr.contains("--even-withdrawn"));
    world.patch("profile create Nights --patches OLD1 --even-withdrawn").succeeded();
}

#[test]
fn there_is_one_json_value_and_each_conflict_is_told_once() {
    let world = World::new();
    world.import(&[greeting("HCE9", HCE9), greeting("J7K2", J7K2)]);
    world.patch("apply HCE9").succeeded();
    let plan = world.patch("apply J7K2 --plan --json").failed(3).json();
    assert_eq!(plan["problem"]["code"], "patch-conflict", "{plan}");
    assert_eq!(plan["verdict"]["conflicts"].as_array().unwrap().len(), 1);
    let ended = world.patch("apply J7K2 --plan").failed(3);
    let all = format!("{}{}", ended.stdout, ended.stderr);
    assert_eq!(all.matches("orders.Greeting").count(), 1, "{all}");

    let none = world.beside("none.jar").display().to_string();
    let line = format!("import {none} {}", world.beside("downloaded/HCE9.jar").display());
    let answers = world.patch(&format!("{line} --json")).failed(3).json();
    assert_eq!((&answers[0]["problem"]["code"], &answers[1]["patches"][0]["id"]), (&"unknown-name".into(), &"HCE9".into()), "{answers}");
    let told = world.patch(&line).failed(3);
    assert_eq!(told.stderr.matches("there is no such file").count(), 1, "{told:?}");
    assert!(told.stdout.contains("HCE9.jar was there already"), "{told:?}");
}

#[test]
fn a_path_that_was_mistyped_is_an_unknown_name() {
    let world = World::new();
    world.import(&[greeting("HCE9", HCE9)]);
    let nowhere = world.beside("nowhere").display().to_string();
    let lines = [
        format!("status --home {nowhere}"),
        format!("point {nowhere} --profile default"),
        format!("unpoint {nowhere}"),
        format!("effective {nowhere}"),
        format!("profile suggest {nowhere}"),
        format!("node-manager {nowhere} --profile default"),
        format!("downloads {nowhere}"),
    ];
    for line in lines {
        let problem = world.patch(&format!("{line} --json")).failed(3).json();
        assert!(problem["code"] == "unknown-name" && !problem["hint"].as_str().unwrap().is_empty(), "{line}: {problem}");
    }
    // An empty variable is no home.
    let ended = world.patch_with("status", &[("MW_HOME", "")], &world.home()).succeeded();
    assert!(ended.stdout.contains(world.home().to_str().unwrap()), "{ended:?}");
}

#[test]
fn what_cannot_be_put_back_is_told_as_it_is() {
    let world = World::new();
    world.import(&[greeting("HCE9", HCE9)]);
    world.patch("apply HCE9").succeeded();
    let jar = world.below("patch_wls1036/patch_jars/bug_HCE9.jar");
    fs::remove_file(&jar).unwrap();
    std::os::unix::fs::symlink("/nowhere", &jar).unwrap();
    let left = world.patch("repair").failed(1).stdout;
    assert!(left.contains("a link lies there") && !left.contains("container"), "{left}");
    fs::remove_file(&jar).unwrap();
    fs::remove_file(world.below("utils/bsu/cache_dir/HCE9.jar")).unwrap();
    let left = world.patch("repair").failed(1).stdout;
    assert!(left.contains("its container is not in the download folder"), "{left}");
    let status = world.patch("status").succeeded().stdout;
    assert!(status.contains("not in the download folder any more") && status.contains("HCE9"), "{status}");
}

#[test]
fn status_is_short_and_names_archives_that_nobody_uses() {
    let world = World::new();
    let ids: Vec<String> = (10..23).map(|number| format!("AA{number}")).collect();
    let patches: Vec<Make> =
        ids.iter().map(|id| Make::new().id(id).jar(&format!("{id}.jar"), &[(&format!("orders/{id}.class"), b"x")])).collect();
    world.import(&patches);
    world.import(&[Make::new().id("AR01").archive("orders-lib", "1.0", &[("x", b"x")])]);
    world.patch(&format!("apply {}", ids.join(" "))).succeeded();
    world.profile("Orders", &["AR01"]);
    let status = world.patch("status").succeeded().stdout;
    assert!(status.contains("AA19 and 3 more\n") && !status.contains("AA20"), "{status}");
    assert!(status.contains("archive orders-lib of patch AR01 in profile Orders of wls1036 has no effect"), "{status}");
}

#[test]
fn a_profile_called_as_a_number_is_meant_and_the_history_is_told() {
    let world = World::new();
    world.import(&[greeting("HCE9", HCE9)]);
    world.profile("7", &["HCE9"]);
    world.profile("Fresh", &[]);
    let difference = world.json("diff 7 Fresh");
    assert_eq!(difference["only_one"][0], "HCE9");
    let history = world.json("history --count 1");
    assert_eq!((&history[0]["outcome"], history.as_array().unwrap().len()), (&"done".into(), 1), "{history}");
    let page = world.patch("history").succeeded().stdout;
    assert!(page.contains("create the profile 7") && page.contains("apply HCE9 to 7"), "{page}");
}

#[test]
fn looking_at_a_home_that_is_not_taken_over_leaves_nothing_there() {
    let world = World::new();
    greeting("HCE9", HCE9).write(&world.below("utils/bsu/cache_dir"));
    let before: Vec<String> = files(&world.home()).into_keys().collect();
    for line in ["list", "list --known", "show HCE9", "adopt --plan", "status", "verify", "profile list"] {
        world.patch(line).succeeded();
    }
    assert_eq!(files(&world.home()).into_keys().collect::<Vec<_>>(), before);
}

#[test]
fn who_only_looks_is_told_of_a_change_that_was_interrupted() {
    let world = World::new();
    let large = (0..200).fold(Make::new(), |patch, n| patch.file(&format!("$WLS_INSTALL_DIR$/server/many/{n}.txt"), b"x"));
    world.import(&[large]);
    let journal = world.below("packwright/journal.json");
    for _ in 0..10 {
        let mut apply = world.start_patch("apply HCE9");
        while !journal.exists() && apply.runs() {
            std::thread::yield_now();
        }
        apply.kill();
        if journal.exists() {
            break;
        }
        world.patch("remove HCE9").succeeded();
    }
    assert!(journal.exists(), "it was never met in its midst");
    for line in ["list", "show HCE9", "generations", "profile list", "profile show default"] {
        let told = world.patch(line).succeeded().stderr;
        assert!(told.contains("was interrupted") && told.lines().count() == 1, "{line}: {told}");
    }
    world.patch("recover").succeeded();
    assert_eq!(world.patch("list").succeeded().stderr, "");
}
