//! The par of an object: a ZIP with its files in the folders of the ERP. The same files always give the same bytes, and what comes from
//! elsewhere is read under limits. Which compressor is used decides about the bytes, so its version is pinned in `Cargo.lock`.
//!
//! It does not look into the files.

use crate::kind::{Bitness, DICTIONARY_FILE, OBJECT_FILE, ObjectText};
use crate::names;
use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipArchive, ZipWriter};

#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Size of the par itself.
    pub par_bytes_max: usize,
    pub entries_max: usize,
    /// Of all files together, unpacked.
    pub unpacked_bytes_max: u64,
    /// Unpacked bytes per packed byte, once a file is larger than 1 MB: sources hardly reach 50.
    pub ratio_max: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { par_bytes_max: 64 << 20, entries_max: 10_000, unpacked_bytes_max: 256 << 20, ratio_max: 200 }
    }
}

const RATIO_FREE_BYTES: u64 = 1 << 20;
const PATH_DEPTH_MAX: usize = 20;

#[derive(Debug, thiserror::Error)]
pub enum ParError {
    #[error("cannot read the par as a ZIP file")]
    Damaged(#[source] ZipError),
    #[error("cannot read {path} out of the par")]
    Unreadable {
        path: String,
        #[source]
        source: std::io::Error,
    },
    #[error("cannot write the par")]
    Write(#[source] ZipError),
    #[error("the par has {found} {what}, and at most {limit} are read")]
    TooMuch { what: &'static str, found: u64, limit: u64 },
    #[error("{path:?} in the par unpacks to more than {limit} times its packed size")]
    Ratio { path: String, limit: u64 },
    #[error("{path:?} is no path that a par may hold")]
    Path { path: String },
    #[error("{path:?} in the par is a link or a folder, and only files are read")]
    NoFile { path: String },
    #[error("{path:?} stands twice in the par, or differs from another path only in capitals")]
    Twice { path: String },
}

/// Packs an object's files; one that fits in no folder of a par is an error.
pub fn pack(text: &ObjectText, bitness: Bitness) -> Result<Vec<u8>, ParError> {
    let mut entries = BTreeMap::new();
    for (file, bytes) in &text.files {
        let path = place(file, bitness).ok_or_else(|| ParError::Path { path: file.clone() })?;
        entries.insert(path, bytes);
    }
    // A fixed time, mode and system: the bytes depend on nothing but the files.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(6))
        .last_modified_time(DateTime::DEFAULT)
        .system(System::Unix)
        .unix_permissions(0o644);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in entries {
        writer.start_file(path, options).map_err(ParError::Write)?;
        writer.write_all(bytes).map_err(|error| ParError::Write(error.into()))?;
    }
    Ok(writer.finish().map_err(ParError::Write)?.into_inner())
}

/// Where a file of the folder lies in the par.
fn place(file: &str, bitness: Bitness) -> Option<String> {
    if !is_path(file) {
        return None;
    }
    if file == OBJECT_FILE || file == DICTIONARY_FILE || file.starts_with("res/") || file.starts_with("java/") {
        return Some(file.to_string());
    }
    match file.rsplit_once('.') {
        Some((_, "c")) if !file.contains('/') => Some(format!("{}/{file}", bitness.source_folder())),
        Some((_, "h")) if !file.contains('/') => Some(format!("{}/{file}", bitness.include_folder())),
        _ => None,
    }
}

fn is_path(path: &str) -> bool {
    path.len() <= 250 && path.split('/').count() <= PATH_DEPTH_MAX && path.split('/').all(names::is_file_name)
}

/// The files of a par with their paths inside it (`source64/b5500010.c`), in the order of their paths.
pub fn unpack(bytes: &[u8], limits: &Limits) -> Result<Vec<(String, Vec<u8>)>, ParError> {
    at_most("bytes", bytes.len() as u64, limits.par_bytes_max as u64)?;
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(ParError::Damaged)?;
    at_most("entries", archive.len() as u64, limits.entries_max as u64)?;
    // Two readers of one ZIP must see the same files, so headers that disagree, overlap or hide are refused.
    archive.validate_header_consistency().map_err(ParError::Damaged)?;
    let mut files = BTreeMap::new();
    let mut spelled = std::collections::BTreeSet::new();
    let mut left = limits.unpacked_bytes_max;
    for index in 0..archive.len() {
        let file = archive.by_index(index).map_err(ParError::Damaged)?;
        let path = file.name().map_err(ParError::Damaged)?.into_owned();
        if file.is_dir() || file.is_symlink() || !file.is_file() {
            return Err(ParError::NoFile { path });
        }
        if !is_path(&path) {
            return Err(ParError::Path { path });
        }
        if !spelled.insert(path.to_lowercase()) {
            return Err(ParError::Twice { path });
        }
        let contents = read_entry(file, &path, left, limits)?;
        left -= contents.len() as u64;
        files.insert(path, contents);
    }
    Ok(files.into_iter().collect())
}

/// The sizes in the headers are only claims: what counts is what comes out.
fn read_entry(file: zip::read::ZipFile<'_, Cursor<&[u8]>>, path: &str, left: u64, limits: &Limits) -> Result<Vec<u8>, ParError> {
    let ratio_bytes_max = RATIO_FREE_BYTES.max(file.compressed_size().saturating_mul(limits.ratio_max));
    let most = left.min(ratio_bytes_max);
    let mut contents = Vec::new();
    file.take(most + 1).read_to_end(&mut contents).map_err(|source| ParError::Unreadable { path: path.to_string(), source })?;
    let found = contents.len() as u64;
    if found > left {
        let limit = limits.unpacked_bytes_max;
        return Err(ParError::TooMuch { what: "unpacked bytes", found: limit - left + found, limit });
    }
    if found > ratio_bytes_max {
        return Err(ParError::Ratio { path: path.to_string(), limit: limits.ratio_max });
    }
    Ok(contents)
}

fn at_most(what: &'static str, found: u64, limit: u64) -> Result<(), ParError> {
    if found > limit { Err(ParError::TooMuch { what, found, limit }) } else { Ok(()) }
}

/// The files as they lie in the object's folder: sources and headers out of their folders, the bytes unchanged.
pub fn to_text(entries: Vec<(String, Vec<u8>)>) -> Result<ObjectText, ParError> {
    let mut text = ObjectText::default();
    for (path, bytes) in entries {
        let file = match path.split_once('/') {
            Some(("source" | "source64" | "include" | "include64", file)) => file.to_string(),
            Some(("res" | "java", _)) => path.clone(),
            None if path == OBJECT_FILE || path == DICTIONARY_FILE => path.clone(),
            _ => return Err(ParError::Path { path }),
        };
        if !is_path(&path) || place(&file, Bitness::Bits64).is_none() {
            return Err(ParError::Path { path });
        }
        if text.files.insert(file, bytes).is_some() {
            return Err(ParError::Twice { path });
        }
    }
    Ok(text)
}

/// BLAKE3 of a par, in hexadecimal: the name of this state of the object everywhere.
pub fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}
