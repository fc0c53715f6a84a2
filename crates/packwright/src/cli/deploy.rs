//! `deploy`.

use super::{Session, progress, screen};
use crate::api::deployments::{DeploymentAnswer, DeploymentOrder};
use crate::client::Client;
use anyhow::Result;
use clap::Args;

#[derive(Args)]
pub struct Deploy {
    package: String,
    /// Enterprise servers; all that the package was built for where none is named
    #[arg(long, value_delimiter = ',')]
    servers: Vec<String>,
    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,
}

impl Deploy {
    pub async fn run(self, session: &Session, client: &Client) -> Result<()> {
        let order = DeploymentOrder { package: self.package, servers: self.servers, dry_run: self.dry_run };
        let answer: DeploymentAnswer = client.post("/api/deployments", &order).await?;
        match answer.job {
            None => session.print(&answer, |answer| {
                let rows = answer.runs.iter().map(|run| vec![run.server.clone(), run.stage.clone(), run.title.clone()]);
                screen::table(&["SERVER", "STAGE", "STEP"], &[], rows.collect()) + "nothing was done (dry run)\n"
            }),
            Some(job) => {
                let view = progress::follow(session, client, job).await?;
                if session.json { session.print(&view, |_| String::new()) } else { Ok(()) }
            }
        }
    }
}
