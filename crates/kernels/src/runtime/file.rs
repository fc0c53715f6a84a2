//! Files of business functions: the C library's own, with names and text in JCHAR. Which files a function may touch is not decided here;
//! its process has the rights of the server's user.

#![expect(unsafe_code, reason = "files are those of the C library")]

use std::ffi::{CString, c_char, c_int, c_long, c_void};
use std::ptr;

use super::format::{Argument, formatted};
use super::units::{Unit, string, text};

/// A file of the C library, only ever behind a pointer.
type File = c_void;

const END_OF_FILE: c_int = -1;

unsafe extern "C" {
    fn fopen(name: *const c_char, mode: *const c_char) -> *mut File;
    fn fclose(file: *mut File) -> c_int;
    fn fflush(file: *mut File) -> c_int;
    fn feof(file: *mut File) -> c_int;
    fn fseek(file: *mut File, offset: c_long, origin: c_int) -> c_int;
    fn ftell(file: *mut File) -> c_long;
    fn rewind(file: *mut File);
    fn remove(name: *const c_char) -> c_int;
    fn rename(from: *const c_char, to: *const c_char) -> c_int;
    fn access(name: *const c_char, mode: c_int) -> c_int;
    fn fread(block: *mut c_void, size: usize, count: usize, file: *mut File) -> usize;
    fn fwrite(block: *const c_void, size: usize, count: usize, file: *mut File) -> usize;
    fn fgetc(file: *mut File) -> c_int;
}

/// A name or mode for the C library.
unsafe fn narrow(source: *const u16) -> CString {
    // SAFETY: NULL or text; text behind a pointer has no zero inside.
    unsafe { CString::new(string(source)) }.unwrap_or_default()
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeFopen(name: *const u16, mode: *const u16) -> *mut File {
    // SAFETY: NULL or text.
    unsafe { fopen(narrow(name).as_ptr(), narrow(mode).as_ptr()) }
}

/// Exports a function that is the C library's for a file, and a failure for NULL.
macro_rules! plain {
    ($($name:ident = $function:ident($($argument:ident: $type:ty),*) -> $result:ty, or $failure:expr;)*) => { $(
        #[unsafe(no_mangle)]
        pub(super) unsafe extern "C" fn $name(file: *mut File, $($argument: $type),*) -> $result {
            // SAFETY: a file of the C library.
            if file.is_null() { $failure } else { unsafe { $function(file, $($argument),*) } }
        }
    )* };
}

plain! {
    jdeFclose = fclose() -> c_int, or END_OF_FILE;
    jdeFflush = fflush() -> c_int, or END_OF_FILE;
    jdeFeof = feof() -> c_int, or 1;
    jdeFseek = fseek(offset: c_long, origin: c_int) -> c_int, or -1;
    jdeFtell = ftell() -> c_long, or -1;
    jdeRewind = rewind() -> (), or ();
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeRemove(name: *const u16) -> c_int {
    // SAFETY: NULL or text.
    unsafe { remove(narrow(name).as_ptr()) }
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeRename(from: *const u16, to: *const u16) -> c_int {
    // SAFETY: as above.
    unsafe { rename(narrow(from).as_ptr(), narrow(to).as_ptr()) }
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeAccess(name: *const u16, mode: c_int) -> c_int {
    // SAFETY: as above.
    unsafe { access(narrow(name).as_ptr(), mode) }
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeFread(block: *mut c_void, size: usize, count: usize, file: *mut File) -> usize {
    // SAFETY: the caller's block holds what is asked for.
    if block.is_null() || file.is_null() { 0 } else { unsafe { fread(block, size, count, file) } }
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeFwrite(block: *const c_void, size: usize, count: usize, file: *mut File) -> usize {
    // SAFETY: as above.
    if block.is_null() || file.is_null() { 0 } else { unsafe { fwrite(block, size, count, file) } }
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeFgetc(file: *mut File) -> c_int {
    // SAFETY: a file of the C library.
    unsafe { next_character(file) }.map_or(END_OF_FILE, c_int::from)
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeFputc(character: u16, file: *mut File) -> c_int {
    // SAFETY: as above.
    if unsafe { put(&character.to_le_bytes(), file) } { character.into() } else { END_OF_FILE }
}

/// Both bytes of a character; half a one at the end of the file is none.
unsafe fn next_character(file: *mut File) -> Option<u16> {
    let mut bytes = [0_u8; 2];
    // SAFETY: a file of the C library or NULL, and a block of two bytes.
    let read = if file.is_null() { 0 } else { unsafe { fread(bytes.as_mut_ptr().cast(), 1, 2, file) } };
    (read == 2).then(|| u16::from_le_bytes(bytes))
}

unsafe fn put(bytes: &[u8], file: *mut File) -> bool {
    // SAFETY: a file of the C library or NULL, and the bytes of a slice.
    !file.is_null() && unsafe { fwrite(bytes.as_ptr().cast(), 1, bytes.len(), file) } == bytes.len()
}

unsafe fn put_plain(units: &[u16], file: *mut File) -> bool {
    let bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    // SAFETY: passed on to the caller.
    unsafe { put(&bytes, file) }
}

unsafe fn put_converted(units: &[u16], file: *mut File) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { put(u16::decode(units).as_bytes(), file) }
}

/// One line, with its end if it fits, from characters that `next` gives.
unsafe fn get_line(destination: *mut u16, size: c_int, mut next: impl FnMut(usize) -> Vec<u16>) -> *mut u16 {
    let size = usize::try_from(size).unwrap_or(0);
    if destination.is_null() || size == 0 {
        return ptr::null_mut();
    }
    let mut length = 0;
    while length + 1 < size {
        let units = next(size - 1 - length);
        for unit in &units {
            // SAFETY: `next` gives no more than it was told there is room for.
            unsafe { destination.add(length).write(*unit) };
            length += 1;
        }
        if units.is_empty() || units.contains(&u16::from(b'\n')) {
            break;
        }
    }
    if length == 0 && size > 1 {
        return ptr::null_mut();
    }
    // SAFETY: the length is below the size.
    unsafe { destination.add(length).write(0) };
    destination
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeFgets(destination: *mut u16, size: c_int, file: *mut File) -> *mut u16 {
    // SAFETY: the caller's buffer has that size.
    unsafe { get_line(destination, size, |_| next_character(file).into_iter().collect()) }
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeFgetsConvert(_context: *mut c_void, destination: *mut u16, size: c_int, file: *mut File) -> *mut u16 {
    // SAFETY: as above.
    unsafe { get_line(destination, size, |room| next_converted(file, room)) }
}

/// One character of UTF-8 as one or two units. What is not UTF-8 becomes the replacement character, and so does a character of two units
/// when there is room for one alone.
unsafe fn next_converted(file: *mut File, room: usize) -> Vec<u16> {
    // SAFETY: a file of the C library.
    let next = || if file.is_null() { None } else { u8::try_from(unsafe { fgetc(file) }).ok() };
    let Some(first) = next() else { return Vec::new() };
    let following = match first {
        0xC2..=0xDF => 1,
        0xE0..=0xEF => 2,
        0xF0..=0xF4 => 3,
        _ => 0,
    };
    let bytes: Vec<u8> = std::iter::once(first).chain((0..following).map_while(|_| next())).collect();
    let character = std::str::from_utf8(&bytes).ok().and_then(|text| text.chars().next()).unwrap_or(char::REPLACEMENT_CHARACTER);
    let units = u16::encode(character.encode_utf8(&mut [0; 4]));
    if units.len() <= room { units } else { u16::encode("\u{FFFD}") }
}

fn written(done: bool) -> c_int {
    if done { 0 } else { END_OF_FILE }
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeFputs(source: *const u16, file: *mut File) -> c_int {
    // SAFETY: NULL or text, and a file of the C library.
    written(unsafe { put_plain(text(source), file) })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeFputsConvert(_context: *mut c_void, source: *const u16, file: *mut File) -> c_int {
    // SAFETY: as above.
    written(unsafe { put_converted(text(source), file) })
}

/// Formats into a file for `sdk/variadic.c`: the number of characters, or -1.
#[unsafe(no_mangle)]
unsafe extern "C" fn packwright_format_file(
    file: *mut File,
    converted: c_int,
    format: *const u16,
    arguments: *const Argument,
    count: c_int,
) -> c_int {
    // SAFETY: a file of the C library, and a format with the arguments that were taken for it.
    unsafe {
        let units = formatted(format, arguments, count);
        let done = if converted != 0 { put_converted(&units, file) } else { put_plain(&units, file) };
        if done { units.len() as c_int } else { END_OF_FILE }
    }
}
