//! The lines that point a start script of Windows at a profile. Where they go, and the marks around them, are not known here.

use super::{misplaced, statements};
use crate::definitions::Variable;
use crate::scripts::edit::{Block, Dialect, Front, ScriptRefusal};

/// Each line is silent of itself, for it may stand before `@echo off`.
pub static DIALECT: Dialect = Dialect { comment: "@rem ", statements, body, misplaced };

/// Why a home or a server cannot be named in a script.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum BlockError {
    #[error("the home {root:?} is no folder as Windows names it")]
    NoFolder { root: String },
    #[error("no path of Windows has {character:?} in it, but {path:?} has")]
    Character { path: String, character: char },
    #[error("{path} has {character:?} in it, which breaks the installation's scripts, and which its short name, {short}, keeps")]
    Unsafe { path: String, character: char, short: String },
    #[error("the server's name {name:?} cannot stand between quotes")]
    Server { name: String },
}

impl From<BlockError> for ScriptRefusal {
    fn from(error: BlockError) -> ScriptRefusal {
        let hint = match &error {
            BlockError::NoFolder { .. } => "say where Windows has the home, drive letter first: C:\\Oracle\\Middleware",
            BlockError::Character { .. } => "name the home as Windows shows it",
            BlockError::Unsafe { .. } => "name the home by another way to it without such a character, a junction for example",
            BlockError::Server { .. } => "name servers as the domain's configuration does",
        };
        ScriptRefusal::CannotBeWritten { why: error.to_string(), hint }
    }
}

/// Whether the lines of a block will do what they say.
fn check(block: &Block) -> Result<(), BlockError> {
    let root = backslashed(&block.root);
    let drive =
        matches!(root.as_bytes(), [letter, b':', rest @ ..] if letter.is_ascii_alphabetic() && (rest.is_empty() || rest[0] == b'\\'));
    let share = root.starts_with("\\\\") && root[2..].contains('\\');
    if !drive && !share {
        return Err(BlockError::NoFolder { root: root.chars().take(200).collect() });
    }
    foreign(&root[2..])?;
    if needs_short_name(&root) {
        let short: Vec<String> = root.split('\\').map(short_name).collect();
        unsafe_in(&root, short.join("\\"))?;
    }
    for place in block.definitions.set.iter().flat_map(|(_, places)| places) {
        let below = backslashed(place.as_str());
        foreign(&below)?;
        // Below the home nothing is shortened.
        unsafe_in(&below, below.clone())?;
    }
    match block.servers.iter().find(|server| server.chars().any(|c| c.is_control() || c == '"')) {
        Some(server) => Err(BlockError::Server { name: server.clone() }),
        None => Ok(()),
    }
}

/// What is in no path of Windows; some of it could end the quotes around one.
fn foreign(path: &str) -> Result<(), BlockError> {
    match path.chars().find(|c| c.is_control() || "\"<>|*?:".contains(*c)) {
        Some(character) => Err(BlockError::Character { path: path.into(), character }),
        None => Ok(()),
    }
}

fn unsafe_in(path: &str, short: String) -> Result<(), BlockError> {
    match short.chars().find(|c| is_trouble(*c)) {
        Some(character) => Err(BlockError::Unsafe { path: path.into(), character, short }),
        None => Ok(()),
    }
}

fn body(block: &Block, fronts: &[Front]) -> Result<Vec<String>, ScriptRefusal> {
    check(block)?;
    let root = backslashed(&block.root);
    let shortened = needs_short_name(&root);
    let mut lines = Vec::new();
    if shortened {
        lines.push("@rem The home goes by its short name, so short names must be enabled on its volume (fsutil 8dot3name query).".into());
    }
    let mut assignments = Vec::new();
    for (variable, places) in &block.definitions.set {
        let begin = if shortened { "%%~fsi".into() } else { quoted(&root) };
        let entries: Vec<String> = places.iter().map(|place| format!("{begin}\\{}", quoted(&backslashed(place.as_str())))).collect();
        let set = format!("@set \"{}={}\"", variable.name(), entries.join(";"));
        assignments.push(if shortened { format!("@for %%i in (\"{}\") do {set}", quoted(&root)) } else { set });
    }
    assignments.extend(block.definitions.unset.iter().map(|variable| format!("@set \"{}=\"", variable.name())));
    assignments.extend(fronts.iter().flat_map(front_lines));
    lines.extend(if block.servers.is_empty() { assignments } else { for_servers(&block.servers, assignments) });
    Ok(lines)
}

/// The lines for some servers only, without a block in parentheses, whose variables would be put in too early. The server's name is in SERVER_NAME, or
/// still the script's first word; where a server without a name is meant, that word is something else.
fn for_servers(servers: &[String], lines: Vec<String>) -> Vec<String> {
    let mut all = vec!["@set \"PACKWRIGHT_SERVER=%SERVER_NAME%\"".to_string()];
    if !servers.iter().any(String::is_empty) {
        all.push("@if not defined SERVER_NAME set \"PACKWRIGHT_SERVER=%~1\"".to_string());
    }
    all.push("@set \"PACKWRIGHT_POINTS=\"".to_string());
    let is_one = |server: &String| format!("@if \"%PACKWRIGHT_SERVER%\"==\"{}\" set \"PACKWRIGHT_POINTS=yes\"", quoted(server));
    all.extend(servers.iter().map(is_one));
    all.extend(lines.into_iter().map(|line| format!("@if defined PACKWRIGHT_POINTS {}", line.trim_start_matches('@'))));
    all
}

/// Puts a patch variable in front of another one. An empty entry of a class path would be the folder in which the server is started.
fn front_lines(front: &Front) -> Vec<String> {
    let (name, patch) = (&front.name, front.variable.name());
    match front.variable {
        Variable::WeblogicExtensionDirs => vec![format!("@set \"{name}=-Dweblogic.ext.dirs=%{patch}% %{name}%\"")],
        _ => vec![format!("@if defined {name} set \"{name}=;%{name}%\""), format!("@set \"{name}=%{patch}%%{name}%\"")],
    }
}

fn backslashed(path: &str) -> String {
    path.replace('/', "\\").trim_end_matches('\\').into()
}

/// Between quotes, a percent sign alone still means something.
fn quoted(text: &str) -> String {
    text.replace('%', "%%")
}

/// Whether a script that uses a path without quotes would take the character for something else: the end of a block or a command, an escape, or what
/// separates words or entries of a list.
fn is_trouble(character: char) -> bool {
    "()&^ ,;=".contains(character)
}

fn needs_short_name(path: &str) -> bool {
    path.chars().any(is_trouble)
}

/// About what the file system calls a name for programs that know eight characters and three; the number at its end may be another.
fn short_name(name: &str) -> String {
    let (base, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let lengths = base.chars().count() <= 8 && extension.chars().count() <= 3 && !base.contains('.');
    if name.ends_with(':') || (lengths && !name.contains([' ', ',', ';', '=', '+', '[', ']'])) {
        return name.into();
    }
    let spelled = |part: &str, length: usize| -> String {
        let kept = part.chars().filter(|c| !" .".contains(*c));
        kept.map(|c| if ",;=+[]".contains(c) { '_' } else { c }).take(length).collect()
    };
    let (base, extension) = (spelled(base, 6), spelled(extension, 3));
    if extension.is_empty() { format!("{base}~1") } else { format!("{base}~1.{extension}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definitions::{Definitions, Platform};
    use crate::names::{ProfileName, RelPath};
    use crate::scripts::edit::{Purpose, find, insert, insert_into_paths, insert_java_option, java_options, remove};
    use proptest::prelude::*;

    fn block(root: &str) -> Block {
        let place = |product: &str, profile: &str, rest: &str| RelPath::new(format!("patch_{product}/profiles/{profile}/{rest}")).unwrap();
        let jar = "sys_manifest_classpath/weblogic_patch.jar";
        let definitions = Definitions {
            product: "wls1036".into(),
            profile: ProfileName::new("Orders").unwrap(),
            platform: Platform::Windows,
            set: vec![
                (Variable::PatchClasspath, vec![place("wls1036", "Orders", jar), place("ocp371", "default", jar)]),
                (Variable::PatchPath, vec![place("wls1036", "Orders", "native")]),
            ],
            unset: vec![Variable::WeblogicExtensionDirs],
            remarks: vec![],
        };
        Block { definitions, root: root.into(), export: false, servers: vec![] }
    }

    #[test]
    fn plain_paths_are_set_as_they_are() {
        insta::assert_snapshot!(body(&block("C:/Oracle/Middleware/"), &[]).unwrap().join("\n"), @r##"
        @set "PATCH_CLASSPATH=C:\Oracle\Middleware\patch_wls1036\profiles\Orders\sys_manifest_classpath\weblogic_patch.jar;C:\Oracle\Middleware\patch_ocp371\profiles\default\sys_manifest_classpath\weblogic_patch.jar"
        @set "PATCH_PATH=C:\Oracle\Middleware\patch_wls1036\profiles\Orders\native"
        @set "WEBLOGIC_EXTENSION_DIRS="
        "##);
    }

    #[test]
    fn a_home_that_would_break_a_block_goes_by_its_short_name() {
        insta::assert_snapshot!(body(&block("D:\\Program Files (x86)\\100%"), &[]).unwrap().join("\n"), @r##"
        @rem The home goes by its short name, so short names must be enabled on its volume (fsutil 8dot3name query).
        @for %%i in ("D:\Program Files (x86)\100%%") do @set "PATCH_CLASSPATH=%%~fsi\patch_wls1036\profiles\Orders\sys_manifest_classpath\weblogic_patch.jar;%%~fsi\patch_ocp371\profiles\default\sys_manifest_classpath\weblogic_patch.jar"
        @for %%i in ("D:\Program Files (x86)\100%%") do @set "PATCH_PATH=%%~fsi\patch_wls1036\profiles\Orders\native"
        @set "WEBLOGIC_EXTENSION_DIRS="
        "##);
    }

    #[test]
    fn some_servers_alone_and_paths_of_a_custom_script() {
        let mut some = block("C:\\mw");
        some.servers = vec!["one".into(), "50% & <two>".into()];
        let front = |name: &str, variable: Variable| Front { name: name.into(), variable };
        let fronts = [front("CP", Variable::PatchClasspath), front("JAVA_OPTIONS", Variable::WeblogicExtensionDirs)];
        insta::assert_snapshot!(body(&some, &fronts).unwrap().join("\n"), @r##"
        @set "PACKWRIGHT_SERVER=%SERVER_NAME%"
        @if not defined SERVER_NAME set "PACKWRIGHT_SERVER=%~1"
        @set "PACKWRIGHT_POINTS="
        @if "%PACKWRIGHT_SERVER%"=="one" set "PACKWRIGHT_POINTS=yes"
        @if "%PACKWRIGHT_SERVER%"=="50%% & <two>" set "PACKWRIGHT_POINTS=yes"
        @if defined PACKWRIGHT_POINTS set "PATCH_CLASSPATH=C:\mw\patch_wls1036\profiles\Orders\sys_manifest_classpath\weblogic_patch.jar;C:\mw\patch_ocp371\profiles\default\sys_manifest_classpath\weblogic_patch.jar"
        @if defined PACKWRIGHT_POINTS set "PATCH_PATH=C:\mw\patch_wls1036\profiles\Orders\native"
        @if defined PACKWRIGHT_POINTS set "WEBLOGIC_EXTENSION_DIRS="
        @if defined PACKWRIGHT_POINTS if defined CP set "CP=;%CP%"
        @if defined PACKWRIGHT_POINTS set "CP=%PATCH_CLASSPATH%%CP%"
        @if defined PACKWRIGHT_POINTS set "JAVA_OPTIONS=-Dweblogic.ext.dirs=%WEBLOGIC_EXTENSION_DIRS% %JAVA_OPTIONS%"
        "##);
    }

    #[test]
    fn what_cannot_be_said_is_refused() {
        let refused = [
            "",
            "Oracle",
            "/opt/mw",
            "C:\\a\"&calc&\"b",
            "C:\\a\nb",
            "C:\\a|b",
            "C:\\a:b",
            "\\\\server",
            "C:\\R&D",
            "C:\\a(1)",
            "C:\\x^y z",
        ];
        for root in refused {
            assert!(matches!(body(&block(root), &[]), Err(ScriptRefusal::CannotBeWritten { .. })), "{root}");
        }
        for root in ["C:", "C:\\Research & Development", "\\\\server\\share\\mw", "D:/Program Files (x86)/mw/"] {
            assert_eq!(check(&block(root)), Ok(()), "{root}");
        }
        let mut hostile = block("C:\\mw");
        hostile.servers = vec!["a\" & calc".into()];
        assert!(matches!(check(&hostile), Err(BlockError::Server { .. })));
        hostile.definitions.set[0].1.push(RelPath::new("patch_a\"&b1/x").unwrap());
        assert!(matches!(check(&hostile), Err(BlockError::Character { character: '"', .. })));
        let hostile = insert(b"call commEnv.cmd\r\n", &DIALECT, &block("C:\\R&D"), &Purpose::default()).unwrap_err();
        assert_eq!(
            hostile.to_string(),
            "C:\\R&D has '&' in it, which breaks the installation's scripts, and which its short name, C:\\R&D, keeps"
        );
    }

    fn fixture(path: &str) -> Vec<u8> {
        std::fs::read(format!("{}/tests/scripts/cmd/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
    }

    const FIXTURES: [&str; 5] = [
        "10.3.6/domain/bin/setDomainEnv.cmd",
        "10.3.6/domain/bin/startWebLogic.cmd",
        "10.3.6/domain/bin/startManagedWebLogic.cmd",
        "10.3.6/domain/startWebLogic.cmd",
        "12.1.3/domain/bin/setDomainEnv.cmd",
    ];

    #[test]
    fn every_start_script_takes_a_block_and_gives_it_back() {
        for path in FIXTURES {
            for root in ["C:\\mw", "C:\\Program Files (x86)\\mw"] {
                let text = fixture(path);
                let once = insert(&text, &DIALECT, &block(root), &Purpose::default()).unwrap();
                assert_eq!(insert(&once.text, &DIALECT, &block(root), &Purpose::default()).unwrap(), once, "{path}");
                let found = find(&once.text, &DIALECT).unwrap();
                assert!(matches!(&found[..], [one] if one.intact && one.effective && one.product == "wls1036"), "{path} {found:?}");
                assert_eq!(remove(&once.text).unwrap().as_deref(), Some(&text[..]), "{path}");
                assert!(once.text.split_inclusive(|byte| *byte == b'\n').all(|line| line.ends_with(b"\r\n")), "{path}");
            }
        }
    }

    #[test]
    fn custom_scripts_and_event_servers() {
        let text = b"@echo off\r\nset CP=C:\\wl\\weblogic.jar\r\nif x==x (\r\n\tjava -cp \"%CP%\" %JAVA_OPTIONS% weblogic.Server\r\n)\r\n";
        let edited = insert_into_paths(text, &DIALECT, &block("C:\\mw")).unwrap();
        let shown = String::from_utf8_lossy(&edited.text);
        assert!(
            shown.contains("@set \"CP=%PATCH_CLASSPATH%%CP%\"\r\n") && shown.find("@rem <<<").unwrap() < shown.find("if x==x").unwrap(),
            "{shown}"
        );
        assert_eq!(remove(&edited.text).unwrap().as_deref(), Some(&text[..]));

        let text = fixture("10.3.6/events/startwlevs.cmd");
        let edited = insert_java_option(&text, &DIALECT, &ProfileName::new("Orders").unwrap()).unwrap();
        assert_eq!(java_options(&edited.text).len(), 2);
        assert_eq!(remove(&edited.text).unwrap().as_deref(), Some(&text[..]));
    }

    proptest! {
        #[test]
        fn taking_out_what_was_put_in_leaves_no_trace(which in 0..FIXTURES.len(), cuts in proptest::collection::vec((0usize..6000, "[\\r\\n\\t %\"^a-z()&|:]{0,6}"), 0..6)) {
            let mut text = fixture(FIXTURES[which]);
            for (at, piece) in cuts {
                let at = at % (text.len() + 1);
                text.splice(at..at, piece.into_bytes());
            }
            if let Ok(edited) = insert(&text, &DIALECT, &block("C:\\mw"), &Purpose::default()) {
                prop_assert!(find(&edited.text, &DIALECT).unwrap()[0].intact);
                prop_assert_eq!(remove(&edited.text).unwrap(), Some(text));
            }
        }
    }
}
