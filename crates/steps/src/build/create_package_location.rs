//! Makes the two folders from which a server will run the package once it is deployed: `<path code>/bin64/<package>` and
//! `<path code>/spec/<package>`. No server points at them yet.
//!
//! Serves: F43

use crate::paths::Paths;
use engine::failure::Failure;
use engine::outcome::Outcome;
use engine::release::Releases;
use engine::step::{self, Context, Step};

pub static STEP: Step = Step {
    name: "create_package_location",
    title: "Create the package's location",
    releases: Releases::since(9, 2, 6, 0),
    timeout_seconds: 60,
    skip: step::never,
    run,
};

fn run(context: &mut Context<'_>) -> Result<Outcome, Failure> {
    let paths = Paths(context.order);
    context.host.create_folder(&paths.location())?;
    context.host.create_folder(&paths.spec_location())?;
    Ok(Outcome::Done)
}
