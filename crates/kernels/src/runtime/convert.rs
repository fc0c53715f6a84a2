//! Conversion between JCHAR and ZCHAR text in the code pages that the runtime knows: UTF-8 and ISO-8859-1.

#![expect(unsafe_code, reason = "the functions of the C interface take pointers")]

use std::ffi::{c_char, c_int};
use std::ptr;

use super::units::{Unit, string, text, write_within};

#[derive(Clone, Copy, PartialEq, Debug)]
enum CodePage {
    Utf8,
    Latin1,
}

impl CodePage {
    fn named(name: &str) -> Option<CodePage> {
        match name.trim().to_ascii_lowercase().as_str() {
            "" | "utf-8" | "utf8" => Some(CodePage::Utf8),
            "iso-8859-1" | "iso8859-1" | "latin1" => Some(CodePage::Latin1),
            _ => None,
        }
    }

    fn decode(self, bytes: &[c_char]) -> String {
        match self {
            CodePage::Utf8 => c_char::decode(bytes),
            CodePage::Latin1 => bytes.iter().map(|byte| char::from(*byte as u8)).collect(),
        }
    }

    /// The bytes of one character; a question mark where the code page has none.
    fn encode(self, character: char) -> Vec<c_char> {
        match self {
            CodePage::Utf8 => c_char::encode(character.encode_utf8(&mut [0; 4])),
            CodePage::Latin1 => vec![u8::try_from(u32::from(character)).unwrap_or(b'?') as c_char],
        }
    }
}

/// Encoded characters as long as they fit into `size` units with the end: a character is taken whole or not at all.
fn fitting<U: Unit>(text: &str, size: usize, encode: impl Fn(char) -> Vec<U>) -> Vec<U> {
    let mut fitted = Vec::new();
    for character in text.chars() {
        let units = encode(character);
        if fitted.len() + units.len() >= size {
            break;
        }
        fitted.extend(units);
    }
    fitted
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeToUnicode(
    destination: *mut u16,
    source: *const c_char,
    size: c_int,
    code_page: *const c_char,
) -> *mut u16 {
    let size = usize::try_from(size).unwrap_or(0);
    // SAFETY: the source and the name are NULL or text; the destination has `size` units.
    unsafe {
        let page = CodePage::named(&string(code_page));
        let decoded = page.map_or(String::new(), |page| page.decode(text(source)));
        write_within(destination, &fitting(&decoded, size, |character| u16::encode(character.encode_utf8(&mut [0; 4]))), size);
        page.map_or(ptr::null_mut(), |_| destination)
    }
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeFromUnicode(
    destination: *mut c_char,
    source: *const u16,
    size: c_int,
    code_page: *const c_char,
) -> *mut c_char {
    let size = usize::try_from(size).unwrap_or(0);
    // SAFETY: as above.
    unsafe {
        let page = CodePage::named(&string(code_page));
        let encoded = page.map_or(Vec::new(), |page| fitting(&string(source), size, |character| page.encode(character)));
        write_within(destination, &encoded, size);
        page.map_or(ptr::null_mut(), |_| destination)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_is_never_cut() {
        let utf8 = |character: char| CodePage::Utf8.encode(character);
        assert_eq!(c_char::decode(&fitting("aä", 3, utf8)), "a");
        assert_eq!(c_char::decode(&fitting("aä", 4, utf8)), "aä");
        assert!(fitting("a", 1, utf8).is_empty());
        assert!(fitting("a", 0, utf8).is_empty());
    }

    #[test]
    fn latin_1_has_a_question_mark_for_the_rest() {
        assert_eq!(CodePage::named("ISO-8859-1"), Some(CodePage::Latin1));
        assert_eq!(CodePage::Latin1.encode('é'), [0xE9_u8 as c_char]);
        assert_eq!(CodePage::Latin1.encode('€'), [b'?' as c_char]);
        assert_eq!(CodePage::Latin1.decode(&[0xE9_u8 as c_char]), "é");
        assert_eq!(CodePage::named("EBCDIC"), None);
    }
}
