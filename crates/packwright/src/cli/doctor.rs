//! `doctor`.

use super::{Session, exit, screen};
use crate::api::problem::Problem;
use crate::client::Client;
use crate::examination::{Finding, Health};
use anyhow::Result;

/// Looks at everything; where bus or database keep it from that, this is what it finds.
pub async fn doctor(session: &Session, client: Result<&Client, &Problem>) -> Result<()> {
    let findings: Vec<Finding> = match client {
        Ok(client) => client.get("/api/doctor").await?,
        Err(problem) => {
            let subject = if problem.code.starts_with("database") || problem.code == "migration-needed" { "database" } else { "bus" };
            vec![Finding::bad("control", subject, problem.detail.clone(), &problem.hint)]
        }
    };
    session.print(&findings, |findings| page(findings))?;
    let bad = findings.iter().filter(|finding| finding.health == Health::Bad).count();
    if bad > 0 { Err(exit::Unwell { bad }.into()) } else { Ok(()) }
}

fn page(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let mark = match finding.health {
            Health::Good => screen::styled("ok  ", "32"),
            Health::Doubtful => screen::styled("look", "33"),
            Health::Bad => screen::styled("bad ", "31"),
        };
        let cure = if finding.cure.is_empty() { String::new() } else { format!(": {}", finding.cure) };
        text.push_str(&format!("{mark}  {:<8} {:<15} {}{cure}\n", finding.place, finding.subject, finding.found));
    }
    text
}
