//! What can go wrong on a bus. It does not know what a caller does about it; the hints say what an operator can.

use crate::MESSAGE_BYTES_MAX;
use std::time::Duration;

#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum BusError {
    #[error("nobody answers to {0}")]
    NoResponder(String),
    #[error("no answer to {0} within {1:?}")]
    TimedOut(String, Duration),
    #[error("the message to {0} has {1} bytes, more than {MESSAGE_BYTES_MAX}")]
    TooLarge(String, usize),
    #[error("`{0}` is no bus; expected memory:, nats://HOST:PORT or tls://HOST:PORT")]
    UnknownScheme(String),
    #[error(
        "the address of the bus holds a user name or a password\nhint: give HOST:PORT only; a server proves who it is by the seed of its key"
    )]
    SecretInAddress,
    #[error("`{0}` cannot name a member of the bus\nhint: use 1 to 64 letters, digits, `-` and `_`")]
    BadName(String),
    #[error("the seed of {0} is not that of a user's key\nhint: it begins with SU; `packwright enrol` issues one")]
    BadSeed(String),
    #[error("the bus at {address} cannot be reached: {why}\nhint: is nats-server running there, and is its port open to this machine?")]
    Unreachable { address: String, why: String },
    #[error("the bus at {address} is not trusted: {why}\nhint: give the certificate of the authority that signed the server's")]
    Untrusted { address: String, why: String },
    #[error("the bus refuses {who}: {what}\nhint: is its key in the users file of nats-server, and was that reloaded?")]
    Refused { who: String, what: String },
    #[error("the bus keeps no goods: {0}\nhint: switch JetStream on in nats-server; control then makes the streams when it starts")]
    NoStreams(String),
    #[error("stream {stream} of the bus does not fit: {why}\nhint: remove it or mend it; control makes what is missing when it starts")]
    UnfitStream { stream: String, why: String },
    #[error("the connection to the bus broke before {0} was answered")]
    Disconnected(String),
    #[error("the bus has no room for {0}: {1}\nhint: give nats-server more space (max_file_store, disk), or remove packages nobody needs")]
    GoodsFull(String, String),
    #[error("goods {0} are damaged: {1}")]
    GoodsDamaged(String, String),
    #[error("the bus has no goods {0}")]
    GoodsAbsent(String),
    #[error("what was to be put as goods {hash} has another hash, {found}")]
    WrongGoods { hash: String, found: String },
    #[error("goods of {0} bytes are more than the {1} that are allowed")]
    GoodsTooLarge(u64, u64),
    #[error("`{0}` is no content hash of 64 hex digits")]
    BadHash(String),
    #[error("cannot {attempted} {file}: {why}")]
    File { attempted: &'static str, file: String, why: String },
    #[error("the bus failed at {0}: {1}")]
    Failed(String, String),
}
