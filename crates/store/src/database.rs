//! One database with its tables: the control tables, or a path code. Reads go straight to it, writes through a transaction. It does
//! not know what the tables mean.

use std::sync::Arc;

use engine::value::{Row, Value};
use sqlx::{PgPool, SqlitePool};

use crate::error::{Attempted, StoreError};
use crate::lease::Lease;
use crate::rows;
use crate::statement::shown;
use crate::transaction::Transaction;

/// A handle; clones share the connections.
#[derive(Clone)]
pub struct Database {
    /// What it is, for messages: "the control tables", "path code DV920".
    label: Arc<str>,
    pools: Pools,
}

#[derive(Clone)]
pub(crate) enum Pools {
    Sqlite { writer: SqlitePool, readers: SqlitePool },
    Postgres(PgPool),
}

impl Database {
    pub(crate) fn new(label: impl Into<Arc<str>>, pools: Pools) -> Database {
        Database { label: label.into(), pools }
    }

    /// Runs a statement that only reads, and returns its rows. Placeholders are `$1`, `$2`, …; names stand unquoted. It sees what
    /// is committed.
    pub async fn query(&self, sql: &str, arguments: &[Value]) -> Result<Vec<Row>, StoreError> {
        rows::check_arguments(arguments)?;
        let attempted = || format!("run {} on {}", shown(sql), self.label);
        let mut lease = self.pools.reader().await.attempted(attempted)?;
        let rows = lease.disturb().query(sql, arguments).await.attempted(attempted)?;
        lease.settle();
        Ok(rows)
    }

    /// Lets the database read a statement without running it: what a test does with every statement, on both databases.
    pub async fn prepare(&self, sql: &str) -> Result<(), StoreError> {
        let attempted = || format!("prepare {} on {}", shown(sql), self.label);
        let mut lease = self.pools.reader().await.attempted(attempted)?;
        lease.disturb().prepare(sql).await.attempted(attempted)?;
        lease.settle();
        Ok(())
    }

    /// Begins a transaction. On SQLite it holds the file's one right to write from here on, so keep it short and begin no second
    /// one of the same database inside it. On PostgreSQL it sees what others commit meanwhile; `Transaction::lock` makes what is
    /// read and then written one step there too.
    pub async fn begin(&self) -> Result<Transaction, StoreError> {
        let attempted = || format!("begin a transaction on {}", self.label);
        let pools = self.pools.clone();
        let label = self.label.clone();
        // On a task of its own, which brings it to its end when the caller is dropped half-way; the lease would mend that too.
        let begun = tokio::spawn(async move { Transaction::begin(pools.writer().await?, label).await });
        match begun.await {
            Ok(transaction) => transaction.attempted(attempted),
            Err(ended) if ended.is_panic() => std::panic::resume_unwind(ended.into_panic()),
            Err(_) => Err(StoreError::Ending { attempted: attempted() }),
        }
    }
}

impl Pools {
    async fn reader(&self) -> Result<Lease, sqlx::Error> {
        match self {
            Pools::Sqlite { readers, .. } => Ok(readers.acquire().await?.into()),
            Pools::Postgres(pool) => Ok(pool.acquire().await?.into()),
        }
    }

    async fn writer(&self) -> Result<Lease, sqlx::Error> {
        match self {
            Pools::Sqlite { writer, .. } => Ok(writer.acquire().await?.into()),
            Pools::Postgres(pool) => Ok(pool.acquire().await?.into()),
        }
    }
}
