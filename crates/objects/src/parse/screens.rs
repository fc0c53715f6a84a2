//! Reads applications and reports.
//!
//! It does not know whether the views, functions and members they name exist.

use super::Once;
use crate::complaint::{nearest, shown};
use crate::kind::ObjectText;
use crate::names;
use crate::object::{Application, Call, Control, ControlKind, Form, MemberValue, Mention, Report, Section, Version};
use crate::sheet::Part;
use std::collections::BTreeSet;

pub(super) fn read_application(root: &Part<'_>, text: &ObjectText) -> Application {
    root.allow(&["object", "form", "control"]);
    let mut once = Once::new("form");
    let form = |part: &Part<'_>| {
        let form = Form {
            line: part.line,
            name: part.text("name", &names::OBJECT),
            kind: part.word("kind"),
            title: part.text("title", &names::TEXT_60),
            view: part.optional_text("view", &names::OBJECT),
            entry: part.flag("entry"),
        };
        once.see(part, part.line, &form.name);
        form
    };
    let forms: Vec<Form> = root.parts("form", &["name", "kind", "title", "view", "entry"]).iter().map(form).collect();
    if forms.is_empty() {
        root.complain(root.line, "has no [[form]]", Some("an application has at least one form".into()));
    }
    let known: BTreeSet<&str> = forms.iter().map(|form| form.name.as_str()).collect();
    let mut once = Once::new("control");
    let control = |part: &Part<'_>| {
        let control = Control {
            line: part.line,
            form: part.text("form", &names::OBJECT),
            id: part.number("id", 1..=99_999),
            kind: part.word("kind"),
            item: part.optional_text("item", &names::ALIAS),
            text: part.optional_text("text", &names::TEXT_60),
            image: part.optional_text("image", &names::IMAGE),
        };
        if control.id != 0 && !control.form.is_empty() {
            once.see(part, part.line, &format!("{} of form {}", control.id, control.form));
        }
        check_control(part, &control, &known, text);
        control
    };
    let controls = root.parts("control", &["form", "id", "kind", "item", "text", "image"]).iter().map(control).collect();
    Application { forms, controls }
}

fn check_control(part: &Part<'_>, control: &Control, forms: &BTreeSet<&str>, text: &ObjectText) {
    if !control.form.is_empty() && !forms.contains(control.form.as_str()) {
        let hint = nearest(&control.form, forms.iter().copied()).map(|form| format!("did you mean {form}?"));
        part.complain(part.line_of("form"), format!("form {} is not in this application", control.form), hint);
    }
    match &control.image {
        Some(image) if !text.files.contains_key(&format!("res/{image}")) => {
            part.complain(part.line_of("image"), format!("image {image} is missing"), Some(format!("add the file res/{image}")));
        }
        None if control.kind == ControlKind::Image && !part.has("image") => {
            part.complain(part.line, "a control of kind image needs an image", Some("add image = …, the name of a file in res/".into()));
        }
        _ => {}
    }
}

pub(super) fn read_report(root: &Part<'_>) -> Report {
    root.allow(&["object", "report", "section", "call", "version"]);
    let head = root.part("report", &["title", "view", "options"]);
    let mention = |key: &str, rule| {
        let part = head.as_ref()?;
        part.optional_text(key, rule).map(|name| Mention { line: part.line_of(key), name })
    };
    let calls = read_calls(root);
    Report {
        title: head.as_ref().map(|part| part.text("title", &names::TEXT_60)).unwrap_or_default(),
        view: mention("view", &names::OBJECT),
        options: mention("options", &names::OPTION_STRUCTURE),
        sections: read_sections(root),
        versions: read_versions(root, calls.len()),
        calls,
    }
}

fn read_sections(root: &Part<'_>) -> Vec<Section> {
    let mut once = Once::new("section");
    let section = |part: &Part<'_>| {
        let section =
            Section { line: part.line, id: part.number("id", 1..=9999), name: part.text("name", &names::TEXT_60), kind: part.word("kind") };
        if section.id != 0 {
            once.see(part, part.line, &section.id.to_string());
        }
        section
    };
    root.parts("section", &["id", "name", "kind"]).iter().map(section).collect()
}

fn read_calls(root: &Part<'_>) -> Vec<Call> {
    let parts = root.parts("call", &["function", "values"]);
    let call = |(position, part): (usize, &Part<'_>)| {
        let values = part.plains("values").into_iter().map(|(line, member, value)| {
            let value = MemberValue { line, member, value };
            check_value(part, &value, position);
            value
        });
        Call { line: part.line, values: values.collect(), function: part.text("function", &names::C_NAME) }
    };
    parts.iter().enumerate().map(call).collect()
}

/// `earlier` calls have run when the value is taken.
fn check_value(part: &Part<'_>, value: &MemberValue, earlier: usize) {
    let Some(text) = value.value.as_str().filter(|text| text.starts_with('=')) else { return };
    let call = value.taken_from().and_then(|(call, member)| Some((call.parse::<usize>().ok()?, names::is_c_name(member))));
    let message = match call {
        Some((call, true)) if (1..=earlier).contains(&call) => return,
        Some((call, true)) => format!("{text} takes a member of call {call}, and only {earlier} calls run before this one"),
        _ => format!("{} must be = with a call number, a dot and a member, as =1.mnTotal", shown(text)),
    };
    part.complain(value.line, message, Some("the first [[call]] of the file is call 1".into()));
}

fn read_versions(root: &Part<'_>, calls: usize) -> Vec<Version> {
    let mut once = Once::new("version");
    let mut versions = Vec::new();
    for part in &root.parts("version", &["name", "title", "value"]) {
        let version = Version {
            line: part.line,
            name: part.text("name", &names::VERSION),
            title: part.text("title", &names::TEXT_60),
            values: read_version_values(part, calls),
        };
        once.see(part, part.line, &version.name);
        versions.push(version);
    }
    versions
}

fn read_version_values(version: &Part<'_>, calls: usize) -> Vec<(u32, MemberValue)> {
    let mut once = Once::new("value of");
    let value = |part: &Part<'_>| {
        let call = part.number("call", 1..=9999);
        let value = MemberValue { line: part.line, member: part.text("member", &names::C_NAME), value: part.plain("value") };
        if call as usize > calls {
            part.complain(part.line_of("call"), format!("call {call} does not exist; the report has {calls}"), None);
        }
        if !value.member.is_empty() {
            once.see(part, part.line, &format!("{} of call {call}", value.member));
        }
        check_value(part, &value, (call as usize).saturating_sub(1).min(calls));
        (call, value)
    };
    version.parts("value", &["call", "member", "value"]).iter().map(value).collect()
}
