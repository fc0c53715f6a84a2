//! Check-in and check-out. Both tell how far they are as events; the last is `end` with the result, or `problem`.

use super::App;
use super::problem::{At, Input, Problem};
use crate::control::check_in::{self, CheckInResult, Step};
use crate::control::check_out::{self, CheckOutResult};
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use engine::failure::Failure;
use futures_util::Stream;
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::path::PathBuf;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use utoipa::ToSchema;

#[derive(Serialize, Deserialize, ToSchema)]
pub struct CheckInOrder {
    /// Folder on this machine with the objects.
    pub folder: String,
    /// Who checks in, for the librarian.
    #[serde(default)]
    pub user: String,
    /// Only validate.
    #[serde(default)]
    pub dry_run: bool,
}

#[derive(Serialize, Deserialize, ToSchema)]
pub struct CheckOutOrder {
    /// Folder on this machine that is made; it must not be there or be empty.
    pub folder: String,
    /// Objects; empty for all.
    #[serde(default)]
    pub objects: Vec<String>,
}

/// Steps that wait for a slow reader before the work waits for it.
const STEPS_AHEAD: usize = 64;

type Events = Sse<axum::response::sse::KeepAliveStream<std::pin::Pin<Box<dyn Stream<Item = Result<Event, Infallible>> + Send>>>>;

/// Runs work on a task of its own and tells its steps and its end.
fn told<T, W>(work: impl FnOnce(mpsc::Sender<Step>) -> W) -> Events
where
    T: Serialize + Send + 'static,
    W: Future<Output = Result<T, Failure>> + Send + 'static,
{
    let (steps, mut heard) = mpsc::channel::<Step>(STEPS_AHEAD);
    let (events, stream) = mpsc::channel::<Result<Event, Infallible>>(STEPS_AHEAD);
    let work = tokio::spawn(work(steps));
    tokio::spawn(async move {
        let json = |name: &str, data: String| Ok(Event::default().event(name).data(data));
        // A reader that went away does not stop the work: its end is in the tables.
        while let Some(step) = heard.recv().await {
            let _ = events.send(json("step", serde_json::to_string(&step).expect("plain data becomes JSON"))).await;
        }
        let end = match work.await.expect("the work does not panic") {
            Ok(result) => json("end", serde_json::to_string(&result).expect("plain data becomes JSON")),
            Err(failure) => json("problem", serde_json::to_string(&Problem::from(failure)).expect("plain data becomes JSON")),
        };
        let _ = events.send(end).await;
    });
    let stream: std::pin::Pin<Box<dyn Stream<Item = _> + Send>> = Box::pin(ReceiverStream::new(stream));
    Sse::new(stream).keep_alive(KeepAlive::default())
}

/// Checks in all objects below a folder: all of them or, where one has an error, none.
#[utoipa::path(post, path = "/api/path-codes/{path_code}/check-ins", params(("path_code" = String, Path)), request_body = CheckInOrder,
    responses((status = 200, description = "events step, then end (CheckInResult) or problem", content_type = "text/event-stream", body = CheckInResult)))]
pub async fn check_in(State(app): State<App>, At(path_code): At<String>, Input(order): Input<CheckInOrder>) -> Events {
    told(move |steps| async move {
        check_in::check_in(&app.control, &path_code, PathBuf::from(order.folder), &order.user, order.dry_run, steps).await
    })
}

/// Writes objects of a path code as text.
#[utoipa::path(post, path = "/api/path-codes/{path_code}/check-outs", params(("path_code" = String, Path)), request_body = CheckOutOrder,
    responses((status = 200, description = "events step, then end (CheckOutResult) or problem", content_type = "text/event-stream", body = CheckOutResult)))]
pub async fn check_out(State(app): State<App>, At(path_code): At<String>, Input(order): Input<CheckOutOrder>) -> Events {
    told(
        move |steps| async move { check_out::check_out(&app.control, &path_code, PathBuf::from(order.folder), order.objects, steps).await },
    )
}
