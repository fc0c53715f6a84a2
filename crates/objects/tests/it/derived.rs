//! Headers and rows that follow from objects.

use crate::{head, page, parsed, text};
use engine::value::Value;
use objects::{Context, Layout, Object, Stamp, TableShape, headers};

fn context() -> Context {
    let dictionary = objects::parse_dictionary(crate::DICTIONARY.as_bytes()).expect("it is right");
    let shape =
        |prefix: &str, columns: &[&str]| TableShape { prefix: prefix.into(), columns: columns.iter().map(|c| c.to_string()).collect() };
    Context {
        items: dictionary.items.into_iter().map(|item| (item.alias.clone(), item)).collect(),
        tables: [("F5501".to_string(), shape("OH", &["DOCO", "DCTO"])), ("F5502".to_string(), shape("OL", &["DOCO", "TOTL"]))].into(),
    }
}

fn object(name: &str, kind: &str, body: &str) -> Object {
    parsed(&[("object.toml", &(head(name, kind) + body))])
}

fn header(object: &Object) -> String {
    headers::derived(object, &context()).expect("all items are known").expect("the kind has a header").text
}

#[test]
fn header_of_a_table() {
    insta::assert_snapshot!(header(&object("F5501", "TBLE", crate::TABLE)), @r#"
    /* F5501: Test object. Derived from the object; do not change. */
    #ifndef TABLE_F5501
    #define TABLE_F5501

    #define NID_F5501 _J("F5501")
    #define NID_DOCO _J("DOCO")
    #define NID_DCTO _J("DCTO")
    #define NID_TRDJ _J("TRDJ")
    #define NID_IDLS _J("IDLS")

    typedef struct tagF5501
    {
        MATH_NUMERIC ohdoco;                         /* 0: Order Number */
        JCHAR        ohdcto[3];                      /* 50: Order Type */
        JDEDATE      ohtrdj;                         /* 56: Order Date */
        ID           ohidls;                         /* 64: Handle of a list */
    } F5501, *LPF5501;

    /* Index 1: Order Number */
    #define ID_F5501_ORDER_NUMBER 1

    typedef struct tagKEY1_F5501
    {
        MATH_NUMERIC ohdoco;                         /* 0: Order Number */
        JCHAR        ohdcto[3];                      /* 50: Order Type */
    } KEY1_F5501, *LPKEY1_F5501;

    /* Index 2: Date, type & something long */
    #define ID_F5501_DATE__TYPE___SOMETHI 2

    typedef struct tagKEY2_F5501
    {
        JDEDATE      ohtrdj;                         /* 0: Order Date */
    } KEY2_F5501, *LPKEY2_F5501;

    #endif
    "#);
}

#[test]
fn header_of_a_view() {
    insta::assert_snapshot!(header(&object("V5501A", "BSVW", crate::VIEW)), @r#"
    /* V5501A: Test object. Derived from the object; do not change. */
    #ifndef VIEW_V5501A
    #define VIEW_V5501A

    #define NID_V5501A _J("V5501A")
    #define NID_DOCO _J("DOCO")
    #define NID_TOTL _J("TOTL")

    typedef struct tagBVV5501A
    {
        MATH_NUMERIC ohdoco;                         /* 0: Order Number */
        MATH_NUMERIC oldoco;                         /* 50: Order Number */
        MATH_NUMERIC oltotl;                         /* 100: Total * / of the order */
    } BVV5501A, *LPBVV5501A;

    #endif
    "#);
}

#[test]
fn header_of_a_data_structure_declares_what_its_layout_says() {
    let structure = object("D5500010", "DSTR", crate::STRUCTURE);
    let text = header(&structure);
    insta::assert_snapshot!(text, @r#"
    /* D5500010: Test object. Derived from the object; do not change. */
    #ifndef DATASTRUCTURE_D5500010
    #define DATASTRUCTURE_D5500010

    typedef struct tagDSD5500010
    {
        MATH_NUMERIC mnOrderNumber;
        JCHAR        szOrderType[3];
        MATH_NUMERIC mnTotal;
    } DSD5500010, *LPDSD5500010;

    #define IDERRmnOrderNumber_1 1L
    #define IDERRszOrderType_2 2L
    #define IDERRmnTotal_4 4L

    #endif
    "#);
    let rows = objects::rows(&structure, &context()).expect("all items are known");
    let layout = Layout::from_spec(rows.of("F98743")[0][2].text()).expect("our own row");
    let found = headers::data_structures_in(text.as_bytes());
    assert_eq!(found.len(), 1);
    assert_eq!(headers::compare_structure("d5500010.h", &found[0], &layout), []);
}

#[test]
fn a_given_header_must_be_the_derived_one() {
    let structure = object("D5500010", "DSTR", crate::STRUCTURE);
    let derived = header(&structure);
    let given = |header: &str| text(&[("object.toml", ""), ("d5500010.h", header)]);
    let check = |header: &str| headers::check(&structure, &given(header), &context()).expect("all items are known");
    assert_eq!(check(&derived.replace("MATH_NUMERIC ", "MATH_NUMERIC /* number */\t")), []);
    insta::assert_snapshot!(page(&check(&derived.replace("[3]", "[4]"))), @r#"d5500010.h:8: "JCHAR szOrderType [ 3 ] ;" expected, and "JCHAR szOrderType [ 4 ] ;" found (hint: leave the header out; it is derived from the object at every build)"#);
    assert_eq!(headers::check(&structure, &text(&[("object.toml", "")]), &context()), Ok(vec![]));
}

#[test]
fn an_unknown_item_is_an_error() {
    let structure = object("D5500010", "DSTR", crate::STRUCTURE);
    let error = headers::derived(&structure, &Context::default()).expect_err("no item is known");
    assert_eq!(error.to_string(), "data item DOCO, which D5500010 uses, is not in the data dictionary");
}

/// One line a row, blobs as their length.
fn listed(rows: &objects::Rows) -> String {
    let mut lines = Vec::new();
    for (table, rows) in &rows.tables {
        lines.extend(rows.iter().map(|row| format!("{}: {}", table.name, row.iter().map(shown).collect::<Vec<_>>().join(" | "))));
    }
    lines.join("\n")
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Blob(bytes) => format!("{} bytes", bytes.len()),
    }
}

#[test]
fn rows_of_every_kind() {
    let application = "[[form]]\nname = \"W5501A\"\nkind = \"find_browse\"\ntitle = \"Work With Orders\"\nview = \"V5501A\"\nentry = true\n[[control]]\nform = \"W5501A\"\nid = 1\nkind = \"grid_column\"\nitem = \"DOCO\"\ntext = \"Order\"\n";
    let dictionary = parsed(&[("dictionary.toml", crate::DICTIONARY)]);
    let functions = parsed(&[("object.toml", &(head("B5500010", "BSFN") + crate::FUNCTIONS)), ("b5500010.c", crate::SOURCE)]);
    let objects = [
        functions,
        object("D5500010", "DSTR", crate::STRUCTURE),
        object("T5501", "DSTR", "[[member]]\nid = 1\nname = \"mnFrom\"\nitem = \"DOCO\"\ndirection = \"in\"\n"),
        object("GT5501", "GT", crate::STRUCTURE),
        object("F5501", "TBLE", crate::TABLE),
        object("V5501A", "BSVW", crate::VIEW),
        object("P5501", "APPL", application),
        object("R5501", "UBE", crate::REPORT),
        dictionary,
    ];
    let pages: Vec<String> = objects.iter().map(|object| listed(&objects::rows(object, &context()).expect("all is known"))).collect();
    insta::assert_snapshot!(pages.join("\n"), @r#"
    F9862: B5500010 | F5501CalculateOrderTotal | D5500010 |                                      | Total of one order
    F9863: B5500010 | DSTR | D5500010
    F98762: B5500010 | F5501CalculateOrderTotal | b5500010 |  | D5500010 | {"library":"CORD","location":"both","description":"Total of one order","ordinal":1}
    F98743: D5500010 | BSFN | {"name":"D5500010","members":[{"id":1,"name":"mnOrderNumber","item_type":"numeric","size":8,"decimals":0,"direction":"in"},{"id":2,"name":"szOrderType","item_type":"string","size":2,"decimals":0,"direction":"both"},{"id":4,"name":"mnTotal","item_type":"numeric","size":15,"decimals":2,"direction":"out"}]}
    F98743: T5501 | PO | {"name":"T5501","members":[{"id":1,"name":"mnFrom","item_type":"numeric","size":8,"decimals":0,"direction":"in"}]}
    F98306: T5501 | 0001 | 1 | Order Number | {"member":"mnFrom","item":"DOCO"}
    F98743: GT5501 | GT | {"name":"GT5501","members":[{"id":1,"name":"mnOrderNumber","item_type":"numeric","size":8,"decimals":0,"direction":"in"},{"id":2,"name":"szOrderType","item_type":"string","size":2,"decimals":0,"direction":"both"},{"id":4,"name":"mnTotal","item_type":"numeric","size":15,"decimals":2,"direction":"out"}]}
    F98710: F5501 | OH | 4 | {"description":"Test object"}
    F98711: F5501 | 1 | DOCO | OHDOCO | {"member":"ohdoco","item":"DOCO","item_type":"numeric","size":8,"decimals":0,"description":"Order Number"}
    F98711: F5501 | 2 | DCTO | OHDCTO | {"member":"ohdcto","item":"DCTO","item_type":"string","size":2,"decimals":0,"description":"Order Type"}
    F98711: F5501 | 3 | TRDJ | OHTRDJ | {"member":"ohtrdj","item":"TRDJ","item_type":"date","size":0,"decimals":0,"description":"Order Date"}
    F98711: F5501 | 4 | IDLS | OHIDLS | {"member":"ohidls","item":"IDLS","item_type":"id","size":0,"decimals":0,"description":"Handle of a list"}
    F98712: F5501 | 1 | Order Number | 1 | {"macro":"ID_F5501_ORDER_NUMBER"}
    F98712: F5501 | 2 | Date, type & something long | 0 | {"macro":"ID_F5501_DATE__TYPE___SOMETHI"}
    F98713: F5501 | 1 | 1 | DOCO | {}
    F98713: F5501 | 1 | 2 | DCTO | {}
    F98713: F5501 | 2 | 1 | TRDJ | {}
    F9863: V5501A | TBLE | F5501
    F9863: V5501A | TBLE | F5502
    F98720: V5501A | {"tables":["F5501","F5502"],"joins":[{"left":"F5501.DOCO","right":"F5502.DOCO","kind":"inner"}],"columns":[{"table":"F5501","member":"ohdoco","item":"DOCO","item_type":"numeric","size":8,"decimals":0,"description":"Order Number"},{"table":"F5502","member":"oldoco","item":"DOCO","item_type":"numeric","size":8,"decimals":0,"description":"Order Number"},{"table":"F5502","member":"oltotl","item":"TOTL","item_type":"numeric","size":15,"decimals":2,"description":"Total */ of the order"}]}
    F9865: W5501A | Work With Orders | BR | Y | P5501 | 55 | 
    F98752: P5501 | {"description":"Test object","forms":["W5501A"]}
    F98753: P5501 | W5501A | {"kind":"find_browse","title":"Work With Orders","view":"V5501A","entry":true}
    F98750: P5501 | W5501A | 0 |  | Work With Orders | {}
    F98750: P5501 | W5501A | 1 |  | Order | {}
    F98751: P5501 | W5501A | 1 | grid_column | {"text":"Order","image":null,"item":"DOCO","item_type":"numeric","size":8,"decimals":0,"description":"Order Number"}
    F98761: R5501 |  | 0 | VERSION | {"title":"Nightly Order Report","view":"V5501A","options":"T5501"}
    F98761: R5501 |  | 1 | SECTION | {"name":"Orders","kind":"columnar"}
    F98761: R5501 |  | 1 | CALL | {"function":"F5501CalculateOrderTotal","values":{"mnOrderNumber":1001,"szOrderType":"SO"}}
    F98761: R5501 |  | 2 | CALL | {"function":"F5501CalculateOrderTotal","values":{"mnOrderNumber":"=1.mnTotal"}}
    F98761: R5501 | XJDE0001 | 0 | VERSION | {"title":"All orders","values":[{"call":1,"member":"mnOrderNumber","value":1002}]}
    F98760: R5501 |  | 0 |  | Nightly Order Report | {}
    F98760: R5501 |  | 1 |  | Orders | {}
    F98760: R5501 | XJDE0001 | 0 |  | All orders | {}
    F9200: DOCO | 55 | D | Order Number | DD55
    F9200: DCTO | 55 | D | Order Type | DD55
    F9200: TRDJ | 55 | D | Order Date | DD55
    F9200: TOTL | 55 | D | Total */ of the order | DD55
    F9200: IDLS | 55 | D | Handle of a list | DD55
    F9200: 55A1 | 55 | E | Order not found | DD55
    F9210: DOCO | 9 | 8 | 0 | Order Number |  | OrderNumber
    F9210: DCTO | 2 | 2 | 0 | Order Type |  | OrderType
    F9210: TRDJ | 11 | 0 | 0 | Order Date |  | OrderDate
    F9210: TOTL | 9 | 15 | 2 | Total */ of the order |  | Total
    F9210: IDLS | 7 | 0 | 0 | Handle of a list |  | OrderList
    F9210: 55A1 |  | 0 | 0 | error | 1 |
    "#);
}

#[test]
fn librarian_rows_carry_the_par() {
    let stamp = Stamp {
        user: "ANNA".into(),
        program: "PACKWRIGHT".into(),
        workstation: "DESK1".into(),
        date: "126325".into(),
        time: "103000".into(),
        release: "E920".into(),
        path_code: "DV920".into(),
    };
    let functions = parsed(&[("object.toml", &(head("B5500010", "BSFN") + crate::FUNCTIONS)), ("b5500010.c", crate::SOURCE)]);
    insta::assert_snapshot!(listed(&objects::librarian_rows(&functions, b"PK", "abc", &stamp)), @r#"
    F9860: B5500010 | Test object | 55 | 55 | BSFN | 310 |  | C | CORD | 3 | 1 | PACKWRIGHT | ANNA | DESK1 | 126325 | 103000
    F9861: B5500010 |  | DV920 | DV920 | 3 | ANNA | 126325 | 103000
    F98780R: B5500010 | E920 | DV920 | BSFN | 2 bytes | abc | 126325 | 103000
    F98780H: B5500010 | abc | E920 | DV920 | BSFN | 2 bytes | 126325 | 103000
    "#);
}

#[test]
fn an_item_comes_back_out_of_its_row() {
    let dictionary = parsed(&[("dictionary.toml", crate::DICTIONARY)]);
    let rows = objects::rows(&dictionary, &Context::default()).expect("a dictionary needs nothing");
    let items: Vec<_> = rows.of("F9210").iter().filter_map(objects::Item::of_row).collect();
    let wanted: Vec<_> = objects::parse_dictionary(crate::DICTIONARY.as_bytes()).expect("it is right").items;
    assert_eq!(items, wanted.into_iter().map(|item| objects::Item { line: 0, ..item }).collect::<Vec<_>>());
}
