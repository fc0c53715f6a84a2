//! The queue between a bus and one who listens to it. It is bounded: a reader that falls behind loses the oldest news and is told
//! so. It does not know which bus fills it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, Weak};
use tokio::sync::Notify;
use tokio::task::AbortHandle;

/// News that wait for one reader before it misses the oldest.
const NEWS_MAX: usize = 4_096;
/// Bytes of them; one message may be larger than that.
const NEWS_BYTES_MAX: usize = 64 * 1024 * 1024;

/// News with the subject it came on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub subject: String,
    pub body: Vec<u8>,
}

/// One reading of a subscription.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    News(Message),
    /// At least this many messages were lost to this reader, 0 where nobody can count them: it was too slow, or the bus was away. It
    /// must look at the store.
    Missed(u64),
}

/// News on the subjects of a pattern; listening ends when it is dropped.
pub struct Subscription {
    queue: Arc<Queue>,
    /// The task that fills the queue, where the bus needs one.
    listener: Option<AbortHandle>,
}

/// Where a bus puts the news of one subscription.
pub(crate) struct Listener(Weak<Queue>);

#[derive(Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    arrived: Notify,
}

#[derive(Default)]
struct Waiting {
    news: VecDeque<Message>,
    bytes: usize,
    missed: Option<u64>,
    ended: bool,
}

/// A queue's two ends.
pub(crate) fn queue() -> (Listener, Subscription) {
    let queue = Arc::new(Queue::default());
    (Listener(Arc::downgrade(&queue)), Subscription { queue, listener: None })
}

impl Listener {
    /// False when nobody reads any more.
    pub fn tell(&self, message: Message) -> bool {
        self.change(|waiting| {
            waiting.bytes += message.body.len();
            waiting.news.push_back(message);
            while waiting.news.len() > NEWS_MAX || (waiting.bytes > NEWS_BYTES_MAX && waiting.news.len() > 1) {
                let oldest = waiting.news.pop_front().expect("it is not empty");
                waiting.bytes -= oldest.body.len();
                *waiting.missed.get_or_insert(0) += 1;
            }
        })
    }

    /// Whether somebody still reads.
    pub fn is_heard(&self) -> bool {
        self.0.strong_count() > 0
    }

    /// Tells that news were lost on their way.
    pub fn miss(&self, count: u64) -> bool {
        self.change(|waiting| *waiting.missed.get_or_insert(0) += count)
    }

    fn change(&self, change: impl FnOnce(&mut Waiting)) -> bool {
        let Some(queue) = self.0.upgrade() else { return false };
        change(&mut queue.waiting.lock().expect("no holder panics"));
        queue.arrived.notify_one();
        true
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.change(|waiting| waiting.ended = true);
    }
}

impl Subscription {
    /// `None` when the bus is gone, or refuses the pattern.
    pub async fn next(&mut self) -> Option<Heard> {
        loop {
            if let Some(heard) = self.take() {
                return heard;
            }
            self.queue.arrived.notified().await;
        }
    }

    /// Ends the task with the subscription.
    pub(crate) fn filled_by(mut self, listener: AbortHandle) -> Subscription {
        self.listener = Some(listener);
        self
    }

    /// The inner `None` is the end.
    fn take(&self) -> Option<Option<Heard>> {
        let mut waiting = self.queue.waiting.lock().expect("no holder panics");
        // First, for what was lost was older than what waits.
        if let Some(count) = waiting.missed.take() {
            return Some(Some(Heard::Missed(count)));
        }
        match waiting.news.pop_front() {
            Some(message) => {
                waiting.bytes -= message.body.len();
                Some(Some(Heard::News(message)))
            }
            None => waiting.ended.then_some(None),
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(listener) = &self.listener {
            listener.abort();
        }
    }
}
