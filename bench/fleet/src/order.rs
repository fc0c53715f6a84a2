//! Orders a deployment over the bus, as a command line does whose own control does not lead.

use bus::Bus;
use serde_json::{Value, json};
use std::time::Duration;

const SUBJECT: &str = "control.api";
const ANSWER_WITHIN: Duration = Duration::from_secs(120);

/// Returns when the order was taken.
pub async fn deploy(bus: &Bus, package: &str, servers: &[String]) -> Result<(), String> {
    let body = json!({ "package": package, "servers": servers }).to_string();
    let id = format!("fleet.{}.{package}.{:?}", std::process::id(), std::time::Instant::now());
    let order = json!({ "id": id, "method": "POST", "uri": "/api/deployments", "body": body });
    let answer = bus.request(SUBJECT, order.to_string().into_bytes(), ANSWER_WITHIN).await;
    let answer = answer.map_err(|error| format!("the order was not answered: {error}"))?;
    let answer: Value = serde_json::from_slice(&answer).map_err(|error| format!("the answer to the order cannot be read: {error}"))?;
    match answer["status"].as_u64() {
        Some(200) => Ok(()),
        // Only the beginning: a hint may name thousands of servers.
        _ => Err(format!("the order was refused: {}", answer["body"].as_str().unwrap_or_default().chars().take(400).collect::<String>())),
    }
}
