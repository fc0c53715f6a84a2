//! Batch jobs as the server sees them: starts one, looks how it stands, stops it. A job outlives the server's process, so all that is known of
//! it lies in its folder: `order.json`, and `status.json`, which the job's own process writes. No database is touched here.
//!
//! ```text
//! waiting --start--> processing --+--> done
//!                                 +--> error      a call failed, or the job was stopped
//!                                 +--> vanished   the process is gone and left no word
//! ```

mod order;

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant, SystemTime};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::process::WaitIdOptions;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::call::prepare;
use crate::frame;
use crate::log::Log;
use crate::process::{Ending, is_alive, kill_group, peek_ending, start_ticks, wait_for_end};
use crate::worker::CallReply;

pub(crate) use order::Reference;
pub use order::{BatchCall, BatchOrder, OrderError};

/// The hidden command that the binary offers for batch jobs; its argument is the job's folder.
pub const BATCH_CHILD: &str = "batch-child";

const ORDER_FILE: &str = "order.json";
const STATUS_FILE: &str = "status.json";
const ENDING_FILE: &str = "ending.json";
/// The job's log, which also takes what its functions write.
pub const LOG_FILE: &str = "job.log";
/// An order and a status stay far below this, by the limits of an order.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// What the child may take until it has written its first status.
const STARTING_MAX: Duration = Duration::from_secs(30);
const STOPPING_MAX: Duration = Duration::from_secs(10);

/// A job's process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Running {
    pub pid: u32,
    /// Clock ticks after boot.
    pub start_ticks: u64,
}

/// What the job's own process says of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BatchStatus {
    pub state: BatchState,
    pub pid: u32,
    pub start_ticks: u64,
    /// The call that runs, or ran last, from 1; 0 before the first.
    pub call: usize,
    pub calls: usize,
    pub results: Vec<BatchResult>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// Milliseconds since 1970, as is the end.
    pub started_ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_ms: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchState {
    Processing,
    Done,
    Error,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BatchResult {
    pub function: String,
    #[serde(flatten)]
    pub reply: CallReply,
}

/// How a job stands.
#[derive(Clone, Debug, PartialEq)]
pub enum JobState {
    Waiting,
    Processing(BatchStatus),
    Done(BatchStatus),
    Error(BatchStatus),
    /// Its process is gone without a last word. How it ended is known only when it was a child of this server or one that still ran then.
    Vanished(BatchStatus, Option<Ending>),
}

impl JobState {
    /// One sentence on what went wrong.
    pub fn failure(&self) -> Option<String> {
        match self {
            JobState::Waiting | JobState::Processing(_) | JobState::Done(_) => None,
            JobState::Error(status) => Some(status.failure.clone().unwrap_or_else(|| "the job ended with an error".to_owned())),
            JobState::Vanished(status, ending) => {
                let how = ending.map_or("it is not known how".to_owned(), |ending| ending.to_string());
                Some(format!("the process of the job is gone in call {} of {}: {how}", status.call, status.calls))
            }
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    #[error(transparent)]
    Order(#[from] OrderError),
    #[error("cannot {action} {path}: {source}")]
    File { action: &'static str, path: PathBuf, source: io::Error },
    #[error("{path} is damaged: {reason}")]
    Damaged { path: PathBuf, reason: String },
    #[error("the batch job in {folder} was started before")]
    StartedBefore { folder: PathBuf },
    #[error("there is no batch job in {folder}")]
    NoJob { folder: PathBuf },
    #[error("cannot start {program} for the batch job: {source}")]
    CannotStart { program: PathBuf, source: io::Error },
    #[error("the batch job did not start: {reason}")]
    NotStarted { reason: String },
    #[error("the batch job with process {pid} does not end")]
    DoesNotEnd { pid: u32 },
}

/// Starts a job in its folder, which is made. When this returns, the job's process has left this one's session and written its first status.
pub fn start(program: &Path, folder: &Path, order: &BatchOrder) -> Result<Running, BatchError> {
    order.check()?;
    fs::create_dir_all(folder).map_err(|source| BatchError::File { action: "make", path: folder.to_owned(), source })?;
    if folder.join(STATUS_FILE).exists() {
        return Err(BatchError::StartedBefore { folder: folder.to_owned() });
    }
    write_json(folder, ORDER_FILE, &order.with_absolute_paths(), RenameFlags::empty())?;
    let (mut process, mut connection) = spawn(program, folder)?;
    let ticks = start_ticks(process.id());
    let word = frame::receive::<Result<(), String>>(&mut connection, Some(Instant::now() + STARTING_MAX));
    let reason = match (word, ticks) {
        (Ok(Ok(())), Some(start_ticks)) => {
            let running = Running { pid: process.id(), start_ticks };
            reap(process, folder.to_owned());
            return Ok(running);
        }
        (Ok(Err(reason)), _) => reason,
        (Err(failure), _) => format!("its process said nothing: {failure}"),
        (Ok(Ok(())), None) => "its process cannot be seen".to_owned(),
    };
    let _ = process.kill();
    let _ = process.wait();
    Err(BatchError::NotStarted { reason })
}

fn spawn(program: &Path, folder: &Path) -> Result<(Child, UnixStream), BatchError> {
    let log_path = folder.join(LOG_FILE);
    let log = Log::open(&log_path).map_err(|source| BatchError::File { action: "write", path: log_path, source })?;
    let cannot_start = |source| BatchError::CannotStart { program: program.to_owned(), source };
    let (connection, childs_end) = UnixStream::pair().map_err(cannot_start)?;
    let mut command = prepare(program, &log, childs_end, folder).map_err(cannot_start)?;
    command.arg0(format!("packwright batch job {}", folder.display())).arg(BATCH_CHILD).arg(".");
    let process = command.spawn().map_err(cannot_start)?;
    Ok((process, connection))
}

/// Waits for a job's process on a thread of its own, and notes how it ended before the system forgets it. Should there be no thread, the process
/// stays unreaped until this one ends, and `look` still sees how it ended.
fn reap(mut process: Child, folder: PathBuf) {
    let wait = move || {
        if let Some(ending) = peek_ending(process.id(), WaitIdOptions::empty()) {
            // Without the note, the job vanishes for reasons unknown, which is bearable.
            let _ = write_json(&folder, ENDING_FILE, &ending, RenameFlags::empty());
        }
        let _ = process.wait();
    };
    let _ = std::thread::Builder::new().name("batch job".to_owned()).spawn(wait);
}

/// Waits until the job's process has ended; false when the time is up first.
pub fn wait(running: Running, timeout: Duration) -> io::Result<bool> {
    Ok(!is_alive(running.pid, running.start_ticks) || wait_for_end(running.pid, timeout)?)
}

/// How the job stands that lies in a folder, whoever started it.
pub fn look(folder: &Path) -> Result<JobState, BatchError> {
    let Some(status) = read_json::<BatchStatus>(folder, STATUS_FILE)? else {
        let waits = folder.join(ORDER_FILE).exists();
        return if waits { Ok(JobState::Waiting) } else { Err(BatchError::NoJob { folder: folder.to_owned() }) };
    };
    if status.state == BatchState::Processing && is_alive(status.pid, status.start_ticks) {
        return Ok(JobState::Processing(status));
    }
    // It may have ended between the two looks.
    let status = read_json::<BatchStatus>(folder, STATUS_FILE)?.unwrap_or(status);
    Ok(match status.state {
        BatchState::Done => JobState::Done(status),
        BatchState::Error => JobState::Error(status),
        BatchState::Processing => {
            let ending = ending(folder, status.pid)?;
            JobState::Vanished(status, ending)
        }
    })
}

/// The note of the one who waited for the process, or what the system says while nobody has; the note again, because it may be written while the
/// system is asked.
fn ending(folder: &Path, pid: u32) -> Result<Option<Ending>, BatchError> {
    if let Some(ending) = read_json(folder, ENDING_FILE)? {
        return Ok(Some(ending));
    }
    match peek_ending(pid, WaitIdOptions::NOHANG) {
        Some(ending) => Ok(Some(ending)),
        None => read_json(folder, ENDING_FILE),
    }
}

/// Kills a job that is processing, with all it started, and notes the reason as its failure; false when it was not processing.
pub fn stop(folder: &Path, reason: &str) -> Result<bool, BatchError> {
    let JobState::Processing(status) = look(folder)? else { return Ok(false) };
    kill_group(status.pid);
    let running = Running { pid: status.pid, start_ticks: status.start_ticks };
    let ended = wait(running, STOPPING_MAX).map_err(|source| BatchError::File { action: "watch", path: folder.to_owned(), source })?;
    if !ended {
        return Err(BatchError::DoesNotEnd { pid: status.pid });
    }
    // Its last word, if it still had one, stands.
    let JobState::Vanished(status, _) = look(folder)? else { return Ok(false) };
    let stopped = BatchStatus { state: BatchState::Error, failure: Some(reason.to_owned()), ended_ms: Some(now_ms()), ..status };
    write_status(folder, &stopped)?;
    Ok(true)
}

pub(crate) fn read_order(folder: &Path) -> Result<BatchOrder, BatchError> {
    let order: Option<BatchOrder> = read_json(folder, ORDER_FILE)?;
    let order = order.ok_or_else(|| BatchError::NoJob { folder: folder.to_owned() })?;
    order.check()?;
    Ok(order)
}

/// The first status of a job. Of two processes that were started for it, only one gets past here.
pub(crate) fn write_first_status(folder: &Path, status: &BatchStatus) -> Result<(), BatchError> {
    match write_json(folder, STATUS_FILE, status, RenameFlags::NOREPLACE) {
        Err(BatchError::File { source, .. }) if source.kind() == io::ErrorKind::AlreadyExists => {
            Err(BatchError::StartedBefore { folder: folder.to_owned() })
        }
        other => other,
    }
}

pub(crate) fn write_status(folder: &Path, status: &BatchStatus) -> Result<(), BatchError> {
    write_json(folder, STATUS_FILE, status, RenameFlags::empty())
}

/// Writes beside and renames, so that a reader sees the old file or the new one, also after the machine went down. The name beside holds the
/// process, because a job and its server may write at once.
fn write_json<T: Serialize>(folder: &Path, name: &str, content: &T, flags: RenameFlags) -> Result<(), BatchError> {
    let (path, beside) = (folder.join(name), folder.join(format!("{name}.{}", std::process::id())));
    let failed = |source| BatchError::File { action: "write", path: path.clone(), source };
    let bytes = serde_json::to_vec(content).map_err(|failure| failed(failure.into()))?;
    let mut file = File::create(&beside).map_err(failed)?;
    file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(failed)?;
    renameat_with(CWD, &beside, CWD, &path, flags).map_err(|failure| {
        let _ = fs::remove_file(&beside);
        failed(failure.into())
    })
}

/// None where there is no such file.
fn read_json<T: DeserializeOwned>(folder: &Path, name: &str) -> Result<Option<T>, BatchError> {
    let path = folder.join(name);
    let failed = |source| BatchError::File { action: "read", path: path.clone(), source };
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(failure) if failure.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(failure) => return Err(failed(failure)),
    };
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(BatchError::Damaged { path, reason: format!("it has more than {FILE_BYTES_MAX} bytes") });
    }
    serde_json::from_slice(&bytes).map(Some).map_err(|failure| BatchError::Damaged { path, reason: failure.to_string() })
}

pub(crate) fn now_ms() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_millis() as u64)
}

/// Where the job's log lies.
pub fn log_path(folder: &Path) -> PathBuf {
    folder.join(LOG_FILE)
}
