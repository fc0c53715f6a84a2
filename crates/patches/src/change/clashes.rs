//! Finds what clashes in the lists that profiles are to have: the same class, library, file or jar's name with different bytes in two patches. Whether a
//! clash speaks against the change is judged elsewhere.

use super::container_path;
use crate::classes::{self, Classes, INDEX_FOLDER, Indexed, Jar};
use crate::container;
use crate::disk;
use crate::home::{Home, Product};
use crate::names::{Digest, PatchId, ProfileName};
use crate::patch::{Part, PartKind, Patch};
use crate::records::Records;
use crate::validation::{CLASH_NAMES_MAX, Clash, Clashing, Plan};
use engine::failure::Failure;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Seek, SeekFrom};

/// What is looked at.
pub struct Ground<'a> {
    pub home: &'a Home,
    pub product: &'a Product,
    pub records: &'a Records,
    pub known: &'a BTreeMap<PatchId, Patch>,
    /// Platforms whose libraries are laid out.
    pub platforms: Vec<String>,
    /// Nothing may be written, not even what would spare the next one work.
    pub plan_only: bool,
}

/// A file of a patch that two patches may want at one place.
struct Held<'a> {
    patch: &'a PatchId,
    digest: Digest,
    member: &'a str,
}

/// Pairs of patches with the names over which they clash.
type Pairs = BTreeMap<(PatchId, PatchId, Clashing), (Vec<String>, (String, String))>;

impl Ground<'_> {
    pub fn clashes(&self, plan: &Plan) -> Result<Vec<Clash>, Failure> {
        let mut pairs = Pairs::new();
        self.shared(plan, &mut pairs);
        for (profile, list) in plan.changed() {
            self.own(profile, list, &mut pairs);
        }
        let told = |((one, other, what), (mut names, files)): (_, (Vec<String>, (String, String)))| {
            let count = names.len();
            names.truncate(CLASH_NAMES_MAX);
            Clash { one, other, what, names, count, files }
        };
        let mut clashes: Vec<Clash> = pairs.into_iter().map(told).collect();
        clashes.extend(self.classes(plan)?);
        Ok(clashes)
    }

    fn state_lists(&self) -> &BTreeMap<ProfileName, Vec<PatchId>> {
        &self.records.state(self.product).now().profiles
    }

    /// What there is once for all profiles: installed files, for all products too, and the names of jars.
    fn shared(&self, plan: &Plan, pairs: &mut Pairs) {
        let present: BTreeSet<&PatchId> = self.state_lists().values().flatten().collect();
        let planned: BTreeSet<&PatchId> = plan.all().values().flatten().collect();
        let new: BTreeSet<&PatchId> = planned.iter().filter(|id| !present.contains(*id)).copied().collect();
        // An archive lies in the product's own place for the default profile alone.
        let default = ProfileName::default_profile();
        let in_default =
            |lists: &BTreeMap<ProfileName, Vec<PatchId>>, id: &PatchId| lists.get(&default).is_some_and(|list| list.contains(id));
        let comes_to_default = |id: &&PatchId| in_default(plan.all(), id) && !in_default(self.state_lists(), id);
        let new_installed: BTreeSet<&PatchId> = planned.iter().copied().filter(|id| new.contains(id) || comes_to_default(id)).collect();
        let mut installed: BTreeMap<String, Vec<Held>> = BTreeMap::new();
        let mut jars: BTreeMap<String, Vec<Held>> = BTreeMap::new();
        let ours = planned.into_iter().filter_map(|id| self.known.get(id)).map(|patch| (self.product, patch));
        let others = self.home.products.iter().filter(|product| *product != self.product).flat_map(|product| {
            let state = self.records.state(product);
            let applied: BTreeSet<&PatchId> = state.now().profiles.values().flatten().collect();
            applied.into_iter().filter_map(|id| state.patches.get(id)).map(move |patch| (product, patch)).collect::<Vec<_>>()
        });
        for (product, patch) in others.chain(ours) {
            for part in &patch.parts {
                match &part.kind {
                    PartKind::File { to } | PartKind::Module { to } => {
                        if let Some(path) = product.resolve(to) {
                            installed.entry(path.to_string()).or_default().push(held(patch, part));
                        }
                    }
                    PartKind::Archive { to, .. }
                        if in_default(
                            if product == self.product { plan.all() } else { &self.records.state(product).now().profiles },
                            &patch.id,
                        ) =>
                    {
                        if let Some(path) = product.resolve(to) {
                            installed.entry(path.to_string()).or_default().push(held(patch, part));
                        }
                    }
                    PartKind::System | PartKind::Extension if product == self.product => {
                        jars.entry(part.member.file_name().to_string()).or_default().push(held(patch, part));
                    }
                    _ => {}
                }
            }
        }
        pair(installed, Clashing::InstalledFile, &new_installed, pairs);
        pair(jars, Clashing::JarName, &new, pairs);
    }

    /// What every profile has of its own.
    fn own(&self, profile: &ProfileName, list: &[PatchId], pairs: &mut Pairs) {
        let new = self.new_in(profile, list);
        let mut natives: BTreeMap<String, Vec<Held>> = BTreeMap::new();
        let mut archives: BTreeMap<String, Vec<Held>> = BTreeMap::new();
        for patch in list.iter().filter_map(|id| self.known.get(id)) {
            for part in &patch.parts {
                let name = part.member.file_name().to_string();
                match &part.kind {
                    PartKind::Native { platform } if platform.is_empty() || self.platforms.contains(platform) => {
                        natives.entry(name).or_default().push(held(patch, part));
                    }
                    PartKind::Archive { .. } => archives.entry(name).or_default().push(held(patch, part)),
                    _ => {}
                }
            }
        }
        pair(natives, Clashing::Native, &new, pairs);
        pair(archives, Clashing::Archive, &new, pairs);
    }

    pub(super) fn new_in<'l>(&self, profile: &ProfileName, list: &'l [PatchId]) -> BTreeSet<&'l PatchId> {
        let before = self.state_lists().get(profile).map_or(&[][..], Vec::as_slice);
        list.iter().filter(|id| !before.contains(id)).collect()
    }

    /// Classes of what is new in a profile against all that it is to hold.
    fn classes(&self, plan: &Plan) -> Result<Vec<Clash>, Failure> {
        let concerned: BTreeMap<&ProfileName, (&Vec<PatchId>, BTreeSet<&PatchId>)> = plan
            .changed()
            .iter()
            .map(|(profile, list)| (profile, (list, self.new_in(profile, list))))
            .filter(|(_, (_, new))| new.iter().any(|id| self.known.get(*id).is_some_and(|patch| Jar::of(patch).next().is_some())))
            .collect();
        let ids: BTreeSet<&PatchId> = concerned.values().flat_map(|(list, _)| list.iter()).collect();
        let indexed = self.indexed(&ids)?;
        let mut found: Vec<Clash> = Vec::new();
        for (list, new) in concerned.values() {
            let jars = |of_new: bool| -> Vec<Indexed> {
                let chosen = list.iter().filter(|id| new.contains(id) == of_new);
                chosen.filter_map(|id| indexed.get(id)).flatten().cloned().collect()
            };
            let compared = classes::clashes(&jars(true), &jars(false));
            // Two profiles may hold the same two patches.
            found.extend(compared.clashes.into_iter().filter(|clash| !found.contains(clash)).collect::<Vec<_>>());
        }
        Ok(found)
    }

    pub(super) fn indexed(&self, ids: &BTreeSet<&PatchId>) -> Result<BTreeMap<PatchId, Vec<Indexed>>, Failure> {
        let patches: Vec<&Patch> = ids.iter().filter_map(|id| self.known.get(*id)).collect();
        let jars: Vec<Jar> = patches.iter().flat_map(|patch| Jar::of(patch)).collect();
        let parts: BTreeMap<Digest, (&Patch, &Part)> =
            patches.iter().flat_map(|patch| patch.parts.iter().map(|part| (part.digest, (*patch, part)))).collect();
        let classes = Classes::open(self.home.root.join(INDEX_FOLDER));
        let classes = if self.plan_only { classes.keeping_nothing() } else { classes };
        let open = |jar: &Jar| {
            let (patch, part) = parts[&jar.digest];
            self.open(patch, part)
        };
        let mut found: BTreeMap<PatchId, Vec<Indexed>> = BTreeMap::new();
        for indexed in classes.look_into(&jars, open)? {
            found.entry(indexed.jar.patch.clone()).or_default().push(indexed);
        }
        Ok(found)
    }

    /// A jar as its container has it; the one that lies in the home where the container is gone.
    fn open(&self, patch: &Patch, part: &Part) -> Result<File, Failure> {
        let downloads = self.records.downloads(self.home);
        match patch.container.as_ref().and_then(|container| container_path(&downloads, container)) {
            Some(container) => {
                let mut file = tempfile::tempfile().map_err(disk::failed("make a file for a while in", &std::env::temp_dir()))?;
                container::unpack(&container, &part.member, part.digest, part.bytes, &mut file)?;
                file.seek(SeekFrom::Start(0)).map_err(disk::failed("read", &container))?;
                Ok(file)
            }
            None => {
                let path = self.product.jar_folder().below(&self.home.root).join(part.member.file_name());
                Ok(File::open(&path).map_err(disk::failed("read", &path))?)
            }
        }
    }
}

fn held<'a>(patch: &'a Patch, part: &'a Part) -> Held<'a> {
    Held { patch: &patch.id, digest: part.digest, member: part.member.as_str() }
}

/// Every two patches with different bytes for one name, one of them new. `one` stands before `other`.
fn pair(holders: BTreeMap<String, Vec<Held>>, what: Clashing, new: &BTreeSet<&PatchId>, pairs: &mut Pairs) {
    for (name, held) in holders {
        for (place, other) in held.iter().enumerate() {
            for one in &held[..place] {
                let clash =
                    one.patch != other.patch && one.digest != other.digest && (new.contains(one.patch) || new.contains(other.patch));
                if clash {
                    let files = (one.member.to_string(), other.member.to_string());
                    let key = (one.patch.clone(), other.patch.clone(), what);
                    let (names, _) = pairs.entry(key).or_insert_with(|| (Vec::new(), files));
                    if !names.contains(&name) {
                        names.push(name.clone());
                    }
                }
            }
        }
    }
}
