//! The oracle: programs that the machine must run as CPython does, compared by exit status, standard output and the last line of
//! standard error.
//!
//! `programs/` is a corpus by topic (`corpus.rs`), `generate/` makes programs from a seed, `pairs/` are programs that talk to each
//! other over loopback. `ONLY=strings cargo test -p python --test oracle corpus -- --nocapture` runs those whose name has the word.
//! Absent: how fast programs run, and tracebacks above their last line.

mod check;
mod corpus;
mod cpython;
mod generate;
mod loopback;
mod outcome;
mod pairs;
mod pending;
mod recorded;
mod simulator;

use std::collections::BTreeMap;

use check::{Check, panicked, unpanicked};
use corpus::Program;
use cpython::Python;
use outcome::Outcome;

type Answers = BTreeMap<String, Outcome>;

/// The command that runs one program of the corpus.
fn repeat(name: &str) -> String {
    format!("ONLY={name} cargo test -p python --test oracle corpus -- --nocapture")
}

/// What CPython answers: the one that is there (`live` asks it), when it is the version whose words the machine says; else as it was
/// recorded.
fn expected(names: &[String], repeat: fn(&str) -> String, live: impl FnOnce(&mut Python) -> Answers) -> Answers {
    let recorded = recorded::load(names.iter().map(String::as_str));
    match Python::start() {
        Some(mut python) if python.version() == recorded::VERSION => {
            let live = live(&mut python);
            if std::env::var_os("SOCKSCOPE_UPDATE_ORACLE").is_some() {
                recorded::save(&live);
                return live;
            }
            for (name, outcome) in &live {
                let is_kept = recorded.get(name) == Some(outcome);
                let now = outcome.to_text();
                assert!(
                    is_kept,
                    "{name} was recorded otherwise; now:\n{now}SOCKSCOPE_UPDATE_ORACLE=1 {}",
                    repeat(name)
                );
            }
            return live;
        }
        Some(python) => println!("python3 is {}: compared with answers of {}", python.version(), recorded::VERSION),
        None => println!("no python3 here: compared with answers of {}", recorded::VERSION),
    }
    for name in names {
        assert!(recorded.contains_key(name), "{name} has no recorded answer");
    }
    recorded
}

#[test]
fn corpus() {
    let programs = corpus::load();
    let names: Vec<String> = programs.iter().map(|program| program.name.clone()).collect();
    let answers = expected(&names, repeat, |python| programs.iter().map(|p| (p.name.clone(), python.run(p))).collect());
    let mut check = Check::new("pending.txt", repeat);
    for program in &programs {
        check.run(program, &answers[&program.name]);
    }
    check.finish();
}

/// The command that runs one pair.
fn repeat_pair(name: &str) -> String {
    let pair = name.trim_start_matches("pairs/").rsplit_once('/').map_or(name, |(pair, _)| pair);
    format!("ONLY={pair} cargo test -p python --test oracle pairs -- --nocapture")
}

#[test]
fn pairs() {
    let pairs = pairs::load();
    let names: Vec<String> =
        pairs.iter().flat_map(|pair| pair.peers.iter().map(|peer| pair.full_name(&peer.name))).collect();
    let answers = expected(&names, repeat_pair, |_| pairs.iter().flat_map(loopback::run).collect());
    let mut check = Check::new("pending_pairs.txt", repeat_pair);
    for pair in &pairs {
        let found = unpanicked(|| simulator::run_pair(pair)).unwrap_or_default();
        for peer in &pair.peers {
            let name = pair.full_name(&peer.name);
            let found = found.get(&name).cloned().unwrap_or_else(panicked);
            check.compare(&Program::new(name.clone(), &peer.source), &answers[&name], &found);
        }
    }
    check.finish();
}

/// So many programs are generated; `CASES=` says how many others.
const CASES: u64 = 240;

/// The command that makes one program again.
fn repeat_generated(name: &str) -> String {
    let seed = name.split(' ').next().unwrap_or_default();
    format!("{seed} CASES=1 cargo test -p python --test oracle generated -- --nocapture")
}

#[test]
fn generated() {
    let Some(mut python) = Python::start() else {
        println!("no python3 here: generated programs have nothing to be compared with");
        return;
    };
    let number = |name: &str, default: u64| {
        std::env::var(name).map_or(default, |value| value.parse().expect("CASES and SEED are numbers"))
    };
    let seed = number("SEED", 0);
    let mut check = Check::new("pending_generated.txt", repeat_generated);
    for seed in seed..seed + number("CASES", CASES) {
        let (kind, source) = generate::program(seed);
        let program = Program::new(format!("SEED={seed} ({kind})"), &source);
        check.run(&program, &python.run(&program));
    }
    check.finish();
}
