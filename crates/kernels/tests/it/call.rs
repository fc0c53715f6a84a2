//! Calls of business functions, good and bad, each in a real process.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use kernels::call::{CallFailure, CallOrder, call};
use kernels::process::{Ending, wait_for_end};
use kernels::{CallReply, Refusal};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use serde_json::{Value, json};

use crate::package::{Package, layout, program, values};

fn order(package: &Package, function: &str, given: Value) -> CallOrder {
    CallOrder {
        program: program(),
        libraries: package.path().to_owned(),
        functions: package.functions_file(),
        function: function.to_owned(),
        layout: layout(),
        values: values(given),
        user: "DEMO".to_owned(),
        log: package.path().join("call.log"),
        log_bytes_max: 1 << 20,
        deadline: Duration::from_secs(60),
        memory_bytes_max: None,
    }
}

fn run(package: &Package, function: &str, given: Value) -> Result<CallReply, CallFailure> {
    call(&order(package, function, given))
}

fn refusal(outcome: Result<CallReply, CallFailure>) -> Refusal {
    match outcome {
        Err(CallFailure::Refused(refusal)) => refusal,
        other => panic!("{other:?} is no refusal"),
    }
}

#[test]
fn values_of_every_type_go_there_and_come_back() {
    let source = r#"
BSFN(Change) {
    MATH_NUMERIC one;
    IntToMathNumeric(1, &one);
    MathAdd(&lpDS->mnNumber, &lpDS->mnNumber, &one);
    jdeStrncat(lpDS->szText, _J("!"), 1);
    lpDS->jdDay.nDay += 1;
    lpDS->idCode = -lpDS->idCode;
    lpDS->utMoment.qSeconds += 60;
    lpDS->bFlag = !lpDS->bFlag;
    lpDS->cLetter += 1;
    jdeErrorSet(lpBhvrCom, lpVoid, 4, _J("55A1"), NULL);
    return ER_WARNING;
}"#;
    let package = Package::with(&["Change"], source);
    let given = json!({
        "mnNumber": 41.5, "szText": "Grüße", "jdDay": "2026-11-20", "idCode": 7, "utMoment": "2026-11-21T10:30:00Z", "bFlag": false, "cLetter": "a",
    });
    let reply = run(&package, "Change", given).unwrap();
    assert_eq!(reply.result, 1);
    let expected = json!({
        "mnNumber": 42.5, "szText": "Grüße!", "jdDay": "2026-11-21", "idCode": -7, "utMoment": "2026-11-21T10:31:00Z", "bFlag": true, "cLetter": "b",
    });
    assert_eq!(Value::Object(reply.values), expected);
    assert_eq!((reply.errors[0].id.as_str(), reply.errors[0].item, reply.errors[0].function.as_str()), ("55A1", 4, "Change"));
    assert_eq!(reply.unreadable, Vec::<String>::new());
}

#[test]
fn a_function_calls_one_of_another_library() {
    let outer = r#"
BSFN(Outer) {
    CALLMAP map[1] = {{3, 4}};
    ID result = jdeCallObject(_J("Inner"), NULL, lpBhvrCom, lpVoid, lpDS, map, 1, NULL, NULL, 0);
    lpDS->idCode += 1;
    return result;
}"#;
    let inner = r#"
BSFN(Inner) {
    lpDS->idCode = 10;
    jdeSetGBRError(lpBhvrCom, lpVoid, 4, _J("55A2"));
    return ER_ERROR;
}"#;
    let mut package = Package::with(&["Outer"], outer);
    package.add("CINNER", &["Inner"], inner);
    let reply = run(&package, "Outer", json!({})).unwrap();
    assert_eq!((reply.result, &reply.values["idCode"]), (2, &json!(11)));
    let error = &reply.errors[0];
    assert_eq!((error.function.as_str(), error.id.as_str(), error.item), ("Inner", "55A2", 3));
}

#[test]
fn a_crash_is_told_with_its_signal_and_the_last_lines() {
    let source = r#"
static int *volatile nowhere = NULL;
BSFN(FollowNull) { printf("about to crash\n"); return *nowhere; }
BSFN(GiveUp) { abort(); }
BSFN(Recurse) {
    volatile char room[4096];
    room[0] = 1;
    return lpDS->idCode > 0 ? 0 : room[0] + Recurse(lpBhvrCom, lpVoid, lpDS) + room[0];
}
"#;
    let package = Package::with(&["FollowNull", "GiveUp", "Recurse"], source);
    let failure = run(&package, "FollowNull", json!({})).unwrap_err();
    assert_eq!(failure.to_string(), "function FollowNull crashed, killed by SIGSEGV");
    let CallFailure::Crashed { last_lines, .. } = failure else { panic!() };
    assert_eq!(last_lines, ["about to crash"]);

    assert_eq!(run(&package, "GiveUp", json!({})).unwrap_err().to_string(), "function GiveUp crashed, killed by SIGABRT");
    let deep = run(&package, "Recurse", json!({})).unwrap_err();
    assert!(matches!(deep, CallFailure::Crashed { .. }), "{deep}");
}

#[test]
fn an_endless_function_is_killed_with_all_it_started() {
    let source = r#"
BSFN(Endless) {
    pid_t other = fork();
    if (other != 0) printf("%d\n%d\n", (int)getpid(), (int)other);
    for (;;) pause();
}"#;
    let package = Package::with(&["Endless"], source);
    let begun = Instant::now();
    let order = CallOrder { deadline: Duration::from_secs(1), ..order(&package, "Endless", json!({})) };
    let failure = call(&order).unwrap_err();
    assert_eq!(failure.to_string(), "function Endless did not return within 1000 milliseconds and was killed");
    assert!(begun.elapsed() < Duration::from_secs(30));
    let CallFailure::DeadlineExceeded { last_lines, .. } = failure else { panic!() };
    assert_eq!(last_lines.len(), 2);
    for pid in last_lines {
        assert!(wait_for_end(pid.parse().unwrap(), Duration::from_secs(30)).unwrap());
    }
}

#[test]
fn a_call_ends_with_the_one_who_asked() {
    let source = r#"
JDEBFRTN(ID) JDEBFWINAPI Tell(LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPVOID lpDS) { printf("%d\n", (int)getpid()); fclose(stdout); for (;;) pause(); }"#;
    let mut package = Package::with(&[], source);
    package.list("CORD", &["Tell"], "");
    // The log is a pipe here, so that there is something to wait for.
    let log = package.path().join("call.log");
    assert!(Command::new("mkfifo").arg(&log).status().unwrap().success());
    let reader = OpenOptions::new().read(true).custom_flags(OFlags::NONBLOCK.bits() as i32).open(&log).unwrap();
    let mut asker = Command::new(program()).arg("start-call").arg(package.path()).arg("Tell").arg(&log).spawn().unwrap();
    let patience = Timespec { tv_sec: 60, tv_nsec: 0 };
    assert_eq!(poll(&mut [PollFd::new(&reader, PollFlags::IN)], Some(&patience)), Ok(1));
    let mut line = String::new();
    BufReader::new(reader).read_line(&mut line).unwrap();
    asker.kill().unwrap();
    asker.wait().unwrap();
    assert!(wait_for_end(line.trim().parse().unwrap(), Duration::from_secs(30)).unwrap());
}

#[test]
fn a_function_that_ends_its_process_is_found_out() {
    let package = Package::with(&["Leave"], "BSFN(Leave) { exit(3); }");
    let failure = run(&package, "Leave", json!({})).unwrap_err();
    assert!(matches!(failure, CallFailure::Exited { ending: Ending::Code(3), .. }), "{failure}");
}

#[test]
fn huge_output_ends_the_call_and_not_the_disk() {
    let package = Package::with(&["Chatter"], r#"BSFN(Chatter) { for (;;) printf("again and again\n"); }"#);
    std::fs::write(package.path().join("call.log"), "what was there before\n").unwrap();
    let order = CallOrder { log_bytes_max: 100_000, ..order(&package, "Chatter", json!({})) };
    let failure = call(&order).unwrap_err();
    assert_eq!(failure.to_string(), "function Chatter wrote more than 100000 bytes to its log or to another file and was killed");
    assert_eq!(std::fs::metadata(&order.log).unwrap().len(), 100_000 + 22);
}

#[test]
fn what_cannot_be_called_is_refused_with_the_reason() {
    let mut package = Package::with(&["Good"], "BSFN(Good) { return ER_SUCCESS; }");
    package.add("CHOLE", &["Hole"], "extern void not_in_the_sdk(void);\nBSFN(Hole) { not_in_the_sdk(); return ER_SUCCESS; }");
    package.list("CGONE", &["Gone"], "D5500010");
    package.list("CORD", &["Missing"], "D5500010");
    package.list("CORD", &["Other"], "D5500011");

    assert_eq!(refusal(run(&package, "Nowhere", json!({}))), Refusal::FunctionUnknown { function: "Nowhere".to_owned() });
    let gone = refusal(run(&package, "Gone", json!({}))).to_string();
    assert!(gone.starts_with("library CGONE does not load: ") && gone.contains("libcgone.so"), "{gone}");
    let hole = refusal(run(&package, "Hole", json!({}))).to_string();
    assert!(hole.starts_with("library CHOLE does not load: ") && hole.contains("not_in_the_sdk"), "{hole}");
    let missing = refusal(run(&package, "Missing", json!({}))).to_string();
    assert!(missing.starts_with("library CORD does not hold function Missing: "), "{missing}");
    let other = refusal(run(&package, "Other", json!({}))).to_string();
    assert_eq!(other, "function Other takes data structure \"D5500011\", not \"D5500010\"");
    let wrong = refusal(run(&package, "Good", json!({ "szText": "far too long a text" }))).to_string();
    assert_eq!(wrong, "cannot call Good: cannot put \"far too long a text\" into member szText: it takes text of up to 10 characters");

    std::fs::write(package.functions_file(), "nonsense\n").unwrap();
    let nonsense = refusal(run(&package, "Good", json!({}))).to_string();
    assert!(nonsense.starts_with("cannot read the functions of the package, line 1: "), "{nonsense}");
}

#[test]
fn what_foreign_code_spoils_is_told_apart() {
    let source = r#"
BSFN(Behind) { ((char *)lpDS)[sizeof(*lpDS)] = 0; return ER_SUCCESS; }
BSFN(Garbage) { memset(&lpDS->mnNumber, 'x', sizeof(MATH_NUMERIC)); lpDS->jdDay.nMonth = 13; lpDS->idCode = 5; return ER_SUCCESS; }
BSFN(Shout) { for (int file = 0; file < 20; file++) (void)!write(file, "garbage, garbage, garbage\n", 26); return ER_SUCCESS; }
extern void _exit(int);
BSFN(ShoutAndLeave) { (void)Shout(lpBhvrCom, lpVoid, lpDS); _exit(0); }
"#;
    let package = Package::with(&["Behind", "Garbage", "Shout", "ShoutAndLeave"], source);
    let behind = refusal(run(&package, "Behind", json!({})));
    assert!(matches!(behind, Refusal::WroteBehind { .. }), "{behind}");

    let garbage = run(&package, "Garbage", json!({})).unwrap();
    assert_eq!(garbage.unreadable, ["mnNumber", "jdDay"]);
    assert_eq!((garbage.values.get("mnNumber"), &garbage.values["idCode"]), (None, &json!(5)));

    // Whether its process has already ended when the garbage is read is chance, and must not matter.
    for function in ["Shout", "ShoutAndLeave", "ShoutAndLeave", "ShoutAndLeave"] {
        let shout = run(&package, function, json!({})).unwrap_err();
        assert!(matches!(shout, CallFailure::Protocol { .. }), "{shout}");
    }
}

#[test]
fn foreign_code_sees_little_of_the_server() {
    let source = r#"
#include <sys/resource.h>
BSFN(Look) {
    struct rlimit core;
    getrlimit(RLIMIT_CORE, &core);
    void *much = malloc(1UL << 40);
    lpDS->idCode = (getenv("CARGO_MANIFEST_DIR") == NULL) + 2 * (getenv("PATH") != NULL) + 4 * (getchar() == EOF) + 8 * (core.rlim_max == 0)
        + 16 * (much == NULL);
    free(much);
    return ER_SUCCESS;
}"#;
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some(), "there is something to be seen");
    let package = Package::with(&["Look"], source);
    let order = CallOrder { memory_bytes_max: Some(1 << 30), ..order(&package, "Look", json!({})) };
    assert_eq!(call(&order).unwrap().values["idCode"], json!(31));
}

#[test]
fn a_program_that_is_none_of_ours_is_noticed() {
    let package = Package::with(&["Good"], "BSFN(Good) { return ER_SUCCESS; }");
    let with = |program: &str| CallOrder { program: PathBuf::from(program), ..order(&package, "Good", json!({})) };
    assert!(matches!(call(&with("/bin/true")), Err(CallFailure::Exited { ending: Ending::Code(0), .. })));
    assert!(matches!(call(&with("/nowhere/at/all")), Err(CallFailure::CannotStart { .. })));
    let order = CallOrder { log: PathBuf::from("/nowhere/at/all.log"), ..with("/bin/true") };
    assert!(matches!(call(&order), Err(CallFailure::Log { .. })));
}
