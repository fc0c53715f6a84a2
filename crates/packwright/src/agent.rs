//! One server at work: it asks control for runs, carries each out on a thread of its own and reports how it ended. It dials out over the bus only.

pub mod cache;
pub mod content;
pub mod host;
pub mod kernel;
mod sandbox;
pub mod tables;

use crate::control::protocol::{ClaimAsked, ClaimGiven, Report, subjects};
use bus::{Bus, BusError, Heard};
use engine::failure::{self, Failure};
use engine::host::{Cache, Goods, Tables};
use engine::outcome::{Change, Outcome};
use engine::step::{Context, Order};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A wake-up that was lost is made good by asking this often.
const ASK_EVERY: Duration = Duration::from_secs(2);
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// What an agent works with.
#[derive(Clone)]
pub struct Agent {
    pub server: String,
    /// The server's folder.
    pub root: PathBuf,
    pub sdk_include: PathBuf,
    pub bus: Bus,
    pub slots: Arc<host::Slots>,
    pub content: Arc<content::ContentStore>,
    pub cache: Arc<cache::ObjectCache>,
    /// The store, where this server may see central objects.
    pub store: store::Store,
    pub runtime: tokio::runtime::Handle,
    pub stopping: Arc<AtomicBool>,
    at_work: Arc<Mutex<AtWork>>,
}

/// What this server does, and the newest epoch that it has seen of each job.
#[derive(Default)]
struct AtWork {
    /// Each with the flag that ends it early.
    runs: HashMap<(i64, usize), Arc<AtomicBool>>,
    epochs: HashMap<i64, i64>,
}

impl AtWork {
    /// Whether an order is to be carried out: not of a control that another has taken over from, and not twice at once.
    fn take(&mut self, order: &Order) -> Option<Arc<AtomicBool>> {
        let newest = self.epochs.entry(order.job).or_insert(order.epoch);
        *newest = (*newest).max(order.epoch);
        let key = (order.job, order.run);
        if order.epoch < *newest || self.runs.contains_key(&key) {
            return None;
        }
        Some(self.runs.entry(key).or_default().clone())
    }
}

impl Agent {
    #[expect(clippy::too_many_arguments, reason = "each part is made by the owner and named here once")]
    pub fn new(
        server: String,
        root: PathBuf,
        sdk_include: PathBuf,
        bus: Bus,
        slots: Arc<host::Slots>,
        content: Arc<content::ContentStore>,
        cache: Arc<cache::ObjectCache>,
        store: store::Store,
        stopping: Arc<AtomicBool>,
    ) -> Agent {
        let runtime = tokio::runtime::Handle::current();
        Agent { server, root, sdk_include, bus, slots, content, cache, store, runtime, stopping, at_work: Arc::default() }
    }

    /// Works until the bus ends.
    pub async fn serve(self) {
        let mut wakes = self.bus.subscribe(&subjects::wake(&self.server));
        loop {
            self.take_work().await;
            match tokio::time::timeout(ASK_EVERY, wakes.next()).await {
                Ok(None) => return,
                Ok(Some(Heard::News(_) | Heard::Missed(_))) | Err(_) => {}
            }
        }
    }

    async fn take_work(&self) {
        let working = self.at_work.lock().expect("no holder panics").runs.keys().copied().collect();
        let asked = serde_json::to_vec(&ClaimAsked { server: self.server.clone(), working }).expect("plain data becomes JSON");
        let Ok(answer) = self.bus.request(subjects::CLAIM, asked, ANSWER_WITHIN).await else { return };
        let Ok(given) = serde_json::from_slice::<ClaimGiven>(&answer) else { return };
        for key in &given.stop {
            if let Some(stop) = self.at_work.lock().expect("no holder panics").runs.get(key) {
                stop.store(true, Ordering::Relaxed);
            }
        }
        for order in given.orders {
            let Some(stop) = self.at_work.lock().expect("no holder panics").take(&order) else { continue };
            let agent = self.clone();
            tokio::spawn(async move {
                let key = (order.job, order.run);
                let worker = agent.clone();
                let report = tokio::task::spawn_blocking(move || worker.carry_out(&order, stop)).await.expect("a run catches its panics");
                // At work until control has the report: else it would give the order again.
                agent.report(&report).await;
                agent.at_work.lock().expect("no holder panics").runs.remove(&key);
            });
        }
    }

    /// Control takes a report in before it answers; until it has, the report is sent again.
    async fn report(&self, report: &Report) {
        let mut body = serde_json::to_vec(report).expect("plain data becomes JSON");
        loop {
            match self.bus.request(subjects::REPORT, body.clone(), ANSWER_WITHIN).await {
                Ok(_) => return,
                Err(BusError::TooLarge(..)) => {
                    let failure =
                        Failure::new(&failure::HOST_FAILED, "the step's report is too large to be sent").hint("see the server's build log");
                    let short = Report { result: Err(failure), changes: Vec::new(), ..report.clone() };
                    body = serde_json::to_vec(&short).expect("plain data becomes JSON");
                }
                Err(_) => tokio::time::sleep(ASK_EVERY).await,
            }
        }
    }

    /// Removes what earlier attempts at the step left when they were killed. What cannot be removed is in nobody's way.
    fn clear_attempts(&self, order: &Order) {
        let paths = steps::paths::Paths(order);
        let (own, others) = (paths.attempt_name(), format!("{}.", order.step));
        for work in [paths.work(), paths.deployment_work()] {
            for entry in std::fs::read_dir(self.root.join(work)).into_iter().flatten().filter_map(Result::ok) {
                let name = entry.file_name().to_string_lossy().into_owned();
                if name.starts_with(&others) && name != own {
                    let _ = std::fs::remove_dir_all(entry.path());
                }
            }
        }
    }

    fn carry_out(&self, order: &Order, stop: Arc<AtomicBool>) -> Report {
        let host = host::LocalHost::new(self, order, stop);
        let goods = content::LocalGoods { content: &self.content, host: &host, store: &self.store, runtime: &self.runtime };
        let tables = tables::StoreTables { store: &self.store, runtime: &self.runtime, order };
        let has_tables = [&order.primary, &order.deployment].contains(&&self.server);
        let mut changes = Vec::new();
        self.clear_attempts(order);
        let result = run_step(order, &host, &goods, self.cache.as_ref(), has_tables.then_some(&tables), &mut changes);
        // Also of a step that failed: what did compile is not compiled again.
        let flushed = self.cache.flush();
        let result = result.and_then(|outcome| flushed.map(|()| outcome));
        if let Err(failure) = &result {
            engine::host::Host::log(&host, &format!("{} failed: {failure}", order.step));
            failure.evidence.iter().for_each(|found| {
                engine::host::Host::log(&host, &format!("  {} {}:{} {}", found.object, found.file, found.line, found.message))
            });
        }
        Report { job: order.job, run: order.run, attempt: order.attempt, epoch: order.epoch, server: self.server.clone(), result, changes }
    }
}

fn run_step(
    order: &Order,
    host: &host::LocalHost<'_>,
    goods: &dyn Goods,
    cache: &dyn Cache,
    tables: Option<&tables::StoreTables<'_>>,
    changes: &mut Vec<Change>,
) -> Result<Outcome, Failure> {
    let step = steps::recipes::step(&order.step).ok_or_else(|| {
        Failure::new(&failure::FORMAT_TOO_NEW, format!("step {} is not known to this version", order.step))
            .hint("run the version that ordered the job")
    })?;
    if let Some(why) = (step.skip)(&order.facts) {
        return Ok(Outcome::Skipped(why.to_string()));
    }
    let mut context = Context { order, host, goods, cache, tables: tables.map(|tables| tables as &dyn Tables), changes: Vec::new() };
    let result = catch_unwind(AssertUnwindSafe(|| (step.run)(&mut context)));
    *changes = context.changes;
    result.unwrap_or_else(|panic| {
        let text =
            panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
        Err(Failure::new(&failure::STEP_PANICKED, format!("{} stopped at: {text}", step.name))
            .hint("this is a defect of packwright; please report it with the build log"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::plan::{Facts, PlannedServer};

    fn order(epoch: i64, run: usize) -> Order {
        let server = PlannedServer { name: "ENT1".into(), port: 6017, platform: "linux-x86_64".into(), toolchain: "gcc".into() };
        let facts = Facts {
            release: engine::release::Release([9, 2, 8, 0]),
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
        let (package, path_code, step) = ("DV920FA".into(), "DV920".into(), "write_spec_ini".into());
        Order {
            job: 7,
            run,
            attempt: 1,
            epoch,
            step,
            package,
            path_code,
            server,
            primary: "ENT1".into(),
            deployment: "DEP1".into(),
            servers: Vec::new(),
            facts,
        }
    }

    #[test]
    fn an_order_of_an_older_epoch_is_refused() {
        let mut at_work = AtWork::default();
        assert!(at_work.take(&order(2, 0)).is_some());
        assert!(at_work.take(&order(1, 1)).is_none(), "another control has taken over");
        assert!(at_work.take(&order(3, 1)).is_some());
        assert!(at_work.take(&order(2, 2)).is_none());
    }

    #[test]
    fn a_run_is_not_carried_out_twice_at_once() {
        let mut at_work = AtWork::default();
        assert!(at_work.take(&order(1, 0)).is_some());
        assert!(at_work.take(&order(1, 0)).is_none());
    }
}
