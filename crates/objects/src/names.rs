//! What names and short texts may look like: one rule per sort, each with the sentence that a complaint quotes.
//!
//! It does not know whether a named thing exists.

/// What a text must look like.
pub struct Rule {
    /// Ends the sentence "… must be".
    pub about: &'static str,
    pub holds: fn(&str) -> bool,
}

pub(crate) const OBJECT: Rule = Rule { about: "1 to 10 of A–Z, 0–9 and _, first a letter", holds: is_object };
pub(crate) const SYSTEM: Rule =
    Rule { about: "a system code, 1 to 4 of A–Z and 0–9", holds: |t| sized(t, 1, 4) && t.bytes().all(capital_or_digit) };
pub(crate) const LIBRARY: Rule = Rule { about: "a library, C and 1 to 9 of A–Z, 0–9 and _", holds: is_library };
pub(crate) const ALIAS: Rule = Rule { about: "a data item, 1 to 10 of A–Z, 0–9 and _, first a letter", holds: is_object };
pub(crate) const C_NAME: Rule = Rule { about: "a C name of up to 32 characters", holds: is_c_name };
pub(crate) const FUNCTION_STRUCTURE: Rule =
    Rule { about: "the data structure of a function, D and digits, as D5500010", holds: |t| is_structure(t, b'D') };
pub(crate) const OPTION_STRUCTURE: Rule =
    Rule { about: "the data structure of processing options, T and digits, as T5501", holds: |t| is_structure(t, b'T') };
pub(crate) const COLUMN_PREFIX: Rule = Rule { about: "a column prefix, a letter and one more of A–Z and 0–9", holds: is_column_prefix };
pub(crate) const VERSION: Rule =
    Rule { about: "a version, 1 to 10 of A–Z, 0–9 and _", holds: |t| sized(t, 1, 10) && t.bytes().all(name_byte) };
pub(crate) const MESSAGE: Rule =
    Rule { about: "a message, four of A–Z and 0–9", holds: |t| sized(t, 4, 4) && t.bytes().all(capital_or_digit) };
pub(crate) const IMAGE: Rule = Rule { about: "the name of a file in res/", holds: |t| sized(t, 1, 100) && is_file_name(t) };
pub(crate) const JAVA_PACKAGE: Rule = Rule { about: "a Java package, as oracle.e1.bssv.JP550001", holds: is_java_package };
pub(crate) const TABLE_COLUMN: Rule = Rule { about: "a table, a dot and a data item, as F5501.DOCO", holds: |t| table_column(t).is_some() };
pub(crate) const TEXT_40: Rule = Rule { about: "1 to 40 characters on one line", holds: |t| is_line(t, 40) };
pub(crate) const TEXT_60: Rule = Rule { about: "1 to 60 characters on one line", holds: |t| is_line(t, 60) };
pub(crate) const TEXT_120: Rule = Rule { about: "1 to 120 characters on one line", holds: |t| is_line(t, 120) };

fn sized(text: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&text.len())
}

fn capital_or_digit(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

fn name_byte(byte: u8) -> bool {
    capital_or_digit(byte) || byte == b'_'
}

pub(crate) fn is_object(text: &str) -> bool {
    sized(text, 1, 10) && text.bytes().all(name_byte) && text.as_bytes()[0].is_ascii_uppercase()
}

fn is_library(text: &str) -> bool {
    sized(text, 2, 10) && text.starts_with('C') && text.bytes().all(name_byte)
}

fn is_structure(text: &str, first: u8) -> bool {
    is_object(text) && text.len() > 1 && text.as_bytes()[0] == first && text.as_bytes()[1].is_ascii_digit()
}

pub(crate) fn is_data_structure(text: &str) -> bool {
    is_structure(text, b'D') || is_structure(text, b'T')
}

fn is_column_prefix(text: &str) -> bool {
    sized(text, 2, 2) && text.bytes().all(capital_or_digit) && text.as_bytes()[0].is_ascii_uppercase()
}

pub(crate) fn is_c_name(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    sized(text, 1, 32)
        && letter(text.as_bytes()[0])
        && text.bytes().all(|byte| letter(byte) || byte.is_ascii_digit())
        && !C_KEYWORDS.contains(&text)
}

fn is_java_package(text: &str) -> bool {
    sized(text, 1, 200)
        && text.split('.').all(|part| is_c_name(part) || (part.len() > 32 && part.bytes().all(|b| b.is_ascii_alphanumeric())))
}

fn is_line(text: &str, most: usize) -> bool {
    let characters = text.chars().count();
    (1..=most).contains(&characters) && !text.chars().any(char::is_control)
}

/// A plain file name: no folder, nothing hidden, nothing that a shell or another file system would read differently.
pub(crate) fn is_file_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 100
        && !text.starts_with('.')
        && !text.ends_with('.')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

pub(crate) fn table_column(text: &str) -> Option<(&str, &str)> {
    text.split_once('.').filter(|(table, item)| is_object(table) && is_object(item))
}

const C_KEYWORDS: &[&str] = &[
    "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum", "extern", "float", "for", "goto",
    "if", "inline", "int", "long", "register", "restrict", "return", "short", "signed", "sizeof", "static", "struct", "switch", "typedef",
    "union", "unsigned", "void", "volatile", "while",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_hold_for_good_names_and_not_for_bad_ones() {
        let cases: &[(&Rule, &[&str], &[&str])] = &[
            (&OBJECT, &["B5500010", "F55_1", "A"], &["", "b5500010", "5B", "B55000100000", "B-1", "Bé"]),
            (&SYSTEM, &["55", "H96B"], &["", "55555", "5 "]),
            (&LIBRARY, &["CORD", "C_1"], &["C", "ORD", "CORDERENTRY1", "Cord"]),
            (&C_NAME, &["mnOrderNumber", "_x1"], &["", "1x", "int", "a b", "äb", "a23456789012345678901234567890123"]),
            (&FUNCTION_STRUCTURE, &["D5500010", "D9600186A"], &["T5501", "D", "DX1"]),
            (&OPTION_STRUCTURE, &["T5501"], &["D5501"]),
            (&COLUMN_PREFIX, &["OH", "Q9"], &["O", "9Q", "OHX", "oh"]),
            (&MESSAGE, &["55A1", "4363"], &["55A", "55a1"]),
            (&IMAGE, &["logo.png"], &["../logo.png", "a/b.png", ".hidden", "", "a\\b"]),
            (&JAVA_PACKAGE, &["oracle.e1.bssv.JP550001"], &["", "oracle..e1", "a.1b", "a/b"]),
            (&TABLE_COLUMN, &["F5501.DOCO"], &["F5501", "F5501.", ".DOCO", "F5501.DO.CO"]),
            (&TEXT_40, &["Order Number", "Größe"], &["", "a\nb", "12345678901234567890123456789012345678901"]),
        ];
        for (rule, good, bad) in cases {
            for text in *good {
                assert!((rule.holds)(text), "{text} should be {}", rule.about);
            }
            for text in *bad {
                assert!(!(rule.holds)(text), "{text} should not be {}", rule.about);
            }
        }
    }
}
