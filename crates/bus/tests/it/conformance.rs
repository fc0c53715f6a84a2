//! What every bus must do: requests, answers and news.

use crate::ground::{Ground, SOON, hear, in_time, news, next};
use bus::{BusError, Heard, MESSAGE_BYTES_MAX, Requests};
use std::collections::HashMap;
use std::time::Duration;

/// Each case on both buses.
macro_rules! cases {
    ($($name:ident)*) => {
        mod memory {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::in_time(super::$name(&super::Ground::memory().await)).await;
            })*
        }
        mod nats {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::in_time(super::$name(&super::Ground::nats().await)).await;
            })*
        }
    };
}

cases! {
    a_request_is_answered_and_without_a_responder_says_so
    a_responder_that_does_not_answer_is_given_up
    a_request_that_is_dropped_is_told_at_once
    of_several_responders_one_answers
    a_pattern_responds_to_all_its_subjects
    many_requests_are_under_way
    news_reaches_all_who_listen
    a_slow_reader_learns_how_many_it_missed
    doubled_and_lost_messages_are_no_error
    the_order_of_a_publisher_is_kept
    large_bodies_travel
    what_is_too_large_is_refused
}

/// Answers every request with its body turned round.
fn turn_round(mut requests: Requests) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move {
        while let Some(request) = requests.next().await {
            let body = request.body.iter().rev().copied().collect();
            request.reply(body);
        }
    })
}

async fn a_request_is_answered_and_without_a_responder_says_so(ground: &Ground) {
    let none = Err(BusError::NoResponder("server.ENT1".into()));
    assert_eq!(ground.one.request("server.ENT1", vec![1], SOON).await, none);
    let mut requests = ground.two.respond("server.ENT1").await.unwrap();
    let asking = ground.one.request("server.ENT1", vec![1, 2], SOON);
    let answering = async {
        let request = next(&mut requests).await;
        assert_eq!((request.subject.as_str(), &request.body[..]), ("server.ENT1", &[1, 2][..]));
        request.reply(vec![2, 1]);
    };
    let (answer, ()) = tokio::join!(asking, answering);
    assert_eq!(answer, Ok(vec![2, 1]));
    drop(requests);
    assert_eq!(ground.one.request("server.ENT1", vec![], SOON).await, none, "it went away");
}

async fn a_responder_that_does_not_answer_is_given_up(ground: &Ground) {
    let mut requests = ground.two.respond("slow").await.unwrap();
    let short = Duration::from_millis(50);
    assert_eq!(ground.one.request("slow", vec![], short).await, Err(BusError::TimedOut("slow".into(), short)));
    // Nobody waits for the answer any more; that is no error.
    next(&mut requests).await.reply(vec![]);
}

async fn a_request_that_is_dropped_is_told_at_once(ground: &Ground) {
    let mut requests = ground.two.respond("broken").await.unwrap();
    let dropping = async { drop(next(&mut requests).await) };
    let (answer, ()) = tokio::join!(ground.one.request("broken", vec![], SOON), dropping);
    assert_eq!(answer, Err(BusError::NoResponder("broken".into())));
}

async fn of_several_responders_one_answers(ground: &Ground) {
    let mut first = ground.one.respond("control").await.unwrap();
    let mut second = ground.two.respond("control").await.unwrap();
    let bus = ground.one.clone();
    let asking = tokio::spawn(async move {
        for turn in 0..20 {
            assert_eq!(bus.request("control", vec![turn], SOON).await, Ok(vec![turn]));
        }
    });
    // A request that both got would be the twenty-first.
    for _ in 0..20 {
        let request = tokio::select! { Some(request) = first.next() => request, Some(request) = second.next() => request };
        let body = request.body.clone();
        request.reply(body);
    }
    asking.await.unwrap();
    let more = async {
        tokio::select! { _ = first.next() => (), _ = second.next() => () }
    };
    assert!(futures_util::FutureExt::now_or_never(more).is_none());
}

async fn a_pattern_responds_to_all_its_subjects(ground: &Ground) {
    let mut requests = ground.one.respond("control.*.*").await.unwrap();
    for subject in ["control.claim.ENT1", "control.report.ENT2"] {
        let answering = async {
            let request = next(&mut requests).await;
            let body = request.subject.clone().into_bytes();
            request.reply(body);
        };
        let (answer, ()) = tokio::join!(ground.two.request(subject, vec![], SOON), answering);
        assert_eq!(answer, Ok(subject.as_bytes().to_vec()));
    }
    assert!(matches!(ground.two.request("control.claim", vec![], SOON).await, Err(BusError::NoResponder(_))));
}

async fn many_requests_are_under_way(ground: &Ground) {
    let turning = turn_round(ground.two.respond("turn").await.unwrap());
    let asking = (0..2_000_u32).map(|number| async move {
        let answer = ground.one.request("turn", number.to_be_bytes().to_vec(), SOON).await;
        assert_eq!(answer, Ok(number.to_le_bytes().to_vec()));
    });
    futures_util::future::join_all(asking).await;
    turning.abort();
}

async fn news_reaches_all_who_listen(ground: &Ground) {
    let mut one = ground.one.subscribe("news.*").await.unwrap();
    let mut two = ground.two.subscribe(">").await.unwrap();
    let mut other = ground.two.subscribe("wake.*").await.unwrap();
    ground.two.publish("news.7", vec![7]).unwrap();
    ground.two.publish("wake.ENT1", vec![]).unwrap();
    assert_eq!(hear(&mut one).await, news("news.7", &[7]));
    assert_eq!(hear(&mut two).await, news("news.7", &[7]));
    assert_eq!(hear(&mut two).await, news("wake.ENT1", &[]));
    assert_eq!(hear(&mut other).await, news("wake.ENT1", &[]));
}

async fn a_slow_reader_learns_how_many_it_missed(ground: &Ground) {
    let mut slow = ground.one.subscribe("news.>").await.unwrap();
    let mut fast = ground.one.subscribe("news.>").await.unwrap();
    // The fast one sets the pace, so that none is lost on the way.
    for round in 0..20_u32 {
        for number in 0..500 {
            ground.two.publish("news.8", (round * 500 + number).to_be_bytes().to_vec()).unwrap();
        }
        for _ in 0..500 {
            assert!(matches!(hear(&mut fast).await, Heard::News(_)));
        }
    }
    let (mut missed, mut heard) = (0, 0);
    loop {
        match hear(&mut slow).await {
            Heard::Missed(count) => missed += count,
            Heard::News(message) => {
                heard += 1;
                if message.body == 9_999_u32.to_be_bytes() {
                    break;
                }
            }
        }
    }
    assert_eq!(missed + heard, 10_000);
    assert!(missed > 1_000, "its queue is bounded: {missed}");
}

async fn doubled_and_lost_messages_are_no_error(ground: &Ground) {
    let mut early = ground.one.subscribe("news.*").await.unwrap();
    ground.one.publish("news.1", b"lost".to_vec()).unwrap();
    assert_eq!(hear(&mut early).await, news("news.1", b"lost"));
    // To one that listens later it is lost.
    let mut listening = ground.two.subscribe("news.*").await.unwrap();
    for _ in 0..2 {
        ground.one.publish("news.1", b"twice".to_vec()).unwrap();
    }
    for _ in 0..2 {
        assert_eq!(hear(&mut listening).await, news("news.1", b"twice"));
    }
    // The same question twice is answered twice.
    let turning = turn_round(ground.two.respond("turn").await.unwrap());
    for _ in 0..2 {
        assert_eq!(ground.one.request("turn", vec![1, 2], SOON).await, Ok(vec![2, 1]));
    }
    turning.abort();
}

async fn the_order_of_a_publisher_is_kept(ground: &Ground) {
    let mut listening = ground.one.subscribe("news.>").await.unwrap();
    for number in 0..1_000_u32 {
        // A large one on its way must not be overtaken.
        let length = if number % 300 == 0 { 2_000_000 } else { 4 };
        let mut body = vec![0; length];
        body[..4].copy_from_slice(&number.to_be_bytes());
        ground.one.publish("news.one", body.clone()).unwrap();
        ground.two.publish("news.two", body).unwrap();
    }
    let mut expected: HashMap<String, u32> = HashMap::new();
    for _ in 0..2_000 {
        let Heard::News(message) = hear(&mut listening).await else { panic!("nothing is lost at this pace") };
        let next = expected.entry(message.subject).or_insert(0);
        assert_eq!(message.body[..4], next.to_be_bytes());
        *next += 1;
    }
    assert_eq!(expected, HashMap::from([("news.one".into(), 1_000), ("news.two".into(), 1_000)]));
}

async fn large_bodies_travel(ground: &Ground) {
    let body: Vec<u8> = (0..20_000_000_u32).map(|at| (at % 251) as u8).collect();
    let turned: Vec<u8> = body.iter().rev().copied().collect();
    let turning = turn_round(ground.two.respond("turn").await.unwrap());
    assert!(ground.one.request("turn", body.clone(), SOON).await.unwrap() == turned);
    turning.abort();
    let mut listening = ground.two.subscribe("news.*").await.unwrap();
    ground.one.publish("news.1", body.clone()).unwrap();
    assert!(hear(&mut listening).await == news("news.1", &body));
}

async fn what_is_too_large_is_refused(ground: &Ground) {
    let large = vec![0; MESSAGE_BYTES_MAX + 1];
    let refused = BusError::TooLarge("x".into(), large.len());
    assert_eq!(ground.one.publish("x", large.clone()), Err(refused.clone()));
    assert_eq!(ground.one.request("x", large.clone(), SOON).await, Err(refused.clone()));
    let mut requests = ground.two.respond("x").await.unwrap();
    let answering = async { next(&mut requests).await.reply(large.clone()) };
    let (answer, ()) = tokio::join!(ground.one.request("x", vec![], SOON), answering);
    assert_eq!(answer, Err(refused));
}
