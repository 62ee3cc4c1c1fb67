//! Where facts go: numbered, caused, and queued until they are polled.
//!
//! Absent on purpose: keeping them ([`crate::trace::Trace`] is the caller's). When nobody listens, a fact costs one
//! addition: its numbers are the same, so that what runs does not depend on who looks.

use std::collections::VecDeque;

use crate::gateway::{Ask, FlowId};
use crate::network::Output;
use crate::time::Instant;
use crate::trace::{Fact, FactId, NodeId, What};

/// Which facts somebody wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wanted {
    /// None: what asks the real network comes out alone.
    Nothing,
    /// What links do to frames.
    Frames,
    /// All.
    Everything,
}

#[derive(Clone, Debug)]
pub(crate) struct Recorder {
    wanted: Wanted,
    next: u32,
    outputs: VecDeque<Output>,
}

impl Recorder {
    pub(crate) fn new(wanted: Wanted) -> Recorder {
        Recorder { wanted, next: 0, outputs: VecDeque::new() }
    }

    /// One that counts on and that nobody listens to.
    pub(crate) fn silent(&self) -> Recorder {
        Recorder { wanted: Wanted::Nothing, next: self.next, outputs: VecDeque::new() }
    }

    /// Somebody wants all facts.
    pub(crate) fn tracing(&self) -> bool {
        self.wanted == Wanted::Everything
    }

    /// The next fact. `what` is only made when somebody wants it.
    #[inline]
    pub(crate) fn fact(
        &mut self,
        at: Instant,
        node: NodeId,
        cause: Option<FactId>,
        what: impl FnOnce() -> What,
    ) -> FactId {
        self.record(Wanted::Everything, at, (node, cause), what)
    }

    /// The next fact, of what a link does to a frame.
    #[inline]
    pub(crate) fn frame_fact(
        &mut self,
        at: Instant,
        node: NodeId,
        cause: Option<FactId>,
        what: impl FnOnce() -> What,
    ) -> FactId {
        self.record(Wanted::Frames, at, (node, cause), what)
    }

    #[inline]
    fn record(
        &mut self,
        class: Wanted,
        at: Instant,
        (node, cause): (NodeId, Option<FactId>),
        what: impl FnOnce() -> What,
    ) -> FactId {
        let id = FactId(self.next);
        // Only a run without a whole trace is long enough to wrap; nobody takes its numbers for places.
        self.next = self.next.wrapping_add(1);
        if self.wanted >= class {
            self.keep(Fact { id, at, node, cause, what: what() });
        }
        id
    }

    /// Not in line, so that each place where a fact may be made is short: most runs want none.
    #[inline(never)]
    fn keep(&mut self, fact: Fact) {
        self.outputs.push_back(Output::Fact(fact));
    }

    pub(crate) fn ask(&mut self, node: NodeId, flow: FlowId, ask: Ask, fact: FactId) {
        self.outputs.push_back(Output::Ask(node, flow, ask, fact));
    }

    pub(crate) fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }
}
