//! The scenarios that come with the crate, and the examples in its documents: each is read, written, run, and compared with what
//! it did when it was looked at last.
//!
//! `SOCKSCOPE_UPDATE_SNAPSHOTS=1 cargo test -p sim-core --test sim examples` writes the files that are compared; look at
//! the difference before you keep it.
//!
//! Absent on purpose: times and single frames (the tests of each protocol know them).

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use sim_core::network::{Network, Output};
use sim_core::scenario::Experiment;
use sim_core::trace::{Fact, What};

use super::read;

/// What an experiment did, in a few lines: what programs said, how they ended, what became of frames.
#[derive(Default)]
struct Summary {
    lines: String,
    programs: BTreeMap<u32, String>,
    protocols: BTreeMap<String, u32>,
    dropped: BTreeMap<String, u32>,
}

impl Summary {
    fn add(&mut self, fact: &Fact) {
        match &fact.what {
            What::Started { process, program, .. } => {
                self.programs.insert(process.0, program.to_string());
            }
            What::Printed { process, text, .. } => self.line(process.0, &format!("prints {text}")),
            What::Exited { process, error, .. } => {
                let error = error.map_or(String::new(), |error| format!(" with {}", error.name()));
                self.line(process.0, &format!("ends{error}"));
            }
            What::Killed { process } => self.line(process.0, "is killed"),
            What::Sent { bytes, .. } => {
                let protocol = protocol(bytes).to_owned();
                *self.protocols.entry(protocol).or_default() += 1;
            }
            What::Dropped { why, .. } => *self.dropped.entry(format!("{why:?}")).or_default() += 1,
            _ => {}
        }
    }

    fn line(&mut self, process: u32, what: &str) {
        let program = self.programs.get(&process).map_or("?", String::as_str);
        let _ = writeln!(self.lines, "{program} {what}");
    }

    fn text(mut self, faults: bool) -> String {
        // How often a lost frame is sent again is what the tests of TCP are about, and so is how many a long transfer takes.
        const FEW: u32 = 60;
        if !faults && self.protocols.values().sum::<u32>() < FEW {
            for (what, counts) in [("frames", &self.protocols), ("dropped", &self.dropped)] {
                let counts: Vec<_> = counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
                let _ = writeln!(
                    self.lines,
                    "{what}: {}",
                    if counts.is_empty() { "none".into() } else { counts.join(", ") }
                );
            }
        }
        self.lines
    }
}

/// The protocol of a frame, by its Ethernet type and what IP carries.
fn protocol(frame: &[u8]) -> &'static str {
    let carried = |number: u8| match number {
        1 => "ICMP",
        6 => "TCP",
        17 => "UDP",
        58 => "ICMPv6",
        0 => "hop-by-hop",
        _ => "other",
    };
    match frame[12..14] {
        [0x08, 0x06] => "ARP",
        [0x08, 0x00] => carried(frame[23]),
        [0x86, 0xdd] => carried(frame[20]),
        _ => "other",
    }
}

fn run(experiment: &Experiment) -> String {
    let mut network = Network::new(&experiment.scenario, experiment.seed()).expect("it has been checked");
    let mut summary = Summary::default();
    let sink = |output| {
        if let Output::Fact(fact) = output {
            summary.add(&fact);
        }
    };
    experiment.run(&mut network, experiment.end(), sink, |_| true);
    let faults = experiment.scenario.links.iter().flat_map(|link| &link.faults);
    summary.text(faults.into_iter().any(|faults| *faults != Default::default()))
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

#[test]
fn every_scenario_does_what_it_did() {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder())
        .expect("the folder is there")
        .map(|file| file.expect("it can be read").path())
        .collect();
    files.retain(|file| file.extension().is_some_and(|end| end == "net"));
    files.sort();
    assert!(files.len() > 2, "{files:?}");
    for file in files {
        let did = run(&read(&std::fs::read_to_string(&file).expect("it is text")));
        let snapshot = file.with_extension("txt");
        if std::env::var_os("SOCKSCOPE_UPDATE_SNAPSHOTS").is_some() {
            std::fs::write(&snapshot, &did).expect("it can be written");
        }
        let expected = std::fs::read_to_string(&snapshot).unwrap_or_default();
        assert_eq!(did, expected, "{} differs from {}", file.display(), snapshot.display());
    }
}

/// The pieces of a document between a line "```net" and the next "```".
fn examples(document: &str) -> Vec<String> {
    let pieces = document.split("\n```net\n").skip(1);
    pieces.map(|piece| piece.split("\n```").next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn every_example_of_the_language_is_one() {
    let examples = examples(include_str!("../../../SCENARIO.md"));
    assert!(examples.len() > 5);
    for example in examples {
        run(&read(&example));
    }
}
