//! What the store answers when something did not go through. It does not know what a caller makes of it.

use std::error::Error;
use std::io;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The address itself is not repeated: it may hold a password.
    #[error("cannot read the address of the store: {reason}")]
    Address { reason: String },
    #[error("{name:?} is no name of a {what}: {reason}")]
    Name { what: &'static str, name: String, reason: &'static str },
    #[error(
        "cannot open the store: its tables have version {found}, this program knows versions up to {known}\nhint: use the program that wrote them, or a newer one"
    )]
    SchemaNewer { found: i64, known: i64 },
    #[error("cannot open the store: its version is {found:?}, which is no number")]
    SchemaUnreadable { found: String },
    #[error("cannot {attempted}")]
    Database {
        attempted: String,
        #[source]
        source: sqlx::Error,
    },
    #[error("cannot {attempted}")]
    Files {
        attempted: String,
        #[source]
        source: io::Error,
    },
    #[error("cannot write row {row} of {table}: {reason}")]
    Row { table: &'static str, row: usize, reason: String },
    #[error("cannot pass argument ${position}: {reason}")]
    Argument { position: usize, reason: String },
    #[error("cannot read the statement for package {package}: {reason}")]
    Placeholder { package: String, reason: String },
    #[error("package {package} belongs to path code {path_code}")]
    PackageElsewhere { package: String, path_code: String },
    #[error("cannot {attempted} package {package}: {reason}")]
    PackageState { attempted: &'static str, package: String, reason: &'static str },
    #[error("cannot go on with a transaction on {database}: an earlier statement of it failed or was cut off")]
    TransactionFailed { database: String },
    #[error("cannot {attempted}: the program is ending")]
    Ending { attempted: String },
}

impl StoreError {
    /// Whether a row with that key was there already.
    pub fn is_duplicate_key(&self) -> bool {
        matches!(self, StoreError::Database { source: sqlx::Error::Database(e), .. } if e.is_unique_violation())
    }

    /// Whether the same call may well go through later: the database could not be reached, was busy, or shut down under us.
    pub fn is_transient(&self) -> bool {
        match self {
            StoreError::Database { source, .. } => match source {
                sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed => true,
                sqlx::Error::Database(e) => e.code().is_some_and(|code| is_transient_code(&code)),
                _ => false,
            },
            StoreError::Files { .. } => true,
            _ => false,
        }
    }

    /// The sentence with its causes, for a log line.
    pub fn in_full(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            text.push_str(&format!(": {error}"));
            cause = error.source();
        }
        text
    }
}

/// SQLite: 5 busy, 6 locked, 10 I/O, 13 full, and their extended codes. PostgreSQL's classes: 08 connection, 40 rollback,
/// 53 resources, 55P03 lock not available, 57P shutdown.
fn is_transient_code(code: &str) -> bool {
    match code.parse::<u32>() {
        Ok(number) if code.len() < 5 => matches!(number & 0xff, 5 | 6 | 10 | 13),
        _ => ["08", "40", "53", "55P03", "57P"].iter().any(|class| code.starts_with(class)),
    }
}

/// Says what was attempted when a driver or the file system refused it.
pub(crate) trait Attempted<T> {
    fn attempted(self, what: impl FnOnce() -> String) -> Result<T, StoreError>;
}

impl<T> Attempted<T> for Result<T, sqlx::Error> {
    fn attempted(self, what: impl FnOnce() -> String) -> Result<T, StoreError> {
        self.map_err(|source| StoreError::Database { attempted: what(), source })
    }
}

impl<T> Attempted<T> for Result<T, io::Error> {
    fn attempted(self, what: impl FnOnce() -> String) -> Result<T, StoreError> {
        self.map_err(|source| StoreError::Files { attempted: what(), source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_that_pass_by_themselves() {
        for code in ["5", "261", "517", "10", "13", "08006", "40001", "53300", "55P03", "57P01"] {
            assert!(is_transient_code(code), "{code}");
        }
        for code in ["1", "19", "1555", "2067", "23505", "42P01", "22021"] {
            assert!(!is_transient_code(code), "{code}");
        }
    }
}
