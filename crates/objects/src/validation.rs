//! Looks at a check-in as a whole: names that stand twice, references to nothing, structures in C that differ from their data structure,
//! values that fit no member. The objects of the check-in replace those of the same name in the path code.
//!
//! It does not know a database. `needs` says what to look up, the caller fills `Known` with it, `validate` judges. What is *left*
//! dangling in the path code by an object that lost a function, a column or an item is not looked for.

use crate::complaint::{Complaint, joined};
use crate::context::{Context, TableShape};
use crate::dictionary::Item;
use crate::headers::{CStruct, compare_structure};
use crate::kind::{DICTIONARY_FILE, OBJECT_FILE, ObjectKind};
use crate::layout::{LAYOUT_BYTES_MAX, Layout};
use crate::summary::{Summary, SummaryContent, Target};
use std::collections::{BTreeMap, BTreeSet};

mod twice;
mod values;

/// What to look up in the path code for a check-in: one query per field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Aliases and message ids of F9200 and F9210.
    pub entries: BTreeSet<String>,
    /// Objects of F9860.
    pub objects: BTreeSet<String>,
    /// Functions of F9862.
    pub functions: BTreeSet<String>,
    /// Forms of F9865.
    pub forms: BTreeSet<String>,
    /// Tables of F98710 and F98711.
    pub tables: BTreeSet<String>,
    /// Data structures of F98743; those of the functions found above belong to them too.
    pub layouts: BTreeSet<String>,
    /// Data structures of this check-in: wanted are the headers of business functions that use them (F9862.SIDSTNM, then the pars).
    pub structures: BTreeSet<String>,
}

pub fn needs(incoming: &[Summary]) -> Needs {
    let mut needs = Needs::default();
    for summary in incoming {
        needs.objects.insert(summary.object.clone());
        for reference in &summary.references {
            let name = reference.name.clone();
            match reference.target {
                Target::Item => needs.entries.insert(name),
                Target::Function => needs.functions.insert(name),
                Target::DataStructure | Target::View => needs.objects.insert(name),
                Target::Table => needs.tables.insert(name.clone()) | needs.objects.insert(name),
            };
        }
        match &summary.content {
            SummaryContent::Bsfn { functions, c_structures } => {
                needs.functions.extend(functions.iter().map(|function| function.name.clone()));
                needs.layouts.extend(functions.iter().map(|function| function.data_structure.clone()));
                needs.layouts.extend(c_structures.iter().map(|structure| structure.name.clone()));
            }
            SummaryContent::Appl { forms } => needs.forms.extend(forms.iter().map(|form| form.name.clone())),
            SummaryContent::Dd { items, messages } => {
                needs.entries.extend(items.iter().map(|item| item.alias.clone()));
                needs.entries.extend(messages.iter().map(|message| message.name.clone()));
            }
            SummaryContent::Members(_) if summary.kind == ObjectKind::Dstr => {
                needs.structures.insert(summary.object.clone());
            }
            _ => {}
        }
    }
    needs
}

/// What the path code holds of that.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// By alias or message id.
    pub entries: BTreeMap<String, KnownEntry>,
    pub objects: BTreeMap<String, ObjectKind>,
    pub functions: BTreeMap<String, KnownFunction>,
    /// Form and its application.
    pub forms: BTreeMap<String, String>,
    pub tables: BTreeMap<String, TableShape>,
    pub layouts: BTreeMap<String, Layout>,
    /// Business functions of the path code whose headers declare a data structure of the check-in.
    pub headers: Vec<KnownHeader>,
}

#[derive(Clone, Debug)]
pub struct KnownEntry {
    /// The dictionary it came with (F9200.FROBNM).
    pub owner: String,
    /// None for a message.
    pub item: Option<Item>,
}

#[derive(Clone, Debug)]
pub struct KnownFunction {
    pub object: String,
    pub data_structure: String,
}

#[derive(Clone, Debug)]
pub struct KnownHeader {
    pub object: String,
    /// From `headers::data_structures_in`.
    pub structures: Vec<CStruct>,
}

impl Known {
    /// Items and tables as they are once the check-in is in: what `rows` and `headers::derived` need for its objects.
    pub fn context(&self, incoming: &[Summary]) -> Context {
        let replaced: BTreeSet<&str> = incoming.iter().map(|summary| summary.object.as_str()).collect();
        let known_items =
            self.entries.values().filter(|entry| !replaced.contains(entry.owner.as_str())).filter_map(|entry| entry.item.as_ref());
        let mut context =
            Context { items: known_items.map(|item| (item.alias.clone(), item.clone())).collect(), tables: self.tables.clone() };
        context.tables.retain(|table, _| !replaced.contains(table.as_str()));
        for summary in incoming {
            match &summary.content {
                SummaryContent::Dd { items, .. } => context.items.extend(items.iter().map(|item| (item.alias.clone(), item.clone()))),
                SummaryContent::Tble(shape) => drop(context.tables.insert(summary.object.clone(), shape.clone())),
                _ => {}
            }
        }
        context
    }
}

/// Everything that is wrong with the check-in as a whole, sorted by file and line. Each object alone was parsed without complaint.
pub fn validate(incoming: &[Summary], known: &Known) -> Vec<Complaint> {
    let world = World::new(incoming, known);
    let mut complaints = twice::check(incoming, known, &world);
    for summary in incoming {
        check_references(summary, &world, &mut complaints);
        check_size(summary, &world, &mut complaints);
        check_view(summary, &world, &mut complaints);
        values::check(summary, &world, &mut complaints);
    }
    check_structures(incoming, known, &world, &mut complaints);
    complaints.sort();
    complaints.dedup();
    complaints
}

/// The path code as it is once the check-in is in.
struct World<'a> {
    /// Names of the objects that the check-in brings.
    replaced: BTreeSet<&'a str>,
    context: Context,
    objects: BTreeMap<&'a str, ObjectKind>,
    /// Function, its object and its data structure.
    functions: BTreeMap<&'a str, (&'a str, &'a str)>,
    layouts: BTreeMap<&'a str, Layout>,
}

impl<'a> World<'a> {
    fn new(incoming: &'a [Summary], known: &'a Known) -> World<'a> {
        let replaced: BTreeSet<&str> = incoming.iter().map(|summary| summary.object.as_str()).collect();
        let kept = |object: &str| !replaced.contains(object);
        let context = known.context(incoming);
        let mut objects: BTreeMap<_, _> = known.objects.iter().map(|(name, kind)| (name.as_str(), *kind)).collect();
        objects.extend(incoming.iter().map(|summary| (summary.object.as_str(), summary.kind)));
        let known_functions = known.functions.iter().filter(|(_, function)| kept(&function.object));
        let mut functions: BTreeMap<_, _> =
            known_functions.map(|(name, function)| (name.as_str(), (function.object.as_str(), function.data_structure.as_str()))).collect();
        let mut layouts: BTreeMap<_, _> =
            known.layouts.iter().filter(|(name, _)| kept(name)).map(|(name, layout)| (name.as_str(), layout.clone())).collect();
        for summary in incoming {
            functions.extend(
                summary
                    .functions()
                    .iter()
                    .map(|function| (function.name.as_str(), (summary.object.as_str(), function.data_structure.as_str()))),
            );
            // One whose items are unknown has no layout; that is complained about at the item.
            if let SummaryContent::Members(members) = &summary.content
                && let Ok(layout) = Layout::resolve(&summary.object, members, &context)
            {
                layouts.insert(&summary.object, layout);
            }
        }
        World { replaced, context, objects, functions, layouts }
    }

    /// The layout of a function's data structure.
    fn layout_of(&self, function: &str) -> Option<&Layout> {
        self.functions.get(function).and_then(|(_, data_structure)| self.layouts.get(data_structure))
    }
}

fn complaint(summary: &Summary, line: u32, message: String) -> Complaint {
    let file = if summary.kind == ObjectKind::Dd { DICTIONARY_FILE } else { OBJECT_FILE };
    Complaint::new(joined(&summary.folder, file), line, message)
}

fn check_references(summary: &Summary, world: &World<'_>, complaints: &mut Vec<Complaint>) {
    let mut told = BTreeSet::new();
    for reference in &summary.references {
        let name = reference.name.as_str();
        let (what, kind, hint) = match reference.target {
            Target::Item if world.context.items.contains_key(name) => continue,
            Target::Function if world.functions.contains_key(name) => continue,
            Target::Item => ("data item", None, "add it as an [[item]] to a dictionary.toml"),
            Target::Function => ("function", None, "check its business function in, here or before"),
            Target::DataStructure => ("data structure", Some(ObjectKind::Dstr), "check it in, here or before"),
            Target::Table => ("table", Some(ObjectKind::Tble), "check it in, here or before"),
            Target::View => ("business view", Some(ObjectKind::Bsvw), "check it in, here or before"),
        };
        let found = world.objects.get(name).filter(|_| kind.is_some());
        if (found.is_some() && found.copied() == kind) || !told.insert((reference.target, name)) {
            continue;
        }
        let message = match found {
            Some(found) => format!("{name} must be a {what}, and is {}", found.about()),
            None => format!("{what} {name} does not exist"),
        };
        complaints.push(complaint(summary, reference.line, message).hint(hint));
    }
}

fn check_size(summary: &Summary, world: &World<'_>, complaints: &mut Vec<Complaint>) {
    let Some(layout) = world.layouts.get(summary.object.as_str()) else { return };
    if layout.bytes() > LAYOUT_BYTES_MAX {
        let message = format!(
            "data structure {} takes {} bytes in C, and at most {LAYOUT_BYTES_MAX} can be called with",
            summary.object,
            layout.bytes()
        );
        complaints.push(complaint(summary, 1, message).hint("use shorter strings or fewer members"));
    }
}

fn check_view(summary: &Summary, world: &World<'_>, complaints: &mut Vec<Complaint>) {
    let SummaryContent::Bsvw { columns, join_columns } = &summary.content else { return };
    for column in columns.iter().chain(join_columns) {
        if let Some(shape) = world.context.tables.get(&column.table)
            && !shape.columns.contains(&column.item)
        {
            let message = format!("table {} has no column {}", column.table, column.item);
            complaints.push(complaint(summary, column.line, message).hint(format!("its columns are {}", shape.columns.join(", "))));
        }
    }
    let mut members: BTreeMap<String, &str> = BTreeMap::new();
    for column in columns {
        let Some(shape) = world.context.tables.get(&column.table) else { continue };
        let member = crate::object::column_member(&shape.prefix, &column.item);
        if let Some(other) = members.insert(member.clone(), &column.table) {
            let message = format!("columns {} of {other} and {} are both named {member} in C", column.item, column.table);
            complaints
                .push(complaint(summary, column.line, message).hint("give the tables different column prefixes, or leave one column out"));
        }
    }
}

/// Structures in C against data structures. A header of the check-in is compared with every data structure there is, a header of the path
/// code with those of the check-in.
fn check_structures(incoming: &[Summary], known: &Known, world: &World<'_>, complaints: &mut Vec<Complaint>) {
    for summary in incoming {
        let file = joined(&summary.folder, &format!("{}.h", summary.object.to_lowercase()));
        for structure in summary.c_structures() {
            if let Some(layout) = world.layouts.get(structure.name.as_str()) {
                complaints.extend(compare_structure(&file, structure, layout));
            }
        }
    }
    let changed: BTreeMap<&str, &Summary> =
        incoming.iter().filter(|summary| summary.kind == ObjectKind::Dstr).map(|summary| (summary.object.as_str(), summary)).collect();
    for header in known.headers.iter().filter(|header| !world.replaced.contains(header.object.as_str())) {
        for structure in &header.structures {
            let Some(summary) = changed.get(structure.name.as_str()) else { continue };
            let Some(layout) = world.layouts.get(structure.name.as_str()) else { continue };
            for found in compare_structure("", structure, layout) {
                // The header lies in the path code, so the line to show is not in it but here.
                let message = format!("the header of {} no longer fits: {}", header.object, found.message);
                let hint = format!("check {} in together with {}", header.object, summary.object);
                complaints.push(Complaint::new(joined(&summary.folder, OBJECT_FILE), None, message).hint(hint));
            }
        }
    }
}
