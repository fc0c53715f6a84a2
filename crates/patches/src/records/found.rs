//! What a profile holds as far as its folders tell: for products whose patches another tool applied, and of which there is no record. Which patches
//! these are is not known here.

use crate::definitions::{self, Contents, Variable};
use crate::disk;
use crate::home::Product;
use crate::manifest;
use crate::names::ProfileName;
use std::path::{Path, PathBuf};

const JAR_BYTES_MAX: u64 = 16 << 20;
/// One file in a folder is enough.
const ENTRIES_MAX: usize = 10;
const EXTENSION_MANIFEST: &str = "weblogic_ext_patch.jar";

/// What cannot be read counts as held: a class path may name a jar that holds nothing, but patches that it does not name are lost.
pub(super) fn contents(root: &Path, product: &Product, profile: &ProfileName) -> Contents {
    let place = |variable: Variable| definitions::place(product, profile, variable).below(root);
    let extensions = place(Variable::WeblogicExtensionDirs);
    Contents {
        system: names_jars(&place(Variable::PatchClasspath)),
        extension: entries(&extensions).iter().any(|entry| !entry.ends_with(EXTENSION_MANIFEST) || names_jars(entry)),
        native: !entries(&place(Variable::PatchLibpath)).is_empty(),
    }
}

fn names_jars(jar: &Path) -> bool {
    match disk::read_if_there(jar, JAR_BYTES_MAX) {
        Ok(None) => false,
        Ok(Some(bytes)) => manifest::class_path(&bytes).map_or(true, |entries| !entries.is_empty()),
        Err(_) => true,
    }
}

/// A folder that cannot be listed holds itself.
fn entries(folder: &Path) -> Vec<PathBuf> {
    match disk::list(folder, ENTRIES_MAX) {
        Ok(names) => names.iter().map(|name| folder.join(name)).collect(),
        Err(_) => vec![folder.to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::super::Records;
    use super::*;
    use crate::home::Home;

    #[test]
    fn what_another_tool_applied_is_seen_by_its_folders() {
        let folder = tempfile::tempdir().unwrap();
        let write = |place: &str, bytes: &[u8]| disk::write(&folder.path().join("patch_ocp371/profiles").join(place), bytes).unwrap();
        let jar = manifest::jar(&["../../../patch_jars/bug1.jar".into()]);
        write("default/sys_manifest_classpath/weblogic_patch.jar", &jar);
        write("default/sysext_manifest_classpath/weblogic_ext_patch.jar", &manifest::jar(&[]));
        write("Orders/sys_manifest_classpath/weblogic_patch.jar", &manifest::jar(&[]));
        write("Orders/sysext_manifest_classpath/weblogic_ext_patch.jar", &jar);
        write("Orders/native/libx.so", b"x");
        write("Doubt/sys_manifest_classpath/weblogic_patch.jar", b"no jar");
        let home = Home::open(folder.path()).unwrap();
        let records = Records::read(&home).unwrap();
        let contents = |profile: &str| records.contents(&home.products[0], &ProfileName::new(profile).unwrap());
        let (system, nothing) = (Contents { system: true, ..Contents::default() }, Contents::default());
        assert_eq!([contents("default"), contents("Doubt"), contents("Nowhere")], [system, system, nothing]);
        assert_eq!(contents("Orders"), Contents { system: false, extension: true, native: true });
        // As soon as a state of ours is in effect, that tells.
        let current = br#"{"format":1,"number":1}"#;
        let generation = br#"{"format":1,"number":1,"at":0,"made_by":"","profiles":{"default":[]}}"#;
        disk::write(&folder.path().join("packwright/patch_ocp371/current"), current).unwrap();
        disk::write(&folder.path().join("packwright/patch_ocp371/generations/1.json"), generation).unwrap();
        let records = Records::read(&home).unwrap();
        assert_eq!(records.contents(&home.products[0], &ProfileName::default_profile()), nothing);
    }
}
