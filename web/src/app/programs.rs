//! Which process runs which program: known once it has started, because processes are numbered in the order of that.
//!
//! Absent on purpose: programs of a caller's own kind, which have no text to show.

use sim_core::program::Spec;
use sim_core::scenario::Scenario;
use sim_core::time::Instant;
use sim_core::trace::{Fact, NodeId, Owners, ProcessId, What};

/// The programs of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Programs {
    /// Those that have not started, with the time from which they may.
    waiting: Vec<(Instant, NodeId, Spec)>,
    /// By the number of the process.
    started: Vec<Option<Spec>>,
    threads: Owners,
}

impl Programs {
    /// The programs of a scenario, before any has started.
    pub(super) fn new(scenario: &Scenario) -> Programs {
        let programs = (0..).zip(&scenario.nodes).flat_map(|(number, node)| {
            node.programs.iter().map(move |program| (program.at, NodeId(number), program.what.clone()))
        });
        Programs { waiting: programs.collect(), started: Vec::new(), threads: Owners::default() }
    }

    /// A program is about to start.
    pub(super) fn expect(&mut self, at: Instant, node: NodeId, program: Spec) {
        self.waiting.push((at, node, program));
    }

    /// Keeps who has started.
    pub(super) fn count(&mut self, fact: &Fact) {
        self.threads.push(&fact.what);
        let What::Started { process, program, thread: None } = &fact.what else { return };
        let found = self
            .waiting
            .iter()
            .position(|(at, node, waiting)| *at <= fact.at && *node == fact.node && waiting.name() == *program);
        let process = process.0 as usize;
        if process >= self.started.len() {
            self.started.resize(process + 1, None);
        }
        self.started[process] = found.map(|place| self.waiting.remove(place).2);
    }

    /// What a process or thread runs.
    pub(super) fn get(&self, process: u32) -> Option<&Spec> {
        let process = self.threads.of(ProcessId(process));
        self.started.get(process.0 as usize)?.as_ref()
    }

    /// Whether a script of this name has started.
    pub(super) fn runs(&self, name: &str) -> bool {
        self.started.iter().flatten().any(|program| program.script().is_some_and(|script| &*script.name == name))
    }
}
