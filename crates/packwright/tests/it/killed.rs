//! kill -9 at many moments: the next command takes over and finishes, and nobody can tell afterwards that anything happened.

use crate::enterprise::{Enterprise, Running, SAMPLE, files, until};
use crate::main_job::{PRICE, answer, price};
use crate::objects::Objects;
use crate::pipes::Gate;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const SERVERS: [&str; 2] = ["ENT1", "ENT2"];

/// When a build is killed.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// After this many lines of its progress.
    Line(usize),
    /// When the servers have this many compile logs.
    Compiled(usize),
}

/// What the moments share: the sample with a package that is defined, and the same package built in peace.
struct Case {
    defined: Enterprise,
    built: Enterprise,
}

impl Case {
    fn new() -> Case {
        let defined = Enterprise::new();
        defined.check_in(Path::new(SAMPLE)).succeeded();
        defined.define("DV920FA", "ENT1,ENT2");
        let built = defined.copy();
        built.run("package build DV920FA").succeeded();
        Case { defined, built }
    }

    fn killed_at(&self, moment: Moment) {
        let enterprise = self.defined.copy();
        let build = enterprise.start("package build DV920FA");
        let ended_before = wait_for(&enterprise, build, moment);
        assert!(!ended_before, "the build ended before {moment:?}");
        enterprise.run("status").succeeded();
        assert_eq!(enterprise.json("status")["packages"][0]["state"], "built", "after {moment:?}");
        self.looks_untouched(&enterprise, moment);
        enterprise.run("deploy DV920FA").succeeded();
        for server in SERVERS {
            assert_eq!(answer(enterprise.call("F5501PriceOrderLine", server, PRICE)), price(), "on {server} after {moment:?}");
        }
    }

    /// Libraries, objects, specs and tables are those of the build in peace, and nothing lies about.
    fn looks_untouched(&self, enterprise: &Enterprise, moment: Moment) {
        for server in SERVERS {
            for folder in
                ["DV920/bin64/DV920FA", "DV920/spec/DV920FA", "packages/DV920FA/bin64", "packages/DV920FA/obj64", "packages/DV920FA/text"]
            {
                let (own, other) = (files(&enterprise.server(server, folder)), files(&self.built.server(server, folder)));
                assert_eq!(own.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>(), "{folder} of {server} after {moment:?}");
                assert!(own == other, "{folder} of {server} differs after {moment:?}");
            }
        }
        let logs =
            |enterprise: &Enterprise| files(&enterprise.server("DEP1", "DV920/package/DV920FA/serverlogs")).into_keys().collect::<Vec<_>>();
        assert_eq!(logs(enterprise), logs(&self.built), "after {moment:?}");
        let contents = |enterprise: &Enterprise| enterprise.json("package contents DV920FA");
        assert_eq!(contents(enterprise), contents(&self.built), "after {moment:?}");
        let objects = "SELECT BDMKEY, BDOBNM, BDOPER, BDSTATUS, BDPARHASH FROM F96225 ORDER BY BDMKEY, BDOBNM, BDOPER";
        assert_eq!(enterprise.rows(objects), self.built.rows(objects), "after {moment:?}");
        assert_eq!(leftovers(enterprise), Vec::<String>::new(), "after {moment:?}");
    }
}

/// Kills a build at the moment; answers whether it had ended before.
fn wait_for(enterprise: &Enterprise, mut build: Running, moment: Moment) -> bool {
    match moment {
        Moment::Line(count) => (0..count).for_each(|_| assert!(build.line().is_some(), "the build says fewer lines than {count}")),
        Moment::Compiled(count) => {
            let logs = |server: &&str| compile_logs(&enterprise.server(server, "packages/DV920FA/CompileLogs"));
            until("enough is compiled", || SERVERS.iter().map(logs).sum::<usize>() >= count);
        }
    }
    build.kill().success()
}

fn compile_logs(folder: &Path) -> usize {
    let below = |folder: PathBuf| fs::read_dir(folder).map_or(0, |entries| entries.count());
    fs::read_dir(folder).map_or(0, |libraries| libraries.filter_map(Result::ok).map(|library| below(library.path())).sum())
}

/// Files and folders that only an attempt that did not end leaves behind.
fn leftovers(enterprise: &Enterprise) -> Vec<String> {
    let mut found = below(&enterprise.root().join("servers"), &|name, path| {
        let temporary = path.ends_with("work/tmp");
        let list = path.ends_with("work/objects.txt");
        name.starts_with('.') || (path.contains("/work/") && !list && !temporary)
    });
    found.extend(below(&enterprise.root().join("store"), &|name, path| name.len() != 64 && name != "start" && !Path::new(path).is_dir()));
    found.extend(below(&enterprise.root().join("database/packages"), &|name, _| {
        !["DV920", "DV920FA.db", "DV920FB.db", "begin.lock"].contains(&name)
    }));
    found
}

/// Paths below a folder for which a test of name and path holds; what lies below such a folder is not listed again.
fn below(root: &Path, holds: &dyn Fn(&str, &str) -> bool) -> Vec<String> {
    let (mut found, mut open) = (Vec::new(), vec![root.to_path_buf()]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().map(Result::unwrap) {
            let path = entry.path().display().to_string();
            if holds(&entry.file_name().to_string_lossy(), &path) {
                found.push(path);
            } else if entry.file_type().unwrap().is_dir() {
                open.push(entry.path());
            }
        }
    }
    found
}

#[test]
fn a_build_killed_in_its_first_half_is_finished_by_the_next_command() {
    let case = Case::new();
    (1..=12).step_by(2).for_each(|count| case.killed_at(Moment::Line(count)));
}

#[test]
fn a_build_killed_in_its_second_half_is_finished_by_the_next_command() {
    let case = Case::new();
    (13..=30).step_by(3).for_each(|count| case.killed_at(Moment::Line(count)));
}

#[test]
fn a_build_killed_while_it_compiles_is_finished_by_the_next_command() {
    let case = Case::new();
    [1, 5, 12, 25].into_iter().for_each(|count| case.killed_at(Moment::Compiled(count)));
}

#[test]
fn a_build_killed_again_and_again_is_finished_at_last() {
    let case = Case::new();
    let enterprise = case.defined.copy();
    let mut command = enterprise.start("package build DV920FA");
    // Each owner says what it takes over, and then a line for each step that it finished.
    for count in [3, 4, 5, 4] {
        (0..count).for_each(|_| assert!(command.line().is_some(), "it ended too early"));
        command.kill();
        command = enterprise.start("status");
    }
    command.end().succeeded();
    assert_eq!(enterprise.json("status")["packages"][0]["state"], "built");
    case.looks_untouched(&enterprise, Moment::Line(16));
}

#[test]
fn a_deployment_killed_anywhere_is_finished_by_the_next_command() {
    let enterprise = Enterprise::new();
    let objects = Objects::two_libraries(&enterprise);
    enterprise.check_in(objects.path()).succeeded();
    for package in ["DV920FA", "DV920FB"] {
        enterprise.build(package, "ENT1,ENT2");
        enterprise.run(&format!("deploy {package}")).succeeded();
    }
    let pointers =
        || SERVERS.map(|server| fs::read_to_string(enterprise.server(server, "DV920/spec/spec.ini")).expect("a pointer is always there"));
    let text = |package: &str, generation: u32| {
        format!("[SPEC LOCATIONS]\nDV920_Package={package}\nDV920_Generation={generation}\nDV920_DataSource=Central Objects - DV920\n")
    };
    let known: BTreeMap<&str, String> = [("DV920FA", text("DV920FA", 1)), ("DV920FB", text("DV920FB", 2))].into();
    for count in 1..=12 {
        let package = if count % 2 == 1 { "DV920FA" } else { "DV920FB" };
        let mut deployment = enterprise.start(&format!("deploy {package}"));
        // It says a line less where a step was done before anybody listened.
        (0..count).for_each(|_| drop(deployment.line()));
        deployment.kill();
        assert!(pointers().iter().all(|pointer| known.values().any(|whole| whole == pointer)), "{:?} after {count} lines", pointers());
        enterprise.run("status").succeeded();
        assert_eq!(pointers(), [known[package].clone(), known[package].clone()], "after {count} lines");
        let generation = if package == "DV920FA" { "1" } else { "2" };
        let deployed = enterprise.rows("SELECT SKSERSHP, SKGENID FROM F96511 WHERE SKTYPE = '30'");
        assert_eq!(deployed, [[package, generation], [package, generation]], "after {count} lines");
        assert_eq!(enterprise.rows("SELECT DISTINCT MDMCHRCDNM FROM F9651"), [["30"]], "after {count} lines");
        assert_eq!(enterprise.rows("SELECT COUNT(*) FROM PW_JOB WHERE STATE <> 'succeeded'"), [["0"]], "after {count} lines");
        assert_eq!(enterprise.call("F55Twice", "ENT2", &["mnValue=21"])["values"]["mnResult"], 42);
        assert_eq!(leftovers(&enterprise), Vec::<String>::new(), "after {count} lines");
    }
}

#[test]
fn a_check_in_killed_anywhere_leaves_all_or_nothing() {
    let enterprise = Enterprise::new();
    enterprise.run("status").succeeded();
    for rest in (0..6).rev() {
        let command = enterprise.start(&format!("checkin {SAMPLE} --path-code DV920"));
        // The database's log grows in steps while the check-in writes; each round kills at another one.
        let log = enterprise.root().join("database/DV920.db-wal");
        let bytes = rest * 100_000;
        let mut command = Some(command);
        until("it has written enough or ended", || {
            let written = fs::metadata(&log).map_or(0, |log| log.len());
            written > bytes || command.as_mut().is_some_and(|command| !command.runs())
        });
        command.take().map(Running::kill);
        let objects = enterprise.json("status")["path_codes"][0]["objects"].clone();
        assert!(objects == 0 || objects == 68, "{objects} objects");
    }
    enterprise.check_in(Path::new(SAMPLE)).succeeded();
    enterprise.build("DV920FA", "ENT1");
}

#[test]
fn a_batch_job_outlives_its_owner_and_the_next_command_adopts_it() {
    let enterprise = Enterprise::new();
    let mut gate = Gate::new(&enterprise.beside("gate"));
    let objects = Objects::two_libraries(&enterprise);
    objects.function("B5500003", "CONE", "F55Wait", "D5500001", &gate.body());
    objects.report("R5501", &[("F55Twice", "mnValue = 21"), ("F55Wait", "mnValue = 7"), ("F55Thrice", "mnValue = \"=2.mnResult\"")]);
    enterprise.check_in(objects.path()).succeeded();
    enterprise.build("DV920FA", "ENT1");
    enterprise.run("deploy DV920FA").succeeded();

    let owner = enterprise.start("submit R5501 XJDE0001 --queue QBATCH --server ENT1 --path-code DV920");
    gate.wait();
    owner.kill();
    // The owner may have been killed before it noted that the job had begun.
    until("the batch job is adopted", || enterprise.json("batch 1")["state"] == "processing");
    assert_eq!(enterprise.json("batch 1")["package"], "DV920FA");
    // The next one waits its turn in another slot of the queue and does not disturb it.
    assert_eq!(enterprise.call("F55Twice", "ENT1", &["mnValue=4"])["values"]["mnResult"], 8);
    gate.open();
    let mut ended = Value::Null;
    until("the batch job has ended", || {
        ended = enterprise.json("batch 1");
        ended["state"] != "processing"
    });
    assert_eq!((&ended["state"], &ended["failure"]), (&json!("done"), &json!("")));
    let results: Vec<i64> =
        ended["results"].as_array().unwrap().iter().map(|result| result["values"]["mnResult"].as_i64().unwrap()).collect();
    assert_eq!(results, [42, 7, 21]);
    assert_eq!(enterprise.rows("SELECT JCJOBSTS FROM F986110"), [["D"]]);
}

#[test]
fn a_batch_job_that_is_killed_itself_ends_with_an_error() {
    let enterprise = Enterprise::new();
    let mut gate = Gate::new(&enterprise.beside("gate"));
    let objects = Objects::two_libraries(&enterprise);
    objects.function("B5500003", "CONE", "F55Wait", "D5500001", &gate.body());
    objects.report("R5501", &[("F55Wait", "mnValue = 7")]);
    enterprise.check_in(objects.path()).succeeded();
    enterprise.build("DV920FA", "ENT1");
    enterprise.run("deploy DV920FA").succeeded();
    let owner = enterprise.start("submit R5501 XJDE0001 --queue QBATCH --server ENT1 --path-code DV920 --json");
    gate.wait();
    let status: Value = serde_json::from_slice(&fs::read(enterprise.server("ENT1", "jobs/1/status.json")).unwrap()).unwrap();
    let pid = i32::try_from(status["pid"].as_i64().unwrap()).unwrap();
    rustix::process::kill_process(rustix::process::Pid::from_raw(pid).unwrap(), rustix::process::Signal::KILL).unwrap();
    let job = owner.end().failed(1).json();
    assert_eq!(job["state"], "error");
    assert!(job["failure"].as_str().is_some_and(|failure| !failure.is_empty()), "{job}");
    assert_eq!(enterprise.rows("SELECT JCJOBSTS FROM F986110"), [["E"]]);
}
