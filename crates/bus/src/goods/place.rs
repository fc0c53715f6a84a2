//! Where goods come from or go to on this machine: a file or bytes, read and written at any offset on the threads for blocking work,
//! where the hashing is done too. It does not know the bus.

use super::entry::range;
use super::tree::{self, Digest};
use crate::BusError;
use bytes::Bytes;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

pub enum Place {
    File {
        file: Arc<File>,
        name: String,
        /// When it was opened.
        bytes: u64,
    },
    Bytes(Bytes),
}

impl Place {
    pub fn of(bytes: Vec<u8>) -> Place {
        Place::Bytes(bytes.into())
    }

    /// A file to read.
    pub async fn open(path: &Path) -> Result<Place, BusError> {
        Place::file(path, "read", |path| File::open(path)).await
    }

    /// A file to write; what it holds stays.
    pub async fn make(path: &Path) -> Result<Place, BusError> {
        Place::file(path, "write", |path| File::options().read(true).write(true).create(true).truncate(false).open(path)).await
    }

    async fn file(path: &Path, attempted: &'static str, open: fn(&Path) -> io::Result<File>) -> Result<Place, BusError> {
        let (path, name) = (path.to_path_buf(), path.display().to_string());
        let opened = blocking(move || open(&path).and_then(|file| file.metadata().map(|metadata| (file, metadata.len())))).await;
        let (file, bytes) = opened.map_err(failed(attempted, &name))?;
        Ok(Place::File { file: Arc::new(file), name, bytes })
    }

    pub fn bytes(&self) -> u64 {
        match self {
            Place::File { bytes, .. } => *bytes,
            Place::Bytes(bytes) => bytes.len() as u64,
        }
    }

    pub async fn read(&self, start: u64, length: usize) -> Result<Bytes, BusError> {
        match self {
            Place::File { file, name, .. } => {
                let file = file.clone();
                blocking(move || read_at(&file, start, length)).await.map_err(failed("read", name))
            }
            Place::Bytes(bytes) => Ok(bytes.slice(start as usize..start as usize + length)),
        }
    }

    /// A chunk with its digest.
    pub async fn read_chunk(&self, index: usize) -> Result<(Bytes, Digest), BusError> {
        let bytes = self.bytes();
        let (start, length) = range(index, bytes);
        match self {
            Place::File { file, name, .. } => {
                let file = file.clone();
                let read = move || {
                    let chunk = read_at(&file, start, length)?;
                    let digest = tree::digest(index, &chunk, bytes);
                    Ok((chunk, digest))
                };
                blocking(read).await.map_err(failed("read", name))
            }
            Place::Bytes(all) => {
                let chunk = all.slice(start as usize..start as usize + length);
                let digest = blocking_digest(index, chunk.clone(), bytes).await;
                Ok((chunk, digest))
            }
        }
    }

    /// Whether a chunk is here already, from a former attempt.
    pub async fn holds(&self, index: usize, digest: Digest, bytes: u64) -> Result<bool, BusError> {
        let (start, length) = range(index, bytes);
        if self.bytes() < start + length as u64 {
            return Ok(false);
        }
        let chunk = self.read(start, length).await?;
        Ok(blocking_digest(index, chunk, bytes).await == digest)
    }

    pub async fn write(&self, start: u64, chunk: Bytes) -> Result<(), BusError> {
        match self {
            Place::File { file, name, .. } => {
                let file = file.clone();
                blocking(move || file.write_all_at(&chunk, start)).await.map_err(failed("write", name))
            }
            Place::Bytes(_) => unreachable!("bytes are only read from"),
        }
    }

    /// Cuts off what a former attempt at something longer left.
    pub async fn end(&self, length: u64) -> Result<(), BusError> {
        match self {
            Place::File { bytes, .. } if *bytes <= length => Ok(()),
            Place::File { file, name, .. } => {
                let file = file.clone();
                blocking(move || file.set_len(length)).await.map_err(failed("write", name))
            }
            Place::Bytes(_) => Ok(()),
        }
    }
}

/// Hashing half a megabyte holds a thread long enough to be done elsewhere.
pub async fn blocking_digest(index: usize, chunk: Bytes, bytes: u64) -> Digest {
    blocking(move || Ok(tree::digest(index, &chunk, bytes))).await.expect("hashing does not fail")
}

fn read_at(file: &File, start: u64, length: usize) -> io::Result<Bytes> {
    let mut chunk = vec![0; length];
    file.read_exact_at(&mut chunk, start)?;
    Ok(chunk.into())
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|e| Err(io::Error::other(e)))
}

fn failed(attempted: &'static str, file: &str) -> impl Fn(io::Error) -> BusError {
    let file = file.to_string();
    move |e| BusError::File { attempted, file: file.clone(), why: e.to_string() }
}
