//! The page's end of the relay: questions of the gateway become messages, messages become answers with a time.
//!
//! A real answer gets its place in simulated time from the relay's own clock: so long after the call that led to it as the
//! relay measured, whatever the speed at which the learner watches. What nobody in the lab has called for (a real client that
//! connects, a datagram of one) happens now.
//!
//! Absent on purpose: the WebSocket (the browser's room has it) and any fact of the lab (see [`super::session`]).

mod socket;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use litemap::LiteMap;
use relay_proto::{
    Address, Call, Capability, ClientMessage, DecodeError, Family, How, Kind, Limits, OptionValue, ServerMessage,
    SocketOption,
};
use sim_core::errno::Errno;
use sim_core::gateway::{Answer, Ask, Direction, FlowId, FlowKind, InfoField, KernelInfo, LinkType, RealFrame};
use sim_core::lab;
use sim_core::program;
use sim_core::time::Instant;
use sim_core::trace::NodeId;

use super::session::Question;
use socket::{Role, Socket};

/// Milliseconds from one look at a watched connection to the next.
const LOOK_EVERY: u32 = 50;

/// What the page knows of the relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nobody has tried: the page was opened without a relay.
    Absent,
    /// The connection is being made.
    Connecting,
    /// The relay has welcomed us.
    Ready,
    /// The relay was there and is gone.
    Lost,
}

/// What a message of the relay means for the lab.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// The session begins.
    Welcome,
    /// The relay speaks another version.
    OtherVersion,
    /// The real network answers a gateway.
    Answer {
        /// When, in simulated time; a time that is past means now.
        at: Instant,
        /// The gateway.
        node: NodeId,
        /// The flow.
        flow: FlowId,
        /// What it says.
        answer: Answer,
    },
    /// What the real kernel knows of a flow, or a frame of it: time does not run ahead for that.
    Observed {
        /// When, in simulated time.
        at: Instant,
        /// The gateway.
        node: NodeId,
        /// The flow.
        flow: FlowId,
        /// What was seen.
        answer: Answer,
    },
    /// A call on the real machine failed; the answer of it comes as well.
    Failed(Failure),
    /// A name was looked up; empty when it is not known.
    Found(Vec<IpAddr>),
}

/// A call on the real machine that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The call.
    pub call: Call,
    /// The name of the error.
    pub errno: String,
    /// What it was about, as the real machine names it.
    pub to: Option<Address>,
    /// What the socket carries.
    pub kind: FlowKind,
    /// What the relay says of it, in English.
    pub sentence: String,
}

/// The sockets of one relay session.
#[derive(Clone, Debug, Default)]
pub struct Link {
    sockets: LiteMap<u32, Socket>,
    /// Connections that the relay has accepted and no flow has taken yet: who came.
    arrivals: LiteMap<u32, Address>,
    lookup: Option<u32>,
    last: u32,
    outbox: Vec<Vec<u8>>,
    limits: Option<Limits>,
    capabilities: Vec<Capability>,
    /// Whether the kernel's view of each connection is wanted.
    watching: bool,
    /// Why a capture that was asked for did not come to be, in the relay's words.
    capture_failed: Option<String>,
}

impl Link {
    /// Takes a question of a gateway.
    pub fn ask(&mut self, question: Question) {
        let Question { at, node, flow, ask } = question;
        match ask {
            Ask::Connect { kind, to, credit } => self.connect(Socket::new(node, flow, kind, real(&to), at), credit),
            Ask::Listen { kind, at: local, backlog, credit } => {
                let socket = Socket::new(node, flow, kind, real(&local), at).published(backlog);
                self.listen(socket, credit);
            }
            Ask::Accept { connection, credit } => self.accept(connection, node, flow, at, credit),
            ask => self.ask_of_known(at, node, flow, ask),
        }
    }

    /// Asks for the addresses of a name.
    pub fn look_up(&mut self, name: &str) {
        let id = self.fresh();
        self.lookup = Some(id);
        self.send(&ClientMessage::Lookup { socket: id, name: name.to_owned() });
    }

    /// Messages to be sent since the last call.
    pub fn take_messages(&mut self) -> Vec<Vec<u8>> {
        core::mem::take(&mut self.outbox)
    }

    /// What this relay says of one of the things that relays can do; `None` when it has not said, which means that it cannot.
    pub fn capability(&self, name: &str) -> Option<&Capability> {
        self.capabilities.iter().find(|capability| capability.name == name)
    }

    /// Whether this relay can do it.
    pub fn can(&self, name: &str) -> bool {
        self.capability(name).is_some_and(|capability| capability.available)
    }

    /// The bounds of this session, once the relay has said them.
    pub fn limits(&self) -> Option<Limits> {
        self.limits
    }

    /// Why there is no capture although it was asked for, in the relay's words.
    pub fn capture_failed(&self) -> Option<&str> {
        self.capture_failed.as_deref()
    }

    /// Whether the kernel's view of every conversation shall be told, from now on: its variables (TCP), and its frames.
    pub fn watch(&mut self, on: bool) {
        self.watching = on;
        self.capture_failed = None;
        let there = self.sockets.iter().filter(|(_, socket)| socket.is_seen());
        let there: Vec<u32> = there.map(|(id, _)| *id).collect();
        there.into_iter().for_each(|id| self.send_watch(id));
    }

    /// Takes a message of the relay.
    ///
    /// # Errors
    /// The message does not decode: the other end is not a relay of this version.
    pub fn receive(&mut self, bytes: &[u8]) -> Result<Vec<News>, DecodeError> {
        let message = ServerMessage::decode(bytes)?;
        let id = message.socket();
        Ok(match message {
            ServerMessage::Welcome { version, .. } if version != relay_proto::VERSION => vec![News::OtherVersion],
            ServerMessage::Welcome { limits, capabilities, .. } => {
                self.limits = Some(limits);
                self.capabilities = capabilities;
                vec![News::Welcome]
            }
            // The answer to a look-up that is not wanted any more.
            ServerMessage::Addresses { .. } if self.lookup != Some(id) => Vec::new(),
            ServerMessage::Addresses { addresses, .. } => {
                self.lookup = None;
                let found = addresses.iter().filter_map(Address::to_socket_addr).map(|address| address.ip());
                vec![News::Found(found.collect())]
            }
            ServerMessage::Error { call, errno, sentence, .. } if self.lookup == Some(id) => {
                self.lookup = None;
                let failure = Failure { call, errno, to: None, kind: FlowKind::Stream, sentence };
                vec![News::Failed(failure), News::Found(Vec::new())]
            }
            ServerMessage::Opened { credit, at, .. } => {
                if let Some(socket) = self.sockets.get_mut(&id) {
                    socket.credit = credit;
                    socket.anchor = Some((socket.asked_at, at));
                }
                Vec::new()
            }
            ServerMessage::Connected { called_at, at, .. } => self.connected(id, called_at, at),
            ServerMessage::Bound { at, local, .. } => self.bound(id, at, &local),
            ServerMessage::Listening { at, local, .. } => {
                self.answer(id, at, Answer::Listening { local: in_trace(&local), credit: 0 })
            }
            ServerMessage::Accepted { connection, credit, peer, .. } => self.accepted(id, connection, credit, peer),
            ServerMessage::Data { at, bytes, .. } => {
                if let Some(socket) = self.sockets.get_mut(&id) {
                    socket.spend(bytes.len());
                }
                self.answer(id, at, Answer::Data(bytes.into()))
            }
            ServerMessage::RecvFrom { from, bytes, .. } => {
                if let Some(socket) = self.sockets.get_mut(&id) {
                    socket.spend(bytes.len());
                }
                self.answer_now(id, Answer::Datagram { from: in_trace(&from), bytes: bytes.into() })
            }
            ServerMessage::Fin { at, .. } => self.answer(id, at, Answer::Fin),
            ServerMessage::Reset { at, .. } => self.over(id, at, Answer::Reset),
            ServerMessage::Credit { at, bytes, .. } => self.credited(id, at, bytes),
            ServerMessage::Error { at, call, errno, sentence, .. } => self.failed(id, at, call, errno, sentence),
            ServerMessage::Info { at, fields, .. } => self.info(id, at, &fields),
            ServerMessage::Frame { at, direction, link_type, lost, length, bytes, .. } => {
                let direction = match direction {
                    relay_proto::Direction::Sent => Direction::Sent,
                    relay_proto::Direction::Received => Direction::Received,
                };
                let link_type = if link_type == ETHERNET { LinkType::Ethernet } else { LinkType::Ip };
                self.observed(
                    id,
                    at,
                    Answer::Frame(RealFrame { direction, link_type, bytes: bytes.into(), length, lost }),
                )
            }
            // The answer to the one option that is set, which tells nothing new.
            ServerMessage::Option { .. } => Vec::new(),
        })
    }

    /// The relay is gone: every flow through it is lost.
    pub fn lose(&mut self) -> Vec<News> {
        self.lookup = None;
        self.outbox.clear();
        self.arrivals.clear();
        self.capabilities.clear();
        self.limits = None;
        let sockets = core::mem::take(&mut self.sockets);
        sockets
            .into_iter()
            .map(|(_, socket)| socket)
            .map(|socket| News::Answer {
                at: Instant::ZERO,
                node: socket.node,
                flow: socket.flow,
                answer: Answer::Lost,
            })
            .collect()
    }

    /// The lab begins again: every real socket of it is reset, and a look-up is not wanted any more.
    pub fn hang_up(&mut self) {
        self.lookup = None;
        for (id, socket) in core::mem::take(&mut self.sockets) {
            self.send(&match socket.role {
                Role::Published { .. } => ClientMessage::Close { socket: id },
                Role::Conversation => ClientMessage::Reset { socket: id },
            });
        }
        for (id, _) in core::mem::take(&mut self.arrivals) {
            self.send(&ClientMessage::Reset { socket: id });
        }
    }

    fn connect(&mut self, socket: Socket, credit: u32) {
        let (kind, to) = (wire_kind(socket.kind), socket.to.clone());
        let id = self.insert(socket.granting(credit));
        self.send(&ClientMessage::Open { socket: id, family: family(&to), kind, credit });
        if self.watching && self.can("capture") {
            // Before the first packet leaves, so that it is seen as well.
            self.send_watch(id);
        }
        self.send(&ClientMessage::Connect { socket: id, to });
    }

    /// Binds a published socket; a stream's listens when it has its address, for one without would get another.
    fn listen(&mut self, socket: Socket, credit: u32) {
        let (kind, at) = (socket.kind, socket.to.clone());
        let id = self.insert(socket.granting(credit));
        self.send(&ClientMessage::Open { socket: id, family: family(&at), kind: wire_kind(kind), credit });
        if kind == FlowKind::Stream {
            // A connection of before in TIME-WAIT must not keep the port from its owner.
            let value = OptionValue::Number(1);
            self.send(&ClientMessage::SetOption { socket: id, option: SocketOption::SoReuseAddr, value });
        }
        self.send(&ClientMessage::Bind { socket: id, at });
    }

    fn accept(&mut self, connection: u32, node: NodeId, flow: FlowId, at: Instant, credit: u32) {
        let Some(peer) = self.arrivals.remove(&connection) else { return };
        let mut socket = Socket::new(node, flow, FlowKind::Stream, peer, at).granting(credit);
        socket.ready = true;
        self.sockets.insert(connection, socket);
        if credit > 0 {
            self.send(&ClientMessage::Credit { socket: connection, bytes: credit });
        }
        if self.watching {
            self.send_watch(connection);
        }
    }

    fn ask_of_known(&mut self, at: Instant, node: NodeId, flow: FlowId, ask: Ask) {
        let Some((&id, socket)) =
            self.sockets.iter_mut().find(|(_, socket)| socket.flow == flow && socket.node == node)
        else {
            // The real end is gone already.
            return;
        };
        match ask {
            Ask::Connect { .. } | Ask::Listen { .. } | Ask::Accept { .. } => {}
            Ask::Allow(connections) => self.send(&ClientMessage::Accept { socket: id, connections, credit: 0 }),
            Ask::Send(bytes) => {
                socket.unreported.push_back((at, socket.cost(bytes.len())));
                self.send_data(id, &bytes);
            }
            Ask::SendTo { to, bytes } => {
                socket.unreported.push_back((at, socket.cost(bytes.len())));
                self.send(&ClientMessage::SendTo { socket: id, to: real(&to), bytes: (&bytes[..]).into() });
            }
            Ask::Credit(bytes) => {
                if socket.granted == 0 {
                    socket.waits_from(at);
                }
                socket.granted += u64::from(bytes);
                self.send(&ClientMessage::Credit { socket: id, bytes });
            }
            Ask::Shutdown => {
                socket.waits_from(at);
                self.send(&ClientMessage::Shutdown { socket: id, how: How::Write });
            }
            Ask::Reset => {
                self.sockets.remove(&id);
                self.send(&ClientMessage::Reset { socket: id });
            }
            Ask::Close => {
                self.sockets.remove(&id);
                self.send(&ClientMessage::Close { socket: id });
            }
        }
    }

    fn insert(&mut self, socket: Socket) -> u32 {
        let id = self.fresh();
        self.sockets.insert(id, socket);
        id
    }

    fn fresh(&mut self) -> u32 {
        // Numbers are used again only after two thousand million connections.
        self.last = (self.last % relay_proto::MAX_CLIENT_SOCKET) + 1;
        self.last
    }

    /// Sends bytes, those of a stream in pieces that the relay takes; a datagram is one message, even an empty one.
    fn send_data(&mut self, id: u32, bytes: &[u8]) {
        const HEADER: usize = 5;
        if self.sockets.get(&id).is_some_and(|socket| socket.kind == FlowKind::Datagram) {
            self.send(&ClientMessage::Data { socket: id, bytes: bytes.into() });
            return;
        }
        let most =
            self.limits.map_or(usize::MAX, |limits| (limits.message_bytes as usize).saturating_sub(HEADER).max(1));
        for piece in bytes.chunks(most) {
            self.send(&ClientMessage::Data { socket: id, bytes: piece.into() });
        }
    }

    fn send_watch(&mut self, id: u32) {
        let Some(socket) = self.sockets.get(&id).filter(|socket| socket.is_seen()) else { return };
        let info_every = if self.watching && socket.is_connected_tcp() { LOOK_EVERY } else { 0 };
        let capture = self.watching && self.can("capture");
        self.send(&ClientMessage::Watch { socket: id, info_every, capture });
    }

    fn send(&mut self, message: &ClientMessage<'_>) {
        self.outbox.push(message.encode());
    }

    fn connected(&mut self, id: u32, called_at: u64, at: u64) -> Vec<News> {
        let Some(socket) = self.sockets.get_mut(&id) else { return Vec::new() };
        socket.ready = true;
        socket.anchor = Some((socket.asked_at, called_at));
        let (credit, is_tcp) = (socket.credit, socket.is_connected_tcp());
        if self.watching && is_tcp {
            self.send_watch(id);
        }
        self.answer(id, at, Answer::Connected { credit })
    }

    /// A published socket has its address.
    fn bound(&mut self, id: u32, at: u64, local: &Address) -> Vec<News> {
        let Some(socket) = self.sockets.get_mut(&id) else { return Vec::new() };
        let Role::Published { backlog } = socket.role else { return Vec::new() };
        socket.to = local.clone();
        let credit = socket.credit;
        if socket.kind == FlowKind::Stream {
            self.send(&ClientMessage::Listen { socket: id, backlog });
            return Vec::new();
        }
        socket.ready = true;
        self.answer(id, at, Answer::Listening { local: in_trace(local), credit })
    }

    fn accepted(&mut self, id: u32, connection: u32, credit: u32, peer: Address) -> Vec<News> {
        if !self.sockets.contains_key(&id) {
            // It came while its listener was being closed: nobody in the lab will ever take it.
            self.send(&ClientMessage::Reset { socket: connection });
            return Vec::new();
        }
        let answer = Answer::Accepted { connection, peer: in_trace(&peer), credit };
        self.arrivals.insert(connection, peer);
        self.answer_now(id, answer)
    }

    fn credited(&mut self, id: u32, at: u64, bytes: u32) -> Vec<News> {
        let Some(socket) = self.sockets.get_mut(&id) else { return Vec::new() };
        socket.reported(at, bytes);
        self.answer(id, at, Answer::Credit(bytes))
    }

    fn failed(&mut self, id: u32, at: u64, call: Call, errno: String, sentence: String) -> Vec<News> {
        // A socket that is not ours any more concerns nobody.
        let Some(socket) = self.sockets.get(&id) else { return Vec::new() };
        match call {
            Call::Capture => {
                self.capture_failed = Some(sentence);
                return Vec::new();
            }
            // What was set or asked for is a comfort: without it, things go on.
            Call::SetSockOpt | Call::GetSockOpt => return Vec::new(),
            _ => {}
        }
        let known = Errno::from_name(&errno);
        let failure = Failure { call, errno, to: Some(socket.to.clone()), kind: socket.kind, sentence };
        if socket.kind == FlowKind::Datagram && socket.ready {
            // The socket lives on: one datagram of it did not arrive.
            let mut news = vec![News::Failed(failure)];
            news.extend(self.answer(id, at, Answer::Unreachable(known.unwrap_or(Errno::EHOSTUNREACH))));
            return news;
        }
        let answer = match known {
            Some(errno) if !socket.ready => Answer::Refused(errno),
            _ => Answer::Lost,
        };
        let mut news = vec![News::Failed(failure)];
        if call == Call::Socket {
            // It never came to be, so there is nothing to close.
            news.extend(self.answer(id, at, answer));
            self.sockets.remove(&id);
        } else {
            news.extend(self.over(id, at, answer));
        }
        news
    }

    /// What the kernel knows, unless it is what it knew before.
    fn info(&mut self, id: u32, at: u64, fields: &[(u8, u64)]) -> Vec<News> {
        let Some(socket) = self.sockets.get_mut(&id) else { return Vec::new() };
        let fields: Arc<[_]> = fields.iter().map(|(number, value)| (InfoField(*number), *value)).collect();
        if !socket.is_news(&fields) {
            return Vec::new();
        }
        self.observed(id, at, Answer::Info(KernelInfo { fields }))
    }

    /// The flow is gone; its number is given back.
    fn over(&mut self, id: u32, at: u64, answer: Answer) -> Vec<News> {
        if self.arrivals.remove(&id).is_some() {
            self.send(&ClientMessage::Close { socket: id });
        }
        let news = self.answer(id, at, answer);
        if self.sockets.remove(&id).is_some() {
            self.send(&ClientMessage::Close { socket: id });
        }
        news
    }

    fn answer(&mut self, id: u32, at: u64, answer: Answer) -> Vec<News> {
        let Some(socket) = self.sockets.get_mut(&id) else { return Vec::new() };
        let at = socket.time_of(at);
        vec![News::Answer { at, node: socket.node, flow: socket.flow, answer }]
    }

    /// An answer to nothing that was asked: it comes when it comes.
    fn answer_now(&mut self, id: u32, answer: Answer) -> Vec<News> {
        let Some(socket) = self.sockets.get(&id) else { return Vec::new() };
        vec![News::Answer { at: Instant::ZERO, node: socket.node, flow: socket.flow, answer }]
    }

    fn observed(&mut self, id: u32, at: u64, answer: Answer) -> Vec<News> {
        let Some(socket) = self.sockets.get(&id) else { return Vec::new() };
        let at = socket.seen_at(at);
        vec![News::Observed { at, node: socket.node, flow: socket.flow, answer }]
    }
}

/// The number of Ethernet among pcap's link types.
const ETHERNET: u16 = 1;

fn wire_kind(kind: FlowKind) -> Kind {
    match kind {
        FlowKind::Stream => Kind::Stream,
        FlowKind::Datagram => Kind::Datagram,
    }
}

fn family(to: &Address) -> Family {
    match to {
        Address::Inet { .. } | Address::Name { .. } => Family::Inet,
        Address::Inet6 { .. } => Family::Inet6,
        Address::Unix { .. } => Family::Unix,
    }
}

/// An address of the lab as the real machine knows it: the gateway's own addresses stand for its loopback.
pub fn real(to: &program::Address) -> Address {
    match to {
        program::Address::Inet(to) => match to.ip() {
            IpAddr::V4(ip) if ip == lab::HOST => SocketAddr::from((Ipv4Addr::LOCALHOST, to.port())).into(),
            IpAddr::V6(ip) if ip == lab::HOST6 => SocketAddr::from((Ipv6Addr::LOCALHOST, to.port())).into(),
            _ => (*to).into(),
        },
        program::Address::Unix(path) => Address::Unix { path: path.to_string() },
        program::Address::Unnamed => Address::Unix { path: String::new() },
    }
}

/// An address of the real machine as a fact has it.
fn in_trace(address: &Address) -> program::Address {
    match address {
        Address::Unix { path } if path.is_empty() => program::Address::Unnamed,
        Address::Unix { path } => program::Address::unix(path),
        Address::Name { host, .. } => program::Address::unix(host),
        Address::Inet { .. } | Address::Inet6 { .. } => {
            address.to_socket_addr().map_or(program::Address::Unnamed, program::Address::Inet)
        }
    }
}
