//! A fuzzer on stable Rust: inputs of a corpus are mutated, and a target must neither panic nor break a promise nor hang.
//!
//! A case is a function of (target, seed, number), so that a failure is repeated by three words. The corpus is made by our own emitters
//! and by runs of the simulator: mutations of legal bytes reach further than noise does.
//!
//! *Why not a library.* libFuzzer, AFL and honggfuzz see which branches an input takes, but need a nightly compiler, a C++ toolchain or a
//! program of their own to install; bolero is a front of these, and without one makes unguided noise. arbitrary makes values out of bytes, and values are what `proptest` tries in
//! the tests of each crate already. What is left is a few dozen lines of mutations that know what a length field is.
//!
//! Absent on purpose: guidance by coverage, and a corpus on disk. What a run finds becomes a test.

mod mutate;
mod runner;
pub mod targets;

pub use runner::{Outcome, Plan, run};

use fastrand::Rng;

/// Something that reads bytes from outside.
pub struct Target {
    /// Its name on the command line.
    pub name: &'static str,
    /// What is tried, in one line.
    pub about: &'static str,
    /// Legal inputs. They are made once for a run.
    pub corpus: fn() -> Vec<Vec<u8>>,
    /// Most inputs of one case: more than one for what has state between them.
    pub most: usize,
    /// Makes checksums and the like right again, so that what is behind them is reached. Half of the inputs go through it.
    pub mend: fn(&mut Vec<u8>),
    /// Tries a case. A panic is a failure. Whatever it chooses, it chooses by the numbers given.
    pub try_case: fn(case: &[Vec<u8>], random: &mut Rng),
}

/// The inputs of a case, and the numbers that its target chooses by.
pub fn case(target: &Target, corpus: &[Vec<u8>], seed: u64, number: u64) -> (Vec<Vec<u8>>, Rng) {
    // Two cases with numbers side by side have nothing in common: the generator hashes its seed.
    let mut random = Rng::with_seed(seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let inputs = (0..random.usize(1..=target.most))
        .map(|_| {
            let mut input = mutate::mutated(corpus, &mut random);
            if random.bool() {
                (target.mend)(&mut input);
            }
            input
        })
        .collect();
    (inputs, random)
}
