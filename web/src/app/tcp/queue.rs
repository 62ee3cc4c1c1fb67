//! How many frames wait before each direction of each link.
//!
//! A frame waits from the fact that is the cause of its sending (its Ethernet header is there, or a switch passed it on) until
//! its first bit leaves, or until the full queue drops it. The frame whose bits are leaving is not counted.
//!
//! Absent on purpose: frames that a switch floods, and the first frame of an interface: at which link they wait is not a fact before
//! they leave.

use litemap::LiteMap;
use sim_core::layer::Layer;
use sim_core::trace::{Fact, FactId, LinkId, NodeId, Place, Trace, What};

use super::curve::Curve;

/// One direction of a link: the link, and who sends.
pub type Way = (LinkId, NodeId);

/// Who gives frames to a link: an interface, by its address, or a switch's port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Door {
    Mac([u8; 6]),
    Port(u16),
}

/// The queue before one direction of a link.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    /// How many frames wait, after each change.
    pub lengths: Curve<1>,
    /// Frames that it had no room for.
    pub drops: Vec<FactId>,
    waiting: u32,
    waited: bool,
}

/// The queues of a network.
#[derive(Clone, Debug, Default)]
pub struct Queues {
    ways: LiteMap<Way, Queue>,
    doors: LiteMap<(NodeId, Door), Way>,
    /// Frames that came to a door and have not left.
    counted: LiteMap<FactId, Way>,
}

impl Queues {
    /// Adds a fact.
    pub fn push(&mut self, trace: &Trace, fact: &Fact) {
        match &fact.what {
            What::Encapsulated { layer: Layer::DataLink, .. } | What::Switched { port: Some(_), .. } => {
                if let Some(way) = door(fact).and_then(|door| self.doors.get(&door)).copied() {
                    self.counted.insert(fact.id, way);
                    self.ways.entry(way).or_default().change(fact, true);
                }
            }
            What::Sent { link, .. } => self.leave(trace, fact, *link, false),
            What::Dropped { place: Place::Queue(link), .. } => self.leave(trace, fact, *link, true),
            _ => {}
        }
    }

    fn leave(&mut self, trace: &Trace, fact: &Fact, link: LinkId, dropped: bool) {
        let cause = fact.cause.and_then(|cause| trace.get(cause)).filter(|cause| cause.node == fact.node);
        let Some(cause) = cause else { return };
        if let Some(door) = door(cause) {
            self.doors.entry(door).or_insert((link, fact.node));
        }
        let counted = self.counted.remove(&cause.id);
        let queue = self.ways.entry((link, fact.node)).or_default();
        queue.waited |= fact.at > cause.at;
        if dropped {
            queue.drops.push(fact.id);
        }
        if counted.is_some() {
            queue.change(fact, false);
        }
    }

    /// The directions of links before which something has waited or was dropped.
    pub fn busy(&self) -> impl Iterator<Item = (Way, &Queue)> {
        let busy = self.ways.iter().filter(|(_, queue)| queue.waited || !queue.drops.is_empty());
        busy.map(|(way, queue)| (*way, queue))
    }
}

impl Queue {
    fn change(&mut self, fact: &Fact, more: bool) {
        self.waiting = if more { self.waiting + 1 } else { self.waiting.saturating_sub(1) };
        self.lengths.push(fact.at, fact.id, [self.waiting]);
    }
}

fn door(fact: &Fact) -> Option<(NodeId, Door)> {
    match &fact.what {
        What::Encapsulated { layer: Layer::DataLink, header, .. } => {
            Some((fact.node, Door::Mac(header.get(6..12)?.try_into().ok()?)))
        }
        What::Switched { port: Some(port), .. } => Some((fact.node, Door::Port(*port))),
        _ => None,
    }
}
