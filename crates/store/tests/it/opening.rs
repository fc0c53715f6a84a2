//! Opening a store: new, again, by two at once, of another version, and under names that must not pass.

use store::{Store, StoreError};

use crate::ground::{Ground, in_time};

#[tokio::test(flavor = "multi_thread")]
async fn opening_on_sqlite() {
    in_time(all(&Ground::sqlite())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opening_on_postgres() {
    in_time(all(&Ground::postgres())).await;
}

async fn all(ground: &Ground) {
    what_is_there_stays(&ground.url()).await;
    two_open_at_once(&ground.url()).await;
    another_version_is_refused(&ground.url()).await;
    path_codes_are_apart(&ground.store().await).await;
    bad_names_are_refused(ground, &ground.store().await).await;
    if !ground.is_sqlite() {
        the_schema_is_chosen(&ground.url()).await;
    }
}

async fn set(store: &Store, name: &str, content: &str) {
    let mut transaction = store.control().begin().await.expect("begin");
    let setting = engine::tables::named("PW_SETTING").expect("in the catalogue");
    transaction.upsert(setting, &[vec![name.into(), content.into()]]).await.expect("upsert");
    transaction.commit().await.expect("commit");
}

async fn get(store: &Store, name: &str) -> String {
    let rows = store.control().query("select CONTENT from PW_SETTING where NAME = $1", &[name.into()]).await.expect("select");
    rows.first().map_or(String::new(), |row| row[0].text().to_string())
}

async fn what_is_there_stays(url: &str) {
    let store = Store::open(url).await.expect("a new store opens");
    assert_eq!(get(&store, "schema_version").await, "2");
    set(&store, "colour", "blue").await;
    store.path_code("DV920").await.expect("a path code opens");
    drop(store);
    let store = Store::open(url).await.expect("the store opens again");
    assert_eq!(get(&store, "colour").await, "blue");
    store.path_code("DV920").await.expect("the path code opens again");
}

async fn two_open_at_once(url: &str) {
    let first = Store::open(url).await.expect("a new store opens");
    let second = Store::open(url).await.expect("the store opens a second time");
    let (one, other) = tokio::join!(first.path_code("PY920"), second.path_code("PY920"));
    one.expect("a new path code opens").query("select 1 from F9860", &[]).await.expect("it has its tables");
    other.expect("and for the other too").query("select 1 from F98762", &[]).await.expect("it has its tables");
}

async fn another_version_is_refused(url: &str) {
    let store = Store::open(url).await.expect("a new store opens");
    set(&store, "schema_version", "99").await;
    match Store::open(url).await {
        Err(error @ StoreError::SchemaNewer { found: 99, known: 2 }) => assert!(error.to_string().contains("newer"), "{error}"),
        Err(other) => panic!("{}", other.in_full()),
        Ok(_) => panic!("tables of a newer program were taken"),
    }
    set(&store, "schema_version", "many").await;
    assert!(matches!(Store::open(url).await, Err(StoreError::SchemaUnreadable { .. })));
    set(&store, "schema_version", "2").await;
    Store::open(url).await.expect("its own version opens");
}

async fn path_codes_are_apart(store: &Store) {
    let object = engine::tables::named("F9860").expect("in the catalogue");
    for (path_code, number) in [("DV920", 1), ("PY920", 2)] {
        let mut transaction = store.path_code(path_code).await.expect("a path code opens").begin().await.expect("begin");
        transaction.insert(object, &[crate::ground::row(object, number)]).await.expect("insert");
        transaction.commit().await.expect("commit");
    }
    let rows = store.path_code("PY920").await.expect("open").query("select SIOBNM from F9860", &[]).await.expect("select");
    assert_eq!(crate::ground::texts(&rows), ["SIOBNM 2"]);
    // A word of SQL is a path code like any other.
    store.path_code("USER").await.expect("a path code opens").query("select 1 from F9860", &[]).await.expect("select");
}

async fn bad_names_are_refused(ground: &Ground, store: &Store) {
    for name in ["", "dv920", "../DV920", "DV 920", "DV920;", "A\"B", "ABCDEFGHIJK", "PUBLIC", "PG_CATALOG"] {
        assert!(matches!(store.path_code(name).await, Err(StoreError::Name { .. })), "{name:?}");
        assert!(matches!(store.begin_package(name, "P").await, Err(StoreError::Name { .. })), "{name:?}");
    }
    for name in ["", "p", "../P", "P$1", "P;", "ABCDEFGHIJK"] {
        assert!(matches!(store.begin_package("DV920", name).await, Err(StoreError::Name { .. })), "{name:?}");
        assert!(matches!(store.package("DV920", name).await, Err(StoreError::Name { .. })), "{name:?}");
        assert!(matches!(store.remove_package("DV920", name).await, Err(StoreError::Name { .. })), "{name:?}");
    }
    if !ground.is_sqlite() {
        assert!(matches!(store.path_code("PACKWRIGHT").await, Err(StoreError::Name { .. })), "the schema of the control tables");
    }
    assert!(matches!(Store::open("mysql://localhost").await, Err(StoreError::Address { .. })));
}

async fn the_schema_is_chosen(url: &str) {
    let one = Store::open(&format!("{url}&schema=one")).await.expect("a new store opens");
    let two = Store::open(&format!("{url}&schema=two")).await.expect("another one beside it");
    set(&one, "colour", "blue").await;
    assert_eq!(get(&two, "colour").await, "");
    let rows = one.control().query("select count(*) from one.pw_setting where NAME = 'colour'", &[]).await.expect("select");
    assert_eq!(rows[0][0].integer(), 1);
    assert!(matches!(Store::open(&format!("{url}&schema=pg_x")).await, Err(StoreError::Name { .. })));
}
