//! Tools releases (`9.2.8.0`) and the range of them in which a step exists.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A tools release. Missing parts count as 0: `9.2.3` is `9.2.3.0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Release(pub [u16; 4]);

#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no tools release; expected up to four numbers with dots, as 9.2.8.0")]
pub struct NotARelease(String);

impl FromStr for Release {
    type Err = NotARelease;

    fn from_str(text: &str) -> Result<Release, NotARelease> {
        let mut parts = [0; 4];
        let mut count = 0;
        for part in text.split('.') {
            let slot = parts.get_mut(count).ok_or_else(|| NotARelease(text.to_string()))?;
            *slot = part.parse().map_err(|_| NotARelease(text.to_string()))?;
            count += 1;
        }
        if count < 2 { Err(NotARelease(text.to_string())) } else { Ok(Release(parts)) }
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d] = self.0;
        write!(f, "{a}.{b}.{c}.{d}")
    }
}

impl TryFrom<String> for Release {
    type Error = NotARelease;

    fn try_from(text: String) -> Result<Release, NotARelease> {
        text.parse()
    }
}

impl From<Release> for String {
    fn from(release: Release) -> String {
        release.to_string()
    }
}

/// The releases in which a step exists: from `since`, which is included, to before `until`.
#[derive(Clone, Copy, Debug)]
pub struct Releases {
    pub since: Option<Release>,
    pub until: Option<Release>,
}

impl Releases {
    pub const ALL: Releases = Releases { since: None, until: None };

    pub const fn since(a: u16, b: u16, c: u16, d: u16) -> Releases {
        Releases { since: Some(Release([a, b, c, d])), until: None }
    }

    pub const fn until(a: u16, b: u16, c: u16, d: u16) -> Releases {
        Releases { since: None, until: Some(Release([a, b, c, d])) }
    }

    pub fn contains(&self, release: Release) -> bool {
        self.since.is_none_or(|since| since <= release) && self.until.is_none_or(|until| release < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_includes_and_until_excludes_the_release_it_names() {
        let release: Release = "9.2.6.0".parse().unwrap();
        assert!(Releases::since(9, 2, 6, 0).contains(release));
        assert!(!Releases::until(9, 2, 6, 0).contains(release));
        assert!(!Releases::since(9, 2, 7, 3).contains(release));
        assert!(Releases::ALL.contains(release));
    }

    #[test]
    fn missing_parts_are_zero_and_nonsense_is_refused() {
        assert_eq!("9.2.3".parse::<Release>().unwrap().to_string(), "9.2.3.0");
        for wrong in ["", "9", "9.2.x", "9.2.3.4.5", "9..2", "-1.2"] {
            assert!(wrong.parse::<Release>().is_err(), "{wrong}");
        }
    }
}
