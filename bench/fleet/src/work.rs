//! The steps of a deployment as the fleet carries them out: the changes that the real steps report, and a real pointer that moves by rename. The libraries
//! of the package are not looked for, since these servers have none.

use engine::outcome::{Change, Outcome};
use engine::step::Order;
use std::fs;
use std::io;
use std::path::Path;
use steps::deploy::switch_package::set_key;

/// The step at which a server points at the new package.
pub const SWITCH: &str = "switch_package";
/// The last step of a server.
pub const LAST: &str = "mark_available";

/// Carries one order out in a server's folder.
pub fn carry_out(order: &Order, folder: &Path) -> io::Result<(Outcome, Vec<Change>)> {
    let done = |changes| Ok((Outcome::Done, changes));
    match order.step.as_str() {
        "announce_deployment" => done(vec![Change::DeploymentState("50".into())]),
        SWITCH => Ok((switch(order, folder)?, Vec::new())),
        "broadcast_package_change" => done(vec![Change::PackageChangeBroadcast]),
        "record_deployed_package" => done(vec![Change::PackageDeployed]),
        LAST => done(vec![Change::DeploymentState("30".into())]),
        other => Err(io::Error::new(io::ErrorKind::Unsupported, format!("the fleet does not know the step {other}"))),
    }
}

fn switch(order: &Order, folder: &Path) -> io::Result<Outcome> {
    let pointer = folder.join("spec.ini");
    let old = if pointer.exists() { fs::read_to_string(&pointer)? } else { String::new() };
    let new = [
        (format!("{}_Package", order.path_code), order.package.clone()),
        (format!("{}_Generation", order.path_code), order.facts.generation.to_string()),
        (format!("{}_DataSource", order.path_code), order.facts.data_source.clone()),
    ]
    .iter()
    .fold(old.clone(), |text, (key, value)| set_key(&text, "SPEC LOCATIONS", key, value));
    if new == old {
        return Ok(Outcome::Skipped("the server points at the package already".into()));
    }
    let beside = folder.join(format!(".spec.ini.{}.{}", order.job, order.run));
    fs::write(&beside, new)?;
    fs::rename(&beside, &pointer)?;
    Ok(Outcome::Done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::plan::{Facts, Fleet, PlannedServer, plan};
    use engine::release::Release;

    /// The orders of a deployment to one server, as the planner has them.
    fn orders() -> Vec<Order> {
        let server = PlannedServer { name: "S1".into(), port: 6017, platform: "linux-x86_64".into(), toolchain: "gcc".into() };
        let facts = Facts {
            release: Release([9, 2, 8, 0]),
            bits: 64,
            data_source: "Central Objects - DV920".into(),
            repository_flag: "1".into(),
            conversion_flag: "1".into(),
            several_build_servers: false,
            client: false,
            compress_server: false,
            compile_seconds_max: 1,
            generation: 3,
        };
        let fleet = Fleet { deployment: server.clone(), primary: "S1".into(), servers: vec![server.clone()] };
        let plan = plan(&steps::recipes::DEPLOY, "DV920FA", "DV920", &fleet, &facts);
        let order = |(run, planned): (usize, &engine::plan::PlannedRun)| Order {
            job: 7,
            run,
            attempt: 1,
            epoch: 1,
            step: planned.step.clone(),
            package: plan.package.clone(),
            path_code: plan.path_code.clone(),
            server: server.clone(),
            primary: "S1".into(),
            deployment: "D1".into(),
            servers: Vec::new(),
            facts: facts.clone(),
        };
        plan.runs.iter().enumerate().map(order).collect()
    }

    #[test]
    fn every_step_of_a_deployment_is_known_and_the_pointer_moves_once() {
        let folder = tempfile::tempdir().unwrap();
        let orders = orders();
        assert_eq!(orders.last().unwrap().step, LAST);
        for order in &orders {
            let (outcome, changes) = carry_out(order, folder.path()).unwrap();
            assert_eq!(outcome, Outcome::Done, "{}", order.step);
            assert_eq!(changes.is_empty(), order.step == SWITCH, "{}", order.step);
        }
        let pointer = fs::read_to_string(folder.path().join("spec.ini")).unwrap();
        assert!(pointer.contains("DV920_Package=DV920FA\nDV920_Generation=3\n"), "{pointer}");
        let again = orders.iter().find(|order| order.step == SWITCH).unwrap();
        assert!(matches!(carry_out(again, folder.path()).unwrap().0, Outcome::Skipped(_)));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside the pointer");
    }
}
