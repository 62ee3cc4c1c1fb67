//! Where facts go: numbered, caused, and queued until they are polled.
//!
//! Absent on purpose: keeping them ([`crate::trace::Trace`] is the caller's). When nobody listens, a fact costs one
//! addition: its numbers are the same, so that what runs does not depend on who looks.

use std::collections::VecDeque;

use crate::gateway::{Ask, FlowId};
use crate::network::Output;
use crate::time::Instant;
use crate::trace::{Fact, FactId, NodeId, What};

#[derive(Clone, Debug)]
pub(crate) struct Recorder {
    tracing: bool,
    next: u32,
    outputs: VecDeque<Output>,
}

impl Recorder {
    pub(crate) fn new(tracing: bool) -> Recorder {
        Recorder { tracing, next: 0, outputs: VecDeque::new() }
    }

    /// Somebody wants the facts.
    pub(crate) fn tracing(&self) -> bool {
        self.tracing
    }

    /// The next fact. `what` is only made when somebody wants it.
    pub(crate) fn fact(
        &mut self,
        at: Instant,
        node: NodeId,
        cause: Option<FactId>,
        what: impl FnOnce() -> What,
    ) -> FactId {
        let id = FactId(self.next);
        // Only an untraced run is long enough to wrap; its numbers are never seen.
        self.next = self.next.wrapping_add(1);
        if self.tracing {
            self.outputs.push_back(Output::Fact(Fact { id, at, node, cause, what: what() }));
        }
        id
    }

    pub(crate) fn ask(&mut self, node: NodeId, flow: FlowId, ask: Ask, fact: FactId) {
        self.outputs.push_back(Output::Ask(node, flow, ask, fact));
    }

    pub(crate) fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }
}
