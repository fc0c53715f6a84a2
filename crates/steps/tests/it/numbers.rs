//! Every number of the vendor's lists is served by a step's header or named among those that are not steps. What is still open is listed here, and
//! the list may only shrink.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Numbers of the full build that come with later work: loading and converting the repository, repair, the dictionary check, event rules, the
/// client package, and the application component.
const OPEN_FULL: &[&str] =
    &["F13", "F14", "F19", "F23", "F24", "F26", "F27", "F29", "F30", "F34", "F38", "F46", "F50", "F56", "F57", "F58", "F59", "F60", "F62"];
/// Numbers of the deployment that are of tools releases before 9.2.6.0, or of a client package.
const OPEN_DEPLOYMENT: &[&str] = &["D2", "D3", "D4", "D5", "D6.2", "D6.3", "D6.4", "D6.5", "D11"];

fn numbers_in(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '.')
        .map(|word| word.trim_end_matches('.'))
        .filter(|word| is_number(word))
        .map(str::to_string)
}

fn is_number(word: &str) -> bool {
    let mut characters = word.chars();
    matches!(characters.next(), Some('F' | 'U' | 'D'))
        && !characters.as_str().is_empty()
        && characters.all(|c| c.is_ascii_digit() || c == '.')
}

fn served() -> BTreeSet<String> {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut served = BTreeSet::new();
    for folder in ["build", "deploy"] {
        for entry in fs::read_dir(sources.join(folder)).unwrap() {
            let text = fs::read_to_string(entry.unwrap().path()).unwrap();
            served.extend(text.lines().filter(|line| line.starts_with("//! Serves:")).flat_map(numbers_in));
        }
    }
    let recipes = fs::read_to_string(sources.join("recipes.rs")).unwrap();
    served.extend(recipes.lines().filter(|line| line.starts_with("//! | F")).flat_map(numbers_in));
    served
}

fn all(letter: char, last: usize) -> BTreeSet<String> {
    (1..=last).map(|number| format!("{letter}{number}")).collect()
}

#[test]
fn every_number_of_the_full_build_is_served_or_known_to_be_open() {
    let served = served();
    let open: BTreeSet<String> = all('F', 64).into_iter().filter(|number| !served.contains(number)).collect();
    assert_eq!(open, OPEN_FULL.iter().map(ToString::to_string).collect(), "left: what is open; right: what the list says");
}

#[test]
fn every_number_of_the_deployment_is_served_or_known_to_be_open() {
    let served = served();
    let mut wanted = all('D', 11);
    wanted.remove("D6");
    wanted.extend((1..=6).map(|part| format!("D6.{part}")));
    let open: BTreeSet<String> = wanted.into_iter().filter(|number| !served.contains(number)).collect();
    assert_eq!(open, OPEN_DEPLOYMENT.iter().map(ToString::to_string).collect(), "left: what is open; right: what the list says");
}

#[test]
fn every_step_has_a_file_of_its_name_and_a_line_that_says_what_it_serves() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for step in steps::recipes::ALL.iter().flat_map(|recipe| recipe.steps()) {
        let file =
            ["build", "deploy"].iter().map(|folder| sources.join(folder).join(format!("{}.rs", step.name))).find(|path| path.exists());
        let text = fs::read_to_string(file.unwrap_or_else(|| panic!("{} has no file", step.name))).unwrap();
        assert!(text.contains("//! Serves: "), "{} does not say what it serves", step.name);
        assert!(step.timeout_seconds > 0, "{} has no time limit", step.name);
    }
}
