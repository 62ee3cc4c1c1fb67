//! What is published: sockets of the lab that the real network reaches, through a socket of the real machine that is bound for them.
//!
//! A real client's connection goes on as one of the gateway's own address, as a packet that QEMU's `hostfwd` lets in. Of datagrams each
//! real end has a port of the gateway, as of a NAT, for as long as something is heard.
//!
//! Absent on purpose: names of real clients in the lab (it sees the gateway's address; who it is says the trace), and addresses of the
//! lab that stand for a real client.

use core::fmt;
use core::net::SocketAddr;
use std::sync::Arc;

use litemap::LiteMap;

use crate::context::Context;
use crate::gateway::{Answer, Ask, FlowId, FlowKind, Publication, datagram_cost};
use crate::host::Host;
use crate::program::{Address, Family};
use crate::socket::{Kind, Socket};
use crate::trace::{DropReason, SocketId, What};
use crate::transport::udp::Udp;

use super::datagram::{GRANT, drop_payload};
use super::idle::Activity;
use super::stream::StreamFlow;
use super::{Flow, Gateway, turn_away};

/// What a gateway publishes at most.
pub(super) const PUBLICATIONS: usize = 64;
/// Connections that may be accepted ahead, on each published flow.
const AHEAD: u32 = 16;
/// Real ends that a published port knows at a time.
const PEERS: usize = 256;

/// Why something cannot be published, in one sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unpublishable {
    /// The real address is published already.
    Twice(SocketAddr),
    /// It leads to no socket of one host.
    Target(SocketAddr),
    /// So much is published already.
    TooMany(usize),
}

impl fmt::Display for Unpublishable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Twice(at) => write!(f, "{at} is published already; withdraw that first, or choose another port"),
            Self::Target(to) => write!(f, "{to} is not the address of a socket; name a host of the lab and a port"),
            Self::TooMany(most) => write!(f, "{most} sockets are published already; withdraw one first"),
        }
    }
}

/// A published flow for connections.
#[derive(Clone, Debug)]
pub(super) struct Listener {
    publication: Publication,
    pub(super) allowance: Allowance,
}

/// Connections that may come.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Allowance {
    /// The real machine listens.
    pub(super) listening: bool,
    /// Connections that may still be accepted.
    pub(super) allowed: u32,
}

impl Allowance {
    /// How many more to allow, when so many may come ahead; few at a time are not worth the words.
    fn more(&self, ahead: u32) -> u32 {
        if self.listening && self.allowed <= ahead / 2 { ahead - self.allowed } else { 0 }
    }
}

/// A published flow for datagrams.
#[derive(Clone, Debug)]
pub(super) struct Port {
    publication: Publication,
    listening: bool,
    /// What the real side takes.
    credit: u64,
    /// What the real side may send.
    granted: u32,
    /// The real ends, by the sockets that stand for them.
    peers: LiteMap<SocketId, Peer>,
    by_address: LiteMap<Address, SocketId>,
}

#[derive(Clone, Debug)]
struct Peer {
    address: Address,
    local: SocketAddr,
    activity: Activity,
}

impl Port {
    pub(super) fn peers(&self) -> usize {
        self.peers.len()
    }

    pub(super) fn activity(&self, socket: SocketId) -> Option<Activity> {
        self.peers.get(&socket).map(|peer| peer.activity)
    }
}

impl Gateway {
    fn publication(&self, id: FlowId) -> Option<Publication> {
        match self.flows.get(&id)? {
            Flow::Listener(listener) => Some(listener.publication),
            Flow::Port(port) => Some(port.publication),
            _ => None,
        }
    }

    fn port(&mut self, id: FlowId) -> Option<&mut Port> {
        match self.flows.get_mut(&id)? {
            Flow::Port(port) => Some(port),
            _ => None,
        }
    }

    /// Lets real clients come, as far as there is room for flows.
    pub(super) fn allow(&mut self, ctx: &mut Context<'_>) {
        for id in self.published.clone() {
            // At least one is left for who asks from the lab.
            let room = self.room().saturating_sub(1);
            let (allowance, ahead) = match self.flows.get_mut(&id) {
                Some(Flow::Listener(listener)) => (&mut listener.allowance, AHEAD),
                Some(Flow::UnixListener(listener)) => {
                    let ahead = listener.ahead().min(AHEAD);
                    (&mut listener.allowance, ahead)
                }
                _ => continue,
            };
            let more = allowance.more(ahead).min(u32::try_from(room).unwrap_or(u32::MAX));
            if more > 0 {
                allowance.allowed += more;
                ctx.ask(id, Ask::Allow(more));
            }
        }
    }
}

impl Host {
    /// Whether this can be published.
    pub(crate) fn check_publication(&self, publication: &Publication) -> Result<(), Unpublishable> {
        let Some(gateway) = &self.gateway else { return Ok(()) };
        let Publication { kind, at, to, .. } = *publication;
        if to.port() == 0 || to.ip().is_unspecified() || to.ip().is_loopback() || self.net.is_for_many(to.ip()) {
            return Err(Unpublishable::Target(to));
        }
        if gateway.published.len() >= PUBLICATIONS {
            return Err(Unpublishable::TooMany(PUBLICATIONS));
        }
        let same = |other: Publication| other.kind == kind && other.at == at && at.port() != 0;
        let twice = gateway.published.iter().filter_map(|id| gateway.publication(*id)).any(same);
        if twice { Err(Unpublishable::Twice(at)) } else { Ok(()) }
    }

    /// Whether something is published under this flow.
    pub(crate) fn publishes(&self, id: FlowId) -> bool {
        self.gateway.as_ref().is_some_and(|gateway| gateway.publication(id).is_some())
    }

    /// Publishes what has been checked.
    pub(crate) fn publish(&mut self, publication: Publication, ctx: &mut Context<'_>) {
        let Some(gateway) = &mut self.gateway else { return };
        let id = ctx.ids.flow();
        ctx.follow(|| What::Published { flow: id, publication });
        let (flow, credit) = match publication.kind {
            FlowKind::Stream => (Flow::Listener(Listener { publication, allowance: Allowance::default() }), 0),
            FlowKind::Datagram => (Flow::Port(Port::new(publication)), GRANT),
        };
        gateway.insert(id, flow);
        let Publication { kind, at, backlog, .. } = publication;
        ctx.ask(id, Ask::Listen { kind, at: at.into(), backlog, credit });
    }

    /// Withdraws what is published. Connections go on.
    pub(crate) fn unpublish(&mut self, id: FlowId, ctx: &mut Context<'_>) {
        ctx.follow(|| What::Unpublished { flow: id });
        ctx.ask(id, Ask::Close);
        self.end_publication(id, ctx);
    }

    fn end_publication(&mut self, id: FlowId, ctx: &mut Context<'_>) {
        let sockets: Vec<SocketId> = match self.gateway.as_mut().and_then(|gateway| gateway.port(id)) {
            Some(port) => port.peers.keys().copied().collect(),
            None => Vec::new(),
        };
        for socket in sockets {
            self.forget_peer(id, socket, ctx);
        }
        if let Some(gateway) = &mut self.gateway {
            gateway.forget(id, ctx);
        }
    }

    pub(super) fn listener_answer(&mut self, id: FlowId, answer: &Answer, ctx: &mut Context<'_>) {
        let Some(gateway) = &mut self.gateway else { return };
        let Some(Flow::Listener(listener)) = gateway.flows.get_mut(&id) else { return };
        match *answer {
            Answer::Listening { .. } => {
                listener.allowance.listening = true;
                gateway.allow(ctx);
            }
            Answer::Accepted { connection, .. } if listener.allowance.allowed == 0 => turn_away(connection, ctx),
            Answer::Accepted { connection, credit, .. } => {
                listener.allowance.allowed -= 1;
                let to = listener.publication.to;
                self.open_accepted(to, connection, credit, ctx);
                if let Some(gateway) = &mut self.gateway {
                    gateway.allow(ctx);
                }
            }
            Answer::Refused(_) | Answer::Reset | Answer::Lost => gateway.forget(id, ctx),
            _ => {}
        }
    }

    /// A real client's connection goes on in the lab. The real side may send when the one in the lab stands.
    fn open_accepted(&mut self, to: SocketAddr, connection: u32, credit: u32, ctx: &mut Context<'_>) {
        let Some(gateway) = &mut self.gateway else { return };
        let (id, socket) = (ctx.ids.flow(), ctx.ids.socket());
        gateway.insert(id, Flow::Stream(StreamFlow::accepted(socket, credit)));
        ctx.ask(id, Ask::Accept { connection, credit: 0 });
        self.sockets.insert(socket, Socket::new(family_of(to), Kind::Stream));
        if self.connect_stream(socket, to, ctx).is_err() {
            self.sockets.remove(socket);
            ctx.ask(id, Ask::Reset);
            if let Some(gateway) = &mut self.gateway {
                gateway.forget(id, ctx);
            }
            return;
        }
        self.settle(socket, ctx);
    }

    pub(super) fn port_answer(&mut self, id: FlowId, answer: Answer, ctx: &mut Context<'_>) {
        let Some(port) = self.gateway.as_mut().and_then(|gateway| gateway.port(id)) else { return };
        match answer {
            Answer::Listening { credit, .. } if !port.listening => {
                port.listening = true;
                port.credit += u64::from(credit);
            }
            Answer::Credit(credit) => {
                port.credit += u64::from(credit);
                let sockets: Vec<SocketId> = port.peers.keys().copied().collect();
                for socket in sockets {
                    self.serve_peer(id, socket, ctx);
                }
            }
            Answer::Datagram { from, bytes } => self.datagram_from(id, from, &bytes, ctx),
            Answer::Refused(_) | Answer::Reset | Answer::Lost => self.end_publication(id, ctx),
            _ => {}
        }
    }

    /// A real end's datagram goes on to what is published. One beyond the credit is a bug of the driver: the flow ends.
    fn datagram_from(&mut self, id: FlowId, from: Address, bytes: &Arc<[u8]>, ctx: &mut Context<'_>) {
        let Some(port) = self.gateway.as_mut().and_then(|gateway| gateway.port(id)) else { return };
        let cost = datagram_cost(bytes.len());
        if cost > port.granted {
            ctx.ask(id, Ask::Reset);
            self.end_publication(id, ctx);
            return;
        }
        let known = port.by_address.get(&from).copied();
        match known.map_or_else(|| self.map_peer(id, from, ctx), Ok) {
            Ok(socket) => {
                self.note_peer(id, socket, |activity| activity.again(ctx.now));
                // The only error that is left is the length.
                if self.send_datagram(socket, bytes, None, ctx).is_err() {
                    drop_payload(DropReason::TooBig, bytes, ctx);
                }
            }
            Err(why) => drop_payload(why, bytes, ctx),
        }
        ctx.ask(id, Ask::Credit(cost));
    }

    /// Gives a real end a port of the gateway.
    fn map_peer(&mut self, id: FlowId, address: Address, ctx: &mut Context<'_>) -> Result<SocketId, DropReason> {
        let Some(gateway) = &mut self.gateway else { return Err(DropReason::NatFull) };
        let room = gateway.room();
        let Some(port) = gateway.port(id) else { return Err(DropReason::NatFull) };
        if room == 0 || port.peers() >= PEERS {
            return Err(DropReason::NatFull);
        }
        let to = port.publication.to;
        let socket = ctx.ids.socket();
        let udp = Udp::new(self.random.hash(&[u64::from(socket.0)]) as u16);
        self.sockets.insert(socket, Socket::new(family_of(to), Kind::Datagram(udp, None)));
        if self.connect_datagram(socket, to).is_err() {
            self.sockets.remove(socket);
            return Err(DropReason::NoRoute);
        }
        let local = self.sockets.get(socket).map_or(to, |socket| socket.local);
        ctx.follow(|| What::PeerMapped { flow: id, peer: address.clone(), local });
        let activity = Activity::begin(ctx.now);
        let Some(gateway) = &mut self.gateway else { return Err(DropReason::NatFull) };
        gateway.by_socket.insert(socket, id);
        gateway.idle.watch((id, Some(socket)), activity, ctx);
        if let Some(port) = gateway.port(id) {
            port.by_address.insert(address.clone(), socket);
            port.peers.insert(socket, Peer { address, local, activity });
        }
        Ok(socket)
    }

    fn note_peer(&mut self, id: FlowId, socket: SocketId, note: impl FnOnce(&mut Activity)) {
        let port = self.gateway.as_mut().and_then(|gateway| gateway.port(id));
        if let Some(peer) = port.and_then(|port| port.peers.get_mut(&socket)) {
            note(&mut peer.activity);
        }
    }

    /// Hands on what the lab has answered a real end, as far as the real side takes it.
    pub(super) fn serve_peer(&mut self, id: FlowId, socket: SocketId, ctx: &mut Context<'_>) {
        let Some(port) = self.gateway.as_mut().and_then(|gateway| gateway.port(id)) else { return };
        let Some(peer) = port.peers.get_mut(&socket) else { return };
        let Some(Socket { kind: Kind::Datagram(udp, _), .. }) = self.sockets.get_mut(socket) else { return };
        // The frame with the ICMP error is in the trace; the real end is not told.
        udp.error = None;
        while !udp.is_empty() {
            let cost = u64::from(datagram_cost(udp.next_length()));
            if cost > port.credit {
                return;
            }
            port.credit -= cost;
            let Some((bytes, _)) = udp.pop(usize::MAX) else { return };
            peer.activity.reply(ctx.now);
            ctx.ask(id, Ask::SendTo { to: peer.address.clone(), bytes });
        }
    }

    /// A real end has no port any more; what waits for it is dropped.
    pub(super) fn forget_peer(&mut self, id: FlowId, socket: SocketId, ctx: &mut Context<'_>) {
        if let Some(Socket { kind: Kind::Datagram(udp, _), .. }) = self.sockets.get_mut(socket) {
            while let Some((bytes, _)) = udp.pop(usize::MAX) {
                drop_payload(DropReason::RealNetwork, &bytes, ctx);
            }
        }
        self.sockets.remove(socket);
        let Some(gateway) = &mut self.gateway else { return };
        gateway.by_socket.remove(&socket);
        let Some(port) = gateway.port(id) else { return };
        let Some(Peer { address, local, .. }) = port.peers.remove(&socket) else { return };
        port.by_address.remove(&address);
        ctx.fact(|| What::PeerForgotten { flow: id, peer: address, local });
        gateway.allow(ctx);
    }
}

impl Port {
    fn new(publication: Publication) -> Port {
        Port {
            publication,
            listening: false,
            credit: 0,
            granted: GRANT,
            peers: LiteMap::new(),
            by_address: LiteMap::new(),
        }
    }
}

/// The family of a socket that talks to this address.
fn family_of(address: SocketAddr) -> Family {
    if address.is_ipv4() { Family::Inet } else { Family::Inet6 }
}
