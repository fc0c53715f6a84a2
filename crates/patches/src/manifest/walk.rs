//! The jars that a virtual machine searches when one jar is on its class path: the jar, then what its manifest names, each at once followed by what
//! that one names. It looks at files and changes nothing.

use super::{entries, unescaped};
use serde::Serialize;
use std::collections::HashSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// How far class paths are followed.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Jars between the first one and the last.
    pub depth_max: usize,
    /// Entries of all class paths together.
    pub entries_max: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        // The vendor's jars nest three deep.
        Limits { depth_max: 16, entries_max: 100_000 }
    }
}

/// One place of the class path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Found {
    /// Absolute; for [`State::Ignored`] the entry as it stands there.
    pub path: PathBuf,
    pub state: State,
    /// Which one of the list names it first; none names the first.
    pub named_by: Option<usize>,
}

/// What a virtual machine makes of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    Jar,
    /// A folder of classes: its name ends with a slash.
    Folder,
    /// Nothing lies there. A virtual machine goes on without a word.
    Missing,
    /// Something lies there that is no jar; as silent.
    Damaged(String),
    /// A URL of another kind than `file:`, or no text.
    Ignored,
    /// A limit ends the search here: there may be more.
    NotFollowed,
}

struct Entry {
    path: PathBuf,
    /// Ends with a slash.
    is_folder: bool,
    named_by: Option<usize>,
    depth: usize,
}

/// Follows a jar's class path. Each place is told once, where it is searched first.
pub fn walk(jar: &Path, limits: &Limits) -> Vec<Found> {
    // Links of the first jar's own path are followed, those of the entries are not: so does the virtual machine.
    let first = jar.canonicalize().or_else(|_| std::path::absolute(jar)).unwrap_or_else(|_| jar.to_owned());
    let mut ahead = vec![Entry { path: first, is_folder: false, named_by: None, depth: 0 }];
    let mut seen = HashSet::new();
    let mut found: Vec<Found> = Vec::new();
    let mut entries_left = limits.entries_max;
    while let Some(entry) = ahead.pop() {
        if !seen.insert(entry.path.clone()) {
            continue;
        }
        let (state, named) = look(&entry);
        let place = found.len();
        let folder = entry.path.parent().unwrap_or(Path::new("/")).to_owned();
        found.push(Found { path: entry.path, state, named_by: entry.named_by });
        if named.is_empty() {
            continue;
        }
        if named.len() > entries_left || entry.depth == limits.depth_max {
            found.push(Found { path: PathBuf::from(&named[0]), state: State::NotFollowed, named_by: Some(place) });
            continue;
        }
        entries_left -= named.len();
        let mut next = Vec::new();
        for text in &named {
            match resolve(&folder, text) {
                Some((path, is_folder)) => next.push(Entry { path, is_folder, named_by: Some(place), depth: entry.depth + 1 }),
                None => found.push(Found { path: PathBuf::from(text), state: State::Ignored, named_by: Some(place) }),
            }
        }
        // What is put on last is looked at first.
        ahead.extend(next.into_iter().rev());
    }
    found
}

/// What lies there, and what it names.
fn look(entry: &Entry) -> (State, Vec<String>) {
    // Looked at before it is opened: a pipe would not answer.
    let Ok(metadata) = fs::metadata(&entry.path) else { return (State::Missing, Vec::new()) };
    match (entry.is_folder, metadata.is_dir(), metadata.is_file()) {
        (true, true, _) => (State::Folder, Vec::new()),
        (true, false, _) => (State::Missing, Vec::new()),
        (false, _, false) => (State::Damaged("it is no file".into()), Vec::new()),
        (false, _, true) => {
            let read = File::open(&entry.path).map_err(|error| error.to_string());
            match read.and_then(|file| entries(file).map_err(|error| error.to_string())) {
                Ok(named) => (State::Jar, named),
                Err(reason) => (State::Damaged(reason), Vec::new()),
            }
        }
    }
}

/// Where an entry of a jar in `folder` leads, and whether it means a folder.
fn resolve(folder: &Path, entry: &str) -> Option<(PathBuf, bool)> {
    // A question mark is part of the file's name to the virtual machine, though not to a URL.
    let mut rest = entry.split('#').next().unwrap_or_default();
    if let Some((before, after)) = rest.split_once(':')
        && !before.contains('/')
    {
        rest = before.eq_ignore_ascii_case("file").then_some(after)?;
    }
    if let Some(authority) = rest.strip_prefix("//") {
        let (host, _) = authority.split_once('/')?;
        rest = (host.is_empty() || host.eq_ignore_ascii_case("localhost")).then(|| &authority[host.len()..])?;
    }
    let mut path = if rest.starts_with('/') { PathBuf::from("/") } else { folder.to_owned() };
    for part in rest.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(path.pop()),
            // A part that begins with an escaped slash must not start over at the root.
            part => path.push(unescaped(part)?.trim_start_matches('/')),
        }
    }
    let is_folder = rest.is_empty() || rest.ends_with('/') || rest.ends_with("/.") || rest.ends_with("/..");
    Some((path, is_folder))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{disk, manifest};

    fn resolved(entry: &str) -> Option<String> {
        let (path, is_folder) = resolve(Path::new("/mw/p/sys"), entry)?;
        Some(format!("{}{}", path.display(), if is_folder { "/" } else { "" }))
    }

    #[test]
    fn entries_lead_where_a_url_would() {
        let place = |text: &str| Some(text.to_string());
        assert_eq!(resolved("a%20b.jar"), place("/mw/p/sys/a b.jar"));
        assert_eq!(resolved("../../jars/./x.jar?a#part"), place("/mw/jars/x.jar?a"));
        assert_eq!(resolved("../../../../../x.jar"), place("/x.jar"));
        assert_eq!(resolved("classes/"), place("/mw/p/sys/classes/"));
        assert_eq!(resolved("file:/opt/a.jar"), place("/opt/a.jar"));
        assert_eq!(resolved("FILE:///opt/a.jar"), place("/opt/a.jar"));
        assert_eq!(resolved("file://localhost/opt/a.jar"), place("/opt/a.jar"));
        assert_eq!(resolved("file:a.jar"), place("/mw/p/sys/a.jar"));
        assert_eq!(resolved("%2Fetc/a.jar"), place("/mw/p/sys/etc/a.jar"));
        let ignored = ["http://x/a.jar", "C:/a.jar", "file://host/a.jar", "%ff.jar", "//"];
        assert!(ignored.iter().all(|entry| resolved(entry).is_none()));
    }

    fn write(folder: &Path, name: &str, class_path: &[&str]) {
        let class_path: Vec<String> = class_path.iter().map(|path| path.to_string()).collect();
        disk::write(&folder.join(name), &manifest::jar(&class_path)).unwrap();
    }

    fn told(folder: &Path, jar: &str, limits: &Limits) -> Vec<String> {
        let root = folder.canonicalize().unwrap();
        let line = |found: Found| {
            let state = match found.state {
                State::Damaged(_) => "damaged".to_string(),
                state => format!("{state:?}").to_lowercase(),
            };
            format!("{} {state}", found.path.strip_prefix(&root).unwrap_or(&found.path).display())
        };
        walk(&folder.join(jar), limits).into_iter().map(line).collect()
    }

    #[test]
    fn what_a_jar_names_comes_before_its_neighbour_and_a_circle_ends() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "first.jar", &["a/a.jar", "b.jar", "gone.jar", "no.jar", "classes/", "classes"]);
        write(folder.path(), "a/a.jar", &["c.jar", "../first.jar"]);
        write(folder.path(), "a/c.jar", &["../b.jar"]);
        write(folder.path(), "b.jar", &["a/a.jar"]);
        disk::write(&folder.path().join("no.jar"), b"text").unwrap();
        fs::create_dir(folder.path().join("classes")).unwrap();
        let expected = ["first.jar jar", "a/a.jar jar", "a/c.jar jar", "b.jar jar", "gone.jar missing", "no.jar damaged", "classes folder"];
        assert_eq!(told(folder.path(), "first.jar", &Limits::default()), expected);
        assert_eq!(told(folder.path(), "gone.jar", &Limits::default()), ["gone.jar missing"]);
    }

    #[test]
    fn limits_end_the_search_and_say_so() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..5 {
            write(folder.path(), &format!("{number}.jar"), &[&format!("{}.jar", number + 1)]);
        }
        let limits = Limits { depth_max: 2, entries_max: 100 };
        assert_eq!(told(folder.path(), "0.jar", &limits), ["0.jar jar", "1.jar jar", "2.jar jar", "3.jar notfollowed"]);
        write(folder.path(), "many.jar", &["x.jar", "y.jar"]);
        let limits = Limits { depth_max: 2, entries_max: 1 };
        assert_eq!(told(folder.path(), "many.jar", &limits), ["many.jar jar", "x.jar notfollowed"]);
    }
}
