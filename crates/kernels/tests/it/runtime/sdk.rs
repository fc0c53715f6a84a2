//! The headers themselves: accepted by the compiler in every way they are used, and saying neither more nor less than the runtime offers.

use std::collections::BTreeSet;
use std::fs;

use libloading::os::unix::Library;

use super::{gcc, sdk_folder};

fn compile(options: &[&str], source: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("source.c"), folder.path().join("source.o"));
    fs::write(&input, source).unwrap();
    let result = gcc(&[options, &["-c", "-o", output.to_str().unwrap(), input.to_str().unwrap()]].concat());
    if result.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&result.stderr).into_owned()) }
}

#[test]
fn every_header_can_be_the_first() {
    for header in fs::read_dir(sdk_folder().join("include")).unwrap() {
        let header = header.unwrap().file_name().into_string().unwrap();
        for standard in ["-std=gnu11", "-std=gnu17"] {
            compile(&[standard], &format!("#include <{header}>\n#include <{header}>\n#include <jde.h>\n")).unwrap();
        }
    }
}

#[test]
fn a_precompiled_header_serves_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let header = sdk_folder().join("include/jde.h");
    let precompiled = folder.path().join("jde.h.gch");
    let output = gcc(&["-std=gnu17", "-x", "c-header", "-o", precompiled.to_str().unwrap(), header.to_str().unwrap()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let here = format!("-I{}", folder.path().display());
    compile(&["-std=gnu17", "-Winvalid-pch", &here], "#include <jde.h>\nsize_t length(void) { return jdeStrlen(_J(\"x\")); }\n").unwrap();
}

#[test]
fn a_function_that_is_not_offered_is_an_error_of_its_source() {
    let source = "#include <jde.h>\nID Open(void) { return JDB_OpenTable(); }\n";
    assert!(compile(&["-std=gnu17"], source).unwrap_err().contains("implicit declaration of function"));
}

#[test]
fn the_shape_of_a_business_function_compiles() {
    let source = r#"
#include <jde.h>
#define b5599999_c
#ifndef DATASTRUCTURE_D5599999
#define DATASTRUCTURE_D5599999
typedef struct tagDSD5599999 {
    MATH_NUMERIC mnOrderNumber;
    JCHAR szText[31];
    JDEDATE jdPromised;
    JCHAR cStatus;
    ID idPointer;
} DSD5599999, *LPDSD5599999;
#define IDERRmnOrderNumber_1 1L
#define IDERRszText_2 2L
#endif
#if defined(JDEBFRTN)
    #undef JDEBFRTN
#endif
#if defined(WIN32)
    #define JDEBFRTN(r) __declspec(dllexport) r
#else
    #define JDEBFRTN(r) r
#endif
JDEBFRTN(ID) JDEBFWINAPI F5599999Try (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5599999 lpDS);
static ID I5599999_Check(LPDSD5599999 lpDS) { return lpDS->cStatus == _J('\0') ? ER_WARNING : ER_SUCCESS; }

JDEBFRTN(ID) JDEBFWINAPI F5599999Try (LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5599999 lpDS)
{
    HUSER hUser = (HUSER) NULL;
    ID idResult = (ID) 0;
    CALLMAP map[2] = {{1, 2}, {2, 1}};
    if ((lpBhvrCom == (LPBHVRCOM) NULL) || (lpVoid == (LPVOID) NULL) || (lpDS == (LPDSD5599999) NULL)) {
        jdeErrorSet(lpBhvrCom, lpVoid, (ID) 0, _J("4363"), (LPVOID) NULL);
        return ER_ERROR;
    }
    CALLIBFRET(idResult, I5599999_Check(lpDS));
    CALLIBF(I5599999_Check(lpDS));
    if (JDB_InitBhvr(lpBhvrCom, &hUser, (JCHAR *) NULL, JDEDB_COMMIT_AUTO) != JDEDB_PASSED) {
        jdeSetGBRError(lpBhvrCom, lpVoid, IDERRmnOrderNumber_1, _J("078S"));
        return ER_ERROR;
    }
    jdeStrncpy(lpDS->szText, (const JCHAR *) _J("text"), DIM(lpDS->szText) - 1);
    idResult = jdeCallObject(_J("F5599999Try"), NULL, lpBhvrCom, lpVoid, (LPVOID) lpDS, map, (int) DIM(map), (JCHAR *) NULL, (JCHAR *) NULL, (int) 0);
    JDB_FreeBhvr(hUser);
    return idResult;
}
"#;
    for standard in ["-std=gnu11", "-std=gnu17"] {
        compile(&[standard], source).unwrap();
    }
}

/// Names of prototypes: each begins its line with `extern`.
fn declared() -> BTreeSet<String> {
    let headers = fs::read_dir(sdk_folder().join("include")).unwrap().map(|header| fs::read_to_string(header.unwrap().path()).unwrap());
    let name = |line: &str| {
        let before = line.strip_prefix("extern ")?.split('(').next()?;
        before.rsplit([' ', '*']).next().map(str::to_owned)
    };
    headers.flat_map(|header| header.lines().filter_map(name).collect::<Vec<_>>()).collect()
}

#[test]
fn headers_list_and_runtime_name_the_same_functions() {
    let list = fs::read_to_string(sdk_folder().join("exports.txt")).unwrap();
    let listed: Vec<String> = list.lines().map(str::to_owned).collect();
    let exported: BTreeSet<String> = kernels::runtime::exports().into_iter().map(|(name, _)| name.to_owned()).collect();
    let mut sorted = listed.clone();
    sorted.sort();
    assert_eq!(listed, sorted, "sdk/exports.txt is sorted");
    assert_eq!(BTreeSet::from_iter(listed), exported);
    assert_eq!(declared(), exported);
}

#[test]
fn this_program_offers_every_listed_name_and_nothing_else_of_the_runtime() {
    let program = Library::this();
    for (name, address) in kernels::runtime::exports() {
        // SAFETY: only the address is looked at.
        let found = unsafe { program.get::<*const ()>(name.as_bytes()) }.unwrap().as_raw_ptr();
        assert_eq!(found.cast_const().cast(), address, "{name}");
    }
    // SAFETY: as above.
    assert!(unsafe { program.get::<*const ()>(b"packwright_format") }.is_err());
}
