//! Gates between a job's stages: control's database lets no run of a closed stage be noted as ended, so a test knows for certain that the job is in the middle of that
//! stage. It stands in the database as a trigger that the program does not see, and outlives kills.

use crate::process::until;
use crate::world::World;

/// A run that ended waits at the gate of its stage. The lock is how it can be seen there: nothing else of the waiting transaction can.
const GATES: &str = r#"
CREATE SCHEMA IF NOT EXISTS e2e;
CREATE TABLE IF NOT EXISTS e2e.gate (job bigint, stage bigint);
CREATE OR REPLACE FUNCTION e2e.pass() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  at bigint;
BEGIN
  IF NEW.state IN ('waiting', 'running') OR NEW.state = OLD.state THEN
    RETURN NEW;
  END IF;
  SELECT (plan::jsonb -> 'runs' -> NEW.run::int ->> 'stage')::bigint INTO at FROM packwright.pw_job WHERE job = NEW.job;
  IF EXISTS (SELECT FROM e2e.gate WHERE job = NEW.job AND stage = at) THEN
    PERFORM pg_advisory_xact_lock_shared(NEW.job::int, at::int);
    WHILE EXISTS (SELECT FROM e2e.gate WHERE job = NEW.job AND stage = at) LOOP
      PERFORM pg_sleep(0.005);
    END LOOP;
  END IF;
  RETURN NEW;
END
$$;
CREATE OR REPLACE TRIGGER e2e_pass BEFORE UPDATE ON packwright.pw_run FOR EACH ROW EXECUTE FUNCTION e2e.pass();
"#;

/// The gates of one job.
pub struct Stages {
    job: i64,
    pub count: usize,
}

/// When a stage counts as reached.
#[derive(Clone, Copy, Debug)]
pub enum Moment {
    /// A server works at it.
    Begun,
    /// A server has done its part, and control is just noting it.
    Noted,
}

impl Stages {
    /// Closes the gates of a job that is ordered after this, with so many stages.
    pub fn close(world: &World, count: usize) -> Stages {
        let job = world.next_job();
        world.rows(GATES);
        world.rows(&format!("INSERT INTO e2e.gate SELECT {job}, stage FROM generate_series(0, {count} - 1) stage"));
        Stages { job, count }
    }

    pub fn job(&self) -> i64 {
        self.job
    }

    /// Waits until the job is in the middle of a stage.
    pub fn reach(&self, world: &mut World, stage: usize, moment: Moment) {
        let Stages { job, .. } = self;
        let noted = format!("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND classid = {job} AND objid = {stage}");
        let begun = format!(
            "SELECT 1 FROM packwright.pw_run r JOIN packwright.pw_job j ON j.job = r.job \
             WHERE r.job = {job} AND r.state = 'running' AND (j.plan::jsonb -> 'runs' -> r.run::int ->> 'stage')::bigint = {stage}"
        );
        let sql = match moment {
            Moment::Begun => format!("{begun} UNION ALL {noted}"),
            Moment::Noted => noted,
        };
        until(&format!("job {job} is at its stage {stage} ({moment:?})"), || {
            world.all_run();
            let ended = world.rows_if_up(&format!("SELECT state FROM packwright.pw_job WHERE job = {job} AND state <> 'running'"));
            assert!(ended.is_empty(), "job {job} {} before its stage {stage}", ended[0][0]);
            !world.rows_if_up(&sql).is_empty()
        });
    }

    /// Lets the job go on to the next stage.
    pub fn open(&self, world: &World, stage: usize) {
        world.rows(&format!("DELETE FROM e2e.gate WHERE job = {} AND stage = {stage}", self.job));
    }
}
