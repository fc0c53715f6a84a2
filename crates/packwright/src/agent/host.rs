//! One server's files and programs, below a folder of its own, on this machine.

use super::Agent;
use super::sandbox::{Sandbox, Stop};
use crate::control::lines::LINES_MAX;
use crate::control::protocol::{News, subjects};
use crate::control::stamp;
use engine::host::{Ended, Entry, Host, HostError, Program, Progress};
use engine::step::Order;
use std::fs;
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Instant;

/// Places for compilers on this machine, shared by all servers in the process.
pub struct Slots {
    free: Mutex<usize>,
    freed: Condvar,
    pub total: usize,
}

impl Slots {
    pub fn new(total: usize) -> Slots {
        Slots { free: Mutex::new(total), freed: Condvar::new(), total }
    }

    fn take(&self) -> Slot<'_> {
        let mut free = self.free.lock().expect("no holder panics");
        while *free == 0 {
            free = self.freed.wait(free).expect("no holder panics");
        }
        *free -= 1;
        Slot(self)
    }
}

struct Slot<'a>(&'a Slots);

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().expect("no holder panics") += 1;
        self.0.freed.notify_one();
    }
}

/// News about progress is sent at most this often for a run.
const PROGRESS_EVERY_MS: i64 = 100;

pub struct LocalHost<'a> {
    agent: &'a Agent,
    order: &'a Order,
    started: Instant,
    told_ms: AtomicI64,
    sandbox: Sandbox,
    stop: Stop,
    /// What was logged, with the time of each line.
    lines: Mutex<Vec<(i64, String)>>,
}

impl<'a> LocalHost<'a> {
    pub fn new(agent: &'a Agent, order: &'a Order, stop: Arc<AtomicBool>) -> LocalHost<'a> {
        let stop = Stop { process: agent.stopping.clone(), run: stop };
        let mut readable = vec![agent.sdk_include.clone()];
        // A compiler of the site's own, named by its path, may read what lies beside it.
        readable.extend(Path::new(&order.server.toolchain).parent().filter(|folder| folder.is_absolute()).map(Path::to_path_buf));
        let area = agent.root.join(steps::paths::Paths(order).build_area());
        let sandbox = Sandbox::new(readable, area, stop.clone());
        LocalHost {
            agent,
            order,
            started: Instant::now(),
            told_ms: AtomicI64::new(-PROGRESS_EVERY_MS),
            sandbox,
            stop,
            lines: Mutex::default(),
        }
    }

    /// The whole path of one below the server's folder; one that would leave it is refused.
    pub fn whole(&self, path: &Path, action: &'static str) -> Result<PathBuf, HostError> {
        if path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
            Ok(self.agent.root.join(path))
        } else {
            Err(HostError {
                action,
                path: path.to_path_buf(),
                cause: io::Error::new(io::ErrorKind::InvalidInput, "the path leaves the server's folder"),
            })
        }
    }

    /// What was logged so far.
    pub fn lines(&self) -> Vec<(i64, String)> {
        self.lines.lock().expect("no holder panics").clone()
    }

    /// A name beside a file. It is the run's own, so that another attempt uses up what a killed one left.
    pub fn name_beside(&self, whole: &Path) -> PathBuf {
        let name = whole.file_name().unwrap_or_default().to_string_lossy();
        whole.with_file_name(format!(".{name}.{}.{}", self.order.job, self.order.run))
    }
}

fn cause<'p>(action: &'static str, path: &'p Path) -> impl FnOnce(io::Error) -> HostError + 'p {
    move |cause| HostError { action, path: path.to_path_buf(), cause }
}

impl Host for LocalHost<'_> {
    fn root(&self) -> &Path {
        &self.agent.root
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, HostError> {
        fs::read(self.whole(path, "read")?).map_err(cause("read", path))
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), HostError> {
        let whole = self.whole(path, "write")?;
        let beside = self.name_beside(&whole);
        // It may be a second name of stored content, which must not be written to.
        let _ = fs::remove_file(&beside);
        let written = fs::write(&beside, bytes).and_then(|()| fs::rename(&beside, &whole));
        if written.is_err() {
            let _ = fs::remove_file(&beside);
        }
        written.map_err(cause("write", path))
    }

    fn create_folder(&self, path: &Path) -> Result<(), HostError> {
        fs::create_dir_all(self.whole(path, "create folder")?).map_err(cause("create folder", path))
    }

    fn list(&self, path: &Path) -> Result<Vec<Entry>, HostError> {
        let entries = match fs::read_dir(self.whole(path, "list")?) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(cause("list", path)(error)),
        };
        let mut listed = Vec::new();
        for entry in entries {
            let entry = entry.map_err(cause("list", path))?;
            let metadata = entry.metadata().map_err(cause("list", path))?;
            listed.push(Entry { name: entry.file_name().to_string_lossy().into_owned(), folder: metadata.is_dir(), bytes: metadata.len() });
        }
        listed.sort();
        Ok(listed)
    }

    fn exists(&self, path: &Path) -> bool {
        self.whole(path, "look at").is_ok_and(|whole| whole.exists())
    }

    fn rename(&self, from: &Path, to: &Path) -> Result<(), HostError> {
        fs::rename(self.whole(from, "rename")?, self.whole(to, "rename")?).map_err(cause("rename", to))
    }

    fn remove(&self, path: &Path) -> Result<(), HostError> {
        let whole = self.whole(path, "remove")?;
        let removed = match fs::symlink_metadata(&whole) {
            Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(&whole),
            Ok(_) => fs::remove_file(&whole),
            Err(error) => Err(error),
        };
        match removed {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other.map_err(cause("remove", path)),
        }
    }

    fn link(&self, from: &Path, to: &Path) -> Result<(), HostError> {
        let (from_whole, to_whole) = (self.whole(from, "link")?, self.whole(to, "link")?);
        super::content::link_or_copy(&from_whole, &to_whole, &self.name_beside(&to_whole)).map_err(cause("link", to))
    }

    fn run(&self, program: &Program) -> Result<Ended, HostError> {
        let folder = self.whole(&program.folder, "run a program in")?;
        let name = Path::new(program.arguments.first().map_or("", String::as_str));
        self.sandbox.run(program, folder).map_err(cause("run", name))
    }

    fn parallel(&self) -> usize {
        self.agent.slots.total
    }

    fn compile_slot(&self) -> Box<dyn Send + '_> {
        Box::new(SendSlot { _slot: self.agent.slots.take() })
    }

    fn sdk_include(&self) -> PathBuf {
        self.agent.sdk_include.clone()
    }

    fn log(&self, line: &str) {
        let time = jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M:%S");
        let path = self.agent.root.join(steps::paths::Paths(self.order).build_log());
        // A build whose log cannot be written still goes on: the same lines travel as news.
        if path.parent().is_some_and(Path::is_dir)
            && let Ok(mut file) = fs::OpenOptions::new().create(true).append(true).open(path)
        {
            let _ = writeln!(file, "{time} {:<32} {line}", self.order.step);
        }
        // Held while the line is told, so that lines travel in their order.
        let mut lines = self.lines.lock().expect("no holder panics");
        if lines.len() >= LINES_MAX as usize {
            return;
        }
        let at = stamp::now();
        lines.push((at, line.to_string()));
        let Order { job, run, attempt, .. } = *self.order;
        let news = News::Log { job, run, attempt, number: lines.len() as u32, at, line: line.to_string() };
        let _ = self.agent.bus.publish(&subjects::news(&self.agent.server, job), news.to_bytes());
    }

    fn progress(&self, progress: Progress<'_>) {
        let now = self.started.elapsed().as_millis() as i64;
        let told = self.told_ms.load(Ordering::Relaxed);
        if progress.done < progress.total && now - told < PROGRESS_EVERY_MS {
            return;
        }
        self.told_ms.store(now, Ordering::Relaxed);
        let Progress { done, total, cached, what } = progress;
        let news = News::Progress { job: self.order.job, run: self.order.run, done, total, cached, what: what.to_string() };
        let _ = self.agent.bus.publish(&subjects::news(&self.agent.server, self.order.job), news.to_bytes());
    }

    fn cancelled(&self) -> bool {
        self.stop.is_set()
    }
}

/// Gives the place back when dropped.
struct SendSlot<'a> {
    _slot: Slot<'a>,
}
