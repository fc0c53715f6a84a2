//! Start scripts of sh: edited ones are run by real shells with a program in java's place that tells what a server would have got.

use patches::definitions::{Definitions, Platform, Variable};
use patches::names::{Digest, ProfileName, RelPath};
use patches::scripts::edit::{self, Block, Purpose};
use patches::scripts::{Reach, sh};
use proptest::prelude::*;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Writes a release's start scripts out: the domain's, and those of the home that they call. Releases: `10.3.6`, `12.1.3`, `12.2.1`.
pub fn lay_out(version: &str, home: &Path, domain: &Path, java_home: &Path) {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts/sh").join(version);
    let places = [("@MW_HOME@", home), ("@DOMAIN_HOME@", domain), ("@JAVA_HOME@", java_home)];
    copy(&scripts.join("domain"), domain, &places);
    copy(&scripts.join("home"), home, &places);
}

fn copy(from: &Path, to: &Path, places: &[(&str, &Path)]) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (source, place) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy(&source, &place, places);
            continue;
        }
        let text = std::fs::read_to_string(&source).unwrap();
        let text = places.iter().fold(text, |text, (mark, path)| text.replace(mark, path.to_str().unwrap()));
        std::fs::write(&place, text).unwrap();
        std::fs::set_permissions(&place, std::fs::metadata(&source).unwrap().permissions()).unwrap();
    }
}

/// A home, a domain of it, and a program in java's place that tells its arguments and what it got.
struct Site {
    _folder: tempfile::TempDir,
    home: PathBuf,
    domain: PathBuf,
    java_home: PathBuf,
}

impl Site {
    fn new(version: &str, home: &str) -> Site {
        let folder = tempfile::tempdir().unwrap();
        let (home, domain, java_home) = (folder.path().join(home), folder.path().join("domain"), folder.path().join("java"));
        lay_out(version, &home, &domain, &java_home);
        std::fs::create_dir_all(java_home.join("bin")).unwrap();
        let told = "#!/bin/sh\necho \"CLASSPATH=$CLASSPATH\"\necho \"LD_LIBRARY_PATH=$LD_LIBRARY_PATH\"\nfor word in \"$@\"; do echo \"word=$word\"; done\n";
        let java = java_home.join("bin/java");
        std::fs::write(&java, told).unwrap();
        std::fs::set_permissions(&java, std::fs::Permissions::from_mode(0o755)).unwrap();
        Site { _folder: folder, home, domain, java_home }
    }

    fn block(&self, profile: &str) -> Block {
        let places = |inside: &str| {
            let own = format!("patch_wls1036/profiles/{profile}/{inside}");
            vec![RelPath::new(own).unwrap(), RelPath::new(format!("patch_ocp371/profiles/default/{inside}")).unwrap()]
        };
        let definitions = Definitions {
            product: "wls1036".into(),
            profile: ProfileName::new(profile).unwrap(),
            platform: Platform::Unix,
            set: vec![
                (Variable::PatchClasspath, places("sys_manifest_classpath/weblogic_patch.jar")),
                (Variable::PatchLibpath, places("native")),
            ],
            unset: vec![Variable::WeblogicExtensionDirs],
            remarks: vec![],
        };
        Block { definitions, root: self.home.to_str().unwrap().into(), export: false, servers: vec![] }
    }

    fn edit(&self, script: &str, block: &Block) {
        let path = self.domain.join(script);
        let text = std::fs::read(&path).unwrap();
        let edited = edit::insert(&text, &sh::DIALECT, block, &Purpose::default()).unwrap();
        edit::write(&path, Digest::of(&text), &edited.text).unwrap();
    }

    /// What the server got that a script starts under a shell: its class path, its library path, its words.
    fn run(&self, shell: &str, script: &str, words: &[&str], variables: &[(&str, &str)]) -> Got {
        let mut command = Command::new(shell);
        command.arg(self.domain.join(script)).args(words).current_dir(&self.domain).env_clear();
        command.env("PATH", "/usr/bin:/bin").envs(variables.iter().copied()).stdin(Stdio::null());
        let output = command.output().unwrap();
        let lines: Vec<String> = String::from_utf8(output.stdout).unwrap().lines().map(String::from).collect();
        let value = |name: &str| {
            let line = lines.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            line.unwrap_or_else(|| panic!("{script} started no server: {lines:?} {}", String::from_utf8_lossy(&output.stderr))).to_string()
        };
        let words = lines.iter().filter_map(|line| line.strip_prefix("word=")).map(String::from).collect();
        Got { classpath: value("CLASSPATH"), library_path: value("LD_LIBRARY_PATH"), words }
    }

    fn uses(&self, got: &Got, profile: &str) {
        let home = self.home.to_str().unwrap();
        let jar = "sys_manifest_classpath/weblogic_patch.jar";
        let classpath = format!("{home}/patch_wls1036/profiles/{profile}/{jar}:{home}/patch_ocp371/profiles/default/{jar}:");
        let library_path = format!("{home}/patch_wls1036/profiles/{profile}/native:{home}/patch_ocp371/profiles/default/native:");
        assert!(got.classpath.starts_with(&classpath), "{got:?}");
        assert!(got.library_path.starts_with(&library_path), "{got:?}");
    }
}

#[derive(Debug)]
struct Got {
    classpath: String,
    library_path: String,
    words: Vec<String>,
}

const SHELLS: [&str; 2] = ["dash", "bash"];
const RELEASES: [&str; 3] = ["10.3.6", "12.1.3", "12.2.1"];
const LEAKED: [(&str, &str); 4] =
    [("PATCH_CLASSPATH", "/leaked.jar"), ("PATCH_LIBPATH", "/leaked"), ("WEBLOGIC_EXTENSION_DIRS", "/leaked"), ("PATCH_PATH", "/leaked")];

#[test]
fn an_edited_domain_gives_all_its_servers_the_profile_whoever_starts_them() {
    for (release, shell) in RELEASES.iter().flat_map(|release| SHELLS.map(|shell| (release, shell))) {
        let site = Site::new(release, "mw");
        site.edit("bin/setDomainEnv.sh", &site.block("Orders"));
        for (script, words) in [("startWebLogic.sh", &[][..]), ("bin/startManagedWebLogic.sh", &["m1"])] {
            for variables in [&[][..], &LEAKED] {
                let got = site.run(shell, script, words, variables);
                site.uses(&got, "Orders");
                let leaks = format!("{got:?}").contains("/leaked");
                assert!(!leaks, "{got:?}");
            }
        }
        let server = site.run(shell, "bin/startManagedWebLogic.sh", &["m1"], &[]).words;
        assert!(server.contains(&"-Dweblogic.Name=m1".to_string()), "{server:?}");
    }
}

#[test]
fn an_untouched_domain_takes_the_default_or_whatever_its_caller_left() {
    let site = Site::new("10.3.6", "mw");
    for shell in SHELLS {
        site.uses(&site.run(shell, "startWebLogic.sh", &[], &[]), "default");
        assert!(site.run(shell, "startWebLogic.sh", &[], &LEAKED).classpath.starts_with("/leaked.jar:"));
    }
}

#[test]
fn a_definition_for_managed_servers_needs_its_export_and_reaches_no_other_server() {
    for (release, shell) in RELEASES[..1].iter().flat_map(|release| SHELLS.map(|shell| (release, shell))) {
        let site = Site::new(release, "mw");
        site.edit("bin/startManagedWebLogic.sh", &site.block("Orders"));
        site.uses(&site.run(shell, "bin/startManagedWebLogic.sh", &["m1"], &[]), "default");
        site.edit("bin/startManagedWebLogic.sh", &Block { export: true, ..site.block("Orders") });
        for (debug, variables) in [("true", &LEAKED[..]), ("false", &[])] {
            let variables = [variables, &[("DEBUG_MANAGED", debug)]].concat();
            let got = site.run(shell, "bin/startManagedWebLogic.sh", &["m1"], &variables);
            site.uses(&got, "Orders");
            assert!(!got.words.iter().any(|word| word.contains("leaked")), "{got:?}");
        }
        site.uses(&site.run(shell, "startWebLogic.sh", &[], &[]), "default");
        // First definition wins: the other servers' script does not take the profile from the managed ones.
        site.edit("bin/startWebLogic.sh", &site.block("Billing"));
        site.uses(&site.run(shell, "startWebLogic.sh", &[], &[]), "Billing");
    }
}

#[test]
fn a_block_for_some_servers_leaves_the_others_alone() {
    let site = Site::new("12.1.3", "mw");
    site.edit("bin/setDomainEnv.sh", &Block { servers: vec!["m1".into(), "it's".into()], ..site.block("Orders") });
    for shell in SHELLS {
        site.uses(&site.run(shell, "bin/startManagedWebLogic.sh", &["m1"], &[]), "Orders");
        site.uses(&site.run(shell, "bin/startManagedWebLogic.sh", &["it's"], &[]), "Orders");
        let other = site.run(shell, "bin/startManagedWebLogic.sh", &["m2"], &[]);
        assert!(!other.classpath.contains("Orders"), "{other:?}");
    }
}

#[test]
fn a_home_may_have_quotes_and_where_the_scripts_can_blanks_in_its_path() {
    let site = Site::new("10.3.6", "mw 'new' (1)");
    let path = site.domain.join("bin/setDomainEnv.sh");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace(". ${WL_HOME}/common/bin/commEnv.sh", ". \"${WL_HOME}/common/bin/commEnv.sh\"")).unwrap();
    site.edit("bin/setDomainEnv.sh", &site.block("Orders"));
    for shell in SHELLS {
        site.uses(&site.run(shell, "startWebLogic.sh", &[], &LEAKED), "Orders");
    }
}

#[test]
fn what_needs_no_export_is_not_seen_by_programs_that_are_started() {
    let site = Site::new("12.2.1", "mw");
    site.edit("bin/setDomainEnv.sh", &site.block("Orders"));
    let script = format!(". '{}/bin/setDomainEnv.sh'\nenv", site.domain.display());
    for shell in SHELLS {
        let output = Command::new(shell).args(["-c", &script]).env_clear().env("PATH", "/usr/bin:/bin").output().unwrap();
        let variables = String::from_utf8(output.stdout).unwrap();
        assert!(variables.contains("\nCLASSPATH=") && !variables.contains("\nPATCH_CLASSPATH="), "{variables}");
    }
}

#[test]
fn taking_the_block_out_gives_the_default_back() {
    let site = Site::new("10.3.6", "mw");
    let path = site.domain.join("bin/setDomainEnv.sh");
    let before = std::fs::read(&path).unwrap();
    site.edit("bin/setDomainEnv.sh", &site.block("Orders"));
    let edited = std::fs::read(&path).unwrap();
    edit::write(&path, Digest::of(&edited), &edit::remove(&edited).unwrap().unwrap()).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), before);
    site.uses(&site.run("sh", "startWebLogic.sh", &[], &[]), "default");
}

#[test]
fn a_custom_script_without_comm_env_starts_its_server_with_the_profile() {
    let site = Site::new("10.3.6", "mw");
    let text = "#!/bin/sh\nset PATCH_CLASSPATH=/wrong\nCLASSPATH=/app/a.jar\nWEBLOGIC_CLASSPATH=/wl/weblogic.jar:$CLASSPATH\n\
                if [ \"$1\" = x ]; then\n\techo x\nfi\nexec @JAVA@ -classpath \"$WEBLOGIC_CLASSPATH\" weblogic.Server";
    let text = text.replace("@JAVA@", site.java_home.join("bin/java").to_str().unwrap());
    let path = site.domain.join("custom.sh");
    std::fs::write(&path, &text).unwrap();
    let edited = edit::insert_into_paths(text.as_bytes(), &sh::DIALECT, &site.block("Orders")).unwrap();
    assert_eq!(edited.remarks, [edit::Remark::SetsNothing { line: 2, name: "PATCH_CLASSPATH".into() }]);
    edit::write(&path, Digest::of(text.as_bytes()), &edited.text).unwrap();
    for shell in SHELLS {
        let got = site.run(shell, "custom.sh", &[], &LEAKED);
        let got = Got { classpath: got.words[1].clone(), ..got };
        site.uses(&Got { library_path: format!("{}:", got.library_path), ..got }, "Orders");
    }
    assert_eq!(edit::remove(&edited.text).unwrap().as_deref(), Some(text.as_bytes()));
}

#[test]
fn an_event_server_is_told_its_profile_before_the_jar_in_both_ways_to_start_it() {
    let site = Site::new("10.3.6", "mw");
    let text = "#!/bin/sh\nif [ \"$1\" = \"-dgc\" ]; then\n\t\"${JAVA_HOME}/bin/java\" ${DGC_ARGS} -Dwlevs.home=\"$U\" \\\n\t\t-jar \"$U/bin/wlevs.jar\" $2\nelse\n\
                \t\"${JAVA_HOME}/bin/java\" -Dwlevs.home=\"$U\" -jar \"$U/bin/wlevs.jar\" $1\nfi\n";
    let edited = edit::insert_java_option(text.as_bytes(), &sh::DIALECT, &ProfileName::new("Orders").unwrap()).unwrap();
    std::fs::write(site.domain.join("startwlevs.sh"), &edited.text).unwrap();
    let java_home = site.java_home.to_str().unwrap();
    for words in [&["-dgc"][..], &[]] {
        let got = site.run("dash", "startwlevs.sh", words, &[("JAVA_HOME", java_home), ("DGC_ARGS", "-Ddgc=1")]);
        assert_eq!(got.words[0], "-DBEAPatchProfile=Orders", "{got:?}");
        assert!(got.words.contains(&"-jar".to_string()));
    }
}

/// Small scripts whose commands tell that they ran.
fn scripts() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        4 => Just("@\n".to_string()),
        1 => Just("exit\n".to_string()),
        1 => Just("false && @ || @\n".to_string()),
        1 => Just("true || exit\n".to_string()),
        1 => Just("cat <<E >/dev/null; @\nexit\nE\n".to_string()),
        1 => Just("X='exit\n' # exit\n".to_string()),
    ];
    leaf.prop_recursive(4, 40, 4, |inner| {
        let many = proptest::collection::vec(inner, 1..4).prop_map(|parts| parts.concat()).boxed();
        prop_oneof![
            many.clone(),
            (many.clone(), many.clone(), any::<bool>()).prop_map(|(one, other, yes)| format!("if {yes}; then\n{one}else\n{other}fi\n")),
            (many.clone(), any::<bool>()).prop_map(|(one, yes)| format!("if {yes}\nthen {one}fi; @\n")),
            (many.clone(), "break\n|continue\n|").prop_map(|(one, end)| format!("for i in 1 2; do\n{one}{end}@\ndone\n")),
            (many.clone(), many.clone()).prop_map(|(one, other)| format!("case a in\n(b|a) {one};;\n*) {other}esac\n")),
            many.clone().prop_map(|one| format!("{{ {one}}}\n")),
            many.clone().prop_map(|one| format!("( {one})\n")),
            many.clone().prop_map(|one| format!("true && {{\n{one}}}\n")),
            many.clone().prop_map(|one| format!("{{ {one}}} | cat\n")),
            many.prop_map(|one| format!("f() {{\n{one}return\n@\n}}\n")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]
    #[test]
    fn the_reader_knows_what_a_real_shell_gets_to(script in proptest::collection::vec(scripts(), 1..5)) {
        let mut text = String::new();
        for (number, piece) in script.concat().split('@').enumerate() {
            let command = if number == 0 { String::new() } else { format!("echo ran{number}.") };
            text = text + &command + piece;
        }
        let output = Command::new("dash").args(["-c", &text]).stdin(Stdio::null()).output().unwrap();
        let ran = String::from_utf8(output.stdout).unwrap();
        for statement in sh::statements(text.as_bytes()) {
            let Some(mark) = text[statement.bytes.clone()].strip_prefix("echo ") else { continue };
            match statement.reach {
                Reach::Always => prop_assert!(ran.contains(mark), "{mark} did not run:\n{text}"),
                Reach::Never | Reach::Function => prop_assert!(!ran.contains(mark), "{mark} ran:\n{text}"),
                Reach::Sometimes => {}
            }
        }
    }
}
