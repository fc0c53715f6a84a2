//! What `packwright doctor` finds: one line for each thing that was looked at, with its cure.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    Good,
    /// It works, and somebody should know.
    Doubtful,
    Bad,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Finding {
    /// Server, or control.
    pub place: String,
    /// As compiler, or disk.
    pub subject: String,
    pub health: Health,
    pub found: String,
    /// What to do; empty where nothing is to be done.
    pub cure: String,
}

impl Finding {
    pub fn good(place: &str, subject: &str, found: impl Into<String>) -> Finding {
        Finding { place: place.into(), subject: subject.into(), health: Health::Good, found: found.into(), cure: String::new() }
    }

    pub fn doubtful(place: &str, subject: &str, found: impl Into<String>, cure: &str) -> Finding {
        Finding { place: place.into(), subject: subject.into(), health: Health::Doubtful, found: found.into(), cure: cure.into() }
    }

    pub fn bad(place: &str, subject: &str, found: impl Into<String>, cure: &str) -> Finding {
        Finding { place: place.into(), subject: subject.into(), health: Health::Bad, found: found.into(), cure: cure.into() }
    }
}
