//! The laws of names: one that is taken is what it was, leads nowhere else, and reads back from a record.

use patches::names::{Digest, PatchId, ProfileName, RelPath};
use patches::patch::{plain_product, plain_release};
use patches::pointing::mentions::{event_server_profile, mentions};
use std::path::{Component, Path};

pub fn names(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(id) = PatchId::new(text.as_ref()) {
        assert_eq!(id.as_str(), text);
    }
    if let Ok(name) = ProfileName::new(text.as_ref()) {
        assert!(RelPath::new(name.as_str()).is_ok_and(|path| path.file_name() == name.as_str()), "a profile's name is a path's part");
    }
    if let Ok(path) = RelPath::new(text.as_ref()) {
        stays_below(&path);
        assert_eq!(serde_json::from_value::<RelPath>(serde_json::json!(path)).ok().as_ref(), Some(&path));
        if let Ok(joined) = RelPath::new("modules").expect("a plain name").join(path.as_str()) {
            stays_below(&joined);
        }
    }
    if let Ok(digest) = Digest::try_from(text.to_string()) {
        assert_eq!(digest.to_string(), text.to_ascii_lowercase());
    }
    assert_eq!(plain_product(&plain_product(&text)), plain_product(&text), "a plain name of a product is not plain");
    if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        assert_eq!(plain_release(&plain_release(&text)), plain_release(&text), "a plain release is not plain");
    }
    assert!(mentions(&text).iter().all(|mention| text.contains(&format!("patch_{}", mention.product))));
    let _ = event_server_profile(&text);
}

fn stays_below(path: &RelPath) {
    let root = Path::new("/home of it");
    let below = path.below(root);
    assert!(below.starts_with(root) && below != root, "{path} leads elsewhere");
    let rest = below.strip_prefix(root).expect("it starts with it");
    assert!(rest.components().all(|part| matches!(part, Component::Normal(_))), "{path} has a part that leads elsewhere");
}
