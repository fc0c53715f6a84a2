//! `init`, `apply`, `up`, `status`, `tree`, `explain`.

use super::{Session, screen};
use crate::agent::tables::failed;
use crate::api::enterprise::{FileToApply, Status, apply_file};
use crate::api::problem::Refused;
use crate::client::{Client, segment};
use crate::control::presence::Presence;
use crate::credential::Secrets;
use crate::enterprise::apply::Difference;
use crate::enterprise::file;
use crate::folders::{self, ENTERPRISE_FILE};
use crate::owner::{self, Owner};
use crate::tree::TreeEntry;
use crate::{failure_pages, sdk, serve};
use anyhow::{Context, Result};
use clap::Args;
use engine::failure::{self, Failure};
use std::fs;
use std::path::PathBuf;
use store::Store;

fn refused(failure: Failure) -> anyhow::Error {
    Refused(failure.into()).into()
}

/// Writes the commented file, and makes and fills the tables.
pub async fn init(session: &Session) -> Result<()> {
    let root = &session.root;
    fs::create_dir_all(root).with_context(|| format!("cannot create {}", root.display()))?;
    let path = root.join(ENTERPRISE_FILE);
    if path.exists() {
        let failure = Failure::new(&failure::BAD_REQUEST, format!("there is an enterprise in {} already", root.display()));
        return Err(refused(failure.hint("take another folder, or change its file and run `packwright apply`")));
    }
    let Some(_lock) = owner::lock(root)? else {
        return Err(refused(
            Failure::new(&failure::COMMAND_BUSY, format!("another process owns {}", root.display())).hint("end it, or take another folder"),
        ));
    };
    let wanted = file::read(ENTERPRISE_FILE, file::NEW.as_bytes()).expect("the file of a new enterprise is right");
    let store = store::Store::open(&folders::database_url(root, &wanted.database)).await.context("cannot make the database")?;
    let order = FileToApply { name: ENTERPRISE_FILE.into(), text: file::NEW.into(), dry_run: false };
    let differences = apply_file(&store, &order).await.map_err(refused)?;
    sdk::unpack(root).context("cannot unpack the SDK's headers")?;
    // The file comes last: as long as it is not there, nothing is, and init can be run again.
    let beside = path.with_extension("toml.new");
    fs::write(&beside, file::NEW).and_then(|()| fs::rename(&beside, &path)).with_context(|| format!("cannot write {}", path.display()))?;
    session.print(&differences, |differences| {
        let servers: Vec<&str> = wanted.machines.iter().map(|machine| machine.name.as_str()).collect();
        let path_codes: Vec<&str> = wanted.path_codes.iter().map(|path_code| path_code.name.as_str()).collect();
        format!(
            "{}\n  file          {}\n  path codes    {}\n  machines      {}\n  tables        {} rows written\n\nnext: packwright checkin DIR --path-code {}\n",
            screen::head(&format!("made an enterprise in {}", root.display())),
            path.display(),
            path_codes.join(", "),
            servers.join(", "),
            differences.len(),
            path_codes.first().copied().unwrap_or("DV920"),
        )
    })
}

#[derive(Args)]
pub struct Apply {
    /// The enterprise file
    file: PathBuf,
    /// Only say what would change
    #[arg(long)]
    dry_run: bool,
}

impl Apply {
    pub async fn run(self, session: &Session, client: &Client) -> Result<()> {
        let text = fs::read_to_string(&self.file).map_err(|error| {
            let failure = Failure::new(&failure::BAD_REQUEST, format!("cannot read {}: {error}", self.file.display()));
            refused(failure.hint("name an enterprise file, as packwright.toml"))
        })?;
        let order = FileToApply { name: self.file.display().to_string(), text, dry_run: self.dry_run };
        let differences: Vec<Difference> = client.put("/api/enterprise", &order).await?;
        session.print(&differences, |differences| {
            if differences.is_empty() {
                return "the tables say the same already\n".to_string();
            }
            let mut text = String::new();
            for difference in differences {
                let sign = match difference.what.as_str() {
                    "added" => "+",
                    "removed" => "-",
                    _ => "~",
                };
                text.push_str(&format!("{sign} {:<10} {}\n", difference.table, difference.row));
                for (column, old, new) in &difference.columns {
                    text.push_str(&format!("             {column}: {old} → {new}\n"));
                }
            }
            text + if self.dry_run { "nothing was changed (dry run)\n" } else { "" }
        })
    }
}

#[derive(Args)]
pub struct Migrate {
    /// Only show the statements
    #[arg(long)]
    dry_run: bool,
}

impl Migrate {
    pub async fn run(self, session: &Session) -> Result<()> {
        let root = &session.root;
        let file = owner::read_enterprise_file(root)?;
        let url = folders::database_url(root, &file.database);
        let password = Secrets::read(root)?.database_password;
        let pending = Store::pending_with(&url, password.as_deref()).await.map_err(|error| refused(failed(error)))?;
        if !self.dry_run {
            Store::migrate_with(&url, password.as_deref()).await.map_err(|error| refused(failed(error)))?;
        }
        let lines: Vec<String> =
            pending.iter().map(|step| format!("-- {}: {}\n{};\n", step.database, step.description, step.sql)).collect();
        session.print(&lines, |lines| match (lines.is_empty(), self.dry_run) {
            (true, _) => "the tables are of this version\n".into(),
            (false, true) => format!("{}-- nothing was run (dry run)\n", lines.concat()),
            (false, false) => format!("{}-- all of it was run\n", lines.concat()),
        })
    }
}

#[derive(Args)]
pub struct Up {
    /// Only these servers
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
}

impl Up {
    pub async fn run(self, session: &Session) -> Result<()> {
        let root = &session.root;
        if serve::is_scaled(&owner::read_enterprise_file(root)?) {
            let failure = Failure::new(&failure::BAD_REQUEST, "this enterprise runs on several machines: its bus is no memory:");
            return Err(refused(failure.hint("run `packwright serve --role control`, and each server with `packwright serve --server`")));
        }
        let Some(lock) = owner::lock(root)? else {
            return Err(refused(
                Failure::new(&failure::COMMAND_BUSY, format!("another process owns the enterprise in {}", root.display()))
                    .hint("it serves all commands; end it before starting another"),
            ));
        };
        let owner = Owner::start(root, lock, &self.only).await?;
        screen::note(&format!("control and all servers run; the API listens on {}; end with Ctrl-C", folders::socket(root).display()));
        super::interrupted().await;
        owner.stop().await;
        Ok(())
    }
}

pub async fn status(session: &Session, client: &Client) -> Result<()> {
    let status: Status = client.get("/api/status").await?;
    session.print(&status, status_page)
}

fn status_page(status: &Status) -> String {
    let mut text = format!("{}\n\n", screen::head(&format!("Packwright enterprise, tools release {}", status.tools_release)));
    let rows = status.path_codes.iter().map(|p| vec![p.name.clone(), p.data_source.clone(), p.bits.to_string(), p.objects.to_string()]);
    text.push_str(&screen::table(&["PATH CODE", "CENTRAL OBJECTS", "BITS", "OBJECTS"], &[2, 3], rows.collect()));
    let rows = status.servers.iter().map(|server| {
        let kind = if server.primary { format!("{}, primary", server.kind) } else { server.kind.clone() };
        let deployed: Vec<String> = server
            .deployed
            .iter()
            .map(|d| {
                if d.state == "available" {
                    format!("{} ({})", d.package, d.path_code)
                } else {
                    format!("{} ({}, {})", d.package, d.path_code, d.state)
                }
            })
            .collect();
        vec![
            server.name.clone(),
            kind,
            server.platform.clone(),
            server.port.to_string(),
            if deployed.is_empty() { "–".into() } else { deployed.join(", ") },
        ]
    });
    text.push('\n');
    text.push_str(&screen::table(&["SERVER", "KIND", "PLATFORM", "PORT", "DEPLOYED"], &[3], rows.collect()));
    for server in &status.servers {
        match server.presence {
            Presence::Up => {}
            Presence::Away { since } => {
                text.push_str(&format!(
                    "{} is away since {}: what waits for it goes on when it is back\n",
                    server.name,
                    screen::time(since)
                ));
            }
            Presence::Unseen => {
                text.push_str(&format!("{} was never up: start it with `packwright serve --server {}`\n", server.name, server.name));
            }
        }
    }
    if !status.packages.is_empty() {
        let rows = status.packages.iter().map(|p| {
            let enterprise = |name: &str| status.servers.iter().any(|server| server.name == name && server.kind == "enterprise");
            let servers: Vec<String> = p
                .servers
                .iter()
                .filter(|build| enterprise(&build.server))
                .map(|build| {
                    if build.status == p.state || p.state == "deployed" {
                        build.server.clone()
                    } else {
                        format!("{} {}", build.server, build.status)
                    }
                })
                .collect();
            vec![p.name.clone(), p.path_code.clone(), p.kind.to_lowercase(), p.state.clone(), servers.join(", ")]
        });
        text.push('\n');
        text.push_str(&screen::table(&["PACKAGE", "PATH CODE", "KIND", "STATE", "BUILT ON"], &[], rows.collect()));
    }
    if !status.jobs.is_empty() {
        let rows = status.jobs.iter().map(|job| {
            let took = if job.ended > 0 { screen::duration(job.ended - job.made) } else { String::new() };
            vec![job.job.to_string(), job.recipe.clone(), job.package.clone(), job.state.clone(), screen::time(job.made), took]
        });
        text.push('\n');
        text.push_str(&screen::table(&["JOB", "RECIPE", "PACKAGE", "STATE", "BEGAN", "TOOK"], &[0, 5], rows.collect()));
    }
    if !status.batch_jobs.is_empty() {
        let rows = status.batch_jobs.iter().map(|job| {
            vec![
                job.job.to_string(),
                job.report.clone(),
                job.version.clone(),
                job.server.clone(),
                job.queue.clone(),
                job.package.clone(),
                job.state.clone(),
                screen::time(job.submitted),
            ]
        });
        text.push('\n');
        text.push_str(&screen::table(
            &["BATCH JOB", "REPORT", "VERSION", "SERVER", "QUEUE", "PACKAGE", "STATE", "SUBMITTED"],
            &[0],
            rows.collect(),
        ));
    }
    text
}

#[derive(Args)]
pub struct Tree {
    /// A server
    server: String,
}

impl Tree {
    pub async fn run(self, session: &Session, client: &Client) -> Result<()> {
        let entries: Vec<TreeEntry> = client.get(&format!("/api/servers/{}/tree", segment(&self.server))).await?;
        session.print(&entries, |entries| {
            if entries.is_empty() {
                return format!("nothing of {} lies on this machine\n", self.server);
            }
            let mut text = format!("{}\n", self.server);
            for entry in entries {
                let level = entry.path.matches('/').count();
                let name = entry.path.rsplit('/').next().unwrap_or_default();
                let shown = format!("{}{name}/", "  ".repeat(level + 1));
                text.push_str(&format!("{shown:<44} {:>7} files {:>10}\n", entry.files, screen::bytes(entry.bytes)));
            }
            text
        })
    }
}

#[derive(Args)]
pub struct Explain {
    /// A failure code, as does-not-compile
    code: Option<String>,
}

impl Explain {
    pub fn run(self, session: &Session) -> Result<()> {
        let Some(code) = self.code else {
            let all: Vec<(&str, &str)> = failure::ALL.iter().map(|code| (code.name, code.title)).collect();
            return session.print(&all, |all| {
                screen::table(&["CODE", "MEANS"], &[], all.iter().map(|(code, title)| vec![code.to_string(), title.to_string()]).collect())
            });
        };
        match failure_pages::page(&code) {
            Some(page) => session.print(&page, |page| page.to_string()),
            None => Err(refused(
                Failure::new(&failure::UNKNOWN_NAME, format!("there is no failure code {code}")).hint("`packwright explain` lists them"),
            )),
        }
    }
}
