//! Goes through a chain of start scripts as a shell would, statement by statement, without running anything: what is assigned where, which script comes
//! next, and what the installation's own script makes its class and library paths of. Where a value hangs on something that runs, the reason is kept.

use super::conditions::{self, Truth};
use super::environment::{Defined, Environment, Place};
use super::structure::{self, Event, Turn};
use crate::definitions::Variable;
use crate::disk;
use crate::scripts::{self, How, Kind, Reach, SCRIPT_BYTES_MAX, Statement, Syntax};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Scripts within scripts.
const DEPTH_MAX: usize = 16;
/// Statements of the whole chain; a `goto` could go round for ever.
const STEPS_MAX: usize = 50_000;
/// So many bytes of a script cost a statement each time the script is read: scripts that start each other could do that many thousand times.
const BYTES_PER_STEP: usize = 100;

/// What came of the chain.
pub(crate) struct Outcome {
    /// As the server's process would start with it.
    pub environment: Environment,
    /// What each patch variable said when a path was last made of it.
    pub read: BTreeMap<Variable, Read>,
    /// Scripts in the order in which they were gone through.
    pub scripts: Vec<PathBuf>,
    pub remarks: Vec<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Read {
    pub defined: Option<Defined>,
    pub place: Place,
}

/// Scripts as they are going to be, in place of those on disk.
pub(crate) type Planned = BTreeMap<PathBuf, Vec<u8>>;

pub(super) fn evaluate(script: &Path, syntax: Syntax, arguments: Vec<String>, planned: &Planned) -> Result<Outcome, disk::DiskError> {
    let mut outcome = Outcome {
        environment: Environment::new(syntax, script.to_owned(), arguments),
        read: BTreeMap::new(),
        scripts: Vec::new(),
        remarks: Vec::new(),
    };
    let text = read(script, planned)?;
    let mut limits = Limits { depth_left: DEPTH_MAX, steps_left: STEPS_MAX, planned };
    let mut environment = outcome.environment.clone();
    run(script, &text, &mut environment, &mut outcome, &mut limits);
    outcome.environment = environment;
    Ok(outcome)
}

/// How far the chain is followed, and what it is taken from.
struct Limits<'a> {
    depth_left: usize,
    steps_left: usize,
    planned: &'a Planned,
}

fn read(path: &Path, planned: &Planned) -> Result<Vec<u8>, disk::DiskError> {
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    planned.get(&whole).map_or_else(|| disk::read(path, SCRIPT_BYTES_MAX), |text| Ok(text.clone()))
}

pub(super) fn statements(text: &[u8], syntax: Syntax) -> Vec<Statement> {
    match syntax {
        Syntax::Sh => scripts::sh::statements(text),
        Syntax::Cmd => scripts::cmd::statements(text),
    }
}

enum Step {
    Turn(Event),
    Statement(Statement),
}

impl Step {
    fn at(&self) -> usize {
        match self {
            Step::Turn(event) => event.at,
            Step::Statement(statement) => statement.bytes.start,
        }
    }
}

/// What is known of the arm of a compound statement that is being gone through.
struct Frame {
    is_run: Truth,
    /// Whether an arm before was taken.
    was_taken: Truth,
    /// The word of a `case`.
    word: Result<String, String>,
}

impl Frame {
    fn unclear(why: String) -> Frame {
        Frame { is_run: Err(why.clone()), was_taken: Err(why), word: Err(String::new()) }
    }
}

/// Whether the chain goes on behind a script.
#[derive(PartialEq)]
enum Goes {
    On,
    /// The script was left for another one, or ended all.
    Ended,
}

fn run(script: &Path, text: &[u8], environment: &mut Environment, outcome: &mut Outcome, limits: &mut Limits) -> Goes {
    outcome.scripts.push(script.to_owned());
    limits.steps_left = limits.steps_left.saturating_sub(text.len() / BYTES_PER_STEP);
    let syntax = environment.syntax;
    let turns = structure::turns(text, syntax).into_iter().map(Step::Turn);
    let mut steps: Vec<Step> = turns.chain(statements(text, syntax).into_iter().map(Step::Statement)).collect();
    // Where both begin at one place the turn is the line's.
    steps.sort_by_key(|step| (step.at(), matches!(step, Step::Statement(_))));
    let has_turns = steps.iter().any(|step| matches!(step, Step::Turn(_)));
    let mut frames: Vec<Frame> = Vec::new();
    let mut next = 0;
    while let Some(step) = steps.get(next) {
        next += 1;
        limits.steps_left = limits.steps_left.saturating_sub(1);
        if limits.steps_left == 0 {
            outcome.remarks.push(format!("{} goes round without end", script.display()));
            return Goes::Ended;
        }
        let statement = match step {
            Step::Turn(event) => {
                turn(&event.turn, &mut frames, environment);
                continue;
            }
            Step::Statement(statement) => statement,
        };
        let is_run = reached(statement, text, &frames, has_turns, syntax);
        if is_run == Ok(false) {
            continue;
        }
        let source = match syntax {
            Syntax::Sh => String::from_utf8_lossy(&text[statement.bytes.clone()]).into_owned(),
            // What is set in a loop over one file is said by the whole line.
            Syntax::Cmd if matches!(statement.kind, Kind::Assign { .. }) => String::from_utf8_lossy(line_of(text, statement)).into_owned(),
            Syntax::Cmd => String::from_utf8_lossy(&text[statement.bytes.clone()]).into_owned(),
        };
        let place = Place { script: script.to_owned(), line: statement.line };
        note_reads(statement, environment, outcome, &place);
        match (&statement.kind, &is_run) {
            (Kind::Call { target, how, arguments }, _) => {
                let goes = call(Call { target, how: *how, arguments, place, is_run }, environment, outcome, limits);
                if goes == Goes::Ended {
                    return Goes::Ended;
                }
            }
            (Kind::Other, Ok(true)) => match control(&source, syntax) {
                Control::Shift => drop((!environment.arguments.is_empty()).then(|| environment.arguments.remove(0))),
                Control::End => return Goes::On,
                Control::EndAll => return Goes::Ended,
                Control::Jump(label) => match label_at(text, &label) {
                    Some(at) => {
                        // A jump leaves every bracket.
                        frames.clear();
                        next = steps.iter().position(|step| step.at() >= at).unwrap_or(steps.len());
                    }
                    None => {
                        outcome.remarks.push(format!("{} line {} jumps to {label}, which is not there", script.display(), statement.line))
                    }
                },
                Control::None => {}
            },
            (kind, _) => assign(kind, &source, &is_run, environment, &place),
        }
    }
    Goes::On
}

fn turn(turn: &Turn, frames: &mut Vec<Frame>, environment: &Environment) {
    let chosen = |taken: &Truth, holds: Truth| -> Truth {
        match taken {
            Ok(true) => Ok(false),
            Ok(false) => holds,
            Err(why) => {
                if holds == Ok(false) {
                    Ok(false)
                } else {
                    Err(why.clone())
                }
            }
        }
    };
    let or = |taken: &Truth, now: &Truth| -> Truth {
        match (taken, now) {
            (Ok(true), _) | (_, Ok(true)) => Ok(true),
            (Err(why), _) | (_, Err(why)) => Err(why.clone()),
            _ => Ok(false),
        }
    };
    match turn {
        Turn::If(condition) => {
            let holds = conditions::holds(condition, environment);
            frames.push(Frame { was_taken: holds.clone(), is_run: holds, word: Err(String::new()) });
        }
        Turn::Case(word) => {
            let word = if word.contains("uname") { system_name(word) } else { environment.expanded(word) };
            frames.push(Frame { is_run: Ok(false), was_taken: Ok(false), word });
        }
        Turn::Unclear(text) => frames.push(Frame::unclear(format!("it hangs on `{text}`"))),
        Turn::ElseIf(_) | Turn::Else | Turn::Arm(_) => {
            let Some(frame) = frames.last_mut() else { return };
            let holds = match turn {
                Turn::ElseIf(condition) => conditions::holds(condition, environment),
                Turn::Arm(patterns) => frame.word.clone().and_then(|word| conditions::matches(&word, patterns, environment)),
                _ => Ok(true),
            };
            frame.is_run = chosen(&frame.was_taken, holds);
            frame.was_taken = or(&frame.was_taken, &frame.is_run);
        }
        Turn::ArmEnd => {
            if let Some(frame) = frames.last_mut() {
                frame.is_run = Ok(false);
            }
        }
        Turn::End => drop(frames.pop()),
    }
}

/// Scripts ask for the system's name in nearly every release; it is this machine's.
fn system_name(word: &str) -> Result<String, String> {
    match word.trim_matches('"') {
        "`uname -s`" | "`uname`" | "$(uname -s)" | "$(uname)" => Ok(rustix::system::uname().sysname().to_string_lossy().into_owned()),
        _ => Err(format!("it hangs on what {word} answers")),
    }
}

fn reached(statement: &Statement, text: &[u8], frames: &[Frame], has_turns: bool, syntax: Syntax) -> Truth {
    // Of a script of Windows it is the jumps that tell, and they are followed.
    if statement.reach == Reach::Function || (statement.reach == Reach::Never && syntax == Syntax::Sh) {
        return Ok(false);
    }
    if frames.iter().any(|frame| frame.is_run == Ok(false)) {
        return Ok(false);
    }
    if let Some(Err(why)) = frames.iter().map(|frame| &frame.is_run).find(|is_run| is_run.is_err()) {
        return Err(why.clone());
    }
    let line = line_of(text, statement);
    let is_list = [&b"&&"[..], b"||", b" | "].iter().any(|sign| line.windows(sign.len()).any(|part| part == *sign));
    let is_once = syntax == Syntax::Cmd && structure::over_one_file(&String::from_utf8_lossy(line)).is_some();
    let is_unclear = statement.reach == Reach::Sometimes && (is_list || (frames.is_empty() && !has_turns && !is_once));
    if is_unclear { Err(format!("line {} is not always run", statement.line)) } else { Ok(true) }
}

/// The lines that a statement stands in.
fn line_of<'a>(text: &'a [u8], statement: &Statement) -> &'a [u8] {
    let begin = text[..statement.bytes.start].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let end = text[statement.bytes.end..].iter().position(|byte| *byte == b'\n').map_or(text.len(), |at| statement.bytes.end + at);
    &text[begin..end]
}

/// A path is made of a patch variable: what it says at this moment is what counts.
fn note_reads(statement: &Statement, environment: &Environment, outcome: &mut Outcome, place: &Place) {
    let Kind::Assign { name, .. } = &statement.kind else { return };
    for variable in Variable::ALL {
        let is_read = statement.reads.iter().any(|read| read.eq_ignore_ascii_case(variable.name()));
        if is_read && !name.eq_ignore_ascii_case(variable.name()) {
            outcome.read.insert(variable, Read { defined: environment.get(variable.name()).cloned(), place: place.clone() });
        }
    }
}

fn assign(kind: &Kind, source: &str, is_run: &Truth, environment: &mut Environment, place: &Place) {
    match (kind, is_run) {
        (Kind::Assign { name, value, exported }, Ok(_)) => {
            let value = assigned(name, value, source, environment);
            environment.set(name, value, place.clone(), *exported);
        }
        // Whether it runs or not: where it says the same, that is what counts.
        (Kind::Assign { name, value, .. }, Err(why)) if assigned(name, value, source, environment) != environment.value(name) => {
            environment.set(name, Err(why.clone()), place.clone(), false);
        }
        (Kind::Export { names }, _) => names.iter().for_each(|name| environment.export(name)),
        (Kind::Unset { names }, Ok(_)) => names.iter().for_each(|name| environment.unset(name)),
        (Kind::Unset { names }, Err(why)) => {
            for name in names.iter().filter(|name| environment.get(name).is_some()).cloned().collect::<Vec<_>>() {
                environment.set(&name, Err(why.clone()), place.clone(), false);
            }
        }
        _ => {}
    }
}

/// What an assignment comes to. The source tells single quotes, in which sh puts nothing in, from others.
fn assigned(name: &str, value: &str, source: &str, environment: &Environment) -> Result<String, String> {
    if environment.syntax == Syntax::Cmd {
        // The short name of a file is a name of the same file.
        let file = structure::over_one_file(source);
        return environment.expanded(&file.map_or(value.to_string(), |file| value.replace("%%~fsi", file).replace("%%~fi", file)));
    }
    match source.find(&format!("{name}=")) {
        Some(at) => Ok(environment.words(&source[at + name.len() + 1..])?.into_iter().next().unwrap_or_default()),
        None => environment.expanded(value),
    }
}

struct Call<'a> {
    target: &'a str,
    how: How,
    arguments: &'a str,
    place: Place,
    is_run: Truth,
}

fn call(call: Call, environment: &mut Environment, outcome: &mut Outcome, limits: &mut Limits) -> Goes {
    let told = |why: &str| format!("{} line {} calls {}: {why}", call.place.script.display(), call.place.line, call.target);
    let arguments = environment.expanded(call.arguments).unwrap_or_default();
    let arguments: Vec<String> = arguments.split_ascii_whitespace().map(str::to_string).collect();
    let target = match environment.expanded(call.target) {
        Ok(target) => PathBuf::from(target.trim_matches('"')),
        Err(why) => {
            outcome.remarks.push(told(&why));
            return Goes::On;
        }
    };
    // Programs that are no scripts change no variable.
    if Syntax::of(&target) != Some(environment.syntax) {
        return Goes::On;
    }
    if let Err(why) = &call.is_run {
        outcome.remarks.push(told(why));
    }
    let text = match read(&target, limits.planned) {
        Ok(text) if limits.depth_left > 0 => text,
        Ok(_) => {
            outcome.remarks.push(told("too many scripts within scripts"));
            return Goes::On;
        }
        Err(error) => {
            outcome.remarks.push(told(&error.cause.to_string()));
            return Goes::On;
        }
    };
    if call.how == How::InPlace {
        let before = (environment.script.clone(), environment.arguments.clone());
        // Words of a script that is read in place are the caller's, unless it gets its own.
        if !arguments.is_empty() {
            environment.arguments = arguments;
        }
        limits.depth_left -= 1;
        let goes = run(&target, &text, environment, outcome, limits);
        limits.depth_left += 1;
        (environment.script, environment.arguments) = before;
        return goes;
    }
    let mut child = environment.for_child();
    (child.script, child.arguments) = (target.clone(), arguments);
    limits.depth_left -= 1;
    let _ = run(&target, &text, &mut child, outcome, limits);
    limits.depth_left += 1;
    if is_start_script(&target) {
        // The server is started in there: what comes behind it here is for nobody.
        *environment = child;
        return Goes::Ended;
    }
    if call.how == How::Instead { Goes::Ended } else { Goes::On }
}

fn is_start_script(path: &Path) -> bool {
    path.file_stem().and_then(|name| name.to_str()).is_some_and(|name| name.to_ascii_lowercase().starts_with("startweblogic"))
}

enum Control {
    None,
    Shift,
    /// Of this script.
    End,
    EndAll,
    Jump(String),
}

fn control(source: &str, syntax: Syntax) -> Control {
    let source = source.trim().trim_start_matches('@');
    let word = source.split_ascii_whitespace().next().unwrap_or_default();
    match (word.to_ascii_lowercase().as_str(), syntax) {
        ("shift", _) => Control::Shift,
        ("return", Syntax::Sh) => Control::End,
        ("exit", Syntax::Sh) => Control::EndAll,
        ("exit", Syntax::Cmd) if source.to_ascii_lowercase().contains("/b") => Control::End,
        ("exit", Syntax::Cmd) => Control::EndAll,
        ("goto", Syntax::Cmd) => {
            let label = source[word.len()..].trim().trim_start_matches(':').split_ascii_whitespace().next().unwrap_or_default();
            if label.eq_ignore_ascii_case("eof") { Control::End } else { Control::Jump(label.to_string()) }
        }
        _ => Control::None,
    }
}

/// Where the line behind a label begins.
fn label_at(text: &[u8], label: &str) -> Option<usize> {
    let mut at = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        at += line.len();
        let words = String::from_utf8_lossy(line);
        let name = words.trim().strip_prefix(':').and_then(|rest| rest.split_ascii_whitespace().next().map(str::to_string));
        if name.is_some_and(|name| name.eq_ignore_ascii_case(label)) {
            return Some(at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn value(files: &[(&str, &str)], arguments: &[&str], name: &str) -> Result<String, String> {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().display().to_string();
        for (file, text) in files {
            fs::write(folder.path().join(file), text.replace("@ROOT@", &root)).unwrap();
        }
        let script = folder.path().join(files[0].0);
        let syntax = Syntax::of(&script).unwrap();
        let arguments = arguments.iter().map(|word| word.to_string()).collect();
        let outcome = evaluate(&script, syntax, arguments, &Planned::new()).unwrap();
        outcome.environment.value(name).map(|value| value.replace(&root, ""))
    }

    #[test]
    fn scripts_of_windows_are_gone_through_with_their_jumps() {
        let start = "@echo off\r\nGOTO :BEHIND\r\nset A=dead\r\n:BEHIND\r\nset A=1\r\nif \"%1\"==\"\" (\r\n set B=none\r\n) else (\r\n set B=%~1\r\n)\r\n\
            call \"@ROOT@/next.cmd\"\r\nset C=%A%%B%%N%\r\nif \"%B%\"==\"x\" goto :eof\r\nset C=on\r\n";
        let next = "@set \"N=-\"\r\n@for %%i in (\"C:\\a b\") do @set \"F=%%~fsi\\c\"\r\nexit /b 0\r\nset N=late\r\n";
        let files = [("start.cmd", start), ("next.cmd", next)];
        assert_eq!(value(&files, &["x"], "C"), Ok("1x-".into()));
        assert_eq!(value(&files, &[], "C"), Ok("on".into()));
        assert_eq!(value(&files, &[], "f"), Ok("C:\\a b\\c".into()));
    }

    #[test]
    fn a_block_for_some_servers_is_for_those() {
        let block = "@set \"PACKWRIGHT_SERVER=%SERVER_NAME%\"\r\n@if not defined SERVER_NAME set \"PACKWRIGHT_SERVER=%~1\"\r\n\
            @set \"PACKWRIGHT_POINTS=\"\r\n@if \"%PACKWRIGHT_SERVER%\"==\"east1\" set \"PACKWRIGHT_POINTS=yes\"\r\n\
            @if defined PACKWRIGHT_POINTS set \"PATCH_CLASSPATH=p.jar\"\r\n";
        assert_eq!(value(&[("a.cmd", block)], &["east1"], "PATCH_CLASSPATH"), Ok("p.jar".into()));
        assert_eq!(value(&[("a.cmd", block)], &["east2"], "PATCH_CLASSPATH"), Ok(String::new()));
    }

    #[test]
    fn what_never_ends_is_left() {
        assert_eq!(value(&[("a.cmd", ":again\r\nset A=1\r\ngoto again\r\n")], &[], "A"), Ok("1".into()));
        assert_eq!(value(&[("a.sh", "A=1\n. @ROOT@/a.sh\n")], &[], "A"), Ok("1".into()));
        assert!(value(&[("a.sh", &"A=x$A$A\n".repeat(40))], &[], "A").is_err());
    }

    #[test]
    fn only_what_is_exported_comes_to_a_child() {
        let start = "A=1\nB=2\nexport B\n@ROOT@/startWebLogic.sh x\nA=3\n";
        let files = [("start.sh", start), ("startWebLogic.sh", "C=\"$A-$B-$1\"\n")];
        assert_eq!(value(&files, &[], "C"), Ok("-2-x".into()));
    }
}
