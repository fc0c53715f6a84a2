//! Calls one business function in a process of its own and waits for the answer. It runs no foreign code itself: whatever that code does, it
//! comes back as a value.

use std::ffi::OsStr;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::{Map, Value};

use crate::child::{KernelAnswer, KernelOrder};
use crate::frame::{self, FrameError};
use crate::layout::Layout;
use crate::log::Log;
use crate::process::{Ending, kill_group, wait_for_end};
use crate::worker::{CallReply, Refusal};

/// The hidden command that the binary offers for calls.
pub const KERNEL_CHILD: &str = "kernel-child";

const DEADLINE_MAX: Duration = Duration::from_secs(24 * 60 * 60);
/// What a kernel that has answered, or closed its connection, may still take to end.
const ENDING_MAX: Duration = Duration::from_secs(2);
/// Nothing else of the server's environment is foreign code's business: it may hold credentials.
const ENVIRONMENT: [&str; 7] = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "USER"];

/// A call of one business function.
#[derive(Clone, Debug)]
pub struct CallOrder {
    /// The binary that offers `kernel-child`, normally that of this process.
    pub program: PathBuf,
    /// The folder of the package's libraries.
    pub libraries: PathBuf,
    /// The package's `functions.txt`.
    pub functions: PathBuf,
    pub function: String,
    pub layout: Layout,
    pub values: Map<String, Value>,
    pub user: String,
    /// Where its output goes. Its folder is the working directory of the call.
    pub log: PathBuf,
    /// What the call may add to its log, or write into any other file.
    pub log_bytes_max: u64,
    pub deadline: Duration,
    pub memory_bytes_max: Option<u64>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallFailure {
    #[error(transparent)]
    Refused(Refusal),
    #[error("function {function} crashed, {ending}")]
    Crashed { function: String, ending: Ending, last_lines: Vec<String> },
    #[error("function {function} ended its process instead of returning: {ending}")]
    Exited { function: String, ending: Ending, last_lines: Vec<String> },
    #[error("function {function} did not return within {milliseconds} milliseconds and was killed")]
    DeadlineExceeded { function: String, milliseconds: u128, last_lines: Vec<String> },
    #[error("function {function} wrote more than {bytes_max} bytes to its log or to another file and was killed")]
    OutputTooLarge { function: String, bytes_max: u64, last_lines: Vec<String> },
    #[error("the answer of function {function} cannot be used: {reason}")]
    Protocol { function: String, reason: String },
    #[error("cannot start {program} to call a function: {source}")]
    CannotStart { program: PathBuf, source: io::Error },
    #[error("cannot write the log {log}: {source}")]
    Log { log: PathBuf, source: io::Error },
}

/// Calls the function and blocks until it has answered, failed or run out of time. Nothing of its process group is left then.
pub fn call(order: &CallOrder) -> Result<CallReply, CallFailure> {
    let end = Instant::now() + order.deadline.min(DEADLINE_MAX);
    let mut kernel = Kernel::start(order)?;
    match kernel.ask(order, end) {
        Ok(answer) => {
            // It may still flush what it has written.
            kernel.end(ENDING_MAX);
            answer.map_err(CallFailure::Refused)
        }
        Err(failure) => Err(kernel.explain(order, &failure)),
    }
}

/// The parent's side of a kernel process. Dropped, it leaves none.
struct Kernel {
    process: Child,
    connection: UnixStream,
    log: Log,
}

impl Kernel {
    fn start(order: &CallOrder) -> Result<Kernel, CallFailure> {
        let log_failed = |source| CallFailure::Log { log: order.log.clone(), source };
        let log = Log::open(&order.log).map_err(log_failed)?;
        let folder = order.log.parent().filter(|folder| !folder.as_os_str().is_empty());
        let cannot_start = |source| CallFailure::CannotStart { program: order.program.clone(), source };
        let (connection, childs_end) = UnixStream::pair().map_err(cannot_start)?;
        let mut command = prepare(&order.program, &log, childs_end, folder.unwrap_or(Path::new("."))).map_err(log_failed)?;
        command.arg0(format!("packwright call of {}", order.function)).arg(KERNEL_CHILD).process_group(0);
        let process = command.spawn().map_err(cannot_start)?;
        Ok(Kernel { process, connection, log })
    }

    fn ask(&mut self, order: &CallOrder, end: Instant) -> Result<KernelAnswer, FrameError> {
        let order = KernelOrder {
            parent: std::process::id(),
            libraries: absolute(&order.libraries),
            functions: absolute(&order.functions),
            function: order.function.clone(),
            layout: order.layout.clone(),
            values: order.values.clone(),
            user: order.user.clone(),
            log_bytes_max: order.log_bytes_max,
            memory_bytes_max: order.memory_bytes_max,
        };
        frame::send(&mut self.connection, &order, Some(end))?;
        frame::receive(&mut self.connection, Some(end))
    }

    /// Ends the process and all it started; how it ended, if it did so by itself in the given time.
    fn end(&mut self, patience: Duration) -> Option<Ending> {
        let by_itself = wait_for_end(self.process.id(), patience).unwrap_or(false);
        kill_group(self.process.id());
        // Foreign code may have left the group.
        let _ = self.process.kill();
        self.process.wait().ok().filter(|_| by_itself).map(Ending::from)
    }

    /// Why no answer came. How the process ended says more than a connection that was closed; an answer that cannot be read says all, and how
    /// its process ended is then a matter of which of the two was quicker.
    fn explain(&mut self, order: &CallOrder, failure: &FrameError) -> CallFailure {
        let time_is_up = matches!(failure, FrameError::TimeUp);
        let ending = self.end(if matches!(failure, FrameError::Closed) { ENDING_MAX } else { Duration::ZERO });
        let (function, last_lines) = (order.function.clone(), self.log.last_lines());
        if matches!(failure, FrameError::TooLarge { .. } | FrameError::Damaged(_)) {
            return CallFailure::Protocol { function, reason: failure.to_string() };
        }
        match ending {
            Some(ending) if ending.is_signal(Signal::XFSZ) => {
                CallFailure::OutputTooLarge { function, bytes_max: order.log_bytes_max, last_lines }
            }
            Some(ending @ Ending::Signal(_)) => CallFailure::Crashed { function, ending, last_lines },
            Some(ending @ Ending::Code(_)) => CallFailure::Exited { function, ending, last_lines },
            None if time_is_up => CallFailure::DeadlineExceeded { function, milliseconds: order.deadline.as_millis(), last_lines },
            None => CallFailure::Protocol { function, reason: failure.to_string() },
        }
    }
}

impl Drop for Kernel {
    fn drop(&mut self) {
        // Once waited for, the number may be another's.
        if let Ok(None) = self.process.try_wait() {
            self.end(Duration::ZERO);
        }
    }
}

/// A command whose standard input is the connection and whose output goes to the log.
pub(crate) fn prepare(program: &Path, log: &Log, connection: UnixStream, folder: &Path) -> io::Result<Command> {
    let mut command = Command::new(absolute(program));
    let environment = std::env::vars_os().filter(|(name, _)| ENVIRONMENT.iter().any(|kept| OsStr::new(kept) == name));
    command.env_clear().envs(environment).current_dir(folder);
    command.stdin(Stdio::from(OwnedFd::from(connection))).stdout(log.output()?).stderr(log.output()?);
    Ok(command)
}

/// The same path for a process that works in another folder.
pub(crate) fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
