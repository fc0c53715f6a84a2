//! Names in objects and libraries: which a library leaves open, and whether the process that loads it will have them.

use engine::failure::{self, Evidence, Failure};
use object::{Object, ObjectSymbol};
use std::collections::BTreeSet;
use std::path::Path;

/// Names that a library leaves to the process that loads it. Weak names may stay open.
pub fn open_names(library: &[u8]) -> Result<BTreeSet<String>, Failure> {
    let file = parse(library)?;
    Ok(file
        .dynamic_symbols()
        .filter(|symbol| symbol.is_undefined() && !symbol.is_weak())
        .filter_map(|symbol| symbol.name().ok())
        .filter(|name| !name.is_empty())
        .map(str::to_string)
        .collect())
}

/// Names that an object or library defines for others.
pub fn defined_names(bytes: &[u8]) -> Result<BTreeSet<String>, Failure> {
    let file = parse(bytes)?;
    let names = file.dynamic_symbols().chain(file.symbols());
    Ok(names
        .filter(|symbol| symbol.is_global() && !symbol.is_undefined())
        .filter_map(|symbol| symbol.name().ok())
        .map(str::to_string)
        .collect())
}

/// Names that an object uses and does not define.
pub fn used_names(object: &[u8]) -> Result<BTreeSet<String>, Failure> {
    let file = parse(object)?;
    Ok(file.symbols().filter(|symbol| symbol.is_undefined()).filter_map(|symbol| symbol.name().ok()).map(str::to_string).collect())
}

/// Names that the C library and its companions define for every process.
pub fn names_of_machine(libraries: &[impl AsRef<Path>]) -> BTreeSet<String> {
    libraries.iter().filter_map(|path| std::fs::read(path).ok()).filter_map(|bytes| defined_names(&bytes).ok()).flatten().collect()
}

fn parse(bytes: &[u8]) -> Result<object::File<'_>, Failure> {
    object::File::parse(bytes).map_err(|error| Failure::new(&failure::HOST_FAILED, format!("a compiled file cannot be read: {error}")))
}

/// One line of a report for each open name, with the objects that use it.
pub fn unresolved(library: &str, names: &BTreeSet<String>, objects: &[(String, Vec<u8>)]) -> Vec<Evidence> {
    let mut evidence = Vec::new();
    for name in names {
        let users = objects.iter().filter(|(_, bytes)| used_names(bytes).is_ok_and(|used| used.contains(name)));
        let users: Vec<&str> = users.map(|(object, _)| object.as_str()).collect();
        let message = format!("{name} is called in {library} and defined nowhere");
        match users.as_slice() {
            [] => evidence.push(Evidence { message, ..Evidence::default() }),
            users => evidence.extend(users.iter().map(|object| Evidence {
                object: object.to_string(),
                message: message.clone(),
                ..Evidence::default()
            })),
        }
    }
    evidence
}
