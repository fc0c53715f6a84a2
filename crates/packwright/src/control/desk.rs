//! Answers what servers ask while they work on a step.

use super::Control;
use super::protocol::{Asked, subjects};
use crate::agent::tables::failed;
use bus::{Request, Requests};
use engine::failure::{self, Failure};
use engine::value::Value;
use serde_json::{Value as Json, json};
use steps::recipes::FULL_BUILD;

impl Control {
    /// Answers until the bus ends; each question on a task of its own.
    pub async fn answer_questions(self, mut questions: Requests) {
        while let Some(question) = questions.next().await {
            let control = self.clone();
            tokio::spawn(async move {
                let answer = control.answer(&question).await;
                question.reply(serde_json::to_vec(&answer).expect("plain data becomes JSON"));
            });
        }
    }

    async fn answer(&self, question: &Request) -> Result<Json, Failure> {
        let server = subjects::server_of(&question.subject);
        let unreadable = |error: serde_json::Error| {
            Failure::new(&failure::FORMAT_TOO_NEW, format!("control cannot read what {server} asks: {error}"))
                .hint("run the same version of packwright on all machines")
        };
        match serde_json::from_slice(&question.body).map_err(unreadable)? {
            Asked::Goods { name } => {
                let sql = "SELECT CONTENT FROM PW_GOODS WHERE NAME = $1";
                let rows = self.store.control().query(sql, &[Value::from(&name)]).await.map_err(failed)?;
                Ok(json!(rows.first().map(|row| row[0].text())))
            }
            Asked::PackageObjects { package, primary } => {
                let sql = "SELECT BDOBNM, BDFUNO FROM F96225 WHERE BDJDEPKGNM = $1 AND BDMKEY = $2 AND BDOPER = '01' ORDER BY BDOBNM";
                let rows = self.store.control().query(sql, &[Value::from(&package), Value::from(&primary)]).await.map_err(failed)?;
                Ok(json!(rows.iter().map(|row| (row[0].text(), row[1].text())).collect::<Vec<_>>()))
            }
            asked => {
                // What is recorded goes into libraries of other servers: only whoever builds something now has a say in it.
                let builds =
                    self.jobs.lock().await.values().any(|job| job.plan.recipe == FULL_BUILD.name && !job.running_on(server).is_empty());
                if !builds && matches!(asked, Asked::Record { .. } | Asked::Vanished { .. }) {
                    return Err(Failure::new(&failure::BAD_REQUEST, format!("{server} builds nothing now: what it compiled is not taken")));
                }
                self.cache.answer(&self.store, server, asked).await
            }
        }
    }
}
