//! A plan: a recipe resolved for a package, a fleet and a tools release. Pure, and never changed once stored.

use crate::recipe::{Barrier, Recipe, Target};
use crate::release::Release;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// What the planner knows and the steps may rely on: stored with the plan, so that it means the same after a restart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    pub release: Release,
    /// 32 or 64.
    pub bits: u16,
    /// Central objects data source of the path code.
    pub data_source: String,
    /// F00942T.EMDBSRCFLG and EMENVFU2 when the job was ordered.
    pub repository_flag: String,
    pub conversion_flag: String,
    pub several_build_servers: bool,
    pub client: bool,
    pub compress_server: bool,
    /// Limit of compiling one source.
    pub compile_seconds_max: u32,
    /// Generation that a deployment switches to; 0 in a build.
    pub generation: i64,
}

impl Facts {
    /// `bin64`, `obj64`, `source64`: the folder of that stem for the plan's bitness; sources of 32 bits carry no number.
    pub fn folder(&self, stem: &str) -> String {
        match (stem, self.bits) {
            ("source" | "include", 32) => stem.to_string(),
            _ => format!("{stem}{}", self.bits),
        }
    }
}

/// A server as a plan names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedServer {
    pub name: String,
    pub port: i64,
    /// As `linux-x86_64`.
    pub platform: String,
    /// Command of the C compiler.
    pub toolchain: String,
}

/// The servers that a recipe may run on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fleet {
    pub deployment: PlannedServer,
    /// Name of the primary enterprise server, whether or not it is among the servers.
    pub primary: String,
    /// Build servers, the primary first; or the servers to deploy to.
    pub servers: Vec<PlannedServer>,
}

/// One step on one server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedRun {
    /// Position of its stage among the plan's.
    pub stage: usize,
    /// Runs of one lane follow one another.
    pub lane: usize,
    pub step: String,
    pub server: String,
    pub timeout_seconds: u32,
    /// Why it will have nothing to do, where the facts alone tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip: Option<String>,
}

/// What a job carries out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    pub recipe: String,
    pub package: String,
    pub path_code: String,
    /// Each server goes through the stages by itself.
    pub per_server: bool,
    pub fleet: Fleet,
    pub facts: Facts,
    pub stages: Vec<String>,
    pub runs: Vec<PlannedRun>,
}

/// A stored plan is none that a planner made.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    #[error("run {run} of the plan is out of order: stages and lanes follow one another, and a lane is one server's")]
    OutOfOrder { run: usize },
}

impl Plan {
    /// The server of that name.
    pub fn server(&self, name: &str) -> Option<&PlannedServer> {
        self.fleet.servers.iter().chain([&self.fleet.deployment]).find(|server| server.name == name)
    }

    /// Every server that has a run, in the order of their first runs.
    pub fn servers_with_runs(&self) -> Vec<&str> {
        let mut seen = HashSet::new();
        self.runs.iter().map(|run| run.server.as_str()).filter(|server| seen.insert(*server)).collect()
    }

    /// The runs are in the order that a job relies on: by stage and by lane, and each lane lies in one stage and on one server.
    pub fn check_order(&self) -> Result<(), PlanError> {
        let follows = |this: &PlannedRun, next: &PlannedRun| match next.lane == this.lane {
            true => next.stage == this.stage && next.server == this.server,
            false => next.lane > this.lane && next.stage >= this.stage,
        };
        match self.runs.windows(2).position(|pair| !follows(&pair[0], &pair[1])) {
            Some(before) => Err(PlanError::OutOfOrder { run: before + 1 }),
            None => Ok(()),
        }
    }
}

/// Resolves a recipe. Steps outside the release are dropped; stages without a run are dropped with them.
pub fn plan(recipe: &Recipe, package: &str, path_code: &str, fleet: &Fleet, facts: &Facts) -> Plan {
    let mut stages: Vec<String> = Vec::new();
    let mut runs = Vec::new();
    let mut lanes = 0;
    for stage in recipe.stages {
        let first_run = runs.len();
        for lane in stage.lanes {
            for server in targets(lane.target, fleet) {
                let before = runs.len();
                for step in lane.steps.iter().filter(|step| step.releases.contains(facts.release)) {
                    runs.push(PlannedRun {
                        stage: stages.len(),
                        lane: lanes,
                        step: step.name.to_string(),
                        server: server.name.clone(),
                        timeout_seconds: step.timeout_seconds,
                        skip: (step.skip)(facts).map(str::to_string),
                    });
                }
                lanes += usize::from(runs.len() > before);
            }
        }
        if runs.len() > first_run {
            stages.push(stage.name.to_string());
        }
    }
    Plan {
        recipe: recipe.name.to_string(),
        package: package.to_string(),
        path_code: path_code.to_string(),
        per_server: recipe.barrier == Barrier::Server,
        fleet: fleet.clone(),
        facts: facts.clone(),
        stages,
        runs,
    }
}

fn targets(target: Target, fleet: &Fleet) -> Vec<&PlannedServer> {
    match target {
        Target::Primary => fleet.servers.iter().take(1).collect(),
        Target::Deployment => vec![&fleet.deployment],
        Target::EachBuildServer | Target::EachDeployedServer => fleet.servers.iter().collect(),
        Target::EachOtherBuildServer => fleet.servers.iter().skip(1).collect(),
    }
}
