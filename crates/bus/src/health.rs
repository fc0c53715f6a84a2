//! What a doctor learns of a bus. It does not know what to advise.

use crate::MESSAGE_BYTES_MAX;
use std::time::Duration;

/// How a bus is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Where the bus is: `memory:`, or the addresses that were given.
    pub address: String,
    /// The version of its server; empty within one process.
    pub version: String,
    pub connection: Connection,
    /// A question to the server and back; `None` while the connection is lost.
    pub round_trip: Option<Duration>,
    pub streams: Streams,
    /// Bytes that travel in one message; larger ones travel as letters.
    pub payload_bytes_max: usize,
    /// News this process gave up because they came faster than the bus took them, since it joined.
    pub news_lost: u64,
    /// The last subject this process was refused, since it joined.
    pub refused: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Connection {
    Connected,
    Lost {
        /// Milliseconds since 1970.
        since: i64,
        why: String,
    },
}

/// Whether goods can travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Streams {
    Ready,
    /// JetStream is there, but control has not made the streams.
    NotMade,
    /// The server has no JetStream, or it stopped it because its disk is full.
    Absent,
    /// Nobody could be asked.
    Unknown,
    /// A bus within one process needs none.
    NotNeeded,
}

impl Health {
    pub(crate) fn of_memory() -> Health {
        Health {
            address: "memory:".into(),
            version: String::new(),
            connection: Connection::Connected,
            round_trip: Some(Duration::ZERO),
            streams: Streams::NotNeeded,
            payload_bytes_max: MESSAGE_BYTES_MAX,
            news_lost: 0,
            refused: None,
        }
    }
}
