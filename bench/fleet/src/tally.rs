//! What the fleet's servers have said and done in one deployment, and when. It does not know who says it.

use serde::Serialize;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use tokio::sync::Notify;

pub struct Tally {
    servers: usize,
    state: Mutex<State>,
    changed: Notify,
}

struct State {
    began: Instant,
    /// Servers that control has answered, since the fleet was started.
    heard: usize,
    /// By server: when it pointed at the package, and when control had its last report.
    switched: Vec<Option<Duration>>,
    recorded: Vec<Option<Duration>>,
    recorded_count: usize,
    counts: Counts,
}

/// Messages of the servers since the deployment was ordered.
#[derive(Clone, Default, Serialize)]
pub struct Counts {
    pub claims: u64,
    pub reports: u64,
    pub wakes: u64,
    /// Of claims and reports: those that control did not answer in time.
    pub unanswered: u64,
}

pub struct Times {
    /// Shortest first.
    pub switched: Vec<Duration>,
    /// The last server's.
    pub recorded: Duration,
    pub counts: Counts,
}

impl Tally {
    pub fn new(servers: usize) -> Tally {
        let state = State {
            began: Instant::now(),
            heard: 0,
            switched: vec![None; servers],
            recorded: vec![None; servers],
            recorded_count: 0,
            counts: Counts::default(),
        };
        Tally { servers, state: Mutex::new(state), changed: Notify::new() }
    }

    /// A deployment is ordered now.
    pub fn begin(&self, now: Instant) {
        self.change(|state| {
            let heard = state.heard;
            *state = Tally::new(self.servers).state.into_inner().expect("no holder panics");
            (state.began, state.heard) = (now, heard);
        });
    }

    pub fn count(&self, count: impl FnOnce(&mut Counts)) {
        self.change(|state| count(&mut state.counts));
    }

    /// A server was answered for the first time.
    pub fn heard(&self) {
        self.change(|state| state.heard += 1);
    }

    pub fn switched(&self, server: usize) {
        self.change(|state| _ = state.switched[server].get_or_insert(state.began.elapsed()));
    }

    pub fn recorded(&self, server: usize) {
        self.change(|state| {
            state.recorded_count += usize::from(state.recorded[server].is_none());
            state.recorded[server].get_or_insert(state.began.elapsed());
        });
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state.lock().expect("no holder panics");
        change(&mut state);
        if state.heard == self.servers || state.recorded_count == self.servers {
            self.changed.notify_one();
        }
    }

    async fn until<T>(&self, look: impl Fn(&State) -> Option<T>) -> T {
        loop {
            if let Some(found) = look(&self.state.lock().expect("no holder panics")) {
                return found;
            }
            self.changed.notified().await;
        }
    }

    /// Returns when control has answered every server once.
    pub async fn all_heard(&self) {
        self.until(|state| (state.heard == self.servers).then_some(())).await;
    }

    /// Returns when control has the last report of every server.
    pub async fn all_recorded(&self) -> Times {
        self.until(|state| {
            let recorded = (state.recorded_count == self.servers).then(|| state.recorded.iter().flatten().max().copied())??;
            let mut switched: Vec<Duration> = state.switched.iter().flatten().copied().collect();
            switched.sort_unstable();
            Some(Times { switched, recorded, counts: state.counts.clone() })
        })
        .await
    }

    /// How far the servers are, for a message.
    pub fn shown(&self) -> String {
        let state = self.state.lock().expect("no holder panics");
        let switched = state.switched.iter().flatten().count();
        format!("of {} servers {switched} switched and {} reported their last step", self.servers, state.recorded_count)
    }
}

/// The value below or at which that part of the sorted values lies; zero where there is none.
pub fn quantile(sorted: &[Duration], part: f64) -> Duration {
    let rank = (part * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_were_measured() {
        let sorted: Vec<Duration> = (1..=1_000).map(Duration::from_millis).collect();
        assert_eq!([0.5, 0.99, 1.0].map(|part| quantile(&sorted, part).as_millis()), [500, 990, 1_000]);
        assert_eq!(quantile(&sorted[..1], 0.5).as_millis(), 1);
        assert_eq!(quantile(&[], 0.99), Duration::ZERO);
    }

    #[tokio::test]
    async fn a_server_that_reports_twice_counts_once() {
        let tally = Tally::new(2);
        tally.begin(Instant::now());
        for server in [0, 0, 1] {
            tally.switched(server);
            tally.recorded(server);
        }
        let times = tally.all_recorded().await;
        assert_eq!(times.switched.len(), 2);
        assert!(times.recorded >= times.switched[1]);
    }
}
