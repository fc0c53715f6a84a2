//! Writes the package's own `spec.ini`, which names the data source of its specs.
//!
//! Serves: F45

use crate::paths::Paths;
use engine::failure::Failure;
use engine::outcome::Outcome;
use engine::release::Releases;
use engine::step::{self, Context, Step};

pub static STEP: Step = Step {
    name: "write_spec_ini",
    title: "Write spec.ini",
    releases: Releases::since(9, 2, 6, 0),
    timeout_seconds: 60,
    skip: step::never,
    run,
};

fn run(context: &mut Context<'_>) -> Result<Outcome, Failure> {
    let order = context.order;
    let text = format!("[SPEC LOCATIONS]\n{}_DataSource={}\n", order.path_code, order.facts.data_source);
    context.host.write(&Paths(order).spec_location().join("spec.ini"), text.as_bytes())?;
    Ok(Outcome::Done)
}
