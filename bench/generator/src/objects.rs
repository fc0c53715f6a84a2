//! The folders of the application: the dictionary, and for each function its object with source and header, and its data structure.

use crate::Application;
use crate::chance::Chance;
use crate::sources;
use std::fs;
use std::io;
use std::path::Path;

/// Item, its type in the dictionary, and the prefix of members of that type.
const ITEMS: &[(&str, &str, &str)] = &[
    ("QTY", "type = \"numeric\"\nsize = 15\ndecimals = 2", "mnQuantity"),
    ("AMT", "type = \"numeric\"\nsize = 15\ndecimals = 4", "mnAmount"),
    ("ITEM", "type = \"string\"\nsize = 25", "szItem"),
    ("TEXT", "type = \"string\"\nsize = 60", "szText"),
    ("DAY", "type = \"date\"", "jdDay"),
    ("MODE", "type = \"character\"", "cMode"),
    ("COUNT", "type = \"integer\"", "nCount"),
    ("DONE", "type = \"boolean\"", "bDone"),
];
/// Members that a structure has beyond one of each item.
const MORE_MEMBERS_MAX: usize = 14;

pub fn write(application: &Application) -> io::Result<()> {
    let root = &application.folder;
    fs::create_dir_all(root)?;
    fs::write(root.join("dictionary.toml"), dictionary())?;
    for number in 1..=application.functions {
        let library = number % application.libraries + 1;
        let (name, folder) = object(root, "BSFN", &format!("B55{number:05}"))?;
        fs::write(folder.join("object.toml"), function(number, library))?;
        fs::write(folder.join(format!("{name}.h")), sources::header(number))?;
        fs::write(folder.join(format!("{name}.c")), sources::source(application, number, library))?;
        let (_, folder) = object(root, "DSTR", &format!("D55{number:05}"))?;
        fs::write(folder.join("object.toml"), data_structure(number))?;
    }
    for (number, text) in application.mix.shared(application.libraries) {
        let (name, folder) = object(root, "BSFN", &format!("B55{number:05}"))?;
        let about = head(&name.to_ascii_uppercase(), "BSFN", "Shared declarations");
        fs::write(folder.join("object.toml"), format!("{about}\n[bsfn]\nlibrary = \"C55000\"\nlocation = \"both\"\n"))?;
        fs::write(folder.join(format!("{name}.h")), text)?;
    }
    Ok(())
}

/// Makes an object's folder; answers its files' stem and the folder.
fn object(root: &Path, kind: &str, name: &str) -> io::Result<(String, std::path::PathBuf)> {
    let folder = root.join(kind).join(name);
    fs::create_dir_all(&folder)?;
    Ok((name.to_ascii_lowercase(), folder))
}

fn head(name: &str, kind: &str, description: &str) -> String {
    format!("[object]\nname = \"{name}\"\nkind = \"{kind}\"\ndescription = \"{description}\"\nsystem = \"55\"\n")
}

fn dictionary() -> String {
    let mut text = "system = \"55\"\n".to_string();
    for (alias, item_type, member) in ITEMS {
        let name = member.trim_start_matches(char::is_lowercase);
        text.push_str(&format!("\n[[item]]\nalias = \"{alias}\"\nname = \"{name}\"\ndescription = \"{name}\"\n{item_type}\n"));
    }
    text
}

fn function(number: usize, library: usize) -> String {
    let about = head(&format!("B55{number:05}"), "BSFN", &format!("Business function {number}"));
    let name = sources::function_name(number);
    format!(
        "{about}\n[bsfn]\nlibrary = \"C55{library:03}\"\nlocation = \"both\"\n\n[[function]]\nname = \"{name}\"\ndata_structure = \"D55{number:05}\"\ndescription = \"Function {number}\"\n"
    )
}

fn data_structure(number: usize) -> String {
    let mut text = head(&format!("D55{number:05}"), "DSTR", &format!("Parameters of function {number}"));
    let mut chance = Chance::new(number);
    let more = (0..chance.between(0, MORE_MEMBERS_MAX)).map(|_| chance.between(0, ITEMS.len() - 1)).collect::<Vec<_>>();
    for (position, item) in (0..ITEMS.len()).chain(more).enumerate() {
        let (alias, _, member) = ITEMS[item];
        let again = if position < ITEMS.len() { String::new() } else { position.to_string() };
        text.push_str(&format!(
            "\n[[member]]\nid = {}\nname = \"{member}{again}\"\nitem = \"{alias}\"\ndirection = \"both\"\n",
            position + 1
        ));
    }
    text
}
