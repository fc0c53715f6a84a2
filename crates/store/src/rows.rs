//! Looks at rows before they go to a database: their width, kinds and sizes, so that both databases refuse the same ones with the
//! same words; and cuts them into portions that a statement can carry. It does not know the databases.

use std::collections::HashMap;

use engine::tables::{Kind, Table};
use engine::value::{Row, Value};

use crate::error::StoreError;

/// Largest single value: far above any par, far below what either database refuses in its own way.
pub const VALUE_BYTES_MAX: usize = 256 << 20;

/// Most rows of one statement; more gains nothing measurable.
const ROWS_MAX: usize = 500;

/// Most arguments of one statement; SQLite ends at 32,766.
const ARGUMENTS_MAX: usize = 32_000;

/// Most bytes of one statement, unless a single row has more.
const BYTES_MAX: usize = 16 << 20;

/// Refuses rows that do not fit the table.
pub(crate) fn check(table: &Table, rows: &[Row]) -> Result<(), StoreError> {
    for (number, row) in rows.iter().enumerate() {
        let refused = |reason| StoreError::Row { table: table.name, row: number, reason };
        if row.len() != table.columns.len() {
            return Err(refused(format!("it has {} values, the table {} columns", row.len(), table.columns.len())));
        }
        for (value, column) in row.iter().zip(table.columns) {
            let fits = matches!(
                (value, column.kind),
                (Value::Integer(_), Kind::Integer) | (Value::Text(_), Kind::Text) | (Value::Blob(_), Kind::Blob)
            );
            if !fits {
                return Err(refused(format!("{} takes {:?}, not {}", column.name, column.kind, kind(value))));
            }
            check_value(value).map_err(|reason| refused(format!("{}: {reason}", column.name)))?;
        }
    }
    Ok(())
}

/// Refuses arguments that one of the databases could not take.
pub(crate) fn check_arguments(arguments: &[Value]) -> Result<(), StoreError> {
    for (index, value) in arguments.iter().enumerate() {
        check_value(value).map_err(|reason| StoreError::Argument { position: index + 1, reason })?;
    }
    Ok(())
}

fn check_value(value: &Value) -> Result<(), String> {
    if bytes(value) > VALUE_BYTES_MAX {
        return Err(format!("the value has {} bytes, at most {VALUE_BYTES_MAX} are taken", bytes(value)));
    }
    // PostgreSQL has no such text; SQLite would keep it and then cut it in its own functions.
    if value.text().contains('\0') {
        return Err("the text holds a NUL character".to_string());
    }
    Ok(())
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Integer(_) => "an integer",
        Value::Text(_) => "a text",
        Value::Blob(_) => "a blob",
    }
}

/// About how many bytes a value takes on its way.
pub(crate) fn bytes(value: &Value) -> usize {
    match value {
        Value::Null | Value::Integer(_) => 8,
        Value::Text(text) => text.len(),
        Value::Blob(bytes) => bytes.len(),
    }
}

/// The most rows that `portions` puts into one.
pub(crate) fn portion_rows_max(table: &Table) -> usize {
    ROWS_MAX.min(ARGUMENTS_MAX / table.columns.len())
}

/// Cuts rows into slices that one statement can carry, each as long as the limits allow.
pub(crate) fn portions<'r>(table: &Table, rows: &'r [&'r Row]) -> impl Iterator<Item = &'r [&'r Row]> + use<'r> {
    let rows_max = portion_rows_max(table);
    let mut rest = rows;
    std::iter::from_fn(move || {
        let mut size = 0;
        let mut end = 0;
        while end < rest.len().min(rows_max) {
            size += rest[end].iter().map(bytes).sum::<usize>();
            if end > 0 && size > BYTES_MAX {
                break;
            }
            end += 1;
        }
        let (portion, after) = rest.split_at(end);
        rest = after;
        (!portion.is_empty()).then_some(portion)
    })
}

/// The rows of which the key stands for the last time. An upsert of several rows takes each key once on PostgreSQL, and a later
/// row of a list means to replace an earlier one.
pub(crate) fn last_of_each_key<'r>(table: &Table, rows: &'r [Row]) -> Vec<&'r Row> {
    let key: Vec<usize> = table.key.iter().map(|column| table.position(column)).collect();
    let mut places: HashMap<Vec<u8>, usize> = HashMap::with_capacity(rows.len());
    let mut last: Vec<&Row> = Vec::with_capacity(rows.len());
    for row in rows {
        match places.entry(key_bytes(&key, row)) {
            std::collections::hash_map::Entry::Occupied(place) => last[*place.get()] = row,
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(last.len());
                last.push(row);
            }
        }
    }
    last
}

/// The key as bytes: each value after its length, so that no two keys look the same.
fn key_bytes(key: &[usize], row: &Row) -> Vec<u8> {
    let mut text = Vec::new();
    for position in key {
        let number;
        let value: &[u8] = match &row[*position] {
            Value::Null => &[],
            Value::Integer(integer) => {
                number = integer.to_be_bytes();
                &number
            }
            Value::Text(text) => text.as_bytes(),
            Value::Blob(bytes) => bytes,
        };
        text.extend_from_slice(&value.len().to_be_bytes());
        text.extend_from_slice(value);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::tables;

    fn rows(count: i64) -> Vec<Row> {
        (0..count).map(|n| vec![format!("K{n}").into(), "x".into()]).collect()
    }

    #[test]
    fn portions_cover_all_rows_once() {
        let table = tables::named("PW_SETTING").expect("in the catalogue");
        for count in [0, 1, 499, 500, 501, 1700] {
            let rows = rows(count);
            let rows: Vec<&Row> = rows.iter().collect();
            let again: Vec<&Row> = portions(table, &rows).flatten().copied().collect();
            assert_eq!(again, rows);
        }
    }

    #[test]
    fn portions_of_long_rows_are_short() {
        let table = tables::named("PW_SETTING").expect("in the catalogue");
        let long: Vec<Row> = (0..3).map(|n| vec![Value::from(n.to_string()), "x".repeat(BYTES_MAX).into()]).collect();
        let long: Vec<&Row> = long.iter().collect();
        assert_eq!(portions(table, &long).map(<[&Row]>::len).collect::<Vec<_>>(), [1, 1, 1]);
    }

    #[test]
    fn the_last_row_of_a_key_stays() {
        let table = tables::named("PW_SETTING").expect("in the catalogue");
        let rows: Vec<Row> = vec![vec!["a".into(), "1".into()], vec!["b".into(), "2".into()], vec!["a".into(), "3".into()]];
        assert_eq!(last_of_each_key(table, &rows), [&rows[2], &rows[1]]);
    }
}
