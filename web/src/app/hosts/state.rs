//! The tables of one node.
//!
//! Descriptors belong to processes, TCP's connections to the kernel: a connection that nobody holds any more stays until its last state
//! is over, as on Linux.
//!
//! Absent on purpose: how a fact changes them (see `change.rs`).

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use sim_core::program::{Address, Family, SocketType};
use sim_core::scenario::{self, Node};
use sim_core::time::Instant;
use sim_core::trace::{
    AddressState, FactId, NeighbourState, Owners, ProcessId, SocketId, TcpState, TimerKind, Translation,
};

/// The tables of one node.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// In the order of their start.
    pub processes: Vec<Process>,
    /// TCP's listening sockets and connections, in the order of their numbers.
    pub tcp: Vec<Tcp>,
    /// Neighbours, in the order in which they were first heard of.
    pub neighbours: Vec<Neighbour>,
    /// Addresses of its interfaces.
    pub addresses: Vec<Held>,
    /// Routes, without those to the networks of its own addresses.
    pub routes: Vec<Route>,
    /// What its NAT holds.
    pub translations: Vec<Entry>,
    /// What its switch has learned.
    pub stations: Vec<Station>,
    /// Its files.
    pub files: Vec<File>,
    /// Whose its threads are.
    pub owners: Owners,
}

/// A process.
#[derive(Clone, Debug)]
pub struct Process {
    /// Its number.
    pub id: ProcessId,
    /// Its program.
    pub program: Arc<str>,
    /// The line that it is at; 0 before the first.
    pub line: u16,
    /// The call that has not returned.
    pub waits: Option<FactId>,
    /// What ended it.
    pub ended: Option<FactId>,
    /// What it has opened.
    pub open: Vec<Open>,
}

/// A descriptor.
#[derive(Clone, Debug)]
pub struct Open {
    /// Its number.
    pub fd: u32,
    /// The fact that made it.
    pub made: FactId,
    /// What it stands for.
    pub what: Opened,
}

/// What a descriptor stands for.
#[derive(Clone, Debug)]
pub enum Opened {
    /// A socket.
    Socket(Socket),
    /// A file, the place in it, and whether all is written at its end.
    File(Arc<str>, usize, bool),
}

/// A socket as its process knows it.
#[derive(Clone, Debug)]
pub struct Socket {
    /// AF_INET, AF_INET6, AF_UNIX.
    pub family: Family,
    /// Stream, datagrams, pings.
    pub kind: SocketType,
    /// What it is bound to, as far as is known.
    pub local: Option<Address>,
    /// What it is connected to.
    pub peer: Option<Address>,
    /// TCP's socket, once it listens or connects.
    pub tcp: Option<SocketId>,
    /// The length of its queue, once it listens.
    pub backlog: Option<u32>,
    /// Datagrams that wait to be read: the fact of their arrival, and their bytes. `None`: not known.
    pub waiting: Option<Vec<(FactId, usize)>>,
}

/// A socket of TCP as the kernel has it.
#[derive(Clone, Debug)]
pub struct Tcp {
    /// Its number.
    pub id: SocketId,
    /// Its own address.
    pub local: SocketAddr,
    /// Its peer's.
    pub peer: SocketAddr,
    /// Its state.
    pub state: TcpState,
    /// Bytes that were written and are not acknowledged.
    pub send_queue: u32,
    /// Bytes that have come and are not read.
    pub receive_queue: u32,
    /// A process has it, or had.
    pub taken: bool,
    /// Timers that run.
    pub timers: Vec<(TimerKind, Instant)>,
}

/// A neighbour.
#[derive(Clone, Debug)]
pub struct Neighbour {
    /// Its address.
    pub ip: IpAddr,
    /// What is known of it.
    pub state: NeighbourState,
    /// Since this fact; `None` from the beginning.
    pub since: Option<FactId>,
}

/// An address of an interface.
#[derive(Clone, Debug)]
pub struct Held {
    /// The interface's place.
    pub interface: u16,
    /// The address.
    pub address: scenario::Address,
    /// Whether it may be used, where it was made by itself.
    pub state: Option<AddressState>,
    /// Since this fact; `None` from the beginning.
    pub since: Option<FactId>,
}

/// A route.
#[derive(Clone, Debug)]
pub struct Route {
    /// Where it leads.
    pub to: scenario::Address,
    /// The next router; `None` for what is on the link.
    pub via: Option<IpAddr>,
    /// Since this fact; `None` from the beginning.
    pub since: Option<FactId>,
    /// A router has advertised it.
    pub learned: bool,
}

/// An entry of a NAT.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Who talks to whom, as whom.
    pub row: Translation,
    /// The fact of its birth.
    pub born: FactId,
    /// When it was used last, as far as facts tell.
    pub used: Instant,
    /// When it is forgotten if nothing more is heard; its first packet says it.
    pub until: Option<Instant>,
}

/// A station at a switch.
#[derive(Clone, Debug)]
pub struct Station {
    /// Its hardware address.
    pub mac: [u8; 6],
    /// Its port.
    pub port: u16,
    /// Since this fact.
    pub since: FactId,
}

/// A file.
#[derive(Clone, Debug)]
pub struct File {
    /// Its path.
    pub path: Arc<str>,
    /// How many bytes are in it.
    pub size: usize,
    /// It is the name of a socket.
    pub socket: bool,
    /// The fact that made or changed it last; `None` from the beginning.
    pub since: Option<FactId>,
}

impl State {
    /// The tables of a node before anything has happened.
    pub(super) fn new(node: &Node) -> State {
        let mut state = State::default();
        for (place, interface) in (0..).zip(&node.interfaces) {
            for address in &interface.addresses {
                state.addresses.push(Held { interface: place, address: *address, state: None, since: None });
            }
            for (ip, mac) in &interface.neighbours {
                state.neighbours.push(Neighbour { ip: *ip, state: NeighbourState::Permanent(*mac), since: None });
            }
        }
        for route in &node.routes {
            state.routes.push(Route { to: route.to, via: Some(route.via), since: None, learned: false });
        }
        for file in &node.files {
            state.files.push(File { path: file.path.clone(), size: file.bytes.len(), socket: false, since: None });
        }
        state
    }

    /// The process that holds a socket of TCP, and its descriptor there.
    pub fn holder(&self, socket: SocketId) -> Option<(&Process, u32)> {
        self.processes.iter().find_map(|process| {
            let open = process.open.iter().find(|open| open.what.tcp() == Some(socket))?;
            Some((process, open.fd))
        })
    }

    /// Connections of a listening socket that are established and wait to be accepted.
    pub fn accept_queue(&self, listener: &Tcp) -> usize {
        let waits = |tcp: &&Tcp| {
            !tcp.taken
                && tcp.local.port() == listener.local.port()
                && !matches!(tcp.state, TcpState::SynReceived | TcpState::Listen)
        };
        self.tcp.iter().filter(waits).count()
    }
}

impl Opened {
    fn tcp(&self) -> Option<SocketId> {
        match self {
            Opened::Socket(socket) => socket.tcp,
            Opened::File(..) => None,
        }
    }
}

impl Socket {
    /// Its port; 0 when it has none, or none is known.
    pub fn port(&self) -> u16 {
        match self.local {
            Some(Address::Inet(local)) => local.port(),
            _ => 0,
        }
    }

    /// Whether it is one of UDP.
    pub fn is_udp(&self) -> bool {
        self.family != Family::Unix && self.kind == SocketType::Datagram
    }

    pub(super) fn any(&self) -> IpAddr {
        match (&self.local, self.family) {
            (Some(Address::Inet(local)), _) => local.ip(),
            (_, Family::Inet6) => std::net::Ipv6Addr::UNSPECIFIED.into(),
            _ => Ipv4Addr::UNSPECIFIED.into(),
        }
    }
}
