//! Clears up behind a world, however its test ends. It knows the world's name, by which it finds namespaces and processes, and its folder.

use std::path::Path;
use std::process::{Child, Command, Stdio};

/// In the environment of every process of a world, and so in that of what these start.
pub const MARK: &str = "E2E_WORLD";

/// Waits until its input ends, then ends every process of the world, in several rounds as some may start others meanwhile, and removes what is left.
/// Arguments: name, folder.
const GUARD: &str = r#"
trap '' PIPE
cat >/dev/null
namespaces() { ip netns list 2>/dev/null | cut -d' ' -f1 | grep "^$1-"; }
processes() {
    for namespace in $(namespaces "$1"); do ip netns pids "$namespace"; done
    grep -lzsx "E2E_WORLD=$1" /proc/[0-9]*/environ | cut -d/ -f3
}
for round in 1 2 3 4 5; do
    found=$(processes "$1")
    [ -n "$found" ] || break
    kill -9 $found
done
for namespace in $(namespaces "$1"); do ip netns delete "$namespace"; done
rm -rf "$2"
"#;

pub struct Guard(Child);

impl Guard {
    /// A process group of its own, so that what ends the test's group spares it; it holds none of the test's outputs, or the test runner would wait
    /// for it.
    pub fn start(name: &str, folder: &Path) -> Guard {
        use std::os::unix::process::CommandExt;
        let mut command = Command::new("sh");
        command.args(["-c", GUARD, "guard", name]).arg(folder).process_group(0).env_remove(MARK);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        Guard(command.spawn().unwrap_or_else(|error| panic!("cannot start the guard of a test's world: {error}")))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // The guard waits for the end of its input.
        drop(self.0.stdin.take());
        // Nothing can be done in a drop about a guard that cannot be waited for.
        let _ = self.0.wait();
    }
}
