//! What the system knows of a process: whether it still is the one that was started, how it ended, and how to wait for its end or bring it
//! about. It does not know what the process does.

use std::fmt;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, WaitIdStatus, kill_process_group, pidfd_open, waitid};
use serde::{Deserialize, Serialize};

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    Signal(i32),
    Code(i32),
}

impl fmt::Display for Ending {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Ending::Signal(signal) => write!(out, "killed by {}", signal_name(*signal)),
            Ending::Code(code) => write!(out, "ended with exit code {code}"),
        }
    }
}

impl From<ExitStatus> for Ending {
    fn from(status: ExitStatus) -> Ending {
        match status.signal() {
            Some(signal) => Ending::Signal(signal),
            None => Ending::Code(status.code().unwrap_or_default()),
        }
    }
}

impl Ending {
    pub(crate) fn is_signal(self, signal: Signal) -> bool {
        self == Ending::Signal(signal.as_raw())
    }

    fn of(status: &WaitIdStatus) -> Ending {
        match status.terminating_signal() {
            Some(signal) => Ending::Signal(signal),
            None => Ending::Code(status.exit_status().unwrap_or_default()),
        }
    }
}

/// The name of a signal on Linux; its number where it has none here.
pub fn signal_name(signal: i32) -> String {
    let names = [
        (Signal::HUP, "SIGHUP"),
        (Signal::INT, "SIGINT"),
        (Signal::QUIT, "SIGQUIT"),
        (Signal::ILL, "SIGILL"),
        (Signal::TRAP, "SIGTRAP"),
        (Signal::ABORT, "SIGABRT"),
        (Signal::BUS, "SIGBUS"),
        (Signal::FPE, "SIGFPE"),
        (Signal::KILL, "SIGKILL"),
        (Signal::SEGV, "SIGSEGV"),
        (Signal::PIPE, "SIGPIPE"),
        (Signal::ALARM, "SIGALRM"),
        (Signal::TERM, "SIGTERM"),
        (Signal::XCPU, "SIGXCPU"),
        (Signal::XFSZ, "SIGXFSZ"),
        (Signal::SYS, "SIGSYS"),
    ];
    names.iter().find(|(known, _)| known.as_raw() == signal).map_or_else(|| format!("signal {signal}"), |(_, name)| (*name).to_owned())
}

/// What `/proc/PID/stat` says.
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    state: char,
    start_ticks: u64,
}

fn stat(pid: u32) -> Option<Stat> {
    parse_stat(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// The second field is the program's name in brackets and may hold anything, so counting starts behind the last bracket, with field 3.
fn parse_stat(text: &str) -> Option<Stat> {
    let mut fields = text[text.rfind(')')? + 1..].split_ascii_whitespace();
    let state = fields.next()?.chars().next()?;
    let start_ticks = fields.nth(22 - 4)?.parse().ok()?;
    Some(Stat { state, start_ticks })
}

/// When a process started, in clock ticks after boot. With its number this names a process for as long as the machine runs.
pub fn start_ticks(pid: u32) -> Option<u64> {
    stat(pid).map(|stat| stat.start_ticks)
}

/// Whether the process runs that had this number when it started then. One that has ended but was not waited for does not.
pub fn is_alive(pid: u32, start_ticks: u64) -> bool {
    stat(pid).is_some_and(|stat| stat.start_ticks == start_ticks && !matches!(stat.state, 'Z' | 'X'))
}

fn pid_of(pid: u32) -> Option<Pid> {
    Pid::from_raw(i32::try_from(pid).ok()?)
}

/// Waits until a process has ended; false when the time is up first. One that is gone already has ended.
pub fn wait_for_end(pid: u32, timeout: Duration) -> io::Result<bool> {
    let Some(pid) = pid_of(pid) else { return Ok(true) };
    let process = match pidfd_open(pid, PidfdFlags::empty()) {
        Ok(process) => process,
        Err(rustix::io::Errno::SRCH) => return Ok(true),
        Err(failure) => return Err(failure.into()),
    };
    let timeout = Timespec { tv_sec: timeout.as_secs().try_into().unwrap_or(i64::MAX), tv_nsec: timeout.subsec_nanos().into() };
    let ready = rustix::io::retry_on_intr(|| poll(&mut [PollFd::new(&process, PollFlags::IN)], Some(&timeout)))?;
    Ok(ready > 0)
}

/// Kills a process group by its leader's number. The leader must not have been waited for yet, else the number may be another's.
pub(crate) fn kill_group(leader: u32) {
    if let Some(leader) = pid_of(leader) {
        // It fails only when nothing of the group is left.
        let _ = kill_process_group(leader, Signal::KILL);
    }
}

/// How a child of this process ended, without taking the news from the one who waits for it. None while it runs, and for what is no child.
pub(crate) fn peek_ending(pid: u32, options: WaitIdOptions) -> Option<Ending> {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | options;
    let status = rustix::io::retry_on_intr(|| waitid(WaitId::Pid(pid_of(pid).ok_or(rustix::io::Errno::CHILD)?), options));
    status.ok().flatten().as_ref().map(Ending::of)
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn the_name_of_a_program_may_hold_anything() {
        let text = "77 (a) S 1) R (x) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20 21";
        assert_eq!(parse_stat(text), Some(Stat { state: 'S', start_ticks: 4711 }));
        assert_eq!(parse_stat("77 (a) S 1"), None);
        assert_eq!(parse_stat(""), None);
    }

    #[test]
    fn a_process_is_known_by_number_and_start() {
        let mut process = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let (pid, ticks) = (process.id(), start_ticks(process.id()).unwrap());
        assert!(is_alive(pid, ticks));
        assert!(!is_alive(pid, ticks + 1));
        assert!(!wait_for_end(pid, Duration::from_millis(1)).unwrap());
        process.kill().unwrap();
        assert!(wait_for_end(pid, Duration::from_secs(10)).unwrap());
        assert!(!is_alive(pid, ticks), "it has ended, though nobody has waited for it");
        assert_eq!(peek_ending(pid, WaitIdOptions::NOHANG), Some(Ending::Signal(9)));
        assert_eq!(Ending::from(process.wait().unwrap()).to_string(), "killed by SIGKILL");
        assert_eq!(peek_ending(pid, WaitIdOptions::NOHANG), None);
        assert!(wait_for_end(pid, Duration::from_secs(10)).unwrap());
    }

    #[test]
    fn endings_have_names() {
        assert_eq!(Ending::Signal(11).to_string(), "killed by SIGSEGV");
        assert_eq!(Ending::Signal(64).to_string(), "killed by signal 64");
        assert_eq!(Ending::Code(3).to_string(), "ended with exit code 3");
    }
}
