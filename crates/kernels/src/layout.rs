//! The data structure of a business function as C lays it out: member types, offsets and sizes. It knows nothing of dictionaries: types and
//! sizes are resolved already. How values get in and out of the memory is in `layout/values.rs`.

mod decimal;
mod values;

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

pub use values::Left;

/// More than any data structure of the ERP takes, and little enough to hold many at once.
pub const LAYOUT_BYTES_MAX: usize = 256 * 1024;
const MEMBERS_MAX: usize = 1000;
const STRING_SIZE_MAX: u32 = 64 * 1024;
/// Digits of `MATH_NUMERIC`.
const DIGITS_MAX: u32 = 32;

/// A data structure with its members in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    pub name: String,
    pub members: Vec<LayoutMember>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayoutMember {
    /// Its number in the data structure, by which messages name it.
    pub id: u32,
    pub name: String,
    pub item_type: ItemType,
    /// Characters of a string, digits of a number (0: as many as there can be); of no meaning for the others.
    pub size: u32,
    /// Digits right of the point; numbers only.
    pub decimals: u32,
    pub direction: Direction,
}

/// Type of a data item, as `docs/objects.md` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ItemType {
    Character,
    String,
    Short,
    Id,
    Numeric,
    Date,
    Boolean,
    Integer,
    Utime,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    In,
    Out,
    Both,
    None,
}

/// Why a data structure cannot be laid out or filled.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    #[error("cannot lay out data structure {layout}: {reason}")]
    Layout { layout: String, reason: String },
    #[error("data structure {layout} has no member {member}, only {known}")]
    UnknownMember { layout: String, member: String, known: String },
    #[error("cannot put {given} into member {member}: it takes {allowed}")]
    Value { member: String, given: String, allowed: String },
    #[error("data structure {layout} takes {expected} bytes of memory, not {found}")]
    Size { layout: String, expected: usize, found: usize },
}

impl LayoutMember {
    /// Bytes in C.
    fn bytes(&self) -> usize {
        match self.item_type {
            ItemType::Character | ItemType::Short => 2,
            ItemType::String => 2 * (self.size as usize + 1),
            ItemType::Id | ItemType::Boolean | ItemType::Integer => 4,
            ItemType::Numeric => 50,
            ItemType::Date => 6,
            ItemType::Utime => 16,
        }
    }

    fn alignment(&self) -> usize {
        match self.item_type {
            ItemType::Character | ItemType::String | ItemType::Short | ItemType::Numeric | ItemType::Date => 2,
            ItemType::Id | ItemType::Boolean | ItemType::Integer => 4,
            ItemType::Utime => 8,
        }
    }

    fn digits_max(&self) -> u32 {
        if self.size == 0 { DIGITS_MAX } else { self.size }
    }

    fn check(&self) -> Result<(), String> {
        let name = &self.name;
        if !is_c_name(name) {
            return Err(format!("{name:?} is not the name of a member"));
        }
        let limits = match self.item_type {
            ItemType::String => (1, STRING_SIZE_MAX),
            ItemType::Numeric => (0, DIGITS_MAX),
            _ => return Ok(()),
        };
        if self.size < limits.0 || self.size > limits.1 {
            return Err(format!("the size of {name} is {}, not {} to {}", self.size, limits.0, limits.1));
        }
        if self.item_type == ItemType::Numeric && self.decimals > self.digits_max() {
            return Err(format!("{name} has {} decimals, but {} digits at most", self.decimals, self.digits_max()));
        }
        Ok(())
    }
}

impl Layout {
    /// Whether it can be laid out at all: names, sizes, limits.
    pub fn check(&self) -> Result<(), LayoutError> {
        let refuse = |reason: String| Err(LayoutError::Layout { layout: self.name.clone(), reason });
        if self.members.len() > MEMBERS_MAX {
            return refuse(format!("it has {} members, and {MEMBERS_MAX} at most are allowed", self.members.len()));
        }
        let mut names = HashSet::new();
        for member in &self.members {
            if let Err(reason) = member.check() {
                return refuse(reason);
            }
            if !names.insert(&member.name) {
                return refuse(format!("member {} is there twice", member.name));
            }
        }
        let bytes = self.size_bytes();
        if bytes > LAYOUT_BYTES_MAX {
            return refuse(format!("it takes {bytes} bytes, and {LAYOUT_BYTES_MAX} at most are allowed"));
        }
        Ok(())
    }

    /// `sizeof` in C; 0 without members.
    pub fn size_bytes(&self) -> usize {
        let end = self.placed().last().map_or(0, |(offset, member)| offset + member.bytes());
        let alignment = self.members.iter().map(LayoutMember::alignment).max().unwrap_or(1);
        end.next_multiple_of(alignment)
    }

    /// The members with their offsets, by the natural alignment of C.
    fn placed(&self) -> impl Iterator<Item = (usize, &LayoutMember)> {
        self.members.iter().scan(0_usize, |end, member| {
            let offset = end.next_multiple_of(member.alignment());
            *end = offset + member.bytes();
            Some((offset, member))
        })
    }

    pub fn has_member(&self, name: &str) -> bool {
        self.members.iter().any(|member| member.name == name)
    }
}

/// A name in C, of a length that nobody exceeds in earnest.
pub(crate) fn is_c_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    let first = bytes.next().is_some_and(|byte| byte == b'_' || byte.is_ascii_alphabetic());
    first && name.len() <= 64 && bytes.all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
}
