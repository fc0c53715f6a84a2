//! A package on SQLite: a file of its own, written in the folder of its attempt without journal, log or waiting for the disk, then
//! flushed, renamed and named in PW_PACKAGE under the one right to write the path code, so that of two attempts that finish at once
//! exactly one wins.
//!
//! ```text
//! packages/DV920/DV920FA.attempt-3/owner.lock     held while the attempt lives; the kernel frees it at kill -9
//! packages/DV920/DV920FA.attempt-3/tables.db      the file as it grows
//! packages/DV920/DV920FA.db                       the finished package
//! packages/DV920/begin.lock                       held while attempts are looked through and one is added
//! ```
//!
//! The path code's file is attached to the one connection that writes the package and to nothing else. Both have the same
//! definitions, so SQLite copies records whole instead of taking them apart.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use engine::tables::{self, Place};
use sqlx::{ConnectOptions, Connection as _, SqliteConnection};

use super::Progress;
use crate::backend::{SPEC_PAGE_BYTES, path_code_file};
use crate::connection::Connection;
use crate::database::Database;
use crate::error::{Attempted, StoreError};
use crate::name::{PackageName, PathCode};
use crate::sqlite;
use crate::statement::{Dialect, create_table};

pub(super) struct Attempt {
    connection: SqliteConnection,
    path_code_file: PathBuf,
    /// The package's place once it is finished.
    file: PathBuf,
    folder: PathBuf,
    /// Says that this attempt lives, until it is dropped.
    _owner: File,
}

impl Attempt {
    pub(super) async fn begin(root: &Path, path_code: &PathCode, package: &PackageName) -> Result<Attempt, StoreError> {
        let attempted = || format!("begin package {} of path code {}", package.as_str(), path_code.as_str());
        let file = package_file(root, path_code, package);
        let prefix = format!("{}.attempt-", package.as_str());
        let packages = packages_folder(root, path_code);
        let (folder, owner) = blocking(move || claim_folder(&packages, &prefix)).await.attempted(attempted)?;
        let options = sqlite::unfinished(&folder.join("tables.db"), SPEC_PAGE_BYTES);
        let mut connection = options.connect().await.attempted(attempted)?;
        let mut make = Connection::Sqlite(&mut connection);
        for table in tables::of(Place::Spec).chain(tables::of(Place::Package)) {
            make.run(create_table(Dialect::Sqlite, table.name, table)).await.attempted(attempted)?;
        }
        Ok(Attempt { connection, path_code_file: path_code_file(root, path_code), file, folder, _owner: owner })
    }

    pub(super) fn connection(&mut self) -> Connection<'_> {
        Connection::Sqlite(&mut self.connection)
    }

    /// A transaction reads one state of the attached file from its first read to its end.
    pub(super) async fn open_snapshot(&mut self) -> Result<(), sqlx::Error> {
        let file = self.path_code_file.to_str().ok_or_else(|| {
            let reason = format!("the path {} is not in UTF-8", self.path_code_file.display());
            sqlx::Error::InvalidArgument(reason)
        })?;
        let file = [file.into()];
        let mut connection = Connection::Sqlite(&mut self.connection);
        connection.execute("attach database $1 as source", &file).await?;
        connection.run("begin").await
    }

    pub(super) async fn copy_all(&mut self, progress: Progress<'_>) -> Result<(), sqlx::Error> {
        for table in tables::of(Place::Spec) {
            progress(table.name, self.connection().execute(&copy(table.name), &[]).await?);
        }
        Ok(())
    }

    /// Lets go of the path code's file, and opens the transaction in which everything else is written: without a journal there is no
    /// way back, so there is nothing to gain from several.
    pub(super) async fn close_snapshot(&mut self) -> Result<(), sqlx::Error> {
        let mut connection = self.connection();
        connection.run("commit").await?;
        connection.run("detach database source").await?;
        connection.run("begin immediate").await
    }

    /// This attempt's file becomes the package, unless another one's did before.
    pub(super) async fn finish(
        mut self,
        database: &Database,
        path_code: &PathCode,
        package: &PackageName,
        built_ms: i64,
    ) -> Result<(), StoreError> {
        let attempted = || format!("finish package {} of path code {}", package.as_str(), path_code.as_str());
        self.connection().run("commit").await.attempted(attempted)?;
        self.connection.close().await.attempted(attempted)?;
        let (folder, file) = (self.folder.clone(), self.file.clone());
        let written = folder.join("tables.db");
        let flushed = written.clone();
        blocking(move || File::open(flushed)?.sync_all()).await.attempted(attempted)?;

        let mut transaction = database.begin().await?;
        let there = transaction.query("select 1 from PW_PACKAGE where PACKAGE = $1", &[package.as_str().into()]).await?;
        if there.is_empty() {
            // A file that a killed attempt renamed but did not get into PW_PACKAGE is replaced: nobody has seen it.
            blocking(move || rename_durably(&written, &file)).await.attempted(attempted)?;
            let place = format!("packages/{}/{}.db", path_code.as_str(), package.as_str());
            let row = vec![package.as_str().into(), path_code.as_str().into(), place.into(), built_ms.into()];
            let table = tables::named("PW_PACKAGE").expect("the catalogue has the table of packages");
            transaction.insert(table, &[row]).await?;
        }
        transaction.commit().await?;
        blocking(move || fs::remove_dir_all(folder)).await.attempted(attempted)
    }
}

fn copy(table: &str) -> String {
    format!("insert into main.{table} select * from {}", source(table))
}

/// The name of a path code's table beside the package's own of the same name.
pub(super) fn source(table: &str) -> String {
    format!("source.{table}")
}

pub(super) fn package_file(root: &Path, path_code: &PathCode, package: &PackageName) -> PathBuf {
    packages_folder(root, path_code).join(format!("{}.db", package.as_str()))
}

/// Removes the file of a package that PW_PACKAGE no longer names. Under the right to write, so that an attempt that finishes
/// the package again does not lose its file.
pub(super) async fn remove_file(database: &Database, root: &Path, path_code: &PathCode, package: &PackageName) -> Result<(), StoreError> {
    let mut transaction = database.begin().await?;
    let there = transaction.query("select 1 from PW_PACKAGE where PACKAGE = $1", &[package.as_str().into()]).await?;
    if there.is_empty() {
        let file = package_file(root, path_code, package);
        blocking(move || match fs::remove_file(file) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
            done => done,
        })
        .await
        .attempted(|| format!("remove the file of package {}", package.as_str()))?;
    }
    transaction.commit().await
}

fn packages_folder(root: &Path, path_code: &PathCode) -> PathBuf {
    root.join("packages").join(path_code.as_str())
}

/// Removes the folders of dead attempts and makes one of the next number, with its lock held.
fn claim_folder(packages: &Path, prefix: &str) -> io::Result<(PathBuf, File)> {
    fs::create_dir_all(packages)?;
    let begin = File::create(packages.join("begin.lock"))?;
    begin.lock()?;
    let mut last = 0;
    for entry in fs::read_dir(packages)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(number) = name.to_str().and_then(|name| name.strip_prefix(prefix)).and_then(|number| number.parse::<u32>().ok()) else {
            continue;
        };
        last = last.max(number);
        if !lives(&entry.path())? {
            fs::remove_dir_all(entry.path())?;
        }
    }
    let folder = packages.join(format!("{prefix}{}", last + 1));
    fs::create_dir(&folder)?;
    let owner = File::create(folder.join("owner.lock"))?;
    owner.lock()?;
    Ok((folder, owner))
}

/// Whether the attempt that made this folder still runs.
fn lives(folder: &Path) -> io::Result<bool> {
    let owner = match File::open(folder.join("owner.lock")) {
        Ok(owner) => owner,
        // Killed before it made the lock, or after it began to clear up.
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(e) => return Err(e),
    };
    match owner.try_lock() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(e)) => Err(e),
    }
}

fn rename_durably(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    match to.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// Runs what waits for the disk where that holds up nobody.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(ended) if ended.is_panic() => std::panic::resume_unwind(ended.into_panic()),
        Err(_) => Err(io::Error::other("the program is ending")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;

    /// Any difference between the definitions of the two files would make SQLite take each record apart and put it together again.
    #[tokio::test]
    async fn records_are_copied_whole() {
        let folder = tempfile::TempDir::new().expect("a temporary folder");
        let store = Store::open(&format!("sqlite:{}", folder.path().display())).await.expect("a new store");
        store.path_code("DV920").await.expect("a path code opens");
        let (path_code, package) = (PathCode::parse("DV920").expect("a name"), PackageName::parse("DV920FA").expect("a name"));
        let mut attempt = Attempt::begin(folder.path(), &path_code, &package).await.expect("begin");
        attempt.open_snapshot().await.expect("the path code is attached");
        for table in tables::of(Place::Spec) {
            let text = format!("explain {}", copy(table.name));
            let program = attempt.connection().query(&text, &[]).await.expect("explain");
            assert!(program.iter().any(|step| step[1].text() == "RowData"), "{}", table.name);
        }
    }
}
