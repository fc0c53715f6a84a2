//! The database restarts in the middle of work: what is not begun goes on, what is half done fails whole, and nothing happens twice.

use std::time::{Duration, Instant};

use store::{Store, StoreError};
use testkit::postgres::Postgres;

use crate::ground::{in_time, table};

const ROUNDS: i64 = 400;

#[tokio::test(flavor = "multi_thread")]
async fn work_goes_on_through_restarts() {
    let postgres = Postgres::start();
    in_time(async {
        let store = Store::open(&postgres.fresh_database()).await.expect("a new store opens");
        an_idle_store_does_not_notice(&postgres, &store).await;
        half_a_transaction_fails_whole(&postgres, &store).await;
        writers_go_on(&postgres, &store).await;
    })
    .await;
}

async fn an_idle_store_does_not_notice(postgres: &Postgres, store: &Store) {
    let control = store.control();
    control.take_lease("job 1", "one", 600_000, "waits").await.expect("taken");
    postgres.restart();
    assert_eq!(control.query("select 1", &[]).await.expect("a read is made again")[0][0].integer(), 1);
    postgres.crash();
    let transaction = control.begin().await.expect("begin is made again");
    transaction.commit().await.expect("commit");
    postgres.restart();
    assert_eq!(control.take_lease("job 1", "one", 600_000, "waits").await.expect("made again"), Some(1));
}

async fn half_a_transaction_fails_whole(postgres: &Postgres, store: &Store) {
    let setting = table("PW_SETTING");
    let mut transaction = store.control().begin().await.expect("begin");
    transaction.insert(setting, &[vec!["half".into(), "1".into()]]).await.expect("insert");
    postgres.restart();
    let failed = transaction.insert(setting, &[vec!["other half".into(), "1".into()]]).await.expect_err("its first half is gone");
    assert!(matches!(failed, StoreError::Unreachable { .. }), "{}", failed.in_full());
    assert!(failed.is_transient());
    assert!(failed.to_string().contains("hint:"), "{failed}");
    drop(transaction);

    let mut transaction = store.control().begin().await.expect("begin");
    transaction.insert(setting, &[vec!["half".into(), "1".into()]]).await.expect("insert");
    postgres.crash();
    let unknown = transaction.commit().await.expect_err("nobody answers");
    assert!(matches!(unknown, StoreError::CommitUnknown { .. }), "{}", unknown.in_full());
    let rows = store.control().query("select 1 from PW_SETTING where NAME like '%half'", &[]).await.expect("select");
    assert!(rows.is_empty());
}

/// Each writer counts; one that does not know whether its commit went through looks before it counts on.
async fn writers_go_on(postgres: &Postgres, store: &Store) {
    let writers: Vec<_> = ["one", "two", "three"]
        .into_iter()
        .map(|name| {
            let store = store.clone();
            tokio::spawn(async move {
                let (mut counted, mut failures) = (0, 0);
                while counted < ROUNDS {
                    match count_on(&store, name, counted + 1).await {
                        Ok(()) => counted += 1,
                        Err(error) => {
                            assert!(error.is_transient(), "{}", error.in_full());
                            failures += 1;
                            counted = count_of(&store, name).await;
                        }
                    }
                }
                failures
            })
        })
        .collect();
    let deadline = Instant::now() + Duration::from_secs(60);
    let mut restarts = 0;
    while writers.iter().any(|writer| !writer.is_finished()) && restarts < 3 {
        assert!(Instant::now() < deadline, "the writers come to an end");
        let reached = ROUNDS / 4 * (restarts + 1);
        while count_of(store, "one").await < reached {
            tokio::task::yield_now().await;
        }
        if restarts % 2 == 0 {
            postgres.restart()
        } else {
            postgres.crash()
        }
        restarts += 1;
    }
    assert_eq!(restarts, 3, "the database restarts while they write");
    for writer in writers {
        writer.await.expect("no writer gives up");
    }
    for name in ["one", "two", "three"] {
        let history = store.control().query("select count(*) from F9650 where MMMCHTYP = $1", &[name.into()]).await.expect("select");
        assert_eq!(history[0][0].integer(), ROUNDS, "each round of {name} is there once");
    }
}

async fn count_on(store: &Store, name: &str, number: i64) -> Result<(), StoreError> {
    let mut transaction = store.control().begin().await?;
    let row = vec![format!("{name} {number}").into(), name.into(), "".into(), "".into(), number.into()];
    transaction.insert(table("F9650"), &[row]).await?;
    transaction.commit().await
}

async fn count_of(store: &Store, name: &str) -> i64 {
    let text = "select coalesce(max(MMPRIMARY), 0) from F9650 where MMMCHTYP = $1";
    store.control().query(text, &[name.into()]).await.expect("a read is made again")[0][0].integer()
}
