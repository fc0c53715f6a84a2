//! A zip of strangers, read under limits. What headers claim is not believed: what counts is what comes out. It knows nothing of patches.

use super::Refusal;
use crate::disk::DiskError;
use crate::names::RelPath;
use std::cell::Cell;
use std::collections::HashSet;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::rc::Rc;
use zip::ZipArchive;
use zip::read::{ArchiveOffset, Config, ZipFile};
use zip::result::ZipError;

/// How much a container, or an archive in it, may hold.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Size of the container itself.
    pub container_bytes_max: u64,
    pub entries_max: u64,
    /// Bytes that are read before the list of entries is known: it stays in memory.
    pub directory_bytes_max: u64,
    /// Of one file, unpacked.
    pub member_bytes_max: u64,
    /// Of all files of one archive together, unpacked.
    pub unpacked_bytes_max: u64,
    /// Unpacked bytes per packed byte, once a file is larger than 1 MB: classes hardly reach 5, texts 50.
    pub ratio_max: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            container_bytes_max: 2 << 30,
            entries_max: 100_000,
            directory_bytes_max: 32 << 20,
            member_bytes_max: 1 << 30,
            unpacked_bytes_max: 4 << 30,
            ratio_max: 200,
        }
    }
}

const RATIO_FREE_BYTES: u64 = 1 << 20;
const PIECE_BYTES: usize = 64 << 10;

impl Limits {
    pub(crate) fn at_most(&self, whole: &str, what: &'static str, found: u64, limit: u64) -> Result<(), Refusal> {
        if found > limit { Err(Refusal::TooMuch { whole: whole.to_string(), what, limit }) } else { Ok(()) }
    }
}

/// One entry by its header.
pub(crate) struct Member {
    pub path: RelPath,
    pub kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Folder,
}

pub(crate) struct Archive<'a, R> {
    zip: ZipArchive<BufReader<Metered<R>>>,
    /// As messages call it: `it`, `jars/bug1.jar`.
    whole: String,
    limits: &'a Limits,
    /// Unpacked bytes that may still come out of it.
    left: u64,
}

impl<'a, R: Read + Seek> Archive<'a, R> {
    pub fn open(reader: R, whole: &str, limits: &'a Limits) -> Result<Archive<'a, R>, Refusal> {
        let budget = Rc::new(Cell::new(limits.directory_bytes_max));
        let reader = BufReader::new(Metered { inner: reader, budget: budget.clone() });
        // Nothing may stand in front of it, so there is nothing to search for.
        let config = Config { archive_offset: ArchiveOffset::Known(0) };
        let zip = ZipArchive::with_config(config, reader).map_err(|error| {
            // The list of entries was longer than was read of it.
            if budget.get() == 0 {
                return Refusal::TooMuch {
                    whole: whole.to_string(),
                    what: "bytes in its list of files",
                    limit: limits.directory_bytes_max,
                };
            }
            if whole == "it" {
                Refusal::Damaged(error.to_string())
            } else {
                Refusal::DamagedMember { member: whole.to_string(), why: error.to_string() }
            }
        })?;
        budget.set(u64::MAX);
        limits.at_most(whole, "files", zip.len() as u64, limits.entries_max)?;
        Ok(Archive { zip, whole: whole.to_string(), limits, left: limits.unpacked_bytes_max })
    }

    /// What comes out of an archive within this one counts as coming out of this one: many of them are no way around the limit.
    pub fn lend<N>(&self, nested: &mut Archive<'_, N>) {
        nested.left = self.left;
    }

    pub fn take_back<N>(&mut self, nested: Archive<'_, N>) {
        self.left = nested.left;
    }

    pub fn len(&self) -> usize {
        self.zip.len()
    }

    pub fn has_doubles(&self) -> bool {
        self.zip.has_duplicate_names()
    }

    /// Whether every reader of it sees the same files: no two of one name, no file that the list of entries lacks, none that overlaps another.
    pub fn is_unambiguous(&mut self) -> Result<(), Refusal> {
        if self.has_doubles() {
            return Err(Refusal::Doubles);
        }
        self.zip.validate_header_consistency().map_err(|error| Refusal::Ambiguous(error.to_string()))
    }

    pub fn index(&self, name: &str) -> Option<usize> {
        self.zip.index_for_name_raw(name.as_bytes())
    }

    /// As a message may show it.
    pub fn name(&self, index: usize) -> String {
        self.zip.by_index_data(index).map_or_else(|_| String::new(), |file| shown(file.name_raw()))
    }

    /// All entries, each with a path that stays in its folder and is no other's.
    pub fn members(&mut self) -> Result<Vec<Member>, Refusal> {
        let mut members = Vec::with_capacity(self.len());
        let mut spelled = HashSet::new();
        let mut files = HashSet::new();
        for index in 0..self.len() {
            let file = self.zip.by_index_raw(index).map_err(|error| damaged(&self.whole, &error))?;
            let member = member(&file)?;
            let lower = member.path.as_str().to_lowercase();
            if !spelled.insert(lower.clone()) {
                return Err(Refusal::Twice { member: member.path.to_string() });
            }
            if member.kind == Kind::File {
                files.insert(lower);
            }
            members.push(member);
        }
        // A file cannot have files below it.
        let is_below_a_file = |path: &str| path.match_indices('/').any(|(at, _)| files.contains(&path[..at]));
        match members.iter().find(|member| is_below_a_file(&member.path.as_str().to_lowercase())) {
            Some(member) => Err(Refusal::Twice { member: member.path.to_string() }),
            None => Ok(members),
        }
    }

    /// All of a small file.
    pub fn read(&mut self, index: usize, bytes_max: u64) -> Result<Vec<u8>, Refusal> {
        let mut bytes = Vec::new();
        let mut is_too_much = false;
        self.stream(index, |piece| {
            // What comes behind the limit is counted by the archive's own limits and not kept.
            is_too_much |= (bytes.len() + piece.len()) as u64 > bytes_max;
            if !is_too_much {
                bytes.extend_from_slice(piece);
            }
            Ok(())
        })?;
        if is_too_much {
            return Err(Refusal::TooMuch { whole: self.name(index), what: "bytes", limit: bytes_max });
        }
        Ok(bytes)
    }

    /// Hands on a file in pieces to its end, where its checksum is compared. Returns its bytes.
    pub fn stream(&mut self, index: usize, mut piece: impl FnMut(&[u8]) -> Result<(), DiskError>) -> Result<u64, Refusal> {
        let name = self.name(index);
        let member = if self.whole == "it" { name } else { format!("{}!{name}", self.whole) };
        let why = |error: &dyn std::fmt::Display| Refusal::DamagedMember { member: member.clone(), why: error.to_string() };
        let raw = self.zip.by_index_raw(index).map_err(|error| why(&error))?;
        if raw.encrypted() {
            return Err(Refusal::Encrypted { member });
        }
        let (claimed, packed) = (raw.size(), raw.compressed_size());
        drop(raw);
        let mut file = self.zip.by_index(index).map_err(|error| why(&error))?;
        let ratio_bytes_max = RATIO_FREE_BYTES.max(packed.saturating_mul(self.limits.ratio_max));
        let mut found = 0;
        let mut buffer = vec![0; PIECE_BYTES];
        loop {
            let length = match file.read(&mut buffer) {
                Ok(0) => break,
                Ok(length) => length,
                Err(error) => return Err(why(&error)),
            };
            found += length as u64;
            self.limits.at_most(&member, "bytes", found, self.limits.member_bytes_max)?;
            if found > ratio_bytes_max {
                return Err(Refusal::Ratio { member, limit: self.limits.ratio_max });
            }
            if found > self.left {
                let limit = self.limits.unpacked_bytes_max;
                return Err(Refusal::TooMuch { whole: self.whole.clone(), what: "bytes unpacked", limit });
            }
            piece(&buffer[..length]).map_err(Refusal::Disk)?;
        }
        self.left -= found;
        if found == claimed { Ok(found) } else { Err(why(&"it has another size than its header says")) }
    }
}

fn damaged(whole: &str, error: &ZipError) -> Refusal {
    Refusal::DamagedMember { member: whole.to_string(), why: error.to_string() }
}

fn member<R: Read>(file: &ZipFile<'_, R>) -> Result<Member, Refusal> {
    let shown = || shown(file.name_raw());
    let name = std::str::from_utf8(file.name_raw()).map_err(|_| Refusal::Path { member: shown() })?;
    let (name, kind) = match name.strip_suffix('/') {
        Some(folder) => (folder, Kind::Folder),
        None => (name, Kind::File),
    };
    let path = RelPath::new(name).map_err(|_| Refusal::Path { member: shown() })?;
    // The upper bits say what a file is; other systems leave them empty.
    let what_it_is = file.unix_mode().unwrap_or_default() & 0o170_000;
    let expected = if kind == Kind::File { 0o100_000 } else { 0o040_000 };
    if what_it_is != 0 && what_it_is != expected || kind == Kind::Folder && file.size() != 0 {
        return Err(Refusal::NoFile { member: shown() });
    }
    Ok(Member { path, kind })
}

fn shown(name: &[u8]) -> String {
    String::from_utf8_lossy(name).chars().take(200).collect()
}

/// A reader that ends once a number of bytes was read.
struct Metered<R> {
    inner: R,
    budget: Rc<Cell<u64>>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.budget.get()).unwrap_or(usize::MAX);
        let length = buffer.len().min(left);
        let read = self.inner.read(&mut buffer[..length])?;
        // Without a limit it stays so.
        if self.budget.get() != u64::MAX {
            self.budget.set(self.budget.get() - read as u64);
        }
        Ok(read)
    }
}

impl<R: Seek> Seek for Metered<R> {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.inner.seek(position)
    }
}
