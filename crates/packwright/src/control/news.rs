//! What servers say, taken in together: claims and reports that came meanwhile are applied to their jobs, saved in one transaction, and only then acted on;
//! what cannot be saved is taken back.

use super::jobs::{self, Fence, Moved};
use super::presence::Arrival;
use super::protocol::{ClaimAsked, ClaimGiven, News, Report, Speaker, subjects};
use super::{Control, stamp};
use crate::agent::tables::failed;
use bus::{Request, Requests};
use engine::failure::Failure;
use engine::job::{Command, Event, Job, JobState};
use engine::outcome::Change;
use engine::step::Order;
use futures_util::FutureExt;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::MissedTickBehavior;

/// How often deadlines are looked at.
const TICK: Duration = Duration::from_secs(1);
/// Claims and reports that one transaction takes in.
const TOGETHER_MAX: usize = 512;

/// What has changed in which jobs and is not saved yet.
#[derive(Default)]
pub struct Batch(BTreeMap<i64, Moved>);

impl Batch {
    /// Applies news to a job; until the batch is saved it can be taken back.
    pub fn apply(&mut self, jobs: &mut BTreeMap<i64, Job>, id: i64, event: Event, report: Option<&Report>) {
        let Some(job) = jobs.get_mut(&id) else { return };
        let moved = self.0.entry(id).or_default();
        let commands = job.apply_with_undo(event, stamp::now(), &mut moved.undo);
        moved.take(commands, report);
    }
}

/// One claim with what it shall be given once that is saved.
struct Claim {
    request: Request,
    given: ClaimGiven,
    claimed: Vec<(i64, usize)>,
}

/// One report with what its server shall do next, once both are saved.
struct Reported {
    request: Request,
    server: String,
    claimed: Vec<(i64, usize)>,
}

/// A report; the one character that no table takes is replaced, wherever it stands.
fn read_report(request: &Request) -> Option<Report> {
    let text = std::str::from_utf8(&request.body).ok()?;
    serde_json::from_str(&text.replace("\\u0000", "\\ufffd")).ok()
}

/// Whether a step may ask for a change: each has its own, and names the goods of its package alone.
fn may(job: &Job, run: usize, change: &Change) -> bool {
    let step = job.plan.runs[run].step.as_str();
    match change {
        Change::ObjectsListed(_) => step == "list_package_objects",
        Change::ObjectsBuilt { .. } => job.plan.recipe == steps::recipes::FULL_BUILD.name,
        Change::GoodsNamed { name, .. } => name.starts_with(&format!("{}/", job.plan.package)),
        Change::DeploymentState(_) => ["announce_deployment", "mark_available"].contains(&step),
        Change::PackageDeployed => step == "record_deployed_package",
        Change::PackageChangeBroadcast => step == "broadcast_package_change",
    }
}

/// All that a server may take on now, in whichever job.
fn claim_ready(jobs: &mut BTreeMap<i64, Job>, batch: &mut Batch, server: &str) -> Vec<(i64, usize)> {
    let mut claimed = Vec::new();
    for id in jobs.keys().copied().collect::<Vec<_>>() {
        for run in jobs[&id].ready(server, stamp::now()) {
            batch.apply(jobs, id, Event::Claimed { run }, None);
            claimed.push((id, run));
        }
    }
    claimed
}

fn orders(jobs: &BTreeMap<i64, Job>, claimed: &[(i64, usize)]) -> Vec<Order> {
    claimed.iter().filter_map(|(id, run)| jobs::order(jobs.get(id)?, *run)).collect()
}

impl Control {
    /// By what a transaction proves that this control still leads; nothing where nobody else can.
    pub(super) fn fence(&self) -> Option<Fence<'_>> {
        self.right.is_lease().then(|| Fence { owner: &self.id, epoch: self.term.load(Ordering::Acquire) })
    }

    /// Answers servers and looks at deadlines, until the bus ends.
    pub(super) async fn serve(self, mut claims: Requests, mut reports: Requests) {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let (mut claimed, mut reported) = (Vec::new(), Vec::new());
            tokio::select! {
                request = claims.next() => match request {
                    Some(request) => claimed.push(request),
                    None => return,
                },
                request = reports.next() => match request {
                    Some(request) => reported.push(request),
                    None => return,
                },
                _ = tick.tick() => {
                    self.tick().await;
                    continue;
                }
            }
            while claimed.len() + reported.len() < TOGETHER_MAX {
                let (claim, report) = (claims.next().now_or_never().flatten(), reports.next().now_or_never().flatten());
                if claim.is_none() && report.is_none() {
                    break;
                }
                claimed.extend(claim);
                reported.extend(report);
            }
            self.take_in(claimed, reported).await;
        }
    }

    async fn take_in(&self, claims: Vec<Request>, reports: Vec<Request>) {
        let mut jobs = self.jobs.lock().await;
        let mut batch = Batch::default();
        let mut reported = Vec::with_capacity(reports.len());
        for request in reports {
            let Some(mut report) = read_report(&request) else { continue };
            let server = subjects::server_of(&request.subject).to_string();
            if let Some(job) = jobs.get(&report.job)
                && job.plan.runs.get(report.run).is_some_and(|run| run.server == server)
            {
                report.changes.retain(|change| may(job, report.run, change));
                let event = Event::Reported { run: report.run, attempt: report.attempt, result: report.result.clone() };
                batch.apply(&mut jobs, report.job, event, Some(&report));
            }
            reported.push(Reported { request, server, claimed: Vec::new() });
        }
        for reported in &mut reported {
            reported.claimed = claim_ready(&mut jobs, &mut batch, &reported.server);
        }
        let mut answered = Vec::with_capacity(claims.len());
        for request in claims {
            answered.push(self.claim(&mut jobs, &mut batch, request).await);
        }
        let served = reported.iter().filter(|reported| !reported.claimed.is_empty()).map(|reported| reported.server.clone()).collect();
        // Without an answer a server sends again what it said: nothing is lost by what could not be saved, or by a leader that is none any more.
        if self.settle_for(&mut jobs, batch, &served).await.is_err() || !self.still_leads() {
            return;
        }
        for mut claim in answered {
            claim.given.orders = orders(&jobs, &claim.claimed);
            claim.request.reply(serde_json::to_vec(&claim.given).expect("plain data becomes JSON"));
        }
        for reported in reported {
            let next = orders(&jobs, &reported.claimed);
            reported.request.reply(serde_json::to_vec(&next).expect("plain data becomes JSON"));
        }
    }

    async fn claim(&self, jobs: &mut BTreeMap<i64, Job>, batch: &mut Batch, request: Request) -> Claim {
        let mut claim = Claim { request, given: ClaimGiven::default(), claimed: Vec::new() };
        let Ok(asked) = serde_json::from_slice::<ClaimAsked>(&claim.request.body) else { return claim };
        let Speaker { server, .. } = &asked.speaker;
        if server != subjects::server_of(&claim.request.subject) {
            return claim;
        }
        match self.attendance.lock().await.heard(&asked.speaker, stamp::now()) {
            Ok(Arrival::Known) => {}
            // What the process before it was at begins anew, as another attempt: compilers that it left behind write into the folder of theirs.
            Ok(Arrival::Successor) => {
                for id in jobs.keys().copied().collect::<Vec<_>>() {
                    batch.apply(jobs, id, Event::ServerLost { server: server.clone() }, None);
                }
            }
            Err(refused) => {
                claim.given.refused = Some(refused);
                return claim;
            }
        }
        // Before anything new is given: a run that is given again now is not the one that the server is still at.
        let wanted = |(id, run, attempt): &(i64, usize, u32)| {
            jobs.get(id).is_some_and(|job| job.running_on(server).contains(run) && job.runs[*run].attempt == *attempt)
        };
        claim.given.stop = asked.working.iter().filter(|work| !wanted(work)).map(|(id, run, _)| (*id, *run)).collect();
        for (id, job) in jobs.iter() {
            let lost = job.running_on(server).into_iter().filter(|run| !asked.working.contains(&(*id, *run, job.runs[*run].attempt)));
            claim.claimed.extend(lost.map(|run| (*id, run)));
        }
        claim.claimed.extend(claim_ready(jobs, batch, server));
        claim
    }

    async fn tick(&self) {
        let mut jobs = self.jobs.lock().await;
        let mut batch = Batch::default();
        let now = stamp::now();
        let mut attendance = self.attendance.lock().await;
        attendance.look(now);
        for id in jobs.keys().copied().collect::<Vec<_>>() {
            batch.apply(&mut jobs, id, Event::Ticked, None);
            for server in jobs[&id].awaited().into_iter().map(str::to_string).collect::<Vec<_>>() {
                if let Some(since) = attendance.silent_since(&server, now) {
                    batch.apply(&mut jobs, id, Event::Unreachable { server, since }, None);
                }
            }
        }
        // What cannot be saved now is looked at again with the next tick.
        let _ = self.settle(&mut jobs, batch).await;
        drop(jobs);
        // Within one process all servers are there, or nobody is.
        if !self.right.in_process() {
            attendance.save(&self.store).await;
        }
    }

    /// Applies one piece of news, and saves it.
    pub(super) async fn apply(&self, jobs: &mut BTreeMap<i64, Job>, id: i64, event: Event) -> Result<(), Failure> {
        let mut batch = Batch::default();
        batch.apply(jobs, id, event, None);
        self.settle(jobs, batch).await
    }

    /// Saves a batch and acts on it; one that cannot be saved has never been.
    pub(super) async fn settle(&self, jobs: &mut BTreeMap<i64, Job>, batch: Batch) -> Result<(), Failure> {
        self.settle_for(jobs, batch, &BTreeSet::new()).await
    }

    /// As `settle`; servers that are told in another way what they may do next need no wake-up.
    async fn settle_for(&self, jobs: &mut BTreeMap<i64, Job>, batch: Batch, served: &BTreeSet<String>) -> Result<(), Failure> {
        let saved = match batch.0.values().any(Moved::needs_saving) {
            true => jobs::save(&self.store, self.fence(), jobs, &batch.0).await,
            false => Ok(()),
        };
        if let Err(error) = saved {
            for (id, moved) in batch.0 {
                jobs.get_mut(&id).expect("what moved is there").undo(moved.undo);
            }
            return Err(failed(error));
        }
        let mut wake = BTreeSet::new();
        for (id, moved) in batch.0 {
            let job = &jobs[&id];
            self.act(job, &moved, &mut wake);
            if job.state != JobState::Running {
                jobs.remove(&id);
            }
        }
        wake.difference(served).for_each(|server| self.wake(server));
        Ok(())
    }

    fn act(&self, job: &Job, moved: &Moved, wake: &mut BTreeSet<String>) {
        let mut told = BTreeSet::new();
        for command in &moved.commands {
            match command {
                // A run that moved twice in the batch is told as it is now.
                Command::Save { run } if !told.insert(*run) => {}
                Command::Save { run } => self.tell(job.id, &News::run(job, *run)),
                Command::SaveJob => {}
                Command::Begin => self.tell(job.id, &News::JobBegan { job: job.id }),
                Command::ApplyChanges { run } => self.tell_changes(job, *run, moved.changes(*run)),
                Command::Wake { server } => drop(wake.insert(server.clone())),
                Command::End => {
                    // Whoever is still at it learns that it may stop.
                    wake.extend(job.running().map(|run| job.plan.runs[run].server.clone()));
                    self.tell(job.id, &News::JobEnded { job: job.id, state: job.state });
                }
            }
        }
    }

    fn tell_changes(&self, job: &Job, run: usize, changes: &[Change]) {
        if changes.contains(&Change::PackageChangeBroadcast) {
            let server = job.plan.runs[run].server.clone();
            self.tell(job.id, &News::PackageChanged { server, path_code: job.plan.path_code.clone(), package: job.plan.package.clone() });
        }
    }
}
