//! What every bus must do, and what the one on NATS must do besides.

mod breaks;
mod conformance;
mod goods;
mod ground;
mod joining;
mod rights;
