//! What is known of the patches of a product at the moment: as they were applied, as their containers say, and as the catalogues have it. What that means
//! for a change is judged elsewhere.

use crate::downloads::Downloads;
use crate::home::{Home, Product};
use crate::names::PatchId;
use crate::patch::Patch;
use crate::records::Records;
use engine::failure::{self, Failure};
use std::collections::{BTreeMap, BTreeSet};

pub(super) struct Knowing {
    pub known: BTreeMap<PatchId, Patch>,
    /// What could not be read of it, in sentences.
    pub remarks: Vec<String>,
}

/// All that is known of patches. What was applied stays as it was applied, whatever became of its container; what others say of it may be newer.
pub(super) fn knowing(home: &Home, product: &Product, records: &Records, asked: &[PatchId], plan_only: bool) -> Result<Knowing, Failure> {
    let downloads = Downloads::open(&records.downloads(home))?;
    let downloads = if plan_only { downloads.remembering_nothing() } else { downloads };
    let downloaded = downloads.known(home, product)?;
    if let Some(refused) = asked.iter().find_map(|id| downloaded.refused.get(&format!("{id}.jar"))) {
        return Err(refused.clone());
    }
    let mut known = downloaded.patches;
    let state = records.state(product);
    let applied: BTreeSet<&PatchId> = state.now().profiles.values().flatten().collect();
    for (id, recorded) in &state.patches {
        let downloaded = known.get(id).filter(|patch| patch.container.is_some());
        let is_same = downloaded.is_none_or(|patch| patch.parts == recorded.parts);
        let comes_in = asked.contains(id) && !applied.contains(id);
        match downloaded {
            // Nothing was known of it but its jars; now there is more.
            Some(_) if recorded.container.is_none() && comes_in => continue,
            Some(_) if !is_same && comes_in => {
                let message = format!("the container of {id} in the download folder is not the one that a former generation applied");
                return Err(Failure::new(&failure::CONTAINER_REFUSED, message)
                    .hint("packwright patch gc drops former generations, and what they say of it with them"));
            }
            _ => {}
        }
        let united = match known.get(id) {
            Some(of_now) => united(recorded, of_now),
            None => recorded.clone(),
        };
        known.insert(id.clone(), united);
    }
    Ok(Knowing { known, remarks: downloaded.remarks })
}

/// Files and container as they were applied; what is said of others since is added, and a withdrawal counts.
fn united(recorded: &Patch, of_now: &Patch) -> Patch {
    fn both<T: Clone + PartialEq>(recorded: &[T], of_now: &[T]) -> Vec<T> {
        recorded.iter().chain(of_now.iter().filter(|one| !recorded.contains(one))).cloned().collect()
    }
    Patch {
        bugs: both(&recorded.bugs, &of_now.bugs),
        requires: both(&recorded.requires, &of_now.requires),
        excludes: both(&recorded.excludes, &of_now.excludes),
        replaces: both(&recorded.replaces, &of_now.replaces),
        after: both(&recorded.after, &of_now.after),
        withdrawn: of_now.withdrawn.clone().or_else(|| recorded.withdrawn.clone()),
        ..recorded.clone()
    }
}
