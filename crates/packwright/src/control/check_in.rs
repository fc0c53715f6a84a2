//! Check-in: reads all objects below a folder, judges them as a whole, then writes what changed in one transaction. Two passes over the files: the
//! first keeps a summary of each object, the second reads again what must be written, so memory does not grow with the texts.

use super::{Control, known, orders::known_path_code, stamp};
use crate::agent::tables::failed;
use crate::enterprise::PathCode;
use engine::failure::{self, Failure};
use engine::tables::{self, Place, Table};
use engine::value::{Row, Value};
use objects::par;
use objects::{Bitness, Complaint, Context, DICTIONARY_FILE, OBJECT_FILE, ObjectText, Stamp, Summary};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use store::Transaction;
use tokio::sync::mpsc::Sender;
use utoipa::ToSchema;

/// Limits of one object's folder and of one check-in.
const OBJECT_BYTES_MAX: u64 = 64 * 1024 * 1024;
const OBJECT_FILES_MAX: usize = 2_000;
const OBJECTS_MAX: usize = 200_000;
const FOLDERS_DEEP_MAX: usize = 20;
/// Objects that are written together.
const BATCH: usize = 200;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CheckInResult {
    pub new: usize,
    pub changed: usize,
    pub unchanged: usize,
}

/// How far a check-in or check-out is.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Step {
    /// reading, validating, writing
    pub doing: String,
    pub done: u64,
    pub total: u64,
}

/// An object as the first pass left it.
struct Found {
    folder: PathBuf,
    dictionary: bool,
    summary: Summary,
}

type Complaints = Vec<Complaint>;

pub async fn check_in(
    control: &Control,
    path_code: &str,
    folder: PathBuf,
    user: &str,
    dry_run: bool,
    steps: Sender<Step>,
) -> Result<CheckInResult, Failure> {
    let fleet = control.fleet().await?;
    let path_code = known_path_code(&fleet, path_code)?.clone();
    let bitness = if path_code.bits == 32 { Bitness::Bits32 } else { Bitness::Bits64 };
    let database = control.store.path_code(&path_code.name).await.map_err(failed)?;
    let folders = blocking(move || list_objects(&folder)).await?;
    let found = read_all(folders, bitness, steps.clone()).await.map_err(refused)?;
    let lock = control.check_in_lock(&path_code.name).await;
    let _held = lock.lock().await;
    let _ = steps.send(Step { doing: "validating".into(), done: 0, total: found.len() as u64 }).await;
    let summaries: Vec<Summary> = found.iter().map(|found| found.summary.clone()).collect();
    // Other controls check in too: what is judged here must be what is written.
    let mut transaction = database.begin().await.map_err(failed)?;
    transaction.lock("check-in").await.map_err(failed)?;
    let known = known::read(&database, &summaries).await?;
    let complaints = objects::validate(&summaries, &known);
    if !complaints.is_empty() {
        return Err(refused(complaints));
    }
    let context = Arc::new(known.context(&summaries));
    drop(summaries);
    let pars = database.query("SELECT OMWOBJID, OMRHASH FROM F98780R", &[]).await.map_err(failed)?;
    let pars: HashMap<String, String> = pars.into_iter().map(|row| (row[0].text().to_string(), row[1].text().to_string())).collect();
    let total = found.len();
    let (unchanged, write): (Vec<Found>, Vec<Found>) =
        found.into_iter().partition(|found| pars.get(&found.summary.object) == Some(&found.summary.par_hash));
    let changed = write.iter().filter(|found| pars.contains_key(&found.summary.object)).count();
    let result = CheckInResult { new: write.len() - changed, changed, unchanged: unchanged.len() };
    debug_assert_eq!(result.new + result.changed + result.unchanged, total);
    if write.is_empty() {
        return Ok(result);
    }
    let stamp = Arc::new(self::stamp(&path_code, user));
    // Rows of others carry types of items and tables: where those change, the rows follow.
    let types_changed = write.iter().any(|found| found.dictionary || found.summary.kind == objects::ObjectKind::Tble)
        && write.iter().any(|found| pars.contains_key(&found.summary.object));
    write_all(&mut transaction, write, &pars, &context, &stamp, bitness, &steps).await?;
    if types_changed {
        known::derive_again(&mut transaction, &context).await?;
    }
    // A dry run does all that the real one does, and lets it go.
    if !dry_run {
        transaction.commit().await.map_err(failed)?;
    }
    Ok(result)
}

fn stamp(path_code: &PathCode, user: &str) -> Stamp {
    let [date, time] = stamp::erp(stamp::now());
    let workstation = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    Stamp {
        user: user.chars().filter(|c| !c.is_control()).take(30).collect(),
        program: "PACKWRIGHT".into(),
        workstation: workstation.trim().chars().take(30).collect(),
        date: date.text().into(),
        time: time.text().into(),
        release: path_code.release.clone(),
        path_code: path_code.name.clone(),
    }
}

fn refused(complaints: Complaints) -> Failure {
    crate::complaints::refused(&failure::CHECK_IN_REFUSED, "nothing was checked in: the objects have", complaints)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Complaints> + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.expect("reading objects does not panic").map_err(refused)
}

/// Folders below `root` that hold an object or a dictionary, sorted; links are not followed.
fn list_objects(root: &Path) -> Result<Vec<(PathBuf, String, bool)>, Complaints> {
    let mut found = Vec::new();
    let mut open = vec![(root.to_path_buf(), String::new(), 0)];
    while let Some((folder, shown, deep)) = open.pop() {
        let entries = fs::read_dir(&folder)
            .map_err(|error| vec![Complaint::new(folder.display().to_string(), None, format!("cannot be read: {error}"))])?;
        let mut below = Vec::new();
        let mut is_object = false;
        for entry in entries.filter_map(Result::ok) {
            let name = entry.file_name().to_string_lossy().into_owned();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && !name.starts_with('.') => below.push(name),
                Ok(kind) if kind.is_file() && name == OBJECT_FILE => is_object = true,
                Ok(kind) if kind.is_file() && name == DICTIONARY_FILE => found.push((folder.clone(), shown.clone(), true)),
                _ => {}
            }
        }
        if is_object {
            found.push((folder, shown, false));
            continue;
        }
        if deep < FOLDERS_DEEP_MAX {
            open.extend(
                below
                    .into_iter()
                    .map(|name| (folder.join(&name), if shown.is_empty() { name } else { format!("{shown}/{name}") }, deep + 1)),
            );
        }
        if found.len() > OBJECTS_MAX {
            return Err(vec![
                Complaint::new(root.display().to_string(), None, format!("holds more than {OBJECTS_MAX} objects"))
                    .hint("check in one part after the other"),
            ]);
        }
    }
    if found.is_empty() {
        return Err(vec![
            Complaint::new(root.display().to_string(), None, "holds no object.toml and no dictionary.toml")
                .hint("name the folder that holds the objects' folders"),
        ]);
    }
    found.sort();
    Ok(found)
}

/// The files of one object. A folder with a dictionary may hold other objects below, so of it only that file counts.
fn read_text(folder: &Path, dictionary: bool) -> Result<ObjectText, Complaint> {
    let complain = |path: &Path, message: String| Complaint::new(path.display().to_string(), None, message);
    let mut text = ObjectText::default();
    if dictionary {
        let path = folder.join(DICTIONARY_FILE);
        text.files.insert(DICTIONARY_FILE.into(), fs::read(&path).map_err(|error| complain(&path, format!("cannot be read: {error}")))?);
        return Ok(text);
    }
    let mut bytes = 0;
    let mut open = vec![(folder.to_path_buf(), String::new())];
    while let Some((below, prefix)) = open.pop() {
        for entry in fs::read_dir(&below).map_err(|error| complain(&below, format!("cannot be read: {error}")))? {
            let entry = entry.map_err(|error| complain(&below, format!("cannot be read: {error}")))?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            let kind = entry.file_type().map_err(|error| complain(&entry.path(), error.to_string()))?;
            if kind.is_dir() {
                open.push((entry.path(), format!("{name}/")));
            } else if kind.is_file() {
                bytes += entry.metadata().map_or(0, |metadata| metadata.len());
                if bytes > OBJECT_BYTES_MAX || text.files.len() >= OBJECT_FILES_MAX {
                    return Err(complain(folder, format!("an object may have {OBJECT_FILES_MAX} files and {OBJECT_BYTES_MAX} bytes")));
                }
                text.files
                    .insert(name, fs::read(entry.path()).map_err(|error| complain(&entry.path(), format!("cannot be read: {error}")))?);
            } else {
                return Err(complain(&entry.path(), "is a link or no plain file".into()));
            }
        }
    }
    Ok(text)
}

fn read_one(folder: PathBuf, shown: &str, dictionary: bool, bitness: Bitness) -> Result<Found, Complaints> {
    let text = read_text(&folder, dictionary).map_err(|complaint| vec![complaint])?;
    let object =
        objects::parse(&text).map_err(|complaints| complaints.into_iter().map(|complaint| complaint.under(shown)).collect::<Vec<_>>())?;
    let packed = par::pack(&text, bitness).map_err(|error| vec![Complaint::new(shown, None, error.to_string())])?;
    Ok(Found { folder, dictionary, summary: objects::summarise(&object, &text, shown, &par::hash(&packed)) })
}

/// The first pass, on all cores.
async fn read_all(folders: Vec<(PathBuf, String, bool)>, bitness: Bitness, steps: Sender<Step>) -> Result<Vec<Found>, Complaints> {
    let work = move || {
        let (next, done, total) = (AtomicUsize::new(0), AtomicU64::new(0), folders.len() as u64);
        let read = || {
            let mut results = Vec::new();
            while let Some((folder, shown, dictionary)) = folders.get(next.fetch_add(1, Ordering::Relaxed)) {
                results.push(read_one(folder.clone(), shown, *dictionary, bitness));
                let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                if done.is_multiple_of(100) {
                    // A slow reader of the progress must not slow the work.
                    let _ = steps.try_send(Step { doing: "reading".into(), done, total });
                }
            }
            results
        };
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        std::thread::scope(|scope| {
            let handles: Vec<_> = (0..threads).map(|_| scope.spawn(read)).collect();
            handles.into_iter().flat_map(|handle| handle.join().expect("reading does not panic")).collect::<Vec<_>>()
        })
    };
    let results = tokio::task::spawn_blocking(work).await.expect("reading does not panic");
    let (mut found, mut complaints) = (Vec::with_capacity(results.len()), Vec::new());
    for result in results {
        match result {
            Ok(one) => found.push(one),
            Err(several) => complaints.extend(several),
        }
    }
    found.sort_by(|a, b| a.summary.folder.cmp(&b.summary.folder).then(b.dictionary.cmp(&a.dictionary)));
    complaints.sort();
    if complaints.is_empty() { Ok(found) } else { Err(complaints) }
}

/// Rows of several objects by table.
pub type RowsByTable = BTreeMap<&'static str, (&'static Table, Vec<Row>)>;

/// The second pass: reads what must be written again, a batch at a time, and writes it.
async fn write_all(
    transaction: &mut Transaction,
    write: Vec<Found>,
    known: &HashMap<String, String>,
    context: &Arc<Context>,
    stamp: &Arc<Stamp>,
    bitness: Bitness,
    steps: &Sender<Step>,
) -> Result<(), Failure> {
    let total = write.len() as u64;
    let mut done = 0;
    let mut write = write.into_iter();
    loop {
        let batch: Vec<Found> = write.by_ref().take(BATCH).collect();
        if batch.is_empty() {
            return Ok(());
        }
        let old: Vec<String> = batch.iter().map(|found| found.summary.object.clone()).filter(|object| known.contains_key(object)).collect();
        remove_rows(transaction, &old).await?;
        done += batch.len() as u64;
        let (context, stamp) = (context.clone(), stamp.clone());
        let rows = blocking(move || rows_of(&batch, &context, &stamp, bitness)).await?;
        for (table, rows) in rows.values() {
            // The history may hold a state of the object that it returns to.
            let written =
                if table.name == "F98780H" { transaction.upsert(table, rows).await } else { transaction.insert(table, rows).await };
            written.map_err(failed)?;
        }
        let _ = steps.send(Step { doing: "writing".into(), done, total }).await;
    }
}

fn rows_of(batch: &[Found], context: &Context, stamp: &Stamp, bitness: Bitness) -> Result<RowsByTable, Complaints> {
    let mut all = RowsByTable::new();
    for found in batch {
        let shown = &found.summary.folder;
        let text = read_text(&found.folder, found.dictionary).map_err(|complaint| vec![complaint])?;
        let object = objects::parse(&text)?;
        let packed = par::pack(&text, bitness).map_err(|error| vec![Complaint::new(shown, None, error.to_string())])?;
        if par::hash(&packed) != found.summary.par_hash {
            return Err(vec![Complaint::new(shown, None, "changed while it was being checked in").hint("check in again")]);
        }
        let unresolved = |error: objects::Unresolved| vec![Complaint::new(shown, None, error.to_string())];
        let complaints = objects::headers::check(&object, &text, context).map_err(unresolved)?;
        if !complaints.is_empty() {
            return Err(complaints.into_iter().map(|complaint| complaint.under(shown)).collect());
        }
        let rows = objects::rows(&object, context).map_err(unresolved)?;
        let librarian = objects::librarian_rows(&object, &packed, &found.summary.par_hash, stamp);
        for (table, rows) in rows.tables.into_iter().chain(librarian.tables) {
            all.entry(table.name).or_insert_with(|| (table, Vec::new())).1.extend(rows);
        }
    }
    Ok(all)
}

/// Removes all rows of these objects but those of the repository's history.
async fn remove_rows(transaction: &mut Transaction, objects: &[String]) -> Result<(), Failure> {
    if objects.is_empty() {
        return Ok(());
    }
    let places = store::placeholders(1, objects.len());
    let arguments: Vec<Value> = objects.iter().map(Value::from).collect();
    let items = format!("DELETE FROM F9210 WHERE FRDTAI IN (SELECT FRDTAI FROM F9200 WHERE FROBNM IN ({places}))");
    transaction.execute(&items, &arguments).await.map_err(failed)?;
    let named = [
        ("F9200", "FROBNM"),
        ("F9860", "SIOBNM"),
        ("F9861", "SIOBNM"),
        ("F9862", "SIOBNM"),
        ("F9863", "SIOBNM"),
        ("F9865", "SWOBNM"),
        ("F98780R", "OMWOBJID"),
    ];
    let specs = tables::of(Place::Spec).map(|table| (table.name, "OBNM"));
    for (table, column) in named.into_iter().chain(specs) {
        transaction.execute(&format!("DELETE FROM {table} WHERE {column} IN ({places})"), &arguments).await.map_err(failed)?;
    }
    Ok(())
}
