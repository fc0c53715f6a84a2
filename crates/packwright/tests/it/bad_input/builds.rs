//! Sources that do not become libraries.

use super::{Running, codes, errors};
use crate::objects::{TWICE, times};

#[test]
fn a_function_that_does_not_compile_is_named_with_its_line() {
    let running = Running::new();
    running.objects.function("B5500001", "CONE", "F55Twice", "D5500001", "#error the factor is missing\n   no such thing;");
    let report = running.fails_to_build();
    assert_eq!(codes(&report), ["does-not-compile"]);
    for server in ["ENT1", "ENT2"] {
        let errors = errors(&report, server);
        assert_eq!(errors[0], "B5500001 source/CONE/b5500001.c:6 #error the factor is missing");
        assert!(errors.len() > 1, "all errors of a source are told: {errors:?}");
        assert!(running.enterprise.server(server, "packages/DV920FB/CompileLogs/CONE/b5500001.log").exists());
    }
    let rows = running
        .enterprise
        .rows("SELECT BDMKEY, BDOBNM, BDSTATUS FROM F96225 WHERE BDJDEPKGNM = 'DV920FB' AND BDFUNO = 'BSFN' ORDER BY BDMKEY, BDOBNM");
    assert_eq!(
        rows,
        [["ENT1", "B5500001", "ERROR"], ["ENT1", "B5500002", "SUCCESS"], ["ENT2", "B5500001", "ERROR"], ["ENT2", "B5500002", "SUCCESS"]]
    );
    running.objects.function("B5500001", "CONE", "F55Twice", "D5500001", TWICE);
    running.rebuilds();
}

#[test]
fn a_header_that_is_not_there_is_named() {
    let running = Running::new();
    running.objects.source("B5500003", "CTWO", None, "#include <jde.h>\n#include <b5599999.h>\nint I5500003_Nothing;\n");
    let report = running.fails_to_build();
    assert_eq!(codes(&report), ["header-not-found"]);
    assert_eq!(errors(&report, "ENT2"), ["B5500003 source/CTWO/b5500003.c:2 b5599999.h: No such file or directory"]);
    running.objects.header("B5599999", "CTWO", "#define NOTHING 0\n");
    running.rebuilds();
}

#[test]
fn a_library_that_does_not_link_is_named() {
    let running = Running::new();
    // A hidden name must be defined in its own library.
    let source =
        "extern int I5500003_Gone(void) __attribute__((visibility(\"hidden\")));\nint I5500003_Call(void) { return I5500003_Gone(); }\n";
    running.objects.source("B5500003", "CTWO", None, source);
    let report = running.fails_to_build();
    assert_eq!(codes(&report), ["does-not-link"]);
    let told = errors(&report, "ENT1").join("\n");
    assert!(told.contains("CTWO does not link") && told.contains("I5500003_Gone"), "{told}");
    running.objects.source("B5500003", "CTWO", None, "int I5500003_Call(void) { return 0; }\n");
    running.rebuilds();
}

#[test]
fn a_name_that_nothing_defines_fails_the_build_and_not_the_first_call() {
    let running = Running::new();
    running.objects.source(
        "B5500003",
        "CTWO",
        None,
        "extern int I5500009_Nowhere(void);\nint I5500003_Call(void) { return I5500009_Nowhere(); }\n",
    );
    let report = running.fails_to_build();
    assert_eq!(codes(&report), ["name-unresolved"]);
    assert_eq!(errors(&report, "ENT1"), ["B5500003 :0 I5500009_Nowhere is called in CTWO and defined nowhere"]);
    running.objects.source("B5500009", "CTWO", None, "int I5500009_Nowhere(void) { return 0; }\n");
    running.rebuilds();
}

#[test]
fn a_name_of_another_library_counts_as_defined_nowhere() {
    let running = Running::new();
    running.objects.source("B5500003", "CONE", None, "int I5500003_Shared(void) { return 0; }\n");
    running.objects.source(
        "B5500004",
        "CTWO",
        None,
        "extern int I5500003_Shared(void);\nint I5500004_Call(void) { return I5500003_Shared(); }\n",
    );
    assert_eq!(codes(&running.fails_to_build()), ["name-unresolved"]);
    running.objects.source("B5500003", "CTWO", None, "int I5500003_Shared(void) { return 0; }\n");
    running.rebuilds();
}

#[test]
fn two_objects_with_one_function_are_both_named() {
    let running = Running::new();
    for object in ["B5500003", "B5500004"] {
        running.objects.source(object, "CTWO", None, "int I55_Same(void) { return 0; }\n");
    }
    let report = running.fails_to_build();
    assert_eq!(codes(&report), ["exported-twice"]);
    assert_eq!(errors(&report, "ENT1"), ["B5500004 :0 I55_Same is defined by B5500003 as well"]);
    running.objects.source("B5500004", "CTWO", None, "int I55_Other(void) { return 0; }\n");
    running.rebuilds();
}

#[test]
fn an_endless_compile_is_ended_with_all_that_it_started() {
    let running = Running::new();
    // Twice the lines at each of 60 levels: the compiler reads for ages and needs hardly any memory.
    let endless = "#if __INCLUDE_LEVEL__ < 60\n#include \"b5500004.h\"\n#include \"b5500004.h\"\n#endif\n";
    running.objects.header("B5500004", "CTWO", endless);
    running.objects.source("B5500003", "CTWO", None, "#include <b5500004.h>\nint I5500003_Nothing;\n");
    running.enterprise.change_file("compile_seconds = 120", "compile_seconds = 2");
    let report = running.fails_to_build();
    assert_eq!(codes(&report), ["compile-timed-out"]);
    assert_eq!(errors(&report, "ENT1"), ["B5500003 source/CTWO/b5500003.c:0 stopped after 2 seconds"]);
    assert_eq!(compilers_below(&running.enterprise.server("ENT1", "")), Vec::<String>::new());
    running.objects.header("B5500004", "CTWO", "#define ENDS 1\n");
    running.rebuilds();
}

/// Processes that work in a folder or below it.
fn compilers_below(folder: &std::path::Path) -> Vec<String> {
    let processes = std::fs::read_dir("/proc").expect("the system tells its processes").filter_map(Result::ok);
    let inside = |entry: &std::fs::DirEntry| std::fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd.starts_with(folder));
    processes.filter(inside).filter_map(|entry| std::fs::read_to_string(entry.path().join("comm")).ok()).collect()
}

#[test]
fn one_build_shows_the_errors_of_all_functions_and_servers() {
    let running = Running::new();
    running.objects.function("B5500001", "CONE", "F55Twice", "D5500001", "#error first");
    running.objects.function("B5500002", "CTWO", "F55Thrice", "D5500001", "#error second");
    let report = running.fails_to_build();
    let told: Vec<(&str, &str)> =
        report["errors"].as_array().unwrap().iter().map(|e| (e["object"].as_str().unwrap(), e["server"].as_str().unwrap())).collect();
    assert_eq!(told, [("B5500001", "ENT1"), ("B5500001", "ENT2"), ("B5500002", "ENT1"), ("B5500002", "ENT2")]);
    running.objects.function("B5500001", "CONE", "F55Twice", "D5500001", TWICE);
    running.objects.function("B5500002", "CTWO", "F55Thrice", "D5500001", &times(3));
    running.rebuilds();
}

#[test]
fn a_function_that_crashes_hurts_nobody_else() {
    let running = Running::new();
    let gone = "volatile int *pGone = (int *) 0;\n   *pGone = 1;";
    running.objects.function("B5500003", "CTWO", "F55Crash", "D5500001", gone);
    running.objects.function("B5500004", "CTWO", "F55Endless", "D5500001", "volatile int nEver = 1;\n   while (nEver) { }");
    running.enterprise.check_in(running.objects.path()).succeeded();
    running.enterprise.build("DV920FB", "ENT1,ENT2");
    running.deploys();
    let at = "--server ENT1 --path-code DV920";
    assert_eq!(running.enterprise.refused(&format!("call F55Crash {at}"), 6)["code"], "function-crashed");
    assert_eq!(running.enterprise.refused(&format!("call F55Endless {at} --seconds 1"), 6)["code"], "function-timed-out");
    running.still_runs();
}
