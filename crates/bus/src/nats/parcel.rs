//! What a message of this bus looks like on NATS: one header says what its body is. A message without it is not ours, nor is one that a
//! stream sent: a question to a stream can name any subject as its way back, and so put words into another's mouth.

use super::letters::Letter;
use async_nats::{HeaderMap, Message, Request};
use bytes::Bytes;

const HEADER: &str = "Packwright";
/// The server adds it to what it sends out of a stream.
const HEADER_OF_STREAM: &str = "Nats-Stream";

pub enum Parcel {
    Body(Bytes),
    /// The body was too large and lies in a stream.
    Letter(Letter),
    /// Nobody answers.
    Gone,
    /// The answer has so many bytes that it may not be sent.
    TooLarge(usize),
}

impl Parcel {
    pub fn of(message: &Message) -> Option<Parcel> {
        let headers = message.headers.as_ref()?;
        if headers.get(HEADER_OF_STREAM).is_some() {
            return None;
        }
        let text = || std::str::from_utf8(&message.payload).ok();
        match headers.get(HEADER)?.as_str() {
            "body" => Some(Parcel::Body(message.payload.clone())),
            "letter" => Letter::parse(text()?).map(Parcel::Letter),
            "gone" => Some(Parcel::Gone),
            "too-large" => text()?.parse().ok().map(Parcel::TooLarge),
            _ => None,
        }
    }

    pub fn into_message(self) -> (HeaderMap, Bytes) {
        let (kind, payload) = match self {
            Parcel::Body(body) => ("body", body),
            Parcel::Letter(letter) => ("letter", letter.to_string().into()),
            Parcel::Gone => ("gone", Bytes::new()),
            Parcel::TooLarge(bytes) => ("too-large", bytes.to_string().into()),
        };
        let mut headers = HeaderMap::new();
        headers.insert(HEADER, kind);
        (headers, payload)
    }

    pub fn request(self) -> Request {
        let (headers, payload) = self.into_message();
        Request::new().headers(headers).payload(payload)
    }

    /// Bytes of the body that it stands for.
    pub fn bytes(&self) -> usize {
        match self {
            Parcel::Body(body) => body.len(),
            Parcel::Letter(letter) => letter.bytes,
            Parcel::Gone | Parcel::TooLarge(_) => 0,
        }
    }
}
