//! The enterprise as a whole: its state on one page, applying a file, a server's folders, and pages about failures.

use super::App;
use super::jobs::JobLine;
use super::problem::{Answer, At, Input, Problem, detached};
use crate::agent::tables::failed;
use crate::control::packages::{self, Package};
use crate::control::presence::Presence;
use crate::enterprise::apply::{ApplyError, Difference};
use crate::enterprise::{apply, file};
use crate::failure_pages;
use crate::tree::TreeEntry;
use axum::Json;
use axum::extract::State;
use engine::failure::{self, Failure};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The enterprise on one page.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct Status {
    pub tools_release: String,
    pub path_codes: Vec<PathCodeStatus>,
    pub servers: Vec<ServerStatus>,
    pub packages: Vec<Package>,
    /// The newest first, five at most.
    pub jobs: Vec<JobLine>,
    /// The newest first, five at most.
    pub batch_jobs: Vec<super::batch::BatchJobView>,
}

#[derive(Serialize, Deserialize, ToSchema)]
pub struct PathCodeStatus {
    pub name: String,
    pub data_source: String,
    pub bits: u16,
    pub objects: i64,
}

#[derive(Serialize, Deserialize, ToSchema)]
pub struct ServerStatus {
    pub name: String,
    pub kind: String,
    pub primary: bool,
    pub platform: String,
    pub port: i64,
    pub presence: Presence,
    /// One for each path code that has one.
    pub deployed: Vec<DeployedPackage>,
}

#[derive(Serialize, Deserialize, ToSchema)]
pub struct DeployedPackage {
    pub path_code: String,
    pub package: String,
    pub generation: i64,
    /// F9651: available, announced or deploying.
    pub state: String,
}

/// The enterprise on one page.
#[utoipa::path(get, path = "/api/status", responses((status = 200, body = Status)))]
pub async fn status(State(app): State<App>) -> Answer<Status> {
    let fleet = app.control.fleet().await?;
    let store = &app.control.store;
    let mut path_codes = Vec::new();
    for path_code in &fleet.path_codes {
        let count = async { store.path_code(&path_code.name).await?.query("SELECT COUNT(*) FROM F9860", &[]).await };
        let objects = count.await.map_err(failed)?[0][0].integer();
        path_codes.push(PathCodeStatus {
            name: path_code.name.clone(),
            data_source: path_code.data_source.clone(),
            bits: path_code.bits,
            objects,
        });
    }
    let sql = "SELECT A.SKMKEY, A.SKPATHCD, A.SKSERSHP, A.SKGENID, B.MDMCHRCDNM FROM F96511 A JOIN F9651 B ON A.SKMKEY = B.MDMKEY AND A.SKPORT = B.MDPORT AND A.SKPATHCD = B.MDPATHCD \
               WHERE A.SKTYPE = '30' ORDER BY A.SKMKEY, A.SKPATHCD";
    let deployed = store.control().query(sql, &[]).await.map_err(failed)?;
    let (presence, unseen) = app.control.presence().await?;
    let servers = fleet.machines.iter().map(|machine| ServerStatus {
        name: machine.server.name.clone(),
        kind: machine.kind.clone(),
        primary: machine.primary,
        platform: machine.server.platform.clone(),
        port: machine.server.port,
        presence: presence.get(&machine.server.name).copied().unwrap_or(unseen),
        deployed: deployed
            .iter()
            .filter(|row| row[0].text() == machine.server.name)
            .map(|row| DeployedPackage {
                path_code: row[1].text().into(),
                package: row[2].text().into(),
                generation: row[3].integer(),
                state: machine_state(row[4].text()).into(),
            })
            .collect(),
    });
    let servers = servers.collect();
    let packages = packages::list(store, None).await.map_err(failed)?;
    let jobs = super::jobs::newest(&app).await?;
    let batch_jobs = super::batch::newest(&app).await?;
    Ok(Json(Status {
        tools_release: fleet.setting("tools_release").unwrap_or_default().to_string(),
        path_codes,
        servers,
        packages,
        jobs,
        batch_jobs,
    }))
}

fn machine_state(code: &str) -> &'static str {
    match code {
        "30" => "available",
        "50" => "announced",
        "10" => "deploying",
        _ => "unknown",
    }
}

#[derive(Serialize, Deserialize, ToSchema)]
pub struct FileToApply {
    /// Name of the file, for messages.
    pub name: String,
    pub text: String,
    /// Only say what would change.
    #[serde(default)]
    pub dry_run: bool,
}

/// Brings the tables to what an enterprise file says.
#[utoipa::path(put, path = "/api/enterprise", request_body = FileToApply, responses((status = 200, body = Vec<Difference>), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn apply(State(app): State<App>, Input(wanted): Input<FileToApply>) -> Answer<Vec<Difference>> {
    detached(async move { apply_file(&app.control.store, &wanted).await }).await.map(Json)
}

/// Applies a file to a store.
pub async fn apply_file(store: &store::Store, wanted: &FileToApply) -> Result<Vec<Difference>, Failure> {
    let file = file::read(&wanted.name, wanted.text.as_bytes()).map_err(|complaints| file::refused(&wanted.name, complaints))?;
    let differences = apply::apply(store, &file, wanted.dry_run).await.map_err(|error| match error {
        ApplyError::Store(error) => failed(error),
        ApplyError::Refused(failure) => failure,
    })?;
    // Servers that see central objects alone may not make their tables.
    for path_code in file.path_codes.iter().filter(|_| !wanted.dry_run && !file.database.starts_with("sqlite:")) {
        store.path_code(&path_code.name).await.map_err(failed)?;
    }
    Ok(differences)
}

/// A server's folders, three levels deep, with what lies below.
#[utoipa::path(get, path = "/api/servers/{server}/tree", params(("server" = String, Path)), responses((status = 200, body = Vec<TreeEntry>), (status = 404, body = Problem)))]
pub async fn tree(State(app): State<App>, At(server): At<String>) -> Answer<Vec<TreeEntry>> {
    let fleet = app.control.fleet().await?;
    if fleet.machine(&server).is_none() {
        return Err(Failure::new(&failure::UNKNOWN_NAME, format!("there is no server {server}")).hint("see `packwright status`").into());
    }
    Ok(Json(app.control.tree(&server).await?))
}

/// What a failure code means and what to do.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct FailurePage {
    pub code: String,
    pub title: String,
    /// Markdown
    pub text: String,
}

/// The page about a failure code.
#[utoipa::path(get, path = "/api/failures/{code}", params(("code" = String, Path)), responses((status = 200, body = FailurePage), (status = 404, body = Problem)))]
pub async fn failure(At(code): At<String>) -> Answer<FailurePage> {
    let known = engine::failure::code(&code).zip(failure_pages::page(&code));
    let Some((known, text)) = known else {
        return Err(Failure::new(&failure::UNKNOWN_NAME, format!("there is no failure code {code}"))
            .hint("`packwright explain` lists them")
            .into());
    };
    Ok(Json(FailurePage { code: known.name.into(), title: known.title.into(), text: text.into() }))
}
