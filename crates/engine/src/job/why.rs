//! Why a run waits, in words for a person: every state that is not final can say what it waits for. It reads a job and changes nothing.

use super::{Detail, Job, JobState, RunState};

/// What a run says that its server is away for.
pub(super) fn away(server: &str, since: i64, per_server: bool) -> String {
    let rest = if per_server { "the rest goes on without it" } else { "what does not need it goes on" };
    format!("{server} is away: it has not asked for work since {}; {rest}", time_of_day(since))
}

/// Hours, minutes and seconds of a time in milliseconds since 1970.
fn time_of_day(at: i64) -> String {
    let seconds = at.div_euclid(1_000).rem_euclid(86_400);
    format!("{:02}:{:02}:{:02} UTC", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

impl Job {
    /// What a waiting run waits for; `None` for one that does not wait.
    pub fn why_waiting(&self, run: usize, now: i64) -> Option<String> {
        let this = self.runs.get(run).filter(|this| this.state == RunState::Waiting)?;
        if self.state != JobState::Running {
            return Some(format!("the job is {}: it can be resumed", self.state.word()));
        }
        if let Some(other) = self.first_in_the_way(run) {
            let (planned, that) = (&self.plan.runs[other], &self.runs[other]);
            let waits = format!("waits for {} on {}, which is {}", planned.step, planned.server, that.state.word());
            return Some(match said(&that.detail) {
                Some(said) => format!("{waits}: {said}"),
                None => waits,
            });
        }
        let pause = this.ended.saturating_sub(now).saturating_add(999) / 1_000;
        Some(match &this.detail {
            Detail::Failure(failure) if pause > 0 => format!("is tried again in {pause} s: {}", failure.message),
            // Whoever made it wait says why: its server is away, or was lost.
            Detail::Why(why) => why.clone(),
            _ => format!("waits for {} to take it", self.plan.runs[run].server),
        })
    }
}

fn said(detail: &Detail) -> Option<&str> {
    match detail {
        Detail::Nothing => None,
        Detail::Why(why) => Some(why),
        Detail::Failure(failure) => Some(&failure.message),
    }
}
