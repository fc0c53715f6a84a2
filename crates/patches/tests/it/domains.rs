//! Domains as a whole: what their configuration says, what their Node Managers need, and which of their servers run with what. The servers are real
//! Java processes, started and ended here.

mod chains;
mod layout;
mod points;
mod processes;
mod strays;

use layout::Machine;
use patches::definitions::Contents;
use patches::domain::{self, Domain, Family, Role};
use patches::names::ProfileName;
use patches::node_manager::{self, Way};
use patches::pointing::{Target, plan};
use patches::scripts::Syntax;
use std::fs;
use std::os::unix::fs::PermissionsExt;

fn orders() -> ProfileName {
    ProfileName::new("Orders").unwrap()
}

#[test]
fn a_domain_is_known_by_its_configuration_and_its_scripts() {
    let machine = Machine::new();
    let domain = machine.domain("trade");
    assert_eq!((domain.configuration.name.as_str(), domain.family), ("trade", Family::ElevenG));
    assert!(domain.script(Role::SetDomainEnv, Syntax::Sh).is_some());
    assert!(domain.script(Role::SetDomainEnv, Syntax::Cmd).is_none());
    let used = domain.products_used(&machine.home()).unwrap();
    assert_eq!(used.iter().map(|product| product.label.as_str()).collect::<Vec<_>>(), ["wls1036"]);
    let evidence = &used[0].evidence[0];
    let text = fs::read_to_string(domain.root.join(&evidence.file)).unwrap();
    assert!(text.lines().nth(evidence.line as usize - 1).unwrap().contains("wlserver_10.3"), "{evidence:?}");
}

#[test]
fn a_home_lists_its_domains() {
    let machine = Machine::new();
    machine.domain("trade");
    let elsewhere = machine.folder.path().join("elsewhere/other");
    machine.write("elsewhere/other/config/config.xml", "<domain><name>other</name></domain>");
    let listed =
        format!("<domain-registry><domain location='{}'/><domain location='/nowhere/at/all'/></domain-registry>", elsewhere.display());
    machine.write("mw/domain-registry.xml", &listed);
    let found = domain::domains_of(&machine.home()).unwrap();
    let found: Vec<_> = found.iter().map(|domain| (domain.path.file_name().unwrap().to_str().unwrap(), domain.is_there)).collect();
    assert_eq!(found, [("other", true), ("all", false), ("trade", true)]);
}

#[test]
fn libraries_are_found_in_folders_and_in_archives_of_archives() {
    let machine = Machine::new();
    let reference = |name: &str| {
        format!(
            "<weblogic-web-app xmlns='http://example.com/w'><library-ref><library-name>{name}</library-name></library-ref></weblogic-web-app>"
        )
    };
    let module = layout::zip(&[("WEB-INF/weblogic.xml", reference("forms").as_bytes())]);
    let archive = layout::zip(&[("web.war", &module), ("META-INF/weblogic-application.xml", reference("rules").as_bytes())]);
    machine.write("apps/shop.ear", archive);
    machine.write("apps/open/WEB-INF/weblogic.xml", reference("pages"));
    machine.write("apps/broken.war", "no archive");
    let at = |place: &str| machine.folder.path().join("apps").join(place).display().to_string();
    let applications = [("shop", "shop.ear"), ("open", "open"), ("broken", "broken.war")]
        .map(|(name, place)| format!("<app-deployment><name>{name}</name><source-path>{}</source-path></app-deployment>", at(place)));
    machine
        .write("mw/user_projects/domains/apps/config/config.xml", format!("<domain><name>apps</name>{}</domain>", applications.concat()));
    let found = Domain::open(&machine.domain_folder("apps")).unwrap().library_references();
    let mut libraries: Vec<&str> = found.references.iter().map(|reference| reference.library.as_str()).collect();
    libraries.sort_unstable();
    assert_eq!(libraries, ["forms", "pages", "rules"]);
    assert!(found.references.iter().any(|reference| reference.place == "web.war!WEB-INF/weblogic.xml"));
    assert_eq!(found.unread.len(), 1, "{:?}", found.unread);
}

#[test]
fn a_folder_without_a_configuration_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(Domain::open(folder.path()).unwrap_err().code, "bad-request");
    fs::create_dir(folder.path().join("config")).unwrap();
    fs::write(folder.path().join("config/config.xml"), "<!DOCTYPE d [<!ENTITY e 'x'>]><domain>&e;</domain>").unwrap();
    assert_eq!(Domain::open(folder.path()).unwrap_err().code, "bad-request");
}

#[test]
fn every_machine_of_a_cluster_is_told_what_it_needs() {
    let machine = Machine::new();
    let domain = machine.domain("trade");
    machine.write("mw/wlserver_10.3/common/nodemanager/nodemanager.properties", "#made\r\nListenPort=5556\r\nStartScriptEnabled=false");
    let home = machine.home();
    let product = home.product(None).unwrap();
    let servers: Vec<_> = domain.configuration.servers_of_cluster("east").collect();
    let native = Contents { system: true, extension: false, native: true };
    let found = node_manager::advice(&home, &domain, product, &orders(), &servers, |_, _| native).unwrap();
    assert_eq!(found.way, Way::StartScript);
    let here = found.machines.iter().find(|machine| machine.machine == "near").unwrap();
    assert!(here.is_here && here.servers == ["east1"]);
    let [edit] = here.edits.as_slice() else { panic!("{here:?}") };
    fs::set_permissions(&edit.path, fs::Permissions::from_mode(0o640)).unwrap();
    let [backup] = node_manager::carry_out(&[edit]).unwrap().try_into().unwrap();
    assert!(fs::read_to_string(backup).unwrap().ends_with("StartScriptEnabled=false"));
    assert_eq!(fs::metadata(&edit.path).unwrap().permissions().mode() & 0o777, 0o640);
    let text = fs::read_to_string(&edit.path).unwrap();
    assert_eq!(text, "#made\r\nListenPort=5556\r\nStartScriptEnabled=true\r\nStartScriptName=startWebLogic.sh");
    assert_eq!(node_manager::carry_out(&[edit]).unwrap_err().code, "script-refused");
    let point = |found: &node_manager::Advice| found.machines.iter().any(|one| one.to_do.iter().any(|line| line.contains("patch point")));
    assert!(point(&found));
    let target = Target::Cluster("east".into());
    plan(&home, product, &domain, &orders(), &target, |_, _| native).unwrap().carry_out(&home).unwrap();
    assert!(!point(&node_manager::advice(&home, &domain, product, &orders(), &servers, |_, _| native).unwrap()));
    let nobody = ProfileName::new("Nope").unwrap();
    let failure = node_manager::advice(&home, &domain, product, &nobody, &servers, |_, _| native).unwrap_err();
    assert_eq!((failure.code.as_str(), failure.message.as_str()), ("unknown-name", "wls1036 has no profile Nope"));
    let far = found.machines.iter().find(|machine| machine.machine == "far").unwrap();
    assert!(!far.is_here && far.edits.is_empty() && far.address == "192.0.2.9:5556");
    assert!(far.to_do.iter().any(|line| line.contains("StartScriptEnabled=true")), "{far:?}");
    assert!(far.to_do.iter().any(|line| line.contains("script-based")), "{far:?}");
    assert_eq!(found.variables.iter().map(|needed| needed.variable).collect::<Vec<_>>(), ["PATCH_CLASSPATH", "PATCH_LIBPATH"]);

    let system = Contents { system: true, ..Contents::default() };
    let found = node_manager::advice(&home, &domain, product, &orders(), &servers, |_, _| system).unwrap();
    assert_eq!(found.way, Way::ServerStartClassPath);
    let manifest = home.root.join("patch_wls1036/profiles/Orders/sys_manifest_classpath/weblogic_patch.jar:");
    assert!(found.server_start.iter().all(|start| start.put_first == manifest.display().to_string() && !start.is_done));
    let default = ProfileName::default_profile();
    assert_eq!(node_manager::advice(&home, &domain, product, &default, &servers, |_, _| native).unwrap().way, Way::NothingToDo);
}

#[test]
fn files_of_node_managers_change_all_or_none() {
    let machine = Machine::new();
    let files = ["one", "other"].map(|name| {
        machine.write(&format!("{name}.properties"), "StartScriptEnabled=false\n");
        machine.folder.path().join(format!("{name}.properties"))
    });
    let edits = files.each_ref().map(|path| node_manager::plan_edit(path, "startWebLogic.sh", Family::ElevenG).unwrap());
    fs::set_permissions(&files[1], fs::Permissions::from_mode(0o444)).unwrap();
    let failure = node_manager::carry_out(&edits.each_ref()).unwrap_err();
    assert_eq!(failure.code, "script-refused", "{failure}");
    assert_eq!(fs::read_to_string(&files[0]).unwrap(), "StartScriptEnabled=false\n");
    assert_eq!(fs::read_dir(machine.folder.path()).unwrap().count(), 3, "no backup of what was not written");
}
