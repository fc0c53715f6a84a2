//! Commands that change profiles: apply, remove, roll back; and those that bring the home in order: repair, recover, gc.

use super::asking::{self, Consent, Reach};
use super::{At, patch_ids, profile_name, refused};
use crate::api::problem::Problem;
use crate::cli::exit;
use crate::cli::screen;
use anyhow::Result;
use clap::Args;
use engine::failure::Failure;
use patches::change::{self, Options, Report};
use patches::downloads::Downloads;
use patches::inspect;
use patches::journal::{self, Direction, Recovered};
use patches::layout::difference::{FileChange, Why};
use patches::lock::Lock;
use patches::names::{PatchId, ProfileName, RelPath};
use patches::overview;
use patches::patch::Patch;
use patches::pointing::lint;
use patches::profiles::{self, Keep};
use patches::records::{Records, State};
use serde::Serialize;
use std::fmt::Write as _;

/// Files of a change that a screen lists.
const FILES_SHOWN: usize = 40;
const DAY_MILLISECONDS: i64 = 24 * 60 * 60 * 1_000;

#[derive(Args)]
pub struct Apply {
    /// Patches, as HCE9
    #[arg(required = true)]
    patches: Vec<String>,
    /// Profile; without one the default profile, which every server uses whose scripts name no other
    #[arg(long)]
    profile: Option<String>,
    /// Show everything that would happen, and touch nothing
    #[arg(long)]
    plan: bool,
    /// Take patches that their maker took back, too
    #[arg(long)]
    even_withdrawn: bool,
    /// Replace files that somebody changed; a copy of each is kept below packwright/changed
    #[arg(long)]
    overwrite_changed: bool,
    #[command(flatten)]
    consent: Consent,
}

impl Apply {
    pub fn run(self, at: &At) -> Result<()> {
        let options = Options { plan_only: self.plan, even_withdrawn: self.even_withdrawn, overwrite_changed: self.overwrite_changed };
        let profile = profile_name(self.profile.as_deref())?;
        let patches = patch_ids(&self.patches)?;
        let asks = !self.plan && may_replace_wide(at, &patches).map_err(refused)?;
        carry_out(at, |options| change::apply(&at.home, &at.product, &profile, &patches, options), &options, asks.then_some(&self.consent))
    }
}

#[derive(Args)]
pub struct Remove {
    /// Patches, as HCE9
    #[arg(required = true)]
    patches: Vec<String>,
    /// Profile; without one the default profile
    #[arg(long)]
    profile: Option<String>,
    /// Show everything that would happen, and touch nothing
    #[arg(long)]
    plan: bool,
    /// Restore also files that somebody changed; a copy of each is kept below packwright/changed
    #[arg(long)]
    overwrite_changed: bool,
    #[command(flatten)]
    consent: Consent,
}

impl Remove {
    pub fn run(self, at: &At) -> Result<()> {
        let options = Options { plan_only: self.plan, overwrite_changed: self.overwrite_changed, ..Options::default() };
        let profile = profile_name(self.profile.as_deref())?;
        let patches = patch_ids(&self.patches)?;
        let asks = wide_of_several(at).map_err(refused)?.iter().any(|wide| patches.contains(wide));
        carry_out(at, |options| change::remove(&at.home, &at.product, &profile, &patches, options), &options, asks.then_some(&self.consent))
    }
}

#[derive(Args)]
pub struct Rollback {
    /// One profile; without it all profiles of the product
    #[arg(long)]
    profile: Option<String>,
    /// Number of the generation; without it the one before
    #[arg(long)]
    to: Option<u32>,
    /// Show everything that would happen, and touch nothing
    #[arg(long)]
    plan: bool,
    /// Restore also files that somebody changed; a copy of each is kept below packwright/changed
    #[arg(long)]
    overwrite_changed: bool,
    #[command(flatten)]
    consent: Consent,
}

impl Rollback {
    pub fn run(self, at: &At) -> Result<()> {
        let options = Options { plan_only: self.plan, overwrite_changed: self.overwrite_changed, ..Options::default() };
        let profile = self.profile.as_deref().map(|name| profile_name(Some(name))).transpose()?;
        let change = |options: &Options| change::rollback(&at.home, &at.product, profile.as_ref(), self.to, options);
        carry_out(at, change, &options, Some(&self.consent))
    }
}

/// Applied patches that change installed files, in a home with several profiles: to take one out of one profile takes it out of all.
fn wide_of_several(at: &At) -> Result<Vec<PatchId>, Failure> {
    let state = State::read(&at.home, &at.product)?;
    let profiles = &state.now().profiles;
    if profiles.len() < 2 {
        return Ok(Vec::new());
    }
    let applied = |patch: &&Patch| profiles.values().any(|ids| ids.contains(&patch.id));
    Ok(state.patches.values().filter(applied).filter(|patch| patch.is_installation_wide()).map(|patch| patch.id.clone()).collect())
}

/// Whether applying these could take out one of those.
fn may_replace_wide(at: &At, patches: &[PatchId]) -> Result<bool, Failure> {
    if wide_of_several(at)?.is_empty() {
        return Ok(false);
    }
    let known = Downloads::open(&Records::read(&at.home)?.downloads(&at.home))?.known(&at.home, &at.product)?.patches;
    Ok(patches.iter().filter_map(|id| known.get(id)).any(|patch| !patch.replaces.is_empty()))
}

/// Makes a change, and tells it. With a consent it is looked at first what the change takes away, and asked for.
pub fn carry_out(
    at: &At,
    change: impl Fn(&Options) -> Result<Report, Failure>,
    options: &Options,
    consent: Option<&Consent>,
) -> Result<()> {
    let mut reach = Reach::default();
    if let (Some(consent), false) = (consent, options.plan_only) {
        reach = asking::foreseen(at, &change, options).map_err(refused)?;
        reach.ask(at, consent)?;
    }
    let report = change(options).map_err(refused)?;
    if options.plan_only {
        reach = Reach::of(at, &report).map_err(refused)?;
    }
    tell(at, &report, &reach)
}

/// Prints what a change did or would do. A plan that would be refused ends as the refusal does.
fn tell(at: &At, report: &Report, reach: &Reach) -> Result<()> {
    let refusal = match &report.refused {
        _ if !report.verdict.is_clear() => Some(Failure::from(report.verdict.clone())),
        refused => refused.clone(),
    };
    let problem = refusal.map(Problem::from);
    // A block in a script defines what its profile's content needs, and that has just changed.
    // The change is made whatever becomes of this look at scripts, and must be told.
    let (mut scripts, mut not_looked) = (Vec::new(), None);
    if report.carried_out {
        match overview::script_findings(&at.home) {
            Ok(found) => scripts = found,
            Err(failure) => not_looked = Some(failure.message),
        }
    }
    let mut value = serde_json::to_value(report)?;
    value["scripts"] = serde_json::to_value(&scripts)?;
    value["scripts_not_looked_at"] = serde_json::to_value(&not_looked)?;
    value["pointing"] = serde_json::to_value(&reach.pointing)?;
    if let Some(problem) = &problem {
        value["problem"] = serde_json::to_value(problem)?;
    }
    at.session.print(&value, |_| {
        let mut page = page(report) + &reach.text();
        for finding in scripts.iter().filter(|finding| finding.kind.is_wrong()) {
            let _ = writeln!(page, "warning: {}: {}", finding.script.display(), finding.message);
        }
        if let Some(why) = &not_looked {
            let _ = writeln!(page, "warning: the start scripts were not looked at: {why}");
        }
        if scripts.iter().any(|finding| finding.can_be_repaired) {
            page.push_str("write the start scripts anew before you restart: packwright patch repair\n");
        }
        page
    })?;
    let Some(problem) = problem else { return Ok(()) };
    if !at.session.json {
        // The page has told each conflict, with what would resolve it.
        let is_told = !report.verdict.is_clear();
        let shown = if is_told { Problem { evidence: Vec::new(), hint: String::new(), ..problem.clone() } } else { problem.clone() };
        screen::problem(&shown);
    }
    Err(exit::ToldAlready(problem).into())
}

fn page(report: &Report) -> String {
    let mut page = String::new();
    if !report.carried_out && !report.verdict.is_nothing_to_do() {
        page.push_str(&screen::head("plan; nothing was touched"));
        page.push('\n');
    }
    page.push_str(&report.verdict.text());
    for warning in &report.warnings {
        let _ = writeln!(page, "warning: {warning}");
    }
    page.push_str(&files(&report.files));
    if report.generation_after != report.generation_before {
        let _ = writeln!(page, "generation {} -> {}", report.generation_before, report.generation_after);
    }
    if !report.restart.is_empty() {
        let names: Vec<&str> = report.restart.iter().map(ProfileName::as_str).collect();
        let _ = writeln!(page, "restart the servers that use: {} (packwright patch status names those that run)", names.join(", "));
    }
    page
}

fn files(files: &[FileChange]) -> String {
    let mut page = String::new();
    for file in files.iter().take(FILES_SHOWN) {
        let why = match file.why {
            Why::New => "new",
            Why::Replaced => "replaced",
            Why::Restored => "restored",
            Why::Removed => "removed",
        };
        let _ = writeln!(page, "  {why:<9} {}", file.path);
    }
    if files.len() > FILES_SHOWN {
        let _ = writeln!(page, "  … and {} more files", files.len() - FILES_SHOWN);
    }
    page
}

#[derive(Args)]
pub struct Recover {
    /// Take the change back instead of finishing it
    #[arg(long)]
    undo: bool,
}

impl Recover {
    pub fn run(self, at: &At) -> Result<()> {
        let lock = Lock::take(&at.home, "recover").map_err(refused)?;
        let direction = if self.undo { Direction::Undo } else { Direction::Either };
        let recovered = journal::recover(&lock, direction).map_err(refused)?;
        at.session.print(&recovered, |recovered| match recovered {
            Recovered::Nothing => "nothing was interrupted\n".to_string(),
            Recovered::Finished { what, files } => format!("finished: {what}, {files} files\n"),
            Recovered::Undone { what, files } => format!("taken back, byte for byte: {what}, {files} files\n"),
        })
    }
}

#[derive(Args)]
pub struct Repair {
    /// Show what would be put back, and touch nothing
    #[arg(long)]
    plan: bool,
}

impl Repair {
    pub fn run(self, at: &At) -> Result<()> {
        let home = inspect::repair(&at.home, self.plan).map_err(refused)?;
        let scripts = overview::repair_scripts(&at.home, self.plan).map_err(refused)?;
        let left = Left::after(at, &home, self.plan).map_err(refused)?;
        let report = serde_json::json!({ "home": home, "scripts": scripts, "left": left });
        at.session.print(&report, |_| {
            let mut page = files(&home.files);
            for edit in scripts.iter().flat_map(|plan| &plan.edits) {
                let _ = writeln!(page, "  script    {}\n{}", edit.path.display(), edit.diff);
            }
            page.push_str(&left.text(at, &home.left));
            match (page.is_empty(), self.plan) {
                (true, _) => "nothing to repair\n".to_string(),
                (false, true) => format!("plan; nothing was touched\n{page}"),
                (false, false) => page,
            }
        })?;
        match home.left.len() + left.home.len() + left.scripts.len() {
            0 => Ok(()),
            bad => Err(exit::NotInOrder { bad }.into()),
        }
    }
}

/// What is wrong and cannot be repaired, beside files that cannot be made anew.
#[derive(Serialize)]
struct Left {
    home: Vec<inspect::Finding>,
    scripts: Vec<lint::Finding>,
}

impl Left {
    fn after(at: &At, repaired: &inspect::Repaired, plan_only: bool) -> Result<Left, Failure> {
        let is_told =
            |path: &str| repaired.left.iter().chain(repaired.files.iter().map(|file| &file.path)).any(|told| told.as_str() == path);
        let mut home = inspect::verify(&at.home)?;
        home.retain(|finding| finding.what.is_wrong() && !is_told(&finding.path));
        let mut scripts = overview::script_findings(&at.home)?;
        scripts.retain(|finding| !plan_only || !finding.can_be_repaired);
        Ok(Left { home, scripts })
    }

    fn text(&self, at: &At, files: &[RelPath]) -> String {
        let mut text = String::new();
        for path in files {
            let _ = writeln!(text, "  left      {path}: {}", in_the_way(at, path));
        }
        for finding in &self.home {
            let _ = writeln!(text, "  left      {}: {}", finding.path, finding.message);
        }
        for finding in &self.scripts {
            let line = if finding.line > 0 { format!(" line {}", finding.line) } else { String::new() };
            let _ = writeln!(text, "  left      {}{line}: {}", finding.script.display(), finding.message);
        }
        text
    }
}

/// Why a file cannot be put back.
fn in_the_way(at: &At, path: &RelPath) -> &'static str {
    match path.below(&at.home.root).symlink_metadata() {
        Ok(found) if found.is_symlink() => "a link lies there, which is nobody's to replace; put it away",
        Ok(found) if found.is_dir() => "a folder lies there, which is nobody's to replace; put it away",
        Ok(found) if !found.is_file() => "something lies there that is no plain file; put it away",
        _ => "its container is not in the download folder; import it again",
    }
}

#[derive(Args)]
pub struct Clear {
    /// Generations to keep beside the current one
    #[arg(long, default_value_t = 10)]
    keep: usize,
    /// Keep those of the last so many days, too
    #[arg(long)]
    days: Option<u32>,
    /// Show what would be removed, and touch nothing
    #[arg(long)]
    plan: bool,
}

impl Clear {
    pub fn run(self, at: &At) -> Result<()> {
        let since = |days: u32| jiff::Timestamp::now().as_millisecond() - i64::from(days) * DAY_MILLISECONDS;
        let keep = Keep { count: self.keep, made_since: self.days.map(since) };
        let cleared = profiles::gc(&at.home, keep, self.plan).map_err(refused)?;
        at.session.print(&cleared, |cleared| {
            let mut page = String::new();
            for (folder, number) in &cleared.generations {
                let _ = writeln!(page, "  generation {number} of {folder}");
            }
            for jar in &cleared.jars {
                let _ = writeln!(page, "  {jar}");
            }
            for jar in &cleared.in_use {
                let processes: Vec<String> = jar.processes.iter().map(u32::to_string).collect();
                let _ = writeln!(page, "  kept      {}: process {} has it open", jar.path, processes.join(", "));
            }
            for jar in &cleared.changed {
                let _ = writeln!(page, "  kept      {jar}: it is not as it was left");
            }
            if cleared.processes_unseen > 0 {
                let _ = writeln!(page, "processes of other users that could not be asked: {}", cleared.processes_unseen);
            }
            let what = if cleared.carried_out { "removed" } else { "to remove" };
            format!(
                "{page}{what}: {} generations, {} jars, {} kept originals, {}\n",
                cleared.generations.len(),
                cleared.jars.len(),
                cleared.originals,
                screen::bytes(cleared.bytes)
            )
        })
    }
}
