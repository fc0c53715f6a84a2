//! What must be true when all is done, and what of it must be equal with and without disturbances. It knows the tables and folders, but not how they came about.

use crate::application::{CALL, OBJECTS};
use crate::enterprise::{DEPLOYMENT, ENTERPRISE_SERVERS, PATH_CODE, SERVERS};
use crate::process::until;
use crate::world::World;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// What a build and a deployment of a package leave, without times and without the package's name.
#[derive(Debug, PartialEq, Eq)]
pub struct Left {
    tables: BTreeMap<String, Vec<Vec<String>>>,
    folders: BTreeMap<String, Vec<String>>,
}

/// Tables that a build or a deployment writes; `{}` is the package.
const TABLES: [(&str, &str); 5] = [
    ("F9603", "SELECT phpathcd, phpkgtype, phstatus, phdeployed FROM packwright.f9603 WHERE phjdepkgnm = '{}'"),
    ("F96021", "SELECT bhmkey, bhbldsts, bhprog FROM packwright.f96021 WHERE bhjdepkgnm = '{}' ORDER BY bhmkey, bhprog"),
    (
        "F96225",
        "SELECT bdmkey, bdobnm, bdfuno, bdoper, bdstatus FROM packwright.f96225 WHERE bdjdepkgnm = '{}' ORDER BY bdmkey, bdobnm, bdfuno, bdoper",
    ),
    // A server that was killed when it had switched finds, when it begins anew, that it points at the package already.
    (
        "PW_RUN",
        "SELECT j.recipe, r.run, r.step, r.server, CASE WHEN r.step = 'switch_package' AND r.state = 'skipped' THEN 'done' ELSE r.state END FROM packwright.pw_run r JOIN packwright.pw_job j ON j.job = r.job \
         WHERE j.package = '{}' ORDER BY j.job, r.run",
    ),
    ("PW_JOB", "SELECT recipe, state FROM packwright.pw_job WHERE package = '{}' ORDER BY job"),
];

impl Left {
    pub fn by(world: &World, package: &str) -> Left {
        let tables = TABLES.iter().map(|(name, sql)| (name.to_string(), world.rows(&sql.replace("{}", package)))).collect();
        let mut folders = BTreeMap::new();
        for server in ENTERPRISE_SERVERS {
            for below in ["bin64", "spec"] {
                let folder = format!("{PATH_CODE}/{below}/{package}");
                folders.insert(format!("{server} {below}"), files(&world.server(server, &folder)));
            }
            folders.insert(format!("{server} work"), files(&world.server(server, &format!("packages/{package}"))));
        }
        folders.insert("deployed".into(), files(&world.server(DEPLOYMENT, &format!("{PATH_CODE}/package/{package}"))));
        Left { tables, folders }
    }

    /// Nothing is missing and nothing was done twice, compared with what another package left.
    #[track_caller]
    pub fn is_like(&self, other: &Left) {
        for (name, rows) in &self.tables {
            let [lacks, has] = [difference(&other.tables[name], rows), difference(rows, &other.tables[name])];
            assert!(lacks.is_empty() && has.is_empty(), "{name} lacks {lacks:#?}\nand has {has:#?}");
            assert_eq!(rows.len(), other.tables[name].len(), "rows of {name} stand there twice");
        }
        for (name, files) in &self.folders {
            assert_eq!(files, &other.folders[name], "files of {name}");
        }
    }
}

fn difference<T: PartialEq + Clone>(from: &[T], without: &[T]) -> Vec<T> {
    from.iter().filter(|row| !without.contains(row)).cloned().collect()
}

/// Every file below a folder.
fn files(root: &Path) -> Vec<String> {
    let (mut found, mut open) = (Vec::new(), vec![root.to_path_buf()]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("cannot list {}: {error}", folder.display())) {
            let path = entry.expect("a folder can be listed").path();
            match path.is_dir() {
                true => open.push(path),
                false => found.push(path.strip_prefix(root).expect("it is below").display().to_string()),
            }
        }
    }
    found.sort();
    found
}

/// Everything is as a deployed package leaves it, and nobody holds anything.
#[track_caller]
pub fn deployed(world: &World, package: &str) {
    let mut status = Value::Null;
    until("every server is there", || {
        status = world.json(&["status"]);
        status["servers"].as_array().is_some_and(|servers| servers.iter().all(|server| server["presence"] == "up"))
    });
    for server in status["servers"].as_array().expect("a status has servers") {
        let name = server["name"].as_str().expect("a server has a name");
        if ENTERPRISE_SERVERS.contains(&name) {
            let deployed = &server["deployed"][0];
            assert_eq!((&deployed["package"], &deployed["state"]), (&package.into(), &"available".into()), "on {name}");
            points_at(world, name, package);
            answers(world, name);
        }
    }
    let text = |sql: &str| world.rows(sql);
    let none: Vec<Vec<String>> = Vec::new();
    assert_eq!(text("SELECT job, state FROM packwright.pw_job WHERE state <> 'succeeded'"), none);
    assert_eq!(text("SELECT job, run, state FROM packwright.pw_run WHERE state NOT IN ('done', 'skipped', 'warned')"), none);
    assert_eq!(text("SELECT mdmkey FROM packwright.f9651 WHERE mdmchrcdnm <> '30'"), none);
    let rows = text("SELECT skmkey, sksershp FROM packwright.f96511 WHERE sktype = '30' ORDER BY skmkey");
    assert_eq!(rows, ENTERPRISE_SERVERS.map(|server| vec![server.to_string(), package.to_string()]));
    let twice =
        "SELECT bdmkey, bdobnm, bdoper FROM packwright.f96225 GROUP BY bdjdepkgnm, bdmkey, bdobnm, bdfuno, bdoper HAVING count(*) > 1";
    assert_eq!(text(twice), none, "an object is listed once");
    let listed = format!("SELECT count(*) FROM packwright.f96225 WHERE bdjdepkgnm = '{package}' AND bdmkey = 'ENT1' AND bdparhash <> ''");
    assert_eq!(text(&listed), [[OBJECTS.to_string()]]);
    until("no lock is left", || text("SELECT 1 FROM pg_locks WHERE locktype = 'advisory'").is_empty());
}

/// The server's own pointer names the package.
#[track_caller]
pub fn points_at(world: &World, server: &str, package: &str) {
    let pointer = pointer(world, server);
    assert!(pointer.contains(&format!("{PATH_CODE}_Package={package}\n")), "{server} points at\n{pointer}");
}

pub fn pointer(world: &World, server: &str) -> String {
    fs::read_to_string(world.server(server, &format!("{PATH_CODE}/spec/spec.ini"))).unwrap_or_default()
}

/// A function of the package runs on the server.
#[track_caller]
pub fn answers(world: &World, server: &str) {
    let (function, values, member, result) = CALL;
    let mut words = vec!["call", function, "--server", server, "--path-code", PATH_CODE];
    values.iter().for_each(|value| words.extend(["--set", value]));
    let answer = world.json(&words);
    assert_eq!(answer["values"][member], result, "on {server}: {answer}");
}

/// No password and no seed stands in what anybody said, in the line of a process, or in a file that others can read.
#[track_caller]
pub fn no_secret_is_told(world: &World) {
    let secrets = world.secrets();
    assert!(secrets.len() > SERVERS.len(), "each server and control has one");
    let told = |text: &[u8]| secrets.iter().any(|secret| text.windows(secret.len()).any(|part| part == secret.as_bytes()));
    for entry in fs::read_dir(world.beside("")).expect("the world has a folder").flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "log") {
            assert!(!told(&fs::read(&path).expect("a log can be read")), "{} tells a secret", path.display());
        }
        let enterprise = path.join("packwright.toml");
        assert!(!fs::read(&enterprise).is_ok_and(|text| told(&text)), "{} tells a secret", enterprise.display());
    }
    for process in fs::read_dir("/proc").expect("processes can be listed").flatten() {
        assert!(!fs::read(process.path().join("cmdline")).is_ok_and(|line| told(&line)), "{:?} shows a secret", process.path());
    }
    for server in SERVERS {
        let logs = world.server(server, "");
        for file in files(&logs) {
            assert!(!told(&fs::read(logs.join(&file)).unwrap_or_default()), "{file} of {server} tells a secret");
        }
    }
}
