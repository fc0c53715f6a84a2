//! Makes sure that every library which the package lists lies where the server will run it from: a package that is not complete is announced to nobody,
//! and its name stays free. Then tells whoever polls the machine table that a deployment to this server begins: F9651.MDMCHRCDNM becomes 50.
//!
//! Serves: D1

use crate::paths::{FUNCTIONS, Paths, library_file};
use engine::failure::{self, Evidence, Failure};
use engine::outcome::{Change, Outcome};
use engine::release::Releases;
use engine::step::{self, Context, Step};

pub static STEP: Step = Step {
    name: "announce_deployment",
    title: "Announce the deployment",
    releases: Releases::ALL,
    timeout_seconds: 60,
    skip: step::never,
    run,
};

fn run(context: &mut Context<'_>) -> Result<Outcome, Failure> {
    verify_location(context)?;
    context.changes.push(Change::DeploymentState("50".into()));
    Ok(Outcome::Done)
}

fn verify_location(context: &Context<'_>) -> Result<(), Failure> {
    let (host, order) = (context.host, context.order);
    let location = Paths(order).location();
    let absent =
        |file: &str| Evidence { file: location.join(file).display().to_string(), message: "is not there".into(), ..Evidence::default() };
    let failed = |evidence| {
        let message = format!("package {} is not complete on {}", order.package, order.server.name);
        Err(Failure::new(&failure::NOT_BUILT, message)
            .hint("its files were removed or changed since the build: rebuild the package, or build and deploy under a new name")
            .evidence(evidence))
    };
    if !host.exists(&location.join(FUNCTIONS)) {
        return failed(vec![absent(FUNCTIONS)]);
    }
    let functions = host.read(&location.join(FUNCTIONS))?;
    let mut libraries: Vec<String> =
        String::from_utf8_lossy(&functions).lines().filter_map(|line| line.split('\t').nth(1)).map(library_file).collect();
    libraries.sort();
    libraries.dedup();
    let missing: Vec<Evidence> = libraries.iter().filter(|file| !host.exists(&location.join(file))).map(|file| absent(file)).collect();
    if missing.is_empty() { Ok(()) } else { failed(missing) }
}
