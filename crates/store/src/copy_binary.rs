//! PostgreSQL's binary COPY format (documentation of COPY, "Binary Format"), the fastest way into a table. It knows bytes only; the
//! rows have been checked against their table before.

use engine::value::{Row, Value};

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";

/// Signature, flags, and length of the header's extension.
pub(crate) fn begin(buffer: &mut Vec<u8>) {
    buffer.extend_from_slice(SIGNATURE);
    buffer.extend_from_slice(&[0; 8]);
}

pub(crate) fn row(buffer: &mut Vec<u8>, row: &Row) {
    // Columns and bytes of a value are limited far below these types' ends.
    buffer.extend_from_slice(&(row.len() as i16).to_be_bytes());
    for value in row {
        match value {
            Value::Null => buffer.extend_from_slice(&(-1_i32).to_be_bytes()),
            Value::Integer(number) => field(buffer, &number.to_be_bytes()),
            Value::Text(text) => field(buffer, text.as_bytes()),
            Value::Blob(bytes) => field(buffer, bytes),
        }
    }
}

pub(crate) fn end(buffer: &mut Vec<u8>) {
    buffer.extend_from_slice(&(-1_i16).to_be_bytes());
}

fn field(buffer: &mut Vec<u8>, bytes: &[u8]) {
    buffer.extend_from_slice(&(bytes.len() as i32).to_be_bytes());
    buffer.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_each_kind() {
        let mut buffer = Vec::new();
        row(&mut buffer, &vec![Value::Integer(258), Value::Text("é".into()), Value::Blob(vec![]), Value::Null]);
        end(&mut buffer);
        assert_eq!(
            buffer,
            [
                &[0, 4][..],
                &[0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 1, 2],
                &[0, 0, 0, 2, 0xc3, 0xa9],
                &[0, 0, 0, 0],
                &[0xff, 0xff, 0xff, 0xff],
                &[0xff, 0xff],
            ]
            .concat()
        );
    }
}
