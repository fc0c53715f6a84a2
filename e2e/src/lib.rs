//! The scaled mode for real: PostgreSQL, NATS, controls and servers as processes, each on a machine of its own as far as the network goes, that
//! a test can kill, start again, cut off and slow down. It knows the program by its command line and by the tables of its database only.

pub mod application;
pub mod checks;
mod database;
pub mod enterprise;
mod guard;
mod keys;
mod messages;
mod network;
pub mod process;
mod relay;
pub mod stages;
pub mod world;

use std::path::PathBuf;
use std::sync::OnceLock;

/// The program that is tested, which cargo builds beside the tests' own folder.
///
/// # Panics
/// When it was not built.
pub fn packwright() -> PathBuf {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    let find = || {
        let test = std::env::current_exe().expect("a process has a program");
        let program = test.ancestors().skip(1).map(|folder| folder.join("packwright")).find(|program| program.is_file());
        program.unwrap_or_else(|| panic!("there is no packwright beside {}\nhint: cargo build -p packwright", test.display()))
    };
    PROGRAM.get_or_init(find).clone()
}
