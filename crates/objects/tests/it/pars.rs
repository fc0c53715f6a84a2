//! Pars: the round trip, and archives that somebody else made.

use crate::text;
use objects::par::{self, Limits, ParError};
use objects::{Bitness, ObjectText};
use proptest::prelude::*;
use std::io::{Cursor, Write};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A ZIP as anybody may make one.
fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in entries {
        writer.start_file(*path, SimpleFileOptions::default()).expect("memory");
        writer.write_all(bytes).expect("memory");
    }
    writer.finish().expect("memory").into_inner()
}

fn refused(bytes: &[u8]) -> ParError {
    par::unpack(bytes, &Limits::default()).expect_err("it is hostile")
}

#[test]
fn files_lie_in_the_folders_of_the_erp() {
    let files = text(&[("object.toml", "x"), ("b1.c", "c"), ("b1.h", "h"), ("res/logo.png", "p"), ("java/a/X.java", "j")]);
    let paths = |bitness| {
        let entries = par::unpack(&par::pack(&files, bitness).expect("packs"), &Limits::default()).expect("unpacks");
        entries.into_iter().map(|(path, _)| path).collect::<Vec<_>>()
    };
    assert_eq!(paths(Bitness::Bits64), ["include64/b1.h", "java/a/X.java", "object.toml", "res/logo.png", "source64/b1.c"]);
    assert_eq!(paths(Bitness::Bits32), ["include/b1.h", "java/a/X.java", "object.toml", "res/logo.png", "source/b1.c"]);
}

#[test]
fn the_same_files_give_the_same_bytes() {
    let files = text(&[("object.toml", "x"), ("b1.c", "c")]);
    let par = par::pack(&files, Bitness::Bits64).expect("packs");
    assert_eq!(par, par::pack(&files, Bitness::Bits64).expect("packs"));
    assert_eq!(par::hash(&par).len(), 64);
    assert_ne!(par::hash(&par), par::hash(&par::pack(&files, Bitness::Bits32).expect("packs")));
}

#[test]
fn files_that_fit_nowhere_are_not_packed() {
    for file in ["../b1.c", "/b1.c", "a/b1.c", "notes.txt", "res/../x", "res/", "res\\x", "b1.c\0"] {
        assert!(matches!(par::pack(&text(&[(file, "")]), Bitness::Bits64), Err(ParError::Path { .. })), "{file}");
    }
}

#[test]
fn hostile_paths_are_refused() {
    for path in ["../x", "/etc/passwd", "a/../../x", "a\\..\\x", "C:/x", "a//x", "source64/.hidden", "a\0b"] {
        let error = refused(&archive(&[(path, b"")]));
        assert!(matches!(error, ParError::Path { .. } | ParError::Damaged(_)), "{path}: {error}");
    }
    assert!(matches!(refused(&archive(&[("source64/b1.c", b""), ("source64/B1.c", b"")])), ParError::Twice { .. }));
}

#[test]
fn links_and_folders_are_refused() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.add_symlink("source64/b1.c", "/etc/passwd", SimpleFileOptions::default()).expect("memory");
    assert!(matches!(refused(&writer.finish().expect("memory").into_inner()), ParError::NoFile { .. }));
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.add_directory("source64/", SimpleFileOptions::default()).expect("memory");
    assert!(matches!(refused(&writer.finish().expect("memory").into_inner()), ParError::NoFile { .. }));
}

#[test]
fn bombs_are_refused_by_each_limit() {
    let bomb = archive(&[("source64/b1.c", &vec![0; 8 << 20])]);
    assert!(matches!(refused(&bomb), ParError::Ratio { .. }));
    let small = Limits { unpacked_bytes_max: 10, entries_max: 2, par_bytes_max: 1_000, ..Limits::default() };
    let what = |bytes: &[u8]| match par::unpack(bytes, &small).expect_err("over a limit") {
        ParError::TooMuch { what, .. } => what,
        other => panic!("{other}"),
    };
    assert_eq!(what(&archive(&[("a", b"123456"), ("b", b"12345")])), "unpacked bytes");
    assert_eq!(what(&archive(&[("a", b""), ("b", b""), ("c", b"")])), "entries");
    assert_eq!(what(&[0; 1_001]), "bytes");
    assert!(par::unpack(&archive(&[("a", b"12345"), ("b", b"12345")]), &small).is_ok());
}

#[test]
fn a_par_that_is_not_ours_has_no_text() {
    let entry = |path: &str| (path.to_string(), Vec::new());
    assert!(matches!(par::to_text(vec![entry("manifest.xml")]), Err(ParError::Path { .. })));
    assert!(matches!(par::to_text(vec![entry("source64/../x.c")]), Err(ParError::Path { .. })));
    assert!(matches!(par::to_text(vec![entry("source/b1.c"), entry("source64/b1.c")]), Err(ParError::Twice { .. })));
}

/// The entries' sizes are claims: one that lies must not get through as less than it is.
#[test]
fn a_damaged_par_is_refused() {
    let mut par = archive(&[("source64/b1.c", b"int main;")]);
    let middle = 40;
    par[middle] ^= 0xff;
    assert!(par::unpack(&par, &Limits::default()).is_err());
    par.truncate(par.len() / 2);
    assert!(par::unpack(&par, &Limits::default()).is_err());
}

fn files() -> impl Strategy<Value = ObjectText> {
    let path = prop_oneof![
        Just("object.toml".to_string()),
        "[a-z][a-z0-9_]{0,9}\\.[ch]",
        "res/[a-z][a-z0-9]{0,8}\\.png",
        "java/[a-z]{1,5}/[A-Z][a-z]{1,5}\\.java",
    ];
    proptest::collection::btree_map(path, proptest::collection::vec(any::<u8>(), 0..2_000), 0..12).prop_map(|files| ObjectText { files })
}

proptest! {
    #[test]
    fn what_was_packed_comes_back(files in files(), wide in any::<bool>()) {
        let bitness = if wide { Bitness::Bits64 } else { Bitness::Bits32 };
        let par = par::pack(&files, bitness).expect("packs");
        let entries = par::unpack(&par, &Limits::default()).expect("unpacks");
        prop_assert_eq!(par::to_text(entries).expect("our own paths"), files);
    }

    #[test]
    fn a_changed_par_never_panics(files in files(), changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut par = par::pack(&files, Bitness::Bits64).expect("packs");
        for (place, byte) in changes {
            let place = place.index(par.len());
            par[place] = byte;
        }
        if let Ok(entries) = par::unpack(&par, &Limits::default()) {
            let _ = par::to_text(entries);
        }
    }
}
