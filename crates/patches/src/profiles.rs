//! Tells what the profiles of a home hold, how two of them differ, and which generations there were. It reads; the one thing here that changes a home,
//! clearing away what no generation needs, is [`clearing`].

mod clearing;
mod open_files;

pub use clearing::{Cleared, InUse, Keep, gc};

use crate::definitions::Contents;
use crate::downloads::Downloads;
use crate::generation::Generation;
use crate::home::{Home, Product};
use crate::layout::{self, Layout, Place, Source};
use crate::names::{Digest, PatchId, ProfileName, RelPath};
use crate::patch::{PartKind, Patch};
use crate::records::{Records, State};
use engine::failure::{self, Failure};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A patch in a few words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    pub id: PatchId,
    pub bugs: Vec<String>,
    pub description: String,
    pub installation_wide: bool,
    /// Applied by the vendor's tool, and its container is not known.
    pub opaque: bool,
}

/// A profile with what is in it and what could be.
#[derive(Clone, Debug, Serialize)]
pub struct Listed {
    pub profile: ProfileName,
    /// In the order in which they were applied.
    pub applied: Vec<Summary>,
    /// Downloaded for this product, and not in this profile.
    pub available: Vec<Summary>,
}

pub fn list(home: &Home, product: &Product) -> Result<Vec<Listed>, Failure> {
    let records = Records::read(home)?;
    let state = records.state(product);
    let known = Downloads::open(&records.downloads(home))?.known(home, product)?.patches;
    let listed = state.now().profiles.iter().map(|(profile, ids)| Listed {
        profile: profile.clone(),
        applied: summaries(state, ids),
        available: known
            .values()
            .filter(|patch| patch.container.is_some() && !ids.contains(&patch.id))
            .map(|patch| summary(patch, false))
            .collect(),
    });
    Ok(listed.collect())
}

fn summaries(state: &State, ids: &[PatchId]) -> Vec<Summary> {
    let opaque = |id: &PatchId| state.adopted.as_ref().is_some_and(|adopted| adopted.opaque.contains(id));
    ids.iter().filter_map(|id| state.patches.get(id)).map(|patch| summary(patch, opaque(&patch.id))).collect()
}

fn summary(patch: &Patch, opaque: bool) -> Summary {
    Summary {
        id: patch.id.clone(),
        bugs: patch.bugs.clone(),
        description: patch.description.clone(),
        installation_wide: patch.is_installation_wide(),
        opaque,
    }
}

/// A profile in full.
#[derive(Clone, Debug, Serialize)]
pub struct Shown {
    pub profile: ProfileName,
    pub generation: u32,
    pub contents: Contents,
    pub patches: Vec<Patch>,
    /// Jars in the order in which classes are looked for.
    pub class_path: Vec<RelPath>,
    pub extension_class_path: Vec<RelPath>,
    /// Entries of both that lead out of the home, as their manifest jars have them.
    pub outside: Vec<String>,
    pub files: Vec<ShownFile>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShownFile {
    pub path: RelPath,
    pub place: Place,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patch: Option<PatchId>,
    pub digest: Digest,
    pub bytes: u64,
}

pub fn show(home: &Home, product: &Product, profile: &ProfileName) -> Result<Shown, Failure> {
    let records = Records::read(home)?;
    let state = records.state(product);
    let layout = of_profile(&records, product, state.now(), profile)?;
    let patches: Vec<&Patch> = state.now().patches(profile).iter().filter_map(|id| state.patches.get(id)).collect();
    let loose = state.now().loose.get(profile).cloned().unwrap_or_default();
    let (system, mut outside) = layout::loose_jars(&layout::system_manifest(product, profile), &loose.system);
    let (extension, outside_extension) = layout::loose_jars(&layout::extension_manifest(product, profile), &loose.extension);
    outside.extend(outside_extension);
    let whole = |kind: PartKind, loose: Vec<RelPath>| layout::jars(product, &patches, &kind).into_iter().chain(loose).collect();
    Ok(Shown {
        profile: profile.clone(),
        generation: state.current,
        contents: state.contents(profile),
        class_path: whole(PartKind::System, system),
        extension_class_path: whole(PartKind::Extension, extension),
        outside,
        patches: patches.into_iter().cloned().collect(),
        files: layout.files.into_iter().map(|(path, placed)| shown_file(path, &placed)).collect(),
    })
}

fn shown_file(path: RelPath, placed: &layout::Placed) -> ShownFile {
    let patch = match &placed.source {
        Source::Member { patch, .. } => Some(patch.clone()),
        Source::Bytes(_) => None,
    };
    ShownFile { path, place: placed.place, patch, digest: placed.digest, bytes: placed.bytes }
}

/// What a profile alone would lay into the home.
fn of_profile(records: &Records, product: &Product, generation: &Generation, profile: &ProfileName) -> Result<Layout, Failure> {
    let state = records.state(product);
    let Some(patches) = generation.profiles.get(profile) else {
        return Err(unknown_profile(generation, profile));
    };
    let alone = Generation { profiles: BTreeMap::from([(profile.clone(), patches.clone())]), ..generation.clone() };
    Ok(layout::layout(product, &alone, &state.patches, state.adopted.as_ref(), &records.platforms())?)
}

pub(crate) fn unknown_profile(generation: &Generation, profile: &ProfileName) -> Failure {
    let known: Vec<&str> = generation.profiles.keys().map(ProfileName::as_str).collect();
    Failure::new(&failure::UNKNOWN_NAME, format!("there is no profile {profile} in generation {}", generation.number))
        .hint(format!("its profiles are {}", known.join(", ")))
}

/// A profile at some time; now, where no generation is named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Side {
    pub profile: ProfileName,
    pub generation: Option<u32>,
}

/// How two profiles differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub only_one: Vec<PatchId>,
    pub only_other: Vec<PatchId>,
    /// What both hold comes into effect in another order.
    pub order_differs: bool,
    pub files: Vec<FileDifference>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileDifference {
    /// Below the profile's folder where it is the profile's own (`native/libx.so`), else below the home.
    pub path: String,
    pub one: Option<Digest>,
    pub other: Option<Digest>,
}

/// Compares profile with profile, or the same profile at two times.
pub fn diff(home: &Home, product: &Product, one: &Side, other: &Side) -> Result<Difference, Failure> {
    let records = Records::read(home)?;
    let state = records.state(product);
    let (first, second) = (generation(state, one.generation)?, generation(state, other.generation)?);
    let files_one = own_files(product, &one.profile, of_profile(&records, product, first, &one.profile)?);
    let files_other = own_files(product, &other.profile, of_profile(&records, product, second, &other.profile)?);
    let (ids_one, ids_other) = (first.patches(&one.profile), second.patches(&other.profile));
    let without = |ids: &[PatchId], others: &[PatchId]| ids.iter().filter(|id| !others.contains(id)).cloned().collect::<Vec<_>>();
    let both = |ids: &[PatchId], others: &[PatchId]| ids.iter().filter(|id| others.contains(id)).cloned().collect::<Vec<_>>();
    let paths: BTreeSet<&String> = files_one.keys().chain(files_other.keys()).collect();
    let files = paths.into_iter().map(|path| FileDifference {
        path: path.clone(),
        one: files_one.get(path).copied(),
        other: files_other.get(path).copied(),
    });
    Ok(Difference {
        only_one: without(ids_one, ids_other),
        only_other: without(ids_other, ids_one),
        order_differs: both(ids_one, ids_other) != both(ids_other, ids_one),
        files: files.filter(|file| file.one != file.other).collect(),
    })
}

fn own_files(product: &Product, profile: &ProfileName, layout: Layout) -> BTreeMap<String, Digest> {
    let own = format!("{}/", product.profile_folder(profile));
    let named = |path: RelPath| path.as_str().strip_prefix(&own).map_or_else(|| path.to_string(), str::to_string);
    // A manifest jar differs whenever the patches do, which is said already.
    let files = layout.files.into_iter().filter(|(_, placed)| placed.place != Place::Manifest);
    files.map(|(path, placed)| (named(path), placed.digest)).collect()
}

pub(crate) fn generation(state: &State, number: Option<u32>) -> Result<&Generation, Failure> {
    let Some(number) = number else { return Ok(state.now()) };
    state.generations.get(&number).ok_or_else(|| {
        let known: Vec<String> = state.generations.keys().map(u32::to_string).collect();
        Failure::new(&failure::UNKNOWN_NAME, format!("there is no generation {number}"))
            .hint(format!("the generations are {}; others were cleared away, or never were", known.join(", ")))
    })
}

/// A generation, and whether it is in effect.
#[derive(Clone, Debug, Serialize)]
pub struct ListedGeneration {
    #[serde(flatten)]
    pub generation: Generation,
    pub current: bool,
}

pub fn generations(home: &Home, product: &Product) -> Result<Vec<ListedGeneration>, Failure> {
    let state = State::read(home, product)?;
    let current = state.current;
    Ok(state.generations.into_values().map(|generation| ListedGeneration { current: generation.number == current, generation }).collect())
}
