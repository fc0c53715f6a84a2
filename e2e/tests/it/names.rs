//! Who may speak for a server: one process at a time, and only with its credential.

use e2e::process::{Running, until};
use e2e::world::{Options, World};
use e2e::{enterprise, packwright};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

/// Exit code of what is busy.
const BUSY: i32 = 4;
/// Exit code of what is refused.
const REFUSED: i32 = 3;

#[test]
fn of_two_processes_of_one_name_the_second_ends_with_a_clear_error() {
    let mut world = World::start(Options { servers: &["ENT1", "ENT2"], ..Options::default() });
    let second = world.beside("second");
    fs::create_dir(&second).expect("an own folder can be made");
    fs::copy(world.root("ENT1").join("packwright.credential"), second.join("packwright.credential")).expect("a credential can be copied");
    let ended = Running::start(world.command("ENT1", &second, &["serve", "--server", "ENT1"])).end().failed(BUSY);
    assert!(ended.stderr.contains("speaks for ENT1 already [name-claimed]"), "{}", ended.stderr);
    assert!(ended.stderr.contains("hint: end it, or revoke its credential"), "{}", ended.stderr);
    // In the first one's own folder it does not even ask.
    let ended = Running::start(world.command("ENT1", &world.root("ENT1"), &["serve", "--server", "ENT1"])).end().failed(BUSY);
    assert!(ended.stderr.contains("another process works in"), "{}", ended.stderr);

    // Its successor begins at once, and the first one never noticed.
    world.all_run();
    world.kill("ENT1");
    world.restart("ENT1");
    until("the successor answers", || world.said("ENT1").matches("ENT1 asks for work").count() == 2);
    world.run(&["tree", "ENT1"]).succeeded();
    world.all_run();
}

#[test]
fn a_credential_that_others_can_read_or_of_another_server_is_refused() {
    let folder = tempfile::TempDir::with_prefix("e2e-").expect("a temporary folder");
    let serve = |server: &str| {
        let mut command = Command::new(packwright());
        command.arg("--root").arg(folder.path()).args(["serve", "--server", server]);
        Running::start(command).end().failed(REFUSED).stderr
    };
    assert!(serve("ENT1").contains("there is no credential in"));

    let credential = folder.path().join("packwright.credential");
    let seed = "SUASECRETTHATNOBODYMAYSEE";
    enterprise::write_secret(&credential, &format!("server = \"ENT2\"\nbus = \"nats://127.0.0.1:1\"\nbus_seed = \"{seed}\"\n"));
    assert!(serve("ENT1").contains("the credential is that of ENT2, and not of ENT1 [credential-refused]"));

    fs::set_permissions(&credential, fs::Permissions::from_mode(0o640)).expect("an own file can be changed");
    let said = serve("ENT2");
    assert!(said.contains("its mode 640 lets others read it [credential-refused]") && said.contains("hint: chmod 600"), "{said}");

    enterprise::write_secret(&credential, &format!("server = \"ENT2\"\nbus_seed = \"{seed}\" and more\n"));
    let said = serve("ENT2");
    assert!(said.contains("line 2 is wrong") && !said.contains(seed), "{said}");
}
