//! Puts a block of definitions into a start script, where it takes effect and nothing else changes, and takes it out again. It works on the statements
//! that a script's reader found and on the lines that a script's writer made, so it knows no syntax; nor does it know which script of a domain is the right one.

mod files;
mod java_option;
mod marks;
mod paths;
mod refusal;
mod root;

pub use files::{BACKUP, check_file, diff, fit_to_write, write};
pub use java_option::{JavaOption, insert_java_option, java_options};
pub use marks::{FoundBlock, find, remove};
pub use paths::insert_into_paths;
pub use refusal::{Remark, ScriptRefusal};

use super::{How, Kind, Reach, Statement};
use crate::definitions::{Definitions, Variable};
use std::ops::Range;

/// Scripts through which the variables come to `commEnv`, and those that `commEnv` itself calls; names without their endings.
pub const CHAIN: [&str; 9] = [
    "startManagedWebLogic",
    "startWebLogic",
    "setDomainEnv",
    "setWLSEnv",
    "commEnv",
    "commBaseEnv",
    "commExtEnv",
    "setPatchEnv",
    "startNodeManager",
];

/// What a syntax has to give the editor.
pub struct Dialect {
    /// What a line of comment begins with.
    pub comment: &'static str,
    pub statements: fn(&[u8]) -> Vec<Statement>,
    /// Lines that define the variables and put them in front of others, without line ends and without the marks around them.
    pub body: fn(&Block, &[Front]) -> Result<Vec<String>, ScriptRefusal>,
    /// Lines that would set a variable in the other syntax and set nothing in this one, with the variable.
    pub misplaced: fn(&[u8]) -> Vec<(usize, String)>,
}

/// A variable of the script's own that takes a patch variable in, in front of what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Front {
    pub name: String,
    /// With the extension folders the other one holds options of java, and gets `-Dweblogic.ext.dirs=`.
    pub variable: Variable,
}

/// What is to stand in a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    pub definitions: Definitions,
    /// The home as the script's machine sees it: `/u01/mw`.
    pub root: String,
    /// Whether programs that the script starts must see the variables. Where the chain is read into the same shell they must not: from there they would
    /// leak into the scripts of other domains.
    pub export: bool,
    /// Names of the servers that it is for; empty means all that the script starts. An empty name is a server that is started without one: the one that
    /// administers the domain.
    pub servers: Vec<String>,
}

impl Block {
    /// What a variable is set to.
    pub fn value(&self, variable: Variable, separator: &str, slash: &str) -> String {
        let places = self.definitions.set.iter().filter(|(set, _)| *set == variable).flat_map(|(_, places)| places);
        let places: Vec<String> = places.map(|place| format!("{}{slash}{}", self.root, place.as_str().replace('/', slash))).collect();
        places.join(separator)
    }

    fn variables(&self) -> Vec<&'static str> {
        let set = self.definitions.set.iter().map(|(variable, _)| variable.name());
        set.chain(self.definitions.unset.iter().map(|variable| variable.name())).collect()
    }

    pub fn check(&self) -> Result<(), ScriptRefusal> {
        match root::fit(&self.root) {
            Err(why) => Err(ScriptRefusal::RootUnfit { root: self.root.clone(), why }),
            Ok(()) if self.servers.iter().any(|server| server.chars().any(|c| c.is_control() || c == '"')) => {
                Err(ScriptRefusal::ServerUnfit)
            }
            Ok(()) => Ok(()),
        }
    }
}

/// Names of the scripts that carry on the chain from the one that is edited, without their endings.
#[derive(Clone, Copy, Debug)]
pub struct Purpose<'a> {
    pub next_scripts: &'a [&'a str],
}

impl Default for Purpose<'_> {
    fn default() -> Self {
        Purpose { next_scripts: &CHAIN }
    }
}

/// A script with its block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited {
    pub text: Vec<u8>,
    /// Lines of the block, from 1, marks included; empty where options were put in instead.
    pub lines: Range<usize>,
    pub remarks: Vec<Remark>,
}

/// Puts a block before the first statement that carries the variables on or reads them. A block of ours that is there already makes way for it.
pub fn insert(text: &[u8], dialect: &Dialect, block: &Block, purpose: &Purpose) -> Result<Edited, ScriptRefusal> {
    block.check()?;
    let bare = marks::without_blocks(text)?;
    let statements = (dialect.statements)(&bare);
    let uses = |statement: &&Statement| is_next(statement, purpose) || statement.reads.iter().any(|name| is_patch_variable(name));
    let Some(first) = statements.iter().filter(uses).find(|statement| is_live(statement)) else {
        return Err(match statements.iter().find(uses) {
            Some(dead) => ScriptRefusal::DeadCodeOnly { line: dead.line },
            None => ScriptRefusal::NoChain,
        });
    };
    let mut remarks = around_the_place(&statements, first.before, block);
    remarks.extend(lint(&bare, dialect));
    let (mut edited, bytes) = put(&bare, first.before, &(dialect.body)(block, &[])?, dialect, block);
    remarks.extend(proven(&edited.text, bytes, dialect, block, purpose)?);
    edited.remarks = remarks;
    Ok(edited)
}

/// Variables that people set by hand to get patches in.
const LINTED: [&str; 8] = [
    "PATCH_CLASSPATH",
    "PATCH_LIBPATH",
    "PATCH_PATH",
    "WEBLOGIC_EXTENSION_DIRS",
    "PRE_CLASSPATH",
    "EXT_PRE_CLASSPATH",
    "POST_CLASSPATH",
    "WEBLOGIC_CLASSPATH",
];

/// Definitions in a script's text that set nothing, as line and name.
pub fn lint(text: &[u8], dialect: &Dialect) -> Vec<Remark> {
    let found = (dialect.misplaced)(text).into_iter().filter(|(_, name)| LINTED.contains(&name.as_str()));
    found.map(|(line, name)| Remark::SetsNothing { line, name }).collect()
}

/// The script with a block at a place, and the block's bytes.
fn put(bare: &[u8], place: usize, body: &[String], dialect: &Dialect, block: &Block) -> (Edited, Range<usize>) {
    let framed = marks::framed(dialect, block, body, line_end(bare, place));
    let bytes = place..place + framed.len();
    let text = [&bare[..place], &framed, &bare[place..]].concat();
    let line = |at: usize| text[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
    let lines = line(bytes.start)..line(bytes.end);
    (Edited { lines, text, remarks: Vec::new() }, bytes)
}

/// The line end of the line that follows: what that line's reader takes, it takes for the block. A last line without one has that of the line before.
fn line_end(text: &[u8], place: usize) -> &'static [u8] {
    let at = text[place..].iter().position(|byte| *byte == b'\n').map(|length| place + length);
    let end = at.or_else(|| text[..place].iter().rposition(|byte| *byte == b'\n'));
    if end.is_some_and(|end| end > 0 && text[end - 1] == b'\r') { b"\r\n" } else { b"\n" }
}

fn is_live(statement: &Statement) -> bool {
    matches!(statement.reach, Reach::Always | Reach::Sometimes)
}

fn is_patch_variable(name: &str) -> bool {
    Variable::ALL.iter().any(|variable| variable.name().eq_ignore_ascii_case(name))
}

fn is_next(statement: &Statement, purpose: &Purpose) -> bool {
    matches!(&statement.kind, Kind::Call { target, .. } if is_one_of(target, purpose.next_scripts))
}

/// Whether a call's target is a script of one of these names.
pub fn is_one_of(target: &str, names: &[&str]) -> bool {
    let base = target.rsplit(['/', '\\']).next().unwrap_or(target);
    let name = base.rsplit_once('.').map_or(base, |(name, _)| name);
    names.iter().any(|one| one.eq_ignore_ascii_case(name))
}

/// Which of these variables a statement gives another value.
fn changed<'s>(statement: &'s Statement, variables: &[&str]) -> Option<&'s str> {
    let is_one = |name: &&str| variables.iter().any(|variable| variable.eq_ignore_ascii_case(name));
    match &statement.kind {
        Kind::Assign { name, .. } => Some(name.as_str()).filter(is_one),
        Kind::Unset { names } => names.iter().map(String::as_str).find(is_one),
        _ => None,
    }
}

/// Definitions that the block makes pointless, and profiles that they name.
fn around_the_place(statements: &[Statement], place: usize, block: &Block) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let variables: Vec<&str> = Variable::ALL.iter().map(|variable| variable.name()).collect();
    for statement in statements.iter().filter(|statement| is_live(statement)) {
        let Some(name) = changed(statement, &variables) else { continue };
        let is_before = statement.bytes.start < place;
        remarks.push(match is_before {
            true => Remark::LosesItsEffect { line: statement.line, name: name.into() },
            false => Remark::HasNoEffect { line: statement.line, name: name.into() },
        });
        let Kind::Assign { value, .. } = &statement.kind else { continue };
        let profiles = marks::named_profiles(value);
        let others = profiles.into_iter().filter(|named| !named.is_of(&block.definitions));
        remarks.extend(others.map(|named| Remark::TwoProfiles { line: statement.line, profile: named.profile }));
    }
    remarks
}

/// Reads the edited script again and shows that the block's values come through to where they are needed.
fn proven(text: &[u8], bytes: Range<usize>, dialect: &Dialect, block: &Block, purpose: &Purpose) -> Result<Vec<Remark>, ScriptRefusal> {
    let statements = (dialect.statements)(text);
    let mut remarks = Vec::new();
    match effect(&statements, bytes, &block.variables(), purpose) {
        Effect::Reaches { sourced } => remarks.extend(sourced.into_iter().map(|(line, target)| Remark::MaySetThem { line, target })),
        Effect::SetAgain { line, name } => return Err(ScriptRefusal::SetAgain { line, name }),
        Effect::TooLate { line } => return Err(ScriptRefusal::TooLate { line }),
        Effect::None => return Err(ScriptRefusal::NotRead),
    }
    let functions = statements.iter().filter(|statement| statement.reach == Reach::Function);
    let set_there = functions.filter_map(|statement| Some((statement.line, changed(statement, &block.variables())?.to_string())));
    remarks.extend(set_there.map(|(line, name)| Remark::FunctionSets { line, name }));
    Ok(remarks)
}

/// What becomes of values that are set at some bytes of a script.
enum Effect {
    /// They get to the last statement that needs them; other scripts that are read in between.
    Reaches {
        sourced: Vec<(usize, String)>,
    },
    SetAgain {
        line: usize,
        name: String,
    },
    /// A statement before them carried the variables on already.
    TooLate {
        line: usize,
    },
    /// They are not set there, or nothing behind needs them.
    None,
}

fn effect(statements: &[Statement], bytes: Range<usize>, variables: &[&str], purpose: &Purpose) -> Effect {
    let live = || statements.iter().filter(|statement| is_live(statement));
    let is_set = live().any(|statement| bytes.contains(&statement.bytes.start) && changed(statement, variables).is_some());
    let behind = || live().filter(|statement| statement.bytes.start >= bytes.end);
    let last_call = behind().rfind(|statement| is_next(statement, purpose));
    let reads = |statement: &&Statement| statement.reads.iter().any(|name| is_patch_variable(name));
    let Some(last) = last_call.or_else(|| behind().rfind(reads)).filter(|_| is_set) else { return Effect::None };
    if let Some(early) = live().find(|statement| statement.bytes.start < bytes.start && is_next(statement, purpose)) {
        return Effect::TooLate { line: early.line };
    }
    let between = || behind().take_while(|statement| statement.bytes.start < last.bytes.end);
    if let Some((line, name)) = between().find_map(|statement| Some((statement.line, changed(statement, variables)?.to_string()))) {
        return Effect::SetAgain { line, name };
    }
    let sourced = between().filter(|statement| !is_next(statement, purpose)).filter_map(|statement| match &statement.kind {
        Kind::Call { target, how: How::InPlace, .. } => Some((statement.line, target.clone())),
        _ => None,
    });
    Effect::Reaches { sourced: sourced.collect() }
}

#[cfg(test)]
mod tests;
