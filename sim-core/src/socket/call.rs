//! System calls on sockets, with Linux's errors. A call returns, or it blocks: then it is tried again when its socket
//! wakes.
//!
//! Absent so far, and refused with ENOSYS: `socketpair`, `poll`, files, flags of `send` and `recv`, non-blocking sockets;
//! AF_INET6, AF_UNIX and sockets that ping (EAFNOSUPPORT, EPROTONOSUPPORT); most options (ENOPROTOOPT).

use core::net::{IpAddr, SocketAddr};
use core::time::Duration;
use std::collections::VecDeque;
use std::sync::Arc;

use crate::context::Context;
use crate::errno::Errno;
use crate::host::{Descriptors, Host};
use crate::program::{Address, Call, Events, Family, MessageFlags, Shutdown, SocketOption, SocketType};
use crate::trace::{SocketId, TcpEvent, TcpState, Value, What};
use crate::transport::tcp::{Algorithm, LINUX, Origin, Tcb};
use crate::transport::udp::{self, Udp};
use crate::wire::tcp;

use super::{Kind, Listener, Socket, UNSPECIFIED};

/// What a call gave; `None` when it blocks.
pub(crate) type Outcome = Result<Option<Value>, Errno>;

/// How far a blocked call has come.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Progress {
    /// It has been tried before.
    pub(crate) resumed: bool,
    /// Its time has run out: it returns now.
    pub(crate) expired: bool,
    /// Bytes that `send` has put in the buffer.
    sent: usize,
}

/// The descriptor that a call is about.
pub(crate) fn descriptor(call: &Call) -> Option<u32> {
    match call {
        Call::Socket(..)
        | Call::SocketPair(_)
        | Call::Poll(..)
        | Call::Sleep(_)
        | Call::Open(..)
        | Call::Unlink(_)
        | Call::Access(_) => None,
        Call::Bind(fd, _)
        | Call::Listen(fd, _)
        | Call::Accept(fd)
        | Call::Connect(fd, _)
        | Call::Send(fd, ..)
        | Call::Recv(fd, ..)
        | Call::SendTo(fd, ..)
        | Call::RecvFrom(fd, ..)
        | Call::Shutdown(fd, _)
        | Call::Close(fd)
        | Call::GetSockName(fd)
        | Call::GetPeerName(fd)
        | Call::SetOption(fd, _)
        | Call::GetOption(fd, _)
        | Call::SetNonBlocking(fd, _)
        | Call::InQueue(fd)
        | Call::OutQueue(fd)
        | Call::Read(fd, _)
        | Call::Write(fd, _) => Some(*fd),
    }
}

/// IPv4 only: Linux has EAFNOSUPPORT for the rest.
fn v4(address: &Address) -> Result<SocketAddr, Errno> {
    address.inet().filter(SocketAddr::is_ipv4).ok_or(Errno::EAFNOSUPPORT)
}

/// An address as numbers, for a hash.
fn words(address: IpAddr) -> [u64; 2] {
    let bits = match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    };
    [(bits >> 64) as u64, bits as u64]
}

impl Host {
    /// Tries a call.
    pub(crate) fn call(
        &mut self,
        descriptors: &mut Descriptors,
        call: &Call,
        progress: &mut Progress,
        ctx: &mut Context<'_>,
    ) -> Outcome {
        match call {
            Call::Socket(family, kind) => return self.socket(*family, *kind, descriptors, ctx).map(Some),
            Call::Sleep(_) => return Ok(progress.expired.then_some(Value::None)),
            _ => {}
        }
        let fd = descriptor(call).ok_or(Errno::ENOSYS)?;
        let id = descriptors.get(fd).ok_or(Errno::EBADF)?;
        let outcome = self.call_on(id, descriptors, call, progress, ctx);
        self.settle(id, ctx);
        progress.resumed = true;
        outcome
    }

    /// How long a call blocks at most.
    pub(crate) fn time_limit(&self, _descriptors: &Descriptors, call: &Call) -> Option<Duration> {
        if let Call::Sleep(span) = call { Some(*span) } else { None }
    }

    /// What a call that blocks waits for.
    pub(crate) fn waits(&self, descriptors: &Descriptors, call: &Call) -> Vec<(SocketId, Events)> {
        let events = match call {
            Call::Accept(_) | Call::Recv(..) | Call::RecvFrom(..) => Events::IN,
            Call::Connect(..) | Call::Send(..) | Call::SendTo(..) => Events::OUT,
            _ => return Vec::new(),
        };
        let socket = descriptor(call).and_then(|fd| descriptors.get(fd));
        socket.into_iter().map(|id| (id, events)).collect()
    }

    fn call_on(
        &mut self,
        id: SocketId,
        descriptors: &mut Descriptors,
        call: &Call,
        progress: &mut Progress,
        ctx: &mut Context<'_>,
    ) -> Outcome {
        match call {
            Call::Bind(_, address) => self.bind(id, v4(address)?),
            Call::Listen(_, backlog) => self.listen(id, *backlog, ctx),
            Call::Accept(_) => self.accept(id, descriptors),
            Call::Connect(_, address) => self.connect(id, v4(address)?, progress.resumed, ctx),
            Call::Send(_, _, flags) | Call::SendTo(.., flags) | Call::Recv(.., flags) | Call::RecvFrom(.., flags)
                if *flags != MessageFlags::NONE =>
            {
                Err(Errno::ENOSYS)
            }
            Call::Send(_, bytes, _) => self.send(id, bytes, progress, ctx),
            Call::Recv(_, max, _) => self.receive_call(id, *max, ctx).map(|got| got.map(|(bytes, _)| bytes)),
            Call::SendTo(_, bytes, to, _) => self.send_to(id, bytes, v4(to)?, progress, ctx),
            Call::RecvFrom(_, max, _) => self.receive_from(id, *max, ctx),
            Call::Shutdown(_, how) => self.shutdown(id, *how, ctx),
            Call::Close(fd) => {
                descriptors.remove(*fd);
                self.close_socket(id, ctx);
                Ok(Some(Value::None))
            }
            Call::GetSockName(_) => self.socket_name(id),
            Call::GetPeerName(_) => self.peer_name(id),
            Call::SetOption(_, option) => self.set_option(id, option, ctx),
            Call::GetOption(..) => Err(Errno::ENOPROTOOPT),
            _ => Err(Errno::ENOSYS),
        }
    }

    fn socket(
        &mut self,
        family: Family,
        kind: SocketType,
        descriptors: &mut Descriptors,
        ctx: &mut Context<'_>,
    ) -> Result<Value, Errno> {
        if family != Family::Inet {
            return Err(Errno::EAFNOSUPPORT);
        }
        let id = ctx.ids.socket();
        let kind = match kind {
            SocketType::Stream => Kind::Stream,
            SocketType::Datagram => Kind::Datagram(Udp::new(self.random.hash(&[u64::from(id.0)]) as u16), None),
            SocketType::Icmp => return Err(Errno::EPROTONOSUPPORT),
        };
        self.sockets.insert(id, Socket::new(kind));
        Ok(Value::Descriptor(descriptors.add(id)))
    }

    fn bind(&mut self, id: SocketId, mut local: SocketAddr) -> Outcome {
        let socket = self.sockets.get(id).ok_or(Errno::EBADF)?;
        if socket.local.port() != 0 {
            return Err(Errno::EINVAL);
        }
        if !local.ip().is_unspecified() && !self.net.is_local(local.ip()) {
            return Err(Errno::EADDRNOTAVAIL);
        }
        if local.port() == 0 {
            let datagram = matches!(socket.kind, Kind::Datagram(..));
            local.set_port(self.sockets.ephemeral(datagram, &mut self.random)?);
        }
        self.sockets.check_bind(id, local, false)?;
        self.sockets.bind(id, local);
        Ok(Some(Value::None))
    }

    /// Binds to a free port when the program has not bound.
    fn bind_any(&mut self, id: SocketId) -> Result<SocketAddr, Errno> {
        let socket = self.sockets.get(id).ok_or(Errno::EBADF)?;
        let mut local = socket.local;
        if local.port() == 0 {
            let datagram = matches!(socket.kind, Kind::Datagram(..));
            local.set_port(self.sockets.ephemeral(datagram, &mut self.random)?);
            self.sockets.bind(id, local);
        }
        Ok(local)
    }

    fn listen(&mut self, id: SocketId, backlog: u32, ctx: &mut Context<'_>) -> Outcome {
        let backlog = backlog as usize;
        let socket = self.sockets.get_mut(id).ok_or(Errno::EBADF)?;
        match &mut socket.kind {
            Kind::Stream => {}
            Kind::Listener(listener) => {
                listener.backlog = backlog;
                return Ok(Some(Value::None));
            }
            Kind::Connection(_) => return Err(Errno::EINVAL),
            Kind::Datagram(..) => return Err(Errno::EOPNOTSUPP),
        }
        let local = self.bind_any(id)?;
        self.sockets.check_bind(id, local, true)?;
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

    fn accept(&mut self, id: SocketId, descriptors: &mut Descriptors) -> Outcome {
        let listener = self.sockets.listener(id).ok_or(Errno::EINVAL)?;
        let Some(child) = listener.queue.pop_front() else { return Ok(None) };
        let tcb = self.sockets.tcb(child).expect("the accept queue holds connections");
        tcb.parent = None;
        let peer = tcb.peer_address();
        Ok(Some(Value::Accepted(descriptors.add(child), peer.into())))
    }

    fn connect(&mut self, id: SocketId, peer: SocketAddr, resumed: bool, ctx: &mut Context<'_>) -> Outcome {
        let socket = self.sockets.get_mut(id).ok_or(Errno::EBADF)?;
        match &mut socket.kind {
            Kind::Stream => self.connect_stream(id, peer, ctx),
            Kind::Datagram(..) => self.connect_datagram(id, peer),
            Kind::Listener(_) => Err(Errno::EISCONN),
            Kind::Connection(tcb) => {
                if let Some(error) = tcb.error.take() {
                    socket.kind = Kind::Stream;
                    return Err(error);
                }
                match tcb.state {
                    TcpState::SynSent | TcpState::SynReceived if resumed => Ok(None),
                    TcpState::SynSent | TcpState::SynReceived => Err(Errno::EALREADY),
                    _ if resumed => Ok(Some(Value::None)),
                    _ => Err(Errno::EISCONN),
                }
            }
        }
    }

    fn connect_stream(&mut self, id: SocketId, peer: SocketAddr, ctx: &mut Context<'_>) -> Outcome {
        let source = self.net.source_for(peer.ip()).ok_or(Errno::ENETUNREACH)?;
        let bound = self.bind_any(id)?;
        let local = SocketAddr::new(if bound.ip().is_unspecified() { source } else { bound.ip() }, bound.port());
        if self.sockets.connection(local, peer).is_some() {
            return Err(Errno::EADDRNOTAVAIL);
        }
        self.sockets.bind(id, local);
        let settings = self.sockets.get(id).ok_or(Errno::EBADF)?.settings;
        let origin = self.origin(id, (local, peer), settings, ctx);
        let tcb = Tcb::connect(&origin, &LINUX, &mut self.net, ctx);
        self.sockets.attach(id, Box::new(tcb));
        Ok(None)
    }

    /// What a new connection starts from (RFC 6528: a clock and a keyed hash of the addresses).
    pub(crate) fn origin(
        &self,
        id: SocketId,
        (local, peer): (SocketAddr, SocketAddr),
        settings: crate::transport::tcp::Settings,
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

    fn connect_datagram(&mut self, id: SocketId, peer: SocketAddr) -> Outcome {
        let source = self.net.source_for(peer.ip()).ok_or(Errno::ENETUNREACH)?;
        let bound = self.bind_any(id)?;
        let local = SocketAddr::new(if bound.ip().is_unspecified() { source } else { bound.ip() }, bound.port());
        self.sockets.bind(id, local);
        let socket = self.sockets.get_mut(id).ok_or(Errno::EBADF)?;
        if let Kind::Datagram(_, connected) = &mut socket.kind {
            *connected = Some(peer);
        }
        Ok(Some(Value::None))
    }

    fn send(&mut self, id: SocketId, bytes: &Arc<[u8]>, progress: &mut Progress, ctx: &mut Context<'_>) -> Outcome {
        let socket = self.sockets.get_mut(id).ok_or(Errno::EBADF)?;
        let tcb = match &mut socket.kind {
            Kind::Connection(tcb) => tcb,
            Kind::Datagram(_, Some(peer)) => {
                let peer = *peer;
                return self.send_datagram(id, bytes, peer, ctx);
            }
            Kind::Datagram(_, None) => return Err(Errno::EDESTADDRREQ),
            // As Linux: a stream socket without a connection has no reader.
            Kind::Stream | Kind::Listener(_) => return Err(Errno::EPIPE),
        };
        if let Some(error) = tcb.error.take() {
            return Err(error);
        }
        if !tcb.may_write() {
            return Err(Errno::EPIPE);
        }
        progress.sent += tcb.write(bytes, progress.sent, &mut self.net, ctx);
        Ok((progress.sent == bytes.len()).then_some(Value::Number(bytes.len())))
    }

    fn send_to(
        &mut self,
        id: SocketId,
        bytes: &Arc<[u8]>,
        to: SocketAddr,
        progress: &mut Progress,
        ctx: &mut Context<'_>,
    ) -> Outcome {
        match self.sockets.get(id).ok_or(Errno::EBADF)?.kind {
            Kind::Datagram(..) => self.send_datagram(id, bytes, to, ctx),
            // As Linux: the address is not heeded on a stream socket.
            _ => self.send(id, bytes, progress, ctx),
        }
    }

    fn send_datagram(&mut self, id: SocketId, bytes: &[u8], to: SocketAddr, ctx: &mut Context<'_>) -> Outcome {
        if to.port() == 0 {
            return Err(Errno::EINVAL);
        }
        let source = self.net.source_for(to.ip()).ok_or(Errno::ENETUNREACH)?;
        if bytes.len() > udp::LARGEST {
            return Err(Errno::EMSGSIZE);
        }
        let bound = self.bind_any(id)?;
        let local = SocketAddr::new(if bound.ip().is_unspecified() { source } else { bound.ip() }, bound.port());
        let socket = self.sockets.get_mut(id).ok_or(Errno::EBADF)?;
        let Kind::Datagram(udp, _) = &mut socket.kind else { return Err(Errno::EOPNOTSUPP) };
        if let Some(error) = udp.error.take() {
            return Err(error);
        }
        udp.send((local, to), bytes, &mut self.net, ctx);
        Ok(Some(Value::Number(bytes.len())))
    }

    fn receive_from(&mut self, id: SocketId, max: usize, ctx: &mut Context<'_>) -> Outcome {
        let got = self.receive_call(id, max, ctx)?;
        Ok(got.map(|(value, from)| match (value, from) {
            (Value::Bytes(bytes), Some(from)) => Value::Datagram(bytes, from.into()),
            (value, _) => value,
        }))
    }

    /// `recv`: bytes, and who sent them when it is a datagram.
    fn receive_call(
        &mut self,
        id: SocketId,
        max: usize,
        ctx: &mut Context<'_>,
    ) -> Result<Option<(Value, Option<SocketAddr>)>, Errno> {
        let socket = self.sockets.get_mut(id).ok_or(Errno::EBADF)?;
        match &mut socket.kind {
            Kind::Stream | Kind::Listener(_) => Err(Errno::ENOTCONN),
            Kind::Datagram(udp, _) => {
                if let Some(error) = udp.error.take() {
                    return Err(error);
                }
                Ok(udp.pop(max).map(|(bytes, from)| (Value::Bytes(bytes), Some(from))))
            }
            Kind::Connection(tcb) => {
                let bytes = tcb.read(max, &mut self.net, ctx);
                if bytes.is_empty() && max > 0 {
                    if let Some(error) = tcb.error.take() {
                        return Err(error);
                    }
                    let over = tcb.peer_finished || tcb.read_shut || tcb.state == TcpState::Closed;
                    if !over {
                        return Ok(None);
                    }
                }
                Ok(Some((Value::Bytes(bytes), None)))
            }
        }
    }

    fn shutdown(&mut self, id: SocketId, how: Shutdown, ctx: &mut Context<'_>) -> Outcome {
        let socket = self.sockets.get_mut(id).ok_or(Errno::EBADF)?;
        let tcb = match &mut socket.kind {
            Kind::Connection(tcb) if tcb.is_synchronized() => tcb,
            Kind::Datagram(_, Some(_)) => return Ok(Some(Value::None)),
            _ => return Err(Errno::ENOTCONN),
        };
        if matches!(how, Shutdown::Read | Shutdown::Both) {
            tcb.read_shut = true;
        }
        if matches!(how, Shutdown::Write | Shutdown::Both) {
            tcb.finish_writing(&mut self.net, ctx);
        }
        Ok(Some(Value::None))
    }

    /// The last descriptor of a socket was closed.
    pub(crate) fn close_socket(&mut self, id: SocketId, ctx: &mut Context<'_>) {
        let Some(socket) = self.sockets.get_mut(id) else { return };
        match &mut socket.kind {
            Kind::Connection(tcb) => tcb.close(&mut self.net, ctx),
            Kind::Listener(listener) => {
                let queued: Vec<SocketId> = listener.queue.drain(..).collect();
                self.close_listener(id, &queued, ctx);
            }
            Kind::Stream | Kind::Datagram(..) => self.sockets.remove(id),
        }
    }

    fn close_listener(&mut self, id: SocketId, queued: &[SocketId], ctx: &mut Context<'_>) {
        for child in queued {
            // Established, but nobody will ever accept it: its client is told.
            if let Some(tcb) = self.sockets.tcb(*child) {
                tcb.orphan = true;
                tcb.parent = None;
                tcb.abort(&mut self.net, ctx);
            }
            self.settle(*child, ctx);
        }
        for child in self.sockets.half_open_of(id) {
            // Linux forgets these without a word; their clients learn with their next segment.
            if let Some(tcb) = self.sockets.tcb(child) {
                tcb.orphan = true;
                tcb.forget(ctx);
            }
            self.settle(child, ctx);
        }
        self.sockets.remove(id);
    }

    fn socket_name(&self, id: SocketId) -> Outcome {
        let socket = self.sockets.get(id).ok_or(Errno::EBADF)?;
        Ok(Some(Value::Address(socket.local.into())))
    }

    fn peer_name(&self, id: SocketId) -> Outcome {
        match &self.sockets.get(id).ok_or(Errno::EBADF)?.kind {
            Kind::Connection(tcb) if tcb.is_synchronized() => Ok(Some(Value::Address(tcb.peer_address().into()))),
            Kind::Datagram(_, Some(peer)) => Ok(Some(Value::Address((*peer).into()))),
            _ => Err(Errno::ENOTCONN),
        }
    }

    fn set_option(&mut self, id: SocketId, option: &SocketOption, ctx: &mut Context<'_>) -> Outcome {
        /// Smallest buffers that Linux gives (`SOCK_MIN_RCVBUF`, `SOCK_MIN_SNDBUF`).
        const LEAST_RECEIVE: u32 = 2304;
        const LEAST_SEND: u32 = 4608;
        /// Largest buffers that a program may ask for (`net.core.rmem_max` of today's systems).
        const MOST: u32 = 4 << 20;
        let socket = self.sockets.get_mut(id).ok_or(Errno::EBADF)?;
        match option {
            SocketOption::ReuseAddress(on) => socket.reuse_address = *on,
            SocketOption::NoDelay(on) => socket.settings.no_delay = *on,
            SocketOption::Cork(on) => socket.settings.cork = *on,
            SocketOption::KeepAlive(on) => socket.settings.keep_alive = *on,
            SocketOption::KeepIdle(time) => socket.settings.keep_idle = *time,
            SocketOption::KeepInterval(time) => socket.settings.keep_interval = *time,
            SocketOption::KeepCount(count) => socket.settings.keep_count = *count,
            SocketOption::UserTimeout(time) => socket.settings.user_timeout = *time,
            SocketOption::Congestion(control) => {
                socket.settings.congestion = Algorithm::of(*control).ok_or(Errno::ENOENT)?;
            }
            SocketOption::Linger(time @ (None | Some(Duration::ZERO))) => socket.settings.linger = *time,
            SocketOption::ReceiveBuffer(bytes) => {
                // The kernel doubles it, for its own overhead.
                socket.settings.receive_buffer = Some(((*bytes).min(MOST) * 2).max(LEAST_RECEIVE));
            }
            SocketOption::SendBuffer(bytes) => {
                socket.settings.send_buffer = Some(((*bytes).min(MOST) * 2).max(LEAST_SEND));
            }
            _ => return Err(Errno::ENOPROTOOPT),
        }
        let settings = socket.settings;
        if let Some(tcb) = socket.tcb() {
            tcb.apply(settings, &mut self.net, ctx);
        }
        Ok(Some(Value::None))
    }
}
