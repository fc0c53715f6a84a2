//! A connection borrowed for the time of a few statements. It goes back only when it is known to be at rest: outside a transaction,
//! with every statement answered. Else it is closed, by which the database undoes what was open.
//!
//! The reason is that callers go away at any moment (a browser disconnects, a deadline passes) and drop the future that waits for a
//! statement. sqlx 0.9.0 puts such a connection back as it is: with a transaction open that nobody will commit, or in the middle of
//! a COPY, where the next borrower is given the answers to the last one's questions.

use sqlx::Sqlite;
use sqlx::pool::PoolConnection;

use crate::connection::Connection;
use crate::connections::Held;

pub(crate) struct Borrowed {
    lender: Lender,
    at_rest: bool,
}

enum Lender {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(Held),
}

impl Borrowed {
    /// The connection, which counts as disturbed from here on.
    pub(crate) fn disturb(&mut self) -> Connection<'_> {
        self.at_rest = false;
        match &mut self.lender {
            Lender::Sqlite(connection) => Connection::Sqlite(connection),
            Lender::Postgres(held) => Connection::Postgres(held.disturb()),
        }
    }

    /// Every statement has been answered, and no transaction is open.
    pub(crate) fn settle(&mut self) {
        self.at_rest = true;
        if let Lender::Postgres(held) = &mut self.lender {
            held.settle();
        }
    }
}

impl From<PoolConnection<Sqlite>> for Borrowed {
    fn from(connection: PoolConnection<Sqlite>) -> Borrowed {
        Borrowed { lender: Lender::Sqlite(connection), at_rest: true }
    }
}

impl From<Held> for Borrowed {
    fn from(held: Held) -> Borrowed {
        Borrowed { lender: Lender::Postgres(held), at_rest: true }
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        // PostgreSQL's connections look after themselves.
        if let (Lender::Sqlite(connection), false) = (&mut self.lender, self.at_rest) {
            connection.close_on_drop();
        }
    }
}
