//! Copying, comparing and searching text: the string functions of the SDK, each for JCHAR and for ZCHAR. Numbers in text, formats and
//! code pages are elsewhere.

#![expect(unsafe_code, reason = "the functions of the C interface take pointers")]

use std::cell::Cell;
use std::cmp::Ordering;
use std::ffi::{c_int, c_void};
use std::ptr;

use super::memory::jdeAlloc;
use super::units::{Unit, both, lower, text, text_within, upper, without_blanks_at_end};

both! {
    jdeStrcpy jdeZStrcpy = copy(destination: buffer, source: text) -> buffer;
    jdeStrncpy jdeZStrncpy = copy_padded(destination: buffer, source: text, count: count) -> buffer;
    jdeStrncpyTerminate jdeZStrncpyTerminate = copy_within(destination: buffer, source: text, size: count) -> buffer;
    jdeStrcat jdeZStrcat = append(destination: buffer, source: text) -> buffer;
    jdeStrncat jdeZStrncat = append_at_most(destination: buffer, source: text, count: count) -> buffer;
    jdeStrdup jdeZStrdup = duplicate(source: text) -> buffer;

    jdeStrcmp jdeZStrcmp = compare_whole(left: text, right: text) -> int;
    jdeStrncmp jdeZStrncmp = compare_at_most(left: text, right: text, count: count) -> int;
    jdeStricmp jdeZStricmp = compare_whole_ignoring_case(left: text, right: text) -> int;
    jdeStrnicmp jdeZStrnicmp = compare_at_most_ignoring_case(left: text, right: text, count: count) -> int;

    jdeStrlen jdeZStrlen = length(source: text) -> count;
    jdeStrchr jdeZStrchr = first(source: text, unit: unit) -> buffer;
    jdeStrrchr jdeZStrrchr = last(source: text, unit: unit) -> buffer;
    jdeStrstr jdeZStrstr = find(source: text, part: text) -> buffer;
    jdeStrpbrk jdeZStrpbrk = first_of(source: text, set: text) -> buffer;
    jdeStrspn jdeZStrspn = length_inside(source: text, set: text) -> count;
    jdeStrcspn jdeZStrcspn = length_outside(source: text, set: text) -> count;
    jdeStrtok jdeZStrtok = next_token(source: buffer, delimiters: text) -> buffer;

    jdeStrupr jdeZStrupr = make_upper(source: buffer) -> buffer;
    jdeStrlwr jdeZStrlwr = make_lower(source: buffer) -> buffer;
    jdeToupper jdeZToupper = to_upper(unit: unit) -> unit;
    jdeTolower jdeZTolower = to_lower(unit: unit) -> unit;
    jdeIsalpha jdeZIsalpha = is_letter(unit: unit) -> int;
    jdeIsdigit jdeZIsdigit = is_digit(unit: unit) -> int;
    jdeIsalnum jdeZIsalnum = is_letter_or_digit(unit: unit) -> int;
    jdeIsspace jdeZIsspace = is_space(unit: unit) -> int;
    jdeIsupper jdeZIsupper = is_upper(unit: unit) -> int;
    jdeIslower jdeZIslower = is_lower(unit: unit) -> int;
}

// Copying goes over raw pointers with memmove: sources do shift text inside one buffer, although C forbids it.

unsafe fn copy<U: Unit>(destination: *mut U, source: *const U) -> *mut U {
    // SAFETY: the source has an end, the destination holds it.
    unsafe { copy_units(destination, source, text(source).len()) };
    destination
}

unsafe fn copy_units<U: Unit>(destination: *mut U, source: *const U, length: usize) {
    if destination.is_null() {
        return;
    }
    // SAFETY: `length` units are readable (none when the source is NULL), and the destination holds them and the end.
    unsafe {
        if length > 0 {
            ptr::copy(source, destination, length);
        }
        destination.add(length).write(U::END);
    }
}

unsafe fn copy_padded<U: Unit>(destination: *mut U, source: *const U, count: usize) -> *mut U {
    if destination.is_null() || count == 0 {
        return destination;
    }
    // SAFETY: the destination holds `count` units; no more of the source is read.
    unsafe {
        let length = text_within(source, count).len();
        if length > 0 {
            ptr::copy(source, destination, length);
        }
        for place in length..count {
            destination.add(place).write(U::END);
        }
    }
    destination
}

unsafe fn copy_within<U: Unit>(destination: *mut U, source: *const U, size: usize) -> *mut U {
    if size > 0 {
        // SAFETY: the destination holds `size` units.
        unsafe { copy_units(destination, source, text_within(source, size - 1).len()) };
    }
    destination
}

unsafe fn append<U: Unit>(destination: *mut U, source: *const U) -> *mut U {
    // SAFETY: the count ends at the end of the source.
    unsafe { append_at_most(destination, source, usize::MAX) }
}

unsafe fn append_at_most<U: Unit>(destination: *mut U, source: *const U, count: usize) -> *mut U {
    if !destination.is_null() {
        // SAFETY: both are text, and the destination holds what is appended.
        unsafe { copy_units(destination.add(text(destination).len()), source, text_within(source, count).len()) };
    }
    destination
}

unsafe fn duplicate<U: Unit>(source: *const U) -> *mut U {
    // SAFETY: the block holds the text and its end, and NULL is never written to.
    unsafe {
        let length = text(source).len();
        let block = jdeAlloc(ptr::null_mut(), ((length + 1) * size_of::<U>()) as u64, 0).cast::<U>();
        copy_units(block, source, length);
        block
    }
}

unsafe fn compare_whole<U: Unit>(left: *const U, right: *const U) -> c_int {
    // SAFETY: both are NULL or text.
    unsafe { compare(text(left), text(right), |unit| unit) }
}

unsafe fn compare_at_most<U: Unit>(left: *const U, right: *const U, count: usize) -> c_int {
    // SAFETY: both are readable up to the count or their end.
    unsafe { compare(text_within(left, count), text_within(right, count), |unit| unit) }
}

unsafe fn compare_whole_ignoring_case<U: Unit>(left: *const U, right: *const U) -> c_int {
    // SAFETY: both are NULL or text.
    unsafe { compare(text(left), text(right), |unit| unit.with_case(lower)) }
}

unsafe fn compare_at_most_ignoring_case<U: Unit>(left: *const U, right: *const U, count: usize) -> c_int {
    // SAFETY: both are readable up to the count or their end.
    unsafe { compare(text_within(left, count), text_within(right, count), |unit| unit.with_case(lower)) }
}

fn compare<U: Unit>(left: &[U], right: &[U], fold: fn(U) -> U) -> c_int {
    let value = |unit: &U| fold(*unit).value();
    match left.iter().map(value).cmp(right.iter().map(value)) {
        Ordering::Less => -1,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    }
}

unsafe fn length<U: Unit>(source: *const U) -> usize {
    // SAFETY: NULL or text.
    unsafe { text(source) }.len()
}

unsafe fn first<U: Unit>(source: *const U, unit: U) -> *mut U {
    // SAFETY: NULL or text; a place found is inside it.
    unsafe { place(source, position_with_end(text(source), unit, |text| text.iter().position(|other| *other == unit))) }
}

unsafe fn last<U: Unit>(source: *const U, unit: U) -> *mut U {
    // SAFETY: as in `first`.
    unsafe { place(source, position_with_end(text(source), unit, |text| text.iter().rposition(|other| *other == unit))) }
}

/// Searching for the end finds it, as in C.
fn position_with_end<U: Unit>(text: &[U], unit: U, position: impl Fn(&[U]) -> Option<usize>) -> Option<usize> {
    if unit == U::END { Some(text.len()) } else { position(text) }
}

unsafe fn place<U: Unit>(source: *const U, position: Option<usize>) -> *mut U {
    match position {
        // SAFETY: the position is in the text or at its end.
        Some(position) if !source.is_null() => unsafe { source.add(position).cast_mut() },
        _ => ptr::null_mut(),
    }
}

unsafe fn find<U: Unit>(source: *const U, part: *const U) -> *mut U {
    // SAFETY: both are NULL or text; a place found is inside the source.
    unsafe {
        let (whole, part) = (text(source), text(part));
        let position = if part.is_empty() { Some(0) } else { whole.windows(part.len()).position(|window| window == part) };
        place(source, position)
    }
}

unsafe fn first_of<U: Unit>(source: *const U, set: *const U) -> *mut U {
    // SAFETY: both are NULL or text; a place found is inside the source.
    unsafe {
        let set = text(set);
        place(source, text(source).iter().position(|unit| set.contains(unit)))
    }
}

unsafe fn length_inside<U: Unit>(source: *const U, set: *const U) -> usize {
    // SAFETY: both are NULL or text.
    let (source, set) = unsafe { (text(source), text(set)) };
    source.iter().take_while(|unit| set.contains(unit)).count()
}

unsafe fn length_outside<U: Unit>(source: *const U, set: *const U) -> usize {
    // SAFETY: both are NULL or text.
    let (source, set) = unsafe { (text(source), text(set)) };
    source.iter().take_while(|unit| !set.contains(unit)).count()
}

thread_local! {
    /// Where the next token begins: of ZCHAR text, of JCHAR text.
    static TOKENS: [Cell<*mut c_void>; 2] = const { [Cell::new(ptr::null_mut()), Cell::new(ptr::null_mut())] };
}

unsafe fn next_token<U: Unit>(source: *mut U, delimiters: *const U) -> *mut U {
    let from = if source.is_null() { TOKENS.with(|places| places[usize::from(U::WIDE)].get().cast::<U>()) } else { source };
    // SAFETY: the text is the caller's, or the rest of the text of the call before, which the caller keeps as C demands.
    let (token, next) = unsafe {
        let start = from.wrapping_add(length_inside(from, delimiters));
        if text(start).is_empty() {
            (ptr::null_mut(), ptr::null_mut())
        } else {
            let end = start.add(length_outside(start, delimiters));
            let ended = *end == U::END;
            end.write(U::END);
            (start, if ended { end } else { end.add(1) })
        }
    };
    TOKENS.with(|places| places[usize::from(U::WIDE)].set(next.cast()));
    token
}

unsafe fn make_upper<U: Unit>(source: *mut U) -> *mut U {
    // SAFETY: NULL or text.
    unsafe { map_in_place(source, |unit| unit.with_case(upper)) }
}

unsafe fn make_lower<U: Unit>(source: *mut U) -> *mut U {
    // SAFETY: NULL or text.
    unsafe { map_in_place(source, |unit| unit.with_case(lower)) }
}

unsafe fn map_in_place<U: Unit>(source: *mut U, map: fn(U) -> U) -> *mut U {
    // SAFETY: the length is that of the text.
    unsafe {
        for place in 0..text(source).len() {
            source.add(place).write(map(*source.add(place)));
        }
    }
    source
}

// Functions of one character are `unsafe` only to have the form of their neighbours.

unsafe fn to_upper<U: Unit>(unit: U) -> U {
    unit.with_case(upper)
}

unsafe fn to_lower<U: Unit>(unit: U) -> U {
    unit.with_case(lower)
}

unsafe fn is_letter<U: Unit>(unit: U) -> c_int {
    unit.character().is_some_and(char::is_alphabetic).into()
}

/// Only 0 to 9: sources go on to subtract '0'.
unsafe fn is_digit<U: Unit>(unit: U) -> c_int {
    unit.character().is_some_and(|character| character.is_ascii_digit()).into()
}

unsafe fn is_letter_or_digit<U: Unit>(unit: U) -> c_int {
    unit.character().is_some_and(char::is_alphanumeric).into()
}

unsafe fn is_space<U: Unit>(unit: U) -> c_int {
    unit.character().is_some_and(char::is_whitespace).into()
}

unsafe fn is_upper<U: Unit>(unit: U) -> c_int {
    unit.character().is_some_and(char::is_uppercase).into()
}

unsafe fn is_lower<U: Unit>(unit: U) -> c_int {
    unit.character().is_some_and(char::is_lowercase).into()
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn IsStringBlank(source: *const u16) -> c_int {
    // SAFETY: NULL or text.
    without_blanks_at_end(unsafe { text(source) }).is_empty().into()
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeStripTrailingBlanks(source: *mut u16) -> *mut u16 {
    if !source.is_null() {
        // SAFETY: the new end is inside the text or at its old end.
        unsafe { source.add(without_blanks_at_end(text(source)).len()).write(0) };
    }
    source
}

/// Characters of the name of an object or a data item.
const NAME_LENGTH_MAX: usize = 10;

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeNIDcpy(destination: *mut u16, source: *const u16) -> *mut u16 {
    // SAFETY: a NID holds ten characters and the end.
    unsafe { copy_within(destination, source, NAME_LENGTH_MAX + 1) }
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeNIDcmp(left: *const u16, right: *const u16) -> c_int {
    // SAFETY: a name that is no literal is a NID of ten characters and the end.
    let (left, right) = unsafe { (text_within(left, NAME_LENGTH_MAX), text_within(right, NAME_LENGTH_MAX)) };
    compare(without_blanks_at_end(left), without_blanks_at_end(right), |unit| unit)
}
