//! The command line: a client of the API, but for the patch commands, which work on the files of a middleware home.

mod bsu;
mod deploy;
mod doctor;
mod enrol;
mod enterprise;
mod exit;
mod job;
mod objects;
mod package;
mod patch;
mod progress;
mod run;
mod screen;
mod serve;

use crate::api::problem::Refused;
use crate::client::Client;
use crate::owner::Owner;
use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Builds the packages of an object-based enterprise application and puts them on its servers.
#[derive(Parser)]
#[command(name = "packwright", version, after_help = exit::HELP, max_term_width = 120)]
struct Arguments {
    /// Folder of the enterprise
    #[arg(long, global = true, env = "PACKWRIGHT_ROOT", default_value = ".")]
    root: PathBuf,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a new enterprise: its file, its tables
    Init,
    /// Bring the tables to what an enterprise file says, and print the difference
    Apply(enterprise::Apply),
    /// Run control and all servers in the foreground
    Up(enterprise::Up),
    /// Run one control or one server of an enterprise of several machines
    Serve(serve::Serve),
    /// The enterprise on one screen
    Status,
    /// Check objects in from a folder
    Checkin(objects::CheckIn),
    /// Write objects as text into a new folder
    Checkout(objects::CheckOut),
    /// Assemble, define, build and look into packages
    #[command(subcommand)]
    Package(package::Package),
    /// Move servers to a built package
    Deploy(deploy::Deploy),
    /// Run a business function of a server's package
    Call(run::Call),
    /// Submit a report as a batch job and wait for its end
    Submit(run::Submit),
    /// Look at a batch job
    Batch(run::Batch),
    /// Follow, or end, a job
    Job(job::JobArguments),
    /// Look at compilers, database, bus, clocks, disks and permissions of every server
    Doctor,
    /// Give a server a new credential, or keep it out
    Enrol(enrol::Enrol),
    /// Bring the tables of an older version to this one
    Migrate(enterprise::Migrate),
    /// A server's folders
    Tree(enterprise::Tree),
    /// Patch profiles of a middleware home; needs no enterprise
    Patch(patch::Patch),
    /// The face of the vendor's patch tool, for scripts that call it
    Bsu(bsu::Bsu),
    /// What a failure code means and what to do; without a code all codes
    Explain(enterprise::Explain),
    /// The API's document
    #[command(hide = true)]
    Openapi,
}

/// What every command needs.
pub struct Session {
    pub root: PathBuf,
    pub json: bool,
}

impl Session {
    async fn client(&self) -> Result<Client> {
        Client::connect(&self.root).await
    }

    /// Prints a value as JSON, or as a person reads it.
    fn print<T: serde::Serialize>(&self, value: &T, page: impl FnOnce(&T) -> String) -> Result<()> {
        patch::telling::hide();
        let text = if self.json { serde_json::to_string_pretty(value)? + "\n" } else { page(value) };
        screen::put(&text);
        Ok(())
    }
}

/// Which server and path code a command means.
#[derive(Args)]
pub struct Place {
    /// Enterprise server
    #[arg(long)]
    server: String,
    /// Path code
    #[arg(long)]
    path_code: String,
}

pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // Programs run in folders of their own: every path is made whole first.
    let root = std::path::absolute(&arguments.root).unwrap_or(arguments.root);
    let session = Session { root, json: arguments.json };
    match arguments.command {
        // A change of a home that is interrupted is finished by the next command: nothing is to be waited for.
        Command::Patch(wanted) => {
            let result = wanted.run(&session);
            patch::telling::hide();
            exit::end(&session, result)
        }
        Command::Bsu(bsu) => exit::end(&session, bsu.run(&session)),
        command => run(session, command),
    }
}

fn run(session: Session, wanted: Command) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("the machine can run threads");
    let result = runtime.block_on(async {
        // It ends by these signals, and by nothing else.
        match wanted {
            Command::Up(up) => up.run(&session).await,
            Command::Serve(serve) => serve.run(&session).await,
            wanted => tokio::select! {
            result = command(&session, wanted) => result,
            _ = interrupted() => Err(exit::Interrupted.into()),
            },
        }
    });
    // Steps that still run end with the process: the next owner begins them anew.
    runtime.shutdown_background();
    exit::end(&session, result)
}

async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = match (signal(SignalKind::interrupt()), signal(SignalKind::terminate())) {
        (Ok(interrupt), Ok(terminate)) => (interrupt, terminate),
        _ => return std::future::pending().await,
    };
    tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
}

async fn command(session: &Session, command: Command) -> Result<()> {
    match command {
        Command::Init => return enterprise::init(session).await,
        Command::Explain(explain) => return explain.run(session),
        Command::Migrate(migrate) => return migrate.run(session).await,
        Command::Openapi => {
            screen::put(&crate::api::document());
            return Ok(());
        }
        _ => {}
    }
    let mut client = match (session.client().await, &command) {
        (Ok(client), _) => client,
        (Err(error), Command::Doctor) => match error.downcast_ref::<Refused>() {
            Some(Refused(problem)) if problem.code != "unknown-name" => return doctor::doctor(session, Err(problem)).await,
            _ => return Err(error),
        },
        (Err(error), _) => return Err(error),
    };
    let result = match command {
        Command::Apply(apply) => apply.run(session, &client).await,
        Command::Status => enterprise::status(session, &client).await,
        Command::Checkin(check_in) => check_in.run(session, &client).await,
        Command::Checkout(check_out) => check_out.run(session, &client).await,
        Command::Package(package) => package.run(session, &client).await,
        Command::Deploy(deploy) => deploy.run(session, &client).await,
        Command::Call(call) => call.run(session, &client).await,
        Command::Submit(submit) => submit.run(session, &client).await,
        Command::Batch(batch) => batch.run(session, &client).await,
        Command::Job(job) => job.run(session, &client).await,
        Command::Doctor => doctor::doctor(session, Ok(&client)).await,
        Command::Enrol(enrol) => enrol.run(session, &client).await,
        Command::Tree(tree) => tree.run(session, &client).await,
        Command::Init
        | Command::Up(_)
        | Command::Serve(_)
        | Command::Migrate(_)
        | Command::Explain(_)
        | Command::Patch(_)
        | Command::Bsu(_)
        | Command::Openapi => unreachable!("handled above"),
    };
    if let Some(owner) = client.owner.take() {
        if let Err(error) = &result {
            exit::tell(session, error);
        }
        finish(session, &client, owner).await;
    }
    result
}

/// Whoever owns the enterprise brings what runs to its end: jobs of its own, of others that came over the socket, and those that a killed owner
/// left.
async fn finish(session: &Session, client: &Client, owner: Owner) {
    let left = owner.app.control.running().await;
    if !left.is_empty() {
        let names: Vec<String> = left.iter().map(|job| format!("job {} ({} {})", job.id, job.plan.recipe, job.plan.package)).collect();
        screen::note(&format!("still to be brought to its end here: {}", names.join(", ")));
        for job in left {
            // Its own end is told by whoever ordered it.
            let _ = progress::follow(session, client, job.id).await;
        }
    }
    // A batch job that was just submitted starts before nobody is there to start it.
    let _ = owner.app.control.look_at_batch_jobs().await;
    match owner.work_ended().await {
        // Held until the process ends, like the owner's own lock.
        Ok(guests) => std::mem::forget(guests),
        Err(error) => screen::note(&format!("error: {error:#}")),
    }
    owner.stop().await;
}

/// A path as the process that owns the enterprise finds it.
fn whole_path(path: &Path) -> Result<String> {
    Ok(std::path::absolute(path)?.display().to_string())
}
