//! Headers compiled ahead: which headers with which many sources begin are worth it, and compiling them. The compiler finds the result in a
//! folder that is searched first and takes it in place of the first include; the include lines after it then find their headers' guards set.
//! Whatever it cannot take over exactly is left to the sources themselves, so that objects and messages are those of a compile without.
//!
//! It does not know sources, only with which headers each begins; and no cache: what a source becomes does not depend on it.

use crate::build::compiler::{COMPILE_FLAGS, Compiler};
use crate::build::includes::{self, Header, Includes};
use engine::host::{Ended, Host, HostError};
use memchr::memmem;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;

/// Fewer sources than this are not worth a look.
const SOURCES_MIN: usize = 12;
/// Nor is less than this part of all sources.
const SOURCES_MIN_ONE_IN: usize = 100;
/// Leading headers that are looked at.
const HEADERS_MAX: usize = 16;
/// Each result takes some megabytes.
const PREFIXES_MAX: usize = 16;
/// To compile headers ahead and write the result takes as long as to read them this often (gcc 12, 230 to 3,200 KB without comments).
const COST: u64 = 5;

/// Leading headers that are compiled ahead as one.
#[derive(Debug, PartialEq, Eq)]
pub struct Prefix {
    pub headers: Vec<String>,
    /// Places, in the list it was chosen from, of the sources that take it.
    pub sources: Vec<usize>,
}

/// Chooses among the headers that lead each source.
pub fn choose(includes: &mut Includes<'_>, leading: &[Vec<String>]) -> Result<Vec<Prefix>, HostError> {
    let mut shared: BTreeMap<&[String], Vec<usize>> = BTreeMap::new();
    for (source, names) in leading.iter().enumerate() {
        let fit = names.iter().take(HEADERS_MAX).take_while(|name| can_be_named(name)).count();
        for length in 1..=fit {
            shared.entry(&names[..length]).or_default().push(source);
        }
    }
    let least = SOURCES_MIN.max(leading.len() / SOURCES_MIN_ONE_IN);
    let mut headers = Headers { includes, closures: HashMap::new(), known: HashMap::new() };
    let mut candidates = Vec::new();
    for (names, sources) in shared.into_iter().filter(|(_, sources)| sources.len() >= least) {
        if let Some(bytes) = headers.weigh(names)? {
            candidates.push(Candidate { names, sources, bytes });
        }
    }
    Ok(pick(&candidates, leading.len()))
}

/// Names that can stand between angles and be a file's.
fn can_be_named(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
}

struct Candidate<'a> {
    names: &'a [String],
    sources: Vec<usize>,
    /// What a source need not read when it takes this.
    bytes: u64,
}

/// Takes the candidate that spares most beyond those taken before, until none spares more than it costs.
fn pick(candidates: &[Candidate<'_>], sources: usize) -> Vec<Prefix> {
    let mut taken: Vec<Option<usize>> = vec![None; sources];
    for _ in 0..PREFIXES_MAX {
        let spared = |source: &usize| taken[*source].map_or(0, |number: usize| candidates[number].bytes);
        let gain = |candidate: &Candidate<'_>| -> u64 {
            candidate.sources.iter().map(|source| candidate.bytes.saturating_sub(spared(source))).sum()
        };
        let worth = |candidate: &Candidate<'_>| gain(candidate).checked_sub(COST * candidate.bytes).filter(|&worth| worth > 0);
        let worths = candidates.iter().enumerate().filter_map(|(number, candidate)| Some((worth(candidate)?, Reverse(number))));
        let Some((_, Reverse(best))) = worths.max() else { break };
        for &source in &candidates[best].sources {
            if taken[source].is_none_or(|number| candidates[number].bytes < candidates[best].bytes) {
                taken[source] = Some(best);
            }
        }
    }
    let mut chosen: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (source, number) in taken.into_iter().enumerate().filter_map(|(source, number)| Some((source, number?))) {
        chosen.entry(number).or_default().push(source);
    }
    chosen.into_iter().map(|(number, sources)| Prefix { headers: candidates[number].names.to_vec(), sources }).collect()
}

/// What is known of headers that might be compiled ahead.
struct Headers<'a, 'h> {
    includes: &'a mut Includes<'h>,
    closures: HashMap<String, Option<Vec<Header>>>,
    known: HashMap<Header, Traits>,
}

impl Headers<'_, '_> {
    /// Reads a header and all that it reaches.
    fn learn(&mut self, name: &str) -> Result<(), HostError> {
        if self.closures.contains_key(name) {
            return Ok(());
        }
        let closure = self.includes.closure(name)?;
        for header in closure.iter().flatten() {
            if !self.known.contains_key(header) {
                let traits = Traits::of(&includes::plain(&self.includes.read(header)?));
                self.known.insert(header.clone(), traits);
            }
        }
        self.closures.insert(name.to_string(), closure);
        Ok(())
    }

    /// Bytes that these headers make the compiler read; `None` where they cannot be taken over exactly.
    fn weigh(&mut self, names: &[String]) -> Result<Option<u64>, HostError> {
        for name in names {
            self.learn(name)?;
        }
        let (mut guards, mut reached) = (BTreeSet::new(), BTreeSet::new());
        for name in names {
            let Some([first, rest @ ..]) = self.closures[name].as_deref() else { return Ok(None) };
            let Some(guard) = &self.known[first].guard else { return Ok(None) };
            guards.insert(guard);
            reached.insert(first);
            reached.extend(rest);
        }
        let mut bytes = 0;
        for header in reached {
            let traits = &self.known[header];
            // What the compiler and the SDK bring along is written to be included anywhere.
            if header.of_server && traits.lasting || traits.undefined.iter().any(|name| guards.contains(name)) {
                return Ok(None);
            }
            bytes += traits.bytes;
        }
        Ok(Some(bytes))
    }
}

/// What a header's text tells of it.
#[derive(Debug, PartialEq, Eq)]
struct Traits {
    /// Without comments.
    bytes: u64,
    /// What keeps a second reading from saying anything; empty for `#pragma once`.
    guard: Option<Vec<u8>>,
    undefined: Vec<Vec<u8>>,
    /// Whether it sets what lasts beyond it but not beyond a compile ahead (packing, visibility, which warnings count), or names the file
    /// that is compiled.
    lasting: bool,
}

impl Traits {
    fn of(plain: &[u8]) -> Traits {
        let mut undefined = Vec::new();
        let mut lasting = [&b"_Pragma"[..], b"__BASE_FILE__"].iter().any(|word| memmem::find(plain, word).is_some());
        for directive in lines(plain).filter_map(directive) {
            if let Some(name) = includes::strip(directive, b"undef") {
                undefined.push(word(name).to_vec());
            }
            lasting |= includes::strip(directive, b"pragma").is_some_and(|what| word(what) != b"once");
        }
        Traits { bytes: plain.len() as u64, guard: guard(plain), undefined, lasting }
    }
}

/// What stands around all of a text so that a second reading says nothing.
fn guard(plain: &[u8]) -> Option<Vec<u8>> {
    let mut lines = lines(plain);
    let first = directive(lines.next()?)?;
    if includes::strip(first, b"pragma").is_some_and(|what| word(what) == b"once") {
        return Some(Vec::new());
    }
    let name = word(includes::strip(first, b"ifndef").or_else(|| negated(first))?);
    let defined = includes::strip(directive(lines.next()?)?, b"define")?;
    if name.is_empty() || word(defined) != name {
        return None;
    }
    let mut depth = 1;
    for line in lines {
        if depth == 0 {
            return None;
        }
        let Some(directive) = directive(line) else { continue };
        match word(directive) {
            b"if" | b"ifdef" | b"ifndef" => depth += 1,
            b"endif" => depth -= 1,
            b"else" | b"elif" | b"elifdef" | b"elifndef" if depth == 1 => return None,
            _ => {}
        }
    }
    (depth == 0).then(|| name.to_vec())
}

/// The rest of `if !defined(NAME)` from the name on, where nothing else is asked.
fn negated(directive: &[u8]) -> Option<&[u8]> {
    let rest = includes::strip(includes::strip(includes::strip(directive, b"if")?, b"!")?, b"defined")?.trim_ascii();
    let name = rest.strip_prefix(b"(").and_then(|rest| rest.strip_suffix(b")")).unwrap_or(rest).trim_ascii();
    (word(name) == name).then_some(name)
}

fn lines(plain: &[u8]) -> impl Iterator<Item = &[u8]> {
    plain.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty())
}

fn directive(line: &[u8]) -> Option<&[u8]> {
    includes::strip(line, b"#").or_else(|| includes::strip(line, b"%:")).map(<[u8]>::trim_ascii_start)
}

/// The name at the start of a text.
fn word(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii_start();
    let end = text.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_').unwrap_or(text.len());
    &text[..end]
}

/// Where one prefix is compiled.
pub struct Bench<'a> {
    pub host: &'a dyn Host,
    pub compiler: &'a Compiler,
    /// The folder in which the compiler runs.
    pub area: PathBuf,
    /// A folder below it for the result alone, since sources search it first.
    pub folder: PathBuf,
    /// Where the sources' compiler looks after that.
    pub search: &'a [String],
}

impl Bench<'_> {
    /// Compiles these headers as one and answers how many of them it was: a header on which the compiler has something to say is left to the
    /// sources, each of which must be told, and so are those after it.
    pub fn compile(&self, names: &[String]) -> Result<usize, HostError> {
        let header = self.folder.with_extension("h");
        self.host.create_folder(&self.folder)?;
        let mut count = names.len();
        while count > 0 && !self.host.cancelled() {
            let text: String = names[..count].iter().map(|name| format!("#include <{name}>\n")).collect();
            self.host.write(&header, text.as_bytes())?;
            let below = |path: PathBuf| path.strip_prefix(&self.area).unwrap_or(&path).to_string_lossy().into_owned();
            let (header, result) = (below(header.clone()), below(self.folder.join(format!("{}.gch", names[0]))));
            let mut arguments: Vec<String> = COMPILE_FLAGS.iter().map(|flag| flag.to_string()).collect();
            arguments.extend(["-x".into(), "c-header".into(), header.clone(), "-o".into(), result]);
            arguments.extend_from_slice(self.search);
            let slot = self.host.compile_slot();
            let ended = self.host.run(&self.compiler.program(arguments, self.area.clone()))?;
            drop(slot);
            if ended.success() && ended.output.is_empty() {
                return Ok(count);
            }
            count = line_named(&ended.output, &header).saturating_sub(1).min(count - 1);
        }
        Ok(0)
    }
}

/// The first line of a file that messages name; 0 for none.
fn line_named(messages: &[u8], file: &str) -> usize {
    let place = format!("{file}:");
    let Some(at) = memmem::find(messages, place.as_bytes()) else { return 0 };
    let digits = messages[at + place.len()..].iter().take_while(|byte| byte.is_ascii_digit()).take(9);
    digits.fold(0, |number, digit| number * 10 + usize::from(digit - b'0'))
}

/// Whether a compile through headers of that folder must be done again without: it failed, and only a compile without proves that the source
/// is to blame; or it names a header's includer, which then is not the source.
pub fn speaks(ended: &Ended, folder: &str) -> bool {
    !ended.timed_out && (!ended.success() || memmem::find(&ended.output, folder.as_bytes()).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(names: &[String], sources: std::ops::Range<usize>, bytes: u64) -> Candidate<'_> {
        Candidate { names, sources: sources.collect(), bytes }
    }

    fn chosen(candidates: &[Candidate<'_>]) -> Vec<(usize, Vec<usize>)> {
        pick(candidates, 60).into_iter().map(|prefix| (prefix.headers.len(), prefix.sources)).collect()
    }

    #[test]
    fn what_spares_no_more_than_it_costs_is_not_compiled_ahead() {
        let names = ["jde.h", "a.h", "b.h"].map(String::from);
        let all = candidate(&names[..1], 0..60, 100);
        let more = |sources, bytes| candidate(&names[..2], sources, bytes);
        assert_eq!(chosen(&[candidate(&names[..1], 0..5, 100)]), []);
        assert_eq!(chosen(&[candidate(&names[..1], 0..6, 100)]), [(1, (0..6).collect())]);
        assert_eq!(chosen(&[all, more(0..30, 110)]), [(1, (0..60).collect())], "300 more are spared, and 550 would be spent");
        let all = candidate(&names[..1], 0..60, 100);
        assert_eq!(chosen(&[all, more(0..30, 200)]), [(1, (30..60).collect()), (2, (0..30).collect())]);
        let all = candidate(&names[..1], 0..60, 100);
        assert_eq!(chosen(&[all, more(0..60, 120)]), [(2, (0..60).collect())], "what nobody takes is not compiled");
    }

    #[test]
    fn a_guard_stands_around_the_whole_text() {
        let guard = |text: &str| guard(&includes::plain(text.as_bytes())).map(|name| String::from_utf8(name).unwrap());
        let some = |name: &str| Some(name.to_string());
        assert_eq!(guard("/* x */\n#ifndef A_H // y\n # define A_H 1\n#if X\n#else\n#endif\nint a;\n#endif /* A_H */\n"), some("A_H"));
        assert_eq!(guard("#if !defined(A_H)\n#define A_H\n#endif"), some("A_H"));
        assert_eq!(guard("# if ! defined A_H\n#define A_H\n#endif"), some("A_H"));
        assert_eq!(guard("#pragma once\nint a;\n"), some(""));
        for text in [
            "",
            "int a;\n",
            "#ifndef A_H\n#define A_H\n#endif\nint a;\n",
            "int a;\n#ifndef A_H\n#define A_H\n#endif\n",
            "#ifndef A_H\n#define A_H\n#else\nint a;\n#endif\n",
            "#ifndef A_H\n#define A_H\n#endif\n#ifndef B_H\n#endif\n",
            "#ifndef A_H\n#define B_H\n#endif\n",
            "#ifndef A_H\nint a;\n#define A_H\n#endif\n",
            "#if !defined(A_H) || X\n#define A_H\n#endif\n",
            "#ifndef A_H\n#define A_H\n",
        ] {
            assert_eq!(guard(text), None, "{text}");
        }
    }

    #[test]
    fn what_lasts_beyond_a_header_is_seen() {
        let lasting = |text: &str| Traits::of(&includes::plain(text.as_bytes())).lasting;
        assert!(lasting("# pragma pack(1)\n") && lasting("_Pragma(\"pack(1)\")\n") && lasting("char *file = __BASE_FILE__;\n"));
        assert!(!lasting("#pragma once\n/* #pragma pack(1) */\n#define pragma 1\n"));
        assert_eq!(Traits::of(b"#undef A_H\n#  undef B\n").undefined, [b"A_H".to_vec(), b"B".to_vec()]);
    }

    #[test]
    fn the_header_that_messages_are_about_is_found() {
        let messages = b"In file included from include/a.h:3,\n                 from work/0.h:2:\ninclude/b.h:1:2: warning: #warning old\n";
        assert_eq!(line_named(messages, "work/0.h"), 2);
        assert_eq!(line_named(b"work/0.h:: no line\n", "work/0.h"), 0);
        assert_eq!(line_named(b"cc1: out of memory\n", "work/0.h"), 0);
        assert!(line_named(b"work/0.h:99999999999999999999999: many\n", "work/0.h") > 0);
    }

    #[test]
    fn only_a_files_plain_name_is_taken_into_our_text() {
        assert!(can_be_named("b5500010.h"));
        assert!(!["", "sys/types.h", "a>b.h", "a b.h", "é.h"].into_iter().any(can_be_named));
    }
}
