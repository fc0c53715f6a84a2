//! One C file per theme of the runtime, which checks itself.

use super::{call, field, start, text};

#[repr(C)]
struct Check {
    failure: [u16; 400],
    folder: [u16; 200],
}

fn theme(source: &str, functions: &[&str]) {
    start(&[source]);
    let folder = tempfile::tempdir().unwrap();
    for function in functions {
        let mut check = Check { failure: [0; 400], folder: field(folder.path().to_str().unwrap()) };
        let result = call(function, &mut check);
        assert_eq!((result, text(&check.failure).as_str()), (0, ""), "{function} in {source}.c");
    }
}

#[test]
fn text_is_copied_compared_and_searched() {
    theme("text", &["Copying", "Comparing", "Searching", "Characters", "PlainNumbers", "CodePages", "Names"]);
}

#[test]
fn formats_are_those_of_the_c_library() {
    theme("format", &["Numbers", "Reals", "Texts", "Bounds", "Lists", "Scanning"]);
}

#[test]
fn numbers_are_decimal() {
    theme("numeric", &["Layout", "Arithmetic", "Text", "Conversions", "Parts", "Damaged"]);
}

#[test]
fn dates_follow_masks() {
    theme("date", &["Days", "Masks", "Moments"]);
}

#[test]
fn memory_is_handed_out() {
    theme("memory", &["Blocks"]);
}

#[test]
fn sessions_keep_pointers() {
    theme("session", &["Handles", "Pointers", "Limits"]);
}

#[test]
fn files_hold_text() {
    theme("file", &["Plain", "Converted", "Missing"]);
}
