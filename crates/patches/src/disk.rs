//! Files, with every error told as what was attempted on what. What is read has a limit; what is written is complete or not there.

use engine::failure::{self, Failure};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// A file or folder that did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}: {cause}", path.display())]
pub struct DiskError {
    /// As in "cannot <action> <path>".
    pub action: &'static str,
    pub path: PathBuf,
    #[source]
    pub cause: io::Error,
}

impl From<DiskError> for Failure {
    fn from(error: DiskError) -> Failure {
        use io::ErrorKind::{PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
        let (code, hint) = match error.cause.kind() {
            StorageFull | QuotaExceeded => (&failure::DISK_FULL, "free some space on that disk, then give the command again"),
            PermissionDenied | ReadOnlyFilesystem => {
                (&failure::FOLDER_NOT_WRITABLE, "run packwright as the user who owns the installation, or give this user the right")
            }
            _ => (&failure::HOST_FAILED, ""),
        };
        Failure::new(code, error.to_string()).hint(hint)
    }
}

/// For `map_err`: names what was attempted on what.
pub fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> DiskError {
    move |cause| DiskError { action, path: path.to_owned(), cause }
}

/// The whole of a file of at most `bytes_max` bytes.
pub fn read(path: &Path, bytes_max: u64) -> Result<Vec<u8>, DiskError> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed("read", path))?;
    file.take(bytes_max + 1).read_to_end(&mut bytes).map_err(failed("read", path))?;
    if bytes.len() as u64 > bytes_max {
        let cause = io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {bytes_max} bytes"));
        return Err(DiskError { action: "read", path: path.to_owned(), cause });
    }
    Ok(bytes)
}

/// The same where there need not be one.
pub fn read_if_there(path: &Path, bytes_max: u64) -> Result<Option<Vec<u8>>, DiskError> {
    match read(path, bytes_max) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.cause.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes a file beside its place and renames it there, both on disk when this returns.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(failed("make the folder", folder))?;
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".packwright-{}", std::process::id()));
    let beside = folder.join(name);
    let written = write_synced(&beside, bytes).and_then(|()| fs::rename(&beside, path).map_err(failed("replace", path)));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written?;
    sync_folder(folder)
}

fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    let mut file = File::create(path).map_err(failed("write", path))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed("write", path))
}

/// What was renamed in a folder is on disk when this returns.
pub fn sync_folder(folder: &Path) -> Result<(), DiskError> {
    File::open(folder).and_then(|file| file.sync_all()).map_err(failed("write the folder", folder))
}

/// Names in a folder, in order; none where there is no such folder. At most `entries_max` are read.
pub fn list(folder: &Path, entries_max: usize) -> Result<Vec<String>, DiskError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed("list", folder)(error)),
    };
    let mut names = Vec::new();
    for entry in entries.take(entries_max) {
        // A name that is not UTF-8 is none that a home holds for us.
        if let Ok(name) = entry.map_err(failed("list", folder))?.file_name().into_string() {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names)
}
