//! Where the files of one patch would come to lie: two of them never at one place, and none where a patch may not write. It writes nothing, and does
//! not know what other patches hold.

use super::Refusal;
use crate::home::Product;
use crate::names::RelPath;
use crate::patch::{Part, PartKind, Patch};
use std::collections::BTreeMap;

/// What holds in any home: jars share one folder, libraries of one platform another, archives a third.
pub(super) fn check_names(patch: &Patch) -> Result<(), Refusal> {
    let mut taken = BTreeMap::new();
    for part in &patch.parts {
        let name = part.member.file_name().to_lowercase();
        let places = match &part.kind {
            PartKind::System | PartKind::Extension => vec![format!("patch_jars/{name}")],
            PartKind::Native { platform } => native_places(patch, platform, &name),
            PartKind::Archive { .. } => vec![format!("archives/{name}")],
            PartKind::File { .. } | PartKind::Module { .. } => Vec::new(),
        };
        places.into_iter().try_for_each(|place| take(&mut taken, place, part))?;
    }
    Ok(())
}

/// A library for every platform lies beside those of each.
fn native_places(patch: &Patch, platform: &str, name: &str) -> Vec<String> {
    let others = patch.parts.iter().filter_map(|part| match &part.kind {
        PartKind::Native { platform } if !platform.is_empty() => Some(platform),
        _ => None,
    });
    match platform {
        "" => std::iter::once(String::new()).chain(others.cloned()).map(|platform| format!("native ({platform})/{name}")).collect(),
        platform => vec![format!("native ({platform})/{name}")],
    }
}

/// What this product's places say: each resolves, no two to one file, none to a folder of another.
pub(super) fn check(patch: &Patch, product: &Product) -> Result<(), Refusal> {
    let mut taken = BTreeMap::new();
    for part in &patch.parts {
        if let PartKind::File { to } | PartKind::Module { to } | PartKind::Archive { to, .. } = &part.kind {
            let refused = || Refusal::Destination { member: part.member.to_string(), to: to.chars().take(200).collect() };
            let place: RelPath = product.resolve(to).ok_or_else(refused)?;
            take(&mut taken, place.as_str().to_lowercase(), part)?;
        }
    }
    for (place, part) in &taken {
        let folder = place.match_indices('/').find_map(|(at, _)| taken.get(&place[..at]));
        if let Some(other) = folder {
            return Err(same_place(other, part, place));
        }
    }
    Ok(())
}

fn take<'a>(taken: &mut BTreeMap<String, &'a Part>, place: String, part: &'a Part) -> Result<(), Refusal> {
    match taken.get(&place) {
        Some(other) if !std::ptr::eq(*other, part) => Err(same_place(other, part, &place)),
        _ => {
            taken.insert(place, part);
            Ok(())
        }
    }
}

fn same_place(one: &Part, other: &Part, place: &str) -> Refusal {
    Refusal::SamePlace { one: one.member.to_string(), other: other.member.to_string(), place: place.to_string() }
}
