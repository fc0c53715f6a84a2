//! Jobs in the store: the plan as it was made, a row per run, and the changes of a report, all in one transaction.

use super::changes;
use super::protocol::Report;
use super::stamp;
use crate::agent::tables::failed;
use engine::failure::{self, Failure};
use engine::job::{Command, Detail, Job, JobState, Run, RunState};
use engine::plan::Plan;
use engine::step::Order;
use engine::tables::{self, Table};
use engine::value::{Row, Value};
use store::{Store, StoreError};

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
pub async fn create(store: &Store, plan: Plan, objects: Option<&[Row]>) -> Result<Job, StoreError> {
    let mut transaction = store.control().begin().await?;
    transaction.lock("PW_JOB").await?;
    let rows = transaction.query("SELECT COALESCE(MAX(JOB), 0) FROM PW_JOB", &[]).await?;
    let job = Job::new(rows[0][0].integer() + 1, plan);
    let row = vec![
        Value::from(job.id),
        Value::from(&job.plan.recipe),
        Value::from(&job.plan.package),
        Value::from(&job.plan.path_code),
        Value::from(job.state.word()),
        Value::from(serde_json::to_string(&job.plan).expect("plain data becomes JSON")),
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
    ]
}

/// Saves what the commands say has changed, with the report's changes where it was the one waited for.
pub async fn save(store: &Store, job: &Job, commands: &[Command], report: Option<&Report>) -> Result<(), StoreError> {
    let mut transaction = store.control().begin().await?;
    for command in commands {
        match command {
            Command::Save { run } => {
                transaction.upsert(table("PW_RUN"), &[run_row(job, *run)]).await?;
                changes::run_moved(&mut transaction, job, *run).await?;
            }
            Command::ApplyChanges { run } => {
                if let Some(report) = report {
                    changes::apply(&mut transaction, job, *run, &report.changes).await?;
                }
            }
            Command::Begin => changes::job_began(&mut transaction, job).await?,
            Command::End => changes::job_ended(&mut transaction, job).await?,
            Command::Wake { .. } => {}
        }
    }
    let ended = if job.state == JobState::Running { 0 } else { stamp::now() };
    transaction
        .execute(
            "UPDATE PW_JOB SET STATE = $1, EPOCH = $2, ENDED = $3 WHERE JOB = $4",
            &[Value::from(job.state.word()), Value::from(job.epoch), Value::from(ended), Value::from(job.id)],
        )
        .await?;
    transaction.commit().await
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
        .query("SELECT STATE, ATTEMPT, STARTED, ENDED, DETAIL FROM PW_RUN WHERE JOB = $1 ORDER BY RUN", &[Value::from(id)])
        .await?;
    let mut runs = Vec::with_capacity(rows.len());
    for row in rows {
        let state = RunState::from_word(row[0].text()).ok_or_else(|| damaged("a run"))?;
        let detail: Detail = serde_json::from_str(row[4].text()).map_err(|_| damaged("a run"))?;
        let attempt = u32::try_from(row[1].integer()).map_err(|_| damaged("a run"))?;
        runs.push(Run { state, attempt, started: row[2].integer(), ended: row[3].integer(), detail });
    }
    if runs.len() != plan.runs.len() {
        return Err(damaged("the list of runs"));
    }
    Ok(Some(Job { id, epoch, plan, state, runs }))
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
        server: job.plan.server(&planned.server)?.clone(),
        primary: job.plan.fleet.primary.clone(),
        deployment: job.plan.fleet.deployment.name.clone(),
        servers: job.plan.fleet.servers.clone(),
        facts: job.plan.facts.clone(),
    })
}

/// The last job on a package, of the recipe named.
pub async fn last_on_package(store: &Store, package: &str, recipe: &str) -> Result<Option<i64>, StoreError> {
    let arguments = [Value::from(package), Value::from(recipe)];
    let rows = store.control().query("SELECT MAX(JOB) FROM PW_JOB WHERE PACKAGE = $1 AND RECIPE = $2", &arguments).await?;
    Ok(rows.first().map(|row| row[0].integer()).filter(|id| *id > 0))
}
