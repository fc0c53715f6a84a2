//! One server at work: it asks control for runs, carries each out on a thread of its own and reports how it ended. It dials out over the bus only.

mod cache;
pub mod content;
mod goods;
pub mod host;
pub mod kernel;
mod look;
mod question;
mod sandbox;
pub mod tables;

use crate::bus_failed::bus_failed;
use crate::control::protocol::{ClaimAsked, ClaimGiven, Report, Speaker, subjects};
use crate::control::stamp;
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
/// What is not answered so long is sent again: control may have ended, and another have taken over.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

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
    /// The central objects, where this server may reach them.
    pub central: Option<store::CentralObjects>,
    pub runtime: tokio::runtime::Handle,
    pub stopping: Arc<AtomicBool>,
    /// Content that is on its way here, each with the right to bring it.
    arriving: Arc<Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>>,
    at_work: Arc<Mutex<AtWork>>,
    speaker: Speaker,
}

/// What this server does, and the newest epoch that it has seen of each job.
#[derive(Default)]
struct AtWork {
    /// Job and run, each with its attempt and the flag that ends it early.
    runs: HashMap<(i64, usize), (u32, Arc<AtomicBool>)>,
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
        let stop = Arc::new(AtomicBool::new(false));
        self.runs.insert(key, (order.attempt, stop.clone()));
        Some(stop)
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
        central: Option<store::CentralObjects>,
        stopping: Arc<AtomicBool>,
    ) -> Agent {
        let runtime = tokio::runtime::Handle::current();
        let speaker = Speaker::new(&server, &root);
        Agent {
            server,
            root,
            sdk_include,
            bus,
            slots,
            content,
            central,
            runtime,
            stopping,
            arriving: Arc::default(),
            at_work: Arc::default(),
            speaker,
        }
    }

    /// Works until the bus ends, or control refuses this process.
    pub async fn serve(self) -> Result<(), Failure> {
        let mut wakes = self.bus.subscribe(&subjects::wake(&self.server)).await.map_err(|error| bus_failed(&error))?;
        loop {
            self.take_work().await?;
            match tokio::time::timeout(ASK_EVERY, wakes.next()).await {
                Ok(None) => return Ok(()),
                Ok(Some(Heard::News(_) | Heard::Missed(_))) | Err(_) => {}
            }
        }
    }

    /// Fails only where control will not have this process.
    pub async fn take_work(&self) -> Result<(), Failure> {
        let at_work = |((job, run), (attempt, _)): (&(i64, usize), &(u32, Arc<AtomicBool>))| (*job, *run, *attempt);
        let working = self.at_work.lock().expect("no holder panics").runs.iter().map(at_work).collect();
        let speaker = Speaker { clock: stamp::now(), ..self.speaker.clone() };
        let asked = serde_json::to_vec(&ClaimAsked { speaker, working }).expect("plain data becomes JSON");
        let Ok(answer) = self.bus.request(&subjects::claim(&self.server), asked, ANSWER_WITHIN).await else { return Ok(()) };
        let Ok(given) = serde_json::from_slice::<ClaimGiven>(&answer) else { return Ok(()) };
        if let Some(refused) = given.refused {
            return Err(refused);
        }
        for key in &given.stop {
            if let Some((_, stop)) = self.at_work.lock().expect("no holder panics").runs.get(key) {
                stop.store(true, Ordering::Relaxed);
            }
        }
        self.begin(given.orders);
        Ok(())
    }

    fn begin(&self, orders: Vec<Order>) {
        for order in orders {
            let Some(stop) = self.at_work.lock().expect("no holder panics").take(&order) else { continue };
            let agent = self.clone();
            tokio::spawn(async move {
                let key = (order.job, order.run);
                let worker = agent.clone();
                let report = tokio::task::spawn_blocking(move || worker.carry_out(&order, stop)).await.expect("a run catches its panics");
                // At work until control has the report: else it would give the order again.
                let next = agent.report(&report).await;
                agent.at_work.lock().expect("no holder panics").runs.remove(&key);
                agent.begin(next);
            });
        }
    }

    /// Control takes a report in before it answers; until it has, the report is sent again. Answers what is to be done next: an answer that is lost is
    /// made good by the next claim.
    async fn report(&self, report: &Report) -> Vec<Order> {
        let mut body = serde_json::to_vec(report).expect("plain data becomes JSON");
        loop {
            match self.bus.request(&subjects::report(&self.server), body.clone(), ANSWER_WITHIN).await {
                Ok(answer) => return serde_json::from_slice(&answer).unwrap_or_default(),
                Err(BusError::TooLarge(..)) => {
                    let failure =
                        Failure::new(&failure::HOST_FAILED, "the step's report is too large to be sent").hint("see the server's build log");
                    let short = Report { result: Err(failure), changes: Vec::new(), lines: Vec::new(), ..report.clone() };
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
        let (goods, cache) = (goods::AgentGoods::new(self, &host), cache::ObjectCache::new(self));
        let has_tables = [&order.primary, &order.deployment].contains(&&self.server);
        let tables = self.central.as_ref().filter(|_| has_tables).map(|central| tables::AgentTables { agent: self, central, order });
        let mut changes = Vec::new();
        self.clear_attempts(order);
        let result = run_step(order, &host, &goods, &cache, tables.as_ref(), &mut changes);
        // Also of a step that failed: what did compile is not compiled again.
        let flushed = cache.flush();
        let mut result = result.and_then(|outcome| flushed.map(|()| outcome));
        // What is named can be fetched from the moment on at which control has the report.
        if changes.iter().any(|change| matches!(change, Change::GoodsNamed { .. })) {
            result = result.and_then(|outcome| goods.publish().map(|()| outcome));
        }
        if let Err(failure) = &result {
            engine::host::Host::log(&host, &format!("{} failed: {failure}", order.step));
            failure.evidence.iter().for_each(|found| {
                engine::host::Host::log(&host, &format!("  {} {}:{} {}", found.object, found.file, found.line, found.message))
            });
        }
        Report { job: order.job, run: order.run, attempt: order.attempt, result, changes, lines: host.lines() }
    }
}

fn run_step(
    order: &Order,
    host: &host::LocalHost<'_>,
    goods: &dyn Goods,
    cache: &dyn Cache,
    tables: Option<&tables::AgentTables<'_>>,
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
