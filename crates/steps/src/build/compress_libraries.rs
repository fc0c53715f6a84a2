//! Compresses the server's libraries into one archive, with `compress.inf` naming what is in it, for machines that fetch a package instead of
//! building it.
//!
//! Serves: F40

use crate::paths::Paths;
use engine::failure::{self, Failure};
use engine::outcome::Outcome;
use engine::plan::Facts;
use engine::release::Releases;
use engine::step::{Context, Step};
use std::io::Write;

pub static STEP: Step = Step {
    name: "compress_libraries",
    title: "Compress libraries",
    releases: Releases::ALL,
    timeout_seconds: 3_600,
    skip: not_selected,
    run,
};

/// Above this level zstd costs time and saves little on libraries (measured: build-limits § 4).
const LEVEL: i32 = 3;
pub const ARCHIVE: &str = "libraries.tar.zst";
pub const LISTING: &str = "compress.inf";

pub fn not_selected(facts: &Facts) -> Option<&'static str> {
    (!facts.compress_server).then_some("compression of server libraries is not selected")
}

fn run(context: &mut Context<'_>) -> Result<Outcome, Failure> {
    let (host, paths) = (context.host, Paths(context.order));
    let failed = |error: std::io::Error| Failure::new(&failure::HOST_FAILED, format!("cannot compress the libraries: {error}"));
    let mut archive = tar::Builder::new(zstd::Encoder::new(Vec::new(), LEVEL).map_err(failed)?);
    let mut listing = format!("[{}]\n", context.order.server.platform);
    for entry in host.list(&paths.libraries())? {
        let bytes = host.read(&paths.libraries().join(&entry.name))?;
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o755);
        header.set_cksum();
        archive.append_data(&mut header, &entry.name, bytes.as_slice()).map_err(failed)?;
        listing.push_str(&format!("{}={}\n", entry.name, blake3::hash(&bytes).to_hex()));
    }
    let mut encoder = archive.into_inner().map_err(failed)?;
    encoder.flush().map_err(failed)?;
    let bytes = encoder.finish().map_err(failed)?;
    host.create_folder(&paths.compressed())?;
    host.write(&paths.compressed().join(ARCHIVE), &bytes)?;
    host.write(&paths.compressed().join(LISTING), listing.as_bytes())?;
    Ok(Outcome::Done)
}
