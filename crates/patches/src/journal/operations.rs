//! Every operation by which a change alters a home. All of them go through here, so that a test can let any single one fail, or be the last of its
//! process; why an operation is made is not known here.

use crate::disk::{DiskError, failed};
use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt, lchown};
use std::path::Path;

/// Asked before every operation, with what it does and to which file; an error of it is the operation's.
pub type Watch = Box<dyn Fn(&'static str, &Path) -> io::Result<()> + Send>;

/// User and group of a file.
pub(crate) type Owner = (u32, u32);

#[derive(Default)]
pub(crate) struct Operations {
    pub(crate) watch: Option<Watch>,
}

impl Operations {
    fn carry_out<T>(&self, action: &'static str, path: &Path, act: impl FnOnce() -> io::Result<T>) -> Result<T, DiskError> {
        let allowed = self.watch.as_ref().map_or(Ok(()), |watch| watch(action, path));
        allowed.and_then(|()| act()).map_err(failed(action, path))
    }

    /// A file that was not there, for its owner alone until it is complete.
    pub fn create(&self, path: &Path) -> Result<File, DiskError> {
        self.carry_out("write", path, || OpenOptions::new().write(true).create_new(true).mode(0o600).open(path))
    }

    /// Fills a file; the error of whoever fills it is handed on.
    pub fn fill<E: From<DiskError>>(&self, path: &Path, fill: impl FnOnce() -> Result<(), E>) -> Result<(), E> {
        self.carry_out("write", path, || Ok(()))?;
        fill()
    }

    pub fn append(&self, path: &Path, append: impl FnOnce() -> io::Result<()>) -> Result<(), DiskError> {
        self.carry_out("append to", path, append)
    }

    /// Only the administrator can give a file away; what anybody else writes is theirs.
    pub fn set_owner(&self, path: &Path, owner: Owner) -> Result<(), DiskError> {
        if !rustix::process::geteuid().is_root() {
            return Ok(());
        }
        self.carry_out("set the owner of", path, || lchown(path, Some(owner.0), Some(owner.1)))
    }

    pub fn set_mode(&self, path: &Path, mode: u32) -> Result<(), DiskError> {
        self.carry_out("set the permissions of", path, || fs::set_permissions(path, Permissions::from_mode(mode)))
    }

    /// Makes one folder; it may be there.
    pub fn make_folder(&self, path: &Path, mode: u32) -> Result<(), DiskError> {
        self.carry_out("make the folder", path, || match fs::DirBuilder::new().mode(mode).create(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && fs::symlink_metadata(path)?.is_dir() => Ok(()),
            made => made,
        })
    }

    pub fn link(&self, from: &Path, to: &Path) -> Result<(), DiskError> {
        self.carry_out("keep", from, || fs::hard_link(from, to))
    }

    /// A copy with permissions and times, for where links are refused.
    pub fn copy(&self, from: &Path, to: &Path) -> Result<(), DiskError> {
        self.carry_out("copy", from, || {
            let metadata = fs::metadata(from)?;
            fs::copy(from, to)?;
            File::options().write(true).open(to)?.set_times(fs::FileTimes::new().set_modified(metadata.modified()?))
        })
    }

    pub fn rename(&self, from: &Path, to: &Path) -> Result<(), DiskError> {
        self.carry_out("replace", to, || fs::rename(from, to))
    }

    /// Removes a file; it may be gone.
    pub fn remove(&self, path: &Path) -> Result<(), DiskError> {
        self.carry_out("remove", path, || gone(fs::remove_file(path)))
    }

    /// Removes a folder with all that is in it; it may be gone. A link in it is removed, never followed.
    pub fn remove_tree(&self, path: &Path) -> Result<(), DiskError> {
        self.carry_out("remove the folder", path, || gone(fs::remove_dir_all(path)))
    }

    /// Removes a folder where nothing is in it, and says whether it is gone.
    pub fn remove_if_empty(&self, path: &Path) -> Result<bool, DiskError> {
        self.carry_out("remove the folder", path, || match fs::remove_dir(path) {
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(false),
            removed => gone(removed).map(|()| true),
        })
    }

    /// What was written into a file, or renamed in a folder, is on disk when this returns.
    pub fn sync(&self, path: &Path) -> Result<(), DiskError> {
        self.carry_out("put on disk", path, || File::open(path)?.sync_all())
    }

    /// The same for everything on the disk of a path.
    pub fn sync_disk(&self, path: &Path) -> Result<(), DiskError> {
        self.carry_out("put on disk", path, || Ok(rustix::fs::syncfs(File::open(path)?)?))
    }
}

fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}
