//! The rules of a job as they read, each a walk over all runs, and random news for both: the job that keeps count must do what they say. They
//! know nothing of lanes that are kept, counted or freed.

use super::tests::{plan_of, report};
use super::*;
use crate::failure;
use proptest::prelude::*;
use std::collections::BTreeSet;

#[derive(Clone, Debug)]
struct Slow {
    plan: Arc<Plan>,
    epoch: i64,
    state: JobState,
    runs: Vec<Run>,
    away: BTreeMap<String, i64>,
}

impl Slow {
    fn first_in_the_way(&self, run: usize) -> Option<usize> {
        let this = &self.plan.runs[run];
        (0..run).find(|&other| {
            let that = &self.plan.runs[other];
            let precedes = that.lane == this.lane || (that.stage < this.stage && (!self.plan.per_server || that.server == this.server));
            precedes && !self.runs[other].state.passed()
        })
    }

    fn is_free(&self, run: usize) -> bool {
        self.runs[run].state == RunState::Waiting && self.first_in_the_way(run).is_none()
    }

    fn free(&self) -> impl Iterator<Item = usize> {
        (0..self.runs.len()).filter(|&run| self.is_free(run))
    }

    fn server(&self, run: usize) -> &str {
        &self.plan.runs[run].server
    }

    fn ready(&self, server: &str, now: i64) -> Vec<usize> {
        let running = self.state == JobState::Running;
        self.free().filter(|&run| running && self.server(run) == server && self.runs[run].ended <= now).collect()
    }

    fn running_on(&self, server: &str) -> Vec<usize> {
        (0..self.runs.len()).filter(|&run| self.server(run) == server && self.runs[run].state == RunState::Running).collect()
    }

    fn apply(&mut self, event: Event, now: i64) -> BTreeSet<Command> {
        let before = self.clone();
        let (mut commands, ticked) = (BTreeSet::new(), event == Event::Ticked);
        match event {
            Event::Retried => {
                if !self.retry() {
                    return commands;
                }
                commands.insert(Command::Begin);
            }
            _ if self.state != JobState::Running => return commands,
            Event::Claimed { run } => self.claim(run, now),
            Event::Reported { run, attempt, result } => {
                if self.runs.get(run).is_some_and(|r| r.state == RunState::Running && r.attempt == attempt) {
                    self.away.remove(&self.plan.runs[run].server);
                    self.finish(run, result, now);
                    commands.insert(Command::ApplyChanges { run });
                }
            }
            Event::Unreachable { server, since } => {
                for run in self.ready(&server, now) {
                    self.away.insert(server.clone(), since);
                    self.runs[run].detail = Detail::Why(why::away(&server, since, self.plan.per_server));
                }
            }
            Event::ServerLost { server } => {
                for run in self.running_on(&server) {
                    self.away.remove(&server);
                    let this = &mut self.runs[run];
                    let detail = Detail::Why(format!("{server} went away during attempt {}", this.attempt));
                    *this = Run { state: RunState::Waiting, before: this.before + 1, started: 0, ended: 0, detail, ..*this };
                }
            }
            Event::TakenOver => {
                self.epoch += 1;
                self.away.clear();
                commands.insert(Command::SaveJob);
            }
            Event::Ticked => self.tick(now),
            Event::Cancelled => {
                self.state = JobState::Cancelled;
                commands.insert(Command::End);
                return commands;
            }
        }
        let changed: Vec<usize> = (0..self.runs.len()).filter(|&run| self.runs[run] != before.runs[run]).collect();
        if ticked || before.state != JobState::Running || !changed.is_empty() {
            self.advance(&before, ticked, now, &mut commands);
        }
        commands.extend(changed.into_iter().map(|run| Command::Save { run }));
        commands
    }

    fn retry(&mut self) -> bool {
        if !matches!(self.state, JobState::Failed | JobState::Cancelled) {
            return false;
        }
        (self.state, self.epoch) = (JobState::Running, self.epoch + 1);
        self.away.clear();
        for run in self.runs.iter_mut().filter(|run| !run.state.passed()) {
            if run.state != RunState::Waiting || run.before != run.attempt {
                (run.state, run.before, run.started, run.ended) = (RunState::Waiting, run.attempt, 0, 0);
            }
        }
        true
    }

    fn claim(&mut self, run: usize, now: i64) {
        if run < self.runs.len() && self.is_free(run) && self.runs[run].ended <= now {
            self.away.remove(&self.plan.runs[run].server);
            let Run { attempt, before, .. } = self.runs[run];
            self.runs[run] =
                Run { state: RunState::Running, attempt: attempt + 1, before, started: now, ended: 0, detail: Detail::Nothing };
        }
    }

    fn finish(&mut self, run: usize, result: Result<Outcome, Failure>, now: i64) {
        let this = &mut self.runs[run];
        this.ended = now;
        (this.state, this.detail) = match result {
            Ok(Outcome::Done) => (RunState::Done, Detail::Nothing),
            Ok(Outcome::Warned(why)) => (RunState::Warned, Detail::Why(why)),
            Ok(Outcome::Skipped(why)) => (RunState::Skipped, Detail::Why(why)),
            Err(failure) if failure.is_host() && this.attempt - this.before < ATTEMPTS_MAX => {
                this.ended = now + RETRY_AFTER_MS * i64::from(this.attempt - this.before);
                (RunState::Waiting, Detail::Failure(failure))
            }
            Err(failure) => (RunState::Failed, Detail::Failure(failure)),
        };
    }

    fn tick(&mut self, now: i64) {
        for run in 0..self.runs.len() {
            let planned = self.plan.runs[run].clone();
            let limit = i64::from(planned.timeout_seconds) * 1_000 + DEADLINE_GRACE_MS;
            if self.runs[run].state == RunState::Running && now - self.runs[run].started > limit {
                let message = format!("{} on {} sent no result within {} seconds", planned.step, planned.server, planned.timeout_seconds);
                self.finish(run, Err(Failure::new(&failure::STEP_TIMED_OUT, message)), now);
            }
        }
        let given_up = |run: usize| self.away.get(self.server(run)).is_some_and(|since| now - since > AWAY_MAX_MS);
        if self.runs.iter().all(|run| run.state != RunState::Running) && self.free().all(given_up) {
            for run in self.free().collect::<Vec<_>>() {
                let server = self.server(run);
                let message = format!("{server} does not ask for work: it is not up, or cannot reach control");
                let failure = Failure::new(&failure::SERVER_NOT_UP, message).hint("start it, then resume");
                let (state, detail) = (RunState::Failed, Detail::Failure(failure));
                self.runs[run] = Run { state, started: now, ended: now, detail, ..self.runs[run] };
            }
        }
    }

    fn advance(&mut self, before: &Slow, ticked: bool, now: i64, commands: &mut BTreeSet<Command>) {
        let running = self.runs.iter().any(|run| run.state == RunState::Running);
        if self.runs.iter().all(|run| run.state.passed()) {
            self.state = JobState::Succeeded;
        } else if !running && self.free().next().is_none() {
            self.state = JobState::Failed;
        }
        if self.state != JobState::Running {
            commands.insert(Command::End);
            return;
        }
        let began_anew = before.state != JobState::Running;
        for run in self.free().filter(|&run| self.runs[run].ended <= now) {
            let tried_again = ticked && self.runs[run].ended > 0 && !self.away.contains_key(self.server(run));
            if began_anew || !before.is_free(run) || tried_again {
                commands.insert(Command::Wake { server: self.server(run).to_string() });
            }
        }
    }
}

/// Stages of lanes, each a server and a number of steps.
fn any_plan() -> impl Strategy<Value = Plan> {
    let lane = (0..3_usize, 1..4_usize);
    let stages = prop::collection::vec(prop::collection::vec(lane, 1..4), 0..4);
    (any::<bool>(), stages).prop_map(|(per_server, stages)| {
        let (mut runs, mut number) = (Vec::new(), 0);
        for (stage, lanes) in stages.into_iter().enumerate() {
            for (server, steps) in lanes {
                runs.extend((0..steps).map(|_| (stage, number, ["ENT1", "ENT2", "DEP1"][server])));
                number += 1;
            }
        }
        plan_of(per_server, &runs)
    })
}

/// What kind of news, about which run, how many attempts late, and how long after the last.
type News = (usize, prop::sample::Index, u32, i64);

fn any_news() -> impl Strategy<Value = News> {
    let later = prop_oneof![8 => 0..2_000_i64, 1 => 50_000..100_000_i64, 1 => 300_000..700_000_i64];
    (0..24_usize, any::<prop::sample::Index>(), prop_oneof![6 => Just(0_u32), 1 => 1..3_u32], later)
}

fn event(job: &Job, (kind, which, late, _): &News, now: i64) -> Event {
    // One past the last: news about a run that is none.
    let run = which.index(job.runs.len() + 1);
    let attempt = job.runs.get(run).map_or(1, |run| run.attempt.saturating_sub(*late));
    let server = job.plan.runs.get(run).map_or("ENT9", |run| run.server.as_str()).to_string();
    match kind {
        0..=7 => Event::Claimed { run },
        8..=11 => report(run, attempt, Ok(Outcome::Done)),
        12 => report(run, attempt, Ok(Outcome::Skipped("nothing to do".into()))),
        13 => report(run, attempt, Err(Failure::new(&failure::DISK_FULL, "no space"))),
        14 => report(run, attempt, Err(Failure::new(&failure::DOES_NOT_COMPILE, "does not compile"))),
        15 => Event::ServerLost { server },
        16 | 17 => Event::Unreachable { server, since: now - 61_000 - i64::from(*late) * AWAY_MAX_MS },
        18 => Event::TakenOver,
        19..=21 => Event::Ticked,
        22 => Event::Retried,
        _ if *late > 0 => Event::Cancelled,
        _ => Event::Ticked,
    }
}

fn check_alike(job: &Job, slow: &Slow, now: i64) -> Result<(), TestCaseError> {
    prop_assert_eq!((job.state, job.epoch, &job.runs), (slow.state, slow.epoch, &slow.runs));
    for server in ["ENT1", "ENT2", "DEP1", "ENT9"] {
        prop_assert_eq!(job.ready(server, now), slow.ready(server, now));
        prop_assert_eq!(job.running_on(server), slow.running_on(server));
    }
    for run in 0..job.runs.len() {
        prop_assert_eq!(job.first_in_the_way(run), slow.first_in_the_way(run));
        prop_assert_eq!(job.why_waiting(run, now).is_some(), job.runs[run].state == RunState::Waiting);
    }
    let awaited: BTreeSet<&str> = slow.free().filter(|_| slow.state == JobState::Running).map(|run| slow.server(run)).collect();
    prop_assert_eq!(job.awaited(), awaited.into_iter().collect::<Vec<_>>());
    let afresh = Job::restore(job.stored.clone()).unwrap();
    prop_assert_eq!(&job.progress, &afresh.progress);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn the_job_does_what_the_rules_say(plan in any_plan(), news in prop::collection::vec(any_news(), 1..150)) {
        let mut job = Job::new(1, plan);
        let runs = job.runs.clone();
        let mut slow = Slow { plan: job.plan.clone(), epoch: 1, state: JobState::Running, runs, away: BTreeMap::new() };
        let mut now = 1_000_000;
        for news in news {
            now += news.3;
            let event = event(&job, &news, now);
            let commands: BTreeSet<Command> = job.apply(event.clone(), now).into_iter().collect();
            prop_assert_eq!(commands, slow.apply(event, now));
            check_alike(&job, &slow, now)?;
        }
    }

    #[test]
    fn what_cannot_be_saved_was_never_heard(
        plan in any_plan(),
        news in prop::collection::vec((any_news(), any::<bool>()), 1..150),
    ) {
        let mut job = Job::new(1, plan);
        let mut now = 1_000_000;
        let (mut saved, mut undo) = (job.clone(), Undo::default());
        for (news, is_saved) in news {
            now += news.3;
            let event = event(&job, &news, now);
            job.apply_with_undo(event, now, &mut undo);
            if is_saved {
                (saved, undo) = (job.clone(), Undo::default());
            } else if news.1.index(3) == 0 {
                // Sometimes after one piece of news, sometimes after several.
                job.undo(std::mem::take(&mut undo));
                prop_assert_eq!(&job, &saved);
            }
        }
    }
}
