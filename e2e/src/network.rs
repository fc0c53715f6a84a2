//! The machines' network: a namespace with an address of its own for each, where root may make them, else addresses of the loopback device, and
//! relays where the kernel cannot do what a test wants. It does not know what runs on the machines.

use crate::relay::{self, Line};
use std::collections::BTreeMap;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

/// Where `ip netns` keeps names.
const NAMESPACES: &str = "/run/netns";
/// The namespace of the bridge that joins the machines, with the relays.
const SWITCH: &str = "switch";

pub struct Network {
    world: String,
    machines: BTreeMap<String, Machine>,
    namespaces: bool,
}

struct Machine {
    address: Ipv4Addr,
    /// Its device on the bridge.
    port: String,
    line: Line,
}

impl Network {
    /// A network whose names begin with that of the world.
    pub fn make(world: &str, machines: &[String]) -> Network {
        let namespaces = ip(&["netns", "add", &format!("{world}-{SWITCH}")]).is_some_and(|output| output.status.success());
        let loopback = std::process::id().to_be_bytes();
        let address = |position: usize| match namespaces {
            true => Ipv4Addr::new(10, 77, 0, 10 + position as u8),
            // The process's number makes addresses that no other test has at the same time.
            false => Ipv4Addr::new(127, 64 | (loopback[1] & 63), loopback[2], loopback[3]),
        };
        let machine = |(position, name): (usize, &String)| {
            (name.clone(), Machine { address: address(position), port: format!("p{position}"), line: Line::default() })
        };
        let network = Network { world: world.into(), machines: machines.iter().enumerate().map(machine).collect(), namespaces };
        if namespaces {
            network.wire();
        }
        network
    }

    fn wire(&self) {
        let mut bridge =
            String::from("link set lo up\nlink add bridge type bridge\naddr add 10.77.0.1/24 dev bridge\nlink set bridge up\n");
        for (name, machine) in &self.machines {
            let namespace = self.namespace(name);
            let made = ip(&["netns", "add", &namespace]).is_some_and(|output| output.status.success());
            assert!(made, "cannot make the network namespace {namespace}, after another could be made");
            let Machine { port, .. } = machine;
            bridge += &format!("link add {port} type veth peer name eth0 netns {namespace}\nlink set {port} master bridge up\n");
        }
        self.batch(SWITCH, &bridge);
        for (name, machine) in &self.machines {
            let Machine { address, .. } = machine;
            self.batch(name, &format!("link set lo up\naddr add {address}/24 dev eth0\nlink set eth0 up\n"));
        }
    }

    /// The name of the world.
    pub fn world(&self) -> &str {
        &self.world
    }

    fn namespace(&self, machine: &str) -> String {
        format!("{}-{machine}", self.world)
    }

    /// Runs commands of `ip` in a machine's namespace.
    fn batch(&self, machine: &str, commands: &str) {
        let mut command = Command::new("ip");
        command.args(["-n", &self.namespace(machine), "-batch", "-"]).stdin(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("ip was there before");
        child.stdin.take().expect("it is piped").write_all(commands.as_bytes()).expect("ip reads its commands");
        let output = child.wait_with_output().expect("a child can be waited for");
        assert!(output.status.success(), "ip on {machine} failed:\n{commands}\n{}", String::from_utf8_lossy(&output.stderr));
    }

    fn machine(&self, machine: &str) -> &Machine {
        self.machines.get(machine).unwrap_or_else(|| panic!("the world has no machine {machine}"))
    }

    pub fn address(&self, machine: &str) -> Ipv4Addr {
        self.machine(machine).address
    }

    /// A port for a service on a machine.
    pub fn free_port(&self, machine: &str, usual: u16) -> u16 {
        if self.namespaces {
            return usual;
        }
        let listener = TcpListener::bind((self.address(machine), 0)).expect("the loopback device has every address");
        listener.local_addr().expect("a listener has an address").port()
    }

    /// Where the relays listen.
    pub fn relay_address(&self) -> Ipv4Addr {
        if self.namespaces { Ipv4Addr::new(10, 77, 0, 1) } else { Ipv4Addr::LOCALHOST }
    }

    /// The address by which a machine reaches a service: its own, or that of a relay, without which a line of the loopback device cannot be cut, nor
    /// any line made slow.
    pub fn route(&self, machine: &str, service: SocketAddr, relayed: bool) -> SocketAddr {
        if self.namespaces && !relayed {
            return service;
        }
        let namespace = self.namespaces.then(|| self.path(SWITCH));
        relay::open(namespace.as_deref(), self.relay_address(), service, self.machine(machine).line.clone())
    }

    fn path(&self, machine: &str) -> PathBuf {
        Path::new(NAMESPACES).join(self.namespace(machine))
    }

    /// A command on a machine. It becomes the program, so that its number is the program's.
    pub fn command(&self, machine: &str, program: &Path) -> Command {
        self.machine(machine);
        if !self.namespaces {
            return Command::new(program);
        }
        let mut command = Command::new("nsenter");
        command.arg(format!("--net={}", self.path(machine).display())).arg("--").arg(program);
        command
    }

    /// Takes a machine's cable out, or puts it in again.
    pub fn cut(&self, machine: &str, cut: bool) {
        let Machine { port, line, .. } = self.machine(machine);
        match self.namespaces {
            true => self.batch(SWITCH, &format!("link set {port} {}\n", if cut { "down" } else { "up" })),
            false => line.hold(cut),
        }
    }

    /// Keeps all that goes over relays between a machine and the services on its way for a time.
    pub fn slow(&self, machine: &str, delay: Duration) {
        self.machine(machine).line.slow(delay);
    }
}

fn ip(arguments: &[&str]) -> Option<Output> {
    Command::new("ip").args(arguments).output().ok()
}
