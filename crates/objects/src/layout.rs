//! A data structure with the types of its members resolved: all that is needed to lay it out in C memory or to check values against it.
//! As JSON it is the content of `F98743.SPECBLOB`, so a package's rows suffice to call its functions.
//!
//! It does not know memory; who calls functions does.

use crate::context::{Context, Unresolved};
use crate::dictionary::{Item, ItemType};
use crate::object::{Direction, Member};
use crate::sheet::Word;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Members and bytes of a structure, beyond which no function can be called with it.
pub const MEMBERS_MAX: usize = 1_000;
pub const LAYOUT_BYTES_MAX: u32 = 256 * 1024;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// The data structure.
    pub name: String,
    /// In the order of memory.
    pub members: Vec<LayoutMember>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayoutMember {
    pub id: u32,
    pub name: String,
    pub item_type: ItemType,
    pub size: u32,
    pub decimals: u32,
    pub direction: Direction,
}

/// A spec row that does not hold a data structure.
#[derive(Debug, thiserror::Error)]
#[error("cannot read a data structure from its spec row")]
pub struct LayoutError(#[from] serde_json::Error);

impl Layout {
    pub(crate) fn resolve(name: &str, members: &[Member], context: &Context) -> Result<Layout, Unresolved> {
        let member = |member: &Member| Ok(LayoutMember::of(member, context.item(name, &member.item)?));
        Ok(Layout { name: name.to_string(), members: members.iter().map(member).collect::<Result<_, _>>()? })
    }

    /// Reads the content of `F98743.SPECBLOB`.
    pub fn from_spec(blob: &str) -> Result<Layout, LayoutError> {
        Ok(serde_json::from_str(blob)?)
    }

    pub fn to_spec(&self) -> String {
        serde_json::to_string(self).expect("plain data becomes JSON")
    }

    pub fn member(&self, name: &str) -> Option<&LayoutMember> {
        self.members.iter().find(|member| member.name == name)
    }

    /// Bytes of the structure in C and its alignment.
    pub fn bytes(&self) -> u32 {
        let (end, align) = self.members.iter().fold((0, 1), |(end, align), member| {
            let own = member.item_type.align();
            (aligned(end, own) + member.item_type.bytes(member.size), align.max(own))
        });
        aligned(end, align)
    }
}

/// The next offset from `end` that a value of this alignment may have.
pub(crate) fn aligned(end: u32, align: u32) -> u32 {
    end.div_ceil(align) * align
}

impl LayoutMember {
    fn of(member: &Member, item: &Item) -> LayoutMember {
        LayoutMember {
            id: member.id,
            name: member.name.clone(),
            item_type: item.item_type,
            size: item.size,
            decimals: item.decimals,
            direction: member.direction,
        }
    }

    /// As it is declared in C, without the name: `JCHAR[9]`.
    pub fn c_declaration(&self) -> String {
        match self.item_type.c_array(self.size) {
            Some(elements) => format!("{}[{elements}]", self.item_type.c_type()),
            None => self.item_type.c_type().to_string(),
        }
    }

    /// What a JSON value for the member must be; ends the sentence "… must be".
    pub fn wanted(&self) -> String {
        match self.item_type {
            ItemType::Character => "a text of one character".to_string(),
            ItemType::String => format!("a text of up to {} characters", self.size),
            ItemType::Numeric => format!("a number of up to {} digits with {} decimals", self.size, self.decimals),
            ItemType::Short | ItemType::Id | ItemType::Integer => "a whole number".to_string(),
            ItemType::Date => "a date as \"2026-11-21\"".to_string(),
            ItemType::Boolean => "true or false".to_string(),
            ItemType::Utime => "a moment as \"2026-11-21T10:30:00Z\"".to_string(),
        }
    }

    /// Whether a value may stand for the member at all; exact limits of numbers are for whoever lays it out.
    pub fn accepts(&self, value: &Value) -> bool {
        match (self.item_type, value) {
            (ItemType::Character, Value::String(text)) => text.encode_utf16().count() <= 1,
            (ItemType::String, Value::String(text)) => text.encode_utf16().count() <= self.size as usize,
            (ItemType::Numeric, Value::Number(_)) => true,
            (ItemType::Numeric, Value::String(text)) => is_decimal(text),
            (ItemType::Short, Value::Number(number)) => number.as_i64().is_some_and(|n| i16::try_from(n).is_ok()),
            (ItemType::Id | ItemType::Integer, Value::Number(number)) => number.as_i64().is_some_and(|n| i32::try_from(n).is_ok()),
            (ItemType::Date, Value::String(text)) => is_date(text),
            (ItemType::Boolean, Value::Bool(_)) => true,
            (ItemType::Utime, Value::String(text)) => text.split_once('T').is_some_and(|(date, time)| is_date(date) && time.ends_with('Z')),
            (ItemType::Date | ItemType::Utime, Value::Null) => true,
            _ => false,
        }
    }

    /// The word of the type in `dictionary.toml`.
    pub fn type_word(&self) -> &'static str {
        self.item_type.word()
    }
}

fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    !(whole.is_empty() && fraction.is_empty()) && all_digits(whole) && all_digits(fraction)
}

fn is_date(text: &str) -> bool {
    let number = |part: Option<&str>, digits: usize| part.filter(|part| part.len() == digits).and_then(|part| part.parse::<u32>().ok());
    let mut parts = text.split('-');
    let (year, month, day) = (number(parts.next(), 4), number(parts.next(), 2), number(parts.next(), 2));
    parts.next().is_none() && year.is_some() && month.is_some_and(|m| (1..=12).contains(&m)) && day.is_some_and(|d| (1..=31).contains(&d))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(item_type: ItemType, size: u32) -> LayoutMember {
        LayoutMember { id: 1, name: "m".into(), item_type, size, decimals: 0, direction: Direction::In }
    }

    #[test]
    fn size_in_c_has_the_gaps_of_alignment() {
        let members =
            vec![member(ItemType::Character, 1), member(ItemType::Id, 0), member(ItemType::Numeric, 8), member(ItemType::Utime, 0)];
        // 2, gap 2, 4, 50 up to 58, gap 6, 16.
        assert_eq!(Layout { name: "D1".into(), members }.bytes(), 80);
        assert_eq!(Layout { name: "D1".into(), members: vec![member(ItemType::String, 8)] }.bytes(), 18);
    }

    #[test]
    fn a_spec_row_gives_the_layout_back() {
        let layout = Layout { name: "D5500010".into(), members: vec![member(ItemType::Numeric, 8)] };
        assert_eq!(Layout::from_spec(&layout.to_spec()).expect("our own row"), layout);
        assert!(Layout::from_spec("{}").is_err());
        assert_eq!(
            layout.to_spec(),
            r#"{"name":"D5500010","members":[{"id":1,"name":"m","item_type":"numeric","size":8,"decimals":0,"direction":"in"}]}"#
        );
    }

    #[test]
    fn values_fit_their_type() {
        let good = [
            (ItemType::Character, "\"N\""),
            (ItemType::String, "\"abc\""),
            (ItemType::Numeric, "12.5"),
            (ItemType::Numeric, "\"-19.90\""),
            (ItemType::Short, "-32768"),
            (ItemType::Date, "\"2026-11-21\""),
            (ItemType::Date, "null"),
            (ItemType::Boolean, "true"),
            (ItemType::Utime, "\"2026-11-21T10:30:00Z\""),
        ];
        let bad = [
            (ItemType::Character, "\"NO\""),
            (ItemType::String, "\"abcd\""),
            (ItemType::String, "1"),
            (ItemType::Numeric, "\"1,5\""),
            (ItemType::Numeric, "\"-\""),
            (ItemType::Short, "32768"),
            (ItemType::Integer, "1.5"),
            (ItemType::Date, "\"2026-13-01\""),
            (ItemType::Date, "\"20261121\""),
            (ItemType::Boolean, "1"),
        ];
        for (expected, cases) in [(true, &good[..]), (false, &bad[..])] {
            for (item_type, json) in cases {
                let value = serde_json::from_str(json).expect("JSON");
                assert_eq!(member(*item_type, 3).accepts(&value), expected, "{item_type:?} {json}");
            }
        }
    }
}
