//! Sockets of a host: the table of them, and who gets what arrives.
//!
//! Addresses are kept in one form: an IPv4 address that an AF_INET6 socket has (RFC 4291 §2.5.5.2) is kept as IPv4, and
//! shown as the socket's family writes it.
//!
//! Absent on purpose: descriptors (a process has them, [`crate::host`]), raw sockets, ancillary data but for the error queue.

pub(crate) mod call;
mod connect;
mod datagram;
mod file;
mod option;
mod poll;
mod port;
mod ready;
mod transfer;
pub(crate) mod unix;

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};

use crate::program::{Family, MtuDiscovery, MulticastInterface};
use crate::random::Stream;
use crate::trace::{SocketId, TcpState};
use crate::transport::tcp::{Settings, Tcb};
use crate::transport::udp::Udp;

use unix::Unix;

/// The address that says "none" or "any".
pub(crate) const UNSPECIFIED: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

/// What programs have set, apart from TCP's own [`Settings`]. A connection has those of the socket that it was accepted from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    pub(crate) reuse_address: bool,
    pub(crate) reuse_port: bool,
    pub(crate) v6_only: bool,
    pub(crate) broadcast: bool,
    pub(crate) non_blocking: bool,
    pub(crate) receive_timeout: Option<Duration>,
    pub(crate) send_timeout: Option<Duration>,
    /// As told: the double of what was set; `None` for the default.
    pub(crate) receive_buffer: Option<u32>,
    pub(crate) send_buffer: Option<u32>,
    pub(crate) ttl: Option<u8>,
    pub(crate) hops: Option<u8>,
    pub(crate) receive_errors: bool,
    pub(crate) mtu_discover: MtuDiscovery,
    pub(crate) group_ttl: u8,
    pub(crate) group_loop: bool,
    pub(crate) group_interface: MulticastInterface,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            reuse_address: false,
            reuse_port: false,
            v6_only: false,
            broadcast: false,
            non_blocking: false,
            receive_timeout: None,
            send_timeout: None,
            receive_buffer: None,
            send_buffer: None,
            ttl: None,
            hops: None,
            receive_errors: false,
            mtu_discover: MtuDiscovery::Want,
            // RFC 1112 §6.1.
            group_ttl: 1,
            group_loop: true,
            group_interface: MulticastInterface::Any,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Socket {
    pub(crate) family: Family,
    /// What it is bound to; the unspecified address and port zero before.
    pub(crate) local: SocketAddr,
    /// The program has chosen its address with `bind`.
    pub(crate) chosen: bool,
    /// A `connect` has begun whose end no call has told yet.
    pub(crate) connecting: bool,
    pub(crate) options: Options,
    pub(crate) settings: Settings,
    pub(crate) kind: Kind,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// `SOCK_STREAM`, neither listening nor connected.
    Stream,
    /// `SOCK_STREAM` after `listen`.
    Listener(Listener),
    /// `SOCK_STREAM` with a connection.
    Connection(Box<Tcb>),
    /// `SOCK_DGRAM`, perhaps with a peer.
    Datagram(Udp, Option<SocketAddr>),
    /// `AF_UNIX`.
    Unix(Box<Unix>),
}

/// What ports are for: each kind has its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Space {
    Tcp,
    Udp,
    /// Identifiers of echo requests.
    Icmp,
}

/// A listening socket.
#[derive(Clone, Debug)]
pub(crate) struct Listener {
    pub(crate) backlog: usize,
    /// Connections that wait for `accept`.
    pub(crate) queue: VecDeque<SocketId>,
    /// Connections in SYN-RECEIVED.
    pub(crate) half_open: usize,
}

impl Listener {
    /// Linux holds one connection more than `listen` was told (`sk_acceptq_is_full`).
    pub(crate) fn is_full(&self) -> bool {
        self.queue.len() > self.backlog
    }
}

impl Socket {
    pub(crate) fn new(family: Family, kind: Kind) -> Socket {
        let any = match family {
            Family::Inet6 => SocketAddr::new(core::net::Ipv6Addr::UNSPECIFIED.into(), 0),
            Family::Inet | Family::Unix => UNSPECIFIED,
        };
        Socket {
            family,
            local: any,
            chosen: false,
            connecting: false,
            options: Options::default(),
            settings: Settings::default(),
            kind,
        }
    }

    /// A connection that came from outside.
    pub(crate) fn accepted(parent: &Socket, local: SocketAddr, tcb: Box<Tcb>) -> Socket {
        // O_NONBLOCK is not inherited on Linux.
        let options = Options { non_blocking: false, ..parent.options };
        Socket {
            family: parent.family,
            local,
            chosen: true,
            connecting: false,
            options,
            settings: parent.settings,
            kind: Kind::Connection(tcb),
        }
    }

    pub(crate) fn tcb(&mut self) -> Option<&mut Tcb> {
        match &mut self.kind {
            Kind::Connection(tcb) => Some(tcb),
            _ => None,
        }
    }

    pub(crate) fn unix(&mut self) -> Option<&mut Unix> {
        match &mut self.kind {
            Kind::Unix(unix) => Some(unix),
            _ => None,
        }
    }

    /// Which ports it takes from; `None` for AF_UNIX.
    pub(crate) fn space(&self) -> Option<Space> {
        match &self.kind {
            Kind::Stream | Kind::Listener(_) | Kind::Connection(_) => Some(Space::Tcp),
            Kind::Datagram(udp, _) if udp.pings => Some(Space::Icmp),
            Kind::Datagram(..) => Some(Space::Udp),
            Kind::Unix(_) => None,
        }
    }

    fn is_listening(&self) -> bool {
        matches!(self.kind, Kind::Listener(_))
    }

    /// The family's address that says "any".
    pub(crate) fn any(&self) -> IpAddr {
        match self.family {
            Family::Inet6 => core::net::Ipv6Addr::UNSPECIFIED.into(),
            Family::Inet | Family::Unix => UNSPECIFIED.ip(),
        }
    }

    /// An address as the socket's family writes it.
    pub(crate) fn shown(&self, address: SocketAddr) -> SocketAddr {
        match (self.family, address.ip()) {
            (Family::Inet6, IpAddr::V4(ip)) => SocketAddr::new(ip.to_ipv6_mapped().into(), address.port()),
            _ => address,
        }
    }

    /// Whether what is sent to `ip` may be for it.
    fn takes(&self, ip: IpAddr) -> bool {
        let own = self.local.ip();
        if own == ip {
            return true;
        }
        match own {
            IpAddr::V4(own) => own.is_unspecified() && ip.is_ipv4(),
            IpAddr::V6(own) => own.is_unspecified() && (ip.is_ipv6() || !self.options.v6_only),
        }
    }
}

/// The sockets of a host.
#[derive(Clone, Debug)]
pub(crate) struct Sockets {
    sockets: BTreeMap<SocketId, Socket>,
    /// TCP connections by their own and their peer's address.
    connections: BTreeMap<(SocketAddr, SocketAddr), SocketId>,
    /// Sockets with a port, by port, the oldest first.
    bound: BTreeMap<(Space, u16), Vec<SocketId>>,
    /// For choosing among sockets of one port with SO_REUSEPORT.
    key: Stream,
}

impl Sockets {
    pub(crate) fn new(key: Stream) -> Sockets {
        Sockets { sockets: BTreeMap::new(), connections: BTreeMap::new(), bound: BTreeMap::new(), key }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.sockets.len()
    }

    pub(crate) fn get(&self, id: SocketId) -> Option<&Socket> {
        self.sockets.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: SocketId) -> Option<&mut Socket> {
        self.sockets.get_mut(&id)
    }

    pub(crate) fn tcb(&mut self, id: SocketId) -> Option<&mut Tcb> {
        self.sockets.get_mut(&id)?.tcb()
    }

    pub(crate) fn unix(&mut self, id: SocketId) -> Option<&mut Unix> {
        self.sockets.get_mut(&id)?.unix()
    }

    pub(crate) fn listener(&mut self, id: SocketId) -> Option<&mut Listener> {
        match &mut self.sockets.get_mut(&id)?.kind {
            Kind::Listener(listener) => Some(listener),
            _ => None,
        }
    }

    /// All TCP connections there are.
    pub(crate) fn connection_ids(&self) -> Vec<SocketId> {
        let is_connection = |socket: &Socket| matches!(socket.kind, Kind::Connection(_));
        self.sockets.iter().filter(|(_, socket)| is_connection(socket)).map(|(id, _)| *id).collect()
    }

    /// Sockets of AF_UNIX that are connected to this one.
    pub(crate) fn unix_peers_of(&self, id: SocketId) -> Vec<SocketId> {
        let is_peer = |socket: &Socket| matches!(&socket.kind, Kind::Unix(unix) if unix.peer() == Some(id));
        self.sockets.iter().filter(|(_, socket)| is_peer(socket)).map(|(id, _)| *id).collect()
    }

    /// Enters a new socket, and its port and connection, when it has them.
    pub(crate) fn insert(&mut self, id: SocketId, socket: Socket) {
        let (space, local) = (socket.space(), socket.local);
        if let Kind::Connection(tcb) = &socket.kind {
            self.connections.insert((tcb.local, tcb.peer), id);
        }
        self.sockets.insert(id, socket);
        if let Some(space) = space
            && local.port() != 0
        {
            self.bound.entry((space, local.port())).or_default().push(id);
        }
    }

    /// Gives a socket its address.
    pub(crate) fn bind(&mut self, id: SocketId, local: SocketAddr) {
        let Some(socket) = self.sockets.get_mut(&id) else { return };
        let fresh = socket.local.port() == 0;
        socket.local = local;
        if let Some(space) = socket.space()
            && fresh
            && local.port() != 0
        {
            self.bound.entry((space, local.port())).or_default().push(id);
        }
    }

    /// Takes a socket's port from it, unless the program has chosen it.
    pub(crate) fn unbind(&mut self, id: SocketId) {
        let Some(socket) = self.sockets.get_mut(&id).filter(|socket| !socket.chosen) else { return };
        let (space, port) = (socket.space(), socket.local.port());
        socket.local = SocketAddr::new(socket.any(), 0);
        self.free(id, space, port);
    }

    fn free(&mut self, id: SocketId, space: Option<Space>, port: u16) {
        let Some(key) = space.map(|space| (space, port)) else { return };
        if let Some(bound) = self.bound.get_mut(&key) {
            bound.retain(|other| *other != id);
            if bound.is_empty() {
                self.bound.remove(&key);
            }
        }
    }

    /// Makes a stream socket a connection.
    pub(crate) fn attach(&mut self, id: SocketId, tcb: Box<Tcb>) {
        self.connections.insert((tcb.local, tcb.peer), id);
        if let Some(socket) = self.sockets.get_mut(&id) {
            socket.kind = Kind::Connection(tcb);
        }
    }

    /// The connection is over: its addresses are free for another, though the socket may still be open.
    pub(crate) fn detach(&mut self, id: SocketId) {
        if let Some(Kind::Connection(tcb)) = self.sockets.get(&id).map(|socket| &socket.kind) {
            let key = (tcb.local, tcb.peer);
            if self.connections.get(&key) == Some(&id) {
                self.connections.remove(&key);
            }
        }
    }

    /// Forgets a socket.
    pub(crate) fn remove(&mut self, id: SocketId) {
        self.detach(id);
        let Some(socket) = self.sockets.remove(&id) else { return };
        self.free(id, socket.space(), socket.local.port());
    }

    /// The connection between these addresses.
    pub(crate) fn connection(&self, local: SocketAddr, peer: SocketAddr) -> Option<SocketId> {
        self.connections.get(&(local, peer)).copied()
    }

    /// The listening socket for a connection: one bound to its address, else one bound to any.
    pub(crate) fn listening_on(&self, local: SocketAddr, peer: SocketAddr) -> Option<SocketId> {
        self.best_bound(Space::Tcp, local, peer, |socket| socket.is_listening().then_some(0))
    }

    /// The datagram socket for a datagram: one connected to its sender before others.
    pub(crate) fn datagram_for(&self, space: Space, local: SocketAddr, from: SocketAddr) -> Option<SocketId> {
        self.best_bound(space, local, from, |socket| match socket.kind {
            Kind::Datagram(_, Some(peer)) => is_from(peer, from).then_some(1),
            Kind::Datagram(_, None) => Some(0),
            _ => None,
        })
    }

    /// All sockets for a datagram to a group or to all stations. As Linux has it by default (`IP_MULTICAST_ALL`), it is
    /// the host that is a member.
    pub(crate) fn datagrams_for(&self, local: SocketAddr, from: SocketAddr) -> Vec<SocketId> {
        let bound = self.bound.get(&(Space::Udp, local.port())).map(Vec::as_slice).unwrap_or_default();
        let takes = |id: &&SocketId| {
            let Some(socket) = self.sockets.get(id) else { return false };
            let peer_fits = match socket.kind {
                Kind::Datagram(_, peer) => peer.is_none_or(|peer| is_from(peer, from)),
                _ => false,
            };
            peer_fits && socket.takes(local.ip())
        };
        bound.iter().filter(takes).copied().collect()
    }

    /// The socket with the best claim (Linux's `compute_score`): the more it has fixed, the better; of equals the newest,
    /// unless they share with SO_REUSEPORT: then a hash of the addresses chooses.
    fn best_bound(
        &self,
        space: Space,
        local: SocketAddr,
        peer: SocketAddr,
        score: impl Fn(&Socket) -> Option<u32>,
    ) -> Option<SocketId> {
        let bound = self.bound.get(&(space, local.port()))?;
        let claim = |id: &SocketId| {
            let socket = self.sockets.get(id)?;
            let score = score(socket).filter(|_| socket.takes(local.ip()))?;
            let exact = u32::from(socket.local.ip() == local.ip());
            let family = u32::from(socket.local.is_ipv4() == local.is_ipv4());
            Some((4 * score + 2 * exact + family, socket.options.reuse_port))
        };
        let best = bound.iter().filter_map(claim).max_by_key(|(score, _)| *score)?.0;
        let equals: Vec<(SocketId, bool)> = bound
            .iter()
            .filter_map(|id| claim(id).filter(|(score, _)| *score == best).map(|(_, shares)| (*id, shares)))
            .collect();
        let sharing: Vec<SocketId> = equals.iter().filter(|(_, shares)| *shares).map(|(id, _)| *id).collect();
        match sharing.len() {
            0 | 1 => equals.last().map(|(id, _)| *id),
            count => {
                let [a, b] = call::words(local.ip());
                let [c, d] = call::words(peer.ip());
                let ports = u64::from(local.port()) << 16 | u64::from(peer.port());
                let hash = self.key.hash(&[a, b, c, d, ports]);
                // The hash as a fraction of the group (`reciprocal_scale`).
                Some(sharing[((u128::from(hash) * count as u128) >> 64) as usize])
            }
        }
    }

    /// Connections that this listening socket has not handed on.
    pub(crate) fn half_open_of(&self, listener: SocketId) -> Vec<SocketId> {
        let is_child = |socket: &Socket| match &socket.kind {
            Kind::Connection(tcb) => tcb.parent == Some(listener) && tcb.state == TcpState::SynReceived,
            _ => false,
        };
        self.sockets.iter().filter(|(_, socket)| is_child(socket)).map(|(id, _)| *id).collect()
    }
}

/// A connected socket hears its peer alone; one that pings hears it whatever the port.
fn is_from(peer: SocketAddr, from: SocketAddr) -> bool {
    peer.ip() == from.ip() && (peer.port() == from.port() || from.port() == 0)
}
