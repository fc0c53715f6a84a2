//! How far a job has come, kept beside its runs so that no question needs a look at all of them. It follows from the runs and is told which of
//! them changed, forwards or back; it does not know why they change.

use super::shape::Shape;
use super::{Run, RunState};
use std::collections::BTreeSet;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Progress {
    /// By lane: its first run that has not passed; the end of the lane where all have.
    heads: Vec<usize>,
    /// By group: its lanes that have not passed.
    open: Vec<BTreeSet<usize>>,
    /// By row: the place of its first group that has not passed.
    current: Vec<usize>,
    open_lanes: usize,
    /// Lanes whose head waits with nothing in its way.
    free: BTreeSet<usize>,
    /// Those of them whose head is tried again, at a time of its own.
    paused: BTreeSet<usize>,
    running: BTreeSet<usize>,
}

impl Progress {
    pub fn new(shape: &Shape, runs: &[Run]) -> Progress {
        let mut progress = Progress {
            heads: shape.lanes().iter().map(|lane| lane.runs.start).collect(),
            open: shape.groups().iter().map(|group| group.lanes.iter().copied().collect()).collect(),
            current: vec![0; shape.rows().len()],
            open_lanes: shape.lanes().len(),
            free: BTreeSet::new(),
            paused: BTreeSet::new(),
            running: BTreeSet::new(),
        };
        for run in 0..runs.len() {
            progress.follow(shape, runs, run);
        }
        progress
    }

    /// Follows a run that changed, and returns the lanes that became free by it.
    pub fn follow(&mut self, shape: &Shape, runs: &[Run], run: usize) -> Vec<usize> {
        if runs[run].state == RunState::Running {
            self.running.insert(run);
        } else {
            self.running.remove(&run);
        }
        let lane = shape.lane_of(run);
        self.find_head(shape, runs, lane);
        let mut freed = Vec::new();
        self.look_at(shape, runs, lane, &mut freed);
        let (row, place) = (shape.group_of(lane).row, shape.group_of(lane).place);
        let before = self.current[row];
        let after = self.first_open(&shape.rows()[row], before.min(place));
        if after != before {
            self.current[row] = after;
            for place in [before, after] {
                for &lane in shape.rows()[row].get(place).map_or(&[][..], |&group| &shape.groups()[group].lanes) {
                    self.look_at(shape, runs, lane, &mut freed);
                }
            }
        }
        freed
    }

    fn find_head(&mut self, shape: &Shape, runs: &[Run], lane: usize) {
        let range = shape.lane(lane).runs.clone();
        self.heads[lane] = range.clone().map(looked_at).find(|&run| !runs[run].state.passed()).unwrap_or(range.end);
        let open = &mut self.open[shape.lane(lane).group];
        if self.heads[lane] < range.end {
            self.open_lanes += usize::from(open.insert(lane));
        } else {
            self.open_lanes -= usize::from(open.remove(&lane));
        }
    }

    fn first_open(&self, row: &[usize], from: usize) -> usize {
        (from..row.len()).find(|&place| !self.open[row[place]].is_empty()).unwrap_or(row.len())
    }

    fn look_at(&mut self, shape: &Shape, runs: &[Run], lane: usize, freed: &mut Vec<usize>) {
        let head = looked_at(self.heads[lane]);
        let group = shape.group_of(lane);
        let begun = self.current[group.row] == group.place && head < shape.lane(lane).runs.end;
        if begun && runs[head].state == RunState::Waiting {
            if self.free.insert(lane) {
                freed.push(lane);
            }
        } else {
            self.free.remove(&lane);
        }
        if self.free.contains(&lane) && runs[head].ended > 0 {
            self.paused.insert(lane);
        } else {
            self.paused.remove(&lane);
        }
    }

    /// Every run has passed.
    pub fn is_done(&self) -> bool {
        self.open_lanes == 0
    }

    /// Something runs, or could.
    pub fn is_alive(&self) -> bool {
        !self.running.is_empty() || !self.free.is_empty()
    }

    pub fn running(&self) -> impl Iterator<Item = usize> {
        self.running.iter().copied().map(looked_at)
    }

    /// Lanes of which a server may take the next run on.
    pub fn free(&self) -> impl Iterator<Item = usize> {
        self.free.iter().copied().map(looked_at)
    }

    /// Lanes whose next run is tried again when its time has come.
    pub fn paused(&self) -> impl Iterator<Item = usize> {
        self.paused.iter().copied().map(looked_at)
    }

    /// The run of this lane that a server may take on.
    pub fn free_run(&self, lane: usize) -> Option<usize> {
        let head = looked_at(self.heads[lane]);
        self.free.contains(&lane).then_some(head)
    }

    pub fn first_in_the_way(&self, shape: &Shape, run: usize) -> Option<usize> {
        let lane = shape.lane_of(run);
        let group = shape.group_of(lane);
        let current = self.current[group.row];
        if current < group.place {
            let open = &self.open[shape.rows()[group.row][current]];
            return open.first().map(|&lane| self.heads[lane]);
        }
        Some(self.heads[lane]).filter(|&head| head < run)
    }
}

/// A run or a lane that is looked at, so that a test can count what news costs.
pub(super) fn looked_at(run_or_lane: usize) -> usize {
    #[cfg(test)]
    looks::count();
    run_or_lane
}

#[cfg(test)]
pub(super) mod looks {
    use std::cell::Cell;

    thread_local!(static LOOKS: Cell<usize> = const { Cell::new(0) });

    pub fn count() {
        LOOKS.set(LOOKS.get() + 1);
    }

    /// How many there were since the last call.
    pub fn take() -> usize {
        LOOKS.replace(0)
    }
}
