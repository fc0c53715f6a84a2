//! Long work tells how far it is. Whoever shows that to a person listens; without a listener it goes nowhere.

use crate::journal::Progress;
use std::sync::OnceLock;

/// How far some work is.
#[derive(Clone, Copy, Debug)]
pub enum Told<'a> {
    /// Containers of the download folder that are read for the first time, or anew.
    Reading { file: &'a str, done: usize, of: usize },
    /// Jars whose classes are looked at for the first time.
    Indexing { file: &'a str, done: usize, of: usize },
    /// A change of a home.
    Changing(Progress),
    /// A change that was interrupted before, and was brought to its end: `finished, as it was interrupted: apply HCE9 to Orders of wls1036`.
    Recovered { what: &'a str },
}

static LISTENER: OnceLock<fn(Told)> = OnceLock::new();

/// The first listener is the only one.
pub fn listen(listener: fn(Told)) {
    let _ = LISTENER.set(listener);
}

pub(crate) fn tell(told: Told) {
    if let Some(listener) = LISTENER.get() {
        listener(told);
    }
}
