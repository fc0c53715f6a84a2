//! The packwright binary: command line, API, control and servers in one program.

mod agent;
mod api;
mod bus_failed;
mod cli;
mod client;
mod complaints;
mod control;
mod credential;
mod enterprise;
mod examination;
mod failure_pages;
mod folders;
mod owner;
mod sdk;
mod serve;
mod tree;

use std::process::ExitCode;

fn main() -> ExitCode {
    // Business functions run in this program started anew: such a child has nothing of the rest.
    let arguments: Vec<String> = std::env::args().skip(1).take(2).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [kernels::call::KERNEL_CHILD, ..] => return kernels::child::child_main(),
        [kernels::batch::BATCH_CHILD, folder] => return kernels::batch_child::batch_child_main(folder.as_ref()),
        _ => {}
    }
    cli::main()
}
