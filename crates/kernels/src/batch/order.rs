//! What a batch job does: calls in their order, values of which may be what an earlier call left. It is checked as a whole before it starts.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::call::absolute;
use crate::layout::Layout;

const CALLS_MAX: usize = 1000;
/// Of all data structures together; it bounds the status file too.
const STRUCTURE_BYTES_MAX: usize = 2 * 1024 * 1024;
/// The status file falls under the same limit as the log.
const LOG_BYTES_MIN: u64 = 1024 * 1024;
const DEADLINE_SECONDS_MAX: u64 = 7 * 24 * 60 * 60;

/// A batch job as it lies in `order.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchOrder {
    pub job: u64,
    pub report: String,
    pub version: String,
    pub user: String,
    /// The folder of the package's libraries.
    pub libraries: PathBuf,
    /// The package's `functions.txt`.
    pub functions: PathBuf,
    pub calls: Vec<BatchCall>,
    pub deadline_seconds: u64,
    /// What the job may write into its log, or into any other file.
    pub log_bytes_max: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_bytes_max: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchCall {
    pub function: String,
    pub layout: Layout,
    /// Member and value; `"=1.mnTotal"` is member `mnTotal` as call 1 left it.
    pub values: Map<String, Value>,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    #[error("batch job {job} cannot run: {reason}")]
    Job { job: u64, reason: String },
    #[error("call {call} of batch job {job}, {function}, cannot run: {reason}")]
    Call { job: u64, call: usize, function: String, reason: String },
}

/// A value that an earlier call left.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reference<'a> {
    /// From 1.
    pub call: usize,
    pub member: &'a str,
}

impl Reference<'_> {
    /// The reference that a value is, if it is one: `=`, digits, a point, a name. All other text is text.
    pub fn of(value: &Value) -> Option<Reference<'_>> {
        let (call, member) = value.as_str()?.strip_prefix('=')?.split_once('.')?;
        let digits = !call.is_empty() && call.bytes().all(|byte| byte.is_ascii_digit());
        let name = !member.is_empty() && member.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric());
        // A number too long for any job names no call, and is refused as such.
        (digits && name).then(|| Reference { call: call.parse().unwrap_or(usize::MAX), member })
    }
}

impl BatchOrder {
    /// Whether every call can run as far as this can be told before: limits, values that fit, references to what there is.
    pub fn check(&self) -> Result<(), OrderError> {
        let refuse = |reason: String| Err(OrderError::Job { job: self.job, reason });
        if self.calls.len() > CALLS_MAX {
            return refuse(format!("it has {} calls, and {CALLS_MAX} at most are allowed", self.calls.len()));
        }
        if self.deadline_seconds == 0 || self.deadline_seconds > DEADLINE_SECONDS_MAX {
            return refuse(format!("its deadline is {} seconds, not 1 to {DEADLINE_SECONDS_MAX}", self.deadline_seconds));
        }
        if self.log_bytes_max < LOG_BYTES_MIN {
            return refuse(format!("its log may take {} bytes, and {LOG_BYTES_MIN} at least are needed", self.log_bytes_max));
        }
        for (place, call) in self.calls.iter().enumerate() {
            self.check_call(place, call).map_err(|reason| OrderError::Call {
                job: self.job,
                call: place + 1,
                function: call.function.clone(),
                reason,
            })?;
        }
        let bytes: usize = self.calls.iter().map(|call| call.layout.size_bytes()).sum();
        if bytes > STRUCTURE_BYTES_MAX {
            return refuse(format!("its data structures take {bytes} bytes together, and {STRUCTURE_BYTES_MAX} at most are allowed"));
        }
        Ok(())
    }

    fn check_call(&self, place: usize, call: &BatchCall) -> Result<(), String> {
        let mut plain = call.values.clone();
        for (member, value) in &call.values {
            let Some(reference) = Reference::of(value) else { continue };
            let earlier = reference.call.checked_sub(1).filter(|earlier| *earlier < place).map(|earlier| &self.calls[earlier]);
            let Some(earlier) = earlier else {
                return Err(format!("member {member} refers to call {}, which does not come before it", reference.call));
            };
            if !earlier.layout.has_member(reference.member) {
                return Err(format!("member {member} refers to {} of call {}, which has no such member", reference.member, reference.call));
            }
            // What will be there is not known, but the member must be.
            if call.layout.has_member(member) {
                plain.shift_remove(member);
            }
        }
        call.layout.encode(&plain).map(|_| ()).map_err(|failure| failure.to_string())
    }

    /// The same order for a process that works in another folder.
    pub(super) fn with_absolute_paths(&self) -> BatchOrder {
        BatchOrder { libraries: absolute(&self.libraries), functions: absolute(&self.functions), ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn order(calls: Value) -> BatchOrder {
        let layout = json!({ "name": "D1", "members": [
            { "id": 1, "name": "mnIn", "item_type": "numeric", "size": 8, "decimals": 0, "direction": "in" },
            { "id": 2, "name": "szText", "item_type": "string", "size": 20, "decimals": 0, "direction": "both" },
        ]});
        let call = |values: &Value| json!({ "function": "F", "layout": layout, "values": values });
        let calls: Vec<Value> = calls.as_array().unwrap().iter().map(call).collect();
        serde_json::from_value(json!({
            "job": 7, "report": "R5501", "version": "XJDE0001", "user": "DEMO", "libraries": "/l", "functions": "/l/functions.txt",
            "calls": calls, "deadline_seconds": 60, "log_bytes_max": 1_048_576,
        }))
        .unwrap()
    }

    #[test]
    fn a_reference_is_recognised_and_other_text_is_text() {
        assert_eq!(Reference::of(&json!("=12.mnTotal")), Some(Reference { call: 12, member: "mnTotal" }));
        for value in [json!("=1"), json!("=.x"), json!("=a.x"), json!("=1."), json!("=1.a b"), json!("1.x"), json!(1), json!(null)] {
            assert_eq!(Reference::of(&value), None, "{value}");
        }
    }

    #[test]
    fn orders_are_checked_before_they_run() {
        assert_eq!(order(json!([{ "mnIn": 1, "szText": "= 1.x" }, { "mnIn": "=1.mnIn" }])).check(), Ok(()));
        assert_eq!(order(json!([])).check(), Ok(()));
        for (calls, expected) in [
            (
                json!([{ "mnIn": "=1.mnIn" }]),
                "call 1 of batch job 7, F, cannot run: member mnIn refers to call 1, which does not come before it",
            ),
            (json!([{}, { "mnIn": "=0.mnIn" }]), "member mnIn refers to call 0, which does not come before it"),
            (json!([{}, { "mnIn": "=99999999999999999999.mnIn" }]), "which does not come before it"),
            (json!([{}, { "mnIn": "=1.mnOut" }]), "member mnIn refers to mnOut of call 1, which has no such member"),
            (json!([{}, { "mnOut": "=1.mnIn" }]), "data structure D1 has no member mnOut, only mnIn, szText"),
            (json!([{ "mnIn": 123_456_789 }]), "cannot put 123456789 into member mnIn"),
        ] {
            let failure = order(calls).check().unwrap_err().to_string();
            assert!(failure.contains(expected), "{failure}");
        }
    }

    #[test]
    fn orders_have_limits() {
        assert!(order(Value::Array(vec![json!({}); 1001])).check().is_err());
        assert!(BatchOrder { deadline_seconds: 0, ..order(json!([])) }.check().is_err());
        assert!(BatchOrder { log_bytes_max: 1000, ..order(json!([])) }.check().is_err());
        let mut large = order(Value::Array(vec![json!({}); 100]));
        large.calls.iter_mut().for_each(|call| call.layout.members[1].size = 20_000);
        assert!(large.check().unwrap_err().to_string().contains("bytes together"));
    }
}
