//! The object cache's rows, key → content and log, and who builds which key now. Claims are in memory: those that are lost with the process cost a
//! compile twice and nothing else.

use super::protocol::Asked;
use crate::agent::tables::failed;
use engine::failure::Failure;
use engine::host::Built;
use engine::tables;
use engine::value::Value;
use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use store::Store;

/// Keys of one question.
const KEYS_MAX: usize = 1_000;
/// How long a recorded key is not given to anybody who still holds it for absent.
const RECORDED_FOR: Duration = Duration::from_secs(60);
/// Claims and recorded keys beyond which those that are over are forgotten.
const FORGET_FROM: usize = 50_000;
/// A lease that a server may ask for.
const LEASE_MAX: Duration = Duration::from_secs(3_600);

#[derive(Default)]
pub struct ObjectCache(Mutex<State>);

#[derive(Default)]
struct State {
    /// Who builds a key, and until when.
    claims: HashMap<String, (String, Instant)>,
    /// Recorded a short time ago, and when: whoever looked before that finds them when it looks again.
    recorded: HashMap<String, Instant>,
}

impl ObjectCache {
    /// Forgets who builds what.
    pub fn clear(&self) {
        *self.0.lock().expect("no holder panics") = State::default();
    }

    pub async fn answer(&self, store: &Store, server: &str, asked: Asked) -> Result<serde_json::Value, Failure> {
        let json = |value: serde_json::Result<serde_json::Value>| value.expect("plain data becomes JSON");
        match asked {
            Asked::LookUp { keys } => Ok(json(serde_json::to_value(look_up(store, &keys).await?))),
            Asked::Claim { keys, lease_seconds } => {
                Ok(json(serde_json::to_value(self.claim(server, keys, Duration::from_secs(lease_seconds)))))
            }
            Asked::Record { built } => {
                write(store, &built).await?;
                let mut state = self.0.lock().expect("no holder panics");
                let now = Instant::now();
                for (key, _) in built {
                    state.claims.remove(&key);
                    state.recorded.insert(key, now);
                }
                Ok(serde_json::Value::Null)
            }
            Asked::Release { keys } => {
                let mut state = self.0.lock().expect("no holder panics");
                for key in keys {
                    if state.claims.get(&key).is_some_and(|(owner, _)| owner == server) {
                        state.claims.remove(&key);
                    }
                }
                Ok(serde_json::Value::Null)
            }
            Asked::Vanished { keys } => {
                remove(store, &keys).await?;
                let mut state = self.0.lock().expect("no holder panics");
                for key in &keys {
                    state.recorded.remove(key);
                }
                Ok(serde_json::Value::Null)
            }
            Asked::Goods { .. } | Asked::PackageObjects { .. } => unreachable!("not of the cache"),
        }
    }

    fn claim(&self, server: &str, keys: Vec<String>, lease: Duration) -> Vec<bool> {
        let (now, lease) = (Instant::now(), lease.min(LEASE_MAX));
        let mut state = self.0.lock().expect("no holder panics");
        if state.claims.len() + state.recorded.len() > FORGET_FROM {
            state.claims.retain(|_, (_, until)| *until > now);
            state.recorded.retain(|_, at| now - *at < RECORDED_FOR);
        }
        let mut claim = |key: String| {
            // Built meanwhile: the asker finds it when it looks again.
            let built = state.recorded.get(&key).is_some_and(|at| now - *at < RECORDED_FOR);
            let free = !built && state.claims.get(&key).is_none_or(|(owner, until)| *until <= now || owner == server);
            if free {
                state.claims.insert(key, (server.to_string(), now + lease));
            }
            free
        };
        keys.into_iter().map(&mut claim).collect()
    }
}

fn values(keys: &[String]) -> Vec<Value> {
    keys.iter().map(Value::from).collect()
}

async fn look_up(store: &Store, keys: &[String]) -> Result<Vec<Option<Built>>, Failure> {
    let mut found: HashMap<String, Built> = HashMap::new();
    for part in keys.chunks(KEYS_MAX) {
        let sql = format!("SELECT CACHEKEY, CONTENT, LOG FROM PW_CACHE WHERE CACHEKEY IN ({})", store::placeholders(1, part.len()));
        let rows = store.control().query(&sql, &values(part)).await.map_err(failed)?;
        found
            .extend(rows.iter().map(|row| (row[0].text().to_string(), Built { content: row[1].text().into(), log: row[2].text().into() })));
    }
    Ok(keys.iter().map(|key| found.remove(key)).collect())
}

async fn write(store: &Store, built: &[(String, Built)]) -> Result<(), Failure> {
    let table = tables::named("PW_CACHE").expect("the catalogue has it");
    let row = |(key, built): &(String, Built)| vec![Value::from(key), Value::from(&built.content), Value::from(&built.log)];
    let rows: Vec<_> = built.iter().map(row).collect();
    let mut transaction = store.control().begin().await.map_err(failed)?;
    transaction.upsert(table, &rows).await.map_err(failed)?;
    transaction.commit().await.map_err(failed)
}

async fn remove(store: &Store, keys: &[String]) -> Result<(), Failure> {
    let mut transaction = store.control().begin().await.map_err(failed)?;
    for part in keys.chunks(KEYS_MAX) {
        let sql = format!("DELETE FROM PW_CACHE WHERE CACHEKEY IN ({})", store::placeholders(1, part.len()));
        transaction.execute(&sql, &values(part)).await.map_err(failed)?;
    }
    transaction.commit().await.map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_key_is_built_by_one_server_and_then_found_by_all() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite:{}", folder.path().display())).await.unwrap();
        let cache = ObjectCache::default();
        let keys = || vec!["oa".to_string(), "ob".to_string()];
        let claim = |server, lease| cache.claim(server, keys(), Duration::from_secs(lease));
        assert_eq!(claim("ENT1", 60), [true, true]);
        assert_eq!(claim("ENT2", 60), [false, false]);
        let built = Built { content: "c".into(), log: "l".into() };
        cache.answer(&store, "ENT1", Asked::Record { built: vec![("oa".into(), built.clone())] }).await.unwrap();
        assert_eq!(claim("ENT2", 60), [false, false], "one is built, and the other still claimed");
        assert_eq!(look_up(&store, &keys()).await.unwrap(), [Some(built), None]);
        cache.answer(&store, "ENT2", Asked::Release { keys: keys() }).await.unwrap();
        assert_eq!(claim("ENT2", 60), [false, false], "nobody gives up what another has claimed");
        cache.answer(&store, "ENT1", Asked::Release { keys: keys() }).await.unwrap();
        assert_eq!(claim("ENT2", 0), [false, true]);
        assert_eq!(claim("ENT1", 60), [false, true], "a lease that is over");
        cache.answer(&store, "ENT1", Asked::Vanished { keys: keys() }).await.unwrap();
        assert_eq!(look_up(&store, &keys()).await.unwrap(), [None, None]);
        assert_eq!(claim("ENT1", 60), [true, true]);
    }
}
