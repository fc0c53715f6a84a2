//! Runs business functions in this very process: values into memory, the call, what it left out of memory again. Whoever uses it is a child
//! process that may crash at any moment; it knows nothing of its parent.

#![expect(unsafe_code, reason = "business functions are foreign code that takes a pointer")]

use std::io::{self, Write};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::function_map::FunctionMap;
use crate::layout::{Layout, Left};
use crate::libraries::Libraries;
use crate::runtime::{self, ErrorSet, Session};

/// Behind the data structure lies a strip that nobody may write to. It shows when a function takes a longer structure than it was given.
const STRIP_WORDS: usize = 64;
const STRIP: u64 = 0x5a5a_a5a5_5a5a_a5a5;

/// What a business function answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallReply {
    /// 0 success, 1 warning, 2 error, or what else it returned.
    pub result: i32,
    /// The members of its data structure as it left them.
    pub values: Map<String, Value>,
    /// Members that it left without a value of their type.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<String>,
    /// The messages it set, in their order.
    pub errors: Vec<ErrorSet>,
    pub milliseconds: u64,
}

/// Why a business function was not called, or its answer cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "refusal")]
pub enum Refusal {
    #[error("{reason}")]
    Functions { reason: String },
    #[error("the package has no business function {function}")]
    FunctionUnknown { function: String },
    #[error("library {library} does not load: {reason}")]
    LibraryDoesNotLoad { library: String, reason: String },
    #[error("library {library} does not hold function {function}: {reason}")]
    FunctionMissing { function: String, library: String, reason: String },
    #[error("function {function} takes data structure {expected:?}, not {given:?}")]
    DataStructure { function: String, expected: String, given: String },
    #[error("cannot call {function}: {reason}")]
    Values { function: String, reason: String },
    #[error("cannot limit the process: {reason}")]
    Limits { reason: String },
    #[error("{reason}")]
    NotCalled { reason: String },
    #[error("function {function} wrote behind the {bytes} bytes of data structure {layout}: its library was compiled with a longer one")]
    WroteBehind { function: String, layout: String, bytes: usize },
}

/// The functions of a package, ready to be called on this thread.
pub(crate) struct Worker(Rc<Libraries>);

impl Worker {
    pub fn start(user: &str, report: &str, version: &str, libraries: PathBuf, functions: PathBuf) -> Result<Worker, Refusal> {
        let functions = FunctionMap::read(&functions).map_err(|failure| Refusal::Functions { reason: failure.to_string() })?;
        let libraries = Rc::new(Libraries::new(libraries, functions));
        let session = Session {
            user: user.to_owned(),
            application: report.to_owned(),
            version: version.to_owned(),
            // The log may be full; the trace is worth no failure.
            trace: Some(Box::new(|line| drop(writeln!(io::stderr(), "trace: {line}")))),
        };
        runtime::start(session, Box::new(Rc::clone(&libraries)));
        Ok(Worker(libraries))
    }

    pub fn run(&self, function: &str, layout: &Layout, values: &Map<String, Value>) -> Result<CallReply, Refusal> {
        let expected = &self.0.entry(function)?.data_structure;
        if *expected != layout.name {
            return Err(Refusal::DataStructure { function: function.to_owned(), expected: expected.clone(), given: layout.name.clone() });
        }
        let refuse = |reason: String| Refusal::Values { function: function.to_owned(), reason };
        let mut memory = Memory::new(&layout.encode(values).map_err(|failure| refuse(failure.to_string()))?);
        // Loaded here and not by the call below, because only here a failure has a type.
        self.0.function(function)?;
        let begun = Instant::now();
        // SAFETY: the memory is as large and as aligned as the data structure that the package names for the function.
        let result = unsafe { runtime::call(function, memory.words.as_mut_ptr().cast()) };
        let milliseconds = begun.elapsed().as_millis() as u64;
        let result = result.map_err(|failure| Refusal::NotCalled { reason: failure.to_string() })?;
        if !memory.strip_is_whole() {
            return Err(Refusal::WroteBehind { function: function.to_owned(), layout: layout.name.clone(), bytes: memory.bytes });
        }
        let Left { values, unreadable } = layout.decode(&memory.to_bytes()).map_err(|failure| refuse(failure.to_string()))?;
        Ok(CallReply { result, values, unreadable, errors: runtime::take_errors(), milliseconds })
    }
}

/// A data structure in memory: words, so that it is aligned for every type, and the strip behind it.
struct Memory {
    words: Vec<u64>,
    bytes: usize,
}

impl Memory {
    fn new(bytes: &[u8]) -> Memory {
        let word = |chunk: &[u8]| {
            let mut word = STRIP.to_ne_bytes();
            word[..chunk.len()].copy_from_slice(chunk);
            u64::from_ne_bytes(word)
        };
        let words = bytes.chunks(8).map(word).chain([STRIP; STRIP_WORDS]).collect();
        Memory { words, bytes: bytes.len() }
    }

    fn all_bytes(&self) -> impl Iterator<Item = u8> {
        self.words.iter().flat_map(|word| word.to_ne_bytes())
    }

    fn to_bytes(&self) -> Vec<u8> {
        self.all_bytes().take(self.bytes).collect()
    }

    fn strip_is_whole(&self) -> bool {
        let pattern = STRIP.to_ne_bytes();
        self.all_bytes().enumerate().skip(self.bytes).all(|(place, byte)| byte == pattern[place % 8])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_behind_the_structure_shows() {
        let mut memory = Memory::new(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        assert_eq!(memory.to_bytes(), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        assert!(memory.strip_is_whole());
        let mut word = memory.words[1].to_ne_bytes();
        word[1] = 0;
        memory.words[1] = u64::from_ne_bytes(word);
        assert!(memory.strip_is_whole(), "byte 9 belongs to the structure");
        word[2] = 0;
        memory.words[1] = u64::from_ne_bytes(word);
        assert!(!memory.strip_is_whole());
    }
}
