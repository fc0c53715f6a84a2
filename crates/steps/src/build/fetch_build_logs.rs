//! Gathers the logs of all build servers on the deployment server, under `serverlogs/<server>`.
//!
//! Serves: F47 F48 F49

use crate::build::folder_goods;
use crate::paths::{self, Paths};
use engine::failure::Failure;
use engine::outcome::Outcome;
use engine::release::Releases;
use engine::step::{self, Context, Step};

pub static STEP: Step =
    Step { name: "fetch_build_logs", title: "Fetch build logs", releases: Releases::ALL, timeout_seconds: 1_800, skip: step::never, run };

fn run(context: &mut Context<'_>) -> Result<Outcome, Failure> {
    let order = context.order;
    let (host, paths) = (context.host, Paths(order));
    for server in &order.servers {
        let beside = paths.deployment_attempt().join(&server.name);
        folder_goods::fetch(context, &paths::goods::logs(&order.package, &server.name), &beside)?;
        let place = paths.server_logs(&server.name);
        host.remove(&place)?;
        host.rename(&beside, &place)?;
    }
    host.remove(&paths.deployment_attempt())?;
    Ok(Outcome::Done)
}
