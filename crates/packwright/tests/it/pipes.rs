//! Named pipes with which a test and a process that it does not own wait for one another, without a clock.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

const PATIENCE: Timespec = Timespec { tv_sec: 60, tv_nsec: 0 };

/// A place at which a process stops until the test lets it go: it writes a line to `arrived`, then reads one from `go`.
pub struct Gate {
    arrived: File,
    go: File,
    folder: PathBuf,
}

impl Gate {
    pub fn new(folder: &Path) -> Gate {
        std::fs::create_dir_all(folder).expect("the folder can be made");
        let open = |name: &str| {
            let path = folder.join(name);
            assert!(Command::new("mkfifo").arg(&path).status().expect("mkfifo runs").success());
            // Open for both, so that neither this nor the other side's opening waits.
            OpenOptions::new()
                .read(true)
                .write(true)
                .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
                .open(path)
                .expect("a pipe can be opened")
        };
        Gate { arrived: open("arrived"), go: open("go"), folder: folder.to_path_buf() }
    }

    pub fn arrived(&self) -> PathBuf {
        self.folder.join("arrived")
    }

    pub fn go(&self) -> PathBuf {
        self.folder.join("go")
    }

    /// Waits until somebody stands at the gate.
    #[track_caller]
    pub fn wait(&mut self) {
        let count = poll(&mut [PollFd::new(&self.arrived, PollFlags::IN)], Some(&PATIENCE)).expect("a pipe can be waited for");
        assert!(count > 0, "nobody came to the gate");
        std::io::Read::read(&mut self.arrived, &mut [0; 64]).expect("what came can be read");
    }

    pub fn open(&mut self) {
        self.go.write_all(b"go\n").expect("a pipe takes a line");
    }

    /// A C function body that stops at the gate.
    pub fn body(&self) -> String {
        format!(
            "FILE *file = fopen(\"{}\", \"w\");\n   char line[8];\n   fputs(\"here\\n\", file);\n   fclose(file);\n   file = fopen(\"{}\", \"r\");\n   (void) !fgets(line, sizeof(line), file);\n   fclose(file);\n   MathCopy(&lpDS->mnResult, &lpDS->mnValue);",
            self.arrived().display(),
            self.go().display()
        )
    }
}

/// Writes a script that can be run. A process of its own does, since one of ours that forks meanwhile would hold the file open for writing, and
/// then nobody may run it.
pub fn script(path: &Path, text: &str) {
    let write = "printf '#!/bin/sh\\n%s\\n' \"$1\" > \"$0\" && chmod 755 \"$0\"";
    let status = Command::new("sh").arg("-c").arg(write).arg(path).arg(text).status().expect("sh runs");
    assert!(status.success());
}
