//! Pointers kept by number, so that data structures, whose members have no room for one, can pass it on. What a pointer points at is the
//! business of whoever stored it.

#![expect(unsafe_code, reason = "the functions of the C interface take pointers")]

use std::ffi::c_void;
use std::ptr;

use super::session::{trace, with_state};

const SLOTS_MAX: usize = 1000;

/// Slot n is number n + 1: 0 means failure. The lowest free one is taken, so numbers stay small.
#[derive(Default)]
pub(super) struct Slots(Vec<Option<*mut c_void>>);

impl Slots {
    fn store(&mut self, pointer: *mut c_void) -> Option<i32> {
        let slot = self.0.iter().position(Option::is_none).unwrap_or(self.0.len());
        if slot >= SLOTS_MAX {
            return None;
        }
        if slot == self.0.len() {
            self.0.push(None);
        }
        self.0[slot] = Some(pointer);
        i32::try_from(slot + 1).ok()
    }

    fn slot(&mut self, number: i32) -> Option<&mut Option<*mut c_void>> {
        self.0.get_mut(usize::try_from(number).ok()?.checked_sub(1)?)
    }
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeStoreDataPtr(user: *mut c_void, pointer: *mut c_void) -> i32 {
    if pointer.is_null() {
        return 0;
    }
    let stored = with_state(|state| if state.knows_handle(user) { state.slots.store(pointer).ok_or(true) } else { Err(false) });
    match stored {
        Some(Ok(number)) => number,
        Some(Err(true)) => {
            trace(&format!("jdeStoreDataPtr: all {SLOTS_MAX} numbers for pointers are in use"));
            0
        }
        Some(Err(false)) | None => 0,
    }
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeRetrieveDataPtr(user: *mut c_void, number: i32) -> *mut c_void {
    with_slot(user, number, |slot| *slot)
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeRemoveDataPtr(user: *mut c_void, number: i32) -> *mut c_void {
    with_slot(user, number, Option::take)
}

fn with_slot(user: *mut c_void, number: i32, look: fn(&mut Option<*mut c_void>) -> Option<*mut c_void>) -> *mut c_void {
    let pointer = with_state(|state| if state.knows_handle(user) { state.slots.slot(number).and_then(look) } else { None });
    pointer.flatten().unwrap_or(ptr::null_mut())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_begin_at_one_and_are_used_again() {
        let mut slots = Slots::default();
        let pointer = |address| ptr::without_provenance_mut::<c_void>(address);
        assert_eq!(slots.store(pointer(64)), Some(1));
        assert_eq!(slots.store(pointer(128)), Some(2));
        assert_eq!(slots.slot(1).and_then(Option::take), Some(pointer(64)));
        assert_eq!(slots.store(pointer(192)), Some(1));
        for number in [0, -1, 3, i32::MIN, i32::MAX] {
            assert!(slots.slot(number).is_none(), "{number}");
        }
        for expected in 3..=SLOTS_MAX {
            assert_eq!(slots.store(pointer(8)), i32::try_from(expected).ok());
        }
        assert_eq!(slots.store(pointer(8)), None);
    }
}
