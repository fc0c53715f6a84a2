//! One server of the fleet: it asks for work when it is woken and every two seconds, carries out what it is given and reports, as a real server does. A real
//! one works on threads of its own; here a step takes so little that it is done at once.

use crate::speech::{ClaimAsked, ClaimGiven, Report, Speaker};
use crate::tally::Tally;
use crate::work;
use bus::{Bus, Heard};
use engine::failure::{self, Failure};
use engine::step::Order;
use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

const ASK_EVERY: Duration = Duration::from_secs(2);
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

#[derive(Clone)]
pub struct Server {
    name: String,
    position: usize,
    folder: PathBuf,
    bus: Bus,
    tally: Arc<Tally>,
    speaker: Speaker,
    /// Job and run, each with its attempt.
    at_work: Arc<Mutex<HashMap<(i64, usize), u32>>>,
}

impl Server {
    /// One that has a folder and has said nothing so far.
    pub fn new(name: String, position: usize, folder: PathBuf, bus: Bus, tally: Arc<Tally>) -> io::Result<Server> {
        std::fs::create_dir_all(&folder)?;
        let speaker = Speaker {
            server: name.clone(),
            instance: format!("{}.{name}", std::process::id()),
            home: format!("fleet.{}", folder.display()),
            host: "fleet".into(),
            process: std::process::id(),
            version: env!("CARGO_PKG_VERSION").into(),
            clock: 0,
        };
        Ok(Server { name, position, folder, bus, tally, speaker, at_work: Arc::default() })
    }

    /// Listens for wake-ups from now on and asks for work, for ever. Servers begin spread over the time between two questions.
    pub async fn start(self, servers: usize) -> Result<(), String> {
        let mut wakes = self.bus.subscribe(&format!("wake.{}", self.name)).await.map_err(|error| error.to_string())?;
        tokio::spawn(async move {
            tokio::time::sleep(ASK_EVERY * self.position as u32 / servers as u32).await;
            self.take_work().await;
            self.tally.heard();
            loop {
                match tokio::time::timeout(ASK_EVERY, wakes.next()).await {
                    Ok(None) => return,
                    Ok(Some(Heard::News(_))) => self.tally.count(|counts| counts.wakes += 1),
                    Ok(Some(Heard::Missed(_))) | Err(_) => {}
                }
                self.take_work().await;
            }
        });
        Ok(())
    }

    async fn take_work(&self) {
        let working = self.at_work.lock().expect("no holder panics").iter().map(|((job, run), attempt)| (*job, *run, *attempt)).collect();
        let clock = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |elapsed| elapsed.as_millis() as i64);
        let asked = ClaimAsked { speaker: Speaker { clock, ..self.speaker.clone() }, working };
        let asked = serde_json::to_vec(&asked).expect("plain data becomes JSON");
        self.tally.count(|counts| counts.claims += 1);
        let Ok(answer) = self.bus.request(&format!("control.claim.{}", self.name), asked, ANSWER_WITHIN).await else {
            return self.tally.count(|counts| counts.unanswered += 1);
        };
        match serde_json::from_slice::<ClaimGiven>(&answer) {
            Ok(ClaimGiven { refused: Some(refused), .. }) => eprintln!("{} is refused: {refused}", self.name),
            Ok(given) => self.begin(given.orders),
            Err(error) => eprintln!("{} cannot read what it is given: {error}", self.name),
        }
    }

    /// Carries orders out that it is not at already; each with what follows it.
    fn begin(&self, orders: Vec<Order>) {
        for order in orders {
            if self.at_work.lock().expect("no holder panics").insert((order.job, order.run), order.attempt).is_some() {
                continue;
            }
            let server = self.clone();
            tokio::spawn(async move {
                let report = server.carry_out(&order);
                let next = server.report(&report).await;
                if order.step == work::LAST {
                    server.tally.recorded(server.position);
                }
                server.at_work.lock().expect("no holder panics").remove(&(order.job, order.run));
                server.begin(next);
            });
        }
    }

    fn carry_out(&self, order: &Order) -> Report {
        let (result, changes) = match work::carry_out(order, &self.folder) {
            Ok((outcome, changes)) => (Ok(outcome), changes),
            Err(error) => (Err(Failure::new(&failure::HOST_FAILED, format!("{} failed: {error}", order.step))), Vec::new()),
        };
        if order.step == work::SWITCH && result.is_ok() {
            self.tally.switched(self.position);
        }
        let Order { job, run, attempt, .. } = *order;
        Report { job, run, attempt, result, changes, lines: Vec::new() }
    }

    /// Sends a report until control has it; answers what is to be done next.
    async fn report(&self, report: &Report) -> Vec<Order> {
        let body = serde_json::to_vec(report).expect("plain data becomes JSON");
        loop {
            self.tally.count(|counts| counts.reports += 1);
            match self.bus.request(&format!("control.report.{}", self.name), body.clone(), ANSWER_WITHIN).await {
                Ok(answer) => return serde_json::from_slice(&answer).unwrap_or_default(),
                Err(_) => {
                    self.tally.count(|counts| counts.unanswered += 1);
                    tokio::time::sleep(ASK_EVERY).await;
                }
            }
        }
    }
}
