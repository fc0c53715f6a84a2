//! One connection to a NATS server: it knows whether it is there, since when not, and what the server refused, so that a question ends
//! at once when its answer can no longer come. The client library reconnects and subscribes again by itself. It does not know what is
//! asked.

use super::parcel::Parcel;
use crate::{BusError, Connection};
use async_nats::connection::State;
use async_nats::{Client, ClientError, Event, Message, Request, RequestErrorKind, ServerError, Subject};
use bytes::Bytes;
use futures_util::StreamExt;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, SystemTime};
use tokio::sync::{broadcast, mpsc, watch};

/// Refusals that may wait to be read; what is lost of them ends at a timeout instead.
const REFUSALS_MAX: usize = 64;
/// How long the server itself may take to answer.
const SERVER_WITHIN: Duration = Duration::from_secs(30);
/// How long subscriptions may take after the connection was lost; then the next loss is heeded.
const SETTLE_WITHIN: Duration = Duration::from_secs(5);
/// Bytes of a message that are left for subject and headers.
const HEAD_BYTES: usize = 4 * 1024;

pub struct Wire {
    pub client: Client,
    /// The word for this process in subjects.
    pub name: String,
    pub address: String,
    line: watch::Sender<Line>,
    refusals: broadcast::Sender<Arc<str>>,
    last_refusal: Mutex<Option<Arc<str>>>,
    /// The streams were there once, so that a read need not ask for them.
    pub streams_seen: AtomicBool,
}

/// The state of the connection.
#[derive(Clone)]
pub struct Line {
    pub connection: Connection,
    /// How often it was lost: what was asked before is not answered after.
    losses: u64,
    /// How often news may have been lost.
    gaps: u64,
}

impl Line {
    fn losses_where_connected(&self) -> Option<u64> {
        (self.connection == Connection::Connected).then_some(self.losses)
    }
}

impl Wire {
    pub fn new(client: Client, name: String, address: String, events: mpsc::Receiver<Event>) -> Arc<Wire> {
        let line = watch::Sender::new(Line { connection: Connection::Connected, losses: 0, gaps: 0 });
        let refusals = broadcast::Sender::new(REFUSALS_MAX);
        let wire =
            Arc::new(Wire { client, name, address, line, refusals, last_refusal: Mutex::default(), streams_seen: AtomicBool::new(false) });
        tokio::spawn(heed_all(Arc::downgrade(&wire), events));
        wire
    }

    /// Asks the server itself.
    pub async fn ask_server(&self, subject: &str, body: Bytes) -> Result<Message, BusError> {
        let asking = self.ask(subject, Request::new().payload(body));
        tokio::time::timeout(SERVER_WITHIN, asking).await.map_err(|_| BusError::TimedOut(subject.to_string(), SERVER_WITHIN))?
    }

    /// Asks and waits for the answer, for the loss of the connection, or for a refusal.
    pub async fn ask(&self, subject: &str, request: Request) -> Result<Message, BusError> {
        let (mut line, mut refusals) = (self.line(), self.refusals());
        let losses = line.borrow().losses_where_connected().ok_or_else(|| BusError::Disconnected(subject.to_string()))?;
        let answer = self.client.send_request(subject.to_string(), request.timeout(None));
        tokio::select! {
            biased;
            answer = answer => answer.map_err(|e| match e.kind() {
                RequestErrorKind::NoResponders => BusError::NoResponder(subject.to_string()),
                _ => BusError::Failed(subject.to_string(), e.to_string()),
            }),
            _ = line.wait_for(|line| line.losses != losses) => Err(BusError::Disconnected(subject.to_string())),
            () = refusal(&mut refusals, subject) => Err(self.refuses(subject)),
        }
    }

    /// Answers. Whether it arrives is the asker's concern.
    pub async fn reply(&self, way_back: Subject, parcel: Parcel) {
        let (headers, payload) = parcel.into_message();
        let _ = self.client.publish_with_headers(way_back, headers, payload).await;
    }

    /// Returns when the server has taken all that was said before.
    pub async fn round_trip(&self) -> Result<(), BusError> {
        let (mut line, mut refusals) = (self.line(), self.refusals());
        let losses = line.borrow().losses_where_connected().ok_or_else(|| BusError::Disconnected("a round trip".into()))?;
        let inbox = self.client.new_inbox();
        tokio::select! {
            biased;
            echo = self.echo(inbox.clone()) => echo,
            _ = line.wait_for(|line| line.losses != losses) => Err(BusError::Disconnected("a round trip".into())),
            () = refusal(&mut refusals, &inbox) => Err(self.refuses(&inbox)),
            () = tokio::time::sleep(SERVER_WITHIN) => Err(BusError::TimedOut("a round trip".into(), SERVER_WITHIN)),
        }
    }

    /// Says something to itself: the server tells a connection in the order of what it heard on it.
    async fn echo(&self, inbox: String) -> Result<(), BusError> {
        let failed = |e: String| BusError::Failed("a round trip".into(), e);
        let mut listening = self.client.subscribe(inbox.clone()).await.map_err(|e| failed(e.to_string()))?;
        self.client.publish(inbox, Bytes::new()).await.map_err(|e| failed(e.to_string()))?;
        listening.next().await.map(|_| ()).ok_or_else(|| failed("the connection is closed".into()))
    }

    /// Returns when the server listens to a pattern for us, or refuses to. A refusal that is told later reaches the same receiver.
    pub async fn settle(&self, pattern: &str, refusals: &mut Refusals) -> Result<(), BusError> {
        tokio::select! {
            biased;
            () = refusal(refusals, pattern) => Err(self.refuses(pattern)),
            there = self.round_trip() => there,
        }
    }

    fn refuses(&self, subject: &str) -> BusError {
        BusError::Refused { who: self.name.clone(), what: format!("it may not use {subject}") }
    }

    pub fn payload_bytes_max(&self) -> usize {
        self.client.max_payload().saturating_sub(HEAD_BYTES)
    }

    pub fn line(&self) -> watch::Receiver<Line> {
        self.line.subscribe()
    }

    pub fn connection(&self) -> Connection {
        self.line.borrow().connection.clone()
    }

    pub fn gaps(&self) -> Gaps {
        let line = self.line();
        let seen = line.borrow().gaps;
        Gaps { line, seen }
    }

    pub fn refusals(&self) -> Refusals {
        self.refusals.subscribe()
    }

    pub fn refused(&self) -> Option<String> {
        self.last_refusal.lock().expect("no holder panics").as_deref().map(str::to_string)
    }

    async fn heed(&self, event: Event) {
        match event {
            Event::Connected => self.resume().await,
            Event::Disconnected | Event::Closed => self.lose("the connection broke"),
            Event::SlowConsumer(_) => self.line.send_modify(|line| line.gaps += 1),
            Event::ServerError(ServerError::Other(text)) => self.heed_refusal(&text),
            Event::ServerError(error) => self.explain(&error.to_string()),
            Event::ClientError(ClientError::Other(why)) => self.explain(&why),
            Event::ClientError(_) | Event::LameDuckMode | Event::Draining => {}
        }
        // The library drops events that come too fast, so none is relied on alone.
        if self.connection() != Connection::Connected && self.client.connection_state() == State::Connected {
            self.resume().await;
        }
    }

    /// The library connected and subscribes again; a reader may look at the store only when the server knows.
    async fn resume(&self) {
        let _ = tokio::time::timeout(SETTLE_WITHIN, self.echo(self.client.new_inbox())).await;
        self.line.send_modify(|line| {
            // Where nobody told of the loss, there still was one.
            line.losses += u64::from(line.connection == Connection::Connected);
            line.connection = Connection::Connected;
            line.gaps += 1;
        });
    }

    fn lose(&self, why: &str) {
        let since = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |elapsed| elapsed.as_millis() as i64);
        self.line.send_modify(|line| {
            line.connection = Connection::Lost { since, why: why.to_string() };
            line.losses += 1;
        });
    }

    /// A newer reason why the connection is lost.
    fn explain(&self, newer: &str) {
        self.line.send_if_modified(|line| match &mut line.connection {
            Connection::Lost { why, .. } if why != newer => {
                *why = newer.to_string();
                true
            }
            _ => false,
        });
    }

    /// `Permissions Violation for Publish to "news.ENT2.7"`, and the like for subscriptions.
    fn heed_refusal(&self, text: &str) {
        let refused = text.to_ascii_lowercase().contains("permissions violation");
        let Some(subject) = text.split('"').nth(1).filter(|_| refused) else { return };
        let subject: Arc<str> = subject.into();
        *self.last_refusal.lock().expect("no holder panics") = Some(subject.clone());
        // That nobody waits for it is usual: news are not waited for.
        let _ = self.refusals.send(subject);
    }
}

/// Keeps the state of the connection until the bus is dropped.
async fn heed_all(wire: Weak<Wire>, mut events: mpsc::Receiver<Event>) {
    // The first connection was there before the wire.
    let mut first = true;
    while let Some(event) = events.recv().await {
        let Some(wire) = wire.upgrade() else { return };
        if event == Event::Connected && std::mem::take(&mut first) {
            continue;
        }
        wire.heed(event).await;
    }
}

/// The subjects that the server refuses, from when on this was made.
pub type Refusals = broadcast::Receiver<Arc<str>>;

/// The times when news may have been lost.
pub struct Gaps {
    line: watch::Receiver<Line>,
    seen: u64,
}

/// Returns at the next gap; never where the wire is gone.
pub async fn gap(gaps: &mut Gaps) {
    let seen = gaps.seen;
    let now = gaps.line.wait_for(|line| line.gaps != seen).await.map(|line| line.gaps);
    match now {
        Ok(now) => gaps.seen = now,
        Err(_) => std::future::pending().await,
    }
}

/// Returns when the server refuses this subject.
pub async fn refusal(refusals: &mut Refusals, subject: &str) {
    loop {
        match refusals.recv().await {
            Ok(refused) if &*refused == subject => return,
            Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}
