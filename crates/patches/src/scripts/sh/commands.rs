//! What one simple command of a sh script does. It is told the command's words; where the command stands is not known here.

use super::tokens::{name_at, piece_end, without_quotes};
use super::{Ended, statements};
use crate::scripts::{How, Kind, Reach};
use std::ops::Range;

pub struct Command {
    /// Each with the bytes that say it: an assignment's own word where a command has several.
    pub kinds: Vec<(Kind, Range<usize>)>,
    /// Whether what follows is not reached.
    pub ends: Option<Ended>,
}

/// Programs that run what their further words name. Options of theirs begin with a dash.
const WRAPPERS: [&str; 7] = ["nohup", "nice", "env", "command", "builtin", "setsid", "eval"];
const SHELLS: [&str; 6] = ["sh", "bash", "ksh", "dash", "zsh", "mksh"];
const DECLARING: [&str; 5] = ["export", "readonly", "declare", "typeset", "local"];

pub fn read(text: &[u8], words: &[Range<usize>]) -> Command {
    let assigning = words.iter().take_while(|word| assignment(&text[(*word).clone()]).is_some()).count();
    let assigned = |exported: bool| {
        let of_word = move |word: &Range<usize>| assignment(&text[word.clone()]).map(|(name, value)| (name, value, word.clone()));
        words[..assigning].iter().filter_map(of_word).map(move |(name, value, word)| (Kind::Assign { name, value, exported }, word))
    };
    let Some(rest) = words.get(assigning..).filter(|rest| !rest.is_empty()) else {
        return Command { kinds: assigned(false).collect(), ends: None };
    };
    let mut command = of_words(text, rest);
    if matches!(command.kinds.first(), Some((Kind::Call { .. }, _))) {
        // What is put in front of a call counts for the script that is called.
        command.kinds.splice(0..0, assigned(true));
    }
    command
}

/// `NAME=value` and `NAME+=value`.
fn assignment(word: &[u8]) -> Option<(String, String)> {
    let name = name_at(word);
    match &word[name.len()..] {
        _ if name.is_empty() => None,
        [b'=', value @ ..] => Some((name.to_string(), unquoted(value))),
        [b'+', b'=', value @ ..] => Some((name.to_string(), format!("${{{name}}}{}", unquoted(value)))),
        _ => None,
    }
}

/// A value without the quotes around the whole of it.
fn unquoted(value: &[u8]) -> String {
    let whole =
        matches!(value, [b'"' | b'\'', ..]) && value.len() > 1 && value.ends_with(&value[..1]) && piece_end(value, 0, true) == value.len();
    String::from_utf8_lossy(if whole { &value[1..value.len() - 1] } else { value }).into_owned()
}

fn plain(text: &[u8], word: &Range<usize>) -> String {
    String::from_utf8_lossy(&without_quotes(&text[word.clone()])).into_owned()
}

fn of_words(text: &[u8], words: &[Range<usize>]) -> Command {
    let mut words = words;
    let mut instead = false;
    let mut wrapped = false;
    loop {
        let Some(first) = words.first() else { return Command { kinds: vec![], ends: None } };
        let name = plain(text, first);
        if name == "exec" && words.len() > 1 {
            instead = true;
        } else if !(WRAPPERS.contains(&name.as_str()) && words.len() > 1) {
            break;
        }
        wrapped |= !matches!(name.as_str(), "command" | "builtin" | "eval" | "exec");
        // Options and variables of the wrapper; a number is `nice`'s.
        let is_its_own = |word: &&Range<usize>| {
            let word = &text[(*word).clone()];
            word.starts_with(b"-") || assignment(word).is_some() || word.iter().all(u8::is_ascii_digit)
        };
        words = &words[1 + words[1..].iter().take_while(is_its_own).count()..];
    }
    let name = plain(text, &words[0]);
    let all = words[0].start..words[words.len() - 1].end;
    let one = |kind: Option<Kind>| kind.into_iter().map(|kind| (kind, all.clone())).collect();
    let mut kinds: Vec<(Kind, Range<usize>)> = match name.as_str() {
        name if DECLARING.contains(&name) => declared(text, name, &words[1..]),
        "unset" => one(unset(text, &words[1..])),
        "read" => read_in(text, &words[1..]),
        _ => one(called(text, &name, words, if instead { How::Instead } else { How::Child })),
    };
    if let (true, Some((Kind::Call { how: how @ How::InPlace, .. }, _))) = (wrapped, kinds.first_mut()) {
        *how = How::Child;
    }
    if kinds.is_empty() {
        kinds.push((Kind::Other, all));
    }
    let ends = match name.as_str() {
        "exit" | "return" => Some(Ended::Script),
        "break" | "continue" => Some(Ended::Loop),
        _ => instead.then_some(Ended::Script),
    };
    Command { kinds, ends }
}

fn is_option(text: &[u8], word: &Range<usize>) -> bool {
    text[word.clone()].starts_with(b"-")
}

fn declared(text: &[u8], command: &str, words: &[Range<usize>]) -> Vec<(Kind, Range<usize>)> {
    let options: String = words.iter().filter(|word| is_option(text, word)).map(|word| plain(text, word)).collect();
    let exported = command == "export" && !options.contains('n') || options.contains('x');
    let mut kinds = Vec::new();
    for word in words.iter().filter(|word| !is_option(text, word)) {
        let names = vec![name_at(&text[word.clone()]).to_string()];
        match assignment(&text[word.clone()]) {
            Some((name, value)) => kinds.push((Kind::Assign { name, value, exported }, word.clone())),
            None if exported && !names[0].is_empty() => kinds.push((Kind::Export { names }, word.clone())),
            None => {}
        }
    }
    kinds
}

fn unset(text: &[u8], words: &[Range<usize>]) -> Option<Kind> {
    if words.iter().any(|word| &text[word.clone()] == b"-f") {
        return None;
    }
    let names: Vec<String> = words.iter().map(|word| name_at(&text[word.clone()]).to_string()).filter(|name| !name.is_empty()).collect();
    (!names.is_empty()).then_some(Kind::Unset { names })
}

/// `read NAME …` gives variables a value that only a run can tell.
fn read_in(text: &[u8], words: &[Range<usize>]) -> Vec<(Kind, Range<usize>)> {
    let names = words.iter().map(|word| (name_at(&text[word.clone()]).to_string(), word)).filter(|(name, _)| !name.is_empty());
    names.map(|(name, word)| (Kind::Assign { value: format!("$(read {name})"), name, exported: false }, word.clone())).collect()
}

fn called(text: &[u8], name: &str, words: &[Range<usize>], how: How) -> Option<Kind> {
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let end = words.last().map_or(0, |word| word.end);
    let call = |target: &Range<usize>, how: How| {
        let arguments = String::from_utf8_lossy(&text[target.end..end.max(target.end)]).trim().to_string();
        Some(Kind::Call { target: plain(text, target), how, arguments })
    };
    if matches!(name, "." | "source") {
        return call(words.get(1)?, How::InPlace);
    }
    if SHELLS.contains(&base) {
        let target = words[1..].iter().find(|word| !is_option(text, word))?;
        let runs_text = words[1..].iter().take_while(|word| is_option(text, word)).any(|word| plain(text, word).ends_with('c'));
        return if runs_text { called_in(&plain(text, target), how) } else { call(target, how) };
    }
    if [".sh", ".ksh", ".bash"].iter().any(|ending| base.ends_with(ending)) {
        return call(&words[0], how);
    }
    let is_java = matches!(base, "java" | "java.exe")
        || matches!(name, "$JAVA" | "${JAVA}" | "$JAVACMD" | "${JAVACMD}" | "$JAVA_CMD" | "${JAVA_CMD}");
    is_java.then(|| Kind::Java { options_at: words[0].end, command: String::from_utf8_lossy(&text[words[0].start..end]).into_owned() })
}

/// `sh -c "script words"`: the script that the text calls first.
fn called_in(inner: &str, how: How) -> Option<Kind> {
    // One level is enough, and keeps a hostile text from nesting without end.
    let first = inner.split_ascii_whitespace().find(|word| *word != "exec" && *word != ".")?;
    let target = first.trim_matches(['"', '\'', ';']).to_string();
    target.ends_with(".sh").then(|| Kind::Call { target, how, arguments: String::new() })
}

/// Lines that set a variable in the way of the other system, `set NAME=value`: a shell takes it for words and sets nothing.
pub fn misplaced(text: &[u8]) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for statement in statements(text).iter().filter(|statement| statement.kind == Kind::Other && statement.reach != Reach::Never) {
        let Some(rest) = text[statement.bytes.clone()].strip_prefix(b"set ") else { continue };
        let rest = rest.trim_ascii_start();
        let rest = rest.strip_prefix(b"\"").unwrap_or(rest);
        let name = name_at(rest);
        if !name.is_empty() && rest.get(name.len()) == Some(&b'=') {
            found.push((statement.line, name.to_string()));
        }
    }
    found
}
