//! What a step answers: an outcome with a reason, and the changes to control tables that control applies for it.

use serde::{Deserialize, Serialize};

/// How a step ended that did not fail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome", content = "why")]
pub enum Outcome {
    Done,
    Warned(String),
    Skipped(String),
}

/// How one object of a package was built on one server (F96225).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ObjectStatus {
    NotBuilt,
    Error,
    Success,
}

impl ObjectStatus {
    /// The word as F96225.BDSTATUS has it.
    pub fn word(self) -> &'static str {
        match self {
            ObjectStatus::NotBuilt => "NOT BUILT",
            ObjectStatus::Error => "ERROR",
            ObjectStatus::Success => "SUCCESS",
        }
    }
}

/// An object that a package takes, with the par it takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedObject {
    pub object: String,
    pub kind: String,
    pub par_hash: String,
}

/// A change to control tables. A step returns them; control applies them in the transaction that stores the run's outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// F96225: the objects of the package, each with the par that the build takes.
    ObjectsListed(Vec<ListedObject>),
    /// F96225: how these objects, each with its kind, were built on the run's server.
    ObjectsBuilt { objects: Vec<(String, String)>, status: ObjectStatus },
    /// F9651.MDMCHRCDNM of the run's server.
    DeploymentState(String),
    /// F96511: the run's server now points at the package.
    PackageDeployed,
    /// Content under a name that other servers look for.
    GoodsNamed { name: String, hash: String },
    /// Watchers learn that the run's server changed its package.
    PackageChangeBroadcast,
}
