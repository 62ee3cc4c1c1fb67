//! The fuzzer finds what it should, finds it again by its number, and every target passes some cases of a fixed seed.

use std::collections::BTreeSet;

use fastrand::Rng;
use fuzz::targets::ALL;
use fuzz::{Outcome, Plan, Target, case, run};

/// Cases of each target in this test: seconds without optimisation.
const CASES: u64 = 300;

#[test]
fn every_target_passes_some_cases() {
    for target in ALL {
        assert_eq!(run(target, 1, Plan::Cases(CASES)), Outcome::Passed(CASES), "{}", target.name);
    }
}

#[test]
fn names_are_not_taken_twice() {
    let names: BTreeSet<&str> = ALL.iter().map(|target| target.name).collect();
    assert_eq!(names.len(), ALL.len());
}

/// Fails on what only a mutation of the corpus reaches: two magic bytes, and a length that is one too large.
const BROKEN: Target = Target {
    name: "broken",
    about: "",
    corpus: || vec![vec![0xab, 0xcd, 0, 4, 1, 2, 3, 4]],
    most: 1,
    mend: |_| {},
    try_case: |case, _: &mut Rng| {
        let is_found =
            case.iter().any(|input| matches!(input.as_slice(), [0xab, 0xcd, 0, 5, rest @ ..] if rest.len() == 4));
        assert!(!is_found, "found");
    },
};

#[test]
fn a_failure_is_found_and_repeated() {
    let Outcome::Failed { number, repeat } = run(&BROKEN, 7, Plan::Cases(100_000)) else { panic!("it is not found") };
    assert_eq!(repeat, format!("cargo xtask fuzz broken --seed 7 --case {number}"));
    assert!(matches!(run(&BROKEN, 7, Plan::One(number)), Outcome::Failed { .. }), "it fails again");
    assert_eq!(run(&BROKEN, 7, Plan::Cases(number)), Outcome::Passed(number), "it is the first");
}

#[test]
fn a_case_is_a_function_of_seed_and_number() {
    let target = &ALL[0];
    let corpus = (target.corpus)();
    let inputs = |seed, number| case(target, &corpus, seed, number).0;
    assert_eq!(inputs(3, 9), inputs(3, 9));
    assert_ne!(inputs(3, 9), inputs(3, 10));
    assert_ne!(inputs(3, 9), inputs(4, 9));
}
