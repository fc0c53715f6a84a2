//! Every table that Packwright keeps: its place, columns and key. The one list from which the DDL of both databases, the copy of
//! a package's specs and `docs/tables.md` are made. Names and prefixes of ERP tables are the ERP's own; where the sources name no
//! column for something that must be kept, the column is our choice and its text says so ("ours").

mod control;
mod path_code;
mod spec;

/// Where a table lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Once per enterprise.
    Control,
    /// Once per path code: what a check-in writes.
    PathCode,
    /// Once per path code, and copied once per package: the 17 spec tables.
    Spec,
    /// Once per package only: the manifest.
    Package,
    /// Once per package, among the central objects, with the package in the name: web servers go on writing to them after the build.
    Serialized,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Integer,
    Blob,
}

#[derive(Clone, Copy, Debug)]
pub struct Column {
    pub name: &'static str,
    pub kind: Kind,
    pub about: &'static str,
}

#[derive(Clone, Copy, Debug)]
pub struct Table {
    pub name: &'static str,
    pub place: Place,
    pub about: &'static str,
    pub columns: &'static [Column],
    /// Columns of the primary key, in order.
    pub key: &'static [&'static str],
}

impl Table {
    /// The position of a column in a full row.
    pub fn position(&self, column: &str) -> usize {
        self.columns.iter().position(|c| c.name == column).unwrap_or_else(|| panic!("table {} has no column {column}", self.name))
    }
}

const fn text(name: &'static str, about: &'static str) -> Column {
    Column { name, kind: Kind::Text, about }
}

const fn integer(name: &'static str, about: &'static str) -> Column {
    Column { name, kind: Kind::Integer, about }
}

const fn blob(name: &'static str, about: &'static str) -> Column {
    Column { name, kind: Kind::Blob, about }
}

/// All tables: control first, then those of a path code, its spec tables, and those of a package.
pub fn all() -> impl Iterator<Item = &'static Table> {
    control::TABLES.iter().chain(path_code::TABLES).chain(spec::TABLES).chain(spec::PACKAGE_TABLES)
}

/// The tables of one place, in the order of the list.
pub fn of(place: Place) -> impl Iterator<Item = &'static Table> {
    all().filter(move |table| table.place == place)
}

/// The table of that name.
pub fn named(name: &str) -> Option<&'static Table> {
    all().find(|table| table.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn seventeen_spec_tables() {
        assert_eq!(of(Place::Spec).count(), 17);
    }

    #[test]
    fn names_are_unique_and_keys_exist() {
        let mut seen = BTreeSet::new();
        for table in all() {
            assert!(seen.insert(table.name), "{} stands twice", table.name);
            assert!(!table.key.is_empty(), "{} has no key", table.name);
            for key in table.key {
                assert!(table.columns.iter().any(|c| c.name == *key), "{}: key {key} is no column", table.name);
            }
            let columns: BTreeSet<_> = table.columns.iter().map(|c| c.name).collect();
            assert_eq!(columns.len(), table.columns.len(), "{}: a column stands twice", table.name);
        }
    }

    #[test]
    fn every_spec_row_names_its_object_first() {
        for table in of(Place::Spec) {
            assert_eq!(table.columns[0].name, "OBNM", "{}: packages resolve rows by object", table.name);
            assert_eq!(table.key[0], "OBNM");
        }
    }
}
