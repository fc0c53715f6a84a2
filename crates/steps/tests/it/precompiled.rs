//! Headers compiled ahead change nothing but the time: with a real compiler, objects and messages are those of a compile without, whatever
//! headers hold, and whatever is wrong with them.

use crate::plans::{facts, server};
use engine::host::Host;
use engine::step::{Context, Order};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use steps::build::compile_business_functions::STEP;
use steps::build::compiler::COMPILE_FLAGS;
use steps::build::on_all_cores;
use steps::paths::Paths;
use testkit::world::World;

/// Compiles as asked, after noting by source which precompiled header the compiler took.
const COMPILER: &str = r#"#!/bin/sh
case "$*" in *"-c source/"*) ;; *) exec gcc "$@" ;; esac
for argument in "$@"; do case $argument in source/*) source=$argument ;; esac; done
gcc "$@" -H -fsyntax-only 2>&1 | grep '^!' | sed "s|^|$source |" >>taken
exec gcc "$@"
"#;

const PLAIN: &str =
    "#ifndef PLAIN_H\n#define PLAIN_H\n#include <assert.h>\ntypedef struct { int nValue; } PLAIN;\nvoid take(int *);\n#endif\n";

/// What a header may hold besides declarations.
const FULL: &str = r#"/* Its own words. */
#if !defined (FULL_H)
#define FULL_H
#include <plain.h>
static const int table[] = { 1, 2, 3, __COUNTER__, __COUNTER__ };
static const char *texts[] = { "one", "shared text" };
int common;
static inline int line(int n) { assert(n > 3); return n + __LINE__ + __INCLUDE_LEVEL__ + (int) sizeof(__FILE__) + __COUNTER__; }
static int state(int n) { static int held; held += n; for (int i = 0; i < n; i++) held ^= table[i] * n; return held + texts[n & 1][0]; }
__asm__(".set marker, 42");
#endif
"#;

const ONCE: &str = "#pragma once\nenum once { ONCE_FIRST, ONCE_SECOND = __LINE__ };\n";

fn body(number: usize) -> String {
    format!(
        "int F{number}(int n) {{ static int calls; assert(n != {number}); return line(n) + state(n) + ONCE_SECOND + __COUNTER__ + ++calls; }}\n\
         const char *T{number}(void) {{ return \"shared text\" __FILE__; }}\n"
    )
}

/// A package of sources by stem and headers by name, on the server ENT1 of a world.
struct Package {
    world: World,
    order: Order,
}

/// What the step left: which folder each source took headers from, and whether every function compiled.
struct Left {
    taken: BTreeMap<String, BTreeSet<String>>,
    compiled: bool,
}

impl Package {
    fn new(headers: &[(&str, &str)], sources: &[(String, String)]) -> Package {
        let world = World::new(&[], Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sdk/include"));
        let compiler = world.root.path().join("compiler");
        fs::write(&compiler, COMPILER).unwrap();
        fs::set_permissions(&compiler, fs::Permissions::from_mode(0o755)).unwrap();
        let mut server = server("ENT1", 6017);
        server.toolchain = compiler.to_string_lossy().into_owned();
        let order = Order {
            job: 1,
            run: 0,
            attempt: 1,
            epoch: 1,
            step: STEP.name.into(),
            package: "DV920FA".into(),
            path_code: "DV920".into(),
            server: server.clone(),
            primary: "ENT1".into(),
            deployment: "DEP1".into(),
            servers: vec![server],
            facts: facts("9.2.8.0", false),
        };
        let package = Package { world, order };
        let (host, paths) = (package.world.host("ENT1"), Paths(&package.order));
        for folder in [paths.headers(), paths.sources().join("CONE"), paths.text()] {
            host.create_folder(&folder).unwrap();
        }
        for (name, text) in headers {
            host.write(&paths.headers().join(name), text.as_bytes()).unwrap();
        }
        for (stem, text) in sources {
            host.write(&paths.sources().join(format!("CONE/{stem}.c")), text.as_bytes()).unwrap();
        }
        let list: String = sources.iter().map(|(stem, _)| format!("{stem}.c\t{}\n", stem.to_uppercase())).collect();
        host.write(&paths.text().join("CONE.txt"), list.as_bytes()).unwrap();
        package
    }

    fn area(&self) -> PathBuf {
        self.world.root.path().join("ENT1").join(Paths(&self.order).build_area())
    }

    fn compile(&self) -> Left {
        let host = self.world.host("ENT1");
        let mut context = Context { order: &self.order, host: &host, goods: &host, cache: &self.world, tables: None, changes: Vec::new() };
        let compiled = (STEP.run)(&mut context).is_ok();
        let mut taken: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for line in fs::read_to_string(self.area().join("taken")).unwrap_or_default().lines() {
            let (source, path) = line.split_once(' ').unwrap();
            let stem = Path::new(source).file_stem().unwrap().to_string_lossy().into_owned();
            let folder = Path::new(path).parent().unwrap().file_name().unwrap().to_string_lossy().into_owned();
            taken.entry(stem).or_default().insert(folder);
        }
        Left { taken, compiled }
    }

    /// Each object and the messages in its log are what the compiler gives by itself.
    fn is_as_without(&self, sources: &[(String, String)]) {
        let sdk = format!("-I{}", self.world.sdk_include.display());
        let host = self.world.host("ENT1");
        on_all_cores::map(&host, sources, |_, (stem, _)| -> Result<(), ()> {
            let source = format!("source/CONE/{stem}.c");
            let object = self.area().join(format!("{stem}.without"));
            let ended = Command::new("gcc")
                .args(COMPILE_FLAGS)
                .args(["-c", &source, "-o", &object.to_string_lossy(), "-Iinclude", &sdk])
                .env("LC_ALL", "C")
                .current_dir(self.area())
                .output()
                .unwrap();
            let ours = fs::read(self.area().join(format!("obj64/CONE/{stem}.o"))).ok();
            assert!(ours == fs::read(&object).ok(), "the object of {stem} differs");
            assert_eq!(ended.status.success(), ours.is_some());
            let log = fs::read_to_string(self.area().join(format!("CompileLogs/CONE/{stem}.log"))).unwrap();
            let without = String::from_utf8(ended.stderr).unwrap();
            let said = log.splitn(3, '\n').nth(2).unwrap();
            assert_eq!(said, if without.is_empty() { "no messages\n" } else { &without }, "messages of {stem}");
            Ok(())
        })
        .unwrap();
    }
}

fn sources(count: usize, includes: &str) -> Vec<(String, String)> {
    (1..=count).map(|number| (format!("b550{number:02}"), format!("{includes}{}", body(number)))).collect()
}

const INCLUDES: &str = "#include <jde.h>\n#include <full.h>\n#include <plain.h>\n#include <once.h>\n";
const HEADERS: [(&str, &str); 3] = [("plain.h", PLAIN), ("full.h", FULL), ("once.h", ONCE)];

#[test]
fn objects_are_those_of_a_compile_without() {
    let mut sources = sources(14, INCLUDES);
    sources[1].1 = sources[1].1.replace("<full.h>", "\"full.h\"");
    sources[2].1 = format!("/* Named first. */\n#define b55003_c\n{}", sources[2].1);
    sources[3].1 = format!("#define NDEBUG\n{}", sources[3].1);
    sources[4].1 = format!("int before;\n{}", sources[4].1);
    let package = Package::new(&HEADERS, &sources);
    let left = package.compile();
    assert!(left.compiled);
    let without: Vec<&str> = sources.iter().map(|(stem, _)| stem.as_str()).filter(|stem| !left.taken.contains_key(*stem)).collect();
    assert_eq!(without, ["b55004", "b55005"], "all others take what was compiled ahead");
    package.is_as_without(&sources);
}

#[test]
fn what_a_header_sets_for_all_after_it_still_counts() {
    let lasting = "#ifndef LASTING_H\n#define LASTING_H\n#pragma pack(1)\n#pragma GCC visibility push(hidden)\n\
                   #pragma GCC diagnostic ignored \"-Wint-conversion\"\n#endif\n";
    let late = "struct late { char c; long l; };\nint *pointer = 3L;\n";
    let mut sources = sources(12, &format!("{INCLUDES}#include <lasting.h>\n#include <late.h>\n"));
    sources.iter_mut().for_each(|(_, text)| text.push_str("int size = sizeof(struct late);\n"));
    let package = Package::new(&[&HEADERS[..], &[("lasting.h", lasting), ("late.h", late)]].concat(), &sources);
    let left = package.compile();
    assert!(left.compiled);
    assert_eq!(left.taken.len(), 12, "the headers before it are compiled ahead");
    package.is_as_without(&sources);
}

#[test]
fn messages_are_those_of_a_compile_without() {
    let mut sources = sources(13, INCLUDES);
    sources[0].1.push_str("int g(void) { take(\"text\"); return 0; }\n");
    sources[1].1.push_str("int take(int n) { return n; }\nint h(void) { PLAIN v; return v.nOther + undeclared(3); }\n");
    sources[2].1.push_str("int *p = 3L;\n");
    sources[3].1.push_str("#include <nowhere.h>\n");
    let package = Package::new(&HEADERS, &sources);
    let left = package.compile();
    assert!(!left.compiled);
    assert_eq!(left.taken.len(), 13);
    package.is_as_without(&sources);
}

#[test]
fn a_header_with_a_fault_is_reported_by_each_source_that_includes_it() {
    for (fault, compiled) in [("#warning old\n", true), ("int wrong = ;\n", false), ("#include <nowhere.h>\n", false)] {
        let faulty = format!("#ifndef FAULTY_H\n#define FAULTY_H\n{fault}#endif\n");
        let sources = sources(12, &INCLUDES.replace("#include <once.h>\n", "#include <faulty.h>\n#include <once.h>\n"));
        let package = Package::new(&[&HEADERS[..], &[("faulty.h", &faulty)]].concat(), &sources);
        let left = package.compile();
        assert_eq!(left.compiled, compiled, "{fault}");
        assert_eq!(left.taken.len(), 12, "the headers before the faulty one are compiled ahead: {fault}");
        package.is_as_without(&sources);
    }
}

#[test]
fn without_a_first_header_that_compiles_nothing_is_compiled_ahead() {
    let sources = sources(12, "#include <jde.h>\n#include <full.h>\n#include <once.h>\n");
    let package = Package::new(&[&HEADERS[..], &[("jde.h", "#ifndef JDE_H\n#define JDE_H\n#warning own\n#endif\n")]].concat(), &sources);
    let left = package.compile();
    assert!(left.compiled && left.taken.is_empty());
    package.is_as_without(&sources);
}

#[test]
fn sources_take_the_longest_that_many_share() {
    let wide: String = (0..12_000).map(|number| format!("int wide_{number}(int first, int second);\n")).collect();
    let wide = format!("#ifndef WIDE_H\n#define WIDE_H\n{wide}#endif\n");
    let mut sources = sources(20, INCLUDES);
    for (_, text) in &mut sources[..14] {
        *text = text.replace("<once.h>\n", "<once.h>\n#include <wide.h>\n");
    }
    sources[14].1 = sources[14].1.replace("<once.h>\n", "<once.h>\n#include <WIDE.h>\n");
    let package = Package::new(&[&HEADERS[..], &[("wide.h", &wide)]].concat(), &sources);
    let left = package.compile();
    assert!(left.compiled);
    let folders: Vec<&BTreeSet<String>> = sources.iter().map(|(stem, _)| &left.taken[stem]).collect();
    assert!(folders[..14].iter().all(|folder| *folder == folders[0]) && folders[14..].iter().all(|folder| *folder == folders[14]));
    assert_ne!(folders[0], folders[14]);
}
