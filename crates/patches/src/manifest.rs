//! A jar that holds nothing but a manifest whose `Class-Path` names other jars: how it is written, and how that of any jar is read. Lines and
//! escapes are those of the JAR file specification. Which jars a profile needs, and in which order, is not known here.

mod walk;

pub use walk::{Found, Limits, State, walk};

use crate::names::RelPath;
use engine::failure::{self, Failure};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::io::{BufReader, Cursor, Read, Seek, Write};
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipArchive, ZipWriter};

const MANIFEST: &str = "META-INF/MANIFEST.MF";
/// Bytes of a line, its end not counted.
const LINE_BYTES_MAX: usize = 72;
/// Of the manifest's main section; signatures of single classes come behind it.
const MAIN_BYTES_MAX: u64 = 4 << 20;
/// A profile of 500 patches has a tenth of it.
const ENTRIES_MAX: usize = 10_000;

/// What stands for itself in an entry. A colon would make the word before it a URL's scheme.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// A jar whose class path cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    #[error("cannot read the jar as a ZIP file: {0}")]
    Damaged(#[source] ZipError),
    #[error("cannot read the manifest of the jar: {0}")]
    Unreadable(#[source] std::io::Error),
    #[error("the manifest of the jar has {what} above the limit of {limit}")]
    TooMuch { what: &'static str, limit: u64 },
}

impl From<ManifestError> for Failure {
    fn from(error: ManifestError) -> Failure {
        Failure::new(&failure::HOME_DAMAGED, error.to_string())
    }
}

/// A manifest jar over relative paths, as [`relative`] gives them. The same paths always give the same bytes, whichever compressor is at hand: the
/// manifest is stored as it is.
pub fn jar(class_path: &[String]) -> Vec<u8> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::DEFAULT)
        .system(System::Unix)
        .unix_permissions(0o644);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let text = text(class_path);
    let written = writer.start_file(MANIFEST, options).and_then(|()| Ok(writer.write_all(&text)?));
    let finished = written.and_then(|()| writer.finish());
    finished.expect("one file of far less than 4 GB, written to memory").into_inner()
}

fn text(class_path: &[String]) -> Vec<u8> {
    let mut text = b"Manifest-Version: 1.0\r\n".to_vec();
    if !class_path.is_empty() {
        let entries: Vec<String> = class_path.iter().map(|path| escaped(path)).collect();
        fold(&format!("Class-Path: {}", entries.join(" ")), &mut text);
    }
    text.extend(b"\r\n");
    text
}

fn escaped(path: &str) -> String {
    utf8_percent_encode(path, ESCAPED).to_string()
}

/// Writes a line as one or more: each but the first begins with a blank, which is not the value's.
fn fold(line: &str, text: &mut Vec<u8>) {
    let mut room = LINE_BYTES_MAX;
    for character in line.chars() {
        if character.len_utf8() > room {
            text.extend(b"\r\n ");
            room = LINE_BYTES_MAX - 1;
        }
        room -= character.len_utf8();
        text.extend(character.encode_utf8(&mut [0; 4]).as_bytes());
    }
    text.extend(b"\r\n");
}

/// How a jar in `from_folder` names a file: `../../../patch_jars/a.jar`. Both are below the home, so this holds wherever the home lies.
pub fn relative(from_folder: &RelPath, to: &RelPath) -> String {
    let from: Vec<&str> = from_folder.as_str().split('/').collect();
    let to: Vec<&str> = to.as_str().split('/').collect();
    // The file itself is never a folder on the way.
    let shared = from.iter().zip(&to[..to.len() - 1]).take_while(|(one, other)| one == other).count();
    let up = std::iter::repeat_n("..", from.len() - shared);
    up.chain(to[shared..].iter().copied()).collect::<Vec<_>>().join("/")
}

/// The class path of a jar, escapes undone; empty where its manifest has none or there is no manifest.
pub fn class_path(jar: &[u8]) -> Result<Vec<String>, ManifestError> {
    let entries = entries(Cursor::new(jar))?;
    Ok(entries.into_iter().map(|entry| unescaped(&entry).unwrap_or(entry)).collect())
}

/// `None`: what is escaped is no text, and no virtual machine takes it.
fn unescaped(entry: &str) -> Option<String> {
    Some(percent_decode_str(entry).decode_utf8().ok()?.into_owned())
}

/// The entries of a jar's class path as they stand there.
fn entries(jar: impl Read + Seek) -> Result<Vec<String>, ManifestError> {
    let mut archive = ZipArchive::new(BufReader::new(jar)).map_err(ManifestError::Damaged)?;
    // Virtual machines find it in any case; the exact spelling goes first.
    let other_case = || archive.file_names_raw().position(|name| name.eq_ignore_ascii_case(MANIFEST.as_bytes()));
    let Some(place) = archive.index_for_name(MANIFEST).or_else(other_case) else { return Ok(Vec::new()) };
    let member = archive.by_index(place).map_err(ManifestError::Damaged)?;
    let mut bytes = Vec::new();
    member.take(MAIN_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(ManifestError::Unreadable)?;
    let Some(value) = attribute(&bytes, "Class-Path")? else { return Ok(Vec::new()) };
    let entries: Vec<String> = value.split(' ').filter(|entry| !entry.is_empty()).take(ENTRIES_MAX + 1).map(String::from).collect();
    if entries.len() > ENTRIES_MAX {
        return Err(ManifestError::TooMuch { what: "entries in its class path", limit: ENTRIES_MAX as u64 });
    }
    Ok(entries)
}

/// An attribute of a manifest's main section. Of several the last counts, as in the virtual machine.
fn attribute(manifest: &[u8], name: &str) -> Result<Option<String>, ManifestError> {
    // Put together as bytes: other writers cut lines inside a character.
    let mut attributes: Vec<Vec<u8>> = Vec::new();
    let mut ended = false;
    for line in lines(manifest) {
        match (line, attributes.last_mut()) {
            ([], _) => {
                ended = true;
                break;
            }
            ([b' ', rest @ ..], Some(last)) => last.extend(rest),
            _ => attributes.push(line.to_vec()),
        }
    }
    if !ended && manifest.len() as u64 > MAIN_BYTES_MAX {
        return Err(ManifestError::TooMuch { what: "bytes in its main section", limit: MAIN_BYTES_MAX });
    }
    let found = attributes.iter().rev().find_map(|attribute| {
        let colon = attribute.iter().position(|byte| *byte == b':')?;
        let (key, value) = attribute.split_at(colon);
        key.eq_ignore_ascii_case(name.as_bytes()).then(|| String::from_utf8_lossy(&value[1..]).trim_start_matches(' ').to_string())
    });
    Ok(found)
}

/// Lines that end with CR LF, LF or CR, as the specification allows.
fn lines(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        if bytes.is_empty() {
            return None;
        }
        let end = bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(bytes.len());
        let (line, rest) = bytes.split_at(end);
        bytes = rest.strip_prefix(b"\r\n").or(rest.get(1..)).unwrap_or_default();
        Some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn path(text: &str) -> RelPath {
        RelPath::new(text).unwrap()
    }

    /// A jar of this manifest alone.
    fn jar_of(manifest: &[u8]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        writer.start_file(MANIFEST, SimpleFileOptions::default()).unwrap();
        writer.write_all(manifest).unwrap();
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn a_file_is_named_from_the_folder_of_the_jar_that_names_it() {
        let folder = path("patch_wls1036/profiles/Orders/sys_manifest_classpath");
        assert_eq!(relative(&folder, &path("patch_wls1036/patch_jars/a.jar")), "../../../patch_jars/a.jar");
        assert_eq!(relative(&folder, &path("modules/a.jar")), "../../../../modules/a.jar");
        assert_eq!(relative(&path("a/b"), &path("a/b/c.jar")), "c.jar");
        assert_eq!(relative(&path("a/b"), &path("a/b")), "../b");
    }

    #[test]
    fn lines_are_folded_and_what_a_url_would_misread_is_escaped() {
        let paths: Vec<String> = ["../a b.jar", "ü%#?:;+.jar", &"x".repeat(80)].map(String::from).to_vec();
        let expected = "Manifest-Version: 1.0\r\n\
            Class-Path: ../a%20b.jar %C3%BC%25%23%3F%3A%3B%2B.jar xxxxxxxxxxxxxxxxxx\r\n \
            xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n\r\n";
        let text = String::from_utf8(text(&paths)).unwrap();
        assert_eq!(text, expected);
        assert!(text.lines().all(|line| line.len() <= LINE_BYTES_MAX));
        assert_eq!(class_path(&jar(&paths)).unwrap(), paths);
        assert_eq!(jar(&paths), jar(&paths));
    }

    #[test]
    fn a_profile_of_nothing_has_no_class_path_line() {
        assert_eq!(text(&[]), b"Manifest-Version: 1.0\r\n\r\n");
        assert!(class_path(&jar(&[])).unwrap().is_empty());
    }

    #[test]
    fn folding_keeps_characters_whole() {
        let mut text = Vec::new();
        fold(&"ü".repeat(100), &mut text);
        let text = String::from_utf8(text).unwrap();
        assert!(text.lines().all(|line| line.len() <= LINE_BYTES_MAX));
        assert_eq!(text.replace("\r\n ", "").trim_end(), "ü".repeat(100));
    }

    #[test]
    fn manifests_of_other_writers_are_read() {
        let read = |manifest: &[u8]| class_path(&jar_of(manifest)).unwrap();
        assert_eq!(read(b"Manifest-Version: 1.0\nclass-path: a.jar\n  b.jar\n\nName: x\nClass-Path: c.jar\n"), ["a.jar", "b.jar"]);
        assert_eq!(read(b"Class-Path:  a.jar  b\r .jar"), ["a.jar", "b.jar"]);
        assert_eq!(read(b"Class-Path: a.jar\nClass-Path: b.jar\n"), ["b.jar"]);
        // Cut inside a character.
        assert_eq!(read(b"Class-Path: \xC3\r\n \xBC.jar\r\n"), ["ü.jar"]);
        // No such escapes: as it stands.
        assert_eq!(read(b"Class-Path: a%zz.jar %ff.jar\n"), ["a%zz.jar", "%ff.jar"]);
        assert!(read(b"\nClass-Path: a.jar\n").is_empty());
        assert!(read(b"").is_empty());
    }

    #[test]
    fn what_is_too_large_is_refused_and_what_lies_behind_the_main_section_is_not_read() {
        let too_many = "a ".repeat(ENTRIES_MAX + 1);
        assert!(matches!(class_path(&jar_of(format!("Class-Path: {too_many}\n").as_bytes())), Err(ManifestError::TooMuch { .. })));
        let mut manifest = b"Class-Path: a.jar\n".to_vec();
        let filling = vec![b'x'; MAIN_BYTES_MAX as usize];
        assert!(matches!(class_path(&jar_of(&[manifest.clone(), filling.clone()].concat())), Err(ManifestError::TooMuch { .. })));
        manifest.push(b'\n');
        assert_eq!(class_path(&jar_of(&[manifest, filling].concat())).unwrap(), ["a.jar"]);
        assert!(matches!(class_path(b"no jar"), Err(ManifestError::Damaged(_))));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(paths in proptest::collection::vec(".{1,90}", 0..40)) {
            prop_assert_eq!(class_path(&jar(&paths)).unwrap(), paths);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), at in 0..200usize) {
            let _ = class_path(&bytes);
            let _ = class_path(&jar_of(&bytes));
            let mut damaged = jar(&["a.jar".into(), "b.jar".into()]);
            let at = at % damaged.len();
            damaged.splice(at.., bytes);
            let _ = class_path(&damaged);
        }
    }
}
