//! What a server of a domain would get if it were started now: the values of the patch variables with the line that defines each, the jars that its class
//! path comes to with the patch that brought each, and who answers for a class. It goes through the start scripts and runs none of them; the one
//! function that does run a script says so in its name.

pub mod by_running;
mod conditions;
mod environment;
mod evaluation;
mod structure;

pub use environment::Place;

use crate::definitions::Variable;
use crate::disk;
use crate::domain::{Domain, Role, Script};
use crate::home::Home;
use crate::manifest::{self, Limits, State};
use crate::names::PatchId;
use crate::pointing::mentions::{self, Mention};
use crate::scripts::Syntax;
use engine::failure::{self, Failure};
use evaluation::Outcome;
pub(crate) use evaluation::Planned;
use serde::Serialize;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Of an extension folder.
const ENTRIES_MAX: usize = 10_000;

/// What a server would get.
#[derive(Clone, Debug, Serialize)]
pub struct Effective {
    /// Empty for servers that are not Managed Servers.
    pub server: String,
    /// `WL_HOME` as the scripts say it.
    pub installation: Option<PathBuf>,
    pub variables: Vec<EffectiveVariable>,
    /// Profiles that the class path, the library path and the extension folders come from; custom ones first.
    pub profiles: Vec<Mention>,
    /// Jars in the order in which a class is looked for; what is missing is told and gives nothing.
    pub class_path: Vec<Provided>,
    /// Why the class path above is not the whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class_path_unknown: Option<String>,
    pub library_path: Vec<PathBuf>,
    pub extension_folders: Vec<PathBuf>,
    /// The jars of these folders: applications find their classes, behind those of the class path.
    pub extension_jars: Vec<Provided>,
    /// `-Dweblogic.ext.dirs=…`
    pub options: Vec<String>,
    /// Scripts that would be run, in order.
    pub scripts: Vec<PathBuf>,
    /// What a person should know: scripts that are not there, calls that cannot be followed.
    pub remarks: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct EffectiveVariable {
    pub variable: Variable,
    #[serde(flatten)]
    pub value: Told,
    pub defined_at: Option<Place>,
    /// The line that makes a path of it; none where nothing does.
    pub read_at: Option<Place>,
    pub profiles: Vec<Mention>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "told", content = "value")]
pub enum Told {
    Value(String),
    NotDefined,
    /// Why not.
    CannotTell(String),
}

/// One file of the class path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Provided {
    pub path: PathBuf,
    /// The patch that brought it; none for the installation's own.
    pub patch: Option<PatchId>,
    pub state: State,
    /// It is a jar of an extension folder.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub for_applications: bool,
}

/// Goes through the scripts that start a server, in the syntax of this system where the domain has them so, from an environment in which nothing is
/// set. No server means one that is not a Managed Server. `patch_of`: the patch that brought a jar.
pub fn effective(
    home: &Home,
    domain: &Domain,
    server: Option<&str>,
    patch_of: impl Fn(&Path) -> Option<PatchId>,
) -> Result<Effective, Failure> {
    let outcome = outcome(domain, server, &Planned::new())?;
    let mut found = described(home, server, &outcome);
    found.class_path = walked(home, &class_path(&outcome, &found), false, &patch_of);
    for folder in found.extension_folders.clone() {
        match disk::list(&folder, ENTRIES_MAX) {
            Ok(names) => {
                let jars = names.iter().filter(|name| name.to_ascii_lowercase().ends_with(".jar")).map(|name| folder.join(name));
                found.extension_jars.extend(walked(home, &jars.collect::<Vec<_>>(), true, &patch_of));
            }
            Err(error) => found.remarks.push(error.to_string()),
        }
    }
    Ok(found)
}

/// The same without the class path, with scripts as they are going to be.
pub(crate) fn planned(home: &Home, domain: &Domain, server: Option<&str>, planned: &Planned) -> Result<Effective, Failure> {
    Ok(described(home, server, &outcome(domain, server, planned)?))
}

fn outcome(domain: &Domain, server: Option<&str>, planned: &Planned) -> Result<Outcome, Failure> {
    let (script, arguments) = first_script(domain, server)?;
    Ok(evaluation::evaluate(&script.path, script.syntax, arguments, planned)?)
}

/// The script that an administrator starts this server with, and its words.
fn first_script<'a>(domain: &'a Domain, server: Option<&str>) -> Result<(&'a Script, Vec<String>), Failure> {
    if let Some(name) = server.filter(|name| domain.configuration.server(name).is_none()) {
        let known: Vec<&str> = domain.configuration.servers.iter().map(|server| server.name.as_str()).collect();
        let message = format!("domain {} has no server {name}", domain.configuration.name);
        return Err(Failure::new(&failure::UNKNOWN_NAME, message).hint(format!("its servers are {}", known.join(", "))));
    }
    let managed = server.filter(|name| *name != domain.configuration.admin_server);
    let roles: &[Role] = if managed.is_some() { &[Role::StartManagedWebLogic] } else { &[Role::StartWebLogic, Role::RootStartWebLogic] };
    let syntaxes = if cfg!(windows) { [Syntax::Cmd, Syntax::Sh] } else { [Syntax::Sh, Syntax::Cmd] };
    let found = syntaxes
        .iter()
        .flat_map(|syntax| roles.iter().map(move |role| (role, syntax)))
        .find_map(|(role, syntax)| domain.script(*role, *syntax));
    match found {
        Some(script) => Ok((script, managed.map(str::to_string).into_iter().collect())),
        None => Err(Failure::new(
            &failure::SCRIPT_REFUSED,
            format!("domain {} has no script that starts this server", domain.configuration.name),
        )
        .hint("its start scripts are expected in bin below the domain")),
    }
}

fn described(home: &Home, server: Option<&str>, outcome: &Outcome) -> Effective {
    let variables: Vec<EffectiveVariable> = Variable::ALL.into_iter().map(|variable| variable_of(variable, outcome)).collect();
    let mut found = Effective {
        server: server.unwrap_or_default().to_string(),
        installation: installation(home, outcome),
        profiles: Vec::new(),
        class_path: Vec::new(),
        class_path_unknown: outcome.environment.value("CLASSPATH").err(),
        library_path: Vec::new(),
        extension_folders: Vec::new(),
        extension_jars: Vec::new(),
        options: Vec::new(),
        scripts: outcome.scripts.clone(),
        remarks: outcome.remarks.clone(),
        variables,
    };
    let separator = separator(outcome);
    found.library_path = found.parts(if cfg!(windows) { Variable::PatchPath } else { Variable::PatchLibpath }, separator);
    found.extension_folders = found.parts(Variable::WeblogicExtensionDirs, separator);
    if !found.extension_folders.is_empty() {
        let folders: Vec<String> = found.extension_folders.iter().map(|folder| folder.display().to_string()).collect();
        found.options.push(format!("-Dweblogic.ext.dirs={}", folders.join(&separator.to_string())));
    }
    let read = found.variables.iter().filter(|found| found.read_at.is_some()).flat_map(|found| found.profiles.clone());
    // Other variables than those four may bring a profile into the class path.
    let brought = mentions::mentions(&outcome.environment.value("CLASSPATH").unwrap_or_default());
    for mention in read.chain(brought).collect::<Vec<_>>() {
        if !found.profiles.contains(&mention) {
            found.profiles.push(mention);
        }
    }
    found.profiles.sort_by_key(|mention| mention.profile.is_default());
    found
}

fn separator(outcome: &Outcome) -> char {
    match outcome.environment.syntax {
        Syntax::Sh => ':',
        Syntax::Cmd => ';',
    }
}

/// Where the scripts say that the server's product is installed.
fn installation(home: &Home, outcome: &Outcome) -> Option<PathBuf> {
    let said = outcome.environment.value("WL_HOME").ok().filter(|said| !said.is_empty())?;
    Some(home.root.join(said))
}

/// Where it cannot be told, what the patch variable brings is still known.
fn class_path(outcome: &Outcome, found: &Effective) -> Vec<PathBuf> {
    let whole = outcome.environment.value("CLASSPATH").unwrap_or_default();
    let separator = separator(outcome);
    if whole.is_empty() { found.parts(Variable::PatchClasspath, separator) } else { split(&whole, separator) }
}

/// What a variable said when a path was made of it, else what it says at the end.
fn variable_of(variable: Variable, outcome: &Outcome) -> EffectiveVariable {
    let read = outcome.read.get(&variable);
    let defined = match read {
        Some(read) => read.defined.clone(),
        None => outcome.environment.get(variable.name()).cloned(),
    };
    let value = match defined.as_ref().map(|defined| &defined.value) {
        None => Told::NotDefined,
        // An empty value is as good as none: the installation fills it.
        Some(Ok(value)) if value.is_empty() => Told::NotDefined,
        Some(Ok(value)) => Told::Value(value.clone()),
        Some(Err(why)) => Told::CannotTell(why.clone()),
    };
    let profiles = if let Told::Value(value) = &value { mentions::mentions(value) } else { Vec::new() };
    EffectiveVariable {
        variable,
        value,
        defined_at: defined.map(|defined| defined.place),
        read_at: read.map(|read| read.place.clone()),
        profiles,
    }
}

fn split(value: &str, separator: char) -> Vec<PathBuf> {
    value.split(separator).map(str::trim).filter(|part| !part.is_empty()).map(PathBuf::from).collect()
}

fn walked(home: &Home, entries: &[PathBuf], for_applications: bool, patch_of: impl Fn(&Path) -> Option<PatchId>) -> Vec<Provided> {
    let mut found: Vec<Provided> = Vec::new();
    for entry in entries {
        let places = match entry.is_dir() {
            true => vec![(entry.clone(), State::Folder)],
            false => manifest::walk(entry, &Limits::default()).into_iter().map(|place| (place.path, place.state)).collect(),
        };
        for (path, state) in places {
            // Each is searched where it stands first.
            if !found.iter().any(|provided| provided.path == path) {
                let patch = path.starts_with(&home.root).then(|| patch_of(&path)).flatten();
                found.push(Provided { path, patch, state, for_applications });
            }
        }
    }
    found
}

impl Effective {
    /// The file that answers for a class, `com.example.Order`: the first one on the class path that holds it, else the first one of the extension folders.
    pub fn provider(&self, class: &str) -> Option<&Provided> {
        let member = format!("{}.class", class.replace('.', "/"));
        self.class_path.iter().chain(&self.extension_jars).find(|provided| match provided.state {
            State::Folder => provided.path.join(&member).is_file(),
            State::Jar => File::open(&provided.path)
                .is_ok_and(|file| zip::ZipArchive::new(file).is_ok_and(|jar| jar.index_for_name(&member).is_some())),
            _ => false,
        })
    }

    /// The entries of a variable that a path is made of.
    fn parts(&self, variable: Variable, separator: char) -> Vec<PathBuf> {
        let found = self.variable(variable);
        match (&found.value, &found.read_at) {
            (Told::Value(value), Some(_)) => split(value, separator),
            _ => Vec::new(),
        }
    }

    pub fn variable(&self, variable: Variable) -> &EffectiveVariable {
        self.variables.iter().find(|found| found.variable == variable).expect("all four are there")
    }
}
