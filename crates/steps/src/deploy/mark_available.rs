//! Ends the deployment for whoever polls the machine table: F9651.MDMCHRCDNM becomes 30.
//!
//! Serves: D6.6 D9

use engine::failure::Failure;
use engine::outcome::{Change, Outcome};
use engine::release::Releases;
use engine::step::{self, Context, Step};

pub static STEP: Step = Step {
    name: "mark_available",
    title: "Mark the server available",
    releases: Releases::ALL,
    timeout_seconds: 60,
    skip: step::never,
    run,
};

fn run(context: &mut Context<'_>) -> Result<Outcome, Failure> {
    context.changes.push(Change::DeploymentState("30".into()));
    Ok(Outcome::Done)
}
