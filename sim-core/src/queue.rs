//! The events, and the queue that holds them in `(time, order of scheduling)` order: ties are FIFO on every platform.
//!
//! Few events are pending at a time: two for each link direction (the first frame that flies, the first that waits) and one
//! lazy timer for each socket, neighbour table and process. A [`LazyTimer`] that is moved to later keeps its old event and looks again when that
//! comes; so a timer that every segment moves costs nothing in the queue.
//!
//! Absent on purpose: taking events out (a stale one is skipped when it comes).

use crate::time::Instant;
use crate::trace::{LinkId, NodeId, ProcessId, SocketId};
use crate::wheel::Wheel;

/// What is due. Each is looked at by its owner, which knows from its own state what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A direction of a link: the frame that flies ahead arrives.
    Arrival(LinkId, u8),
    /// A direction of a link: the frame that waits longest starts.
    Departure(LinkId, u8),
    /// A neighbour table.
    Neighbours(NodeId),
    /// What a node's interfaces do by themselves.
    Interfaces(NodeId),
    /// A switch's table.
    Stations(NodeId),
    /// A NAT's table.
    Translations(NodeId),
    /// The flows of a gateway.
    Flows(NodeId),
    /// A frame of a host to itself.
    Loopback(NodeId),
    /// Fragments that wait for others.
    Reassembly(NodeId),
    /// A socket's timers.
    Socket(NodeId, SocketId),
    /// A process that sleeps.
    Process(NodeId, ProcessId),
    /// A program of the scenario starts: its place in the node's list.
    Start(NodeId, u32),
}

/// The queue.
pub(crate) type EventQueue = Wheel<Event>;

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
            queue.push(deadline, event);
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
