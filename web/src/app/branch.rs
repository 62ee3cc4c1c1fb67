//! Another run from the middle of one: the facts up to there are shared, and a snapshot of the network spares their simulation.
//!
//! A run that is as it was at a moment is made of the snapshot before it and the inputs since. Snapshots lie so many facts
//! apart; when there are too many, every other one goes, and the distance doubles: their number is bounded, and so is the part
//! of a run that is simulated again.
//!
//! Absent on purpose: runs with a gateway. The real network has acted already, and does not go back.

use std::sync::Arc;

use sim_core::network::{Input, Network, Output};
use sim_core::time::Instant;

use super::film;
use super::session::Session;

/// The most snapshots of a run.
const MOST_SNAPSHOTS: usize = 16;

/// Facts from one snapshot to the next at first.
const FIRST_DISTANCE: usize = 512;

/// A network at a time, and what had gone in and come out before.
#[derive(Debug)]
struct Snapshot {
    at: Instant,
    inputs: usize,
    facts: usize,
    network: Network,
}

/// The snapshots of a run, in order.
#[derive(Clone, Debug)]
pub(super) struct Snapshots {
    kept: Vec<Arc<Snapshot>>,
    distance: usize,
}

impl Default for Snapshots {
    fn default() -> Snapshots {
        Snapshots { kept: Vec::new(), distance: FIRST_DISTANCE }
    }
}

impl Snapshots {
    fn next(&self) -> usize {
        self.kept.last().map_or(0, |last| last.facts) + self.distance
    }

    fn push(&mut self, snapshot: Snapshot) {
        self.kept.push(Arc::new(snapshot));
        if self.kept.len() > MOST_SNAPSHOTS {
            // The first of each pair goes: the last one stays, and the distance holds from it.
            let mut place = 0;
            self.kept.retain(|_| {
                place += 1;
                place % 2 == 1
            });
            self.distance *= 2;
        }
    }

    /// The last one that is not after this time and these inputs.
    fn before(&self, at: Instant, inputs: usize) -> Option<&Snapshot> {
        let place = self.kept.partition_point(|kept| kept.at <= at && kept.inputs <= inputs);
        self.kept.get(place.checked_sub(1)?).map(|kept| &**kept)
    }
}

impl Session {
    /// Whether it can be another run from some moment on.
    pub fn can_branch(&self) -> bool {
        self.network.is_some() && !self.other.is_real()
    }

    /// Keeps a snapshot when it is time for one.
    pub(super) fn remember(&mut self) {
        let facts = self.trace.facts().len();
        if facts < self.snapshots.next() || !self.can_branch() {
            return;
        }
        if let Some(network) = &self.network {
            let snapshot = Snapshot { at: self.now, inputs: self.inputs.len(), facts, network: network.clone() };
            self.snapshots.push(snapshot);
        }
    }

    /// The run as it was at a time after all inputs up to then.
    pub fn back_at(&self, at: Instant) -> Option<Session> {
        self.back(at, self.inputs.partition_point(|(time, _)| *time <= at))
    }

    /// The run as it was before an input, by its place among all.
    pub fn back_before(&self, input: usize) -> Option<Session> {
        self.back(self.inputs.get(input)?.0, input)
    }

    fn back(&self, at: Instant, inputs: usize) -> Option<Session> {
        if !self.can_branch() {
            return None;
        }
        let at = at.min(self.now);
        let snapshot = self.snapshots.before(at, inputs);
        let (mut network, from, known) = match snapshot {
            Some(snapshot) => (snapshot.network.clone(), snapshot.inputs, snapshot.facts),
            None => (Network::new(&self.scenario, self.seed).ok()?, 0, 0),
        };
        let mut facts = known;
        let mut count = |output| {
            if let Output::Fact(fact) = output {
                debug_assert!(self.trace.get(fact.id) == Some(&fact), "what happened once happens again: {fact}");
                facts += 1;
            }
        };
        for (time, input) in &self.inputs[from..inputs] {
            network.run_until(*time, &mut count);
            network.handle_input(*time, input.clone());
        }
        network.run_until(at, &mut count);
        let mut back = Session::empty(self.origin, self.scenario.clone(), self.seed, film::unit_of(&self.scenario));
        self.share(&mut back, facts, inputs);
        back.network = Some(network);
        back.now = at;
        Some(back)
    }

    /// Gives another run what they have in common.
    fn share(&self, back: &mut Session, facts: usize, inputs: usize) {
        back.inputs.extend_from_slice(&self.inputs[..inputs]);
        back.planned.clone_from(&self.planned);
        back.taken.extend_from_slice(&self.taken[..self.taken.partition_point(|place| *place < inputs)]);
        back.until = self.until;
        for (at, input) in &back.inputs {
            if let Input::Spawn(node, program) = input {
                back.programs.expect(*at, *node, program.clone());
            }
        }
        self.trace.facts()[..facts].iter().for_each(|fact| back.push(fact.clone()));
        back.snapshots.distance = self.snapshots.distance;
        let kept = self.snapshots.kept.iter().filter(|kept| kept.facts <= facts && kept.inputs <= inputs);
        back.snapshots.kept.extend(kept.cloned());
    }
}
