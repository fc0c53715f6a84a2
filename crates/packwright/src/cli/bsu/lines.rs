//! The lines that scripts look for, as the vendor's tool prints them.

use crate::cli::screen;
use anyhow::Result;
use engine::failure::{self, Failure};
use patches::home::{Home, Product};
use patches::names::PatchId;
use patches::patch::PartKind;
use patches::profiles::Shown;
use serde::Serialize;
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

/// Labels stand in a column of this width.
const LABEL: usize = 19;

/// Where the lines of an installation go: the screen unless JSON is wanted, and a log if one was named.
pub struct Lines {
    json: bool,
    log: Option<File>,
}

impl Lines {
    pub fn new(json: bool) -> Lines {
        Lines { json, log: None }
    }

    pub fn log_to(&mut self, path: &Path) -> Result<(), Failure> {
        let opened = OpenOptions::new().create(true).append(true).open(path);
        self.log = Some(opened.map_err(|cause| match cause.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => {
                let message = format!("cannot write the log {}: there is no such folder", path.display());
                Failure::new(&failure::UNKNOWN_NAME, message).hint("name a file in a folder that is there: -log=…")
            }
            _ => patches::disk::failed("write the log", path)(cause).into(),
        })?);
        Ok(())
    }

    pub fn put(&mut self, line: &str) -> Result<()> {
        if let Some(log) = &mut self.log {
            writeln!(log, "{line}")?;
        }
        if !self.json {
            screen::put(&format!("{line}\n"));
        }
        Ok(())
    }

    pub fn verbose(&mut self, wanted: bool, line: &str) -> Result<()> {
        if wanted { self.put(line) } else { Ok(()) }
    }

    pub fn end<T: Serialize>(&mut self, report: &T) -> Result<()> {
        if self.json {
            screen::put(&(serde_json::to_string_pretty(report)? + "\n"));
        }
        Ok(())
    }

    pub fn failed(&mut self, failure: &Failure, install: bool) -> Result<()> {
        if failure.code == "patch-conflict" {
            if install {
                self.put("Conflict(s) detected - resolve conflict condition and execute patch installation again")?;
            }
            self.put("Conflict condition details follow:")?;
            for found in &failure.evidence {
                self.put(&found.message)?;
            }
            return self.put("Result: Failure");
        }
        self.put("Result: Failure")?;
        self.put("Failure condition follows:")?;
        self.put(&failure.message)
    }
}

fn label(page: &mut String, name: &str, value: &str) {
    let _ = writeln!(page, "{:<LABEL$}{value}", format!("{name}:"));
}

/// What is applied or downloaded, under the header that says where.
pub fn view(home: &Home, product: &Product, profile: &str, downloads: &Path, patches: &[(PatchId, Vec<String>)]) -> String {
    let mut page = header(home, product);
    label(&mut page, "Profile", profile);
    label(&mut page, "DownloadDir", &downloads.display().to_string());
    page.push_str("\n\n");
    for (id, bugs) in patches {
        let bugs = if bugs.is_empty() { String::new() } else { format!(" ({})", bugs.join(", ")) };
        label(&mut page, "Patch ID", &format!("{id}{bugs}"));
    }
    page
}

fn header(home: &Home, product: &Product) -> String {
    let mut page = String::new();
    let name = if product.name == "wls" { "WebLogic Server" } else { product.name.as_str() };
    label(&mut page, "ProductName", name);
    label(&mut page, "ProductVersion", &product.release);
    label(&mut page, "BEAHome", &home.root.display().to_string());
    if let Some(folder) = &product.home {
        label(&mut page, "ProductHome", &folder.below(&home.root).display().to_string());
    }
    label(&mut page, "PatchSystemDir", &home.root.join("utils/patch").display().to_string());
    label(&mut page, "PatchDir", &product.patch_folder.below(&home.root).display().to_string());
    page
}

/// Every patch with what it is made of.
pub fn report(home: &Home, found: &[(Product, Shown)]) -> String {
    let mut page = String::from("Patch Report\n============\n");
    for (product, shown) in found {
        page.push_str(&header(home, product));
        label(&mut page, "Profile", super::shown(&shown.profile));
        for patch in &shown.patches {
            page.push('\n');
            label(&mut page, "  Patch ID", patch.id.as_str());
            label(&mut page, "  CR(s)", &patch.bugs.join(", "));
            label(&mut page, "  Description", &patch.description);
            for part in &patch.parts {
                let (name, value) = match &part.kind {
                    PartKind::System => ("  Jar (SYSTEM)", part.member.to_string()),
                    PartKind::Extension => ("  Jar (EXTENSION)", part.member.to_string()),
                    PartKind::Native { .. } => ("  Native", part.member.to_string()),
                    PartKind::File { to } | PartKind::Module { to } => ("  Destination", to.clone()),
                    PartKind::Archive { name, .. } => ("  Archive", name.clone()),
                };
                label(&mut page, name, &value);
            }
        }
        page.push('\n');
    }
    page
}

/// The same for programs, with the elements `patchDesc` and `patchId` that they look for.
pub fn xml(found: &[(Product, Shown)]) -> String {
    let mut page = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<patchReport>\n");
    for (product, shown) in found {
        for patch in &shown.patches {
            let _ = writeln!(page, "  <patchDesc product=\"{}\" profile=\"{}\">", product.label(), super::shown(&shown.profile));
            let _ = writeln!(page, "    <patchId>{}</patchId>", patch.id);
            for bug in &patch.bugs {
                let _ = writeln!(page, "    <cr>{}</cr>", escaped(bug));
            }
            let _ = writeln!(page, "    <description>{}</description>\n  </patchDesc>", escaped(&patch.description));
        }
    }
    page + "</patchReport>\n"
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
