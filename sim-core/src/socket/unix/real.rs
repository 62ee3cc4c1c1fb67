//! Sockets of AF_UNIX whose other end is on the real machine: on a gateway, whatever lies below `/host/` does.
//!
//! The gateway holds the other end as a process would, and hands on what comes ([`crate::host`]). So only the beginning is
//! different here: a call waits until the real machine has answered.
//!
//! Absent on purpose: plain files below `/host/` (`open`, `access` and `unlink` do not leave the lab).

use std::sync::Arc;

use crate::context::Context;
use crate::errno::Errno;
use crate::gateway::{FlowKind, datagram_cost};
use crate::host::Host;
use crate::program::{Address, Family, SocketType};
use crate::socket::call::{Outcome, Progress};
use crate::socket::{Kind, Socket};
use crate::trace::{SocketId, Value};

use super::{Message, State, Unix};

/// Who has room again, and how much: what [`Host::give_back`] takes.
pub(crate) type Freed = Vec<(SocketId, usize)>;

impl Unix {
    /// What a flow of it carries.
    pub(crate) fn flow_kind(&self) -> FlowKind {
        if self.kind == SocketType::Stream { FlowKind::Stream } else { FlowKind::Datagram }
    }

    /// Takes what has come out of a stream, at most so many bytes.
    pub(crate) fn take_bytes(&mut self, max: usize) -> (Arc<[u8]>, Freed) {
        let (bytes, freed) = self.take(max, false);
        (bytes.into(), freed)
    }

    /// Takes the next datagram, when it costs no more than this.
    pub(crate) fn take_datagram(&mut self, credit: u64) -> Option<(Arc<[u8]>, Freed)> {
        let next = self.queue.front()?;
        if u64::from(datagram_cost(next.bytes.len())) > credit {
            return None;
        }
        let message = self.queue.pop_front()?;
        Some((message.bytes, vec![(message.sender, message.charge)]))
    }

    /// All has been taken.
    pub(crate) fn is_drained(&self) -> bool {
        self.queue.is_empty()
    }

    /// The other end will write nothing more, and all has been taken.
    pub(crate) fn is_over(&self) -> bool {
        self.read_shut && self.queue.is_empty()
    }

    /// The other end was closed with something unread.
    pub(crate) fn is_broken(&self) -> bool {
        self.error.is_some()
    }
}

impl Host {
    /// The path on the real machine, relative to what it lets be seen, when a name means one.
    pub(super) fn real_path(&self, address: &Address) -> Option<Arc<str>> {
        let Address::Unix(name) = address else { return None };
        if self.is_gateway() { crate::host::real_path(name) } else { None }
    }

    /// `connect` to a path of the real machine: the socket is connected to the gateway's end.
    pub(super) fn connect_real(
        &mut self,
        id: SocketId,
        address: &Address,
        path: &Arc<str>,
        ctx: &mut Context<'_>,
    ) -> Outcome {
        let end = match self.bound_end(id) {
            Some(end) => end,
            None => match self.dial(id, path, ctx)? {
                Some(end) => end,
                None => return Ok(None),
            },
        };
        let Address::Unix(name) = address else { return Err(Errno::EINVAL) };
        let unix = self.sockets.unix(id).ok_or(Errno::EBADF)?;
        unix.state = State::Connected { peer: end, name: Some(name.clone()) };
        Ok(Some(Value::None))
    }

    /// `bind` to a path of the real machine. A stream's is only noted: `listen` binds it.
    pub(super) fn bind_real(
        &mut self,
        id: SocketId,
        (name, path): (Arc<str>, &Arc<str>),
        ctx: &mut Context<'_>,
    ) -> Outcome {
        let stream = self.sockets.unix(id).ok_or(Errno::EBADF)?.kind == SocketType::Stream;
        if !stream && !self.bind_path(id, path, 0, ctx)? {
            return Ok(None);
        }
        self.sockets.unix(id).ok_or(Errno::EBADF)?.name = Some(name);
        Ok(Some(Value::None))
    }

    pub(in crate::socket) fn listen_unix(&mut self, id: SocketId, backlog: usize, ctx: &mut Context<'_>) -> Outcome {
        let unix = self.sockets.unix(id).ok_or(Errno::EBADF)?;
        let fresh = unix.kind == SocketType::Stream && matches!(unix.state, State::Idle);
        let address = unix.address();
        if fresh && let Some(path) = self.real_path(&address) {
            let most = u32::try_from(backlog).unwrap_or(u32::MAX);
            if !self.bind_path(id, &path, most, ctx)? {
                return Ok(None);
            }
        }
        self.sockets.unix(id).ok_or(Errno::EBADF)?.listen(backlog).map(|()| Some(Value::None))
    }

    /// A datagram to a path of the real machine: from the path that the socket has bound, else as a real program's without a name.
    pub(super) fn send_real(
        &mut self,
        id: SocketId,
        path: Arc<str>,
        bytes: &Arc<[u8]>,
        progress: &mut Progress,
        ctx: &mut Context<'_>,
    ) -> Outcome {
        if self.bound_end(id).is_none() {
            return match self.dial(id, &path, ctx)? {
                Some(end) => self.send_unix_datagram(id, end, bytes, progress, ctx),
                None => Ok(None),
            };
        }
        let unix = self.sockets.unix(id).ok_or(Errno::EBADF)?;
        if !unix.fits(bytes.len()) {
            return Err(Errno::EMSGSIZE);
        }
        if unix.write_shut {
            return Err(Errno::EPIPE);
        }
        Ok(self.send_from_path(id, path, bytes, ctx).then_some(Value::Number(bytes.len())))
    }

    /// The path that a socket is connected to which has bound one itself.
    pub(super) fn real_peer(&mut self, id: SocketId) -> Option<Arc<str>> {
        let end = self.bound_end(id)?;
        let unix = self.sockets.unix(id).filter(|unix| unix.peer() == Some(end))?;
        let address = unix.peer_address().ok()?;
        self.real_path(&address)
    }

    /// A real client's connection waits to be accepted: gives the program's end, and the gateway's.
    pub(crate) fn queue_unix(
        &mut self,
        listener: SocketId,
        from: Option<Arc<str>>,
        ctx: &mut Context<'_>,
    ) -> Option<(SocketId, SocketId)> {
        let unix = self.sockets.unix(listener)?;
        let name = unix.name.clone();
        let State::Listening { queue, .. } = &mut unix.state else { return None };
        let (child, end) = (ctx.ids.socket(), ctx.ids.socket());
        queue.push_back(child);
        let program = Unix::connected(SocketType::Stream, name.clone(), end, from.clone());
        let gateway = Unix::connected(SocketType::Stream, from, child, name);
        self.sockets.insert(child, Socket::new(Family::Unix, Kind::Unix(Box::new(program))));
        self.sockets.insert(end, Socket::new(Family::Unix, Kind::Unix(Box::new(gateway))));
        Some((child, end))
    }

    /// Gives a program an error with its next call.
    pub(crate) fn fail_unix(&mut self, id: SocketId, error: Errno, ctx: &mut Context<'_>) {
        if let Some(unix) = self.sockets.unix(id) {
            unix.error = Some(error);
            self.wake(id, ctx.cause, ctx);
        }
    }

    /// Makes the gateway's end of a conversation with this socket.
    pub(crate) fn make_unix_end(
        &mut self,
        caller: SocketId,
        name: Option<Arc<str>>,
        ctx: &mut Context<'_>,
    ) -> Result<SocketId, Errno> {
        let kind = self.sockets.unix(caller).ok_or(Errno::EBADF)?.kind;
        let end = ctx.ids.socket();
        let unix = Unix::connected(kind, name, caller, None);
        self.sockets.insert(end, Socket::new(Family::Unix, Kind::Unix(Box::new(unix))));
        Ok(end)
    }

    /// Gives a socket what came from the real machine for it. The gateway's end is charged so much until it is read.
    /// `false` when the socket is gone.
    pub(crate) fn deliver_unix(
        &mut self,
        (end, to): (SocketId, SocketId),
        from: Option<Arc<str>>,
        (bytes, charge): (Arc<[u8]>, usize),
        ctx: &mut Context<'_>,
    ) -> bool {
        let Some(unix) = self.sockets.unix(to) else { return false };
        unix.queue.push_back(Message { bytes, taken: 0, from, sender: end, charge });
        if let Some(end) = self.sockets.unix(end) {
            end.charged += charge;
        }
        self.wake(to, ctx.cause, ctx);
        true
    }
}
