//! Messages that business functions set. It knows their names, not their texts or severity: those are in the data dictionary.

#![expect(unsafe_code, reason = "the functions of the C interface take pointers")]

use std::ffi::{c_int, c_void};

use serde::{Deserialize, Serialize};

use super::session::{State, trace, with_state};
use super::units::{Unit, text_within};

const ERRORS_MAX: usize = 1000;
/// Characters of the name of a message.
const NAME_MAX: usize = 10;
const TEXT_MAX: usize = 80;

/// A message as a function set it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorSet {
    /// The function that set it.
    pub function: String,
    /// The item of the data structure of the function that the kernel called; 0 for none.
    pub item: i32,
    /// The message's name in the data dictionary.
    pub id: String,
    /// What the message's text is to be filled with, or the text itself.
    pub text: Option<String>,
}

/// The messages set since they were last taken, in their order.
pub fn take_errors() -> Vec<ErrorSet> {
    with_state(|state| std::mem::take(&mut state.errors)).unwrap_or_default()
}

/// Adds a message of the running function.
pub(super) fn set(item: i32, id: &str, text: Option<String>) -> bool {
    let id = id.trim();
    if id.is_empty() || id.chars().count() > NAME_MAX {
        trace(&format!("message without a name of 1 to {NAME_MAX} characters is not set"));
        return false;
    }
    let kept = with_state(|state| {
        let function = state.running.last().map(|running| running.function.clone()).unwrap_or_default();
        let room = state.errors.len() < ERRORS_MAX;
        if room {
            state.errors.push(ErrorSet { function, item, id: id.to_owned(), text });
        }
        room
    });
    if kept == Some(false) {
        trace(&format!("message {id} is not set: {ERRORS_MAX} are kept already"));
    }
    kept.unwrap_or(false)
}

/// The messages of the running function, with those of the functions it called.
fn of_running(state: &State) -> usize {
    state.running.last().map_or(0, |running| running.errors_before)
}

unsafe fn set_from_c(item: i32, message: *const u16, text: Option<String>) -> c_int {
    // SAFETY: NULL or text.
    let id = u16::decode(unsafe { text_within(message, NAME_MAX + 1) });
    set(item, &id, text).into()
}

/// The first member of a substitution structure, when it is text at all: a structure that begins with a number or a date shows as
/// characters outside every alphabet, and is left out.
unsafe fn first_member(substitution: *const c_void) -> Option<String> {
    // SAFETY: NULL or a structure that begins with text, as the header demands.
    let text = u16::decode(unsafe { text_within(substitution.cast::<u16>(), TEXT_MAX) });
    let text = text.trim_end();
    let readable = !text.is_empty() && text.chars().all(|character| !character.is_control() && character != char::REPLACEMENT_CHARACTER);
    readable.then(|| text.to_owned())
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeErrorSet(
    _context: *mut c_void,
    _generic: *mut c_void,
    item: i32,
    message: *const u16,
    substitution: *const c_void,
) -> c_int {
    // SAFETY: NULL, or what the header demands.
    unsafe { set_from_c(item, message, first_member(substitution)) }
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeSetGBRError(_context: *mut c_void, _generic: *mut c_void, item: i32, message: *const u16) -> c_int {
    // SAFETY: as above.
    unsafe { set_from_c(item, message, None) }
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeSetGBRErrorSubText(
    _context: *mut c_void,
    _generic: *mut c_void,
    item: i32,
    message: *const u16,
    substitution: *const c_void,
) -> c_int {
    // SAFETY: as above.
    unsafe { set_from_c(item, message, first_member(substitution)) }
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeErrorSetToText(
    _context: *mut c_void,
    _generic: *mut c_void,
    item: i32,
    message: *const u16,
    text: *const u16,
) -> c_int {
    // SAFETY: as above.
    unsafe { set_from_c(item, message, first_member(text.cast())) }
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeErrorClear(_context: *mut c_void, _generic: *mut c_void, item: i32) {
    with_state(|state| {
        let first = of_running(state);
        let kept = state.errors.split_off(first).into_iter().filter(|error| error.item != item);
        state.errors.extend(kept);
    });
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeErrorClearAll(_context: *mut c_void, _generic: *mut c_void) {
    with_state(|state| {
        let first = of_running(state);
        state.errors.truncate(first);
    });
}
