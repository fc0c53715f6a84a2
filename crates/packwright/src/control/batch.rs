//! Calls and batch jobs as control sees them: which package a server runs, what a function takes and a report does by that package's specs, and the
//! records of F986110.

use super::orders::known_path_code;
use super::protocol::{JobStands, KernelAsked, Location, subjects};
use super::{Control, packages, stamp};
use crate::agent::tables::failed;
use crate::bus_failed::bus_failed;
use crate::tree::TreeEntry;
use bus::{BusError, Subscription};
use engine::failure::{self, Failure};
use engine::tables;
use engine::value::{Row, Value};
use kernels::batch::BatchCall;
use kernels::queue::{self, JobPhase, Queue, QueuedJob};
use kernels::{CallReply, Layout};
use serde_json::Map;
use std::time::Duration;
use store::PackageReader;

/// How often batch jobs are looked at where no news came.
const LOOK_EVERY: Duration = Duration::from_secs(2);
const ANSWER_WITHIN: Duration = Duration::from_secs(60);
const LOOK_WITHIN: Duration = Duration::from_secs(5);
const CALL_SECONDS_MAX: u64 = 24 * 3_600;
/// Waiting and running batch jobs that one look takes in.
const JOBS_MAX: i64 = 10_000;

type Values = Map<String, serde_json::Value>;

/// A package on a server, with its specs.
struct Deployed {
    location: Location,
    generation: i64,
    specs: PackageReader,
}

impl Control {
    /// Runs a function of the server's package.
    pub async fn call(
        &self,
        function: &str,
        server: &str,
        path_code: &str,
        values: Values,
        user: &str,
        seconds_max: u64,
    ) -> Result<CallReply, Failure> {
        if !(1..=CALL_SECONDS_MAX).contains(&seconds_max) {
            let message = format!("a call may take 1 to {CALL_SECONDS_MAX} seconds, and {seconds_max} were asked for");
            return Err(Failure::new(&failure::BAD_REQUEST, message).hint("give another limit; what takes longer is a batch job"));
        }
        let deployed = self.deployed(server, path_code).await?;
        let layout = layout(&deployed, function).await?;
        let asked =
            KernelAsked::Call { location: deployed.location, function: function.into(), layout, values, user: user.into(), seconds_max };
        self.ask_kernel(server, &asked, Duration::from_secs(seconds_max) + ANSWER_WITHIN).await
    }

    /// Puts a report into a queue; answers the number of the batch job.
    pub async fn submit(
        &self,
        report: &str,
        version: &str,
        server: &str,
        path_code: &str,
        queue: &str,
        user: &str,
    ) -> Result<i64, Failure> {
        let deployed = self.deployed(server, path_code).await?;
        calls(&deployed, report, version).await?;
        let fleet = self.fleet().await?;
        let queues: Vec<&str> = fleet.queues.iter().filter(|(of, _, _)| of == server).map(|(_, name, _)| name.as_str()).collect();
        if !queues.contains(&queue) {
            return Err(Failure::new(&failure::UNKNOWN_NAME, format!("{server} has no job queue {queue}"))
                .hint(format!("its queues are {}", queues.join(", "))));
        }
        let mut transaction = self.store.control().begin().await.map_err(failed)?;
        transaction.lock("F986110").await.map_err(failed)?;
        let last = transaction.query("SELECT COALESCE(MAX(JCJOBNBR), 0) FROM F986110", &[]).await.map_err(failed)?;
        let job = last[0][0].integer() + 1;
        let text = |text: &str| Value::from(text);
        let row: Row = vec![
            Value::from(job),
            text(server),
            text(queue),
            text(report),
            text(version),
            text("W"),
            text(user),
            text(path_code),
            text(""),
            Value::from(0),
            text(""),
            text(""),
            Value::from(0),
            Value::from(0),
            Value::from(stamp::now()),
            Value::from(0),
            Value::from(0),
        ];
        transaction.insert(tables::named("F986110").expect("in the catalogue"), &[row]).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        let _ = self.bus.publish(&subjects::batch_ended(server), Vec::new());
        Ok(job)
    }

    /// Keeps the records of batch jobs true and starts those whose turn has come.
    pub async fn serve_batch_jobs(self, mut news: Subscription) {
        loop {
            // What fails now is seen again at the next look.
            let _ = self.look_at_batch_jobs().await;
            if let Ok(None) = tokio::time::timeout(LOOK_EVERY, news.next()).await {
                return;
            }
        }
    }

    pub async fn look_at_batch_jobs(&self) -> Result<(), Failure> {
        let _held = self.batch_jobs.lock().await;
        let sql = format!(
            "SELECT JCEXEHOST, JCJOBNBR, JCJOBQUE, JCJOBSTS, JCSUBMITTED FROM F986110 WHERE JCJOBSTS IN ('W', 'P') ORDER BY JCJOBNBR LIMIT {JOBS_MAX}"
        );
        let rows = self.store.control().query(&sql, &[]).await.map_err(failed)?;
        let mut servers: Vec<String> = rows.iter().map(|row| row[0].text().to_string()).collect();
        servers.sort();
        servers.dedup();
        // Side by side: one that does not answer holds up nobody else's jobs.
        let looks = servers.iter().map(|server| self.look_at_jobs_on(server, &rows));
        futures_util::future::join_all(looks).await.into_iter().collect()
    }

    async fn look_at_jobs_on(&self, server: &str, rows: &[Row]) -> Result<(), Failure> {
        let own = rows.iter().filter(|row| row[0].text() == server && row[3].text() == "P");
        let running: Vec<i64> = own.map(|row| row[1].integer()).collect();
        if !running.is_empty() {
            let asked = KernelAsked::Look { jobs: running.clone() };
            let stands: Vec<JobStands> = self.ask_kernel(server, &asked, LOOK_WITHIN).await?;
            // A server speaks of its own jobs alone.
            for job in stands.iter().filter(|job| job.state != "processing" && running.contains(&job.job)) {
                self.settle_batch_job(job).await?;
            }
        }
        self.start_waiting(server).await
    }

    async fn start_waiting(&self, server: &str) -> Result<(), Failure> {
        let fleet = self.fleet().await?;
        let queues: Vec<Queue> = fleet
            .queues
            .iter()
            .filter(|(of, _, _)| of == server)
            .map(|(_, name, slots)| Queue { name: name.clone(), slots: u32::try_from(*slots).unwrap_or(1) })
            .collect();
        loop {
            let sql = "SELECT JCJOBNBR, JCJOBQUE, JCJOBSTS, JCSUBMITTED FROM F986110 WHERE JCEXEHOST = $1 AND JCJOBSTS IN ('W', 'P')";
            let rows = self.store.control().query(sql, &[Value::from(server)]).await.map_err(failed)?;
            let job = |row: &Row| QueuedJob {
                job: u64::try_from(row[0].integer()).unwrap_or_default(),
                queue: row[1].text().into(),
                phase: if row[2].text() == "P" { JobPhase::Processing } else { JobPhase::Waiting },
                submitted_ms: row[3].integer(),
            };
            let jobs: Vec<QueuedJob> = rows.iter().map(job).collect();
            let Some(next) = queue::next(&queues, &jobs) else { return Ok(()) };
            self.start_batch_job(i64::try_from(next).unwrap_or_default(), server).await?;
        }
    }

    /// Starts one on the package that its server runs now; it stays on that package to its end.
    async fn start_batch_job(&self, job: i64, server: &str) -> Result<(), Failure> {
        let sql = "SELECT JCUBE, JCVERS, JCPATHCD, JCUSER, JCPACKAGE, JCORDER FROM F986110 WHERE JCJOBNBR = $1";
        let rows = self.store.control().query(sql, &[Value::from(job)]).await.map_err(failed)?;
        let Some(row) = rows.first() else { return Ok(()) };
        let (report, version, path_code, user) = (row[0].text(), row[1].text(), row[2].text(), row[3].text());
        let started = async {
            // One that an earlier control was just starting stays on the package that it was to start on.
            let (location, calls) = match serde_json::from_str(row[5].text()) {
                Ok(calls) => (self.location(path_code, row[4].text()).await?, calls),
                Err(_) => {
                    let deployed = self.deployed(server, path_code).await?;
                    let calls = calls(&deployed, report, version).await?;
                    let order = serde_json::to_string(&calls).expect("plain data becomes JSON");
                    let arguments =
                        [Value::from(&deployed.location.package), Value::from(deployed.generation), Value::from(order), Value::from(job)];
                    self.update("UPDATE F986110 SET JCPACKAGE = $1, JCGENID = $2, JCORDER = $3 WHERE JCJOBNBR = $4", &arguments).await?;
                    (deployed.location, calls)
                }
            };
            let asked = KernelAsked::Start { location, job, report: report.into(), version: version.into(), user: user.into(), calls };
            self.ask_kernel::<JobStands>(server, &asked, ANSWER_WITHIN).await
        };
        match started.await {
            Ok(stands) => {
                let stands = JobStands { job, ..stands };
                let arguments = [Value::from(stands.pid), Value::from(stands.pid_start), Value::from(stands.started), Value::from(job)];
                self.update(
                    "UPDATE F986110 SET JCJOBSTS = 'P', JCPID = $1, JCPIDSTART = $2, JCSTARTED = $3 WHERE JCJOBNBR = $4",
                    &arguments,
                )
                .await?;
                if stands.state != "processing" { self.settle_batch_job(&stands).await } else { Ok(()) }
            }
            // The server, the bus or the database was away: it is still this job's turn when they are back.
            Err(failure) if failure.is_host() => Err(failure),
            Err(failure) => {
                let result = serde_json::json!({ "failure": failure.to_string(), "results": [] });
                let arguments = [Value::from(result.to_string()), Value::from(stamp::now()), Value::from(job)];
                self.update("UPDATE F986110 SET JCJOBSTS = 'E', JCRESULT = $1, JCENDED = $2 WHERE JCJOBNBR = $3", &arguments).await
            }
        }
    }

    async fn settle_batch_job(&self, stands: &JobStands) -> Result<(), Failure> {
        let result = serde_json::json!({ "failure": stands.failure, "results": stands.results });
        let ended = if stands.ended > 0 { stands.ended } else { stamp::now() };
        let arguments = [
            Value::from(if stands.state == "done" { "D" } else { "E" }),
            Value::from(result.to_string()),
            Value::from(ended),
            Value::from(stands.job),
        ];
        self.update("UPDATE F986110 SET JCJOBSTS = $1, JCRESULT = $2, JCENDED = $3 WHERE JCJOBNBR = $4", &arguments).await
    }

    async fn update(&self, sql: &str, arguments: &[Value]) -> Result<(), Failure> {
        let mut transaction = self.store.control().begin().await.map_err(failed)?;
        transaction.execute(sql, arguments).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)
    }

    async fn location(&self, path_code: &str, package: &str) -> Result<Location, Failure> {
        let fleet = self.fleet().await?;
        let path_code = known_path_code(&fleet, path_code)?;
        Ok(Location { path_code: path_code.name.clone(), bits: path_code.bits, package: package.into() })
    }

    /// The package that a server runs for a path code.
    async fn deployed(&self, server: &str, path_code: &str) -> Result<Deployed, Failure> {
        let fleet = self.fleet().await?;
        let path_code = known_path_code(&fleet, path_code)?;
        if fleet.machine(server).is_none_or(|machine| machine.kind != "enterprise") {
            let known: Vec<&str> = fleet.enterprise_servers().map(|machine| machine.server.name.as_str()).collect();
            return Err(Failure::new(&failure::UNKNOWN_NAME, format!("there is no enterprise server {server}"))
                .hint(format!("known are {}", known.join(", "))));
        }
        let sql = "SELECT SKSERSHP, SKGENID FROM F96511 WHERE SKMKEY = $1 AND SKPATHCD = $2 AND SKTYPE = '30'";
        let rows = self.store.control().query(sql, &[Value::from(server), Value::from(&path_code.name)]).await.map_err(failed)?;
        let nothing = || {
            Failure::new(&failure::NOTHING_DEPLOYED, format!("{server} has no package of {}", path_code.name))
                .hint("deploy one with `packwright deploy`")
        };
        let row = rows.first().ok_or_else(nothing)?;
        let package = row[0].text().to_string();
        let specs = self.store.package(&path_code.name, &package).await.map_err(failed)?.ok_or_else(|| packages::unknown(&package))?;
        let location = Location { path_code: path_code.name.clone(), bits: path_code.bits, package };
        Ok(Deployed { location, generation: row[1].integer(), specs })
    }

    /// A server's folders.
    pub async fn tree(&self, server: &str) -> Result<Vec<TreeEntry>, Failure> {
        self.ask_kernel(server, &KernelAsked::Tree, ANSWER_WITHIN).await
    }

    pub(super) async fn ask_kernel<T: serde::de::DeserializeOwned>(
        &self,
        server: &str,
        asked: &KernelAsked,
        within: Duration,
    ) -> Result<T, Failure> {
        let body = serde_json::to_vec(asked).expect("plain data becomes JSON");
        let answer = self.bus.request(&subjects::kernel(server), body, within).await.map_err(|error| match error {
            BusError::NoResponder(_) | BusError::TimedOut(..) => Failure::new(&failure::SERVER_NOT_UP, format!("{server} does not answer"))
                .hint("start it; `packwright doctor` says of each server whether it is there"),
            other => bus_failed(&other),
        })?;
        let damaged =
            |error: serde_json::Error| Failure::new(&failure::HOST_FAILED, format!("cannot read the answer of {server}: {error}"));
        let answer: Result<serde_json::Value, Failure> = serde_json::from_slice(&answer).map_err(damaged)?;
        serde_json::from_value(answer?).map_err(damaged)
    }
}

fn damaged(what: &str) -> Failure {
    Failure::new(&failure::DATABASE_FAILED, format!("the spec of {what} cannot be read")).hint("build and deploy a new package")
}

/// What a function takes, by the package's specs.
async fn layout(deployed: &Deployed, function: &str) -> Result<Layout, Failure> {
    let sql = "SELECT A.DSTNM, B.SPECBLOB FROM {F98762} A JOIN {F98743} B ON A.DSTNM = B.OBNM WHERE A.FNNM = $1";
    let rows = deployed.specs.query(sql, &[Value::from(function)]).await.map_err(failed)?;
    let unknown = || {
        let message = format!("package {} has no business function {function}", deployed.location.package);
        Failure::new(&failure::UNKNOWN_NAME, message).hint("names are as they were checked in, capitals included")
    };
    let row = rows.first().ok_or_else(unknown)?;
    serde_json::from_str(row[1].text()).map_err(|_| damaged(row[0].text()))
}

/// What a report does in a version, by the package's specs.
async fn calls(deployed: &Deployed, report: &str, version: &str) -> Result<Vec<BatchCall>, Failure> {
    let sql = "SELECT VERS, RDTYPE, SPECBLOB FROM {F98761} WHERE OBNM = $1 AND RDTYPE IN ('CALL', 'VERSION') ORDER BY VERS, RDTYPE, SECTID";
    let rows = deployed.specs.query(sql, &[Value::from(report)]).await.map_err(failed)?;
    if rows.is_empty() {
        let message = format!("package {} has no report {report}", deployed.location.package);
        return Err(Failure::new(&failure::UNKNOWN_NAME, message).hint("see its objects with `packwright package contents`"));
    }
    let versions: Vec<&str> =
        rows.iter().filter(|row| row[1].text() == "VERSION" && !row[0].text().is_empty()).map(|row| row[0].text()).collect();
    let Some(chosen) = rows.iter().find(|row| row[1].text() == "VERSION" && row[0].text() == version) else {
        return Err(Failure::new(&failure::UNKNOWN_NAME, format!("report {report} has no version {version}"))
            .hint(format!("its versions are {}", versions.join(", "))));
    };
    let read = |row: &Row| serde_json::from_str::<serde_json::Value>(row[2].text()).map_err(|_| damaged(report));
    let mut calls = Vec::new();
    for row in rows.iter().filter(|row| row[1].text() == "CALL") {
        let call = read(row)?;
        let function = call["function"].as_str().ok_or_else(|| damaged(report))?.to_string();
        let values = call["values"].as_object().cloned().ok_or_else(|| damaged(report))?;
        calls.push(BatchCall { layout: layout(deployed, &function).await?, function, values });
    }
    for replaced in read(chosen)?["values"].as_array().into_iter().flatten() {
        let position = replaced["call"].as_u64().and_then(|number| usize::try_from(number).ok()).unwrap_or(0);
        if let (Some(call), Some(member)) =
            (position.checked_sub(1).and_then(|position| calls.get_mut(position)), replaced["member"].as_str())
        {
            call.values.insert(member.to_string(), replaced["value"].clone());
        }
    }
    Ok(calls)
}
