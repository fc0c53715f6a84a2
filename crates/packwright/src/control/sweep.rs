//! Removes goods from the bus that nothing names any more: no entry of the object cache, no folder that was published for a package. Content that was
//! put shortly before is left alone: what names it may be on its way.

use super::{Control, stamp};
use crate::agent::tables::failed;
use crate::bus_failed::bus_failed;
use bus::{BusError, Goods};
use engine::failure::{self, Failure};
use engine::value::Value;
use std::collections::HashSet;
use std::time::Duration;
use steps::build::folder_goods;

/// How often goods are looked through.
const SWEEP_EVERY: Duration = Duration::from_secs(3_600);
/// Goods that are younger are left alone: a step that has put them reports within its time limit.
const YOUNG_MS: i64 = 24 * 3_600_000;
/// Cache entries that one query reads.
const ENTRIES: i64 = 10_000;

impl Control {
    /// Sweeps from time to time, as long as this control leads.
    pub(super) async fn sweep_goods(self) {
        let mut turn = tokio::time::interval(SWEEP_EVERY);
        // The first turn comes at once, when a new leader has better things to do.
        turn.tick().await;
        loop {
            turn.tick().await;
            let (control, runtime) = (self.clone(), tokio::runtime::Handle::current());
            // On a thread of its own: it goes through everything there is. What fails is tried again at the next turn.
            let _ = tokio::task::spawn_blocking(move || runtime.block_on(control.sweep(YOUNG_MS))).await;
        }
    }

    /// Removes what nothing names and is older than this; answers how many.
    pub async fn sweep(&self, young_ms: i64) -> Result<usize, Failure> {
        let Some(goods) = self.bus.goods() else { return Ok(0) };
        // Listed first: what is put from here on is not looked at.
        let there = goods.list().await.map_err(|error| bus_failed(&error))?;
        let named = self.named(goods).await?;
        let oldest = stamp::now() - young_ms;
        let old = there.into_iter().filter(|(hash, _, stored)| *stored < oldest && !named.contains(hash));
        let old: Vec<String> = old.map(|(hash, _, _)| hash).collect();
        if old.is_empty() {
            return Ok(0);
        }
        // What was put again keeps its old time: the tables are asked once more, shortly before anything is removed.
        let named = self.named(goods).await?;
        let mut removed = 0;
        for hash in old.iter().filter(|hash| !named.contains(*hash)) {
            if !self.still_leads() {
                break;
            }
            goods.remove(hash).await.map_err(|error| bus_failed(&error))?;
            removed += 1;
        }
        Ok(removed)
    }

    async fn named(&self, goods: &Goods) -> Result<HashSet<String>, Failure> {
        let mut named = HashSet::new();
        let mut last = String::new();
        loop {
            let sql = format!("SELECT CACHEKEY, CONTENT, LOG FROM PW_CACHE WHERE CACHEKEY > $1 ORDER BY CACHEKEY LIMIT {ENTRIES}");
            let rows = self.store.control().query(&sql, &[Value::from(&last)]).await.map_err(failed)?;
            let Some(end) = rows.last() else { break };
            last = end[0].text().to_string();
            named.extend(rows.iter().flat_map(|row| [row[1].text().to_string(), row[2].text().to_string()]));
        }
        for row in self.store.control().query("SELECT CONTENT FROM PW_GOODS", &[]).await.map_err(failed)? {
            let hash = row[0].text();
            named.insert(hash.to_string());
            // A list that is gone keeps nothing.
            named.extend(self.list_of_files(goods, hash).await?.unwrap_or_default());
        }
        Ok(named)
    }

    /// The files of a published folder; `None` where the list is not on the bus any more.
    async fn list_of_files(&self, goods: &Goods, hash: &str) -> Result<Option<Vec<String>>, Failure> {
        let folder = tempfile::tempdir().map_err(|error| Failure::new(&failure::HOST_FAILED, format!("cannot make a folder: {error}")))?;
        let file = folder.path().join(hash);
        match goods.get(hash, &file).await {
            Ok(()) => {}
            Err(BusError::GoodsAbsent(_) | BusError::GoodsDamaged(..)) => return Ok(None),
            Err(error) => return Err(bus_failed(&error)),
        }
        let list = std::fs::read(&file).map_err(|error| Failure::new(&failure::HOST_FAILED, format!("cannot read a list: {error}")))?;
        let unreadable = || Failure::new(&failure::GOODS_MISSING, format!("the list of files {hash} cannot be read: nothing is removed"));
        folder_goods::listed(&list).ok_or_else(unreadable).map(Some)
    }
}
