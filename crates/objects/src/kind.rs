//! The kinds of objects, the widths of path codes, and an object's files as they lie in its folder.
//!
//! It does not know what the files say.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// One object as text: path in its folder (`object.toml`, `b5500010.c`, `res/logo.png`, always with `/`) and content. A data
/// dictionary has one file, `dictionary.toml`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectText {
    pub files: BTreeMap<String, Vec<u8>>,
}

pub const OBJECT_FILE: &str = "object.toml";
pub const DICTIONARY_FILE: &str = "dictionary.toml";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bitness {
    Bits32,
    Bits64,
}

impl Bitness {
    /// The folder of C sources in a par and in a path code.
    pub fn source_folder(self) -> &'static str {
        match self {
            Bitness::Bits32 => "source",
            Bitness::Bits64 => "source64",
        }
    }

    /// The folder of C headers.
    pub fn include_folder(self) -> &'static str {
        match self {
            Bitness::Bits32 => "include",
            Bitness::Bits64 => "include64",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ObjectKind {
    Bsfn,
    Dstr,
    Tble,
    Bsvw,
    Appl,
    Ube,
    Gt,
    Sbf,
    Dd,
}

impl ObjectKind {
    pub const ALL: [ObjectKind; 9] = [
        ObjectKind::Bsfn,
        ObjectKind::Dstr,
        ObjectKind::Tble,
        ObjectKind::Bsvw,
        ObjectKind::Appl,
        ObjectKind::Ube,
        ObjectKind::Gt,
        ObjectKind::Sbf,
        ObjectKind::Dd,
    ];

    /// As in F9860.SIFUNO.
    pub fn word(self) -> &'static str {
        match self {
            ObjectKind::Bsfn => "BSFN",
            ObjectKind::Dstr => "DSTR",
            ObjectKind::Tble => "TBLE",
            ObjectKind::Bsvw => "BSVW",
            ObjectKind::Appl => "APPL",
            ObjectKind::Ube => "UBE",
            ObjectKind::Gt => "GT",
            ObjectKind::Sbf => "SBF",
            ObjectKind::Dd => "DD",
        }
    }

    pub fn of_word(word: &str) -> Option<ObjectKind> {
        ObjectKind::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// With its article, for sentences.
    pub fn about(self) -> &'static str {
        match self {
            ObjectKind::Bsfn => "a business function (BSFN)",
            ObjectKind::Dstr => "a data structure (DSTR)",
            ObjectKind::Tble => "a table (TBLE)",
            ObjectKind::Bsvw => "a business view (BSVW)",
            ObjectKind::Appl => "an application (APPL)",
            ObjectKind::Ube => "a report (UBE)",
            ObjectKind::Gt => "a media object structure (GT)",
            ObjectKind::Sbf => "a business service (SBF)",
            ObjectKind::Dd => "a data dictionary (DD)",
        }
    }
}

impl fmt::Display for ObjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
