//! Certificates for a world: an authority of its own, and one certificate for all its services. It does not know who uses them.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Name of the certificate by which the services are known.
pub const AUTHORITY: &str = "authority.pem";

pub struct Keys {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

impl Keys {
    /// Makes them in a folder, for services at these addresses. The authority's own certificate is `AUTHORITY`.
    pub fn make(folder: &Path, addresses: &[Ipv4Addr]) -> Keys {
        let path = |name: &str| folder.join(name);
        let keys = Keys { certificate: path("service.pem"), key: path("service.key") };
        let names: Vec<String> = addresses.iter().map(|address| format!("IP:{address}")).collect();
        let new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
        let authority = ["req", "-x509", "-subj", "/CN=Test authority", "-keyout", "authority.key", "-out", AUTHORITY];
        let vouched = ["-CA", AUTHORITY, "-CAkey", "authority.key", "-addext", "basicConstraints=CA:FALSE", "-addext"];
        let service = ["req", "-x509", "-subj", "/CN=Test services", "-keyout", "service.key", "-out", "service.pem"];
        openssl(folder, &[authority.as_slice(), &new_key].concat());
        openssl(folder, &[service.as_slice(), &new_key, &vouched, &[&format!("subjectAltName={}", names.join(","))]].concat());
        keys
    }
}

fn openssl(folder: &Path, arguments: &[&str]) {
    let output = Command::new("openssl").args(arguments).current_dir(folder).output();
    let output = output.unwrap_or_else(|error| panic!("cannot start openssl: {error}\nhint: apt-get install openssl"));
    assert!(output.status.success(), "openssl {arguments:?} failed:\n{}", String::from_utf8_lossy(&output.stderr));
}
