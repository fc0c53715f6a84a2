//! A start script as a list of statements, whatever its syntax: what it assigns, which script it starts and how, and whether it gets there at all. The
//! readers of the two syntaxes make this list; what is done with it knows neither.

pub mod cmd;
pub mod edit;
pub mod sh;

use serde::Serialize;
use std::ops::Range;
use std::path::Path;

/// Bytes of a start script that are read; generated ones have some twenty thousand.
pub const SCRIPT_BYTES_MAX: u64 = 1 << 20;

/// How a script is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Syntax {
    Sh,
    Cmd,
}

impl Syntax {
    /// By the file's name.
    pub fn of(path: &Path) -> Option<Syntax> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "sh" => Some(Syntax::Sh),
            "cmd" | "bat" => Some(Syntax::Cmd),
            _ => None,
        }
    }
}

/// One statement, which may take several lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Bytes of the statement itself.
    pub bytes: Range<usize>,
    /// Line of its first byte, from 1.
    pub line: usize,
    /// Where the line begins at which the outermost compound statement around it begins (an `if`, a loop, a block); the begin of its own line where
    /// there is none. What is inserted here runs before it, whichever arm is taken.
    pub before: usize,
    pub reach: Reach,
    pub kind: Kind,
    /// Names of the variables that it reads.
    pub reads: Vec<String>,
}

/// Whether the script gets there, as far as its text tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    Always,
    /// In an arm of an `if`, a loop, or behind a jump that may be taken.
    Sometimes,
    /// In a function that is called by name only.
    Function,
    /// Behind a jump that is always taken, or behind the script's end.
    Never,
}

/// What a statement does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `NAME=value`, `export NAME=value`, `set NAME=value`; the value as it stands there, without the quotes around the whole of it.
    Assign { name: String, value: String, exported: bool },
    /// `export NAME …`
    Export { names: Vec<String> },
    /// `unset NAME …`, `set NAME=`
    Unset { names: Vec<String> },
    /// Starts another script.
    Call { target: String, how: How, arguments: String },
    /// Starts a Java program; `options_at` is where an option before `-jar` or the class may be put in: just behind the program's word.
    Java { options_at: usize, command: String },
    /// Anything else.
    Other,
}

/// Who runs the other script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// The same shell (`.`, `source`, `call`): it sees every variable and may change them.
    InPlace,
    /// A process of its own: it sees what is exported, and changes nothing here. In Windows' syntax every variable is exported.
    Child,
    /// As `Child`, and the calling script does not go on.
    Instead,
}
