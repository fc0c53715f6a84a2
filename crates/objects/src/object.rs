//! What an object says of itself, as typed values. Every part remembers the line it stands on, for complaints that only show when
//! objects are looked at together.
//!
//! It does not know how the text was read, nor whether what it names exists.

use crate::context::TableShape;
use crate::dictionary::DictionaryText;
use crate::kind::ObjectKind;
use crate::sheet::Word;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug)]
pub struct Object {
    pub name: String,
    pub description: String,
    /// System code.
    pub system: String,
    pub content: Content,
}

#[derive(Clone, Debug)]
pub enum Content {
    Bsfn(Functions),
    Dstr(Vec<Member>),
    Tble(TableText),
    Bsvw(View),
    Appl(Application),
    Ube(Report),
    Gt(Vec<Member>),
    Sbf(Service),
    Dd(DictionaryText),
}

impl Object {
    pub fn kind(&self) -> ObjectKind {
        match self.content {
            Content::Bsfn(_) => ObjectKind::Bsfn,
            Content::Dstr(_) => ObjectKind::Dstr,
            Content::Tble(_) => ObjectKind::Tble,
            Content::Bsvw(_) => ObjectKind::Bsvw,
            Content::Appl(_) => ObjectKind::Appl,
            Content::Ube(_) => ObjectKind::Ube,
            Content::Gt(_) => ObjectKind::Gt,
            Content::Sbf(_) => ObjectKind::Sbf,
            Content::Dd(_) => ObjectKind::Dd,
        }
    }
}

/// A BSFN object: one C source, or a header only.
#[derive(Clone, Debug)]
pub struct Functions {
    /// Parent library.
    pub library: String,
    pub location: Location,
    pub functions: Vec<Function>,
}

#[derive(Clone, Debug)]
pub struct Function {
    pub line: u32,
    pub name: String,
    pub data_structure: String,
    pub description: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Location {
    Client,
    Server,
    Both,
}

impl Location {
    /// As in F9860.SICATO.
    pub fn code(self) -> &'static str {
        match self {
            Location::Client => "1",
            Location::Server => "2",
            Location::Both => "3",
        }
    }
}

impl Word for Location {
    const WORDS: &'static [(&'static str, Location)] =
        &[("client", Location::Client), ("server", Location::Server), ("both", Location::Both)];
}

#[derive(Clone, Debug)]
pub struct Member {
    pub line: u32,
    pub id: u32,
    pub name: String,
    /// Data item.
    pub item: String,
    pub direction: Direction,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    In,
    Out,
    Both,
    None,
}

impl Word for Direction {
    const WORDS: &'static [(&'static str, Direction)] =
        &[("in", Direction::In), ("out", Direction::Out), ("both", Direction::Both), ("none", Direction::None)];
}

/// A name and the line it stands on.
#[derive(Clone, Debug)]
pub struct Mention {
    pub line: u32,
    pub name: String,
}

#[derive(Clone, Debug)]
pub struct TableText {
    pub prefix: String,
    /// Data items, in order.
    pub columns: Vec<Mention>,
    pub indexes: Vec<Index>,
}

impl TableText {
    /// What others need to know of the table.
    pub fn shape(&self) -> TableShape {
        TableShape { prefix: self.prefix.clone(), columns: self.columns.iter().map(|column| column.name.clone()).collect() }
    }
}

/// The name of a column in C: prefix and data item in lower case.
pub fn column_member(prefix: &str, item: &str) -> String {
    format!("{prefix}{item}").to_lowercase()
}

#[derive(Clone, Debug)]
pub struct Index {
    pub line: u32,
    pub name: String,
    pub unique: bool,
    pub columns: Vec<Mention>,
}

impl Index {
    /// The description as it stands in `ID_<table>_<description>`: capitals, one `_` for each other character, cut after 20.
    pub fn macro_name(&self) -> String {
        const MACRO_CHARACTERS_MAX: usize = 20;
        let spelled = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
        self.name.chars().map(spelled).take(MACRO_CHARACTERS_MAX).collect()
    }
}

#[derive(Clone, Debug)]
pub struct View {
    /// The first is the primary table.
    pub tables: Vec<Mention>,
    pub joins: Vec<Join>,
    pub columns: Vec<TableColumn>,
}

/// One column of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableColumn {
    pub line: u32,
    pub table: String,
    pub item: String,
}

#[derive(Clone, Debug)]
pub struct Join {
    pub line: u32,
    pub left: TableColumn,
    pub right: TableColumn,
    pub kind: JoinKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinKind {
    Inner,
    Left,
    Right,
}

impl Word for JoinKind {
    const WORDS: &'static [(&'static str, JoinKind)] = &[("inner", JoinKind::Inner), ("left", JoinKind::Left), ("right", JoinKind::Right)];
}

#[derive(Clone, Debug)]
pub struct Application {
    pub forms: Vec<Form>,
    pub controls: Vec<Control>,
}

#[derive(Clone, Debug)]
pub struct Form {
    pub line: u32,
    pub name: String,
    pub kind: FormKind,
    pub title: String,
    pub view: Option<String>,
    pub entry: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormKind {
    FindBrowse,
    FixInspect,
    Headerless,
    HeaderDetail,
    SearchSelect,
    ParentChild,
    Message,
    Power,
}

impl FormKind {
    /// As in F9865.SWFMPT; FI, BR and MB are the ERP's, the others ours in their manner.
    pub fn code(self) -> &'static str {
        match self {
            FormKind::FindBrowse => "BR",
            FormKind::FixInspect => "FI",
            FormKind::Headerless => "HL",
            FormKind::HeaderDetail => "HD",
            FormKind::SearchSelect => "SS",
            FormKind::ParentChild => "PC",
            FormKind::Message => "MB",
            FormKind::Power => "PW",
        }
    }
}

impl Word for FormKind {
    const WORDS: &'static [(&'static str, FormKind)] = &[
        ("find_browse", FormKind::FindBrowse),
        ("fix_inspect", FormKind::FixInspect),
        ("headerless", FormKind::Headerless),
        ("header_detail", FormKind::HeaderDetail),
        ("search_select", FormKind::SearchSelect),
        ("parent_child", FormKind::ParentChild),
        ("message", FormKind::Message),
        ("power", FormKind::Power),
    ];
}

#[derive(Clone, Debug)]
pub struct Control {
    pub line: u32,
    pub form: String,
    pub id: u32,
    pub kind: ControlKind,
    pub item: Option<String>,
    pub text: Option<String>,
    /// A file in `res/`.
    pub image: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControlKind {
    Field,
    Grid,
    GridColumn,
    Button,
    Text,
    Image,
    CheckBox,
    Tab,
}

impl Word for ControlKind {
    const WORDS: &'static [(&'static str, ControlKind)] = &[
        ("field", ControlKind::Field),
        ("grid", ControlKind::Grid),
        ("grid_column", ControlKind::GridColumn),
        ("button", ControlKind::Button),
        ("text", ControlKind::Text),
        ("image", ControlKind::Image),
        ("check_box", ControlKind::CheckBox),
        ("tab", ControlKind::Tab),
    ];
}

#[derive(Clone, Debug)]
pub struct Report {
    pub title: String,
    pub view: Option<Mention>,
    /// Data structure of the processing options.
    pub options: Option<Mention>,
    pub sections: Vec<Section>,
    pub calls: Vec<Call>,
    pub versions: Vec<Version>,
}

#[derive(Clone, Debug)]
pub struct Section {
    pub line: u32,
    pub id: u32,
    pub name: String,
    pub kind: SectionKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SectionKind {
    Columnar,
    Group,
    Tabular,
    LevelBreakHeader,
    Total,
}

impl Word for SectionKind {
    const WORDS: &'static [(&'static str, SectionKind)] = &[
        ("columnar", SectionKind::Columnar),
        ("group", SectionKind::Group),
        ("tabular", SectionKind::Tabular),
        ("level_break_header", SectionKind::LevelBreakHeader),
        ("total", SectionKind::Total),
    ];
}

/// One function call of a report; the first call is call 1.
#[derive(Clone, Debug)]
pub struct Call {
    pub line: u32,
    pub function: String,
    pub values: Vec<MemberValue>,
}

#[derive(Clone, Debug)]
pub struct MemberValue {
    pub line: u32,
    pub member: String,
    pub value: serde_json::Value,
}

impl MemberValue {
    /// Call and member from which the value is taken, where it is written as `=1.mnTotal`.
    pub fn taken_from(&self) -> Option<(&str, &str)> {
        self.value.as_str()?.strip_prefix('=')?.split_once('.')
    }
}

#[derive(Clone, Debug)]
pub struct Version {
    pub line: u32,
    pub name: String,
    pub title: String,
    /// Call number and what replaces the report's value there.
    pub values: Vec<(u32, MemberValue)>,
}

#[derive(Clone, Debug)]
pub struct Service {
    pub package: String,
}
