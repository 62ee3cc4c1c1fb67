//! The TCP connections of a trace, built fact by fact: who is whose other end, what was sent and what became of it.
//!
//! A segment is told by the facts of its header: its sending by the kernel that put it on, its arrival by the kernel that took it
//! off. The chain of causes leads from the one to the other, through routers and translations, so that no address has to match.
//!
//! Absent on purpose: words and pictures, and what is on screen.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use litemap::LiteMap;
use sim_core::gateway::{Answer, Ask, FlowId};
use sim_core::layer::{Layer, Protocol};
use sim_core::program::{Call, MessageFlags};
use sim_core::trace::{
    Fact, FactId, NodeId, Owners, Place, ProcessId, SocketId, TcpEvent, TcpState, Trace, Value, What,
};
use sim_core::wire::tcp::Flags;
use sim_core::wire::tcp_option::Options;

use super::curve::{NONE, Variables, of_info, of_vars};
use super::socket::{Receipt, Segment, Socket, Transfer, newest};

/// Causes that are followed from a segment's arrival back to its sending: some hundred hops.
const FAR: usize = 1_000;

/// A node's end of a connection: its node, the peer's address, its own.
type End = (NodeId, SocketAddr, SocketAddr);

/// A call that has not returned.
#[derive(Clone, Copy, Debug)]
enum Pending {
    Accept(usize),
    /// A write or a read: the socket, and the place among its calls.
    Write(usize, usize),
    Read(usize, usize),
}

/// A segment's header and payload length, as its fact tells them.
#[derive(Clone, Copy, Debug)]
struct Header {
    ports: (u16, u16),
    seq: u32,
    ack: u32,
    flags: Flags,
    options: Options,
    payload: u32,
}

/// All TCP sockets of a trace.
#[derive(Clone, Debug, Default)]
pub struct Connections {
    sockets: Vec<Socket>,
    places: LiteMap<SocketId, usize>,
    /// The newest socket of each end.
    ends: LiteMap<End, usize>,
    descriptors: LiteMap<(ProcessId, u32), usize>,
    owners: Owners,
    pending: LiteMap<ProcessId, Pending>,
    flows: LiteMap<(NodeId, FlowId), usize>,
    /// A real client's flow, whose connection into the lab is the gateway's next.
    dialled: Option<(NodeId, FlowId)>,
    /// Each segment that was sent: the fact, the socket, the place among those of the socket.
    segments: Vec<(FactId, usize, usize)>,
    /// A segment that no socket has received yet: a SYN makes its socket with the next fact.
    unclaimed: Option<(End, Receipt)>,
    /// What real kernels have told, by flow.
    real: LiteMap<FlowId, Variables>,
}

impl Connections {
    /// Adds the newest fact of the trace.
    pub fn push(&mut self, trace: &Trace) {
        let Some(fact) = trace.facts().last() else { return };
        self.owners.push(&fact.what);
        match &fact.what {
            What::TcpState { socket, local, peer, to, why, .. } => {
                self.state(trace, fact, (*socket, *local, *peer), (*to, *why));
            }
            What::TcpVars { socket, vars } => {
                if let Some(&place) = self.places.get(socket) {
                    self.sockets[place].vars.push(fact.at, fact.id, of_vars(vars));
                }
            }
            What::Timer { socket: Some(socket), .. } => {
                if let Some(&place) = self.places.get(socket) {
                    self.sockets[place].timers.push(fact.id);
                }
            }
            What::Encapsulated { layer: Layer::Network, header, .. } => self.sent(trace, fact, header),
            What::Decapsulated { layer: Layer::Transport, protocol: Protocol::Tcp, header, payload, .. } => {
                self.received(trace, fact, header, *payload);
            }
            What::Dropped { place, .. } => self.dropped(trace, fact, *place),
            What::Called { process, call, .. } => self.called(fact, *process, call),
            What::Returned { process, result, .. } => self.returned(fact, *process, result.as_ref().ok()),
            What::Asked { flow, ask } => self.asked(fact, *flow, ask),
            What::Answered { flow, answer: Answer::Data(bytes) } => {
                if let Some(&place) = self.flows.get(&(fact.node, *flow)) {
                    let moved = bytes.len() as u32;
                    moves(&mut self.sockets[place].writes, fact.id, moved);
                }
            }
            What::KernelInfo { flow, info } => {
                self.real.entry(*flow).or_default().push(fact.at, fact.id, of_info(info));
            }
            _ => {}
        }
    }

    /// All sockets, in the order of their first fact.
    pub fn sockets(&self) -> &[Socket] {
        &self.sockets
    }

    /// The place of a socket among all.
    pub fn place(&self, socket: SocketId) -> Option<usize> {
        self.places.get(&socket).copied()
    }

    /// What real kernels have told, by flow.
    pub fn real(&self) -> &LiteMap<FlowId, Variables> {
        &self.real
    }

    /// The segment whose TCP header was put on at a fact.
    pub fn segment(&self, fact: FactId) -> Option<(&Socket, &Segment)> {
        let place = self.segments.binary_search_by_key(&fact, |(sent, ..)| *sent).ok()?;
        let (_, socket, segment) = self.segments[place];
        Some((&self.sockets[socket], &self.sockets[socket].sent[segment]))
    }

    /// The segment that a fact is about: that it came out of, or the one that is a cause of it.
    pub fn segment_of(&self, trace: &Trace, fact: FactId) -> Option<(&Socket, &Segment)> {
        let sent = trace.causes(fact).take(FAR).find(|cause| is_segment(&cause.what))?;
        self.segment(sent.id)
    }

    fn state(
        &mut self,
        trace: &Trace,
        fact: &Fact,
        (id, local, peer): (SocketId, SocketAddr, SocketAddr),
        (to, why): (TcpState, TcpEvent),
    ) {
        let (local, peer) = (plain(local), plain(peer));
        let place = match self.places.get(&id) {
            Some(&place) => place,
            None => self.begin(fact, id, (local, peer)),
        };
        let socket = &mut self.sockets[place];
        // A socket that failed to connect may try again, elsewhere.
        (socket.local, socket.peer) = (local, peer);
        socket.active |= why == TcpEvent::Connect;
        socket.states.push(fact.id);
        if to != TcpState::Listen && to != TcpState::Closed {
            self.ends.insert((fact.node, peer, local), place);
        }
        let cause = fact.cause.and_then(|cause| trace.get(cause));
        if let Some(What::Called { process, call: Call::Connect(fd, _) | Call::Listen(fd, _), .. }) =
            cause.map(|cause| &cause.what)
        {
            self.descriptors.insert((self.owners.of(*process), *fd), place);
        }
        if why == TcpEvent::Connect
            && let Some(flow) = self.dialled.take_if(|(node, _)| *node == fact.node)
        {
            self.flows.insert(flow, place);
        }
        self.claim(fact, place);
    }

    fn begin(&mut self, fact: &Fact, id: SocketId, (local, peer): (SocketAddr, SocketAddr)) -> usize {
        let place = self.sockets.len();
        self.places.insert(id, place);
        self.sockets.push(Socket {
            id,
            node: fact.node,
            local,
            peer,
            active: false,
            states: Vec::new(),
            vars: Variables::default(),
            timers: Vec::new(),
            sent: Vec::new(),
            resent: Vec::new(),
            lost: Vec::new(),
            received: Vec::new(),
            writes: Vec::new(),
            reads: Vec::new(),
            islands: super::socket::History::default(),
            sacked: super::socket::History::default(),
            other: None,
            iss: None,
            irs: None,
            end: 0,
        });
        place
    }

    /// The SYN that made a socket belongs to it.
    fn claim(&mut self, fact: &Fact, place: usize) {
        let socket = &self.sockets[place];
        let end = (socket.node, socket.peer, socket.local);
        if let Some((wanted, receipt)) = self.unclaimed
            && wanted == end
            && fact.cause == Some(receipt.fact)
        {
            self.unclaimed = None;
            self.take(receipt, place);
        }
    }

    /// An IP header was put before what may be a segment.
    fn sent(&mut self, trace: &Trace, fact: &Fact, ip: &[u8]) {
        let Some(above) = fact.cause.and_then(|cause| trace.get(cause)) else { return };
        let What::Encapsulated { layer: Layer::Transport, protocol: Protocol::Tcp, header, payload } = &above.what
        else {
            return;
        };
        let (Some((source, destination)), Some(header)) = (addresses(ip), Header::read(header, *payload)) else {
            return;
        };
        let local = SocketAddr::new(source, header.ports.0);
        let peer = SocketAddr::new(destination, header.ports.1);
        let Some(&place) = self.ends.get(&(fact.node, peer, local)) else { return };
        // A segment that is broken into several packets is one segment.
        if self.segments.last().is_some_and(|(last, ..)| *last >= above.id) {
            return;
        }
        let socket = &mut self.sockets[place];
        if header.flags.has(Flags::SYN) {
            socket.iss = Some(header.seq);
        }
        let Some(iss) = socket.iss else { return };
        let seq = header.seq.wrapping_sub(iss);
        let length = header.length();
        let ack = header.flags.has(Flags::ACK).then(|| header.ack.wrapping_sub(socket.irs.unwrap_or(0)));
        let again = length > 0 && !socket.sent.is_empty() && seq.wrapping_add(length) <= socket.end;
        if !header.flags.has(Flags::RST) {
            socket.end = socket.end.max(seq.wrapping_add(length));
        }
        if again {
            socket.resent.push((fact.at, above.id));
        }
        let (payload, flags) = (header.payload, header.flags);
        let total = socket.sent.last().map_or(0, |last| last.total) + u64::from(payload);
        self.segments.push((above.id, place, socket.sent.len()));
        let (arrived, dropped) = (None, None);
        socket.sent.push(Segment { fact: above.id, seq, length, payload, total, ack, flags, again, arrived, dropped });
    }

    /// A TCP header was taken off.
    fn received(&mut self, trace: &Trace, fact: &Fact, header: &[u8], payload: usize) {
        let ip = trace.causes(fact.id).take(6).find_map(|cause| match &cause.what {
            What::Decapsulated { layer: Layer::Network, header, .. } => addresses(header),
            _ => None,
        });
        let (Some((source, destination)), Some(header)) = (ip, Header::read(header, payload)) else { return };
        let local = SocketAddr::new(destination, header.ports.1);
        let peer = SocketAddr::new(source, header.ports.0);
        let origin = trace.causes(fact.id).take(FAR).find(|cause| is_segment(&cause.what));
        let of = origin.and_then(|origin| {
            let place = self.segments.binary_search_by_key(&origin.id, |(sent, ..)| *sent).ok()?;
            Some((self.segments[place].1, self.segments[place].2))
        });
        if let Some((socket, segment)) = of {
            self.sockets[socket].sent[segment].arrived.get_or_insert(fact.id);
        }
        let receipt = Receipt { fact: fact.id, of };
        let end = (fact.node, peer, local);
        match self.ends.get(&end).copied() {
            // A SYN at an end that is over may make a new socket.
            Some(place) if !header.flags.has(Flags::SYN) || !self.is_over(trace, place) => {
                self.take(receipt, place);
                self.read_sack(fact, &header, place);
            }
            _ => self.unclaimed = Some((end, receipt)),
        }
    }

    fn is_over(&self, trace: &Trace, place: usize) -> bool {
        let state = self.sockets[place].states.last().and_then(|state| trace.get(*state));
        state
            .is_some_and(|state| matches!(state.what, What::TcpState { to: TcpState::Closed | TcpState::TimeWait, .. }))
    }

    /// A socket takes a segment.
    fn take(&mut self, receipt: Receipt, place: usize) {
        self.sockets[place].received.push(receipt);
        let Some((sender, segment)) = receipt.of else { return };
        let segment = self.sockets[sender].sent[segment];
        if self.sockets[place].other.is_none() {
            self.sockets[place].other = Some((receipt.fact, sender));
        }
        if self.sockets[sender].other.is_none_or(|(_, other)| other != place) {
            self.sockets[sender].other = Some((receipt.fact, place));
        }
        let iss = self.sockets[sender].iss;
        let socket = &mut self.sockets[place];
        if segment.flags.has(Flags::SYN) {
            socket.irs = iss;
        }
        let next = newest_received(socket);
        if segment.length > 0 && segment.seq > next {
            socket.islands.change(receipt.fact, next, &[(segment.seq, segment.end())]);
        } else if segment.length > 0 {
            // What closes a gap: all that is in order then is no island. The next variables say how far that is.
            let floor = joined(next.max(segment.end()), socket.islands.newest());
            socket.islands.change(receipt.fact, floor, &[]);
        }
    }

    /// What the peer says to have beyond a gap (RFC 2018 §3); a block before the ACK is a duplicate (RFC 2883).
    fn read_sack(&mut self, fact: &Fact, header: &Header, place: usize) {
        let socket = &mut self.sockets[place];
        let Some(iss) = socket.iss.filter(|_| header.flags.has(Flags::ACK)) else { return };
        let ack = header.ack.wrapping_sub(iss);
        if ack > socket.end {
            return;
        }
        let blocks = header.options.sack.iter().take(header.options.sack_blocks);
        let blocks = blocks.map(|(left, right)| (left.wrapping_sub(iss), right.wrapping_sub(iss)));
        let end = socket.end;
        let beyond: Vec<(u32, u32)> =
            blocks.filter(|(left, right)| *left > ack && left < right && *right <= end).collect();
        socket.sacked.change(fact.id, ack, &beyond);
    }

    fn dropped(&mut self, trace: &Trace, fact: &Fact, place: Place) {
        let Some(sent) = trace.causes(fact.id).take(FAR).find(|cause| is_segment(&cause.what)) else { return };
        let Ok(known) = self.segments.binary_search_by_key(&sent.id, |(sent, ..)| *sent) else { return };
        let (_, socket, segment) = self.segments[known];
        self.sockets[socket].sent[segment].dropped.get_or_insert(fact.id);
        self.sockets[socket].lost.push((fact.at, fact.id));
        if place == Place::Layer(Layer::Transport)
            && let Some(cause) = fact.cause
            && let Some((_, receiver)) = self.sockets[socket].other
        {
            self.sockets[receiver].islands.undo(cause);
        }
    }

    fn called(&mut self, fact: &Fact, process: ProcessId, call: &Call) {
        let (Call::Accept(fd)
        | Call::Send(fd, ..)
        | Call::SendTo(fd, ..)
        | Call::Write(fd, _)
        | Call::Recv(fd, ..)
        | Call::RecvFrom(fd, ..)
        | Call::Read(fd, _)
        | Call::Close(fd)) = call
        else {
            return;
        };
        let owner = self.owners.of(process);
        let Some(&place) = self.descriptors.get(&(owner, *fd)) else { return };
        let socket = &mut self.sockets[place];
        let pending = match call {
            Call::Accept(_) => Pending::Accept(place),
            Call::Send(_, bytes, _) | Call::SendTo(_, bytes, ..) | Call::Write(_, bytes) => {
                Pending::Write(place, begin_transfer(&mut socket.writes, fact.id, bytes.len()))
            }
            Call::Recv(_, most, flags) | Call::RecvFrom(_, most, flags) if !flags.any(LOOKS) => {
                Pending::Read(place, begin_transfer(&mut socket.reads, fact.id, *most))
            }
            Call::Read(_, most) => Pending::Read(place, begin_transfer(&mut socket.reads, fact.id, *most)),
            Call::Close(_) => {
                self.descriptors.remove(&(owner, *fd));
                return;
            }
            _ => return,
        };
        self.pending.insert(process, pending);
    }

    fn returned(&mut self, fact: &Fact, process: ProcessId, result: Option<&Value>) {
        match self.pending.remove(&process) {
            None => {}
            Some(Pending::Accept(listener)) => {
                if let Some(Value::Accepted(fd, peer)) = result
                    && let Some(place) = peer.inet().and_then(|peer| self.accepted(fact.node, listener, plain(peer)))
                {
                    self.descriptors.insert((self.owners.of(process), *fd), place);
                }
            }
            Some(Pending::Write(socket, place)) => {
                let moved = if let Some(Value::Number(count)) = result { *count } else { 0 };
                end_transfer(&mut self.sockets[socket].writes[place], fact.id, moved);
            }
            Some(Pending::Read(socket, place)) => {
                let moved = match result {
                    Some(Value::Bytes(bytes) | Value::Datagram(bytes, _)) => bytes.len(),
                    _ => 0,
                };
                end_transfer(&mut self.sockets[socket].reads[place], fact.id, moved);
            }
        }
    }

    /// The socket that `accept` gave: of the listener's port, with this peer.
    fn accepted(&self, node: NodeId, listener: usize, peer: SocketAddr) -> Option<usize> {
        let port = self.sockets[listener].local.port();
        let ends = self.ends.iter().filter(|((at, with, _), _)| (*at, *with) == (node, peer));
        ends.filter(|((.., local), _)| local.port() == port).map(|(_, place)| *place).max()
    }

    fn asked(&mut self, fact: &Fact, flow: FlowId, ask: &Ask) {
        match ask {
            // The SYN has made the gateway's socket just before.
            Ask::Connect { .. } => {
                if let Some(place) = self.sockets.iter().rposition(|socket| socket.node == fact.node) {
                    self.flows.insert((fact.node, flow), place);
                }
            }
            Ask::Accept { .. } => self.dialled = Some((fact.node, flow)),
            Ask::Send(bytes) => {
                if let Some(&place) = self.flows.get(&(fact.node, flow)) {
                    moves(&mut self.sockets[place].reads, fact.id, bytes.len() as u32);
                }
            }
            _ => {}
        }
    }
}

/// Flags of calls that take nothing out of the stream.
const LOOKS: MessageFlags = MessageFlags(MessageFlags::PEEK.0 | MessageFlags::OOB.0 | MessageFlags::ERRQUEUE.0);

impl Header {
    fn read(bytes: &[u8], payload: usize) -> Option<Header> {
        let word = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        let ports = word(0)?;
        Some(Header {
            ports: ((ports >> 16) as u16, ports as u16),
            seq: word(4)?,
            ack: word(8)?,
            flags: Flags(*bytes.get(13)?),
            options: Options::parse(bytes.get(20..)?),
            payload: payload as u32,
        })
    }

    fn length(&self) -> u32 {
        self.payload + u32::from(self.flags.has(Flags::SYN)) + u32::from(self.flags.has(Flags::FIN))
    }
}

fn is_segment(what: &What) -> bool {
    matches!(what, What::Encapsulated { layer: Layer::Transport, protocol: Protocol::Tcp, .. })
}

/// The next sequence number that a receiver waits for, by what it has told last.
fn newest_received(socket: &Socket) -> u32 {
    let received = socket
        .vars
        .len()
        .checked_sub(1)
        .and_then(|place| socket.vars.value(place, super::curve::Variable::Received as usize));
    // The SYN is number 0, the first byte 1.
    received.filter(|count| *count != NONE).map_or(0, |count| count + 1)
}

/// How far what is in order reaches, when it reaches `next` and these ranges lie beyond.
fn joined(mut next: u32, ranges: &[(u32, u32)]) -> u32 {
    for range in ranges {
        if range.0 <= next {
            next = next.max(range.1);
        }
    }
    next
}

fn begin_transfer(transfers: &mut Vec<Transfer>, called: FactId, wanted: usize) -> usize {
    let from = transfers.last().map_or(1, |last| last.from.wrapping_add(last.moved));
    transfers.push(Transfer { called, returned: None, from, wanted: wanted as u32, moved: 0 });
    transfers.len() - 1
}

fn end_transfer(transfer: &mut Transfer, returned: FactId, moved: usize) {
    transfer.returned = Some(returned);
    transfer.moved = moved as u32;
}

/// What a gateway moves for a real end is done at once.
fn moves(transfers: &mut Vec<Transfer>, fact: FactId, moved: u32) {
    let place = begin_transfer(transfers, fact, moved as usize);
    end_transfer(&mut transfers[place], fact, moved as usize);
}

/// The two addresses of an IP header.
fn addresses(ip: &[u8]) -> Option<(IpAddr, IpAddr)> {
    match ip.first()? >> 4 {
        4 => {
            let four = |at: usize| Some(Ipv4Addr::from(<[u8; 4]>::try_from(ip.get(at..at + 4)?).ok()?).into());
            Some((four(12)?, four(16)?))
        }
        6 => {
            let sixteen = |at: usize| Some(Ipv6Addr::from(<[u8; 16]>::try_from(ip.get(at..at + 16)?).ok()?).into());
            Some((sixteen(8)?, sixteen(24)?))
        }
        _ => None,
    }
}

/// An IPv4 address that a socket of IPv6 has is the IPv4 address; scopes are the node's own business.
fn plain(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// One connection: the socket that was opened first by `connect`, and its other end, as far as they are known after a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The socket that connects; a listening one where nobody has connected yet.
    pub first: usize,
    /// Its other end, when the lab has it and has heard of it.
    pub second: Option<usize>,
}

impl Connections {
    /// The connections that had begun up to and with a fact, oldest first.
    pub fn pairs(&self, trace: &Trace, fact: FactId) -> Vec<Pair> {
        let known = self.sockets.iter().enumerate().filter(|(_, socket)| socket.is_known(fact));
        known.filter_map(|(place, _)| self.pair_of(trace, place, fact).filter(|pair| pair.first == place)).collect()
    }

    /// The connection that a socket belongs to after a fact; none of a socket that merely listens while its
    /// connections have sockets of their own.
    pub fn pair_of(&self, trace: &Trace, place: usize, fact: FactId) -> Option<Pair> {
        let socket = self.sockets.get(place)?;
        let other = socket.other.filter(|(since, _)| *since <= fact).map(|(_, other)| other);
        if self.only_listens(trace, socket, fact) {
            return None;
        }
        Some(match other {
            // Both connect in a simultaneous open; then the older is the first.
            Some(other) if self.leads(other, place) => Pair { first: other, second: Some(place) },
            Some(other) => Pair { first: place, second: Some(other) },
            None => Pair { first: place, second: None },
        })
    }

    /// The newest connection that had begun up to and with a fact; a listener where there is none.
    pub fn newest(&self, trace: &Trace, fact: FactId) -> Option<Pair> {
        let begun = self.sockets.partition_point(|socket| socket.is_known(fact));
        let pair = (0..begun).rev().find_map(|place| self.pair_of(trace, place, fact));
        pair.or_else(|| begun.checked_sub(1).map(|first| Pair { first, second: None }))
    }

    fn leads(&self, one: usize, other: usize) -> bool {
        match (self.sockets[one].active, self.sockets[other].active) {
            (true, false) => true,
            (false, true) => false,
            _ => one < other,
        }
    }

    /// Whether a socket has never been anything but a listener.
    pub fn only_listens(&self, trace: &Trace, socket: &Socket, fact: FactId) -> bool {
        let state = newest(&socket.states, fact).and_then(|state| trace.get(state));
        socket.other.is_none()
            && state.is_some_and(|state| {
                matches!(
                    state.what,
                    What::TcpState { to: TcpState::Listen, .. }
                        | What::TcpState { from: TcpState::Listen, to: TcpState::Closed, .. }
                )
            })
    }

    /// The socket that listens where a connection goes, on a node with one of these addresses.
    pub fn listener(
        &self,
        trace: &Trace,
        to: SocketAddr,
        fact: FactId,
        has: impl Fn(NodeId, IpAddr) -> bool,
    ) -> Option<usize> {
        self.sockets.iter().rposition(|socket| {
            socket.is_known(fact)
                && socket.local.port() == to.port()
                && has(socket.node, to.ip())
                && self.only_listens(trace, socket, fact)
        })
    }
}
