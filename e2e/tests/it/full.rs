//! The main job across machines, without disturbances: with TLS, passwords, and a credential for each server. The undisturbed job without them is a part of
//! the tests that kill.

use e2e::checks::{self, Left};
use e2e::process::until;
use e2e::world::{Options, World};
use std::time::Duration;

#[test]
fn a_package_is_built_and_deployed_with_tls_and_credentials() {
    let mut world = World::start(Options { secure: true, relayed: true, ..Options::default() });
    for (edition, package) in [(1, "DV920FA"), (2, "DV920FB")] {
        world.define(package, edition);
        // A line over the ocean makes things late, and nothing else.
        world.slow("ENT3", Duration::from_millis(if edition == 2 { 80 } else { 0 }));
        world.run(&["package", "build", package]).succeeded();
        world.run(&["deploy", package]).succeeded();
        checks::deployed(&world, package);
    }
    Left::by(&world, "DV920FB").is_like(&Left::by(&world, "DV920FA"));
    checks::no_secret_is_told(&world);

    // A credential that is void lets nobody in, not even who is in already; a new one does.
    world.run(&["enrol", "ENT3", "--revoke"]).succeeded();
    world.read_users_again();
    until("it is told that it may not speak", || world.said("ENT3").contains("authorization violation"));
    world.kill("ENT3");
    world.run(&["enrol", "ENT3"]).succeeded();
    world.read_users_again();
    world.bring_credential("ENT3");
    world.restart("ENT3");
    until("it answers again", || world.run(&["tree", "ENT3"]).exit == Some(0));
}
