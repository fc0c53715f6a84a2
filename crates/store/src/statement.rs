//! The text of statements that are put together at run time, and the one place where such a text is declared fit to run. What
//! goes into one: names from the table catalogue, names that `name.rs` has checked, numbers, and what the callers of
//! `Database::query` wrote themselves. Values never: they travel as arguments.
#![expect(clippy::disallowed_types, reason = "this is the module that may do it")]

use std::borrow::Cow;

use engine::tables::{self, Column, Kind, Place, Table};
use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use crate::name::Schema;

/// Which database a text is for; most texts are the same for both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

/// Keys that callers look rows up by and that are not the beginning of the primary key. None on spec tables: their copies must
/// have the same indexes for SQLite to copy whole records, and packages are read by object.
const INDEXES: &[(&str, &str)] = &[("F9862", "SIOBNM"), ("F9865", "SWOBNM"), ("F9200", "FROBNM"), ("F986110", "JCEXEHOST")];

pub(crate) fn statement(text: impl Into<String>) -> SqlStr {
    AssertSqlSafe(text.into()).into_sql_str()
}

/// `$first, $first+1, …`: `count` placeholders for a list, as in `where OBNM in (…)`.
pub fn placeholders(first: usize, count: usize) -> String {
    let mut text = String::with_capacity(count * 6);
    for position in first..first + count {
        if position > first {
            text.push_str(", ");
        }
        text.push('$');
        text.push_str(&position.to_string());
    }
    text
}

/// The table under the name `target`, with its primary key.
pub(crate) fn create_table(dialect: Dialect, target: &str, table: &Table) -> String {
    let columns: Vec<String> = table.columns.iter().map(|column| format!("{} {}", column.name, kind(dialect, column))).collect();
    let options = match dialect {
        Dialect::Postgres => "",
        Dialect::Sqlite if lives_in_its_key(table) => " strict, without rowid",
        Dialect::Sqlite => " strict",
    };
    format!("create table {target} ({}, primary key ({})){options}", columns.join(", "), table.key.join(", "))
}

/// The indexes of the table under the name `target` beside its primary key, as name and text.
pub(crate) fn create_indexes(target: &str, table: &Table) -> impl Iterator<Item = (String, String)> {
    INDEXES.iter().filter(|(name, _)| *name == table.name).map(move |(table, column)| {
        let name = format!("{table}_{column}").to_lowercase();
        let text = format!("create index {name} on {target} ({column})");
        (name, text)
    })
}

fn kind(dialect: Dialect, column: &Column) -> &'static str {
    match (dialect, column.kind) {
        (Dialect::Sqlite, Kind::Text) => "text not null",
        (Dialect::Sqlite, Kind::Integer) => "integer not null",
        (Dialect::Sqlite, Kind::Blob) => "blob not null",
        // Byte order, as SQLite sorts, and the fastest comparison.
        (Dialect::Postgres, Kind::Text) => "text collate \"C\" not null",
        (Dialect::Postgres, Kind::Integer) => "bigint not null",
        (Dialect::Postgres, Kind::Blob) => "bytea not null",
    }
}

/// Whether SQLite keeps the rows in the tree of the primary key instead of a second one. That pays for short rows. Rows of spec
/// tables, pars and plans are long: measured, they copy and read faster from a table of their own.
fn lives_in_its_key(table: &Table) -> bool {
    matches!(table.place, Place::Control | Place::PathCode)
        && table.name != "PW_JOB"
        && table.columns.iter().all(|column| column.kind != Kind::Blob)
}

/// The time of the database in a statement, milliseconds since 1970. On PostgreSQL the time of the statement, not the one at which
/// its transaction began.
pub(crate) fn now_ms(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => "cast(unixepoch('subsec') * 1000 as integer)",
        Dialect::Postgres => "cast(floor(extract(epoch from clock_timestamp()) * 1000) as bigint)",
    }
}

/// A table's name with its schema, for whoever reads or runs the statement elsewhere; a file of SQLite has none.
pub(crate) fn qualified(dialect: Dialect, schema: &Schema, table: &str) -> String {
    match dialect {
        Dialect::Sqlite => table.to_string(),
        Dialect::Postgres => format!("\"{}\".{table}", schema.as_str()),
    }
}

/// A name of the database's own as a statement takes it, whatever it holds.
pub(crate) fn quoted_name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text that must stand in a statement because its kind takes no arguments: a definition, or a statement that is shown.
pub(crate) fn quoted_text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Inserts `rows` rows into the table under the name `target`.
pub(crate) fn insert(target: &str, table: &Table, rows: usize) -> String {
    let width = table.columns.len();
    let values: Vec<String> = (0..rows).map(|row| format!("({})", placeholders(row * width + 1, width))).collect();
    format!("insert into {target} ({}) values {}", column_list(table), values.join(", "))
}

/// As `insert`; a row whose key is there takes the new values.
pub(crate) fn upsert(target: &str, table: &Table, rows: usize) -> String {
    let changes: Vec<String> = table
        .columns
        .iter()
        .filter(|column| !table.key.contains(&column.name))
        .map(|column| format!("{0} = excluded.{0}", column.name))
        .collect();
    let action = if changes.is_empty() { "nothing".to_string() } else { format!("update set {}", changes.join(", ")) };
    format!("{} on conflict ({}) do {action}", insert(target, table, rows), table.key.join(", "))
}

/// Opens PostgreSQL's binary bulk load.
pub(crate) fn copy_in(target: &str, table: &Table) -> String {
    format!("copy {target} ({}) from stdin with (format binary)", column_list(table))
}

/// Puts the tables of a package where a text names them in braces: `select … from {F98743}`.
pub(crate) fn expand(text: &str, name: impl Fn(&Table) -> String) -> Result<String, String> {
    let mut expanded = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let after = &rest[open + 1..];
        let close = after.find('}').ok_or("a { is not closed")?;
        let table = tables::named(&after[..close])
            .filter(|table| matches!(table.place, Place::Spec | Place::Package))
            .ok_or_else(|| format!("{{{}}} is no table of a package", after[..close].chars().take(40).collect::<String>()))?;
        expanded.push_str(&rest[..open]);
        expanded.push_str(&name(table));
        rest = &after[close + 1..];
    }
    expanded.push_str(rest);
    Ok(expanded)
}

/// A statement as SQLite takes it fastest. It keeps the names of `$1`, `$2`, … in a list that is searched from its start for every argument, which for
/// thousands of them takes longer than all the rest; a plain `?` has no name. Where the numbers are not simply counted up, the text stays as it is.
pub(crate) fn positional(text: &str) -> Cow<'_, str> {
    let mut plain = String::with_capacity(text.len());
    let (mut quoted, mut expected) = (false, 1);
    let mut rest = text;
    while let Some(at) = rest.find(['$', '\'']) {
        plain.push_str(&rest[..at]);
        let found = &rest[at..];
        if found.starts_with('\'') || quoted {
            quoted ^= found.starts_with('\'');
            plain.push_str(&found[..1]);
            rest = &found[1..];
            continue;
        }
        let digits = found[1..].bytes().take_while(u8::is_ascii_digit).count();
        if found[1..1 + digits].parse() != Ok(expected) {
            return Cow::Borrowed(text);
        }
        expected += 1;
        plain.push('?');
        rest = &found[1 + digits..];
    }
    plain.push_str(rest);
    if expected == 1 { Cow::Borrowed(text) } else { Cow::Owned(plain) }
}

/// As much of a statement as a message needs.
pub(crate) fn shown(text: &str) -> String {
    const SHOWN_MAX: usize = 160;
    match text.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("\"{}…\"", &text[..end]),
        None => format!("\"{text}\""),
    }
}

fn column_list(table: &Table) -> String {
    table.columns.iter().map(|column| column.name).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_that_count_up_become_positional() {
        assert_eq!(positional("select A from T where B = $1 and C in ($2, $3)"), "select A from T where B = ? and C in (?, ?)");
        for stays in ["select $1, $1", "select $2, $1", "select 1", "select '$1'", "select $1 where A = $x"] {
            assert_eq!(positional(stays), stays);
        }
        assert_eq!(positional("select '$7 isn''t', $1"), "select '$7 isn''t', ?");
    }

    fn table(name: &str) -> &'static Table {
        tables::named(name).expect("in the catalogue")
    }

    #[test]
    fn texts() {
        assert_eq!(
            create_table(Dialect::Sqlite, "F98743", table("F98743")),
            "create table F98743 (OBNM text not null, DSTYPE text not null, SPECBLOB text not null, primary key (OBNM)) strict"
        );
        assert_eq!(
            upsert("F98720", table("F98720"), 2),
            "insert into F98720 (OBNM, SPECBLOB) values ($1, $2), ($3, $4) on conflict (OBNM) do update set SPECBLOB = excluded.SPECBLOB"
        );
        assert!(upsert("F9863", table("F9863"), 1).ends_with("do nothing"));
        for (name, column) in INDEXES {
            assert!(table(name).columns.iter().any(|c| c.name == *column), "{name} has no {column}");
        }
    }

    #[test]
    fn braces() {
        let suffixed = |table: &Table| format!("{}_x", table.name);
        assert_eq!(expand("select 1 from {F98743} a, {F98770}", suffixed), Ok("select 1 from F98743_x a, F98770_x".into()));
        assert_eq!(expand("select 1", suffixed), Ok("select 1".into()));
        for bad in ["{F9860}", "{", "{}", "{F98743", "{F98743;drop}"] {
            assert!(expand(bad, suffixed).is_err(), "{bad}");
        }
    }
}
