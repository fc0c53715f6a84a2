//! Pretends: what tests need around the real crates. A dev-dependency only; no product code knows it.

pub mod nats;
pub mod postgres;
pub mod world;
