//! Tables of version 1 become those of this program: shown first, all or nothing, again after a kill, and with the rights there are.

use std::path::Path;

use engine::tables;
use engine::value::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use store::{Store, StoreError};
use testkit::postgres::Postgres;

use crate::ground::{Ground, in_time, row, select_all, table, texts};

const CONTROL: &str = include_str!("version_1/control.sql");
const PATH_CODE: &str = include_str!("version_1/path_code.sql");

/// Two packages, one of a path code that has gone; a run; the version.
const ROWS: &str = "
    insert into PW_SETTING values ('schema_version', '1'), ('colour', 'blue');
    insert into PW_PACKAGE values ('DV920FA', 'DV920', 'its place', 7), ('GONE', 'XX920', 'nowhere', 8);
    insert into PW_RUN values (1, 0, 'pack', 'ENT1', 'passed', 2, 3, 4, '{}');";

const OBJECT: &str = "insert into F98743 values ('D5500010', 'BSFN', '{}');";

/// Of a package's tables, one is enough to be read.
const PACKAGE: &str = "create table F98743 (OBNM text not null, DSTYPE text not null, SPECBLOB text not null, primary key (OBNM)) strict;
    insert into F98743 values ('D5500010', 'BSFN', '{}');";

#[tokio::test(flavor = "multi_thread")]
async fn version_1_on_sqlite() {
    in_time(async {
        let ground = Ground::sqlite();
        shown_and_then_migrated(&version_1(&ground).await).await;
        a_new_store_is_shown(&ground.url()).await;
        a_migration_that_fails_changes_nothing(&ground).await;
        opening_migrates(&version_1(&ground).await).await;
        a_killed_migration_is_done_again(&version_1(&ground).await).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn version_1_on_postgres() {
    in_time(async {
        let ground = Ground::postgres();
        opening_refuses_what_is_older(&version_1(&ground).await).await;
        shown_and_then_migrated(&version_1(&ground).await).await;
        a_new_store_is_shown(&ground.url()).await;
        a_migration_that_fails_changes_nothing(&ground).await;
        rights_are_named(&ground.url()).await;
    })
    .await;
}

/// A store as version 1 left it; returns its address.
async fn version_1(ground: &Ground) -> String {
    let url = ground.url();
    match url.strip_prefix("sqlite:").map(Path::new) {
        Some(folder) => {
            std::fs::create_dir_all(folder.join("packages/DV920")).expect("a new folder");
            run_on_file(&folder.join("control-tables.db"), &[CONTROL, ROWS]).await;
            run_on_file(&folder.join("DV920.db"), &[PATH_CODE, OBJECT]).await;
            run_on_file(&folder.join("packages/DV920/DV920FA.db"), &[PACKAGE]).await;
        }
        None => {
            let run = |schema: &str, text: &str| Postgres::shared().run_sql(&url, &format!("set search_path = {schema}; {text}"));
            run("public", "create schema packwright; create schema dv920");
            run("packwright", &for_postgres(CONTROL));
            run("packwright", ROWS);
            run("dv920", &for_postgres(PATH_CODE));
            run("dv920", &format!("{OBJECT} create table f98743_dv920fa as select * from F98743"));
        }
    }
    url
}

async fn run_on_file(file: &Path, texts: &[&'static str]) {
    let mut connection = SqliteConnectOptions::new().filename(file).create_if_missing(true).connect().await.expect("a new file");
    for text in texts {
        sqlx::raw_sql(*text).execute(&mut connection).await.expect("the statements run");
    }
    connection.close().await.expect("the file closes");
}

/// Version 1 wrote these for its two databases.
fn for_postgres(text: &str) -> String {
    text.replace(" text not null", " text collate \"C\" not null")
        .replace(" integer not null", " bigint not null")
        .replace(" blob not null", " bytea not null")
        .replace(" strict, without rowid;", ";")
        .replace(" strict;", ";")
}

async fn version(url: &str) -> String {
    let text = "select CONTENT from PW_SETTING where NAME = 'schema_version'";
    match url.strip_prefix("sqlite:") {
        Some(folder) => {
            let file = Path::new(folder).join("control-tables.db");
            let mut connection = SqliteConnectOptions::new().filename(file).connect().await.expect("the file opens");
            sqlx::query_scalar(text).fetch_one(&mut connection).await.expect("a version")
        }
        None => {
            let connection = sqlx::PgConnection::connect(url).await;
            let text = "select CONTENT from packwright.PW_SETTING where NAME = 'schema_version'";
            sqlx::query_scalar(text).fetch_one(&mut connection.expect("the database answers")).await.expect("a version")
        }
    }
}

/// Everything of the store of version 1 is there, in the tables of this version.
async fn is_migrated(url: &str) {
    let store = Store::open(url).await.expect("the store opens");
    let control = store.control();
    let path_code = store.path_code("DV920").await.expect("the path code opens");
    for table in tables::all() {
        match table.place {
            tables::Place::Control => control.prepare(&select_all(table)).await.expect(table.name),
            tables::Place::PathCode | tables::Place::Spec => path_code.prepare(&select_all(table)).await.expect(table.name),
            _ => {}
        }
    }
    assert!(control.prepare("select PACKAGE from PW_PACKAGE").await.is_err(), "PW_PACKAGE has left the control tables");
    let packages = path_code.query(&select_all(table("PW_PACKAGE")), &[]).await.expect("select");
    assert_eq!(packages, [vec!["DV920FA".into(), "DV920".into(), "its place".into(), 7.into()]]);
    let runs = control.query(&select_all(table("PW_RUN")), &[]).await.expect("select");
    assert_eq!(runs[0][8..], ["{}".into(), Value::Integer(0)]);
    let settings = control.query("select CONTENT from PW_SETTING where NAME = 'colour'", &[]).await.expect("select");
    assert_eq!(texts(&settings), ["blue"]);
    let package = store.package("DV920", "DV920FA").await.expect("the question is answered").expect("the package is there");
    assert_eq!(texts(&package.query("select OBNM from {F98743}", &[]).await.expect("select")), ["D5500010"]);
    let mut transaction = control.begin().await.expect("begin");
    transaction.insert(table("PW_RUN"), &[row(table("PW_RUN"), 9)]).await.expect("rows of this version fit");
    transaction.commit().await.expect("commit");
}

async fn shown_and_then_migrated(url: &str) {
    let shown = Store::pending(url).await.expect("the statements are shown");
    assert_eq!(version(url).await, "1", "nothing is changed by that");
    let databases: Vec<&str> = shown.iter().map(|statement| statement.database.as_str()).collect();
    assert!(databases.contains(&"path code DV920") && databases.contains(&"the control tables"), "{databases:?}");
    assert!(!databases.contains(&"path code XX920"), "it has no tables");
    assert!(shown.iter().any(|statement| statement.sql.contains("'DV920FA'")), "{shown:?}");
    assert!(shown.iter().all(|statement| !statement.description.is_empty()));
    assert_eq!(Store::migrate(url).await.expect("the migration runs"), shown);
    assert_eq!(version(url).await, "2");
    assert_eq!(Store::pending(url).await.expect("nothing is left"), []);
    is_migrated(url).await;
    assert_eq!(Store::migrate(url).await.expect("again"), []);
}

async fn a_new_store_is_shown(url: &str) {
    let shown = Store::pending(url).await.expect("the statements are shown");
    assert_eq!(Store::pending(url).await.expect("and are still to run"), shown);
    assert!(shown.iter().any(|statement| statement.description == "make table PW_LEASE"), "{shown:?}");
    if let Some(folder) = url.strip_prefix("sqlite:") {
        assert!(!Path::new(folder).exists(), "no folder is made by that");
    }
    assert_eq!(Store::migrate(url).await.expect("the tables are made"), shown);
    Store::open(url).await.expect("the store opens");
}

async fn opening_migrates(url: &str) {
    is_migrated(url).await;
    assert_eq!(version(url).await, "2");
}

async fn opening_refuses_what_is_older(url: &str) {
    match Store::open(url).await {
        Err(StoreError::SchemaOlder { found: 1, known: 2 }) => {}
        Err(other) => panic!("{}", other.in_full()),
        Ok(_) => panic!("tables of version 1 were taken"),
    }
    assert_eq!(version(url).await, "1");
}

/// A column of that name is there already, so that the migration fails after it has changed path codes.
async fn a_migration_that_fails_changes_nothing(ground: &Ground) {
    let url = version_1(ground).await;
    let spoil = "alter table PW_RUN add column BEFORE integer";
    match url.strip_prefix("sqlite:").map(Path::new) {
        Some(folder) => run_on_file(&folder.join("control-tables.db"), &[spoil]).await,
        None => Postgres::shared().run_sql(&url, &spoil.replace("PW_RUN", "packwright.PW_RUN")),
    }
    assert!(Store::migrate(&url).await.is_err());
    assert_eq!(version(&url).await, "1");
    let shown = Store::pending(&url).await.expect("the statements are shown again");
    assert!(shown.iter().any(|statement| statement.sql.contains("'DV920FA'")), "the rows are where they were: {shown:?}");
}

/// Path codes are changed before the control tables say so; what a killed program left there is no obstacle.
async fn a_killed_migration_is_done_again(url: &str) {
    let folder = Path::new(url.strip_prefix("sqlite:").expect("on SQLite"));
    let left = "create table PW_PACKAGE (PACKAGE text primary key, PATHCD text, PLACE text, BUILT integer);
        insert into PW_PACKAGE values ('DV920UA', 'DV920', 'removed since', 1)";
    run_on_file(&folder.join("DV920.db"), &[left]).await;
    is_migrated(url).await;
}

/// An account that may make nothing hears what an administrator must run, and gets on with the schemas he made.
async fn rights_are_named(url: &str) {
    let postgres = Postgres::shared();
    postgres.run_sql(url, "create role maker login password 'maker-of-tables'");
    let own = postgres.url_as(url, "maker", "maker-of-tables");
    let remedy = |opened: Result<_, StoreError>| match opened.map(|_: Store| ()) {
        Err(StoreError::MissingRight { remedy, .. }) => remedy,
        Err(other) => panic!("{}", other.in_full()),
        Ok(()) => panic!("opened without the right to"),
    };
    let first = remedy(Store::open(&own).await);
    assert_eq!(first, "create schema \"packwright\" authorization \"maker\"");
    postgres.run_sql(url, "create schema packwright");
    let second = remedy(Store::open(&own).await);
    assert_eq!(second, "grant usage, create on schema \"packwright\" to \"maker\"");
    postgres.run_sql(url, "grant usage on schema packwright to maker");
    assert_eq!(remedy(Store::open(&own).await), second);
    postgres.run_sql(url, &second);
    let store = Store::open(&own).await.expect("an empty schema that somebody else made is enough");
    assert!(matches!(store.path_code("DV920").await, Err(StoreError::MissingRight { .. })));
    postgres.run_sql(url, "create schema dv920 authorization maker");
    store.path_code("DV920").await.expect("the path code opens");
    Store::open(&own).await.expect("what is complete opens without any right to make things");
}
