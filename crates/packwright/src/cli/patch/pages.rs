//! What a person sees of a home: pages as text, from values that others made.

use crate::cli::screen;
use patches::downloads::Listed;
use patches::effective::{Effective, Told};
use patches::manifest::State;
use patches::names::{PatchId, ProfileName};
use patches::overview::Overview;
use patches::patch::{PartKind, Patch};
use patches::running::status::{AppliedArchive, DomainStatus};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Patches of a profile that the status names.
const PATCHES_SHOWN: usize = 10;

pub fn status(overview: &Overview) -> String {
    let mut page = format!("middleware home {}\n", overview.home.display());
    if let Some(interrupted) = &overview.interrupted {
        let state = if interrupted.busy { "UNDER WAY" } else { "INTERRUPTED" };
        let _ = writeln!(
            page,
            "{state}: {}, by {} (process {}) since {}, {} of {} files moved",
            interrupted.what,
            interrupted.user,
            interrupted.pid,
            screen::time(interrupted.since),
            interrupted.moved,
            interrupted.of
        );
        if !interrupted.busy {
            page.push_str("  packwright patch recover finishes it, recover --undo takes it back\n");
        }
    }
    let mut rows = Vec::new();
    for product in &overview.products {
        for profile in &product.profiles {
            let ids: Vec<&str> = profile.patches.iter().map(PatchId::as_str).collect();
            let changed = profile.changed_at.map(screen::time).unwrap_or_default();
            let more = ids.len().saturating_sub(PATCHES_SHOWN);
            let mut shown = ids[..ids.len() - more].join(" ");
            if more > 0 {
                let _ = write!(shown, " and {more} more");
            }
            rows.push(vec![product.product.clone(), profile.profile.to_string(), ids.len().to_string(), changed, shown]);
        }
    }
    page.push('\n');
    page.push_str(&screen::table(&["PRODUCT", "PROFILE", "PATCHES", "CHANGED", ""], &[2], rows));
    for product in overview.products.iter().filter(|product| product.adoptable) {
        let _ = writeln!(page, "{} was patched by the vendor's tool: packwright patch adopt --plan shows what is there", product.product);
    }
    for product in overview.products.iter().filter(|product| !product.containers_gone.is_empty()) {
        let ids: Vec<&str> = product.containers_gone.iter().map(PatchId::as_str).collect();
        let _ = writeln!(
            page,
            "{}: not in the download folder any more, so that their files could not be made anew: {}; import them again",
            product.product,
            ids.join(" ")
        );
    }
    let is_told = |archive: &AppliedArchive| {
        overview.effect.domains.iter().flat_map(|domain| &domain.idle_archives).any(|idle| idle.archive == *archive)
    };
    for archive in overview.effect.unused_archives.iter().filter(|archive| !is_told(archive)) {
        let _ = writeln!(
            page,
            "archive {} of patch {} in profile {} of {} has no effect: no domain uses it",
            archive.library, archive.patch, archive.profile, archive.product
        );
    }
    for domain in &overview.effect.domains {
        page.push_str(&domain_page(domain));
    }
    for unread in &overview.unread {
        let _ = writeln!(page, "\nnot read: {unread}");
    }
    for jvm in &overview.effect.elsewhere {
        let _ = writeln!(page, "\nprocess {} runs out of this home, of no domain that it knows: {}", jvm.pid, jvm.because);
    }
    if overview.effect.unreadable_processes > 0 {
        let _ = writeln!(page, "\nJava processes of other users that could not be looked into: {}", overview.effect.unreadable_processes);
    }
    page
}

fn domain_page(domain: &DomainStatus) -> String {
    let mut page = format!("\n{}  {}\n", screen::head(&format!("domain {}", domain.name)), domain.domain.display());
    let names: Vec<String> = domain.profiles.iter().map(|mention| mention.profile.to_string()).collect();
    let said = match &domain.profiles_unknown {
        Some(why) => format!("not known: {why}"),
        None if names.is_empty() => "default".to_string(),
        None => names.join(", "),
    };
    let _ = writeln!(page, "  profile   {said}");
    for gone in &domain.gone_profiles {
        let _ = writeln!(
            page,
            "  NO MORE   profile {} is named by its scripts and is no more: servers that they start run without any patch",
            gone.profile
        );
    }
    for server in &domain.servers {
        let name = if server.server.is_empty() { "a server" } else { server.server.as_str() };
        let with = server.started_with.as_ref().map(|mention| format!(" with {}", mention.profile)).unwrap_or_default();
        let _ = writeln!(page, "  running   {name}, process {}, since {}{with}", server.pid, screen::time(server.started_at));
        for reason in &server.restart {
            let _ = writeln!(page, "            restart it: {reason}");
        }
    }
    for idle in &domain.idle_archives {
        let _ = writeln!(page, "  archive   {} of patch {} has no effect: {}", idle.archive.library, idle.archive.patch, idle.why);
    }
    for unread in &domain.unread {
        let _ = writeln!(page, "  not read  {unread}");
    }
    page
}

pub fn downloads(listed: &[Listed]) -> String {
    let rows = listed.iter().map(|one| {
        let (release, bugs, text) = match (&one.patch, &one.refused) {
            (Some(patch), _) => (format!("{} {}", patch.product, patch.release), patch.bugs.join(" "), patch.description.clone()),
            (None, refused) => {
                (String::new(), String::new(), refused.as_ref().map_or(String::new(), |failure| format!("refused: {}", failure.message)))
            }
        };
        vec![one.file.clone(), screen::bytes(one.bytes), release, bugs, text]
    });
    screen::table(&["CONTAINER", "SIZE", "FOR", "BUGS", "DESCRIPTION"], &[1], rows.collect())
}

pub fn known(known: &BTreeMap<PatchId, Patch>) -> String {
    let rows = known.values().map(|patch| {
        let state = match (&patch.withdrawn, &patch.container) {
            (Some(_), _) => "withdrawn",
            (None, Some(_)) => "downloaded",
            (None, None) => "in the catalogue",
        };
        vec![
            patch.id.to_string(),
            patch.product.clone(),
            patch.release.clone(),
            state.into(),
            patch.bugs.join(" "),
            patch.description.clone(),
        ]
    });
    screen::table(&["PATCH", "PRODUCT", "RELEASE", "STATE", "BUGS", "DESCRIPTION"], &[], rows.collect())
}

pub fn patch(patch: &Patch, profiles: &[&ProfileName]) -> String {
    let mut page = format!("{}  {}\n", screen::head(patch.id.as_str()), patch.description);
    let ids = |ids: &[PatchId]| ids.iter().map(PatchId::as_str).collect::<Vec<_>>().join(", ");
    let lines = [
        ("for", format!("{} {}", patch.product, patch.release)),
        ("bugs", patch.bugs.join(", ")),
        ("needs", ids(&patch.requires)),
        ("not beside", ids(&patch.excludes)),
        ("replaces", ids(&patch.replaces)),
        ("comes after", ids(&patch.after)),
        ("withdrawn", patch.withdrawn.clone().unwrap_or_default()),
        ("container", patch.container.as_ref().map_or("not downloaded".into(), |container| container.file.clone())),
        ("profiles", profiles.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ")),
    ];
    for (label, text) in lines.into_iter().filter(|(_, text)| !text.is_empty()) {
        let _ = writeln!(page, "  {label:<12} {text}");
    }
    for part in &patch.parts {
        let what = match &part.kind {
            PartKind::System => "system classpath".to_string(),
            PartKind::Extension => "extension classpath".into(),
            PartKind::Native { platform } if platform.is_empty() => "native library".into(),
            PartKind::Native { platform } => format!("native library for {platform}"),
            PartKind::File { to } => format!("installed file {to}"),
            PartKind::Module { to } => format!("module {to}"),
            PartKind::Archive { name, version, .. } => format!("shared archive {name} {version}"),
        };
        let _ = writeln!(page, "  {}  {what}, {}", part.member, screen::bytes(part.bytes));
    }
    page
}

pub fn effective(found: &Effective) -> String {
    let mut page = String::new();
    let names: Vec<String> = found.profiles.iter().map(|mention| format!("{} of {}", mention.profile, mention.product)).collect();
    let _ = writeln!(page, "profiles: {}", if names.is_empty() { "none".to_string() } else { names.join(", ") });
    page.push('\n');
    for variable in &found.variables {
        let value = match &variable.value {
            Told::Value(value) => value.clone(),
            Told::NotDefined => "not defined".into(),
            Told::CannotTell(why) => format!("cannot tell: {why}"),
        };
        let _ = writeln!(page, "{}  {value}", variable.variable.name());
        if let Some(place) = &variable.defined_at {
            let _ = writeln!(page, "    defined at {}:{}", place.script.display(), place.line);
        }
    }
    page.push_str("\nclass path:\n");
    for provided in &found.class_path {
        let patch = provided.patch.as_ref().map(|patch| format!("  patch {patch}")).unwrap_or_default();
        let state = match &provided.state {
            State::Missing => "  MISSING: the JVM leaves it out without a word".to_string(),
            State::Damaged(why) => format!("  DAMAGED: {why}"),
            _ => String::new(),
        };
        let _ = writeln!(page, "  {}{patch}{state}", provided.path.display());
    }
    if let Some(why) = &found.class_path_unknown {
        let _ = writeln!(page, "  the rest of the class path cannot be told: {why}");
    }
    for (title, folders) in [("library path", &found.library_path), ("extension folders", &found.extension_folders)] {
        if !folders.is_empty() {
            let _ = writeln!(page, "\n{title}:");
            for folder in folders {
                let _ = writeln!(page, "  {}", folder.display());
            }
        }
    }
    if !found.options.is_empty() {
        let _ = writeln!(page, "\noptions: {}", found.options.join(" "));
    }
    for remark in &found.remarks {
        let _ = writeln!(page, "note: {remark}");
    }
    page
}
