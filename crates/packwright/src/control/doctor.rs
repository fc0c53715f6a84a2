//! Looks at everything that work needs: database, bus, the control that leads, and each server, which looks at itself.

use super::Control;
use super::leader::LEASE_NAME;
use super::presence;
use super::protocol::KernelAsked;
use crate::bus_failed::bus_failed;
use crate::enterprise::Machine;
use crate::examination::Finding;
use bus::{Connection, Streams};
use futures_util::future::join_all;
use std::time::{Duration, Instant};

const CONTROL: &str = "control";
const ANSWER_WITHIN: Duration = Duration::from_secs(60);
const CLOCK_DOUBTFUL_MS: i64 = 5_000;
const CLOCK_BAD_MS: i64 = 60_000;
const SLOW: Duration = Duration::from_millis(100);

impl Control {
    /// All findings: control's own first, then those of each server.
    pub async fn examine(&self) -> Vec<Finding> {
        let mut findings = vec![self.look_at_database().await, self.look_at_bus().await];
        findings.extend(self.look_at_leader().await);
        let Ok(fleet) = self.fleet().await else { return findings };
        let bits: Vec<u16> = fleet.path_codes.iter().map(|path_code| path_code.bits).collect();
        let path_codes: Vec<String> = fleet.path_codes.iter().map(|path_code| path_code.name.clone()).collect();
        let servers = fleet.machines.iter().map(|machine| self.look_at_server(machine, &bits, &path_codes));
        findings.extend(join_all(servers).await.into_iter().flatten());
        findings
    }

    async fn look_at_database(&self) -> Finding {
        let began = Instant::now();
        match self.store.control().query("SELECT COUNT(*) FROM F9650", &[]).await {
            Ok(_) if began.elapsed() > SLOW => {
                let found = format!("answers after {} ms", began.elapsed().as_millis());
                Finding::doubtful(CONTROL, "database", found, "see what else works on it, and the way to it")
            }
            Ok(_) => Finding::good(CONTROL, "database", "answers, and its tables are of this version"),
            Err(error) => Finding::bad(
                CONTROL,
                "database",
                crate::agent::tables::failed(error).message,
                "see that it runs, and what it lets control do",
            ),
        }
    }

    async fn look_at_bus(&self) -> Finding {
        match self.bus.look().await {
            Ok(health) => bus_finding(&health),
            Err(error) => {
                let failure = bus_failed(&error);
                Finding::bad(CONTROL, "bus", failure.message, &failure.hint)
            }
        }
    }

    async fn look_at_leader(&self) -> Option<Finding> {
        if self.right.in_process() {
            return None;
        }
        Some(match self.store.control().lease(LEASE_NAME).await {
            Ok(Some(lease)) if lease.until > self.store.control().now_ms().await.unwrap_or(i64::MAX) => {
                Finding::good(CONTROL, "control", format!("one {}", lease.reason))
            }
            Ok(_) => Finding::bad(CONTROL, "control", "none leads", "start one with `packwright serve --role control`"),
            Err(error) => Finding::bad(CONTROL, "control", crate::agent::tables::failed(error).message, "see the line about the database"),
        })
    }

    async fn look_at_server(&self, machine: &Machine, bits: &[u16], path_codes: &[String]) -> Vec<Finding> {
        let server = &machine.server.name;
        let asked =
            KernelAsked::Doctor { toolchain: machine.server.toolchain.clone(), bits: different(bits), path_codes: path_codes.to_vec() };
        let mut findings: Vec<Finding> = match self.ask_kernel(server, &asked, ANSWER_WITHIN).await {
            Ok(findings) => findings,
            Err(failure) => {
                let cure = format!("start it with `packwright serve --server {server}`, and see that it reaches the bus");
                return vec![Finding::bad(server, "process", failure.message, &cure)];
            }
        };
        findings.extend(self.look_at_clock(server).await);
        findings
    }

    async fn look_at_clock(&self, server: &str) -> Option<Finding> {
        let skew = presence::clock_skew(&self.store, server).await?;
        let found = format!("{:.1} s {} control's", skew.abs() as f64 / 1_000.0, if skew < 0 { "behind" } else { "ahead of" });
        let cure = "let both machines follow one time server; work goes on, and times in logs do not fit together";
        Some(if skew.abs() < CLOCK_DOUBTFUL_MS {
            Finding::good(server, "clock", "agrees with control's")
        } else if skew.abs() < CLOCK_BAD_MS {
            Finding::doubtful(server, "clock", found, cure)
        } else {
            Finding::bad(server, "clock", found, cure)
        })
    }
}

fn bus_finding(health: &bus::Health) -> Finding {
    let way = health.round_trip.map(|way| format!(", answers after {:.1} ms", way.as_secs_f64() * 1_000.0)).unwrap_or_default();
    let found = match health.version.as_str() {
        "" => "within this process".to_string(),
        version => format!("nats-server {version} at {}{way}", health.address),
    };
    let open = health.address.starts_with("nats://")
        && !["nats://127.", "nats://localhost", "nats://[::1]"].iter().any(|near| health.address.starts_with(near));
    match (&health.connection, health.streams) {
        (Connection::Lost { why, .. }, _) => {
            Finding::bad(CONTROL, "bus", format!("{found}: lost, {why}"), "start it, or open the way to it")
        }
        (_, Streams::Absent) => Finding::bad(CONTROL, "bus", found, "switch JetStream on in nats-server: goods travel through it"),
        (_, Streams::NotMade) => Finding::doubtful(CONTROL, "bus", found, "its streams are made when a control leads"),
        _ if open => Finding::doubtful(
            CONTROL,
            "bus",
            found,
            "what travels can be read on its way: give nats-server a certificate, and the bus the scheme tls://",
        ),
        _ => Finding::good(CONTROL, "bus", found),
    }
}

fn different(bits: &[u16]) -> Vec<u16> {
    let mut bits = bits.to_vec();
    bits.sort_unstable();
    bits.dedup();
    bits
}
