//! What is wrong with a text, said to the person who wrote it: where, what was expected, what was found, and what to do.
//!
//! It does not know how texts are read or who is told.

use serde::{Deserialize, Serialize};
use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Complaint {
    /// Path of the file, relative to whatever the reader was given.
    pub file: String,
    pub line: Option<u32>,
    pub message: String,
    pub hint: Option<String>,
}

impl Complaint {
    pub fn new(file: impl Into<String>, line: impl Into<Option<u32>>, message: impl Into<String>) -> Complaint {
        Complaint { file: file.into(), line: line.into(), message: message.into(), hint: None }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Complaint {
        self.hint = Some(hint.into());
        self
    }

    /// The same complaint for a reader who stands above `folder`.
    pub fn under(mut self, folder: &str) -> Complaint {
        self.file = joined(folder, &self.file);
        self
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.message)?;
        match &self.hint {
            Some(hint) => write!(f, " (hint: {hint})"),
            None => Ok(()),
        }
    }
}

pub(crate) fn joined(folder: &str, file: &str) -> String {
    if folder.is_empty() { file.to_string() } else { format!("{}/{file}", folder.trim_end_matches('/')) }
}

/// A foreign text as it may stand in a message: in quotes, on one line, harmless to a terminal, and not longer than a glance.
pub(crate) fn shown(text: &str) -> String {
    const SHOWN_CHARACTERS_MAX: usize = 60;
    let mut short: String = text.chars().take(SHOWN_CHARACTERS_MAX).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("\"{}\"", short.escape_debug())
}

/// The known word that differs least from `word`, if it differs so little that a slip of the fingers explains it.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const WORD_BYTES_MAX: usize = 64;
    if word.len() > WORD_BYTES_MAX {
        return None;
    }
    let lower = word.to_lowercase();
    let allowed = (lower.chars().count() / 3).max(1);
    let close = known.into_iter().map(|candidate| (distance(&lower, &candidate.to_lowercase()), candidate));
    close.filter(|(distance, _)| *distance <= allowed).min_by_key(|(distance, _)| *distance).map(|(_, candidate)| candidate)
}

/// How many characters must be added, dropped or changed to make `b` of `a`.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let changed = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn displays_place_message_and_hint() {
        let complaint = Complaint::new("object.toml", 3, "no such thing").hint("look again").under("orders/B1/");
        assert_eq!(complaint.to_string(), "orders/B1/object.toml:3: no such thing (hint: look again)");
        assert_eq!(Complaint::new("a.c", None, "empty").to_string(), "a.c: empty");
    }

    #[test]
    fn a_slip_has_a_nearest_word_and_a_stranger_has_none() {
        let known = ["library", "location"];
        assert_eq!(nearest("libary", known), Some("library"));
        assert_eq!(nearest("LOCATION", known), Some("location"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest("", known), None);
    }

    #[test]
    fn foreign_text_is_shown_on_one_short_line() {
        assert_eq!(shown("a\n\u{1b}[31m"), r#""a\n\u{1b}[31m""#);
        assert_eq!(shown(&"x".repeat(500)).chars().count(), 63);
    }
}
