//! The laws of what describes patches: XML under limits, descriptors and catalogues. They are texts alone, no container is near.

use patches::catalogue::{self, Catalogue};
use patches::descriptor;
use patches::patch::{Patch, plain_product, plain_release};
use patches::xml::{self, Limits};
use std::collections::BTreeSet;

/// Small, so that a mutation can go over them.
const SMALL: Limits = Limits { bytes_max: 4_000, elements_max: 60, depth_max: 12, attributes_max: 8, namespaces_max: 4 };

pub fn xml(bytes: &[u8]) {
    let Ok(text) = xml::text(bytes, &SMALL) else { return };
    let Ok(document) = xml::parse(&text, &SMALL) else { return };
    let elements: Vec<_> = document.descendants().filter(|node| node.is_element()).collect();
    assert!(elements.len() <= SMALL.elements_max as usize, "{} elements got through", elements.len());
    for element in elements {
        assert!(element.ancestors().filter(|node| node.is_element()).count() <= SMALL.depth_max, "too deep an element got through");
        assert!(element.attributes().count() <= SMALL.attributes_max, "too many attributes got through");
        let name = xml::name(element);
        assert_eq!(xml::plain(&name), name, "a plain name is not plain");
        assert!(!xml::words(element).contains(['\n', '\t']), "words are not joined by single blanks");
    }
}

pub fn descriptor(bytes: &[u8]) {
    let Ok(described) = descriptor::read(bytes) else { return };
    let patch = &described.patch;
    assert!(patch.parts.is_empty() && patch.container.is_none(), "a descriptor alone knows no bytes");
    assert!(described.not_understood.len() <= 20);
    is_sound(patch);
    assert_eq!(descriptor::read(bytes).ok(), Some(described), "read twice, it is not the same");
}

pub fn catalogue(bytes: &[u8]) {
    let Ok(catalogue) = catalogue::read(bytes) else { return };
    for (id, patch) in &catalogue.patches {
        assert_eq!(*id, patch.id);
        assert!(patch.parts.is_empty() && patch.container.is_none(), "a catalogue knows no bytes");
        is_sound(patch);
        replacement_is_sound(&catalogue, patch);
    }
}

fn replacement_is_sound(catalogue: &Catalogue, patch: &Patch) {
    let Some(replacement) = catalogue.replacement_of(&patch.id) else { return };
    assert_ne!(replacement, patch.id, "a patch does not replace itself");
    let found = &catalogue.patches[&replacement];
    assert!(found.withdrawn.is_none(), "{replacement} was withdrawn");
    assert_eq!((&found.product, &found.release), (&patch.product, &patch.release));
}

/// What holds for every patch that was read, wherever.
pub fn is_sound(patch: &Patch) {
    for ids in [&patch.requires, &patch.excludes, &patch.replaces, &patch.after] {
        assert!(!ids.contains(&patch.id), "{} names itself", patch.id);
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "a patch is named twice");
    }
    assert!(patch.requires.iter().all(|id| !patch.excludes.contains(id) && !patch.replaces.contains(id)));
    assert_eq!(plain_product(&patch.product), patch.product);
    assert_eq!(plain_release(&patch.release), patch.release);
    assert!(patch.bugs.iter().all(|bug| !bug.is_empty() && bug.bytes().all(|byte| byte.is_ascii_graphic())));
    let text = serde_json::to_vec(patch).expect("a patch is plain data");
    assert_eq!(serde_json::from_slice::<Patch>(&text).ok().as_ref(), Some(patch), "its record does not read back");
}
