//! What a change takes away that people elsewhere rely on: profiles that scripts name, and patches that change installed files and leave every profile
//! at once. It is told before it happens, and done only when somebody said yes. It decides nothing else.

use super::{At, refused, telling};
use crate::cli::screen;
use anyhow::Result;
use clap::Args;
use engine::failure::{self, Evidence, Failure};
use patches::change::{self, Options, Report};
use patches::journal;
use patches::names::{PatchId, ProfileName};
use patches::pointing::pointers::{self, PointingDomain};
use patches::validation::{Change, Warning};
use serde::Serialize;
use std::io::{BufRead, IsTerminal};

/// Whether somebody said yes beforehand.
#[derive(Args)]
pub struct Consent {
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// What goes with a change.
#[derive(Default, Serialize)]
pub struct Reach {
    /// Profiles that go.
    deleted: Vec<ProfileName>,
    /// Scripts that name them.
    pub pointing: Vec<PointingDomain>,
    /// Patches that leave all of several profiles.
    #[serde(skip)]
    leaving: Vec<(PatchId, Vec<ProfileName>)>,
}

impl Reach {
    pub fn of(at: &At, report: &Report) -> Result<Reach, Failure> {
        let mut reach = Reach { deleted: report.verdict.deleted.clone(), ..Reach::default() };
        for profile in &reach.deleted {
            reach.pointing.extend(pointers::who_points_at(&at.home, &at.product.label(), profile)?);
        }
        reach.leaving.extend(report.verdict.warnings.iter().filter_map(|warning| match warning {
            Warning::EveryProfile { patch, change: Change::Removed, profiles } if profiles.len() > 1 => {
                Some((patch.clone(), profiles.clone()))
            }
            _ => None,
        }));
        Ok(reach)
    }

    /// As lines of a page.
    pub fn text(&self) -> String {
        let pointers = self.pointing.iter().flat_map(|domain| &domain.pointers);
        let lines = pointers.map(|one| format!("still points at {}: {} line {}\n", one.mention.profile, one.script.display(), one.line));
        let mut text: String = lines.collect();
        if !text.is_empty() {
            text.push_str("servers started by these scripts would run without any patch; packwright patch unpoint takes a pointer out\n");
        }
        text
    }

    /// What is asked; nothing where the change takes nothing from anybody.
    fn question(&self) -> Option<String> {
        let deleted = self.deleted.iter().map(|profile| format!("delete profile {profile}"));
        let leaving = self.leaving.iter().map(|(patch, profiles)| format!("take {patch} out of all {} profiles", profiles.len()));
        let all: Vec<String> = deleted.chain(leaving).collect();
        (!all.is_empty()).then(|| all.join(", "))
    }

    fn evidence(&self) -> Vec<Evidence> {
        let pointers = self.pointing.iter().flat_map(|domain| &domain.pointers).map(|pointer| Evidence {
            file: pointer.script.display().to_string(),
            line: u32::try_from(pointer.line).unwrap_or(0),
            message: format!("still points at {}: servers started by it would run without any patch", pointer.mention.profile),
            ..Evidence::default()
        });
        let leaving = self.leaving.iter().map(|(patch, profiles)| Evidence {
            object: patch.to_string(),
            message: format!(
                "it changes installed files and leaves every profile: {}",
                profiles.iter().map(ProfileName::as_str).collect::<Vec<_>>().join(", ")
            ),
            ..Evidence::default()
        });
        pointers.chain(leaving).collect()
    }

    /// Goes on where somebody says yes, or nothing is to be asked.
    pub fn ask(&self, at: &At, consent: &Consent) -> Result<()> {
        let Some(question) = self.question().filter(|_| !consent.yes) else { return Ok(()) };
        let asks = std::io::stdin().is_terminal() && !at.session.json;
        if asks && said_yes(&question, &self.evidence())? {
            return Ok(());
        }
        let failure = Failure::new(&failure::BAD_REQUEST, format!("nothing was changed, for nobody said yes to this: {question}"));
        let evidence = if asks { Vec::new() } else { self.evidence() };
        Err(refused(failure.hint("say --yes; --plan shows everything that would happen").evidence(evidence)))
    }
}

fn said_yes(question: &str, evidence: &[Evidence]) -> Result<bool> {
    telling::hide();
    let found: Vec<_> = evidence.iter().map(|evidence| crate::api::problem::Found::on("", evidence)).collect();
    screen::found(&found);
    screen::note(&format!("{question}? [y/N]"));
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

/// What a change would do, to be asked about before it is done. An interrupted one is ended first, since a plan of its half would say nothing.
pub fn foreseen(at: &At, change: impl Fn(&Options) -> Result<Report, Failure>, options: &Options) -> Result<Reach, Failure> {
    if journal::interrupted(&at.home)?.is_some_and(|interrupted| !interrupted.busy) {
        drop(change::hold(&at.home, "bring an interrupted change to its end")?);
    }
    let report = change(&Options { plan_only: true, ..*options })?;
    // What is refused is not asked about.
    if !report.verdict.is_clear() || report.refused.is_some() { Ok(Reach::default()) } else { Reach::of(at, &report) }
}
