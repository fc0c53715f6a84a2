//! Where a case runs: two members of one bus, in one process or on a NATS server.

use bus::{Access, Bus, Heard, Message, Request, Requests, Subscription, matches};
use std::future::Future;
use std::time::Duration;
use testkit::nats::{Nats, NatsOptions};

/// How long anything may take.
pub const SOON: Duration = Duration::from_secs(20);

pub struct Ground {
    pub one: Bus,
    pub two: Bus,
    pub nats: Option<Nats>,
}

impl Ground {
    pub async fn memory() -> Ground {
        let one = Bus::open("memory:", &Access::default()).await.expect("a bus within the process opens");
        Ground { two: one.clone(), one, nats: None }
    }

    pub async fn nats() -> Ground {
        Ground::nats_with(NatsOptions::default()).await
    }

    pub async fn nats_with(options: NatsOptions) -> Ground {
        let nats = Nats::start_with(options);
        let (one, two) = (open(&nats, "control-1").await, open(&nats, "ENT1").await);
        one.make_streams().await.expect("streams are made");
        Ground { one, two, nats: Some(nats) }
    }

    pub fn server(&mut self) -> &mut Nats {
        self.nats.as_mut().expect("it is on NATS")
    }
}

pub async fn open(nats: &Nats, name: &str) -> Bus {
    Bus::open(&nats.url(), &Access { name: name.into(), seed: None, ca: nats.ca() }).await.expect("the bus opens")
}

/// Fails a case that hangs.
pub async fn in_time<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(3 * SOON, work).await.expect("it takes too long")
}

pub async fn next(requests: &mut Requests) -> Request {
    in_time(requests.next()).await.expect("the bus is there")
}

pub async fn hear(subscription: &mut Subscription) -> Heard {
    in_time(subscription.next()).await.expect("the bus is there")
}

/// The next news, however often the reader is told that there was a gap.
pub async fn hear_on(subscription: &mut Subscription) -> Heard {
    loop {
        match hear(subscription).await {
            Heard::Missed(0) => {}
            heard => return heard,
        }
    }
}

pub fn news(subject: &str, body: &[u8]) -> Heard {
    Heard::News(Message { subject: subject.into(), body: body.into() })
}

#[test]
fn patterns_match_by_word() {
    for (pattern, subject, expected) in [
        ("news.7", "news.7", true),
        ("news.*", "news.7", true),
        ("news.*", "news.7.log", false),
        ("news.>", "news.7.log", true),
        ("news.>", "news", false),
        (">", "news", true),
        ("news", "new", false),
    ] {
        assert_eq!(matches(pattern, subject), expected, "{pattern} {subject}");
    }
}
