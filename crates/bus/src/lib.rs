//! Carries calls, news and wake-ups between control and servers. It remembers nothing: whatever is lost, doubled or late here is repaired from
//! the store, so things are later, never wrong. It does not know what the bytes mean.
//!
//! `memory:` carries within one process.

mod memory;

pub use memory::{Heard, Request, Requests, Subscription};

use std::time::Duration;

/// Bytes that one message may have.
pub const MESSAGE_BYTES_MAX: usize = 64 * 1024 * 1024;

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BusError {
    #[error("nobody answers to {0}")]
    NoResponder(String),
    #[error("no answer to {0} within {1:?}")]
    TimedOut(String, Duration),
    #[error("the message to {0} has {1} bytes, more than {MESSAGE_BYTES_MAX}")]
    TooLarge(String, usize),
    #[error("`{0}` is no bus; expected memory:")]
    UnknownScheme(String),
}

/// News with the subject it came on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub subject: String,
    pub body: Vec<u8>,
}

/// A bus, chosen by the scheme of its URL. Clones are the same bus.
#[derive(Clone)]
pub struct Bus(memory::Memory);

impl Bus {
    pub fn open(url: &str) -> Result<Bus, BusError> {
        match url.split_once(':') {
            Some(("memory", _)) => Ok(Bus(memory::Memory::default())),
            _ => Err(BusError::UnknownScheme(url.to_string())),
        }
    }

    /// Asks whoever responds to the subject, one of them where several do.
    pub async fn request(&self, subject: &str, body: Vec<u8>, timeout: Duration) -> Result<Vec<u8>, BusError> {
        check_size(subject, &body)?;
        self.0.request(subject, body, timeout).await
    }

    /// Becomes one of those who respond to the subject.
    pub fn respond(&self, subject: &str) -> Requests {
        self.0.respond(subject)
    }

    /// Tells everyone who listens now.
    pub fn publish(&self, subject: &str, body: Vec<u8>) -> Result<(), BusError> {
        check_size(subject, &body)?;
        self.0.publish(subject, body);
        Ok(())
    }

    /// Listens to all subjects that the pattern matches: words with dots, `*` for one word, `>` for the rest.
    pub fn subscribe(&self, pattern: &str) -> Subscription {
        self.0.subscribe(pattern)
    }
}

fn check_size(subject: &str, body: &[u8]) -> Result<(), BusError> {
    if body.len() > MESSAGE_BYTES_MAX { Err(BusError::TooLarge(subject.to_string(), body.len())) } else { Ok(()) }
}

/// Whether a pattern matches a subject.
pub fn matches(pattern: &str, subject: &str) -> bool {
    let (mut pattern, mut subject) = (pattern.split('.'), subject.split('.'));
    loop {
        match (pattern.next(), subject.next()) {
            (Some(">"), Some(_)) | (None, None) => return true,
            (Some("*"), Some(_)) => {}
            (Some(wanted), Some(word)) if wanted == word => {}
            _ => return false,
        }
    }
}
