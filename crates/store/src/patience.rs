//! How long, and after what, a call is made again by itself: while the database restarts or has no connection left, and as long as
//! nothing of the call can have happened. It does not know the calls.

use std::io;
use std::time::Duration;

use tokio::time::Instant;

/// How long a server may stay away that has answered before: time for a restart with recovery.
const RESTART: Duration = Duration::from_secs(60);

/// How long to wait for a server that has never answered: it is more likely named wrongly than restarting.
const FIRST_CONTACT: Duration = Duration::from_secs(5);

const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// How often a call is made that its connection did not outlive. A statement that brings the server down must not do so for a minute.
const CALLS_MAX: u32 = 6;

pub(crate) struct Patience {
    began: Instant,
    pause: Duration,
    known: bool,
    calls_left: u32,
}

impl Patience {
    /// For one who connects; `known` says that the server has answered this process before.
    pub(crate) fn to_connect(known: bool) -> Patience {
        Patience { began: Instant::now(), pause: PAUSE_MIN, known, calls_left: u32::MAX }
    }

    /// For one whose call may be made twice. Whoever connects has had his own patience with a server that is away: the time of both
    /// counts.
    pub(crate) fn to_call_again(known: bool) -> Patience {
        Patience { calls_left: CALLS_MAX - 1, ..Patience::to_connect(known) }
    }

    /// After this error: pauses and returns true where the call is to be made again.
    pub(crate) async fn again(&mut self, error: &sqlx::Error) -> bool {
        let limit = if self.known || is_starting(error) { RESTART } else { FIRST_CONTACT };
        if !passes(error) || self.calls_left == 0 || self.began.elapsed() + self.pause > limit {
            return false;
        }
        self.calls_left -= 1;
        tokio::time::sleep(self.pause).await;
        self.pause = (self.pause * 2).min(PAUSE_MAX);
        true
    }
}

/// Whether the server was away, or went away with everything that was not committed, or undid the statement to let another one by.
pub(crate) fn passes(error: &sqlx::Error) -> bool {
    is_away(error) || is_full(error) || has_code(error, &["40001", "40P01"])
}

/// Whether the connection broke, or never came about because nobody listens or the server starts or stops: class 08, and 57P01 to
/// 57P05 but for 57P04, a database that is gone for good. A TLS handshake that failed comes as invalid data and is none of these.
pub(crate) fn is_away(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Io(e) if e.kind() != io::ErrorKind::InvalidData)
        || has_code(error, &["08", "57P01", "57P02", "57P03", "57P05"])
}

/// Whether the server, the database or the role has no connection left.
pub(crate) fn is_full(error: &sqlx::Error) -> bool {
    has_code(error, &["53300"])
}

fn is_starting(error: &sqlx::Error) -> bool {
    has_code(error, &["57P03"])
}

/// PostgreSQL's codes have five characters; SQLite's are plain numbers, none of which is meant.
fn has_code(error: &sqlx::Error, classes: &[&str]) -> bool {
    let code = error.as_database_error().and_then(|e| e.code());
    code.is_some_and(|code| code.len() == 5 && classes.iter().any(|class| code.starts_with(class)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused() -> sqlx::Error {
        sqlx::Error::Io(io::Error::from(io::ErrorKind::ConnectionRefused))
    }

    #[tokio::test]
    async fn only_what_passes_is_waited_for() {
        assert!(Patience::to_connect(false).again(&refused()).await);
        for error in [sqlx::Error::RowNotFound, sqlx::Error::PoolTimedOut, sqlx::Error::WorkerCrashed] {
            assert!(!Patience::to_call_again(true).again(&error).await, "{error}");
        }
    }

    #[tokio::test]
    async fn calls_come_to_an_end() {
        let mut patience = Patience { calls_left: 2, ..Patience::to_call_again(true) };
        assert!(patience.again(&refused()).await);
        assert!(patience.again(&refused()).await);
        assert!(!patience.again(&refused()).await);
    }

    #[tokio::test]
    async fn time_comes_to_an_end() {
        let long_ago = Instant::now().checked_sub(FIRST_CONTACT).expect("the machine runs for longer");
        assert!(!Patience { began: long_ago, ..Patience::to_connect(false) }.again(&refused()).await);
        assert!(Patience { began: long_ago, ..Patience::to_connect(true) }.again(&refused()).await, "it has answered before");
    }
}
