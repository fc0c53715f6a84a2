//! What control does with goods: it lists what the stream holds and removes what nobody names. A server may do neither.

use super::{Goods, check_hash};
use crate::BusError;
use crate::nats::streams::GOODS;
use async_nats::Message;
use futures_util::StreamExt;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

/// Messages of one page of the list.
const PAGE: usize = 500;
/// How long the next message of a page may take, and how long the server keeps a list that nobody reads on.
const PAGE_WITHIN: Duration = Duration::from_secs(30);

impl Goods {
    /// All goods of which anything is there, whole or not: what a put that was cut off left is goods that nobody names, too. Hash,
    /// bytes that are there, and when the last of them was stored (milliseconds since 1970).
    pub async fn list(&self) -> Result<Vec<(String, u64, i64)>, BusError> {
        let call = format!("$JS.API.CONSUMER.CREATE.{GOODS}");
        let config = json!({
            "deliver_policy": "all", "ack_policy": "none", "replay_policy": "instant", "headers_only": true, "mem_storage": true,
            "inactive_threshold": PAGE_WITHIN.as_nanos() as u64,
        });
        let made = self.wire.call(&call, json!({ "stream_name": GOODS, "config": config })).await?;
        let name = made["name"].as_str().ok_or_else(|| BusError::Failed(call, "the answer names no consumer".into()))?;
        let mut found = BTreeMap::new();
        let listed = match made["num_pending"].as_u64() {
            Some(0) => Ok(()),
            _ => self.read_pages(name, &mut found).await,
        };
        let removed = self.wire.call(&format!("$JS.API.CONSUMER.DELETE.{GOODS}.{name}"), json!({})).await;
        listed.and(removed)?;
        Ok(found.into_iter().map(|(hash, (bytes, stored))| (hash, bytes, stored)).collect())
    }

    async fn read_pages(&self, consumer: &str, found: &mut BTreeMap<String, (u64, i64)>) -> Result<(), BusError> {
        let call = format!("$JS.API.CONSUMER.MSG.NEXT.{GOODS}.{consumer}");
        let failed = |why: String| BusError::Failed(call.clone(), why);
        let inbox = self.wire.client.new_inbox();
        let mut page = self.wire.client.subscribe(inbox.clone()).await.map_err(|e| failed(e.to_string()))?;
        let asked = json!({ "batch": PAGE, "expires": PAGE_WITHIN.as_nanos() as u64 }).to_string();
        loop {
            let asking = self.wire.client.publish_with_reply(call.clone(), inbox.clone(), asked.clone().into());
            asking.await.map_err(|e| failed(e.to_string()))?;
            for _ in 0..PAGE {
                let next =
                    tokio::time::timeout(PAGE_WITHIN, page.next()).await.map_err(|_| BusError::TimedOut(call.clone(), PAGE_WITHIN))?;
                let message = next.ok_or_else(|| BusError::Disconnected(call.clone()))?;
                let Some(chunk) = Listed::read(&message) else {
                    return Err(failed(format!("it sent {:?} {:?}", message.status, message.subject)));
                };
                let goods = found.entry(chunk.hash).or_insert((0, 0));
                *goods = (goods.0 + chunk.bytes, goods.1.max(chunk.stored));
                if chunk.pending == 0 {
                    return Ok(());
                }
            }
        }
    }

    /// Removes goods, whole or not.
    pub async fn remove(&self, hash: &str) -> Result<(), BusError> {
        check_hash(hash)?;
        let filter = json!({ "filter": format!("{GOODS}.{hash}.>") });
        self.wire.call(&format!("$JS.API.STREAM.PURGE.{GOODS}"), filter).await.map(|_| ())
    }
}

/// A message of the stream, without its body.
struct Listed {
    hash: String,
    bytes: u64,
    stored: i64,
    pending: u64,
}

impl Listed {
    fn read(message: &Message) -> Option<Listed> {
        let hash = message.subject.split('.').nth(1)?;
        check_hash(hash).ok()?;
        let bytes = message.headers.as_ref()?.get("Nats-Msg-Size")?.as_str().parse().ok()?;
        // `$JS.ACK.<stream>.<consumer>.<deliveries>.<sequence>.<sequence of the consumer>.<nanoseconds>.<pending>`; a longer one names
        // the domain and the account before the stream.
        let words: Vec<&str> = message.reply.as_ref()?.split('.').collect();
        let at = if words.len() > 9 { 9 } else { 7 };
        let stored = words.get(at)?.parse::<i64>().ok()? / 1_000_000;
        let pending = words.get(at + 1)?.parse().ok()?;
        Some(Listed { hash: hash.to_string(), bytes, stored, pending })
    }
}
