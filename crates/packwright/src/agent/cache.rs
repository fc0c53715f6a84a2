//! The object cache: rows key → hash in the control database, content in the content store, and claims in memory. Claims that are lost with the
//! process cost a compile twice and nothing else.

use super::content::ContentStore;
use super::tables::failed;
use engine::failure::Failure;
use engine::host::{Built, Cache};
use engine::tables;
use engine::value::Value;
use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// Records are written together: this many, or after this long.
const WRITE_TOGETHER: usize = 64;
const WRITE_AFTER: Duration = Duration::from_millis(300);

pub struct ObjectCache {
    store: store::Store,
    runtime: tokio::runtime::Handle,
    content: Arc<ContentStore>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Keys that somebody builds, and until when.
    claims: HashMap<String, Instant>,
    /// Recorded since this process began.
    known: HashMap<String, Built>,
    /// Recorded and not yet written.
    unwritten: Vec<(String, Built)>,
    unwritten_since: Option<Instant>,
}

impl ObjectCache {
    pub fn new(store: store::Store, content: Arc<ContentStore>) -> ObjectCache {
        ObjectCache { store, runtime: tokio::runtime::Handle::current(), content, state: Mutex::default(), changed: Condvar::new() }
    }

    /// Writes what was recorded.
    pub fn flush(&self) -> Result<(), Failure> {
        let unwritten = {
            let mut state = self.state.lock().expect("no holder panics");
            state.unwritten_since = None;
            std::mem::take(&mut state.unwritten)
        };
        if unwritten.is_empty() {
            return Ok(());
        }
        let table = tables::named("PW_CACHE").expect("the catalogue has it");
        let rows: Vec<_> =
            unwritten.iter().map(|(key, built)| vec![Value::from(key), Value::from(&built.content), Value::from(&built.log)]).collect();
        let written = self.runtime.block_on(async {
            let mut transaction = self.store.control().begin().await?;
            transaction.upsert(table, &rows).await?;
            transaction.commit().await
        });
        written.map_err(|error| {
            self.state.lock().expect("no holder panics").unwritten.extend(unwritten);
            failed(error)
        })
    }

    fn read(&self, keys: &[&String]) -> Result<HashMap<String, Built>, Failure> {
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        let places: Vec<String> = (1..=keys.len()).map(|position| format!("${position}")).collect();
        let sql = format!("SELECT CACHEKEY, CONTENT, LOG FROM PW_CACHE WHERE CACHEKEY IN ({})", places.join(", "));
        let arguments: Vec<Value> = keys.iter().map(|key| Value::from(*key)).collect();
        let rows = self.runtime.block_on(self.store.control().query(&sql, &arguments)).map_err(failed)?;
        Ok(rows
            .into_iter()
            .map(|row| (row[0].text().to_string(), Built { content: row[1].text().into(), log: row[2].text().into() }))
            .collect())
    }
}

impl Cache for ObjectCache {
    fn look_up(&self, keys: &[String]) -> Result<Vec<Option<Built>>, Failure> {
        let known: HashMap<String, Built> = {
            let state = self.state.lock().expect("no holder panics");
            keys.iter().filter_map(|key| Some((key.clone(), state.known.get(key)?.clone()))).collect()
        };
        let absent: Vec<&String> = keys.iter().filter(|key| !known.contains_key(*key)).collect();
        let written = self.read(&absent)?;
        let there = |built: &&Built| self.content.has(&built.content) && (built.log.is_empty() || self.content.has(&built.log));
        let found: Vec<Option<Built>> = keys.iter().map(|key| known.get(key).or_else(|| written.get(key)).filter(there).cloned()).collect();
        // Content that vanished must be built again, so nobody may take its key for built.
        let vanished = keys.iter().zip(&found).filter(|(key, found)| found.is_none() && known.contains_key(*key));
        let mut state = self.state.lock().expect("no holder panics");
        vanished.for_each(|(key, _)| drop(state.known.remove(key)));
        Ok(found)
    }

    fn claim(&self, keys: &[String], lease: Duration) -> Result<Vec<bool>, Failure> {
        let now = Instant::now();
        let mut state = self.state.lock().expect("no holder panics");
        Ok(keys
            .iter()
            .map(|key| {
                // Built meanwhile: the asker finds it when it looks again.
                let free = !state.known.contains_key(key) && state.claims.get(key).is_none_or(|until| *until <= now);
                if free {
                    state.claims.insert(key.clone(), now + lease);
                }
                free
            })
            .collect())
    }

    fn record(&self, built: &[(String, Built)]) -> Result<(), Failure> {
        let due = {
            let mut state = self.state.lock().expect("no holder panics");
            for (key, built) in built {
                state.claims.remove(key);
                state.known.insert(key.clone(), built.clone());
                state.unwritten.push((key.clone(), built.clone()));
            }
            let since = *state.unwritten_since.get_or_insert_with(Instant::now);
            state.unwritten.len() >= WRITE_TOGETHER || since.elapsed() >= WRITE_AFTER
        };
        self.changed.notify_all();
        if due { self.flush() } else { Ok(()) }
    }

    fn release(&self, keys: &[String]) -> Result<(), Failure> {
        let mut state = self.state.lock().expect("no holder panics");
        for key in keys {
            state.claims.remove(key);
        }
        drop(state);
        self.changed.notify_all();
        Ok(())
    }

    fn wait(&self, at_most: Duration) {
        let state = self.state.lock().expect("no holder panics");
        drop(self.changed.wait_timeout(state, at_most).expect("no holder panics"));
    }
}
