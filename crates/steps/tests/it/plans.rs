//! Plans as snapshots, by recipe and tools release: a lost step is a red line.

use engine::plan::{Facts, Fleet, PlannedServer, plan};
use engine::recipe::Recipe;
use steps::recipes::{DEPLOY, FULL_BUILD};

pub fn server(name: &str, port: i64) -> PlannedServer {
    PlannedServer { name: name.into(), port, platform: "linux-x86_64".into(), toolchain: "gcc".into() }
}

pub fn facts(release: &str, several: bool) -> Facts {
    Facts {
        release: release.parse().unwrap(),
        bits: 64,
        data_source: "Central Objects - DV920".into(),
        repository_flag: "1".into(),
        conversion_flag: "1".into(),
        several_build_servers: several,
        client: false,
        compress_server: several,
        compile_seconds_max: 60,
        generation: 1,
    }
}

fn shown(recipe: &Recipe, release: &str, names: &[&str]) -> String {
    let servers = names.iter().zip(6017..).map(|(name, port)| server(name, port)).collect();
    let fleet = Fleet { deployment: server("DEP1", 6017), primary: "ENT1".into(), servers };
    let plan = plan(recipe, "DV920FA", "DV920", &fleet, &facts(release, names.len() > 1));
    let mut text = String::new();
    let mut last = (usize::MAX, usize::MAX);
    for run in &plan.runs {
        if last.0 != run.stage {
            text.push_str(&format!("{}\n", plan.stages[run.stage]));
        }
        if last != (run.stage, run.lane) {
            text.push_str(&format!("  {}\n", run.server));
        }
        last = (run.stage, run.lane);
        let skip = run.skip.as_ref().map_or(String::new(), |why| format!("  (skipped: {why})"));
        text.push_str(&format!("    {}{skip}\n", run.step));
    }
    text
}

#[test]
fn full_build_on_two_servers() {
    insta::assert_snapshot!(shown(&FULL_BUILD, "9.2.8.0", &["ENT1", "ENT2"]));
}

#[test]
fn full_build_on_one_server() {
    insta::assert_snapshot!(shown(&FULL_BUILD, "9.2.8.0", &["ENT1"]));
}

#[test]
fn full_build_before_locations_and_validation() {
    insta::assert_snapshot!(shown(&FULL_BUILD, "9.2.5.0", &["ENT1"]));
}

#[test]
fn deployment_to_two_servers() {
    insta::assert_snapshot!(shown(&DEPLOY, "9.2.8.0", &["ENT1", "ENT2"]));
}
