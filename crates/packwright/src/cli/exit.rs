//! Exit codes, and how a command ends that did not go through.

use super::{Session, screen};
use crate::api::problem::Problem;
use crate::api::problem::Refused;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

pub const HELP: &str = "\
Exit codes:
  0  it went through
  1  the work failed: objects that do not compile, a job that failed,
     something that patch verify found or patch repair left
  2  the command line makes no sense
  3  refused: bad input, an unknown name, a state that does not allow it
  4  busy: another job, command or process is at it
  5  the machine failed: disk, database, a server that is not up
  6  a business function crashed or ran too long
  130 interrupted; what ran is resumed by the next command";

/// The user ended it.
#[derive(Debug, thiserror::Error)]
#[error("interrupted; the next command goes on where this one stopped")]
pub struct Interrupted;

/// The doctor found what keeps work from going on; its lines have said what.
#[derive(Debug, thiserror::Error)]
#[error("{bad} things are bad")]
pub struct Unwell {
    pub bad: usize,
}

/// Something in a middleware home is not as it should be; its page has said what.
#[derive(Debug, thiserror::Error)]
#[error("{bad} things are not as they should be")]
pub struct NotInOrder {
    pub bad: usize,
}

/// A refusal that the command's own page, or its JSON, has told.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.detail)]
pub struct ToldAlready(pub Problem);

/// The words of a command make no sense.
#[derive(Debug, thiserror::Error)]
#[error("{0}; packwright bsu -help lists its options")]
pub struct NoSense(pub String);

/// A job did not succeed; its screen has said why.
#[derive(Debug, thiserror::Error)]
#[error("job {job} {state}")]
pub struct JobFailed {
    pub job: i64,
    pub state: String,
}

fn code_of(problem: &Problem) -> u8 {
    match problem.code.as_str() {
        "package-busy" | "command-busy" => 4,
        "function-crashed" | "function-timed-out" => 6,
        code if engine::failure::code(code).is_some_and(|code| code.class == engine::failure::Class::Host) => 5,
        "no-compiler" | "library-not-loaded" => 5,
        "name-claimed" | "home-busy" => 4,
        "home-damaged" | "home-interrupted" => 5,
        "does-not-compile" | "header-not-found" | "does-not-link" | "name-unresolved" | "exported-twice" | "compile-timed-out"
        | "step-panicked" => 1,
        _ => 3,
    }
}

/// Whether the error of this command was told already.
static TOLD: AtomicBool = AtomicBool::new(false);

/// Tells how a command ended that did not go through; once.
pub fn tell(session: &Session, error: &anyhow::Error) {
    let is_told = error.is::<JobFailed>() || error.is::<Unwell>() || error.is::<NotInOrder>() || error.is::<ToldAlready>();
    if TOLD.swap(true, Ordering::Relaxed) || is_told {
        return;
    }
    match error.downcast_ref::<Refused>() {
        Some(Refused(problem)) if session.json => screen::put(&(serde_json::to_string_pretty(problem).unwrap_or_default() + "\n")),
        Some(Refused(problem)) => screen::problem(problem),
        None if error.is::<Interrupted>() => screen::note(&error.to_string()),
        None => screen::note(&format!("error: {error:#}")),
    }
}

pub fn end(session: &Session, result: anyhow::Result<()>) -> ExitCode {
    let Err(error) = result else { return ExitCode::SUCCESS };
    tell(session, &error);
    if let Some(Refused(problem)) = error.downcast_ref::<Refused>() {
        return ExitCode::from(code_of(problem));
    }
    if let Some(ToldAlready(problem)) = error.downcast_ref::<ToldAlready>() {
        return ExitCode::from(code_of(problem));
    }
    if error.is::<Interrupted>() {
        return ExitCode::from(130);
    }
    if error.is::<NoSense>() {
        return ExitCode::from(2);
    }
    ExitCode::from(if error.is::<JobFailed>() || error.is::<NotInOrder>() { 1 } else { 5 })
}
