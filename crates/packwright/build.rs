//! Puts the SDK's headers and the failure pages into the binary, and exports the SDK runtime's names from it: libraries of business functions find
//! them in the process that loads them.

use std::fmt::Write;
use std::{env, fs, path::Path};

fn main() {
    let here = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../..");
    let out = env::var("OUT_DIR").expect("cargo sets it");
    let sdk = here.join("sdk");
    let mut names: Vec<String> = list(&sdk.join("include"), ".h").into_iter().map(|name| format!("include/{name}")).collect();
    names.push("exports.txt".into());
    fs::write(Path::new(&out).join("sdk_files.rs"), embed(&sdk, &names)).expect("the output folder is writable");
    let pages = here.join("docs/failures");
    fs::write(Path::new(&out).join("failure_pages.rs"), embed(&pages, &list(&pages, ".md"))).expect("the output folder is writable");

    let exports = fs::read_to_string(sdk.join("exports.txt")).expect("the SDK lists its exports");
    let dynamic: String = exports.lines().map(|name| format!("{name};\n")).collect();
    let file = Path::new(&out).join("exports.list");
    fs::write(&file, format!("{{\n{dynamic}}};\n")).expect("the output folder is writable");
    println!("cargo:rustc-link-arg-bins=-Wl,--dynamic-list={}", file.display());
    for watched in ["sdk/include", "sdk/exports.txt", "docs/failures"] {
        println!("cargo:rerun-if-changed={}", here.join(watched).display());
    }
}

fn list(folder: &Path, ending: &str) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("cannot list {}: {error}", folder.display()));
    let mut names: Vec<String> =
        entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).filter(|name| name.ends_with(ending)).collect();
    names.sort();
    names
}

fn embed(folder: &Path, names: &[String]) -> String {
    let mut text = String::from("static FILES: &[(&str, &str)] = &[\n");
    for name in names {
        writeln!(text, "    ({name:?}, include_str!({:?})),", folder.join(name)).expect("writing to a text does not fail");
    }
    text + "];\n"
}
