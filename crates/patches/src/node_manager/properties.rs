//! A file of Java properties as a text to edit: where each entry stands and what it says. Everything that is not the value to change stays as it is,
//! byte for byte. Which keys mean what is not known here.
//!
//! The syntax is Java's own: keys end at the first `=`, `:` or blank that is not escaped, an odd number of backslashes at a line's end goes on with the
//! next line, `#` and `!` begin a comment where an entry could begin; bytes are ISO 8859-1.

use std::ops::Range;

/// One entry; of doubled keys every one is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub key: String,
    pub value: String,
    /// From the first byte of the key to the last of the value, without the line's end.
    pub bytes: Range<usize>,
    /// The value as it stands there.
    pub value_at: Range<usize>,
    /// From 1.
    pub line: usize,
}

/// The entries of a text, in order.
pub fn entries(text: &[u8]) -> Vec<Entry> {
    let mut found = Vec::new();
    let mut at = 0;
    let (mut line, mut counted_to) = (1, 0);
    while at < text.len() {
        let begin = skip_blanks(text, at);
        match text.get(begin) {
            None => break,
            Some(b'\n' | b'\r') => at = begin + 1,
            Some(b'#' | b'!') => at = end_of_natural_line(text, begin),
            Some(_) => {
                let end = end_of_logical_line(text, begin);
                line += line_ends(&text[counted_to..begin]);
                counted_to = begin;
                found.push(entry(text, begin..end, line));
                at = end;
            }
        }
    }
    found
}

/// What is in effect for a key: the last entry.
pub fn value<'a>(entries: &'a [Entry], key: &str) -> Option<&'a str> {
    entries.iter().rev().find(|entry| entry.key == key).map(|entry| entry.value.as_str())
}

/// The text with a key's value; the key's last entry is changed, or one is put at the end. Unchanged where it says so already.
pub fn with(text: &[u8], key: &str, value: &str) -> Vec<u8> {
    let entries = entries(text);
    let Some(last) = entries.iter().rev().find(|entry| entry.key == key) else { return with_another(text, key, value) };
    if last.value == value {
        return text.to_vec();
    }
    let key_end = last.bytes.start + raw_key(&text[last.bytes.clone()]).len();
    let between = &text[key_end..last.value_at.start];
    // A key alone has nothing between it and its value; an escape with nothing behind it, at the text's end, would take in what comes there. Where the
    // value begins on a further line, it comes to stand on the key's: an empty one there could run together with the line's own end.
    let (begin, separator): (usize, &[u8]) = match between {
        [] if continues(text, key_end) => (key_end - 1, b"="),
        [] => (last.value_at.start, b"="),
        broken if broken.contains(&b'\\') => (key_end, b"="),
        _ => (last.value_at.start, b""),
    };
    [&text[..begin], separator, &escaped_value(value), &text[last.value_at.end..]].concat()
}

fn with_another(text: &[u8], key: &str, value: &str) -> Vec<u8> {
    let line_end: &[u8] = match text.windows(2).any(|pair| pair == b"\r\n") {
        // Behind a bare return a new line would be one end together with it.
        _ if text.ends_with(b"\r") => b"\r",
        true => b"\r\n",
        false => b"\n",
    };
    let is_open = !text.is_empty() && !text.ends_with(b"\n") && !text.ends_with(b"\r");
    let mut after = text.to_vec();
    if is_open {
        after.extend_from_slice(line_end);
    }
    if continues(text, text.len()) || continues(text, without_line_end(text)) {
        // The last entry would go on with our line; an empty one ends it.
        after.extend_from_slice(line_end);
    }
    after.extend_from_slice(&escaped_key(key));
    after.push(b'=');
    after.extend_from_slice(&escaped_value(value));
    if !is_open {
        after.extend_from_slice(line_end);
    }
    after
}

fn without_line_end(text: &[u8]) -> usize {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    text.strip_suffix(b"\r").unwrap_or(text).len()
}

/// Whether the line that ends here goes on with the next one.
fn continues(text: &[u8], end: usize) -> bool {
    text[..end].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | 0x0c)
}

fn skip_blanks(text: &[u8], at: usize) -> usize {
    text[at..].iter().position(|byte| !is_blank(*byte)).map_or(text.len(), |count| at + count)
}

fn end_of_natural_line(text: &[u8], at: usize) -> usize {
    text[at..].iter().position(|byte| matches!(byte, b'\n' | b'\r')).map_or(text.len(), |count| at + count)
}

fn end_of_logical_line(text: &[u8], begin: usize) -> usize {
    let mut end = end_of_natural_line(text, begin);
    while end < text.len() && continues(&text[begin..], end - begin) {
        let next = end + if text[end..].starts_with(b"\r\n") { 2 } else { 1 };
        let goes_on = skip_blanks(text, next);
        end = end_of_natural_line(text, goes_on);
        if goes_on == end {
            break;
        }
    }
    end
}

fn line_ends(text: &[u8]) -> usize {
    text.iter().enumerate().filter(|(at, byte)| **byte == b'\n' || (**byte == b'\r' && text.get(at + 1) != Some(&b'\n'))).count()
}

fn entry(text: &[u8], bytes: Range<usize>, line: usize) -> Entry {
    let whole = &text[bytes.clone()];
    let key = raw_key(whole);
    let mut at = skip_separator_blanks(whole, key.len());
    if matches!(whole.get(at), Some(b'=' | b':')) {
        at = skip_separator_blanks(whole, at + 1);
    }
    Entry { key: plain(key), value: plain(&whole[at..]), value_at: bytes.start + at..bytes.end, bytes, line }
}

/// Blanks, and line ends that are escaped with the blanks behind them.
fn skip_separator_blanks(whole: &[u8], mut at: usize) -> usize {
    loop {
        at = skip_blanks(whole, at);
        let escaped_end = [&b"\\\r\n"[..], b"\\\n", b"\\\r"].into_iter().find(|end| whole[at..].starts_with(end));
        match escaped_end {
            Some(end) => at += end.len(),
            None => return at,
        }
    }
}

fn raw_key(whole: &[u8]) -> &[u8] {
    let mut is_escaped = false;
    let end = whole.iter().position(|byte| {
        let ends = !is_escaped && (is_blank(*byte) || matches!(byte, b'=' | b':'));
        is_escaped = !is_escaped && *byte == b'\\';
        ends
    });
    // A backslash that the file ends with escapes nothing and is no part of the key.
    let last = whole.len() - usize::from(continues(whole, whole.len()));
    &whole[..end.unwrap_or(last)]
}

/// Escapes undone.
fn plain(raw: &[u8]) -> String {
    let mut units: Vec<u16> = Vec::with_capacity(raw.len());
    let mut at = 0;
    while let Some(byte) = raw.get(at) {
        at += 1;
        if *byte != b'\\' {
            units.push(u16::from(*byte));
            continue;
        }
        let Some(escaped) = raw.get(at) else { break };
        at += 1;
        match escaped {
            b't' => units.push(9),
            b'n' => units.push(10),
            b'r' => units.push(13),
            b'f' => units.push(12),
            b'u' => {
                let digits = raw.get(at..at + 4).and_then(|digits| std::str::from_utf8(digits).ok());
                match digits.and_then(|digits| u16::from_str_radix(digits, 16).ok()) {
                    Some(unit) => {
                        units.push(unit);
                        at += 4;
                    }
                    // Java refuses the whole file; as a text to edit the letter is all it says.
                    None => units.push(u16::from(b'u')),
                }
            }
            b'\n' | b'\r' => {
                at += usize::from(*escaped == b'\r' && raw.get(at) == Some(&b'\n'));
                at = skip_blanks(raw, at);
            }
            other => units.push(u16::from(*other)),
        }
    }
    String::from_utf16_lossy(&units)
}

fn escaped_key(key: &str) -> Vec<u8> {
    escaped(key, |c, _| matches!(c, ' ' | '=' | ':' | '#' | '!'))
}

fn escaped_value(value: &str) -> Vec<u8> {
    escaped(value, |c, is_first| (c == ' ' && is_first) || matches!(c, '=' | ':' | '#' | '!'))
}

fn escaped(text: &str, is_special: impl Fn(char, bool) -> bool) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        match character {
            '\\' => bytes.extend_from_slice(b"\\\\"),
            '\t' => bytes.extend_from_slice(b"\\t"),
            '\n' => bytes.extend_from_slice(b"\\n"),
            '\r' => bytes.extend_from_slice(b"\\r"),
            '\u{c}' => bytes.extend_from_slice(b"\\f"),
            ' '..='~' => {
                if is_special(character, at == 0) {
                    bytes.push(b'\\');
                }
                bytes.push(character as u8);
            }
            other => {
                let mut units = [0; 2];
                for unit in other.encode_utf16(&mut units) {
                    bytes.extend_from_slice(format!("\\u{unit:04X}").as_bytes());
                }
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Vec<(String, String)> {
        entries(text.as_bytes()).into_iter().map(|entry| (entry.key, entry.value)).collect()
    }

    fn pairs(listed: &[(&str, &str)]) -> Vec<(String, String)> {
        listed.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()
    }

    #[test]
    fn the_syntax_is_javas() {
        assert_eq!(read("# c\n! d\n  a = 1\nb:2\nc 3\nd\n"), pairs(&[("a", "1"), ("b", "2"), ("c", "3"), ("d", "")]));
        assert_eq!(read("p=C\\:\\\\nm\\\\x\r\nq=a\\\r\n   b\r\nr=\\u0041"), pairs(&[("p", "C:\\nm\\x"), ("q", "ab"), ("r", "A")]));
        assert_eq!(read("a\\ b=1\na\\=c : = 2"), pairs(&[("a b", "1"), ("a=c", "= 2")]));
        // A line that goes on with an empty one ends there; a comment cannot go on.
        assert_eq!(read("a=1\\\n\nb=2\n#x\\\nc=3"), pairs(&[("a", "1"), ("b", "2"), ("c", "3")]));
        assert_eq!(entries(b"\n\r\n#\nk=v")[0].line, 4);
    }

    #[test]
    fn one_value_changes_and_nothing_else() {
        let text = b"# head\r\na=1\r\nKey : old\\\r\n  er\r\nKey=last\r\n!z";
        assert_eq!(with(text, "Key", "new"), b"# head\r\na=1\r\nKey : old\\\r\n  er\r\nKey=new\r\n!z");
        assert_eq!(with(b"a=1", "Key", "x y"), b"a=1\nKey=x y");
        assert_eq!(with(b"a=1\r\n", "Key", "C:\\x"), b"a=1\r\nKey=C\\:\\\\x\r\n");
        assert_eq!(with(b"Key", "Key", "v"), b"Key=v");
        assert_eq!(with(b"Key\\", "Key", "v"), b"Key=v");
        assert_eq!(with(b"", "Key", "v"), b"Key=v\n");
        assert_eq!(read(std::str::from_utf8(&with(b"a=1\\", "Key", "v")).unwrap()), pairs(&[("a", "1"), ("Key", "v")]));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn an_edit_changes_its_key_alone(text in "([ab#!=: \\\\u0-9\t\r\n]|Key){0,80}", value in "\\PC{0,12}") {
            let before = entries(text.as_bytes());
            let after_text = with(text.as_bytes(), "Key", &value);
            let after = entries(&after_text);
            prop_assert_eq!(super::value(&after, "Key"), Some(value.as_str()));
            let others = |entries: &[Entry]| {
                let last = entries.iter().rposition(|entry| entry.key == "Key");
                entries.iter().enumerate().filter(|(at, _)| Some(*at) != last).map(|(_, entry)| (entry.key.clone(), entry.value.clone())).collect::<Vec<_>>()
            };
            let expected = if before.iter().any(|entry| entry.key == "Key") { others(&before) }
                else { before.iter().map(|entry| (entry.key.clone(), entry.value.clone())).collect() };
            prop_assert_eq!(others(&after), expected);
            prop_assert_eq!(with(&after_text, "Key", &value), after_text);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let edited = with(&bytes, "StartScriptName", "startWebLogic.sh");
            let edited = entries(&edited);
            prop_assert_eq!(super::value(&edited, "StartScriptName"), Some("startWebLogic.sh"));
        }
    }
}
