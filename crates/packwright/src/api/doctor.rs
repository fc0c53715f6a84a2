//! What is found when everything that work needs is looked at.

use super::App;
use super::problem::Answer;
use crate::examination::Finding;
use axum::Json;
use axum::extract::State;

/// Looks at database, bus, control and every server.
#[utoipa::path(get, path = "/api/doctor", responses((status = 200, body = Vec<Finding>)))]
pub async fn doctor(State(app): State<App>) -> Answer<Vec<Finding>> {
    Ok(Json(app.control.examine().await))
}
