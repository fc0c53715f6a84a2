//! Makes the package's pair of tables for serialized objects, F989999 and F999999 with the package's name, which web servers fill as users first
//! open an application.
//!
//! Serves: F37

use engine::failure::Failure;
use engine::outcome::Outcome;
use engine::release::Releases;
use engine::step::{self, Context, Step};

pub static STEP: Step = Step {
    name: "create_serialized_object_tables",
    title: "Create serialized object tables",
    releases: Releases::ALL,
    timeout_seconds: 600,
    skip: step::never,
    run,
};

fn run(context: &mut Context<'_>) -> Result<Outcome, Failure> {
    context.tables().create_serialized_object_tables()?;
    Ok(Outcome::Done)
}
