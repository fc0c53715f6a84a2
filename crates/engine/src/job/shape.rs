//! What the order of a plan means for its runs, worked out once: which lane a run lies in, which lanes begin together, and what is whose. It
//! does not know how far a job has come.

use crate::plan::{Plan, PlannedServer};
use std::collections::HashMap;
use std::ops::Range;

/// Runs that follow one another on one server.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Lane {
    pub runs: Range<usize>,
    pub server: usize,
    pub group: usize,
}

/// Lanes that begin together: one stage, of all servers or of one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Group {
    pub lanes: Vec<usize>,
    /// The row of groups that follow one another, and the place in it.
    pub row: usize,
    pub place: usize,
    stage: usize,
}

#[derive(Debug, PartialEq, Eq)]
struct Server {
    name: String,
    lanes: Vec<usize>,
    /// Position in the plan's fleet, the deployment server coming last.
    in_fleet: Option<usize>,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    lanes: Vec<Lane>,
    lane_of: Vec<usize>,
    groups: Vec<Group>,
    /// The groups that follow one another: one row, or a row for each server that goes by itself.
    rows: Vec<Vec<usize>>,
    servers: Vec<Server>,
    numbers: HashMap<String, usize>,
}

impl Shape {
    /// The plan's order has been checked.
    pub fn new(plan: &Plan) -> Shape {
        let mut fleet: HashMap<&str, usize> = HashMap::new();
        for (position, server) in plan.fleet.servers.iter().chain([&plan.fleet.deployment]).enumerate() {
            fleet.entry(&server.name).or_insert(position);
        }
        let mut shape = Shape::default();
        for (run, planned) in plan.runs.iter().enumerate() {
            if run == 0 || plan.runs[run - 1].lane != planned.lane {
                let server = shape.number(&planned.server, &fleet);
                let group = shape.group(if plan.per_server { server } else { 0 }, planned.stage);
                let lane = shape.lanes.len();
                shape.servers[server].lanes.push(lane);
                shape.groups[group].lanes.push(lane);
                shape.lanes.push(Lane { runs: run..run, server, group });
            }
            shape.lane_of.push(shape.lanes.len() - 1);
            shape.lanes.last_mut().expect("the first run began a lane").runs.end = run + 1;
        }
        shape
    }

    fn number(&mut self, name: &str, fleet: &HashMap<&str, usize>) -> usize {
        if let Some(number) = self.server(name) {
            return number;
        }
        let number = self.servers.len();
        self.numbers.insert(name.to_string(), number);
        self.servers.push(Server { name: name.to_string(), lanes: Vec::new(), in_fleet: fleet.get(name).copied() });
        number
    }

    /// The group of that stage in that row, which is the row's last or a new one.
    fn group(&mut self, row: usize, stage: usize) -> usize {
        self.rows.resize_with(self.rows.len().max(row + 1), Vec::new);
        if let Some(&last) = self.rows[row].last()
            && self.groups[last].stage == stage
        {
            return last;
        }
        let group = self.groups.len();
        self.groups.push(Group { lanes: Vec::new(), row, place: self.rows[row].len(), stage });
        self.rows[row].push(group);
        group
    }

    pub fn lane(&self, lane: usize) -> &Lane {
        &self.lanes[lane]
    }

    pub fn lanes(&self) -> &[Lane] {
        &self.lanes
    }

    pub fn lane_of(&self, run: usize) -> usize {
        self.lane_of[run]
    }

    pub fn group_of(&self, lane: usize) -> &Group {
        &self.groups[self.lanes[lane].group]
    }

    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    pub fn rows(&self) -> &[Vec<usize>] {
        &self.rows
    }

    /// The lanes of a server, in order.
    pub fn lanes_on(&self, server: &str) -> &[usize] {
        self.server(server).map_or(&[], |number| &self.servers[number].lanes)
    }

    pub fn server(&self, name: &str) -> Option<usize> {
        self.numbers.get(name).copied()
    }

    pub fn server_name(&self, number: usize) -> &str {
        &self.servers[number].name
    }

    pub fn server_names(&self) -> impl Iterator<Item = &str> {
        self.servers.iter().map(|server| server.name.as_str())
    }

    pub fn in_fleet<'a>(&self, plan: &'a Plan, name: &str) -> Option<&'a PlannedServer> {
        let position = self.servers[self.server(name)?].in_fleet?;
        Some(plan.fleet.servers.get(position).unwrap_or(&plan.fleet.deployment))
    }
}
