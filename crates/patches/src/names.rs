//! Names that come from people, containers and folders, checked once: whoever holds one of these types need not look again.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::{Path, PathBuf};

/// Why a text is no such name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no {what}: {rule}")]
pub struct NotAName {
    pub text: String,
    pub what: &'static str,
    pub rule: &'static str,
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal, $rule:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            pub fn new(text: impl Into<String>) -> Result<$name, NotAName> {
                let text = text.into();
                let check: fn(&str) -> bool = $check;
                if check(&text) { Ok($name(text)) } else {
                    let text = text.chars().take(200).collect();
                    Err(NotAName { text, what: $what, rule: $rule })
                }
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NotAName;
            fn try_from(text: String) -> Result<$name, NotAName> {
                $name::new(text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }
    };
}

name! {
    /// A patch: four capitals or digits, one for each bug and exact release (`HCE9`).
    PatchId, "patch", "four capital letters or digits",
    |text| text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

name! {
    /// A patch profile. The name is its folder's, on any system: letters and digits alone.
    ProfileName, "profile name", "1 to 64 letters and digits, nothing else",
    |text| (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

name! {
    /// A path below a home or within a container, with `/` between its parts: never one that could leave it.
    RelPath, "path below a home", "parts with / between them, none of them empty, . or .., no backslash, colon or control character, 1024 bytes at most",
    |text| text.len() <= 1024 && !text.chars().any(|c| c.is_control() || c == '\\' || c == ':')
        && text.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
}

impl ProfileName {
    /// The profile that every domain uses whose scripts say nothing else.
    pub fn default_profile() -> ProfileName {
        ProfileName("default".into())
    }

    pub fn is_default(&self) -> bool {
        self.0.eq_ignore_ascii_case("default")
    }
}

impl RelPath {
    pub fn below(&self, root: &Path) -> PathBuf {
        root.join(&self.0)
    }

    /// Last part.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    pub fn join(&self, rest: &str) -> Result<RelPath, NotAName> {
        RelPath::new(format!("{}/{rest}", self.0))
    }
}

/// BLAKE3 of some bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 32]);

impl Digest {
    pub fn of(bytes: &[u8]) -> Digest {
        Digest(*blake3::hash(bytes).as_bytes())
    }

    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<blake3::Hash> for Digest {
    fn from(hash: blake3::Hash) -> Digest {
        Digest(*hash.as_bytes())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> String {
        digest.to_string()
    }
}

impl TryFrom<String> for Digest {
    type Error = NotAName;

    fn try_from(text: String) -> Result<Digest, NotAName> {
        match blake3::Hash::from_hex(&text) {
            Ok(hash) => Ok(hash.into()),
            Err(_) => Err(NotAName { text: text.chars().take(200).collect(), what: "digest", rule: "64 hexadecimal digits" }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_hold_for_good_names_and_not_for_bad_ones() {
        assert!(["HCE9", "2LZX", "FMJJ"].iter().all(|id| PatchId::new(*id).is_ok()));
        assert!(["", "hce9", "HCE99", "HC/9", "HÇE"].iter().all(|id| PatchId::new(*id).is_err()));
        assert!(["default", "ProductionServer1", "7"].iter().all(|name| ProfileName::new(*name).is_ok()));
        assert!(["", "a b", "../x", "a/b", "a\\b", "a.b", "a_b", "ä", &"x".repeat(65)].iter().all(|name| ProfileName::new(*name).is_err()));
        assert!(["a", "server/lib/weblogic.jar", "a b/ü"].iter().all(|path| RelPath::new(*path).is_ok()));
        let hostile = ["", "/a", "a//b", "a/../b", "..", "./a", "a\\b", "C:/a", "a/", "a\0b", "a\nb"];
        assert!(hostile.iter().all(|path| RelPath::new(*path).is_err()));
    }

    #[test]
    fn a_digest_is_its_text() {
        let digest = Digest::of(b"patch");
        assert_eq!(Digest::try_from(digest.to_string()), Ok(digest));
        assert!(Digest::try_from("12".to_string()).is_err());
    }
}
