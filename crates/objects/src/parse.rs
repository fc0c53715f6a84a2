//! Makes an [`Object`] of an object's text, or the list of everything that is wrong with it.
//!
//! It looks at one object alone: whether what the object names exists is for `validate`.

use crate::complaint::{Complaint, shown};
use crate::dictionary::parse_dictionary;
use crate::headers::tokens;
use crate::kind::{DICTIONARY_FILE, OBJECT_FILE, ObjectKind, ObjectText};
use crate::layout::MEMBERS_MAX;
use crate::names;
use crate::object::{Content, Function, Functions, Location, Member, Object, Service};
use crate::sheet::{self, Part, Word};
use std::collections::BTreeMap;

mod screens;
mod tables;

const FILES_MAX: usize = 10_000;
const TEXT_BYTES_MAX: usize = 256 << 20;

impl Word for ObjectKind {
    // A dictionary is no folder with an object.toml, so DD is not among the words.
    const WORDS: &'static [(&'static str, ObjectKind)] = &[
        ("BSFN", ObjectKind::Bsfn),
        ("DSTR", ObjectKind::Dstr),
        ("TBLE", ObjectKind::Tble),
        ("BSVW", ObjectKind::Bsvw),
        ("APPL", ObjectKind::Appl),
        ("UBE", ObjectKind::Ube),
        ("GT", ObjectKind::Gt),
        ("SBF", ObjectKind::Sbf),
    ];
}

/// Reads one object. On failure the list holds every error, sorted by file and line.
pub fn parse(text: &ObjectText) -> Result<Object, Vec<Complaint>> {
    let bytes: usize = text.files.values().map(Vec::len).sum();
    if text.files.len() > FILES_MAX || bytes > TEXT_BYTES_MAX {
        let message =
            format!("the object has {} files of {bytes} bytes, and at most {FILES_MAX} of {TEXT_BYTES_MAX} are read", text.files.len());
        return Err(vec![Complaint::new(OBJECT_FILE, None, message)]);
    }
    match (text.files.get(OBJECT_FILE), text.files.get(DICTIONARY_FILE)) {
        (Some(file), None) => read_object(file, text),
        (None, Some(file)) => read_dictionary(file, text),
        (Some(_), Some(_)) => {
            let complaint = Complaint::new(DICTIONARY_FILE, None, "lies beside an object.toml, and an object is one or the other");
            Err(vec![complaint.hint("move the dictionary out of the object's folder")])
        }
        (None, None) => Err(vec![Complaint::new(OBJECT_FILE, None, "is missing").hint("every object's folder holds an object.toml")]),
    }
}

fn read_dictionary(file: &[u8], text: &ObjectText) -> Result<Object, Vec<Complaint>> {
    let dictionary = parse_dictionary(file)?;
    let system = dictionary.system.clone();
    let description = format!("Data dictionary of system {system}");
    let object = Object { name: format!("DD{system}"), description, system, content: Content::Dd(dictionary) };
    let complaints = check_files(&object, text);
    if complaints.is_empty() { Ok(object) } else { Err(complaints) }
}

fn read_object(file: &[u8], text: &ObjectText) -> Result<Object, Vec<Complaint>> {
    let object = sheet::read(OBJECT_FILE, file, |root| {
        let head = root.part("object", &["name", "kind", "description", "system"])?;
        let name = head.text("name", &names::OBJECT);
        let description = head.text("description", &names::TEXT_60);
        let system = head.text("system", &names::SYSTEM);
        // Without a kind there is no telling which tables belong to it.
        let kind: ObjectKind = head.known_word("kind")?;
        let content = read_content(root, kind, &name, text);
        let object = Object { name, description, system, content };
        // What the folder should hold follows from the name, so it is not judged by a wrong one.
        if !object.name.is_empty() {
            check_files(&object, text).into_iter().for_each(|complaint| root.pass_on(complaint));
        }
        Some(object)
    })?;
    Ok(object.expect("an object that was not read was complained about"))
}

fn read_content(root: &Part<'_>, kind: ObjectKind, name: &str, text: &ObjectText) -> Content {
    match kind {
        ObjectKind::Bsfn => {
            root.allow(&["object", "bsfn", "function"]);
            Content::Bsfn(read_functions(root, name, text))
        }
        ObjectKind::Dstr => {
            root.allow(&["object", "member"]);
            if !name.is_empty() && !names::is_data_structure(name) {
                let hint = "rename it, with D for a business function's structure and T for processing options";
                root.complain(
                    root.line,
                    format!("a data structure is named D or T and digits, and this is {}", shown(name)),
                    Some(hint.into()),
                );
            }
            Content::Dstr(read_members(root))
        }
        ObjectKind::Gt => {
            root.allow(&["object", "member"]);
            Content::Gt(read_members(root))
        }
        ObjectKind::Tble => Content::Tble(tables::read_table(root)),
        ObjectKind::Bsvw => Content::Bsvw(tables::read_view(root)),
        ObjectKind::Appl => Content::Appl(screens::read_application(root, text)),
        ObjectKind::Ube => Content::Ube(screens::read_report(root)),
        ObjectKind::Sbf => {
            root.allow(&["object", "service"]);
            let service = root.part("service", &["package"]);
            Content::Sbf(Service { package: service.map(|part| part.text("package", &names::JAVA_PACKAGE)).unwrap_or_default() })
        }
        ObjectKind::Dd => unreachable!("DD is not among the words of an object.toml"),
    }
}

/// Complains about a name that a file holds a second time.
struct Once {
    what: &'static str,
    seen: BTreeMap<String, u32>,
}

impl Once {
    fn new(what: &'static str) -> Once {
        Once { what, seen: BTreeMap::new() }
    }

    /// A name that could not be read is empty, and was complained about already.
    fn see(&mut self, part: &Part<'_>, line: u32, name: &str) {
        if name.is_empty() {
            return;
        }
        if let Some(first) = self.seen.insert(name.to_string(), line) {
            part.complain(line, format!("{} {name} stands twice; it was first on line {first}", self.what), None);
        }
    }
}

fn read_functions(root: &Part<'_>, name: &str, text: &ObjectText) -> Functions {
    let head = root.part("bsfn", &["library", "location"]);
    let mut once = Once::new("function");
    let source = text.files.get(&format!("{}.c", name.to_lowercase()));
    let mentioned = source.map(|source| tokens::identifiers(source));
    let function = |part: &Part<'_>| {
        let function = Function {
            line: part.line,
            name: part.text("name", &names::C_NAME),
            data_structure: part.text("data_structure", &names::FUNCTION_STRUCTURE),
            description: part.text("description", &names::TEXT_60),
        };
        once.see(part, part.line, &function.name);
        if !function.name.is_empty() && mentioned.as_ref().is_some_and(|names| !names.contains(function.name.as_bytes())) {
            let file = format!("{}.c", name.to_lowercase());
            let message = format!("function {} is declared here, and {file} does not contain it", function.name);
            part.complain(part.line, message, Some(format!("define {} in {file}, or take it out here", function.name)));
        }
        function
    };
    let functions = root.parts("function", &["name", "data_structure", "description"]).iter().map(function).collect();
    Functions {
        library: head.as_ref().map(|part| part.text("library", &names::LIBRARY)).unwrap_or_default(),
        location: head.map_or(Location::Both, |part| part.word("location")),
        functions,
    }
}

fn read_members(root: &Part<'_>) -> Vec<Member> {
    let parts = root.parts("member", &["id", "name", "item", "direction"]);
    if parts.is_empty() && !root.has("member") {
        root.complain(root.line, "has no [[member]]", Some("a data structure has at least one member".into()));
    }
    if parts.len() > MEMBERS_MAX {
        root.complain(
            parts[MEMBERS_MAX].line,
            format!("a data structure has at most {MEMBERS_MAX} members, and this has {}", parts.len()),
            None,
        );
    }
    let mut once = Once::new("member");
    let mut last = 0;
    let member = |part: &Part<'_>| {
        let member = Member {
            line: part.line,
            id: part.number("id", 1..=9999),
            name: part.text("name", &names::C_NAME),
            item: part.text("item", &names::ALIAS),
            direction: part.word("direction"),
        };
        once.see(part, part.line, &member.name);
        if member.id != 0 && member.id <= last {
            let hint = "number the members from 1, rising";
            part.complain(
                part.line_of("id"),
                format!("id must be greater than {last}, that of the member before, and is {}", member.id),
                Some(hint.into()),
            );
        }
        last = last.max(member.id);
        member
    };
    parts.iter().map(member).collect()
}

/// What the folder holds against what its kind allows and needs.
fn check_files(object: &Object, text: &ObjectText) -> Vec<Complaint> {
    let kind = object.kind();
    let lower = object.name.to_lowercase();
    let (source, header) = (format!("{lower}.c"), format!("{lower}.h"));
    let mut complaints = Vec::new();
    for file in text.files.keys() {
        let allowed = match kind {
            ObjectKind::Dd => file == DICTIONARY_FILE,
            _ if file == OBJECT_FILE => true,
            ObjectKind::Bsfn => *file == source || *file == header,
            ObjectKind::Dstr | ObjectKind::Tble | ObjectKind::Bsvw => *file == header,
            ObjectKind::Appl | ObjectKind::Gt => file.strip_prefix("res/").is_some_and(names::is_file_name),
            ObjectKind::Sbf => file.starts_with("java/") && file.ends_with(".java") && file.split('/').all(names::is_file_name),
            ObjectKind::Ube => false,
        };
        if !allowed {
            let complaint = Complaint::new(shown(file).trim_matches('"'), None, format!("does not belong to {}", kind.about()));
            complaints.push(complaint.hint(format!("{}, or take the file away", files_of(kind, &lower))));
        }
    }
    let has = |file: &str| text.files.contains_key(file);
    match &object.content {
        Content::Bsfn(functions) => {
            if let Some(first) = functions.functions.first().filter(|_| !has(&source)) {
                let message = format!("function {} needs a source, and {source} is missing", first.name);
                complaints.push(Complaint::new(OBJECT_FILE, first.line, message).hint(format!("add {source}, or take the functions out")));
            } else if !has(&source) && !has(&header) {
                complaints.push(Complaint::new(OBJECT_FILE, None, format!("a BSFN needs {source}, {header} or both, and has neither")));
            }
        }
        Content::Sbf(_) if !text.files.keys().any(|file| file.ends_with(".java")) => {
            complaints.push(Complaint::new(OBJECT_FILE, None, "a business service needs Java sources, and java/ has none"));
        }
        _ => {}
    }
    complaints
}

fn files_of(kind: ObjectKind, lower: &str) -> String {
    match kind {
        ObjectKind::Bsfn => format!("its sources are {lower}.c and {lower}.h"),
        ObjectKind::Dstr | ObjectKind::Tble | ObjectKind::Bsvw => format!("its one source is {lower}.h"),
        ObjectKind::Appl | ObjectKind::Gt => "its images lie in res/".to_string(),
        ObjectKind::Sbf => "its sources are .java files in java/".to_string(),
        ObjectKind::Ube | ObjectKind::Dd => "it has no other files".to_string(),
    }
}
