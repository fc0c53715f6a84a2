//! Joining a bus, and being refused.

use crate::ground::{Ground, SOON, in_time, open};
use bus::{Access, Bus, BusError, Connection, Streams};
use std::time::Duration;
use testkit::nats::{Nats, NatsOptions};

#[tokio::test]
async fn an_address_that_is_none_is_refused() {
    let open = async |url: &str| Bus::open(url, &Access::default()).await.err();
    assert_eq!(open("carrier-pigeon:secret").await, Some(BusError::UnknownScheme("carrier-pigeon:".into())));
    assert_eq!(open("nats://user:secret@localhost:1").await, Some(BusError::SecretInAddress));
    assert!(matches!(open("nats://").await, Some(BusError::UnknownScheme(_))));
    let name = Access { name: "ENT1.>".into(), ..Access::default() };
    assert_eq!(Bus::open("memory:", &name).await.err(), Some(BusError::BadName("ENT1.>".into())));
    let seed = Access { seed: Some("secret".into()), ..Access::default() };
    assert_eq!(Bus::open("nats://localhost:1", &seed).await.err(), Some(BusError::BadSeed("anyone".into())));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_answer_is_given_up() {
    // Nobody listens on a port that was taken and left again; the clock of the test runs ahead.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let begun = tokio::time::Instant::now();
    let refused = Bus::open(&format!("nats://127.0.0.1:{port}"), &Access::default()).await.err();
    assert!(matches!(refused, Some(BusError::Unreachable { .. })), "{refused:?}");
    assert!(begun.elapsed() < Duration::from_secs(11));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doctor_sees_how_the_bus_is() {
    let ground = Ground::memory().await;
    assert_eq!(ground.one.look().await.unwrap().streams, Streams::NotNeeded);
    let ground = Ground::nats().await;
    let health = ground.two.look().await.unwrap();
    assert_eq!((&health.connection, health.streams, health.news_lost), (&Connection::Connected, Streams::Ready, 0));
    assert!(health.version.starts_with("2.") && health.payload_bytes_max > 512 * 1024, "{health:?}");
    assert!(health.round_trip.is_some_and(|time| time < SOON), "{health:?}");
    ground.one.make_streams().await.expect("again changes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_streams_carries_what_needs_none() {
    let nats = Nats::start_with(NatsOptions { jetstream: false, ..NatsOptions::default() });
    let bus = open(&nats, "control-1").await;
    assert!(matches!(bus.make_streams().await, Err(BusError::NoStreams(_))));
    assert_eq!(bus.look().await.unwrap().streams, Streams::Absent);
    let hash = blake3::hash(b"x").to_hex().to_string();
    assert!(matches!(bus.goods().unwrap().put_bytes(&hash, b"x".to_vec()).await, Err(BusError::NoStreams(_))));
    assert!(matches!(bus.request("x", vec![0; 2_000_000], SOON).await, Err(BusError::NoStreams(_))), "a letter needs one");
    let mut requests = bus.respond("x").await.unwrap();
    let answering = async { requests.next().await.unwrap().reply(vec![1]) };
    assert_eq!(tokio::join!(bus.request("x", vec![], SOON), answering).0, Ok(vec![1]));
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_that_control_has_not_made_are_missed() {
    let nats = Nats::start();
    let bus = open(&nats, "ENT1").await;
    assert_eq!(bus.look().await.unwrap().streams, Streams::NotMade);
    let hash = blake3::hash(b"x").to_hex().to_string();
    assert!(matches!(bus.goods().unwrap().has(&hash).await, Err(BusError::NoStreams(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_of_somebody_else_is_not_used() {
    let nats = Nats::start();
    let client = async_nats::connect(nats.url()).await.unwrap();
    let config = r#"{"name":"goods","subjects":["goods.>"],"storage":"memory","retention":"limits"}"#;
    client.request("$JS.API.STREAM.CREATE.goods", config.into()).await.unwrap();
    let refused = open(&nats, "control-1").await.make_streams().await;
    assert!(matches!(&refused, Err(BusError::UnfitStream { stream, .. }) if stream == "goods"), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_of_small_messages_is_refused_for_goods() {
    let nats = Nats::start_with(NatsOptions { payload_bytes_max: Some(200_000), ..NatsOptions::default() });
    let refused = open(&nats, "control-1").await.make_streams().await;
    assert!(matches!(&refused, Err(BusError::UnfitStream { why, .. }) if why.contains("max_payload")), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_needs_the_right_authority() {
    let tls = || NatsOptions { tls: true, ..NatsOptions::default() };
    let (nats, other) = (Nats::start_with(tls()), Nats::start_with(tls()));
    let open = async |url: String, ca| in_time(Bus::open(&url, &Access { name: "ENT1".into(), seed: None, ca })).await;
    let bus = open(nats.url(), nats.ca()).await.unwrap();
    assert_eq!(bus.look().await.unwrap().connection, Connection::Connected);
    for ca in [other.ca(), None] {
        let refused = open(nats.url(), ca).await.err();
        assert!(matches!(refused, Some(BusError::Untrusted { .. })), "{refused:?}");
    }
    let missing = open(nats.url(), Some("/nonexistent/ca.pem".into())).await.err();
    assert!(matches!(missing, Some(BusError::Untrusted { .. })), "{missing:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_tls_is_not_spoken_to_where_tls_is_asked_for() {
    let (nats, other) = (Nats::start(), Nats::start_with(NatsOptions { tls: true, ..NatsOptions::default() }));
    let refused = in_time(Bus::open(&nats.url().replace("nats:", "tls:"), &Access { ca: other.ca(), ..Access::default() })).await.err();
    assert!(matches!(refused, Some(BusError::Untrusted { .. } | BusError::Unreachable { .. })), "{refused:?}");
}
