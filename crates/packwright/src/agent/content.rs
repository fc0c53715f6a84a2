//! The content store of this machine: every file once, under its hash, in `store/<two digits>/<hash>`. What servers hold of it are links.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

/// Folder of what is being written.
const BESIDE: &str = "beside";
/// Folder of what comes from other machines: it is kept over a restart, since what has come need not come again.
const ARRIVING: &str = "arriving";
/// File that says on which start of the machine the store was last opened.
const START: &str = "start";
const THIS_START: &str = "/proc/sys/kernel/random/boot_id";
/// What has not gone on arriving for so long is given up.
const ARRIVING_MAX: Duration = Duration::from_secs(24 * 3_600);

pub struct ContentStore {
    root: PathBuf,
    beside: AtomicU64,
}

impl ContentStore {
    /// Only the owner of the enterprise opens it, so what lies beside is of nobody who lives.
    pub fn open(root: PathBuf) -> io::Result<ContentStore> {
        let beside = root.join(BESIDE);
        let _ = fs::remove_dir_all(&beside);
        fs::create_dir_all(beside)?;
        fs::create_dir_all(root.join(ARRIVING))?;
        for entry in fs::read_dir(root.join(ARRIVING))? {
            let entry = entry?;
            let oldest = SystemTime::now() - ARRIVING_MAX;
            if entry.metadata()?.modified()? < oldest {
                fs::remove_file(entry.path())?;
            }
        }
        for first in 0..=255_u8 {
            fs::create_dir_all(root.join(format!("{first:02x}")))?;
        }
        let content = ContentStore { root, beside: AtomicU64::new(0) };
        content.check_after_start()?;
        Ok(content)
    }

    /// Content is not flushed to the disk when it is put, which would cost every object some milliseconds. A machine that lost its power may so have
    /// kept names without all of their bytes: when it was started since the store was last opened, everything is compared with its hash.
    fn check_after_start(&self) -> io::Result<()> {
        let noted = self.root.join(START);
        let start = fs::read(THIS_START)?;
        if fs::read(&noted).is_ok_and(|noted| noted == start) {
            return Ok(());
        }
        for first in 0..=255_u8 {
            for entry in fs::read_dir(self.root.join(format!("{first:02x}")))? {
                let path = entry?.path();
                let hash = blake3::hash(&fs::read(&path)?).to_hex();
                if path.file_name().is_none_or(|name| name != hash.as_str()) {
                    fs::remove_file(&path)?;
                }
            }
        }
        fs::write(noted, start)
    }

    /// Where content lies; the hash is ours, hexadecimal, and checked where it comes from outside.
    pub fn path(&self, hash: &str) -> Option<PathBuf> {
        let well_formed = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        well_formed.then(|| self.root.join(&hash[..2]).join(hash))
    }

    pub fn has(&self, hash: &str) -> bool {
        self.path(hash).is_some_and(|path| fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.len() > 0))
    }

    /// Takes a file in by giving it a second name. Nobody may write to it after.
    pub fn put_file(&self, file: &Path) -> io::Result<String> {
        let bytes = fs::read(file)?;
        let hash = blake3::hash(&bytes).to_hex().to_string();
        let path = self.path(&hash).expect("our own hash is well formed");
        if !is_whole(&path, bytes.len()) {
            fs::set_permissions(file, fs::Permissions::from_mode(0o444))?;
            link_or_copy(file, &path, &self.name_beside())?;
        }
        Ok(hash)
    }

    pub fn put(&self, bytes: &[u8]) -> io::Result<String> {
        let hash = blake3::hash(bytes).to_hex().to_string();
        let path = self.path(&hash).expect("our own hash is well formed");
        if !is_whole(&path, bytes.len()) {
            let beside = self.name_beside();
            fs::write(&beside, bytes)?;
            fs::set_permissions(&beside, fs::Permissions::from_mode(0o444))?;
            fs::rename(&beside, &path)?;
        }
        Ok(hash)
    }

    /// Where content arrives that is not there yet; `arrived` takes it in.
    pub fn arriving(&self, hash: &str) -> PathBuf {
        self.root.join(ARRIVING).join(hash)
    }

    /// Takes in what has arrived whole; whoever brought it has compared it with its hash.
    pub fn arrived(&self, hash: &str) -> io::Result<()> {
        let (from, to) = (self.arriving(hash), self.path(hash).ok_or(io::ErrorKind::InvalidInput)?);
        fs::set_permissions(&from, fs::Permissions::from_mode(0o444))?;
        fs::rename(from, to)
    }

    fn name_beside(&self) -> PathBuf {
        self.root.join(BESIDE).join(self.beside.fetch_add(1, Ordering::Relaxed).to_string())
    }
}

/// Whether content lies there with all its bytes: a machine that lost power may have kept a name without them.
fn is_whole(path: &Path, bytes: usize) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.len() == bytes as u64)
}

/// Gives a file another name, replacing what has it by rename; copies where there can be no link (another file system, too many names).
pub fn link_or_copy(from: &Path, to: &Path, beside: &Path) -> io::Result<()> {
    // Mostly nothing has the name yet, and one call does it.
    if fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    let source = fs::metadata(from)?;
    if fs::symlink_metadata(to).is_ok_and(|target| target.ino() == source.ino() && target.dev() == source.dev()) {
        return Ok(());
    }
    let _ = fs::remove_file(beside);
    if fs::hard_link(from, beside).is_err() {
        fs::copy(from, beside)?;
    }
    fs::rename(beside, to).inspect_err(|_| {
        let _ = fs::remove_file(beside);
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_that_lost_its_bytes_with_the_power_is_gone_after_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let open = || ContentStore::open(folder.path().to_path_buf()).unwrap();
        let content = open();
        let (whole, short) = (content.put(b"an object").unwrap(), content.put(b"another object").unwrap());
        fs::remove_file(content.path(&short).unwrap()).unwrap();
        fs::write(content.path(&short).unwrap(), b"another").unwrap();
        assert!(open().has(&short), "on the same start of the machine nothing is looked through");
        fs::write(folder.path().join(START), "an earlier start").unwrap();
        let content = open();
        assert!(content.has(&whole) && !content.has(&short));
        content.put(b"another object").unwrap();
        assert!(open().has(&short));
    }
}
