//! A server's folders as a person wants to see them: three levels, and sums for what lies below.

use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;
use utoipa::ToSchema;

const LEVELS: usize = 4;
/// Entries looked at in one tree.
const ENTRIES_MAX: u64 = 5_000_000;

/// One folder or file of a server.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TreeEntry {
    /// Below the server's folder, with `/`.
    pub path: String,
    pub folder: bool,
    pub bytes: u64,
    /// Files below a folder.
    pub files: u64,
}

pub fn read(root: &Path) -> Vec<TreeEntry> {
    let mut entries = Vec::new();
    let mut seen = 0;
    walk(root, "", 1, &mut entries, &mut seen);
    entries
}

/// Answers bytes and files below.
fn walk(folder: &Path, path: &str, level: usize, entries: &mut Vec<TreeEntry>, seen: &mut u64) -> (u64, u64) {
    let Ok(found) = fs::read_dir(folder) else { return (0, 0) };
    let mut found: Vec<_> = found.filter_map(Result::ok).filter(|entry| !entry.file_name().to_string_lossy().starts_with('.')).collect();
    found.sort_by_key(|entry| entry.file_name());
    let (mut bytes, mut files) = (0, 0);
    for entry in found {
        *seen += 1;
        if *seen > ENTRIES_MAX {
            break;
        }
        let name = entry.file_name().to_string_lossy().into_owned();
        let below = if path.is_empty() { name } else { format!("{path}/{name}") };
        let Ok(metadata) = entry.metadata() else { continue };
        let position = entries.len();
        if level <= LEVELS && metadata.is_dir() {
            entries.push(TreeEntry { path: below.clone(), folder: true, bytes: 0, files: 0 });
        }
        let (b, f) = if metadata.is_dir() { walk(&entry.path(), &below, level + 1, entries, seen) } else { (metadata.len(), 1) };
        if level <= LEVELS && metadata.is_dir() {
            (entries[position].bytes, entries[position].files) = (b, f);
        }
        bytes += b;
        files += f;
    }
    (bytes, files)
}
