//! Start scripts of Windows, as the command processor `cmd.exe` reads them, without running anything: what a variable holds is not known here.
//!
//! A script is bytes of whatever code page. Variables have no case, so their names are told in capitals; every one is handed to programs and scripts
//! that the script starts. A value keeps quotes that stand around it (`set A="b"` puts them into the variable); those of `set "A=b"` are none of it.
//! All variables of a line are put in before any of it runs, and a block in parentheses is one line.

mod block;
mod command;
mod flow;
mod parse;
mod text;

use super::{Kind, Reach, Statement};
use crate::names::RelPath;
pub use block::DIALECT;

/// The script's statements in the order of the text.
pub fn statements(text: &[u8]) -> Vec<Statement> {
    parse::Parser::new(text).statements()
}

/// Lines that define a variable in the way of the other system, `NAME=value` or `export NAME=value`: here that is the name of a program. And
/// `set NAME =value`, which defines another variable, whose name ends in a blank.
pub fn misplaced(text: &[u8]) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for statement in statements(text).iter().filter(|statement| statement.reach != Reach::Never) {
        let set = match &statement.kind {
            Kind::Other => {
                let words = text[statement.bytes.clone()].trim_ascii_start();
                let words = words.strip_prefix(b"export ").unwrap_or(words).trim_ascii_start();
                let name = words.iter().take_while(|byte| text::is_name(**byte)).count();
                (words.get(name) == Some(&b'=')).then(|| text::name_of(&words[..name]))
            }
            Kind::Assign { name, .. } => name.strip_suffix(' ').map(|name| name.trim_end().to_string()),
            _ => None,
        };
        found.extend(set.filter(|name| !name.is_empty()).map(|name| (statement.line, name)));
    }
    found
}

/// Where Windows has the home, as the script itself says: it names its product's folder, `set WL_HOME=C:\Oracle\Middleware\wlserver_10.3`.
pub fn home_as_seen(text: &[u8], product_home: &RelPath) -> Option<String> {
    let folder = format!("\\{}", product_home.as_str().replace('/', "\\"));
    statements(text).iter().filter(|statement| statement.reach != Reach::Never).find_map(|statement| match &statement.kind {
        Kind::Assign { name, value, .. } if name == "WL_HOME" => home_above(value, &folder),
        _ => None,
    })
}

/// A value with a variable in it, or in a code page that is not ours, tells no home.
fn home_above(value: &str, folder: &str) -> Option<String> {
    let path = value.trim().trim_matches('"').replace('/', "\\");
    let path = path.trim_end_matches('\\');
    let at = path.len().checked_sub(folder.len()).filter(|at| path.is_char_boundary(*at))?;
    let (root, end) = path.split_at(at);
    let whole = root.starts_with("\\\\") || matches!(root.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    let plain = !root.contains(['%', '!', '"', char::REPLACEMENT_CHARACTER]);
    (whole && plain && end.to_lowercase() == folder.to_lowercase()).then(|| root.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Each statement's line, reach, deed and reads, one a line; lines of a test's text are joined by CRLF.
    fn told(text: &str) -> String {
        let text = text.trim_start().replace('\n', "\r\n");
        let line = |statement: &Statement| {
            let deed = match &statement.kind {
                Kind::Assign { name, value, .. } => format!("{name}=[{value}]"),
                Kind::Unset { names } => format!("{} unset", names.join(" ")),
                Kind::Call { target, how, arguments } => format!("{how:?} {target} [{arguments}]"),
                Kind::Java { options_at, command } => format!("java {:?}: {command}", &text[*options_at..*options_at + 4]),
                Kind::Export { .. } => unreachable!("no such statement"),
                Kind::Other => format!("- {}", &text[statement.bytes.clone()]).replace("\r\n", "|"),
            };
            let reads = if statement.reads.is_empty() { String::new() } else { format!(" <- {}", statement.reads.join(" ")) };
            format!("{} {:?} {deed}{reads}\n", statement.line, statement.reach)
        };
        statements(text.as_bytes()).iter().map(line).collect()
    }

    #[test]
    fn assignments_keep_what_the_processor_keeps() {
        insta::assert_snapshot!(told(r#"
set A=b c  
@set "B=c d"  junk
SET C="quoted"
	set d=%A%;%B:x=y%&set E=!F!
set G=
set H=a^&b^
 c 2>nul
set I
,;= set Z=z
set /a J=K+1
set /p L=Which one? 
set M=%N:"=%& set O=100%%
call set P=%%Q%%
rem set R=s
:: set T=u
echo set V=w
if defined X set Y=%~dp0%1
"#), @r##"
        1 Always A=[b c  ]
        2 Always B=[c d]
        3 Always C=["quoted"]
        4 Always D=[%A%;%B:x=y%] <- A B
        4 Always E=[!F!] <- F
        5 Always G unset
        6 Always H=[a&b c ]
        8 Always - set I
        9 Always Z=[z]
        10 Always J=[K+1] <- K
        11 Always L=[Which one? ]
        12 Always M=[%N:"=%] <- N
        12 Always O=[100%%]
        13 Always P=[%%Q%%] <- Q
        16 Always - echo set V=w
        17 Always - if defined X <- X
        17 Sometimes Y=[%~dp0%1]
        "##);
    }

    #[test]
    fn other_scripts_and_java() {
        insta::assert_snapshot!(told(r#"
call "%WL_HOME%\common\bin\commEnv.cmd" a b >"%LOG%" 2>&1
call setEnv
CALL :label x
call java -version
cmd /c child.cmd 1
start "title" /min /d "C:\a b" "C:\x y\other.bat" 2
%ComSpec% /q /C ""C:\x y\third.cmd" 3"
"%JAVA_HOME%\bin\java.exe" %ARGS% ^
	-jar "%USER_INSTALL_DIR%\bin\wlevs.jar" %1
%JAVA_HOME%/bin/java -cp x Main
start "" /b "%JAVA_HOME%\bin\javaw" Main
type a.txt | call piped.cmd
C:\bea\next.cmd 4
call never.cmd
goto :eof
:label
call function.cmd
"#), @r##"
        1 Always InPlace %WL_HOME%\common\bin\commEnv.cmd [a b] <- LOG WL_HOME
        2 Always InPlace setEnv []
        3 Always - CALL :label x
        4 Always java " -ve": java -version
        5 Always Child child.cmd [1]
        6 Always Child C:\x y\other.bat [2]
        7 Always Child C:\x y\third.cmd [3"] <- COMSPEC
        8 Always java " %AR": "%JAVA_HOME%\bin\java.exe" %ARGS% 	-jar "%USER_INSTALL_DIR%\bin\wlevs.jar" %1 <- ARGS JAVA_HOME USER_INSTALL_DIR
        10 Always java " -cp": %JAVA_HOME%/bin/java -cp x Main <- JAVA_HOME
        11 Always java " Mai": "%JAVA_HOME%\bin\javaw" Main <- JAVA_HOME
        12 Always - type a.txt 
        12 Always Child piped.cmd []
        13 Always Instead C:\bea\next.cmd [4]
        14 Never InPlace never.cmd []
        15 Never - goto :eof
        17 Function InPlace function.cmd []
        "##);
    }

    #[test]
    fn jumps_conditions_and_loops() {
        insta::assert_snapshot!(told(r#"
GOTO :ENDFUNCTIONS
:stopAll
call stop.cmd
goto:eof
:unused
call unused.cmd
GOTO :EOF
:ENDFUNCTIONS
if "%1"=="" (
	set A=1
) else (
	if exist "x y" (call inner.cmd) else set B=2
)
if /i not %X%==y goto behind
set C=3
:Behind
set D=4
for %%p in (a b
 c) do call loop.cmd %%p & set E=5
set F=6 && set G=7
call :stopAll
:again
set H=8
if errorlevel 1 goto again
"#), @r##"
        1 Always - GOTO :ENDFUNCTIONS
        3 Function InPlace stop.cmd []
        4 Function - goto:eof
        6 Never InPlace unused.cmd []
        7 Never - GOTO :EOF
        9 Always - if "%1"==""
        10 Sometimes A=[1]
        12 Sometimes - if exist "x y"
        12 Sometimes InPlace inner.cmd []
        12 Sometimes B=[2]
        14 Always - if /i not %X%==y <- X
        14 Sometimes - goto behind
        15 Sometimes C=[3]
        17 Always D=[4]
        18 Always - for %%p in (a b| c) do
        19 Sometimes InPlace loop.cmd [%%p]
        19 Sometimes E=[5]
        20 Always F=[6 ]
        20 Sometimes G=[7]
        21 Always - call :stopAll
        23 Always H=[8]
        24 Always - if errorlevel 1
        24 Sometimes - goto again
        "##);
    }

    #[test]
    fn a_jump_to_a_variable_may_go_anywhere() {
        insta::assert_snapshot!(told("set A=1\ngoto %WHERE%\nset B=2\n:a\nset C=3\n"), @r##"
        1 Always A=[1]
        2 Always - goto %WHERE% <- WHERE
        3 Never B=[2]
        5 Sometimes C=[3]
        "##);
    }

    #[test]
    fn before_is_the_begin_of_the_line_that_is_carried_out_as_one() {
        let text = "\t@set A=1\r\nif a==b (\r\n  set B=2\r\n  if c==d (\r\n    set C=3\r\n) )\r\nif e==f set D=4\r\nset E=^\r\n5\r\n";
        let begins = |name: &str| {
            let found = statements(text.as_bytes()).into_iter().find(|one| matches!(&one.kind, Kind::Assign { name: n, .. } if n == name));
            text[found.unwrap().before..].lines().next().unwrap().to_string()
        };
        assert_eq!(["A", "B", "C", "D", "E"].map(begins), ["\t@set A=1", "if a==b (", "if a==b (", "if e==f set D=4", "set E=^"]);
    }

    #[test]
    fn a_script_without_an_end_has_statements_all_the_same() {
        insta::assert_snapshot!(told(":a\nset A=1\nif x==y set B=2\ngoto a\nset C=3\n"), @r##"
        2 Always A=[1]
        3 Always - if x==y
        3 Sometimes B=[2]
        4 Always - goto a
        5 Never C=[3]
        "##);
    }

    #[test]
    fn definitions_of_the_other_system_define_nothing() {
        let text = b"set A=1\r\nA=2\r\nexport B=3\r\nset B =4\r\nA x=5\r\nrem A=6\r\ngoto :eof\r\nA=7\r\n";
        assert_eq!(misplaced(text), [(2, "A".into()), (3, "B".into()), (4, "B".into())]);
    }

    #[test]
    fn the_home_is_what_the_script_says() {
        let product = RelPath::new("wlserver_10.3").unwrap();
        let home = |text: &str| home_as_seen(text.as_bytes(), &product);
        assert_eq!(home("@echo off\r\nset WL_HOME=C:\\Oracle\\Middleware\\wlserver_10.3\r\n"), Some("C:\\Oracle\\Middleware".into()));
        assert_eq!(home("set \"wl_home=D:/My (x86) Home/WLSERVER_10.3/\"\n"), Some("D:\\My (x86) Home".into()));
        assert_eq!(home("set WL_HOME=\\\\server\\share\\wlserver_10.3"), Some("\\\\server\\share".into()));
        assert_eq!(home("set WL_HOME=%MW_HOME%\\wlserver_10.3"), None);
        assert_eq!(home("set WL_HOME=C:\\other\\myserver_10.3"), None);
        assert_eq!(home("goto x\nset WL_HOME=C:\\bea\\wlserver_10.3\n:x\n"), None);
        assert_eq!(home("rem set WL_HOME=C:\\bea\\wlserver_10.3\n"), None);
        assert_eq!(home_as_seen(b"set WL_HOME=C:\\b\x84r\\wlserver_10.3", &product), None, "another code page");
    }

    #[test]
    fn hostile_scripts_are_read_in_time() {
        let deep = [("(", 50_000), ("if a==b ", 50_000), ("for %%i in (a) do ", 20_000), ("for %%i in (\n", 40_000), ("a&", 20_000)];
        let long = [("%~aaaaaaaa", 20_000), ("%a", 50_000), ("\"^\n", 20_000), ("a||b|", 20_000), (":a\ngoto %b%\n", 20_000)];
        for (part, times) in deep.into_iter().chain(long) {
            statements(part.repeat(times).as_bytes());
        }
        let chain: String = (0..40_000).map(|n| format!(":f{n}\ncall :f{}\ngoto :eof\n", n + 1)).collect();
        assert!(statements(chain.as_bytes()).iter().all(|one| one.bytes.end <= chain.len()));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            statements(&bytes);
        }

        #[test]
        fn any_mixture_of_words_is_read(parts in prop::collection::vec(
            prop::sample::select(vec!["if ", "a==b ", "(", ")", " else ", "for %%i in ", " do ", "set ", "A=b", "\"", "%A%", "%", "^", "\r\n", "\n", "&", "|", ">", "2>&1",
                "call ", ":l", "goto ", "cmd /c ", "start ", "java", "x.cmd ", "rem ", "exist ", "defined ", "/a ", "@", "!A!"]), 0..60)) {
            let text = parts.concat();
            for statement in statements(text.as_bytes()) {
                prop_assert!(statement.before <= statement.bytes.start && statement.bytes.end <= text.len());
                prop_assert_eq!(statement.line, 1 + text[..statement.bytes.start].matches('\n').count());
                if let Kind::Java { options_at, .. } = statement.kind {
                    prop_assert!(statement.bytes.contains(&(options_at - 1)));
                }
            }
        }
    }
}
