//! Failures: the work did not go through, and a person must know why. One list names every code, who can mend it, and whether trying
//! again by itself makes sense; each has a page `docs/failures/<code>.md`.

use serde::{Deserialize, Serialize};

/// Whether a failure is the work's, so that only a person can mend it, or the host's, so that another attempt may go through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Work,
    Host,
}

/// One code with what it means in a few words.
#[derive(Debug)]
pub struct Code {
    pub name: &'static str,
    pub class: Class,
    pub title: &'static str,
}

macro_rules! codes {
    ($($constant:ident $class:ident $name:literal $title:literal)*) => {
        $(pub static $constant: Code = Code { name: $name, class: Class::$class, title: $title };)*
        /// Every code, in the order of this list.
        pub static ALL: &[&Code] = &[$(&$constant),*];
    };
}

codes! {
    DOES_NOT_COMPILE    Work "does-not-compile"    "a source does not compile"
    HEADER_NOT_FOUND    Work "header-not-found"    "a source includes a header that is not there"
    COMPILE_TIMED_OUT   Work "compile-timed-out"   "compiling one source took longer than its limit"
    DOES_NOT_LINK       Work "does-not-link"       "a library does not link"
    NAME_UNRESOLVED     Work "name-unresolved"     "a library calls a name that nothing defines"
    EXPORTED_TWICE      Work "exported-twice"      "two objects define the same function"
    NO_COMPILER         Work "no-compiler"         "the compiler of a server cannot be started"
    OBJECT_INCOMPLETE   Work "object-incomplete"   "an object lacks files that its kind needs"
    PAR_DAMAGED         Work "par-damaged"         "the repository's archive of an object cannot be read"
    NOT_BUILT           Work "not-built"           "a package is not completely built"
    NAME_USED_UP        Work "name-used-up"        "a package of that name was deployed before"
    PACKAGE_BUSY        Work "package-busy"        "another job works on the package"
    COMMAND_BUSY        Work "command-busy"        "another command owns the enterprise and does not answer"
    UNKNOWN_NAME        Work "unknown-name"        "something was named that does not exist"
    BAD_REQUEST         Work "bad-request"         "what was asked for makes no sense as it stands"
    CHECK_IN_REFUSED    Work "check-in-refused"    "the objects to check in have errors"
    ENTERPRISE_REFUSED  Work "enterprise-refused"  "the enterprise file has errors"
    STILL_LIVE          Work "still-live"          "what a live package runs by would be removed or changed"
    FUNCTION_CRASHED    Work "function-crashed"    "a business function crashed its process"
    FUNCTION_TIMED_OUT  Work "function-timed-out"  "a business function ran longer than its limit"
    LIBRARY_NOT_LOADED  Work "library-not-loaded"  "a library of the deployed package cannot be loaded"
    NOTHING_DEPLOYED    Work "nothing-deployed"    "no package is deployed on the server"
    SERVER_NOT_UP       Host "server-not-up"       "a server does not answer"
    FOLDER_NOT_WRITABLE Host "folder-not-writable" "a folder cannot be written"
    DISK_FULL           Host "disk-full"           "a disk is full"
    HOST_FAILED         Host "host-failed"         "a file or program of the server failed"
    DATABASE_FAILED     Host "database-failed"     "the database did not do what was asked"
    BUS_FAILED          Host "bus-failed"          "the bus did not carry what was sent"
    NO_CONTROL          Host "no-control"          "no control is up"
    CREDENTIAL_REFUSED  Work "credential-refused"  "a credential was refused"
    NAME_CLAIMED        Work "name-claimed"        "another process speaks for the server"
    MIGRATION_NEEDED    Work "migration-needed"    "the tables were made by an older version"
    GOODS_MISSING       Host "goods-missing"       "content that another server published cannot be fetched"
    HOME_REFUSED        Work "home-refused"        "a folder cannot serve as a middleware home"
    HOME_BUSY           Work "home-busy"           "another process changes the middleware home"
    HOME_DAMAGED        Work "home-damaged"        "what a middleware home's records say is not what lies there"
    HOME_INTERRUPTED    Work "home-interrupted"    "a change of a middleware home was interrupted"
    CONTAINER_REFUSED   Work "container-refused"   "a patch container cannot be taken in"
    PATCH_CONFLICT      Work "patch-conflict"      "patches do not go together"
    FILE_CHANGED        Work "file-changed"        "an installed file is not as it was left"
    SCRIPT_REFUSED      Work "script-refused"      "a start script cannot be edited so that it takes effect"
    STEP_TIMED_OUT      Host "step-timed-out"      "a step ran longer than its limit"
    STEP_PANICKED       Work "step-panicked"       "a step met a state that its author held impossible"
    FORMAT_TOO_NEW      Work "format-too-new"      "the data was written by a newer version"
}

/// The code of that name.
pub fn code(name: &str) -> Option<&'static Code> {
    ALL.iter().find(|code| code.name == name).copied()
}

/// One thing that went wrong in the work, as a report names it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The object, as `B5500010`; empty where it is none.
    #[serde(default)]
    pub object: String,
    /// File as the server names it, below the package's folder.
    #[serde(default)]
    pub file: String,
    /// Line in the file, from 1; 0 where there is none.
    #[serde(default)]
    pub line: u32,
    pub message: String,
    /// Where the whole text lies, below the server's folder.
    #[serde(default)]
    pub log: String,
}

/// The work did not go through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    pub code: String,
    /// One sentence about this case, lower case, no full stop.
    pub message: String,
    #[serde(default)]
    pub hint: String,
    #[serde(default)]
    pub evidence: Vec<Evidence>,
}

impl Failure {
    pub fn new(code: &'static Code, message: impl Into<String>) -> Failure {
        Failure { code: code.name.to_string(), message: message.into(), hint: String::new(), evidence: Vec::new() }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Failure {
        self.hint = hint.into();
        self
    }

    pub fn evidence(mut self, evidence: Vec<Evidence>) -> Failure {
        self.evidence = evidence;
        self
    }

    /// Host failures may go away by themselves; a code that this version does not know counts as the work's.
    pub fn is_host(&self) -> bool {
        code(&self.code).is_some_and(|code| code.class == Class::Host)
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} [{}]", self.message, self.code)
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_well_formed() {
        let mut names: Vec<_> = ALL.iter().map(|c| c.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
        for code in ALL {
            assert!(code.name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", code.name);
        }
    }
}
