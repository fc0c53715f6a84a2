//! A package for the tests: libraries compiled from C, and the functions in them.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use kernels::Layout;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

/// What every source begins with: the SDK, and the data structure of `layout()`.
const PREAMBLE: &str = r#"
#include <jde.h>
#include <unistd.h>
typedef struct tagDSD5500010 {
    MATH_NUMERIC mnNumber;
    JCHAR szText[11];
    JDEDATE jdDay;
    ID idCode;
    JDEUTIME utMoment;
    BOOL bFlag;
    JCHAR cLetter;
} DSD5500010, *LPDSD5500010;
#define BSFN(name) JDEBFRTN(ID) JDEBFWINAPI name(LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500010 lpDS)
"#;

pub struct Package {
    folder: TempDir,
    functions: String,
}

impl Package {
    /// A package with one library.
    pub fn with(functions: &[&str], source: &str) -> Package {
        let mut package = Package { folder: tempfile::tempdir().unwrap(), functions: String::new() };
        package.add("CORD", functions, source);
        package
    }

    pub fn add(&mut self, library: &str, functions: &[&str], source: &str) {
        let path = self.path().join(format!("{library}.c"));
        std::fs::write(&path, format!("{PREAMBLE}{source}")).unwrap();
        let output = Command::new("gcc")
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-I"])
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sdk/include"))
            .arg("-o")
            .arg(self.path().join(format!("lib{}.so", library.to_lowercase())))
            .arg(path)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        self.list(library, functions, "D5500010");
    }

    /// Lists functions, whether or not they are there.
    pub fn list(&mut self, library: &str, functions: &[&str], data_structure: &str) {
        for function in functions {
            writeln!(self.functions, "{function}\t{library}\t{data_structure}").unwrap();
        }
        std::fs::write(self.functions_file(), &self.functions).unwrap();
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn functions_file(&self) -> PathBuf {
        self.path().join("functions.txt")
    }
}

pub fn layout() -> Layout {
    let member = |id: u32, name: &str, item_type: &str, size: u32, decimals: u32| json!({ "id": id, "name": name, "item_type": item_type, "size": size, "decimals": decimals, "direction": "both" });
    serde_json::from_value(json!({ "name": "D5500010", "members": [
        member(1, "mnNumber", "numeric", 15, 2),
        member(2, "szText", "string", 10, 0),
        member(3, "jdDay", "date", 0, 0),
        member(4, "idCode", "id", 0, 0),
        member(5, "utMoment", "utime", 0, 0),
        member(6, "bFlag", "boolean", 0, 0),
        member(7, "cLetter", "character", 1, 0),
    ]}))
    .unwrap()
}

pub fn values(values: Value) -> Map<String, Value> {
    values.as_object().unwrap().clone()
}

/// The example program, which cargo builds beside the tests.
pub fn program() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let program = tests.ancestors().nth(2).unwrap().join("examples/kernel");
    assert!(program.exists(), "{} is missing: cargo builds it with `--examples`", program.display());
    program
}
