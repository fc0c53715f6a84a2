//! The repository of a path code as steps read it: pars by the hashes that the package's list names, whatever was checked in since.

use crate::build::on_all_cores;
use engine::failure::{self, Evidence, Failure};
use engine::host::{Host, Tables};
use engine::outcome::ListedObject;
use engine::value::Value;
use objects::par::{self, Limits};
use objects::{Content, Context, Object};
use std::collections::HashMap;

/// Pars that are in memory at once.
pub const BATCH: usize = 200;

/// An object of the list, unpacked and read.
pub struct Unpacked {
    pub listed: ListedObject,
    /// Paths inside the par with their bytes.
    pub entries: Vec<(String, Vec<u8>)>,
    pub object: Object,
}

/// Fetches and reads the pars of a batch, in its order.
pub fn unpack(host: &dyn Host, tables: &dyn Tables, batch: &[ListedObject]) -> Result<Vec<Unpacked>, Failure> {
    let places: Vec<String> = (1..=batch.len()).map(|position| format!("${position}")).collect();
    let arguments: Vec<Value> = batch.iter().map(|object| Value::from(&object.par_hash)).collect();
    let sql = format!("SELECT OMWOBJID, OMRHASH, OMRBLOB FROM F98780H WHERE OMRHASH IN ({})", places.join(", "));
    let rows = tables.path_code(&sql, &arguments)?;
    let pars: HashMap<(&str, &str), &[u8]> = rows.iter().map(|row| ((row[0].text(), row[1].text()), row[2].blob())).collect();
    on_all_cores::map(host, batch, |_, listed| unpack_one(listed, pars.get(&(listed.object.as_str(), listed.par_hash.as_str())).copied()))
}

fn unpack_one(listed: &ListedObject, bytes: Option<&[u8]>) -> Result<Unpacked, Failure> {
    let damaged = |message: String| {
        let evidence = Evidence { object: listed.object.clone(), message: message.clone(), ..Evidence::default() };
        let failure = Failure::new(&failure::PAR_DAMAGED, format!("the par of {} cannot be read: {message}", listed.object));
        failure.hint("check the object in again, then `packwright package rebuild`").evidence(vec![evidence])
    };
    let bytes = bytes.ok_or_else(|| damaged("the repository's history does not hold it".into()))?;
    if par::hash(bytes) != listed.par_hash {
        return Err(damaged("its content does not have the hash under which it was stored".into()));
    }
    let entries = par::unpack(bytes, &Limits::default()).map_err(|error| damaged(error.to_string()))?;
    let text = par::to_text(entries.clone()).map_err(|error| damaged(error.to_string()))?;
    let object = objects::parse(&text).map_err(|complaints| damaged(complaints.first().map_or_else(String::new, ToString::to_string)))?;
    Ok(Unpacked { listed: listed.clone(), entries, object })
}

/// Items and tables of the listed objects: what derived headers and rows need from outside their object.
pub fn context(host: &dyn Host, tables: &dyn Tables, objects: &[ListedObject]) -> Result<Context, Failure> {
    let mut context = Context::default();
    let wanted: Vec<ListedObject> = objects.iter().filter(|object| ["DD", "TBLE"].contains(&object.kind.as_str())).cloned().collect();
    for batch in wanted.chunks(BATCH) {
        for unpacked in unpack(host, tables, batch)? {
            match unpacked.object.content {
                Content::Dd(dictionary) => context.items.extend(dictionary.items.into_iter().map(|item| (item.alias.clone(), item))),
                Content::Tble(table) => {
                    context.tables.insert(unpacked.object.name.clone(), table.shape());
                }
                _ => {}
            }
        }
    }
    Ok(context)
}

/// An object names something that is not among the listed ones.
pub fn unresolved(object: &str, error: &objects::Unresolved) -> Failure {
    let evidence = Evidence { object: object.into(), message: error.to_string(), ..Evidence::default() };
    Failure::new(&failure::OBJECT_INCOMPLETE, error.to_string())
        .hint("check in what is missing, then `packwright package rebuild`")
        .evidence(vec![evidence])
}
