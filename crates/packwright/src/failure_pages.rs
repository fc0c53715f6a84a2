//! The pages about failures, `docs/failures/<code>.md`, which travel inside the binary.

include!(concat!(env!("OUT_DIR"), "/failure_pages.rs"));

/// The page about a code, in Markdown.
pub fn page(code: &str) -> Option<&'static str> {
    let name = format!("{code}.md");
    FILES.iter().find(|(file, _)| *file == name).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_page_and_every_page_a_code() {
        for code in engine::failure::ALL {
            let page = page(code.name).unwrap_or_else(|| panic!("docs/failures/{}.md is missing", code.name));
            assert!(page.starts_with(&format!("# {}\n", code.name)), "{}: the page begins with its code", code.name);
            for part in ["## What happened", "## What to do"] {
                assert!(page.contains(part), "{}: the page lacks \"{part}\"", code.name);
            }
        }
        for (file, _) in FILES {
            assert!(engine::failure::code(file.trim_end_matches(".md")).is_some(), "docs/failures/{file} is about no code");
        }
    }
}
