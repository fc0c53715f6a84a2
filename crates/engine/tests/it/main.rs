//! The engine from outside: control, servers and a bad network on a virtual clock, and stored formats of earlier versions.

mod simulation;
mod stored;
