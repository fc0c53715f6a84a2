//! What control and servers say to one another, and the news that watchers read.

use engine::failure::Failure;
use engine::host::Built;
use engine::job::{Detail, Job, JobState, RunState};
use engine::outcome::{Change, Outcome};
use engine::step::Order;
use serde::{Deserialize, Serialize};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Subjects of the bus. A server speaks only on those that carry its name, so that a credential can hold it to them.
pub mod subjects {
    /// All that servers say to control, and the questions of other controls to the one that leads.
    pub const CLAIMS: &str = "control.claim.*";
    pub const REPORTS: &str = "control.report.*";
    pub const QUESTIONS: &str = "control.ask.*";
    pub const API: &str = "control.api";
    /// Ends of batch jobs, of all servers.
    pub const BATCH_ENDED: &str = "news.*.batch";
    pub const NEWS: &str = "news.*.*";
    /// Whose news control's own are.
    pub const CONTROL: &str = "control";

    pub fn claim(server: &str) -> String {
        format!("control.claim.{server}")
    }

    pub fn report(server: &str) -> String {
        format!("control.report.{server}")
    }

    pub fn ask(server: &str) -> String {
        format!("control.ask.{server}")
    }

    pub fn wake(server: &str) -> String {
        format!("wake.{server}")
    }

    /// News about a job from one server, or from control.
    pub fn news(from: &str, job: i64) -> String {
        format!("news.{from}.{job}")
    }

    /// All news about a job.
    pub fn news_about(job: i64) -> String {
        format!("news.*.{job}")
    }

    /// Calls of business functions and orders of batch jobs to one server.
    pub fn kernel(server: &str) -> String {
        format!("kernel.{server}")
    }

    /// A batch job's process on this server ended.
    pub fn batch_ended(server: &str) -> String {
        format!("news.{server}.batch")
    }

    /// The server in the last word of a subject.
    pub fn server_of(subject: &str) -> &str {
        subject.rsplit('.').next().unwrap_or_default()
    }
}

/// Which process speaks for a server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Speaker {
    pub server: String,
    /// Made anew by every process.
    pub instance: String,
    /// Its folder, on this start of this machine. One process at a time works in a folder, so another one of the same folder is its successor.
    #[serde(default)]
    pub home: String,
    pub host: String,
    pub process: u32,
    /// Of the program.
    pub version: String,
    /// Its clock, milliseconds since 1970.
    pub clock: i64,
}

impl Speaker {
    /// This process, for a server whose folder that is.
    pub fn new(server: &str, folder: &Path) -> Speaker {
        Speaker {
            server: server.into(),
            instance: instance(),
            home: home(folder).unwrap_or_default(),
            host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
            process: std::process::id(),
            version: env!("CARGO_PKG_VERSION").into(),
            clock: 0,
        }
    }
}

/// A name that no other folder of any machine has, nor a copy of this one.
fn home(folder: &Path) -> std::io::Result<String> {
    let folder = std::fs::metadata(folder)?;
    let start = std::fs::read_to_string("/proc/sys/kernel/random/boot_id")?;
    Ok(format!("{}.{}.{}", start.trim(), folder.dev(), folder.ino()))
}

/// A name that no other process has or had: process numbers are used again.
pub fn instance() -> String {
    let random = std::fs::read_to_string("/proc/sys/kernel/random/uuid").unwrap_or_default();
    format!("{}.{}", std::process::id(), random.trim())
}

/// A server asks for what it may do now, and says what it is at: an order that was lost on its way is so given again.
#[derive(Serialize, Deserialize)]
pub struct ClaimAsked {
    pub speaker: Speaker,
    /// Job, run and attempt.
    pub working: Vec<(i64, usize, u32)>,
}

#[derive(Default, Serialize, Deserialize)]
pub struct ClaimGiven {
    pub orders: Vec<Order>,
    /// What the server is at and nobody waits for any more: its job was cancelled, or the run timed out.
    pub stop: Vec<(i64, usize)>,
    /// Why this process may not speak for the server; it then ends.
    pub refused: Option<Failure>,
}

/// What a server asks of control while it works on a step.
#[derive(Debug, Serialize, Deserialize)]
pub enum Asked {
    /// The hash that was published under a name.
    Goods {
        name: String,
    },
    /// The objects that a package shall have, with their kinds.
    PackageObjects {
        package: String,
        primary: String,
    },
    /// What the object cache has, in the order of the keys.
    LookUp {
        keys: Vec<String>,
    },
    /// The right to build keys; answers which of them were given.
    Claim {
        keys: Vec<String>,
        lease_seconds: u64,
    },
    Record {
        built: Vec<(String, Built)>,
    },
    Release {
        keys: Vec<String>,
    },
    /// Keys whose content is nowhere any more.
    Vanished {
        keys: Vec<String>,
    },
}

/// How one attempt ended.
#[derive(Clone, Serialize, Deserialize)]
pub struct Report {
    pub job: i64,
    pub run: usize,
    pub attempt: u32,
    pub result: Result<Outcome, Failure>,
    pub changes: Vec<Change>,
    /// What the attempt logged, with the time of each line: news of it may have been lost.
    pub lines: Vec<(i64, String)>,
}

/// What happens, for whoever watches. Carries no truth: the store has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "news")]
pub enum News {
    JobBegan {
        job: i64,
    },
    Run {
        job: i64,
        run: usize,
        step: String,
        server: String,
        state: RunState,
        attempt: u32,
        detail: Detail,
    },
    Progress {
        job: i64,
        run: usize,
        done: u64,
        total: u64,
        cached: u64,
        what: String,
    },
    /// One line of a server's log; they are counted from 1 within an attempt.
    Log {
        job: i64,
        run: usize,
        attempt: u32,
        number: u32,
        at: i64,
        line: String,
    },
    PackageChanged {
        server: String,
        path_code: String,
        package: String,
    },
    JobEnded {
        job: i64,
        state: JobState,
    },
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
    /// The server's folders.
    Tree,
    /// Whether the server can do its work. No toolchain: it does not compile.
    Doctor { toolchain: String, bits: Vec<u16>, path_codes: Vec<String> },
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
