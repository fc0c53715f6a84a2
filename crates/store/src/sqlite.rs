//! SQLite: how its files are opened, and how values go in and come out. It does not know which tables a file holds.
//!
//! A database has one writer, so that writers of this process queue in the pool and never meet as SQLITE_BUSY, and a few readers
//! beside it, which a write-ahead log lets read while the writer writes. `synchronous` is full for all of them: what a commit has
//! told others (a job's state that a server acts upon, a check-in that a developer saw accepted) must survive a power cut, and
//! there are few commits, each of many rows.

use std::path::Path;
use std::time::Duration;

use engine::value::{Row, Value};
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow, SqliteSynchronous, SqliteValueRef,
};
use sqlx::{Arguments, Decode, Row as _, Sqlite, TypeInfo, ValueRef};

/// Readers of one file.
const READERS_MAX: u32 = 4;

/// How long a writer waits for its turn behind the others; a check-in of a whole path code is the longest turn.
const TURN_TIMEOUT: Duration = Duration::from_secs(300);

/// How long to wait for a lock of another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// Rows on their way from SQLite's thread; each hand-over costs more than the row.
const ROWS_ON_THE_WAY: usize = 512;

/// The log is cut back to this size after a large transaction.
const LOG_BYTES_MAX: u32 = 64 << 20;

/// The one connection that writes a file; it makes the file.
pub(crate) fn writer(file: &Path, page_bytes: u32) -> SqlitePool {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .page_size(page_bytes)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT)
        .row_buffer_size(ROWS_ON_THE_WAY)
        .pragma("journal_size_limit", LOG_BYTES_MAX.to_string());
    SqlitePoolOptions::new().max_connections(1).acquire_timeout(TURN_TIMEOUT).connect_lazy_with(options)
}

/// The connections that read a file which the writer has made.
pub(crate) fn readers(file: &Path) -> SqlitePool {
    let options =
        SqliteConnectOptions::new().filename(file).busy_timeout(BUSY_TIMEOUT).row_buffer_size(ROWS_ON_THE_WAY).pragma("query_only", "on");
    SqlitePoolOptions::new().max_connections(READERS_MAX).acquire_timeout(TURN_TIMEOUT).connect_lazy_with(options)
}

/// The connections that read a file which will never change: no locks, no look for a log beside it.
pub(crate) async fn readers_of_finished(file: &Path) -> Result<SqlitePool, sqlx::Error> {
    let options = SqliteConnectOptions::new().filename(file).read_only(true).immutable(true).row_buffer_size(ROWS_ON_THE_WAY);
    SqlitePoolOptions::new().max_connections(READERS_MAX).acquire_timeout(TURN_TIMEOUT).connect_with(options).await
}

/// How a file is opened that is written beside the live ones and thrown away unless it is completed: without journal and without
/// waiting for the disk. Whoever completes it flushes it.
pub(crate) fn unfinished(file: &Path, page_bytes: u32) -> SqliteConnectOptions {
    const CACHE_KIB: &str = "-65536";
    SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .page_size(page_bytes)
        .journal_mode(SqliteJournalMode::Off)
        .synchronous(SqliteSynchronous::Off)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("cache_size", CACHE_KIB)
}

pub(crate) fn arguments<'v>(values: impl Iterator<Item = &'v Value>) -> Result<SqliteArguments, sqlx::Error> {
    let mut arguments = SqliteArguments::default();
    for value in values {
        match value {
            Value::Null => arguments.add(None::<i64>),
            Value::Integer(number) => arguments.add(*number),
            Value::Text(text) => arguments.add(text.as_str()),
            Value::Blob(bytes) => arguments.add(bytes.as_slice()),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

pub(crate) fn row(row: SqliteRow) -> Result<Row, sqlx::Error> {
    (0..row.len()).map(|position| value(row.try_get_raw(position)?)).collect()
}

fn value(value: SqliteValueRef<'_>) -> Result<Value, sqlx::Error> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    let kind = value.type_info().name().to_string();
    match kind.as_str() {
        "INTEGER" => <i64 as Decode<Sqlite>>::decode(value).map(Value::Integer),
        "TEXT" => <String as Decode<Sqlite>>::decode(value).map(Value::Text),
        "BLOB" => <Vec<u8> as Decode<Sqlite>>::decode(value).map(Value::Blob),
        _ => Err(format!("a column has values of type {kind}; the store reads integers, texts and blobs").into()),
    }
    .map_err(sqlx::Error::Decode)
}
