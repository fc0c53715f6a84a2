//! What a server would get: computed from start scripts of three releases, and checked by a real shell that runs them.

use super::layout::{Machine, zip};
use crate::start_scripts::lay_out;
use patches::definitions::Variable;
use patches::domain::Domain;
use patches::effective::by_running::{DEADLINE, by_running};
use patches::effective::{Effective, Told, effective};
use patches::names::PatchId;
use std::fs;
use std::path::Path;

const RELEASES: [&str; 3] = ["10.3.6", "12.1.3", "12.2.1"];
const MANIFEST: &str = "sys_manifest_classpath/weblogic_patch.jar";

fn domain_of(machine: &Machine, release: &str) -> Domain {
    let folder = machine.domain_folder("orders");
    lay_out(release, &machine.mw(), &folder, Path::new("/opt/java"));
    machine.write("mw/wlserver/.product.properties", "WLS_PRODUCT_VERSION=12.1.3.0\n");
    let servers = "<server><name>AdminServer</name></server><server><name>east1</name></server>";
    machine.write(
        "mw/user_projects/domains/orders/config/config.xml",
        format!("<domain><name>orders</name><domain-version>{release}.0</domain-version>{servers}</domain>"),
    );
    Domain::open(&folder).unwrap()
}

fn told(machine: &Machine, domain: &Domain, server: Option<&str>) -> Effective {
    effective(&machine.home(), domain, server, |_| None).unwrap()
}

fn put_before(domain: &Domain, script: &str, line_with: &str, what: &str) {
    let path = domain.root.join(script);
    let text = fs::read_to_string(&path).unwrap();
    let at = text.lines().find(|line| line.contains(line_with) && !line.starts_with('#')).unwrap();
    fs::write(&path, text.replacen(at, &format!("{what}\n{at}"), 1)).unwrap();
}

#[test]
fn what_is_computed_is_what_a_shell_says() {
    for release in RELEASES {
        let machine = Machine::new();
        let domain = domain_of(&machine, release);
        for edit in [
            "",
            "PATCH_CLASSPATH='/x y/patch_wls1036/profiles/Orders/a.jar'\nunset PATCH_LIBPATH",
            "case \"${SERVER_NAME}\" in\neast1)\n\tPATCH_LIBPATH=/n\n\t;;\nesac",
        ] {
            let original = fs::read(domain.root.join("bin/setDomainEnv.sh")).unwrap();
            if !edit.is_empty() {
                put_before(&domain, "bin/setDomainEnv.sh", "/commEnv.sh", edit);
            }
            for server in ["", "east1"] {
                let found = told(&machine, &domain, Some(server).filter(|server| !server.is_empty()));
                let run = by_running(&domain, server, DEADLINE).unwrap();
                for variable in [Variable::PatchClasspath, Variable::WeblogicExtensionDirs, Variable::PatchLibpath] {
                    let said = run.get(variable.name()).filter(|value| !value.is_empty());
                    let computed = match &found.variable(variable).value {
                        Told::Value(value) => Some(value),
                        Told::NotDefined => None,
                        Told::CannotTell(why) => panic!("{release} {server} {variable:?}: {why}"),
                    };
                    assert_eq!(computed, said, "{release} {server} {variable:?} with {edit:?}");
                }
            }
            fs::write(domain.root.join("bin/setDomainEnv.sh"), original).unwrap();
        }
    }
}

#[test]
fn each_value_is_told_with_its_line() {
    let machine = Machine::new();
    let domain = domain_of(&machine, "10.3.6");
    let found = told(&machine, &domain, None);
    assert!(found.profiles.iter().all(|mention| mention.profile.is_default()) && !found.profiles.is_empty(), "{found:?}");
    assert!(found.variable(Variable::PatchClasspath).defined_at.as_ref().unwrap().script.ends_with("setPatchEnv.sh"));

    let manifest = machine.mw().join("patch_wls1036/profiles/Orders").join(MANIFEST);
    put_before(
        &domain,
        "bin/startManagedWebLogic.sh",
        "if [ \"${DEBUG_MANAGED}\"",
        &format!("PATCH_CLASSPATH={}\nexport PATCH_CLASSPATH", manifest.display()),
    );
    let found = told(&machine, &domain, Some("east1"));
    let variable = found.variable(Variable::PatchClasspath);
    assert_eq!(variable.value, Told::Value(manifest.display().to_string()));
    let place = variable.defined_at.as_ref().unwrap();
    let text = fs::read_to_string(&place.script).unwrap();
    assert!(place.script.ends_with("startManagedWebLogic.sh") && text.lines().nth(place.line - 1).unwrap().starts_with("PATCH_CLASSPATH="));
    assert!(variable.read_at.as_ref().unwrap().script.ends_with("commEnv.sh"));
    assert_eq!(found.profiles[0].profile.as_str(), "Orders");
    assert!(told(&machine, &domain, None).profiles.iter().all(|mention| mention.profile.is_default()));
    assert_eq!(effective(&machine.home(), &domain, Some("west9"), |_| None).unwrap_err().code, "unknown-name");
}

#[test]
fn what_hangs_on_something_that_runs_is_not_guessed() {
    let machine = Machine::new();
    let domain = domain_of(&machine, "10.3.6");
    put_before(&domain, "bin/setDomainEnv.sh", "/commEnv.sh", "PATCH_CLASSPATH=`cat /etc/where`");
    let Told::CannotTell(why) = told(&machine, &domain, None).variable(Variable::PatchClasspath).value.clone() else {
        panic!("it was guessed")
    };
    assert_eq!(why, "it hangs on what `cat /etc/where` answers");
    put_before(
        &domain,
        "bin/setDomainEnv.sh",
        "/commEnv.sh",
        "PATCH_CLASSPATH=/a\nif grep -q x /etc/where ; then\n\tPATCH_CLASSPATH=/b\nfi",
    );
    let Told::CannotTell(why) = told(&machine, &domain, None).variable(Variable::PatchClasspath).value.clone() else {
        panic!("it was guessed")
    };
    assert_eq!(why, "it hangs on `grep -q x /etc/where`");
}

#[test]
fn a_class_is_answered_for_by_the_patch_that_comes_first() {
    let machine = Machine::new();
    let domain = domain_of(&machine, "10.3.6");
    machine.write("mw/patch_wls1036/patch_jars/bug7.jar", zip(&[("com/example/Order.class", b"new")]));
    machine
        .write("mw/wlserver_10.3/server/lib/weblogic.jar", zip(&[("com/example/Order.class", b"old"), ("com/example/Bill.class", b"old")]));
    let manifest = super::layout::manifest_jar(&["../../../patch_jars/bug7.jar", "../../../patch_jars/gone.jar"]);
    machine.write(&format!("mw/patch_wls1036/profiles/default/{MANIFEST}"), manifest);
    let patch = PatchId::new("HCE9").unwrap();
    let found = effective(&machine.home(), &domain, None, |path| path.ends_with("bug7.jar").then(|| patch.clone())).unwrap();
    assert_eq!(found.provider("com.example.Order").unwrap().patch, Some(patch));
    let bill = found.provider("com.example.Bill").unwrap();
    assert!(bill.patch.is_none() && bill.path.ends_with("weblogic.jar"));
    assert!(found.provider("com.example.Nothing").is_none());
    assert!(
        found.class_path.iter().any(|provided| provided.path.ends_with("gone.jar") && provided.state == patches::manifest::State::Missing)
    );
}

#[test]
fn a_class_of_the_extension_folders_is_for_applications() {
    let machine = Machine::new();
    let domain = domain_of(&machine, "10.3.6");
    machine.write("mw/patch_wls1036/patch_jars/bug8.jar", zip(&[("com/example/Form.class", b"new")]));
    let manifest = super::layout::manifest_jar(&["../../../patch_jars/bug8.jar"]);
    machine.write("mw/patch_wls1036/profiles/default/sysext_manifest_classpath/weblogic_ext_patch.jar", manifest);
    let found = told(&machine, &domain, None);
    let form = found.provider("com.example.Form").unwrap();
    assert!(form.for_applications && form.path.ends_with("bug8.jar"), "{form:?}");
    assert!(found.class_path.iter().all(|provided| !provided.for_applications));
}

#[test]
fn half_a_class_path_is_told_as_half() {
    let machine = Machine::new();
    let domain = domain_of(&machine, "10.3.6");
    assert_eq!(told(&machine, &domain, None).class_path_unknown, None);
    put_before(&domain, "bin/setDomainEnv.sh", "/commEnv.sh", "PRE_CLASSPATH=`cat /etc/where`");
    let path = domain.root.join("bin/setDomainEnv.sh");
    let text = fs::read_to_string(&path).unwrap() + "\nCLASSPATH=\"${PRE_CLASSPATH}:${CLASSPATH}\"\n";
    fs::write(&path, text).unwrap();
    let found = told(&machine, &domain, None);
    assert_eq!(found.class_path_unknown.as_deref(), Some("it hangs on what `cat /etc/where` answers"));
    assert!(!found.class_path.is_empty(), "what the patch variable brings is known");
}

#[test]
fn a_script_that_does_not_end_is_ended() {
    let machine = Machine::new();
    let domain = domain_of(&machine, "10.3.6");
    put_before(&domain, "bin/setDomainEnv.sh", "/commEnv.sh", "read nothing < \"${FIFO}\"");
    let fifo = machine.folder.path().join("fifo");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    put_before(&domain, "bin/setDomainEnv.sh", "read nothing", &format!("FIFO={}", fifo.display()));
    let failure = by_running(&domain, "", std::time::Duration::from_millis(300)).unwrap_err();
    assert_eq!((failure.code.as_str(), failure.message.as_str()), ("host-failed", "setDomainEnv.sh did not end in time"));
}
