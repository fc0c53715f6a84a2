//! Takes the package's objects out of the repository into the check-in folder: sources, headers and images as they were checked in, and beside
//! them the headers of tables, views and data structures, which follow from their specs. Business services stay in the repository; so does
//! system code 88.
//!
//! Serves: F20

use crate::build::object_index::{self, CheckedOut};
use crate::build::on_all_cores;
use crate::build::repository::{self, Unpacked};
use crate::paths::Paths;
use engine::failure::Failure;
use engine::host::Progress;
use engine::outcome::Outcome;
use engine::plan::Facts;
use engine::release::Releases;
use engine::step::{Context, Step};
use objects::{Content, Location};
use std::path::{Path, PathBuf};

pub static STEP: Step = Step {
    name: "check_out_repository",
    title: "Check the objects out of the repository",
    releases: Releases::ALL,
    timeout_seconds: 4 * 3_600,
    skip: not_loaded,
    run,
};

fn not_loaded(facts: &Facts) -> Option<&'static str> {
    (!["1", "3"].contains(&facts.repository_flag.as_str())).then_some("the path code's repository is not loaded")
}

fn run(context: &mut Context<'_>) -> Result<Outcome, Failure> {
    let (host, paths) = (context.host, Paths(context.order));
    let listed = object_index::read_list(host, &paths)?;
    let resolved = repository::context(host, context.tables(), &listed)?;
    let beside = paths.attempt();
    for folder in [paths.checkin_sources(), paths.checkin_headers(), paths.checkin_images()] {
        host.create_folder(&beside.join(folder.file_name().expect("a folder of ours has a name")))?;
    }
    let mut index = Vec::with_capacity(listed.len());
    for batch in listed.chunks(repository::BATCH) {
        let mut unpacked = repository::unpack(host, context.tables(), batch)?;
        unpacked.retain(|unpacked| unpacked.object.system != "88" && unpacked.listed.kind != "SBF");
        index.extend(on_all_cores::map(host, &unpacked, |_, unpacked| expand(context, &beside, unpacked, &resolved))?);
        let done = index.len() as u64;
        host.progress(Progress { done, total: listed.len() as u64, cached: 0, what: batch.last().map_or("", |object| &object.object) });
    }
    host.write(&beside.join("objects.json"), &object_index::write_index(&index))?;
    host.remove(&paths.checkin())?;
    host.rename(&beside, &paths.checkin())?;
    host.log(&format!("{} objects checked out", index.len()));
    Ok(Outcome::Done)
}

/// Writes the files of one object below `beside`.
fn expand(context: &Context<'_>, beside: &Path, unpacked: &Unpacked, resolved: &objects::Context) -> Result<CheckedOut, Failure> {
    let (name, facts) = (&unpacked.object.name, &context.order.facts);
    let mut files = Vec::new();
    for (path, bytes) in &unpacked.entries {
        let wanted =
            [facts.folder("source"), facts.folder("include"), "res".into()].iter().any(|folder| path.starts_with(&format!("{folder}/")));
        if wanted {
            context.host.write(&beside.join(path), bytes)?;
            files.push(path.clone());
        }
    }
    if let Some(derived) = objects::headers::derived(&unpacked.object, resolved).map_err(|error| repository::unresolved(name, &error))? {
        let path: PathBuf = [facts.folder("include"), derived.file].iter().collect();
        // A header that was checked in with the object was compared then and may carry comments: it stays.
        if !files.iter().any(|known| Path::new(known) == path) {
            context.host.write(&beside.join(&path), derived.text.as_bytes())?;
            files.push(path.to_string_lossy().into_owned());
        }
    }
    let mut checked_out = CheckedOut {
        object: name.clone(),
        kind: unpacked.listed.kind.clone(),
        files,
        library: String::new(),
        server: false,
        functions: Vec::new(),
    };
    if let Content::Bsfn(functions) = &unpacked.object.content {
        checked_out.library.clone_from(&functions.library);
        checked_out.server = functions.location != Location::Client;
        checked_out.functions =
            functions.functions.iter().map(|function| (function.name.clone(), function.data_structure.clone())).collect();
    }
    Ok(checked_out)
}
