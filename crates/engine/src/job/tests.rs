//! The job's laws, on a small plan and on random news.

use super::progress::looks;
use super::*;
use crate::failure;
use crate::plan::{Facts, Fleet, PlannedRun, PlannedServer};
use std::collections::BTreeSet;

fn server(name: &str) -> PlannedServer {
    PlannedServer { name: name.into(), port: 6017, platform: "linux-x86_64".into(), toolchain: "gcc".into() }
}

/// Runs as (stage, lane, server), in order.
pub(super) fn plan_of(per_server: bool, runs: &[(usize, usize, &str)]) -> Plan {
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
    let planned = |(i, (stage, lane, name)): (usize, &(usize, usize, &str))| PlannedRun {
        stage: *stage,
        lane: *lane,
        step: format!("step_{i}"),
        server: name.to_string(),
        timeout_seconds: 60,
        skip: None,
    };
    Plan {
        recipe: "TEST".into(),
        package: "DV920FA".into(),
        path_code: "DV920".into(),
        per_server,
        fleet: Fleet { deployment: server("DEP1"), primary: "ENT1".into(), servers: vec![server("ENT1"), server("ENT2")] },
        facts,
        stages: vec![],
        runs: runs.iter().enumerate().map(planned).collect(),
    }
}

fn job(per_server: bool, runs: &[(usize, usize, &str)]) -> Job {
    Job::new(1, plan_of(per_server, runs))
}

pub(super) fn report(run: usize, attempt: u32, result: Result<Outcome, Failure>) -> Event {
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
    assert!(job.epoch > epoch, "a server must not take an order from before for one of these");
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

/// 12:03:10 UTC of some day.
const SINCE: i64 = 86_400_000 * 20_000 + 43_390_000;

fn away(server: &str) -> Event {
    Event::Unreachable { server: server.into(), since: SINCE }
}

#[test]
fn what_waits_for_a_server_that_is_away_says_so_and_goes_on_when_it_is_back() {
    let mut job = job(true, &[(0, 0, "ENT1"), (0, 1, "ENT2"), (1, 2, "ENT1"), (1, 3, "ENT2")]);
    let now = SINCE + 61_000;
    assert_eq!(job.apply(away("ENT2"), now), [Command::Save { run: 1 }]);
    let why = "ENT2 is away: it has not asked for work since 12:03:10 UTC; the rest goes on without it";
    assert_eq!(job.why_waiting(1, now).as_deref(), Some(why));
    assert_eq!(job.why_waiting(3, now), Some(format!("waits for step_1 on ENT2, which is waiting: {why}")));
    assert_eq!(job.apply(away("ENT2"), now + 1_000), [], "said once is enough");
    job.apply(Event::Claimed { run: 0 }, now);
    job.apply(report(0, 1, Ok(Outcome::Done)), now);
    assert_eq!(job.ready("ENT1", now), [2], "ENT1 goes on without it");
    let later = now + AWAY_MAX_MS;
    job.apply(Event::Ticked, later);
    assert_eq!(job.runs[1].state, RunState::Waiting, "ENT1 could still go on");
    assert_eq!(job.ready("ENT2", later), [1], "when it is back it simply claims");
    job.apply(Event::Claimed { run: 1 }, later);
    assert_eq!((job.runs[1].state, &job.runs[1].detail), (RunState::Running, &Detail::Nothing));
}

#[test]
fn when_nothing_else_goes_on_a_server_that_stays_away_ends_the_job() {
    let mut job = job(false, &[(0, 0, "ENT1"), (0, 1, "ENT2"), (1, 2, "ENT1")]);
    job.apply(Event::Claimed { run: 0 }, SINCE);
    job.apply(away("ENT2"), SINCE + 61_000);
    assert_eq!(job.apply(Event::Ticked, SINCE + 80_000), [], "ENT1 is at work");
    job.apply(report(0, 1, Ok(Outcome::Done)), SINCE + 90_000);
    assert_eq!(job.apply(Event::Ticked, SINCE + AWAY_MAX_MS), [], "it may still come back");
    assert_eq!(job.apply(Event::Ticked, SINCE + AWAY_MAX_MS + 1), [Command::Save { run: 1 }, Command::End]);
    assert!(matches!(&job.runs[1].detail, Detail::Failure(f) if f.code == "server-not-up"));
    assert_eq!(job.state, JobState::Failed);
    assert_eq!(job.apply(Event::Retried, SINCE + AWAY_MAX_MS + 2)[0], Command::Begin);
    assert_eq!(job.ready("ENT2", SINCE + AWAY_MAX_MS + 2), [1]);
}

#[test]
fn a_job_waits_as_long_as_one_of_the_servers_may_come_back() {
    let mut job = job(true, &[(0, 0, "ENT1"), (0, 1, "ENT2")]);
    job.apply(away("ENT1"), SINCE + 61_000);
    let later = SINCE + AWAY_MAX_MS + 1;
    job.apply(Event::Unreachable { server: "ENT2".into(), since: SINCE + 30_000 }, SINCE + 91_000);
    assert_eq!(job.apply(Event::Ticked, later), []);
    job.apply(Event::Ticked, later + 30_000);
    assert_eq!(job.state, JobState::Failed);
}

#[test]
fn who_takes_a_job_over_leaves_what_runs_alone_and_listens_for_itself() {
    let mut job = job(true, &[(0, 0, "ENT1"), (0, 1, "ENT2")]);
    job.apply(Event::Claimed { run: 0 }, SINCE);
    job.apply(away("ENT2"), SINCE + 61_000);
    assert_eq!(job.apply(Event::TakenOver, SINCE + 61_000), [Command::SaveJob]);
    assert_eq!((job.epoch, job.running_on("ENT1")), (2, vec![0]));
    let commands = job.apply(report(0, 1, Ok(Outcome::Done)), SINCE + 62_000);
    assert_eq!(commands, [Command::Save { run: 0 }, Command::ApplyChanges { run: 0 }], "the report of an order of before counts");
    assert_eq!(job.apply(Event::Ticked, SINCE + AWAY_MAX_MS + 1), [], "nobody told the new control that ENT2 is away");
}

#[test]
fn attempts_are_counted_on_and_a_retry_gives_new_ones() {
    let mut job = job(false, &[(0, 0, "ENT1")]);
    let full = || Failure::new(&failure::DISK_FULL, "cannot write obj64: no space");
    let mut now = 0;
    for round in 0..3 {
        for of_round in 1..=ATTEMPTS_MAX {
            now += 100_000;
            let attempt = round * ATTEMPTS_MAX + of_round;
            job.apply(Event::Claimed { run: 0 }, now);
            assert_eq!(job.runs[0].attempt, attempt);
            let late = report(0, attempt.saturating_sub(ATTEMPTS_MAX), Ok(Outcome::Done));
            assert_eq!(job.apply(late, now), [], "a report of before the retry names another attempt");
            job.apply(report(0, attempt, Err(full())), now);
        }
        assert_eq!(job.state, JobState::Failed);
        job.apply(Event::Retried, now);
        assert_eq!((job.runs[0].attempts_counted(), job.runs[0].state), (0, RunState::Waiting));
    }
}

#[test]
fn an_attempt_that_was_lost_with_its_server_does_not_count() {
    let mut job = job(false, &[(0, 0, "ENT1")]);
    for attempt in 1..10 {
        job.apply(Event::Claimed { run: 0 }, 0);
        assert_eq!(job.runs[0].attempt, attempt);
        let commands = job.apply(Event::ServerLost { server: "ENT1".into() }, 0);
        assert_eq!(commands, [Command::Save { run: 0 }, Command::Wake { server: "ENT1".into() }]);
    }
    job.apply(Event::Claimed { run: 0 }, 0);
    job.apply(report(0, 10, Err(Failure::new(&failure::DISK_FULL, "no space"))), 0);
    assert_eq!(job.runs[0].state, RunState::Waiting, "of the attempts that count it is the first");
}

#[test]
fn a_server_is_woken_when_its_pause_is_over() {
    let mut job = job(false, &[(0, 0, "ENT1")]);
    job.apply(Event::Claimed { run: 0 }, 0);
    job.apply(report(0, 1, Err(Failure::new(&failure::DISK_FULL, "no space"))), 0);
    assert_eq!(job.why_waiting(0, 400).as_deref(), Some("is tried again in 1 s: no space"));
    assert_eq!(job.apply(Event::Ticked, RETRY_AFTER_MS - 1), []);
    assert_eq!(job.apply(Event::Ticked, RETRY_AFTER_MS), [Command::Wake { server: "ENT1".into() }]);
}

#[test]
fn what_is_stored_is_refused_where_it_is_no_job() {
    let stored = job(false, &[(0, 0, "ENT1"), (1, 1, "ENT2")]).stored;
    let restore = |change: fn(&mut Plan, &mut Vec<Run>)| {
        let mut plan = (*stored.plan).clone();
        let mut runs = stored.runs.clone();
        change(&mut plan, &mut runs);
        Job::restore(Stored { plan: plan.into(), runs, ..stored.clone() }).map(drop)
    };
    assert!(restore(|_, _| ()).is_ok());
    assert!(matches!(restore(|_, runs| runs.truncate(1)), Err(JobError::Runs { planned: 2, stored: 1, .. })));
    assert!(matches!(restore(|plan, _| plan.runs.swap(0, 1)), Err(JobError::Plan(PlanError::OutOfOrder { run: 1 }))));
    assert!(restore(|plan, _| plan.runs[1].lane = 0).is_err(), "a lane is one server's");
}

/// Carries a deployment to 5,000 servers out and asks of every piece of news how many runs it looked at.
#[test]
fn news_of_a_job_of_5_000_servers_costs_what_it_touches() {
    const SERVERS: usize = 5_000;
    let names: Vec<String> = (0..SERVERS).map(|number| format!("ENT{number}")).collect();
    let lane = |stage: usize, server: usize| (stage, stage * SERVERS + server, names[server].as_str());
    let steps = [0, 1, 1, 2, 2];
    let mut runs = Vec::new();
    for stage in 0..3 {
        for server in 0..SERVERS {
            runs.extend(steps.iter().filter(|&&of| of == stage).map(|_| lane(stage, server)));
        }
    }
    let mut job = job(true, &runs);
    let (mut most, mut news, mut now) = (0, 0, 0);
    // Heard, taken back, and heard again, as by a control that could not save it at first.
    let mut hear = |job: &mut Job, event: Event, now: i64| {
        let mut undo = Undo::default();
        job.apply_with_undo(event.clone(), now, &mut undo);
        job.undo(undo);
        job.apply(event, now);
        news += 1;
        most = most.max(looks::take());
    };
    // The index was built by looking at everything, once.
    looks::take();
    while job.state == JobState::Running {
        let mut taken = Vec::new();
        for name in &names {
            now += 1;
            let Some(&run) = job.ready(name, now).first() else { continue };
            hear(&mut job, Event::Unreachable { server: name.clone(), since: now }, now);
            hear(&mut job, Event::Claimed { run }, now);
            taken.push((name, job.running_on(name)[0]));
        }
        looks::take();
        job.apply(Event::Ticked, now);
        assert!(looks::take() < 100 + taken.len(), "time looks at what runs");
        for (name, run) in taken {
            // One in four is lost in its first attempt.
            let attempt = job.runs[run].attempt;
            let lost = run % 4 == 0 && attempt == 1;
            let event = if lost { Event::ServerLost { server: name.clone() } } else { report(run, attempt, Ok(Outcome::Done)) };
            hear(&mut job, event, now);
        }
    }
    assert_eq!(job.state, JobState::Succeeded);
    assert!(news > 3 * steps.len() * SERVERS, "each run was missed, claimed and reported: {news}");
    assert!(most < 100, "a piece of news looked at {most} runs");
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
