//! What PostgreSQL keeps of a password (RFC 5802 with SHA-256, as RFC 7677 has it, in PostgreSQL's own notation). Made here, the password
//! itself never travels to the server, nor into its log.

use std::fs::File;
use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::error::{Attempted, StoreError};
use crate::name::RoleName;

/// As PostgreSQL itself does.
const ITERATIONS: u32 = 4096;

const SALT_BYTES: usize = 16;

/// Long enough that nobody guesses it; whoever enrols a server makes the password up.
const LENGTH_MIN: usize = 12;

const LENGTH_MAX: usize = 256;

/// The verifier of a password. Other characters than the visible ones of ASCII would have to be normalised first (RFC 4013).
pub(crate) fn of(role: &RoleName, password: &str) -> Result<String, StoreError> {
    let refused = |reason| StoreError::Password { role: role.as_str().to_string(), reason };
    if !(LENGTH_MIN..=LENGTH_MAX).contains(&password.len()) {
        return Err(refused("expected 12 to 256 characters"));
    }
    if !password.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(refused("expected visible characters of ASCII"));
    }
    let mut salt = [0; SALT_BYTES];
    let read = File::open("/dev/urandom").and_then(|mut random| random.read_exact(&mut salt));
    read.attempted(|| "read random bytes".to_string())?;
    Ok(with_salt(password, &salt, ITERATIONS))
}

fn with_salt(password: &str, salt: &[u8], iterations: u32) -> String {
    let salted = salted_password(password.as_bytes(), salt, iterations);
    let stored = Sha256::digest(keyed(&salted, &[b"Client Key"]));
    let server = keyed(&salted, &[b"Server Key"]);
    format!("SCRAM-SHA-256${iterations}:{}${}:{}", STANDARD.encode(salt), STANDARD.encode(stored), STANDARD.encode(server))
}

/// `Hi` of RFC 5802.
fn salted_password(password: &[u8], salt: &[u8], iterations: u32) -> [u8; 32] {
    let mut last = keyed(password, &[salt, &1_u32.to_be_bytes()]);
    let mut sum = last;
    for _ in 1..iterations {
        last = keyed(password, &[&last]);
        sum.iter_mut().zip(last).for_each(|(sum, byte)| *sum ^= byte);
    }
    sum
}

fn keyed(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    parts.iter().for_each(|part| hash.update(part));
    hash.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The salt and the count of the example of RFC 7677, section 3, whose messages follow from these keys.
    #[test]
    fn the_example_of_the_standard() {
        let salt = STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").expect("the salt is in base 64");
        let salted = salted_password(b"pencil", &salt, 4096);
        let exchange = "n=user,r=rOprNGfwEbeRWgbNEkqO,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,\
                        c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
        let signature = keyed(&keyed(&salted, &[b"Server Key"]), &[exchange.as_bytes()]);
        assert_eq!(STANDARD.encode(signature), "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
    }

    #[test]
    fn weak_and_unclear_passwords_are_refused_and_not_shown() {
        let role = RoleName::parse("packwright_ent1").expect("a name");
        for password in ["", "short", "with spaces in it", "ünlesbar-ünlesbar", &"x".repeat(257)] {
            let error = of(&role, password).expect_err(password).to_string();
            assert!(password.is_empty() || !error.contains(password), "{error}");
        }
        let verifier = of(&role, "a-good-password").expect("a verifier");
        assert!(verifier.starts_with("SCRAM-SHA-256$4096:") && !verifier.contains("good"), "{verifier}");
        assert_ne!(verifier, of(&role, "a-good-password").expect("another salt"));
    }
}
