//! The process of one batch job: the entry of the hidden command `batch-child FOLDER`. It runs the calls of the folder's order one after the
//! other in itself, says how it stands in `status.json`, and needs nobody to survive. A crash in a call ends it, and `batch::look` sees that.

use std::io::{self, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::process::{Signal, kill_current_process_group, setsid};
use serde_json::{Map, Value};

use crate::batch::{self, BatchCall, BatchError, BatchOrder, BatchResult, BatchState, BatchStatus, Reference};
use crate::frame;
use crate::limits;
use crate::process::start_ticks;
use crate::worker::{CallReply, Worker};

/// The result with which a business function says that it failed.
const ER_ERROR: i32 = 2;

/// The whole of the hidden command.
pub fn batch_child_main(folder: &Path) -> ExitCode {
    let Ok(mut connection) = limits::take_connection() else {
        return ExitCode::FAILURE;
    };
    let begun = Job::begin(folder);
    let word = begun.as_ref().map(|_| ()).map_err(|failure| failure.to_string());
    tell(&mut connection, &word);
    drop(connection);
    match begun {
        Ok(job) => job.run(),
        Err(_) => ExitCode::FAILURE,
    }
}

/// The server may be gone by now; the job runs all the same.
fn tell(connection: &mut UnixStream, word: &Result<(), String>) {
    let _ = frame::send(connection, word, None);
}

#[derive(Debug, thiserror::Error)]
enum BeginError {
    #[error(transparent)]
    Job(#[from] BatchError),
    #[error("cannot set up its process: {0}")]
    Setup(#[from] io::Error),
}

struct Job {
    order: BatchOrder,
    report: Report,
}

impl Job {
    fn begin(folder: &Path) -> Result<Job, BeginError> {
        let order = batch::read_order(folder)?;
        // A session of its own, so that neither the end of the server nor that of its terminal reaches the job.
        setsid().map_err(io::Error::from)?;
        limits::confine(order.log_bytes_max, order.memory_bytes_max)?;
        let report = Report::begin(folder, order.calls.len())?;
        Ok(Job { order, report })
    }

    fn run(self) -> ExitCode {
        let Job { order, report } = self;
        say(&format!(
            "batch job {} begins: report {}, version {}, user {}, {} calls",
            order.job,
            order.report,
            order.version,
            order.user,
            order.calls.len()
        ));
        let written = watch_the_clock(report.clone(), order.deadline_seconds).and_then(|()| {
            let failure = run_calls(&order, &report).err();
            report.end(failure).map_err(io::Error::other)
        });
        match written {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => {
                say(&format!("the job cannot say how it stands: {failure}"));
                ExitCode::FAILURE
            }
        }
    }
}

fn run_calls(order: &BatchOrder, report: &Report) -> Result<(), String> {
    let worker = Worker::start(&order.user, &order.report, &order.version, order.libraries.clone(), order.functions.clone());
    let worker = worker.map_err(|refusal| refusal.to_string())?;
    let mut left: Vec<CallReply> = Vec::new();
    for (place, call) in order.calls.iter().enumerate() {
        let number = place + 1;
        let failed = |reason: String| format!("call {number}, {}: {reason}", call.function);
        say(&format!("call {number} of {}: {}", order.calls.len(), call.function));
        report.change(|status| status.call = number).map_err(|failure| failed(failure.to_string()))?;
        let values = values_of(call, &left).map_err(failed)?;
        let reply = worker.run(&call.function, &call.layout, &values).map_err(|refusal| failed(refusal.to_string()))?;
        say_reply(number, &reply);
        let result = BatchResult { function: call.function.clone(), reply: reply.clone() };
        report.change(|status| status.results.push(result)).map_err(|failure| failed(failure.to_string()))?;
        // Later calls may build on what this one did, so none of them runs after an error.
        if reply.result == ER_ERROR {
            return Err(failed(format!("the function returned an error{}", messages(&reply))));
        }
        left.push(reply);
    }
    Ok(())
}

/// The values of a call, with references replaced by what the earlier calls left.
fn values_of(call: &BatchCall, left: &[CallReply]) -> Result<Map<String, Value>, String> {
    let value_of = |(member, value): (&String, &Value)| {
        let Some(reference) = Reference::of(value) else { return Ok((member.clone(), value.clone())) };
        let earlier = reference.call.checked_sub(1).and_then(|place| left.get(place));
        let value = earlier.and_then(|reply| reply.values.get(reference.member));
        let unreadable = || format!("call {} left nothing readable in {}, which {member} is to take", reference.call, reference.member);
        value.map(|value| (member.clone(), value.clone())).ok_or_else(unreadable)
    };
    call.values.iter().map(value_of).collect()
}

fn say_reply(number: usize, reply: &CallReply) {
    say(&format!("call {number} returned {} after {} ms: {}", reply.result, reply.milliseconds, Value::Object(reply.values.clone())));
    for error in &reply.errors {
        let text = error.text.as_deref().unwrap_or_default();
        say(&format!("call {number} set message {} on item {} in {}: {text}", error.id, error.item, error.function));
    }
}

fn messages(reply: &CallReply) -> String {
    let ids: Vec<&str> = reply.errors.iter().map(|error| error.id.as_str()).collect();
    if ids.is_empty() { String::new() } else { format!(", with messages {}", ids.join(", ")) }
}

/// A line in the job's log, which is this process's output. A log that cannot be written stops no job.
fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{} {line}", jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ"));
}

/// Ends the job when its time is up. It is the job's own clock, because the server may be gone.
fn watch_the_clock(report: Report, seconds: u64) -> io::Result<()> {
    let watch = move || {
        thread::sleep(Duration::from_secs(seconds));
        say(&format!("the job did not end within {seconds} seconds and is killed"));
        let _ = report.end(Some(format!("the job did not end within {seconds} seconds")));
        let _ = kill_current_process_group(Signal::KILL);
    };
    thread::Builder::new().name("clock".to_owned()).spawn(watch).map(|_| ())
}

/// The job's status, here and in its file.
#[derive(Clone)]
struct Report {
    folder: PathBuf,
    status: Arc<Mutex<BatchStatus>>,
}

impl Report {
    fn begin(folder: &Path, calls: usize) -> Result<Report, BatchError> {
        let pid = std::process::id();
        let status = BatchStatus {
            state: BatchState::Processing,
            pid,
            start_ticks: start_ticks(pid).unwrap_or_default(),
            call: 0,
            calls,
            results: Vec::new(),
            failure: None,
            started_ms: batch::now_ms(),
            ended_ms: None,
        };
        batch::write_first_status(folder, &status)?;
        Ok(Report { folder: folder.to_owned(), status: Arc::new(Mutex::new(status)) })
    }

    /// Changes the status and its file, unless the last word has been said.
    fn change(&self, change: impl FnOnce(&mut BatchStatus)) -> Result<(), BatchError> {
        let mut status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
        if status.state != BatchState::Processing {
            return Ok(());
        }
        change(&mut status);
        batch::write_status(&self.folder, &status)
    }

    fn end(&self, failure: Option<String>) -> Result<(), BatchError> {
        say(&failure.as_ref().map_or("the batch job is done".to_owned(), |failure| format!("the batch job failed: {failure}")));
        self.change(|status| {
            status.state = if failure.is_none() { BatchState::Done } else { BatchState::Error };
            status.failure = failure;
            status.ended_ms = Some(batch::now_ms());
        })
    }
}
