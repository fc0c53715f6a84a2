//! What one command does, and whether control goes on behind it. It sees the command's text alone, not where it stands.

use super::super::{How, Kind};
use super::flow::Jump;
use super::text::{Text, is_blank, is_name, name_of, reads};

/// `start`, `cmd /c` and `call` may stand before each other; nobody writes more of them.
const PREFIXES_MAX: usize = 8;

/// A command, understood.
pub struct Command {
    pub kind: Kind,
    pub then: Then,
    /// Variables that it reads beside those between percent signs.
    pub reads: Vec<String>,
}

/// Where control goes.
#[derive(Debug, PartialEq, Eq)]
pub enum Then {
    On,
    Jump(Jump),
    /// To a label of this script and back.
    Function(Vec<u8>),
}

impl Command {
    fn on(kind: Kind) -> Command {
        Command { kind, then: Then::On, reads: Vec::new() }
    }

    fn jump(jump: Jump) -> Command {
        Command { kind: Kind::Other, then: Then::Jump(jump), reads: Vec::new() }
    }
}

/// Understands a command. `how` is what a script's plain name means here.
pub fn understand(text: &Text) -> Command {
    let (mut begin, mut how) = (0, How::Instead);
    for _ in 0..PREFIXES_MAX {
        begin =
            text.bytes[begin..].iter().position(|byte| !is_blank(*byte) && *byte != b'@').map_or(text.bytes.len(), |blanks| begin + blanks);
        let (word, behind) = internal(text, begin);
        match word.as_str() {
            "set" => return set(text, behind, how),
            "goto" if how == How::Instead => return Command::jump(goto(&text.bytes[behind..])),
            "exit" if how == How::Instead => return Command::jump(Jump::End),
            "call" => {
                let first = text.skip_blanks(behind);
                if text.bytes.get(first) == Some(&b':') {
                    return function(&text.bytes[first + 1..], how);
                }
                (begin, how) = (behind, if how == How::Instead { How::InPlace } else { how });
            }
            "start" => (begin, how) = (skip_start_options(text, behind), How::Child),
            "cmd" => match behind_switch(text, behind) {
                Some(inner) => (begin, how) = (inner, How::Child),
                None => return Command::on(Kind::Other),
            },
            _ => return external(text, begin, how),
        }
    }
    Command::on(Kind::Other)
}

/// The first word where it is one of the processor's own, in small letters, and where it ends: what follows may touch it (`goto:eof`, `exit/b`).
fn internal(text: &Text, begin: usize) -> (String, usize) {
    let end = text.word_end(begin);
    let whole = stem(&unquoted(&text.bytes[begin..end]));
    if matches!(whole.as_str(), "cmd" | "%comspec%") {
        return ("cmd".into(), end);
    }
    let letters = text.bytes[begin..].iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let touching = text.bytes.get(begin + letters).is_none_or(|byte| is_blank(*byte) || matches!(byte, b'/' | b':' | b'"'));
    let word = if touching { String::from_utf8_lossy(&text.bytes[begin..begin + letters]).to_lowercase() } else { String::new() };
    (word, begin + letters)
}

/// `set NAME=value`, `set "NAME=value"`, `set NAME=`. `set /a` and `set /p` assign too; their value is the expression, or the question, as it stands.
fn set(text: &Text, behind: usize, how: How) -> Command {
    // In a process of its own it changes nothing here.
    if how == How::Child {
        return Command::on(Kind::Other);
    }
    let mut rest = &text.bytes[text.skip_blanks(behind)..];
    let switch = rest.first_chunk::<2>().map(|[slash, letter]| [*slash, letter.to_ascii_lowercase()]);
    let special = matches!(switch, Some([b'/', b'a' | b'p']));
    if special {
        rest = rest[2..].trim_ascii_start();
    }
    if let Some(quoted) = rest.strip_prefix(b"\"") {
        // Whatever stands behind the last quote is dropped.
        rest = &quoted[..quoted.iter().rposition(|byte| *byte == b'"').unwrap_or(quoted.len())];
    }
    let Some(equals) = rest.iter().position(|byte| *byte == b'=') else { return Command::on(Kind::Other) };
    let (name, value) = (&rest[..equals], &rest[equals + 1..]);
    if name.is_empty() {
        return Command::on(Kind::Other);
    }
    if special {
        let reads = if switch == Some(*b"/a") { words(value) } else { Vec::new() };
        let kind = Kind::Assign { name: name_of(name.trim_ascii()), value: String::from_utf8_lossy(value).into(), exported: true };
        return Command { kind, then: Then::On, reads };
    }
    // `set A =b` defines a variable whose name ends in a blank.
    let name = name_of(name);
    let kind = match value.is_empty() {
        true => Kind::Unset { names: vec![name] },
        false => Kind::Assign { name, value: String::from_utf8_lossy(value).into(), exported: true },
    };
    // Behind `call` the text is expanded a second time: `%%A%%` is A's value.
    let reads = if how == How::InPlace { reads(&halved_percent(value)) } else { Vec::new() };
    Command { kind, then: Then::On, reads }
}

/// Names in an expression.
fn words(expression: &[u8]) -> Vec<String> {
    expression.split(|byte| !is_name(*byte)).filter(|word| word.first().is_some_and(|byte| !byte.is_ascii_digit())).map(name_of).collect()
}

fn halved_percent(text: &[u8]) -> Vec<u8> {
    let mut halved = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        halved.push(text[at]);
        at += if text[at..].starts_with(b"%%") { 2 } else { 1 };
    }
    halved
}

fn goto(rest: &[u8]) -> Jump {
    let rest = &rest[rest.iter().take_while(|byte| is_blank(**byte)).count()..];
    let (colon, rest) = rest.strip_prefix(b":").map_or((false, rest), |rest| (true, rest));
    let name = label_name(rest);
    match name.as_slice() {
        b"eof" if colon => Jump::End,
        name if name.iter().any(|byte| matches!(byte, b'%' | b'!')) => Jump::AnyLabel,
        name => Jump::Label(name.to_vec()),
    }
}

fn function(rest: &[u8], how: How) -> Command {
    // A child has no labels of ours.
    let then = if how == How::Child { Then::On } else { Then::Function(label_name(rest)) };
    Command { kind: Kind::Other, then, reads: Vec::new() }
}

/// A label's name as it stands behind the colon, in small letters: case does not count.
pub fn label_name(rest: &[u8]) -> Vec<u8> {
    let begin = rest.iter().take_while(|byte| is_blank(**byte)).count();
    let ends = |byte: &u8| is_blank(*byte) || matches!(byte, b':' | b'+' | b'&' | b'|' | b'<' | b'>' | b')' | b'\n');
    rest[begin..].iter().take_while(|byte| !ends(byte)).map(u8::to_ascii_lowercase).collect()
}

/// Behind `start`: a quoted title, and switches; the one for the folder takes a word.
fn skip_start_options(text: &Text, behind: usize) -> usize {
    let mut at = text.skip_blanks(behind);
    if text.bytes.get(at) == Some(&b'"') {
        at = text.skip_blanks(text.word_end(at));
    }
    while text.bytes.get(at) == Some(&b'/') {
        let end = text.word_end(at);
        let folder = text.bytes[at..end].eq_ignore_ascii_case(b"/d");
        at = text.skip_blanks(end);
        if folder {
            at = text.skip_blanks(text.word_end(at));
        }
    }
    at
}

/// Behind `cmd … /c` or `/k`; a quote around the whole command line belongs to the switch.
fn behind_switch(text: &Text, behind: usize) -> Option<usize> {
    let mut at = text.skip_blanks(behind);
    while text.bytes.get(at) == Some(&b'/') {
        let end = text.word_end(at);
        let runs = text.bytes.get(at + 1).is_some_and(|letter| matches!(letter.to_ascii_lowercase(), b'c' | b'k'));
        at = text.skip_blanks(end);
        if runs {
            return Some(at + usize::from(is_quoted_line(text, at)));
        }
    }
    None
}

/// Whether a quote begins a whole command line, not the program's name.
fn is_quoted_line(text: &Text, at: usize) -> bool {
    let word = &text.bytes[at..text.word_end(at)];
    let name = unquoted(word).to_ascii_lowercase();
    let program = [&b".cmd"[..], b".bat", b".exe"].iter().any(|extension| name.ends_with(extension));
    word.starts_with(b"\"\"") || (word.starts_with(b"\"") && !program && name.contains(&b' '))
}

/// A program or another script.
fn external(text: &Text, begin: usize, how: How) -> Command {
    let end = text.word_end(begin);
    let target = unquoted(&text.bytes[begin..end]);
    let name = stem(&target);
    if matches!(name.as_str(), "java" | "javaw" | "%java%" | "%javacmd%" | "%java_cmd%" | "%java_exe%") {
        return Command::on(Kind::Java { options_at: text.places[end - 1] + 1, command: text.rest(begin) });
    }
    let lower = target.to_ascii_lowercase();
    let is_script = lower.ends_with(b".cmd") || lower.ends_with(b".bat");
    // `call` is there for scripts; a name that tells another kind of file is believed.
    let called = how == How::InPlace && !target.is_empty() && !lower.ends_with(b".exe") && !lower.ends_with(b".com") && !is_own_word(&name);
    if !is_script && !called {
        return Command::on(Kind::Other);
    }
    let kind = Kind::Call { target: String::from_utf8_lossy(&target).into(), how, arguments: text.rest(end) };
    let then = if how == How::Instead { Then::Jump(Jump::End) } else { Then::On };
    Command { kind, then, reads: Vec::new() }
}

/// Commands of the processor's own that may follow `call`.
fn is_own_word(name: &str) -> bool {
    matches!(
        name,
        "echo"
            | "cd"
            | "chdir"
            | "pushd"
            | "popd"
            | "md"
            | "mkdir"
            | "del"
            | "copy"
            | "title"
            | "type"
            | "shift"
            | "path"
            | "exit"
            | "goto"
            | "setlocal"
            | "endlocal"
    )
}

fn unquoted(word: &[u8]) -> Vec<u8> {
    word.iter().copied().filter(|byte| *byte != b'"').collect()
}

/// A program's name without folder and `.exe`, in small letters.
fn stem(path: &[u8]) -> String {
    let name = path.rsplit(|byte| matches!(byte, b'\\' | b'/')).next().unwrap_or_default();
    let name = String::from_utf8_lossy(name).to_lowercase();
    name.strip_suffix(".exe").unwrap_or(&name).to_string()
}
