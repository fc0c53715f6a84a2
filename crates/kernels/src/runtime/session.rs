//! The session of the kernel's thread: who runs what, where functions are found, and everything that the parts of the runtime keep
//! between two calls from C. It holds the state and runs nothing.

#![expect(unsafe_code, reason = "the functions of the C interface take pointers")]

use std::cell::{RefCell, UnsafeCell};
use std::collections::BTreeSet;
use std::ffi::{c_int, c_void};
use std::ptr;
use std::rc::Rc;

use super::call::{BehaviourContext, FunctionPointer, Running};
use super::error::ErrorSet;
use super::exports::exports;
use super::pointers::Slots;

/// For whom business functions run, and where their trace goes.
#[derive(Default)]
pub struct Session {
    pub user: String,
    pub application: String,
    pub version: String,
    /// Takes one line at a time, without a line end.
    pub trace: Option<Trace>,
}

/// Where the lines of a trace go.
pub type Trace = Box<dyn Fn(&str)>;

/// Finds a business function by name. Set once per process by the kernel child.
pub trait Resolver {
    /// The function, or in words why there is none. The pointer stays good until the end of the process.
    fn resolve(&self, function: &str) -> Result<FunctionPointer, String>;
}

/// All that is kept for one thread.
pub(super) struct State {
    pub session: Rc<Session>,
    pub resolver: Rc<dyn Resolver>,
    /// What functions receive as `lpBhvrCom`; C reads and may write it, so it is only ever used as a pointer.
    pub context: Box<UnsafeCell<BehaviourContext>>,
    /// The functions that run now, the one called last at the end.
    pub running: Vec<Running>,
    pub errors: Vec<ErrorSet>,
    pub slots: Slots,
    handles: Handles,
}

thread_local! {
    static STATE: RefCell<Option<State>> = const { RefCell::new(None) };
}

/// Begins the session of this thread. A second call begins another one, and forgets the errors and stored pointers of the first.
pub fn start(session: Session, resolver: Box<dyn Resolver>) {
    // Libraries find the functions of the runtime by name only: naming all of them here keeps the linker from leaving any out.
    std::hint::black_box(exports());
    let context = Box::new(UnsafeCell::new(BehaviourContext::of(&session)));
    let state = State {
        session: Rc::new(session),
        resolver: resolver.into(),
        context,
        running: Vec::new(),
        errors: Vec::new(),
        slots: Slots::default(),
        handles: Handles::default(),
    };
    STATE.with_borrow_mut(|place| *place = Some(state));
}

/// Works on the state of this thread; `None` when it has no session. Nothing that `work` does may run foreign code.
pub(super) fn with_state<R>(work: impl FnOnce(&mut State) -> R) -> Option<R> {
    STATE.with_borrow_mut(|state| state.as_mut().map(work))
}

/// One line for the trace, when anyone reads it.
pub(super) fn trace(line: &str) {
    if let Some(session) = with_state(|state| Rc::clone(&state.session))
        && let Some(trace) = &session.trace
    {
        trace(line);
    }
}

const HANDLES_MAX: usize = 1000;
/// Handles are no addresses: one that is followed shall crash.
const HANDLE_STEP: usize = 16;

/// The open handles to the session. A number is never given twice, so a handle that was freed stays unknown.
#[derive(Default)]
struct Handles {
    open: BTreeSet<usize>,
    given: usize,
}

impl Handles {
    fn open(&mut self) -> Option<*mut c_void> {
        if self.open.len() >= HANDLES_MAX {
            return None;
        }
        self.given += 1;
        self.open.insert(self.given * HANDLE_STEP);
        Some(ptr::without_provenance_mut(self.given * HANDLE_STEP))
    }
}

impl State {
    pub(super) fn knows_handle(&self, handle: *mut c_void) -> bool {
        self.handles.open.contains(&handle.addr())
    }
}

const PASSED: c_int = 1;
const FAILED: c_int = 0;

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn JDB_InitBhvr(
    _context: *mut c_void,
    user: *mut *mut c_void,
    _application: *const u16,
    _commit: c_int,
) -> c_int {
    if user.is_null() {
        return FAILED;
    }
    let handle = with_state(|state| state.handles.open()).flatten();
    // SAFETY: the caller's place for a handle.
    unsafe { user.write(handle.unwrap_or(ptr::null_mut())) };
    if handle.is_some() { PASSED } else { FAILED }
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn JDB_FreeBhvr(user: *mut c_void) -> c_int {
    let freed = with_state(|state| state.handles.open.remove(&user.addr())).unwrap_or(false);
    if freed { PASSED } else { FAILED }
}
