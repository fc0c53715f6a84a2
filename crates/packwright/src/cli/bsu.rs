//! `packwright bsu`: the face of the vendor's patch tool, for the scripts that call it and look for its lines. What it does is what `packwright patch`
//! does; its exit codes are true.

mod arguments;
mod lines;

use super::{Session, exit, patch, screen};
use crate::api::problem::Refused;
use anyhow::Result;
use arguments::{Action, Arguments, Masks, Status};
use clap::Args;
use engine::failure::{self, Failure};
use lines::Lines;
use patches::change::{self, Options, Report};
use patches::downloads::Downloads;
use patches::home::{Home, Product};
use patches::names::{PatchId, ProfileName};
use patches::profiles;
use patches::records::Records;
use patches::validation::{self, Warning};
use std::path::{Path, PathBuf};

/// Everything behind `bsu`, unread.
#[derive(Args)]
#[command(disable_help_flag = true)]
pub struct Bsu {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "OPTIONS")]
    words: Vec<String>,
}

impl Bsu {
    pub fn run(self, session: &Session) -> Result<()> {
        let words: Vec<String> = self.words;
        let wanted = arguments::read(&words).map_err(exit::NoSense)?;
        patch::telling::show();
        let session = Session { root: session.root.clone(), json: session.json || wanted.json };
        match wanted.action {
            Some(Action::Help) | None => {
                screen::put(&format!("{}\n", arguments::USAGE));
                Ok(())
            }
            Some(Action::Install) => installed(&session, &wanted, true),
            Some(Action::Remove) => installed(&session, &wanted, false),
            Some(Action::View) => view(&session, &wanted),
            Some(Action::Report) => report(&session, &wanted),
        }
    }
}

fn refused(failure: Failure) -> anyhow::Error {
    Refused(failure.into()).into()
}

fn product(wanted: &Arguments) -> Result<(Home, Product), Failure> {
    let folder = wanted.product_folder.as_deref().expect("looked at when the options were read");
    Home::of_product_folder(folder)
}

fn profile(wanted: &Arguments) -> Result<ProfileName, Failure> {
    let name = ProfileName::new(wanted.profile.as_deref().unwrap_or("default"))
        .map_err(|error| Failure::new(&failure::BAD_REQUEST, error.to_string()))?;
    Ok(if name.is_default() { ProfileName::default_profile() } else { name })
}

/// What the tool calls the default profile in its lines.
fn shown(profile: &ProfileName) -> &str {
    if profile.is_default() { "Default" } else { profile.as_str() }
}

fn installed(session: &Session, wanted: &Arguments, install: bool) -> Result<()> {
    let mut lines = Lines::new(session.json);
    let log = wanted.log.as_deref().map_or(Ok(()), |path| lines.log_to(path));
    if install {
        lines.put("Checking for conflicts..")?;
    }
    match log.and_then(|()| changed(wanted, install)) {
        Ok((ids, profile, report)) => {
            told(&mut lines, wanted, install, &ids, &profile, &report)?;
            lines.end(&report)
        }
        Err(failure) => {
            // Its options are spelt otherwise here.
            let command = if install { "apply" } else { "remove" };
            let hint = failure.hint.replace("--even-withdrawn", "-even_withdrawn");
            let hint = hint.replace("say --overwrite-changed", &format!("say packwright patch {command} … --overwrite-changed"));
            let failure = Failure { hint, ..failure };
            patch::telling::hide();
            lines.failed(&failure, install)?;
            Err(refused(failure))
        }
    }
}

/// Makes the change, of which no line is written yet.
fn changed(wanted: &Arguments, install: bool) -> Result<(Vec<PatchId>, ProfileName, Report), Failure> {
    let (home, product) = product(wanted)?;
    let profile = profile(wanted)?;
    let ids = wanted.patches.iter().map(|id| PatchId::new(id.as_str()));
    let ids = ids.collect::<Result<Vec<_>, _>>().map_err(|error| Failure::new(&failure::BAD_REQUEST, error.to_string()))?;
    let options = Options { even_withdrawn: wanted.even_withdrawn, ..Options::default() };
    let report = if install {
        fetch(&home, wanted, &ids)?;
        change::apply(&home, &product, &profile, &ids, &options)?
    } else {
        change::remove(&home, &product, &profile, &ids, &options)?
    };
    Ok((ids, profile, report))
}

fn told(lines: &mut Lines, wanted: &Arguments, install: bool, ids: &[PatchId], profile: &ProfileName, report: &Report) -> Result<()> {
    patch::telling::hide();
    if install {
        lines.put("No conflict(s) detected")?;
        lines.put("")?;
    }
    let (everywhere, others): (Vec<&Warning>, Vec<&Warning>) =
        report.verdict.warnings.iter().partition(|warning| leaves_everywhere(warning));
    // The tool asks nothing, so that it says at least this.
    for warning in everywhere {
        lines.put(&format!("Warning: {}", warning.sentence()))?;
    }
    let (word, touched) = if install { ("Installing", &report.verdict.applied) } else { ("Removing", &report.verdict.removed) };
    for id in touched {
        lines.put(&format!("{word} Patch ID: {id}.."))?;
        lines.put("Result: Success")?;
        lines.put("")?;
    }
    for id in ids.iter().filter(|id| !touched.contains(id)) {
        let state = if install { "already" } else { "not" };
        lines.put(&format!("Patch {state} installed: {id} in profile: {}", shown(profile)))?;
    }
    for warning in others.iter().map(|warning| warning.sentence()).chain(report.warnings.iter().cloned()) {
        lines.verbose(wanted.verbose, &format!("Warning: {warning}"))?;
    }
    Ok(())
}

fn leaves_everywhere(warning: &Warning) -> bool {
    matches!(warning, Warning::EveryProfile { change: validation::Change::Removed, profiles, .. } if profiles.len() > 1)
}

/// Containers of another download folder come into the home's own: everything later is done from there.
fn fetch(home: &Home, wanted: &Arguments, ids: &[PatchId]) -> Result<(), Failure> {
    let Some(folder) = &wanted.download_folder else { return Ok(()) };
    if !folder.exists() {
        return Err(Failure::new(&failure::UNKNOWN_NAME, format!("there is no download folder {}", folder.display()))
            .hint("name the folder that the containers lie in: -patch_download_dir=…"));
    }
    let into = Downloads::open(&Records::read(home)?.downloads(home))?;
    let from = Downloads::open(folder)?;
    let same = |one: &Path, other: &Path| one.canonicalize().ok().is_some_and(|one| other.canonicalize().ok() == Some(one));
    if same(from.folder(), into.folder()) {
        return Ok(());
    }
    let sources: Vec<PathBuf> = ids.iter().map(|id| from.path(id)).collect();
    into.import_all(&sources, home).into_iter().collect::<Result<Vec<_>, _>>()?;
    Ok(())
}

fn view(session: &Session, wanted: &Arguments) -> Result<()> {
    let (home, product) = product(wanted).map_err(refused)?;
    let profile = profile(wanted).map_err(refused)?;
    patch::telling::interrupted(&home);
    let records = Records::read(&home).map_err(refused)?;
    let folder = wanted.download_folder.clone().unwrap_or_else(|| records.downloads(&home));
    let listed = profiles::list(&home, &product).map_err(refused)?;
    let Some(of_profile) = listed.into_iter().find(|listed| listed.profile == profile) else {
        return Err(refused(Failure::new(&failure::UNKNOWN_NAME, format!("{} has no profile {profile}", product.label()))));
    };
    let patches: Vec<(PatchId, Vec<String>)> = match wanted.status {
        Some(Status::Downloaded) => {
            let containers = Downloads::open(&folder).and_then(|downloads| downloads.list()).map_err(refused)?;
            containers.into_iter().filter_map(|listed| listed.patch).map(|patch| (patch.id, patch.bugs)).collect()
        }
        _ => of_profile.applied.into_iter().map(|patch| (patch.id, patch.bugs)).collect(),
    };
    if session.json {
        let value: Vec<_> = patches.iter().map(|(id, bugs)| serde_json::json!({ "patch_id": id, "bugs": bugs })).collect();
        return session.print(&value, |_| String::new());
    }
    screen::put(&lines::view(&home, &product, shown(&profile), &folder, &patches));
    Ok(())
}

fn report(session: &Session, wanted: &Arguments) -> Result<()> {
    let folder = match (&wanted.home, &wanted.product_folder) {
        (Some(home), _) => home.clone(),
        (None, Some(product)) => product.parent().unwrap_or(product).to_owned(),
        // The tool is started in utils/bsu of its home.
        (None, None) => {
            std::env::current_dir()?.ancestors().find(|folder| Home::open(folder).is_ok()).map_or_else(|| ".".into(), Path::to_owned)
        }
    };
    let home = Home::open(&folder).map_err(refused)?;
    patch::telling::interrupted(&home);
    let masks = &wanted.masks;
    let mut found = Vec::new();
    for product in &home.products {
        if !Masks::lets(&masks.product, &product.label()) || !Masks::lets(&masks.release, &product.release) {
            continue;
        }
        let listed = profiles::list(&home, product).map_err(refused)?;
        for name in listed.iter().map(|listed| &listed.profile).filter(|name| Masks::lets(&masks.profile, name.as_str())) {
            let mut shown = profiles::show(&home, product, name).map_err(refused)?;
            shown.patches.retain(|patch| Masks::lets(&masks.patch, patch.id.as_str()));
            found.push((product.clone(), shown));
        }
    }
    if session.json {
        let value: Vec<_> =
            found.iter().map(|(product, shown)| serde_json::json!({ "product": product.label(), "profile": shown })).collect();
        return session.print(&value, |_| String::new());
    }
    screen::put(&if wanted.xml { lines::xml(&found) } else { lines::report(&home, &found) });
    Ok(())
}
