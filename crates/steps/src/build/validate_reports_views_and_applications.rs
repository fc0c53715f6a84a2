//! Checks the other kinds whose files the repository holds: a view has its header, an application has every image that its forms name.
//! A report has a header only where one was checked in, so none is asked for.
//!
//! Serves: F22

use crate::build::validate_functions_and_tables::check;
use engine::failure::Failure;
use engine::outcome::Outcome;
use engine::release::Releases;
use engine::step::{self, Context, Step};

pub static STEP: Step = Step {
    name: "validate_reports_views_and_applications",
    title: "Validate reports, views and applications",
    releases: Releases::since(9, 2, 7, 3),
    timeout_seconds: 600,
    skip: step::never,
    run,
};

fn run(context: &mut Context<'_>) -> Result<Outcome, Failure> {
    check(context, |object| match object.kind.as_str() {
        "BSVW" if object.header().is_none() => Some("has no .h file"),
        _ => None,
    })
}
