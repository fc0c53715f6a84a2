//! Checks that each business function and table of the package has a par in the repository and that the files of its kind came out of it:
//! a source or a header for a function, a header for a table.
//!
//! Serves: F21

use crate::build::object_index::{self, CheckedOut};
use crate::paths::Paths;
use engine::failure::{self, Evidence, Failure};
use engine::outcome::Outcome;
use engine::release::Releases;
use engine::step::{self, Context, Step};

pub static STEP: Step = Step {
    name: "validate_functions_and_tables",
    title: "Validate functions and tables",
    releases: Releases::since(9, 2, 7, 3),
    timeout_seconds: 600,
    skip: step::never,
    run,
};

fn run(context: &mut Context<'_>) -> Result<Outcome, Failure> {
    check(context, |object| match object.kind.as_str() {
        "BSFN" if object.source().is_none() && object.header().is_none() => Some("has neither a .c nor a .h file"),
        "BSFN" if object.source().is_none() && !object.functions.is_empty() => Some("declares functions but has no .c file"),
        "TBLE" if object.header().is_none() => Some("has no .h file"),
        _ => None,
    })
}

/// Fails with every listed object that did not come out of the repository or of which `lacks` says what is missing, if its files are not
/// where the index says.
pub(super) fn check(context: &mut Context<'_>, lacks: fn(&CheckedOut) -> Option<&'static str>) -> Result<Outcome, Failure> {
    let paths = Paths(context.order);
    let mut wrong: Vec<Evidence> = Vec::new();
    let mut checked = 0;
    for object in object_index::read_index(context.host, &paths)? {
        if let Some(what) = lacks(&object) {
            wrong.push(object_index::evidence(&object.object, what));
        }
        for file in object.files.iter().filter(|file| !context.host.exists(&paths.checkin().join(file))) {
            wrong.push(Evidence { file: file.clone(), ..object_index::evidence(&object.object, "is not among the checked-out files") });
        }
        checked += 1;
    }
    if wrong.is_empty() {
        context.host.log(&format!("{checked} objects validated"));
        return Ok(Outcome::Done);
    }
    let message = format!("{} of {checked} objects of package {} are incomplete", wrong.len(), context.order.package);
    Err(Failure::new(&failure::OBJECT_INCOMPLETE, message)
        .hint("check them in with all their files, then `packwright package rebuild`")
        .evidence(wrong))
}
