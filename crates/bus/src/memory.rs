//! The bus within one process: queues by pattern.

use crate::news::{self, Listener};
use crate::requests::{self, Request, Requests};
use crate::{BusError, Message, Subscription, check_size, matches};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

#[derive(Clone, Default)]
pub struct Memory(Arc<Inner>);

#[derive(Default)]
struct Inner {
    listeners: Mutex<Vec<(String, Listener)>>,
    responders: Mutex<Vec<(String, mpsc::Sender<Request>)>>,
    turn: AtomicUsize,
}

impl Memory {
    pub async fn request(&self, subject: &str, body: Vec<u8>, timeout: Duration) -> Result<Vec<u8>, BusError> {
        let none = || BusError::NoResponder(subject.to_string());
        let responder = self.responder(subject).ok_or_else(none)?;
        let (answer, wait) = oneshot::channel();
        let exchange = async {
            responder.send(Request { subject: subject.to_string(), body, answer }).await.map_err(|_| none())?;
            wait.await.map_err(|_| none())
        };
        let answer = tokio::time::timeout(timeout, exchange).await.map_err(|_| BusError::TimedOut(subject.to_string(), timeout))??;
        check_size(subject, &answer)?;
        Ok(answer)
    }

    /// Responders take turns; those that are gone are forgotten here.
    fn responder(&self, subject: &str) -> Option<mpsc::Sender<Request>> {
        let mut responders = self.0.responders.lock().expect("no holder panics");
        responders.retain(|(_, sender)| !sender.is_closed());
        let able: Vec<_> = responders.iter().filter(|(pattern, _)| matches(pattern, subject)).collect();
        let turn = self.0.turn.fetch_add(1, Ordering::Relaxed);
        (!able.is_empty()).then(|| able[turn % able.len()].1.clone())
    }

    pub fn respond(&self, pattern: &str) -> Requests {
        let (sender, requests) = requests::queue();
        self.0.responders.lock().expect("no holder panics").push((pattern.to_string(), sender));
        requests
    }

    pub fn publish(&self, subject: &str, body: Vec<u8>) {
        // That nobody listens is not an error: news only saves a look at the store.
        let message = Message { subject: subject.to_string(), body };
        let mut listeners = self.0.listeners.lock().expect("no holder panics");
        listeners.retain(|(pattern, listener)| !matches(pattern, subject) || listener.tell(message.clone()));
    }

    pub fn subscribe(&self, pattern: &str) -> Subscription {
        let (listener, subscription) = news::queue();
        let mut listeners = self.0.listeners.lock().expect("no holder panics");
        // Here too, for one whose subject is never spoken of would stay for ever.
        listeners.retain(|(_, listener)| listener.is_heard());
        listeners.push((pattern.to_string(), listener));
        subscription
    }
}
