//! The laws of what is read in start scripts: statements lie in the text and in its order, and following a script ends.

use crate::ground::Ground;
use patches::domain::Domain;
use patches::effective::effective;
use patches::scripts::{Kind, Statement, cmd, edit, sh};

pub fn sh_statements(bytes: &[u8]) {
    are_in_place(bytes, &sh::statements(bytes));
    let _ = edit::lint(bytes, &sh::DIALECT);
    let _ = edit::find(bytes, &sh::DIALECT);
}

pub fn cmd_statements(bytes: &[u8]) {
    are_in_place(bytes, &cmd::statements(bytes));
    let product = patches::names::RelPath::new("wlserver_10.3").expect("a plain name");
    let _ = cmd::home_as_seen(bytes, &product);
}

fn are_in_place(text: &[u8], statements: &[Statement]) {
    let mut last = 0;
    let (mut line, mut counted_to) = (1, 0);
    for statement in statements {
        let bytes = &statement.bytes;
        assert!(bytes.start < bytes.end && bytes.end <= text.len(), "{statement:?} lies outside of the text");
        assert!(bytes.start >= last, "{statement:?} comes before the one that it follows");
        last = bytes.start;
        line += text[counted_to..bytes.start].iter().filter(|byte| **byte == b'\n').count();
        counted_to = bytes.start;
        assert_eq!(statement.line, line, "{statement:?} is in another line");
        let before = statement.before;
        assert!(before <= bytes.start && (before == 0 || text[before - 1] == b'\n'), "{statement:?} begins in a line's middle");
        if let Kind::Java { options_at, .. } = statement.kind {
            assert!(bytes.start < options_at && options_at <= bytes.end, "the options of {statement:?} would stand outside of it");
        }
    }
}

pub fn effective_sh(bytes: &[u8]) {
    let start = b"#!/bin/sh\nDOMAIN_HOME=\"/none\"\n. `dirname $0`/setDomainEnv.sh $*\n${JAVA_HOME}/bin/java -cp ${CLASSPATH} a.Server\n";
    follows("sh", start, bytes);
}

pub fn effective_cmd(bytes: &[u8]) {
    let start = b"@ECHO OFF\r\ncall \"%~dp0setDomainEnv.cmd\" %*\r\n%JAVA_HOME%\\bin\\java -cp %CLASSPATH% a.Server\r\n";
    follows("cmd", start, bytes);
}

/// The bytes are what a domain's start script calls, and then the start script itself.
fn follows(ending: &str, start: &[u8], bytes: &[u8]) {
    let configuration = b"<domain><name>orders</name><domain-version>10.3.6.0</domain-version><admin-server-name>admin</admin-server-name>\
        <server><name>admin</name></server><server><name>one</name></server></domain>";
    let ground = Ground::new(&[("domain/config/config.xml", configuration)]);
    let home = ground.home();
    for (script, server) in [(start, None), (bytes, Some("one"))] {
        ground.write(&format!("domain/bin/startWebLogic.{ending}"), script);
        ground.write(&format!("domain/bin/startManagedWebLogic.{ending}"), script);
        ground.write(&format!("domain/bin/setDomainEnv.{ending}"), bytes);
        let domain = Domain::open(&ground.root().join("domain")).expect("a domain");
        let found = effective(&home, &domain, server, |_| None).expect("both scripts are there");
        let _ = found.provider("com.example.Order");
    }
}
