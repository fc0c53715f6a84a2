//! The bus on a NATS server: requests, answers and news under the same subjects. What it carries goes over a `Wire`; it does not know
//! how that one stays connected, nor how goods are laid out.

mod desk;
mod letters;
mod opening;
mod parcel;
pub(crate) mod streams;
pub(crate) mod wire;

use crate::news::{self, Listener};
use crate::requests::{self, Request, Requests};
use crate::{Access, BusError, Connection, Goods, Health, Message, Subscription};
use async_nats::Subscriber;
use desk::Desk;
use futures_util::StreamExt;
use parcel::Parcel;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use wire::{Gaps, Refusals, Wire};

/// Bytes of requests that wait for their answers at one responder; what comes more waits in the server.
const REQUEST_BYTES_MAX: usize = 256 * 1024 * 1024;
/// What the smallest request counts for, so that their number is bounded too.
const REQUEST_BYTES_MIN: usize = 32 * 1024;
/// Responders of one pattern are one group, of which one gets a request.
const GROUP: &str = "responders";
/// What every inbox begins with. Answers go nowhere else: a question could name any subject as its way back, and borrow the responder's
/// rights.
const INBOX: &str = "_INBOX_";

#[derive(Clone)]
pub struct Nats {
    wire: Arc<Wire>,
    desk: Desk,
    goods: Goods,
}

impl Nats {
    pub async fn open(url: &str, access: &Access) -> Result<Nats, BusError> {
        let wire = opening::open(url, access).await?;
        Ok(Nats { desk: Desk::open(&wire), goods: Goods::new(wire.clone()), wire })
    }

    pub fn goods(&self) -> &Goods {
        &self.goods
    }

    pub async fn make_streams(&self) -> Result<(), BusError> {
        self.wire.make_streams().await
    }

    pub async fn request(&self, subject: &str, body: Vec<u8>, timeout: Duration) -> Result<Vec<u8>, BusError> {
        let exchange = async {
            let parcel = self.wire.wrap(body).await?;
            let answer = self.wire.ask(subject, parcel.request()).await?;
            match Parcel::of(&answer) {
                Some(Parcel::Body(body)) => Ok(body.into()),
                Some(Parcel::Letter(letter)) => self.wire.read_letter(&letter).await,
                Some(Parcel::TooLarge(bytes)) => Err(BusError::TooLarge(subject.to_string(), bytes)),
                Some(Parcel::Gone) => Err(BusError::NoResponder(subject.to_string())),
                None => Err(BusError::Failed(subject.to_string(), "the answer is not one of this bus".into())),
            }
        };
        tokio::time::timeout(timeout, exchange).await.map_err(|_| BusError::TimedOut(subject.to_string(), timeout))?
    }

    pub fn publish(&self, subject: &str, body: Vec<u8>) {
        self.desk.send(subject, body);
    }

    pub async fn respond(&self, pattern: &str) -> Result<Requests, BusError> {
        let mut refusals = self.wire.refusals();
        let subscribed = self.wire.client.queue_subscribe(pattern.to_string(), GROUP.to_string()).await;
        let subscriber = subscribed.map_err(|e| BusError::Failed(pattern.to_string(), e.to_string()))?;
        self.wire.settle(pattern, &mut refusals).await?;
        let (sender, requests) = requests::queue();
        tokio::spawn(bring_requests(self.wire.clone(), pattern.to_string(), refusals, subscriber, sender));
        Ok(requests)
    }

    pub async fn subscribe(&self, pattern: &str) -> Result<Subscription, BusError> {
        // Before, so that neither is missed between the subscription and the task.
        let (gaps, mut refusals) = (self.wire.gaps(), self.wire.refusals());
        let subscribed = self.wire.client.subscribe(pattern.to_string()).await;
        let subscriber = subscribed.map_err(|e| BusError::Failed(pattern.to_string(), e.to_string()))?;
        self.wire.settle(pattern, &mut refusals).await?;
        let (listener, subscription) = news::queue();
        let bringing = tokio::spawn(bring_news(self.wire.clone(), pattern.to_string(), (gaps, refusals), subscriber, listener));
        Ok(subscription.filled_by(bringing.abort_handle()))
    }

    pub async fn look(&self) -> Result<Health, BusError> {
        let asked = Instant::now();
        let round_trip = self.wire.round_trip().await.ok().map(|()| asked.elapsed());
        Ok(Health {
            address: self.wire.address.clone(),
            version: self.wire.client.server_info().version,
            connection: self.wire.connection(),
            round_trip,
            streams: self.wire.streams_there().await,
            payload_bytes_max: self.wire.payload_bytes_max(),
            news_lost: self.desk.lost(),
            refused: self.wire.refused(),
        })
    }
}

/// Moves news from the client library, which would drop them without a count, to the reader's queue.
async fn bring_news(wire: Arc<Wire>, pattern: String, line: (Gaps, Refusals), mut subscriber: Subscriber, listener: Listener) {
    let (mut gaps, mut refusals) = line;
    loop {
        tokio::select! {
            biased;
            () = wire::gap(&mut gaps) => { listener.miss(0); }
            () = wire::refusal(&mut refusals, &pattern) => return,
            message = subscriber.next() => {
                let Some(message) = message else { return };
                let body = match Parcel::of(&message) {
                    Some(Parcel::Body(body)) => body.into(),
                    Some(Parcel::Letter(letter)) => match wire.read_letter(&letter).await {
                        Ok(body) => body,
                        Err(_) => { listener.miss(1); continue }
                    },
                    // Not said by a bus: a message of a stream, or an answer that somebody directed here.
                    _ => continue,
                };
                listener.tell(Message { subject: message.subject.to_string(), body });
            }
        }
    }
}

/// Moves requests to the responder's queue, and its answers back.
async fn bring_requests(
    wire: Arc<Wire>,
    pattern: String,
    mut refusals: Refusals,
    mut subscriber: Subscriber,
    sender: mpsc::Sender<Request>,
) {
    let room = Arc::new(Semaphore::new(REQUEST_BYTES_MAX));
    loop {
        tokio::select! {
            biased;
            () = sender.closed() => break,
            () = wire::refusal(&mut refusals, &pattern) => return,
            message = subscriber.next() => {
                let Some(message) = message else { return };
                let Some((parcel, way_back)) = question(&message) else { continue };
                let bytes = parcel.bytes().max(REQUEST_BYTES_MIN) as u32;
                let Ok(held) = room.clone().acquire_many_owned(bytes).await else { return };
                tokio::spawn(answer(wire.clone(), sender.clone(), message.subject.to_string(), parcel, way_back, held));
            }
        }
    }
    // Whoever asked before the server knew that nobody responds here is told so.
    let _ = subscriber.drain().await;
    while let Some(message) = subscriber.next().await {
        if let Some((_, way_back)) = question(&message) {
            wire.reply(way_back, Parcel::Gone).await;
        }
    }
}

/// What is asked and where the answer goes, unless it is no question of a bus.
fn question(message: &async_nats::Message) -> Option<(Parcel, async_nats::Subject)> {
    let way_back = message.reply.clone().filter(|subject| subject.starts_with(INBOX))?;
    Some((Parcel::of(message)?, way_back))
}

async fn answer(
    wire: Arc<Wire>,
    sender: mpsc::Sender<Request>,
    subject: String,
    parcel: Parcel,
    way_back: async_nats::Subject,
    held: OwnedSemaphorePermit,
) {
    let body = match parcel {
        Parcel::Body(body) => Some(body.into()),
        Parcel::Letter(letter) => wire.read_letter(&letter).await.ok(),
        Parcel::Gone | Parcel::TooLarge(_) => None,
    };
    let (answer, wait) = oneshot::channel();
    let asked = match body {
        Some(body) => sender.send(Request { subject, body, answer }).await.is_ok(),
        None => false,
    };
    let answered = if asked { wait.await.ok() } else { None };
    let parcel = match answered {
        Some(body) => wire.wrap_answer(body).await,
        None => Parcel::Gone,
    };
    wire.reply(way_back, parcel).await;
    drop(held);
}

/// Whether news can be handed to the client now.
fn is_connected(connection: &Connection) -> bool {
    *connection == Connection::Connected
}
