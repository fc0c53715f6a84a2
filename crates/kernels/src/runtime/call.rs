//! Calling business functions: the way in from the kernel, and the way from one function to another. Where a function lies is the
//! resolver's matter; what its data structure holds is the caller's.

#![expect(unsafe_code, reason = "business functions are foreign code behind pointers")]

use std::collections::BTreeMap;
use std::ffi::{c_int, c_void};
use std::ptr;
use std::rc::Rc;

use super::error;
use super::session::{Session, State, trace, with_state};
use super::units::{Unit, string};

const DEPTH_MAX: usize = 256;
const ERROR: i32 = 2;
const NO_ERRORS: c_int = 0x0001;
/// Entries of a CALLMAP that are looked at; data structures are far smaller.
const MAP_MAX: usize = 10_000;

/// What a business function receives as its first parameter: `BHVRCOM` of `jdetypes.h`.
#[repr(C)]
pub struct BehaviourContext {
    environment: *mut c_void,
    mode: c_int,
    application: [u16; 11],
    version: [u16; 11],
    user: [u16; 11],
}

impl BehaviourContext {
    pub(super) fn of(session: &Session) -> BehaviourContext {
        BehaviourContext {
            environment: ptr::null_mut(),
            mode: 0,
            application: field(&session.application),
            version: field(&session.version),
            user: field(&session.user),
        }
    }
}

/// The first ten units of a text, and its end.
fn field(text: &str) -> [u16; 11] {
    let mut field = [0; 11];
    for (place, unit) in field[..10].iter_mut().zip(u16::encode(text)) {
        *place = unit;
    }
    field
}

/// A business function: context, generic pointer, data structure. The result is one of the ER codes.
pub type FunctionPointer = unsafe extern "C" fn(*mut BehaviourContext, *mut c_void, *mut c_void) -> i32;

/// A function that runs.
pub(super) struct Running {
    pub function: String,
    /// Messages that were there when it began.
    pub errors_before: usize,
}

/// Why a function was not called.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    #[error("cannot call {function}: this thread has no session")]
    NoSession { function: String },
    #[error("cannot call {function}: {reason}")]
    NotFound { function: String, reason: String },
    #[error("cannot call {function}: calls are nested {DEPTH_MAX} deep, which looks endless; the last of them is {caller}")]
    TooDeep { function: String, caller: String },
}

/// Calls a business function with its data structure. Messages it sets are kept for `take_errors`.
///
/// # Safety
///
/// `data_structure` points at what the function takes for its data structure, and the function is foreign code that does as it likes.
pub unsafe fn call(function: &str, data_structure: *mut c_void) -> Result<i32, CallError> {
    // SAFETY: promised by the caller.
    unsafe { enter(function, ptr::null_mut(), ptr::null_mut(), data_structure) }
}

/// The one way into a business function. NULL for the first two pointers means those of the session.
unsafe fn enter(
    function: &str,
    context: *mut BehaviourContext,
    generic: *mut c_void,
    data_structure: *mut c_void,
) -> Result<i32, CallError> {
    let resolver = with_state(|state| match state.running.last() {
        Some(caller) if state.running.len() >= DEPTH_MAX => {
            Err(CallError::TooDeep { function: function.to_owned(), caller: caller.function.clone() })
        }
        _ => Ok(Rc::clone(&state.resolver)),
    });
    let resolver = resolver.unwrap_or_else(|| Err(CallError::NoSession { function: function.to_owned() }))?;
    // The state is not borrowed here: loading a library runs its constructors, and those may call the runtime.
    let pointer = resolver.resolve(function).map_err(|reason| CallError::NotFound { function: function.to_owned(), reason })?;
    let own = begin(function);
    let context = if context.is_null() { own } else { context };
    // Functions only test the generic pointer for NULL and pass it on, so any other address will do.
    let generic = if generic.is_null() { context.cast() } else { generic };
    // SAFETY: the resolver vouches for the function, the caller for the data structure; the context lives as long as the session.
    let result = unsafe { pointer(context, generic, data_structure) };
    with_state(|state| state.running.pop());
    Ok(result)
}

/// Notes a function as running, and gives the session's context.
fn begin(function: &str) -> *mut BehaviourContext {
    with_state(|state| {
        state.running.push(Running { function: function.to_owned(), errors_before: state.errors.len() });
        state.context.get()
    })
    .unwrap_or(ptr::null_mut())
}

/// Entry of a CALLMAP.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct MapEntry {
    caller_item: i32,
    called_item: i32,
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeCallObject(
    function: *const u16,
    _library: *const u16,
    context: *mut BehaviourContext,
    generic: *mut c_void,
    data_structure: *mut c_void,
    map: *const MapEntry,
    map_count: c_int,
    _first: *const u16,
    _second: *const u16,
    flags: c_int,
) -> i32 {
    // SAFETY: NULL or text.
    let function = unsafe { string(function) };
    let function = function.trim();
    let errors_before = with_state(|state| state.errors.len()).unwrap_or(0);
    // SAFETY: the calling business function vouches for its pointers.
    match unsafe { enter(function, context, generic, data_structure) } {
        Ok(result) => {
            // SAFETY: NULL, or as many entries as the caller says.
            let items = unsafe { items_of(map, map_count) };
            with_state(|state| hand_over(state, errors_before, &items, flags & NO_ERRORS != 0));
            result
        }
        Err(failure) => {
            trace(&format!("jdeCallObject: {failure}"));
            let id = if matches!(failure, CallError::TooDeep { .. }) { "BSFNDEPTH" } else { "BSFNUNKNWN" };
            error::set(0, id, Some(failure.to_string()));
            ERROR
        }
    }
}

/// From the called function's items to the caller's.
unsafe fn items_of(map: *const MapEntry, count: c_int) -> BTreeMap<i32, i32> {
    let count = if map.is_null() { 0 } else { usize::try_from(count).unwrap_or(0).min(MAP_MAX) };
    // SAFETY: `count` entries are there, none for NULL.
    (0..count).map(|place| unsafe { *map.add(place) }).map(|entry| (entry.called_item, entry.caller_item)).collect()
}

/// Makes the messages of a called function the caller's.
fn hand_over(state: &mut State, errors_before: usize, items: &BTreeMap<i32, i32>, drop: bool) {
    if drop {
        state.errors.truncate(errors_before);
    }
    for error in state.errors.iter_mut().skip(errors_before) {
        error.item = items.get(&error.item).copied().unwrap_or(0);
    }
}
