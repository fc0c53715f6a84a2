//! A server looks at itself: can it compile, write, and reach what it must.

use crate::examination::Finding;
use bus::Bus;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use store::CentralObjects;

const DISK_LOW_BYTES: u64 = 5_000_000_000;
const DISK_FULL_BYTES: u64 = 500_000_000;
/// Uses the SDK's first header, the C library and the linker.
const SOURCE: &str = "#include <jde.h>\n#include <string.h>\nint packwright_doctor(const char *text) { return (int) strlen(text); }\n";

/// What a server has that can be looked at.
pub struct Place<'a> {
    pub server: &'a str,
    pub root: &'a Path,
    pub sdk_include: &'a Path,
}

pub fn folder(own: &Place<'_>) -> Finding {
    let file = own.root.join(format!(".doctor.{}", std::process::id()));
    let written = fs::create_dir_all(own.root).and_then(|()| fs::write(&file, b"written to be read")).and_then(|()| fs::read(&file));
    let _ = fs::remove_file(&file);
    match written {
        Ok(_) => Finding::good(own.server, "folder", format!("{} can be written", own.root.display())),
        Err(error) => Finding::bad(
            own.server,
            "folder",
            format!("{} cannot be written: {error}", own.root.display()),
            "give the user that runs packwright the right to write there",
        ),
    }
}

pub fn disk(own: &Place<'_>) -> Finding {
    let Ok(disk) = rustix::fs::statvfs(own.root) else {
        return Finding::doubtful(own.server, "disk", "its free space cannot be told", "see that the server's folder is there");
    };
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let found = format!("{:.1} GB free", free as f64 / 1e9);
    let cure = "free some space, or move the server's folder to a larger disk";
    if free < DISK_FULL_BYTES {
        Finding::bad(own.server, "disk", found, cure)
    } else if free < DISK_LOW_BYTES {
        Finding::doubtful(own.server, "disk", found, cure)
    } else {
        Finding::good(own.server, "disk", found)
    }
}

/// Takes as long as one compile.
pub fn compiler(own: &Place<'_>, toolchain: &str, bits: u16) -> Finding {
    let Ok(work) = tempfile::tempdir_in(own.root) else {
        return Finding::bad(own.server, "compiler", "there is no folder to try it in", "see the line about the folder");
    };
    let source = work.path().join("doctor.c");
    if fs::write(&source, SOURCE).is_err() {
        return Finding::bad(own.server, "compiler", "there is no room to try it", "see the lines about folder and disk");
    }
    let mut command = Command::new(toolchain);
    command
        .args([if bits == 32 { "-m32" } else { "-m64" }, "-std=gnu17", "-shared", "-fPIC", "doctor.c", "-o", "doctor.so", "-I"])
        .arg(own.sdk_include);
    let tried = command.current_dir(work.path()).env("LC_ALL", "C").stdin(Stdio::null()).output();
    match tried {
        Ok(output) if output.status.success() => {
            let version = Command::new(toolchain).arg("-dumpfullversion").stdin(Stdio::null()).output();
            let version = version.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_string()).unwrap_or_default();
            Finding::good(own.server, "compiler", format!("{toolchain} {version} compiles the SDK's headers and links for {bits} bits"))
        }
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stderr);
            let line = text.lines().find(|line| line.contains("error")).or_else(|| text.lines().next()).unwrap_or("no message");
            let line: String = line.chars().take(200).collect();
            let cure = if bits == 32 {
                "install the compiler's 32-bit libraries (gcc-multilib)"
            } else {
                "install the compiler with the C library's headers (gcc, libc6-dev)"
            };
            Finding::bad(own.server, "compiler", format!("{toolchain} does not work: {line}"), cure)
        }
        Err(error) => Finding::bad(
            own.server,
            "compiler",
            format!("{toolchain} cannot be started: {error}"),
            "install it, or name another as the machine's toolchain and apply the enterprise file",
        ),
    }
}

/// Bus and central objects, as far as the server needs them.
pub async fn abroad(server: &str, bus: &Bus, central: Option<&CentralObjects>, path_codes: &[String]) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(goods) = bus.goods() {
        let text = format!("{server} was here").into_bytes();
        let hash = blake3::hash(&text).to_hex().to_string();
        let carried = async {
            goods.put_bytes(&hash, text).await?;
            goods.get_bytes(&hash).await
        };
        findings.push(match carried.await {
            Ok(_) => Finding::good(server, "goods", "can be put and fetched"),
            Err(error) => {
                let failure = crate::bus_failed::bus_failed(&error);
                Finding::bad(server, "goods", failure.message, &failure.hint)
            }
        });
    }
    for path_code in central.iter().flat_map(|_| path_codes) {
        let central = central.expect("iterated over above");
        let looked = async { central.path_code(path_code).await?.query("SELECT COUNT(*) FROM F98780R", &[]).await };
        findings.push(match looked.await {
            Ok(_) => Finding::good(server, "central objects", format!("{path_code} can be read")),
            Err(error) => {
                let failure = super::tables::failed(error);
                Finding::bad(
                    server,
                    "central objects",
                    failure.message,
                    "renew its credential with `packwright enrol`, which grants what it needs",
                )
            }
        });
    }
    findings
}
