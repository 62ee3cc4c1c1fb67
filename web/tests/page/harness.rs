//! A page and a relay that does as it is told.
//!
//! Absent: clocks. The relay's clock is a number that the test moves.

use std::collections::{BTreeMap, VecDeque};
use std::net::Ipv4Addr;

use relay_proto::{Address, Call, Capability, ClientMessage, Kind, Limits, ServerMessage, VERSION, datagram_cost};
use sim_core::trace::{Value, What};
use web::app::{Effect, Model, Msg, Theme, update};
use web::catalogue::Language;
use web::view;

/// What the played server does with a connection.
#[derive(Clone, Debug)]
pub(crate) enum Server {
    /// Answers the first bytes with these and hangs up, after so many nanoseconds.
    Answer(Vec<u8>, u64),
    /// Refuses, with this error.
    Refuse(&'static str),
    /// Takes the connection and never reads.
    Silent,
    /// Sends these bytes as credit allows, and hangs up.
    Flood(Vec<u8>),
    /// Resets at the first bytes.
    Reset,
    /// Never answers the connection.
    Mute,
    /// No socket takes the datagrams.
    Dead,
}

#[derive(Debug, Default)]
struct Socket {
    /// What the page lets the server send.
    credit: u64,
    received: Vec<u8>,
    to_send: Vec<u8>,
    hung_up: bool,
    connected: bool,
    datagrams: bool,
}

/// A page with its played relay.
pub(crate) struct Page {
    pub(crate) model: Model,
    server: Server,
    sockets: BTreeMap<u32, Socket>,
    /// The relay's clock, in nanoseconds.
    pub(crate) clock: u64,
    /// What arrived at the played server, over all connections.
    pub(crate) received: Vec<u8>,
    /// The names that the played relay knows.
    pub(crate) names: BTreeMap<String, Vec<Ipv4Addr>>,
    /// Where connections were asked to go.
    pub(crate) targets: Vec<Address>,
    /// Why nothing can be bound, when nothing can.
    pub(crate) bind_error: Option<&'static str>,
    /// What listens, or is bound for datagrams, by its number.
    pub(crate) bound: BTreeMap<u32, Address>,
    /// Connections that may still be accepted.
    pub(crate) allowed: u32,
    /// Datagrams that left a bound socket: to whom, and what.
    pub(crate) sent_to: Vec<(Address, Vec<u8>)>,
    /// The connections that were to be watched: every how many milliseconds, and whether with capture.
    pub(crate) watched: BTreeMap<u32, (u32, bool)>,
    /// The sockets whose packets were to be captured before they were connected.
    pub(crate) captured: Vec<u32>,
    /// The relay's clock goes on with the learner's.
    pub(crate) wall_clock: bool,
    /// The relay does not answer look-ups by itself.
    pub(crate) hold_lookups: bool,
    /// The numbers of look-ups that were held.
    pub(crate) lookups: Vec<u32>,
    /// How many sockets were closed or reset.
    pub(crate) closed: usize,
    /// The longest message that came from the page.
    pub(crate) longest: usize,
    /// Connections that have come.
    arrived: u32,
    opened: bool,
    effects: VecDeque<Effect>,
    busy: bool,
}

/// The credit that the played relay gives.
pub(crate) const CREDIT: u32 = 10_000;

/// The longest message that the played relay takes.
pub(crate) const MESSAGE: usize = 1_024;

impl Page {
    /// A page without a relay.
    pub(crate) fn alone() -> Page {
        Page {
            model: Model::new(Language::English, Theme::System),
            server: Server::Silent,
            sockets: BTreeMap::new(),
            clock: 0,
            received: Vec::new(),
            names: BTreeMap::new(),
            targets: Vec::new(),
            bind_error: None,
            bound: BTreeMap::new(),
            allowed: 0,
            sent_to: Vec::new(),
            watched: BTreeMap::new(),
            captured: Vec::new(),
            wall_clock: false,
            hold_lookups: false,
            lookups: Vec::new(),
            closed: 0,
            longest: 0,
            arrived: 0,
            opened: false,
            effects: VecDeque::new(),
            busy: false,
        }
    }

    /// A page that a relay has welcomed, with this server behind it.
    pub(crate) fn with(server: Server) -> Page {
        Page::that_can(server, &["stream", "datagram", "inet", "inet6", "unix", "tcp-info", "capture"])
    }

    /// A page whose relay can do these things; of the others it says why not.
    pub(crate) fn that_can(server: Server, can: &[&str]) -> Page {
        let mut page = Page { server, ..Page::alone() };
        page.send(Msg::RelayFound);
        assert!(page.opened, "a relay that is found is connected to");
        let limits = Limits {
            sockets: 64,
            message_bytes: MESSAGE as u32,
            credit: CREDIT,
            opens_per_second: 100,
            listeners: 16,
            backlog: 128,
        };
        let capability = |name: &str| {
            let available = can.contains(&name);
            let reason = match (name, available) {
                ("unix", true) => "/run/lab".to_owned(),
                (_, true) => String::new(),
                _ => format!("this relay has no {name}"),
            };
            Capability { name: name.to_owned(), available, reason }
        };
        let all = ["stream", "datagram", "inet", "inet6", "unix", "tcp-info", "capture"];
        let capabilities = all.map(capability).to_vec();
        page.hear(&ServerMessage::Welcome { version: VERSION, at: 0, limits, capabilities });
        page
    }

    /// Hands a message to the page; the relay answers what it is asked.
    pub(crate) fn send(&mut self, msg: Msg) {
        let effects = update(&mut self.model, msg);
        self.effects.extend(effects);
        // An answer of the relay makes effects of its own: they come after those that are there, as in the browser.
        if core::mem::replace(&mut self.busy, true) {
            return;
        }
        while let Some(effect) = self.effects.pop_front() {
            match effect {
                Effect::OpenRelay => self.opened = true,
                Effect::SendRelay(bytes) => self.relay(&bytes),
                _ => {}
            }
        }
        self.busy = false;
    }

    /// Plays for so many seconds of the learner's.
    pub(crate) fn play(&mut self, seconds: f64) {
        for _ in 0..(seconds * 60.0) as usize {
            if self.wall_clock {
                self.clock += 1_000_000_000 / 60;
            }
            self.send(Msg::Tick(1000.0 / 60.0));
            if !self.model.player.playing {
                break;
            }
        }
    }

    /// A message of the relay.
    pub(crate) fn hear(&mut self, message: &ServerMessage<'_>) {
        self.send(Msg::RelayMessage(message.encode()));
    }

    /// What the client's programs have printed so far.
    pub(crate) fn printed(&self) -> Vec<String> {
        self.whats()
            .filter_map(|what| if let What::Printed { text, .. } = what { Some(text.to_string()) } else { None })
            .collect()
    }

    /// The bytes that the client's `recv` calls returned.
    pub(crate) fn client_received(&self) -> Vec<u8> {
        let client = |fact: &&sim_core::trace::Fact| fact.node == sim_core::lab::CLIENT_NODE;
        let facts = self.model.session.trace.facts().iter().filter(client);
        facts
            .filter_map(|fact| match &fact.what {
                What::Returned { result: Ok(Value::Bytes(bytes)), .. } => Some(bytes.to_vec()),
                _ => None,
            })
            .flatten()
            .collect()
    }

    /// The notice on screen.
    pub(crate) fn notice(&self) -> String {
        view::notice::notice(&self.model).map(|said| said.text).unwrap_or_default()
    }

    /// What the program has come to.
    pub(crate) fn outcome(&self) -> String {
        view::notice::outcome(&self.model).map(|said| said.text).unwrap_or_default()
    }

    /// The words of every frame so far.
    pub(crate) fn frames(&self) -> Vec<String> {
        self.model.session.index.frames().iter().map(|frame| view::frame::words(frame).label).collect()
    }

    fn whats(&self) -> impl Iterator<Item = &What> {
        self.model.session.trace.facts().iter().map(|fact| &fact.what)
    }

    fn relay(&mut self, bytes: &[u8]) {
        let message = ClientMessage::decode(bytes).expect("the page speaks the protocol");
        self.longest = self.longest.max(bytes.len());
        self.clock += 1_000;
        let at = self.clock;
        let id = message.socket();
        match message {
            ClientMessage::Open { socket, credit, kind, .. } => {
                let datagrams = kind == Kind::Datagram;
                self.sockets.insert(socket, Socket { credit: credit.into(), datagrams, ..Socket::default() });
                self.hear(&ServerMessage::Opened { socket, at, credit: CREDIT });
            }
            ClientMessage::Connect { socket, to } => self.connect(socket, at, &to),
            ClientMessage::Data { socket, bytes } => self.data(socket, &bytes),
            ClientMessage::Credit { socket, bytes } => {
                if let Some(known) = self.sockets.get_mut(&socket) {
                    known.credit += u64::from(bytes);
                }
                self.flush(socket);
            }
            ClientMessage::Shutdown { .. } => {}
            ClientMessage::Close { .. } | ClientMessage::Reset { .. } => {
                self.closed += 1;
                self.sockets.remove(&id);
                self.bound.remove(&id);
            }
            ClientMessage::Lookup { socket, .. } if self.hold_lookups => self.lookups.push(socket),
            ClientMessage::Lookup { socket, name } => {
                let addresses = self.names.get(&name).cloned().unwrap_or_default();
                let addresses: Vec<Address> = addresses.into_iter().map(|ip| Address::Inet { ip, port: 0 }).collect();
                if addresses.is_empty() {
                    self.fail(socket, Call::GetAddrInfo, "EAI_NONAME");
                } else {
                    self.hear(&ServerMessage::Addresses { socket, at, addresses });
                }
            }
            ClientMessage::Bind { socket, at: local } => self.bind(socket, at, local),
            ClientMessage::Listen { socket, backlog } => {
                let local = self.bound.get(&socket).cloned().expect("what listens is bound");
                self.hear(&ServerMessage::Listening { socket, at, local, backlog });
            }
            ClientMessage::Accept { connections, .. } => self.allowed += connections,
            ClientMessage::SendTo { socket, to, bytes } => {
                self.credit(socket, datagram_cost(bytes.len()) as usize);
                self.sent_to.push((to, bytes.into_owned()));
            }
            ClientMessage::SetOption { socket, option, value } => {
                self.hear(&ServerMessage::Option { socket, at, option, value });
            }
            ClientMessage::Watch { socket, info_every, capture } => {
                self.watched.insert(socket, (info_every, capture));
            }
            ClientMessage::GetOption { .. } => panic!("the page asks for no option"),
        }
    }

    fn bind(&mut self, socket: u32, at: u64, local: Address) {
        if let Some(errno) = self.bind_error {
            self.fail(socket, Call::Bind, errno);
            return;
        }
        let local = match local {
            Address::Inet { ip, port: 0 } => Address::Inet { ip, port: 40_000 },
            other => other,
        };
        self.bound.insert(socket, local.clone());
        self.hear(&ServerMessage::Bound { socket, at, local });
    }

    /// The first published socket.
    pub(crate) fn published(&self) -> u32 {
        *self.bound.keys().next().expect("something is published")
    }

    /// A real client connects to what is published, and sends this as soon as it may. Gives the connection's number.
    pub(crate) fn arrive(&mut self, peer: &Address, says: &[u8]) -> u32 {
        assert!(self.allowed > 0, "nobody may come");
        self.allowed -= 1;
        self.clock += 1_000;
        let (socket, at) = (self.published(), self.clock);
        let connection = relay_proto::MAX_CLIENT_SOCKET + 1 + self.arrived;
        self.arrived += 1;
        self.sockets.insert(connection, Socket { to_send: says.to_vec(), connected: true, ..Socket::default() });
        let local = self.bound[&socket].clone();
        let credit = CREDIT;
        self.hear(&ServerMessage::Accepted { socket, at, connection, credit, local, peer: peer.clone() });
        connection
    }

    /// What the page has sent on a connection that is open.
    pub(crate) fn received_on(&self, socket: u32) -> &[u8] {
        self.sockets.get(&socket).map_or(&[], |known| &known.received)
    }

    fn connect(&mut self, socket: u32, at: u64, to: &Address) {
        assert!(!matches!(to, Address::Name { .. }), "the page resolves names before it connects");
        self.targets.push(to.clone());
        if self.watched.get(&socket).is_some_and(|(_, capture)| *capture) {
            self.captured.push(socket);
        }
        if let Server::Refuse(errno) = self.server {
            self.fail(socket, Call::Connect, errno);
            return;
        }
        if matches!(self.server, Server::Mute) {
            return;
        }
        let local = Address::Inet { ip: Ipv4Addr::LOCALHOST, port: 50_000 };
        self.clock += 200_000;
        self.hear(&ServerMessage::Connected { socket, called_at: at, at: self.clock, local, peer: to.clone() });
        if let Some(known) = self.sockets.get_mut(&socket) {
            known.connected = true;
        }
        if let Server::Flood(bytes) = &self.server {
            let bytes = bytes.clone();
            if let Some(known) = self.sockets.get_mut(&socket) {
                known.to_send = bytes;
                known.hung_up = true;
            }
            self.flush(socket);
        }
    }

    fn fail(&mut self, socket: u32, call: Call, errno: &str) {
        self.sockets.remove(&socket);
        let (at, errno) = (self.clock, errno.to_owned());
        self.hear(&ServerMessage::Error { socket, at, call, errno, sentence: String::new() });
    }

    fn data(&mut self, socket: u32, bytes: &[u8]) {
        let Some(known) = self.sockets.get_mut(&socket) else { return };
        assert!(known.connected, "nothing is sent before the connection stands");
        let cost = if known.datagrams { datagram_cost(bytes.len()) as usize } else { bytes.len() };
        known.received.extend_from_slice(bytes);
        self.received.extend_from_slice(bytes);
        let held = known.received.len() as u64;
        match self.server.clone() {
            Server::Silent => assert!(held <= u64::from(CREDIT), "{held} bytes were sent on a credit of {CREDIT}"),
            Server::Reset => {
                let at = self.clock;
                self.sockets.remove(&socket);
                self.hear(&ServerMessage::Reset { socket, at });
            }
            Server::Answer(answer, after) => {
                self.credit(socket, cost);
                self.clock += after;
                if let Some(known) = self.sockets.get_mut(&socket)
                    && !known.hung_up
                {
                    known.to_send = answer;
                    known.hung_up = true;
                }
                self.flush(socket);
            }
            Server::Dead => {
                self.credit(socket, cost);
                let (at, errno) = (self.clock, "ECONNREFUSED".to_owned());
                self.hear(&ServerMessage::Error { socket, at, call: Call::Recv, errno, sentence: String::new() });
            }
            _ => self.credit(socket, cost),
        }
    }

    fn credit(&mut self, socket: u32, bytes: usize) {
        let at = self.clock;
        self.hear(&ServerMessage::Credit { socket, at, bytes: bytes as u32 });
    }

    /// Sends what the page's credit allows, and the FIN behind the last byte.
    fn flush(&mut self, socket: u32) {
        let at = self.clock;
        let Some(known) = self.sockets.get_mut(&socket) else { return };
        let fits = (known.credit as usize).min(known.to_send.len());
        let had_bytes = !known.to_send.is_empty();
        known.credit -= fits as u64;
        let bytes: Vec<u8> = known.to_send.drain(..fits).collect();
        let over = known.hung_up && known.to_send.is_empty() && had_bytes && !known.datagrams;
        if !bytes.is_empty() {
            self.hear(&ServerMessage::Data { socket, at, bytes: bytes.into() });
        }
        if over {
            self.hear(&ServerMessage::Fin { socket, at });
        }
    }
}

/// An IP address and a port, as the relay has them.
pub(crate) fn inet(text: &str) -> Address {
    text.parse::<std::net::SocketAddr>().expect("an address").into()
}
