//! The values that a report gives to the members of the functions it calls.

use super::{World, complaint};
use crate::complaint::{Complaint, nearest};
use crate::layout::{Layout, LayoutMember};
use crate::object::{Call, MemberValue};
use crate::summary::{Summary, SummaryContent};

pub(super) fn check(summary: &Summary, world: &World<'_>, complaints: &mut Vec<Complaint>) {
    let SummaryContent::Ube { calls, versions } = &summary.content else { return };
    for call in calls {
        call.values.iter().for_each(|value| check_value(summary, world, calls, call, value, complaints));
    }
    for (call, value) in versions.iter().flat_map(|version| &version.values) {
        // That the call exists was seen when the report was read.
        if let Some(call) = (*call as usize).checked_sub(1).and_then(|position| calls.get(position)) {
            check_value(summary, world, calls, call, value, complaints);
        }
    }
}

fn check_value(summary: &Summary, world: &World<'_>, calls: &[Call], call: &Call, value: &MemberValue, complaints: &mut Vec<Complaint>) {
    // A function or structure that is unknown is complained about where it is named.
    let Some(layout) = world.layout_of(&call.function) else { return };
    let member = match find(layout, &value.member, &call.function) {
        Ok(member) => member,
        Err((message, hint)) => return complaints.push(complaint(summary, value.line, message).hint(hint)),
    };
    let Some((source, taken)) = value.taken_from() else {
        if !member.accepts(&value.value) {
            let message = format!("{} of {} must be {}, and is {}", member.name, call.function, member.wanted(), value.value);
            complaints.push(complaint(summary, value.line, message));
        }
        return;
    };
    let source = source.parse::<usize>().ok().and_then(|call| calls.get(call.checked_sub(1)?));
    let Some((source, layout)) = source.and_then(|source| Some((source, world.layout_of(&source.function)?))) else { return };
    match find(layout, taken, &source.function) {
        Err((message, hint)) => complaints.push(complaint(summary, value.line, message).hint(hint)),
        Ok(from) if from.item_type != member.item_type => {
            let message = format!(
                "{} of {} must be of type {}, and {taken} of {} is of type {}",
                member.name,
                call.function,
                member.type_word(),
                source.function,
                from.type_word()
            );
            complaints.push(complaint(summary, value.line, message));
        }
        Ok(_) => {}
    }
}

fn find<'a>(layout: &'a Layout, member: &str, function: &str) -> Result<&'a LayoutMember, (String, String)> {
    layout.member(member).ok_or_else(|| {
        let names = layout.members.iter().map(|member| member.name.as_str());
        let hint = match nearest(member, names.clone()) {
            Some(name) => format!("did you mean {name}?"),
            None => format!("its members are {}", names.collect::<Vec<_>>().join(", ")),
        };
        (format!("{function} has no member {member} in its data structure {}", layout.name), hint)
    })
}
