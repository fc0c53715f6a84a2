//! Laws over all steps, the numbers that they serve, and the plans that recipes give.

mod hostile;
mod includes;
mod laws;
mod numbers;
mod plans;
mod precompiled;
