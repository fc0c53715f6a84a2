//! The compound statements of a start script, line by line as generated scripts write them: where an `if`, a `case` or a loop begins, turns and ends.
//! It knows the text alone; what a condition comes to is not known here.

use crate::scripts::Syntax;

/// Something that changes whether what follows is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    If(String),
    ElseIf(String),
    Else,
    /// `case WORD in`
    Case(String),
    /// Patterns of an arm, `|` between them.
    Arm(String),
    ArmEnd,
    /// A loop, or what this reader does not understand.
    Unclear(String),
    /// Of whatever was opened last.
    End,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Event {
    pub at: usize,
    pub line: usize,
    pub turn: Turn,
}

/// The turns of a script, in order; none at all where they do not pair up: then nothing is sure.
pub(super) fn turns(text: &[u8], syntax: Syntax) -> Vec<Event> {
    let mut reader = Reader { events: Vec::new(), open: Vec::new(), is_balanced: true };
    let mut at = 0;
    for (number, line) in text.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let words = String::from_utf8_lossy(line);
        let place = (at, at + line.len(), number + 1);
        match syntax {
            Syntax::Sh => reader.sh(words.trim(), place),
            Syntax::Cmd => reader.cmd(words.trim(), place),
        }
        at += line.len();
    }
    if reader.is_balanced && reader.open.is_empty() { reader.events } else { Vec::new() }
}

#[derive(Clone, Copy, PartialEq)]
enum Open {
    If,
    Case,
    Loop,
}

struct Reader {
    events: Vec<Event>,
    open: Vec<Open>,
    is_balanced: bool,
}

/// Begin, end and number of a line.
type Line = (usize, usize, usize);

impl Reader {
    fn push(&mut self, at: usize, line: usize, turn: Turn) {
        self.events.push(Event { at, line, turn });
    }

    fn begin(&mut self, (at, _, line): Line, open: Open, turn: Turn) {
        self.open.push(open);
        self.push(at, line, turn);
    }

    fn end(&mut self, at: usize, line: usize, of: Open) {
        self.is_balanced &= self.open.pop() == Some(of);
        self.push(at, line, Turn::End);
    }

    fn sh(&mut self, text: &str, place: Line) {
        let (begin, end, line) = place;
        let text = text.trim_end_matches('\r');
        let first = text.split([' ', '\t', ';']).next().unwrap_or_default();
        let rest = text[first.len()..].trim();
        match first {
            "if" => {
                let is_whole = is_word(text, "fi");
                let turn = if is_whole && is_word(text, "else") { Turn::Unclear(rest.into()) } else { Turn::If(condition(rest)) };
                self.begin(place, Open::If, turn);
                if is_whole {
                    self.end(end, line, Open::If);
                }
            }
            "elif" => self.push(begin, line, Turn::ElseIf(condition(rest))),
            "else" => self.push(begin, line, Turn::Else),
            "fi" => self.end(begin, line, Open::If),
            "case" => match rest.strip_suffix(" in").or_else(|| rest.strip_suffix("\tin")) {
                Some(word) => self.begin(place, Open::Case, Turn::Case(word.trim().into())),
                None => {
                    self.begin(place, Open::Case, Turn::Unclear(rest.into()));
                    if is_word(text, "esac") {
                        self.end(end, line, Open::Case);
                    }
                }
            },
            "esac" => self.end(begin, line, Open::Case),
            "for" | "while" | "until" | "select" => {
                self.begin(place, Open::Loop, Turn::Unclear(text.into()));
                if is_word(text, "done") {
                    self.end(end, line, Open::Loop);
                }
            }
            "done" => self.end(begin, line, Open::Loop),
            _ if text.starts_with('#') => {}
            _ => self.arm(text, place),
        }
    }

    /// Within a `case`: the patterns before the first bracket, and the end of an arm.
    fn arm(&mut self, text: &str, (begin, end, line): Line) {
        if self.open.last() != Some(&Open::Case) {
            return;
        }
        let is_behind_arm = self
            .events
            .iter()
            .rev()
            .find(|event| !matches!(event.turn, Turn::End))
            .is_some_and(|event| matches!(event.turn, Turn::Case(_) | Turn::ArmEnd));
        let patterns = text.trim_start_matches('(');
        if let (true, Some(bracket)) = (is_behind_arm, outside_quotes(patterns, ')').next()) {
            self.push(begin, line, Turn::Arm(patterns[..bracket].trim().into()));
        }
        if text.ends_with(";;") {
            self.push(end, line, Turn::ArmEnd);
        }
    }

    fn cmd(&mut self, text: &str, place: Line) {
        let (begin, end, line) = place;
        let text = text.trim_start_matches('@').trim_start();
        let lower = text.to_ascii_lowercase();
        if lower.starts_with("rem ") || lower.starts_with("::") || lower.is_empty() {
            return;
        }
        if let Some(rest) = lower.strip_prefix(')') {
            let rest = rest.trim_start();
            let opens = lower.ends_with('(');
            match (rest.strip_prefix("else"), opens) {
                (Some(behind), true) if behind.trim_start().starts_with("if ") => {
                    let condition = text[text.len() - behind.trim_start().len() + 3..].trim_end_matches('(').trim();
                    self.push(begin, line, Turn::ElseIf(condition.into()));
                }
                (Some(_), true) => self.push(begin, line, Turn::Else),
                // The rest of the line is the whole other arm.
                (Some(_), false) => {
                    self.push(begin, line, Turn::Else);
                    self.close_any(end, line);
                }
                _ => self.close_any(begin, line),
            }
            return;
        }
        let opens = lower.ends_with('(');
        if lower.starts_with("if ") {
            let rest = text[3..].trim();
            let turn = match opens {
                true => Turn::If(rest.trim_end_matches('(').trim().into()),
                false if is_word(&lower, "else") => Turn::Unclear(rest.into()),
                false => Turn::If(rest.into()),
            };
            self.begin(place, Open::If, turn);
            if !opens {
                self.end(end, line, Open::If);
            }
        } else if over_one_file(text).is_some() && !opens {
            // It runs once.
        } else if lower.starts_with("for ") {
            self.begin(place, Open::Loop, Turn::Unclear(text.into()));
            if !opens {
                self.end(end, line, Open::Loop);
            }
        } else if lower == "(" {
            self.begin(place, Open::Loop, Turn::Unclear("(".into()));
        }
    }

    fn close_any(&mut self, at: usize, line: usize) {
        self.is_balanced &= self.open.pop().is_some();
        self.push(at, line, Turn::End);
    }
}

/// The file of a loop of cmd over a single one, by which scripts come to its short name: `for %%i in ("C:\a b") do …`.
pub(super) fn over_one_file(text: &str) -> Option<&str> {
    let lower = text.to_ascii_lowercase();
    let at = lower.find("for %%").filter(|_| lower.is_ascii())?;
    let (head, rest) = text[at..].split_once(" in (\"")?;
    let (file, _) = rest.split_once("\") do ")?;
    (head.len() == "for %%i".len() && !file.contains(['"', '*', '?'])).then_some(file)
}

/// Where a sign stands that means something to sh: not within quotes, and not behind a backslash.
pub(super) fn outside_quotes(text: &str, sign: char) -> impl Iterator<Item = usize> {
    let (mut quote, mut is_escaped) = (None, false);
    text.char_indices().filter_map(move |(at, c)| {
        let was_escaped = std::mem::take(&mut is_escaped);
        match (c, quote) {
            _ if was_escaped => return None,
            ('\\', None | Some('"')) => is_escaped = true,
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            (c, None) if c == sign => return Some(at),
            _ => {}
        }
        None
    })
}

/// What stands between `if` and `then`.
fn condition(rest: &str) -> String {
    let rest = rest.split_once("; then").or_else(|| rest.split_once(";then")).map_or(rest, |(condition, _)| condition);
    rest.split_once(" ; then").map_or(rest, |(condition, _)| condition).trim_end_matches(';').trim().to_string()
}

fn is_word(text: &str, word: &str) -> bool {
    text.split([' ', '\t', ';', '(', ')']).any(|part| part == word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str, syntax: Syntax) -> Vec<Turn> {
        turns(text.as_bytes(), syntax).into_iter().map(|event| event.turn).collect()
    }

    #[test]
    fn compound_statements_of_both_syntaxes_are_found() {
        let sh = "if [ -f x ] ; then\n\tA=1\nelif test b\nthen\n:\nelse\n:\nfi\ncase $A in\nx|y)\n\tB=1\n\t;;\n*) C=2 ;;\nesac\n";
        let (arm, end) = (|text: &str| Turn::Arm(text.into()), Turn::End);
        let expected = [
            Turn::If("[ -f x ]".into()),
            Turn::ElseIf("test b".into()),
            Turn::Else,
            end.clone(),
            Turn::Case("$A".into()),
            arm("x|y"),
            Turn::ArmEnd,
            arm("*"),
            Turn::ArmEnd,
            end.clone(),
        ];
        assert_eq!(read(sh, Syntax::Sh), expected);
        let cmd = "if \"%A%\"==\"\" (\r\n  set A=1\r\n) else (\r\n  set A=2\r\n)\r\nif exist x call x\r\n";
        let expected = [Turn::If("\"%A%\"==\"\"".into()), Turn::Else, end.clone(), Turn::If("exist x call x".into()), end];
        assert_eq!(read(cmd, Syntax::Cmd), expected);
        assert_eq!(read("if x; then\n", Syntax::Sh), []);
        let quoted = "case $A in\n('a)b' | it\\'s\")\")\n\tB=1\n\t;;\nesac\n";
        assert_eq!(read(quoted, Syntax::Sh)[1], arm("'a)b' | it\\'s\")\""));
        assert_eq!(read("@for %%i in (\"C:\\a b\") do @set X=%%~fsi\r\n", Syntax::Cmd), []);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "((if|else|elif|fi|case|esac|for|done|in|then|\\)|\\(|;;|[a ö;]|\n| )){0,40}") {
            let _ = turns(text.as_bytes(), Syntax::Sh);
            let _ = turns(text.as_bytes(), Syntax::Cmd);
        }
    }
}
