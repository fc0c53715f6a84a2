//! `checkin` and `checkout`.

use super::{Session, screen, whole_path};
use crate::api::objects::{CheckInOrder, CheckOutOrder};
use crate::api::problem::Problem;
use crate::api::problem::Refused;
use crate::client::{Client, segment};
use crate::control::check_in::{CheckInResult, Step};
use crate::control::check_out::CheckOutResult;
use anyhow::{Context, Result};
use axum::http::Method;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::PathBuf;

#[derive(Args)]
pub struct CheckIn {
    /// Folder with the objects, however deep they lie
    folder: PathBuf,
    #[arg(long)]
    path_code: String,
    /// Only validate
    #[arg(long)]
    dry_run: bool,
}

#[derive(Args)]
pub struct CheckOut {
    /// Folder to make
    folder: PathBuf,
    #[arg(long)]
    path_code: String,
    /// Objects; all where none is named
    objects: Vec<String>,
}

impl CheckIn {
    pub async fn run(self, session: &Session, client: &Client) -> Result<()> {
        let user = std::env::var("USER").unwrap_or_default();
        let order = CheckInOrder { folder: whole_path(&self.folder)?, user, dry_run: self.dry_run };
        let result: CheckInResult =
            told(session, client, &format!("/api/path-codes/{}/check-ins", segment(&self.path_code)), &order).await?;
        session.print(&result, |result| {
            let tail = if self.dry_run { " (dry run: nothing was written)" } else { "" };
            format!(
                "{} objects: {} new, {} changed, {} unchanged{tail}\n",
                result.new + result.changed + result.unchanged,
                result.new,
                result.changed,
                result.unchanged
            )
        })
    }
}

impl CheckOut {
    pub async fn run(self, session: &Session, client: &Client) -> Result<()> {
        let order = CheckOutOrder { folder: whole_path(&self.folder)?, objects: self.objects };
        let result: CheckOutResult =
            told(session, client, &format!("/api/path-codes/{}/check-outs", segment(&self.path_code)), &order).await?;
        session.print(&result, |result| format!("{} objects, {} files written\n", result.objects, result.files))
    }
}

/// Orders what tells its steps as events, with a bar for them, and answers its result.
async fn told<T: DeserializeOwned>(session: &Session, client: &Client, path: &str, order: &impl Serialize) -> Result<T> {
    let bar = if !session.json && screen::is_terminal() { ProgressBar::new(0) } else { ProgressBar::hidden() };
    bar.set_style(ProgressStyle::with_template("{msg:<12} {bar:40} {pos}/{len}  {elapsed}").expect("a fixed template"));
    let mut end = None;
    let events = client.events(Method::POST, path, serde_json::to_vec(order)?, |event| {
        match event.name.as_str() {
            "step" => {
                let step: Step = serde_json::from_str(&event.data)?;
                bar.set_message(step.doing);
                bar.set_length(step.total);
                bar.set_position(step.done);
            }
            "problem" => return Err(Refused(serde_json::from_str::<Problem>(&event.data)?).into()),
            "end" => end = Some(serde_json::from_str(&event.data)?),
            _ => {}
        }
        Ok(())
    });
    let result = events.await;
    bar.finish_and_clear();
    result?;
    end.context("the process that does it ended before it was done")
}
