//! Remembers: the control tables, the central objects of each path code, and the spec tables of each package, on SQLite or on
//! PostgreSQL. The scheme of the address picks one; nothing else differs for a caller, and one conformance suite runs on both. It
//! does not know what the tables mean: it has them from the catalogue of `engine::tables`.
//!
//! ```text
//!            sqlite:FOLDER                            postgres://…?schema=packwright
//! control    FOLDER/control-tables.db                 schema packwright
//! path code  FOLDER/DV920.db                          schema dv920
//! package    FOLDER/packages/DV920/DV920FA.db         tables f98710_dv920fa … in schema dv920
//! ```
//!
//! One text serves both databases: placeholders `$1`, `$2`, …, unquoted names, and only the types text, integer and blob.

mod access;
mod address;
mod backend;
mod borrowed;
mod central;
mod connection;
mod connections;
mod copy_binary;
mod database;
mod error;
mod lease;
mod migration;
mod name;
mod package;
mod patience;
mod postgres;
mod rows;
mod schema;
mod sqlite;
mod statement;
mod transaction;
mod verifier;

use std::sync::Arc;

use backend::Backend;
use error::Attempted;

pub use central::CentralObjects;
pub use database::Database;
pub use error::StoreError;
pub use lease::Lease;
pub use migration::Statement;
pub use package::{PackageReader, PackageWriter, Progress};
pub use rows::VALUE_BYTES_MAX;
pub use statement::placeholders;
pub use transaction::Transaction;

/// A handle; clones share everything.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    control: Database,
    central: CentralObjects,
}

impl Store {
    /// Opens the store at `sqlite:FOLDER` or `postgres://…`, and makes the tables where there are none. Tables of an earlier program are
    /// migrated on SQLite; on PostgreSQL they are refused until `migrate` is called. Tables of a newer program are refused and left
    /// alone.
    ///
    /// Parameters of a PostgreSQL address, beside those of sqlx: `schema=NAME` for the control tables (else `packwright`);
    /// `connections=N` (from 3) for the most connections of this process (else four for each schema, and two beside them for a package
    /// that is written). A password that is not in the address is taken from `PGPASSWORD` or `~/.pgpass`.
    pub async fn open(url: &str) -> Result<Store, StoreError> {
        Store::open_with(url, None).await
    }

    /// As `open`, with a password that does not stand in the address.
    pub async fn open_with(url: &str, password: Option<&str>) -> Result<Store, StoreError> {
        let backend = Backend::at(url, password)?;
        let migrates = matches!(backend, Backend::Sqlite { .. });
        let (store, _) = Store::bring_up(backend, migrates).await?;
        Ok(store)
    }

    /// The statements that `migrate` would run; nothing is changed.
    pub async fn pending(url: &str) -> Result<Vec<Statement>, StoreError> {
        Store::pending_with(url, None).await
    }

    /// As `pending`, with a password that does not stand in the address.
    pub async fn pending_with(url: &str, password: Option<&str>) -> Result<Vec<Statement>, StoreError> {
        migration::pending(&Backend::at(url, password)?).await
    }

    /// Makes the tables what this program needs, whatever they are, all or nothing. Returns the statements that ran.
    pub async fn migrate(url: &str) -> Result<Vec<Statement>, StoreError> {
        Store::migrate_with(url, None).await
    }

    /// As `migrate`, with a password that does not stand in the address.
    pub async fn migrate_with(url: &str, password: Option<&str>) -> Result<Vec<Statement>, StoreError> {
        let (_, ran) = Store::bring_up(Backend::at(url, password)?, true).await?;
        Ok(ran)
    }

    async fn bring_up(backend: Backend, migrates: bool) -> Result<(Store, Vec<Statement>), StoreError> {
        if let Backend::Sqlite { folder } = &backend {
            std::fs::create_dir_all(folder).attempted(|| format!("make the folder {}", folder.display()))?;
        }
        let control = backend.control();
        let ran = migration::bring_up(&control, &backend, migrates).await?;
        let central = CentralObjects::new(backend, true);
        Ok((Store { inner: Arc::new(Inner { control, central }) }, ran))
    }

    /// The tables that exist once per enterprise.
    pub fn control(&self) -> &Database {
        &self.inner.control
    }

    /// Path codes and packages. This one makes the tables of a path code that are missing.
    pub fn central(&self) -> &CentralObjects {
        &self.inner.central
    }

    /// As `CentralObjects::path_code`.
    pub async fn path_code(&self, path_code: &str) -> Result<Database, StoreError> {
        self.central().path_code(path_code).await
    }

    /// As `CentralObjects::begin_package`.
    pub async fn begin_package(&self, path_code: &str, package: &str) -> Result<PackageWriter, StoreError> {
        self.central().begin_package(path_code, package).await
    }

    /// As `CentralObjects::package`.
    pub async fn package(&self, path_code: &str, package: &str) -> Result<Option<PackageReader>, StoreError> {
        self.central().package(path_code, package).await
    }

    /// As `CentralObjects::remove_package`.
    pub async fn remove_package(&self, path_code: &str, package: &str) -> Result<(), StoreError> {
        self.central().remove_package(path_code, package).await
    }

    /// As `CentralObjects::create_serialized_object_tables`.
    pub async fn create_serialized_object_tables(&self, path_code: &str, package: &str) -> Result<(), StoreError> {
        self.central().create_serialized_object_tables(path_code, package).await
    }
}
