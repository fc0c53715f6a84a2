//! Links each library of the package from its objects, unless the same objects were linked before, and makes sure that every name it leaves open
//! will be there when it is loaded: an open name fails the build here, not the first call at night.
//!
//! Serves: F33 F35

use crate::build::compiler::{self, Compiler, LINK_FLAGS};
use crate::build::{on_all_cores, shared_cache, symbols};
use crate::paths::{Paths, library_file};
use engine::failure::{self, Code, Evidence, Failure};
use engine::host::{Built, Progress};
use engine::outcome::{Change, ObjectStatus, Outcome};
use engine::release::Releases;
use engine::step::{self, Context, Step};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

pub static STEP: Step =
    Step { name: "link_libraries", title: "Link libraries", releases: Releases::ALL, timeout_seconds: 3_600, skip: step::never, run };

const LEASE: Duration = Duration::from_secs(300);

struct Library {
    name: String,
    /// Stem of each object file with the name of its object.
    objects: Vec<(String, String)>,
}

struct Work<'a, 'b> {
    context: &'a Context<'b>,
    compiler: Compiler,
    libraries: Vec<Library>,
    attempt: PathBuf,
    /// Names that the process which loads libraries has: the SDK's and the C library's.
    present: OnceLock<BTreeSet<String>>,
    done: AtomicU64,
    cached: AtomicU64,
    failed: Mutex<BTreeMap<usize, (&'static Code, Vec<Evidence>)>>,
}

fn run(context: &mut Context<'_>) -> Result<Outcome, Failure> {
    let (host, paths) = (context.host, Paths(context.order));
    let compiler = Compiler::of(host, context.order)?;
    let libraries = list_libraries(context)?;
    let keys = on_all_cores::map(host, &libraries, |_, library| key(context, &compiler, library))?;
    host.create_folder(&paths.attempt())?;
    host.create_folder(&paths.libraries())?;
    let found = shared_cache::look_up(context.cache, &keys)?;
    let missing: Vec<usize> = (0..keys.len()).filter(|&position| found[position].is_none()).collect();
    let attempt = paths.attempt();
    let work = Work {
        context,
        compiler,
        libraries,
        attempt,
        present: OnceLock::new(),
        done: AtomicU64::new(0),
        cached: AtomicU64::new(0),
        failed: Mutex::default(),
    };
    for (position, built) in found.into_iter().enumerate() {
        if let Some(built) = built {
            work.take(position, &built)?;
        }
    }
    shared_cache::build_missing(
        context.cache,
        &keys,
        missing,
        host.parallel(),
        LEASE,
        &|position| work.link(position),
        &|position, built| work.take(position, &built),
    )?;
    work.remove_strangers()?;
    host.remove(&paths.attempt())?;
    let (total, cached) = (work.libraries.len(), work.cached.into_inner());
    let failed = work.failed.into_inner().expect("no holder panics");
    host.log(&format!(
        "{total} libraries: {cached} from the cache, {} linked, {} failed",
        total as u64 - cached - failed.len() as u64,
        failed.len()
    ));
    if failed.is_empty() {
        return Ok(Outcome::Done);
    }
    let code = failed.values().next().expect("something failed").0;
    let message =
        format!("{} of {total} libraries of package {} did not link on {}", failed.len(), context.order.package, context.order.server.name);
    let evidence: Vec<Evidence> = failed.into_values().flat_map(|(_, evidence)| evidence).collect();
    let objects =
        evidence.iter().filter(|found| !found.object.is_empty()).map(|found| (found.object.clone(), "BSFN".to_string())).collect();
    context.changes.push(Change::ObjectsBuilt { objects, status: ObjectStatus::Error });
    Err(Failure::new(code, message).hint("correct the sources, check them in, then `packwright package rebuild`").evidence(evidence))
}

fn list_libraries(context: &Context<'_>) -> Result<Vec<Library>, Failure> {
    let (host, text) = (context.host, Paths(context.order).text());
    let mut libraries = Vec::new();
    for entry in host.list(&text)? {
        let Some(name) = entry.name.strip_suffix(".txt").filter(|name| name.starts_with('C')) else { continue };
        let directive = host.read(&text.join(&entry.name))?;
        let mut objects: Vec<(String, String)> = String::from_utf8_lossy(&directive)
            .lines()
            .filter_map(|line| line.split_once('\t'))
            .map(|(file, object)| (file.trim_end_matches(".c").to_string(), object.to_string()))
            .collect();
        objects.sort();
        libraries.push(Library { name: name.to_string(), objects });
    }
    Ok(libraries)
}

fn key(context: &Context<'_>, compiler: &Compiler, library: &Library) -> Result<String, Failure> {
    let folder = Paths(context.order).objects().join(&library.name);
    let mut hasher = blake3::Hasher::new();
    hasher.update(format!("library 1\n{}\n{}\n{}\n", compiler.identity, LINK_FLAGS.join(" "), library.name).as_bytes());
    for (stem, _) in &library.objects {
        let bytes = context.host.read(&folder.join(format!("{stem}.o")))?;
        hasher.update(format!("{stem} {}\n", blake3::hash(&bytes).to_hex()).as_bytes());
    }
    // What the runtime offers decides whether a library resolves.
    hasher.update(exports(context).as_bytes());
    Ok(format!("l{}", hasher.finalize().to_hex()))
}

/// Names that the SDK's runtime exports, one a line; the file lies beside the headers.
fn exports(context: &Context<'_>) -> String {
    std::fs::read_to_string(context.host.sdk_include().join("../exports.txt")).unwrap_or_default()
}

impl Work<'_, '_> {
    fn take(&self, position: usize, built: &Built) -> Result<(), Failure> {
        self.place(position, built)?;
        self.cached.fetch_add(1, Ordering::Relaxed);
        self.advance(position);
        Ok(())
    }

    fn place(&self, position: usize, built: &Built) -> Result<(), Failure> {
        let file = library_file(&self.libraries[position].name);
        self.context.goods.place(&built.content, &Paths(self.context.order).libraries().join(file))
    }

    fn advance(&self, position: usize) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        let cached = self.cached.load(Ordering::Relaxed);
        self.context.host.progress(Progress { done, total: self.libraries.len() as u64, cached, what: &self.libraries[position].name });
    }

    fn link(&self, position: usize) -> Result<Option<Built>, Failure> {
        let (library, context) = (&self.libraries[position], self.context);
        let (host, paths) = (context.host, Paths(context.order));
        let file = library_file(&library.name);
        let beside = self.attempt.join(&file);
        let mut arguments: Vec<String> = LINK_FLAGS.iter().map(|flag| flag.to_string()).collect();
        arguments.extend([format!("-Wl,-soname,{file}"), "-o".into(), host.root().join(&beside).display().to_string()]);
        arguments.extend(library.objects.iter().map(|(stem, _)| format!("{stem}.o")));
        arguments.push("-lm".into());
        let slot = host.compile_slot();
        let ended = host.run(&self.compiler.program(arguments, paths.objects().join(&library.name)))?;
        drop(slot);
        if let Some(failure) = compiler::machine_failed(&ended, host.cancelled()) {
            return Err(failure);
        }
        let found = if ended.success() {
            self.open_names(library, &host.read(&beside)?)?
        } else {
            read_linker(library, &String::from_utf8_lossy(&ended.output), ended.timed_out)
        };
        if let Some(found) = found {
            self.failed.lock().expect("no holder panics").insert(position, found);
            self.advance(position);
            return Ok(None);
        }
        let built = Built { content: context.goods.put_file(&beside)?, log: String::new() };
        self.place(position, &built)?;
        self.advance(position);
        Ok(Some(built))
    }

    fn open_names(&self, library: &Library, bytes: &[u8]) -> Result<Option<(&'static Code, Vec<Evidence>)>, Failure> {
        let present = self.present.get_or_init(|| self.present_names());
        let open: BTreeSet<String> = symbols::open_names(bytes)?.into_iter().filter(|name| !present.contains(name)).collect();
        if open.is_empty() {
            return Ok(None);
        }
        let folder = Paths(self.context.order).objects().join(&library.name);
        let mut objects = Vec::new();
        for (stem, object) in &library.objects {
            objects.push((object.clone(), self.context.host.read(&folder.join(format!("{stem}.o")))?));
        }
        Ok(Some((&failure::NAME_UNRESOLVED, symbols::unresolved(&library.name, &open, &objects))))
    }

    fn present_names(&self) -> BTreeSet<String> {
        let mut libraries = Vec::new();
        for name in ["libc.so.6", "libm.so.6", "libgcc_s.so.1"] {
            let program = self.compiler.program(vec![format!("-print-file-name={name}")], PathBuf::new());
            if let Ok(ended) = self.context.host.run(&program) {
                libraries.push(String::from_utf8_lossy(&ended.output).trim().to_string());
            }
        }
        let mut names = symbols::names_of_machine(&libraries);
        names.extend(exports(self.context).lines().map(str::to_string));
        names
    }

    /// A library of an earlier attempt that the package no longer has must not be delivered.
    fn remove_strangers(&self) -> Result<(), Failure> {
        let folder = Paths(self.context.order).libraries();
        let own: BTreeSet<String> = self.libraries.iter().map(|library| library_file(&library.name)).collect();
        for entry in self.context.host.list(&folder)?.into_iter().filter(|entry| !own.contains(&entry.name)) {
            self.context.host.remove(&folder.join(entry.name))?;
        }
        Ok(())
    }
}

/// What the linker said: two objects with one name, or its own words.
fn read_linker(library: &Library, output: &str, timed_out: bool) -> Option<(&'static Code, Vec<Evidence>)> {
    let object_of = |text: &str| {
        let (stem, _) = text.split_once(".o:").or_else(|| text.split_once(".c:"))?;
        let stem = stem.rsplit([' ', '/', '(']).next()?;
        library.objects.iter().find(|(name, _)| name == stem).map(|(_, object)| object.clone())
    };
    let mut twice = Vec::new();
    for line in output.lines() {
        let Some((place, rest)) = line.split_once("multiple definition of `") else { continue };
        let name = rest.split('\'').next().unwrap_or(rest);
        let other = object_of(rest).unwrap_or_else(|| "another object".into());
        let object = object_of(place).unwrap_or_default();
        twice.push(Evidence { object, message: format!("{name} is defined by {other} as well"), ..Evidence::default() });
    }
    if !twice.is_empty() {
        return Some((&failure::EXPORTED_TWICE, twice));
    }
    let message = if timed_out {
        "the linker was stopped at its time limit".to_string()
    } else {
        format!("{} does not link: {}", library.name, output.trim().chars().take(2_000).collect::<String>())
    };
    Some((&failure::DOES_NOT_LINK, vec![Evidence { message, ..Evidence::default() }]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_defined_twice_names_both_objects() {
        let library =
            Library { name: "CORD".into(), objects: vec![("b5500010".into(), "B5500010".into()), ("b5500011".into(), "B5500011".into())] };
        let output = "/usr/bin/ld: b5500011.o: in function `F5501Total':\nb5500011.c:(.text+0x0): multiple definition of `F5501Total'; b5500010.o:b5500010.c:(.text+0x0): first defined here\ncollect2: error: ld returned 1 exit status\n";
        let (code, evidence) = read_linker(&library, output, false).unwrap();
        assert_eq!(code.name, "exported-twice");
        assert_eq!((evidence[0].object.as_str(), evidence[0].message.as_str()), ("B5500011", "F5501Total is defined by B5500010 as well"));
    }
}
