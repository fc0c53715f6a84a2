//! A seeded simulation: a control that saves before it acts, may fail to save and may crash between any two events, so that another takes the job
//! over; servers that crash in the middle of work, or are cut off and come back; people who cancel and resume; and a network that loses, doubles,
//! delays and reorders what it carries. Whatever happens, the job ends, every attempt's changes are applied at most once and every run passes
//! exactly once, and no run began before what stands in its way had passed.

use engine::failure::{self, Failure};
use engine::job::{Command, Event, Job, JobState, RunState, Stored, Undo};
use engine::outcome::Outcome;
use engine::plan::{Facts, Fleet, Plan, PlannedRun, PlannedServer};
use std::collections::{BTreeMap, BTreeSet};

const SERVERS: [&str; 3] = ["ENT1", "ENT2", "ENT3"];
/// A server that was not heard so long is away.
const AWAY_AFTER_MS: i64 = 60_000;
/// Until then things go wrong; then they stop, so that the job must end.
const TROUBLE_MS: i64 = 900_000;

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
    /// With the attempts that the server is at, or whose reports control has not answered.
    Claim {
        server: &'static str,
        working: Vec<Attempt>,
    },
    Order {
        server: &'static str,
        attempt: Attempt,
        epoch: i64,
    },
    Report(Report),
    /// Control has the report.
    Answer {
        server: &'static str,
        attempt: Attempt,
    },
}

/// A run and the number of an attempt at it.
type Attempt = (usize, u32);

#[derive(Clone, Debug)]
struct Report {
    server: &'static str,
    attempt: Attempt,
    result: Result<Outcome, Failure>,
}

/// One server: what it knows, and until when it is cut off.
#[derive(Default)]
struct Server {
    /// With the time at which the work ends.
    working: Vec<(Attempt, i64)>,
    unanswered: Vec<Report>,
    newest_epoch: i64,
    cut_off_until: i64,
}

/// How often each trouble happened: a simulation in which one never does proves nothing about it.
#[derive(Debug, Default)]
struct Troubles {
    taken_over: usize,
    not_saved: usize,
    lost: usize,
    away: usize,
    given_up: usize,
    cancelled: usize,
    late_reports: usize,
}

struct World {
    random: Random,
    now: i64,
    /// Messages with the time at which they arrive.
    network: Vec<(i64, Message)>,
    /// Every report that was ever sent: each may turn up again at any time.
    reports: Vec<Report>,
    /// What control has saved; its memory is lost in a crash.
    saved: Stored,
    control: Job,
    heard: BTreeMap<&'static str, i64>,
    servers: BTreeMap<&'static str, Server>,
    /// Attempts whose changes were applied.
    applied: BTreeSet<Attempt>,
    passed: BTreeSet<usize>,
    /// The effect of each run, on whatever server: repeated effects are equal, so a set.
    effects: BTreeSet<usize>,
    troubles: Troubles,
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
        World {
            random: Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1),
            now: 0,
            network: Vec::new(),
            reports: Vec::new(),
            saved: (*job).clone(),
            control: job,
            heard: SERVERS.map(|name| (name, 0)).into(),
            servers: SERVERS.map(|name| (name, Server::default())).into(),
            applied: BTreeSet::new(),
            passed: BTreeSet::new(),
            effects: BTreeSet::new(),
            troubles: Troubles::default(),
        }
    }

    /// One time in so many hundred, while there is trouble.
    fn trouble(&mut self, percent: u64) -> bool {
        self.now < TROUBLE_MS && self.random.chance(percent)
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

    /// Applies, saves, acts; crashes of control fall between these, and a save may fail. False where the news must come again.
    fn apply(&mut self, event: Event) -> bool {
        let reported = match event {
            Event::Reported { run, attempt, .. } => Some((run, attempt)),
            _ => None,
        };
        let mut undo = Undo::default();
        let commands = self.control.apply_with_undo(event, self.now, &mut undo);
        if commands.is_empty() {
            return true;
        }
        if self.trouble(3) {
            self.take_over();
            return false;
        }
        if self.trouble(3) {
            self.control.undo(undo);
            assert_eq!(*self.control, self.saved, "what was not saved is forgotten");
            self.troubles.not_saved += 1;
            return false;
        }
        self.saved = (*self.control).clone();
        if commands.iter().any(|command| matches!(command, Command::ApplyChanges { .. })) {
            self.count_changes(reported.expect("only a report has changes"));
        }
        if self.trouble(3) {
            self.take_over();
            return false;
        }
        true
    }

    fn count_changes(&mut self, (run, attempt): Attempt) {
        let this = &self.saved.runs[run];
        assert_eq!(this.attempt, attempt, "the report of another attempt at run {run} was taken");
        assert!(self.applied.insert((run, attempt)), "the changes of attempt {attempt} at run {run} were applied twice");
        if this.state.passed() {
            assert!(self.passed.insert(run), "run {run} passed twice");
        }
    }

    /// Another process goes on from what was saved, while the servers live on.
    fn take_over(&mut self) {
        self.control = Job::restore(self.saved.clone()).unwrap();
        self.control.apply(Event::TakenOver, self.now);
        self.saved = (*self.control).clone();
        self.heard.values_mut().for_each(|heard| *heard = self.now);
        self.troubles.taken_over += 1;
    }

    fn deliver(&mut self, message: Message) {
        match message {
            Message::Claim { server, working } => self.give_work(server, &working),
            Message::Order { server, attempt, epoch } => {
                let ends = self.now + i64::try_from(self.random.below(5_000)).unwrap();
                let state = self.servers.get_mut(server).unwrap();
                if state.cut_off_until > self.now || epoch < state.newest_epoch {
                    return;
                }
                state.newest_epoch = epoch;
                let at_work = state.working.iter().map(|(known, _)| *known);
                let mut known = at_work.chain(state.unanswered.iter().map(|report| report.attempt));
                if !known.any(|known| known.0 == attempt.0 && known.1 >= attempt.1) {
                    // What it was at of that run belongs to an order that no longer counts.
                    state.working.retain(|(known, _)| known.0 != attempt.0);
                    state.working.push((attempt, ends));
                }
            }
            Message::Report(report) => {
                let (run, attempt) = report.attempt;
                let known = self.applied.contains(&report.attempt) || self.control.runs[run].attempt > attempt;
                if self.apply(Event::Reported { run, attempt, result: report.result }) {
                    self.troubles.late_reports += usize::from(known);
                    self.send(Message::Answer { server: report.server, attempt: report.attempt });
                }
            }
            Message::Answer { server, attempt } => {
                let state = self.servers.get_mut(server).unwrap();
                if state.cut_off_until <= self.now {
                    state.unanswered.retain(|report| report.attempt != attempt);
                }
            }
        }
    }

    fn give_work(&mut self, server: &'static str, working: &[Attempt]) {
        self.heard.insert(server, self.now);
        // An order that was lost on its way is given again.
        for run in self.control.running_on(server) {
            let attempt = (run, self.control.runs[run].attempt);
            if !working.contains(&attempt) {
                self.send(Message::Order { server, attempt, epoch: self.control.epoch });
            }
        }
        for run in self.control.ready(server, self.now) {
            if !self.apply(Event::Claimed { run }) {
                return;
            }
            self.send(Message::Order { server, attempt: (run, self.control.runs[run].attempt), epoch: self.control.epoch });
        }
    }

    fn serve(&mut self, name: &'static str) {
        if self.servers[name].cut_off_until > self.now {
            return self.work(name);
        }
        if self.trouble(2) {
            // Crashes: what it did stays on its disk, what it knew is gone. Control notices.
            *self.servers.get_mut(name).unwrap() = Server::default();
            self.troubles.lost += 1;
            self.apply(Event::ServerLost { server: name.into() });
            return;
        }
        self.work(name);
        if self.trouble(1) {
            let long = if self.random.chance(30) { 700_000 } else { 30_000 };
            let length = long + i64::try_from(self.random.below(90_000)).unwrap();
            self.servers.get_mut(name).unwrap().cut_off_until = self.now + length;
            return;
        }
        let state = &self.servers[name];
        let reports = state.unanswered.clone();
        let working = state.working.iter().map(|(attempt, _)| *attempt).chain(reports.iter().map(|report| report.attempt)).collect();
        reports.into_iter().for_each(|report| self.send(Message::Report(report)));
        self.send(Message::Claim { server: name, working });
    }

    /// Work goes on also where the server is cut off.
    fn work(&mut self, name: &'static str) {
        let now = self.now;
        let state = self.servers.get_mut(name).unwrap();
        let ended: Vec<Attempt> = state.working.iter().filter(|(_, ends)| *ends <= now).map(|(attempt, _)| *attempt).collect();
        state.working.retain(|(_, ends)| *ends > now);
        for attempt in ended {
            let result = match self.random.below(20) {
                0 => Err(Failure::new(&failure::DISK_FULL, "no space")),
                1 => Err(Failure::new(&failure::DOES_NOT_COMPILE, "does not compile")),
                _ => Ok(Outcome::Done),
            };
            if result.is_ok() {
                self.effects.insert(attempt.0);
            }
            let report = Report { server: name, attempt, result };
            self.reports.push(report.clone());
            self.servers.get_mut(name).unwrap().unanswered.push(report);
        }
    }

    fn tick(&mut self) {
        self.apply(Event::Ticked);
        let heard = |name: &&str| self.heard.get(*name).copied().unwrap_or(0);
        let awaited = self.control.awaited().into_iter().map(|name| (name.to_string(), heard(&name)));
        for (server, since) in awaited.filter(|(_, since)| self.now - since > AWAY_AFTER_MS).collect::<Vec<_>>() {
            self.apply(Event::Unreachable { server, since });
            self.troubles.away += 1;
        }
    }

    /// People cancel now and then, and resume what has stopped.
    fn meddle(&mut self) {
        if self.control.state == JobState::Running && self.trouble(1) && self.random.chance(5) {
            self.apply(Event::Cancelled);
            self.troubles.cancelled += 1;
        }
        if matches!(self.control.state, JobState::Failed | JobState::Cancelled) && self.random.chance(5) {
            let code = |run: usize| match &self.control.runs[run].detail {
                engine::job::Detail::Failure(failure) => failure.code.as_str(),
                _ => "",
            };
            let not_up = |run: usize| self.control.runs[run].state == RunState::Failed && code(run) == failure::SERVER_NOT_UP.name;
            self.troubles.given_up += usize::from((0..self.control.runs.len()).any(not_up));
            self.apply(Event::Retried);
        }
    }

    fn step(&mut self) {
        self.now += 100;
        let now = self.now;
        let due: Vec<Message> = self.network.iter().filter(|(at, _)| *at <= now).map(|(_, message)| message.clone()).collect();
        self.network.retain(|(at, _)| *at > now);
        due.into_iter().for_each(|message| self.deliver(message));
        for name in SERVERS {
            if self.random.chance(20) {
                self.serve(name);
            }
        }
        if !self.reports.is_empty() && self.random.chance(5) {
            let late = self.random.below(self.reports.len() as u64) as usize;
            self.deliver(Message::Report(self.reports[late].clone()));
        }
        if self.random.chance(5) {
            self.tick();
        }
        self.meddle();
    }

    fn check(&self, seed: u64) {
        for (run, state) in self.control.runs.iter().enumerate() {
            if state.state == RunState::Running || state.state.passed() {
                assert_eq!(self.control.first_in_the_way(run), None, "seed {seed}: run {run} began too early");
            }
        }
    }
}

#[test]
fn whatever_the_network_and_the_processes_do_the_job_ends_as_it_would_have() {
    let mut all = Troubles::default();
    for seed in 0..300 {
        let mut world = World::new(seed);
        for _ in 0..30_000 {
            world.step();
            world.check(seed);
            if world.control.state == JobState::Succeeded {
                break;
            }
        }
        assert_eq!(world.control.state, JobState::Succeeded, "seed {seed} did not end");
        let everything: BTreeSet<usize> = (0..world.control.runs.len()).collect();
        assert_eq!(world.effects, everything, "seed {seed}: an effect is missing");
        assert_eq!(world.passed, everything, "seed {seed}: a run passed whose changes were not applied");
        assert_eq!(world.saved.state, JobState::Succeeded, "seed {seed}: the end was not saved");
        all.taken_over += world.troubles.taken_over;
        all.not_saved += world.troubles.not_saved;
        all.lost += world.troubles.lost;
        all.away += world.troubles.away;
        all.given_up += world.troubles.given_up;
        all.cancelled += world.troubles.cancelled;
        all.late_reports += world.troubles.late_reports;
    }
    let Troubles { taken_over, not_saved, lost, away, given_up, cancelled, late_reports } = all;
    let least = [taken_over, not_saved, lost, away, given_up, cancelled, late_reports].into_iter().min();
    assert!(least > Some(10), "each trouble happened: {all:?}");
}
