//! Servers that run: a real Java process with a profile in its class path, seen from outside.

use super::layout::{self, Machine, manifest_jar};
use patches::names::{PatchId, ProfileName};
use patches::pointing::mentions::Mention;
use patches::pointing::pointers::{By, Pointer};
use patches::running::status::{AppliedArchive, ProfileNow, status};
use patches::running::{Running, RunningJvm, running};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

/// Ends when its input does; ended for sure when this goes.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

const WAITS: &str = "public class Waits { public static void main(String[] a) throws Exception {
    System.out.println(new Patched()); while (System.in.read() >= 0) {} } }";
const PATCHED: &str = "public class Patched { public String toString() { return \"patched\"; } }";

fn compile(folder: &Path) {
    layout::write_at(&folder.join("Waits.java"), WAITS.as_bytes());
    layout::write_at(&folder.join("Patched.java"), PATCHED.as_bytes());
    let done = Command::new("javac").args(["-d", ".", "Waits.java", "Patched.java"]).current_dir(folder).status().unwrap();
    assert!(done.success());
}

fn start(machine: &Machine, domain: &Path) -> Server {
    let work = machine.folder.path().join("work");
    compile(&work);
    let class = fs::read(work.join("Patched.class")).unwrap();
    machine.write("mw/patch_wls1036/patch_jars/bug7.jar", layout::zip(&[("Patched.class", &class)]));
    let manifest = "patch_wls1036/profiles/Orders/sys_manifest_classpath/weblogic_patch.jar";
    machine.write(&format!("mw/{manifest}"), manifest_jar(&["../../../patch_jars/bug7.jar"]));
    fs::create_dir(work.join("main")).unwrap();
    fs::rename(work.join("Waits.class"), work.join("main/Waits.class")).unwrap();
    let class_path = format!("{}:{}", machine.mw().join(manifest).display(), work.join("main").display());
    let mut child = Command::new("java")
        .args(["-Xshare:auto", "-XX:TieredStopAtLevel=1", "-Dweblogic.Name=east1", "Waits"])
        .env("CLASSPATH", class_path)
        .current_dir(domain)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
    let server = Server(child);
    assert_eq!(said.trim(), "patched");
    server
}

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64
}

#[test]
fn a_server_tells_its_profile_and_whether_it_must_be_restarted() {
    let machine = Machine::new();
    let domain = machine.domain("trade");
    let before = now();
    let server = start(&machine, &domain.root);
    let home = machine.home();
    let found = running(&home, std::slice::from_ref(&domain.root)).unwrap();
    let [jvm] = found.jvms.as_slice() else { panic!("{found:?}") };
    assert_eq!((jvm.pid, jvm.server.as_str(), jvm.domain.as_deref()), (server.0.id(), "east1", Some(domain.root.as_path())));
    assert!(jvm.profile().is_some_and(|mention| mention.profile.as_str() == "Orders" && mention.product == "wls1036"), "{jvm:?}");
    // The system counts starts in hundredths of a second.
    assert!((before - 50..=now() + 50).contains(&jvm.started_at), "{before} {}", jvm.started_at);
    let jar = home.root.join("patch_wls1036/patch_jars/bug7.jar");
    assert!(jvm.open_jars.iter().any(|open| open.path == jar && !open.is_gone), "{jvm:?}");
    assert_eq!(jvm.restart_reasons(Some(jvm.started_at - 1), std::slice::from_ref(&jar)), [""; 0]);
    assert_eq!(jvm.restart_reasons(Some(now() + 1), std::slice::from_ref(&jar)).len(), 1);

    // The profile is changed: its manifest jar is another file now, and it holds no jar.
    machine.write("mw/patch_wls1036/profiles/Orders/sys_manifest_classpath/weblogic_patch.jar", manifest_jar(&[]));
    let found = running(&home, std::slice::from_ref(&domain.root)).unwrap();
    let reasons = found.jvms[0].restart_reasons(None, &[]);
    assert!(reasons.iter().any(|reason| reason.contains("weblogic_patch.jar that was replaced")), "{reasons:?}");
    assert!(reasons.iter().any(|reason| reason.contains("bug7.jar, which its profile no longer holds")), "{reasons:?}");

    let orders = found.jvms[0].profiles[0].clone();
    let pointer = |profile: &str, servers: &[&str]| Pointer {
        script: domain.root.join("bin/setDomainEnv.sh"),
        line: 1,
        mention: Mention { profile: ProfileName::new(profile).unwrap(), ..orders.clone() },
        by: By::Block { intact: true, effective: true },
        servers: servers.iter().map(|server| server.to_string()).collect(),
    };
    let told = status(std::slice::from_ref(&domain), found, &[], |_| Ok((vec![pointer("Orders", &[])], Vec::new())), |_| None);
    assert_eq!(told.domains[0].servers[0].restart, ["it was started with profile Orders, which is no more"]);
    assert_eq!(told.domains[0].profiles, std::slice::from_ref(&orders));
    drop(server);
    assert_eq!(running(&home, std::slice::from_ref(&domain.root)).unwrap().jvms, []);
}

#[test]
fn archives_that_nothing_uses_are_told() {
    let machine = Machine::new();
    let domain = machine.domain("trade");
    let archive = |library: &str, profile: &str| AppliedArchive {
        patch: PatchId::new("AR01").unwrap(),
        product: "wls1036".into(),
        profile: ProfileName::new(profile).unwrap(),
        library: library.into(),
        version: String::new(),
    };
    let archives = [archive("forms", "default"), archive("pages", "Night")];
    let told =
        status(std::slice::from_ref(&domain), Running::default(), &archives, |_| Ok(Default::default()), |_| Some(ProfileNow::default()));
    let [idle] = told.domains[0].idle_archives.as_slice() else { panic!("{told:?}") };
    assert_eq!((idle.archive.library.as_str(), idle.why.as_str()), ("forms", "it is not deployed, and no application refers to it"));
    let unused: Vec<&str> = told.unused_archives.iter().map(|archive| archive.library.as_str()).collect();
    assert_eq!(unused, ["forms", "pages"], "also one whose profile no script names");
}

#[test]
fn an_archive_of_a_profile_of_the_same_name_of_another_product_is_not_meant() {
    let machine = Machine::new();
    let domain = machine.domain("trade");
    let night = |product: &str| Mention { product: product.into(), profile: ProfileName::new("Night").unwrap() };
    let archive = AppliedArchive {
        patch: PatchId::new("AR01").unwrap(),
        product: "ocp371".into(),
        profile: night("").profile,
        library: "forms".into(),
        version: String::new(),
    };
    let named = |product: &str| Pointer {
        script: domain.root.join("bin/setDomainEnv.sh"),
        line: 1,
        mention: night(product),
        by: By::Block { intact: true, effective: true },
        servers: Vec::new(),
    };
    let idle_where = |product: &str| {
        let told = status(
            std::slice::from_ref(&domain),
            Running::default(),
            std::slice::from_ref(&archive),
            |_| Ok((vec![named(product)], Vec::new())),
            |_| None,
        );
        assert_eq!(told.domains[0].gone_profiles, [night(product)], "nothing is known of such a profile");
        told.domains[0].idle_archives.len()
    };
    assert_eq!([idle_where("wls1036"), idle_where("ocp371"), idle_where("")], [0, 1, 1]);
}

fn orders_or(profile: &str) -> Mention {
    Mention { product: "wls1036".into(), profile: ProfileName::new(profile).unwrap() }
}

#[test]
fn a_server_that_was_started_before_its_domain_was_pointed_is_told() {
    let machine = Machine::new();
    let domain = machine.domain("trade");
    let jvm = |server: &str, profile: &str| RunningJvm {
        pid: 1,
        server: server.into(),
        domain: Some(domain.root.clone()),
        started_at: 1,
        profiles: vec![orders_or(profile)],
        open_jars: Vec::new(),
        because: String::new(),
    };
    let pointer = |profile: &str, servers: &[&str]| Pointer {
        script: domain.root.join("bin/setDomainEnv.sh"),
        line: 1,
        mention: orders_or(profile),
        by: By::Block { intact: true, effective: true },
        servers: servers.iter().map(|server| server.to_string()).collect(),
    };
    let reasons = |jvm: RunningJvm, pointers: Vec<Pointer>| {
        let running = Running { jvms: vec![jvm], unreadable: 0 };
        let told =
            status(std::slice::from_ref(&domain), running, &[], |_| Ok((pointers.clone(), Vec::new())), |_| Some(ProfileNow::default()));
        told.domains[0].servers[0].restart.join("; ")
    };
    let started_before = "it was started before the domain's scripts named profile Orders for it";
    assert_eq!(reasons(jvm("east1", "default"), vec![pointer("Orders", &["east1"])]), started_before);
    assert_eq!(reasons(jvm("", "default"), vec![pointer("Orders", &["AdminServer", ""])]), started_before);
    assert_eq!(reasons(jvm("east2", "default"), vec![pointer("Orders", &["east1"])]), "");
    assert_eq!(reasons(jvm("east1", "Orders"), vec![pointer("Orders", &[])]), "");
    assert!(reasons(jvm("east1", "Night"), vec![pointer("Orders", &[])]).contains("name Orders for it now"));
    // A profile that the scripts name for another server only.
    assert!(reasons(jvm("east2", "Orders"), vec![pointer("Orders", &["east1"])]).contains("do not name for it now"));
    let own = Pointer { script: domain.root.join("bin/own.sh"), ..pointer("Night", &[]) };
    assert_eq!(reasons(jvm("east1", "Night"), vec![own]), "", "a script of one's own may start any server");
}
