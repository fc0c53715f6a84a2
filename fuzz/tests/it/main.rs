//! Runs every target: over its saved corpus, over bytes of chance, and over mutations of the corpus. What a target reads and asserts is not known here.

mod bytes;
mod corpus;

use fuzz::{TARGETS, Target};
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::fs;
use std::panic;
use std::sync::Once;
use std::time::{Duration, Instant};

/// No input is larger than some thousand bytes, so whatever takes as long as this takes for ever.
const ONE_INPUT_MAX: Duration = Duration::from_secs(60);

/// A module of tests for each target, so that a failure names it.
macro_rules! targets {
    ($($name:ident)*) => {
        const NAMED: &[&str] = &[$(stringify!($name)),*];
        $(mod $name {
            #[test]
            fn holds_for_its_corpus() {
                super::saved(super::target(stringify!($name)));
            }

            #[test]
            fn holds_for_chance() {
                super::chance(super::target(stringify!($name)));
            }

            #[test]
            fn holds_for_mutations() {
                super::mutations(super::target(stringify!($name)));
            }
        })*
    };
}

targets! {
    xml descriptor catalogue
    container container_descriptor import download_memory
    class_path manifest class_index class_index_text
    sh_statements cmd_statements effective_sh effective_cmd
    sh_edit cmd_edit sh_java_option cmd_java_option
    domain_configuration domain_registry node_manager_properties
    product_properties patch_registry records
    lock_holder history journal
    names
    object_text par dictionary c_headers
    function_map kernel_layout
}

#[test]
fn every_target_has_its_tests_and_its_corpus_and_nothing_else_has() {
    let targets: BTreeSet<&str> = TARGETS.iter().map(|target| target.name).collect();
    assert_eq!(targets, NAMED.iter().copied().collect());
    let folders = corpus::folders();
    assert_eq!(targets, folders.iter().map(String::as_str).collect());
    assert!(targets.iter().all(|name| corpus::of(name).len() >= 2), "a corpus holds something good and something bad");
}

fn target(name: &str) -> &'static Target {
    TARGETS.iter().find(|target| target.name == name).expect("its line in TARGETS")
}

fn run(target: &Target, bytes: &[u8]) {
    let start = Instant::now();
    (target.run)(bytes);
    assert!(start.elapsed() < ONE_INPUT_MAX, "one input took {:?}", start.elapsed());
}

fn saved(target: &Target) {
    for (name, bytes) in corpus::of(target.name) {
        // Told only where the test fails: which file it was.
        println!("corpus/{}/{name}", target.name);
        run(target, &bytes);
    }
}

fn chance(target: &'static Target) {
    tried(target, bytes::of_chance());
}

fn mutations(target: &'static Target) {
    let corpus = corpus::of(target.name).into_iter().map(|(_, bytes)| bytes).collect();
    tried(target, bytes::mutated(corpus));
}

fn tried(target: &'static Target, strategy: impl Strategy<Value = Vec<u8>>) {
    let whole = Config::default();
    // What is found is kept in the corpus, where a person has given it a name.
    let config = Config { cases: whole.cases.div_ceil(target.cost), failure_persistence: None, max_shrink_iters: 4_000, ..whole };
    // A usual run tries the same inputs each time, so that it says something of a change; who asks for a number of cases searches.
    let searches = std::env::var_os("PROPTEST_CASES").is_some();
    let mut runner = match searches {
        true => TestRunner::new(config),
        false => TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha)),
    };
    let outcome = silently(|| {
        runner.run(&strategy, |bytes| {
            run(target, &bytes);
            Ok(())
        })
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(reason, bytes)) => {
            let digest = &blake3::hash(&bytes).to_hex()[..8];
            let found = format!("{}/found-{}-{digest}", env!("CARGO_TARGET_TMPDIR"), target.name);
            fs::write(&found, &bytes).expect("the folder of this build");
            panic!("{reason}\nthe input: {}\nkeep it: cp {found} fuzz/corpus/{}/", bytes.escape_ascii(), target.name);
        }
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
}

thread_local! {
    static IS_SILENT: Cell<bool> = const { Cell::new(false) };
}

/// Panics are caught while an input is made smaller; thousands of them would hide the one that is told at the end.
fn silently<T>(work: impl FnOnce() -> T) -> T {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |told| {
            if !IS_SILENT.get() {
                usual(told);
            }
        }));
    });
    IS_SILENT.set(true);
    let done = work();
    IS_SILENT.set(false);
    done
}
