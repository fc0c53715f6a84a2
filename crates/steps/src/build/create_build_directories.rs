//! Makes the folders of the package's build area on an enterprise server, so that every later step finds the places that the vendor's
//! documents name, and begins the server's build log.
//!
//! Serves: F6 F28

use crate::paths::Paths;
use engine::failure::Failure;
use engine::outcome::Outcome;
use engine::release::Releases;
use engine::step::{self, Context, Step};

pub static STEP: Step = Step {
    name: "create_build_directories",
    title: "Create build directories",
    releases: Releases::ALL,
    timeout_seconds: 60,
    skip: step::never,
    run,
};

fn run(context: &mut Context<'_>) -> Result<Outcome, Failure> {
    let paths = Paths(context.order);
    // Folders of attempts that an earlier build left.
    context.host.remove(&paths.work())?;
    let folders = [paths.sources(), paths.headers(), paths.objects(), paths.libraries(), paths.text(), paths.compile_logs(), paths.work()];
    for folder in folders {
        context.host.create_folder(&folder)?;
    }
    let order = context.order;
    context.host.log(&format!(
        "package {} of {}: full build for {}-bit {}",
        order.package, order.path_code, order.facts.bits, order.server.platform
    ));
    Ok(Outcome::Done)
}
