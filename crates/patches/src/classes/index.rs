//! What one jar holds: the path, size and digest of every file in it, sorted, and the text in which that is kept. Which patch the jar is of, and where
//! the text lies, is not known here.

use crate::names::Digest;
use std::fmt::Write as _;
use std::io::{self, BufReader, Read, Seek};
use zip::ZipArchive;
use zip::result::ZipError;

/// Bounds on a jar that is looked into. Nothing of what is unpacked is kept, so there is none on how well it is packed.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub jar_bytes_max: u64,
    pub members_max: usize,
    pub path_bytes_max: usize,
    /// Of all members together.
    pub unpacked_bytes_max: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { jar_bytes_max: 256 << 20, members_max: 100_000, path_bytes_max: 1024, unpacked_bytes_max: 1 << 30 }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    #[error("cannot read it as a ZIP file: {0}")]
    Damaged(#[source] ZipError),
    #[error("cannot unpack {path:?}: {cause}")]
    Member {
        path: String,
        #[source]
        cause: io::Error,
    },
    #[error("it has more than {limit} {what}")]
    TooMuch { what: &'static str, limit: u64 },
    #[error("{path:?} is no path that a class loader could ask for")]
    Path { path: String },
    #[error("cannot read it: {0}")]
    Unreadable(#[source] io::Error),
    #[error("its bytes are those of {found}, and not of {expected}")]
    OtherBytes { expected: Digest, found: Digest },
}

/// The files of a jar that its class loader can answer with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    members: Vec<Member>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub path: Box<str>,
    /// First half of BLAKE3.
    pub content: u128,
    pub bytes: u64,
}

impl Index {
    /// Sorted by path, every path once.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    pub fn get(&self, path: &str) -> Option<&Member> {
        let found = self.members.binary_search_by(|member| (*member.path).cmp(path)).ok()?;
        Some(&self.members[found])
    }

    /// Whether it holds a class, as `com.example.Order` or `com/example/Order`.
    pub fn has_class(&self, class: &str) -> bool {
        self.get(&format!("{}.class", class.replace('.', "/"))).is_some()
    }

    /// Reads a whole jar, which [`digest`] has looked at before.
    pub(super) fn of(jar: impl Read + Seek, limits: &Limits) -> Result<Index, IndexError> {
        let mut archive = ZipArchive::new(BufReader::new(jar)).map_err(IndexError::Damaged)?;
        let mut members = Vec::with_capacity(archive.len().min(limits.members_max));
        let mut bytes_left = limits.unpacked_bytes_max;
        // Of two members with one path the ZIP reader has the last alone: so has the virtual machine.
        for place in 0..archive.len() {
            let member = archive.by_index(place).map_err(IndexError::Damaged)?;
            let path = path(member.name_raw(), limits)?;
            if is_of_no_class_loader(path) {
                continue;
            }
            let path: Box<str> = path.into();
            let mut hasher = blake3::Hasher::new();
            let read = hasher.update_reader(member.take(bytes_left + 1));
            read.map_err(|cause| IndexError::Member { path: path.to_string(), cause })?;
            let bytes = hasher.count();
            let too_much = IndexError::TooMuch { what: "unpacked bytes", limit: limits.unpacked_bytes_max };
            bytes_left = bytes_left.checked_sub(bytes).ok_or(too_much)?;
            members.push(Member { path, content: half(&hasher.finalize()), bytes });
        }
        members.sort_unstable_by(|one, other| one.path.cmp(&other.path));
        Ok(Index { members })
    }

    /// As it is kept.
    pub(super) fn text(&self, digest: Digest) -> String {
        let mut text = header(digest, self.members.len());
        for member in &self.members {
            let written = writeln!(text, "{:032x} {} {}", member.content, member.bytes, member.path);
            written.expect("memory takes any text");
        }
        let checksum = Digest::of(text.as_bytes());
        writeln!(text, "{checksum}").expect("memory takes any text");
        text
    }

    /// `None` for any text but one that was written for this very jar.
    pub(super) fn from_text(text: &str, digest: Digest) -> Option<Index> {
        let last = text.strip_suffix('\n')?.rfind('\n')? + 1;
        let (body, checksum) = text.split_at(last);
        if checksum.strip_suffix('\n')? != Digest::of(body.as_bytes()).to_string() {
            return None;
        }
        let count: usize = body.lines().nth(1)?.parse().ok()?;
        let lines = body.strip_prefix(&header(digest, count))?;
        let members: Vec<Member> = lines.lines().map(Member::from_line).collect::<Option<_>>()?;
        (members.len() == count).then_some(Index { members })
    }
}

impl Member {
    fn from_line(line: &str) -> Option<Member> {
        let (content, rest) = line.split_once(' ')?;
        let (bytes, path) = rest.split_once(' ')?;
        Some(Member { path: path.into(), content: u128::from_str_radix(content, 16).ok()?, bytes: bytes.parse().ok()? })
    }
}

fn header(digest: Digest, count: usize) -> String {
    format!("packwright classes 1 {digest}\n{count}\n")
}

fn half(hash: &blake3::Hash) -> u128 {
    let (half, _) = hash.as_bytes().split_first_chunk().expect("32 bytes are more than 16");
    u128::from_be_bytes(*half)
}

/// Reads a whole jar for its digest, and refuses one whose directory alone would fill the memory.
pub(super) fn digest(mut jar: impl Read + Seek, limits: &Limits) -> Result<Digest, IndexError> {
    // Each entry of a ZIP's directory begins with these bytes, so there are at most as many entries as times they occur.
    let entry = memchr::memmem::Finder::new(b"PK\x01\x02");
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 64 << 10];
    // What a piece begins with: the end of the one before, where an entry may begin as well.
    let mut kept = 0;
    let mut entries = 0;
    loop {
        let read = match jar.read(&mut buffer[kept..]) {
            Ok(0) => break,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read.map_err(IndexError::Unreadable)?,
        };
        let filled = kept + read;
        hasher.update(&buffer[kept..filled]);
        entries += entry.find_iter(&buffer[..filled]).count();
        if hasher.count() > limits.jar_bytes_max {
            return Err(IndexError::TooMuch { what: "bytes", limit: limits.jar_bytes_max });
        }
        if entries > limits.members_max {
            return Err(IndexError::TooMuch { what: "files", limit: limits.members_max as u64 });
        }
        kept = filled.min(3);
        buffer.copy_within(filled - kept..filled, 0);
    }
    jar.rewind().map_err(IndexError::Unreadable)?;
    Ok(hasher.finalize().into())
}

/// Names in a jar are UTF-8 whether or not they are marked as such. One with a control character would not fit into a line of the text.
fn path<'a>(name: &'a [u8], limits: &Limits) -> Result<&'a str, IndexError> {
    let path = std::str::from_utf8(name).ok().filter(|path| !path.is_empty() && !path.chars().any(char::is_control));
    path.filter(|path| path.len() <= limits.path_bytes_max)
        .ok_or_else(|| IndexError::Path { path: String::from_utf8_lossy(name).chars().take(200).collect() })
}

/// Folders, the manifest, and what signs it: every jar has its own.
fn is_of_no_class_loader(path: &str) -> bool {
    let upper = path.to_ascii_uppercase();
    let is_signature = |name: &str| {
        !name.contains('/') && (name.starts_with("SIG-") || [".SF", ".RSA", ".DSA", ".EC"].iter().any(|ending| name.ends_with(ending)))
    };
    path.ends_with('/') || upper.strip_prefix("META-INF/").is_some_and(|name| name == "MANIFEST.MF" || is_signature(name))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::{Cursor, Write};
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    pub fn jar(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn index(jar: &[u8], limits: &Limits) -> Result<Index, IndexError> {
        digest(Cursor::new(jar), limits)?;
        Index::of(Cursor::new(jar), limits)
    }

    fn paths(index: &Index) -> Vec<&str> {
        index.members().iter().map(|member| &*member.path).collect()
    }

    #[test]
    fn files_are_listed_in_order_and_what_belongs_to_the_jar_itself_is_not() {
        let names = ["b/B.class", "META-INF/manifest.mf", "META-INF/X.sf", "META-INF/x.RSA", "META-INF/deep/x.SF", "a/", "a/A.class"];
        let versioned = "META-INF/versions/11/a/A.class";
        let files: Vec<(&str, &[u8])> = names.into_iter().chain([versioned]).map(|name| (name, name.as_bytes())).collect();
        let index = index(&jar(&files), &Limits::default()).unwrap();
        assert_eq!(paths(&index), ["META-INF/deep/x.SF", versioned, "a/A.class", "b/B.class"]);
        let found = index.get("a/A.class").unwrap();
        assert_eq!((format!("{:032x}", found.content), found.bytes), (Digest::of(b"a/A.class").to_string()[..32].to_string(), 9));
        assert!(index.has_class("a.A") && index.has_class("b/B") && !index.has_class("a.a"));
    }

    #[test]
    fn limits_hold_whatever_the_headers_claim() {
        let bomb = jar(&[("a", &[0; 100_000]), ("b", &[0; 100_000])]);
        let small = Limits { unpacked_bytes_max: 150_000, ..Limits::default() };
        assert!(matches!(index(&bomb, &small), Err(IndexError::TooMuch { what: "unpacked bytes", .. })));
        assert!(matches!(index(&bomb, &Limits { members_max: 1, ..small }), Err(IndexError::TooMuch { what: "files", .. })));
        assert!(matches!(index(&bomb, &Limits { jar_bytes_max: 100, ..small }), Err(IndexError::TooMuch { what: "bytes", .. })));
        assert!(index(&bomb, &Limits { unpacked_bytes_max: 200_000, members_max: 2, ..small }).is_ok());
        assert!(matches!(index(&jar(&[("a\nb", b"")]), &Limits::default()), Err(IndexError::Path { .. })));
        assert!(matches!(index(&jar(&[(&"a".repeat(1025), b"")]), &Limits::default()), Err(IndexError::Path { .. })));
    }

    #[test]
    fn an_entry_is_counted_wherever_the_pieces_of_the_jar_end() {
        struct OneByOne<'a>(Cursor<&'a [u8]>);
        impl Read for OneByOne<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                self.0.read(&mut buffer[..1])
            }
        }
        impl Seek for OneByOne<'_> {
            fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
                self.0.seek(to)
            }
        }
        let jar = jar(&[("a", b""), ("b", b"")]);
        let count = |members_max| digest(OneByOne(Cursor::new(&jar)), &Limits { members_max, ..Limits::default() });
        assert_eq!(count(2).unwrap(), Digest::of(&jar));
        assert!(count(1).is_err());
    }

    #[test]
    fn a_text_that_was_touched_is_none() {
        let digest = Digest::of(b"jar");
        let index = index(&jar(&[("a/A.class", b"1"), ("b c.txt", b"2")]), &Limits::default()).unwrap();
        let text = index.text(digest);
        assert_eq!(Index::from_text(&text, digest), Some(index));
        assert_eq!(Index::from_text(&text, Digest::of(b"other")), None);
        for cut in 0..text.len() {
            assert_eq!(Index::from_text(&text[..cut], digest), None, "cut at {cut}");
            let mut touched = text.clone().into_bytes();
            touched[cut] ^= 1;
            assert_eq!(Index::from_text(&String::from_utf8(touched).unwrap(), digest), None, "touched at {cut}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), at in 0..10_000usize) {
            let _ = index(&bytes, &Limits::default());
            let mut damaged = jar(&[("a/A.class", b"some text some text some text"), ("b", b"x")]);
            let at = at % damaged.len();
            let end = (at + 4).min(damaged.len());
            damaged.splice(at..end, bytes.iter().take(4).copied());
            let _ = index(&damaged, &Limits::default());
            let _ = Index::from_text(&String::from_utf8_lossy(&bytes), Digest::of(b""));
        }

        #[test]
        fn any_index_is_its_text(files in proptest::collection::btree_map("[a-zäü /.$]{1,40}[a-z]", ".{0,40}", 0..20)) {
            let files: Vec<(&str, &[u8])> = files.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
            let index = index(&jar(&files), &Limits::default()).unwrap();
            let digest = Digest::of(b"jar");
            prop_assert_eq!(Index::from_text(&index.text(digest), digest), Some(index));
        }
    }
}
