//! Variables as a start script sees them, with where each was defined, and what a text of either syntax comes to with them. What hangs on something that
//! runs has no value here but the reason why it cannot be told.

use crate::scripts::Syntax;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A line of a script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    pub script: PathBuf,
    /// From 1.
    pub line: usize,
}

/// A text, or why it cannot be told.
pub(super) type Known = Result<String, String>;

#[derive(Clone, Debug)]
pub(super) struct Defined {
    pub value: Known,
    pub place: Place,
    pub exported: bool,
}

/// Longer values than any system takes are not made: a script may double a variable in every line.
const VALUE_BYTES_MAX: usize = 128 << 10;

#[derive(Clone, Debug)]
pub(super) struct Environment {
    variables: BTreeMap<String, Defined>,
    pub syntax: Syntax,
    /// Words behind the script's name.
    pub arguments: Vec<String>,
    /// The script itself.
    pub script: PathBuf,
}

impl Environment {
    pub fn new(syntax: Syntax, script: PathBuf, arguments: Vec<String>) -> Environment {
        Environment { variables: BTreeMap::new(), syntax, arguments, script }
    }

    fn key(&self, name: &str) -> String {
        // Windows knows no case in names of variables.
        if self.syntax == Syntax::Cmd { name.to_ascii_uppercase() } else { name.to_string() }
    }

    pub fn get(&self, name: &str) -> Option<&Defined> {
        self.variables.get(&self.key(name))
    }

    /// What the variable says; a variable that is not set says nothing.
    pub fn value(&self, name: &str) -> Known {
        self.get(name).map_or_else(|| Ok(String::new()), |defined| defined.value.clone())
    }

    pub fn set(&mut self, name: &str, value: Known, place: Place, exported: bool) {
        let key = self.key(name);
        let exported = exported || self.syntax == Syntax::Cmd || self.get(name).is_some_and(|defined| defined.exported);
        let value = value.and_then(|text| if text.len() > VALUE_BYTES_MAX { Err(format!("{name} grows without end")) } else { Ok(text) });
        self.variables.insert(key, Defined { value, place, exported });
    }

    pub fn export(&mut self, name: &str) {
        let key = self.key(name);
        if let Some(defined) = self.variables.get_mut(&key) {
            defined.exported = true;
        }
    }

    pub fn unset(&mut self, name: &str) {
        self.variables.remove(&self.key(name));
    }

    /// What a process of its own starts with.
    pub fn for_child(&self) -> Environment {
        let mut child = self.clone();
        child.variables.retain(|_, defined| defined.exported);
        child
    }

    /// A text of the script's syntax as one word, or several with their blanks.
    pub fn expanded(&self, text: &str) -> Known {
        match self.syntax {
            Syntax::Sh => self.words(text).map(|words| words.join(" ")),
            Syntax::Cmd => self.percents(text),
        }
    }

    /// The words of a text of sh, quotes removed; it ends where the command does.
    pub fn words(&self, text: &str) -> Result<Vec<String>, String> {
        let mut words = Vec::new();
        let mut word: Option<String> = None;
        let mut in_double = false;
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            let behind = &rest[character.len_utf8()..];
            rest = match character {
                '\'' if !in_double => {
                    let (quoted, behind) = behind.split_once('\'').ok_or("a quote is not closed")?;
                    word.get_or_insert_default().push_str(quoted);
                    behind
                }
                '"' => {
                    in_double = !in_double;
                    word.get_or_insert_default();
                    behind
                }
                '\\' => {
                    let escaped = behind.chars().next().unwrap_or('\\');
                    // Between double quotes a backslash stays before all but a few characters.
                    if in_double && !matches!(escaped, '$' | '`' | '"' | '\\' | '\n') {
                        word.get_or_insert_default().push('\\');
                    }
                    if escaped != '\n' {
                        word.get_or_insert_default().push(escaped);
                    }
                    behind.get(escaped.len_utf8()..).unwrap_or_default()
                }
                '`' => return Err(format!("it hangs on what `{}` answers", behind.split('`').next().unwrap_or_default().trim())),
                '$' => {
                    let (value, behind) = self.reference(behind)?;
                    if in_double || !value.is_empty() {
                        word.get_or_insert_default().push_str(&value);
                    }
                    behind
                }
                ';' | '&' | '|' | '\n' if !in_double => break,
                '#' if !in_double && word.is_none() => break,
                ' ' | '\t' | '\r' if !in_double => {
                    words.extend(word.take());
                    behind
                }
                other => {
                    word.get_or_insert_default().push(other);
                    behind
                }
            };
            if word.as_ref().is_some_and(|word| word.len() > VALUE_BYTES_MAX) {
                return Err("it grows without end".into());
            }
        }
        words.extend(word);
        Ok(words)
    }

    /// What stands behind a `$`, with the text behind it.
    fn reference<'a>(&self, text: &'a str) -> Result<(String, &'a str), String> {
        if text.starts_with('(') {
            return Err(format!("it hangs on what ${} answers", text.split(')').next().unwrap_or_default().to_string() + ")"));
        }
        if let Some(braced) = text.strip_prefix('{') {
            let end = closing_brace(braced).ok_or("a brace is not closed")?;
            return Ok((self.in_braces(&braced[..end])?, &braced[end + 1..]));
        }
        match text.chars().next() {
            Some('*' | '@') => Ok((self.arguments.join(" "), &text[1..])),
            Some('#') => Ok((self.arguments.len().to_string(), &text[1..])),
            Some('$' | '?' | '!' | '-') => Err("it hangs on the shell that runs it".into()),
            Some(digit) if digit.is_ascii_digit() => Ok((self.positional(&text[..1]), &text[1..])),
            _ => {
                let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
                if end == 0 { Ok(("$".into(), text)) } else { Ok((self.value(&text[..end])?, &text[end..])) }
            }
        }
    }

    fn in_braces(&self, inside: &str) -> Known {
        let end = inside.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(inside.len());
        let (name, operator) = inside.split_at(end);
        let value = if name.starts_with(|c: char| c.is_ascii_digit()) { self.positional(name) } else { self.value(name)? };
        let is_set = !value.is_empty() || (self.get(name).is_some() && !operator.starts_with(':'));
        let otherwise = |text: &str| self.expanded(text);
        match operator.trim_start_matches(':').chars().next() {
            None => Ok(value),
            Some('-' | '=') if !is_set => otherwise(operator.trim_start_matches(':').get(1..).unwrap_or_default()),
            Some('-' | '=') => Ok(value),
            Some('+') if is_set => otherwise(operator.trim_start_matches(':').get(1..).unwrap_or_default()),
            Some('+') => Ok(String::new()),
            _ => Err(format!("it cuts a part out of {name}")),
        }
    }

    fn positional(&self, digits: &str) -> String {
        match digits.parse::<usize>() {
            Ok(0) => self.script.display().to_string(),
            Ok(number) => self.arguments.get(number - 1).cloned().unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    /// A text of cmd with its variables put in.
    fn percents(&self, text: &str) -> Known {
        let mut plain = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find('%') {
            plain.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            let first = rest.chars().next();
            if first == Some('%') {
                return Err("it hangs on a loop".into());
            } else if first == Some('*') {
                plain.push_str(&self.arguments.join(" "));
                rest = &rest[1..];
            } else if let Some(digit) =
                rest.strip_prefix('~').and_then(|rest| rest.get(..1)).filter(|digit| digit.bytes().all(|byte| byte.is_ascii_digit()))
            {
                plain.push_str(self.positional(digit).trim_matches('"'));
                rest = &rest[2..];
            } else if first == Some('~') {
                return Err("it hangs on how the script was called".into());
            } else if first.is_some_and(|c| c.is_ascii_digit()) {
                plain.push_str(&self.positional(&rest[..1]));
                rest = &rest[1..];
            } else if let Some((name, behind)) = rest.split_once('%') {
                if name.contains(':') {
                    return Err(format!("it cuts a part out of {}", name.split(':').next().unwrap_or_default()));
                }
                plain.push_str(&self.value(name)?);
                rest = behind;
            }
            if plain.len() > VALUE_BYTES_MAX {
                return Err("it grows without end".into());
            }
        }
        plain.push_str(rest);
        Ok(plain)
    }
}

fn closing_brace(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, character) in text.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn environment(syntax: Syntax) -> Environment {
        let mut environment = Environment::new(syntax, PathBuf::from("/d/s.sh"), vec!["east1".into()]);
        let place = Place { script: PathBuf::new(), line: 1 };
        environment.set("A", Ok("x y".into()), place.clone(), false);
        environment.set("U", Err("no".into()), place, true);
        environment
    }

    #[test]
    fn texts_of_sh_come_to_their_words() {
        let sh = environment(Syntax::Sh);
        let told = |text: &str| sh.expanded(text);
        assert_eq!(told(r#""${A}:$B-${1}"'$A'\$"#), Ok("x y:-east1$A$".into()));
        assert_eq!(told("${B:-d}${A:+s}${A:-n}"), Ok("dsx y".into()));
        assert_eq!(told("a # b"), Ok("a".into()));
        assert!(told("`uname`").is_err() && told("$(pwd)").is_err() && told("${A%y}").is_err() && told("$U").is_err());
        assert_eq!(sh.words("[ \"\" = \"${A}\" ]").unwrap(), ["[", "", "=", "x y", "]"]);
    }

    #[test]
    fn texts_of_cmd_come_to_their_values() {
        let cmd = environment(Syntax::Cmd);
        assert_eq!(cmd.expanded("%a%;%B%;%1"), Ok("x y;;east1".into()));
        assert_eq!(cmd.expanded("%~1%%~2"), Err("it hangs on a loop".into()));
        assert_eq!(cmd.expanded("a%~1%~2b"), Ok("aeast1b".into()));
        assert!(cmd.expanded("%%i").is_err() && cmd.expanded("%~dp0").is_err() && cmd.expanded("%A:x=y%").is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in r#"([$%{}()'"`\\:=~*#;& Aö0-]|[a-c]){0,40}"#) {
            let _ = environment(Syntax::Sh).expanded(&text);
            let _ = environment(Syntax::Cmd).expanded(&text);
        }
    }
}
