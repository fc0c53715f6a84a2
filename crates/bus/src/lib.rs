//! Carries calls, news, wake-ups and goods between control and servers. It remembers nothing that matters: whatever is lost, doubled or
//! late here is repaired from the store, so things are later, never wrong. It does not know what the bytes mean.
//!
//! ```text
//! memory:                  within one process; goods need no carrying there
//! nats://HOST:PORT         nats-server 2.9 or newer, with JetStream for goods and large messages
//! tls://HOST:PORT,…        the same, and TLS is required; several addresses of one cluster
//! ```

mod access;
mod error;
mod goods;
mod health;
mod memory;
mod nats;
mod news;
mod permissions;
mod requests;

pub use access::{Access, new_key, public_key};
pub use error::BusError;
pub use goods::Goods;
pub use health::{Connection, Health, Streams};
pub use news::{Heard, Message, Subscription};
pub use permissions::{permissions, server_configuration};
pub use requests::{Request, Requests};

use std::time::Duration;

/// Bytes that one message may have.
pub const MESSAGE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// A bus, chosen by the scheme of its URL. Clones are the same bus.
#[derive(Clone)]
pub struct Bus(Carrier);

#[derive(Clone)]
enum Carrier {
    Memory(memory::Memory),
    Nats(nats::Nats),
}

impl Bus {
    /// Joins the bus. A server that does not answer within ten seconds, or refuses, is an error; one that goes away later is waited for.
    pub async fn open(url: &str, access: &Access) -> Result<Bus, BusError> {
        access.check()?;
        match url.split_once(':') {
            Some(("memory", _)) => Ok(Bus(Carrier::Memory(memory::Memory::default()))),
            Some(("nats" | "tls", _)) => Ok(Bus(Carrier::Nats(nats::Nats::open(url, access).await?))),
            // The scheme alone, for what follows may hold a secret.
            Some((scheme, _)) => Err(BusError::UnknownScheme(format!("{scheme}:"))),
            None => Err(BusError::UnknownScheme(url.to_string())),
        }
    }

    /// Asks whoever responds to the subject, one of them where several do. Nobody there is told at once.
    pub async fn request(&self, subject: &str, body: Vec<u8>, timeout: Duration) -> Result<Vec<u8>, BusError> {
        check_size(subject, &body)?;
        match &self.0 {
            Carrier::Memory(memory) => memory.request(subject, body, timeout).await,
            Carrier::Nats(nats) => nats.request(subject, body, timeout).await,
        }
    }

    /// Becomes one of those who respond to the subjects of a pattern; those of one pattern take turns.
    pub async fn respond(&self, pattern: &str) -> Result<Requests, BusError> {
        match &self.0 {
            Carrier::Memory(memory) => Ok(memory.respond(pattern)),
            Carrier::Nats(nats) => nats.respond(pattern).await,
        }
    }

    /// Tells everyone who listens now. It never waits; news may be lost on the way, and what arrives of one publisher arrives in its order.
    pub fn publish(&self, subject: &str, body: Vec<u8>) -> Result<(), BusError> {
        check_size(subject, &body)?;
        match &self.0 {
            Carrier::Memory(memory) => memory.publish(subject, body),
            Carrier::Nats(nats) => nats.publish(subject, body),
        }
        Ok(())
    }

    /// Listens to all subjects that the pattern matches: words with dots, `*` for one word, `>` for the rest. Listening has begun when this
    /// returns.
    pub async fn subscribe(&self, pattern: &str) -> Result<Subscription, BusError> {
        match &self.0 {
            Carrier::Memory(memory) => Ok(memory.subscribe(pattern)),
            Carrier::Nats(nats) => nats.subscribe(pattern).await,
        }
    }

    /// Where goods travel; `None` within one process, whose content store has them already.
    pub fn goods(&self) -> Option<&Goods> {
        match &self.0 {
            Carrier::Memory(_) => None,
            Carrier::Nats(nats) => Some(nats.goods()),
        }
    }

    /// Makes what goods and large messages travel in, where it is missing. Control does so when it starts; the others only use it.
    pub async fn make_streams(&self) -> Result<(), BusError> {
        match &self.0 {
            Carrier::Memory(_) => Ok(()),
            Carrier::Nats(nats) => nats.make_streams().await,
        }
    }

    /// How the bus is, for a doctor. A lost connection is a finding, not an error.
    pub async fn look(&self) -> Result<Health, BusError> {
        match &self.0 {
            Carrier::Memory(_) => Ok(Health::of_memory()),
            Carrier::Nats(nats) => nats.look().await,
        }
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
