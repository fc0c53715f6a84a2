//! Orders go to the control that leads. Any control answers what only reads, or what changes nothing but rows in one transaction; what begins, ends or
//! moves jobs is carried over the bus to the one that has them.

use super::App;
use super::problem::Problem;
use crate::control::Control;
use crate::control::protocol::{instance, subjects};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bus::{BusError, Requests};
use engine::failure::{self, Failure};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::OnceCell;
use tower::ServiceExt;

const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;
/// An order that is not answered so long is sent again: who had it may have ended. A control takes each order once.
const ASK_AGAIN: Duration = Duration::from_secs(3);
const ANSWER_MAX: Duration = Duration::from_secs(120);
/// As long as it takes that another control leads when the one that did has gone.
const LEADER_AWAY_MAX: Duration = Duration::from_secs(15);
const PAUSE: Duration = Duration::from_millis(250);
/// Orders whose answers are remembered.
const REMEMBERED_MAX: usize = 100;

/// A request on its way over the bus.
#[derive(Serialize, Deserialize)]
struct Carried {
    /// Of the order, however often it is sent.
    id: String,
    method: String,
    uri: String,
    body: String,
}

/// Marks an order that came over the bus: it is not sent on.
#[derive(Clone)]
struct WasCarried;

#[derive(Serialize, Deserialize)]
struct Answered {
    status: u16,
    content_type: String,
    body: String,
}

/// Orders that only the control which leads can take: those about packages and jobs.
fn for_leader(method: &Method, path: &str) -> bool {
    method != Method::GET && ["/api/packages", "/api/deployments", "/api/jobs"].iter().any(|prefix| path.starts_with(prefix))
}

/// Sends an order on where another control leads.
pub async fn to_leader(State(app): State<App>, request: Request, next: Next) -> Response {
    if request.extensions().get::<WasCarried>().is_some() && !app.control.leads() {
        // It has resigned meanwhile; whoever gave the order sends it to its successor.
        return StatusCode::MISDIRECTED_REQUEST.into_response();
    }
    if app.control.leads() || !for_leader(request.method(), request.uri().path()) {
        return next.run(request).await;
    }
    match carry(&app.control, request).await {
        Ok(answer) => answer,
        Err(failure) => Problem::from(failure).into_response(),
    }
}

async fn carry(control: &Control, request: Request) -> Result<Response, Failure> {
    let (method, uri) = (request.method().to_string(), request.uri().to_string());
    let body =
        to_bytes(request.into_body(), BODY_BYTES_MAX).await.map_err(|error| Failure::new(&failure::BAD_REQUEST, error.to_string()))?;
    let body = String::from_utf8(body.into()).map_err(|_| Failure::new(&failure::BAD_REQUEST, "the request is not in UTF-8"))?;
    let carried = serde_json::to_vec(&Carried { id: instance(), method, uri, body }).expect("plain data becomes JSON");
    let began = Instant::now();
    let answer = loop {
        match control.bus.request(subjects::API, carried.clone(), ASK_AGAIN).await {
            Ok(answer) => break answer,
            Err(BusError::NoResponder(_)) if began.elapsed() < LEADER_AWAY_MAX => tokio::time::sleep(PAUSE).await,
            Err(BusError::NoResponder(_)) => {
                return Err(Failure::new(&failure::NO_CONTROL, "no control is up that could take the order")
                    .hint("start one with `packwright serve --role control`"));
            }
            Err(BusError::TimedOut(..) | BusError::Disconnected(_)) if began.elapsed() < ANSWER_MAX => tokio::time::sleep(PAUSE).await,
            Err(error) => {
                return Err(Failure::new(&failure::BUS_FAILED, format!("the order was not answered: {error}"))
                    .hint("look at `packwright status` whether it was taken, and give it again where not"));
            }
        }
    };
    let answered: Answered = serde_json::from_slice(&answer)
        .map_err(|error| Failure::new(&failure::FORMAT_TOO_NEW, format!("cannot read the answer of the control that leads: {error}")))?;
    let status = StatusCode::from_u16(answered.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Ok((status, [(header::CONTENT_TYPE, answered.content_type)], answered.body).into_response())
}

/// Answers orders that came over the bus, each on a task of its own. One that comes again is not carried out again, and gets the same answer.
pub async fn answer_carried(router: Router, mut orders: Requests) {
    let mut answers: VecDeque<(String, Arc<OnceCell<Option<Answered>>>)> = VecDeque::new();
    while let Some(order) = orders.next().await {
        let Ok(carried) = serde_json::from_slice::<Carried>(&order.body) else { continue };
        let known = answers.iter().find(|(id, _)| *id == carried.id).map(|(_, cell)| cell.clone());
        let cell = known.unwrap_or_else(|| {
            let cell = Arc::new(OnceCell::new());
            answers.push_back((carried.id.clone(), cell.clone()));
            cell
        });
        if answers.len() > REMEMBERED_MAX {
            answers.pop_front();
        }
        let router = router.clone();
        tokio::spawn(async move {
            // Without an answer the asker is told that there was none.
            if let Some(answered) = cell.get_or_init(|| answer(router, carried)).await {
                order.reply(serde_json::to_vec(answered).expect("plain data becomes JSON"));
            }
        });
    }
}

async fn answer(router: Router, carried: Carried) -> Option<Answered> {
    let request = Request::builder()
        .method(carried.method.as_str())
        .uri(carried.uri)
        .header(header::CONTENT_TYPE, "application/json")
        .extension(WasCarried)
        .body(Body::from(carried.body))
        .ok()?;
    let response = router.oneshot(request).await.ok().filter(|response| response.status() != StatusCode::MISDIRECTED_REQUEST)?;
    let content_type = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_string();
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), ANSWER_BYTES_MAX).await.ok()?;
    Some(Answered { status, content_type, body: String::from_utf8(body.into()).ok()? })
}
