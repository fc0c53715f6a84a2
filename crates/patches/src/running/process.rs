//! One Java process as the system's `/proc` shows it. What a home is, is not known here.

use crate::disk;
use engine::failure::Failure;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

const TEXT_BYTES_MAX: u64 = 4 << 20;
const OPEN_FILES_MAX: usize = 100_000;
/// Linux counts a process's start in hundredths of a second for programs, whatever its own clock does.
const TICK_MILLISECONDS: i64 = 10;

pub(super) struct Process {
    pub pid: u32,
    /// Without the program's own name.
    pub arguments: Vec<String>,
    /// `None` where this user may not read it.
    pub environment: Option<Vec<(String, String)>>,
    pub folder: Option<PathBuf>,
    /// What its open files lead to, as the system says it.
    pub open_files: Vec<String>,
    start_ticks: i64,
}

impl Process {
    /// A Java process; `None` where it is none, or is no more.
    pub fn read(pid: u32) -> Option<Process> {
        let place = PathBuf::from(format!("/proc/{pid}"));
        let mut arguments = words(&place.join("cmdline")).ok()?;
        if arguments.is_empty() || !is_java(&place, &arguments[0]) {
            return None;
        }
        arguments.remove(0);
        let environment =
            words(&place.join("environ")).ok().map(|words| words.iter().filter_map(|word| word.split_once('=')).map(owned).collect());
        let descriptors = fs::read_dir(place.join("fd")).into_iter().flatten().take(OPEN_FILES_MAX).filter_map(Result::ok);
        let targets = descriptors.filter_map(|entry| fs::read_link(entry.path()).ok());
        Some(Process {
            pid,
            arguments,
            environment,
            folder: fs::read_link(place.join("cwd")).ok(),
            open_files: targets.filter_map(|target| target.into_os_string().into_string().ok()).collect(),
            start_ticks: start_ticks(&fs::read_to_string(place.join("stat")).ok()?)?,
        })
    }

    /// The value of `-D<name>=`; of doubled ones the last, as Java takes it.
    pub fn property(&self, name: &str) -> Option<&str> {
        self.arguments.iter().rev().find_map(|word| word.strip_prefix("-D")?.strip_prefix(name)?.strip_prefix('='))
    }

    pub fn variable(&self, name: &str) -> Option<&str> {
        let environment = self.environment.as_ref()?;
        environment.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The class path that counts: the last option of the command line, else the variable.
    pub fn class_path(&self) -> Vec<&str> {
        let options = ["-cp", "-classpath", "--class-path"];
        let said = self.arguments.windows(2).rev().find(|pair| options.contains(&pair[0].as_str())).map(|pair| pair[1].as_str());
        let said = said.or_else(|| self.arguments.iter().rev().find_map(|word| word.strip_prefix("--class-path=")));
        let said = said.or_else(|| self.property("java.class.path")).or_else(|| self.variable("CLASSPATH"));
        said.unwrap_or_default().split(':').filter(|entry| !entry.is_empty()).collect()
    }

    pub fn started_at(&self, boot: i64) -> i64 {
        boot + self.start_ticks * TICK_MILLISECONDS
    }
}

fn owned((key, value): (&str, &str)) -> (String, String) {
    (key.to_string(), value.to_string())
}

fn is_java(place: &Path, first: &str) -> bool {
    let named_java = |path: &Path| path.file_name().is_some_and(|name| name == "java");
    // Whose executable cannot be read is known by the word it was started with.
    fs::read_link(place.join("exe")).map_or_else(|_| named_java(Path::new(first)), |path| named_java(&path))
}

/// The texts of a file that end with a zero byte each.
fn words(path: &Path) -> std::io::Result<Vec<String>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(TEXT_BYTES_MAX).read_to_end(&mut bytes)?;
    let texts = bytes.split(|byte| *byte == 0).filter(|text| !text.is_empty());
    Ok(texts.map(|text| String::from_utf8_lossy(text).into_owned()).collect())
}

/// The 22nd field; the second, a name in brackets, may hold anything.
fn start_ticks(stat: &str) -> Option<i64> {
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_ascii_whitespace().nth(19)?.parse().ok()
}

/// When the machine came up, in milliseconds since 1970 UTC.
pub(super) fn boot() -> Result<i64, Failure> {
    let path = Path::new("/proc/uptime");
    let text = fs::read_to_string(path).map_err(disk::failed("read", path))?;
    let up_seconds: f64 = text.split_ascii_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0.0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64);
    Ok(now - (up_seconds * 1000.0) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_name_may_hold_anything() {
        let fields: Vec<String> = (4..=30).map(|number| number.to_string()).collect();
        assert_eq!(start_ticks(&format!("77 (a) R b) S {}", fields.join(" "))), Some(22));
        assert_eq!(start_ticks("77 x"), None);
    }

    #[test]
    fn the_last_class_path_counts() {
        let arguments = ["-cp", "/a", "-Dx=1", "-classpath", "/b:/c", "Main", "-Dx=2"].map(str::to_string).to_vec();
        let process = Process { pid: 1, arguments, environment: None, folder: None, open_files: Vec::new(), start_ticks: 0 };
        assert_eq!(process.class_path(), ["/b", "/c"]);
        assert_eq!((process.property("x"), process.property("y")), (Some("2"), None));
    }
}
