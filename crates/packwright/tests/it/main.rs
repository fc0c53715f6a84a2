//! The binary as its users run it: every test has an enterprise of its own in a temporary folder, with real compilers and real processes.

mod bad_input;
mod enterprise;
mod killed;
mod main_job;
mod objects;
mod patches;
mod pipes;
mod postgres;
mod screens;
mod zlib;
