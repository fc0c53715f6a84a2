//! The file that a child's output goes to. What is in it is foreign text.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::Stdio;

const TAIL_BYTES_MAX: u64 = 4096;
const TAIL_LINES_MAX: usize = 10;

pub(crate) struct Log {
    file: File,
    /// Where this process began to write; what lies before is another's.
    begin: u64,
}

impl Log {
    /// Opens a log to go on behind what is there.
    pub fn open(path: &Path) -> io::Result<Log> {
        let file = OpenOptions::new().create(true).append(true).read(true).mode(0o600).open(path)?;
        let begin = file.metadata()?.len();
        Ok(Log { file, begin })
    }

    /// The log as the output of a process.
    pub fn output(&self) -> io::Result<Stdio> {
        Ok(self.file.try_clone()?.into())
    }

    /// The last lines that were written, for a message. They are a help only, so trouble reading them is not told.
    pub fn last_lines(&mut self) -> Vec<String> {
        let Ok(end) = self.file.seek(SeekFrom::End(0)) else { return Vec::new() };
        let begin = self.begin.max(end.saturating_sub(TAIL_BYTES_MAX));
        let mut bytes = Vec::new();
        let read = self.file.seek(SeekFrom::Start(begin)).and_then(|_| (&self.file).take(TAIL_BYTES_MAX).read_to_end(&mut bytes));
        if read.is_err() {
            return Vec::new();
        }
        let text = String::from_utf8_lossy(&bytes);
        let plain = |line: &str| line.chars().filter(|character| !character.is_control()).collect();
        let lines: Vec<String> = text.lines().map(plain).collect();
        lines[lines.len().saturating_sub(TAIL_LINES_MAX)..].to_vec()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn only_the_last_lines_of_this_process_are_shown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("call.log");
        std::fs::write(&path, "another's\n").unwrap();
        let mut log = Log::open(&path).unwrap();
        assert_eq!(log.last_lines(), Vec::<String>::new());
        for number in 0..2000 {
            writeln!(log.file, "line \x1b[1m{number}").unwrap();
        }
        let lines = log.last_lines();
        assert_eq!((lines.len(), lines[0].as_str(), lines[9].as_str()), (10, "line [1m1990", "line [1m1999"));
    }
}
