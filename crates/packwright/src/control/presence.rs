//! Which process speaks for each server, since when it is silent, and how far its clock is off. A second process of a server's name is refused as long as
//! the first one speaks.

use super::protocol::Speaker;
use super::stamp;
use engine::failure::{self, Failure};
use engine::tables;
use engine::value::{Row, Value};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use store::{Store, StoreError};
use utoipa::ToSchema;

/// A server that asked for nothing so long is away.
const AWAY_AFTER_MS: i64 = 15_000;
/// A process that has been silent so long may be replaced by another of its name: it asks every two seconds.
const SILENT_AFTER_MS: i64 = 7_000;

/// Whether a server is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    Up,
    /// Silent since then, milliseconds since 1970.
    Away {
        since: i64,
    },
    /// It never asked for work.
    Unseen,
}

/// Who speaks for a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// The process that spoke before, or the first of which anything is known.
    Known,
    /// Another one: the process that spoke before is gone.
    Successor,
}

#[derive(Default)]
pub struct Attendance {
    /// When this control began to listen.
    began: i64,
    /// Whether those that have not spoken to this control were noted as away.
    swept: bool,
    servers: HashMap<String, Heard>,
    unsaved: HashSet<String>,
}

struct Heard {
    speaker: Speaker,
    last: i64,
    away: bool,
    /// Its clock less control's, milliseconds.
    skew: i64,
}

impl Attendance {
    /// Begins to listen; what was heard before is forgotten.
    pub fn begin(&mut self, now: i64) {
        *self = Attendance { began: now, ..Attendance::default() };
    }

    /// Knows from the tables which process spoke for each server when another control led.
    pub async fn recall(&mut self, store: &Store) -> Result<(), StoreError> {
        let rows = store.control().query("SELECT SERVER, INSTANCE, HOST, CLOCKSKEW, VERSION, SEEN, AWAY FROM PW_PRESENCE", &[]).await?;
        for row in rows {
            let speaker = Speaker {
                server: row[0].text().into(),
                instance: row[1].text().into(),
                host: row[2].text().into(),
                version: row[4].text().into(),
                ..Speaker::default()
            };
            // It is not held against a successor that its process is remembered.
            let heard = Heard {
                speaker,
                last: row[5].integer().min(self.began - SILENT_AFTER_MS),
                away: row[6].integer() == 1,
                skew: row[3].integer(),
            };
            self.servers.insert(heard.speaker.server.clone(), heard);
        }
        Ok(())
    }

    /// A process speaks for its server.
    pub fn heard(&mut self, speaker: &Speaker, now: i64) -> Result<Arrival, Failure> {
        let known = self.servers.get(&speaker.server);
        if let Some(known) = known
            && known.speaker.instance != speaker.instance
            && (speaker.home.is_empty() || known.speaker.home != speaker.home)
            && now - known.last < SILENT_AFTER_MS
        {
            let Speaker { server, host, process, .. } = &known.speaker;
            let message = format!("process {process} on {host} speaks for {server} already");
            return Err(Failure::new(&failure::NAME_CLAIMED, message)
                .hint(format!("end it, or revoke its credential with `packwright enrol {server} --revoke`")));
        }
        let skew = speaker.clock.saturating_sub(now);
        // A message takes its time; only what a person would call a wrong clock is worth a row.
        let news = known.is_none_or(|known| known.speaker.instance != speaker.instance || known.away || known.skew.abs_diff(skew) > 1_000);
        if news {
            self.unsaved.insert(speaker.server.clone());
        }
        let skew = if news { skew } else { known.map_or(skew, |known| known.skew) };
        let heard = Heard { speaker: speaker.clone(), last: now, away: false, skew };
        let before = self.servers.insert(speaker.server.clone(), heard);
        let same = before.is_none_or(|before| before.speaker.instance == speaker.instance);
        Ok(if same { Arrival::Known } else { Arrival::Successor })
    }

    /// Notes who has become silent.
    pub fn look(&mut self, now: i64) {
        for (server, heard) in &mut self.servers {
            if !heard.away && now - heard.last.max(self.began) > AWAY_AFTER_MS {
                heard.away = true;
                self.unsaved.insert(server.clone());
            }
        }
    }

    /// Since when a server is silent; `None` while it speaks.
    pub fn silent_since(&self, server: &str, now: i64) -> Option<i64> {
        let last = self.servers.get(server).map_or(self.began, |heard| heard.last);
        (now - last.max(self.began) > AWAY_AFTER_MS).then_some(last)
    }

    /// Writes what has changed, for those who look at the tables. What fails is written with the next change.
    pub async fn save(&mut self, store: &Store) {
        let sweep = !self.swept && stamp::now() - self.began > AWAY_AFTER_MS;
        if self.unsaved.is_empty() && !sweep {
            return;
        }
        let changed = |server: &String| sweep || self.unsaved.contains(server);
        let rows: Vec<Row> = self.servers.iter().filter(|(server, _)| changed(server)).map(|(_, heard)| row(heard)).collect();
        let written = async {
            let mut transaction = store.control().begin().await?;
            if sweep {
                // Rows of those that speak follow.
                transaction.execute("UPDATE PW_PRESENCE SET AWAY = 1 WHERE AWAY = 0", &[]).await?;
            }
            transaction.upsert(tables::named("PW_PRESENCE").expect("in the catalogue"), &rows).await?;
            transaction.commit().await
        };
        if written.await.is_ok() {
            self.unsaved.clear();
            self.swept |= sweep;
        }
    }
}

/// How far a server's clock is ahead of control's, milliseconds; `None` where it never spoke.
pub async fn clock_skew(store: &Store, server: &str) -> Option<i64> {
    let rows = store.control().query("SELECT CLOCKSKEW FROM PW_PRESENCE WHERE SERVER = $1", &[Value::from(server)]).await.ok()?;
    rows.first().map(|row| row[0].integer())
}

/// Who is there, by name, as the control that leads has written it.
pub async fn read(store: &Store) -> Result<HashMap<String, Presence>, StoreError> {
    let rows = store.control().query("SELECT SERVER, SEEN, AWAY FROM PW_PRESENCE", &[]).await?;
    let presence = |row: &Row| if row[2].integer() == 0 { Presence::Up } else { Presence::Away { since: row[1].integer() } };
    Ok(rows.iter().map(|row| (row[0].text().to_string(), presence(row))).collect())
}

fn row(heard: &Heard) -> Row {
    let Speaker { server, instance, host, version, .. } = &heard.speaker;
    vec![
        Value::from(server),
        Value::from(instance),
        Value::from(host),
        Value::from(heard.last),
        Value::from(heard.skew),
        Value::from(version),
        Value::from(i64::from(heard.away)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn speaker(instance: &str, clock: i64) -> Speaker {
        Speaker {
            server: "ENT1".into(),
            instance: instance.into(),
            host: "a".into(),
            home: instance.into(),
            process: 7,
            version: "1".into(),
            clock,
        }
    }

    #[test]
    fn a_second_process_of_a_name_is_refused_while_the_first_speaks() {
        let mut attendance = Attendance::default();
        attendance.begin(0);
        attendance.heard(&speaker("first", 1_000), 1_000).unwrap();
        let refused = attendance.heard(&speaker("second", 2_000), 2_000).unwrap_err();
        assert_eq!((refused.code.as_str(), refused.message.as_str()), ("name-claimed", "process 7 on a speaks for ENT1 already"));
        attendance.heard(&speaker("first", 3_000), 3_000).unwrap();
        assert_eq!(attendance.heard(&speaker("second", 10_001), 3_000 + SILENT_AFTER_MS).unwrap(), Arrival::Successor);
        assert!(attendance.heard(&speaker("first", 10_002), 10_002).is_err(), "the name has gone to the second");
    }

    #[test]
    fn a_process_of_the_same_folder_follows_at_once() {
        let mut attendance = Attendance::default();
        attendance.heard(&speaker("first", 1_000), 1_000).unwrap();
        let successor = Speaker { home: "first".into(), ..speaker("second", 1_100) };
        assert_eq!(attendance.heard(&successor, 1_100).unwrap(), Arrival::Successor);
        let homeless = Speaker { home: String::new(), ..speaker("third", 1_200) };
        assert!(attendance.heard(&homeless, 1_200).is_err(), "no folder tells whose successor it is");
    }

    #[tokio::test]
    async fn the_table_tells_who_is_away_and_whose_clock_is_off() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite:{}", folder.path().display())).await.unwrap();
        let now = stamp::now();
        let mut attendance = Attendance::default();
        attendance.begin(now);
        attendance.heard(&speaker("first", now + 180_000), now).unwrap();
        attendance.save(&store).await;
        assert_eq!(clock_skew(&store, "ENT1").await, Some(180_000));
        assert_eq!(read(&store).await.unwrap()["ENT1"], Presence::Up);
        assert_eq!(attendance.silent_since("ENT1", now + AWAY_AFTER_MS), None);
        let later = now + AWAY_AFTER_MS + 1;
        attendance.look(later);
        attendance.save(&store).await;
        assert_eq!(attendance.silent_since("ENT1", later), Some(now));
        assert_eq!(read(&store).await.unwrap()["ENT1"], Presence::Away { since: now });
        assert_eq!(attendance.silent_since("ENT2", later), Some(now), "one that never spoke is away since control listens");
        // Another control that leads from then on notes as away whoever does not speak to it.
        let mut next = Attendance::default();
        next.begin(now - AWAY_AFTER_MS - 1);
        attendance.heard(&speaker("first", later), later).unwrap();
        attendance.save(&store).await;
        next.save(&store).await;
        assert_eq!(read(&store).await.unwrap()["ENT1"], Presence::Away { since: later });
    }
}
