//! What the store answers when something did not go through. It does not know what a caller makes of it.

use std::error::Error;
use std::io;

use crate::patience;

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
    #[error(
        "cannot open the store: its tables have version {found}, this program needs version {known}\nhint: look at the migration, then let it run; stop older programs first"
    )]
    SchemaOlder { found: i64, known: i64 },
    #[error("cannot open the store: its version is {found:?}, which is no number")]
    SchemaUnreadable { found: String },
    #[error(
        "cannot open {database}: {difference}\nhint: control makes and migrates the tables; open the path code there with the program of the same version"
    )]
    SchemaDiffers { database: String, difference: String },
    #[error("cannot {attempted}: the account has not the right to\nhint: let an administrator of the database run: {remedy}")]
    MissingRight { attempted: String, remedy: String },
    #[error(
        "cannot {attempted}: the database does not answer\nhint: see that PostgreSQL runs, and that the address of the store names its host and port"
    )]
    Unreachable {
        attempted: String,
        #[source]
        source: sqlx::Error,
    },
    #[error(
        "cannot {attempted}: too many connections: the limit of the server, the database or the role is reached\nhint: set connections=N in the address of the store to what the server allows, or raise max_connections or the limit of the role or database"
    )]
    TooManyConnections {
        attempted: String,
        #[source]
        source: sqlx::Error,
    },
    #[error(
        "cannot {attempted}: all connections of this program to the database were busy for too long\nhint: on PostgreSQL, connections=N in the address of the store allows more"
    )]
    Busy { attempted: String },
    #[error(
        "cannot tell whether {database} took the last commit: the database went away before it answered\nhint: read before doing it again"
    )]
    CommitUnknown {
        database: String,
        #[source]
        source: sqlx::Error,
    },
    #[error("cannot go on as {owner}: it lost the lease {name:?} of epoch {epoch}; another process has taken it over")]
    LeaseLost { name: String, owner: String, epoch: i64 },
    #[error("SQLite has no roles: every server of this store is part of one process")]
    NoRoles,
    #[error("cannot set the password of role {role}: {reason}")]
    Password { role: String, reason: &'static str },
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
                sqlx::Error::WorkerCrashed => true,
                sqlx::Error::Database(e) => e.code().is_some_and(|code| is_transient_code(&code)),
                _ => false,
            },
            StoreError::Unreachable { .. } | StoreError::TooManyConnections { .. } | StoreError::Busy { .. } => true,
            // Everything that was asked in the transaction must be asked anew, which is what its caller does later anyway.
            StoreError::CommitUnknown { .. } => true,
            StoreError::Files { .. } => true,
            _ => false,
        }
    }

    /// The sentence with its causes, for a log line; what to do about it comes last.
    pub fn in_full(&self) -> String {
        let text = self.to_string();
        let (sentence, hint) = text.split_once('\n').unwrap_or((&text, ""));
        let mut full = sentence.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            full.push_str(&format!(": {error}"));
            cause = error.source();
        }
        if !hint.is_empty() {
            full.push('\n');
            full.push_str(hint);
        }
        full
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
        self.map_err(|source| match source {
            sqlx::Error::PoolTimedOut => StoreError::Busy { attempted: what() },
            source if patience::is_full(&source) => StoreError::TooManyConnections { attempted: what(), source },
            source if patience::is_away(&source) => StoreError::Unreachable { attempted: what(), source },
            source => StoreError::Database { attempted: what(), source },
        })
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
