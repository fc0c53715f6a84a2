//! The table of contents: every recipe, its stages, lanes, targets and steps.
//!
//! Numbers of the vendor's lists that are not steps, and where they live:
//!
//! | numbers | where they live |
//! |---|---|
//! | F1 F2 | the request that starts a package build |
//! | F3 F5 | the plan's first run is addressed to the primary; the bus wakes it |
//! | F4 | F96021 is kept true by every report; watchers follow it |
//! | F7 F8 | conditions of the steps that they guard |
//! | F9 F11 F12 F15 F16 F25 F28 F35 | the next stage or lane has that target |
//! | F39 F61 | the end of a stage |
//! | F51 | the planner adds client stages only where a client is selected |
//! | F52 F53 F54 F55 | the planner; client stages report as R9622C in F96021 |
//! | F63 F64 | the job's end |

use crate::build::*;
use crate::deploy::*;
use engine::recipe::{Barrier, Lane, Recipe, Stage, Target::*};

/// Builds a full package on all its build servers.
pub static FULL_BUILD: Recipe = Recipe {
    name: "FULL_BUILD",
    barrier: Barrier::Stage,
    stages: &[
        Stage { name: "start", lanes: &[Lane { target: Primary, steps: &[&create_build_directories::STEP] }] },
        Stage { name: "repository", lanes: &[Lane { target: Deployment, steps: &[&initialize_deployment_server::STEP] }] },
        Stage { name: "directories", lanes: &[Lane { target: Deployment, steps: &[&create_package_directories::STEP] }] },
        Stage { name: "objects", lanes: &[Lane { target: Primary, steps: &[&list_package_objects::STEP, &check_out_repository::STEP] }] },
        Stage {
            name: "validation",
            lanes: &[Lane {
                target: Primary,
                steps: &[&validate_functions_and_tables::STEP, &validate_reports_views_and_applications::STEP],
            }],
        },
        Stage {
            name: "sources",
            lanes: &[
                Lane { target: Primary, steps: &[&select_server_sources::STEP, &publish_server_sources::STEP] },
                Lane { target: EachOtherBuildServer, steps: &[&create_build_directories::STEP] },
            ],
        },
        Stage { name: "distribution", lanes: &[Lane { target: EachOtherBuildServer, steps: &[&fetch_server_sources::STEP] }] },
        Stage {
            name: "build",
            lanes: &[
                Lane { target: EachBuildServer, steps: &[&compile_business_functions::STEP, &link_libraries::STEP] },
                Lane { target: Primary, steps: &[&build_package_specs::STEP, &create_serialized_object_tables::STEP] },
            ],
        },
        Stage {
            name: "compression",
            lanes: &[Lane { target: EachBuildServer, steps: &[&compress_libraries::STEP, &publish_libraries::STEP] }],
        },
        Stage { name: "delivery", lanes: &[Lane { target: Deployment, steps: &[&fetch_libraries::STEP] }] },
        Stage {
            name: "location",
            lanes: &[Lane {
                target: EachBuildServer,
                steps: &[&create_package_location::STEP, &place_libraries::STEP, &write_spec_ini::STEP],
            }],
        },
        Stage { name: "logs", lanes: &[Lane { target: EachBuildServer, steps: &[&publish_build_logs::STEP] }] },
        Stage { name: "log delivery", lanes: &[Lane { target: Deployment, steps: &[&fetch_build_logs::STEP] }] },
    ],
};

/// Moves servers to a full package; since tools release 9.2.6.0 nothing is locked and nobody waits.
pub static DEPLOY: Recipe = Recipe {
    name: "DEPLOY",
    barrier: Barrier::Server,
    stages: &[
        Stage { name: "announce", lanes: &[Lane { target: EachDeployedServer, steps: &[&announce_deployment::STEP] }] },
        Stage {
            name: "switch",
            lanes: &[Lane { target: EachDeployedServer, steps: &[&switch_package::STEP, &broadcast_package_change::STEP] }],
        },
        Stage {
            name: "record",
            lanes: &[Lane { target: EachDeployedServer, steps: &[&record_deployed_package::STEP, &mark_available::STEP] }],
        },
    ],
};

/// Every recipe there is.
pub static ALL: &[&Recipe] = &[&FULL_BUILD, &DEPLOY];

/// The step of that name.
pub fn step(name: &str) -> Option<&'static engine::step::Step> {
    ALL.iter().flat_map(|recipe| recipe.steps()).find(|step| step.name == name)
}
