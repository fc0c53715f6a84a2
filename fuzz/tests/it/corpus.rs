//! The saved corpus: small files, one folder for each target. What they mean is not known here.

use std::fs;
use std::path::PathBuf;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

pub fn folders() -> Vec<String> {
    names(root())
}

/// Names and bytes, in the order of the names.
pub fn of(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = root().join(target);
    let read = |name: String| {
        let bytes = fs::read(folder.join(&name)).expect("a file of the corpus");
        assert!(bytes.len() <= 64 << 10, "{name} is too large for a corpus");
        (name, bytes)
    };
    names(folder.clone()).into_iter().map(read).collect()
}

fn names(folder: PathBuf) -> Vec<String> {
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("cannot list {}: {error}", folder.display()));
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry of the corpus").file_name().into_string().expect("a plain name")).collect();
    names.sort_unstable();
    names
}
