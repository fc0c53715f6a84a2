//! Lists the package's objects from F96225, which the build request filled, and notes for each the par that this build takes: from here on a
//! check-in no longer changes what is built.
//!
//! Serves: F18

use crate::build::object_index;
use crate::paths::Paths;
use engine::failure::{self, Failure};
use engine::outcome::{Change, ListedObject, Outcome};
use engine::release::Releases;
use engine::step::{self, Context, Step};
use std::collections::BTreeMap;

pub static STEP: Step = Step {
    name: "list_package_objects",
    title: "List package objects",
    releases: Releases::ALL,
    timeout_seconds: 600,
    skip: step::never,
    run,
};

fn run(context: &mut Context<'_>) -> Result<Outcome, Failure> {
    let order = context.order;
    let wanted = context.tables().package_objects()?;
    let pars: BTreeMap<String, String> = context
        .tables()
        .path_code("SELECT OMWOBJID, OMRHASH FROM F98780R", &[])?
        .into_iter()
        .map(|row| (row[0].text().to_string(), row[1].text().to_string()))
        .collect();
    let mut listed = Vec::with_capacity(wanted.len());
    let mut gone = Vec::new();
    for (object, kind) in &wanted {
        match pars.get(object) {
            Some(hash) => listed.push(ListedObject { object: object.clone(), kind: kind.clone(), par_hash: hash.clone() }),
            None => gone.push(object_index::evidence(object, "the repository holds no par of it")),
        }
    }
    if !gone.is_empty() {
        let message = format!(
            "{} of {} objects of package {} are not in the repository of {}",
            gone.len(),
            wanted.len(),
            order.package,
            order.path_code
        );
        return Err(Failure::new(&failure::OBJECT_INCOMPLETE, message)
            .hint("check them in, then `packwright package rebuild`")
            .evidence(gone));
    }
    // Tables of a former build are of other pars.
    context.tables().remove_package()?;
    context.host.log(&format!("{} objects listed", listed.len()));
    object_index::write_list(context.host, &Paths(order), &listed)?;
    context.changes.push(Change::ObjectsListed(listed));
    Ok(Outcome::Done)
}
