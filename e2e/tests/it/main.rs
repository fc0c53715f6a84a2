//! The scaled mode as its operators have it: each test has a world of its own.

mod away;
mod full;
mod killed;
mod names;
