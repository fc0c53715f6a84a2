//! Requests on their way to one who responds. It does not know which bus brings them.

use tokio::sync::{mpsc, oneshot};

/// Requests that may wait for one responder.
const REQUESTS_MAX: usize = 1_024;

/// A question with the way back.
pub struct Request {
    pub subject: String,
    pub body: Vec<u8>,
    pub(crate) answer: oneshot::Sender<Vec<u8>>,
}

impl Request {
    /// Answers. That nobody waits any more is not an error: the asker asks again.
    pub fn reply(self, body: Vec<u8>) {
        let _ = self.answer.send(body);
    }
}

/// Requests to the subjects of one pattern; ends when dropped.
pub struct Requests(mpsc::Receiver<Request>);

impl Requests {
    /// `None` when the bus is gone, or refuses the pattern.
    pub async fn next(&mut self) -> Option<Request> {
        self.0.recv().await
    }
}

pub(crate) fn queue() -> (mpsc::Sender<Request>, Requests) {
    let (sender, receiver) = mpsc::channel(REQUESTS_MAX);
    (sender, Requests(receiver))
}
