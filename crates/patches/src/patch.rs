//! What is known of a patch: who it is, what it needs, and what its container holds. Where this knowledge was read is not known here.

use crate::home::Product;
use crate::names::{Digest, PatchId, RelPath};
use serde::{Deserialize, Serialize};

/// A patch as its descriptor and the catalogue describe it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patch {
    pub id: PatchId,
    /// Product it is for, as in the name of its patch folder without the version: `wls` of `patch_wls1036`.
    pub product: String,
    /// Exact release it is for: `10.3.6`.
    pub release: String,
    /// Numbers of the bugs that it mends.
    pub bugs: Vec<String>,
    pub description: String,
    /// These must be in the profile, and come into effect before it.
    #[serde(default)]
    pub requires: Vec<PatchId>,
    /// These may not be in the same profile.
    #[serde(default)]
    pub excludes: Vec<PatchId>,
    /// It holds all that these held: they leave the profile when it comes in.
    #[serde(default)]
    pub replaces: Vec<PatchId>,
    /// Where one of these is in the profile as well, it was applied before.
    #[serde(default)]
    pub after: Vec<PatchId>,
    /// Why its maker took it back.
    #[serde(default)]
    pub withdrawn: Option<String>,
    /// What its container holds; nothing where only the catalogue knows the patch.
    #[serde(default)]
    pub parts: Vec<Part>,
    /// Its container, once it is downloaded.
    #[serde(default)]
    pub container: Option<Container>,
}

/// A container in the download folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Container {
    /// Name in the download folder: `HCE9.jar`.
    pub file: String,
    pub digest: Digest,
    pub bytes: u64,
}

/// One file of a patch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Its path in the container.
    pub member: RelPath,
    pub digest: Digest,
    /// Unpacked.
    pub bytes: u64,
    #[serde(flatten)]
    pub kind: PartKind,
}

/// What becomes of a file of a patch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum PartKind {
    /// A jar in front of the system classpath.
    System,
    /// A jar that applications may use.
    Extension,
    /// A library for the library path, for servers of one platform (`linux-x86_64`, `windows-x86_64`), or of all where it is empty.
    Native { platform: String },
    /// Replaces or adds an installed file, for every domain and server. Tokens of `to` are those of [`crate::home::Product::resolve`].
    File { to: String },
    /// A jar of the home's `modules/`: an installed file as well.
    Module { to: String },
    /// A shared library of applications; `to` is where the product has its own.
    Archive { name: String, version: String, to: String },
}

impl Patch {
    /// Whether it changes files that all domains and servers use: such a patch is in every profile or in none.
    pub fn is_installation_wide(&self) -> bool {
        self.parts.iter().any(|part| matches!(part.kind, PartKind::File { .. } | PartKind::Module { .. }))
    }

    /// Whether it was made for a product of just this release.
    pub fn is_for(&self, product: &Product) -> bool {
        plain_product(&self.product) == plain_product(&product.name) && plain_release(&self.release) == plain_release(&product.release)
    }

    /// Whether both its maker and the other's say which of the two comes into effect over the other: what both hold is then no clash.
    pub fn comes_after(&self, other: &PatchId) -> bool {
        self.requires.contains(other) || self.after.contains(other) || self.replaces.contains(other)
    }
}

/// A product by the name that patch folders give it: the server was known by several.
pub fn plain_product(name: &str) -> String {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    match plain.as_str() {
        "weblogic" | "weblogicserver" | "oracleweblogicserver" => "wls".into(),
        "coherence" | "oraclecoherence" => "ocp".into(),
        _ => plain,
    }
}

/// A release with three numbers, or more where they say something: `10.3.6.0` is 10.3.6, and `10.3` is 10.3.0.
pub fn plain_release(release: &str) -> String {
    let mut numbers: Vec<&str> = release.trim().split('.').collect();
    while numbers.len() > 3 && numbers.last().is_some_and(|number| number.bytes().all(|byte| byte == b'0')) {
        numbers.pop();
    }
    while numbers.len() < 3 {
        numbers.push("0");
    }
    numbers.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_and_a_release_have_one_plain_name() {
        assert!(["wls", "WLS", "WebLogic Server", "weblogic"].iter().all(|name| plain_product(name) == "wls"));
        assert_eq!(plain_product("ocp"), "ocp");
        assert!(["10.3.6", "10.3.6.0", " 10.3.6.0.0"].iter().all(|release| plain_release(release) == "10.3.6"));
        assert_eq!((plain_release("10.3").as_str(), plain_release("10.3.6.0.4").as_str()), ("10.3.0", "10.3.6.0.4"));
    }
}
