//! One database with its tables: the control tables, or a path code. Reads go straight to it, writes through a transaction. It does
//! not know what the tables mean.
//!
//! Reads and `begin` are made again by themselves while PostgreSQL restarts (`patience.rs`). What a transaction has written before
//! is gone then, and its caller hears of it.

use std::future::Future;
use std::sync::Arc;

use engine::value::{Row, Value};
use sqlx::SqlitePool;

use crate::borrowed::Borrowed;
use crate::connections::{Connections, Held, Purpose};
use crate::error::{Attempted, StoreError};
use crate::name::Schema;
use crate::patience::{self, Patience};
use crate::rows;
use crate::statement::{Dialect, shown};
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
    Postgres { connections: Arc<Connections>, schema: Schema, purpose: Purpose },
}

impl Database {
    pub(crate) fn new(label: impl Into<Arc<str>>, pools: Pools) -> Database {
        Database { label: label.into(), pools }
    }

    /// Runs a statement that only reads, and returns its rows. Placeholders are `$1`, `$2`, …; names stand unquoted. It sees what
    /// is committed.
    pub async fn query(&self, sql: &str, arguments: &[Value]) -> Result<Vec<Row>, StoreError> {
        rows::check_arguments(arguments)?;
        let rows = self.patiently(|| self.query_once(sql, arguments)).await;
        rows.attempted(|| format!("run {} on {}", shown(sql), self.label))
    }

    /// Lets the database read a statement without running it: what a test does with every statement, on both databases.
    pub async fn prepare(&self, sql: &str) -> Result<(), StoreError> {
        let prepare = || async {
            let mut borrowed = self.pools.reader().await?;
            borrowed.disturb().prepare(sql).await?;
            borrowed.settle();
            Ok(())
        };
        self.patiently(prepare).await.attempted(|| format!("prepare {} on {}", shown(sql), self.label))
    }

    /// Begins a transaction. On SQLite it holds the file's one right to write from here on, so keep it short and begin no second
    /// one of the same database inside it. On PostgreSQL it sees what others commit meanwhile; `Transaction::lock` makes what is
    /// read and then written one step there too. While one on the control tables is open, do not wait for a path code: with
    /// `connections=N` the connections of path codes may be waiting for the control tables.
    pub async fn begin(&self) -> Result<Transaction, StoreError> {
        let attempted = || format!("begin a transaction on {}", self.label);
        let database = self.clone();
        // On a task of its own, which brings it to its end when the caller is dropped half-way; the connection would mend that too.
        let begun = tokio::spawn(async move { database.patiently(|| database.begin_once()).await });
        match begun.await {
            Ok(transaction) => transaction.attempted(attempted),
            Err(ended) if ended.is_panic() => std::panic::resume_unwind(ended.into_panic()),
            Err(_) => Err(StoreError::Ending { attempted: attempted() }),
        }
    }

    /// Runs one statement that writes, alone, and returns its rows. It must come to the same when it runs twice, because nobody
    /// knows whether it ran when the database restarted under it.
    pub(crate) async fn change(&self, attempted: &str, sql: &str, arguments: &[Value]) -> Result<Vec<Row>, StoreError> {
        rows::check_arguments(arguments)?;
        let rows = self.patiently(|| self.change_once(sql, arguments)).await;
        rows.attempted(|| format!("{attempted} on {}", self.label))
    }

    pub(crate) fn label(&self) -> &str {
        &self.label
    }

    pub(crate) fn dialect(&self) -> Dialect {
        match self.pools {
            Pools::Sqlite { .. } => Dialect::Sqlite,
            Pools::Postgres { .. } => Dialect::Postgres,
        }
    }

    /// A connection to PostgreSQL for the writer of a package, and for it alone.
    pub(crate) async fn hold_for_package(&self) -> Result<Held, sqlx::Error> {
        match &self.pools {
            Pools::Postgres { connections, schema, .. } => connections.acquire(schema, Purpose::Package).await,
            Pools::Sqlite { .. } => Err(sqlx::Error::Configuration("packages on SQLite have files of their own".into())),
        }
    }

    /// A second one, if it can be had at once.
    pub(crate) async fn hold_another(&self) -> Option<Held> {
        match &self.pools {
            Pools::Postgres { connections, schema, .. } => connections.acquire_another(schema).await,
            Pools::Sqlite { .. } => None,
        }
    }

    async fn query_once(&self, sql: &str, arguments: &[Value]) -> Result<Vec<Row>, sqlx::Error> {
        let mut borrowed = self.pools.reader().await?;
        let rows = borrowed.disturb().query(sql, arguments).await?;
        borrowed.settle();
        Ok(rows)
    }

    async fn change_once(&self, sql: &str, arguments: &[Value]) -> Result<Vec<Row>, sqlx::Error> {
        let mut borrowed = self.pools.writer().await?;
        let rows = borrowed.disturb().query(sql, arguments).await?;
        borrowed.settle();
        Ok(rows)
    }

    async fn begin_once(&self) -> Result<Transaction, sqlx::Error> {
        Transaction::begin(self.pools.writer().await?, self.label.clone()).await
    }

    /// Makes a call that may be made twice, again while the database is away.
    async fn patiently<T, F: Future<Output = Result<T, sqlx::Error>>>(&self, call: impl Fn() -> F) -> Result<T, sqlx::Error> {
        let mut patience = Patience::to_call_again(self.pools.are_known());
        loop {
            let error = match call().await {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            if let Pools::Postgres { connections, .. } = &self.pools
                && patience::is_away(&error)
            {
                connections.forget_idle();
            }
            if !patience.again(&error).await {
                return Err(error);
            }
        }
    }
}

impl Pools {
    /// Whether the database has ever answered this process.
    fn are_known(&self) -> bool {
        match self {
            Pools::Sqlite { .. } => true,
            Pools::Postgres { connections, .. } => connections.are_known(),
        }
    }

    async fn reader(&self) -> Result<Borrowed, sqlx::Error> {
        match self {
            Pools::Sqlite { readers, .. } => Ok(readers.acquire().await?.into()),
            Pools::Postgres { .. } => self.writer().await,
        }
    }

    async fn writer(&self) -> Result<Borrowed, sqlx::Error> {
        match self {
            Pools::Sqlite { writer, .. } => Ok(writer.acquire().await?.into()),
            Pools::Postgres { connections, schema, purpose } => Ok(connections.acquire(schema, *purpose).await?.into()),
        }
    }
}
