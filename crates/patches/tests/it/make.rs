//! Makes small patches and homes for tests. It knows the documented descriptor and nothing of how it is read.
#![allow(dead_code, reason = "every test uses the part that it needs")]

use patches::home::Home;
use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A patch container to be written: `Make::new().id("HCE9").jar("bug.jar", &[("com/example/A.class", b"…")]).write(folder)`.
#[derive(Clone)]
pub struct Make {
    id: String,
    product: String,
    release: String,
    bugs: Vec<String>,
    description: String,
    /// Lines of the descriptor outside its content, as they stand there.
    lines: Vec<String>,
    /// Lines of its content.
    content: Vec<String>,
    members: Vec<(String, Vec<u8>)>,
}

impl Default for Make {
    fn default() -> Make {
        Make {
            id: "HCE9".into(),
            product: "wls".into(),
            release: "10.3.6".into(),
            bugs: vec!["9322540".into()],
            description: "Orders are counted once".into(),
            lines: Vec::new(),
            content: Vec::new(),
            members: Vec::new(),
        }
    }
}

impl Make {
    pub fn new() -> Make {
        Make::default()
    }

    pub fn id(mut self, id: &str) -> Make {
        self.id = id.into();
        self
    }

    pub fn product(mut self, product: &str) -> Make {
        self.product = product.into();
        self
    }

    pub fn release(mut self, release: &str) -> Make {
        self.release = release.into();
        self
    }

    pub fn bugs(mut self, bugs: &[&str]) -> Make {
        self.bugs = bugs.iter().map(ToString::to_string).collect();
        self
    }

    pub fn description(mut self, description: &str) -> Make {
        self.description = description.into();
        self
    }

    pub fn requires(self, id: &str) -> Make {
        self.line(&format!("<requires>{id}</requires>"))
    }

    pub fn excludes(self, id: &str) -> Make {
        self.line(&format!("<excludes>{id}</excludes>"))
    }

    pub fn replaces(self, id: &str) -> Make {
        self.line(&format!("<replaces>{id}</replaces>"))
    }

    pub fn after(self, id: &str) -> Make {
        self.line(&format!("<after>{id}</after>"))
    }

    pub fn withdrawn(self, reason: &str) -> Make {
        self.line(&format!("<withdrawn>{reason}</withdrawn>"))
    }

    /// A line of the descriptor outside its content.
    pub fn line(mut self, line: &str) -> Make {
        self.lines.push(line.into());
        self
    }

    /// A line of its content.
    pub fn content(mut self, line: &str) -> Make {
        self.content.push(line.into());
        self
    }

    /// A file of the container that nothing names.
    pub fn member(mut self, path: &str, bytes: &[u8]) -> Make {
        self.members.push((path.into(), bytes.into()));
        self
    }

    /// A jar in front of the system classpath, with its classes.
    pub fn jar(self, name: &str, classes: &[(&str, &[u8])]) -> Make {
        let line = format!(r#"<jar path="jars/{name}" classpath="system"/>"#);
        self.content(&line).member(&format!("jars/{name}"), &zip_of(classes))
    }

    /// One whose bytes are there already.
    pub fn jar_bytes(self, name: &str, bytes: &[u8]) -> Make {
        let line = format!(r#"<jar path="jars/{name}" classpath="system"/>"#);
        self.content(&line).member(&format!("jars/{name}"), bytes)
    }

    pub fn extension_jar(self, name: &str, classes: &[(&str, &[u8])]) -> Make {
        let line = format!(r#"<jar path="ext/{name}" classpath="extension"/>"#);
        self.content(&line).member(&format!("ext/{name}"), &zip_of(classes))
    }

    /// A library of a platform, or of all where it is empty.
    pub fn native(self, name: &str, platform: &str, bytes: &[u8]) -> Make {
        let folder = if platform.is_empty() { "any" } else { platform };
        let attribute = if platform.is_empty() { String::new() } else { format!(r#" platform="{platform}""#) };
        let line = format!(r#"<native path="native/{folder}/{name}"{attribute}/>"#);
        self.content(&line).member(&format!("native/{folder}/{name}"), bytes)
    }

    /// `to` with its token: `$WLS_INSTALL_DIR$/server/lib/a.xml`.
    pub fn file(self, to: &str, bytes: &[u8]) -> Make {
        let member = format!("files/{}", to.rsplit("$/").next().unwrap_or(to));
        self.content(&format!(r#"<file path="{member}" to="{to}"/>"#)).member(&member, bytes)
    }

    /// A jar of `modules/` with its classes.
    pub fn module(self, name: &str, classes: &[(&str, &[u8])]) -> Make {
        let line = format!(r#"<module path="modules/{name}" to="$BEAHOME$/modules/{name}"/>"#);
        self.content(&line).member(&format!("modules/{name}"), &zip_of(classes))
    }

    /// A shared library `<name>.war` of applications.
    pub fn archive(self, name: &str, version: &str, files: &[(&str, &[u8])]) -> Make {
        let to = format!("$WLS_INSTALL_DIR$/common/deployable-libraries/{name}.war");
        let line = format!(r#"<archive path="archives/{name}.war" name="{name}" version="{version}" to="{to}"/>"#);
        self.content(&line).member(&format!("archives/{name}.war"), &zip_of(files))
    }

    pub fn descriptor(&self) -> String {
        let bugs: String = self.bugs.iter().map(|bug| format!("<bug>{bug}</bug>")).collect();
        let content = if self.content.is_empty() { String::new() } else { format!("<content>{}</content>", self.content.join("\n")) };
        format!(
            r#"<patchDescriptor schema="1"><patchId>{}</patchId><product>{}</product><release>{}</release>{bugs}<description>{}</description>
{}{content}</patchDescriptor>"#,
            self.id,
            self.product,
            self.release,
            self.description,
            self.lines.join("\n")
        )
    }

    pub fn bytes(&self) -> Vec<u8> {
        let descriptor = self.descriptor();
        let mut members: Vec<(&str, &[u8])> = vec![("patch-descriptor.xml", descriptor.as_bytes())];
        members.extend(self.members.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())));
        zip_of(&members)
    }

    /// Writes `<id>.jar` into a folder, which is made where it is missing.
    pub fn write(&self, folder: &Path) -> PathBuf {
        fs::create_dir_all(folder).unwrap();
        let path = folder.join(format!("{}.jar", self.id));
        fs::write(&path, self.bytes()).unwrap();
        path
    }
}

/// A zip with these files.
pub fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in files {
        writer.start_file(*path, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A home with a server of release 10.3.6, another product, a module and a shared library, all made up.
pub fn home(folder: &Path) -> Home {
    let files = [
        ("wlserver_10.3/.product.properties", "WLS_PRODUCT_VERSION=10.3.6.0\n"),
        ("wlserver_10.3/server/lib/orders.xml", "<orders/>\n"),
        ("wlserver_10.3/common/deployable-libraries/forms.war", "as installed\n"),
        ("modules/com.example.orders_1.0.jar", "as installed\n"),
        ("patch_wls1036/registry/readme.txt", "made up\n"),
        ("patch_ocp371/registry/readme.txt", "made up\n"),
    ];
    for (path, text) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    Home::open(folder).unwrap()
}
