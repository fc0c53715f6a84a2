//! Pointers off the usual way: in scripts outside the domain, in class paths made by hand, in forms of the configuration, in homes that were copied and
//! in domains that are gone or cannot be read.

use super::points::{Site, contents, profile, site};
use patches::domain::{self, Domain};
use patches::home::Home;
use patches::overview;
use patches::pointing::lint::{Finding, FindingKind, gone_domains, lint, repair};
use patches::pointing::pointers::{By, Pointer, of_domain, who_points_at};
use patches::pointing::{Target, plan, records, unpoint};
use std::fs;
use std::path::{Path, PathBuf};

const OWN: &str =
    "#!/bin/sh\nWEBLOGIC_CLASSPATH=/lib/server.jar\nCLASSPATH=\"${WEBLOGIC_CLASSPATH}\"\nexport CLASSPATH\njava example.Server\n";

fn kinds(found: &[Finding]) -> Vec<FindingKind> {
    found.iter().map(|finding| finding.kind).collect()
}

impl Site {
    fn lint(&self) -> Vec<Finding> {
        lint(&self.machine.home(), &self.domain, contents).unwrap()
    }

    fn opened(&self) -> Domain {
        Domain::open(&self.domain.root).unwrap()
    }

    /// The scripts that name a profile, each as often as it does.
    fn who(&self, name: &str) -> Vec<PathBuf> {
        let found = who_points_at(&self.machine.home(), "wls1036", &profile(name)).unwrap();
        found.into_iter().flat_map(|domain| domain.pointers).map(|pointer| pointer.script).collect()
    }
}

#[test]
fn a_script_outside_the_domain_is_never_forgotten() {
    let site = site("10.3.6");
    site.machine.write("opt/start.sh", OWN);
    let script = site.machine.folder.path().canonicalize().unwrap().join("opt/start.sh");
    site.point("Orders", Target::Script(script.clone()));
    assert_eq!(site.who("Orders"), std::slice::from_ref(&script));
    assert_eq!(site.lint(), []);
    fs::remove_dir_all(site.machine.mw().join("patch_wls1036/profiles/Orders")).unwrap();
    assert_eq!(kinds(&site.lint()), [FindingKind::ProfileGone]);
    site.unpoint(None);
    assert_eq!(fs::read_to_string(&script).unwrap(), OWN);
    assert!(records::read(&site.machine.home()).unwrap().is_empty());
}

#[test]
fn a_profile_is_seen_in_whatever_makes_a_class_path() {
    let night = "/mw/patch_wls1036/profiles/Night/sys_manifest_classpath/weblogic_patch.jar";
    let comm_env = ". ${WL_HOME}/common/bin/commEnv.sh";
    for line in [format!("PRE_CLASSPATH={night}"), format!("WEBLOGIC_CLASSPATH={night}:/x.jar"), format!("java -cp {night} example.Tool")] {
        let site = site("10.3.6");
        site.replace("bin/setDomainEnv.sh", comm_env, &format!("{line}\n{comm_env}"));
        let failure = site.plan("Orders", Target::WholeDomain).unwrap_err();
        assert!(failure.message.contains("two profiles") && failure.evidence[0].line > 0, "{line}: {failure}");
        assert_eq!(site.who("Night").len(), 1, "{line}");
        assert_eq!(site.lint(), []);
        fs::remove_dir_all(site.machine.mw().join("patch_wls1036/profiles/Night")).unwrap();
        assert_eq!(kinds(&site.lint()), [FindingKind::ProfileGone], "{line}");
    }
    // What only the installation's scripts bring in, the computed class path shows.
    let site = site("10.3.6");
    let comm_env = site.machine.mw().join("wlserver_10.3/common/bin/commEnv.sh");
    let text = fs::read_to_string(&comm_env).unwrap() + &format!("\nWEBLOGIC_CLASSPATH=\"{night}:${{WEBLOGIC_CLASSPATH}}\"\n");
    fs::write(&comm_env, text).unwrap();
    let failure = site.plan("Orders", Target::WholeDomain).unwrap_err();
    assert!(failure.message.contains("profile Night would be in effect beside it"), "{failure}");
}

#[test]
fn the_class_path_of_a_server_start_form_is_a_pointer_of_that_server() {
    let mut site = site("10.3.6");
    let form = "<name>east1</name>\n<server-start><class-path>/mw/patch_wls1036/profiles/Night/sys_manifest_classpath/weblogic_patch.jar:/x</class-path></server-start>";
    site.replace("config/config.xml", "<name>east1</name>", form);
    site.domain = site.opened();
    let (pointers, _) = of_domain(&site.machine.home(), &site.domain).unwrap();
    let [Pointer { line: 2, by: By::ServerStart, script, servers, .. }] = pointers.as_slice() else { panic!("{pointers:?}") };
    assert!(script.ends_with("config/config.xml") && *servers == ["east1"]);
    assert!(site.plan("Orders", Target::Cluster("east".into())).unwrap_err().message.contains("config/config.xml line 2"));
    assert_eq!(site.plan("Orders", Target::Server("alone".into())).unwrap().edits.len(), 1);
    assert_eq!(site.who("Night").len(), 1);
    fs::remove_dir_all(site.machine.mw().join("patch_wls1036/profiles/Night")).unwrap();
    assert_eq!(kinds(&site.lint()), [FindingKind::ProfileGone]);
}

#[test]
fn a_script_that_nobody_starts_from_and_nobody_can_read_stops_nothing() {
    let site = site("10.3.6");
    site.point("Orders", Target::WholeDomain);
    site.machine.write("mw/user_projects/domains/orders/bin/install.sh", vec![b'#'; 2 << 20]);
    site.machine.write("mw/domain-registry.xml", "<domain-registry><domain");
    let home = site.machine.home();
    let told = overview::overview(&home).unwrap();
    let [domain] = told.effect.domains.as_slice() else { panic!("{told:?}") };
    assert_eq!((domain.profiles.len(), &domain.profiles_unknown), (1, &None));
    assert!(domain.unread[0].contains("install.sh") && told.unread[0].contains("domain-registry.xml"), "{told:?}");
    let found = site.lint();
    assert_eq!((kinds(&found), found[0].kind.is_wrong()), (vec![FindingKind::LeftOut], false));
    assert!(kinds(&gone_domains(&home).unwrap()).contains(&FindingKind::LeftOut));
    assert_eq!(site.who("Orders").len(), 1);
    let planned = unpoint(&site.domain, None, &home, home.product(Some("wls1036")).unwrap()).unwrap();
    assert!(planned.edits.len() == 1 && planned.remarks[0].contains("install.sh"));

    // One that counts is another matter: what its servers get is not known.
    site.machine.write("mw/user_projects/domains/orders/bin/setDomainEnv.sh", vec![b'#'; 2 << 20]);
    let told = overview::overview(&home).unwrap();
    assert!(told.effect.domains[0].profiles_unknown.as_ref().is_some_and(|why| why.contains("setDomainEnv.sh")));
    assert!(kinds(&site.lint()).contains(&FindingKind::NotRead));
    let found = who_points_at(&home, "wls1036", &profile("Orders")).unwrap();
    assert!(found[0].pointers.is_empty() && found[0].unread[0].contains("setDomainEnv.sh"), "{found:?}");
}

fn copied(from: &Path, to: &Path, old: &str, new: &str) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let place = to.join(entry.file_name());
        if entry.path().is_dir() {
            copied(&entry.path(), &place, old, new);
        } else if entry.path().extension().is_some_and(|ending| ending == "sh") {
            fs::write(place, fs::read_to_string(entry.path()).unwrap().replace(old, new)).unwrap();
        } else {
            fs::copy(entry.path(), place).unwrap();
        }
    }
}

#[test]
fn a_copied_home_with_its_paths_replaced_is_well_and_can_be_unpointed() {
    let site = site("10.3.6");
    site.machine.write("mw/own/start.sh", OWN);
    site.machine.write("mw/user_projects/domains/orders/bin/own.sh", OWN);
    let targets = [site.machine.mw().join("own/start.sh"), site.domain.root.join("bin/own.sh")].map(Target::Script);
    targets.iter().for_each(|target| drop(site.point("Orders", target.clone())));
    site.point("Orders", Target::Server("east1".into()));
    let (old, new) = (site.machine.mw(), site.machine.mw().with_file_name("mw3"));
    copied(&old, &new, old.to_str().unwrap(), new.to_str().unwrap());
    fs::remove_dir_all(&old).unwrap();
    let home = Home::open(&new).unwrap();
    let domain = Domain::open(&new.join("user_projects/domains/orders")).unwrap();
    assert_eq!(lint(&home, &domain, contents).unwrap(), []);

    // One block was passed over by whoever replaced the paths.
    let script = domain.root.join("bin/setDomainEnv.sh");
    let text = fs::read_to_string(&script).unwrap();
    fs::write(&script, text.replace(&format!("{}/patch_", new.display()), &format!("{}/patch_", old.display()))).unwrap();
    assert_eq!(kinds(&lint(&home, &domain, contents).unwrap()), [FindingKind::BlockOutdated]);
    repair(&home, &domain, contents, false).unwrap();
    assert_eq!(fs::read_to_string(&script).unwrap(), text);
    unpoint(&domain, None, &home, home.product(Some("wls1036")).unwrap()).unwrap().carry_out(&home).unwrap();
    assert_eq!([new.join("own/start.sh"), domain.root.join("bin/own.sh")].map(|path| fs::read_to_string(path).unwrap()), [OWN, OWN]);
    assert!(!fs::read_to_string(&script).unwrap().contains("packwright"));
}

#[test]
fn a_domain_that_is_gone_can_be_forgotten_and_one_that_cannot_be_read_is_not_gone() {
    let site = site("10.3.6");
    let home = site.machine.home();
    site.point("Orders", Target::WholeDomain);
    let recorded = Path::new("user_projects/domains/orders");
    assert_eq!(records::of_gone_domain(&home, recorded).unwrap(), None, "it is there");
    site.machine.write("mw/user_projects/domains/orders/config/config.xml", "<domain><name>");
    assert_eq!(kinds(&gone_domains(&home).unwrap()), [FindingKind::NotRead]);
    assert!(!domain::is_gone(&site.domain.root));
    fs::remove_dir_all(&site.domain.root).unwrap();
    assert_eq!(kinds(&gone_domains(&home).unwrap()), [FindingKind::DomainGone]);
    assert_eq!(records::of_gone_domain(&home, Path::new("elsewhere")).unwrap(), None);
    for named in [recorded, site.domain.root.as_path()] {
        assert_eq!(records::of_gone_domain(&home, named).unwrap().unwrap().len(), 1, "{}", named.display());
    }
    records::forget(&home, &records::of_gone_domain(&home, recorded).unwrap().unwrap()).unwrap();
    assert_eq!(gone_domains(&home).unwrap(), []);
}

#[test]
fn a_block_that_was_taken_out_beside_another_one_is_lost() {
    let site = site("10.3.6");
    site.point("Orders", Target::Server("east1".into()));
    let with_one = fs::read(site.domain.root.join("bin/setDomainEnv.sh")).unwrap();
    site.point("Orders", Target::Server("alone".into()));
    fs::write(site.domain.root.join("bin/setDomainEnv.sh"), with_one).unwrap();
    let found = site.lint();
    assert_eq!(kinds(&found), [FindingKind::BlockLost]);
    assert!(found[0].message.contains("server alone"), "{found:?}");
    let home = site.machine.home();
    repair(&home, &site.domain, contents, false).unwrap();
    assert_eq!(site.lint(), []);
    assert!(
        plan(&home, home.product(Some("wls1036")).unwrap(), &site.domain, &profile("Orders"), &Target::Server("alone".into()), contents)
            .unwrap()
            .edits
            .is_empty()
    );
}
