//! A home on one screen: what its profiles hold, what was interrupted, and what is in effect in its domains. It joins what the other parts tell and
//! changes nothing.

use crate::change::container_path;
use crate::domain::{self, Domain};
use crate::home::{Home, Product};
use crate::journal::{self, Interrupted};
use crate::layout;
use crate::names::{PatchId, ProfileName, RelPath};
use crate::patch::{Part, PartKind, Patch};
use crate::pointing::lint::{self, Finding};
use crate::pointing::mentions::Mention;
use crate::pointing::suggest::{self, Candidate, Suggestion};
use crate::pointing::{self, PointPlan, pointers};
use crate::records::{Records, State};
use crate::running;
use crate::running::status::{self, AppliedArchive, ProfileNow, Status};
use engine::failure::Failure;
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A home and what is in effect.
#[derive(Clone, Debug, Serialize)]
pub struct Overview {
    pub home: PathBuf,
    /// A change that stopped half-way, or is under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interrupted: Option<Interrupted>,
    pub products: Vec<ProductOverview>,
    pub effect: Status,
    /// Domains that the home knows and that cannot be read, with the reason.
    pub unread: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct ProductOverview {
    /// `wls1036`
    pub product: String,
    pub release: String,
    pub generation: u32,
    /// The vendor's tool applied patches here, and they were not taken over.
    pub adoptable: bool,
    pub profiles: Vec<ProfileOverview>,
    /// Applied patches whose containers are not in the download folder any more: their files cannot be made anew.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub containers_gone: Vec<PatchId>,
}

#[derive(Clone, Debug, Serialize)]
pub struct ProfileOverview {
    pub profile: ProfileName,
    pub patches: Vec<PatchId>,
    /// When its servers last had reason to be started again, in milliseconds since 1970 UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed_at: Option<i64>,
}

/// Reads the records, the home's domains and the running processes.
pub fn overview(home: &Home) -> Result<Overview, Failure> {
    let records = Records::read(home)?;
    let (domains, unread) = domains(home)?;
    let folders: Vec<PathBuf> = domains.iter().map(|domain| domain.root.clone()).collect();
    let running = running::running(home, &folders)?;
    let pointed = |domain: &Domain| pointers::of_domain(home, domain);
    let effect = status::status(&domains, running, &archives(home, &records), pointed, |mention| now(home, &records, mention));
    let products = home.products.iter().map(|product| product_overview(home, product, &records)).collect::<Result<_, Failure>>()?;
    Ok(Overview { home: home.root.clone(), interrupted: journal::interrupted(home)?, products, effect, unread })
}

fn product_overview(home: &Home, product: &Product, records: &Records) -> Result<ProductOverview, Failure> {
    let state = records.state(product);
    let profiles = state.now().profiles.iter().map(|(profile, patches)| ProfileOverview {
        profile: profile.clone(),
        patches: patches.clone(),
        changed_at: state.changed_at.get(profile).copied(),
    });
    Ok(ProductOverview {
        product: product.label(),
        release: product.release.clone(),
        generation: state.current,
        adoptable: state.adopted.is_none() && state.current == 0 && crate::adopt::is_patched(home, product)?,
        profiles: profiles.collect(),
        containers_gone: containers_gone(state, &records.downloads(home)),
    })
}

fn containers_gone(state: &State, downloads: &Path) -> Vec<PatchId> {
    let applied: BTreeSet<&PatchId> = state.now().profiles.values().flatten().collect();
    let is_gone = |patch: &&Patch| patch.container.as_ref().is_some_and(|container| container_path(downloads, container).is_none());
    applied.into_iter().filter_map(|id| state.patches.get(id)).filter(is_gone).map(|patch| patch.id.clone()).collect()
}

fn now(home: &Home, records: &Records, mention: &Mention) -> Option<ProfileNow> {
    let is_meant = |product: &&Product| {
        mention.product.is_empty() || product.label() == mention.product || product.patch_folder.as_str() == mention.product
    };
    let held = |product: &Product| records.state(product).now().profiles.contains_key(&mention.profile);
    let product = home.products.iter().filter(is_meant).find(|product| held(product))?;
    let state = records.state(product);
    let ids = state.now().profiles.get(&mention.profile)?;
    let patches: Vec<_> = ids.iter().filter_map(|id| state.patches.get(id)).collect();
    let jars = [PartKind::System, PartKind::Extension].into_iter().flat_map(|kind| layout::jars(product, &patches, &kind));
    Some(ProfileNow { changed_at: state.changed_at.get(&mention.profile).copied(), jars: jars.map(|jar| jar.below(&home.root)).collect() })
}

fn archives(home: &Home, records: &Records) -> Vec<AppliedArchive> {
    let mut found = Vec::new();
    for product in &home.products {
        let state = records.state(product);
        for (profile, ids) in &state.now().profiles {
            for patch in ids.iter().filter_map(|id| state.patches.get(id)) {
                let archives = patch.parts.iter().filter_map(|part| match &part.kind {
                    PartKind::Archive { name, version, .. } => Some((name, version)),
                    _ => None,
                });
                found.extend(archives.map(|(name, version)| AppliedArchive {
                    patch: patch.id.clone(),
                    product: product.label(),
                    profile: profile.clone(),
                    library: name.clone(),
                    version: version.split('@').next().unwrap_or_default().to_string(),
                }));
            }
        }
    }
    found
}

/// The patch that brought a jar of a folder of shared jars.
pub fn patch_of(home: &Home, records: &Records, jar: &Path) -> Option<PatchId> {
    let inside = jar.strip_prefix(&home.root).ok()?.to_str()?;
    let inside = RelPath::new(inside).ok()?;
    let product = home.products.iter().find(|product| inside.as_str().starts_with(&format!("{}/", product.jar_folder())))?;
    let is_it = |part: &Part| matches!(part.kind, PartKind::System | PartKind::Extension) && part.member.file_name() == inside.file_name();
    records.state(product).patches.values().find(|patch| patch.parts.iter().any(is_it)).map(|patch| patch.id.clone())
}

/// Every domain that the home knows of or that was pointed, and why others of them cannot be read.
fn domains(home: &Home) -> Result<(Vec<Domain>, Vec<String>), Failure> {
    let mut folders: Vec<PathBuf> = domain::domains_of(home)?.into_iter().filter(|known| known.is_there).map(|known| known.path).collect();
    let recorded = pointing::records::read(home)?;
    folders.extend(recorded.iter().map(|recorded| pointing::records::folder(home, recorded)).filter(|folder| folder.is_dir()));
    folders.iter_mut().for_each(|folder| *folder = folder.canonicalize().unwrap_or_else(|_| folder.clone()));
    folders.sort();
    folders.dedup();
    let (mut found, mut unread) = (Vec::new(), Vec::from_iter(domain::unread_registry(home)));
    for folder in folders {
        match Domain::open(&folder) {
            Ok(domain) => found.push(domain),
            Err(failure) => unread.push(failure.message),
        }
    }
    Ok((found, unread))
}

/// All that is wrong with start scripts of the home's domains.
pub fn script_findings(home: &Home) -> Result<Vec<Finding>, Failure> {
    let records = Records::read(home)?;
    let mut findings = lint::gone_domains(home)?;
    for domain in domains(home)?.0 {
        findings.extend(lint::lint(home, &domain, |product: &_, profile: &_| records.contents(product, profile))?);
    }
    Ok(findings)
}

/// Puts lost blocks back.
pub fn repair_scripts(home: &Home, plan_only: bool) -> Result<Vec<PointPlan>, Failure> {
    let records = Records::read(home)?;
    let mut done = Vec::new();
    for domain in domains(home)?.0 {
        done.extend(lint::repair(home, &domain, |product: &_, profile: &_| records.contents(product, profile), plan_only)?);
    }
    Ok(done)
}

/// Profiles that would do for a domain, best first.
pub fn suggest(home: &Home, domain: &Domain) -> Result<Vec<Suggestion>, Failure> {
    let records = Records::read(home)?;
    let mut candidates = Vec::new();
    for product in &home.products {
        let held = &records.state(product).now().profiles;
        let label = product.label();
        candidates.extend(held.iter().map(|(profile, ids)| Candidate {
            product: label.clone(),
            profile: profile.clone(),
            patches: ids.len(),
        }));
    }
    suggest::suggest(home, domain, &candidates)
}
