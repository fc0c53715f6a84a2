//! Who a process is on the bus, and the keys that prove it. It does not know where a seed is kept.

use crate::BusError;
use std::fmt;
use std::path::PathBuf;

/// Characters of a name.
const NAME_MAX: usize = 64;

/// Who this process is on the bus.
#[derive(Clone, Default)]
pub struct Access {
    /// `control-7`, `ENT1`; empty for one that has no name.
    pub name: String,
    /// The seed of a user's key (`SU…`).
    pub seed: Option<String>,
    /// Certificates (PEM) of the authorities that may vouch for the server; those of the machine where none is given.
    pub ca: Option<PathBuf>,
}

// By hand, for the seed must reach no log.
impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seed = if self.seed.is_some() { "given" } else { "none" };
        f.debug_struct("Access").field("name", &self.name).field("seed", &seed).field("ca", &self.ca).finish()
    }
}

impl Access {
    /// Checks what the server would not: a name that is a pattern would widen what its holder hears.
    pub(crate) fn check(&self) -> Result<(), BusError> {
        if !self.name.is_empty() && !is_name(&self.name) {
            return Err(BusError::BadName(self.name.clone()));
        }
        match &self.seed {
            Some(seed) if !is_user_seed(seed) => Err(BusError::BadSeed(self.called().to_string())),
            _ => Ok(()),
        }
    }

    /// The word for this process in subjects.
    pub(crate) fn called(&self) -> &str {
        if self.name.is_empty() { "anyone" } else { &self.name }
    }
}

/// Whether a text may be a word of a subject and a name in the server's configuration.
pub(crate) fn is_name(text: &str) -> bool {
    (1..=NAME_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

fn is_user_seed(seed: &str) -> bool {
    seed.starts_with("SU") && nkeys::KeyPair::from_seed(seed).is_ok()
}

/// Whether a text is the public half of a user's key.
pub(crate) fn is_public_key(text: &str) -> bool {
    text.starts_with('U') && nkeys::KeyPair::from_public_key(text).is_ok()
}

/// A new key of a user: the seed, which is secret, and the public half, which the server's configuration names.
pub fn new_key() -> (String, String) {
    let key = nkeys::KeyPair::new_user();
    (key.seed().expect("a key made here holds its seed"), key.public_key())
}

/// The public half of the key that a seed holds.
pub fn public_key(seed: &str) -> Result<String, BusError> {
    let key = nkeys::KeyPair::from_seed(seed).ok().filter(|_| seed.starts_with("SU"));
    key.map(|key| key.public_key()).ok_or_else(|| BusError::BadSeed("this member".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_not_shown() {
        let (seed, public) = new_key();
        assert!(is_public_key(&public) && !is_public_key(&seed) && is_user_seed(&seed) && !is_user_seed(&public));
        let shown = format!("{:?}", Access { name: "ENT1".into(), seed: Some(seed.clone()), ca: None });
        assert!(shown.contains("ENT1") && !shown.contains(&seed), "{shown}");
    }

    #[test]
    fn a_name_is_one_word() {
        for name in ["ENT1", "control-7", "a_b"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "a.b", "*", ">", "a b", "é", &"x".repeat(65)] {
            assert!(!is_name(name), "{name}");
        }
        assert_eq!(Access { name: ">".into(), ..Access::default() }.check(), Err(BusError::BadName(">".into())));
        assert_eq!(Access { seed: Some("SUX".into()), ..Access::default() }.check(), Err(BusError::BadSeed("anyone".into())));
    }
}
