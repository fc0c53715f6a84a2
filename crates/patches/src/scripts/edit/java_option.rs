//! Event Servers take their profile as an option of java, on every line that starts one. It stands directly behind the program's word with a second
//! option that says whose it is; that one means nothing to a server.

use super::{Dialect, Edited, Remark, ScriptRefusal};
use crate::names::ProfileName;
use crate::scripts::{Kind, Statement};
use serde::Serialize;

const OPTION: &[u8] = b"-DBEAPatchProfile=";
const OURS: &[u8] = b" -Dpackwright.pointed=yes";
/// A long or a middle dash as documents print it, in UTF-8 and in Windows' code page.
const LONG_DASHES: [&[u8]; 4] = ["\u{2013}".as_bytes(), "\u{2014}".as_bytes(), b"\x96", b"\x97"];

/// A profile that a line's java is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JavaOption {
    pub line: usize,
    pub profile: String,
    pub ours: bool,
}

/// Puts the option on every line that starts java with `-jar`.
pub fn insert_java_option(text: &[u8], dialect: &Dialect, profile: &ProfileName) -> Result<Edited, ScriptRefusal> {
    let bare = without_options(text);
    if let Some(line) = long_dash(&bare) {
        return Err(ScriptRefusal::LongDash { line });
    }
    let mut edited = Edited { text: Vec::new(), lines: 0..0, remarks: Vec::new() };
    let mut kept = 0;
    let statements = (dialect.statements)(&bare);
    let starts: Vec<(&Statement, usize, usize)> = statements.iter().filter_map(|statement| start_of_a_jar(&bare, statement)).collect();
    if starts.is_empty() {
        return Err(ScriptRefusal::NoJava);
    }
    for (statement, options_at, jar_at) in starts {
        let by_hand = options(&bare[statement.bytes.clone()]).map(|(at, profile)| (statement.bytes.start + at, profile));
        let (in_time, too_late): (Vec<_>, Vec<_>) = by_hand.partition(|(at, _)| *at < jar_at);
        if let Some((_, other)) = in_time.iter().find(|(_, named)| named != profile.as_str()) {
            return Err(ScriptRefusal::OtherProfile { line: statement.line, profile: other.clone() });
        }
        edited.remarks.extend(too_late.iter().map(|_| Remark::OptionTooLate { line: statement.line }));
        if !in_time.is_empty() {
            edited.remarks.push(Remark::OptionByHand { line: statement.line });
            continue;
        }
        edited.text.extend_from_slice(&bare[kept..options_at]);
        edited.text.push(b' ');
        edited.text.extend_from_slice(OPTION);
        edited.text.extend_from_slice(profile.as_str().as_bytes());
        edited.text.extend_from_slice(OURS);
        kept = options_at;
    }
    edited.text.extend_from_slice(&bare[kept..]);
    Ok(edited)
}

fn start_of_a_jar<'s>(text: &[u8], statement: &'s Statement) -> Option<(&'s Statement, usize, usize)> {
    let Kind::Java { options_at, .. } = statement.kind else { return None };
    let behind = text.get(options_at..statement.bytes.end)?;
    let jar =
        behind.windows(6).position(|part| part[0].is_ascii_whitespace() && &part[1..5] == b"-jar" && part[5].is_ascii_whitespace())?;
    Some((statement, options_at, options_at + jar))
}

/// Where a text has the option, and with which profile.
fn options(text: &[u8]) -> impl Iterator<Item = (usize, String)> {
    let starts = text.windows(OPTION.len()).enumerate().filter(|(_, part)| *part == OPTION).map(|(at, _)| at);
    starts.map(|at| {
        let name = text[at + OPTION.len()..].iter().skip_while(|byte| **byte == b'"').take_while(|byte| byte.is_ascii_alphanumeric());
        (at, name.map(|byte| char::from(*byte)).collect())
    })
}

fn long_dash(text: &[u8]) -> Option<usize> {
    let name = &OPTION[1..];
    let at = text.windows(name.len()).enumerate().filter(|(_, part)| *part == name).map(|(at, _)| at);
    let at = at.into_iter().find(|at| LONG_DASHES.iter().any(|dash| text[..*at].ends_with(dash)))?;
    Some(line_of(text, at))
}

fn line_of(text: &[u8], at: usize) -> usize {
    text[..at].iter().filter(|byte| **byte == b'\n').count() + 1
}

/// Profiles that the script's java lines are told, in the order of its lines.
pub fn java_options(text: &[u8]) -> Vec<JavaOption> {
    let found = options(text).map(|(at, profile)| {
        let ours = text[at + OPTION.len() + profile.len()..].starts_with(OURS);
        JavaOption { line: line_of(text, at), profile, ours }
    });
    found.collect()
}

/// The script without the options that packwright put in.
pub fn without_options(text: &[u8]) -> Vec<u8> {
    let mut bare = Vec::with_capacity(text.len());
    let mut kept = 0;
    for (at, profile) in options(text) {
        let end = at + OPTION.len() + profile.len();
        let is_ours = at > kept && text[at - 1] == b' ' && text[end..].starts_with(OURS);
        if is_ours {
            bare.extend_from_slice(&text[kept..at - 1]);
            kept = end + OURS.len();
        }
    }
    bare.extend_from_slice(&text[kept..]);
    bare
}
