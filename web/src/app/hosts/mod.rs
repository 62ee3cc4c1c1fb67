//! What the tables of each node hold at any moment: folded from the facts, fact by fact, with snapshots, so that any moment is found
//! in the time of a part of the run.
//!
//! Absent on purpose: words and rows (see `view::hosts`), and whatever no fact tells: what is not known is not shown.

mod change;
pub mod state;

use std::sync::Arc;

use sim_core::scenario::Scenario;
use sim_core::trace::{Fact, FactId, NodeId, Trace, What};

use state::State;

/// The most snapshots of a node.
const MOST_SNAPSHOTS: usize = 64;

/// Facts of a node from one snapshot to the next at first.
const FIRST_DISTANCE: usize = 256;

/// The tables of all nodes at all moments.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    nodes: Vec<History>,
    /// Changes of links and hosts from outside, in order.
    changes: Vec<FactId>,
}

#[derive(Clone, Debug)]
struct History {
    /// The facts that change a table.
    facts: Vec<FactId>,
    /// As it is after the last of them.
    newest: State,
    /// As it was after so many of them.
    snapshots: Vec<(usize, Arc<State>)>,
    distance: usize,
}

impl Tables {
    /// The tables before anything has happened.
    pub fn new(scenario: &Scenario) -> Tables {
        let history = |state: State| History {
            facts: Vec::new(),
            snapshots: vec![(0, Arc::new(state.clone()))],
            newest: state,
            distance: FIRST_DISTANCE,
        };
        Tables { nodes: scenario.nodes.iter().map(State::new).map(history).collect(), changes: Vec::new() }
    }

    /// Adds the newest fact of the trace.
    pub fn push(&mut self, trace: &Trace) {
        let Some(fact) = trace.facts().last() else { return };
        if matches!(fact.what, What::FaultsSet { .. } | What::LinkSet { .. } | What::HostSet { .. }) {
            self.changes.push(fact.id);
        }
        if !matters(fact) {
            return;
        }
        let Some(history) = self.nodes.get_mut(usize::from(fact.node.0)) else { return };
        history.newest.apply(fact, trace);
        history.facts.push(fact.id);
        let kept = history.snapshots.last().map_or(0, |(facts, _)| *facts);
        if history.facts.len() >= kept + history.distance {
            history.keep();
        }
    }

    /// The tables of a node after a fact.
    pub fn at(&self, trace: &Trace, node: NodeId, fact: Option<FactId>) -> State {
        let Some(history) = self.nodes.get(usize::from(node.0)) else { return State::default() };
        let until = fact.map_or(0, |fact| history.facts.partition_point(|known| *known <= fact));
        if until == history.facts.len() {
            return history.newest.clone();
        }
        let place = history.snapshots.partition_point(|(facts, _)| *facts <= until).saturating_sub(1);
        let Some((from, snapshot)) = history.snapshots.get(place) else { return State::default() };
        let mut state = State::clone(snapshot);
        for id in &history.facts[*from..until] {
            if let Some(fact) = trace.get(*id) {
                state.apply(fact, trace);
            }
        }
        state
    }

    /// The changes of links and hosts from outside up to a fact, newest last.
    pub fn changes_until(&self, fact: Option<FactId>) -> &[FactId] {
        let until = fact.map_or(0, |fact| self.changes.partition_point(|known| *known <= fact));
        &self.changes[..until]
    }
}

impl History {
    fn keep(&mut self) {
        self.snapshots.push((self.facts.len(), Arc::new(self.newest.clone())));
        if self.snapshots.len() > MOST_SNAPSHOTS {
            // Every other one goes; the first is the beginning, and stays.
            let mut place = 0;
            self.snapshots.retain(|_| {
                place += 1;
                place % 2 == 1
            });
            self.distance *= 2;
        }
    }
}

/// Whether a fact changes a table of its node.
fn matters(fact: &Fact) -> bool {
    use sim_core::layer::{Layer, Protocol};
    match &fact.what {
        What::Started { .. }
        | What::Called { .. }
        | What::Returned { .. }
        | What::Exited { .. }
        | What::Killed { .. }
        | What::TcpState { .. }
        | What::TcpVars { .. }
        | What::Neighbour { .. }
        | What::Address { .. }
        | What::Route { .. }
        | What::TranslationOpened(_)
        | What::TranslationClosed(_)
        | What::Translated { .. }
        | What::Learned { .. }
        | What::Forgotten { .. } => true,
        What::Timer { socket, .. } => socket.is_some(),
        What::Encapsulated { layer, protocol, .. } | What::Decapsulated { layer, protocol, .. } => {
            *layer == Layer::Transport && *protocol == Protocol::Udp
        }
        What::Dropped { place, .. } => *place == sim_core::trace::Place::Layer(Layer::Transport),
        _ => false,
    }
}
