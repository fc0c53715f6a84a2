//! What a kernel and its parent say to each other: frames of a length (four bytes, little end first) and so many bytes of JSON, over a pair of
//! sockets. It does not know what the messages mean, and trusts no length.

use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde::de::DeserializeOwned;

pub const FRAME_BYTES_MAX: usize = 16 * 1024 * 1024;

#[derive(Debug, thiserror::Error)]
pub(crate) enum FrameError {
    #[error("the message takes {bytes} bytes, and {FRAME_BYTES_MAX} at most are allowed")]
    TooLarge { bytes: usize },
    #[error("the connection was closed")]
    Closed,
    #[error("the time is up")]
    TimeUp,
    #[error("the message is not what was expected: {0}")]
    Damaged(#[source] serde_json::Error),
    #[error("cannot use the connection: {0}")]
    Connection(#[source] io::Error),
}

impl From<io::Error> for FrameError {
    fn from(failure: io::Error) -> FrameError {
        match failure.kind() {
            // A peer that ended with something unread resets the connection instead of closing it.
            ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => FrameError::Closed,
            ErrorKind::WouldBlock | ErrorKind::TimedOut => FrameError::TimeUp,
            _ => FrameError::Connection(failure),
        }
    }
}

/// Sends a message; without an `end` it may take as long as the peer likes.
pub(crate) fn send<T: Serialize>(stream: &mut UnixStream, message: &T, end: Option<Instant>) -> Result<(), FrameError> {
    let mut frame = vec![0; 4];
    serde_json::to_writer(&mut frame, message).map_err(FrameError::Damaged)?;
    let bytes = frame.len() - 4;
    if bytes > FRAME_BYTES_MAX {
        return Err(FrameError::TooLarge { bytes });
    }
    frame[..4].copy_from_slice(&(bytes as u32).to_le_bytes());
    stream.set_write_timeout(end.map(remaining).transpose()?)?;
    Ok(stream.write_all(&frame)?)
}

/// Receives a message.
pub(crate) fn receive<T: DeserializeOwned>(stream: &mut UnixStream, end: Option<Instant>) -> Result<T, FrameError> {
    let mut length = [0; 4];
    fill(stream, &mut length, end)?;
    let bytes = u32::from_le_bytes(length) as usize;
    if bytes > FRAME_BYTES_MAX {
        return Err(FrameError::TooLarge { bytes });
    }
    let mut message = vec![0; bytes];
    fill(stream, &mut message, end)?;
    serde_json::from_slice(&message).map_err(FrameError::Damaged)
}

/// Reads to the end of the buffer. The time left is set before each read, so a peer that sends byte by byte gains nothing.
fn fill(stream: &mut UnixStream, mut buffer: &mut [u8], end: Option<Instant>) -> Result<(), FrameError> {
    while !buffer.is_empty() {
        stream.set_read_timeout(end.map(remaining).transpose()?)?;
        match stream.read(buffer) {
            Ok(0) => return Err(FrameError::Closed),
            Ok(bytes) => buffer = &mut buffer[bytes..],
            Err(failure) if failure.kind() == ErrorKind::Interrupted => {}
            Err(failure) => return Err(failure.into()),
        }
    }
    Ok(())
}

fn remaining(end: Instant) -> Result<Duration, FrameError> {
    Some(end.saturating_duration_since(Instant::now())).filter(|left| !left.is_zero()).ok_or(FrameError::TimeUp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_pass_and_damage_is_noticed() {
        let (mut near, mut far) = UnixStream::pair().unwrap();
        send(&mut near, &vec!["a", "b"], None).unwrap();
        assert_eq!(receive::<Vec<String>>(&mut far, None).unwrap(), ["a", "b"]);

        near.write_all(&[2, 0, 0, 0, b'{', b'x']).unwrap();
        assert!(matches!(receive::<Vec<String>>(&mut far, None), Err(FrameError::Damaged(_))));

        near.write_all(&u32::MAX.to_le_bytes()).unwrap();
        assert!(matches!(receive::<Vec<String>>(&mut far, None), Err(FrameError::TooLarge { .. })));

        let end = Instant::now() + Duration::from_millis(10);
        assert!(matches!(receive::<Vec<String>>(&mut far, Some(end)), Err(FrameError::TimeUp)));

        near.write_all(&[9, 0, 0]).unwrap();
        drop(near);
        assert!(matches!(receive::<Vec<String>>(&mut far, None), Err(FrameError::Closed)));
        assert!(matches!(send(&mut far, &1, None), Err(FrameError::Closed)));
    }

    #[test]
    fn too_large_a_message_is_not_sent() {
        let (mut near, _far) = UnixStream::pair().unwrap();
        let message = "x".repeat(FRAME_BYTES_MAX);
        assert!(matches!(send(&mut near, &message, None), Err(FrameError::TooLarge { .. })));
    }
}
