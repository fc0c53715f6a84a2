//! Compiles the variadic functions of the SDK, and tells the linker which names a loaded library may find in a program that holds the
//! runtime. It reaches the tests and examples of this package alone: another program that holds the runtime gives its own linker
//! `sdk/exports.txt`.

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let package = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo names the package's folder"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names the output folder"));
    let sdk = package.join("../../sdk");

    cc::Build::new().file(sdk.join("variadic.c")).include(sdk.join("include")).std("gnu11").warnings(true).compile("packwright_variadic");
    for source in [&sdk, &package.join("tests"), &package.join("examples")].into_iter().filter(|source| source.exists()) {
        println!("cargo::rerun-if-changed={}", source.display());
    }

    let list = dynamic_list(&sdk.join("exports.txt"), &out);
    // Cargo refuses link arguments for a kind of target that the package does not have.
    for (kind, sources) in [("tests", "tests/it/main.rs"), ("examples", "examples")] {
        if package.join(sources).exists() {
            println!("cargo::rustc-link-arg-{kind}=-Wl,--dynamic-list={}", list.display());
        }
    }
}

/// The exported names in the form that linkers read.
fn dynamic_list(exports: &Path, out: &Path) -> PathBuf {
    let names = fs::read_to_string(exports).expect("sdk/exports.txt lists the exported names");
    let entries: String = names.lines().map(|name| format!("{name};\n")).collect();
    let list = out.join("exports.list");
    fs::write(&list, format!("{{\n{entries}}};\n")).expect("the output folder can be written");
    list
}
