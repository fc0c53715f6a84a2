//! Writes a made-up application as object folders, for the benchmarks: business functions in C with their data structures and a data
//! dictionary. The same arguments give the same bytes. It knows the text form of objects and nothing of how they are built.

mod chance;
mod headers;
mod objects;
mod sources;

use headers::Mix;
use std::path::PathBuf;
use std::process::ExitCode;

/// What is written.
pub struct Application {
    pub folder: PathBuf,
    pub functions: usize,
    pub libraries: usize,
    pub mix: Mix,
    /// Statements that a function has on average; they decide how long the compiler takes for it.
    pub statements: usize,
}

const USAGE: &str = "usage: generator FOLDER [--functions N] [--libraries N] [--headers light|heavy] [--statements N]";
/// Object names have five digits for a function, and the numbers from here on are shared headers.
const FUNCTIONS_MAX: usize = headers::FIRST - 1;
const LIBRARIES_MAX: usize = 999;

fn main() -> ExitCode {
    let done = read(std::env::args().skip(1)).and_then(|application| {
        objects::write(&application).map_err(|error| format!("cannot write below {}: {error}", application.folder.display()))
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn read(mut words: impl Iterator<Item = String>) -> Result<Application, String> {
    let folder = words.next().filter(|word| !word.starts_with('-')).ok_or(USAGE)?;
    let mut application = Application { folder: folder.into(), functions: 3_000, libraries: 60, mix: Mix::Light, statements: 0 };
    while let Some(option) = words.next() {
        let value = words.next().ok_or_else(|| format!("{option} has no value\n{USAGE}"))?;
        let number = |max: usize| match value.parse() {
            Ok(number) if (1..=max).contains(&number) => Ok(number),
            _ => Err(format!("{option} takes a number from 1 to {max}, not {value}")),
        };
        match option.as_str() {
            "--functions" => application.functions = number(FUNCTIONS_MAX)?,
            "--libraries" => application.libraries = number(LIBRARIES_MAX)?,
            "--statements" => application.statements = number(10_000)?,
            "--headers" => {
                application.mix = Mix::from_word(&value).ok_or_else(|| format!("--headers takes light or heavy, not {value}"))?
            }
            _ => return Err(USAGE.to_string()),
        }
    }
    if application.statements == 0 {
        application.statements = application.mix.usual_statements();
    }
    Ok(application)
}
