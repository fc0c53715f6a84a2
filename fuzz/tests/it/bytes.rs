//! Where inputs come from: bytes of chance, pieces that readers trip over, and saved inputs with changes in them. Which reader gets them is not known here.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use std::sync::Arc;

const BYTES_MAX: usize = 16 << 10;

/// What begins, ends, joins, escapes or overflows somewhere.
const PIECES: &[&[u8]] = &[
    b"\n",
    b"\r\n",
    b"\r",
    b"\t",
    b" ",
    b"\\\n",
    b"\\\r\n",
    b"^\r\n",
    b"\\",
    b"^",
    b"\"",
    b"'",
    b"`",
    b"%",
    b"%%",
    b"!",
    b"$",
    b"${",
    b"}",
    b"$(",
    b"$((",
    b"))",
    b"(",
    b")",
    b"{",
    b"[",
    b"]",
    b"[[",
    b"&&",
    b"||",
    b"|",
    b"&",
    b";",
    b";;",
    b"<<E\n",
    b"<<-'E'\n",
    b"\nE\n",
    b"<",
    b">",
    b"2>&1",
    b"#",
    b"# ",
    b":",
    b"::",
    b"=",
    b"==",
    b"@",
    b"*",
    b"?",
    b"~",
    b"%~dp0",
    b"%%~fsi",
    b"%1",
    b"$1",
    b"$*",
    b"if ",
    b"then\n",
    b"else",
    b"fi\n",
    b"case x in\n",
    b"esac\n",
    b"for i in ",
    b"do\n",
    b"done\n",
    b"while ",
    b"function f {\n",
    b"f() {\n",
    b"exit\n",
    b"return\n",
    b"eval ",
    b"exec ",
    b"export ",
    b"unset ",
    b"set ",
    b"call ",
    b"goto ",
    b":EOF",
    b":ENDFUNCTIONS",
    b"setlocal\n",
    b"rem ",
    b"@rem ",
    b". ",
    b"source ",
    b"PATCH_CLASSPATH",
    b"WEBLOGIC_EXTENSION_DIRS",
    b"commEnv.sh",
    b"commEnv.cmd",
    b"setDomainEnv.sh",
    b"java ",
    b" -jar ",
    b"-DBEAPatchProfile=Orders",
    b"-Dpackwright.pointed=yes",
    b"\xe2\x80\x93",
    b"\x96",
    b"# >>> packwright: patch profile Orders of wls1036 >>>\n",
    b"# <<< packwright <<<\n",
    b"<!--",
    b"-->",
    b"<![CDATA[",
    b"]]>",
    b"<?xml ",
    b"?>",
    b"<!DOCTYPE a [",
    b"&amp;",
    b"&#0;",
    b"&#x110000;",
    b"&a;",
    b"/>",
    b"</",
    b" xmlns:p='u'",
    b"../",
    b"..",
    b"/",
    b"//",
    b"C:\\",
    b"\\\\server\\share",
    b"/dev/null",
    b"packwright/lock",
    b"patch_wls1036/profiles/Orders/",
    b"default",
    b"0",
    b"-1",
    b"1",
    b"255",
    b"65536",
    b"4294967295",
    b"4294967296",
    b"18446744073709551615",
    b"9223372036854775808",
    b"1e999",
    b"NaN",
    b"null",
    b"true",
    b"{}",
    b"[]",
    b"\\u0000",
    b"\\ud800",
    b"\0",
    b"\x0b",
    b"\x1a",
    b"\x7f",
    b"\x80",
    b"\xff",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xc3",
    b"\xc3\x9f",
    b"\xf0\x9f\x92\xa9",
    b"PK\x01\x02",
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"PK\x06\x06",
    b"\xff\xff\xff\xff",
    b"\0\0\0\0",
    b"Class-Path: ",
    b"%2e%2e%2f",
];

fn piece() -> impl Strategy<Value = Vec<u8>> {
    select(PIECES).prop_map(<[u8]>::to_vec)
}

pub fn of_chance() -> impl Strategy<Value = Vec<u8>> {
    let word = "[ -~]{0,12}".prop_map(String::into_bytes);
    let pieces = vec(prop_oneof![3 => piece(), 1 => word], 0..40).prop_map(|pieces| pieces.concat());
    prop_oneof![vec(any::<u8>(), 0..300), pieces]
}

/// One change; places are parts of whatever length there is.
#[derive(Clone, Debug)]
enum Change {
    Flip(Index, u8),
    Set(Index, u8),
    Insert(Index, Vec<u8>),
    Cut(Index, Index),
    End(Index),
    Double(Index, Index),
    /// A part of a saved input takes the place of what is behind.
    Splice {
        saved: Index,
        from: Index,
        to: Index,
        at: Index,
    },
    /// A part of a saved input comes between.
    Graft {
        saved: Index,
        from: Index,
        to: Index,
        at: Index,
    },
}

fn change() -> impl Strategy<Value = Change> {
    let place = any::<Index>;
    prop_oneof![
        2 => (place(), 0..8u8).prop_map(|(at, bit)| Change::Flip(at, 1 << bit)),
        1 => (place(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        4 => (place(), piece()).prop_map(|(at, piece)| Change::Insert(at, piece)),
        2 => (place(), place()).prop_map(|(from, to)| Change::Cut(from, to)),
        1 => place().prop_map(Change::End),
        1 => (place(), place()).prop_map(|(from, to)| Change::Double(from, to)),
        1 => (place(), place(), place(), place()).prop_map(|(saved, from, to, at)| Change::Splice { saved, from, to, at }),
        2 => (place(), place(), place(), place()).prop_map(|(saved, from, to, at)| Change::Graft { saved, from, to, at }),
    ]
}

/// A saved input with some changes.
pub fn mutated(corpus: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let corpus = Arc::new(corpus);
    (any::<Index>(), vec(change(), 1..6)).prop_map(move |(first, changes)| {
        let begun = first.get(&corpus).clone();
        let mut bytes = changes.into_iter().fold(begun, |bytes, change| changed(bytes, &change, &corpus));
        bytes.truncate(BYTES_MAX);
        bytes
    })
}

fn changed(mut bytes: Vec<u8>, change: &Change, corpus: &[Vec<u8>]) -> Vec<u8> {
    let place = |index: &Index, bytes: &[u8]| index.index(bytes.len() + 1);
    let part = |from: &Index, to: &Index, bytes: &[u8]| {
        let (one, other) = (place(from, bytes), place(to, bytes));
        one.min(other)..one.max(other)
    };
    match change {
        Change::Flip(at, bit) if !bytes.is_empty() => *at.get_mut(&mut bytes) ^= bit,
        Change::Set(at, byte) if !bytes.is_empty() => *at.get_mut(&mut bytes) = *byte,
        Change::Flip(..) | Change::Set(..) => {}
        Change::Insert(at, piece) => {
            let at = place(at, &bytes);
            bytes.splice(at..at, piece.iter().copied());
        }
        Change::Cut(from, to) => drop(bytes.drain(part(from, to, &bytes))),
        Change::End(at) => bytes.truncate(place(at, &bytes)),
        Change::Double(from, to) => {
            let part = part(from, to, &bytes);
            let copy = bytes[part.clone()].to_vec();
            bytes.splice(part.end..part.end, copy);
        }
        Change::Splice { saved, from, to, at } => {
            let saved = saved.get(corpus);
            bytes.truncate(place(at, &bytes));
            bytes.extend_from_slice(&saved[part(from, to, saved)]);
        }
        Change::Graft { saved, from, to, at } => {
            let (saved, at) = (saved.get(corpus), place(at, &bytes));
            bytes.splice(at..at, saved[part(from, to, saved)].iter().copied());
        }
    }
    bytes
}
