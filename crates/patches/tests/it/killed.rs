//! Processes that really end in the midst of a change, and processes that get in each other's way. The other process is this test binary again, told by
//! its environment what to do.

use crate::transactions::{Sample, tree};
use patches::home::Home;
use patches::journal::{Direction, Watch, interrupted, recover};
use patches::lock::Lock;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

const PART: &str = "PACKWRIGHT_TEST_PART";
const HOME: &str = "PACKWRIGHT_TEST_HOME";
const STOP_AT: &str = "PACKWRIGHT_TEST_STOP_AT";

/// This test again, as another process.
fn other(test: &str, part: &str, home: &Path, stop_at: usize) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([test, "--exact", "--nocapture"]).env(PART, part).env(HOME, home).env(STOP_AT, stop_at.to_string());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn asked(part: &str) -> Option<Home> {
    (std::env::var(PART).ok()? == part).then(|| Home::open(Path::new(&std::env::var(HOME).unwrap())).unwrap())
}

/// Ends this process at the n-th operation, as `kill -9` does.
fn ending() -> Watch {
    let n: usize = std::env::var(STOP_AT).unwrap().parse().unwrap();
    let count = AtomicUsize::new(0);
    Box::new(move |_, _| {
        if count.fetch_add(1, Ordering::Relaxed) == n {
            rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL)?;
        }
        Ok(())
    })
}

#[test]
fn killed_at_any_operation_a_home_is_recovered_by_the_next_process() {
    const TEST: &str = "killed::killed_at_any_operation_a_home_is_recovered_by_the_next_process";
    if let Some(home) = asked("change") {
        Sample::at(home).carry_out(Some(ending())).unwrap();
        return;
    }
    if let Some(home) = asked("recover") {
        recover(&Lock::take_watched(&home, "recover", ending()).unwrap(), Direction::Either).unwrap();
        return;
    }
    let sample = Sample::new();
    let root = sample.home.root.clone();
    let (before, after) = sample.ends();
    let (mut undone, mut done, mut killed) = (0, 0, 0);
    for n in 0.. {
        sample.refill();
        let ended = other(TEST, "change", &root, n).status().unwrap();
        if ended.success() {
            break;
        }
        assert_eq!(ended.signal(), Some(9), "operation {n}");
        let was_interrupted = interrupted(&sample.home).unwrap();
        assert!(was_interrupted.as_ref().is_none_or(|state| !state.busy));
        // A recovery that is killed too is no worse.
        let recovery = other(TEST, "recover", &root, n % 7).status().unwrap();
        killed += usize::from(recovery.signal() == Some(9));
        assert!(recovery.success() || recovery.signal() == Some(9), "operation {n}");
        assert!(other(TEST, "recover", &root, usize::MAX).status().unwrap().success(), "operation {n}");
        let now = tree(&root);
        assert!(now == before || now == after, "operation {n}: {now:?}");
        assert!(was_interrupted.is_none() || now == after);
        *if now == after { &mut done } else { &mut undone } += 1;
        assert_eq!(interrupted(&sample.home).unwrap(), None);
    }
    assert!(done > 20 && undone > 20 && killed > 20, "{done} done, {undone} undone, {killed} recoveries killed");
}

struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_second_process_is_refused_until_the_first_is_gone() {
    const TEST: &str = "killed::a_second_process_is_refused_until_the_first_is_gone";
    if let Some(home) = asked("hold") {
        let _lock = Lock::take(&home, "apply HCE9 to Orders").unwrap();
        println!("\nit has the lock");
        // Until it is killed, or the test is gone.
        std::io::stdin().lines().for_each(drop);
        return;
    }
    let sample = Sample::new();
    let mut command = other(TEST, "hold", &sample.home.root, 0);
    let mut holder = Ended(command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap());
    let told = BufReader::new(holder.0.stdout.take().unwrap()).lines().any(|line| line.unwrap() == "it has the lock");
    assert!(told);
    let refused = Lock::take(&sample.home, "remove HCE9").err().unwrap();
    assert_eq!(refused.code, "home-busy");
    let words = [format!("process {} of ", holder.0.id()), ": apply HCE9 to Orders".into()];
    assert!(words.iter().all(|word| refused.message.contains(word)), "{refused}");
    assert!(refused.hint.contains(&holder.0.id().to_string()));
    assert!(Lock::holder(&sample.home).unwrap().is_some());
    holder.0.kill().unwrap();
    holder.0.wait().unwrap();
    assert_eq!(Lock::holder(&sample.home).unwrap(), None);
    Lock::take(&sample.home, "remove HCE9").unwrap();
}
