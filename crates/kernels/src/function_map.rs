//! Which library of a package holds which business function: the file `functions.txt` beside the libraries. It reads text and opens nothing
//! else.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::layout::is_c_name;

const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;
const FUNCTION_NAME_MAX: usize = 32;
const LIBRARY_NAME_MAX: usize = 10;

/// Where one function lies and what it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionEntry {
    /// The library's name in the ERP, as `CORD`.
    pub library: String,
    /// Empty for a function that takes none.
    pub data_structure: String,
}

impl FunctionEntry {
    /// The library's file in the package's folder: `libcord.so` for `CORD`.
    pub fn library_file(&self) -> String {
        format!("lib{}.so", self.library.to_ascii_lowercase())
    }
}

/// The functions of a package by name.
#[derive(Debug, Default)]
pub struct FunctionMap(HashMap<String, FunctionEntry>);

#[derive(Debug, thiserror::Error)]
pub enum FunctionMapError {
    #[error("cannot read the functions of the package from {path}: {source}")]
    File { path: PathBuf, source: io::Error },
    #[error("the functions of the package take more than {FILE_BYTES_MAX} bytes in {path}")]
    TooLarge { path: PathBuf },
    #[error("cannot read the functions of the package, line {line}: {reason}")]
    Line { line: usize, reason: String },
}

impl FunctionMap {
    pub fn read(path: &Path) -> Result<FunctionMap, FunctionMapError> {
        let file = |source| FunctionMapError::File { path: path.to_owned(), source };
        let mut text = String::new();
        let bytes = File::open(path).map_err(file)?.take(FILE_BYTES_MAX + 1).read_to_string(&mut text).map_err(file)?;
        if bytes as u64 > FILE_BYTES_MAX {
            return Err(FunctionMapError::TooLarge { path: path.to_owned() });
        }
        FunctionMap::parse(&text)
    }

    /// Lines `function<TAB>library<TAB>data structure`; the last may be empty.
    pub fn parse(text: &str) -> Result<FunctionMap, FunctionMapError> {
        let mut functions = HashMap::new();
        for (place, line) in text.lines().enumerate() {
            let refuse = |reason: String| FunctionMapError::Line { line: place + 1, reason };
            let (function, entry) = parse_line(line).map_err(refuse)?;
            match functions.entry(function) {
                Entry::Vacant(vacant) => vacant.insert(entry),
                Entry::Occupied(occupied) => return Err(refuse(format!("function {} is there twice", occupied.key()))),
            };
        }
        Ok(FunctionMap(functions))
    }

    pub fn find(&self, function: &str) -> Option<&FunctionEntry> {
        self.0.get(function)
    }
}

fn parse_line(line: &str) -> Result<(String, FunctionEntry), String> {
    let fields: Vec<&str> = line.split('\t').collect();
    let &[function, library, data_structure] = fields.as_slice() else {
        return Err(format!("function, library and data structure expected, with tabs between them, found {} fields", fields.len()));
    };
    if !is_c_name(function) || function.len() > FUNCTION_NAME_MAX {
        return Err(format!("{function:?} is not the name of a function"));
    }
    // The name becomes that of a file, so nothing that could leave the folder may be in it.
    if !is_library_name(library) {
        return Err(format!("{library:?} is not the name of a library"));
    }
    if !data_structure.is_empty() && !is_c_name(data_structure) {
        return Err(format!("{data_structure:?} is not the name of a data structure"));
    }
    Ok((function.to_owned(), FunctionEntry { library: library.to_owned(), data_structure: data_structure.to_owned() }))
}

fn is_library_name(name: &str) -> bool {
    (1..=LIBRARY_NAME_MAX).contains(&name.len())
        && name.bytes().all(|byte| byte == b'_' || byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_function_is_found_in_its_library() {
        let map = FunctionMap::parse("F5501Total\tCORD\tD5500010\nPlain\tCALLBSFN\t\n").unwrap();
        let entry = map.find("F5501Total").unwrap();
        assert_eq!((entry.library_file().as_str(), entry.data_structure.as_str()), ("libcord.so", "D5500010"));
        assert_eq!(map.find("Plain").unwrap().data_structure, "");
        assert_eq!(map.find("plain"), None);
    }

    #[test]
    fn damaged_lines_are_named() {
        for (text, expected) in [
            ("A\tCORD\tD1\n\n", "line 2: function, library and data structure expected, with tabs between them, found 1 fields"),
            ("A\tCORD\tD1\nA\tCORD\tD1\n", "line 2: function A is there twice"),
            ("A B\tCORD\tD1\n", "line 1: \"A B\" is not the name of a function"),
            ("A\t../CORD\tD1\n", "line 1: \"../CORD\" is not the name of a library"),
            ("A\tcord\tD1\n", "line 1: \"cord\" is not the name of a library"),
            ("A\tCORD\tD-1\n", "line 1: \"D-1\" is not the name of a data structure"),
        ] {
            let failure = FunctionMap::parse(text).unwrap_err().to_string();
            assert_eq!(failure, format!("cannot read the functions of the package, {expected}"));
        }
    }

    proptest! {
        #[test]
        fn foreign_text_never_leads_out_of_the_folder(text in "([A-Za-z/._é\t\n]|F\tCORD\tD1\n){0,40}") {
            if let Ok(map) = FunctionMap::parse(&text) {
                prop_assert!(map.0.values().all(|entry| !entry.library_file().contains('/')));
            }
        }
    }
}
