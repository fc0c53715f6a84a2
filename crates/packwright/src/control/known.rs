//! What a path code holds, as far as a check-in must know it: set queries, not one per object.

use crate::agent::tables::failed;
use engine::failure::{self, Failure};
use engine::tables::{self, Place};
use engine::value::{Row, Value};
use objects::validation::{KnownEntry, KnownFunction, KnownHeader};
use objects::{Content, Context, Item, Known, Layout, ObjectKind, Summary, TableShape, headers, par};
use std::collections::BTreeSet;
use store::{Database, StoreError, Transaction};

/// Names that one query asks for.
const NAMES_MAX: usize = 1_000;

/// Runs a query with `$$` in place of a list of names, as often as the names need.
async fn each(database: &Database, sql: &str, names: &BTreeSet<String>) -> Result<Vec<Row>, Failure> {
    let names: Vec<&String> = names.iter().collect();
    let mut rows = Vec::new();
    for batch in names.chunks(NAMES_MAX) {
        let arguments: Vec<Value> = batch.iter().map(|name| Value::from(*name)).collect();
        rows.extend(database.query(&sql.replace("$$", &store::placeholders(1, batch.len())), &arguments).await.map_err(failed)?);
    }
    Ok(rows)
}

fn damaged(what: &str) -> Failure {
    Failure::new(&failure::DATABASE_FAILED, format!("{what} in the path code cannot be read")).hint("check the object in again")
}

pub async fn read(database: &Database, incoming: &[Summary]) -> Result<Known, Failure> {
    let needs = objects::needs(incoming);
    let mut known = Known::default();
    let columns: Vec<String> =
        tables::named("F9210").expect("in the catalogue").columns.iter().map(|column| format!("B.{}", column.name)).collect();
    let sql = format!(
        "SELECT A.FRDTAI, A.FROBNM, A.FRGG, {} FROM F9200 A JOIN F9210 B ON A.FRDTAI = B.FRDTAI WHERE A.FRDTAI IN ($$)",
        columns.join(", ")
    );
    for row in each(database, &sql, &needs.entries).await? {
        let item = if row[2].text() == "D" { Item::of_row(&row[3..].to_vec()) } else { None };
        known.entries.insert(row[0].text().into(), KnownEntry { owner: row[1].text().into(), item });
    }
    for row in each(database, "SELECT SIOBNM, SIFUNO FROM F9860 WHERE SIOBNM IN ($$)", &needs.objects).await? {
        let kind = ObjectKind::of_word(row[1].text()).ok_or_else(|| damaged(&format!("the kind of {}", row[0].text())))?;
        known.objects.insert(row[0].text().into(), kind);
    }
    for row in each(database, "SELECT SIFCTNM, SIOBNM, SIDSTNM FROM F9862 WHERE SIFCTNM IN ($$)", &needs.functions).await? {
        known.functions.insert(row[0].text().into(), KnownFunction { object: row[1].text().into(), data_structure: row[2].text().into() });
    }
    for row in each(database, "SELECT SWFMNM, SWOBNM FROM F9865 WHERE SWFMNM IN ($$)", &needs.forms).await? {
        known.forms.insert(row[0].text().into(), row[1].text().into());
    }
    for row in each(
        database,
        "SELECT A.OBNM, A.THSIPFX, B.TDOBND FROM F98710 A JOIN F98711 B ON A.OBNM = B.OBNM WHERE A.OBNM IN ($$) ORDER BY A.OBNM, B.TDPSEQ",
        &needs.tables,
    )
    .await?
    {
        let shape =
            known.tables.entry(row[0].text().into()).or_insert_with(|| TableShape { prefix: row[1].text().into(), columns: Vec::new() });
        shape.columns.push(row[2].text().into());
    }
    let mut layouts = needs.layouts.clone();
    layouts.extend(known.functions.values().map(|function| function.data_structure.clone()));
    for row in each(database, "SELECT OBNM, SPECBLOB FROM F98743 WHERE OBNM IN ($$)", &layouts).await? {
        known.layouts.insert(
            row[0].text().into(),
            Layout::from_spec(row[1].text()).map_err(|_| damaged(&format!("the data structure {}", row[0].text())))?,
        );
    }
    let sql = "SELECT DISTINCT A.OMWOBJID, A.OMRBLOB FROM F98780R A JOIN F9862 B ON A.OMWOBJID = B.SIOBNM WHERE B.SIDSTNM IN ($$)";
    for row in each(database, sql, &needs.structures).await? {
        known.headers.extend(header_of(row[0].text(), row[1].blob()).ok_or_else(|| damaged(&format!("the par of {}", row[0].text())))?);
    }
    Ok(known)
}

/// The data structures that the header in a par declares; `None` where the par is damaged.
fn header_of(object: &str, bytes: &[u8]) -> Option<Option<KnownHeader>> {
    let text = par::to_text(par::unpack(bytes, &par::Limits::default()).ok()?).ok()?;
    let header = text.files.get(&format!("{}.h", object.to_lowercase()));
    Some(header.map(|header| KnownHeader { object: object.into(), structures: headers::data_structures_in(header) }))
}

/// Objects whose pars are in memory at once.
const BATCH: i64 = 200;

/// Derives the specs of all objects anew whose rows carry types of items or shapes of tables. Needed where a dictionary or a table changed that was
/// there before.
pub async fn derive_again(transaction: &mut Transaction, incoming: &Context) -> Result<(), Failure> {
    let context = whole_context(transaction, incoming).await.map_err(failed)?;
    let mut last = String::new();
    loop {
        let sql = format!(
            "SELECT OMWOBJID, OMRBLOB FROM F98780R WHERE OMWOBJID > $1 AND OMWOT IN ('DSTR', 'GT', 'TBLE', 'BSVW', 'APPL', 'UBE') ORDER BY OMWOBJID LIMIT {BATCH}"
        );
        let rows = transaction.query(&sql, &[Value::from(&last)]).await.map_err(failed)?;
        let Some(end) = rows.last() else { return Ok(()) };
        last = end[0].text().to_string();
        for row in &rows {
            if let Some(layout) = derive_one(transaction, row[0].text(), row[1].blob(), &context).await? {
                check_users(transaction, &layout).await?;
            }
        }
    }
}

/// Derives one object's rows; answers its layout where that is another than before.
async fn derive_one(transaction: &mut Transaction, name: &str, bytes: &[u8], context: &Context) -> Result<Option<Layout>, Failure> {
    let text = par::unpack(bytes, &par::Limits::default()).and_then(par::to_text).map_err(|_| damaged(&format!("the par of {name}")))?;
    let object = objects::parse(&text).map_err(|_| damaged(&format!("the par of {name}")))?;
    let still_uses = |error: objects::Unresolved| {
        Failure::new(&failure::CHECK_IN_REFUSED, error.to_string()).hint(format!("check {name} in together with what it uses"))
    };
    let complaints = headers::check(&object, &text, context).map_err(still_uses)?;
    if !complaints.is_empty() {
        return Err(no_longer_fits(name, complaints));
    }
    let rows = objects::rows(&object, context).map_err(still_uses)?;
    let before = transaction.query("SELECT SPECBLOB FROM F98743 WHERE OBNM = $1", &[Value::from(name)]).await.map_err(failed)?;
    for (table, rows) in rows.tables.iter().filter(|(table, _)| table.place == Place::Spec) {
        transaction.execute(&format!("DELETE FROM {} WHERE OBNM = $1", table.name), &[Value::from(name)]).await.map_err(failed)?;
        transaction.insert(table, rows).await.map_err(failed)?;
    }
    let after = transaction.query("SELECT SPECBLOB FROM F98743 WHERE OBNM = $1", &[Value::from(name)]).await.map_err(failed)?;
    let changed = after.first().filter(|row| before.first() != Some(row)).map(|row| Layout::from_spec(row[0].text()));
    changed.transpose().map_err(|_| damaged(&format!("the data structure {name}")))
}

/// Headers of business functions that hold a changed data structure in C must still fit it, or calls would write over one another.
async fn check_users(transaction: &mut Transaction, layout: &Layout) -> Result<(), Failure> {
    let sql = "SELECT DISTINCT A.OMWOBJID, A.OMRBLOB FROM F98780R A JOIN F9862 B ON A.OMWOBJID = B.SIOBNM WHERE B.SIDSTNM = $1";
    for row in transaction.query(sql, &[Value::from(&layout.name)]).await.map_err(failed)? {
        let name = row[0].text();
        let header = header_of(name, row[1].blob()).ok_or_else(|| damaged(&format!("the par of {name}")))?;
        for structure in header.iter().flat_map(|header| &header.structures).filter(|structure| structure.name == layout.name) {
            let complaints = headers::compare_structure(&format!("{}.h", name.to_lowercase()), structure, layout);
            if !complaints.is_empty() {
                return Err(no_longer_fits(name, complaints));
            }
        }
    }
    Ok(())
}

fn no_longer_fits(name: &str, complaints: Vec<objects::Complaint>) -> Failure {
    let failure =
        crate::complaints::refused(&failure::CHECK_IN_REFUSED, &format!("{name} no longer fits the changed items or tables:"), complaints);
    failure.hint(format!("check {name} in together with the change"))
}

/// All items and tables as they are once the check-in is in.
async fn whole_context(transaction: &mut Transaction, incoming: &Context) -> Result<Context, StoreError> {
    let columns: Vec<&str> = tables::named("F9210").expect("in the catalogue").columns.iter().map(|column| column.name).collect();
    let items = transaction.query(&format!("SELECT {} FROM F9210", columns.join(", ")), &[]).await?;
    let mut context = Context {
        items: items.iter().filter_map(Item::of_row).map(|item| (item.alias.clone(), item)).collect(),
        tables: incoming.tables.clone(),
    };
    let rows = transaction.query("SELECT OMWOBJID, OMRBLOB FROM F98780R WHERE OMWOT = 'TBLE'", &[]).await?;
    for row in rows {
        let object =
            par::unpack(row[1].blob(), &par::Limits::default()).and_then(par::to_text).ok().and_then(|text| objects::parse(&text).ok());
        if let Some(Content::Tble(table)) = object.map(|object| object.content) {
            context.tables.insert(row[0].text().into(), table.shape());
        }
    }
    Ok(context)
}
