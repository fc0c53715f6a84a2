//! Rows of the 17 spec tables. F98740, F98741 and F98745 stay empty: event rules and smart fields have no text form.

use super::Rows;
use crate::context::{Context, Unresolved};
use crate::dictionary::Item;
use crate::layout::Layout;
use crate::object::{Application, Functions, Member, MemberValue, Object, Report, TableText, View, column_member};
use crate::sheet::Word;
use engine::value::Value;
use serde_json::{Map, json};

fn blob(content: serde_json::Value) -> Value {
    content.to_string().into()
}

fn number(number: usize) -> Value {
    Value::Integer(i64::try_from(number).expect("counts of one file are small"))
}

pub(super) fn functions(rows: &mut Rows, object: &Object, functions: &Functions) {
    for (position, function) in functions.functions.iter().enumerate() {
        rows.add("F98762", [
            ("OBNM", (&object.name).into()), ("FNNM", (&function.name).into()), ("SRCFNM", object.name.to_lowercase().into()),
            ("DSTNM", (&function.data_structure).into()),
            ("SPECBLOB", blob(json!({
                "library": functions.library, "location": functions.location, "description": function.description, "ordinal": position + 1,
            }))),
        ]);
    }
}

fn layout(rows: &mut Rows, object: &Object, structure_type: &str, members: &[Member], context: &Context) -> Result<(), Unresolved> {
    let layout = Layout::resolve(&object.name, members, context)?;
    rows.add("F98743", [("OBNM", (&object.name).into()), ("DSTYPE", structure_type.into()), ("SPECBLOB", layout.to_spec().into())]);
    Ok(())
}

pub(super) fn media_object(rows: &mut Rows, object: &Object, members: &[Member], context: &Context) -> Result<(), Unresolved> {
    layout(rows, object, "GT", members, context)
}

pub(super) fn data_structure(rows: &mut Rows, object: &Object, members: &[Member], context: &Context) -> Result<(), Unresolved> {
    if !object.name.starts_with('T') {
        return layout(rows, object, "BSFN", members, context);
    }
    layout(rows, object, "PO", members, context)?;
    for member in members {
        rows.add(
            "F98306",
            [
                ("OBNM", (&object.name).into()),
                ("PTITNUM", format!("{:04}", member.id).into()),
                ("PTSQNUM", Value::Integer(1)),
                ("PTPOTX", (&context.item(&object.name, &member.item)?.description).into()),
                ("SPECBLOB", blob(json!({ "member": member.name, "item": member.item }))),
            ],
        );
    }
    Ok(())
}

/// A column or control with the type that the dictionary gives it.
fn typed(item: &Item) -> serde_json::Value {
    json!({ "item": item.alias, "item_type": item.item_type, "size": item.size, "decimals": item.decimals, "description": item.description })
}

fn joined(mut content: serde_json::Value, more: serde_json::Value) -> serde_json::Value {
    if let (Some(content), serde_json::Value::Object(more)) = (content.as_object_mut(), more) {
        content.extend(more);
    }
    content
}

pub(super) fn table(rows: &mut Rows, object: &Object, table: &TableText, context: &Context) -> Result<(), Unresolved> {
    let name = &object.name;
    rows.add(
        "F98710",
        [
            ("OBNM", name.into()),
            ("THSIPFX", (&table.prefix).into()),
            ("THCOLCNT", number(table.columns.len())),
            ("SPECBLOB", blob(json!({ "description": object.description }))),
        ],
    );
    for (position, column) in table.columns.iter().enumerate() {
        let content = joined(json!({ "member": column_member(&table.prefix, &column.name) }), typed(context.item(name, &column.name)?));
        rows.add(
            "F98711",
            [
                ("OBNM", name.into()),
                ("TDPSEQ", number(position + 1)),
                ("TDOBND", (&column.name).into()),
                ("TDSQLC", format!("{}{}", table.prefix, column.name).into()),
                ("SPECBLOB", blob(content)),
            ],
        );
    }
    for (index_number, index) in (1..).zip(&table.indexes) {
        let macro_name = format!("ID_{name}_{}", index.macro_name());
        rows.add(
            "F98712",
            [
                ("OBNM", name.into()),
                ("TPINID", number(index_number)),
                ("TPDESC", (&index.name).into()),
                ("TPUNIQ", index.unique.into()),
                ("SPECBLOB", blob(json!({ "macro": macro_name }))),
            ],
        );
        for (position, column) in index.columns.iter().enumerate() {
            rows.add(
                "F98713",
                [
                    ("OBNM", name.into()),
                    ("TKINID", number(index_number)),
                    ("TKKSEQ", number(position + 1)),
                    ("TKOBND", (&column.name).into()),
                    ("SPECBLOB", blob(json!({}))),
                ],
            );
        }
    }
    Ok(())
}

pub(super) fn view(rows: &mut Rows, object: &Object, view: &View, context: &Context) -> Result<(), Unresolved> {
    let name = &object.name;
    let mut columns = Vec::new();
    for column in &view.columns {
        let member = column_member(&context.table(name, &column.table)?.prefix, &column.item);
        columns.push(joined(json!({ "table": column.table, "member": member }), typed(context.item(name, &column.item)?)));
    }
    let side = |column: &crate::object::TableColumn| format!("{}.{}", column.table, column.item);
    let joins: Vec<_> =
        view.joins.iter().map(|join| json!({ "left": side(&join.left), "right": side(&join.right), "kind": join.kind.word() })).collect();
    let tables: Vec<_> = view.tables.iter().map(|table| &table.name).collect();
    rows.add("F98720", [("OBNM", name.into()), ("SPECBLOB", blob(json!({ "tables": tables, "joins": joins, "columns": columns })))]);
    Ok(())
}

pub(super) fn application(rows: &mut Rows, object: &Object, application: &Application, context: &Context) -> Result<(), Unresolved> {
    let name = &object.name;
    let forms: Vec<_> = application.forms.iter().map(|form| &form.name).collect();
    rows.add("F98752", [("OBNM", name.into()), ("SPECBLOB", blob(json!({ "description": object.description, "forms": forms })))]);
    let text = |rows: &mut Rows, form: &str, id: u32, text: &str| {
        rows.add(
            "F98750",
            [
                ("OBNM", name.into()),
                ("FMNM", form.into()),
                ("TEXTID", i64::from(id).into()),
                ("FDTEXT", text.into()),
                ("SPECBLOB", blob(json!({}))),
            ],
        );
    };
    for form in &application.forms {
        let content = json!({ "kind": form.kind.word(), "title": form.title, "view": form.view, "entry": form.entry });
        rows.add("F98753", [("OBNM", name.into()), ("FMNM", (&form.name).into()), ("SPECBLOB", blob(content))]);
        text(rows, &form.name, 0, &form.title);
    }
    for control in &application.controls {
        let mut content = json!({ "text": control.text, "image": control.image });
        if let Some(item) = &control.item {
            content = joined(content, typed(context.item(name, item)?));
        }
        rows.add(
            "F98751",
            [
                ("OBNM", name.into()),
                ("FMNM", (&control.form).into()),
                ("CTRLID", i64::from(control.id).into()),
                ("CTRLTYPE", control.kind.word().into()),
                ("SPECBLOB", blob(content)),
            ],
        );
        if let Some(shown) = &control.text {
            text(rows, &control.form, control.id, shown);
        }
    }
    Ok(())
}

/// The row of kind VERSION with a blank version is the report's own.
pub(super) fn report(rows: &mut Rows, object: &Object, report: &Report) {
    let name = &object.name;
    let detail = |rows: &mut Rows, version: &str, row_type: &str, position: i64, content: serde_json::Value| {
        rows.add(
            "F98761",
            [
                ("OBNM", name.into()),
                ("VERS", version.into()),
                ("SECTID", position.into()),
                ("RDTYPE", row_type.into()),
                ("SPECBLOB", blob(content)),
            ],
        );
    };
    let text = |rows: &mut Rows, version: &str, id: i64, text: &str| {
        rows.add(
            "F98760",
            [
                ("OBNM", name.into()),
                ("VERS", version.into()),
                ("TEXTID", id.into()),
                ("RDTEXT", text.into()),
                ("SPECBLOB", blob(json!({}))),
            ],
        );
    };
    let view = report.view.as_ref().map(|view| &view.name);
    let options = report.options.as_ref().map(|options| &options.name);
    detail(rows, "", "VERSION", 0, json!({ "title": report.title, "view": view, "options": options }));
    text(rows, "", 0, &report.title);
    for section in &report.sections {
        detail(rows, "", "SECTION", section.id.into(), json!({ "name": section.name, "kind": section.kind.word() }));
        text(rows, "", section.id.into(), &section.name);
    }
    for (position, call) in (1..).zip(&report.calls) {
        detail(rows, "", "CALL", position, json!({ "function": call.function, "values": values(call.values.iter()) }));
    }
    for version in &report.versions {
        let replaced: Vec<_> =
            version.values.iter().map(|(call, value)| json!({ "call": call, "member": value.member, "value": value.value })).collect();
        detail(rows, &version.name, "VERSION", 0, json!({ "title": version.title, "values": replaced }));
        text(rows, &version.name, 0, &version.title);
    }
}

fn values<'a>(values: impl Iterator<Item = &'a MemberValue>) -> Map<String, serde_json::Value> {
    values.map(|value| (value.member.clone(), value.value.clone())).collect()
}
