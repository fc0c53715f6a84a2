//! One turn of the machine: what one piece of news changes, and what is to be done about it. It reads no clock and saves nothing.

use super::{
    ATTEMPTS_MAX, AWAY_MAX_MS, Command, DEADLINE_GRACE_MS, Detail, Event, Job, JobState, RETRY_AFTER_MS, Run, RunState, Undo, why,
};
use crate::failure::{self, Failure};
use crate::outcome::Outcome;
use std::collections::BTreeSet;

struct Turn<'a> {
    job: &'a mut Job,
    now: i64,
    undo: &'a mut Undo,
    commands: Vec<Command>,
    /// Lanes that may go on by what changed so far.
    freed: BTreeSet<usize>,
}

pub(super) fn take(job: &mut Job, event: Event, now: i64, undo: &mut Undo) -> Vec<Command> {
    let mut turn = Turn { job, now, undo, commands: Vec::new(), freed: BTreeSet::new() };
    match event {
        Event::Retried => turn.retry(),
        _ if turn.job.state != JobState::Running => {}
        Event::Claimed { run } => turn.claim(run),
        Event::Reported { run, attempt, result } => turn.report(run, attempt, result),
        Event::Unreachable { server, since } => turn.miss(&server, since),
        Event::ServerLost { server } => turn.lose(&server),
        Event::TakenOver => turn.take_over(),
        Event::Ticked => turn.tick(),
        Event::Cancelled => turn.end(JobState::Cancelled),
    }
    turn.commands
}

impl Turn<'_> {
    fn claim(&mut self, run: usize) {
        let Some(planned) = self.job.plan.runs.get(run) else { return };
        let server = planned.server.clone();
        if !self.job.ready(&server, self.now).contains(&run) {
            return;
        }
        self.is_back(&server);
        let attempt = self.job.runs[run].attempt.saturating_add(1);
        self.change(run, |was, now| Run {
            state: RunState::Running,
            attempt,
            started: now,
            ended: 0,
            detail: Detail::Nothing,
            before: was.before,
        });
    }

    fn report(&mut self, run: usize, attempt: u32, result: Result<Outcome, Failure>) {
        if !self.job.runs.get(run).is_some_and(|r| r.state == RunState::Running && r.attempt == attempt) {
            return;
        }
        let server = self.job.plan.runs[run].server.clone();
        self.is_back(&server);
        self.finish(run, result);
        self.commands.push(Command::ApplyChanges { run });
        self.advance();
    }

    /// What the server could take on says that it is away. Nothing fails yet.
    fn miss(&mut self, server: &str, since: i64) {
        let ready = self.job.ready(server, self.now);
        let Some(number) = self.job.shape.server(server).filter(|_| !ready.is_empty()) else { return };
        self.note_away(number, Some(since));
        let detail = Detail::Why(why::away(server, since, self.job.plan.per_server));
        for run in ready {
            if self.job.runs[run].detail != detail {
                self.change(run, |was, _| Run { detail: detail.clone(), ..was.clone() });
            }
        }
    }

    fn lose(&mut self, server: &str) {
        let lost = self.job.running_on(server);
        if lost.is_empty() {
            return;
        }
        self.is_back(server);
        for run in lost {
            self.change(run, |was, _| Run {
                state: RunState::Waiting,
                attempt: was.attempt,
                before: was.before.saturating_add(1),
                started: 0,
                ended: 0,
                detail: Detail::Why(format!("{server} went away during attempt {}", was.attempt)),
            });
        }
        self.advance();
    }

    fn take_over(&mut self) {
        self.undo.job(self.job);
        self.job.stored.epoch += 1;
        self.forget_who_is_away();
        self.commands.push(Command::SaveJob);
    }

    fn tick(&mut self) {
        for run in self.job.running().collect::<Vec<_>>() {
            let planned = &self.job.plan.runs[run];
            let limit = i64::from(planned.timeout_seconds) * 1_000 + DEADLINE_GRACE_MS;
            if self.now > self.job.runs[run].started.saturating_add(limit) {
                let message = format!("{} on {} sent no result within {} seconds", planned.step, planned.server, planned.timeout_seconds);
                self.finish(run, Err(Failure::new(&failure::STEP_TIMED_OUT, message)));
            }
        }
        self.give_up();
        // Nothing else wakes a server when a pause is over.
        let present = |lane: &usize| !self.job.away.contains_key(&self.job.shape.lane(*lane).server);
        let due: Vec<usize> = self.job.progress.paused().filter(present).collect();
        self.freed.extend(due);
        self.advance();
    }

    /// Where all that could still go on waits for servers that have been away for long, it fails.
    fn give_up(&mut self) {
        if self.job.running().next().is_some() {
            return;
        }
        let (shape, away, now) = (&self.job.shape, &self.job.away, self.now);
        let hopeless = |lane: usize| away.get(&shape.lane(lane).server).is_some_and(|since| now.saturating_sub(*since) > AWAY_MAX_MS);
        if !self.job.progress.free().all(hopeless) {
            return;
        }
        for lane in self.job.progress.free().collect::<Vec<_>>() {
            let Some(run) = self.job.progress.free_run(lane) else { continue };
            let server = &self.job.plan.runs[run].server;
            let message = format!("{server} does not ask for work: it is not up, or cannot reach control");
            let failure = Failure::new(&failure::SERVER_NOT_UP, message).hint("start it, then resume");
            self.change(run, |was, now| Run {
                state: RunState::Failed,
                started: now,
                ended: now,
                detail: Detail::Failure(failure),
                ..*was
            });
        }
    }

    fn retry(&mut self) {
        if !matches!(self.job.state, JobState::Failed | JobState::Cancelled) {
            return;
        }
        self.undo.job(self.job);
        self.job.stored.state = JobState::Running;
        self.job.stored.epoch += 1;
        self.forget_who_is_away();
        self.commands.push(Command::Begin);
        for run in 0..self.job.runs.len() {
            let Run { state, attempt, before, .. } = self.job.runs[run];
            if !state.passed() && (state != RunState::Waiting || attempt != before) {
                self.change(run, |was, _| Run { state: RunState::Waiting, before: attempt, started: 0, ended: 0, ..was.clone() });
            }
        }
        self.freed.extend(self.job.progress.free());
        self.advance();
    }

    fn finish(&mut self, run: usize, result: Result<Outcome, Failure>) {
        let counted = self.job.runs[run].attempts_counted();
        let pause = RETRY_AFTER_MS * i64::from(counted);
        let (state, after, detail) = match result {
            Ok(Outcome::Done) => (RunState::Done, 0, Detail::Nothing),
            Ok(Outcome::Warned(why)) => (RunState::Warned, 0, Detail::Why(why)),
            Ok(Outcome::Skipped(why)) => (RunState::Skipped, 0, Detail::Why(why)),
            Err(failure) if failure.is_host() && counted < ATTEMPTS_MAX => (RunState::Waiting, pause, Detail::Failure(failure)),
            Err(failure) => (RunState::Failed, 0, Detail::Failure(failure)),
        };
        self.change(run, |was, now| Run { state, ended: now + after, detail, ..*was });
    }

    /// Ends the job where nothing can go on, or wakes the servers whose lanes may go on now.
    fn advance(&mut self) {
        if self.job.progress.is_done() {
            return self.end(JobState::Succeeded);
        }
        if !self.job.progress.is_alive() {
            return self.end(JobState::Failed);
        }
        let due = |&lane: &usize| self.job.progress.free_run(lane).is_some_and(|run| self.job.runs[run].ended <= self.now);
        let servers: BTreeSet<usize> = self.freed.iter().copied().filter(due).map(|lane| self.job.shape.lane(lane).server).collect();
        let wakes = servers.into_iter().map(|server| Command::Wake { server: self.job.shape.server_name(server).to_string() });
        self.commands.extend(wakes);
    }

    fn end(&mut self, state: JobState) {
        self.undo.job(self.job);
        self.job.stored.state = state;
        self.commands.push(Command::End);
    }

    /// All changes of a run's state pass through here.
    fn change(&mut self, run: usize, to: impl FnOnce(&Run, i64) -> Run) {
        let Job { stored, shape, progress, .. } = &mut *self.job;
        assert!(!stored.runs[run].state.passed(), "a run that passed stays so: {} of job {}", stored.plan.runs[run].step, stored.id);
        let to = to(&stored.runs[run], self.now);
        self.undo.run(run, std::mem::replace(&mut stored.runs[run], to));
        self.freed.extend(progress.follow(shape, &stored.runs, run));
        self.commands.push(Command::Save { run });
    }

    fn is_back(&mut self, server: &str) {
        if let Some(number) = self.job.shape.server(server) {
            self.note_away(number, None);
        }
    }

    fn forget_who_is_away(&mut self) {
        for server in self.job.away.keys().copied().collect::<Vec<_>>() {
            self.note_away(server, None);
        }
    }

    fn note_away(&mut self, server: usize, since: Option<i64>) {
        let away = &mut self.job.away;
        let was = if let Some(since) = since { away.insert(server, since) } else { away.remove(&server) };
        if was != since {
            self.undo.away(server, was);
        }
    }
}
