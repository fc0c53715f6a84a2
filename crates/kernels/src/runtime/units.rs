//! The two kinds of characters, and the passage between C's pointers and Rust's slices. It knows no function of the C interface.

#![expect(unsafe_code, reason = "text of business functions arrives as pointers to its first character")]

use std::ffi::c_char;

/// A unit of text: `u16` for JCHAR (UTF-16), `c_char` for ZCHAR (bytes, UTF-8 where it matters).
pub(super) trait Unit: Copy + Eq + 'static {
    const END: Self;
    const WIDE: bool;

    /// The unit as an unsigned number, by which texts are ordered.
    fn value(self) -> u32;
    /// The unit with this number; what is above its range is cut off, as C does with characters that came as an int.
    fn from_value(value: u32) -> Self;
    /// The unit of an ASCII character.
    fn of(ascii: u8) -> Self;
    /// The character that this unit alone stands for; none for half a surrogate pair and for bytes above ASCII.
    fn character(self) -> Option<char>;
    fn with_case(self, map: fn(char) -> Option<char>) -> Self;
    fn encode(text: &str) -> Vec<Self>;
    fn decode(units: &[Self]) -> String;
}

impl Unit for u16 {
    const END: u16 = 0;
    const WIDE: bool = true;

    fn value(self) -> u32 {
        u32::from(self)
    }

    fn from_value(value: u32) -> u16 {
        value as u16
    }

    fn of(ascii: u8) -> u16 {
        u16::from(ascii)
    }

    fn character(self) -> Option<char> {
        char::from_u32(u32::from(self))
    }

    fn with_case(self, map: fn(char) -> Option<char>) -> u16 {
        self.character().and_then(map).and_then(|mapped| u16::try_from(u32::from(mapped)).ok()).unwrap_or(self)
    }

    fn encode(text: &str) -> Vec<u16> {
        text.encode_utf16().collect()
    }

    fn decode(units: &[u16]) -> String {
        String::from_utf16_lossy(units)
    }
}

impl Unit for c_char {
    const END: c_char = 0;
    const WIDE: bool = false;

    fn value(self) -> u32 {
        u32::from(self as u8)
    }

    fn from_value(value: u32) -> c_char {
        value as c_char
    }

    fn of(ascii: u8) -> c_char {
        ascii as c_char
    }

    fn character(self) -> Option<char> {
        Some(char::from(self as u8)).filter(char::is_ascii)
    }

    fn with_case(self, map: fn(char) -> Option<char>) -> c_char {
        self.character().and_then(map).filter(char::is_ascii).map_or(self, |mapped| mapped as u8 as c_char)
    }

    fn encode(text: &str) -> Vec<c_char> {
        text.bytes().map(|byte| byte as c_char).collect()
    }

    fn decode(units: &[c_char]) -> String {
        let bytes: Vec<u8> = units.iter().map(|unit| *unit as u8).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

pub(super) fn upper(character: char) -> Option<char> {
    single(character.to_uppercase())
}

pub(super) fn lower(character: char) -> Option<char> {
    single(character.to_lowercase())
}

/// A letter whose other case takes several characters (ß) keeps its own: text never changes its length.
fn single(mut mapped: impl Iterator<Item = char>) -> Option<char> {
    mapped.next().filter(|_| mapped.next().is_none())
}

/// The text behind a pointer, without its end. NULL is empty text.
pub(super) unsafe fn text<'a, U: Unit>(pointer: *const U) -> &'a [U] {
    // SAFETY: the caller passes NULL or text with an end, as in C.
    unsafe { text_within(pointer, usize::MAX) }
}

/// The text behind a pointer, of which at most `limit` units are looked at.
pub(super) unsafe fn text_within<'a, U: Unit>(pointer: *const U, limit: usize) -> &'a [U] {
    if pointer.is_null() {
        return &[];
    }
    let mut length = 0;
    // SAFETY: units are read up to the end of the text or the limit, which the caller vouches for; all of them are inside one buffer.
    unsafe {
        while length < limit && *pointer.add(length) != U::END {
            length += 1;
        }
        std::slice::from_raw_parts(pointer, length)
    }
}

/// The text behind a pointer as a string.
pub(super) unsafe fn string<U: Unit>(pointer: *const U) -> String {
    // SAFETY: passed on to the caller.
    U::decode(unsafe { text(pointer) })
}

/// Writes text and its end. Nothing is written to NULL.
pub(super) unsafe fn write<U: Unit>(destination: *mut U, text: &[U]) {
    // SAFETY: the caller's buffer holds the text and its end, as C functions without a size demand.
    unsafe { write_within(destination, text, usize::MAX) }
}

/// Writes as much of the text as fits into `size` units together with its end.
pub(super) unsafe fn write_within<U: Unit>(destination: *mut U, text: &[U], size: usize) {
    if destination.is_null() || size == 0 {
        return;
    }
    let length = text.len().min(size - 1);
    // SAFETY: length + 1 units fit the size that the caller vouches for.
    unsafe {
        std::ptr::copy(text.as_ptr(), destination, length);
        destination.add(length).write(U::END);
    }
}

/// Blanks of a field: what stands behind the last character that is none.
pub(super) fn without_blanks_at_end<U: Unit>(text: &[U]) -> &[U] {
    let length = text.iter().rposition(|unit| *unit != U::of(b' ')).map_or(0, |last| last + 1);
    &text[..length]
}

/// A parameter or result of a string function, for one of the two kinds of characters.
macro_rules! kind {
    (text $unit:ty) => { *const $unit };
    (buffer $unit:ty) => { *mut $unit };
    (place $unit:ty) => { *mut *mut $unit };
    (unit $unit:ty) => { $unit };
    (count $unit:ty) => { usize };
    (int $unit:ty) => { std::ffi::c_int };
    (long $unit:ty) => { std::ffi::c_long };
    (double $unit:ty) => { f64 };
}
pub(super) use kind;

/// Exports a generic function under its JCHAR name and its ZCHAR name.
macro_rules! both {
    ($($wide:ident $narrow:ident = $function:ident($($argument:ident: $kind:ident),*) -> $result:ident;)*) => { $(
        #[unsafe(no_mangle)]
        pub(super) unsafe extern "C" fn $wide(
            $($argument: $crate::runtime::units::kind!($kind u16)),*
        ) -> $crate::runtime::units::kind!($result u16) {
            // SAFETY: the business function keeps the rules of the function in C.
            unsafe { $function($($argument),*) }
        }

        #[unsafe(no_mangle)]
        pub(super) unsafe extern "C" fn $narrow(
            $($argument: $crate::runtime::units::kind!($kind std::ffi::c_char)),*
        ) -> $crate::runtime::units::kind!($result std::ffi::c_char) {
            // SAFETY: as above.
            unsafe { $function($($argument),*) }
        }
    )* };
}
pub(super) use both;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_keeps_the_length_of_text() {
        assert_eq!(u16::from(b'A'), u16::from(b'a').with_case(upper));
        assert_eq!(0x00DF_u16, 0x00DF_u16.with_case(upper));
        assert_eq!(0x00C4_u16, 0x00E4_u16.with_case(upper));
        assert_eq!(0xD83D_u16, 0xD83D_u16.with_case(upper));
        assert_eq!(-28, c_char::with_case(-28, upper));
        // The Kelvin sign's small letter is a plain k, which does fit.
        assert_eq!(u16::from(b'k'), 0x212A_u16.with_case(lower));
    }

    #[test]
    fn null_is_empty_and_never_written() {
        // SAFETY: NULL is allowed.
        unsafe {
            assert_eq!(text::<u16>(std::ptr::null()), &[] as &[u16]);
            write::<u16>(std::ptr::null_mut(), &[65]);
        }
    }

    #[test]
    fn writing_within_a_size_always_ends_the_text() {
        let mut buffer = [7_u16; 4];
        // SAFETY: the buffer has the size that is named.
        unsafe { write_within(buffer.as_mut_ptr(), &[65, 66, 67, 68], 3) };
        assert_eq!(buffer, [65, 66, 0, 7]);
    }
}
