//! Decides, and owns the words that everything else speaks: steps, recipes, plans, jobs, outcomes, tables. Pure: it opens no file, no
//! socket, starts no thread and reads no clock.

pub mod tables;
pub mod value;
