//! Kinds of events: what a learner can go to the next or the previous of.
//!
//! Absent on purpose: names for people (the catalogue has them).

use sim_core::gateway::{Answer, Ask};
use sim_core::trace::{FactId, TimerChange, What};

/// A kind of event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Anything that is worth a stop.
    #[default]
    Event,
    /// A frame left.
    Sent,
    /// A frame or a packet ended before its destination.
    Dropped,
    /// TCP sent something again.
    Again,
    /// A connection changed its state.
    State,
    /// A program made a call, or got its result.
    Call,
    /// A timer went off.
    Timer,
    /// The real machine did something: an answer, or a captured frame.
    Real,
    /// Somebody changed something from outside.
    Change,
}

impl Kind {
    /// Every kind, in the order of the menu.
    pub const ALL: [Kind; 9] = [
        Kind::Event,
        Kind::Sent,
        Kind::Dropped,
        Kind::Again,
        Kind::State,
        Kind::Call,
        Kind::Timer,
        Kind::Real,
        Kind::Change,
    ];

    /// The kind of a fact beside that it is an event. What is sent again is not seen from the fact alone.
    fn of(what: &What) -> Option<Kind> {
        match what {
            What::Sent { .. } | What::Duplicated { .. } => Some(Kind::Sent),
            What::Dropped { .. } => Some(Kind::Dropped),
            What::TcpState { .. } => Some(Kind::State),
            What::Called { .. } | What::Returned { .. } => Some(Kind::Call),
            What::Timer { change: TimerChange::Fired, .. } => Some(Kind::Timer),
            What::Answered { answer, .. } if !matches!(answer, Answer::Credit(_)) => Some(Kind::Real),
            What::Captured { .. } => Some(Kind::Real),
            What::FaultsSet { .. } | What::LinkSet { .. } | What::HostSet { .. } | What::Killed { .. } => {
                Some(Kind::Change)
            }
            _ => None,
        }
    }
}

/// Whether a fact is something to stop at: not bookkeeping that another fact tells better.
pub fn is_event(what: &What) -> bool {
    match what {
        What::TcpVars { .. } | What::KernelInfo { .. } => false,
        What::Timer { change, .. } => *change == TimerChange::Fired,
        What::Asked { ask, .. } => !matches!(ask, Ask::Credit(_) | Ask::Allow(_)),
        What::Answered { answer, .. } => !matches!(answer, Answer::Credit(_)),
        _ => true,
    }
}

/// The facts of each kind, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kinds {
    facts: [Vec<FactId>; Kind::ALL.len()],
}

impl Kinds {
    /// Adds a fact to the kinds that it has by itself.
    pub(super) fn push(&mut self, fact: FactId, what: &What) {
        if is_event(what) {
            self.add(Kind::Event, fact);
        }
        if let Some(kind) = Kind::of(what) {
            self.add(kind, fact);
        }
    }

    /// Adds a fact to a kind.
    pub(super) fn add(&mut self, kind: Kind, fact: FactId) {
        self.facts[kind as usize].push(fact);
    }

    /// All of a kind, in order.
    pub fn all(&self, kind: Kind) -> &[FactId] {
        &self.facts[kind as usize]
    }
}
