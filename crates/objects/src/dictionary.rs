//! The data dictionary: items, which give every member and column its type, and messages. Reads `dictionary.toml`.
//!
//! It does not know who uses an item.

use crate::complaint::{Complaint, shown};
use crate::kind::DICTIONARY_FILE;
use crate::names;
use crate::sheet::{self, Part, Word};
use engine::value::Row;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
pub struct DictionaryText {
    pub system: String,
    pub items: Vec<Item>,
    pub messages: Vec<Message>,
}

/// One data item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Line in `dictionary.toml`; 0 where the item comes from a table.
    pub line: u32,
    pub alias: String,
    /// In C.
    pub name: String,
    pub description: String,
    pub item_type: ItemType,
    /// Characters or digits; 0 where the type needs none and none was given.
    pub size: u32,
    pub decimals: u32,
}

#[derive(Clone, Debug)]
pub struct Message {
    pub line: u32,
    pub id: String,
    pub severity: Severity,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    Error,
    Warning,
}

impl Word for Severity {
    const WORDS: &'static [(&'static str, Severity)] = &[("error", Severity::Error), ("warning", Severity::Warning)];
}

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

impl Word for ItemType {
    const WORDS: &'static [(&'static str, ItemType)] = &[
        ("character", ItemType::Character),
        ("string", ItemType::String),
        ("short", ItemType::Short),
        ("id", ItemType::Id),
        ("numeric", ItemType::Numeric),
        ("date", ItemType::Date),
        ("boolean", ItemType::Boolean),
        ("integer", ItemType::Integer),
        ("utime", ItemType::Utime),
    ];
}

/// Longest text of an item, in characters.
pub const STRING_SIZE_MAX: u32 = 30_000;
/// Digits of a MATH_NUMERIC.
pub const NUMERIC_SIZE_MAX: u32 = 32;

impl ItemType {
    /// The ERP's type code, as in F9210.FROWTP (e1 SDK, EVDT).
    pub fn evdt(self) -> u16 {
        match self {
            ItemType::Character => 1,
            ItemType::String => 2,
            ItemType::Short => 3,
            ItemType::Id => 7,
            ItemType::Numeric => 9,
            ItemType::Date => 11,
            ItemType::Boolean => 14,
            ItemType::Integer => 15,
            ItemType::Utime => 55,
        }
    }

    pub fn of_evdt(code: u16) -> Option<ItemType> {
        Self::WORDS.iter().map(|(_, item_type)| *item_type).find(|item_type| item_type.evdt() == code)
    }

    /// The type's name in C; a string is an array of it.
    pub fn c_type(self) -> &'static str {
        match self {
            ItemType::Character | ItemType::String => "JCHAR",
            ItemType::Short => "short",
            ItemType::Id => "ID",
            ItemType::Numeric => "MATH_NUMERIC",
            ItemType::Date => "JDEDATE",
            ItemType::Boolean => "BOOL",
            ItemType::Integer => "int",
            ItemType::Utime => "JDEUTIME",
        }
    }

    /// Elements of the C array of a string of `size` characters; other types are no arrays.
    pub fn c_array(self, size: u32) -> Option<u32> {
        (self == ItemType::String).then(|| size + 1)
    }

    /// Bytes in C, of the SDK's types.
    pub fn bytes(self, size: u32) -> u32 {
        match self {
            ItemType::Character | ItemType::Short => 2,
            ItemType::String => 2 * (size + 1),
            ItemType::Id | ItemType::Boolean | ItemType::Integer => 4,
            ItemType::Numeric => 50,
            ItemType::Date => 6,
            ItemType::Utime => 16,
        }
    }

    /// Alignment in C, in bytes.
    pub fn align(self) -> u32 {
        match self {
            ItemType::Character | ItemType::String | ItemType::Short | ItemType::Numeric | ItemType::Date => 2,
            ItemType::Id | ItemType::Boolean | ItemType::Integer => 4,
            ItemType::Utime => 8,
        }
    }

    /// Smallest and largest size that an item of the type may have, and whether it must have one.
    fn sizes(self) -> Option<(i64, i64, bool)> {
        match self {
            ItemType::Character => Some((1, 1, false)),
            ItemType::String => Some((1, i64::from(STRING_SIZE_MAX), true)),
            ItemType::Numeric => Some((1, i64::from(NUMERIC_SIZE_MAX), true)),
            ItemType::Short => Some((1, 5, false)),
            ItemType::Id | ItemType::Integer => Some((1, 10, false)),
            ItemType::Date | ItemType::Boolean | ItemType::Utime => None,
        }
    }
}

impl Item {
    /// The item of a row of F9210, all columns in the catalogue's order; none for a message or a type that is not ours.
    pub fn of_row(row: &Row) -> Option<Item> {
        let table = engine::tables::named("F9210").expect("the catalogue has F9210");
        let at = |column| row.get(table.position(column));
        Some(Item {
            line: 0,
            alias: at("FRDTAI")?.text().to_string(),
            name: at("FROWDI")?.text().to_string(),
            description: at("FRCLDS")?.text().to_string(),
            item_type: ItemType::of_evdt(at("FROWTP")?.text().parse().ok()?)?,
            size: u32::try_from(at("FRDTAS")?.integer()).ok()?,
            decimals: u32::try_from(at("FRDTAD")?.integer()).ok()?,
        })
    }
}

pub fn parse_dictionary(bytes: &[u8]) -> Result<DictionaryText, Vec<Complaint>> {
    sheet::read(DICTIONARY_FILE, bytes, |root| {
        root.allow(&["system", "item", "message"]);
        let mut seen = BTreeMap::new();
        let mut once = |part: &Part<'_>, name: &str| {
            if name.is_empty() {
                return;
            }
            if let Some(first) = seen.insert(name.to_string(), part.line) {
                part.complain(part.line, format!("{} stands twice; it was first on line {first}", shown(name)), None);
            }
        };
        let mut items = Vec::new();
        for part in &root.parts("item", &["alias", "name", "description", "type", "size", "decimals"]) {
            let item = read_item(part);
            once(part, &item.alias);
            items.push(item);
        }
        let mut messages = Vec::new();
        for part in &root.parts("message", &["id", "severity", "text"]) {
            let id = part.text("id", &names::MESSAGE);
            once(part, &id);
            messages.push(Message { line: part.line, id, severity: part.word("severity"), text: part.text("text", &names::TEXT_120) });
        }
        DictionaryText { system: root.text("system", &names::SYSTEM), items, messages }
    })
}

fn read_item(part: &Part<'_>) -> Item {
    let known_type = part.known_word("type");
    let item_type = known_type.unwrap_or(ItemType::String);
    let size = match item_type.sizes() {
        // Whether a size belongs to it follows from the type.
        _ if known_type.is_none() => 0,
        Some((least, most, true)) => part.number("size", least..=most),
        Some((least, most, false)) => part.optional_number("size", least..=most).unwrap_or(0),
        None => {
            if part.has("size") {
                part.complain(
                    part.line_of("size"),
                    format!("an item of type {} has no size", item_type.word()),
                    Some("leave size out".into()),
                );
            }
            0
        }
    };
    let decimals = part.optional_number("decimals", 0..=i64::from(NUMERIC_SIZE_MAX)).unwrap_or(0);
    if decimals > 0 && known_type.is_some_and(|known| known != ItemType::Numeric) {
        part.complain(
            part.line_of("decimals"),
            format!("an item of type {} has no decimals", item_type.word()),
            Some("leave decimals out".into()),
        );
    } else if size > 0 && decimals > size {
        part.complain(part.line_of("decimals"), format!("decimals must be at most the size, {size}, and is {decimals}"), None);
    }
    Item {
        line: part.line,
        alias: part.text("alias", &names::ALIAS),
        name: part.text("name", &names::C_NAME),
        description: part.text("description", &names::TEXT_40),
        item_type,
        size,
        decimals,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_a_code_of_its_own() {
        for (word, item_type) in ItemType::WORDS {
            assert_eq!(ItemType::of_evdt(item_type.evdt()), Some(*item_type), "{word}");
            assert_eq!(serde_json::to_value(item_type).expect("a word"), *word);
        }
    }

    #[test]
    fn sizes_in_c_are_those_of_the_sdk() {
        assert_eq!(ItemType::String.bytes(6), 14);
        assert_eq!(ItemType::String.bytes(40), 82);
        assert_eq!(ItemType::Numeric.bytes(8), 50);
        assert_eq!(ItemType::String.c_array(2), Some(3));
        assert_eq!(ItemType::Character.c_array(1), None);
    }

    #[test]
    fn all_errors_of_a_dictionary_are_shown_at_once() {
        let text = r#"
system = "55"
[[item]]
alias = "doco"
name = "int"
description = "Order Number"
type = "numerik"
size = 8

[[item]]
alias = "TRDJ"
name = "OrderDate"
description = "Order Date"
type = "date"
size = 6

[[item]]
alias = "TRDJ"
name = "Again"
description = "Again"
type = "string"

[[message]]
id = "55A1"
severity = "fatal"
"#;
        let complaints = parse_dictionary(text.as_bytes()).expect_err("it is wrong");
        let page: Vec<String> = complaints.iter().map(Complaint::to_string).collect();
        insta::assert_snapshot!(page.join("\n"), @r#"
        dictionary.toml:4: alias must be a data item, 1 to 10 of A–Z, 0–9 and _, first a letter, and is "doco"
        dictionary.toml:5: name must be a C name of up to 32 characters, and is "int"
        dictionary.toml:7: type must be one of character, string, short, id, numeric, date, boolean, integer, utime, and is "numerik" (hint: did you mean numeric?)
        dictionary.toml:15: an item of type date has no size (hint: leave size out)
        dictionary.toml:17: size is missing in [[item]] (hint: add size = …: a number from 1 to 30000)
        dictionary.toml:17: "TRDJ" stands twice; it was first on line 10
        dictionary.toml:23: text is missing in [[message]] (hint: add text = …: 1 to 120 characters on one line)
        dictionary.toml:25: severity must be one of error, warning, and is "fatal"
        "#);
    }
}
