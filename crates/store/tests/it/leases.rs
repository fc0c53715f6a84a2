//! Leases: of two takers one, renewed by its owner, taken over when it has passed, and a fence for whoever slept through.

use engine::value::Value;
use store::{Database, Store, StoreError};

use crate::ground::{Ground, in_time, table};

#[tokio::test(flavor = "multi_thread")]
async fn leases_on_sqlite() {
    in_time(all(&Ground::sqlite())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn leases_on_postgres() {
    in_time(all(&Ground::postgres())).await;
}

async fn all(ground: &Ground) {
    the_clock_goes_forward(&ground.store().await).await;
    a_lease_has_one_owner(&ground.store().await).await;
    two_takers_at_once(ground).await;
    who_lost_a_lease_cannot_commit(&ground.store().await).await;
    a_fenced_writer_holds_off_the_next_owner(&ground.store().await).await;
}

const MINUTE: i64 = 60_000;

/// Lets the lease pass, as if its time had gone by.
async fn expire(control: &Database, name: &str) {
    let mut transaction = control.begin().await.expect("begin");
    let moved = transaction.execute("update PW_LEASE set UNTIL = $1 where NAME = $2", &[Value::Integer(1), name.into()]).await;
    assert_eq!(moved.expect("update"), 1);
    transaction.commit().await.expect("commit");
}

async fn take(control: &Database, owner: &str) -> Option<i64> {
    control.take_lease("job 1", owner, MINUTE, "carries out job 1").await.expect("an answer")
}

async fn the_clock_goes_forward(store: &Store) {
    let first = store.control().now_ms().await.expect("a time");
    assert!(first > 1_700_000_000_000, "{first}");
    assert!(store.control().now_ms().await.expect("a time") >= first);
}

async fn a_lease_has_one_owner(store: &Store) {
    let control = store.control();
    assert_eq!(control.lease("job 1").await.expect("an answer"), None);
    assert_eq!(take(control, "one").await, Some(1));
    let lease = control.lease("job 1").await.expect("an answer").expect("a lease");
    assert_eq!((lease.owner.as_str(), lease.epoch, lease.reason.as_str()), ("one", 1, "carries out job 1"));
    let now = control.now_ms().await.expect("a time");
    assert!((now..=now + MINUTE).contains(&lease.until), "{} at {now}", lease.until);

    assert_eq!(take(control, "two").await, None, "it is another's");
    assert_eq!(take(control, "one").await, Some(1), "its owner makes it longer");
    control.release_lease("job 1", "two").await.expect("nothing happens");
    assert_eq!(take(control, "two").await, None);
    control.release_lease("job 1", "one").await.expect("given back");
    assert_eq!(control.lease("job 1").await.expect("an answer"), None);
    assert_eq!(take(control, "two").await, Some(2), "the epoch goes on");
    expire(control, "job 1").await;
    assert_eq!(take(control, "two").await, Some(2), "nobody took it meanwhile");
    expire(control, "job 1").await;
    assert_eq!(take(control, "one").await, Some(3));
    assert_eq!(take(control, "two").await, None);
    assert!(matches!(control.take_lease("job 1", "", MINUTE, "").await, Err(StoreError::Argument { .. })));
}

async fn two_takers_at_once(ground: &Ground) {
    let url = ground.url();
    let first = Store::open(&url).await.expect("a new store opens");
    let second = Store::open(&url).await.expect("the store opens a second time");
    for epoch in 1..=20 {
        let (one, other) = tokio::join!(take(first.control(), "one"), take(second.control(), "two"));
        let mut taken: Vec<i64> = one.into_iter().chain(other).collect();
        assert_eq!(taken.pop(), Some(epoch), "one of the two has it");
        assert!(taken.is_empty(), "and one only");
        let owner = if one.is_some() { "one" } else { "two" };
        first.control().release_lease("job 1", owner).await.expect("given back");
    }
}

async fn who_lost_a_lease_cannot_commit(store: &Store) {
    let control = store.control();
    let epoch = take(control, "one").await.expect("taken");
    let mut transaction = control.begin().await.expect("begin");
    transaction.require_lease("job 1", "one", epoch).await.expect("the lease is its own");
    transaction.insert(table("PW_SETTING"), &[vec!["a".into(), "1".into()]]).await.expect("insert");
    transaction.commit().await.expect("commit");

    expire(control, "job 1").await;
    assert_eq!(take(control, "two").await, Some(epoch + 1));
    for (owner, epoch) in [("one", epoch), ("one", epoch + 1), ("two", epoch), ("", epoch + 1)] {
        let mut transaction = control.begin().await.expect("begin");
        transaction.insert(table("PW_SETTING"), &[vec!["b".into(), "1".into()]]).await.expect("insert");
        let refused = transaction.require_lease("job 1", owner, epoch).await;
        assert!(matches!(refused, Err(StoreError::LeaseLost { .. })), "{owner} with epoch {epoch}");
        assert!(matches!(transaction.commit().await, Err(StoreError::TransactionFailed { .. })));
    }
    let rows = control.query("select NAME from PW_SETTING where NAME = 'b'", &[]).await.expect("select");
    assert!(rows.is_empty(), "nothing of it stays");
}

/// Between its look at the lease and its commit nobody takes the lease over.
async fn a_fenced_writer_holds_off_the_next_owner(store: &Store) {
    let control = store.control();
    let epoch = take(control, "one").await.expect("taken");
    expire(control, "job 1").await;
    let mut transaction = control.begin().await.expect("begin");
    transaction.require_lease("job 1", "one", epoch).await.expect("nobody took it");
    let taker = control.clone();
    let next = tokio::spawn(async move { take(&taker, "two").await });
    // Long enough for the taker to come as far as it can; it can only be late, never too early.
    for _ in 0..50 {
        control.query("select 1", &[]).await.expect("the database answers");
    }
    assert!(!next.is_finished(), "the lease was taken over under a writer that had looked at it");
    transaction.insert(table("PW_SETTING"), &[vec!["c".into(), "1".into()]]).await.expect("insert");
    transaction.commit().await.expect("commit");
    assert_eq!(next.await.expect("the taker ends"), Some(epoch + 1));
}
