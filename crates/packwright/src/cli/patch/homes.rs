//! Commands that find homes, take one over, and bring patches into its download folder.

use super::{At, existing, refused};
use crate::api::problem::Problem;
use crate::cli::{Session, exit, screen};
use anyhow::Result;
use clap::Args;
use engine::failure::Failure;
use patches::adopt;
use patches::change;
use patches::disk;
use patches::downloads::{Downloads, Imported};
use patches::home::{self, Home, Product};
use patches::records::Records;
use serde::Serialize;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const LIST_BYTES_MAX: u64 = 1 << 20;

#[derive(Args)]
pub struct Homes {
    /// Folders to look at, beside those that the list of homes of this user (~/bea/beahomelist) names
    folders: Vec<PathBuf>,
}

#[derive(Serialize)]
struct Found {
    home: PathBuf,
    products: Vec<String>,
    /// Why it is no home, where it is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    /// Patched by the vendor's tool and not taken over.
    adoptable: bool,
}

impl Homes {
    pub fn run(self, session: &Session, named: Option<&Path>) -> Result<()> {
        let mut folders = self.folders;
        folders.extend(named.map(Path::to_owned));
        if let Some(user) = std::env::var_os("HOME") {
            let list = Path::new(&user).join("bea/beahomelist");
            if let Some(bytes) = disk::read_if_there(&list, LIST_BYTES_MAX).map_err(refused)? {
                folders.extend(home::listed_homes(&String::from_utf8_lossy(&bytes)));
            }
        }
        let mut seen = Vec::new();
        let found: Vec<Found> = folders.iter().map(|folder| look(folder)).filter(|found| first(&mut seen, &found.home)).collect();
        session.print(&found, |found| page(found))
    }
}

/// Whether a folder was not seen before.
fn first(seen: &mut Vec<PathBuf>, folder: &Path) -> bool {
    let is_new = !seen.iter().any(|known| known == folder);
    seen.push(folder.to_owned());
    is_new
}

fn look(folder: &Path) -> Found {
    match Home::open(folder) {
        Ok(home) => {
            let adoptable = adopt::look(&home).is_ok_and(|found| !found.is_empty());
            Found { products: home.products.iter().map(Product::label).collect(), home: home.root, problem: None, adoptable }
        }
        Err(failure) => Found { home: folder.to_owned(), products: Vec::new(), problem: Some(failure.message), adoptable: false },
    }
}

fn page(found: &[Found]) -> String {
    if found.is_empty() {
        return "no middleware home is known; name a folder: packwright patch homes FOLDER\n".into();
    }
    let mut page = String::new();
    for found in found {
        let what = match (&found.problem, found.adoptable) {
            (Some(problem), _) => problem.clone(),
            (None, true) => format!("{}; patched by the vendor's tool: packwright patch adopt --plan", found.products.join(", ")),
            (None, false) => found.products.join(", "),
        };
        let _ = writeln!(page, "{}  {what}", found.home.display());
    }
    page
}

#[derive(Args)]
pub struct Adopt {
    /// Show what would be taken over, and write nothing
    #[arg(long)]
    plan: bool,
}

impl Adopt {
    pub fn run(self, at: &At) -> Result<()> {
        let taken = adopt::adopt(&at.home, self.plan).map_err(refused)?;
        at.session.print(&taken, |taken| {
            let mut page = String::new();
            for product in &taken.products {
                let _ = writeln!(page, "{}", screen::head(&product.product));
                for patch in &product.patches {
                    let profiles: Vec<&str> = patch.profiles.iter().map(|profile| profile.as_str()).collect();
                    let known = if patch.known { "" } else { ", its container is not in the download folder" };
                    let _ = writeln!(page, "  {}  in {}{known}", patch.id, profiles.join(", "));
                }
                for (name, profile) in &product.profiles {
                    let (system, extension) = (profile.system.len(), profile.extension.len());
                    let _ = writeln!(page, "  profile {name}: {system} jars for the system, {extension} for applications");
                }
                for remark in &product.remarks {
                    let _ = writeln!(page, "  note: {remark}");
                }
            }
            match (taken.products.is_empty(), taken.carried_out) {
                (true, _) => "nothing to take over: the vendor's tool has applied nothing here, or it was taken over before\n".to_string(),
                (false, true) => page + "taken over; the vendor's own records stay as they are\n",
                (false, false) => page + "plan; nothing was written\n",
            }
        })
    }
}

#[derive(Args)]
pub struct Import {
    /// Containers (HCE9.jar), or downloads that hold one (p9322540_1036_Generic.zip)
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

impl Import {
    pub fn run(self, at: &At) -> Result<()> {
        let folder = Records::read(&at.home).map_err(refused)?.downloads(&at.home);
        let downloads = Downloads::open(&folder).map_err(refused)?;
        let answers: Vec<Answer> = self.files.iter().zip(downloads.import_all(&self.files, &at.home)).map(Answer::new).collect();
        at.session.print(&answers, |answers| answers.iter().filter_map(|answer| answer.imported.as_ref()).map(imported_page).collect())?;
        let refusals: Vec<Problem> = answers.into_iter().filter_map(|answer| answer.problem).collect();
        if !at.session.json {
            refusals.iter().for_each(screen::problem);
        }
        refusals.into_iter().last().map_or(Ok(()), |problem| Err(exit::ToldAlready(problem).into()))
    }
}

/// What became of one of the files.
#[derive(Serialize)]
struct Answer {
    source: PathBuf,
    #[serde(flatten)]
    imported: Option<Imported>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Problem>,
}

impl Answer {
    fn new((source, answer): (&PathBuf, Result<Imported, Failure>)) -> Answer {
        let (imported, problem) = match answer {
            Ok(imported) => (Some(imported), None),
            Err(failure) => (None, Some(failure.into())),
        };
        Answer { source: source.clone(), imported, problem }
    }
}

#[derive(Args)]
pub struct Folder {
    /// Use this folder from now on; nothing is moved there
    folder: Option<PathBuf>,
    /// Use the home's usual folder again
    #[arg(long, conflicts_with = "folder")]
    usual: bool,
}

impl Folder {
    pub fn run(self, at: &At) -> Result<()> {
        if let Some(folder) = &self.folder {
            existing(folder, "folder")?;
        }
        if self.usual || self.folder.is_some() {
            change::use_downloads(&at.home, self.folder.as_deref()).map_err(refused)?;
        }
        let folder = Records::read(&at.home).map_err(refused)?.downloads(&at.home);
        at.session.print(&serde_json::json!({ "downloads": folder }), |_| format!("{}\n", folder.display()))
    }
}

fn imported_page(imported: &Imported) -> String {
    let mut page = String::new();
    for taken in &imported.patches {
        let was_there = if taken.was_there { " was there already, with the same bytes" } else { "" };
        let _ = writeln!(page, "{}  {}{was_there}", taken.id, taken.file);
    }
    if let Some(catalogue) = &imported.catalogue {
        let _ = writeln!(page, "catalogue {catalogue}");
    }
    for remark in &imported.remarks {
        let _ = writeln!(page, "note: {remark}");
    }
    page
}
