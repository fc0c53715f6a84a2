//! What is in effect in a domain beside what is applied: which profiles its scripts name, which of its servers must be restarted, and which shared
//! archives nothing uses. It joins what other parts found out.

use super::{Running, RunningJvm};
use crate::domain::Domain;
use crate::names::{PatchId, ProfileName};
use crate::pointing::mentions::Mention;
use crate::pointing::pointers::{self, Pointer};
use engine::failure::Failure;
use serde::Serialize;
use std::path::PathBuf;

/// What is in effect, domain by domain.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    pub domains: Vec<DomainStatus>,
    /// Java processes that could not be looked into.
    pub unreadable_processes: usize,
    /// Processes of the home that belong to none of these domains.
    pub elsewhere: Vec<RunningJvm>,
    /// Archives that are applied and have an effect in none of these domains.
    pub unused_archives: Vec<AppliedArchive>,
}

#[derive(Clone, Debug, Serialize)]
pub struct DomainStatus {
    pub domain: PathBuf,
    pub name: String,
    /// Custom profiles that its scripts name; none means the default one.
    pub profiles: Vec<Mention>,
    /// Those of them that are no more: servers that these scripts start run without any patch.
    pub gone_profiles: Vec<Mention>,
    /// Why it is not known which profiles they name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profiles_unknown: Option<String>,
    pub servers: Vec<ServerStatus>,
    pub idle_archives: Vec<IdleArchive>,
    /// What could not be read: scripts by which no server is known to start, descriptors of applications.
    pub unread: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct ServerStatus {
    pub pid: u32,
    pub server: String,
    pub started_at: i64,
    pub started_with: Option<Mention>,
    /// Why it must be restarted; none where it runs with what is there now.
    pub restart: Vec<String>,
}

/// A shared archive that a profile holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AppliedArchive {
    pub patch: PatchId,
    pub product: String,
    pub profile: ProfileName,
    /// `orders-lib`
    pub library: String,
    /// Its specification version; empty where the patch names none.
    pub version: String,
}

/// An archive that is applied and has no effect in a domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IdleArchive {
    #[serde(flatten)]
    pub archive: AppliedArchive,
    pub why: String,
}

/// What a profile holds now.
#[derive(Clone, Debug, Default)]
pub struct ProfileNow {
    /// When it was last changed, in milliseconds since 1970 UTC.
    pub changed_at: Option<i64>,
    /// Whole paths of its patch jars.
    pub jars: Vec<PathBuf>,
}

/// Joins what was found for the domains of a home. `pointed`: what a domain points at custom profiles, and what was left out of that. `now`: what a profile holds; `None`
/// where there is no such profile.
pub fn status(
    domains: &[Domain],
    running: Running,
    archives: &[AppliedArchive],
    pointed: impl Fn(&Domain) -> Result<(Vec<Pointer>, Vec<String>), Failure>,
    now: impl Fn(&Mention) -> Option<ProfileNow>,
) -> Status {
    let mut jvms = running.jvms;
    let mut unused = archives.to_vec();
    let of_domains = domains.iter().map(|domain| {
        let own: Vec<RunningJvm> =
            jvms.extract_if(.., |jvm| jvm.domain.as_ref().is_some_and(|folder| folder.starts_with(&domain.root))).collect();
        let (pointers, unread, profiles_unknown) = match pointed(domain) {
            Ok((pointers, unread)) => (pointers, unread, None),
            Err(failure) => (Vec::new(), Vec::new(), Some(failure.message)),
        };
        let mut profiles: Vec<Mention> = Vec::new();
        for pointer in &pointers {
            if !profiles.contains(&pointer.mention) {
                profiles.push(pointer.mention.clone());
            }
        }
        let references = domain.library_references();
        let scripts = profiles_unknown.is_none().then_some(pointers.as_slice());
        let concerned: Vec<&AppliedArchive> = archives.iter().filter(|archive| archive.concerns(&profiles)).collect();
        let idle_archives: Vec<IdleArchive> =
            concerned.iter().filter_map(|archive| idle(domain, &references.references, archive)).collect();
        let is_used = |archive: &AppliedArchive| concerned.contains(&archive) && !idle_archives.iter().any(|idle| idle.archive == *archive);
        unused.retain(|archive| !is_used(archive));
        DomainStatus {
            domain: domain.root.clone(),
            name: domain.configuration.name.clone(),
            idle_archives,
            servers: own.iter().map(|jvm| server_status(domain, jvm, scripts, &now)).collect(),
            gone_profiles: profiles.iter().filter(|mention| now(mention).is_none()).cloned().collect(),
            profiles,
            profiles_unknown,
            unread: unread.into_iter().chain(references.unread).collect(),
        }
    });
    let domains = of_domains.collect();
    Status { domains, unreadable_processes: running.unreadable, elsewhere: jvms, unused_archives: unused }
}

impl AppliedArchive {
    /// Whether it could have an effect in a domain whose scripts name these profiles.
    fn concerns(&self, pointed: &[Mention]) -> bool {
        let own = Mention { product: self.product.clone(), profile: self.profile.clone() };
        self.profile.is_default() || pointed.iter().any(|mention| mention.is(&own))
    }
}

/// `pointers`: none where they are not known.
fn server_status(
    domain: &Domain,
    jvm: &RunningJvm,
    pointers: Option<&[Pointer]>,
    now: impl Fn(&Mention) -> Option<ProfileNow>,
) -> ServerStatus {
    let mut restart = Vec::new();
    match jvm.profile().map(|mention| (mention, now(mention))) {
        Some((_, Some(held))) => restart.extend(jvm.restart_reasons(held.changed_at, &held.jars)),
        Some((mention, None)) => restart.push(format!("it was started with profile {}, which is no more", mention.profile)),
        None => {}
    }
    restart.extend(pointers.and_then(|pointers| started_otherwise(domain, jvm, pointers)));
    ServerStatus { pid: jvm.pid, server: jvm.server.clone(), started_at: jvm.started_at, started_with: jvm.profile().cloned(), restart }
}

/// Whether the scripts have come to name another profile for a server than it was started with.
fn started_otherwise(domain: &Domain, jvm: &RunningJvm, pointers: &[Pointer]) -> Option<String> {
    // The server that administers the domain may be started without a name.
    let server = if jvm.server.is_empty() { &domain.configuration.admin_server } else { &jvm.server };
    let (own, others): (Vec<&Pointer>, Vec<&Pointer>) =
        pointers.iter().partition(|pointer| pointers::reached(domain, pointer).contains(server));
    let runs_with = |pointer: &&Pointer| jvm.profiles.iter().any(|mention| mention.is(&pointer.mention));
    let started = jvm.profile().filter(|mention| !mention.profile.is_default());
    // Whom a script of an administrator's own starts is not known: it may be this server.
    let by_own_script = |pointer: &&Pointer| pointers::is_of_unknown_servers(domain, pointer) && runs_with(pointer);
    if own.iter().any(runs_with) || others.iter().any(by_own_script) {
        return None;
    }
    match (started, own.first()) {
        (Some(started), None) => {
            Some(format!("it was started with profile {}, which the domain's scripts do not name for it now", started.profile))
        }
        (Some(started), Some(now)) => Some(format!(
            "it was started with profile {}, and the domain's scripts name {} for it now",
            started.profile, now.mention.profile
        )),
        (None, Some(now)) => Some(format!("it was started before the domain's scripts named profile {} for it", now.mention.profile)),
        (None, None) => None,
    }
}

fn idle(domain: &Domain, references: &[crate::domain::libraries::LibraryReference], archive: &AppliedArchive) -> Option<IdleArchive> {
    let is_it = |name: &str, version: &str| {
        name == archive.library && (version.is_empty() || archive.version.is_empty() || version == archive.version)
    };
    let deployed = domain.configuration.libraries.iter().any(|library| {
        let (name, versions) = library.name.split_once('#').unwrap_or((&library.name, ""));
        is_it(name, versions.split('@').next().unwrap_or_default())
    });
    let referenced = references.iter().any(|reference| is_it(&reference.library, &reference.specification_version));
    let why = match (deployed, referenced) {
        (true, true) => return None,
        (false, true) => "an application refers to it, but it is not deployed as a library",
        (true, false) => "it is deployed as a library, but no application refers to it",
        (false, false) => "it is not deployed, and no application refers to it",
    };
    Some(IdleArchive { archive: archive.clone(), why: why.into() })
}
