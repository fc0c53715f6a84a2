//! Brings the compressed libraries of each platform to the deployment server, under `<package>/<platform>` with `compress.inf`.
//!
//! Serves: F41 F42

use crate::build::compress_libraries::not_selected;
use crate::build::folder_goods;
use crate::paths::{self, Paths};
use engine::failure::Failure;
use engine::outcome::Outcome;
use engine::release::Releases;
use engine::step::{Context, Step};
use std::collections::BTreeSet;

pub static STEP: Step =
    Step { name: "fetch_libraries", title: "Fetch libraries", releases: Releases::ALL, timeout_seconds: 3_600, skip: not_selected, run };

fn run(context: &mut Context<'_>) -> Result<Outcome, Failure> {
    let paths = Paths(context.order);
    let platforms: BTreeSet<&str> = context.order.servers.iter().map(|server| server.platform.as_str()).collect();
    for platform in platforms {
        folder_goods::fetch(context, &paths::goods::libraries(&context.order.package, platform), &paths.delivered_libraries(platform))?;
    }
    Ok(Outcome::Done)
}
