//! A step: data with a function. What it may see is its context, and nothing else.

use crate::failure::Failure;
use crate::host::{Cache, Goods, Host, Tables};
use crate::outcome::{Change, Outcome};
use crate::plan::{Facts, PlannedServer};
use crate::release::Releases;
use serde::{Deserialize, Serialize};

/// One unit of work on one server. It may run again at any moment: it compares, then acts; each attempt works in a folder of its own and
/// moves results into place by rename.
#[derive(Debug)]
pub struct Step {
    /// The one name: of the file, in plans, in logs and in the API.
    pub name: &'static str,
    /// What it does, in words for a person.
    pub title: &'static str,
    pub releases: Releases,
    /// After this many seconds an attempt counts as failed.
    pub timeout_seconds: u32,
    /// Why the step has nothing to do, where the plan's facts alone tell.
    pub skip: fn(&Facts) -> Option<&'static str>,
    pub run: fn(&mut Context<'_>) -> Result<Outcome, Failure>,
}

/// `Step::skip` of a step that always has something to do.
pub fn never(_: &Facts) -> Option<&'static str> {
    None
}

/// Which run a context belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    pub job: i64,
    pub run: usize,
    /// From 1.
    pub attempt: u32,
    /// Of the control that gave the order; a server refuses an older one than it has seen.
    pub epoch: i64,
    pub step: String,
    pub package: String,
    pub path_code: String,
    pub server: PlannedServer,
    /// The primary enterprise server.
    pub primary: String,
    /// The deployment server.
    pub deployment: String,
    /// All build servers of the plan; none in a deployment, which may have thousands.
    pub servers: Vec<PlannedServer>,
    pub facts: Facts,
}

/// What a step sees.
pub struct Context<'a> {
    pub order: &'a Order,
    pub host: &'a dyn Host,
    pub goods: &'a dyn Goods,
    pub cache: &'a dyn Cache,
    /// Only on the primary enterprise server and the deployment server.
    pub tables: Option<&'a dyn Tables>,
    /// What control shall write when this attempt ends, also where it ends in a failure.
    pub changes: Vec<Change>,
}

impl<'a> Context<'a> {
    /// The central objects. Recipes give steps that ask for them only to servers that have them.
    pub fn tables(&self) -> &'a dyn Tables {
        self.tables.expect("recipes place repository and spec steps on the primary and the deployment server only")
    }
}
