//! What goes wrong, with the code that names it: the package that runs is never touched, and once the cause is mended the work goes through.

mod builds;
mod machine;
mod requests;

use crate::enterprise::Enterprise;
use crate::objects::Objects;
use crate::pipes::{Gate, script};
use serde_json::Value;
use std::path::PathBuf;

/// An enterprise that runs DV920FA, with two libraries, on both servers.
struct Running {
    enterprise: Enterprise,
    objects: Objects,
}

impl Running {
    fn new() -> Running {
        let enterprise = Enterprise::new();
        let objects = Objects::two_libraries(&enterprise);
        enterprise.check_in(objects.path()).succeeded();
        enterprise.build("DV920FA", "ENT1,ENT2");
        enterprise.run("deploy DV920FA").succeeded();
        Running { enterprise, objects }
    }

    /// Names a compiler of the test's own, which is not there yet.
    fn compiler(&self) -> PathBuf {
        let folder = self.enterprise.beside("tools");
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        let compiler = folder.join("cc");
        self.enterprise.change_file("toolchain = \"gcc\"", &format!("toolchain = \"{}\"", compiler.display()));
        compiler
    }

    /// Defines DV920FB on ENT1, whose compiler will stop at a gate before it compiles B5500003. The gate lies in the build area, since a compiler
    /// may write nowhere else.
    fn gated(&self) -> Gate {
        let gate = Gate::new(&self.enterprise.server("ENT1", "packages/DV920FB/gate"));
        let stop = format!("echo here > {}; read line < {}", gate.arrived().display(), gate.go().display());
        script(&self.compiler(), &format!("case \"$*\" in *-c*b5500003.c*) {stop};; esac\nexec gcc \"$@\""));
        self.objects.source("B5500003", "CTWO", None, "int I55_Nothing;\n");
        self.enterprise.check_in(self.objects.path()).succeeded();
        self.enterprise.define("DV920FB", "ENT1");
        gate
    }

    /// Checks in what was changed and builds DV920FB, which must fail; answers its report.
    fn fails_to_build(&self) -> Value {
        self.enterprise.check_in(self.objects.path()).succeeded();
        self.enterprise.define("DV920FB", "ENT1,ENT2");
        self.enterprise.run("package build DV920FB").failed(1);
        let refused = self.enterprise.refused("deploy DV920FB", 3);
        assert_eq!(refused["code"], "not-built");
        self.still_runs();
        let report = self.enterprise.json("package report DV920FB");
        assert_eq!(report["state"], "failed");
        report
    }

    /// The former package answers on both servers.
    fn still_runs(&self) {
        for server in ["ENT1", "ENT2"] {
            assert_eq!(self.enterprise.call("F55Twice", server, &["mnValue=21"])["values"]["mnResult"], 42, "on {server}");
        }
    }

    /// Checks in what was mended and builds DV920FB anew; it deploys and answers.
    fn rebuilds(&self) {
        self.enterprise.check_in(self.objects.path()).succeeded();
        self.enterprise.run("package rebuild DV920FB").succeeded();
        self.deploys();
    }

    /// Goes on with the build where it stopped.
    fn resumes(&self) {
        self.enterprise.run("package build DV920FB --resume").succeeded();
        self.deploys();
    }

    fn deploys(&self) {
        assert!(self.enterprise.json("package report DV920FB")["failures"].as_array().expect("a list").is_empty());
        self.enterprise.run("deploy DV920FB").succeeded();
        self.still_runs();
        for server in ["ENT1", "ENT2"] {
            let pointer = std::fs::read_to_string(self.enterprise.server(server, "DV920/spec/spec.ini")).expect("the pointer is there");
            assert!(pointer.contains("DV920_Package=DV920FB\n"), "{server}: {pointer}");
        }
    }
}

/// The codes of a report's failures, each once.
fn codes(report: &Value) -> Vec<&str> {
    let mut codes: Vec<&str> =
        report["failures"].as_array().expect("a list").iter().filter_map(|failure| failure["code"].as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// The errors of one server as `object file:line message`.
fn errors(report: &Value, server: &str) -> Vec<String> {
    let errors = report["errors"].as_array().expect("a list").iter().filter(|error| error["server"] == server);
    let text = |error: &Value, name: &str| error[name].as_str().unwrap_or_default().to_string();
    errors.map(|error| format!("{} {}:{} {}", text(error, "object"), text(error, "file"), error["line"], text(error, "message"))).collect()
}
