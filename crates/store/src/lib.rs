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

mod address;
mod connection;
mod copy_binary;
mod database;
mod error;
mod lease;
mod name;
mod package;
mod postgres;
mod rows;
mod schema;
mod sqlite;
mod statement;
mod transaction;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine::tables::Place;
use sqlx::postgres::PgConnectOptions;
use tokio::sync::Mutex;

use address::Address;
use database::Pools;
use error::Attempted;
use name::{PackageName, PathCode, Schema};

pub use database::Database;
pub use error::StoreError;
pub use package::{PackageReader, PackageWriter, Progress};
pub use rows::VALUE_BYTES_MAX;
pub use statement::placeholders;
pub use transaction::Transaction;

/// The file of the control tables. The hyphen keeps it apart from every path code's.
const CONTROL_FILE: &str = "control-tables.db";

/// Pages of the control tables: SQLite writes whole ones, and a change of state is short.
const CONTROL_PAGE_BYTES: u32 = 4096;

/// Pages of path codes and packages, whose rows are long.
const SPEC_PAGE_BYTES: u32 = 8192;

/// A handle; clones share everything.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    backend: Backend,
    control: Database,
    path_codes: Mutex<HashMap<PathCode, Database>>,
}

enum Backend {
    Sqlite { folder: PathBuf },
    Postgres { options: Box<PgConnectOptions>, schema: Schema },
}

impl Store {
    /// Opens the store at `sqlite:FOLDER` or `postgres://…` (where a parameter `schema=NAME` names the schema of the control tables,
    /// else `packwright`), and makes what is missing. Tables of a newer program are refused and left alone.
    pub async fn open(url: &str) -> Result<Store, StoreError> {
        let backend = match Address::parse(url)? {
            Address::Sqlite { folder } => {
                std::fs::create_dir_all(&folder).attempted(|| format!("make the folder {}", folder.display()))?;
                Backend::Sqlite { folder }
            }
            Address::Postgres { options, schema } => Backend::Postgres { options, schema },
        };
        let control = match &backend {
            Backend::Sqlite { folder } => sqlite_database("the control tables", &folder.join(CONTROL_FILE), CONTROL_PAGE_BYTES),
            Backend::Postgres { options, schema } => postgres_database("the control tables", options, schema),
        };
        schema::make(&control, backend.control_schema(), &[Place::Control]).await?;
        Ok(Store { inner: Arc::new(Inner { backend, control, path_codes: Mutex::default() }) })
    }

    /// The tables that exist once per enterprise.
    pub fn control(&self) -> &Database {
        &self.inner.control
    }

    /// The tables of a path code, made when they are missing. Whether the enterprise has such a path code (F00942) is the caller's
    /// question.
    pub async fn path_code(&self, path_code: &str) -> Result<Database, StoreError> {
        self.open_path_code(&PathCode::parse(path_code)?).await
    }

    /// Begins to write the tables of a package. What dead attempts left behind is removed; an attempt that still lives is left alone.
    pub async fn begin_package(&self, path_code: &str, package: &str) -> Result<PackageWriter, StoreError> {
        PackageWriter::begin(self.clone(), PathCode::parse(path_code)?, PackageName::parse(package)?).await
    }

    /// The tables of a package; `None` while they do not stand complete.
    pub async fn package(&self, path_code: &str, package: &str) -> Result<Option<PackageReader>, StoreError> {
        PackageReader::open(self, &PathCode::parse(path_code)?, &PackageName::parse(package)?).await
    }

    /// Removes the tables of a package; nothing happens where there are none.
    pub async fn remove_package(&self, path_code: &str, package: &str) -> Result<(), StoreError> {
        package::remove(self, &PathCode::parse(path_code)?, &PackageName::parse(package)?).await
    }

    /// Makes the package's F989999 and F999999 among the central objects; fine where they are there.
    pub async fn create_serialized_object_tables(&self, path_code: &str, package: &str) -> Result<(), StoreError> {
        package::make_serialized(self, &PathCode::parse(path_code)?, &PackageName::parse(package)?).await
    }

    async fn open_path_code(&self, path_code: &PathCode) -> Result<Database, StoreError> {
        // Held while a path code is opened, so that it is opened once.
        let mut path_codes = self.inner.path_codes.lock().await;
        if let Some(database) = path_codes.get(path_code) {
            return Ok(database.clone());
        }
        let label = format!("path code {}", path_code.as_str());
        let own = path_code.schema();
        let database = match &self.inner.backend {
            Backend::Sqlite { folder } => sqlite_database(&label, &path_code_file(folder, path_code), SPEC_PAGE_BYTES),
            Backend::Postgres { schema, .. } if *schema == own => {
                let reason = "the control tables have a schema of that name";
                return Err(StoreError::Name { what: "path code", name: path_code.as_str().to_string(), reason });
            }
            Backend::Postgres { options, .. } => postgres_database(&label, options, &own),
        };
        schema::make(&database, own.as_str(), &[Place::PathCode, Place::Spec]).await?;
        path_codes.insert(path_code.clone(), database.clone());
        Ok(database)
    }

    fn backend(&self) -> &Backend {
        &self.inner.backend
    }
}

impl Backend {
    /// The schema of the control tables; SQLite has no use for it.
    fn control_schema(&self) -> &str {
        match self {
            Backend::Sqlite { .. } => "main",
            Backend::Postgres { schema, .. } => schema.as_str(),
        }
    }
}

fn sqlite_database(label: &str, file: &Path, page_bytes: u32) -> Database {
    Database::new(label, Pools::Sqlite { writer: sqlite::writer(file, page_bytes), readers: sqlite::readers(file) })
}

fn postgres_database(label: &str, options: &PgConnectOptions, schema: &Schema) -> Database {
    Database::new(label, Pools::Postgres(postgres::pool(options, schema)))
}

fn path_code_file(folder: &Path, path_code: &PathCode) -> PathBuf {
    folder.join(format!("{}.db", path_code.as_str()))
}
