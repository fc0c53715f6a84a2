//! Domains that are pointed at profiles: the edited scripts are run by a real shell with a program in Java's place that tells what a server gets.

use super::layout::Machine;
use crate::start_scripts::lay_out;
use patches::definitions::Contents;
use patches::domain::Domain;
use patches::home::Product;
use patches::names::ProfileName;
use patches::pointing::lint::{FindingKind, lint, repair};
use patches::pointing::pointers::who_points_at;
use patches::pointing::suggest::{Candidate, suggest};
use patches::pointing::{self, PointPlan, SnippetPlace, Target, plan, unpoint};
use patches::scripts::Syntax;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const RELEASES: [&str; 3] = ["10.3.6", "12.1.3", "12.2.1"];

pub struct Site {
    pub machine: Machine,
    pub domain: Domain,
}

const JAVA: &str = "#!/bin/sh\nprintf '%s\\n%s\\n' \"$CLASSPATH\" \"$LD_LIBRARY_PATH\"\n";

pub fn site(release: &str) -> Site {
    let machine = Machine::new();
    machine.write("mw/wlserver/.product.properties", "WLS_PRODUCT_VERSION=12.1.3.0\n");
    machine.write("java/bin/java", JAVA);
    let java = machine.folder.path().join("java/bin/java");
    fs::set_permissions(&java, fs::Permissions::from_mode(0o755)).unwrap();
    let folder = machine.domain_folder("orders");
    lay_out(release, &machine.mw(), &folder, &machine.folder.path().join("java"));
    let cluster = "<cluster><name>east</name></cluster>";
    let servers = ["AdminServer", "east1", "east2", "alone"].map(|name| {
        let cluster = if name.starts_with("east") { "<cluster>east</cluster>" } else { "" };
        format!("<server><name>{name}</name>{cluster}</server>")
    });
    let text = format!("<domain><name>orders</name><domain-version>{release}.0</domain-version>{}{cluster}</domain>", servers.concat());
    machine.write("mw/user_projects/domains/orders/config/config.xml", text);
    Site { domain: Domain::open(&folder).unwrap(), machine }
}

pub fn contents(_: &Product, profile: &ProfileName) -> Contents {
    Contents { system: true, extension: false, native: profile.as_str() == "Orders" }
}

pub fn profile(name: &str) -> ProfileName {
    ProfileName::new(name).unwrap()
}

impl Site {
    pub fn plan(&self, name: &str, target: Target) -> Result<PointPlan, engine::failure::Failure> {
        let home = self.machine.home();
        plan(&home, home.product(Some("wls1036")).unwrap(), &self.domain, &profile(name), &target, contents)
    }

    pub fn point(&self, name: &str, target: Target) -> PointPlan {
        let plan = self.plan(name, target).unwrap();
        plan.carry_out(&self.machine.home()).unwrap();
        plan
    }

    pub fn unpoint(&self, target: Option<&Target>) {
        let home = self.machine.home();
        let plan = unpoint(&self.domain, target, &home, home.product(Some("wls1036")).unwrap()).unwrap();
        plan.carry_out(&home).unwrap();
    }

    /// The profile that a real start gives a server, by its class path and its library path.
    fn profile_of(&self, server: &str) -> String {
        let script = if server == "AdminServer" { "startWebLogic.sh" } else { "bin/startManagedWebLogic.sh" };
        let words: &[&str] = if server == "AdminServer" { &[] } else { &[server] };
        let script = self.domain.root.join(script);
        let output =
            Command::new("/bin/sh").arg(script).args(words).env_clear().env("PATH", "/usr/bin:/bin").stdin(Stdio::null()).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let manifest = text.lines().find(|line| line.starts_with('/') && line.contains("/profiles/")).map_or("none", name_in);
        let library = text.lines().filter(|line| line.contains("/native")).map(name_in).next_back().unwrap_or("none");
        if library == "default" || library == "none" || manifest == library {
            manifest.to_string()
        } else {
            format!("{manifest} and {library}")
        }
    }

    fn profiles(&self) -> [String; 4] {
        ["AdminServer", "east1", "east2", "alone"].map(|server| self.profile_of(server))
    }

    fn scripts(&self) -> Vec<(PathBuf, Vec<u8>)> {
        self.domain.all_scripts().unwrap().into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
    }

    pub fn replace(&self, script: &str, from: &str, to: &str) {
        let path = self.domain.root.join(script);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from));
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
    }
}

fn name_in(line: &str) -> &str {
    line.split_once("/profiles/").map_or("none", |(_, rest)| rest.split('/').next().unwrap())
}

#[test]
fn each_target_reaches_its_servers_and_no_other() {
    for release in RELEASES {
        let nobody = if release == "12.2.1" { "none" } else { "default" };
        let targets = [
            (Target::WholeDomain, ["Orders"; 4]),
            (Target::ManagedServers, [nobody, "Orders", "Orders", "Orders"]),
            (Target::OtherServers, ["Orders", nobody, nobody, nobody]),
            (Target::Server("east1".into()), [nobody, "Orders", nobody, nobody]),
            (Target::Server("AdminServer".into()), ["Orders", nobody, nobody, nobody]),
            (Target::Cluster("east".into()), [nobody, "Orders", "Orders", nobody]),
        ];
        for (target, expected) in targets {
            let site = site(release);
            let before = site.scripts();
            let plan = site.plan("Orders", target.clone()).unwrap_or_else(|failure| panic!("{release} {target}: {failure}"));
            assert!(site.scripts() == before, "a plan writes nothing");
            assert_eq!(plan.edits.len(), 1, "{release} {target}");
            plan.carry_out(&site.machine.home()).unwrap();
            assert_eq!(site.profiles(), expected, "{release} {target}");
            assert_eq!(lint(&site.machine.home(), &site.domain, contents).unwrap(), [], "{release} {target}");
            assert!(site.plan("Orders", target.clone()).unwrap().edits.is_empty(), "{release} {target} twice is once");
            site.unpoint(Some(&target));
            assert!(site.scripts() == before, "{release} {target} is gone without a trace");
        }
    }
}

#[test]
fn several_targets_have_profiles_of_their_own() {
    let site = site("10.3.6");
    let before = site.scripts();
    site.point("Orders", Target::Server("east1".into()));
    site.point("Night", Target::Server("alone".into()));
    site.point("Night", Target::OtherServers);
    assert_eq!(site.profiles(), ["Night", "Orders", "default", "Night"]);
    assert_eq!(lint(&site.machine.home(), &site.domain, contents).unwrap(), []);
    site.point("Night", Target::Server("alone".into()));
    site.unpoint(Some(&Target::Server("alone".into())));
    assert_eq!(site.profiles(), ["Night", "Orders", "default", "default"]);
    site.unpoint(None);
    assert!(site.scripts() == before);

    site.point("Orders", Target::ManagedServers);
    site.point("Night", Target::OtherServers);
    assert_eq!(site.profiles(), ["Night", "Orders", "Orders", "Orders"]);
    let told = who_points_at(&site.machine.home(), "wls1036", &profile("Orders")).unwrap();
    let [domain] = told.as_slice() else { panic!("{told:?}") };
    let [pointer] = domain.pointers.as_slice() else { panic!("{told:?}") };
    let text = fs::read_to_string(&pointer.script).unwrap();
    assert!(
        pointer.script.ends_with("bin/startManagedWebLogic.sh")
            && text.lines().nth(pointer.line - 1).unwrap().contains("patch profile Orders")
    );
}

#[test]
fn a_server_is_never_pointed_at_two_profiles() {
    let refused = |site: &Site, name: &str, target: Target| {
        let failure = site.plan(name, target).unwrap_err();
        assert_eq!(failure.code, "script-refused", "{failure}");
        assert!(failure.message.contains("two profiles"), "{failure}");
        failure
    };
    let site = site("10.3.6");
    site.point("Orders", Target::ManagedServers);
    refused(&site, "Night", Target::WholeDomain);
    refused(&site, "Night", Target::Server("east1".into()));
    site.unpoint(None);
    site.point("Orders", Target::WholeDomain);
    let failure = refused(&site, "Night", Target::OtherServers);
    assert_eq!((failure.evidence[0].file.as_str(), failure.evidence[0].line > 0), ("bin/setDomainEnv.sh", true));
    site.unpoint(None);
    // By hand, in another script, by another variable.
    let line = "PATCH_LIBPATH=/mw/patch_wls1036/profiles/Night/native; export PATCH_LIBPATH\n. ${DOMAIN_HOME}/bin/setDomainEnv.sh";
    site.replace("bin/startWebLogic.sh", ". ${DOMAIN_HOME}/bin/setDomainEnv.sh", line);
    refused(&site, "Orders", Target::WholeDomain);
    let found = lint(&site.machine.home(), &site.domain, contents).unwrap();
    assert_eq!(found, [], "a definition by hand that names a profile of the home is no fault");
}

#[test]
fn what_cannot_be_right_is_refused_with_the_reason() {
    let mut site = site("10.3.6");
    let code = |site: &Site, name: &str, target: Target| site.plan(name, target).unwrap_err().code;
    assert_eq!(code(&site, "default", Target::WholeDomain), "bad-request");
    assert_eq!(code(&site, "Nowhere", Target::WholeDomain), "unknown-name");
    assert_eq!(code(&site, "Orders", Target::Server("west1".into())), "unknown-name");
    assert_eq!(code(&site, "Orders", Target::Cluster("west".into())), "unknown-name");
    assert_eq!(code(&site, "Orders", Target::EventServer), "script-refused");
    let wl_home = format!("WL_HOME=\"{}/wlserver_10.3\"", site.machine.mw().display());
    site.replace("bin/setDomainEnv.sh", &wl_home, "WL_HOME=\"/other/mw/wlserver_10.3\"");
    let failure = site.plan("Orders", Target::WholeDomain).unwrap_err();
    assert!(failure.message.contains("runs from /other/mw/wlserver_10.3"), "{failure}");
    for (version, part) in [("6.1.0.0", "never run commEnv"), ("7.0.0.0", "never run commEnv"), ("9.1.0.0", "extension classes")] {
        site.domain.configuration.version = version.into();
        site.domain.family = patches::domain::Family::of(version);
        let home = site.machine.home();
        let extension = Contents { extension: true, ..Contents::default() };
        let failure =
            plan(&home, home.product(Some("wls1036")).unwrap(), &site.domain, &profile("Orders"), &Target::WholeDomain, |_, _| extension)
                .unwrap_err();
        assert!(failure.code == "script-refused" && failure.message.contains(part) && !failure.hint.is_empty(), "{failure}");
    }
}

#[test]
fn a_home_is_named_as_the_domain_names_it() {
    let site = site("10.3.6");
    let link = site.machine.folder.path().join("current");
    std::os::unix::fs::symlink(site.machine.mw(), &link).unwrap();
    let wl_home = |root: &Path| format!("WL_HOME=\"{}/wlserver_10.3\"", root.display());
    site.replace("bin/setDomainEnv.sh", &wl_home(&site.machine.mw()), &wl_home(&link));
    let commons = site.machine.mw().join("wlserver_10.3/common/bin/commEnv.sh");
    let text = fs::read_to_string(&commons).unwrap();
    fs::write(&commons, text.replace(&wl_home(&site.machine.mw()), &wl_home(&link))).unwrap();
    site.point("Orders", Target::WholeDomain);
    let text = fs::read_to_string(site.domain.root.join("bin/setDomainEnv.sh")).unwrap();
    assert!(text.contains(&format!("PATCH_CLASSPATH='{}/patch_wls1036/profiles/Orders", link.display())), "{text}");
    assert_eq!(site.profiles(), ["Orders"; 4]);
}

#[test]
fn a_profile_that_came_to_hold_more_needs_its_block_written_anew() {
    let site = site("10.3.6");
    let home = site.machine.home();
    let before = |_: &Product, _: &ProfileName| Contents { system: true, ..Contents::default() };
    let product = home.product(Some("wls1036")).unwrap();
    plan(&home, product, &site.domain, &profile("Orders"), &Target::WholeDomain, before).unwrap().carry_out(&home).unwrap();
    assert_eq!(lint(&home, &site.domain, before).unwrap(), []);
    let found = lint(&home, &site.domain, contents).unwrap();
    assert_eq!(
        found.iter().map(|finding| (finding.kind, finding.can_be_repaired)).collect::<Vec<_>>(),
        [(FindingKind::BlockOutdated, true)]
    );
    assert_eq!(repair(&home, &site.domain, contents, true).unwrap().len(), 1);
    assert_eq!(lint(&home, &site.domain, contents).unwrap(), found, "a plan writes nothing");
    repair(&home, &site.domain, contents, false).unwrap();
    assert_eq!(lint(&home, &site.domain, contents).unwrap(), []);
    let text = fs::read_to_string(site.domain.root.join("bin/setDomainEnv.sh")).unwrap();
    assert!(text.contains("PATCH_LIBPATH='") && text.matches("# >>> packwright").count() == 1, "{text}");
}

#[test]
fn what_a_wizard_wrote_over_is_found_and_put_back() {
    let site = site("12.1.3");
    let original = fs::read(site.domain.root.join("bin/setDomainEnv.sh")).unwrap();
    site.point("Orders", Target::Cluster("east".into()));
    let pointed = site.scripts();
    let write = |bytes: &[u8]| fs::write(site.domain.root.join("bin/setDomainEnv.sh"), bytes).unwrap();
    write(&original);
    let home = site.machine.home();
    let found = lint(&home, &site.domain, contents).unwrap();
    assert_eq!(found.iter().map(|finding| (finding.kind, finding.can_be_repaired)).collect::<Vec<_>>(), [(FindingKind::BlockLost, true)]);
    assert_eq!(repair(&home, &site.domain, contents, false).unwrap().len(), 1);
    assert!(site.scripts() == pointed);
    assert_eq!(lint(&home, &site.domain, contents).unwrap(), []);

    site.replace("bin/setDomainEnv.sh", "PATCH_CLASSPATH='", "PATCH_CLASSPATH='/mine:");
    assert!(lint(&home, &site.domain, contents).unwrap().iter().any(|finding| finding.kind == FindingKind::BlockDamaged));
    write(&original);
    repair(&home, &site.domain, contents, false).unwrap();
    // Behind the block, before commEnv, as people do it.
    site.replace("bin/setDomainEnv.sh", "# <<< packwright <<<\n", "# <<< packwright <<<\nPATCH_CLASSPATH=/mine.jar\n");
    assert_eq!(lint(&home, &site.domain, contents).unwrap()[0].kind, FindingKind::NoEffect);
    fs::remove_dir_all(home.root.join("patch_wls1036/profiles/Orders")).unwrap();
    assert_eq!(lint(&home, &site.domain, contents).unwrap()[0].kind, FindingKind::ProfileGone);
}

#[test]
fn a_moved_home_still_knows_its_domains() {
    let site = site("10.3.6");
    site.point("Orders", Target::WholeDomain);
    let records = fs::read_to_string(site.machine.mw().join("packwright/pointers.json")).unwrap();
    assert!(!records.contains(site.machine.folder.path().to_str().unwrap()), "{records}");
}

#[test]
fn a_script_of_ones_own_and_an_event_server_are_pointed_too() {
    let site = site("10.3.6");
    let own =
        "#!/bin/sh\nWEBLOGIC_CLASSPATH=/lib/server.jar\nCLASSPATH=\"${WEBLOGIC_CLASSPATH}\"\nexport CLASSPATH\n@JAVA@ example.Server\n";
    let java = site.machine.folder.path().join("java/bin/java");
    site.machine.write("mw/user_projects/domains/orders/bin/own.sh", own.replace("@JAVA@", java.to_str().unwrap()));
    site.point("Orders", Target::Script(PathBuf::from("bin/own.sh")));
    let output = Command::new("/bin/sh").arg(site.domain.root.join("bin/own.sh")).env_clear().output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.lines().next().is_some_and(|line| name_in(line) == "Orders" && line.ends_with(":/lib/server.jar")), "{text}");

    let line = "#!/bin/sh\nif [ \"$1\" = -dgc ] ; then\n\tjava -Da=b -jar x.jar\nelse\n\tjava -jar x.jar\nfi\n";
    site.machine.write("events/one/startwlevs.sh", line);
    let domain = Domain::open(&site.machine.folder.path().join("events")).unwrap();
    let home = site.machine.home();
    let product = home.product(Some("wls1036")).unwrap();
    let planned = plan(&home, product, &domain, &profile("Orders"), &Target::EventServer, contents).unwrap();
    planned.carry_out(&home).unwrap();
    let text = fs::read_to_string(domain.root.join("one/startwlevs.sh")).unwrap();
    assert_eq!(text.matches("-DBEAPatchProfile=Orders").count(), 2);
    unpoint(&domain, None, &home, product).unwrap().carry_out(&home).unwrap();
    assert_eq!(fs::read_to_string(domain.root.join("one/startwlevs.sh")).unwrap(), line);
}

#[test]
fn lines_for_scripts_edited_by_hand_and_profiles_that_would_do() {
    let site = site("10.3.6");
    let home = site.machine.home();
    let product = home.product(Some("wls1036")).unwrap();
    let printed = |syntax: Syntax, target: &Target, root: Option<&str>| {
        let place = SnippetPlace { syntax, target, root };
        pointing::snippet(&home, product, &site.domain, &profile("Orders"), &place, contents).map(|printed| printed.lines)
    };
    let lines = printed(Syntax::Sh, &Target::WholeDomain, None).unwrap();
    assert!(lines.contains("export PATCH_CLASSPATH PATCH_LIBPATH") && lines.contains("/profiles/Orders/native"), "{lines}");
    let lines = printed(Syntax::Sh, &Target::Server("east1".into()), None).unwrap();
    assert!(lines.starts_with("case \"${SERVER_NAME:-$1}\" in\n'east1')\n"), "{lines}");
    let failure = printed(Syntax::Cmd, &Target::WholeDomain, None).unwrap_err();
    assert!(failure.hint.contains("--home-as"), "{failure}");
    let lines = printed(Syntax::Cmd, &Target::Cluster("east".into()), Some("D:\\mw")).unwrap();
    assert!(lines.contains("==\"east2\"") && lines.contains("PATCH_CLASSPATH=D:\\mw\\patch_wls1036\\profiles\\Orders"), "{lines}");
    assert_eq!(printed(Syntax::Cmd, &Target::WholeDomain, Some("mw")).unwrap_err().code, "script-refused");
    assert_eq!(printed(Syntax::Sh, &Target::EventServer, None).unwrap(), "-DBEAPatchProfile=Orders\n");
    let candidate = |product: &str, name: &str, patches| Candidate { product: product.into(), profile: profile(name), patches };
    let candidates = [
        candidate("wls1036", "default", 9),
        candidate("wls1036", "Night", 1),
        candidate("wls1036", "Orders", 4),
        candidate("odi1", "Other", 7),
    ];
    let found = suggest(&home, &site.domain, &candidates).unwrap();
    assert_eq!(found.iter().map(|suggestion| suggestion.profile.as_str()).collect::<Vec<_>>(), ["Orders", "Night"]);
    assert!(found[0].why.contains("uses only wls1036"), "{}", found[0].why);
    assert!(found[1].why.contains("holds 1 patch of it"), "{}", found[1].why);
    assert!(Path::new(&site.domain.root).is_absolute());
}

#[test]
fn another_products_pointer_does_not_make_way() {
    let site = site("10.3.6");
    for name in ["default", "Orders"] {
        site.machine.write(&format!("mw/patch_ocp371/profiles/{name}/sys_manifest_classpath/weblogic_patch.jar"), "");
    }
    let home = site.machine.home();
    let of = |label: &str, name: &str| {
        plan(&home, home.product(Some(label)).unwrap(), &site.domain, &profile(name), &Target::WholeDomain, contents)
    };
    of("ocp371", "Orders").unwrap().carry_out(&home).unwrap();
    let failure = of("wls1036", "Orders").unwrap_err();
    assert!(failure.message.contains("names Orders of ocp371 already") && failure.hint.contains("unpoint"), "{failure}");
    site.unpoint(None);
    of("wls1036", "Orders").unwrap().carry_out(&home).unwrap();
    assert_eq!(of("wls1036", "Night").unwrap().edits.len(), 1, "one of the same product does");
}

#[test]
fn a_plan_tells_what_could_not_be_written() {
    let site = site("10.3.6");
    let path = site.domain.root.join("bin/setDomainEnv.sh");
    let refused = |part: &str| {
        let failure = site.plan("Orders", Target::WholeDomain).unwrap_err();
        assert!(failure.code == "script-refused" && failure.message.contains(part), "{failure}");
    };
    fs::set_permissions(&path, fs::Permissions::from_mode(0o555)).unwrap();
    refused("may not be written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    fs::hard_link(&path, site.domain.root.join("other")).unwrap();
    refused("under 2 names");
    fs::remove_file(site.domain.root.join("other")).unwrap();
    fs::rename(&path, site.domain.root.join("real.sh")).unwrap();
    std::os::unix::fs::symlink("../real.sh", &path).unwrap();
    refused("is a link");
}

#[test]
fn links_are_followed_within_the_domain_only() {
    let site = site("10.3.6");
    // The usual script beside the configuration, made a link by an administrator.
    let (beside, own) = (site.domain.root.join("startWebLogic.sh"), site.domain.root.join("bin/startWebLogic.sh"));
    fs::remove_file(&beside).unwrap();
    std::os::unix::fs::symlink("bin/startWebLogic.sh", &beside).unwrap();
    std::os::unix::fs::symlink("/nowhere/at/all.sh", site.domain.root.join("bin/stale.sh")).unwrap();
    let before = fs::read(&own).unwrap();
    site.point("Orders", Target::OtherServers);
    site.point("Night", Target::OtherServers);
    site.unpoint(None);
    assert!(fs::read(&own).unwrap() == before && beside.is_symlink());

    let bin = site.domain.root.join("bin");
    let elsewhere = site.machine.folder.path().join("shared");
    fs::rename(&bin, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &bin).unwrap();
    let failure = site.plan("Orders", Target::WholeDomain).unwrap_err();
    assert!(failure.message.starts_with("bin/setDomainEnv.sh leads out of the domain, to /"), "{failure}");
    site.unpoint(None);
    // Named as what it is, it is taken.
    assert_eq!(site.plan("Orders", Target::Script(elsewhere.join("setDomainEnv.sh"))).unwrap().edits.len(), 1);
}

#[test]
fn a_name_with_a_bracket_is_a_name() {
    let mut site = site("10.3.6");
    for server in site.domain.configuration.servers.iter_mut().filter(|server| server.name == "alone") {
        server.name = "al)o|ne".into();
    }
    let plan = site.point("Orders", Target::Server("al)o|ne".into()));
    assert!(!plan.remarks.iter().any(|remark| remark.contains("cannot be shown")), "{:?}", plan.remarks);
    assert_eq!([site.profile_of("al)o|ne"), site.profile_of("east1")], ["Orders", "default"]);
    assert_eq!(lint(&site.machine.home(), &site.domain, contents).unwrap(), []);
}

#[test]
fn what_is_not_taken_away_or_not_edited_is_said() {
    let site = site("10.3.6");
    site.machine.write("mw/user_projects/domains/orders/bin/setDomainEnv.cmd", "set WL_HOME=C:\\mw\\wlserver_10.3\r\ncall commEnv.cmd\r\n");
    let site = Site { domain: Domain::open(&site.domain.root).unwrap(), ..site };
    let plan = site.point("Orders", Target::WholeDomain);
    assert!(plan.remarks.iter().any(|remark| remark.contains("--script bin/setDomainEnv.cmd")), "{:?}", plan.remarks);
    assert_eq!(site.plan("Orders", Target::Script(PathBuf::from("bin/setDomainEnv.cmd"))).unwrap().edits.len(), 1);
    let home = site.machine.home();
    let product = home.product(Some("wls1036")).unwrap();
    let target = Target::Server("east1".into());
    let plan = unpoint(&site.domain, Some(&target), &home, product).unwrap();
    assert!(plan.edits.is_empty());
    assert!(matches!(&plan.remarks[..], [one] if one.contains("still points east1 at profile Orders")), "{:?}", plan.remarks);
    assert_eq!(unpoint(&site.domain, Some(&Target::WholeDomain), &home, product).unwrap().remarks, Vec::<String>::new());
}

#[test]
fn what_does_not_reach_a_server_is_told_by_lines_that_are_there() {
    let site = site("10.3.6");
    let common = site.machine.mw().join("wlserver_10.3/common/bin/commEnv.sh");
    let text = fs::read_to_string(&common).unwrap();
    fs::write(&common, text.replace("PATCH_CLASSPATH", "OTHER_CLASSPATH")).unwrap();
    let failure = site.plan("Orders", Target::WholeDomain).unwrap_err();
    assert!(failure.message.ends_with("no script that is run reads PATCH_CLASSPATH"), "{failure}");
    assert!(failure.hint.contains("patch effective") && failure.evidence.is_empty(), "{failure}");
}

/// A domain whose scripts are of Windows, looked at from here; wine runs such blocks elsewhere in these tests.
#[test]
fn scripts_of_windows_are_pointed_by_what_windows_calls_the_home() {
    let machine = Machine::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts/cmd/10.3.6/domain");
    let place = |name: &str| format!("mw/user_projects/domains/far/{name}");
    for name in ["bin/setDomainEnv.cmd", "bin/startWebLogic.cmd", "bin/startManagedWebLogic.cmd", "startWebLogic.cmd"] {
        let text = fs::read_to_string(folder.join(name)).unwrap();
        machine.write(
            &place(name),
            text.replace("@MW_HOME@", "C:\\mw").replace("@DOMAIN_HOME@", "C:\\far").replace("@JAVA_HOME@", "C:\\java"),
        );
    }
    let servers = ["AdminServer", "east1", "east2"].map(|name| format!("<server><name>{name}</name></server>")).concat();
    machine
        .write(&place("config/config.xml"), format!("<domain><name>far</name><domain-version>10.3.6.0</domain-version>{servers}</domain>"));
    let domain = Domain::open(&machine.domain_folder("far")).unwrap();
    let home = machine.home();
    let product = home.product(Some("wls1036")).unwrap();
    let path = domain.root.join("bin/setDomainEnv.cmd");
    let before = fs::read(&path).unwrap();
    for (name, server) in [("Orders", "east1"), ("Night", "AdminServer")] {
        let planned = plan(&home, product, &domain, &profile(name), &Target::Server(server.into()), contents).unwrap();
        assert!(planned.remarks.iter().any(|remark| remark.contains("another system")), "{:?}", planned.remarks);
        planned.carry_out(&home).unwrap();
        assert!(plan(&home, product, &domain, &profile(name), &Target::Server(server.into()), contents).unwrap().edits.is_empty());
    }
    let text = String::from_utf8(fs::read(&path).unwrap()).unwrap();
    assert!(text.contains("C:\\mw\\patch_wls1036\\profiles\\Orders\\sys_manifest_classpath"), "{text}");
    let found = who_points_at(&home, "wls1036", &profile("Night")).unwrap();
    assert_eq!(found[0].pointers[0].servers, ["AdminServer", ""]);
    assert_eq!(lint(&home, &domain, contents).unwrap(), []);
    unpoint(&domain, Some(&Target::Server("east1".into())), &home, product).unwrap().carry_out(&home).unwrap();
    assert!(who_points_at(&home, "wls1036", &profile("Orders")).unwrap().is_empty());
    unpoint(&domain, None, &home, product).unwrap().carry_out(&home).unwrap();
    assert!(fs::read(&path).unwrap() == before);
}
