//! Limits on connections, of ours and of the server's; servers that do not answer, and servers that are not the ones meant.

use std::time::{Duration, Instant};

use store::{CentralObjects, Store, StoreError};
use testkit::postgres::Postgres;

use crate::ground::{in_time, row, table};

fn silent(_: &'static str, _: u64) {}

#[tokio::test(flavor = "multi_thread")]
async fn limits_on_postgres() {
    in_time(async {
        let postgres = Postgres::shared();
        a_package_is_built_with_three_connections(postgres).await;
        nobody_waits_for_one_who_waits_for_him(postgres).await;
        a_full_server_is_named(postgres).await;
        a_server_that_is_not_there_is_named().await;
    })
    .await;
}

/// A database whose owner may have so many connections, with the address of the owner.
fn owned(postgres: &Postgres, role: &str, limit: u32) -> String {
    let url = postgres.fresh_database();
    let database = url.split(['/', '?']).nth(3).expect("a name");
    let sql =
        format!("create role {role} login password 'owner-of-it-all' connection limit {limit}; alter database {database} owner to {role}");
    postgres.run_sql(&url, &sql);
    postgres.url_as(&url, role, "owner-of-it-all")
}

async fn add_objects(store: &Store, path_code: &str, count: i64) {
    let mut transaction = store.path_code(path_code).await.expect("a path code opens").begin().await.expect("begin");
    let objects: Vec<_> = (0..count).map(|number| row(table("F98743"), number)).collect();
    transaction.insert(table("F98743"), &objects).await.expect("insert");
    transaction.commit().await.expect("commit");
}

async fn a_package_is_built_with_three_connections(postgres: &Postgres) {
    let url = owned(postgres, "three", 3);
    let store = Store::open(&format!("{url}&connections=3")).await.expect("a new store opens");
    for path_code in ["DV920", "PY920"] {
        add_objects(&store, path_code, 200).await;
    }
    for package in ["DV920FA", "DV920FB"] {
        let mut writer = store.begin_package("DV920", package).await.expect("begin");
        writer.copy_all(&silent).await.expect("copy");
        // What the steps of the primary server ask beside the writer, and what control does meanwhile.
        let other = store.path_code("PY920").await.expect("open");
        let (objects, setting) = tokio::join!(
            other.query("select count(*) from F98743", &[]),
            store.control().query("select CONTENT from PW_SETTING where NAME = 'schema_version'", &[])
        );
        assert_eq!(objects.expect("select")[0][0].integer(), 200);
        assert_eq!(setting.expect("select")[0][0].text(), "2");
        writer.finish(1).await.expect("finish");
        let reader = store.package("DV920", package).await.expect("the question is answered").expect("the package is there");
        assert_eq!(reader.query("select count(*) from {F98743}", &[]).await.expect("select")[0][0].integer(), 200);
    }
    for asked in 0..20 {
        let path_code = store.path_code(if asked % 2 == 0 { "DV920" } else { "PY920" }).await.expect("open");
        let rows = path_code.query("select count(*) from PW_PACKAGE", &[]).await.expect("select");
        assert_eq!(rows[0][0].integer(), if asked % 2 == 0 { 2 } else { 0 }, "a connection that changes its schema sees the other one");
    }
}

/// Many hold a path code and then want the control tables; with one kind of turn they would hold all of them and wait.
async fn nobody_waits_for_one_who_waits_for_him(postgres: &Postgres) {
    let url = format!("{}&connections=3", postgres.fresh_database());
    let store = Store::open(&url).await.expect("a new store opens");
    store.path_code("DV920").await.expect("a path code opens");
    let tasks: Vec<_> = (0..12)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut outer = store.path_code("DV920").await.expect("open").begin().await.expect("begin");
                outer.insert(table("F9860"), &[row(table("F9860"), number)]).await.expect("insert");
                let mut inner = store.control().begin().await.expect("begin");
                inner.insert(table("F9650"), &[row(table("F9650"), number)]).await.expect("insert");
                inner.commit().await.expect("commit");
                outer.commit().await.expect("commit");
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("each comes to its end");
    }
    let open = "select count(*) from pg_stat_activity where datname = current_database()";
    let open = store.control().query(open, &[]).await.expect("select")[0][0].integer();
    assert!(open <= 3, "{open} connections stand open");
}

async fn a_full_server_is_named(postgres: &Postgres) {
    let url = owned(postgres, "few", 1);
    let store = Store::open(&url).await.expect("one connection is enough to open");
    let held = store.control().begin().await.expect("begin");
    let full = Store::open(&url).await.map(drop).expect_err("the role has no connection left");
    assert!(matches!(full, StoreError::TooManyConnections { .. }), "{}", full.in_full());
    assert!(full.is_transient());
    assert!(full.in_full().contains("connections=N"), "{}", full.in_full());
    drop(held);
    Store::open(&url).await.expect("it is waited for a little");
}

async fn a_server_that_is_not_there_is_named() {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let url = format!("postgres://someone:secret@localhost/nowhere?host={}", folder.path().display());
    let began = Instant::now();
    for failed in [Store::open(&url).await.map(drop), CentralObjects::open(&url).await.map(drop)] {
        let error = failed.expect_err("nobody listens there");
        assert!(matches!(error, StoreError::Unreachable { .. }), "{}", error.in_full());
        assert!(!error.in_full().contains("secret"), "{}", error.in_full());
    }
    assert!(began.elapsed() < Duration::from_secs(30), "a name that is wrong is not waited for like a restart");
}

#[tokio::test(flavor = "multi_thread")]
async fn links_are_encrypted() {
    let postgres = Postgres::start_with_tls();
    in_time(async {
        let url = postgres.fresh_database();
        postgres.run_sql(&url, "create role sealed login password 'owner-of-it-all'; grant create on database test_0 to sealed");
        let plain = postgres.tcp_url_as(&url, "sealed", "owner-of-it-all");
        let known = format!("{plain}?sslmode=verify-full&sslrootcert={}", postgres.certificate().display());
        let store = Store::open(&known).await.expect("a certificate that is known is taken");
        let text = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";
        assert_eq!(store.control().query(text, &[]).await.expect("select")[0][0].integer(), 1);
        let other = Postgres::start_with_tls();
        let unknown = format!("{plain}?sslmode=verify-full&sslrootcert={}", other.certificate().display());
        let refused = Store::open(&unknown).await.map(drop).expect_err("a certificate of another authority");
        assert!(refused.in_full().contains("certificate") && !refused.is_transient(), "{}", refused.in_full());
        assert!(Store::open(&format!("{plain}?sslmode=disable")).await.is_err(), "the server speaks TLS alone");
    })
    .await;
}
