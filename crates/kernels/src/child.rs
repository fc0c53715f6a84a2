//! The process of one call: the entry of the hidden command `kernel-child`. It takes its order from standard input, which is a socket, answers
//! there, and ends. A fatal signal simply ends it: the parent reports that.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use rustix::process::{Pid, Signal, getppid, set_parent_process_death_signal};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::frame::{self, FrameError};
use crate::layout::Layout;
use crate::limits;
use crate::worker::{CallReply, Refusal, Worker};

/// What the parent asks for.
#[derive(Serialize, Deserialize)]
pub(crate) struct KernelOrder {
    pub parent: u32,
    pub libraries: PathBuf,
    pub functions: PathBuf,
    pub function: String,
    pub layout: Layout,
    pub values: Map<String, Value>,
    pub user: String,
    pub log_bytes_max: u64,
    pub memory_bytes_max: Option<u64>,
}

pub(crate) type KernelAnswer = Result<CallReply, Refusal>;

#[derive(Debug, thiserror::Error)]
enum ChildError {
    #[error("cannot talk to the process that started this one, as only packwright itself does: {0}")]
    Connection(#[from] FrameError),
    #[error("cannot set up the process: {0}")]
    Setup(#[from] io::Error),
    #[error("the process that started this one is gone")]
    Orphan,
}

/// The whole of the hidden command.
pub fn child_main() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let _ = writeln!(io::stderr(), "error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn serve() -> Result<(), ChildError> {
    // A call is worth nothing without the one who asked, so it ends with it.
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(io::Error::from)?;
    let mut connection = limits::take_connection()?;
    let order: KernelOrder = frame::receive(&mut connection, None)?;
    if Pid::as_raw(getppid()) as u32 != order.parent {
        return Err(ChildError::Orphan);
    }
    frame::send(&mut connection, &answer(order), None)?;
    Ok(())
}

fn answer(order: KernelOrder) -> KernelAnswer {
    limits::confine(order.log_bytes_max, order.memory_bytes_max).map_err(|failure| Refusal::Limits { reason: failure.to_string() })?;
    let worker = Worker::start(&order.user, "", "", order.libraries, order.functions)?;
    worker.run(&order.function, &order.layout, &order.values)
}
