//! Control: takes requests in, plans jobs, hands runs to servers that ask, takes their reports in, and tells the news. It acts only on what is saved.

pub mod batch;
pub mod changes;
pub mod check_in;
pub mod check_out;
pub mod jobs;
mod known;
pub mod orders;
pub mod packages;
pub mod protocol;
pub mod stamp;

use crate::agent::tables::failed;
use crate::enterprise::Fleet;
use bus::Bus;
use changes::status;
use engine::failure::{self, Failure};
use engine::job::{Command, Event, Job, JobState};
use engine::plan::Plan;
use engine::value::Row;
use protocol::{ClaimAsked, ClaimGiven, News, Report, subjects};
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use steps::recipes::DEPLOY;
use store::Store;
use tokio::sync::Mutex;

/// A server that asked for nothing so long is away: what waits for it fails, and can be resumed.
const AWAY_AFTER_MS: i64 = 60_000;

/// How often deadlines are looked at.
const TICK: Duration = Duration::from_secs(1);

/// Clones are the same control.
#[derive(Clone)]
pub struct Control {
    pub store: Store,
    pub bus: Bus,
    /// Jobs that run, by number. The lock is held from reading a job to having saved it.
    jobs: Arc<Mutex<BTreeMap<i64, Job>>>,
    /// When each server last asked for work, and when this control began to listen.
    heard: Arc<Mutex<HashMap<String, i64>>>,
    began: i64,
    /// Path codes into which somebody checks in: one at a time, since what is judged must be what is written.
    check_ins: Arc<Mutex<HashMap<String, Arc<Mutex<()>>>>>,
    /// Held while batch jobs are looked at, so that none is started twice.
    batch_jobs: Arc<Mutex<()>>,
}

impl Control {
    /// Takes over what another process left: its servers are gone with it, so their runs begin anew.
    pub async fn start(store: Store, bus: Bus) -> Result<Control, Failure> {
        let control = Control {
            store,
            bus,
            jobs: Arc::default(),
            heard: Arc::default(),
            began: stamp::now(),
            check_ins: Arc::default(),
            batch_jobs: Arc::default(),
        };
        let mut jobs = control.jobs.lock().await;
        for mut job in jobs::load_running(&control.store).await? {
            job.epoch += 1;
            let servers: Vec<String> = job.plan.servers_with_runs().into_iter().map(str::to_string).collect();
            for server in servers {
                let commands = job.apply(Event::ServerLost { server }, stamp::now());
                jobs::save(&control.store, &job, &commands, None).await.map_err(failed)?;
            }
            jobs.insert(job.id, job);
        }
        drop(jobs);
        Ok(control)
    }

    /// Answers servers and looks at deadlines, until the bus ends.
    pub async fn serve(self) {
        let (mut claims, mut reports) = (self.bus.respond(subjects::CLAIM), self.bus.respond(subjects::REPORT));
        let mut tick = tokio::time::interval(TICK);
        loop {
            tokio::select! {
                Some(request) = claims.next() => {
                    let given = self.give_work(&request.body).await;
                    request.reply(serde_json::to_vec(&given).expect("plain data becomes JSON"));
                }
                Some(request) = reports.next() => {
                    // Without an answer the server sends its report again: one that could not be saved is not lost.
                    if let Ok(report) = serde_json::from_slice::<Report>(&request.body)
                        && self.take_report(report).await.is_ok()
                    {
                        request.reply(Vec::new());
                    }
                }
                _ = tick.tick() => self.tick().await,
                else => return,
            }
        }
    }

    /// Jobs that run now, with what they know.
    pub async fn running(&self) -> Vec<Job> {
        self.jobs.lock().await.values().cloned().collect()
    }

    /// Stores a plan as a job, with the objects of a package that is to be built, and begins it. Refused while another job works on the same
    /// package or moves the same servers, and where the package is meanwhile no longer what the order was given for.
    pub async fn begin_job(&self, plan: Plan, objects: Option<Vec<Row>>) -> Result<i64, Failure> {
        let mut jobs = self.jobs.lock().await;
        refuse_busy(&jobs, &plan)?;
        let header = self.header(&plan.package).await?;
        let fits =
            if objects.is_some() { !header.deployed_once } else { [status::COMPLETED, status::DEPLOYED].contains(&header.status.as_str()) };
        if !fits {
            let message = format!("package {} is meanwhile {}", plan.package, header.state);
            return Err(
                Failure::new(&failure::BAD_REQUEST, message).hint("look at `packwright status`, and order again what is still wanted")
            );
        }
        let job = jobs::create(&self.store, plan, objects.as_deref()).await.map_err(failed)?;
        let id = job.id;
        let servers: Vec<String> = job.plan.servers_with_runs().into_iter().map(str::to_string).collect();
        jobs.insert(id, job);
        drop(jobs);
        self.tell(id, &News::JobBegan { job: id });
        servers.iter().for_each(|server| self.wake(server));
        Ok(id)
    }

    /// Tries again what a failed or cancelled job has not done.
    pub async fn retry_job(&self, id: i64) -> Result<(), Failure> {
        let mut jobs = self.jobs.lock().await;
        if jobs.contains_key(&id) {
            return Ok(());
        }
        let job = jobs::load(&self.store, id).await?.ok_or_else(|| unknown_job(id))?;
        if job.state == JobState::Succeeded {
            let message = format!("job {id} ({} {}) succeeded: there is nothing to resume", job.plan.recipe, job.plan.package);
            return Err(
                Failure::new(&failure::BAD_REQUEST, message).hint("deploy the package, or build it anew with `packwright package rebuild`")
            );
        }
        refuse_busy(&jobs, &job.plan)?;
        jobs.insert(id, job);
        let retried = self.apply(&mut jobs, id, Event::Retried, None).await;
        if retried.is_err() {
            jobs.remove(&id);
        }
        retried
    }

    pub async fn cancel_job(&self, id: i64) -> Result<(), Failure> {
        let mut jobs = self.jobs.lock().await;
        if !jobs.contains_key(&id) {
            return Err(unknown_job(id).hint("only a running job can be cancelled; see `packwright status`"));
        }
        self.apply(&mut jobs, id, Event::Cancelled, None).await
    }

    async fn give_work(&self, body: &[u8]) -> ClaimGiven {
        let Ok(asked) = serde_json::from_slice::<ClaimAsked>(body) else { return ClaimGiven::default() };
        self.heard.lock().await.insert(asked.server.clone(), stamp::now());
        let mut jobs = self.jobs.lock().await;
        // Before anything new is given: a run that is given again now is not the one that the server is still at.
        let wanted = |(id, run): &(i64, usize)| jobs.get(id).is_some_and(|job| job.running_on(&asked.server).contains(run));
        let stop = asked.working.iter().filter(|key| !wanted(key)).copied().collect();
        let mut orders = Vec::new();
        for id in jobs.keys().copied().collect::<Vec<_>>() {
            let lost = jobs[&id].running_on(&asked.server).into_iter().filter(|run| !asked.working.contains(&(id, *run)));
            orders.extend(lost.filter_map(|run| jobs::order(&jobs[&id], run)));
            for run in jobs[&id].ready(&asked.server, stamp::now()) {
                if self.apply(&mut jobs, id, Event::Claimed { run }, None).await.is_ok()
                    && let Some(job) = jobs.get(&id)
                {
                    orders.extend(jobs::order(job, run));
                }
            }
        }
        ClaimGiven { orders, stop }
    }

    async fn take_report(&self, report: Report) -> Result<(), Failure> {
        let mut jobs = self.jobs.lock().await;
        let current = jobs.get(&report.job).is_some_and(|job| job.epoch == report.epoch);
        if !current {
            return Ok(());
        }
        let event = Event::Reported { run: report.run, attempt: report.attempt, result: report.result.clone() };
        self.apply(&mut jobs, report.job, event, Some(&report)).await
    }

    async fn tick(&self) {
        let mut jobs = self.jobs.lock().await;
        for id in jobs.keys().copied().collect::<Vec<_>>() {
            // A job that cannot be saved now is looked at again with the next tick.
            let _ = self.apply(&mut jobs, id, Event::Ticked, None).await;
            let servers: Vec<String> =
                jobs.get(&id).map(|job| job.plan.servers_with_runs().into_iter().map(str::to_string).collect()).unwrap_or_default();
            for server in servers {
                if self.is_away(&server).await {
                    let _ = self.apply(&mut jobs, id, Event::Unreachable { server }, None).await;
                }
            }
        }
    }

    async fn is_away(&self, server: &str) -> bool {
        let heard = self.heard.lock().await.get(server).copied().unwrap_or(self.began);
        stamp::now() - heard > AWAY_AFTER_MS
    }

    /// The right to check in to a path code.
    pub async fn check_in_lock(&self, path_code: &str) -> Arc<Mutex<()>> {
        self.check_ins.lock().await.entry(path_code.to_string()).or_default().clone()
    }

    /// Applies news to a copy, saves it, and only then lets it count and acts on it.
    async fn apply(&self, jobs: &mut BTreeMap<i64, Job>, id: i64, event: Event, report: Option<&Report>) -> Result<(), Failure> {
        let Some(mut job) = jobs.get(&id).cloned() else { return Ok(()) };
        let commands = job.apply(event, stamp::now());
        if commands.is_empty() {
            return Ok(());
        }
        let before = &jobs[&id];
        if job.state != before.state || job.epoch != before.epoch || commands.iter().any(|command| !matches!(command, Command::Wake { .. }))
        {
            jobs::save(&self.store, &job, &commands, report).await.map_err(failed)?;
        }
        let mut ended = false;
        for command in commands {
            match command {
                Command::Save { run } => self.tell(id, &News::run(&job, run)),
                Command::Begin => self.tell(id, &News::JobBegan { job: id }),
                Command::ApplyChanges { run } => self.tell_changes(&job, run, report),
                Command::Wake { server } => self.wake(&server),
                Command::End => {
                    ended = true;
                    // Whoever is still at it learns that it may stop.
                    job.plan.servers_with_runs().iter().for_each(|server| self.wake(server));
                    self.tell(id, &News::JobEnded { job: id, state: job.state });
                }
            }
        }
        if ended {
            jobs.remove(&id)
        } else {
            jobs.insert(id, job)
        };
        Ok(())
    }

    fn tell_changes(&self, job: &Job, run: usize, report: Option<&Report>) {
        let broadcast = report.is_some_and(|report| report.changes.contains(&engine::outcome::Change::PackageChangeBroadcast));
        if broadcast {
            let server = job.plan.runs[run].server.clone();
            self.tell(job.id, &News::PackageChanged { server, path_code: job.plan.path_code.clone(), package: job.plan.package.clone() });
        }
    }

    /// News may be lost: whoever needs certainty reads the store.
    fn tell(&self, job: i64, news: &News) {
        let _ = self.bus.publish(&subjects::news(job), news.to_bytes());
    }

    fn wake(&self, server: &str) {
        let _ = self.bus.publish(&subjects::wake(server), Vec::new());
    }

    /// The enterprise as the tables have it.
    pub async fn fleet(&self) -> Result<Fleet, Failure> {
        Fleet::read(&self.store).await.map_err(failed)
    }
}

pub(crate) fn package_busy(other: &Job) -> Failure {
    let message = format!("job {} ({}) works on package {}", other.id, other.plan.recipe, other.plan.package);
    Failure::new(&failure::PACKAGE_BUSY, message)
        .hint(format!("follow it with `packwright job {}`, or end it with `packwright job {} --cancel`", other.id, other.id))
}

/// Two jobs on one package, or two deployments to one server, would undo each other.
fn refuse_busy(jobs: &BTreeMap<i64, Job>, plan: &Plan) -> Result<(), Failure> {
    let same_server = |job: &Job| job.plan.servers_with_runs().iter().any(|server| plan.servers_with_runs().contains(server));
    let deploys = |recipe: &str| recipe == DEPLOY.name;
    let in_the_way = |job: &&Job| {
        let both_deploy = deploys(&plan.recipe) && deploys(&job.plan.recipe) && job.plan.path_code == plan.path_code;
        job.plan.package == plan.package || both_deploy && same_server(job)
    };
    jobs.values().find(in_the_way).map_or(Ok(()), |job| Err(package_busy(job)))
}

fn unknown_job(id: i64) -> Failure {
    Failure::new(&failure::UNKNOWN_NAME, format!("there is no such job: {id}")).hint("see `packwright status`")
}
