//! What belongs together: the effects of each fact, and the sockets, bytes and lines that facts speak of.
//!
//! Made as facts come; it only remembers places of facts, and can be made again from the trace at any time. Each fact costs eight
//! bytes for its effects, each frame with ports thirty more. Maps are sorted lists: they grow rarely, and add little to the page.
//!
//! Absent on purpose: what is chosen, and how far kinship goes (see [`super::Kin`]).

use std::net::SocketAddr;

use sim_core::program::{Address, Call, MessageFlags};
use sim_core::trace::{Fact, FactId, FrameId, NodeId, Owners, ProcessId, SocketId, TcpEvent, Trace, Value, What};

use super::segment::{self, Segment};
use crate::app::index::{Frame, Index, real_id};

/// No fact.
const NONE: u32 = u32::MAX;

/// From where to where.
type Ends = (SocketAddr, SocketAddr);

/// What a descriptor stood for, from a fact on.
type Stood = (FactId, Option<SocketId>);

/// What belongs together in one trace.
#[derive(Clone, Debug, Default)]
pub struct Relations {
    /// For each fact its newest effect.
    newest: Vec<u32>,
    /// For each fact the effect of the same cause before it.
    before: Vec<u32>,
    sockets: Vec<(SocketId, Socket)>,
    /// The sockets that have had these two ends, oldest first.
    ends: Vec<(Ends, Vec<SocketId>)>,
    /// For each direction of a conversation its frames, in the order of their sending.
    flows: Vec<(Ends, Vec<Segment>)>,
    /// For each direction, and each node that has sent frames of it, the highest number so far.
    highest: Vec<((Ends, NodeId), Vec<u32>)>,
    /// What a descriptor of a process stands for, from which fact on.
    descriptors: Vec<((ProcessId, u32), Vec<Stood>)>,
    /// The calls and results of each line.
    lines: Vec<((ProcessId, u32), Vec<FactId>)>,
    /// Whose each thread is.
    owners: Owners,
    /// Where each process began.
    started: Vec<(ProcessId, FactId)>,
    /// The changes of links.
    link_sets: Vec<FactId>,
    /// Frames that the link made a copy of, and copies: the other one.
    copies: Vec<(FrameId, Vec<FrameId>)>,
}

/// A socket of TCP, as facts speak of it.
#[derive(Clone, Debug)]
pub struct Socket {
    /// Whose.
    pub node: NodeId,
    /// Its own end.
    pub local: SocketAddr,
    /// The other end; unspecified for one that listens.
    pub peer: SocketAddr,
    /// The changes of its state.
    pub states: Vec<FactId>,
    /// The facts of its variables.
    pub vars: Vec<FactId>,
    /// The calls that gave it bytes to send.
    pub sent: Vec<Piece>,
    /// The results that gave its bytes to a program.
    pub received: Vec<Piece>,
}

/// A part of a stream that one call handled, counted from its first byte of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its first byte.
    pub start: u32,
    /// Behind its last byte.
    pub end: u32,
    /// The call, or its result.
    pub fact: FactId,
}

impl Relations {
    /// Adds the newest fact of the trace.
    pub fn push(&mut self, trace: &Trace) {
        let Some(fact) = trace.facts().last() else { return };
        self.newest.push(NONE);
        let before = fact.cause.and_then(|cause| self.newest.get_mut(cause.0 as usize));
        self.before.push(before.map_or(NONE, |newest| core::mem::replace(newest, fact.id.0)));
        self.owners.push(&fact.what);
        match &fact.what {
            What::Started { process, .. } => {
                self.started.push((*process, fact.id));
            }
            What::LinkSet { .. } => self.link_sets.push(fact.id),
            What::Called { process, line, call } => self.called(fact, (*process, *line), call),
            What::Returned { process, line, called, result } => {
                put(&mut self.lines, (*process, u32::from(*line))).push(fact.id);
                if let (Ok(value), Some(Fact { what: What::Called { call, .. }, .. })) = (result, trace.get(*called)) {
                    self.returned(fact, *process, (*called, call), value);
                }
            }
            What::TcpState { socket, local, peer, why, .. } => {
                self.state(trace, fact, *socket, (*local, *peer), *why);
            }
            What::TcpVars { socket, .. } => {
                if let Some(socket) = self.socket_mut(*socket) {
                    socket.vars.push(fact.id);
                }
            }
            What::Sent { frame, bytes, .. } => self.frame(fact.node, *frame, bytes),
            What::Captured { bytes, .. } => self.frame(fact.node, real_id(fact.id), bytes),
            What::Duplicated { frame, of, bytes, .. } => {
                self.copy(*frame, bytes);
                put(&mut self.copies, *of).push(*frame);
                put(&mut self.copies, *frame).push(*of);
            }
            What::Dropped { frame: Some(frame), place: sim_core::trace::Place::Queue(_), bytes, .. } => {
                self.frame(fact.node, *frame, bytes);
            }
            _ => {}
        }
    }

    /// What a fact has made happen, newest first.
    pub fn effects(&self, fact: FactId) -> impl Iterator<Item = FactId> {
        let some = |place: u32| (place != NONE).then_some(FactId(place));
        let newest = self.newest.get(fact.0 as usize).copied().unwrap_or(NONE);
        core::iter::successors(some(newest), move |fact| some(self.before[fact.0 as usize]))
    }

    /// What a fact has made happen first.
    pub fn first_effect(&self, fact: FactId) -> Option<FactId> {
        self.effects(fact).last()
    }

    /// A socket.
    pub fn socket(&self, id: SocketId) -> Option<&Socket> {
        let place = self.sockets.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        Some(&self.sockets[place].1)
    }

    /// All sockets of TCP so far.
    pub fn sockets(&self) -> impl Iterator<Item = (SocketId, &Socket)> {
        self.sockets.iter().map(|(id, socket)| (*id, socket))
    }

    /// The socket with these two ends that was there at a fact: the newest that had begun.
    pub fn socket_at(&self, ends: (SocketAddr, SocketAddr), fact: FactId) -> Option<SocketId> {
        let known = find(&self.ends, &ends);
        let begun = |id: &&SocketId| {
            self.socket(**id).and_then(|socket| socket.states.first()).is_some_and(|first| *first <= fact)
        };
        known.iter().rev().find(begun).or(known.first()).copied()
    }

    /// The socket of TCP that a descriptor stood for at a fact.
    pub fn descriptor(&self, process: ProcessId, fd: u32, fact: FactId) -> Option<SocketId> {
        let stood = find(&self.descriptors, &(self.owners.of(process), fd));
        stood.get(stood.partition_point(|(since, _)| *since <= fact).checked_sub(1)?)?.1
    }

    /// The calls and results of a line of a program.
    pub fn line(&self, process: ProcessId, line: u16) -> &[FactId] {
        find(&self.lines, &(process, u32::from(line)))
    }

    /// Where a process began.
    pub fn started(&self, process: ProcessId) -> Option<FactId> {
        self.started.iter().find(|(started, _)| *started == process).map(|(_, fact)| *fact)
    }

    /// The changes of links up to a fact, newest first.
    pub fn link_sets_until(&self, fact: FactId) -> impl Iterator<Item = FactId> {
        self.link_sets[..self.link_sets.partition_point(|set| *set <= fact)].iter().rev().copied()
    }

    /// The copies of a frame that the link has made, or what it is a copy of.
    pub fn copies(&self, frame: FrameId) -> &[FrameId] {
        find(&self.copies, &frame)
    }

    /// The frames of one direction of a conversation, in the order of their sending.
    pub fn flow(&self, from: SocketAddr, to: SocketAddr) -> &[Segment] {
        find(&self.flows, &(from, to))
    }

    /// A frame's place in its conversation: what it says there.
    pub fn segment(&self, index: &Index, frame: &Frame) -> Option<((SocketAddr, SocketAddr), Segment)> {
        let (ends, _) = segment::peek(frame.id, &frame.bytes)?;
        let flow = self.flow(ends.0, ends.1);
        let sent = |segment: &Segment| index.place(segment.frame);
        let place = flow.partition_point(|segment| sent(segment) < index.place(frame.id));
        Some((ends, *flow.get(place)?))
    }

    /// Every direction of every conversation.
    pub fn flows(&self) -> impl Iterator<Item = (SocketAddr, SocketAddr)> {
        self.flows.iter().map(|(ends, _)| *ends)
    }

    /// A copy that the link has made: its sender did not send it again.
    fn copy(&mut self, frame: FrameId, bytes: &[u8]) {
        if let Some((ends, segment)) = segment::peek(frame, bytes) {
            put(&mut self.flows, ends).push(segment);
        }
    }

    fn frame(&mut self, node: NodeId, frame: FrameId, bytes: &[u8]) {
        let Some((ends, mut segment)) = segment::peek(frame, bytes) else { return };
        if segment.length > 0 && segment.seq != 0 {
            let highest = put(&mut self.highest, (ends, node));
            match highest.first_mut() {
                None => highest.push(segment.end()),
                Some(highest) => {
                    segment.again = (segment.seq.wrapping_sub(*highest) as i32) < 0;
                    if (segment.end().wrapping_sub(*highest) as i32) > 0 {
                        *highest = segment.end();
                    }
                }
            }
        }
        put(&mut self.flows, ends).push(segment);
    }

    fn called(&mut self, fact: &Fact, (process, line): (ProcessId, u16), call: &Call) {
        put(&mut self.lines, (process, u32::from(line))).push(fact.id);
        let process = self.owners.of(process);
        if let Call::Send(fd, bytes, _) | Call::Write(fd, bytes) | Call::SendTo(fd, bytes, ..) = call
            && let Some(socket) = self.socket_of(process, *fd)
        {
            let start = socket.sent.last().map_or(0, |piece| piece.end);
            // The result may say that fewer were taken.
            socket.sent.push(Piece { start, end: start.wrapping_add(bytes.len() as u32), fact: fact.id });
        }
    }

    fn returned(&mut self, fact: &Fact, process: ProcessId, (called, call): (FactId, &Call), value: &Value) {
        let process = self.owners.of(process);
        match (call, value) {
            (Call::Accept(listener), Value::Accepted(fd, peer)) => {
                let port = self.socket_of(process, *listener).map(|listener| listener.local.port());
                let accepted = |(_, socket): &&(SocketId, Socket)| {
                    Some(socket.local.port()) == port && socket.node == fact.node && *peer == Address::Inet(socket.peer)
                };
                if let Some((socket, _)) = self.sockets.iter().rev().find(accepted) {
                    let socket = *socket;
                    put(&mut self.descriptors, (process, *fd)).push((fact.id, Some(socket)));
                }
            }
            (Call::Send(fd, ..) | Call::Write(fd, _) | Call::SendTo(fd, ..), Value::Number(taken)) => {
                if let Some(socket) = self.socket_of(process, *fd)
                    && let Some(piece) = socket.sent.last_mut().filter(|piece| piece.fact == called)
                {
                    piece.end = piece.start.wrapping_add(*taken as u32);
                }
            }
            (
                Call::Recv(fd, _, flags) | Call::RecvFrom(fd, _, flags),
                Value::Bytes(bytes) | Value::Datagram(bytes, _),
            ) if !flags.has(MessageFlags::PEEK) => self.received(fact, process, (*fd, bytes.len())),
            (Call::Read(fd, _), Value::Bytes(bytes)) => self.received(fact, process, (*fd, bytes.len())),
            (Call::Close(fd), _) => {
                put(&mut self.descriptors, (process, *fd)).push((fact.id, None));
            }
            _ => {}
        }
    }

    fn received(&mut self, fact: &Fact, process: ProcessId, (fd, length): (u32, usize)) {
        if let Some(socket) = self.socket_of(process, fd).filter(|_| length > 0) {
            let start = socket.received.last().map_or(0, |piece| piece.end);
            socket.received.push(Piece { start, end: start.wrapping_add(length as u32), fact: fact.id });
        }
    }

    fn state(
        &mut self,
        trace: &Trace,
        fact: &Fact,
        id: SocketId,
        (local, peer): (SocketAddr, SocketAddr),
        why: TcpEvent,
    ) {
        let place = match self.sockets.binary_search_by_key(&id, |(id, _)| *id) {
            Ok(place) => place,
            Err(place) => {
                put(&mut self.ends, (local, peer)).push(id);
                self.sockets.insert(place, (id, Socket::new(fact.node, local, peer)));
                place
            }
        };
        let socket = &mut self.sockets[place].1;
        socket.states.push(fact.id);
        if !matches!(why, TcpEvent::Connect | TcpEvent::Listen) {
            return;
        }
        let cause = fact.cause.and_then(|cause| trace.get(cause)).map(|cause| &cause.what);
        if let Some(What::Called { process, call: Call::Connect(fd, _) | Call::Listen(fd, _), .. }) = cause {
            put(&mut self.descriptors, (self.owners.of(*process), *fd)).push((fact.id, Some(id)));
        }
    }

    fn socket_mut(&mut self, id: SocketId) -> Option<&mut Socket> {
        let place = self.sockets.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        Some(&mut self.sockets[place].1)
    }

    fn socket_of(&mut self, process: ProcessId, fd: u32) -> Option<&mut Socket> {
        let (_, socket) = find(&self.descriptors, &(process, fd)).last()?;
        self.socket_mut((*socket)?)
    }
}

/// The list under a key, which is made where there is none.
fn put<K: Ord + Copy, V>(map: &mut Vec<(K, Vec<V>)>, key: K) -> &mut Vec<V> {
    let place = map.binary_search_by_key(&key, |(key, _)| *key).unwrap_or_else(|place| {
        map.insert(place, (key, Vec::new()));
        place
    });
    &mut map[place].1
}

/// The list under a key.
fn find<'a, K: Ord + Copy, V>(map: &'a [(K, Vec<V>)], key: &K) -> &'a [V] {
    map.binary_search_by_key(key, |(key, _)| *key).map_or(&[], |place| &map[place].1)
}

impl Socket {
    fn new(node: NodeId, local: SocketAddr, peer: SocketAddr) -> Socket {
        let (states, vars, sent, received) = Default::default();
        Socket { node, local, peer, states, vars, sent, received }
    }

    /// The last fact of its variables before a fact: how things stood when it happened.
    pub fn vars_before(&self, fact: FactId) -> Option<FactId> {
        self.vars.get(self.vars.partition_point(|vars| *vars < fact).checked_sub(1)?).copied()
    }

    /// The first fact of its variables after a fact: what it led to.
    pub fn vars_after(&self, fact: FactId) -> Option<FactId> {
        self.vars.get(self.vars.partition_point(|vars| *vars <= fact)).copied()
    }

    /// Its state at a fact: the last change.
    pub fn state_at(&self, fact: FactId) -> Option<FactId> {
        self.states.get(self.states.partition_point(|state| *state <= fact).checked_sub(1)?).copied()
    }
}

/// The pieces that have bytes of a part of the stream.
pub fn overlapping(pieces: &[Piece], start: u32, end: u32) -> impl Iterator<Item = &Piece> {
    let first = pieces.partition_point(|piece| piece.end <= start);
    pieces[first..].iter().take_while(move |piece| piece.start < end)
}
