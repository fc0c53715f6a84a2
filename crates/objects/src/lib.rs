//! Describes: what an object is, from its text (`docs/objects.md`) to the rows, headers and checks that follow from it. Pure functions over
//! bytes: it opens no file, no socket, starts no thread and reads no clock.
//!
//! A check-in goes: [`parse`] each object, [`par::pack`] it, [`summarise`] it; ask the path code for [`validation::needs`];
//! [`validation::validate`]; then [`rows::rows`] and [`rows::librarian_rows`] of each.

mod complaint;
pub mod context;
pub mod dictionary;
pub mod headers;
mod kind;
pub mod layout;
pub mod names;
pub mod object;
pub mod par;
mod parse;
pub mod rows;
pub mod sheet;
pub mod summary;
pub mod validation;

pub use complaint::Complaint;
pub use context::{Context, TableShape, Unresolved};
pub use dictionary::{DictionaryText, Item, ItemType, parse_dictionary};
pub use kind::{Bitness, DICTIONARY_FILE, OBJECT_FILE, ObjectKind, ObjectText};
pub use layout::{Layout, LayoutMember};
pub use object::{Content, Direction, Location, Object};
pub use parse::parse;
pub use rows::{Rows, Stamp, librarian_rows, rows};
pub use sheet::Word;
pub use summary::{Summary, summarise};
pub use validation::{Known, Needs, needs, validate};
