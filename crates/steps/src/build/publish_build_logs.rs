//! Publishes the server's build log, the states of its libraries and its compile logs.
//!
//! Serves: F47 F48 F49

use crate::build::folder_goods;
use crate::paths::{self, Paths};
use engine::failure::Failure;
use engine::outcome::{Change, Outcome};
use engine::release::Releases;
use engine::step::{self, Context, Step};

pub static STEP: Step = Step {
    name: "publish_build_logs",
    title: "Publish build logs",
    releases: Releases::ALL,
    timeout_seconds: 1_800,
    skip: step::never,
    run,
};

fn run(context: &mut Context<'_>) -> Result<Outcome, Failure> {
    let order = context.order;
    // The log is still written to: what is published is a copy as it stands now.
    let (paths, copy) = (Paths(order), Paths(order).attempt());
    context.host.create_folder(&copy)?;
    let log = if context.host.exists(&paths.build_log()) { context.host.read(&paths.build_log())? } else { Vec::new() };
    context.host.write(&copy.join("svrpkgbuild.log"), &log)?;
    for (name, folder) in [("text", paths.text()), ("CompileLogs", paths.compile_logs())] {
        copy_tree(context, &folder, &copy.join(name))?;
    }
    let hash = folder_goods::put(context, &copy, &[""])?;
    context.host.remove(&copy)?;
    context.changes.push(Change::GoodsNamed { name: paths::goods::logs(&order.package, &order.server.name), hash });
    Ok(Outcome::Done)
}

fn copy_tree(context: &Context<'_>, from: &std::path::Path, to: &std::path::Path) -> Result<(), Failure> {
    context.host.create_folder(to)?;
    for entry in context.host.list(from)? {
        if entry.folder {
            copy_tree(context, &from.join(&entry.name), &to.join(&entry.name))?;
        } else {
            context.host.link(&from.join(&entry.name), &to.join(&entry.name))?;
        }
    }
    Ok(())
}
