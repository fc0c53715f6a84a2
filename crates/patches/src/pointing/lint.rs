//! What is wrong with a domain's pointers: blocks that were lost, damaged or are without effect, profiles that are no more, servers that point at two. And
//! the plans that put lost blocks back.

use super::mentions::Mention;
use super::pointers::{self, By, Pointer};
use super::records::{self, Recorded};
use super::{PointPlan, condition, proof, texts};
use crate::definitions::{self, Contents, Variable};
use crate::disk;
use crate::domain::{self, Domain, Role};
use crate::effective::{self, Planned};
use crate::home::{Home, Product};
use crate::names::{Digest, ProfileName};
use crate::scripts::{Kind, SCRIPT_BYTES_MAX, Syntax};
use engine::failure::Failure;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Something wrong with what a domain's scripts say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub kind: FindingKind,
    pub script: PathBuf,
    /// From 1; 0 where it is about no line.
    pub line: usize,
    /// One sentence.
    pub message: String,
    /// Whether `repair` puts it right.
    pub can_be_repaired: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// It was pointed, and its script does not say so any more.
    BlockLost,
    /// Somebody wrote inside the marks, or took one of them.
    BlockDamaged,
    /// It stands there and servers do not get what it says.
    NoEffect,
    /// It was right when it was written; the profile has come to hold more, or less.
    BlockOutdated,
    /// A profile that is no more.
    ProfileGone,
    TwoProfiles,
    /// The domain's scripts start what lies in another home: nothing of this one is in effect there.
    OtherHome,
    DomainGone,
    /// A domain that was pointed, or a script by which its servers start, cannot be read: what they get is not known.
    NotRead,
    /// Something that could not be looked into, and by which no server is known to start.
    LeftOut,
}

impl FindingKind {
    /// Whether somebody must act.
    pub fn is_wrong(self) -> bool {
        self != FindingKind::LeftOut
    }
}

/// All that is wrong with a domain's pointers, recorded or not. `contents` says what a profile of a product holds.
pub fn lint(home: &Home, domain: &Domain, contents: impl Fn(&Product, &ProfileName) -> Contents) -> Result<Vec<Finding>, Failure> {
    if let Some(other) = other_home(home, domain) {
        return Ok(vec![other]);
    }
    let mut findings = Vec::new();
    let texts = texts::of_domain(home, domain)?;
    for (path, text) in &texts.found {
        match pointers::in_script(path, text) {
            Ok(found) => found.iter().for_each(|pointer| findings.extend(of_pointer(home, pointer))),
            Err(refusal) => findings.push(finding(FindingKind::BlockDamaged, path, refusal.line(), refusal.to_string())),
        }
    }
    pointers::in_configuration(domain).iter().for_each(|pointer| findings.extend(of_pointer(home, pointer)));
    for unread in &texts.unread {
        let kind = if unread.counts { FindingKind::NotRead } else { FindingKind::LeftOut };
        findings.push(finding(kind, &unread.script, 0, unread.failure.message.clone()));
    }
    if texts.unread.iter().any(|unread| unread.counts) {
        return Ok(findings);
    }
    findings.extend(two_profiles(home, domain)?);
    for recorded in records::of_domain(home, &domain.root)? {
        findings.extend(lost(home, domain, &recorded)?);
    }
    if !findings.iter().any(|finding| finding.kind.is_wrong()) {
        findings.extend(without_effect(home, domain)?);
        findings.extend(outdated(home, domain, contents)?);
    }
    Ok(findings)
}

/// A domain that a moved or copied home still knows, and that runs from where the home was.
fn other_home(home: &Home, domain: &Domain) -> Option<Finding> {
    let script = domain.script(Role::SetDomainEnv, Syntax::Sh)?;
    let text = disk::read(&script.path, SCRIPT_BYTES_MAX).ok()?;
    let said = crate::scripts::sh::statements(&text).into_iter().find_map(|statement| match statement.kind {
        Kind::Assign { name, value, .. } if name == "WL_HOME" && value.starts_with('/') && !value.contains('$') => Some(value),
        _ => None,
    });
    let installation = PathBuf::from(said?);
    let is_ours = |path: &Path| path.starts_with(&home.root);
    if is_ours(&installation) || installation.canonicalize().is_ok_and(|resolved| is_ours(&resolved)) {
        return None;
    }
    let message = format!(
        "it runs from {}, which is not in this home {}: no profile of this home is in effect there",
        installation.display(),
        home.root.display()
    );
    Some(finding(FindingKind::OtherHome, &script.path, 0, message))
}

/// Recorded domains that are no longer where they were, or cannot be read; and a list of domains that cannot.
pub fn gone_domains(home: &Home) -> Result<Vec<Finding>, Failure> {
    let mut folders: Vec<PathBuf> = records::read(home)?.iter().map(|recorded| records::folder(home, recorded)).collect();
    folders.sort();
    folders.dedup();
    let of_domain = |folder: PathBuf| match Domain::open(&folder) {
        Ok(_) => None,
        Err(_) if domain::is_gone(&folder) => {
            let message = "the domain was pointed and is not there: `packwright patch unpoint` with its path forgets it";
            Some(finding(FindingKind::DomainGone, &folder, 0, message.into()))
        }
        Err(failure) => Some(finding(FindingKind::NotRead, &folder, 0, failure.message)),
    };
    let mut findings: Vec<Finding> = folders.into_iter().filter_map(of_domain).collect();
    findings.extend(domain::unread_registry(home).map(|why| finding(FindingKind::LeftOut, &home.root, 0, why)));
    Ok(findings)
}

fn finding(kind: FindingKind, script: &Path, line: usize, message: String) -> Finding {
    Finding {
        kind,
        script: script.to_owned(),
        line,
        message,
        can_be_repaired: matches!(kind, FindingKind::BlockLost | FindingKind::BlockOutdated),
    }
}

fn of_pointer(home: &Home, pointer: &Pointer) -> Option<Finding> {
    if !exists(home, &pointer.mention) {
        let message = format!("it names profile {}, which is no more: these servers run without patches", pointer.mention.profile);
        return Some(finding(FindingKind::ProfileGone, &pointer.script, pointer.line, message));
    }
    let By::Block { intact: false, .. } = pointer.by else { return None };
    Some(finding(FindingKind::BlockDamaged, &pointer.script, pointer.line, "somebody wrote inside the block".into()))
}

/// Whether a profile lies in the home; an Event Server names no product, so any product's will do.
fn exists(home: &Home, mention: &Mention) -> bool {
    let products = home.products.iter().filter(|product| mention.product.is_empty() || product.label() == mention.product);
    products.into_iter().any(|product| is_there(home, product, &mention.profile))
}

pub(super) fn is_there(home: &Home, product: &Product, profile: &ProfileName) -> bool {
    definitions::place(product, profile, Variable::PatchClasspath).below(&home.root).is_file()
}

fn two_profiles(home: &Home, domain: &Domain) -> Result<Option<Finding>, Failure> {
    let (all, _) = pointers::of_domain(home, domain)?;
    for (at, one) in all.iter().enumerate() {
        let servers = pointers::reached(domain, one);
        let other = all[at + 1..].iter().find(|other| {
            !other.mention.is(&one.mention) && pointers::reached(domain, other).iter().any(|server| servers.contains(server))
        });
        if let Some(other) = other {
            let message = format!(
                "{} line {} names profile {}, and {} line {} names {} for the same servers",
                domain.shown(&one.script),
                one.line,
                one.mention.profile,
                domain.shown(&other.script),
                other.line,
                other.mention.profile
            );
            return Ok(Some(finding(FindingKind::TwoProfiles, &other.script, other.line, message)));
        }
    }
    Ok(None)
}

fn lost(home: &Home, domain: &Domain, recorded: &Recorded) -> Result<Vec<Finding>, Failure> {
    // Of a server that is no more nobody's block is missed.
    let servers = condition(domain, &recorded.target).ok();
    let wanted = Mention { product: recorded.product.clone(), profile: recorded.profile.clone() };
    let mut findings = Vec::new();
    for script in &recorded.scripts {
        let path = records::place(home, &domain.root, &script.path);
        let text = disk::read_if_there(&path, SCRIPT_BYTES_MAX)?.unwrap_or_default();
        if Digest::of(&text) == script.digest {
            continue;
        }
        // Damaged marks are told as such.
        let Ok(found) = pointers::in_script(&path, &text) else { continue };
        // Of a block that is for some of these servers the rest is told as outdated.
        let is_for_them = |pointer: &Pointer| {
            let some = |servers: &Vec<String>| servers.iter().any(|server| pointer.servers.contains(server));
            pointer.servers.is_empty() || servers.as_ref().is_none_or(some)
        };
        let names_it = |pointer: &Pointer| match pointer.by {
            By::Block { .. } => pointer.mention.is(&wanted) && is_for_them(pointer),
            By::Option { .. } => pointer.mention.is(&wanted),
            _ => false,
        };
        if !found.iter().any(names_it) {
            let message = format!("it no longer points {} at profile {}", recorded.target, recorded.profile);
            findings.push(finding(FindingKind::BlockLost, &path, 0, message));
        }
    }
    Ok(findings)
}

/// Blocks that no longer define what their profile's content needs: what came into it later would have no effect, or what only the default profile
/// holds would come in beside it.
fn outdated(home: &Home, domain: &Domain, contents: impl Fn(&Product, &ProfileName) -> Contents) -> Result<Vec<Finding>, Failure> {
    let mut findings = Vec::new();
    for recorded in &records::of_domain(home, &domain.root)? {
        let Ok(product) = home.product(Some(&recorded.product)) else { continue };
        // What cannot be planned any more is told by what stands in its way.
        let Ok(plan) = super::plan(home, product, domain, &recorded.profile, &recorded.target, &contents) else { continue };
        for edit in &plan.edits {
            let message = format!("it does not define what profile {} needs by what it holds now", recorded.profile);
            findings.push(finding(FindingKind::BlockOutdated, &edit.path, edit.lines.start, message));
        }
    }
    Ok(findings)
}

/// Blocks that stand there although the servers that they reach get something else.
fn without_effect(home: &Home, domain: &Domain) -> Result<Vec<Finding>, Failure> {
    let mut findings = Vec::new();
    for pointer in pointers::of_domain(home, domain)?.0.iter().filter(|pointer| matches!(pointer.by, By::Block { .. })) {
        if !proof::can_be_followed(std::iter::once(pointer.script.as_path())) {
            continue;
        }
        // One server stands for all that the block is for: they run the same scripts.
        let servers = pointers::reached(domain, pointer);
        let Some(name) = servers.iter().find(|name| domain.configuration.server(name).is_some()) else { continue };
        let server = Some(name.as_str()).filter(|name| *name != domain.configuration.admin_server);
        let Ok(found) = effective::planned(home, domain, server, &Planned::new()) else { continue };
        if proof::custom(&found).is_ok() && !proof::uses(&found, &pointer.mention) {
            let message = format!("the block is without effect: {name} would not use profile {}", pointer.mention.profile);
            findings.push(finding(FindingKind::NoEffect, &pointer.script, pointer.line, message));
        }
    }
    Ok(findings)
}

/// Puts the recorded blocks of a domain back, or only says how. Each is planned after the one before it was carried out: two may change one script.
pub fn repair(
    home: &Home,
    domain: &Domain,
    contents: impl Fn(&Product, &ProfileName) -> Contents,
    plan_only: bool,
) -> Result<Vec<PointPlan>, Failure> {
    let mut done = Vec::new();
    for recorded in &records::of_domain(home, &domain.root)? {
        let product = home.product(Some(&recorded.product))?;
        let plan = match super::plan(home, product, domain, &recorded.profile, &recorded.target, &contents) {
            Ok(plan) if plan.edits.is_empty() => continue,
            Ok(plan) => plan,
            Err(_) if lost(home, domain, recorded)?.is_empty() => continue,
            Err(failure) => return Err(failure),
        };
        if !plan_only {
            plan.carry_out(home)?;
        }
        done.push(plan);
    }
    Ok(done)
}
