//! Writes the header of a table, a business view or a data structure. The same object always gives the same text, and a `NID_` macro the
//! same line in every header, so that the compiler accepts its repetition.

use crate::context::{Context, Unresolved};
use crate::dictionary::Item;
use crate::layout::{Layout, aligned};
use crate::object::{Content, Mention, Object, TableText, View, column_member};
use std::fmt::Write;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derived {
    /// The object's name in lower case and `.h`.
    pub file: String,
    pub text: String,
}

/// The header of a table, view or data structure; none for other kinds.
pub fn derived(object: &Object, context: &Context) -> Result<Option<Derived>, Unresolved> {
    let name = &object.name;
    let (guard, body) = match &object.content {
        Content::Tble(table) => (format!("TABLE_{name}"), table_body(name, table, context)?),
        Content::Bsvw(view) => (format!("VIEW_{name}"), view_body(name, view, context)?),
        Content::Dstr(members) => (format!("DATASTRUCTURE_{name}"), structure_body(&Layout::resolve(name, members, context)?)),
        _ => return Ok(None),
    };
    let text = format!(
        "/* {name}: {}. Derived from the object; do not change. */\n#ifndef {guard}\n#define {guard}\n\n{body}\n#endif\n",
        comment(&object.description)
    );
    Ok(Some(Derived { file: format!("{}.h", name.to_lowercase()), text }))
}

/// A text that cannot end the comment it stands in.
fn comment(text: &str) -> String {
    text.replace("*/", "* /").replace("/*", "/ *").trim_end_matches('.').to_string()
}

/// A `typedef struct` whose members are written one a line with their offsets.
struct Struct {
    text: String,
    offset: u32,
}

impl Struct {
    fn new(name: &str) -> Struct {
        Struct { text: format!("typedef struct tag{name}\n{{\n"), offset: 0 }
    }

    fn member(&mut self, name: &str, item: &Item) {
        let array = item.item_type.c_array(item.size).map(|elements| format!("[{elements}]")).unwrap_or_default();
        self.offset = aligned(self.offset, item.item_type.align());
        let declaration = format!("{:<12} {name}{array};", item.item_type.c_type());
        writeln!(self.text, "    {declaration:<44} /* {}: {} */", self.offset, comment(&item.description)).expect("text grows");
        self.offset += item.item_type.bytes(item.size);
    }

    fn finish(self, name: &str) -> String {
        format!("{}}} {name}, *LP{name};\n", self.text)
    }
}

fn nid(name: &str) -> String {
    format!("#define NID_{name} _J(\"{name}\")\n")
}

fn table_body(name: &str, table: &TableText, context: &Context) -> Result<String, Unresolved> {
    let write_struct = |struct_name: &str, columns: &[Mention]| {
        let mut text = Struct::new(struct_name);
        for column in columns {
            text.member(&column_member(&table.prefix, &column.name), context.item(name, &column.name)?);
        }
        Ok(text.finish(struct_name))
    };
    let mut body = nid(name);
    table.columns.iter().for_each(|column| body.push_str(&nid(&column.name)));
    body.push('\n');
    body.push_str(&write_struct(name, &table.columns)?);
    for (number, index) in (1..).zip(&table.indexes) {
        let key = write_struct(&format!("KEY{number}_{name}"), &index.columns)?;
        write!(body, "\n/* Index {number}: {} */\n#define ID_{name}_{} {number}\n\n{key}", comment(&index.name), index.macro_name())
            .expect("text grows");
    }
    Ok(body)
}

fn view_body(name: &str, view: &View, context: &Context) -> Result<String, Unresolved> {
    let mut body = nid(name);
    for (position, column) in view.columns.iter().enumerate() {
        // Two tables may bring the same item; one macro will do.
        if !view.columns[..position].iter().any(|earlier| earlier.item == column.item) {
            body.push_str(&nid(&column.item));
        }
    }
    let struct_name = format!("BV{name}");
    let mut text = Struct::new(&struct_name);
    for column in &view.columns {
        let table = context.table(name, &column.table)?;
        text.member(&column_member(&table.prefix, &column.item), context.item(name, &column.item)?);
    }
    Ok(format!("{body}\n{}", text.finish(&struct_name)))
}

fn structure_body(layout: &Layout) -> String {
    let struct_name = format!("DS{}", layout.name);
    let mut body = format!("typedef struct tag{struct_name}\n{{\n");
    for member in &layout.members {
        let array = member.item_type.c_array(member.size).map(|elements| format!("[{elements}]")).unwrap_or_default();
        writeln!(body, "    {:<12} {}{array};", member.item_type.c_type(), member.name).expect("text grows");
    }
    writeln!(body, "}} {struct_name}, *LP{struct_name};\n").expect("text grows");
    for member in &layout.members {
        writeln!(body, "#define IDERR{}_{} {}L", member.name, member.id, member.id).expect("text grows");
    }
    body
}
