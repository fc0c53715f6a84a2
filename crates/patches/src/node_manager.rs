//! What a domain's Node Managers need so that the servers they start use a profile: which of the documented ways, what to change in
//! `nodemanager.properties` on this machine, and what is still to do on the others. It plans; start scripts are another part's.

pub mod properties;

use crate::definitions::{self, Contents, Platform, Variable};
use crate::disk;
use crate::domain::configuration::{Machine, Server};
use crate::domain::{Domain, Family, Role};
use crate::home::{Home, Product};
use crate::names::{Digest, ProfileName};
use crate::pointing::mentions::Mention;
use crate::pointing::{self, pointers};
use crate::scripts::{SCRIPT_BYTES_MAX, edit};
use engine::failure::Failure;
use serde::Serialize;
use std::net::{IpAddr, TcpListener};
use std::path::{Path, PathBuf};

/// What is to do for the Node Managers of some servers.
#[derive(Clone, Debug, Serialize)]
pub struct Advice {
    pub way: Way,
    pub machines: Vec<MachineAdvice>,
    /// What to put first into the Classpath field of the Server Start form, for each server; only for that way.
    pub server_start: Vec<ServerStart>,
    /// The variables that the profile's content needs, with what to define them for.
    pub variables: Vec<VariableNeeded>,
    /// Sentences for a person.
    pub warnings: Vec<String>,
}

/// How servers that a Node Manager starts come to their profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// All patches are in the default profile, which every server uses by itself.
    NothingToDo,
    /// System classes alone: the Classpath field of each server's Server Start form will do.
    ServerStartClassPath,
    /// Node Manager runs the start script, which names the profile.
    StartScript,
}

/// One machine that hosts servers of the target.
#[derive(Clone, Debug, Serialize)]
pub struct MachineAdvice {
    /// Empty for servers that are assigned to none: no Node Manager starts those.
    pub machine: String,
    /// Of its Node Manager, `host:port`.
    pub address: String,
    pub servers: Vec<String>,
    pub is_here: bool,
    /// Edits of files on this machine.
    pub edits: Vec<PropertiesEdit>,
    /// What a person has still to do, as sentences.
    pub to_do: Vec<String>,
}

/// A `nodemanager.properties` with the keys that make Node Manager run the start script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PropertiesEdit {
    pub path: PathBuf,
    /// Keys with what they are to say; empty where it says so already.
    pub keys: Vec<(String, String)>,
    /// Of the file as it was read.
    pub before: Digest,
    #[serde(skip)]
    former: Vec<u8>,
    #[serde(skip)]
    pub after: Vec<u8>,
    pub remarks: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServerStart {
    pub server: String,
    /// The manifest jar with the separator behind it.
    pub put_first: String,
    /// Whether the configuration says so already.
    pub is_done: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VariableNeeded {
    pub variable: &'static str,
    pub value: PathBuf,
    pub why: &'static str,
}

/// The two keys, as releases spell them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Spelling {
    /// `StartScriptEnabled`
    Plain,
    /// `weblogic.StartScriptEnabled`, from 12.2.1 on.
    Prefixed,
}

impl Spelling {
    pub fn of(family: Family) -> Spelling {
        if family == Family::TwelveTwo { Spelling::Prefixed } else { Spelling::Plain }
    }

    fn keys(self) -> [&'static str; 2] {
        match self {
            Spelling::Plain => ["StartScriptEnabled", "StartScriptName"],
            Spelling::Prefixed => ["weblogic.StartScriptEnabled", "weblogic.StartScriptName"],
        }
    }
}

/// A text of properties with both keys said; each in the spelling that the file uses, else in the release's own.
pub fn with_start_script(text: &[u8], script: &str, family: Family) -> (Vec<u8>, Vec<(String, String)>, Vec<String>) {
    let (mut after, mut keys, mut remarks) = (text.to_vec(), Vec::new(), Vec::new());
    let spellings = [Spelling::Plain, Spelling::Prefixed];
    for (at, value) in [(0, "true"), (1, script)] {
        let entries = properties::entries(text);
        let mut used: Vec<Spelling> =
            spellings.into_iter().filter(|spelling| properties::value(&entries, spelling.keys()[at]).is_some()).collect();
        if used.is_empty() {
            let beside = spellings.into_iter().find(|spelling| properties::value(&entries, spelling.keys()[1 - at]).is_some());
            used.push(beside.unwrap_or(Spelling::of(family)));
        }
        for key in used.iter().map(|spelling| spelling.keys()[at]) {
            let lines: Vec<usize> = entries.iter().filter(|entry| entry.key == key).map(|entry| entry.line).collect();
            if let [.., _, last] = lines.as_slice() {
                remarks.push(format!("{key} stands there {} times; the last, in line {last}, counts", lines.len()));
            }
            let before = properties::value(&entries, key);
            // Java reads the word in any case.
            if !(before == Some(value) || (at == 0 && before.is_some_and(|before| before.eq_ignore_ascii_case(value)))) {
                after = properties::with(&after, key, value);
                keys.push((key.to_string(), value.to_string()));
            }
        }
    }
    (after, keys, remarks)
}

/// Where `nodemanager.properties` usually lies, for a domain and for an installation. It comes to be when Node Manager is first started.
pub fn usual_places(home: &Home, domain: &Domain) -> Vec<PathBuf> {
    let mut places = vec![domain.root.join("nodemanager/nodemanager.properties")];
    places.extend(home.products.iter().filter(|product| is_server(product)).filter_map(|product| product.home.as_ref()).map(|folder| {
        let installed = folder.below(&home.root);
        installed.join("common/nodemanager/nodemanager.properties")
    }));
    places.push(home.root.join("oracle_common/common/nodemanager/nodemanager.properties"));
    places
}

fn is_server(product: &Product) -> bool {
    matches!(product.name.as_str(), "wls" | "weblogic")
}

/// What is to do for servers of a domain. `contents` says what a profile of a product holds.
pub fn advice(
    home: &Home,
    domain: &Domain,
    product: &Product,
    profile: &ProfileName,
    servers: &[&Server],
    contents: impl Fn(&Product, &ProfileName) -> Contents,
) -> Result<Advice, Failure> {
    if !profile.is_default() {
        pointing::must_exist(home, product, profile)?;
    }
    let held = contents(product, profile);
    let way = way(profile, held);
    let platform = if cfg!(windows) { Platform::Windows } else { Platform::Unix };
    let manifest = definitions::place(product, profile, Variable::PatchClasspath).below(&home.root);
    let mut machines = Vec::new();
    let mut names: Vec<&str> = servers.iter().map(|server| server.machine.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names.into_iter().filter(|_| way != Way::NothingToDo) {
        let on_it: Vec<&Server> = servers.iter().copied().filter(|server| server.machine == name).collect();
        let mut found = for_machine(home, domain, name, &on_it, way)?;
        if way == Way::StartScript && found.is_here && !are_pointed(home, domain, product, profile, &on_it)? {
            let to_do = format!(
                "let the domain's scripts name the profile: packwright patch point {} --profile {profile}, with --cluster or --server for some servers only",
                domain.root.display()
            );
            found.to_do.insert(0, to_do);
        }
        machines.push(found);
    }
    let server_start = servers.iter().filter(|_| way == Way::ServerStartClassPath).map(|server| {
        let manifest = manifest.display().to_string();
        let separator = if platform == Platform::Windows { ';' } else { ':' };
        let is_done = server.start_class_path.split(separator).next() == Some(manifest.as_str());
        ServerStart { server: server.name.clone(), put_first: format!("{manifest}{separator}"), is_done }
    });
    Ok(Advice {
        way,
        server_start: server_start.collect(),
        variables: if way == Way::NothingToDo { Vec::new() } else { variables(home, product, profile, held, platform) },
        warnings: warnings(domain, servers, way),
        machines,
    })
}

fn way(profile: &ProfileName, held: Contents) -> Way {
    match held {
        _ if profile.is_default() => Way::NothingToDo,
        // Neither the library path nor the extension folders can be said on the form.
        Contents { native: true, .. } | Contents { extension: true, .. } => Way::StartScript,
        _ => Way::ServerStartClassPath,
    }
}

fn for_machine(home: &Home, domain: &Domain, name: &str, servers: &[&Server], way: Way) -> Result<MachineAdvice, Failure> {
    let machine = domain.configuration.machines.iter().find(|machine| machine.name == name);
    let mut found = MachineAdvice {
        machine: name.to_string(),
        address: machine.map_or_else(String::new, |machine| format!("{}:{}", shown_address(machine), machine.port)),
        servers: servers.iter().map(|server| server.name.clone()).collect(),
        is_here: machine.is_some_and(|machine| is_here(&machine.address)),
        edits: Vec::new(),
        to_do: Vec::new(),
    };
    let Some(machine) = machine else {
        found.to_do.push(format!("{} belong to no machine that the domain knows: no Node Manager starts them", found.servers.join(", ")));
        return Ok(found);
    };
    if is_made_of_scripts(machine) {
        found.to_do.push(format!(
            "replace the script-based Node Manager of {name} ({}) by the Java-based one: it puts what the Classpath field says at the end, where it patches nothing",
            machine.kind
        ));
    }
    if way == Way::StartScript {
        properties_of(home, domain, &mut found)?;
    }
    found.to_do.push(format!("restart {} through Node Manager: until then nothing of this is in effect", found.servers.join(", ")));
    Ok(found)
}

/// Whether the scripts that Node Manager runs name the profile for all of these servers.
fn are_pointed(home: &Home, domain: &Domain, product: &Product, profile: &ProfileName, servers: &[&Server]) -> Result<bool, Failure> {
    let wanted = Mention { product: product.label(), profile: profile.clone() };
    // It runs startWebLogic, which does not come by startManagedWebLogic.
    let passed_by = |script: &Path| domain.scripts.iter().any(|one| one.path == script && one.role == Role::StartManagedWebLogic);
    let (found, _) = pointers::of_domain(home, domain)?;
    let by_script = |pointer: &&pointers::Pointer| {
        pointer.mention.is(&wanted) && pointer.by != pointers::By::ServerStart && !passed_by(&pointer.script)
    };
    let reached: Vec<String> = found.iter().filter(by_script).flat_map(|pointer| pointers::reached(domain, pointer)).collect();
    Ok(servers.iter().all(|server| reached.contains(&server.name)))
}

fn properties_of(home: &Home, domain: &Domain, found: &mut MachineAdvice) -> Result<(), Failure> {
    // The one in the domain is used by its own Node Manager; both are told where both exist.
    let places = usual_places(home, domain);
    let there: Vec<&PathBuf> = places.iter().filter(|path| path.is_file()).collect();
    let script = if cfg!(windows) { "startWebLogic.cmd" } else { "startWebLogic.sh" };
    let [enabled, name] = Spelling::of(domain.family).keys();
    if !found.is_here {
        let places = places.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" or ");
        found.to_do.push(format!(
            "on {}, Node Manager {}: say {enabled}=true and {name}={script} (startWebLogic.cmd on Windows) in its nodemanager.properties, usually {places}, and restart Node Manager",
            found.machine, found.address
        ));
        found.to_do.push(format!("on {}: the domain's setDomainEnv must name the profile there as well", found.machine));
        return Ok(());
    }
    if there.is_empty() {
        found.to_do.push(format!("start Node Manager once, which writes its nodemanager.properties, then ask again; looked for {}", {
            places.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
        }));
    }
    for path in there {
        let edit = plan_edit(path, script, domain.family)?;
        if !edit.keys.is_empty() {
            found.to_do.push(format!("restart Node Manager on {}, so that it reads {} again", found.machine, path.display()));
        }
        found.edits.push(edit);
    }
    Ok(())
}

/// What to change in one file.
pub fn plan_edit(path: &Path, script: &str, family: Family) -> Result<PropertiesEdit, Failure> {
    let former = disk::read(path, SCRIPT_BYTES_MAX)?;
    let (after, keys, remarks) = with_start_script(&former, script, family);
    Ok(PropertiesEdit { path: path.to_owned(), keys, before: Digest::of(&former), former, after, remarks })
}

/// Writes the files, all or none: each is looked at before the first is written. Gives the backups.
pub fn carry_out(edits: &[&PropertiesEdit]) -> Result<Vec<PathBuf>, Failure> {
    let edits: Vec<&PropertiesEdit> = edits.iter().copied().filter(|edit| !edit.keys.is_empty()).collect();
    for planned in &edits {
        edit::fit_to_write(&planned.path, planned.before)?;
    }
    let mut backups = Vec::new();
    for (at, planned) in edits.iter().enumerate() {
        match edit::write(&planned.path, planned.before, &planned.after) {
            Ok(backup) => backups.push(backup),
            Err(failure) => {
                // Where going back fails as well, the backup is beside the file.
                for done in &edits[..at] {
                    let _ = edit::write(&done.path, Digest::of(&done.after), &done.former);
                }
                return Err(failure);
            }
        }
    }
    Ok(backups)
}

fn variables(home: &Home, product: &Product, profile: &ProfileName, held: Contents, platform: Platform) -> Vec<VariableNeeded> {
    let native = if platform == Platform::Windows { Variable::PatchPath } else { Variable::PatchLibpath };
    let all = [
        (held.system, Variable::PatchClasspath, "the profile holds classes for the system classpath"),
        (held.extension, Variable::WeblogicExtensionDirs, "the profile holds classes for applications"),
        (held.native, native, "the profile holds native libraries"),
    ];
    let needed = all.into_iter().filter(|(is_needed, ..)| *is_needed);
    let value = |variable| definitions::place(product, profile, variable).below(&home.root);
    needed.map(|(_, variable, why)| VariableNeeded { variable: variable.name(), value: value(variable), why }).collect()
}

fn warnings(domain: &Domain, servers: &[&Server], way: Way) -> Vec<String> {
    let mut warnings = Vec::new();
    if way == Way::NothingToDo {
        return warnings;
    }
    if domain
        .configuration
        .machines
        .iter()
        .any(|machine| is_made_of_scripts(machine) && servers.iter().any(|server| server.machine == machine.name))
    {
        warnings.push("the script-based Node Manager is not supported with profiles: run the Java-based one".into());
    }
    warnings
        .push("run every Node Manager as a service of its system, so that it comes back with the system and with these settings".into());
    warnings.push("restart each Managed Server: until then no change of Node Manager or of the scripts is in effect".into());
    if way == Way::ServerStartClassPath {
        warnings.push(
            "the Classpath field replaces the classpath that Node Manager would use: where it is empty now, put the server's own classpath behind the profile's jar".into(),
        );
    }
    warnings
}

fn is_made_of_scripts(machine: &Machine) -> bool {
    ["ssh", "rsh"].iter().any(|kind| machine.kind.eq_ignore_ascii_case(kind))
}

fn shown_address(machine: &Machine) -> &str {
    if machine.address.is_empty() { "localhost" } else { &machine.address }
}

/// Whether an address is this machine's. Names are compared, never looked up: a name server that does not answer would hold up the whole command.
fn is_here(address: &str) -> bool {
    if address.is_empty() || address.eq_ignore_ascii_case("localhost") {
        return true;
    }
    match address.parse::<IpAddr>() {
        // Only an address of one of its own network interfaces can be listened at.
        Ok(address) => TcpListener::bind((address, 0)).is_ok(),
        Err(_) => {
            let system = rustix::system::uname();
            let own = system.nodename().to_string_lossy().to_ascii_lowercase();
            let address = address.to_ascii_lowercase();
            let first = |name: &str| name.split('.').next().unwrap_or_default().to_string();
            // A short name against a whole one is the same machine; two whole names must be equal.
            address == own || ((!address.contains('.') || !own.contains('.')) && first(&address) == first(&own))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(text: &str, family: Family) -> (String, usize, usize) {
        let (after, keys, remarks) = with_start_script(text.as_bytes(), "startWebLogic.sh", family);
        let (again, none, _) = with_start_script(&after, "startWebLogic.sh", family);
        assert_eq!((again == after, none.is_empty()), (true, true), "twice is once");
        (String::from_utf8(after).unwrap(), keys.len(), remarks.len())
    }

    #[test]
    fn each_file_keeps_its_spelling() {
        let plain = "#c\nStartScriptEnabled=false\nStartScriptName=startWebLogic.sh\n";
        assert_eq!(edited(plain, Family::TwelveTwo), (plain.replace("false", "true"), 1, 0));
        let prefixed = "weblogic.StartScriptEnabled=TRUE";
        assert_eq!(edited(prefixed, Family::TwelveOne), (format!("{prefixed}\nweblogic.StartScriptName=startWebLogic.sh"), 1, 0));
        assert_eq!(edited("", Family::TwelveTwo).0, "weblogic.StartScriptEnabled=true\nweblogic.StartScriptName=startWebLogic.sh\n");
        assert_eq!(edited("", Family::ElevenG).0, "StartScriptEnabled=true\nStartScriptName=startWebLogic.sh\n");
    }

    #[test]
    fn of_doubled_keys_the_last_is_changed_and_told() {
        let text = "StartScriptEnabled=true\r\nStartScriptEnabled=false\r\nStartScriptName=startWebLogic.sh";
        assert_eq!(edited(text, Family::ElevenG), (text.replace("false", "true"), 1, 1));
    }

    #[test]
    fn the_way_follows_from_what_the_profile_holds() {
        let orders = ProfileName::new("Orders").unwrap();
        let (system, nothing) = (Contents { system: true, ..Contents::default() }, Contents::default());
        assert_eq!(way(&orders, system), Way::ServerStartClassPath);
        assert_eq!(way(&orders, Contents { native: true, ..system }), Way::StartScript);
        assert_eq!(way(&orders, Contents { extension: true, ..nothing }), Way::StartScript);
        assert_eq!(way(&ProfileName::default_profile(), Contents { native: true, ..system }), Way::NothingToDo);
    }

    #[test]
    fn addresses_of_other_machines_are_not_here() {
        assert!(is_here("") && is_here("127.0.0.1") && is_here("LocalHost"));
        assert!(!is_here("192.0.2.77") && !is_here("another-machine.example.com"));
    }
}
