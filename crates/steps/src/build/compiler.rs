//! The C compiler of a server: who it is, what it searches, the flags that business functions are compiled and linked with, and what its
//! messages say.

use engine::failure::{self, Evidence, Failure};
use engine::host::{Ended, Host, Program};
use engine::step::Order;
use std::path::PathBuf;
use std::time::Duration;

/// Flags of every business function. No -g: it would put paths into objects. An undeclared function is an error, since calling one would cut
/// pointers to 32 bits.
pub const COMPILE_FLAGS: &[&str] =
    &["-std=gnu17", "-O1", "-fPIC", "-fdiagnostics-color=never", "-fmax-errors=50", "-Werror=implicit-function-declaration"];

/// Flags of every library. Symbolic: a library's own names win over equal names of the process it is loaded into.
pub const LINK_FLAGS: &[&str] = &["-shared", "-fPIC", "-Wl,-Bsymbolic", "-Wl,--build-id=none", "-Wl,-z,noexecstack"];

/// Bytes of messages kept of one compile.
const OUTPUT_BYTES_MAX: usize = 256 * 1024;

pub struct Compiler {
    pub command: String,
    /// Version and target, as the compiler tells them: part of every key.
    pub identity: String,
    /// Folders of system headers, in order.
    pub system_headers: Vec<PathBuf>,
    bits: u16,
    timeout: Duration,
}

impl Compiler {
    pub fn of(host: &dyn Host, order: &Order) -> Result<Compiler, Failure> {
        let command = order.server.toolchain.clone();
        let mut compiler = Compiler {
            command,
            identity: String::new(),
            system_headers: Vec::new(),
            bits: order.facts.bits,
            timeout: Duration::from_secs(order.facts.compile_seconds_max.into()),
        };
        let arguments = ["-v", "-E", "-x", "c", "/dev/null", "-o", "/dev/null"].map(str::to_string).to_vec();
        let missing = |why: String| {
            Failure::new(&failure::NO_COMPILER, format!("cannot start the compiler `{}` of {}: {why}", compiler.command, order.server.name))
                .hint("install it on that server and resume with `packwright package build --resume`; or name another as its toolchain in the enterprise file, apply it, and `packwright package rebuild`")
        };
        let ended = host.run(&compiler.program(arguments, PathBuf::new())).map_err(|error| missing(error.cause.to_string()))?;
        let text = String::from_utf8_lossy(&ended.output).into_owned();
        if !ended.success() {
            return Err(missing(text.lines().next_back().unwrap_or("no message").to_string()));
        }
        compiler.identity =
            text.lines().filter(|line| line.starts_with("Target:") || line.contains(" version ")).collect::<Vec<_>>().join("; ");
        // Assembler and linker come from one suite; its version is not in what the compiler tells of itself.
        let linker = host.run(&compiler.program(vec!["-Wl,-v".to_string()], PathBuf::new()))?;
        let linker = String::from_utf8_lossy(&linker.output)
            .lines()
            .find(|line| line.contains(" ld ") || line.contains("LLD"))
            .unwrap_or_default()
            .to_string();
        compiler.identity = format!("{}; {linker}", compiler.identity);
        compiler.system_headers = text
            .lines()
            .skip_while(|line| !line.starts_with("#include <...>"))
            .skip(1)
            .take_while(|line| line.starts_with(' '))
            .map(|line| PathBuf::from(line.trim()))
            .collect();
        Ok(compiler)
    }

    /// A run of the compiler in a folder of the server. Messages are English whatever the server's language, since we read them.
    pub fn program(&self, arguments: Vec<String>, folder: PathBuf) -> Program {
        let mut line = vec![self.command.clone()];
        if self.bits == 32 {
            line.push("-m32".to_string());
        }
        line.extend(arguments);
        Program {
            arguments: line,
            folder,
            environment: vec![("LC_ALL".into(), "C".into())],
            timeout: self.timeout,
            output_bytes_max: OUTPUT_BYTES_MAX,
        }
    }

    pub fn flags(&self) -> String {
        format!("-m{} {}", self.bits, COMPILE_FLAGS.join(" "))
    }

    pub fn timeout_seconds(&self) -> u64 {
        self.timeout.as_secs()
    }
}

/// Whether it was the machine that failed and not the source: it has no room, or somebody ended the compiler.
pub fn machine_failed(ended: &Ended, cancelled: bool) -> Option<Failure> {
    if ended.success() || ended.timed_out {
        return None;
    }
    if cancelled {
        return Some(Failure::new(&failure::HOST_FAILED, "the compiler was ended because nobody waits for it any more"));
    }
    let text = String::from_utf8_lossy(&ended.output);
    let line = |word: &str| text.lines().find(|line| line.contains(word)).map(|line| line.chars().take(200).collect::<String>());
    if let Some(line) = line("No space left on device") {
        let hint = "free some space on the disk that holds the server's folder; the job can then be resumed";
        return Some(Failure::new(&failure::DISK_FULL, format!("the compiler had no room: {line}")).hint(hint));
    }
    let ended_by_signal = ended.code.is_none().then(|| "a signal ended it".to_string());
    let other = line("Cannot create temporary file").or_else(|| line("Killed signal terminated")).or(ended_by_signal)?;
    Some(
        Failure::new(&failure::HOST_FAILED, format!("the compiler could not work: {other}"))
            .hint("see that the machine has memory and room; the job can then be resumed"),
    )
}

/// The errors of one compile, and whether a missing header is the first of them.
pub fn read_messages(
    object: &str,
    source: &str,
    log: &str,
    ended: &Ended,
    timeout_seconds: u64,
) -> (&'static failure::Code, Vec<Evidence>) {
    let evidence =
        |file: &str, line: u32, message: String| Evidence { object: object.into(), file: file.into(), line, message, log: log.into() };
    if ended.timed_out {
        return (&failure::COMPILE_TIMED_OUT, vec![evidence(source, 0, format!("stopped after {timeout_seconds} seconds"))]);
    }
    let text = String::from_utf8_lossy(&ended.output);
    let mut found: Vec<Evidence> = text
        .lines()
        .filter_map(|line| {
            let (place, message) = line.split_once(": fatal error: ").or_else(|| line.split_once(": error: "))?;
            let mut parts = place.split(':');
            let file = parts.next()?;
            let line = parts.next().and_then(|number| number.parse().ok()).unwrap_or(0);
            Some(evidence(file, line, message.to_string()))
        })
        .collect();
    if found.is_empty() {
        let last = text.lines().next_back().unwrap_or("the compiler ended without a message");
        found.push(evidence(source, 0, last.to_string()));
    }
    let code =
        if found[0].message.ends_with("No such file or directory") { &failure::HEADER_NOT_FOUND } else { &failure::DOES_NOT_COMPILE };
    (code, found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(output: &str) -> Ended {
        Ended { code: Some(1), timed_out: false, output: output.as_bytes().to_vec() }
    }

    #[test]
    fn errors_are_read_with_file_and_line() {
        let text = "source/CORD/b55.c: In function 'F':\nsource/CORD/b55.c:12:5: error: 'x' undeclared (first use in this function)\nsource/CORD/b55.c:14:1: warning: unused\n";
        let (code, evidence) = read_messages("B55", "source/CORD/b55.c", "CompileLogs/CORD/b55.log", &ended(text), 120);
        assert_eq!(code.name, "does-not-compile");
        assert_eq!(evidence.len(), 1);
        assert_eq!((evidence[0].file.as_str(), evidence[0].line), ("source/CORD/b55.c", 12));
    }

    #[test]
    fn a_missing_header_has_a_code_of_its_own() {
        let (code, evidence) = read_messages("B55", "s", "l", &ended("s:3:10: fatal error: nowhere.h: No such file or directory\n"), 120);
        assert_eq!((code.name, evidence[0].line), ("header-not-found", 3));
    }

    #[test]
    fn a_machine_without_room_is_not_the_sources_fault() {
        let full = ended("work/tmp/x.s: Assembler messages:\nfatal error: can't write 12 bytes: No space left on device\n");
        assert_eq!(machine_failed(&full, false).unwrap().code, "disk-full");
        let killed = Ended { code: None, timed_out: false, output: Vec::new() };
        assert_eq!(machine_failed(&killed, false).unwrap().code, "host-failed");
        assert!(machine_failed(&ended("s:1:1: error: x\n"), false).is_none());
    }

    #[test]
    fn a_compiler_without_a_message_is_still_reported() {
        let (code, evidence) = read_messages("B55", "s", "l", &ended(""), 120);
        assert_eq!((code.name, evidence.len()), ("does-not-compile", 1));
    }
}
