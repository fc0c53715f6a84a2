//! The runtime of the SDK: what business functions call by the names in `sdk/include`, and how the kernel calls a business function. It
//! knows neither where libraries lie (a `Resolver` finds a function by name) nor what a data structure holds, and reaches no database.
//!
//! All state belongs to the thread that called `start`: business functions run on one thread. The functions below `runtime/` keep the
//! names of the C interface. None of them unwinds into C: a panic in an `extern "C"` function ends the process with its message, and the
//! parent of the kernel process reports that.

mod call;
mod convert;
mod date;
mod decimal;
mod error;
mod exports;
mod file;
mod format;
mod memory;
mod numeric;
mod plain_number;
mod pointers;
mod scan;
mod session;
mod text;
mod units;

pub use call::{BehaviourContext, CallError, FunctionPointer, call};
pub use error::{ErrorSet, take_errors};
pub use exports::exports;
pub use session::{Resolver, Session, Trace, start};
