//! What a home remembers of its patches: small files below `packwright/` in the home itself, every path in them relative to it, so that a home that was
//! moved or cloned goes on working. This module reads them and says how they would be written; only [`crate::journal`] writes.
//!
//! | file | holds |
//! |---|---|
//! | `home.json` | settings: the download folder if it is not the usual one, the platforms whose libraries are laid out |
//! | `originals.json` | the [`Ledger`]: what lay in the place of every file that a patch put there |
//! | `originals/<digest>` | the bytes of what lay there |
//! | `<patch folder>/generations/<number>.json` | a [`Generation`] |
//! | `<patch folder>/current` | which one is in effect, and since when for each profile |
//! | `<patch folder>/patches/<ID>.json` | a [`Patch`] as it was applied |
//! | `<patch folder>/adopted.json` | what the vendor's tool had applied before |

mod found;

use crate::definitions::Contents;
use crate::disk;
use crate::generation::{Generation, Loose};
use crate::home::{Home, OURS, Product};
use crate::journal::{Change, Content, Expected};
use crate::names::{Digest, PatchId, ProfileName, RelPath};
use crate::patch::{PartKind, Patch};
use engine::failure::{self, Failure};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Of every file below `packwright/` that this module writes.
const FORMAT: u32 = 1;
const FILE_BYTES_MAX: u64 = 64 << 20;
const FILES_MAX: usize = 100_000;

/// A record that does not say what it should.
#[derive(Debug, thiserror::Error)]
enum RecordError {
    #[error(transparent)]
    Disk(#[from] disk::DiskError),
    #[error("cannot read the record {}: {reason}", path.display())]
    Damaged { path: PathBuf, reason: String },
    #[error("cannot read the record {}: it has format {format}, and this version knows formats up to {FORMAT}", path.display())]
    TooNew { path: PathBuf, format: u32 },
}

impl From<RecordError> for Failure {
    fn from(error: RecordError) -> Failure {
        let message = error.to_string();
        match error {
            RecordError::Disk(error) => error.into(),
            RecordError::Damaged { .. } => Failure::new(&failure::HOME_DAMAGED, message)
                .hint("put the file back from a backup of the home; nothing is changed as long as it cannot be read"),
            RecordError::TooNew { .. } => Failure::new(&failure::FORMAT_TOO_NEW, message).hint("use the newer packwright on this home"),
        }
    }
}

/// Everything that is remembered of a home.
#[derive(Clone, Debug)]
pub struct Records {
    /// The home's.
    root: PathBuf,
    pub settings: Settings,
    pub ledger: Ledger,
    /// By the products' patch folders; every product of the home is here.
    pub states: BTreeMap<RelPath, State>,
}

/// Of a whole home.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Where patches are downloaded to, if not to the usual folder: relative where it lies inside the home.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub downloads: Option<String>,
    /// Platforms whose native libraries are laid out; those of the machine that made the first change.
    #[serde(default)]
    pub platforms: Vec<String>,
}

/// Where every file that a patch put into the home came to lie, and what it took the place of. It is of the whole home, because patches of two
/// products may replace the same file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// What lay in the place of a file before the first patch came. A file that is in effect and is not here was replaced by the vendor's tool, and
    /// only that knows its original.
    #[serde(default)]
    pub originals: BTreeMap<RelPath, Original>,
    /// Jars in folders of shared jars that were put there by us: others are never removed.
    #[serde(default)]
    pub jars: BTreeMap<RelPath, Digest>,
    /// Manifest jars of the vendor's tool that say the same as ours would, so that they stay until their profile changes.
    #[serde(default)]
    pub found: BTreeMap<RelPath, Digest>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Original {
    Nothing,
    File { digest: Digest, mode: u32 },
}

/// What is remembered of one product.
#[derive(Clone, Debug)]
pub struct State {
    /// Number of the generation in effect.
    pub current: u32,
    /// When what servers of a profile get last changed, in milliseconds since 1970 UTC; not there for what was never changed by us.
    pub changed_at: BTreeMap<ProfileName, i64>,
    /// By number. The one of the home as it was found, 0, is always there unless the home was adopted.
    pub generations: BTreeMap<u32, Generation>,
    /// Every patch that a generation names, as it was applied.
    pub patches: BTreeMap<PatchId, Patch>,
    /// What the vendor's tool had applied, if it was taken over.
    pub adopted: Option<Adopted>,
}

/// The pointer: it moves when a change is carried out, also back to a generation that was made long before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Current {
    pub number: u32,
    #[serde(default)]
    pub changed_at: BTreeMap<ProfileName, i64>,
}

/// What was taken over from the vendor's tool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adopted {
    /// In milliseconds since 1970 UTC.
    pub at: i64,
    /// Patches without a container: of them only the jars are known that the vendor's records name.
    #[serde(default)]
    pub opaque: BTreeSet<PatchId>,
    /// Former versions told here what a [`Generation`] tells now.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub loose: BTreeMap<ProfileName, Loose>,
}

impl Records {
    pub fn read(home: &Home) -> Result<Records, Failure> {
        let folder = home.root.join(OURS);
        let settings = read_json(&folder.join("home.json"))?.unwrap_or_default();
        let ledger = read_json(&folder.join("originals.json"))?.unwrap_or_default();
        let mut states = BTreeMap::new();
        for product in &home.products {
            states.insert(product.patch_folder.clone(), State::read(home, product)?);
        }
        Ok(Records { root: home.root.clone(), settings, ledger, states })
    }

    pub fn state(&self, product: &Product) -> &State {
        self.states.get(&product.patch_folder).expect("every product of the home was read")
    }

    pub fn downloads(&self, home: &Home) -> PathBuf {
        // An absolute one replaces the home's root here, which is what is meant.
        self.settings.downloads.as_ref().map_or_else(|| home.download_folder(), |folder| home.root.join(folder))
    }

    /// What kinds of patches a profile holds in the generation in effect.
    pub fn contents(&self, product: &Product, profile: &ProfileName) -> Contents {
        let state = self.state(product);
        match state.current == 0 && state.adopted.is_none() {
            // Nothing of ours is in effect there, but perhaps what the vendor's tool applied: of that only the home itself knows.
            true => found::contents(&self.root, product, profile),
            false => state.contents(profile),
        }
    }

    /// Platforms whose libraries are laid out: the remembered ones, or the one of this machine.
    pub fn platforms(&self) -> Vec<String> {
        if self.settings.platforms.is_empty() { vec![this_platform()] } else { self.settings.platforms.clone() }
    }
}

/// `linux-x86_64`
pub fn this_platform() -> String {
    format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH)
}

impl State {
    /// What another process clears away meanwhile looks like damage: that is read once more.
    pub fn read(home: &Home, product: &Product) -> Result<State, Failure> {
        match State::read_once(home, product) {
            Err(failure) if failure.code == failure::HOME_DAMAGED.name => State::read_once(home, product),
            read => read,
        }
    }

    fn read_once(home: &Home, product: &Product) -> Result<State, Failure> {
        let folder = product.records_folder().below(&home.root);
        let adopted: Option<Adopted> = read_json(&folder.join("adopted.json"))?;
        let mut generations = BTreeMap::new();
        if adopted.is_none() {
            generations.insert(0, Generation::first(0));
        }
        for (name, path) in records(&folder.join("generations"))? {
            let mut generation: Generation = read_json(&path)?.ok_or_else(|| damaged(&path, "it is gone"))?;
            if generation.number.to_string() != name || !generation.profiles.contains_key(&ProfileName::default_profile()) {
                return Err(damaged(&path, "it is not the generation that its name says").into());
            }
            if let (Some(adopted), true) = (&adopted, generation.loose.is_empty()) {
                let of_profiles = adopted.loose.iter().filter(|(profile, _)| generation.profiles.contains_key(profile));
                generation.loose = of_profiles.map(|(profile, loose)| (profile.clone(), loose.clone())).collect();
            }
            generations.insert(generation.number, generation);
        }
        let mut patches = BTreeMap::new();
        for (name, path) in records(&folder.join("patches"))? {
            let patch: Patch = read_json(&path)?.ok_or_else(|| damaged(&path, "it is gone"))?;
            if patch.id.as_str() != name {
                return Err(damaged(&path, "it is not the patch that its name says").into());
            }
            patches.insert(patch.id.clone(), patch);
        }
        let Current { number: current, changed_at } = read_json(&folder.join("current"))?.unwrap_or_default();
        let state = State { current, changed_at, generations, patches, adopted };
        state.check(&folder)?;
        Ok(state)
    }

    fn check(&self, folder: &Path) -> Result<(), RecordError> {
        if self.generations.contains_key(&u32::MAX) {
            return Err(damaged(&folder.join(format!("generations/{}.json", u32::MAX)), "no number is left for the next generation"));
        }
        if !self.generations.contains_key(&self.current) {
            return Err(damaged(&folder.join("current"), format!("there is no generation {}", self.current)));
        }
        for generation in self.generations.values() {
            let mut named = generation.profiles.values().flatten();
            if let Some(patch) = named.find(|patch| !self.patches.contains_key(patch)) {
                let path = folder.join(format!("generations/{}.json", generation.number));
                return Err(damaged(&path, format!("it names the patch {patch}, of which there is no record")));
            }
        }
        Ok(())
    }

    /// The generation in effect.
    pub fn now(&self) -> &Generation {
        &self.generations[&self.current]
    }

    /// The number of the generation before another one, whether or not it is still there. A profile that was brought back stands where it came from.
    pub fn before(&self, generation: &Generation, profile: Option<&ProfileName>) -> Option<u32> {
        if generation.from.is_none() && self.adopted.as_ref().is_some_and(|adopted| adopted.at == generation.at) {
            return None;
        }
        let restored = profile.and_then(|profile| generation.restored.get(profile)).copied();
        restored.or(generation.from).or_else(|| generation.number.checked_sub(1)).filter(|before| *before < generation.number)
    }

    /// Number for the next generation: never one that was used before, as long as any record of it is left.
    pub fn next_number(&self) -> u32 {
        self.generations.keys().next_back().map_or(1, |last| last + 1)
    }

    pub fn contents(&self, profile: &ProfileName) -> Contents {
        let mut contents = Contents::default();
        let parts = self.now().patches(profile).iter().filter_map(|id| self.patches.get(id)).flat_map(|patch| &patch.parts);
        for part in parts {
            match part.kind {
                PartKind::System => contents.system = true,
                PartKind::Extension => contents.extension = true,
                PartKind::Native { .. } => contents.native = true,
                PartKind::File { .. } | PartKind::Module { .. } | PartKind::Archive { .. } => {}
            }
        }
        if let Some(loose) = self.now().loose.get(profile) {
            contents.system |= !loose.system.is_empty();
            contents.extension |= !loose.extension.is_empty();
        }
        contents
    }
}

/// Files `<name>.json` of a folder, with their names without the ending.
fn records(folder: &Path) -> Result<Vec<(String, PathBuf)>, RecordError> {
    let names = disk::list(folder, FILES_MAX)?;
    Ok(names.iter().filter_map(|name| Some((name.strip_suffix(".json")?.to_string(), folder.join(name)))).collect())
}

fn damaged(path: &Path, reason: impl Into<String>) -> RecordError {
    RecordError::Damaged { path: path.to_owned(), reason: reason.into() }
}

/// A record with the number of its format beside its own fields.
#[derive(Serialize, Deserialize)]
struct Formatted<T> {
    format: u32,
    #[serde(flatten)]
    record: T,
}

#[derive(Deserialize)]
struct FormatOnly {
    format: u32,
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, RecordError> {
    let Some(bytes) = disk::read_if_there(path, FILE_BYTES_MAX)? else { return Ok(None) };
    // The format first: what a newer version wrote may have any shape.
    let only: FormatOnly = serde_json::from_slice(&bytes).map_err(|error| damaged(path, error.to_string()))?;
    if only.format > FORMAT {
        return Err(RecordError::TooNew { path: path.to_owned(), format: only.format });
    }
    let whole: Formatted<T> = serde_json::from_slice(&bytes).map_err(|error| damaged(path, error.to_string()))?;
    Ok(Some(whole.record))
}

fn json(record: &impl Serialize) -> Vec<u8> {
    let mut text = serde_json::to_vec_pretty(&Formatted { format: FORMAT, record }).expect("records are plain data");
    text.push(b'\n');
    text
}

/// Writes one of our own files. Whatever lies there is ours, and was read under the same lock.
fn write(path: RelPath, bytes: Vec<u8>) -> Change {
    Change { path, expected: Expected::Whatever, content: Content::Bytes(bytes) }
}

pub(crate) fn ours(below: &str) -> RelPath {
    RelPath::new(format!("{OURS}/{below}")).expect("names of ours are plain")
}

fn record_path(product: &Product, below: &str) -> RelPath {
    product.records_folder().join(below).expect("names of records are plain")
}

pub(crate) fn generation_path(product: &Product, number: u32) -> RelPath {
    record_path(product, &format!("generations/{number}.json"))
}

pub(crate) fn patch_path(product: &Product, patch: &PatchId) -> RelPath {
    record_path(product, &format!("patches/{patch}.json"))
}

/// Where the bytes of a replaced file are kept.
pub(crate) fn original_path(digest: Digest) -> RelPath {
    ours(&format!("originals/{digest}"))
}

pub(crate) fn write_settings(settings: &Settings) -> Change {
    write(ours("home.json"), json(settings))
}

pub(crate) fn write_ledger(ledger: &Ledger) -> Change {
    write(ours("originals.json"), json(ledger))
}

pub(crate) fn write_generation(product: &Product, generation: &Generation) -> Change {
    write(generation_path(product, generation.number), json(generation))
}

pub(crate) fn write_current(product: &Product, current: &Current) -> Change {
    write(record_path(product, "current"), json(current))
}

pub(crate) fn write_patch(product: &Product, patch: &Patch) -> Change {
    write(patch_path(product, &patch.id), json(patch))
}

pub(crate) fn write_adopted(product: &Product, adopted: &Adopted) -> Change {
    write(record_path(product, "adopted.json"), json(adopted))
}

/// Removes the records of former generations, and of patches that are not among these.
pub(crate) fn forget(product: &Product, state: &State, kept: &BTreeMap<PatchId, Patch>) -> Vec<Change> {
    // The home as it was found has no file of its own.
    let generations = state.generations.keys().filter(|number| **number != 0).map(|number| generation_path(product, *number));
    let patches = state.patches.keys().filter(|id| !kept.contains_key(*id)).map(|id| patch_path(product, id));
    generations.chain(patches).map(|path| Change { path, expected: Expected::Whatever, content: Content::Removed }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(files: &[(&str, &str)]) -> (tempfile::TempDir, Home) {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in [("patch_wls1036/x", "")].iter().chain(files) {
            disk::write(&folder.path().join(path), text.as_bytes()).unwrap();
        }
        let home = Home::open(folder.path()).unwrap();
        (folder, home)
    }

    #[test]
    fn a_home_without_records_is_as_it_was_found() {
        let (_folder, home) = home(&[]);
        let records = Records::read(&home).unwrap();
        let state = records.state(&home.products[0]);
        assert_eq!((state.current, state.next_number(), state.now().profiles.len()), (0, 1, 1));
        assert_eq!(records.downloads(&home), home.root.join("utils/bsu/cache_dir"));
        assert_eq!(records.platforms(), [this_platform()]);
    }

    #[test]
    fn what_is_written_is_read() {
        let (_folder, home) = home(&[]);
        let product = &home.products[0];
        let generation = Generation { number: 3, made_by: "apply".into(), ..Generation::first(5) };
        let current = Current { number: 3, changed_at: BTreeMap::from([(ProfileName::default_profile(), 5)]) };
        let settings = Settings { downloads: Some("elsewhere".into()), platforms: vec!["aix-ppc64".into()] };
        let path = RelPath::new("modules/a.jar").unwrap();
        let ledger =
            Ledger { originals: BTreeMap::from([(path, Original::File { digest: Digest::of(b"a"), mode: 0o640 })]), ..Ledger::default() };
        let changes =
            [write_generation(product, &generation), write_current(product, &current), write_settings(&settings), write_ledger(&ledger)];
        for change in changes {
            let Content::Bytes(bytes) = change.content else { panic!("records are bytes") };
            disk::write(&change.path.below(&home.root), &bytes).unwrap();
        }
        let records = Records::read(&home).unwrap();
        assert_eq!((records.state(product).now(), &records.settings, &records.ledger), (&generation, &settings, &ledger));
        assert_eq!(records.state(product).changed_at, current.changed_at);
        assert_eq!(records.downloads(&home), home.root.join("elsewhere"));
    }

    #[test]
    fn damaged_and_newer_records_are_refused_by_name() {
        let cases = [
            ("packwright/patch_wls1036/current", "{\"format\":1,\"number\":7}", "home-damaged"),
            ("packwright/patch_wls1036/current", "seven", "home-damaged"),
            ("packwright/patch_wls1036/generations/1.json", "{", "home-damaged"),
            ("packwright/patch_wls1036/generations/1.json", "{\"format\":2,\"new\":true}", "format-too-new"),
            ("packwright/patch_wls1036/patches/HCE9.json", "{\"format\":1}", "home-damaged"),
            ("packwright/originals.json", "[]", "home-damaged"),
            (
                "packwright/patch_wls1036/generations/4294967295.json",
                "{\"format\":1,\"number\":4294967295,\"at\":0,\"made_by\":\"\",\"profiles\":{\"default\":[]}}",
                "home-damaged",
            ),
            (
                "packwright/patch_wls1036/generations/1.json",
                "{\"format\":1,\"number\":1,\"at\":0,\"made_by\":\"\",\"profiles\":{\"default\":[\"HCE9\"]}}",
                "home-damaged",
            ),
        ];
        for (path, text, code) in cases {
            let (_folder, home) = home(&[(path, text)]);
            let refused = Records::read(&home).unwrap_err();
            assert_eq!(refused.code, code, "{path}: {text}");
            assert!(refused.message.contains(path), "{}", refused.message);
        }
    }
}
