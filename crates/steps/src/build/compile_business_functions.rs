//! Compiles the package's business functions. An object that is in the cache is linked in without a compiler; the rest is shared with the
//! servers of the same platform that compile the same package. A function that does not compile is noted and the others go on; then the
//! step fails with all errors.
//!
//! Headers with which many sources begin are compiled once and taken from there; objects and messages come out byte for byte as without.
//!
//! Serves: F33 F35

use crate::build::compiler::{self, COMPILE_FLAGS, Compiler};
use crate::build::includes::{Includes, Text};
use crate::build::on_all_cores;
use crate::build::precompiled::{self, Prefix};
use crate::build::shared_cache;
use crate::paths::Paths;
use engine::failure::{Code, Evidence, Failure};
use engine::host::{Built, Ended, Progress};
use engine::outcome::{Change, ObjectStatus, Outcome};
use engine::release::Releases;
use engine::step::{self, Context, Step};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

pub static STEP: Step = Step {
    name: "compile_business_functions",
    title: "Compile business functions",
    releases: Releases::ALL,
    timeout_seconds: 6 * 3_600,
    skip: step::never,
    run,
};

/// Files of messages that a report shows; the rest lies in the compile logs.
const EVIDENCE_MAX: usize = 1_000;

/// One source of the package.
struct Source {
    library: String,
    /// File name without its ending: `b5500010`.
    stem: String,
    object: String,
    bytes: u64,
}

impl Source {
    fn path(&self) -> String {
        format!("source/{}/{}.c", self.library, self.stem)
    }

    fn log(&self) -> String {
        format!("CompileLogs/{}/{}.log", self.library, self.stem)
    }
}

/// What the threads of one attempt share.
struct Work<'a, 'b> {
    context: &'a Context<'b>,
    compiler: Compiler,
    sources: Vec<Source>,
    attempt: PathBuf,
    /// Other spellings of headers' names, with the file that is meant.
    spellings: BTreeMap<String, PathBuf>,
    /// The folder to search first, by source.
    precompiled: HashMap<usize, String>,
    done: AtomicU64,
    cached: AtomicU64,
    failed: Mutex<BTreeMap<usize, (&'static Code, Vec<Evidence>)>>,
}

fn run(context: &mut Context<'_>) -> Result<Outcome, Failure> {
    let (host, paths) = (context.host, Paths(context.order));
    let compiler = Compiler::of(host, context.order)?;
    let sources = list_sources(context)?;
    let Read { keys, texts, mut includes } = read(context, &compiler, &sources)?;
    for library in sources.iter().map(|source| &source.library).collect::<BTreeSet<_>>() {
        host.create_folder(&paths.objects().join(library))?;
        host.create_folder(&paths.compile_logs().join(library))?;
        host.create_folder(&paths.attempt().join(library))?;
    }
    let found = shared_cache::look_up(context.cache, &keys)?;
    let missing = longest_first(&sources, &found);
    let prefixes = shared_prefixes(&paths, &mut includes, &sources, &texts, &missing)?;
    let mut work = Work {
        context,
        compiler,
        sources,
        attempt: paths.attempt(),
        spellings: includes.misspelt,
        precompiled: HashMap::new(),
        done: AtomicU64::new(0),
        cached: AtomicU64::new(0),
        failed: Mutex::default(),
    };
    work.take_found(&found)?;
    if !missing.is_empty() {
        work.spell_headers()?;
        work.precompile(&prefixes, &missing)?;
        let lease = Duration::from_secs(2 * work.compiler.timeout_seconds());
        shared_cache::build_missing(
            context.cache,
            &keys,
            missing,
            host.parallel(),
            lease,
            &|position| work.compile(position),
            &|position, built| work.take(position, &built),
        )?;
    }
    let (cached, total) = (work.cached.into_inner(), work.sources.len());
    let failed = work.failed.into_inner().expect("no holder panics");
    let sources = work.sources;
    write_states(context, &sources, &failed)?;
    host.remove(&paths.attempt())?;
    host.log(&format!(
        "{total} functions: {cached} from the cache, {} compiled, {} failed",
        total as u64 - cached - failed.len() as u64,
        failed.len()
    ));
    note_built(context, &sources, &failed);
    if failed.is_empty() { Ok(Outcome::Done) } else { Err(failure(context, failed, total)) }
}

/// Sources by their build directives, `text/<LIBRARY>.txt`.
fn list_sources(context: &Context<'_>) -> Result<Vec<Source>, Failure> {
    let (host, paths) = (context.host, Paths(context.order));
    let mut sources = Vec::new();
    for entry in host.list(&paths.text())? {
        let Some(library) = entry.name.strip_suffix(".txt").filter(|library| library.starts_with('C')) else { continue };
        let sizes: BTreeMap<String, u64> =
            host.list(&paths.sources().join(library))?.into_iter().map(|entry| (entry.name, entry.bytes)).collect();
        for line in String::from_utf8_lossy(&host.read(&paths.text().join(&entry.name))?).lines() {
            let Some((file, object)) = line.split_once('\t') else { continue };
            let stem = file.trim_end_matches(".c").to_string();
            sources.push(Source { library: library.into(), stem, object: object.into(), bytes: sizes.get(file).copied().unwrap_or(0) });
        }
    }
    Ok(sources)
}

/// What sources and headers say.
struct Read<'a> {
    /// The cache key of each source, a hash over all that compiling it reads.
    keys: Vec<String>,
    texts: Vec<Text>,
    includes: Includes<'a>,
}

fn read<'a>(context: &Context<'a>, compiler: &Compiler, sources: &[Source]) -> Result<Read<'a>, Failure> {
    let (host, paths) = (context.host, Paths(context.order));
    let mut machine = vec![host.sdk_include()];
    machine.extend(compiler.system_headers.iter().cloned());
    let mut includes = Includes::new(host, &[paths.headers()], &machine)?;
    let mut keys = Vec::with_capacity(sources.len());
    let files: Vec<PathBuf> =
        sources.iter().map(|source| paths.sources().join(&source.library).join(format!("{}.c", source.stem))).collect();
    let texts = Text::read_all(host, &files)?;
    for (source, text) in sources.iter().zip(&texts) {
        let mut hasher = blake3::Hasher::new();
        let mut add = |part: &[u8]| {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        };
        add(b"object 3");
        add(compiler.identity.as_bytes());
        add(compiler.flags().as_bytes());
        add(source.path().as_bytes());
        add(text.hash.as_bytes());
        match includes.reach(&paths.sources().join(&source.library), text)? {
            Some(headers) => add(headers.as_bytes()),
            // Nothing proves two such compiles equal: the key is this attempt's own.
            None => add(format!("{} {}", context.order.server.name, paths.attempt_name()).as_bytes()),
        }
        keys.push(format!("o{}", hasher.finalize().to_hex()));
    }
    Ok(Read { keys, texts, includes })
}

/// Positions of what the cache lacks, the longest sources first: they must not be the last to end.
fn longest_first(sources: &[Source], found: &[Option<Built>]) -> Vec<usize> {
    let mut missing: Vec<usize> = (0..sources.len()).filter(|&position| found[position].is_none()).collect();
    missing.sort_by_key(|&position| std::cmp::Reverse(sources[position].bytes));
    missing
}

/// With which headers many of the sources at `missing` begin.
fn shared_prefixes(
    paths: &Paths<'_>,
    includes: &mut Includes<'_>,
    sources: &[Source],
    texts: &[Text],
    missing: &[usize],
) -> Result<Vec<Prefix>, Failure> {
    let leading = |&position: &usize| includes.leading(&paths.sources().join(&sources[position].library), &texts[position]);
    let leading: Vec<Vec<String>> = missing.iter().map(leading).collect();
    Ok(precompiled::choose(includes, &leading)?)
}

impl Work<'_, '_> {
    /// Takes what is cached: for a package that changed little this is most of the work.
    fn take_found(&self, found: &[Option<Built>]) -> Result<(), Failure> {
        on_all_cores::map(self.context.host, found, |position, built| built.as_ref().map_or(Ok(()), |built| self.take(position, built)))?;
        Ok(())
    }

    /// Takes an object that was compiled before or elsewhere, with the messages of that compile.
    fn take(&self, position: usize, built: &Built) -> Result<(), Failure> {
        self.place(position, built)?;
        self.cached.fetch_add(1, Ordering::Relaxed);
        self.advance(position);
        Ok(())
    }

    fn place(&self, position: usize, built: &Built) -> Result<(), Failure> {
        let (source, paths) = (&self.sources[position], Paths(self.context.order));
        self.context.goods.place(&built.content, &paths.objects().join(&source.library).join(format!("{}.o", source.stem)))?;
        self.context.goods.place(&built.log, &paths.build_area().join(source.log()))
    }

    /// Keeps what was found, up to what a report shows: one broken header may fail every function.
    fn note_failed(&self, position: usize, (code, mut evidence): (&'static Code, Vec<Evidence>)) {
        let mut failed = self.failed.lock().expect("no holder panics");
        let kept: usize = failed.values().map(|(_, evidence)| evidence.len()).sum();
        evidence.truncate(EVIDENCE_MAX.saturating_sub(kept));
        failed.insert(position, (code, evidence));
        drop(failed);
        self.advance(position);
    }

    /// The log of a compile: what was run, without paths of this machine, since the same log serves every server that takes the object;
    /// then what the compiler said.
    fn log_text(&self, source: &Source, ended: &Ended) -> Vec<u8> {
        let mut text =
            format!("{} {} -c {}\n{}\n", self.compiler.command, self.compiler.flags(), source.path(), self.compiler.identity).into_bytes();
        text.extend_from_slice(if ended.output.is_empty() && ended.success() { b"no messages\n" } else { &ended.output });
        text
    }

    fn advance(&self, position: usize) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        let source = &self.sources[position];
        let what = format!("{}/{}", source.library, source.stem);
        self.context.host.progress(Progress {
            done,
            total: self.sources.len() as u64,
            cached: self.cached.load(Ordering::Relaxed),
            what: &what,
        });
    }

    /// Compiles one source; `None` where it does not compile, which is noted.
    fn compile(&self, position: usize) -> Result<Option<Built>, Failure> {
        let (source, context) = (&self.sources[position], self.context);
        let paths = Paths(context.order);
        let object = self.attempt.join(&source.library).join(format!("{}.o", source.stem));
        let slot = context.host.compile_slot();
        if context.host.cancelled() {
            return Err(Failure::new(&engine::failure::HOST_FAILED, "the process is ending"));
        }
        let ahead = self.precompiled.get(&position);
        let mut ended = self.run_compiler(source, &object, ahead)?;
        if ahead.is_some() && precompiled::speaks(&ended, &self.below_area(&self.precompiled_folder())) {
            ended = self.run_compiler(source, &object, None)?;
        }
        drop(slot);
        let log = context.goods.put(&self.log_text(source, &ended))?;
        if let Some(failure) = compiler::machine_failed(&ended, context.host.cancelled()) {
            return Err(failure);
        }
        if !ended.success() {
            context.goods.place(&log, &paths.build_area().join(source.log()))?;
            let found = compiler::read_messages(
                &source.object,
                &source.path(),
                &paths.build_area().join(source.log()).to_string_lossy(),
                &ended,
                self.compiler.timeout_seconds(),
            );
            self.note_failed(position, found);
            return Ok(None);
        }
        let built = Built { content: context.goods.put_file(&object)?, log };
        self.place(position, &built)?;
        self.advance(position);
        Ok(Some(built))
    }

    fn run_compiler(&self, source: &Source, object: &Path, ahead: Option<&String>) -> Result<Ended, Failure> {
        let mut arguments: Vec<String> = COMPILE_FLAGS.iter().map(|flag| flag.to_string()).collect();
        arguments.extend(["-c".into(), source.path(), "-o".into(), self.below_area(object)]);
        arguments.extend(ahead.map(|folder| format!("-I{folder}")));
        arguments.extend(self.search());
        Ok(self.context.host.run(&self.compiler.program(arguments, Paths(self.context.order).build_area()))?)
    }

    /// Where the compiler looks for headers: package, other spellings, SDK.
    fn search(&self) -> [String; 3] {
        [
            "-Iinclude".into(),
            format!("-I{}", self.below_area(&self.attempt.join("spellings"))),
            format!("-I{}", self.context.host.sdk_include().display()),
        ]
    }

    /// A path of the build area as the compiler, which runs there, names it.
    fn below_area(&self, path: &Path) -> String {
        let area = Paths(self.context.order).build_area();
        path.strip_prefix(&area).unwrap_or(path).to_string_lossy().into_owned()
    }

    /// Gives headers the names by which sources include them where those differ in case.
    fn spell_headers(&self) -> Result<(), Failure> {
        let host = self.context.host;
        let folder = self.attempt.join("spellings");
        host.create_folder(&folder)?;
        for (spelling, file) in &self.spellings {
            let text = if file.is_absolute() { std::fs::read(file).unwrap_or_default() } else { host.read(file)? };
            host.write(&folder.join(spelling), &text)?;
        }
        Ok(())
    }

    fn precompiled_folder(&self) -> PathBuf {
        self.attempt.join("precompiled")
    }

    /// Compiles the headers of each prefix ahead, for its sources, which it names by their place in `missing`.
    fn precompile(&mut self, prefixes: &[Prefix], missing: &[usize]) -> Result<(), Failure> {
        let (host, folder, search) = (self.context.host, self.precompiled_folder(), self.search());
        let compiled = on_all_cores::map(host, prefixes, |number, prefix| {
            let bench = precompiled::Bench {
                host,
                compiler: &self.compiler,
                area: Paths(self.context.order).build_area(),
                folder: folder.join(number.to_string()),
                search: &search,
            };
            bench.compile(&prefix.headers)
        })?;
        for (number, (prefix, headers)) in prefixes.iter().zip(compiled).enumerate().filter(|(_, (_, headers))| *headers > 0) {
            let folder = self.below_area(&folder.join(number.to_string()));
            host.log(&format!("{} compiled ahead for {} functions", prefix.headers[..headers].join(", "), prefix.sources.len()));
            self.precompiled.extend(prefix.sources.iter().map(|&place| (missing[place], folder.clone())));
        }
        Ok(())
    }
}

/// `text/<LIBRARY>.sts`: which sources of a library compiled.
fn write_states(
    context: &Context<'_>,
    sources: &[Source],
    failed: &BTreeMap<usize, (&'static Code, Vec<Evidence>)>,
) -> Result<(), Failure> {
    let mut states: BTreeMap<&str, String> = BTreeMap::new();
    for (position, source) in sources.iter().enumerate() {
        let state = if failed.contains_key(&position) { "failed" } else { "compiled" };
        states.entry(&source.library).or_default().push_str(&format!("{}.c\t{state}\n", source.stem));
    }
    for (library, text) in states {
        context.host.write(&Paths(context.order).text().join(format!("{library}.sts")), text.as_bytes())?;
    }
    Ok(())
}

fn note_built(context: &mut Context<'_>, sources: &[Source], failed: &BTreeMap<usize, (&'static Code, Vec<Evidence>)>) {
    let objects = |wanted: bool| -> Vec<(String, String)> {
        sources
            .iter()
            .enumerate()
            .filter(|(position, _)| failed.contains_key(position) == wanted)
            .map(|(_, source)| (source.object.clone(), "BSFN".to_string()))
            .collect()
    };
    let (good, bad) = (objects(false), objects(true));
    context.changes.push(Change::ObjectsBuilt { objects: good, status: ObjectStatus::Success });
    context.changes.push(Change::ObjectsBuilt { objects: bad, status: ObjectStatus::Error });
}

fn failure(context: &Context<'_>, failed: BTreeMap<usize, (&'static Code, Vec<Evidence>)>, total: usize) -> Failure {
    let code = failed.values().next().expect("something failed").0;
    let message = format!(
        "{} of {total} functions of package {} did not compile on {}",
        failed.len(),
        context.order.package,
        context.order.server.name
    );
    let evidence: Vec<Evidence> = failed.into_values().flat_map(|(_, evidence)| evidence).collect();
    Failure::new(code, message).hint("correct the sources, check them in, then `packwright package rebuild`").evidence(evidence)
}
