//! Goods as a step sees them: the content store of this machine, and behind it the goods on the bus, which other machines put there. Within one
//! process there is only the first.

use super::Agent;
use super::content::link_or_copy;
use super::host::LocalHost;
use super::question;
use crate::bus_failed::bus_failed;
use crate::control::protocol::Asked;
use bus::BusError;
use engine::failure::{self, Failure};
use engine::host::{Goods, HostError};
use futures_util::StreamExt;
use futures_util::stream;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Mutex;

/// Goods that are on their way at once: most are small, and their way is mostly waiting.
const ON_THEIR_WAY: usize = 32;

pub struct AgentGoods<'a> {
    agent: &'a Agent,
    host: &'a LocalHost<'a>,
    /// What the step has put so far.
    put: Mutex<Vec<String>>,
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Failure {
    let path = path.to_path_buf();
    move |cause| HostError { action, path, cause }.into()
}

fn gone(hash: &str) -> Failure {
    let hint = "order the build again: what is missing is made anew";
    Failure::new(&failure::GOODS_MISSING, format!("content {hash} is not in the store of this machine, and nobody offers it")).hint(hint)
}

/// Goods that cannot be carried now may be later, but for those that are nowhere.
fn not_carried(hash: &str, error: &BusError) -> Failure {
    match error {
        BusError::GoodsAbsent(_) | BusError::GoodsDamaged(..) => gone(hash),
        other => bus_failed(other),
    }
}

impl<'a> AgentGoods<'a> {
    pub fn new(agent: &'a Agent, host: &'a LocalHost<'a>) -> AgentGoods<'a> {
        AgentGoods { agent, host, put: Mutex::default() }
    }

    /// Offers all that the step has put to other machines.
    pub fn publish(&self) -> Result<(), Failure> {
        let mut put = std::mem::take(&mut *self.put.lock().expect("no holder panics"));
        put.sort();
        put.dedup();
        self.agent.runtime.block_on(offer(self.agent, &put))
    }

    fn put_down(&self, hash: String) -> String {
        if self.agent.bus.goods().is_some() {
            self.put.lock().expect("no holder panics").push(hash.clone());
        }
        hash
    }

    fn fetch_absent(&self, hash: &str) -> Result<(), Failure> {
        if self.agent.content.has(hash) {
            return Ok(());
        }
        self.agent.runtime.block_on(fetch(self.agent, hash))
    }
}

/// Offers content of this machine to others.
pub async fn offer(agent: &Agent, hashes: &[String]) -> Result<(), Failure> {
    let Some(far) = agent.bus.goods() else { return Ok(()) };
    let mut offered = stream::iter(hashes)
        .map(|hash| async move {
            let path = agent.content.path(hash).ok_or_else(|| gone(hash))?;
            far.put(hash, &path).await.map_err(|error| not_carried(hash, &error))
        })
        .buffer_unordered(ON_THEIR_WAY);
    while let Some(done) = offered.next().await {
        done?;
    }
    Ok(())
}

/// Brings what is absent here; answers what is nowhere. Fails where it could not be told.
pub async fn fetch_all<'h>(agent: &Agent, hashes: impl Iterator<Item = &'h str>) -> Result<Vec<&'h str>, Failure> {
    if agent.bus.goods().is_none() {
        return Ok(hashes.filter(|hash| !agent.content.has(hash)).collect());
    }
    let mut fetched = stream::iter(hashes.filter(|hash| !agent.content.has(hash)))
        .map(|hash| async move { (hash, fetch(agent, hash).await) })
        .buffer_unordered(ON_THEIR_WAY);
    let mut absent = Vec::new();
    while let Some((hash, brought)) = fetched.next().await {
        match brought {
            Ok(()) => {}
            Err(failure) if failure.code == failure::GOODS_MISSING.name => absent.push(hash),
            Err(failure) => return Err(failure),
        }
    }
    Ok(absent)
}

async fn fetch(agent: &Agent, hash: &str) -> Result<(), Failure> {
    let far = agent.bus.goods().ok_or_else(|| gone(hash))?;
    // Two steps may want the same; the second finds it there.
    let turn = agent.arriving.lock().expect("no holder panics").entry(hash.to_string()).or_default().clone();
    let _turn = turn.lock().await;
    if agent.content.has(hash) {
        return Ok(());
    }
    let arrived = far.get(hash, &agent.content.arriving(hash)).await.map_err(|error| not_carried(hash, &error));
    let taken = arrived.and_then(|()| agent.content.arrived(hash).map_err(failed("store", Path::new(hash))));
    if taken.is_ok() {
        agent.arriving.lock().expect("no holder panics").remove(hash);
    }
    taken
}

impl Goods for AgentGoods<'_> {
    fn put_file(&self, path: &Path) -> Result<String, Failure> {
        let hash = self.agent.content.put_file(&self.host.whole(path, "store")?).map_err(failed("store", path))?;
        Ok(self.put_down(hash))
    }

    fn put(&self, bytes: &[u8]) -> Result<String, Failure> {
        let hash = self.agent.content.put(bytes).map_err(failed("store", Path::new("content")))?;
        Ok(self.put_down(hash))
    }

    fn get(&self, hash: &str) -> Result<Vec<u8>, Failure> {
        self.fetch_absent(hash)?;
        let path = self.agent.content.path(hash).ok_or_else(|| gone(hash))?;
        let bytes = fs::read(&path).map_err(failed("read", &path))?;
        if blake3::hash(&bytes).to_hex().as_str() != hash {
            return Err(Failure::new(&failure::GOODS_MISSING, format!("content {hash} is damaged on this machine"))
                .hint("check its disk, then order the build again"));
        }
        Ok(bytes)
    }

    fn place(&self, hash: &str, path: &Path) -> Result<(), Failure> {
        let stored = self.agent.content.path(hash).ok_or_else(|| gone(hash))?;
        let whole = self.host.whole(path, "place")?;
        let place = || link_or_copy(&stored, &whole, &self.host.name_beside(&whole));
        // Mostly it is there, and looking first would cost every file a call.
        place().or_else(|error| {
            if stored.is_file() {
                return Err(failed("place", path)(error));
            }
            self.fetch_absent(hash)?;
            place().map_err(failed("place", path))
        })
    }

    fn bring(&self, hashes: &[&str]) {
        if self.agent.bus.goods().is_some() {
            // What could not be brought fails when it is placed.
            let _ = self.agent.runtime.block_on(fetch_all(self.agent, hashes.iter().copied()));
        }
    }

    fn named(&self, name: &str) -> Result<Option<String>, Failure> {
        self.agent.runtime.block_on(question::ask(self.agent, &Asked::Goods { name: name.into() }))
    }
}
