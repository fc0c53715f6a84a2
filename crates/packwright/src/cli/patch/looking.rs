//! Commands that only look: status, lists, differences, what a server would get, verify.

use super::{At, domain, pages, patch_id, profile_name, refused};
use crate::cli::{exit, screen};
use anyhow::Result;
use clap::Args;
use engine::failure::{self, Failure};
use patches::downloads::Downloads;
use patches::effective::by_running::by_running;
use patches::journal::Outcome;
use patches::names::ProfileName;
use patches::profiles::{self, Side};
use patches::records::{Records, State};
use patches::{effective, inspect, journal, overview};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a domain's setDomainEnv may take.
const SCRIPT_LIMIT: Duration = Duration::from_secs(60);

/// The home on one screen.
pub fn status(at: &At) -> Result<()> {
    let overview = overview::overview(&at.home).map_err(refused)?;
    at.session.print(&overview, pages::status)
}

#[derive(Args)]
pub struct List {
    /// One profile only
    #[arg(long)]
    profile: Option<String>,
    /// Everything in the download folder, whether or not it is applied or can be read
    #[arg(long, conflicts_with_all = ["profile", "known"])]
    downloaded: bool,
    /// Everything that containers and catalogues tell of
    #[arg(long, conflicts_with = "profile")]
    known: bool,
}

impl List {
    pub fn run(self, at: &At) -> Result<()> {
        let records = Records::read(&at.home).map_err(refused)?;
        let downloads = Downloads::open(&records.downloads(&at.home)).map_err(refused)?;
        if self.downloaded {
            let listed = downloads.list().map_err(refused)?;
            return at.session.print(&listed, |listed| pages::downloads(listed));
        }
        if self.known {
            let known = downloads.known(&at.home, &at.product).map_err(refused)?;
            known.remarks.iter().for_each(|remark| screen::note(&format!("note: {remark}")));
            return at.session.print(&known, |known| pages::known(&known.patches));
        }
        let only = self.profile.as_deref().map(|name| profile_name(Some(name))).transpose()?;
        let mut listed = profiles::list(&at.home, &at.product).map_err(refused)?;
        if let Some(only) = &only {
            listed.retain(|listed| listed.profile == *only);
            if listed.is_empty() {
                let failure = Failure::new(&failure::UNKNOWN_NAME, format!("{} has no profile {only}", at.product.label()));
                return Err(refused(failure.hint("packwright patch profile list names those there are")));
            }
        }
        at.session.print(&listed, |listed| {
            let row = |profile: &ProfileName, state: &str, patch: &profiles::Summary| {
                let wide = if patch.installation_wide { "installation-wide" } else { "" };
                vec![profile.to_string(), patch.id.to_string(), state.into(), patch.bugs.join(" "), wide.into(), patch.description.clone()]
            };
            let rows = listed.iter().flat_map(|listed| {
                let applied = listed.applied.iter().map(|patch| row(&listed.profile, "applied", patch));
                applied.chain(listed.available.iter().map(|patch| row(&listed.profile, "downloaded", patch)))
            });
            screen::table(&["PROFILE", "PATCH", "STATE", "BUGS", "", "DESCRIPTION"], &[], rows.collect())
        })
    }
}

#[derive(Args)]
pub struct Show {
    /// Patch, as HCE9
    patch: String,
}

impl Show {
    pub fn run(self, at: &At) -> Result<()> {
        let id = patch_id(&self.patch)?;
        let records = Records::read(&at.home).map_err(refused)?;
        let known = Downloads::open(&records.downloads(&at.home))
            .and_then(|downloads| downloads.known(&at.home, &at.product))
            .map_err(refused)?
            .patches;
        let state = records.state(&at.product);
        let Some(patch) = known.get(&id).or_else(|| state.patches.get(&id)) else {
            let failure = Failure::new(&failure::UNKNOWN_NAME, format!("nothing is known of a patch {id} for {}", at.product.label()));
            return Err(refused(failure.hint("packwright patch list --known names those that containers and catalogues tell of")));
        };
        let profiles: Vec<&ProfileName> = state.now().profiles.iter().filter(|(_, ids)| ids.contains(&id)).map(|(name, _)| name).collect();
        at.session.print(&serde_json::json!({ "patch": patch, "profiles": profiles }), |_| pages::patch(patch, &profiles))
    }
}

pub fn generations(at: &At) -> Result<()> {
    let listed = profiles::generations(&at.home, &at.product).map_err(refused)?;
    at.session.print(&listed, |listed| {
        let rows = listed.iter().rev().map(|one| {
            let profiles: Vec<String> = one.generation.profiles.iter().map(|(name, ids)| format!("{name}:{}", ids.len())).collect();
            let current = if one.current { "current" } else { "" };
            let number = one.generation.number.to_string();
            vec![number, screen::time(one.generation.at), current.into(), profiles.join(" "), one.generation.made_by.clone()]
        });
        screen::table(&["GENERATION", "MADE", "", "PATCHES", "BY"], &[0], rows.collect())
    })
}

#[derive(Args)]
pub struct History {
    /// How many changes to list
    #[arg(long, default_value_t = 20)]
    count: usize,
}

impl History {
    pub fn run(self, at: &At) -> Result<()> {
        let entries = journal::history(&at.home, self.count).map_err(refused)?;
        at.session.print(&entries, |entries| {
            let rows = entries.iter().map(|entry| {
                let outcome = match entry.outcome {
                    Outcome::Done => "done",
                    Outcome::Undone => "undone",
                };
                vec![screen::time(entry.at), entry.user.clone(), outcome.into(), entry.files.to_string(), entry.what.clone()]
            });
            screen::table(&["WHEN", "WHO", "OUTCOME", "FILES", "WHAT"], &[3], rows.collect())
        })
    }
}

#[derive(Args)]
pub struct Diff {
    /// A profile (Orders), one of a generation (Orders@3), or a generation's number for the default profile (3)
    one: String,
    /// The other one
    other: String,
}

impl Diff {
    pub fn run(self, at: &At) -> Result<()> {
        let (one, other) = (side(at, &self.one)?, side(at, &self.other)?);
        let difference = profiles::diff(&at.home, &at.product, &one, &other).map_err(refused)?;
        at.session.print(&difference, |difference| {
            let mut page = String::new();
            for id in &difference.only_one {
                let _ = writeln!(page, "- {id}  only in {}", self.one);
            }
            for id in &difference.only_other {
                let _ = writeln!(page, "+ {id}  only in {}", self.other);
            }
            if difference.order_differs {
                page.push_str("what both hold comes into effect in another order\n");
            }
            for file in &difference.files {
                let mark = match (&file.one, &file.other) {
                    (Some(_), None) => '-',
                    (None, Some(_)) => '+',
                    _ => '~',
                };
                let _ = writeln!(page, "{mark} {}", file.path);
            }
            if page.is_empty() { "no difference\n".into() } else { page }
        })
    }
}

fn side(at: &At, text: &str) -> Result<Side> {
    // A profile may be called 7, and then it is meant.
    let is_profile = || -> Result<bool> {
        let state = State::read(&at.home, &at.product).map_err(refused)?;
        Ok(state.now().profiles.keys().any(|name| name.as_str() == text))
    };
    if let Ok(number) = text.parse()
        && !is_profile()?
    {
        return Ok(Side { profile: ProfileName::default_profile(), generation: Some(number) });
    }
    let (name, generation) = text.split_once('@').map_or((text, None), |(name, number)| (name, Some(number)));
    let wrong = |_| refused(Failure::new(&failure::BAD_REQUEST, format!("{text}: behind @ stands the number of a generation")));
    Ok(Side { profile: profile_name(Some(name))?, generation: generation.map(str::parse).transpose().map_err(wrong)? })
}

#[derive(Args)]
pub struct Effective {
    /// Folder of the domain
    domain: PathBuf,
    /// Server; without one the server that administers the domain
    server: Option<String>,
    /// Which jar and patch provides this class, as com.example.Order
    #[arg(long)]
    class: Option<String>,
    /// Run the domain's setDomainEnv and read what it sets, instead of reading the scripts
    #[arg(long)]
    run: bool,
}

impl Effective {
    pub fn run(self, at: &At) -> Result<()> {
        let domain = domain(&self.domain)?;
        if self.run {
            let server = self.server.as_deref().unwrap_or(&domain.configuration.admin_server);
            let values = by_running(&domain, server, SCRIPT_LIMIT).map_err(refused)?;
            return at.session.print(&values, |values| values.iter().map(|(name, value)| format!("{name}={value}\n")).collect());
        }
        let records = Records::read(&at.home).map_err(refused)?;
        let patch_of = |jar: &Path| overview::patch_of(&at.home, &records, jar);
        let found = effective::effective(&at.home, &domain, self.server.as_deref(), patch_of).map_err(refused)?;
        let Some(class) = self.class else {
            return at.session.print(&found, pages::effective);
        };
        let rest = found.class_path_unknown.as_ref().map(|why| format!("the rest of the class path cannot be told: {why}"));
        let Some(provider) = found.provider(&class) else {
            let rest = rest.map(|rest| format!("; {rest}")).unwrap_or_default();
            let message = format!("nothing on the class path of this server, nor in its extension folders, holds the class {class}{rest}");
            return Err(refused(Failure::new(&failure::UNKNOWN_NAME, message).hint("write it with its package: com.example.Order")));
        };
        let mut told = serde_json::to_value(provider)?;
        if let Some(why) = &found.class_path_unknown {
            told["class_path_unknown"] = why.as_str().into();
        }
        at.session.print(&told, |_| {
            let patch = provider.patch.as_ref().map(|patch| format!("patch {patch}, ")).unwrap_or_default();
            let whom = if provider.for_applications { ", for applications" } else { "" };
            let rest = rest.as_ref().map(|rest| format!("note: {rest}\n")).unwrap_or_default();
            format!("{class}: {patch}{}{whom}\n{rest}", provider.path.display())
        })
    }
}

/// What is not as it was recorded, in the home and in start scripts.
pub fn verify(at: &At) -> Result<()> {
    let home = inspect::verify(&at.home).map_err(refused)?;
    let scripts = overview::script_findings(&at.home).map_err(refused)?;
    let bad =
        home.iter().filter(|finding| finding.what.is_wrong()).count() + scripts.iter().filter(|finding| finding.kind.is_wrong()).count();
    at.session.print(&serde_json::json!({ "home": home, "scripts": scripts }), |_| {
        let mut page = String::new();
        for finding in &home {
            let _ = writeln!(page, "{}  {}: {}", if finding.what.is_wrong() { "BAD " } else { "note" }, finding.path, finding.message);
        }
        for finding in &scripts {
            let line = if finding.line > 0 { format!(" line {}", finding.line) } else { String::new() };
            let mark = if finding.kind.is_wrong() { "BAD " } else { "note" };
            let _ = writeln!(page, "{mark}  {}{line}: {}", finding.script.display(), finding.message);
        }
        match bad {
            0 => page + "everything is as it was recorded\n",
            _ => page + "packwright patch repair puts back what can be made anew\n",
        }
    })?;
    if bad > 0 { Err(exit::NotInOrder { bad }.into()) } else { Ok(()) }
}
