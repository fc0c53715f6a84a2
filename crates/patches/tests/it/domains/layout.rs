//! A made-up installation for tests: one home with one server product, and domains in it. Texts are ours.

use patches::domain::Domain;
use patches::home::Home;
use std::fs;
use std::io::{Cursor, Write};
use std::path::PathBuf;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

pub struct Machine {
    pub folder: tempfile::TempDir,
}

impl Machine {
    pub fn new() -> Machine {
        let machine = Machine { folder: tempfile::tempdir().unwrap() };
        machine.write("mw/wlserver_10.3/.product.properties", "WLS_PRODUCT_VERSION=10.3.6.0\n");
        for profile in ["default", "Orders", "Night"] {
            let place = format!("mw/patch_wls1036/profiles/{profile}/sys_manifest_classpath/weblogic_patch.jar");
            machine.write(&place, manifest_jar(&[]));
        }
        machine
    }

    pub fn write(&self, place: &str, bytes: impl AsRef<[u8]>) {
        patches::disk::write(&self.folder.path().join(place), bytes.as_ref()).unwrap();
    }

    pub fn mw(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join("mw")
    }

    pub fn home(&self) -> Home {
        Home::open(&self.mw()).unwrap()
    }

    pub fn domain_folder(&self, name: &str) -> PathBuf {
        self.mw().join("user_projects/domains").join(name)
    }

    /// A domain with one cluster over two machines, this one and another, and its start scripts.
    pub fn domain(&self, name: &str) -> Domain {
        let place = |file: &str| format!("mw/user_projects/domains/{name}/{file}");
        self.write(&place("config/config.xml"), CONFIGURATION.replace("@NAME@", name));
        let mw = self.mw().display().to_string();
        let domain = self.domain_folder(name).display().to_string();
        for (file, text) in SCRIPTS {
            self.write(&place(file), text.replace("@MW@", &mw).replace("@DOMAIN@", &domain));
        }
        self.write("mw/wlserver_10.3/common/bin/commEnv.sh", COMM_ENV.replace("@MW@", &mw));
        self.write("mw/patch_wls1036/setPatchEnv.sh", SET_PATCH_ENV);
        Domain::open(&self.domain_folder(name)).unwrap()
    }
}

const CONFIGURATION: &str = r#"<?xml version='1.0'?>
<domain xmlns="http://example.com/domain"><name>@NAME@</name><domain-version>10.3.6.0</domain-version>
<server><name>AdminServer</name></server>
<server><name>east1</name><machine>near</machine><cluster>east</cluster><listen-port>7003</listen-port></server>
<server><name>east2</name><machine>far</machine><cluster>east</cluster><listen-port>7003</listen-port></server>
<server><name>alone</name><machine>near</machine></server>
<cluster><name>east</name></cluster>
<machine><name>near</name><node-manager><listen-address>localhost</listen-address></node-manager></machine>
<machine><name>far</name><node-manager><nm-type>SSH</nm-type><listen-address>192.0.2.9</listen-address></node-manager></machine>
<admin-server-name>AdminServer</admin-server-name></domain>
"#;

const SCRIPTS: [(&str, &str); 4] = [
    ("bin/setDomainEnv.sh", SET_DOMAIN_ENV),
    ("bin/startWebLogic.sh", START_WEBLOGIC),
    ("bin/startManagedWebLogic.sh", START_MANAGED),
    ("startWebLogic.sh", "#!/bin/sh\nDOMAIN_HOME=\"@DOMAIN@\"\n${DOMAIN_HOME}/bin/startWebLogic.sh $*\n"),
];

const SET_DOMAIN_ENV: &str = r#"#!/bin/sh
# Settings of the whole domain.
WL_HOME="@MW@/wlserver_10.3"
export WL_HOME
DOMAIN_HOME="@DOMAIN@"
export DOMAIN_HOME
# PATCH_CLASSPATH=[myPatchClasspath] (windows)
. ${WL_HOME}/common/bin/commEnv.sh
if [ "${SERVER_NAME}" = "" ] ; then
	SERVER_NAME="AdminServer"
	export SERVER_NAME
fi
CLASSPATH="${WEBLOGIC_CLASSPATH}"
export CLASSPATH
JAVA_OPTIONS="${JAVA_OPTIONS} -Dweblogic.ext.dirs=${WEBLOGIC_EXTENSION_DIRS}"
export JAVA_OPTIONS
"#;

const START_WEBLOGIC: &str = r#"#!/bin/sh
DOMAIN_HOME="@DOMAIN@"
. ${DOMAIN_HOME}/bin/setDomainEnv.sh $*
${JAVA_HOME}/bin/java ${JAVA_OPTIONS} -Dweblogic.Name=${SERVER_NAME} example.Server
"#;

const START_MANAGED: &str = r#"#!/bin/sh
DOMAIN_HOME="@DOMAIN@"
if [ "${1}" = "" ] ; then
	if [ "${SERVER_NAME}" = "" ] ; then
		exit 1
	fi
else
	SERVER_NAME="${1}"
	shift
fi
export SERVER_NAME
if [ "${1}" = "" ] ; then
	${DOMAIN_HOME}/bin/startWebLogic.sh nodebug
else
	${DOMAIN_HOME}/bin/startWebLogic.sh $*
fi
"#;

const COMM_ENV: &str = r#"#!/bin/sh
BEA_HOME="@MW@"
MW_HOME="${BEA_HOME}"
if [ -f ${MW_HOME}/patch_wls1036/setPatchEnv.sh ] ; then
	. ${MW_HOME}/patch_wls1036/setPatchEnv.sh
fi
WEBLOGIC_CLASSPATH="${PATCH_CLASSPATH}:${WL_HOME}/server/lib/weblogic.jar"
export WEBLOGIC_CLASSPATH
LD_LIBRARY_PATH="${PATCH_LIBPATH}:${WL_HOME}/server/native"
export LD_LIBRARY_PATH
"#;

const SET_PATCH_ENV: &str = r#"#!/bin/sh
if [ "${PATCH_CLASSPATH}" = "" ] ; then
	PATCH_CLASSPATH="${MW_HOME}/patch_wls1036/profiles/default/sys_manifest_classpath/weblogic_patch.jar"
	export PATCH_CLASSPATH
fi
if [ "${WEBLOGIC_EXTENSION_DIRS}" = "" ] ; then
	WEBLOGIC_EXTENSION_DIRS="${MW_HOME}/patch_wls1036/profiles/default/sysext_manifest_classpath"
	export WEBLOGIC_EXTENSION_DIRS
fi
if [ "${PATCH_LIBPATH}" = "" ] ; then
	PATCH_LIBPATH="${MW_HOME}/patch_wls1036/profiles/default/native"
	export PATCH_LIBPATH
fi
"#;

pub fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A jar that holds nothing but a class path; short entries only.
pub fn manifest_jar(class_path: &[&str]) -> Vec<u8> {
    let line = if class_path.is_empty() { String::new() } else { format!("Class-Path: {}\r\n", class_path.join("\r\n  ")) };
    zip(&[("META-INF/MANIFEST.MF", format!("Manifest-Version: 1.0\r\n{line}\r\n").as_bytes())])
}

pub fn write_at(path: &std::path::Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}
