//! Plans and run details lie in databases for years: what an earlier version stored must still be read, and mean the same.

use engine::job::{Detail, Run};
use engine::plan::Plan;

#[test]
fn a_plan_of_version_0_1_is_read() {
    let text = include_str!("stored/plan-0.1.json");
    let plan: Plan = serde_json::from_str(text).unwrap();
    assert_eq!((plan.recipe.as_str(), plan.package.as_str(), plan.runs.len()), ("FULL_BUILD", "DV920FA", 2));
    assert_eq!(plan.facts.release.to_string(), "9.2.8.0");
    assert_eq!(plan.runs[1].skip.as_deref(), Some("compression of server libraries is not selected"));
    let again: serde_json::Value = serde_json::to_value(&plan).unwrap();
    assert_eq!(
        again,
        serde_json::from_str::<serde_json::Value>(text).unwrap(),
        "what is written now differs: keep reading the old, and add a file for the new"
    );
}

#[test]
fn details_of_version_0_1_are_read() {
    for text in [
        "\"nothing\"",
        "{\"why\":\"the server points at the package already\"}",
        "{\"failure\":{\"code\":\"does-not-compile\",\"message\":\"1 of 21 functions did not compile\",\"hint\":\"correct it\",\"evidence\":[{\"object\":\"B5500010\",\"file\":\"source/CORD/b5500010.c\",\"line\":12,\"message\":\"'x' undeclared\",\"log\":\"\"}]}}",
    ] {
        let detail: Detail = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&detail).unwrap(), text);
    }
}

#[test]
fn a_run_of_version_0_1_is_read() {
    let text = "{\"state\":\"waiting\",\"attempt\":2,\"started\":5,\"ended\":7,\"detail\":\"nothing\"}";
    let run: Run = serde_json::from_str(text).unwrap();
    assert_eq!((run.attempt, run.before, run.attempts_counted()), (2, 0, 2));
}
