//! Tells everyone who watches that the server's package changed. Kernels read the pointer at each start, so nothing waits for this; programs that
//! keep something of a package do.
//!
//! Serves: D8

use engine::failure::Failure;
use engine::outcome::{Change, Outcome};
use engine::release::Releases;
use engine::step::{self, Context, Step};

pub static STEP: Step = Step {
    name: "broadcast_package_change",
    title: "Broadcast the package change",
    releases: Releases::ALL,
    timeout_seconds: 60,
    skip: step::never,
    run,
};

fn run(context: &mut Context<'_>) -> Result<Outcome, Failure> {
    context.changes.push(Change::PackageChangeBroadcast);
    Ok(Outcome::Done)
}
