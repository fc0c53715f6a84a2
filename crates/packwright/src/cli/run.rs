//! `call`, `submit` and `batch`.

use super::{Place, Session, screen};
use crate::api::batch::{BatchJobView, CallAnswer, CallAsked, Submission};
use crate::client::Client;
use anyhow::{Result, anyhow};
use clap::Args;
use serde_json::{Map, Value};
use std::time::Duration;

/// How often a batch job is looked at that somebody waits for.
const LOOK_EVERY: Duration = Duration::from_millis(100);

#[derive(Args)]
pub struct Call {
    /// The business function
    function: String,
    #[command(flatten)]
    place: Place,
    /// A member of its data structure, as mnQuantity=12
    #[arg(long = "set", value_name = "MEMBER=VALUE")]
    values: Vec<String>,
    /// After this many seconds it is killed
    #[arg(long, default_value_t = crate::api::batch::call_seconds())]
    seconds: u64,
}

impl Call {
    pub async fn run(self, session: &Session, client: &Client) -> Result<()> {
        let mut values = Map::new();
        for value in &self.values {
            let (member, text) = value.split_once('=').ok_or_else(|| anyhow!("--set {value} has no =; write MEMBER=VALUE"))?;
            values.insert(member.to_string(), Value::String(text.to_string()));
        }
        let asked = CallAsked {
            function: self.function,
            server: self.place.server,
            path_code: self.place.path_code,
            values,
            user: user(),
            seconds_max: self.seconds,
        };
        let answer: CallAnswer = client.post("/api/calls", &asked).await?;
        // What a function answers is data; it is JSON with and without --json.
        session.print(&answer, |answer| serde_json::to_string_pretty(answer).unwrap_or_default() + "\n")
    }
}

fn user() -> String {
    std::env::var("USER").unwrap_or_default()
}

#[derive(Args)]
pub struct Submit {
    /// The report
    report: String,
    /// Its version
    version: String,
    #[arg(long)]
    queue: String,
    #[command(flatten)]
    place: Place,
    /// Do not wait for the end
    #[arg(long)]
    detach: bool,
}

impl Submit {
    pub async fn run(self, session: &Session, client: &Client) -> Result<()> {
        let submission = Submission {
            report: self.report,
            version: self.version,
            server: self.place.server,
            path_code: self.place.path_code,
            queue: self.queue,
            user: user(),
        };
        let mut job: BatchJobView = client.post("/api/batch-jobs", &submission).await?;
        if !session.json {
            screen::note(&format!("batch job {}: {} {} waits in {} of {}", job.job, job.report, job.version, job.queue, job.server));
        }
        while !self.detach && ["waiting", "processing"].contains(&job.state.as_str()) {
            tokio::time::sleep(LOOK_EVERY).await;
            job = client.get(&format!("/api/batch-jobs/{}", job.job)).await?;
        }
        session.print(&job, page)?;
        if job.state == "error" { Err(super::exit::JobFailed { job: job.job, state: "ended with an error".into() }.into()) } else { Ok(()) }
    }
}

#[derive(Args)]
pub struct Batch {
    /// Number of the batch job
    job: i64,
}

impl Batch {
    pub async fn run(self, session: &Session, client: &Client) -> Result<()> {
        let job: BatchJobView = client.get(&format!("/api/batch-jobs/{}", self.job)).await?;
        session.print(&job, page)
    }
}

fn page(job: &BatchJobView) -> String {
    let mut text = format!("{}\n", screen::head(&format!("batch job {}: {} {} {}", job.job, job.report, job.version, job.state)));
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            text.push_str(&format!("  {name:<9} {value}\n"));
        }
    };
    line("server", &job.server);
    line("queue", &job.queue);
    line("package", &job.package);
    line("took", &if job.ended > 0 && job.started > 0 { screen::duration(job.ended - job.started) } else { String::new() });
    line("log", &if job.started > 0 { format!("{} below the folder of {}", job.log, job.server) } else { String::new() });
    line("failure", &job.failure);
    for (position, result) in job.results.as_array().into_iter().flatten().enumerate() {
        let outcome = match result["result"].as_i64() {
            Some(0) => "success",
            Some(1) => "warning",
            _ => "error",
        };
        text.push_str(&format!("  {:>3}. {:<34} {outcome}\n", position + 1, result["function"].as_str().unwrap_or_default()));
    }
    text
}
