//! One control leads: it has the jobs, hands out runs and takes reports in. Others stand by and take over when its lease is over. The lease is a row of
//! the database, by the database's clock; whatever the leader saves, it saves under that lease, so one that was stopped for a while and goes on
//! late cannot undo what its successor did.
//!
//! ```text
//! standing by ──lease is free──▶ leading ──lease lost, or the process ends──▶ standing by
//! ```

use super::Control;
use super::protocol::subjects;
use crate::api::forward;
use crate::bus_failed::bus_failed;
use axum::Router;
use engine::failure::Failure;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use store::StoreError;
use tokio::task::JoinSet;

pub const LEASE_NAME: &str = "control";
const LEASE: Duration = Duration::from_secs(6);
/// A renewal that takes longer is tried anew.
const RENEW_WITHIN: Duration = Duration::from_secs(2);
/// Tasks of one that leads.
const LEADING_TASKS: usize = 6;
/// How often the leader renews its lease, and those who stand by look whether it is free.
pub const RENEW_EVERY: Duration = Duration::from_secs(1);

/// By what right a control leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// The lock on the enterprise's folder: nobody else can.
    Lock,
    /// A lease that may be lost.
    Lease,
    /// Both: servers are in this process, and the database may be another one's too.
    LockAndLease,
}

impl Right {
    pub fn is_lease(self) -> bool {
        self != Right::Lock
    }

    /// Whether all servers live and die with this process.
    pub fn in_process(self) -> bool {
        self != Right::Lease
    }
}

impl Control {
    /// Whether this control has the jobs.
    pub fn leads(&self) -> bool {
        self.leading.load(Ordering::Acquire)
    }

    /// Whether this control can be sure that it leads: whoever was stopped for a while, or cut off from the database, has lost its lease without
    /// having heard of it.
    pub(super) fn still_leads(&self) -> bool {
        !self.right.is_lease() || self.renewed.lock().expect("no holder panics").elapsed() < LEASE
    }

    /// Takes the lease, or makes it longer; answers its epoch, `None` where another control has it.
    pub async fn renew(&self) -> Result<Option<i64>, StoreError> {
        let asked = Instant::now();
        let reason = format!("leads on {}, process {}", rustix::system::uname().nodename().to_string_lossy(), std::process::id());
        let lease = self.store.control().take_lease(LEASE_NAME, &self.id, LEASE.as_millis() as i64, &reason).await?;
        if lease.is_some() {
            *self.renewed.lock().expect("no holder panics") = asked;
        }
        Ok(lease)
    }

    /// Begins to lead: takes over the jobs that another left and listens to servers. What it answers runs until it is dropped; where one of it ends by
    /// itself, this control can lead no longer.
    pub async fn lead(&self, term: i64, router: Router) -> Result<JoinSet<()>, Failure> {
        let begun = self.begin_to_lead(term, router).await;
        if begun.is_err() {
            self.resign().await;
        }
        begun
    }

    async fn begin_to_lead(&self, term: i64, router: Router) -> Result<JoinSet<()>, Failure> {
        let listen = |error| bus_failed(&error);
        self.bus.make_streams().await.map_err(listen)?;
        self.take_over(term).await?;
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
        loop {
            tokio::select! {
                () = tokio::time::sleep(RENEW_EVERY) => {}
                Some(_) = next_end(&mut leading) => told("a part of this control ended: it leads no longer"),
            }
            let ended = leading.as_ref().is_some_and(|(_, tasks)| tasks.len() < LEADING_TASKS);
            let lease = match tokio::time::timeout(RENEW_WITHIN, self.renew()).await {
                Ok(Ok(lease)) => lease,
                // It stays with what it had, as long as nobody else can have it.
                _ if self.still_leads() && !ended => continue,
                _ => None,
            };
            if lease == leading.as_ref().map(|(term, _)| *term) && !ended {
                continue;
            }
            if leading.take().is_some() {
                self.resign().await;
                told("this control leads no longer");
            }
            let Some(term) = lease else { continue };
            match self.lead(term, router.clone()).await {
                Ok(tasks) => {
                    told("this control leads");
                    leading = Some((term, tasks));
                }
                Err(failure) => {
                    told(&format!("cannot lead: {failure}"));
                    let _ = self.store.control().release_lease(LEASE_NAME, &self.id).await;
                }
            }
        }
    }

    /// Knows nothing of jobs any more; who leads has them.
    async fn resign(&self) {
        self.leading.store(false, Ordering::Release);
        self.term.store(0, Ordering::Release);
        self.jobs.lock().await.clear();
        self.cache.clear();
        self.attendance.lock().await.begin(0);
    }

    /// Gives the lease back, so that another need not wait for its end. Nothing may renew it any more.
    pub async fn leave(&self) {
        self.leading.store(false, Ordering::Release);
        if self.right.is_lease() && self.term.swap(0, Ordering::AcqRel) > 0 {
            let given_back = self.store.control().release_lease(LEASE_NAME, &self.id);
            let _ = tokio::time::timeout(RENEW_WITHIN, given_back).await;
        }
    }
}

/// Waits for the end of a part of what leads; for ever while nothing does.
async fn next_end(leading: &mut Option<(i64, JoinSet<()>)>) -> Option<()> {
    match leading {
        Some((_, tasks)) if tasks.len() == LEADING_TASKS => tasks.join_next().await.map(drop),
        _ => std::future::pending().await,
    }
}
