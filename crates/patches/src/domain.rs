//! A domain of servers: what its configuration says about servers, clusters, machines, libraries and applications, and which start scripts it has. It
//! only reads; what a script does and which profile it names is not known here.

pub mod configuration;
pub mod libraries;
pub mod products;

use crate::disk;
use crate::home::Home;
use crate::scripts::Syntax;
use configuration::{Configuration, ConfigurationError};
use engine::failure::{self, Failure};
use serde::Serialize;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

const CONFIGURATION_BYTES_MAX: u64 = 16 << 20;
const ENTRIES_MAX: usize = 10_000;
/// Its places below a domain, of newer releases and of older ones.
const CONFIGURATIONS: [&str; 2] = ["config/config.xml", "config.xml"];

/// A recognised domain.
#[derive(Clone, Debug, Serialize)]
pub struct Domain {
    /// Absolute; links in it are followed.
    pub root: PathBuf,
    #[serde(flatten)]
    pub configuration: Configuration,
    pub family: Family,
    /// Every place of a start script, in the order of their roles, whether or not there is one.
    pub scripts: Vec<Script>,
}

/// Releases whose start scripts work alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Family {
    #[serde(rename = "6.1")]
    SixOne,
    #[serde(rename = "7")]
    Seven,
    #[serde(rename = "8.1")]
    EightOne,
    #[serde(rename = "9")]
    Nine,
    #[serde(rename = "10")]
    Ten,
    #[serde(rename = "11g")]
    ElevenG,
    #[serde(rename = "12.1")]
    TwelveOne,
    #[serde(rename = "12.2")]
    TwelveTwo,
    /// Its configuration names no version.
    #[serde(rename = "unknown")]
    Unknown,
}

impl Family {
    /// By the version that a configuration names: `10.3.6.0`.
    pub fn of(version: &str) -> Family {
        let mut numbers = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
        let (major, minor, third) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        match (major, minor, third) {
            (6, ..) => Family::SixOne,
            (7, ..) => Family::Seven,
            (8, ..) => Family::EightOne,
            (9, ..) => Family::Nine,
            // What was sold as 11g calls itself 10.3.1 to 10.3.6.
            (10, 3, 1..) => Family::ElevenG,
            (10, ..) => Family::Ten,
            (12, 1, _) => Family::TwelveOne,
            (12.., ..) => Family::TwelveTwo,
            _ => Family::Unknown,
        }
    }

    /// Whether its start scripts run the installation's `commEnv`, the only reader of the patch variables.
    pub fn has_comm_env(self) -> bool {
        !matches!(self, Family::SixOne | Family::Seven)
    }
}

/// A start script's place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Script {
    pub role: Role,
    pub path: PathBuf,
    pub syntax: Syntax,
    pub is_there: bool,
}

/// What a start script is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Role {
    SetDomainEnv,
    StartWebLogic,
    StartManagedWebLogic,
    /// Beside `config/`: it only runs the one in `bin/`.
    RootStartWebLogic,
    StartEventServer,
}

impl Role {
    /// Its places below a domain, without the ending.
    fn places(self, family: Family) -> &'static [&'static str] {
        // Before 9 all scripts lay beside the configuration.
        let is_flat = matches!(family, Family::SixOne | Family::Seven | Family::EightOne);
        match (self, is_flat) {
            (Role::SetDomainEnv, false) => &["bin/setDomainEnv"],
            (Role::SetDomainEnv, true) => &["setDomainEnv", "setEnv"],
            (Role::StartWebLogic, false) => &["bin/startWebLogic"],
            (Role::StartWebLogic, true) => &["startWebLogic"],
            (Role::StartManagedWebLogic, false) => &["bin/startManagedWebLogic"],
            (Role::StartManagedWebLogic, true) => &["startManagedWebLogic"],
            (Role::RootStartWebLogic, false) => &["startWebLogic"],
            (Role::RootStartWebLogic, true) => &[],
            (Role::StartEventServer, _) => &["startwlevs"],
        }
    }

    const ALL: [Role; 5] =
        [Role::SetDomainEnv, Role::StartWebLogic, Role::StartManagedWebLogic, Role::RootStartWebLogic, Role::StartEventServer];
}

impl Domain {
    /// Recognises the domain at a folder: by its configuration, or by an Event Server's start scripts.
    pub fn open(folder: &Path) -> Result<Domain, Failure> {
        let root = folder.canonicalize().map_err(disk::failed("find the domain", folder))?;
        let configuration = read_configuration(&root)?;
        let family = configuration.as_ref().map_or(Family::Unknown, |found| Family::of(&found.version));
        let mut scripts = scripts_of(&root, family);
        let servers: Vec<Script> = event_servers(&root)?;
        let Some(configuration) = configuration.or_else(|| (!servers.is_empty()).then(|| Configuration::nameless(&root))) else {
            let message = format!("{} is no domain: it has neither config/config.xml nor a startwlevs script", root.display());
            return Err(Failure::new(&failure::BAD_REQUEST, message).hint("name the folder that holds config and bin (DOMAIN_HOME)"));
        };
        scripts.extend(servers);
        Ok(Domain { root, configuration, family, scripts })
    }

    /// The script of a role in a syntax, where there is one.
    pub fn script(&self, role: Role, syntax: Syntax) -> Option<&Script> {
        self.scripts.iter().find(|script| script.role == role && script.syntax == syntax && script.is_there)
    }

    /// Scripts that are there, of all roles.
    pub fn scripts_there(&self) -> impl Iterator<Item = &Script> {
        self.scripts.iter().filter(|script| script.is_there)
    }

    /// All scripts of the domain's own folders, also those that an administrator wrote, in order.
    pub fn all_scripts(&self) -> Result<Vec<PathBuf>, Failure> {
        let mut found = Vec::new();
        for folder in [self.root.join("bin"), self.root.clone()] {
            let names = disk::list(&folder, ENTRIES_MAX)?;
            found.extend(names.iter().map(|name| folder.join(name)).filter(|path| Syntax::of(path).is_some() && path.is_file()));
        }
        found.extend(self.scripts_there().map(|script| script.path.clone()));
        // A script under two names is one; the name that is no link tells it.
        found.sort_by_key(|path| (path.is_symlink(), path.clone()));
        let mut files = BTreeSet::new();
        found.retain(|path| files.insert(path.canonicalize().unwrap_or_else(|_| path.clone())));
        found.sort();
        Ok(found)
    }

    /// Where its configuration lies.
    pub fn configuration_file(&self) -> PathBuf {
        let places = CONFIGURATIONS.map(|place| self.root.join(place));
        places.iter().find(|path| path.is_file()).unwrap_or(&places[0]).clone()
    }

    /// A path as a person reads it: below the domain where it is, else the whole.
    pub fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }
}

fn read_configuration(root: &Path) -> Result<Option<Configuration>, Failure> {
    for place in CONFIGURATIONS {
        let path = root.join(place);
        let Some(bytes) = disk::read_if_there(&path, CONFIGURATION_BYTES_MAX)? else { continue };
        let text = String::from_utf8_lossy(&bytes);
        let read = Configuration::read(&text).map_err(|problem| ConfigurationError { path: path.clone(), problem })?;
        return Ok(Some(read));
    }
    Ok(None)
}

fn scripts_of(root: &Path, family: Family) -> Vec<Script> {
    let mut scripts = Vec::new();
    for role in Role::ALL {
        for (syntax, ending) in [(Syntax::Sh, "sh"), (Syntax::Cmd, "cmd")] {
            let places: Vec<PathBuf> = role.places(family).iter().map(|place| root.join(format!("{place}.{ending}"))).collect();
            let Some(first) = places.first() else { continue };
            let found = places.iter().find(|path| path.is_file());
            scripts.push(Script { role, path: found.unwrap_or(first).clone(), syntax, is_there: found.is_some() });
        }
    }
    scripts
}

/// An Event Server's domain holds a folder for each server, with the start scripts in it.
fn event_servers(root: &Path) -> Result<Vec<Script>, Failure> {
    let mut found = Vec::new();
    let names = disk::list(root, ENTRIES_MAX)?;
    for folder in std::iter::once(root.to_owned()).chain(names.iter().map(|name| root.join(name))) {
        for (syntax, ending) in [(Syntax::Sh, "sh"), (Syntax::Cmd, "cmd")] {
            let path = folder.join(format!("startwlevs.{ending}"));
            if path.is_file() {
                found.push(Script { role: Role::StartEventServer, path, syntax, is_there: true });
            }
        }
    }
    // Those beside the configuration are known by their role already.
    found.retain(|script| script.path.parent() != Some(root) || !root.join("config/config.xml").is_file());
    Ok(found)
}

/// A domain that a home knows of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KnownDomain {
    pub path: PathBuf,
    /// Where the home says so: `domain-registry.xml` or `user_projects/domains`.
    pub known_by: &'static str,
    pub is_there: bool,
}

/// Why the home's list of domains cannot be read. Its usual folder still holds what it holds, and what was pointed is recorded.
pub fn unread_registry(home: &Home) -> Option<String> {
    registry(home).err().map(|failure| failure.message)
}

fn registry(home: &Home) -> Result<Vec<PathBuf>, Failure> {
    let path = home.root.join("domain-registry.xml");
    let Some(bytes) = disk::read_if_there(&path, CONFIGURATION_BYTES_MAX)? else { return Ok(Vec::new()) };
    Ok(configuration::registered(&String::from_utf8_lossy(&bytes)).map_err(|problem| ConfigurationError { path, problem })?)
}

/// The domains that a home lists, as far as its list can be read, and those in its usual folder; each once, in order.
pub fn domains_of(home: &Home) -> Result<Vec<KnownDomain>, Failure> {
    let listed = registry(home).unwrap_or_default();
    let mut found: Vec<(PathBuf, &str)> = listed.into_iter().map(|place| (home.root.join(place), "domain-registry.xml")).collect();
    let usual = home.root.join("user_projects/domains");
    let names = disk::list(&usual, ENTRIES_MAX)?;
    found.extend(names.iter().map(|name| usual.join(name)).filter(|path| looks_like_one(path)).map(|path| (path, "user_projects/domains")));
    let mut domains: Vec<KnownDomain> = Vec::new();
    for (path, known_by) in found {
        let is_there = looks_like_one(&path);
        let path = path.canonicalize().unwrap_or(path);
        if !domains.iter().any(|domain| domain.path == path) {
            domains.push(KnownDomain { path, known_by, is_there });
        }
    }
    Ok(domains)
}

fn looks_like_one(path: &Path) -> bool {
    path.file_name() != Some(OsStr::new("lost+found")) && CONFIGURATIONS.iter().any(|place| path.join(place).is_file())
}

/// Whether a folder for sure holds no domain, rather than one that cannot be looked at.
pub fn is_gone(folder: &Path) -> bool {
    let is_not_there = |path: &Path| matches!(path.try_exists(), Ok(false));
    is_not_there(folder)
        || (CONFIGURATIONS.iter().all(|place| is_not_there(&folder.join(place)))
            && event_servers(folder).is_ok_and(|found| found.is_empty()))
}
