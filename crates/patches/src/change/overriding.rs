//! Jars that the vendor's tool left in a class path and that belong to no patch: whether a patch that comes in holds classes of theirs with other bytes.
//! They are nobody's to judge, so this is told and keeps nothing from being carried out.

use super::clashes::Ground;
use crate::classes::{Classes, INDEX_FOLDER, Index};
use crate::layout;
use crate::names::{PatchId, ProfileName, RelPath};
use crate::validation::{Plan, shown};
use engine::failure::Failure;
use std::collections::BTreeSet;

const NAMES_MAX: usize = 5;
const JARS_MAX: usize = 1000;

impl Ground<'_> {
    /// One sentence for each jar and patch.
    pub fn overridden(&self, plan: &Plan) -> Result<Vec<String>, Failure> {
        let mut told = Vec::new();
        for (profile, list) in plan.changed() {
            let jars = self.loose_jars(profile);
            let new = self.new_in(profile, list);
            if jars.is_empty() || new.is_empty() {
                continue;
            }
            let indexed = self.indexed(&new)?;
            for path in jars {
                match self.index(&path) {
                    Ok(index) => {
                        let differing = |id: &PatchId| differing(indexed[id].iter().map(|indexed| &*indexed.index), &index);
                        let clashing = indexed.keys().map(|id| (id, differing(id))).filter(|(_, names)| !names.is_empty());
                        told.extend(clashing.map(|(id, names)| sentence(profile, id, &path, &names)));
                    }
                    Err(failure) => told.push(shown(&format!("{path}, which belongs to no patch, was not compared: {}", failure.message))),
                }
            }
        }
        Ok(told)
    }

    fn loose_jars(&self, profile: &ProfileName) -> BTreeSet<RelPath> {
        let Some(loose) = self.records.state(self.product).now().loose.get(profile) else { return BTreeSet::new() };
        let system = layout::loose_jars(&layout::system_manifest(self.product, profile), &loose.system).0;
        let extension = layout::loose_jars(&layout::extension_manifest(self.product, profile), &loose.extension).0;
        let jars = system.into_iter().chain(extension).take(JARS_MAX);
        // One that is gone, or a folder, has no classes to compare.
        jars.filter(|path| path.below(&self.home.root).is_file()).collect()
    }

    fn index(&self, path: &RelPath) -> Result<Index, Failure> {
        let classes = Classes::open(self.home.root.join(INDEX_FOLDER));
        let classes = if self.plan_only { classes.keeping_nothing() } else { classes };
        classes.look_into_file(&path.below(&self.home.root))
    }
}

/// Classes that both hold with different bytes.
fn differing<'a>(new: impl Iterator<Item = &'a Index>, loose: &Index) -> BTreeSet<String> {
    let members = new.flat_map(Index::members).filter(|member| member.path.ends_with(".class"));
    let differing = members.filter(|member| loose.get(&member.path).is_some_and(|other| other.content != member.content));
    differing.map(|member| member.path.trim_end_matches(".class").replace('/', ".")).collect()
}

fn sentence(profile: &ProfileName, patch: &PatchId, path: &RelPath, names: &BTreeSet<String>) -> String {
    let first: Vec<String> = names.iter().take(NAMES_MAX).map(|name| shown(name)).collect();
    let more = if names.len() > NAMES_MAX { format!(" and {} more", names.len() - NAMES_MAX) } else { String::new() };
    format!(
        "in profile {profile} {patch} overrides {} classes of {path}, a jar of the class path that belongs to no patch: {}{more}",
        names.len(),
        first.join(", ")
    )
}
