//! The download folder: containers that were taken in, and the catalogues beside them. What was read of a container is remembered there, so that each is
//! read once; what profiles hold is not known here.

mod import;
mod memory;

pub use import::{Imported, Taken};

use crate::catalogue::{Catalogue, CatalogueError};
use crate::container::{self, Checked, ContainerError, Limits, Refusal};
use crate::disk::{self, DiskError};
use crate::home::{Home, OURS, Product};
use crate::names::PatchId;
use crate::patch::Patch;
use crate::progress::{self, Told};
use engine::failure::{self, Failure};
use memory::Memory;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

const ENTRIES_MAX: usize = 100_000;

/// A folder with containers; it need not be there before the first import.
#[derive(Clone, Debug)]
pub struct Downloads {
    folder: PathBuf,
    limits: Limits,
    remembers: bool,
}

/// One jar of the folder, readable or not.
#[derive(Clone, Debug, Serialize)]
pub struct Listed {
    /// `HCE9.jar`
    pub file: String,
    pub bytes: u64,
    /// By its descriptor alone: without parts.
    pub patch: Option<Patch>,
    /// Why it is none that can be applied.
    pub refused: Option<Failure>,
}

/// What is known of a product's patches, by their containers and by the catalogues.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Known {
    /// Those with a container are downloaded, the others only known.
    pub patches: BTreeMap<PatchId, Patch>,
    /// Containers that cannot be applied in this home, by file.
    pub refused: BTreeMap<String, Failure>,
    /// Sentences for a person.
    pub remarks: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum DownloadsError {
    #[error(transparent)]
    Disk(#[from] DiskError),
    #[error(transparent)]
    Container(#[from] ContainerError),
    #[error("{file}: {why}")]
    Catalogue {
        file: String,
        #[source]
        why: CatalogueError,
    },
    #[error("the download folder {} is no folder", .0.display())]
    NoFolder(PathBuf),
    #[error("the download folder {} is a link", folder.display())]
    Link { folder: PathBuf, to: PathBuf },
    #[error("cannot import {}: there is no such file", .0.display())]
    NoFile(PathBuf),
    #[error("{0:?} is neither a patch container, such as HCE9.jar, nor a zip that holds one")]
    Name(String),
    #[error("{0} holds no patch container, such as HCE9.jar")]
    Nothing(String),
    #[error("{file} holds more than {limit} {what}")]
    TooMany { file: String, what: &'static str, limit: usize },
    #[error("another {file} lies in {} already, and its bytes are not those of the new one", folder.display())]
    Other { file: String, folder: PathBuf },
}

impl From<DownloadsError> for Failure {
    fn from(error: DownloadsError) -> Failure {
        let message = error.to_string();
        let (code, hint) = match error {
            DownloadsError::Disk(error) => return error.into(),
            DownloadsError::Container(error) => return error.into(),
            DownloadsError::Catalogue { why, .. } => return Failure { message, ..why.into() },
            DownloadsError::NoFolder(_) => (&failure::BAD_REQUEST, "name the folder in which the containers lie".into()),
            DownloadsError::Link { to, .. } => (&failure::BAD_REQUEST, format!("name the folder that it points to: {}", to.display())),
            DownloadsError::NoFile(_) => (&failure::UNKNOWN_NAME, "name the file as it was downloaded".into()),
            DownloadsError::Name(_) => (&failure::BAD_REQUEST, "name the file as it was downloaded".into()),
            DownloadsError::Nothing(_) | DownloadsError::TooMany { .. } => {
                (&failure::CONTAINER_REFUSED, "get the patch again from where it came; nothing was changed".into())
            }
            DownloadsError::Other { .. } => (
                &failure::CONTAINER_REFUSED,
                "a patch never changes: find out which of the two is the true one, and move the other away".into(),
            ),
        };
        Failure::new(code, message).hint(hint)
    }
}

impl Downloads {
    pub fn open(folder: &Path) -> Result<Downloads, Failure> {
        match fs::metadata(folder) {
            Ok(metadata) if !metadata.is_dir() => Err(DownloadsError::NoFolder(folder.to_owned()).into()),
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(disk::failed("look at the download folder", folder)(error).into()),
            _ => Ok(Downloads { folder: folder.to_owned(), limits: Limits::default(), remembers: true }),
        }
    }

    /// That of a home where nobody named another.
    pub fn of(home: &Home) -> Result<Downloads, Failure> {
        Downloads::open(&home.download_folder())
    }

    /// What containers hold is not remembered: for those who only want to know and may write nothing.
    pub fn remembering_nothing(self) -> Downloads {
        Downloads { remembers: false, ..self }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the container of a patch lies, if it is downloaded.
    pub fn path(&self, id: &PatchId) -> PathBuf {
        self.folder.join(format!("{id}.jar"))
    }

    /// Every container there, by their descriptors alone.
    pub fn list(&self) -> Result<Vec<Listed>, Failure> {
        let mut listed = Vec::new();
        for file in self.jars()? {
            let path = self.folder.join(&file);
            let described = regular(&path).and_then(|metadata| Ok((metadata.len(), container::describe(&path)?)));
            listed.push(match described {
                Ok((bytes, described)) => Listed { file, bytes, patch: Some(described.patch), refused: None },
                Err(error) => Listed {
                    file,
                    bytes: fs::metadata(&path).map_or(0, |metadata| metadata.len()),
                    patch: None,
                    refused: Some(error.into()),
                },
            });
        }
        Ok(listed)
    }

    /// One patch, all of whose container was read; nothing where it is not downloaded.
    pub fn find(&self, id: &PatchId) -> Result<Option<Checked>, Failure> {
        let mut memory = Memory::load(&self.folder);
        let found = match self.read(&format!("{id}.jar"), &mut memory) {
            Err(DownloadsError::Disk(error)) if error.cause.kind() == io::ErrorKind::NotFound => None,
            other => Some(other?),
        };
        if self.remembers {
            memory.save(&self.folder);
        }
        Ok(found)
    }

    /// What is known of the patches of one product of a home. The first time, this reads all containers.
    pub fn known(&self, home: &Home, product: &Product) -> Result<Known, Failure> {
        let mut memory = Memory::load(&self.folder);
        let mut known = Known::default();
        let jars = self.jars()?;
        memory.keep_only(&jars);
        let of = jars.len();
        for (done, file) in jars.into_iter().enumerate() {
            progress::tell(Told::Reading { file: &file, done, of });
            let read = self.read(&file, &mut memory).and_then(|checked| {
                let is_ours = container::fits(&checked.patch, home)? == product;
                Ok((is_ours, checked))
            });
            match read {
                Ok((true, checked)) => {
                    known.remarks.extend(checked.remarks.iter().map(|remark| format!("{file}: {remark}")));
                    known.patches.insert(checked.patch.id.clone(), checked.patch);
                }
                Ok((false, _)) => (),
                Err(error) => {
                    known.refused.insert(file, error.into());
                }
            }
        }
        // A home without a folder of ours is one that nobody has changed by us: whoever only looks at it leaves nothing there.
        if self.remembers && home.root.join(OURS).is_dir() {
            memory.save(&self.folder);
        }
        let catalogue = Catalogue::of_folder(&self.folder)?;
        known.remarks.extend(catalogue.remarks);
        for (id, entry) in catalogue.patches.into_iter().filter(|(_, entry)| entry.is_for(product)) {
            match known.patches.get_mut(&id) {
                Some(patch) => add(patch, entry),
                None => {
                    known.patches.insert(id, entry);
                }
            }
        }
        Ok(known)
    }

    /// Names of the jars that lie there.
    fn jars(&self) -> Result<Vec<String>, DiskError> {
        let mut names = disk::list(&self.folder, ENTRIES_MAX)?;
        names.retain(|name| name.to_ascii_lowercase().ends_with(".jar"));
        Ok(names)
    }

    fn read(&self, file: &str, memory: &mut Memory) -> Result<Checked, DownloadsError> {
        let path = self.folder.join(file);
        let metadata = regular(&path)?;
        if let Some(checked) = memory.recall(file, &metadata) {
            return Ok(checked);
        }
        let checked = container::read(&path, &self.limits)?;
        memory.remember(file, &metadata, &checked);
        Ok(checked)
    }
}

/// What lies in the folder is a file itself: a link would make another folder's content ours.
fn regular(path: &Path) -> Result<Metadata, DownloadsError> {
    let metadata = fs::symlink_metadata(path).map_err(disk::failed("read", path))?;
    if metadata.is_file() {
        return Ok(metadata);
    }
    let file = container::name_of(path);
    Err(Refusal::NoFile { member: file.clone() }.of(&file).into())
}

/// A catalogue is newer than the container: what it knows of others is added, and what it says of a withdrawal counts.
fn add(patch: &mut Patch, entry: Patch) {
    let mut unite = |own: fn(&mut Patch) -> &mut Vec<PatchId>, theirs: Vec<PatchId>| {
        let own = own(patch);
        theirs.into_iter().for_each(|id| {
            if !own.contains(&id) {
                own.push(id)
            }
        });
    };
    unite(|patch| &mut patch.requires, entry.requires);
    unite(|patch| &mut patch.excludes, entry.excludes);
    unite(|patch| &mut patch.replaces, entry.replaces);
    unite(|patch| &mut patch.after, entry.after);
    for bug in entry.bugs {
        if !patch.bugs.contains(&bug) {
            patch.bugs.push(bug);
        }
    }
    patch.withdrawn = entry.withdrawn.or(patch.withdrawn.take());
}
