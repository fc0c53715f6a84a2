//! What a child process does to itself before foreign code gets its turn: limits, and its connection out of that code's way. It knows nothing of
//! orders.

#![expect(unsafe_code, reason = "the buffer of C's standard output is set by a C function")]

use std::ffi::{c_char, c_int, c_void};
use std::fs::File;
use std::io;
use std::os::unix::net::UnixStream;

use rustix::process::{Resource, Rlimit, setrlimit};

/// Buffers by line, as in `stdio.h` of Linux.
const IOLBF: c_int = 1;

unsafe extern "C" {
    #[link_name = "stdout"]
    static C_STDOUT: *mut c_void;
    fn setvbuf(stream: *mut c_void, buffer: *mut c_char, mode: c_int, size: usize) -> c_int;
}

/// The connection to the parent, which came as standard input; foreign code that reads standard input finds it empty from now on.
pub(crate) fn take_connection() -> io::Result<UnixStream> {
    let connection = rustix::io::fcntl_dupfd_cloexec(io::stdin(), 3)?;
    rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    Ok(UnixStream::from(connection))
}

/// No core files; no file, and so no log, grows by more than `log_bytes_max`; no more memory than allowed.
pub(crate) fn confine(log_bytes_max: u64, memory_bytes_max: Option<u64>) -> io::Result<()> {
    limit(Resource::Core, 0)?;
    let written_before = rustix::fs::fstat(io::stdout())?.st_size;
    limit(Resource::Fsize, log_bytes_max.saturating_add(u64::try_from(written_before).unwrap_or(0)))?;
    if let Some(bytes) = memory_bytes_max {
        limit(Resource::As, bytes)?;
    }
    // SAFETY: before any foreign code runs, nothing has used the stream yet.
    unsafe { setvbuf(C_STDOUT, std::ptr::null_mut(), IOLBF, 0) };
    Ok(())
}

fn limit(resource: Resource, most: u64) -> io::Result<()> {
    Ok(setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?)
}
