//! Brings the tables to what an enterprise file says, in one transaction, and tells the difference.

use super::Fleet;
use super::file::{EnterpriseFile, FileMachine, MachineKind};
use engine::failure::{self, Failure};
use engine::tables;
use engine::value::{Row, Value};
use objects::sheet::Word;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use store::{Store, StoreError, Transaction};
use utoipa::ToSchema;

/// One row that was or would be added, changed or removed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct Difference {
    pub table: String,
    /// Values of the key, with spaces.
    pub row: String,
    /// added, changed or removed
    pub what: String,
    /// Column, old and new value, of a changed row.
    pub columns: Vec<(String, String, String)>,
}

#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    #[error("cannot apply the enterprise file")]
    Store(#[from] StoreError),
    #[error(transparent)]
    Refused(#[from] Failure),
}

/// Tables that the file decides, and those of their columns that live on by themselves after a row was made.
const TABLES: &[(&str, &[&str])] = &[
    ("F00942", &[]),
    ("F00942T", &["EMDBSRCFLG", "EMENVFU2"]),
    ("F98611", &[]),
    ("F9650", &[]),
    ("F9651", &["MDMCHRCDNM"]),
    ("PW_QUEUE", &[]),
];

/// Applies the file, or only tells what it would do.
pub async fn apply(store: &Store, file: &EnterpriseFile, dry_run: bool) -> Result<Vec<Difference>, ApplyError> {
    let wanted = wanted_rows(file);
    refuse_changing_live(store, file).await?;
    let mut transaction = store.control().begin().await?;
    let mut differences = Vec::new();
    for (name, living) in TABLES {
        differences.extend(reconcile(&mut transaction, name, living, &wanted[name]).await?);
    }
    differences.extend(reconcile_settings(&mut transaction, file).await?);
    if !dry_run {
        transaction.commit().await?;
    }
    Ok(differences)
}

fn wanted_rows(file: &EnterpriseFile) -> BTreeMap<&'static str, Vec<Row>> {
    let mut wanted: BTreeMap<&'static str, Vec<Row>> = TABLES.iter().map(|(name, _)| (*name, Vec::new())).collect();
    let mut add = |table: &'static str, row: Row| wanted.get_mut(table).expect("listed above").push(row);
    for p in &file.path_codes {
        add("F00942", vec![Value::from(&p.name), Value::from(&p.release), Value::from(&p.data_source), Value::from(i64::from(p.bits))]);
        // Check-in fills the repository, so it counts as loaded and converted from the start.
        add("F00942T", vec![Value::from(&p.name), Value::from("1"), Value::from("1")]);
        add("F98611", vec![Value::from(&p.data_source), Value::from(""), Value::from(format!("{} of {}", p.name, shown(&file.database)))]);
    }
    for machine in &file.machines {
        add("F9650", machine_row(machine));
        for p in file.path_codes.iter().filter(|_| machine.kind != MachineKind::Deployment) {
            add("F9651", vec![Value::from(&machine.name), Value::from(i64::from(machine.port)), Value::from(&p.name), Value::from("30")]);
        }
        if machine.kind == MachineKind::Deployment {
            add("F9651", vec![Value::from(&machine.name), Value::from(i64::from(machine.port)), Value::from(""), Value::from("30")]);
        }
        for (queue, slots) in &machine.queues {
            add("PW_QUEUE", vec![Value::from(&machine.name), Value::from(queue), Value::from(i64::from(*slots))]);
        }
    }
    wanted
}

/// A database URL without its password: it goes into a table that many may read.
fn shown(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://{rest}"),
        _ => url.to_string(),
    }
}

fn machine_row(machine: &FileMachine) -> Row {
    vec![
        Value::from(&machine.name),
        Value::from(machine.kind.word()),
        Value::from(&machine.platform),
        Value::from(&machine.toolchain),
        Value::from(machine.primary),
    ]
}

/// What runs a package keeps what the package runs by: its machine with kind and port, and its path code with its bitness.
async fn refuse_changing_live(store: &Store, file: &EnterpriseFile) -> Result<(), ApplyError> {
    let fleet = Fleet::read(store).await?;
    for machine in &fleet.machines {
        let (name, server) = (&machine.server.name, &machine.server);
        let wanted = file.machines.iter().find(|wanted| wanted.name == *name);
        let what = match wanted {
            None => "is not in the file",
            Some(wanted) if wanted.kind.word() != machine.kind => "has another kind in the file",
            Some(wanted) if i64::from(wanted.port) != server.port => "has another port in the file",
            Some(_) => continue,
        };
        let live = super::live_packages(store, name).await?;
        if !live.is_empty() {
            let hint = format!("keep [[machine]] {name} with kind {} and port {}", machine.kind, server.port);
            return Err(still_live(format!("{name} holds the live package {} and {what}", live.join(", ")), hint));
        }
    }
    for path_code in &fleet.path_codes {
        let wanted = file.path_codes.iter().find(|wanted| wanted.name == path_code.name);
        if wanted.is_some_and(|wanted| wanted.bits == u32::from(path_code.bits)) {
            continue;
        }
        let sql = "SELECT SKSERSHP, SKMKEY FROM F96511 WHERE SKPATHCD = $1 AND SKTYPE = '30'";
        let live = store.control().query(sql, &[Value::from(&path_code.name)]).await?;
        if let Some(row) = live.first() {
            let message = format!("package {} of path code {} is live on {}", row[0].text(), path_code.name, row[1].text());
            return Err(still_live(message, format!("keep [[path_code]] {} with bits = {}", path_code.name, path_code.bits)));
        }
    }
    Ok(())
}

fn still_live(message: String, hint: String) -> ApplyError {
    Failure::new(&failure::STILL_LIVE, message).hint(hint).into()
}

async fn reconcile(transaction: &mut Transaction, name: &str, living: &[&str], wanted: &[Row]) -> Result<Vec<Difference>, StoreError> {
    let table = tables::named(name).expect("the catalogue has the tables listed above");
    let columns: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
    let keys: Vec<usize> = table.key.iter().map(|key| table.position(key)).collect();
    let key_of = |row: &Row| keys.iter().map(|&position| plain(&row[position])).collect::<Vec<_>>().join(" ");
    let found = transaction.query(&format!("SELECT {} FROM {name}", columns.join(", ")), &[]).await?;
    let found: BTreeMap<String, Row> = found.into_iter().map(|row| (key_of(&row), row)).collect();
    let mut differences = Vec::new();
    let mut write = Vec::new();
    for row in wanted {
        let mut row = row.clone();
        let key = key_of(&row);
        let mut changed = Vec::new();
        if let Some(old) = found.get(&key) {
            for (position, column) in columns.iter().enumerate() {
                if living.contains(column) {
                    row[position] = old[position].clone();
                } else if row[position] != old[position] {
                    changed.push((column.to_string(), plain(&old[position]), plain(&row[position])));
                }
            }
            if changed.is_empty() {
                continue;
            }
        }
        let what = if found.contains_key(&key) { "changed" } else { "added" };
        differences.push(Difference { table: name.into(), row: key, what: what.into(), columns: changed });
        write.push(row);
    }
    transaction.upsert(table, &write).await?;
    let kept: BTreeSet<String> = wanted.iter().map(key_of).collect();
    for (key, row) in found.iter().filter(|(key, _)| !kept.contains(*key)) {
        let condition: Vec<String> = table.key.iter().enumerate().map(|(position, key)| format!("{key} = ${}", position + 1)).collect();
        let arguments: Vec<Value> = keys.iter().map(|&position| row[position].clone()).collect();
        transaction.execute(&format!("DELETE FROM {name} WHERE {}", condition.join(" AND ")), &arguments).await?;
        differences.push(Difference { table: name.into(), row: key.clone(), what: "removed".into(), columns: Vec::new() });
    }
    Ok(differences)
}

async fn reconcile_settings(transaction: &mut Transaction, file: &EnterpriseFile) -> Result<Vec<Difference>, StoreError> {
    let mut differences = Vec::new();
    for (name, content) in [("tools_release", file.tools_release.to_string()), ("compile_seconds", file.compile_seconds.to_string())] {
        let rows = transaction.query("SELECT CONTENT FROM PW_SETTING WHERE NAME = $1", &[Value::from(name)]).await?;
        let old = rows.first().map(|row| row[0].text().to_string());
        if old.as_deref() == Some(content.as_str()) {
            continue;
        }
        let table = tables::named("PW_SETTING").expect("in the catalogue");
        transaction.upsert(table, &[vec![Value::from(name), Value::from(&content)]]).await?;
        let (what, columns) = match old {
            Some(old) => ("changed", vec![("CONTENT".to_string(), old, content)]),
            None => ("added", Vec::new()),
        };
        differences.push(Difference { table: "PW_SETTING".into(), row: name.into(), what: what.into(), columns });
    }
    Ok(differences)
}

fn plain(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Null | Value::Blob(_) => String::new(),
    }
}
