//! Where an enterprise that runs in one process keeps its things, below its folder.

use std::path::{Path, PathBuf};

pub const ENTERPRISE_FILE: &str = "packwright.toml";
/// Passwords and keys of control, beside the enterprise file.
pub const SECRETS_FILE: &str = "packwright.secrets";
/// What a server that runs by itself is let in with.
pub const CREDENTIAL_FILE: &str = "packwright.credential";

/// The bus server's list of users, which its configuration includes.
pub const BUS_USERS_FILE: &str = "nats-users.conf";

/// The certificate of whoever vouches for the bus, beside a server's credential.
pub fn bus_ca(server: &str) -> String {
    format!("{server}.bus-ca.pem")
}

/// Held by whoever is control and all servers.
pub fn lock_file(root: &Path) -> PathBuf {
    root.join("owner.lock")
}

/// Shared by the commands that speak to the owner.
pub fn guests_file(root: &Path) -> PathBuf {
    root.join("guests.lock")
}

/// Where the API listens.
pub fn socket(root: &Path) -> PathBuf {
    root.join("api.sock")
}

pub fn content_store(root: &Path) -> PathBuf {
    root.join("store")
}

/// The folder of one server.
pub fn server_root(root: &Path, server: &str) -> PathBuf {
    root.join("servers").join(server)
}

/// The database that an enterprise file names; a folder is relative to the enterprise's.
pub fn database_url(root: &Path, url: &str) -> String {
    match url.strip_prefix("sqlite:") {
        Some(folder) => format!("sqlite:{}", root.join(folder).display()),
        None => url.to_string(),
    }
}
