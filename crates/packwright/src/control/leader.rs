//! One control leads: it has the jobs, hands out runs and takes reports in. Others stand by and take over when its lease is over. The lease is a row of
//! the database, by the database's clock; whatever the leader saves, it saves under that lease, so one that was stopped for a while and goes on
//! late cannot undo what its successor did.
//!
//! ```text
//! standing by ──lease is free──▶ leading ──lease lost, or the process ends──▶ standing by
//! ```

use super::Control;
use super::protocol::subjects;
use crate::agent::tables::failed;
use crate::api::forward;
use crate::bus_failed::bus_failed;
use axum::Router;
use engine::failure::Failure;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::task::JoinSet;

pub const LEASE: &str = "control";
const LEASE_MS: i64 = 6_000;
/// How often the leader renews its lease, and those who stand by look whether it is free.
const RENEW_EVERY: Duration = Duration::from_secs(1);

/// By what right a control leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// The lock on the enterprise's folder: nobody else can.
    Lock,
    /// A lease that may be lost.
    Lease,
}

impl Control {
    /// Whether this control has the jobs.
    pub fn leads(&self) -> bool {
        self.leading.load(Ordering::Acquire)
    }

    /// Begins to lead: takes over the jobs that another left and listens to servers. What it answers runs until it is dropped.
    pub async fn lead(&self, term: i64, router: Router) -> Result<JoinSet<()>, Failure> {
        // What is saved from here on is saved under the lease.
        self.term.store(term, Ordering::Release);
        let begun = self.begin_to_lead(router).await;
        if begun.is_err() {
            self.resign().await;
        }
        begun
    }

    async fn begin_to_lead(&self, router: Router) -> Result<JoinSet<()>, Failure> {
        let listen = |error| bus_failed(&error);
        self.bus.make_streams().await.map_err(listen)?;
        self.take_over().await?;
        let (claims, reports) =
            (self.bus.respond(subjects::CLAIMS).await.map_err(listen)?, self.bus.respond(subjects::REPORTS).await.map_err(listen)?);
        let questions = self.bus.respond(subjects::QUESTIONS).await.map_err(listen)?;
        let orders = self.bus.respond(subjects::API).await.map_err(listen)?;
        let batch = self.bus.subscribe(subjects::BATCH_ENDED).await.map_err(listen)?;
        let logged = self.bus.subscribe(subjects::NEWS).await.map_err(listen)?;
        self.leading.store(true, Ordering::Release);
        let mut tasks = JoinSet::new();
        tasks.spawn(self.clone().keep_lines(logged));
        tasks.spawn(self.clone().serve(claims, reports));
        tasks.spawn(self.clone().answer_questions(questions));
        tasks.spawn(forward::answer_carried(router, orders));
        tasks.spawn(self.clone().serve_batch_jobs(batch));
        tasks.spawn(self.clone().sweep_goods());
        Ok(tasks)
    }

    /// Leads whenever the lease can be had, until the process ends.
    pub async fn stand_by(self, router: Router, mut told: impl FnMut(&str) + Send) {
        let mut leading: Option<(i64, JoinSet<()>)> = None;
        let mut last_told = String::new();
        let mut told = |text: &str| {
            if last_told != text {
                told(text);
                last_told = text.to_string();
            }
        };
        let mut turn = tokio::time::interval(RENEW_EVERY);
        turn.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            turn.tick().await;
            let reason = format!("leads on {}", rustix::system::uname().nodename().to_string_lossy());
            // While the database is away nobody can take the lease, so the leader stays; what it cannot save does not count.
            let Ok(lease) = self.store.control().take_lease(LEASE, &self.id, LEASE_MS, &reason).await else { continue };
            let had = leading.as_ref().map(|(term, _)| *term);
            if lease == had {
                continue;
            }
            if leading.take().is_some() {
                self.resign().await;
                told("another control leads now");
            }
            let Some(term) = lease else { continue };
            match self.lead(term, router.clone()).await {
                Ok(tasks) => {
                    told("this control leads");
                    leading = Some((term, tasks));
                }
                Err(failure) => {
                    told(&format!("cannot lead: {failure}"));
                    let _ = self.store.control().release_lease(LEASE, &self.id).await.map_err(failed);
                }
            }
        }
    }

    /// Knows nothing of jobs any more; who leads has them.
    async fn resign(&self) {
        self.leading.store(false, Ordering::Release);
        self.term.store(0, Ordering::Release);
        self.jobs.lock().await.clear();
        self.attendance.lock().await.begin(0);
    }

    /// Gives the lease back, so that another need not wait for its end.
    pub async fn leave(&self) {
        if self.right == Right::Lease && self.leads() {
            self.leading.store(false, Ordering::Release);
            self.term.store(0, Ordering::Release);
            let _ = self.store.control().release_lease(LEASE, &self.id).await;
        }
    }
}
