//! What a server's credential allows, proved with a real server and the configuration that is written for it.

use crate::ground::{SOON, hear, hear_on, in_time, news, next};
use bus::{Access, Bus, BusError, Connection, Heard, new_key, server_configuration};
use std::path::PathBuf;
use tempfile::TempDir;
use testkit::nats::{Nats, NatsOptions};

/// A control and two servers, each with a key.
struct Case {
    folder: TempDir,
    users: Vec<(String, String, bool)>,
    seeds: Vec<String>,
    nats: Nats,
}

const CONTROL: usize = 0;
const ENT1: usize = 1;
const ENT2: usize = 2;

impl Case {
    fn new() -> Case {
        let (mut users, mut seeds) = (Vec::new(), Vec::new());
        for name in ["control-1", "ENT1", "ENT2"] {
            let (seed, public) = new_key();
            users.push((name.to_string(), public, name == "control-1"));
            seeds.push(seed);
        }
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("users.conf");
        std::fs::write(&file, server_configuration(&users)).unwrap();
        let nats = Nats::start_with(NatsOptions { users_file: Some(file), ..NatsOptions::default() });
        Case { folder, users, seeds, nats }
    }

    fn users_file(&self) -> PathBuf {
        self.folder.path().join("users.conf")
    }

    async fn try_open(&self, who: usize) -> Result<Bus, BusError> {
        let (name, seed) = (self.users[who].0.clone(), Some(self.seeds[who].clone()));
        in_time(Bus::open(&self.nats.url(), &Access { name, seed, ca: None })).await
    }

    async fn open(&self, who: usize) -> Bus {
        self.try_open(who).await.unwrap()
    }

    async fn all(&self) -> (Bus, Bus, Bus) {
        let control = self.open(CONTROL).await;
        control.make_streams().await.unwrap();
        (control, self.open(ENT1).await, self.open(ENT2).await)
    }

    /// A client with the rights of one, and none of the manners of a bus.
    async fn raw(&self, who: usize) -> async_nats::Client {
        let inbox = format!("_INBOX_{}", self.users[who].0);
        let options = async_nats::ConnectOptions::with_nkey(self.seeds[who].clone()).custom_inbox_prefix(inbox);
        options.connect(self.nats.url()).await.unwrap()
    }
}

fn hash(content: &[u8]) -> String {
    blake3::hash(content).to_hex().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_can_do_its_work() {
    let case = Case::new();
    let (control, server, _) = case.all().await;
    let mut claims = control.respond("control.claim.*").await.unwrap();
    let mut kernel = server.respond("kernel.ENT1").await.unwrap();
    let mut waking = server.subscribe("wake.ENT1").await.unwrap();
    let mut listening = control.subscribe("news.*.7").await.unwrap();
    // Both ways with bodies that travel as they are, and as letters.
    for bytes in [10, 3_000_000] {
        let body = vec![7; bytes];
        let claiming = async {
            let request = next(&mut claims).await;
            assert!(request.subject == "control.claim.ENT1" && request.body == body);
            request.reply(body.clone());
        };
        let (answer, ()) = tokio::join!(server.request("control.claim.ENT1", body.clone(), SOON), claiming);
        assert!(answer.unwrap() == body);
        let calling = async { next(&mut kernel).await.reply(body.clone()) };
        let (answer, ()) = tokio::join!(control.request("kernel.ENT1", body.clone(), SOON), calling);
        assert!(answer.unwrap() == body);
        control.publish("wake.ENT1", body.clone()).unwrap();
        assert!(hear(&mut waking).await == news("wake.ENT1", &body));
        server.publish("news.ENT1.7", body.clone()).unwrap();
        assert!(hear(&mut listening).await == news("news.ENT1.7", &body));
    }
    for bytes in [10, 2_000_000] {
        let content = vec![9; bytes];
        let goods = server.goods().unwrap();
        goods.put_bytes(&hash(&content), content.clone()).await.unwrap();
        assert!(goods.get_bytes(&hash(&content)).await.unwrap() == content);
    }
    let health = server.look().await.unwrap();
    assert_eq!((health.connection, health.streams, health.refused), (Connection::Connected, bus::Streams::Ready, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_cannot_speak_or_hear_for_another() {
    let case = Case::new();
    let (control, server, _) = case.all().await;
    let mut claims = control.respond("control.*.*").await.unwrap();
    let refused = server.request("control.claim.ENT2", vec![], SOON).await;
    assert!(matches!(refused, Err(BusError::Refused { .. })), "{refused:?}");
    assert_eq!(server.look().await.unwrap().refused.as_deref(), Some("control.claim.ENT2"));
    // The refusal is told, or the stream ends where it was late.
    for pattern in ["wake.ENT2", "news.>", "_INBOX_control-1.>", "goods.>", "control.*.*"] {
        match server.subscribe(pattern).await {
            Ok(mut listening) => assert_eq!(in_time(listening.next()).await, None, "{pattern}"),
            Err(error) => assert!(matches!(error, BusError::Refused { .. }), "{error}"),
        }
    }
    match server.respond("kernel.ENT2").await {
        Ok(mut requests) => assert!(in_time(requests.next()).await.is_none()),
        Err(error) => assert!(matches!(error, BusError::Refused { .. }), "{error}"),
    }
    assert_eq!(control.request("kernel.ENT2", vec![], SOON).await, Err(BusError::NoResponder("kernel.ENT2".into())));
    // The second arrives, so the first was not let through.
    let mut listening = control.subscribe("news.>").await.unwrap();
    server.publish("news.ENT2.7", vec![]).unwrap();
    server.publish("news.ENT1.7", vec![]).unwrap();
    assert_eq!(hear(&mut listening).await, news("news.ENT1.7", &[]));
    // Nothing of all this reached control.
    let claiming = async { next(&mut claims).await.reply(vec![1]) };
    assert_eq!(tokio::join!(server.request("control.claim.ENT1", vec![], SOON), claiming).0, Ok(vec![1]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_cannot_remove_or_change_goods() {
    let case = Case::new();
    let (control, server, _) = case.all().await;
    let content = b"goods".to_vec();
    let hash = hash(&content);
    control.goods().unwrap().put_bytes(&hash, content.clone()).await.unwrap();
    let goods = server.goods().unwrap();
    assert!(matches!(goods.remove(&hash).await, Err(BusError::Refused { .. })));
    assert!(matches!(goods.list().await, Err(BusError::Refused { .. })));
    let raw = case.raw(ENT1).await;
    let mut headers = async_nats::HeaderMap::new();
    // A server may not ask the stream to forget older messages either.
    headers.insert("Nats-Rollup", "all");
    let entry = format!("goods.{hash}.whole");
    let _ = raw.request(entry.clone(), "S another".into()).await.unwrap();
    let _ = raw.request_with_headers(entry.clone(), headers, "S another".into()).await.unwrap();
    for call in ["STREAM.PURGE", "STREAM.DELETE", "STREAM.UPDATE", "STREAM.MSG.DELETE", "CONSUMER.CREATE"] {
        raw.publish(format!("$JS.API.{call}.goods"), "{}".into()).await.unwrap();
    }
    raw.flush().await.unwrap();
    assert_eq!(goods.get_bytes(&hash).await, Ok(content));
    assert_eq!(control.goods().unwrap().list().await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_back_lends_no_rights() {
    let case = Case::new();
    let (control, server, other) = case.all().await;
    let mut claims = control.respond("control.claim.*").await.unwrap();
    let mut kernel = other.respond("kernel.ENT2").await.unwrap();
    let mut waking = other.subscribe("wake.ENT2").await.unwrap();
    let raw = case.raw(ENT1).await;
    // Control would answer, and the stream would send what ENT1 put there, to whom ENT1 may not speak.
    let mut headers = async_nats::HeaderMap::new();
    headers.insert("Packwright", "body");
    let stored = format!("goods.{}.whole", hash(b""));
    raw.request_with_headers(stored.clone(), headers.clone(), "order".into()).await.unwrap();
    for way_back in ["kernel.ENT2", "wake.ENT2"] {
        raw.publish_with_reply_and_headers("control.claim.ENT1", way_back, headers.clone(), "order".into()).await.unwrap();
        raw.publish_with_reply(format!("$JS.API.DIRECT.GET.goods.{stored}"), way_back, "".into()).await.unwrap();
        raw.publish_with_reply_and_headers(stored.clone(), way_back, headers.clone(), "order".into()).await.unwrap();
    }
    // Round trips behind them, to control and to the stream.
    raw.request(stored, "order".into()).await.unwrap();
    let claiming = async { next(&mut claims).await.reply(vec![1]) };
    assert_eq!(tokio::join!(server.request("control.claim.ENT1", vec![], SOON), claiming).0, Ok(vec![1]));
    control.publish("wake.ENT2", b"real".to_vec()).unwrap();
    assert_eq!(hear(&mut waking).await, news("wake.ENT2", b"real"));
    let answering = async {
        let request = next(&mut kernel).await;
        assert_eq!(request.body, b"real");
        request.reply(vec![2]);
    };
    assert_eq!(tokio::join!(control.request("kernel.ENT2", b"real".to_vec(), SOON), answering).0, Ok(vec![2]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_is_refused() {
    let mut case = Case::new();
    let none = in_time(Bus::open(&case.nats.url(), &Access { name: "ENT1".into(), ..Access::default() })).await.err();
    assert!(matches!(none, Some(BusError::Refused { .. })), "{none:?}");
    case.seeds[ENT1] = new_key().0;
    let refused = case.try_open(ENT1).await.err().unwrap();
    assert!(matches!(&refused, BusError::Refused { who, .. } if who == "ENT1"), "{refused:?}");
    assert!(!refused.to_string().contains(&case.seeds[ENT1]));
    case.open(ENT2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_is_cut_off_and_may_come_back() {
    let mut case = Case::new();
    let (control, server, other) = case.all().await;
    let _silent = control.respond("control.claim.*").await.unwrap();
    let mut waking = server.subscribe("wake.ENT1").await.unwrap();
    let asking = tokio::spawn({
        let server = server.clone();
        async move { server.request("control.claim.ENT1", vec![], 10 * SOON).await }
    });
    // The others keep their connections.
    let users = server_configuration(&[case.users[CONTROL].clone(), case.users[ENT2].clone()]);
    std::fs::write(case.users_file(), users).unwrap();
    case.nats.reload();
    assert_eq!(in_time(asking).await.unwrap(), Err(BusError::Disconnected("control.claim.ENT1".into())));
    assert!(matches!(server.look().await.unwrap().connection, Connection::Lost { .. }));
    assert!(matches!(case.try_open(ENT1).await, Err(BusError::Refused { .. })));
    assert_eq!(other.look().await.unwrap().connection, Connection::Connected);

    std::fs::write(case.users_file(), server_configuration(&case.users)).unwrap();
    case.nats.reload();
    assert_eq!(hear(&mut waking).await, Heard::Missed(0));
    control.publish("wake.ENT1", vec![1]).unwrap();
    assert_eq!(hear_on(&mut waking).await, news("wake.ENT1", &[1]));
}
