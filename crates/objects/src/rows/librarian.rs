//! Rows of the Object Librarian, the repository and the data dictionary.

use super::Rows;
use crate::dictionary::{DictionaryText, Severity};
use crate::kind::ObjectKind;
use crate::object::{Application, Content, Functions, Object, View};
use crate::sheet::Word;
use std::collections::BTreeSet;

/// Who checks in, where and when.
#[derive(Clone, Debug)]
pub struct Stamp {
    pub user: String,
    pub program: String,
    pub workstation: String,
    /// CYYDDD.
    pub date: String,
    /// HHMMSS.
    pub time: String,
    pub release: String,
    pub path_code: String,
}

/// The object's rows in F9860 and F9861, and its par in F98780R and F98780H.
pub fn librarian_rows(object: &Object, par: &[u8], hash: &str, stamp: &Stamp) -> Rows {
    let mut rows = Rows::default();
    let (library, location) = match &object.content {
        Content::Bsfn(functions) => (functions.library.as_str(), functions.location.code()),
        _ => ("", ""),
    };
    let prefix = match &object.content {
        Content::Tble(table) => table.prefix.as_str(),
        _ => "",
    };
    let kind = object.kind();
    let name = &object.name;
    rows.add(
        "F9860",
        [
            ("SIOBNM", name.into()),
            ("SIMD", (&object.description).into()),
            ("SISY", (&object.system).into()),
            ("SISYR", (&object.system).into()),
            ("SIFUNO", kind.word().into()),
            ("SIFUNU", use_code(object).into()),
            ("SIPFX", prefix.into()),
            ("SISRCLNG", if kind == ObjectKind::Bsfn { "C" } else { "" }.into()),
            ("SIPARDLL", library.into()),
            ("SICATO", location.into()),
            ("SIGTFFU1", true.into()),
            ("SIPID", (&stamp.program).into()),
            ("SIUSER", (&stamp.user).into()),
            ("SIJOBN", (&stamp.workstation).into()),
            ("SIUPMJ", (&stamp.date).into()),
            ("SIUPMT", (&stamp.time).into()),
        ],
    );
    rows.add(
        "F9861",
        [
            ("SIOBNM", name.into()),
            ("SIPATHCD", (&stamp.path_code).into()),
            ("SIJDEVERS", (&stamp.path_code).into()),
            ("SISTCE", "3".into()),
            ("SIUSER", (&stamp.user).into()),
            ("SIUPMJ", (&stamp.date).into()),
            ("SIUPMT", (&stamp.time).into()),
        ],
    );
    for table in ["F98780R", "F98780H"] {
        rows.add(
            table,
            [
                ("OMWOBJID", name.into()),
                ("OMRHASH", hash.into()),
                ("RLS", (&stamp.release).into()),
                ("JDEVERS", (&stamp.path_code).into()),
                ("OMWOT", kind.word().into()),
                ("OMRBLOB", par.to_vec().into()),
                ("OMRUPMJ", (&stamp.date).into()),
                ("OMRUPMT", (&stamp.time).into()),
            ],
        );
    }
    rows
}

/// As in F9860.SIFUNU, where the code of a kind is known; else blank.
fn use_code(object: &Object) -> &'static str {
    match object.kind() {
        ObjectKind::Appl => "164",
        ObjectKind::Ube => "180",
        ObjectKind::Tble => "210",
        ObjectKind::Bsvw => "300",
        ObjectKind::Bsfn => "310",
        ObjectKind::Dstr if object.name.starts_with('T') => "360",
        ObjectKind::Dstr => "320",
        ObjectKind::Gt | ObjectKind::Sbf | ObjectKind::Dd => "",
    }
}

/// Event spec key of a function in C.
const NO_EVENT_RULES: &str = "                                    ";

pub(super) fn functions(rows: &mut Rows, object: &Object, functions: &Functions) {
    for function in &functions.functions {
        rows.add(
            "F9862",
            [
                ("SIOBNM", (&object.name).into()),
                ("SIFCTNM", (&function.name).into()),
                ("SIDSTNM", (&function.data_structure).into()),
                ("SIEVSK", NO_EVENT_RULES.into()),
                ("SIMD", (&function.description).into()),
            ],
        );
    }
    related(rows, object, ObjectKind::Dstr, functions.functions.iter().map(|function| &function.data_structure));
}

pub(super) fn view(rows: &mut Rows, object: &Object, view: &View) {
    related(rows, object, ObjectKind::Tble, view.tables.iter().map(|table| &table.name));
}

fn related<'a>(rows: &mut Rows, object: &Object, kind: ObjectKind, names: impl Iterator<Item = &'a String>) {
    for name in names.collect::<BTreeSet<_>>() {
        rows.add("F9863", [("SIOBNM", (&object.name).into()), ("SIFUNO", kind.word().into()), ("SIOBNMRL", name.into())]);
    }
}

pub(super) fn forms(rows: &mut Rows, object: &Object, application: &Application) {
    for form in &application.forms {
        rows.add(
            "F9865",
            [
                ("SWFMNM", (&form.name).into()),
                ("SWMD", (&form.title).into()),
                ("SWFMPT", form.kind.code().into()),
                ("SWENTRYPT", if form.entry { "Y" } else { "N" }.into()),
                ("SWOBNM", (&object.name).into()),
                ("SWSY", (&object.system).into()),
            ],
        );
    }
}

pub(super) fn dictionary(rows: &mut Rows, object: &Object, dictionary: &DictionaryText) {
    let head = |rows: &mut Rows, id: &str, group: &str, description: &str| {
        rows.add(
            "F9200",
            [
                ("FRDTAI", id.into()),
                ("FRSY", (&dictionary.system).into()),
                ("FRGG", group.into()),
                ("FRDSCR", description.into()),
                ("FROBNM", (&object.name).into()),
            ],
        );
    };
    for item in &dictionary.items {
        head(rows, &item.alias, "D", &item.description);
        rows.add(
            "F9210",
            [
                ("FRDTAI", (&item.alias).into()),
                ("FROWTP", item.item_type.evdt().to_string().into()),
                ("FRDTAS", i64::from(item.size).into()),
                ("FRDTAD", i64::from(item.decimals).into()),
                ("FRCLDS", (&item.description).into()),
                ("FROWDI", (&item.name).into()),
            ],
        );
    }
    for message in &dictionary.messages {
        head(rows, &message.id, "E", &message.text);
        let severity = match message.severity {
            Severity::Error => "1",
            Severity::Warning => "2",
        };
        rows.add("F9210", [("FRDTAI", (&message.id).into()), ("FRCLDS", message.severity.word().into()), ("FRERRL", severity.into())]);
    }
}
