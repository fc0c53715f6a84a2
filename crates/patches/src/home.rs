//! A middleware home: which products are installed in it and where their patches lie. It reads folders and product files, and writes nothing.
//!
//! `MW_HOME/` holds product folders such as `wlserver_10.3/`, `modules/`, `utils/bsu/`, `registry.xml`, and one `patch_<product><version>/` for each
//! product; in that lie `patch_jars/`, `profiles/<name>/`, `registry/` and `backup/`.

use crate::disk;
use crate::names::RelPath;
use engine::failure::{self, Failure};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const ENTRIES_MAX: usize = 10_000;
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Our folder below a home.
pub const OURS: &str = "packwright";

/// A recognised home.
#[derive(Clone, Debug)]
pub struct Home {
    /// Absolute; links in it are followed.
    pub root: PathBuf,
    pub products: Vec<Product>,
}

/// A product of a home that has a patch folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// As in the patch folder's name: `wls`.
    pub name: String,
    /// As in the patch folder's name: `1036`.
    pub version: String,
    /// `patch_wls1036`.
    pub patch_folder: RelPath,
    /// Release as patches name it: `10.3.6`, from the product's own file where it has one.
    pub release: String,
    /// Where it is installed, `wlserver_10.3`; not every product with a patch folder says so.
    pub home: Option<RelPath>,
}

impl Home {
    /// Recognises the home at a folder: it has a patch folder, or a product with a properties file, or the patch tool's own folder.
    pub fn open(folder: &Path) -> Result<Home, Failure> {
        let root =
            existing(folder, "find the middleware home", "name the folder that holds wlserver_…, modules and utils (MW_HOME, BEA_HOME)")?;
        let names = disk::list(&root, ENTRIES_MAX)?;
        let homes: Vec<ProductHome> = names.iter().filter_map(|name| ProductHome::read(&root, name)).collect();
        let mut products: Vec<Product> = names.iter().filter_map(|name| Product::of_patch_folder(name, &homes)).collect();
        for home in &homes {
            // A product that nothing was ever applied to has no patch folder until the first patch.
            if !products.iter().any(|product| product.home.as_ref() == Some(&home.folder)) {
                products.extend(home.without_patches());
            }
        }
        products.sort_by(|one, other| one.patch_folder.cmp(&other.patch_folder));
        if products.is_empty() {
            let message = format!(
                "{} is no middleware home: it has no patch_<product><version> folder and no product with a .product.properties file",
                root.display()
            );
            return Err(Failure::new(&failure::HOME_REFUSED, message)
                .hint("name the folder that holds wlserver_…, modules and utils (MW_HOME, BEA_HOME)"));
        }
        Ok(Home { root, products })
    }

    /// The home that holds a product's folder, as `-prod_dir` names it, and that product.
    pub fn of_product_folder(folder: &Path) -> Result<(Home, Product), Failure> {
        let whole = existing(folder, "find the product", "name the product's own folder, wlserver_… in the middleware home")?;
        let home = Home::open(whole.parent().unwrap_or(&whole))?;
        let name = whole.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        match home.products.iter().find(|product| product.home.as_ref().is_some_and(|home| home.as_str() == name)) {
            Some(product) => Ok((home.clone(), product.clone())),
            None => {
                let known: Vec<&str> = home.products.iter().filter_map(|product| product.home.as_ref().map(RelPath::as_str)).collect();
                let message = format!("{} is no product of the middleware home {}", whole.display(), home.root.display());
                Err(Failure::new(&failure::UNKNOWN_NAME, message).hint(format!("its products are {}", known.join(", "))))
            }
        }
    }

    /// A product by patch folder (`patch_wls1036`), by what that tells of it (`wls1036`) or by its name alone (`wls`); without a name the one there is, or
    /// else the WebLogic Server. Of several releases the one that is installed is meant: patch folders of former releases stay in a home.
    pub fn product(&self, name: Option<&str>) -> Result<&Product, Failure> {
        let known = || self.products.iter().map(Product::label).collect::<Vec<_>>().join(", ");
        let found: Vec<&Product> = match (name, self.products.as_slice()) {
            (None, [product]) => return Ok(product),
            // A WebLogic Server is what nearly every command is about.
            (None, products) => products.iter().filter(|product| product.is_server()).collect(),
            (Some(name), products) => match products.iter().find(|product| product.is(name)) {
                Some(product) => return Ok(product),
                None => products.iter().filter(|product| product.name == name).collect(),
            },
        };
        let installed: Vec<&Product> = found.iter().copied().filter(|product| product.home.is_some()).collect();
        match (installed.as_slice(), found.as_slice(), name) {
            ([product], ..) | ([], [product], _) => Ok(product),
            ([], [], Some(name)) => Err(Failure::new(&failure::UNKNOWN_NAME, format!("{} holds no product {name}", self.root.display()))
                .hint(format!("it holds {}", known()))),
            (_, _, name) => {
                let several = name.map_or_else(|| "several products".to_string(), |name| format!("several products {name}"));
                Err(Failure::new(&failure::BAD_REQUEST, format!("{} holds {several}", self.root.display()))
                    .hint(format!("say --product with one of {}", known())))
            }
        }
    }

    /// Where patches are downloaded to unless somebody says otherwise.
    pub fn download_folder(&self) -> PathBuf {
        self.root.join("utils/bsu/cache_dir")
    }
}

impl Product {
    fn of_patch_folder(name: &str, homes: &[ProductHome]) -> Option<Product> {
        let rest = name.strip_prefix("patch_")?;
        let digits = rest.find(|c: char| c.is_ascii_digit())?;
        let (product, version) = rest.split_at(digits);
        if product.is_empty() || !version.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        // Before 10 the server's patch folder bore its whole name.
        let known_as = if product == "weblogic" { "wls" } else { product };
        let home = homes.iter().find(|home| home.name == known_as && squeezed(&home.release) == version);
        let release = home.map_or_else(|| spread(version), |home| home.release.clone());
        let patch_folder = RelPath::new(name).ok()?;
        Some(Product { name: product.into(), version: version.into(), patch_folder, release, home: home.map(|home| home.folder.clone()) })
    }

    /// `wls1036`
    pub fn label(&self) -> String {
        format!("{}{}", self.name, self.version)
    }

    /// Whether a name says the release as well.
    fn is(&self, name: &str) -> bool {
        name == self.label() || name == self.patch_folder.as_str()
    }

    /// Before 10 the server's patch folder bore its whole name.
    fn is_server(&self) -> bool {
        matches!(self.name.as_str(), "wls" | "weblogic")
    }

    /// Folder of a profile: `patch_wls1036/profiles/Orders`.
    pub fn profile_folder(&self, profile: &crate::names::ProfileName) -> RelPath {
        self.patch_folder.join(&format!("profiles/{profile}")).expect("a profile's name is a path's part")
    }

    /// Folder that all profiles' jars share.
    pub fn jar_folder(&self) -> RelPath {
        self.patch_folder.join("patch_jars").expect("a plain name")
    }

    /// Our own folder for this product: `packwright/patch_wls1036`.
    pub fn records_folder(&self) -> RelPath {
        RelPath::new(format!("{OURS}/{}", self.patch_folder)).expect("two plain names")
    }

    /// A destination with its token, `$WLS_INSTALL_DIR$/server/lib/x.xml` or `$BEAHOME$/modules/y.jar`, as a path below the home. `None`: no such
    /// token, a product whose place is not known, or a path that a patch may not write.
    pub fn resolve(&self, destination: &str) -> Option<RelPath> {
        let (token, rest) = destination.strip_prefix('$')?.split_once("$/")?;
        let path = match token {
            "WLS_INSTALL_DIR" | "WL_HOME" | "PRODUCT_HOME" => self.home.as_ref()?.join(rest).ok()?,
            "BEAHOME" | "BEA_HOME" | "MW_HOME" => RelPath::new(rest).ok()?,
            _ => return None,
        };
        let first = path.as_str().split('/').next().unwrap_or_default();
        // Whatever the case a file system cares for: our records and the patch folders are not for patches to replace.
        let is_ours = first.eq_ignore_ascii_case(OURS) || first.to_ascii_lowercase().starts_with("patch_");
        (!is_ours).then_some(path)
    }
}

/// A folder that somebody named, without links in its path. One that is not there was named wrongly, and no machine has failed.
fn existing(folder: &Path, action: &'static str, hint: &str) -> Result<PathBuf, Failure> {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    folder.canonicalize().map_err(|cause| match cause.kind() {
        NotFound | NotADirectory => {
            Failure::new(&failure::UNKNOWN_NAME, format!("cannot {action}: there is no folder {}", folder.display())).hint(hint)
        }
        _ => disk::failed(action, folder)(cause).into(),
    })
}

/// A product's own folder with its properties.
struct ProductHome {
    folder: RelPath,
    name: String,
    release: String,
}

impl ProductHome {
    fn read(root: &Path, name: &str) -> Option<ProductHome> {
        let bytes = disk::read(&root.join(name).join(".product.properties"), FILE_BYTES_MAX).ok()?;
        let properties = properties(&String::from_utf8_lossy(&bytes));
        // Every product names its release under a key of its own: WLS_PRODUCT_VERSION, OCP_PRODUCT_VERSION.
        let (key, version) = properties.iter().find(|(key, _)| key.ends_with("_PRODUCT_VERSION"))?;
        let product = key.strip_suffix("_PRODUCT_VERSION")?.to_ascii_lowercase();
        let release = trimmed(version);
        // Both become a part of the patch folder's name.
        let is_name = !product.is_empty() && product.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let is_release = !squeezed(&release).is_empty() && release.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        if !is_name || !is_release {
            return None;
        }
        Some(ProductHome { folder: RelPath::new(name).ok()?, name: product, release })
    }

    fn without_patches(&self) -> Option<Product> {
        let version = squeezed(&self.release);
        let patch_folder = RelPath::new(format!("patch_{}{version}", self.name)).ok()?;
        Some(Product { name: self.name.clone(), version, patch_folder, release: self.release.clone(), home: Some(self.folder.clone()) })
    }
}

/// `10.3.6.0` is release 10.3.6: the patch folder's name has three numbers of it.
fn trimmed(version: &str) -> String {
    version.trim().split('.').take(3).collect::<Vec<_>>().join(".")
}

fn squeezed(release: &str) -> String {
    release.chars().filter(|c| *c != '.').collect()
}

/// `1036` as 10.3.6: the last two digits are numbers of their own.
fn spread(version: &str) -> String {
    match version.len() {
        0..=2 => version.chars().map(String::from).collect::<Vec<_>>().join("."),
        length => format!("{}.{}.{}", &version[..length - 2], &version[length - 2..length - 1], &version[length - 1..]),
    }
}

/// A file of Java properties, with its escapes of colons, backslashes and blanks undone; of doubled keys the last counts.
pub fn properties(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().map(str::trim_start).filter(|line| !line.starts_with(['#', '!']));
    lines.filter_map(|line| line.split_once('=')).map(|(key, value)| (key.trim().to_string(), unescaped(value.trim()))).collect()
}

fn unescaped(text: &str) -> String {
    let mut characters = text.chars();
    let mut plain = String::with_capacity(text.len());
    while let Some(character) = characters.next() {
        plain.extend(if character == '\\' { characters.next() } else { Some(character) });
    }
    plain
}

/// The homes that a `beahomelist` names, `;` between them.
pub fn listed_homes(text: &str) -> Vec<PathBuf> {
    text.split([';', '\n', '\r']).map(str::trim).filter(|part| !part.is_empty()).map(PathBuf::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(files: &[(&str, &str)]) -> (tempfile::TempDir, Result<Home, Failure>) {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            disk::write(&folder.path().join(path), text.as_bytes()).unwrap();
        }
        let home = Home::open(folder.path());
        (folder, home)
    }

    #[test]
    fn products_are_found_by_their_patch_folders_and_their_properties() {
        let properties = "WLS_PRODUCT_VERSION=10.3.6.0\nMW_HOME=C\\:\\\\Oracle\n";
        let (_folder, home) =
            home(&[("wlserver_10.3/.product.properties", properties), ("patch_wls1036/x", ""), ("patch_ocp371/x", ""), ("patch_me/x", "")]);
        let home = home.unwrap();
        let found: Vec<_> = home.products.iter().map(|product| (product.label(), product.release.clone(), product.home.clone())).collect();
        let server = RelPath::new("wlserver_10.3").unwrap();
        assert_eq!(found, [("ocp371".into(), "3.7.1".into(), None), ("wls1036".into(), "10.3.6".into(), Some(server))]);
        assert_eq!(home.product(None).unwrap().name, "wls");
        assert!(["wls", "wls1036", "patch_wls1036"].iter().all(|name| home.product(Some(name)).is_ok()));
        assert_eq!(home.product(Some("odi")).unwrap_err().code, "unknown-name");
    }

    #[test]
    fn of_several_releases_the_installed_one_is_meant() {
        let server = ("wlserver_10.3/.product.properties", "WLS_PRODUCT_VERSION=10.3.6.0");
        for patched in [&[("patch_wls1035/x", ""), ("patch_wls1036/x", "")][..], &[("patch_wls1035/x", "")]] {
            let (_folder, home) = home(&[&[server], patched].concat());
            let home = home.unwrap();
            for name in [None, Some("wls"), Some("wls1036")] {
                assert_eq!(home.product(name).unwrap().label(), "wls1036", "{name:?}");
            }
            assert_eq!(home.product(Some("wls1035")).unwrap().label(), "wls1035");
        }
        let (_folder, home) = home(&[("patch_wls1035/x", ""), ("patch_wls1036/x", "")]);
        for name in [None, Some("wls")] {
            let refused = home.as_ref().unwrap().product(name).unwrap_err();
            assert_eq!((refused.code.as_str(), refused.hint.as_str()), ("bad-request", "say --product with one of wls1035, wls1036"));
        }
    }

    #[test]
    fn a_folder_that_is_not_there_was_named_wrongly() {
        let folder = tempfile::tempdir().unwrap();
        let nowhere = folder.path().join("mw/wlserver_10.3");
        for refused in [Home::open(&nowhere).unwrap_err(), Home::of_product_folder(&nowhere).unwrap_err()] {
            assert_eq!(refused.code, "unknown-name");
            assert!(!refused.hint.is_empty() && refused.message.contains("wlserver_10.3"), "{refused}");
        }
    }

    #[test]
    fn a_product_without_patches_has_its_folder_to_come() {
        let (_folder, home) = home(&[("wlserver_12.1/.product.properties", "WLS_PRODUCT_VERSION=12.1.1.0")]);
        assert_eq!(home.unwrap().products[0].patch_folder.as_str(), "patch_wls1211");
    }

    #[test]
    fn a_folder_of_something_else_is_refused() {
        assert_eq!(home(&[("readme.txt", "")]).1.unwrap_err().code, "home-refused");
    }

    #[test]
    fn destinations_stay_in_the_home_and_out_of_what_is_ours() {
        let product = Product {
            name: "wls".into(),
            version: "1036".into(),
            patch_folder: RelPath::new("patch_wls1036").unwrap(),
            release: "10.3.6".into(),
            home: Some(RelPath::new("wlserver_10.3").unwrap()),
        };
        assert_eq!(product.resolve("$WLS_INSTALL_DIR$/server/lib/a.xml").unwrap().as_str(), "wlserver_10.3/server/lib/a.xml");
        assert_eq!(product.resolve("$BEAHOME$/modules/a.jar").unwrap().as_str(), "modules/a.jar");
        let refused = [
            "server/lib/a",
            "/etc/passwd",
            "$BEAHOME$/../a",
            "$BEAHOME$/packwright/x",
            "$BEAHOME$/Patch_wls1036/a",
            "$OTHER$/a",
            "$BEAHOME$",
        ];
        assert!(refused.iter().all(|destination| product.resolve(destination).is_none()));
    }

    #[test]
    fn lists_of_homes_are_split_at_semicolons() {
        assert_eq!(listed_homes("/a;/b\n;"), [PathBuf::from("/a"), PathBuf::from("/b")]);
    }
}
