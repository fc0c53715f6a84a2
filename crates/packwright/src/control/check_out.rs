//! Check-out: writes objects of a path code as text, byte for byte as they were checked in, into a folder that is made for it.

use super::check_in::Step;
use super::{Control, orders::known_path_code};
use crate::agent::tables::failed;
use engine::failure::{self, Failure};
use engine::value::{Row, Value};
use objects::par;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use tokio::sync::mpsc::Sender;
use utoipa::ToSchema;

/// Pars that are in memory at once.
const BATCH: i64 = 200;

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CheckOutResult {
    pub objects: usize,
    pub files: usize,
}

pub async fn check_out(
    control: &Control,
    path_code: &str,
    folder: PathBuf,
    objects: Vec<String>,
    steps: Sender<Step>,
) -> Result<CheckOutResult, Failure> {
    let fleet = control.fleet().await?;
    let database = control.store.path_code(&known_path_code(&fleet, path_code)?.name).await.map_err(failed)?;
    let occupied = fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_some());
    if occupied {
        let message = format!("{} is not empty", folder.display());
        return Err(Failure::new(&failure::BAD_REQUEST, message).hint("name a folder that is not there yet: check-out overwrites nothing"));
    }
    let total = database.query("SELECT COUNT(*) FROM F98780R", &[]).await.map_err(failed)?[0][0].integer() as u64;
    let mut result = CheckOutResult { objects: 0, files: 0 };
    let mut missing = objects.clone();
    let mut last = String::new();
    loop {
        let sql = format!("SELECT OMWOBJID, OMWOT, OMRBLOB FROM F98780R WHERE OMWOBJID > $1 ORDER BY OMWOBJID LIMIT {BATCH}");
        let rows = database.query(&sql, &[Value::from(&last)]).await.map_err(failed)?;
        let Some(end) = rows.last() else { break };
        last = end[0].text().to_string();
        let wanted: Vec<Row> =
            rows.into_iter().filter(|row| objects.is_empty() || objects.iter().any(|wanted| wanted == row[0].text())).collect();
        missing.retain(|object| !wanted.iter().any(|row| row[0].text() == object));
        let place = folder.clone();
        let (count, files) = tokio::task::spawn_blocking(move || write_objects(&place, &wanted)).await.expect("writing does not panic")?;
        result.objects += count;
        result.files += files;
        let _ = steps.send(Step { doing: "writing".into(), done: result.objects as u64, total }).await;
    }
    if let Some(unknown) = missing.first() {
        return Err(
            Failure::new(&failure::UNKNOWN_NAME, format!("path code {path_code} has no object {unknown}")).hint("the others were written")
        );
    }
    Ok(result)
}

/// Answers how many objects and files were written.
fn write_objects(folder: &Path, rows: &[Row]) -> Result<(usize, usize), Failure> {
    let mut files = 0;
    for row in rows {
        files += write_object(folder, row[0].text(), row[1].text(), row[2].blob())?;
    }
    Ok((rows.len(), files))
}

/// Writes `<folder>/<KIND>/<OBJECT>/…`; answers how many files.
fn write_object(folder: &Path, object: &str, kind: &str, bytes: &[u8]) -> Result<usize, Failure> {
    let damaged = |error: par::ParError| {
        Failure::new(&failure::PAR_DAMAGED, format!("the par of {object} cannot be read: {error}")).hint("check the object in again")
    };
    let text = par::unpack(bytes, &par::Limits::default()).and_then(par::to_text).map_err(damaged)?;
    let place = folder.join(kind).join(object);
    for (path, bytes) in &text.files {
        let file = place.join(path);
        let written = file.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&file, bytes));
        written
            .map_err(|error: io::Error| Failure::new(&failure::FOLDER_NOT_WRITABLE, format!("cannot write {}: {error}", file.display())))?;
    }
    Ok(text.files.len())
}
