//! Datagrams as programs send and receive them: UDP, and echo requests of sockets that ping.
//!
//! Absent on purpose: UDP-Lite, GRO and GSO, corking.

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use crate::context::Context;
use crate::errno::Errno;
use crate::host::Host;
use crate::internet::Way;
use crate::program::{Address, MessageFlags, MtuDiscovery};
use crate::trace::{QueuedError, SocketId, Value};
use crate::transport::udp;

use super::Kind;
use super::call::{Outcome, kept, local_end};
use super::port::Parity;

impl Host {
    /// SO_BROADCAST is needed to send to all stations.
    pub(super) fn check_broadcast(&self, id: SocketId, to: IpAddr) -> Result<(), Errno> {
        let socket = self.sockets.get(id).ok_or(Errno::EBADF)?;
        let broadcast = !to.is_multicast() && self.net.is_for_many(to);
        if broadcast && !socket.options.broadcast { Err(Errno::EACCES) } else { Ok(()) }
    }

    /// The address that a datagram is sent from when the socket is bound to none.
    pub(super) fn source_of_datagram(&self, id: SocketId, to: IpAddr) -> Result<IpAddr, Errno> {
        let socket = self.sockets.get(id).ok_or(Errno::EBADF)?;
        let interface =
            if to.is_multicast() { self.net.interface_of(socket.options.group_interface, to) } else { None };
        let nameless = to == IpAddr::V4(Ipv4Addr::BROADCAST);
        // Who has no address yet calls to all from none.
        let none = || nameless.then_some(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        self.net.source_through(to, interface).or_else(none).ok_or(Errno::ENETUNREACH)
    }

    pub(crate) fn send_datagram(
        &mut self,
        id: SocketId,
        bytes: &[u8],
        to: Option<&Address>,
        ctx: &mut Context<'_>,
    ) -> Outcome {
        let socket = self.sockets.get_mut(id).ok_or(Errno::EBADF)?;
        let named = to.map(|to| kept(socket, to)).transpose()?;
        let Kind::Datagram(udp, peer) = &mut socket.kind else { return Err(Errno::EOPNOTSUPP) };
        let pings = udp.pings;
        let Some(to) = named.or(*peer) else { return Err(Errno::EDESTADDRREQ) };
        if udp.write_shut {
            return Err(Errno::EPIPE);
        }
        if to.port() == 0 && !pings {
            return Err(Errno::EINVAL);
        }
        if bytes.len() > udp::LARGEST {
            return Err(Errno::EMSGSIZE);
        }
        if let Some(error) = udp.error.take() {
            return Err(error);
        }
        self.check_broadcast(id, to.ip())?;
        let source = self.source_of_datagram(id, to.ip())?;
        let bound = self.bind_any(id, Parity::Either)?;
        let local = local_end(bound, source)?;
        let way = self.way_of_datagram(id, to.ip())?;
        if pings {
            return self.ping(local, to, bytes, &way, ctx);
        }
        self.check_length(id, bytes, to)?;
        let socket = self.sockets.get_mut(id).ok_or(Errno::EBADF)?;
        let Kind::Datagram(udp, _) = &mut socket.kind else { return Err(Errno::EOPNOTSUPP) };
        udp.send((local, to), bytes, &way, &mut self.net, ctx);
        Ok(Some(Value::Number(bytes.len())))
    }

    fn way_of_datagram(&self, id: SocketId, to: IpAddr) -> Result<Way, Errno> {
        let options = &self.sockets.get(id).ok_or(Errno::EBADF)?.options;
        let group = to.is_multicast();
        let limit = if to.is_ipv4() { options.ttl } else { options.hops };
        Ok(Way {
            ttl: if group { Some(options.group_ttl) } else { limit },
            interface: if group { self.net.interface_of(options.group_interface, to) } else { None },
            loops: group && options.group_loop,
            dont_fragment: options.mtu_discover != MtuDiscovery::Dont,
        })
    }

    /// A datagram that may not be broken must fit the path, as far as it is known.
    fn check_length(&mut self, id: SocketId, bytes: &[u8], to: SocketAddr) -> Result<(), Errno> {
        let room = self.net.room_for(to.ip());
        let socket = self.sockets.get_mut(id).ok_or(Errno::EBADF)?;
        let whole = matches!(socket.options.mtu_discover, MtuDiscovery::Do | MtuDiscovery::Probe);
        if !whole || bytes.len() + crate::wire::udp::HEADER <= room {
            return Ok(());
        }
        // With IP_RECVERR the queue says how long it may be (`ip_local_error`).
        if socket.options.receive_errors
            && let Kind::Datagram(udp, _) = &mut socket.kind
        {
            let header = crate::internet::header_of(to.ip());
            udp.queue_error(QueuedError {
                error: Errno::EMSGSIZE,
                icmp: None,
                info: (room + header) as u32,
                offender: None,
                to,
                payload: [].into(),
            });
        }
        Err(Errno::EMSGSIZE)
    }

    /// A socket that pings sends echo requests alone; the identifier is the kernel's (`ping_v4_sendmsg`).
    fn ping(&mut self, local: SocketAddr, to: SocketAddr, bytes: &[u8], way: &Way, ctx: &mut Context<'_>) -> Outcome {
        let request = if to.is_ipv4() { 8 } else { 128 };
        let [kind, code, _, _, _, _, high, low, data @ ..] = bytes else { return Err(Errno::EINVAL) };
        if (*kind, *code) != (request, 0) {
            return Err(Errno::EINVAL);
        }
        let number = (local.port(), u16::from_be_bytes([*high, *low]));
        self.net.echo_request((local.ip(), to.ip()), number, data, way, ctx);
        Ok(Some(Value::Number(bytes.len())))
    }

    pub(super) fn receive_datagram(&mut self, id: SocketId, max: usize, flags: MessageFlags) -> Outcome {
        let socket = self.sockets.get_mut(id).ok_or(Errno::EBADF)?;
        let Kind::Datagram(udp, _) = &mut socket.kind else { return Err(Errno::EOPNOTSUPP) };
        if flags.has(MessageFlags::ERRQUEUE) {
            // It never blocks.
            let queued = udp.errors.pop_front().ok_or(Errno::EAGAIN)?;
            return Ok(Some(Value::Queued(Arc::new(queued))));
        }
        if let Some(error) = udp.error.take() {
            return Err(error);
        }
        let got = if flags.has(MessageFlags::PEEK) { udp.peek(max) } else { udp.pop(max) };
        match got {
            Some((bytes, from)) => Ok(Some(Value::Datagram(bytes, socket.shown(from).into()))),
            // Measured: EAGAIN where it may not block, and an end where it would.
            None if udp.read_shut && !socket.options.non_blocking => Ok(Some(Value::Bytes([].into()))),
            None => Ok(None),
        }
    }

    /// An echo reply for a socket that pings.
    pub(crate) fn deliver_echo_reply(
        &mut self,
        (local, from): (IpAddr, IpAddr),
        identifier: u16,
        message: &[u8],
        ctx: &mut Context<'_>,
    ) -> bool {
        let (local, from) = (SocketAddr::new(local, identifier), SocketAddr::new(from, 0));
        let Some(id) = self.sockets.datagram_for(super::Space::Icmp, local, from) else { return false };
        self.deliver_datagram(id, message, from, ctx)
    }

    /// Puts a datagram in a socket's buffer; `false` when it is full.
    pub(crate) fn deliver_datagram(
        &mut self,
        id: SocketId,
        payload: &[u8],
        from: SocketAddr,
        ctx: &mut Context<'_>,
    ) -> bool {
        let Some(socket) = self.sockets.get_mut(id) else { return false };
        let capacity = socket.options.receive_buffer.unwrap_or(super::option::DATAGRAM_BUFFER) as usize;
        let Kind::Datagram(udp, _) = &mut socket.kind else { return false };
        let taken = udp.push(payload, from, capacity);
        if taken {
            self.wake(id, ctx.cause, ctx);
        }
        taken
    }
}
