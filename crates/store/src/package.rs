//! The tables of a package: written beside everything that is in use, made visible by one row of PW_PACKAGE, never changed after
//! that. This module holds what both databases have in common; how rows are copied in bulk and how the result is put in its place
//! differs and stands in the two modules below.
//!
//! ```text
//! Empty ──copy_all, copy_objects──▶ Copied ──replace_object, remove_objects, insert──▶ Copied ──finish──▶ visible
//!   └────────── any call that fails or is cut off ──────────▶ Broken: only dropping it makes sense
//! ```
//!
//! A dropped writer is a dead attempt, as if it had been killed: the next `begin` removes what it left.

mod postgres;
mod reader;
mod sqlite;

use engine::tables::{self, Place, Table};
use engine::value::{Row, Value};

use crate::backend::Backend;
use crate::central::CentralObjects;
use crate::connection::Connection;
use crate::database::Database;
use crate::error::{Attempted, StoreError};
use crate::name::{PackageName, PathCode};
use crate::rows;
use crate::statement::{Dialect, create_table, placeholders};

pub use reader::PackageReader;

/// Told after each table: its name and how many rows were copied.
pub type Progress<'p> = &'p (dyn Fn(&'static str, u64) + Send + Sync);

/// Objects that one statement names.
const OBJECTS_MAX: usize = 500;

/// An attempt to write a package.
pub struct PackageWriter {
    database: Database,
    path_code: PathCode,
    package: PackageName,
    state: State,
    attempt: Attempt,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Empty,
    Copied,
    Broken,
}

enum Attempt {
    Sqlite(sqlite::Attempt),
    Postgres(Box<postgres::Attempt>),
}

impl PackageWriter {
    pub(crate) async fn begin(central: &CentralObjects, path_code: PathCode, package: PackageName) -> Result<PackageWriter, StoreError> {
        // The tables to copy from must stand.
        let database = central.open_path_code(&path_code).await?;
        let attempt = match central.backend() {
            Backend::Sqlite { folder } => Attempt::Sqlite(sqlite::Attempt::begin(folder, &path_code, &package).await?),
            Backend::Postgres { .. } => Attempt::Postgres(Box::new(postgres::Attempt::begin(&database, &path_code, &package).await?)),
        };
        Ok(PackageWriter { database, path_code, package, state: State::Empty, attempt })
    }

    /// Copies the rows of all objects from the path code, as one snapshot sees them. Returns each object of the repository (F98780R)
    /// with the hash of its par in that snapshot, by name.
    pub async fn copy_all(&mut self, progress: Progress<'_>) -> Result<Vec<(String, String)>, StoreError> {
        self.enter("copy", State::Empty)?;
        self.open_snapshot().await?;
        match &mut self.attempt {
            Attempt::Sqlite(attempt) => attempt.copy_all(progress).await,
            Attempt::Postgres(attempt) => attempt.copy_all(progress).await,
        }
        .attempted(|| self.label("copy the spec tables to"))?;
        let text = format!("select OMWOBJID, OMRHASH from {} order by OMWOBJID", self.source("F98780R"));
        let hashes = self.query("read the repository for", &text, &[]).await?;
        self.close_snapshot().await?;
        Ok(pairs(&hashes))
    }

    /// As `copy_all`, for the rows of these objects only: what an update package holds.
    pub async fn copy_objects(&mut self, objects: &[String], progress: Progress<'_>) -> Result<Vec<(String, String)>, StoreError> {
        self.enter("copy", State::Empty)?;
        let names: Vec<Value> = objects.iter().map(Value::from).collect();
        rows::check_arguments(&names)?;
        self.open_snapshot().await?;
        if let Attempt::Postgres(attempt) = &mut self.attempt {
            attempt.create_spec_tables().await.attempted(|| self.label("make the spec tables of"))?;
        }
        for table in tables::of(Place::Spec) {
            let text = format!("insert into {} select * from {}", self.target(table), self.source(table.name));
            let copied = self.for_objects(&text, "OBNM", &names).await?;
            progress(table.name, copied);
        }
        let mut hashes = Vec::new();
        for portion in names.chunks(OBJECTS_MAX) {
            let list = placeholders(1, portion.len());
            let text = format!("select OMWOBJID, OMRHASH from {} where OMWOBJID in ({list})", self.source("F98780R"));
            hashes.extend(pairs(&self.query("read the repository for", &text, portion).await?));
        }
        self.close_snapshot().await?;
        hashes.sort();
        hashes.dedup();
        Ok(hashes)
    }

    /// Puts these rows in the place of all rows of the object, in all 17 tables.
    pub async fn replace_object(&mut self, object: &str, rows: &[(&'static Table, Vec<Row>)]) -> Result<(), StoreError> {
        for (table, rows) in rows {
            self.check_own(table, rows, &[Place::Spec])?;
            let other = rows.iter().position(|row| row[0].text() != object);
            if let Some(row) = other {
                return Err(StoreError::Row { table: table.name, row, reason: format!("it does not belong to {object}") });
            }
        }
        self.enter("change", State::Copied)?;
        self.open_change().await?;
        self.delete(&[object.into()]).await?;
        for (table, rows) in rows {
            self.insert_checked(table, rows).await?;
        }
        self.close_change().await
    }

    /// Removes the rows of these objects from all 17 tables.
    pub async fn remove_objects(&mut self, objects: &[String]) -> Result<(), StoreError> {
        let names: Vec<Value> = objects.iter().map(Value::from).collect();
        rows::check_arguments(&names)?;
        self.enter("change", State::Copied)?;
        self.open_change().await?;
        self.delete(&names).await?;
        self.close_change().await
    }

    /// Each object that has rows, and how many over all 17 tables, by name.
    pub async fn row_counts(&mut self) -> Result<Vec<(String, i64)>, StoreError> {
        self.enter("count", State::Copied)?;
        let counts: Vec<String> =
            tables::of(Place::Spec).map(|table| format!("select OBNM, count(*) as N from {} group by OBNM", self.target(table))).collect();
        let text =
            format!("select OBNM, cast(sum(N) as bigint) from ({}) as counts group by OBNM order by OBNM", counts.join(" union all "));
        let rows = self.query("count the rows of", &text, &[]).await?;
        self.state = State::Copied;
        Ok(rows.iter().map(|row| (row[0].text().to_string(), row[1].integer())).collect())
    }

    /// Inserts whole rows into a table of the package: the manifest, or specs.
    pub async fn insert(&mut self, table: &Table, rows: &[Row]) -> Result<(), StoreError> {
        self.check_own(table, rows, &[Place::Spec, Place::Package])?;
        self.enter("change", State::Copied)?;
        self.open_change().await?;
        self.insert_checked(table, rows).await?;
        self.close_change().await
    }

    /// Makes the package durable and visible. When another attempt has finished it meanwhile, that one stays and this one goes.
    pub async fn finish(mut self, built_ms: i64) -> Result<(), StoreError> {
        self.enter("finish", State::Copied)?;
        let PackageWriter { database, path_code, package, attempt, .. } = self;
        match attempt {
            Attempt::Sqlite(attempt) => attempt.finish(&database, &path_code, &package, built_ms).await,
            Attempt::Postgres(attempt) => attempt.finish(&path_code, &package, built_ms).await,
        }
    }

    /// Every call is broken until it comes to its end: one that is cut off may have done half.
    fn enter(&mut self, attempted: &'static str, expected: State) -> Result<(), StoreError> {
        if self.state == expected {
            self.state = State::Broken;
            return Ok(());
        }
        let reason = match self.state {
            State::Broken => "an earlier call on this attempt failed",
            State::Copied => "its objects are copied already",
            State::Empty => "its objects are not copied from the path code",
        };
        Err(StoreError::PackageState { attempted, package: self.package.as_str().to_string(), reason })
    }

    async fn open_snapshot(&mut self) -> Result<(), StoreError> {
        match &mut self.attempt {
            Attempt::Sqlite(attempt) => attempt.open_snapshot().await,
            Attempt::Postgres(attempt) => attempt.open_snapshot().await,
        }
        .attempted(|| self.label("open the snapshot for"))
    }

    async fn close_snapshot(&mut self) -> Result<(), StoreError> {
        match &mut self.attempt {
            Attempt::Sqlite(attempt) => attempt.close_snapshot().await,
            Attempt::Postgres(attempt) => attempt.connection().run("commit").await,
        }
        .attempted(|| self.label("close the snapshot for"))?;
        self.state = State::Copied;
        Ok(())
    }

    /// SQLite writes one transaction from the copy to the end (see there); PostgreSQL one per call.
    async fn open_change(&mut self) -> Result<(), StoreError> {
        match &mut self.attempt {
            Attempt::Sqlite(_) => Ok(()),
            Attempt::Postgres(attempt) => attempt.connection().run("begin").await.attempted(|| self.label("change")),
        }
    }

    async fn close_change(&mut self) -> Result<(), StoreError> {
        if let Attempt::Postgres(attempt) = &mut self.attempt {
            attempt.connection().run("commit").await.attempted(|| self.label("change"))?;
        }
        self.state = State::Copied;
        Ok(())
    }

    async fn delete(&mut self, objects: &[Value]) -> Result<(), StoreError> {
        for table in tables::of(Place::Spec) {
            let text = format!("delete from {}", self.target(table));
            self.for_objects(&text, "OBNM", objects).await?;
        }
        Ok(())
    }

    /// Runs the statement for the rows of these objects, a portion of them at a time.
    async fn for_objects(&mut self, text: &str, column: &str, objects: &[Value]) -> Result<u64, StoreError> {
        let mut changed = 0;
        for portion in objects.chunks(OBJECTS_MAX) {
            let text = format!("{text} where {column} in ({})", placeholders(1, portion.len()));
            let done = self.connection().execute(&text, portion).await;
            changed += done.attempted(|| self.label("write the rows of"))?;
        }
        Ok(changed)
    }

    async fn insert_checked(&mut self, table: &Table, rows: &[Row]) -> Result<(), StoreError> {
        let target = self.target(table);
        let rows: Vec<&Row> = rows.iter().collect();
        let done = self.connection().insert(&target, table, &rows).await;
        done.attempted(|| self.label(&format!("insert {} rows into {} of", rows.len(), table.name)))
    }

    async fn query(&mut self, attempted: &str, text: &str, arguments: &[Value]) -> Result<Vec<Row>, StoreError> {
        let rows = self.connection().query(text, arguments).await;
        rows.attempted(|| self.label(attempted))
    }

    fn check_own(&self, table: &Table, rows: &[Row], places: &[Place]) -> Result<(), StoreError> {
        rows::check(table, rows)?;
        if places.contains(&table.place) {
            return Ok(());
        }
        Err(StoreError::Row { table: table.name, row: 0, reason: format!("package {} has no such table", self.package.as_str()) })
    }

    fn connection(&mut self) -> Connection<'_> {
        match &mut self.attempt {
            Attempt::Sqlite(attempt) => attempt.connection(),
            Attempt::Postgres(attempt) => attempt.connection(),
        }
    }

    /// The table's name while the package is being written.
    fn target(&self, table: &Table) -> String {
        match &self.attempt {
            Attempt::Sqlite(_) => table.name.to_string(),
            Attempt::Postgres(attempt) => attempt.target(table),
        }
    }

    /// The name under which this connection sees a table of the path code.
    fn source(&self, table: &str) -> String {
        match &self.attempt {
            Attempt::Sqlite(_) => sqlite::source(table),
            Attempt::Postgres(_) => table.to_string(),
        }
    }

    fn label(&self, attempted: &str) -> String {
        format!("{attempted} package {} of path code {}", self.package.as_str(), self.path_code.as_str())
    }
}

/// Removes a package: its row and its tables in one, so that nobody finds tables that are half gone.
pub(crate) async fn remove(central: &CentralObjects, path_code: &PathCode, package: &PackageName) -> Result<(), StoreError> {
    let database = central.open_path_code(path_code).await?;
    let mut transaction = database.begin().await?;
    transaction.execute("delete from PW_PACKAGE where PACKAGE = $1", &[package.as_str().into()]).await?;
    if transaction.dialect() == Dialect::Postgres {
        for text in postgres::drop_package(package) {
            transaction.define(text).await?;
        }
    }
    for table in tables::of(Place::Serialized) {
        transaction.define(format!("drop table if exists {}{}", table.name, package.suffix())).await?;
    }
    transaction.commit().await?;
    match central.backend() {
        Backend::Sqlite { folder } => sqlite::remove_file(&database, folder, path_code, package).await,
        Backend::Postgres { .. } => Ok(()),
    }
}

/// Makes a package's tables of serialized objects, which are missing.
pub(crate) async fn make_serialized(central: &CentralObjects, path_code: &PathCode, package: &PackageName) -> Result<(), StoreError> {
    let mut transaction = central.open_path_code(path_code).await?.begin().await?;
    transaction.lock(&format!("packwright serialized objects {}", package.as_str())).await?;
    let there = transaction.relations(path_code.schema().as_str()).await?;
    let dialect = transaction.dialect();
    for table in tables::of(Place::Serialized) {
        let name = format!("{}{}", table.name, package.suffix());
        if !there.contains(&name.to_lowercase()) {
            transaction.define(create_table(dialect, &name, table)).await?;
        }
    }
    transaction.commit().await
}

fn pairs(rows: &[Row]) -> Vec<(String, String)> {
    rows.iter().map(|row| (row[0].text().to_string(), row[1].text().to_string())).collect()
}
