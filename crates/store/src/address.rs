//! Reads the address of a store: `sqlite:FOLDER`, or `postgres://…` with the parameters `schema=NAME` and `connections=N` of our own
//! beside those of sqlx. It opens nothing.

use std::path::PathBuf;
use std::str::FromStr;

use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;

use crate::error::StoreError;
use crate::name::Schema;

/// The schema of the control tables where the address names none.
const SCHEMA: &str = "packwright";

/// The least number of connections that never wait for one another: one for the control tables, one for a package that is being
/// written, one for what its writer asks meanwhile.
const CONNECTIONS_MIN: u32 = 3;

const CONNECTIONS_MAX: u32 = 1_000;

#[derive(Debug)]
pub(crate) enum Address {
    Sqlite {
        folder: PathBuf,
    },
    Postgres {
        options: Box<PgConnectOptions>,
        schema: Schema,
        /// Most connections of this process; where there is no such limit, each schema has its own.
        connections: Option<u32>,
    },
}

impl Address {
    /// A password that is given stands in the place of the address's own; without either, sqlx looks for `PGPASSWORD` and for
    /// `~/.pgpass`.
    pub(crate) fn parse(url: &str, password: Option<&str>) -> Result<Address, StoreError> {
        if let Some(folder) = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")) {
            return sqlite(folder);
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return postgres(url, password);
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

fn postgres(url: &str, password: Option<&str>) -> Result<Address, StoreError> {
    let (place, parameters) = url.split_once('?').unwrap_or((url, ""));
    let (mut schema, mut connections, mut others) = (None, None, Vec::new());
    for parameter in parameters.split('&').filter(|parameter| !parameter.is_empty()) {
        match parameter.split_once('=') {
            Some(("schema", name)) => set_once(&mut schema, Schema::parse(name)?, "schema=")?,
            Some(("connections", number)) => set_once(&mut connections, connection_count(number)?, "connections=")?,
            _ => others.push(parameter),
        }
    }
    let mut options = PgConnectOptions::from_str(&format!("{place}?{}", others.join("&")))
        .map_err(|_| refused("expected postgres://USER@HOST:PORT/DATABASE"))?
        // sqlx would write whole statements to the log, some of which hold what no log may show.
        .disable_statement_logging();
    if let Some(password) = password {
        options = options.password(password);
    }
    let schema = match schema {
        Some(schema) => schema,
        None => Schema::parse(SCHEMA)?,
    };
    Ok(Address::Postgres { options: Box::new(options), schema, connections })
}

fn set_once<T>(place: &mut Option<T>, value: T, name: &str) -> Result<(), StoreError> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(refused(&format!("{name} stands twice"))),
    }
}

fn connection_count(text: &str) -> Result<u32, StoreError> {
    let expected = || refused(&format!("expected connections= with a number from {CONNECTIONS_MIN} to {CONNECTIONS_MAX}"));
    text.parse().ok().filter(|number| (CONNECTIONS_MIN..=CONNECTIONS_MAX).contains(number)).ok_or_else(expected)
}

fn refused(reason: &str) -> StoreError {
    StoreError::Address { reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<Address, StoreError> {
        Address::parse(url, None)
    }

    #[test]
    fn folders() {
        for url in ["sqlite:/data/store", "sqlite:///data/store"] {
            let Ok(Address::Sqlite { folder }) = parse(url) else { panic!("{url}") };
            assert_eq!(folder, PathBuf::from("/data/store"));
        }
    }

    #[test]
    fn parameters_of_our_own() {
        let url = "postgres://u@h/db?schema=erp&application_name=x&connections=7";
        let Ok(Address::Postgres { schema, options, connections }) = parse(url) else { panic!("refused") };
        assert_eq!((schema.as_str(), connections), ("erp", Some(7)));
        assert_eq!(options.get_application_name(), Some("x"));
        let Ok(Address::Postgres { schema, connections, .. }) = parse("postgres://u@h/db") else { panic!("refused") };
        assert_eq!((schema.as_str(), connections), (SCHEMA, None));
    }

    #[test]
    fn the_password_given_counts() {
        for url in ["postgres://u@h/db", "postgres://u:wrong@h/db"] {
            let Ok(Address::Postgres { options, .. }) = Address::parse(url, Some("right")) else { panic!("refused") };
            assert_eq!(options.to_url_lossy().password(), Some("right"));
        }
    }

    #[test]
    fn refusals_keep_the_password() {
        let urls = [
            "",
            "mysql://u:secret@h/db",
            "sqlite:",
            "postgres://u:secret@h:port/db",
            "postgres://u:secret@h/db?schema=a&schema=b",
            "postgres://u:secret@h/db?connections=2",
            "postgres://u:secret@h/db?connections=many",
            "postgres://u:secret@h/db?connections=4&connections=4",
        ];
        for url in urls {
            let error = parse(url).expect_err(url).to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
