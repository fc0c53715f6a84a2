//! Names that become part of file names and of statements: path codes, packages, and PostgreSQL's schemas. Whoever holds one of
//! these types need not look at it again. It does not know whether such a path code or package exists.

use crate::error::StoreError;

/// Longest path code or package of the ERP.
const LENGTH_MAX: usize = 10;

/// Longest schema that still leaves room in PostgreSQL's 63 bytes.
const SCHEMA_LENGTH_MAX: usize = 40;

/// Longest name that PostgreSQL takes.
const ROLE_LENGTH_MAX: usize = 63;

const RULE: &str = "expected 1 to 10 of A–Z, 0–9 and _, first a letter";

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PathCode(String);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PackageName(String);

/// A schema of PostgreSQL, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Schema(String);

/// A role of PostgreSQL that a server logs in as.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RoleName(String);

impl PathCode {
    pub(crate) fn parse(name: &str) -> Result<PathCode, StoreError> {
        check("path code", name)?;
        // PostgreSQL keeps these schemas for itself; a path code must be able to move between the databases.
        if name.starts_with("PG_") || name == "PUBLIC" {
            return Err(StoreError::Name { what: "path code", name: name.to_string(), reason: "it is reserved" });
        }
        Ok(PathCode(name.to_string()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn schema(&self) -> Schema {
        Schema(self.0.to_lowercase())
    }
}

impl PackageName {
    pub(crate) fn parse(name: &str) -> Result<PackageName, StoreError> {
        check("package", name)?;
        Ok(PackageName(name.to_string()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// What the names of its tables end with on PostgreSQL (F36: `F98710_DV920FA`).
    pub(crate) fn suffix(&self) -> String {
        format!("_{}", self.0.to_lowercase())
    }
}

impl Schema {
    pub(crate) fn parse(name: &str) -> Result<Schema, StoreError> {
        let mut characters = name.chars();
        let well_formed = characters.next().is_some_and(|c| c.is_ascii_lowercase())
            && characters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            && name.len() <= SCHEMA_LENGTH_MAX
            && !name.starts_with("pg_");
        if well_formed {
            return Ok(Schema(name.to_string()));
        }
        let reason = "expected 1 to 40 of a–z, 0–9 and _, first a letter, and not pg_";
        Err(StoreError::Name { what: "schema", name: shown(name), reason })
    }

    /// What stands for the schema where a file is meant: SQLite's own name of it.
    pub(crate) fn of_a_file() -> Schema {
        Schema("main".to_string())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl RoleName {
    pub(crate) fn parse(name: &str) -> Result<RoleName, StoreError> {
        let mut characters = name.chars();
        let well_formed = characters.next().is_some_and(|c| c.is_ascii_alphabetic())
            && characters.all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
            && name.len() <= ROLE_LENGTH_MAX
            && !name.starts_with("pg_");
        if well_formed {
            return Ok(RoleName(name.to_string()));
        }
        let reason = "expected 1 to 63 of A–Z, a–z, 0–9, _ and -, first a letter, and not pg_";
        Err(StoreError::Name { what: "role", name: shown(name), reason })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

fn check(what: &'static str, name: &str) -> Result<(), StoreError> {
    let mut characters = name.chars();
    let well_formed = characters.next().is_some_and(|c| c.is_ascii_uppercase())
        && characters.all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        && name.len() <= LENGTH_MAX;
    if well_formed { Ok(()) } else { Err(StoreError::Name { what, name: shown(name), reason: RULE }) }
}

/// As much of a refused name as a message needs.
fn shown(name: &str) -> String {
    name.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_names() {
        for name in ["D", "DV920", "DV920FA", "A_1", "ABCDEFGHIJ"] {
            assert!(PathCode::parse(name).is_ok(), "{name}");
            assert!(PackageName::parse(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn bad_names() {
        for name in ["", "dv920", "9A", "_A", "A-B", "A B", "../A", "A/B", "A\0", "ABCDEFGHIJK", "Ä", "A\"", "A'"] {
            assert!(PathCode::parse(name).is_err(), "{name}");
            assert!(PackageName::parse(name).is_err(), "{name}");
        }
        for name in ["PUBLIC", "PG_TOAST"] {
            assert!(PathCode::parse(name).is_err(), "{name}");
        }
        for name in ["", "Packwright", "pg_x", "a-b", "a\"b", "1a"] {
            assert!(Schema::parse(name).is_err(), "{name}");
        }
        for name in ["", "pg_x", "a b", "a\"b", "a'b", "1a", &"r".repeat(64)] {
            assert!(RoleName::parse(name).is_err(), "{name}");
        }
    }
}
