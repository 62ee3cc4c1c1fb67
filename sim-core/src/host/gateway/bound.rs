//! Programs on the gateway that bind a path of the real machine: real clients connect there, or send datagrams.
//!
//! A stream's path is bound with `listen`, and not with `bind`: one question, one answer, and an error of either is an error of `listen`. A
//! datagram's is bound with `bind`. Both calls wait for the answer.
//!
//! Absent on purpose: taking a path over that a socket has left. The real machine says EADDRINUSE, as it would to a program of its own.

use std::sync::Arc;

use crate::context::Context;
use crate::errno::Errno;
use crate::gateway::{Answer, Ask, FlowId, FlowKind, datagram_cost};
use crate::host::Host;
use crate::program::Address;
use crate::trace::SocketId;

use super::datagram::GRANT;
use super::publish::{Allowance, PUBLICATIONS};
use super::unix::{Dial, UnixFlow};
use super::{Flow, Gateway, turn_away};

/// A program listens at a path.
#[derive(Clone, Debug)]
pub(super) struct UnixListener {
    socket: SocketId,
    backlog: u32,
    pub(super) allowance: Allowance,
    /// Connections that wait for `accept`.
    waiting: u32,
}

/// A program has bound a path for datagrams.
#[derive(Clone, Debug)]
pub(super) struct UnixPort {
    socket: SocketId,
    /// The gateway's end: it is charged for what the program has not read.
    pub(super) end: SocketId,
    standing: bool,
    /// What the real side takes.
    credit: u64,
    /// What the real side may send.
    granted: u32,
}

impl UnixListener {
    /// Connections that may come before one is accepted, as far as `backlog` goes (Linux holds one more).
    pub(super) fn ahead(&self) -> u32 {
        self.backlog.saturating_add(1).saturating_sub(self.waiting)
    }
}

impl Gateway {
    fn unix_port(&mut self, id: FlowId) -> Option<&mut UnixPort> {
        match self.flows.get_mut(&id)? {
            Flow::UnixPort(port) => Some(port),
            _ => None,
        }
    }

    fn unix_listener(&mut self, id: FlowId) -> Option<&mut UnixListener> {
        match self.flows.get_mut(&id)? {
            Flow::UnixListener(listener) => Some(listener),
            _ => None,
        }
    }

    /// The flow of what a socket has bound.
    fn bound_flow(&self, socket: SocketId) -> Option<FlowId> {
        match self.bound.get(&socket)? {
            Dial::Flow(id) => Some(*id),
            Dial::Refused(_) => None,
        }
    }

    fn is_bound(&self, id: FlowId) -> bool {
        match self.flows.get(&id) {
            Some(Flow::UnixListener(listener)) => listener.allowance.listening,
            Some(Flow::UnixPort(port)) => port.standing,
            _ => false,
        }
    }
}

impl Host {
    /// A program's socket wants a path of the real machine: whether it has it; `false` until the real machine has answered.
    pub(crate) fn bind_path(
        &mut self,
        socket: SocketId,
        path: &Arc<str>,
        backlog: u32,
        ctx: &mut Context<'_>,
    ) -> Result<bool, Errno> {
        let Some(gateway) = &mut self.gateway else { return Err(Errno::ENOENT) };
        match gateway.bound.get(&socket).copied() {
            Some(Dial::Flow(id)) => Ok(gateway.is_bound(id)),
            Some(Dial::Refused(error)) => {
                gateway.bound.remove(&socket);
                Err(error)
            }
            None if gateway.room() == 0 || gateway.published.len() >= PUBLICATIONS => Err(Errno::ENFILE),
            None => {
                self.open_bound_flow((socket, path.clone()), backlog, ctx)?;
                Ok(false)
            }
        }
    }

    fn open_bound_flow(
        &mut self,
        (socket, path): (SocketId, Arc<str>),
        backlog: u32,
        ctx: &mut Context<'_>,
    ) -> Result<(), Errno> {
        let kind = self.sockets.unix(socket).ok_or(Errno::EBADF)?.flow_kind();
        let (flow, credit) = match kind {
            FlowKind::Stream => {
                let listener = UnixListener { socket, backlog, allowance: Allowance::default(), waiting: 0 };
                (Flow::UnixListener(listener), 0)
            }
            FlowKind::Datagram => {
                let end = self.make_unix_end(socket, None, ctx)?;
                (Flow::UnixPort(UnixPort { socket, end, standing: false, credit: 0, granted: GRANT }), GRANT)
            }
        };
        let Some(gateway) = &mut self.gateway else { return Err(Errno::ENOENT) };
        let id = ctx.ids.flow();
        gateway.insert(id, flow);
        gateway.bound.insert(socket, Dial::Flow(id));
        ctx.ask(id, Ask::Listen { kind, at: Address::Unix(path), backlog, credit });
        Ok(())
    }

    pub(super) fn unix_listener_answer(&mut self, id: FlowId, answer: &Answer, ctx: &mut Context<'_>) {
        let Some(listener) = self.gateway.as_mut().and_then(|gateway| gateway.unix_listener(id)) else { return };
        let socket = listener.socket;
        match *answer {
            Answer::Listening { .. } => {
                listener.allowance.listening = true;
                self.wake_all(socket, ctx);
                self.allow_more(ctx);
            }
            Answer::Accepted { connection, ref peer, credit } => {
                if listener.allowance.allowed == 0 {
                    return turn_away(connection, ctx);
                }
                listener.allowance.allowed -= 1;
                listener.waiting += 1;
                self.queue_accepted(socket, (connection, peer, credit), ctx);
                self.allow_more(ctx);
            }
            Answer::Refused(error) => self.end_bound_flow(id, Some(error), ctx),
            Answer::Reset | Answer::Lost => self.end_bound_flow(id, Some(Errno::ECONNABORTED), ctx),
            _ => {}
        }
    }

    /// A real client's connection waits for the program.
    fn queue_accepted(
        &mut self,
        listener: SocketId,
        (connection, peer, credit): (u32, &Address, u32),
        ctx: &mut Context<'_>,
    ) {
        let name = real_name(peer);
        let Some((child, end)) = self.queue_unix(listener, name.clone(), ctx) else {
            return turn_away(connection, ctx);
        };
        let Some(gateway) = &mut self.gateway else { return };
        let id = ctx.ids.flow();
        gateway.insert(id, Flow::Unix(UnixFlow::accepted((end, child), name, credit)));
        ctx.ask(id, Ask::Accept { connection, credit: GRANT });
        self.wake(listener, ctx.cause, ctx);
    }

    /// The program has accepted one: there may be room for another.
    pub(crate) fn unix_accepted(&mut self, socket: SocketId, ctx: &mut Context<'_>) {
        let Some(gateway) = &mut self.gateway else { return };
        let Some(id) = gateway.bound_flow(socket) else { return };
        if let Some(listener) = gateway.unix_listener(id) {
            listener.waiting = listener.waiting.saturating_sub(1);
            gateway.allow(ctx);
        }
    }

    fn allow_more(&mut self, ctx: &mut Context<'_>) {
        if let Some(gateway) = &mut self.gateway {
            gateway.allow(ctx);
        }
    }

    pub(super) fn unix_port_answer(&mut self, id: FlowId, answer: Answer, ctx: &mut Context<'_>) {
        let Some(port) = self.gateway.as_mut().and_then(|gateway| gateway.unix_port(id)) else { return };
        let socket = port.socket;
        match answer {
            Answer::Listening { credit, .. } if !port.standing => {
                port.standing = true;
                port.credit += u64::from(credit);
                self.wake_all(socket, ctx);
            }
            Answer::Credit(credit) => {
                port.credit += u64::from(credit);
                self.wake_all(socket, ctx);
            }
            Answer::Datagram { from, bytes } => self.unix_datagram_from(id, &from, bytes, ctx),
            Answer::Unreachable(error) => self.fail_unix(socket, error, ctx),
            Answer::Refused(error) => self.end_bound_flow(id, Some(error), ctx),
            Answer::Reset | Answer::Lost => self.end_bound_flow(id, Some(Errno::ECONNABORTED), ctx),
            _ => {}
        }
    }

    /// A real program's datagram. One beyond the credit is a bug of the driver: the flow ends.
    fn unix_datagram_from(&mut self, id: FlowId, from: &Address, bytes: Arc<[u8]>, ctx: &mut Context<'_>) {
        let Some(port) = self.gateway.as_mut().and_then(|gateway| gateway.unix_port(id)) else { return };
        let cost = datagram_cost(bytes.len());
        if cost > port.granted {
            ctx.ask(id, Ask::Reset);
            self.end_bound_flow(id, Some(Errno::ECONNABORTED), ctx);
            return;
        }
        port.granted -= cost;
        let (end, socket) = (port.end, port.socket);
        self.deliver_unix((end, socket), real_name(from), (bytes, cost as usize), ctx);
    }

    /// Gives credit for what the program has read.
    pub(super) fn serve_unix_port(&mut self, id: FlowId, ctx: &mut Context<'_>) {
        let Some(port) = self.gateway.as_mut().and_then(|gateway| gateway.unix_port(id)) else { return };
        let Some(end) = self.sockets.unix(port.end) else { return };
        // At most `GRANT` is charged: that much was granted.
        let room = GRANT.saturating_sub(end.charged() as u32);
        if room > port.granted {
            ctx.ask(id, Ask::Credit(room - port.granted));
            port.granted = room;
        }
    }

    /// The gateway's end of what a socket has bound for datagrams.
    pub(crate) fn bound_end(&mut self, socket: SocketId) -> Option<SocketId> {
        let gateway = self.gateway.as_mut()?;
        let id = gateway.bound_flow(socket)?;
        gateway.unix_port(id).filter(|port| port.standing).map(|port| port.end)
    }

    /// Sends a datagram from the path that a socket has bound; `false` until there is credit.
    pub(crate) fn send_from_path(
        &mut self,
        socket: SocketId,
        to: Arc<str>,
        bytes: &Arc<[u8]>,
        ctx: &mut Context<'_>,
    ) -> bool {
        let Some(gateway) = &mut self.gateway else { return false };
        let Some(id) = gateway.bound_flow(socket) else { return false };
        let Some(port) = gateway.unix_port(id) else { return false };
        let cost = u64::from(datagram_cost(bytes.len()));
        if cost > port.credit {
            return false;
        }
        port.credit -= cost;
        ctx.ask(id, Ask::SendTo { to: Address::Unix(to), bytes: bytes.clone() });
        true
    }

    /// A socket is closed: so is what it has bound on the real machine.
    pub(super) fn hang_up_bound(&mut self, socket: SocketId, ctx: &mut Context<'_>) {
        let Some(gateway) = &mut self.gateway else { return };
        if let Some(Dial::Flow(id)) = gateway.bound.remove(&socket) {
            ctx.ask(id, Ask::Close);
            self.end_bound_flow(id, None, ctx);
        }
    }

    /// What was bound is not any more. With an error the call that waits for it learns of it.
    fn end_bound_flow(&mut self, id: FlowId, error: Option<Errno>, ctx: &mut Context<'_>) {
        let Some(gateway) = &mut self.gateway else { return };
        let stood = gateway.is_bound(id);
        let (socket, end) = match gateway.flows.get(&id) {
            Some(Flow::UnixListener(listener)) => (listener.socket, None),
            Some(Flow::UnixPort(port)) => (port.socket, Some(port.end)),
            _ => return,
        };
        gateway.bound.remove(&socket);
        if let Some(error) = error.filter(|_| !stood) {
            gateway.bound.insert(socket, Dial::Refused(error));
        }
        gateway.forget(id, ctx);
        if let Some(end) = end {
            self.sockets.remove(end);
        }
        self.wake_all(socket, ctx);
    }
}

/// What a program sees of a path of the real machine.
fn real_name(address: &Address) -> Option<Arc<str>> {
    match address {
        Address::Unix(path) => Some(format!("/host/{path}").into()),
        Address::Inet(_) | Address::Unnamed => None,
    }
}
