//! The kernels of one enterprise server: calls of business functions and batch jobs, each in a process of its own.

use super::look;
use crate::control::protocol::{JobStands, KernelAsked, Location, subjects};
use bus::{Bus, BusError, Requests};
use engine::failure::{self, Code, Evidence, Failure};
use kernels::batch::{self, BatchError, BatchOrder, BatchStatus, JobState};
use kernels::call::{self, CallFailure, CallOrder};
use kernels::{CallReply, Refusal};
use std::path::{Path, PathBuf};
use std::time::Duration;
use store::CentralObjects;

const LOG_BYTES_MAX: u64 = 64 * 1024 * 1024;
const MEMORY_BYTES_MAX: u64 = 8 * 1024 * 1024 * 1024;
const BATCH_SECONDS_MAX: u64 = 24 * 3_600;

#[derive(Clone)]
pub struct Kernel {
    server: String,
    root: PathBuf,
    sdk_include: PathBuf,
    bus: Bus,
    central: Option<CentralObjects>,
    runtime: tokio::runtime::Handle,
}

impl Kernel {
    pub fn new(server: String, root: PathBuf, sdk_include: PathBuf, bus: Bus, central: Option<CentralObjects>) -> Kernel {
        Kernel { server, root, sdk_include, bus, central, runtime: tokio::runtime::Handle::current() }
    }

    /// Listens from now on.
    pub async fn start(self) -> Result<tokio::task::JoinHandle<()>, BusError> {
        let requests = self.bus.respond(&subjects::kernel(&self.server)).await?;
        Ok(tokio::spawn(self.serve(requests)))
    }

    /// Answers until the bus ends. Each question has a thread of its own: a long call delays nobody.
    async fn serve(self, mut requests: Requests) {
        while let Some(request) = requests.next().await {
            let kernel = self.clone();
            tokio::task::spawn_blocking(move || {
                let answer = match serde_json::from_slice(&request.body) {
                    Ok(asked) => kernel.answer(asked),
                    Err(error) => {
                        Err(Failure::new(&failure::BAD_REQUEST, format!("cannot read what is asked of {}: {error}", kernel.server)))
                    }
                };
                request.reply(serde_json::to_vec(&answer).expect("plain data becomes JSON"));
            });
        }
    }

    fn answer(&self, asked: KernelAsked) -> Result<serde_json::Value, Failure> {
        match asked {
            KernelAsked::Call { location, function, layout, values, user, seconds_max } => {
                let (libraries, functions) = self.package(&location)?;
                let order = CallOrder {
                    program: this_program()?,
                    libraries,
                    functions,
                    function,
                    layout,
                    values,
                    user,
                    log: self.root.join("log").join("calls.log"),
                    log_bytes_max: LOG_BYTES_MAX,
                    deadline: Duration::from_secs(seconds_max),
                    memory_bytes_max: Some(MEMORY_BYTES_MAX),
                };
                std::fs::create_dir_all(self.root.join("log")).map_err(|error| {
                    Failure::new(&failure::FOLDER_NOT_WRITABLE, format!("cannot make the log folder of {}: {error}", self.server))
                })?;
                let reply: CallReply = call::call(&order).map_err(|error| self.call_failed(&error))?;
                Ok(json(&reply))
            }
            KernelAsked::Start { location, job, report, version, user, calls } => {
                let (libraries, functions) = self.package(&location)?;
                let order = BatchOrder {
                    job: u64::try_from(job).unwrap_or_default(),
                    report,
                    version,
                    user,
                    libraries,
                    functions,
                    calls,
                    deadline_seconds: BATCH_SECONDS_MAX,
                    log_bytes_max: LOG_BYTES_MAX,
                    memory_bytes_max: Some(MEMORY_BYTES_MAX),
                };
                let folder = self.job_folder(job);
                match batch::start(&this_program()?, &folder, &order) {
                    Ok(running) => {
                        self.tell_the_end(running);
                        Ok(json(&self.look(job)?))
                    }
                    Err(BatchError::StartedBefore { .. }) => Ok(json(&self.look(job)?)),
                    Err(error) => {
                        Err(Failure::new(&failure::HOST_FAILED, format!("cannot start batch job {job} on {}: {error}", self.server)))
                    }
                }
            }
            KernelAsked::Doctor { toolchain, bits, path_codes } => {
                let place = look::Place { server: &self.server, root: &self.root, sdk_include: &self.sdk_include };
                let mut findings = vec![look::folder(&place), look::disk(&place)];
                findings.extend(bits.into_iter().filter(|_| !toolchain.is_empty()).map(|bits| look::compiler(&place, &toolchain, bits)));
                findings.extend(self.runtime.block_on(look::abroad(&self.server, &self.bus, self.central.as_ref(), &path_codes)));
                Ok(json(&findings))
            }
            KernelAsked::Tree => Ok(json(&crate::tree::read(&self.root))),
            KernelAsked::Look { jobs } => {
                let lost =
                    |job, failure: Failure| JobStands { job, state: "error".into(), failure: failure.message, ..JobStands::default() };
                let stands: Vec<JobStands> =
                    jobs.into_iter().map(|job| self.look(job).unwrap_or_else(|failure| lost(job, failure))).collect();
                Ok(json(&stands))
            }
        }
    }

    /// The folder of a package's libraries and its list of functions.
    fn package(&self, location: &Location) -> Result<(PathBuf, PathBuf), Failure> {
        let folder = self.root.join(steps::paths::location(&location.path_code, location.bits, &location.package));
        let functions = folder.join(steps::paths::FUNCTIONS);
        if !functions.is_file() {
            let message = format!("package {} does not lie on {} where it was deployed", location.package, self.server);
            return Err(Failure::new(&failure::LIBRARY_NOT_LOADED, message)
                .hint("build and deploy it under a new name: what was deployed does not change"));
        }
        Ok((folder, functions))
    }

    fn job_folder(&self, job: i64) -> PathBuf {
        self.root.join("jobs").join(job.to_string())
    }

    /// Control looks again when a job's process has ended.
    fn tell_the_end(&self, running: batch::Running) {
        let (bus, server) = (self.bus.clone(), self.server.clone());
        tokio::task::spawn_blocking(move || {
            if batch::wait(running, Duration::from_secs(BATCH_SECONDS_MAX)).is_ok() {
                let _ = bus.publish(&subjects::batch_ended(&server), Vec::new());
            }
        });
    }

    fn look(&self, job: i64) -> Result<JobStands, Failure> {
        let folder = self.job_folder(job);
        let state = batch::look(&folder)
            .map_err(|error| Failure::new(&failure::HOST_FAILED, format!("cannot look at batch job {job}: {error}")))?;
        let failure = state.failure().unwrap_or_default();
        let (word, status): (&str, Option<BatchStatus>) = match state {
            JobState::Waiting => ("processing", None),
            JobState::Processing(status) => ("processing", Some(status)),
            JobState::Done(status) => ("done", Some(status)),
            JobState::Error(status) | JobState::Vanished(status, _) => ("error", Some(status)),
        };
        let mut stands = JobStands {
            job,
            state: word.into(),
            pid: 0,
            pid_start: 0,
            started: 0,
            ended: 0,
            failure,
            results: serde_json::Value::Array(Vec::new()),
        };
        if let Some(status) = status {
            let number = |value: u64| i64::try_from(value).unwrap_or_default();
            stands.pid = i64::from(status.pid);
            stands.pid_start = number(status.start_ticks);
            stands.started = number(status.started_ms);
            stands.ended = status.ended_ms.map_or(0, number);
            stands.results = serde_json::to_value(status.results).expect("plain data becomes JSON");
        }
        Ok(stands)
    }

    fn call_failed(&self, error: &CallFailure) -> Failure {
        let (code, hint): (&'static Code, &str) = match error {
            CallFailure::Refused(Refusal::FunctionUnknown { .. }) => {
                (&failure::UNKNOWN_NAME, "see the functions of the package with `packwright package contents`")
            }
            CallFailure::Refused(Refusal::LibraryDoesNotLoad { .. } | Refusal::FunctionMissing { .. } | Refusal::Functions { .. }) => {
                (&failure::LIBRARY_NOT_LOADED, "build and deploy the objects under a new package name")
            }
            CallFailure::Refused(Refusal::Values { .. } | Refusal::DataStructure { .. }) => {
                (&failure::BAD_REQUEST, "give each member a value of its type")
            }
            CallFailure::Crashed { .. }
            | CallFailure::Exited { .. }
            | CallFailure::OutputTooLarge { .. }
            | CallFailure::Refused(Refusal::WroteBehind { .. }) => {
                (&failure::FUNCTION_CRASHED, "nothing else was hurt; look at its last lines, and correct the source")
            }
            CallFailure::DeadlineExceeded { .. } => {
                (&failure::FUNCTION_TIMED_OUT, "give it more time with --seconds, or correct the source")
            }
            CallFailure::Protocol { .. } | CallFailure::CannotStart { .. } | CallFailure::Log { .. } | CallFailure::Refused(_) => {
                (&failure::HOST_FAILED, "")
            }
        };
        let lines = match error {
            CallFailure::Crashed { last_lines, .. }
            | CallFailure::Exited { last_lines, .. }
            | CallFailure::DeadlineExceeded { last_lines, .. }
            | CallFailure::OutputTooLarge { last_lines, .. } => last_lines.as_slice(),
            _ => &[],
        };
        let evidence =
            lines.iter().map(|line| Evidence { message: line.clone(), log: "log/calls.log".into(), ..Evidence::default() }).collect();
        Failure::new(code, format!("{error} on {}", self.server)).hint(hint).evidence(evidence)
    }
}

fn json(value: &impl serde::Serialize) -> serde_json::Value {
    serde_json::to_value(value).expect("plain data becomes JSON")
}

/// Children are this very program, also after its file was replaced by a newer one.
fn this_program() -> Result<PathBuf, Failure> {
    let own = Path::new("/proc/self/exe");
    std::env::current_exe()
        .ok()
        .filter(|path| path.exists())
        .or_else(|| own.exists().then(|| own.to_path_buf()))
        .ok_or_else(|| Failure::new(&failure::HOST_FAILED, "cannot find the program itself"))
}
