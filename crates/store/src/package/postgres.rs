//! A package on PostgreSQL: tables in the path code's schema, made inside the server, under names that carry the attempt's number
//! until one transaction renames them and names the package in PW_PACKAGE. Of two attempts that finish at once, that row lets
//! exactly one win.
//!
//! ```text
//! f98710_dv920fa$3   attempt 3 while it is written ($ stands in no package's name)
//! f98710_dv920fa     the finished package
//! ```
//!
//! An attempt lives as long as its session, which holds an advisory lock on its number.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use engine::tables::{self, Place, Table};
use engine::value::Value;

use super::Progress;
use crate::connection::Connection;
use crate::connections::Held;
use crate::database::Database;
use crate::error::{Attempted, StoreError};
use crate::name::{PackageName, PathCode};
use crate::statement::{Dialect, create_table};

/// What a session that copies needs. Only the last commit of an attempt must wait for the disk: it flushes all before it.
const SETTINGS: &str = "set synchronous_commit = off; set maintenance_work_mem = '256MB'";

pub(super) struct Attempt {
    held: Held,
    database: Database,
    /// What table names end with, `_dv920fa$3`.
    suffix: String,
}

impl Attempt {
    pub(super) async fn begin(database: &Database, path_code: &PathCode, package: &PackageName) -> Result<Attempt, StoreError> {
        let attempted = || format!("begin package {} of path code {}", package.as_str(), path_code.as_str());
        let mut held = database.hold_for_package().await.attempted(attempted)?;
        let mut claiming = Connection::Postgres(held.disturb());
        let suffix = claim_suffix(&mut claiming, path_code, package).await.attempted(attempted)?;
        Ok(Attempt { held, database: database.clone(), suffix })
    }

    pub(super) fn connection(&mut self) -> Connection<'_> {
        Connection::Postgres(self.held.disturb())
    }

    pub(super) fn target(&self, table: &Table) -> String {
        table_name(table, &self.suffix)
    }

    pub(super) async fn open_snapshot(&mut self) -> Result<(), sqlx::Error> {
        self.connection().run("begin isolation level repeatable read").await
    }

    pub(super) async fn create_spec_tables(&mut self) -> Result<(), sqlx::Error> {
        for table in tables::of(Place::Spec) {
            let text = create_table(Dialect::Postgres, &self.target(table), table);
            self.connection().run(text).await?;
        }
        Ok(())
    }

    /// Copies with two sessions that see the same snapshot, largest table first, so that both end at about the same time; with one where
    /// the limit of connections leaves no second. Each table gets its key as soon as it is filled: a key that is there from the start
    /// makes the copy twice as slow.
    pub(super) async fn copy_all(&mut self, progress: Progress<'_>) -> Result<(), sqlx::Error> {
        let waiting = Mutex::new(smallest_first(&mut self.connection()).await?);
        let suffix = self.suffix.clone();
        let Some(mut second) = self.database.hold_another().await else {
            return copy_waiting(&mut self.connection(), &waiting, &suffix, progress).await;
        };
        let rows = self.connection().query("select pg_export_snapshot()", &[]).await?;
        let snapshot = rows.first().map_or("", |row| row[0].text()).to_string();
        // The server's own words, but they become part of a statement.
        if !snapshot.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return Err(sqlx::Error::Protocol(format!("the server names its snapshot {snapshot:?}")));
        }
        let mut other = Connection::Postgres(second.disturb());
        other.run(SETTINGS).await?;
        other.run("begin isolation level repeatable read").await?;
        other.run(format!("set transaction snapshot '{snapshot}'")).await?;
        let mut first = self.connection();
        tokio::try_join!(copy_waiting(&mut first, &waiting, &suffix, progress), copy_waiting(&mut other, &waiting, &suffix, progress))?;
        other.run("commit").await
    }

    /// This attempt's tables become the package, unless another one's did before.
    pub(super) async fn finish(mut self, path_code: &PathCode, package: &PackageName, built_ms: i64) -> Result<(), StoreError> {
        let attempted = || format!("finish package {} of path code {}", package.as_str(), path_code.as_str());
        self.put_in_place(path_code, package, built_ms).await.attempted(attempted)
    }

    async fn put_in_place(&mut self, path_code: &PathCode, package: &PackageName, built_ms: i64) -> Result<(), sqlx::Error> {
        let last = package.suffix();
        let text = "insert into PW_PACKAGE (PACKAGE, PATHCD, PLACE, BUILT) values ($1, $2, $3, $4) on conflict (PACKAGE) do nothing";
        let row = [package.as_str().into(), path_code.as_str().into(), last.as_str().into(), built_ms.into()];
        let suffix = self.suffix.clone();
        let mut connection = self.connection();
        connection.run("begin; set local synchronous_commit = on").await?;
        let first = connection.execute(text, &row).await? == 1;
        for table in package_tables() {
            let ours = table_name(table, &suffix);
            let text =
                if first { format!("alter table {ours} rename to {}", table_name(table, &last)) } else { format!("drop table {ours}") };
            connection.run(text).await?;
        }
        connection.run("commit").await
    }
}

/// The name of a package's table; quoted, for the `$` of attempts.
pub(super) fn table_name(table: &Table, suffix: &str) -> String {
    format!("\"{}{suffix}\"", table.name.to_lowercase())
}

/// What drops the tables of a finished package.
pub(super) fn drop_package(package: &PackageName) -> Vec<String> {
    package_tables().map(|table| format!("drop table if exists {}", table_name(table, &package.suffix()))).collect()
}

fn package_tables() -> impl Iterator<Item = &'static Table> {
    tables::of(Place::Spec).chain(tables::of(Place::Package))
}

/// Drops what dead attempts left, takes the next number, and makes the tables by which others see that it is taken.
async fn claim_suffix(connection: &mut Connection<'_>, path_code: &PathCode, package: &PackageName) -> Result<String, sqlx::Error> {
    let schema = path_code.schema();
    let lock = |number: u32| Value::from(format!("packwright attempt {} {} {number}", schema.as_str(), package.as_str()));
    connection.run(SETTINGS).await?;
    connection.run("begin").await?;
    let one_at_a_time = Value::from(format!("packwright attempts {} {}", schema.as_str(), package.as_str()));
    connection.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", &[one_at_a_time]).await?;
    let mut number = 0;
    for (other, tables) in attempts(&connection.relations(schema.as_str()).await?, package) {
        number = number.max(other);
        if try_lock(connection, lock(other)).await? {
            for table in tables {
                connection.run(format!("drop table if exists \"{table}\"")).await?;
            }
            connection.execute("select pg_advisory_unlock(hashtextextended($1, 0))", &[lock(other)]).await?;
        }
    }
    number += 1;
    while !try_lock(connection, lock(number)).await? {
        number += 1;
    }
    let suffix = format!("{}${number}", package.suffix());
    for table in tables::of(Place::Package) {
        connection.run(create_table(Dialect::Postgres, &table_name(table, &suffix), table)).await?;
    }
    connection.run("commit").await?;
    Ok(suffix)
}

async fn try_lock(connection: &mut Connection<'_>, name: Value) -> Result<bool, sqlx::Error> {
    let rows = connection.query("select pg_try_advisory_lock(hashtextextended($1, 0))", &[name]).await?;
    Ok(rows.first().is_some_and(|row| row[0].integer() == 1))
}

/// The attempts of this package that have tables, by number. Indexes go with their tables.
fn attempts(relations: &[String], package: &PackageName) -> Vec<(u32, Vec<String>)> {
    let numbers: BTreeSet<u32> = relations
        .iter()
        .filter_map(|relation| relation.split_once(&format!("{}$", package.suffix())))
        .filter_map(|(_, number)| number.parse().ok())
        .collect();
    let names = |number: u32| {
        let suffix = format!("{}${number}", package.suffix());
        package_tables().map(|table| format!("{}{suffix}", table.name.to_lowercase())).filter(|name| relations.contains(name)).collect()
    };
    numbers.into_iter().map(|number| (number, names(number))).collect()
}

/// The spec tables of the path code by size; whoever copies takes from the end.
async fn smallest_first(connection: &mut Connection<'_>) -> Result<Vec<&'static Table>, sqlx::Error> {
    let mut sized = Vec::new();
    for table in tables::of(Place::Spec) {
        let rows = connection.query("select pg_table_size(to_regclass($1))", &[table.name.into()]).await?;
        sized.push((rows.first().map_or(0, |row| row[0].integer()), table));
    }
    sized.sort_by_key(|(size, _)| *size);
    Ok(sized.into_iter().map(|(_, table)| table).collect())
}

async fn copy_waiting(
    connection: &mut Connection<'_>,
    waiting: &Mutex<Vec<&'static Table>>,
    suffix: &str,
    progress: Progress<'_>,
) -> Result<(), sqlx::Error> {
    loop {
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let Some(table) = next else { return Ok(()) };
        let target = table_name(table, suffix);
        let copied = connection.execute(&format!("create table {target} as select * from {}", table.name), &[]).await?;
        connection.run(format!("alter table {target} add primary key ({})", table.key.join(", "))).await?;
        progress(table.name, copied);
    }
}
