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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::leader::Right;
    use bus::{Access, Bus};
    use engine::tables;
    use store::Store;
    use testkit::nats::Nats;

    #[tokio::test(flavor = "multi_thread")]
    async fn what_nothing_names_is_removed_and_what_is_young_is_left() {
        let (nats, folder) = (Nats::start(), tempfile::tempdir().unwrap());
        let store = Store::open(&format!("sqlite:{}", folder.path().display())).await.unwrap();
        let bus = Bus::open(&nats.url(), &Access { name: "control".into(), ..Access::default() }).await.unwrap();
        bus.make_streams().await.unwrap();
        let control = Control::new(store.clone(), bus.clone(), Right::Lock);
        let goods = bus.goods().unwrap();
        let mut hashes = Vec::new();
        for text in ["object", "log", "file of a folder", "nobody's"] {
            let hash = blake3::hash(text.as_bytes()).to_hex().to_string();
            goods.put_bytes(&hash, text.into()).await.unwrap();
            hashes.push(hash);
        }
        let list = format!("[{{\"path\":\"a\",\"hash\":\"{}\"}}]", hashes[2]);
        let folder_hash = blake3::hash(list.as_bytes()).to_hex().to_string();
        goods.put_bytes(&folder_hash, list.into()).await.unwrap();
        let gone = blake3::hash(b"a list that is gone").to_hex().to_string();
        let mut transaction = store.control().begin().await.unwrap();
        let row = |values: &[&str]| values.iter().map(|value| Value::from(*value)).collect::<Vec<_>>();
        transaction.insert(tables::named("PW_CACHE").unwrap(), &[row(&["okey", &hashes[0], &hashes[1]])]).await.unwrap();
        let folders = [row(&["DV920FA/sources", &folder_hash]), row(&["DV920FB/sources", &gone])];
        transaction.insert(tables::named("PW_GOODS").unwrap(), &folders).await.unwrap();
        transaction.commit().await.unwrap();
        assert_eq!(control.sweep(YOUNG_MS).await.unwrap(), 0, "all of it is young");
        assert_eq!(control.sweep(-60_000).await.unwrap(), 1);
        assert!(!goods.has(&hashes[3]).await.unwrap());
        for hash in hashes[..3].iter().chain([&folder_hash]) {
            assert!(goods.has(hash).await.unwrap(), "what is named stays");
        }
    }
}
