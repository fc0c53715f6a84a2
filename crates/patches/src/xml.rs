//! XML of strangers, read under limits, with names compared as people write them: `patchID`, `patch-id` and `PATCH_ID` are one name. It does not know what
//! any element means.

use roxmltree::{Document, Node, ParsingOptions};
use std::borrow::Cow;

/// What a text may hold before it is refused.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub bytes_max: usize,
    pub elements_max: u32,
    /// Elements within elements. Parsing does not recurse, but nothing that describes patches is deeper.
    pub depth_max: usize,
    /// Of one element. Each is compared with all the others.
    pub attributes_max: usize,
    /// In force at one place. The parser copies them to every element that declares one more.
    pub namespaces_max: usize,
}

impl Limits {
    pub const DESCRIPTOR: Limits =
        Limits { bytes_max: 1 << 20, elements_max: 50_000, depth_max: 32, attributes_max: 64, namespaces_max: 32 };
    pub const CATALOGUE: Limits = Limits { bytes_max: 16 << 20, elements_max: 1_000_000, ..Limits::DESCRIPTOR };
}

#[derive(Debug, thiserror::Error)]
pub enum XmlError {
    #[error("it has more than {limit} {what}")]
    TooMuch { what: &'static str, limit: usize },
    #[error("it is not UTF-8, and names no other encoding that is read (ISO-8859-1, US-ASCII)")]
    Encoding,
    #[error("it declares a document type or entities, which no patch needs")]
    DocumentType,
    #[error("it is no well-formed XML: {0}")]
    Malformed(#[from] roxmltree::Error),
}

/// The text of an XML file.
pub fn text<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Cow<'a, str>, XmlError> {
    at_most("bytes", bytes.len(), limits.bytes_max)?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(Cow::Borrowed(text));
    }
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).to_ascii_lowercase();
    let declaration = head.strip_prefix("<?xml").and_then(|rest| rest.split_once("?>")).map_or("", |(declaration, _)| declaration);
    if !["iso-8859-1", "latin1"].iter().any(|name| declaration.contains(name)) {
        return Err(XmlError::Encoding);
    }
    // The first 256 characters of Unicode are those of ISO-8859-1.
    Ok(Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect()))
}

/// Parses a text whose shape is within the limits.
pub fn parse<'a>(text: &'a str, limits: &Limits) -> Result<Document<'a>, XmlError> {
    measure(text.as_bytes(), limits)?;
    let options = ParsingOptions { allow_dtd: false, nodes_limit: limits.elements_max.saturating_mul(4), ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(|error| match error {
        roxmltree::Error::DtdDetected => XmlError::DocumentType,
        roxmltree::Error::NodesLimitReached => XmlError::TooMuch { what: "elements and texts", limit: limits.elements_max as usize * 4 },
        other => XmlError::Malformed(other),
    })
}

/// Walks over the tags alone. Where the text is not well-formed this may count wrongly, but only behind the place at which the parser gives up.
fn measure(text: &[u8], limits: &Limits) -> Result<(), XmlError> {
    let mut namespaces: Vec<usize> = Vec::new();
    let (mut elements, mut at) = (0, 0);
    while let Some(found) = memchr::memchr(b'<', &text[at..]) {
        let open = at + found;
        let rest = &text[open..];
        at = if rest.starts_with(b"<!--") {
            behind(b"-->", text, open + 4)
        } else if rest.starts_with(b"<![CDATA[") {
            behind(b"]]>", text, open + 9)
        } else if rest.starts_with(b"<?") {
            behind(b"?>", text, open + 2)
        } else if rest.starts_with(b"<!") {
            return Err(XmlError::DocumentType);
        } else if rest.starts_with(b"</") {
            namespaces.pop();
            behind(b">", text, open + 2)
        } else {
            let tag = Tag::at(text, open + 1);
            elements += 1;
            let in_force = namespaces.last().unwrap_or(&0) + tag.namespaces;
            at_most("elements", elements, limits.elements_max as usize)?;
            at_most("elements within each other", namespaces.len() + 1, limits.depth_max)?;
            at_most("attributes in one element", tag.attributes, limits.attributes_max)?;
            at_most("namespaces", in_force, limits.namespaces_max)?;
            if !tag.is_closed {
                namespaces.push(in_force);
            }
            tag.end
        };
    }
    Ok(())
}

/// A start tag as far as it is counted.
struct Tag {
    attributes: usize,
    namespaces: usize,
    /// `<a/>`
    is_closed: bool,
    end: usize,
}

impl Tag {
    fn at(text: &[u8], start: usize) -> Tag {
        let mut tag = Tag { attributes: 0, namespaces: 0, is_closed: false, end: text.len() };
        let mut at = start;
        while at < text.len() {
            match text[at] {
                b'>' => {
                    tag.is_closed = text[at - 1] == b'/';
                    tag.end = at + 1;
                    return tag;
                }
                quote @ (b'"' | b'\'') => {
                    tag.attributes += 1;
                    at = memchr::memchr(quote, &text[at + 1..]).map_or(text.len(), |found| at + 1 + found);
                }
                b'x' if text[at..].starts_with(b"xmlns") => tag.namespaces += 1,
                _ => (),
            }
            at += 1;
        }
        tag
    }
}

/// Where the text goes on behind a mark; its end where there is none.
fn behind(mark: &[u8], text: &[u8], from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    memchr::memmem::find(rest, mark).map_or(text.len(), |at| from + at + mark.len())
}

fn at_most(what: &'static str, found: usize, limit: usize) -> Result<(), XmlError> {
    if found > limit { Err(XmlError::TooMuch { what, limit }) } else { Ok(()) }
}

/// A name without what people write differently: capitals, `-`, `_`, `.`.
pub fn plain(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '-' | '_' | '.')).map(|c| c.to_ascii_lowercase()).collect()
}

/// The plain name of an element, whatever its namespace.
pub fn name(node: Node<'_, '_>) -> String {
    plain(node.tag_name().name())
}

pub fn elements<'a, 'i>(node: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(Node::is_element)
}

/// The value of an attribute that bears one of these plain names; nothing where it is empty.
pub fn attribute<'a>(node: Node<'a, '_>, names: &[&str]) -> Option<&'a str> {
    let found = node.attributes().find(|attribute| names.contains(&plain(attribute.name()).as_str()));
    found.map(|attribute| attribute.value().trim()).filter(|value| !value.is_empty())
}

/// The text directly in an element, with each run of blanks and line ends as one blank.
pub fn words(node: Node<'_, '_>) -> String {
    let texts: String = node.children().filter(Node::is_text).filter_map(|text| text.text()).collect();
    texts.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An element's own text or, where it has none, that of the attribute with one of these names.
pub fn value(node: Node<'_, '_>, names: &[&str]) -> Option<String> {
    let own = words(node);
    if own.is_empty() { attribute(node, names).map(String::from) } else { Some(own) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    fn refused(text: &str) -> String {
        parse(text, &Limits::DESCRIPTOR).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn names_are_compared_without_what_people_write_differently() {
        let document =
            parse(r#"<p:Patch-Descriptor xmlns:p="urn:x" Patch_ID=" A "> a <b/> b </p:Patch-Descriptor>"#, &Limits::DESCRIPTOR).unwrap();
        let root = document.root_element();
        assert_eq!((name(root).as_str(), attribute(root, &["patchid"]), words(root).as_str()), ("patchdescriptor", Some("A"), "a b"));
    }

    #[test]
    fn entities_and_document_types_are_refused() {
        let document_type = "it declares a document type or entities, which no patch needs";
        assert_eq!(refused("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"), document_type);
        assert_eq!(refused("<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>"), document_type);
        assert!(refused("<a>&b;</a>").starts_with("it is no well-formed XML"));
        assert_eq!(refused("<a>&amp;<![CDATA[<!DOCTYPE]]><!-- <!ENTITY --></a>"), "");
    }

    #[test]
    fn what_would_cost_the_parser_much_is_refused_at_once() {
        let attributes: String = (0..60_000).map(|n| format!(" a{n}='1'")).collect();
        let namespaces: String = (0..50).map(|n| format!(" xmlns:a{n}='u:{n}'")).collect();
        let cases = [
            ("<a>".repeat(200_000), "it has more than 32 elements within each other"),
            (format!("<a{attributes}/>"), "it has more than 64 attributes in one element"),
            (format!("<a{namespaces}/>"), "it has more than 32 namespaces"),
            (format!("<a>{}</a>", "<b/>".repeat(60_000)), "it has more than 50000 elements"),
        ];
        for (text, message) in cases {
            let start = Instant::now();
            assert_eq!(refused(&text), message);
            assert!(start.elapsed() < Duration::from_secs(60));
        }
        let error = text(&vec![b' '; (1 << 20) + 1], &Limits::DESCRIPTOR).unwrap_err();
        assert_eq!(error.to_string(), "it has more than 1048576 bytes");
    }

    #[test]
    fn texts_of_older_tools_are_read() {
        let older = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>f\xfcr</a>";
        assert!(text(older, &Limits::DESCRIPTOR).unwrap().contains("für"));
        assert!(text(b"<a>f\xfcr</a>", &Limits::DESCRIPTOR).is_err());
        assert_eq!(text(b"\xef\xbb\xbf<a/>", &Limits::DESCRIPTOR).unwrap(), "<a/>");
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[<>/a!?\\-\\[\\]'\"= xmlns&;D]{0,60}") {
            let _ = parse(&text, &Limits::DESCRIPTOR);
        }
    }
}
