//! What goes on in a job, as server-sent events: first the whole job and all that its steps have logged, then each change, and the whole again whenever
//! the reader was too slow. Lines of a log come in their order, each once, to however many readers at whichever control.

use super::App;
use super::jobs::{self, JobView};
use super::problem::{At, Problem};
use crate::agent::tables::failed;
use crate::bus_failed::bus_failed;
use crate::control::lines::{self, Line};
use crate::control::protocol::{News, subjects};
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use bus::{Heard, Subscription};
use engine::failure::Failure;
use futures_util::stream::{self, Stream};
use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::time::Duration;

/// Where nothing happens for so long, the reader is told what is waited for.
const WHOLE_AFTER: Duration = Duration::from_secs(3);

struct Reader {
    app: App,
    job: i64,
    news: Subscription,
    /// How many lines of each run and attempt the reader has.
    read: HashMap<(usize, u32), u32>,
    ready: VecDeque<Event>,
    ended: bool,
}

/// Events `job` (the whole job), `news` (one change, or one line of a log) and `end` (the whole job, which then runs no more).
#[utoipa::path(get, path = "/api/jobs/{job}/events", params(("job" = i64, Path)),
    responses((status = 200, description = "a stream of events", content_type = "text/event-stream", body = String), (status = 404, body = Problem)))]
pub async fn job_events(State(app): State<App>, At(job): At<i64>) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    // Listening begins before the first look, so nothing falls between the two.
    let news = app.control.bus.subscribe(&subjects::news_about(job)).await.map_err(|error| bus_failed(&error))?;
    let mut reader = Reader { app, job, news, read: HashMap::new(), ready: VecDeque::new(), ended: false };
    reader.look().await?;
    Ok(Sse::new(stream::unfold(reader, step)).keep_alive(KeepAlive::default()))
}

async fn step(mut reader: Reader) -> Option<(Result<Event, Infallible>, Reader)> {
    loop {
        if let Some(event) = reader.ready.pop_front() {
            return Some((Ok(event), reader));
        }
        if reader.ended {
            return None;
        }
        let heard = tokio::time::timeout(WHOLE_AFTER, reader.news.next()).await;
        let looked = match heard {
            // The whole again, where it says what each run waits for.
            Err(_) | Ok(Some(Heard::Missed(_))) => reader.look().await,
            Ok(Some(Heard::News(message))) => reader.hear(&message.body).await,
            Ok(None) => return None,
        };
        looked.ok()?;
    }
}

impl Reader {
    /// The whole job, and the lines that the reader has not got.
    async fn look(&mut self) -> Result<(), Failure> {
        let view = jobs::view(&self.app, self.job).await?;
        self.ended = view.line.state != "running";
        let lines = lines::of_job(&self.app.control.store, self.job).await.map_err(failed)?;
        if !self.ended {
            self.ready.push_back(whole("job", &view));
        }
        lines.into_iter().for_each(|line| self.push_line(line));
        if self.ended {
            self.ready.push_back(whole("end", &view));
        }
        Ok(())
    }

    async fn hear(&mut self, body: &[u8]) -> Result<(), Failure> {
        match serde_json::from_slice(body) {
            Ok(News::Log { run, attempt, number, at, line, .. }) => {
                // A gap is closed when the whole is looked at; until then the line has its place behind it.
                self.push_line(Line { run, attempt, number, at, text: line });
            }
            Ok(News::JobEnded { .. }) => {
                self.ready.push_back(news(body));
                self.look().await?;
            }
            _ => self.ready.push_back(news(body)),
        }
        Ok(())
    }

    /// A line that follows what the reader has; others were told, or are told when those before them are there.
    fn push_line(&mut self, line: Line) {
        let read = self.read.entry((line.run, line.attempt)).or_default();
        if line.number == *read + 1 {
            *read = line.number;
            let Line { run, attempt, number, at, text } = line;
            self.ready.push_back(news(&News::Log { job: self.job, run, attempt, number, at, line: text }.to_bytes()));
        }
    }
}

fn news(body: &[u8]) -> Event {
    Event::default().event("news").data(String::from_utf8_lossy(body))
}

fn whole(name: &str, view: &JobView) -> Event {
    Event::default().event(name).data(serde_json::to_string(view).expect("plain data becomes JSON"))
}
