//! The page's end of the relay: questions of the gateway become messages, messages become answers with a time.
//!
//! A real answer gets its place in simulated time from the relay's own clock: so long after the call that led to it as the
//! relay measured, whatever the speed at which the learner watches.
//!
//! Absent on purpose: the WebSocket (the browser's room has it) and any fact of the lab (see [`super::session`]).

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use relay_proto::{Address, Call, ClientMessage, DecodeError, Family, How, Kind, ServerMessage};
use sim_core::errno::Errno;
use sim_core::gateway::{Answer, Ask, FlowId};
use sim_core::lab;
use sim_core::time::Instant;
use sim_core::trace::NodeId;

use super::session::Question;

/// The longest time that a real answer can have taken: a relay that says more is not believed, because the network is run
/// through all of it.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);

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
        /// The connection.
        flow: FlowId,
        /// What it says.
        answer: Answer,
    },
    /// A call on the real machine failed; the answer of it comes as well.
    Failed {
        /// The call.
        call: Call,
        /// The name of the error.
        errno: String,
        /// Where the connection was to go.
        to: Option<SocketAddr>,
    },
    /// A name was looked up; empty when it is not known.
    Found(Vec<IpAddr>),
}

/// The sockets of one relay session.
#[derive(Clone, Debug, Default)]
pub struct Link {
    sockets: BTreeMap<u32, Socket>,
    lookup: Option<u32>,
    last: u32,
    outbox: Vec<Vec<u8>>,
    /// The longest message that the relay takes, once it has said so.
    longest_message: Option<u32>,
}

/// A real socket that stands for one connection through the gateway.
#[derive(Clone, Debug)]
struct Socket {
    node: NodeId,
    flow: FlowId,
    to: SocketAddr,
    credit: u32,
    connected: bool,
    /// A simulated time and the relay's time of the same event; `None` while the next answer waits for something that the
    /// lab has just asked, whose time at the relay is not reported: then the answer's own time is taken for it.
    anchor: Option<(Instant, u64)>,
    asked_at: Instant,
    /// Bytes that the relay may still send.
    granted: u64,
    /// Sends that the relay has not reported yet: their simulated times and lengths.
    unreported: VecDeque<(Instant, u32)>,
}

impl Socket {
    /// What comes next waits for what the lab asks now: the learner's own pace must not count as the server's.
    fn waits_from(&mut self, at: Instant) {
        self.anchor = None;
        self.asked_at = at;
    }

    /// The simulated time of something that the relay dates so.
    fn time_of(&mut self, at: u64) -> Instant {
        let (simulated, real) = *self.anchor.get_or_insert((self.asked_at, at));
        simulated + Duration::from_nanos(at.saturating_sub(real)).min(LONGEST_WAIT)
    }
}

impl Link {
    /// Takes a question of a gateway.
    pub fn ask(&mut self, question: Question) {
        let Question { at, node, flow, ask } = question;
        if let Ask::Connect { to, credit, .. } = ask {
            let Some(to) = to.inet() else { return };
            let id = self.fresh();
            self.send(&ClientMessage::Open { socket: id, family: family(to), kind: Kind::Stream, credit });
            self.send(&ClientMessage::Connect { socket: id, to: real_address(to) });
            let socket = Socket {
                node,
                flow,
                to,
                credit: 0,
                connected: false,
                anchor: None,
                asked_at: at,
                granted: u64::from(credit),
                unreported: VecDeque::new(),
            };
            self.sockets.insert(id, socket);
            return;
        }
        let Some((&id, socket)) =
            self.sockets.iter_mut().find(|(_, socket)| socket.flow == flow && socket.node == node)
        else {
            // The real end is gone already.
            return;
        };
        match &ask {
            // Streams to servers are all that is carried.
            Ask::Connect { .. } | Ask::Listen { .. } | Ask::Allow(_) | Ask::Accept { .. } | Ask::SendTo { .. } => {}
            Ask::Send(bytes) => {
                socket.unreported.push_back((at, u32::try_from(bytes.len()).unwrap_or(u32::MAX)));
                self.send_data(id, bytes);
            }
            Ask::Credit(bytes) => {
                if socket.granted == 0 {
                    socket.waits_from(at);
                }
                socket.granted += u64::from(*bytes);
                self.send(&ClientMessage::Credit { socket: id, bytes: *bytes });
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

    /// Takes a message of the relay.
    ///
    /// # Errors
    /// The message does not decode: the other end is not a relay of this version.
    pub fn receive(&mut self, bytes: &[u8]) -> Result<Vec<News>, DecodeError> {
        let message = ServerMessage::decode(bytes)?;
        let id = message.socket();
        Ok(match message {
            ServerMessage::Welcome { version, .. } if version != relay_proto::VERSION => vec![News::OtherVersion],
            ServerMessage::Welcome { limits, .. } => {
                self.longest_message = Some(limits.message_bytes);
                vec![News::Welcome]
            }
            // The answer to a look-up that is not wanted any more.
            ServerMessage::Addresses { .. } if self.lookup != Some(id) => Vec::new(),
            ServerMessage::Addresses { addresses, .. } => {
                self.lookup = None;
                let found = addresses.iter().filter_map(Address::to_socket_addr).map(|address| address.ip());
                vec![News::Found(found.collect())]
            }
            ServerMessage::Error { call, errno, .. } if self.lookup == Some(id) => {
                self.lookup = None;
                vec![News::Failed { call, errno, to: None }, News::Found(Vec::new())]
            }
            ServerMessage::Opened { credit, at, .. } => {
                if let Some(socket) = self.sockets.get_mut(&id) {
                    socket.credit = credit;
                    socket.anchor = Some((socket.asked_at, at));
                }
                Vec::new()
            }
            ServerMessage::Connected { called_at, at, .. } => self.connected(id, called_at, at),
            ServerMessage::Data { at, bytes, .. } => {
                if let Some(socket) = self.sockets.get_mut(&id) {
                    socket.granted = socket.granted.saturating_sub(bytes.len() as u64);
                }
                self.answer(id, at, Answer::Data(bytes.into()))
            }
            ServerMessage::Fin { at, .. } => self.answer(id, at, Answer::Fin),
            ServerMessage::Reset { at, .. } => self.over(id, at, Answer::Reset),
            ServerMessage::Credit { at, bytes, .. } => self.credited(id, at, bytes),
            ServerMessage::Error { at, call, errno, .. } => self.failed(id, at, call, errno),
            // Answers to what this page does not ask for.
            ServerMessage::Bound { .. }
            | ServerMessage::Listening { .. }
            | ServerMessage::Accepted { .. }
            | ServerMessage::RecvFrom { .. }
            | ServerMessage::Info { .. }
            | ServerMessage::Frame { .. }
            | ServerMessage::Option { .. } => Vec::new(),
        })
    }

    /// The relay is gone: every connection through it is reset.
    pub fn lose(&mut self) -> Vec<News> {
        self.lookup = None;
        self.outbox.clear();
        let sockets = core::mem::take(&mut self.sockets);
        sockets
            .into_values()
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
        for id in core::mem::take(&mut self.sockets).into_keys() {
            self.send(&ClientMessage::Reset { socket: id });
        }
    }

    fn fresh(&mut self) -> u32 {
        // Numbers are used again only after two thousand million connections.
        self.last = (self.last % relay_proto::MAX_CLIENT_SOCKET) + 1;
        self.last
    }

    /// Sends bytes, in pieces that the relay takes.
    fn send_data(&mut self, id: u32, bytes: &[u8]) {
        const HEADER: usize = 5;
        let most = self.longest_message.map_or(usize::MAX, |bytes| (bytes as usize).saturating_sub(HEADER).max(1));
        for piece in bytes.chunks(most) {
            self.send(&ClientMessage::Data { socket: id, bytes: piece.into() });
        }
    }

    fn send(&mut self, message: &ClientMessage<'_>) {
        self.outbox.push(message.encode());
    }

    fn connected(&mut self, id: u32, called_at: u64, at: u64) -> Vec<News> {
        let Some(socket) = self.sockets.get_mut(&id) else { return Vec::new() };
        socket.connected = true;
        socket.anchor = Some((socket.asked_at, called_at));
        let credit = socket.credit;
        self.answer(id, at, Answer::Connected { credit })
    }

    fn credited(&mut self, id: u32, at: u64, bytes: u32) -> Vec<News> {
        let Some(socket) = self.sockets.get_mut(&id) else { return Vec::new() };
        let mut taken = bytes;
        while taken > 0
            && let Some((asked_at, length)) = socket.unreported.front_mut()
        {
            // The bytes of this send reached the kernel at the relay's time `at`.
            socket.anchor = Some((*asked_at, at));
            if *length > taken {
                *length -= taken;
                break;
            }
            taken -= *length;
            socket.unreported.pop_front();
        }
        self.answer(id, at, Answer::Credit(bytes))
    }

    fn failed(&mut self, id: u32, at: u64, call: Call, errno: String) -> Vec<News> {
        // A socket that is not ours any more concerns nobody.
        let Some(socket) = self.sockets.get(&id) else { return Vec::new() };
        let answer = match Errno::from_name(&errno) {
            Some(errno) if !socket.connected => Answer::Refused(errno),
            _ => Answer::Lost,
        };
        let mut news = vec![News::Failed { call, errno, to: Some(socket.to) }];
        if call == Call::Socket {
            // It never came to be, so there is nothing to close.
            news.extend(self.answer(id, at, answer));
            self.sockets.remove(&id);
        } else {
            news.extend(self.over(id, at, answer));
        }
        news
    }

    /// The connection is gone; its number is given back.
    fn over(&mut self, id: u32, at: u64, answer: Answer) -> Vec<News> {
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
}

fn family(to: SocketAddr) -> Family {
    match to {
        SocketAddr::V4(_) => Family::Inet,
        SocketAddr::V6(_) => Family::Inet6,
    }
}

/// The gateway's own address stands for the loopback of the real machine.
fn real_address(to: SocketAddr) -> Address {
    match to.ip() {
        IpAddr::V4(ip) if ip == lab::HOST => Address::Inet { ip: Ipv4Addr::LOCALHOST, port: to.port() },
        IpAddr::V4(ip) => Address::Inet { ip, port: to.port() },
        IpAddr::V6(ip) => Address::Inet6 { ip, port: to.port(), scope: 0 },
    }
}
