//! The scripts that may name a profile for a domain's servers: those in the domain's own folders and those that were pointed elsewhere. It gives their
//! texts and understands none.

use super::records;
use crate::disk;
use crate::domain::Domain;
use crate::home::Home;
use crate::scripts::SCRIPT_BYTES_MAX;
use engine::failure::Failure;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// A script and what it says.
type Text = (PathBuf, Vec<u8>);

pub(super) struct Texts {
    /// In order of their paths.
    pub found: Vec<Text>,
    pub unread: Vec<Unread>,
}

/// A script that cannot be read.
pub(super) struct Unread {
    pub script: PathBuf,
    pub failure: Failure,
    /// Servers are started by it, or it was pointed. Any other one in the domain's folders is none of ours: what we write in is read first.
    pub counts: bool,
}

pub(super) fn of_domain(home: &Home, domain: &Domain) -> Result<Texts, Failure> {
    let recorded: BTreeSet<PathBuf> = records::of_domain(home, &domain.root)?
        .iter()
        .flat_map(|recorded| &recorded.scripts)
        .map(|script| records::place(home, &domain.root, &script.path))
        .collect();
    let mut paths: BTreeSet<PathBuf> = domain.all_scripts()?.into_iter().collect();
    paths.extend(recorded.iter().cloned());
    let mut texts = Texts { found: Vec::new(), unread: Vec::new() };
    for path in paths {
        match disk::read_if_there(&path, SCRIPT_BYTES_MAX) {
            Ok(Some(text)) => texts.found.push((path, text)),
            // That a recorded one is gone is told as a lost block.
            Ok(None) => {}
            Err(error) => {
                let counts = recorded.contains(&path) || domain.scripts_there().any(|script| script.path == path);
                texts.unread.push(Unread { script: path, failure: error.into(), counts });
            }
        }
    }
    Ok(texts)
}

impl Texts {
    /// The same where none that counts may be missing; with sentences about the others that were left out.
    pub fn complete(self) -> Result<(Vec<Text>, Vec<String>), Failure> {
        let mut remarks = Vec::new();
        for unread in self.unread {
            if unread.counts {
                return Err(unread.failure);
            }
            remarks.push(unread.failure.message);
        }
        Ok((self.found, remarks))
    }
}
