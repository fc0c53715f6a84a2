//! `enrol`.

use super::{Session, screen};
use crate::api::problem::Refused;
use crate::client::{Client, segment};
use crate::control::credentials::Enrolment;
use crate::credential::{self, Secrets};
use crate::folders;
use anyhow::{Context, Result};
use axum::http::Method;
use clap::Args;
use engine::failure::{self, Failure};
use std::fs;
use std::path::PathBuf;

#[derive(Args)]
pub struct Enrol {
    /// The server, as ENT1
    server: String,
    /// Where its credential is written; else SERVER.credential in the folder of --root
    #[arg(long, conflicts_with = "revoke")]
    out: Option<PathBuf>,
    /// Keep it out from now on
    #[arg(long)]
    revoke: bool,
}

impl Enrol {
    pub async fn run(self, session: &Session, client: &Client) -> Result<()> {
        let root = &session.root;
        let path = format!("/api/servers/{}/credential", segment(&self.server));
        let out = self.out.unwrap_or_else(|| root.join(format!("{}.credential", self.server)));
        if !self.revoke && !out.parent().is_none_or(|folder| folder.as_os_str().is_empty() || folder.is_dir()) {
            let failure = Failure::new(&failure::BAD_REQUEST, format!("there is no folder for {}", out.display()));
            return Err(Refused(failure.hint("make it first: a credential is handed out once").into()).into());
        }
        let method = if self.revoke { Method::DELETE } else { Method::POST };
        let enrolment: Enrolment = client.send_json(method, &path).await?;
        if let Some(seed) = &enrolment.control_seed {
            let secrets = Secrets { bus_seed: Some(seed.clone()), ..Secrets::of_file(root)? };
            credential::write(&root.join(folders::SECRETS_FILE), &secrets, "# What control is let in with. Keep it to yourself.\n")?;
        }
        let users = root.join(folders::BUS_USERS_FILE);
        let beside = users.with_extension("new");
        fs::write(&beside, &enrolment.users)
            .and_then(|()| fs::rename(&beside, &users))
            .with_context(|| format!("cannot write {}", users.display()))?;
        if let Some(credential) = &enrolment.credential {
            credential::write(&out, credential, &format!("# What {} is let in with: bring it there, and leave no copy.\n", self.server))?;
            if let Some(ca) = &enrolment.bus_ca {
                fs::write(out.with_file_name(folders::bus_ca(&self.server)), ca)?;
            }
        }
        screen::put(&page(&self.server, &enrolment, &out, &users));
        Ok(())
    }
}

fn page(server: &str, enrolment: &Enrolment, out: &std::path::Path, users: &std::path::Path) -> String {
    let mut text = match &enrolment.credential {
        None => format!("{}\n", screen::head(&format!("the credential of {server} is void once the bus has read its list of users again"))),
        Some(credential) => {
            let database = credential
                .database
                .as_deref()
                .map_or("none: it does not work on central objects", |_| "a role of its own, for central objects alone");
            format!(
                "{}\n  credential    {}\n  database      {database}\n",
                screen::head(&format!(
                    "{server} has a new credential; one that it had is void once the bus has read its list of users again"
                )),
                out.display()
            )
        }
    };
    text.push_str(&format!("  bus users     {}\n\n", users.display()));
    text.push_str("next: let the bus read its list of users again, which `include`s that file: nats-server --signal reload\n");
    if enrolment.credential.is_some() {
        text.push_str(&format!(
            "      bring the credential to the machine, and there: packwright serve --server {server} --credential FILE\n"
        ));
    }
    text
}
