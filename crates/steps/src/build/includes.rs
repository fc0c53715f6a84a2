//! What a C source may read: the closure of its `#include` lines over the folders that the compiler searches. It is taken textually, whatever
//! conditions stand around a line, so it names at least everything the compiler opens, and a header that appears in an earlier folder
//! changes it. Reads each header once.
//!
//! It does not run the preprocessor: a source with a computed include (`#include NAME`) has no closure and is not cached.

use engine::host::{Host, HostError};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// Headers below this folder of the server, or elsewhere on the machine.
#[derive(Clone, Debug)]
pub struct SearchFolder {
    pub path: PathBuf,
    /// Whether `path` is below the server's folder.
    pub of_server: bool,
    /// Names of its files by their lower-case form: headers are found without regard to case.
    pub names: HashMap<String, String>,
}

/// One include line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Include {
    pub name: String,
    pub quoted: bool,
    /// `#include_next`: which of several headers of the name is meant depends on where the line stands, so all of them count.
    pub next: bool,
}

/// A header as far as the closure needs it.
#[derive(Debug)]
struct Header {
    hash: String,
    includes: Option<Vec<Include>>,
}

/// What a source reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Closure {
    /// Where each header was found, as the compiler would name it, and its hash; an include that no folder has stands with hash `absent`.
    pub headers: BTreeMap<String, String>,
    /// Spellings that differ from the file's name in case only: spelling to file.
    pub misspelt: BTreeMap<String, PathBuf>,
}

/// Searches folders in the compiler's order and remembers what it read.
pub struct Includes<'a> {
    host: &'a dyn Host,
    folders: Vec<SearchFolder>,
    headers: Mutex<HashMap<PathBuf, Arc<Header>>>,
}

impl<'a> Includes<'a> {
    /// `of_server` are searched first, then `of_machine` (whole paths: the SDK, then the compiler's own).
    pub fn new(host: &'a dyn Host, of_server: &[PathBuf], of_machine: &[PathBuf]) -> Result<Includes<'a>, HostError> {
        let mut folders = Vec::new();
        for path in of_server {
            let names = host
                .list(path)?
                .into_iter()
                .filter(|entry| !entry.folder)
                .map(|entry| (entry.name.to_ascii_lowercase(), entry.name))
                .collect();
            folders.push(SearchFolder { path: path.clone(), of_server: true, names });
        }
        for path in of_machine {
            folders.push(SearchFolder { path: path.clone(), of_server: false, names: machine_names(path) });
        }
        Ok(Includes { host, folders, headers: Mutex::default() })
    }

    /// The closure of a source with this text; `None` where it cannot be told.
    pub fn closure(&self, text: &[u8]) -> Result<Option<Closure>, HostError> {
        let mut closure = Closure::default();
        let Some(mut open) = includes_of(text) else { return Ok(None) };
        let mut seen: BTreeSet<(Option<PathBuf>, Include)> = BTreeSet::new();
        let mut within: Vec<(Option<PathBuf>, Include)> = open.drain(..).map(|include| (None, include)).collect();
        while let Some((from, include)) = within.pop() {
            if !seen.insert((from.clone(), include.clone())) {
                continue;
            }
            let found = self.find(from.as_deref(), &include, &mut closure);
            if found.is_empty() {
                closure.headers.insert(include.name.clone(), "absent".to_string());
            }
            for (path, of_server) in found {
                let header = self.header(&path, of_server)?;
                closure.headers.insert(path.to_string_lossy().into_owned(), header.hash.clone());
                let Some(includes) = &header.includes else { return Ok(None) };
                let folder = path.parent().map(Path::to_path_buf);
                within.extend(includes.iter().map(|include| (folder.clone().filter(|_| include.quoted), include.clone())));
            }
        }
        Ok(Some(closure))
    }

    /// Where the compiler would find a header: one place, or all places for `#include_next`.
    fn find(&self, from: Option<&Path>, include: &Include, closure: &mut Closure) -> Vec<(PathBuf, bool)> {
        if let Some(folder) = from {
            let path = folder.join(&include.name);
            let of_server = !folder.is_absolute();
            if of_server && self.host.exists(&path) || !of_server && path.is_file() {
                return vec![(path, of_server)];
            }
        }
        let mut found = Vec::new();
        for folder in &self.folders {
            let path = match folder.names.get(&include.name.to_ascii_lowercase()) {
                Some(file) if *file == include.name => folder.path.join(file),
                Some(file) => {
                    closure.misspelt.insert(include.name.clone(), folder.path.join(file));
                    folder.path.join(file)
                }
                // Names with folders in them, as sys/types.h, are looked up as they are.
                None if include.name.contains('/') && !folder.of_server && folder.path.join(&include.name).is_file() => {
                    folder.path.join(&include.name)
                }
                None => continue,
            };
            found.push((path, folder.of_server));
            if !include.next {
                break;
            }
        }
        found
    }

    fn header(&self, path: &Path, of_server: bool) -> Result<Arc<Header>, HostError> {
        if let Some(known) = self.headers.lock().expect("no holder panics").get(path) {
            return Ok(known.clone());
        }
        let bytes = if of_server {
            self.host.read(path)?
        } else {
            std::fs::read(path).map_err(|cause| HostError { action: "read", path: path.to_path_buf(), cause })?
        };
        let header = Arc::new(Header { hash: blake3::hash(&bytes).to_hex().to_string(), includes: includes_of(&bytes) });
        self.headers.lock().expect("no holder panics").insert(path.to_path_buf(), header.clone());
        Ok(header)
    }
}

fn machine_names(path: &Path) -> HashMap<String, String> {
    let Ok(entries) = std::fs::read_dir(path) else { return HashMap::new() };
    entries
        .filter_map(Result::ok)
        .filter(|entry| entry.path().is_file())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .map(|name| (name.to_ascii_lowercase(), name))
        .collect()
}

/// The include lines of a text; `None` where one is computed.
pub fn includes_of(text: &[u8]) -> Option<Vec<Include>> {
    let text = without_comments(text);
    let mut found = Vec::new();
    for line in text.split(|&byte| byte == b'\n') {
        let Some(rest) = strip(line, b"#").or_else(|| strip(line, b"%:")) else { continue };
        let (rest, next) = match strip(rest, b"include_next") {
            Some(rest) => (rest, true),
            None => match strip(rest, b"include").or_else(|| strip(rest, b"import")) {
                Some(rest) => (rest, false),
                None => continue,
            },
        };
        let rest = rest.trim_ascii_start();
        let (quoted, end) = match rest.first() {
            Some(b'"') => (true, b'"'),
            Some(b'<') => (false, b'>'),
            _ if rest.is_empty() => continue,
            _ => return None,
        };
        let name = rest[1..].split(|&byte| byte == end).next().unwrap_or_default();
        found.push(Include { name: String::from_utf8_lossy(name).into_owned(), quoted, next });
    }
    Some(found)
}

/// The text with continued lines joined and comments gone, as the preprocessor sees it. What stands in quotes or after `#include` stays as it is.
fn without_comments(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut joined = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        let continued = (byte == b'\\').then(|| after.strip_prefix(b"\n").or_else(|| after.strip_prefix(b"\r\n"))).flatten();
        rest = continued.unwrap_or_else(|| {
            joined.push(byte);
            after
        });
    }
    let mut rest = joined.as_slice();
    let mut quote = None;
    while let Some((&byte, after)) = rest.split_first() {
        match (quote, byte) {
            (None, b'/') if after.starts_with(b"*") => {
                let end = after[1..].windows(2).position(|pair| pair == b"*/").map_or(after.len(), |end| end + 3);
                plain.push(b' ');
                rest = &after[end..];
                continue;
            }
            (None, b'/') if after.starts_with(b"/") => {
                rest = &after[after.iter().position(|&byte| byte == b'\n').unwrap_or(after.len())..];
                continue;
            }
            (None, b'"' | b'\'') => quote = Some(byte),
            // A quote that its line does not close is no literal, as in a comment of assembler or an #error.
            (Some(_), b'\n') => quote = None,
            (Some(_), b'\\') if after.first().is_some_and(|&next| next != b'\n') => {
                plain.extend_from_slice(&rest[..2]);
                rest = &rest[2..];
                continue;
            }
            (Some(open), _) if byte == open => quote = None,
            _ => {}
        }
        plain.push(byte);
        rest = after;
    }
    plain
}

fn strip<'t>(text: &'t [u8], word: &[u8]) -> Option<&'t [u8]> {
    text.trim_ascii_start().strip_prefix(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Option<Vec<String>> {
        Some(includes_of(text.as_bytes())?.into_iter().map(|include| include.name).collect())
    }

    #[test]
    fn finds_include_lines_however_they_are_spaced() {
        let text = "#include <jde.h>\n  #  include \"b5500010.h\" /* own */\n#ifdef X\n#include_next <limits.h>\n#endif\nint include;\r\n#include <B5500011.H>\r\n";
        assert_eq!(names(text).unwrap(), ["jde.h", "b5500010.h", "limits.h", "B5500011.H"]);
    }

    #[test]
    fn comments_and_continued_lines_hide_nothing_and_add_nothing() {
        let text = "/* x */ #include <a.h>\n#inc\\\nlude <b.h>\n// #include <not.h>\n/* #include <nor.h>\n#include <this.h> */\nchar *s = \"/*\";\n#include <c.h>\nchar q = '\"';\n#include <d.h>\n%:include <e.h>\nchar *t = \"\\\"/*\";\n#include <f.h>\n";
        assert_eq!(names(text).unwrap(), ["a.h", "b.h", "c.h", "d.h", "e.h", "f.h"]);
    }

    #[test]
    fn a_computed_include_has_no_closure() {
        assert_eq!(names("#define H <a.h>\n#include H\n"), None);
    }
}
