//! The rows that a check-in writes for an object: Object Librarian, repository, data dictionary and specs. A spec row carries its own types
//! and texts, resolved from the dictionary when the object is checked in, so that a package's rows suffice without it.
//!
//! It does not know a database: rows are values in the order of the catalogue's columns.

use crate::context::{Context, Unresolved};
use crate::object::{Content, Object};
use engine::tables::{self, Kind, Table};
use engine::value::{Row, Value};

mod librarian;
mod spec;

pub use librarian::{Stamp, librarian_rows};

/// Rows by table, in the order in which the tables were first written to.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    pub tables: Vec<(&'static Table, Vec<Row>)>,
}

impl Rows {
    /// The rows of one table; none where it got none.
    pub fn of(&self, table: &str) -> &[Row] {
        self.tables.iter().find(|(known, _)| known.name == table).map_or(&[], |(_, rows)| rows)
    }

    /// Adds a row of the named fields; the others are blank or 0, as in the ERP's own tables. Naming a table or column that the
    /// catalogue lacks is a bug of ours.
    fn add<const N: usize>(&mut self, table: &str, fields: [(&str, Value); N]) {
        let table = tables::named(table).unwrap_or_else(|| panic!("the catalogue has no table {table}"));
        let blank = |kind| match kind {
            Kind::Text => Value::Text(String::new()),
            Kind::Integer => Value::Integer(0),
            Kind::Blob => Value::Blob(Vec::new()),
        };
        let mut row: Row = table.columns.iter().map(|column| blank(column.kind)).collect();
        for (column, value) in fields {
            row[table.position(column)] = value;
        }
        match self.tables.iter_mut().find(|(known, _)| known.name == table.name) {
            Some((_, rows)) => rows.push(row),
            None => self.tables.push((table, vec![row])),
        }
    }
}

/// All rows that follow from what the object says: functions, relations and forms (F9862, F9863, F9865), its spec tables, and the
/// dictionary (F9200, F9210). They replace every earlier row of the object in those tables.
pub fn rows(object: &Object, context: &Context) -> Result<Rows, Unresolved> {
    let mut rows = Rows::default();
    match &object.content {
        Content::Bsfn(functions) => {
            librarian::functions(&mut rows, object, functions);
            spec::functions(&mut rows, object, functions);
        }
        Content::Dstr(members) => spec::data_structure(&mut rows, object, members, context)?,
        Content::Gt(members) => spec::media_object(&mut rows, object, members, context)?,
        Content::Tble(table) => spec::table(&mut rows, object, table, context)?,
        Content::Bsvw(view) => {
            librarian::view(&mut rows, object, view);
            spec::view(&mut rows, object, view, context)?;
        }
        Content::Appl(application) => {
            librarian::forms(&mut rows, object, application);
            spec::application(&mut rows, object, application, context)?;
        }
        Content::Ube(report) => spec::report(&mut rows, object, report),
        Content::Dd(dictionary) => librarian::dictionary(&mut rows, object, dictionary),
        Content::Sbf(_) => {}
    }
    Ok(rows)
}
