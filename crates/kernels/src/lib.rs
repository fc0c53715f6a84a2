//! Runs business functions and batch jobs on one enterprise server, each in a process of its own, and holds the runtime of the SDK that they
//! call. It knows no database and no bus: what to run, and where its libraries lie, is told to it.
//!
//! In reading order: the parent asks (`call`, `batch`, `queue`), the child answers (`child`, `batch_child`, both through `worker`), and below
//! them lie the data structure (`layout`), the functions of a package (`function_map`, `libraries`), what two processes say to each other
//! (`frame`), what the system knows of a process (`process`, `limits`), and the `runtime` that foreign code calls.

pub mod call;
pub mod child;

pub mod batch;
pub mod batch_child;
pub mod queue;

pub mod function_map;
pub mod layout;
mod libraries;
mod worker;

mod frame;
mod limits;
mod log;
pub mod process;

pub mod runtime;

pub use layout::{Direction, ItemType, Layout, LayoutError, LayoutMember};
pub use worker::{CallReply, Refusal};
