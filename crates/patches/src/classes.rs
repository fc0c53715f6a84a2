//! Which classes jars hold, whether the jars of different patches clash, and which of several jars provides a class. A jar is read once: what is in it
//! is kept in a text file under the jar's digest. Those files are a cache: one that is damaged or gone is made anew, and a home that cannot be written
//! is only slower. What a clash means for a profile is judged elsewhere.

mod clashes;
mod index;

pub use clashes::{Compared, clashes};
pub use index::{Index, IndexError, Limits, Member};

use crate::disk;
use crate::names::{Digest, PatchId};
use crate::patch::{PartKind, Patch};
use crate::progress::{self, Told};
use engine::failure::{self, Failure};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;

/// Where the texts lie, below the home.
pub const INDEX_FOLDER: &str = "packwright/index";
const TEXT_BYTES_MAX: u64 = 64 << 20;
const TEXTS_MAX: usize = 100_000;

/// A jar that cannot be looked into.
#[derive(Debug, thiserror::Error)]
#[error("cannot look into {jar}: {cause}")]
pub struct ClassesError {
    pub jar: String,
    #[source]
    pub cause: IndexError,
}

impl From<ClassesError> for Failure {
    fn from(error: ClassesError) -> Failure {
        let (code, hint) = match error.cause {
            IndexError::Unreadable(_) => (&failure::HOST_FAILED, ""),
            IndexError::OtherBytes { .. } => (&failure::FILE_CHANGED, "see packwright patch verify"),
            _ => (&failure::CONTAINER_REFUSED, "download the patch again"),
        };
        Failure::new(code, error.to_string()).hint(hint)
    }
}

/// A jar of a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jar {
    pub patch: PatchId,
    /// As its container names it: `jars/bug1.jar`.
    pub file: String,
    pub digest: Digest,
}

impl Jar {
    /// The jars of a patch that come on a class path.
    pub fn of(patch: &Patch) -> impl Iterator<Item = Jar> {
        let parts = patch.parts.iter().filter(|part| matches!(part.kind, PartKind::System | PartKind::Extension));
        parts.map(|part| Jar { patch: patch.id.clone(), file: part.member.to_string(), digest: part.digest })
    }
}

/// A jar with what is in it.
#[derive(Clone, Debug)]
pub struct Indexed {
    pub jar: Jar,
    pub index: Arc<Index>,
}

/// The first of these jars that has a class, named as `com.example.Order`.
pub fn provider<'a>(jars: impl IntoIterator<Item = &'a Index>, class: &str) -> Option<usize> {
    jars.into_iter().position(|index| index.has_class(class))
}

/// What is known of jars.
#[derive(Clone, Debug)]
pub struct Classes {
    folder: PathBuf,
    limits: Limits,
    keeps: bool,
}

impl Classes {
    /// `folder` is [`INDEX_FOLDER`] of the home; it need not be there.
    pub fn open(folder: impl Into<PathBuf>) -> Classes {
        Classes { folder: folder.into(), limits: Limits::default(), keeps: true }
    }

    /// What is found out is not kept: for those who only want to know and may write nothing.
    pub fn keeping_nothing(self) -> Classes {
        Classes { keeps: false, ..self }
    }

    /// What these jars hold, in their order. Those that are not known yet are opened and read, on as many threads as there are processors.
    pub fn look_into<R: Read + Seek>(
        &self,
        jars: &[Jar],
        open: impl Fn(&Jar) -> Result<R, Failure> + Sync,
    ) -> Result<Vec<Indexed>, Failure> {
        // Two patches may hold one and the same jar.
        let once: BTreeMap<Digest, &Jar> = jars.iter().rev().map(|jar| (jar.digest, jar)).collect();
        let once: Vec<&Jar> = once.into_values().collect();
        let indexes: Vec<OnceLock<_>> = once.iter().map(|_| OnceLock::new()).collect();
        let next = AtomicUsize::new(0);
        let work = || {
            loop {
                let place = next.fetch_add(1, Ordering::Relaxed);
                let Some(jar) = once.get(place) else { break };
                progress::tell(Told::Indexing { file: &jar.file, done: place, of: once.len() });
                let name = format!("{} of patch {}", jar.file, jar.patch);
                indexes[place].get_or_init(|| self.index(jar.digest, &name, || open(jar)).map(Arc::new));
            }
        };
        let threads = thread::available_parallelism().map_or(1, usize::from).min(once.len());
        thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
        let indexed = jars.iter().map(|jar| {
            let place = once.partition_point(|other| other.digest < jar.digest);
            let index = indexes[place].get().expect("the threads have ended").clone()?;
            Ok(Indexed { jar: jar.clone(), index })
        });
        indexed.collect()
    }

    /// What one file holds, whoever put it there.
    pub fn look_into_file(&self, path: &Path) -> Result<Index, Failure> {
        let jar = path.display().to_string();
        // Looked at before it is opened: a pipe would not answer.
        let metadata = fs::metadata(path).map_err(disk::failed("look at", path))?;
        if !metadata.is_file() {
            return Err(disk::failed("read", path)(io::Error::other("it is no file")).into());
        }
        let mut file = File::open(path).map_err(disk::failed("read", path))?;
        let digest = index::digest(&mut file, &self.limits).map_err(|cause| ClassesError { jar: jar.clone(), cause })?;
        self.index(digest, &jar, || Ok(file))
    }

    /// What the jar of this digest holds; it is opened only if that is not known. `jar` names it in a failure.
    pub fn index<R: Read + Seek>(&self, digest: Digest, jar: &str, open: impl FnOnce() -> Result<R, Failure>) -> Result<Index, Failure> {
        if let Some(index) = self.known(digest) {
            return Ok(index);
        }
        let index = self.read(digest, open()?).map_err(|cause| ClassesError { jar: jar.to_string(), cause })?;
        // What cannot be kept is found out again next time.
        if self.keeps {
            let _ = self.keep(digest, &index);
        }
        Ok(index)
    }

    fn known(&self, digest: Digest) -> Option<Index> {
        let text = disk::read(&self.folder.join(digest.to_string()), TEXT_BYTES_MAX).ok()?;
        Index::from_text(std::str::from_utf8(&text).ok()?, digest)
    }

    fn read(&self, expected: Digest, mut jar: impl Read + Seek) -> Result<Index, IndexError> {
        let found = index::digest(&mut jar, &self.limits)?;
        // What other bytes hold must not be kept under this digest.
        if found != expected {
            return Err(IndexError::OtherBytes { expected, found });
        }
        Index::of(jar, &self.limits)
    }

    /// Not forced to the disk: its checksum tells a text that did not get there whole.
    fn keep(&self, digest: Digest, index: &Index) -> io::Result<()> {
        static BESIDE: AtomicUsize = AtomicUsize::new(0);
        let text = index.text(digest);
        if text.len() as u64 > TEXT_BYTES_MAX {
            return Ok(());
        }
        fs::create_dir_all(&self.folder)?;
        let number = BESIDE.fetch_add(1, Ordering::Relaxed);
        let beside = self.folder.join(format!("{digest}.packwright-{}-{number}", std::process::id()));
        let kept = fs::write(&beside, text).and_then(|()| fs::rename(&beside, self.folder.join(digest.to_string())));
        if kept.is_err() {
            let _ = fs::remove_file(&beside);
        }
        kept
    }

    /// Forgets all jars but these, and removes what an interrupted writer left.
    pub fn forget_all_but(&self, kept: &BTreeSet<Digest>) -> Result<(), Failure> {
        let kept: BTreeSet<String> = kept.iter().map(Digest::to_string).collect();
        for name in disk::list(&self.folder, TEXTS_MAX)?.into_iter().filter(|name| !kept.contains(name)) {
            let path = self.folder.join(name);
            fs::remove_file(&path).map_err(disk::failed("remove", &path))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn jar(patch: &str, bytes: &[u8]) -> Jar {
        Jar { patch: PatchId::new(patch).unwrap(), file: format!("jars/{patch}.jar"), digest: Digest::of(bytes) }
    }

    type Opened = Result<Cursor<Vec<u8>>, Failure>;

    fn must_not_be_opened(jar: &Jar) -> Opened {
        panic!("{} is known", jar.file)
    }

    #[test]
    fn a_jar_is_read_once_and_again_when_its_text_is_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let classes = Classes::open(folder.path().join("index"));
        let bytes = index::tests::jar(&[("com/x/A.class", b"1")]);
        let jars = [jar("AAAA", &bytes), jar("BBBB", &bytes)];
        let opened = AtomicUsize::new(0);
        let open = |_: &Jar| -> Opened {
            opened.fetch_add(1, Ordering::Relaxed);
            Ok(Cursor::new(bytes.clone()))
        };
        let first = classes.look_into(&jars, open).unwrap();
        assert_eq!(first.iter().map(|indexed| indexed.jar.patch.as_str()).collect::<Vec<_>>(), ["AAAA", "BBBB"]);
        assert_eq!(opened.load(Ordering::Relaxed), 1);
        let again = classes.look_into(&jars, must_not_be_opened).unwrap();
        assert_eq!(again[1].index, first[0].index);
        let text = folder.path().join("index").join(jars[0].digest.to_string());
        for damaged in [&b""[..], b"packwright classes 1", b"\xff\xff\n\n"] {
            fs::write(&text, damaged).unwrap();
            assert_eq!(classes.look_into(&jars, open).unwrap()[0].index, first[0].index);
            assert_eq!(classes.look_into(&jars, must_not_be_opened).unwrap()[0].index, first[0].index);
        }
    }

    #[test]
    fn where_nothing_can_be_kept_it_is_found_out_each_time() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("index"), "a file where the folder should be").unwrap();
        let classes = Classes::open(folder.path().join("index"));
        let bytes = index::tests::jar(&[("A.class", b"1")]);
        for _ in 0..2 {
            let found = classes.look_into(&[jar("AAAA", &bytes)], |_| -> Opened { Ok(Cursor::new(bytes.clone())) }).unwrap();
            assert!(found[0].index.has_class("A"));
        }
    }

    #[test]
    fn failures_name_the_jar_and_nothing_is_kept_of_them() {
        let folder = tempfile::tempdir().unwrap();
        let classes = Classes::open(folder.path());
        let failure = |jar: Jar, bytes: &[u8]| classes.look_into(&[jar], |_| -> Opened { Ok(Cursor::new(bytes.to_vec())) }).unwrap_err();
        let damaged = failure(jar("AAAA", b"no jar"), b"no jar");
        assert_eq!(damaged.code, "container-refused");
        assert!(damaged.message.starts_with("cannot look into jars/AAAA.jar of patch AAAA: "), "{}", damaged.message);
        assert_eq!(failure(jar("AAAA", b"a jar"), b"another").code, "file-changed");
        let gone = classes.look_into(&[jar("AAAA", b"a jar")], |_| -> Opened { Err(Failure::new(&failure::HOST_FAILED, "it is gone")) });
        assert_eq!(gone.unwrap_err().message, "it is gone");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_no_profile_needs_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let classes = Classes::open(folder.path());
        let all: Vec<Vec<u8>> = ["A.class", "B.class"].iter().map(|name| index::tests::jar(&[(name, b"1")])).collect();
        let jars = [jar("AAAA", &all[0]), jar("BBBB", &all[1])];
        let open = |wanted: &Jar| -> Opened { Ok(Cursor::new(all[usize::from(wanted.digest == jars[1].digest)].clone())) };
        let found = classes.look_into(&jars, open).unwrap();
        assert_eq!(provider(found.iter().map(|indexed| &*indexed.index), "B"), Some(1));
        assert_eq!(provider(found.iter().map(|indexed| &*indexed.index), "C"), None);
        fs::write(folder.path().join(format!("{}.packwright-1-0", jars[0].digest)), "half").unwrap();
        classes.forget_all_but(&BTreeSet::from([jars[1].digest])).unwrap();
        assert_eq!(disk::list(folder.path(), 10).unwrap(), [jars[1].digest.to_string()]);
        assert!(Classes::open(folder.path().join("none")).forget_all_but(&BTreeSet::new()).is_ok());
    }
}
