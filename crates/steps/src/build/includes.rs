//! What a C source may read, as one hash: that of everything its `#include` lines reach over the folders that the compiler searches. It is taken
//! textually, whatever conditions stand around a line, so it covers at least everything the compiler opens, and a header that appears in an
//! earlier folder changes it. Each header is read once, and what it reaches is hashed once, however many sources include it.
//!
//! It does not run the preprocessor: a source with a computed include (`#include NAME`) has no hash and is not cached.

use crate::build::on_all_cores;
use engine::host::{Host, HostError};
use memchr::{memchr, memchr_iter, memchr3, memmem};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

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

/// A source or header as far as hashes need it.
#[derive(Debug)]
pub struct Text {
    /// Of its bytes.
    pub hash: blake3::Hash,
    /// `None` where one is computed.
    includes: Option<Vec<Include>>,
    /// How many of them come before anything else but definitions ahead of the first.
    leading: usize,
}

impl Text {
    pub fn new(bytes: &[u8]) -> Text {
        let (includes, leading) = scan(&plain(bytes)).map_or((None, 0), |(includes, leading)| (Some(includes), leading));
        Text { hash: blake3::hash(bytes), includes, leading }
    }

    /// Reads files of the server, in their order.
    pub fn read_all(host: &dyn Host, paths: &[PathBuf]) -> Result<Vec<Text>, HostError> {
        on_all_cores::map(host, paths, |_, path| Ok(Text::new(&host.read(path)?)))
    }
}

/// What a text reaches: its hash, `None` where that cannot be told; and how far up the path of open headers it leads back.
#[derive(Clone, Copy)]
struct Reach {
    hash: Option<blake3::Hash>,
    back_to: usize,
}

/// A header that was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Header {
    pub path: PathBuf,
    /// Whether `path` is below the server's folder.
    pub of_server: bool,
}

/// Headers within headers that are followed.
const DEPTH_MAX: usize = 200;

/// Searches folders in the compiler's order and remembers what it read.
pub struct Includes<'a> {
    host: &'a dyn Host,
    folders: Vec<SearchFolder>,
    headers: HashMap<PathBuf, Arc<Text>>,
    reached: HashMap<PathBuf, Option<blake3::Hash>>,
    /// Spellings that differ from the file's name in case only, with the file: the compiler must be given both.
    pub misspelt: BTreeMap<String, PathBuf>,
}

impl<'a> Includes<'a> {
    /// `of_server` are searched first, then `of_machine` (whole paths: the SDK, then the compiler's own).
    pub fn new(host: &'a dyn Host, of_server: &[PathBuf], of_machine: &[PathBuf]) -> Result<Includes<'a>, HostError> {
        let mut folders = Vec::new();
        let mut headers = HashMap::new();
        for path in of_server {
            let files: Vec<String> = host.list(path)?.into_iter().filter(|entry| !entry.folder).map(|entry| entry.name).collect();
            // The headers of a package are nearly all included by somebody.
            let paths: Vec<PathBuf> = files.iter().map(|name| path.join(name)).collect();
            let texts = Text::read_all(host, &paths)?;
            headers.extend(paths.into_iter().zip(texts.into_iter().map(Arc::new)));
            let names = files.into_iter().map(|name| (name.to_ascii_lowercase(), name)).collect();
            folders.push(SearchFolder { path: path.clone(), of_server: true, names });
        }
        for path in of_machine {
            folders.push(SearchFolder { path: path.clone(), of_server: false, names: machine_names(path) });
        }
        Ok(Includes { host, folders, headers, reached: HashMap::new(), misspelt: BTreeMap::new() })
    }

    /// The hash of everything that a source of this text in that folder may read beside itself.
    pub fn reach(&mut self, folder: &Path, text: &Text) -> Result<Option<blake3::Hash>, HostError> {
        Ok(self.reach_of(Some(folder), text.includes.as_deref(), &mut Vec::new())?.hash)
    }

    fn reach_of(&mut self, folder: Option<&Path>, includes: Option<&[Include]>, open: &mut Vec<PathBuf>) -> Result<Reach, HostError> {
        let mut reach = Reach { hash: None, back_to: usize::MAX };
        let Some(includes) = includes else { return Ok(reach) };
        let mut hasher = blake3::Hasher::new();
        for include in includes {
            let found = self.find(folder.filter(|_| include.quoted), include);
            if found.is_empty() && include.name.contains("..") {
                // Where such a name leads is not for us to follow.
                return Ok(reach);
            }
            if found.is_empty() {
                hasher.update(format!("absent {}\n", include.name).as_bytes());
            }
            for Header { path, of_server } in found {
                let below = self.reach_header(&path, of_server, open)?;
                reach.back_to = reach.back_to.min(below.back_to);
                let Some(hash) = below.hash else { return Ok(reach) };
                // A header counts by its name and what it reaches; the folder it lies in differs from server to server.
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                hasher.update(format!("{name} {}\n", hash.to_hex()).as_bytes());
            }
        }
        reach.hash = Some(hasher.finalize());
        Ok(reach)
    }

    /// Headers may include one another in a circle. One that is open already counts by its own text here, and by all it reaches where it was
    /// opened; what was hashed in the middle of a circle is not remembered, since from elsewhere it reaches more.
    fn reach_header(&mut self, path: &Path, of_server: bool, open: &mut Vec<PathBuf>) -> Result<Reach, HostError> {
        if let Some(hash) = self.reached.get(path) {
            return Ok(Reach { hash: *hash, back_to: usize::MAX });
        }
        let header = self.header(&Header { path: path.to_path_buf(), of_server })?;
        if let Some(position) = open.iter().position(|other| other == path) {
            return Ok(Reach { hash: Some(header.hash), back_to: position });
        }
        if open.len() >= DEPTH_MAX {
            return Ok(Reach { hash: None, back_to: 0 });
        }
        let own = open.len();
        open.push(path.to_path_buf());
        let mut reach = self.reach_of(path.parent(), header.includes.as_deref(), open)?;
        open.pop();
        reach.hash = reach.hash.map(|below| {
            let mut hasher = blake3::Hasher::new();
            hasher.update(header.hash.as_bytes()).update(below.as_bytes());
            hasher.finalize()
        });
        if reach.back_to >= own {
            self.reached.insert(path.to_path_buf(), reach.hash);
            reach.back_to = usize::MAX;
        }
        Ok(reach)
    }

    /// Where the compiler would find a header: one place, or all places for `#include_next`.
    fn find(&mut self, from: Option<&Path>, include: &Include) -> Vec<Header> {
        let mut found = Vec::new();
        if let Some(folder) = from {
            let path = folder.join(&include.name);
            let of_server = !folder.is_absolute();
            if of_server && self.host.exists(&path) || !of_server && path.is_file() {
                found.push(Header { path, of_server });
            }
        }
        if !found.is_empty() && !include.next {
            return found;
        }
        for folder in &self.folders {
            let path = match folder.names.get(&include.name.to_ascii_lowercase()) {
                Some(file) if *file == include.name => folder.path.join(file),
                Some(file) => {
                    self.misspelt.insert(include.name.clone(), folder.path.join(file));
                    folder.path.join(file)
                }
                // Names with folders in them, as sys/types.h, are looked up as they are.
                None if include.name.contains('/') && !folder.of_server && folder.path.join(&include.name).is_file() => {
                    folder.path.join(&include.name)
                }
                None => continue,
            };
            found.push(Header { path, of_server: folder.of_server });
            if !include.next {
                break;
            }
        }
        found
    }

    fn header(&mut self, header: &Header) -> Result<Arc<Text>, HostError> {
        if let Some(known) = self.headers.get(&header.path) {
            return Ok(known.clone());
        }
        let text = Arc::new(Text::new(&self.read(header)?));
        self.headers.insert(header.path.clone(), text.clone());
        Ok(text)
    }

    pub fn read(&self, header: &Header) -> Result<Vec<u8>, HostError> {
        if header.of_server {
            return self.host.read(&header.path);
        }
        std::fs::read(&header.path).map_err(|cause| HostError { action: "read", path: header.path.clone(), cause })
    }

    /// Names of the headers with which a source of this text in that folder begins, as far as any source that names them gets the same: not
    /// one that lies beside the source, nor one that is spelled otherwise than its file.
    pub fn leading(&mut self, folder: &Path, text: &Text) -> Vec<String> {
        let mut leading = Vec::new();
        for include in text.includes.iter().flatten().take(text.leading) {
            let found = self.find(Some(folder).filter(|_| include.quoted), include);
            let Some(header) = found.first().filter(|header| header.path.ends_with(&include.name)) else { break };
            if header.path.parent() == Some(folder) {
                break;
            }
            leading.push(include.name.clone());
        }
        leading
    }

    /// The header of a name with all that it reaches, itself first; `None` where that cannot be told.
    pub fn closure(&mut self, name: &str) -> Result<Option<Vec<Header>>, HostError> {
        let include = Include { name: name.to_string(), quoted: false, next: false };
        let (mut closure, mut seen) = (Vec::new(), BTreeSet::new());
        let mut open = self.find(None, &include);
        while let Some(header) = open.pop() {
            if !seen.insert(header.clone()) {
                continue;
            }
            let text = self.header(&header)?;
            let Some(includes) = &text.includes else { return Ok(None) };
            for include in includes {
                // Such names may lead in circles in which no path comes twice.
                if include.name.contains("..") {
                    return Ok(None);
                }
                open.extend(self.find(header.path.parent().filter(|_| include.quoted), include));
            }
            closure.push(header);
        }
        Ok(Some(closure))
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

/// Words by which a text takes in what is no header: other files, and the time.
const OTHER_INPUTS: [&[u8]; 4] = [b".incbin", b"__DATE__", b"__TIME__", b"__TIMESTAMP__"];

/// The include lines of a text; `None` where one is computed, or the text takes in more than headers.
pub fn includes_of(text: &[u8]) -> Option<Vec<Include>> {
    Some(scan(&plain(text))?.0)
}

/// A text as the preprocessor takes it apart: lines joined, a space for each comment, without the mark that editors put before it.
pub fn plain(text: &[u8]) -> Vec<u8> {
    without_comments(&joined(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)))
}

/// The include lines of a plain text and how many of them lead it.
fn scan(text: &[u8]) -> Option<(Vec<Include>, usize)> {
    // What these read or say is no header's content.
    if OTHER_INPUTS.iter().any(|word| memmem::find(text, word).is_some()) {
        return None;
    }
    let mut found = Vec::new();
    let mut leading = None;
    for line in text.split(|&byte| byte == b'\n') {
        let Some(directive) = strip(line, b"#").or_else(|| strip(line, b"%:")) else {
            if leading.is_none() && !line.trim_ascii().is_empty() {
                leading = Some(found.len());
            }
            continue;
        };
        match include(directive)? {
            Some(include) => {
                // The other two kinds say how a header is read, not only which.
                if include.next || strip(directive, b"include").is_none() {
                    leading.get_or_insert(found.len());
                }
                found.push(include);
            }
            // A compiler takes a header compiled ahead only where the header does not speak of such a name; its own names it does not compare.
            None if found.is_empty() && strip(directive, b"define").is_some_and(|name| !name.trim_ascii_start().starts_with(b"_")) => {}
            None => {
                leading.get_or_insert(found.len());
            }
        }
    }
    let leading = leading.unwrap_or(found.len());
    Some((found, leading))
}

/// What a directive includes: `None` where that is computed, `Some(None)` for other directives.
fn include(directive: &[u8]) -> Option<Option<Include>> {
    let (rest, next) = match strip(directive, b"include_next") {
        Some(rest) => (rest, true),
        None => match strip(directive, b"include").or_else(|| strip(directive, b"import")) {
            Some(rest) => (rest, false),
            None => return Some(None),
        },
    };
    let rest = rest.trim_ascii_start();
    let (quoted, end) = match rest.first() {
        Some(b'"') => (true, b'"'),
        Some(b'<') => (false, b'>'),
        None => return Some(None),
        _ => return None,
    };
    let name = rest[1..].split(|&byte| byte == end).next().unwrap_or_default();
    Some(Some(Include { name: String::from_utf8_lossy(name).into_owned(), quoted, next }))
}

/// The text with continued lines joined, as the preprocessor sees it.
fn joined(text: &[u8]) -> Cow<'_, [u8]> {
    let mut joined = Vec::new();
    let mut kept = 0;
    for at in memchr_iter(b'\\', text) {
        let after = &text[at + 1..];
        let Some(rest) = after.strip_prefix(b"\n").or_else(|| after.strip_prefix(b"\r\n")) else { continue };
        joined.extend_from_slice(&text[kept..at]);
        kept = text.len() - rest.len();
    }
    if kept == 0 {
        return Cow::Borrowed(text);
    }
    joined.extend_from_slice(&text[kept..]);
    Cow::Owned(joined)
}

/// The text with a space for each comment. What stands in quotes or after `#include` stays as it is.
fn without_comments(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr3(b'/', b'"', b'\'', rest) {
        plain.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        let end = match rest {
            [b'/', b'*', ..] => {
                plain.push(b' ');
                rest = &rest[memmem::find(&rest[2..], b"*/").map_or(rest.len(), |end| end + 4)..];
                continue;
            }
            [b'/', b'/', ..] => {
                rest = &rest[memchr(b'\n', rest).unwrap_or(rest.len())..];
                continue;
            }
            [b'/', ..] => 1,
            _ => literal(rest),
        };
        plain.extend_from_slice(&rest[..end]);
        rest = &rest[end..];
    }
    plain.extend_from_slice(rest);
    plain
}

/// The length of the literal at the start of a text. A quote that its line does not close is no literal, as in a comment of assembler or an
/// `#error`: it ends before the next line.
fn literal(text: &[u8]) -> usize {
    let mut at = 1;
    while let Some(next) = memchr3(text[0], b'\\', b'\n', &text[at..]) {
        at += next;
        match text[at] {
            b'\\' if text.get(at + 1).is_some_and(|&next| next != b'\n') => at += 2,
            b'\\' => at += 1,
            b'\n' => return at,
            _ => return at + 1,
        }
    }
    text.len()
}

/// What follows a word, space before it aside.
pub fn strip<'t>(text: &'t [u8], word: &[u8]) -> Option<&'t [u8]> {
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
