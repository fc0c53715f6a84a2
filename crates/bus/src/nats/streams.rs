//! The calls of JetStream that goods and letters need, spoken as its wire protocol has them (subjects `$JS.API.…`, answers in JSON; the
//! NATS documents, "JetStream wire API reference"). The client library's own interface reads answers of 2.10 and newer; this one also
//! those of 2.9. It does not know what the bytes are.

use super::wire::Wire;
use crate::{BusError, Streams};
use bytes::Bytes;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use std::time::Duration;

pub const GOODS: &str = "goods";
pub const LETTERS: &str = "letters";
/// How long a letter can be read.
const LETTER_AGE_MAX: Duration = Duration::from_secs(600);

/// Bytes of the largest message of a stream: a chunk, or the longest entry.
const MESSAGE_BYTES: usize = 512 * 1024 + 16;

/// Error codes of JetStream.
const STREAM_NOT_FOUND: u64 = 10_059;
const STORE_FAILED: u64 = 10_077;
const NO_JETSTREAM: [u64; 2] = [10_076, 10_039];
const NO_ROOM: [u64; 4] = [10_002, 10_023, 10_028, 10_047];

/// What a stream did with a message.
#[derive(Debug, PartialEq, Eq)]
pub enum Stored {
    New,
    /// One of this subject is there; it stays.
    Before,
}

impl Wire {
    /// Makes the streams that are missing. What an operator set besides (replicas, the most bytes) stays.
    pub async fn make_streams(&self) -> Result<(), BusError> {
        if self.payload_bytes_max() < MESSAGE_BYTES {
            let why = format!("max_payload of nats-server must be {MESSAGE_BYTES} bytes and some more; 1MB is usual");
            return Err(BusError::UnfitStream { stream: GOODS.to_string(), why });
        }
        let age = LETTER_AGE_MAX.as_nanos() as u64;
        // The first takes one message per subject for good: nobody can change goods that are there. Both refuse, rather than forget,
        // when they are full.
        let of_goods = json!({ "max_msgs_per_subject": 1, "discard": "new", "discard_new_per_subject": true });
        let of_letters = json!({ "max_msgs_per_subject": 1, "discard": "new", "discard_new_per_subject": true, "max_age": age });
        self.make_stream(GOODS, of_goods).await?;
        self.make_stream(LETTERS, of_letters).await
    }

    async fn make_stream(&self, name: &str, needed: Value) -> Result<(), BusError> {
        let info = self.answer(&format!("$JS.API.STREAM.INFO.{name}"), Bytes::new()).await?;
        if code(&info) != Some(STREAM_NOT_FOUND) {
            return check_stream(name, &check(info, name)?, &needed);
        }
        let mut config = json!({
            "name": name, "subjects": [format!("{name}.>")], "retention": "limits", "storage": "file", "num_replicas": 1,
            "allow_direct": true, "deny_delete": true, "max_consumers": -1, "max_msgs": -1, "max_bytes": -1, "max_msg_size": -1,
        });
        for (key, value) in needed.as_object().into_iter().flatten() {
            config[key] = value.clone();
        }
        let made = self.answer(&format!("$JS.API.STREAM.CREATE.{name}"), config.to_string().into()).await?;
        // A server too old for what is needed makes the stream without it.
        check_stream(name, &check(made, name)?, &needed)
    }

    pub async fn streams_there(&self) -> Streams {
        match self.answer(&format!("$JS.API.STREAM.INFO.{GOODS}"), Bytes::new()).await {
            Ok(info) if code(&info) == Some(STREAM_NOT_FOUND) => Streams::NotMade,
            Ok(info) => check(info, GOODS).map_or(Streams::Absent, |_| Streams::Ready),
            Err(BusError::NoStreams(_)) => Streams::Absent,
            Err(_) => Streams::Unknown,
        }
    }

    /// Adds a message to the stream of its subject and waits until it is kept.
    pub async fn store(&self, subject: String, body: Bytes) -> Result<Stored, BusError> {
        let answer = self.answer(&subject, body).await?;
        let text = answer["error"]["description"].as_str().unwrap_or_default();
        if code(&answer) == Some(STORE_FAILED) && text.contains("per subject") {
            return Ok(Stored::Before);
        }
        check(answer, &subject).map(|_| Stored::New)
    }

    /// The message of a subject, from whichever server of the cluster has it.
    pub async fn read(&self, stream: &str, subject: String) -> Result<Option<Bytes>, BusError> {
        self.see_streams().await?;
        let message = self.ask_server(&format!("$JS.API.DIRECT.GET.{stream}.{subject}"), Bytes::new()).await.map_err(absent)?;
        match message.status {
            Some(status) if status.as_u16() == 404 => Ok(None),
            Some(status) => Err(BusError::Failed(subject, status.to_string())),
            None => Ok(Some(message.payload)),
        }
    }

    /// A read from a stream that is not there is not answered, so the first one asks for it before.
    async fn see_streams(&self) -> Result<(), BusError> {
        if self.streams_seen.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.call(&format!("$JS.API.STREAM.INFO.{GOODS}"), json!({})).await?;
        self.streams_seen.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// A call; its errors are of ours.
    pub async fn call(&self, call: &str, body: Value) -> Result<Value, BusError> {
        check(self.answer(call, body.to_string().into()).await?, call)
    }

    /// What JetStream answers, be it an error.
    async fn answer(&self, subject: &str, body: Bytes) -> Result<Value, BusError> {
        let message = self.ask_server(subject, body).await.map_err(absent)?;
        serde_json::from_slice(&message.payload).map_err(|e| BusError::Failed(subject.to_string(), format!("the answer is no JSON: {e}")))
    }
}

fn absent(error: BusError) -> BusError {
    match error {
        BusError::NoResponder(subject) => BusError::NoStreams(format!("nobody answers to {subject}")),
        other => other,
    }
}

fn code(answer: &Value) -> Option<u64> {
    answer["error"]["err_code"].as_u64()
}

fn check(answer: Value, subject: &str) -> Result<Value, BusError> {
    let error = &answer["error"];
    if error.is_null() {
        return Ok(answer);
    }
    let text = error["description"].as_str().unwrap_or("it gives no reason").to_string();
    let full = text.contains("maximum") || text.contains("no space") || text.contains("insufficient");
    Err(match code(&answer) {
        Some(code) if NO_JETSTREAM.contains(&code) => BusError::NoStreams(text),
        Some(STREAM_NOT_FOUND) => BusError::NoStreams(text),
        Some(code) if NO_ROOM.contains(&code) || (code == STORE_FAILED && full) => BusError::GoodsFull(subject.to_string(), text),
        _ => BusError::Failed(subject.to_string(), text),
    })
}

/// Whether a stream that was there does what goods and letters rely on.
fn check_stream(name: &str, info: &Value, needed: &Value) -> Result<(), BusError> {
    let config = &info["config"];
    let allowed = json!({ "allow_direct": true });
    let wanted = [needed, &allowed].into_iter().flat_map(|part| part.as_object().into_iter().flatten());
    for (key, value) in wanted {
        if config[key] != *value {
            return Err(BusError::UnfitStream { stream: name.to_string(), why: format!("its {key} must be {value}") });
        }
    }
    Ok(())
}
