//! Shows that a plan does what it is for: that no server would point at two profiles, that the servers meant come to theirs, and that all others keep what
//! they have. It goes through scripts as they are planned and writes nothing.

use super::mentions::Mention;
use super::pointers::{self, By};
use super::{PointPlan, PointingRefusal, ScriptEdit};
use crate::definitions::Variable;
use crate::domain::Domain;
use crate::effective::{self, Effective, Place, Planned, Told};
use crate::home::Home;
use crate::scripts::Syntax;
use engine::failure::Failure;
use std::path::{Path, PathBuf};

/// Servers of a domain that are looked at; a cluster of thousands starts by the same scripts.
const SERVERS_MAX: usize = 100;

/// Refuses where a server that a script's new block is for is pointed at another profile by any script of the domain. Gives sentences about scripts that
/// were not looked at.
pub(super) fn no_second_profile(
    home: &Home,
    domain: &Domain,
    script: &Path,
    servers: &[String],
    own: &Mention,
) -> Result<Vec<String>, Failure> {
    let meant = pointers::reached_by(domain, script, servers);
    let mut places = Vec::new();
    let (found, unread) = pointers::of_whole_domain(home, domain)?;
    for pointer in found {
        // The block for the very same servers in the very same script makes way. One of another product does not: its patches would be lost.
        let is_its_place = pointer.script == script && matches!(pointer.by, By::Block { .. }) && same(&pointer.servers, servers);
        let makes_way = is_its_place && pointer.mention.product == own.product;
        let is_other = !pointer.mention.is(own) && !makes_way;
        if is_other && pointers::reached(domain, &pointer).iter().any(|server| meant.contains(server)) {
            let Mention { product, profile } = &pointer.mention;
            let named = if product.is_empty() { profile.to_string() } else { format!("{profile} of {product}") };
            places.push((domain.shown(&pointer.script), pointer.line, named));
        }
    }
    if places.is_empty() { Ok(unread) } else { Err(PointingRefusal::TwoProfiles { places }.into()) }
}

pub(super) fn same(one: &[String], other: &[String]) -> bool {
    one.len() == other.len() && one.iter().all(|server| other.contains(server))
}

/// Remarks where something cannot be shown.
pub(super) fn proven(home: &Home, domain: &Domain, plan: &PointPlan, meant: &[String]) -> Result<Vec<String>, Failure> {
    let own = plan.profile.as_ref().expect("a plan to point has a profile");
    let planned: Planned =
        plan.edits.iter().map(|edit| (edit.path.canonicalize().unwrap_or_else(|_| edit.path.clone()), edit.after.clone())).collect();
    if !can_be_followed(plan.scripts.iter().map(PathBuf::as_path)) {
        return Ok(vec!["these are scripts of another system: what servers get by them can be shown there only".into()]);
    }
    let mut remarks = Vec::new();
    let names: Vec<&str> = domain.configuration.servers.iter().map(|server| server.name.as_str()).collect();
    let names = if names.is_empty() { vec![domain.configuration.admin_server.as_str()] } else { names };
    let mut names = names;
    // Those that it is for come first.
    names.sort_by_key(|name| !meant.iter().any(|server| server == name));
    for name in names.into_iter().take(SERVERS_MAX) {
        let server = Some(name).filter(|name| *name != domain.configuration.admin_server);
        let now = match effective::planned(home, domain, server, &Planned::new()) {
            Ok(now) => now,
            Err(failure) => {
                add(&mut remarks, name, &failure.message);
                continue;
            }
        };
        let then = effective::planned(home, domain, server, &planned)?;
        let is_meant = meant.iter().any(|server| server == name) || meant.is_empty();
        match (is_meant, custom(&then)) {
            (_, Err(why)) => add(&mut remarks, name, &why),
            (true, Ok(found)) if uses(&then, own) => no_other(name, &found, own)?,
            (true, Ok(_)) => {
                let (why, place) = why_not(domain, &then, plan);
                return Err(PointingRefusal::NotReached { server: name.to_string(), why, place }.into());
            }
            (false, Ok(found)) => {
                if custom(&now).is_ok_and(|before| before != found) {
                    let told = |found: &[Mention]| found.first().map_or_else(|| "default".into(), |mention| mention.profile.to_string());
                    let from = told(&custom(&now).unwrap_or_default());
                    return Err(PointingRefusal::OthersReached { server: name.to_string(), from, to: told(&found) }.into());
                }
            }
        }
    }
    Ok(remarks)
}

/// The same reason for each of a hundred servers is one remark.
fn add(remarks: &mut Vec<String>, server: &str, why: &str) {
    if !remarks.iter().any(|remark| remark.ends_with(why)) {
        remarks.push(format!("what {server} gets cannot be shown: {why}"));
    }
}

fn no_other(server: &str, found: &[Mention], own: &Mention) -> Result<(), Failure> {
    match found.iter().find(|mention| !mention.is(own)) {
        Some(other) => Err(PointingRefusal::NotReached {
            server: server.to_string(),
            why: format!("profile {} would be in effect beside it", other.profile),
            place: None,
        }
        .into()),
        None => Ok(()),
    }
}

/// Scripts of another system name files that are not to be found on this one.
pub(super) fn can_be_followed<'a>(mut scripts: impl Iterator<Item = &'a Path>) -> bool {
    scripts.all(|script| cfg!(windows) == (Syntax::of(script) == Some(Syntax::Cmd)))
}

/// Whether a server would use a profile: every block defines the class path.
pub(super) fn uses(found: &Effective, profile: &Mention) -> bool {
    found.variable(Variable::PatchClasspath).read_at.is_some()
        && found.variable(Variable::PatchClasspath).profiles.iter().any(|mention| mention.is(profile))
}

/// Custom profiles that a server would use, or why that cannot be told.
pub(super) fn custom(found: &Effective) -> Result<Vec<Mention>, String> {
    for variable in [Variable::PatchClasspath, Variable::WeblogicExtensionDirs, Variable::PatchLibpath] {
        if let Told::CannotTell(why) = &found.variable(variable).value {
            return Err(format!("{}: {why}", variable.name()));
        }
    }
    Ok(found.profiles.iter().filter(|mention| !mention.profile.is_default()).cloned().collect())
}

/// With the line that decides, as the script has it now.
fn why_not(domain: &Domain, found: &Effective, plan: &PointPlan) -> (String, Option<(String, usize)>) {
    let variable = found.variable(Variable::PatchClasspath);
    let decides = variable.defined_at.as_ref().filter(|_| variable.read_at.is_some());
    if let Some(Place { script, line }) = decides {
        let edit = plan.edits.iter().find(|edit| edit.path == *script || edit.path.canonicalize().is_ok_and(|path| path == *script));
        if let Some(line) = edit.map_or(Some(*line), |edit| former_line(edit, *line)) {
            let shown = domain.shown(script);
            return (format!("{shown} line {line} says what counts"), Some((shown, line)));
        }
    }
    let why = found.remarks.first().cloned().unwrap_or_else(|| match &variable.read_at {
        Some(read) => format!("the block does not define PATCH_CLASSPATH for it before {} reads that", domain.shown(&read.script)),
        None => "no script that is run reads PATCH_CLASSPATH".into(),
    });
    (why, None)
}

/// Where a line of a planned script stands now; nowhere where it is one of the block.
fn former_line(edit: &ScriptEdit, line: usize) -> Option<usize> {
    let lines = |text: &[u8]| text.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>();
    let (before, after) = (lines(&edit.former), lines(&edit.after));
    if edit.lines.contains(&line) {
        return None;
    }
    let former = if line < edit.lines.start { line } else { (line + before.len()).checked_sub(after.len())? };
    // Other blocks may have gone on either side.
    let said = after.get(line.checked_sub(1)?)?;
    (before.get(former.checked_sub(1)?)? == said).then_some(former)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::Digest;

    #[test]
    fn a_line_is_told_as_the_script_has_it_now() {
        let edit = ScriptEdit {
            path: PathBuf::from("x.sh"),
            before: Digest::of(b""),
            former: b"a\nb\nc\n".to_vec(),
            after: b"a\n1\n2\nb\nc\n".to_vec(),
            lines: 2..4,
            diff: String::new(),
        };
        let told = [1, 2, 3, 4, 5, 99].map(|line| former_line(&edit, line));
        assert_eq!(told, [Some(1), None, None, Some(2), Some(3), None]);
    }
}
