//! Publishes sources, headers and build directives for the other build servers.
//!
//! Serves: F32

use crate::build::folder_goods;
use crate::paths::{self, Paths};
use engine::failure::Failure;
use engine::outcome::{Change, Outcome};
use engine::plan::Facts;
use engine::release::Releases;
use engine::step::{Context, Step};

pub static STEP: Step = Step {
    name: "publish_server_sources",
    title: "Publish server sources",
    releases: Releases::ALL,
    timeout_seconds: 1800,
    skip: one_server,
    run,
};

fn one_server(facts: &Facts) -> Option<&'static str> {
    (!facts.several_build_servers).then_some("the package has one build server")
}

fn run(context: &mut Context<'_>) -> Result<Outcome, Failure> {
    let area = Paths(context.order).build_area();
    let hash = folder_goods::put(context, &area, &["source", "include", "text"])?;
    context.changes.push(Change::GoodsNamed { name: paths::goods::sources(&context.order.package), hash });
    Ok(Outcome::Done)
}
