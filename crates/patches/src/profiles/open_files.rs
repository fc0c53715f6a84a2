//! Which of some files a running process has open or mapped, as the system tells in `/proc`. Files are told by device and number, so that it does not
//! matter under which name a process opened one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Processes that have a file open.
#[derive(Debug, Default)]
pub struct Open {
    /// By the place of the file in the list that was asked about.
    pub by: BTreeMap<usize, BTreeSet<u32>>,
    /// Processes of other users that could not be asked.
    pub unseen: usize,
}

/// Asks every process that this user may ask.
pub fn open_files(files: &[PathBuf]) -> Open {
    let wanted: BTreeMap<(u64, u64), usize> = files
        .iter()
        .enumerate()
        .filter_map(|(index, path)| fs::metadata(path).ok().map(|about| ((about.dev(), about.ino()), index)))
        .collect();
    let mut open = Open::default();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(process) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        match of_process(&entry.path()) {
            Some(found) => {
                for index in found.iter().filter_map(|file| wanted.get(file)) {
                    open.by.entry(*index).or_default().insert(process);
                }
            }
            // A process that ended meanwhile has nothing open.
            None => open.unseen += usize::from(entry.path().exists()),
        }
    }
    open
}

fn of_process(folder: &Path) -> Option<BTreeSet<(u64, u64)>> {
    let descriptors = fs::read_dir(folder.join("fd")).ok()?;
    let mut found: BTreeSet<(u64, u64)> =
        descriptors.flatten().filter_map(|entry| fs::metadata(entry.path()).ok()).map(|about| (about.dev(), about.ino())).collect();
    let maps = fs::read(folder.join("maps")).unwrap_or_default();
    found.extend(String::from_utf8_lossy(&maps).lines().filter_map(mapped));
    Some(found)
}

/// `7f… r--s 00000000 08:01 131 /some/file` as device and number.
fn mapped(line: &str) -> Option<(u64, u64)> {
    let mut words = line.split_ascii_whitespace().skip(3);
    let (major, minor) = words.next()?.split_once(':')?;
    let number: u64 = words.next()?.parse().ok()?;
    let part = |text: &str| u32::from_str_radix(text, 16).ok();
    (number != 0).then_some((rustix::fs::makedev(part(major)?, part(minor)?), number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;

    #[test]
    fn an_open_file_is_found_under_any_name_and_a_closed_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let paths = ["open.jar", "closed.jar"].map(|name| folder.path().join(name));
        for path in &paths {
            fs::write(path, "x").unwrap();
        }
        let held = File::open(&paths[0]).unwrap();
        let renamed = [folder.path().join("renamed.jar"), paths[1].clone()];
        fs::rename(&paths[0], &renamed[0]).unwrap();
        let open = open_files(&renamed);
        assert!(open.by[&0].contains(&std::process::id()));
        assert!(!open.by.contains_key(&1));
        drop(held);
        assert!(open_files(&renamed).by.is_empty());
    }

    #[test]
    fn lines_of_maps_are_read() {
        assert_eq!(mapped("7f00-7f01 r--s 00000000 08:01 131 /a b"), Some((rustix::fs::makedev(8, 1), 131)));
        assert_eq!(mapped("7f00-7f01 rw-p 00000000 00:00 0 [heap]"), None);
        assert_eq!(mapped("?"), None);
    }
}
