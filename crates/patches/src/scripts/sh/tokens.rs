//! Text of a sh script as words and operators: quotes, substitutions, comments, here-documents and lines that go on. What words mean together is not
//! known here. It takes any bytes, and reads on to the end where a quote is never closed.

use std::collections::HashSet;
use std::ops::Range;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    Word(Range<usize>),
    /// The end of a line; what here-documents began on it is skipped and named.
    Newline {
        documents: Vec<Document>,
    },
    Operator(Operator),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Semicolon,
    /// `;;`, `;&`, `;;&`
    ArmEnd,
    Background,
    And,
    Or,
    Pipe,
    Open,
    Close,
    /// Any of `<`, `>` and their like; the word behind it is a file's name and no argument.
    Redirection,
}

/// A here-document's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    pub bytes: Range<usize>,
    /// Whether variables in it are replaced.
    pub expands: bool,
}

struct Awaited {
    end: Vec<u8>,
    strips_tabs: bool,
    expands: bool,
}

pub struct Tokens<'a> {
    text: &'a [u8],
    pub at: usize,
    awaited: Vec<Awaited>,
}

/// `((` of arithmetic closes within this many bytes, or is taken for two subshells.
const ARITHMETIC_BYTES_MAX: usize = 256;

impl<'a> Tokens<'a> {
    pub fn new(text: &'a [u8]) -> Tokens<'a> {
        Tokens { text, at: 0, awaited: Vec::new() }
    }

    fn byte(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    /// Blanks, joined lines and comments.
    fn skip_blanks(&mut self) {
        loop {
            match (self.byte(0), self.byte(1), self.byte(2)) {
                (b' ' | b'\t', ..) | (b'\r', b'\n', _) => self.at += 1,
                (b'\\', b'\n', _) => self.at += 2,
                (b'\\', b'\r', b'\n') => self.at += 3,
                (b'#', ..) => self.at += self.text[self.at..].iter().position(|byte| *byte == b'\n').unwrap_or(self.text.len() - self.at),
                _ => return,
            }
        }
    }

    /// The next token with the byte where it begins; `None` at the end.
    pub fn next(&mut self) -> Option<(usize, Token)> {
        self.skip_blanks();
        let start = self.at;
        let first = *self.text.get(start)?;
        if first == b'\n' {
            self.at += 1;
            return Some((start, Token::Newline { documents: self.documents() }));
        }
        if let Some((operator, length)) = self.operator() {
            self.at += length;
            if operator == Operator::Redirection && self.text[start..self.at].ends_with(b"<<") {
                self.await_document();
            }
            return Some((start, Token::Operator(operator)));
        }
        self.at = word_end(self.text, start);
        Some((start, Token::Word(start..self.at)))
    }

    fn operator(&self) -> Option<(Operator, usize)> {
        use Operator::{And, ArmEnd, Background, Close, Open, Or, Pipe, Redirection, Semicolon};
        Some(match (self.byte(0), self.byte(1), self.byte(2)) {
            (b';', b';', b'&') => (ArmEnd, 3),
            (b';', b';' | b'&', _) => (ArmEnd, 2),
            (b';', ..) => (Semicolon, 1),
            (b'&', b'&', _) => (And, 2),
            (b'&', b'>', b'>') => (Redirection, 3),
            (b'&', b'>', _) => (Redirection, 2),
            (b'&', ..) => (Background, 1),
            (b'|', b'|', _) => (Or, 2),
            (b'|', b'&', _) => (Pipe, 2),
            (b'|', ..) => (Pipe, 1),
            (b'(', ..) => (Open, 1),
            (b')', ..) => (Close, 1),
            (b'0'..=b'9', ..) => {
                let digits = self.text[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
                match self.byte(digits) {
                    b'<' | b'>' => (Redirection, digits + redirection_length(&self.text[self.at + digits..])),
                    _ => return None,
                }
            }
            // A program's output as a file is a word.
            (b'<' | b'>', b'(', _) => return None,
            (b'<' | b'>', ..) => (Redirection, redirection_length(&self.text[self.at..])),
            _ => return None,
        })
    }

    /// Behind `<<`: which line ends the document.
    fn await_document(&mut self) {
        let strips_tabs = self.byte(0) == b'-';
        self.at += usize::from(strips_tabs);
        while matches!(self.byte(0), b' ' | b'\t') {
            self.at += 1;
        }
        let word = &self.text[self.at..word_end(self.text, self.at)];
        let expands = !word.iter().any(|byte| matches!(byte, b'\'' | b'"' | b'\\'));
        self.awaited.push(Awaited { end: without_quotes(word), strips_tabs, expands });
    }

    fn documents(&mut self) -> Vec<Document> {
        let awaited = std::mem::take(&mut self.awaited);
        awaited.into_iter().map(|awaited| self.document(&awaited)).collect()
    }

    fn document(&mut self, awaited: &Awaited) -> Document {
        let start = self.at;
        while self.at < self.text.len() {
            let begin = self.at;
            let length = self.text[begin..].iter().position(|byte| *byte == b'\n');
            let line = &self.text[begin..length.map_or(self.text.len(), |length| begin + length)];
            self.at = length.map_or(self.text.len(), |length| begin + length + 1);
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let tabs = if awaited.strips_tabs { line.iter().take_while(|byte| **byte == b'\t').count() } else { 0 };
            if line[tabs..] == awaited.end {
                return Document { bytes: start..begin, expands: awaited.expands };
            }
        }
        Document { bytes: start..self.text.len(), expands: awaited.expands }
    }

    /// At the second bracket of `((`: moves behind `))` where that closes it.
    pub fn skip_arithmetic(&mut self) -> bool {
        let end = (self.at + ARITHMETIC_BYTES_MAX).min(self.text.len());
        let closed = closed(&self.text[..end], self.at, b')');
        let found = self.text[..end].get(closed) == Some(&b')');
        if found {
            self.at = closed + 1;
        }
        found
    }

    /// At the first bracket of `(…)` where no command can stand: moves behind it.
    pub fn skip_brackets(&mut self, open: usize) {
        self.at = closed(self.text, open, b')');
    }

    pub fn is_open_bracket(&self) -> bool {
        self.byte(0) == b'('
    }
}

fn redirection_length(text: &[u8]) -> usize {
    match text {
        [b'<', b'<', b'<', ..] => 3,
        [b'<', b'<' | b'>' | b'&', ..] | [b'>', b'>' | b'&' | b'|', ..] => 2,
        _ => 1,
    }
}

/// Where a word ends that begins at a byte which is no blank and no operator.
fn word_end(text: &[u8], start: usize) -> usize {
    let mut at = start;
    while let Some(byte) = text.get(at) {
        at = match byte {
            b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b')' => break,
            b'\r' if text.get(at + 1) == Some(&b'\n') => break,
            // An array's values, or a pattern of a shell that has them.
            b'(' if at > start && matches!(text[at - 1], b'=' | b'@' | b'?' | b'*' | b'+') => closed(text, at, b')'),
            b'<' | b'>' if at == start && text.get(at + 1) == Some(&b'(') => closed(text, at + 1, b')'),
            b'(' | b'<' | b'>' => break,
            _ => piece_end(text, at, true),
        };
    }
    at.min(text.len())
}

/// Where one character ends, or the quoted or substituted piece that begins with it.
pub fn piece_end(text: &[u8], at: usize, single_quotes: bool) -> usize {
    let end = match (text[at], text.get(at + 1)) {
        (b'\\', _) => at + 2,
        (b'\'', _) if single_quotes => single_quote_end(text, at),
        (b'"', _) => closed(text, at, b'"'),
        (b'`', _) => closed(text, at, b'`'),
        (b'$', Some(b'(')) => closed(text, at + 1, b')'),
        (b'$', Some(b'{')) => closed(text, at + 1, b'}'),
        _ => at + 1,
    };
    end.min(text.len())
}

fn single_quote_end(text: &[u8], at: usize) -> usize {
    text[at + 1..].iter().position(|byte| *byte == b'\'').map_or(text.len(), |length| at + length + 2)
}

/// Behind the byte that closes what is opened at `open`, whatever is nested in it; the text's end where nothing closes it. A list of what is still open
/// stands for the nesting, so that a hostile text cannot exhaust the stack.
fn closed(text: &[u8], open: usize, closer: u8) -> usize {
    let mut awaited = vec![closer];
    let mut at = open + 1;
    while let (Some(byte), Some(closer)) = (text.get(at), awaited.last().copied()) {
        // A single quote is an ordinary character within double ones.
        let quoted = closer == b'"' || (closer == b'}' && awaited.len() > 1 && awaited[awaited.len() - 2] == b'"');
        let opens_comment = closer == b')' && matches!(text[at - 1], b' ' | b'\t' | b'\n');
        match (*byte, text.get(at + 1)) {
            (b'\\', _) => at += 2,
            (byte, _) if byte == closer => {
                awaited.pop();
                at += 1;
            }
            (b'\'', _) if !quoted => at = single_quote_end(text, at),
            (b'#', _) if opens_comment => at += text[at..].iter().position(|byte| *byte == b'\n').unwrap_or(text.len() - at),
            (b'"', _) | (b'`', _) => {
                awaited.push(*byte);
                at += 1;
            }
            (b'$', Some(b'(')) => {
                awaited.push(b')');
                at += 2;
            }
            (b'$', Some(b'{')) => {
                awaited.push(b'}');
                at += 2;
            }
            (b'(', _) if closer == b')' => {
                awaited.push(b')');
                at += 1;
            }
            _ => at += 1,
        }
    }
    at.min(text.len())
}

/// A word with its quotes taken off; variables stay as they are written.
pub fn without_quotes(word: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(word.len());
    let (mut at, mut single, mut double) = (0, false, false);
    while let Some(byte) = word.get(at) {
        match byte {
            b'\'' if !double => single = !single,
            b'"' if !single => double = !double,
            b'\\' if !single => {
                at += 1;
                plain.extend(word.get(at).filter(|byte| **byte != b'\n'));
            }
            byte => plain.push(*byte),
        }
        at += 1;
    }
    plain
}

/// Names of the variables that a piece of a script reads, each once. Single quotes keep a `$` from meaning anything, unless the text is a here-document's.
pub fn reads(text: &[u8], single_quotes: bool) -> Vec<String> {
    let (mut names, mut known) = (Vec::new(), HashSet::new());
    let (mut at, mut double) = (0, false);
    while let Some(byte) = text.get(at) {
        match byte {
            b'\\' => at += 1,
            b'"' => double = !double,
            b'\'' if single_quotes && !double => at = single_quote_end(text, at).max(at + 1) - 1,
            b'$' => {
                let from = at + 1 + text[at + 1..].iter().take(2).take_while(|byte| matches!(byte, b'{' | b'#' | b'!')).count();
                let name = name_at(&text[from.min(text.len())..]);
                if !name.is_empty() && known.insert(name) {
                    names.push(name.to_string());
                }
            }
            _ => {}
        }
        at += 1;
    }
    names
}

/// The variable's name that a text begins with; empty where it begins with none.
pub fn name_at(text: &[u8]) -> &str {
    let length = text.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    match text.first() {
        Some(first) if !first.is_ascii_digit() => std::str::from_utf8(&text[..length]).expect("ASCII alone"),
        _ => "",
    }
}
