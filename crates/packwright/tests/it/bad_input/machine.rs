//! Machines that fail: compilers, folders, disks, servers that are not up.

use super::{Running, codes};
use crate::enterprise::Enterprise;
use crate::pipes::script;
use serde_json::Value;
use std::fs;
use std::process::Command;

#[test]
fn a_compiler_that_is_not_there_is_named_and_a_rebuild_takes_another() {
    let running = Running::new();
    running.enterprise.change_file("toolchain = \"gcc\"", "toolchain = \"no-such-compiler\"");
    let report = running.fails_to_build();
    assert_eq!(codes(&report), ["no-compiler"]);
    let told = report["failures"][0]["message"].as_str().unwrap();
    assert!(told.starts_with("cannot start the compiler `no-such-compiler` of ENT"), "{told}");
    assert!(report["failures"][0]["hint"].as_str().unwrap().contains("`packwright package rebuild`"), "{report:#}");
    running.enterprise.change_file("toolchain = \"no-such-compiler\"", "toolchain = \"gcc\"");
    running.rebuilds();
}

#[test]
fn a_compiler_that_was_installed_meanwhile_is_found_when_the_build_is_resumed() {
    let running = Running::new();
    let compiler = running.compiler();
    assert_eq!(codes(&running.fails_to_build()), ["no-compiler"]);
    script(&compiler, "exec gcc \"$@\"");
    running.resumes();
}

#[test]
fn a_file_where_a_folder_must_be_is_told_and_the_build_is_resumed_without_it() {
    let running = Running::new();
    let place = running.enterprise.server("ENT2", "packages/DV920FB");
    fs::write(&place, "in the way").unwrap();
    let report = running.fails_to_build();
    assert_eq!(codes(&report), ["host-failed"]);
    let told = report["failures"][0]["message"].as_str().unwrap();
    assert!(told.contains("packages/DV920FB"), "{told}");
    fs::remove_file(place).unwrap();
    running.resumes();
}

/// Whether a command gets a file system of its own mounted; a container may forbid that.
fn may_mount(enterprise: &Enterprise) -> bool {
    let folder = enterprise.beside("mount");
    fs::create_dir_all(&folder).unwrap();
    let mount = format!("mount -t tmpfs -o size=64k none {}", folder.display());
    Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", &mount])
        .output()
        .is_ok_and(|ended| ended.status.success())
}

/// Builds DV920FB with a file system mounted on a folder of ENT2, mends that file system, and resumes; answers the report in between. All of it is
/// one process, with whose end the file system goes.
fn with_mounted(running: &Running, options: &str, mended: &str) -> Value {
    let enterprise = &running.enterprise;
    let (place, report, program) =
        (enterprise.server("ENT2", "packages"), enterprise.beside("report.json"), env!("CARGO_BIN_EXE_packwright"));
    let lines = [
        format!("mount -t tmpfs -o {options} none {}", place.display()),
        format!("! {program} package build DV920FB"),
        format!("{program} package report DV920FB --json > {}", report.display()),
        format!("mount -o remount,{mended} {}", place.display()),
        format!("{program} package build DV920FB --resume"),
    ];
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", &lines.join(" && ")]).env("PACKWRIGHT_ROOT", enterprise.root());
    crate::enterprise::Running::of(command).end().succeeded();
    serde_json::from_slice(&fs::read(report).unwrap()).unwrap()
}

/// Builds DV920FC with a compiler that says what gcc says on a full disk, then resumes with one that has room; answers the report in between.
fn with_full_compiler(running: &Running) -> Value {
    let (enterprise, compiler) = (&running.enterprise, running.compiler());
    enterprise.define("DV920FC", "ENT1,ENT2");
    let full = "echo 'work/tmp/cc1.s: Fatal error: b5500003.o: No space left on device' >&2; exit 1";
    script(&compiler, &format!("case \"$*\" in *-c*b5500003.c*) {full};; esac\nexec gcc \"$@\""));
    enterprise.run("package build DV920FC").failed(1);
    let report = enterprise.json("package report DV920FC");
    script(&compiler, "exec gcc \"$@\"");
    enterprise.run("package build DV920FC --resume").succeeded();
    report
}

/// A source whose object file has four megabytes.
fn large(running: &Running) {
    running.objects.source("B5500003", "CTWO", None, "int I55_Large[1024 * 1024] = { 1 };\n");
    running.enterprise.check_in(running.objects.path()).succeeded();
}

#[test]
fn a_full_disk_is_told_and_the_build_is_resumed_when_there_is_room() {
    let running = Running::new();
    large(&running);
    let report = if may_mount(&running.enterprise) {
        running.enterprise.define("DV920FB", "ENT1,ENT2");
        let report = with_mounted(&running, "size=256k", "size=64m");
        running.deploys();
        report
    } else {
        with_full_compiler(&running)
    };
    assert_eq!(codes(&report), ["disk-full"], "{report:#}");
    running.still_runs();
}

#[test]
fn a_compiler_that_finds_the_disk_full_is_no_error_of_the_source() {
    let running = Running::new();
    large(&running);
    let report = with_full_compiler(&running);
    assert_eq!(codes(&report), ["disk-full"], "{report:#}");
    running.still_runs();
}

#[test]
fn a_folder_that_cannot_be_written_is_told_and_the_build_is_resumed_when_it_can() {
    let running = Running::new();
    large(&running);
    if !may_mount(&running.enterprise) {
        // Then this is no root of a machine either, and the mode of a folder holds.
        return unwritable_by_mode(&running);
    }
    running.enterprise.define("DV920FB", "ENT1,ENT2");
    let report = with_mounted(&running, "ro", "rw,size=64m");
    assert_eq!(codes(&report), ["folder-not-writable"], "{report:#}");
    running.deploys();
}

fn unwritable_by_mode(running: &Running) {
    use std::os::unix::fs::PermissionsExt;
    let place = running.enterprise.server("ENT2", "packages");
    fs::set_permissions(&place, fs::Permissions::from_mode(0o555)).unwrap();
    let report = running.fails_to_build();
    fs::set_permissions(&place, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(codes(&report), ["folder-not-writable"], "{report:#}");
    running.resumes();
}

#[test]
fn a_server_that_is_not_up_is_told_and_the_others_serve() {
    let running = Running::new();
    let enterprise = &running.enterprise;
    let mut up = enterprise.start("up --only ENT1");
    up.wait_for("the API listens");
    let problem = enterprise.refused("call F55Twice --server ENT2 --path-code DV920 --set mnValue=21", 5);
    assert_eq!((problem["code"].as_str(), problem["detail"].as_str()), (Some("server-not-up"), Some("ENT2 does not answer")));
    assert_eq!(enterprise.call("F55Twice", "ENT1", &["mnValue=21"])["values"]["mnResult"], 42);
    assert_eq!(enterprise.refused("up", 4)["code"], "command-busy");
    assert!(up.runs());
    up.terminate().succeeded();
    assert!(!enterprise.root().join("api.sock").exists(), "what was told to end ended in order");
    running.still_runs();
}

#[test]
fn a_folder_without_an_enterprise_is_told_as_such() {
    let running = Running::new();
    let root = running.enterprise.beside("nothing").display().to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_packwright"));
    command.args(["status", "--json", "--root", &root]);
    let problem = crate::enterprise::Running::of(command).end().failed(3).json();
    assert_eq!(
        (problem["code"].as_str(), problem["detail"].as_str()),
        (Some("unknown-name"), Some(format!("there is no enterprise in {root}").as_str()))
    );
    assert!(problem["hint"].as_str().is_some_and(|hint| hint.contains("`packwright init`")), "{problem}");
    assert_eq!(running.enterprise.refused("init", 3)["code"], "bad-request");
    running.still_runs();
}

/// The enterprise's own file, wrong, must be refused as `apply` refuses one.
#[test]
fn an_enterprise_whose_own_file_is_wrong_is_told_where() {
    let running = Running::new();
    let path = running.enterprise.root().join("packwright.toml");
    let good = fs::read_to_string(&path).unwrap();
    fs::write(&path, good.replace("[enterprise]", "[enterprize]")).unwrap();
    let ended = running.enterprise.run("status");
    assert!(ended.stderr.contains("packwright.toml"), "{}", ended.stderr);
    let problem = running.enterprise.refused("status", 3);
    assert_eq!(problem["code"], "enterprise-refused");
    fs::write(&path, good).unwrap();
    running.still_runs();
}
