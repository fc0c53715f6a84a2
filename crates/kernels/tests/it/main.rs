//! Business functions compiled from C and run for real.

mod batch;
mod call;
mod package;
mod runtime;
