//! Every path that steps use, below the folder of a server: the one place that knows where things lie. Names are those of the vendor's
//! documents (e1-facts § 6).
//!
//! ```text
//! enterprise server                             deployment server
//! packages/<package>/   the build area          <path code>/package/<package>/
//!   checkin/{source64,include64,res,…}            work/  serverlogs/<server>/{text,CompileLogs}
//!   source/<LIBRARY>/  include/  obj64/           <platform>/  (compressed libraries, compress.inf)
//!   bin64/  text/  CompileLogs/  compress/  work/
//! <path code>/bin64/<package>/   what a deployed package runs from
//! <path code>/spec/<package>/spec.ini
//! <path code>/spec/spec.ini      the pointer
//! ```

use engine::step::Order;
use std::path::PathBuf;

/// Paths of one plan on one server.
pub struct Paths<'a>(pub &'a Order);

impl Paths<'_> {
    /// The package's build area on an enterprise server.
    pub fn build_area(&self) -> PathBuf {
        ["packages", &self.0.package].iter().collect()
    }

    fn area(&self, name: &str) -> PathBuf {
        self.build_area().join(name)
    }

    /// All that the repository holds for the package, as it was checked in.
    pub fn checkin(&self) -> PathBuf {
        self.area("checkin")
    }

    /// One line of JSON per object of `checkin`.
    pub fn checkin_index(&self) -> PathBuf {
        self.checkin().join("objects.json")
    }

    pub fn checkin_sources(&self) -> PathBuf {
        self.checkin().join(self.0.facts.folder("source"))
    }

    pub fn checkin_headers(&self) -> PathBuf {
        self.checkin().join(self.0.facts.folder("include"))
    }

    pub fn checkin_images(&self) -> PathBuf {
        self.checkin().join("res")
    }

    /// Sources of one folder per library.
    pub fn sources(&self) -> PathBuf {
        self.area("source")
    }

    pub fn headers(&self) -> PathBuf {
        self.area("include")
    }

    pub fn objects(&self) -> PathBuf {
        self.area(&self.0.facts.folder("obj"))
    }

    pub fn libraries(&self) -> PathBuf {
        self.area(&self.0.facts.folder("bin"))
    }

    /// Build directives (`.txt`) and states (`.sts`) per library, and the functions of the package.
    pub fn text(&self) -> PathBuf {
        self.area("text")
    }

    pub fn compile_logs(&self) -> PathBuf {
        self.area("CompileLogs")
    }

    pub fn compressed(&self) -> PathBuf {
        self.area("compress")
    }

    pub fn build_log(&self) -> PathBuf {
        self.area("svrpkgbuild.log")
    }

    pub fn work(&self) -> PathBuf {
        self.area("work")
    }

    /// Objects of the package with the pars that the build takes.
    pub fn object_list(&self) -> PathBuf {
        self.work().join("objects.txt")
    }

    /// A folder of this attempt alone, on an enterprise server.
    pub fn attempt(&self) -> PathBuf {
        self.work().join(self.attempt_name())
    }

    /// A folder of this attempt alone, on the deployment server.
    pub fn deployment_attempt(&self) -> PathBuf {
        self.deployment_work().join(self.attempt_name())
    }

    pub fn deployment_work(&self) -> PathBuf {
        self.deployment_area().join("work")
    }

    /// Name of this attempt's folder; those of other attempts at the step begin with the step's name and a dot as well.
    pub fn attempt_name(&self) -> String {
        format!("{}.{}.{}.{}", self.0.step, self.0.job, self.0.epoch, self.0.attempt)
    }

    /// What a deployed package runs from.
    pub fn location(&self) -> PathBuf {
        [self.0.path_code.as_str(), &self.0.facts.folder("bin"), &self.0.package].iter().collect()
    }

    pub fn spec_location(&self) -> PathBuf {
        [self.0.path_code.as_str(), "spec", &self.0.package].iter().collect()
    }

    /// The pointer: which package the server runs.
    pub fn spec_ini(&self) -> PathBuf {
        spec_ini(&self.0.path_code)
    }

    /// The package's folder on the deployment server.
    pub fn deployment_area(&self) -> PathBuf {
        [self.0.path_code.as_str(), "package", &self.0.package].iter().collect()
    }

    pub fn server_logs(&self, server: &str) -> PathBuf {
        self.deployment_area().join("serverlogs").join(server)
    }

    /// Compressed libraries of one platform on the deployment server.
    pub fn delivered_libraries(&self, platform: &str) -> PathBuf {
        self.deployment_area().join(platform)
    }
}

/// The pointer of a path code: which package the server runs.
pub fn spec_ini(path_code: &str) -> PathBuf {
    [path_code, "spec", "spec.ini"].iter().collect()
}

/// Where a server's packages run from: `<path code>/bin64/<package>`.
pub fn location(path_code: &str, bits: u16, package: &str) -> PathBuf {
    [path_code, &format!("bin{bits}"), package].iter().collect()
}

/// File that tells the library and data structure of each function; lies in `text` and beside the libraries of a location.
pub const FUNCTIONS: &str = "functions.txt";

/// File name of a library: `CORD` becomes `libcord.so`.
pub fn library_file(library: &str) -> String {
    format!("lib{}.so", library.to_ascii_lowercase())
}

/// Names under which servers publish goods for one another.
pub mod goods {
    pub fn sources(package: &str) -> String {
        format!("{package}/sources")
    }

    pub fn libraries(package: &str, platform: &str) -> String {
        format!("{package}/libraries/{platform}")
    }

    pub fn logs(package: &str, server: &str) -> String {
        format!("{package}/logs/{server}")
    }
}
