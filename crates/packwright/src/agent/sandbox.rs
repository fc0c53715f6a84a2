//! Runs compilers where they can touch little of the machine: sources are foreign text, and a compiler reads whatever file they name. A restriction
//! holds for a thread and all it starts, so compilers are started by threads made for it, one restriction per thread and step instead of one per
//! compile. Where the kernel has no Landlock, compilers run as before.

use engine::host::{Ended, Program};
use landlock::{ABI, Access, AccessFs, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError, path_beneath_rules};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process_group};
use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

/// What every compiler reads: itself, its libraries, and how the system finds them.
const SYSTEM: [&str; 8] = ["/usr", "/bin", "/lib", "/lib32", "/lib64", "/etc/alternatives", "/etc/ld.so.cache", "/dev/urandom"];
/// How often a wait looks whether the process is to end.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Says whether work is to end early: the whole process is ending, or nobody waits for this run any more.
#[derive(Clone, Default)]
pub struct Stop {
    pub process: Arc<AtomicBool>,
    pub run: Arc<AtomicBool>,
}

impl Stop {
    pub fn is_set(&self) -> bool {
        self.process.load(Ordering::Relaxed) || self.run.load(Ordering::Relaxed)
    }
}

/// What the programs of one step may touch, and the threads that start them.
pub struct Sandbox {
    readable: Vec<PathBuf>,
    writable: PathBuf,
    stop: Stop,
    idle: Mutex<Vec<Starter>>,
}

/// A restricted thread; it ends when this is dropped.
struct Starter {
    work: mpsc::Sender<(Program, PathBuf)>,
    ended: mpsc::Receiver<io::Result<Ended>>,
}

impl Sandbox {
    /// `readable` beside what every compiler reads; all below `writable` may be changed.
    pub fn new(readable: Vec<PathBuf>, writable: PathBuf, stop: Stop) -> Sandbox {
        Sandbox { readable, writable, stop, idle: Mutex::default() }
    }

    /// Runs a program in a folder to its end.
    pub fn run(&self, program: &Program, folder: PathBuf) -> io::Result<Ended> {
        let idle = self.idle.lock().expect("no holder panics").pop();
        let starter = idle.map_or_else(|| self.start(), Ok)?;
        let gone = |_| io::Error::other("the thread that starts compilers ended");
        starter.work.send((program.clone(), folder)).map_err(|_| gone(mpsc::RecvError))?;
        let ended = starter.ended.recv().map_err(gone)?;
        self.idle.lock().expect("no holder panics").push(starter);
        ended
    }

    fn start(&self) -> io::Result<Starter> {
        let (work, orders) = mpsc::channel::<(Program, PathBuf)>();
        let (report, ended) = mpsc::channel();
        let (readable, writable, stop) = (self.readable.clone(), self.writable.clone(), self.stop.clone());
        let temporary = writable.join("work").join("tmp");
        let serve = move || {
            let restricted = std::fs::create_dir_all(&temporary).and_then(|()| restrict(&readable, &writable).map_err(io::Error::other));
            for (mut program, folder) in orders {
                program.environment.push(("TMPDIR".into(), temporary.display().to_string()));
                // Without its restriction nothing is started here, however often it is asked.
                let result = match &restricted {
                    Ok(()) => run(&program, &folder, &stop),
                    Err(error) => Err(io::Error::new(error.kind(), error.to_string())),
                };
                if report.send(result).is_err() {
                    return;
                }
            }
        };
        std::thread::Builder::new().name("compilers".into()).spawn(serve)?;
        Ok(Starter { work, ended })
    }
}

/// Restricts this thread and what it starts from now on.
fn restrict(readable: &[PathBuf], writable: &Path) -> Result<(), RulesetError> {
    let abi = ABI::V3;
    let read = AccessFs::from_read(abi);
    let devices = AccessFs::from_file(abi);
    Ruleset::default()
        .handle_access(AccessFs::from_all(abi))?
        .create()?
        .add_rules(path_beneath_rules(SYSTEM, read))?
        .add_rules(path_beneath_rules(readable, read))?
        .add_rules(path_beneath_rules(["/dev/null"], devices))?
        .add_rules(path_beneath_rules([writable], AccessFs::from_all(abi)))?
        .restrict_self()?;
    Ok(())
}

/// Reads the program's output to its end, keeping the first part, and kills the program and all it started at its time limit.
fn run(program: &Program, folder: &Path, stop: &Stop) -> io::Result<Ended> {
    let (mut reader, writer) = io::pipe()?;
    let name = program.arguments.first().map_or("", String::as_str);
    let mut command = Command::new(name);
    command.args(&program.arguments[1..]).current_dir(folder).envs(program.environment.iter().map(|(k, v)| (k, v))).process_group(0);
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    let mut child = command.spawn()?;
    // The command holds the pipe's writing ends; the reader sees the end only once they are closed here.
    drop(command);
    let deadline = Instant::now() + program.timeout;
    let mut output = Vec::new();
    let mut buffer = [0; 8192];
    let mut timed_out = false;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() || stop.is_set() {
            timed_out = left.is_zero();
            kill_group(&child);
            break;
        }
        let slice = left.min(LOOK_EVERY);
        let timeout = Timespec { tv_sec: slice.as_secs() as i64, tv_nsec: slice.subsec_nanos().into() };
        match poll(&mut [PollFd::new(&reader, PollFlags::IN)], Some(&timeout)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => continue,
            Ok(_) => {}
            Err(error) => return Err(error.into()),
        }
        let count = reader.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        let keep = count.min(program.output_bytes_max.saturating_sub(output.len()));
        output.extend_from_slice(&buffer[..keep]);
    }
    let status = child.wait()?;
    Ok(Ended { code: status.code().filter(|_| !timed_out), timed_out, output })
}

fn kill_group(child: &Child) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(group, Signal::KILL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(arguments: &[&str], seconds: u64) -> Program {
        let arguments = arguments.iter().map(ToString::to_string).collect();
        Program {
            arguments,
            folder: PathBuf::new(),
            environment: Vec::new(),
            timeout: Duration::from_secs(seconds),
            output_bytes_max: 1_000,
        }
    }

    #[test]
    fn a_source_reads_and_writes_nothing_outside_its_folder() {
        let (own, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::write(other.path().join("secret.h"), "#define SECRET 1\n").unwrap();
        std::fs::write(own.path().join("a.c"), format!("#include \"{}/secret.h\"\nint a = SECRET;\n", other.path().display())).unwrap();
        std::fs::write(own.path().join("b.c"), "int b = 1;\n").unwrap();
        let sandbox = Sandbox::new(Vec::new(), own.path().to_path_buf(), Stop::default());
        let good = sandbox.run(&program(&["gcc", "-c", "b.c", "-o", "b.o"], 60), own.path().to_path_buf()).unwrap();
        assert!(good.success(), "{}", String::from_utf8_lossy(&good.output));
        let bad = sandbox.run(&program(&["gcc", "-c", "a.c", "-o", "a.o"], 60), own.path().to_path_buf()).unwrap();
        assert!(
            !bad.success() && String::from_utf8_lossy(&bad.output).contains("Permission denied"),
            "{}",
            String::from_utf8_lossy(&bad.output)
        );
        let away = other.path().join("b.o").display().to_string();
        let bad = sandbox.run(&program(&["gcc", "-c", "b.c", "-o", &away], 60), own.path().to_path_buf()).unwrap();
        assert!(!bad.success() && !other.path().join("b.o").exists());
        // This thread is free.
        assert!(std::fs::read(other.path().join("secret.h")).is_ok());
    }

    #[test]
    fn a_program_that_does_not_end_is_killed_with_all_it_started() {
        let own = tempfile::tempdir().unwrap();
        let sandbox = Sandbox::new(Vec::new(), own.path().to_path_buf(), Stop::default());
        let began = Instant::now();
        let ended = sandbox.run(&program(&["sh", "-c", "cat /dev/zero & while :; do :; done"], 1), own.path().to_path_buf()).unwrap();
        assert!(ended.timed_out && ended.code.is_none() && began.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn output_is_cut_at_its_limit_and_a_missing_program_is_an_error() {
        let own = tempfile::tempdir().unwrap();
        let sandbox = Sandbox::new(Vec::new(), own.path().to_path_buf(), Stop::default());
        let ended = sandbox
            .run(&program(&["sh", "-c", "i=0; while [ $i -lt 2000 ]; do echo 1234567890; i=$((i+1)); done"], 60), own.path().to_path_buf())
            .unwrap();
        assert!(ended.success() && ended.output.len() == 1_000);
        assert_eq!(sandbox.run(&program(&["no-such-compiler"], 60), own.path().to_path_buf()).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
