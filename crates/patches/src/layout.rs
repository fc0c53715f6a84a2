//! Which files have to lie in a home for its profiles to hold what a generation says. Pure: from patches to paths and digests. What lies there at the
//! moment, and what becomes of it, is [`difference`]'s.

pub mod difference;
pub mod lying;

use crate::generation::{Generation, Loose};
use crate::home::Product;
use crate::manifest;
use crate::names::{Digest, PatchId, ProfileName, RelPath};
use crate::patch::{Container, Part, PartKind, Patch};
use crate::records::{Adopted, Records, State};
use engine::failure::{self, Failure};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A patch that cannot be laid out.
#[derive(Debug, thiserror::Error)]
pub enum LayoutError {
    #[error("cannot lay out the patch {0}: nothing is known of it")]
    Unknown(PatchId),
    #[error("cannot lay out the patch {patch}: its file {member} is for {to}, which is no place in this home")]
    NoPlace { patch: PatchId, member: RelPath, to: String },
    #[error("cannot lay out the patch {patch}: {name} makes too long a path")]
    TooLong { patch: PatchId, name: String },
}

impl From<LayoutError> for Failure {
    fn from(error: LayoutError) -> Failure {
        Failure::new(&failure::CONTAINER_REFUSED, error.to_string())
    }
}

/// Every file that has to lie in the home.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    pub files: BTreeMap<RelPath, Placed>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    pub digest: Digest,
    pub bytes: u64,
    pub place: Place,
    pub source: Source,
}

/// What kind of place a file lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// A jar that all profiles share. It is no more needed when it leaves the layout, but stays: running servers may still read it.
    Jar,
    /// The manifest jar of a profile.
    Manifest,
    /// A library of a profile.
    Native,
    /// An archive of a custom profile.
    Archive,
    /// An installed file, of the product itself.
    Installed,
}

/// Where the bytes of a file come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// They are computed.
    Bytes(Vec<u8>),
    /// They are in the container of a patch; a patch of the vendor's tool may have none.
    Member { patch: PatchId, container: Option<Container>, member: RelPath },
}

/// The layout of a whole home. `instead` has the generation of one product that is not its current one, with the patches that it names.
pub fn of_home(
    products: &[Product],
    records: &Records,
    instead: Option<(&Product, &Generation, &BTreeMap<PatchId, Patch>)>,
) -> Result<Layout, LayoutError> {
    let platforms = records.platforms();
    let mut whole = Layout::default();
    for product in products {
        let state: &State = records.state(product);
        let (generation, patches) = match instead {
            Some((other, generation, patches)) if other == product => (generation, patches),
            _ => (state.now(), &state.patches),
        };
        // Two products agree on the bytes of an installed file, or validation refused the later patch.
        whole.files.extend(layout(product, generation, patches, state.adopted.as_ref(), &platforms)?.files);
    }
    Ok(whole)
}

/// The files of one product. Of several patches for one place, the one that was applied last counts.
pub fn layout(
    product: &Product,
    generation: &Generation,
    patches: &BTreeMap<PatchId, Patch>,
    adopted: Option<&Adopted>,
    platforms: &[String],
) -> Result<Layout, LayoutError> {
    let mut whole = Layout::default();
    for (profile, ids) in &generation.profiles {
        let known: Vec<&Patch> =
            ids.iter().map(|id| patches.get(id).ok_or_else(|| LayoutError::Unknown(id.clone()))).collect::<Result<_, _>>()?;
        for patch in &known {
            for part in &patch.parts {
                let Some((path, place)) = destination(product, profile, patch, part, platforms)? else { continue };
                let source = Source::Member { patch: patch.id.clone(), container: patch.container.clone(), member: part.member.clone() };
                whole.files.insert(path, Placed { digest: part.digest, bytes: part.bytes, place, source });
            }
        }
        whole.files.extend(manifests(product, profile, &known, generation.loose.get(profile), adopted.is_none()));
    }
    Ok(whole)
}

/// Where a file of a patch lies for one profile; nowhere if it is a library of a platform that nobody uses here.
fn destination(
    product: &Product,
    profile: &ProfileName,
    patch: &Patch,
    part: &Part,
    platforms: &[String],
) -> Result<Option<(RelPath, Place)>, LayoutError> {
    let name = part.member.file_name();
    let below = |folder: RelPath, place: Place| match folder.join(name) {
        Ok(path) => Ok(Some((path, place))),
        Err(_) => Err(LayoutError::TooLong { patch: patch.id.clone(), name: name.to_string() }),
    };
    let inside = |folder: &str| product.profile_folder(profile).join(folder).expect("a plain name");
    match &part.kind {
        PartKind::System | PartKind::Extension => below(product.jar_folder(), Place::Jar),
        PartKind::Native { platform } if platform.is_empty() || platforms.contains(platform) => below(inside("native"), Place::Native),
        PartKind::Native { .. } => Ok(None),
        PartKind::Archive { .. } if !profile.is_default() => below(inside("archives"), Place::Archive),
        PartKind::File { to } | PartKind::Module { to } | PartKind::Archive { to, .. } => match product.resolve(to) {
            Some(path) => Ok(Some((path, Place::Installed))),
            None => Err(LayoutError::NoPlace { patch: patch.id.clone(), member: part.member.clone(), to: to.clone() }),
        },
    }
}

/// Manifest jars of a profile. A custom one has that of the system classpath also when it holds nothing, because scripts name it. The default profile
/// of an installation that holds no patch is as it was found.
fn manifests(
    product: &Product,
    profile: &ProfileName,
    patches: &[&Patch],
    loose: Option<&Loose>,
    ours_alone: bool,
) -> Vec<(RelPath, Placed)> {
    let untouched = profile.is_default() && patches.is_empty() && ours_alone;
    let mut found = Vec::new();
    if !untouched {
        let loose = loose.map_or(&[][..], |loose| &loose.system);
        found.push(manifest_jar(system_manifest(product, profile), jars(product, patches, &PartKind::System), loose));
    }
    let extension = jars(product, patches, &PartKind::Extension);
    let loose = loose.map_or(&[][..], |loose| &loose.extension);
    if !extension.is_empty() || !loose.is_empty() {
        found.push(manifest_jar(extension_manifest(product, profile), extension, loose));
    }
    found
}

pub fn system_manifest(product: &Product, profile: &ProfileName) -> RelPath {
    product.profile_folder(profile).join("sys_manifest_classpath/weblogic_patch.jar").expect("plain names")
}

pub fn extension_manifest(product: &Product, profile: &ProfileName) -> RelPath {
    product.profile_folder(profile).join("sysext_manifest_classpath/weblogic_ext_patch.jar").expect("plain names")
}

/// Jars in the order in which classes are looked for: the patch that was applied last comes first, so that it overrides those before it.
pub fn jars(product: &Product, patches: &[&Patch], kind: &PartKind) -> Vec<RelPath> {
    let mut seen = BTreeSet::new();
    let parts = patches.iter().rev().flat_map(|patch| patch.parts.iter().filter(|part| part.kind == *kind));
    let paths = parts.filter_map(|part| product.jar_folder().join(part.member.file_name()).ok());
    paths.filter(|path| seen.insert(path.clone())).collect()
}

/// Jars of a class path that belong to no patch, as paths below the home; those that lie elsewhere as the class path has them.
pub fn loose_jars(manifest: &RelPath, entries: &[String]) -> (Vec<RelPath>, Vec<String>) {
    let (mut inside, mut outside) = (Vec::new(), Vec::new());
    for entry in entries {
        match below_home(manifest, entry) {
            Some(path) => inside.push(path),
            None => outside.push(entry.clone()),
        }
    }
    (inside, outside)
}

fn below_home(manifest: &RelPath, entry: &str) -> Option<RelPath> {
    if entry.starts_with('/') || entry.contains(':') {
        return None;
    }
    let mut parts: Vec<&str> = manifest.as_str().split('/').collect();
    parts.pop();
    for part in entry.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    RelPath::new(parts.join("/")).ok()
}

fn manifest_jar(path: RelPath, jars: Vec<RelPath>, loose: &[String]) -> (RelPath, Placed) {
    let (folder, _) = path.as_str().rsplit_once('/').expect("a manifest jar lies in a folder");
    let folder = RelPath::new(folder).expect("part of a path");
    let entries: Vec<String> = jars.iter().map(|jar| manifest::relative(&folder, jar)).chain(loose.iter().cloned()).collect();
    let bytes = manifest::jar(&entries);
    let placed = Placed { digest: Digest::of(&bytes), bytes: bytes.len() as u64, place: Place::Manifest, source: Source::Bytes(bytes) };
    (path, placed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product() -> Product {
        Product {
            name: "wls".into(),
            version: "1036".into(),
            patch_folder: RelPath::new("patch_wls1036").unwrap(),
            release: "10.3.6".into(),
            home: Some(RelPath::new("wlserver_10.3").unwrap()),
        }
    }

    fn patch(id: &str, parts: &[(&str, PartKind)]) -> (PatchId, Patch) {
        let part = |(member, kind): &(&str, PartKind)| Part {
            member: RelPath::new(*member).unwrap(),
            digest: Digest::of(format!("{id} {member}").as_bytes()),
            bytes: 1,
            kind: kind.clone(),
        };
        let id = PatchId::new(id).unwrap();
        let patch = Patch {
            id: id.clone(),
            product: "wls".into(),
            release: "10.3.6".into(),
            bugs: Vec::new(),
            description: String::new(),
            requires: Vec::new(),
            excludes: Vec::new(),
            replaces: Vec::new(),
            after: Vec::new(),
            withdrawn: None,
            parts: parts.iter().map(part).collect(),
            container: None,
        };
        (id, patch)
    }

    fn laid_out(profiles: &[(&str, &[&str])], patches: &[(PatchId, Patch)]) -> Result<Vec<String>, LayoutError> {
        let profiles = profiles.iter().map(|(name, ids)| {
            let ids = ids.iter().map(|id| PatchId::new(*id).unwrap()).collect();
            (ProfileName::new(*name).unwrap(), ids)
        });
        let generation = Generation { profiles: profiles.collect(), ..Generation::first(0) };
        let patches: BTreeMap<PatchId, Patch> = patches.iter().cloned().collect();
        let layout = layout(&product(), &generation, &patches, None, &["linux-x86_64".into()])?;
        let told = |(path, placed): (&RelPath, &Placed)| match &placed.source {
            Source::Member { patch, .. } => format!("{path} {patch}"),
            Source::Bytes(_) => path.to_string(),
        };
        Ok(layout.files.iter().map(told).collect())
    }

    const FILE: &str = "$WLS_INSTALL_DIR$/server/lib/a.xml";

    #[test]
    fn a_default_profile_of_nothing_is_left_as_found_and_a_custom_one_has_its_manifest() {
        let expected = ["patch_wls1036/profiles/Orders/sys_manifest_classpath/weblogic_patch.jar"];
        assert_eq!(laid_out(&[("default", &[]), ("Orders", &[])], &[]).unwrap(), expected);
    }

    #[test]
    fn of_two_for_one_place_the_later_counts() {
        let file = PartKind::File { to: FILE.into() };
        let patches = [patch("AAAA", &[("a.xml", file.clone())]), patch("BBBB", &[("b.xml", file)])];
        let found = |order: &[&str]| laid_out(&[("default", order)], &patches).unwrap().pop().unwrap();
        assert_eq!(
            [found(&["AAAA", "BBBB"]), found(&["BBBB", "AAAA"])],
            ["wlserver_10.3/server/lib/a.xml BBBB", "wlserver_10.3/server/lib/a.xml AAAA"]
        );
    }

    #[test]
    fn libraries_are_of_the_platforms_in_use_and_archives_of_the_default_profile_are_installed() {
        let native = |platform: &str| PartKind::Native { platform: platform.into() };
        let to = "$WLS_INSTALL_DIR$/common/deployable-libraries/a.war".into();
        let archive = PartKind::Archive { name: "a".into(), version: "1.0".into(), to };
        let parts =
            [("n/any.so", native("")), ("n/linux.so", native("linux-x86_64")), ("n/aix.so", native("aix-ppc64")), ("x/a.war", archive)];
        let found = laid_out(&[("default", &["AAAA"]), ("Orders", &["AAAA"])], &[patch("AAAA", &parts)]).unwrap();
        let expected = [
            "patch_wls1036/profiles/Orders/archives/a.war AAAA",
            "patch_wls1036/profiles/Orders/native/any.so AAAA",
            "patch_wls1036/profiles/Orders/native/linux.so AAAA",
            "patch_wls1036/profiles/Orders/sys_manifest_classpath/weblogic_patch.jar",
            "patch_wls1036/profiles/default/native/any.so AAAA",
            "patch_wls1036/profiles/default/native/linux.so AAAA",
            "patch_wls1036/profiles/default/sys_manifest_classpath/weblogic_patch.jar",
            "wlserver_10.3/common/deployable-libraries/a.war AAAA",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_has_no_place_is_an_error() {
        let outside = patch("AAAA", &[("a", PartKind::File { to: "$BEAHOME$/packwright/home.json".into() })]);
        assert!(matches!(laid_out(&[("default", &["AAAA"])], &[outside]), Err(LayoutError::NoPlace { .. })));
        assert!(matches!(laid_out(&[("default", &["AAAA"])], &[]), Err(LayoutError::Unknown(_))));
    }
}
