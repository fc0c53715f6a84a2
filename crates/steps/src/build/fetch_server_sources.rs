//! Fetches sources, headers and build directives that the primary published. Each arrives under a folder of this attempt and is moved into
//! place whole.
//!
//! Serves: F32

use crate::build::folder_goods;
use crate::paths::{self, Paths};
use engine::failure::Failure;
use engine::outcome::Outcome;
use engine::release::Releases;
use engine::step::{self, Context, Step};

pub static STEP: Step = Step {
    name: "fetch_server_sources",
    title: "Fetch server sources",
    releases: Releases::ALL,
    timeout_seconds: 1800,
    skip: step::never,
    run,
};

fn run(context: &mut Context<'_>) -> Result<Outcome, Failure> {
    let (host, paths) = (context.host, Paths(context.order));
    let beside = paths.attempt();
    let files = folder_goods::fetch(context, &paths::goods::sources(&context.order.package), &beside)?;
    for (name, to) in [("source", paths.sources()), ("include", paths.headers()), ("text", paths.text())] {
        host.create_folder(&beside.join(name))?;
        host.remove(&to)?;
        host.rename(&beside.join(name), &to)?;
    }
    host.remove(&beside)?;
    host.log(&format!("{files} files fetched"));
    Ok(Outcome::Done)
}
