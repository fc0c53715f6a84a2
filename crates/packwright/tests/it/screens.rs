//! What a person reads, as it stands on the screen. Times, durations, sizes, hashes and paths of the machine are taken out first.

use crate::enterprise::{Ended, Enterprise};
use crate::objects::Objects;
use std::fs;

/// Shows a command's output with what differs from run to run replaced.
fn assert_screen(name: &str, enterprise: &Enterprise, text: &str) {
    let text = text.replace(&enterprise.beside("").display().to_string(), "[folder]/");
    insta::with_settings!({
        omit_expression => true,
        prepend_module_to_snapshot => false,
        filters => vec![
            // What took no millisecond has no duration.
            (r"(?m) (done|skipped)( +\d+\.\d s)? *$", " $1"),
            (r"state +took +why", "state took why"),
            (r" +\d+\.\d s", " [took]"),
            (r"milliseconds(.): \d+", "milliseconds$1: [took]"),
            (r"\s(\d\d:\d\d:\d\d|\d{4}-\d\d-\d\d \d\d:\d\d)", " [time]"),
            (r"\b[0-9a-f]{12,64}\b", "[hash]"),
            (r" +\d+(\.\d)? (B|kB|MB|GB)\b", " [size]"),
            (r"gcc \d[\d.]*", "gcc [version]"),
        ]
    }, { insta::assert_snapshot!(name, text) });
}

/// Both outputs and the exit code.
fn all(ended: &Ended) -> String {
    format!("{}{}exit code {}\n", ended.stdout, ended.stderr, ended.exit.expect("it ended by itself"))
}

/// The end of what a job said. The lines of its steps before it come in any order, and some before anybody listens.
fn end(ended: &Ended, begin: &str) -> String {
    let at = ended.stderr.find(begin).unwrap_or_else(|| panic!("no {begin} in {}", ended.stderr));
    format!("{}exit code {}\n", &ended.stderr[at..], ended.exit.expect("it ended by itself"))
}

fn built() -> (Enterprise, Objects) {
    let enterprise = Enterprise::new();
    let objects = Objects::two_libraries(&enterprise);
    objects.report("R5501", &[("F55Twice", "mnValue = 21"), ("F55Thrice", "mnValue = \"=1.mnResult\"")]);
    enterprise.check_in(objects.path()).succeeded();
    enterprise.build("DV920FA", "ENT1,ENT2");
    (enterprise, objects)
}

#[test]
fn help() {
    let enterprise = Enterprise::new();
    for (name, line) in [
        ("help", "--help"),
        ("help_package", "package --help"),
        ("help_package_build", "package build --help"),
        ("help_call", "call --help"),
    ] {
        assert_screen(name, &enterprise, &enterprise.run(line).succeeded().stdout);
    }
    assert_screen("wrong_command_line", &enterprise, &all(&enterprise.run("package biuld DV920FA")));
}

#[test]
fn a_new_enterprise() {
    let enterprise = Enterprise::new();
    assert_screen("status_new", &enterprise, &enterprise.run("status").succeeded().stdout);
    assert_screen("status_json_new", &enterprise, &enterprise.run("status --json").succeeded().stdout);
    assert_screen("init_twice", &enterprise, &all(&enterprise.run("init")));
}

#[test]
fn what_the_doctor_finds() {
    let enterprise = Enterprise::new();
    assert_screen("doctor", &enterprise, &enterprise.run("doctor").succeeded().stdout);
    let file = enterprise.root().join("packwright.toml");
    let text = fs::read_to_string(&file).unwrap().replace("toolchain = \"gcc\"", "toolchain = \"no-such-compiler\"");
    fs::write(&file, text).unwrap();
    enterprise.run(&format!("apply {}", file.display())).succeeded();
    let unwell = enterprise.run("doctor");
    let compilers: Vec<&str> = unwell.stdout.lines().filter(|line| line.contains("compiler")).collect();
    assert_screen("doctor_without_compiler", &enterprise, &format!("{}\nexit code {}\n", compilers.join("\n"), unwell.exit.unwrap()));
    assert_screen("enrol_in_one_process", &enterprise, &all(&enterprise.run("enrol ENT1")));
    assert_screen("migrate_nothing", &enterprise, &all(&enterprise.run("migrate --dry-run")));
    assert_screen("serve_in_one_process", &enterprise, &all(&enterprise.run("serve --role control")));
}

#[test]
fn a_package_from_build_to_batch_job() {
    let (enterprise, _) = built();
    let screen = |name: &str, line: &str| assert_screen(name, &enterprise, &all(&enterprise.run(line)));
    screen("contents", "package contents DV920FA");
    screen("report_without_errors", "package report DV920FA");
    screen("dry_run", "deploy DV920FA --dry-run");
    let deployed = enterprise.run("deploy DV920FA").succeeded();
    assert_screen("deploy", &enterprise, &end(&deployed, "job 2: DEPLOY DV920FA succeeded"));
    screen("call", "call F55Twice --server ENT1 --path-code DV920 --set mnValue=21");
    screen("submit", "submit R5501 XJDE0001 --queue QBATCH --server ENT1 --path-code DV920");
    screen("status", "status");
    screen("tree", "tree ENT1");
    screen("job", "job 2");
    screen("name_used_up", "package rebuild DV920FA");
}

#[test]
fn a_difference_of_two_packages() {
    let (enterprise, objects) = built();
    objects.function("B5500003", "CTWO", "F55Fourfold", "D5500001", "");
    objects.function("B5500001", "CONE", "F55Twice", "D5500001", "MathCopy(&lpDS->mnResult, &lpDS->mnValue);");
    assert_screen("checkin", &enterprise, &all(&enterprise.check_in(objects.path())));
    enterprise.build("DV920FB", "ENT1");
    assert_screen("diff", &enterprise, &all(&enterprise.run("package diff DV920FA DV920FB")));
    assert_screen("diff_back", &enterprise, &all(&enterprise.run("package diff DV920FB DV920FA")));
}

#[test]
fn a_build_that_goes_through_and_one_that_fails() {
    let enterprise = Enterprise::new();
    let objects = Objects::two_libraries(&enterprise);
    enterprise.check_in(objects.path()).succeeded();
    enterprise.define("DV920FA", "ENT1");
    let built = enterprise.run("package build DV920FA").succeeded();
    assert_screen("build", &enterprise, &end(&built, "job 1: FULL_BUILD DV920FA succeeded"));

    objects.function("B5500001", "CONE", "F55Twice", "D5500001", "#error the factor is missing");
    objects.source("B5500003", "CTWO", None, "#include <b5599999.h>\n");
    enterprise.check_in(objects.path()).succeeded();
    enterprise.define("DV920FB", "ENT1");
    let failed = enterprise.run("package build DV920FB").failed(1);
    assert_screen("build_failed", &enterprise, &end(&failed, "job 2: FULL_BUILD DV920FB failed"));
    assert_screen("report", &enterprise, &all(&enterprise.run("package report DV920FB")));
    assert_screen("not_built", &enterprise, &all(&enterprise.run("deploy DV920FB")));
}

#[test]
fn refusals_with_their_evidence() {
    let enterprise = Enterprise::new();
    let wrong = enterprise.beside("wrong.toml");
    let good = fs::read_to_string(enterprise.root().join("packwright.toml")).unwrap();
    fs::write(&wrong, good.replace("9.2.8.0", "nine").replace("bits = 64", "bits = 48").replace("slots = 2", "slots = 0")).unwrap();
    assert_screen("apply_with_errors", &enterprise, &all(&enterprise.run(&format!("apply {}", wrong.display()))));
    fs::write(&wrong, good.replace("9.2.8.0", "9.2.7.0").replace("port = 6018", "port = 6019").replace("slots = 2", "slots = 3")).unwrap();
    assert_screen("apply_dry_run", &enterprise, &all(&enterprise.run(&format!("apply {} --dry-run", wrong.display()))));

    let objects = Objects::two_libraries(&enterprise);
    objects.function("B5500003", "CTWO", "F55Twice", "D5500001", "");
    objects.function("B5500004", "CTWO", "F55Fourfold", "D5500099", "");
    assert_screen("checkin_refused", &enterprise, &all(&enterprise.check_in(objects.path())));
    objects.write("BSFN", "B5500004", "object.toml", "[object]\nname = \"B5500004\"\nkind = \"BSFM\"\n");
    objects.write("BSFN", "B5500005", "object.toml", "name = ");
    assert_screen("checkin_with_errors", &enterprise, &all(&enterprise.check_in(objects.path())));
    assert_screen("unknown_path_code", &enterprise, &all(&enterprise.run("package assemble DV920FA --path-code XX920 --full")));
}

#[test]
fn explanations() {
    let enterprise = Enterprise::new();
    assert_screen("explain", &enterprise, &all(&enterprise.run("explain")));
    assert_screen("explain_unknown", &enterprise, &all(&enterprise.run("explain no-such-code")));
    let page = enterprise.run("explain does-not-compile").succeeded().stdout;
    assert!(page.starts_with("# does-not-compile\n") && page.contains("## What to do"), "{page}");
}
