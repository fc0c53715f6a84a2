//! What a person is told of a change: what was judged, which files it touches, and which servers have to be started again.

use super::{Next, container_path};
use crate::home::{Home, Product};
use crate::layout::Place;
use crate::layout::difference::{FileChange, Plan};
use crate::names::{PatchId, ProfileName, RelPath};
use crate::patch::Patch;
use crate::records::{Records, State};
use crate::validation::{Verdict, shown};
use engine::failure::Failure;
use serde::Serialize;
use std::collections::BTreeSet;

/// Names that one sentence lists before it says how many more there are.
const NAMES_MAX: usize = 10;

/// What a change does, or would do.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// `wls1036`
    pub product: String,
    /// As `apply HCE9 to Orders of wls1036`.
    pub asked: String,
    pub verdict: Verdict,
    pub files: Vec<FileChange>,
    pub generation_before: u32,
    /// The same where nothing is to do.
    pub generation_after: u32,
    /// Profiles whose servers have to be started again before they see the change.
    pub restart: Vec<ProfileName>,
    /// Files that are not as they were left.
    pub changed_by_others: Vec<RelPath>,
    /// What a person should know beside the verdict's warnings.
    pub warnings: Vec<String>,
    /// What keeps this from being carried out, although the patches go together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Failure>,
    /// An interrupted change that was brought to its end first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovered: Option<String>,
    pub carried_out: bool,
}

impl Report {
    pub(super) fn new(product: &Product, asked: &str, state: &State, verdict: Verdict) -> Report {
        Report {
            product: product.label(),
            asked: asked.to_string(),
            verdict,
            files: Vec::new(),
            generation_before: state.current,
            generation_after: state.current,
            restart: Vec::new(),
            changed_by_others: Vec::new(),
            warnings: Vec::new(),
            refused: None,
            recovered: None,
            carried_out: false,
        }
    }

    /// What was not understood of containers and catalogues: what they would have said is not judged by.
    pub(super) fn remark(&mut self, remarks: &[String]) {
        self.warnings.extend(remarks.iter().take(NAMES_MAX).map(|remark| shown(remark)));
        if remarks.len() > NAMES_MAX {
            self.warnings.push(format!("{} more remarks about the download folder", remarks.len() - NAMES_MAX));
        }
    }

    pub(super) fn tell(&mut self, home: &Home, product: &Product, records: &Records, next: &Next, plan: &Plan) {
        self.generation_after = next.generation.number;
        self.files = plan.files.clone();
        self.changed_by_others = plan.local.clone();
        let changes_installed = plan.files.iter().any(|file| file.place == Place::Installed);
        // A profile that only this change makes has no servers yet.
        let existing = records.state(product).now().profiles.keys();
        let restart = existing.filter(|profile| changes_installed || self.verdict.profiles.contains_key(*profile));
        self.restart = restart.cloned().collect();
        if !plan.local.is_empty() {
            let names: Vec<&str> = plan.local.iter().map(RelPath::as_str).collect();
            self.warnings.push(format!("not as they were left: {}", some_of(&names)));
        }
        let downloads = records.downloads(home);
        let has_container =
            |patch: &Patch| patch.container.as_ref().is_some_and(|container| container_path(&downloads, container).is_some());
        let leaving = self.verdict.removed.iter().filter_map(|id| records.state(product).patches.get(id));
        let leaving: Vec<&str> = leaving.filter(|patch| !has_container(patch)).map(|patch| patch.id.as_str()).collect();
        if !leaving.is_empty() {
            self.warnings.push(format!(
                "not in the download folder, so that they could come back only as far as their jars still lie in {}: {}",
                product.jar_folder(),
                some_of(&leaving)
            ));
        }
        let applied: BTreeSet<&PatchId> = next.generation.profiles.values().flatten().collect();
        let gone = applied
            .into_iter()
            .filter_map(|id| next.patches.get(id))
            .filter(|patch| patch.container.as_ref().is_some_and(|container| container_path(&downloads, container).is_none()));
        let gone: Vec<&str> = gone.map(|patch| patch.id.as_str()).collect();
        if !gone.is_empty() {
            self.warnings.push(format!(
                "not in the download folder any more, so that they could not be put back once their files are cleared away: {}",
                some_of(&gone)
            ));
        }
    }
}

fn some_of(names: &[&str]) -> String {
    let shown = names.iter().take(NAMES_MAX).copied().collect::<Vec<_>>().join(", ");
    if names.len() > NAMES_MAX { format!("{shown} and {} more", names.len() - NAMES_MAX) } else { shown }
}
