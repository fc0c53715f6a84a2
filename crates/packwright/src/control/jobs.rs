//! Jobs in the store: the plan as it was made, a row per run, and the changes of a report, all in one transaction.

use super::changes;
use super::lines::{self, Line};
use super::protocol::Report;
use super::stamp;
use crate::agent::tables::failed;
use engine::failure::{self, Failure};
use engine::job::{Command, Detail, Job, JobState, Run, RunState, Stored, Undo};
use engine::outcome::Change;
use engine::plan::Plan;
use engine::step::Order;
use engine::tables::{self, Table};
use engine::value::{Row, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use store::{Store, StoreError, Transaction};

/// A job cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum JobsError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{what} of job {job} cannot be read")]
    Damaged { job: i64, what: String },
}

impl From<JobsError> for Failure {
    fn from(error: JobsError) -> Failure {
        match error {
            JobsError::Store(error) => failed(error),
            damaged => Failure::new(&failure::FORMAT_TOO_NEW, damaged.to_string()).hint("run the version that wrote it"),
        }
    }
}

fn table(name: &str) -> &'static Table {
    tables::named(name).expect("the catalogue has the tables that we name")
}

/// Stores a new job with all its runs waiting, and for a build the objects that its package shall have: F96225.
pub async fn create(store: &Store, fence: Option<Fence<'_>>, plan: &Plan, objects: Option<&[Row]>) -> Result<Job, StoreError> {
    let mut transaction = store.control().begin().await?;
    hold(&mut transaction, fence).await?;
    transaction.lock("PW_JOB").await?;
    let rows = transaction.query("SELECT COALESCE(MAX(JOB), 0) FROM PW_JOB", &[]).await?;
    let job = Job::new(rows[0][0].integer() + 1, plan.clone());
    let row = vec![
        Value::from(job.id),
        Value::from(&job.plan.recipe),
        Value::from(&job.plan.package),
        Value::from(&job.plan.path_code),
        Value::from(job.state.word()),
        Value::from(serde_json::to_string(&*job.plan).expect("plain data becomes JSON")),
        Value::from(job.epoch),
        Value::from(stamp::now()),
        Value::from(0),
    ];
    transaction.insert(table("PW_JOB"), &[row]).await?;
    let runs: Vec<Row> = (0..job.runs.len()).map(|run| run_row(&job, run)).collect();
    transaction.insert(table("PW_RUN"), &runs).await?;
    if let Some(objects) = objects {
        transaction.execute("DELETE FROM F96225 WHERE BDJDEPKGNM = $1", &[Value::from(&job.plan.package)]).await?;
        transaction.insert(table("F96225"), objects).await?;
    }
    changes::job_began(&mut transaction, &job).await?;
    transaction.commit().await?;
    Ok(job)
}

fn run_row(job: &Job, position: usize) -> Row {
    let (planned, run) = (&job.plan.runs[position], &job.runs[position]);
    vec![
        Value::from(job.id),
        Value::from(position as i64),
        Value::from(&planned.step),
        Value::from(&planned.server),
        Value::from(run.state.word()),
        Value::from(i64::from(run.attempt)),
        Value::from(run.started),
        Value::from(run.ended),
        Value::from(serde_json::to_string(&run.detail).expect("plain data becomes JSON")),
        Value::from(i64::from(run.before)),
    ]
}

/// The lease under which something is saved.
#[derive(Clone, Copy)]
pub struct Fence<'a> {
    pub owner: &'a str,
    pub epoch: i64,
}

async fn hold(transaction: &mut Transaction, fence: Option<Fence<'_>>) -> Result<(), StoreError> {
    match fence {
        Some(fence) => transaction.require_lease(super::leader::LEASE_NAME, fence.owner, fence.epoch).await,
        None => Ok(()),
    }
}

/// What has changed in a job since it was last saved.
#[derive(Default)]
pub struct Moved {
    pub commands: Vec<Command>,
    /// Changes of the reports that were the ones waited for, by run.
    changes: BTreeMap<usize, Vec<Change>>,
    /// What their attempts logged.
    lines: Vec<Row>,
    pub undo: Undo,
}

impl Moved {
    pub fn take(&mut self, commands: Vec<Command>, report: Option<&Report>) {
        for command in &commands {
            if let (Command::ApplyChanges { run }, Some(report)) = (command, report) {
                self.changes.insert(*run, report.changes.clone());
                let numbered = report.lines.iter().zip(1..);
                self.lines.extend(numbered.map(|((at, text), number)| {
                    Line { run: *run, attempt: report.attempt, number, at: *at, text: text.clone() }.row(report.job)
                }));
            }
        }
        self.commands.extend(commands);
    }

    pub fn changes(&self, run: usize) -> &[Change] {
        self.changes.get(&run).map_or(&[], Vec::as_slice)
    }

    pub fn needs_saving(&self) -> bool {
        self.commands.iter().any(|command| !matches!(command, Command::Wake { .. }))
    }
}

/// Saves what has changed, all in one transaction.
pub async fn save(
    store: &Store,
    fence: Option<Fence<'_>>,
    jobs: &BTreeMap<i64, Job>,
    moved: &BTreeMap<i64, Moved>,
) -> Result<(), StoreError> {
    let mut transaction = store.control().begin().await?;
    hold(&mut transaction, fence).await?;
    for (id, moved) in moved.iter().filter(|(_, moved)| moved.needs_saving()) {
        save_one(&mut transaction, &jobs[id], moved).await?;
    }
    transaction.commit().await
}

async fn save_one(transaction: &mut Transaction, job: &Job, moved: &Moved) -> Result<(), StoreError> {
    // A run that moved twice has one row.
    let runs: BTreeSet<usize> =
        moved.commands.iter().filter_map(|command| if let Command::Save { run } = command { Some(*run) } else { None }).collect();
    let rows: Vec<Row> = runs.iter().map(|run| run_row(job, *run)).collect();
    transaction.upsert(table("PW_RUN"), &rows).await?;
    lines::write(transaction, &moved.lines).await?;
    let mut deployed = changes::Deployed::default();
    for command in &moved.commands {
        match command {
            Command::Save { run } => changes::run_moved(transaction, job, *run, &mut deployed).await?,
            Command::ApplyChanges { run } => changes::apply(transaction, job, *run, moved.changes(*run), &mut deployed).await?,
            Command::Begin => changes::job_began(transaction, job).await?,
            Command::End | Command::SaveJob | Command::Wake { .. } => {}
        }
    }
    deployed.write(transaction, job).await?;
    // After all that its runs have changed.
    if moved.commands.contains(&Command::End) {
        changes::job_ended(transaction, job).await?;
    }
    let ended = if job.state == JobState::Running { 0 } else { stamp::now() };
    let sql = "UPDATE PW_JOB SET STATE = $1, EPOCH = $2, ENDED = $3 WHERE JOB = $4";
    let arguments = [Value::from(job.state.word()), Value::from(job.epoch), Value::from(ended), Value::from(job.id)];
    transaction.execute(sql, &arguments).await.map(drop)
}

/// Jobs that were running when the store was last written.
pub async fn load_running(store: &Store) -> Result<Vec<Job>, JobsError> {
    let rows = store.control().query("SELECT JOB FROM PW_JOB WHERE STATE = 'running' ORDER BY JOB", &[]).await?;
    let mut jobs = Vec::new();
    for row in rows {
        jobs.extend(load(store, row[0].integer()).await?);
    }
    Ok(jobs)
}

pub async fn load(store: &Store, id: i64) -> Result<Option<Job>, JobsError> {
    let rows = store.control().query("SELECT STATE, PLAN, EPOCH FROM PW_JOB WHERE JOB = $1", &[Value::from(id)]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let damaged = |what: &str| JobsError::Damaged { job: id, what: what.to_string() };
    let state = JobState::from_word(row[0].text()).ok_or_else(|| damaged("the state"))?;
    let plan: Plan = serde_json::from_str(row[1].text()).map_err(|_| damaged("the plan"))?;
    let epoch = row[2].integer();
    let rows = store
        .control()
        .query("SELECT STATE, ATTEMPT, STARTED, ENDED, DETAIL, BEFORE FROM PW_RUN WHERE JOB = $1 ORDER BY RUN", &[Value::from(id)])
        .await?;
    let mut runs = Vec::with_capacity(rows.len());
    for row in rows {
        let state = RunState::from_word(row[0].text()).ok_or_else(|| damaged("a run"))?;
        let detail: Detail = serde_json::from_str(row[4].text()).map_err(|_| damaged("a run"))?;
        let attempt = u32::try_from(row[1].integer()).map_err(|_| damaged("a run"))?;
        let before = u32::try_from(row[5].integer()).map_err(|_| damaged("a run"))?;
        runs.push(Run { state, attempt, before, started: row[2].integer(), ended: row[3].integer(), detail });
    }
    let stored = Stored { id, epoch, plan: Arc::new(plan), state, runs };
    Ok(Some(Job::restore(stored).map_err(|error| damaged(&format!("the plan ({error})")))?))
}

/// The order for a run that was claimed; `None` where the plan does not know its server.
pub fn order(job: &Job, run: usize) -> Option<Order> {
    let planned = &job.plan.runs[run];
    Some(Order {
        job: job.id,
        run,
        attempt: job.runs[run].attempt,
        epoch: job.epoch,
        step: planned.step.clone(),
        package: job.plan.package.clone(),
        path_code: job.plan.path_code.clone(),
        server: job.planned_server(run)?.clone(),
        primary: job.plan.fleet.primary.clone(),
        deployment: job.plan.fleet.deployment.name.clone(),
        // Only steps of a build look at the others; a deployment may have thousands.
        servers: if job.plan.per_server { Vec::new() } else { job.plan.fleet.servers.clone() },
        facts: job.plan.facts.clone(),
    })
}

/// The last job on a package, of the recipe named.
pub async fn last_on_package(store: &Store, package: &str, recipe: &str) -> Result<Option<i64>, StoreError> {
    let arguments = [Value::from(package), Value::from(recipe)];
    let rows = store.control().query("SELECT MAX(JOB) FROM PW_JOB WHERE PACKAGE = $1 AND RECIPE = $2", &arguments).await?;
    Ok(rows.first().map(|row| row[0].integer()).filter(|id| *id > 0))
}
