//! The content store of this machine: every file once, under its hash, in `store/<two digits>/<hash>`. What servers hold of it are links.

use super::host::LocalHost;
use engine::failure::{self, Failure};
use engine::host::{Goods, HostError};
use engine::value::Value;
use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Folder of what is being written.
const BESIDE: &str = "beside";

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
        for first in 0..=255_u8 {
            fs::create_dir_all(root.join(format!("{first:02x}")))?;
        }
        Ok(ContentStore { root, beside: AtomicU64::new(0) })
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

/// The content store as a step sees it.
pub struct LocalGoods<'a> {
    pub content: &'a ContentStore,
    pub host: &'a LocalHost<'a>,
    pub store: &'a store::Store,
    pub runtime: &'a tokio::runtime::Handle,
}

impl LocalGoods<'_> {
    fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Failure {
        let path = path.to_path_buf();
        move |cause| HostError { action, path, cause }.into()
    }

    fn gone(hash: &str) -> Failure {
        let hint = "order the build again: what is missing is made anew";
        Failure::new(&failure::GOODS_MISSING, format!("content {hash} is not in the store of this machine")).hint(hint)
    }
}

impl Goods for LocalGoods<'_> {
    fn put_file(&self, path: &Path) -> Result<String, Failure> {
        self.content.put_file(&self.host.whole(path, "store")?).map_err(Self::failed("store", path))
    }

    fn put(&self, bytes: &[u8]) -> Result<String, Failure> {
        self.content.put(bytes).map_err(Self::failed("store", Path::new("content")))
    }

    fn get(&self, hash: &str) -> Result<Vec<u8>, Failure> {
        let path = self.content.path(hash).filter(|path| path.is_file()).ok_or_else(|| Self::gone(hash))?;
        let bytes = fs::read(&path).map_err(Self::failed("read", &path))?;
        if blake3::hash(&bytes).to_hex().as_str() != hash {
            return Err(Failure::new(&failure::GOODS_MISSING, format!("content {hash} is damaged on this machine"))
                .hint("check its disk, then order the build again"));
        }
        Ok(bytes)
    }

    fn place(&self, hash: &str, path: &Path) -> Result<(), Failure> {
        let stored = self.content.path(hash).ok_or_else(|| Self::gone(hash))?;
        let whole = self.host.whole(path, "place")?;
        link_or_copy(&stored, &whole, &self.host.name_beside(&whole))
            .map_err(|error| if stored.is_file() { Self::failed("place", path)(error) } else { Self::gone(hash) })
    }

    fn named(&self, name: &str) -> Result<Option<String>, Failure> {
        let rows = self.runtime.block_on(self.store.control().query("SELECT CONTENT FROM PW_GOODS WHERE NAME = $1", &[Value::from(name)]));
        let rows = rows.map_err(super::tables::failed)?;
        Ok(rows.first().map(|row| row[0].text().to_string()))
    }
}
