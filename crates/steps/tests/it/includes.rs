//! What a source reads decides whether it is compiled again: whatever header changes, however it is reached, the hash changes too.

use engine::host::Host;
use std::fs;
use std::path::{Path, PathBuf};
use steps::build::includes::{Includes, Text};
use testkit::world::World;

/// Writes headers into `include` and answers the hash of each source over `include` and then the machine's folder `system`.
fn reach(headers: &[(&str, &str)], system: &[(&str, &str)], sources: &[&str]) -> Vec<String> {
    let world = World::new(&[], PathBuf::new());
    let host = world.host("ENT1");
    let machine = world.root.path().join("system");
    fs::create_dir_all(&machine).unwrap();
    host.create_folder(Path::new("include")).unwrap();
    for (name, text) in headers {
        host.write(&Path::new("include").join(name), text.as_bytes()).unwrap();
    }
    host.create_folder(Path::new("source/CORD")).unwrap();
    for (name, text) in headers.iter().filter(|(name, _)| name.ends_with(".c")) {
        host.write(&Path::new("source/CORD").join(name), text.as_bytes()).unwrap();
    }
    for (name, text) in system {
        fs::write(machine.join(name), text).unwrap();
    }
    let mut includes = Includes::new(&host, &["include".into()], &[machine]).unwrap();
    sources
        .iter()
        .map(|source| {
            includes
                .reach(Path::new("source/CORD"), &Text::new(source.as_bytes()))
                .unwrap()
                .map_or("none".to_string(), |hash| hash.to_hex().to_string())
        })
        .collect()
}

#[test]
fn a_header_that_is_reached_over_others_counts() {
    let before = reach(&[("a.h", "#include <b.h>\n"), ("b.h", "int b;\n")], &[], &["#include <a.h>\n"]);
    let after = reach(&[("a.h", "#include <b.h>\n"), ("b.h", "long b;\n")], &[], &["#include <a.h>\n"]);
    assert_ne!(before, after);
    assert_eq!(
        before,
        reach(&[("a.h", "#include <b.h>\n"), ("b.h", "int b;\n"), ("c.h", "x")], &[], &["#include <a.h>\n"]),
        "what nobody includes does not count"
    );
}

#[test]
fn headers_in_a_circle_count_from_wherever_the_circle_is_entered() {
    let with = |c: &str| {
        let headers = [("a.h", "#include <b.h>\n#include <c.h>\n"), ("b.h", "#include <a.h>\nint b;\n"), ("c.h", c)];
        reach(&headers, &[], &["#include <a.h>\n", "#include <b.h>\n", "#include <c.h>\n#include <b.h>\n"])
    };
    let (before, after) = (with("int c;\n"), with("long c;\n"));
    for (source, (before, after)) in before.iter().zip(&after).enumerate() {
        assert_ne!(before, after, "source {source}");
    }
}

#[test]
fn a_header_that_appears_in_an_earlier_folder_counts() {
    let before = reach(&[], &[("a.h", "int a;\n")], &["#include <a.h>\n"]);
    assert_ne!(before, reach(&[("a.h", "int other;\n")], &[("a.h", "int a;\n")], &["#include <a.h>\n"]));
    assert_ne!(before, reach(&[], &[], &["#include <a.h>\n"]), "absent is not the same as there");
}

#[test]
fn include_next_counts_every_header_of_the_name() {
    let own = [("limits.h", "#include_next <limits.h>\n")];
    let before = reach(&own, &[("limits.h", "#define MAX 1\n")], &["#include <limits.h>\n"]);
    assert_ne!(before, reach(&own, &[("limits.h", "#define MAX 2\n")], &["#include <limits.h>\n"]));
}

#[test]
fn names_differ_in_case_and_computed_ones_cannot_be_told() {
    let hashes = reach(
        &[("b5500010.h", "int a;\n"), ("m.h", "#include NAME\n")],
        &[],
        &["#include <B5500010.H>\n", "#include <b5500010.h>\n", "#include <m.h>\n"],
    );
    assert_eq!(hashes[0], hashes[1]);
    assert_eq!(hashes[2], "none");
}

#[test]
fn what_lies_beside_the_source_counts_where_it_is_included_in_quotes() {
    let with = |text: &str| reach(&[("b5500020.c", text)], &[], &["#include \"b5500020.c\"\n"]);
    assert_ne!(with("int a;\n"), with("long a;\n"));
}

#[test]
fn the_mark_that_editors_put_before_a_text_hides_no_include() {
    let with = |text: &str| reach(&[("a.h", text)], &[], &["\u{feff}#include <a.h>\n"]);
    assert_ne!(with("int a;\n"), with("long a;\n"));
}

#[test]
fn what_takes_in_other_files_or_the_time_cannot_be_told() {
    let sources =
        ["asm(\".incbin \\\"logo.bin\\\"\");\n", "char *t = __TIME__;\n", "#include \"../CPRC/b5500510.c\"\n", "/* __DATE__ */ int a;\n"];
    let hashes = reach(&[], &[], &sources);
    assert_eq!(hashes[..3], ["none", "none", "none"]);
    assert_ne!(hashes[3], "none", "in a comment it says nothing");
}

#[test]
fn only_what_leads_a_source_for_every_source_alike_counts_as_leading() {
    let world = World::new(&[], PathBuf::new());
    let host = world.host("ENT1");
    for file in ["include/jde.h", "include/a.h", "include/b.h", "include/beside.h", "source/CORD/beside.h"] {
        host.create_folder(Path::new(file).parent().unwrap()).unwrap();
        host.write(Path::new(file), b"").unwrap();
    }
    let mut includes = Includes::new(&host, &["include".into()], &[]).unwrap();
    let mut leading = |source: &str| includes.leading(Path::new("source/CORD"), &Text::new(source.as_bytes())).join(" ");
    assert_eq!(
        leading("/* x */\n#include <jde.h>\n\n# include \"a.h\" // y\n#include <beside.h>\nint a;\n#include <b.h>\n"),
        "jde.h a.h beside.h"
    );
    assert_eq!(leading("#define b5500020_c\n#include <jde.h>\n#define X\n#include <b.h>\n"), "jde.h");
    assert_eq!(leading("#include <jde.h>\n#include \"beside.h\"\n#include <b.h>\n"), "jde.h", "another one lies beside the source");
    assert_eq!(leading("#include <jde.h>\n#include <A.h>\n#include <b.h>\n"), "jde.h", "spelled otherwise");
    assert_eq!(leading("#include <jde.h>\n#include <nowhere.h>\n#include <b.h>\n"), "jde.h", "absent");
    assert_eq!(leading("#include <jde.h>\n#import <a.h>\n"), "jde.h");
    assert_eq!(leading("#include <jde.h>\n#include_next <a.h>\n"), "jde.h");
    for first in ["int a;\n", "#ifdef X\n", "#pragma pack(1)\n", "#undef X\n", "#define __COUNTER__ 3\n"] {
        assert_eq!(leading(&format!("{first}#include <jde.h>\n")), "", "{first}");
    }
}

#[test]
fn a_closure_ends_where_headers_include_one_another_and_is_not_told_where_it_leaves_the_folder() {
    let world = World::new(&[], PathBuf::new());
    let host = world.host("ENT1");
    host.create_folder(Path::new("include")).unwrap();
    let files = [("a.h", "#include <b.h>\n#include <b.h>\n"), ("b.h", "#include <a.h>\n"), ("up.h", "#include \"../include/up.h\"\n")];
    for (name, text) in files {
        host.write(&Path::new("include").join(name), text.as_bytes()).unwrap();
    }
    let mut includes = Includes::new(&host, &["include".into()], &[]).unwrap();
    let mut closure = |name: &str| Some(includes.closure(name).unwrap()?.into_iter().map(|header| header.path).collect::<Vec<_>>());
    assert_eq!(closure("a.h").unwrap(), [PathBuf::from("include/a.h"), PathBuf::from("include/b.h")]);
    assert_eq!(closure("up.h"), None);
    assert_eq!(closure("nowhere.h").unwrap(), Vec::<PathBuf>::new());
}
