//! Bodies that no message can hold travel as letters: pieces in a stream that forgets them after minutes, and a reference in the
//! message. It does not know who reads them. A letter's name is drawn at random, and nobody but control can list them, so only who was
//! told of one can read it.

use super::parcel::Parcel;
use super::streams::LETTERS;
use super::wire::Wire;
use crate::access::is_name;
use crate::{BusError, MESSAGE_BYTES_MAX};
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use std::fmt;

/// Pieces on their way at a time.
const IN_FLIGHT: usize = 8;
/// Bytes of a piece.
const PIECE_BYTES: usize = 512 * 1024;

#[derive(Debug, PartialEq, Eq)]
pub struct Letter {
    from: String,
    id: String,
    pub bytes: usize,
    pieces: usize,
}

impl fmt::Display for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} {}", self.from, self.id, self.bytes, self.pieces)
    }
}

impl Letter {
    pub fn parse(text: &str) -> Option<Letter> {
        let words: Vec<&str> = text.split(' ').collect();
        let [from, id, bytes, pieces] = words[..] else { return None };
        let letter = Letter { from: from.into(), id: id.into(), bytes: bytes.parse().ok()?, pieces: pieces.parse().ok()? };
        let sound = is_name(from) && is_name(id) && letter.bytes <= MESSAGE_BYTES_MAX && (1..=letter.bytes).contains(&letter.pieces);
        sound.then_some(letter)
    }

    fn subject(&self, piece: usize) -> String {
        format!("{LETTERS}.{}.{}.{piece}", self.from, self.id)
    }
}

impl Wire {
    /// A body as it travels: as it is, or as a letter.
    pub async fn wrap(&self, body: Vec<u8>) -> Result<Parcel, BusError> {
        if body.len() <= self.payload_bytes_max() {
            return Ok(Parcel::Body(body.into()));
        }
        self.write_letter(body.into()).await.map(Parcel::Letter)
    }

    /// An answer as it travels; its asker is told where it cannot.
    pub async fn wrap_answer(&self, body: Vec<u8>) -> Parcel {
        match body.len() {
            bytes if bytes > MESSAGE_BYTES_MAX => Parcel::TooLarge(bytes),
            _ => self.wrap(body).await.unwrap_or(Parcel::Gone),
        }
    }

    async fn write_letter(&self, body: Bytes) -> Result<Letter, BusError> {
        // An inbox has the kind of name a letter needs: one that nobody else draws or guesses.
        let inbox = self.client.new_inbox();
        let id = inbox.rsplit('.').next().unwrap_or(&inbox);
        let piece_bytes = PIECE_BYTES.min(self.payload_bytes_max());
        let letter = Letter { from: self.name.clone(), id: id.to_string(), bytes: body.len(), pieces: body.len().div_ceil(piece_bytes) };
        stream::iter(0..letter.pieces)
            .map(|piece| {
                let start = piece * piece_bytes;
                self.store(letter.subject(piece), body.slice(start..body.len().min(start + piece_bytes)))
            })
            .buffer_unordered(IN_FLIGHT)
            .try_for_each(|_| async { Ok(()) })
            .await?;
        Ok(letter)
    }

    pub async fn read_letter(&self, letter: &Letter) -> Result<Vec<u8>, BusError> {
        let lost = |why: &str| BusError::Failed(format!("a letter of {}", letter.from), why.to_string());
        let mut pieces = stream::iter(0..letter.pieces).map(|piece| self.read(LETTERS, letter.subject(piece))).buffered(IN_FLIGHT);
        let mut body = Vec::with_capacity(letter.bytes);
        while let Some(piece) = pieces.next().await {
            let piece = piece?.ok_or_else(|| lost("it is not there any more"))?;
            if body.len() + piece.len() > letter.bytes {
                return Err(lost("it is longer than was said"));
            }
            body.extend_from_slice(&piece);
        }
        if body.len() < letter.bytes { Err(lost("it is shorter than was said")) } else { Ok(body) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_read_back_and_a_forged_one_refused() {
        let letter = Letter { from: "ENT1".into(), id: "x7".into(), bytes: 9, pieces: 2 };
        assert_eq!(Letter::parse(&letter.to_string()), Some(letter));
        for text in ["", "a b 1", "a b 1 1 1", "a.b c 1 1", "> b 1 1", "a b 0 0", "a b 1 2", "a b -1 1", "a b 99999999999 1", "a b 1 x"] {
            assert_eq!(Letter::parse(text), None, "{text}");
        }
    }
}
