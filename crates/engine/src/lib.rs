//! Decides, and owns the words that everything else speaks: steps, recipes, plans, jobs, outcomes, tables. Pure: it opens no file, no
//! socket, starts no thread and reads no clock.

pub mod release;
pub mod failure;
pub mod outcome;
pub mod step;
pub mod host;
pub mod recipe;
pub mod plan;
pub mod job;
pub mod tables;
pub mod value;
