//! The laws of containers and of jars: what was read of one is what comes out of it, and what is refused leaves nothing behind.

use crate::descriptors::is_sound;
use crate::ground::{Ground, picture, put, zip_of};
use patches::classes::{Classes, Index};
use patches::container::{self, Limits};
use patches::downloads::Downloads;
use patches::manifest;
use patches::names::Digest;
use std::collections::HashSet;
use std::io::Cursor;
use std::path::Path;

const ID: &str = "HCE9";
const MEGABYTE: u64 = 1 << 20;

fn limits() -> Limits {
    Limits { member_bytes_max: 4 * MEGABYTE, unpacked_bytes_max: 8 * MEGABYTE, ..Limits::default() }
}

pub fn container(bytes: &[u8]) {
    let file = format!("{ID}.jar");
    let read = || container::read_from(&file, Cursor::new(bytes), &limits()).map_err(|error| error.to_string());
    let checked = read();
    assert_eq!(read(), checked, "read twice, it is not the same");
    let Ok(checked) = checked else { return };
    let patch = checked.patch;
    assert_eq!(patch.id.as_str(), ID, "it is not the patch that its file says");
    is_sound(&patch);
    let stamp = patch.container.as_ref().expect("it was read from a container");
    assert_eq!((stamp.digest, stamp.bytes, stamp.file.as_str()), (Digest::of(bytes), bytes.len() as u64, file.as_str()));
    let ground = tempfile::tempdir().expect("a folder for a container");
    let path = ground.path().join(&file);
    put(&path, bytes);
    let described = container::describe(&path).expect("what reads whole reads in part");
    assert_eq!(described.patch.id, patch.id);
    for part in &patch.parts {
        let mut unpacked = Vec::new();
        container::unpack(&path, &part.member, part.digest, part.bytes, &mut unpacked).expect("what was checked unpacks");
        assert_eq!((Digest::of(&unpacked), unpacked.len() as u64), (part.digest, part.bytes), "{} is other bytes", part.member);
    }
}

/// The bytes are the descriptor of a container that holds what good ones hold.
pub fn container_descriptor(bytes: &[u8]) {
    let jar = zip_of(&[("com/example/Order.class", b"made up")]);
    let members: [(&str, &[u8]); 6] = [
        ("patch-descriptor.xml", bytes),
        ("jars/orders.jar", &jar),
        ("ext/tools.jar", &jar),
        ("native/liborders.so", b"made up"),
        ("files/orders.xml", b"<orders/>"),
        ("archives/forms.war", &jar),
    ];
    let whole = zip_of(&members);
    container(&whole);
    if let Ok(checked) = container::read_from(&format!("{ID}.jar"), Cursor::new(&whole), &limits()) {
        let home = Ground::new(&[]).home();
        let Ok(product) = container::fits(&checked.patch, &home) else { return };
        assert!(checked.patch.is_for(product), "it fits a product that it is not for");
    }
}

/// The bytes are the zip that was downloaded.
pub fn import(bytes: &[u8]) {
    let ground = Ground::new(&[]);
    let home = ground.home();
    for name in ["p1_1036_Generic.zip", "HCE9.jar"] {
        let source = ground.folder().join(name);
        put(&source, bytes);
        let folder = ground.folder().join("downloads");
        let _ = std::fs::remove_dir_all(&folder);
        let downloads = Downloads::open(&folder).expect("it need not be there");
        let before = picture(ground.folder(), |path| path.starts_with("downloads"));
        let imported = downloads.import(&source, &home);
        assert_eq!(picture(ground.folder(), |path| path.starts_with("downloads")), before, "an import wrote elsewhere");
        let Ok(imported) = imported else {
            assert!(!folder.exists() || picture(&folder, |_| false).is_empty(), "a refused import left something behind");
            continue;
        };
        let known = downloads.known(&home, &home.products[1]).expect("the folder that was imported into");
        for taken in &imported.patches {
            let found = downloads.find(&taken.id).expect("what was imported reads").expect("what was imported is there");
            assert_eq!(found.patch.id, taken.id);
            assert!(!known.refused.contains_key(&taken.file), "what was imported is refused");
        }
        let again = downloads.import(&source, &home).expect("what was taken once is taken again");
        assert!(again.patches.iter().all(|taken| taken.was_there), "the second time is not as the first");
    }
}

/// The bytes lie where we remember what was read of containers.
pub fn download_memory(bytes: &[u8]) {
    let descriptor =
        b"<patchDescriptor schema='1'><patchId>HCE9</patchId><product>wls</product><release>10.3.6</release></patchDescriptor>";
    let container = zip_of(&[("patch-descriptor.xml", descriptor)]);
    let ground = Ground::new(&[("utils/bsu/cache_dir/HCE9.jar", &container)]);
    let home = ground.home();
    let downloads = Downloads::of(&home).expect("a folder");
    let told = |known: patches::downloads::Known| (known.patches, known.refused.into_keys().collect::<Vec<_>>(), known.remarks);
    let without = told(downloads.known(&home, &home.products[1]).expect("one good container"));
    assert_eq!(without.0.len(), 1);
    ground.write("utils/bsu/cache_dir/packwright-checked.json", bytes);
    let with = told(downloads.known(&home, &home.products[1]).expect("a memory is not a truth"));
    assert_eq!(with, without, "what is remembered changed what is known");
}

/// The bytes are a jar.
pub fn class_path(bytes: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder for a jar");
    let path = folder.path().join("a.jar");
    put(&path, bytes);
    walks(&path);
    let Ok(paths) = manifest::class_path(bytes) else { return };
    let again = manifest::class_path(&manifest::jar(&paths)).expect("a jar of ours");
    assert_eq!(again, paths, "what was read and written reads otherwise");
}

/// The bytes are the manifest of a good jar.
pub fn manifest(bytes: &[u8]) {
    class_path(&zip_of(&[("META-INF/MANIFEST.MF", bytes)]));
}

fn walks(jar: &Path) {
    let limits = manifest::Limits { depth_max: 3, entries_max: 50 };
    let found = manifest::walk(jar, &limits);
    let first = &found[0];
    assert!(first.path.ends_with("a.jar") && first.named_by.is_none());
    let followed = found.iter().filter(|found| !matches!(found.state, manifest::State::Ignored | manifest::State::NotFollowed));
    let mut seen = HashSet::new();
    assert!(followed.map(|found| &found.path).all(|path| seen.insert(path)), "a place is told twice");
    assert!(found.iter().enumerate().skip(1).all(|(place, found)| found.named_by.is_some_and(|by| by < place)), "named by a later place");
}

fn indexed(classes: &Classes, jar: &[u8]) -> Option<Index> {
    classes.index(Digest::of(jar), "a.jar", || Ok(Cursor::new(jar.to_vec()))).ok()
}

/// The bytes are a jar.
pub fn class_index(bytes: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder for texts");
    let classes = Classes::open(folder.path().join("index"));
    let Some(index) = indexed(&classes, bytes) else {
        assert!(!folder.path().join("index").exists(), "something is kept of a jar that cannot be read");
        return;
    };
    assert!(index.members().windows(2).all(|pair| pair[0].path < pair[1].path), "not sorted, or a path twice");
    assert!(index.members().iter().all(|member| index.get(&member.path) == Some(member)));
    let kept = classes.index(Digest::of(bytes), "a.jar", || -> Result<Cursor<Vec<u8>>, _> { panic!("it is known") });
    assert_eq!(kept.ok().as_ref(), Some(&index), "what is kept is not what was read");
}

/// The bytes lie where the text of a good jar is kept.
pub fn class_index_text(bytes: &[u8]) {
    let jar = include_bytes!("../corpus/class_index/two_classes.jar");
    let folder = tempfile::tempdir().expect("a folder for texts");
    let classes = Classes::open(folder.path());
    put(&folder.path().join(Digest::of(jar).to_string()), bytes);
    let index = indexed(&classes, jar).expect("a good jar");
    let paths: Vec<&str> = index.members().iter().map(|member| &*member.path).collect();
    assert_eq!(paths, ["com/example/A.class", "com/example/B.class"], "a text that is not whole was believed");
}
