//! Makes the tables of the catalogue where they are missing, and looks at the version of those that are there. It does not know how
//! a database is reached.

use std::collections::HashSet;

use engine::tables::{self, Place};

use crate::database::Database;
use crate::error::StoreError;
use crate::statement::{self, Dialect};
use crate::transaction::Transaction;

/// Raised by every change of the catalogue that tables of an earlier program must be changed for.
const VERSION: i64 = 1;

const VERSION_SETTING: &str = "schema_version";

/// Makes what the database misses of these places, all or nothing. `schema` counts on PostgreSQL only.
pub(crate) async fn make(database: &Database, schema: &str, places: &[Place]) -> Result<(), StoreError> {
    let mut transaction = database.begin().await?;
    // Two programs that open a new database at once would both find nothing and then make the same.
    transaction.lock(&format!("packwright tables {schema}")).await?;
    let there: HashSet<String> = transaction.relations(schema).await?.into_iter().collect();
    // Before anything is made: a newer program may have given up a table that we would bring back.
    if there.contains("pw_setting") {
        check_version(&mut transaction).await?;
    }
    for text in missing(transaction.dialect(), schema, places, &there) {
        transaction.define(text).await?;
    }
    if places.contains(&Place::Control) {
        let text = "insert into PW_SETTING (NAME, CONTENT) values ($1, $2) on conflict (NAME) do nothing";
        transaction.execute(text, &[VERSION_SETTING.into(), VERSION.to_string().into()]).await?;
    }
    transaction.commit().await
}

/// The statements that make what is not `there`. An account without the right to make anything can so open what is complete.
fn missing(dialect: Dialect, schema: &str, places: &[Place], there: &HashSet<String>) -> Vec<String> {
    let mut texts = Vec::new();
    for table in tables::all().filter(|table| places.contains(&table.place)) {
        if !there.contains(&table.name.to_lowercase()) {
            texts.push(statement::create_table(dialect, table.name, table));
        }
        texts.extend(statement::create_indexes(table).filter(|(name, _)| !there.contains(name)).map(|(_, text)| text));
    }
    if dialect == Dialect::Postgres && there.is_empty() {
        texts.insert(0, format!("create schema if not exists \"{schema}\""));
    }
    texts
}

async fn check_version(transaction: &mut Transaction) -> Result<(), StoreError> {
    let rows = transaction.query("select CONTENT from PW_SETTING where NAME = $1", &[VERSION_SETTING.into()]).await?;
    let Some(row) = rows.first() else { return Ok(()) };
    let found = row[0].text();
    match found.parse::<i64>() {
        Ok(version) if version > VERSION => Err(StoreError::SchemaNewer { found: version, known: VERSION }),
        Ok(_) => Ok(()),
        Err(_) => Err(StoreError::SchemaUnreadable { found: found.chars().take(40).collect() }),
    }
}
