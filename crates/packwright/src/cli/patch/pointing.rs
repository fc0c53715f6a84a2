//! Commands that let servers use a profile: edits of start scripts, and what Node Managers need.

use super::{At, domain, existing, profile_name, refused};
use crate::cli::screen;
use anyhow::Result;
use clap::Args;
use engine::failure::{self, Failure};
use patches::change;
use patches::domain::Domain;
use patches::domain::configuration::Server;
use patches::names::ProfileName;
use patches::node_manager::{self, Advice, PropertiesEdit, Way};
use patches::pointing::records::{self, Recorded};
use patches::pointing::{self, PointPlan, SnippetPlace, Target};
use patches::records::Records;
use patches::scripts::Syntax;
use std::fmt::Write as _;
use std::path::PathBuf;

/// Whom a pointer is for.
#[derive(Args)]
pub struct Aim {
    /// The domain's Managed Servers
    #[arg(long, group = "aim")]
    managed: bool,
    /// Servers that are not Managed Servers
    #[arg(long, group = "aim")]
    others: bool,
    /// One server
    #[arg(long, group = "aim", value_name = "NAME")]
    server: Option<String>,
    /// The servers of one cluster
    #[arg(long, group = "aim", value_name = "NAME")]
    cluster: Option<String>,
    /// A script of your own
    #[arg(long, group = "aim", value_name = "FILE")]
    script: Option<PathBuf>,
    /// WebLogic Event Server: the option on every java line of startwlevs
    #[arg(long, group = "aim")]
    event_server: bool,
}

impl Aim {
    /// `None` where nothing narrower than the domain was said.
    fn target(&self) -> Option<Target> {
        match self {
            Aim { managed: true, .. } => Some(Target::ManagedServers),
            Aim { others: true, .. } => Some(Target::OtherServers),
            Aim { server: Some(name), .. } => Some(Target::Server(name.clone())),
            Aim { cluster: Some(name), .. } => Some(Target::Cluster(name.clone())),
            Aim { script: Some(path), .. } => Some(Target::Script(std::path::absolute(path).unwrap_or_else(|_| path.clone()))),
            Aim { event_server: true, .. } => Some(Target::EventServer),
            _ => None,
        }
    }
}

#[derive(Args)]
pub struct Point {
    /// Folder of the domain
    domain: PathBuf,
    #[arg(long)]
    profile: String,
    #[command(flatten)]
    aim: Aim,
    /// Show the difference, and write nothing
    #[arg(long)]
    plan: bool,
    /// Print the snippet alone, for a script that you edit yourself: sh or cmd
    #[arg(long, value_name = "SYNTAX", num_args = 0..=1, default_missing_value = "sh")]
    print: Option<String>,
    /// With --print: the home's folder as the script's machine names it, C:\Oracle\Middleware for example
    #[arg(long, value_name = "FOLDER", requires = "print")]
    home_as: Option<String>,
}

impl Point {
    pub fn run(self, at: &At) -> Result<()> {
        let profile = profile_name(Some(&self.profile))?;
        let domain = domain(&self.domain)?;
        let target = self.aim.target().unwrap_or(Target::WholeDomain);
        if let Some(syntax) = &self.print {
            let records = Records::read(&at.home).map_err(refused)?;
            let syntax = Syntax::of(&PathBuf::from(format!("x.{syntax}"))).ok_or_else(|| {
                refused(Failure::new(&failure::BAD_REQUEST, format!("{syntax} is no syntax of start scripts")).hint("say sh or cmd"))
            })?;
            let contents = |product: &_, profile: &_| records.contents(product, profile);
            let place = SnippetPlace { syntax, target: &target, root: self.home_as.as_deref() };
            let snippet = pointing::snippet(&at.home, &at.product, &domain, &profile, &place, contents).map_err(refused)?;
            // The lines alone go where they may be written to a file.
            snippet.remarks.iter().for_each(|remark| screen::note(&format!("note: {remark}")));
            return at
                .session
                .print(&serde_json::json!({ "snippet": snippet.lines, "remarks": snippet.remarks }), |_| snippet.lines.clone());
        }
        if let Some(script) = &self.aim.script {
            existing(script, "script")?;
        }
        let lock = (!self.plan).then(|| change::hold(&at.home, &format!("point {} at {profile}", domain.root.display()))).transpose();
        let _lock = lock.map_err(refused)?;
        // Taking the lock may bring an interrupted change to its end.
        let records = Records::read(&at.home).map_err(refused)?;
        let contents = |product: &_, profile: &_| records.contents(product, profile);
        let plan = pointing::plan(&at.home, &at.product, &domain, &profile, &target, contents).map_err(refused)?;
        carry_out(
            at,
            &plan,
            self.plan,
            &format!("{target} of {} uses profile {profile} of {}", domain.configuration.name, at.product.label()),
        )
    }
}

#[derive(Args)]
pub struct Unpoint {
    /// Folder of the domain
    domain: PathBuf,
    #[command(flatten)]
    aim: Aim,
    /// Show the difference, and write nothing
    #[arg(long)]
    plan: bool,
}

impl Unpoint {
    pub fn run(self, at: &At) -> Result<()> {
        if let Some(gone) = records::of_gone_domain(&at.home, &self.domain).map_err(refused)? {
            return self.forget(at, &gone);
        }
        let domain = domain(&self.domain)?;
        let lock = (!self.plan).then(|| change::hold(&at.home, &format!("take the pointers out of {}", domain.root.display()))).transpose();
        let _lock = lock.map_err(refused)?;
        let plan = pointing::unpoint(&domain, self.aim.target().as_ref(), &at.home, &at.product).map_err(refused)?;
        carry_out(at, &plan, self.plan, &format!("{} is as it was before it was pointed", domain.configuration.name))
    }

    /// Of a domain that is no more only what the home remembers is left.
    fn forget(&self, at: &At, gone: &[Recorded]) -> Result<()> {
        if !self.plan {
            let _lock = change::hold(&at.home, &format!("forget the pointers of {}", self.domain.display())).map_err(refused)?;
            records::forget(&at.home, gone).map_err(refused)?;
        }
        at.session.print(&serde_json::json!({ "forgotten": gone, "carried_out": !self.plan }), |_| {
            let end = if self.plan { "plan; nothing was written" } else { "the domain is gone, and so is what was recorded of it" };
            let lines = gone.iter().map(|one| format!("{} no longer expected at profile {}\n", one.target, one.profile));
            lines.collect::<String>() + end + "\n"
        })
    }
}

fn carry_out(at: &At, plan: &PointPlan, plan_only: bool, done: &str) -> Result<()> {
    let backups = if plan_only { Vec::new() } else { plan.carry_out(&at.home).map_err(refused)? };
    at.session.print(&serde_json::json!({ "plan": plan, "backups": backups, "carried_out": !plan_only }), |_| {
        let mut page = String::new();
        for edit in &plan.edits {
            let _ = writeln!(page, "{}", screen::head(&edit.path.display().to_string()));
            page.push_str(&edit.diff);
        }
        for remark in &plan.remarks {
            let _ = writeln!(page, "note: {remark}");
        }
        for backup in &backups {
            let _ = writeln!(page, "backup: {}", backup.display());
        }
        let end = match (plan.edits.is_empty(), plan_only) {
            (true, _) => "nothing to change in any script".to_string(),
            (false, true) => "plan; nothing was written".into(),
            (false, false) => format!("{done}; restart these servers"),
        };
        page + &end + "\n"
    })
}

#[derive(Args)]
pub struct NodeManager {
    /// Folder of the domain
    domain: PathBuf,
    #[arg(long)]
    profile: String,
    /// The servers of one cluster only
    #[arg(long, conflicts_with = "server")]
    cluster: Option<String>,
    /// One server only
    #[arg(long)]
    server: Option<String>,
    /// Edit the files of this machine; without it they are only shown
    #[arg(long)]
    apply: bool,
}

impl NodeManager {
    pub fn run(self, at: &At) -> Result<()> {
        let profile = profile_name(Some(&self.profile))?;
        let domain = domain(&self.domain)?;
        let servers = self.servers(&domain)?;
        let lock = self.apply.then(|| change::hold(&at.home, "edit nodemanager.properties")).transpose();
        let _lock = lock.map_err(refused)?;
        let records = Records::read(&at.home).map_err(refused)?;
        let advice = node_manager::advice(&at.home, &domain, &at.product, &profile, &servers, |product: &_, profile: &ProfileName| {
            records.contents(product, profile)
        });
        let advice = advice.map_err(refused)?;
        let edits: Vec<&PropertiesEdit> = advice.machines.iter().filter(|_| self.apply).flat_map(|machine| &machine.edits).collect();
        let backups = node_manager::carry_out(&edits).map_err(refused)?;
        at.session.print(&serde_json::json!({ "advice": advice, "backups": backups, "carried_out": self.apply }), |_| {
            let lines = backups.iter().map(|backup| format!("backup: {}\n", backup.display()));
            advice_page(&advice, self.apply) + &lines.collect::<String>()
        })
    }

    fn servers<'a>(&self, domain: &'a Domain) -> Result<Vec<&'a Server>> {
        let configuration = &domain.configuration;
        let found: Vec<&Server> = match (&self.cluster, &self.server) {
            (Some(cluster), _) => configuration.servers_of_cluster(cluster).collect(),
            (None, Some(name)) => configuration.server(name).into_iter().collect(),
            (None, None) => configuration.managed_servers().collect(),
        };
        if found.is_empty() {
            let failure = Failure::new(&failure::UNKNOWN_NAME, format!("domain {} has no such Managed Servers", configuration.name));
            let names: Vec<&str> = configuration.managed_servers().map(|server| server.name.as_str()).collect();
            return Err(refused(failure.hint(format!(
                "its Managed Servers are {}; its clusters {}",
                names.join(", "),
                configuration.clusters.join(", ")
            ))));
        }
        // The names are the domain's own: what borrows from the configuration outlives this command's words.
        let names: Vec<&str> = found.iter().map(|server| server.name.as_str()).collect();
        Ok(configuration.servers.iter().filter(|server| names.contains(&server.name.as_str())).collect())
    }
}

fn advice_page(advice: &Advice, applied: bool) -> String {
    let mut page = String::from(match advice.way {
        Way::NothingToDo => "nothing to do: all is in the default profile, which every server uses by itself\n",
        Way::ServerStartClassPath => {
            "the profile holds classes for the system classpath only: the Classpath field of Server Start will do\n"
        }
        Way::StartScript => "the profile holds more than system classes: Node Manager must run the start script\n",
    });
    for start in &advice.server_start {
        let state =
            if start.is_done { "is there already" } else { "put this first into its Classpath field (Configuration > Server Start)" };
        let _ = writeln!(page, "  {}: {state}\n    {}", start.server, start.put_first);
    }
    for variable in &advice.variables {
        let _ = writeln!(page, "  {} = {}: {}", variable.variable, variable.value.display(), variable.why);
    }
    for machine in &advice.machines {
        let here = if machine.is_here { ", this machine" } else { "" };
        let _ = writeln!(page, "machine {} (Node Manager {}{here}): {}", machine.machine, machine.address, machine.servers.join(", "));
        for edit in &machine.edits {
            let state = if applied { "now says" } else { "is to say" };
            for (key, value) in &edit.keys {
                let _ = writeln!(page, "  {} {state} {key}={value}", edit.path.display());
            }
            for remark in &edit.remarks {
                let _ = writeln!(page, "  note: {remark}");
            }
        }
        for line in &machine.to_do {
            let _ = writeln!(page, "  to do: {line}");
        }
    }
    for warning in &advice.warnings {
        let _ = writeln!(page, "warning: {warning}");
    }
    page
}
