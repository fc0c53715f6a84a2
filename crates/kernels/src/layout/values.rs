//! Values of a data structure between JSON and C memory. What JSON each type takes is in the table of `docs/objects.md`; what cannot be held
//! exactly is refused with the member's name, never cut or rounded.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Map, Number, Value};

use super::decimal::Decimal;
use super::{DIGITS_MAX, ItemType, Layout, LayoutError, LayoutMember};

/// Every decimal of so many digits survives the way through a JSON number of 64 bits.
const DIGITS_OF_A_JSON_NUMBER: usize = 15;

/// What a function left in its data structure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Left {
    pub values: Map<String, Value>,
    /// Members that hold no value of their type, as those do that were never set by careless code.
    pub unreadable: Vec<String>,
}

impl Layout {
    /// The memory of the structure; members without a value are zero bytes.
    pub fn encode(&self, values: &Map<String, Value>) -> Result<Vec<u8>, LayoutError> {
        self.check()?;
        if let Some(member) = values.keys().find(|name| !self.has_member(name)) {
            let known: Vec<&str> = self.members.iter().map(|member| member.name.as_str()).collect();
            let known = if known.is_empty() { "none at all".to_owned() } else { known.join(", ") };
            return Err(LayoutError::UnknownMember { layout: self.name.clone(), member: member.clone(), known });
        }
        let mut memory = vec![0; self.size_bytes()];
        for (offset, member) in self.placed() {
            if let Some(value) = values.get(&member.name) {
                member.write(value, &mut memory[offset..offset + member.bytes()])?;
            }
        }
        Ok(memory)
    }

    /// The values that the memory of the structure holds.
    pub fn decode(&self, memory: &[u8]) -> Result<Left, LayoutError> {
        self.check()?;
        if memory.len() != self.size_bytes() {
            return Err(LayoutError::Size { layout: self.name.clone(), expected: self.size_bytes(), found: memory.len() });
        }
        let mut left = Left::default();
        for (offset, member) in self.placed() {
            match member.read(&memory[offset..offset + member.bytes()]) {
                Some(value) => {
                    left.values.insert(member.name.clone(), value);
                }
                None => left.unreadable.push(member.name.clone()),
            }
        }
        Ok(left)
    }
}

impl LayoutMember {
    fn write(&self, value: &Value, memory: &mut [u8]) -> Result<(), LayoutError> {
        let written = match self.item_type {
            ItemType::Character => text(value, 1).map(|units| put_units(&units, memory)),
            ItemType::String => text(value, self.size as usize).map(|units| put_units(&units, memory)),
            ItemType::Short => whole::<i16>(value).map(|number| memory.copy_from_slice(&number.to_ne_bytes())),
            ItemType::Id | ItemType::Integer => whole::<i32>(value).map(|number| memory.copy_from_slice(&number.to_ne_bytes())),
            ItemType::Boolean => value.as_bool().map(|yes| memory.copy_from_slice(&i32::from(yes).to_ne_bytes())),
            ItemType::Numeric => self.number(value).map(|number| number.write(memory)),
            ItemType::Date => write_date(value, memory),
            ItemType::Utime => write_utime(value, memory),
        };
        written.ok_or_else(|| LayoutError::Value { member: self.name.clone(), given: short(value), allowed: self.allowed() })
    }

    fn read(&self, memory: &[u8]) -> Option<Value> {
        match self.item_type {
            ItemType::Character => Some(read_text(memory, 1)),
            ItemType::String => Some(read_text(memory, self.size as usize)),
            ItemType::Short => Some(i16::from_ne_bytes(memory.try_into().ok()?).into()),
            ItemType::Id | ItemType::Integer => Some(i32::from_ne_bytes(memory.try_into().ok()?).into()),
            ItemType::Boolean => Some((i32::from_ne_bytes(memory.try_into().ok()?) != 0).into()),
            ItemType::Numeric => Decimal::read(memory).map(|number| json_number(&number)),
            ItemType::Date => read_date(memory),
            ItemType::Utime => read_utime(memory),
        }
    }

    fn number(&self, value: &Value) -> Option<Decimal> {
        let number = match value {
            Value::Number(number) => Decimal::parse(&number.to_string()),
            Value::String(text) => Decimal::parse(text),
            _ => None,
        }?;
        let fits = number.digits_needed() <= self.digits_max() as usize && number.scale <= self.decimals as usize;
        fits.then_some(number)
    }

    /// What the member takes, for the one who gave it something else.
    fn allowed(&self) -> String {
        match self.item_type {
            ItemType::Character => "text of one character".to_owned(),
            ItemType::String => format!("text of up to {} characters", self.size),
            ItemType::Short => "a whole number from -32768 to 32767".to_owned(),
            ItemType::Id | ItemType::Integer => "a whole number of 32 bits".to_owned(),
            ItemType::Boolean => "true or false".to_owned(),
            ItemType::Numeric => {
                let digits = self.digits_max().min(DIGITS_MAX);
                format!("a number, or text like \"-12.5\", of up to {digits} digits, {} of them right of the point", self.decimals)
            }
            ItemType::Date => "a day like \"2026-11-21\" or null".to_owned(),
            ItemType::Utime => "a moment like \"2026-11-21T10:30:00Z\" or null".to_owned(),
        }
    }
}

/// UTF-16 units of text of up to `size` of them. A zero would end the text in C, so it is refused.
fn text(value: &Value, size: usize) -> Option<Vec<u16>> {
    let text = value.as_str().filter(|text| text.len() <= 3 * size && !text.contains('\0'))?;
    let units: Vec<u16> = text.encode_utf16().collect();
    (units.len() <= size).then_some(units)
}

fn put_units(units: &[u16], memory: &mut [u8]) {
    for (place, unit) in memory.chunks_exact_mut(2).zip(units) {
        place.copy_from_slice(&unit.to_ne_bytes());
    }
}

/// Text up to its end, or up to its size where careless code left no end.
fn read_text(memory: &[u8], size: usize) -> Value {
    let units = memory.chunks_exact(2).map(|pair| u16::from_ne_bytes([pair[0], pair[1]]));
    let units: Vec<u16> = units.take(size).take_while(|unit| *unit != 0).collect();
    String::from_utf16_lossy(&units).into()
}

fn whole<T: TryFrom<i64>>(value: &Value) -> Option<T> {
    value.as_i64().and_then(|number| T::try_from(number).ok())
}

fn json_number(number: &Decimal) -> Value {
    let text = number.to_text();
    if number.digits.len() > DIGITS_OF_A_JSON_NUMBER {
        return text.into();
    }
    let exact = match number.scale {
        0 => text.parse::<i64>().ok().map(Number::from),
        _ => text.parse::<f64>().ok().and_then(Number::from_f64),
    };
    exact.map_or(Value::String(text), Value::Number)
}

/// A null is the structure of zero bytes, which the memory is already.
fn write_date(value: &Value, memory: &mut [u8]) -> Option<()> {
    if value.is_null() {
        return Some(());
    }
    // Other forms of ISO 8601 would be read too, but the contract has one.
    let date: Date = value.as_str().filter(|text| text.len() == 10)?.parse().ok()?;
    put_units(&[date.year() as u16, date.month() as u16, date.day() as u16], memory);
    (date.year() > 0).then_some(())
}

fn read_date(memory: &[u8]) -> Option<Value> {
    let part = |place: usize| i16::from_ne_bytes([memory[2 * place], memory[2 * place + 1]]);
    match (part(0), part(1), part(2)) {
        (0, 0, 0) => Some(Value::Null),
        (year @ 1.., month, day) => {
            let date = Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok()?;
            Some(date.to_string().into())
        }
        _ => None,
    }
}

/// Seconds, nanoseconds within the second and the mark that there is a moment: `JDEUTIME` of the SDK.
fn write_utime(value: &Value, memory: &mut [u8]) -> Option<()> {
    if value.is_null() {
        return Some(());
    }
    let moment: Timestamp = value.as_str()?.parse().ok()?;
    let nanoseconds = moment.as_nanosecond();
    let seconds = i64::try_from(nanoseconds.div_euclid(1_000_000_000)).ok()?;
    memory[..8].copy_from_slice(&seconds.to_ne_bytes());
    memory[8..12].copy_from_slice(&(nanoseconds.rem_euclid(1_000_000_000) as i32).to_ne_bytes());
    memory[12..16].copy_from_slice(&1_i32.to_ne_bytes());
    Some(())
}

fn read_utime(memory: &[u8]) -> Option<Value> {
    let seconds = i64::from_ne_bytes(memory[..8].try_into().ok()?);
    let nanoseconds = i32::from_ne_bytes(memory[8..12].try_into().ok()?);
    match i32::from_ne_bytes(memory[12..16].try_into().ok()?) {
        0 => Some(Value::Null),
        1 if (0..1_000_000_000).contains(&nanoseconds) => Some(Timestamp::new(seconds, nanoseconds).ok()?.to_string().into()),
        _ => None,
    }
}

/// A value as a message shows it.
fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::Direction;
    use super::*;

    fn member(name: &str, item_type: ItemType, size: u32, decimals: u32) -> LayoutMember {
        LayoutMember { id: 1, name: name.to_owned(), item_type, size, decimals, direction: Direction::Both }
    }

    fn every_type() -> Layout {
        Layout {
            name: "D5500099".to_owned(),
            members: vec![
                member("cFlag", ItemType::Character, 1, 0),
                member("idKey", ItemType::Id, 0, 0),
                member("szName", ItemType::String, 5, 0),
                member("utWhen", ItemType::Utime, 0, 0),
                member("mnAmount", ItemType::Numeric, 15, 2),
                member("jdDay", ItemType::Date, 0, 0),
                member("nShort", ItemType::Short, 0, 0),
                member("bYes", ItemType::Boolean, 0, 0),
                member("nWhole", ItemType::Integer, 0, 0),
                member("mnAny", ItemType::Numeric, 0, 32),
            ],
        }
    }

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn offsets_are_those_of_c() {
        let offsets: Vec<usize> = every_type().placed().map(|(offset, _)| offset).collect();
        assert_eq!(offsets, [0, 4, 8, 24, 40, 90, 96, 100, 104, 108]);
        assert_eq!(every_type().size_bytes(), 160);
        assert_eq!(Layout::default().size_bytes(), 0);
    }

    #[test]
    fn values_of_every_type_round_trip() {
        let values = map(json!({
            "cFlag": "é", "idKey": -7, "szName": "Ödl𝄞", "utWhen": "1969-12-31T23:59:59.5Z", "mnAmount": -1234.5, "jdDay": "2024-02-29",
            "nShort": -32768, "bYes": true, "nWhole": 2147483647, "mnAny": "0.12345678901234567890123456789012",
        }));
        let memory = every_type().encode(&values).unwrap();
        assert_eq!(every_type().decode(&memory).unwrap(), Left { values, unreadable: vec![] });
    }

    #[test]
    fn zero_bytes_are_empty_values() {
        let memory = every_type().encode(&map(json!({ "utWhen": null, "jdDay": null }))).unwrap();
        let values = map(json!({
            "cFlag": "", "idKey": 0, "szName": "", "utWhen": null, "mnAmount": 0, "jdDay": null, "nShort": 0, "bYes": false, "nWhole": 0, "mnAny": 0,
        }));
        assert_eq!(every_type().decode(&memory).unwrap().values, values);
    }

    #[test]
    fn what_does_not_fit_is_refused_by_name() {
        for (name, value) in [
            ("cFlag", json!("ab")),
            ("cFlag", json!("𝄞")),
            ("cFlag", json!(1)),
            ("idKey", json!(2_147_483_648_i64)),
            ("idKey", json!(1.5)),
            ("szName", json!("123456")),
            ("szName", json!("a\0b")),
            ("utWhen", json!("2026-11-21")),
            ("mnAmount", json!(1.234)),
            ("mnAmount", json!(1_000_000_000_000_000_i64)),
            ("mnAmount", json!("1,5")),
            ("mnAmount", json!(true)),
            ("jdDay", json!("2026-02-30")),
            ("jdDay", json!("2026-11-21T10:00")),
            ("jdDay", json!("0000-01-01")),
            ("nShort", json!(40000)),
            ("bYes", json!(1)),
            ("mnAny", json!("123456789012345678901234567890123")),
        ] {
            let failure = every_type().encode(&map(json!({ name: value }))).unwrap_err();
            assert!(failure.to_string().contains(&format!("into member {name}: it takes ")), "{failure}");
        }
        let failure = every_type().encode(&map(json!({ "szNames": "x" }))).unwrap_err();
        assert!(failure.to_string().starts_with("data structure D5500099 has no member szNames, only cFlag, idKey"), "{failure}");
    }

    #[test]
    fn layouts_have_limits() {
        for wrong in [
            member("sz Name", ItemType::String, 5, 0),
            member("szName", ItemType::String, 0, 0),
            member("szName", ItemType::String, 1_000_000, 0),
            member("mnAmount", ItemType::Numeric, 33, 0),
            member("mnAmount", ItemType::Numeric, 2, 3),
        ] {
            let layout = Layout { name: "D1".to_owned(), members: vec![wrong] };
            assert!(matches!(layout.check(), Err(LayoutError::Layout { .. })), "{layout:?}");
        }
        let many = |count: usize, size| Layout {
            name: "D1".to_owned(),
            members: (0..count).map(|number| member(&format!("sz{number}"), ItemType::String, size, 0)).collect(),
        };
        assert!(many(1000, 100).check().is_ok());
        assert!(many(1001, 1).check().is_err());
        assert!(many(1000, 200).check().is_err());
        let twice = Layout { name: "D1".to_owned(), members: vec![member("a", ItemType::Id, 0, 0), member("a", ItemType::Id, 0, 0)] };
        assert!(twice.check().is_err());
    }

    proptest! {
        #[test]
        fn whatever_foreign_code_leaves_is_read_without_a_panic(memory in proptest::collection::vec(any::<u8>(), 160)) {
            let left = every_type().decode(&memory).unwrap();
            prop_assert_eq!(left.values.len() + left.unreadable.len(), 10);
        }

        #[test]
        fn numbers_round_trip_exactly(whole in "[1-9][0-9]{0,12}", cents in "[0-9][1-9]", minus in any::<bool>()) {
            let text = format!("{}{whole}.{cents}", if minus { "-" } else { "" });
            let memory = every_type().encode(&map(json!({ "mnAmount": text }))).unwrap();
            prop_assert_eq!(every_type().decode(&memory).unwrap().values["mnAmount"].to_string(), text);
        }
    }
}
