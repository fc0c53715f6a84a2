//! Which Java processes of this machine run out of a home, by what the system tells of them: with which profile each was started, which of the
//! home's jars it holds open, and whether it must be restarted for what was changed since. It reads `/proc` and touches no process.

mod process;
pub mod status;

use crate::disk;
use crate::home::Home;
use crate::pointing::mentions::{self, Mention};
use engine::failure::Failure;
use process::Process;
use serde::Serialize;
use std::path::{Path, PathBuf};

const PROCESSES_MAX: usize = 200_000;

/// The processes of a home.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Running {
    pub jvms: Vec<RunningJvm>,
    /// Java processes of other users that cannot be looked into: some may belong to the home.
    pub unreadable: usize,
}

/// One Java process that runs out of a home.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunningJvm {
    pub pid: u32,
    /// `weblogic.Name`; empty where it has none.
    pub server: String,
    /// The domain's folder as the process tells it, its working folder otherwise.
    pub domain: Option<PathBuf>,
    /// In milliseconds since 1970 UTC.
    pub started_at: i64,
    /// What its class path names, in order; a custom profile before default ones.
    pub profiles: Vec<Mention>,
    /// Jars of the home's patch folders that it holds open.
    pub open_jars: Vec<OpenJar>,
    /// Why it counts as one of the home.
    pub because: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OpenJar {
    pub path: PathBuf,
    /// The file that it has open is no longer the one at this place.
    pub is_gone: bool,
}

impl RunningJvm {
    /// The profile it was started with: the custom one where its class path names one.
    pub fn profile(&self) -> Option<&Mention> {
        self.profiles.first()
    }

    /// Why it needs a restart, as sentences; none where it runs with what is there now. `changed_at`: when its profile was last changed, in
    /// milliseconds since 1970 UTC. `jars_now`: the jars that the profile holds now.
    pub fn restart_reasons(&self, changed_at: Option<i64>, jars_now: &[PathBuf]) -> Vec<String> {
        let mut reasons = Vec::new();
        if changed_at.is_some_and(|changed_at| self.started_at < changed_at) {
            reasons.push("it was started before its profile was changed".to_string());
        }
        for jar in &self.open_jars {
            let name = jar.path.file_name().unwrap_or_default().to_string_lossy();
            if jar.is_gone {
                reasons.push(format!("it has open a {name} that was replaced or removed"));
            } else if is_patch_jar(&jar.path) && !jars_now.contains(&jar.path) {
                reasons.push(format!("it has loaded {name}, which its profile no longer holds"));
            }
        }
        reasons
    }
}

fn is_patch_jar(path: &Path) -> bool {
    path.parent().is_some_and(|folder| folder.ends_with("patch_jars"))
}

/// The Java processes of a home, by process id. `domains`: folders of the domains that run from it.
pub fn running(home: &Home, domains: &[PathBuf]) -> Result<Running, Failure> {
    let boot = process::boot()?;
    let mut found = Running::default();
    for name in disk::list(Path::new("/proc"), PROCESSES_MAX)? {
        let Ok(pid) = name.parse::<u32>() else { continue };
        // A process that ended meanwhile has nothing to tell.
        let Some(process) = Process::read(pid) else { continue };
        found.unreadable += usize::from(process.environment.is_none());
        if let Some(because) = belongs(&process, home, domains) {
            found.jvms.push(described(&process, home, because, process.started_at(boot)));
        }
    }
    found.jvms.sort_by_key(|jvm| jvm.pid);
    Ok(found)
}

/// Options whose value is a folder of the installation.
const PLACES: [&str; 6] = ["platform.home", "wls.home", "weblogic.home", "bea.home", "wlevs.home", "weblogic.RootDirectory"];

fn belongs(process: &Process, home: &Home, domains: &[PathBuf]) -> Option<String> {
    let is_inside = |place: &str| resolved(place).starts_with(&home.root);
    if let Some(option) = PLACES.iter().find(|option| process.property(option).is_some_and(is_inside)) {
        return Some(format!("-D{option} is in the home"));
    }
    if process.class_path().iter().any(|entry| is_inside(entry)) {
        return Some("its class path names files of the home".into());
    }
    let folder = process.folder.as_ref()?;
    let in_domain = domains.iter().any(|domain| folder.starts_with(domain)) || folder.starts_with(home.root.join("user_projects/domains"));
    in_domain.then(|| "it works in a domain of the home".into())
}

/// A path without links in it, where there is such a file.
fn resolved(place: &str) -> PathBuf {
    Path::new(place).canonicalize().unwrap_or_else(|_| PathBuf::from(place))
}

fn described(process: &Process, home: &Home, because: String, started_at: i64) -> RunningJvm {
    let class_path = process.class_path();
    let mut profiles = mentions::mentions(&class_path.join("\n"));
    profiles.extend(process.property("BEAPatchProfile").and_then(|_| mentions::event_server_profile(&process.arguments.join(" "))));
    profiles.sort_by_key(|mention| mention.profile.is_default());
    let said = process.property("weblogic.RootDirectory").or_else(|| process.variable("DOMAIN_HOME"));
    let open_jars = process.open_files.iter().filter_map(|target| open_jar(target, home));
    RunningJvm {
        pid: process.pid,
        server: process.property("weblogic.Name").unwrap_or_default().to_string(),
        domain: said.map(resolved).or_else(|| process.folder.clone()),
        started_at,
        profiles,
        open_jars: open_jars.collect(),
        because,
    }
}

fn open_jar(target: &str, home: &Home) -> Option<OpenJar> {
    let (path, is_gone) = match target.strip_suffix(" (deleted)") {
        Some(path) => (path, true),
        None => (target, false),
    };
    let below = Path::new(path).strip_prefix(&home.root).ok()?;
    let first = below.components().next()?.as_os_str().to_str()?;
    (first.starts_with("patch_") && path.ends_with(".jar")).then(|| OpenJar { path: PathBuf::from(path), is_gone })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restart_is_needed_for_what_changed_after_the_start() {
        let jar = |name: &str, is_gone| OpenJar { path: PathBuf::from(format!("/mw/patch_wls1036/patch_jars/{name}")), is_gone };
        let jvm = RunningJvm {
            pid: 1,
            server: "east1".into(),
            domain: None,
            started_at: 1_000,
            profiles: Vec::new(),
            open_jars: vec![jar("a.jar", false), jar("b.jar", true)],
            because: String::new(),
        };
        let a = [PathBuf::from("/mw/patch_wls1036/patch_jars/a.jar")];
        assert_eq!(jvm.restart_reasons(Some(1_000), &a).len(), 1);
        assert_eq!(jvm.restart_reasons(Some(1_001), &a).len(), 2);
        assert!(jvm.restart_reasons(None, &[])[0].contains("no longer holds"));
    }
}
