//! The main job with the order-entry sample: check in, build, deploy, call, submit, change, build again. What each step leaves in the tables and
//! folders stands here; how it is done does not.

use crate::enterprise::{Enterprise, SAMPLE, files};
use crate::objects::{Objects, TWICE, times};
use crate::pipes::Gate;
use engine::value::Value as Cell;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

pub const PRICE: &[&str] =
    &["mnQuantity=12", "mnBasePrice=19.90", "szPriceBreaks=10:18.50;50:17.00", "mnDiscountPercent=5", "mnTaxRate=19", "cRounding=N"];
pub const CREDIT: &[&str] = &["mnCreditLimit=1000", "mnOpenBalance=900", "mnOrderAmount=250.97"];

/// The sample built for two servers as DV920FA.
fn built() -> Enterprise {
    let enterprise = Enterprise::new();
    enterprise.check_in(Path::new(SAMPLE)).succeeded();
    enterprise.build("DV920FA", "ENT1,ENT2");
    enterprise
}

fn deployed() -> Enterprise {
    let enterprise = built();
    enterprise.run("deploy DV920FA").succeeded();
    enterprise
}

/// What a call answered, without the time that it took.
pub fn answer(mut answer: Value) -> Value {
    answer.as_object_mut().expect("an answer is an object").remove("milliseconds").expect("an answer tells its time");
    answer
}

pub fn price() -> Value {
    json!({
        "result": 0,
        "values": {
            "mnQuantity": 12, "mnBasePrice": 19.9, "szPriceBreaks": "10:18.50;50:17.00", "mnDiscountPercent": 5, "mnTaxRate": 19, "cRounding": "N",
            "mnUnitPrice": 18.5, "mnExtendedAmount": 222, "mnDiscountAmount": 11.1, "mnNetAmount": 210.9, "mnTaxAmount": 40.07, "mnLineTotal": 250.97
        },
        "errors": []
    })
}

pub fn credit() -> Value {
    json!({
        "result": 2,
        "values": {
            "mnCreditLimit": 1000, "mnOpenBalance": 900, "mnOrderAmount": 250.97, "mnWarningPercent": 0, "mnCreditUsedPercent": 115.1, "cHoldCode": "C"
        },
        "errors": [{ "function": "F5504CheckCredit", "item": 3, "id": "55C1", "text": "115.1 percent of 1000" }]
    })
}

#[test]
fn functions_answer_on_both_servers_as_the_tutorial_says() {
    let enterprise = deployed();
    for server in ["ENT1", "ENT2"] {
        assert_eq!(answer(enterprise.call("F5501PriceOrderLine", server, PRICE)), price(), "on {server}");
        assert_eq!(answer(enterprise.call("F5504CheckCredit", server, CREDIT)), credit(), "on {server}");
    }
}

#[test]
fn a_report_runs_through_and_its_version_changes_what_it_does() {
    let enterprise = deployed();
    let total = |version: &str, server: &str| {
        let line = format!("submit R5501 {version} --queue QBATCH --server {server} --path-code DV920");
        let job = enterprise.json(&line);
        let ended = (&job["state"], &job["package"], &job["failure"], &job["user"]);
        assert_eq!(ended, (&json!("done"), &json!("DV920FA"), &json!(""), &json!("TESTER")));
        let results = job["results"].as_array().expect("a batch job has results");
        assert_eq!(results.len(), 10);
        assert!(results.iter().all(|result| result["result"] == 0), "{results:?}");
        let log = std::fs::read_to_string(enterprise.server(server, job["log"].as_str().unwrap())).expect("the job has a log");
        assert!(log.contains("the batch job is done"), "{log}");
        assert_eq!(enterprise.json(&format!("batch {}", job["job"])), job);
        results[6]["values"]["mnTotal"].to_string()
    };
    // 12 × 18.50 − 5 % and 3 × 7.35, with 19 % tax; then 60 × 17.00 − 5 % instead.
    assert_eq!(total("XJDE0001", "ENT1"), "277.21");
    assert_eq!(total("XJDE0002", "ENT2"), "1179.35");
}

#[test]
fn the_tables_say_what_was_built_and_deployed() {
    let enterprise = built();
    let rows = |sql: &str| enterprise.rows(sql);
    assert_eq!(
        rows("SELECT PHJDEPKGNM, PHPATHCD, PHPKGTYPE, PHSTATUS, PHRLS, PHDEPLOYED FROM F9603"),
        [["DV920FA", "DV920", "FULL", "50", "E920", "0"]]
    );
    assert!(rows("SELECT SKMKEY FROM F96511").is_empty());
    enterprise.run("deploy DV920FA").succeeded();
    assert_eq!(rows("SELECT PHSTATUS, PHDEPLOYED FROM F9603"), [["70", "1"]]);
    let builds = rows("SELECT BHJDEPKGNM, BHMKEY, BHBLDSTS, BHPROG FROM F96021 WHERE BHMKEY LIKE 'ENT%' ORDER BY BHMKEY");
    assert_eq!(builds, [["DV920FA", "ENT1", "50", "R9621S"], ["DV920FA", "ENT2", "50", "R9621S"]]);
    let deployed = rows("SELECT SKMKEY, SKPORT, SKPATHCD, SKTYPE, SKSERSHP, SKGENID FROM F96511 ORDER BY SKMKEY");
    assert_eq!(deployed, [["ENT1", "6017", "DV920", "30", "DV920FA", "1"], ["ENT2", "6018", "DV920", "30", "DV920FA", "1"]]);
    let states = rows("SELECT MDMKEY, MDMCHRCDNM FROM F9651 WHERE MDPATHCD = 'DV920' ORDER BY MDMKEY");
    assert_eq!(states, [["ENT1", "30"], ["ENT2", "30"], ["WEB1", "30"]]);

    let listed = rows("SELECT BDOBNM, BDPARHASH FROM F96225 WHERE BDMKEY = 'ENT1' AND BDOPER = '01'");
    assert_eq!(listed.len(), 68);
    assert!(listed.iter().all(|row| row[1].len() == 64), "every object has the hash of its par");
    // 21 of the 23 BSFN objects have a source; the primary answers for the headers as well.
    let compiled =
        rows("SELECT BDMKEY, COUNT(*) FROM F96225 WHERE BDFUNO = 'BSFN' AND BDSTATUS = 'SUCCESS' GROUP BY BDMKEY ORDER BY BDMKEY");
    assert_eq!(compiled, [["ENT1", "23"], ["ENT2", "21"]]);
    assert!(rows("SELECT BDOBNM FROM F96225 WHERE BDSTATUS = 'ERROR'").is_empty());
}

#[test]
fn folders_hold_libraries_pointer_and_logs() {
    let enterprise = deployed();
    let pointer = "[SPEC LOCATIONS]\nDV920_Package=DV920FA\nDV920_Generation=1\nDV920_DataSource=Central Objects - DV920\n";
    let libraries = |server: &str| files(&enterprise.server(server, "DV920/bin64/DV920FA"));
    for server in ["ENT1", "ENT2"] {
        let text = |path: &str| std::fs::read_to_string(enterprise.server(server, path)).expect("the file is there");
        assert_eq!(text("DV920/spec/spec.ini"), pointer);
        assert_eq!(text("DV920/spec/DV920FA/spec.ini"), "[SPEC LOCATIONS]\nDV920_DataSource=Central Objects - DV920\n");
        let logs = files(&enterprise.server("DEP1", &format!("DV920/package/DV920FA/serverlogs/{server}")));
        assert_eq!(logs.keys().filter(|path| path.starts_with("CompileLogs/")).count(), 21);
        assert_eq!(logs.keys().filter(|path| path.ends_with(".sts")).count(), 5);
        assert!(String::from_utf8_lossy(&logs["svrpkgbuild.log"]).contains("21 functions: "));
        assert!(String::from_utf8_lossy(&logs["CompileLogs/CORD/b5500010.log"]).contains("gcc"));
    }
    let names: Vec<String> = libraries("ENT1").into_keys().collect();
    assert_eq!(names, ["functions.txt", "libccus.so", "libcitm.so", "libcord.so", "libcprc.so", "libcrpt.so"]);
    assert!(libraries("ENT1") == libraries("ENT2"), "servers of one platform have the same libraries");
}

#[test]
fn check_out_gives_back_what_was_checked_in() {
    let enterprise = Enterprise::new();
    assert_eq!(enterprise.check_in(Path::new(SAMPLE)).succeeded().stdout, "68 objects: 68 new, 0 changed, 0 unchanged\n");
    assert_eq!(enterprise.check_in(Path::new(SAMPLE)).succeeded().stdout, "68 objects: 0 new, 0 changed, 68 unchanged\n");
    let out = enterprise.beside("out");
    enterprise.run(&format!("checkout {} --path-code DV920", out.display())).succeeded();
    let mut out = files(&out);
    let dictionary: Vec<String> = out.keys().filter(|path| path.ends_with("dictionary.toml")).cloned().collect();
    assert_eq!(dictionary, ["DD/DD55/dictionary.toml"]);
    let dictionary = out.remove("DD/DD55/dictionary.toml").unwrap();
    out.insert("dictionary.toml".into(), dictionary);
    let sample = files(Path::new(SAMPLE));
    assert_eq!(out.keys().collect::<Vec<_>>(), sample.keys().collect::<Vec<_>>());
    assert!(out == sample, "every byte comes back");
}

#[test]
fn unzip_accepts_a_par() {
    let enterprise = Enterprise::new();
    enterprise.check_in(Path::new(SAMPLE)).succeeded();
    let pars: BTreeMap<String, Vec<u8>> = enterprise.with_store(async |store| {
        let database = store.path_code("DV920").await.unwrap();
        let rows = database.query("SELECT OMWOBJID, OMRBLOB FROM F98780R", &[]).await.unwrap();
        rows.into_iter().map(|row| (row[0].text().to_string(), row[1].blob().to_vec())).collect()
    });
    assert_eq!(pars.len(), 68);
    for object in ["B5500010", "P5501", "DD55"] {
        let par = enterprise.beside(&format!("{object}.par"));
        std::fs::write(&par, &pars[object]).unwrap();
        let tested = Command::new("unzip").arg("-t").arg(&par).output().expect("unzip is installed");
        assert!(tested.status.success(), "{object}: {}", String::from_utf8_lossy(&tested.stdout));
    }
}

/// How many functions and libraries the servers built themselves and took from the cache, by their build logs.
fn built_and_cached(enterprise: &Enterprise, package: &str) -> [u64; 4] {
    let mut sums = [0_u64; 4];
    for server in ["ENT1", "ENT2"] {
        let log =
            std::fs::read_to_string(enterprise.server(server, &format!("packages/{package}/svrpkgbuild.log"))).expect("a build has a log");
        let mut add = |what: &str, made: &str, at: usize| {
            let line = log.lines().find(|line| line.contains(&format!(" {what}: "))).unwrap_or_else(|| panic!("no {what} in {log}"));
            let number = |before: &str| -> u64 {
                let number = line.split(before).next().and_then(|text| text.rsplit(' ').next()).and_then(|text| text.parse().ok());
                number.unwrap_or_else(|| panic!("no number before{before} in {line}"))
            };
            sums[at] += number(&format!(" {made}"));
            sums[at + 1] += number(" from the cache");
        };
        add("functions", "compiled", 0);
        add("libraries", "linked", 2);
    }
    sums
}

#[test]
fn after_one_change_the_cache_has_all_but_that_object() {
    let enterprise = deployed();
    assert_eq!(built_and_cached(&enterprise, "DV920FA"), [21, 21, 5, 5], "the two servers share the work");
    let changed = enterprise.beside("changed");
    assert!(Command::new("cp").arg("-r").arg(SAMPLE).arg(&changed).status().unwrap().success());
    let source = changed.join("BSFN/B5500040/b5500040.c");
    let text = std::fs::read_to_string(&source).unwrap();
    std::fs::write(&source, text.replace("CREDIT_WARNING_PERCENT 90", "CREDIT_WARNING_PERCENT 80")).unwrap();
    assert_eq!(enterprise.check_in(&changed).succeeded().stdout, "68 objects: 0 new, 1 changed, 67 unchanged\n");
    enterprise.build("DV920FB", "ENT1,ENT2");
    assert_eq!(built_and_cached(&enterprise, "DV920FB"), [1, 41, 1, 9]);

    let difference = enterprise.json("package diff DV920FA DV920FB");
    assert_eq!((&difference["added"], &difference["removed"], &difference["equal"]), (&json!([]), &json!([]), &json!(67)));
    let objects: Vec<&str> = difference["changed"].as_array().unwrap().iter().map(|object| object["object"].as_str().unwrap()).collect();
    assert_eq!(objects, ["B5500040"]);
    enterprise.run("deploy DV920FB").succeeded();
    assert_eq!(enterprise.rows("SELECT SKSERSHP, SKGENID FROM F96511 ORDER BY SKMKEY"), [["DV920FB", "2"], ["DV920FB", "2"]]);
    assert_eq!(answer(enterprise.call("F5501PriceOrderLine", "ENT1", PRICE)), price());
}

#[test]
fn specs_of_a_package_stay_as_they_were_when_it_was_built() {
    let enterprise = built();
    let count = || {
        enterprise.with_store(async |store| {
            let package = store.package("DV920", "DV920FA").await.unwrap().expect("the package is built");
            let rows = package.query("SELECT COUNT(*) FROM {F98762} WHERE FNNM = $1", &[Cell::from("F55Twice")]).await.unwrap();
            let all = package.query("SELECT COUNT(*) FROM {F98762}", &[]).await.unwrap();
            (rows[0][0].integer(), all[0][0].integer())
        })
    };
    let before = count();
    let more = Objects::new(enterprise.beside("more"));
    std::fs::write(
        more.path().join("dictionary.toml"),
        "system = \"56\"\n[[item]]\nalias = \"NUMB\"\nname = \"Number\"\ndescription = \"Number\"\ntype = \"numeric\"\nsize = 8\n",
    )
    .unwrap();
    more.structure("D5600001", &[("mnValue", "NUMB"), ("mnResult", "NUMB")]);
    more.function("B5600001", "CONE", "F55Twice", "D5600001", TWICE);
    enterprise.check_in(more.path()).succeeded();
    assert_eq!(count(), before);
    assert_eq!(before, (0, 25));
}

#[test]
fn a_batch_job_stays_on_the_package_with_which_it_began() {
    let enterprise = Enterprise::new();
    let mut gate = Gate::new(&enterprise.beside("gate"));
    let objects = Objects::two_libraries(&enterprise);
    objects.function("B5500003", "CONE", "F55Wait", "D5500001", &gate.body());
    objects.report("R5501", &[("F55Wait", "mnValue = 1"), ("F55Thrice", "mnValue = 2")]);
    enterprise.check_in(objects.path()).succeeded();
    enterprise.build("DV920FA", "ENT1");
    enterprise.run("deploy DV920FA").succeeded();

    let job = enterprise.start("submit R5501 XJDE0001 --queue QBATCH --server ENT1 --path-code DV920 --json");
    gate.wait();
    objects.function("B5500002", "CTWO", "F55Thrice", "D5500001", &times(300));
    enterprise.check_in(objects.path()).succeeded();
    enterprise.build("DV920FB", "ENT1");
    enterprise.run("deploy DV920FB").succeeded();
    assert_eq!(enterprise.call("F55Thrice", "ENT1", &["mnValue=2"])["values"]["mnResult"], 600);
    gate.open();

    let job = job.end().succeeded().json();
    assert_eq!((&job["state"], &job["package"]), (&json!("done"), &json!("DV920FA")));
    assert_eq!(job["results"][1]["values"]["mnResult"], 6, "the library of the old package answered");
}
