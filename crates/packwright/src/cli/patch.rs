//! `packwright patch`: patch profiles of a middleware home. It works on the files of the home itself, in this process; no enterprise is needed.

mod asking;
mod changing;
mod homes;
mod looking;
mod pages;
mod pointing;
mod profiles;
pub(super) mod telling;

use super::Session;
use crate::api::problem::Refused;
use anyhow::Result;
use clap::{Args, Subcommand};
use engine::failure::{self, Failure};
use patches::domain::Domain;
use patches::home::{Home, Product};
use patches::names::{NotAName, PatchId, ProfileName};
use std::path::{Path, PathBuf};

/// Where and about which product.
#[derive(Args)]
pub struct Patch {
    /// Middleware home: the folder that holds wlserver_…, modules and utils. Without it that in MW_HOME, or the folder you are in, or the nearest above it
    /// that is one
    #[arg(long, global = true, value_name = "FOLDER")]
    home: Option<PathBuf>,
    /// Product of the home, as wls or wls1036; without it the WebLogic Server that is installed
    #[arg(long, global = true)]
    product: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Find middleware homes: those named, and those that the list of homes of this user names
    Homes(homes::Homes),
    /// Take over a home that the vendor's tool patched; --plan only looks
    Adopt(homes::Adopt),
    /// The home on one screen: profiles, domains, servers that run with what was before
    Status,
    /// Patches: applied and not applied in each profile, or all that are downloaded or known
    List(looking::List),
    /// Everything known of a patch
    Show(looking::Show),
    /// Look containers through completely and put them into the download folder
    Import(homes::Import),
    /// Say where containers are downloaded to, if not to utils/bsu/cache_dir of the home
    Downloads(homes::Folder),
    /// Apply patches to a profile
    Apply(changing::Apply),
    /// Remove patches from a profile
    Remove(changing::Remove),
    /// Go back to what a former generation held
    Rollback(changing::Rollback),
    /// What the profiles held, and when and by what that changed
    Generations,
    /// Who changed the home, when, and how it ended
    History(looking::History),
    /// Compare two profiles, or two generations of one
    Diff(looking::Diff),
    /// Create, delete, show and suggest profiles
    #[command(subcommand)]
    Profile(profiles::Profile),
    /// Let a domain, a cluster, a server or a script use a profile: edits its start script
    Point(pointing::Point),
    /// Take the pointer out of a domain's start scripts, byte for byte as they were
    Unpoint(pointing::Unpoint),
    /// What Node Managers need so that the servers they start use the profile
    NodeManager(pointing::NodeManager),
    /// What a server would get: class path, libraries, options, and which patch provides a class
    Effective(looking::Effective),
    /// Compare the home and all start scripts with what was recorded
    Verify,
    /// Put back what verify finds missing or changed
    Repair(changing::Repair),
    /// Finish, or take back, a change that was interrupted
    Recover(changing::Recover),
    /// Remove old generations and what none of the others needs
    Gc(changing::Clear),
}

/// A home, the product that is meant, and how to print.
struct At<'a> {
    session: &'a Session,
    home: Home,
    product: Product,
}

impl Patch {
    pub fn run(self, session: &Session) -> Result<()> {
        // An empty variable is how one is taken back.
        let named = self.home.or_else(|| std::env::var_os("MW_HOME").filter(|value| !value.is_empty()).map(PathBuf::from));
        if let Command::Homes(homes) = self.command {
            return homes.run(session, named.as_deref());
        }
        let home = home(named.as_deref()).map_err(refused)?;
        let product = home.product(self.product.as_deref()).map_err(refused)?.clone();
        let at = At { session, home, product };
        telling::show();
        if self.command.only_looks() {
            telling::interrupted(&at.home);
        }
        match self.command {
            Command::Homes(_) => unreachable!("handled above"),
            Command::Adopt(adopt) => adopt.run(&at),
            Command::Status => looking::status(&at),
            Command::List(list) => list.run(&at),
            Command::Show(show) => show.run(&at),
            Command::Import(import) => import.run(&at),
            Command::Downloads(folder) => folder.run(&at),
            Command::Apply(apply) => apply.run(&at),
            Command::Remove(remove) => remove.run(&at),
            Command::Rollback(rollback) => rollback.run(&at),
            Command::Generations => looking::generations(&at),
            Command::History(history) => history.run(&at),
            Command::Diff(diff) => diff.run(&at),
            Command::Profile(profile) => profile.run(&at),
            Command::Point(point) => point.run(&at),
            Command::Unpoint(unpoint) => unpoint.run(&at),
            Command::NodeManager(node_manager) => node_manager.run(&at),
            Command::Effective(effective) => effective.run(&at),
            Command::Verify => looking::verify(&at),
            Command::Repair(repair) => repair.run(&at),
            Command::Recover(recover) => recover.run(&at),
            Command::Gc(clear) => clear.run(&at),
        }
    }
}

impl Command {
    /// Neither changes the home nor says by itself what was interrupted there.
    fn only_looks(&self) -> bool {
        match self {
            Command::List(_) | Command::Show(_) | Command::Generations | Command::History(_) | Command::Diff(_) | Command::Effective(_) => {
                true
            }
            Command::Profile(profile) => profile.only_looks(),
            _ => false,
        }
    }
}

/// The home that was named; else the one we stand in.
fn home(named: Option<&Path>) -> Result<Home, Failure> {
    if let Some(folder) = named {
        return Home::open(folder);
    }
    let here = std::env::current_dir().map_err(patches::disk::failed("find the folder we are in", Path::new(".")))?;
    here.ancestors().find_map(|folder| Home::open(folder).ok()).ok_or_else(|| {
        Failure::new(&failure::HOME_REFUSED, format!("{} is in no middleware home", here.display()))
            .hint("name one with --home or in MW_HOME; packwright patch homes finds those of this machine")
    })
}

/// How a command ends that was refused.
fn refused(failure: impl Into<Failure>) -> anyhow::Error {
    Refused(failure.into().into()).into()
}

/// A file or folder that somebody named; one that is not there was named wrongly, and no machine has failed.
fn existing<'a>(path: &'a Path, what: &str) -> Result<&'a Path> {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    match path.metadata() {
        Err(error) if matches!(error.kind(), NotFound | NotADirectory) => {
            let failure = Failure::new(&failure::UNKNOWN_NAME, format!("there is no {what} {}", path.display()));
            Err(refused(failure.hint("look at the path: it is taken from the folder you are in where it does not begin with /")))
        }
        _ => Ok(path),
    }
}

fn domain(folder: &Path) -> Result<Domain> {
    Domain::open(existing(folder, "folder")?).map_err(refused)
}

fn bad_name(error: NotAName) -> Failure {
    Failure::new(&failure::BAD_REQUEST, error.to_string())
}

/// A patch as a person writes it: capitals are not asked for.
fn patch_id(text: &str) -> Result<PatchId> {
    PatchId::new(text.to_ascii_uppercase()).map_err(|error| refused(bad_name(error)))
}

fn patch_ids(texts: &[String]) -> Result<Vec<PatchId>> {
    texts.iter().flat_map(|text| text.split(',')).filter(|text| !text.is_empty()).map(patch_id).collect()
}

/// A profile; the default one in whatever case.
fn profile_name(text: Option<&str>) -> Result<ProfileName> {
    let name = ProfileName::new(text.unwrap_or("default")).map_err(|error| refused(bad_name(error)))?;
    Ok(if name.is_default() { ProfileName::default_profile() } else { name })
}
