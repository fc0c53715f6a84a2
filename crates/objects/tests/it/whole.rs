//! A check-in looked at as a whole.

use crate::{head, page, parsed, text};
use objects::summary::Summary;
use objects::validation::{Known, KnownEntry, KnownFunction, KnownHeader};
use objects::{ObjectKind, headers, needs, summarise, validate};

fn summary(folder: &str, files: &[(&str, &str)]) -> Summary {
    summarise(&parsed(files), &text(files), folder, "hash")
}

fn object(name: &str, kind: &str, body: &str) -> Summary {
    summary(name, &[("object.toml", &(head(name, kind) + body))])
}

fn functions(name: &str, body: &str, header: &str) -> Summary {
    let lower = name.to_lowercase();
    summary(name, &[("object.toml", &(head(name, "BSFN") + body)), (&format!("{lower}.c"), crate::SOURCE), (&format!("{lower}.h"), header)])
}

const LINES: &str = "[table]\nprefix = \"OL\"\n[[column]]\nitem = \"DOCO\"\n[[column]]\nitem = \"TOTL\"\n[[index]]\nname = \"Key\"\nunique = true\ncolumns = [\"DOCO\"]\n";
const OPTIONS: &str = "[[member]]\nid = 1\nname = \"mnFrom\"\nitem = \"DOCO\"\ndirection = \"in\"\n";

/// Objects that need nothing but each other.
fn all() -> Vec<Summary> {
    vec![
        summary("dd", &[("dictionary.toml", crate::DICTIONARY)]),
        object("D5500010", "DSTR", crate::STRUCTURE),
        object("T5501", "DSTR", OPTIONS),
        object("F5501", "TBLE", crate::TABLE),
        object("F5502", "TBLE", LINES),
        object("V5501A", "BSVW", crate::VIEW),
        functions("B5500010", crate::FUNCTIONS, crate::HEADER),
        object("R5501", "UBE", crate::REPORT),
    ]
}

#[test]
fn objects_that_fit_have_no_complaints() {
    assert_eq!(page(&validate(&all(), &Known::default())), "");
}

#[test]
fn a_check_in_may_lean_on_the_path_code() {
    let incoming = all();
    // Everything but the report is in the path code already, with the rows that the needs name.
    let (report, rest) = (incoming[7].clone(), &incoming[..7]);
    let wanted = needs(std::slice::from_ref(&report));
    assert_eq!(wanted.functions.into_iter().collect::<Vec<_>>(), ["F5501CalculateOrderTotal"]);
    assert_eq!(wanted.objects.into_iter().collect::<Vec<_>>(), ["R5501", "T5501", "V5501A"]);
    let context = Known::default().context(rest);
    let structure = parsed(&[("object.toml", &(head("D5500010", "DSTR") + crate::STRUCTURE))]);
    let rows = objects::rows(&structure, &context).expect("all items are known");
    let layout = objects::Layout::from_spec(rows.of("F98743")[0][2].text()).expect("our own row");
    let known = Known {
        objects: rest.iter().map(|summary| (summary.object.clone(), summary.kind)).collect(),
        functions: [(
            "F5501CalculateOrderTotal".to_string(),
            KnownFunction { object: "B5500010".into(), data_structure: "D5500010".into() },
        )]
        .into(),
        layouts: [("D5500010".to_string(), layout)].into(),
        ..Known::default()
    };
    assert_eq!(page(&validate(&[report], &known)), "");
}

#[test]
fn references_to_nothing() {
    let incoming: Vec<Summary> =
        all().into_iter().filter(|summary| ["V5501A", "B5500010", "R5501", "T5501"].contains(&summary.object.as_str())).collect();
    let known =
        Known { objects: [("F5501".to_string(), ObjectKind::Ube), ("V5501A".to_string(), ObjectKind::Tble)].into(), ..Known::default() };
    insta::assert_snapshot!(page(&validate(&incoming, &known)), @r#"
    B5500010/object.toml:10: data structure D5500010 does not exist (hint: check it in, here or before)
    T5501/object.toml:6: data item DOCO does not exist (hint: add it as an [[item]] to a dictionary.toml)
    V5501A/object.toml:1: object V5501A must stay a table (TBLE), and is now a business view (BSVW) (hint: choose another name)
    V5501A/object.toml:8: F5501 must be a table, and is a report (UBE) (hint: check it in, here or before)
    V5501A/object.toml:8: table F5502 does not exist (hint: check it in, here or before)
    V5501A/object.toml:13: data item DOCO does not exist (hint: add it as an [[item]] to a dictionary.toml)
    V5501A/object.toml:19: data item TOTL does not exist (hint: add it as an [[item]] to a dictionary.toml)
    "#);
}

#[test]
fn names_that_stand_twice() {
    let mut incoming = all();
    incoming.push(functions("B5500099", crate::FUNCTIONS, ""));
    incoming.push(object("F5502", "TBLE", LINES));
    incoming.push(summary("dd2", &[("dictionary.toml", &crate::DICTIONARY.replace("system = \"55\"", "system = \"56\""))]));
    let known = Known {
        entries: [
            ("55A1".to_string(), KnownEntry { owner: "DD57".into(), item: None }),
            ("TRDJ".to_string(), KnownEntry { owner: "DD55".into(), item: None }),
        ]
        .into(),
        functions: [(
            "F5501CalculateOrderTotal".to_string(),
            KnownFunction { object: "B5500010".into(), data_structure: "D5500010".into() },
        )]
        .into(),
        ..Known::default()
    };
    insta::assert_snapshot!(page(&validate(&incoming, &known)), @r#"
    B5500099/object.toml:10: function F5501CalculateOrderTotal stands in B5500010 already (hint: rename one of them; a function's name is unique in its path code)
    F5502/object.toml:1: object F5502 lies in F5502 too (hint: an object is checked in from one folder; take one of them away)
    dd/dictionary.toml:32: dictionary entry 55A1 stands in DD57 already (hint: keep it in one dictionary.toml only)
    dd2/dictionary.toml:3: dictionary entry DOCO stands in DD55 already (hint: keep it in one dictionary.toml only)
    dd2/dictionary.toml:9: dictionary entry DCTO stands in DD55 already (hint: keep it in one dictionary.toml only)
    dd2/dictionary.toml:15: dictionary entry TRDJ stands in DD55 already (hint: keep it in one dictionary.toml only)
    dd2/dictionary.toml:20: dictionary entry TOTL stands in DD55 already (hint: keep it in one dictionary.toml only)
    dd2/dictionary.toml:27: dictionary entry IDLS stands in DD55 already (hint: keep it in one dictionary.toml only)
    dd2/dictionary.toml:32: dictionary entry 55A1 stands in DD55 already (hint: keep it in one dictionary.toml only)
    "#);
}

#[test]
fn structures_in_c_must_fit() {
    let mut incoming = all();
    incoming[6] = functions("B5500010", crate::FUNCTIONS, &crate::HEADER.replace("[3]", "[4]"));
    insta::assert_snapshot!(page(&validate(&incoming, &Known::default())), @r#"B5500010/b5500010.h:4: member szOrderType of DSD5500010 must be JCHAR[3], and is JCHAR[4] (hint: its data item is of type string; declare it: JCHAR szOrderType[3];)"#);
    // The data structure changes, and the function that reads it stays as it is.
    let structure = object("D5500010", "DSTR", &crate::STRUCTURE.replace("szOrderType", "szType"));
    let incoming = [incoming[0].clone(), structure];
    let header = KnownHeader { object: "B5500010".into(), structures: headers::data_structures_in(crate::HEADER.as_bytes()) };
    let known = Known { headers: vec![header], ..Known::default() };
    assert_eq!(needs(&incoming).structures.into_iter().collect::<Vec<_>>(), ["D5500010"]);
    insta::assert_snapshot!(page(&validate(&incoming, &known)), @r#"
    D5500010/object.toml: the header of B5500010 no longer fits: DSD5500010 has a member szOrderType, and data structure D5500010 has none of that name (hint: check B5500010 in together with D5500010)
    D5500010/object.toml: the header of B5500010 no longer fits: DSD5500010 lacks member szType of data structure D5500010 (hint: check B5500010 in together with D5500010)
    "#);
}

#[test]
fn views_and_values_must_fit() {
    let mut incoming = all();
    incoming[4] = object("F5502", "TBLE", &LINES.replace("TOTL", "IDLS").replace("OL", "OH"));
    let report = crate::REPORT
        .replace(
            "values = { mnOrderNumber = 1001, szOrderType = \"SO\" }",
            "values = { mnOrderNumbr = 1, mnOrderNumber = \"x\", szOrderType = \"SOX\" }",
        )
        .replace("\"=1.mnTotal\"", "\"=1.szOrderType\"")
        .replace("member = \"mnOrderNumber\"", "member = \"other\"");
    incoming[7] = object("R5501", "UBE", &report);
    insta::assert_snapshot!(page(&validate(&incoming, &Known::default())), @r#"
    R5501/object.toml:17: F5501CalculateOrderTotal has no member mnOrderNumbr in its data structure D5500010 (hint: did you mean mnOrderNumber?)
    R5501/object.toml:17: mnOrderNumber of F5501CalculateOrderTotal must be a number of up to 8 digits with 0 decimals, and is "x"
    R5501/object.toml:17: szOrderType of F5501CalculateOrderTotal must be a text of up to 2 characters, and is "SOX"
    R5501/object.toml:20: mnOrderNumber of F5501CalculateOrderTotal must be of type numeric, and szOrderType of F5501CalculateOrderTotal is of type string
    R5501/object.toml:24: F5501CalculateOrderTotal has no member other in its data structure D5500010 (hint: its members are mnOrderNumber, szOrderType, mnTotal)
    V5501A/object.toml:16: columns DOCO of F5501 and F5502 are both named ohdoco in C (hint: give the tables different column prefixes, or leave one column out)
    V5501A/object.toml:19: table F5502 has no column TOTL (hint: its columns are DOCO, IDLS)
    "#);
}

#[test]
fn a_structure_that_no_function_can_be_called_with() {
    let dictionary = crate::DICTIONARY.replace("type = \"string\"\nsize = 2", "type = \"string\"\nsize = 30000");
    let members: String =
        (1..=5).map(|id| format!("[[member]]\nid = {id}\nname = \"sz{id}\"\nitem = \"DCTO\"\ndirection = \"in\"\n")).collect();
    let incoming = [summary("dd", &[("dictionary.toml", &dictionary)]), object("D5500010", "DSTR", &members)];
    insta::assert_snapshot!(page(&validate(&incoming, &Known::default())), @r#"D5500010/object.toml:1: data structure D5500010 takes 300010 bytes in C, and at most 262144 can be called with (hint: use shorter strings or fewer members)"#);
}
