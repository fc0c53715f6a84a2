//! What stays in memory of each object of a check-in, of which there may be 20,000: its names, what it refers to with the lines, and no
//! text. Validation looks at summaries only.

use crate::context::TableShape;
use crate::dictionary::Item;
use crate::headers::{CStruct, data_structures_in};
use crate::kind::{ObjectKind, ObjectText};
use crate::object::{Call, Content, Member, Mention, Object, TableColumn, Version};

#[derive(Clone, Debug)]
pub struct Summary {
    pub object: String,
    pub kind: ObjectKind,
    /// Folder that complaints name: where the object lies for the person who checks in.
    pub folder: String,
    pub par_hash: String,
    /// Everything that must exist elsewhere.
    pub references: Vec<Reference>,
    pub content: SummaryContent,
}

/// Something that an object names and another object defines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    pub line: u32,
    pub target: Target,
    pub name: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    Item,
    DataStructure,
    Table,
    View,
    Function,
}

/// What an object brings, as far as others depend on it.
#[derive(Clone, Debug)]
pub enum SummaryContent {
    Bsfn {
        functions: Vec<FunctionName>,
        c_structures: Vec<CStruct>,
    },
    /// Data structures and media object structures.
    Members(Vec<Member>),
    Tble(TableShape),
    Bsvw {
        columns: Vec<TableColumn>,
        join_columns: Vec<TableColumn>,
    },
    Appl {
        forms: Vec<Mention>,
    },
    Ube {
        calls: Vec<Call>,
        versions: Vec<Version>,
    },
    Dd {
        items: Vec<Item>,
        messages: Vec<Mention>,
    },
    Other,
}

/// A function and its data structure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionName {
    pub line: u32,
    pub name: String,
    pub data_structure: String,
}

impl Summary {
    /// Functions that the object defines.
    pub fn functions(&self) -> &[FunctionName] {
        match &self.content {
            SummaryContent::Bsfn { functions, .. } => functions,
            _ => &[],
        }
    }

    /// Data structures that its header declares.
    pub fn c_structures(&self) -> &[CStruct] {
        match &self.content {
            SummaryContent::Bsfn { c_structures, .. } => c_structures,
            _ => &[],
        }
    }
}

/// Summarises a parsed object and its text. `folder` is where complaints shall say it lies.
pub fn summarise(object: &Object, text: &ObjectText, folder: &str, par_hash: &str) -> Summary {
    let mut references = References(Vec::new());
    let content = match &object.content {
        Content::Bsfn(functions) => {
            let name = |function: &crate::object::Function| {
                references.add(function.line, Target::DataStructure, &function.data_structure);
                FunctionName { line: function.line, name: function.name.clone(), data_structure: function.data_structure.clone() }
            };
            let header = text.files.get(&format!("{}.h", object.name.to_lowercase()));
            let functions = functions.functions.iter().map(name).collect();
            SummaryContent::Bsfn { functions, c_structures: header.map(|header| data_structures_in(header)).unwrap_or_default() }
        }
        Content::Dstr(members) | Content::Gt(members) => {
            members.iter().for_each(|member| references.add(member.line, Target::Item, &member.item));
            SummaryContent::Members(members.clone())
        }
        Content::Tble(table) => {
            table.columns.iter().for_each(|column| references.add(column.line, Target::Item, &column.name));
            let columns = table.columns.iter().map(|column| column.name.clone()).collect();
            SummaryContent::Tble(TableShape { prefix: table.prefix.clone(), columns })
        }
        Content::Bsvw(view) => {
            view.tables.iter().for_each(|table| references.add(table.line, Target::Table, &table.name));
            let join_columns: Vec<TableColumn> = view.joins.iter().flat_map(|join| [&join.left, &join.right]).cloned().collect();
            view.columns.iter().chain(&join_columns).for_each(|column| references.add(column.line, Target::Item, &column.item));
            SummaryContent::Bsvw { columns: view.columns.clone(), join_columns }
        }
        Content::Appl(application) => {
            for form in &application.forms {
                form.view.iter().for_each(|view| references.add(form.line, Target::View, view));
            }
            for control in &application.controls {
                control.item.iter().for_each(|item| references.add(control.line, Target::Item, item));
            }
            SummaryContent::Appl {
                forms: application.forms.iter().map(|form| Mention { line: form.line, name: form.name.clone() }).collect(),
            }
        }
        Content::Ube(report) => {
            report.view.iter().for_each(|view| references.add(view.line, Target::View, &view.name));
            report.options.iter().for_each(|options| references.add(options.line, Target::DataStructure, &options.name));
            report.calls.iter().for_each(|call| references.add(call.line, Target::Function, &call.function));
            SummaryContent::Ube { calls: report.calls.clone(), versions: report.versions.clone() }
        }
        Content::Dd(dictionary) => SummaryContent::Dd {
            items: dictionary.items.clone(),
            messages: dictionary.messages.iter().map(|message| Mention { line: message.line, name: message.id.clone() }).collect(),
        },
        Content::Sbf(_) => SummaryContent::Other,
    };
    let (object_name, kind) = (object.name.clone(), object.kind());
    Summary { object: object_name, kind, folder: folder.to_string(), par_hash: par_hash.to_string(), references: references.0, content }
}

struct References(Vec<Reference>);

impl References {
    fn add(&mut self, line: u32, target: Target, name: &str) {
        self.0.push(Reference { line, target, name: name.to_string() });
    }
}
