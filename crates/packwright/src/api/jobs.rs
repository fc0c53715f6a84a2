//! Jobs: what runs, what ran, and why a run waits.

use super::App;
use super::problem::{Answer, At, Found, Problem, detached};
use crate::agent::tables::failed;
use crate::control::presence::{self, Presence};
use crate::control::{jobs, stamp};
use axum::Json;
use axum::extract::State;
use engine::failure::{self, Failure};
use engine::job::{Detail, Job, RunState};
use engine::value::Value;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::ToSchema;

/// One line of the list of jobs.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct JobLine {
    pub job: i64,
    pub recipe: String,
    pub package: String,
    pub path_code: String,
    /// running, succeeded, failed or cancelled
    pub state: String,
    /// Milliseconds since 1970.
    pub made: i64,
    /// Milliseconds since 1970; 0 while it runs.
    pub ended: i64,
}

/// A job with all its runs.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct JobView {
    #[serde(flatten)]
    pub line: JobLine,
    pub stages: Vec<String>,
    pub runs: Vec<RunView>,
    /// How long the rest usually takes, in milliseconds; 0 where nothing is known.
    pub left_ms: i64,
}

/// One step on one server.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RunView {
    pub stage: usize,
    pub lane: usize,
    pub step: String,
    pub title: String,
    pub server: String,
    /// waiting, running, done, warned, skipped or failed
    pub state: String,
    pub attempt: u32,
    /// Milliseconds since 1970; 0 before it began.
    pub started: i64,
    /// Milliseconds since 1970; of a waiting run that failed before, when it is tried again.
    pub ended: i64,
    /// Why it was skipped, warned or failed; of a waiting run what it waits for; of a running one that its server is away.
    pub why: String,
    /// Failure code; empty for none.
    pub code: String,
    pub hint: String,
    pub evidence: Vec<Found>,
    /// How long it usually takes, in milliseconds; 0 where nothing is known.
    pub usual_ms: i64,
}

impl RunView {
    fn new(job: &Job, run: usize, usual: &HashMap<(String, String), i64>) -> RunView {
        let (planned, now) = (&job.plan.runs[run], &job.runs[run]);
        let mut view = RunView {
            stage: planned.stage,
            lane: planned.lane,
            step: planned.step.clone(),
            title: steps::recipes::step(&planned.step).map_or(planned.step.as_str(), |step| step.title).to_string(),
            server: planned.server.clone(),
            state: now.state.word().into(),
            attempt: now.attempt,
            started: now.started,
            ended: now.ended,
            why: String::new(),
            code: String::new(),
            hint: String::new(),
            evidence: Vec::new(),
            usual_ms: usual.get(&(planned.step.clone(), planned.server.clone())).copied().unwrap_or(0),
        };
        match &now.detail {
            Detail::Nothing => {}
            Detail::Why(why) => view.why.clone_from(why),
            Detail::Failure(failure) => {
                view.why.clone_from(&failure.message);
                view.code.clone_from(&failure.code);
                view.hint.clone_from(&failure.hint);
                view.evidence = failure.evidence.iter().map(|evidence| Found::on(&planned.server, evidence)).collect();
            }
        }
        if now.state == RunState::Waiting && view.why.is_empty() {
            view.why = job.why_waiting(run, stamp::now()).unwrap_or_default();
        }
        view
    }
}

/// A job as the store has it.
pub async fn view(app: &App, id: i64) -> Result<JobView, Failure> {
    let store = &app.control.store;
    let unknown = || Failure::new(&failure::UNKNOWN_NAME, format!("there is no job {id}")).hint("see `packwright status`");
    let job = jobs::load(store, id).await?.ok_or_else(unknown)?;
    let lines = lines(app, "WHERE JOB = $1", &[Value::from(id)]).await?;
    let line = lines.into_iter().next().ok_or_else(unknown)?;
    let usual = usual_durations(app, &job).await?;
    let mut runs: Vec<RunView> = (0..job.runs.len()).map(|run| RunView::new(&job, run, &usual)).collect();
    let presence = presence::read(store).await.map_err(failed)?;
    for run in runs.iter_mut().filter(|run| run.state == "running") {
        // Of a waiting run the job itself knows it.
        if let Some(Presence::Away { since }) = presence.get(&run.server) {
            let since = jiff::Timestamp::from_millisecond(*since).unwrap_or_default().strftime("%H:%M:%S UTC");
            run.why = format!("{} is away: it has not asked for work since {since}; the step goes on when it is back", run.server);
        }
    }
    let left_ms = time_left(&runs, stamp::now());
    Ok(JobView { line, stages: job.plan.stages.clone(), runs, left_ms })
}

/// How long each step took on each server when it last went through in the same recipe.
async fn usual_durations(app: &App, job: &Job) -> Result<HashMap<(String, String), i64>, Failure> {
    let sql = "SELECT A.STEP, A.SERVER, A.ENDED - A.STARTED FROM PW_RUN A JOIN PW_JOB B ON A.JOB = B.JOB \
               WHERE B.RECIPE = $1 AND B.JOB < $2 AND B.JOB >= $3 AND A.STATE = 'done' ORDER BY A.JOB";
    let arguments = [Value::from(job.plan.recipe.as_str()), Value::from(job.id), Value::from(job.id - 20)];
    let rows = app.control.store.control().query(sql, &arguments).await.map_err(failed)?;
    Ok(rows.into_iter().map(|row| ((row[0].text().to_string(), row[1].text().to_string()), row[2].integer())).collect())
}

/// Stages follow one another; within a stage the longest lane counts.
fn time_left(runs: &[RunView], now: i64) -> i64 {
    let mut stages: HashMap<usize, HashMap<usize, i64>> = HashMap::new();
    for run in runs {
        let left = match run.state.as_str() {
            "waiting" => run.usual_ms,
            "running" => (run.usual_ms - (now - run.started)).max(0),
            _ => 0,
        };
        *stages.entry(run.stage).or_default().entry(run.lane).or_default() += left;
    }
    stages.values().map(|lanes| lanes.values().copied().max().unwrap_or(0)).sum()
}

async fn lines(app: &App, condition: &str, arguments: &[Value]) -> Result<Vec<JobLine>, Failure> {
    let sql = format!("SELECT JOB, RECIPE, PACKAGE, PATHCD, STATE, MADE, ENDED FROM PW_JOB {condition} ORDER BY JOB DESC LIMIT 100");
    let rows = app.control.store.control().query(&sql, arguments).await.map_err(failed)?;
    let line = |row: Vec<Value>| JobLine {
        job: row[0].integer(),
        recipe: row[1].text().into(),
        package: row[2].text().into(),
        path_code: row[3].text().into(),
        state: row[4].text().into(),
        made: row[5].integer(),
        ended: row[6].integer(),
    };
    Ok(rows.into_iter().map(line).collect())
}

/// The last hundred jobs, the newest first.
#[utoipa::path(get, path = "/api/jobs", responses((status = 200, body = Vec<JobLine>)))]
pub async fn list(State(app): State<App>) -> Answer<Vec<JobLine>> {
    Ok(Json(lines(&app, "", &[]).await?))
}

/// The newest jobs for a page that shows other things too.
pub async fn newest(app: &App) -> Result<Vec<JobLine>, Failure> {
    let mut all = lines(app, "", &[]).await?;
    all.truncate(5);
    Ok(all)
}

/// One job with its runs.
#[utoipa::path(get, path = "/api/jobs/{job}", params(("job" = i64, Path)), responses((status = 200, body = JobView), (status = 404, body = Problem)))]
pub async fn show(State(app): State<App>, At(job): At<i64>) -> Answer<JobView> {
    Ok(Json(view(&app, job).await?))
}

/// Ends a running job. What is done stays; it can be resumed.
#[utoipa::path(post, path = "/api/jobs/{job}/cancellation", params(("job" = i64, Path)), responses((status = 200, body = JobView), (status = 404, body = Problem)))]
pub async fn cancel(State(app): State<App>, At(job): At<i64>) -> Answer<JobView> {
    detached(async move {
        app.control.cancel_job(job).await?;
        view(&app, job).await
    })
    .await
    .map(Json)
}
