//! Patch profiles as administrators use them: the real program, start scripts run by real shells, and a real Java that tells which class answers. What
//! each part does by itself is tested beside it.

mod commands;
mod compatible;
mod damaged;
mod effect;
mod files;
mod interrupted;
mod java;
#[path = "../../../patches/tests/it/make.rs"]
mod make;
mod manners;
mod payloads;
mod restarts;
mod screens;
mod world;
