//! The traits through which a step sees its server, the central objects, content and the object cache. All are blocking: a step runs on a
//! thread of its own. Paths are relative to the server's folder and may not leave it.

use crate::failure::{self, Failure};
use crate::tables::Table;
use crate::value::{Row, Value};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A file or program of the server failed.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}: {cause}", path.display())]
pub struct HostError {
    /// As in "cannot <action> <path>".
    pub action: &'static str,
    pub path: PathBuf,
    #[source]
    pub cause: std::io::Error,
}

impl From<HostError> for Failure {
    fn from(error: HostError) -> Failure {
        use std::io::ErrorKind::{PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
        let (code, hint) = match error.cause.kind() {
            StorageFull | QuotaExceeded => {
                (&failure::DISK_FULL, "free some space on the disk that holds the folder; the job can then be resumed")
            }
            PermissionDenied | ReadOnlyFilesystem => {
                (&failure::FOLDER_NOT_WRITABLE, "give the user that runs packwright the right to write there; the job can then be resumed")
            }
            _ => (&failure::HOST_FAILED, ""),
        };
        Failure::new(code, error.to_string()).hint(hint)
    }
}

/// A program to run to its end.
#[derive(Clone, Debug)]
pub struct Program {
    /// Command and arguments.
    pub arguments: Vec<String>,
    /// Folder to run in, below the server's folder.
    pub folder: PathBuf,
    pub environment: Vec<(String, String)>,
    /// After this the program and all it started are killed.
    pub timeout: Duration,
    /// Output beyond this is cut.
    pub output_bytes_max: usize,
}

/// How a program ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Exit code; `None` where a signal or the timeout ended it.
    pub code: Option<i32>,
    pub timed_out: bool,
    /// Standard output and standard error as they came, cut at the limit.
    pub output: Vec<u8>,
}

impl Ended {
    pub fn success(&self) -> bool {
        self.code == Some(0)
    }
}

/// One entry of a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    pub name: String,
    pub folder: bool,
    pub bytes: u64,
}

/// One server: its files, programs, log and progress.
pub trait Host: Sync {
    /// The server's folder, for programs that need whole paths.
    fn root(&self) -> &Path;
    fn read(&self, path: &Path) -> Result<Vec<u8>, HostError>;
    /// Writes beside and renames: a reader sees the old bytes or the new.
    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), HostError>;
    /// With all missing parents; fine where it is there.
    fn create_folder(&self, path: &Path) -> Result<(), HostError>;
    /// Sorted by name. An absent folder has no entries.
    fn list(&self, path: &Path) -> Result<Vec<Entry>, HostError>;
    fn exists(&self, path: &Path) -> bool;
    /// Replaces a file of that name; a folder must not be there.
    fn rename(&self, from: &Path, to: &Path) -> Result<(), HostError>;
    /// A file or a folder with all in it; fine where it is not there.
    fn remove(&self, path: &Path) -> Result<(), HostError>;
    /// A second name for a file, or a copy where the file system has no links; replaces by rename.
    fn link(&self, from: &Path, to: &Path) -> Result<(), HostError>;
    fn run(&self, program: &Program) -> Result<Ended, HostError>;
    /// How many programs may usefully run at once here.
    fn parallel(&self) -> usize;
    /// Waits for one of the machine's places for a compiler, shared by all servers on it.
    fn compile_slot(&self) -> Box<dyn Send + '_>;
    /// Folder of the SDK's headers, a whole path.
    fn sdk_include(&self) -> PathBuf;
    /// One line of the server's build log.
    fn log(&self, line: &str);
    /// How far the step is; `what` is what it works on now.
    fn progress(&self, progress: Progress<'_>);
    /// The job was cancelled or the process must end: long steps stop at the next object.
    fn cancelled(&self) -> bool;
}

/// How far a step is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress<'a> {
    pub done: u64,
    pub total: u64,
    /// Of those done, how many came out of a cache.
    pub cached: u64,
    pub what: &'a str,
}

/// Content that travels between servers under its hash.
pub trait Goods: Sync {
    /// Takes a file of this server in; the file may become a link to the stored content and must not be written to after.
    fn put_file(&self, path: &Path) -> Result<String, Failure>;
    fn put(&self, bytes: &[u8]) -> Result<String, Failure>;
    fn get(&self, hash: &str) -> Result<Vec<u8>, Failure>;
    /// Gives stored content a name on this server, by link where it can; replaces by rename.
    fn place(&self, hash: &str, path: &Path) -> Result<(), Failure>;
    /// Brings content to this machine, all of it at once: what is then placed is there already. What cannot be brought fails when it is placed.
    fn bring(&self, hashes: &[&str]);
    /// The hash that was published under a name.
    fn named(&self, name: &str) -> Result<Option<String>, Failure>;
}

/// What a key was built into.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Built {
    pub content: String,
    /// Hash of the compiler's messages; empty for none.
    pub log: String,
}

/// The object cache, shared by all servers. A key is a hash over everything that the work reads.
pub trait Cache: Sync {
    /// In the order of the keys. Content that is gone counts as absent.
    fn look_up(&self, keys: &[String]) -> Result<Vec<Option<Built>>, Failure>;
    /// Asks to be the one who builds these; answers which were granted. A claim ends by `record`, `release` or its lease.
    fn claim(&self, keys: &[String], lease: Duration) -> Result<Vec<bool>, Failure>;
    fn record(&self, built: &[(String, Built)]) -> Result<(), Failure>;
    fn release(&self, keys: &[String]) -> Result<(), Failure>;
    /// Returns when something may have been recorded or released, or after the time.
    fn wait(&self, at_most: Duration);
}

/// The central objects of the plan's path code, and what the plan's package shall hold of them.
pub trait Tables: Sync {
    /// Objects that the package shall have with their kinds, by name, as they were ordered.
    fn package_objects(&self) -> Result<Vec<(String, String)>, Failure>;
    fn path_code(&self, sql: &str, arguments: &[Value]) -> Result<Vec<Row>, Failure>;
    /// Whether the tables of the plan's package stand complete.
    fn package_built(&self) -> Result<bool, Failure>;
    /// Removes the tables that a former build of the plan's package left.
    fn remove_package(&self) -> Result<(), Failure>;
    /// Makes the package's F989999 and F999999 in the central objects; fine where they are there.
    fn create_serialized_object_tables(&self) -> Result<(), Failure>;
    /// Begins to build the tables of the plan's package, dropping what a killed attempt left.
    fn begin_package(&self) -> Result<Box<dyn PackageTables + '_>, Failure>;
}

/// Tables of a package that nobody sees before `finish`.
pub trait PackageTables {
    /// Copies the 17 tables under one snapshot and answers object and par hash as that snapshot has them.
    fn copy_all(&mut self, progress: &(dyn Fn(&'static str, u64) + Send + Sync)) -> Result<Vec<(String, String)>, Failure>;
    fn replace_object(&mut self, object: &str, rows: &[(&'static Table, Vec<Row>)]) -> Result<(), Failure>;
    fn remove_objects(&mut self, objects: &[String]) -> Result<(), Failure>;
    /// Object and its number of rows over all 17 tables.
    fn row_counts(&mut self) -> Result<Vec<(String, i64)>, Failure>;
    fn insert(&mut self, table: &'static Table, rows: &[Row]) -> Result<(), Failure>;
    fn finish(self: Box<Self>) -> Result<(), Failure>;
}
