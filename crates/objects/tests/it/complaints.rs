//! What a person reads when an object is wrong: everything at once, with lines.

use crate::{head, page, text};
use objects::{ObjectText, parse};

fn complaints(text: &ObjectText) -> String {
    page(&parse(text).expect_err("the object is wrong"))
}

#[test]
fn a_thoroughly_wrong_business_function() {
    let object = r#"
[object]
name = "b5500010"
kind = "BSFN"
descripton = "Order header functions"
system = "55555"
colour = "red"

[bsfn]
libary = "CORD"
location = "bothe"

[[function]]
name = "F5501 Total"
data_structure = "T5501"
description = 7

[[function]]
name = "Twice"
data_structure = "D1"
description = "x"
[[function]]
name = "Twice"
data_structure = "D1"
description = "x"

[[members]]
id = 1
"#;
    insta::assert_snapshot!(complaints(&text(&[("object.toml", object)])), @r#"
    object.toml:2: description is missing in [object] (hint: add description = …: 1 to 60 characters on one line)
    object.toml:3: name must be 1 to 10 of A–Z, 0–9 and _, first a letter, and is "b5500010"
    object.toml:5: unknown key "descripton" in [object] (hint: did you mean description?)
    object.toml:6: system must be a system code, 1 to 4 of A–Z and 0–9, and is "55555"
    object.toml:7: unknown key "colour" in [object] (hint: known here: name, kind, description, system)
    object.toml:9: library is missing in [bsfn] (hint: add library = …: a library, C and 1 to 9 of A–Z, 0–9 and _)
    object.toml:10: unknown key "libary" in [bsfn] (hint: did you mean library?)
    object.toml:11: location must be one of client, server, both, and is "bothe" (hint: did you mean both?)
    object.toml:14: name must be a C name of up to 32 characters, and is "F5501 Total"
    object.toml:15: data_structure must be the data structure of a function, D and digits, as D5500010, and is "T5501"
    object.toml:16: description must be 1 to 60 characters on one line, and is 7
    object.toml:22: function Twice stands twice; it was first on line 18
    object.toml:27: unknown key "members" at the top of the file (hint: known here: object, bsfn, function)
    "#);
}

#[test]
fn files_are_judged_together_with_the_text() {
    let functions = format!("{}{}", head("B5500010", "BSFN"), crate::FUNCTIONS);
    let no_source = text(&[("object.toml", &functions), ("b5500011.c", ""), ("../../evil\u{1b}.c", "")]);
    insta::assert_snapshot!(complaints(&no_source), @r#"
    ../../evil\u{1b}.c: does not belong to a business function (BSFN) (hint: its sources are b5500010.c and b5500010.h, or take the file away)
    b5500011.c: does not belong to a business function (BSFN) (hint: its sources are b5500010.c and b5500010.h, or take the file away)
    object.toml:10: function F5501CalculateOrderTotal needs a source, and b5500010.c is missing (hint: add b5500010.c, or take the functions out)
    "#);
    let nothing_in_it = text(&[("object.toml", &functions), ("b5500010.c", "/* F5501CalculateOrderTotal */")]);
    insta::assert_snapshot!(complaints(&nothing_in_it), @r#"object.toml:10: function F5501CalculateOrderTotal is declared here, and b5500010.c does not contain it (hint: define F5501CalculateOrderTotal in b5500010.c, or take it out here)"#);
    let internal = head("B5500011", "BSFN") + "[bsfn]\nlibrary = \"CORD\"\nlocation = \"server\"\n";
    insta::assert_snapshot!(complaints(&text(&[("object.toml", &internal)])), @r#"object.toml: a BSFN needs b5500011.c, b5500011.h or both, and has neither"#);
    let service = head("JP550001", "SBF") + "[service]\npackage = \"oracle.e1.bssv.JP550001\"\n";
    insta::assert_snapshot!(complaints(&text(&[("object.toml", &service), ("java/../X.java", "")])), @r#"java/../X.java: does not belong to a business service (SBF) (hint: its sources are .java files in java/, or take the file away)"#);
}

#[test]
fn wrong_structures_tables_and_views() {
    let structure = head("X1", "DSTR")
        + "[[member]]\nid = 2\nname = \"int\"\nitem = \"DOCO\"\ndirection = \"inn\"\n[[member]]\nid = 2\nname = \"a\"\nitem = \"doco\"\ndirection = \"in\"\n";
    insta::assert_snapshot!(complaints(&text(&[("object.toml", &structure)])), @r#"
    object.toml:1: a data structure is named D or T and digits, and this is "X1" (hint: rename it, with D for a business function's structure and T for processing options)
    object.toml:8: name must be a C name of up to 32 characters, and is "int"
    object.toml:10: direction must be one of in, out, both, none, and is "inn" (hint: did you mean in?)
    object.toml:12: id must be greater than 2, that of the member before, and is 2 (hint: number the members from 1, rising)
    object.toml:14: item must be a data item, 1 to 10 of A–Z, 0–9 and _, first a letter, and is "doco"
    "#);
    let table = head("F5501", "TBLE")
        + "[table]\nprefix = \"IN\"\n[[column]]\nitem = \"T\"\n[[column]]\nitem = \"T\"\n[[index]]\nname = \"A b\"\ncolumns = [\"T\", \"U\", 3]\n[[index]]\nname = \"A-b\"\nunique = \"yes\"\ncolumns = []\n";
    insta::assert_snapshot!(complaints(&text(&[("object.toml", &table)])), @r#"
    object.toml:8: column T is named int in C, and that is a word of the language (hint: choose another column prefix)
    object.toml:10: column T stands twice; it was first on line 8
    object.toml:10: column T is named int in C, and that is a word of the language (hint: choose another column prefix)
    object.toml:12: the first index is the primary one and must be unique (hint: add unique = true)
    object.toml:14: columns must hold texts, and holds a value of type integer
    object.toml:14: index column U is no column of the table
    object.toml:15: the index macro A_B stands twice; it was first on line 12
    object.toml:17: unique must be true or false, and is "yes"
    object.toml:18: columns must be a list, each entry a data item, 1 to 10 of A–Z, 0–9 and _, first a letter, and is a value of type array
    "#);
    let view = head("V5501A", "BSVW")
        + "[view]\ntables = [\"F5501\", \"F5502\"]\n[[column]]\ntable = \"F5503\"\nitem = \"DOCO\"\n[[join]]\nleft = \"F5501\"\nright = \"F5504.DOCO\"\nkind = \"outer\"\n";
    insta::assert_snapshot!(complaints(&text(&[("object.toml", &view)])), @r#"
    object.toml:7: table F5502 is not joined to another (hint: add a [[join]] with one of its columns)
    object.toml:8: F5503 is not among the tables of the view (hint: add it to tables of [view])
    object.toml:11: F5504 is not among the tables of the view (hint: add it to tables of [view])
    object.toml:12: left must be a table, a dot and a data item, as F5501.DOCO, and is "F5501"
    object.toml:14: kind must be one of inner, left, right, and is "outer"
    "#);
}

#[test]
fn wrong_applications_and_reports() {
    let application = head("P5501", "APPL")
        + "[[form]]\nname = \"W5501A\"\nkind = \"find\"\ntitle = \"\"\n[[control]]\nform = \"W5501B\"\nid = 0\nkind = \"image\"\n[[control]]\nform = \"W5501A\"\nid = 1\nkind = \"image\"\nimage = \"no.png\"\n";
    insta::assert_snapshot!(complaints(&text(&[("object.toml", &application)])), @r#"
    object.toml:8: kind must be one of find_browse, fix_inspect, headerless, header_detail, search_select, parent_child, message, power, and is "find"
    object.toml:9: title must be 1 to 60 characters on one line, and is ""
    object.toml:10: a control of kind image needs an image (hint: add image = …, the name of a file in res/)
    object.toml:11: form W5501B is not in this application (hint: did you mean W5501A?)
    object.toml:12: id must be a number from 1 to 99999, and is 0
    object.toml:18: image no.png is missing (hint: add the file res/no.png)
    "#);
    let report = head("R5501", "UBE")
        + "[report]\ntitle = \"x\"\noptions = \"D1\"\n[[call]]\nfunction = \"A\"\nvalues = { a = \"=1.b\", c = [1], d = nan, \"e\" = \"=x\" }\n[[version]]\nname = \"X 1\"\ntitle = \"t\"\n[[version.value]]\ncall = 2\nmember = \"a\"\nvalue = 1\n";
    insta::assert_snapshot!(complaints(&text(&[("object.toml", &report)])), @r#"
    object.toml:8: options must be the data structure of processing options, T and digits, as T5501, and is "D1"
    object.toml:11: c must be a text, a number, true or false, and is a value of type array
    object.toml:11: d must be a text, a number, true or false, and is a value of type float
    object.toml:11: =1.b takes a member of call 1, and only 0 calls run before this one (hint: the first [[call]] of the file is call 1)
    object.toml:11: "=x" must be = with a call number, a dot and a member, as =1.mnTotal (hint: the first [[call]] of the file is call 1)
    object.toml:13: name must be a version, 1 to 10 of A–Z, 0–9 and _, and is "X 1"
    object.toml:16: call 2 does not exist; the report has 1
    "#);
}

#[test]
fn texts_that_are_no_objects() {
    insta::assert_snapshot!(complaints(&text(&[])), @r#"object.toml: is missing (hint: every object's folder holds an object.toml)"#);
    insta::assert_snapshot!(complaints(&text(&[("object.toml", "[object]\nname = \n")])), @r#"object.toml:2: is not TOML: string values must be quoted, expected literal string"#);
    insta::assert_snapshot!(complaints(&text(&[("object.toml", "[object]\nname = \"A\"\nkind = \"bsfn\"\nsystem = \"55\"\ndescription = \"x\"")])), @r#"object.toml:3: kind must be one of BSFN, DSTR, TBLE, BSVW, APPL, UBE, GT, SBF, and is "bsfn" (hint: did you mean BSFN?)"#);
    insta::assert_snapshot!(complaints(&text(&[("object.toml", ""), ("dictionary.toml", "")])), @r#"dictionary.toml: lies beside an object.toml, and an object is one or the other (hint: move the dictionary out of the object's folder)"#);
    let latin1 = ObjectText { files: [("object.toml".to_string(), b"[object]\nname = \"\xe9\"\n".to_vec())].into() };
    insta::assert_snapshot!(complaints(&latin1), @r#"object.toml:2: is not UTF-8 text (hint: save the file as UTF-8)"#);
    let long = "x".repeat(5 << 20);
    insta::assert_snapshot!(complaints(&text(&[("object.toml", &long)])), @r#"object.toml: has 5242880 bytes, and at most 4194304 are read"#);
}
