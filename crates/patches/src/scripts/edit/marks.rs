//! The marks around what packwright wrote in a script: how they look, how they are found again, and how it all goes without a trace. What stands between
//! them is not known here, only whether it is still the same.

use super::{Block, Dialect, Effect, Purpose, ScriptRefusal, changed, effect, java_option, root};
use crate::definitions::{Definitions, Variable};
use crate::names::{Digest, ProfileName};
use serde::Serialize;
use std::ops::Range;

const FIRST: &str = ">>> packwright: patch profile ";
const FIRST_END: &str = " >>>";
const LAST: &str = "<<< packwright <<<";
const SEAL: &str = "taken out again by: packwright patch unpoint (seal ";
const SEAL_DIGITS: usize = 16;
/// Any line of a comment in either syntax may bear a mark.
const COMMENTS: [&str; 3] = ["# ", "@rem ", "rem "];

/// A block of ours in a script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FoundBlock {
    pub profile: ProfileName,
    /// `wls1036`
    pub product: String,
    /// From 1, marks included.
    pub lines: Range<usize>,
    /// Whether it is as it was written.
    pub intact: bool,
    /// Whether its values come through to where they are needed.
    pub effective: bool,
}

/// The whole block, marks included.
pub fn framed(dialect: &Dialect, block: &Block, body: &[String], line_end: &[u8]) -> Vec<u8> {
    let comment = dialect.comment;
    let first = format!("{comment}{FIRST}{} of {}{FIRST_END}", block.definitions.profile, block.definitions.product);
    let seal = format!("{comment}{SEAL}{})", seal(&first, body));
    let last = format!("{comment}{LAST}");
    let mut bytes = Vec::new();
    for line in [&first, &seal].into_iter().chain(body).chain([&last]) {
        bytes.extend_from_slice(line.as_bytes());
        // A shell that takes a carriage return for part of the line finds it in a comment.
        if comment == "# " && line_end == b"\r\n" && !line.starts_with(comment) {
            bytes.extend_from_slice(b" #");
        }
        bytes.extend_from_slice(line_end);
    }
    bytes
}

/// Of what a block says, whatever its line ends and wherever it says that the home is: a transfer between systems changes those, a copy of the home to
/// another place, with the paths replaced, this.
fn seal(first: &str, body: &[String]) -> String {
    let text = format!("{first}\n{}", root::taken_out(&body.join("\n")));
    Digest::of(text.as_bytes()).to_string()[..SEAL_DIGITS].to_string()
}

/// A block's place in the bytes of a script.
struct Marked {
    profile: ProfileName,
    product: String,
    bytes: Range<usize>,
    lines: Range<usize>,
    intact: bool,
}

/// A first mark whose last one is looked for.
struct Open<'t> {
    begin: usize,
    line: usize,
    first: &'t [u8],
    body: Vec<&'t [u8]>,
}

fn marked(text: &[u8]) -> Result<Vec<Marked>, ScriptRefusal> {
    let mut found: Vec<Marked> = Vec::new();
    let mut open: Option<Open> = None;
    let mut at = 0;
    for (number, whole) in text.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let (begin, line) = (at, number + 1);
        at += whole.len();
        let content = whole.strip_suffix(b"\n").unwrap_or(whole);
        let content = content.strip_suffix(b"\r").unwrap_or(content);
        let mark = COMMENTS.iter().find_map(|comment| content.strip_prefix(comment.as_bytes())).unwrap_or_default();
        if mark.starts_with(FIRST.as_bytes()) {
            if let Some(Open { line, .. }) = open {
                return Err(ScriptRefusal::MarkAlone { line });
            }
            open = Some(Open { begin, line, first: content, body: Vec::new() });
        } else if mark == LAST.as_bytes() {
            let Open { begin, line: first_line, first, body } = open.take().ok_or(ScriptRefusal::MarkAlone { line })?;
            let (profile, product) = named(first).ok_or(ScriptRefusal::BlockChanged { line: first_line })?;
            let intact = whole.ends_with(b"\n") && is_sealed(first, &body);
            found.push(Marked { profile, product, bytes: begin..at, lines: first_line..line + 1, intact });
        } else if let Some(Open { body, .. }) = &mut open {
            body.push(content);
        }
    }
    match open {
        Some(Open { line, .. }) => Err(ScriptRefusal::MarkAlone { line }),
        None => Ok(found),
    }
}

fn named(first: &[u8]) -> Option<(ProfileName, String)> {
    let text = std::str::from_utf8(first).ok()?;
    let (profile, product) = text.split_once(FIRST)?.1.strip_suffix(FIRST_END)?.split_once(" of ")?;
    Some((ProfileName::new(profile).ok()?, product.to_string()))
}

fn is_sealed(first: &[u8], lines: &[&[u8]]) -> bool {
    let [sealed, body @ ..] = lines else { return false };
    let Ok(first) = std::str::from_utf8(first) else { return false };
    let body: Vec<&[u8]> = body.iter().map(|line| line.strip_suffix(b" #").unwrap_or(line)).collect();
    // What stands for the home in the sealed text is in no block.
    let Ok(body) = body.into_iter().map(|line| String::from_utf8(line.to_vec())).collect::<Result<Vec<String>, _>>() else { return false };
    if body.iter().any(|line| line.contains('\0')) {
        return false;
    }
    let expected = seal(first, &body);
    let sealed = String::from_utf8_lossy(sealed);
    sealed.split_once(SEAL).is_some_and(|(_, rest)| rest.strip_suffix(')') == Some(expected.as_str()))
}

/// Blocks of ours in a script, whether or not they are still whole.
pub fn find(text: &[u8], dialect: &Dialect) -> Result<Vec<FoundBlock>, ScriptRefusal> {
    let blocks = marked(text)?;
    if blocks.is_empty() {
        return Ok(Vec::new());
    }
    let statements = (dialect.statements)(text);
    let all: Vec<&str> = Variable::ALL.iter().map(|variable| variable.name()).collect();
    let found = blocks.into_iter().map(|block| {
        // What becomes of the others behind it is none of its business.
        let inside = || statements.iter().filter(|statement| block.bytes.contains(&statement.bytes.start));
        let own: Vec<&str> = all.iter().copied().filter(|name| inside().any(|statement| changed(statement, &[name]).is_some())).collect();
        FoundBlock {
            effective: matches!(effect(&statements, block.bytes, &own, &Purpose::default()), Effect::Reaches { .. }),
            profile: block.profile,
            product: block.product,
            lines: block.lines,
            intact: block.intact,
        }
    });
    Ok(found.collect())
}

/// The script as it was before packwright wrote in it, byte for byte; `None` where it did not.
pub fn remove(text: &[u8]) -> Result<Option<Vec<u8>>, ScriptRefusal> {
    let bare = java_option::without_options(&without_blocks(text)?);
    Ok((bare != text).then_some(bare))
}

/// The script without blocks, with whatever java options it has.
pub fn without_blocks(text: &[u8]) -> Result<Vec<u8>, ScriptRefusal> {
    let mut bare = Vec::with_capacity(text.len());
    let mut kept = 0;
    for block in marked(text)? {
        // Somebody's own lines in it would be lost.
        if !block.intact {
            return Err(ScriptRefusal::BlockChanged { line: block.lines.start });
        }
        bare.extend_from_slice(&text[kept..block.bytes.start]);
        kept = block.bytes.end;
    }
    bare.extend_from_slice(&text[kept..]);
    Ok(bare)
}

/// A profile that a value names by its folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedProfile {
    /// `wls1036`; nothing where a variable stands for the patch folder.
    pub product: Option<String>,
    pub profile: String,
}

impl NamedProfile {
    /// Whether a server with these definitions is meant to use it: the profile itself, or another product's default one.
    pub fn is_of(&self, definitions: &Definitions) -> bool {
        let own = self.product.as_ref().is_none_or(|product| *product == definitions.product);
        if own { self.profile == definitions.profile.as_str() } else { self.profile.eq_ignore_ascii_case("default") }
    }
}

/// Profiles that a value names: `…/patch_wls1036/profiles/Orders/…`, with whichever slashes.
pub fn named_profiles(value: &str) -> Vec<NamedProfile> {
    let mut found = Vec::new();
    for entry in value.split([':', ';']) {
        let parts: Vec<&str> = entry.split(['/', '\\']).collect();
        let folders = parts.iter().enumerate().filter(|(_, part)| part.eq_ignore_ascii_case("profiles"));
        for (index, _) in folders {
            let product = index.checked_sub(1).and_then(|before| parts[before].strip_prefix("patch_")).map(String::from);
            let name: String = parts.get(index + 1).unwrap_or(&"").chars().take_while(char::is_ascii_alphanumeric).collect();
            if !name.is_empty() {
                found.push(NamedProfile { product, profile: name });
            }
        }
    }
    found
}
