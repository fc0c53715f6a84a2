//! Edited start scripts of Windows, run by a command processor with a Java that tells what it was given.

use crate::wine::Wine;
use patches::definitions::{Definitions, Platform, Variable};
use patches::names::{ProfileName, RelPath};
use patches::scripts::cmd::{DIALECT, home_as_seen, statements};
use patches::scripts::edit::{Block, Purpose, insert, insert_into_paths, insert_java_option};
use patches::scripts::{How, Kind, Reach};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const DOMAIN: &str = "C:\\domains\\orders";
const JAVA: &str = "C:\\jdk";
const MARK: &str = ">>> packwright:";

/// Tells what a server would get.
const TELLING_JAVA: &str = "@echo off
echo java %*
echo CLASSPATH=[%CLASSPATH%]
echo PATCH_CLASSPATH=[%PATCH_CLASSPATH%]
echo WEBLOGIC_EXTENSION_DIRS=[%WEBLOGIC_EXTENSION_DIRS%]
echo PATCH_PATH=[%PATCH_PATH%]
echo PATH=[%PATH%]
";

fn fixture(path: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts/cmd").join(path)).unwrap()
}

/// A home, a domain and a Java on the drive of a Windows.
struct Installed {
    wine: Wine,
    release: &'static str,
    root: String,
    product: &'static str,
}

impl Installed {
    fn new(release: &'static str, root: &str) -> Installed {
        let product = if release == "10.3.6" { "wls1036" } else { "wls1213" };
        let installed = Installed { wine: Wine::new(), release, root: root.into(), product };
        installed.wine.write(&format!("{JAVA}\\bin\\java.cmd"), TELLING_JAVA.replace('\n', "\r\n"));
        for manifest in ["patch_wls1036\\profiles\\Orders", "patch_wls1213\\profiles\\Orders", "patch_ocp371\\profiles\\default"] {
            installed.wine.write(&format!("{root}\\{manifest}\\sys_manifest_classpath\\weblogic_patch.jar"), "a jar");
        }
        installed.write_scripts();
        installed
    }

    /// As the vendor's wizard does, over any edit.
    fn write_scripts(&self) {
        let root = &self.root;
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts/cmd").join(self.release);
        for file in files(&folder) {
            let below = file.strip_prefix(&folder).unwrap().to_str().unwrap();
            let place = match below.split_once('/').unwrap() {
                ("domain", rest) => format!("{DOMAIN}\\{rest}"),
                ("home", rest) => format!("{root}\\{rest}"),
                ("events", rest) => format!("{root}\\ocep_11.1\\bin\\{rest}"),
                (other, _) => panic!("a fixture in {other}"),
            };
            let text = String::from_utf8(std::fs::read(&file).unwrap()).unwrap();
            let text = text.replace("@MW_HOME@", root).replace("@DOMAIN_HOME@", DOMAIN).replace("@JAVA_HOME@", JAVA);
            self.wine.write(&place.replace('/', "\\"), text);
        }
    }

    /// Classes and libraries of the profile, and the other product's default profile.
    fn block(&self) -> Block {
        let profile = format!("patch_{}/profiles/Orders", self.product);
        let manifest = |profile: &str| RelPath::new(format!("{profile}/sys_manifest_classpath/weblogic_patch.jar")).unwrap();
        let definitions = Definitions {
            product: self.product.into(),
            profile: ProfileName::new("Orders").unwrap(),
            platform: Platform::Windows,
            set: vec![
                (Variable::PatchClasspath, vec![manifest(&profile), manifest("patch_ocp371/profiles/default")]),
                (Variable::PatchPath, vec![RelPath::new(format!("{profile}/native")).unwrap()]),
            ],
            unset: vec![Variable::WeblogicExtensionDirs],
            remarks: vec![],
        };
        Block { definitions, root: self.root.clone(), export: false, servers: vec![] }
    }

    fn point(&self, script: &str) {
        self.point_servers(script, &[]);
    }

    fn point_servers(&self, script: &str, servers: &[&str]) {
        let path = format!("{DOMAIN}\\bin\\{script}");
        let text = std::fs::read(self.wine.path(&path)).unwrap();
        if script == "setDomainEnv.cmd" {
            assert_eq!(home_as_seen(&text, &self.product_folder()).as_ref(), Some(&self.root));
        }
        let block = Block { servers: servers.iter().map(|server| server.to_string()).collect(), ..self.block() };
        self.wine.write(&path, insert(&text, &DIALECT, &block, &Purpose::default()).unwrap().text);
    }

    fn product_folder(&self) -> RelPath {
        RelPath::new(if self.release == "10.3.6" { "wlserver_10.3" } else { "wlserver" }).unwrap()
    }

    /// What Java is given by each of some commands.
    fn told_by_each(&self, commands: &[&str]) -> Vec<Told> {
        let lines: Vec<String> =
            commands.iter().map(|command| format!("setlocal\r\ncall {DOMAIN}\\{command}\r\nendlocal\r\necho next command\r\n")).collect();
        let told: Vec<Told> =
            self.told("", &lines.concat()).text.split_terminator("next command\n").map(|text| Told { text: text.into() }).collect();
        assert_eq!(told.len(), commands.len());
        told
    }

    /// What Java is given when a command line is run by a caller with some settings of its own.
    fn told(&self, caller: &str, command: &str) -> Told {
        self.wine.write("C:\\run.cmd", format!("@echo off\r\n{caller}\r\n{command}\r\n"));
        Told { text: self.wine.run("C:\\run.cmd") }
    }
}

struct Told {
    text: String,
}

impl Told {
    fn of(&self, variable: &str) -> &str {
        let begin = format!("{variable}=[");
        let line = self.text.lines().find_map(|line| line.strip_prefix(&begin));
        line.and_then(|rest| rest.trim_end().strip_suffix(']')).unwrap_or_else(|| panic!("no {variable} in\n{}", self.text))
    }

    /// The entries of a variable, of each only what is below the home: in front of it, wine writes short names of its own.
    fn below_home(&self, variable: &str) -> Vec<&str> {
        self.of(variable).split(';').map(|entry| entry.find("patch_").map_or(entry, |at| &entry[at..])).collect()
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

const ORDERS: &str = "patch_wls1036\\profiles\\Orders\\sys_manifest_classpath\\weblogic_patch.jar";
const COHERENCE: &str = "patch_ocp371\\profiles\\default\\sys_manifest_classpath\\weblogic_patch.jar";
const PLAIN: &str = "C:\\Oracle\\Middleware";

#[test]
fn an_untouched_domain_gets_the_default_profiles() {
    let home = Installed::new("10.3.6", PLAIN);
    let told = home.told("", &format!("call {DOMAIN}\\startWebLogic.cmd"));
    assert_eq!(told.below_home("PATCH_CLASSPATH"), [&ORDERS.replace("Orders", "default"), COHERENCE]);
    assert!(told.text.contains("-Dweblogic.ext.dirs=C:\\Oracle\\Middleware\\patch_wls1036"), "{}", told.text);
}

#[test]
fn a_domain_a_server_and_managed_servers_are_pointed_at_the_profile() {
    for release in ["10.3.6", "12.1.3"] {
        let home = Installed::new(release, PLAIN);
        let orders = ORDERS.replace("wls1036", home.product);
        for (script, commands) in [
            ("setDomainEnv.cmd", &["startWebLogic.cmd", "bin\\startManagedWebLogic.cmd one"][..]),
            ("startWebLogic.cmd", &["startWebLogic.cmd production", "bin\\startWebLogic.cmd"]),
            // Both arms of its `if`.
            ("startManagedWebLogic.cmd", &["bin\\startManagedWebLogic.cmd one", "bin\\startManagedWebLogic.cmd one t3://a:1 more"]),
        ] {
            home.write_scripts();
            home.point(script);
            for (told, command) in home.told_by_each(commands).iter().zip(commands) {
                assert_eq!(told.below_home("PATCH_CLASSPATH"), [&orders, COHERENCE], "{release} {script} {command}");
                assert_eq!(told.below_home("CLASSPATH")[..2], [&orders, COHERENCE], "{release} {script} {command}");
                let native = format!("{PLAIN}\\patch_{}\\profiles\\Orders\\native;", home.product);
                assert!(told.of("PATH").starts_with(&native), "{release} {script} {command}: {}", told.of("PATH"));
                assert!(!told.text.contains("rem") && !told.text.contains(MARK), "the block is silent: {}", told.text);
            }
        }
    }
}

#[test]
fn a_managed_servers_script_leaves_the_administration_server_alone() {
    let home = Installed::new("10.3.6", PLAIN);
    home.point("startManagedWebLogic.cmd");
    let told = home.told("", &format!("call {DOMAIN}\\startWebLogic.cmd"));
    assert_eq!(told.below_home("PATCH_CLASSPATH")[0], ORDERS.replace("Orders", "default"));
}

#[test]
fn only_the_servers_that_are_named_use_the_profile() {
    let home = Installed::new("10.3.6", PLAIN);
    home.point_servers("startManagedWebLogic.cmd", &["one", "two"]);
    let told = home.told_by_each(&["bin\\startManagedWebLogic.cmd two", "bin\\startManagedWebLogic.cmd three"]);
    let profiles: Vec<&str> = told.iter().map(|told| told.below_home("PATCH_CLASSPATH")[0]).collect();
    assert_eq!(profiles, [ORDERS, &ORDERS.replace("Orders", "default")]);
}

#[test]
fn a_custom_script_has_the_profile_in_front_of_its_paths() {
    let home = Installed::new("10.3.6", PLAIN);
    let path = format!("{DOMAIN}\\bin\\custom.cmd");
    let script =
        format!("@echo off\r\nset CLASSPATH=C:\\own.jar\r\nset PATH=C:\\own\r\nif 1==1 (\r\n\t{JAVA}\\bin\\java custom.Server\r\n)\r\n");
    home.wine.write(&path, insert_into_paths(script.as_bytes(), &DIALECT, &home.block()).unwrap().text);
    let told = home.told("", &format!("call {path}"));
    assert_eq!(told.below_home("CLASSPATH"), [ORDERS, COHERENCE, "C:\\own.jar"]);
    assert_eq!(told.below_home("PATH"), ["patch_wls1036\\profiles\\Orders\\native", "C:\\own"]);
}

#[test]
fn what_the_caller_has_set_does_not_count() {
    let leaking =
        "set PATCH_CLASSPATH=C:\\other\\one.jar\r\nset WEBLOGIC_EXTENSION_DIRS=C:\\other\\ext\r\nset patch_path=C:\\other\\native";
    let home = Installed::new("10.3.6", PLAIN);
    let start = format!("call {DOMAIN}\\startWebLogic.cmd");
    assert_eq!(home.told(leaking, &start).of("PATCH_CLASSPATH"), "C:\\other\\one.jar", "the trap is there");
    home.point("setDomainEnv.cmd");
    let told = home.told(leaking, &start);
    assert_eq!(told.below_home("PATCH_CLASSPATH"), [ORDERS, COHERENCE]);
    assert!(!told.text.contains("other"), "{}", told.text);
}

#[test]
fn a_home_with_blanks_and_a_parenthesis_is_named_by_its_short_name() {
    // Wine leaves a path's last name as it is.
    let root = "C:\\Program Files (x86)\\Oracle Home\\Middleware";
    let home = Installed::new("10.3.6", root);
    let start = format!("call {DOMAIN}\\startWebLogic.cmd");
    let long = home.told(&format!("set PATCH_CLASSPATH={root}\\{ORDERS}"), &start).text;
    assert!(!long.contains(&format!("CLASSPATH=[{root}\\{ORDERS};{JAVA}")), "a long name breaks the block in commEnv.cmd: {long}");

    home.point("setDomainEnv.cmd");
    let told = home.told("", &start);
    assert_eq!(told.below_home("PATCH_CLASSPATH"), [ORDERS, COHERENCE]);
    assert_eq!(told.below_home("CLASSPATH")[..2], [ORDERS, COHERENCE]);
    let names = told.of("CLASSPATH").to_string();
    assert!(!names.contains([' ', '(', ')']), "{names}");
    let first = names.split(';').next().unwrap();
    home.wine.write("C:\\show.cmd", format!("@type {first}\r\n"));
    assert_eq!(home.wine.run("C:\\show.cmd").trim(), "a jar", "the short name leads to the file: {first}");
}

#[test]
fn an_event_servers_java_lines_take_an_option_each() {
    let home = Installed::new("10.3.6", PLAIN);
    let path = format!("{PLAIN}\\ocep_11.1\\bin\\startwlevs.cmd");
    home.wine.write(&format!("{PLAIN}\\ocep_11.1\\bin\\setenv.cmd"), "@set JVM_ARGS=-Xmx1g\r\n");
    let text = std::fs::read(home.wine.path(&path)).unwrap();
    home.wine.write(&path, insert_java_option(&text, &DIALECT, &ProfileName::new("Orders").unwrap()).unwrap().text);
    for (arguments, then) in [("a b", " -Xmx1g"), ("-dgc", " -Xgc:deterministic -Xmx1g")] {
        let told = home.told("", &format!("call {path} {arguments}")).text;
        let begin = format!("java -DBEAPatchProfile=Orders -Dpackwright.pointed=yes{then} -Dwlevs.home=");
        assert!(told.contains(&begin) && told.contains("-jar"), "{told}");
    }
}

#[test]
fn the_first_call_of_a_servers_script_is_one_that_is_never_reached() {
    let text = fixture("10.3.6/domain/bin/startWebLogic.cmd");
    let calls: Vec<(Reach, How, String)> = statements(&text)
        .into_iter()
        .filter_map(|one| match one.kind {
            Kind::Call { target, how, .. } => Some((one.reach, how, target)),
            _ => None,
        })
        .collect();
    let expected =
        [(Reach::Function, "%WL_HOME%\\common\\derby\\bin\\stopDerby.cmd"), (Reach::Always, "%DOMAIN_HOME%\\bin\\setDomainEnv.cmd")];
    assert_eq!(calls, expected.map(|(reach, target)| (reach, How::InPlace, target.to_string())));
}

#[test]
fn remarks_define_nothing_and_both_arms_have_one_begin() {
    let text = fixture("12.1.3/domain/bin/setDomainEnv.cmd");
    let patch = |name: &String| name.starts_with("PATCH_");
    assert!(!statements(&text).iter().any(|one| matches!(&one.kind, Kind::Assign { name, .. } if patch(name))));

    let text = fixture("10.3.6/domain/bin/startManagedWebLogic.cmd");
    let calls: Vec<_> = statements(&text).into_iter().filter(|one| matches!(one.kind, Kind::Call { .. })).collect();
    assert_eq!(calls.iter().map(|one| one.reach).collect::<Vec<_>>(), [Reach::Sometimes; 2]);
    assert_eq!(calls[0].before, calls[1].before);
    assert!(text[calls[0].before..].starts_with(b"if \"%1\"==\"\" ("));
}

#[test]
fn values_are_what_the_processor_assigns() {
    let lines = [
        "set A=b c  ",
        "@set \"A=c d\"  junk",
        "SET a=\"quoted\"",
        "set A=h^&x^\r\nc 2>nul",
        "set A=x& rem y",
        "set A=1)",
        "(set A=inner)",
        "if 1==1 (set A=x) else set A=y",
        "set A=a;b,c=d",
        "set \"A=a & b ^ c | d > e\"",
        ">nul set A=hidden",
        "set/a A=7",
        "for %%i in (x y) do set A=last",
    ];
    let wine = Wine::new();
    let told = lines.map(|line| format!("set A=\r\n{line}\r\nset \"B=[%A%]\"\r\nset B\r\n"));
    wine.write("C:\\values.cmd", format!("@echo off\r\n{}", told.concat()));
    let output = wine.run("C:\\values.cmd");
    let assigned: Vec<&str> = output.lines().map(|line| line.strip_prefix("B=").unwrap_or(line)).collect();
    let read = lines.map(|line| {
        let kinds = statements(line.as_bytes()).into_iter().map(|one| one.kind);
        match kinds.into_iter().find(|kind| *kind != Kind::Other) {
            Some(Kind::Assign { name, value, exported: true }) if name == "A" => format!("[{value}]"),
            other => format!("{other:?}"),
        }
    });
    assert_eq!(assigned, read);
}

/// Scripts made of jumps, conditions, functions and loops; each line says its number when it is run. Jumps go forward alone, so each script ends.
fn generated(seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = |bound: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % bound
    };
    let mut lines: Vec<String> = vec!["@echo off".into()];
    let mut labels = 0;
    while lines.len() < 40 {
        let number = lines.len() + 1;
        let said = format!("echo line {number}.");
        let (this, that) = (next(2), next(2));
        match next(12) {
            0 => lines.push(format!("goto L{}", labels + next(3))),
            1 => lines.push(format!("if {this}=={that} goto :L{}", labels + next(3))),
            2 => lines.push(format!("if not {this}=={that} {said} & set A=%A%")),
            3 => lines.push(format!("call :F{} one two", next(2))),
            4 => {
                let (first, second) = (number + 1, number + 3);
                let lines_of_if = [
                    format!("if {this}=={that} ("),
                    format!("\techo line {first}."),
                    ") else (".into(),
                    format!("  @echo line {second}."),
                    ")".into(),
                ];
                lines.extend(lines_of_if);
            }
            5 => lines.push(format!("for %%i in (a b) do {said}")),
            6 | 7 => {
                lines.push(format!(":L{labels} remark"));
                labels += 1;
            }
            8 => lines.push(format!("rem {said}")),
            9 => lines.push(format!("if {this}=={that} if {that}==1 (({said}))")),
            _ => lines.push(said),
        }
    }
    lines.extend((labels..labels + 3).map(|label| format!(":L{label}")));
    lines.extend(["goto :eof", "echo line 45.", ":F0", "echo line 47.", "goto:EOF", ":F1", "echo line 50.", "exit /b"].map(String::from));
    lines
        .iter()
        .enumerate()
        .for_each(|(index, line)| assert!(!line.starts_with("echo line") || line.contains(&format!(" {}.", index + 1)) || index >= 40));
    lines.join("\r\n") + "\r\n"
}

#[test]
fn what_is_always_reached_is_run_and_what_never_is_is_not() {
    let wine = Wine::new();
    let scripts: Vec<String> = (0..150).map(generated).collect();
    let mut all = "@echo off\r\n".to_string();
    for (index, script) in scripts.iter().enumerate() {
        wine.write(&format!("C:\\s\\{index}.cmd"), script);
        all += &format!("echo script {index}.\r\ncall C:\\s\\{index}.cmd\r\n");
    }
    wine.write("C:\\all.cmd", all + "echo script end.\r\n");
    let output = wine.run("C:\\all.cmd");
    let mut parts = output.split("script ").skip(1);
    let mut judged = [0; 2];
    for (index, script) in scripts.iter().enumerate() {
        let part = parts.next().unwrap();
        assert!(part.starts_with(&format!("{index}.")), "{part}");
        let run: BTreeSet<&str> = part.split("line ").skip(1).map(|rest| rest.split('.').next().unwrap()).collect();
        for statement in statements(script.as_bytes()) {
            let text = &script[statement.bytes.clone()];
            let Some(number) = text.strip_prefix("echo line ").and_then(|rest| rest.split('.').next()) else { continue };
            let expected = match statement.reach {
                Reach::Always => true,
                Reach::Never => false,
                Reach::Sometimes | Reach::Function => continue,
            };
            judged[usize::from(expected)] += 1;
            assert_eq!(run.contains(number), expected, "line {number} of\n{script}\nwrote\n{part}");
        }
    }
    assert!(judged.iter().all(|count| *count > 100), "{judged:?}");
}
