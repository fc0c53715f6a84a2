//! The laws of objects' texts: what is read is packed and comes out the same, and what is refused is refused with a reason.

use objects::headers::{compare, data_structures_in};
use objects::par::{self, Limits};
use objects::{Bitness, ObjectText, parse, parse_dictionary, summarise};

pub fn object_text(bytes: &[u8]) {
    let source = b"#include <b5500010.h>\n".to_vec();
    let files = [("object.toml".to_string(), bytes.to_vec()), ("b5500010.c".to_string(), source)].into();
    let text = ObjectText { files };
    match parse(&text) {
        Err(complaints) => assert!(!complaints.is_empty(), "refused without a reason"),
        Ok(object) => {
            let packed = comes_out_the_same(&text);
            let _ = summarise(&object, &text, "BSFN", &par::hash(&packed));
        }
    }
}

pub fn par(bytes: &[u8]) {
    let limits = Limits { unpacked_bytes_max: 8 << 20, ..Limits::default() };
    let Ok(entries) = par::unpack(bytes, &limits) else { return };
    assert!(entries.windows(2).all(|pair| pair[0].0 < pair[1].0), "not in the order of their paths");
    if let Ok(text) = par::to_text(entries) {
        comes_out_the_same(&text);
    }
}

fn comes_out_the_same(text: &ObjectText) -> Vec<u8> {
    let packed = par::pack(text, Bitness::Bits64).expect("files of an object");
    assert_eq!(par::pack(text, Bitness::Bits64).expect("files of an object"), packed, "the same files give other bytes");
    let entries = par::unpack(&packed, &Limits::default()).expect("a par of ours");
    assert_eq!(par::to_text(entries).expect("a par of ours").files, text.files, "what was packed comes out otherwise");
    packed
}

pub fn dictionary(bytes: &[u8]) {
    if let Err(complaints) = parse_dictionary(bytes) {
        assert!(!complaints.is_empty(), "refused without a reason");
    }
}

pub fn c_headers(bytes: &[u8]) {
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count() + 1;
    for structure in data_structures_in(bytes) {
        assert!((1..=lines).contains(&(structure.line as usize)), "a structure outside of the text");
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        assert!(compare("a.h", bytes, text).is_empty(), "a header differs from itself");
    }
    let _ = compare("a.h", bytes, "typedef struct {\n\tJCHAR szA[11];\n} DSD5500010;\n");
}
