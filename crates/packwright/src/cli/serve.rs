//! `serve`.

use super::{Session, screen};
use crate::{folders, serve};
use anyhow::Result;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Clone, Copy, ValueEnum)]
enum Role {
    /// Takes orders and leads jobs; several may run, one of them leads
    Control,
}

#[derive(Args)]
#[group(id = "what", required = true, multiple = false, args = ["role", "server"])]
pub struct Serve {
    #[arg(long)]
    role: Option<Role>,
    /// The server that this process is, as ENT1
    #[arg(long)]
    server: Option<String>,
    /// What the server is let in with, as `packwright enrol` wrote it; else packwright.credential in the folder of --root
    #[arg(long, requires = "server")]
    credential: Option<PathBuf>,
}

impl Serve {
    pub async fn run(self, session: &Session) -> Result<()> {
        let root = &session.root;
        match self.server {
            Some(server) => {
                let credential = self.credential.unwrap_or_else(|| root.join(folders::CREDENTIAL_FILE));
                serve::serve_server(root, &server, &credential, screen::note, super::interrupted()).await
            }
            None => serve::serve_control(root, screen::note, super::interrupted()).await,
        }
    }
}
