//! One connection, of either database, for the time of a few statements. It does not know where it comes from (a pool, a
//! transaction, a package that is being written) nor what the statements mean.

use engine::tables::Table;
use engine::value::{Row, Value};
use sqlx::{Executor, PgConnection, SqliteConnection};

use crate::statement::{self, Dialect, positional, statement};
use crate::{copy_binary, postgres, rows, sqlite};

/// From so many rows on, PostgreSQL takes them by COPY; below, one statement with all values has fewer round trips.
const COPY_ROWS_MIN: usize = 64;

/// Bytes that travel at once during COPY.
const COPY_BYTES: usize = 1 << 20;

pub(crate) enum Connection<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

impl Connection<'_> {
    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Connection::Sqlite(_) => Dialect::Sqlite,
            Connection::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Runs statements that take no arguments and need not be remembered: definitions, settings, begin and commit.
    pub(crate) async fn run(&mut self, text: impl Into<String>) -> Result<(), sqlx::Error> {
        let text = sqlx::raw_sql(statement(text));
        match self {
            Connection::Sqlite(connection) => text.execute(&mut **connection).await.map(drop),
            Connection::Postgres(connection) => text.execute(&mut **connection).await.map(drop),
        }
    }

    /// Runs one statement; returns how many rows it changed, or made.
    pub(crate) async fn execute(&mut self, text: &str, arguments: &[Value]) -> Result<u64, sqlx::Error> {
        self.execute_with(text, arguments.iter().collect(), true).await
    }

    /// `remembered` keeps the prepared statement, which pays for texts that come again. The arguments are a list, not an iterator: the
    /// compiler could not prove of a future that holds an iterator over borrowed rows that it may move to another thread.
    async fn execute_with(&mut self, text: &str, arguments: Vec<&Value>, remembered: bool) -> Result<u64, sqlx::Error> {
        match self {
            Connection::Sqlite(connection) => {
                let query = sqlx::query_with(statement(positional(text)), sqlite::arguments(arguments.into_iter())?).persistent(remembered);
                Ok(query.execute(&mut **connection).await?.rows_affected())
            }
            Connection::Postgres(connection) => {
                let query = sqlx::query_with(statement(text), postgres::arguments(arguments.into_iter())?).persistent(remembered);
                Ok(query.execute(&mut **connection).await?.rows_affected())
            }
        }
    }

    /// Runs one statement and returns its rows.
    pub(crate) async fn query(&mut self, text: &str, arguments: &[Value]) -> Result<Vec<Row>, sqlx::Error> {
        match self {
            Connection::Sqlite(connection) => {
                let query = sqlx::query_with(statement(positional(text)), sqlite::arguments(arguments.iter())?);
                query.try_map(sqlite::row).fetch_all(&mut **connection).await
            }
            Connection::Postgres(connection) => {
                let query = sqlx::query_with(statement(text), postgres::arguments(arguments.iter())?);
                query.try_map(postgres::row).fetch_all(&mut **connection).await
            }
        }
    }

    /// Lets the database read a statement without running it.
    pub(crate) async fn prepare(&mut self, text: &str) -> Result<(), sqlx::Error> {
        match self {
            Connection::Sqlite(connection) => connection.prepare(statement(text)).await.map(drop),
            Connection::Postgres(connection) => connection.prepare(statement(text)).await.map(drop),
        }
    }

    /// Inserts rows, which have been checked, into the table under the name `target`.
    pub(crate) async fn insert(&mut self, target: &str, table: &Table, rows: &[&Row]) -> Result<(), sqlx::Error> {
        match self {
            Connection::Postgres(connection) if rows.len() >= COPY_ROWS_MIN => copy_in(connection, target, table, rows).await,
            _ => self.write(rows, target, table, statement::insert).await,
        }
    }

    /// As `insert`; a row whose key is there takes the new values.
    pub(crate) async fn upsert(&mut self, target: &str, table: &Table, rows: &[&Row]) -> Result<(), sqlx::Error> {
        self.write(rows, target, table, statement::upsert).await
    }

    async fn write(
        &mut self,
        rows: &[&Row],
        target: &str,
        table: &Table,
        text: fn(&str, &Table, usize) -> String,
    ) -> Result<(), sqlx::Error> {
        let portions: Vec<&[&Row]> = rows::portions(table, rows).collect();
        for portion in portions {
            // The last portion of a list may have any length: remembering its text would only push others out.
            let remembered = portion.len() == 1 || portion.len() == rows::portion_rows_max(table);
            let arguments: Vec<&Value> = portion.iter().copied().flatten().collect();
            self.execute_with(&text(target, table, portion.len()), arguments, remembered).await?;
        }
        Ok(())
    }

    /// The names of all tables and indexes that stand here, in lower case.
    pub(crate) async fn relations(&mut self, schema: &str) -> Result<Vec<String>, sqlx::Error> {
        let rows = match self.dialect() {
            Dialect::Sqlite => self.query("select lower(name) from sqlite_master where type in ('table', 'index')", &[]).await?,
            Dialect::Postgres => {
                let text = "select c.relname from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
                            where n.nspname = $1 and c.relkind in ('r', 'p', 'i')";
                self.query(text, &[schema.into()]).await?
            }
        };
        Ok(rows.iter().map(|row| row[0].text().to_string()).collect())
    }
}

async fn copy_in(connection: &mut PgConnection, target: &str, table: &Table, rows: &[&Row]) -> Result<(), sqlx::Error> {
    let mut copy = connection.copy_in_raw(&statement::copy_in(target, table)).await?;
    let mut buffer = Vec::with_capacity(COPY_BYTES + COPY_BYTES / 4);
    copy_binary::begin(&mut buffer);
    for row in rows {
        copy_binary::row(&mut buffer, row);
        if buffer.len() >= COPY_BYTES {
            copy.send(buffer.as_slice()).await?;
            buffer.clear();
        }
    }
    copy_binary::end(&mut buffer);
    copy.send(buffer.as_slice()).await?;
    copy.finish().await.map(drop)
}
