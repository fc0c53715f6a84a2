//! What servers and control say to one another, as the fleet needs it: the same JSON as the program's own. What the fleet does not look at is left out.

use engine::failure::Failure;
use engine::outcome::{Change, Outcome};
use engine::step::Order;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize)]
pub struct Speaker {
    pub server: String,
    pub instance: String,
    pub home: String,
    pub host: String,
    pub process: u32,
    pub version: String,
    /// Milliseconds since 1970.
    pub clock: i64,
}

#[derive(Serialize)]
pub struct ClaimAsked {
    pub speaker: Speaker,
    /// Job, run and attempt.
    pub working: Vec<(i64, usize, u32)>,
}

#[derive(Deserialize)]
pub struct ClaimGiven {
    pub orders: Vec<Order>,
    pub refused: Option<Failure>,
}

#[derive(Serialize)]
pub struct Report {
    pub job: i64,
    pub run: usize,
    pub attempt: u32,
    pub result: Result<Outcome, Failure>,
    pub changes: Vec<Change>,
    pub lines: Vec<(i64, String)>,
}
