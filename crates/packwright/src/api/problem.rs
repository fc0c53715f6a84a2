//! Failures as `application/problem+json` (RFC 9457).

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use engine::failure::{self, Evidence, Failure};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::task::JoinError;
use utoipa::ToSchema;

/// A failure as a client reads it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// The page about failures of this code, below the project's documents.
    #[serde(rename = "type")]
    pub page: String,
    pub title: String,
    pub status: u16,
    /// What went wrong this time.
    pub detail: String,
    /// The stable code.
    pub code: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hint: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Found>,
}

/// One thing that went wrong in the work.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Found {
    /// Server on which it was found; empty where it is none.
    #[serde(default)]
    pub server: String,
    #[serde(default)]
    pub object: String,
    #[serde(default)]
    pub file: String,
    #[serde(default)]
    pub line: u32,
    pub message: String,
    /// Where the whole text lies, below the server's folder.
    #[serde(default)]
    pub log: String,
}

impl Found {
    pub fn on(server: &str, evidence: &Evidence) -> Found {
        let Evidence { object, file, line, message, log } = evidence.clone();
        Found { server: server.into(), object, file, line, message, log }
    }
}

fn status(code: &str) -> StatusCode {
    match code {
        "unknown-name" => StatusCode::NOT_FOUND,
        "bad-request" | "check-in-refused" | "enterprise-refused" => StatusCode::UNPROCESSABLE_ENTITY,
        "package-busy" | "name-used-up" | "not-built" | "still-live" | "nothing-deployed" => StatusCode::CONFLICT,
        "name-claimed" => StatusCode::CONFLICT,
        "credential-refused" => StatusCode::FORBIDDEN,
        "server-not-up" | "database-failed" | "bus-failed" | "no-control" | "command-busy" => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Problem {
        Problem {
            page: format!("docs/failures/{}.md", failure.code),
            title: engine::failure::code(&failure.code).map_or("", |code| code.title).to_string(),
            status: status(&failure.code).as_u16(),
            detail: failure.message,
            hint: failure.hint,
            evidence: failure.evidence.iter().map(|evidence| Found::on("", evidence)).collect(),
            code: failure.code,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).expect("plain data becomes JSON");
        (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response()
    }
}

/// The body of a request as JSON; one that is not is a problem like any other.
pub struct Input<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Input<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let read = axum::Json::<T>::from_request(request, state).await;
        read.map(|axum::Json(value)| Input(value)).map_err(|error| bad_request(error.body_text()))
    }
}

/// The parts of a path; one that does not fit is a problem like any other.
pub struct At<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for At<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        read.map(|axum::extract::Path(value)| At(value)).map_err(|error| bad_request(error.body_text()))
    }
}

fn bad_request(message: String) -> Problem {
    Failure::new(&failure::BAD_REQUEST, message).hint("see openapi.json for what can be asked").into()
}

/// The answer to a path that is none of the API's.
pub async fn no_such_path(request: Request) -> Problem {
    Failure::new(&failure::UNKNOWN_NAME, format!("there is no {} {} here", request.method(), request.uri().path()))
        .hint("see openapi.json")
        .into()
}

/// What a handler answers.
pub type Answer<T> = Result<axum::Json<T>, Problem>;

/// Runs what changes something on a task of its own: a client that goes away does not stop it half-way.
pub async fn detached<T: Send + 'static>(work: impl Future<Output = Result<T, Failure>> + Send + 'static) -> Result<T, Problem> {
    let broken = |error: JoinError| {
        Failure::new(&failure::STEP_PANICKED, format!("the request met a state held impossible: {error}")).hint("please report this defect")
    };
    tokio::spawn(work).await.map_err(broken)?.map_err(Problem::from)
}

/// What a command ends with that a problem ended.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.detail)]
pub struct Refused(pub Problem);
