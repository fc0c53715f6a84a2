//! Takes patches into the download folder: everything is checked first, then each file is written beside its place and moved there.

use super::memory::Memory;
use super::{Downloads, DownloadsError, ENTRIES_MAX, regular};
use crate::catalogue;
use crate::container::archive::{Archive, Kind};
use crate::container::{self, Checked, Refusal};
use crate::disk::{self, DiskError};
use crate::home::Home;
use crate::names::{Digest, PatchId};
use crate::xml;
use engine::failure::Failure;
use serde::Serialize;
use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

const CONTAINERS_MAX: usize = 100;
const CATALOGUES_MAX: u32 = 1_000;
/// How a copy's name ends until it moves to its place: `.HCE9.jar.dK3x9q.packwright`.
const COPY: &str = ".packwright";

/// What an import did.
#[derive(Clone, Debug, Serialize)]
pub struct Imported {
    pub patches: Vec<Taken>,
    /// Name of the catalogue that came with them: `patch-catalog_12345.xml`.
    pub catalogue: Option<String>,
    /// Sentences for a person.
    pub remarks: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Taken {
    pub id: PatchId,
    /// `HCE9.jar`
    pub file: String,
    /// It lay there before with the same bytes.
    pub was_there: bool,
}

/// A container that was checked, and the file that holds its bytes.
struct Incoming {
    checked: Checked,
    bytes: File,
}

/// All that is to be taken in.
#[derive(Default)]
struct Parcel {
    containers: Vec<Incoming>,
    catalogue: Option<(Option<u32>, Vec<u8>)>,
    remarks: Vec<String>,
}

impl Downloads {
    /// Takes in `HCE9.jar`, or the zip in which it was downloaded with a catalogue and a README. Nothing is touched before all of it was checked.
    pub fn import(&self, source: &Path, home: &Home) -> Result<Imported, Failure> {
        self.import_all(&[source], home).pop().expect("an answer for each")
    }

    /// The same for several, each by itself: one that is refused keeps none of the others out. The answers are in the order of the sources.
    pub fn import_all(&self, sources: &[impl AsRef<Path>], home: &Home) -> Vec<Result<Imported, Failure>> {
        self.sweep();
        let mut memory = Memory::load(&self.folder);
        let taken = sources.iter().map(|source| self.take_in(source.as_ref(), home, &mut memory).map_err(Failure::from)).collect();
        memory.save(&self.folder);
        taken
    }

    /// Copies that an import left which was killed go. One that still runs has a lock on its own.
    fn sweep(&self) {
        let names = disk::list(&self.folder, ENTRIES_MAX).unwrap_or_default();
        for path in names.iter().filter(|name| is_copy(name)).map(|name| self.folder.join(name)) {
            let is_file = fs::symlink_metadata(&path).is_ok_and(|found| found.is_file());
            // Whatever cannot be opened or locked stays: it harms nobody.
            if is_file && File::options().write(true).open(&path).is_ok_and(|file| file.try_lock().is_ok()) {
                let _ = fs::remove_file(&path);
            }
        }
    }

    fn take_in(&self, source: &Path, home: &Home, memory: &mut Memory) -> Result<Imported, DownloadsError> {
        let name = container::name_of(source);
        if fs::metadata(source).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
            return Err(DownloadsError::NoFile(source.to_owned()));
        }
        let mut parcel = if name.ends_with(".jar") {
            let bytes = container::open(source).map_err(|why| why.of(&name))?;
            let mut parcel = Parcel::default();
            parcel.add(container::read_from(&name, &bytes, &self.limits)?, bytes);
            parcel
        } else if name.to_ascii_lowercase().ends_with(".zip") {
            self.open_zip(source, &name)?
        } else {
            return Err(DownloadsError::Name(name.chars().take(200).collect()));
        };
        for incoming in &parcel.containers {
            container::fits(&incoming.checked.patch, home)?;
        }
        self.is_no_link()?;
        let were_there = parcel.containers.iter().map(|incoming| self.lies_there(&incoming.checked)).collect::<Result<Vec<_>, _>>()?;
        fs::create_dir_all(&self.folder).map_err(disk::failed("make the download folder", &self.folder))?;
        // All of them are written beside before the first is moved: a full disk is met here.
        let mut ready = Vec::new();
        for (incoming, was_there) in parcel.containers.iter_mut().zip(&were_there) {
            ready.push(if *was_there { None } else { Some(self.copy(incoming)?) });
        }
        let mut imported = Imported { patches: Vec::new(), catalogue: None, remarks: parcel.remarks };
        for (incoming, ready) in parcel.containers.into_iter().zip(ready) {
            let checked = incoming.checked;
            let was_there = match ready {
                Some(ready) => self.put(ready, &checked)?,
                None => true,
            };
            let file = file_of(&checked);
            memory.remember(&file, &regular(&self.folder.join(&file))?, &checked);
            imported.patches.push(Taken { id: checked.patch.id, file, was_there });
        }
        disk::sync_folder(&self.folder)?;
        if let Some((number, bytes)) = parcel.catalogue {
            imported.catalogue = Some(self.put_catalogue(number, &bytes)?);
        }
        Ok(imported)
    }

    /// The zip in which the vendor hands out a patch. It is one container more: whatever holds for those holds for it.
    fn open_zip(&self, source: &Path, name: &str) -> Result<Parcel, DownloadsError> {
        let refused = |why: Refusal| why.of(name);
        let mut archive = Archive::open(container::open(source).map_err(refused)?, "it", &self.limits).map_err(refused)?;
        archive.is_unambiguous().map_err(refused)?;
        let members = archive.members().map_err(refused)?;
        let mut parcel = Parcel::default();
        for (index, member) in members.iter().enumerate().filter(|(_, member)| member.kind == Kind::File) {
            let file = member.path.file_name();
            if file.strip_suffix(".jar").is_some_and(|id| PatchId::new(id).is_ok()) {
                if parcel.containers.len() == CONTAINERS_MAX {
                    return Err(DownloadsError::TooMany { file: name.to_string(), what: "containers", limit: CONTAINERS_MAX });
                }
                if parcel.containers.iter().any(|other| file_of(&other.checked) == file) {
                    return Err(refused(Refusal::Twice { member: file.to_string() }).into());
                }
                let folder = std::env::temp_dir();
                let mut copy = tempfile::tempfile().map_err(disk::failed("make a file in", &folder))?;
                let written = archive.stream(index, |piece| copy.write_all(piece).map_err(disk::failed("write a copy in", &folder)));
                written.map_err(refused)?;
                parcel.add(container::read_from(file, &copy, &self.limits)?, copy);
            } else if catalogue::is_file_name(file) {
                if parcel.catalogue.is_some() {
                    return Err(DownloadsError::TooMany { file: name.to_string(), what: "catalogue", limit: 1 });
                }
                let bytes = archive.read(index, xml::Limits::CATALOGUE.bytes_max as u64).map_err(refused)?;
                let read = catalogue::read(&bytes).map_err(|why| DownloadsError::Catalogue { file: file.to_string(), why })?;
                parcel.remarks.extend(read.remarks.into_iter().map(|remark| format!("{file}: {remark}")));
                parcel.catalogue = Some((number(file).or(number(name)), bytes));
            } else {
                // Read to its end all the same: a damaged zip is refused as a whole.
                archive.stream(index, |_| Ok(())).map_err(refused)?;
                if !file.to_ascii_lowercase().starts_with("readme") && parcel.remarks.len() < 20 {
                    parcel.remarks.push(format!("{file} in {name} is no part of a patch, and was left out"));
                }
            }
        }
        if parcel.containers.is_empty() { Err(DownloadsError::Nothing(name.to_string())) } else { Ok(parcel) }
    }

    /// What was found missing or a folder is no trouble; a link could lead the containers anywhere, and away again.
    fn is_no_link(&self) -> Result<(), DownloadsError> {
        match fs::symlink_metadata(&self.folder) {
            Ok(metadata) if metadata.is_symlink() => {
                let to = self.folder.canonicalize().map_err(disk::failed("follow the link", &self.folder))?;
                Err(DownloadsError::Link { folder: self.folder.clone(), to })
            }
            Ok(metadata) if !metadata.is_dir() => Err(DownloadsError::NoFolder(self.folder.clone())),
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(disk::failed("look at", &self.folder)(error).into()),
            _ => Ok(()),
        }
    }

    /// Whether the same container lies there already; another of its name is refused.
    fn lies_there(&self, checked: &Checked) -> Result<bool, DownloadsError> {
        let file = file_of(checked);
        let path = self.folder.join(&file);
        match regular(&path) {
            Err(DownloadsError::Disk(error)) if error.cause.kind() == io::ErrorKind::NotFound => return Ok(false),
            other => other?,
        };
        let mut there = container::open(&path).map_err(|why| why.of(&file))?;
        let is_same = container::digest_of(&mut there, &self.limits).is_ok_and(|(digest, _)| digest == digest_in(checked));
        if is_same { Ok(true) } else { Err(DownloadsError::Other { file, folder: self.folder.clone() }) }
    }

    /// A complete copy beside its place, on disk; it goes by itself when it is not used.
    fn copy(&self, incoming: &mut Incoming) -> Result<NamedTempFile, DownloadsError> {
        let failed = |cause| DiskError { action: "write in the download folder", path: self.folder.clone(), cause };
        let file = file_of(&incoming.checked);
        // Others read the containers too, as far as the process's own mask lets them.
        let prefix = format!(".{file}.");
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix).suffix(COPY).permissions(fs::Permissions::from_mode(0o666));
        let mut copy = loop {
            let copy = builder.tempfile_in(&self.folder).map_err(failed)?;
            // Where locks are not to be had, nobody gets one to sweep it either.
            let _ = copy.as_file().lock();
            // Before it was locked another import may have taken it for one that was left.
            if copy.path().exists() {
                break copy;
            }
        };
        incoming.bytes.rewind().map_err(disk::failed("read again", Path::new(&file)))?;
        let mut hasher = blake3::Hasher::new();
        let mut buffer = vec![0; 256 << 10];
        loop {
            let length = incoming.bytes.read(&mut buffer).map_err(disk::failed("read again", Path::new(&file)))?;
            if length == 0 {
                break;
            }
            hasher.update(&buffer[..length]);
            copy.write_all(&buffer[..length]).map_err(failed)?;
        }
        if Digest::from(hasher.finalize()) != digest_in(&incoming.checked) {
            return Err(Refusal::Changed { member: file.clone() }.of(&file).into());
        }
        copy.as_file().sync_all().map_err(failed)?;
        Ok(copy)
    }

    /// Moves a copy to its place. Where somebody else put one there meanwhile, that is looked at as if it had always been there.
    fn put(&self, ready: NamedTempFile, checked: &Checked) -> Result<bool, DownloadsError> {
        let path = self.folder.join(file_of(checked));
        match ready.persist_noclobber(&path) {
            Ok(_) => Ok(false),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => self.lies_there(checked),
            Err(error) => Err(disk::failed("write", &path)(error.error).into()),
        }
    }

    /// Puts a catalogue under its number, or under the next that is free or has the same bytes.
    fn put_catalogue(&self, number: Option<u32>, bytes: &[u8]) -> Result<String, DownloadsError> {
        let first = number.unwrap_or(1);
        for number in (first..=u32::MAX).take(CATALOGUES_MAX as usize) {
            let file = format!("patch-catalog_{number}.xml");
            let path: PathBuf = self.folder.join(&file);
            match disk::read_if_there(&path, xml::Limits::CATALOGUE.bytes_max as u64) {
                Ok(Some(there)) if there == bytes => return Ok(file),
                Ok(None) => {
                    disk::write(&path, bytes)?;
                    return Ok(file);
                }
                // Other bytes, or too many of them.
                _ => (),
            }
        }
        let limit = CATALOGUES_MAX as usize;
        Err(DownloadsError::TooMany { file: self.folder.display().to_string(), what: "catalogues", limit })
    }
}

impl Parcel {
    fn add(&mut self, checked: Checked, bytes: File) {
        self.remarks.extend(checked.remarks.iter().map(|remark| format!("{}: {remark}", file_of(&checked))));
        self.containers.push(Incoming { checked, bytes });
    }
}

fn is_copy(name: &str) -> bool {
    let middle = name.strip_prefix('.').and_then(|name| name.strip_suffix(COPY));
    middle.and_then(|middle| middle.split_once(".jar.")).is_some_and(|(id, _)| PatchId::new(id).is_ok())
}

fn file_of(checked: &Checked) -> String {
    format!("{}.jar", checked.patch.id)
}

fn digest_in(checked: &Checked) -> Digest {
    checked.patch.container.as_ref().expect("a container that was read is known by its digest").digest
}

/// The first number in a name: that of `patch-catalog_12345.xml`, or the bug in `p12345_1036_Generic.zip`.
fn number(name: &str) -> Option<u32> {
    name.split(|c: char| !c.is_ascii_digit()).find(|digits| !digits.is_empty())?.parse().ok()
}
