//! `job`: follow, look at or end one.

use super::{Session, progress, screen};
use crate::api::jobs::JobView;
use crate::client::Client;
use anyhow::Result;
use clap::Args;

#[derive(Args)]
pub struct JobArguments {
    /// Number of the job
    job: i64,
    /// End it; what is done stays, and it can be resumed
    #[arg(long)]
    cancel: bool,
    /// Follow it to its end
    #[arg(long)]
    follow: bool,
}

impl JobArguments {
    pub async fn run(self, session: &Session, client: &Client) -> Result<()> {
        let path = format!("/api/jobs/{}", self.job);
        if self.follow {
            let view = progress::follow(session, client, self.job).await?;
            return if session.json { session.print(&view, page) } else { Ok(()) };
        }
        let view: JobView = if self.cancel { client.post(&format!("{path}/cancellation"), &()).await? } else { client.get(&path).await? };
        session.print(&view, page)
    }
}

fn page(view: &JobView) -> String {
    let mut text =
        format!("{}\n\n", screen::head(&format!("job {}: {} {} {}", view.line.job, view.line.recipe, view.line.package, view.line.state)));
    let rows = view.runs.iter().map(|run| {
        let took = if run.started > 0 && run.ended > run.started { screen::duration(run.ended - run.started) } else { String::new() };
        vec![
            view.stages.get(run.stage).cloned().unwrap_or_default(),
            run.server.clone(),
            run.step.clone(),
            run.state.clone(),
            took,
            run.why.clone(),
        ]
    });
    text.push_str(&screen::table(&["stage", "server", "step", "state", "took", "why"], &[4], rows.collect()));
    text
}
