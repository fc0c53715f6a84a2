//! Makes the package's folders on the deployment server, where libraries and logs of all servers are gathered.
//!
//! Serves: F17

use crate::paths::Paths;
use engine::failure::Failure;
use engine::outcome::Outcome;
use engine::release::Releases;
use engine::step::{self, Context, Step};

pub static STEP: Step = Step {
    name: "create_package_directories",
    title: "Create package directories",
    releases: Releases::ALL,
    timeout_seconds: 60,
    skip: step::never,
    run,
};

fn run(context: &mut Context<'_>) -> Result<Outcome, Failure> {
    let paths = Paths(context.order);
    for server in &context.order.servers {
        context.host.create_folder(&paths.server_logs(&server.name))?;
    }
    Ok(Outcome::Done)
}
