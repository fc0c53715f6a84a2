//! kill -9 of everyone in the middle of each stage: the job ends as it would have, nothing is done twice, and nothing stays locked.

use e2e::checks::{self, Left};
use e2e::enterprise::{DEPLOYMENT, PRIMARY};
use e2e::process::until_some;
use e2e::stages::{Moment, Stages};
use e2e::world::{BUS, DATABASE, Options, World};

/// Whoever leads at that moment.
const LEADER: &str = "the control that leads";

/// In the order in which they die.
const VICTIMS: [&str; 6] = [PRIMARY, "ENT2", DEPLOYMENT, LEADER, BUS, DATABASE];

/// Three of the six die in each stage; the two rounds have every one of them in every stage, at both moments in turn.
fn victims(stage: usize, round: usize) -> impl Iterator<Item = &'static str> {
    VICTIMS.into_iter().skip((stage + round) % 2).step_by(2)
}

fn moment(stage: usize) -> Moment {
    if (stage / 2).is_multiple_of(2) { Moment::Noted } else { Moment::Begun }
}

/// Kills in every stage of a job that this order begins.
fn order_and_kill(world: &mut World, order: &[&str], count: usize, round: usize) {
    let stages = Stages::close(world, count);
    // It sees the services die under it, and goes on with them.
    let follower = world.begin(order);
    for stage in 0..stages.count {
        stages.reach(world, stage, moment(stage));
        let leader = until_some("a control leads", || world.leader());
        let victims: Vec<String> =
            victims(stage, round).map(|victim| if victim == LEADER { leader.clone() } else { victim.into() }).collect();
        victims.iter().for_each(|victim| world.kill(victim));
        for service in [DATABASE, BUS] {
            world.restart(service);
        }
        stages.open(world, stage);
        victims.iter().for_each(|victim| world.restart(victim));
    }
    assert_eq!(world.job_ended(stages.job()), "succeeded", "{order:?}");
    follower.end().succeeded();
}

/// How many stages a job had.
fn stages_of(world: &World, job: i64) -> usize {
    world.json(&["job", &job.to_string()])["stages"].as_array().expect("a job has stages").len()
}

fn killed_in_round(round: usize) {
    let mut world = World::start(Options { controls: 2, ..Options::default() });
    world.define("DV920FA", 1);
    world.run(&["package", "build", "DV920FA"]).succeeded();
    world.run(&["deploy", "DV920FA"]).succeeded();
    checks::deployed(&world, "DV920FA");
    let undisturbed = Left::by(&world, "DV920FA");

    world.define("DV920FB", 2);
    let (build, deployment) = (stages_of(&world, 1), stages_of(&world, 2));
    order_and_kill(&mut world, &["package", "build", "DV920FB"], build, round);
    order_and_kill(&mut world, &["deploy", "DV920FB"], deployment, round);
    checks::deployed(&world, "DV920FB");
    Left::by(&world, "DV920FB").is_like(&undisturbed);
}

#[test]
fn half_of_everyone_killed_in_every_stage() {
    killed_in_round(0);
}

#[test]
fn the_other_half_of_everyone_killed_in_every_stage() {
    killed_in_round(1);
}
