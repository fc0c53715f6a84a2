//! Laws over all steps, in the order of real plans, with a real compiler: a step that ran twice leaves what it leaves when it runs once; a step
//! whose n-th host operation fails says so, and leaves the same as ever when it runs again.

use crate::plans::{facts, server};
use engine::failure::Failure;
use engine::host::{Cache, Tables};
use engine::outcome::{Change, Outcome};
use engine::plan::{Fleet, Plan, PlannedRun, plan};
use engine::step::{Context, Order};
use objects::ObjectText;
use std::collections::BTreeMap;
use std::path::Path;
use steps::recipes::{self, DEPLOY, FULL_BUILD};
use testkit::world::World;

fn text(files: &[(&str, &str)]) -> ObjectText {
    ObjectText { files: files.iter().map(|(path, text)| (path.to_string(), text.as_bytes().to_vec())).collect() }
}

fn function(name: &str, library: &str, number: u32) -> ObjectText {
    let stem = name.to_lowercase();
    let toml = format!(
        "[object]\nname = \"{name}\"\nkind = \"BSFN\"\ndescription = \"Doubles\"\nsystem = \"55\"\n[bsfn]\nlibrary = \"{library}\"\nlocation = \"both\"\n[[function]]\nname = \"F55Double{number}\"\ndata_structure = \"D5500001\"\ndescription = \"Doubles\"\n"
    );
    let header = format!("#include <d5500001.h>\nJDEBFRTN (ID) JDEBFWINAPI F55Double{number}(LPBHVRCOM, LPVOID, LPDSD5500001);\n");
    let source = format!(
        "#include <jde.h>\n#define {stem}_c\n#include <{stem}.h>\nJDEBFRTN (ID) JDEBFWINAPI F55Double{number}(LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500001 lpDS)\n{{\n  (void) lpBhvrCom; (void) lpVoid;\n  lpDS->nValue = lpDS->nValue * {number};\n  return ER_SUCCESS;\n}}\n"
    );
    text(&[("object.toml", &toml), (&format!("{stem}.h"), &header), (&format!("{stem}.c"), &source)])
}

fn world() -> World {
    let dictionary = "system = \"55\"\n[[item]]\nalias = \"VAL\"\nname = \"Value\"\ndescription = \"Value\"\ntype = \"integer\"\n";
    let structure = "[object]\nname = \"D5500001\"\nkind = \"DSTR\"\ndescription = \"Doubles\"\nsystem = \"55\"\n[[member]]\nid = 1\nname = \"nValue\"\nitem = \"VAL\"\ndirection = \"both\"\n";
    let objects = [
        text(&[("dictionary.toml", dictionary)]),
        text(&[("object.toml", structure)]),
        function("B5500001", "CONE", 2),
        function("B5500002", "CONE", 3),
        function("B5500003", "CTWO", 4),
    ];
    World::new(&objects, Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sdk/include"))
}

fn order(plan: &Plan, position: usize, run: &PlannedRun, attempt: u32) -> Order {
    Order {
        job: 1,
        run: position,
        attempt,
        epoch: 1,
        step: run.step.clone(),
        package: plan.package.clone(),
        path_code: plan.path_code.clone(),
        server: plan.server(&run.server).unwrap().clone(),
        primary: plan.fleet.primary.clone(),
        deployment: plan.fleet.deployment.name.clone(),
        servers: plan.fleet.servers.clone(),
        facts: plan.facts.clone(),
    }
}

/// Runs a step and lets count what control would apply.
fn run(world: &World, order: &Order) -> Result<(Outcome, Vec<Change>), Failure> {
    let step = recipes::step(&order.step).unwrap();
    if let Some(why) = (step.skip)(&order.facts) {
        return Ok((Outcome::Skipped(why.into()), Vec::new()));
    }
    let host = world.host(&order.server.name);
    let tables: Option<&dyn Tables> = (order.server.name == order.primary || order.server.name == "DEP1").then_some(world);
    let mut context = Context { order, host: &host, goods: &host, cache: world as &dyn Cache, tables, changes: Vec::new() };
    let outcome = (step.run)(&mut context)?;
    for change in &context.changes {
        if let Change::GoodsNamed { name, hash } = change {
            world.names.lock().unwrap().insert(name.clone(), hash.clone());
        }
    }
    Ok((outcome, context.changes))
}

fn all_plans() -> [Plan; 2] {
    let fleet =
        Fleet { deployment: server("DEP1", 6017), primary: "ENT1".into(), servers: vec![server("ENT1", 6017), server("ENT2", 6018)] };
    [&FULL_BUILD, &DEPLOY].map(|recipe| plan(recipe, "DV920FA", "DV920", &fleet, &facts("9.2.8.0", true)))
}

fn everything(world: &World) -> BTreeMap<String, BTreeMap<String, String>> {
    ["DEP1", "ENT1", "ENT2"].iter().map(|server| (server.to_string(), world.files(server))).collect()
}

#[test]
fn a_step_that_runs_twice_leaves_what_it_leaves_once() {
    let world = world();
    for plan in all_plans() {
        for (position, planned) in plan.runs.iter().enumerate() {
            let (_, changes) = run(&world, &order(&plan, position, planned, 1))
                .unwrap_or_else(|failure| panic!("{}: {failure} {:?}", planned.step, failure.evidence));
            let once = everything(&world);
            let (_, again) =
                run(&world, &order(&plan, position, planned, 2)).unwrap_or_else(|failure| panic!("{} again: {failure}", planned.step));
            assert_eq!(everything(&world), once, "{} on {}", planned.step, planned.server);
            assert_eq!(again, changes, "{} on {} asks for other changes", planned.step, planned.server);
        }
    }
    assert!(everything(&world)["ENT2"].contains_key("DV920/bin64/DV920FA/libcone.so"));
    assert_eq!(world.package_rows("F98762").len(), 3);
}

#[test]
fn a_step_fails_cleanly_at_every_host_operation_and_succeeds_when_run_again() {
    let (disturbed, quiet) = (world(), world());
    for plan in all_plans() {
        for (position, planned) in plan.runs.iter().enumerate() {
            run(&quiet, &order(&plan, position, planned, 1)).unwrap();
            let mut attempt = 0;
            for operation in 1.. {
                // Everything is to be done anew: a cache or a finished table would hide the failing operation.
                disturbed.forget_built();
                if planned.step == "build_package_specs" {
                    disturbed.forget_package();
                }
                disturbed.fail_at(operation);
                attempt += 1;
                let failed = run(&disturbed, &order(&plan, position, planned, attempt));
                let reached = disturbed.operations.load(std::sync::atomic::Ordering::Relaxed) >= operation;
                disturbed.fail_at(0);
                if let Err(failure) = &failed {
                    assert!(reached && !failure.message.is_empty(), "{} failed by itself: {failure}", planned.step);
                }
                attempt += 1;
                run(&disturbed, &order(&plan, position, planned, attempt))
                    .unwrap_or_else(|failure| panic!("{} after operation {operation} failed: {failure}", planned.step));
                if !reached {
                    break;
                }
            }
            assert_eq!(
                without_attempts(everything(&disturbed)),
                without_attempts(everything(&quiet)),
                "{} on {}",
                planned.step,
                planned.server
            );
        }
    }
}

/// A failed attempt may leave its own folder in the work directory, which nobody reads.
fn without_attempts(mut servers: BTreeMap<String, BTreeMap<String, String>>) -> BTreeMap<String, BTreeMap<String, String>> {
    for files in servers.values_mut() {
        files.retain(|path, _| !path.contains("/work/") || path.ends_with("objects.txt"));
    }
    servers
}
