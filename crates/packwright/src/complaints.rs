//! Complaints about texts as failures: what a person wrote is refused with every place that is wrong.

use engine::failure::{Code, Evidence, Failure};
use objects::Complaint;

/// Complaints that one failure carries.
const COMPLAINTS_MAX: usize = 500;

/// All complaints as one failure; `message` is completed with their number.
pub fn refused(code: &'static Code, message: &str, complaints: Vec<Complaint>) -> Failure {
    let count = complaints.len();
    let message = format!("{message} {count} error{}", if count == 1 { "" } else { "s" });
    let evidence = complaints.into_iter().take(COMPLAINTS_MAX).map(as_evidence).collect();
    Failure::new(code, message).hint("correct them all and try again").evidence(evidence)
}

fn as_evidence(complaint: Complaint) -> Evidence {
    let hint = complaint.hint.map(|hint| format!(" (hint: {hint})")).unwrap_or_default();
    Evidence { file: complaint.file, line: complaint.line.unwrap_or(0), message: complaint.message + &hint, ..Evidence::default() }
}
