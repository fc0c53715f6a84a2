//! Payloads as large as real ones: a library of Debian's, hundreds of classes in one jar, and another version of it that differs in one of them.

use super::make::{Make, zip_of};
use super::world::World;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::Command;
use zip::ZipArchive;

const LIBRARY: &str = "/usr/share/java/commons-lang3.jar";
const CLASS: &str = "org/apache/commons/lang3/StringUtils.class";

fn library() -> Vec<u8> {
    std::fs::read(LIBRARY).unwrap_or_else(|error| panic!("{LIBRARY}: {error}; install the package libcommons-lang3-java"))
}

/// The same library with one class that has a byte more.
fn other_version() -> Vec<u8> {
    let mut archive = ZipArchive::new(File::open(LIBRARY).unwrap()).unwrap();
    let mut files = Vec::new();
    for index in 0..archive.len() {
        let mut member = archive.by_index(index).unwrap();
        if member.is_file() {
            let name = member.name().unwrap().into_owned();
            let mut bytes = Vec::new();
            member.read_to_end(&mut bytes).unwrap();
            if name == CLASS {
                bytes.push(0);
            }
            files.push((name, bytes));
        }
    }
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    zip_of(&files)
}

#[test]
fn a_library_of_hundreds_of_classes_is_applied_and_another_version_of_it_clashes_in_the_one_that_differs() {
    let world = World::new();
    world.import(&[
        Make::new().id("L4NG").jar_bytes("lang.jar", &library()),
        Make::new().id("L4NH").jar_bytes("lang_other.jar", &other_version()),
    ]);
    world.profile("Orders", &["L4NG"]);
    let manifest = world.below("patch_wls1036/profiles/Orders/sys_manifest_classpath/weblogic_patch.jar");
    let told = Command::new("javap").arg("-cp").arg(&manifest).arg("org.apache.commons.lang3.StringUtils").output().unwrap();
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(told.contains("class org.apache.commons.lang3.StringUtils"), "Java finds the class by the manifest jar alone: {told}");
    let refused = world.patch("apply L4NH --profile Orders").failed(3).stderr;
    assert!(refused.contains("1 class of L4NH") && refused.contains("org.apache.commons.lang3.StringUtils"), "{refused}");
    world.patch("remove L4NG --profile Orders").succeeded();
    world.patch("apply L4NH --profile Orders").succeeded();
    assert!(Path::new(&manifest).is_file());
}
