//! The object cache as the steps of one server see it. Control keeps the rows and the claims; content lies in the store of this machine, and is
//! offered to other machines before a key is recorded.

use super::goods::{fetch_all, offer};
use super::{Agent, question};
use crate::control::protocol::Asked;
use engine::failure::Failure;
use engine::host::{Built, Cache};
use std::collections::HashSet;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Records are sent together: this many, or after this long.
const RECORD_TOGETHER: usize = 64;
const RECORD_AFTER: Duration = Duration::from_millis(300);
/// How often control is asked for what other servers build.
const LOOK_EVERY: Duration = Duration::from_millis(50);

pub struct ObjectCache<'a> {
    agent: &'a Agent,
    unsent: Mutex<Unsent>,
}

#[derive(Default)]
struct Unsent {
    built: Vec<(String, Built)>,
    since: Option<Instant>,
}

impl<'a> ObjectCache<'a> {
    pub fn new(agent: &'a Agent) -> ObjectCache<'a> {
        ObjectCache { agent, unsent: Mutex::default() }
    }

    fn ask<T: serde::de::DeserializeOwned>(&self, asked: &Asked) -> Result<T, Failure> {
        self.agent.runtime.block_on(question::ask(self.agent, asked))
    }

    /// Tells what was recorded.
    pub fn flush(&self) -> Result<(), Failure> {
        let built = std::mem::take(&mut *self.unsent.lock().expect("no holder panics")).built;
        if built.is_empty() {
            return Ok(());
        }
        let hashes: Vec<String> =
            built.iter().flat_map(|(_, built)| [&built.content, &built.log]).filter(|hash| !hash.is_empty()).cloned().collect();
        self.agent.runtime.block_on(offer(self.agent, &hashes))?;
        self.ask(&Asked::Record { built })
    }
}

impl Cache for ObjectCache<'_> {
    fn look_up(&self, keys: &[String]) -> Result<Vec<Option<Built>>, Failure> {
        let mut found: Vec<Option<Built>> = self.ask(&Asked::LookUp { keys: keys.to_vec() })?;
        let hashes = found.iter().flatten().flat_map(|built| [&built.content, &built.log]).filter(|hash| !hash.is_empty());
        let absent: HashSet<String> = {
            let absent = self.agent.runtime.block_on(fetch_all(self.agent, hashes.map(String::as_str)))?;
            absent.into_iter().map(str::to_string).collect()
        };
        if absent.is_empty() {
            return Ok(found);
        }
        let mut vanished = Vec::new();
        for (key, place) in keys.iter().zip(&mut found) {
            if place.as_ref().is_some_and(|built| absent.contains(&built.content) || absent.contains(&built.log)) {
                *place = None;
                vanished.push(key.clone());
            }
        }
        // It must be built again, so nobody may take its key for built.
        self.ask::<()>(&Asked::Vanished { keys: vanished })?;
        Ok(found)
    }

    fn claim(&self, keys: &[String], lease: Duration) -> Result<Vec<bool>, Failure> {
        self.ask(&Asked::Claim { keys: keys.to_vec(), lease_seconds: lease.as_secs() })
    }

    fn record(&self, built: &[(String, Built)]) -> Result<(), Failure> {
        let due = {
            let mut unsent = self.unsent.lock().expect("no holder panics");
            unsent.built.extend_from_slice(built);
            let since = *unsent.since.get_or_insert_with(Instant::now);
            unsent.built.len() >= RECORD_TOGETHER || since.elapsed() >= RECORD_AFTER
        };
        if due { self.flush() } else { Ok(()) }
    }

    fn release(&self, keys: &[String]) -> Result<(), Failure> {
        self.ask(&Asked::Release { keys: keys.to_vec() })
    }

    fn wait(&self, at_most: Duration) {
        // Whoever waits has nothing of its own to do, so what it built must not wait here either.
        let _ = self.flush();
        std::thread::sleep(at_most.min(LOOK_EVERY));
    }
}
