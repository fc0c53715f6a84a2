//! C text as tokens: comments and blanks dropped, every other byte kept, never failing: what is no C becomes single marks.
//!
//! It does not know what tokens mean together.

use std::collections::HashSet;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Identifier,
    Number,
    /// A string or character literal.
    Literal,
    /// One character of punctuation.
    Mark,
    /// The end of a preprocessor line.
    LineEnd,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Token<'a> {
    pub kind: Kind,
    pub text: &'a [u8],
    pub line: u32,
}

impl Token<'_> {
    pub fn is(&self, text: &str) -> bool {
        self.text == text.as_bytes()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Directives {
    Keep,
    Skip,
}

pub(crate) fn tokens(text: &[u8], directives: Directives) -> Tokens<'_> {
    Tokens { text, at: 0, line: 1, line_start: true, in_directive: false, directives }
}

/// All names in a C text, those in preprocessor lines too.
pub(crate) fn identifiers(text: &[u8]) -> HashSet<&[u8]> {
    tokens(text, Directives::Keep).filter(|token| token.kind == Kind::Identifier).map(|token| token.text).collect()
}

pub(crate) struct Tokens<'a> {
    text: &'a [u8],
    at: usize,
    line: u32,
    /// Only blanks and comments were on this line so far.
    line_start: bool,
    in_directive: bool,
    directives: Directives,
}

impl<'a> Tokens<'a> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.get(self.at + ahead).copied()
    }

    /// Skips blanks, comments and joined lines. True if a preprocessor line ended here.
    fn skip_blanks(&mut self) -> bool {
        while let Some(byte) = self.peek(0) {
            match (byte, self.peek(1)) {
                (b'\n', _) => {
                    self.at += 1;
                    self.line += 1;
                    self.line_start = true;
                    if std::mem::take(&mut self.in_directive) {
                        return true;
                    }
                }
                (b'\\', Some(b'\n')) => {
                    self.at += 2;
                    self.line += 1;
                }
                (b'\\', Some(b'\r')) if self.peek(2) == Some(b'\n') => {
                    self.at += 3;
                    self.line += 1;
                }
                (b'/', Some(b'*')) => self.skip_block_comment(),
                (b'/', Some(b'/')) => self.skip_to_line_end(),
                _ if byte.is_ascii_whitespace() || byte == 0x0b => self.at += 1,
                _ => return false,
            }
        }
        std::mem::take(&mut self.in_directive)
    }

    fn skip_block_comment(&mut self) {
        let body = &self.text[self.at + 2..];
        let length = body.windows(2).position(|pair| pair == b"*/").map_or(body.len(), |end| end + 2);
        self.line += body[..length].iter().filter(|&&byte| byte == b'\n').count() as u32;
        self.at += 2 + length;
    }

    /// Stands before the line's end, or that of the last line joined to it.
    fn skip_to_line_end(&mut self) {
        while let Some(byte) = self.peek(0) {
            if byte == b'\n' {
                let before = self.text[..self.at].strip_suffix(b"\r").unwrap_or(&self.text[..self.at]);
                if !before.ends_with(b"\\") {
                    return;
                }
                self.line += 1;
            }
            self.at += 1;
        }
    }

    fn take(&mut self, kind: Kind, length: usize) -> Token<'a> {
        let token = Token { kind, text: &self.text[self.at..self.at + length], line: self.line };
        self.at += length;
        token
    }

    fn length_while(&self, belongs: impl Fn(u8) -> bool) -> usize {
        self.text[self.at..].iter().take_while(|&&byte| belongs(byte)).count()
    }

    /// Bytes of the literal that starts here; one that is not closed ends with its line.
    fn literal_length(&self, quote: u8) -> usize {
        let rest = &self.text[self.at..];
        let mut at = 1;
        while let Some(&byte) = rest.get(at) {
            match byte {
                b'\\' if rest.get(at + 1).is_some_and(|&next| next != b'\n') => at += 2,
                b'\n' => return at,
                _ if byte == quote => return at + 1,
                _ => at += 1,
            }
        }
        rest.len()
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            if self.skip_blanks() {
                return Some(Token { kind: Kind::LineEnd, text: b"", line: self.line.saturating_sub(1).max(1) });
            }
            let byte = self.peek(0)?;
            let starts_line = std::mem::take(&mut self.line_start);
            if byte == b'#' && starts_line {
                if self.directives == Directives::Skip {
                    self.skip_directive();
                    continue;
                }
                self.in_directive = true;
            }
            return Some(match byte {
                b'"' | b'\'' => self.take(Kind::Literal, self.literal_length(byte)),
                _ if byte.is_ascii_alphabetic() || byte == b'_' => {
                    self.take(Kind::Identifier, self.length_while(|b| b.is_ascii_alphanumeric() || b == b'_'))
                }
                _ if byte.is_ascii_digit() => {
                    self.take(Kind::Number, self.length_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.')))
                }
                _ => self.take(Kind::Mark, 1),
            });
        }
    }
}

impl Tokens<'_> {
    /// Skips a preprocessor line with the lines joined to it and the comments that it opens.
    fn skip_directive(&mut self) {
        self.at += 1;
        self.in_directive = true;
        while self.in_directive {
            if self.skip_blanks() {
                return;
            }
            match self.peek(0) {
                Some(quote @ (b'"' | b'\'')) => self.at += self.literal_length(quote),
                Some(_) => self.at += 1,
                None => self.in_directive = false,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str, directives: Directives) -> Vec<(u32, String)> {
        tokens(text.as_bytes(), directives).map(|token| (token.line, String::from_utf8_lossy(token.text).into_owned())).collect()
    }

    fn words(text: &str, directives: Directives) -> String {
        texts(text, directives).into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn comments_blanks_and_joined_lines_vanish() {
        assert_eq!(words("a /* x\n*/ b // c \\\n still\n\\\n d", Directives::Keep), "a b d");
        assert_eq!(texts("a /* x\n*/ b // c \\\n still\n d", Directives::Keep), [(1, "a".into()), (2, "b".into()), (4, "d".into())]);
    }

    #[test]
    fn literals_hold_what_looks_like_comments_and_quotes() {
        assert_eq!(words(r#"_J("/* \" */") '"' x"#, Directives::Keep), r#"_J ( "/* \" */" ) '"' x"#);
        assert_eq!(words("\"open\nnext", Directives::Keep), "\"open next");
    }

    #[test]
    fn preprocessor_lines_can_be_skipped_or_end_in_a_token() {
        let text = "#define A \\\n 1 /* over\n two */ 2\nint a;\n  # if X\nint b;";
        assert_eq!(words(text, Directives::Skip), "int a ; int b ;");
        assert_eq!(words(text, Directives::Keep), "# define A 1 2  int a ; # if X  int b ;");
    }
}
