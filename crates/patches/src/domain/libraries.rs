//! Which shared libraries a domain's applications refer to: read from their descriptors, in folders and in archives. Archives are foreign: what is
//! read of them has limits, and one that cannot be read is told instead of failing the rest.

use super::Domain;
use super::configuration::{self, children, text_of};
use crate::disk;
use serde::Serialize;
use std::fs::File;
use std::io::{Cursor, Read, Seek};
use std::path::Path;
use zip::ZipArchive;

const DESCRIPTOR_BYTES_MAX: u64 = 4 << 20;
const MODULE_BYTES_MAX: u64 = 256 << 20;
const MODULES_MAX: usize = 500;
const MEMBERS_MAX: usize = 200_000;
const DESCRIPTORS: [&str; 2] = ["META-INF/weblogic-application.xml", "WEB-INF/weblogic.xml"];

/// What a domain's applications refer to.
#[derive(Clone, Debug, Default, Serialize)]
pub struct LibraryReferences {
    pub references: Vec<LibraryReference>,
    /// Applications that could not be read, each with the reason: whether they refer to a library is not known.
    pub unread: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LibraryReference {
    pub application: String,
    /// `orders-lib`, without versions.
    pub library: String,
    /// Empty where the reference does not say which.
    pub specification_version: String,
    pub implementation_version: String,
    /// The descriptor that says so, `shop.war!WEB-INF/weblogic.xml`.
    pub place: String,
}

impl Domain {
    /// Libraries that the applications of this domain refer to.
    pub fn library_references(&self) -> LibraryReferences {
        let mut found = LibraryReferences::default();
        for application in &self.configuration.applications {
            let source = self.root.join(&application.source);
            let mut descriptors = Vec::new();
            match read_application(&source, &mut descriptors) {
                Ok(()) => {}
                Err(reason) => found.unread.push(format!("{} at {}: {reason}", application.name, source.display())),
            }
            for (place, text) in descriptors {
                match references(&text) {
                    Ok(listed) => {
                        found.references.extend(listed.into_iter().map(|(library, specification_version, implementation_version)| {
                            let (application, place) = (application.name.clone(), place.clone());
                            LibraryReference { application, library, specification_version, implementation_version, place }
                        }))
                    }
                    Err(problem) => found.unread.push(format!("{}: {place}: {problem}", application.name)),
                }
            }
        }
        found
    }
}

fn references(text: &str) -> Result<Vec<(String, String, String)>, configuration::Problem> {
    let document = configuration::parse(text)?;
    let listed = document.root_element();
    let references = children(listed, "library-ref").map(|reference| {
        (text_of(reference, "library-name"), text_of(reference, "specification-version"), text_of(reference, "implementation-version"))
    });
    Ok(references.filter(|(name, ..)| !name.is_empty()).collect())
}

fn read_application(source: &Path, found: &mut Vec<(String, String)>) -> Result<(), String> {
    if !source.is_dir() {
        let file = File::open(source).map_err(|error| error.to_string())?;
        return read_archive(file, "", true, found);
    }
    for place in DESCRIPTORS {
        if let Some(bytes) = disk::read_if_there(&source.join(place), DESCRIPTOR_BYTES_MAX).map_err(|error| error.to_string())? {
            found.push((place.to_string(), String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
    // The modules of an unpacked application are folders or archives beside its descriptor.
    for name in disk::list(source, MODULES_MAX).map_err(|error| error.to_string())?.iter().filter(|name| is_module(name)) {
        let module = source.join(name);
        if module.is_dir() {
            if let Some(bytes) =
                disk::read_if_there(&module.join(DESCRIPTORS[1]), DESCRIPTOR_BYTES_MAX).map_err(|error| error.to_string())?
            {
                found.push((format!("{name}/{}", DESCRIPTORS[1]), String::from_utf8_lossy(&bytes).into_owned()));
            }
        } else {
            let file = File::open(&module).map_err(|error| error.to_string())?;
            read_archive(file, &format!("{name}!"), false, found)?;
        }
    }
    Ok(())
}

fn is_module(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with(".war")
}

fn read_archive(file: impl Read + Seek, before: &str, with_modules: bool, found: &mut Vec<(String, String)>) -> Result<(), String> {
    let mut archive = ZipArchive::new(file).map_err(|error| error.to_string())?;
    if archive.len() > MEMBERS_MAX {
        return Err(format!("it has more than {MEMBERS_MAX} members"));
    }
    for place in DESCRIPTORS {
        if let Some(bytes) = member(&mut archive, place, DESCRIPTOR_BYTES_MAX)? {
            found.push((format!("{before}{place}"), String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
    if !with_modules {
        return Ok(());
    }
    let names = archive.file_names().filter_map(Result::ok).filter(|name| is_module(name));
    let modules: Vec<String> = names.take(MODULES_MAX).map(|name| name.into_owned()).collect();
    for name in modules {
        if let Some(bytes) = member(&mut archive, &name, MODULE_BYTES_MAX)? {
            read_archive(Cursor::new(bytes), &format!("{name}!"), false, found)?;
        }
    }
    Ok(())
}

fn member(archive: &mut ZipArchive<impl Read + Seek>, name: &str, bytes_max: u64) -> Result<Option<Vec<u8>>, String> {
    let mut bytes = Vec::new();
    match archive.by_name(name) {
        Err(zip::result::ZipError::FileNotFound) => return Ok(None),
        Err(error) => return Err(format!("{name}: {error}")),
        Ok(file) => file.take(bytes_max + 1).read_to_end(&mut bytes).map_err(|error| format!("{name}: {error}"))?,
    };
    if bytes.len() as u64 > bytes_max { Err(format!("{name} has more than {bytes_max} bytes")) } else { Ok(Some(bytes)) }
}
