//! Tells what long work on a home is at: how far it is, where somebody looks at a terminal; and, whoever looks, that an interrupted change was brought to
//! its end.

use crate::cli::screen;
use indicatif::{ProgressBar, ProgressStyle};
use patches::home::Home;
use patches::journal::{self, Progress, Stage};
use patches::progress::{self, Told};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

static BAR: OnceLock<ProgressBar> = OnceLock::new();
static BEGAN: OnceLock<Instant> = OnceLock::new();
/// What is over before is not worth a line that comes and goes.
const PATIENCE: Duration = Duration::from_millis(300);

/// From now on.
pub fn show() {
    progress::listen(told);
}

/// What a command says that only looks at a home in which a change was interrupted: what it shows may be half of that.
pub fn interrupted(home: &Home) {
    // Where the journal cannot be read, the command that needs it says so.
    if let Ok(Some(change)) = journal::interrupted(home)
        && !change.busy
    {
        screen::note(&format!(
            "note: a change of this home was interrupted, and what is told here may be half of it: {}; packwright patch recover brings it to its end",
            change.what
        ));
    }
}

/// What is shown goes before a page or a problem is printed.
pub fn hide() {
    if let Some(bar) = BAR.get() {
        bar.finish_and_clear();
    }
}

fn told(told: Told) {
    match told {
        Told::Recovered { what } => {
            hide();
            screen::note(&format!("note: an interrupted change was brought to its end first: {what}"));
        }
        _ if screen::is_terminal() && BEGAN.get_or_init(Instant::now).elapsed() > PATIENCE => shown(told),
        // Where nobody looks there is nothing to show.
        _ => {}
    }
}

fn shown(told: Told) {
    let (what, file, done, of) = match told {
        Told::Recovered { .. } => return,
        Told::Reading { file, done, of } => ("reading containers", file, done, of),
        Told::Indexing { file, done, of } => ("looking into jars", file, done, of),
        Told::Changing(Progress { stage, done, of }) => match stage {
            Stage::Looking => ("comparing files", "", done, of),
            Stage::Staging => ("making files ready", "", done, of),
            Stage::Moving => ("moving files", "", done, of),
        },
    };
    let bar = BAR.get_or_init(|| {
        let style = ProgressStyle::with_template("{msg} {pos}/{len} {prefix}").expect("the template is well-formed");
        ProgressBar::new(0).with_style(style)
    });
    if bar.is_finished() {
        // It gave way to a question or a note.
        bar.reset();
    }
    bar.set_length(of as u64);
    bar.set_position(done as u64);
    bar.set_message(what);
    bar.set_prefix(file.to_string());
}
