//! The event queue: what is due next, in `(time, order of scheduling)` order, so that ties are FIFO on every platform.
//!
//! Few events are pending at a time: one for each link direction (its head frame) and one lazy timer for each socket,
//! neighbour table and process. A [`LazyTimer`] that is moved to later keeps its old event and looks again when that
//! comes; so a timer that every segment moves costs nothing in the queue.
//!
//! Absent on purpose: taking events out (a stale one is skipped when it comes).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::time::Instant;
use crate::trace::{LinkId, NodeId, ProcessId, SocketId};

/// What is due. Each is looked at by its owner, which knows from its own state what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Event {
    /// A direction of a link: its head frame starts or arrives.
    Link(LinkId, u8),
    /// A neighbour table.
    Neighbours(NodeId),
    /// A socket's timers.
    Socket(NodeId, SocketId),
    /// A process that sleeps.
    Process(NodeId, ProcessId),
    /// A program of the scenario starts: its place in the node's list.
    Start(NodeId, u32),
}

/// The queue.
#[derive(Clone, Debug, Default)]
pub(crate) struct EventQueue {
    heap: BinaryHeap<Reverse<(Instant, u64, Event)>>,
    scheduled: u64,
}

impl EventQueue {
    pub(crate) fn schedule(&mut self, at: Instant, event: Event) {
        self.heap.push(Reverse((at, self.scheduled, event)));
        self.scheduled += 1;
    }

    /// When the next event is due.
    pub(crate) fn next_at(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse((at, ..))| *at)
    }

    /// Takes the next event when it is due at `until` or before.
    pub(crate) fn pop_until(&mut self, until: Instant) -> Option<(Instant, Event)> {
        if self.next_at()? > until {
            return None;
        }
        self.heap.pop().map(|Reverse((at, _, event))| (at, event))
    }
}

/// A deadline with at most one event of its own in the queue that matters.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LazyTimer {
    deadline: Option<Instant>,
    /// The earliest of its events in the queue; others are stale.
    pending: Option<Instant>,
}

impl LazyTimer {
    /// Moves the deadline.
    pub(crate) fn set(&mut self, deadline: Option<Instant>, queue: &mut EventQueue, event: Event) {
        self.deadline = deadline;
        if let Some(deadline) = deadline
            && self.pending.is_none_or(|pending| deadline < pending)
        {
            queue.schedule(deadline, event);
            self.pending = Some(deadline);
        }
    }

    /// An event of this timer came at `now`. Says whether the deadline is reached; else it is scheduled again.
    pub(crate) fn reached(&mut self, now: Instant, queue: &mut EventQueue, event: Event) -> bool {
        if self.pending != Some(now) {
            return false;
        }
        self.pending = None;
        match self.deadline {
            Some(deadline) if deadline <= now => {
                self.deadline = None;
                true
            }
            deadline => {
                self.set(deadline, queue, event);
                false
            }
        }
    }
}
