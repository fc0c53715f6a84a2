//! What an object's rows and headers take from outside the object: the types of data items and the shapes of tables.
//!
//! It does not know where they are kept.

use crate::dictionary::Item;
use std::collections::BTreeMap;

/// Filled by the caller with at least what the objects at hand name; `validation::Known::context` does that for a check-in.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// By alias.
    pub items: BTreeMap<String, Item>,
    /// By table.
    pub tables: BTreeMap<String, TableShape>,
}

/// What others need to know of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableShape {
    pub prefix: String,
    /// Data items, in order.
    pub columns: Vec<String>,
}

/// An object names something that the context lacks. Validation finds this first, with its line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unresolved {
    #[error("data item {alias}, which {object} uses, is not in the data dictionary")]
    Item { object: String, alias: String },
    #[error("table {table}, which {object} uses, is not known")]
    Table { object: String, table: String },
}

impl Context {
    pub(crate) fn item(&self, object: &str, alias: &str) -> Result<&Item, Unresolved> {
        self.items.get(alias).ok_or_else(|| Unresolved::Item { object: object.to_string(), alias: alias.to_string() })
    }

    pub(crate) fn table(&self, object: &str, table: &str) -> Result<&TableShape, Unresolved> {
        self.tables.get(table).ok_or_else(|| Unresolved::Table { object: object.to_string(), table: table.to_string() })
    }
}
