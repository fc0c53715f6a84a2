//! What a person may ask of the profiles of a product: apply, remove, go back, create, delete. Each is judged, planned, and carried out as one
//! transaction in which files and records move together. How files move is [`journal`]'s, and which patches go together is [`validation`]'s.

mod clashes;
mod knowing;
mod overriding;
mod report;

pub use report::Report;

use knowing::Knowing;

use crate::adopt;
use crate::disk;
use crate::generation::{Generation, Loose};
use crate::home::{Home, Product};
use crate::journal::{self, Change, Direction, Recovered};
use crate::layout::difference::{self, World, difference};
use crate::layout::lying::lies;
use crate::layout::{self, Layout};
use crate::lock::Lock;
use crate::names::{PatchId, ProfileName, RelPath};
use crate::patch::{Container, Patch};
use crate::profiles;
use crate::progress::{self, Told};
use crate::records::{self, Current, Records, State, ours};
use crate::validation::{self, Profiles, Verdict, Wish};
use engine::failure::{self, Failure};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// How something is to be done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Tells all, touches nothing.
    pub plan_only: bool,
    /// Takes patches that their maker took back.
    pub even_withdrawn: bool,
    /// Replaces files that somebody changed; a copy of each is kept below `packwright/changed`.
    pub overwrite_changed: bool,
}

/// What a new profile starts with, beside the patches that change installed files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    Empty,
    Clone(ProfileName),
}

pub fn apply(home: &Home, product: &Product, profile: &ProfileName, patches: &[PatchId], options: &Options) -> Result<Report, Failure> {
    let asked = Asked::Apply { profile: profile.clone(), patches: patches.to_vec() };
    change(home, product, &asked, options)
}

pub fn remove(home: &Home, product: &Product, profile: &ProfileName, patches: &[PatchId], options: &Options) -> Result<Report, Failure> {
    let asked = Asked::Remove { profile: profile.clone(), patches: patches.to_vec() };
    change(home, product, &asked, options)
}

/// Goes back to what a generation says: the whole product by moving the pointer, one profile by a new generation. Without a number the whole product
/// goes to the generation that the current one was made from, and a profile to the last one before it that had something else in the profile; further
/// back each time.
pub fn rollback(
    home: &Home,
    product: &Product,
    profile: Option<&ProfileName>,
    to: Option<u32>,
    options: &Options,
) -> Result<Report, Failure> {
    change(home, product, &Asked::Restore { profile: profile.cloned(), to }, options)
}

pub fn create(
    home: &Home,
    product: &Product,
    name: &ProfileName,
    start: &Start,
    patches: &[PatchId],
    options: &Options,
) -> Result<Report, Failure> {
    let asked = Asked::Create { name: name.clone(), start: start.clone(), patches: patches.to_vec() };
    change(home, product, &asked, options)
}

/// Its patches stay in the download folder and in other profiles.
pub fn delete(home: &Home, product: &Product, name: &ProfileName, options: &Options) -> Result<Report, Failure> {
    change(home, product, &Asked::Delete { name: name.clone() }, options)
}

/// A wish before anything is read.
#[derive(Clone)]
enum Asked {
    Apply { profile: ProfileName, patches: Vec<PatchId> },
    Remove { profile: ProfileName, patches: Vec<PatchId> },
    Restore { profile: Option<ProfileName>, to: Option<u32> },
    Create { name: ProfileName, start: Start, patches: Vec<PatchId> },
    Delete { name: ProfileName },
}

impl Asked {
    /// As the records and the audit log tell it.
    fn words(&self, product: &Product) -> String {
        let of = product.label();
        let list = |patches: &[PatchId]| patches.iter().map(PatchId::as_str).collect::<Vec<_>>().join(", ");
        match self {
            Asked::Apply { profile, patches } => format!("apply {} to {profile} of {of}", list(patches)),
            Asked::Remove { profile, patches } => format!("remove {} from {profile} of {of}", list(patches)),
            Asked::Restore { profile, to } => {
                let what = profile.as_ref().map_or_else(|| "all profiles".to_string(), ProfileName::to_string);
                let to = to.map_or_else(|| "the generation before".to_string(), |number| format!("generation {number}"));
                format!("roll back {what} of {of} to {to}")
            }
            Asked::Create { name, start: Start::Empty, .. } => format!("create the profile {name} of {of}"),
            Asked::Create { name, start: Start::Clone(from), .. } => format!("create the profile {name} of {of} from {from}"),
            Asked::Delete { name } => format!("delete the profile {name} of {of}"),
        }
    }

    /// Patches that are to come in.
    fn patches(&self) -> &[PatchId] {
        match self {
            Asked::Apply { patches, .. } | Asked::Create { patches, .. } => patches,
            Asked::Remove { .. } | Asked::Restore { .. } | Asked::Delete { .. } => &[],
        }
    }

    fn wish<'a>(&self, state: &'a State, even_withdrawn: bool) -> Result<Wish<'a>, Failure> {
        Ok(match self.clone() {
            Asked::Apply { profile, patches } => Wish::Apply { profile, patches, even_withdrawn },
            Asked::Remove { profile, patches } => Wish::Remove { profile, patches },
            Asked::Restore { profile, to } => Wish::Restore { generation: restored(state, profile.as_ref(), to)?, profile },
            Asked::Create { name, start, patches } => {
                let mut list = match &start {
                    Start::Empty => Vec::new(),
                    Start::Clone(from) if !state.now().profiles.contains_key(from) => {
                        return Err(profiles::unknown_profile(state.now(), from));
                    }
                    Start::Clone(from) => state.now().patches(from).to_vec(),
                };
                list.extend(patches);
                Wish::Create { name, patches: list, even_withdrawn }
            }
            Asked::Delete { name } => Wish::Delete { name },
        })
    }
}

/// The generation to go back to.
fn restored<'a>(state: &'a State, profile: Option<&ProfileName>, to: Option<u32>) -> Result<&'a Generation, Failure> {
    if to.is_some() {
        return profiles::generation(state, to);
    }
    let mut generation = state.now();
    while let Some(number) = state.before(generation, profile) {
        generation = state.generations.get(&number).ok_or_else(|| cleared(state, generation.number, number))?;
        let is_another =
            |profile| generation.profiles.get(profile).is_some_and(|patches| patches.as_slice() != state.now().patches(profile));
        if profile.is_none_or(is_another) {
            return Ok(generation);
        }
    }
    Err(Failure::new(&failure::UNKNOWN_NAME, format!("there is no generation before generation {} to go back to", state.current))
        .hint("packwright patch generations lists those there are; say --to with a number"))
}

/// What was before is not known any more, and the home as it was found is nothing that anybody should come to by mistake.
fn cleared(state: &State, number: u32, before: u32) -> Failure {
    let message = format!("what was before generation {number} is not known any more: generation {before} was cleared away");
    let found = if state.generations.contains_key(&0) { "; --to 0 is the home as it was found, without any patch" } else { "" };
    Failure::new(&failure::UNKNOWN_NAME, message)
        .hint(format!("packwright patch generations lists those there are; say --to with one of their numbers{found}"))
}

/// Jars of no patch stay in the class paths that have them, and come with a clone and with what is brought back.
fn loose(state: &State, asked: &Asked, profiles: &BTreeMap<ProfileName, Vec<PatchId>>) -> BTreeMap<ProfileName, Loose> {
    let mut loose = state.now().loose.clone();
    let source = match asked {
        Asked::Create { name, start: Start::Clone(from), .. } => Some((name, state.now().loose.get(from))),
        Asked::Restore { profile: Some(profile), to } => {
            Some((profile, restored(state, Some(profile), *to).ok().and_then(|former| former.loose.get(profile))))
        }
        _ => None,
    };
    if let Some((name, of_source)) = source {
        loose.remove(name);
        loose.extend(of_source.map(|of_source| (name.clone(), of_source.clone())));
    }
    loose.retain(|profile, _| profiles.contains_key(profile));
    loose
}

/// The profile that a wish brings back, and from where.
fn restored_from(state: &State, asked: &Asked) -> Option<(ProfileName, u32)> {
    let Asked::Restore { profile: Some(profile), to } = asked else { return None };
    Some((profile.clone(), restored(state, Some(profile), *to).ok()?.number))
}

fn change(home: &Home, product: &Product, asked: &Asked, options: &Options) -> Result<Report, Failure> {
    let what = asked.words(product);
    let locked = locked(home, &what, options.plan_only)?;
    let records = Records::read(home)?;
    let state = records.state(product);
    refuse_unadopted(home, product, state)?;
    let Knowing { known, remarks } = knowing::knowing(home, product, &records, asked.patches(), options.plan_only)?;
    let wish = asked.wish(state, options.even_withdrawn)?;
    let (verdict, overridden) = judge(home, product, &records, &known, &wish, options.plan_only)?;
    let mut report = Report::new(product, &what, state, verdict);
    report.warnings = overridden;
    report.remark(&remarks);
    report.recovered = locked.as_ref().and_then(|locked| locked.recovered.clone());
    if !report.verdict.is_clear() && !options.plan_only {
        return Err(report.verdict.into());
    }
    if report.verdict.is_nothing_to_do() || !report.verdict.is_clear() {
        return Ok(report);
    }
    let next = Next::new(state, &report.verdict, &known, asked, &what);
    refuse_opaque(home, product, state, &next)?;
    let (plan, mut changes) = planned(home, product, &records, &next, options)?;
    report.tell(home, product, &records, &next, &plan);
    // The pointer last: whoever reads meanwhile finds what was.
    changes.push(records::write_current(product, &next.current(state, &report.restart)));
    if let Some(refused) = plan.refused(options.overwrite_changed) {
        if !options.plan_only {
            return Err(refused);
        }
        report.refused = Some(refused);
    }
    match &locked {
        Some(locked) => {
            carry_out(&locked.lock, &what, changes)?;
            report.carried_out = true;
        }
        None if report.refused.is_none() => report.refused = journal::look(home, changes).err(),
        None => {}
    }
    Ok(report)
}

/// What is to be the case afterwards.
struct Next {
    generation: Generation,
    patches: BTreeMap<PatchId, Patch>,
    /// A former generation comes back as it is, and gets no new number.
    is_former: bool,
}

impl Next {
    fn new(state: &State, verdict: &Verdict, known: &BTreeMap<PatchId, Patch>, asked: &Asked, what: &str) -> Next {
        let mut profiles = state.now().profiles.clone();
        profiles.extend(verdict.profiles.clone());
        profiles.retain(|name, _| !verdict.deleted.contains(name));
        let mut patches = state.patches.clone();
        for id in profiles.values().flatten() {
            if let Some(patch) = known.get(id) {
                patches.insert(id.clone(), patch.clone());
            }
        }
        if let Asked::Restore { profile: None, to } = asked {
            let former = restored(state, None, *to).ok().filter(|former| former.profiles == profiles);
            if let Some(former) = former {
                return Next { generation: former.clone(), patches, is_former: true };
            }
        }
        let restored = restored_from(state, asked).into_iter().collect();
        let loose = loose(state, asked, &profiles);
        let generation = Generation {
            number: state.next_number(),
            at: now(),
            made_by: what.to_string(),
            profiles,
            from: Some(state.current),
            restored,
            loose,
        };
        Next { generation, patches, is_former: false }
    }

    /// The pointer as it is afterwards; what servers of some profiles get changes now.
    fn current(&self, state: &State, changing: &[ProfileName]) -> Current {
        let mut changed_at = state.changed_at.clone();
        let new = self.generation.profiles.keys().filter(|profile| !state.now().profiles.contains_key(profile));
        changed_at.extend(changing.iter().chain(new).map(|profile| (profile.clone(), now())));
        changed_at.retain(|profile, _| self.generation.profiles.contains_key(profile));
        Current { number: self.generation.number, changed_at }
    }
}

fn judge(
    home: &Home,
    product: &Product,
    records: &Records,
    known: &BTreeMap<PatchId, Patch>,
    wish: &Wish,
    plan_only: bool,
) -> Result<(Verdict, Vec<String>), Failure> {
    let profiles = Profiles { product, generation: records.state(product).now(), known };
    let plan = validation::plan(profiles, wish)?;
    let ground = clashes::Ground { home, product, records, known, platforms: records.platforms(), plan_only };
    let (clashes, overridden) = (ground.clashes(&plan)?, ground.overridden(&plan)?);
    Ok((plan.judge(&clashes), overridden))
}

/// Files and records, as one transaction.
fn planned(
    home: &Home,
    product: &Product,
    records: &Records,
    next: &Next,
    options: &Options,
) -> Result<(difference::Plan, Vec<Change>), Failure> {
    let old: Layout = layout::of_home(&home.products, records, None)?;
    let new = layout::of_home(&home.products, records, Some((product, &next.generation, &next.patches)))?;
    let downloads = records.downloads(home);
    let copies = copies_folder();
    let world = World {
        lies: &|path| lies(&home.root, path),
        container: &|container| container_path(&downloads, container),
        copies: options.overwrite_changed.then_some(&copies),
    };
    let plan = difference(&old, &new, &records.ledger, &world)?;
    let mut changes = plan.changes.clone();
    changes.extend(record_changes(product, records, next, &plan));
    Ok((plan, changes))
}

fn record_changes(product: &Product, records: &Records, next: &Next, plan: &difference::Plan) -> Vec<Change> {
    let state = records.state(product);
    let mut changes = Vec::new();
    let named: BTreeSet<&PatchId> = next.generation.profiles.values().flatten().collect();
    let new = named.into_iter().filter_map(|id| next.patches.get(id)).filter(|patch| state.patches.get(&patch.id) != Some(*patch));
    changes.extend(new.map(|patch| records::write_patch(product, patch)));
    if plan.ledger != records.ledger {
        changes.push(records::write_ledger(&plan.ledger));
    }
    if records.settings.platforms.is_empty() {
        let settings = records::Settings { platforms: records.platforms(), ..records.settings.clone() };
        changes.push(records::write_settings(&settings));
    }
    // Behind the patches that it names.
    if !next.is_former {
        changes.push(records::write_generation(product, &next.generation));
    }
    changes
}

/// A patch of the vendor's tool of which only jars are known goes only where no file was ever replaced.
fn refuse_opaque(home: &Home, product: &Product, state: &State, next: &Next) -> Result<(), Failure> {
    let Some(adopted) = &state.adopted else { return Ok(()) };
    let backup = product.patch_folder.join("backup/backup.jar").expect("plain names");
    let is_backup = backup.below(&home.root).exists();
    for (profile, ids) in state.now().profiles.iter() {
        // Where the profile itself goes, so does its folder, and nothing else.
        let Some(kept) = next.generation.profiles.get(profile) else { continue };
        let mut leaving = ids.iter().filter(|id| adopted.opaque.contains(id) && !kept.contains(id)).filter_map(|id| state.patches.get(id));
        if let Some(patch) = leaving.find(|patch| patch.container.is_none() && (is_backup || patch.parts.is_empty())) {
            let message = format!("{} was applied by the vendor's tool, and what it replaced is not known", patch.id);
            return Err(Failure::new(&failure::BAD_REQUEST, message).hint(format!(
                "undo what packwright has changed since (packwright patch rollback), remove it with the vendor's tool, which has the originals in {backup}, and say packwright patch adopt again"
            )));
        }
    }
    Ok(())
}

/// Says where containers are downloaded to; the home's usual folder, where none is named. Nothing is moved there.
pub fn use_downloads(home: &Home, folder: Option<&Path>) -> Result<(), Failure> {
    let what = "use another download folder";
    let folder = match folder {
        None => None,
        Some(folder) => {
            let whole = folder.canonicalize().map_err(disk::failed("find the download folder", folder))?;
            // Relative where it moves with the home.
            let inside = whole.strip_prefix(&home.root).unwrap_or(&whole);
            let Some(text) = inside.to_str() else {
                let message = format!("the download folder {} cannot be remembered: its path is no UTF-8", whole.display());
                return Err(Failure::new(&failure::BAD_REQUEST, message));
            };
            (whole != home.download_folder()).then(|| text.to_string())
        }
    };
    let Some(locked) = locked(home, what, false)? else { return Ok(()) };
    let settings = Records::read(home)?.settings;
    if settings.downloads == folder {
        return Ok(());
    }
    let settings = records::Settings { downloads: folder, ..settings };
    carry_out(&locked.lock, what, vec![records::write_settings(&settings)])
}

/// The right to change a home, and what had to be brought to an end first.
pub(crate) struct Locked {
    pub lock: Lock,
    pub recovered: Option<String>,
}

/// Takes the lock and brings an interrupted change to its end; where only a plan is asked for, nothing is touched.
pub(crate) fn locked(home: &Home, what: &str, plan_only: bool) -> Result<Option<Locked>, Failure> {
    if plan_only {
        return match journal::interrupted(home)? {
            // What another process is at is not what its plan would be judged by, but nothing is wrong.
            Some(under_way) if !under_way.busy => {
                let message = format!("a change of {} was interrupted: {}", home.root.display(), under_way.what);
                Err(Failure::new(&failure::HOME_INTERRUPTED, message).hint("packwright patch recover brings it to its end"))
            }
            _ => Ok(None),
        };
    }
    let lock = Lock::take(home, what)?;
    let recovered = match journal::recover(&lock, Direction::Either)? {
        Recovered::Nothing => None,
        Recovered::Finished { what, .. } => Some(format!("finished, as it was interrupted: {what}")),
        Recovered::Undone { what, .. } => Some(format!("undone, as it was interrupted: {what}")),
    };
    // Told here, because it was done whatever becomes of what was asked for.
    if let Some(what) = &recovered {
        progress::tell(Told::Recovered { what });
    }
    Ok(Some(Locked { lock, recovered }))
}

/// The lock of a home for a change that does not go through the journal, as that of a start script. What was interrupted is brought to its end first.
pub fn hold(home: &Home, what: &str) -> Result<Lock, Failure> {
    Ok(locked(home, what, false)?.expect("only a plan goes without").lock)
}

pub(crate) fn carry_out(lock: &Lock, what: &str, changes: Vec<Change>) -> Result<(), Failure> {
    lock.carry_out(what, changes, &mut |progress| progress::tell(Told::Changing(progress)))
}

/// A product that the vendor's tool patched is not changed before its patches are in our records: a change would drop them.
pub(crate) fn refuse_unadopted(home: &Home, product: &Product, state: &State) -> Result<(), Failure> {
    if adopt::is_ours(state) || !adopt::is_patched(home, product)? {
        return Ok(());
    }
    let message =
        format!("the vendor's tool has applied patches to {} of {}, which are not in our records", product.label(), home.root.display());
    Err(Failure::new(&failure::HOME_REFUSED, message)
        .hint("packwright patch adopt takes them over; with --plan it only shows what it sees"))
}

/// A container where it was downloaded to, if it still lies there.
pub(crate) fn container_path(downloads: &Path, container: &Container) -> Option<PathBuf> {
    // A record could name anything: only a plain name stays in the folder.
    let name = RelPath::new(container.file.as_str()).ok().filter(|name| name.file_name() == name.as_str())?;
    let path = name.below(downloads);
    path.metadata().is_ok_and(|about| about.is_file() && about.len() == container.bytes).then_some(path)
}

/// Where copies of locally changed files go this time.
pub(crate) fn copies_folder() -> RelPath {
    ours(&format!("changed/{}", jiff::Timestamp::now().strftime("%Y-%m-%dT%H%M%S%.3fZ")))
}

pub(crate) fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
