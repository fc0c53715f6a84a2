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
use bus::{Heard, Message, Subscription};
use engine::failure::Failure;
use futures_util::stream::{self, Stream};
use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::time::Duration;
use tokio::time::Instant;

/// Where nothing happens for so long, the reader is told what is waited for.
const WHOLE_AFTER: Duration = Duration::from_secs(3);

/// Where lines are missing, they are looked up after this long: by then they are kept.
const LINES_AFTER: Duration = Duration::from_millis(400);

struct Reader {
    app: App,
    job: i64,
    news: Subscription,
    /// How many lines of each run and attempt the reader has.
    read: HashMap<(usize, u32), u32>,
    ready: VecDeque<Event>,
    ended: bool,
    /// A line came whose predecessors did not: they are looked up soon.
    gap: bool,
    looked: Instant,
}

/// Events `job` (the whole job), `news` (one change, or one line of a log) and `end` (the whole job, which then runs no more).
#[utoipa::path(get, path = "/api/jobs/{job}/events", params(("job" = i64, Path)),
    responses((status = 200, description = "a stream of events", content_type = "text/event-stream", body = String), (status = 404, body = Problem)))]
pub async fn job_events(State(app): State<App>, At(job): At<i64>) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    // Listening begins before the first look, so nothing falls between the two.
    let news = app.control.bus.subscribe(&subjects::news_about(job)).await.map_err(|error| bus_failed(&error))?;
    let mut reader =
        Reader { app, job, news, read: HashMap::new(), ready: VecDeque::new(), ended: false, gap: true, looked: Instant::now() };
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
        let within = if reader.gap { LINES_AFTER } else { WHOLE_AFTER };
        let heard = tokio::time::timeout_at(reader.looked + within, reader.news.next()).await;
        let looked = match heard {
            // The whole again, where it says what each run waits for.
            Err(_) => reader.look().await,
            Ok(Some(Heard::Missed(_))) => {
                reader.gap = true;
                reader.look().await
            }
            Ok(Some(Heard::News(message))) => reader.hear(&message).await,
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
        if !self.ended {
            self.ready.push_back(whole("job", &view));
        }
        if std::mem::take(&mut self.gap) || self.ended {
            let lines = lines::of_job(&self.app.control.store, self.job).await.map_err(failed)?;
            lines.into_iter().for_each(|line| self.push_line(line));
        }
        if self.ended {
            self.ready.push_back(whole("end", &view));
        }
        self.looked = Instant::now();
        Ok(())
    }

    /// Servers tell lines and progress, and control what becomes of runs; whatever else is said is nobody's news.
    async fn hear(&mut self, message: &Message) -> Result<(), Failure> {
        let of_control = message.subject.starts_with(&format!("news.{}.", subjects::CONTROL));
        match serde_json::from_slice(&message.body) {
            Ok(News::Log { run, attempt, number, at, line, .. }) => {
                self.push_line(Line { run, attempt, number, at, text: line });
            }
            Ok(News::JobEnded { .. }) if of_control => {
                self.ready.push_back(news(&message.body));
                self.look().await?;
            }
            Ok(News::Progress { .. }) => self.ready.push_back(news(&message.body)),
            Ok(_) if of_control => self.ready.push_back(news(&message.body)),
            Ok(_) | Err(_) => {}
        }
        Ok(())
    }

    /// A line that follows what the reader has; others were told, or are told when those before them are there.
    fn push_line(&mut self, line: Line) {
        let read = self.read.entry((line.run, line.attempt)).or_default();
        self.gap |= line.number > *read + 1;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::leader::Right;
    use crate::control::{Control, jobs as stored};
    use axum::body::BodyDataStream;
    use axum::response::IntoResponse;
    use bus::{Access, Bus};
    use engine::plan::{self, Facts, Fleet, PlannedServer};
    use engine::release::Release;
    use futures_util::StreamExt;
    use steps::recipes::DEPLOY;
    use store::Store;

    fn a_plan() -> plan::Plan {
        let server = |name: &str| PlannedServer { name: name.into(), port: 6017, platform: "linux-x86_64".into(), toolchain: "gcc".into() };
        let fleet = Fleet { deployment: server("DEP1"), primary: "ENT1".into(), servers: vec![server("ENT1")] };
        let facts = Facts {
            release: Release([9, 2, 8, 0]),
            bits: 64,
            data_source: String::new(),
            repository_flag: "1".into(),
            conversion_flag: "1".into(),
            several_build_servers: false,
            client: false,
            compress_server: false,
            compile_seconds_max: 1,
            generation: 0,
        };
        plan::plan(&DEPLOY, "DV920FA", "DV920", &fleet, &facts)
    }

    async fn reader(control: &Control, job: i64) -> BodyDataStream {
        let app = App { control: control.clone(), root: std::path::PathBuf::new() };
        let events = job_events(State(app), At(job)).await.map_err(|problem| problem.detail).expect("the job is there");
        events.into_response().into_body().into_data_stream()
    }

    /// The next lines that a reader is told.
    async fn heard(reader: &mut BodyDataStream, count: usize) -> Vec<String> {
        let mut lines = Vec::new();
        while lines.len() < count {
            let event = reader.next().await.expect("the job goes on").expect("a stream in memory does not break");
            let event = String::from_utf8_lossy(&event).into_owned();
            let data = event.lines().find_map(|line| line.strip_prefix("data: ")).unwrap_or_default();
            if let Ok(News::Log { line, .. }) = serde_json::from_str(data) {
                lines.push(line);
            }
        }
        lines
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn readers_at_two_controls_are_told_every_line_once_and_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite:{}", folder.path().display())).await.unwrap();
        let bus = Bus::open("memory:", &Access::default()).await.unwrap();
        let leads = Control::new(store.clone(), bus.clone(), Right::Lock);
        let stands_by = Control::new(store.clone(), bus.clone(), Right::Lease);
        let job = stored::create(&store, None, &a_plan(), None).await.unwrap().id;
        let _leading = leads.lead(1, axum::Router::new()).await.unwrap();
        let tell = |number: u32| {
            let news = News::Log { job, run: 0, attempt: 1, number, at: 1, line: format!("line {number}") };
            bus.publish(&subjects::news("ENT1", job), news.to_bytes()).unwrap();
        };
        let told = |numbers: std::ops::RangeInclusive<u32>| numbers.map(|number| format!("line {number}")).collect::<Vec<_>>();
        let (mut early, mut elsewhere) = (reader(&leads, job).await, reader(&stands_by, job).await);
        (1..=3).for_each(tell);
        // Doubled on its way.
        tell(2);
        assert_eq!(heard(&mut early, 3).await, told(1..=3));
        assert_eq!(heard(&mut elsewhere, 3).await, told(1..=3));
        while lines::of_job(&store, job).await.unwrap().len() < 3 {}
        let mut late = reader(&stands_by, job).await;
        assert_eq!(heard(&mut late, 3).await, told(1..=3), "one that comes late is told the whole");
        (4..=5).for_each(tell);
        for reader in [&mut early, &mut elsewhere, &mut late] {
            assert_eq!(heard(reader, 2).await, told(4..=5));
        }
    }
}
