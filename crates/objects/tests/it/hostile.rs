//! Foreign text of any shape ends in a value or in complaints, never in a panic.

use objects::headers::{compare, data_structures_in};
use objects::par::{self, Limits};
use objects::{ObjectText, parse, parse_dictionary};
use proptest::prelude::*;

/// Pieces that an object.toml is made of, right and wrong.
fn toml() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        "\\[\\[?(object|bsfn|function|member|table|column|index|view|join|form|control|report|section|call|version|version\\.value|service|item|message)\\]\\]?",
        "kind = \"(BSFN|DSTR|TBLE|BSVW|APPL|UBE|GT|SBF|DD|field|inner|columnar)\"",
        "(name|title|item|alias|function|data_structure|library|table|form|view|prefix|system|description|left|member|id|size|call) = (\"[A-Z][A-Z0-9.]{0,9}\"|-?[0-9]{1,20}|true|\\[\\]|\\[\"A\", 1\\]|\\{ a = 1, b = \"=1.c\" \\})",
        "values\\.[a-z]{1,3} = (1|1\\.5|nan|\"x\"|2026-11-21|\\[1\\])",
        "(columns|tables|value|values) = .{0,20}",
        ".{0,30}",
    ];
    proptest::collection::vec(line, 0..25).prop_map(|lines| lines.join("\n"))
}

fn c() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just("typedef struct ".to_string()),
        Just("{".to_string()),
        Just("}".to_string()),
        Just(" DSD5500010, *LPDSD5500010;".to_string()),
        Just("JCHAR szA[".to_string()),
        Just("/*".to_string()),
        Just("*/".to_string()),
        Just("//\\\n".to_string()),
        Just("\n#define x \\\n".to_string()),
        "[a-z0-9\\[\\];,*\"'\\\\\n ]{0,8}",
    ];
    let text = proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat().into_bytes());
    prop_oneof![text, proptest::collection::vec(any::<u8>(), 0..300)]
}

proptest! {
    #[test]
    fn any_object_text_is_read_or_refused(toml in toml(), source in c()) {
        let files = [("object.toml".to_string(), toml.clone().into_bytes()), ("a.c".to_string(), source)].into();
        if let Err(complaints) = parse(&ObjectText { files }) {
            prop_assert!(!complaints.is_empty());
        }
        let _ = parse_dictionary(toml.as_bytes());
    }

    #[test]
    fn any_bytes_are_an_object_text(bytes in proptest::collection::vec(any::<u8>(), 0..500)) {
        let _ = parse(&ObjectText { files: [("object.toml".to_string(), bytes)].into() });
    }

    #[test]
    fn any_bytes_are_c(text in c(), other in c()) {
        for structure in data_structures_in(&text) {
            prop_assert!(structure.line >= 1);
        }
        let _ = compare("a.h", &text, &String::from_utf8_lossy(&other));
        prop_assert_eq!(compare("a.h", other.as_slice(), std::str::from_utf8(&other).unwrap_or_default()).is_empty() || std::str::from_utf8(&other).is_err(), true);
    }

    #[test]
    fn any_bytes_are_a_par(bytes in proptest::collection::vec(any::<u8>(), 0..500)) {
        let _ = par::unpack(&bytes, &Limits::default());
    }
}

#[test]
fn deep_nesting_is_refused_and_many_errors_are_cut_short() {
    let deep = format!("a = {}", "[".repeat(100_000));
    assert!(parse(&ObjectText { files: [("object.toml".to_string(), deep.into_bytes())].into() }).is_err());
    let many: String = (0..5_000).map(|number| format!("key{number} = 1\n")).collect();
    let complaints =
        parse(&ObjectText { files: [("object.toml".to_string(), format!("{many}[object]\nkind = \"DSTR\"").into_bytes())].into() });
    assert!(complaints.expect_err("unknown keys").len() <= 250);
    assert!(data_structures_in("typedef struct {".repeat(100_000).as_bytes()).is_empty());
}
