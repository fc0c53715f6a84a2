//! Why a script is not edited, and what a person should know about one that is. Lines count from 1.

use engine::failure::{self, Evidence, Failure};
use serde::Serialize;

/// A script cannot be edited so that it takes effect.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScriptRefusal {
    #[error("the script neither calls commEnv or a script that leads there, nor reads a patch variable")]
    NoChain,
    #[error("only line {line} would carry the patch variables on, and the script never gets there by itself")]
    DeadCodeOnly { line: usize },
    #[error("line {line} sets {name} again behind the place for the block")]
    SetAgain { line: usize, name: String },
    #[error("line {line} has carried the patch variables on before the place for the block")]
    TooLate { line: usize },
    #[error("the block would stand where the script's reader does not see it")]
    NotRead,
    #[error("packwright's own block at line {line} was changed by somebody else")]
    BlockChanged { line: usize },
    #[error("packwright's mark at line {line} has no counterpart")]
    MarkAlone { line: usize },
    #[error("the home {root} cannot stand in a script: {why}")]
    RootUnfit { root: String, why: String },
    /// A syntax that cannot write it down gives its reason and what would help.
    #[error("{why}")]
    CannotBeWritten { why: String, hint: &'static str },
    #[error("a server's name holds a quote or a control character")]
    ServerUnfit,
    #[error("the script starts no java with -jar")]
    NoJava,
    #[error("line {line} names the patch profile {profile} already")]
    OtherProfile { line: usize, profile: String },
    #[error("line {line} has a long dash in front of BEAPatchProfile, which java takes for a class")]
    LongDash { line: usize },
    #[error("the script sets no class path that java gets")]
    NoClasspath,
    #[error("the class path of java at line {line} does not begin with a whole variable, which could take the patches in")]
    NoClasspathVariable { line: usize },
    #[error("the script's last line, behind which the block belongs, has no line end")]
    NoLastLineEnd,
    #[error("java at line {line} has nothing that could take -Dweblogic.ext.dirs")]
    NoJavaOptions { line: usize },
    #[error("{path} is a link")]
    Link { path: String },
    #[error("{path} is no plain file")]
    NoFile { path: String },
    #[error("{path} may not be written")]
    ReadOnly { path: String },
    #[error("{path} is one file under {names} names")]
    SeveralNames { path: String, names: u64 },
    #[error("{path} is not as it was when the change was planned")]
    ChangedSince { path: String },
    #[error("{path} has {count} backups already")]
    TooManyBackups { path: String, count: u32 },
}

impl ScriptRefusal {
    /// The line that it is about; 0 where it is about none.
    pub fn line(&self) -> usize {
        use ScriptRefusal::{
            BlockChanged, DeadCodeOnly, LongDash, MarkAlone, NoClasspathVariable, NoJavaOptions, OtherProfile, SetAgain, TooLate,
        };
        match self {
            DeadCodeOnly { line } | SetAgain { line, .. } | TooLate { line } | BlockChanged { line } | MarkAlone { line } => *line,
            OtherProfile { line, .. } | LongDash { line } | NoJavaOptions { line } | NoClasspathVariable { line } => *line,
            _ => 0,
        }
    }

    fn hint(&self) -> &'static str {
        match self {
            ScriptRefusal::NoChain => {
                "WebLogic 6.1 and 7 have no commEnv and cannot use profiles; a script that builds its class path by itself is pointed as a custom script"
            }
            ScriptRefusal::DeadCodeOnly { .. } | ScriptRefusal::NotRead => "edit the script by hand with the lines that --print gives",
            ScriptRefusal::SetAgain { .. } => "take that line out of the script, then give the command again",
            ScriptRefusal::TooLate { .. } => {
                "point the script that this line calls, or edit this one by hand with the lines that --print gives"
            }
            ScriptRefusal::BlockChanged { .. } | ScriptRefusal::MarkAlone { .. } => {
                "take the block out by hand, from its first mark to its last, or restore the script from its backup, then give the command again"
            }
            ScriptRefusal::RootUnfit { .. } => "name the home by another path, for instance by a link without such characters",
            ScriptRefusal::CannotBeWritten { hint, .. } => hint,
            ScriptRefusal::ServerUnfit => "name servers as the domain's configuration does",
            ScriptRefusal::NoJava => "name the script that starts the server itself",
            ScriptRefusal::OtherProfile { .. } => {
                "a server must not point at two profiles: take that option out, then give the command again"
            }
            ScriptRefusal::LongDash { .. } => "replace the dash, as documents print it, by a hyphen, or take the option out",
            ScriptRefusal::NoClasspath => "put the lines that --print gives in front of the class path by hand",
            ScriptRefusal::NoClasspathVariable { .. } => {
                "let that line take its class path from a variable of its own, as in -cp \"$SERVER_CLASSPATH\", then give the command again"
            }
            ScriptRefusal::NoLastLineEnd => "end that line, then give the command again",
            ScriptRefusal::NoJavaOptions { .. } => "let that line read JAVA_OPTIONS, then give the command again",
            ScriptRefusal::Link { .. } | ScriptRefusal::SeveralNames { .. } => {
                "name the file itself, and make sure that no other domain uses it"
            }
            ScriptRefusal::NoFile { .. } => "",
            ScriptRefusal::ReadOnly { .. } => "give its owner the right to write it, then give the command again",
            ScriptRefusal::ChangedSince { .. } => "look at the plan once more, then give the command again",
            ScriptRefusal::TooManyBackups { .. } => "remove the older ones",
        }
    }

    /// The failure as a person gets it, with the script that it is about.
    pub fn of_script(self, file: &str) -> Failure {
        let mut failure = Failure::from(self);
        for evidence in &mut failure.evidence {
            evidence.file = file.to_string();
        }
        failure.message = format!("{file}: {}", failure.message);
        failure
    }
}

impl From<ScriptRefusal> for Failure {
    fn from(refusal: ScriptRefusal) -> Failure {
        let evidence = Evidence { line: u32::try_from(refusal.line()).unwrap_or(0), message: refusal.to_string(), ..Evidence::default() };
        Failure::new(&failure::SCRIPT_REFUSED, refusal.to_string()).hint(refusal.hint()).evidence(vec![evidence])
    }
}

/// What a person should know about a script that can be edited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "remark", rename_all = "kebab-case")]
pub enum Remark {
    #[error("line {line} sets {name}; the block behind it replaces that value")]
    LosesItsEffect { line: usize, name: String },
    #[error("line {line} sets {name} when it was used already: that has no effect")]
    HasNoEffect { line: usize, name: String },
    #[error("line {line} names the patch profile {profile}: a server must not point at two")]
    TwoProfiles { line: usize, profile: String },
    #[error("line {line} reads {target} in, which may set the patch variables again")]
    MaySetThem { line: usize, target: String },
    #[error("line {line} sets {name} in a function; the block has no effect where that is called in between")]
    FunctionSets { line: usize, name: String },
    #[error("line {line} sets nothing: \"set {name}=\" is how the other system does it")]
    SetsNothing { line: usize, name: String },
    #[error("java at line {line} has the option already, put there by hand")]
    OptionByHand { line: usize },
    #[error("java at line {line} is started with -jar, which takes no class path: the patches do not come to it")]
    TakesNoClasspath { line: usize },
    #[error("line {line} has the option behind -jar, where only the program sees it")]
    OptionTooLate { line: usize },
}
