//! The main job across machines, without disturbances.

use e2e::checks::{self, Left};
use e2e::world::{Options, World};

fn builds_and_deploys(world: &World) {
    for (edition, package) in [(1, "DV920FA"), (2, "DV920FB")] {
        world.define(package, edition);
        world.run(&["package", "build", package]).succeeded();
        world.run(&["deploy", package]).succeeded();
        checks::deployed(world, package);
    }
    Left::by(world, "DV920FB").is_like(&Left::by(world, "DV920FA"));
}

#[test]
fn a_package_is_built_and_deployed_across_machines() {
    builds_and_deploys(&World::start(Options::default()));
}

#[test]
fn a_package_is_built_and_deployed_with_tls_and_credentials() {
    builds_and_deploys(&World::start(Options { secure: true, ..Options::default() }));
}
