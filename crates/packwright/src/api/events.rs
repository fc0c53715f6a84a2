//! What goes on in a job, as server-sent events: first the whole job, then each change, and the whole again whenever the reader was too slow.

use super::App;
use super::jobs::{self, JobView};
use super::problem::{At, Problem};
use crate::control::protocol::{News, subjects};
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use bus::{Heard, Subscription};
use futures_util::stream::{self, Stream};
use std::convert::Infallible;
use std::time::Duration;

/// Where nothing happens for so long, the reader is told what is waited for.
const WHOLE_AFTER: Duration = Duration::from_secs(3);

struct Reader {
    app: App,
    job: i64,
    news: Subscription,
    next: Next,
}

enum Next {
    Whole,
    News,
    End,
}

/// Events `job` (the whole job), `news` (one change) and `end` (the whole job, which then runs no more).
#[utoipa::path(get, path = "/api/jobs/{job}/events", params(("job" = i64, Path)),
    responses((status = 200, description = "a stream of events", content_type = "text/event-stream", body = String), (status = 404, body = Problem)))]
pub async fn job_events(State(app): State<App>, At(job): At<i64>) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    // Listening begins before the first look, so nothing falls between the two.
    let news = app.control.bus.subscribe(&subjects::news(job));
    jobs::view(&app, job).await?;
    let reader = Reader { app, job, news, next: Next::Whole };
    Ok(Sse::new(stream::unfold(reader, step)).keep_alive(KeepAlive::default()))
}

async fn step(mut reader: Reader) -> Option<(Result<Event, Infallible>, Reader)> {
    match reader.next {
        Next::End => None,
        Next::Whole => {
            let view = jobs::view(&reader.app, reader.job).await.ok()?;
            let ended = view.line.state != "running";
            reader.next = if ended { Next::End } else { Next::News };
            Some((Ok(whole(if ended { "end" } else { "job" }, &view)), reader))
        }
        Next::News => {
            let heard = tokio::time::timeout(WHOLE_AFTER, reader.news.next()).await;
            let event = match heard {
                // The whole again, where it says what each run waits for.
                Err(_) | Ok(Some(Heard::Missed(_))) => {
                    reader.next = Next::Whole;
                    return Box::pin(step(reader)).await;
                }
                Ok(Some(Heard::News(message))) => message.body,
                Ok(None) => return None,
            };
            if matches!(serde_json::from_slice(&event), Ok(News::JobEnded { .. })) {
                reader.next = Next::Whole;
            }
            Some((Ok(Event::default().event("news").data(String::from_utf8_lossy(&event))), reader))
        }
    }
}

fn whole(name: &str, view: &JobView) -> Event {
    Event::default().event(name).data(serde_json::to_string(view).expect("plain data becomes JSON"))
}
