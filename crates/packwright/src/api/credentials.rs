//! Credentials of servers.

use super::App;
use super::problem::{Answer, At, Problem, detached};
use crate::control::credentials::Enrolment;
use axum::Json;
use axum::extract::State;

/// Gives a server a new credential; one that it had is void.
#[utoipa::path(post, path = "/api/servers/{server}/credential", params(("server" = String, Path)),
    responses((status = 200, body = Enrolment), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn enrol(State(app): State<App>, At(server): At<String>) -> Answer<Enrolment> {
    detached(async move { app.control.enrol(&app.root, &server).await }).await.map(Json)
}

/// Makes a server's credential void.
#[utoipa::path(delete, path = "/api/servers/{server}/credential", params(("server" = String, Path)),
    responses((status = 200, body = Enrolment), (status = 404, body = Problem)))]
pub async fn revoke(State(app): State<App>, At(server): At<String>) -> Answer<Enrolment> {
    detached(async move { app.control.revoke(&server).await }).await.map(Json)
}
