//! From `bind` to `close`: how sockets get addresses and peers, and lose them.
//!
//! Absent on purpose: what TCP does about it ([`crate::transport::tcp`]).

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use core::time::Duration;
use std::collections::VecDeque;

use crate::context::Context;
use crate::errno::Errno;
use crate::host::{Descriptors, File, Host};
use crate::program::{Address, Shutdown};
use crate::trace::{SocketId, TcpEvent, TcpState, Value, What};
use crate::transport::tcp::{Origin, Settings, Tcb};
use crate::wire::tcp;

use super::call::{Outcome, Progress, kept, local_end, words};
use super::port::Parity;
use super::{Kind, Listener, Space, UNSPECIFIED};

/// As Linux: who connects to the unspecified address means this host.
fn this_host(peer: SocketAddr) -> SocketAddr {
    let ip = match peer.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, peer.port())
}

impl Host {
    pub(super) fn bind(&mut self, id: SocketId, address: &Address, ctx: &mut Context<'_>) -> Outcome {
        let socket = self.sockets.get(id).ok_or(Errno::EBADF)?;
        if matches!(socket.kind, Kind::Unix(_)) {
            return self.bind_unix(id, address, ctx);
        }
        let mut local = kept(socket, address).map_err(|error| match error {
            // Measured: an IPv4-mapped address at a socket that is IPV6_V6ONLY.
            Errno::ENETUNREACH => Errno::EINVAL,
            error => error,
        })?;
        if socket.local.port() != 0 {
            return Err(Errno::EINVAL);
        }
        let Some(space) = socket.space() else { return Err(Errno::EINVAL) };
        let ip = local.ip();
        // Groups and broadcasts may be bound, to hear only what is sent to them.
        if !ip.is_unspecified() && !self.net.is_local(ip) && !self.net.is_for_many(ip) {
            return Err(Errno::EADDRNOTAVAIL);
        }
        if local.port() == 0 {
            let parity = if space == Space::Tcp { Parity::Odd } else { Parity::Either };
            local.set_port(self.sockets.ephemeral(space, parity, &mut self.random)?);
        }
        self.sockets.check_bind(id, local)?;
        self.sockets.bind(id, local);
        self.sockets.get_mut(id).ok_or(Errno::EBADF)?.chosen = true;
        Ok(Some(Value::None))
    }

    /// Binds to a free port when the program has not bound.
    pub(super) fn bind_any(&mut self, id: SocketId, parity: Parity) -> Result<SocketAddr, Errno> {
        let socket = self.sockets.get(id).ok_or(Errno::EBADF)?;
        let mut local = socket.local;
        if local.port() == 0 {
            let space = socket.space().ok_or(Errno::EINVAL)?;
            // Linux has EAGAIN where UDP finds no port (`inet_autobind`).
            let port = self.sockets.ephemeral(space, parity, &mut self.random);
            local.set_port(port.map_err(|error| if parity == Parity::Even { error } else { Errno::EAGAIN })?);
            self.sockets.bind(id, local);
        }
        Ok(local)
    }

    pub(super) fn listen(&mut self, id: SocketId, backlog: u32, ctx: &mut Context<'_>) -> Outcome {
        /// `net.core.somaxconn`.
        const MOST: u32 = 4096;
        let backlog = backlog.min(MOST) as usize;
        let socket = self.sockets.get_mut(id).ok_or(Errno::EBADF)?;
        match &mut socket.kind {
            Kind::Stream => {}
            Kind::Listener(listener) => {
                listener.backlog = backlog;
                return Ok(Some(Value::None));
            }
            Kind::Connection(_) => return Err(Errno::EINVAL),
            Kind::Datagram(..) => return Err(Errno::EOPNOTSUPP),
            Kind::Unix(_) => return self.listen_unix(id, backlog, ctx),
        }
        let local = self.bind_any(id, Parity::Odd)?;
        self.sockets.check_bind(id, local)?;
        let socket = self.sockets.get_mut(id).ok_or(Errno::EBADF)?;
        socket.kind = Kind::Listener(Listener { backlog, queue: VecDeque::new(), half_open: 0 });
        ctx.fact(|| What::TcpState {
            socket: id,
            local,
            peer: UNSPECIFIED,
            from: TcpState::Closed,
            to: TcpState::Listen,
            why: TcpEvent::Listen,
        });
        Ok(Some(Value::None))
    }

    pub(super) fn accept(&mut self, id: SocketId, descriptors: &mut Descriptors, ctx: &mut Context<'_>) -> Outcome {
        let listener = match &mut self.sockets.get_mut(id).ok_or(Errno::EBADF)?.kind {
            Kind::Listener(listener) => listener,
            Kind::Unix(_) => return self.accept_unix(id, descriptors, ctx),
            Kind::Datagram(..) => return Err(Errno::EOPNOTSUPP),
            Kind::Stream | Kind::Connection(_) => return Err(Errno::EINVAL),
        };
        let Some(child) = listener.queue.front().copied() else { return Ok(None) };
        let fd = descriptors.add(File::Socket(child))?;
        listener.queue.pop_front();
        let socket = self.sockets.get_mut(child).expect("the accept queue holds sockets");
        let tcb = socket.tcb().expect("the accept queue holds connections");
        tcb.parent = None;
        let peer = tcb.peer_address();
        Ok(Some(Value::Accepted(fd, socket.shown(peer).into())))
    }

    pub(super) fn connect(
        &mut self,
        id: SocketId,
        address: &Address,
        progress: &mut Progress,
        ctx: &mut Context<'_>,
    ) -> Outcome {
        let socket = self.sockets.get_mut(id).ok_or(Errno::EBADF)?;
        match &mut socket.kind {
            Kind::Unix(_) => self.connect_unix(id, address, progress, ctx),
            Kind::Datagram(udp, peer) if *address == Address::Unnamed => {
                // AF_UNSPEC dissolves the association.
                *peer = None;
                udp.error = None;
                self.sockets.unbind(id);
                Ok(Some(Value::None))
            }
            Kind::Datagram(..) => {
                let peer = this_host(kept(socket, address)?);
                self.connect_datagram(id, peer)
            }
            Kind::Listener(_) => Err(Errno::EISCONN),
            Kind::Connection(_) => self.connect_again(id, progress.resumed),
            Kind::Stream => {
                let peer = this_host(kept(socket, address)?);
                self.connect_stream(id, peer, ctx)
            }
        }
    }

    /// `connect` on a socket whose `connect` began before: how that went (`__inet_stream_connect`).
    fn connect_again(&mut self, id: SocketId, resumed: bool) -> Outcome {
        let socket = self.sockets.get_mut(id).ok_or(Errno::EBADF)?;
        let connecting = socket.connecting;
        let Some(tcb) = socket.tcb() else { return Err(Errno::EISCONN) };
        let (state, error) = (tcb.state, tcb.error.take());
        if !connecting {
            return Err(Errno::EISCONN);
        }
        match (state, error) {
            // Linux: a second `connect` while the first is under way is EALREADY, whether it would block or not.
            (TcpState::SynSent | TcpState::SynReceived, None) if !resumed => Err(Errno::EALREADY),
            (TcpState::SynSent | TcpState::SynReceived, None) => Ok(None),
            (TcpState::Closed, error) | (_, error @ Some(_)) => {
                socket.kind = Kind::Stream;
                socket.connecting = false;
                self.sockets.unbind(id);
                // SO_ERROR has told the error already.
                Err(error.unwrap_or(Errno::ECONNABORTED))
            }
            _ => {
                socket.connecting = false;
                Ok(Some(Value::None))
            }
        }
    }

    /// Sends the SYN of a stream socket that is not connected.
    pub(crate) fn connect_stream(&mut self, id: SocketId, peer: SocketAddr, ctx: &mut Context<'_>) -> Outcome {
        if self.net.is_for_many(peer.ip()) {
            return Err(Errno::ENETUNREACH);
        }
        let source = self.net.source_for(peer.ip()).ok_or(Errno::ENETUNREACH)?;
        let bound = self.bind_any(id, Parity::Even)?;
        let local = local_end(bound, source)?;
        if local == peer || self.sockets.connection(local, peer).is_some() {
            return Err(Errno::EADDRNOTAVAIL);
        }
        self.sockets.bind(id, local);
        let socket = self.sockets.get_mut(id).ok_or(Errno::EBADF)?;
        socket.connecting = true;
        let settings = socket.settings;
        let origin = self.origin(id, (local, peer), settings, ctx);
        let tcb = Tcb::connect(&origin, &self.parameters, &mut self.net, ctx);
        self.sockets.attach(id, Box::new(tcb));
        Ok(None)
    }

    /// What a new connection starts from (RFC 6528: a clock and a keyed hash of the addresses).
    pub(crate) fn origin(
        &self,
        id: SocketId,
        (local, peer): (SocketAddr, SocketAddr),
        settings: Settings,
        ctx: &Context<'_>,
    ) -> Origin {
        let [a, b] = words(local.ip());
        let [c, d] = words(peer.ip());
        let ports = u64::from(local.port()) << 16 | u64::from(peer.port());
        let hash = self.random.hash(&[a, b, c, d, ports]);
        let clock = (ctx.now.as_nanos() / 64) as u32;
        let hosts = self.random.hash(&words(peer.ip()));
        Origin {
            id,
            local,
            peer,
            iss: (hash as u32).wrapping_add(clock),
            ts_offset: hosts as u32,
            ip_id: (hash >> 32) as u16,
            mss: self.net.room_for(peer.ip()) as u32 - tcp::HEADER as u32,
            settings,
        }
    }

    /// Gives a datagram socket its one peer.
    pub(crate) fn connect_datagram(&mut self, id: SocketId, peer: SocketAddr) -> Outcome {
        self.check_broadcast(id, peer.ip())?;
        let source = self.source_of_datagram(id, peer.ip())?;
        let bound = self.bind_any(id, Parity::Either)?;
        let local = local_end(bound, source)?;
        self.sockets.bind(id, local);
        let socket = self.sockets.get_mut(id).ok_or(Errno::EBADF)?;
        if let Kind::Datagram(_, connected) = &mut socket.kind {
            *connected = Some(peer);
        }
        Ok(Some(Value::None))
    }

    pub(super) fn shutdown(&mut self, id: SocketId, how: Shutdown, ctx: &mut Context<'_>) -> Outcome {
        let read = matches!(how, Shutdown::Read | Shutdown::Both);
        let write = matches!(how, Shutdown::Write | Shutdown::Both);
        let socket = self.sockets.get_mut(id).ok_or(Errno::EBADF)?;
        match &mut socket.kind {
            Kind::Connection(tcb) if tcb.is_synchronized() && tcb.state != TcpState::TimeWait => {
                tcb.read_shut |= read;
                if write {
                    tcb.finish_writing(&mut self.net, ctx);
                }
            }
            // Linux: a socket that is connecting is shut down at once.
            Kind::Connection(tcb) if tcb.state == TcpState::SynSent => tcb.forget(ctx),
            Kind::Connection(_) | Kind::Stream => return Err(Errno::ENOTCONN),
            // Measured: it stops listening, and may listen again.
            Kind::Listener(_) if read => {
                self.stop_listening(id, ctx);
                self.wake(id, ctx.cause, ctx);
            }
            Kind::Listener(_) => {}
            Kind::Datagram(udp, peer) => {
                udp.read_shut |= read;
                udp.write_shut |= write;
                let connected = peer.is_some();
                self.wake(id, ctx.cause, ctx);
                // Measured: it takes effect, and is an error all the same.
                return if connected { Ok(Some(Value::None)) } else { Err(Errno::ENOTCONN) };
            }
            Kind::Unix(_) => self.shutdown_unix(id, (read, write), ctx),
        }
        Ok(Some(Value::None))
    }

    /// `close`: at once, or when what was written is acknowledged (SO_LINGER).
    pub(super) fn close_call(
        &mut self,
        id: SocketId,
        fd: u32,
        descriptors: &mut Descriptors,
        progress: &mut Progress,
        ctx: &mut Context<'_>,
    ) -> Outcome {
        let socket = self.sockets.get(id).ok_or(Errno::EBADF)?;
        let lingers = socket.settings.linger.is_some_and(|time| time > Duration::ZERO);
        let waits = lingers && matches!(socket.kind, Kind::Connection(_)) && !socket.options.non_blocking;
        descriptors.remove(fd);
        if self.is_in_call(id) {
            // Linux: the file is released when the last call on it returns, and `close` does not wait for that.
            descriptors.hold(id);
            return Ok(Some(Value::None));
        }
        self.close_socket(id, ctx);
        if !waits {
            return Ok(Some(Value::None));
        }
        progress.other = Some(id);
        Ok(self.has_lingered(id, progress).then_some(Value::None))
    }

    /// What a closed socket had to send is acknowledged, or its time is over.
    pub(super) fn has_lingered(&self, id: SocketId, progress: &Progress) -> bool {
        let sends = |state| matches!(state, TcpState::FinWait1 | TcpState::Closing | TcpState::LastAck);
        let waits = self
            .sockets
            .get(id)
            .is_some_and(|socket| matches!(&socket.kind, Kind::Connection(tcb) if sends(tcb.state)));
        progress.expired || !waits
    }

    /// The last descriptor of a socket was closed.
    pub(crate) fn close_socket(&mut self, id: SocketId, ctx: &mut Context<'_>) {
        let Some(socket) = self.sockets.get_mut(id) else { return };
        match &mut socket.kind {
            Kind::Connection(tcb) => tcb.close(&mut self.net, ctx),
            Kind::Listener(_) => {
                self.stop_listening(id, ctx);
                self.sockets.remove(id);
            }
            Kind::Datagram(udp, _) => {
                for membership in core::mem::take(&mut udp.memberships) {
                    self.net.leave(membership, ctx);
                }
                self.sockets.remove(id);
            }
            Kind::Stream => self.sockets.remove(id),
            Kind::Unix(_) => self.close_unix(id, ctx),
        }
    }

    /// A listening socket becomes one that does nothing; who waited to be accepted is turned away.
    fn stop_listening(&mut self, id: SocketId, ctx: &mut Context<'_>) {
        let Some(listener) = self.sockets.listener(id) else { return };
        let queued: Vec<SocketId> = listener.queue.drain(..).collect();
        for child in queued {
            // Established, but nobody will ever accept it: its client is told.
            if let Some(tcb) = self.sockets.tcb(child) {
                tcb.orphan = true;
                tcb.parent = None;
                tcb.abort(&mut self.net, ctx);
            }
            self.settle(child, ctx);
        }
        for child in self.sockets.half_open_of(id) {
            // Linux forgets these without a word; their clients learn with their next segment.
            if let Some(tcb) = self.sockets.tcb(child) {
                tcb.orphan = true;
                tcb.forget(ctx);
            }
            self.settle(child, ctx);
        }
        if let Some(socket) = self.sockets.get_mut(id) {
            socket.kind = Kind::Stream;
        }
    }
}
