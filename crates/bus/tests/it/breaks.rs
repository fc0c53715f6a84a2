//! What happens when the NATS server goes away and comes back.

use crate::ground::{Ground, SOON, hear, hear_on, in_time, news, next};
use bus::{BusError, Connection, Heard};
use testkit::nats::Nats;

#[tokio::test(flavor = "multi_thread")]
async fn after_a_power_cut_all_goes_on() {
    goes_on_after(Nats::kill).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_an_orderly_stop_all_goes_on() {
    goes_on_after(Nats::stop).await;
}

async fn goes_on_after(end: fn(&mut Nats)) {
    let mut ground = Ground::nats().await;
    let (one, two) = (ground.one.clone(), ground.two.clone());
    let mut listening = one.subscribe("news.*").await.unwrap();
    let mut requests = two.respond("kernel.ENT1").await.unwrap();
    let mut waking = two.subscribe("wake.ENT1").await.unwrap();
    end(ground.server());
    ground.server().restart();
    assert_eq!(hear(&mut listening).await, Heard::Missed(0));
    assert_eq!(hear(&mut waking).await, Heard::Missed(0));
    two.publish("news.1", vec![1]).unwrap();
    assert_eq!(hear_on(&mut listening).await, news("news.1", &[1]));
    let answering = async { next(&mut requests).await.reply(vec![2]) };
    assert_eq!(tokio::join!(one.request("kernel.ENT1", vec![], SOON), answering).0, Ok(vec![2]));
    assert_eq!(one.look().await.unwrap().connection, Connection::Connected);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_an_answer_learns_that_the_server_is_gone() {
    let mut ground = Ground::nats().await;
    let (one, two) = (ground.one.clone(), ground.two.clone());
    let mut requests = two.respond("slow").await.unwrap();
    let mut listening = two.subscribe("news.*").await.unwrap();
    let asking = tokio::spawn({
        let one = one.clone();
        async move { one.request("slow", vec![], 10 * SOON).await }
    });
    let request = next(&mut requests).await;
    ground.server().kill();
    assert_eq!(in_time(asking).await.unwrap(), Err(BusError::Disconnected("slow".into())));
    request.reply(vec![]);
    assert_eq!(one.request("slow", vec![], SOON).await, Err(BusError::Disconnected("slow".into())), "at once");
    let health = one.look().await.unwrap();
    assert!(matches!(health.connection, Connection::Lost { since, .. } if since > 1_600_000_000_000), "{health:?}");
    // What is said meanwhile is told when the server is back, as far as there is room for it. Others may listen again later than this.
    two.publish("news.1", vec![1]).unwrap();
    ground.server().restart();
    assert_eq!(hear_on(&mut listening).await, news("news.1", &[1]));
}

#[tokio::test(flavor = "multi_thread")]
async fn goods_outlive_a_restart() {
    let mut ground = Ground::nats().await;
    let hash = blake3::hash(b"goods").to_hex().to_string();
    ground.one.goods().unwrap().put_bytes(&hash, b"goods".to_vec()).await.unwrap();
    let mut waking = ground.two.subscribe("wake.ENT1").await.unwrap();
    ground.server().kill();
    ground.server().restart();
    assert_eq!(hear(&mut waking).await, Heard::Missed(0));
    assert_eq!(ground.two.goods().unwrap().get_bytes(&hash).await.unwrap(), b"goods");
}
