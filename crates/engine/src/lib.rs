//! Decides, and owns the words that everything else speaks: steps, recipes, plans, jobs, outcomes, tables. Pure: it opens no file, no
//! socket, starts no thread and reads no clock.

pub mod failure;
pub mod host;
pub mod job;
pub mod outcome;
pub mod plan;
pub mod recipe;
pub mod release;
pub mod step;
pub mod tables;
pub mod value;
