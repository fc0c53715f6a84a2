//! Blocks of memory for business functions. They come from the C library, so that code which mixes these functions with its own `free`
//! does no harm; the runtime keeps no list of them.

#![expect(unsafe_code, reason = "memory is handed out and taken back as pointers")]

use std::ffi::{c_uint, c_ulong, c_void};
use std::ptr;

const CLEARED: c_uint = 0x0002;

unsafe extern "C" {
    fn malloc(bytes: usize) -> *mut c_void;
    fn calloc(count: usize, bytes: usize) -> *mut c_void;
    fn realloc(block: *mut c_void, bytes: usize) -> *mut c_void;
    fn free(block: *mut c_void);
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeAlloc(_pool: *mut c_void, bytes: c_ulong, flags: c_uint) -> *mut c_void {
    if bytes == 0 {
        return ptr::null_mut();
    }
    // SAFETY: any size may be asked for.
    unsafe { if flags & CLEARED != 0 { calloc(1, bytes as usize) } else { malloc(bytes as usize) } }
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeReAlloc(pool: *mut c_void, block: *mut c_void, bytes: c_ulong, flags: c_uint) -> *mut c_void {
    // SAFETY: the block is NULL or one of ours. A size of 0 is not passed on: whether it frees the block is up to the C library.
    unsafe {
        match (block.is_null(), bytes) {
            (true, _) => jdeAlloc(pool, bytes, flags),
            (false, 0) => ptr::null_mut(),
            (false, _) => realloc(block, bytes as usize),
        }
    }
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeFree(block: *mut c_void) -> c_uint {
    // SAFETY: NULL or a block that was handed out, by the rules of `free`.
    unsafe { free(block) };
    1
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeMemset(block: *mut c_void, character: u16, bytes: usize) -> *mut c_void {
    if !block.is_null() {
        for place in 0..bytes / 2 {
            // SAFETY: the caller's block has that many bytes; nothing is known of its alignment.
            unsafe { block.cast::<u16>().add(place).write_unaligned(character) };
        }
    }
    block
}
