//! Builds the package's 17 spec tables inside the database, and the manifest that says which objects they hold. Rows are copied as the path code has
//! them; where an object was checked in since the package's objects were listed, its rows are derived from the par that the build takes instead.
//!
//! Serves: F36

use crate::build::{object_index, repository};
use crate::paths::Paths;
use engine::failure::Failure;
use engine::host::{PackageTables, Progress};
use engine::outcome::{Change, ListedObject, ObjectStatus, Outcome};
use engine::release::Releases;
use engine::step::{self, Context, Step};
use engine::tables::{self, Place};
use engine::value::{Row, Value};
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};

pub static STEP: Step = Step {
    name: "build_package_specs",
    title: "Build the package's specs",
    releases: Releases::ALL,
    timeout_seconds: 4 * 3_600,
    skip: step::never,
    run,
};

fn run(context: &mut Context<'_>) -> Result<Outcome, Failure> {
    let tables = context.tables();
    let listed = object_index::read_list(context.host, &Paths(context.order))?;
    if tables.package_built()? {
        note_built(context, &listed)?;
        return Ok(Outcome::Done);
    }
    let mut package = tables.begin_package()?;
    let copied = AtomicU64::new(0);
    let total = tables::of(Place::Spec).count() as u64;
    let host = context.host;
    let seen = package.copy_all(&|table, _rows| {
        let done = copied.fetch_add(1, Ordering::Relaxed) + 1;
        host.progress(Progress { done, total, cached: 0, what: table });
    })?;
    let replaced = settle(context, package.as_mut(), &listed, seen)?;
    write_manifest(context, package.as_mut(), &listed)?;
    package.finish()?;
    host.log(&format!("spec tables of {} objects built, {replaced} of them from pars", listed.len()));
    note_built(context, &listed)?;
    Ok(Outcome::Done)
}

/// Objects without a source for servers are built once their specs stand; the others when they compile.
fn note_built(context: &mut Context<'_>, listed: &[ListedObject]) -> Result<(), Failure> {
    let index = object_index::read_index(context.host, &Paths(context.order))?;
    let compiled: HashSet<&str> =
        index.iter().filter(|object| object.server && object.source().is_some()).map(|object| object.object.as_str()).collect();
    let others = listed.iter().filter(|object| !compiled.contains(object.object.as_str()));
    let objects = others.map(|object| (object.object.clone(), object.kind.clone())).collect();
    context.changes.push(Change::ObjectsBuilt { objects, status: ObjectStatus::Success });
    Ok(())
}

/// Makes the copied rows those of the listed pars; answers how many objects had to be derived.
fn settle(
    context: &Context<'_>,
    package: &mut dyn PackageTables,
    listed: &[ListedObject],
    seen: Vec<(String, String)>,
) -> Result<usize, Failure> {
    let wanted: HashSet<&str> = listed.iter().map(|object| object.object.as_str()).collect();
    let strangers: Vec<String> =
        seen.iter().map(|(object, _)| object).filter(|object| !wanted.contains(object.as_str())).cloned().collect();
    package.remove_objects(&strangers)?;
    let seen: HashMap<&str, &str> = seen.iter().map(|(object, hash)| (object.as_str(), hash.as_str())).collect();
    let differs = |object: &ListedObject| seen.get(object.object.as_str()) != Some(&object.par_hash.as_str());
    // Rows carry types of items and shapes of tables: where one of those differs, everything that may use it is derived.
    let types_differ = listed.iter().any(|object| ["DD", "TBLE"].contains(&object.kind.as_str()) && differs(object));
    let other: Vec<ListedObject> =
        listed.iter().filter(|object| differs(object) || types_differ && object.kind != "BSFN").cloned().collect();
    if other.is_empty() {
        return Ok(0);
    }
    let resolved = repository::context(context.host, context.tables(), listed)?;
    for batch in other.chunks(repository::BATCH) {
        for unpacked in repository::unpack(context.host, context.tables(), batch)? {
            let rows = objects::rows(&unpacked.object, &resolved).map_err(|error| repository::unresolved(&unpacked.object.name, &error))?;
            let specs: Vec<_> = rows.tables.into_iter().filter(|(table, _)| table.place == Place::Spec).collect();
            package.replace_object(&unpacked.object.name, &specs)?;
        }
    }
    Ok(other.len())
}

fn write_manifest(context: &Context<'_>, package: &mut dyn PackageTables, listed: &[ListedObject]) -> Result<(), Failure> {
    let counts: HashMap<String, i64> = package.row_counts()?.into_iter().collect();
    let name = Value::from(&context.order.package);
    let row = |object: &str, kind: &str, hash: &str, count: i64| -> Row {
        vec![name.clone(), Value::from(object), Value::from(kind), Value::from(hash), Value::from(count), Value::from(""), Value::from("")]
    };
    let mut rows = vec![row("", "FULL", "", counts.values().sum())];
    rows.extend(
        listed.iter().map(|object| row(&object.object, &object.kind, &object.par_hash, counts.get(&object.object).copied().unwrap_or(0))),
    );
    package.insert(tables::named("F98770").expect("the catalogue has it"), &rows)
}
