//! Places the package's libraries where a server will run them from, with the list of its functions. Files are links to the same content; one that
//! is there already and differs is replaced by rename, and what the package no longer has goes.
//!
//! Serves: F44

use crate::paths::{FUNCTIONS, Paths};
use engine::failure::Failure;
use engine::outcome::Outcome;
use engine::release::Releases;
use engine::step::{self, Context, Step};
use std::collections::BTreeSet;

pub static STEP: Step = Step {
    name: "place_libraries",
    title: "Place libraries",
    releases: Releases::since(9, 2, 6, 0),
    timeout_seconds: 3_600,
    skip: step::never,
    run,
};

fn run(context: &mut Context<'_>) -> Result<Outcome, Failure> {
    let (host, paths) = (context.host, Paths(context.order));
    let location = paths.location();
    let mut files: BTreeSet<String> = host.list(&paths.libraries())?.into_iter().map(|entry| entry.name).collect();
    for file in &files {
        host.link(&paths.libraries().join(file), &location.join(file))?;
    }
    host.link(&paths.text().join(FUNCTIONS), &location.join(FUNCTIONS))?;
    files.insert(FUNCTIONS.to_string());
    for entry in host.list(&location)?.into_iter().filter(|entry| !files.contains(&entry.name)) {
        host.remove(&location.join(entry.name))?;
    }
    host.log(&format!("{} libraries placed", files.len() - 1));
    Ok(Outcome::Done)
}
