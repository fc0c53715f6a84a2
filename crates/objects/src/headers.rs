//! C headers: those derived from tables, business views and data structures, their comparison with a given one, and the data
//! structures that a header declares. A derived header includes nothing; users include `jde.h` first.
//!
//! It does not compile: it reads tokens and declarations, no expressions and no macros.

mod compare;
mod derive;
mod structures;
pub(crate) mod tokens;

pub use compare::compare;
pub use derive::{Derived, derived};
pub use structures::{ArrayLength, CMember, CStruct, compare_structure, data_structures_in};

use crate::complaint::Complaint;
use crate::context::{Context, Unresolved};
use crate::kind::ObjectText;
use crate::object::Object;

/// Compares the header in an object's folder, where a table, view or data structure has one, with the derived one.
pub fn check(object: &Object, text: &ObjectText, context: &Context) -> Result<Vec<Complaint>, Unresolved> {
    let Some(derived) = derived(object, context)? else { return Ok(Vec::new()) };
    Ok(match text.files.get(&derived.file) {
        Some(given) => compare(&derived.file, given, &derived.text),
        None => Vec::new(),
    })
}
