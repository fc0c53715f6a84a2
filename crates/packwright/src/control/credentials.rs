//! Lets servers in and keeps them out: the key by which the bus knows a server, and, for the two that work on central objects, a role of the database. Only
//! public halves and names are kept; a secret is handed out once.

use super::{Control, stamp};
use crate::agent::tables::failed;
use crate::credential::{Secrets, ServerCredential};
use crate::{folders, owner};
use engine::failure::{self, Failure};
use engine::tables;
use engine::value::Value;
use serde::{Deserialize, Serialize};
use std::path::Path;
use utoipa::ToSchema;

/// Whose key control's own is in the table.
const CONTROL: &str = "control";

/// What a server is let in with, and what the bus must read to know it.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct Enrolment {
    #[schema(value_type = Object)]
    pub credential: Option<ServerCredential>,
    /// Control's own seed, where it had none before: `packwright.secrets` must hold it.
    pub control_seed: Option<String>,
    /// Certificate of whoever vouches for the bus.
    pub bus_ca: Option<String>,
    /// The bus server's list of users.
    pub users: String,
}

fn not_here(what: &str) -> Failure {
    Failure::new(
        &failure::BAD_REQUEST,
        format!("{what}: servers of their own need a NATS server as the bus and PostgreSQL as the database"),
    )
    .hint("name both in packwright.toml, and apply it; where all runs in one process nobody needs a credential")
}

impl Control {
    /// Gives a server a new credential; one that it had is void.
    pub async fn enrol(&self, root: &Path, server: &str) -> Result<Enrolment, Failure> {
        let read = |error: anyhow::Error| Failure::new(&failure::BAD_REQUEST, format!("{error:#}"));
        let file = owner::read_enterprise_file(root).map_err(read)?;
        if file.bus == "memory:" || file.database.starts_with("sqlite:") {
            return Err(not_here("cannot enrol a server"));
        }
        let secrets = Secrets::read(root).map_err(read)?;
        let fleet = self.fleet().await?;
        let machine = fleet.machine(server).ok_or_else(|| {
            let known: Vec<&str> = fleet.machines.iter().map(|machine| machine.server.name.as_str()).collect();
            Failure::new(&failure::UNKNOWN_NAME, format!("there is no server {server}")).hint(format!("known are {}", known.join(", ")))
        })?;
        let (seed, public) = bus::new_key();
        let central = machine.primary || machine.kind == "deployment";
        let role = if central { format!("packwright_{}", server.to_lowercase()) } else { String::new() };
        let password = central.then(|| bus::new_key().0);
        if let Some(password) = &password {
            self.store.grant_central(&role, password).await.map_err(failed)?;
        }
        let control_seed = self.write_key(server, &public, &role, secrets.bus_seed.as_deref()).await?;
        let bus_ca = match &secrets.bus_ca {
            Some(path) => Some(std::fs::read_to_string(path).map_err(|error| {
                Failure::new(&failure::BAD_REQUEST, format!("cannot read {}: {error}", path.display()))
                    .hint("see bus_ca in packwright.secrets")
            })?),
            None => None,
        };
        let credential = ServerCredential {
            server: server.into(),
            bus: file.bus.clone(),
            bus_seed: Some(seed),
            bus_ca: bus_ca.as_ref().map(|_| folders::bus_ca(server).into()),
            database: central.then(|| with_user(&file.database, &role)),
            database_password: password,
        };
        Ok(Enrolment { credential: Some(credential), control_seed, bus_ca, users: self.bus_users().await? })
    }

    /// Makes a server's credential void.
    pub async fn revoke(&self, server: &str) -> Result<Enrolment, Failure> {
        let sql = "SELECT DATABASEROLE FROM PW_CREDENTIAL WHERE SERVER = $1 AND REVOKED = 0";
        let rows = self.store.control().query(sql, &[Value::from(server)]).await.map_err(failed)?;
        if rows.is_empty() || server == CONTROL {
            return Err(Failure::new(&failure::UNKNOWN_NAME, format!("{server} has no credential")).hint("`packwright enrol` issues one"));
        }
        for role in rows.iter().map(|row| row[0].text()).filter(|role| !role.is_empty()) {
            self.store.revoke_central(role).await.map_err(failed)?;
        }
        let mut transaction = self.store.control().begin().await.map_err(failed)?;
        let sql = "UPDATE PW_CREDENTIAL SET REVOKED = $1 WHERE SERVER = $2 AND REVOKED = 0";
        transaction.execute(sql, &[Value::from(stamp::now()), Value::from(server)]).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        Ok(Enrolment { credential: None, control_seed: None, bus_ca: None, users: self.bus_users().await? })
    }

    /// Puts a new key in the place of those that the server had. Control gets one too where it has none; its seed is handed out.
    async fn write_key(&self, server: &str, public: &str, role: &str, control_seed: Option<&str>) -> Result<Option<String>, Failure> {
        let table = tables::named("PW_CREDENTIAL").expect("in the catalogue");
        let row = |server: &str, public: &str, role: &str| {
            vec![Value::from(server), Value::from(public), Value::from(stamp::now()), Value::from(0), Value::from(role)]
        };
        let mut transaction = self.store.control().begin().await.map_err(failed)?;
        transaction.lock("PW_CREDENTIAL").await.map_err(failed)?;
        let void = "UPDATE PW_CREDENTIAL SET REVOKED = $1 WHERE SERVER = $2 AND REVOKED = 0 AND PUBLICKEY <> $3";
        let now = Value::from(stamp::now());
        transaction.execute(void, &[now.clone(), Value::from(server), Value::from(public)]).await.map_err(failed)?;
        transaction.upsert(table, &[row(server, public, role)]).await.map_err(failed)?;
        let (control_public, made) = match control_seed {
            Some(seed) => (bus::public_key(seed).map_err(|error| crate::bus_failed::bus_failed(&error))?, None),
            None => {
                let (seed, public) = bus::new_key();
                (public, Some(seed))
            }
        };
        transaction.execute(void, &[now, Value::from(CONTROL), Value::from(&control_public)]).await.map_err(failed)?;
        transaction.upsert(table, &[row(CONTROL, &control_public, "")]).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        Ok(made)
    }

    /// The list of users for the bus server: everyone who is let in now.
    async fn bus_users(&self) -> Result<String, Failure> {
        let sql = "SELECT SERVER, PUBLICKEY FROM PW_CREDENTIAL WHERE REVOKED = 0 ORDER BY SERVER";
        let rows = self.store.control().query(sql, &[]).await.map_err(failed)?;
        let user = |row: &Vec<Value>| (row[0].text().to_string(), row[1].text().to_string(), row[0].text() == CONTROL);
        Ok(bus::server_configuration(&rows.iter().map(user).collect::<Vec<_>>()))
    }
}

/// The URL of a database with another user.
fn with_user(url: &str, user: &str) -> String {
    let rest = url.strip_prefix("postgres://").unwrap_or(url);
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("postgres://{user}@{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_reached_as_another_user() {
        assert_eq!(
            with_user("postgres://admin@db:5432/erp?sslmode=require", "packwright_ent1"),
            "postgres://packwright_ent1@db:5432/erp?sslmode=require"
        );
        assert_eq!(with_user("postgres://db/erp?host=/run", "r"), "postgres://r@db/erp?host=/run");
    }
}
