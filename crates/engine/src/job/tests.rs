//! The job's laws, on a small plan and on random news.

use super::*;
use crate::plan::{Facts, Fleet, PlannedRun, PlannedServer};
use std::collections::BTreeSet;

fn server(name: &str) -> PlannedServer {
    PlannedServer { name: name.into(), port: 6017, platform: "linux-x86_64".into(), toolchain: "gcc".into() }
}

/// Runs as (stage, lane, server), in order.
fn job(per_server: bool, runs: &[(usize, usize, &str)]) -> Job {
    let facts = Facts {
        release: "9.2.8.0".parse().unwrap(),
        bits: 64,
        data_source: String::new(),
        repository_flag: "1".into(),
        conversion_flag: "1".into(),
        several_build_servers: true,
        client: false,
        compress_server: false,
        compile_seconds_max: 120,
        generation: 0,
    };
    let runs = runs
        .iter()
        .enumerate()
        .map(|(i, (stage, lane, name))| PlannedRun {
            stage: *stage,
            lane: *lane,
            step: format!("step_{i}"),
            server: name.to_string(),
            timeout_seconds: 60,
            skip: None,
        })
        .collect();
    let fleet = Fleet { deployment: server("DEP1"), primary: "ENT1".into(), servers: vec![server("ENT1"), server("ENT2")] };
    Job::new(
        1,
        Plan {
            recipe: "TEST".into(),
            package: "DV920FA".into(),
            path_code: "DV920".into(),
            per_server,
            fleet,
            facts,
            stages: vec![],
            runs,
        },
    )
}

fn report(run: usize, attempt: u32, result: Result<Outcome, Failure>) -> Event {
    Event::Reported { run, attempt, result }
}

fn does_not_compile() -> Failure {
    Failure::new(&failure::DOES_NOT_COMPILE, "b5500010.c does not compile")
}

#[test]
fn a_stage_waits_for_all_lanes_of_the_one_before() {
    let mut job = job(false, &[(0, 0, "ENT1"), (0, 1, "ENT2"), (1, 2, "ENT1")]);
    job.apply(Event::Claimed { run: 0 }, 0);
    job.apply(report(0, 1, Ok(Outcome::Done)), 1);
    assert!(job.ready("ENT1", 1).is_empty());
    assert_eq!(job.first_in_the_way(2), Some(1));
    job.apply(Event::Claimed { run: 1 }, 1);
    job.apply(report(1, 1, Ok(Outcome::Skipped("nothing to do".into()))), 2);
    assert_eq!(job.ready("ENT1", 2), [2]);
}

#[test]
fn a_failed_lane_stops_and_the_others_finish_the_stage() {
    let mut job = job(false, &[(0, 0, "ENT1"), (0, 0, "ENT1"), (0, 1, "ENT2"), (1, 2, "ENT1")]);
    job.apply(Event::Claimed { run: 0 }, 0);
    job.apply(report(0, 1, Err(does_not_compile())), 1);
    assert_eq!(job.state, JobState::Running, "the other lane can still go on");
    assert!(job.ready("ENT1", 1).is_empty());
    job.apply(Event::Claimed { run: 2 }, 1);
    let commands = job.apply(report(2, 1, Ok(Outcome::Done)), 2);
    assert_eq!(job.state, JobState::Failed);
    assert!(commands.contains(&Command::End));
    let epoch = job.epoch;
    job.apply(Event::Retried, 3);
    assert_eq!(job.ready("ENT1", 3), [0], "only what is not done is repeated");
    assert!(job.epoch > epoch, "a report from before must not be taken for one of these attempts");
}

#[test]
fn in_a_deployment_each_server_goes_by_itself() {
    let mut job = job(true, &[(0, 0, "ENT1"), (0, 1, "ENT2"), (1, 2, "ENT1"), (1, 3, "ENT2")]);
    job.apply(Event::Claimed { run: 0 }, 0);
    job.apply(report(0, 1, Ok(Outcome::Done)), 1);
    assert_eq!(job.ready("ENT1", 1), [2], "ENT2 delays only itself");
}

#[test]
fn a_host_failure_is_tried_again_with_a_pause_and_a_work_failure_is_not() {
    let mut job = job(false, &[(0, 0, "ENT1")]);
    let full = || Failure::new(&failure::DISK_FULL, "cannot write obj64: no space");
    for attempt in 1..ATTEMPTS_MAX {
        let now = i64::from(attempt) * 10_000;
        job.apply(Event::Claimed { run: 0 }, now);
        job.apply(report(0, attempt, Err(full())), now);
        assert_eq!(job.runs[0].state, RunState::Waiting);
        assert!(job.ready("ENT1", now).is_empty(), "it pauses first");
        assert_eq!(job.ready("ENT1", now + RETRY_AFTER_MS * i64::from(attempt)), [0]);
    }
    job.apply(Event::Claimed { run: 0 }, 100_000);
    job.apply(report(0, ATTEMPTS_MAX, Err(full())), 100_001);
    assert_eq!((job.runs[0].state, job.state), (RunState::Failed, JobState::Failed));
}

#[test]
fn what_waits_for_a_server_that_is_away_fails_and_can_be_tried_again() {
    let mut job = job(false, &[(0, 0, "ENT1"), (0, 1, "ENT2"), (1, 2, "ENT1")]);
    job.apply(Event::Claimed { run: 0 }, 0);
    job.apply(Event::Unreachable { server: "ENT2".into() }, 1);
    assert!(matches!(&job.runs[1].detail, Detail::Failure(f) if f.code == "server-not-up"));
    assert_eq!(job.state, JobState::Running, "ENT1 is still at work");
    job.apply(report(0, 1, Ok(Outcome::Done)), 2);
    assert_eq!(job.state, JobState::Failed);
    assert_eq!(job.apply(Event::Retried, 3)[0], Command::Begin);
    assert_eq!(job.ready("ENT2", 3), [1]);
}

#[test]
fn late_and_doubled_news_changes_nothing() {
    let mut job = job(false, &[(0, 0, "ENT1"), (0, 0, "ENT1")]);
    job.apply(Event::Claimed { run: 0 }, 0);
    job.apply(Event::ServerLost { server: "ENT1".into() }, 1);
    job.apply(Event::Claimed { run: 0 }, 2);
    let before = job.clone();
    assert_eq!(job.apply(report(0, 1, Err(does_not_compile())), 3), [], "attempt 1 is past");
    assert_eq!(job.apply(Event::Claimed { run: 0 }, 3), [], "it is claimed already");
    assert_eq!(job.apply(report(9, 1, Ok(Outcome::Done)), 3), [], "there is no such run");
    assert_eq!(job, before);
    job.apply(report(0, 2, Ok(Outcome::Done)), 4);
    let before = job.clone();
    assert_eq!(job.apply(report(0, 2, Ok(Outcome::Done)), 5), []);
    assert_eq!(job, before);
}

#[test]
fn a_run_past_its_deadline_fails() {
    let mut job = job(false, &[(0, 0, "ENT1")]);
    job.apply(Event::Claimed { run: 0 }, 0);
    assert!(!job.apply(Event::Ticked, 60_000).iter().any(|c| matches!(c, Command::Save { .. })));
    job.apply(Event::Ticked, 60_000 + DEADLINE_GRACE_MS + 1);
    assert!(matches!(&job.runs[0].detail, Detail::Failure(f) if f.code == "step-timed-out"));
}

/// Random news, much of it late or doubled, from a seed: whatever comes, every run that passed stays passed, its stage order holds, and
/// a driver that keeps claiming and reporting brings the job to its end.
#[test]
fn random_news_never_breaks_the_order_and_the_job_ends() {
    for seed in 0..500_u64 {
        let mut random = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut next = |below: usize| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            (random % below as u64) as usize
        };
        let mut job = job(seed % 2 == 0, &[(0, 0, "ENT1"), (0, 0, "ENT1"), (0, 1, "ENT2"), (1, 2, "ENT1"), (1, 3, "ENT2"), (2, 4, "DEP1")]);
        let mut passed: BTreeSet<usize> = BTreeSet::new();
        let mut now = 0;
        for _ in 0..2_000 {
            now += 100;
            let run = next(6);
            let attempt = job.runs[run].attempt.saturating_sub(next(4).saturating_sub(2) as u32);
            let event = match next(10) {
                0..=3 => Event::Claimed { run },
                4..=6 => report(run, attempt, Ok(Outcome::Done)),
                7 => report(run, attempt, Err(Failure::new(&failure::HOST_FAILED, "cannot write"))),
                8 => Event::ServerLost { server: job.plan.runs[run].server.clone() },
                _ => Event::Ticked,
            };
            job.apply(event, now);
            if job.state == JobState::Failed {
                job.apply(Event::Retried, now);
            }
            for run in 0..job.runs.len() {
                if job.runs[run].state != RunState::Waiting && job.runs[run].state != RunState::Failed {
                    assert_eq!(job.first_in_the_way(run), None, "seed {seed}: run {run} began too early");
                }
                if job.runs[run].state.passed() {
                    passed.insert(run);
                }
            }
            assert!(passed.iter().all(|&run| job.runs[run].state.passed()), "seed {seed}: a run that passed was undone");
            if job.state == JobState::Succeeded {
                break;
            }
        }
        assert_eq!(job.state, JobState::Succeeded, "seed {seed}");
    }
}
