//! The central objects as steps on the primary and the deployment server see them: blocking, and for the path code and package of their plan alone.

use super::{Agent, question};
use crate::control::protocol::Asked;
use engine::failure::{self, Failure};
use engine::host::{PackageTables, Tables};
use engine::step::Order;
use engine::tables::Table;
use engine::value::{Row, Value};
use std::future::Future;
use store::{CentralObjects, PackageWriter, StoreError};
use tokio::runtime::Handle;

pub struct AgentTables<'a> {
    pub agent: &'a Agent,
    pub central: &'a CentralObjects,
    pub order: &'a Order,
}

/// What the database could not do, as a failure that another attempt may mend.
pub fn failed(error: StoreError) -> Failure {
    let (code, otherwise) = match error {
        StoreError::SchemaNewer { .. } => (&failure::FORMAT_TOO_NEW, "run the version that wrote it, or a newer one"),
        StoreError::SchemaOlder { .. } => {
            (&failure::MIGRATION_NEEDED, "see what `packwright migrate --dry-run` would do, make a backup, and run `packwright migrate`")
        }
        _ => (&failure::DATABASE_FAILED, "see that the database runs and has room; the job goes on when it answers"),
    };
    // The store says what may be done in a line of its own.
    let text = error.in_full();
    let (message, hint) = text.split_once("\nhint: ").unwrap_or((&text, otherwise));
    Failure::new(code, message).hint(hint)
}

impl AgentTables<'_> {
    fn wait<T>(&self, work: impl Future<Output = Result<T, StoreError>>) -> Result<T, Failure> {
        self.agent.runtime.block_on(work).map_err(failed)
    }
}

impl Tables for AgentTables<'_> {
    fn package_objects(&self) -> Result<Vec<(String, String)>, Failure> {
        let asked = Asked::PackageObjects { package: self.order.package.clone(), primary: self.order.primary.clone() };
        self.agent.runtime.block_on(question::ask(self.agent, &asked))
    }

    fn path_code(&self, sql: &str, arguments: &[Value]) -> Result<Vec<Row>, Failure> {
        self.wait(async { self.central.path_code(&self.order.path_code).await?.query(sql, arguments).await })
    }

    fn package_built(&self) -> Result<bool, Failure> {
        Ok(self.wait(self.central.package(&self.order.path_code, &self.order.package))?.is_some())
    }

    fn remove_package(&self) -> Result<(), Failure> {
        self.wait(self.central.remove_package(&self.order.path_code, &self.order.package))
    }

    fn create_serialized_object_tables(&self) -> Result<(), Failure> {
        self.wait(self.central.create_serialized_object_tables(&self.order.path_code, &self.order.package))
    }

    fn begin_package(&self) -> Result<Box<dyn PackageTables + '_>, Failure> {
        let writer = self.wait(self.central.begin_package(&self.order.path_code, &self.order.package))?;
        Ok(Box::new(Writer { writer, runtime: &self.agent.runtime }))
    }
}

struct Writer<'a> {
    writer: PackageWriter,
    runtime: &'a Handle,
}

impl PackageTables for Writer<'_> {
    fn copy_all(&mut self, progress: &(dyn Fn(&'static str, u64) + Send + Sync)) -> Result<Vec<(String, String)>, Failure> {
        self.runtime.block_on(self.writer.copy_all(progress)).map_err(failed)
    }

    fn replace_object(&mut self, object: &str, rows: &[(&'static Table, Vec<Row>)]) -> Result<(), Failure> {
        self.runtime.block_on(self.writer.replace_object(object, rows)).map_err(failed)
    }

    fn remove_objects(&mut self, objects: &[String]) -> Result<(), Failure> {
        self.runtime.block_on(self.writer.remove_objects(objects)).map_err(failed)
    }

    fn row_counts(&mut self) -> Result<Vec<(String, i64)>, Failure> {
        self.runtime.block_on(self.writer.row_counts()).map_err(failed)
    }

    fn insert(&mut self, table: &'static Table, rows: &[Row]) -> Result<(), Failure> {
        self.runtime.block_on(self.writer.insert(table, rows)).map_err(failed)
    }

    fn finish(self: Box<Self>) -> Result<(), Failure> {
        let built = jiff::Timestamp::now().as_millisecond();
        self.runtime.block_on(self.writer.finish(built)).map_err(failed)
    }
}
