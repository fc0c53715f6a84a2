//! Makes the tables of the catalogue where they are missing, and looks at those that are there. It does not know how a database is
//! reached, nor how the tables of an earlier version become those of this one (`migration.rs`).

use std::collections::{BTreeMap, BTreeSet, HashSet};

use engine::tables::{self, Place, Table};
use engine::value::Value;

use crate::access;
use crate::database::Database;
use crate::error::StoreError;
use crate::name::Schema;
use crate::statement::{self, Dialect, placeholders, quoted_name};
use crate::transaction::Transaction;

/// What a database holds before anything is done to it.
pub(crate) struct Standing {
    /// Tables and indexes, in lower case.
    pub(crate) relations: HashSet<String>,
    /// Whether there is a schema to make tables in; always so on SQLite.
    pub(crate) schema: bool,
    /// The account, as a statement takes it.
    account: String,
}

/// A statement that is to run, with what to say of it.
pub(crate) struct Planned {
    pub(crate) description: String,
    pub(crate) sql: String,
    /// What an administrator may run where the account has not the right to.
    pub(crate) remedy: String,
}

impl Standing {
    /// Of a place where nothing is.
    pub(crate) fn nothing() -> Standing {
        Standing { relations: HashSet::new(), schema: true, account: String::new() }
    }

    /// Looks, and sees to it that the account may use the schema: PostgreSQL would else say that there are no tables.
    pub(crate) async fn look(transaction: &mut Transaction, schema: &Schema) -> Result<Standing, StoreError> {
        let relations: HashSet<String> = transaction.relations(schema.as_str()).await?.into_iter().collect();
        if transaction.dialect() == Dialect::Sqlite {
            return Ok(Standing { relations, schema: true, account: String::new() });
        }
        let text = "select cast(current_user as text), n.oid is not null, coalesce(has_schema_privilege(n.oid, 'usage'), true) \
                    from (select 1) as one left join pg_catalog.pg_namespace n on n.nspname = $1";
        let rows = transaction.query(text, &[schema.as_str().into()]).await?;
        let Some([account, exists, usable]) = rows.first().map(Vec::as_slice) else {
            return Err(StoreError::Argument { position: 1, reason: "the database does not say who asks".to_string() });
        };
        let account = quoted_name(account.text());
        if usable.integer() == 0 {
            let attempted = format!("use schema {}", schema.as_str());
            return Err(StoreError::MissingRight { attempted, remedy: grant_schema(schema, &account) });
        }
        Ok(Standing { relations, schema: exists.integer() != 0, account })
    }

    /// The statements that make what these places miss. An account without the right to make anything can so open what is complete.
    pub(crate) fn missing(&self, dialect: Dialect, schema: &Schema, places: &[Place]) -> Vec<Planned> {
        let mut planned = Vec::new();
        if !self.schema {
            let sql = format!("create schema \"{}\"", schema.as_str());
            let remedy = format!("{sql} authorization {}", self.account);
            planned.push(Planned { description: format!("make schema {}", schema.as_str()), sql, remedy });
        }
        let remedy = || if dialect == Dialect::Postgres { grant_schema(schema, &self.account) } else { String::new() };
        for table in tables::all().filter(|table| places.contains(&table.place)) {
            let target = statement::qualified(dialect, schema, table.name);
            if !self.relations.contains(&table.name.to_lowercase()) {
                let sql = statement::create_table(dialect, &target, table);
                planned.push(Planned { description: format!("make table {}", table.name), sql, remedy: remedy() });
            }
            let indexes = statement::create_indexes(&target, table).filter(|(name, _)| !self.relations.contains(name));
            planned.extend(indexes.map(|(name, sql)| Planned { description: format!("make index {name}"), sql, remedy: remedy() }));
        }
        planned
    }
}

impl Planned {
    pub(crate) async fn run(self, transaction: &mut Transaction) -> Result<(), StoreError> {
        transaction.define_as(&self.description, self.sql, &self.remedy).await
    }
}

fn grant_schema(schema: &Schema, account: &str) -> String {
    format!("grant usage, create on schema \"{}\" to {account}", schema.as_str())
}

/// Waits for the right to make and change the tables of a schema. Two programs that open a new database at once would both find
/// nothing and then make the same.
pub(crate) async fn lock(transaction: &mut Transaction, schema: &Schema) -> Result<(), StoreError> {
    transaction.lock(&format!("packwright tables {}", schema.as_str())).await
}

/// Makes what a path code misses, all or nothing, and lets the servers that may use central objects use it.
pub(crate) async fn make_path_code(database: &Database, schema: &Schema, control: &Schema) -> Result<(), StoreError> {
    let mut transaction = database.begin().await?;
    lock(&mut transaction, schema).await?;
    let standing = Standing::look(&mut transaction, schema).await?;
    let missing = standing.missing(transaction.dialect(), schema, &[Place::PathCode, Place::Spec]);
    let anything = !missing.is_empty();
    for planned in missing {
        planned.run(&mut transaction).await?;
    }
    if anything && transaction.dialect() == Dialect::Postgres {
        access::admit_to(&mut transaction, schema, control).await?;
    }
    transaction.commit().await
}

/// Looks whether a path code that another program made is as this one knows it, and makes nothing.
pub(crate) async fn check_path_code(database: &Database, schema: &Schema) -> Result<(), StoreError> {
    let tables: Vec<&Table> = tables::all().filter(|table| matches!(table.place, Place::PathCode | Place::Spec)).collect();
    let standing = columns(database, schema, &tables).await?;
    if standing.is_empty() {
        let difference = "it has no tables, or none that this account may use".to_string();
        return Err(StoreError::SchemaDiffers { database: database.label().to_string(), difference });
    }
    for table in tables {
        let expected: BTreeSet<String> = table.columns.iter().map(|column| column.name.to_lowercase()).collect();
        let difference = match standing.get(&table.name.to_lowercase()) {
            None => format!("table {} is missing", table.name),
            Some(found) => match (expected.difference(found).next(), found.difference(&expected).next()) {
                (Some(column), _) => format!("{} has no column {}: an older program made it", table.name, column.to_uppercase()),
                (None, Some(column)) => format!("{} has a column {}: a newer program made it", table.name, column.to_uppercase()),
                (None, None) => continue,
            },
        };
        return Err(StoreError::SchemaDiffers { database: database.label().to_string(), difference });
    }
    Ok(())
}

/// The columns of each table that stands, all in lower case.
async fn columns(database: &Database, schema: &Schema, tables: &[&Table]) -> Result<BTreeMap<String, BTreeSet<String>>, StoreError> {
    let rows = match database.dialect() {
        Dialect::Sqlite => {
            let text = "select lower(m.name), lower(p.name) from sqlite_master m, pragma_table_info(m.name) p where m.type = 'table'";
            database.query(text, &[]).await?
        }
        Dialect::Postgres => {
            let text = format!(
                "select c.relname, a.attname from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
                 join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped \
                 where n.nspname = $1 and has_schema_privilege(n.oid, 'usage') and c.relkind in ('r', 'p') and c.relname in ({})",
                placeholders(2, tables.len())
            );
            let names = tables.iter().map(|table| Value::from(table.name.to_lowercase()));
            let arguments: Vec<Value> = [Value::from(schema.as_str())].into_iter().chain(names).collect();
            database.query(&text, &arguments).await?
        }
    };
    let mut columns: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in rows {
        columns.entry(row[0].text().to_string()).or_default().insert(row[1].text().to_string());
    }
    Ok(columns)
}
