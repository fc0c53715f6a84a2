//! A seeded simulation: a control that saves before it acts and may crash between any two events, servers that crash in the middle of work, and a
//! network that loses, doubles, delays and reorders what it carries. Whatever happens, the job ends, every run's effect stands exactly as if it
//! had run once, and no run began before what stands in its way had passed.

use engine::job::{Command, Event, Job, JobState, RunState};
use engine::outcome::Outcome;
use engine::plan::{Facts, Fleet, Plan, PlannedRun, PlannedServer};
use std::collections::{BTreeMap, BTreeSet};

struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

#[derive(Clone, Debug)]
enum Message {
    /// With the runs that the server is at.
    Claim {
        server: String,
        working: Vec<usize>,
    },
    Order {
        server: String,
        run: usize,
        attempt: u32,
        epoch: i64,
    },
    Report {
        run: usize,
        attempt: u32,
        epoch: i64,
    },
}

/// One server: what it works on, and the effects on its disk, which outlive its crashes.
#[derive(Default)]
struct Server {
    working: Vec<(usize, u32, i64, i64)>,
    /// Reports that control has not answered yet.
    unanswered: Vec<(usize, u32, i64)>,
    newest_epoch: i64,
}

struct World {
    random: Random,
    now: i64,
    /// Messages with the time at which they arrive.
    network: Vec<(i64, Message)>,
    /// What control has saved; its memory is a copy that a crash loses.
    saved: Job,
    control: Job,
    servers: BTreeMap<String, Server>,
    /// Runs whose report counted, in order.
    counted: Vec<usize>,
    /// The effect of each run, on whatever server: repeated effects are equal, so a set.
    effects: BTreeSet<usize>,
}

fn server(name: &str) -> PlannedServer {
    PlannedServer { name: name.into(), port: 6017, platform: "linux-x86_64".into(), toolchain: "gcc".into() }
}

fn plan(per_server: bool) -> Plan {
    let facts = Facts {
        release: "9.2.8.0".parse().unwrap(),
        bits: 64,
        data_source: String::new(),
        repository_flag: "1".into(),
        conversion_flag: "1".into(),
        several_build_servers: true,
        client: false,
        compress_server: false,
        compile_seconds_max: 60,
        generation: 0,
    };
    let mut runs = Vec::new();
    for (stage, lane, name) in
        [(0, 0, "ENT1"), (1, 1, "ENT1"), (1, 1, "ENT1"), (1, 2, "ENT2"), (1, 3, "ENT3"), (2, 4, "ENT2"), (2, 5, "ENT3"), (3, 6, "ENT1")]
    {
        runs.push(PlannedRun { stage, lane, step: format!("step_{}", runs.len()), server: name.into(), timeout_seconds: 600, skip: None });
    }
    let fleet = Fleet { deployment: server("DEP1"), primary: "ENT1".into(), servers: ["ENT1", "ENT2", "ENT3"].map(server).to_vec() };
    Plan {
        recipe: "TEST".into(),
        package: "DV920FA".into(),
        path_code: "DV920".into(),
        per_server,
        fleet,
        facts,
        stages: vec!["a".into(); 4],
        runs,
    }
}

impl World {
    fn new(seed: u64) -> World {
        let job = Job::new(1, plan(seed.is_multiple_of(2)));
        let servers = ["ENT1", "ENT2", "ENT3"].iter().map(|name| (name.to_string(), Server::default())).collect();
        let random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        World {
            random,
            now: 0,
            network: Vec::new(),
            saved: job.clone(),
            control: job,
            servers,
            counted: Vec::new(),
            effects: BTreeSet::new(),
        }
    }

    /// Loses one message in five, doubles one in ten, and delays all of them differently.
    fn send(&mut self, message: Message) {
        if self.random.chance(20) {
            return;
        }
        for _ in 0..1 + u64::from(self.random.chance(10)) {
            let delay = i64::try_from(self.random.below(3_000)).unwrap();
            self.network.push((self.now + delay, message.clone()));
        }
    }

    /// Applies, saves, acts; crashes of control fall between these.
    fn apply(&mut self, event: Event) -> bool {
        let mut next = self.control.clone();
        let commands = next.apply(event, self.now);
        if commands.is_empty() {
            return true;
        }
        if self.random.chance(3) {
            self.crash_control();
            return false;
        }
        self.saved = next.clone();
        for command in &commands {
            if let Command::ApplyChanges { run } = command {
                self.counted.push(*run);
            }
        }
        if self.random.chance(3) {
            self.crash_control();
            return false;
        }
        self.control = next;
        true
    }

    /// Another process takes over from what was saved. In the scaled mode servers live on, so their work is not lost with control.
    fn crash_control(&mut self) {
        self.control = self.saved.clone();
        self.control.epoch += 1;
        self.saved.epoch = self.control.epoch;
        for name in ["ENT1", "ENT2", "ENT3"] {
            let mut next = self.control.clone();
            next.apply(Event::ServerLost { server: name.into() }, self.now);
            (self.saved, self.control) = (next.clone(), next);
        }
    }

    fn deliver(&mut self, message: Message) {
        match message {
            Message::Claim { server, working } => {
                // An order that was lost on its way is given again.
                for run in self.control.running_on(&server).into_iter().filter(|run| !working.contains(run)).collect::<Vec<_>>() {
                    self.send(Message::Order {
                        server: server.clone(),
                        run,
                        attempt: self.control.runs[run].attempt,
                        epoch: self.control.epoch,
                    });
                }
                for run in self.control.ready(&server, self.now) {
                    if !self.apply(Event::Claimed { run }) {
                        return;
                    }
                    let order =
                        Message::Order { server: server.clone(), run, attempt: self.control.runs[run].attempt, epoch: self.control.epoch };
                    self.send(order);
                }
            }
            Message::Order { server, run, attempt, epoch } => {
                let ends = self.now + i64::try_from(self.random.below(5_000)).unwrap();
                let state = self.servers.get_mut(&server).unwrap();
                let known = state.working.iter().any(|(other, ..)| *other == run);
                if epoch >= state.newest_epoch && !known {
                    state.newest_epoch = epoch;
                    state.working.push((run, attempt, epoch, ends));
                }
            }
            Message::Report { run, attempt, epoch } => {
                if epoch == self.control.epoch {
                    self.apply(Event::Reported { run, attempt, result: Ok(Outcome::Done) });
                }
            }
        }
    }

    fn serve(&mut self, name: &str) {
        if self.random.chance(2) {
            // Crashes: what it did stays on its disk, what it knew is gone. Control notices.
            *self.servers.get_mut(name).unwrap() = Server::default();
            self.apply(Event::ServerLost { server: name.into() });
            return;
        }
        let now = self.now;
        let state = self.servers.get_mut(name).unwrap();
        let ended: Vec<_> = state.working.iter().filter(|(.., ends)| *ends <= now).copied().collect();
        state.working.retain(|(.., ends)| *ends > now);
        for (run, attempt, epoch, _) in ended {
            self.effects.insert(run);
            self.servers.get_mut(name).unwrap().unanswered.push((run, attempt, epoch));
        }
        // Reports are repeated until control, by whatever way, shows that it has them.
        let (runs, epoch) = (&self.control.runs, self.control.epoch);
        let answered = |&(run, attempt, of): &(usize, u32, i64)| runs[run].state.passed() || of < epoch || runs[run].attempt > attempt;
        self.servers.get_mut(name).unwrap().unanswered.retain(|report| !answered(report));
        for (run, attempt, epoch) in self.servers[name].unanswered.clone() {
            self.send(Message::Report { run, attempt, epoch });
        }
        let state = &self.servers[name];
        let working = state.working.iter().map(|(run, ..)| *run).chain(state.unanswered.iter().map(|(run, ..)| *run)).collect();
        self.send(Message::Claim { server: name.into(), working });
    }

    fn check(&self, seed: u64) {
        for (run, state) in self.control.runs.iter().enumerate() {
            if state.state == RunState::Running || state.state.passed() {
                assert_eq!(self.control.first_in_the_way(run), None, "seed {seed}: run {run} began too early");
            }
        }
        let distinct: BTreeSet<usize> = self.counted.iter().copied().collect();
        assert_eq!(distinct.len(), self.counted.len(), "seed {seed}: a report counted twice");
    }
}

#[test]
fn whatever_the_network_and_the_processes_do_the_job_ends_as_it_would_have() {
    for seed in 0..300 {
        let mut world = World::new(seed);
        for _ in 0..5_000 {
            world.now += 100;
            let due: Vec<Message> = world.network.iter().filter(|(at, _)| *at <= world.now).map(|(_, message)| message.clone()).collect();
            world.network.retain(|(at, _)| *at > world.now);
            due.into_iter().for_each(|message| world.deliver(message));
            for name in ["ENT1", "ENT2", "ENT3"] {
                if world.random.chance(20) {
                    world.serve(name);
                }
            }
            if world.random.chance(5) {
                world.apply(Event::Ticked);
            }
            world.check(seed);
            if world.control.state == JobState::Succeeded {
                break;
            }
        }
        assert_eq!(world.control.state, JobState::Succeeded, "seed {seed} did not end");
        assert_eq!(world.effects.len(), world.control.runs.len(), "seed {seed}: an effect is missing");
        assert_eq!(world.saved.state, JobState::Succeeded, "seed {seed}: the end was not saved");
    }
}
