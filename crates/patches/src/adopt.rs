//! Takes over a product that the vendor's tool has patched before: what that applied becomes the first generation of our records. The vendor's registry
//! and its backup of replaced files are read at most, never written, and its manifest jars stay until their profile changes.

mod registry;

use crate::change::{carry_out, locked, now};
use crate::disk;
use crate::downloads::Downloads;
use crate::generation::{Generation, Loose};
use crate::home::{Home, Product};
use crate::journal;
use crate::layout;
use crate::layout::lying::{Lying, lies};
use crate::manifest;
use crate::names::{PatchId, ProfileName, RelPath};
use crate::patch::{Part, PartKind, Patch};
use crate::records::{self, Adopted, Current, Ledger, Records, State};
use engine::failure::{self, Failure};
use registry::Entry;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

const PROFILES_MAX: usize = 10_000;
const MANIFEST_JAR_BYTES_MAX: u64 = 16 << 20;

/// A product that the vendor's tool has patched, and what can be seen of it.
#[derive(Clone, Debug, Serialize)]
pub struct Adoptable {
    /// `wls1036`
    pub product: String,
    pub patch_folder: RelPath,
    /// Patches as the vendor's registry names them, in its order, each with the profiles that it is in.
    pub patches: Vec<AdoptablePatch>,
    pub profiles: BTreeMap<ProfileName, AdoptableProfile>,
    /// What a person should know before taking this over.
    pub remarks: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct AdoptablePatch {
    pub id: PatchId,
    pub profiles: Vec<ProfileName>,
    /// Its container is in the download folder, so that all of it is known.
    pub known: bool,
}

/// Class paths of a profile as its manifest jars have them.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AdoptableProfile {
    pub system: Vec<String>,
    pub extension: Vec<String>,
}

/// Whether the vendor's tool has applied anything to a product: a registry with patches, a custom profile, or a manifest jar that lists something.
pub fn is_patched(home: &Home, product: &Product) -> Result<bool, Failure> {
    let (entries, _) = registry::read(home, product)?;
    let profiles = profiles(home, product, &mut Vec::new())?;
    let lists = |profile: &AdoptableProfile| !profile.system.is_empty() || !profile.extension.is_empty();
    Ok(!entries.is_empty() || profiles.iter().any(|(name, profile)| !name.is_default() || lists(profile)))
}

/// What `adopt` would take over, of every product that is not yet taken over.
pub fn look(home: &Home) -> Result<Vec<Adoptable>, Failure> {
    let records = Records::read(home)?;
    let mut found = Vec::new();
    for product in &home.products {
        if let Some((seen, _)) = adoptable(home, product, &records)? {
            found.push(seen.told(product));
        }
    }
    Ok(found)
}

/// What would be taken over of a product: nothing where our records hold more than the vendor's tool did, or just what it did.
fn adoptable(home: &Home, product: &Product, records: &Records) -> Result<Option<(Seen, Becoming)>, Failure> {
    let state = records.state(product);
    if is_ours(state) && !is_as_adopted(state) || !is_ours(state) && !is_patched(home, product)? {
        return Ok(None);
    }
    let seen = Seen::look(home, product, records)?;
    let becoming = seen.becoming(home, product, state.next_number())?;
    let is_known = state.adopted.is_some() && {
        state.now().loose == becoming.generation.loose
            && state.now().profiles == becoming.generation.profiles
            && becoming.patches.iter().all(|(id, patch)| state.patches.get(id).is_some_and(|known| known.parts == patch.parts))
    };
    Ok((!is_known).then_some((seen, becoming)))
}

/// Nothing of ours is in effect: what the vendor's tool did since can be taken over anew.
fn is_as_adopted(state: &State) -> bool {
    let taken_over = |adopted: &Adopted| state.generations.values().find(|generation| generation.at == adopted.at);
    state.adopted.as_ref().and_then(taken_over).is_some_and(|generation| generation.profiles == state.now().profiles)
}

/// Whether our records say anything of the product.
pub(crate) fn is_ours(state: &State) -> bool {
    state.adopted.is_some() || state.generations.len() > 1
}

/// What was, or would be, taken over.
#[derive(Clone, Debug, Serialize)]
pub struct Taken {
    pub products: Vec<Adoptable>,
    pub carried_out: bool,
}

/// Writes records of what the vendor's tool applied. Nothing else in the home is touched.
pub fn adopt(home: &Home, plan_only: bool) -> Result<Taken, Failure> {
    let what = "adopt what the vendor's tool has applied";
    let lock = locked(home, what, plan_only)?;
    let records = Records::read(home)?;
    let mut settings = records.settings.clone();
    settings.platforms = records.platforms();
    let mut taken = Taken { products: Vec::new(), carried_out: false };
    let (mut changes, mut ledger) = (vec![records::write_settings(&settings)], records.ledger.clone());
    for product in &home.products {
        let Some((seen, becoming)) = adoptable(home, product, &records)? else { continue };
        // What was taken over before says nothing of the home any more.
        changes.extend(records::forget(product, records.state(product), &becoming.patches));
        let Becoming { generation, patches, adopted } = becoming;
        changes.push(records::write_adopted(product, &adopted));
        changes.extend(patches.values().map(|patch| records::write_patch(product, patch)));
        changes.push(records::write_generation(product, &generation));
        changes.push(records::write_current(product, &Current { number: generation.number, changed_at: BTreeMap::new() }));
        let layout = layout::layout(product, &generation, &patches, Some(&adopted), &settings.platforms)?;
        remember_manifests(home, product, &layout, &mut ledger)?;
        taken.products.push(seen.told(product));
    }
    if taken.products.is_empty() {
        return Ok(taken);
    }
    changes.push(records::write_ledger(&ledger));
    match &lock {
        Some(lock) => {
            carry_out(&lock.lock, what, changes)?;
            taken.carried_out = true;
        }
        None => journal::look(home, changes)?,
    }
    Ok(taken)
}

fn remember_manifests(home: &Home, product: &Product, layout: &layout::Layout, ledger: &mut Ledger) -> Result<(), Failure> {
    let own = format!("{}/", product.patch_folder);
    ledger.found.retain(|path, _| !path.as_str().starts_with(&own));
    for (path, placed) in layout.files.iter().filter(|(_, placed)| placed.place == layout::Place::Manifest) {
        match lies(&home.root, path)? {
            Lying::File { digest, .. } if digest != placed.digest => {
                ledger.found.insert(path.clone(), digest);
            }
            _ => {}
        }
    }
    Ok(())
}

/// What was found of one product.
struct Seen {
    entries: Vec<Entry>,
    profiles: BTreeMap<ProfileName, AdoptableProfile>,
    /// Full knowledge of those whose container is there.
    known: BTreeMap<PatchId, Patch>,
    /// Of jars in the shared folder that a class path or the registry names: name to what is known of the file.
    jars: BTreeMap<String, Part>,
    remarks: Vec<String>,
}

/// What the records are to say.
struct Becoming {
    generation: Generation,
    patches: BTreeMap<PatchId, Patch>,
    adopted: Adopted,
}

impl Seen {
    fn look(home: &Home, product: &Product, records: &Records) -> Result<Seen, Failure> {
        let (entries, mut remarks) = registry::read(home, product)?;
        let profiles = profiles(home, product, &mut remarks)?;
        // A plan of this writes nothing, and who adopts does it once.
        let mut known = Downloads::open(&records.downloads(home))?.remembering_nothing().known(home, product)?.patches;
        known.retain(|id, patch| patch.container.is_some() && entries.iter().any(|entry| entry.id == *id));
        let opaque = entries.iter().map(|entry| &entry.id).filter(|id| !known.contains_key(id)).collect::<BTreeSet<_>>();
        if !opaque.is_empty() {
            let ids: Vec<&str> = opaque.iter().map(|id| id.as_str()).collect();
            remarks.push(format!(
                "the containers of {} are not in the download folder: only their jars are known, and what else they changed is not",
                ids.join(", ")
            ));
        }
        let mut seen = Seen { entries, profiles, known, jars: BTreeMap::new(), remarks };
        seen.look_at_jars(home, product)?;
        Ok(seen)
    }

    /// Jars of patches of which nothing else is known.
    fn look_at_jars(&mut self, home: &Home, product: &Product) -> Result<(), Failure> {
        let unknown = self.entries.iter().filter(|entry| !self.known.contains_key(&entry.id));
        let names: BTreeSet<String> = unknown.flat_map(|entry| entry.jars.iter().cloned()).collect();
        for name in names {
            let Ok(path) = product.jar_folder().join(&name) else { continue };
            if let Lying::File { digest, .. } = lies(&home.root, &path)? {
                let bytes = path.below(&home.root).metadata().map_err(disk::failed("look at", &path.below(&home.root)))?.len();
                let member = RelPath::new(format!("jars/{name}")).expect("a name that made a path");
                self.jars.insert(name, Part { member, digest, bytes, kind: PartKind::System });
            }
        }
        Ok(())
    }

    fn told(self, product: &Product) -> Adoptable {
        let mut patches: Vec<AdoptablePatch> = Vec::new();
        for entry in &self.entries {
            match patches.iter_mut().find(|patch| patch.id == entry.id) {
                Some(patch) => patch.profiles.push(entry.profile.clone()),
                None => patches.push(AdoptablePatch {
                    id: entry.id.clone(),
                    profiles: vec![entry.profile.clone()],
                    known: self.known.contains_key(&entry.id),
                }),
            }
        }
        Adoptable {
            product: product.label(),
            patch_folder: product.patch_folder.clone(),
            patches,
            profiles: self.profiles,
            remarks: self.remarks,
        }
    }

    fn becoming(&self, home: &Home, product: &Product, number: u32) -> Result<Becoming, Failure> {
        let at = now();
        let mut adopted = Adopted { at, opaque: BTreeSet::new(), loose: BTreeMap::new() };
        let (mut patches, mut loose) = (BTreeMap::new(), BTreeMap::new());
        for entry in &self.entries {
            let patch = self.known.get(&entry.id).cloned().unwrap_or_else(|| {
                adopted.opaque.insert(entry.id.clone());
                self.opaque(product, &entry.id)
            });
            patches.insert(entry.id.clone(), patch);
        }
        let wide: Vec<&PatchId> = patches.values().filter(|patch| patch.is_installation_wide()).map(|patch| &patch.id).collect();
        let mut lists = BTreeMap::from([(ProfileName::default_profile(), Vec::new())]);
        lists.extend(self.profiles.keys().map(|profile| (profile.clone(), Vec::new())));
        for entry in &self.entries {
            lists.entry(entry.profile.clone()).or_insert_with(Vec::new);
        }
        for (profile, list) in &mut lists {
            let class_path = self.profiles.get(profile).cloned().unwrap_or_default();
            *list = self.ordered(profile, &class_path, &patches, &wide);
            let found = loose_of(home, product, profile, &class_path, list.iter().filter_map(|id| patches.get(id)))?;
            if found != Loose::default() {
                loose.insert(profile.clone(), found);
            }
        }
        let made_by = "adopt what the vendor's tool had applied".into();
        let generation = Generation { number, made_by, profiles: lists, loose, ..Generation::first(at) };
        Ok(Becoming { generation, patches, adopted })
    }

    fn opaque(&self, product: &Product, id: &PatchId) -> Patch {
        let entries = self.entries.iter().filter(|entry| entry.id == *id);
        let jars: BTreeSet<&String> = entries.clone().flat_map(|entry| &entry.jars).collect();
        let bugs: BTreeSet<&String> = entries.flat_map(|entry| &entry.bugs).collect();
        let in_extension = |part: &Part| {
            let named = |entry: &String| entry.rsplit('/').next() == Some(part.member.file_name());
            self.profiles.values().any(|profile| profile.extension.iter().any(named))
        };
        let part = |part: &Part| Part { kind: if in_extension(part) { PartKind::Extension } else { PartKind::System }, ..part.clone() };
        Patch {
            id: id.clone(),
            product: product.name.clone(),
            release: product.release.clone(),
            bugs: bugs.into_iter().cloned().collect(),
            description: "applied by the vendor's tool".into(),
            requires: Vec::new(),
            excludes: Vec::new(),
            replaces: Vec::new(),
            after: Vec::new(),
            withdrawn: None,
            parts: jars.into_iter().filter_map(|name| self.jars.get(name)).map(part).collect(),
            container: None,
        }
    }

    /// Patches of a profile in the order in which they were applied, as far as its class path tells: what comes first there was applied last. Those
    /// that change installed files are in every profile.
    fn ordered(
        &self,
        profile: &ProfileName,
        class_path: &AdoptableProfile,
        patches: &BTreeMap<PatchId, Patch>,
        wide: &[&PatchId],
    ) -> Vec<PatchId> {
        let mut seen = BTreeSet::new();
        let own = self.entries.iter().filter(|entry| entry.profile == *profile).map(|entry| &entry.id);
        let mut list: Vec<PatchId> = wide.iter().copied().chain(own).filter(|id| seen.insert((*id).clone())).cloned().collect();
        let names: Vec<&str> = class_path.system.iter().chain(&class_path.extension).filter_map(|entry| entry.rsplit('/').next()).collect();
        let place = |id: &PatchId| {
            let mut jars = patches[id].parts.iter().filter(|part| matches!(part.kind, PartKind::System | PartKind::Extension));
            jars.find_map(|part| names.iter().position(|name| *name == part.member.file_name()))
        };
        // One without a jar has no place, and comes before the others.
        list.sort_by_key(|id| place(id).map_or(i64::MIN, |place| -i64::try_from(place).unwrap_or(i64::MAX)));
        list
    }
}

/// Entries of a profile's class paths that none of its patches accounts for.
fn loose_of<'a>(
    home: &Home,
    product: &Product,
    profile: &ProfileName,
    class_path: &AdoptableProfile,
    patches: impl Iterator<Item = &'a Patch>,
) -> Result<Loose, Failure> {
    let patches: Vec<&Patch> = patches.collect();
    let mut files = BTreeMap::new();
    let mut rest = |entries: &[String], kind: PartKind, manifest: RelPath| -> Result<Vec<String>, Failure> {
        let (folder, _) = manifest.as_str().rsplit_once('/').expect("a manifest jar lies in a folder");
        let folder = RelPath::new(folder).expect("part of a path");
        let ours: BTreeSet<String> = layout::jars(product, &patches, &kind).iter().map(|jar| manifest::relative(&folder, jar)).collect();
        let rest: Vec<String> = entries.iter().filter(|entry| !ours.contains(*entry)).cloned().collect();
        for path in layout::loose_jars(&manifest, &rest).0 {
            if let Lying::File { digest, .. } = lies(&home.root, &path)? {
                files.insert(path, digest);
            }
        }
        Ok(rest)
    };
    let system = rest(&class_path.system, PartKind::System, layout::system_manifest(product, profile))?;
    let extension = rest(&class_path.extension, PartKind::Extension, layout::extension_manifest(product, profile))?;
    Ok(Loose { system, extension, files })
}

/// Profiles by their folders, with the class paths of their manifest jars.
fn profiles(home: &Home, product: &Product, remarks: &mut Vec<String>) -> Result<BTreeMap<ProfileName, AdoptableProfile>, Failure> {
    let folder = product.patch_folder.join("profiles").expect("a plain name").below(&home.root);
    let mut found = BTreeMap::new();
    for name in disk::list(&folder, PROFILES_MAX)?.into_iter().filter(|name| folder.join(name).is_dir()) {
        let Ok(profile) = ProfileName::new(name.as_str()) else {
            remarks.push(format!("the folder {name:?} of the profiles is left alone: a profile's name has letters and digits only"));
            continue;
        };
        // One spelling of the default profile is enough.
        let profile = if profile.is_default() { ProfileName::default_profile() } else { profile };
        let system = class_path(home, &layout::system_manifest(product, &profile))?;
        let extension = class_path(home, &layout::extension_manifest(product, &profile))?;
        found.insert(profile, AdoptableProfile { system, extension });
    }
    Ok(found)
}

fn class_path(home: &Home, manifest_jar: &RelPath) -> Result<Vec<String>, Failure> {
    let path = manifest_jar.below(&home.root);
    let Some(bytes) = disk::read_if_there(&path, MANIFEST_JAR_BYTES_MAX)? else { return Ok(Vec::new()) };
    let entries = manifest::class_path(&bytes)
        .map_err(|error| Failure::new(&failure::HOME_DAMAGED, format!("cannot read the class path of {}: {error}", path.display())))?;
    Ok(entries.iter().map(|entry| relative_entry(home, manifest_jar, entry)).collect())
}

/// An absolute entry as one relative to the manifest jar's folder, as ours are.
fn relative_entry(home: &Home, manifest_jar: &RelPath, entry: &str) -> String {
    let Some(absolute) = entry.strip_prefix("file:").map(|path| path.trim_start_matches('/')) else { return entry.to_string() };
    let root = home.root.to_string_lossy();
    let root = root.trim_start_matches('/');
    let folder: Vec<&str> = manifest_jar.as_str().split('/').rev().skip(1).collect();
    match absolute.strip_prefix(root).and_then(|rest| rest.strip_prefix('/')).and_then(|inside| RelPath::new(inside).ok()) {
        Some(inside) => {
            let (folder, _) = manifest_jar.as_str().rsplit_once('/').expect("a manifest jar lies in a folder");
            manifest::relative(&RelPath::new(folder).expect("part of a path"), &inside)
        }
        // Outside the home: true as long as the home stays where it is, which the entry was before.
        None => format!("{}{absolute}", "../".repeat(folder.len() + root.split('/').count())),
    }
}
