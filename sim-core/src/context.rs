//! What a node has at hand while it handles one event: the time, the cause, and the way out.
//!
//! Absent on purpose: other nodes. A node knows its link and nothing behind it.

use crate::gateway::{Ask, FlowId};
use crate::layer::{Layer, Protocol};
use crate::link::{Link, Moment, Offer};
use crate::packet::{Packet, Pool};
use crate::queue::EventQueue;
use crate::recorder::Recorder;
use crate::time::Instant;
use crate::trace::{DropReason, FactId, FrameId, NodeId, Place, ProcessId, SocketId, What};

/// Numbers that are given once in a network.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ids {
    pub(crate) frame: u64,
    pub(crate) process: u32,
    pub(crate) thread: u32,
    pub(crate) socket: u32,
    pub(crate) flow: u32,
}

impl Ids {
    pub(crate) fn frame(&mut self) -> FrameId {
        self.frame += 1;
        FrameId(self.frame - 1)
    }

    pub(crate) fn process(&mut self) -> ProcessId {
        self.process += 1;
        ProcessId(self.process - 1)
    }

    pub(crate) fn thread(&mut self) -> ProcessId {
        self.thread += 1;
        ProcessId(ProcessId::FIRST_THREAD.0 + self.thread - 1)
    }

    pub(crate) fn socket(&mut self) -> SocketId {
        self.socket += 1;
        SocketId(self.socket - 1)
    }

    pub(crate) fn flow(&mut self) -> FlowId {
        self.flow += 1;
        FlowId(self.flow - 1)
    }
}

pub(crate) struct Context<'a> {
    pub(crate) now: Instant,
    /// The node that handles the event.
    pub(crate) node: NodeId,
    /// The fact that what happens next is due to.
    pub(crate) cause: Option<FactId>,
    pub(crate) record: &'a mut Recorder,
    pub(crate) queue: &'a mut EventQueue,
    pub(crate) links: &'a mut [Link],
    pub(crate) ids: &'a mut Ids,
    pub(crate) pool: &'a mut Pool,
}

impl Context<'_> {
    /// A fact due to the present cause.
    pub(crate) fn fact(&mut self, what: impl FnOnce() -> What) -> FactId {
        self.record.fact(self.now, self.node, self.cause, what)
    }

    /// A fact due to the present cause, which becomes the cause of what follows.
    pub(crate) fn follow(&mut self, what: impl FnOnce() -> What) -> FactId {
        let id = self.fact(what);
        self.cause = Some(id);
        id
    }

    /// A header was put before a packet; it becomes the cause of the next layer's.
    pub(crate) fn encapsulated(&mut self, layer: Layer, protocol: Protocol, packet: &[u8], header: usize) {
        self.follow(|| What::Encapsulated {
            layer,
            protocol,
            header: packet[..header].into(),
            payload: packet.len() - header,
        });
    }

    /// A header was taken off a packet; it becomes the cause of what the next layer does.
    pub(crate) fn decapsulated(
        &mut self,
        (layer, protocol): (Layer, Protocol),
        frame: FrameId,
        header: &[u8],
        payload: usize,
    ) {
        self.follow(|| What::Decapsulated { layer, protocol, frame, header: header.into(), payload });
    }

    /// A layer of the node drops a frame that arrived.
    pub(crate) fn drop_frame(&mut self, layer: Layer, why: DropReason, (frame, bytes): (FrameId, &[u8])) {
        self.fact(|| What::Dropped { frame: Some(frame), place: Place::Layer(layer), why, bytes: bytes.into() });
    }

    /// Asks something of the real network.
    pub(crate) fn ask(&mut self, flow: FlowId, ask: Ask) {
        let fact = self.fact(|| What::Asked { flow, ask: ask.clone() });
        self.record.ask(self.node, flow, ask, fact);
    }

    /// Gives a frame to a link.
    pub(crate) fn transmit(&mut self, link: usize, end: u8, packet: Packet) {
        let offer = Offer { frame: self.ids.frame(), packet, cause: self.cause };
        let mut moment =
            Moment { now: self.now, record: self.record, queue: self.queue, pool: self.pool, ids: self.ids };
        self.links[link].offer(end, offer, &mut moment);
    }
}
