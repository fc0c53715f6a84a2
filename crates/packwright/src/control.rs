//! Control: takes requests in, plans jobs, hands runs to servers that ask, takes their reports in, and tells the news. It acts only on what is saved.

pub mod batch;
pub mod changes;
pub mod check_in;
pub mod check_out;
pub mod credentials;
mod desk;
mod doctor;
pub mod jobs;
mod known;
pub mod leader;
pub mod lines;
mod news;
mod object_cache;
pub mod orders;
pub mod packages;
pub mod presence;
pub mod protocol;
pub mod stamp;
mod sweep;

use crate::agent::tables::failed;
use crate::enterprise::Fleet;
use bus::Bus;
use changes::status;
use engine::failure::{self, Failure};
use engine::job::{Event, Job, JobState};
use engine::plan::Plan;
use engine::value::Row;
use leader::Right;
use news::Batch;
use presence::{Attendance, Presence};
use protocol::{News, subjects};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Instant;
use steps::recipes::DEPLOY;
use store::{Store, StoreError};
use tokio::sync::Mutex;

/// Clones are the same control.
#[derive(Clone)]
pub struct Control {
    pub store: Store,
    pub bus: Bus,
    /// This process, among controls.
    id: Arc<str>,
    right: Right,
    /// Epoch of the lease by which it leads, or takes over before it leads; 0 while it does neither.
    term: Arc<AtomicI64>,
    /// It has the jobs and listens to servers.
    leading: Arc<AtomicBool>,
    /// When the lease was last made longer.
    renewed: Arc<std::sync::Mutex<Instant>>,
    /// Jobs that run, by number; only of the control that leads. The lock is held from reading a job to having saved it.
    jobs: Arc<Mutex<BTreeMap<i64, Job>>>,
    /// Which servers speak to it.
    attendance: Arc<Mutex<Attendance>>,
    cache: Arc<object_cache::ObjectCache>,
    /// Path codes into which somebody checks in: one at a time, since what is judged must be what is written.
    check_ins: Arc<Mutex<HashMap<String, Arc<Mutex<()>>>>>,
    /// Held while batch jobs are looked at, so that none is started twice.
    batch_jobs: Arc<Mutex<()>>,
}

impl Control {
    pub fn new(store: Store, bus: Bus, right: Right) -> Control {
        Control {
            store,
            bus,
            id: protocol::instance().into(),
            right,
            term: Arc::default(),
            leading: Arc::default(),
            renewed: Arc::new(std::sync::Mutex::new(Instant::now())),
            jobs: Arc::default(),
            attendance: Arc::default(),
            cache: Arc::default(),
            check_ins: Arc::default(),
            batch_jobs: Arc::default(),
        }
    }

    /// Takes over the jobs that another left. Where it had the lock its servers are gone with it, so their runs begin anew; where it had the lease they
    /// live on and report to whoever leads.
    async fn take_over(&self, term: i64) -> Result<(), Failure> {
        let mut jobs = self.jobs.lock().await;
        // Under the lock: an order that was being taken when this control last led must find the jobs of this term, or fail.
        self.term.store(term, Ordering::Release);
        jobs.clear();
        let mut attendance = self.attendance.lock().await;
        attendance.begin(stamp::now());
        if !self.right.in_process() {
            attendance.recall(&self.store).await.map_err(failed)?;
        }
        drop(attendance);
        let mut batch = Batch::default();
        for job in jobs::load_running(&self.store).await? {
            let (id, servers) = (job.id, job.servers().map(str::to_string).collect::<Vec<_>>());
            jobs.insert(id, job);
            batch.apply(&mut jobs, id, Event::TakenOver, None);
            if self.right.in_process() {
                servers.into_iter().for_each(|server| batch.apply(&mut jobs, id, Event::ServerLost { server }, None));
            }
        }
        let saved = self.settle(&mut jobs, batch).await;
        if saved.is_err() {
            jobs.clear();
        }
        saved
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
        let job = match jobs::create(&self.store, self.fence(), &plan, objects.as_deref()).await {
            Ok(job) => job,
            // The database may have taken it all the same; a job that nobody knows would come back with the next take-over.
            Err(error @ StoreError::CommitUnknown { .. }) => {
                let taken = jobs::load_running(&self.store).await?.into_iter().find(|job| !jobs.contains_key(&job.id) && *job.plan == plan);
                taken.ok_or_else(|| failed(error))?
            }
            Err(error) => return Err(failed(error)),
        };
        let id = job.id;
        let servers: Vec<String> = job.servers().map(str::to_string).collect();
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
        let retried = self.apply(&mut jobs, id, Event::Retried).await;
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
        self.apply(&mut jobs, id, Event::Cancelled).await
    }

    /// The right to check in to a path code.
    pub async fn check_in_lock(&self, path_code: &str) -> Arc<Mutex<()>> {
        self.check_ins.lock().await.entry(path_code.to_string()).or_default().clone()
    }

    /// News may be lost: whoever needs certainty reads the store.
    fn tell(&self, job: i64, news: &News) {
        let _ = self.bus.publish(&subjects::news(subjects::CONTROL, job), news.to_bytes());
    }

    fn wake(&self, server: &str) {
        let _ = self.bus.publish(&subjects::wake(server), Vec::new());
    }

    /// Who is there, and what is said of those of whom nothing is known.
    pub async fn presence(&self) -> Result<(HashMap<String, Presence>, Presence), Failure> {
        if self.right.in_process() {
            return Ok((HashMap::new(), Presence::Up));
        }
        Ok((presence::read(&self.store).await.map_err(failed)?, Presence::Unseen))
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
    let same_server = |job: &Job| plan.fleet.servers.iter().any(|server| job.has_server(&server.name));
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
