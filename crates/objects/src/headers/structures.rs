//! Finds the data structures that a header declares, `typedef struct … { … } DSD5500010, *LPDSD5500010;`, and compares one with the
//! data structure of that name. A C function reads memory as its header says, and the caller fills it as the data structure says.
//!
//! It does not expand macros and takes no part in conditional compilation: a structure that stands twice is found twice.

use super::tokens::{Directives, Kind, Token, tokens};
use crate::complaint::Complaint;
use crate::dictionary::ItemType;
use crate::layout::{Layout, LayoutMember};
use crate::names;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CStruct {
    /// The data structure: `D5500010`, where C says `DSD5500010`.
    pub name: String,
    pub line: u32,
    pub members: Vec<CMember>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CMember {
    pub line: u32,
    pub name: String,
    /// Words of the type and its stars, with single blanks: `unsigned short`, `void *`.
    pub c_type: String,
    pub array: Option<ArrayLength>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArrayLength {
    Number(u32),
    /// A macro or an expression that is no sum of numbers, as it is written.
    Written(String),
}

/// No real structure comes near; what is behind is not read.
const MEMBERS_MAX: usize = 10_000;
const STRUCTURES_MAX: usize = 1_000;
/// Per structure; the rest says nothing new.
const COMPLAINTS_MAX: usize = 20;

pub fn data_structures_in(header: &[u8]) -> Vec<CStruct> {
    let all: Vec<Token<'_>> = tokens(header, Directives::Skip).collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < all.len() && found.len() < STRUCTURES_MAX {
        if !(all[at].is("typedef") && all.get(at + 1).is_some_and(|token| token.is("struct"))) {
            at += 1;
            continue;
        }
        let line = all[at].line;
        // A tag may stand before the brace.
        let open = at + 2 + usize::from(all.get(at + 2).is_some_and(|token| token.kind == Kind::Identifier));
        if !all.get(open).is_some_and(|token| token.is("{")) {
            at += 2;
            continue;
        }
        // Behind a brace that never closes nothing can be made out.
        let Some(close) = closing_brace(&all, open) else { break };
        let end = all[close..].iter().position(|token| token.is(";")).map_or(all.len(), |length| close + length);
        if let Some(name) = data_structure_name(&all[close + 1..end]) {
            found.push(CStruct { name, line, members: members(&all[open + 1..close]) });
        }
        at = end;
    }
    found
}

fn closing_brace(all: &[Token<'_>], open: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (at, token) in all.iter().enumerate().skip(open) {
        match token.text {
            b"{" => depth += 1,
            b"}" if depth == 1 => return Some(at),
            b"}" => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The data structure among the names behind the closing brace, pointers left aside.
fn data_structure_name(declarators: &[Token<'_>]) -> Option<String> {
    let names = declarators.split(|token| token.is(",")).filter_map(|declarator| match declarator {
        [token] if token.kind == Kind::Identifier => std::str::from_utf8(token.text).ok(),
        _ => None,
    });
    names.filter_map(|name| name.strip_prefix("DS")).find(|name| names::is_data_structure(name)).map(str::to_string)
}

fn members(body: &[Token<'_>]) -> Vec<CMember> {
    let mut members = Vec::new();
    let mut depth = 0usize;
    let mut start = 0;
    for (at, token) in body.iter().enumerate() {
        match token.text {
            b"{" => depth += 1,
            b"}" => depth = depth.saturating_sub(1),
            b";" if depth == 0 && members.len() < MEMBERS_MAX => {
                declaration(&body[start..at], &mut members);
                start = at + 1;
            }
            _ => {}
        }
    }
    members
}

/// One declaration, which may declare several members: `JCHAR a, *b, c[4]`.
fn declaration(tokens: &[Token<'_>], members: &mut Vec<CMember>) {
    let mut base = String::new();
    for (position, declarator) in tokens.split(|token| token.is(",")).enumerate() {
        let array_at = declarator.iter().position(|token| token.is("[")).unwrap_or(declarator.len());
        let Some(name_at) = declarator[..array_at].iter().rposition(|token| token.kind == Kind::Identifier) else { continue };
        let before = joined(&declarator[..name_at], " ");
        if position == 0 {
            base = before.trim_end_matches(['*', ' ']).to_string();
        }
        let c_type = if position == 0 { before } else { format!("{base} {before}").trim_end().to_string() };
        let name = String::from_utf8_lossy(declarator[name_at].text).into_owned();
        members.push(CMember { line: declarator[name_at].line, name, c_type, array: array_length(&declarator[array_at..]) });
    }
}

fn joined(tokens: &[Token<'_>], between: &str) -> String {
    tokens.iter().map(|token| String::from_utf8_lossy(token.text)).collect::<Vec<_>>().join(between)
}

fn array_length(tokens: &[Token<'_>]) -> Option<ArrayLength> {
    let inner = match tokens {
        [] => return None,
        [_, inner @ .., last] if last.is("]") => inner,
        _ => return Some(ArrayLength::Written(joined(tokens, ""))),
    };
    let mut sum = 0u32;
    for term in inner.split(|token| token.is("+")) {
        let number = match term {
            [token] if token.kind == Kind::Number => std::str::from_utf8(token.text).ok().and_then(|text| text.parse::<u32>().ok()),
            _ => None,
        };
        match number.and_then(|number| sum.checked_add(number)) {
            Some(next) => sum = next,
            None => return Some(ArrayLength::Written(joined(inner, ""))),
        }
    }
    Some(ArrayLength::Number(sum))
}

/// Says where the structure in C differs from the data structure: members, order, names and types. `file` is the header's.
pub fn compare_structure(file: &str, given: &CStruct, layout: &Layout) -> Vec<Complaint> {
    let in_c = format!("DS{}", given.name);
    let mut complaints = Vec::new();
    let mut expected = layout.members.iter();
    let mut order_told = false;
    for member in &given.members {
        let Some(wanted) = layout.member(&member.name) else {
            let message = format!("{in_c} has a member {}, and data structure {} has none of that name", member.name, layout.name);
            complaints.push(Complaint::new(file, member.line, message).hint("take it out here, or add it as a [[member]] there"));
            continue;
        };
        if let Some(complaint) = compare_type(file, &in_c, member, wanted) {
            complaints.push(complaint);
        }
        let next = expected.by_ref().find(|next| given.members.iter().any(|member| member.name == next.name));
        if let Some(next) = next.filter(|next| next.name != member.name && !order_told) {
            order_told = true;
            let message = format!("{in_c} has {} where data structure {} has {}", member.name, layout.name, next.name);
            complaints.push(Complaint::new(file, member.line, message).hint("put the members in the same order"));
        }
    }
    for missing in layout.members.iter().filter(|wanted| !given.members.iter().any(|member| member.name == wanted.name)) {
        let message = format!("{in_c} lacks member {} of data structure {}", missing.name, layout.name);
        complaints.push(Complaint::new(file, given.line, message).hint(format!("declare it: {}", c_member(missing))));
    }
    complaints.truncate(COMPLAINTS_MAX);
    complaints
}

fn compare_type(file: &str, in_c: &str, member: &CMember, wanted: &LayoutMember) -> Option<Complaint> {
    let type_fits = match wanted.item_type {
        ItemType::Short => matches!(member.c_type.as_str(), "short" | "short int"),
        ItemType::Id => matches!(member.c_type.as_str(), "ID" | "GENLNG"),
        other => member.c_type == other.c_type(),
    };
    let array = wanted.item_type.c_array(wanted.size).map(ArrayLength::Number);
    if type_fits && member.array == array {
        return None;
    }
    let array = match &member.array {
        Some(ArrayLength::Number(number)) => format!("[{number}]"),
        Some(ArrayLength::Written(text)) => format!("[{text}]"),
        None => String::new(),
    };
    let found = format!("{}{array}", member.c_type);
    let message = format!("member {} of {in_c} must be {}, and is {found}", member.name, wanted.c_declaration());
    Some(Complaint::new(file, member.line, message).hint(format!(
        "its data item is of type {}; declare it: {}",
        wanted.type_word(),
        c_member(wanted)
    )))
}

fn c_member(member: &LayoutMember) -> String {
    let array = member.item_type.c_array(member.size).map(|elements| format!("[{elements}]")).unwrap_or_default();
    format!("{} {}{array};", member.item_type.c_type(), member.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::Direction;

    const HEADER: &str = r#"
#ifndef DATASTRUCTURE_D5500010
#define DATASTRUCTURE_D5500010
/* typedef struct { JCHAR x; } DSD9; */
typedef struct tagDSD5500010
{
   MATH_NUMERIC  mnOrder;       /* in */
   JCHAR         szName[ 40 + 1 ], cFlag;
   short int     nLines;
   ID            idList; void *pNext;
} DSD5500010, *LPDSD5500010;
#endif
typedef struct { int a; } DSLocalCache;
typedef struct tagDSD2 { struct { int inner; } out; JCHAR szX[MAX]; } *LPDSD2, DSD2;
"#;

    #[test]
    fn finds_structures_with_their_members() {
        let found = data_structures_in(HEADER.as_bytes());
        let told: Vec<String> = found
            .iter()
            .map(|c| {
                let members = c
                    .members
                    .iter()
                    .map(|m| format!("{}:{} {:?} {:?}", m.line, m.name, m.c_type, m.array))
                    .collect::<Vec<_>>()
                    .join("\n  ");
                format!("{}:{}\n  {members}", c.line, c.name)
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        5:D5500010
          7:mnOrder "MATH_NUMERIC" None
          8:szName "JCHAR" Some(Number(41))
          8:cFlag "JCHAR" None
          9:nLines "short int" None
          10:idList "ID" None
          10:pNext "void *" None
        14:D2
          14:out "struct { int inner ; }" None
          14:szX "JCHAR" Some(Written("MAX"))
        "#);
    }

    fn member(id: u32, name: &str, item_type: ItemType, size: u32) -> LayoutMember {
        LayoutMember { id, name: name.into(), item_type, size, decimals: 0, direction: Direction::In }
    }

    #[test]
    fn an_equal_structure_has_no_complaints() {
        let layout = Layout {
            name: "D1".into(),
            members: vec![member(1, "mnA", ItemType::Numeric, 8), member(2, "szB", ItemType::String, 4), member(5, "idC", ItemType::Id, 0)],
        };
        let header = "typedef struct { MATH_NUMERIC mnA; JCHAR szB[5]; GENLNG idC; } DSD1;";
        assert_eq!(compare_structure("b1.h", &data_structures_in(header.as_bytes())[0], &layout), []);
    }

    #[test]
    fn differences_are_told_member_by_member() {
        let layout = Layout {
            name: "D1".into(),
            members: vec![
                member(1, "mnA", ItemType::Numeric, 8),
                member(2, "szB", ItemType::String, 4),
                member(3, "jdC", ItemType::Date, 0),
                member(4, "cD", ItemType::Character, 1),
            ],
        };
        let header = "typedef struct {\n JCHAR szB[4];\n MATH_NUMERIC mnA;\n long jdC;\n int nNew;\n} DSD1;";
        let complaints = compare_structure("b1.h", &data_structures_in(header.as_bytes())[0], &layout);
        let page: Vec<String> = complaints.iter().map(Complaint::to_string).collect();
        insta::assert_snapshot!(page.join("\n"), @r#"
        b1.h:2: member szB of DSD1 must be JCHAR[5], and is JCHAR[4] (hint: its data item is of type string; declare it: JCHAR szB[5];)
        b1.h:2: DSD1 has szB where data structure D1 has mnA (hint: put the members in the same order)
        b1.h:4: member jdC of DSD1 must be JDEDATE, and is long (hint: its data item is of type date; declare it: JDEDATE jdC;)
        b1.h:5: DSD1 has a member nNew, and data structure D1 has none of that name (hint: take it out here, or add it as a [[member]] there)
        b1.h:1: DSD1 lacks member cD of data structure D1 (hint: declare it: JCHAR cD;)
        "#);
    }
}
