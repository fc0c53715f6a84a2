//! Going back: which generation a rollback comes to, and what comes back to the home with it.

use crate::changing::{DEFAULT, Ground, ids, name, native, system};
use crate::make::Make;
use patches::change::{Options, Start, apply, rollback};
use patches::profiles::{Keep, gc};
use std::fs;
use std::os::unix::fs::PermissionsExt;

fn keep(count: usize) -> Keep {
    Keep { count, made_since: None }
}

#[test]
fn a_generation_that_was_cleared_away_is_not_passed_over() {
    let ground = Ground::new(&[system("AAAA"), system("BBBB"), system("CCCC")]);
    for patch in ["AAAA", "BBBB", "CCCC"] {
        ground.apply(DEFAULT, &[patch]);
    }
    let cleared = gc(&ground.home, keep(1), true).unwrap();
    assert_eq!(cleared.generations.iter().map(|(_, number)| *number).collect::<Vec<_>>(), [1]);
    gc(&ground.home, Keep::default(), false).unwrap();
    for profile in [None, Some(name(DEFAULT))] {
        let refused = rollback(&ground.home, ground.product(), profile.as_ref(), None, &Options::default()).unwrap_err();
        assert_eq!(refused.code, "unknown-name");
        assert!(refused.message.contains("generation 2 was cleared away") && refused.hint.contains("--to 0"), "{refused:?}");
    }
    assert_eq!(ground.applied(DEFAULT), ["AAAA", "BBBB", "CCCC"]);
    ground.rollback(None, Some(0));
    assert!(ground.applied(DEFAULT).is_empty());
}

#[test]
fn going_back_leaves_out_what_was_given_up() {
    let ground = Ground::new(&[system("AAAA"), system("BBBB"), system("CCCC")]);
    ground.apply(DEFAULT, &["AAAA"]);
    ground.apply(DEFAULT, &["BBBB"]);
    ground.rollback(None, Some(1));
    ground.apply(DEFAULT, &["CCCC"]);
    assert_eq!(gc(&ground.home, keep(1), true).unwrap().generations.len(), 1);
    let report = ground.rollback(None, None);
    assert_eq!((report.generation_before, report.generation_after), (3, 1));
    assert_eq!(ground.rollback(None, None).generation_after, 0);
}

#[test]
fn a_profile_goes_further_back_each_time() {
    let ground = Ground::new(&[system("AAAA"), system("BBBB"), native("CCCC")]);
    ground.create("Orders", Start::Empty);
    ground.apply("Orders", &["AAAA"]);
    ground.apply("Orders", &["BBBB"]);
    ground.apply(DEFAULT, &["CCCC"]);
    ground.rollback(Some("Orders"), None);
    assert_eq!(ground.applied("Orders"), ["AAAA"]);
    ground.rollback(Some("Orders"), None);
    assert!(ground.applied("Orders").is_empty());
    let nothing = rollback(&ground.home, ground.product(), Some(&name("Orders")), None, &Options::default()).unwrap_err();
    assert_eq!(nothing.code, "unknown-name");
    assert_eq!(ground.applied(DEFAULT), ["CCCC"]);
    assert!(apply(&ground.home, ground.product(), &name("Orders"), &ids(&["AAAA"]), &Options::default()).is_ok());
}

#[test]
fn each_original_comes_back_with_its_own_permissions() {
    let [one, other] = ["one.sh", "other.sh"].map(|file| format!("wlserver_10.3/server/lib/{file}"));
    let to = |file: &str| format!("$WLS_INSTALL_DIR$/server/lib/{file}");
    let ground = Ground::new(&[Make::new().id("AAAA").file(&to("one.sh"), b"1").file(&to("other.sh"), b"2")]);
    for (path, mode) in [(&one, 0o640), (&other, 0o4755)] {
        fs::write(ground.home.root.join(path), "the same").unwrap();
        fs::set_permissions(ground.home.root.join(path), fs::Permissions::from_mode(mode)).unwrap();
    }
    let before = ground.snapshot();
    ground.apply(DEFAULT, &["AAAA"]);
    ground.remove(DEFAULT, &["AAAA"]);
    assert_eq!(ground.snapshot(), before);
}

#[test]
fn folders_that_were_there_stay_and_those_that_we_made_go() {
    let ground = Ground::new(&[native("AAAA").file("$BEAHOME$/modules/made/up.txt", b"x")]);
    let is_there = |path: &str| ground.home.root.join(path).is_dir();
    let was_there = ["patch_wls1036/profiles/default/native", "patch_wls1036/registry"];
    was_there.iter().for_each(|path| fs::create_dir_all(ground.home.root.join(path)).unwrap());
    ground.apply(DEFAULT, &["AAAA"]);
    assert!(is_there("modules/made") && is_there("patch_wls1036/profiles/default/sys_manifest_classpath"));
    ground.remove(DEFAULT, &["AAAA"]);
    assert!(was_there.iter().all(|path| is_there(path)));
    assert!(!is_there("modules/made") && !is_there("patch_wls1036/profiles/default/sys_manifest_classpath"));
}

#[test]
fn a_products_patch_folder_stays_when_nothing_is_left_in_it() {
    let jar = Make::new().id("AAAA").product("ocp").release("3.7.1").jar("a.jar", &[("com/example/A.class", b"a")]);
    let ground = Ground::new(&[jar]);
    fs::remove_dir_all(ground.home.root.join("patch_ocp371/registry")).unwrap();
    let product = ground.home.product(Some("ocp")).unwrap();
    apply(&ground.home, product, &name(DEFAULT), &ids(&["AAAA"]), &Options::default()).unwrap();
    rollback(&ground.home, product, None, None, &Options::default()).unwrap();
    gc(&ground.home, Keep::default(), false).unwrap();
    assert_eq!(fs::read_dir(ground.home.root.join("patch_ocp371")).unwrap().count(), 0);
}
