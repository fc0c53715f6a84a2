//! Calls of business functions, and batch jobs.

use super::App;
use super::problem::{Answer, At, Input, Problem, detached};
use crate::agent::tables::failed;
use axum::Json;
use axum::extract::State;
use engine::failure::{self, Failure};
use engine::value::{Row, Value};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Serialize, Deserialize, ToSchema)]
pub struct CallAsked {
    pub function: String,
    pub server: String,
    pub path_code: String,
    /// Member and value; members that are not named are zero or blank.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub values: serde_json::Map<String, serde_json::Value>,
    #[serde(default)]
    pub user: String,
    /// After this many seconds the function is killed.
    #[serde(default = "call_seconds")]
    pub seconds_max: u64,
}

pub fn call_seconds() -> u64 {
    60
}

/// What a function answered.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct CallAnswer {
    /// 0 success, 1 warning, 2 error
    pub result: i32,
    /// The members of its data structure as it left them.
    #[schema(value_type = Object)]
    pub values: serde_json::Map<String, serde_json::Value>,
    /// Messages that it set.
    #[schema(value_type = Vec<Object>)]
    pub errors: serde_json::Value,
    pub milliseconds: u64,
}

#[derive(Serialize, Deserialize, ToSchema)]
pub struct Submission {
    pub report: String,
    pub version: String,
    pub server: String,
    pub path_code: String,
    pub queue: String,
    #[serde(default)]
    pub user: String,
}

/// A batch job.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BatchJobView {
    pub job: i64,
    pub server: String,
    pub queue: String,
    pub report: String,
    pub version: String,
    /// waiting, processing, done, error or held
    pub state: String,
    pub user: String,
    pub path_code: String,
    /// The package that it runs on; empty until it starts.
    pub package: String,
    /// Milliseconds since 1970, as are the next two; 0 for not yet.
    pub submitted: i64,
    pub started: i64,
    pub ended: i64,
    /// Why it ended with an error.
    pub failure: String,
    /// Each call with what it left.
    #[schema(value_type = Vec<Object>)]
    pub results: serde_json::Value,
    /// Its log, below the server's folder.
    pub log: String,
}

/// Runs a business function of a server's package.
#[utoipa::path(post, path = "/api/calls", request_body = CallAsked, responses((status = 200, body = CallAnswer), (status = 404, body = Problem), (status = 500, body = Problem)))]
pub async fn call(State(app): State<App>, Input(asked): Input<CallAsked>) -> Answer<CallAnswer> {
    detached(async move {
        let reply =
            app.control.call(&asked.function, &asked.server, &asked.path_code, asked.values, &asked.user, asked.seconds_max).await?;
        let errors = serde_json::to_value(&reply.errors).expect("plain data becomes JSON");
        Ok(CallAnswer { result: reply.result, values: reply.values, errors, milliseconds: reply.milliseconds })
    })
    .await
    .map(Json)
}

const COLUMNS: &str =
    "JCJOBNBR, JCEXEHOST, JCJOBQUE, JCUBE, JCVERS, JCJOBSTS, JCUSER, JCPATHCD, JCPACKAGE, JCSUBMITTED, JCSTARTED, JCENDED, JCRESULT";

fn view(row: &Row) -> BatchJobView {
    let text = |position: usize| row[position].text().to_string();
    let result: serde_json::Value = serde_json::from_str(row[12].text()).unwrap_or_default();
    let state = match row[5].text() {
        "W" => "waiting",
        "P" => "processing",
        "D" => "done",
        "E" => "error",
        _ => "held",
    };
    BatchJobView {
        job: row[0].integer(),
        server: text(1),
        queue: text(2),
        report: text(3),
        version: text(4),
        state: state.into(),
        user: text(6),
        path_code: text(7),
        package: text(8),
        submitted: row[9].integer(),
        started: row[10].integer(),
        ended: row[11].integer(),
        failure: result["failure"].as_str().unwrap_or_default().to_string(),
        results: result["results"].clone(),
        log: format!("jobs/{}/job.log", row[0].integer()),
    }
}

/// The newest batch jobs for a page that shows other things too.
pub async fn newest(app: &App) -> Result<Vec<BatchJobView>, Failure> {
    let mut all = read_all(app).await?;
    all.truncate(5);
    Ok(all)
}

async fn read_all(app: &App) -> Result<Vec<BatchJobView>, Failure> {
    let sql = format!("SELECT {COLUMNS} FROM F986110 ORDER BY JCJOBNBR DESC LIMIT 100");
    Ok(app.control.store.control().query(&sql, &[]).await.map_err(failed)?.iter().map(view).collect())
}

async fn read(app: &App, job: i64) -> Result<BatchJobView, Failure> {
    let rows = app
        .control
        .store
        .control()
        .query(&format!("SELECT {COLUMNS} FROM F986110 WHERE JCJOBNBR = $1"), &[Value::from(job)])
        .await
        .map_err(failed)?;
    rows.first()
        .map(view)
        .ok_or_else(|| Failure::new(&failure::UNKNOWN_NAME, format!("there is no batch job {job}")).hint("see `packwright status`"))
}

/// The last hundred batch jobs, the newest first.
#[utoipa::path(get, path = "/api/batch-jobs", responses((status = 200, body = Vec<BatchJobView>)))]
pub async fn list(State(app): State<App>) -> Answer<Vec<BatchJobView>> {
    Ok(Json(read_all(&app).await?))
}

/// Puts a report into a job queue.
#[utoipa::path(post, path = "/api/batch-jobs", request_body = Submission, responses((status = 200, body = BatchJobView), (status = 404, body = Problem)))]
pub async fn submit(State(app): State<App>, Input(s): Input<Submission>) -> Answer<BatchJobView> {
    detached(async move {
        let job = app.control.submit(&s.report, &s.version, &s.server, &s.path_code, &s.queue, &s.user).await?;
        read(&app, job).await
    })
    .await
    .map(Json)
}

/// One batch job.
#[utoipa::path(get, path = "/api/batch-jobs/{job}", params(("job" = i64, Path)), responses((status = 200, body = BatchJobView), (status = 404, body = Problem)))]
pub async fn show(State(app): State<App>, At(job): At<i64>) -> Answer<BatchJobView> {
    Ok(Json(read(&app, job).await?))
}
