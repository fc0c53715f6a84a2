//! What control and servers say to one another, and the news that watchers read.

use engine::failure::Failure;
use engine::job::{Detail, Job, JobState, RunState};
use engine::outcome::{Change, Outcome};
use engine::step::Order;
use serde::{Deserialize, Serialize};

pub mod subjects {
    pub const CLAIM: &str = "control.claim";
    pub const REPORT: &str = "control.report";

    pub fn wake(server: &str) -> String {
        format!("wake.{server}")
    }

    pub fn news(job: i64) -> String {
        format!("news.{job}")
    }

    /// Calls of business functions and orders of batch jobs to one server.
    pub fn kernel(server: &str) -> String {
        format!("kernel.{server}")
    }

    /// A batch job's process on this server ended.
    pub fn batch_ended(server: &str) -> String {
        format!("batch.{server}")
    }
}

/// A server asks for what it may do now, and says what it is at, job and run: an order that was lost on its way is so given again.
#[derive(Serialize, Deserialize)]
pub struct ClaimAsked {
    pub server: String,
    pub working: Vec<(i64, usize)>,
}

#[derive(Default, Serialize, Deserialize)]
pub struct ClaimGiven {
    pub orders: Vec<Order>,
    /// What the server is at and nobody waits for any more: its job was cancelled, or the run timed out.
    pub stop: Vec<(i64, usize)>,
}

/// How one attempt ended.
#[derive(Clone, Serialize, Deserialize)]
pub struct Report {
    pub job: i64,
    pub run: usize,
    pub attempt: u32,
    pub epoch: i64,
    pub server: String,
    pub result: Result<Outcome, Failure>,
    pub changes: Vec<Change>,
}

/// What happens, for whoever watches. Carries no truth: the store has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "news")]
pub enum News {
    JobBegan { job: i64 },
    Run { job: i64, run: usize, step: String, server: String, state: RunState, attempt: u32, detail: Detail },
    Progress { job: i64, run: usize, done: u64, total: u64, cached: u64, what: String },
    Log { job: i64, run: usize, line: String },
    PackageChanged { server: String, path_code: String, package: String },
    JobEnded { job: i64, state: JobState },
}

impl News {
    pub fn run(job: &Job, run: usize) -> News {
        let (planned, now) = (&job.plan.runs[run], &job.runs[run]);
        let (step, server, detail) = (planned.step.clone(), planned.server.clone(), now.detail.clone());
        News::Run { job: job.id, run, step, server, state: now.state, attempt: now.attempt, detail }
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("plain data becomes JSON")
    }
}

/// What is asked of the kernels of one server.
#[derive(Serialize, Deserialize)]
pub enum KernelAsked {
    /// Calls a business function of a package that lies on the server.
    Call {
        location: Location,
        function: String,
        layout: kernels::Layout,
        values: serde_json::Map<String, serde_json::Value>,
        user: String,
        seconds_max: u64,
    },
    /// Starts a batch job; one that was started before is only looked at.
    Start { location: Location, job: i64, report: String, version: String, user: String, calls: Vec<kernels::batch::BatchCall> },
    /// How batch jobs stand.
    Look { jobs: Vec<i64> },
}

/// Where a package lies on a server.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Location {
    pub path_code: String,
    pub bits: u16,
    pub package: String,
}

/// How a batch job stands on its server.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct JobStands {
    pub job: i64,
    /// processing, done or error
    pub state: String,
    pub pid: i64,
    pub pid_start: i64,
    pub started: i64,
    pub ended: i64,
    pub failure: String,
    /// The calls with what each left.
    pub results: serde_json::Value,
}
