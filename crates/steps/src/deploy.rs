//! The steps of a deployment, in the order of the recipe.

pub mod announce_deployment;
pub mod switch_package;
pub mod broadcast_package_change;
pub mod record_deployed_package;
pub mod mark_available;
