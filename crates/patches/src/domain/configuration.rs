//! Reads a domain's `config.xml`, in the form of elements (9.0 and later) and in that of attributes (8.1 and before), and the home's list of domains.
//! It reads a text and knows no folders; what it does not know in it, it passes over.

use engine::failure::{self, Failure};
use roxmltree::{Document, Node, ParsingOptions};
use serde::Serialize;
use std::path::{Path, PathBuf};

const NODES_MAX: u32 = 2_000_000;

/// What a configuration says, as far as patching needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Configuration {
    pub name: String,
    /// `10.3.6.0`; empty where it names none.
    pub version: String,
    pub admin_server: String,
    pub servers: Vec<Server>,
    pub clusters: Vec<String>,
    pub machines: Vec<Machine>,
    pub libraries: Vec<Deployed>,
    pub applications: Vec<Deployed>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Server {
    pub name: String,
    pub machine: String,
    pub cluster: String,
    pub listen_address: String,
    /// 7001 where it is not said.
    pub listen_port: u16,
    /// Classpath of its Server Start form, which a Node Manager uses that starts it without a script.
    pub start_class_path: String,
    /// From 1; 0 where there is none.
    pub start_class_path_line: usize,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Machine {
    pub name: String,
    /// Of its Node Manager; empty is this very machine.
    pub address: String,
    /// 5556 where it is not said.
    pub port: u16,
    /// How the Node Manager is reached: `SSL`, `Plain`, or `SSH` and `RSH` for the one made of scripts.
    pub kind: String,
}

/// A library or an application.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Deployed {
    /// As it stands there; of a library with its versions: `orders-lib#1.0@1.0.2`.
    pub name: String,
    /// As it stands there: absolute or relative to the domain.
    pub source: String,
    pub targets: Vec<String>,
}

/// Why a configuration cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    #[error("{0}")]
    NotXml(#[from] roxmltree::Error),
    #[error("its outermost element is {0}")]
    SomethingElse(String),
}

#[derive(Debug, thiserror::Error)]
#[error("cannot read {}: {problem}", path.display())]
pub struct ConfigurationError {
    pub path: PathBuf,
    #[source]
    pub problem: Problem,
}

impl From<ConfigurationError> for Failure {
    fn from(error: ConfigurationError) -> Failure {
        Failure::new(&failure::BAD_REQUEST, error.to_string()).hint("a domain is known by its config.xml; nothing was changed")
    }
}

impl Configuration {
    pub fn read(text: &str) -> Result<Configuration, Problem> {
        let document = parse(text)?;
        let root = document.root_element();
        match root.tag_name().name() {
            "domain" => Ok(of_elements(root)),
            "Domain" => Ok(of_attributes(root)),
            other => Err(Problem::SomethingElse(other.chars().take(100).collect())),
        }
    }

    /// That of an Event Server, whose configuration names no servers of this kind.
    pub fn nameless(root: &Path) -> Configuration {
        let name = root.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Configuration { name, ..Configuration::default() }
    }

    pub fn server(&self, name: &str) -> Option<&Server> {
        self.servers.iter().find(|server| server.name == name)
    }

    /// Servers other than the one that administers the domain.
    pub fn managed_servers(&self) -> impl Iterator<Item = &Server> {
        self.servers.iter().filter(|server| server.name != self.admin_server)
    }

    pub fn servers_of_cluster<'a>(&'a self, cluster: &'a str) -> impl Iterator<Item = &'a Server> {
        self.servers.iter().filter(move |server| server.cluster == cluster)
    }
}

/// Document types are refused: they are the way to entities without end.
pub(super) fn parse(text: &str) -> Result<Document<'_>, Problem> {
    // A byte order mark is no part of the text.
    let text = text.trim_start_matches('\u{feff}');
    Ok(Document::parse_with_options(text, ParsingOptions { allow_dtd: false, nodes_limit: NODES_MAX, ..ParsingOptions::default() })?)
}

fn of_elements(root: Node) -> Configuration {
    let admin_server = text_of(root, "admin-server-name");
    Configuration {
        name: text_of(root, "name"),
        version: text_of(root, "domain-version"),
        admin_server: if admin_server.is_empty() { "AdminServer".into() } else { admin_server },
        servers: children(root, "server").map(server_of_elements).collect(),
        clusters: children(root, "cluster").map(|cluster| text_of(cluster, "name")).collect(),
        machines: children(root, "machine").map(machine_of_elements).collect(),
        libraries: children(root, "library").map(deployed).collect(),
        applications: children(root, "app-deployment").map(deployed).collect(),
    }
}

/// The line that a node begins in.
fn line_of(node: Option<Node>) -> usize {
    node.map_or(0, |node| node.document().text_pos_at(node.range().start).row as usize)
}

fn server_of_elements(server: Node) -> Server {
    let class_path = children(server, "server-start").next().and_then(|start| children(start, "class-path").next());
    Server {
        name: text_of(server, "name"),
        machine: text_of(server, "machine"),
        cluster: text_of(server, "cluster"),
        listen_address: text_of(server, "listen-address"),
        listen_port: text_of(server, "listen-port").parse().unwrap_or(7001),
        start_class_path: class_path.and_then(|node| node.text()).unwrap_or_default().trim().to_string(),
        start_class_path_line: line_of(class_path),
    }
}

fn machine_of_elements(machine: Node) -> Machine {
    let manager = children(machine, "node-manager").next();
    let said = |name: &str| manager.map_or_else(String::new, |manager| text_of(manager, name));
    Machine {
        name: text_of(machine, "name"),
        address: said("listen-address"),
        port: said("listen-port").parse().unwrap_or(5556),
        kind: said("nm-type"),
    }
}

fn deployed(node: Node) -> Deployed {
    let targets = children(node, "target").filter_map(|target| target.text());
    let targets = targets.flat_map(|text| text.split(',')).map(|target| target.trim().to_string()).filter(|target| !target.is_empty());
    Deployed { name: text_of(node, "name"), source: text_of(node, "source-path"), targets: targets.collect() }
}

fn of_attributes(root: Node) -> Configuration {
    let said = |node: Node, name: &str| node.attribute(name).unwrap_or_default().trim().to_string();
    let servers: Vec<Server> = children(root, "Server")
        .map(|server| Server {
            name: said(server, "Name"),
            machine: said(server, "Machine"),
            cluster: said(server, "Cluster"),
            listen_address: said(server, "ListenAddress"),
            listen_port: said(server, "ListenPort").parse().unwrap_or(7001),
            start_class_path: children(server, "ServerStart").next().map_or_else(String::new, |start| said(start, "ClassPath")),
            start_class_path_line: line_of(children(server, "ServerStart").next()),
        })
        .collect();
    let machines = ["Machine", "UnixMachine"].into_iter().flat_map(|name| children(root, name)).map(|machine| {
        let manager = children(machine, "NodeManager").next();
        let of_manager = |name: &str| manager.map_or_else(String::new, |manager| said(manager, name));
        let port = of_manager("ListenPort").parse().unwrap_or(5555);
        Machine { name: said(machine, "Name"), address: of_manager("ListenAddress"), port, kind: String::new() }
    });
    let applications = children(root, "Application").map(|application| Deployed {
        name: said(application, "Name"),
        source: said(application, "Path"),
        targets: said(application, "Targets").split(',').map(str::to_string).filter(|target| !target.is_empty()).collect(),
    });
    let version = said(root, "ConfigurationVersion");
    Configuration {
        name: said(root, "Name"),
        // 6.1 did not write down its version.
        version: if version.is_empty() { "6.1".into() } else { version },
        // Nor does this form say who administers: the server without a cluster and a machine, as the wizard makes it.
        admin_server: servers
            .iter()
            .find(|server| server.cluster.is_empty() && server.machine.is_empty())
            .map_or_else(String::new, |server| server.name.clone()),
        servers,
        clusters: children(root, "Cluster").map(|cluster| said(cluster, "Name")).collect(),
        machines: machines.collect(),
        libraries: Vec::new(),
        applications: applications.collect(),
    }
}

pub(super) fn children<'a, 'input: 'a>(node: Node<'a, 'input>, name: &'a str) -> impl Iterator<Item = Node<'a, 'input>> {
    node.children().filter(move |child| child.is_element() && child.tag_name().name() == name)
}

pub(super) fn text_of(node: Node, name: &str) -> String {
    children(node, name).next().and_then(|child| child.text()).unwrap_or_default().trim().to_string()
}

/// Places of domains that a home's `domain-registry.xml` lists.
pub fn registered(text: &str) -> Result<Vec<PathBuf>, Problem> {
    let document = parse(text)?;
    let places = document.descendants().filter(|node| node.tag_name().name() == "domain").filter_map(|node| node.attribute("location"));
    Ok(places.map(str::trim).filter(|place| !place.is_empty()).map(PathBuf::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ELEMENTS: &str = r#"<?xml version="1.0"?>
<domain xmlns="http://example.com/domain" xmlns:xsi="http://example.com/xsi">
  <name>trade</name><domain-version>10.3.6.0</domain-version>
  <server><name>Boss</name><listen-port>7101</listen-port></server>
  <server><name>east1</name><machine>m1</machine><cluster>east</cluster><listen-address>10.0.0.1</listen-address>
    <server-start><class-path>/x.jar</class-path></server-start></server>
  <cluster><name>east</name></cluster>
  <machine xsi:type="unix-machineType"><name>m1</name><node-manager><nm-type>SSH</nm-type><listen-address>h1</listen-address></node-manager></machine>
  <library><name>forms#2.0@2.0.1</name><target>east, Boss</target><source-path>/lib/forms.war</source-path></library>
  <app-deployment><name>shop</name><target>east</target><source-path>apps/shop.ear</source-path></app-deployment>
  <admin-server-name>Boss</admin-server-name>
</domain>"#;

    #[test]
    fn both_forms_are_read() {
        let read = Configuration::read(ELEMENTS).unwrap();
        assert_eq!((read.name.as_str(), read.admin_server.as_str(), read.clusters.len()), ("trade", "Boss", 1));
        assert_eq!(read.managed_servers().map(|server| server.name.as_str()).collect::<Vec<_>>(), ["east1"]);
        assert_eq!((read.servers[0].listen_port, read.servers[1].listen_port), (7101, 7001));
        assert_eq!(read.servers[1].start_class_path, "/x.jar");
        assert_eq!((read.machines[0].address.as_str(), read.machines[0].port, read.machines[0].kind.as_str()), ("h1", 5556, "SSH"));
        assert_eq!(read.libraries[0].targets, ["east", "Boss"]);
        assert_eq!(read.applications[0].source, "apps/shop.ear");

        let old = r#"<Domain ConfigurationVersion="8.1.0.0" Name="old"><Server Name="a"/><Server Name="b" Cluster="c" Machine="m"/>
            <UnixMachine Name="m"><NodeManager ListenAddress="h"/></UnixMachine></Domain>"#;
        let read = Configuration::read(old).unwrap();
        assert_eq!((read.version.as_str(), read.admin_server.as_str(), read.machines[0].address.as_str()), ("8.1.0.0", "a", "h"));
        assert_eq!(Configuration::read("<Domain Name='x'/>").unwrap().version, "6.1");
    }

    #[test]
    fn the_line_of_a_form_is_told() {
        let line = |text: &str| Configuration::read(text).unwrap().servers[0].start_class_path_line;
        assert_eq!([line(ELEMENTS), line("<Domain>\n<Server>\n<ServerStart ClassPath='/x'/></Server></Domain>")], [0, 3]);
        assert_eq!(Configuration::read(ELEMENTS).unwrap().servers[1].start_class_path_line, 6);
    }

    #[test]
    fn hostile_texts_are_refused() {
        let bomb = "<!DOCTYPE a [<!ENTITY b 'c'>]><domain>&b;</domain>";
        assert!(matches!(Configuration::read(bomb), Err(Problem::NotXml(_))));
        assert!(matches!(Configuration::read("<project/>"), Err(Problem::SomethingElse(_))));
        assert!(Configuration::read("").is_err());
    }
}
