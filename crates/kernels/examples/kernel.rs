//! The hidden commands of the product, for the tests of this package: they need a program that can be started again. The two others play the
//! server: `start-batch` starts a job, says so, and lives until its standard input ends; `start-call` calls a function without a data structure.

use std::io::{self, Read};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use kernels::call::{CallOrder, call};
use kernels::{Layout, batch, batch_child, child};
use serde_json::Map;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["kernel-child"] => child::child_main(),
        ["batch-child", folder] => batch_child::batch_child_main(Path::new(folder)),
        ["start-batch", folder, order] => start_batch(Path::new(folder), Path::new(order)),
        ["start-call", libraries, function, log] => start_call(libraries, function, log),
        _ => {
            eprintln!("usage: kernel kernel-child | batch-child FOLDER | start-batch FOLDER ORDER | start-call LIBRARIES FUNCTION LOG");
            ExitCode::FAILURE
        }
    }
}

fn start_batch(folder: &Path, order: &Path) -> ExitCode {
    let order = std::fs::read(order).expect("the order can be read");
    let order = serde_json::from_slice(&order).expect("the order is one");
    let program = std::env::current_exe().expect("this program has a path");
    match batch::start(&program, folder, &order) {
        Ok(running) => println!("{}", running.pid),
        Err(failure) => {
            eprintln!("error: {failure}");
            return ExitCode::FAILURE;
        }
    }
    io::stdin().read_to_end(&mut Vec::new()).expect("standard input can be read");
    ExitCode::SUCCESS
}

fn start_call(libraries: &str, function: &str, log: &str) -> ExitCode {
    let order = CallOrder {
        program: std::env::current_exe().expect("this program has a path"),
        libraries: libraries.into(),
        functions: Path::new(libraries).join("functions.txt"),
        function: function.to_owned(),
        layout: Layout::default(),
        values: Map::new(),
        user: "DEMO".to_owned(),
        log: log.into(),
        log_bytes_max: 1 << 20,
        deadline: Duration::from_secs(600),
        memory_bytes_max: None,
    };
    match call(&order) {
        Ok(_) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}
