//! Names that may stand once only: objects, functions, forms, data items and messages.

use super::{Known, World, complaint};
use crate::complaint::Complaint;
use crate::summary::{Summary, SummaryContent};
use std::collections::BTreeMap;

pub(super) fn check(incoming: &[Summary], known: &Known, world: &World<'_>) -> Vec<Complaint> {
    let mut complaints = check_objects(incoming, known);
    let mut functions = Names::new("function", "rename one of them; a function's name is unique in its path code");
    let mut forms = Names::new("form", "rename one of them; a form's name is unique in its path code");
    let mut entries = Names::new("dictionary entry", "keep it in one dictionary.toml only");
    // What an object of the check-in held before is replaced and takes no name.
    let kept = |object: &str| !world.replaced.contains(object);
    for (name, function) in known.functions.iter().filter(|(_, function)| kept(&function.object)) {
        functions.owners.insert(name, &function.object);
    }
    for (name, object) in known.forms.iter().filter(|(_, object)| kept(object)) {
        forms.owners.insert(name, object);
    }
    for (name, entry) in known.entries.iter().filter(|(_, entry)| kept(&entry.owner)) {
        entries.owners.insert(name, &entry.owner);
    }
    for summary in incoming {
        match &summary.content {
            SummaryContent::Bsfn { functions: own, .. } => {
                own.iter().for_each(|function| functions.take(summary, function.line, &function.name, &mut complaints));
            }
            SummaryContent::Appl { forms: own } => own.iter().for_each(|form| forms.take(summary, form.line, &form.name, &mut complaints)),
            SummaryContent::Dd { items, messages } => {
                items.iter().for_each(|item| entries.take(summary, item.line, &item.alias, &mut complaints));
                messages.iter().for_each(|message| entries.take(summary, message.line, &message.name, &mut complaints));
            }
            _ => {}
        }
    }
    complaints
}

struct Names<'a> {
    what: &'static str,
    hint: &'static str,
    /// Name and the object that has it.
    owners: BTreeMap<&'a str, &'a str>,
}

impl<'a> Names<'a> {
    fn new(what: &'static str, hint: &'static str) -> Names<'a> {
        Names { what, hint, owners: BTreeMap::new() }
    }

    fn take(&mut self, summary: &'a Summary, line: u32, name: &'a str, complaints: &mut Vec<Complaint>) {
        // The same object twice is told about as an object.
        if let Some(owner) = self.owners.insert(name, &summary.object).filter(|owner| *owner != summary.object) {
            complaints.push(complaint(summary, line, format!("{} {name} stands in {owner} already", self.what)).hint(self.hint));
        }
    }
}

fn check_objects(incoming: &[Summary], known: &Known) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let mut folders: BTreeMap<&str, &str> = BTreeMap::new();
    for summary in incoming {
        if let Some(first) = folders.insert(&summary.object, &summary.folder) {
            let message = format!("object {} lies in {first} too", summary.object);
            complaints.push(complaint(summary, 1, message).hint("an object is checked in from one folder; take one of them away"));
        }
        if let Some(before) = known.objects.get(&summary.object).filter(|before| **before != summary.kind) {
            let message = format!("object {} must stay {}, and is now {}", summary.object, before.about(), summary.kind.about());
            complaints.push(complaint(summary, 1, message).hint("choose another name"));
        }
    }
    complaints
}
