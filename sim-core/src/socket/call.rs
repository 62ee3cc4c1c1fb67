//! System calls, with Linux's errors. A call returns, or it blocks: then it is tried again when its socket wakes, or when
//! its time has run out.
//!
//! Absent on purpose: ancillary data, and calls that move bytes between descriptors (`splice`, `sendfile`).

use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use crate::context::Context;
use crate::errno::Errno;
use crate::host::{Descriptors, File, Host};
use crate::program::{Address, Call, Events, Family, MessageFlags, SocketType};
use crate::trace::{SocketId, TcpState, Value};
use crate::transport::udp::Udp;

use super::file::call_on_terminal;
use super::unix::Unix;
use super::{Kind, Socket};

/// What a call gave; `None` when it blocks.
pub(crate) type Outcome = Result<Option<Value>, Errno>;

/// How far a blocked call has come.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress {
    /// It has been tried before.
    pub(crate) resumed: bool,
    /// Its time has run out: it returns now.
    pub(crate) expired: bool,
    /// Another thread has woken it.
    pub(crate) unparked: bool,
    /// The socket that it is blocked on, whatever its descriptor stands for since.
    pub(crate) socket: Option<SocketId>,
    /// Bytes that `send` has put in the buffer.
    pub(super) sent: usize,
    /// Bytes that `recv` with MSG_WAITALL has taken out.
    pub(super) received: Vec<u8>,
    /// The socket that `close` has taken from the program and waits for (SO_LINGER), or another's that a socket of AF_UNIX
    /// waits for.
    pub(super) other: Option<SocketId>,
}

/// An address as numbers, for a hash.
pub(super) fn words(address: IpAddr) -> [u64; 2] {
    let bits = match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    };
    [(bits >> 64) as u64, bits as u64]
}

/// An address that a program gave, in the form in which addresses are kept. The unspecified address says "this host".
pub(super) fn kept(socket: &Socket, address: &Address) -> Result<SocketAddr, Errno> {
    let address = address.inet().ok_or(Errno::EAFNOSUPPORT)?;
    match (socket.family, address.ip()) {
        (Family::Inet, IpAddr::V4(_)) => Ok(address),
        (Family::Inet6, IpAddr::V6(ip)) => match ip.to_ipv4_mapped() {
            // Measured: IPV6_V6ONLY sockets find no way to an IPv4-mapped address.
            Some(_) if socket.options.v6_only => Err(Errno::ENETUNREACH),
            Some(ip) => Ok(SocketAddr::new(ip.into(), address.port())),
            None => Ok(address),
        },
        _ => Err(Errno::EAFNOSUPPORT),
    }
}

/// The near end of what is sent from `source`: the address that the socket is bound to counts more.
pub(super) fn local_end(bound: SocketAddr, source: IpAddr) -> Result<SocketAddr, Errno> {
    if bound.ip().is_unspecified() {
        return Ok(SocketAddr::new(source, bound.port()));
    }
    // An address of IPv6 leads nowhere in IPv4, whatever the socket could do unbound.
    if bound.ip().is_ipv4() == source.is_ipv4() { Ok(bound) } else { Err(Errno::ENETUNREACH) }
}

/// The descriptor that a call is about.
fn descriptor(call: &Call) -> Option<u32> {
    match call {
        Call::Socket(..)
        | Call::SocketPair(_)
        | Call::Poll(..)
        | Call::Sleep(_)
        | Call::Open(..)
        | Call::Unlink(_)
        | Call::Access(_)
        | Call::Configure(..)
        | Call::Park(..)
        | Call::Unpark(_) => None,
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

/// The flags of a call that has some.
fn flags(call: &Call) -> MessageFlags {
    match call {
        Call::Send(.., flags) | Call::Recv(.., flags) | Call::SendTo(.., flags) | Call::RecvFrom(.., flags) => *flags,
        _ => MessageFlags::NONE,
    }
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
        let outcome = match call {
            Call::Socket(family, kind) => self.socket(*family, *kind, descriptors, ctx).map(Some),
            Call::SocketPair(kind) => self.socket_pair(*kind, descriptors, ctx).map(Some),
            Call::Poll(fds, _) => self.poll(descriptors, fds, progress),
            Call::Sleep(_) => Ok(progress.expired.then_some(Value::None)),
            Call::Unpark(_) => unreachable!("who knows the threads wakes them"),
            Call::Park(..) if progress.unparked => Ok(Some(Value::None)),
            Call::Park(..) if progress.expired => Err(Errno::ETIMEDOUT),
            Call::Park(..) => Ok(None),
            Call::Open(path, flags) => self.open_file(path, *flags, descriptors).map(Some),
            Call::Unlink(path) => self.files.unlink(path).map(|()| Some(Value::None)),
            Call::Configure(interface, what) => self.net.configure(*interface, what, ctx).map(Some),
            Call::Access(path) => self.files.access(path).map(|()| Some(Value::None)),
            _ => self.call_on_descriptor(descriptors, call, progress, ctx),
        };
        progress.resumed = true;
        outcome
    }

    fn call_on_descriptor(
        &mut self,
        descriptors: &mut Descriptors,
        call: &Call,
        progress: &mut Progress,
        ctx: &mut Context<'_>,
    ) -> Outcome {
        if let (Call::Close(_), Some(id)) = (call, progress.other) {
            return Ok(self.has_lingered(id, progress).then_some(Value::None));
        }
        let fd = descriptor(call).expect("only calls with a descriptor come here");
        let id = match (progress.socket, descriptors.get(fd)) {
            (Some(id), _) => id,
            (None, Some(File::Socket(id))) => *id,
            (None, Some(File::Open(_))) => return self.call_on_file(fd, descriptors, call),
            (None, Some(_)) => return call_on_terminal(fd, descriptors, call),
            (None, None) => return Err(Errno::EBADF),
        };
        let outcome = self.call_on(id, descriptors, call, progress, ctx);
        self.settle(id, ctx);
        match outcome {
            Ok(None) if progress.expired || self.is_impatient(id, call) => self.give_up(call, progress),
            // What was taken before the error is told first; the error waits for the next call.
            Err(_) if progress.sent > 0 && matches!(call, Call::Send(..) | Call::SendTo(..) | Call::Write(..)) => {
                Ok(Some(Value::Number(progress.sent)))
            }
            Ok(None) => {
                progress.socket = Some(id);
                Ok(None)
            }
            outcome => outcome,
        }
    }

    /// It returns instead of blocking.
    fn is_impatient(&self, id: SocketId, call: &Call) -> bool {
        let non_blocking = self.sockets.get(id).is_some_and(|socket| socket.options.non_blocking);
        non_blocking || flags(call).has(MessageFlags::DONTWAIT)
    }

    /// A call would block, and must not, or no longer.
    fn give_up(&self, call: &Call, progress: &mut Progress) -> Outcome {
        match call {
            Call::Send(..) | Call::SendTo(..) | Call::Write(..) if progress.sent > 0 => {
                Ok(Some(Value::Number(progress.sent)))
            }
            Call::Recv(..) | Call::RecvFrom(..) if !progress.received.is_empty() => {
                Ok(Some(Value::Bytes(core::mem::take(&mut progress.received).into())))
            }
            Call::Connect(_, Address::Inet(_)) => Err(Errno::EINPROGRESS),
            Call::Close(_) => Ok(Some(Value::None)),
            _ => Err(Errno::EAGAIN),
        }
    }

    /// How long a call blocks at most.
    pub(crate) fn time_limit(&self, descriptors: &Descriptors, call: &Call) -> Option<Duration> {
        let socket = || match descriptors.get(descriptor(call)?)? {
            File::Socket(id) => self.sockets.get(*id),
            _ => None,
        };
        match call {
            Call::Park(_, limit) => *limit,
            Call::Sleep(span) => Some(*span),
            Call::Poll(_, timeout) => *timeout,
            Call::Accept(_) | Call::Recv(..) | Call::RecvFrom(..) | Call::Read(..) => socket()?.options.receive_timeout,
            Call::Connect(..) | Call::Send(..) | Call::SendTo(..) | Call::Write(..) => socket()?.options.send_timeout,
            Call::Close(_) => socket()?.settings.linger,
            _ => None,
        }
    }

    /// What a call that blocks waits for.
    pub(crate) fn waits(&self, descriptors: &Descriptors, call: &Call, progress: &Progress) -> Vec<(SocketId, Events)> {
        let events = match call {
            Call::Poll(fds, _) => return self.poll_waits(descriptors, fds),
            Call::Accept(_) | Call::Recv(..) | Call::RecvFrom(..) | Call::Read(..) => Events::IN,
            Call::Connect(..) | Call::Send(..) | Call::SendTo(..) | Call::Write(..) | Call::Close(_) => Events::OUT,
            // Only on a gateway, while the real machine is asked.
            Call::Bind(..) | Call::Listen(..) => Events::OUT,
            _ => return Vec::new(),
        };
        progress.socket.into_iter().chain(progress.other).map(|id| (id, events)).collect()
    }

    fn call_on(
        &mut self,
        id: SocketId,
        descriptors: &mut Descriptors,
        call: &Call,
        progress: &mut Progress,
        ctx: &mut Context<'_>,
    ) -> Outcome {
        let none = MessageFlags::NONE;
        match call {
            Call::Bind(_, address) => self.bind(id, address, ctx),
            Call::Listen(_, backlog) => self.listen(id, *backlog, ctx),
            Call::Accept(_) => self.accept(id, descriptors, ctx),
            Call::Connect(_, address) => self.connect(id, address, progress, ctx),
            Call::Send(_, bytes, flags) => self.send(id, bytes, None, *flags, progress, ctx),
            Call::Write(_, bytes) => self.send(id, bytes, None, none, progress, ctx),
            Call::SendTo(_, bytes, to, flags) => self.send(id, bytes, Some(to), *flags, progress, ctx),
            Call::Recv(_, max, flags) => {
                self.receive_call(id, *max, *flags, progress, ctx).map(|got| got.map(without_name))
            }
            Call::Read(_, max) => self.receive_call(id, *max, none, progress, ctx).map(|got| got.map(without_name)),
            Call::RecvFrom(_, max, flags) => self.receive_call(id, *max, *flags, progress, ctx),
            Call::Shutdown(_, how) => self.shutdown(id, *how, ctx),
            Call::Close(fd) => self.close_call(id, *fd, descriptors, progress, ctx),
            Call::GetSockName(_) => self.socket_name(id),
            Call::GetPeerName(_) => self.peer_name(id),
            Call::SetOption(_, option) => self.set_option(id, option, ctx),
            Call::GetOption(_, name) => self.get_option(id, *name, ctx),
            Call::SetNonBlocking(_, on) => {
                self.sockets.get_mut(id).ok_or(Errno::EBADF)?.options.non_blocking = *on;
                Ok(Some(Value::None))
            }
            Call::InQueue(_) => self.in_queue(id),
            Call::OutQueue(_) => self.out_queue(id),
            Call::Socket(..)
            | Call::SocketPair(_)
            | Call::Poll(..)
            | Call::Sleep(_)
            | Call::Open(..)
            | Call::Unlink(_)
            | Call::Access(_)
            | Call::Configure(..)
            | Call::Park(..)
            | Call::Unpark(_) => unreachable!("only calls with a descriptor come here"),
        }
    }

    fn socket(
        &mut self,
        family: Family,
        kind: SocketType,
        descriptors: &mut Descriptors,
        ctx: &mut Context<'_>,
    ) -> Result<Value, Errno> {
        let id = ctx.ids.socket();
        let ip_id = self.random.hash(&[u64::from(id.0)]) as u16;
        let kind = match (family, kind) {
            (Family::Unix, SocketType::Icmp) => return Err(Errno::EPROTONOSUPPORT),
            (Family::Unix, kind) => Kind::Unix(Box::new(Unix::new(kind))),
            (_, SocketType::Stream) => Kind::Stream,
            (_, SocketType::Datagram) => Kind::Datagram(Udp::new(ip_id), None),
            (_, SocketType::Icmp) => Kind::Datagram(Udp::pinging(ip_id), None),
        };
        let fd = descriptors.add(File::Socket(id))?;
        self.sockets.insert(id, Socket::new(family, kind));
        Ok(Value::Descriptor(fd))
    }

    fn socket_name(&self, id: SocketId) -> Outcome {
        let socket = self.sockets.get(id).ok_or(Errno::EBADF)?;
        Ok(Some(Value::Address(match &socket.kind {
            Kind::Unix(unix) => unix.address(),
            _ => socket.shown(socket.local).into(),
        })))
    }

    fn peer_name(&self, id: SocketId) -> Outcome {
        let socket = self.sockets.get(id).ok_or(Errno::EBADF)?;
        let address = match &socket.kind {
            Kind::Connection(tcb) if tcb.is_synchronized() && tcb.state != TcpState::Closed => tcb.peer_address(),
            Kind::Datagram(_, Some(peer)) => *peer,
            Kind::Unix(unix) => return unix.peer_address().map(|address| Some(Value::Address(address))),
            _ => return Err(Errno::ENOTCONN),
        };
        Ok(Some(Value::Address(socket.shown(address).into())))
    }

    /// SIOCINQ: of a stream all bytes, of datagrams those of the next.
    fn in_queue(&self, id: SocketId) -> Outcome {
        Ok(Some(Value::Number(match &self.sockets.get(id).ok_or(Errno::EBADF)?.kind {
            Kind::Listener(_) => return Err(Errno::EINVAL),
            Kind::Stream => 0,
            Kind::Connection(tcb) => tcb.readable(),
            Kind::Datagram(udp, _) => udp.next_length(),
            Kind::Unix(unix) => unix.readable(),
        })))
    }

    fn out_queue(&self, id: SocketId) -> Outcome {
        Ok(Some(Value::Number(match &self.sockets.get(id).ok_or(Errno::EBADF)?.kind {
            Kind::Listener(_) => return Err(Errno::EINVAL),
            // A datagram is on its way when `send` returns.
            Kind::Stream | Kind::Datagram(..) => 0,
            Kind::Connection(tcb) => tcb.unacknowledged(),
            Kind::Unix(unix) => unix.charged(),
        })))
    }
}

/// `recv` and `read` do not tell the sender.
fn without_name(value: Value) -> Value {
    match value {
        Value::Datagram(bytes, _) => Value::Bytes(bytes),
        value => value,
    }
}
