//! The descriptor of a patch, `patch-descriptor.xml`: who it is, what it needs, and what becomes of each file of its container. Written after the schema in
//! `docs/patches-format.md`, and tolerant of the names that others are known to use. It looks at no container and at no home.

use crate::names::{NotAName, PatchId, RelPath};
use crate::patch::{PartKind, Patch, plain_product, plain_release};
use crate::xml::{self, Limits, XmlError};
use engine::failure::{self, Failure};
use roxmltree::Node;
use std::collections::HashSet;

/// The schema that this version reads.
pub const SCHEMA: &str = "1";
/// Where a container has its descriptor.
pub const MEMBER: &str = "patch-descriptor.xml";

const CONTENT_MAX: usize = 10_000;
const NAMES_MAX: usize = 1_000;
const DESCRIPTION_CHARS_MAX: usize = 4_000;
const REMARKS_MAX: usize = 20;

/// What a descriptor says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// Without parts: what they hold, only the container tells.
    pub patch: Patch,
    pub content: Vec<Content>,
    /// Names of elements that mean nothing to this version, in order, at most 20.
    pub not_understood: Vec<String>,
}

/// What becomes of one file of the container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    pub member: RelPath,
    pub kind: PartKind,
}

#[derive(Debug, thiserror::Error)]
pub enum DescriptorError {
    #[error(transparent)]
    Xml(#[from] XmlError),
    #[error("its outermost element is <{0}>, which is no patch's descriptor")]
    Root(String),
    #[error("it is written in schema {0:?}, and this version reads schema {SCHEMA}")]
    Schema(String),
    #[error("it does not say its {0}")]
    Missing(&'static str),
    #[error("it says its {what} twice and differently, as {one:?} and as {other:?}")]
    Twice { what: &'static str, one: String, other: String },
    #[error("{text:?} is no {what}")]
    Value { what: &'static str, text: String },
    #[error(transparent)]
    Name(#[from] NotAName),
    #[error("patch {id} says that it {relation} itself")]
    Itself { id: PatchId, relation: &'static str },
    #[error("patch {id} requires {other}, and says that the two may not be in one profile")]
    Contradiction { id: PatchId, other: PatchId },
    #[error("its content has <{0}>, which this version does not know: to install the rest of a patch would be wrong")]
    Kind(String),
    #[error("<{element}> in its content does not say its {missing}")]
    Incomplete { element: String, missing: &'static str },
    #[error("it has more than {limit} {what}")]
    TooMany { what: &'static str, limit: usize },
}

impl DescriptorError {
    pub fn hint(&self) -> &'static str {
        match self {
            DescriptorError::Schema(_) | DescriptorError::Kind(_) => "a newer version of packwright may read it",
            _ => "docs/patches-format.md says how a descriptor is written; get the patch again from where it came",
        }
    }
}

impl From<DescriptorError> for Failure {
    fn from(error: DescriptorError) -> Failure {
        let hint = error.hint();
        Failure::new(&failure::CONTAINER_REFUSED, format!("the descriptor cannot be read: {error}")).hint(hint)
    }
}

/// What a catalogue says once for all its patches.
#[derive(Clone, Debug, Default)]
pub struct Inherited {
    pub product: Option<String>,
    pub release: Option<String>,
}

/// Names that mean the same, as [`xml::plain`] leaves them.
mod words {
    pub const ROOT: &[&str] = &["patchdescriptor", "patchdesc", "patch", "descriptor", "patchentry", "patchinstallentry"];
    pub const ID: &[&str] = &["patchid", "id"];
    pub const PRODUCT: &[&str] = &["product", "productname", "targetproduct"];
    pub const RELEASE: &[&str] = &["release", "productversion", "productrelease", "targetrelease", "targetversion"];
    pub const BUGS: &[&str] = &["bug", "bugs", "bugnumber", "bugid", "cr", "crs", "crnumber"];
    pub const DESCRIPTION: &[&str] = &["description", "desc", "summary", "abstract"];
    pub const REQUIRES: &[&str] =
        &["requires", "require", "prerequisite", "prerequisites", "dependency", "dependencies", "dependson", "patchdependencies"];
    pub const EXCLUDES: &[&str] =
        &["excludes", "exclude", "mutuallyexclusive", "mutuallyexclusivewith", "conflict", "conflicts", "conflictswith"];
    pub const REPLACES: &[&str] = &["replaces", "replace", "supersedes", "supersede", "invalidates", "invalidate", "obsoletes"];
    pub const AFTER: &[&str] = &["after", "applyafter", "installafter"];
    pub const WITHDRAWN: &[&str] = &["withdrawn", "recalled", "revoked"];
    pub const CONTENT: &[&str] = &["content", "contents", "payload"];
    pub const SCHEMA: &[&str] = &["schema", "schemaversion"];
    pub const PATH: &[&str] = &["path", "member", "source", "src"];
    pub const TO: &[&str] = &["to", "target", "location", "destination", "installpath"];
    pub const REASON: &[&str] = &["reason", "why", "description"];
}

/// Whether an element, by its plain name, describes a patch.
pub fn is_patch(name: &str) -> bool {
    words::ROOT.contains(&name)
}

/// Reads `patch-descriptor.xml`.
pub fn read(bytes: &[u8]) -> Result<Described, DescriptorError> {
    let limits = Limits::DESCRIPTOR;
    let text = xml::text(bytes, &limits)?;
    let document = xml::parse(&text, &limits)?;
    let root = document.root_element();
    if !is_patch(&xml::name(root)) {
        return Err(DescriptorError::Root(short(root.tag_name().name())));
    }
    read_schema(root)?;
    read_element(root, &Inherited::default())
}

pub(crate) fn read_schema(root: Node<'_, '_>) -> Result<(), DescriptorError> {
    match xml::attribute(root, words::SCHEMA) {
        Some(schema) if schema != SCHEMA => Err(DescriptorError::Schema(short(schema))),
        _ => Ok(()),
    }
}

pub(crate) fn read_inherited(root: Node<'_, '_>) -> Inherited {
    let said = |names| xml::attribute(root, names).map(String::from);
    Inherited { product: said(words::PRODUCT), release: said(words::RELEASE) }
}

/// Reads the element that describes one patch.
pub(crate) fn read_element(root: Node<'_, '_>, inherited: &Inherited) -> Result<Described, DescriptorError> {
    let mut fields = Fields::default();
    for attribute in root.attributes() {
        let name = xml::plain(attribute.name());
        if let Some(single) = fields.single(&name) {
            single.said(attribute.value().trim().to_string())?;
        } else if let Some(names) = fields.names(&name) {
            names.extend(split(attribute.value()));
        }
    }
    let (mut content, mut not_understood) = (Vec::new(), Vec::new());
    for element in xml::elements(root) {
        let name = xml::name(element);
        if let Some(single) = fields.single(&name) {
            single.said(xml::words(element))?;
        } else if let Some(names) = fields.names(&name) {
            names.extend(listed(element));
            at_most("names of patches or bugs", names.len(), NAMES_MAX)?;
        } else if words::WITHDRAWN.contains(&name.as_str()) {
            fields.withdrawn = Some(xml::value(element, words::REASON).unwrap_or_else(|| "its maker gives no reason".into()));
        } else if words::CONTENT.contains(&name.as_str()) {
            xml::elements(element).try_for_each(|element| read_content(element, &mut content))?;
        } else if matches!(name.as_str(), "classpath" | "destination") {
            read_content(element, &mut content)?;
        } else if not_understood.len() < REMARKS_MAX {
            not_understood.push(short(element.tag_name().name()));
        }
    }
    Ok(Described { patch: fields.patch(inherited)?, content, not_understood })
}

/// A field that may be said once, or again with the same words.
#[derive(Default)]
struct Single {
    what: &'static str,
    value: String,
}

impl Single {
    fn said(&mut self, value: String) -> Result<(), DescriptorError> {
        if self.value.is_empty() || self.value == value {
            self.value = value;
            return Ok(());
        }
        if value.is_empty() {
            Ok(())
        } else {
            Err(DescriptorError::Twice { what: self.what, one: short(&self.value), other: short(&value) })
        }
    }
}

struct Fields {
    id: Single,
    product: Single,
    release: Single,
    description: Single,
    bugs: Vec<String>,
    requires: Vec<String>,
    excludes: Vec<String>,
    replaces: Vec<String>,
    after: Vec<String>,
    withdrawn: Option<String>,
}

impl Default for Fields {
    fn default() -> Fields {
        let single = |what| Single { what, value: String::new() };
        Fields {
            id: single("patch ID"),
            product: single("product"),
            release: single("release"),
            description: single("description"),
            bugs: Vec::new(),
            requires: Vec::new(),
            excludes: Vec::new(),
            replaces: Vec::new(),
            after: Vec::new(),
            withdrawn: None,
        }
    }
}

impl Fields {
    fn single(&mut self, name: &str) -> Option<&mut Single> {
        match name {
            _ if words::ID.contains(&name) => Some(&mut self.id),
            _ if words::PRODUCT.contains(&name) => Some(&mut self.product),
            _ if words::RELEASE.contains(&name) => Some(&mut self.release),
            _ if words::DESCRIPTION.contains(&name) => Some(&mut self.description),
            _ => None,
        }
    }

    fn names(&mut self, name: &str) -> Option<&mut Vec<String>> {
        match name {
            _ if words::BUGS.contains(&name) => Some(&mut self.bugs),
            _ if words::REQUIRES.contains(&name) => Some(&mut self.requires),
            _ if words::EXCLUDES.contains(&name) => Some(&mut self.excludes),
            _ if words::REPLACES.contains(&name) => Some(&mut self.replaces),
            _ if words::AFTER.contains(&name) => Some(&mut self.after),
            _ => None,
        }
    }

    fn patch(self, inherited: &Inherited) -> Result<Patch, DescriptorError> {
        let or_inherited = |single: Single, inherited: &Option<String>| {
            let value = if single.value.is_empty() { inherited.clone().unwrap_or_default() } else { single.value };
            if value.is_empty() { Err(DescriptorError::Missing(single.what)) } else { Ok(value) }
        };
        if self.id.value.is_empty() {
            return Err(DescriptorError::Missing(self.id.what));
        }
        let id = PatchId::new(self.id.value)?;
        let product = product(&or_inherited(self.product, &inherited.product)?)?;
        let release = release(&or_inherited(self.release, &inherited.release)?)?;
        let patch = Patch {
            product,
            release,
            bugs: self.bugs.iter().map(|bug| bug_number(bug)).collect::<Result<_, _>>()?,
            description: self.description.value.chars().take(DESCRIPTION_CHARS_MAX).collect(),
            requires: ids(&id, self.requires, "requires")?,
            excludes: ids(&id, self.excludes, "excludes")?,
            replaces: ids(&id, self.replaces, "replaces")?,
            after: ids(&id, self.after, "comes after")?,
            withdrawn: self.withdrawn.map(|reason| reason.chars().take(DESCRIPTION_CHARS_MAX).collect()),
            parts: Vec::new(),
            container: None,
            id,
        };
        match patch.requires.iter().find(|other| patch.excludes.contains(other) || patch.replaces.contains(other)) {
            Some(other) => Err(DescriptorError::Contradiction { id: patch.id.clone(), other: other.clone() }),
            None => Ok(patch),
        }
    }
}

fn product(text: &str) -> Result<String, DescriptorError> {
    let product = plain_product(text);
    let is_name = (1..=64).contains(&product.len()) && text.len() <= 200;
    if is_name { Ok(product) } else { Err(DescriptorError::Value { what: "name of a product", text: short(text) }) }
}

fn release(text: &str) -> Result<String, DescriptorError> {
    let is_number = |number: &str| (1..=6).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    let is_release = text.split('.').count() <= 8 && text.split('.').all(is_number);
    if is_release { Ok(plain_release(text)) } else { Err(DescriptorError::Value { what: "release, such as 10.3.6", text: short(text) }) }
}

fn bug_number(text: &str) -> Result<String, DescriptorError> {
    let is_number = text.len() <= 40 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'#'));
    if is_number { Ok(text.to_string()) } else { Err(DescriptorError::Value { what: "number of a bug", text: short(text) }) }
}

fn ids(own: &PatchId, texts: Vec<String>, relation: &'static str) -> Result<Vec<PatchId>, DescriptorError> {
    let mut ids = Vec::with_capacity(texts.len());
    let mut seen = HashSet::new();
    for text in texts {
        let id = PatchId::new(text)?;
        if id == *own {
            return Err(DescriptorError::Itself { id, relation });
        }
        if seen.insert(id.clone()) {
            ids.push(id);
        }
    }
    Ok(ids)
}

/// Every word of an element and of what it wraps, and every attribute that names a patch: `<requires>A, B</requires>`, `<requires patchId="A"/>`,
/// `<requires><patch id="A"/></requires>`.
fn listed(element: Node<'_, '_>) -> Vec<String> {
    let mut found = Vec::new();
    for node in element.descendants() {
        let said = if node.is_text() { node.text() } else { xml::attribute(node, words::ID) };
        found.extend(split(said.unwrap_or_default()));
    }
    found
}

fn split(names: &str) -> impl Iterator<Item = String> {
    names.split(|c: char| c.is_whitespace() || c == ',' || c == ';').filter(|name| !name.is_empty()).map(String::from)
}

/// Reads one element of the content: one file, or some files that one `<classpath>` or `<destination>` holds together.
fn read_content(element: Node<'_, '_>, content: &mut Vec<Content>) -> Result<(), DescriptorError> {
    match xml::name(element).as_str() {
        "classpath" => {
            for jar in xml::elements(element).filter(|element| xml::name(*element) != "controljar") {
                if xml::name(jar) != "jar" {
                    return Err(DescriptorError::Kind(short(jar.tag_name().name())));
                }
                let kind = classpath(xml::attribute(jar, &["classpath", "type"]).or(xml::attribute(element, &["type", "classpath"])))?;
                content.push(Content { member: member(jar)?, kind });
            }
        }
        "destination" => {
            let files: Vec<_> = xml::elements(element).collect();
            for file in &files {
                if !matches!(xml::name(*file).as_str(), "file" | "jar") {
                    return Err(DescriptorError::Kind(short(file.tag_name().name())));
                }
                let member = member(*file)?;
                let to = xml::attribute(*file, words::TO).or(xml::attribute(element, words::TO)).or(xml::attribute(element, words::PATH));
                let kind = PartKind::File { to: joined(required(element, to, "place")?, &member) };
                content.push(Content { member, kind });
            }
            if files.is_empty() {
                let member = member_at(element, xml::attribute(element, words::PATH))?;
                let to =
                    xml::attribute(element, words::TO).map(String::from).or_else(|| Some(xml::words(element)).filter(|to| !to.is_empty()));
                let kind = PartKind::File { to: joined(required(element, to.as_deref(), "place")?, &member) };
                content.push(Content { member, kind });
            }
        }
        kind => content.push(file(element, kind)?),
    }
    at_most("files in its content", content.len(), CONTENT_MAX)
}

fn file(element: Node<'_, '_>, kind: &str) -> Result<Content, DescriptorError> {
    let to = xml::attribute(element, words::TO);
    let known = ["jar", "native", "nativelibrary", "library", "file", "replacefile", "module", "archive", "sharedarchive"];
    if !known.contains(&kind) {
        return Err(DescriptorError::Kind(short(element.tag_name().name())));
    }
    let member = member(element)?;
    let kind = match kind {
        "jar" => classpath(xml::attribute(element, &["classpath", "type"]))?,
        "native" | "nativelibrary" | "library" => PartKind::Native { platform: platform(xml::attribute(element, &["platform", "os"]))? },
        "file" | "replacefile" => PartKind::File { to: joined(required(element, to, "place (to)")?, &member) },
        "module" => PartKind::Module { to: joined(to.unwrap_or("$BEAHOME$/modules/"), &member) },
        _ => archive(element, to, &member)?,
    };
    Ok(Content { member, kind })
}

fn classpath(text: Option<&str>) -> Result<PartKind, DescriptorError> {
    match xml::plain(text.unwrap_or("system")).as_str() {
        "system" | "sys" => Ok(PartKind::System),
        "extension" | "ext" | "sysext" => Ok(PartKind::Extension),
        _ => Err(DescriptorError::Value { what: "classpath (system, extension)", text: short(text.unwrap_or_default()) }),
    }
}

fn platform(text: Option<&str>) -> Result<String, DescriptorError> {
    let platform = text.unwrap_or_default().to_ascii_lowercase();
    let is_name = platform.len() <= 40 && platform.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    match platform.as_str() {
        "any" | "all" => Ok(String::new()),
        _ if is_name => Ok(platform),
        _ => Err(DescriptorError::Value { what: "platform, such as linux-x86_64", text: short(&platform) }),
    }
}

fn archive(element: Node<'_, '_>, to: Option<&str>, member: &RelPath) -> Result<PartKind, DescriptorError> {
    let file_name = member.file_name();
    let stem = file_name.rsplit_once('.').map_or(file_name, |(stem, _)| stem);
    let name = xml::attribute(element, &["name", "libraryname"]).unwrap_or(stem).to_string();
    let version = xml::attribute(element, &["version", "libraryversion"]).unwrap_or_default().to_string();
    for text in [&name, &version] {
        if text.len() > 200 || text.chars().any(|c| c.is_control()) {
            return Err(DescriptorError::Value { what: "name or version of a shared archive", text: short(text) });
        }
    }
    let to = joined(to.unwrap_or("$WLS_INSTALL_DIR$/common/deployable-libraries/"), member);
    Ok(PartKind::Archive { name, version, to })
}

fn member(element: Node<'_, '_>) -> Result<RelPath, DescriptorError> {
    let own = xml::value(element, words::PATH).or_else(|| xml::attribute(element, &["name", "file"]).map(String::from));
    member_at(element, own.as_deref())
}

fn member_at(element: Node<'_, '_>, path: Option<&str>) -> Result<RelPath, DescriptorError> {
    Ok(RelPath::new(required(element, path, "path in the container")?)?)
}

fn required<'a>(element: Node<'_, '_>, value: Option<&'a str>, missing: &'static str) -> Result<&'a str, DescriptorError> {
    value.ok_or_else(|| DescriptorError::Incomplete { element: short(element.tag_name().name()), missing })
}

/// A place that ends with `/` is a folder: the file keeps its name there.
fn joined(to: &str, member: &RelPath) -> String {
    if to.ends_with('/') { format!("{to}{}", member.file_name()) } else { to.to_string() }
}

fn at_most(what: &'static str, found: usize, limit: usize) -> Result<(), DescriptorError> {
    if found > limit { Err(DescriptorError::TooMany { what, limit }) } else { Ok(()) }
}

fn short(text: &str) -> String {
    text.chars().take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(bytes: &str) -> String {
        match read(bytes.as_bytes()) {
            Ok(described) => {
                let patch = described.patch;
                let ids = |ids: &[PatchId]| ids.iter().map(PatchId::as_str).collect::<Vec<_>>().join(",");
                let content: Vec<_> = described.content.iter().map(|content| format!("{} {:?}", content.member, content.kind)).collect();
                format!(
                    "{} {} {} bugs={} requires={} excludes={} replaces={} after={} withdrawn={:?} {content:?} {:?}",
                    patch.id,
                    patch.product,
                    patch.release,
                    patch.bugs.join(","),
                    ids(&patch.requires),
                    ids(&patch.excludes),
                    ids(&patch.replaces),
                    ids(&patch.after),
                    patch.withdrawn,
                    described.not_understood
                )
            }
            Err(error) => format!("refused: {error}"),
        }
    }

    #[test]
    fn our_own_schema_and_others_names_say_the_same() {
        let own = r#"<patchDescriptor schema="1"><patchId>HCE9</patchId><product>wls</product><release>10.3.6</release><bug>1</bug><bug>2</bug>
            <requires>AAAA</requires><requires>BBBB</requires><excludes>CCCC</excludes><replaces>DDDD</replaces><after>EEEE</after>
            <withdrawn>breaks orders</withdrawn><content><jar path="jars/a.jar" classpath="system"/>
            <file path="files/a.xml" to="$WLS_INSTALL_DIR$/server/lib/a.xml"/></content></patchDescriptor>"#;
        let others = r#"<x:patchDesc xmlns:x="urn:made-up" patchID="HCE9" Product_Name="WebLogic Server" releaSe="10.3.6.0" replaces="DDDD"><CRs><CR>1</CR><CR>2</CR></CRs>
            <Prerequisites><patch id="AAAA"/><patchId>BBBB</patchId></Prerequisites><MutuallyExclusive>CCCC</MutuallyExclusive>
            <applyAfter>EEEE</applyAfter><withdrawn reason="breaks orders"/>
            <Classpath type="SYSTEM"><ControlJar>weblogic_patch.jar</ControlJar><Jar>jars/a.jar</Jar></Classpath>
            <Destination target="$WLS_INSTALL_DIR$/server/lib/"><File>files/a.xml</File></Destination></x:patchDesc>"#;
        let expected = concat!(
            r#"HCE9 wls 10.3.6 bugs=1,2 requires=AAAA,BBBB excludes=CCCC replaces=DDDD after=EEEE withdrawn=Some("breaks orders") "#,
            r#"["jars/a.jar System", "files/a.xml File { to: \"$WLS_INSTALL_DIR$/server/lib/a.xml\" }"] []"#
        );
        assert_eq!(told(own), expected);
        assert_eq!(told(others), expected);
    }

    #[test]
    fn what_is_not_said_is_as_the_document_tells() {
        let text = r#"<patch id="HCE9" product="wls" release="10.3.6"><colour/><content><jar path="j.jar"/><native path="n/libx.so"/>
            <module path="m/m.jar"/><archive path="a/forms.war" version="1.0@1.0.1"/></content></patch>"#;
        let expected = concat!(
            r#"HCE9 wls 10.3.6 bugs= requires= excludes= replaces= after= withdrawn=None ["j.jar System", "#,
            r#""n/libx.so Native { platform: \"\" }", "m/m.jar Module { to: \"$BEAHOME$/modules/m.jar\" }", "#,
            r#""a/forms.war Archive { name: \"forms\", version: \"1.0@1.0.1\", to: \"$WLS_INSTALL_DIR$/common/deployable-libraries/forms.war\" }"] "#,
            r#"["colour"]"#
        );
        assert_eq!(told(text), expected);
    }

    #[test]
    fn what_would_be_guessed_is_refused() {
        let with = |inside: &str| format!(r#"<patch id="HCE9" product="wls" release="10.3.6">{inside}</patch>"#);
        let cases = [
            ("".to_string(), "no well-formed XML"),
            ("<project/>".into(), "<project>, which is no patch's descriptor"),
            (r#"<patch schema="2"/>"#.into(), r#"schema "2", and this version reads schema 1"#),
            ("<patch/>".into(), "does not say its patch ID"),
            (r#"<patch id="HCE9" product="wls"/>"#.into(), "does not say its release"),
            (r#"<patch id="hce9" product="wls" release="1"/>"#.into(), "four capital letters or digits"),
            (r#"<patch id="HCE9" product="wls" release="ten"/>"#.into(), r#""ten" is no release"#),
            (with("<patchId>2LZX</patchId>"), r#"says its patch ID twice and differently, as "HCE9" and as "2LZX""#),
            (with("<requires>HCE9</requires>"), "patch HCE9 says that it requires itself"),
            (with("<requires>AAAA</requires><excludes>AAAA</excludes>"), "requires AAAA, and says that the two may not"),
            (with("<requires>../x</requires>"), "is no patch"),
            (with("<bug>1&lt;2</bug>"), "is no number of a bug"),
            (with("<content><driver path='x'/></content>"), "<driver>, which this version does not know"),
            (with("<content><jar path='x' classpath='boot'/></content>"), r#""boot" is no classpath"#),
            (with("<content><jar/></content>"), "<jar> in its content does not say its path"),
            (with("<content><jar path='../x.jar'/></content>"), "is no path below a home"),
            (with("<content><file path='x'/></content>"), "<file> in its content does not say its place"),
            (with("<content><native path='x' platform='a b'/></content>"), "is no platform"),
            (with(&format!("<requires>{}</requires>", "AAAA ".repeat(1_001))), "more than 1000 names of patches or bugs"),
        ];
        for (text, message) in cases {
            let told = told(&text);
            assert!(told.starts_with("refused: ") && told.contains(message), "{text}: {told}");
        }
    }

    #[test]
    fn a_refusal_says_what_to_do() {
        let failure = Failure::from(read(b"<patch schema='2'/>").unwrap_err());
        assert_eq!((failure.code.as_str(), failure.hint.as_str()), ("container-refused", "a newer version of packwright may read it"));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let _ = read(&bytes);
        }

        #[test]
        fn no_descriptor_makes_it_panic(inside in "(<(requires|bug|content|jar|file|archive|destination|classpath|withdrawn) ?(path|to|id|type)?='?[a-z$./]{0,5}'?/?>|</content>|AAAA){0,8}") {
            let _ = read(format!("<patch id='HCE9' product='wls' release='10.3.6'>{inside}</patch>").as_bytes());
        }
    }
}
