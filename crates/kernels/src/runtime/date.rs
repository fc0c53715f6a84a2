//! Days and moments: the functions of the SDK on `JDEDATE` and `JDEUTIME`, and the masks by which days are written. It knows one
//! calendar, the Gregorian, and one zone, UTC.

#![expect(unsafe_code, reason = "the functions of the C interface take pointers")]

use std::cmp::Ordering;
use std::ffi::{c_int, c_short};
use std::time::{SystemTime, UNIX_EPOCH};

use super::units::{Unit, text_within, write};

const MASK_MAX: usize = 32;
/// Longer text is no date.
const TEXT_MAX: usize = 100;
const MASK_USUAL: &str = "OSASE";
const SEPARATORS: [char; 5] = ['/', '-', '.', ',', ' '];
/// Years of two digits below this one are 20xx.
const CENTURY_TURN: i16 = 50;

const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/// The structure of `jdetypes.h`; its order of members is the order of days.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub(super) struct Day {
    year: c_short,
    month: c_short,
    day: c_short,
}

impl Day {
    const NONE: Day = Day { year: 0, month: 0, day: 0 };

    fn is_in_calendar(self) -> bool {
        (1..=9999).contains(&self.year) && (1..=12).contains(&self.month) && (1..=days_of(self.year, self.month)).contains(&self.day)
    }
}

fn days_of(year: i16, month: i16) -> i16 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// A day by its mask; `None` for a day that is not in the calendar or a mask that is too long.
fn format(day: Day, mask: &str) -> Option<String> {
    if day == Day::NONE {
        return Some(String::new());
    }
    if !day.is_in_calendar() || mask.chars().count() > MASK_MAX {
        return None;
    }
    let name = MONTHS[day.month as usize - 1];
    let part = |letter: char| match letter {
        'D' => day.day.to_string(),
        'A' => format!("{:02}", day.day),
        'Y' => format!("{:2}", day.day),
        'M' => day.month.to_string(),
        'O' => format!("{:02}", day.month),
        'N' => format!("{:2}", day.month),
        'T' => name.to_owned(),
        'B' => name[..3].to_owned(),
        'R' => format!("{:02}", day.year % 100),
        'E' => format!("{:04}", day.year),
        'S' => "/".to_owned(),
        'C' => ",".to_owned(),
        other => other.to_string(),
    };
    Some(mask.chars().map(part).collect())
}

/// The day that a text names by a mask; `None` when it names none.
fn parse(text: &str, mask: &str) -> Option<Day> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return Some(Day::NONE);
    }
    if mask.chars().count() > MASK_MAX {
        return None;
    }
    let mut day = Day::NONE;
    for letter in mask.chars() {
        match letter {
            'D' | 'A' | 'Y' => day.day = number(&mut rest, 2)?,
            'M' | 'O' | 'N' => day.month = number(&mut rest, 2)?,
            'R' => {
                let year = number(&mut rest, 2)?;
                day.year = year + if year < CENTURY_TURN { 2000 } else { 1900 };
            }
            'E' => day.year = number(&mut rest, 4)?,
            'T' | 'B' => day.month = month_named(&mut rest, letter == 'B')?,
            'S' | 'C' => rest = rest.strip_prefix(SEPARATORS).unwrap_or(rest),
            other if SEPARATORS.contains(&other) => rest = rest.strip_prefix(SEPARATORS).unwrap_or(rest),
            other => rest = rest.strip_prefix(other)?,
        }
    }
    Some(day).filter(|day| rest.is_empty() && day.is_in_calendar())
}

/// Up to so many digits from the beginning of the text, behind blanks.
fn number(rest: &mut &str, digits_max: usize) -> Option<i16> {
    let start = rest.trim_start();
    let length = start.bytes().take(digits_max).take_while(u8::is_ascii_digit).count();
    let (digits, after) = start.split_at(length);
    *rest = after;
    digits.parse().ok()
}

fn month_named(rest: &mut &str, short: bool) -> Option<i16> {
    let start = rest.trim_start();
    let month = MONTHS.iter().position(|name| {
        let name = if short { &name[..3] } else { name };
        start.get(..name.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(name))
    })?;
    *rest = &start[if short { 3 } else { MONTHS[month].len() }..];
    i16::try_from(month + 1).ok()
}

/// From the three letters of a date format to a mask: zeros in front, a slash between.
fn mask_of(format: &str) -> Option<String> {
    let letters: Vec<char> = format.trim().chars().collect();
    let one_of_each = letters.len() == 3 && letters.contains(&'D') && letters.contains(&'M');
    let parts = letters.iter().map(|letter| match letter {
        'D' => Some("A"),
        'M' => Some("O"),
        'Y' => Some("R"),
        'E' => Some("E"),
        _ => None,
    });
    parts
        .collect::<Option<Vec<_>>>()
        .filter(|_| one_of_each)
        .filter(|parts| parts.contains(&"R") || parts.contains(&"E"))
        .map(|parts| parts.join("S"))
}

/// A moment: the structure of `jdetypes.h`. Without `present` it is none.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Moment {
    seconds: i64,
    nanoseconds: i32,
    present: i32,
}

impl Moment {
    fn order(self) -> (bool, i64, i32) {
        if self.present == 0 { (false, 0, 0) } else { (true, self.seconds, self.nanoseconds) }
    }

    /// The day in UTC. Days are counted from 1 March of the year 0, so that the leap day is the last of its year.
    fn day(self) -> Option<Day> {
        const DAYS_TO_1970: i64 = 719_468;
        const DAYS_IN_400_YEARS: i64 = 146_097;
        let days = self.seconds.div_euclid(86_400).checked_add(DAYS_TO_1970)?;
        let day_of_era = days.rem_euclid(DAYS_IN_400_YEARS);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = year_of_era + days.div_euclid(DAYS_IN_400_YEARS) * 400 + i64::from(month <= 2);
        let found = Day { year: i16::try_from(year).ok()?, month: month as i16, day: day as i16 };
        Some(found).filter(|found| self.present != 0 && found.is_in_calendar())
    }
}

unsafe fn read<T: Copy + Default>(pointer: *const T) -> T {
    // SAFETY: NULL, which has the value of none, or the caller's structure.
    if pointer.is_null() { T::default() } else { unsafe { pointer.read_unaligned() } }
}

unsafe fn put<T>(pointer: *mut T, value: T) {
    if !pointer.is_null() {
        // SAFETY: the caller's place.
        unsafe { pointer.write_unaligned(value) };
    }
}

fn sign(order: Ordering) -> c_int {
    match order {
        Ordering::Less => -1,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    }
}

/// A mask from C; the usual one for NULL and blanks.
unsafe fn mask(pointer: *const u16) -> String {
    // SAFETY: NULL or text.
    let mask = u16::decode(unsafe { text_within(pointer, MASK_MAX + 1) });
    if mask.trim().is_empty() { MASK_USUAL.to_owned() } else { mask.trim_end().to_owned() }
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn IsJDEDATENull(date: *const Day) -> c_int {
    // SAFETY: NULL or the caller's date.
    (unsafe { read(date) } == Day::NONE).into()
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn DateCompare(left: *const Day, right: *const Day) -> c_int {
    // SAFETY: as above.
    sign(unsafe { read(left).cmp(&read(right)) })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn FormatDate(destination: *mut u16, date: *const Day, format_mask: *const u16) -> c_int {
    // SAFETY: NULL, or the caller's date and mask, and a buffer for what the mask gives.
    unsafe {
        let formatted = format(read(date), &mask(format_mask));
        write(destination, &u16::encode(formatted.as_deref().unwrap_or("")));
        formatted.is_none().into()
    }
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn DeformatDate(date: *mut Day, source: *const u16, format_mask: *const u16) -> c_int {
    // SAFETY: NULL, or the caller's text, mask and date.
    unsafe {
        let found = parse(&u16::decode(text_within(source, TEXT_MAX)), &mask(format_mask));
        put(date, found.unwrap_or(Day::NONE));
        found.is_none().into()
    }
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeConvertUDCToDateFormat(date_format: *const u16, destination: *mut u16) -> c_int {
    // SAFETY: NULL, or the caller's text and a buffer for five characters and the end.
    unsafe {
        let mask = mask_of(&u16::decode(text_within(date_format, TEXT_MAX)));
        write(destination, &u16::encode(mask.as_deref().unwrap_or("")));
        mask.is_none().into()
    }
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeUTimeIsNull(moment: *const Moment) -> c_int {
    // SAFETY: NULL or the caller's moment.
    (unsafe { read(moment) }.present == 0).into()
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeUTimeCompare(left: *const Moment, right: *const Moment) -> c_int {
    // SAFETY: as above.
    sign(unsafe { read(left).order().cmp(&read(right).order()) })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeUTimeNow(moment: *mut Moment) {
    // A clock before 1970 is a clock that is not set: no moment.
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|now| Some(Moment { seconds: i64::try_from(now.as_secs()).ok()?, nanoseconds: now.subsec_nanos() as i32, present: 1 }));
    // SAFETY: NULL or the caller's moment.
    unsafe { put(moment, now.unwrap_or_default()) };
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn jdeUTimeToDate(moment: *const Moment, date: *mut Day) {
    // SAFETY: NULL, or the caller's moment and date.
    unsafe { put(date, read(moment).day().unwrap_or(Day::NONE)) };
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(year: i16, month: i16, day: i16) -> Day {
        Day { year, month, day }
    }

    #[test]
    fn masks_write_and_read_days() {
        for (mask, text) in [
            ("OSASE", "03/07/2026"),
            ("ASOSR", "07/03/26"),
            ("DSMSE", "7/3/2026"),
            ("N-Y-E", " 3- 7-2026"),
            ("T DC E", "March 7, 2026"),
            ("ABE", "07Mar2026"),
            ("EOA", "20260307"),
            ("E年M月D日", "2026年3月7日"),
        ] {
            assert_eq!(format(day(2026, 3, 7), mask).as_deref(), Some(text), "{mask}");
            assert_eq!(parse(text, mask), Some(day(2026, 3, 7)), "{text} by {mask}");
        }
    }

    #[test]
    fn separators_may_differ_or_be_left_out() {
        for text in ["3/7/2026", "03-07-2026", "03.07.2026", "03072026", " 03 07 2026 "] {
            assert_eq!(parse(text, "OSASE"), Some(day(2026, 3, 7)), "{text}");
        }
        assert_eq!(parse("010149", "OSASR"), Some(day(2049, 1, 1)));
        assert_eq!(parse("010150", "OSASR"), Some(day(1950, 1, 1)));
        assert_eq!(parse("  ", "OSASE"), Some(Day::NONE));
    }

    #[test]
    fn what_is_not_in_the_calendar_is_no_day() {
        for text in [
            "02/29/2025",
            "02/29/1900",
            "13/01/2026",
            "00/01/2026",
            "04/31/2026",
            "1/1/0000",
            "1/1/2026x",
            "x",
            "1/1",
            "١/1/2026",
            "é/1/2026",
        ] {
            assert_eq!(parse(text, "OSASE"), None, "{text}");
        }
        assert_eq!(parse("02/29/2000", "OSASE"), Some(day(2000, 2, 29)));
        assert_eq!(format(day(2026, 2, 29), "OSASE"), None);
        assert_eq!(format(day(1, 1, 1), &"T".repeat(MASK_MAX + 1)), None);
        assert_eq!(format(Day::NONE, "OSASE").as_deref(), Some(""));
    }

    #[test]
    fn date_formats_become_masks() {
        assert_eq!(mask_of("DMY").as_deref(), Some("ASOSR"));
        assert_eq!(mask_of("EMD").as_deref(), Some("ESOSA"));
        for format in ["", "DM", "DDY", "DMX", "DMDM", "DMM"] {
            assert_eq!(mask_of(format), None, "{format}");
        }
    }

    #[test]
    fn moments_have_a_day() {
        let at = |seconds| Moment { seconds, nanoseconds: 0, present: 1 }.day();
        assert_eq!(at(0), Some(day(1970, 1, 1)));
        assert_eq!(at(-1), Some(day(1969, 12, 31)));
        assert_eq!(at(951_782_400), Some(day(2000, 2, 29)));
        assert_eq!(at(4_107_542_399), Some(day(2100, 2, 28)));
        assert_eq!(at(4_107_542_400), Some(day(2100, 3, 1)));
        assert_eq!(at(i64::MAX), None);
        assert_eq!(at(i64::MIN), None);
        assert_eq!(Moment::default().day(), None);
    }

    proptest! {
        /// No text and no mask is a reason to panic, and what is read is in the calendar.
        #[test]
        fn any_text_by_any_mask(text in "([0-9/. ]|\\PC){0,20}", mask in "([DAYMONTBRESC]|\\PC){0,12}") {
            if let Some(found) = parse(&text, &mask) {
                prop_assert!(found == Day::NONE || found.is_in_calendar());
            }
        }

        #[test]
        fn every_day_is_read_as_it_was_written(year in 1_i16..=9999, month in 1_i16..=12, number in 1_i16..=31, mask in "[MONTB] [DAY] E") {
            let written = day(year, month, number.min(days_of(year, month)));
            prop_assert_eq!(parse(&format(written, &mask).unwrap(), &mask), Some(written));
        }
    }
}
