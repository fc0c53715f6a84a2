//! What a person sees: tables, times, problems. Writes to a closed pipe end the program quietly, as a filter's reader expects.

use crate::api::problem::{Found, Problem};
use comfy_table::{Cell, CellAlignment, Table, presets};
use std::io::{IsTerminal, Write};

/// Lines of evidence that a screen shows; a report has them all.
const EVIDENCE_SHOWN: usize = 20;

pub fn put(text: &str) {
    if std::io::stdout().write_all(text.as_bytes()).and_then(|()| std::io::stdout().flush()).is_err() {
        std::process::exit(0);
    }
}

pub fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Whether somebody looks at the screen.
pub fn is_terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// Text in bold or a colour where somebody looks at it.
pub fn styled(text: &str, code: &str) -> String {
    if std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        format!("\x1b[{code}m{text}\x1b[0m")
    } else {
        text.to_string()
    }
}

pub fn head(text: &str) -> String {
    styled(text, "1")
}

/// Columns without lines; numbers to the right where `right` names the column.
pub fn table(header: &[&str], right: &[usize], rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(header.iter().map(Cell::new));
    for row in rows {
        table.add_row(row);
    }
    for (position, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        if right.contains(&position) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_string()).collect();
    lines.join("\n") + "\n"
}

/// A duration as 4.2 s, 3 min 10 s or 2 h 5 min.
pub fn duration(milliseconds: i64) -> String {
    let seconds = milliseconds.max(0) / 1_000;
    match seconds {
        0..60 => format!("{}.{} s", seconds, (milliseconds.max(0) % 1_000) / 100),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

/// A time of day, or the date for one that is not of today, in the time zone of the machine.
pub fn time(milliseconds: i64) -> String {
    if milliseconds == 0 {
        return String::new();
    }
    let zone = jiff::tz::TimeZone::system();
    let time = jiff::Timestamp::from_millisecond(milliseconds).unwrap_or_default().to_zoned(zone.clone());
    let today = jiff::Timestamp::now().to_zoned(zone).date();
    let format = if time.date() == today { "%H:%M:%S" } else { "%Y-%m-%d %H:%M" };
    time.strftime(format).to_string()
}

pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let (mut value, mut unit) = (count as f64, 0);
    while value >= 1_000.0 && unit < UNITS.len() - 1 {
        value /= 1_000.0;
        unit += 1;
    }
    if unit == 0 { format!("{count} B") } else { format!("{value:.1} {}", UNITS[unit]) }
}

pub fn problem(problem: &Problem) {
    note(&format!("error: {} [{}]", problem.detail, problem.code));
    found(&problem.evidence);
    if !problem.hint.is_empty() {
        note(&format!("hint: {}", problem.hint));
    }
    note(&format!("more: packwright explain {}", problem.code));
}

/// What was found, a line each.
pub fn found(evidence: &[Found]) {
    for found in evidence.iter().take(EVIDENCE_SHOWN) {
        note(&format!("  {}", found_line(found)));
    }
    if evidence.len() > EVIDENCE_SHOWN {
        note(&format!("  … and {} more", evidence.len() - EVIDENCE_SHOWN));
    }
}

pub fn found_line(found: &Found) -> String {
    let mut line = String::new();
    for part in [&found.server, &found.object] {
        if !part.is_empty() {
            line.push_str(part);
            line.push_str("  ");
        }
    }
    if !found.file.is_empty() {
        line.push_str(&found.file);
        if found.line > 0 {
            line.push_str(&format!(":{}", found.line));
        }
        line.push_str(": ");
    }
    line + &found.message
}
