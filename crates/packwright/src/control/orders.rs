//! The life of a package: assembled, defined, built, deployed. Each order checks that its time has come and changes the tables in one
//! transaction.

use super::changes::{self, status};
use super::{Control, jobs, packages, stamp};
use crate::agent::tables::failed;
use crate::enterprise::{Fleet, Machine, PathCode};
use engine::failure::{self, Failure};
use engine::plan::{self, Facts, Plan, PlannedServer};
use engine::release::Release;
use engine::tables;
use engine::value::{Row, Value};
use std::collections::{HashMap, HashSet};
use steps::recipes;
use store::Transaction;

/// Names of servers that a hint tells.
const NAMES_SHOWN: usize = 20;

fn refused(message: String, hint: &str) -> Failure {
    Failure::new(&failure::BAD_REQUEST, message).hint(hint)
}

fn package_name_fits(name: &str) -> Result<(), Failure> {
    if crate::enterprise::file::is_name(name) {
        Ok(())
    } else {
        Err(refused(format!("`{name}` is no package name"), "use 1 to 10 of A–Z, 0–9 and _, first a letter, as DV920FA"))
    }
}

impl Control {
    /// Makes a package that takes all objects of a path code.
    pub async fn assemble(&self, package: &str, path_code: &str, description: &str) -> Result<(), Failure> {
        package_name_fits(package)?;
        let fleet = self.fleet().await?;
        let path_code = known_path_code(&fleet, path_code)?;
        let mut transaction = self.store.control().begin().await.map_err(failed)?;
        let known =
            transaction.query("SELECT PHDEPLOYED FROM F9603 WHERE PHJDEPKGNM = $1", &[Value::from(package)]).await.map_err(failed)?;
        match known.first() {
            Some(row) if row[0].integer() == 1 => return Err(name_used_up(package)),
            Some(_) => {
                return Err(refused(
                    format!("package {package} is assembled already"),
                    "go on with `packwright package define`, or take another name",
                ));
            }
            None => {}
        }
        let [date, time] = stamp::erp(stamp::now());
        let header: Row = vec![
            Value::from(package),
            Value::from(&path_code.name),
            Value::from("FULL"),
            Value::from(description),
            Value::from(""),
            Value::from(status::ASSEMBLED),
            Value::from(&path_code.release),
            Value::from(""),
            date,
            time,
            Value::from(0),
        ];
        insert(&mut transaction, "F9603", header).await?;
        insert(&mut transaction, "F9631", vec![Value::from(package), Value::from(&path_code.name), Value::from("*"), Value::from("")])
            .await?;
        transaction.commit().await.map_err(failed)
    }

    /// Says where a package is built. The primary enterprise server is always one of the servers and the first.
    pub async fn define(&self, package: &str, servers: &[String], compress: bool) -> Result<Vec<String>, Failure> {
        let fleet = self.fleet().await?;
        let chosen = build_servers(&fleet, servers)?;
        let names: Vec<String> = chosen.iter().map(|machine| machine.server.name.clone()).collect();
        if let Some(job) = self.running().await.iter().find(|job| job.plan.package == package) {
            return Err(super::package_busy(job));
        }
        let mut transaction = self.store.control().begin().await.map_err(failed)?;
        let header = header(&mut transaction, package).await?;
        if header.deployed_once {
            return Err(name_used_up(package));
        }
        let yes_no = |flag: bool| Value::from(if flag { "Y" } else { "N" });
        let row = vec![
            Value::from(package),
            Value::from(&header.path_code),
            Value::from(names.join(",")),
            yes_no(false),
            yes_no(compress),
            yes_no(false),
            yes_no(false),
        ];
        upsert(&mut transaction, "F96215", row).await?;
        transaction.execute("DELETE FROM F96021 WHERE BHJDEPKGNM = $1", &[Value::from(package)]).await.map_err(failed)?;
        let [date, time] = stamp::erp(stamp::now());
        for name in &names {
            let row = vec![
                Value::from(package),
                Value::from(&header.path_code),
                Value::from(name),
                Value::from(status::DEFINED),
                Value::from("R9621S"),
                Value::from(""),
                date.clone(),
                time.clone(),
            ];
            upsert(&mut transaction, "F96021", row).await?;
        }
        changes::set_package_status(&mut transaction, package, status::DEFINED).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        Ok(names)
    }

    /// Begins a build. `rebuild` takes the objects as they are checked in now, for a package that was built or failed before and was never
    /// deployed; its old tables go.
    pub async fn build(&self, package: &str, rebuild: bool) -> Result<i64, Failure> {
        let fleet = self.fleet().await?;
        let header = self.header(package).await?;
        if header.deployed_once {
            return Err(name_used_up(package));
        }
        if let Some(job) = self.running().await.iter().find(|job| job.plan.package == package) {
            return Err(super::package_busy(job));
        }
        match header.status.as_str() {
            status::DEFINED => {}
            status::BUILDING | status::COMPLETED | status::WITH_ERRORS if rebuild => {}
            status::BUILDING | status::WITH_ERRORS => {
                return Err(refused(
                    format!("package {package} was built and failed"),
                    "go on where it stopped with --resume, or take corrected objects with `packwright package rebuild`",
                ));
            }
            status::COMPLETED => {
                return Err(refused(
                    format!("package {package} is built already"),
                    "deploy it, or build it anew with `packwright package rebuild`",
                ));
            }
            _ => {
                return Err(refused(
                    format!("package {package} has no build definition"),
                    "define its build with `packwright package define`",
                ));
            }
        }
        let plan = self.plan_build(&fleet, package, &header.path_code).await?;
        let objects = self.objects_to_build(&plan).await?;
        self.begin_job(plan, Some(objects)).await
    }

    /// The plan that a build would have now.
    pub async fn plan_build(&self, fleet: &Fleet, package: &str, path_code: &str) -> Result<Plan, Failure> {
        let rows = self
            .store
            .control()
            .query("SELECT PKGBULSRV, PKGBULCMP FROM F96215 WHERE PKGBULPKG = $1", &[Value::from(package)])
            .await
            .map_err(failed)?;
        let definition = rows.first().ok_or_else(|| {
            refused(format!("package {package} has no build definition"), "define its build with `packwright package define`")
        })?;
        let names: Vec<String> = definition[0].text().split(',').map(str::to_string).collect();
        let servers: Vec<PlannedServer> = build_servers(fleet, &names)?.into_iter().map(|machine| machine.server.clone()).collect();
        let facts = Facts {
            several_build_servers: servers.len() > 1,
            compress_server: definition[1].text() == "Y",
            ..facts(fleet, known_path_code(fleet, path_code)?)
        };
        Ok(plan::plan(&recipes::FULL_BUILD, package, path_code, &planned(fleet, servers)?, &facts))
    }

    /// Rows of F96225 for the objects that the path code has now. Refused where there is none.
    async fn objects_to_build(&self, plan: &Plan) -> Result<Vec<Row>, Failure> {
        let objects = async {
            self.store.path_code(&plan.path_code).await?.query("SELECT OMWOBJID, OMWOT FROM F98780R ORDER BY OMWOBJID", &[]).await
        };
        let objects = objects.await.map_err(failed)?;
        if objects.is_empty() {
            return Err(refused(format!("path code {} has no objects", plan.path_code), "check some in with `packwright checkin`"));
        }
        let [date, time] = stamp::erp(stamp::now());
        let row = |object: &Row| {
            let text = |text: &str| Value::from(text);
            let (name, kind) = (object[0].clone(), object[1].clone());
            vec![
                text(&plan.package),
                text(&plan.path_code),
                text(&plan.fleet.primary),
                name,
                text(""),
                kind,
                text("01"),
                text("NOT BUILT"),
                text(""),
                date.clone(),
                time.clone(),
            ]
        };
        Ok(objects.iter().map(row).collect())
    }

    /// Goes on with the last build of a package where it stopped.
    pub async fn resume_build(&self, package: &str) -> Result<i64, Failure> {
        if let Some(job) = self.running().await.into_iter().find(|job| job.plan.package == package) {
            return Ok(job.id);
        }
        let header = self.header(package).await?;
        if header.deployed_once {
            return Err(name_used_up(package));
        }
        let last = jobs::last_on_package(&self.store, package, recipes::FULL_BUILD.name).await.map_err(failed)?;
        let id = last.ok_or_else(|| refused(format!("no build of {package} was begun"), "begin one with `packwright package build`"))?;
        self.retry_job(id).await?;
        Ok(id)
    }

    /// Deploys a built package to these servers, or to all for which it was built; `dry_run` only plans.
    pub async fn deploy(&self, package: &str, servers: &[String], dry_run: bool) -> Result<(Plan, Option<i64>), Failure> {
        let fleet = self.fleet().await?;
        let header = self.header(package).await?;
        if ![status::COMPLETED, status::DEPLOYED].contains(&header.status.as_str()) {
            let message = format!("package {package} cannot be deployed: it is {}", status::word(&header.status));
            return Err(Failure::new(&failure::NOT_BUILT, message)
                .hint("only a package whose build completed without an error can be; see `packwright package report`"));
        }
        // Thousands of servers may be deployed to.
        let machines: HashMap<&str, &Machine> = fleet.machines.iter().map(|machine| (machine.server.name.as_str(), machine)).collect();
        let built: Vec<&str> = header
            .servers
            .iter()
            .map(|build| build.server.as_str())
            .filter(|name| machines.get(name).is_some_and(|m| m.kind == "enterprise"))
            .collect();
        let mut chosen: Vec<&str> = if servers.is_empty() { built.clone() } else { servers.iter().map(String::as_str).collect() };
        let mut seen = HashSet::new();
        chosen.retain(|name| seen.insert(*name));
        let known: HashSet<&str> = built.iter().copied().collect();
        if let Some(other) = chosen.iter().find(|name| !known.contains(*name)) {
            let mut hint = format!("it was built for {}", built[..built.len().min(NAMES_SHOWN)].join(", "));
            if built.len() > NAMES_SHOWN {
                hint.push_str(&format!(" and {} more", built.len() - NAMES_SHOWN));
            }
            return Err(refused(format!("package {package} was not built for {other}"), &hint));
        }
        let path_code = known_path_code(&fleet, &header.path_code)?;
        let generation = self.generation(&path_code.name, package, !dry_run).await?;
        let servers = chosen.iter().filter_map(|name| machines.get(name)).map(|machine| machine.server.clone()).collect();
        let facts = Facts { generation, ..facts(&fleet, path_code) };
        if facts.release < Release([9, 2, 6, 0]) {
            return Err(refused(
                format!("a deployment at tools release {} locks kernels first, which this version cannot do", facts.release),
                "set tools_release to 9.2.6.0 or later",
            ));
        }
        let plan = plan::plan(&recipes::DEPLOY, package, &path_code.name, &planned(&fleet, servers)?, &facts);
        if dry_run {
            return Ok((plan, None));
        }
        let job = self.begin_job(plan.clone(), None).await?;
        Ok((plan, Some(job)))
    }

    /// The generation that holds this full package alone; made where there is none yet.
    async fn generation(&self, path_code: &str, package: &str, make: bool) -> Result<i64, Failure> {
        let mut transaction = self.store.control().begin().await.map_err(failed)?;
        transaction.lock("PW_GENERATION").await.map_err(failed)?;
        let arguments = [Value::from(path_code), Value::from(package)];
        let known = transaction
            .query("SELECT GENERATION FROM PW_GENERATION WHERE PATHCD = $1 AND PACKAGES = $2", &arguments)
            .await
            .map_err(failed)?;
        if let Some(row) = known.first() {
            return Ok(row[0].integer());
        }
        let last = transaction
            .query("SELECT COALESCE(MAX(GENERATION), 0) FROM PW_GENERATION WHERE PATHCD = $1", &[Value::from(path_code)])
            .await
            .map_err(failed)?;
        let next = last[0][0].integer() + 1;
        if make {
            insert(
                &mut transaction,
                "PW_GENERATION",
                vec![Value::from(next), Value::from(path_code), Value::from(package), Value::from(stamp::now())],
            )
            .await?;
            transaction.commit().await.map_err(failed)?;
        }
        Ok(next)
    }

    pub async fn header(&self, package: &str) -> Result<packages::Package, Failure> {
        let found = packages::list(&self.store, Some(package)).await.map_err(failed)?;
        found.into_iter().find(|known| known.name == package).ok_or_else(|| packages::unknown(package))
    }
}

async fn header(transaction: &mut Transaction, package: &str) -> Result<packages::Package, Failure> {
    let rows = transaction
        .query("SELECT PHPATHCD, PHPKGTYPE, PHSTATUS, PHDEPLOYED FROM F9603 WHERE PHJDEPKGNM = $1", &[Value::from(package)])
        .await
        .map_err(failed)?;
    let row = rows.first().ok_or_else(|| packages::unknown(package))?;
    Ok(packages::Package {
        name: package.into(),
        path_code: row[0].text().into(),
        kind: row[1].text().into(),
        status: row[2].text().into(),
        state: status::word(row[2].text()).into(),
        deployed_once: row[3].integer() == 1,
        servers: Vec::new(),
    })
}

fn name_used_up(package: &str) -> Failure {
    Failure::new(&failure::NAME_USED_UP, format!("package {package} was deployed, and what was deployed does not change"))
        .hint("assemble a new package with another name")
}

pub fn known_path_code<'f>(fleet: &'f Fleet, name: &str) -> Result<&'f PathCode, Failure> {
    fleet.path_code(name).ok_or_else(|| {
        let known: Vec<&str> = fleet.path_codes.iter().map(|path_code| path_code.name.as_str()).collect();
        Failure::new(&failure::UNKNOWN_NAME, format!("there is no path code {name}")).hint(format!("known are {}", known.join(", ")))
    })
}

/// The named enterprise servers with the primary first; all of them where none is named.
fn build_servers<'f>(fleet: &'f Fleet, names: &[String]) -> Result<Vec<&'f Machine>, Failure> {
    let known: Vec<&Machine> = fleet.enterprise_servers().collect();
    for name in names {
        if !known.iter().any(|machine| machine.server.name == *name) {
            let list: Vec<&str> = known.iter().map(|machine| machine.server.name.as_str()).collect();
            return Err(Failure::new(&failure::UNKNOWN_NAME, format!("there is no enterprise server {name}"))
                .hint(format!("known are {}", list.join(", "))));
        }
    }
    Ok(known.into_iter().filter(|machine| names.is_empty() || machine.primary || names.contains(&machine.server.name)).collect())
}

fn planned(fleet: &Fleet, servers: Vec<PlannedServer>) -> Result<plan::Fleet, Failure> {
    let deployment = fleet
        .deployment()
        .ok_or_else(|| refused("the enterprise has no deployment server".into(), "add one to the enterprise file and apply it"))?;
    let primary = fleet.enterprise_servers().find(|machine| machine.primary);
    let primary = primary.ok_or_else(|| {
        refused("the enterprise has no primary enterprise server".into(), "set primary = true for one in the enterprise file and apply it")
    })?;
    Ok(plan::Fleet { deployment: deployment.server.clone(), primary: primary.server.name.clone(), servers })
}

fn facts(fleet: &Fleet, path_code: &PathCode) -> Facts {
    Facts {
        release: fleet.setting("tools_release").and_then(|text| text.parse().ok()).unwrap_or(Release([9, 2, 8, 0])),
        bits: path_code.bits,
        data_source: path_code.data_source.clone(),
        repository_flag: path_code.repository_flag.clone(),
        conversion_flag: path_code.conversion_flag.clone(),
        several_build_servers: false,
        client: false,
        compress_server: false,
        compile_seconds_max: fleet.setting("compile_seconds").and_then(|text| text.parse().ok()).unwrap_or(120),
        generation: 0,
    }
}

async fn insert(transaction: &mut Transaction, table: &str, row: Row) -> Result<(), Failure> {
    transaction.insert(tables::named(table).expect("in the catalogue"), &[row]).await.map_err(failed).map(drop)
}

async fn upsert(transaction: &mut Transaction, table: &str, row: Row) -> Result<(), Failure> {
    transaction.upsert(tables::named(table).expect("in the catalogue"), &[row]).await.map_err(failed).map(drop)
}
