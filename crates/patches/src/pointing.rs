//! Decides which of a domain's scripts gets a profile's definitions, and for which servers, so that these come to the profile and no others do. A plan
//! shows by going through the planned scripts what each server would get; what it cannot show, it says. How a script is read and edited is another part's.
//!
//! The most general script that will do: `setDomainEnv` for the whole domain, `startManagedWebLogic` for its Managed Servers, `startWebLogic` for the others.
//! Since `startManagedWebLogic` runs `startWebLogic`, definitions in that one ask for the server's name; so do those for single servers, in `setDomainEnv`.

mod blocks;
pub mod lint;
pub mod mentions;
pub mod pointers;
mod proof;
pub mod records;
mod refusal;
pub mod suggest;
mod texts;

use crate::definitions::{self, Contents, Definitions, Platform};
use crate::disk;
use crate::domain::{Domain, Role, Script};
use crate::home::{Home, Product};
use crate::names::{Digest, ProfileName};
use crate::scripts::edit::{self, Block, Dialect, Remark, ScriptRefusal};
use crate::scripts::{How, Kind, SCRIPT_BYTES_MAX, Syntax};
use engine::failure::{self, Failure};
use mentions::Mention;
pub use refusal::PointingRefusal;
use serde::{Deserialize, Serialize};
use std::path::{Component, Path, PathBuf};

/// Whom a profile is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    WholeDomain,
    ManagedServers,
    /// Servers that are not Managed Servers.
    OtherServers,
    Server(String),
    Cluster(String),
    /// A script that an administrator wrote.
    Script(PathBuf),
    EventServer,
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Target::WholeDomain => f.write_str("the whole domain"),
            Target::ManagedServers => f.write_str("the Managed Servers"),
            Target::OtherServers => f.write_str("the servers that are not Managed Servers"),
            Target::Server(name) => write!(f, "server {name}"),
            Target::Cluster(name) => write!(f, "cluster {name}"),
            Target::Script(path) => write!(f, "what {} starts", path.display()),
            Target::EventServer => f.write_str("the Event Server"),
        }
    }
}

/// What is to be done to a domain's scripts. Nothing is written before [`PointPlan::carry_out`].
#[derive(Clone, Debug, Serialize)]
pub struct PointPlan {
    pub domain: PathBuf,
    /// `None` takes a pointer away.
    pub profile: Option<Mention>,
    /// `None` is every target that the domain has.
    pub target: Option<Target>,
    /// Scripts that change; none where all is as wanted.
    pub edits: Vec<ScriptEdit>,
    /// Scripts that say what is wanted, changed or not.
    pub scripts: Vec<PathBuf>,
    /// Sentences for a person.
    pub remarks: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct ScriptEdit {
    pub path: PathBuf,
    pub before: Digest,
    #[serde(skip)]
    former: Vec<u8>,
    #[serde(skip)]
    pub after: Vec<u8>,
    /// Lines of the block, from 1.
    pub lines: std::ops::Range<usize>,
    pub diff: String,
}

/// What is asked for.
struct Wish<'a> {
    home: &'a Home,
    product: &'a Product,
    domain: &'a Domain,
    profile: &'a ProfileName,
    target: &'a Target,
}

fn dialect(syntax: Syntax) -> &'static Dialect {
    match syntax {
        Syntax::Sh => &crate::scripts::sh::DIALECT,
        Syntax::Cmd => &crate::scripts::cmd::DIALECT,
    }
}

/// Plans how servers of a domain come to a profile. `contents` says what a profile of a product holds.
pub fn plan(
    home: &Home,
    product: &Product,
    domain: &Domain,
    profile: &ProfileName,
    target: &Target,
    contents: impl Fn(&Product, &ProfileName) -> Contents,
) -> Result<PointPlan, Failure> {
    let wish = Wish { home, product, domain, profile, target };
    wish.check(contents(product, profile))?;
    let mut plan = PointPlan {
        domain: domain.root.clone(),
        profile: Some(Mention { product: product.label(), profile: profile.clone() }),
        target: Some(target.clone()),
        edits: Vec::new(),
        scripts: Vec::new(),
        remarks: Vec::new(),
    };
    if *target == Target::EventServer {
        wish.point_event_servers(&mut plan)?;
        return Ok(plan);
    }
    let (path, syntax) = wish.script()?;
    let block = wish.block(&path, syntax, contents)?;
    wish.point(&path, syntax, &block, &mut plan)?;
    plan.remarks.extend(block.definitions.remarks.iter().cloned());
    plan.remarks.extend(wish.about_the_target().map(str::to_string));
    plan.remarks.extend(wish.about_the_other_syntax(syntax));
    if !matches!(target, Target::Script(_)) {
        plan.remarks.extend(proof::proven(home, domain, &plan, &servers_of(domain, target)?)?);
    }
    Ok(plan)
}

/// Lines to be put into a script by hand.
#[derive(Clone, Debug, Serialize)]
pub struct Snippet {
    pub lines: String,
    /// Sentences for a person.
    pub remarks: Vec<String>,
}

/// Where the lines of a snippet are to stand.
#[derive(Clone, Debug)]
pub struct SnippetPlace<'a> {
    pub syntax: Syntax,
    pub target: &'a Target,
    /// The home as that script's machine names it, where the domain's scripts do not say.
    pub root: Option<&'a str>,
}

/// The lines alone, for a script that an administrator edits.
pub fn snippet(
    home: &Home,
    product: &Product,
    domain: &Domain,
    profile: &ProfileName,
    place: &SnippetPlace,
    contents: impl Fn(&Product, &ProfileName) -> Contents,
) -> Result<Snippet, Failure> {
    let wish = Wish { home, product, domain, profile, target: place.target };
    wish.check(contents(product, profile))?;
    if *place.target == Target::EventServer {
        let remarks = vec!["an option for every java line of startwlevs, in front of -jar".to_string()];
        return Ok(Snippet { lines: format!("-DBEAPatchProfile={profile}\n"), remarks });
    }
    let definitions = definitions::definitions(home, product, profile, platform(place.syntax), contents);
    let root = place.root.map_or_else(|| wish.root_as_seen(place.syntax), |root| Ok(root.to_string()))?;
    let block = Block { definitions, root, export: true, servers: condition(domain, place.target)? };
    block.check()?;
    let lines = (dialect(place.syntax).body)(&block, &[])?.iter().map(|line| format!("{line}\n")).collect();
    let mut remarks = block.definitions.remarks;
    remarks.extend(wish.about_the_target().map(str::to_string));
    Ok(Snippet { lines, remarks })
}

fn platform(syntax: Syntax) -> Platform {
    if syntax == Syntax::Cmd { Platform::Windows } else { Platform::Unix }
}

/// Refuses a profile that is not there.
pub(crate) fn must_exist(home: &Home, product: &Product, profile: &ProfileName) -> Result<(), Failure> {
    if lint::is_there(home, product, profile) {
        return Ok(());
    }
    let message = format!("{} has no profile {profile}", product.label());
    Err(Failure::new(&failure::UNKNOWN_NAME, message).hint("make it first with `packwright patch profile create`"))
}

impl Wish<'_> {
    fn check(&self, held: Contents) -> Result<(), Failure> {
        let version = &self.domain.configuration.version;
        if self.profile.is_default() {
            let message = "every server uses the default profile by itself";
            return Err(Failure::new(&failure::BAD_REQUEST, message).hint("take a pointer away with `packwright patch unpoint`"));
        }
        if !self.domain.family.has_comm_env() {
            return Err(PointingRefusal::NoCommEnv { version: version.clone() }.into());
        }
        if held.extension && (version.starts_with("9.1") || self.product.release.starts_with("9.1")) {
            return Err(PointingRefusal::ExtensionOnNineOne { profile: self.profile.clone() }.into());
        }
        must_exist(self.home, self.product, self.profile)
    }

    /// What is easily overlooked about a target's script.
    fn about_the_target(&self) -> Option<&'static str> {
        match self.target {
            Target::ManagedServers => Some(
                "Managed Servers that Node Manager starts by startWebLogic do not run startManagedWebLogic and keep what they have: point their cluster or each of them instead",
            ),
            Target::OtherServers => Some(
                "startManagedWebLogic runs startWebLogic as well, so the block asks for the server's name: Managed Servers keep what they have",
            ),
            _ => None,
        }
    }

    /// A domain may have each script in both syntaxes; only one of them is edited.
    fn about_the_other_syntax(&self, edited: Syntax) -> Option<String> {
        let (other, name) = if edited == Syntax::Sh { (Syntax::Cmd, "cmd") } else { (Syntax::Sh, "sh") };
        let script = self.domain.shown(&self.domain.script(self.role()?, other)?.path);
        let way = match self.target {
            Target::WholeDomain | Target::ManagedServers => format!("point it with --script {script}"),
            _ => format!("put the lines that --print {name} gives into it by hand"),
        };
        Some(format!("{script} is there as well and keeps what it says; if servers are started by it too, {way}"))
    }

    /// What the script to edit is for, if it is one of the domain's own.
    fn role(&self) -> Option<Role> {
        match self.target {
            Target::WholeDomain | Target::Server(_) | Target::Cluster(_) => Some(Role::SetDomainEnv),
            Target::ManagedServers => Some(Role::StartManagedWebLogic),
            Target::OtherServers => Some(Role::StartWebLogic),
            Target::EventServer => Some(Role::StartEventServer),
            Target::Script(_) => None,
        }
    }

    /// The script to edit.
    fn script(&self) -> Result<(PathBuf, Syntax), Failure> {
        if let Target::Script(path) = self.target {
            return self.custom_script(path);
        }
        let role = self.role().expect("every other target has one");
        let syntaxes = if cfg!(windows) { [Syntax::Cmd, Syntax::Sh] } else { [Syntax::Sh, Syntax::Cmd] };
        let found: Option<&Script> = syntaxes.iter().find_map(|syntax| self.domain.script(role, *syntax));
        let found = found.ok_or_else(|| PointingRefusal::NoScript { target: self.target.to_string() })?;
        Ok((found.path.clone(), found.syntax))
    }

    /// Pointers of these servers that are for others too, or stand in other scripts, do not go with theirs.
    fn say_what_stays(&self, servers: &[String], plan: &mut PointPlan) -> Result<(), Failure> {
        if *self.target == Target::EventServer {
            return Ok(());
        }
        let (script, _) = self.script()?;
        let meant = pointers::reached_by(self.domain, &script, servers);
        for pointer in pointers::of_domain(self.home, self.domain)?.0 {
            let goes = pointer.script == script && proof::same(&pointer.servers, servers);
            let reached = pointers::reached(self.domain, &pointer);
            let names: Vec<&str> = reached.iter().filter(|server| meant.contains(server)).map(String::as_str).collect();
            if !goes && !names.is_empty() {
                let (shown, profile) = (self.domain.shown(&pointer.script), &pointer.mention.profile);
                plan.remarks.push(format!(
                    "{shown} line {} still points {} at profile {profile}: unpoint what that was pointed for",
                    pointer.line,
                    names.join(", ")
                ));
            }
        }
        Ok(())
    }

    fn custom_script(&self, path: &Path) -> Result<(PathBuf, Syntax), Failure> {
        let whole = records::place(self.home, &self.domain.root, path);
        // By whatever links a person named it, the records know it by one path. Whether it is a link itself is the editor's question.
        let folder = whole.parent().and_then(|folder| folder.canonicalize().ok());
        let whole = folder.zip(whole.file_name()).map_or(whole.clone(), |(folder, name)| folder.join(name));
        let syntax = Syntax::of(&whole).ok_or_else(|| PointingRefusal::NoSyntax { path: whole.clone() })?;
        Ok((whole, syntax))
    }

    fn block(&self, path: &Path, syntax: Syntax, contents: impl Fn(&Product, &ProfileName) -> Contents) -> Result<Block, Failure> {
        let definitions: Definitions = definitions::definitions(self.home, self.product, self.profile, platform(syntax), contents);
        let text = disk::read(path, SCRIPT_BYTES_MAX)?;
        // Where the chain goes on in a process of its own, that must see the variables.
        let export = (dialect(syntax).statements)(&text)
            .iter()
            .any(|statement| matches!(&statement.kind, Kind::Call { target, how: How::Child | How::Instead, .. } if edit::is_one_of(target, &edit::CHAIN)));
        Ok(Block { definitions, root: self.root_as_seen(syntax)?, export, servers: condition(self.domain, self.target)? })
    }

    /// The home as the domain's scripts name it, by whatever links; a domain that runs from another one is refused.
    fn root_as_seen(&self, syntax: Syntax) -> Result<String, Failure> {
        if syntax == Syntax::Cmd {
            return self.root_as_windows_sees_it();
        }
        let own = self.home.root.display().to_string();
        let Ok(found) = crate::effective::planned(self.home, self.domain, None, &Default::default()) else { return Ok(own) };
        let Some(installation) = found.installation else { return Ok(own) };
        let resolved = installation.canonicalize().unwrap_or_else(|_| installation.clone());
        if !resolved.starts_with(&self.home.root) {
            let refusal = PointingRefusal::OtherHome { domain: self.domain.root.clone(), installation, home: self.home.root.clone() };
            return Err(refusal.into());
        }
        let seen = installation.ancestors().find(|folder| folder.canonicalize().is_ok_and(|folder| folder == self.home.root));
        Ok(seen.map_or(own, |seen| seen.display().to_string()))
    }

    fn root_as_windows_sees_it(&self) -> Result<String, Failure> {
        let script = self.domain.script(Role::SetDomainEnv, Syntax::Cmd);
        let text = script.and_then(|script| disk::read(&script.path, SCRIPT_BYTES_MAX).ok()).unwrap_or_default();
        let homes = self.home.products.iter().filter_map(|product| product.home.as_ref());
        let found = homes.into_iter().find_map(|folder| crate::scripts::cmd::home_as_seen(&text, folder));
        found.ok_or_else(|| PointingRefusal::HomeNotSaid { domain: self.domain.root.clone() }.into())
    }

    fn point(&self, path: &Path, syntax: Syntax, block: &Block, plan: &mut PointPlan) -> Result<(), Failure> {
        let text = disk::read(path, SCRIPT_BYTES_MAX)?;
        let own = Mention { product: self.product.label(), profile: self.profile.clone() };
        plan.remarks.extend(proof::no_second_profile(self.home, self.domain, path, &block.servers, &own)?);
        let dialect = dialect(syntax);
        let placed = blocks::placed(&text, dialect).map_err(|refusal| refusal.of_script(&self.domain.shown(path)))?;
        // Other profiles were refused before, so it is the same one.
        if let Some(wider) = placed.iter().find(|placed| placed.covers(&block.servers)) {
            let lines = &wider.found.lines;
            plan.remarks.push(format!("{} line {} points them and others at this profile already", self.domain.shown(path), lines.start));
            plan.scripts.push(path.to_owned());
            return Ok(());
        }
        let goes = |placed: &blocks::Placed| placed.is_within(&block.servers);
        let edited = blocks::with_block(&text, dialect, block, goes, false);
        let edited = match edited {
            Err(ScriptRefusal::NoChain) if matches!(self.target, Target::Script(_)) => {
                blocks::with_block(&text, dialect, block, goes, true)
            }
            other => other,
        };
        let edited = edited.map_err(|refusal| refusal.of_script(&self.domain.shown(path)))?;
        for remark in &edited.remarks {
            if let Remark::TwoProfiles { line, profile } = remark {
                return Err(PointingRefusal::TwoProfiles { places: vec![(self.domain.shown(path), *line, profile.clone())] }.into());
            }
            plan.remarks.push(format!("{}: {remark}", self.domain.shown(path)));
        }
        file_of(self.domain, path)?;
        plan.add(path, &text, edited.text, edited.lines)
    }

    fn point_event_servers(&self, plan: &mut PointPlan) -> Result<(), Failure> {
        let scripts: Vec<&Script> = self.domain.scripts_there().filter(|script| script.role == Role::StartEventServer).collect();
        if scripts.is_empty() {
            return Err(PointingRefusal::NoScript { target: self.target.to_string() }.into());
        }
        for script in scripts {
            let text = disk::read(&script.path, SCRIPT_BYTES_MAX)?;
            let shown = self.domain.shown(&script.path);
            let edited =
                edit::insert_java_option(&text, dialect(script.syntax), self.profile).map_err(|refusal| refusal.of_script(&shown))?;
            plan.remarks.extend(edited.remarks.iter().map(|remark| format!("{shown}: {remark}")));
            file_of(self.domain, &script.path)?;
            plan.add(&script.path, &text, edited.text, edited.lines)?;
        }
        Ok(())
    }
}

/// Servers that the target means, by name; one without a name is the one that administers the domain.
fn servers_of(domain: &Domain, target: &Target) -> Result<Vec<String>, Failure> {
    let configuration = &domain.configuration;
    let unknown = |what: &str, name: &str, known: Vec<&str>| {
        let message = format!("domain {} has no {what} {name}", configuration.name);
        Failure::new(&failure::UNKNOWN_NAME, message).hint(format!("it has {}", known.join(", ")))
    };
    let names = |servers: Vec<&crate::domain::configuration::Server>| servers.iter().map(|server| server.name.clone()).collect();
    match target {
        Target::OtherServers => Ok(vec![configuration.admin_server.clone()]),
        Target::ManagedServers => Ok(names(configuration.managed_servers().collect())),
        Target::Server(name) if configuration.server(name).is_none() => {
            Err(unknown("server", name, configuration.servers.iter().map(|server| server.name.as_str()).collect()))
        }
        Target::Server(name) => Ok(vec![name.clone()]),
        Target::Cluster(name) if !configuration.clusters.contains(name) => {
            Err(unknown("cluster", name, configuration.clusters.iter().map(String::as_str).collect()))
        }
        Target::Cluster(name) => {
            let members: Vec<String> = names(configuration.servers_of_cluster(name).collect());
            if members.is_empty() {
                return Err(Failure::new(&failure::BAD_REQUEST, format!("cluster {name} has no servers in the domain's configuration")));
            }
            Ok(members)
        }
        _ => Ok(names(configuration.servers.iter().collect())),
    }
}

/// Names that the block asks for; none where it is for all that the script starts.
fn condition(domain: &Domain, target: &Target) -> Result<Vec<String>, Failure> {
    let mut servers = match target {
        Target::OtherServers | Target::Server(_) | Target::Cluster(_) => servers_of(domain, target)?,
        _ => return Ok(Vec::new()),
    };
    let no_name = String::new();
    if servers.contains(&domain.configuration.admin_server) && !servers.contains(&no_name) {
        servers.push(no_name);
    }
    Ok(servers)
}

/// Plans to take pointers away: all of a domain's, or those for one target.
pub fn unpoint(domain: &Domain, target: Option<&Target>, home: &Home, product: &Product) -> Result<PointPlan, Failure> {
    let mut plan = PointPlan {
        domain: domain.root.clone(),
        profile: None,
        target: target.cloned(),
        edits: Vec::new(),
        scripts: Vec::new(),
        remarks: Vec::new(),
    };
    let nobody = ProfileName::default_profile();
    let wish = target.map(|target| Wish { home, product, domain, profile: &nobody, target });
    let read = |path: PathBuf| -> Result<(PathBuf, Vec<u8>), Failure> {
        let text = disk::read(&path, SCRIPT_BYTES_MAX)?;
        Ok((path, text))
    };
    let texts = match &wish {
        Some(wish) if *wish.target != Target::EventServer => vec![read(wish.script()?.0)?],
        Some(_) => {
            let scripts = domain.scripts_there().filter(|script| script.role == Role::StartEventServer);
            scripts.map(|script| read(script.path.clone())).collect::<Result<_, _>>()?
        }
        None => {
            let (texts, unread) = texts::of_domain(home, domain)?.complete()?;
            plan.remarks.extend(unread);
            texts
        }
    };
    let servers = target.map(|target| condition(domain, target)).transpose()?;
    for (path, text) in texts {
        let Some(syntax) = Syntax::of(&path) else { continue };
        let after = match &servers {
            Some(servers) if target != Some(&Target::EventServer) => {
                blocks::without_blocks(&text, dialect(syntax), |placed| placed.is_for(servers))
            }
            _ => edit::remove(&text),
        };
        if let Some(after) = after.map_err(|refusal| refusal.of_script(&domain.shown(&path)))? {
            // A link within the domain leads to the script itself, which is what loses its block.
            plan.add(&file_of(domain, &path)?, &text, after, 0..0)?;
        }
    }
    if let (Some(wish), Some(servers)) = (&wish, &servers) {
        wish.say_what_stays(servers, &mut plan)?;
    }
    Ok(plan)
}

/// The file that a path of the domain leads to; one outside belongs to others too, unless it was named as such.
fn file_of(domain: &Domain, path: &Path) -> Result<PathBuf, Failure> {
    let file = path.canonicalize().map_err(disk::failed("find", path))?;
    let is_named_inside = path.starts_with(&domain.root) && !path.components().any(|part| part == Component::ParentDir);
    match is_named_inside && !file.starts_with(&domain.root) {
        true => Err(PointingRefusal::LeadsOut { script: domain.shown(path), file }.into()),
        false => Ok(file),
    }
}

impl PointPlan {
    fn add(&mut self, path: &Path, before: &[u8], after: Vec<u8>, lines: std::ops::Range<usize>) -> Result<(), Failure> {
        self.scripts.push(path.to_owned());
        if after != before {
            // What could not be written is no plan.
            edit::check_file(path)?;
            let diff = edit::diff(before, &after);
            let (path, former) = (path.to_owned(), before.to_vec());
            self.edits.push(ScriptEdit { path, before: Digest::of(before), former, after, lines, diff });
        }
        Ok(())
    }

    /// Writes the scripts, each with a backup beside it, and remembers it in the home. Gives the backups.
    pub fn carry_out(&self, home: &Home) -> Result<Vec<PathBuf>, Failure> {
        let mut remembered = records::read(home)?;
        let domain = records::named(home, &self.domain);
        let target = self.target.as_ref().map(|target| match target {
            Target::Script(path) => Target::Script(records::kept(home, &self.domain, self.scripts.first().unwrap_or(path))),
            other => other.clone(),
        });
        remembered.retain(|recorded| recorded.domain != domain || target.as_ref().is_some_and(|target| *target != recorded.target));
        let mut backups = Vec::new();
        for (at, edit) in self.edits.iter().enumerate() {
            match edit::write(&edit.path, edit.before, &edit.after) {
                Ok(backup) => backups.push(backup),
                Err(failure) => {
                    // All or nothing: what was written goes back. Where that fails as well, the backup is beside the script.
                    for done in &self.edits[..at] {
                        let _ = edit::write(&done.path, Digest::of(&done.after), &done.former);
                    }
                    return Err(failure);
                }
            }
        }
        if let (Some(mention), Some(target)) = (&self.profile, target) {
            let mut scripts = Vec::new();
            for path in &self.scripts {
                let digest = Digest::of(&disk::read(path, SCRIPT_BYTES_MAX)?);
                scripts.push(records::RecordedScript { path: records::kept(home, &self.domain, path), digest });
            }
            let (product, profile) = (mention.product.clone(), mention.profile.clone());
            remembered.push(records::Recorded { domain, target, product, profile, scripts });
        }
        records::write(home, remembered)?;
        Ok(backups)
    }
}
