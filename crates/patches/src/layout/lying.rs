//! What lies at a path of a home. Links are not followed: a link is never what a patch put there.

use crate::disk::{self, DiskError};
use crate::names::{Digest, RelPath};
use std::fs::{self, File};
use std::io::ErrorKind::{NotADirectory, NotFound};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// What was found at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lying {
    Nothing,
    File {
        digest: Digest,
        /// Permissions.
        mode: u32,
    },
    /// A folder, a link, or something stranger.
    Other,
}

pub fn lies(root: &Path, path: &RelPath) -> Result<Lying, DiskError> {
    let path = path.below(root);
    let about = match fs::symlink_metadata(&path) {
        Ok(about) => about,
        Err(error) if matches!(error.kind(), NotFound | NotADirectory) => return Ok(Lying::Nothing),
        Err(error) => return Err(disk::failed("look at", &path)(error)),
    };
    if !about.is_file() {
        return Ok(Lying::Other);
    }
    let mut hasher = blake3::Hasher::new();
    File::open(&path).and_then(|file| hasher.update_reader(file).map(|_| ())).map_err(disk::failed("read", &path))?;
    Ok(Lying::File { digest: hasher.finalize().into(), mode: about.permissions().mode() & 0o7777 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_file_is_one() {
        let folder = tempfile::tempdir().unwrap();
        disk::write(&folder.path().join("a/b"), b"text").unwrap();
        std::os::unix::fs::symlink("a/b", folder.path().join("link")).unwrap();
        let lies = |path: &str| lies(folder.path(), &RelPath::new(path).unwrap()).unwrap();
        assert!(matches!(lies("a/b"), Lying::File { digest, .. } if digest == Digest::of(b"text")));
        assert_eq!([lies("a"), lies("link"), lies("a/c"), lies("a/b/c")], [Lying::Other, Lying::Other, Lying::Nothing, Lying::Nothing]);
    }
}
