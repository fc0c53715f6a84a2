//! What a server asks of control while it works on a step.

use super::{ANSWER_WITHIN, ASK_EVERY, Agent};
use crate::bus_failed::bus_failed;
use crate::control::protocol::{Asked, subjects};
use bus::BusError;
use engine::failure::{self, Failure};
use serde::de::DeserializeOwned;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// How long a step waits for a control that is away: another takes over in this time.
const CONTROL_AWAY_MAX: Duration = Duration::from_secs(60);

/// Asks until there is an answer, or control has been away for long.
pub async fn ask<T: DeserializeOwned>(agent: &Agent, asked: &Asked) -> Result<T, Failure> {
    let body = serde_json::to_vec(asked).expect("plain data becomes JSON");
    let began = Instant::now();
    loop {
        let answer = agent.bus.request(&subjects::ask(&agent.server), body.clone(), ANSWER_WITHIN).await;
        match answer {
            Ok(answer) => {
                let unreadable = |error: serde_json::Error| {
                    Failure::new(&failure::FORMAT_TOO_NEW, format!("{} cannot read control's answer: {error}", agent.server))
                        .hint("run the same version of packwright on all machines")
                };
                let answer: Result<serde_json::Value, Failure> = serde_json::from_slice(&answer).map_err(unreadable)?;
                return serde_json::from_value(answer?).map_err(unreadable);
            }
            Err(error @ BusError::TooLarge(..)) => return Err(bus_failed(&error)),
            Err(error) if began.elapsed() >= CONTROL_AWAY_MAX || agent.stopping.load(Ordering::Relaxed) => return Err(bus_failed(&error)),
            Err(_) => tokio::time::sleep(ASK_EVERY).await,
        }
    }
}
