//! Orders that make no sense, come too early, too late, or twice at once.

use super::{Running, codes};
use crate::enterprise::Enterprise;
use std::fs;

#[test]
fn the_name_of_a_deployed_package_is_used_up() {
    let running = Running::new();
    for line in [
        "package assemble DV920FA --path-code DV920 --full",
        "package define DV920FA",
        "package build DV920FA --resume",
        "package rebuild DV920FA",
    ] {
        assert_eq!(running.enterprise.refused(line, 3)["code"], "name-used-up", "{line}");
    }
    running.still_runs();
}

#[test]
fn names_that_do_not_exist_are_told_with_those_that_do() {
    let running = Running::new();
    let folder = running.objects.path().display().to_string();
    let cases = [
        (format!("checkin {folder} --path-code XX920"), "there is no path code XX920"),
        ("package assemble DV920FB --path-code XX920 --full".into(), "there is no path code XX920"),
        ("package build DV920FX".into(), "there is no package DV920FX"),
        ("package report DV920FX".into(), "there is no package DV920FX"),
        ("deploy DV920FX".into(), "there is no package DV920FX"),
        ("tree ENT9".into(), "there is no server ENT9"),
        ("job 99".into(), "there is no job 99"),
        ("batch 99".into(), "there is no batch job 99"),
        ("explain no-such-code".into(), "there is no failure code no-such-code"),
        ("call F55Twice --server ENT9 --path-code DV920".into(), "there is no enterprise server ENT9"),
        ("call F55Once --server ENT1 --path-code DV920".into(), "package DV920FA has no business function F55Once"),
        ("submit R5599 XJDE0001 --queue QBATCH --server ENT1 --path-code DV920".into(), "package DV920FA has no report R5599"),
    ];
    for (line, detail) in cases {
        let problem = running.enterprise.refused(&line, 3);
        assert_eq!((problem["code"].as_str(), problem["detail"].as_str()), (Some("unknown-name"), Some(detail)), "{line}");
        assert!(problem["hint"].as_str().is_some_and(|hint| !hint.is_empty()), "{line}: {problem}");
    }
}

#[test]
fn orders_before_their_time_are_refused_and_told_what_comes_first() {
    let enterprise = Enterprise::new();
    let refused = |line: &str| enterprise.refused(line, 3)["code"].as_str().expect("a problem has a code").to_string();
    enterprise.run("package assemble DV920FA --path-code DV920 --full").succeeded();
    assert_eq!(refused("package build DV920FA"), "bad-request");
    assert_eq!(refused("package build DV920FA --resume"), "bad-request");
    enterprise.run("package define DV920FA").succeeded();
    assert_eq!(refused("package build DV920FA"), "bad-request", "the path code has no objects");
    assert_eq!(refused("deploy DV920FA"), "not-built");
    assert_eq!(refused("call F55Twice --server ENT1 --path-code DV920"), "nothing-deployed");
    assert_eq!(refused("package assemble dv920fa --path-code DV920 --full"), "bad-request");
    assert_eq!(refused("package define DV920FA --servers ENT9"), "unknown-name");
}

#[test]
fn a_value_of_the_wrong_type_is_refused_and_nothing_runs() {
    let running = Running::new();
    for value in ["mnValue=twelve", "mnNothing=1"] {
        let problem = running.enterprise.refused(&format!("call F55Twice --server ENT1 --path-code DV920 --set {value}"), 3);
        assert_eq!(problem["code"], "bad-request", "{value}");
    }
}

#[test]
fn a_wrong_enterprise_file_is_refused_with_every_error_and_changes_nothing() {
    let running = Running::new();
    let path = running.enterprise.root().join("packwright.toml");
    let good = fs::read_to_string(&path).unwrap();
    let before = running.enterprise.rows("SELECT MMMKEY, MMMCHTYP, MMTOOLCHAIN FROM F9650 ORDER BY MMMKEY");
    let wrong = running.enterprise.beside("wrong.toml");
    fs::write(
        &wrong,
        good.replace("bits = 64", "bits = 48").replace("kind = \"web\"", "kind = \"wep\"").replace("primary = true", "primary = false"),
    )
    .unwrap();
    let problem = running.enterprise.refused(&format!("apply {}", wrong.display()), 3);
    assert_eq!(problem["code"], "enterprise-refused");
    let told = problem["evidence"].to_string();
    assert_eq!(told.matches("bits must be 32 or 64, and is 48").count(), 3, "each path code is told: {told}");
    for text in ["one enterprise server must be the primary, and 0 are", "did you mean web?"] {
        assert!(told.contains(text), "{text} is not in {told}");
    }

    let (begin, rest) = good.split_once("[[machine]]\nname = \"ENT2\"").expect("the file has ENT2");
    let (_, rest) = rest.split_once("[[machine]]\nname = \"WEB1\"").expect("the file has WEB1");
    fs::write(&wrong, format!("{begin}[[machine]]\nname = \"WEB1\"{rest}")).unwrap();
    assert_eq!(running.enterprise.refused(&format!("apply {}", wrong.display()), 3)["code"], "still-live");
    assert_eq!(running.enterprise.rows("SELECT MMMKEY, MMMCHTYP, MMTOOLCHAIN FROM F9650 ORDER BY MMMKEY"), before);
    running.still_runs();
}

#[test]
fn damaged_objects_are_refused_together_and_none_comes_in() {
    let running = Running::new();
    let count = || running.enterprise.json("status")["path_codes"][0]["objects"].as_i64();
    let before = count();
    let sound = |name: &str| running.objects.source(name, "CTWO", None, "int I55_Nothing;\n");
    sound("B5500003");
    running.objects.write("BSFN", "B5500004", "object.toml", "[object\nname =");
    running.objects.write("BSFN", "B5500005", "object.toml", "\u{0}\u{1}");
    fs::create_dir_all(running.objects.path().join("BSFN/B5500006")).unwrap();
    fs::write(running.objects.path().join("BSFN/B5500006/object.toml"), [0xff, 0xfe, 0x00]).unwrap();
    running.objects.function("B5500007", "CTWO", "F55Fourfold", "D5500099", "");
    running.objects.function("B5500008", "CTWO", "F55Twice", "D5500001", "");
    running.objects.write("BSFN", "B5500003", "other.c", "int nStranger;\n");
    let line = format!("checkin {} --path-code DV920", running.objects.path().display());
    let problem = running.enterprise.refused(&line, 3);
    assert_eq!(problem["code"], "check-in-refused");
    let told = problem["evidence"].to_string();
    for object in ["B5500003", "B5500004", "B5500005", "B5500006"] {
        assert!(told.contains(object), "{object} is not named in {told}");
    }
    assert_eq!((count(), before), (Some(4), Some(4)), "not even the sound ones");

    for object in ["B5500004", "B5500005", "B5500006"] {
        running.objects.remove("BSFN", object);
    }
    fs::remove_file(running.objects.path().join("BSFN/B5500003/other.c")).unwrap();
    let problem = running.enterprise.refused(&line, 3);
    let told = problem["evidence"].to_string();
    for text in ["D5500099", "F55Twice"] {
        assert!(told.contains(text), "{text} is not named in {told}");
    }
    running.objects.remove("BSFN", "B5500007");
    running.objects.remove("BSFN", "B5500008");
    assert_eq!(running.enterprise.check_in(running.objects.path()).succeeded().stdout, "5 objects: 1 new, 0 changed, 4 unchanged\n");
}

#[test]
fn a_package_is_built_by_one_command_at_a_time() {
    let running = Running::new();
    let enterprise = &running.enterprise;
    let mut gate = running.gated();
    enterprise.define("DV920FC", "ENT1");

    let first = enterprise.start("package build DV920FB");
    gate.wait();
    let listed = "SELECT BDOBNM, BDPARHASH FROM F96225 WHERE BDJDEPKGNM = 'DV920FB' AND BDMKEY = 'ENT1' ORDER BY BDOBNM";
    let before = enterprise.rows(listed);
    for line in ["package build DV920FB", "package rebuild DV920FB", "package define DV920FB"] {
        assert_eq!(enterprise.refused(line, 4)["code"], "package-busy", "{line}");
    }
    assert_eq!(enterprise.rows(listed), before, "a refused order leaves the list of the running build alone");
    assert_eq!(enterprise.refused("deploy DV920FB", 3)["code"], "not-built");
    running.still_runs();
    // A resumed build is the running one: both commands follow it to its end.
    let mut second = enterprise.start("package build DV920FB --resume");
    second.wait_for("FULL_BUILD DV920FB");
    gate.open();
    first.end().succeeded();
    second.end().succeeded();
    enterprise.run("package build DV920FC").succeeded();
    enterprise.run("deploy DV920FB").succeeded();
    assert_eq!(enterprise.rows("SELECT COUNT(*) FROM PW_JOB WHERE PACKAGE = 'DV920FB' AND RECIPE = 'FULL_BUILD'"), [["1"]]);
}

#[test]
fn a_cancelled_build_is_resumed() {
    let running = Running::new();
    let enterprise = &running.enterprise;
    let mut gate = running.gated();
    let build = enterprise.start("package build DV920FB");
    gate.wait();
    let job = enterprise.rows("SELECT JOB FROM PW_JOB WHERE PACKAGE = 'DV920FB'")[0][0].clone();
    assert_eq!(enterprise.json(&format!("job {job} --cancel"))["state"], "cancelled");
    build.end().failed(1);
    assert_eq!(codes(&enterprise.json("package report DV920FB")), Vec::<&str>::new());
    assert_eq!(enterprise.refused("deploy DV920FB", 3)["code"], "not-built");
    running.still_runs();
    // Whoever still stands at the gate goes, and whoever comes to it.
    gate.open();
    gate.open();
    enterprise.run("package build DV920FB --resume").succeeded();
    enterprise.run("deploy DV920FB").succeeded();
    running.still_runs();
}

#[test]
fn commands_that_come_while_another_ends_are_answered() {
    let running = Running::new();
    let enterprise = &running.enterprise;
    for package in ["DV920FB", "DV920FC", "DV920FD"] {
        enterprise.define(package, "ENT1,ENT2");
        let mut build = enterprise.start(&format!("package build {package}"));
        let mut asked = 0;
        while build.runs() {
            running.still_runs();
            asked += 1;
        }
        build.end().succeeded();
        assert!(asked > 0, "somebody asked while {package} was built");
    }
}
