//! Who may change a home: one process at a time, the one that holds the lock on `packwright/lock` in it. The kernel frees it however that process
//! ends. What is changed under the lock is not known here.

use crate::disk::{self, DiskError, failed};
use crate::home::{Home, OURS};
use crate::journal::operations::{Operations, Watch};
use engine::failure::{self, Failure};
use rustix::fs::{FlockOperation, OFlags, flock};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, lchown};
use std::path::{Path, PathBuf};

const LOCK_BYTES_MAX: u64 = 4096;
const ACCOUNTS_BYTES_MAX: u64 = 1 << 20;
const WHAT_CHARACTERS_MAX: usize = 400;
/// A look at the lock holds it for an instant; so many of them in a row get in nobody's way.
const ATTEMPTS_MAX: usize = 200;

/// The right to change a home, until it is dropped.
pub struct Lock {
    file: File,
    pub(crate) root: PathBuf,
    pub(crate) holder: Holder,
    pub(crate) operations: Operations,
}

/// Who holds a lock, and what for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    pub pid: u32,
    pub user: String,
    pub what: String,
    /// In milliseconds since 1970 UTC.
    pub since: i64,
}

#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error("{} is changed by {}", root.display(), told(holder.as_ref()))]
    Busy { root: PathBuf, holder: Option<Holder> },
    #[error("{} is {found}", path.display())]
    NotOurs { path: PathBuf, found: &'static str },
    #[error(transparent)]
    Disk(#[from] DiskError),
}

impl From<LockError> for Failure {
    fn from(error: LockError) -> Failure {
        let message = error.to_string();
        match error {
            LockError::Busy { holder, .. } => Failure::new(&failure::HOME_BUSY, message).hint(match holder {
                Some(holder) => format!("wait until process {} has ended, then give the command again", holder.pid),
                None => "wait until it has ended, then give the command again".into(),
            }),
            LockError::NotOurs { .. } => Failure::new(&failure::HOME_REFUSED, message)
                .hint("packwright keeps its records of a home in the folder packwright in it: put away what lies there"),
            LockError::Disk(error) => error.into(),
        }
    }
}

fn told(holder: Option<&Holder>) -> String {
    match holder {
        Some(Holder { pid, user, what, since }) => format!("process {pid} of {user} since {}: {what}", moment(*since)),
        None => "another process".into(),
    }
}

/// A time as people read it.
pub(crate) fn moment(milliseconds: i64) -> String {
    let whole_seconds = milliseconds.div_euclid(1000);
    jiff::Timestamp::from_second(whole_seconds).map_or_else(|_| "an unknown time".into(), |time| time.to_string())
}

impl Lock {
    /// Takes the lock of a home for something: `apply HCE9 to Orders`. Refused at once while another process has it.
    pub fn take(home: &Home, what: &str) -> Result<Lock, Failure> {
        Ok(Lock::take_at(&home.root, what)?)
    }

    /// The same, with every operation asked for first. A test lets operations fail by it.
    pub fn take_watched(home: &Home, what: &str, watch: Watch) -> Result<Lock, Failure> {
        let mut lock = Lock::take(home, what)?;
        lock.operations.watch = Some(watch);
        Ok(lock)
    }

    fn take_at(root: &Path, what: &str) -> Result<Lock, LockError> {
        let folder = root.join(OURS);
        let owner = fs::metadata(root).map_err(failed("read", root))?;
        make_folder(&folder, &owner)?;
        let path = folder.join("lock");
        let file = locked(&path, root)?;
        own(&path, &owner)?;
        let since = jiff::Timestamp::now().as_millisecond();
        let holder = Holder { pid: std::process::id(), user: user(), what: plain(what, WHAT_CHARACTERS_MAX), since };
        let lock = Lock { file, root: root.to_owned(), holder, operations: Operations::default() };
        let text = serde_json::to_vec(&lock.holder).expect("a holder is plain values");
        lock.file.set_len(0).and_then(|()| (&lock.file).write_all(&text)).map_err(failed("write", &path))?;
        Ok(lock)
    }

    /// The process that changes a home now; it need not have said yet who it is. Nothing is written.
    pub fn holder(home: &Home) -> Result<Option<Option<Holder>>, Failure> {
        let path = home.root.join(OURS).join("lock");
        let file = match open(&path, OpenOptions::new().read(true)) {
            Ok(file) => file,
            Err(LockError::Disk(error)) if error.cause.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        match flock(&file, FlockOperation::NonBlockingLockShared) {
            Ok(()) => Ok(None),
            Err(Errno::WOULDBLOCK) => Ok(Some(read_holder(&file))),
            Err(error) => Err(failed("lock", &path)(error.into()).into()),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // The file stays: one that came and went could be locked twice, once before and once after.
        let _ = self.file.set_len(0);
        let _ = flock(&self.file, FlockOperation::Unlock);
    }
}

fn make_folder(folder: &Path, owner: &fs::Metadata) -> Result<(), LockError> {
    let not_ours = |found| LockError::NotOurs { path: folder.to_owned(), found };
    match fs::DirBuilder::new().mode(0o755).create(folder) {
        Ok(()) => own(folder, owner),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => match fs::symlink_metadata(folder) {
            Ok(found) if found.is_dir() => Ok(()),
            Ok(found) if found.is_symlink() => Err(not_ours("a link")),
            Ok(_) => Err(not_ours("no folder")),
            Err(error) => Err(failed("read", folder)(error).into()),
        },
        Err(error) => Err(failed("make the folder", folder)(error).into()),
    }
}

/// What the administrator makes in another user's home is that user's, who could not use packwright there otherwise.
fn own(path: &Path, owner: &fs::Metadata) -> Result<(), LockError> {
    if rustix::process::geteuid().is_root() {
        lchown(path, Some(owner.uid()), Some(owner.gid())).map_err(failed("set the owner of", path))?;
    }
    Ok(())
}

fn locked(path: &Path, root: &Path) -> Result<File, LockError> {
    for _ in 0..ATTEMPTS_MAX {
        let file = open(path, OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o644))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) if is_still_at(&file, path) => return Ok(file),
            // Somebody removed the file to free the lock: what was locked is no longer what others find.
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => match flock(&file, FlockOperation::NonBlockingLockShared) {
                Ok(()) => std::thread::yield_now(),
                Err(_) => return Err(LockError::Busy { root: root.to_owned(), holder: read_holder(&file) }),
            },
            Err(error) => return Err(failed("lock", path)(error.into()).into()),
        }
    }
    Err(LockError::Busy { root: root.to_owned(), holder: None })
}

/// Opens the lock file, never through a link, and never waiting for the other end of a pipe.
fn open(path: &Path, options: &mut OpenOptions) -> Result<File, LockError> {
    let not_ours = |found| LockError::NotOurs { path: path.to_owned(), found };
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = match options.custom_flags(flags.bits() as i32).open(path) {
        Ok(file) => file,
        Err(error) if Errno::from_io_error(&error) == Some(Errno::LOOP) => return Err(not_ours("a link")),
        Err(error) => return Err(failed("open", path)(error).into()),
    };
    let found = file.metadata().map_err(failed("read", path))?;
    if found.is_file() { Ok(file) } else { Err(not_ours("no file")) }
}

fn is_still_at(file: &File, path: &Path) -> bool {
    let (Ok(held), Ok(there)) = (file.metadata(), fs::symlink_metadata(path)) else { return false };
    (held.dev(), held.ino()) == (there.dev(), there.ino())
}

fn read_holder(file: &File) -> Option<Holder> {
    let mut text = Vec::new();
    file.take(LOCK_BYTES_MAX).read_to_end(&mut text).ok()?;
    let holder: Holder = serde_json::from_slice(&text).ok()?;
    Some(Holder { user: plain(&holder.user, 64), what: plain(&holder.what, WHAT_CHARACTERS_MAX), ..holder })
}

/// A text that may go to a terminal.
pub(crate) fn plain(text: &str, characters_max: usize) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(characters_max).collect()
}

/// Name of the account of this process. The environment's word for it is not taken: anybody can set that.
fn user() -> String {
    let number = rustix::process::getuid().as_raw().to_string();
    let accounts = disk::read(Path::new("/etc/passwd"), ACCOUNTS_BYTES_MAX).unwrap_or_default();
    let accounts = String::from_utf8_lossy(&accounts);
    let name = accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == number).then(|| name.to_string())
    });
    name.unwrap_or_else(|| format!("user {number}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> (tempfile::TempDir, Home) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        (folder, Home { root, products: Vec::new() })
    }

    #[test]
    fn a_second_one_is_told_who_has_it_and_gets_it_afterwards() {
        let (_folder, home) = home();
        assert_eq!(Lock::holder(&home).unwrap(), None);
        let first = Lock::take(&home, "apply HCE9\nto Orders").unwrap();
        let refused = Lock::take(&home, "remove HCE9").err().unwrap();
        assert_eq!(refused.code, "home-busy");
        let words = [format!("process {} of ", std::process::id()), "apply HCE9 to Orders".into()];
        assert!(words.iter().all(|word| refused.message.contains(word)), "{}", refused.message);
        assert_eq!(Lock::holder(&home).unwrap(), Some(Some(first.holder.clone())));
        drop(first);
        assert_eq!(Lock::holder(&home).unwrap(), None);
        Lock::take(&home, "remove HCE9").unwrap();
    }

    #[test]
    fn a_lock_file_that_was_removed_is_made_anew() {
        let (_folder, home) = home();
        drop(Lock::take(&home, "one").unwrap());
        fs::remove_file(home.root.join("packwright/lock")).unwrap();
        let _lock = Lock::take(&home, "two").unwrap();
        assert_eq!(Lock::take(&home, "three").err().unwrap().code, "home-busy");
    }

    #[test]
    fn links_and_other_things_in_its_place_are_refused() {
        let (_folder, home) = home();
        let elsewhere = tempfile::tempdir().unwrap();
        let ours = home.root.join(OURS);
        std::os::unix::fs::symlink(elsewhere.path(), &ours).unwrap();
        assert_eq!(Lock::take(&home, "x").err().unwrap().code, "home-refused");
        assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
        fs::remove_file(&ours).unwrap();
        fs::write(&ours, "").unwrap();
        assert_eq!(Lock::take(&home, "x").err().unwrap().code, "home-refused");
        fs::remove_file(&ours).unwrap();
        fs::create_dir(&ours).unwrap();
        std::os::unix::fs::symlink(elsewhere.path().join("lock"), ours.join("lock")).unwrap();
        assert_eq!(Lock::take(&home, "x").err().unwrap().code, "home-refused");
        assert!(Lock::holder(&home).is_err());
        fs::remove_file(ours.join("lock")).unwrap();
        fs::create_dir(ours.join("lock")).unwrap();
        assert!(Lock::take(&home, "x").is_err());
    }
}
