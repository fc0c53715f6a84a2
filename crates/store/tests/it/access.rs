//! Roles at PostgreSQL: what the primary and the deployment server may do with their credential, what they may not, and what becomes of
//! it when they are enrolled anew.

use engine::value::Row;
use store::{CentralObjects, Store, StoreError};
use testkit::postgres::Postgres;

use crate::ground::{Ground, in_time, row, table, texts};

const PASSWORD: &str = "a-password-of-ent1";

fn silent(_: &'static str, _: u64) {}

/// A database of a role without superuser rights, and that role's address.
struct Place {
    postgres: &'static Postgres,
    admin: String,
    owner: String,
}

fn place(name: &str, rights: &str) -> Place {
    let postgres = Postgres::shared();
    let admin = postgres.fresh_database();
    let database = admin.split(['/', '?']).nth(3).expect("a name");
    let sql = format!("create role {name} login {rights} password 'owner-of-it-all'; alter database {database} owner to {name}");
    postgres.run_sql(&admin, &sql);
    let owner = postgres.url_as(&admin, name, "owner-of-it-all");
    Place { postgres, admin, owner }
}

impl Place {
    /// A store with one path code of a few objects.
    async fn store(&self) -> Store {
        let store = Store::open(&self.owner).await.expect("a new store opens");
        let mut transaction = store.control().begin().await.expect("begin");
        let path_code: Row = vec!["DV920".into(), "920".into(), "Central Objects - DV920".into(), 64.into()];
        transaction.insert(table("F00942"), &[path_code]).await.expect("insert");
        transaction.commit().await.expect("commit");
        let mut transaction = store.path_code("DV920").await.expect("a path code opens").begin().await.expect("begin");
        let objects: Vec<Row> = (0..5).map(|number| row(table("F98743"), number)).collect();
        transaction.insert(table("F98743"), &objects).await.expect("insert");
        transaction.commit().await.expect("commit");
        store
    }

    fn url_of(&self, role: &str, password: &str) -> String {
        self.postgres.url_as(&self.admin, role, password)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn central_access_on_postgres() {
    in_time(async {
        let place = place("owner_a", "createrole");
        let store = place.store().await;
        a_server_does_its_work(&place, &store).await;
        and_nothing_else(&place).await;
        what_it_made_is_everybodys(&place, &store).await;
        new_path_codes_are_open_to_it(&place, &store).await;
        a_revoked_credential_is_worth_nothing(&place, &store).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn central_access_needs_rights() {
    in_time(async {
        without_the_right_an_administrator_hears_what_to_run().await;
        strangers_are_left_alone().await;
        let ground = Ground::sqlite();
        let store = ground.store().await;
        let refusals = [
            store.grant_central("packwright_ent1", PASSWORD).await,
            store.central_access("packwright_ent1", PASSWORD).await.map(drop),
            store.revoke_central("packwright_ent1").await,
        ];
        for refusal in refusals {
            let error = refusal.expect_err("SQLite has no roles");
            assert!(matches!(error, StoreError::NoRoles), "{}", error.in_full());
        }
    })
    .await;
}

async fn build(central: &CentralObjects, package: &str) {
    let mut writer = central.begin_package("DV920", package).await.expect("begin");
    writer.copy_all(&silent).await.expect("copy");
    writer.replace_object("OBNM 1", &[]).await.expect("replace");
    writer.insert(table("F98770"), &[row(table("F98770"), 1)]).await.expect("insert");
    writer.finish(1).await.expect("finish");
    central.create_serialized_object_tables("DV920", package).await.expect("serialized objects");
    let reader = central.package("DV920", package).await.expect("the question is answered").expect("the package is there");
    assert_eq!(reader.query("select count(*) from {F98743}", &[]).await.expect("select")[0][0].integer(), 4);
}

async fn a_server_does_its_work(place: &Place, store: &Store) {
    // What control built before there was any role is the servers' from now on.
    build(store.central(), "DV920FA").await;
    store.grant_central("server_a1", PASSWORD).await.expect("granted");
    store.grant_central("server_a1", PASSWORD).await.expect("granted again");
    let shown = store.central_access("server_a1", PASSWORD).await.expect("shown").join("\n");
    assert!(shown.contains("SCRAM-SHA-256$") && !shown.contains(PASSWORD), "{shown}");

    assert!(CentralObjects::open(&place.url_of("server_a1", "another-password")).await.is_err(), "a wrong password is refused");
    let unnamed = place.url_of("server_a1", PASSWORD).replace(&format!(":{PASSWORD}@"), "@");
    assert!(CentralObjects::open_with(&unnamed, Some("wrong-password")).await.is_err());
    let central = CentralObjects::open_with(&unnamed, Some(PASSWORD)).await.expect("the right one is taken");
    build(&central, "DV920UA").await;
    central.remove_package("DV920", "DV920FA").await.expect("of control's making");
    build(&central, "DV920FA").await;
    build(&central, "DV920UB").await;
    assert!(store.package("DV920", "DV920FA").await.expect("the question is answered").is_some());
}

async fn and_nothing_else(place: &Place) {
    let central = CentralObjects::open(&place.url_of("server_a1", PASSWORD)).await.expect("open");
    let path_code = central.path_code("DV920").await.expect("open");
    for table in engine::tables::of(engine::tables::Place::Control) {
        let refused = path_code.query(&format!("select 1 from packwright.{}", table.name), &[]).await;
        assert!(refused.is_err_and(|error| error.in_full().contains("permission denied")), "{} is open to it", table.name);
    }
    for name in ["F98780R", "F9860", "F98743"] {
        let mut transaction = path_code.begin().await.expect("begin");
        let refused = transaction.insert(table(name), &[row(table(name), 9)]).await;
        assert!(refused.is_err_and(|error| error.in_full().contains("permission denied")), "it writes {name}");
    }
    let forbidden = [
        "drop table F98780R",
        "alter table F9860 add column X bigint",
        "create schema elsewhere",
        "create role another",
        "set role owner_a",
        "update PW_PACKAGE set BUILT = 0",
    ];
    for text in forbidden {
        let mut transaction = path_code.begin().await.expect("begin");
        assert!(transaction.execute(text, &[]).await.is_err(), "{text}");
    }
    match central.path_code("PY920").await.map(drop) {
        Err(error @ StoreError::SchemaDiffers { .. }) => assert!(error.to_string().contains("PY920"), "{error}"),
        Err(other) => panic!("{}", other.in_full()),
        Ok(()) => panic!("a path code that nobody made"),
    }
    // Tables of another version are named, older and newer.
    for (change, back, word) in [
        ("alter table dv920.pw_package rename to elsewhere", "alter table dv920.elsewhere rename to pw_package", "PW_PACKAGE"),
        ("alter table dv920.f9860 rename column simd to x", "alter table dv920.f9860 rename column x to simd", "SIMD"),
        ("alter table dv920.f9860 add column later bigint", "alter table dv920.f9860 drop column later", "LATER"),
    ] {
        place.postgres.run_sql(&place.admin, change);
        let central = CentralObjects::open(&place.url_of("server_a1", PASSWORD)).await.expect("open");
        let error = central.path_code("DV920").await.map(drop).expect_err(change);
        assert!(matches!(error, StoreError::SchemaDiffers { .. }) && error.to_string().contains(word), "{}", error.in_full());
        place.postgres.run_sql(&place.admin, back);
    }
}

async fn what_it_made_is_everybodys(place: &Place, store: &Store) {
    store.remove_package("DV920", "DV920UA").await.expect("control removes what a server made");
    store.grant_central("server_a2", "password-of-the-other").await.expect("granted");
    let other = CentralObjects::open(&place.url_of("server_a2", "password-of-the-other")).await.expect("open");
    other.remove_package("DV920", "DV920UB").await.expect("and so does another server");
    build(&other, "DV920UB").await;
}

async fn new_path_codes_are_open_to_it(place: &Place, store: &Store) {
    store.path_code("PY920").await.expect("a new path code opens");
    let central = CentralObjects::open(&place.url_of("server_a1", PASSWORD)).await.expect("open");
    let mut writer = central.begin_package("PY920", "PY920FA").await.expect("begin");
    writer.copy_all(&silent).await.expect("copy");
    writer.finish(1).await.expect("finish");
}

async fn a_revoked_credential_is_worth_nothing(place: &Place, store: &Store) {
    let central = CentralObjects::open(&place.url_of("server_a1", PASSWORD)).await.expect("open");
    let path_code = central.path_code("DV920").await.expect("open");
    store.revoke_central("server_a1").await.expect("revoked");
    store.revoke_central("server_a1").await.expect("revoked already");
    assert!(path_code.query("select 1", &[]).await.is_err(), "its sessions are ended");
    assert!(CentralObjects::open(&place.url_of("server_a1", PASSWORD)).await.is_err(), "and it gets no new one");
    assert!(store.package("DV920", "DV920FA").await.expect("the question is answered").is_some(), "what it made stays");
    store.grant_central("server_a1", "password-the-second").await.expect("granted anew");
    let again = CentralObjects::open(&place.url_of("server_a1", "password-the-second")).await.expect("open");
    again.remove_package("DV920", "DV920FA").await.expect("what its former self made");
}

async fn without_the_right_an_administrator_hears_what_to_run() {
    let place = place("owner_b", "nocreaterole");
    let store = place.store().await;
    let remedy = match store.grant_central("server_b1", PASSWORD).await {
        Err(StoreError::MissingRight { attempted, remedy }) => {
            assert!(attempted.contains("owner_b lacks CREATEROLE"), "{attempted}");
            remedy
        }
        other => panic!("{:?}", other.map_err(|error| error.in_full())),
    };
    assert!(remedy.contains("create role \"server_b1\" login") && !remedy.contains("SCRAM"), "{remedy}");
    let statements = store.central_access("server_b1", PASSWORD).await.expect("shown");
    place.postgres.run_sql(&place.admin, &statements.join(";\n"));
    build(&CentralObjects::open(&place.url_of("server_b1", PASSWORD)).await.expect("open"), "DV920FA").await;
    store.remove_package("DV920", "DV920FA").await.expect("control is of the group");
}

async fn strangers_are_left_alone() {
    let place = place("owner_c", "createrole");
    let store = place.store().await;
    for role in ["owner_c", "postgres"] {
        assert!(matches!(store.grant_central(role, PASSWORD).await, Err(StoreError::Name { .. })), "{role}");
        assert!(matches!(store.revoke_central(role).await, Err(StoreError::Name { .. })), "{role}");
    }
    for (role, password) in [("a b", PASSWORD), ("pg_monitor", PASSWORD), ("\"x", PASSWORD), ("server_c1", "short")] {
        let error = store.grant_central(role, password).await.expect_err(role);
        assert!(matches!(error, StoreError::Name { .. } | StoreError::Password { .. }), "{}", error.in_full());
    }
    let rows = store.control().query("select cast(rolname as text) from pg_roles where rolname like 'server_c%'", &[]).await;
    assert!(texts(&rows.expect("select")).is_empty());
}
