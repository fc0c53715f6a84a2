//! Follows a job: on a terminal a bar for each step that runs, with what it does now; elsewhere plain lines.

use super::exit::JobFailed;
use super::{Session, screen};
use crate::api::jobs::{JobView, RunView};
use crate::client::Client;
use crate::control::protocol::News;
use anyhow::Result;
use axum::http::Method;
use engine::job::{Detail, RunState};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// A run that is just about to be taken is not said to wait.
const WAITING_AFTER: Duration = Duration::from_secs(1);

/// A stream that broke is asked for again after this.
const FOLLOW_AGAIN: Duration = Duration::from_secs(1);

/// Follows a job to its end; one that did not succeed is an error after its screen said why.
pub async fn follow(session: &Session, client: &Client, job: i64) -> Result<JobView> {
    let mut screen = Screen::new(!session.json && screen::is_terminal(), session.json);
    let view = loop {
        let mut last = None;
        let path = format!("/api/jobs/{job}/events");
        let followed = client.events(Method::GET, &path, Vec::new(), |event| {
            match event.name.as_str() {
                "job" => screen.whole(serde_json::from_str(&event.data)?),
                "news" => screen.news(&serde_json::from_str(&event.data)?),
                "end" => last = Some(serde_json::from_str::<JobView>(&event.data)?),
                _ => {}
            }
            Ok(())
        });
        followed.await?;
        if let Some(view) = last {
            break view;
        }
        // The stream broke, as when database or bus were away for long; the job may go on.
        let view: JobView = client.get(&format!("/api/jobs/{job}")).await?;
        if view.line.state != "running" {
            break view;
        }
        tokio::time::sleep(FOLLOW_AGAIN).await;
    };
    screen.end(&view);
    if view.line.state == "succeeded" { Ok(view) } else { Err(JobFailed { job, state: view.line.state }.into()) }
}

struct Screen {
    quiet: bool,
    bars: Option<MultiProgress>,
    head: Option<ProgressBar>,
    steps: HashMap<usize, ProgressBar>,
    runs: Vec<RunView>,
    began: HashMap<usize, Instant>,
    cached: HashMap<usize, (u64, u64)>,
    left_ms: i64,
    started: Instant,
    told_waiting: Option<String>,
}

impl Screen {
    fn new(terminal: bool, quiet: bool) -> Screen {
        let bars = terminal.then(MultiProgress::new);
        Screen {
            quiet,
            bars,
            head: None,
            steps: HashMap::new(),
            runs: Vec::new(),
            began: HashMap::new(),
            cached: HashMap::new(),
            left_ms: 0,
            started: Instant::now(),
            told_waiting: None,
        }
    }

    fn whole(&mut self, view: JobView) {
        if self.runs.is_empty() {
            let resumed = view.runs.iter().filter(|run| ["done", "skipped", "warned"].contains(&run.state.as_str())).count();
            let note = if resumed > 0 && self.began_before(&view) {
                format!(", {resumed} of {} steps done before", view.runs.len())
            } else {
                format!(", {} steps", view.runs.len())
            };
            self.line(&format!("job {}: {} {}{note}", view.line.job, view.line.recipe, view.line.package));
        }
        self.left_ms = view.left_ms;
        if let Some(bars) = &self.bars
            && self.head.is_none()
        {
            let bar = bars.add(ProgressBar::new(view.runs.len() as u64));
            bar.set_style(ProgressStyle::with_template("{bar:30} {pos}/{len} steps  {elapsed} elapsed{msg}").expect("a fixed template"));
            bar.enable_steady_tick(Duration::from_millis(250));
            self.head = Some(bar);
        }
        self.runs = view.runs;
        self.tell_waiting();
        for run in 0..self.runs.len() {
            if self.runs[run].state == "running" {
                self.begin(run);
            }
        }
        self.count();
    }

    /// Not a job that was only quicker than this screen.
    fn began_before(&self, view: &JobView) -> bool {
        jiff::Timestamp::now().as_millisecond() - view.line.made > 5_000
    }

    /// Where nothing runs, says what the next runs wait for; once for each reason.
    fn tell_waiting(&mut self) {
        if self.runs.iter().any(|run| run.state == "running") {
            return;
        }
        let waits = self.runs.iter().filter(|run| run.state == "waiting" && !run.why.is_empty());
        let Some(first) = waits.min_by_key(|run| run.stage) else { return };
        let text = format!("{:<6} {}: {}", first.server, first.title, first.why);
        if self.told_waiting.as_deref() != Some(&text) && self.started.elapsed() > WAITING_AFTER {
            self.line(&text);
            self.told_waiting = Some(text);
        }
    }

    fn news(&mut self, news: &News) {
        match news {
            News::Run { run, state, attempt, detail, .. } => self.moved(*run, *state, *attempt, detail),
            News::Progress { run, done, total, cached, what, .. } => {
                self.cached.insert(*run, (*cached, *total));
                if let Some(bar) = self.steps.get(run) {
                    bar.set_length(*total);
                    bar.set_position(*done);
                    let cache = if *cached > 0 { format!("  {cached} from cache") } else { String::new() };
                    bar.set_message(format!("{what}{cache}"));
                }
            }
            News::PackageChanged { server, package, .. } => self.line(&format!("{server} now starts work with {package}")),
            News::Log { .. } | News::JobBegan { .. } | News::JobEnded { .. } => {}
        }
    }

    fn moved(&mut self, run: usize, state: RunState, attempt: u32, detail: &Detail) {
        let Some(view) = self.runs.get_mut(run) else { return };
        view.state = state.word().into();
        let (title, server) = (view.title.clone(), view.server.clone());
        let took = self.began.get(&run).map_or(String::new(), |began| screen::duration(began.elapsed().as_millis() as i64));
        match state {
            RunState::Running => {
                if attempt > 1 {
                    self.line(&format!("{server:<6} {title}: attempt {attempt}"));
                }
                self.begin(run);
                return;
            }
            RunState::Waiting => {
                if let Detail::Failure(failure) = detail {
                    self.line(&format!("{server:<6} {title}: {failure}; tried again"));
                }
            }
            RunState::Done => {
                let cache = self
                    .cached
                    .get(&run)
                    .filter(|(cached, _)| *cached > 0)
                    .map_or(String::new(), |(cached, total)| format!("  {cached} of {total} from cache"));
                self.line(&format!("{server:<6} {title:<42} {took:>10}{cache}"));
            }
            RunState::Warned | RunState::Skipped => {
                let why = if let Detail::Why(why) = detail { why.as_str() } else { "" };
                self.line(&format!("{server:<6} {title:<42} {:>10}  {why}", state.word()));
            }
            RunState::Failed => {
                let why = if let Detail::Failure(failure) = detail { failure.to_string() } else { String::new() };
                self.line(&format!("{server:<6} {title:<42} {:>10}  {why}", "FAILED"));
            }
        }
        if let Some(bar) = self.steps.remove(&run) {
            bar.finish_and_clear();
        }
        self.left_ms -= self.runs[run].usual_ms;
        self.count();
    }

    fn begin(&mut self, run: usize) {
        self.began.entry(run).or_insert_with(Instant::now);
        let Some(bars) = self.bars.as_ref().filter(|_| !self.steps.contains_key(&run)) else { return };
        let view = &self.runs[run];
        let bar = bars.add(ProgressBar::new(0));
        bar.set_style(ProgressStyle::with_template("  {prefix:<40} {bar:24} {pos}/{len} {wide_msg}").expect("a fixed template"));
        bar.set_prefix(format!("{:<6} {}", view.server, view.title));
        self.steps.insert(run, bar);
    }

    fn count(&self) {
        let Some(head) = &self.head else { return };
        let done = self.runs.iter().filter(|run| ["done", "skipped", "warned"].contains(&run.state.as_str())).count();
        head.set_position(done as u64);
        head.set_message(if self.left_ms > 1_000 { format!(", about {} left", screen::duration(self.left_ms)) } else { String::new() });
    }

    fn line(&self, text: &str) {
        match &self.bars {
            _ if self.quiet => {}
            Some(bars) => {
                let _ = bars.println(text);
            }
            None => screen::note(text),
        }
    }

    fn end(self, view: &JobView) {
        for bar in self.steps.values() {
            bar.finish_and_clear();
        }
        if let Some(head) = &self.head {
            head.finish_and_clear();
        }
        if self.quiet {
            return;
        }
        let took = if view.line.ended > 0 { view.line.ended - view.line.made } else { self.started.elapsed().as_millis() as i64 };
        let text = format!(
            "job {}: {} {} {} after {}",
            view.line.job,
            view.line.recipe,
            view.line.package,
            view.line.state,
            screen::duration(took)
        );
        screen::note(&screen::head(&text));
        for run in view.runs.iter().filter(|run| run.state == "failed") {
            screen::note(&format!("{} on {}: {} [{}]", run.step, run.server, run.why, run.code));
            screen::found(&run.evidence);
            if !run.hint.is_empty() {
                screen::note(&format!("hint: {}", run.hint));
            }
        }
    }
}
