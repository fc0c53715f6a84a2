//! What the reader says of small scripts.

use super::*;

fn told(text: &str) -> Vec<String> {
    let tell = |statement: Statement| {
        let what = match statement.kind {
            Kind::Assign { name, value, exported } => format!("{}{name}={value}", if exported { "export " } else { "" }),
            Kind::Export { names } => format!("export {}", names.join(" ")),
            Kind::Unset { names } => format!("unset {}", names.join(" ")),
            Kind::Call { target, how, arguments } => format!("{how:?} {target} [{arguments}]"),
            Kind::Java { command, .. } => format!("java [{command}]"),
            Kind::Other => String::from_utf8_lossy(&text.as_bytes()[statement.bytes.clone()]).into_owned(),
        };
        format!("{}:{} {:?} {what}", statement.line, text[..statement.before].matches('\n').count() + 1, statement.reach)
    };
    statements(text.as_bytes()).into_iter().map(tell).collect()
}

#[test]
fn assignments_in_their_many_forms() {
    let text = "A=b; export A\nexport B=\"c d\" C='e'\nD=1 E=2\nF=x env\nA+=:z\nunset A B\nG=\"${A}\":\"b\"\n";
    let expected = [
        "1:1 Always A=b",
        "1:1 Always export A",
        "2:2 Always export B=c d",
        "2:2 Always export C=e",
        "3:3 Always D=1",
        "3:3 Always E=2",
        "4:4 Always F=x env",
        "5:5 Always A=${A}:z",
        "6:6 Always unset A B",
        "7:7 Always G=\"${A}\":\"b\"",
    ];
    assert_eq!(told(text), expected);
}

#[test]
fn calls_in_their_many_forms() {
    let text = ". ${WL_HOME}/common/bin/commEnv.sh\nsource 'x y.sh' 1\nsh -x a.sh b\n\"${D}/bin/b.sh\" nodebug $* > log\nnohup ./c.sh &\n. e.sh &\n\
                X=1 . f.sh\nsh -c \"g.sh a\"\n\"$JAVA_HOME/bin/java\" -jar x.jar\nexec h.sh\ni.sh\n";
    let expected = [
        "1:1 Always InPlace ${WL_HOME}/common/bin/commEnv.sh []",
        "2:2 Always InPlace x y.sh [1]",
        "3:3 Always Child a.sh [b]",
        "4:4 Always Child ${D}/bin/b.sh [nodebug $*]",
        "5:5 Always Child ./c.sh []",
        "6:6 Always Child e.sh []",
        "7:7 Always export X=1",
        "7:7 Always InPlace f.sh []",
        "8:8 Always Child g.sh []",
        "9:9 Always java [\"$JAVA_HOME/bin/java\" -jar x.jar]",
        "10:10 Always Instead h.sh []",
        "11:11 Never Child i.sh []",
    ];
    assert_eq!(told(text), expected);
}

#[test]
fn what_lies_in_arms_loops_and_functions_belongs_to_the_line_where_they_begin() {
    let text = "f() {\n  exit\n}\nfunction g\n{\n . x.sh\n}\nif [ a ]; then\n  b\nelif c; then\n d\nelse\n exit\n e\nfi; h\n\
                for X in 1 2; do\n i\n break\n j\ndone\ncase $k in\n(a|b) l ;;\n*) m\nesac\nn && \\\n o ||\n\n p\n( q ) | r\n";
    let expected = [
        "2:1 Function exit",
        "6:4 Function InPlace x.sh []",
        "8:8 Always [ a ]",
        "9:8 Sometimes b",
        "10:8 Sometimes c",
        "11:8 Sometimes d",
        "13:8 Sometimes exit",
        "14:8 Never e",
        "15:8 Sometimes h",
        "16:16 Sometimes X=1 2",
        "17:16 Sometimes i",
        "18:16 Sometimes break",
        "19:16 Never j",
        "21:21 Sometimes $k",
        "22:21 Sometimes l",
        "23:21 Sometimes m",
        "25:25 Sometimes n",
        "26:25 Sometimes o",
        "28:25 Sometimes p",
        "29:29 Sometimes q",
        "29:29 Sometimes r",
    ];
    assert_eq!(told(text), expected);
}

#[test]
fn behind_an_end_in_every_arm_nothing_is_reached() {
    assert_eq!(told("if a\nthen exit\nelse return\nfi\nb").last().unwrap(), "5:5 Never b");
    assert_eq!(told("case a in b) exit;; *) exit;; esac\nc").last().unwrap(), "2:2 Never c");
    assert_eq!(told("{ exit; }\na").last().unwrap(), "2:2 Never a");
    assert_eq!(told("x && { exit; }\na").last().unwrap(), "2:2 Sometimes a");
    assert_eq!(told("(exit)\nexit | x\nexit &\na").last().unwrap(), "4:4 Always a");
    assert_eq!(told("exec > log 2>&1\na").last().unwrap(), "2:2 Always a");
    assert_eq!(told("while a; do if b; then exit; fi; done\nc").last().unwrap(), "2:2 Sometimes c");
    assert_eq!(told("a && (b)\nc").last().unwrap(), "2:2 Always c");
}

#[test]
fn comments_documents_and_quotes_hide_what_looks_like_statements() {
    let text = "# A=1\necho a#b '\nB=1\n' \"\nC=1\"\ncat <<EOF >x; D=1\nE=1 $F\nEOF\ncat <<-'Y'\n\tG=$H\n\tY\nI=$(J=1; echo ')' \"$(K=1)\")\n[[ a < b && c ]]\n((x=1))\r\nL=2\r\n";
    let all = statements(text.as_bytes());
    let names = all.iter().filter_map(|statement| match &statement.kind {
        Kind::Assign { name, .. } => Some(name.as_str()),
        _ => None,
    });
    let names: Vec<&str> = names.collect();
    assert_eq!(names, ["D", "I", "L"]);
    let reads: Vec<&str> = all.iter().flat_map(|statement| &statement.reads).map(String::as_str).collect();
    assert_eq!(reads, ["F"]);
    assert!(matches!(&all.last().unwrap().kind, Kind::Assign { value, .. } if value == "2"));
}

#[test]
fn variables_that_are_read_are_named() {
    let text = "X=\"${A}:$B\"':$C':\\$D:${E:-${F}}\n[ \"$G\" = \"\" ]\n";
    let reads: Vec<Vec<String>> = statements(text.as_bytes()).into_iter().map(|statement| statement.reads).collect();
    assert_eq!(reads, [vec!["A", "B", "E", "F"], vec!["G"]]);
}

#[test]
fn options_of_java_go_behind_its_word() {
    let text = b"nohup \"${JAVA_HOME}/bin/java\" -cp x -jar \\\n y.jar &";
    let Kind::Java { options_at, command } = &statements(text)[0].kind else { panic!("no java") };
    assert_eq!((&text[*options_at..*options_at + 4], command.ends_with("y.jar")), (&b" -cp"[..], true));
}

#[test]
fn the_other_systems_way_to_set_is_found() {
    let text = b"set PRE_CLASSPATH=/x\n# set PRE_CLASSPATH=/y\nset -x\nset \"PATCH_PATH=a\"\n";
    assert_eq!(misplaced(text), [(1, "PRE_CLASSPATH".to_string()), (4, "PATCH_PATH".to_string())]);
}

#[test]
fn nesting_without_end_is_read_in_time() {
    for piece in
        ["(", "((", "$(", "{ a\n", "if a\nthen ", "\"$(", "${", "`", "case a in a) ", "a && {\n", "f() {\n", "<<E\n", "A=(", "export A=1 "]
    {
        let text = piece.repeat(20_000);
        assert!(statements(text.as_bytes()).len() <= text.len());
    }
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_read(text: Vec<u8>) {
        statements(&text);
    }

    #[test]
    fn any_mixture_of_what_means_something_is_read(pieces in proptest::collection::vec(0..PIECES.len(), 0..60)) {
        let text: String = pieces.into_iter().map(|piece| PIECES[piece]).collect();
        let all = statements(text.as_bytes());
        for pair in all.windows(2) {
            proptest::prop_assert!(pair[0].bytes.start <= pair[1].bytes.start && pair[0].line <= pair[1].line);
        }
        for statement in all {
            proptest::prop_assert!(statement.before <= statement.bytes.start && statement.bytes.end <= text.len());
            proptest::prop_assert!(statement.before == 0 || text.as_bytes()[statement.before - 1] == b'\n');
        }
    }
}

const PIECES: [&str; 44] = [
    "if ",
    "then ",
    "else ",
    "elif ",
    "fi ",
    "case ",
    " in ",
    "esac ",
    "a) ",
    ";; ",
    "for ",
    "x ",
    "do ",
    "done ",
    "while ",
    "{ ",
    "} ",
    "(",
    ")",
    "function ",
    "f() ",
    "\n",
    "; ",
    " && ",
    " || ",
    " | ",
    " & ",
    "\"",
    "'",
    "`",
    "$(",
    "${",
    "\\\n",
    "<<E\n",
    "E\n",
    "#",
    "A=1 ",
    "export A=2 ",
    ". x.sh ",
    "exit ",
    "((",
    "> y ",
    "=(",
    "é",
];
