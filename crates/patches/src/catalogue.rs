//! Catalogues, `patch-catalog.xml`: what is known of patches whether or not they are downloaded, above all which were replaced or withdrawn. A walk over
//! dependencies is a loop that remembers where it was: catalogues hold thousands of patches, and cycles.

use crate::descriptor::{self, DescriptorError, Inherited};
use crate::disk::{self, DiskError};
use crate::names::PatchId;
use crate::patch::Patch;
use crate::xml::{self, Limits, XmlError};
use engine::failure::{self, Failure};
use roxmltree::Node;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

/// The name that the vendor's tool wanted.
pub const FILE: &str = "patch-catalog.xml";
const FILES_MAX: usize = 64;
const FOLDER_ENTRIES_MAX: usize = 100_000;
const REMARKS_MAX: usize = 20;

/// What is known of patches, and what was strange about the source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalogue {
    pub patches: BTreeMap<PatchId, Patch>,
    /// Sentences for a person, a bounded number.
    pub remarks: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    #[error(transparent)]
    Xml(#[from] XmlError),
    #[error("its outermost element is <{0}>, which is no catalogue of patches")]
    Root(String),
    #[error(transparent)]
    Schema(DescriptorError),
}

impl From<CatalogueError> for Failure {
    fn from(error: CatalogueError) -> Failure {
        Failure::new(&failure::CONTAINER_REFUSED, format!("the catalogue of patches cannot be read: {error}"))
            .hint("docs/patches-format.md says how a catalogue is written; get it again from where it came")
    }
}

/// Reads one catalogue. An entry that cannot be read is told and left out: the others are no worse for it.
pub fn read(bytes: &[u8]) -> Result<Catalogue, CatalogueError> {
    let text = xml::text(bytes, &Limits::CATALOGUE)?;
    let document = xml::parse(&text, &Limits::CATALOGUE)?;
    let root = document.root_element();
    let is_catalogue =
        ["patchcatalog", "patchcatalogue", "catalog", "catalogue", "patches", "patchlist"].contains(&xml::name(root).as_str());
    if !is_catalogue {
        return Err(CatalogueError::Root(root.tag_name().name().chars().take(100).collect()));
    }
    descriptor::read_schema(root).map_err(CatalogueError::Schema)?;
    let inherited = descriptor::read_inherited(root);
    let mut catalogue = Catalogue::default();
    for element in xml::elements(root) {
        if xml::name(element) == "patches" {
            xml::elements(element).for_each(|element| catalogue.take_in(element, &inherited));
        } else {
            catalogue.take_in(element, &inherited);
        }
    }
    Ok(catalogue)
}

impl Catalogue {
    fn take_in(&mut self, element: Node<'_, '_>, inherited: &Inherited) {
        if !descriptor::is_patch(&xml::name(element)) {
            return self.remark(|| format!("<{}> in the catalogue means nothing to this version", element.tag_name().name()));
        }
        let line = || element.document().text_pos_at(element.range().start).row;
        match descriptor::read_element(element, inherited) {
            Err(error) => self.remark(|| format!("the catalogue's entry in line {} was left out: {error}", line())),
            Ok(described) if self.patches.contains_key(&described.patch.id) => {
                self.remark(|| format!("the catalogue has {} again in line {}: the first entry counts", described.patch.id, line()));
            }
            Ok(described) => {
                self.patches.insert(described.patch.id.clone(), described.patch);
            }
        }
    }

    fn remark(&mut self, sentence: impl FnOnce() -> String) {
        if self.remarks.len() < REMARKS_MAX {
            self.remarks.push(sentence());
        }
    }

    /// All catalogues of a download folder as one: `patch-catalog.xml` and every `patch-catalog_<n>.xml`. Catalogues grow, so of two entries for one
    /// patch that of the catalogue with more entries counts. One that cannot be read is told, and the others serve.
    pub fn of_folder(folder: &Path) -> Result<Catalogue, DiskError> {
        let mut names: Vec<String> = disk::list(folder, FOLDER_ENTRIES_MAX)?.into_iter().filter(|name| is_file_name(name)).collect();
        let mut whole = Catalogue::default();
        if names.len() > FILES_MAX {
            whole.remark(|| format!("of {} catalogues the first {FILES_MAX} by name were read", names.len()));
            names.truncate(FILES_MAX);
        }
        let mut read_ones = Vec::new();
        for name in names {
            let bytes = disk::read(&folder.join(&name), Limits::CATALOGUE.bytes_max as u64);
            match bytes.map_err(|error| error.to_string()).and_then(|bytes| read(&bytes).map_err(|error| error.to_string())) {
                Ok(catalogue) => read_ones.push((name, catalogue)),
                Err(error) => whole.remark(|| format!("{name} was left out: {error}")),
            }
        }
        // Stable: of two with as many entries, the first by name.
        read_ones.sort_by_key(|(_, catalogue)| std::cmp::Reverse(catalogue.patches.len()));
        for (name, catalogue) in read_ones {
            catalogue.remarks.into_iter().for_each(|remark| whole.remark(|| format!("{name}: {remark}")));
            for (id, patch) in catalogue.patches {
                whole.patches.entry(id).or_insert(patch);
            }
        }
        Ok(whole)
    }

    /// What to apply in place of a patch; see [`replacement_of`].
    pub fn replacement_of(&self, id: &PatchId) -> Option<PatchId> {
        replacement_of(&self.patches, id)
    }
}

/// Whether a file of the download folder is a catalogue.
pub fn is_file_name(name: &str) -> bool {
    let rest = name.strip_prefix("patch-catalog").and_then(|rest| rest.strip_suffix(".xml"));
    rest.is_some_and(|rest| {
        rest.is_empty() || rest.strip_prefix('_').is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

/// The last patch on the way from a patch over those that replace it, for the same product and release, that was not withdrawn. Nothing where no such
/// patch replaces it. Where replacements replace each other in a circle, each counts once.
pub fn replacement_of(patches: &BTreeMap<PatchId, Patch>, id: &PatchId) -> Option<PatchId> {
    let asked = patches.get(id);
    let is_alike = |patch: &Patch| asked.is_none_or(|asked| asked.product == patch.product && asked.release == patch.release);
    let mut replaced_by: HashMap<&PatchId, Vec<&Patch>> = HashMap::new();
    for patch in patches.values().filter(|patch| is_alike(patch)) {
        patch.replaces.iter().for_each(|replaced| replaced_by.entry(replaced).or_default().push(patch));
    }
    let mut seen = BTreeSet::from([id]);
    let (mut found, mut nearest) = (None, vec![id]);
    while !nearest.is_empty() {
        let next: Vec<&Patch> =
            nearest.iter().filter_map(|id| replaced_by.get(id)).flatten().copied().filter(|patch| seen.insert(&patch.id)).collect();
        if let Some(patch) = next.iter().find(|patch| patch.withdrawn.is_none()) {
            found = Some(patch.id.clone());
        }
        nearest = next.into_iter().map(|patch| &patch.id).collect();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;
    use std::time::{Duration, Instant};

    fn catalogue(entries: &str) -> Catalogue {
        read(format!(r#"<patchCatalog product="wls" release="10.3.6">{entries}</patchCatalog>"#).as_bytes()).unwrap()
    }

    fn replacement(entries: &str, id: &str) -> Option<String> {
        catalogue(entries).replacement_of(&PatchId::new(id).unwrap()).map(String::from)
    }

    #[test]
    fn bad_entries_are_told_and_the_others_serve() {
        let read = catalogue(
            "<patch id='AAAA'/>\n<patch id='a'/><patch id='AAAA'><bug>1</bug></patch><hint/><patches><patchDesc patchID='BBBB'/></patches>",
        );
        assert_eq!(read.patches.keys().map(PatchId::as_str).collect::<Vec<_>>(), ["AAAA", "BBBB"]);
        assert_eq!(read.patches.values().next().unwrap().release, "10.3.6");
        assert_eq!(
            read.remarks,
            [
                r#"the catalogue's entry in line 2 was left out: "a" is no patch: four capital letters or digits"#,
                "the catalogue has AAAA again in line 2: the first entry counts",
                "<hint> in the catalogue means nothing to this version",
            ]
        );
        assert!(super::read(b"<project/>").unwrap_err().to_string().contains("no catalogue"));
        assert!(super::read(b"<patches schema='9'/>").unwrap_err().to_string().contains("schema"));
    }

    #[test]
    fn replacements_are_followed_to_the_last_one_that_holds() {
        let chain = "<patch id='AAAA'/><patch id='BBBB' replaces='AAAA'/><patch id='CCCC' replaces='BBBB'/>";
        assert_eq!(replacement(chain, "AAAA").as_deref(), Some("CCCC"));
        assert_eq!(replacement(chain, "CCCC"), None);
        let withdrawn =
            "<patch id='AAAA'/><patch id='BBBB' replaces='AAAA'/><patch id='CCCC' replaces='BBBB'><withdrawn>no</withdrawn></patch>";
        assert_eq!(replacement(withdrawn, "AAAA").as_deref(), Some("BBBB"));
        let circle = "<patch id='AAAA' replaces='CCCC'/><patch id='BBBB' replaces='AAAA'/><patch id='CCCC' replaces='BBBB'/>";
        assert_eq!(replacement(circle, "AAAA").as_deref(), Some("CCCC"));
        let other_release = "<patch id='AAAA'/><patch id='BBBB' replaces='AAAA'><release>10.3.5</release></patch>";
        assert_eq!(replacement(other_release, "AAAA"), None);
    }

    #[test]
    fn of_several_catalogues_the_one_with_more_entries_counts() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, entries: &str| {
            let text = format!("<patchCatalog product='wls' release='10.3.6'>{entries}</patchCatalog>");
            std::fs::write(folder.path().join(name), text).unwrap();
        };
        write("patch-catalog.xml", "<patch id='AAAA'><description>older</description></patch>");
        write("patch-catalog_22.xml", "<patch id='AAAA'><description>newer</description></patch><patch id='BBBB'/>");
        std::fs::write(folder.path().join("patch-catalog_23.xml"), "<!DOCTYPE a><a/>").unwrap();
        std::fs::write(folder.path().join("patch-catalog_x.xml"), "no catalogue's name").unwrap();
        let whole = Catalogue::of_folder(folder.path()).unwrap();
        assert_eq!(whole.patches.values().map(|patch| patch.description.as_str()).collect::<Vec<_>>(), ["newer", ""]);
        assert_eq!(whole.remarks.len(), 1);
        assert!(whole.remarks[0].starts_with("patch-catalog_23.xml was left out: it declares a document type"));
        assert!(Catalogue::of_folder(&folder.path().join("missing")).unwrap().patches.is_empty());
    }

    #[test]
    fn fifty_thousand_entries_that_all_replace_each_other_are_no_trouble() {
        let id = |mut number: u32| {
            let digits = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
            (0..4).map(|_| (digits[(number % 36) as usize] as char, number /= 36).0).collect::<String>()
        };
        let mut text = String::new();
        for number in 0..50_000 {
            let (before, after) = (id((number + 49_999) % 50_000), id((number + 1) % 50_000));
            write!(
                text,
                "<patch><patchId>{}</patchId><bug>{number}</bug><requires>{after}</requires><replaces>{before}</replaces></patch>",
                id(number)
            )
            .unwrap();
        }
        let start = Instant::now();
        let catalogue = catalogue(&text);
        assert_eq!((catalogue.patches.len(), catalogue.remarks.len()), (50_000, 0));
        assert_eq!(catalogue.replacement_of(&PatchId::new(id(0)).unwrap()).unwrap().as_str(), id(49_999));
        assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let _ = read(&bytes);
        }
    }
}
