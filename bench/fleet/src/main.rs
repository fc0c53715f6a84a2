//! A fleet: thousands of enterprise servers in one process. They ask control for work and report to it as real ones do, over a few connections of a real
//! bus, and carry out deployments without compilers. It orders each deployment whose package it reads from its input, and prints what that took as a
//! line of JSON. It knows nothing of the database.

mod order;
mod server;
mod speech;
mod tally;
mod work;

use bus::{Access, Bus};
use serde::Serialize;
use server::Server;
use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tally::Tally;

const USAGE: &str = "usage: fleet FOLDER --bus URL [--servers N] [--connections N]
       fleet --machines N   (prints their part of an enterprise file)";
/// An enterprise file may name 5,000 machines; one is the deployment server, one the primary.
const SERVERS_MAX: usize = 4_998;
const CONNECTIONS_MAX: usize = 256;
/// A deployment that takes longer has failed.
const DEPLOYED_WITHIN: Duration = Duration::from_secs(300);

struct Wanted {
    folder: PathBuf,
    bus: String,
    servers: usize,
    connections: usize,
}

fn name(number: usize) -> String {
    format!("S{number:05}")
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let done = match words.first().map(String::as_str) {
        Some("--machines") => machines(&words).map(|text| print!("{text}")),
        _ => read(words.into_iter()).and_then(|wanted| {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
            runtime.map_err(|error| format!("cannot start: {error}"))?.block_on(run(wanted))
        }),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("fleet: {message}");
            ExitCode::FAILURE
        }
    }
}

fn number(option: &str, value: &str, max: usize) -> Result<usize, String> {
    let number = value.parse().ok().filter(|number| (1..=max).contains(number));
    number.ok_or_else(|| format!("{option} takes a number from 1 to {max}, not {value}"))
}

fn read(mut words: impl Iterator<Item = String>) -> Result<Wanted, String> {
    let folder = words.next().filter(|word| !word.starts_with('-')).ok_or(USAGE)?;
    let mut wanted = Wanted { folder: folder.into(), bus: String::new(), servers: 1_000, connections: 8 };
    while let Some(option) = words.next() {
        let value = words.next().ok_or_else(|| format!("{option} has no value\n{USAGE}"))?;
        match option.as_str() {
            "--bus" => wanted.bus = value,
            "--servers" => wanted.servers = number(&option, &value, SERVERS_MAX)?,
            "--connections" => wanted.connections = number(&option, &value, CONNECTIONS_MAX)?,
            _ => return Err(USAGE.to_string()),
        }
    }
    if wanted.bus.is_empty() { Err(USAGE.to_string()) } else { Ok(wanted) }
}

fn machines(words: &[String]) -> Result<String, String> {
    let count = number("--machines", words.get(1).ok_or(USAGE)?, SERVERS_MAX)?;
    let mut text = String::new();
    for position in 0..count {
        let (name, port) = (name(position), 10_000 + position);
        let _ = writeln!(
            text,
            "\n[[machine]]\nname = \"{name}\"\nkind = \"enterprise\"\nplatform = \"linux-x86_64\"\ntoolchain = \"gcc\"\nport = {port}"
        );
    }
    Ok(text)
}

/// What one deployment took. Times are milliseconds from the moment at which its order was sent.
#[derive(Serialize)]
struct Took {
    servers: usize,
    #[serde(flatten)]
    tally: tally::Counts,
    ordered_ms: f64,
    switched_p50_ms: f64,
    switched_p99_ms: f64,
    switched_max_ms: f64,
    /// Control has answered every server's last report, so all of it is in the database.
    recorded_ms: f64,
}

async fn run(wanted: Wanted) -> Result<(), String> {
    let tally = Arc::new(Tally::new(wanted.servers));
    let mut buses = Vec::new();
    for connection in 0..wanted.connections {
        let access = Access { name: format!("fleet-{connection}"), ..Access::default() };
        buses.push(Bus::open(&wanted.bus, &access).await.map_err(|error| error.to_string())?);
    }
    for position in 0..wanted.servers {
        let bus = buses[position % buses.len()].clone();
        let server = Server::new(name(position), position, wanted.folder.join(name(position)), bus, tally.clone());
        let server = server.map_err(|error| format!("cannot make the folder of {}: {error}", name(position)))?;
        server.start(wanted.servers).await?;
    }
    tally.all_heard().await;
    println!("ready");
    while let Some(package) = next_line().await {
        let took = tokio::time::timeout(DEPLOYED_WITHIN, deploy(&buses[0], &package, wanted.servers, &tally)).await;
        let took = took.map_err(|_| format!("the deployment of {package} did not end: {}", tally.shown()))??;
        println!("{}", serde_json::to_string(&took).expect("plain data becomes JSON"));
    }
    Ok(())
}

async fn next_line() -> Option<String> {
    let line = tokio::task::spawn_blocking(|| std::io::stdin().lines().next());
    line.await.ok()??.ok().map(|line| line.trim().to_string()).filter(|line| !line.is_empty())
}

async fn deploy(bus: &Bus, package: &str, servers: usize, tally: &Arc<Tally>) -> Result<Took, String> {
    let names: Vec<String> = (0..servers).map(name).collect();
    let began = Instant::now();
    tally.begin(began);
    order::deploy(bus, package, &names).await?;
    let ordered = began.elapsed();
    let times = tally.all_recorded().await;
    let milliseconds = |time: Duration| time.as_secs_f64() * 1_000.0;
    let [p50, p99, max] = [0.5, 0.99, 1.0].map(|part| milliseconds(tally::quantile(&times.switched, part)));
    Ok(Took {
        servers,
        tally: times.counts,
        ordered_ms: milliseconds(ordered),
        switched_p50_ms: p50,
        switched_p99_ms: p99,
        switched_max_ms: max,
        recorded_ms: milliseconds(times.recorded),
    })
}
