//! The sample application of the repository is right as a whole.

use crate::page;
use objects::par::{self, Limits};
use objects::{Bitness, Known, ObjectText, headers, parse, rows, summarise, validate};
use std::fs;
use std::path::Path;

/// Every folder with an object.toml or a dictionary.toml below `folder`, as its path and text.
fn texts(folder: &Path, found: &mut Vec<(String, ObjectText)>) {
    let is_object = folder.join("object.toml").exists();
    let mut text = ObjectText::default();
    let mut entries: Vec<_> = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() && !is_object {
            texts(&path, found);
        } else if path.is_dir() {
            files(&path, folder, &mut text);
        } else if is_object || path.ends_with("dictionary.toml") {
            add(&path, folder, &mut text);
        }
    }
    if !text.files.is_empty() {
        found.push((folder.display().to_string(), text));
    }
}

fn files(folder: &Path, object: &Path, text: &mut ObjectText) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { files(&path, object, text) } else { add(&path, object, text) }
    }
}

fn add(path: &Path, object: &Path, text: &mut ObjectText) {
    let name = path.strip_prefix(object).expect("below the object").to_str().expect("ASCII").to_string();
    text.files.insert(name, fs::read(path).expect("a file"));
}

#[test]
fn the_sample_application_checks_in() {
    let mut found = Vec::new();
    texts(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/orders"), &mut found);
    assert!(found.len() > 50, "only {} objects", found.len());
    let (mut objects, mut summaries) = (Vec::new(), Vec::new());
    for (folder, text) in &found {
        let object = parse(text).unwrap_or_else(|complaints| panic!("{folder}:\n{}", page(&complaints)));
        let packed = par::pack(text, Bitness::Bits64).expect("packs");
        assert_eq!(&par::to_text(par::unpack(&packed, &Limits::default()).expect("unpacks")).expect("our own par"), text);
        summaries.push(summarise(&object, text, folder, &par::hash(&packed)));
        objects.push((object, text));
    }
    assert_eq!(page(&validate(&summaries, &Known::default())), "");
    let context = Known::default().context(&summaries);
    for (object, text) in objects {
        rows(&object, &context).expect("all names are known");
        assert_eq!(headers::check(&object, text, &context), Ok(vec![]));
    }
}
