//! What the tables say of packages: their headers, builds, contents, and how two differ.

use super::changes::status;
use engine::failure::{self, Failure};
use engine::value::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::{Store, StoreError};
use utoipa::ToSchema;

/// A package's header with its build per server.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Package {
    pub name: String,
    pub path_code: String,
    /// FULL or UPDATE
    pub kind: String,
    /// F9603.PHSTATUS
    pub status: String,
    /// The same in words.
    pub state: String,
    pub deployed_once: bool,
    pub servers: Vec<ServerBuild>,
}

/// F96021: one server's part of the build.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ServerBuild {
    pub server: String,
    pub status: String,
    /// The step that runs, or ran last.
    pub step: String,
}

/// One object of a package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PackagedObject {
    pub object: String,
    pub kind: String,
    /// Hash of the par it was built from.
    pub par: String,
    /// Spec rows.
    pub rows: i64,
}

/// How the objects of two packages differ.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PackageDifference {
    pub added: Vec<PackagedObject>,
    pub removed: Vec<PackagedObject>,
    pub changed: Vec<PackagedObject>,
    pub equal: usize,
}

pub fn unknown(package: &str) -> Failure {
    Failure::new(&failure::UNKNOWN_NAME, format!("there is no package {package}")).hint("see `packwright package list`")
}

/// All packages, or the one named.
pub async fn list(store: &Store, package: Option<&str>) -> Result<Vec<Package>, StoreError> {
    let sql =
        "SELECT PHJDEPKGNM, PHPATHCD, PHPKGTYPE, PHSTATUS, PHDEPLOYED FROM F9603 WHERE PHJDEPKGNM = $1 OR $1 = '' ORDER BY PHJDEPKGNM";
    let headers = store.control().query(sql, &[Value::from(package.unwrap_or(""))]).await?;
    let mut builds: BTreeMap<String, Vec<ServerBuild>> = BTreeMap::new();
    for row in store.control().query("SELECT BHJDEPKGNM, BHMKEY, BHBLDSTS, BHSTEP FROM F96021 ORDER BY BHMKEY", &[]).await? {
        let build = ServerBuild { server: row[1].text().into(), status: status::word(row[2].text()).into(), step: row[3].text().into() };
        builds.entry(row[0].text().into()).or_default().push(build);
    }
    let package = |row: &Vec<Value>| Package {
        name: row[0].text().into(),
        path_code: row[1].text().into(),
        kind: row[2].text().into(),
        status: row[3].text().into(),
        state: status::word(row[3].text()).into(),
        deployed_once: row[4].integer() == 1,
        servers: builds.get(row[0].text()).cloned().unwrap_or_default(),
    };
    Ok(headers.iter().map(package).collect())
}

/// The objects of a built package as its manifest has them; of one that is not built, as F96225 lists them.
pub async fn contents(store: &Store, package: &Package) -> Result<Vec<PackagedObject>, StoreError> {
    let rows = match store.package(&package.path_code, &package.name).await? {
        Some(reader) => reader.query("SELECT OBNM, OBTYPE, PARHASH, ROWCNT FROM {F98770} WHERE OBNM <> '' ORDER BY OBNM", &[]).await?,
        None => {
            let sql = "SELECT BDOBNM, BDFUNO, BDPARHASH, 0 FROM F96225 WHERE BDJDEPKGNM = $1 AND BDPARHASH <> '' ORDER BY BDOBNM";
            store.control().query(sql, &[Value::from(&package.name)]).await?
        }
    };
    let object = |row: &Vec<Value>| PackagedObject {
        object: row[0].text().into(),
        kind: row[1].text().into(),
        par: row[2].text().into(),
        rows: row[3].integer(),
    };
    let mut objects: Vec<PackagedObject> = rows.iter().map(object).collect();
    objects.dedup_by(|a, b| a.object == b.object);
    Ok(objects)
}

/// What `new` has that `old` has not, has not, or has otherwise.
pub fn difference(old: Vec<PackagedObject>, new: Vec<PackagedObject>) -> PackageDifference {
    let mut old: BTreeMap<String, PackagedObject> = old.into_iter().map(|object| (object.object.clone(), object)).collect();
    let mut difference = PackageDifference::default();
    for object in new {
        match old.remove(&object.object) {
            None => difference.added.push(object),
            Some(before) if before.par == object.par => difference.equal += 1,
            Some(_) => difference.changed.push(object),
        }
    }
    difference.removed = old.into_values().collect();
    difference
}
