//! What the condition of a start script comes to, as far as variables and files tell. It runs nothing.

use super::environment::Environment;
use super::structure;
use crate::scripts::Syntax;
use std::path::{Path, PathBuf};

/// Whether a condition holds, or why that cannot be told.
pub(super) type Truth = Result<bool, String>;

/// The condition of an `if`.
pub(super) fn holds(text: &str, environment: &Environment) -> Truth {
    match environment.syntax {
        Syntax::Sh => sh(text, environment),
        Syntax::Cmd => cmd(text, environment),
    }
}

/// Whether a word of `case` is one of an arm's patterns.
pub(super) fn matches(word: &str, patterns: &str, environment: &Environment) -> Truth {
    let mut begin = 0;
    let ends = structure::outside_quotes(patterns, '|').chain([patterns.len()]);
    for pattern in ends.map(|end| patterns[std::mem::replace(&mut begin, end + 1)..end].trim()) {
        let plain = environment.expanded(pattern)?;
        if plain == "*" || plain == word {
            return Ok(true);
        }
        if pattern.starts_with(['"', '\'']) {
            continue;
        }
        match plain.strip_suffix('*').filter(|begin| !has_signs(begin)) {
            Some(begin) if word.starts_with(begin) => return Ok(true),
            None if has_signs(&plain) => return Err(format!("it hangs on the pattern {pattern}")),
            _ => {}
        }
    }
    Ok(false)
}

fn has_signs(pattern: &str) -> bool {
    pattern.contains(['*', '?', '['])
}

fn sh(text: &str, environment: &Environment) -> Truth {
    let is_test = text.starts_with("[ ") || text.starts_with("test ") || text.starts_with("! ");
    if !is_test || text.contains("&&") || text.contains("||") {
        return Err(format!("it hangs on `{text}`"));
    }
    let mut words = environment.words(text)?;
    if let Some(rest) = words.strip_prefix(&["!".to_string()]) {
        return sh_words(rest, text).map(|holds| !holds);
    }
    if words.first().is_some_and(|word| word == "[") && words.pop().as_deref() != Some("]") {
        return Err(format!("it hangs on `{text}`"));
    }
    sh_words(&words[1..], text)
}

fn sh_words(words: &[String], text: &str) -> Truth {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let unclear = || Err(format!("it hangs on `{text}`"));
    for (word, is_and) in [("-o", false), ("-a", true)] {
        // What binds least comes first.
        if let Some(at) = words.iter().position(|found| *found == word).filter(|at| *at > 0) {
            let owned = |words: &[&str]| words.iter().map(|word| word.to_string()).collect::<Vec<_>>();
            let (left, right) = (sh_words(&owned(&words[..at]), text)?, sh_words(&owned(&words[at + 1..]), text)?);
            return Ok(if is_and { left && right } else { left || right });
        }
    }
    match words.as_slice() {
        [] => Ok(false),
        ["!", rest @ ..] => sh_words(&rest.iter().map(|word| word.to_string()).collect::<Vec<_>>(), text).map(|holds| !holds),
        [word] => Ok(!word.is_empty()),
        ["-z", word] => Ok(word.is_empty()),
        ["-n", word] => Ok(!word.is_empty()),
        ["-e" | "-r", path] => Ok(Path::new(path).exists()),
        ["-f", path] => Ok(Path::new(path).is_file()),
        ["-d", path] => Ok(Path::new(path).is_dir()),
        ["-h" | "-L", path] => Ok(Path::new(path).is_symlink()),
        [one, "=" | "==", other] => Ok(one == other),
        [one, "!=", other] => Ok(one != other),
        _ => unclear(),
    }
}

fn cmd(text: &str, environment: &Environment) -> Truth {
    let (mut rest, mut ignores_case, mut is_negated) = (text.trim(), false, false);
    loop {
        let (word, behind) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
        match word.to_ascii_lowercase().as_str() {
            "/i" => ignores_case = true,
            "not" => is_negated = !is_negated,
            "exist" => return Ok(seen(&first_word(behind, environment)?)?.exists() != is_negated),
            "defined" => {
                let name = behind.split([' ', '\t', '(']).next().unwrap_or_default();
                return Ok(environment.value(name)?.is_empty() == is_negated);
            }
            "errorlevel" => return Err(format!("it hangs on `{text}`")),
            _ => break,
        }
        rest = behind.trim_start();
    }
    let (one, other) = rest.split_once("==").ok_or_else(|| format!("it hangs on `{text}`"))?;
    let (one, other) = (first_word(one.trim(), environment)?, first_word(other.trim_start(), environment)?);
    Ok((if ignores_case { one.eq_ignore_ascii_case(&other) } else { one == other }) != is_negated)
}

/// A word with its quotes: they count in comparisons.
fn first_word(text: &str, environment: &Environment) -> Result<String, String> {
    let mut in_quotes = false;
    let end = text.find(|c: char| {
        in_quotes ^= c == '"';
        !in_quotes && matches!(c, ' ' | '\t' | '(')
    });
    environment.expanded(&text[..end.unwrap_or(text.len())])
}

fn seen(path: &str) -> Result<PathBuf, String> {
    // Files of a Windows machine cannot be looked at from another system.
    if cfg!(windows) { Ok(PathBuf::from(path.trim_matches('"'))) } else { Err(format!("it hangs on whether {path} is there")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effective::environment::Place;

    fn environment(syntax: Syntax) -> Environment {
        let mut environment = Environment::new(syntax, PathBuf::new(), Vec::new());
        environment.set("A", Ok("x".into()), Place { script: PathBuf::new(), line: 1 }, false);
        environment
    }

    #[test]
    fn conditions_of_sh() {
        let told = |text: &str| holds(text, &environment(Syntax::Sh));
        assert_eq!(told(r#"[ "${A}" = "" ]"#), Ok(false));
        assert_eq!(told(r#"[ "${B}" = "" -a "$A" != "y" ]"#), Ok(true));
        assert_eq!(told(r#"[ ! -f "/no/such/file" ]"#), Ok(true));
        assert_eq!(told("test -d /"), Ok(true));
        assert!(told("grep x y").is_err() && told("[ `a` = b ]").is_err() && told("[ a ] && b").is_err() && told("[ a").is_err());
    }

    #[test]
    fn conditions_of_cmd() {
        let told = |text: &str| holds(text, &environment(Syntax::Cmd));
        assert_eq!(told(r#""%A%"=="x" goto there"#), Ok(true));
        assert_eq!(told(r#"not "%A%"=="""#), Ok(true));
        assert_eq!(told(r#"/i "%A%"=="X""#), Ok(true));
        assert_eq!(told("defined B set C=1"), Ok(false));
        assert!(told("errorlevel 1").is_err());
    }

    #[test]
    fn arms_of_a_case() {
        let told = |word: &str, patterns: &str| matches(word, patterns, &environment(Syntax::Sh));
        assert_eq!(told("east1", "'east1'|'east2'"), Ok(true));
        assert_eq!((told("Linux", "CYGWIN*"), told("CYGWIN_NT", "CYGWIN*"), told("", "*")), (Ok(false), Ok(true), Ok(true)));
        assert!(told("a", "[ab]").is_err());
    }
}
