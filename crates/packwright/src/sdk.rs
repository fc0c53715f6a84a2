//! The SDK's headers, which travel inside the binary and are unpacked beside the enterprise: business functions compile against the headers of the
//! very runtime that will run them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

include!(concat!(env!("OUT_DIR"), "/sdk_files.rs"));

/// Writes what is missing or differs below `sdk/`; answers the folder of the headers.
pub fn unpack(root: &Path) -> io::Result<PathBuf> {
    let folder = root.join("sdk");
    fs::create_dir_all(folder.join("include"))?;
    for (name, text) in FILES {
        let path = folder.join(name);
        if fs::read(&path).is_ok_and(|known| known == text.as_bytes()) {
            continue;
        }
        let beside = path.with_extension(format!("{}.new", std::process::id()));
        fs::write(&beside, text)?;
        fs::rename(&beside, &path)?;
    }
    fs::canonicalize(folder.join("include"))
}
