//! Goods on their way: bytes under their content hash, in a stream of a NATS server. It does not know who needs them, nor when nobody does.
//!
//! ```text
//! goods.<hash>.whole             the entry: small goods themselves, or the digests of all chunks; it is written last
//! goods.<hash>.<part>.<digest>   a chunk of 512 KB; a part is 128 of them (64 MB)
//! ```
//!
//! A message of the stream is never changed, so a put that was cut off goes on with the chunks that are missing in each part, and a
//! chunk that a wrong file left is under another name than the right one. Every chunk proves itself when it arrives, so a get that was
//! cut off goes on too: what the file holds already is hashed, not fetched. Reading, hashing and sending of many chunks overlap.

mod entry;
mod place;
mod shelf;
mod tree;

use crate::BusError;
use crate::nats::streams::{GOODS, Stored};
use crate::nats::wire::Wire;
use bytes::Bytes;
use entry::{Entry, GOODS_BYTES_MAX, SMALL_BYTES_MAX};
use futures_util::{StreamExt, TryStreamExt, stream};
use place::Place;
use serde_json::json;
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tree::{CHUNK_BYTES, Digest};

/// Chunks of one put or get on their way.
const IN_FLIGHT: usize = 16;
/// Chunks of all of them; the server cuts off a reader that lets 64 MB wait.
const IN_FLIGHT_OF_ALL: usize = 48;
/// Chunks of a part.
const PART_CHUNKS: usize = 128;
/// Bytes that travel without a file.
const BYTES_MAX: usize = 4 * 1024 * 1024;

/// Where goods travel.
#[derive(Clone)]
pub struct Goods {
    wire: Arc<Wire>,
    room: Arc<Semaphore>,
}

impl Goods {
    pub(crate) fn new(wire: Arc<Wire>) -> Goods {
        Goods { wire, room: Arc::new(Semaphore::new(IN_FLIGHT_OF_ALL)) }
    }

    /// Whether they are there whole.
    pub async fn has(&self, hash: &str) -> Result<bool, BusError> {
        check_hash(hash)?;
        Ok(self.wire.read(GOODS, whole(hash)).await?.is_some())
    }

    /// Sends a file, unless it is there whole.
    pub async fn put(&self, hash: &str, file: &Path) -> Result<(), BusError> {
        check_hash(hash)?;
        self.put_from(hash, Place::open(file).await?).await
    }

    /// Sends at most 4 MB, unless they are there whole.
    pub async fn put_bytes(&self, hash: &str, bytes: Vec<u8>) -> Result<(), BusError> {
        check_hash(hash)?;
        if bytes.len() > BYTES_MAX {
            return Err(BusError::GoodsTooLarge(bytes.len() as u64, BYTES_MAX as u64));
        }
        self.put_from(hash, Place::of(bytes)).await
    }

    /// Fetches into a file, goes on where a former get left it, and verifies all of it. A file of damaged goods is removed.
    pub async fn get(&self, hash: &str, file: &Path) -> Result<(), BusError> {
        check_hash(hash)?;
        let fetched = self.get_into(hash, file).await;
        if matches!(fetched, Err(BusError::GoodsDamaged(..))) {
            // That it cannot be removed changes nothing for the caller, who has the error that matters.
            let _ = tokio::fs::remove_file(file).await;
        }
        fetched
    }

    /// Fetches at most 4 MB.
    pub async fn get_bytes(&self, hash: &str) -> Result<Vec<u8>, BusError> {
        check_hash(hash)?;
        match self.entry(hash).await? {
            Entry::Small(content) => Ok(content.into()),
            Entry::Large { bytes, .. } if bytes > BYTES_MAX as u64 => Err(BusError::GoodsTooLarge(bytes, BYTES_MAX as u64)),
            Entry::Large { bytes, digests } => {
                let chunks: Vec<Bytes> = stream::iter(digests.iter().enumerate())
                    .map(|(index, digest)| self.fetch(hash, index, *digest, bytes))
                    .buffered(IN_FLIGHT)
                    .try_collect()
                    .await?;
                Ok(chunks.concat())
            }
        }
    }

    async fn put_from(&self, hash: &str, place: Place) -> Result<(), BusError> {
        let bytes = place.bytes();
        if bytes > GOODS_BYTES_MAX {
            return Err(BusError::GoodsTooLarge(bytes, GOODS_BYTES_MAX));
        }
        // Small ones are sent without a question: the stream takes them once.
        let entry = if bytes <= SMALL_BYTES_MAX as u64 {
            let content = place.read(0, bytes as usize).await?;
            check_content(hash, blake3::hash(&content).to_hex().to_string())?;
            Entry::Small(content)
        } else {
            if self.has(hash).await? {
                return Ok(());
            }
            let digests = self.put_chunks(hash, &place).await?;
            check_content(hash, tree::root(&digests).unwrap_or_default())?;
            Entry::Large { bytes, digests }
        };
        self.wire.store(whole(hash), entry.encode()).await.map(|_| ())
    }

    async fn put_chunks(&self, hash: &str, place: &Place) -> Result<Vec<Digest>, BusError> {
        let count = tree::chunks(place.bytes());
        let mut digests = Vec::with_capacity(count);
        for part in 0..count.div_ceil(PART_CHUNKS) {
            let there = &self.chunks_there(hash, part).await?;
            let of_part = part * PART_CHUNKS..count.min((part + 1) * PART_CHUNKS);
            let sent: Vec<Digest> =
                stream::iter(of_part).map(|index| self.put_chunk(hash, index, place, there)).buffered(IN_FLIGHT).try_collect().await?;
            digests.extend(sent);
        }
        Ok(digests)
    }

    async fn put_chunk(&self, hash: &str, index: usize, place: &Place, there: &HashSet<String>) -> Result<Digest, BusError> {
        let _room = self.room.acquire().await.expect("it is never closed");
        let (chunk, digest) = place.read_chunk(index).await?;
        let subject = chunk_subject(hash, index, &digest);
        if !there.contains(&subject) {
            // That another put brought it meanwhile is as good.
            let (Stored::New | Stored::Before) = self.wire.store(subject, chunk).await?;
        }
        Ok(digest)
    }

    /// The subjects of the chunks of a part that are in the stream.
    async fn chunks_there(&self, hash: &str, part: usize) -> Result<HashSet<String>, BusError> {
        let filter = json!({ "subjects_filter": format!("{GOODS}.{hash}.{part}.*") });
        let info = self.wire.call(&format!("$JS.API.STREAM.INFO.{GOODS}"), filter).await?;
        Ok(info["state"]["subjects"].as_object().into_iter().flatten().map(|(subject, _)| subject.clone()).collect())
    }

    async fn get_into(&self, hash: &str, file: &Path) -> Result<(), BusError> {
        let entry = self.entry(hash).await?;
        let place = Place::make(file).await?;
        let (bytes, digests) = match entry {
            Entry::Small(content) => {
                let bytes = content.len() as u64;
                place.write(0, content).await?;
                return place.end(bytes).await;
            }
            Entry::Large { bytes, digests } => (bytes, digests),
        };
        let place = &place;
        stream::iter(digests.iter().enumerate())
            .map(|(index, digest)| self.get_chunk(hash, index, *digest, bytes, place))
            .buffer_unordered(IN_FLIGHT)
            .try_for_each(|()| async { Ok(()) })
            .await?;
        place.end(bytes).await
    }

    async fn get_chunk(&self, hash: &str, index: usize, digest: Digest, bytes: u64, place: &Place) -> Result<(), BusError> {
        let (start, _) = entry::range(index, bytes);
        if place.holds(index, digest, bytes).await? {
            return Ok(());
        }
        let chunk = self.fetch(hash, index, digest, bytes).await?;
        place.write(start, chunk).await
    }

    /// A chunk, verified.
    async fn fetch(&self, hash: &str, index: usize, digest: Digest, bytes: u64) -> Result<Bytes, BusError> {
        let damaged = |why: &str| BusError::GoodsDamaged(hash.to_string(), format!("chunk {index} {why}"));
        let _room = self.room.acquire().await.expect("it is never closed");
        let chunk = self.wire.read(GOODS, chunk_subject(hash, index, &digest)).await?.ok_or_else(|| damaged("is missing"))?;
        let (_, length) = entry::range(index, bytes);
        if chunk.len() != length || place::blocking_digest(index, chunk.clone(), bytes).await != digest {
            return Err(damaged("is not what it should be"));
        }
        Ok(chunk)
    }

    async fn entry(&self, hash: &str) -> Result<Entry, BusError> {
        let text = self.wire.read(GOODS, whole(hash)).await?.ok_or_else(|| BusError::GoodsAbsent(hash.to_string()))?;
        Entry::decode(text, hash)
    }
}

fn whole(hash: &str) -> String {
    format!("{GOODS}.{hash}.whole")
}

fn chunk_subject(hash: &str, index: usize, digest: &Digest) -> String {
    let digest = blake3::Hash::from_bytes(*digest).to_hex();
    format!("{GOODS}.{hash}.{}.{digest}", index / PART_CHUNKS)
}

/// Foreign text becomes part of a subject here.
fn check_hash(hash: &str) -> Result<(), BusError> {
    let sound = hash.len() == 64 && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if sound { Ok(()) } else { Err(BusError::BadHash(hash.chars().take(80).collect())) }
}

fn check_content(hash: &str, found: String) -> Result<(), BusError> {
    if found == hash { Ok(()) } else { Err(BusError::WrongGoods { hash: hash.to_string(), found }) }
}

const _: () = assert!(PART_CHUNKS * CHUNK_BYTES == 64 * 1024 * 1024);
