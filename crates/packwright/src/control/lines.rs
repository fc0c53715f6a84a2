//! What steps log, kept with the job: whoever looks later, or at another control, sees the whole. Lines are written as their news come, and again with the
//! report of their attempt, since news may be lost.

use super::Control;
use super::protocol::{News, subjects};
use crate::agent::tables::failed;
use bus::{Heard, Message, Subscription};
use engine::failure::Failure;
use engine::tables;
use engine::value::{Row, Value};
use std::time::{Duration, Instant};
use store::{Store, StoreError, Transaction};

/// Lines are written together: those of this time.
const WRITE_EVERY: Duration = Duration::from_millis(200);
/// Lines that one transaction takes in.
const TOGETHER_MAX: usize = 2_000;

/// Lines of one attempt, and characters of one line, that are kept; the server's own log has all.
pub const LINES_MAX: u32 = 2_000;
const CHARACTERS_MAX: usize = 4_000;

/// One line that a step logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub run: usize,
    pub attempt: u32,
    /// From 1 within an attempt.
    pub number: u32,
    /// Milliseconds since 1970.
    pub at: i64,
    pub text: String,
}

impl Line {
    pub fn row(&self, job: i64) -> Row {
        vec![
            Value::from(job),
            Value::from(self.run as i64),
            Value::from(i64::from(self.attempt)),
            Value::from(i64::from(self.number)),
            Value::from(self.at),
            Value::from(&self.text),
        ]
    }
}

pub async fn write(transaction: &mut Transaction, rows: &[Row]) -> Result<(), StoreError> {
    transaction.upsert(tables::named("PW_LINE").expect("in the catalogue"), rows).await
}

/// All lines of a job, by run, attempt and number.
pub async fn of_job(store: &Store, job: i64) -> Result<Vec<Line>, StoreError> {
    let sql = "SELECT RUN, ATTEMPT, LINENO, LOGGED, CONTENT FROM PW_LINE WHERE JOB = $1 ORDER BY RUN, ATTEMPT, LINENO";
    let rows = store.control().query(sql, &[Value::from(job)]).await?;
    let line = |row: Row| Line {
        run: usize::try_from(row[0].integer()).unwrap_or_default(),
        attempt: u32::try_from(row[1].integer()).unwrap_or_default(),
        number: u32::try_from(row[2].integer()).unwrap_or_default(),
        at: row[3].integer(),
        text: row[4].text().into(),
    };
    Ok(rows.into_iter().map(line).collect())
}

impl Control {
    /// Keeps the lines that come as news, until the bus ends.
    pub(super) async fn keep_lines(self, mut news: Subscription) {
        let mut rows: Vec<Row> = Vec::new();
        let mut first = Instant::now();
        loop {
            let left = if rows.is_empty() { Duration::MAX } else { WRITE_EVERY.saturating_sub(first.elapsed()) };
            match tokio::time::timeout(left, news.next()).await {
                Ok(None) => return,
                Ok(Some(Heard::News(message))) => {
                    if let Some(row) = self.row(&message).await {
                        if rows.is_empty() {
                            first = Instant::now();
                        }
                        rows.push(row);
                    }
                }
                Ok(Some(Heard::Missed(_))) | Err(_) => {}
            }
            if !rows.is_empty() && (first.elapsed() >= WRITE_EVERY || rows.len() >= TOGETHER_MAX) {
                // Those that cannot be written come again with their report.
                let _ = self.write_lines(std::mem::take(&mut rows)).await;
            }
        }
    }

    /// A line as it is kept; none where the server that sent it does not have that run, or it is beyond all bounds.
    async fn row(&self, message: &Message) -> Option<Row> {
        // Half of all news are control's own, and none of them is a line.
        let (server, about) = message.subject.strip_prefix("news.")?.split_once('.').filter(|(server, _)| *server != subjects::CONTROL)?;
        let News::Log { job, run, attempt, number, at, line } = serde_json::from_slice(&message.body).ok()? else { return None };
        let planned = self.jobs.lock().await.get(&job)?.plan.runs.get(run).is_some_and(|run| run.server == server);
        let fits = planned && about == job.to_string() && (1..=LINES_MAX).contains(&number) && !line.contains('\0');
        fits.then(|| Line { run, attempt, number, at, text: line.chars().take(CHARACTERS_MAX).collect() }.row(job))
    }

    async fn write_lines(&self, rows: Vec<Row>) -> Result<(), Failure> {
        let mut transaction = self.store.control().begin().await.map_err(failed)?;
        write(&mut transaction, &rows).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)
    }
}
