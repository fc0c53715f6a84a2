//! The one place that writes control tables for jobs: what a report's changes, a moved run, a begun and an ended job mean in them.

use super::stamp;
use engine::job::{Job, JobState, RunState};
use engine::outcome::Change;
use engine::tables;
use engine::value::{Row, Value};
use std::collections::BTreeMap;
use store::{StoreError, Transaction};

/// Statuses of F9603.PHSTATUS and F96021.BHBLDSTS.
pub mod status {
    pub const IN_DEFINITION: &str = "10";
    pub const ASSEMBLED: &str = "20";
    pub const DEFINED: &str = "30";
    pub const BUILDING: &str = "40";
    pub const COMPLETED: &str = "50";
    pub const WITH_ERRORS: &str = "60";
    pub const DEPLOYED: &str = "70";

    pub fn word(code: &str) -> &'static str {
        match code {
            IN_DEFINITION => "in definition",
            ASSEMBLED => "assembled",
            DEFINED => "build defined",
            BUILDING => "building",
            COMPLETED => "built",
            WITH_ERRORS => "built with errors",
            DEPLOYED => "deployed",
            _ => "unknown",
        }
    }
}

/// Servers that one statement names.
const SERVERS_MAX: usize = 512;

/// What the runs of one batch change of the servers that they deploy to: a deployment may have thousands, so it is gathered and then written together.
#[derive(Default)]
pub struct Deployed {
    /// A pointer may move.
    switching: bool,
    /// F9651.MDMCHRCDNM by server; the last one counts.
    states: BTreeMap<String, String>,
    /// Rows of F96511.
    packages: Vec<Row>,
}

impl Deployed {
    pub async fn write(self, transaction: &mut Transaction, job: &Job) -> Result<(), StoreError> {
        if self.switching {
            // From here on the package is what servers run: its name is used up.
            let sql = "UPDATE F9603 SET PHDEPLOYED = 1 WHERE PHJDEPKGNM = $1 AND PHDEPLOYED <> 1";
            transaction.execute(sql, &[Value::from(&job.plan.package)]).await?;
        }
        let mut servers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (server, state) in &self.states {
            servers.entry(state).or_default().push(server);
        }
        for (state, servers) in servers {
            set_deployment_state(transaction, &job.plan.path_code, &servers, state).await?;
        }
        transaction.upsert(tables::named("F96511").expect("in the catalogue"), &self.packages).await
    }
}

/// What those who poll the machine table see of these servers.
async fn set_deployment_state(transaction: &mut Transaction, path_code: &str, servers: &[&str], state: &str) -> Result<(), StoreError> {
    for servers in servers.chunks(SERVERS_MAX) {
        // The last name fills the list up to one of few lengths, so that the database knows the statement from an earlier batch.
        let length = servers.len().next_power_of_two();
        let last = servers.last().expect("a chunk has a name");
        let names = servers.iter().chain(std::iter::repeat(last)).take(length);
        let mut arguments = vec![Value::from(state), Value::from(path_code), Value::from(state)];
        arguments.extend(names.map(|name| Value::from(*name)));
        let names = store::placeholders(4, length);
        let sql = format!("UPDATE F9651 SET MDMCHRCDNM = $1 WHERE MDPATHCD = $2 AND MDMCHRCDNM <> $3 AND MDMKEY IN ({names})");
        transaction.execute(&sql, &arguments).await?;
    }
    Ok(())
}

/// Carries the changes of a step out, or adds them to what is written together.
pub async fn apply(
    transaction: &mut Transaction,
    job: &Job,
    run: usize,
    changes: &[Change],
    deployed: &mut Deployed,
) -> Result<(), StoreError> {
    let plan = &job.plan;
    let server = &plan.runs[run].server;
    let [date, time] = stamp::erp(stamp::now());
    for change in changes {
        match change {
            Change::ObjectsListed(objects) => {
                let primary = Value::from(&plan.fleet.primary);
                let rows: Vec<_> =
                    objects.iter().map(|o| object_row(job, &primary, &o.object, &o.kind, "NOT BUILT", &o.par_hash, &date, &time)).collect();
                transaction.upsert(tables::named("F96225").expect("in the catalogue"), &rows).await?;
            }
            Change::ObjectsBuilt { objects, status } => {
                let server = Value::from(server);
                let row = |(object, kind): &(String, String)| object_row(job, &server, object, kind, status.word(), "", &date, &time);
                write_built(transaction, job, objects.iter().map(row).collect()).await?;
            }
            Change::DeploymentState(code) => drop(deployed.states.insert(server.clone(), code.clone())),
            Change::PackageDeployed => deployed.packages.push(vec![
                Value::from(server),
                Value::from(job.planned_server(run).map_or(0, |server| server.port)),
                Value::from(&plan.path_code),
                Value::from("30"),
                Value::from(&plan.package),
                Value::from(plan.facts.generation),
                date.clone(),
                time.clone(),
            ]),
            Change::GoodsNamed { name, hash } => {
                transaction
                    .upsert(tables::named("PW_GOODS").expect("in the catalogue"), &[vec![Value::from(name), Value::from(hash)]])
                    .await?;
            }
            Change::PackageChangeBroadcast => {}
        }
    }
    Ok(())
}

#[expect(clippy::too_many_arguments, reason = "one argument a column")]
fn object_row(job: &Job, server: &Value, object: &str, kind: &str, status: &str, hash: &str, date: &Value, time: &Value) -> Vec<Value> {
    vec![
        Value::from(&job.plan.package),
        Value::from(&job.plan.path_code),
        server.clone(),
        Value::from(object),
        Value::from(""),
        Value::from(kind),
        Value::from("01"),
        Value::from(status),
        Value::from(hash),
        date.clone(),
        time.clone(),
    ]
}

/// Rows name the par that the object was built from, on every server: the one of the list.
async fn write_built(transaction: &mut Transaction, job: &Job, mut rows: Vec<Vec<Value>>) -> Result<(), StoreError> {
    let table = tables::named("F96225").expect("in the catalogue");
    let (object, hash) = (table.position("BDOBNM"), table.position("BDPARHASH"));
    let sql = "SELECT BDOBNM, BDPARHASH FROM F96225 WHERE BDJDEPKGNM = $1 AND BDOPER = '01' AND BDPARHASH <> ''";
    let known = transaction.query(sql, &[Value::from(&job.plan.package)]).await?;
    let known: std::collections::HashMap<String, Value> =
        known.into_iter().map(|row| (row[0].text().to_string(), row[1].clone())).collect();
    for row in &mut rows {
        if let Some(listed) = known.get(row[object].text()) {
            row[hash] = listed.clone();
        }
    }
    transaction.upsert(table, &rows).await
}

/// F96021 says of each server which step it is at.
pub async fn run_moved(transaction: &mut Transaction, job: &Job, run: usize, deployed: &mut Deployed) -> Result<(), StoreError> {
    let planned = &job.plan.runs[run];
    if job.plan.recipe == "DEPLOY" {
        deployed.switching |= planned.step == "switch_package" && job.runs[run].state == RunState::Running;
        return Ok(());
    }
    let [date, time] = stamp::erp(stamp::now());
    let status = if failed_on(job, &planned.server) { status::WITH_ERRORS } else { status::BUILDING };
    let row = vec![
        Value::from(&job.plan.package),
        Value::from(&job.plan.path_code),
        Value::from(&planned.server),
        Value::from(status),
        Value::from("R9621S"),
        Value::from(&planned.step),
        date,
        time,
    ];
    transaction.upsert(tables::named("F96021").expect("in the catalogue"), &[row]).await
}

fn failed_on(job: &Job, server: &str) -> bool {
    job.plan.runs.iter().zip(&job.runs).any(|(planned, run)| planned.server == server && run.state == RunState::Failed)
}

/// The package's header and every server's part say that it is being built: for the first time, or again.
pub async fn job_began(transaction: &mut Transaction, job: &Job) -> Result<(), StoreError> {
    if job.plan.recipe == "DEPLOY" {
        return Ok(());
    }
    let arguments = [Value::from(status::BUILDING), Value::from(&job.plan.package)];
    transaction.execute("UPDATE F96021 SET BHBLDSTS = $1, BHSTEP = '' WHERE BHJDEPKGNM = $2", &arguments).await?;
    set_package_status(transaction, &job.plan.package, status::BUILDING).await
}

pub async fn job_ended(transaction: &mut Transaction, job: &Job) -> Result<(), StoreError> {
    if job.plan.recipe == "DEPLOY" {
        let switched = job.plan.runs.iter().zip(&job.runs).any(|(planned, run)| planned.step == "mark_available" && run.state.passed());
        if switched {
            set_package_status(transaction, &job.plan.package, status::DEPLOYED).await?;
        }
        // A server whose deployment stopped is not being deployed to any more: whoever polls it need not wait.
        let servers: Vec<&str> = job.servers().collect();
        set_deployment_state(transaction, &job.plan.path_code, &servers, "30").await?;
        return Ok(());
    }
    let code = match job.state {
        JobState::Succeeded => status::COMPLETED,
        JobState::Failed | JobState::Cancelled => status::WITH_ERRORS,
        JobState::Running => status::BUILDING,
    };
    set_package_status(transaction, &job.plan.package, code).await?;
    for server in job.servers() {
        let code = if failed_on(job, server) { status::WITH_ERRORS } else { code };
        let arguments = [Value::from(code), Value::from(&job.plan.package), Value::from(server)];
        transaction.execute("UPDATE F96021 SET BHBLDSTS = $1 WHERE BHJDEPKGNM = $2 AND BHMKEY = $3", &arguments).await?;
    }
    Ok(())
}

pub async fn set_package_status(transaction: &mut Transaction, package: &str, code: &str) -> Result<(), StoreError> {
    let [date, time] = stamp::erp(stamp::now());
    let arguments = [Value::from(code), date, time, Value::from(package)];
    transaction.execute("UPDATE F9603 SET PHSTATUS = $1, PHUPMJ = $2, PHUPMT = $3 WHERE PHJDEPKGNM = $4", &arguments).await?;
    Ok(())
}
