//! Layer 1: links with a rate, a delay, a drop-tail queue before each end, and faults.
//!
//! A direction keeps its frames in order: those that wait, and those that fly; only faults put one aside. One event is
//! pending for the first of each at most, so the queue of events stays short however many frames there are.
//!
//! A damaged frame arrives with its mark: Ethernet's frame check sequence finds every single wrong bit (IEEE 802.3 §3.2.9), so
//! the interface at the far end throws it away ([`crate::network`] does), and no checksum above ever meets it.
//!
//! Absent on purpose: half duplex and collisions (no Ethernet of today has them), and preamble and FCS in the serialisation
//! time and in a frame's bytes (a capture shows none of them).

mod direction;
mod fault;

use core::time::Duration;

use crate::context::Ids;
use crate::packet::{Packet, Pool};
use crate::queue::EventQueue;
use crate::recorder::Recorder;
use crate::scenario::{self, Faults};
use crate::time::Instant;
use crate::trace::{FactId, FrameId, LinkId, NodeId};

use direction::Direction;

/// A link between two nodes: two directions that know nothing of each other.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    directions: [Direction; 2],
}

/// What a link has at hand while it acts.
pub(crate) struct Moment<'a> {
    pub(crate) now: Instant,
    pub(crate) record: &'a mut Recorder,
    pub(crate) queue: &'a mut EventQueue,
    pub(crate) pool: &'a mut Pool,
    pub(crate) ids: &'a mut Ids,
}

/// A frame that a node gives to a link.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    pub(crate) frame: FrameId,
    pub(crate) packet: Packet,
    /// The fact of its Ethernet header.
    pub(crate) cause: Option<FactId>,
}

/// A frame that arrived at the far end.
pub(crate) struct Arrival {
    pub(crate) link: LinkId,
    pub(crate) to: NodeId,
    /// The interface, or the port of a switch, that it arrived at.
    pub(crate) interface: u16,
    pub(crate) from: NodeId,
    pub(crate) frame: FrameId,
    pub(crate) packet: Packet,
    /// Its frame check sequence is wrong.
    pub(crate) damaged: bool,
    /// The fact that it was sent.
    pub(crate) sent: FactId,
}

/// What a link is besides its faults: the same in both directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Properties {
    pub(crate) rate: u64,
    pub(crate) delay: Duration,
    pub(crate) jitter: Duration,
    /// Frames that may wait before each end.
    pub(crate) queue: usize,
}

impl Link {
    pub(crate) fn new(id: LinkId, link: &scenario::Link, seed: u64) -> Link {
        Link { directions: [0, 1].map(|end| Direction::new(id, end, link, seed)) }
    }

    /// The nodes at its two ends.
    pub(crate) fn nodes(&self) -> [NodeId; 2] {
        [self.directions[0].from, self.directions[1].from]
    }

    /// The interface at the far end of a direction.
    pub(crate) fn interface_after(&self, end: u8) -> u16 {
        self.directions[usize::from(end)].interface
    }

    pub(crate) fn properties(&self) -> Properties {
        self.directions[0].properties
    }

    /// Takes a frame at this end: it leaves at once, waits, or is dropped.
    pub(crate) fn offer(&mut self, end: u8, offer: Offer, moment: &mut Moment<'_>) {
        self.directions[usize::from(end)].offer(offer, moment);
    }

    /// The frame that waits longest leaves.
    pub(crate) fn depart(&mut self, end: u8, moment: &mut Moment<'_>) {
        self.directions[usize::from(end)].depart(moment);
    }

    /// Loses the frames whose time has come, and gives the one that has arrived. When another arrives at the same
    /// moment, an event of its own follows.
    pub(crate) fn arrive(&mut self, end: u8, moment: &mut Moment<'_>) -> Option<Arrival> {
        self.directions[usize::from(end)].arrive(moment)
    }

    /// Other properties from now on. Frames on their way, and those that wait, keep what they have: the queue's
    /// limit is for those that come.
    pub(crate) fn set(&mut self, properties: Properties) {
        for direction in &mut self.directions {
            direction.properties = properties;
        }
    }

    /// Other faults of one direction from now on. A cut cable loses what is on it and before it, due to `cause`.
    pub(crate) fn set_faults(&mut self, end: u8, faults: Faults, cause: FactId, moment: &mut Moment<'_>) {
        self.directions[usize::from(end)].set_faults(faults, cause, moment);
    }

    /// Whether this frame waits or is on its way here.
    pub(crate) fn holds(&self, frame: FrameId) -> bool {
        self.directions.iter().any(|direction| direction.holds(frame))
    }

    /// Drops a frame that waits or is on its way, as somebody asked. Says whether it was there.
    pub(crate) fn drop_by_hand(&mut self, frame: FrameId, moment: &mut Moment<'_>) -> bool {
        self.directions.iter_mut().any(|direction| direction.drop_by_hand(frame, moment))
    }
}
