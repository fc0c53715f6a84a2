//! Packages: what they copy, what may be changed while they are written, when they are seen, and what dead and rival attempts do to
//! one another.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use engine::tables::{self, Place, Table};
use engine::value::{Row, Value};
use store::{PackageReader, Store, StoreError};

use crate::ground::{Ground, in_time, row, table, texts};

#[tokio::test(flavor = "multi_thread")]
async fn packages_on_sqlite() {
    in_time(all(&Ground::sqlite())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn packages_on_postgres() {
    in_time(all(&Ground::postgres())).await;
}

async fn all(ground: &Ground) {
    a_full_package_holds_everything(&filled(ground).await).await;
    an_update_package_holds_its_objects(&filled(ground).await).await;
    an_empty_path_code_makes_an_empty_package(&ground.store().await).await;
    objects_are_replaced_and_removed(&filled(ground).await).await;
    a_package_keeps_its_snapshot(&filled(ground).await).await;
    the_calls_have_an_order(&filled(ground).await).await;
    dead_attempts_leave_nothing(ground).await;
    rival_attempts_do_not_meet(&filled(ground).await).await;
    packages_are_removed_and_built_again(&filled(ground).await).await;
    path_codes_do_not_share_packages(&filled(ground).await).await;
}

const OBJECTS: [&str; 4] = ["B5500010", "D5500010", "F5501", "P5501"];

/// Rows of one object: `count` in each spec table.
fn spec_rows(table: &Table, object: &str, count: i64) -> Vec<Row> {
    let rows = if table.key == ["OBNM"] { 1 } else { count };
    (0..rows)
        .map(|number| {
            let mut row = row(table, number);
            row[0] = object.into();
            row
        })
        .collect()
}

/// A path code DV920 with four objects, three rows in each table that takes them.
async fn fill(store: &Store) {
    let database = store.path_code("DV920").await.expect("a path code opens");
    let mut transaction = database.begin().await.expect("begin");
    for object in OBJECTS {
        for table in tables::of(Place::Spec) {
            transaction.insert(table, &spec_rows(table, object, 3)).await.expect("insert");
        }
        let par: Row = vec![
            object.into(),
            "920".into(),
            "DV920".into(),
            "BSFN".into(),
            vec![1_u8, 2, 3].into(),
            format!("hash of {object}").into(),
            "".into(),
            "".into(),
        ];
        transaction.insert(table("F98780R"), &[par]).await.expect("insert");
    }
    transaction.commit().await.expect("commit");
}

async fn filled(ground: &Ground) -> Store {
    let store = ground.store().await;
    fill(&store).await;
    store
}

fn silent(_: &'static str, _: u64) {}

async fn reader(store: &Store, package: &str) -> PackageReader {
    store.package("DV920", package).await.expect("the question is answered").expect("the package is there")
}

async fn objects_of(reader: &PackageReader, table: &str) -> Vec<String> {
    let text = format!("select OBNM from {{{table}}} group by OBNM order by OBNM");
    texts(&reader.query(&text, &[]).await.expect("select")).into_iter().map(String::from).collect()
}

fn hashes(objects: &[&str]) -> Vec<(String, String)> {
    objects.iter().map(|object| (object.to_string(), format!("hash of {object}"))).collect()
}

async fn a_full_package_holds_everything(store: &Store) {
    let told = Mutex::new(BTreeMap::new());
    let mut writer = store.begin_package("DV920", "DV920FA").await.expect("begin");
    let tell = |table, rows| {
        let before = told.lock().expect("no panic").insert(table, rows);
        assert_eq!(before, None, "{table} is told of twice");
    };
    let repository = writer.copy_all(&tell).await.expect("copy");
    assert_eq!(repository, hashes(&OBJECTS));
    let expected: BTreeMap<&str, u64> =
        tables::of(Place::Spec).map(|table| (table.name, 4 * spec_rows(table, "X", 3).len() as u64)).collect();
    assert_eq!(*told.lock().expect("no panic"), expected, "each table is told of with its rows");
    let each: i64 = tables::of(Place::Spec).map(|table| spec_rows(table, "X", 3).len() as i64).sum();
    let counts: Vec<(String, i64)> = OBJECTS.iter().map(|object| (object.to_string(), each)).collect();
    assert_eq!(writer.row_counts().await.expect("count"), counts);
    let manifest: Vec<Row> = ["", "B5500010"]
        .iter()
        .map(|object| vec!["DV920FA".into(), (*object).into(), "FULL".into(), "".into(), 7.into(), "".into(), "".into()])
        .collect();
    writer.insert(table("F98770"), &manifest).await.expect("the manifest");
    assert!(store.package("DV920", "DV920FA").await.expect("the question is answered").is_none(), "seen before it is finished");
    writer.finish(1_234).await.expect("finish");

    let reader = reader(store, "DV920FA").await;
    for table in tables::of(Place::Spec) {
        let columns: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
        let text = format!("select {} from {{{}}} where OBNM = $1 order by {}", columns.join(", "), table.name, table.key.join(", "));
        let rows = reader.query(&text, &["F5501".into()]).await.expect("select");
        assert_eq!(rows, spec_rows(table, "F5501", 3), "{}", table.name);
    }
    let rows = reader.query("select ROWCNT from {F98770} where OBNM = $1", &["B5500010".into()]).await.expect("select");
    assert_eq!(rows, [vec![Value::Integer(7)]]);
    for _ in 0..2 {
        store.create_serialized_object_tables("DV920", "DV920FA").await.expect("make serialized-object tables");
    }
    let path_code = store.path_code("DV920").await.expect("open");
    assert!(path_code.query("select WBOID from F989999_DV920FA", &[]).await.expect("select").is_empty());
    for wrong in ["select 1 from {F9860}", "select 1 from {F98770", "select 1 from {f98770; drop}"] {
        assert!(matches!(reader.query(wrong, &[]).await, Err(StoreError::Placeholder { .. })), "{wrong}");
    }
    let rows = path_code.query("select PATHCD, BUILT from PW_PACKAGE where PACKAGE = 'DV920FA'", &[]).await.expect("select");
    assert_eq!(rows, [vec!["DV920".into(), 1_234.into()]]);
}

async fn an_update_package_holds_its_objects(store: &Store) {
    let mut writer = store.begin_package("DV920", "DV920UA").await.expect("begin");
    let mut wanted: Vec<String> = vec!["P5501".into(), "B5500010".into(), "P5501".into()];
    // More than one statement can name.
    wanted.extend((0..1200).map(|n| format!("NONE{n}")));
    let told = Mutex::new(0);
    let repository = writer.copy_objects(&wanted, &|_, rows| *told.lock().expect("no panic") += rows).await.expect("copy");
    assert_eq!(repository, hashes(&["B5500010", "P5501"]));
    let rows: i64 = writer.row_counts().await.expect("count").iter().map(|(_, rows)| rows).sum();
    assert_eq!(*told.lock().expect("no panic"), rows as u64);
    writer.finish(1).await.expect("finish");
    let reader = reader(store, "DV920UA").await;
    for table in tables::of(Place::Spec) {
        assert_eq!(objects_of(&reader, table.name).await, ["B5500010", "P5501"], "{}", table.name);
    }
}

async fn an_empty_path_code_makes_an_empty_package(store: &Store) {
    let mut writer = store.begin_package("DV920", "DV920FA").await.expect("begin");
    assert!(writer.copy_all(&silent).await.expect("copy").is_empty());
    assert!(writer.row_counts().await.expect("count").is_empty());
    writer.finish(1).await.expect("finish");
    let mut writer = store.begin_package("DV920", "DV920UA").await.expect("begin");
    assert!(writer.copy_objects(&[], &silent).await.expect("copy").is_empty());
    writer.finish(1).await.expect("finish");
    assert!(objects_of(&reader(store, "DV920UA").await, "F98710").await.is_empty());
}

async fn objects_are_replaced_and_removed(store: &Store) {
    let mut writer = store.begin_package("DV920", "DV920FA").await.expect("begin");
    writer.copy_all(&silent).await.expect("copy");
    let functions = spec_rows(table("F98762"), "B5500010", 200);
    let stranger = spec_rows(table("F98762"), "B5500020", 1);
    let refused = writer.replace_object("B5500010", &[(table("F98762"), stranger)]).await;
    assert!(matches!(refused, Err(StoreError::Row { .. })), "rows of another object are refused");
    writer.replace_object("B5500010", &[(table("F98762"), functions.clone())]).await.expect("replace");
    writer.replace_object("B5500020", &[(table("F98720"), spec_rows(table("F98720"), "B5500020", 1))]).await.expect("a new object");
    writer.remove_objects(&["F5501".into(), "NONE".into()]).await.expect("remove");
    let counts: BTreeMap<String, i64> = writer.row_counts().await.expect("count").into_iter().collect();
    assert_eq!(counts.get("B5500010"), Some(&200));
    assert_eq!(counts.get("B5500020"), Some(&1));
    assert_eq!(counts.get("F5501"), None);
    writer.finish(1).await.expect("finish");
    let reader = reader(store, "DV920FA").await;
    assert_eq!(objects_of(&reader, "F98720").await, ["B5500020", "D5500010", "P5501"]);
    let rows = reader.query("select count(*) from {F98762} where OBNM = $1", &["B5500010".into()]).await.expect("select");
    assert_eq!(rows[0][0].integer(), 200);
    let source = store.path_code("DV920").await.expect("open");
    let rows = source.query("select count(*) from F98762 where OBNM = $1", &["B5500010".into()]).await.expect("select");
    assert_eq!(rows[0][0].integer(), 3, "the path code itself is untouched");
}

/// Everything is deleted from the path code as soon as the first table is copied: the check-in waits for nobody, and no table of
/// the package shows it.
async fn a_package_keeps_its_snapshot(store: &Store) {
    let source = store.path_code("DV920").await.expect("open");
    let delete = async || {
        let mut transaction = source.begin().await.expect("begin");
        for table in tables::of(Place::Spec).chain([table("F98780R")]) {
            transaction.execute(&format!("delete from {}", table.name), &[]).await.expect("delete");
        }
        transaction.commit().await.expect("a check-in goes on while a package is written");
    };
    let begun = AtomicBool::new(false);
    let tell = |_, _| {
        if !begun.swap(true, Ordering::Relaxed) {
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(delete()));
        }
    };
    let mut writer = store.begin_package("DV920", "DV920FA").await.expect("begin");
    assert_eq!(writer.copy_all(&tell).await.expect("copy"), hashes(&OBJECTS));
    writer.finish(1).await.expect("finish");
    let reader = reader(store, "DV920FA").await;
    for table in tables::of(Place::Spec) {
        assert_eq!(objects_of(&reader, table.name).await, OBJECTS, "{}", table.name);
    }
    let rows = source.query("select OBNM from F98710", &[]).await.expect("select");
    assert!(rows.is_empty());
}

async fn the_calls_have_an_order(store: &Store) {
    let mut writer = store.begin_package("DV920", "DV920FA").await.expect("begin");
    assert!(matches!(writer.row_counts().await, Err(StoreError::PackageState { .. })));
    assert!(matches!(writer.replace_object("X", &[]).await, Err(StoreError::PackageState { .. })));
    writer.copy_all(&silent).await.expect("copy");
    assert!(matches!(writer.copy_all(&silent).await, Err(StoreError::PackageState { .. })));
    let manifest = row(table("F98770"), 1);
    assert!(matches!(writer.insert(table("F9860"), &[]).await, Err(StoreError::Row { .. })), "no table of a package");
    writer.insert(table("F98770"), std::slice::from_ref(&manifest)).await.expect("insert");
    assert!(writer.insert(table("F98770"), &[manifest]).await.is_err(), "the key is there");
    let broken = writer.finish(1).await.expect_err("an attempt that failed cannot be finished");
    assert!(matches!(broken, StoreError::PackageState { .. }), "{}", broken.in_full());
    assert!(store.package("DV920", "DV920FA").await.expect("the question is answered").is_none());
    let unfinished = store.begin_package("DV920", "DV920FA").await.expect("begin");
    assert!(matches!(unfinished.finish(1).await, Err(StoreError::PackageState { .. })), "nothing was copied");
}

/// Names of what attempts on a package have left in the store.
async fn leftovers(url: &str, store: &Store) -> Vec<String> {
    if let Some(folder) = url.strip_prefix("sqlite:") {
        let packages = std::fs::read_dir(format!("{folder}/packages/DV920")).expect("the folder of packages");
        return packages
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .filter(|n| n.contains("attempt"))
            .collect();
    }
    let text = "select cast(relname as text) from pg_class where relkind = 'r' and relname like 'f98%$%' order by 1";
    let rows = store.control().query(text, &[]).await.expect("select");
    texts(&rows).into_iter().map(String::from).collect()
}

/// Waits until the server has noticed that a session is gone, as it would before anyone could begin again.
async fn until_attempts_are_dead(ground: &Ground, store: &Store) {
    let deadline = Instant::now() + Duration::from_secs(30);
    let text = "select count(*) from pg_locks where locktype = 'advisory'";
    while !ground.is_sqlite() && store.control().query(text, &[]).await.expect("select")[0][0].integer() > 0 {
        assert!(Instant::now() < deadline, "a dropped attempt still holds its lock");
    }
}

async fn dead_attempts_leave_nothing(ground: &Ground) {
    let url = ground.url();
    let store = Store::open(&url).await.expect("a new store opens");
    fill(&store).await;
    let begun = store.begin_package("DV920", "DV920FA").await.expect("begin");
    drop(begun);
    until_attempts_are_dead(ground, &store).await;
    let mut copied = store.begin_package("DV920", "DV920FA").await.expect("begin");
    copied.copy_all(&silent).await.expect("copy");
    drop(copied);
    until_attempts_are_dead(ground, &store).await;
    assert!(!leftovers(&url, &store).await.is_empty(), "a dead attempt leaves something to clear up");
    let mut last = store.begin_package("DV920", "DV920FA").await.expect("begin");
    last.copy_all(&silent).await.expect("copy");
    last.finish(1).await.expect("finish");
    assert_eq!(leftovers(&url, &store).await, [""; 0]);
    assert_eq!(objects_of(&reader(&store, "DV920FA").await, "F98710").await, OBJECTS);
}

async fn rival_attempts_do_not_meet(store: &Store) {
    let mut orphan = store.begin_package("DV920", "DV920FA").await.expect("begin");
    orphan.copy_all(&silent).await.expect("copy");
    let mut second = store.begin_package("DV920", "DV920FA").await.expect("begin beside a living attempt");
    let mut third = store.begin_package("DV920", "DV920FA").await.expect("and a third");
    let (one, other) = tokio::join!(second.copy_all(&silent), third.copy_all(&silent));
    one.expect("copy");
    other.expect("copy beside it");
    orphan.remove_objects(&["P5501".into()]).await.expect("the orphan goes on unharmed");
    second.finish(2).await.expect("finish");
    let reader_before = reader(store, "DV920FA").await;
    assert_eq!(objects_of(&reader_before, "F98710").await, OBJECTS);
    orphan.finish(1).await.expect("a late finish is no failure");
    third.finish(3).await.expect("a late finish is no failure");
    assert_eq!(objects_of(&reader_before, "F98710").await, OBJECTS, "the finished package stays as it is");
    assert_eq!(objects_of(&reader(store, "DV920FA").await, "F98710").await, OBJECTS);
    let path_code = store.path_code("DV920").await.expect("open");
    let rows = path_code.query("select BUILT from PW_PACKAGE", &[]).await.expect("select");
    assert_eq!(rows, [vec![Value::Integer(2)]]);
}

async fn packages_are_removed_and_built_again(store: &Store) {
    store.remove_package("DV920", "DV920FA").await.expect("nothing to remove is no failure");
    for round in 1..=3 {
        let mut writer = store.begin_package("DV920", "DV920FA").await.expect("begin");
        writer.copy_all(&silent).await.expect("copy");
        writer.finish(round).await.expect("finish");
        let mut other = store.begin_package("DV920", "DV920_FA").await.expect("begin");
        other.copy_objects(&["F5501".into()], &silent).await.expect("copy");
        other.finish(round).await.expect("finish");
        assert_eq!(objects_of(&reader(store, "DV920FA").await, "F98710").await, OBJECTS);
        store.remove_package("DV920", "DV920FA").await.expect("remove");
        store.remove_package("DV920", "DV920FA").await.expect("remove again");
        assert!(store.package("DV920", "DV920FA").await.expect("the question is answered").is_none());
        assert_eq!(objects_of(&reader(store, "DV920_FA").await, "F98710").await, ["F5501"], "others stay");
        store.remove_package("DV920", "DV920_FA").await.expect("remove");
    }
}

async fn path_codes_do_not_share_packages(store: &Store) {
    for path_code in ["PY920", "DV920"] {
        let mut writer = store.begin_package(path_code, "DV920FA").await.expect("begin");
        writer.copy_all(&silent).await.expect("copy");
        writer.finish(1).await.expect("finish");
    }
    let other = store.package("PY920", "DV920FA").await.expect("the question is answered").expect("the package is there");
    assert_eq!(objects_of(&other, "F98710").await, [""; 0]);
    store.remove_package("PY920", "DV920FA").await.expect("remove");
    assert!(store.package("PY920", "DV920FA").await.expect("the question is answered").is_none());
    assert_eq!(objects_of(&reader(store, "DV920FA").await, "F98710").await, OBJECTS);
}
