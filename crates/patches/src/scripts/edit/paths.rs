//! Custom scripts that never come to commEnv: the block defines the variables and puts them in front of the class path and the library path that the
//! script's java gets.

use super::{Block, Dialect, Edited, Front, Remark, ScriptRefusal, changed, is_live, lint, marks, put};
use crate::definitions::Variable;
use crate::scripts::{Kind, Statement};
use std::ops::Range;

const LIBRARY_PATHS: [&str; 4] = ["LD_LIBRARY_PATH", "LIBPATH", "SHLIB_PATH", "DYLD_LIBRARY_PATH"];
const JAVA_OPTIONS: [&str; 3] = ["JAVA_OPTIONS", "JAVA_OPTS", "JAVA_ARGS"];

/// Puts the block before the first java, or, where the script starts none, behind the last statement that sets the class path.
pub fn insert_into_paths(text: &[u8], dialect: &Dialect, block: &Block) -> Result<Edited, ScriptRefusal> {
    block.check()?;
    let bare = marks::without_blocks(text)?;
    let statements = (dialect.statements)(&bare);
    let live: Vec<&Statement> = statements.iter().filter(|statement| is_live(statement)).collect();
    let javas: Vec<&Statement> = live.iter().copied().filter(|statement| matches!(start(statement), Some(Start::Class(_)))).collect();
    let (place, classpaths) = match javas.first() {
        Some(first) => (first.before, each_once(javas.iter().map(|java| classpath_of(java)))?),
        None => behind_the_last(&statements, &bare).map(|(place, name)| (place, vec![name]))?,
    };
    let fronts = fronts(&classpaths, &javas, &live, block)?;
    let before = live.iter().filter(|statement| statement.bytes.start < place);
    let own = before.filter_map(|statement| {
        Some(Remark::LosesItsEffect { line: statement.line, name: changed(statement, &block.variables())?.into() })
    });
    let jars = live.iter().filter(|statement| matches!(start(statement), Some(Start::Jar)));
    let jars = jars.map(|java| Remark::TakesNoClasspath { line: java.line });
    let remarks = own.chain(jars).chain(lint(&bare, dialect)).collect();
    let (mut edited, bytes) = put(&bare, place, &(dialect.body)(block, &fronts)?, dialect, block);
    edited.remarks = remarks;
    proven(&edited.text, bytes, dialect, &fronts)?;
    Ok(edited)
}

/// Reads the result again: the block is seen, and nothing replaces what it made before the last java has it.
fn proven(text: &[u8], bytes: Range<usize>, dialect: &Dialect, fronts: &[Front]) -> Result<(), ScriptRefusal> {
    let after = (dialect.statements)(text);
    let live: Vec<&Statement> = after.iter().filter(|statement| is_live(statement)).collect();
    let names: Vec<&str> = fronts.iter().map(|front| front.name.as_str()).collect();
    if !live.iter().any(|statement| bytes.contains(&statement.bytes.start) && changed(statement, &names).is_some()) {
        return Err(ScriptRefusal::NotRead);
    }
    let until = live.iter().rfind(|statement| matches!(statement.kind, Kind::Java { .. })).map_or(text.len(), |java| java.bytes.end);
    let variable_of = |name: &str| fronts.iter().find(|front| front.name.eq_ignore_ascii_case(name)).map(|front| front.variable);
    let behind = live.iter().filter(|statement| statement.bytes.start >= bytes.end && statement.bytes.start < until);
    for statement in behind {
        // What adds to a path, or takes over another one that has the patches, keeps what is in it.
        let keeps = |name: &str| statement.reads.iter().any(|read| variable_of(read) == variable_of(name));
        if let Some(name) = changed(statement, &names).filter(|name| !keeps(name)) {
            return Err(ScriptRefusal::SetAgain { line: statement.line, name: name.into() });
        }
    }
    Ok(())
}

/// What a java is told to start.
enum Start<'s> {
    /// A class, with the options around it.
    Class(&'s str),
    /// A jar, whose manifest alone says the class path.
    Jar,
    /// Nothing: it tells its version.
    Nothing,
}

fn start(statement: &Statement) -> Option<Start<'_>> {
    let Kind::Java { command, .. } = &statement.kind else { return None };
    let has = |word: &str| command.split_ascii_whitespace().any(|part| part == word);
    let tells_version = (has("-version") || has("-fullversion")) && class_path_argument(command).is_none();
    Some(match has("-jar") {
        true => Start::Jar,
        false if tells_version => Start::Nothing,
        false => Start::Class(command),
    })
}

fn each_once(names: impl Iterator<Item = Result<String, ScriptRefusal>>) -> Result<Vec<String>, ScriptRefusal> {
    let mut found: Vec<String> = Vec::new();
    for name in names {
        let name = name?;
        if !found.contains(&name) {
            found.push(name);
        }
    }
    Ok(found)
}

/// The variable that a java's class path begins with: in its option, or else the one that java looks at by itself.
fn classpath_of(java: &Statement) -> Result<String, ScriptRefusal> {
    let Some(Start::Class(command)) = start(java) else { return Err(ScriptRefusal::NoClasspath) };
    match class_path_argument(command) {
        None => Ok("CLASSPATH".into()),
        Some(argument) => whole_variable(argument).map(String::from).ok_or(ScriptRefusal::NoClasspathVariable { line: java.line }),
    }
}

/// What stands behind the first option for the class path, to the end of the command.
fn class_path_argument(command: &str) -> Option<&str> {
    let behind = |option: &str| {
        let is_whole = |at: usize| command[..at].ends_with(|c: char| c.is_ascii_whitespace());
        let found = command.match_indices(option).map(|(at, _)| at).find(|at| is_whole(*at))?;
        Some((found, &command[found + option.len()..]))
    };
    let options = ["-cp ", "-cp\t", "-classpath ", "-classpath\t", "--class-path ", "--class-path\t", "--class-path="];
    options.into_iter().filter_map(behind).min_by_key(|(at, _)| *at).map(|(_, argument)| argument.trim_start())
}

/// The variable that is the first entry of a class path: one that is only a part of it (`$WL_HOME/lib/x.jar`) could take nothing in front of itself.
fn whole_variable(argument: &str) -> Option<&str> {
    let unquoted = argument.strip_prefix('"');
    let text = unquoted.unwrap_or(argument);
    let (rest, closer, separators) = match (text.strip_prefix("${"), text.chars().next()?) {
        (Some(rest), _) => (rest, "}", ":;"),
        (None, '$') => (&text[1..], "", ":;"),
        (None, sign @ ('%' | '!')) => (&text[1..], if sign == '%' { "%" } else { "!" }, ";"),
        _ => return None,
    };
    let name = &rest[..rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len())];
    let behind = rest[name.len()..].strip_prefix(closer)?;
    let behind = behind.strip_prefix('"').filter(|_| unquoted.is_some()).unwrap_or(behind);
    let is_whole = behind.chars().next().is_none_or(|next| separators.contains(next) || next.is_ascii_whitespace());
    (is_whole && !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit())).then_some(name)
}

/// Behind the whole statement, with its `if`, that sets the class path last.
fn behind_the_last(statements: &[Statement], text: &[u8]) -> Result<(usize, String), ScriptRefusal> {
    let names = ["WEBLOGIC_CLASSPATH", "CLASSPATH"];
    let sets = |statement: &&Statement| {
        is_live(statement) && matches!(&statement.kind, Kind::Assign { name, .. } if names.contains(&name.as_str()))
    };
    let last = statements.iter().rfind(sets).ok_or(ScriptRefusal::NoClasspath)?;
    let name = changed(last, &names).unwrap_or("CLASSPATH").to_string();
    match statements.iter().find(|statement| statement.before > last.bytes.start) {
        Some(next) => Ok((next.before, name)),
        None if text.ends_with(b"\n") => Ok((text.len(), name)),
        None => Err(ScriptRefusal::NoLastLineEnd),
    }
}

fn fronts(classpaths: &[String], javas: &[&Statement], live: &[&Statement], block: &Block) -> Result<Vec<Front>, ScriptRefusal> {
    let mut fronts: Vec<Front> = Vec::new();
    let mut front = |names: Vec<String>, variable: Variable| fronts.extend(names.into_iter().map(|name| Front { name, variable }));
    front(classpaths.to_vec(), Variable::PatchClasspath);
    for (variable, _) in &block.definitions.set {
        match variable {
            Variable::PatchClasspath => {}
            Variable::PatchLibpath => front(vec![library_path(live).into()], *variable),
            Variable::PatchPath => front(vec!["PATH".into()], *variable),
            Variable::WeblogicExtensionDirs if javas.is_empty() => front(vec![JAVA_OPTIONS[0].into()], *variable),
            Variable::WeblogicExtensionDirs => front(each_once(javas.iter().map(|java| options_of(java)))?, *variable),
        }
    }
    Ok(fronts)
}

/// The variable of options that a java reads.
fn options_of(java: &Statement) -> Result<String, ScriptRefusal> {
    let found = JAVA_OPTIONS.iter().find(|name| java.reads.iter().any(|read| read == **name));
    found.map(|name| name.to_string()).ok_or(ScriptRefusal::NoJavaOptions { line: java.line })
}

/// The one that the script sets itself, or Linux' own.
fn library_path(live: &[&Statement]) -> &'static str {
    LIBRARY_PATHS.into_iter().find(|name| live.iter().any(|statement| changed(statement, &[*name]).is_some())).unwrap_or(LIBRARY_PATHS[0])
}
