//! Which batch job of a server starts next: a pure decision over its queues and jobs. It starts nothing and stores nothing.

use std::collections::HashMap;

/// A job queue of one server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    pub name: String,
    /// Batch jobs that run at once; none with 0, which closes the queue.
    pub slots: u32,
}

/// A batch job of that server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedJob {
    pub job: u64,
    pub queue: String,
    pub phase: JobPhase,
    /// Milliseconds since 1970.
    pub submitted_ms: i64,
}

/// What a queue needs to know of a job's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobPhase {
    Waiting,
    /// Somebody holds it, or a deployment does.
    Held,
    Processing,
    Ended,
}

/// Why a job does not run now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wait {
    #[error("the job is held until it is released")]
    Held,
    #[error("the server has no queue {queue}")]
    NoQueue { queue: String },
    #[error("queue {queue} has no slots: it is closed")]
    Closed { queue: String },
    #[error("all {slots} slots of queue {queue} are taken by {jobs:?}")]
    SlotsTaken { queue: String, slots: u32, jobs: Vec<u64> },
    #[error("queue {queue} starts {jobs:?} before it")]
    Behind { queue: String, jobs: Vec<u64> },
}

/// The job to start now: of all queues with a free slot, the one submitted first; of two submitted at once, the smaller number.
pub fn next(queues: &[Queue], jobs: &[QueuedJob]) -> Option<u64> {
    let mut free: HashMap<&str, i64> = queues.iter().map(|queue| (queue.name.as_str(), i64::from(queue.slots))).collect();
    for job in jobs.iter().filter(|job| job.phase == JobPhase::Processing) {
        free.entry(&job.queue).and_modify(|slots| *slots -= 1);
    }
    let may_start = |job: &&QueuedJob| job.phase == JobPhase::Waiting && free.get(job.queue.as_str()).is_some_and(|slots| *slots > 0);
    jobs.iter().filter(may_start).min_by_key(|job| order(job)).map(|job| job.job)
}

/// What a job waits for; none when it would be started now, runs or has ended, or is not there.
pub fn waits_for(queues: &[Queue], jobs: &[QueuedJob], job: u64) -> Option<Wait> {
    let job = jobs.iter().find(|other| other.job == job)?;
    let name = job.queue.clone();
    match job.phase {
        JobPhase::Held => return Some(Wait::Held),
        JobPhase::Processing | JobPhase::Ended => return None,
        JobPhase::Waiting => {}
    }
    let Some(queue) = queues.iter().find(|queue| queue.name == name) else {
        return Some(Wait::NoQueue { queue: name });
    };
    let numbers = |phase: JobPhase, before: bool| -> Vec<u64> {
        let others = jobs.iter().filter(|other| other.queue == name && other.phase == phase);
        others.filter(|other| !before || order(other) < order(job)).map(|other| other.job).collect()
    };
    let (running, earlier) = (numbers(JobPhase::Processing, false), numbers(JobPhase::Waiting, true));
    if queue.slots == 0 {
        Some(Wait::Closed { queue: name })
    } else if running.len() >= queue.slots as usize {
        Some(Wait::SlotsTaken { queue: name, slots: queue.slots, jobs: running })
    } else if running.len() + earlier.len() >= queue.slots as usize {
        Some(Wait::Behind { queue: name, jobs: earlier })
    } else {
        None
    }
}

fn order(job: &QueuedJob) -> (i64, u64) {
    (job.submitted_ms, job.job)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(name: &str, slots: u32) -> Queue {
        Queue { name: name.to_owned(), slots }
    }

    /// `"1 QBATCH W 10"`: number, queue, state as in F986110, time of submission.
    fn jobs(lines: &[&str]) -> Vec<QueuedJob> {
        let job = |line: &&str| {
            let fields: Vec<&str> = line.split(' ').collect();
            let phase = match fields[2] {
                "W" => JobPhase::Waiting,
                "P" => JobPhase::Processing,
                "H" => JobPhase::Held,
                _ => JobPhase::Ended,
            };
            QueuedJob { job: fields[0].parse().unwrap(), queue: fields[1].to_owned(), phase, submitted_ms: fields[3].parse().unwrap() }
        };
        lines.iter().map(job).collect()
    }

    #[test]
    fn the_job_submitted_first_takes_the_free_slot() {
        let queues = [queue("QBATCH", 2), queue("QNIGHT", 1), queue("QSHUT", 0)];
        for (name, lines, expected) in [
            ("nothing there", &[][..], None),
            ("one waits", &["1 QBATCH W 10"], Some(1)),
            ("first submitted, not first listed", &["2 QBATCH W 20", "3 QBATCH W 10"], Some(3)),
            ("submitted at once: the smaller number", &["9 QBATCH W 10", "4 QBATCH W 10"], Some(4)),
            ("a slot is free", &["1 QBATCH P 1", "2 QBATCH W 2"], Some(2)),
            ("no slot is free", &["1 QBATCH P 1", "2 QBATCH P 2", "3 QBATCH W 3"], None),
            ("ended jobs take no slot", &["1 QBATCH D 1", "2 QBATCH E 2", "3 QBATCH W 3"], Some(3)),
            ("a full queue does not block another", &["1 QNIGHT P 1", "2 QNIGHT W 2", "3 QBATCH W 3"], Some(3)),
            ("held jobs are passed over", &["1 QBATCH H 1", "2 QBATCH W 2"], Some(2)),
            ("a closed queue starts nothing", &["1 QSHUT W 1"], None),
            ("an unknown queue starts nothing", &["1 QGONE W 1"], None),
            ("more run than a shrunk queue has slots", &["1 QNIGHT P 1", "2 QNIGHT P 2", "3 QNIGHT W 3"], None),
        ] {
            assert_eq!(next(&queues, &jobs(lines)), expected, "{name}");
        }
    }

    #[test]
    fn a_job_tells_what_it_waits_for() {
        let queues = [queue("QBATCH", 2), queue("QNIGHT", 1), queue("QSHUT", 0)];
        let jobs = jobs(&[
            "1 QBATCH P 1",
            "2 QBATCH W 2",
            "3 QBATCH W 3",
            "4 QNIGHT P 4",
            "5 QNIGHT W 5",
            "6 QSHUT W 6",
            "7 QGONE W 7",
            "8 QBATCH H 8",
            "9 QBATCH D 9",
        ]);
        for (job, expected) in [
            (1, None),
            (2, None),
            (3, Some("queue QBATCH starts [2] before it")),
            (5, Some("all 1 slots of queue QNIGHT are taken by [4]")),
            (6, Some("queue QSHUT has no slots: it is closed")),
            (7, Some("the server has no queue QGONE")),
            (8, Some("the job is held until it is released")),
            (9, None),
            (10, None),
        ] {
            assert_eq!(waits_for(&queues, &jobs, job).map(|wait| wait.to_string()).as_deref(), expected, "job {job}");
        }
    }
}
