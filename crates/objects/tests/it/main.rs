//! The crate from outside: a small check-in of every kind, its complaints, headers, rows and pars, and hostile input.

mod complaints;
mod derived;
mod hostile;
mod pars;
mod sample;
mod whole;

use objects::{Complaint, Object, ObjectText};

/// An object's text of these files.
fn text(files: &[(&str, &str)]) -> ObjectText {
    ObjectText { files: files.iter().map(|(file, content)| (file.to_string(), content.as_bytes().to_vec())).collect() }
}

fn parsed(files: &[(&str, &str)]) -> Object {
    objects::parse(&text(files)).unwrap_or_else(|complaints| panic!("{}", page(&complaints)))
}

fn page(complaints: &[Complaint]) -> String {
    complaints.iter().map(Complaint::to_string).collect::<Vec<_>>().join("\n")
}

fn head(name: &str, kind: &str) -> String {
    format!("[object]\nname = \"{name}\"\nkind = \"{kind}\"\ndescription = \"Test object\"\nsystem = \"55\"\n")
}

const DICTIONARY: &str = r#"
system = "55"
[[item]]
alias = "DOCO"
name = "OrderNumber"
description = "Order Number"
type = "numeric"
size = 8
[[item]]
alias = "DCTO"
name = "OrderType"
description = "Order Type"
type = "string"
size = 2
[[item]]
alias = "TRDJ"
name = "OrderDate"
description = "Order Date"
type = "date"
[[item]]
alias = "TOTL"
name = "Total"
description = "Total */ of the order"
type = "numeric"
size = 15
decimals = 2
[[item]]
alias = "IDLS"
name = "OrderList"
description = "Handle of a list"
type = "id"
[[message]]
id = "55A1"
severity = "error"
text = "Order not found"
"#;

const STRUCTURE: &str = r#"
[[member]]
id = 1
name = "mnOrderNumber"
item = "DOCO"
direction = "in"
[[member]]
id = 2
name = "szOrderType"
item = "DCTO"
direction = "both"
[[member]]
id = 4
name = "mnTotal"
item = "TOTL"
direction = "out"
"#;

const TABLE: &str = r#"
[table]
prefix = "OH"
[[column]]
item = "DOCO"
[[column]]
item = "DCTO"
[[column]]
item = "TRDJ"
[[column]]
item = "IDLS"
[[index]]
name = "Order Number"
unique = true
columns = ["DOCO", "DCTO"]
[[index]]
name = "Date, type & something long"
columns = ["TRDJ"]
"#;

const VIEW: &str = r#"
[view]
tables = ["F5501", "F5502"]
[[join]]
left = "F5501.DOCO"
right = "F5502.DOCO"
kind = "inner"
[[column]]
table = "F5501"
item = "DOCO"
[[column]]
table = "F5502"
item = "DOCO"
[[column]]
table = "F5502"
item = "TOTL"
"#;

const FUNCTIONS: &str = r#"
[bsfn]
library = "CORD"
location = "both"
[[function]]
name = "F5501CalculateOrderTotal"
data_structure = "D5500010"
description = "Total of one order"
"#;

const SOURCE: &str = "#include <jde.h>\n#define b5500010_c\n#include <b5500010.h>\nJDEBFRTN(ID) JDEBFWINAPI F5501CalculateOrderTotal(LPBHVRCOM a, LPVOID b, LPDSD5500010 c) { return ER_SUCCESS; }\n";

const HEADER: &str = "typedef struct tagDSD5500010\n{\n   MATH_NUMERIC mnOrderNumber;\n   JCHAR szOrderType[3];\n   MATH_NUMERIC mnTotal;\n} DSD5500010, *LPDSD5500010;\n";

const REPORT: &str = r#"
[report]
title = "Nightly Order Report"
view = "V5501A"
options = "T5501"
[[section]]
id = 1
name = "Orders"
kind = "columnar"
[[call]]
function = "F5501CalculateOrderTotal"
values = { mnOrderNumber = 1001, szOrderType = "SO" }
[[call]]
function = "F5501CalculateOrderTotal"
values = { mnOrderNumber = "=1.mnTotal" }
[[version]]
name = "XJDE0001"
title = "All orders"
[[version.value]]
call = 1
member = "mnOrderNumber"
value = 1002
"#;
