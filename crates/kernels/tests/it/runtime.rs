//! The SDK seen from outside: C sources compiled against its headers, loaded into this process and called. Each C file checks its theme
//! itself and reports the first check that does not hold.
#![expect(unsafe_code, reason = "business functions are foreign code")]

mod calls;
mod decimals;
mod sdk;
mod themes;

use std::ffi::c_void;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use kernels::runtime::{FunctionPointer, Resolver, Session};
use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};

fn sdk_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sdk")
}

fn gcc(arguments: &[&str]) -> Output {
    let include = format!("-I{}", sdk_folder().join("include").display());
    let output = Command::new("gcc").args(["-O1", "-fPIC", "-Wall", "-Wextra", "-Werror", &include]).args(arguments).output();
    output.expect("gcc is there: the product compiles business functions with it")
}

/// Compiles one C file of this folder to a library and loads it as the kernel does: for good.
fn load(source: &str) -> Library {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join(format!("lib{source}.so"));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/runtime").join(source).with_extension("c");
    let output = gcc(&["-std=gnu17", "-shared", "-o", library.to_str().unwrap(), source.to_str().unwrap()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // SAFETY: the library has no constructors.
    unsafe { Library::open(Some(&library), RTLD_NOW | RTLD_LOCAL) }.unwrap()
}

/// Finds functions in the libraries of one test.
struct Libraries(Vec<Library>);

impl Resolver for Libraries {
    fn resolve(&self, function: &str) -> Result<FunctionPointer, String> {
        // SAFETY: every function of the test libraries has this type.
        let found = self.0.iter().find_map(|library| unsafe { library.get::<FunctionPointer>(function.as_bytes()) }.ok());
        found.map(|symbol| *symbol).ok_or_else(|| format!("no library has a function {function}"))
    }
}

/// Begins a session of this test's thread with the named libraries.
fn start(sources: &[&str]) {
    start_traced(sources, None);
}

fn start_traced(sources: &[&str], trace: Option<kernels::runtime::Trace>) {
    let session = Session { user: "TESTER".into(), application: "P5501".into(), version: "XJDE0001ANDMORE".into(), trace };
    let libraries = sources.iter().map(|source| load(source)).collect();
    kernels::runtime::start(session, Box::new(Libraries(libraries)));
}

fn call<D>(function: &str, data_structure: &mut D) -> i32 {
    // SAFETY: the C functions of the tests take the structure that the test declares for them.
    unsafe { kernels::runtime::call(function, std::ptr::from_mut(data_structure).cast::<c_void>()) }.unwrap()
}

/// Text of a field up to its end.
fn text(field: &[u16]) -> String {
    let length = field.iter().position(|unit| *unit == 0).unwrap_or(field.len());
    String::from_utf16(&field[..length]).unwrap()
}

fn field<const SIZE: usize>(text: &str) -> [u16; SIZE] {
    let mut field = [0; SIZE];
    let units: Vec<u16> = text.encode_utf16().collect();
    field[..units.len()].copy_from_slice(&units);
    field
}
