//! The connections of one process to PostgreSQL: how many there are, who may have one, and what becomes of it afterwards. It does not
//! know the statements.
//!
//! Without `connections=N` in the address each schema has its own few connections, and a package that is written has two beside
//! them. With it, N is the most that stand open at any moment, at work or idle, and one goes from schema to schema. So that nobody
//! waits for one who waits for him, turns are taken in one order:
//!
//! ```text
//! control tables     any of the N
//! path codes         at most N - 1: a check-in holds one and asks the control tables before it ends
//! package writers    at most N - 2: their steps ask the path code meanwhile
//! ```

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, PgConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

use crate::connection::Connection;
use crate::name::Schema;
use crate::patience::Patience;

/// Connections to one schema where nothing else is said; each costs the server a process.
pub(crate) const CONNECTIONS_OF_A_SCHEMA: usize = 4;

/// How long to wait for a turn while the others are busy.
const TURN_TIMEOUT: Duration = Duration::from_secs(120);

/// How long to wait for the server's answer to one attempt to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a writer of a package waits for a second connection before it goes on with one.
const SECOND_TIMEOUT: Duration = Duration::from_secs(2);

/// A connection that was idle for longer is not trusted: firewalls forget such ones without a word.
const IDLE_MAX: Duration = Duration::from_secs(600);

/// Limits, in milliseconds, on what a session may do: a statement, waiting for a lock, and a transaction of which nobody speaks any
/// more. A session that copies packages has none.
const LIMITS: [(&str, &str); 3] =
    [("statement_timeout", "900000"), ("lock_timeout", "120000"), ("idle_in_transaction_session_timeout", "900000")];

/// What a connection is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Control,
    PathCode,
    Package,
}

pub(crate) struct Connections {
    options: PgConnectOptions,
    turns: Turns,
    /// One permit for each connection that may stand open; the connection holds it, at work or idle.
    places: Arc<Semaphore>,
    idle: Mutex<Vec<Idle>>,
    /// Whether the server has ever answered.
    answered: AtomicBool,
}

struct Turns {
    all: Arc<Semaphore>,
    path_codes: Arc<Semaphore>,
    /// None: writers of packages are beside the limit.
    packages: Option<Arc<Semaphore>>,
}

struct Idle {
    connection: PgConnection,
    place: OwnedSemaphorePermit,
    schema: Schema,
    since: Instant,
}

/// A connection of one schema for as long as it is held.
pub(crate) struct Held {
    /// None only while it is dropped.
    connection: Option<PgConnection>,
    place: Option<OwnedSemaphorePermit>,
    schema: Schema,
    lender: Arc<Connections>,
    at_rest: bool,
    _turn: Vec<OwnedSemaphorePermit>,
}

impl Connections {
    /// For one schema, as many as are usual.
    pub(crate) fn of_a_schema(options: &PgConnectOptions) -> Arc<Connections> {
        let turns = Arc::new(Semaphore::new(CONNECTIONS_OF_A_SCHEMA));
        let turns = Turns { all: turns.clone(), path_codes: turns_without_limit(), packages: None };
        Connections::new(options, turns, CONNECTIONS_OF_A_SCHEMA)
    }

    /// For the whole process.
    pub(crate) fn of_the_process(options: &PgConnectOptions, count: u32) -> Arc<Connections> {
        let count = count as usize;
        let turns = |less: usize| Arc::new(Semaphore::new(count.saturating_sub(less).max(1)));
        Connections::new(options, Turns { all: turns(0), path_codes: turns(1), packages: Some(turns(2)) }, count)
    }

    fn new(options: &PgConnectOptions, turns: Turns, count: usize) -> Arc<Connections> {
        let places = Arc::new(Semaphore::new(count));
        Arc::new(Connections { options: options.clone(), turns, places, idle: Mutex::default(), answered: AtomicBool::new(false) })
    }

    /// Waits for a turn, and for the server while it restarts.
    pub(crate) async fn acquire(self: &Arc<Self>, schema: &Schema, purpose: Purpose) -> Result<Held, sqlx::Error> {
        let turn = timeout(TURN_TIMEOUT, self.turn(purpose)).await.map_err(|_| sqlx::Error::PoolTimedOut)?;
        self.hold(schema, purpose, turn).await
    }

    /// A second connection for a writer of a package, if it can be had at once.
    pub(crate) async fn acquire_another(self: &Arc<Self>, schema: &Schema) -> Option<Held> {
        let turn = match &self.turns.packages {
            None => Vec::new(),
            Some(_) => [&self.turns.path_codes, &self.turns.all]
                .map(|turns| turns.clone().try_acquire_owned())
                .into_iter()
                .collect::<Result<_, _>>()
                .ok()?,
        };
        timeout(SECOND_TIMEOUT, self.hold(schema, Purpose::Package, turn)).await.ok()?.ok()
    }

    /// Whether the server has ever answered.
    pub(crate) fn are_known(&self) -> bool {
        self.answered.load(Ordering::Relaxed)
    }

    /// Closes what is idle: after the server went away nothing of it can be used.
    pub(crate) fn forget_idle(&self) {
        self.idle().clear();
    }

    async fn turn(&self, purpose: Purpose) -> Vec<OwnedSemaphorePermit> {
        let all = &self.turns.all;
        let (packages, path_codes, all) = match (purpose, &self.turns.packages) {
            (Purpose::Control, _) => (None, None, Some(all)),
            (Purpose::PathCode, _) => (None, Some(&self.turns.path_codes), Some(all)),
            (Purpose::Package, Some(packages)) => (Some(packages), Some(&self.turns.path_codes), Some(all)),
            (Purpose::Package, None) => (None, None, None),
        };
        let mut turn = Vec::new();
        for turns in [packages, path_codes, all].into_iter().flatten() {
            turn.push(turns.clone().acquire_owned().await.expect("nobody closes the turns"));
        }
        turn
    }

    async fn hold(self: &Arc<Self>, schema: &Schema, purpose: Purpose, turn: Vec<OwnedSemaphorePermit>) -> Result<Held, sqlx::Error> {
        let counted = !turn.is_empty();
        let (connection, place) = match self.take(schema, purpose, counted) {
            Taken::Idle(idle) if idle.schema == *schema && purpose != Purpose::Package => (idle.connection, Some(idle.place)),
            Taken::Idle(mut idle) => {
                // On failure it is closed, and its place is free.
                Connection::Postgres(&mut idle.connection).run(turned_to(schema, purpose)).await?;
                (idle.connection, Some(idle.place))
            }
            Taken::Place(place) => (self.connect(schema, purpose).await?, place),
        };
        Ok(Held {
            connection: Some(connection),
            place,
            schema: schema.clone(),
            lender: self.clone(),
            at_rest: purpose != Purpose::Package,
            _turn: turn,
        })
    }

    /// The idle connection that fits best, or the place for a new one. Whoever has a turn finds one or the other: no more connections
    /// stand open than there are turns.
    fn take(&self, schema: &Schema, purpose: Purpose, counted: bool) -> Taken {
        if !counted {
            return Taken::Place(None);
        }
        let mut idle = self.idle();
        idle.retain(|idle| idle.since.elapsed() < IDLE_MAX);
        if purpose != Purpose::Package
            && let Some(position) = idle.iter().rposition(|idle| idle.schema == *schema)
        {
            return Taken::Idle(idle.remove(position));
        }
        match self.places.clone().try_acquire_owned() {
            Ok(place) => Taken::Place(Some(place)),
            // Cannot be, by the count above; a connection without a place is closed after its use.
            Err(_) if idle.is_empty() => Taken::Place(None),
            Err(_) => Taken::Idle(idle.remove(0)),
        }
    }

    async fn connect(&self, schema: &Schema, purpose: Purpose) -> Result<PgConnection, sqlx::Error> {
        let mut options = self.options.clone().options([("search_path", schema.as_str()), ("client_min_messages", "warning")]);
        if purpose != Purpose::Package {
            options = options.options(LIMITS);
        }
        let mut patience = Patience::to_connect(self.are_known());
        loop {
            let refused = match timeout(CONNECT_TIMEOUT, options.connect()).await {
                Ok(Ok(connection)) => {
                    self.answered.store(true, Ordering::Relaxed);
                    return Ok(connection);
                }
                Ok(Err(error)) => error,
                Err(_) => sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, "no answer in time")),
            };
            if !patience.again(&refused).await {
                return Err(refused);
            }
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Taken {
    Idle(Idle),
    Place(Option<OwnedSemaphorePermit>),
}

fn turns_without_limit() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(Semaphore::MAX_PERMITS))
}

/// What makes a connection of another schema one of this schema, with the limits of its purpose.
fn turned_to(schema: &Schema, purpose: Purpose) -> String {
    let limits = LIMITS.map(|(name, limit)| format!("; set {name} = {}", if purpose == Purpose::Package { "0" } else { limit }));
    format!("set search_path = \"{}\"{}", schema.as_str(), limits.concat())
}

impl Held {
    /// The connection, which counts as disturbed from here on.
    pub(crate) fn disturb(&mut self) -> &mut PgConnection {
        self.at_rest = false;
        self.connection.as_mut().expect("it is taken away in drop only")
    }

    /// Every statement has been answered, no transaction is open, and the session is as it was.
    pub(crate) fn settle(&mut self) {
        self.at_rest = true;
    }
}

impl Drop for Held {
    /// Dropping the connection closes it, by which the server undoes what was open.
    fn drop(&mut self) {
        let (Some(connection), Some(place), true) = (self.connection.take(), self.place.take(), self.at_rest) else { return };
        self.lender.idle().push(Idle { connection, place, schema: self.schema.clone(), since: Instant::now() });
    }
}
