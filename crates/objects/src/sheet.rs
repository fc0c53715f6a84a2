//! Reads one TOML file completely before it judges: every wrong or missing value becomes a complaint with its line, and a harmless value
//! stands in for it, so that one look shows all errors of a file.
//!
//! It does not know what the values mean.

use crate::complaint::{Complaint, nearest, shown};
use crate::names::Rule;
use std::cell::RefCell;
use std::ops::RangeInclusive;
use toml_edit::{Document, Item, TableLike, Value};

const FILE_BYTES_MAX: usize = 4 << 20;
/// `[[tables]]` of one name in one file.
const PARTS_MAX: usize = 10_000;
/// More than anybody reads at once.
const COMPLAINTS_MAX: usize = 200;

/// A value that is one of a few words. The first word stands in where a text is wrong.
pub trait Word: Copy + PartialEq + 'static {
    const WORDS: &'static [(&'static str, Self)];

    fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, value)| *value == self).map_or("", |(word, _)| word)
    }
}

pub struct Sheet<'a> {
    file: &'a str,
    newlines: Vec<usize>,
    complaints: RefCell<Vec<Complaint>>,
}

impl Sheet<'_> {
    fn line_of(&self, span: Option<std::ops::Range<usize>>) -> Option<u32> {
        span.map(|span| self.newlines.partition_point(|&newline| newline < span.start) as u32 + 1)
    }

    fn complain(&self, complaint: Complaint) {
        let mut complaints = self.complaints.borrow_mut();
        if complaints.len() < COMPLAINTS_MAX {
            complaints.push(complaint);
        }
    }
}

/// Reads `bytes` with `fill`; its result counts only if nothing was complained about.
pub fn read<T>(file: &str, bytes: &[u8], fill: impl FnOnce(&Part<'_>) -> T) -> Result<T, Vec<Complaint>> {
    let whole_file = |message: String| vec![Complaint::new(file, None, message)];
    if bytes.len() > FILE_BYTES_MAX {
        return Err(whole_file(format!("has {} bytes, and at most {FILE_BYTES_MAX} are read", bytes.len())));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()].iter().filter(|&&byte| byte == b'\n').count() as u32 + 1;
        vec![Complaint::new(file, line, "is not UTF-8 text").hint("save the file as UTF-8")]
    })?;
    let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect();
    let sheet = Sheet { file, newlines, complaints: RefCell::default() };
    let document = Document::parse(text).map_err(|error| {
        let message = error.message().lines().collect::<Vec<_>>().join(", ");
        vec![Complaint::new(file, sheet.line_of(error.span()), format!("is not TOML: {message}"))]
    })?;
    let filled = fill(&Part { sheet: &sheet, table: document.as_table(), title: String::new(), line: 1 });
    let mut complaints = sheet.complaints.into_inner();
    complaints.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    if complaints.is_empty() { Ok(filled) } else { Err(complaints) }
}

/// One table of the file, or its root.
pub struct Part<'a> {
    sheet: &'a Sheet<'a>,
    table: &'a dyn TableLike,
    /// As it stands in the file: `[bsfn]`, `[[function]]`; empty for the root.
    title: String,
    pub line: u32,
}

impl<'a> Part<'a> {
    pub fn complain(&self, line: u32, message: impl Into<String>, hint: Option<String>) {
        self.sheet.complain(Complaint { file: self.sheet.file.to_string(), line: Some(line), message: message.into(), hint });
    }

    /// Passes a complaint on that is not about this file alone.
    pub fn pass_on(&self, complaint: Complaint) {
        self.sheet.complain(complaint);
    }

    /// Complains about every key that is not one of `known`.
    pub fn allow(&self, known: &[&str]) {
        for (key, item) in self.table.iter() {
            if known.contains(&key) {
                continue;
            }
            let line = self.key_line(key).or(self.sheet.line_of(item.span())).unwrap_or(self.line);
            let hint = match nearest(key, known.iter().copied()) {
                Some(word) => format!("did you mean {word}?"),
                None => format!("known here: {}", known.join(", ")),
            };
            self.complain(line, format!("unknown key {} {}", shown(key), self.place()), Some(hint));
        }
    }

    fn place(&self) -> String {
        if self.title.is_empty() { "at the top of the file".to_string() } else { format!("in {}", self.title) }
    }

    fn key_line(&self, key: &str) -> Option<u32> {
        self.table.get_key_value(key).and_then(|(key, _)| self.sheet.line_of(key.span()))
    }

    /// The line on which a key stands; that of the table where it is missing.
    pub fn line_of(&self, key: &str) -> u32 {
        self.key_line(key).unwrap_or(self.line)
    }

    fn missing(&self, key: &str, wanted: &str) {
        self.complain(self.line, format!("{key} is missing {}", self.place()), Some(format!("add {key} = …: {wanted}")));
    }

    fn wrong(&self, key: &str, wanted: &str, found: &Item) {
        let found = match found.as_value() {
            Some(Value::String(text)) => shown(text.value()),
            Some(Value::Integer(number)) => number.value().to_string(),
            Some(Value::Boolean(flag)) => flag.value().to_string(),
            _ => format!("a value of type {}", found.type_name()),
        };
        self.complain(self.line_of(key), format!("{key} must be {wanted}, and is {found}"), None);
    }

    fn get(&self, key: &str, wanted: &str) -> Option<&'a Item> {
        let found = self.table.get(key);
        if found.is_none() {
            self.missing(key, wanted);
        }
        found
    }

    pub fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    pub fn text(&self, key: &str, rule: &Rule) -> String {
        self.get(key, rule.about).and_then(|item| self.checked_text(key, item, rule)).unwrap_or_default()
    }

    pub fn optional_text(&self, key: &str, rule: &Rule) -> Option<String> {
        self.table.get(key).and_then(|item| self.checked_text(key, item, rule))
    }

    fn checked_text(&self, key: &str, item: &Item, rule: &Rule) -> Option<String> {
        match item.as_str() {
            Some(text) if (rule.holds)(text) => Some(text.to_string()),
            _ => {
                self.wrong(key, rule.about, item);
                None
            }
        }
    }

    pub fn number(&self, key: &str, range: RangeInclusive<i64>) -> u32 {
        match self.get(key, &between(&range)) {
            Some(_) => self.optional_number(key, range).unwrap_or_default(),
            None => 0,
        }
    }

    pub fn optional_number(&self, key: &str, range: RangeInclusive<i64>) -> Option<u32> {
        let item = self.table.get(key)?;
        match item.as_integer() {
            Some(number) if range.contains(&number) => u32::try_from(number).ok(),
            _ => {
                self.wrong(key, &between(&range), item);
                None
            }
        }
    }

    /// A flag; false where it is missing.
    pub fn flag(&self, key: &str) -> bool {
        let Some(item) = self.table.get(key) else { return false };
        item.as_bool().unwrap_or_else(|| {
            self.wrong(key, "true or false", item);
            false
        })
    }

    /// A word, or the first of its type where it is missing or wrong.
    pub fn word<T: Word>(&self, key: &str) -> T {
        self.known_word(key).unwrap_or(T::WORDS[0].1)
    }

    /// A word, for those whose meaning decides how to read on.
    pub fn known_word<T: Word>(&self, key: &str) -> Option<T> {
        let words: Vec<&str> = T::WORDS.iter().map(|(word, _)| *word).collect();
        let wanted = format!("one of {}", words.join(", "));
        let item = self.get(key, &wanted)?;
        let known = item.as_str().and_then(|text| T::WORDS.iter().find(|(word, _)| *word == text));
        if known.is_none() {
            self.wrong(key, &wanted, item);
            if let Some(word) = item.as_str().and_then(|text| nearest(text, words)) {
                self.hint_last(format!("did you mean {word}?"));
            }
        }
        known.map(|(_, value)| *value)
    }

    fn hint_last(&self, hint: String) {
        if let Some(last) = self.sheet.complaints.borrow_mut().last_mut() {
            last.hint.get_or_insert(hint);
        }
    }

    /// A list of texts, each with its line, at least one.
    pub fn texts(&self, key: &str, rule: &Rule) -> Vec<(u32, String)> {
        let wanted = format!("a list, each entry {}", rule.about);
        let Some(item) = self.get(key, &wanted) else { return Vec::new() };
        let Some(array) = item.as_array().filter(|array| !array.is_empty() && array.len() <= PARTS_MAX) else {
            self.wrong(key, &wanted, item);
            return Vec::new();
        };
        let line = |value: &Value| self.sheet.line_of(value.span()).unwrap_or(self.line_of(key));
        let mut texts = Vec::new();
        for value in array {
            match value.as_str() {
                Some(text) if (rule.holds)(text) => texts.push((line(value), text.to_string())),
                Some(text) => self.complain(line(value), format!("{key} must hold {}, and holds {}", rule.about, shown(text)), None),
                None => self.complain(line(value), format!("{key} must hold texts, and holds a value of type {}", value.type_name()), None),
            }
        }
        texts
    }

    /// The table `[name]`, which must be there.
    pub fn part(&self, name: &str, known: &[&str]) -> Option<Part<'a>> {
        let wanted = format!("a table [{name}]");
        let Some(item) = self.table.get(name) else {
            self.complain(self.line, format!("table [{name}] is missing"), Some(format!("add it with its keys {}", known.join(", "))));
            return None;
        };
        let Some(table) = item.as_table_like() else {
            self.wrong(name, &wanted, item);
            return None;
        };
        let line = self.sheet.line_of(item.span()).unwrap_or(self.line);
        let part = Part { sheet: self.sheet, table, title: format!("[{name}]"), line };
        part.allow(known);
        Some(part)
    }

    /// The tables `[[name]]`; there may be none.
    pub fn parts(&self, name: &str, known: &[&str]) -> Vec<Part<'a>> {
        let Some(item) = self.table.get(name) else { return Vec::new() };
        let Some(array) = item.as_array_of_tables() else {
            self.wrong(name, &format!("tables [[{name}]]"), item);
            return Vec::new();
        };
        if array.len() > PARTS_MAX {
            self.complain(self.line_of(name), format!("has {} tables [[{name}]], and at most {PARTS_MAX} are read", array.len()), None);
        }
        let part = |table: &'a toml_edit::Table| {
            let line = self.sheet.line_of(table.span()).unwrap_or(self.line);
            let part = Part { sheet: self.sheet, table, title: format!("[[{name}]]"), line };
            part.allow(known);
            part
        };
        array.iter().take(PARTS_MAX).map(part).collect()
    }

    /// A plain value: text, number or flag, as JSON.
    pub fn plain(&self, key: &str) -> serde_json::Value {
        const WANTED: &str = "a text, a number, true or false";
        let Some(item) = self.get(key, WANTED) else { return serde_json::Value::Null };
        item.as_value().and_then(plain_json).unwrap_or_else(|| {
            self.wrong(key, WANTED, item);
            serde_json::Value::Null
        })
    }

    /// The keys and plain values of the optional table `key`, each with its line, in the order of the file.
    pub fn plains(&self, key: &str) -> Vec<(u32, String, serde_json::Value)> {
        let Some(item) = self.table.get(key) else { return Vec::new() };
        let Some(table) = item.as_table_like() else {
            self.wrong(key, "a table of names and values", item);
            return Vec::new();
        };
        let line = self.line_of(key);
        let part = Part { sheet: self.sheet, table, title: format!("{key} of {}", self.title), line };
        table.iter().map(|(name, _)| (part.line_of(name), name.to_string(), part.plain(name))).collect()
    }
}

fn between(range: &RangeInclusive<i64>) -> String {
    if range.start() == range.end() { range.start().to_string() } else { format!("a number from {} to {}", range.start(), range.end()) }
}

fn plain_json(value: &Value) -> Option<serde_json::Value> {
    match value {
        Value::String(text) => Some(text.value().as_str().into()),
        Value::Integer(number) => Some((*number.value()).into()),
        // Not a number or infinite has no JSON.
        Value::Float(number) => serde_json::Number::from_f64(*number.value()).map(serde_json::Value::Number),
        Value::Boolean(flag) => Some((*flag.value()).into()),
        // A date may be written without quotes.
        Value::Datetime(moment) => Some(moment.value().to_string().into()),
        Value::Array(_) | Value::InlineTable(_) => None,
    }
}
