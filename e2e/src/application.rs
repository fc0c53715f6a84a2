//! A small application: a part of the order-entry sample that builds by itself, in two libraries, and a call that shows that it works. Each edition has other
//! sources, so that no cache can spare the compiling.

use std::fs;
use std::path::{Path, PathBuf};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../samples/orders");
const FUNCTIONS: [&str; 5] = ["B5500030", "B5500050", "B5500310", "B5500320", "B5500330"];
const STRUCTURES: [&str; 7] = ["D5500030", "D5500031", "D5500310", "D5500311", "D5500320", "D5500330", "D5500331"];
const TABLES: [&str; 1] = ["F5506"];

/// A function of the application, values to call it with, and one value of its answer.
pub const CALL: (&str, [&str; 2], &str, i64) = ("F5506AvailableQuantity", ["mnOnHand=100", "mnCommitted=35"], "mnAvailable", 65);

/// Objects of the application, with the data dictionary.
pub const OBJECTS: usize = FUNCTIONS.len() + STRUCTURES.len() + TABLES.len() + 1;

/// Writes an edition into a new folder.
pub fn write(folder: &Path, edition: u32) -> PathBuf {
    let sample = Path::new(SAMPLE);
    fs::create_dir_all(folder).expect("an own folder can be made");
    fs::copy(sample.join("dictionary.toml"), folder.join("dictionary.toml")).expect("the sample has a dictionary");
    for (kind, objects) in [("BSFN", FUNCTIONS.as_slice()), ("DSTR", &STRUCTURES), ("TBLE", &TABLES)] {
        for object in objects {
            let (from, to) = (sample.join(kind).join(object), folder.join(kind).join(object));
            fs::create_dir_all(&to).expect("an own folder can be made");
            for entry in fs::read_dir(&from).unwrap_or_else(|error| panic!("cannot list {}: {error}", from.display())) {
                let path = entry.expect("a folder can be listed").path();
                let mut text = fs::read_to_string(&path).expect("objects are texts");
                if path.extension().is_some_and(|extension| extension == "c") {
                    text += &format!("\n/* Edition {edition}. */\n");
                }
                fs::write(to.join(path.file_name().expect("a file has a name")), text).expect("an own folder can be written");
            }
        }
    }
    folder.into()
}
