//! The kin of what is chosen: everything that the views mark together with it.
//!
//! Kinship follows causes both ways, and stops where another story begins: a packet's kin is its way down the layers, over each
//! link and up again, what made it leave, what it changed, the calls that gave and received its bytes, its copies, the
//! retransmissions of the same bytes, and what acknowledged it; but not the answer, which is a packet of its own.
//! At most [`MOST`] things are kin, so that a choice costs the same in a short trace and in a long one.
//!
//! Absent on purpose: how a mark looks (the views say).

pub mod relations;
pub mod segment;

use sim_core::order;
use std::collections::BTreeSet;
use std::net::SocketAddr;

use sim_core::dissect::{self, FieldName};
use sim_core::gateway::LinkType;
use sim_core::layer::Protocol;
use sim_core::trace::{Fact, FactId, FrameId, LinkId, NodeId, SocketId, TimerChange, What};
use sim_core::wire::tcp::Flags;

use super::index::Frame;
use super::session::Session;
use super::thing::{Selected, Thing};
use relations::{Piece, overlapping};
use segment::Segment;

/// The most things that are kin.
pub const MOST: usize = 4096;

/// Frames of a conversation that are looked at on each side of the chosen one.
const NEAR: usize = 20_000;

/// Retransmissions of the same bytes that are marked.
const REPEATS: usize = 64;

/// The chosen thing and its kin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kin {
    things: BTreeSet<Thing>,
    visited: usize,
}

impl Kin {
    /// The kin of what is chosen.
    pub fn of(session: &Session, selected: &Selected) -> Kin {
        let mut search = Search { session, things: BTreeSet::new(), walked: BTreeSet::new(), visited: 0 };
        if let Some(thing) = selected.thing {
            search.thing(thing);
        }
        Kin { things: search.things, visited: search.visited }
    }

    /// Whether a thing is marked.
    pub fn has(&self, thing: Thing) -> bool {
        self.things.contains(&thing)
    }

    /// Everything that is marked.
    pub fn things(&self) -> impl Iterator<Item = Thing> {
        self.things.iter().copied()
    }

    /// Facts that were looked at to find it.
    pub fn visited(&self) -> usize {
        self.visited
    }
}

struct Search<'a> {
    session: &'a Session,
    things: BTreeSet<Thing>,
    /// Facts whose effects have been followed.
    walked: BTreeSet<Thing>,
    visited: usize,
}

impl Search<'_> {
    fn thing(&mut self, thing: Thing) {
        self.add(thing);
        match thing {
            Thing::Fact(fact) | Thing::Waiting(fact) => self.fact(fact),
            Thing::Frame(frame) => self.frame(frame),
            Thing::Field(frame, field) => {
                self.frame(frame);
                self.field(frame, field);
            }
            Thing::Byte(frame, byte) => {
                self.frame(frame);
                self.byte(frame, byte);
            }
            Thing::Socket(socket) => self.socket(socket),
            Thing::Node(node) => self.node(node),
            Thing::Link(link) => self.link(link),
            Thing::Line(process, line) => {
                for fact in newest(self.session.relations.line(process, line)) {
                    self.fact(*fact);
                }
            }
        }
    }

    /// Marks a thing. False when it was marked before, or nothing more may be.
    fn add(&mut self, thing: Thing) -> bool {
        self.things.len() < MOST && self.things.insert(thing)
    }

    /// Marks a fact with what it says of itself: its frame, its socket, its line.
    fn mark(&mut self, id: FactId) -> bool {
        let Some(fact) = self.session.trace.get(id).filter(|_| self.add(Thing::Fact(id))) else { return false };
        self.visited += 1;
        if let Some(frame) = self.session.index.frame_of(&self.session.trace, id) {
            self.add(Thing::Frame(frame));
        }
        match &fact.what {
            What::Called { process, line, .. }
            | What::Returned { process, line, .. }
            | What::Printed { process, line, .. }
            | What::Exited { process, line, .. } => {
                self.add(Thing::Line(*process, *line));
            }
            What::TcpState { socket, .. } | What::TcpVars { socket, .. } | What::Timer { socket: Some(socket), .. } => {
                self.add(Thing::Socket(*socket));
            }
            What::Sent { link, .. } | What::Duplicated { link, .. } | What::Delivered { link, .. } => {
                self.add(Thing::Link(*link));
            }
            What::FaultsSet { link, .. } | What::LinkSet { link, .. } => {
                self.add(Thing::Link(*link));
            }
            _ => {}
        }
        true
    }

    fn fact(&mut self, id: FactId) {
        let Some(fact) = self.session.trace.get(id) else { return };
        if is_of_packet(fact) {
            match self.session.index.frame_of(&self.session.trace, id) {
                Some(frame) => self.frame(frame),
                None => self.packet(id),
            }
        }
        self.mark(id);
        match &fact.what {
            What::Called { .. } => self.call(id),
            What::Returned { called, .. } => {
                self.mark(*called);
                self.cause(fact);
                self.bytes_of(*called);
                self.bytes_of(id);
            }
            What::Timer { change: TimerChange::Fired, .. } => {
                self.cause(fact);
                self.packets_made(id);
            }
            _ => {
                self.cause(fact);
                for effect in self.effects(id) {
                    self.mark(effect);
                }
            }
        }
    }

    /// What made a fact happen, and the packet of that.
    fn cause(&mut self, fact: &Fact) {
        let Some(cause) = fact.cause.and_then(|cause| self.session.trace.get(cause)) else { return };
        if is_of_packet(cause) {
            self.packet(cause.id);
        }
        self.mark(cause.id);
    }

    /// A call: its result, the packets that it made, the frames that carried its bytes, and who received them.
    fn call(&mut self, id: FactId) {
        self.packets_made(id);
        for effect in self.effects(id) {
            self.mark(effect);
        }
        self.bytes_of(id);
    }

    fn packets_made(&mut self, id: FactId) {
        for effect in self.effects(id) {
            if self.session.trace.get(effect).is_some_and(begins_packet) {
                self.packet(effect);
            }
        }
    }

    /// The frames that carried the bytes which a call gave, or which it received.
    fn bytes_of(&mut self, id: FactId) {
        let session = self.session;
        let Some(part) = part_of(session, id) else { return };
        self.add(Thing::Socket(part.socket));
        for frame in carriers_of(session, &part) {
            self.story(frame);
        }
        let ends = if part.receives { part.ends } else { (part.ends.1, part.ends.0) };
        if let Some(other) = session.relations.socket_at(ends, id) {
            self.add(Thing::Socket(other));
            self.calls_of(other, !part.receives, &part.bytes);
        }
    }

    fn frame(&mut self, id: FrameId) {
        self.story(id);
        self.conversation(id);
    }

    /// A frame and the packet in it, on its whole way.
    fn story(&mut self, id: FrameId) {
        let Some(frame) = self.session.index.frame(id) else { return };
        self.packet(frame.sent);
        self.ways(id);
        for copy in self.session.relations.copies(id) {
            self.ways(*copy);
        }
    }

    /// A frame with its beginning and its end.
    fn ways(&mut self, id: FrameId) {
        let Some(frame) = self.session.index.frame(id) else { return };
        self.add(Thing::Frame(id));
        self.mark(frame.sent);
        if let Some(end) = frame.end {
            self.mark(end.fact);
        }
    }

    /// A packet: up to what began it, and down to where it ended.
    fn packet(&mut self, id: FactId) {
        let session = self.session;
        let mut first = id;
        for fact in session.trace.causes(id).take(MOST) {
            first = fact.id;
            self.visited += 1;
            if begins_packet(fact) || !is_of_packet(fact) {
                break;
            }
        }
        if let Some(fact) = session.trace.get(first).filter(|fact| begins_packet(fact))
            && let Some(cause) = fact.cause
        {
            self.mark(cause);
        }
        self.down(first);
    }

    fn down(&mut self, first: FactId) {
        let mut open = vec![first];
        while let Some(id) = open.pop() {
            if !self.walked.insert(Thing::Fact(id)) || self.things.len() >= MOST {
                continue;
            }
            self.mark(id);
            for effect in self.effects(id) {
                match self.session.trace.get(effect) {
                    Some(fact) if begins_packet(fact) => {}
                    Some(fact) if is_of_packet(fact) => open.push(effect),
                    _ => {
                        self.mark(effect);
                    }
                }
            }
        }
    }

    fn effects(&mut self, id: FactId) -> Vec<FactId> {
        let effects: Vec<FactId> = self.session.relations.effects(id).take(MOST).collect();
        self.visited += effects.len();
        effects
    }

    /// What the frame's conversation says: the same bytes again, what acknowledged them, the calls at both ends.
    fn conversation(&mut self, id: FrameId) {
        let session = self.session;
        let Some(frame) = session.index.frame(id) else { return };
        let Some((ends, segment)) = segment::peek(id, &frame.bytes) else { return };
        for frame in repeats(session, ends, &segment) {
            self.ways(frame);
        }
        if let Some(ack) = acknowledgement(session, ends, frame, &segment) {
            self.story(ack);
        }
        // Where a NAT stands between, each side has its own ends: the packet's other frames name them.
        let frames: Vec<FrameId> = self.things.iter().filter_map(frame_of).take(REPEATS).collect();
        let mut known = vec![ends];
        known.extend(frames.into_iter().filter_map(|other| {
            let (ends, other) = segment::peek(other, &session.index.frame(other)?.bytes)?;
            (other.seq == segment.seq && other.length == segment.length).then_some(ends)
        }));
        order::sort(&mut known);
        known.dedup();
        for (from, to) in known {
            for (socket, receives) in [((from, to), false), ((to, from), true)] {
                if let Some(socket) = session.relations.socket_at(socket, frame.sent) {
                    self.add(Thing::Socket(socket));
                    self.calls_of(socket, receives, &segment);
                }
            }
        }
    }

    /// The calls that gave a segment's bytes, or the results that gave them to a program.
    fn calls_of(&mut self, id: SocketId, receives: bool, segment: &Segment) {
        let (Some(socket), Some(first)) = (self.session.relations.socket(id), first_number(self.session, id, receives))
        else {
            return;
        };
        if segment.flags.has(Flags::SYN) || segment.length == 0 {
            return;
        }
        let start = segment.seq.wrapping_sub(first);
        let pieces = if receives { &socket.received } else { &socket.sent };
        for piece in overlapping(pieces, start, start.wrapping_add(segment.length)).take(REPEATS) {
            self.mark(piece.fact);
            if let Some(What::Returned { called, .. }) = self.session.trace.get(piece.fact).map(|fact| &fact.what) {
                self.mark(*called);
            }
        }
    }

    /// A field: its bytes, and what it stands for.
    fn field(&mut self, id: FrameId, place: usize) {
        let Some(frame) = self.session.index.frame(id) else { return };
        let Some(field) = fields(frame).nth(place) else { return };
        for byte in field.bits.start / 8..field.bits.end.div_ceil(8) {
            self.add(Thing::Byte(id, byte));
        }
        self.stands_for(frame, &field);
    }

    fn byte(&mut self, id: FrameId, byte: usize) {
        let Some(frame) = self.session.index.frame(id).filter(|frame| byte < frame.bytes.len()) else { return };
        let holds = |field: &dissect::Field| field.bits.start < byte * 8 + 8 && byte * 8 < field.bits.end;
        let found: Vec<(usize, dissect::Field)> = fields(frame).enumerate().filter(|(_, field)| holds(field)).collect();
        for (place, field) in found {
            self.add(Thing::Field(id, place));
            self.stands_for(frame, &field);
        }
    }

    /// What a field names: a port its socket, an address its node, an acknowledgement what it acknowledges.
    fn stands_for(&mut self, frame: &Frame, field: &dissect::Field) {
        let session = self.session;
        let ends = segment::peek(frame.id, &frame.bytes);
        match field.name {
            FieldName::TcpSourcePort | FieldName::TcpDestinationPort => {
                let Some(((from, to), _)) = ends else { return };
                let of_source = field.name == FieldName::TcpSourcePort;
                let ends = if of_source { (from, to) } else { (to, from) };
                if let Some(socket) = session.relations.socket_at(ends, frame.sent) {
                    self.add(Thing::Socket(socket));
                }
            }
            FieldName::TcpAcknowledgment => {
                let Some(((from, to), segment)) = ends else { return };
                for frame in acknowledged(session, (from, to), frame, &segment) {
                    self.ways(frame);
                }
            }
            _ => {
                if let Some(node) = node_of(session, &field.value) {
                    self.add(Thing::Node(node));
                }
            }
        }
    }

    fn socket(&mut self, id: SocketId) {
        let session = self.session;
        let Some(socket) = session.relations.socket(id) else { return };
        self.add(Thing::Node(socket.node));
        for fact in newest(&socket.states) {
            self.mark(*fact);
        }
        for piece in newest(&socket.sent).iter().chain(newest(&socket.received)) {
            self.mark(piece.fact);
        }
        let other = socket.states.last().and_then(|at| session.relations.socket_at((socket.peer, socket.local), *at));
        if let Some(other) = other {
            self.add(Thing::Socket(other));
        }
        for (from, to) in [(socket.local, socket.peer), (socket.peer, socket.local)] {
            for segment in newest(session.relations.flow(from, to)) {
                self.add(Thing::Frame(segment.frame));
            }
        }
    }

    fn node(&mut self, node: NodeId) {
        for (link, ends) in self.session.scenario.links.iter().enumerate() {
            if ends.nodes().contains(&node) {
                self.add(Thing::Link(LinkId(link as u16)));
            }
        }
        let of_node = self.session.relations.sockets().filter(|(_, socket)| socket.node == node);
        for socket in of_node.map(|(id, _)| id).take(MOST / 4).collect::<Vec<_>>() {
            self.add(Thing::Socket(socket));
        }
    }

    fn link(&mut self, link: LinkId) {
        let session = self.session;
        if let Some(link) = session.scenario.links.get(usize::from(link.0)) {
            for node in link.nodes() {
                self.add(Thing::Node(node));
            }
        }
        for frame in newest(session.index.frames()) {
            let over = session.trace.get(frame.sent).is_some_and(|fact| match &fact.what {
                What::Sent { link: over, .. } | What::Duplicated { link: over, .. } => *over == link,
                _ => false,
            });
            if over {
                self.add(Thing::Frame(frame.id));
            }
        }
    }
}

/// The part of a stream that a call handled.
struct Part {
    socket: SocketId,
    /// From where to where it goes.
    ends: (SocketAddr, SocketAddr),
    receives: bool,
    bytes: Segment,
}

/// The part of a stream that a call gave, or that its result received.
fn part_of(session: &Session, id: FactId) -> Option<Part> {
    let relations = &session.relations;
    let node = session.trace.get(id)?.node;
    let find = |pieces: &[Piece]| {
        let place = pieces.partition_point(|piece| piece.fact < id);
        pieces.get(place).filter(|piece| piece.fact == id).copied()
    };
    let of_node = relations.sockets().filter(|(_, socket)| socket.node == node);
    let (socket, piece, ends, receives) = of_node.into_iter().find_map(|(socket, known)| match find(&known.sent) {
        Some(piece) => Some((socket, piece, (known.local, known.peer), false)),
        None => Some((socket, find(&known.received)?, (known.peer, known.local), true)),
    })?;
    let seq = first_number(session, socket, receives)?.wrapping_add(piece.start);
    let length = piece.end.wrapping_sub(piece.start);
    Some(Part {
        socket,
        ends,
        receives,
        bytes: Segment { frame: FrameId(0), seq, length, ack: 0, flags: Flags(0), again: false },
    })
}

fn carriers_of(session: &Session, part: &Part) -> Vec<FrameId> {
    let flow = session.relations.flow(part.ends.0, part.ends.1).iter();
    flow.filter(|segment| segment.repeats(&part.bytes)).take(REPEATS * 4).map(|segment| segment.frame).collect()
}

/// The socket of TCP to which a call gave bytes, or from which its result took them.
pub fn socket_of_call(session: &Session, id: FactId) -> Option<SocketId> {
    part_of(session, id).map(|part| part.socket)
}

/// The frames that carried the bytes which a call gave, or which its result received: for a datagram the one that woke it.
pub fn carriers(session: &Session, id: FactId) -> Vec<FrameId> {
    match part_of(session, id) {
        Some(part) => carriers_of(session, &part),
        None => {
            let cause = session.trace.get(id).and_then(|fact| fact.cause);
            let frame = cause.and_then(|cause| session.index.frame_of(&session.trace, cause));
            frame.into_iter().collect()
        }
    }
}

/// The number of the first byte of data of a socket's stream: of what it sends, or of what it receives.
fn first_number(session: &Session, socket: SocketId, receives: bool) -> Option<u32> {
    let vars = *session.relations.socket(socket)?.vars.last()?;
    match &session.trace.get(vars)?.what {
        What::TcpVars { vars, .. } => Some(if receives { vars.irs } else { vars.iss }.wrapping_add(1)),
        _ => None,
    }
}

/// The newest of many, as many as are looked at.
fn newest<T>(all: &[T]) -> &[T] {
    &all[all.len().saturating_sub(MOST / 4)..]
}

fn frame_of(thing: &Thing) -> Option<FrameId> {
    match thing {
        Thing::Frame(frame) => Some(*frame),
        _ => None,
    }
}

/// Whether a fact is a step on a packet's way.
fn is_of_packet(fact: &Fact) -> bool {
    matches!(
        fact.what,
        What::Encapsulated { .. }
            | What::Decapsulated { .. }
            | What::Sent { .. }
            | What::Duplicated { .. }
            | What::Delivered { .. }
            | What::Dropped { .. }
            | What::Captured { .. }
            | What::Learned { .. }
            | What::Switched { .. }
            | What::Translated { .. }
            | What::TranslationOpened(_)
            | What::Reassembled { .. }
    )
}

/// Whether a packet begins with a fact: its own protocol puts the first header on. What is only passed on begins with IP or Ethernet.
pub fn begins_packet(fact: &Fact) -> bool {
    match &fact.what {
        What::Encapsulated { protocol, .. } => {
            !matches!(protocol, Protocol::Ipv4 | Protocol::Ipv6 | Protocol::Ethernet)
        }
        What::Captured { .. } => true,
        _ => false,
    }
}

/// The fields of a frame, in the order in which they are counted.
pub fn fields(frame: &Frame) -> impl Iterator<Item = dissect::Field> {
    let sections = match frame.real {
        Some(real) if real.link_type == LinkType::Ip => dissect::dissect_packet(&frame.bytes),
        _ => dissect::dissect(&frame.bytes),
    };
    sections.into_iter().flat_map(|section| section.fields)
}

/// The field of a frame that a byte belongs to, the first of several.
pub fn field_at(session: &Session, frame: FrameId, byte: usize) -> Option<usize> {
    fields(session.index.frame(frame)?).position(|field| byte < field.bits.end.div_ceil(8))
}

/// Other frames of the same direction that carry some of the same bytes, or of the same packet on another link.
fn repeats(session: &Session, (from, to): (SocketAddr, SocketAddr), segment: &Segment) -> Vec<FrameId> {
    let flow = session.relations.flow(from, to);
    let place = flow.iter().rposition(|other| other.frame == segment.frame).unwrap_or(0);
    let near = &flow[place.saturating_sub(NEAR)..(place + NEAR).min(flow.len())];
    let same = near.iter().filter(|other| other.frame != segment.frame && other.seq != 0 && other.repeats(segment));
    same.take(REPEATS).map(|other| other.frame).collect()
}

/// The first frame that acknowledges a segment after it was sent.
pub fn acknowledgement(
    session: &Session,
    (from, to): (SocketAddr, SocketAddr),
    frame: &Frame,
    segment: &Segment,
) -> Option<FrameId> {
    if segment.length == 0 {
        return None;
    }
    let back = session.relations.flow(to, from);
    let sent = |other: &Segment| session.index.frame(other.frame).map(|other| other.sent);
    let after = back.partition_point(|other| sent(other) <= Some(frame.sent));
    back[after..].iter().take(NEAR).find(|other| other.acknowledges(segment)).map(|other| other.frame)
}

/// The frames of the other direction that an acknowledgement is the first to cover.
fn acknowledged(session: &Session, (from, to): (SocketAddr, SocketAddr), frame: &Frame, ack: &Segment) -> Vec<FrameId> {
    let mine = session.relations.flow(from, to);
    let place = mine.iter().rposition(|other| other.frame == ack.frame).unwrap_or(0);
    let earlier = mine[..place].iter().rev().take(NEAR).find(|other| other.ack != ack.ack);
    let flow = session.relations.flow(to, from);
    let sent = |other: &Segment| session.index.frame(other.frame).map(|other| other.sent);
    let before = flow.partition_point(|other| sent(other) < Some(frame.sent));
    let covered = flow[..before].iter().rev().take(NEAR).filter(|other| {
        other.length > 0 && ack.acknowledges(other) && earlier.is_none_or(|earlier| !earlier.acknowledges(other))
    });
    covered.take(REPEATS).map(|other| other.frame).collect()
}

/// The node that has an address, as a field writes it.
pub fn node_of(session: &Session, address: &str) -> Option<NodeId> {
    let mut nodes = session.scenario.nodes.iter();
    let place = nodes.position(|node| {
        node.interfaces.iter().any(|interface| {
            let mac = interface.mac.map(|byte| format!("{byte:02x}")).join(":");
            mac == address || interface.addresses.iter().any(|own| own.ip.to_string() == address)
        })
    })?;
    Some(NodeId(place as u16))
}
