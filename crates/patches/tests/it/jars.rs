//! What is said of jars, held against the virtual machine itself: which one it takes a class from, and in which order it searches.

use patches::classes::{self, Classes, Jar};
use patches::manifest::{self, State};
use patches::names::{Digest, PatchId, RelPath};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A jar with these files and, where it names others, a manifest that does.
fn write_jar(path: &Path, class_path: &[&str], files: &[(&str, &[u8])]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut writer = ZipWriter::new(fs::File::create(path).unwrap());
    if !class_path.is_empty() {
        // Written as it stands here: escapes are the test's own.
        writer.start_file("META-INF/MANIFEST.MF", SimpleFileOptions::default()).unwrap();
        let lines: Vec<String> = class_path.iter().map(|entry| format!(" {entry} \r\n")).collect();
        write!(writer, "Manifest-Version: 1.0\r\nClass-Path: \r\n{}\r\n", lines.concat()).unwrap();
    }
    for (name, bytes) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap();
}

/// Compiles one class and gives the bytes of its file.
fn compiled(folder: &Path, class: &str, source: &str) -> Vec<u8> {
    let folder = folder.join(format!("{class}.{}", blake3::hash(source.as_bytes()).to_hex()));
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join(format!("{class}.java"));
    fs::write(&file, source).unwrap();
    let status = Command::new("javac").arg("-d").arg(&folder).arg(&file).status().expect("javac is installed");
    assert!(status.success(), "{class} does not compile");
    fs::read(folder.join(format!("shop/{class}.class"))).unwrap()
}

/// What `shop.Main` prints with one jar on its class path.
fn run(jar: &Path) -> String {
    let mut java = Command::new("java");
    // In the plain C locale the virtual machine cannot open a path with an umlaut.
    let output =
        java.env("LC_ALL", "C.UTF-8").env_remove("CLASSPATH").arg("-cp").arg(jar).arg("shop.Main").output().expect("java is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn path(text: &str) -> RelPath {
    RelPath::new(text).unwrap()
}

#[test]
fn the_virtual_machine_reads_a_manifest_of_hundreds_of_jars_in_a_folder_with_an_odd_name() {
    let temporary = tempfile::tempdir().unwrap();
    let root = temporary.path().join("Ölmühle (x86) 100% #1; a+b?");
    let order = |text: &str| {
        let source =
            format!("package shop; public class Order implements Runnable {{ public void run() {{ System.out.println(\"{text}\"); }} }}");
        compiled(temporary.path(), "Order", &source)
    };
    // It finds the other class by name, so that each compiles alone.
    let main = compiled(
        temporary.path(),
        "Main",
        r#"package shop;
        public class Main {
            public static void main(String[] a) throws Exception { ((Runnable) Class.forName("shop.Order").newInstance()).run(); }
        }"#,
    );
    let folder = path("patch_wls1036/profiles/Orders/sys_manifest_classpath");
    let jars: Vec<RelPath> = (0..230).map(|number| path(&format!("patch_wls1036/patch_jars/Büg {number} – 50%.jar"))).collect();
    write_jar(&jars[0].below(&root), &[], &[("shop/Order.class", &order("patched"))]);
    for jar in &jars[1..229] {
        write_jar(&jar.below(&root), &[], &[("shop/nothing.txt", b"")]);
    }
    write_jar(&jars[229].below(&root), &[], &[("shop/Order.class", &order("original")), ("shop/Main.class", &main)]);
    let named: Vec<String> = jars.iter().map(|jar| manifest::relative(&folder, jar)).collect();
    let manifest_jar = folder.join("weblogic_patch.jar").unwrap().below(&root);
    patches::disk::write(&manifest_jar, &manifest::jar(&named)).unwrap();

    assert_eq!(run(&manifest_jar), "patched\n");

    let walked = manifest::walk(&manifest_jar, &manifest::Limits::default());
    assert!(walked.iter().all(|found| found.state == State::Jar));
    let root = root.canonicalize().unwrap();
    let paths: Vec<PathBuf> = walked.into_iter().skip(1).map(|found| found.path).collect();
    assert_eq!(paths, jars.iter().map(|jar| jar.below(&root)).collect::<Vec<_>>());
}

#[test]
fn jars_are_walked_in_the_order_in_which_the_virtual_machine_searches() {
    let temporary = tempfile::tempdir().unwrap();
    let root = temporary.path().canonicalize().unwrap();
    let main = compiled(
        &root,
        "Main",
        r#"package shop;
        public class Main {
            public static void main(String[] a) throws Exception {
                for (java.net.URL url : java.util.Collections.list(Main.class.getClassLoader().getResources("mark.txt"))) {
                    String text = java.net.URLDecoder.decode(url.toString().replace("+", "%2B"), "UTF-8");
                    System.out.println(text.replaceFirst("^(jar:)?file:", "").replaceFirst("!?/mark.txt$", ""));
                }
            }
        }"#,
    );
    let mark: (&str, &[u8]) = ("mark.txt", b"here");
    let elsewhere = format!("file:{}/elsewhere/x.jar", root.display());
    let first =
        ["a/one%20two.jar", "b.jar", "gone.jar", "damaged.jar", "classes/", "no-slash", "http://localhost:9/h.jar", &elsewhere, "last.jar"];
    write_jar(&root.join("first.jar"), &first, &[mark, ("shop/Main.class", &main)]);
    write_jar(&root.join("a/one two.jar"), &["c.jar", "../first.jar", "../%62.jar", "file:d.jar"], &[mark]);
    write_jar(&root.join("a/c.jar"), &["../last.jar", "./c.jar"], &[mark]);
    write_jar(&root.join("a/d.jar"), &["../../../../../../../../../../../../gone.jar"], &[mark]);
    write_jar(&root.join("b.jar"), &["a/e.jar?query", "a/e+f.jar"], &[mark]);
    write_jar(&root.join("a/e.jar?query"), &[], &[mark]);
    write_jar(&root.join("a/e+f.jar"), &[], &[mark]);
    write_jar(&root.join("last.jar"), &["first.jar"], &[mark]);
    write_jar(&root.join("elsewhere/x.jar"), &["../b.jar"], &[mark]);
    fs::write(root.join("damaged.jar"), "no jar").unwrap();
    for folder in ["classes", "no-slash"] {
        fs::create_dir(root.join(folder)).unwrap();
        fs::write(root.join(folder).join("mark.txt"), "here").unwrap();
    }
    let walked = manifest::walk(&root.join("first.jar"), &manifest::Limits::default());
    let searched: Vec<String> = walked
        .iter()
        .filter(|found| matches!(found.state, State::Jar | State::Folder))
        .map(|found| found.path.display().to_string())
        .collect();
    // It looks twice into a jar that is named in two spellings, which changes nothing.
    let mut printed: Vec<String> = Vec::new();
    for line in run(&root.join("first.jar")).lines() {
        if !printed.iter().any(|before| before == line) {
            printed.push(line.to_string());
        }
    }
    assert_eq!(searched, printed);
    assert_eq!(searched.len(), 10);
    let state = |name: &str| walked.iter().find(|found| found.path.ends_with(name)).map(|found| found.state.clone());
    assert_eq!(state("gone.jar"), Some(State::Missing));
    assert!(matches!(state("damaged.jar"), Some(State::Damaged(_))));
    assert!(matches!(state("no-slash"), Some(State::Damaged(_))));
    assert_eq!(state("h.jar"), Some(State::Ignored));
}

/// The installation whose `java` is in the path.
fn jdk() -> PathBuf {
    let output = Command::new("java").args(["-XshowSettings:properties", "-version"]).output().expect("java is installed");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let home = text.lines().find_map(|line| line.trim().strip_prefix("java.home = ")).expect("it tells its home");
    PathBuf::from(home)
}

#[test]
fn a_jar_of_the_jdk_holds_what_its_own_tool_lists() {
    let folder = tempfile::tempdir().unwrap();
    // Every JDK has it: other virtual machines read its classes through it.
    let jar = jdk().join("lib/jrt-fs.jar");
    let output = Command::new("jar").arg("tf").arg(&jar).output().expect("jar is installed");
    let mut listed: Vec<String> = String::from_utf8(output.stdout).unwrap().lines().map(String::from).collect();
    listed.retain(|path| !path.ends_with('/') && path != "META-INF/MANIFEST.MF");
    listed.sort();
    let classes = Classes::open(folder.path());
    let index = classes.look_into_file(&jar).unwrap();
    assert_eq!(index.members().iter().map(|member| member.path.to_string()).collect::<Vec<_>>(), listed);
    assert!(index.members().iter().filter(|member| member.path.ends_with(".class")).count() > 10);
    // The second time out of the text that was kept.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(classes.look_into_file(&jar).unwrap(), index);
    assert!(index.has_class("jdk.internal.jrtfs.JrtFileSystemProvider"));
}

#[test]
fn two_patches_clash_in_the_class_that_the_virtual_machine_would_take_from_the_first() {
    let temporary = tempfile::tempdir().unwrap();
    let class = |text: &str| {
        compiled(
            temporary.path(),
            "Main",
            &format!("package shop; public class Main {{ public static void main(String[] a) {{ System.out.println(\"{text}\"); }} }}"),
        )
    };
    let jar = |patch: &str, bytes: &[u8]| {
        let path = temporary.path().join(format!("{patch}.jar"));
        write_jar(&path, &[], &[("shop/Main.class", bytes), ("shop/texts.properties", patch.as_bytes())]);
        Jar { patch: PatchId::new(patch).unwrap(), file: format!("{patch}.jar"), digest: Digest::of(&fs::read(path).unwrap()) }
    };
    let (one, other) = (class("one"), class("other"));
    let jars = [jar("ONE1", &one), jar("TWO2", &other), jar("SAME", &one)];
    let classes = Classes::open(temporary.path().join("index"));
    let found = classes.look_into(&jars, |jar| Ok(fs::File::open(temporary.path().join(&jar.file)).unwrap())).unwrap();
    let compared = classes::clashes(&found, &[]);
    let told: Vec<String> =
        compared.clashes.iter().map(|clash| format!("{} {} {}", clash.one, clash.other, clash.names.join(","))).collect();
    assert_eq!(told, ["ONE1 TWO2 shop.Main", "TWO2 SAME shop.Main"]);
    assert_eq!(compared.resources, ["shop/texts.properties"]);
    // Which one answers is the order's doing, which is what makes it a clash.
    for (order, answer) in [(["ONE1.jar", "TWO2.jar"], "one\n"), (["TWO2.jar", "ONE1.jar"], "other\n")] {
        let manifest_jar = temporary.path().join("manifest.jar");
        fs::write(&manifest_jar, manifest::jar(&order.map(String::from))).unwrap();
        assert_eq!(run(&manifest_jar), answer);
        let walked = manifest::walk(&manifest_jar, &manifest::Limits::default());
        let indexes: Vec<_> = walked.iter().map(|found| classes.look_into_file(&found.path).unwrap()).collect();
        let provider = classes::provider(&indexes, "shop.Main").unwrap();
        assert!(walked[provider].path.ends_with(order[0]));
    }
}
