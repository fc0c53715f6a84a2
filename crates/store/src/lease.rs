//! Leases: who does a work that only one process may do at a time, for how long, and why. They are rows of PW_LEASE among the control
//! tables, and time is the database's, so that the clocks of machines do not matter. It does not know the works.
//!
//! ```text
//!            take: epoch + 1              take by the owner: same epoch, longer
//! free ───────────────────────▶ owned ──────────────────────────────────────────▶ owned
//!   ◀──── release, or UNTIL passes
//! ```
//!
//! The row stays when the lease is given back, and with it the epoch, which never goes back. An owner that slept through its lease
//! and writes all the same is stopped by `Transaction::require_lease`.

use engine::value::Row;

use crate::database::Database;
use crate::error::StoreError;
use crate::statement::{Dialect, now_ms};

/// A lease as it stands; it may have passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    pub owner: String,
    pub epoch: i64,
    /// Milliseconds since 1970 of the database's clock.
    pub until: i64,
    pub reason: String,
}

impl Database {
    /// The time of the database, milliseconds since 1970; on SQLite this machine's.
    pub async fn now_ms(&self) -> Result<i64, StoreError> {
        let rows = self.query(&format!("select {}", now_ms(self.dialect())), &[]).await?;
        Ok(rows.first().map_or(0, |row| row[0].integer()))
    }

    /// Takes the lease, if it is free or has passed, or makes the owner's own longer: from now on for so many milliseconds. Returns
    /// its epoch, or `None` where another one has it. An owner is a process, not a name that a later one may bear.
    pub async fn take_lease(&self, name: &str, owner: &str, for_ms: i64, reason: &str) -> Result<Option<i64>, StoreError> {
        if owner.is_empty() {
            return Err(StoreError::Argument { position: 2, reason: "the owner of a lease has a name".to_string() });
        }
        let now = now_ms(self.dialect());
        let text = format!(
            "insert into PW_LEASE (NAME, OWNER, EPOCH, UNTIL, REASON) values ($1, $2, 1, {now} + $3, $4) \
             on conflict (NAME) do update set OWNER = excluded.OWNER, UNTIL = excluded.UNTIL, REASON = excluded.REASON, \
             EPOCH = PW_LEASE.EPOCH + case when PW_LEASE.OWNER = excluded.OWNER then 0 else 1 end \
             where PW_LEASE.OWNER = excluded.OWNER or PW_LEASE.UNTIL <= {now} returning EPOCH"
        );
        let arguments = [name.into(), owner.into(), for_ms.max(0).into(), reason.into()];
        let rows = self.change(&format!("take the lease {name:?}"), &text, &arguments).await?;
        Ok(rows.first().map(|row| row[0].integer()))
    }

    /// Gives the lease back; nothing happens where the owner has it no more.
    pub async fn release_lease(&self, name: &str, owner: &str) -> Result<(), StoreError> {
        let text = "update PW_LEASE set OWNER = '', UNTIL = 0, REASON = '' where NAME = $1 and OWNER = $2";
        self.change(&format!("give back the lease {name:?}"), text, &[name.into(), owner.into()]).await.map(drop)
    }

    /// The lease as it stands; `None` where nobody took it, or the last owner gave it back.
    pub async fn lease(&self, name: &str) -> Result<Option<Lease>, StoreError> {
        let text = "select OWNER, EPOCH, UNTIL, REASON from PW_LEASE where NAME = $1 and OWNER <> ''";
        Ok(self.query(text, &[name.into()]).await?.first().map(lease))
    }
}

fn lease(row: &Row) -> Lease {
    Lease { owner: row[0].text().to_string(), epoch: row[1].integer(), until: row[2].integer(), reason: row[3].text().to_string() }
}

/// Finds the lease while it is the owner's, and on PostgreSQL keeps others from changing it; SQLite has one writer anyway. A lease
/// that has passed but that nobody took is still the owner's.
pub(crate) fn statement_that_requires(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => "select EPOCH from PW_LEASE where NAME = $1 and OWNER = $2 and EPOCH = $3",
        Dialect::Postgres => "select EPOCH from PW_LEASE where NAME = $1 and OWNER = $2 and EPOCH = $3 for share",
    }
}
