//! A server that is cut off while the others go on, and comes back.

use e2e::checks;
use e2e::process::until;
use e2e::stages::{Moment, Stages};
use e2e::world::{Options, World};
use serde_json::Value;

fn presence(world: &World, server: &str) -> Value {
    let status = world.json(&["status"]);
    let servers = status["servers"].as_array().expect("a status has servers");
    servers.iter().find(|found| found["name"] == server).map(|found| found["presence"].clone()).unwrap_or_default()
}

#[test]
fn a_server_cut_off_during_a_deployment_catches_up_when_it_is_back() {
    let mut world = World::start(Options::default());
    world.define("DV920FA", 1);
    world.run(&["package", "build", "DV920FA"]).succeeded();
    let stages = Stages::close(&world, 1);
    let order = world.begin(&["deploy", "DV920FA"]);
    stages.reach(&mut world, 0, Moment::Begun);
    world.cut("ENT3");
    stages.open(&world, 0);

    // The others neither wait for it nor fail with it.
    until("the others have switched", || ["ENT1", "ENT2"].iter().all(|server| checks::pointer(&world, server).contains("DV920FA")));
    until("it is shown as away", || presence(&world, "ENT3")["away"]["since"].as_i64().is_some_and(|since| since > 0));
    let job = world.json(&["job", &stages.job().to_string()]);
    assert_eq!(job["state"], "running");
    let of = |server: &'static str| job["runs"].as_array().expect("a job has runs").iter().filter(move |run| run["server"] == server);
    assert!(of("ENT1").chain(of("ENT2")).all(|run| run["state"] == "done"), "{job:#}");
    let waits: Vec<&str> = of("ENT3").filter(|run| run["state"] != "done").filter_map(|run| run["why"].as_str()).collect();
    assert!(waits.iter().any(|why| why.contains("ENT3 is away")), "{waits:?}");
    assert_eq!(checks::pointer(&world, "ENT3"), "");

    world.heal("ENT3");
    order.end().succeeded();
    checks::deployed(&world, "DV920FA");
}
