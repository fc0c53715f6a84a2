//! The central objects: path codes and packages, without the control tables. It is what the primary enterprise server and the
//! deployment server open with a credential of their own, and what the store itself reaches them by.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::Mutex;

use crate::backend::Backend;
use crate::database::Database;
use crate::error::{Attempted, StoreError};
use crate::name::{PackageName, PathCode};
use crate::package::{self, PackageReader, PackageWriter};
use crate::schema;

/// A handle; clones share everything.
#[derive(Clone)]
pub struct CentralObjects {
    inner: Arc<Inner>,
}

struct Inner {
    backend: Backend,
    /// Whether a path code's tables are made where they are missing; else they must stand.
    makes: bool,
    path_codes: Mutex<HashMap<PathCode, Database>>,
}

impl CentralObjects {
    /// Opens the central objects of the store at that address with a credential that need not see the control tables. It makes no
    /// tables: control has made them, and a path code is looked at when it is opened. `schema=NAME` in the address is of no
    /// consequence here.
    pub async fn open(url: &str) -> Result<CentralObjects, StoreError> {
        CentralObjects::open_with(url, None).await
    }

    /// As `open`, with a password that does not stand in the address.
    pub async fn open_with(url: &str, password: Option<&str>) -> Result<CentralObjects, StoreError> {
        let backend = Backend::at(url, password)?;
        match &backend {
            Backend::Sqlite { folder } => {
                std::fs::metadata(folder).attempted(|| format!("open the store in {}", folder.display()))?;
            }
            // Nothing is asked of the control tables: that the credential is taken is all there is to know.
            Backend::Postgres { .. } => {
                backend.control().query("select 1", &[]).await?;
            }
        }
        Ok(CentralObjects::new(backend, false))
    }

    pub(crate) fn new(backend: Backend, makes: bool) -> CentralObjects {
        CentralObjects { inner: Arc::new(Inner { backend, makes, path_codes: Mutex::default() }) }
    }

    /// The tables of a path code. Whether the enterprise has such a path code (F00942) is the caller's question.
    pub async fn path_code(&self, path_code: &str) -> Result<Database, StoreError> {
        self.open_path_code(&PathCode::parse(path_code)?).await
    }

    /// Begins to write the tables of a package. What dead attempts left behind is removed; an attempt that still lives is left alone.
    pub async fn begin_package(&self, path_code: &str, package: &str) -> Result<PackageWriter, StoreError> {
        PackageWriter::begin(self, PathCode::parse(path_code)?, PackageName::parse(package)?).await
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

    pub(crate) async fn open_path_code(&self, path_code: &PathCode) -> Result<Database, StoreError> {
        // Held while a path code is opened, so that it is opened once.
        let mut path_codes = self.inner.path_codes.lock().await;
        if let Some(database) = path_codes.get(path_code) {
            return Ok(database.clone());
        }
        let database = self.inner.backend.path_code(path_code)?;
        if self.inner.makes {
            schema::make_path_code(&database, &path_code.schema(), &self.inner.backend.control_schema()).await?;
        } else {
            self.see_file(path_code)?;
            schema::check_path_code(&database, &path_code.schema()).await?;
        }
        path_codes.insert(path_code.clone(), database.clone());
        Ok(database)
    }

    /// Whoever reads a file of SQLite that is not there would hear of an unable driver only.
    fn see_file(&self, path_code: &PathCode) -> Result<(), StoreError> {
        match &self.inner.backend {
            Backend::Sqlite { folder } if !crate::backend::path_code_file(folder, path_code).exists() => {
                let database = format!("path code {}", path_code.as_str());
                Err(StoreError::SchemaDiffers { database, difference: "its file is missing".to_string() })
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn backend(&self) -> &Backend {
        &self.inner.backend
    }
}
