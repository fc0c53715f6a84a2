//! A job carries out a plan: a state machine without hands. News goes in, commands come out; late, doubled or reordered news changes nothing.
//!
//! ```text
//!             claimed                    reported
//!   waiting ───────────▶ running ─────────────────────▶ done · warned · skipped
//!    │ ▲                  │   │
//!    │ │   server lost    │   └── failure, or the deadline ──▶ failed
//!    │ ├──────────────────┘                                    │ ▲
//!    │ ├──────── a host's failure while attempts are left ─────┤ │
//!    │ └──────────────────── retried by a person ──────────────┘ │
//!    └──── nothing else goes on, and its server stays away ──────┘
//! ```
//!
//! A job is running until every lane has ended or cannot go on, then succeeded, failed or cancelled; a retry makes a failed or cancelled
//! one run again and repeats only what is not done.
//!
//! News costs what it touches: the lanes of one server, and those that begin because a stage has passed. Only a retry, which a person asks
//! for, looks at every run. What makes it so is worked out from the plan (`shape`) and kept beside the runs (`progress`); neither is stored.

mod progress;
mod shape;
mod turn;
mod undo;
mod why;

pub use undo::Undo;

use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::plan::{Plan, PlanError, PlannedServer};
use progress::Progress;
use serde::{Deserialize, Serialize};
use shape::Shape;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::sync::Arc;

/// Attempts at one run before a host's failure counts as final.
pub const ATTEMPTS_MAX: u32 = 3;
/// How long a run waits after a host's failure, times the attempts so far.
pub const RETRY_AFTER_MS: i64 = 1_000;
/// How long a job with nothing else to do waits for servers that are away.
pub const AWAY_MAX_MS: i64 = 10 * 60 * 1_000;
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
    /// Number of the last attempt, counted for as long as the job is kept: a run and an attempt name one piece of work for ever.
    pub attempt: u32,
    /// How many of the attempts do not count towards the limit: those before the last retry by a person, and those lost with their server.
    #[serde(default)]
    pub before: u32,
    pub started: i64,
    /// When it ended; while it waits to be tried again, when that may be.
    pub ended: i64,
    pub detail: Detail,
}

impl Run {
    fn new() -> Run {
        Run { state: RunState::Waiting, attempt: 0, before: 0, started: 0, ended: 0, detail: Detail::Nothing }
    }

    /// The attempts that count towards the limit.
    pub fn attempts_counted(&self) -> u32 {
        self.attempt.saturating_sub(self.before)
    }
}

/// What is stored of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub id: i64,
    /// Raised by each retry and whenever another control takes the job over: a server refuses orders of an older one.
    pub epoch: i64,
    pub plan: Arc<Plan>,
    pub state: JobState,
    pub runs: Vec<Run>,
}

/// A job at work. What is stored of it is read like fields of its own and changes through `apply` alone, so that what is kept beside the
/// runs stays true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    stored: Stored,
    shape: Arc<Shape>,
    progress: Progress,
    /// Servers that something waits for, by number, and since when they have not asked for work. Not stored: whoever takes the job over
    /// listens for itself.
    away: BTreeMap<usize, i64>,
}

impl Deref for Job {
    type Target = Stored;

    fn deref(&self) -> &Stored {
        &self.stored
    }
}

/// What was stored is no job.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error("the plan of job {job} has {planned} runs, and {stored} are stored")]
    Runs { job: i64, planned: usize, stored: usize },
}

/// News about a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A server takes a run on.
    Claimed { run: usize },
    /// A server says how an attempt ended. It counts if and only if the run is running with that attempt.
    Reported { run: usize, attempt: u32, result: Result<Outcome, Failure> },
    /// A server has not asked for work since then: what waits for it says so, and fails when nothing else goes on for long. Once it claims
    /// something it is back.
    Unreachable { server: String, since: i64 },
    /// A server's process is gone: what it worked on begins anew and does not count as an attempt.
    ServerLost { server: String },
    /// Another control goes on with the job; the servers live on, and report to it what they are at.
    TakenOver,
    /// Time went by.
    Ticked,
    /// A person asks to try again what is not done.
    Retried,
    /// A person ends the job.
    Cancelled,
}

/// What is to be done about it, in order, after the job is saved.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Command {
    /// The row of this run changed.
    Save { run: usize },
    /// The job's own row changed, and nothing that anybody waits for.
    SaveJob,
    /// The report was the one waited for: its changes take effect.
    ApplyChanges { run: usize },
    /// The job runs again.
    Begin,
    /// This server may find something to claim.
    Wake { server: String },
    /// The job reached a final state.
    End,
}

impl Job {
    /// A job with everything before it. The plan must be as `plan()` makes it: in order.
    pub fn new(id: i64, plan: impl Into<Arc<Plan>>) -> Job {
        let plan = plan.into();
        let runs = vec![Run::new(); plan.runs.len()];
        let stored = Stored { id, epoch: 1, plan, state: JobState::Running, runs };
        Job::restore(stored).expect("a planner puts runs in order")
    }

    /// A job as it was stored.
    pub fn restore(stored: Stored) -> Result<Job, JobError> {
        stored.plan.check_order()?;
        if stored.runs.len() != stored.plan.runs.len() {
            return Err(JobError::Runs { job: stored.id, planned: stored.plan.runs.len(), stored: stored.runs.len() });
        }
        let shape = Arc::new(Shape::new(&stored.plan));
        let progress = Progress::new(&shape, &stored.runs);
        Ok(Job { stored, shape, progress, away: BTreeMap::new() })
    }

    /// Takes news in and says what to do. Pure: the same news twice, or news about a past attempt, changes nothing.
    pub fn apply(&mut self, event: Event, now: i64) -> Vec<Command> {
        self.apply_with_undo(event, now, &mut Undo::default())
    }

    /// As `apply`, for a caller that must first save the job and may fail to: what the news changes is added to `undo` as it was before.
    /// One `Undo` may gather several pieces of news about the same job, which are then taken back together.
    pub fn apply_with_undo(&mut self, event: Event, now: i64, undo: &mut Undo) -> Vec<Command> {
        turn::take(self, event, now, undo)
    }

    /// Takes back everything that `undo` gathered, as if it had never been heard. Nothing else may have been applied since it began.
    pub fn undo(&mut self, undo: Undo) {
        undo.take_back(self);
    }

    /// The runs that a server may take on now, at most one a lane.
    pub fn ready(&self, server: &str, now: i64) -> Vec<usize> {
        if self.state != JobState::Running {
            return Vec::new();
        }
        let lanes = self.shape.lanes_on(server).iter();
        lanes.filter_map(|&lane| self.progress.free_run(lane)).filter(|&run| self.runs[run].ended <= now).collect()
    }

    /// The runs that a server has taken on.
    pub fn running_on(&self, server: &str) -> Vec<usize> {
        let runs = self.shape.lanes_on(server).iter().flat_map(|&lane| self.shape.lane(lane).runs.clone());
        runs.map(progress::looked_at).filter(|&run| self.runs[run].state == RunState::Running).collect()
    }

    /// The runs that any server has taken on, in order.
    pub fn running(&self) -> impl Iterator<Item = usize> {
        self.progress.running()
    }

    /// The servers that could take something on, in order of name: those that the job waits for if they are away.
    pub fn awaited(&self) -> Vec<&str> {
        let running = self.state == JobState::Running;
        let servers: BTreeSet<usize> = self.progress.free().filter(|_| running).map(|lane| self.shape.lane(lane).server).collect();
        let mut names: Vec<&str> = servers.into_iter().map(|server| self.shape.server_name(server)).collect();
        names.sort_unstable();
        names
    }

    /// Every server that has a run, in the order of their first runs.
    pub fn servers(&self) -> impl Iterator<Item = &str> {
        self.shape.server_names()
    }

    /// The server has a run.
    pub fn has_server(&self, name: &str) -> bool {
        self.shape.server(name).is_some()
    }

    /// The server of a run, where the plan's fleet knows it.
    pub fn planned_server(&self, run: usize) -> Option<&PlannedServer> {
        let name = &self.plan.runs.get(run)?.server;
        self.shape.in_fleet(&self.plan, name)
    }

    /// The first run that must pass before this one may begin; `None` where nothing is in the way.
    pub fn first_in_the_way(&self, run: usize) -> Option<usize> {
        self.progress.first_in_the_way(&self.shape, run)
    }
}

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;
