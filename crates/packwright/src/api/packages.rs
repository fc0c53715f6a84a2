//! Packages: their life up to the build, what they hold, how they differ, and what went wrong.

use super::App;
use super::problem::{Answer, At, Found, Input, Problem, detached};
use crate::agent::tables::failed;
use crate::control::packages::{self, Package, PackageDifference, PackagedObject};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Serialize, Deserialize, ToSchema)]
pub struct Assembly {
    pub package: String,
    pub path_code: String,
    #[serde(default)]
    pub description: String,
}

#[derive(Serialize, Deserialize, ToSchema)]
pub struct Definition {
    /// Enterprise servers; empty for all. The primary is always one.
    #[serde(default)]
    pub servers: Vec<String>,
    /// Compress server libraries and bring them to the deployment server.
    #[serde(default)]
    pub compress: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BuildKind {
    /// Of a package that was never built.
    #[default]
    First,
    /// Goes on where the last build stopped.
    Resume,
    /// A new plan with the objects as they are checked in now.
    Rebuild,
}

#[derive(Serialize, Deserialize, ToSchema)]
pub struct BuildOrder {
    #[serde(default)]
    pub kind: BuildKind,
}

#[derive(Serialize, Deserialize, ToSchema)]
pub struct JobBegun {
    pub job: i64,
}

/// All packages.
#[utoipa::path(get, path = "/api/packages", responses((status = 200, body = Vec<Package>)))]
pub async fn list(State(app): State<App>) -> Answer<Vec<Package>> {
    Ok(Json(packages::list(&app.control.store, None).await.map_err(failed)?))
}

/// Makes a full package.
#[utoipa::path(post, path = "/api/packages", request_body = Assembly, responses((status = 200, body = Package), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn assemble(State(app): State<App>, Input(assembly): Input<Assembly>) -> Answer<Package> {
    detached(async move {
        app.control.assemble(&assembly.package, &assembly.path_code, &assembly.description).await?;
        app.control.header(&assembly.package).await
    })
    .await
    .map(Json)
}

/// One package.
#[utoipa::path(get, path = "/api/packages/{package}", params(("package" = String, Path)), responses((status = 200, body = Package), (status = 404, body = Problem)))]
pub async fn show(State(app): State<App>, At(package): At<String>) -> Answer<Package> {
    Ok(Json(app.control.header(&package).await?))
}

/// Says where and how a package is built.
#[utoipa::path(put, path = "/api/packages/{package}/definition", params(("package" = String, Path)), request_body = Definition,
    responses((status = 200, body = Package), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn define(State(app): State<App>, At(package): At<String>, Input(definition): Input<Definition>) -> Answer<Package> {
    detached(async move {
        app.control.define(&package, &definition.servers, definition.compress).await?;
        app.control.header(&package).await
    })
    .await
    .map(Json)
}

/// Begins, resumes or repeats the build of a package.
#[utoipa::path(post, path = "/api/packages/{package}/builds", params(("package" = String, Path)), request_body = BuildOrder,
    responses((status = 200, body = JobBegun), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn build(State(app): State<App>, At(package): At<String>, Input(order): Input<BuildOrder>) -> Answer<JobBegun> {
    detached(async move {
        let job = match order.kind {
            BuildKind::First => app.control.build(&package, false).await?,
            BuildKind::Rebuild => app.control.build(&package, true).await?,
            BuildKind::Resume => app.control.resume_build(&package).await?,
        };
        Ok(JobBegun { job })
    })
    .await
    .map(Json)
}

/// The objects of a package.
#[utoipa::path(get, path = "/api/packages/{package}/contents", params(("package" = String, Path)),
    responses((status = 200, body = Vec<PackagedObject>), (status = 404, body = Problem)))]
pub async fn contents(State(app): State<App>, At(package): At<String>) -> Answer<Vec<PackagedObject>> {
    let header = app.control.header(&package).await?;
    Ok(Json(packages::contents(&app.control.store, &header).await.map_err(failed)?))
}

/// How `other` differs from `package`.
#[utoipa::path(get, path = "/api/packages/{package}/difference/{other}", params(("package" = String, Path), ("other" = String, Path)),
    responses((status = 200, body = PackageDifference), (status = 404, body = Problem)))]
pub async fn difference(State(app): State<App>, At((package, other)): At<(String, String)>) -> Answer<PackageDifference> {
    let (old, new) = (app.control.header(&package).await?, app.control.header(&other).await?);
    let old = packages::contents(&app.control.store, &old).await.map_err(failed)?;
    let new = packages::contents(&app.control.store, &new).await.map_err(failed)?;
    Ok(Json(packages::difference(old, new)))
}

/// All that went wrong in the last build, of all servers and objects.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct BuildReport {
    pub package: String,
    /// 0 where no build was begun.
    pub job: i64,
    pub state: String,
    pub failures: Vec<FailedRun>,
    pub errors: Vec<Found>,
}

#[derive(Serialize, Deserialize, ToSchema)]
pub struct FailedRun {
    pub server: String,
    pub step: String,
    pub code: String,
    pub message: String,
    pub hint: String,
}

/// What went wrong in the last build of a package, gathered from all servers.
#[utoipa::path(get, path = "/api/packages/{package}/report", params(("package" = String, Path)), responses((status = 200, body = BuildReport), (status = 404, body = Problem)))]
pub async fn report(State(app): State<App>, At(package): At<String>) -> Answer<BuildReport> {
    let header = app.control.header(&package).await?;
    let last =
        crate::control::jobs::last_on_package(&app.control.store, &package, steps::recipes::FULL_BUILD.name).await.map_err(failed)?;
    let Some(job) = last else {
        return Ok(Json(BuildReport { package, job: 0, state: header.state, failures: Vec::new(), errors: Vec::new() }));
    };
    let view = super::jobs::view(&app, job).await?;
    let failures = view.runs.iter().filter(|run| run.state == "failed");
    let failed_run = |run: &super::jobs::RunView| FailedRun {
        server: run.server.clone(),
        step: run.step.clone(),
        code: run.code.clone(),
        message: run.why.clone(),
        hint: run.hint.clone(),
    };
    let mut errors: Vec<Found> = failures.clone().flat_map(|run| run.evidence.clone()).collect();
    errors.sort_by(|a, b| (&a.object, &a.file, a.line, &a.server).cmp(&(&b.object, &b.file, b.line, &b.server)));
    Ok(Json(BuildReport { package, job, state: view.line.state, failures: failures.map(failed_run).collect(), errors }))
}
