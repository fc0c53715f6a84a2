//! Does the work: one file per step, each seeing one server through [`engine::host::Host`] and nothing else. `recipes` is the table of
//! contents.

pub mod build;
pub mod deploy;
pub mod paths;
pub mod recipes;
