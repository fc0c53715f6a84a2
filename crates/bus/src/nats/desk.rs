//! Where news wait until the connection takes them: `publish` never waits, so what comes faster than it leaves, beyond a bound, is lost and
//! counted. It does not know who listens.

use super::is_connected;
use super::wire::Wire;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

/// News that may wait.
const NEWS_MAX: usize = 4_096;
/// Bytes of them; room for the largest message and more.
const NEWS_BYTES_MAX: usize = 2 * crate::MESSAGE_BYTES_MAX;

#[derive(Clone)]
pub struct Desk {
    sender: mpsc::Sender<Outgoing>,
    room: Arc<Semaphore>,
    lost: Arc<AtomicU64>,
}

struct Outgoing {
    subject: String,
    body: Vec<u8>,
    held: OwnedSemaphorePermit,
}

impl Desk {
    pub fn open(wire: &Arc<Wire>) -> Desk {
        let (sender, receiver) = mpsc::channel(NEWS_MAX);
        let lost = Arc::new(AtomicU64::new(0));
        tokio::spawn(send_all(Arc::downgrade(wire), receiver, lost.clone()));
        Desk { sender, room: Arc::new(Semaphore::new(NEWS_BYTES_MAX)), lost }
    }

    pub fn send(&self, subject: &str, body: Vec<u8>) {
        let held = self.room.clone().try_acquire_many_owned(body.len() as u32);
        let sent = held.is_ok_and(|held| self.sender.try_send(Outgoing { subject: subject.to_string(), body, held }).is_ok());
        if !sent {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

/// One after the other, so that their order is kept, also where one needs a letter.
async fn send_all(wire: Weak<Wire>, mut receiver: mpsc::Receiver<Outgoing>, lost: Arc<AtomicU64>) {
    while let Some(news) = receiver.recv().await {
        let Some(mut line) = wire.upgrade().map(|wire| wire.line()) else { return };
        // The wire is not held here: a bus that is dropped while its server is away must end.
        if line.wait_for(|line| is_connected(&line.connection)).await.is_err() {
            return;
        }
        let Some(wire) = wire.upgrade() else { return };
        let sent = match wire.wrap(news.body).await {
            Ok(parcel) => {
                let (headers, payload) = parcel.into_message();
                wire.client.publish_with_headers(news.subject, headers, payload).await.is_ok()
            }
            Err(_) => false,
        };
        if !sent {
            lost.fetch_add(1, Ordering::Relaxed);
        }
        drop(news.held);
        if receiver.is_empty() {
            let _ = wire.client.flush().await;
        }
    }
}
