//! A job carries out a plan: a state machine without hands. News goes in, commands come out; late, doubled or reordered news changes nothing.
//!
//! ```text
//!             claimed                    reported
//!   waiting ───────────▶ running ─────────────────────▶ done · warned · skipped
//!      ▲                  │   │
//!      │   server lost    │   └── failure, or the deadline ──▶ failed
//!      ├──────────────────┘                                      │
//!      ├──────── a host's failure while attempts are left ───────┤
//!      └──────────────────── retried by a person ────────────────┘
//! ```
//!
//! A job is running until every lane has ended or cannot go on, then succeeded, failed or cancelled; a retry makes a failed or cancelled
//! one run again and repeats only what is not done.

use crate::failure::{self, Failure};
use crate::outcome::Outcome;
use crate::plan::Plan;
use serde::{Deserialize, Serialize};

/// Attempts at one run before a host's failure counts as final.
pub const ATTEMPTS_MAX: u32 = 3;
/// How long a run waits after a host's failure, times the attempts so far.
pub const RETRY_AFTER_MS: i64 = 1_000;
/// What a deadline leaves beyond a step's own limit, so that the step's report of it comes first.
const DEADLINE_GRACE_MS: i64 = 30_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Not begun, or to be tried again.
    Waiting,
    /// A server works on it; it has a deadline.
    Running,
    Done,
    Warned,
    Skipped,
    Failed,
}

impl RunState {
    pub fn word(self) -> &'static str {
        match self {
            RunState::Waiting => "waiting",
            RunState::Running => "running",
            RunState::Done => "done",
            RunState::Warned => "warned",
            RunState::Skipped => "skipped",
            RunState::Failed => "failed",
        }
    }

    pub fn from_word(word: &str) -> Option<RunState> {
        use RunState::{Done, Failed, Running, Skipped, Waiting, Warned};
        [Waiting, Running, Done, Warned, Skipped, Failed].into_iter().find(|state| state.word() == word)
    }

    /// The lane may go on behind it.
    pub fn passed(self) -> bool {
        matches!(self, RunState::Done | RunState::Warned | RunState::Skipped)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    Running,
    Succeeded,
    Failed,
    Cancelled,
}

impl JobState {
    pub fn word(self) -> &'static str {
        match self {
            JobState::Running => "running",
            JobState::Succeeded => "succeeded",
            JobState::Failed => "failed",
            JobState::Cancelled => "cancelled",
        }
    }

    pub fn from_word(word: &str) -> Option<JobState> {
        use JobState::{Cancelled, Failed, Running, Succeeded};
        [Running, Succeeded, Failed, Cancelled].into_iter().find(|state| state.word() == word)
    }
}

/// Why a run ended as it did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Detail {
    #[default]
    Nothing,
    Why(String),
    Failure(Failure),
}

/// One run with its attempts. Times are milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    pub state: RunState,
    pub attempt: u32,
    pub started: i64,
    /// When it ended; while it waits to be tried again, when that may be.
    pub ended: i64,
    pub detail: Detail,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    pub id: i64,
    /// Raised whenever another process takes the job over.
    pub epoch: i64,
    pub plan: Plan,
    pub state: JobState,
    pub runs: Vec<Run>,
}

/// News about a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A server takes a run on.
    Claimed { run: usize },
    /// A server says how an attempt ended.
    Reported { run: usize, attempt: u32, result: Result<Outcome, Failure> },
    /// A server has not asked for work for long: what waits for it fails, and can be tried again when it is back.
    Unreachable { server: String },
    /// A server's process is gone: what it worked on begins anew and does not count as an attempt.
    ServerLost { server: String },
    /// Time went by.
    Ticked,
    /// A person asks to try again what is not done.
    Retried,
    /// A person ends the job.
    Cancelled,
}

/// What is to be done about it, in order, after the job is saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// The row of this run changed.
    Save { run: usize },
    /// The report was the one waited for: its changes take effect.
    ApplyChanges { run: usize },
    /// The job runs again.
    Begin,
    /// These servers may find something to claim.
    Wake { server: String },
    /// The job reached a final state.
    End,
}

impl Job {
    pub fn new(id: i64, plan: Plan) -> Job {
        let run = Run { state: RunState::Waiting, attempt: 0, started: 0, ended: 0, detail: Detail::Nothing };
        let runs = vec![run; plan.runs.len()];
        Job { id, epoch: 1, plan, state: JobState::Running, runs }
    }

    /// The runs that a server may take on now, at most one a lane.
    pub fn ready(&self, server: &str, now: i64) -> Vec<usize> {
        if self.state != JobState::Running {
            return Vec::new();
        }
        (0..self.runs.len())
            .filter(|&run| self.plan.runs[run].server == server && self.runs[run].state == RunState::Waiting && self.runs[run].ended <= now)
            .filter(|&run| self.first_in_the_way(run).is_none())
            .collect()
    }

    /// The runs that a server has taken on.
    pub fn running_on(&self, server: &str) -> Vec<usize> {
        (0..self.runs.len()).filter(|&run| self.plan.runs[run].server == server && self.runs[run].state == RunState::Running).collect()
    }

    /// The first run that must pass before this one may begin; `None` where nothing is in the way.
    pub fn first_in_the_way(&self, run: usize) -> Option<usize> {
        let this = &self.plan.runs[run];
        (0..run).find(|&other| {
            let that = &self.plan.runs[other];
            let precedes = that.lane == this.lane || (that.stage < this.stage && (!self.plan.per_server || that.server == this.server));
            precedes && !self.runs[other].state.passed()
        })
    }

    /// Takes news in and says what to do. Pure: the same news twice, or news about a past attempt, changes nothing.
    pub fn apply(&mut self, event: Event, now: i64) -> Vec<Command> {
        match event {
            Event::Retried => self.retry(),
            _ if self.state != JobState::Running => Vec::new(),
            Event::Claimed { run } => {
                if !self.ready_contains(run, now) {
                    return Vec::new();
                }
                let attempt = self.runs[run].attempt + 1;
                vec![self.set(run, Run { state: RunState::Running, attempt, started: now, ended: 0, detail: Detail::Nothing })]
            }
            Event::Reported { run, attempt, result } => {
                if !self.runs.get(run).is_some_and(|r| r.state == RunState::Running && r.attempt == attempt) {
                    return Vec::new();
                }
                let mut commands = vec![self.finish(run, result, now), Command::ApplyChanges { run }];
                commands.extend(self.advance());
                commands
            }
            Event::ServerLost { server } => {
                let lost = |job: &Job, run: usize| job.plan.runs[run].server == server && job.runs[run].state == RunState::Running;
                let mut commands: Vec<Command> = Vec::new();
                for run in 0..self.runs.len() {
                    if lost(self, run) {
                        let attempt = self.runs[run].attempt;
                        let why = Detail::Why(format!("{server} went away during attempt {attempt}"));
                        commands.push(self.set(run, Run { state: RunState::Waiting, attempt, started: 0, ended: 0, detail: why }));
                    }
                }
                if !commands.is_empty() {
                    commands.push(Command::Wake { server });
                }
                commands
            }
            Event::Unreachable { server } => {
                let mut commands = Vec::new();
                for run in self.ready(&server, now) {
                    let message = format!("{server} does not ask for work: it is not up, or cannot reach control");
                    let failure = Failure::new(&failure::SERVER_NOT_UP, message).hint("start it, then resume");
                    let attempt = self.runs[run].attempt;
                    let run_failed = Run { state: RunState::Failed, attempt, started: now, ended: now, detail: Detail::Failure(failure) };
                    commands.push(self.set(run, run_failed));
                }
                if !commands.is_empty() {
                    commands.extend(self.advance());
                }
                commands
            }
            Event::Ticked => self.tick(now),
            Event::Cancelled => {
                self.state = JobState::Cancelled;
                vec![Command::End]
            }
        }
    }

    fn ready_contains(&self, run: usize, now: i64) -> bool {
        self.plan.runs.get(run).is_some_and(|planned| self.ready(&planned.server, now).contains(&run))
    }

    /// All changes of a run's state pass through here.
    fn set(&mut self, run: usize, to: Run) -> Command {
        assert!(!self.runs[run].state.passed(), "a run that passed stays so: {} of job {}", self.plan.runs[run].step, self.id);
        self.runs[run] = to;
        Command::Save { run }
    }

    fn finish(&mut self, run: usize, result: Result<Outcome, Failure>, now: i64) -> Command {
        let Run { attempt, started, .. } = self.runs[run];
        let (state, ended, detail) = match result {
            Ok(Outcome::Done) => (RunState::Done, now, Detail::Nothing),
            Ok(Outcome::Warned(why)) => (RunState::Warned, now, Detail::Why(why)),
            Ok(Outcome::Skipped(why)) => (RunState::Skipped, now, Detail::Why(why)),
            Err(failure) if failure.is_host() && attempt < ATTEMPTS_MAX => {
                (RunState::Waiting, now + RETRY_AFTER_MS * i64::from(attempt), Detail::Failure(failure))
            }
            Err(failure) => (RunState::Failed, now, Detail::Failure(failure)),
        };
        self.set(run, Run { state, attempt, started, ended, detail })
    }

    fn tick(&mut self, now: i64) -> Vec<Command> {
        let mut commands = Vec::new();
        for run in 0..self.runs.len() {
            let limit = i64::from(self.plan.runs[run].timeout_seconds) * 1_000 + DEADLINE_GRACE_MS;
            if self.runs[run].state == RunState::Running && now > self.runs[run].started + limit {
                let planned = &self.plan.runs[run];
                let message = format!("{} on {} sent no result within {} seconds", planned.step, planned.server, planned.timeout_seconds);
                commands.push(self.finish(run, Err(Failure::new(&failure::STEP_TIMED_OUT, message)), now));
            }
        }
        commands.extend(self.advance());
        commands
    }

    /// Wakes the servers that have something to do now, or ends the job where nothing can go on.
    fn advance(&mut self) -> Vec<Command> {
        if self.runs.iter().all(|run| run.state.passed()) {
            self.state = JobState::Succeeded;
            return vec![Command::End];
        }
        let mut servers: Vec<String> = Vec::new();
        let mut alive = false;
        for run in 0..self.runs.len() {
            match self.runs[run].state {
                RunState::Running => alive = true,
                RunState::Waiting if self.first_in_the_way(run).is_none() => {
                    alive = true;
                    let server = &self.plan.runs[run].server;
                    if !servers.contains(server) {
                        servers.push(server.clone());
                    }
                }
                _ => {}
            }
        }
        if !alive {
            self.state = JobState::Failed;
            return vec![Command::End];
        }
        servers.into_iter().map(|server| Command::Wake { server }).collect()
    }

    fn retry(&mut self) -> Vec<Command> {
        if !matches!(self.state, JobState::Failed | JobState::Cancelled) {
            return Vec::new();
        }
        self.state = JobState::Running;
        // Attempts count anew: a late report of one from before must not be taken for one of these.
        self.epoch += 1;
        let mut commands = vec![Command::Begin];
        for run in 0..self.runs.len() {
            if !self.runs[run].state.passed() && self.runs[run].state != RunState::Waiting {
                let detail = std::mem::take(&mut self.runs[run].detail);
                commands.push(self.set(run, Run { state: RunState::Waiting, attempt: 0, started: 0, ended: 0, detail }));
            }
        }
        commands.extend(self.advance());
        commands
    }
}

#[cfg(test)]
mod tests;
