//! The sscanf of the SDK. Every directive that stores has one pointer, so C only needs to know how many to take (`sdk/variadic.c`).

#![expect(unsafe_code, reason = "results are stored through pointers from C")]

use std::ffi::{c_char, c_int, c_void};

use super::format::{ARGUMENTS_MAX, Reader, Size};
use super::plain_number::{real_prefix, whole_prefix};
use super::units::{Unit, text};

const END_OF_TEXT: c_int = -1;

enum Piece<'a, U> {
    /// Any number of blanks, none too.
    Blanks,
    Exactly(U),
    Directive(Directive<'a, U>),
}

struct Directive<'a, U> {
    stores: bool,
    width: Option<usize>,
    size: Option<Size>,
    letter: u8,
    /// What stands between the brackets of `%[…]`.
    set: &'a [U],
}

fn is_blank<U: Unit>(unit: U) -> bool {
    unit.character().is_some_and(char::is_whitespace)
}

/// Takes a format apart; it ends where it stops making sense.
fn pieces<U: Unit>(format: &[U]) -> Vec<Piece<'_, U>> {
    let mut pieces = Vec::new();
    let mut reader = Reader { units: format, place: 0 };
    while let Some(unit) = format.get(reader.place) {
        reader.place += 1;
        if is_blank(*unit) {
            pieces.push(Piece::Blanks);
        } else if *unit != U::of(b'%') {
            pieces.push(Piece::Exactly(*unit));
        } else if reader.accept(b'%') {
            pieces.push(Piece::Blanks);
            pieces.push(Piece::Exactly(U::of(b'%')));
        } else if let Some(directive) = directive(&mut reader, format) {
            pieces.push(Piece::Directive(directive));
        } else {
            break;
        }
    }
    pieces
}

fn directive<'a, U: Unit>(reader: &mut Reader<'_, U>, format: &'a [U]) -> Option<Directive<'a, U>> {
    let stores = !reader.accept(b'*');
    let width = reader.number(usize::from(u16::MAX)).filter(|width| *width > 0);
    let size = reader.size();
    let letter = reader.peek().filter(|letter| b"diuxXofFeEgGsScCn[".contains(letter))?;
    reader.place += 1;
    let set = if letter == b'[' { bracketed(reader, format)? } else { &[] };
    Some(Directive { stores, width, size, letter, set })
}

/// What stands between brackets; a closing one at the very beginning belongs to it.
fn bracketed<'a, U: Unit>(reader: &mut Reader<'_, U>, format: &'a [U]) -> Option<&'a [U]> {
    let start = reader.place;
    reader.accept(b'^');
    reader.accept(b']');
    let length = format.get(reader.place..)?.iter().position(|unit| *unit == U::of(b']'))?;
    let set = &format[start..reader.place + length];
    reader.place += length + 1;
    Some(set)
}

/// Whether a unit is in the set: units that stand there, and ranges. A dash at the beginning or the end is itself.
fn set_has<U: Unit>(set: &[U], unit: U) -> bool {
    let (inverted, mut rest) = match set.split_first() {
        Some((first, rest)) if *first == U::of(b'^') => (true, rest),
        _ => (false, set),
    };
    let mut found = false;
    while let [first, after @ ..] = rest {
        rest = match after {
            [dash, last, beyond @ ..] if *dash == U::of(b'-') => {
                found |= (first.value()..=last.value()).contains(&unit.value());
                beyond
            }
            _ => {
                found |= *first == unit;
                after
            }
        };
    }
    found != inverted
}

/// Reads text by a format. The result is the number of values stored, or -1 when the text ends before the first.
unsafe fn scan<U: Unit>(text: &[U], format: &[U], places: &[*mut c_void]) -> c_int {
    let mut rest = text;
    let mut places = places.iter();
    let mut stored = 0;
    for piece in pieces(format) {
        let skips_blanks = !matches!(&piece, Piece::Exactly(_) | Piece::Directive(Directive { letter: b'c' | b'C' | b'[' | b'n', .. }));
        if skips_blanks {
            rest = &rest[rest.iter().take_while(|unit| is_blank(**unit)).count()..];
        }
        let directive = match piece {
            Piece::Blanks => continue,
            Piece::Exactly(unit) if rest.first() == Some(&unit) => {
                rest = &rest[1..];
                continue;
            }
            Piece::Exactly(_) => break,
            Piece::Directive(directive) => directive,
        };
        let place = match (directive.stores, places.as_slice().first()) {
            (false, _) => std::ptr::null_mut(),
            (true, Some(place)) => {
                places.next();
                *place
            }
            (true, None) => break,
        };
        if directive.letter == b'n' {
            // SAFETY: the place is one for the whole number that the directive names.
            unsafe { put_whole(place, directive.size, (text.len() - rest.len()) as i64) };
            continue;
        }
        if rest.is_empty() {
            return if stored == 0 { END_OF_TEXT } else { stored };
        }
        // SAFETY: the place is one for what the directive names.
        let taken = unsafe { take(&directive, rest, place) };
        if taken == 0 {
            break;
        }
        rest = &rest[taken..];
        stored += c_int::from(directive.stores);
    }
    stored
}

/// Reads one value from the beginning of the text, and says how many units it took; 0 when there is no such value. NULL is not stored to.
unsafe fn take<U: Unit>(directive: &Directive<'_, U>, rest: &[U], place: *mut c_void) -> usize {
    let field = &rest[..rest.len().min(directive.width.unwrap_or(usize::MAX))];
    // SAFETY: the place is of the type that letter and size name.
    unsafe {
        match directive.letter {
            b'd' | b'u' | b'i' | b'x' | b'X' | b'o' => {
                let radix = match directive.letter {
                    b'i' => 0,
                    b'x' | b'X' => 16,
                    b'o' => 8,
                    _ => 10,
                };
                let found = whole_prefix(field, radix);
                if found.length > 0 {
                    put_whole(place, directive.size, found.value);
                }
                found.length
            }
            b'e' | b'E' | b'f' | b'F' | b'g' | b'G' => {
                let found = real_prefix(field);
                if found.length > 0 {
                    put_real(place, directive.size, found.value);
                }
                found.length
            }
            b'c' | b'C' => {
                let length = directive.width.unwrap_or(1);
                if length > rest.len() {
                    return 0;
                }
                put_units(place, directive, &rest[..length], false);
                length
            }
            _ => {
                let belongs = |unit: &&U| if directive.letter == b'[' { set_has(directive.set, **unit) } else { !is_blank(**unit) };
                let length = field.iter().take_while(belongs).count();
                if length > 0 {
                    put_units(place, directive, &field[..length], true);
                }
                length
            }
        }
    }
}

unsafe fn put_whole(place: *mut c_void, size: Option<Size>, value: i64) {
    if place.is_null() {
        return;
    }
    // SAFETY: a place of the named size.
    unsafe {
        match size {
            Some(Size::Byte) => place.cast::<i8>().write_unaligned(value as i8),
            Some(Size::Short) => place.cast::<i16>().write_unaligned(value as i16),
            Some(Size::Long) => place.cast::<i64>().write_unaligned(value),
            _ => place.cast::<i32>().write_unaligned(value as i32),
        }
    }
}

unsafe fn put_real(place: *mut c_void, size: Option<Size>, value: f64) {
    if place.is_null() {
        return;
    }
    // SAFETY: a place for a double when the directive says so, else for a float. A long double is not written at all: it has no type
    // here.
    unsafe {
        match size {
            Some(Size::Long) => place.cast::<f64>().write_unaligned(value),
            Some(Size::LongDouble) => {}
            _ => place.cast::<f32>().write_unaligned(value as f32),
        }
    }
}

unsafe fn put_units<U: Unit>(place: *mut c_void, directive: &Directive<'_, U>, units: &[U], ends: bool) {
    unsafe fn put<V: Unit>(place: *mut V, units: &[V], ends: bool) {
        // SAFETY: the business function's buffer holds what it lets in, as in C.
        unsafe {
            for (offset, unit) in units.iter().enumerate() {
                place.add(offset).write(*unit);
            }
            if ends {
                place.add(units.len()).write(V::END);
            }
        }
    }
    if place.is_null() {
        return;
    }
    let wide = match (directive.letter, directive.size) {
        (_, Some(Size::Long)) => true,
        (_, Some(Size::Short)) | (b'S' | b'C', _) => false,
        _ => U::WIDE,
    };
    // SAFETY: a buffer of the named kind.
    unsafe {
        match (wide == U::WIDE, wide) {
            (true, _) => put(place.cast::<U>(), units, ends),
            (false, true) => put(place.cast::<u16>(), &u16::encode(&U::decode(units)), ends),
            (false, false) => put(place.cast::<c_char>(), &c_char::encode(&U::decode(units)), ends),
        }
    }
}

/// How many pointers a format takes.
#[unsafe(no_mangle)]
unsafe extern "C" fn packwright_scan_count(format: *const c_void, wide: c_int) -> c_int {
    fn count<U: Unit>(format: &[U]) -> usize {
        pieces(format).iter().filter(|piece| matches!(piece, Piece::Directive(directive) if directive.stores)).count()
    }
    // SAFETY: NULL or text of the named kind.
    let count = unsafe { if wide != 0 { count(text(format.cast::<u16>())) } else { count(text(format.cast::<c_char>())) } };
    count.min(ARGUMENTS_MAX) as c_int
}

#[unsafe(no_mangle)]
unsafe extern "C" fn packwright_scan(
    source: *const c_void,
    format: *const c_void,
    wide: c_int,
    places: *const *mut c_void,
    count: c_int,
) -> c_int {
    // SAFETY: text of the named kind, and an array of `sdk/variadic.c` with so many places filled.
    unsafe {
        let places = std::slice::from_raw_parts(places, usize::try_from(count).unwrap_or(0).min(ARGUMENTS_MAX));
        if wide != 0 {
            scan(text(source.cast::<u16>()), text(format.cast::<u16>()), places)
        } else {
            scan(text(source.cast::<c_char>()), text(format.cast::<c_char>()), places)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever format and text say: no panic. Results go nowhere, as a NULL is not stored to.
        #[test]
        fn any_format_and_text_end(text in "[ 0-9a-fx.+%é-]{0,30}", format in "([%*0-9lhdsxfcn]|\\[|\\]|\\^|\\PC){0,30}") {
            let places = [std::ptr::null_mut(); ARGUMENTS_MAX];
            // SAFETY: all places are NULL.
            let stored = unsafe { scan(&u16::encode(&text), &u16::encode(&format), &places) };
            prop_assert!((END_OF_TEXT..=ARGUMENTS_MAX as c_int).contains(&stored));
        }
    }

    #[test]
    fn sets_have_ranges() {
        for (set, inside, outside) in
            [("a-c", "abc", "-d"), ("^a-c", "d-", "b"), ("-x", "-x", "y"), ("x-", "x-", "y"), ("", "", "a"), ("a-cx", "bx", "y")]
        {
            let units = u16::encode(set);
            assert!(u16::encode(inside).iter().all(|unit| set_has(&units, *unit)), "[{set}] has {inside}");
            assert!(!u16::encode(outside).iter().any(|unit| set_has(&units, *unit)), "[{set}] has not {outside}");
        }
    }
}
