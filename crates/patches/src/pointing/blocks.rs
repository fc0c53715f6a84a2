//! Several blocks in one start script, each for servers of its own: single servers of a domain are told apart in the one script that they share. The
//! editor knows one block a script; here those of other servers are set aside and put back as they were.
//!
//! Why not a copy of the start script for each server: the wizard would leave the copies behind, and Node Manager knows one name of a start script for
//! all servers of a machine, so servers it starts would never come to theirs. By their name they are told apart whoever starts them.

use crate::scripts::edit::{self, Block, Dialect, Edited, Purpose, ScriptRefusal};
use std::ops::Range;

/// A block of ours and whom it is for.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub found: edit::FoundBlock,
    /// Names of servers; empty means all that the script starts, an empty name one that is started without a name.
    pub servers: Vec<String>,
    pub bytes: Range<usize>,
}

impl Placed {
    /// Whether it is for all of these servers, and more.
    pub fn covers(&self, servers: &[String]) -> bool {
        let has_all = self.servers.is_empty() || (!servers.is_empty() && servers.iter().all(|server| self.servers.contains(server)));
        has_all && !self.is_for(servers)
    }

    /// Whether it is for some of these servers and for no other.
    pub fn is_within(&self, servers: &[String]) -> bool {
        self.is_for(servers)
            || servers.is_empty()
            || (!self.servers.is_empty() && self.servers.iter().all(|server| servers.contains(server)))
    }

    pub fn is_for(&self, servers: &[String]) -> bool {
        self.servers.len() == servers.len() && self.servers.iter().all(|server| servers.contains(server))
    }
}

/// The blocks of a script, in order.
pub(super) fn placed(text: &[u8], dialect: &Dialect) -> Result<Vec<Placed>, ScriptRefusal> {
    let found = edit::find(text, dialect)?;
    Ok(found.into_iter().map(|found| with_servers(text, found)).collect())
}

fn with_servers(text: &[u8], found: edit::FoundBlock) -> Placed {
    let bytes = line_begin(text, found.lines.start)..line_begin(text, found.lines.end);
    let block = String::from_utf8_lossy(&text[bytes.clone()]);
    let mut servers: Vec<String> = Vec::new();
    let mut is_arm = false;
    for line in block.lines().map(|line| line.trim().trim_end_matches(" #")) {
        if is_arm {
            servers = quoted_names(line.trim_end_matches(')'));
            break;
        }
        is_arm = line.starts_with("case \"${SERVER_NAME");
        let asked = line.strip_prefix("@if \"%PACKWRIGHT_SERVER%\"==\"");
        servers.extend(asked.and_then(|rest| rest.split_once("\" set ")).map(|(name, _)| name.replace("%%", "%")));
    }
    Placed { found, servers, bytes }
}

/// `'a' | 'it'\''s'` as the names it holds.
fn quoted_names(text: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    let mut in_quotes = false;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\'' => in_quotes = !in_quotes,
            '\\' if !in_quotes => names.last_mut().expect("there is one").extend(characters.next()),
            '|' if !in_quotes => names.push(String::new()),
            ' ' if !in_quotes => {}
            other => names.last_mut().expect("there is one").push(other),
        }
    }
    names
}

fn line_begin(text: &[u8], line: usize) -> usize {
    text.split_inclusive(|byte| *byte == b'\n').take(line.saturating_sub(1)).map(<[u8]>::len).sum()
}

fn cut(text: &[u8], gone: &[&Placed]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(text.len());
    let mut at = 0;
    for placed in gone {
        kept.extend_from_slice(&text[at..placed.bytes.start]);
        at = placed.bytes.end;
    }
    kept.extend_from_slice(&text[at..]);
    kept
}

/// The script with a block in place of those that `goes` names; the others stay, in their order: a block that is written again as it was changes
/// nothing.
pub(super) fn with_block(
    text: &[u8],
    dialect: &Dialect,
    block: &Block,
    goes: impl Fn(&Placed) -> bool,
    into_paths: bool,
) -> Result<Edited, ScriptRefusal> {
    let all = placed(text, dialect)?;
    if let Some(damaged) = all.iter().find(|placed| !placed.found.intact) {
        return Err(ScriptRefusal::BlockChanged { line: damaged.found.lines.start });
    }
    let place = all.iter().position(&goes).unwrap_or(all.len());
    let kept = |some: &[Placed]| -> Vec<u8> {
        some.iter().filter(|placed| !goes(placed)).flat_map(|placed| text[placed.bytes.clone()].to_vec()).collect()
    };
    let (before, behind) = (kept(&all[..place]), kept(&all[place..]));
    let bare = cut(text, &all.iter().collect::<Vec<_>>());
    let mut edited = match into_paths {
        true => edit::insert_into_paths(&bare, dialect, block)?,
        false => edit::insert(&bare, dialect, block, &Purpose::default())?,
    };
    let (begin, end) = (line_begin(&edited.text, edited.lines.start), line_begin(&edited.text, edited.lines.end));
    let lines = before.iter().filter(|byte| **byte == b'\n').count();
    edited.text.splice(end..end, behind);
    edited.text.splice(begin..begin, before);
    edited.lines = edited.lines.start + lines..edited.lines.end + lines;
    Ok(edited)
}

/// The script without the blocks that `goes` names, byte for byte otherwise; `None` where it has none of them.
pub(super) fn without_blocks(text: &[u8], dialect: &Dialect, goes: impl Fn(&Placed) -> bool) -> Result<Option<Vec<u8>>, ScriptRefusal> {
    let all = placed(text, dialect)?;
    let gone: Vec<&Placed> = all.iter().filter(|placed| goes(placed)).collect();
    match gone.iter().find(|placed| !placed.found.intact) {
        Some(damaged) => Err(ScriptRefusal::BlockChanged { line: damaged.found.lines.start }),
        None => Ok((!gone.is_empty()).then(|| cut(text, &gone))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_out_of_their_quotes() {
        assert_eq!(quoted_names("'east1' | 'it'\\''s' | ''"), ["east1", "it's", ""]);
    }
}
