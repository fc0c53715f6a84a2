//! Writes `docs/tables.md` from the table catalogue, and holds the committed page against it. `UPDATE_DOCS=1` writes the page.

use std::fmt::Write;
use std::path::Path;

use engine::tables::{self, Kind, Place, Table};

const HEAD: &str = "\
# Tables

Written from the table catalogue (`crates/engine/src/tables/`) by the tests of `store`; do not edit. To write it anew:
`UPDATE_DOCS=1 cargo test -p store docs_tables_is_current`.

Names and prefixes of ERP tables are the ERP's own. What it names no column for is marked (ours). A missing text is empty, a missing
number 0; no column is null. `k` marks the columns of the primary key.
";

const PLACES: [(Place, &str, &str); 5] = [
    (
        Place::Control,
        "Control",
        "Once per enterprise: `control-tables.db` on SQLite, schema `packwright` (or the one named in the address) on PostgreSQL.",
    ),
    (Place::PathCode, "Path code", "Once per path code, what a check-in writes: `DV920.db` on SQLite, schema `dv920` on PostgreSQL."),
    (
        Place::Spec,
        "Specs",
        "Once per path code beside the tables above, and copied once per package: `packages/DV920/DV920FA.db` on SQLite, tables `f98710_dv920fa` … in schema `dv920` on PostgreSQL.",
    ),
    (Place::Package, "Package", "Once per package only, beside its copies of the specs."),
    (
        Place::Serialized,
        "Serialized objects",
        "Once per package among the central objects, with the package in the name: `F989999_DV920FA`. Web servers go on writing to them.",
    ),
];

#[test]
fn docs_tables_is_current() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/tables.md");
    let page = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&file, &page).unwrap_or_else(|e| panic!("cannot write {}: {e}", file.display()));
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("cannot read {}: {e}", file.display()));
    assert!(
        committed == page,
        "docs/tables.md is not what the catalogue says\nhint: UPDATE_DOCS=1 cargo test -p store docs_tables_is_current"
    );
}

fn page() -> String {
    let mut page = HEAD.to_string();
    for (place, title, about) in PLACES {
        write!(page, "\n## {title}\n\n{about}\n").expect("a text takes all");
        for table in tables::of(place) {
            describe(&mut page, table);
        }
    }
    page
}

fn describe(page: &mut String, table: &Table) {
    write!(page, "\n### {}: {}\n\n| column | | kind | |\n|---|---|---|---|\n", table.name, table.about).expect("a text takes all");
    for column in table.columns {
        let key = if table.key.contains(&column.name) { "k" } else { "" };
        let kind = match column.kind {
            Kind::Text => "text",
            Kind::Integer => "integer",
            Kind::Blob => "blob",
        };
        writeln!(page, "| {} | {key} | {kind} | {} |", column.name, column.about.replace('|', "\\|")).expect("a text takes all");
    }
}
