//! Times as control writes them: milliseconds for our own tables, CYYDDD and HHMMSS for those of the ERP (UTC).

use engine::value::Value;

/// Milliseconds since 1970.
pub fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// Date as CYYDDD (C: 0 for 19xx, 1 for 20xx) and time as HHMMSS.
pub fn erp(milliseconds: i64) -> [Value; 2] {
    let time = jiff::Timestamp::from_millisecond(milliseconds).unwrap_or_default().to_zoned(jiff::tz::TimeZone::UTC);
    let date = format!("{:03}{:03}", i32::from(time.year()) - 1900, time.day_of_year());
    [Value::from(date), Value::from(format!("{:02}{:02}{:02}", time.hour(), time.minute(), time.second()))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_count_days_of_the_year() {
        // 21 November 2026 is day 325.
        assert_eq!(erp(1_795_228_245_000), [Value::from("126325"), Value::from("023045")]);
    }
}
