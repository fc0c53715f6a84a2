//! Containers, descriptors, catalogues and the download folder, good and hostile.

use crate::make::{Make, home, zip_of};
use engine::failure::Failure;
use patches::container::{self, Checked, Limits};
use patches::downloads::Downloads;
use patches::home::Home;
use patches::names::{PatchId, RelPath};
use patches::{catalogue, disk};
use proptest::prelude::*;
use std::fmt::Write as _;
use std::fs;
use std::io::{Cursor, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const CLASS: &[u8] = b"\xca\xfe\xba\xbe made up";

fn read(bytes: &[u8]) -> Result<Checked, Failure> {
    Ok(container::read_from("HCE9.jar", Cursor::new(bytes), &Limits::default())?)
}

fn good() -> Make {
    Make::new()
        .jar("bug1.jar", &[("com/example/A.class", CLASS), ("META-INF/MANIFEST.MF", b"Manifest-Version: 1.0\n")])
        .native("libx.so", "linux-x86_64", b"\x7fELF")
        .file("$WLS_INSTALL_DIR$/server/lib/orders.xml", b"<orders n='2'/>\n")
        .module("com.example.orders_1.0.jar", &[("com/example/B.class", CLASS)])
        .archive("forms", "1.0@1.0.1", &[("WEB-INF/web.xml", b"<web-app/>")])
        .requires("AAAA")
}

fn some_home() -> (tempfile::TempDir, Home) {
    let folder = tempfile::tempdir().unwrap();
    let home = home(folder.path());
    (folder, home)
}

#[test]
fn all_kinds_of_files_are_read_and_unpacked() {
    let (folder, home) = some_home();
    let path = good().member("META-INF/notes.txt", b"").member("notes.txt", b"x").line("<colour/>").write(folder.path());
    let patch = container::check(&path, &home).unwrap();
    assert_eq!((patch.id.as_str(), patch.parts.len(), patch.is_installation_wide()), ("HCE9", 5, true));
    let there = patch.container.unwrap();
    assert_eq!((there.file.as_str(), there.bytes), ("HCE9.jar", fs::metadata(&path).unwrap().len()));
    let native = patch.parts.iter().find(|part| part.member.file_name() == "libx.so").unwrap();
    let mut unpacked = Vec::new();
    container::unpack(&path, &native.member, native.digest, native.bytes, &mut unpacked).unwrap();
    assert_eq!(unpacked, b"\x7fELF");
    let checked = container::read(&path, &Limits::default()).unwrap();
    assert_eq!(
        checked.remarks,
        [
            "<colour> in its descriptor means nothing to this version",
            r#""notes.txt" in it is named nowhere in its descriptor, and is left out"#
        ]
    );
}

#[test]
fn what_the_jdks_own_tool_packs_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let jar = |at: &Path, arguments: &[&str]| {
        let ended = Command::new("jar").args(arguments).current_dir(at).status().expect("the JDK's jar tool starts");
        assert!(ended.success());
    };
    let write = |path: &str, bytes: &[u8]| disk::write(&folder.path().join(path), bytes).unwrap();
    write("classes/com/example/A.class", CLASS);
    write("patch/jars/readme.txt", b"made up");
    write("patch/patch-descriptor.xml", Make::new().content("<jar path='jars/bug1.jar'/>").descriptor().as_bytes());
    jar(&folder.path().join("classes"), &["cf", "../patch/jars/bug1.jar", "com"]);
    jar(&folder.path().join("patch"), &["cf", "../HCE9.jar", "patch-descriptor.xml", "jars"]);
    let checked = container::read(&folder.path().join("HCE9.jar"), &Limits::default()).unwrap();
    assert_eq!((checked.patch.parts.len(), checked.remarks.len()), (1, 1));
}

#[test]
fn what_was_changed_since_the_check_is_not_unpacked() {
    let folder = tempfile::tempdir().unwrap();
    let path = good().write(folder.path());
    let patch = container::read(&path, &Limits::default()).unwrap().patch;
    let native = &patch.parts[1];
    Make::new().native("libx.so", "linux-x86_64", b"\x7fELG").write(folder.path());
    let unpack = |member: &RelPath, bytes| {
        Failure::from(container::unpack(&path, member, native.digest, bytes, &mut Vec::new()).unwrap_err()).message
    };
    let changed = r#"HCE9.jar: "native/linux-x86_64/libx.so" in it is not what was checked: the container was changed since"#;
    assert_eq!(unpack(&native.member, native.bytes), changed);
    assert_eq!(unpack(&native.member, 1), changed);
    assert!(unpack(&patch.parts[0].member, 1).contains("is not what was checked"));
}

/// Replaces every occurrence of some bytes by as many others.
fn swapped(mut bytes: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let places: Vec<usize> = (0..=bytes.len() - from.len()).filter(|at| bytes[*at..].starts_with(from)).collect();
    assert!(!places.is_empty());
    places.iter().for_each(|at| bytes[*at..*at + from.len()].copy_from_slice(to));
    bytes
}

fn with_link() -> Vec<u8> {
    let mut writer = ZipWriter::new_append(Cursor::new(good().bytes())).unwrap();
    writer.add_symlink("link", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    writer.finish().unwrap().into_inner()
}

/// Sets the bit that says encrypted in both headers of the member that stands last.
fn encrypted(mut bytes: Vec<u8>) -> Vec<u8> {
    let last = |signature: &[u8]| (0..bytes.len()).rev().find(|at| bytes[*at..].starts_with(signature)).unwrap();
    let (local, central) = (last(b"PK\x03\x04"), last(b"PK\x01\x02"));
    bytes[local + 6] |= 1;
    bytes[central + 8] |= 1;
    bytes
}

/// A byte of the stored text is another, and its checksum is not.
fn damaged() -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    writer.start_file("patch-descriptor.xml", stored).unwrap();
    writer.write_all(Make::new().descriptor().as_bytes()).unwrap();
    swapped(writer.finish().unwrap().into_inner(), b"counted once", b"counted 0nce")
}

fn hostile() -> Vec<(&'static str, Vec<u8>)> {
    let zeros = vec![0; 3 << 20];
    let bomb = zip_of(&[("a.class", &zeros)]);
    let file = |to: &str| Make::new().content(&format!("<file path='a' to='{to}'/>")).member("a", b"x").bytes();
    let numbers: String = (0..400_000).map(|number| format!("{number} ")).collect();
    vec![
        ("nothing", Vec::new()),
        ("no zip", b"this is no zip".to_vec()),
        ("cut", good().bytes()[..200].to_vec()),
        ("something in front", [b"#!/bin/sh\n".to_vec(), good().bytes()].concat()),
        ("damaged", damaged()),
        ("no descriptor", zip_of(&[("a.txt", b"a")])),
        ("entities", zip_of(&[("patch-descriptor.xml", b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><patch id='&b;'/>")])),
        ("huge descriptor", zip_of(&[("patch-descriptor.xml", numbers.as_bytes())])),
        ("another name", Make::new().id("2LZX").bytes()),
        ("missing member", Make::new().content("<jar path='jars/none.jar'/>").bytes()),
        ("named twice", good().content("<jar path='jars/bug1.jar'/>").bytes()),
        ("unknown kind", Make::new().content("<driver path='patch-descriptor.xml'/>").bytes()),
        ("bomb", good().member("zeros", &zeros).bytes()),
        ("nested bomb", Make::new().jar_bytes("bug1.jar", &bomb).bytes()),
        ("nested no zip", Make::new().jar_bytes("bug1.jar", b"no jar").bytes()),
        ("nested damaged", Make::new().jar_bytes("bug1.jar", &damaged()).bytes()),
        ("nested encrypted", Make::new().jar_bytes("bug1.jar", &encrypted(zip_of(&[("a", b"a")]))).bytes()),
        ("encrypted", encrypted(good().member("secret", b"x").bytes())),
        ("link", with_link()),
        ("absolute", good().member("/etc/passwd", b"x").bytes()),
        ("leaves", good().member("../x", b"x").bytes()),
        ("leaves later", good().member("a/../../x", b"x").bytes()),
        ("backslash", good().member("a\\..\\x", b"x").bytes()),
        ("drive", good().member("C:/x", b"x").bytes()),
        ("control character", good().member("a\nb", b"x").bytes()),
        ("no UTF-8", swapped(good().member("aaxx.txt", b"x").bytes(), b"aaxx.txt", b"aa\xff\xfe.txt")),
        ("twice", swapped(good().member("one.txt", b"1").member("two.txt", b"2").bytes(), b"two.txt", b"one.txt")),
        ("twice in capitals", good().member("notes.txt", b"1").member("Notes.TXT", b"2").bytes()),
        ("file and folder", good().member("notes", b"1").member("notes/x", b"2").bytes()),
        ("another name in front", {
            let bytes = good().member("hidden.txt", b"1").bytes();
            let at = (0..bytes.len()).find(|at| bytes[*at..].starts_with(b"hidden.txt")).unwrap();
            [&bytes[..at], b"HIDDEN.txt", &bytes[at + 10..]].concat()
        }),
        ("jars of one name", Make::new().jar("a.jar", &[]).extension_jar("A.jar", &[]).bytes()),
        ("libraries of one name", Make::new().native("x.so", "", b"1").native("x.so", "linux-x86_64", b"2").bytes()),
        ("unknown token", file("$OTHER$/a")),
        ("no token", file("/etc/passwd")),
        ("leaves home", file("$BEAHOME$/../a")),
        ("our records", file("$BEAHOME$/packwright/a")),
        ("patch folder", file("$BEAHOME$/patch_wls1036/a")),
        (
            "one place",
            Make::new()
                .content("<file path='a' to='$BEAHOME$/x/Y'/><file path='b' to='$BEAHOME$/X/y'/>")
                .member("a", b"")
                .member("b", b"")
                .bytes(),
        ),
        (
            "place below a file",
            Make::new()
                .content("<file path='a' to='$BEAHOME$/x'/><file path='b' to='$BEAHOME$/x/y'/>")
                .member("a", b"")
                .member("b", b"")
                .bytes(),
        ),
        ("other release", Make::new().release("10.3.5").bytes()),
        ("other product", Make::new().product("odi").bytes()),
    ]
}

#[test]
fn every_hostile_container_is_refused_with_its_reason() {
    let (_folder, home) = some_home();
    let mut told = String::new();
    for (case, bytes) in hostile() {
        let start = Instant::now();
        let refused = read(&bytes).and_then(|checked| Ok(container::fits(&checked.patch, &home).map(|_| ())?));
        let failure = refused.expect_err(case);
        assert!(start.elapsed() < Duration::from_secs(60), "{case}");
        writeln!(told, "{case}\n  {failure}\n  hint: {}", failure.hint).unwrap();
    }
    insta::assert_snapshot!("hostile", told);
}

#[test]
fn limits_of_sizes_and_counts_hold() {
    let refused = |limits: Limits| {
        let bytes = good().bytes();
        Failure::from(container::read_from("HCE9.jar", Cursor::new(bytes), &limits).unwrap_err()).message
    };
    let default = Limits::default();
    assert_eq!(refused(Limits { container_bytes_max: 100, ..default }), "HCE9.jar: it has more than 100 bytes");
    assert_eq!(refused(Limits { entries_max: 5, ..default }), "HCE9.jar: it has more than 5 files");
    assert!(refused(Limits { directory_bytes_max: 100, ..default }).ends_with("more than 100 bytes in its list of files"));
    assert!(refused(Limits { member_bytes_max: 100, ..default }).ends_with("has more than 100 bytes"));
    // What is in the jars counts as well.
    let nested = refused(Limits { unpacked_bytes_max: 1800, ..default });
    assert!(nested.contains("more than 1800 bytes unpacked"), "{nested}");
}

#[test]
fn jars_within_share_one_limit() {
    let jar = zip_of(&[("a", &[7; 100])]);
    let many = (0..50).fold(Make::new(), |make, n| make.jar_bytes(&format!("bug{n}.jar"), &jar));
    let bytes = many.bytes();
    let unpacked =
        |unpacked_bytes_max| container::read_from("HCE9.jar", Cursor::new(&bytes), &Limits { unpacked_bytes_max, ..Limits::default() });
    let alone: u64 = unpacked(u64::MAX).unwrap().patch.parts.iter().map(|part| part.bytes).sum();
    assert!(unpacked(alone + 3_600).is_err());
    assert!(unpacked(alone + 60_000).is_ok());
}

#[test]
fn importing_takes_a_container_in_once() {
    let (folder, home) = some_home();
    let source = good().write(&folder.path().join("elsewhere"));
    let downloads = Downloads::of(&home).unwrap();
    assert!(downloads.list().unwrap().is_empty());
    let first = downloads.import(&source, &home).unwrap();
    assert_eq!((first.patches[0].file.as_str(), first.patches[0].was_there), ("HCE9.jar", false));
    assert!(downloads.import(&source, &home).unwrap().patches[0].was_there);
    assert_eq!(fs::read(downloads.path(&first.patches[0].id)).unwrap(), fs::read(&source).unwrap());

    let other = good().description("another").write(&folder.path().join("other"));
    let failure = downloads.import(&other, &home).unwrap_err();
    assert_eq!(failure.code, "container-refused");
    assert!(failure.message.starts_with("another HCE9.jar lies in ") && failure.hint.contains("never changes"), "{failure:?}");
    assert_eq!(fs::read(home.download_folder().join("HCE9.jar")).unwrap(), fs::read(&source).unwrap());
    assert_eq!(files(&home.download_folder()), ["HCE9.jar", "packwright-checked.json"]);
}

fn files(folder: &Path) -> Vec<String> {
    disk::list(folder, 1000).unwrap()
}

#[test]
fn several_are_imported_each_by_itself_and_all_are_remembered() {
    let (folder, home) = some_home();
    let downloads = Downloads::of(&home).unwrap();
    let source = |id: &str| good().id(id).write(&folder.path().join("elsewhere"));
    let sources = [source("HCE9"), folder.path().join("none.jar"), source("2LZX")];
    let answers = downloads.import_all(&sources, &home);
    let told: Vec<_> =
        answers.iter().map(|answer| answer.as_ref().map(|taken| taken.patches[0].file.as_str()).map_err(|no| no.code.as_str())).collect();
    assert_eq!(told, [Ok("HCE9.jar"), Err("unknown-name"), Ok("2LZX.jar")]);
    let memory = fs::read_to_string(home.download_folder().join("packwright-checked.json")).unwrap();
    assert!(memory.contains("HCE9.jar") && memory.contains("2LZX.jar"));
}

#[test]
fn copies_of_an_import_that_was_killed_go_with_the_next_one() {
    let (folder, home) = some_home();
    let downloads = Downloads::of(&home).unwrap();
    let below = |name: &str| home.download_folder().join(name);
    let source = good().write(&folder.path().join("elsewhere"));
    fs::create_dir_all(home.download_folder()).unwrap();
    for name in [".FMJJ.jar.AbCdEf.packwright", ".2LZX.jar.AbCdEf.packwright", ".notes.packwright"] {
        fs::write(below(name), "half").unwrap();
    }
    // Whoever still writes one has a lock on it.
    let running = fs::File::open(below(".2LZX.jar.AbCdEf.packwright")).unwrap();
    running.lock().unwrap();
    downloads.import(&source, &home).unwrap();
    let left = ["HCE9.jar", "packwright-checked.json"].into_iter();
    assert_eq!(
        files(&home.download_folder()),
        [".2LZX.jar.AbCdEf.packwright", ".notes.packwright"].into_iter().chain(left).collect::<Vec<_>>()
    );
}

#[test]
fn whoever_only_looks_at_a_home_that_is_not_ours_leaves_nothing_there() {
    let (_folder, home) = some_home();
    good().write(&home.download_folder());
    let downloads = Downloads::of(&home).unwrap();
    assert_eq!(downloads.known(&home, home.product(None).unwrap()).unwrap().patches.len(), 1);
    assert_eq!(files(&home.download_folder()), ["HCE9.jar"]);
}

fn outer_zip(folder: &Path, name: &str, members: &[(&str, &[u8])]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, zip_of(members)).unwrap();
    path
}

#[test]
fn importing_takes_the_zip_in_which_a_patch_was_downloaded() {
    let (folder, home) = some_home();
    let catalogue = b"<patchCatalog product='wls' release='10.3.6'><patch id='2LZX' replaces='HCE9'/></patchCatalog>";
    let newer = b"<patchCatalog product='wls' release='10.3.6'><patch id='2LZX' replaces='HCE9'/><patch id='FMJJ'/></patchCatalog>";
    let (one, two) = (good().bytes(), Make::new().id("2LZX").bytes());
    let downloads = Downloads::of(&home).unwrap();
    let zip = outer_zip(
        folder.path(),
        "p9322540_1036_Generic.zip",
        &[("HCE9.jar", &one), ("2LZX.jar", &two), ("patch-catalog_123.xml", catalogue), ("README.txt", b"made up"), ("odd.bin", b"")],
    );
    let imported = downloads.import(&zip, &home).unwrap();
    assert_eq!(imported.patches.len(), 2);
    assert_eq!(imported.catalogue.as_deref(), Some("patch-catalog_123.xml"));
    assert_eq!(imported.remarks, ["odd.bin in p9322540_1036_Generic.zip is no part of a patch, and was left out"]);
    let zip = outer_zip(folder.path(), "p77.zip", &[("x/HCE9.jar", &one), ("patch-catalog.xml", catalogue)]);
    assert_eq!(downloads.import(&zip, &home).unwrap().catalogue.as_deref(), Some("patch-catalog_77.xml"));
    let zip = outer_zip(folder.path(), "p78.zip", &[("HCE9.jar", &one), ("patch-catalog_123.xml", newer)]);
    assert_eq!(downloads.import(&zip, &home).unwrap().catalogue.as_deref(), Some("patch-catalog_124.xml"));

    let known = downloads.known(&home, home.product(None).unwrap()).unwrap();
    let told: Vec<_> = known.patches.values().map(|patch| (patch.id.as_str(), patch.container.is_some(), patch.replaces.len())).collect();
    assert_eq!(told, [("2LZX", true, 1), ("FMJJ", false, 0), ("HCE9", true, 0)]);
    assert_eq!(catalogue::replacement_of(&known.patches, &PatchId::new("HCE9").unwrap()).unwrap().as_str(), "2LZX");
}

#[test]
fn an_import_that_is_refused_leaves_nothing() {
    let (folder, home) = some_home();
    let downloads = Downloads::of(&home).unwrap();
    let good = good().bytes();
    let elsewhere = Make::new().release("10.3.5").write(&folder.path().join("elsewhere"));
    fs::write(folder.path().join("notes.txt"), "x").unwrap();
    fs::create_dir(folder.path().join("FMJJ.jar")).unwrap();
    let zip = |name: &str, members: &[(&str, &[u8])]| outer_zip(folder.path(), name, members);
    let cases = [
        (elsewhere, "container-refused", "patch HCE9 is for wls 10.3.5, and this middleware home holds ocp 3.7.1, wls 10.3.6"),
        (folder.path().join("notes.txt"), "bad-request", "neither a patch container"),
        (folder.path().join("FMJJ.jar"), "container-refused", "is a link or a device"),
        (folder.path().join("none.jar"), "unknown-name", "there is no such file"),
        (zip("a.zip", &[("README.txt", b"")]), "container-refused", "a.zip holds no patch container"),
        (zip("b.zip", &[("HCE9.jar", &good), ("2LZX.jar", b"no zip")]), "container-refused", "2LZX.jar: it cannot be read as a zip"),
        (
            zip("c.zip", &[("HCE9.jar", &good), ("patch-catalog.xml", b"<a/>")]),
            "container-refused",
            "patch-catalog.xml: its outermost element",
        ),
        (zip("d.zip", &[("a/HCE9.jar", &good), ("b/HCE9.jar", &good)]), "container-refused", "stands in it twice"),
        (zip("e.zip", &[("HCE9.jar", &good), ("../../x", b"")]), "container-refused", "is no path that a container may hold"),
    ];
    for (source, code, message) in cases {
        let failure = downloads.import(&source, &home).unwrap_err();
        assert!(failure.code == code && failure.message.contains(message), "{failure:?}");
    }
    assert!(!home.download_folder().exists());
}

#[test]
fn a_download_folder_that_cannot_serve_is_told() {
    let (folder, home) = some_home();
    let source = good().write(&folder.path().join("elsewhere"));
    let true_one = folder.path().join("true");
    fs::create_dir(&true_one).unwrap();
    symlink(&true_one, folder.path().join("link")).unwrap();
    let failure = Downloads::open(&folder.path().join("link")).unwrap().import(&source, &home).unwrap_err();
    assert!(failure.message.ends_with("link is a link") && failure.hint.ends_with("true"), "{failure:?}");
    assert!(files(&true_one).is_empty());

    fs::write(folder.path().join("file"), "").unwrap();
    let failure = Downloads::open(&folder.path().join("file")).unwrap_err();
    assert!(failure.code == "bad-request" && failure.message.ends_with("is no folder"), "{failure:?}");
    let failure = Downloads::open(&folder.path().join("file/below")).unwrap_err();
    assert!(failure.message.starts_with("cannot look at the download folder"), "{failure:?}");

    symlink(&source, true_one.join("HCE9.jar")).unwrap();
    let downloads = Downloads::open(&true_one).unwrap();
    assert!(downloads.import(&source, &home).unwrap_err().message.contains("is a link"));
    assert!(downloads.list().unwrap()[0].refused.as_ref().unwrap().message.contains("is a link"));
}

#[test]
fn the_system_says_why_a_folder_cannot_be_written() {
    let told = |kind: std::io::ErrorKind| {
        let cause = std::io::Error::from(kind);
        Failure::from(disk::DiskError { action: "write in the download folder", path: "/home/mw/cache".into(), cause })
    };
    assert_eq!(told(std::io::ErrorKind::StorageFull).code, "disk-full");
    assert_eq!(told(std::io::ErrorKind::ReadOnlyFilesystem).code, "folder-not-writable");
    // A device that is always full: what the streams of unpacking say when the disk is.
    let (folder, _home) = some_home();
    let path = good().write(folder.path());
    let patch = container::read(&path, &Limits::default()).unwrap().patch;
    let mut full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let part = &patch.parts[0];
    let error = container::unpack(&path, &part.member, part.digest, part.bytes, &mut full).unwrap_err();
    assert_eq!(Failure::from(error).code, "disk-full");
}

#[test]
fn five_hundred_containers_are_listed_at_once() {
    let (folder, home) = some_home();
    let cache = home.download_folder();
    let payload = vec![7; 20_000];
    for number in 0..500 {
        Make::new().id(&format!("A{number:03}")).jar("bug.jar", &[("a/A.class", &payload)]).write(&cache);
    }
    fs::write(cache.join("B000.jar"), "no zip").unwrap();
    fs::write(cache.join("lower.jar"), good().bytes()).unwrap();
    let downloads = Downloads::of(&home).unwrap();
    let start = Instant::now();
    let listed = downloads.list().unwrap();
    let taken = start.elapsed();
    assert!(taken < Duration::from_secs(60), "{taken:?}");
    let refused: Vec<_> =
        listed.iter().filter_map(|listed| Some((listed.file.as_str(), listed.refused.as_ref()?.message.as_str()))).collect();
    assert_eq!((listed.len(), refused.len()), (502, 2));
    assert_eq!(refused[1], ("lower.jar", "lower.jar: it is named lower.jar, and its descriptor says that it is patch HCE9"));
    drop(folder);
}

#[test]
fn what_was_read_is_remembered_for_the_very_file_alone() {
    let (_folder, home) = some_home();
    let cache = home.download_folder();
    good().write(&cache);
    let downloads = Downloads::of(&home).unwrap();
    let product = home.product(None).unwrap();
    let bugs = |downloads: &Downloads| {
        downloads.known(&home, product).unwrap().patches.values().map(|patch| patch.bugs.clone()).collect::<Vec<_>>()
    };
    assert_eq!(bugs(&downloads), [["9322540"]]);
    assert_eq!(bugs(&downloads), [["9322540"]]);
    // Another one of the same length.
    good().bugs(&["9322541"]).write(&cache);
    assert_eq!(bugs(&downloads), [["9322541"]]);
    fs::write(cache.join("packwright-checked.json"), "{").unwrap();
    assert_eq!(bugs(&downloads), [["9322541"]]);
    assert_eq!(downloads.find(&PatchId::new("HCE9").unwrap()).unwrap().unwrap().patch.bugs, ["9322541"]);
    assert!(downloads.find(&PatchId::new("NONE").unwrap()).unwrap().is_none());
    fs::write(cache.join("HCE9.jar"), "no zip").unwrap();
    let known = downloads.known(&home, product).unwrap();
    assert!(known.patches.is_empty() && known.refused["HCE9.jar"].message.contains("cannot be read as a zip"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_bytes_make_a_container_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(read(&bytes).is_err());
    }

    /// Whatever is changed, it is refused or still what it was: no part has other bytes than its checksum says.
    #[test]
    fn a_changed_container_is_refused_or_whole(places in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), cut in proptest::option::of(any::<prop::sample::Index>())) {
        let mut bytes = good().bytes();
        for (place, byte) in places {
            let at = place.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(checked) = read(&bytes) {
            for part in &checked.patch.parts {
                let mut archive = zip::ZipArchive::new(Cursor::new(&bytes)).unwrap();
                let mut content = Vec::new();
                std::io::copy(&mut archive.by_name(part.member.as_str()).unwrap(), &mut content).unwrap();
                prop_assert_eq!(part.digest, patches::names::Digest::of(&content));
            }
        }
    }
}
