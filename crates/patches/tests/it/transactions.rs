//! A change of a home is all or nothing: whatever fails in it, however often, and whatever lies in its way.

use engine::failure::Failure;
use patches::disk;
use patches::home::Home;
use patches::journal::{Change, Content, Direction, Expected, Outcome, Recovered, Watch, history, interrupted, recover};
use patches::lock::Lock;
use patches::names::{Digest, RelPath};
use proptest::prelude::*;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;

/// All of a home, the packwright folder too: permissions, and bytes where it is a file. The lock, the history and the list of our folders stay, whatever happens.
type Tree = BTreeMap<String, (u32, Option<Vec<u8>>)>;

pub fn tree(root: &Path) -> Tree {
    let mut tree = Tree::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let metadata = fs::symlink_metadata(&path).unwrap();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_string();
            let bytes = metadata.is_file().then(|| fs::read(&path).unwrap());
            if metadata.is_dir() {
                folders.push(path);
            }
            tree.insert(name, (metadata.mode(), bytes));
        }
    }
    for stays in ["packwright", "packwright/lock", "packwright/history.jsonl", "packwright/journal-folders.json"] {
        tree.remove(stays);
    }
    tree
}

/// A home with a change for it that has something of everything.
pub struct Sample {
    _folder: Option<TempDir>,
    pub home: Home,
    container: PathBuf,
}

const LIBRARY: &[u8] = b"a library for every server";

impl Sample {
    pub fn new() -> Sample {
        // In memory, where the machine has such a place: thousands of small transactions wait for the disk otherwise.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let root = folder.path().join("home");
        Sample::fill(&root);
        let container = folder.path().join("HCE9.jar");
        let mut zip = zip::ZipWriter::new(File::create(&container).unwrap());
        zip.start_file("native/liborder.so", zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(LIBRARY).unwrap();
        zip.finish().unwrap();
        Sample { home: Home::open(&root).unwrap(), _folder: Some(folder), container }
    }

    /// One that another process made.
    pub fn at(home: Home) -> Sample {
        Sample { container: home.root.with_file_name("HCE9.jar"), home, _folder: None }
    }

    fn fill(root: &Path) {
        let files: [(&str, &str, u32); 5] = [
            ("patch_wls1036/readme", "a made up home", 0o644),
            ("modules/order.jar", "order, as installed", 0o640),
            ("modules/customer.jar", "customer, as installed", 0o755),
            ("old/deep/gone.txt", "nobody needs it", 0o600),
            ("server/lib/tax.jar", "tax, as installed", 0o644),
        ];
        for (path, text, mode) in files {
            disk::write(&root.join(path), text.as_bytes()).unwrap();
            fs::set_permissions(root.join(path), Permissions::from_mode(mode)).unwrap();
        }
        fs::set_permissions(root.join("modules"), Permissions::from_mode(0o750)).unwrap();
    }

    /// A fresh home at the same place.
    pub fn refill(&self) {
        fs::remove_dir_all(&self.home.root).unwrap();
        Sample::fill(&self.home.root);
    }

    pub fn changes(&self) -> Vec<Change> {
        let file = |text: &str| Expected::File(Digest::of(text.as_bytes()));
        let member = Content::Member {
            container: self.container.clone(),
            member: path("native/liborder.so"),
            digest: Digest::of(LIBRARY),
            bytes: LIBRARY.len() as u64,
        };
        let copy = |from: &str, text: &str| Content::CopyOf { path: path(from), digest: Digest::of(text.as_bytes()), mode: None };
        vec![
            change("modules/order.jar", file("order, as installed"), Content::Bytes(b"order, mended".into())),
            change("modules/customer.jar", Expected::Whatever, Content::Removed),
            change("modules/absent.jar", Expected::Whatever, Content::Removed),
            change("old/deep/gone.txt", file("nobody needs it"), Content::Removed),
            change("patch_wls1036/profiles/Orders/native/liborder.so", Expected::Nothing, member),
            change("packwright/patch_wls1036/originals/order", Expected::Nothing, copy("modules/order.jar", "order, as installed")),
            change(
                "packwright/patch_wls1036/originals/customer",
                Expected::Nothing,
                copy("modules/customer.jar", "customer, as installed"),
            ),
            change("server/lib/tax.jar", file("tax, as installed"), Content::Bytes(b"tax, mended".into())),
        ]
    }

    pub fn carry_out(&self, watch: Option<Watch>) -> Result<(), Failure> {
        lock(&self.home, watch).carry_out("apply HCE9 to Orders", self.changes(), &mut |_| {})
    }

    pub fn recover(&self, direction: Direction, watch: Option<Watch>) -> Result<Recovered, Failure> {
        recover(&lock(&self.home, watch), direction)
    }

    /// The home before and after its change.
    pub fn ends(&self) -> (Tree, Tree) {
        let before = tree(&self.home.root);
        self.carry_out(None).unwrap();
        let after = tree(&self.home.root);
        self.refill();
        (before, after)
    }
}

fn lock(home: &Home, watch: Option<Watch>) -> Lock {
    match watch {
        None => Lock::take(home, "a test").unwrap(),
        Some(watch) => Lock::take_watched(home, "a test", watch).unwrap(),
    }
}

fn path(text: &str) -> RelPath {
    RelPath::new(text).unwrap()
}

fn change(at: &str, expected: Expected, content: Content) -> Change {
    Change { path: path(at), expected, content }
}

fn bytes(at: &str, expected: Expected) -> Change {
    change(at, expected, Content::Bytes(b"new".into()))
}

/// Lets the n-th operation fail, and those behind it too where a disk dies with it. Says afterwards whether it came to that.
fn failing(n: usize, dies: bool) -> (Watch, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    let watch = move |_: &'static str, _: &Path| match counted.fetch_add(1, Ordering::Relaxed) {
        now if now == n || (dies && now > n) => Err(io::Error::from_raw_os_error(5)),
        _ => Ok(()),
    };
    (Box::new(watch), count)
}

/// Lets every operation of one kind fail.
fn failing_at(kind: &'static str, error: io::ErrorKind) -> Watch {
    Box::new(move |action, _| if action == kind { Err(error.into()) } else { Ok(()) })
}

#[test]
fn a_change_is_carried_out_with_permissions_and_folders_of_others_stay() {
    let sample = Sample::new();
    let seen = Rc::new(Cell::new(0));
    let counted = seen.clone();
    lock(&sample.home, None).carry_out("apply HCE9 to Orders", sample.changes(), &mut |_| counted.set(counted.get() + 1)).unwrap();
    assert!(seen.get() > sample.changes().len());
    let expected: Vec<(&str, u32, Option<&str>)> = vec![
        ("modules", 0o40750, None),
        ("modules/order.jar", 0o100640, Some("order, mended")),
        ("old", 0o40755, None),
        ("old/deep", 0o40755, None),
        ("packwright/patch_wls1036", 0o40755, None),
        ("packwright/patch_wls1036/originals", 0o40755, None),
        ("packwright/patch_wls1036/originals/customer", 0o100755, Some("customer, as installed")),
        ("packwright/patch_wls1036/originals/order", 0o100640, Some("order, as installed")),
        ("patch_wls1036", 0o40755, None),
        ("patch_wls1036/profiles", 0o40755, None),
        ("patch_wls1036/profiles/Orders", 0o40755, None),
        ("patch_wls1036/profiles/Orders/native", 0o40755, None),
        ("patch_wls1036/profiles/Orders/native/liborder.so", 0o100755, Some("a library for every server")),
        ("patch_wls1036/readme", 0o100644, Some("a made up home")),
        ("server", 0o40755, None),
        ("server/lib", 0o40755, None),
        ("server/lib/tax.jar", 0o100644, Some("tax, mended")),
    ];
    let expected: Tree =
        expected.into_iter().map(|(path, mode, text)| (path.into(), (mode, text.map(|text| text.as_bytes().to_vec())))).collect();
    assert_eq!(tree(&sample.home.root), expected);
    let told = history(&sample.home, 10).unwrap();
    assert_eq!((told.len(), told[0].what.as_str(), told[0].outcome, told[0].files), (1, "apply HCE9 to Orders", Outcome::Done, 7));
}

#[test]
fn whichever_operation_fails_once_the_home_is_as_before_or_as_after() {
    let sample = Sample::new();
    let (before, after) = sample.ends();
    for n in 0.. {
        sample.refill();
        let (watch, count) = failing(n, false);
        let result = sample.carry_out(Some(watch));
        if count.load(Ordering::Relaxed) <= n {
            assert!(n > 40 && result.is_ok());
            break;
        }
        assert_eq!(interrupted(&sample.home).unwrap(), None, "operation {n}");
        assert_eq!(sample.recover(Direction::Either, None).unwrap(), Recovered::Nothing, "operation {n}");
        let expected = if result.is_ok() { &after } else { &before };
        assert_eq!(&tree(&sample.home.root), expected, "operation {n}: {result:?}");
    }
}

#[test]
fn whenever_the_disk_dies_the_change_is_finished_or_undone_afterwards() {
    let sample = Sample::new();
    let (before, after) = sample.ends();
    let mut interruptions = 0;
    for n in 0.. {
        let (_, count) = failing(n, true);
        for direction in [Direction::Finish, Direction::Undo, Direction::Either] {
            sample.refill();
            let (watch, counted) = failing(n, true);
            let result = sample.carry_out(Some(watch));
            count.store(counted.load(Ordering::Relaxed), Ordering::Relaxed);
            let Some(state) = interrupted(&sample.home).unwrap() else {
                sample.recover(direction, None).unwrap();
                assert_eq!(&tree(&sample.home.root), if result.is_ok() { &after } else { &before }, "operation {n}: {result:?}");
                continue;
            };
            interruptions += 1;
            assert_eq!(result.unwrap_err().code, "home-interrupted");
            assert_eq!((state.busy, state.of, state.undoing), (false, 7, false));
            // Nothing else is done in such a home.
            assert_eq!(sample.carry_out(None).unwrap_err().code, "home-interrupted");
            let recovered = sample.recover(direction, None).unwrap();
            let undone = direction == Direction::Undo;
            assert_eq!(matches!(recovered, Recovered::Undone { .. }), undone, "operation {n}: {recovered:?}");
            assert_eq!(&tree(&sample.home.root), if undone { &before } else { &after }, "operation {n}, {direction:?}");
            assert_eq!(interrupted(&sample.home).unwrap(), None);
            let outcome = if undone { Outcome::Undone } else { Outcome::Done };
            assert_eq!(history(&sample.home, 9).unwrap().iter().map(|entry| entry.outcome).collect::<Vec<_>>(), [outcome]);
        }
        if count.load(Ordering::Relaxed) <= n {
            break;
        }
    }
    assert!(interruptions > 30, "{interruptions}");
}

#[test]
fn a_recovery_that_fails_again_and_again_gets_there_in_the_end() {
    let sample = Sample::new();
    let (before, after) = sample.ends();
    for n in 0.. {
        for direction in [Direction::Finish, Direction::Undo] {
            sample.refill();
            let (watch, count) = failing(n, true);
            let _ = sample.carry_out(Some(watch));
            if count.load(Ordering::Relaxed) <= n {
                return;
            }
            let is_interrupted = interrupted(&sample.home).unwrap().is_some();
            let mut attempts = 0;
            while sample.recover(direction, Some(failing(attempts, true).0)).is_err() {
                attempts += 1;
            }
            sample.recover(direction, None).unwrap();
            let now = tree(&sample.home.root);
            if is_interrupted {
                assert_eq!(&now, if direction == Direction::Undo { &before } else { &after }, "operation {n}, {attempts} attempts");
            } else {
                assert!(now == before || now == after, "operation {n}");
            }
        }
    }
}

#[test]
fn what_began_to_be_undone_can_only_be_undone() {
    let sample = Sample::new();
    let (before, _) = sample.ends();
    sample.carry_out(Some(failing_at("replace", io::ErrorKind::Other))).unwrap_err();
    // The journal itself moves by rename: nothing had begun.
    assert_eq!(tree(&sample.home.root), before);
    // The last file cannot be moved, and the first one cannot be moved back.
    let first = AtomicUsize::new(0);
    let watch = move |action: &'static str, path: &Path| {
        let is_first = path.ends_with("modules/order.jar") && first.fetch_add(1, Ordering::Relaxed) > 1;
        let fails = action == "replace" && (is_first || path.ends_with("server/lib/tax.jar"));
        if fails { Err(io::Error::from_raw_os_error(5)) } else { Ok(()) }
    };
    assert_eq!(sample.carry_out(Some(Box::new(watch))).unwrap_err().code, "home-interrupted");
    assert!(interrupted(&sample.home).unwrap().unwrap().undoing);
    assert_eq!(sample.recover(Direction::Finish, None).unwrap_err().code, "bad-request");
    assert!(matches!(sample.recover(Direction::Either, None).unwrap(), Recovered::Undone { files: 7, .. }));
    assert_eq!(tree(&sample.home.root), before);
}

#[test]
fn files_are_kept_as_copies_where_links_are_refused() {
    let sample = Sample::new();
    let (before, after) = sample.ends();
    let no_links = |then: Option<&'static str>| -> Watch {
        Box::new(move |action, path| match action {
            "keep" => Err(io::Error::from_raw_os_error(1)),
            "replace" if then.is_some_and(|name| path.ends_with(name)) => Err(io::Error::from_raw_os_error(5)),
            _ => Ok(()),
        })
    };
    sample.carry_out(Some(no_links(None))).unwrap();
    assert_eq!(tree(&sample.home.root), after);
    sample.refill();
    let failure = sample.carry_out(Some(no_links(Some("tax.jar")))).unwrap_err();
    assert!(failure.message.contains("tax.jar"), "{failure}");
    sample.recover(Direction::Undo, None).unwrap();
    assert_eq!(tree(&sample.home.root), before);
}

#[test]
fn a_home_that_was_moved_in_the_midst_is_recovered_where_it_is() {
    for direction in [Direction::Finish, Direction::Undo] {
        let mut sample = Sample::new();
        let (before, after) = sample.ends();
        half(&sample);
        let moved = sample.home.root.with_file_name("moved");
        fs::rename(&sample.home.root, &moved).unwrap();
        sample.home = Home::open(&moved).unwrap();
        sample.recover(direction, None).unwrap();
        assert_eq!(&tree(&moved), if direction == Direction::Undo { &before } else { &after });
    }
}

/// Leaves a change half done: its last file does not move, and nothing moves after it.
fn half(sample: &Sample) {
    let dead = AtomicUsize::new(0);
    let watch = move |action: &'static str, path: &Path| {
        if action == "replace" && path.ends_with("server/lib/tax.jar") {
            dead.store(1, Ordering::Relaxed);
        }
        if dead.load(Ordering::Relaxed) == 1 { Err(io::Error::from_raw_os_error(5)) } else { Ok(()) }
    };
    assert_eq!(sample.carry_out(Some(Box::new(watch))).unwrap_err().code, "home-interrupted");
}

#[test]
fn what_is_half_done_is_told() {
    let sample = Sample::new();
    half(&sample);
    let told = interrupted(&sample.home).unwrap().unwrap();
    assert_eq!((told.what.as_str(), told.moved, told.of, told.pid), ("apply HCE9 to Orders", 6, 7, std::process::id()));
    let _lock = lock(&sample.home, None);
    assert!(interrupted(&sample.home).unwrap().unwrap().busy);
}

#[test]
fn somebodys_work_since_the_interruption_is_not_overwritten() {
    let sample = Sample::new();
    let root = &sample.home.root;
    half(&sample);
    fs::write(root.join("modules/order.jar"), "by hand").unwrap();
    let left = tree(root);
    for direction in [Direction::Finish, Direction::Undo, Direction::Either] {
        let failure = sample.recover(direction, None).unwrap_err();
        assert_eq!((failure.code.as_str(), failure.evidence[0].file.as_str()), ("file-changed", "modules/order.jar"));
        assert_eq!(tree(root), left);
    }
    // A folder that became a link out of the home leads nobody out.
    fs::rename(root.join("modules"), root.with_file_name("outside")).unwrap();
    symlink(root.with_file_name("outside"), root.join("modules")).unwrap();
    assert_eq!(sample.recover(Direction::Either, None).unwrap_err().code, "home-refused");
    fs::remove_file(root.join("modules")).unwrap();
    fs::rename(root.with_file_name("outside"), root.join("modules")).unwrap();
    // Put aside, it is nobody's loss.
    fs::remove_file(root.join("modules/order.jar")).unwrap();
    assert!(matches!(sample.recover(Direction::Undo, None).unwrap(), Recovered::Undone { .. }));
    assert_eq!(fs::read(root.join("modules/order.jar")).unwrap(), b"order, as installed");
}

#[test]
fn journals_that_cannot_be_read_or_trusted_stop_everything() {
    let sample = Sample::new();
    half(&sample);
    let root = &sample.home.root;
    let journal = root.join("packwright/journal.json");
    let text = fs::read_to_string(&journal).unwrap();
    let later = text.replacen("\"version\": 1", "\"version\": 2", 1);
    let escaping = text.replacen("modules/order.jar", "../order.jar", 1);
    for (text, code) in
        [(&text[..text.len() / 2], "home-damaged"), ("", "home-damaged"), (&later, "format-too-new"), (&escaping, "home-damaged")]
    {
        fs::write(&journal, text).unwrap();
        let left = tree(root);
        for direction in [Direction::Finish, Direction::Undo, Direction::Either] {
            let failure = sample.recover(direction, None).unwrap_err();
            assert!(failure.code == code && failure.hint.contains("touched"), "{failure:?}");
        }
        assert_eq!(interrupted(&sample.home).unwrap_err().code, code);
        assert_eq!(sample.carry_out(None).unwrap_err().code, code);
        assert_eq!(tree(root), left);
    }
    fs::write(&journal, &text).unwrap();
    fs::write(root.join("packwright/undo/0"), "damaged").unwrap();
    let left = tree(root);
    assert_eq!(sample.recover(Direction::Undo, None).unwrap_err().code, "home-damaged");
    assert_eq!(tree(root), left);
    assert!(matches!(sample.recover(Direction::Either, None).unwrap(), Recovered::Finished { .. }));
}

#[test]
fn what_is_not_as_expected_refuses_the_whole_change() {
    let sample = Sample::new();
    let root = &sample.home.root;
    let outside = root.with_file_name("outside");
    disk::write(&outside.join("x.jar"), b"not the home's").unwrap();
    symlink(&outside, root.join("way_out")).unwrap();
    symlink("modules", root.join("alias")).unwrap();
    symlink("order.jar", root.join("modules/link.jar")).unwrap();
    symlink("nowhere", root.join("dangling")).unwrap();
    let wrong = Expected::File(Digest::of(b"something else"));
    let other = Content::CopyOf { path: path("modules/order.jar"), digest: Digest::of(b"something else"), mode: None };
    let endless = Content::Member { container: "x".into(), member: path("x"), digest: Digest::of(b""), bytes: u64::MAX / 4 };
    let member = |bytes, digest| Content::Member { container: sample.container.clone(), member: path("native/liborder.so"), digest, bytes };
    let right = Digest::of(LIBRARY);
    let free = Expected::Whatever;
    let refused: Vec<(&str, Vec<Change>)> = vec![
        ("file-changed", vec![bytes("modules/order.jar", wrong)]),
        ("file-changed", vec![bytes("modules/order.jar", Expected::Nothing)]),
        ("file-changed", vec![bytes("modules/absent.jar", wrong)]),
        ("file-changed", vec![bytes("modules/link.jar", free)]),
        ("file-changed", vec![change("modules/link.jar", free, Content::Removed)]),
        ("file-changed", vec![bytes("modules", free)]),
        ("file-changed", vec![bytes("modules/order.jar/x", free)]),
        ("file-changed", vec![bytes("dangling/x", free)]),
        ("file-changed", vec![change("a", free, other)]),
        ("home-refused", vec![bytes("way_out/x.jar", free)]),
        ("home-refused", vec![bytes("way_out/new/x.jar", free)]),
        ("bad-request", vec![bytes("alias/order.jar", free), bytes("modules/order.jar", free)]),
        ("bad-request", vec![bytes("a/B", free), bytes("A/b", free)]),
        ("bad-request", vec![bytes("a", free), bytes("a/b/c", free)]),
        ("bad-request", vec![bytes("packwright/lock", free)]),
        ("bad-request", vec![bytes("PackWright/undo/0", free)]),
        ("disk-full", vec![change("a", free, endless)]),
        ("container-refused", vec![change("a", free, member(LIBRARY.len() as u64, Digest::of(b"")))]),
        ("container-refused", vec![change("a", free, member(3, right))]),
        ("container-refused", vec![change("a", free, member(1 << 20, right))]),
    ];
    let before = tree(root);
    for (code, changes) in refused {
        // One that could be made comes first, and one after it.
        let named = format!("{changes:?}");
        let all = [vec![bytes("fresh/one", free)], changes, vec![bytes("server/lib/tax.jar", free)]].concat();
        let failure = lock(&sample.home, None).carry_out("x", all, &mut |_| {}).unwrap_err();
        assert_eq!(failure.code, code, "{named}: {failure:?}");
        assert_eq!(tree(root), before, "{named}");
    }
    assert_eq!(fs::read(outside.join("x.jar")).unwrap(), b"not the home's");
    assert_eq!(history(&sample.home, 10).unwrap(), []);
    // A link that stays in the home is followed.
    lock(&sample.home, None).carry_out("x", vec![bytes("alias/order.jar", free)], &mut |_| {}).unwrap();
    assert_eq!(fs::read(root.join("modules/order.jar")).unwrap(), b"new");
}

#[test]
fn many_files_move_together_or_not_at_all() {
    let sample = Sample::new();
    let changes = || (0..300).map(|n| bytes(&format!("many/{}/{n}", n % 3), Expected::Nothing)).collect::<Vec<_>>();
    let before = tree(&sample.home.root);
    let watch = |action: &'static str, path: &Path| match action {
        "replace" if path.ends_with("299") => Err(io::Error::from_raw_os_error(5)),
        _ => Ok(()),
    };
    lock(&sample.home, Some(Box::new(watch))).carry_out("x", changes(), &mut |_| {}).unwrap_err();
    assert_eq!(tree(&sample.home.root), before);
    lock(&sample.home, None).carry_out("x", changes(), &mut |_| {}).unwrap();
    assert_eq!(tree(&sample.home.root).len(), before.len() + 304);
}

#[test]
fn every_file_that_differs_is_named() {
    let sample = Sample::new();
    let changes = vec![bytes("modules/order.jar", Expected::Nothing), bytes("server/lib/tax.jar", Expected::Nothing)];
    let failure = lock(&sample.home, None).carry_out("x", changes, &mut |_| {}).unwrap_err();
    let named: Vec<&str> = failure.evidence.iter().map(|evidence| evidence.file.as_str()).collect();
    assert_eq!(named, ["modules/order.jar", "server/lib/tax.jar"]);
}

#[test]
fn a_file_that_changes_while_it_is_kept_is_seen() {
    let sample = Sample::new();
    let victim = sample.home.root.join("server/lib/tax.jar");
    let watch = move |action: &'static str, path: &Path| {
        if action == "keep" && path == victim {
            fs::write(path, "at the very moment")?;
        }
        Ok(())
    };
    assert_eq!(sample.carry_out(Some(Box::new(watch))).unwrap_err().code, "file-changed");
    assert_eq!(fs::read(sample.home.root.join("server/lib/tax.jar")).unwrap(), b"at the very moment");
    assert_eq!(fs::read(sample.home.root.join("modules/order.jar")).unwrap(), b"order, as installed");
}

#[test]
fn a_full_disk_and_a_folder_without_the_right_are_told_as_such() {
    let sample = Sample::new();
    let (before, _) = sample.ends();
    for (kind, code) in [(io::ErrorKind::StorageFull, "disk-full"), (io::ErrorKind::PermissionDenied, "folder-not-writable")] {
        for action in ["write", "make the folder", "put on disk"] {
            let failure = sample.carry_out(Some(failing_at(action, kind))).unwrap_err();
            assert_eq!(failure.code, code, "{failure:?}");
            sample.recover(Direction::Undo, None).unwrap();
            assert_eq!(tree(&sample.home.root), before);
        }
    }
    // Full when half of it is in place: going back needs no room.
    let full = |action: &'static str, path: &Path| match action {
        "replace" if path.ends_with("server/lib/tax.jar") => Err(io::ErrorKind::StorageFull.into()),
        _ => Ok(()),
    };
    let failure = sample.carry_out(Some(Box::new(full))).unwrap_err();
    assert!(failure.code == "disk-full" && failure.message.ends_with("the change was undone"), "{failure:?}");
    assert_eq!(tree(&sample.home.root), before);
    assert_eq!(history(&sample.home, 1).unwrap()[0].outcome, Outcome::Undone);
}

type Model = BTreeMap<String, Vec<u8>>;

fn model() -> impl Strategy<Value = Model> {
    // No name is another's folder.
    let name = prop::sample::select(vec!["a", "b.jar", "c/d", "c/e.so", "c/f/g", "h/i/j/k", "h/l", "packwright/m/n"]);
    prop::collection::btree_map(name.prop_map(String::from), prop::collection::vec(any::<u8>(), 0..40), 0..8)
}

/// The change from one model to another; what both hold is sometimes written again.
fn difference(from: &Model, to: &Model, again: bool) -> Vec<Change> {
    let expected = |name: &String| from.get(name).map_or(Expected::Nothing, |bytes| Expected::File(Digest::of(bytes)));
    let removed = from.keys().filter(|name| !to.contains_key(*name)).map(|name| change(name, expected(name), Content::Removed));
    let written = to.iter().filter(|(name, bytes)| again || from.get(*name) != Some(*bytes)).map(|(name, bytes)| {
        let same = from.iter().find(|(_, old)| *old == bytes);
        let content = match same {
            Some((source, _)) => Content::CopyOf { path: path(source), digest: Digest::of(bytes), mode: None },
            None => Content::Bytes(bytes.clone()),
        };
        change(name, expected(name), content)
    });
    removed.chain(written).collect()
}

fn files(home: &Home) -> Model {
    tree(&home.root).into_iter().filter_map(|(name, (_, bytes))| Some((name, bytes?))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn a_home_is_what_its_changes_made_it(models in prop::collection::vec((model(), any::<bool>(), 0usize..80), 2..5)) {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let home = Home { root: folder.path().canonicalize().unwrap(), products: Vec::new() };
        let mut now = Model::new();
        for (next, again, n) in models {
            let before = tree(&home.root);
            // First with a disk that dies on the way, and all of that undone.
            let died = lock(&home, Some(failing(n, true).0)).carry_out("x", difference(&now, &next, again), &mut |_| {});
            let undone = recover(&lock(&home, None), Direction::Undo).unwrap();
            if died.is_err() {
                prop_assert_eq!(tree(&home.root), before, "{:?}", undone);
                lock(&home, None).carry_out("x", difference(&now, &next, again), &mut |_| {}).unwrap();
            }
            prop_assert_eq!(&files(&home), &next);
            // No folder is left without a file.
            let left = tree(&home.root);
            let is_used = |folder: &String| left.keys().any(|name| name.starts_with(&format!("{folder}/")));
            prop_assert!(left.iter().all(|(name, (_, bytes))| bytes.is_some() || is_used(name)), "{:?}", left.keys());
            now = next;
        }
    }
}
