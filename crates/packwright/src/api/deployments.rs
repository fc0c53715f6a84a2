//! Deployments: moving servers to a built package.

use super::App;
use super::problem::{Answer, Input, Problem, detached};
use axum::Json;
use axum::extract::State;
use engine::plan::Plan;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Serialize, Deserialize, ToSchema)]
pub struct DeploymentOrder {
    pub package: String,
    /// Enterprise servers; empty for all that the package was built for.
    #[serde(default)]
    pub servers: Vec<String>,
    /// Only say what would be done.
    #[serde(default)]
    pub dry_run: bool,
}

/// What is or would be done.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct DeploymentAnswer {
    /// The job; absent for a dry run.
    pub job: Option<i64>,
    pub runs: Vec<DeploymentRun>,
}

#[derive(Serialize, Deserialize, ToSchema)]
pub struct DeploymentRun {
    pub stage: String,
    pub server: String,
    pub step: String,
    pub title: String,
}

fn runs(plan: &Plan) -> Vec<DeploymentRun> {
    let run = |run: &engine::plan::PlannedRun| DeploymentRun {
        stage: plan.stages[run.stage].clone(),
        server: run.server.clone(),
        step: run.step.clone(),
        title: steps::recipes::step(&run.step).map_or(run.step.as_str(), |step| step.title).to_string(),
    };
    plan.runs.iter().map(run).collect()
}

/// Deploys a package, or says what that would do.
#[utoipa::path(post, path = "/api/deployments", request_body = DeploymentOrder,
    responses((status = 200, body = DeploymentAnswer), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn deploy(State(app): State<App>, Input(order): Input<DeploymentOrder>) -> Answer<DeploymentAnswer> {
    detached(async move {
        let (plan, job) = app.control.deploy(&order.package, &order.servers, order.dry_run).await?;
        Ok(DeploymentAnswer { job, runs: runs(&plan) })
    })
    .await
    .map(Json)
}
