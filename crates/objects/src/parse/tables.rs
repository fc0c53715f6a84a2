//! Reads tables and business views.
//!
//! It does not know whether the data items and tables they name exist.

use super::Once;
use crate::names::{self, table_column};
use crate::object::{Index, Join, Mention, TableColumn, TableText, View, column_member};
use crate::sheet::Part;

pub(super) fn read_table(root: &Part<'_>) -> TableText {
    root.allow(&["object", "table", "column", "index"]);
    let prefix = root.part("table", &["prefix"]).map(|part| part.text("prefix", &names::COLUMN_PREFIX)).unwrap_or_default();
    let mut once = Once::new("column");
    let column = |part: &Part<'_>| {
        let column = Mention { line: part.line, name: part.text("item", &names::ALIAS) };
        once.see(part, part.line, &column.name);
        let member = column_member(&prefix, &column.name);
        if !column.name.is_empty() && !prefix.is_empty() && !names::is_c_name(&member) {
            let hint = "choose another column prefix";
            part.complain(
                part.line,
                format!("column {} is named {member} in C, and that is a word of the language", column.name),
                Some(hint.into()),
            );
        }
        column
    };
    let columns: Vec<Mention> = root.parts("column", &["item"]).iter().map(column).collect();
    if columns.is_empty() {
        root.complain(root.line, "has no [[column]]", Some("a table has at least one column".into()));
    }
    TableText { prefix, indexes: read_indexes(root, &columns), columns }
}

fn read_indexes(root: &Part<'_>, columns: &[Mention]) -> Vec<Index> {
    let parts = root.parts("index", &["name", "unique", "columns"]);
    if parts.is_empty() {
        root.complain(
            root.line,
            "has no [[index]]",
            Some("a table has at least one index; the first is the primary one and unique".into()),
        );
    }
    let mut macros = Once::new("the index macro");
    let mut indexes = Vec::new();
    for (position, part) in parts.iter().enumerate() {
        let index = Index {
            line: part.line,
            name: part.text("name", &names::TEXT_60),
            unique: part.flag("unique"),
            columns: part.texts("columns", &names::ALIAS).into_iter().map(|(line, name)| Mention { line, name }).collect(),
        };
        // Sources name an index by this macro, so two indexes must not share one.
        macros.see(part, part.line, &index.macro_name());
        if position == 0 && !index.unique {
            part.complain(part.line, "the first index is the primary one and must be unique", Some("add unique = true".into()));
        }
        let mut once = Once::new("column");
        for column in &index.columns {
            once.see(part, column.line, &column.name);
            if !columns.iter().any(|known| known.name == column.name) {
                part.complain(column.line, format!("index column {} is no column of the table", column.name), None);
            }
        }
        indexes.push(index);
    }
    indexes
}

pub(super) fn read_view(root: &Part<'_>) -> View {
    root.allow(&["object", "view", "column", "join"]);
    let tables = root.part("view", &["tables"]).map(|part| part.texts("tables", &names::OBJECT)).unwrap_or_default();
    let tables: Vec<Mention> = tables.into_iter().map(|(line, name)| Mention { line, name }).collect();
    let mut once = Once::new("table");
    for table in &tables {
        once.see(root, table.line, &table.name);
    }
    let of_view = |part: &Part<'_>, table: &str| {
        if !table.is_empty() && !tables.iter().any(|known| known.name == table) {
            part.complain(part.line, format!("{table} is not among the tables of the view"), Some("add it to tables of [view]".into()));
        }
    };
    let joins: Vec<Join> = root
        .parts("join", &["left", "right", "kind"])
        .iter()
        .map(|part| {
            let side = |key: &str| {
                let text = part.text(key, &names::TABLE_COLUMN);
                let (table, item) = table_column(&text).unwrap_or_default();
                of_view(part, table);
                TableColumn { line: part.line_of(key), table: table.to_string(), item: item.to_string() }
            };
            Join { line: part.line, left: side("left"), right: side("right"), kind: part.word("kind") }
        })
        .collect();
    for table in tables.iter().skip(1) {
        if !joins.iter().any(|join| join.left.table == table.name || join.right.table == table.name) {
            root.complain(
                table.line,
                format!("table {} is not joined to another", table.name),
                Some("add a [[join]] with one of its columns".into()),
            );
        }
    }
    let mut once = Once::new("column");
    let column = |part: &Part<'_>| {
        let column = TableColumn { line: part.line, table: part.text("table", &names::OBJECT), item: part.text("item", &names::ALIAS) };
        of_view(part, &column.table);
        once.see(part, part.line, &format!("{}.{}", column.table, column.item));
        column
    };
    let columns: Vec<TableColumn> = root.parts("column", &["table", "item"]).iter().map(column).collect();
    if columns.is_empty() {
        root.complain(root.line, "has no [[column]]", Some("a view has at least one column".into()));
    }
    View { tables, joins, columns }
}
