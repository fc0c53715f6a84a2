//! Publishes the compressed libraries, once for each platform: the first server of a platform in the plan does.
//!
//! Serves: F41 F42

use crate::build::compress_libraries::not_selected;
use crate::build::folder_goods;
use crate::paths::{self, Paths};
use engine::failure::Failure;
use engine::outcome::{Change, Outcome};
use engine::release::Releases;
use engine::step::{Context, Step};

pub static STEP: Step = Step {
    name: "publish_libraries",
    title: "Publish libraries",
    releases: Releases::ALL,
    timeout_seconds: 3_600,
    skip: not_selected,
    run,
};

fn run(context: &mut Context<'_>) -> Result<Outcome, Failure> {
    let order = context.order;
    let platform = &order.server.platform;
    if let Some(first) = order.servers.iter().find(|server| server.platform == *platform)
        && first.name != order.server.name
    {
        return Ok(Outcome::Skipped(format!("{} publishes those of {platform}", first.name)));
    }
    let hash = folder_goods::put(context, &Paths(order).compressed(), &[""])?;
    context.changes.push(Change::GoodsNamed { name: paths::goods::libraries(&order.package, platform), hash });
    Ok(Outcome::Done)
}
