//! kill -9 in the midst of a change, and two programs at once.

use super::java::{HCE9, INSTALLED};
use super::make::Make;
use super::world::{World, assert_same, greeting};
use crate::enterprise::Running;
use std::path::Path;
use std::thread;

/// So many installed files make a change long enough to be met in its midst.
const FILES: usize = 300;

fn large() -> Make {
    (0..FILES)
        .fold(greeting("HCE9", HCE9), |patch, n| patch.file(&format!("$WLS_INSTALL_DIR$/server/many/{n}.txt"), format!("{n}").as_bytes()))
}

fn count(folder: &Path) -> usize {
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}

/// Goes on as soon as this is so, or the program has ended.
fn met(program: &mut Running, mut is_so: impl FnMut() -> bool) {
    while !is_so() && program.runs() {
        thread::yield_now();
    }
}

/// When a change is killed: as soon as so many files are made ready, or are in their places.
#[derive(Clone, Copy, Debug)]
enum Moment {
    Ready(usize),
    Moved(usize),
}

#[test]
fn killed_at_any_moment_the_next_command_ends_the_change_and_servers_get_all_or_nothing() {
    let world = World::new();
    world.import(&[large()]);
    let before = world.tree();
    let many = world.below("wlserver_10.3/server/many");
    let (mut interrupted, mut killed) = (0, 0);
    let moments = [
        Moment::Ready(1),
        Moment::Ready(FILES / 2),
        Moment::Ready(FILES),
        Moment::Moved(1),
        Moment::Moved(FILES / 4),
        Moment::Moved(FILES / 2),
        Moment::Moved(FILES - 20),
    ];
    for moment in moments {
        let mut apply = world.start_patch("apply HCE9");
        met(&mut apply, || match moment {
            Moment::Ready(files) => count(&world.below("packwright/staging")) >= files,
            Moment::Moved(files) => count(&many) >= files,
        });
        killed += usize::from(apply.kill().code().is_none());
        let journal = world.below("packwright/journal.json").exists();
        let status = world.patch("status").succeeded().stdout;
        assert_eq!(status.contains("INTERRUPTED: apply HCE9 to default"), journal, "{moment:?}: {status}");
        let moved = count(&many);
        if journal {
            interrupted += 1;
            world.patch("verify").failed(1);
            assert_eq!(world.patch("remove HCE9 --plan --json").failed(5).json()["code"], "home-interrupted");
            assert_eq!(count(&many), moved, "looking touches nothing");
        }
        if moved == 0 {
            assert_eq!(world.server("orders", None).greeting(), INSTALLED, "{moment:?}");
        }
        // The next command first ends what was begun.
        let told = world.patch("apply HCE9").succeeded().stderr;
        assert_eq!(told.contains("interrupted"), journal, "{moment:?}: {told}");
        assert_eq!((count(&many), world.server("orders", None).greeting()), (FILES, HCE9), "{moment:?}");
        world.patch("verify").succeeded();
        world.patch("remove HCE9").succeeded();
        world.patch("gc --keep 0").succeeded();
        assert_eq!(count(&many), 0, "{moment:?}");
    }
    assert!(interrupted >= 2 && killed >= 4, "{interrupted} interrupted of {killed} killed");
    let mut after = world.tree();
    after.retain(|path, _| !path.contains("/sys_manifest_classpath/") || before.contains_key(path));
    assert_same(&after, &before);
}

#[test]
fn an_interrupted_change_can_be_finished_or_undone_by_wish() {
    let world = World::new();
    world.import(&[large()]);
    let many = world.below("wlserver_10.3/server/many");
    // A program may be through before it is met; the next one is met earlier.
    let interrupt = || {
        for moved in [FILES / 2, FILES / 4, 20, 1, 1, 1] {
            let mut apply = world.start_patch("apply HCE9");
            met(&mut apply, || count(&many) >= moved);
            apply.kill();
            if world.below("packwright/journal.json").exists() {
                return;
            }
            world.patch("remove HCE9").succeeded();
        }
        panic!("it was never met in its midst");
    };
    interrupt();
    world.patch("recover --undo").succeeded();
    assert_eq!((count(&many), world.server("orders", None).greeting()), (0, INSTALLED));
    world.patch("verify").succeeded();
    interrupt();
    world.patch("recover").succeeded();
    assert_eq!((count(&many), world.server("orders", None).greeting()), (FILES, HCE9));
    world.patch("verify").succeeded();
    assert_eq!(world.patch("recover").succeeded().stdout, "nothing was interrupted\n");
}

#[test]
fn of_two_programs_at_once_the_second_is_told_who_is_at_it() {
    let world = World::new();
    world.import(&[greeting("HCE9", HCE9)]);
    let home = patches::home::Home::open(&world.home()).unwrap();
    let lock = patches::lock::Lock::take(&home, "apply J7K2 to Orders of wls1036").unwrap();
    let refused = world.patch("apply HCE9").failed(4).stderr;
    assert!(refused.contains("apply J7K2 to Orders of wls1036") && refused.contains(&std::process::id().to_string()), "{refused}");
    assert_eq!(world.patch("apply HCE9 --json").failed(4).json()["code"], "home-busy");
    // Looking is not refused.
    world.patch("apply HCE9 --plan").succeeded();
    world.patch("status").succeeded();
    drop(lock);
    world.patch("apply HCE9").succeeded();
}

#[test]
fn of_many_programs_at_once_each_is_carried_out_whole_or_refused() {
    let world = World::new();
    let ids = ["AAA1", "AAA2", "AAA3", "AAA4"];
    world.import(&ids.map(|id| Make::new().id(id).jar(&format!("{id}.jar"), &[(&format!("orders/{id}.class"), b"x")])));
    let running = ids.map(|id| (id, world.start_patch(&format!("apply {id}"))));
    let mut applied = Vec::new();
    for (id, program) in running {
        let ended = program.end();
        match ended.exit {
            Some(0) => applied.push(id),
            _ => drop(ended.failed(4)),
        }
    }
    assert!(!applied.is_empty());
    let listed = world.patch("list --profile default").succeeded().stdout;
    for id in ids {
        let is_applied = listed.lines().any(|line| line.contains(id) && line.contains("applied"));
        assert_eq!(is_applied, applied.contains(&id), "{id}: {listed}");
    }
    world.patch("verify").succeeded();
}
