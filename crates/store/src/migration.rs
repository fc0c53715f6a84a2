//! How the tables of an earlier version become those of this one: what would run, and running it. It does not know who orders it.
//!
//! ```text
//! version 1   PW_PACKAGE stands with the control tables
//! version 2   it stands in each path code, where the primary enterprise server may write it; PW_RUN.BEFORE; tables of leases,
//!             credentials and presence
//! ```
//!
//! On PostgreSQL everything happens in one transaction. On SQLite each file has its own, the control tables' last and open all the while: it holds
//! others off, and whoever is killed before its end does the same work again, because the version still says so.

use engine::tables::{self, Place};

use crate::backend::{Backend, control_file, path_code_file};
use crate::database::Database;
use crate::error::StoreError;
use crate::name::{PackageName, PathCode};
use crate::schema::{self, Planned, Standing};
use crate::statement::{Dialect, create_table, qualified, quoted_text};
use crate::transaction::Transaction;

/// Raised by every change of the catalogue that tables of an earlier program must be changed for.
const VERSION: i64 = 2;

const VERSION_SETTING: &str = "schema_version";

/// A statement that makes or changes tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// "the control tables", "path code DV920".
    pub database: String,
    pub description: String,
    pub sql: String,
}

struct Plan {
    /// The version of the tables that stand, if it is not this program's.
    older: Option<i64>,
    path_codes: Vec<(PathCode, Vec<Planned>)>,
    control: Vec<Planned>,
}

impl Plan {
    fn statements(&self, control: &str) -> Vec<Statement> {
        let shown = |database: String, planned: &Planned| Statement {
            database,
            description: planned.description.clone(),
            sql: planned.sql.clone(),
        };
        let path_codes = self
            .path_codes
            .iter()
            .flat_map(|(path_code, all)| all.iter().map(move |planned| shown(format!("path code {}", path_code.as_str()), planned)));
        path_codes.chain(self.control.iter().map(|planned| shown(control.to_string(), planned))).collect()
    }
}

/// What `bring_up` would run.
pub(crate) async fn pending(backend: &Backend) -> Result<Vec<Statement>, StoreError> {
    let control = backend.control();
    if let Backend::Sqlite { folder } = backend
        && !control_file(folder).exists()
    {
        return Ok(new(backend, Dialect::Sqlite, &Standing::nothing()).statements(control.label()));
    }
    // Dropping the transaction undoes it, had it done anything.
    let mut transaction = control.begin().await?;
    Ok(plan(&mut transaction, backend).await?.statements(control.label()))
}

/// Makes the control tables what this program needs, and returns what ran for that. `migrates` says whether tables of an earlier
/// version may be changed.
pub(crate) async fn bring_up(control: &Database, backend: &Backend, migrates: bool) -> Result<Vec<Statement>, StoreError> {
    let mut transaction = control.begin().await?;
    schema::lock(&mut transaction, &backend.control_schema()).await?;
    let plan = plan(&mut transaction, backend).await?;
    if let (Some(found), false) = (plan.older, migrates) {
        return Err(StoreError::SchemaOlder { found, known: VERSION });
    }
    let ran = plan.statements(control.label());
    for (path_code, planned) in plan.path_codes {
        match backend {
            Backend::Sqlite { .. } => {
                let mut own = backend.path_code(&path_code)?.begin().await?;
                run(&mut own, planned).await?;
                own.commit().await?;
            }
            Backend::Postgres { .. } => run(&mut transaction, planned).await?,
        }
    }
    run(&mut transaction, plan.control).await?;
    transaction.commit().await?;
    Ok(ran)
}

async fn run(transaction: &mut Transaction, planned: Vec<Planned>) -> Result<(), StoreError> {
    for planned in planned {
        planned.run(transaction).await?;
    }
    Ok(())
}

async fn plan(transaction: &mut Transaction, backend: &Backend) -> Result<Plan, StoreError> {
    let standing = Standing::look(transaction, &backend.control_schema()).await?;
    // Before anything is planned: a newer program may have given up a table that we would bring back.
    let found = match standing.relations.contains("pw_setting") {
        true => version(transaction).await?,
        false => None,
    };
    let mut plan = new(backend, transaction.dialect(), &standing);
    match found {
        Some(found) if found > VERSION => return Err(StoreError::SchemaNewer { found, known: VERSION }),
        Some(found) if found < VERSION => {
            plan.older = Some(found);
            version_2(transaction, backend, &mut plan).await?;
        }
        Some(_) => {
            plan.control.pop();
        }
        None => {}
    }
    Ok(plan)
}

/// What makes the tables that are missing and sets the version. A later version that changes a table which `missing` makes here for
/// tables of version 1 writes its first shape out in `version_2`.
fn new(backend: &Backend, dialect: Dialect, standing: &Standing) -> Plan {
    let schema = backend.control_schema();
    let mut control = standing.missing(dialect, &schema, &[Place::Control]);
    let sql = format!(
        "insert into {} (NAME, CONTENT) values ('{VERSION_SETTING}', '{VERSION}') on conflict (NAME) do update set CONTENT = excluded.CONTENT",
        qualified(dialect, &schema, "PW_SETTING")
    );
    control.push(Planned { description: format!("set the version of the tables to {VERSION}"), sql, remedy: String::new() });
    Plan { older: None, path_codes: Vec::new(), control }
}

async fn version(transaction: &mut Transaction) -> Result<Option<i64>, StoreError> {
    let rows = transaction.query("select CONTENT from PW_SETTING where NAME = $1", &[VERSION_SETTING.into()]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let found = row[0].text();
    match found.parse::<i64>() {
        Ok(version) => Ok(Some(version)),
        Err(_) => Err(StoreError::SchemaUnreadable { found: found.chars().take(40).collect() }),
    }
}

/// PW_PACKAGE goes from the control tables to each path code; PW_RUN gets its column.
async fn version_2(transaction: &mut Transaction, backend: &Backend, plan: &mut Plan) -> Result<(), StoreError> {
    let (dialect, schema) = (transaction.dialect(), backend.control_schema());
    let rows = transaction.query("select PATHCD, PACKAGE, PLACE, BUILT from PW_PACKAGE order by PATHCD, PACKAGE", &[]).await?;
    for packages in rows.chunk_by(|one, next| one[0] == next[0]) {
        let path_code = PathCode::parse(packages[0][0].text())?;
        if !stands(transaction, backend, &path_code).await? {
            continue;
        }
        let target = qualified(dialect, &path_code.schema(), "PW_PACKAGE");
        let mut values = Vec::new();
        for package in packages {
            let name = PackageName::parse(package[1].text())?;
            let (place, built) = (quoted_text(package[2].text()), package[3].integer());
            values.push(format!("('{}', '{}', {place}, {built})", name.as_str(), path_code.as_str()));
        }
        let insert = format!("insert into {target} (PACKAGE, PATHCD, PLACE, BUILT) values {}", values.join(", "));
        let table = tables::named("PW_PACKAGE").expect("the catalogue has the table of packages");
        let mut planned = Vec::new();
        if dialect == Dialect::Sqlite {
            // Of a migration that was killed; the control tables still have the rows.
            planned.push(change("remove what an unfinished migration left", "drop table if exists PW_PACKAGE".to_string()));
        }
        planned.push(change("make table PW_PACKAGE", create_table(dialect, &target, table)));
        planned.push(change(&format!("carry over {} packages", packages.len()), insert));
        plan.path_codes.push((path_code, planned));
    }
    let number = if dialect == Dialect::Sqlite { "integer" } else { "bigint" };
    let runs = qualified(dialect, &schema, "PW_RUN");
    let before = format!("alter table {runs} add column BEFORE {number} not null default 0");
    let gone = format!("drop table {}", qualified(dialect, &schema, "PW_PACKAGE"));
    let changes =
        [change("count attempts before a retry by a person", before), change("remove PW_PACKAGE, which path codes have now", gone)];
    plan.control.splice(0..0, changes);
    Ok(())
}

/// What only the owner of the tables, or an administrator, may run.
fn change(description: &str, sql: String) -> Planned {
    Planned { description: description.to_string(), remedy: sql.clone(), sql }
}

/// Whether the path code has its tables; rows of one that has none lead nowhere.
async fn stands(transaction: &mut Transaction, backend: &Backend, path_code: &PathCode) -> Result<bool, StoreError> {
    match backend {
        Backend::Sqlite { folder } => Ok(path_code_file(folder, path_code).exists()),
        Backend::Postgres { .. } => {
            let text = "select 1 from pg_catalog.pg_namespace where nspname = $1";
            Ok(!transaction.query(text, &[path_code.schema().as_str().into()]).await?.is_empty())
        }
    }
}
