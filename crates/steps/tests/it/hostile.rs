//! Sources, compiler messages, compiled files and ini files are foreign: whatever bytes they hold, reading them ends and answers.

use engine::host::Ended;
use proptest::prelude::*;
use steps::build::compiler::{machine_failed, read_messages};
use steps::build::includes::includes_of;
use steps::build::symbols::{defined_names, open_names, used_names};
use steps::deploy::switch_package::set_key;

/// Bytes that look like C now and then.
fn c_like() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"#include \"".to_vec()),
        Just(b"#include <".to_vec()),
        Just(b"/*".to_vec()),
        Just(b"*/".to_vec()),
        Just(b"//".to_vec()),
        Just(b"\\\n".to_vec()),
        Just(b"\\".to_vec()),
        Just(b"\"".to_vec()),
        Just(b"'".to_vec()),
        Just(b"\n".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..6),
    ];
    proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_source_is_scanned(text in c_like()) {
        let names = includes_of(&text);
        prop_assert!(names.is_none_or(|names| names.len() <= text.len()));
    }

    #[test]
    fn a_plain_include_line_is_found_whatever_comments_stand_before_it(before in "[ -~]{0,40}") {
        let text = format!("/* {} */\n#include <b5500010.h>\n", before.replace("*/", ""));
        let found = includes_of(text.as_bytes()).unwrap();
        prop_assert_eq!(found.len(), 1);
    }

    #[test]
    fn any_message_of_a_compiler_is_read(output in proptest::collection::vec(any::<u8>(), 0..400), code in proptest::option::of(1..3_i32)) {
        let ended = Ended { code, timed_out: false, output };
        let (_, evidence) = read_messages("B5500010", "source/CORD/b5500010.c", "log", &ended, 60);
        prop_assert!(!evidence.is_empty());
        let _ = machine_failed(&ended, false);
    }

    #[test]
    fn any_file_is_refused_or_read_as_a_library(mut bytes in proptest::collection::vec(any::<u8>(), 0..600), elf in any::<bool>()) {
        if elf && bytes.len() > 20 {
            bytes[..16].copy_from_slice(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
        }
        let _ = (open_names(&bytes), defined_names(&bytes), used_names(&bytes));
    }

    #[test]
    fn a_key_that_was_set_is_there_and_other_sections_keep_their_lines(text in "([ -~]{0,20}\n){0,8}", value in "[A-Z0-9]{1,10}") {
        let new = set_key(&text, "SPEC LOCATIONS", "DV920_Package", &value);
        let line = format!("DV920_Package={value}");
        prop_assert!(new.lines().any(|known| known == line));
        prop_assert_eq!(set_key(&new, "SPEC LOCATIONS", "DV920_Package", &value), new);
    }
}
