//! How a block of definitions is written in sh. Where in a script it stands is not known here.

use super::{misplaced, statements};
use crate::definitions::{Platform, Variable};
use crate::scripts::edit::{Block, Dialect, Front, ScriptRefusal};

/// sh and its relatives, as the editor uses them.
pub static DIALECT: Dialect = Dialect { comment: "# ", statements, body, misplaced };

/// The lines of a block. They are right in the Bourne shell too: a value first, its export behind it.
fn body(block: &Block, fronts: &[Front]) -> Result<Vec<String>, ScriptRefusal> {
    let mut lines = Vec::new();
    for (variable, _) in &block.definitions.set {
        lines.push(format!("{}={}", variable.name(), quoted(&block.value(*variable, separator(block), "/"))));
    }
    if block.export && !block.definitions.set.is_empty() {
        let names: Vec<&str> = block.definitions.set.iter().map(|(variable, _)| variable.name()).collect();
        lines.push(format!("export {}", names.join(" ")));
    }
    if !block.definitions.unset.is_empty() {
        let names: Vec<&str> = block.definitions.unset.iter().map(|variable| variable.name()).collect();
        lines.push(format!("unset {}", names.join(" ")));
    }
    lines.extend(fronts.iter().flat_map(|front| front_lines(front, separator(block))));
    Ok(if block.servers.is_empty() { lines } else { for_servers(&block.servers, lines) })
}

/// The lines for some servers only. The server's name is in SERVER_NAME, or still the script's first word; where a server without a name is meant, that
/// word is something else.
fn for_servers(servers: &[String], lines: Vec<String>) -> Vec<String> {
    let names: Vec<String> = servers.iter().map(|server| quoted(server)).collect();
    let name = if servers.iter().any(String::is_empty) { "${SERVER_NAME}" } else { "${SERVER_NAME:-$1}" };
    let mut inside = vec![format!("case \"{name}\" in"), format!("{})", names.join(" | "))];
    inside.extend(lines.into_iter().map(|line| format!("\t{line}")));
    inside.extend(["\t;;".to_string(), "esac".to_string()]);
    inside
}

/// Puts a patch variable in front of another one, which may be empty.
fn front_lines(front: &Front, separator: &str) -> [String; 2] {
    let (name, patch) = (&front.name, front.variable.name());
    let value = match front.variable {
        Variable::WeblogicExtensionDirs => format!("-Dweblogic.ext.dirs=${{{patch}}} ${{{name}}}"),
        _ => format!("${{{patch}}}${{{name}:+{separator}${{{name}}}}}"),
    };
    [format!("{name}=\"{value}\""), format!("export {name}")]
}

fn separator(block: &Block) -> &'static str {
    // Shells of Windows start its own Java.
    if block.definitions.platform == Platform::Windows { ";" } else { ":" }
}

/// Whatever the text holds, the shell takes it as it is.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}
