//! Transactions: all or nothing, seen when committed, side by side with others, and cut off at any point.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};

use engine::value::{Row, Value};
use store::{Database, Store, StoreError};

use crate::ground::{Ground, in_time, row, table};

#[tokio::test(flavor = "multi_thread")]
async fn transactions_on_sqlite() {
    in_time(all(&Ground::sqlite())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_on_postgres() {
    in_time(all(&Ground::postgres())).await;
}

async fn all(ground: &Ground) {
    dropped_means_nothing_happened(&ground.store().await).await;
    readers_see_what_is_committed(&ground.store().await).await;
    writers_queue(&ground.store().await).await;
    a_begin_that_is_cut_off_loses_no_later_write(ground).await;
    a_statement_that_is_cut_off_leaves_nothing(&ground.store().await).await;
}

async fn count(database: &Database, name: &str) -> i64 {
    database.query(&format!("select count(*) from {name}"), &[]).await.expect("select")[0][0].integer()
}

async fn dropped_means_nothing_happened(store: &Store) {
    for rows in [1, 300] {
        let mut transaction = store.control().begin().await.expect("begin");
        let rows: Vec<Row> = (0..rows).map(|number| row(table("F9650"), number)).collect();
        transaction.insert(table("F9650"), &rows).await.expect("insert");
        let inside = transaction.query("select count(*) from F9650", &[]).await.expect("select");
        assert_eq!(inside[0][0].integer(), rows.len() as i64, "a transaction sees its own rows");
        drop(transaction);
        assert_eq!(count(store.control(), "F9650").await, 0);
    }
    let mut transaction = store.control().begin().await.expect("begin after a dropped one");
    transaction.insert(table("F9650"), &[row(table("F9650"), 1)]).await.expect("insert");
    assert!(transaction.insert(table("F9650"), &[row(table("F9650"), 1)]).await.is_err());
    assert!(matches!(transaction.query("select 1", &[]).await, Err(StoreError::TransactionFailed { .. })));
    assert!(matches!(transaction.commit().await, Err(StoreError::TransactionFailed { .. })));
    assert_eq!(count(store.control(), "F9650").await, 0, "nothing stays of a transaction that failed");
}

async fn readers_see_what_is_committed(store: &Store) {
    let mut transaction = store.control().begin().await.expect("begin");
    transaction.insert(table("F9650"), &[row(table("F9650"), 1)]).await.expect("insert");
    assert_eq!(count(store.control(), "F9650").await, 0, "a reader waits for nobody and sees nothing yet");
    transaction.commit().await.expect("commit");
    assert_eq!(count(store.control(), "F9650").await, 1);
    let path_code = store.path_code("DV920").await.expect("a path code opens");
    let again = store.path_code("DV920").await.expect("a path code opens");
    let mut transaction = path_code.begin().await.expect("begin");
    transaction.insert(table("F9860"), &[row(table("F9860"), 1)]).await.expect("insert");
    transaction.commit().await.expect("commit");
    assert_eq!(count(&again, "F9860").await, 1);
}

/// Each reads and then writes what it read, which loses counts unless one goes after the other.
async fn writers_queue(store: &Store) {
    const WRITERS: i64 = 12;
    const ROUNDS: i64 = 8;
    const COUNT: &str = "select CONTENT from PW_SETTING where NAME = 'count'";
    let mut start = store.control().begin().await.expect("begin");
    start.insert(table("PW_SETTING"), &[vec!["count".into(), "0".into()]]).await.expect("insert");
    start.commit().await.expect("commit");
    let writers: Vec<_> = (0..WRITERS)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                for _ in 0..ROUNDS {
                    let mut transaction = store.control().begin().await.expect("begin");
                    transaction.lock("the count").await.expect("lock");
                    let counted = transaction.query(COUNT, &[]).await.expect("select")[0][0].text().parse::<i64>();
                    let more = (counted.expect("a number") + 1).to_string();
                    let update = "update PW_SETTING set CONTENT = $1 where NAME = 'count'";
                    assert_eq!(transaction.execute(update, &[more.into()]).await.expect("update"), 1);
                    transaction.commit().await.expect("commit");
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.expect("no writer is turned away");
    }
    let counted = store.control().query(COUNT, &[]).await.expect("select");
    assert_eq!(counted, [vec![Value::from((WRITERS * ROUNDS).to_string())]]);
}

/// What sqlx 0.9.0 gets wrong on PostgreSQL: a caller that goes away while BEGIN travels must not cost the next one its rows.
async fn a_begin_that_is_cut_off_loses_no_later_write(ground: &Ground) {
    let url = ground.url();
    let store = Store::open(&url).await.expect("a new store opens");
    let other = Store::open(&url).await.expect("the store opens a second time");
    // As many as there are connections, so that the one which was cut off is among them.
    let writers = if ground.is_sqlite() { 1 } else { 4 };
    for cut in 0..12_i64 {
        poll_and_drop(store.control().begin(), cut, other.control()).await;
        let mut open = Vec::new();
        for _ in 0..writers {
            open.push(store.control().begin().await.expect("begin"));
        }
        for (writer, mut transaction) in open.into_iter().enumerate() {
            let number = cut * writers + writer as i64;
            transaction.insert(table("F9650"), &[row(table("F9650"), number)]).await.expect("insert");
            transaction.commit().await.expect("commit");
        }
        assert_eq!(count(other.control(), "F9650").await, (cut + 1) * writers, "begin cut off after {cut} polls");
    }
}

async fn a_statement_that_is_cut_off_leaves_nothing(store: &Store) {
    let many: Vec<Row> = (0..2000).map(|number| row(table("F9650"), number)).collect();
    for cut in 0..8_i64 {
        let mut transaction = store.control().begin().await.expect("begin");
        let cut_off = poll_and_drop(transaction.insert(table("F9650"), &many), cut, store.control()).await;
        if cut_off && cut > 0 {
            assert!(matches!(transaction.commit().await, Err(StoreError::TransactionFailed { .. })), "cut off after {cut} polls");
        } else {
            drop(transaction);
        }
        let mut transaction = store.control().begin().await.expect("begin");
        transaction.upsert(table("F9631"), &[row(table("F9631"), cut)]).await.expect("the next transaction works");
        transaction.commit().await.expect("commit");
        assert_eq!(count(store.control(), "F9650").await, 0, "insert cut off after {cut} polls");
        assert_eq!(count(store.control(), "F9631").await, cut + 1);
    }
}

/// Polls a future so many times, with time for the database to answer in between, and drops it. Returns whether that cut it off.
async fn poll_and_drop<T>(work: impl Future<Output = T>, polls: i64, meanwhile: &Database) -> bool {
    let mut work = pin!(work);
    for _ in 0..polls {
        if work.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready() {
            return false;
        }
        meanwhile.query("select 1", &[]).await.expect("the database answers");
    }
    true
}
