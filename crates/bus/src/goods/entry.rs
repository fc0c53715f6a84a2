//! The entry that makes goods visible: small ones are in it, of large ones it lists the chunks. It proves itself against the hash it is
//! found under, so what a broken or hostile writer left is refused before anything is fetched.

use super::tree::{self, CHUNK_BYTES, Digest};
use crate::BusError;
use bytes::Bytes;

/// Bytes of goods that travel in their entry: one round trip. Larger ones are not worth to be sent along when only their presence is
/// asked for.
pub const SMALL_BYTES_MAX: usize = 64 * 1024;
/// Bytes of the largest goods, whose entry still is one message.
pub const GOODS_BYTES_MAX: u64 = 8 * 1024 * 1024 * 1024;

const SMALL: u8 = b'S';
const LARGE: u8 = b'L';
const DIGEST_BYTES: usize = size_of::<Digest>();

#[derive(Debug, PartialEq, Eq)]
pub enum Entry {
    Small(Bytes),
    Large { bytes: u64, digests: Vec<Digest> },
}

impl Entry {
    pub fn encode(&self) -> Bytes {
        let mut text = Vec::new();
        match self {
            Entry::Small(content) => {
                text.push(SMALL);
                text.extend_from_slice(content);
            }
            Entry::Large { bytes, digests } => {
                text.push(LARGE);
                text.extend_from_slice(&bytes.to_le_bytes());
                text.extend_from_slice(digests.as_flattened());
            }
        }
        text.into()
    }

    /// Reads the entry of a hash, and checks it against that.
    pub fn decode(text: Bytes, hash: &str) -> Result<Entry, BusError> {
        let damaged = |why: &str| BusError::GoodsDamaged(hash.to_string(), why.to_string());
        let entry = Entry::parse(text).ok_or_else(|| damaged("their entry cannot be read"))?;
        let found = match &entry {
            Entry::Small(content) => Some(blake3::hash(content).to_hex().to_string()),
            Entry::Large { digests, .. } => tree::root(digests),
        };
        if found.as_deref() == Some(hash) { Ok(entry) } else { Err(damaged("their entry is that of others")) }
    }

    fn parse(text: Bytes) -> Option<Entry> {
        match *text.first()? {
            SMALL if text.len() <= 1 + SMALL_BYTES_MAX => Some(Entry::Small(text.slice(1..))),
            LARGE => {
                let (bytes, digests) = text[1..].split_first_chunk::<8>()?;
                let bytes = u64::from_le_bytes(*bytes);
                let (digests, rest) = digests.as_chunks::<DIGEST_BYTES>();
                let sound = rest.is_empty()
                    && (SMALL_BYTES_MAX as u64 + 1..=GOODS_BYTES_MAX).contains(&bytes)
                    && digests.len() == tree::chunks(bytes);
                sound.then(|| Entry::Large { bytes, digests: digests.to_vec() })
            }
            _ => None,
        }
    }
}

/// Where a chunk begins and how long it is.
pub fn range(index: usize, bytes: u64) -> (u64, usize) {
    let start = (index * CHUNK_BYTES) as u64;
    (start, bytes.saturating_sub(start).min(CHUNK_BYTES as u64) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_read_back_and_a_forged_one_refused() {
        let content = Bytes::from_static(b"hello");
        let hash = blake3::hash(&content).to_hex().to_string();
        let small = Entry::Small(content);
        assert_eq!(Entry::decode(small.encode(), &hash), Ok(small));

        let whole = vec![7; CHUNK_BYTES + 1];
        let bytes = whole.len() as u64;
        let digests: Vec<Digest> = whole.chunks(CHUNK_BYTES).enumerate().map(|(index, chunk)| tree::digest(index, chunk, bytes)).collect();
        let large = Entry::Large { bytes, digests };
        let whole_hash = blake3::hash(&whole).to_hex().to_string();
        assert_eq!(Entry::decode(large.encode(), &whole_hash), Ok(large));

        let mut forged = Entry::Small(Bytes::new()).encode().to_vec();
        for _ in 0..200 {
            assert!(matches!(Entry::decode(forged.clone().into(), &hash), Err(BusError::GoodsDamaged(..))));
            forged.push(LARGE);
            forged.rotate_right(1);
        }
        assert!(Entry::decode(Bytes::new(), &hash).is_err());
    }
}
