//! Where a store keeps what: files below a folder, or schemas of a PostgreSQL database. It opens connections, and does not know which
//! tables stand there.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sqlx::postgres::PgConnectOptions;

use crate::address::Address;
use crate::connections::{Connections, Purpose};
use crate::database::{Database, Pools};
use crate::error::StoreError;
use crate::name::{PathCode, Schema};
use crate::sqlite;

/// The file of the control tables. The hyphen keeps it apart from every path code's.
const CONTROL_FILE: &str = "control-tables.db";

/// Pages of the control tables: SQLite writes whole ones, and a change of state is short.
const CONTROL_PAGE_BYTES: u32 = 4096;

/// Pages of path codes and packages, whose rows are long.
pub(crate) const SPEC_PAGE_BYTES: u32 = 8192;

#[derive(Clone)]
pub(crate) enum Backend {
    Sqlite {
        folder: PathBuf,
    },
    Postgres {
        options: Box<PgConnectOptions>,
        /// The schema of the control tables.
        schema: Schema,
        /// Those of the whole process, where the address limits them.
        connections: Option<Arc<Connections>>,
    },
}

impl Backend {
    pub(crate) fn at(url: &str, password: Option<&str>) -> Result<Backend, StoreError> {
        Ok(match Address::parse(url, password)? {
            Address::Sqlite { folder } => Backend::Sqlite { folder },
            Address::Postgres { options, schema, connections } => {
                let connections = connections.map(|count| Connections::of_the_process(&options, count));
                Backend::Postgres { options, schema, connections }
            }
        })
    }

    /// The schema of the control tables; SQLite has no use for it.
    pub(crate) fn control_schema(&self) -> Schema {
        match self {
            Backend::Sqlite { .. } => Schema::of_a_file(),
            Backend::Postgres { schema, .. } => schema.clone(),
        }
    }

    pub(crate) fn control(&self) -> Database {
        let label = "the control tables";
        match self {
            Backend::Sqlite { folder } => sqlite_database(label, &control_file(folder), CONTROL_PAGE_BYTES),
            Backend::Postgres { options, schema, connections } => {
                postgres_database(label, options, connections.as_ref(), schema, Purpose::Control)
            }
        }
    }

    pub(crate) fn path_code(&self, path_code: &PathCode) -> Result<Database, StoreError> {
        let label = format!("path code {}", path_code.as_str());
        let own = path_code.schema();
        match self {
            Backend::Sqlite { folder } => Ok(sqlite_database(&label, &path_code_file(folder, path_code), SPEC_PAGE_BYTES)),
            Backend::Postgres { schema, .. } if *schema == own => {
                let reason = "the control tables have a schema of that name";
                Err(StoreError::Name { what: "path code", name: path_code.as_str().to_string(), reason })
            }
            Backend::Postgres { options, connections, .. } => {
                Ok(postgres_database(&label, options, connections.as_ref(), &own, Purpose::PathCode))
            }
        }
    }
}

pub(crate) fn control_file(folder: &Path) -> PathBuf {
    folder.join(CONTROL_FILE)
}

pub(crate) fn path_code_file(folder: &Path, path_code: &PathCode) -> PathBuf {
    folder.join(format!("{}.db", path_code.as_str()))
}

fn sqlite_database(label: &str, file: &Path, page_bytes: u32) -> Database {
    Database::new(label, Pools::Sqlite { writer: sqlite::writer(file, page_bytes), readers: sqlite::readers(file) })
}

fn postgres_database(
    label: &str,
    options: &PgConnectOptions,
    shared: Option<&Arc<Connections>>,
    schema: &Schema,
    purpose: Purpose,
) -> Database {
    let connections = shared.cloned().unwrap_or_else(|| Connections::of_a_schema(options));
    Database::new(label, Pools::Postgres { connections, schema: schema.clone(), purpose })
}
