//! Records the package as the deployed one of this server: F96511 with server, port, path code and type 30. Stands before `mark_available`, since
//! whoever sees the server available must find the new package here.
//!
//! Serves: D10

use engine::failure::Failure;
use engine::outcome::{Change, Outcome};
use engine::release::Releases;
use engine::step::{self, Context, Step};

pub static STEP: Step = Step {
    name: "record_deployed_package",
    title: "Record the deployed package",
    releases: Releases::ALL,
    timeout_seconds: 60,
    skip: step::never,
    run,
};

fn run(context: &mut Context<'_>) -> Result<Outcome, Failure> {
    context.changes.push(Change::PackageDeployed);
    Ok(Outcome::Done)
}
