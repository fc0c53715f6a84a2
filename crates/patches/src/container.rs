//! A patch container, `HCE9.jar`: a zip with a descriptor and the files that it names. Everything is read and checked before anybody acts on it, one
//! stream at a time. Where containers lie is not known here.

pub(crate) mod archive;
mod landing;

pub use archive::Limits;

use crate::descriptor::{self, Content, Described, DescriptorError};
use crate::disk::{self, DiskError};
use crate::home::{Home, Product};
use crate::names::{Digest, PatchId, RelPath};
use crate::patch::{Container, Part, PartKind, Patch};
use archive::{Archive, Kind};
use engine::failure::{self, Failure};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

const DESCRIPTOR_BYTES_MAX: u64 = 1 << 20;
const REMARKS_MAX: usize = 20;
/// Nested archives up to this size are looked at in memory, larger ones in a file without a name.
const NESTED_MEMORY_BYTES: usize = 1 << 20;

/// A container all of which was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    pub patch: Patch,
    /// What is odd about it and does no harm: sentences for a person, a bounded number.
    pub remarks: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
#[error("{file}: {why}")]
pub struct ContainerError {
    /// Name of the container.
    pub file: String,
    #[source]
    pub why: Refusal,
}

/// Why a container is not taken in.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error(transparent)]
    Disk(DiskError),
    #[error("it cannot be read as a zip: {0}")]
    Damaged(String),
    #[error("{member:?} in it cannot be read: {why}")]
    DamagedMember { member: String, why: String },
    #[error("{whole} has more than {limit} {what}")]
    TooMuch { whole: String, what: &'static str, limit: u64 },
    #[error("{member:?} unpacks to more than {limit} times its packed size")]
    Ratio { member: String, limit: u64 },
    #[error("{member:?} in it is encrypted")]
    Encrypted { member: String },
    #[error("{member:?} in it is a link or a device, and only files and folders are read")]
    NoFile { member: String },
    #[error(
        "{member:?} is no path that a container may hold: parts with / between them, none of them empty, . or .., no backslash, colon or control character"
    )]
    Path { member: String },
    #[error("{member:?} stands in it twice, differs from another path only in capitals, or is a file and a folder")]
    Twice { member: String },
    #[error("two files in it have the same name, so two readers of it could see different files")]
    Doubles,
    #[error("its headers do not agree, so two readers of it could see different files: {0}")]
    Ambiguous(String),
    #[error("it has no {}", descriptor::MEMBER)]
    NoDescriptor,
    #[error("its descriptor: {0}")]
    Descriptor(#[from] DescriptorError),
    #[error("it is named {file}, and its descriptor says that it is patch {id}")]
    OtherName { file: String, id: PatchId },
    #[error("its descriptor names {member:?}, which is not in it")]
    Missing { member: String },
    #[error("its descriptor names {member:?} twice")]
    NamedTwice { member: String },
    #[error("{one:?} and {other:?} of it would come to lie at one place, {place}")]
    SamePlace { one: String, other: String, place: String },
    #[error("patch {id} is for {product} {release}, and this middleware home holds {known}")]
    OtherProduct { id: PatchId, product: String, release: String, known: String },
    #[error("{member:?} would be put at {to:?}, which is no place below the middleware home that a patch may write")]
    Destination { member: String, to: String },
    #[error("{member:?} in it is not what was checked: the container was changed since")]
    Changed { member: String },
}

impl Refusal {
    fn hint(&self) -> &'static str {
        match self {
            Refusal::Descriptor(error) => error.hint(),
            Refusal::OtherName { .. } => "name the file after its patch, if it is the one that was meant",
            Refusal::OtherProduct { .. } => "a patch serves one product of one release: ask for the patch of the same bug for this release",
            Refusal::Destination { .. } => "places begin with $WLS_INSTALL_DIR$/ or $BEAHOME$/ and stay outside of the patch folders",
            Refusal::Changed { .. } => "import the container again",
            _ => "get the patch again from where it came; nothing was changed",
        }
    }

    pub(crate) fn of(self, file: &str) -> ContainerError {
        ContainerError { file: file.to_string(), why: self }
    }
}

impl From<ContainerError> for Failure {
    fn from(error: ContainerError) -> Failure {
        let hint = error.why.hint();
        let message = error.to_string();
        match error.why {
            Refusal::Disk(error) => error.into(),
            _ => Failure::new(&failure::CONTAINER_REFUSED, message).hint(hint),
        }
    }
}

/// Reads all of a container, and whether it fits a product of this home.
pub fn check(path: &Path, home: &Home) -> Result<Patch, ContainerError> {
    let checked = read(path, &Limits::default())?;
    fits(&checked.patch, home)?;
    Ok(checked.patch)
}

/// Reads all of a container, whatever home it is for.
pub fn read(path: &Path, limits: &Limits) -> Result<Checked, ContainerError> {
    let name = name_of(path);
    let file = open(path).map_err(|why| why.of(&name))?;
    read_from(&name, file, limits)
}

/// The same for one whose bytes lie elsewhere; `name` is its file's, `HCE9.jar`.
pub fn read_from<R: Read + Seek>(name: &str, mut reader: R, limits: &Limits) -> Result<Checked, ContainerError> {
    let (digest, bytes) = digest_of(&mut reader, limits).map_err(|why| why.of(name))?;
    let mut checked = read_members(name, reader, limits).map_err(|why| why.of(name))?;
    checked.patch.container = Some(Container { file: name.to_string(), digest, bytes });
    Ok(checked)
}

/// The descriptor alone, of a container whose files are not looked at: for lists.
pub fn describe(path: &Path) -> Result<Described, ContainerError> {
    let name = name_of(path);
    let limits = Limits::default();
    let described = open(path).and_then(|file| {
        let mut archive = Archive::open(file, "it", &limits)?;
        let described = read_descriptor(&mut archive)?;
        is_named_so(&name, &described.patch.id)?;
        Ok(described)
    });
    described.map_err(|why| why.of(&name))
}

/// The product of a home that a patch is for; refused where there is none, or where a file of the patch has no place in it.
pub fn fits<'a>(patch: &Patch, home: &'a Home) -> Result<&'a Product, ContainerError> {
    let name = patch.container.as_ref().map_or_else(|| patch.id.to_string(), |container| container.file.clone());
    let Some(product) = home.products.iter().find(|product| patch.is_for(product)) else {
        let known: Vec<String> = home.products.iter().map(|product| format!("{} {}", product.name, product.release)).collect();
        let (id, product, release) = (patch.id.clone(), patch.product.clone(), patch.release.clone());
        return Err(Refusal::OtherProduct { id, product, release, known: known.join(", ") }.of(&name));
    };
    landing::check(patch, product).map_err(|why| why.of(&name))?;
    Ok(product)
}

/// Writes one file of a container, and looks again whether it holds what was checked. What was written is worth nothing where this returns an error.
pub fn unpack(container: &Path, member: &RelPath, digest: Digest, bytes: u64, into: &mut dyn Write) -> Result<(), ContainerError> {
    let mut unpacked = || {
        let limits = Limits { member_bytes_max: bytes, ratio_max: u64::MAX, ..Limits::default() };
        let mut archive = Archive::open(open(container)?, "it", &limits)?;
        let changed = || Refusal::Changed { member: member.to_string() };
        let index = archive.index(member.as_str()).ok_or_else(changed)?;
        let mut hasher = blake3::Hasher::new();
        let found = archive.stream(index, |piece| {
            hasher.update(piece);
            into.write_all(piece).map_err(|cause| DiskError { action: "write what was unpacked from", path: container.to_owned(), cause })
        });
        match found {
            Ok(found) if found == bytes && Digest::from(hasher.finalize()) == digest => Ok(()),
            Err(Refusal::Disk(error)) => Err(Refusal::Disk(error)),
            _ => Err(changed()),
        }
    };
    unpacked().map_err(|why| why.of(&name_of(container)))
}

pub(crate) fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// A regular file: what else bears the name (a pipe, say) could keep its reader waiting.
pub(crate) fn open(path: &Path) -> Result<File, Refusal> {
    let metadata = std::fs::metadata(path).map_err(disk::failed("read", path)).map_err(Refusal::Disk)?;
    if !metadata.is_file() {
        return Err(Refusal::NoFile { member: name_of(path) });
    }
    File::open(path).map_err(disk::failed("read", path)).map_err(Refusal::Disk)
}

/// Digest and length of a container as it lies there.
pub(crate) fn digest_of<R: Read + Seek>(reader: &mut R, limits: &Limits) -> Result<(Digest, u64), Refusal> {
    let damaged = |error: io::Error| Refusal::Damaged(error.to_string());
    let bytes = reader.seek(SeekFrom::End(0)).map_err(damaged)?;
    limits.at_most("it", "bytes", bytes, limits.container_bytes_max)?;
    reader.rewind().map_err(damaged)?;
    let mut hasher = blake3::Hasher::new();
    let hashed = io::copy(&mut reader.take(limits.container_bytes_max), &mut hasher).map_err(damaged)?;
    Ok((hasher.finalize().into(), hashed))
}

fn read_descriptor<R: Read + Seek>(archive: &mut Archive<'_, R>) -> Result<Described, Refusal> {
    let index = archive.index(descriptor::MEMBER).ok_or(Refusal::NoDescriptor)?;
    let bytes = archive.read(index, DESCRIPTOR_BYTES_MAX)?;
    Ok(descriptor::read(&bytes)?)
}

fn is_named_so(name: &str, id: &PatchId) -> Result<(), Refusal> {
    if name.strip_suffix(".jar") == Some(id.as_str()) { Ok(()) } else { Err(Refusal::OtherName { file: name.to_string(), id: id.clone() }) }
}

fn read_members<R: Read + Seek>(name: &str, reader: R, limits: &Limits) -> Result<Checked, Refusal> {
    let mut archive = Archive::open(reader, "it", limits)?;
    archive.is_unambiguous()?;
    let members = archive.members()?;
    let described = read_descriptor(&mut archive)?;
    is_named_so(name, &described.patch.id)?;
    let mut remarks = Remarks::default();
    for element in &described.not_understood {
        remarks.add(|| format!("<{element}> in its descriptor means nothing to this version"));
    }
    let files: BTreeSet<&RelPath> = members.iter().filter(|member| member.kind == Kind::File).map(|member| &member.path).collect();
    let mut named = BTreeSet::new();
    for Content { member, .. } in &described.content {
        if !named.insert(member.as_str()) {
            return Err(Refusal::NamedTwice { member: member.to_string() });
        }
        if !files.contains(member) {
            return Err(Refusal::Missing { member: member.to_string() });
        }
    }
    let kinds: BTreeMap<&str, &PartKind> = described.content.iter().map(|content| (content.member.as_str(), &content.kind)).collect();
    let mut read = BTreeMap::new();
    for (index, member) in members.iter().enumerate().filter(|(_, member)| member.kind == Kind::File) {
        let kind = kinds.get(member.path.as_str()).copied();
        let is_archive = kind.is_some_and(|kind| is_archive(kind, &member.path));
        let found = read_member(&mut archive, index, is_archive, limits, &mut remarks)?;
        if kind.is_none() && member.path.as_str() != descriptor::MEMBER && !member.path.as_str().starts_with("META-INF/") {
            remarks.add(|| format!("{:?} in it is named nowhere in its descriptor, and is left out", member.path.as_str()));
        }
        read.insert(member.path.clone(), found);
    }
    let mut patch = described.patch;
    for Content { member, kind } in described.content {
        // Each was found among the members above.
        let (digest, bytes) = read[&member];
        patch.parts.push(Part { member, digest, bytes, kind });
    }
    landing::check_names(&patch)?;
    Ok(Checked { patch, remarks: remarks.0 })
}

/// Whether a file has to be a zip to be of use.
fn is_archive(kind: &PartKind, member: &RelPath) -> bool {
    let ends = |name: &str| [".jar", ".war", ".ear", ".rar"].iter().any(|end| name.to_ascii_lowercase().ends_with(end));
    match kind {
        PartKind::System | PartKind::Extension | PartKind::Module { .. } | PartKind::Archive { .. } => true,
        PartKind::File { to } => ends(member.file_name()) || ends(to),
        PartKind::Native { .. } => false,
    }
}

/// Reads a member to its end, and all that is in it where it is an archive itself.
fn read_member<R: Read + Seek>(
    archive: &mut Archive<'_, R>,
    index: usize,
    is_archive: bool,
    limits: &Limits,
    remarks: &mut Remarks,
) -> Result<(Digest, u64), Refusal> {
    let mut hasher = blake3::Hasher::new();
    if !is_archive {
        let bytes = archive.stream(index, |piece| {
            hasher.update(piece);
            Ok(())
        })?;
        return Ok((hasher.finalize().into(), bytes));
    }
    let mut copy = tempfile::spooled_tempfile(NESTED_MEMORY_BYTES);
    let bytes = archive.stream(index, |piece| {
        hasher.update(piece);
        copy.write_all(piece).map_err(disk::failed("write a copy in", &std::env::temp_dir()))
    })?;
    let name = archive.name(index);
    let mut nested = Archive::open(copy, &name, limits)?;
    if nested.has_doubles() {
        remarks.add(|| format!("{name:?} in it holds a file of one name twice: which of them counts depends on who reads it"));
    }
    archive.lend(&mut nested);
    for index in 0..nested.len() {
        nested.stream(index, |_| Ok(()))?;
    }
    archive.take_back(nested);
    Ok((hasher.finalize().into(), bytes))
}

#[derive(Default)]
struct Remarks(Vec<String>);

impl Remarks {
    fn add(&mut self, sentence: impl FnOnce() -> String) {
        if self.0.len() < REMARKS_MAX {
            self.0.push(sentence());
        }
    }
}
