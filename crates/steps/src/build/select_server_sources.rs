//! Takes what the enterprise servers need from the check-in folder: the C sources of functions that run on servers, one folder per library,
//! all headers, and the build directives that say which source goes into which library.
//!
//! Serves: F31

use crate::build::object_index;
use crate::paths::{FUNCTIONS, Paths};
use engine::failure::Failure;
use engine::outcome::Outcome;
use engine::release::Releases;
use engine::step::{self, Context, Step};
use std::collections::BTreeMap;

pub static STEP: Step = Step {
    name: "select_server_sources",
    title: "Select server sources",
    releases: Releases::ALL,
    timeout_seconds: 1800,
    skip: step::never,
    run,
};

fn run(context: &mut Context<'_>) -> Result<Outcome, Failure> {
    let (paths, host) = (Paths(context.order), context.host);
    let index = object_index::read_index(host, &paths)?;
    let beside = paths.attempt();
    let (sources, headers, text) = (beside.join("source"), beside.join("include"), beside.join("text"));
    for folder in [&sources, &headers, &text] {
        host.create_folder(folder)?;
    }
    let mut directives: BTreeMap<&str, String> = BTreeMap::new();
    let mut functions = String::new();
    for object in &index {
        if let Some(header) = object.header() {
            host.link(&paths.checkin_headers().join(header), &headers.join(header))?;
        }
        let Some(source) = object.source().filter(|_| object.server) else { continue };
        let directive = directives.entry(&object.library).or_default();
        if directive.is_empty() {
            host.create_folder(&sources.join(&object.library))?;
        }
        directive.push_str(&format!("{source}\t{}\n", object.object));
        host.link(&paths.checkin_sources().join(source), &sources.join(&object.library).join(source))?;
        for (function, data_structure) in &object.functions {
            functions.push_str(&format!("{function}\t{}\t{data_structure}\n", object.library));
        }
    }
    for (library, directive) in &directives {
        host.write(&text.join(format!("{library}.txt")), directive.as_bytes())?;
    }
    host.write(&text.join(FUNCTIONS), functions.as_bytes())?;
    for (from, to) in [(&sources, paths.sources()), (&headers, paths.headers()), (&text, paths.text())] {
        host.remove(&to)?;
        host.rename(from, &to)?;
    }
    host.remove(&beside)?;
    host.log(&format!("{} libraries, {} functions selected", directives.len(), functions.lines().count()));
    Ok(Outcome::Done)
}
