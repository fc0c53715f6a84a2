//! A recipe: an ordered list of stages; a stage holds lanes that run side by side; a lane has one target and an ordered list of steps.

use crate::step::Step;

/// Whose servers a lane runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    Primary,
    Deployment,
    EachBuildServer,
    EachOtherBuildServer,
    EachDeployedServer,
}

/// Where a stage waits for the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Barrier {
    /// A stage begins when all lanes of the one before have ended.
    Stage,
    /// Each server goes through the stages by itself: a slow or absent one delays only itself.
    Server,
}

#[derive(Debug)]
pub struct Lane {
    pub target: Target,
    pub steps: &'static [&'static Step],
}

#[derive(Debug)]
pub struct Stage {
    pub name: &'static str,
    pub lanes: &'static [Lane],
}

#[derive(Debug)]
pub struct Recipe {
    pub name: &'static str,
    pub barrier: Barrier,
    pub stages: &'static [Stage],
}

impl Recipe {
    /// Every step of the recipe, in reading order; a step that stands in two lanes comes twice.
    pub fn steps(&self) -> impl Iterator<Item = &'static Step> {
        self.stages.iter().flat_map(|stage| stage.lanes).flat_map(|lane| lane.steps).copied()
    }
}
