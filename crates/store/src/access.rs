//! Roles at PostgreSQL for the servers whose steps work on the central objects: the primary enterprise server and the deployment server.
//! It does not know who bears which role, nor how a password reaches its bearer.
//!
//! ```text
//! packwright_ent1 ──┐
//! packwright_dep  ──┼── members of ──▶ packwright_central_DATABASE: reads the tables of path codes, writes PW_PACKAGE, makes
//! control's own   ──┘                  and owns the tables of packages
//! ```
//!
//! A server's session acts as that group from its first statement, so that whatever it makes belongs to the group: control may remove
//! it, and so may the role of a server that was enrolled anew. The group has no part in the control tables, and may not write the
//! other tables of a path code. What it cannot be kept from: whoever may make the tables of packages may fill them with anything.

use engine::tables::{self, Place, Table};
use engine::value::{Row, Value};
use sha2::{Digest, Sha256};

use crate::backend::Backend;
use crate::error::StoreError;
use crate::name::{PathCode, RoleName, Schema};
use crate::statement::{placeholders, quoted_name, quoted_text};
use crate::transaction::Transaction;
use crate::{Store, verifier};

/// A statement about roles and rights, with words for messages: the statement itself may hold a verifier.
struct Step {
    description: String,
    sql: String,
}

/// Who is there, as the database says.
struct Facts {
    account: String,
    database: String,
    group: String,
    makes_roles: bool,
    has_group: bool,
    account_in_group: bool,
    has_role: bool,
    role_in_group: bool,
}

impl Store {
    /// The statements that give a server the role under which it may work on the central objects, as things are now: for an administrator
    /// to read or to run. They hold what the server keeps of the password, not the password.
    pub async fn central_access(&self, role: &str, password: &str) -> Result<Vec<String>, StoreError> {
        let role = RoleName::parse(role)?;
        let verifier = verifier::of(&role, password)?;
        let mut transaction = self.control().begin().await?;
        let (_, steps) = self.plan_access(&mut transaction, &role, Some(&verifier)).await?;
        Ok(steps.into_iter().map(|step| step.sql).collect())
    }

    /// Gives a server that role; one that it has already gets this password and whatever rights it lacks.
    pub async fn grant_central(&self, role: &str, password: &str) -> Result<(), StoreError> {
        let role = RoleName::parse(role)?;
        let verifier = verifier::of(&role, password)?;
        let mut transaction = self.control().begin().await?;
        lock(&mut transaction).await?;
        let (facts, steps) = self.plan_access(&mut transaction, &role, Some(&verifier)).await?;
        if !facts.makes_roles {
            // The error goes to logs, so the password is left for the administrator to set.
            let (_, steps) = self.plan_access(&mut transaction, &role, None).await?;
            let mut texts: Vec<String> = steps.into_iter().map(|step| step.sql).collect();
            texts.push(format!("and set its password, in psql with \\password {}", quoted_name(role.as_str())));
            let attempted = format!("make role {}: {} lacks CREATEROLE", role.as_str(), facts.account);
            return Err(StoreError::MissingRight { attempted, remedy: texts.join(";\n") });
        }
        run(&mut transaction, steps).await?;
        for schema in self.path_code_schemas(&mut transaction).await? {
            check_granted(&mut transaction, &facts.group, &schema).await?;
        }
        transaction.commit().await
    }

    /// Takes the role from a server, ends its sessions, and removes the role. What it made stays. Nothing happens where there is no
    /// such role.
    pub async fn revoke_central(&self, role: &str) -> Result<(), StoreError> {
        let role = RoleName::parse(role)?;
        let mut transaction = self.control().begin().await?;
        lock(&mut transaction).await?;
        let facts = self.facts(&mut transaction, &role).await?;
        if !facts.has_role {
            return Ok(());
        }
        facts.refuse_stranger(&role)?;
        let (name, group) = (quoted_name(role.as_str()), quoted_name(&facts.group));
        // Its sessions and its belongings are open to members only.
        let joins = format!("grant {name} to {}", quoted_name(&facts.account));
        run(&mut transaction, vec![step("refuse its logins", format!("alter role {name} nologin")), step("join the role", joins)]).await?;
        transaction.commit().await?;

        let mut transaction = self.control().begin().await?;
        lock(&mut transaction).await?;
        let sessions = "select pg_terminate_backend(pid) from pg_stat_activity where usename = $1";
        transaction.query(sessions, &[role.as_str().into()]).await?;
        let steps = vec![
            step("keep what the role made", format!("reassign owned by {name} to {group}")),
            step("take the rights of the role", format!("drop owned by {name}")),
            step("remove the role", format!("drop role {name}")),
        ];
        run(&mut transaction, steps).await?;
        transaction.commit().await
    }

    async fn plan_access(
        &self,
        transaction: &mut Transaction,
        role: &RoleName,
        verifier: Option<&str>,
    ) -> Result<(Facts, Vec<Step>), StoreError> {
        let facts = self.facts(transaction, role).await?;
        if facts.has_role {
            facts.refuse_stranger(role)?;
        }
        let mut steps = role_steps(&facts, role, verifier);
        for schema in self.path_code_schemas(transaction).await? {
            steps.extend(path_code_steps(&facts.group, &schema));
            steps.extend(handed_over(transaction, &facts.group, &schema).await?);
        }
        Ok((facts, steps))
    }

    async fn facts(&self, transaction: &mut Transaction, role: &RoleName) -> Result<Facts, StoreError> {
        let Backend::Postgres { schema, .. } = self.central().backend() else { return Err(StoreError::NoRoles) };
        Facts::look(transaction, schema, role.as_str()).await
    }

    /// The schemas of the enterprise's path codes, as far as they stand.
    async fn path_code_schemas(&self, transaction: &mut Transaction) -> Result<Vec<Schema>, StoreError> {
        let rows = transaction.query("select EMPATHCD from F00942 order by EMPATHCD", &[]).await?;
        let path_codes: Vec<PathCode> = rows.iter().map(|row| PathCode::parse(row[0].text())).collect::<Result<_, _>>()?;
        let there = transaction.query("select nspname from pg_catalog.pg_namespace", &[]).await?;
        let stands = |schema: &Schema| there.iter().any(|row| row[0].text() == schema.as_str());
        Ok(path_codes.iter().map(PathCode::schema).filter(stands).collect())
    }
}

impl Facts {
    async fn look(transaction: &mut Transaction, control: &Schema, role: &str) -> Result<Facts, StoreError> {
        let rows = transaction.query("select cast(current_user as text), cast(current_database() as text)", &[]).await?;
        let name = |row: &Row, position: usize| row[position].text().to_string();
        let (account, database) = rows.first().map(|row| (name(row, 0), name(row, 1))).unwrap_or_default();
        let group = group(control, &database);
        let text = "select exists (select 1 from pg_roles where rolname = current_user and (rolcreaterole or rolsuper)), \
                    exists (select 1 from pg_roles where rolname = $1), \
                    exists (select 1 from pg_roles where rolname = $1 and pg_has_role(current_user, oid, 'member')), \
                    exists (select 1 from pg_roles where rolname = $2), \
                    exists (select 1 from pg_auth_members m join pg_roles g on g.oid = m.roleid join pg_roles r on r.oid = m.member \
                            where g.rolname = $1 and r.rolname = $2)";
        let rows = transaction.query(text, &[group.as_str().into(), role.into()]).await?;
        let yes = |position: usize| rows.first().is_some_and(|row| row[position].integer() == 1);
        let (makes_roles, has_group, account_in_group, has_role, role_in_group) = (yes(0), yes(1), yes(2), yes(3), yes(4));
        Ok(Facts { account, database, group, makes_roles, has_group, account_in_group, has_role, role_in_group })
    }

    /// A role that somebody else made must not be given rights, a new password or its end here.
    fn refuse_stranger(&self, role: &RoleName) -> Result<(), StoreError> {
        if self.role_in_group {
            return Ok(());
        }
        let reason = "a role of that name is there already, and it is no server's of this enterprise";
        Err(StoreError::Name { what: "role", name: role.as_str().to_string(), reason })
    }
}

/// Roles stand beside the databases of a cluster, so the group bears the database in its name. PostgreSQL cuts names off after 63
/// bytes; two databases must not come to one group by that.
fn group(control: &Schema, database: &str) -> String {
    const LENGTH_MAX: usize = 63;
    let name = format!("{}_central_{database}", control.as_str());
    if name.len() <= LENGTH_MAX {
        return name;
    }
    let hash: String = Sha256::digest(&name).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("{}_central_{hash}", control.as_str().chars().take(30).collect::<String>())
}

fn role_steps(facts: &Facts, role: &RoleName, verifier: Option<&str>) -> Vec<Step> {
    let (name, group) = (quoted_name(role.as_str()), quoted_name(&facts.group));
    let mut steps = Vec::new();
    if !facts.has_group {
        steps.push(step("make the group of servers", format!("create role {group} nologin")));
    }
    if !facts.account_in_group {
        steps.push(step("join the group of servers", format!("grant {group} to {}", quoted_name(&facts.account))));
    }
    let verb = if facts.has_role { "alter" } else { "create" };
    let password = verifier.map_or(String::new(), |verifier| format!(" password {}", quoted_text(verifier)));
    steps.push(step(&format!("make role {}", role.as_str()), format!("{verb} role {name} login{password}")));
    steps.push(step("take the role into the group", format!("grant {group} to {name}")));
    let acts = format!("alter role {name} in database {} set role = {}", quoted_name(&facts.database), quoted_text(&facts.group));
    steps.push(step("let the role act as the group", acts));
    steps
}

/// What the group may do in a path code.
fn path_code_steps(group: &str, schema: &Schema) -> Vec<Step> {
    let (group, schema) = (quoted_name(group), schema.as_str());
    let names: Vec<String> = own_tables().map(|table| format!("\"{schema}\".{}", table.name)).collect();
    let packages = format!("\"{schema}\".PW_PACKAGE");
    vec![
        step(&format!("open schema {schema} to servers"), format!("grant usage, create on schema \"{schema}\" to {group}")),
        step(&format!("let servers read {schema}"), format!("grant select on {} to {group}", names.join(", "))),
        step(&format!("let servers write packages of {schema}"), format!("grant insert, delete on {packages} to {group}")),
    ]
}

/// The tables of packages that another account made, from now on the group's.
async fn handed_over(transaction: &mut Transaction, group: &str, schema: &Schema) -> Result<Vec<Step>, StoreError> {
    let own: Vec<Value> = own_tables().map(|table| Value::from(table.name.to_lowercase())).collect();
    let text = format!(
        "select c.relname from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
         join pg_catalog.pg_roles r on r.oid = c.relowner where n.nspname = $1 and r.rolname <> $2 and c.relkind = 'r' \
         and c.relname not in ({}) order by 1",
        placeholders(3, own.len())
    );
    let arguments: Vec<Value> = [schema.as_str().into(), group.into()].into_iter().chain(own).collect();
    let rows = transaction.query(&text, &arguments).await?;
    let hand_over = |row: &Row| {
        let table = quoted_name(row[0].text());
        let sql = format!("alter table \"{}\".{table} owner to {}", schema.as_str(), quoted_name(group));
        step(&format!("hand table {table} over to the group"), sql)
    };
    Ok(rows.iter().map(hand_over).collect())
}

/// Lets the group into a path code whose tables were just made, if there is such a group.
pub(crate) async fn admit_to(transaction: &mut Transaction, schema: &Schema, control: &Schema) -> Result<(), StoreError> {
    let facts = Facts::look(transaction, control, "").await?;
    if !facts.has_group {
        return Ok(());
    }
    run(transaction, path_code_steps(&facts.group, schema)).await
}

/// PostgreSQL only warns where an account grants what it has no right to grant.
async fn check_granted(transaction: &mut Transaction, group: &str, schema: &Schema) -> Result<(), StoreError> {
    let text = "select has_schema_privilege($1, $2, 'usage') and has_schema_privilege($1, $2, 'create')";
    let rows = transaction.query(text, &[group.into(), schema.as_str().into()]).await?;
    if rows.first().is_some_and(|row| row[0].integer() == 1) {
        return Ok(());
    }
    let remedy = format!("grant usage, create on schema \"{}\" to {}", schema.as_str(), quoted_name(group));
    Err(StoreError::MissingRight { attempted: format!("open schema {} to servers", schema.as_str()), remedy })
}

/// One at a time, or two would make the same group.
async fn lock(transaction: &mut Transaction) -> Result<(), StoreError> {
    transaction.lock("packwright roles").await
}

async fn run(transaction: &mut Transaction, steps: Vec<Step>) -> Result<(), StoreError> {
    for step in steps {
        // A remedy would show the statement.
        transaction.define_as(&step.description, step.sql, "").await?;
    }
    Ok(())
}

fn own_tables() -> impl Iterator<Item = &'static Table> {
    tables::all().filter(|table| matches!(table.place, Place::PathCode | Place::Spec))
}

fn step(description: &str, sql: String) -> Step {
    Step { description: description.to_string(), sql }
}
