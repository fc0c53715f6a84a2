//! Where blocks go, and that they leave no trace.

use super::*;
use crate::definitions::Platform;
use crate::names::{Digest, ProfileName, RelPath};
use crate::scripts::sh;
use proptest::prelude::*;
use std::os::unix::fs::PermissionsExt;

fn block() -> Block {
    let place = |path: &str| RelPath::new(format!("patch_wls1036/profiles/Orders/{path}")).unwrap();
    let definitions = Definitions {
        product: "wls1036".into(),
        profile: ProfileName::new("Orders").unwrap(),
        platform: Platform::Unix,
        set: vec![(Variable::PatchClasspath, vec![place("sys_manifest_classpath/weblogic_patch.jar")])],
        unset: vec![Variable::WeblogicExtensionDirs, Variable::PatchLibpath],
        remarks: vec![],
    };
    Block { definitions, root: "/u01/mw".into(), export: false, servers: vec![] }
}

fn inserted(text: &str) -> Result<Edited, ScriptRefusal> {
    insert(text.as_bytes(), &sh::DIALECT, &block(), &Purpose::default())
}

fn fixture(path: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/scripts/sh/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

const FIXTURES: [&str; 6] = [
    "10.3.6/domain/bin/setDomainEnv.sh",
    "10.3.6/domain/bin/startWebLogic.sh",
    "10.3.6/domain/bin/startManagedWebLogic.sh",
    "10.3.6/domain/startWebLogic.sh",
    "12.1.3/domain/bin/setDomainEnv.sh",
    "12.2.1/domain/bin/setDomainEnv.sh",
];

#[test]
fn the_block_stands_before_the_call_and_says_what_it_is() {
    let edited = inserted("#!/bin/sh\nA=1\n. ${WL_HOME}/common/bin/commEnv.sh\nB=2").unwrap();
    let text = String::from_utf8(edited.text.clone()).unwrap();
    let seal = text.split_once("(seal ").unwrap().1.split_once(')').unwrap().0;
    let expected = format!(
        "#!/bin/sh\nA=1\n# >>> packwright: patch profile Orders of wls1036 >>>\n# taken out again by: packwright patch unpoint (seal {seal})\n\
         PATCH_CLASSPATH='/u01/mw/patch_wls1036/profiles/Orders/sys_manifest_classpath/weblogic_patch.jar'\n\
         unset WEBLOGIC_EXTENSION_DIRS PATCH_LIBPATH\n# <<< packwright <<<\n. ${{WL_HOME}}/common/bin/commEnv.sh\nB=2"
    );
    assert_eq!((text, edited.lines, edited.remarks), (expected, 3..8, vec![]));
}

#[test]
fn both_arms_of_an_if_are_behind_the_block() {
    let text = fixture("10.3.6/domain/bin/startManagedWebLogic.sh");
    let edited = insert(&text, &sh::DIALECT, &Block { export: true, ..block() }, &Purpose::default()).unwrap();
    let lines: Vec<&str> = std::str::from_utf8(&edited.text).unwrap().lines().collect();
    assert!(lines[edited.lines.end - 1].starts_with("if [ \"${DEBUG_MANAGED}\""), "{:?}", lines[edited.lines.end - 1]);
    assert!(lines[edited.lines.start - 1..edited.lines.end].contains(&"export PATCH_CLASSPATH"));
}

#[test]
fn a_second_time_changes_nothing_and_another_profile_takes_the_place() {
    for path in FIXTURES {
        let text = fixture(path);
        let once = insert(&text, &sh::DIALECT, &block(), &Purpose::default()).unwrap();
        let twice = insert(&once.text, &sh::DIALECT, &block(), &Purpose::default()).unwrap();
        assert_eq!(once, twice, "{path}");
        let mut other = block();
        other.definitions.profile = ProfileName::new("Billing").unwrap();
        let other = insert(&once.text, &sh::DIALECT, &other, &Purpose::default()).unwrap();
        let found = find(&other.text, &sh::DIALECT).unwrap();
        assert!(
            matches!(&found[..], [one] if one.profile.as_str() == "Billing" && one.intact && one.effective && one.product == "wls1036"),
            "{found:?}"
        );
        assert_eq!(remove(&other.text).unwrap().as_deref(), Some(&text[..]), "{path}");
        assert_eq!(remove(&text), Ok(None));
    }
}

#[test]
fn a_block_at_the_wrong_place_moves() {
    let edited = inserted(". commEnv.sh\n").unwrap();
    let block_text = edited.text.strip_suffix(b". commEnv.sh\n").unwrap();
    let moved_away = [b". commEnv.sh\n", block_text].concat();
    assert!(!find(&moved_away, &sh::DIALECT).unwrap()[0].effective);
    let again = insert(&moved_away, &sh::DIALECT, &block(), &Purpose::default()).unwrap();
    assert_eq!(again.text, edited.text);
}

#[test]
fn a_value_that_is_set_again_is_named_with_its_line() {
    let between = "if a; then\n  PATCH_CLASSPATH=/x\n  . commEnv.sh\nelse\n  . commEnv.sh\nfi\n";
    assert!(matches!(inserted(between), Err(ScriptRefusal::SetAgain { line: 7, name }) if name == "PATCH_CLASSPATH"));
    assert!(matches!(inserted("[ \"$PATCH_LIBPATH\" ] && unset PATCH_LIBPATH\n. commEnv.sh\n"), Err(ScriptRefusal::SetAgain { .. })));
    let lost = inserted("PATCH_CLASSPATH=${MW_HOME}/patch_wls1036/profiles/Billing/x.jar\nPATCH_PATH=/y\n. commEnv.sh\nPATCH_LIBPATH=/z\n")
        .unwrap();
    let expected = [
        Remark::LosesItsEffect { line: 1, name: "PATCH_CLASSPATH".into() },
        Remark::TwoProfiles { line: 1, profile: "Billing".into() },
        Remark::LosesItsEffect { line: 2, name: "PATCH_PATH".into() },
        Remark::HasNoEffect { line: 4, name: "PATCH_LIBPATH".into() },
    ];
    assert_eq!(lost.remarks, expected);
}

#[test]
fn what_cannot_take_effect_is_refused() {
    assert_eq!(inserted("CLASSPATH=/bea/weblogic.jar\njava weblogic.Server\n"), Err(ScriptRefusal::NoChain));
    assert_eq!(inserted("# . commEnv.sh\ncat <<E\n. commEnv.sh\nE\n"), Err(ScriptRefusal::NoChain));
    assert_eq!(inserted("exit 0\n. commEnv.sh\n"), Err(ScriptRefusal::DeadCodeOnly { line: 2 }));
    assert_eq!(inserted("f() {\n. commEnv.sh\n}\nf\n"), Err(ScriptRefusal::DeadCodeOnly { line: 2 }));
    for root in ["mw", "/a:b", "/a\nb", ""] {
        let refused = insert(b". commEnv.sh\n", &sh::DIALECT, &Block { root: root.into(), ..block() }, &Purpose::default());
        assert!(matches!(refused, Err(ScriptRefusal::RootUnfit { .. })), "{root:?}");
    }
    let failure = engine::failure::Failure::from(ScriptRefusal::SetAgain { line: 88, name: "PATCH_CLASSPATH".into() });
    assert_eq!((failure.code.as_str(), failure.evidence[0].line), ("script-refused", 88));
}

#[test]
fn a_block_that_somebody_changed_is_left_alone() {
    let text = String::from_utf8(inserted(". commEnv.sh\n").unwrap().text).unwrap();
    // A home that was copied to another place, with its paths replaced, is nobody's change.
    let elsewhere = text.replace("/u01/mw", "/u02/other");
    assert!(elsewhere != text && find(elsewhere.as_bytes(), &sh::DIALECT).unwrap()[0].intact);
    assert_eq!(remove(elsewhere.as_bytes()), Ok(Some(b". commEnv.sh\n".to_vec())));
    let changed = text.replacen("/u01/mw", "/mine.jar:/u01/mw", 1);
    assert!(!find(changed.as_bytes(), &sh::DIALECT).unwrap()[0].intact);
    assert_eq!(remove(changed.as_bytes()), Err(ScriptRefusal::BlockChanged { line: 1 }));
    assert_eq!(inserted(&changed), Err(ScriptRefusal::BlockChanged { line: 1 }));
    let alone = text.replace("# <<< packwright <<<\n", "");
    assert_eq!(inserted(&alone), Err(ScriptRefusal::MarkAlone { line: 1 }));
    // Line ends that a transfer changed are nobody's change.
    let transferred = text.replace('\n', "\r\n");
    assert!(find(transferred.as_bytes(), &sh::DIALECT).unwrap()[0].intact);
    let back = inserted("A=1\r\n. commEnv.sh\r\n").unwrap().text;
    assert!(back.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).all(|line| line.ends_with(b"\r")));
    let to_unix = String::from_utf8(back).unwrap().replace('\r', "");
    assert!(find(to_unix.as_bytes(), &sh::DIALECT).unwrap()[0].intact);
}

#[test]
fn a_custom_script_gets_the_variables_into_its_paths() {
    let text = "PATCH_LIBPATH=/old\nCP=$WL/weblogic.jar\nif x; then\n\tjava -cp \"${CP}\" $JAVA_OPTIONS weblogic.Server\nfi\n";
    let mut wanted = block();
    wanted.definitions.set.push((Variable::WeblogicExtensionDirs, vec![RelPath::new("patch_wls1036/x").unwrap()]));
    let edited = insert_into_paths(text.as_bytes(), &sh::DIALECT, &wanted).unwrap();
    let shown = String::from_utf8_lossy(&edited.text);
    assert!(shown.contains("\nCP=\"${PATCH_CLASSPATH}${CP:+:${CP}}\"\n"), "{shown}");
    assert!(shown.contains("\nJAVA_OPTIONS=\"-Dweblogic.ext.dirs=${WEBLOGIC_EXTENSION_DIRS} ${JAVA_OPTIONS}\"\n"), "{shown}");
    assert_eq!(edited.remarks, [Remark::LosesItsEffect { line: 1, name: "PATCH_LIBPATH".into() }]);
    assert_eq!(remove(&edited.text).unwrap().as_deref(), Some(text.as_bytes()));
    let refused = |text: &str| insert_into_paths(text.as_bytes(), &sh::DIALECT, &block()).unwrap_err();
    assert_eq!(refused("A=1\n"), ScriptRefusal::NoClasspath);
    assert!(matches!(refused("if x; then\nCLASSPATH=/y\njava A\nfi\n"), ScriptRefusal::SetAgain { name, .. } if name == "CLASSPATH"));
    assert_eq!(refused("CLASSPATH=/x"), ScriptRefusal::NoLastLineEnd);
    let only_sets = insert_into_paths(b"if x; then\nWEBLOGIC_CLASSPATH=/x\nfi\nexport X\n", &sh::DIALECT, &block()).unwrap();
    assert_eq!(only_sets.lines.start, 4);
}

#[test]
fn a_variable_that_is_a_part_of_an_entry_is_no_class_path() {
    let refused = |dialect: &Dialect, root: &str, argument: &str| {
        let text = format!("x\r\njava -cp {argument} weblogic.Server\r\n");
        insert_into_paths(text.as_bytes(), dialect, &Block { root: root.into(), ..block() }).map(|edited| edited.lines.start)
    };
    let no = Err(ScriptRefusal::NoClasspathVariable { line: 2 });
    for argument in
        ["${WL_HOME}/server/lib/weblogic.jar", "\"$WL_HOME\"/x.jar", "$A$B", "${A:-x}", "'$A'", "/x.jar:$A", "\"${A}.jar:x\"", "$1"]
    {
        assert_eq!(refused(&sh::DIALECT, "/mw", argument), no, "{argument}");
    }
    for argument in ["$A", "\"${A}\"", "$A:/x.jar", "\"${A}\":/x.jar", "\"$A:$B\""] {
        assert_eq!(refused(&sh::DIALECT, "/mw", argument), Ok(2), "{argument}");
    }
    let cmd = &crate::scripts::cmd::DIALECT;
    for argument in ["%WL_HOME%\\x.jar", "\"%WL_HOME%\\x.jar\"", "%D%:\\x.jar", "%A:x=y%", "!A!x", "C:\\x.jar;%A%"] {
        assert_eq!(refused(cmd, "C:\\mw", argument), no, "{argument}");
    }
    for argument in ["%A%", "\"%A%\"", "\"%A%;C:\\x.jar\"", "!A!;x"] {
        assert_eq!(refused(cmd, "C:\\mw", argument), Ok(2), "{argument}");
    }
}

#[test]
fn every_java_line_gets_the_patches() {
    let text = "java -version\nif x; then\n\tjava -cp \"$A\" x.Main\nelse\n\tjava -classpath \"$B\" x.Main\nfi\njava -jar tool.jar\n";
    let edited = insert_into_paths(text.as_bytes(), &sh::DIALECT, &block()).unwrap();
    let shown = String::from_utf8_lossy(&edited.text);
    for name in ["A", "B"] {
        assert!(shown.contains(&format!("\n{name}=\"${{PATCH_CLASSPATH}}${{{name}:+:${{{name}}}}}\"\n")), "{shown}");
    }
    assert_eq!(edited.remarks, [Remark::TakesNoClasspath { line: 7 }]);
    assert_eq!(remove(&edited.text).unwrap().as_deref(), Some(text.as_bytes()));
    let refused = insert_into_paths(text.replace("$B", "/x.jar").as_bytes(), &sh::DIALECT, &block());
    assert_eq!(refused, Err(ScriptRefusal::NoClasspathVariable { line: 5 }));
    // One made of the other has the patches by it.
    let made = "java -cp $A x.Main\nB=$A:/y.jar\njava -cp $B x.Main\n";
    assert!(insert_into_paths(made.as_bytes(), &sh::DIALECT, &block()).is_ok());
    let lost = insert_into_paths(made.replace("$A:", "").as_bytes(), &sh::DIALECT, &block());
    assert!(matches!(lost, Err(ScriptRefusal::SetAgain { name, .. }) if name == "B"));
}

#[test]
fn event_servers_get_the_option_on_every_line() {
    let text = b"if [ \"$1\" = -dgc ]; then\n\"$JAVA_HOME/bin/java\" $DGC_ARGS \\\n -jar \"$D/s.jar\" $2\nelse\njava -jar \"$D/s.jar\"\nfi\njava -version";
    let orders = ProfileName::new("Orders").unwrap();
    let edited = insert_java_option(text, &sh::DIALECT, &orders).unwrap();
    let told: Vec<_> = java_options(&edited.text).into_iter().map(|option| (option.line, option.profile, option.ours)).collect();
    assert_eq!(told, [(2, "Orders".to_string(), true), (5, "Orders".to_string(), true)]);
    assert_eq!(insert_java_option(&edited.text, &sh::DIALECT, &orders).unwrap().text, edited.text);
    let other = insert_java_option(&edited.text, &sh::DIALECT, &ProfileName::new("Billing").unwrap()).unwrap();
    assert_eq!(remove(&other.text).unwrap().as_deref(), Some(&text[..]));
    let refused = |text: &[u8]| insert_java_option(text, &sh::DIALECT, &orders).map(|edited| edited.remarks);
    assert_eq!(refused(b"java -DBEAPatchProfile=Billing -jar x"), Err(ScriptRefusal::OtherProfile { line: 1, profile: "Billing".into() }));
    assert_eq!(refused("\njava \u{2013}DBEAPatchProfile=Orders -jar x".as_bytes()), Err(ScriptRefusal::LongDash { line: 2 }));
    assert_eq!(refused(b"java \x96DBEAPatchProfile=Orders -jar x"), Err(ScriptRefusal::LongDash { line: 1 }));
    assert_eq!(refused(b"java -DBEAPatchProfile=Orders -jar x"), Ok(vec![Remark::OptionByHand { line: 1 }]));
    assert_eq!(refused(b"java -jar x -DBEAPatchProfile=Billing"), Ok(vec![Remark::OptionTooLate { line: 1 }]));
    assert_eq!(refused(b"echo java -jar"), Err(ScriptRefusal::NoJava));
}

#[test]
fn a_script_is_replaced_with_its_rights_and_kept_beside() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("setDomainEnv.sh");
    std::fs::write(&path, "one").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o750)).unwrap();
    let backup = write(&path, Digest::of(b"one"), b"two").unwrap();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((std::fs::read(&path).unwrap(), mode(&path)), (b"two".to_vec(), 0o750));
    assert_eq!((std::fs::read(&backup).unwrap(), mode(&backup)), (b"one".to_vec(), 0o750));
    assert!(backup.ends_with("setDomainEnv.sh.packwright-backup-1"));
    let code = |result: Result<_, engine::failure::Failure>| result.map(|_: std::path::PathBuf| ()).unwrap_err();
    assert!(code(write(&path, Digest::of(b"one"), b"x")).message.contains("not as it was"));
    let link = folder.path().join("link.sh");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    assert_eq!(code(write(&link, Digest::of(b"two"), b"x")).code, "script-refused");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o555)).unwrap();
    assert!(code(write(&path, Digest::of(b"two"), b"x")).message.contains("may not be written"));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::hard_link(&path, folder.path().join("second.sh")).unwrap();
    assert_eq!(code(write(&path, Digest::of(b"two"), b"x")).code, "script-refused");
    let names: Vec<_> = crate::disk::list(folder.path(), 10).unwrap();
    assert_eq!((names.len(), std::fs::read(&path).unwrap()), (4, b"two".to_vec()), "{names:?}");
}

#[test]
fn a_difference_is_fit_for_a_screen() {
    let shown = diff(b"a\n\x1b[2J\xe4\n", b"a\nb\n\x1b[2J\xe4\n");
    assert_eq!(shown, "--- before\n+++ after\n@@ -1,2 +1,3 @@\n a\n+b\n \\u{1b}[2J\\xe4\n");
}

proptest! {
    #[test]
    fn taking_out_what_was_put_in_leaves_no_trace(which in 0..FIXTURES.len(), cuts in proptest::collection::vec((0usize..6000, "[\\r\\n\\t #\"'a-z{}();&|]{0,6}"), 0..6), crlf: bool, export: bool) {
        let mut text = fixture(FIXTURES[which]);
        for (at, piece) in cuts {
            let at = at % (text.len() + 1);
            text.splice(at..at, piece.into_bytes());
        }
        if crlf {
            text = String::from_utf8(text).unwrap().replace('\n', "\r\n").into_bytes();
        }
        if let Ok(edited) = insert(&text, &sh::DIALECT, &Block { export, ..block() }, &Purpose::default()) {
            prop_assert!(find(&edited.text, &sh::DIALECT).unwrap()[0].intact);
            prop_assert_eq!(remove(&edited.text).unwrap(), Some(text));
        }
    }

    #[test]
    fn any_bytes_around_a_call_come_back(before: Vec<u8>, after: Vec<u8>) {
        let text = [&before[..], b"\n. commEnv.sh\njava -jar x\n", &after].concat();
        for edited in [
            insert(&text, &sh::DIALECT, &block(), &Purpose::default()),
            insert_into_paths(&text, &sh::DIALECT, &block()),
            insert_java_option(&text, &sh::DIALECT, &ProfileName::new("Orders").unwrap()),
        ].into_iter().flatten() {
            prop_assert_eq!(remove(&edited.text).unwrap().unwrap(), text.clone());
        }
    }
}

#[test]
fn a_block_is_judged_by_the_variables_that_it_sets() {
    let effective = |text: &str| find(text.as_bytes(), &sh::DIALECT).unwrap()[0].effective;
    let edited = String::from_utf8(inserted("\n. ./commEnv.sh\n. ./startWebLogic.sh\n").unwrap().text).unwrap();
    let with = |line: &str| edited.replace(". ./startWebLogic.sh", &format!("{line}\n. ./startWebLogic.sh"));
    assert!(effective(&edited) && effective(&with("PATCH_PATH=/x")));
    // The last one that it unsets is as much its own as the first that it sets.
    assert!(!effective(&with("PATCH_LIBPATH=/x")) && !effective(&with("PATCH_CLASSPATH=/x")));
}
