//! Text to and from the plain numbers of C: whole numbers in a radix, and floating point. Decimal numbers are elsewhere.

#![expect(unsafe_code, reason = "the functions of the C interface take pointers")]

use std::ffi::{c_int, c_long};

use super::units::{Unit, both, text, write};

both! {
    jdeAtoi jdeZAtoi = to_int(source: text) -> int;
    jdeAtol jdeZAtol = to_long(source: text) -> long;
    jdeAtof jdeZAtof = to_double(source: text) -> double;
    jdeStrtol jdeZStrtol = to_long_and_end(source: text, end: place, radix: int) -> long;
    jdeStrtod jdeZStrtod = to_double_and_end(source: text, end: place) -> double;
    jdeItoa jdeZItoa = from_int(value: int, destination: buffer, radix: int) -> buffer;
    jdeLtoa jdeZLtoa = from_long(value: long, destination: buffer, radix: int) -> buffer;
}

/// A number at the beginning of a text, and how many units it takes with the blanks before it; 0 units when there is none.
pub(super) struct Prefix<N> {
    pub value: N,
    pub length: usize,
}

/// Reads a whole number as `strtol` does. Radix 0 tells 0x and 0 apart; what does not fit becomes the nearest number that does.
pub(super) fn whole_prefix<U: Unit>(text: &[U], radix: u32) -> Prefix<i64> {
    let (negative, mut place) = sign_after_blanks(text);
    let hexadecimal = matches!(ascii_at(text, place), Some(b'0'))
        && matches!(ascii_at(text, place + 1), Some(b'x' | b'X'))
        && digit_at(text, place + 2, 16).is_some();
    let radix = match radix {
        0 | 16 if hexadecimal => {
            place += 2;
            16
        }
        0 if ascii_at(text, place) == Some(b'0') => 8,
        0 => 10,
        radix => radix,
    };
    if !(2..=36).contains(&radix) {
        return Prefix { value: 0, length: 0 };
    }
    let first = place;
    let mut magnitude: i128 = 0;
    while let Some(digit) = digit_at(text, place, radix) {
        magnitude = (magnitude * i128::from(radix) + i128::from(digit)).min(i128::from(i64::MAX) + 1);
        place += 1;
    }
    let value = if negative { -magnitude } else { magnitude };
    Prefix { value: value.clamp(i64::MIN.into(), i64::MAX.into()) as i64, length: if place == first { 0 } else { place } }
}

/// Reads a floating point number in decimal digits, with an exponent if there is one.
pub(super) fn real_prefix<U: Unit>(text: &[U]) -> Prefix<f64> {
    let (negative, start) = sign_after_blanks(text);
    let whole_end = digits_end(text, start);
    let mut end = whole_end;
    let mut digits = whole_end - start;
    if ascii_at(text, end) == Some(b'.') {
        end = digits_end(text, end + 1);
        digits += end - whole_end - 1;
    }
    if digits == 0 {
        return Prefix { value: 0.0, length: 0 };
    }
    if matches!(ascii_at(text, end), Some(b'e' | b'E')) {
        let exponent = end + 1 + usize::from(matches!(ascii_at(text, end + 1), Some(b'+' | b'-')));
        let exponent_end = digits_end(text, exponent);
        end = if exponent_end > exponent { exponent_end } else { end };
    }
    let magnitude = U::decode(&text[start..end]).parse().unwrap_or(0.0);
    Prefix { value: if negative { -magnitude } else { magnitude }, length: end }
}

/// Whether a minus stands there, and the place behind blanks and sign.
fn sign_after_blanks<U: Unit>(text: &[U]) -> (bool, usize) {
    let blanks = text.iter().take_while(|unit| unit.character().is_some_and(char::is_whitespace)).count();
    match ascii_at(text, blanks) {
        Some(b'-') => (true, blanks + 1),
        Some(b'+') => (false, blanks + 1),
        _ => (false, blanks),
    }
}

fn digits_end<U: Unit>(text: &[U], start: usize) -> usize {
    (start..text.len()).find(|place| digit_at(text, *place, 10).is_none()).unwrap_or(text.len().max(start))
}

fn digit_at<U: Unit>(text: &[U], place: usize, radix: u32) -> Option<u32> {
    ascii_at(text, place).and_then(|byte| char::from(byte).to_digit(radix))
}

fn ascii_at<U: Unit>(text: &[U], place: usize) -> Option<u8> {
    text.get(place).and_then(|unit| u8::try_from(unit.value()).ok())
}

/// A whole number in a radix of 2 to 36, digits above 9 in small letters; empty for another radix. `magnitude` apart, because C writes
/// negative numbers with a minus in radix ten alone.
pub(super) fn digits(mut magnitude: u64, radix: u32) -> String {
    if !(2..=36).contains(&radix) {
        return String::new();
    }
    let mut reversed = Vec::new();
    loop {
        reversed.extend(char::from_digit((magnitude % u64::from(radix)) as u32, radix));
        magnitude /= u64::from(radix);
        if magnitude == 0 {
            return reversed.into_iter().rev().collect();
        }
    }
}

unsafe fn to_int<U: Unit>(source: *const U) -> c_int {
    // SAFETY: NULL or text.
    whole_prefix(unsafe { text(source) }, 10).value.clamp(c_int::MIN.into(), c_int::MAX.into()) as c_int
}

unsafe fn to_long<U: Unit>(source: *const U) -> c_long {
    // SAFETY: NULL or text.
    whole_prefix(unsafe { text(source) }, 10).value
}

unsafe fn to_double<U: Unit>(source: *const U) -> f64 {
    // SAFETY: NULL or text.
    real_prefix(unsafe { text(source) }).value
}

unsafe fn to_long_and_end<U: Unit>(source: *const U, end: *mut *mut U, radix: c_int) -> c_long {
    // SAFETY: NULL or text.
    let found = whole_prefix(unsafe { text(source) }, u32::try_from(radix).unwrap_or(u32::MAX));
    // SAFETY: the end is NULL or a place for a pointer.
    unsafe { set_end(source, end, found.length) };
    found.value
}

unsafe fn to_double_and_end<U: Unit>(source: *const U, end: *mut *mut U) -> f64 {
    // SAFETY: NULL or text.
    let found = real_prefix(unsafe { text(source) });
    // SAFETY: the end is NULL or a place for a pointer.
    unsafe { set_end(source, end, found.length) };
    found.value
}

unsafe fn set_end<U: Unit>(source: *const U, end: *mut *mut U, length: usize) {
    if !end.is_null() {
        // SAFETY: the caller's pointer; the length is inside the text.
        unsafe { end.write(source.wrapping_add(length).cast_mut()) };
    }
}

unsafe fn from_int<U: Unit>(value: c_int, destination: *mut U, radix: c_int) -> *mut U {
    // In another radix than ten the bits of the number are written, and an int has 32 of them.
    let value = if radix == 10 { c_long::from(value) } else { c_long::from(value as u32) };
    // SAFETY: passed on to the caller.
    unsafe { from_long(value, destination, radix) }
}

unsafe fn from_long<U: Unit>(value: c_long, destination: *mut U, radix: c_int) -> *mut U {
    let negative = radix == 10 && value < 0;
    let magnitude = if negative { value.unsigned_abs() } else { value as u64 };
    let digits = digits(magnitude, u32::try_from(radix).unwrap_or(0));
    let written = if negative { format!("-{digits}") } else { digits };
    // SAFETY: the caller's buffer holds the digits of its radix.
    unsafe { write(destination, &U::encode(&written)) };
    destination
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(text: &str) -> Vec<u16> {
        u16::encode(text)
    }

    #[test]
    fn whole_numbers_are_read_as_strtol_reads_them() {
        for (text, radix, value, length) in [
            ("12abc", 10, 12, 2),
            ("  -7", 10, -7, 4),
            ("+", 10, 0, 0),
            ("", 10, 0, 0),
            ("0x1F", 0, 31, 4),
            ("0x1F", 16, 31, 4),
            ("0x", 16, 0, 1),
            ("017", 0, 15, 3),
            ("zz", 36, 1295, 2),
            ("12", 99, 0, 0),
            ("99999999999999999999", 10, i64::MAX, 20),
            ("-99999999999999999999", 10, i64::MIN, 21),
            ("-9223372036854775808", 10, i64::MIN, 20),
        ] {
            let found = whole_prefix(&units(text), radix);
            assert_eq!((found.value, found.length), (value, length), "{text} in radix {radix}");
        }
    }

    #[test]
    fn reals_are_read_as_strtod_reads_them() {
        for (text, value, length) in [
            ("1.5", 1.5, 3),
            (" -2e3x", -2000.0, 5),
            (".5", 0.5, 2),
            ("5.", 5.0, 2),
            ("1e", 1.0, 1),
            ("1e+", 1.0, 1),
            (".", 0.0, 0),
            ("x", 0.0, 0),
        ] {
            let found = real_prefix(&units(text));
            assert_eq!((found.value, found.length), (value, length), "{text}");
        }
    }

    #[test]
    fn digits_in_a_radix() {
        assert_eq!(digits(0, 10), "0");
        assert_eq!(digits(255, 16), "ff");
        assert_eq!(digits(u64::MAX, 2).len(), 64);
        assert_eq!(digits(5, 1), "");
    }
}
