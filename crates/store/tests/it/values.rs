//! What goes in comes out: every table, every kind of value, in bulk and one by one.

use engine::tables::{self, Place};
use engine::value::{Row, Value};
use store::{Database, Store, StoreError};

use crate::ground::{Ground, in_time, row, select_all, table};

#[tokio::test(flavor = "multi_thread")]
async fn values_on_sqlite() {
    in_time(all(&Ground::sqlite())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn values_on_postgres() {
    in_time(all(&Ground::postgres())).await;
}

async fn all(ground: &Ground) {
    let store = ground.store().await;
    every_table_round_trips(&store).await;
    every_statement_prepares(&store).await;
    odd_values_round_trip(&store).await;
    results_have_the_same_kinds(&store).await;
    keys_sort_by_byte(&store).await;
    upsert_replaces(&store).await;
    a_key_stands_once(&store).await;
    unfit_rows_are_refused(&store).await;
}

async fn home(store: &Store, place: Place) -> Database {
    match place {
        Place::Control => store.control().clone(),
        _ => store.path_code("DV920").await.expect("a path code opens"),
    }
}

/// Few rows and many travel differently, so each table takes both.
async fn every_table_round_trips(store: &Store) {
    for table in tables::all().filter(|table| !matches!(table.place, Place::Package | Place::Serialized)) {
        let database = home(store, table.place).await;
        let mut transaction = database.begin().await.expect("begin");
        transaction.execute(&format!("delete from {}", table.name), &[]).await.expect("delete");
        let rows: Vec<Row> = (1000..1700).map(|number| row(table, number)).collect();
        transaction.insert(table, &rows[..3]).await.expect("a few rows");
        transaction.insert(table, &rows[3..]).await.expect("many rows");
        transaction.commit().await.expect("commit");
        assert_eq!(database.query(&select_all(table), &[]).await.expect("select"), rows, "{}", table.name);
    }
    let mut transaction = store.control().begin().await.expect("begin");
    transaction.execute("delete from PW_SETTING where NAME like $1", &["NAME%".into()]).await.expect("delete");
    transaction.commit().await.expect("commit");
}

/// The shapes of statements that the crates above use, for every table.
async fn every_statement_prepares(store: &Store) {
    for table in tables::all().filter(|table| !matches!(table.place, Place::Package | Place::Serialized)) {
        let database = home(store, table.place).await;
        let key = table.key[0];
        let first = table.columns[0].name;
        for text in [
            select_all(table),
            format!("select count(*), max({key}) from {} where {key} = $1", table.name),
            format!("update {} set {first} = $1 where {key} in ({})", table.name, store::placeholders(2, 3)),
            format!("delete from {} where {key} = $1", table.name),
        ] {
            database.prepare(&text).await.unwrap_or_else(|e| panic!("{}", e.in_full()));
        }
        let wrong = database.prepare(&format!("select NO_SUCH_COLUMN from {}", table.name)).await;
        assert!(wrong.is_err(), "{}: an unknown column is refused", table.name);
    }
}

async fn odd_values_round_trip(store: &Store) {
    let history = table("F98780H");
    let database = home(store, Place::PathCode).await;
    let large: Vec<u8> = (0..5_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let blobs = [vec![], vec![0], vec![0, 255, 10, 13, 92], large];
    let texts = ["", " ", "Ä ß € 漢字 🦀", "line\r\nline\t\\N \\. \"quoted\" 'x'", "{\"json\": [1, {}]}"];
    let rows: Vec<Row> = (0..20)
        .map(|n| {
            let text = texts[n % texts.len()];
            let blob = blobs[n % blobs.len()].clone();
            let name = format!("N{n:02}");
            vec![name.into(), text.into(), text.into(), "".into(), "x".into(), blob.into(), "".into(), "".into()]
        })
        .collect();
    // Once as few rows, once as many.
    for copies in [1, 5] {
        let mut transaction = database.begin().await.expect("begin");
        transaction.execute("delete from F98780H", &[]).await.expect("delete");
        let mut all: Vec<Row> = Vec::new();
        for copy in 0..copies {
            all.extend(rows.iter().cloned().map(|mut row| {
                row[0] = format!("{copy} {}", row[0].text()).into();
                row
            }));
        }
        transaction.insert(history, &all).await.expect("insert");
        transaction.commit().await.expect("commit");
        let again = database.query(&select_all(history), &[]).await.expect("select");
        assert!(again == all, "odd values come back as they went in");
    }
    let numbers = [i64::MIN, -1, 0, 1, i64::MAX];
    for number in numbers {
        let rows = database.query("select count(*) + $1 - $1, $2 from F98780H where 1 = 0", &[number.into(), "é".into()]).await;
        assert_eq!(rows.expect("select"), [vec![Value::Integer(0), Value::Text("é".into())]]);
    }
    let columns = table("F98711");
    let rows: Vec<Row> = numbers.iter().map(|number| row(columns, *number)).collect();
    let mut transaction = database.begin().await.expect("begin");
    transaction.execute("delete from F98711", &[]).await.expect("delete");
    transaction.insert(columns, &rows).await.expect("insert");
    let text = "select TDPSEQ from F98711 order by TDPSEQ";
    let again = transaction.query(text, &[]).await.expect("select");
    assert_eq!(again.iter().map(|row| row[0].integer()).collect::<Vec<_>>(), numbers);
}

async fn results_have_the_same_kinds(store: &Store) {
    let database = home(store, Place::Spec).await;
    let mut transaction = database.begin().await.expect("begin");
    transaction.execute("delete from F98711", &[]).await.expect("delete");
    transaction.insert(table("F98711"), &[row(table("F98711"), 3), row(table("F98711"), 4)]).await.expect("insert");
    transaction.commit().await.expect("commit");
    let text = "select count(*), sum(TDPSEQ), max(OBNM), min(TDPSEQ), exists (select 1 from F98710 where 1 = 0), TDPSEQ - TDPSEQ \
                from F98711 group by TDPSEQ - TDPSEQ";
    let rows = database.query(text, &[]).await.expect("select");
    let expected = vec![2.into(), 7.into(), "OBNM 4".into(), 3.into(), 0.into(), 0.into()];
    assert_eq!(rows, [expected]);
    let empty = database.query("select max(OBNM), sum(TDPSEQ) from F98711 where 1 = 0", &[]).await.expect("select");
    assert_eq!(empty, [vec![Value::Null, Value::Null]]);
    let outer = "select a.TDPSEQ, b.OBNM from F98711 a left join F98711 b on b.TDPSEQ = a.TDPSEQ + 1 order by a.TDPSEQ";
    let rows = database.query(outer, &[]).await.expect("select");
    assert_eq!(rows, [vec![3.into(), "OBNM 4".into()], vec![4.into(), Value::Null]]);
}

async fn keys_sort_by_byte(store: &Store) {
    let names = ["", " ", "A", "B", "Z", "_", "a", "b", "~", "Ä", "漢"];
    let mut transaction = store.control().begin().await.expect("begin");
    transaction.execute("delete from PW_SETTING", &[]).await.expect("delete");
    let rows: Vec<Row> = names.iter().rev().map(|name| vec![(*name).into(), "".into()]).collect();
    transaction.insert(table("PW_SETTING"), &rows).await.expect("insert");
    let rows = transaction.query("select NAME from PW_SETTING order by NAME", &[]).await.expect("select");
    assert_eq!(crate::ground::texts(&rows), names);
    let text = "select NAME from PW_SETTING where NAME > $1 and NAME < $2 order by 1";
    let rows = transaction.query(text, &["Z".into(), "b".into()]).await.expect("select");
    assert_eq!(crate::ground::texts(&rows), ["_", "a"]);
}

async fn upsert_replaces(store: &Store) {
    let setting = table("PW_SETTING");
    let entry = |name: &str, content: &str| -> Row { vec![name.into(), content.into()] };
    let mut transaction = store.control().begin().await.expect("begin");
    transaction.execute("delete from PW_SETTING", &[]).await.expect("delete");
    transaction.upsert(setting, &[entry("a", "1"), entry("b", "2")]).await.expect("upsert");
    transaction.upsert(setting, &[entry("b", "3"), entry("c", "4"), entry("b", "5")]).await.expect("a key may stand twice");
    let rows = transaction.query("select CONTENT from PW_SETTING order by NAME", &[]).await.expect("select");
    assert_eq!(crate::ground::texts(&rows), ["1", "5", "4"]);
    let many: Vec<Row> = (0..1200).map(|n| entry(&format!("k{n:04}"), "x")).collect();
    transaction.upsert(setting, &many).await.expect("upsert");
    transaction.upsert(setting, &many).await.expect("upsert again");
    let rows = transaction.query("select count(*) from PW_SETTING", &[]).await.expect("select");
    assert_eq!(rows[0][0], Value::Integer(1203));
    // All columns of this one are its key.
    let database = home(store, Place::PathCode).await;
    let mut transaction = database.begin().await.expect("begin");
    let relation = row(table("F9863"), 1);
    transaction.upsert(table("F9863"), std::slice::from_ref(&relation)).await.expect("upsert");
    transaction.upsert(table("F9863"), std::slice::from_ref(&relation)).await.expect("upsert again");
}

async fn a_key_stands_once(store: &Store) {
    for count in [1, 200] {
        let rows: Vec<Row> = (0..count).map(|number| row(table("F9650"), number)).collect();
        let mut transaction = store.control().begin().await.expect("begin");
        transaction.execute("delete from F9650", &[]).await.expect("delete");
        transaction.insert(table("F9650"), &rows).await.expect("insert");
        let error = transaction.insert(table("F9650"), &rows).await.expect_err("the keys are there");
        assert!(error.is_duplicate_key(), "{}", error.in_full());
        assert!(!error.is_transient());
    }
}

async fn unfit_rows_are_refused(store: &Store) {
    let setting = table("PW_SETTING");
    let unfit: [Row; 4] =
        [vec!["a".into()], vec!["a".into(), 1.into()], vec!["a".into(), Value::Null], vec!["a".into(), "nul \0 inside".into()]];
    let mut transaction = store.control().begin().await.expect("begin");
    for row in unfit {
        for rows in [vec![row.clone()], vec![row.clone(); 100]] {
            assert!(matches!(transaction.insert(setting, &rows).await, Err(StoreError::Row { table: "PW_SETTING", row: 0, .. })));
            assert!(matches!(transaction.upsert(setting, &rows).await, Err(StoreError::Row { .. })));
        }
    }
    let refused = transaction.query("select NAME from PW_SETTING where NAME = $1", &["\0".into()]).await;
    assert!(matches!(refused, Err(StoreError::Argument { position: 1, .. })));
    // Refused before it reached the database, so the transaction goes on.
    transaction.query("select NAME from PW_SETTING", &[]).await.expect("select");
}
