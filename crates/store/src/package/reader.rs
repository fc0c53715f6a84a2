//! Reads the tables of a finished package. It cannot write, and does not know which generation the package serves.

use engine::value::{Row, Value};
use sqlx::SqlitePool;

use super::{postgres, sqlite};
use crate::backend::Backend;
use crate::borrowed::Borrowed;
use crate::central::CentralObjects;
use crate::database::Database;
use crate::error::{Attempted, StoreError};
use crate::name::{PackageName, PathCode};
use crate::rows;
use crate::statement::{expand, shown};

/// A handle; clones share the connections.
#[derive(Clone)]
pub struct PackageReader {
    package: PackageName,
    place: Place,
}

#[derive(Clone)]
enum Place {
    Sqlite(SqlitePool),
    Postgres(Database),
}

impl PackageReader {
    pub(crate) async fn open(
        central: &CentralObjects,
        path_code: &PathCode,
        package: &PackageName,
    ) -> Result<Option<PackageReader>, StoreError> {
        let database = central.open_path_code(path_code).await?;
        let row = database.query("select 1 from PW_PACKAGE where PACKAGE = $1", &[package.as_str().into()]).await?;
        if row.is_empty() {
            return Ok(None);
        }
        let place = match central.backend() {
            Backend::Sqlite { folder } => {
                let opened = crate::sqlite::readers_of_finished(&sqlite::package_file(folder, path_code, package)).await;
                Place::Sqlite(opened.attempted(|| format!("open package {} of path code {}", package.as_str(), path_code.as_str()))?)
            }
            Backend::Postgres { .. } => Place::Postgres(database),
        };
        Ok(Some(PackageReader { package: package.clone(), place }))
    }

    /// Runs a statement that only reads. It names the package's tables in braces: `select … from {F98743} where OBNM = $1`.
    pub async fn query(&self, sql: &str, arguments: &[Value]) -> Result<Vec<Row>, StoreError> {
        let name = |table: &engine::tables::Table| match &self.place {
            Place::Sqlite(_) => table.name.to_string(),
            Place::Postgres(_) => postgres::table_name(table, &self.package.suffix()),
        };
        let text = expand(sql, name).map_err(|reason| StoreError::Placeholder { package: self.package.as_str().to_string(), reason })?;
        match &self.place {
            Place::Postgres(database) => database.query(&text, arguments).await,
            Place::Sqlite(readers) => {
                rows::check_arguments(arguments)?;
                let attempted = || format!("run {} on package {}", shown(sql), self.package.as_str());
                let mut borrowed = Borrowed::from(readers.acquire().await.attempted(attempted)?);
                let rows = borrowed.disturb().query(&text, arguments).await.attempted(attempted)?;
                borrowed.settle();
                Ok(rows)
            }
        }
    }
}
