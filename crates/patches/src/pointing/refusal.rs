//! Why a domain's servers cannot be pointed at a profile, as far as it is not one script's own matter.

use crate::names::ProfileName;
use engine::failure::{self, Evidence, Failure};
use std::path::PathBuf;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PointingRefusal {
    #[error("the scripts of WebLogic {version} never run commEnv, which alone takes profiles in")]
    NoCommEnv { version: String },
    #[error("profile {profile} holds extension classes, and WebLogic 9.1 takes none from a manifest jar")]
    ExtensionOnNineOne { profile: ProfileName },
    #[error("there is no start script for {target}")]
    NoScript { target: String },
    #[error("{} is neither a script of sh nor one of Windows by its name", path.display())]
    NoSyntax { path: PathBuf },
    #[error("the domain {} runs from {}, which is not in the home {}", domain.display(), installation.display(), home.display())]
    OtherHome { domain: PathBuf, installation: PathBuf, home: PathBuf },
    #[error("the Windows scripts of {} do not say where Windows has the home", domain.display())]
    HomeNotSaid { domain: PathBuf },
    #[error("servers would point at two profiles: {} names {} already", place(places), places.first().map_or("", |(_, _, profile)| profile))]
    TwoProfiles { places: Vec<(String, usize, String)> },
    #[error("with the planned scripts, {server} would still not use the profile: {why}")]
    NotReached {
        server: String,
        why: String,
        /// The line of a script as it is that decides.
        place: Option<(String, usize)>,
    },
    #[error("{script} leads out of the domain, to {}", file.display())]
    LeadsOut { script: String, file: PathBuf },
    #[error("with the planned scripts, {server} would change its profile too, from {from} to {to}")]
    OthersReached { server: String, from: String, to: String },
}

fn place(places: &[(String, usize, String)]) -> String {
    places.first().map_or_else(String::new, |(script, line, _)| format!("{script} line {line}"))
}

impl PointingRefusal {
    fn hint(&self) -> &'static str {
        match self {
            PointingRefusal::NoCommEnv { .. } => "put the patches into the class path of its own start scripts by hand",
            PointingRefusal::ExtensionOnNineOne { .. } => {
                "take the patches with extension classes out of the profile, or update the domain's release"
            }
            PointingRefusal::NoScript { .. } => "name the script that starts these servers",
            PointingRefusal::NoSyntax { .. } => "name a script that ends with .sh, .cmd or .bat",
            PointingRefusal::OtherHome { .. } => "name the home that the domain runs from",
            PointingRefusal::HomeNotSaid { .. } => {
                "put in by hand the lines that `--print cmd --home-as FOLDER` gives, with the home's folder as that machine names it"
            }
            PointingRefusal::TwoProfiles { .. } => {
                "patches are judged within one profile only: take the other pointer away first, with `packwright patch unpoint` or by hand"
            }
            PointingRefusal::NotReached { place: Some(_), .. } => "look at that line; with --print the lines can be put in by hand",
            PointingRefusal::NotReached { place: None, .. } => {
                "`packwright patch effective` shows which scripts are run and what they read; with --print the lines can be put in by hand"
            }
            PointingRefusal::LeadsOut { .. } => {
                "other domains may use that file too: put a copy of its own into the domain, or edit the file by hand with the lines that --print gives"
            }
            PointingRefusal::OthersReached { .. } => "choose a target that means all of these servers",
        }
    }
}

impl From<PointingRefusal> for Failure {
    fn from(refusal: PointingRefusal) -> Failure {
        let evidence = match &refusal {
            PointingRefusal::TwoProfiles { places } => places
                .iter()
                .map(|(file, line, profile)| Evidence {
                    file: file.clone(),
                    line: u32::try_from(*line).unwrap_or(0),
                    message: format!("names profile {profile}"),
                    ..Evidence::default()
                })
                .collect(),
            PointingRefusal::NotReached { place: Some((file, line)), why, .. } => {
                vec![Evidence { file: file.clone(), line: u32::try_from(*line).unwrap_or(0), message: why.clone(), ..Evidence::default() }]
            }
            _ => Vec::new(),
        };
        Failure::new(&failure::SCRIPT_REFUSED, refusal.to_string()).hint(refusal.hint()).evidence(evidence)
    }
}
