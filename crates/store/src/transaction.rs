//! A transaction: all of it is there after `commit`, nothing of it when it is dropped before.

use std::sync::Arc;

use engine::tables::Table;
use engine::value::{Row, Value};

use crate::borrowed::Borrowed;
use crate::connection::Connection;
use crate::error::{Attempted, StoreError};
use crate::statement::{Dialect, shown};
use crate::{lease, patience, rows};

/// A call that fails or is cut off fails the whole: every later call is refused. (PostgreSQL would else take a commit and quietly
/// undo everything.) Dropping it closes its connection, and by that the database undoes it.
pub struct Transaction {
    borrowed: Borrowed,
    label: Arc<str>,
    /// Whether every call so far has come to its end and went through.
    whole: bool,
}

impl Transaction {
    pub(crate) async fn begin(mut borrowed: Borrowed, label: Arc<str>) -> Result<Transaction, sqlx::Error> {
        let mut connection = borrowed.disturb();
        // On SQLite a transaction that reads first and writes later would fail at once when another writer came between.
        let text = match connection.dialect() {
            Dialect::Sqlite => "begin immediate",
            Dialect::Postgres => "begin",
        };
        connection.run(text).await?;
        Ok(Transaction { borrowed, label, whole: true })
    }

    /// Runs a statement; returns how many rows it changed.
    pub async fn execute(&mut self, sql: &str, arguments: &[Value]) -> Result<u64, StoreError> {
        rows::check_arguments(arguments)?;
        let done = self.enter()?.execute(sql, arguments).await;
        self.leave(done, || format!("run {}", shown(sql)))
    }

    /// Runs a statement and returns its rows; it sees what the transaction has written.
    pub async fn query(&mut self, sql: &str, arguments: &[Value]) -> Result<Vec<Row>, StoreError> {
        rows::check_arguments(arguments)?;
        let rows = self.enter()?.query(sql, arguments).await;
        self.leave(rows, || format!("run {}", shown(sql)))
    }

    /// Inserts whole rows, values in the order of the table's columns, in bulk.
    pub async fn insert(&mut self, table: &Table, rows: &[Row]) -> Result<(), StoreError> {
        rows::check(table, rows)?;
        let rows: Vec<&Row> = rows.iter().collect();
        let done = self.enter()?.insert(table.name, table, &rows).await;
        self.leave(done, || format!("insert {} rows into {}", rows.len(), table.name))
    }

    /// As `insert`, but a row whose key is there takes the new values. Of rows with the same key the last one counts.
    pub async fn upsert(&mut self, table: &Table, rows: &[Row]) -> Result<(), StoreError> {
        rows::check(table, rows)?;
        let rows = rows::last_of_each_key(table, rows);
        let done = self.enter()?.upsert(table.name, table, &rows).await;
        self.leave(done, || format!("write {} rows to {}", rows.len(), table.name))
    }

    /// Waits until no other transaction holds the lock of that name, and holds it until this one ends. SQLite has one writer at a
    /// time anyway.
    pub async fn lock(&mut self, name: &str) -> Result<(), StoreError> {
        match self.dialect() {
            Dialect::Sqlite => Ok(()),
            Dialect::Postgres => self.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", &[name.into()]).await.map(drop),
        }
    }

    /// Makes it all visible and durable. When this is cut off, or the database goes away meanwhile, nobody can say whether it did; read
    /// before doing it again.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        let done = match self.enter()?.run("commit").await {
            Err(source) if patience::is_away(&source) => {
                return Err(StoreError::CommitUnknown { database: self.label.to_string(), source });
            }
            done => done,
        };
        self.leave(done, || "commit".to_string())?;
        self.borrowed.settle();
        Ok(())
    }

    /// Goes on only while the owner has the lease, of that epoch, and sees to it that nobody takes it over before this transaction ends.
    /// The leases stand with the control tables.
    pub async fn require_lease(&mut self, name: &str, owner: &str, epoch: i64) -> Result<(), StoreError> {
        let text = lease::statement_that_requires(self.dialect());
        if self.query(text, &[name.into(), owner.into(), epoch.into()]).await?.is_empty() {
            self.whole = false;
            return Err(StoreError::LeaseLost { name: name.to_string(), owner: owner.to_string(), epoch });
        }
        Ok(())
    }

    /// Runs statements that define something.
    pub(crate) async fn define(&mut self, text: String) -> Result<(), StoreError> {
        let attempted = format!("run {}", shown(&text));
        self.define_as(&attempted, text, "").await
    }

    /// As `define`, with words for what is attempted, where the text itself must be shown to nobody or says little; and with what an
    /// administrator may do where the account has not the right to.
    pub(crate) async fn define_as(&mut self, attempted: &str, text: String, remedy: &str) -> Result<(), StoreError> {
        let done = self.enter()?.run(text).await;
        match &done {
            Err(error) if !remedy.is_empty() && is_refused(error) => {
                let attempted = format!("{attempted} on {}", self.label);
                Err(StoreError::MissingRight { attempted, remedy: remedy.to_string() })
            }
            _ => self.leave(done, || attempted.to_string()),
        }
    }

    /// The names of all tables and indexes that stand here, in lower case.
    pub(crate) async fn relations(&mut self, schema: &str) -> Result<Vec<String>, StoreError> {
        let names = self.enter()?.relations(schema).await;
        self.leave(names, || "look for the tables".to_string())
    }

    pub(crate) fn dialect(&mut self) -> Dialect {
        self.borrowed.disturb().dialect()
    }

    /// The connection for one call, which counts as failed until `leave` hears that it went through.
    fn enter(&mut self) -> Result<Connection<'_>, StoreError> {
        if !std::mem::replace(&mut self.whole, false) {
            return Err(StoreError::TransactionFailed { database: self.label.to_string() });
        }
        Ok(self.borrowed.disturb())
    }

    fn leave<T>(&mut self, done: Result<T, sqlx::Error>, attempted: impl FnOnce() -> String) -> Result<T, StoreError> {
        self.whole = done.is_ok();
        done.attempted(|| format!("{} on {}", attempted(), self.label))
    }
}

/// PostgreSQL's insufficient_privilege.
fn is_refused(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|e| e.code()).is_some_and(|code| code == "42501")
}
