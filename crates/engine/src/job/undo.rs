//! What a job was before news that may have to be forgotten, because it cannot be saved. It keeps only what changed, so that forgetting costs
//! what hearing did.

use super::{Job, JobState, Run};

/// Gathered by `Job::apply_with_undo`; dropped once the job is saved, or handed to `Job::undo`.
#[derive(Debug, Default)]
pub struct Undo(Vec<Former>);

#[derive(Debug)]
enum Former {
    Run { run: usize, was: Run },
    Job { state: JobState, epoch: i64 },
    Away { server: usize, since: Option<i64> },
}

impl Undo {
    pub(super) fn run(&mut self, run: usize, was: Run) {
        self.0.push(Former::Run { run, was });
    }

    pub(super) fn job(&mut self, job: &Job) {
        self.0.push(Former::Job { state: job.state, epoch: job.epoch });
    }

    pub(super) fn away(&mut self, server: usize, since: Option<i64>) {
        self.0.push(Former::Away { server, since });
    }

    /// The last change first.
    pub(super) fn take_back(self, job: &mut Job) {
        for former in self.0.into_iter().rev() {
            match former {
                Former::Run { run, was } => {
                    job.stored.runs[run] = was;
                    job.progress.follow(&job.shape, &job.stored.runs, run);
                }
                Former::Job { state, epoch } => (job.stored.state, job.stored.epoch) = (state, epoch),
                Former::Away { server, since: Some(since) } => drop(job.away.insert(server, since)),
                Former::Away { server, since: None } => drop(job.away.remove(&server)),
            }
        }
    }
}
