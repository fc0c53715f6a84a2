//! What a server may say and hear on a NATS server, as a part of that one's configuration. It does not know where the file is, nor how
//! nats-server learns that it changed.
//!
//! A server speaks for itself only. It reads and adds goods, but can neither change nor delete what is there: its stream takes one
//! message per subject, for good, and a server may not use the calls that remove. It can read a letter only if it was told its name,
//! which nobody guesses.

use crate::access::{is_name, is_public_key};
use std::fmt::Write;

/// How long a server may take to answer a request.
const ANSWER_WITHIN: &str = "1h";

/// The subjects that a server of this name may publish, and those that it may subscribe to.
pub fn permissions(name: &str) -> (Vec<String>, Vec<String>) {
    let publish = [
        format!("control.*.{name}"),
        format!("news.{name}.>"),
        // To itself: a round trip that proves what was said before has arrived.
        format!("_INBOX_{name}.>"),
        "goods.>".into(),
        format!("letters.{name}.>"),
        "$JS.API.STREAM.INFO.goods".into(),
        "$JS.API.DIRECT.GET.goods.>".into(),
        "$JS.API.DIRECT.GET.letters.>".into(),
    ];
    let subscribe = [format!("wake.{name}"), format!("kernel.{name}"), format!("_INBOX_{name}.>")];
    (publish.into(), subscribe.into())
}

/// The text of the `authorization` block of nats-server, to be included in its configuration: each user's name, public key, and whether it
/// is a control, which may say and hear everything. A user whose name or key cannot be one is left out, so it cannot connect.
pub fn server_configuration(users: &[(String, String, bool)]) -> String {
    let mut text = String::from("# Written by packwright; changes made here are lost.\nauthorization {\n  users = [\n");
    for (name, key, control) in users {
        if !is_name(name) || !is_public_key(key) {
            let _ = writeln!(text, "    # left out, for its name or key is none: {name:?}");
            continue;
        }
        let _ = if *control {
            writeln!(text, "    # {name}\n    {{ nkey: {key} }}")
        } else {
            writeln!(text, "    # {name}\n    {{ nkey: {key}, permissions: {} }}", server_permissions(name))
        };
    }
    text.push_str("  ]\n}\n");
    text
}

fn server_permissions(name: &str) -> String {
    let (publish, subscribe) = permissions(name);
    let list = |subjects: Vec<String>| subjects.iter().map(|subject| format!("\"{subject}\"")).collect::<Vec<_>>().join(", ");
    format!(
        "{{\n      publish: [{}],\n      subscribe: [{}],\n      allow_responses: {{ max: 1, expires: \"{ANSWER_WITHIN}\" }}\n    }}",
        list(publish),
        list(subscribe)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{matches, new_key};

    #[test]
    fn a_server_speaks_for_itself_only() {
        let (publish, subscribe) = permissions("ENT1");
        let may = |list: &[String], subject: &str| list.iter().any(|pattern| matches(pattern, subject));
        assert!(may(&publish, "control.claim.ENT1") && may(&publish, "news.ENT1.7") && may(&subscribe, "wake.ENT1"));
        for subject in ["control.claim.ENT2", "news.ENT2.7", "wake.ENT1", "kernel.ENT1", "letters.ENT2.x.0", "$JS.API.STREAM.PURGE.goods"] {
            assert!(!may(&publish, subject), "{subject}");
        }
        for subject in ["control.claim.ENT1", "news.ENT1.7", "wake.ENT2", "kernel.ENT2", "goods.x.whole", "_INBOX_ENT2.x"] {
            assert!(!may(&subscribe, subject), "{subject}");
        }
    }

    #[test]
    fn what_would_widen_a_permission_is_left_out() {
        let (_, key) = new_key();
        let text = server_configuration(&[
            (">".into(), key.clone(), false),
            ("ENT1\" }".into(), key.clone(), true),
            ("ENT2".into(), "U} x".into(), true),
        ]);
        assert_eq!(text.matches("left out").count(), 3, "{text}");
        assert!(!text.contains("nkey"), "{text}");
        assert!(server_configuration(&[("ENT1".into(), key.clone(), false)]).contains(&key));
    }
}
