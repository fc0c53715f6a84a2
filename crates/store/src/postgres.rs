//! PostgreSQL: how values go in and come out. It does not know how a schema is reached, nor which tables it holds.

use engine::value::{Row, Value};
use sqlx::postgres::{PgArguments, PgRow, PgValueRef};
use sqlx::{Arguments, Decode, Postgres, Row as _, TypeInfo, ValueRef};

pub(crate) fn arguments<'v>(values: impl Iterator<Item = &'v Value>) -> Result<PgArguments, sqlx::Error> {
    let mut arguments = PgArguments::default();
    for value in values {
        match value {
            Value::Null => arguments.add(None::<&str>),
            Value::Integer(number) => arguments.add(*number),
            Value::Text(text) => arguments.add(text.as_str()),
            Value::Blob(bytes) => arguments.add(bytes.as_slice()),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

pub(crate) fn row(row: PgRow) -> Result<Row, sqlx::Error> {
    (0..row.len()).map(|position| value(row.try_get_raw(position)?)).collect()
}

fn value(value: PgValueRef<'_>) -> Result<Value, sqlx::Error> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    let kind = value.type_info().name().to_string();
    match kind.as_str() {
        "INT8" => <i64 as Decode<Postgres>>::decode(value).map(Value::Integer),
        "INT4" => <i32 as Decode<Postgres>>::decode(value).map(|number| Value::Integer(number.into())),
        "INT2" => <i16 as Decode<Postgres>>::decode(value).map(|number| Value::Integer(number.into())),
        "BOOL" => <bool as Decode<Postgres>>::decode(value).map(Value::from),
        // What sum() over bigint yields; SQLite's yields an integer.
        "NUMERIC" => value.as_bytes().and_then(|bytes| whole_number(bytes).map(Value::Integer).map_err(Into::into)),
        "TEXT" | "VARCHAR" | "NAME" | "BPCHAR" => <String as Decode<Postgres>>::decode(value).map(Value::Text),
        "BYTEA" => <Vec<u8> as Decode<Postgres>>::decode(value).map(Value::Blob),
        _ => Err(format!("a column has values of type {kind}; the store reads integers, texts and blobs").into()),
    }
    .map_err(sqlx::Error::Decode)
}

/// Reads a NUMERIC as the server sends it: four shorts (count of digits, exponent of the first, sign, scale), then digits to base
/// 10,000.
fn whole_number(bytes: &[u8]) -> Result<i64, &'static str> {
    const BASE: i128 = 10_000;
    const NEGATIVE: i16 = 0x4000;
    const DIGITS_MAX: i16 = 5;
    let short =
        |position: usize| bytes.get(position * 2..position * 2 + 2).map(|b| i16::from_be_bytes([b[0], b[1]])).ok_or("a numeric is cut off");
    let (count, exponent, sign) = (short(0)?, short(1)?, short(2)?);
    if !matches!(sign, 0 | NEGATIVE) || exponent >= DIGITS_MAX {
        return Err("a numeric does not fit 64 bits");
    }
    let mut number: i128 = 0;
    for position in 0..=exponent {
        let digit = if position < count { short(4 + position as usize)? } else { 0 };
        number = number * BASE + i128::from(digit);
    }
    for position in (exponent + 1).max(0)..count {
        if short(4 + position as usize)? != 0 {
            return Err("a numeric is no whole number");
        }
    }
    let number = if sign == NEGATIVE { -number } else { number };
    i64::try_from(number).map_err(|_| "a numeric does not fit 64 bits")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numeric(shorts: &[i16]) -> Vec<u8> {
        shorts.iter().flat_map(|short| short.to_be_bytes()).collect()
    }

    #[test]
    fn numerics() {
        assert_eq!(whole_number(&numeric(&[0, 0, 0, 0])), Ok(0));
        assert_eq!(whole_number(&numeric(&[1, 0, 0, 0, 42])), Ok(42));
        assert_eq!(whole_number(&numeric(&[1, 1, 0x4000, 0, 3])), Ok(-30_000));
        assert_eq!(whole_number(&numeric(&[2, 1, 0, 0, 1, 2345])), Ok(12_345));
        assert_eq!(whole_number(&numeric(&[5, 4, 0, 0, 922, 3372, 368, 5477, 5807])), Ok(i64::MAX));
        assert!(whole_number(&numeric(&[5, 4, 0, 0, 922, 3372, 368, 5477, 5808])).is_err());
        assert!(whole_number(&numeric(&[2, 0, 0, 1, 1, 5000])).is_err());
        assert!(whole_number(&numeric(&[1, -1, 0, 1, 5000])).is_err());
        assert!(whole_number(&numeric(&[0, 0, -16384, 0])).is_err());
        assert!(whole_number(&numeric(&[3, 2, 0, 0, 1])).is_err());
    }
}
