//! What was pointed where, as the home remembers it: so that a block that somebody took out, or a wizard wrote over, is missed. Domains below the home
//! are named by their path in it, so that a moved home still knows them.

use crate::home::{Home, OURS};
use crate::names::{Digest, ProfileName};
use crate::pointing::Target;
use crate::{disk, domain};
use engine::failure::{self, Failure};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

const FORMAT: u32 = 1;
const BYTES_MAX: u64 = 16 << 20;

/// One pointing that was carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// Below the home where it lies there, else absolute.
    pub domain: PathBuf,
    pub target: Target,
    /// `wls1036`
    pub product: String,
    pub profile: ProfileName,
    pub scripts: Vec<RecordedScript>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedScript {
    /// Below the domain where it lies there, else below the home, with `$MW_HOME` in front, else absolute.
    pub path: PathBuf,
    /// Of the script after the edit.
    pub digest: Digest,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Records {
    format: u32,
    pointers: Vec<Recorded>,
}

fn file(home: &Home) -> PathBuf {
    home.root.join(OURS).join("pointers.json")
}

/// All that a home remembers, in order.
pub fn read(home: &Home) -> Result<Vec<Recorded>, Failure> {
    let path = file(home);
    let Some(bytes) = disk::read_if_there(&path, BYTES_MAX)? else { return Ok(Vec::new()) };
    let records: Records = serde_json::from_slice(&bytes).map_err(|error| {
        Failure::new(&failure::HOME_DAMAGED, format!("cannot read {}: {error}", path.display()))
            .hint("remove the file; `packwright patch verify` then finds what the scripts say")
    })?;
    if records.format > FORMAT {
        return Err(Failure::new(&failure::FORMAT_TOO_NEW, format!("{} was written by a newer version", path.display())));
    }
    Ok(records.pointers)
}

pub(super) fn write(home: &Home, pointers: Vec<Recorded>) -> Result<(), Failure> {
    let records = Records { format: FORMAT, pointers };
    let bytes = serde_json::to_vec_pretty(&records).expect("names and paths are texts");
    Ok(disk::write(&file(home), &bytes)?)
}

/// As the records name it.
pub(super) fn named(home: &Home, domain: &Path) -> PathBuf {
    domain.strip_prefix(&home.root).unwrap_or(domain).to_owned()
}

/// What was pointed in a domain.
pub fn of_domain(home: &Home, domain: &Path) -> Result<Vec<Recorded>, Failure> {
    Ok(read(home)?.into_iter().filter(|recorded| folder(home, recorded) == domain).collect())
}

/// What a path below the home begins with where it lies outside the domain.
const IN_HOME: &str = "$MW_HOME";

/// A script's path as the records keep it: below the domain, below the home, or absolute. A moved or copied home finds its own scripts again.
pub(super) fn kept(home: &Home, domain: &Path, script: &Path) -> PathBuf {
    let whole = domain.join(script);
    let in_home = || whole.strip_prefix(&home.root).map(|below| Path::new(IN_HOME).join(below));
    whole.strip_prefix(domain).map(Path::to_owned).or_else(|_| in_home()).unwrap_or(whole.clone())
}

/// Where a script is that the records keep.
pub(super) fn place(home: &Home, domain: &Path, script: &Path) -> PathBuf {
    script.strip_prefix(IN_HOME).map_or_else(|_| domain.join(script), |below| home.root.join(below))
}

/// What a home remembers of a domain that is no more, named by its path, whole or as the records keep it. `None` where it is there, or was never pointed.
pub fn of_gone_domain(home: &Home, named: &Path) -> Result<Option<Vec<Recorded>>, Failure> {
    let whole = home.root.join(named);
    let here = std::path::absolute(named).unwrap_or_else(|_| whole.clone());
    // A link on the way to it is followed as far as there is something.
    let resolved =
        here.parent().and_then(|folder| folder.canonicalize().ok()).zip(here.file_name()).map(|(folder, name)| folder.join(name));
    let is_it = |recorded: &Recorded| {
        let folder = folder(home, recorded);
        folder == whole || folder == here || Some(&folder) == resolved.as_ref()
    };
    let found: Vec<Recorded> = read(home)?.into_iter().filter(|recorded| is_it(recorded)).collect();
    let is_gone = found.first().is_some_and(|recorded| domain::is_gone(&folder(home, recorded)));
    Ok(is_gone.then_some(found))
}

/// Forgets what was pointed in domains that are no more.
pub fn forget(home: &Home, gone: &[Recorded]) -> Result<(), Failure> {
    let kept = read(home)?.into_iter().filter(|recorded| !gone.contains(recorded)).collect();
    write(home, kept)
}

/// The domain's folder; the same for one below the home and one elsewhere.
pub fn folder(home: &Home, recorded: &Recorded) -> PathBuf {
    home.root.join(&recorded.domain)
}
