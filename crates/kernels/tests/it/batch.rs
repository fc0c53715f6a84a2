//! Batch jobs in real processes: their course, their accidents, and a server that dies while they run.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use kernels::batch::{self, BatchCall, BatchError, BatchOrder, JobState, Running};
use kernels::process::Ending;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::package::{Package, layout, program, values};

const LONG: Duration = Duration::from_secs(60);

const SOURCE: &str = r#"
#include <fcntl.h>
static int *volatile nowhere = NULL;
BSFN(Double) {
    MathAdd(&lpDS->mnNumber, &lpDS->mnNumber, &lpDS->mnNumber);
    printf("doubled\n");
    return ER_SUCCESS;
}
BSFN(Refuse) { jdeErrorSet(lpBhvrCom, lpVoid, 0, _J("55A1"), NULL); return ER_ERROR; }
BSFN(Crash) { return *nowhere; }
BSFN(Spoil) { memset(&lpDS->mnNumber, 'x', sizeof(MATH_NUMERIC)); return ER_SUCCESS; }
BSFN(Endless) { for (;;) pause(); }
BSFN(WaitAtGate) {
    char word[1];
    int gate = open("gate", O_RDONLY);
    lpDS->idCode = read(gate, word, 1);
    close(gate);
    return ER_SUCCESS;
}
"#;

struct Jobs {
    package: Package,
    folder: TempDir,
}

impl Jobs {
    fn new() -> Jobs {
        let package = Package::with(&["Double", "Refuse", "Crash", "Spoil", "Endless", "WaitAtGate"], SOURCE);
        Jobs { package, folder: tempfile::tempdir().unwrap() }
    }

    fn folder(&self, job: u64) -> PathBuf {
        self.folder.path().join("jobs").join(job.to_string())
    }

    fn order(&self, job: u64, calls: &[(&str, Value)]) -> BatchOrder {
        let call = |(function, given): &(&str, Value)| BatchCall {
            function: (*function).to_owned(),
            layout: layout(),
            values: values(given.clone()),
        };
        BatchOrder {
            job,
            report: "R5501".to_owned(),
            version: "XJDE0001".to_owned(),
            user: "DEMO".to_owned(),
            libraries: self.package.path().to_owned(),
            functions: self.package.functions_file(),
            calls: calls.iter().map(call).collect(),
            deadline_seconds: 600,
            log_bytes_max: 1 << 20,
            memory_bytes_max: None,
        }
    }

    /// Starts a job.
    fn start(&self, job: u64, calls: &[(&str, Value)]) -> Running {
        batch::start(&program(), &self.folder(job), &self.order(job, calls)).unwrap()
    }

    /// Starts a job and waits for its end.
    fn run(&self, job: u64, calls: &[(&str, Value)]) -> JobState {
        assert!(batch::wait(self.start(job, calls), LONG).unwrap());
        batch::look(&self.folder(job)).unwrap()
    }

    fn make_gate(&self, job: u64) {
        std::fs::create_dir_all(self.folder(job)).unwrap();
        assert!(Command::new("mkfifo").arg(self.folder(job).join("gate")).status().unwrap().success());
    }

    /// Blocks until the job waits at its gate.
    fn gate(&self, job: u64) -> std::fs::File {
        OpenOptions::new().write(true).open(self.folder(job).join("gate")).unwrap()
    }
}

#[test]
fn calls_run_in_order_and_hand_on_what_they_left() {
    let jobs = Jobs::new();
    let state = jobs.run(1, &[("Double", json!({ "mnNumber": 10.25 })), ("Double", json!({ "mnNumber": "=1.mnNumber", "szText": "=x" }))]);
    let JobState::Done(status) = state else { panic!("{state:?}") };
    assert_eq!((status.call, status.calls, status.failure), (2, 2, None));
    assert!(status.ended_ms.unwrap() >= status.started_ms);
    let numbers: Vec<&Value> = status.results.iter().map(|result| &result.reply.values["mnNumber"]).collect();
    assert_eq!(numbers, [&json!(20.5), &json!(41)]);

    let log = std::fs::read_to_string(batch::log_path(&jobs.folder(1))).unwrap();
    let lines: Vec<&str> = log.lines().map(|line| line.split_once("Z ").map_or(line, |(_, rest)| rest)).collect();
    assert_eq!(lines[..3], ["batch job 1 begins: report R5501, version XJDE0001, user DEMO, 2 calls", "call 1 of 2: Double", "doubled"]);
    assert_eq!(lines.last(), Some(&"the batch job is done"));
}

#[test]
fn a_failed_call_ends_the_job() {
    let jobs = Jobs::new();
    for (job, calls, expected) in [
        (1, [("Refuse", json!({})), ("Double", json!({}))], "call 1, Refuse: the function returned an error, with messages 55A1"),
        (2, [("Nowhere", json!({})), ("Double", json!({}))], "call 1, Nowhere: the package has no business function Nowhere"),
        (
            3,
            [("Spoil", json!({})), ("Double", json!({ "mnNumber": "=1.mnNumber" }))],
            "call 2, Double: call 1 left nothing readable in mnNumber, which mnNumber is to take",
        ),
        (
            4,
            [("Double", json!({ "mnNumber": 3 })), ("Double", json!({ "szText": "=1.mnNumber" }))],
            "call 2, Double: cannot call Double: cannot put 6 into member szText: it takes text of up to 10 characters",
        ),
    ] {
        let state = jobs.run(job, &calls);
        assert!(matches!(state, JobState::Error(_)), "{state:?}");
        assert_eq!(state.failure().as_deref(), Some(expected));
    }
}

#[test]
fn a_crash_takes_its_own_job_only() {
    let jobs = Jobs::new();
    jobs.make_gate(2);
    let other = jobs.start(2, &[("WaitAtGate", json!({}))]);
    let state = jobs.run(1, &[("Double", json!({})), ("Crash", json!({}))]);
    assert_eq!(state.failure().as_deref(), Some("the process of the job is gone in call 2 of 2: killed by SIGSEGV"));
    let JobState::Vanished(status, Some(Ending::Signal(11))) = state else { panic!("{state:?}") };
    assert_eq!(status.results.len(), 1);

    jobs.gate(2).write_all(b"!").unwrap();
    assert!(batch::wait(other, LONG).unwrap());
    assert!(matches!(batch::look(&jobs.folder(2)).unwrap(), JobState::Done(_)));
}

/// A server process that has started a job.
fn server(jobs: &Jobs, job: u64, calls: &[(&str, Value)]) -> Child {
    let order = jobs.folder.path().join(format!("{job}.json"));
    std::fs::write(&order, serde_json::to_vec(&jobs.order(job, calls)).unwrap()).unwrap();
    let mut command = Command::new(program());
    command.arg("start-batch").arg(jobs.folder(job)).arg(order).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut server = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert!(line.trim().parse::<u32>().is_ok(), "the server says the job's process, not {line:?}");
    server
}

fn kill(mut server: Child) {
    server.kill().unwrap();
    server.wait().unwrap();
}

fn running(state: JobState) -> Running {
    let JobState::Processing(status) = state else { panic!("{state:?}") };
    Running { pid: status.pid, start_ticks: status.start_ticks }
}

fn session_of(pid: u32) -> i32 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    stat[stat.rfind(')').unwrap() + 1..].split_whitespace().nth(3).unwrap().parse().unwrap()
}

#[test]
fn a_job_outlives_its_server_and_is_adopted() {
    let jobs = Jobs::new();
    jobs.make_gate(1);
    kill(server(&jobs, 1, &[("WaitAtGate", json!({})), ("Double", json!({ "mnNumber": 4 }))]));

    let mut gate = jobs.gate(1);
    let adopted = running(batch::look(&jobs.folder(1)).unwrap());
    assert_eq!(session_of(adopted.pid), adopted.pid as i32);
    assert!(!batch::wait(adopted, Duration::from_millis(1)).unwrap());
    gate.write_all(b"!").unwrap();
    assert!(batch::wait(adopted, LONG).unwrap());
    let state = batch::look(&jobs.folder(1)).unwrap();
    let JobState::Done(status) = state else { panic!("{state:?}") };
    assert_eq!(status.results[1].reply.values["mnNumber"], json!(8));
}

#[test]
fn a_job_that_crashes_without_its_server_has_vanished() {
    let jobs = Jobs::new();
    jobs.make_gate(1);
    kill(server(&jobs, 1, &[("WaitAtGate", json!({})), ("Crash", json!({}))]));
    let mut gate = jobs.gate(1);
    let adopted = running(batch::look(&jobs.folder(1)).unwrap());
    gate.write_all(b"!").unwrap();
    assert!(batch::wait(adopted, LONG).unwrap());
    let state = batch::look(&jobs.folder(1)).unwrap();
    assert_eq!(state.failure().as_deref(), Some("the process of the job is gone in call 2 of 2: it is not known how"));
}

#[test]
fn a_process_of_the_same_number_is_not_the_job() {
    let jobs = Jobs::new();
    let state = jobs.run(1, &[("Crash", json!({}))]);
    let JobState::Vanished(mut status, _) = state else { panic!("{state:?}") };
    // As if the number had been given to this very process since.
    status.pid = std::process::id();
    std::fs::write(jobs.folder(1).join("status.json"), serde_json::to_vec(&status).unwrap()).unwrap();
    assert!(matches!(batch::look(&jobs.folder(1)).unwrap(), JobState::Vanished(..)));
}

#[test]
fn a_job_can_be_stopped_and_has_a_deadline() {
    let jobs = Jobs::new();
    jobs.make_gate(1);
    jobs.start(1, &[("WaitAtGate", json!({}))]);
    let gate = jobs.gate(1);
    assert!(batch::stop(&jobs.folder(1), "stopped by DEMO").unwrap());
    let state = batch::look(&jobs.folder(1)).unwrap();
    assert!(matches!(state, JobState::Error(_)), "{state:?}");
    assert_eq!(state.failure().as_deref(), Some("stopped by DEMO"));
    assert!(!batch::stop(&jobs.folder(1), "again").unwrap());
    drop(gate);

    let order = BatchOrder { deadline_seconds: 1, ..jobs.order(2, &[("Endless", json!({}))]) };
    let endless = batch::start(&program(), &jobs.folder(2), &order).unwrap();
    assert!(batch::wait(endless, LONG).unwrap());
    let state = batch::look(&jobs.folder(2)).unwrap();
    assert_eq!(state.failure().as_deref(), Some("the job did not end within 1 seconds"));
}

#[test]
fn a_job_runs_once() {
    let jobs = Jobs::new();
    let calls = [("Double", json!({ "mnNumber": 1 }))];
    assert!(matches!(batch::look(&jobs.folder(1)), Err(BatchError::NoJob { .. })));
    let failure = batch::start(Path::new("/bin/true"), &jobs.folder(1), &jobs.order(1, &calls)).unwrap_err();
    assert!(matches!(failure, BatchError::NotStarted { .. }), "{failure}");
    assert_eq!(batch::look(&jobs.folder(1)).unwrap(), JobState::Waiting);

    assert!(matches!(jobs.run(1, &calls), JobState::Done(_)));
    let failure = batch::start(&program(), &jobs.folder(1), &jobs.order(1, &calls)).unwrap_err();
    assert!(matches!(failure, BatchError::StartedBefore { .. }), "{failure}");

    // A second process for the job, as one that was started just before the server died.
    let mut second = Command::new(program());
    let second = second.arg("batch-child").arg(jobs.folder(1)).stdin(Stdio::null()).output().unwrap();
    assert!(!second.status.success());
    assert!(matches!(batch::look(&jobs.folder(1)).unwrap(), JobState::Done(_)));
    let names = std::fs::read_dir(jobs.folder(1)).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(names.into_iter().all(|name| !name.starts_with("status.json.")), "what the second process wrote beside is gone");

    std::fs::write(jobs.folder(1).join("status.json"), "{").unwrap();
    assert!(matches!(batch::look(&jobs.folder(1)), Err(BatchError::Damaged { .. })));
}
