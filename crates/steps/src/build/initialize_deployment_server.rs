//! Makes the deployment server ready for the package: its folder for the path code's packages and the package's work directory.
//!
//! Serves: F9 F10 F16

use crate::paths::Paths;
use engine::failure::Failure;
use engine::outcome::Outcome;
use engine::release::Releases;
use engine::step::{self, Context, Step};

pub static STEP: Step = Step {
    name: "initialize_deployment_server",
    title: "Initialize the deployment server",
    releases: Releases::ALL,
    timeout_seconds: 60,
    skip: step::never,
    run,
};

fn run(context: &mut Context<'_>) -> Result<Outcome, Failure> {
    context.host.create_folder(&Paths(context.order).deployment_work())?;
    Ok(Outcome::Done)
}
