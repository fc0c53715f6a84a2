//! The main job once more with all tables in PostgreSQL.

use crate::enterprise::{Enterprise, SAMPLE, files};
use crate::main_job::{CREDIT, PRICE, answer, credit, price};
use serde_json::json;
use std::path::Path;
use testkit::postgres::Postgres;

#[test]
fn the_main_job_on_postgresql() {
    let enterprise = Enterprise::at(&Postgres::shared().fresh_database());
    assert_eq!(enterprise.check_in(Path::new(SAMPLE)).succeeded().stdout, "68 objects: 68 new, 0 changed, 0 unchanged\n");
    assert_eq!(enterprise.check_in(Path::new(SAMPLE)).succeeded().stdout, "68 objects: 0 new, 0 changed, 68 unchanged\n");
    enterprise.build("DV920FA", "ENT1,ENT2");
    enterprise.run("deploy DV920FA").succeeded();
    for server in ["ENT1", "ENT2"] {
        assert_eq!(answer(enterprise.call("F5501PriceOrderLine", server, PRICE)), price(), "on {server}");
        assert_eq!(answer(enterprise.call("F5504CheckCredit", server, CREDIT)), credit(), "on {server}");
        let pointer = std::fs::read_to_string(enterprise.server(server, "DV920/spec/spec.ini")).expect("the pointer is there");
        assert!(pointer.contains("DV920_Package=DV920FA\n"), "{pointer}");
    }
    let job = enterprise.json("submit R5501 XJDE0001 --queue QBATCH --server ENT1 --path-code DV920");
    assert_eq!((&job["state"], &job["package"], &job["failure"]), (&json!("done"), &json!("DV920FA"), &json!("")));

    assert_eq!(enterprise.rows("SELECT PHJDEPKGNM, PHSTATUS, PHDEPLOYED FROM F9603"), [["DV920FA", "70", "1"]]);
    let builds = enterprise.rows("SELECT BHMKEY, BHBLDSTS FROM F96021 WHERE BHMKEY LIKE 'ENT%' ORDER BY BHMKEY");
    assert_eq!(builds, [["ENT1", "50"], ["ENT2", "50"]]);
    let deployed = enterprise.rows("SELECT SKMKEY, SKPORT, SKSERSHP, SKGENID FROM F96511 ORDER BY SKMKEY");
    assert_eq!(deployed, [["ENT1", "6017", "DV920FA", "1"], ["ENT2", "6018", "DV920FA", "1"]]);
    assert_eq!(enterprise.rows("SELECT COUNT(*) FROM F96225 WHERE BDMKEY = 'ENT1' AND BDPARHASH <> ''"), [["68"]]);
    assert_eq!(enterprise.rows("SELECT JCJOBSTS FROM F986110"), [["D"]]);
    let out = enterprise.beside("out");
    enterprise.run(&format!("checkout {} --path-code DV920", out.display())).succeeded();
    assert_eq!(files(&out.join("BSFN")), files(&Path::new(SAMPLE).join("BSFN")), "check-out gives back what was checked in");
    assert!(!enterprise.root().join("database/DV920.db").exists(), "nothing of a path code lies in SQLite");
}

#[test]
fn a_build_on_postgresql_killed_while_it_writes_specs_is_finished_by_the_next_command() {
    let enterprise = Enterprise::at(&Postgres::shared().fresh_database());
    enterprise.check_in(Path::new(SAMPLE)).succeeded();
    for (package, line) in [("DV920FA", "Fetch server sources"), ("DV920FB", "Build the package's specs"), ("DV920FC", "Link libraries")] {
        enterprise.define(package, "ENT1,ENT2");
        let mut build = enterprise.start(&format!("package build {package}"));
        build.wait_for(line);
        build.kill();
        enterprise.run("status").succeeded();
        assert_eq!(enterprise.rows(&format!("SELECT PHSTATUS FROM F9603 WHERE PHJDEPKGNM = '{package}'")), [["50"]], "{package}");
        assert_eq!(enterprise.json(&format!("package contents {package}")).as_array().map(Vec::len), Some(68), "{package}");
    }
    enterprise.run("deploy DV920FC").succeeded();
    assert_eq!(answer(enterprise.call("F5501PriceOrderLine", "ENT2", PRICE)), price());
}
