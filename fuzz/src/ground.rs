//! Made-up homes on the disk for the targets that need one, and a picture of a folder to compare with later. Nothing is known here of what is read.

use patches::home::Home;
use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A folder that holds a home, `home/`, and beside it a file that nobody may touch.
pub struct Ground {
    folder: TempDir,
}

impl Ground {
    /// A home with one server and one other product, and these files in it.
    pub fn new(files: &[(&str, &[u8])]) -> Ground {
        let ground = Ground { folder: tempfile::tempdir().expect("a folder for a home") };
        let fixed: [(&str, &[u8]); 4] = [
            ("wlserver_10.3/.product.properties", b"WLS_PRODUCT_VERSION=10.3.6.0\n"),
            ("wlserver_10.3/server/lib/orders.xml", b"<orders/>\n"),
            ("patch_wls1036/registry/readme.txt", b"made up\n"),
            ("patch_ocp371/registry/readme.txt", b"made up\n"),
        ];
        for (path, bytes) in fixed.iter().chain(files) {
            ground.write(path, bytes);
        }
        put(&ground.folder.path().join("beside/untouched.txt"), b"made up\n");
        ground
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn root(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    pub fn home(&self) -> Home {
        Home::open(&self.root()).expect("the home that was just made")
    }

    pub fn write(&self, path: &str, bytes: &[u8]) {
        put(&self.root().join(path), bytes);
    }
}

/// Writes a file without waiting for the disk: nothing here outlives its process.
pub fn put(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().expect("a file in a folder")).expect("a folder of ours");
    fs::write(path, bytes).expect("a file of ours");
}

/// A zip with one stored file after the other.
pub fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in files {
        writer.start_file(*path, options).expect("memory takes any file");
        writer.write_all(bytes).expect("memory takes any bytes");
    }
    writer.finish().expect("memory takes any zip").into_inner()
}

/// Every file and folder below a folder with its bytes, those left out whose path `skip` names.
pub fn picture(folder: &Path, skip: impl Fn(&str) -> bool) -> BTreeMap<String, Option<Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut ahead = vec![folder.to_owned()];
    while let Some(next) = ahead.pop() {
        for entry in fs::read_dir(&next).expect("a folder of ours") {
            let path = entry.expect("an entry of it").path();
            let name = path.strip_prefix(folder).expect("it lies below").display().to_string();
            if skip(&name) {
                continue;
            }
            if path.symlink_metadata().expect("it is there").is_dir() {
                ahead.push(path);
                found.insert(name, None);
            } else {
                found.insert(name, fs::read(&path).ok());
            }
        }
    }
    found
}
