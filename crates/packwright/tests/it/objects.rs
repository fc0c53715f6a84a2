//! Small objects that tests write themselves. It does not know the sample.

use crate::enterprise::Enterprise;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// A folder of objects with a dictionary: NUMB is a number, LINE a short text, LONG a long one.
pub struct Objects {
    pub folder: PathBuf,
}

const DICTIONARY: &str = r#"system = "55"
[[item]]
alias = "NUMB"
name = "Number"
description = "Number"
type = "numeric"
size = 20
decimals = 2
[[item]]
alias = "LINE"
name = "Line"
description = "Line"
type = "string"
size = 250
[[item]]
alias = "LONG"
name = "LongText"
description = "Long text"
type = "string"
size = 20000
"#;

impl Objects {
    pub fn new(folder: PathBuf) -> Objects {
        fs::create_dir_all(&folder).expect("the folder can be made");
        fs::write(folder.join("dictionary.toml"), DICTIONARY).expect("a dictionary can be written");
        Objects { folder }
    }

    /// F55Twice in library CONE and F55Thrice in library CTWO.
    pub fn two_libraries(enterprise: &Enterprise) -> Objects {
        let objects = Objects::new(enterprise.beside("objects"));
        objects.structure("D5500001", &[("mnValue", "NUMB"), ("mnResult", "NUMB")]);
        objects.function("B5500001", "CONE", "F55Twice", "D5500001", TWICE);
        objects.function("B5500002", "CTWO", "F55Thrice", "D5500001", &times(3));
        objects
    }

    /// A file of an object; the kind is the name of the folder that holds it.
    pub fn write(&self, kind: &str, object: &str, file: &str, text: &str) {
        let folder = self.folder.join(kind).join(object);
        fs::create_dir_all(&folder).expect("an object's folder can be made");
        fs::write(folder.join(file), text).expect("an object's file can be written");
    }

    pub fn structure(&self, name: &str, members: &[(&str, &str)]) {
        let mut text = head(name, "DSTR");
        for (position, (member, item)) in members.iter().enumerate() {
            write!(text, "[[member]]\nid = {}\nname = \"{member}\"\nitem = \"{item}\"\ndirection = \"both\"\n", position + 1)
                .expect("a text takes all");
        }
        self.write("DSTR", name, "object.toml", &text);
    }

    /// A business function with this body; what it returns stands behind it.
    pub fn function(&self, object: &str, library: &str, name: &str, structure: &str, body: &str) {
        let header = structure.to_lowercase();
        let source = format!(
            "#include <jde.h>\n#include <{header}.h>\n\nID {name}(LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDS{structure} lpDS)\n{{\n   {body}\n   return ER_SUCCESS;\n}}\n"
        );
        self.source(object, library, Some((name, structure)), &source);
    }

    /// A source of the BSFN kind, with a business function in it or none.
    pub fn source(&self, object: &str, library: &str, function: Option<(&str, &str)>, source: &str) {
        self.write("BSFN", object, "object.toml", &library_object(object, library, function));
        self.write("BSFN", object, &format!("{}.c", object.to_lowercase()), source);
    }

    /// A header that is no function's.
    pub fn header(&self, object: &str, library: &str, text: &str) {
        self.write("BSFN", object, "object.toml", &library_object(object, library, None));
        self.write("BSFN", object, &format!("{}.h", object.to_lowercase()), text);
    }

    /// A report with version XJDE0001 that calls functions with these values, written in TOML.
    pub fn report(&self, name: &str, calls: &[(&str, &str)]) {
        let mut text = head(name, "UBE") + "[report]\ntitle = \"Test\"\n[[section]]\nid = 1\nname = \"All\"\nkind = \"columnar\"\n";
        for (function, values) in calls {
            write!(text, "[[call]]\nfunction = \"{function}\"\nvalues = {{ {values} }}\n").expect("a text takes all");
        }
        self.write("UBE", name, "object.toml", &(text + "[[version]]\nname = \"XJDE0001\"\ntitle = \"All\"\n"));
    }

    pub fn remove(&self, kind: &str, object: &str) {
        fs::remove_dir_all(self.folder.join(kind).join(object)).expect("the object is there");
    }

    pub fn path(&self) -> &Path {
        &self.folder
    }
}

pub const TWICE: &str = "MathAdd(&lpDS->mnResult, &lpDS->mnValue, &lpDS->mnValue);";

/// A body that multiplies.
pub fn times(factor: u32) -> String {
    format!(
        "MATH_NUMERIC mnFactor;\n   IntToMathNumeric({factor}, &mnFactor);\n   MathMultiply(&lpDS->mnResult, &lpDS->mnValue, &mnFactor);"
    )
}

fn head(name: &str, kind: &str) -> String {
    format!("[object]\nname = \"{name}\"\nkind = \"{kind}\"\ndescription = \"Test\"\nsystem = \"55\"\n")
}

fn library_object(object: &str, library: &str, function: Option<(&str, &str)>) -> String {
    let function = function.map_or(String::new(), |(name, structure)| {
        format!("[[function]]\nname = \"{name}\"\ndata_structure = \"{structure}\"\ndescription = \"Test\"\n")
    });
    format!("{}[bsfn]\nlibrary = \"{library}\"\nlocation = \"both\"\n{function}", head(object, "BSFN"))
}
