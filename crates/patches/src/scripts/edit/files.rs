//! A script as a file: shown before it is changed, kept as a backup, and replaced in one step with its owner and rights. What is changed in it is not
//! known here.

use super::ScriptRefusal;
use crate::disk;
use crate::names::Digest;
use crate::scripts::SCRIPT_BYTES_MAX;
use engine::failure::Failure;
use similar::TextDiff;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A backup's name is the script's with this and a number behind it.
pub const BACKUP: &str = ".packwright-backup-";
const BACKUPS_MAX: u32 = 1000;

/// Whether a file can be replaced as [`write`] does it, and still is as it was when the change was planned.
pub fn fit_to_write(path: &Path, before: Digest) -> Result<(), Failure> {
    check_file(path)?;
    unchanged(path, before).map(drop)
}

fn unchanged(path: &Path, before: Digest) -> Result<Vec<u8>, Failure> {
    let bytes = disk::read(path, SCRIPT_BYTES_MAX)?;
    if Digest::of(&bytes) == before { Ok(bytes) } else { Err(ScriptRefusal::ChangedSince { path: path.display().to_string() }.into()) }
}

/// Replaces a script that still is as it was when the change was planned. Gives the backup's path.
pub fn write(path: &Path, before: Digest, after: &[u8]) -> Result<PathBuf, Failure> {
    let metadata = fs::symlink_metadata(path).map_err(disk::failed("read", path))?;
    check(&path.display().to_string(), &metadata)?;
    let former = unchanged(path, before)?;
    let backup = back_up(path, &former, &metadata)?;
    let beside = named(path, &format!(".packwright-{}", std::process::id()));
    // What a killed run of the same number left is of no use to anybody.
    let _ = fs::remove_file(&beside);
    let written = write_new(&beside, after, &metadata)
        .and_then(|()| unchanged(path, before).map(drop))
        .and_then(|()| fs::rename(&beside, path).map_err(|cause| disk::failed("replace", path)(cause).into()));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written?;
    disk::sync_folder(path.parent().unwrap_or(Path::new(".")))?;
    Ok(backup)
}

/// Whether [`write`] would take this file.
pub fn check_file(path: &Path) -> Result<(), Failure> {
    let metadata = fs::symlink_metadata(path).map_err(disk::failed("read", path))?;
    Ok(check(&path.display().to_string(), &metadata)?)
}

fn check(path: &str, metadata: &Metadata) -> Result<(), ScriptRefusal> {
    let path = path.to_string();
    if metadata.is_symlink() {
        return Err(ScriptRefusal::Link { path });
    }
    if !metadata.is_file() {
        return Err(ScriptRefusal::NoFile { path });
    }
    if metadata.nlink() > 1 {
        return Err(ScriptRefusal::SeveralNames { path, names: metadata.nlink() });
    }
    // Renaming would get around it, even for a user whom no right keeps out.
    if metadata.permissions().mode() & 0o222 == 0 {
        return Err(ScriptRefusal::ReadOnly { path });
    }
    Ok(())
}

/// Keeps the former content beside the script, unless the last backup is the same.
fn back_up(path: &Path, former: &[u8], metadata: &Metadata) -> Result<PathBuf, Failure> {
    let mut last: Option<PathBuf> = None;
    for number in 1..=BACKUPS_MAX {
        let backup = named(path, &format!("{BACKUP}{number}"));
        if fs::symlink_metadata(&backup).is_ok() {
            last = Some(backup);
            continue;
        }
        if let Some(same) = last.filter(|last| disk::read(last, SCRIPT_BYTES_MAX).is_ok_and(|bytes| bytes == former)) {
            return Ok(same);
        }
        write_new(&backup, former, metadata)?;
        return Ok(backup);
    }
    Err(ScriptRefusal::TooManyBackups { path: path.display().to_string(), count: BACKUPS_MAX }.into())
}

fn named(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(ending);
    path.with_file_name(name)
}

/// A new file with another's owner and rights, on disk when this returns.
fn write_new(path: &Path, bytes: &[u8], like: &Metadata) -> Result<(), Failure> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(disk::failed("write", path))?;
    let written = fill(&mut file, bytes, like);
    if let Err(cause) = written {
        let _ = fs::remove_file(path);
        return Err(disk::failed("write with its former owner and rights", path)(cause).into());
    }
    Ok(())
}

fn fill(file: &mut File, bytes: &[u8], like: &Metadata) -> std::io::Result<()> {
    file.write_all(bytes)?;
    let own = file.metadata()?;
    if (own.uid(), own.gid()) != (like.uid(), like.gid()) {
        fchown(&*file, Some(like.uid()), Some(like.gid()))?;
    }
    file.set_permissions(like.permissions())?;
    file.sync_all()
}

/// What changes, for a screen: nothing in a script can move its cursor.
pub fn diff(before: &[u8], after: &[u8]) -> String {
    let (before, after) = (shown(before), shown(after));
    let mut settings = TextDiff::configure();
    settings.timeout(Duration::from_secs(2));
    settings.diff_lines(&before, &after).unified_diff().context_radius(3).header("before", "after").to_string()
}

fn shown(text: &[u8]) -> String {
    let mut shown = String::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\n' | '\t' => shown.push(character),
                control if control.is_control() => shown.extend(control.escape_default()),
                plain => shown.push(plain),
            }
        }
        chunk.invalid().iter().for_each(|byte| shown.push_str(&format!("\\x{byte:02x}")));
    }
    shown
}
