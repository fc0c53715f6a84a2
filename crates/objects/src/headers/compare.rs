//! Compares a given header with the derived one, token by token: comments, blanks and line ends do not count.

use super::tokens::{Directives, Kind, Token, tokens};
use crate::complaint::{Complaint, shown};

/// After so many differences the rest says nothing new.
const COMPLAINTS_MAX: usize = 3;

/// The first differences, with the lines of the given header, whose name is `file`.
pub fn compare(file: &str, given: &[u8], derived: &str) -> Vec<Complaint> {
    let given: Vec<Token<'_>> = tokens(given, Directives::Keep).collect();
    let derived: Vec<Token<'_>> = tokens(derived.as_bytes(), Directives::Keep).collect();
    let (mut mine, mut theirs) = (0, 0);
    let mut complaints = Vec::new();
    while complaints.len() < COMPLAINTS_MAX && (mine < given.len() || theirs < derived.len()) {
        match (given.get(mine), derived.get(theirs)) {
            (Some(a), Some(b)) if a.kind == b.kind && a.text == b.text => (mine, theirs) = (mine + 1, theirs + 1),
            (found, wanted) => {
                let line = found.or(given.last()).map(|token| token.line);
                let message = format!("{} expected, and {} found", told(&derived, wanted, theirs), told(&given, found, mine));
                let hint = "leave the header out; it is derived from the object at every build";
                complaints.push(Complaint::new(file, line, message).hint(hint));
                (mine, theirs) = (after_declaration(&given, mine), after_declaration(&derived, theirs));
            }
        }
    }
    complaints
}

/// The declaration or preprocessor line that the token at `at` is in.
fn told(all: &[Token<'_>], token: Option<&Token<'_>>, at: usize) -> String {
    if token.is_none() {
        return "the end of the file".to_string();
    }
    let ends = |token: &Token<'_>| token.kind == Kind::LineEnd || token.is(";") || token.is("{");
    let start = all[..at].iter().rposition(ends).map_or(0, |end| end + 1);
    let words = all[start..after_declaration(all, at)].iter().filter(|token| token.kind != Kind::LineEnd);
    shown(&words.map(|token| String::from_utf8_lossy(token.text)).collect::<Vec<_>>().join(" "))
}

/// Behind the end of the declaration or preprocessor line that `at` is in.
fn after_declaration(all: &[Token<'_>], at: usize) -> usize {
    let rest = all.get(at..).unwrap_or_default();
    at + rest.iter().position(|token| token.kind == Kind::LineEnd || token.is(";")).map_or(rest.len(), |end| end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DERIVED: &str = "#ifndef A\n#define A\ntypedef struct tagF1\n{\n    MATH_NUMERIC ohdoco;\n    JCHAR ohdcto[3];\n} F1;\n#endif\n";

    #[test]
    fn comments_and_blanks_do_not_count() {
        let given = "/* mine */\n#ifndef   A\r\n#define A // once\ntypedef struct tagF1 { MATH_NUMERIC ohdoco; /* n */ JCHAR ohdcto [ 3 ] ; } F1 ;\n#endif";
        assert_eq!(compare("f1.h", given.as_bytes(), DERIVED), []);
    }

    #[test]
    fn a_difference_is_told_with_its_line_and_the_next_ones_are_found() {
        let given = DERIVED.replace("MATH_NUMERIC", "int").replace("[3]", "[4]");
        let page: Vec<String> = compare("f1.h", given.as_bytes(), DERIVED).iter().map(Complaint::to_string).collect();
        insta::assert_snapshot!(page.join("\n"), @r#"
        f1.h:5: "MATH_NUMERIC ohdoco ;" expected, and "int ohdoco ;" found (hint: leave the header out; it is derived from the object at every build)
        f1.h:6: "JCHAR ohdcto [ 3 ] ;" expected, and "JCHAR ohdcto [ 4 ] ;" found (hint: leave the header out; it is derived from the object at every build)
        "#);
        assert_eq!(compare("f1.h", b"", DERIVED).len(), COMPLAINTS_MAX);
    }
}
