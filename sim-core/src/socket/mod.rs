//! Sockets of a host: the table of them, and who gets what arrives.
//!
//! Absent on purpose: descriptors (a process has them, [`crate::host`]), AF_UNIX and AF_INET6, SO_REUSEPORT.

pub(crate) mod call;
mod port;
mod ready;

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::collections::{BTreeMap, VecDeque};

use crate::trace::{SocketId, TcpState};
use crate::transport::tcp::{LINUX, Settings, Tcb};
use crate::transport::udp::Udp;

/// The address that says "none" or "any".
pub(crate) const UNSPECIFIED: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

#[derive(Clone, Debug)]
pub(crate) struct Socket {
    /// What it is bound to; the unspecified address and port zero before.
    pub(crate) local: SocketAddr,
    pub(crate) reuse_address: bool,
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
    pub(crate) fn new(kind: Kind) -> Socket {
        Socket { local: UNSPECIFIED, reuse_address: false, settings: Settings::new(&LINUX), kind }
    }

    pub(crate) fn tcb(&mut self) -> Option<&mut Tcb> {
        match &mut self.kind {
            Kind::Connection(tcb) => Some(tcb),
            _ => None,
        }
    }

    fn is_datagram(&self) -> bool {
        matches!(self.kind, Kind::Datagram(..))
    }

    fn is_listening(&self) -> bool {
        matches!(self.kind, Kind::Listener(_))
    }

    /// Bytes of data that it may hold unread.
    pub(crate) fn receive_capacity(&self) -> usize {
        self.settings.receive_buffer.unwrap_or(LINUX.receive_buffer) as usize
    }
}

/// The sockets of a host.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sockets {
    sockets: BTreeMap<SocketId, Socket>,
    /// TCP connections by their own and their peer's address.
    connections: BTreeMap<(SocketAddr, SocketAddr), SocketId>,
    /// Sockets with a port, by port; datagram sockets apart.
    bound: BTreeMap<(bool, u16), Vec<SocketId>>,
}

impl Sockets {
    pub(crate) fn get(&self, id: SocketId) -> Option<&Socket> {
        self.sockets.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: SocketId) -> Option<&mut Socket> {
        self.sockets.get_mut(&id)
    }

    pub(crate) fn tcb(&mut self, id: SocketId) -> Option<&mut Tcb> {
        self.sockets.get_mut(&id)?.tcb()
    }

    pub(crate) fn listener(&mut self, id: SocketId) -> Option<&mut Listener> {
        match &mut self.sockets.get_mut(&id)?.kind {
            Kind::Listener(listener) => Some(listener),
            _ => None,
        }
    }

    /// Enters a new socket, and its port and connection, when it has them.
    pub(crate) fn insert(&mut self, id: SocketId, socket: Socket) {
        let (datagram, local) = (socket.is_datagram(), socket.local);
        if let Kind::Connection(tcb) = &socket.kind {
            self.connections.insert((tcb.local, tcb.peer), id);
        }
        self.sockets.insert(id, socket);
        if local.port() != 0 {
            self.bound.entry((datagram, local.port())).or_default().push(id);
        }
    }

    /// Gives a socket its port.
    pub(crate) fn bind(&mut self, id: SocketId, local: SocketAddr) {
        let Some(socket) = self.sockets.get_mut(&id) else { return };
        let fresh = socket.local.port() == 0;
        socket.local = local;
        let datagram = socket.is_datagram();
        if fresh && local.port() != 0 {
            self.bound.entry((datagram, local.port())).or_default().push(id);
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
        let key = (socket.is_datagram(), socket.local.port());
        if let Some(bound) = self.bound.get_mut(&key) {
            bound.retain(|other| *other != id);
            if bound.is_empty() {
                self.bound.remove(&key);
            }
        }
    }

    /// The connection between these addresses.
    pub(crate) fn connection(&self, local: SocketAddr, peer: SocketAddr) -> Option<SocketId> {
        self.connections.get(&(local, peer)).copied()
    }

    /// The listening socket for this address: one bound to it, else one bound to any.
    pub(crate) fn listening_on(&self, local: SocketAddr) -> Option<SocketId> {
        self.best_bound(false, local, |socket| if socket.is_listening() { Some(0) } else { None })
    }

    /// The datagram socket for a datagram: one connected to its sender before others.
    pub(crate) fn datagram_for(&self, local: SocketAddr, from: SocketAddr) -> Option<SocketId> {
        self.best_bound(true, local, |socket| match socket.kind {
            Kind::Datagram(_, Some(peer)) => (peer == from).then_some(1),
            _ => Some(0),
        })
    }

    fn best_bound(
        &self,
        datagram: bool,
        local: SocketAddr,
        score: impl Fn(&Socket) -> Option<u32>,
    ) -> Option<SocketId> {
        let bound = self.bound.get(&(datagram, local.port()))?;
        let candidates = bound.iter().filter_map(|id| {
            let socket = self.sockets.get(id)?;
            let exact = socket.local.ip() == local.ip();
            let takes = exact || socket.local.ip().is_unspecified();
            let score = score(socket).filter(|_| takes)?;
            Some((2 * score + u32::from(exact), *id))
        });
        // Of equals the oldest: `max_by_key` gives the last, so the order is turned round.
        candidates.rev().max_by_key(|(score, _)| *score).map(|(_, id)| id)
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
