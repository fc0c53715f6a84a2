//! Finds every place of a domain that names a profile other than the default one: in its scripts blocks of ours, what somebody wrote by hand, and
//! options of Event Server; in its configuration the class paths of Server Start forms. It reads and judges nothing.

use super::mentions::{self, Mention};
use super::{blocks, dialect, texts};
use crate::domain::configuration::Server;
use crate::domain::{self, Domain, Role};
use crate::home::Home;
use crate::names::ProfileName;
use crate::scripts::edit::ScriptRefusal;
use crate::scripts::{Kind, Reach, Syntax, edit};
use engine::failure::Failure;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// A place that names a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pointer {
    pub script: PathBuf,
    /// From 1.
    pub line: usize,
    #[serde(flatten)]
    pub mention: Mention,
    pub by: By,
    /// Servers that it is for; empty means all that the script starts.
    pub servers: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    Block {
        intact: bool,
        effective: bool,
    },
    /// A definition that somebody made, of whatever variable: a class path is made of many.
    Hand {
        variable: String,
    },
    /// Words of a line that starts java.
    JavaLine,
    /// The class path of a server's Server Start form.
    ServerStart,
    /// An option of Event Server's Java.
    Option {
        ours: bool,
    },
}

/// The pointers of one script; a script whose marks do not pair up is told as such.
pub fn in_script(path: &Path, text: &[u8]) -> Result<Vec<Pointer>, ScriptRefusal> {
    let Some(syntax) = Syntax::of(path) else { return Ok(Vec::new()) };
    let dialect = dialect(syntax);
    let placed = blocks::placed(text, dialect)?;
    let blocks = placed.iter().map(|placed| Pointer {
        script: path.to_owned(),
        line: placed.found.lines.start,
        mention: Mention { product: placed.found.product.clone(), profile: placed.found.profile.clone() },
        by: By::Block { intact: placed.found.intact, effective: placed.found.effective },
        servers: placed.servers.clone(),
    });
    let mut found: Vec<Pointer> = blocks.collect();
    let is_ours = |line: usize| placed.iter().any(|placed| placed.found.lines.contains(&line));
    for statement in (dialect.statements)(text) {
        if is_ours(statement.line) || statement.reach == Reach::Never {
            continue;
        }
        let (text, by) = match &statement.kind {
            Kind::Assign { name, value, .. } => (value, By::Hand { variable: name.clone() }),
            Kind::Java { command, .. } => (command, By::JavaLine),
            _ => continue,
        };
        found.extend(custom(text).map(|mention| pointer(path, statement.line, mention, by.clone())));
    }
    for option in edit::java_options(text) {
        if let Ok(profile) = ProfileName::new(option.profile) {
            let mention = Mention { product: String::new(), profile };
            found.push(pointer(path, option.line, mention, By::Option { ours: option.ours }));
        }
    }
    found.sort_by_key(|pointer| pointer.line);
    Ok(found)
}

fn pointer(path: &Path, line: usize, mention: Mention, by: By) -> Pointer {
    Pointer { script: path.to_owned(), line, mention, by, servers: Vec::new() }
}

fn custom(text: &str) -> impl Iterator<Item = Mention> {
    mentions::mentions(text).into_iter().filter(|mention| !mention.profile.is_default())
}

/// The pointers of a domain, and sentences about scripts that were left out: they cannot be read, and nothing starts a server by them. Scripts with
/// damaged marks are left out as well; `lint` tells them.
pub fn of_domain(home: &Home, domain: &Domain) -> Result<(Vec<Pointer>, Vec<String>), Failure> {
    let (texts, unread) = texts::of_domain(home, domain)?.complete()?;
    let mut found: Vec<Pointer> = texts.iter().flat_map(|(path, text)| in_script(path, text).unwrap_or_default()).collect();
    found.extend(in_configuration(domain));
    Ok((found, unread))
}

/// The same where none may be overlooked: damaged marks are refused.
pub(super) fn of_whole_domain(home: &Home, domain: &Domain) -> Result<(Vec<Pointer>, Vec<String>), Failure> {
    let (texts, unread) = texts::of_domain(home, domain)?.complete()?;
    let mut found = Vec::new();
    for (path, text) in &texts {
        found.extend(in_script(path, text).map_err(|refusal| refusal.of_script(&domain.shown(path)))?);
    }
    found.extend(in_configuration(domain));
    Ok((found, unread))
}

/// Profiles that the Server Start forms name.
pub(super) fn in_configuration(domain: &Domain) -> Vec<Pointer> {
    let of_server = |server: &Server| {
        let line = server.start_class_path_line;
        let servers = vec![server.name.clone()];
        let script = domain.configuration_file();
        let named = custom(&server.start_class_path);
        named.map(|mention| Pointer { servers: servers.clone(), ..pointer(&script, line, mention, By::ServerStart) }).collect::<Vec<_>>()
    };
    domain.configuration.servers.iter().flat_map(of_server).collect()
}

/// Which servers a pointer reaches.
pub(crate) fn reached(domain: &Domain, pointer: &Pointer) -> Vec<String> {
    if pointer.by == By::ServerStart {
        return pointer.servers.clone();
    }
    reached_by(domain, &pointer.script, &pointer.servers)
}

/// Which servers a script's definitions reach that ask for these names; for all where they ask for none.
pub(super) fn reached_by(domain: &Domain, script: &Path, servers: &[String]) -> Vec<String> {
    let role = domain.scripts.iter().find(|known| known.path == script).map(|known| known.role);
    let configuration = &domain.configuration;
    let all = || configuration.servers.iter().map(|server| server.name.clone()).collect::<Vec<_>>();
    let started: Vec<String> = match role {
        Some(Role::StartManagedWebLogic) => configuration.managed_servers().map(|server| server.name.clone()).collect(),
        // It starts Managed Servers too: startManagedWebLogic runs it.
        Some(Role::SetDomainEnv | Role::StartWebLogic | Role::RootStartWebLogic) => all(),
        Some(Role::StartEventServer) => return vec![script.display().to_string()],
        // Whom another script starts is not known: it is a server of its own.
        None => return vec![script.display().to_string()],
    };
    // Nobody's server is called so; a domain whose configuration names none has one all the same.
    let started = if started.is_empty() { vec![configuration.admin_server.clone()] } else { started };
    let named = |server: &String| servers.is_empty() || servers.contains(server);
    started.into_iter().filter(named).collect()
}

/// Whether a pointer stands in a script of which it is not known whom it starts.
pub(crate) fn is_of_unknown_servers(domain: &Domain, pointer: &Pointer) -> bool {
    let role = domain.scripts.iter().find(|script| script.path == pointer.script).map(|script| script.role);
    pointer.by != By::ServerStart && matches!(role, None | Some(Role::StartEventServer))
}

/// A domain that names a profile, with the places.
#[derive(Clone, Debug, Serialize)]
pub struct PointingDomain {
    pub domain: PathBuf,
    pub pointers: Vec<Pointer>,
    /// Sentences about what could not be looked into.
    pub unread: Vec<String>,
}

/// The exact scripts and lines that name a profile: in the domains that the home knows of, and in those that were pointed. Domains with something that
/// could not be looked into are told too.
pub fn who_points_at(home: &Home, product: &str, profile: &ProfileName) -> Result<Vec<PointingDomain>, Failure> {
    let mut folders: Vec<PathBuf> = domain::domains_of(home)?.into_iter().map(|known| known.path).collect();
    folders.extend(super::records::read(home)?.iter().map(|recorded| super::records::folder(home, recorded)));
    folders.sort();
    folders.dedup();
    let wanted = Mention { product: product.to_string(), profile: profile.clone() };
    let mut found = Vec::new();
    // What is gone points at nothing.
    for folder in folders.into_iter().filter(|folder| !domain::is_gone(folder)) {
        let (mut pointers, unread) = match Domain::open(&folder).and_then(|domain| of_domain(home, &domain)) {
            Ok(read) => read,
            Err(failure) => (Vec::new(), vec![failure.message]),
        };
        pointers.retain(|pointer| pointer.mention.is(&wanted));
        if !pointers.is_empty() || !unread.is_empty() {
            found.push(PointingDomain { domain: folder, pointers, unread });
        }
    }
    Ok(found)
}
