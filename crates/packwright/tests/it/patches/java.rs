//! The server of these tests: classes, a library and the way to read what a server says of itself. It knows no home and no patches.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

/// Tells what it got, a line each, and stays until its input ends where it is asked to. Jars of the extension folders it searches as a server does.
const SERVER: &str = r#"
package weblogic;

import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;

public class Server {
    public static void main(String[] words) throws Exception {
        say("greeting", orders.Greeting.text());
        say("name", System.getProperty("weblogic.Name"));
        say("class path", System.getProperty("java.class.path"));
        say("library path", System.getProperty("java.library.path"));
        say("extension folders", System.getProperty("weblogic.ext.dirs"));
        say("extension", extension());
        say("library", library());
        say("installed file", Files.readString(Path.of(System.getProperty("wls.home"), "lib", "orders.xml")).trim());
        if (Boolean.getBoolean("stay")) {
            while (System.in.read() >= 0) { }
        }
    }

    static void say(String name, String value) {
        System.out.println("server says " + name + ": " + value);
    }

    static String extension() throws Exception {
        ArrayList<URL> jars = new ArrayList<>();
        for (String folder : System.getProperty("weblogic.ext.dirs", "").split(File.pathSeparator)) {
            File[] found = new File(folder).listFiles((place, name) -> name.endsWith(".jar"));
            for (File jar : found == null ? new File[0] : found) {
                jars.add(jar.toURI().toURL());
            }
        }
        try (URLClassLoader loader = new URLClassLoader(jars.toArray(new URL[0]))) {
            return (String) loader.loadClass("orders.Extension").getMethod("text").invoke(null);
        } catch (ClassNotFoundException none) {
            return "none";
        }
    }

    static String library() throws Exception {
        try {
            System.loadLibrary("orders");
        } catch (UnsatisfiedLinkError none) {
            return "none";
        }
        return Files.lines(Path.of("/proc/self/maps")).filter(line -> line.endsWith("/liborders.so")).findFirst()
            .map(line -> line.substring(line.indexOf('/'))).orElse("none");
    }
}
"#;

/// What the class says in each of its versions; the first is the installed one.
pub const INSTALLED: &str = "installed";
pub const HCE9: &str = "patched by HCE9";
pub const J7K2: &str = "patched by J7K2";

pub static JAVA: LazyLock<Java> = LazyLock::new(Java::new);

/// What the Java of this machine made of them, once for all tests.
pub struct Java {
    pub home: PathBuf,
    compiled: PathBuf,
}

impl Java {
    fn new() -> Java {
        let found = std::env::var_os("PATH").expect("there is a PATH");
        let compiler = std::env::split_paths(&found).map(|folder| folder.join("javac")).find(|path| path.is_file());
        let compiler = compiler.and_then(|path| path.canonicalize().ok()).expect("javac is installed: scripts/setup jdk");
        let home = compiler.ancestors().nth(2).expect("javac lies in bin").to_path_buf();
        let told = format!("{SERVER}{HCE9}{J7K2}{}", home.display());
        let name = format!("java-{}", &blake3::hash(told.as_bytes()).to_hex()[..16]);
        let compiled = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        if !compiled.is_dir() {
            compile(&compiler, &compiled);
        }
        Java { home, compiled }
    }

    pub fn server(&self) -> Vec<u8> {
        self.read(&format!("{INSTALLED}/weblogic/Server.class"))
    }

    /// `orders.Greeting` in one of its versions.
    pub fn greeting(&self, version: &str) -> Vec<u8> {
        self.read(&format!("{version}/orders/Greeting.class"))
    }

    pub fn extension(&self) -> Vec<u8> {
        self.read(&format!("{INSTALLED}/orders/Extension.class"))
    }

    pub fn library(&self) -> Vec<u8> {
        self.read("liborders.so")
    }

    fn read(&self, path: &str) -> Vec<u8> {
        fs::read(self.compiled.join(path)).unwrap_or_else(|error| panic!("{path} was compiled: {error}"))
    }
}

/// Compiles beside and renames: of two tests that come first, one is late and throws its own away.
fn compile(compiler: &Path, place: &Path) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary folder");
    let made = folder.path().join("made");
    let class =
        |name: &str, text: &str| format!("package orders; public class {name} {{ public static String text() {{ return \"{text}\"; }} }}");
    let mut running = Vec::new();
    for version in [INSTALLED, HCE9, J7K2] {
        let mut sources = vec![("Greeting.java", class("Greeting", version))];
        if version == INSTALLED {
            sources.extend([("Server.java", SERVER.to_string()), ("Extension.java", class("Extension", "of the extension"))]);
        }
        let (from, to) = (folder.path().join(version), made.join(version));
        fs::create_dir_all(&from).unwrap();
        let mut command = Command::new(compiler);
        command.arg("-d").arg(to);
        for (name, text) in sources {
            fs::write(from.join(name), text).unwrap();
            command.arg(from.join(name));
        }
        running.push(command.stdin(Stdio::null()).spawn().expect("javac starts"));
    }
    fs::create_dir_all(&made).unwrap();
    let mut linker = Command::new("gcc");
    linker.args(["-shared", "-x", "c", "/dev/null", "-o"]).arg(made.join("liborders.so"));
    running.push(linker.stdin(Stdio::null()).spawn().expect("gcc starts"));
    for mut one in running {
        assert!(one.wait().expect("a compiler can be waited for").success());
    }
    if let Err(error) = fs::rename(&made, place) {
        assert!(place.is_dir(), "cannot rename: {error}");
    }
}

/// What a server said of itself.
#[derive(Debug)]
pub struct Told(BTreeMap<String, String>);

impl Told {
    /// Out of all that its scripts and it wrote.
    pub fn read(text: &str) -> Told {
        let said = text.lines().filter_map(|line| line.strip_prefix("server says ")?.split_once(": "));
        Told(said.map(|(name, value)| (name.to_string(), value.to_string())).collect())
    }

    #[track_caller]
    fn get(&self, name: &str) -> &str {
        self.0.get(name).unwrap_or_else(|| panic!("it said no {name}: {self:?}"))
    }

    #[track_caller]
    pub fn greeting(&self) -> &str {
        self.get("greeting")
    }

    pub fn name(&self) -> &str {
        self.get("name")
    }

    pub fn class_path(&self) -> &str {
        self.get("class path")
    }

    pub fn library_path(&self) -> &str {
        self.get("library path")
    }

    pub fn extension_folders(&self) -> &str {
        self.get("extension folders")
    }

    /// What the class of the extension folders says, or `none`.
    pub fn extension(&self) -> &str {
        self.get("extension")
    }

    /// The library that was loaded, or `none`.
    pub fn library(&self) -> &str {
        self.get("library")
    }

    pub fn installed_file(&self) -> &str {
        self.get("installed file")
    }
}
