//! The steps of a deployment, in the order of the recipe.

pub mod announce_deployment;
pub mod broadcast_package_change;
pub mod mark_available;
pub mod record_deployed_package;
pub mod switch_package;
