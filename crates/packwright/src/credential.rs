//! What a process must know to be let in: passwords and keys, which stand in no enterprise file, no argument and no log. They come from a file that
//! only its owner may read, or from the environment, which wins.

use crate::api::problem::Refused;
use crate::folders;
use anyhow::{Context, Result};
use engine::failure::{self, Failure};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

const DATABASE_PASSWORD: &str = "PACKWRIGHT_DATABASE_PASSWORD";
const BUS_SEED: &str = "PACKWRIGHT_BUS_SEED";

/// Control's own: `packwright.secrets` beside the enterprise file.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Secrets {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_password: Option<String>,
    /// Seed of the key by which the bus knows control.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bus_seed: Option<String>,
    /// Certificate of whoever vouches for the bus, a file relative to this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bus_ca: Option<PathBuf>,
}

/// A server's own, as `packwright enrol` writes it.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ServerCredential {
    pub server: String,
    pub bus: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bus_seed: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bus_ca: Option<PathBuf>,
    /// Where the central objects are; only on the primary and the deployment server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_password: Option<String>,
}

impl Secrets {
    /// As the file has them.
    pub fn of_file(root: &Path) -> Result<Secrets> {
        let path = root.join(folders::SECRETS_FILE);
        if path.exists() { read(&path) } else { Ok(Secrets::default()) }
    }

    /// Those of an enterprise; none where there is no file.
    pub fn read(root: &Path) -> Result<Secrets> {
        let mut secrets = Secrets::of_file(root)?;
        secrets.bus_ca = secrets.bus_ca.map(|ca| root.join(ca));
        secrets.database_password = from_environment(DATABASE_PASSWORD).or(secrets.database_password);
        secrets.bus_seed = from_environment(BUS_SEED).or(secrets.bus_seed);
        Ok(secrets)
    }
}

impl ServerCredential {
    pub fn read(path: &Path) -> Result<ServerCredential> {
        let mut credential: ServerCredential = read(path)?;
        credential.bus_ca = credential.bus_ca.map(|ca| path.parent().unwrap_or(Path::new("")).join(ca));
        credential.database_password = from_environment(DATABASE_PASSWORD).or(credential.database_password);
        credential.bus_seed = from_environment(BUS_SEED).or(credential.bus_seed);
        Ok(credential)
    }
}

fn from_environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn refused(message: String, hint: &str) -> anyhow::Error {
    Refused(Failure::new(&failure::CREDENTIAL_REFUSED, message).hint(hint).into()).into()
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(refused(
                format!("there is no credential in {}", path.display()),
                "let control write one with `packwright enrol`, and bring it here",
            ));
        }
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let mode = fs::metadata(path)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(refused(
            format!("{} holds secrets, and its mode {mode:o} lets others read it", path.display()),
            "chmod 600 it, and renew what it holds",
        ));
    }
    // The reader's own message would show the line, and with it the secret.
    toml_edit::de::from_str(&text).map_err(|error| {
        let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        refused(format!("{} cannot be read: line {line} is wrong", path.display()), "let control write it anew with `packwright enrol`")
    })
}

/// Writes what only its owner may read; the file appears whole or not at all.
pub fn write(path: &Path, value: &impl Serialize, head: &str) -> Result<()> {
    let text = format!("{head}{}", toml_edit::ser::to_string_pretty(value)?);
    let beside = path.with_extension("new");
    let _ = fs::remove_file(&beside);
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)
        .with_context(|| format!("cannot write {}", path.display()))?;
    file.write_all(text.as_bytes())?;
    fs::rename(&beside, path).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(error: &anyhow::Error) -> String {
        error
            .downcast_ref::<Refused>()
            .map(|Refused(problem)| format!("{} [{}]", problem.detail, problem.code))
            .unwrap_or_else(|| error.to_string())
    }

    #[test]
    fn secrets_that_others_may_read_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(folders::SECRETS_FILE);
        write(&path, &Secrets { database_password: Some("s3cret".into()), ..Secrets::default() }, "# head\n").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(Secrets::read(folder.path()).unwrap().database_password.as_deref(), Some("s3cret"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let refused = message(&Secrets::read(folder.path()).err().expect("others may read it"));
        assert!(refused.contains("mode 640") && refused.contains("credential-refused"), "{refused}");
    }

    #[test]
    fn a_damaged_file_is_told_by_its_line_and_never_by_its_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ENT1.credential");
        for wrong in ["server = \"ENT1\"\nbus_seed = s3cret\n", "server = \"ENT1\"\ns3cret = \"x\"\nbus = \"tls://b:4222\"\n"] {
            let _ = fs::remove_file(&path);
            fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).unwrap().write_all(wrong.as_bytes()).unwrap();
            let refused = message(&ServerCredential::read(&path).err().expect("it is wrong"));
            assert!(refused.contains("line 2") && !refused.contains("s3cret"), "{refused}");
        }
    }
}
