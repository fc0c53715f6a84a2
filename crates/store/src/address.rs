//! Reads the address of a store: `sqlite:FOLDER`, or `postgres://…` with an optional parameter `schema=NAME`. It opens nothing.

use std::path::PathBuf;
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

use crate::error::StoreError;
use crate::name::Schema;

/// The schema of the control tables where the address names none.
const SCHEMA: &str = "packwright";

#[derive(Debug)]
pub(crate) enum Address {
    Sqlite { folder: PathBuf },
    Postgres { options: Box<PgConnectOptions>, schema: Schema },
}

impl Address {
    pub(crate) fn parse(url: &str) -> Result<Address, StoreError> {
        if let Some(folder) = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")) {
            return sqlite(folder);
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return postgres(url);
        }
        Err(refused("expected sqlite:FOLDER or postgres://…"))
    }
}

fn sqlite(folder: &str) -> Result<Address, StoreError> {
    if folder.is_empty() || folder.contains('\0') {
        return Err(refused("expected a folder after sqlite:"));
    }
    // Absolute, so that SQLite never takes a folder named "file:" for an address of its own, and a later change of the
    // working folder moves nothing.
    let folder = std::path::absolute(folder).map_err(|e| refused(&format!("the folder has no absolute path: {e}")))?;
    Ok(Address::Sqlite { folder })
}

fn postgres(url: &str) -> Result<Address, StoreError> {
    let (place, parameters) = url.split_once('?').unwrap_or((url, ""));
    let (ours, others): (Vec<&str>, Vec<&str>) = parameters.split('&').filter(|p| !p.is_empty()).partition(|p| p.starts_with("schema="));
    let schema = match ours[..] {
        [] => Schema::parse(SCHEMA)?,
        [parameter] => Schema::parse(&parameter["schema=".len()..])?,
        _ => return Err(refused("schema= stands twice")),
    };
    let options = PgConnectOptions::from_str(&format!("{place}?{}", others.join("&")))
        .map_err(|_| refused("expected postgres://USER:PASSWORD@HOST:PORT/DATABASE"))?;
    Ok(Address::Postgres { options: Box::new(options), schema })
}

fn refused(reason: &str) -> StoreError {
    StoreError::Address { reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders() {
        for url in ["sqlite:/data/store", "sqlite:///data/store"] {
            let Ok(Address::Sqlite { folder }) = Address::parse(url) else { panic!("{url}") };
            assert_eq!(folder, PathBuf::from("/data/store"));
        }
    }

    #[test]
    fn schemas() {
        let Ok(Address::Postgres { schema, options }) = Address::parse("postgres://u@h/db?schema=erp&application_name=x") else {
            panic!("refused")
        };
        assert_eq!(schema.as_str(), "erp");
        assert_eq!(options.get_application_name(), Some("x"));
        let Ok(Address::Postgres { schema, .. }) = Address::parse("postgres://u@h/db") else { panic!("refused") };
        assert_eq!(schema.as_str(), SCHEMA);
    }

    #[test]
    fn refusals_keep_the_password() {
        for url in ["", "mysql://u:secret@h/db", "sqlite:", "postgres://u:secret@h:port/db", "postgres://u:secret@h/db?schema=a&schema=b"] {
            let error = Address::parse(url).expect_err(url).to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
