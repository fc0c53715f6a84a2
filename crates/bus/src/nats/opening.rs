//! Joins a NATS server, and says what an operator can do where that fails. It does not know what is carried.

use super::wire::Wire;
use crate::{Access, BusError};
use async_nats::rustls;
use async_nats::{Client, ConnectError, ConnectErrorKind, ConnectOptions, Event, ServerAddr};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// How long a server may take to answer for the first time.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// The longest pause between two tries to connect again.
const PAUSE_MAX: Duration = Duration::from_secs(2);
/// The pause between the first tries.
const PAUSE: Duration = Duration::from_millis(100);
/// A server that is silent for this long is asked, and given up after two answers are missing.
const PING_EVERY: Duration = Duration::from_secs(10);
/// Messages that the client library keeps for one subscription; our own queues come behind it.
const LIBRARY_MESSAGES_MAX: usize = 4_096;
/// Messages on their way out in the client library.
const LIBRARY_SENDING_MAX: usize = 256;
/// Events of the connection on their way.
const EVENTS_MAX: usize = 256;
/// Addresses of one bus.
const ADDRESSES_MAX: usize = 16;

pub async fn open(url: &str, access: &Access) -> Result<Arc<Wire>, BusError> {
    let addresses = addresses(url)?;
    let until = Instant::now() + ANSWER_WITHIN;
    let mut why = "it does not answer".to_string();
    while Instant::now() < until {
        let (sender, events) = mpsc::channel(EVENTS_MAX);
        let connecting = options(access, &addresses, sender).connect(addresses.clone());
        match tokio::time::timeout_at(until, connecting).await {
            Ok(Ok(client)) => return Ok(wire(client, url, access, events)),
            Ok(Err(error)) => why = refusal(url, access, &error)?,
            Err(_) => break,
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(BusError::Unreachable { address: url.to_string(), why })
}

fn wire(client: Client, url: &str, access: &Access, events: mpsc::Receiver<Event>) -> Arc<Wire> {
    Wire::new(client, access.called().to_string(), url.to_string(), events)
}

fn addresses(url: &str) -> Result<Vec<ServerAddr>, BusError> {
    // No part of a wrong address is repeated, for it may hold a secret.
    let unknown = || BusError::UnknownScheme(url.split(':').next().unwrap_or_default().to_string() + "://…");
    let parts: Vec<&str> = url.split(',').collect();
    if parts.len() > ADDRESSES_MAX {
        return Err(unknown());
    }
    let mut addresses = Vec::new();
    for part in parts {
        let address: ServerAddr = part.parse().map_err(|_| unknown())?;
        if address.has_user_pass() || part.contains('@') {
            return Err(BusError::SecretInAddress);
        }
        if !matches!(address.scheme(), "nats" | "tls") || address.host().is_empty() {
            return Err(unknown());
        }
        addresses.push(address);
    }
    Ok(addresses)
}

fn options(access: &Access, addresses: &[ServerAddr], events: mpsc::Sender<Event>) -> ConnectOptions {
    let mut options = ConnectOptions::new()
        .name(access.called())
        .custom_inbox_prefix(format!("{}{}", super::INBOX, access.called()))
        .require_tls(addresses.iter().any(ServerAddr::tls_required))
        // Only those that an operator wrote down are spoken to.
        .ignore_discovered_servers()
        .max_reconnects(None)
        .reconnect_delay_callback(pause)
        .ping_interval(PING_EVERY)
        .subscription_capacity(LIBRARY_MESSAGES_MAX)
        .client_capacity(LIBRARY_SENDING_MAX)
        .event_callback(move |event| {
            let events = events.clone();
            async move {
                // Nobody heeds them any more when the bus is dropped.
                let _ = events.send(event).await;
            }
        });
    if let Some(seed) = &access.seed {
        options = options.nkey(seed.clone());
    }
    if let Some(ca) = &access.ca {
        options = options.add_root_certificates(ca.clone());
    }
    options
}

/// Not at the first try, then longer and longer.
fn pause(tries: usize) -> Duration {
    let doubled = 1 << tries.saturating_sub(2).min(10) as u32;
    if tries <= 1 { Duration::ZERO } else { (Duration::from_millis(25) * doubled).min(PAUSE_MAX) }
}

/// The reason of a failure after which another try makes sense; else the error.
fn refusal(url: &str, access: &Access, error: &ConnectError) -> Result<String, BusError> {
    if matches!(error.kind(), ConnectErrorKind::AuthorizationViolation | ConnectErrorKind::Authentication) {
        return Err(BusError::Refused { who: access.called().to_string(), what: "it is not known by this key".into() });
    }
    if error.kind() == ConnectErrorKind::Tls || is_of_tls(error) {
        return Err(BusError::Untrusted { address: url.to_string(), why: reason(error) });
    }
    Ok(reason(error))
}

fn is_of_tls(error: &ConnectError) -> bool {
    let source = error.source().and_then(|source| source.downcast_ref::<std::io::Error>());
    source.and_then(|source| source.get_ref()).is_some_and(|inner| inner.is::<rustls::Error>())
}

/// The last of the causes, which says most.
fn reason(error: &ConnectError) -> String {
    let mut cause: &dyn Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_holds_no_secret_and_one_scheme_per_part() {
        assert_eq!(addresses("nats://a:1,tls://b:2").unwrap().len(), 2);
        assert_eq!(addresses("nats://user:secret@a:1"), Err(BusError::SecretInAddress));
        for url in ["nats://", "nats://a,http://b", "nats://a:99999", "nats:// a", &"nats://a,".repeat(20)] {
            assert!(matches!(addresses(url), Err(BusError::UnknownScheme(_))), "{url}");
        }
    }

    #[test]
    fn pauses_are_short() {
        assert_eq!(pause(1), Duration::ZERO);
        assert!((2..1_000_000).step_by(999).all(|tries| pause(tries) <= PAUSE_MAX && pause(tries) > Duration::ZERO));
    }
}
