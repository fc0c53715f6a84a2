//! Moves the server's pointer: `spec.ini` of the path code names the new package, and its generation, by one rename. What runs goes on with the
//! package it started with; what starts from now on takes the new one.
//!
//! Serves: D6.1 D7

use crate::paths::Paths;
use engine::failure::Failure;
use engine::outcome::Outcome;
use engine::release::Releases;
use engine::step::{self, Context, Step};

pub static STEP: Step =
    Step { name: "switch_package", title: "Switch to the package", releases: Releases::ALL, timeout_seconds: 300, skip: step::never, run };

fn run(context: &mut Context<'_>) -> Result<Outcome, Failure> {
    let (host, order) = (context.host, context.order);
    let paths = Paths(order);
    let old =
        if host.exists(&paths.spec_ini()) { String::from_utf8_lossy(&host.read(&paths.spec_ini())?).into_owned() } else { String::new() };
    let new = [
        (format!("{}_Package", order.path_code), order.package.clone()),
        (format!("{}_Generation", order.path_code), order.facts.generation.to_string()),
        (format!("{}_DataSource", order.path_code), order.facts.data_source.clone()),
    ]
    .iter()
    .fold(old.clone(), |text, (key, value)| set_key(&text, "SPEC LOCATIONS", key, value));
    if new == old {
        return Ok(Outcome::Skipped("the server points at the package already".into()));
    }
    host.write(&paths.spec_ini(), new.as_bytes())?;
    Ok(Outcome::Done)
}

/// Sets one key of one section and leaves every other line as it is; adds section and key where they are missing.
pub fn set_key(text: &str, section: &str, key: &str, value: &str) -> String {
    let head = format!("[{section}]");
    let wanted = format!("{key}={value}");
    let mut lines: Vec<String> = text.lines().map(str::to_string).collect();
    let start = match lines.iter().position(|line| line.trim() == head) {
        Some(start) => start,
        None => {
            lines.push(head);
            lines.len() - 1
        }
    };
    let end =
        lines[start + 1..].iter().position(|line| line.trim_start().starts_with('[')).map_or(lines.len(), |offset| start + 1 + offset);
    let is_key = |line: &String| line.split_once('=').is_some_and(|(name, _)| name.trim().eq_ignore_ascii_case(key));
    match lines[start + 1..end].iter().position(is_key) {
        Some(offset) => lines[start + 1 + offset] = wanted,
        None => lines.insert(end, wanted),
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::set_key;

    #[test]
    fn other_lines_stay_as_they_are() {
        let old = "; mine\n[SPEC LOCATIONS]\nPY920_Package=PY920FA\nDV920_Package=DV920FA\n\n[OTHER]\nDV920_Package=x\n";
        let new = set_key(old, "SPEC LOCATIONS", "DV920_Package", "DV920FB");
        assert_eq!(new, old.replace("DV920_Package=DV920FA", "DV920_Package=DV920FB"));
        assert_eq!(set_key("", "SPEC LOCATIONS", "A", "1"), "[SPEC LOCATIONS]\nA=1\n");
    }
}
