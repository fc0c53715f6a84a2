//! What every bus must do.

use bus::{Bus, BusError, Heard, MESSAGE_BYTES_MAX, Message, matches};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(10);

fn open() -> Bus {
    Bus::open("memory:").unwrap()
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

#[tokio::test]
async fn a_request_is_answered_and_without_a_responder_says_so() {
    let bus = open();
    assert_eq!(bus.request("server.ENT1", vec![1], SOON).await, Err(BusError::NoResponder("server.ENT1".into())));
    let mut requests = bus.respond("server.ENT1");
    let responder = tokio::spawn(async move {
        let request = requests.next().await.unwrap();
        let body = request.body.iter().rev().copied().collect();
        request.reply(body);
    });
    assert_eq!(bus.request("server.ENT1", vec![1, 2], SOON).await, Ok(vec![2, 1]));
    responder.await.unwrap();
    assert_eq!(bus.request("server.ENT1", vec![], SOON).await, Err(BusError::NoResponder("server.ENT1".into())), "it went away");
}

#[tokio::test(start_paused = true)]
async fn a_responder_that_does_not_answer_is_given_up() {
    let bus = open();
    let mut requests = bus.respond("slow");
    let asked = bus.request("slow", vec![], SOON);
    assert_eq!(asked.await, Err(BusError::TimedOut("slow".into(), SOON)));
    assert!(requests.next().await.is_some());
}

#[tokio::test]
async fn of_several_responders_one_answers() {
    let bus = open();
    let mut groups = [bus.respond("control"), bus.respond("control")];
    let asking = tokio::spawn({
        let bus = bus.clone();
        async move {
            for _ in 0..4 {
                bus.request("control", vec![], SOON).await.unwrap();
            }
        }
    });
    let mut answered = [0, 0];
    for turn in 0..4 {
        let [first, second] = &mut groups;
        let (request, who) = tokio::select! { Some(r) = first.next() => (r, 0), Some(r) = second.next() => (r, 1) };
        answered[who] += 1;
        request.reply(vec![turn]);
    }
    asking.await.unwrap();
    assert_eq!(answered.iter().sum::<i32>(), 4);
}

#[tokio::test]
async fn news_reaches_all_who_listen_and_a_slow_reader_learns_that_it_missed_some() {
    let bus = open();
    let (mut one, mut two, mut slow) = (bus.subscribe("news.*"), bus.subscribe(">"), bus.subscribe(">"));
    bus.publish("news.7", vec![7]).unwrap();
    let expected = Heard::News(Message { subject: "news.7".into(), body: vec![7] });
    assert_eq!(one.next().await.unwrap(), expected);
    assert_eq!(two.next().await.unwrap(), expected);
    for _ in 0..10_000 {
        bus.publish("news.8", vec![]).unwrap();
    }
    assert!(matches!(slow.next().await.unwrap(), Heard::Missed(count) if count > 1_000));
}

#[tokio::test]
async fn what_is_too_large_is_refused() {
    let bus = open();
    assert!(matches!(bus.publish("x", vec![0; MESSAGE_BYTES_MAX + 1]), Err(BusError::TooLarge(..))));
    assert!(matches!(Bus::open("carrier-pigeon:"), Err(BusError::UnknownScheme(_))));
}
