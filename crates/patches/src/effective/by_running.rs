//! Asks a real shell what a domain's `setDomainEnv.sh` comes to. It runs foreign code, with the rights of whoever asks: only on an explicit wish. A
//! script that takes too long or says too much is ended with all it started.

use crate::definitions::Variable;
use crate::disk;
use crate::domain::{Domain, Role};
use crate::scripts::Syntax;
use engine::failure::{self, Failure};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process_group};
use std::collections::BTreeMap;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A domain's own script asks a few programs for their versions at most.
pub const DEADLINE: Duration = Duration::from_secs(30);
const OUTPUT_BYTES_MAX: usize = 1 << 20;
/// What else is worth comparing with what was computed.
const OTHERS: [&str; 3] = ["CLASSPATH", "LD_LIBRARY_PATH", "JAVA_OPTIONS"];

/// What the variables say after the script; those that are not set are not there. An empty server is one that is not a Managed Server.
pub fn by_running(domain: &Domain, server: &str, deadline: Duration) -> Result<BTreeMap<String, String>, Failure> {
    let Some(script) = domain.script(Role::SetDomainEnv, Syntax::Sh) else {
        return Err(Failure::new(&failure::SCRIPT_REFUSED, format!("domain {} has no setDomainEnv.sh to run", domain.configuration.name)));
    };
    let names: Vec<&str> = Variable::ALL.iter().map(|variable| variable.name()).chain(OTHERS).collect();
    // What the script itself prints goes elsewhere; values end with a zero byte because they may hold anything else.
    let tell: Vec<String> =
        names.iter().map(|name| format!("test \"${{{name}+set}}\" && printf '{name}=%s\\0' \"${{{name}}}\" >&3")).collect();
    let program = format!("exec 3>&1 >/dev/null 2>&1\n. \"$0\"\n{}\n:", tell.join("\n"));
    let mut command = Command::new("/bin/sh");
    command.args(["-c", &program]).arg(&script.path).current_dir(&domain.root);
    command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").env("SERVER_NAME", server);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
    let child = command.spawn().map_err(disk::failed("run", &script.path))?;
    let mut group = Group(child);
    let output = group.output(Instant::now() + deadline)?;
    let texts = output.split(|byte| *byte == 0).map(String::from_utf8_lossy);
    Ok(texts.filter_map(|text| text.split_once('=').map(|(name, value)| (name.to_string(), value.to_string()))).collect())
}

/// A process and all that it starts, ended when this goes.
struct Group(Child);

impl Group {
    fn output(&mut self, deadline: Instant) -> Result<Vec<u8>, Failure> {
        let mut pipe = self.0.stdout.take().expect("it was asked for");
        let mut output = Vec::new();
        let mut piece = [0; 8192];
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let wait = Timespec { tv_sec: left.as_secs() as i64, tv_nsec: i64::from(left.subsec_nanos()) };
            let mut ready = [PollFd::new(&pipe, PollFlags::IN)];
            if left.is_zero() || poll(&mut ready, Some(&wait)).unwrap_or(0) == 0 {
                return Err(Failure::new(&failure::HOST_FAILED, "setDomainEnv.sh did not end in time").hint("ask without running it"));
            }
            match pipe.read(&mut piece) {
                Ok(0) => return Ok(output),
                Ok(count) if output.len() + count <= OUTPUT_BYTES_MAX => output.extend_from_slice(&piece[..count]),
                Ok(_) => return Err(Failure::new(&failure::HOST_FAILED, "the variables of setDomainEnv.sh are too long to read")),
                Err(error) => return Err(Failure::new(&failure::HOST_FAILED, format!("cannot read what setDomainEnv.sh says: {error}"))),
            }
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // The group stays as long as one of its processes does, so its number is nobody else's until the child was waited for.
        if let Some(pid) = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(pid, Signal::KILL);
        }
        let _ = self.0.wait();
    }
}
