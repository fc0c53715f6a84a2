//! `package`: its life up to the build, and looks into it.

use super::{Session, progress, screen};
use crate::api::packages::{Assembly, BuildKind, BuildOrder, BuildReport, Definition, JobBegun};
use crate::client::{Client, segment};
use crate::control::packages::{Package as Header, PackageDifference, PackagedObject};
use anyhow::Result;
use clap::Subcommand;
use std::collections::BTreeMap;

#[derive(Subcommand)]
pub enum Package {
    /// Make a package
    Assemble {
        package: String,
        #[arg(long)]
        path_code: String,
        /// Of all objects of the path code
        #[arg(long, required = true)]
        full: bool,
        #[arg(long, default_value = "")]
        description: String,
    },
    /// Say where and how it is built
    Define {
        package: String,
        /// Enterprise servers; all where none is named, and always the primary
        #[arg(long, value_delimiter = ',')]
        servers: Vec<String>,
        /// Compress the libraries and bring them to the deployment server
        #[arg(long)]
        compress: bool,
    },
    /// Build it and follow the build
    Build {
        package: String,
        /// Go on where the last build stopped
        #[arg(long)]
        resume: bool,
        /// Do not wait for the end
        #[arg(long)]
        detach: bool,
    },
    /// Build it anew with the objects as they are checked in now
    Rebuild { package: String },
    /// All packages
    List,
    /// The objects it holds
    Contents { package: String },
    /// How the second package differs from the first
    Diff { package: String, other: String },
    /// All errors of its last build, of all servers
    Report { package: String },
}

impl Package {
    pub async fn run(self, session: &Session, client: &Client) -> Result<()> {
        match self {
            Package::Assemble { package, path_code, description, .. } => {
                let header: Header = client.post("/api/packages", &Assembly { package, path_code, description }).await?;
                session.print(&header, |header| format!("{} is {}: all objects of {}\n", header.name, header.state, header.path_code))
            }
            Package::Define { package, servers, compress } => {
                let header: Header =
                    client.put(&format!("/api/packages/{}/definition", segment(&package)), &Definition { servers, compress }).await?;
                session.print(&header, |header| {
                    let servers: Vec<&str> = header.servers.iter().map(|build| build.server.as_str()).collect();
                    format!("{}: build defined on {}\n", header.name, servers.join(", "))
                })
            }
            Package::Build { package, resume, detach } => {
                build(session, client, &package, if resume { BuildKind::Resume } else { BuildKind::First }, detach).await
            }
            Package::Rebuild { package } => build(session, client, &package, BuildKind::Rebuild, false).await,
            Package::List => {
                let packages: Vec<Header> = client.get("/api/packages").await?;
                session.print(&packages, |packages| {
                    let rows = packages.iter().map(|p| vec![p.name.clone(), p.path_code.clone(), p.kind.to_lowercase(), p.state.clone()]);
                    screen::table(&["PACKAGE", "PATH CODE", "KIND", "STATE"], &[], rows.collect())
                })
            }
            Package::Contents { package } => {
                let objects: Vec<PackagedObject> = client.get(&format!("/api/packages/{}/contents", segment(&package))).await?;
                session.print(&objects, |objects| contents_page(objects))
            }
            Package::Diff { package, other } => {
                let difference: PackageDifference =
                    client.get(&format!("/api/packages/{}/difference/{}", segment(&package), segment(&other))).await?;
                session.print(&difference, |difference| difference_page(difference, &package, &other))
            }
            Package::Report { package } => {
                let report: BuildReport = client.get(&format!("/api/packages/{}/report", segment(&package))).await?;
                session.print(&report, report_page)
            }
        }
    }
}

async fn build(session: &Session, client: &Client, package: &str, kind: BuildKind, detach: bool) -> Result<()> {
    let begun: JobBegun = client.post(&format!("/api/packages/{}/builds", segment(package)), &BuildOrder { kind }).await?;
    if detach {
        return session.print(&begun, |begun| {
            format!("job {} builds {package}; follow it with `packwright job {} --follow`\n", begun.job, begun.job)
        });
    }
    let view = progress::follow(session, client, begun.job).await?;
    if session.json { session.print(&view, |_| String::new()) } else { Ok(()) }
}

fn contents_page(objects: &[PackagedObject]) -> String {
    if objects.is_empty() {
        return "no objects yet: they are listed when the build begins\n".into();
    }
    let mut kinds: BTreeMap<&str, (usize, i64)> = BTreeMap::new();
    for object in objects {
        let entry = kinds.entry(&object.kind).or_default();
        entry.0 += 1;
        entry.1 += object.rows;
    }
    let rows = objects.iter().map(|o| vec![o.object.clone(), o.kind.clone(), o.rows.to_string(), o.par.chars().take(12).collect()]);
    let mut text = screen::table(&["OBJECT", "KIND", "SPEC ROWS", "PAR"], &[2], rows.collect());
    let sums: Vec<String> = kinds.iter().map(|(kind, (count, _))| format!("{count} {kind}")).collect();
    text.push_str(&format!(
        "\n{} objects: {}; {} spec rows\n",
        objects.len(),
        sums.join(", "),
        kinds.values().map(|(_, rows)| rows).sum::<i64>()
    ));
    text
}

fn difference_page(difference: &PackageDifference, old: &str, new: &str) -> String {
    let mut text = String::new();
    for (sign, objects) in [("+", &difference.added), ("-", &difference.removed), ("~", &difference.changed)] {
        objects.iter().for_each(|object| text.push_str(&format!("{sign} {:<10} {}\n", object.object, object.kind)));
    }
    text + &format!(
        "{old} → {new}: {} added, {} removed, {} changed, {} equal\n",
        difference.added.len(),
        difference.removed.len(),
        difference.changed.len(),
        difference.equal
    )
}

fn report_page(report: &BuildReport) -> String {
    if report.job == 0 {
        return format!("{} was never built\n", report.package);
    }
    let mut text = format!("{}\n", screen::head(&format!("build of {}, job {}: {}", report.package, report.job, report.state)));
    for run in &report.failures {
        text.push_str(&format!("\n{} on {}: {} [{}]\n", run.step, run.server, run.message, run.code));
        if !run.hint.is_empty() {
            text.push_str(&format!("hint: {}\n", run.hint));
        }
    }
    if !report.errors.is_empty() {
        let place = |file: &str, line: u32| if line > 0 { format!("{file}:{line}") } else { file.to_string() };
        let rows = report.errors.iter().map(|e| vec![e.object.clone(), e.server.clone(), place(&e.file, e.line), e.message.clone()]);
        text.push('\n');
        text.push_str(&screen::table(&["OBJECT", "SERVER", "PLACE", "MESSAGE"], &[], rows.collect()));
    } else if report.failures.is_empty() {
        text.push_str("no errors\n");
    }
    text
}
