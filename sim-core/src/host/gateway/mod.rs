//! The gateway: ends each simulated conversation, whatever its destination, and hands what it carries to the real network
//! (see [`crate::gateway`] for the words); and lets the real network in to what is published.
//!
//! ```text
//! stream      TCP connections, to the real network and from it
//! datagram    UDP from the lab, and what comes back
//! publish     what is published: connections accepted, and ends that send datagrams
//! unix        AF_UNIX: sockets of the real machine below `/host/`, for programs on the gateway
//! bound       and paths there that such programs bind
//! idle        flows of datagrams that nobody uses any more
//! ```
//!
//! Absent on purpose: IPv6 through the gateway to others (its own addresses are reached), groups and broadcasts (they stay in the lab),
//! and echo requests to real hosts.

mod bound;
mod datagram;
mod idle;
mod publish;
mod stream;
mod unix;

use core::net::SocketAddr;
use std::collections::BTreeSet;
use std::sync::Arc;

use litemap::LiteMap;

use crate::context::Context;
use crate::errno::Errno;
use crate::gateway::{Answer, Ask, FlowId};
use crate::internet::icmp::Problem;
use crate::trace::{CaptureSource, SocketId, What};

use super::Host;
use bound::{UnixListener, UnixPort};
use datagram::DatagramFlow;
use idle::Idle;
pub use publish::Unpublishable;
use publish::{Listener, Port};
use stream::StreamFlow;
use unix::{Dial, UnixFlow};

/// Flows that a gateway holds, those among them that it has allowed and that have not come yet. Each is a real socket: a relay
/// has about as many for one session.
const FLOWS: usize = 1000;

/// The flows of a gateway that are not over.
#[derive(Clone, Debug, Default)]
pub(super) struct Gateway {
    flows: LiteMap<FlowId, Flow>,
    /// Flows that have sockets of the gateway's own, by these.
    by_socket: LiteMap<SocketId, FlowId>,
    /// Flows of datagrams from the lab: who sends, and to whom.
    by_ends: LiteMap<(SocketAddr, SocketAddr), FlowId>,
    /// What is published, and what programs on the gateway have bound.
    published: BTreeSet<FlowId>,
    /// What programs on the gateway reach by paths of the real machine, or wish to.
    dials: LiteMap<(SocketId, Arc<str>), Dial>,
    /// What programs on the gateway have bound there, or wish to, by their sockets.
    bound: LiteMap<SocketId, Dial>,
    idle: Idle,
}

#[derive(Clone, Debug)]
enum Flow {
    Stream(StreamFlow),
    Datagram(DatagramFlow),
    Unix(UnixFlow),
    /// Published, for connections.
    Listener(Listener),
    /// Published, for datagrams.
    Port(Port),
    UnixListener(UnixListener),
    UnixPort(UnixPort),
}

impl Gateway {
    /// How many flows more there may be.
    fn room(&self) -> usize {
        let promised = |id: &FlowId| match self.flows.get(id) {
            Some(Flow::Listener(listener)) => listener.allowance.allowed as usize,
            Some(Flow::UnixListener(listener)) => listener.allowance.allowed as usize,
            Some(Flow::Port(port)) => port.peers(),
            _ => 0,
        };
        let promised: usize = self.published.iter().map(promised).sum();
        FLOWS.saturating_sub(self.flows.len() + promised)
    }

    fn insert(&mut self, id: FlowId, flow: Flow) {
        match &flow {
            Flow::Stream(flow) => {
                self.by_socket.insert(flow.socket, id);
            }
            Flow::Datagram(flow) => {
                self.by_ends.insert(flow.ends, id);
            }
            Flow::Unix(flow) => {
                self.by_socket.insert(flow.end, id);
            }
            Flow::UnixPort(port) => {
                self.by_socket.insert(port.end, id);
                self.published.insert(id);
            }
            Flow::Listener(_) | Flow::Port(_) | Flow::UnixListener(_) => {
                self.published.insert(id);
            }
        }
        self.flows.insert(id, flow);
    }

    /// A flow is over. Who waits to be accepted may have its room.
    fn forget(&mut self, id: FlowId, ctx: &mut Context<'_>) {
        match self.flows.remove(&id) {
            Some(Flow::Stream(flow)) => {
                self.by_socket.remove(&flow.socket);
            }
            Some(Flow::Datagram(flow)) => {
                self.by_ends.remove(&flow.ends);
            }
            Some(Flow::Unix(flow)) => {
                self.by_socket.remove(&flow.end);
            }
            Some(Flow::UnixPort(port)) => {
                self.by_socket.remove(&port.end);
                self.published.remove(&id);
            }
            Some(Flow::Listener(_) | Flow::Port(_) | Flow::UnixListener(_)) => {
                self.published.remove(&id);
            }
            None => return,
        }
        self.allow(ctx);
    }
}

/// The ICMP error that tells the sender of an error of the real network; `None` for what only a RST tells. Linux's client then
/// sees ENETUNREACH for the first and EHOSTUNREACH for the others.
fn problem_of(error: Errno) -> Option<Problem> {
    match error {
        Errno::ENETUNREACH => Some(Problem::NoRoute),
        Errno::EHOSTUNREACH | Errno::ETIMEDOUT => Some(Problem::NoNeighbour),
        Errno::EACCES => Some(Problem::Prohibited),
        _ => None,
    }
}

impl Host {
    pub(crate) fn is_gateway(&self) -> bool {
        self.gateway.is_some()
    }

    /// The real network answered. An answer for a flow that is over, or never was, is too late to matter; only a
    /// connection that nobody wants is sent away.
    pub(crate) fn answer(&mut self, id: FlowId, answer: Answer, ctx: &mut Context<'_>) {
        let answer = match answer {
            Answer::Info(info) => {
                ctx.fact(|| What::KernelInfo { flow: id, info });
                return;
            }
            Answer::Frame(frame) => {
                let (direction, link_type, lost) = (frame.direction, frame.link_type, frame.lost);
                let source = CaptureSource::Flow { flow: id, direction, link_type, lost };
                ctx.fact(|| What::Captured { source, bytes: frame.bytes, length: frame.length });
                return;
            }
            answer => answer,
        };
        ctx.follow(|| What::Answered { flow: id, answer: answer.clone() });
        let Some(gateway) = &mut self.gateway else { return };
        match (gateway.flows.get(&id), answer) {
            (Some(Flow::Listener(_)), answer) => self.listener_answer(id, &answer, ctx),
            (Some(Flow::UnixListener(_)), answer) => self.unix_listener_answer(id, &answer, ctx),
            (_, Answer::Accepted { connection, .. }) => turn_away(connection, ctx),
            (Some(Flow::Stream(_)), answer) => self.stream_answer(id, answer, ctx),
            (Some(Flow::Datagram(_)), answer) => self.datagram_answer(id, answer, ctx),
            (Some(Flow::Unix(_)), answer) => self.unix_answer(id, answer, ctx),
            (Some(Flow::Port(_)), answer) => self.port_answer(id, answer, ctx),
            (Some(Flow::UnixPort(_)), answer) => self.unix_port_answer(id, answer, ctx),
            (None, _) => {}
        }
    }

    /// Something woke a socket of the gateway's own.
    pub(super) fn serve_woken(&mut self, socket: SocketId, ctx: &mut Context<'_>) {
        let Some(gateway) = &self.gateway else { return };
        let Some(id) = gateway.by_socket.get(&socket).copied() else { return };
        match gateway.flows.get(&id) {
            Some(Flow::Port(_)) => self.serve_peer(id, socket, ctx),
            Some(Flow::Unix(_)) => self.serve_unix(id, ctx),
            Some(Flow::UnixPort(_)) => self.serve_unix_port(id, ctx),
            _ => {}
        }
    }
}

/// Ends a real connection that came where none may come.
fn turn_away(connection: u32, ctx: &mut Context<'_>) {
    let id = ctx.ids.flow();
    ctx.ask(id, Ask::Accept { connection, credit: 0 });
    ctx.ask(id, Ask::Reset);
}
