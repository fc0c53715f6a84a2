//! Commands about profiles as such.

use super::asking::Consent;
use super::changing::carry_out;
use super::{At, domain, patch_ids, profile_name, refused};
use crate::cli::screen;
use anyhow::Result;
use clap::{Args, Subcommand};
use patches::change::{self, Options, Start};
use patches::names::ProfileName;
use patches::overview;
use patches::profiles;
use std::fmt::Write as _;
use std::path::PathBuf;

#[derive(Subcommand)]
pub enum Profile {
    /// The profiles of the product
    List,
    /// Patches, class path and files of a profile
    Show(Name),
    /// Make a profile: empty but for the installation-wide patches, or as another one is
    Create(Create),
    /// Delete a profile; its patches stay downloaded and in other profiles
    Delete(Delete),
    /// Which profile would do for a domain
    Suggest(Suggest),
}

#[derive(Args)]
pub struct Name {
    name: String,
}

#[derive(Args)]
pub struct Create {
    /// Letters and digits only
    name: String,
    /// Begin with what this profile holds
    #[arg(long, value_name = "PROFILE")]
    clone: Option<String>,
    /// Apply these patches in the same go
    #[arg(long, value_name = "IDS")]
    patches: Vec<String>,
    /// Show everything that would happen, and touch nothing
    #[arg(long)]
    plan: bool,
    /// Take patches that their maker took back, too
    #[arg(long)]
    even_withdrawn: bool,
    /// Replace files that somebody changed; a copy of each is kept below packwright/changed
    #[arg(long)]
    overwrite_changed: bool,
}

#[derive(Args)]
pub struct Delete {
    name: String,
    #[command(flatten)]
    consent: Consent,
    /// Remove also files that somebody changed; a copy of each is kept below packwright/changed
    #[arg(long)]
    overwrite_changed: bool,
    /// Show everything that would happen, and touch nothing
    #[arg(long)]
    plan: bool,
}

#[derive(Args)]
pub struct Suggest {
    /// Folder of the domain
    domain: PathBuf,
}

impl Profile {
    pub fn only_looks(&self) -> bool {
        matches!(self, Profile::List | Profile::Show(_) | Profile::Suggest(_))
    }

    pub fn run(self, at: &At) -> Result<()> {
        match self {
            Profile::List => list(at),
            Profile::Show(name) => show(at, &profile_name(Some(&name.name))?),
            Profile::Create(create) => create.run(at),
            Profile::Delete(delete) => delete.run(at),
            Profile::Suggest(suggest) => suggest.run(at),
        }
    }
}

fn list(at: &At) -> Result<()> {
    let listed = profiles::list(&at.home, &at.product).map_err(refused)?;
    at.session.print(&listed, |listed| {
        let rows = listed.iter().map(|profile| {
            let ids: Vec<&str> = profile.applied.iter().map(|patch| patch.id.as_str()).collect();
            vec![profile.profile.to_string(), ids.len().to_string(), ids.join(" ")]
        });
        screen::table(&["PROFILE", "PATCHES", "APPLIED, IN ORDER"], &[1], rows.collect())
    })
}

fn show(at: &At, name: &ProfileName) -> Result<()> {
    let shown = profiles::show(&at.home, &at.product, name).map_err(refused)?;
    at.session.print(&shown, |shown| {
        let mut page = format!("profile {} of {}, generation {}\n\n", shown.profile, at.product.label(), shown.generation);
        let rows = shown.patches.iter().map(|patch| {
            let wide = if patch.is_installation_wide() { "installation-wide" } else { "" };
            vec![patch.id.to_string(), patch.bugs.join(" "), wide.to_string(), patch.description.clone()]
        });
        page.push_str(&screen::table(&["PATCH", "BUGS", "", "DESCRIPTION"], &[], rows.collect()));
        if !shown.class_path.is_empty() {
            page.push_str("\nclass path, as it is searched:\n");
            for jar in &shown.class_path {
                let _ = writeln!(page, "  {jar}");
            }
        }
        let own: Vec<_> = shown.files.iter().filter(|file| !shown.class_path.contains(&file.path)).collect();
        if !own.is_empty() {
            page.push_str("\nfiles:\n");
            for file in &own {
                let _ = writeln!(page, "  {}", file.path);
            }
        }
        page
    })
}

impl Create {
    fn run(self, at: &At) -> Result<()> {
        let name = profile_name(Some(&self.name))?;
        let start = match &self.clone {
            Some(from) => Start::Clone(profile_name(Some(from))?),
            None => Start::Empty,
        };
        let options = Options { plan_only: self.plan, even_withdrawn: self.even_withdrawn, overwrite_changed: self.overwrite_changed };
        let patches = patch_ids(&self.patches)?;
        carry_out(at, |options| change::create(&at.home, &at.product, &name, &start, &patches, options), &options, None)
    }
}

impl Delete {
    fn run(self, at: &At) -> Result<()> {
        let name = profile_name(Some(&self.name))?;
        let options = Options { plan_only: self.plan, overwrite_changed: self.overwrite_changed, ..Options::default() };
        carry_out(at, |options| change::delete(&at.home, &at.product, &name, options), &options, Some(&self.consent))
    }
}

impl Suggest {
    fn run(self, at: &At) -> Result<()> {
        let domain = domain(&self.domain)?;
        let used = domain.products_used(&at.home).map_err(refused)?;
        let suggested = overview::suggest(&at.home, &domain).map_err(refused)?;
        at.session.print(&serde_json::json!({ "products_used": used, "profiles": suggested }), |_| {
            let mut page = String::new();
            for product in &used {
                let _ = writeln!(
                    page,
                    "uses {}: {}",
                    product.label,
                    product.evidence.first().map_or_else(String::new, |place| format!("{} line {}", place.file, place.line))
                );
            }
            for one in &suggested {
                let _ = writeln!(page, "{} of {}: {}", one.profile, one.product, one.why);
            }
            if suggested.is_empty() {
                let products: Vec<&str> = used.iter().map(|product| product.label.as_str()).collect();
                let _ = writeln!(
                    page,
                    "no custom profile would do yet: make one for {} with packwright patch profile create",
                    products.join(", ")
                );
            }
            page
        })
    }
}
