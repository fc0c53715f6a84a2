//! A connection borrowed from a pool. It goes back only when it is known to be at rest: outside a transaction, with every statement
//! answered. Else it is closed, by which the database undoes what was open.
//!
//! The reason is that callers go away at any moment (a browser disconnects, a deadline passes) and drop the future that waits for a
//! statement. sqlx 0.9.0 puts such a connection back as it is: with a transaction open that nobody will commit, or in the middle of
//! a COPY, where the next borrower is given the answers to the last one's questions.

use sqlx::pool::PoolConnection;
use sqlx::{Postgres, Sqlite};

use crate::connection::Connection;

pub(crate) struct Lease {
    borrowed: Borrowed,
    at_rest: bool,
}

enum Borrowed {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

impl Lease {
    /// The connection, which counts as disturbed from here on.
    pub(crate) fn disturb(&mut self) -> Connection<'_> {
        self.at_rest = false;
        match &mut self.borrowed {
            Borrowed::Sqlite(connection) => Connection::Sqlite(connection),
            Borrowed::Postgres(connection) => Connection::Postgres(connection),
        }
    }

    /// Every statement has been answered, and no transaction is open.
    pub(crate) fn settle(&mut self) {
        self.at_rest = true;
    }
}

impl From<PoolConnection<Sqlite>> for Lease {
    fn from(connection: PoolConnection<Sqlite>) -> Lease {
        Lease { borrowed: Borrowed::Sqlite(connection), at_rest: true }
    }
}

impl From<PoolConnection<Postgres>> for Lease {
    fn from(connection: PoolConnection<Postgres>) -> Lease {
        Lease { borrowed: Borrowed::Postgres(connection), at_rest: true }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if self.at_rest {
            return;
        }
        match &mut self.borrowed {
            Borrowed::Sqlite(connection) => connection.close_on_drop(),
            Borrowed::Postgres(connection) => connection.close_on_drop(),
        }
    }
}
