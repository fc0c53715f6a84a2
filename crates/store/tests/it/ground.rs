//! Where a case runs: one of the two databases, and as many empty places in it as the case wants.

use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};

use engine::tables::{self, Kind, Table};
use engine::value::{Row, Value};
use store::Store;
use tempfile::TempDir;
use testkit::postgres::Postgres;

pub enum Ground {
    Sqlite { folder: TempDir, places: AtomicU32 },
    Postgres(&'static Postgres),
}

impl Ground {
    pub fn sqlite() -> Ground {
        Ground::Sqlite { folder: TempDir::new().expect("a temporary folder"), places: AtomicU32::new(0) }
    }

    pub fn postgres() -> Ground {
        Ground::Postgres(Postgres::shared())
    }

    /// The address of a store that does not exist.
    pub fn url(&self) -> String {
        match self {
            Ground::Sqlite { folder, places } => {
                let place = folder.path().join(places.fetch_add(1, Ordering::Relaxed).to_string());
                format!("sqlite:{}", place.display())
            }
            Ground::Postgres(postgres) => postgres.fresh_database(),
        }
    }

    pub async fn store(&self) -> Store {
        Store::open(&self.url()).await.expect("a new store opens")
    }

    pub fn is_sqlite(&self) -> bool {
        matches!(self, Ground::Sqlite { .. })
    }
}

pub fn table(name: &str) -> &'static Table {
    tables::named(name).unwrap_or_else(|| panic!("the catalogue has no {name}"))
}

/// A row whose key and values follow from the number.
pub fn row(table: &Table, number: i64) -> Row {
    let value = |kind: Kind, name: &str| match kind {
        Kind::Text => Value::Text(format!("{name} {number}")),
        Kind::Integer => Value::Integer(number),
        Kind::Blob => Value::Blob(number.to_be_bytes().repeat(3)),
    };
    table.columns.iter().map(|column| value(column.kind, column.name)).collect()
}

pub fn select_all(table: &Table) -> String {
    let columns: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
    format!("select {} from {} order by {}", columns.join(", "), table.name, table.key.join(", "))
}

pub fn texts(rows: &[Row]) -> Vec<&str> {
    rows.iter().map(|row| row[0].text()).collect()
}

/// Ends a case that hangs, which would else hang the run.
pub async fn in_time<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(std::time::Duration::from_secs(120), work).await.expect("the case comes to an end")
}
