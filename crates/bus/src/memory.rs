//! The bus within one process: channels by subject.

use crate::{BusError, Message, matches};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{broadcast, mpsc, oneshot};

/// News that a slow reader may fall behind before it misses the oldest.
const NEWS_MAX: usize = 4_096;
/// Requests that may wait for one responder.
const REQUESTS_MAX: usize = 1_024;

#[derive(Clone)]
pub struct Memory(Arc<Inner>);

struct Inner {
    news: broadcast::Sender<Message>,
    responders: Mutex<HashMap<String, Vec<mpsc::Sender<Request>>>>,
    turn: AtomicUsize,
}

impl Default for Memory {
    fn default() -> Memory {
        Memory(Arc::new(Inner { news: broadcast::channel(NEWS_MAX).0, responders: Mutex::default(), turn: AtomicUsize::new(0) }))
    }
}

/// A question with the way back.
pub struct Request {
    pub body: Vec<u8>,
    answer: oneshot::Sender<Vec<u8>>,
}

impl Request {
    /// Answers. That nobody waits any more is not an error: the asker asks again.
    pub fn reply(self, body: Vec<u8>) {
        let _ = self.answer.send(body);
    }
}

/// Requests to one subject; ends when dropped.
pub struct Requests(mpsc::Receiver<Request>);

impl Requests {
    pub async fn next(&mut self) -> Option<Request> {
        self.0.recv().await
    }
}

/// News on the subjects of a pattern.
pub struct Subscription {
    pattern: String,
    news: broadcast::Receiver<Message>,
}

/// One reading of a subscription.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    News(Message),
    /// The reader was too slow and missed this many messages of the bus: it must look at the store.
    Missed(u64),
}

impl Subscription {
    /// `None` when the bus is gone.
    pub async fn next(&mut self) -> Option<Heard> {
        loop {
            match self.news.recv().await {
                Ok(message) if matches(&self.pattern, &message.subject) => return Some(Heard::News(message)),
                Ok(_) => {}
                Err(broadcast::error::RecvError::Lagged(count)) => return Some(Heard::Missed(count)),
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }
}

impl Memory {
    pub async fn request(&self, subject: &str, body: Vec<u8>, timeout: Duration) -> Result<Vec<u8>, BusError> {
        let none = || BusError::NoResponder(subject.to_string());
        let responder = self.responder(subject).ok_or_else(none)?;
        let (answer, wait) = oneshot::channel();
        let exchange = async {
            responder.send(Request { body, answer }).await.map_err(|_| none())?;
            wait.await.map_err(|_| none())
        };
        tokio::time::timeout(timeout, exchange).await.map_err(|_| BusError::TimedOut(subject.to_string(), timeout))?
    }

    /// Responders take turns; those that are gone are forgotten here.
    fn responder(&self, subject: &str) -> Option<mpsc::Sender<Request>> {
        let mut responders = self.0.responders.lock().expect("no holder panics");
        let group = responders.get_mut(subject)?;
        group.retain(|sender| !sender.is_closed());
        let turn = self.0.turn.fetch_add(1, Ordering::Relaxed);
        (!group.is_empty()).then(|| group[turn % group.len()].clone())
    }

    pub fn respond(&self, subject: &str) -> Requests {
        let (sender, receiver) = mpsc::channel(REQUESTS_MAX);
        self.0.responders.lock().expect("no holder panics").entry(subject.to_string()).or_default().push(sender);
        Requests(receiver)
    }

    pub fn publish(&self, subject: &str, body: Vec<u8>) {
        // That nobody listens is not an error: news only saves a look at the store.
        let _ = self.0.news.send(Message { subject: subject.to_string(), body });
    }

    pub fn subscribe(&self, pattern: &str) -> Subscription {
        Subscription { pattern: pattern.to_string(), news: self.0.news.subscribe() }
    }
}
