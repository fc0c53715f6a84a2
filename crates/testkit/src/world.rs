//! A world for steps: servers as folders below one temporary folder, goods and cache in memory, and a path code with given objects. Any host
//! operation can be made to fail. It pretends only what surrounds a step; files and compilers are real.

use engine::failure::{self, Failure};
use engine::host::{Built, Cache, Ended, Entry, Goods, Host, HostError, PackageTables, Program, Progress, Tables};
use engine::tables::{Place, Table};
use engine::value::{Row, Value};
use objects::{Bitness, ObjectText, par};
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

pub struct World {
    pub root: tempfile::TempDir,
    pub sdk_include: PathBuf,
    goods: Mutex<HashMap<String, Vec<u8>>>,
    /// What servers published by name; a test puts in what control would.
    pub names: Mutex<HashMap<String, String>>,
    built: Mutex<HashMap<String, Built>>,
    /// Object, kind, hash and bytes of each par.
    pars: Vec<(String, String, String, Vec<u8>)>,
    /// The package's rows by table, once finished.
    package: Mutex<Option<BTreeMap<&'static str, Vec<Row>>>>,
    pub serialized: AtomicU64,
    /// The host operation that fails next, counted from 1; 0 for none.
    fail_at: AtomicU64,
    pub operations: AtomicU64,
}

impl World {
    pub fn new(texts: &[ObjectText], sdk_include: PathBuf) -> World {
        let pars = texts.iter().map(|text| {
            let object = objects::parse(text).expect("the test's objects are right");
            let bytes = par::pack(text, Bitness::Bits64).expect("the test's objects can be packed");
            (object.name.clone(), object.kind().word().to_string(), par::hash(&bytes), bytes)
        });
        World {
            root: tempfile::tempdir().expect("a temporary folder"),
            sdk_include,
            goods: Mutex::default(),
            names: Mutex::default(),
            built: Mutex::default(),
            pars: pars.collect(),
            package: Mutex::default(),
            serialized: AtomicU64::new(0),
            fail_at: AtomicU64::new(0),
            operations: AtomicU64::new(0),
        }
    }

    /// Lets the n-th host operation from now on fail once as a full disk does; 0 for none.
    pub fn fail_at(&self, operation: u64) {
        self.operations.store(0, Ordering::Relaxed);
        self.fail_at.store(operation, Ordering::Relaxed);
    }

    pub fn host(&self, server: &str) -> FolderHost<'_> {
        let root = self.root.path().join(server);
        fs::create_dir_all(&root).expect("the temporary folder is writable");
        FolderHost { world: self, root }
    }

    /// Forgets what was compiled.
    pub fn forget_built(&self) {
        self.built.lock().expect("no holder panics").clear();
    }

    /// Forgets the package's tables.
    pub fn forget_package(&self) {
        *self.package.lock().expect("no holder panics") = None;
    }

    /// The package's rows of one table.
    pub fn package_rows(&self, table: &str) -> Vec<Row> {
        self.package.lock().expect("no holder panics").as_ref().and_then(|tables| tables.get(table).cloned()).unwrap_or_default()
    }

    /// Every file below a server's folder with the hash of its bytes; build logs, which grow with each attempt, without.
    pub fn files(&self, server: &str) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        collect(&self.root.path().join(server), "", &mut files);
        files.retain(|path, _| !path.ends_with("svrpkgbuild.log"));
        files
    }
}

fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            files.insert(format!("{path}/"), String::new());
            collect(&entry.path(), &format!("{path}/"), files);
        } else {
            files.insert(path, blake3::hash(&fs::read(entry.path()).unwrap_or_default()).to_hex().to_string());
        }
    }
}

pub struct FolderHost<'a> {
    world: &'a World,
    root: PathBuf,
}

impl FolderHost<'_> {
    fn operation(&self, action: &'static str, path: &Path) -> Result<PathBuf, HostError> {
        let count = self.world.operations.fetch_add(1, Ordering::Relaxed) + 1;
        if count == self.world.fail_at.load(Ordering::Relaxed) {
            self.world.fail_at.store(0, Ordering::Relaxed);
            return Err(HostError { action, path: path.to_path_buf(), cause: io::Error::from(io::ErrorKind::StorageFull) });
        }
        Ok(self.root.join(path))
    }
}

fn cause<'p>(action: &'static str, path: &'p Path) -> impl FnOnce(io::Error) -> HostError + 'p {
    move |cause| HostError { action, path: path.to_path_buf(), cause }
}

impl Host for FolderHost<'_> {
    fn root(&self) -> &Path {
        &self.root
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, HostError> {
        fs::read(self.operation("read", path)?).map_err(cause("read", path))
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), HostError> {
        let whole = self.operation("write", path)?;
        let _ = fs::remove_file(&whole);
        fs::write(whole, bytes).map_err(cause("write", path))
    }

    fn create_folder(&self, path: &Path) -> Result<(), HostError> {
        fs::create_dir_all(self.operation("create folder", path)?).map_err(cause("create folder", path))
    }

    fn list(&self, path: &Path) -> Result<Vec<Entry>, HostError> {
        let whole = self.operation("list", path)?;
        let entry = |entry: fs::DirEntry| {
            let metadata = entry.metadata().ok()?;
            Some(Entry { name: entry.file_name().to_string_lossy().into_owned(), folder: metadata.is_dir(), bytes: metadata.len() })
        };
        let mut entries: Vec<Entry> = fs::read_dir(whole).into_iter().flatten().filter_map(Result::ok).filter_map(entry).collect();
        entries.sort();
        Ok(entries)
    }

    fn exists(&self, path: &Path) -> bool {
        self.root.join(path).exists()
    }

    fn rename(&self, from: &Path, to: &Path) -> Result<(), HostError> {
        fs::rename(self.operation("rename", from)?, self.root.join(to)).map_err(cause("rename", to))
    }

    fn remove(&self, path: &Path) -> Result<(), HostError> {
        let whole = self.operation("remove", path)?;
        if whole.is_dir() {
            return fs::remove_dir_all(whole).map_err(cause("remove", path));
        }
        let _ = fs::remove_file(whole);
        Ok(())
    }

    fn link(&self, from: &Path, to: &Path) -> Result<(), HostError> {
        let target = self.root.join(to);
        let source = self.operation("link", from)?;
        let _ = fs::remove_file(&target);
        fs::hard_link(source, target).map_err(cause("link", to))
    }

    fn run(&self, program: &Program) -> Result<Ended, HostError> {
        let folder = self.operation("run", &program.folder)?;
        let mut command = Command::new(&program.arguments[0]);
        command.args(&program.arguments[1..]).current_dir(folder).envs(program.environment.iter().map(|(k, v)| (k, v)));
        let output = command.output().map_err(cause("start", Path::new(&program.arguments[0])))?;
        Ok(Ended { code: output.status.code(), timed_out: false, output: [output.stdout, output.stderr].concat() })
    }

    fn parallel(&self) -> usize {
        1
    }

    fn compile_slot(&self) -> Box<dyn Send + '_> {
        Box::new(())
    }

    fn sdk_include(&self) -> PathBuf {
        self.world.sdk_include.clone()
    }

    fn log(&self, _line: &str) {}

    fn progress(&self, _progress: Progress<'_>) {}

    fn cancelled(&self) -> bool {
        false
    }
}

impl Goods for FolderHost<'_> {
    fn put_file(&self, path: &Path) -> Result<String, Failure> {
        self.put(&self.read(path)?)
    }

    fn put(&self, bytes: &[u8]) -> Result<String, Failure> {
        let hash = blake3::hash(bytes).to_hex().to_string();
        self.world.goods.lock().expect("no holder panics").insert(hash.clone(), bytes.to_vec());
        Ok(hash)
    }

    fn get(&self, hash: &str) -> Result<Vec<u8>, Failure> {
        let missing = || Failure::new(&failure::GOODS_MISSING, format!("no content {hash}"));
        self.world.goods.lock().expect("no holder panics").get(hash).cloned().ok_or_else(missing)
    }

    fn place(&self, hash: &str, path: &Path) -> Result<(), Failure> {
        Ok(self.write(path, &self.get(hash)?)?)
    }

    fn bring(&self, _hashes: &[&str]) {}

    fn named(&self, name: &str) -> Result<Option<String>, Failure> {
        Ok(self.world.names.lock().expect("no holder panics").get(name).cloned())
    }
}

impl Cache for World {
    fn look_up(&self, keys: &[String]) -> Result<Vec<Option<Built>>, Failure> {
        let built = self.built.lock().expect("no holder panics");
        Ok(keys.iter().map(|key| built.get(key).cloned()).collect())
    }

    fn claim(&self, keys: &[String], _lease: Duration) -> Result<Vec<bool>, Failure> {
        Ok(vec![true; keys.len()])
    }

    fn record(&self, built: &[(String, Built)]) -> Result<(), Failure> {
        self.built.lock().expect("no holder panics").extend(built.iter().cloned());
        Ok(())
    }

    fn release(&self, _keys: &[String]) -> Result<(), Failure> {
        Ok(())
    }

    fn wait(&self, _at_most: Duration) {}
}

impl Tables for World {
    fn package_objects(&self) -> Result<Vec<(String, String)>, Failure> {
        Ok(self.pars.iter().map(|(object, kind, _, _)| (object.clone(), kind.clone())).collect())
    }

    fn path_code(&self, sql: &str, arguments: &[Value]) -> Result<Vec<Row>, Failure> {
        if sql.contains("FROM F98780R") {
            return Ok(self.pars.iter().map(|(object, _, hash, _)| vec![object.into(), hash.into()]).collect());
        }
        assert!(sql.contains("FROM F98780H"), "steps read no other table of the path code: {sql}");
        let wanted = self.pars.iter().filter(|(_, _, hash, _)| arguments.iter().any(|argument| argument.text() == hash));
        Ok(wanted.map(|(object, _, hash, bytes)| vec![object.into(), hash.into(), bytes.clone().into()]).collect())
    }

    fn package_built(&self) -> Result<bool, Failure> {
        Ok(self.package.lock().expect("no holder panics").is_some())
    }

    fn remove_package(&self) -> Result<(), Failure> {
        self.forget_package();
        Ok(())
    }

    fn create_serialized_object_tables(&self) -> Result<(), Failure> {
        self.serialized.store(1, Ordering::Relaxed);
        Ok(())
    }

    fn begin_package(&self) -> Result<Box<dyn PackageTables + '_>, Failure> {
        Ok(Box::new(Writing { world: self, tables: BTreeMap::new() }))
    }
}

/// A path code whose spec rows are older than every par: all of them are derived.
struct Writing<'a> {
    world: &'a World,
    tables: BTreeMap<&'static str, Vec<Row>>,
}

impl PackageTables for Writing<'_> {
    fn copy_all(&mut self, progress: &(dyn Fn(&'static str, u64) + Send + Sync)) -> Result<Vec<(String, String)>, Failure> {
        engine::tables::of(Place::Spec).for_each(|table| progress(table.name, 0));
        Ok(self.world.pars.iter().map(|(object, _, _, _)| (object.clone(), "older".to_string())).collect())
    }

    fn replace_object(&mut self, object: &str, rows: &[(&'static Table, Vec<Row>)]) -> Result<(), Failure> {
        for rows in self.tables.values_mut() {
            rows.retain(|row| row[0].text() != object);
        }
        for (table, new) in rows {
            self.tables.entry(table.name).or_default().extend(new.iter().cloned());
        }
        Ok(())
    }

    fn remove_objects(&mut self, _objects: &[String]) -> Result<(), Failure> {
        Ok(())
    }

    fn row_counts(&mut self) -> Result<Vec<(String, i64)>, Failure> {
        let mut counts: BTreeMap<String, i64> = BTreeMap::new();
        self.tables.values().flatten().for_each(|row| *counts.entry(row[0].text().to_string()).or_default() += 1);
        Ok(counts.into_iter().collect())
    }

    fn insert(&mut self, table: &'static Table, rows: &[Row]) -> Result<(), Failure> {
        self.tables.entry(table.name).or_default().extend(rows.iter().cloned());
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), Failure> {
        *self.world.package.lock().expect("no holder panics") = Some(self.tables);
        Ok(())
    }
}
