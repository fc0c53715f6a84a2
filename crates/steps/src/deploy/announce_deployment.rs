//! Tells whoever polls the machine table that a deployment to this server begins: F9651.MDMCHRCDNM becomes 50.
//!
//! Serves: D1

use engine::failure::Failure;
use engine::outcome::{Change, Outcome};
use engine::release::Releases;
use engine::step::{self, Context, Step};

pub static STEP: Step = Step {
    name: "announce_deployment",
    title: "Announce the deployment",
    releases: Releases::ALL,
    timeout_seconds: 60,
    skip: step::never,
    run,
};

fn run(context: &mut Context<'_>) -> Result<Outcome, Failure> {
    context.changes.push(Change::DeploymentState("50".into()));
    Ok(Outcome::Done)
}
