//! How the Windows command processor reads characters: percent expansions, carets, quotes, redirections. It knows no command.

/// What stands between two percent signs, or behind one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Percent<'a> {
    Variable(&'a [u8]),
    /// `%1`, `%*`, `%~dp0`, and the doubled sign.
    Other,
}

/// The expansion that begins at a percent sign, with its end. It is replaced before anything else is looked at, so quotes and `&` in it mean nothing.
pub fn percent_at(text: &[u8], at: usize) -> Option<(usize, Percent<'_>)> {
    let rest = &text[at + 1..];
    match rest.first()? {
        b'%' | b'*' | b'0'..=b'9' => return Some((at + 2, Percent::Other)),
        b'~' => {
            let modifiers = rest[1..].iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
            if rest.get(1 + modifiers).is_some_and(u8::is_ascii_digit) {
                return Some((at + modifiers + 3, Percent::Other));
            }
        }
        _ => {}
    }
    let length = rest.iter().position(|byte| matches!(byte, b'%' | b'\n'))?;
    let inside = &rest[..length];
    let name = inside.split(|byte| *byte == b':').next().unwrap_or_default();
    (rest[length] == b'%' && !name.is_empty()).then_some((at + length + 2, Percent::Variable(name)))
}

/// Names of the variables that a piece of a script reads, in capitals: in Windows they have no case.
pub fn reads(text: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    let mut at = 0;
    while at < text.len() {
        at = match text[at] {
            b'%' => match percent_at(text, at) {
                Some((end, Percent::Variable(name))) => {
                    names.push(name_of(name));
                    end
                }
                Some((end, Percent::Other)) => end,
                None => at + 1,
            },
            b'!' => {
                let length = text[at + 1..].iter().take_while(|byte| is_name(**byte)).count();
                if length > 0 && matches!(text.get(at + 1 + length), Some(b'!' | b':')) {
                    names.push(name_of(&text[at + 1..at + 1 + length]));
                    at + length + 2
                } else {
                    at + 1 + length
                }
            }
            _ => at + 1,
        };
    }
    names.sort();
    names.dedup();
    names
}

pub fn name_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).to_uppercase()
}

pub fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// What separates words.
pub fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b',' | b';' | b'=' | 0x0b | 0x0c)
}

/// The text of one command as it stands, without carets, line ends that carets join, and redirections; each byte with its place in the script.
#[derive(Clone, Debug, Default)]
pub struct Text {
    pub bytes: Vec<u8>,
    pub places: Vec<usize>,
}

impl Text {
    fn push(&mut self, script: &[u8], from: usize, to: usize) {
        self.bytes.extend_from_slice(&script[from..to]);
        self.places.extend(from..to);
    }

    /// End of the word that begins at a place: blanks in quotes and in percent expansions belong to it.
    pub fn word_end(&self, begin: usize) -> usize {
        let (mut at, mut quoted) = (begin, false);
        while at < self.bytes.len() {
            match self.bytes[at] {
                b'%' => {
                    if let Some((end, _)) = percent_at(&self.bytes, at) {
                        at = end;
                        continue;
                    }
                }
                b'"' => quoted = !quoted,
                byte if !quoted && is_blank(byte) => break,
                _ => {}
            }
            at += 1;
        }
        at.min(self.bytes.len())
    }

    pub fn skip_blanks(&self, begin: usize) -> usize {
        begin + self.bytes[begin..].iter().take_while(|byte| is_blank(**byte)).count()
    }

    /// The rest from a place on, without blanks around it.
    pub fn rest(&self, begin: usize) -> String {
        String::from_utf8_lossy(&self.bytes[begin..]).trim().to_string()
    }
}

/// A place in a script that moves on.
pub struct Reader<'a> {
    pub script: &'a [u8],
    pub at: usize,
}

impl Reader<'_> {
    pub fn peek(&self) -> Option<u8> {
        self.script.get(self.at).copied()
    }

    pub fn rest(&self) -> &[u8] {
        &self.script[self.at..]
    }

    pub fn skip_blanks(&mut self) {
        while self.peek().is_some_and(is_blank) {
            self.at += 1;
        }
    }

    pub fn skip_line(&mut self) {
        while self.peek().is_some_and(|byte| byte != b'\n') {
            self.at += 1;
        }
    }

    /// Whether a keyword stands here; quoted or with more behind it, it is something else.
    pub fn is_word(&self, word: &[u8]) -> bool {
        let rest = self.rest();
        let ends = |byte: &u8| is_blank(*byte) || matches!(byte, b'\n' | b'(' | b')' | b'&' | b'|' | b'<' | b'>' | b'"' | b'/' | b'%');
        rest.len() >= word.len() && rest[..word.len()].eq_ignore_ascii_case(word) && rest.get(word.len()).is_none_or(ends)
    }

    pub fn take_word(&mut self, word: &[u8]) -> bool {
        let there = self.is_word(word);
        self.at += if there { word.len() } else { 0 };
        there
    }

    /// Reads up to what ends a command: the line's end, `&`, `|`, and `)` in a block. What ends it is not read.
    pub fn command(&mut self, in_block: bool) -> Text {
        let mut text = Text::default();
        let mut quoted = false;
        while let Some(byte) = self.peek() {
            match byte {
                b'\n' | b'&' | b'|' if byte == b'\n' || !quoted => break,
                b')' if in_block && !quoted => break,
                b'<' | b'>' if !quoted => {
                    drop_handle(&mut text);
                    self.redirection(in_block);
                }
                _ => self.character(&mut text, &mut quoted),
            }
        }
        text
    }

    /// One word of a condition: up to a blank, or to what ends a command.
    pub fn word(&mut self, in_block: bool) -> Text {
        let mut text = Text::default();
        let mut quoted = false;
        while let Some(byte) = self.peek() {
            match byte {
                b'\n' => break,
                b'&' | b'|' | b'<' | b'>' if !quoted => break,
                b')' if in_block && !quoted => break,
                _ if !quoted && is_blank(byte) && byte != b'\r' => break,
                _ => self.character(&mut text, &mut quoted),
            }
        }
        text
    }

    fn character(&mut self, text: &mut Text, quoted: &mut bool) {
        let at = self.at;
        let end = match self.script[at] {
            b'%' => percent_at(self.script, at).map_or(at + 1, |(end, _)| end),
            b'^' if !*quoted => return self.caret(text),
            // The command processor drops them before it looks at anything.
            b'\r' => {
                self.at += 1;
                return;
            }
            byte => {
                *quoted ^= byte == b'"';
                at + 1
            }
        };
        text.push(self.script, at, end);
        self.at = end;
    }

    /// A caret takes the next character's meaning away, and a line's end with the meaning of the character behind it.
    fn caret(&mut self, text: &mut Text) {
        self.at += 1;
        let line_end = [&b"\r\n"[..], b"\n"].into_iter().find(|end| self.rest().starts_with(end));
        self.at += line_end.map_or(0, <[u8]>::len);
        match self.peek() {
            // It is replaced before carets are looked at.
            None | Some(b'%' | b'\r' | b'\n') => {}
            Some(_) => {
                text.push(self.script, self.at, self.at + 1);
                self.at += 1;
            }
        }
    }

    /// `>file`, `>>file`, `2>&1`, `<file`.
    pub fn redirection(&mut self, in_block: bool) {
        while matches!(self.peek(), Some(b'<' | b'>')) {
            self.at += 1;
        }
        if self.peek() == Some(b'&') {
            self.at += 1;
        }
        self.skip_blanks();
        self.word(in_block);
    }
}

/// In `2>file` the number is a handle, no argument.
fn drop_handle(text: &mut Text) {
    let handle = text.bytes.last().is_some_and(u8::is_ascii_digit);
    let before = text.bytes.len().checked_sub(2).and_then(|at| text.bytes.get(at));
    if handle && before.is_none_or(|byte| is_blank(*byte)) {
        text.bytes.pop();
        text.places.pop();
    }
}
