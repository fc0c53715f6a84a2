//! Which of a home's products a domain uses, told by the paths and names in its scripts and configuration, with the lines that say so: a person can
//! check, because a name in a text proves little. What the products hold is not known here.

use super::Domain;
use crate::disk;
use crate::home::{Home, Product};
use engine::failure::{Evidence, Failure};
use serde::Serialize;
use std::path::PathBuf;

const FILE_BYTES_MAX: u64 = 16 << 20;
const EVIDENCE_MAX: usize = 5;
const LINE_CHARACTERS_MAX: usize = 200;

/// A product of the home that a domain names.
#[derive(Clone, Debug, Serialize)]
pub struct UsedProduct {
    /// `wls1036`
    pub label: String,
    /// The first lines that name it.
    pub evidence: Vec<Evidence>,
}

impl Domain {
    /// The home's products that this domain's files name, in the home's order.
    pub fn products_used(&self, home: &Home) -> Result<Vec<UsedProduct>, Failure> {
        let mut files: Vec<PathBuf> = self.all_scripts()?;
        files.extend(["config/config.xml", "config.xml", "init-info/domain-info.xml"].iter().map(|place| self.root.join(place)));
        let mut used: Vec<UsedProduct> =
            home.products.iter().map(|product| UsedProduct { label: product.label(), evidence: Vec::new() }).collect();
        let words: Vec<Vec<String>> = home.products.iter().map(words_of).collect();
        for file in files {
            let Some(bytes) = disk::read_if_there(&file, FILE_BYTES_MAX)? else { continue };
            let text = String::from_utf8_lossy(&bytes);
            for (number, line) in text.lines().enumerate().filter(|(_, line)| !is_comment(line)) {
                for (found, words) in used.iter_mut().zip(&words) {
                    if found.evidence.len() < EVIDENCE_MAX && words.iter().any(|word| names(line, word)) {
                        found.evidence.push(Evidence {
                            file: self.shown(&file),
                            line: number as u32 + 1,
                            message: line.trim().chars().take(LINE_CHARACTERS_MAX).collect(),
                            ..Evidence::default()
                        });
                    }
                }
            }
        }
        used.retain(|product| !product.evidence.is_empty());
        Ok(used)
    }
}

/// What a text says that speaks of a product: its folder, its patch folder, or what its folder is usually called.
fn words_of(product: &Product) -> Vec<String> {
    let mut words = vec![product.patch_folder.as_str().to_string()];
    words.extend(product.home.iter().map(|home| home.as_str().to_string()));
    let version = product.release.split('.').take(2).collect::<Vec<_>>().join(".");
    match product.name.as_str() {
        "wls" | "weblogic" => words.extend([format!("wlserver_{version}"), format!("weblogic{}", version.replace('.', ""))]),
        "ocp" => words.push(format!("coherence_{version}")),
        "jdev" => words.push("jdeveloper".into()),
        _ => {}
    }
    words
}

/// Whether a line holds a word with nothing of a name around it.
fn names(line: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    line.match_indices(word)
        .any(|(at, _)| !line[..at].chars().next_back().is_some_and(is_part) && !line[at + word.len()..].chars().next().is_some_and(is_part))
}

fn is_comment(line: &str) -> bool {
    let line = line.trim_start().trim_start_matches('@');
    let is_remark = line.get(..3).is_some_and(|word| word.eq_ignore_ascii_case("rem")) && !line[3..].starts_with(char::is_alphanumeric);
    is_remark || line.starts_with('#') || line.starts_with("::") || line.starts_with("<!--")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_counts_when_it_stands_alone_in_a_living_line() {
        assert!(names("WL_HOME=\"/mw/wlserver_10.3\"", "wlserver_10.3"));
        assert!(!names("WL_HOME=\"/mw/wlserver_10.3.1\"", "wlserver_10.3"));
        assert!(names(r"set X=C:\mw\coherence_3.7\lib", "coherence_3.7"));
        assert!(["# x", "  rem x", "@REM x", ":: x", "REM"].iter().all(|line| is_comment(line)));
        assert!(["remote=1", "X=#"].iter().all(|line| !is_comment(line)));
    }
}
