//! The laws of a home that somebody left a journal, a lock or a history in: nothing outside the home is ever touched, and a recovery comes to its
//! end, or can be begun again, or leaves the home alone.

use crate::ground::{Ground, picture};
use patches::home::OURS;
use patches::journal::{self, Direction, Recovered};
use patches::lock::Lock;

/// What the saved journals find staged and kept.
pub const NEW: &[u8] = b"new\n";
pub const FORMER: &[u8] = b"former\n";

pub fn journal(bytes: &[u8]) {
    recovers("journal.json", Direction::Undo, bytes);
    for name in ["journal.json", "journal-undoing.json", "journal-done.json", "journal-undone.json"] {
        recovers(name, Direction::Either, bytes);
    }
}

fn recovers(name: &str, direction: Direction, bytes: &[u8]) {
    let path = format!("{OURS}/{name}");
    let (staging, undo) = (format!("{OURS}/staging/0"), format!("{OURS}/undo/0"));
    let ground = Ground::new(&[(&path, bytes), (&staging, NEW), (&undo, FORMER), ("modules/a.jar", FORMER), ("modules/b.jar", NEW)]);
    let home = ground.home();
    let outside = |path: &str| path == "home" || path.starts_with("home/");
    let ours = |path: &str| path.starts_with(&format!("home/{OURS}"));
    let beside = picture(ground.folder(), outside);
    let before = picture(ground.folder(), ours);
    let interrupted = journal::interrupted(&home);
    assert_eq!(picture(ground.folder(), ours), before, "looking wrote something");
    let lock = Lock::take(&home, "recover").expect("nobody else has it");
    let recovered = journal::recover(&lock, direction);
    assert_eq!(picture(ground.folder(), outside), beside, "a journal reached out of its home");
    let after = picture(ground.folder(), ours);
    match recovered {
        // What fails half way can be undone, because the journal is still there.
        Err(_) if journal::interrupted(&home).is_ok_and(|found| found.is_some()) => {}
        Err(_) => assert_eq!(after, before, "a recovery that was refused changed the home"),
        Ok(recovered) => {
            assert!(interrupted.is_ok(), "recovered from a journal that cannot be read");
            assert!(journal::interrupted(&home).expect("recovered").is_none(), "recovered, and still interrupted");
            assert!(!ground.root().join(&path).exists(), "the journal is still there");
            if name.contains("-un") && recovered != Recovered::Nothing {
                assert!(matches!(recovered, Recovered::Undone { .. }), "undone half, and then finished");
            }
            assert_eq!(journal::recover(&lock, direction).expect("nothing to do"), Recovered::Nothing);
        }
    }
}

/// The bytes lie in the lock that nobody holds.
pub fn lock_holder(bytes: &[u8]) {
    let ground = Ground::new(&[("packwright/lock", bytes)]);
    let home = ground.home();
    assert!(Lock::holder(&home).expect("a plain file").is_none(), "a lock that nobody holds is held");
    let lock = Lock::take(&home, "look").expect("nobody else has it");
    assert!(Lock::holder(&home).expect("a plain file").is_some_and(|holder| holder.is_some()), "a lock of ours has no holder");
    drop(lock);
}

pub fn history(bytes: &[u8]) {
    let ground = Ground::new(&[("packwright/history.jsonl", bytes)]);
    let home = ground.home();
    for entries_max in [0, 1, 100] {
        if let Ok(entries) = journal::history(&home, entries_max) {
            assert!(entries.len() <= entries_max, "more entries than were asked for");
        }
    }
}
